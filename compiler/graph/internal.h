/* internal.h - what the files of graph/ share with each other and with nobody else. */
#ifndef EBM_GRAPH_INTERNAL_H
#define EBM_GRAPH_INTERNAL_H
#include "graph/graph.h"

enum { NODE_BUDGET = 100000,                  /* nodes of one graph; more ends with exit code 5 */
       FOLDED_ELEMENTS = 1 << 16 };           /* of a constant that is put together from parts */

/* The value of an elementwise op or of CONVERT on one element, in double: the `ref` column of
 * ops.def; i32 results wrap, i32 division truncates and gives 0 by 0. `t` is the operands' dtype
 * (CONVERT: the result's). */
double op_value(Op op, DType t, double a, double b, double c);

/* The type rule of n's op (rules.c). For ops whose type follows from operands and attributes it
 * is stored in *t and *s; for the others (sources, broadcast, reshape, convert ...) n's own type
 * is checked and stored there. NULL, or what is wrong. */
const char *node_rule(const Node *n, DType *t, Shape *s);
/* NULL when rank and sizes are possible: only axis 0 may be DIM_BATCH, the rest is at least 1. */
const char *shape_check(Shape s);

/* The one way to make a node: fills in the type by node_rule (asserts that it holds), then gives
 * the existing equal node or a new one. No simplification; copies in, attr and data. */
Node *node_make(Graph *g, const Node *draft);
/* node_make of an op whose type follows from operands and attributes. */
Node *node_infer(Graph *g, Op op, int n_in, Node *const *in, int n_attr, const int64_t *attr);
/* node_make of an op whose type is given. */
Node *node_typed(Graph *g, Op op, DType t, Shape s, int n_in, Node *const *in, int n_attr,
                 const int64_t *attr);

/* graph_print with a comment after some nodes: `note` gives its text or NULL. */
typedef const char *NodeNote(const void *user, const Node *n);
void graph_print_notes(Text *out, const Graph *g, Node *const *roots, int n_roots, NodeNote *note,
                       const void *user, const char *indent);
#endif
