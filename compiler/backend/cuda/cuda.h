/* cuda.h - what the emitter of C asks of the CUDA target, and what the target's files share.
 *
 *   sync.c     which threads touch what, and the barriers that follow
 *   thread.c   loops over the elements of a value by the threads of a CTA; places of scratch
 *   micro.c    heavy ops by the CTA's collectives (runtime/prelude/cuda/ebm_mma.cuh)
 *   region.c   a region as a kernel
 *   grid.c     which regions take a whole grid, and what differs there
 *   shared.c   parts over shared values that differ from C's, launches, copies
 *   module.c   the text of a module, the tables of the program
 *
 * A CTA has THREADS threads; thread i has lane t = i % T and the features f0 = i / T, f0 + FS, ... of
 * that lane are its own, FS = THREADS / T. Values of all samples are shared out by tid. In a kernel of
 * a whole grid THREADS and tid count the threads of all CTAs. */
#ifndef EBM_BACKEND_CUDA_H
#define EBM_BACKEND_CUDA_H
#include "backend/c/emit.h"

/* ---- accesses and barriers (sync.c) -------------------------------------------------------------
 * A kernel is a list of phases, with run-time loops around some. Within a phase no thread touches
 * what another one writes there. Barriers stand before phases. */
typedef enum Map {
    MAP_LANES,                    /* element f*S + t of a tile: by its owner */
    MAP_FLAT,                     /* element i of a shared array: by thread i % THREADS */
    MAP_SUM,                      /* added to by a collective, whose owners do not change */
    MAP_DENSE,                    /* element (n, t) of a dense layer of `outputs`: by its owner */
    MAP_ANY
} Map;
typedef enum EventKind {
    EVENT_PHASE, EVENT_TOUCH, EVENT_LOOP, EVENT_END,
    EVENT_UNIT                    /* another unit: its block sums are elsewhere */
} EventKind;
typedef struct Event {
    EventKind kind;
    int phase;                    /* PHASE: its number */
    /* TOUCH: index in Emit.scratch; below 0: -1 - a block sum's buffer */
    int scratch;
    bool write;
    Map map;
    int outputs;                  /* DENSE; below 0: one convolution's, element by element */
    int at;                       /* where it stands in the list: while barriers are found */
} Event;
/* Weights that a run-time loop reads: copied into shared memory if they fit. */
typedef struct Weights { const char *from; int64_t rows, cols; int scratch; } Weights;
/* Those that stay in registers instead; `turned`: the columns are the outputs. */
typedef struct Held { const char *from; int64_t rows, cols; bool turned; } Held;
typedef struct Cuda {
    bool lean;                    /* a long region: its loops stay loops, its moves calls */
    bool shares;                  /* and of one CTA: its loops become functions */
    bool part;                    /* a function that the kernel calls, with arguments `buf` */
    bool grid;                    /* all CTAs compute each unit together */
    int64_t tiles;                /* grid: those of the contraction that has most of them */
    VEC(Event) events;
    VEC(Event) loads;             /* of the lines in Emit.loads */
    VEC(Event) starts;            /* ... and in Emit.starts */
    int phases;
    Text heads;                   /* lines at the top of the kernel */
    VEC(int) slots;               /* named there: slot of s->f, or -1 - slot of s->i */
    int outputs;                  /* of the dense layer whose end is being written; 0: none */
    int *readers;                 /* [u->n]: how many items read a value; made when asked for */
    VEC(Weights) weights;
    VEC(Held) held;
    int registers;                /* of a thread, for these */
    int tile;                     /* samples; chosen when the text is there */
    uint64_t shared, device;      /* bytes of scratch */
} Cuda;

/* A new phase begins with the next line. */
void cuda_phase(Emit *e);
/* The run-time loop whose text begins or ends here. */
void cuda_loop(Emit *e, bool begin);
/* The text being written touches element `flat` of a place (NULL: any element). */
void cuda_touch(Emit *e, const Place *p, bool write, const char *flat);
void cuda_touch_partial(Emit *e, int buffer, bool write, Map map);
void cuda_touch_load(Emit *e, const Place *p);     /* written by the lines in Emit.loads */
void cuda_touch_start(Emit *e, int buffer);        /* a block sum, by those in Emit.starts */
/* The marks of phases in `text` become barriers where they are needed; the text, and how many. */
const char *cuda_barriers(Emit *e, const char *text, int *n);

/* ---- items (items.c) ----------------------------------------------------------------------- */
void cuda_item_list(Emit *e, const ItemOrder *order);
/* Whether another item than its successor, or another kernel, needs the value in memory. */
bool cuda_is_read(Emit *e, const Node *n);

/* ---- ops (micro.c) ------------------------------------------------------------------------- */
/* As emit_micro, by a collective. */
bool cuda_micro(Emit *e, const Node *n);
/* A dense layer that may hand its outputs to a cluster; writes both. */
bool cuda_is_wide(Emit *e, const Node *n);
void cuda_dense_then(Emit *e, const Node *n, const Item *then);
/* A draw into p; `address`: scalars, site, loop index; `more`: further arguments. */
void cuda_draw(Emit *e, const Node *n, const Place *p, const char *kind, const char *address,
               const char *more);
/* "to = from": a line that moves rows between tile and tensor; kind: load, store_i32, ... */
const char *cuda_move(Emit *e, const char *kind, const char *to, const char *from, int64_t count);
/* n for other kernels, in a buffer. */
void cuda_export(Emit *e, const Node *n, int buffer);
/* to = from, two values like n in scratch. */
void cuda_copy(Emit *e, const Place *to, const Place *from, const Node *n);

/* ---- kernels (region.c, shared.c, module.c) ------------------------------------------------ */
enum { CUDA_SHARED = 99 * 1024, /* what every GPU from sm_80 on grants a CTA */
       CUDA_THREADS = 256,            /* of a kernel over shared values, or of a whole grid */
       CUDA_ROOM = 4 * 8 * 3072,      /* bytes: EBM_ROOM of ebm_grid.cuh */
       CUDA_CHUNK = 1024 };           /* elements of a unit there */
void cuda_emit_region(Output *out, Unit *u, Stage *g);

/* ---- whole grids (grid.c) ------------------------------------------------------------------------
 * Whether all CTAs compute a region's units together; says why under --why=fuse. */
bool cuda_is_grid(Unit *u, const Stage *g);
/* "cta" or "grid": whose collectives a kernel calls. What those of a grid take besides. */
const char *cuda_team(const Emit *e);
const char *cuda_grid_tail(const Emit *e);
/* Samples of a unit, all scratch in device memory. */
void cuda_grid_plan(Emit *e);
/* A contraction of so many outputs at so many pixels. */
void cuda_grid_work(Emit *e, int64_t rows, int64_t pixels);
extern const char cuda_grid_names[];
/* A sum over the batch of such a region tile by tile, when it is a weight gradient of values that lie in
 * memory: writes its function and the tiles of a block, else nothing and 0. */
int cuda_grid_sum(Output *out, Unit *u, Stage *g, const Item *it, int index, Kernel *k, Text *t);
/* Whether a library may compute a sum over the batch: a large product of values that lie in memory, row
 * by row. */
bool cuda_is_product(Unit *u, const Node *n);
/* Adds it to those of its kernel, whose arguments from `first` on are the sum's. */
void cuda_product(Output *out, Unit *u, const Node *n, Kernel *k, int first);
void cuda_kernel_begin(Text *t, const Kernel *k, int n_buf);
/* nest.c's hooks: the first lines of a part, of a launch's kernel; a LOOP_OUT to its buffer; the
 * scratch and barriers of a run-time loop: bytes of device memory. */
void cuda_part_begin(Emit *e, Text *t);
void cuda_launch_begin(Text *t, const Kernel *k, int n_buf, uint64_t scratch);
void cuda_store_shared(Emit *e, const Node *n, int buffer);
uint64_t cuda_part_scratch(Emit *e);
/* A launch that copies the rows of one value into another. */
void cuda_emit_copy(Output *out, Unit *u, int from, int to);

/* share.c's hooks: whether the text of an item may become a function; the first lines of one. */
bool cuda_is_shared(const Emit *e, const char *text);
extern const char cuda_shared_top[];
/* The unit's kernels become a module; the next one begins. */
void cuda_module_end(Output *out, Unit *u);
void cuda_text(Output *out, Text *t);              /* kernels.cu */
void cuda_modules(Output *out, Text *t);           /* each module as a text of its own, ended by a NUL */
void cuda_tables(Output *out, Text *t);            /* plan.c's tables of it, `cuda` the last one */
/* The text that every module begins with (generated from runtime/prelude). */
extern const char cuda_prelude[];

/* ---- loops of threads, scratch (thread.c) -------------------------------------------------- */
Index cuda_loops(Emit *e, Shape example, const char *name);
void cuda_open(Emit *e, const Index *ix);
/* A host value: a local of the kernel. */
const char *cuda_slot(Emit *e, const Node *n, int slot);
/* Words between two features of a tile of T samples, in the memory of a CTA. */
int cuda_stride(const Cuda *c, int T);
/* Offsets of scratch arrays for tiles of T samples, in at most `limit` bytes of shared memory. */
void cuda_scratch_plan(Emit *e, int T, uint64_t limit);
void cuda_scratch_declare(Emit *e, Text *out);
#endif
