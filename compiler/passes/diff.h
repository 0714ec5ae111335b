/* diff.h - the linearisation of one node: what jvp.c and vjp.c know about an op.
 *
 * Private to passes/. The two sweeps are generic; everything that depends on an op is behind the
 * three functions below, driven by the class and `lin` columns of ops.def. */
#ifndef EBM_DIFF_H
#define EBM_DIFF_H
#include "passes/passes.h"

/* True when a derivative can pass from n's operand i to n: both are real numbers, n is not a CUT,
 * and the operand is one that n is differentiable in (not an index, not the `x` of pool_pick).
 * Also true for a LOOP's carried values and for LOOP_OUT, so that dependence is seen through a
 * loop; no rule exists for those two: the sweeps report them. */
bool diff_operand(const Node *n, int i);

/* The tangent of n, given the tangents of its operands; tan[i] == NULL stands for zero, and at
 * least one differentiable operand has one. Never NULL. */
Node *diff_tangent(Graph *g, Node *n, Node *const *tan);

/* The cotangent `ct` of n pulled back to operand i; NULL when it is zero everywhere. */
Node *diff_pull(Graph *g, Node *n, int i, Node *ct);

/* active[id - lo] = true for each id in lo..hi that depends differentiably on one of the x.
 * `active` starts zeroed. */
void diff_mark_active(const Graph *g, Node *const *x, int n, uint32_t lo, uint32_t hi,
                      bool *active);

/* ---- functions of one value (chain.c) --------------------------------------------------------- */
/* Several elementwise ops that are together a function of one active value z, such as z * sigmoid(z),
 * have a slope f'(z), one value that all tangents and cotangents share: an activation's derivatives
 * of any order are functions of z alone, however the activation was written. */
typedef struct Chains Chains;
/* For the nodes lo..hi of a sweep in x[0..n-1]; `active` as from diff_mark_active. */
Chains *chains_of(Graph *g, Node *const *x, int n, uint32_t lo, uint32_t hi, const bool *active);
/* z when m is such a function of at least two ops, else NULL. */
Node *chain_root(const Chains *c, const Node *m);
/* dm/dz, elementwise, for m with chain_root(c, m) == z. */
Node *chain_slope(Chains *c, Node *m);
void chains_free(Chains *c);

/* Chooses between equal forms of second derivatives along directions (directional.c): the map old
 * id -> new node; NULL, *out == g: there are none. */
Node **ad_choose_forms(Graph *g, Node *const *roots, int n_roots, Graph **out);

/* ---- loops (unloop.c) ------------------------------------------------------------------------ */
/* Opens the loops that derivative requests pass through, so far as that is possible: all but the
 * last step cut off by STOP, or unrolled. Returns the map old id -> new node; *out == g when there
 * was nothing to do. */
Node **ad_open_loops(Graph *g, Node *const *roots, int n_roots, Graph **out);
/* The LOOP whose earlier steps the derivative of y in x would have to pass through: both stand in
 * terms of its carried values, and one that y reads depends on x itself. NULL: none. */
const Node *diff_carried_loop(const Graph *g, const bool *live, const Node *y, const Node *x);
/* y reads a carried value of a loop around it: else no x has such a LOOP. */
bool diff_reads_carried(const Graph *g, const Node *y);
/* Fresh ids of the new graph, of variables and loops, lie above all ids of the old one. */
void diff_fresh_above(const Graph *old, Graph *new);
/* The trip count is a constant and unrolling the loop stays within the budget of copied nodes. */
bool diff_unrolls(const Graph *g, const Node *loop);

/* A LOOP_OUT whose loop sums up a term that reads nothing carried (sumloop.c): its tangent, and its
 * cotangent ct[out - lo] passed on to ct of what it reads. active, tan and ct: as in the sweeps,
 * from node lo to hi. NULL, false: the loop is not of that kind. */
Node *diff_sum_tangent(Graph *g, Node *out, const bool *active, Node *const *tan, uint32_t lo,
                       uint32_t hi);
bool diff_sum_pull(Graph *g, Node *out, const bool *active, Node **ct, uint32_t lo, uint32_t hi);

/* Reports E0406 for a derivative that would have to pass through the loop behind `loop_out`, at
 * the place that graph_at() holds (the request). */
void diff_report_loop(Graph *g, const Node *loop_out);

/* ---- rule bodies, one per `lin` entry of ops.def --------------------------------------------- */
/* LIN, BIL and MAP ops (diff_linear.c): the cotangent of operand i. */
typedef Node *DiffRule(Graph *g, Node *n, int i, Node *ct);
DiffRule t_var, t_broadcast, t_reduce_sum, t_reshape, t_transpose, t_slice, t_pad, t_reverse,
         t_concat, t_gather, t_take, t_scatter_add, t_convert, t_pool_sum, t_pool_sum_t, t_dot,
         t_conv,
         t_conv_dx, t_conv_dw, t_reduce_max, t_reduce_min, t_max_pool, t_pool_pick, t_pool_pick_t;
/* The tangent of a MAP op (diff_linear.c). */
Node *diff_tangent_map(Graph *g, Node *n, Node *t);
#endif
