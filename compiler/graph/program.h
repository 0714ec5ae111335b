/* program.h - a whole compiled spec: state, data, run-time scalars and entries of statements.
 *
 *   front/lower makes a Program; passes rewrite the graphs of its entries; backend emits it.
 *
 * Each entry has one graph and an ordered list of statements whose operands are nodes of it. Pure
 * values are in the graph; what has an effect (state writes, outputs) is a statement. State is read
 * by OP_STATE(symbol, version): the front end keeps the current version of every symbol, and every
 * write makes version + 1, so a value read before and one read after a write never merge. Writes
 * happen in place: the backend runs every reader of version v before the write of v + 1.
 *
 * Statements may stand in blocks, which are brackets in the list:
 *
 *     DO_REPEAT trip ... DO_LEAVE cond ... DO_END           DO_IF cond ... DO_ELSE ... DO_END
 *
 * What a block writes has another value on each way through it, so a name is given to what memory
 * holds there: DO_VERSION stands first in a block for every state that the block writes, and right
 * behind its DO_END, before any other statement. Versions count up in the order of the list; each
 * is made by one statement. A node belongs to a block when it depends on a version made in it or
 * on the block's INDEX or TURN; it is computed anew each time the block runs. */
#ifndef EBM_PROGRAM_H
#define EBM_PROGRAM_H
#include "graph/graph.h"

typedef enum StateKind {
    STATE_PARAM,                  /* learnable; its name is the PyTorch name */
    STATE_EMA,                    /* a copy of param `of`, named <ema net>.<leaf> */
    STATE_BUFFER,                 /* rows of a replay buffer [capacity, ...] */
    STATE_SLOT,                   /* optimiser slot, named ebm.optim.<group>.<m|v|...>.<param> */
    STATE_VALUE,                  /* `state` declarations, buffer heads and counts */
    STATE_LOCAL,                  /* a local of a step that a block assigns: no value between steps,
                                     `init` NULL, and may be per sample */
    STATE_DATA                    /* field `field` of data set `set`, whole: never written, `init`
                                     NULL. How many rows there are is known at run time; the first
                                     size is a bound, and an index has to be clamped before */
} StateKind;
typedef struct State {
    const char *name;
    StateKind kind;
    DType dtype;
    Shape shape;                  /* never batched, but for a LOCAL */
    int of;                       /* EMA, SLOT: the parameter's state index; else -1 */
    int group;                    /* PARAM, EMA: index of its group; else -1 */
    int set, field;               /* DATA */
    Node *init;                   /* in Program.init_graph: the value before step 0; NULL for
                                     an EMA copy, which starts as `of` (an earlier state) */
    Range at;
} State;
/* Whether the run keeps memory for it from step to step. */
static inline bool state_is_kept(const State *s) {
    return s->kind != STATE_LOCAL && s->kind != STATE_DATA;
}

/* A parameter group: one net, or one free param. */
typedef struct Group {
    const char *name;             /* "E" */
    bool is_net;
    int ema_of;                   /* group that this one averages, or -1 */
    const char *from;             /* file[:net] that its weights start from, or NULL */
    VEC(int) states;
} Group;

typedef enum ScalarKind {
    SCALAR_ARG,                   /* arg, or a setting that takes part in expressions */
    SCALAR_ITER,                  /* completed steps, i32 */
    SCALAR_STEPS,                 /* the entry's `steps` */
    SCALAR_BATCH,                 /* B */
    SCALAR_INDEX,                 /* of a block that repeats: 0 .. trip count - 1 */
    SCALAR_TURN,                  /* how often the block has run in this step before */
    SCALAR_TRACKING,              /* bool: whether what this step tracks is recorded */
    SCALAR_EPOCH,                 /* completed epochs of the entry's first data set, i32 */
    SCALAR_EXAMPLES               /* of the data set `value`: how many there are, i32 */
} ScalarKind;
typedef struct Scalar {
    const char *name;             /* as on the command line */
    ScalarKind kind;
    DType dtype;                  /* F32, I32 or BOOL; computed in double on the host */
    double value;                 /* default */
    const char *doc;
    Range at;
} Scalar;

typedef struct DataField { const char *name; DType dtype; Shape shape; } DataField;
typedef struct DataSet {
    const char *name;
    VEC(const char *) paths;      /* one file, or one per field; a path may be overridden */
    VEC(DataField) fields;        /* example shapes */
    bool is_points;               /* the implicit set that `score` reads its file into */
    Range at;
} DataSet;

/* ---- statements ------------------------------------------------------------------------------ */
typedef enum OptimizerKind { OPT_SGD, OPT_ADAM, OPT_ADAMW, OPT_RMSPROP } OptimizerKind;
typedef struct Optimizer {
    OptimizerKind kind;
    const char *name;             /* joined group names, for messages and settings */
    VEC(int) groups;
    /* Scalar (rank 0) nodes of the entry's graph; NULL when the field is absent. */
    Node *lr, *beta1, *beta2, *eps, *momentum, *weight_decay, *clip_norm, *clip_value,
        *clip_sd;
    bool nesterov;
    bool split;                   /* parts of its groups move on their own: step counts belong to
                                     parameters */
    Range at;
} Optimizer;

typedef enum StmtOpKind {
    DO_UPDATE,                    /* optimiser step; removed by passes/updates.c */
    DO_WRITE,                     /* state := value (whole) */
    DO_WRITE_ROWS,                /* state[index] := value; index [B] or [n] i32; a row with a
                                     negative index is not written; the highest
                                     sample index wins on duplicates */
    DO_CHECK,                     /* value must be finite (a rank-0 f32): else the run stops, 6,
                                     with "<name> is not finite", or with what follows a leading
                                     '!' of the name */
    DO_TRACK,                     /* scalar under a name, into metrics */
    DO_REPORT,                    /* eval: scalar or metric under a name, averaged over rounds */
    DO_SAVE, DO_IMAGE, DO_PLOT,   /* sample/eval: per-sample values to a file */
    /* runs its block `value` (i32 []) times; NULL: until it is left */
    DO_REPEAT,
    DO_IF,                        /* runs its block, or that behind DO_ELSE, by `value` (bool []) */
    DO_ELSE,
    DO_END,
    DO_LEAVE,                     /* ends the repeated block around it unless `value` (bool []) */
    DO_VERSION,                   /* what `state` holds now is called `version` */
    DO_RUN                        /* runs an eval or sample entry (Entry.runs) after this step */
} StmtOpKind;
typedef enum ReportKind { REPORT_MEAN, REPORT_AUROC } ReportKind;
typedef struct DoStmt {
    StmtOpKind kind;
    Range at;
    const char *name;             /* TRACK, REPORT; CHECK: what is checked; REPEAT: why a loop is one,
                                     or NULL */
    const char *path;             /* SAVE, IMAGE, PLOT: file name within the run's folder */
    ReportKind report;
    bool said_once;               /* TRACK: a line when the run starts instead of a metric */
    int state, version;           /* WRITE*, VERSION: makes this version */
    Node *index;                  /* WRITE_ROWS */
    Node *value;                  /* WRITE*, TRACK, REPORT, SAVE, IMAGE, PLOT */
    /* REPORT_AUROC: scores of the negatives (value: positives), [B] */
    Node *value2;
    int64_t cols; double lo, hi;  /* IMAGE: columns, value range mapped to 0..255; PLOT: range */
    /* UPDATE: one element per parameter, all of one minimize statement together */
    const Optimizer **optimizer; Node **param, **grad; int n_params;
    int sign;                     /* +1 descend, -1 ascend */
    bool joined;                  /* UPDATE: its gradients are taken, and checked, together with
                                     those of the statement right behind it, an UPDATE as well */
    int run;                      /* RUN: index in Entry.runs */
    int index_scalar, turn_scalar;              /* REPEAT: scalars; -1 when nothing reads them */
} DoStmt;

/* An eval or sample entry with settings of its own: { "count=64" }. */
typedef struct EntryRun { const char *name; VEC(const char *) words; } EntryRun;

typedef enum EntryMode { MODE_TRAIN, MODE_EVAL, MODE_SAMPLE, MODE_SCORE } EntryMode;
typedef struct Entry {
    EntryMode mode;
    const char *name;
    int64_t batch, steps, count;  /* defaults; count: samples of eval/sample entries, 0 = batch */
    Graph *graph;
    VEC(DoStmt) body;
    VEC(Optimizer *) optimizers;
    VEC(EntryRun) runs;
    const char *exported;         /* file that networks are written to after training, or NULL */
    /* final version of each state (index = state; 0 when unwritten) */
    VEC(int) versions;
    Range at;
} Entry;

typedef struct Program {
    Arena *arena;
    const char *name;             /* of the spec, without .ebm */
    const char *spec_text;
    VEC(State) states;
    VEC(Group) groups;
    VEC(Scalar) scalars;
    VEC(DataSet) data;
    VEC(Entry *) entries;
    Graph *init_graph;
} Program;

static inline bool stmt_opens(StmtOpKind k) { return k == DO_REPEAT || k == DO_IF; }
/* The statement that closes what body[k] opens: its DO_ELSE or DO_END. */
int entry_block_end(const Entry *e, int k);

/* All nodes that the statements of an entry need (roots for marking, verifying and rebuilding).
 * The array lives in the arena. */
Node **entry_roots(Arena *a, const Entry *e, int *n);
/* Replaces every node of the entry by map[id] and its graph by g. */
void entry_remap(Entry *e, Graph *g, Node *const *map);

/* --emit=program and --emit=graph: states, scalars, data, then each entry's statements / graph. */
void program_print(Text *out, const Program *p, bool with_graphs);
const char *program_verify(const Program *p, Arena *a);      /* NULL or a sentence */
const char *entry_verify(const Program *p, const Entry *e, Arena *a);    /* of one entry alone */

/* The oracle at program level: runs `steps` steps of an entry in double precision over state
 * arrays (one per Program.states, made and initialised by program_interp_init). */
typedef struct InterpRun {
    const Program *program;
    double **state;               /* [n_states] arrays */
    double *scalar;               /* [n_scalars] values; ITER and BATCH are set by the run */
    uint64_t seed;
    int64_t batch;
    /* DATA sources: fill rows for this step; may be NULL when no data set is used. */
    void (*data)(void *user, const Node *n, uint64_t step, int64_t count, double *out);
    uint64_t turn;                /* while `data` is called: of the block that draws */
    void *user;
    /* Called for each TRACK / REPORT / SAVE with its value(s); may be NULL. */
    void (*output)(void *user, const DoStmt *s, const double *value, int64_t count);
    /* After a step: the DO_CHECK that failed (the state is then as before the step), or NULL. */
    const DoStmt *failed;
} InterpRun;
void program_interp_init(InterpRun *r, Arena *a);
void program_interp_step(InterpRun *r, const Entry *e, uint64_t step, Arena *scratch);
#endif
