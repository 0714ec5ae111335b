/* unit.h - what the backend knows while it turns one entry (or `init`) into kernels.
 *
 *   analyse.c   Unit: which nodes are live, on the host, in which loop; stale reads
 *   segment.c   blocks of statements; the stretch of statements that computes each node
 *   level.c     levels within a segment; the order of its writes
 *   fuse.c      Stage: the nodes of one region or of one nest stage -> items, roots, exports
 *   expr.c      Emit: the value of a node at an index, as C text
 *   c/          items -> text of kernels, launches -> text of plan.c
 *   memplan.c   buffers between kernels -> offsets
 *
 *   a level:    nest stage 0 | region level 0 | nest stage 1 | region level 1 | ...
 *
 * A nest stage computes shared values (and packs, combines batch sums, writes states); a region
 * level computes per-sample values, tile by tile. A node of stage k may use what stages and levels
 * below k made; a node of level k also what stage k made. */
#ifndef EBM_BACKEND_UNIT_H
#define EBM_BACKEND_UNIT_H
#include "backend/backend.h"

enum { MAX_LEVEL = 1 << 20, BLOCK = 64 /* samples: EBM_BLOCK */, UNIT_ELEMENTS = 4096 };

/* ---- buffers between kernels ---------------------------------------------------------------- */
typedef enum BufferKind {
    BUF_STATE,                    /* owned by the runtime */
    BUF_FIELD,                    /* a data set's field, whole */
    BUF_ROWS,                     /* the data rows of this step's samples, i32 [B] */
    BUF_SHARED,                   /* in the arena: fixed size */
    BUF_SAMPLE,                   /* in the arena: size proportional to Bpad */
    BUF_PIECE,                    /* ... to the rows of a piece of the batch (c/sums.c) */
    BUF_LEVEL                     /* ... to the levels of the tree that sums of blocks form */
} BufferKind;
typedef struct Buffer {
    BufferKind kind;
    DType dtype;
    int a, b;                     /* STATE: state; FIELD: set, field; ROWS: set, ordinal */
    int turn;                     /* ROWS: the scalar that counts turns, or -1 */
    bool local;                   /* arena: a STATE_LOCAL, alive throughout */
    uint32_t node;                /* arena: the value it holds, for comments */
    const char *what;             /* "value", "partial sums", "pack" ... */
    uint64_t bytes;               /* SHARED: total; SAMPLE, PIECE: per sample; LEVEL: of one */
    int first, last;              /* the steps (see Step) that write and read it */
    uint64_t offset;              /* as bytes */
} Buffer;
/* The arena of a step: fixed + per_sample * Bpad + per_piece * rows of a piece + per_level * levels. */
typedef struct Arena2 { uint64_t fixed, per_sample, per_piece, per_level; } Arena2;

/* ---- kernels and the steps of a plan --------------------------------------------------------- */
typedef enum UnitsKind { UNITS_FIXED, UNITS_TILES, UNITS_BLOCKS } UnitsKind;
/* CUDA: a sum over the batch that a library may compute: ebm.h's EbmCudaProduct. */
typedef struct Product { int to, a, b, rows, columns; } Product;
typedef struct Kernel {
    int id;                       /* in the whole program */
    bool region;
    UnitsKind units;
    int64_t n_units;              /* FIXED; CUDA's BLOCKS: so many for each block */
    int tile;                     /* regions: samples per tile */
    bool wide;                    /* ... or, in C, EBM_TILE_WIDE of them */
    bool pieced;                  /* works on a piece of the batch at a time */
    VEC(int) args;                /* buffers, in the order of buf[] */
    uint64_t scratch;             /* bytes per thread; CUDA: per CTA, or of the whole grid */
    int threads;                  /* CUDA: of a CTA */
    int grid;                     /* CUDA, above 0: all CTAs compute each unit, so many with profit */
    uint64_t shared;              /* CUDA: bytes of shared memory */
    int module;                   /* CUDA */
    VEC(Product) products;        /* CUDA */
    int rest;                     /* CUDA: units of a block without these */
    double flops;                 /* regions: per sample, loops counted once per iteration */
    const char *what;
    const char *text;             /* C text of the function */
} Kernel;

typedef enum StepKind {
    STEP_LAUNCH, STEP_CHECK, STEP_OUT,
    STEP_RUN,                     /* asks for an entry to run after the step */
    STEP_COPY,                    /* rows of `value` into `value2` */
    STEP_PIECES, STEP_PIECES_END, /* what stands between runs for each piece of the batch */
    STEP_WHOLE,                   /* all of the batch is the piece, up to the next of these */
    STEP_MARK                     /* a statement that opens, closes or leaves a block */
} StepKind;
typedef struct Step {
    StepKind kind;
    Kernel *kernel;               /* LAUNCH */
    const DoStmt *stmt;           /* CHECK, OUT, MARK, RUN */
    int block;                    /* MARK: the block that opens */
    int output;                   /* OUT: index in the entry's outputs */
    int value, value2;            /* buffers; -1 */
} Step;

/* ---- nodes ---------------------------------------------------------------------------------- */
typedef struct NodeInfo {
    bool live;
    bool host;                    /* computed in plan.c */
    bool batched;
    bool sum;                     /* reduces the batch: made by a region, combined by a nest */
    bool row;                     /* made by a region */
    bool view;                    /* an index transform or a source that costs nothing */
    bool ew;                      /* elementwise: can share a loop with its neighbours */
    bool main;                    /* a write or a check needs it (as opposed to outputs only) */
    int loop;                     /* innermost loop around it (index in Unit.loops), or -1 */
    uint32_t owner;               /* the outermost LOOP node around it, or itself */
    int asap, latest, level;      /* of owners */
    int time;                     /* of owners: statements that must come first: all below this */
    int block;                    /* of owners and host values: the block that they vary in */
    int seg;                      /* of owners: the segment that computes them; -1 */
    int buffer;                   /* between kernels; -1: none */
    int partial;                  /* sums: the buffer of block sums; -1 */
    bool combined;                /* sums: whole already, no block sums to combine (c/sums.c) */
    int kept;                     /* the buffer of its tiles, read by a kernel of sums; -1 */
    bool made;                    /* ... holds them already: by the kernel of a group before */
    int pack;                     /* DOT, CONV, CONV_DX: index in Unit.packs; -1 */
    int slot;                     /* host values that kernels read: index in f or i; -1 */
    /* within its group (fuse.c) */
    int stage, item;              /* -1: none */
    bool root;                    /* computed into memory of its own */
    bool exported;                /* another kernel or a statement needs it */
    bool floating;                /* a view of shared values: readable at any level */
    bool mapped;                  /* reads operands at other indices than its own */
    bool stated;                  /* a statement reads it from memory */
    int absorbs;                  /* ADD: the DOT or CONV whose bias it adds; -1 */
    int absorbed;                 /* that DOT or CONV: the ADD; -1 */
    int depth;                    /* of inlined operands below it */
    int cost;                     /* of inlining it */
    bool stateful;                /* inlining it would read a state */
    int n_users, first_user;      /* in Unit.users */
    uint32_t read_by[2];          /* the walk of value_reads that came here last: else, `same` */
} NodeInfo;

typedef struct Loop {
    int64_t id;
    Node *node;
    int parent, depth;            /* -1: outermost */
    bool row;                     /* carries or computes per-sample values */
    Node **var;                   /* [n+1] LOOP_VAR nodes; NULL when unused */
    int n;
} Loop;

/* A block of statements; 0 is the whole step. An `if` and its `else` are two blocks. */
typedef struct Block {
    int parent, depth;
    int opener;                   /* statement; -1: none */
    bool repeats;
} Block;
/* A stretch [begin, end) of statements of one block, none of which opens, closes or leaves a block.
 * Between two segments stands exactly one statement that does. */
typedef struct Segment { int block, begin, end, first_effect, end_effect; } Segment;

/* What a statement does, in the order of time. */
typedef struct Effect {
    const DoStmt *stmt;
    int index;                    /* in the entry's body */
    int seg;
    int asap, latest, level;      /* nest stage */
    int item;                     /* what carries it out, in its stage's group */
    bool is_write;
    VEC(uint32_t) readers;        /* owners of what reads the version that this write replaces */
} Effect;

/* ---- items and groups (fuse.c) --------------------------------------------------------------- */
typedef enum ItemKind {
    ITEM_CLUSTER,                 /* elementwise nodes of one index space: one loop nest */
    ITEM_HEAVY,                   /* any other node */
    ITEM_LOOP,                    /* a LOOP with its body's items */
    ITEM_PACK,                    /* Unit.packs[pack] */
    ITEM_COMBINE,                 /* block sums of node -> its value */
    ITEM_ROWS,                    /* WRITE_ROWS: effect */
    ITEM_CHECK,                   /* effect */
    ITEM_COPY                     /* effect: rows of a local */
} ItemKind;
typedef struct Out { const Node *node; int effect; /* -1: the node's own memory */ } Out;
typedef struct Item {
    ItemKind kind;
    int loop;                     /* scope: -1 or index in Unit.loops */
    int pos;                      /* in the scope's order */
    int depth;                    /* nests: launches run by ascending depth */
    const Node *node;
    int effect, pack, inner;      /* inner: LOOP: index in Unit.loops */
    VEC(const Node *) members;    /* CLUSTER: ascending ids */
    VEC(uint32_t) loads;          /* CLUSTER: values read at the same index */
    VEC(Out) outs;                /* CLUSTER: what is stored */
    int64_t count;                /* CLUSTER: elements (per sample) */
    bool lanes;
} Item;
typedef VEC(int) ItemOrder;
typedef struct Stage {
    bool region;
    int level;
    VEC(uint32_t) nodes;          /* operands first */
    VEC(Item) items;
    ItemOrder *order;             /* [1 + loops]: items of each scope, in order */
    bool has_sum;
    int floor;                    /* nests: clusters that may still grow stand behind this */
} Stage;

typedef enum DotKind { DOT_DENSE, DOT_OUTER, DOT_PIXELS, DOT_GENERIC } DotKind;
typedef struct DotPlan {
    DotKind kind;
    bool in_order;                /* DENSE: the contracted axes are a's last ones */
    int64_t F, K, N;              /* free elements of a (per sample), contracted, free of b */
    int nb, nc, nfa, nfb;
    const int64_t *ab, *bb, *ac, *bc;
    int fa[MAX_RANK], fb[MAX_RANK];
    bool strided;                 /* DENSE: b(o, k) = b[o*so + k*sk] */
    int64_t so, sk;
} DotPlan;
typedef enum PackKind { PACK_DENSE, PACK_CONV, PACK_CONV_DX } PackKind;
typedef struct Pack {
    PackKind kind;
    bool bf16;
    const Node *node, *of;        /* the weights; the contraction */
    int buffer, seg;
} Pack;
typedef struct Unit {
    Text *grids;                  /* CUDA: says which regions a whole grid computes */
    const Program *p;
    const Entry *e;               /* NULL: init */
    const char *name;             /* "train cd", "init": for figures and --why, not for C text */
    int index;                    /* entry index; -1: init */
    const BackendOptions *opt;
    Arena *a;
    Graph *g;
    uint32_t n;
    Node **node;
    NodeInfo *info;
    uint32_t *users;              /* pool of user ids, ascending per node */
    VEC(Loop) loops;
    VEC(Block) blocks;
    VEC(Segment) segments;
    int seg;                      /* being worked on */
    int *stmt_block;              /* [n_body] */
    DoStmt *body; int n_body;
    Effect *effects; int n_effects;
    int *writer;                  /* per node id of a STATE: the effect that makes it, or -1 */
    int *snapshot;                /* per node id of a STATE: the buffer of its copy, or -1 */
    int levels;                   /* of the segment: region levels 0..levels-1, stages 0..levels */
    VEC(Stage *) stages;          /* nest 0, region 0, nest 1, ... */
    VEC(Pack) packs;
    int n_bf16;                   /* contractions with bf16 operands */
    VEC(Buffer) buffers;
    VEC(Step) steps;
    VEC(Kernel *) kernels;
    VEC(const Node *) slots_f;
    VEC(const Node *) slots_i;
    Arena2 arena;                 /* after memplan */
    int piece_tile;               /* the widest tile of what works on pieces; 0: nothing does */
    bool pieces;                  /* the region at hand works on pieces */
    Text *why;
    uint32_t walks;               /* of value_reads, so far */
    struct Place *places;         /* [n + 1]: of the function being written (c/emit.h) */
    bool roots_known;
    bool cuda;                    /* as Output.cuda */
    bool failed;
} Unit;
/* Of one entry; a long one has several, with the same functions and different kernels. */
typedef struct Module { const char *name, *functions, *kernels; int entry; } Module;

/* The whole emission: shared by the entries. */
typedef struct Output {
    const Program *p;
    const BackendOptions *opt;
    Arena *a;
    bool cuda;                    /* CUDA C: a module per entry */
    Text functions;               /* shared nest parts and constant tables, before the kernels */
    VEC(const char *) parts;      /* texts of nest parts already written, by index */
    int first_part, first_table;  /* of the module being written */
    int first_kernel;
    bool lean_grid;               /* a whole grid computes a long region of the program */
    VEC(Module) modules;          /* CUDA: without the prelude */
    struct Sharing *sharing;      /* items of regions by their text (c/share.c) */
    VEC(const char *) tables;
    VEC(const char *) strings;    /* user text, for plan.c's table */
    VEC(Kernel *) kernels;
    VEC(Unit *) units;            /* entries in order, then init */
    Text why, grids;              /* CUDA: which regions a whole grid computes */
} Output;

/* analyse.c: false after a diagnostic. */
bool unit_analyse(Unit *u);
void unit_segment(Unit *u);                        /* segment.c */
void unit_levels(Unit *u);                         /* level.c: of segment u->seg */
/* The statement that makes version v of a state, or -1: it is there when the step starts. */
int version_stmt(const Unit *u, int64_t state, int64_t version);
static inline bool makes_version(const DoStmt *s) {
    return s->kind == DO_WRITE || s->kind == DO_WRITE_ROWS || s->kind == DO_VERSION;
}
static inline NodeInfo *info_of(const Unit *u, const Node *n) { return &u->info[n->id]; }
/* The place of a node in comments of C text: "file:line", digits only. */
const char *unit_place(Unit *u, const Node *n);
int  unit_buffer(Unit *u, Buffer b);               /* adds one */
int  unit_state_buffer(Unit *u, int state);
/* A field of a data set, or the rows of a draw: the members a, b and turn of Buffer. */
int  unit_data_buffer(Unit *u, BufferKind kind, DType t, int a, int b, int turn);
/* Reports that this target cannot compile n. */
void unit_refuse(Unit *u, DiagCode code, const Node *n, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* fuse.c: the stages of every level of segment u->seg, their items, roots and exports; the first of
 * them in u->stages. */
int unit_fuse(Unit *u);
void unit_mark_stated(Unit *u);                    /* once: what statements read from memory */
DotPlan dot_plan(const Unit *u, const Node *n);
/* Whether the operands of the contraction n are rounded to bf16 (stage.c). */
bool unit_rounds(Unit *u, const Node *n, PackKind kind);
const Node *base_of(const Node *n);                /* through RESHAPE */
bool unit_is_leaf(const Unit *u, const Node *n);        /* readable without a kernel */
static inline Item *item_of(Unit *u, const Node *n) {
    const NodeInfo *i = info_of(u, n);
    return i->item < 0 ? NULL : &u->stages.v[i->stage]->items.v[i->item];
}
/* The effect of this segment that writes version v of a state, or -1. */
int writer_of(const Unit *u, const Node *state);
/* Everything that an item reads from memory: calls visit(ctx, value, same_index) for each. */
typedef void VisitRead(void *ctx, const Node *value, bool same);
void item_reads(Unit *u, const Stage *g, const Item *it, VisitRead *visit, void *ctx);

/* Whether a node belongs to the segment that is being worked on. */
static inline bool is_active(const Unit *u, uint32_t id) {
    return u->info[id].live && u->info[u->info[id].owner].seg == u->seg;
}

static inline int64_t round_up(int64_t n, int64_t m) { return (n + m - 1) / m * m; }
#endif
