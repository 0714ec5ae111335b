/* interp.h - the interpreter's inside: one evaluation context, and what each op file offers it.
 *
 *   interp.c        the context: demand-driven evaluation with an explicit stack, loops, sources
 *   interp_ew.c     elementwise ops and their dual parts
 *   interp_struct.c structural ops, reductions, rows by index
 *   interp_dot.c    dot, convolution, pooling
 *
 * Everything is a row-major array of doubles. A tangent (dual part) that is NULL is zero. */
#ifndef EBM_GRAPH_INTERP_H
#define EBM_GRAPH_INTERP_H
#include "graph/internal.h"

typedef struct Value { double *v, *d; } Value;

typedef bool TangentFn(void *user, const Node *n, int64_t count, double *out);
typedef struct Interp Interp;
/* Values stay valid until interp_free: a context evaluates each node outside loops once. */
Interp *interp_new(const Graph *g, const InterpEnv *env, TangentFn *tangent);
Value   interp_eval(Interp *e, Node *n);
void    interp_free(Interp *e);
int64_t interp_count(int64_t batch, Shape s);                  /* elements with the batch */

/* s with the batch size in place of DIM_BATCH. */
Shape shape_concrete(Shape s, int64_t batch);

/* Walks a row-major index space while following a second array through strides:
 *     for (k = 0; k < walk.count; k++, walk_next(&walk)) out[k] = in[walk.offset];            */
typedef struct Walk {
    int rank;
    int64_t dim[MAX_RANK], stride[MAX_RANK], at[MAX_RANK];
    int64_t offset, count;
} Walk;
Walk walk_new(Shape concrete);                                 /* all strides 0 */
void walk_next(Walk *w);
void row_major(Shape concrete, int64_t *stride);

/* A candidate that replaces the best so far: larger, or the first NaN. */
bool beats(double candidate, double best);

/* The op's value on arrays. For ops that are linear in some operands this function is also the
 * rule of the dual part: it is called again with tangents in their place. `out` is zeroed. */
typedef struct OpCall {
    const Node *n;
    int64_t batch;
    const double *in[3];
    double *out;
} OpCall;
void interp_structural(const OpCall *c);      /* broadcast reshape transpose slice pad reverse sum
                                                 gather take scatter_add convert */
void interp_contract(const OpCall *c);        /* dot conv* pool_sum pool_sum_t pool_pick* */

void interp_elementwise(const Node *n, int64_t count, const Value *in, Value out);
void interp_concat(const Node *n, int64_t batch, const Value *in, Value out);
void interp_extreme(const Node *n, int64_t batch, Value in, Value out);   /* reduce_max/min, arg* */
void interp_max_pool(const Node *n, int64_t batch, Value in, Value out);
#endif
