/* graph.h - the tensor graph: read this file first.
 *
 *     x = E's input          [B,2]   VAR -----------+
 *     W = state 0 version 0  [128,2] STATE -- DOT --+-- ADD -- ... -- E [B]
 *                                                          GRAD(E, x) [B,2]
 *
 * A graph is a list of immutable nodes in topological order: operands have smaller ids. Nodes are
 * made only by build.c, which returns an existing equal node when there is one (hash-consing), so
 * common subexpressions merge by construction. Random nodes carry their draw site and loop index,
 * so two draws never merge; state reads carry the version of the state they read.
 *
 * Batch: a per-sample value has the run-time batch size as its axis 0, written DIM_BATCH; no other
 * axis is ever dynamic. A value whose axis 0 is not DIM_BATCH is shared by the batch.
 *
 * Loops are scoped by dependence, not by nesting: LOOP_VAR nodes are the body's inputs, and a node
 * is inside a loop exactly when it depends on one of that loop's LOOP_VARs. Everything else that a
 * body uses is loop-invariant by construction: hoisting needs no pass, and autodiff works inside a
 * body as anywhere. The LOOP node's operands are (trip, init 0..n-1, result 0..n-1); LOOP_OUT k
 * is the k-th carried value after the last iteration. A trip count of 0 gives the initial values.
 *
 * Ownership: nodes live in the graph's arena; a pass makes a new graph from an old one. */
#ifndef EBM_GRAPH_H
#define EBM_GRAPH_H
#include "base/base.h"

typedef enum DType { DT_F32, DT_I32, DT_U8, DT_BOOL, DT_COUNT } DType;
enum { MAX_RANK = 8, DIM_BATCH = -1 };
typedef struct Shape { int rank; int64_t dim[MAX_RANK]; } Shape;

typedef enum Op {
#define OP(id, ...) OP_##id,
#include "graph/ops.def"
#undef OP
    OP_COUNT
} Op;
typedef enum OpClass { CLASS_SRC, CLASS_EW, CLASS_LIN, CLASS_BIL, CLASS_CUT, CLASS_MAP, CLASS_REQ,
                       CLASS_CTL } OpClass;
typedef enum BatchEffect { BATCH_KEEP, BATCH_SUM, BATCH_MIX, BATCH_ATTR } BatchEffect;
typedef struct OpInfo {
    const char *name;
    int arity;                    /* -1: any */
    OpClass cls;
    BatchEffect batch;
    const char *emit;             /* EW and elementwise CUT: C text over $0 $1 $2; else NULL */
    double lo, hi;
    const char *doc;
} OpInfo;
extern const OpInfo op_info[OP_COUNT];
bool op_is_elementwise(Op op);    /* EW, or an elementwise CUT (compare, floor ...) */

typedef struct Node Node;
struct Node {
    uint32_t id;                  /* position in the graph */
    Op op;
    DType dtype;
    Shape shape;
    int n_in, n_attr;
    Node *const *in;
    const int64_t *attr;          /* meaning: ops.def */
    const double *data;           /* CONST: n_data values, 1 (splat) or shape_count() of them */
    int64_t n_data;
    Range at;                     /* where in the source it came from; not part of its identity */
};

typedef struct Graph Graph;
Graph *graph_new(Arena *a);
Arena *graph_arena(const Graph *g);
uint32_t graph_size(const Graph *g);
Node *graph_node(const Graph *g, uint32_t id);
/* Sets the source range given to nodes made from now on; returns the previous one. */
Range graph_at(Graph *g, Range at);
/* Fresh ids for VAR and LOOP nodes. */
int64_t graph_fresh(Graph *g);

/* ---- shapes --------------------------------------------------------------------------------- */
Shape   shape_scalar(void);
Shape   shape_of(int rank, const int64_t *dim);
bool    shape_equal(Shape a, Shape b);
bool    shape_batched(Shape s);                    /* axis 0 is DIM_BATCH */
/* Elements, leaving out a batch axis (so: per sample); false on overflow beyond 2^40. */
bool    shape_count_checked(Shape s, int64_t *out);
int64_t shape_count(Shape s);                      /* asserts that it fits */
Shape   shape_batch(Shape s);                      /* prepends DIM_BATCH (asserts there is none) */
Shape   shape_example(Shape s);                    /* drops DIM_BATCH if there is one */
const char *shape_text(Arena *a, Shape s);         /* "[B,3,32,32]", "[]" */
const char *dtype_name(DType t);                   /* "f32" ... */
size_t  dtype_size(DType t);

/* What this node does to the batch axis of its batched operands (resolves BATCH_ATTR). A node
 * without batched operands is BATCH_KEEP. */
BatchEffect node_batch_effect(const Node *n);
static inline bool node_batched(const Node *n) { return shape_batched(n->shape); }
/* True when n is a constant with one value for all elements, which *v (may be NULL) receives. Such
 * a constant is always a CONST node with n_data == 1, whatever its shape, batched or not. */
bool node_splat(const Node *n, double *v);

/* ---- building --------------------------------------------------------------------------------
 * All constructors check their operands by assert: the front end has told the user before. They
 * fold constants and apply the identities x+0, x*1, x*0, --x, double reshape/transpose and the
 * like, so that what autodiff writes needs no cleaning. */
Node *g_const(Graph *g, DType t, double v);                                   /* [] */
Node *g_const_splat(Graph *g, DType t, Shape s, double v);    /* broadcast of a scalar constant */
Node *g_const_tensor(Graph *g, DType t, Shape s, const double *data);
Node *g_input(Graph *g, int k, DType t, Shape s);
Node *g_scalar(Graph *g, int index, DType t);
Node *g_state(Graph *g, int index, int version, DType t, Shape s);
Node *g_data(Graph *g, int set, int field, int ordinal, DType t, Shape example);
/* The same in a block that repeats, whose TURN is this scalar (program.h). */
Node *g_data_turn(Graph *g, int set, int field, int ordinal, int turn, DType t, Shape example);
Node *g_iota(Graph *g, Shape s, int axis);
Node *g_sample(Graph *g);         /* [B] i32: the index of each sample in this batch, from 0 */
/* [B] i32: a permutation of 0..B-1 drawn at a site, or its inverse; batch: B, i32 []. */
Node *g_perm(Graph *g, uint64_t site, Node *loop_index, Node *batch, bool inverse);
Node *g_rand(Graph *g, Op kind, Shape s, uint64_t site, Node *loop_index, Node *n /* INT, PERM */);
Node *g_var(Graph *g, Node *x);                               /* always a new variable */
Node *g_stop(Graph *g, Node *x);
Node *g_unary(Graph *g, Op op, Node *a);
Node *g_binary(Graph *g, Op op, Node *a, Node *b);            /* equal shapes and dtypes */
Node *g_select(Graph *g, Node *c, Node *a, Node *b);
Node *g_broadcast(Graph *g, Node *a, Shape s, const int *map);/* map[i]: output axis of axis i */
Node *g_broadcast_scalar(Graph *g, Node *a, Shape s);         /* [] -> s */
/* The standard broadcast of an elementwise operand to shape s: a scalar [] or [B] along all
 * example axes, size-1 axes, and a shared value along the batch. Asserts that it is possible. */
Node *g_broadcast_to(Graph *g, Node *a, Shape s);
Node *g_reduce(Graph *g, Op op, Node *a, const int *axes, int n);  /* SUM MAX MIN ARGMAX ARGMIN */
Node *g_reduce_example(Graph *g, Op op, Node *a);             /* all axes but the batch */
Node *g_reduce_batch(Graph *g, Op op, Node *a);               /* the batch axis */
Node *g_reshape(Graph *g, Node *a, Shape s);
Node *g_transpose(Graph *g, Node *a, const int *perm);
Node *g_slice(Graph *g, Node *a, const int64_t *start, const int64_t *size, const int64_t *step);
Node *g_pad(Graph *g, Node *a, const int64_t *low, const int64_t *high, const int64_t *interior);
Node *g_reverse(Graph *g, Node *a, const int *axes, int n);
Node *g_concat(Graph *g, Node *const *v, int n, int axis);
Node *g_gather(Graph *g, Node *table, Node *index);
Node *g_take(Graph *g, Node *x, Node *i, Node *j);            /* rows i of the batch; j: inverse */
Node *g_scatter_add(Graph *g, Node *index, Node *rows, int64_t n);
Node *g_convert(Graph *g, Node *a, DType t);
typedef struct DotAxes {
    int nb, nc, ab[MAX_RANK], bb[MAX_RANK], ac[MAX_RANK], bc[MAX_RANK];
} DotAxes;
/* Result [batch.., free axes of a.., free axes of b..]. When only b is batched the operands change
 * places, and with nb > 0 and one batched operand the other is broadcast along the batch, which
 * becomes the first batch axis: a batched result always has the batch as axis 0. */
Node *g_dot(Graph *g, Node *a, Node *b, const DotAxes *axes);
typedef struct ConvAttr { int64_t sh, sw, ph0, ph1, pw0, pw1, dh, dw, groups; } ConvAttr;
Node *g_conv(Graph *g, Node *x, Node *w, const ConvAttr *c);
Node *g_conv_dx(Graph *g, Node *y, Node *w, const ConvAttr *c, int64_t H, int64_t W);
Node *g_conv_dw(Graph *g, Node *x, Node *y, const ConvAttr *c, int64_t kh, int64_t kw);
typedef struct PoolAttr { int64_t kh, kw, sh, sw, ph0, ph1, pw0, pw1; } PoolAttr;
Node *g_pool_sum(Graph *g, Node *x, const PoolAttr *p);
Node *g_pool_sum_t(Graph *g, Node *y, const PoolAttr *p, int64_t H, int64_t W);
Node *g_max_pool(Graph *g, Node *x, const PoolAttr *p);
Node *g_pool_pick(Graph *g, Node *x, Node *t, const PoolAttr *p);
Node *g_pool_pick_t(Graph *g, Node *x, Node *y, const PoolAttr *p);
Node *g_request(Graph *g, Op op, Node *y, Node *x, Node *v /* NULL for GRAD */);

/* A loop: begin gives its id and index; loop_var the carried values' nodes (shape of their inits);
 * g_loop closes it. The shapes of results equal those of the inits. */
int64_t g_loop_begin(Graph *g);
Node *g_loop_index(Graph *g, int64_t loop);
Node *g_loop_var(Graph *g, int64_t loop, int k /* from 0 */, DType t, Shape s);
Node *g_loop(Graph *g, int64_t loop, Node *trip, Node *const *init, Node *const *result, int n);
Node *g_loop_out(Graph *g, Node *loop, int k);

/* Rebuilds `n` with other operands (same op and attributes, simplifying on the way). */
Node *g_rebuild(Graph *g, const Node *n, Node *const *in);

/* Isomorphic values as one with an axis of n behind the batch axis (lift.c): element i is what
 * row[i] is. NULL: they are not the same function of n things, or one row. */
Node *g_lift(Graph *g, Node *const *row, int n);

/* ---- walking -------------------------------------------------------------------------------- */
/* live[id] = true for every node that a root needs. `live` has graph_size(g) entries. */
void graph_mark_live(const Graph *g, Node *const *roots, int n, bool *live);
/* inside[id] = true for every node that depends on a LOOP_VAR of loop `id` (the loop's body). */
void graph_mark_body(const Graph *g, int64_t loop, bool *inside);
/* True when nothing but constants, SCALARs and elementwise ops on rank-0 values lie below n: such
 * values are computed on the host, in double, before a step. out[id] for every node. */
void graph_mark_host(const Graph *g, bool *out);

/* ---- text, checking, meaning ---------------------------------------------------------------- */
/* One node per line: `%3: f32[B,128] = dot(%0, %1) {0,1,1,1}`; a name follows `state`/`scalar`
 * when names are given. Roots: `return %7, %9`. */
void graph_print(Text *out, const Graph *g, Node *const *roots, int n_roots);
/* Parses what graph_print writes. NULL and a message with a line number on bad text. */
Graph *graph_parse(Arena *a, const char *text, Node ***roots, int *n_roots, const char **error);
/* NULL when every invariant of this file and of ops.def holds, else a sentence. */
const char *graph_verify(const Graph *g, Node *const *roots, int n_roots, Arena *a);

/* The reference interpreter: double precision, no optimisation, shares no formula with the
 * emitters. The oracle of every test. */
typedef struct InterpEnv {
    int64_t batch;                /* B */
    uint64_t seed, step; uint32_t epoch;
    int64_t first_sample;
    void *user;
    /* Values of sources: fill `out` (count = elements with B) for INPUT, SCALAR, STATE, DATA. */
    void (*source)(void *user, const Node *n, int64_t count, double *out);
} InterpEnv;
/* Evaluates the roots; out[i] receives a fresh array (arena) of the root's elements. With
 * `tangent` (NULL or a callback like `source`) also the dual part of each root in out_dual.
 * Loops run; derivative requests are an assert (run differentiate first). */
void graph_interpret(const Graph *g, Node *const *roots, int n_roots, const InterpEnv *env,
                     Arena *a, double **out,
                     bool (*tangent)(void *user, const Node *n, int64_t count, double *out),
                     double **out_dual);
#endif
