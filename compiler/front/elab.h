/* elab.h - inside the elaborator: values, frames and what its files call of each other.
 *
 *   scope.c    files, imports and top-level names        value.c    values, types as text
 *   expr.c     expressions                               call.c     calls, formals, nets, modules
 *   builtin.c  the table of built-in functions           tensor.c   broadcasting, axes, reductions
 *   draw.c     distributions and draws                   derive.c   grad jvp vjp hvp, dependence
 *   stmt.c     statements of bodies and loops            state.c    params, data, EMA, versions
 *   buffer.c   replay buffers                             einsum.c   einsum
 *   entry.c    train, eval, sample and score entries     output.c   track, report, save, image
 *   names.c    names of code that is not used            lint.c     warnings
 *   data.c     data sets                                 fill.c     buffers that a sampler starts
 *   comprehend.c  sum[i in 1..n](...) and its relatives
 *   block.c    blocks of a train step: repeat, every, while, if, simultaneous
 *   track.c    `track` inside samplers
 *
 * The elaborator runs the spec once, with graph nodes for values: compile-time constants are CONST
 * nodes (the graph folds), everything else becomes graph. All entries are lowered into one graph,
 * so that a top-level constant is one node; the passes rebuild what each entry needs.
 *
 * Errors: e_error() reports once, with the calls that led there, and the caller goes on with
 * &value_error, which silences everything that would follow from it. */
#ifndef EBM_ELAB_H
#define EBM_ELAB_H
#include "front/front.h"

typedef struct Value Value;
typedef struct Frame Frame;
typedef struct Elab Elab;
typedef struct FileScope FileScope;

typedef enum ValueKind {
    V_ERROR, V_UNIT,
    V_TENSOR,                     /* node; also numbers and truth values */
    V_STR,                        /* str */
    V_LIST,                       /* [a, b]: a tensor when used as one */
    V_TUPLE,
    V_SHAPE,                      /* `like x`: shape */
    /* fn, sampler, objective, lambda, net or module applied to statics */
    V_FN,
    V_MODULE,                     /* waits for its static arguments */
    V_BUILTIN,
    V_DIST,
    V_DATA, V_BUFFER,
    V_SLOTS,                      /* B.slots (buffer) or d.slots (buffer NULL) */
    V_BATCH,                      /* batch(x): x, a tensor or a tuple of them, in v[0] */
    V_OPTIMIZER,                  /* adam(...): opt */
    V_METRIC,                     /* auroc(a, b): only under `report` */
    V_FILE                        /* `import ... as`: file */
} ValueKind;

typedef enum DistKind { DIST_NORMAL, DIST_UNIFORM, DIST_BERNOULLI, DIST_RANDINT, DIST_RADEMACHER,
                        DIST_IID } DistKind;
typedef struct Dist {
    DistKind kind;
    Range at;
    Shape shape;                  /* per example */
    Node *a, *b;                  /* mean, std | lo, hi | p | lo, hi */
    Value *inner; int64_t n;      /* IID */
} Dist;

typedef enum Mode { MODE_AS_BLOCK, MODE_TRAINING, MODE_EVALUATION } Mode;

/* Something that can be called with tensors. */
typedef struct Fn {
    const char *name;
    const Item *item;             /* NULL for a lambda */
    const Formals *formals;
    const Type *result;
    const Block *body; const Expr *expr;          /* one of them */
    FileScope *file;
    Frame *env;                   /* lexical frame of a lambda, a local fn, a module's statics */
    bool is_sampler, is_net, is_module;
    FileScope *home;              /* of `energy E: [2] = Net(64)`: where that stands; else NULL */
    const char *prefix;           /* net, applied module: where its parameters live: "E.conv0" */
    const char *ema;              /* EMA net: the name of the copy, whose values are read instead */
} Fn;

/* What is known of a value's numbers. */
typedef struct Interval {
    double lo, hi;                /* infinite: not known */
    bool is_data;                 /* it is made from a data set */
    bool loose;                   /* the numbers may fill less of it */
} Interval;

/* What a replay buffer does besides holding rows. */
typedef struct Buffer {
    bool reservoir;               /* push: algorithm R; else first in, first out */
    bool quantised;               /* u8: numbers in [0,1) in 256 steps */
    bool starts_empty;            /* no init: only what was pushed may be drawn */
    Interval start;               /* of init */
    const Expr *fill;             /* init is a data set or a call of a sampler: fill.c */
} Buffer;

typedef struct Builtin Builtin;
struct Value {
    ValueKind kind;
    Range at;
    Node *node;
    const char *str;
    Value **v; int n;
    Shape shape;
    const Fn *fn;
    const Item *item;             /* MODULE, DATA, BUFFER */
    FileScope *file;              /* MODULE, FILE */
    const Builtin *builtin;
    const Dist *dist;
    int index;                    /* DATA, SLOTS of one: data set; BUFFER, SLOTS of one: state */
    const Buffer *buffer;         /* BUFFER, SLOTS */
    Optimizer *opt;
    int cell;                     /* a `state` of a module: its index + 1 */
    bool inexact;                 /* of two constant integers, which do not divide exactly */
    bool frozen;                  /* stop(E) */
    Mode mode;                    /* eval(E), training(E) */
};
extern Value value_error, value_unit;

typedef struct Var { const char *name; Value *value; bool used; Range at; } Var;
typedef struct Ordinal { const char *key; int count; } Ordinal;
struct Frame {
    Frame *caller, *lexical;
    FileScope *file;
    const char *name; Range call_at;
    VEC(Var) vars;
    VEC(Ordinal) ordinals;        /* draws and calls seen, by name: the draw sites */
    const char *path;             /* call path: entry/lhs:callee#k/... */
    const char *lhs;              /* name left of the statement being run */
    const char *params;           /* prefix of parameters made here; NULL: none may be made */
    const Block *numbered;        /* body whose Capital calls are numbered */
    const char *ema;              /* name of the EMA copy that is being called, or NULL */
    VEC(int64_t) unrolled;        /* indices of the enclosing compile-time loops */
    bool frozen, is_shared, in_sampler, in_loop, in_entry;
    Mode mode;
    Value *result;
    int depth;
};

/* The call that makes the parameters of this prefix. */
typedef struct Layer { const char *prefix; const Expr *call; } Layer;

/* When a step moves a parameter group. */
typedef struct Moved {
    Node *when;                   /* NULL: never; bool [] */
    /* under a condition that means something else at the step's end */
    bool unknown;
} Moved;

/* `optimizer PATH = ...`: the parameters below a dotted prefix of their names. */
typedef struct OptimizerRef {
    const char *prefix;
    Optimizer *optimizer;
    Range at;
    bool used;
} OptimizerRef;

/* The statements of an entry that fill a buffer: [first, end) of its body. */
typedef struct Fill { int state, first, end; } Fill;

/* What an energy is given, for lint.c. */
typedef struct Fed { const char *net; Interval range; Shape shape; Range at; } Fed;
typedef struct Unused { const char *name; Range at; } Unused;
/* A parameter below `over`. */
typedef struct Learning { bool is_moved, has_path; Range at; } Learning;

/* A value that a sampler tracks: [] or [B]. */
typedef struct Tracked { const char *name; Node *node; Range at; } Tracked;
typedef VEC(Tracked) Tracks;

struct Elab {
    Arena *arena;
    Program *program;
    Graph *g;
    const FrontOptions *options;
    VEC(FileScope *) files;
    FileScope *main_file;
    Entry *entry;                 /* being lowered; NULL outside */
    /* flattened index of the run-time loops around; const 0 outside */
    Node *loop_index;
    VEC(int) version;             /* current version per state */
    VEC(int) data_draws;          /* draws so far per data set in this entry */
    VEC(Node *) conditions;       /* of the step blocks around; NULL: see Moved.unknown */
    VEC(Moved) moved;             /* by group */
    int quiet;                    /* > 0: in a derivative, where layer state is not written */
    int selecting;                /* > 0: in a choice of which both sides are computed */
    bool simultaneous;            /* updates wait in `pending` */
    VEC(DoStmt) pending;
    VEC(OptimizerRef) optimizers; /* of this entry */
    Tracks tracked;               /* by the statement of the entry that runs */
    Tracks *collector;            /* takes what is tracked; NULL: it is only counted */
    int tracks_seen;
    Tracks temperatures;          /* that samplers of this entry imply */
    VEC(Fed) fed;                 /* of this entry */
    VEC(const Value *) drawn;     /* buffers of this entry whose start is known */
    VEC(Learning) learning;       /* by state */
    VEC(Layer) layers;
    VEC(const char *) starting;   /* states whose initial value is being made */
    VEC(Unused) unused;           /* names without a use, of all files */
    VEC(Fill) fills;              /* of this entry */
    int fill_source;              /* 1 + the source of fill.c, 0 before it is there */
    bool filling;                 /* a buffer is filled: data is drawn with replacement */
    int n_blocks;                 /* repeated blocks of this entry so far: names of their scalars */
    int depth;                    /* nesting of evaluation, for the limit */
    int evaluations;              /* expressions evaluated so far, for the limit */
    int syntax_errors;            /* of all files: nothing is elaborated when there are any */
};

/* ---- errors ---- */
/* Where the user's file leads to `at`: itself, or the call that the library is in. */
Range user_place(const Frame *f, Range at);
Value *e_error(Elab *e, Frame *f, DiagCode code, Range at, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* ---- value.c ---- */
Value *value_new(Elab *e, ValueKind kind, Range at);
Value *value_node(Elab *e, Node *n, Range at);
Value *value_int(Elab *e, int64_t i, Range at);
const char *value_text(Elab *e, const Value *v);        /* "[3,32,32] per sample", "a function" */
bool value_const_int(const Value *v, int64_t *out);
bool value_const_real(const Value *v, double *out);
bool value_const_bool(const Value *v, bool *out);
bool value_callable(const Value *v);
/* The tensor of a value (lists become tensors); NULL after an error. */
Node *value_tensor(Elab *e, Frame *f, Value *v);
Node *value_real(Elab *e, Frame *f, Value *v);          /* as value_tensor, converted to f32 */

/* ---- scope.c ---- */
FileScope *scope_load(Elab *e, const char *path, const char *display, Range from);
FileScope *scope_std(Elab *e, const char *name, Range from);
/* The value of a visible top-level or built-in name; NULL when there is none. */
Value *scope_lookup(Elab *e, FileScope *fs, const char *name);
bool scope_has(Elab *e, FileScope *fs, const char *name);
void scope_candidates(Elab *e, FileScope *fs, void (*each)(void *, const char *), void *user);
const File *scope_file(const FileScope *fs);
bool scope_incomplete(const FileScope *fs);              /* of an import that failed */
Item *scope_item(FileScope *fs, const char *name, FileScope **owner);
/* The file imported under that name, or NULL. */
FileScope *scope_alias(FileScope *fs, const char *name);
/* What a state or group declared as `name` in this file is called in the program. */
const char *scope_name(Elab *e, const FileScope *fs, const char *name);
Value *e_unknown(Elab *e, Frame *f, FileScope *fs, DiagCode code, Range at, const char *what,
                 const char *name);

/* ---- expr.c ---- */
Value *expr_eval(Elab *e, Frame *f, const Expr *x);
Node  *expr_tensor(Elab *e, Frame *f, const Expr *x);
/* E0304 for a quotient where an integer is needed; false when v is none. */
bool   expr_inexact(Elab *e, Frame *f, const Value *v, Range at, const char *what);
bool   expr_const_int(Elab *e, Frame *f, const Expr *x, const char *what, int64_t *out);
Value *op_binary(Elab *e, Frame *f, BinOp op, Value *a, Value *b, Range at);
Value *expr_select(Elab *e, Frame *f, Node *cond, Value *a, Value *b, Range at);

/* ---- call.c ---- */
typedef struct CallArg { const char *name; Value *value; Range at; } CallArg;
Value *call_value(Elab *e, Frame *f, Value *callee, const CallArg *args, int n, Range at);
Value *call_expr(Elab *e, Frame *f, const Expr *x, Value *piped, const char *as);
Value *call_unary(Elab *e, Frame *f, Value *fn, Value *x, Range at);
bool   call_bind(Elab *e, Frame *callee, Frame *caller, const char *name, const Formals *fs,
                 const CallArg *args, int n, Range at);
Value *frame_lookup(Frame *f, const char *name);
void   frame_set(Elab *e, Frame *f, const char *name, Value *v, Range at);
Frame *frame_new(Elab *e, Frame *caller, const char *name, Range at);
const char *frame_site_path(Elab *e, Frame *f, const char *part);
Value *net_value(Elab *e, FileScope *fs, const Item *it);
Value *ema_value(Elab *e, FileScope *fs, const Item *it);
bool   type_shape(Elab *e, Frame *f, const Type *t, Shape *out, DType *dtype);
bool   type_check(Elab *e, Frame *f, const Type *t, Value *v, Range at, const char *what);

/* ---- tensor.c ---- */
bool  tensor_join(Elab *e, Frame *f, Node **a, Node **b, Range at);          /* broadcast both */
Node *tensor_unify_dtype(Elab *e, Node *a, DType t);
Value *tensor_reduce(Elab *e, Frame *f, const char *name, const CallArg *args, int n, Range at);
Node *tensor_mean_batch(Elab *e, Node *x);              /* [B,...] -> [...] */
/* batch(x), and one of its samples: that k places before each sample, around the end of the
 * batch. */
Value *tensor_batch(Elab *e, Frame *f, const CallArg *args, int n, Range at);
Value *tensor_sample(Elab *e, const Value *batch, Node *k, Range at);
Node *tensor_batch_size(Elab *e);                       /* i32 [] */
Value *tensor_reorder(Elab *e, Frame *f, const char *name, Value *x, Value *by, Range at);
Value *tensor_index(Elab *e, Frame *f, const Expr *x, Value *base);
Value *tensor_matmul(Elab *e, Frame *f, Node *a, Node *b, Range at);
Node *tensor_stack(Elab *e, Frame *f, Value **v, int n, Range at);
Value *tensor_row(Elab *e, Node *n, int64_t i, Range at);        /* x[i] along the first axis */
bool  shape_from_value(Elab *e, Frame *f, Value *v, Shape *out);

/* ---- comprehend.c ---- */
bool comprehension_is(const char *reducer);
Value *comprehension_eval(Elab *e, Frame *f, const Expr *call);         /* reducer[clauses](e) */

/* ---- builtin.c ---- */
const Builtin *builtin_find(const char *name);
Value *builtin_call(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at);
void builtin_names(void (*each)(void *, const char *), void *user);
const char *builtin_name(const Builtin *b);
/* Binds call arguments to the names of `spec` ("x, stride=1"): missing ones are NULL. */
bool bind_args(Elab *e, Frame *f, const char *fn, const char *spec, const CallArg *args, int n,
               Range at, Value **out);

/* ---- draw.c ---- */
Value *dist_make(Elab *e, Frame *f, DistKind kind, const CallArg *args, int n, Range at);
Node  *dist_sample(Elab *e, Frame *f, const Dist *d, const char *site, bool batched);
Dist dist_rows(Elab *e, const Dist *d, int64_t n);
Value *dist_log_prob(Elab *e, Frame *f, const Dist *d, Value *x, Range at);
bool draw_is_sampler_call(Elab *e, Frame *f, const Expr *x);
Value *draw_eval(Elab *e, Frame *f, const Draw *d, const char *lhs, bool is_shared);
uint64_t site_hash(const char *path);

/* ---- derive.c ---- */
Value *derive_call(Elab *e, Frame *f, const char *name, const CallArg *args, int n, Range at);
bool derive_depends(Elab *e, Node *y, const Node *x);
/* Calls `each` for every STATE that y depends on with a live gradient path. */
void derive_live_states(Elab *e, Node *y, void (*each)(void *, const Node *), void *user);

/* ---- stmt.c ---- */
void stmt_block(Elab *e, Frame *f, const Block *b);     /* stops at return: f->result set */
void assign_target(Elab *e, Frame *f, const Expr *target, Value *v);

/* ---- block.c ---- */
/* Whether a block changes more than the names of the frame that it stands in. */
bool block_has_effect(Frame *f, const Block *b);
/* The body of s `trip` times (i32 []), with the index counted from `lo` when s names one; trip
 * NULL: while the condition of s holds. */
void block_repeat(Elab *e, Frame *f, const Stmt *s, Node *lo, Node *trip);
void block_if(Elab *e, Frame *f, const Stmt *s, Node *when);
void block_select(Elab *e, Frame *f, const Stmt *s, Node *when);
/* bool [], or NULL: reported */
Node *block_condition(Elab *e, Frame *f, Value *v, Range at);
Node *block_every(Elab *e, Frame *f, const Stmt *s);                 /* its condition */
void block_simultaneous(Elab *e, Frame *f, const Stmt *s);
void block_update(Elab *e, DoStmt update);
bool block_is_pending(const Elab *e, int state);
void block_note_moved(Elab *e, int group);
void block_prune_locals(Elab *e);

/* ---- track.c ---- */
void track_note(Elab *e, Frame *f, const Stmt *s);
/* Carried values first, first + 1, ... of a loop sum up what its body tracked. */
void track_sums(Elab *e, const Tracks *in, int64_t loop, int first, Node **init, Node **result);
/* Their means over the steps, to e->collector. */
void track_means(Elab *e, const Tracks *in, Node *loop, int first, Node *trip);
/* Before the first statement of a finished entry: says the temperatures of its samplers. */
void track_temperatures(Elab *e, Entry *en);
/* Behind a statement of the entry: tracks what it collected. */
void track_flush(Elab *e);

/* ---- state.c ---- */
Value *state_param(Elab *e, Frame *f, const Item *decl);                     /* in a net body */
Value *state_free_param(Elab *e, FileScope *fs, const Item *it);
Value *state_top(Elab *e, FileScope *fs, const Item *it);                    /* state n: [] = 0 */
Value *state_cell(Elab *e, Frame *f, const Item *decl);                      /* in a module */
/* n = v for a param or state of the top level, in a step. */
void state_assign(Elab *e, Frame *f, FileScope *owner, const Item *it, Value *v, Range at);
/* n = v for a state of a module: written where a call in training mode may, else left alone. */
void state_cell_write(Elab *e, Frame *f, const char *name, Value *old, Value *v, Range at);
Value *state_arg(Elab *e, FileScope *fs, const Item *it);
Value *state_field(Elab *e, Frame *f, Value *base, const char *name, Range at);
Value *state_method(Elab *e, Frame *f, Value *base, const char *name, const CallArg *args, int n,
                    Range at);
Node *state_read(Elab *e, int state);                   /* at the current version */
int  state_find(const Elab *e, const char *name);       /* -1 */
int  state_add(Elab *e, const State *s);
int  group_find(Elab *e, const char *name, bool create, bool is_net);
void state_write(Elab *e, DoStmt s);                    /* appends; fills in the version */
int  scalar_index(Elab *e, const char *name, ScalarKind kind, DType t, double value,
                  const char *doc, Range at);
Value *scalar_builtin(Elab *e, const char *name);       /* iter, steps: NULL when not one */
void state_ema_updates(Elab *e, Frame *f);              /* at the end of a step */

/* ---- data.c ---- */
Value *data_declare(Elab *e, FileScope *fs, const Item *it);
/* A row for each sample, or one for the batch: the next ones of the set where that has a
 * meaning. */
Value *data_draw(Elab *e, Frame *f, Value *set, bool batched, Range at);
/* A row, or n > 0 rows, with replacement. */
Value *data_draw_rows(Elab *e, Frame *f, Value *set, int64_t n, bool batched, Range at);
Value *data_row(Elab *e, Frame *f, Value *set, Node *index, Range at);       /* d[i] */
Value *data_slots(Elab *e, Frame *f, Value *slots, bool batched, Range at);
Node *data_count(Elab *e, const Value *set);            /* how many examples: i32 [] */

/* ---- buffer.c ---- */
Value *buffer_declare(Elab *e, FileScope *fs, const Item *it);
/* A row, or n > 0 rows, drawn with replacement; BUFFER. */
Value *buffer_draw(Elab *e, Frame *f, Value *buffer, int64_t n, const char *site, bool batched);
/* One slot for each sample, all different; SLOTS. */
Value *buffer_slots(Elab *e, Frame *f, Value *slots, const char *site, bool batched, Range at);
/* True when there is something to draw: NULL when there always is. */
Node *buffer_filled(Elab *e, const Value *buffer);
/* Ends the run with a sentence when there is nothing to draw. */
void buffer_require(Elab *e, const Value *buffer, Range at);
Value *buffer_row(Elab *e, Frame *f, Value *buffer, Node *index, Range at);          /* B[i] */
void buffer_write(Elab *e, Frame *f, Value *buffer, Node *index, Node *value, Range at);
Value *buffer_push(Elab *e, Frame *f, Value *buffer, const CallArg *args, int n, Range at);
int buffer_count(const Value *buffer);                  /* the state that counts pushes */

/* ---- fill.c ---- */
void fill_buffers(Elab *e, Frame *f);                   /* first in the step of a train entry */
void fill_prune(Elab *e);                               /* at its end: leaves what is used */

/* ---- entry.c ---- */
void entry_lower(Elab *e, FileScope *fs, const Item *it);
void entry_score_all(Elab *e);
bool entry_statement(Elab *e, Frame *f, const Stmt *s); /* minimize, track, report, save ... */
/* A check of the entry: unless `holds` (bool []), the run stops with this sentence. */
void entry_require(Elab *e, Node *holds, const char *sentence, Range at);

/* ---- output.c ---- */
void output_numbers(Elab *e, Frame *f, const Stmt *s);  /* track, report */
void output_file(Elab *e, Frame *f, const Stmt *s, const char *what);       /* save, image, plot */

/* ---- lint.c ---- */
/* Of a request: y differentiated by x; what: grad, jvp, vjp or hvp. */
void lint_derivative(Elab *e, Frame *f, const char *what, const Node *y, const Node *x, Range at);
/* Of a call of an energy with the result y. */
void lint_energy(Elab *e, Frame *f, const char *name, const Node *y, const CallArg *args, int n,
                 Range at);
/* Notes what cuts y off from the states that are wanted. */
void lint_note_cut(Elab *e, const Node *y, bool (*is_wanted)(void *, const Node *), void *user);
/* Warns of draws whose distribution depends on those states. */
void lint_cut_draws(Elab *e, Frame *f, Node *y, const char *group,
                    bool (*is_wanted)(void *, const Node *), void *user);
/* A state is moved by an objective, which has a gradient path to it or not. */
void lint_moved(Elab *e, int state, Range at, bool has_path);
void lint_parameters(Elab *e);                          /* after all entries */
/* What an energy is given, and a buffer that is drawn from; compared at the end of the entry. */
void lint_fed(Elab *e, const Frame *f, const char *net, const CallArg *args, int n);
void lint_buffer_used(Elab *e, const Value *buffer);
void lint_ranges(Elab *e);
Interval lint_interval(Elab *e, const Node *n);

/* ---- names.c ---- */
void names_check(Elab *e, FileScope *fs);
void names_report_unused(Elab *e);                      /* when there are no errors */
/* Calls `each` for every call expression below a block, in source order. */
void ast_each_call(const Block *b, void (*each)(void *, const Expr *), void *user);
void ast_each_target(const Block *b, void (*each)(void *, const Expr *), void *user);
#endif
