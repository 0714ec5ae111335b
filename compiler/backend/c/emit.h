/* emit.h - writing the C text of one function: values, indices, loops, scratch memory.
 *
 *   a tile function      for each tile: v12[128][T], v13[T] ... in scratch; loops over features
 *                        around `for t < T`
 *   a nest part          elements [lo, hi) of one shared value, from and to buffers
 *
 * The text of a loop body is collected at three levels, so that nothing is computed more often than
 * it changes: 0 before the loops, 1 once per feature, 2 in the innermost loop. */
#ifndef EBM_BACKEND_EMIT_H
#define EBM_BACKEND_EMIT_H
#include "backend/unit.h"

typedef enum PlaceKind { PLACE_NONE, PLACE_TILE, PLACE_FLAT, PLACE_LOCAL, PLACE_LANE } PlaceKind;
typedef struct Place {
    PlaceKind kind;               /* TILE: name[f*T + t]; FLAT: name[f]; LOCAL: name; LANE: name, of
                                     the element at hand */
    const char *name;
    int scratch;                  /* index in Emit.scratch, or -1 */
} Place;

typedef struct Scratch {
    const char *name;
    DType dtype;
    bool tile;                    /* floats per lane, else in all */
    uint64_t floats;
    int first, last;              /* clock ticks */
    uint64_t offset;              /* bytes */
    bool device;                  /* CUDA: in the CTA's device memory, not in shared memory */
    /* CUDA: a copy of weights, if there is room for it; else nowhere */
    bool weights;
} Scratch;

typedef struct Val { const char *text; int level; } Val;
typedef struct Index {
    Shape shape;                  /* of the example, without the batch */
    const char *flat;             /* either may be NULL until asked for */
    const char *axis[MAX_RANK];
    bool has_axes;
} Index;
typedef struct Memo { uint32_t node; const char *flat; Val val; } Memo;
typedef struct Open { const char *name; int64_t extent; } Open;

typedef struct Emit {
    Unit *u;
    Output *out;
    Stage *g;
    Kernel *k;
    Arena *a;
    bool range;                   /* a nest part whose loops run over elements [lo, hi) */
    VEC(int) args;                /* buffers in order of use */
    VEC(bool) arg_written;        /* parallel to args */
    Text text;                    /* the body so far */
    int indent;
    Text loads;                   /* tile functions: lines at the top of a tile */
    Text starts;                  /* ... and at the top of a block of samples */
    Place *place;                 /* [u->n] */
    VEC(Scratch) scratch;
    int clock;
    VEC(int) loop_start;          /* clocks at which the open run-time loops began */
    int serial;                   /* of local names */
    const Item *item;             /* being computed */
    bool tiled;                   /* values of samples are tiles: a region with per-sample values */
    bool lanes;                   /* the block being written has an innermost lane loop */
    Text level[3];
    VEC(Memo) memo;
    int depth;                    /* of recursion in emit_value */
    double flops;                 /* per sample */
    uint64_t micro[3];            /* floats of scratch for micro-kernels at T = 16, 32, 64 */
    const char *stride;           /* "T" or "S": words between two features of a tile */
    const char *own;              /* CUDA: the index whose element this thread owns; NULL: none */
    struct Cuda *cuda;            /* what the CUDA target knows of the kernel; NULL: C */
    int tile;                     /* regions: T, or the most it may be */
    const char *tile_text;        /* "16", "EBM_TILE_WIDE" */
    bool keeps;                   /* fills the buffers of kept tiles (sums.c) */
    bool pieced;                  /* works on rows [s->from, s->end) of the batch */
    struct Names *names;          /* of this function, with their types (share.c) */
} Emit;

/* ---- text ------------------------------------------------------------------------------------ */
void emit_line(Emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void emit_open(Emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));  /* "... {" */
void emit_close(Emit *e);
const char *emit_ctype(DType t);                   /* "float", "int32_t": of locals and tiles */
const char *emit_mtype(DType t);                   /* of buffers: "uint8_t" too */
const char *emit_number(Emit *e, DType t, double v);
#define P(e, ...) arena_printf((e)->a, __VA_ARGS__)

/* ---- indices --------------------------------------------------------------------------------- */
bool ix_literal(const char *s, int64_t *v);
const char *ix_num(Emit *e, int64_t v);
const char *ix_add(Emit *e, const char *a, const char *b);
const char *ix_mul(Emit *e, const char *a, int64_t k);
const char *ix_div(Emit *e, const char *a, int64_t k);
const char *ix_mod(Emit *e, const char *a, int64_t k);
Index index_flat(Shape example, const char *flat);
Index index_axes(Shape example, const char *const *axis);
const char *index_get_flat(Emit *e, Index *ix);
const char *index_get_axis(Emit *e, Index *ix, int axis);

/* ---- values ---------------------------------------------------------------------------------- */
/* Starts a block: what emit_value writes from now on goes to level[]. */
void block_begin(Emit *e, bool lanes);
/* A statement of the block. */
void block_line(Emit *e, int level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A new local of the block holding `text`. */
Val block_local(Emit *e, DType t, int level, const char *text);
/* The level at which an index changes. */
int index_level(const Emit *e, const char *flat);
/* Copies a level's lines into the body, at the present indentation. */
void block_put(Emit *e, int level);
/* The lane loop around level 2 (without one when the block has no lanes). */
void block_put_lanes(Emit *e);
/* The value of n at an index of its example shape; lines for what it needs go into the block. */
Val emit_value(Emit *e, const Node *n, Index ix);
Val emit_elementwise(Emit *e, const Node *n, const Val *v);
/* "for (...) {" over the extents of a shape; fills the index. Axes of size 1 have no loop. */
Index loops_of(Emit *e, Shape example, const char *prefix);
void loops_open(Emit *e, const Index *ix, bool simd_innermost);
void loops_close(Emit *e, const Index *ix);

/* ---- memory ---------------------------------------------------------------------------------- */
/* The name of a buffer in this function. */
const char *emit_arg(Emit *e, int buffer, bool written);
/* Scratch for `floats` elements (per lane when `tile`), alive from now on. */
int  scratch_new(Emit *e, const char *name, DType t, bool tile, uint64_t floats);
void scratch_use(Emit *e, int s);
/* Makes n's place in this function: tile, flat scratch or a C local. */
Place *place_new(Emit *e, const Node *n);
/* Where n is; loads it when it comes from another kernel. */
Place *place_get(Emit *e, const Node *n);
/* The address of n's tile or flat memory. */
const char *place_pointer(Emit *e, const Node *n);
int  unit_value_buffer(Unit *u, const Node *n);    /* of a shared or exported value */
int  unit_slot(Unit *u, const Node *n);            /* of a host value */

/* ---- equal text (share.c) ------------------------------------------------------------------ */
/* A name that later text of the function may use, and its C type: "float *", "int64_t". */
void share_name(Emit *e, const char *name, const char *type);
/* Around the text of an item of a region, which must declare no name for later text: it may become
 * a call of a function that equal items share. */
size_t share_begin(Emit *e);
void share_end(Emit *e, const Item *it, size_t begin);
/* A region whose items are share_count() at its start and later ones: a long one becomes calls
 * only, because the C compiler's time grows faster than a function's length. */
int  share_count(const Output *out);
void share_split(Output *out, int first);
/* After all kernels: the shared functions, then each kernel with calls of them. */
void share_functions(Output *out, Text *t);
void share_render(Output *out, const char *kernel, Text *t);
void share_restart(Output *out);                   /* a module of its own begins; numbers go on */

/* ---- per kind of item ------------------------------------------------------------------------ */
void emit_cluster(Emit *e, const Item *it);
/* The loops of a cluster; into the block, what it computes and stores at an index of them. */
Shape cluster_shape(Emit *e, const Item *it);
void emit_cluster_values(Emit *e, const Item *it, Index ix);
void emit_item(Emit *e, const Item *it);           /* with its exports */
void emit_export(Emit *e, const Node *n);
void emit_item_list(Emit *e, const ItemOrder *order);
/* The outermost loops of a value: all of it, or elements [lo, hi) in a nest part. */
Index out_loops(Emit *e, Shape example);
void out_open(Emit *e, Index *ix, bool simd);
void out_close(Emit *e, const Index *ix);
/* "v12[i * T + t]" or "b3[i]": where element ix of n's own memory is. */
const char *place_element(Emit *e, const Node *n, Index *ix);
/* The block sums of a node that reduces the batch; starts them at the top of the block. */
const char *partial_name(Emit *e, const Node *n);
void emit_heavy(Emit *e, const Node *n);           /* any op, generic loops */
const char *pack_conv_text(Emit *e, const Node *n);
uint64_t pack_conv_floats(const Node *n, bool bf16);
/* The numbers of its EbmConv; elements of an image and of an output image. */
const char *conv_of_text(Emit *e, const Node *n, long long *x_size, long long *y_size);
/* Adds the samples of a piece to the sum of rows [first, first + rows) of a gradient in g, with `tree`
 * for sums of blocks (sums.c); `most` rows of a unit ... */
void micro_sum_outer(Emit *e, const Node *n, const char *g, const char *tree, int most);
/* ... and that of one tile, added to g. */
void micro_sum_tile(Emit *e, const Node *n);
uint64_t pack_dense_floats(const DotPlan *d, bool bf16);
int64_t pack_dense_units(const DotPlan *d, bool bf16);
bool emit_micro(Emit *e,
                const Node *n);           /* tile functions: by a micro-kernel, if there is one */

/* ---- whole kernels --------------------------------------------------------------------------- */
void emit_region(Output *out, Unit *u, Stage *g);
void emit_nest(Output *out, Unit *u, Stage *g);
/* Whether anything of the level is computed; its places in the source; the buffers of a kernel. */
bool region_has_work(const Stage *g);
const char *region_places(Unit *u, const Stage *g);
void describe_buffers(Emit *e, Text *t);
Kernel *kernel_new(Output *out, Unit *u, bool region);
void step_add(Unit *u, StepKind kind, Kernel *k);
void step_launch(Unit *u, Kernel *k);
Emit *emit_new(Output *out, Unit *u, Stage *g);
void emit_free(Emit *e);
/* T as text: a number, or the constant of ebm.h that depends on the target. */
const char *tile_text(Unit *u, int T);
/* "const float *b0 = buf[0];" for every buffer used. */
void emit_buffers(Emit *e, Text *out);
/* Offsets of the scratch arrays for tiles of T samples; bytes in all. */
uint64_t scratch_plan(Emit *e, int T);
void scratch_declare(Emit *e, Text *out);
void text_indented(Text *out, const char *lines, int indent);
#endif
