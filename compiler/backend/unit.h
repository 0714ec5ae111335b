/* unit.h - what the backend knows while it turns one entry (or `init`) into kernels.
 *
 *   analyse.c   Unit: which nodes are live, on the host, in which loop; levels; order of writes
 *   fuse.c      Group: the nodes of one region or of one nest stage -> items, roots, exports
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
    BUF_HOST                      /* a rank-0 host value that a kernel wants by address */
} BufferKind;
typedef struct Buffer {
    BufferKind kind;
    DType dtype;
    int a, b;                     /* STATE: state; FIELD: set, field; ROWS: set, ordinal */
    uint32_t node;                /* arena: the value it holds, for comments */
    const char *what;             /* "value", "partial sums", "pack" ... */
    uint64_t bytes;               /* SHARED: total; SAMPLE: per sample */
    int first, last;              /* the steps (see Step) that write and read it */
    uint64_t offset;              /* SHARED: bytes; SAMPLE: bytes per sample */
} Buffer;

/* ---- kernels and the steps of a plan --------------------------------------------------------- */
typedef enum UnitsKind { UNITS_FIXED, UNITS_TILES, UNITS_BLOCKS } UnitsKind;
typedef struct Kernel {
    int id;                       /* in the whole program */
    bool region;
    UnitsKind units;
    int64_t n_units;              /* FIXED */
    int tile;                     /* regions: samples per tile */
    VEC(int) args;                /* buffers, in the order of buf[] */
    uint64_t scratch;             /* bytes per thread */
    double flops;                 /* regions: per sample, loops counted once per iteration */
    const char *what;
    const char *text;             /* C text of the function */
} Kernel;

typedef enum StepKind { STEP_LAUNCH, STEP_CHECK, STEP_OUT } StepKind;
typedef struct Step {
    StepKind kind;
    Kernel *kernel;               /* LAUNCH */
    const DoStmt *stmt;           /* CHECK, OUT */
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
    int time;                     /* the statement after which it can exist at the earliest */
    int buffer;                   /* between kernels; -1: none */
    int partial;                  /* sums: the buffer of block sums; -1 */
    int packs[3];                 /* packed copies: dense, dense transposed, ...; see fuse.c */
    int slot;                     /* host values that kernels read: index in f or i; -1 */
    /* within its group (fuse.c) */
    int group, item;
    bool root;                    /* computed into memory of its own */
    bool exported;                /* another kernel or a statement needs it */
    int depth;                    /* of inlined operands below it */
    int cost;                     /* of inlining it */
    int n_users, first_user;      /* in Unit.users */
} NodeInfo;

typedef struct Loop {
    int64_t id;
    Node *node;
    int parent, depth;            /* -1: outermost */
    bool row;                     /* carries or computes per-sample values */
    Node **var;                   /* [n+1] LOOP_VAR nodes; NULL when unused */
    int n;
} Loop;

/* What a statement does, in the order of time. */
typedef struct Effect {
    const DoStmt *stmt;
    int index;                    /* in the entry's body */
    int asap, latest, level;      /* nest stage */
    bool is_write;
    VEC(uint32_t) readers;        /* owners of what reads the version that this write replaces */
} Effect;

typedef struct Group Group;
typedef struct Unit {
    const Program *p;
    const Entry *e;               /* NULL: init */
    const char *name;             /* "cd", "init": for comments by number only */
    int index;                    /* entry index; -1: init */
    const BackendOptions *opt;
    Arena *a;
    Graph *g;
    uint32_t n;
    Node **node;
    NodeInfo *info;
    uint32_t *users;              /* pool of user ids, ascending per node */
    VEC(Loop) loops;
    DoStmt *body; int n_body;
    Effect *effects; int n_effects;
    int *snapshot;                /* per node id of a STATE: the buffer of its copy, or -1 */
    int levels;                   /* region levels are 0..levels-1; stages 0..levels */
    VEC(Buffer) buffers;
    VEC(Step) steps;
    VEC(Kernel *) kernels;
    VEC(const Node *) slots_f;
    VEC(const Node *) slots_i;
    Text *why;
    bool failed;
} Unit;

/* The whole emission: shared by the entries. */
typedef struct Output {
    const Program *p;
    const BackendOptions *opt;
    Arena *a;
    Text functions;               /* shared nest parts and constant tables, before the kernels */
    VEC(const char *) parts;      /* texts of nest parts already written, by index */
    VEC(const char *) tables;
    VEC(Kernel *) kernels;
    VEC(Unit *) units;            /* entries in order, then init */
    Text why;
} Output;

/* analyse.c: false after a diagnostic. */
bool unit_analyse(Unit *u);
static inline NodeInfo *info_of(const Unit *u, const Node *n) { return &u->info[n->id]; }
/* "entry:12" style place of a node for --why and comments: "file:line" digits only. */
const char *unit_place(Unit *u, const Node *n);
int  unit_buffer(Unit *u, Buffer b);               /* adds one */
int  unit_state_buffer(Unit *u, int state);
/* Reports that this target cannot compile n. */
void unit_refuse(Unit *u, DiagCode code, const Node *n, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static inline int64_t round_up(int64_t n, int64_t m) { return (n + m - 1) / m * m; }
#endif
