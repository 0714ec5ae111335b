/* contract.c - rewrites of sums and products that change the order of rounding, nothing else.
 *
 * Needs simplify's form. Each rule computes the same real number with fewer operations:
 *
 *   factor_out       sum(x * s) = sum(x) * s when s does not vary along the summed axes
 *   sum_of_pairs     a sum over a dot's paired axis makes it a contracted axis: the weight
 *                    gradient of a per-sample product is one contraction over the batch
 *   constant_factor  a dot with an operand that is constant along the contracted axes is a sum
 *   outer_sum        sum of a product of broadcasts is a dot: the outer product is never formed */
#include "passes/internal.h"
#include "passes/rewrite.h"

static unsigned axes_bits(const Node *reduce) {
    unsigned bits = 0;
    for (int k = 0; k < reduce->n_attr; k++) bits |= 1u << reduce->attr[k];
    return bits;
}
static Node *sum_over(Graph *g, Node *x, unsigned axes) {
    int list[MAX_RANK], n = 0;
    for (int k = 0; k < x->shape.rank; k++) if (axes >> k & 1) list[n++] = k;
    return g_reduce(g, OP_REDUCE_SUM, x, list, n);
}
/* The product or quotient below a sum, when nothing else uses it. */
static Node *sole_operand(Rewriter *r, const Node *n, Node *m, Op op) {
    if (m->op != OP_REDUCE_SUM || n->op != OP_REDUCE_SUM || m->in[0]->op != op) return NULL;
    return r->uses[n->in[0]->id] == 1 ? m->in[0] : NULL;
}

static Node *factor_out(Rewriter *r, const Node *n, Node *m) {
    Node *product = sole_operand(r, n, m, OP_MUL);
    if (!product) product = sole_operand(r, n, m, OP_DIV);
    if (!product) return NULL;
    unsigned summed = axes_bits(m), all = (1u << product->shape.rank) - 1;
    for (int side = product->op == OP_DIV; side < 2; side++) {
        Node *s = product->in[side];
        if (varying_axes(s) & summed) continue;
        Node *sum = sum_over(r->g, product->in[1 - side], summed);
        return g_binary(r->g, product->op, sum, without_axes(r->g, s, all & ~summed));
    }
    return NULL;
}

static Node *sum_of_pairs(Rewriter *r, const Node *n, Node *m) {
    Node *dot = sole_operand(r, n, m, OP_DOT);
    if (!dot) return NULL;
    DotView v = dot_view(dot);
    unsigned summed = axes_bits(m), pairs = summed & ((1u << v.d.nb) - 1);
    if (!pairs) return NULL;
    DotAxes d = { .nc = v.d.nc };
    for (int k = 0; k < v.d.nc; k++) { d.ac[k] = v.d.ac[k]; d.bc[k] = v.d.bc[k]; }
    for (int k = 0; k < v.d.nb; k++) {
        if (pairs >> k & 1) {
            d.ac[d.nc] = v.d.ab[k];
            d.bc[d.nc++] = v.d.bb[k];
        } else {
            d.ab[d.nb] = v.d.ab[k];
            d.bb[d.nb++] = v.d.bb[k];
        }
    }
    Node *joined = g_dot(r->g, dot->in[0], dot->in[1], &d);
    unsigned rest = 0;                        /* summed free axes, renumbered */
    for (int k = 0, at = 0; k < dot->shape.rank; k++) {
        if (pairs >> k & 1) continue;
        if (summed >> k & 1) rest |= 1u << at;
        at++;
    }
    return sum_over(r->g, joined, rest);
}

/* Puts axes in the order batch, free. */
static Node *ordered(Graph *g, Node *x, const int *batch, int nb, const int *free_, int nf) {
    int perm[MAX_RANK], n = 0;
    for (int k = 0; k < nb; k++) perm[n++] = batch[k];
    for (int k = 0; k < nf; k++) perm[n++] = free_[k];
    return g_transpose(g, x, perm);
}
static void renumber(int *axes, int n, const int *place) {
    for (int k = 0; k < n; k++) axes[k] = place[axes[k]];
}
static Node *constant_factor(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_DOT) return NULL;
    DotView v = dot_view(m);
    unsigned ca = 0, cb = 0;
    for (int k = 0; k < v.d.nc; k++) { ca |= 1u << v.d.ac[k]; cb |= 1u << v.d.bc[k]; }
    Node *a = m->in[0], *b = m->in[1];
    bool left = !(varying_axes(a) & ca), right = !(varying_axes(b) & cb);
    if (!ca || (!left && !right)) return NULL;
    unsigned all_a = (1u << a->shape.rank) - 1, all_b = (1u << b->shape.rank) - 1;
    int place[2][MAX_RANK];
    for (int k = 0, at = 0; k < a->shape.rank; k++) place[0][k] = ca >> k & 1 ? -1 : at++;
    for (int k = 0, at = 0; k < b->shape.rank; k++) place[1][k] = cb >> k & 1 ? -1 : at++;
    renumber(v.d.ab, v.d.nb, place[0]);
    renumber(v.a_free, v.n_a, place[0]);
    renumber(v.d.bb, v.d.nb, place[1]);
    renumber(v.b_free, v.n_b, place[1]);
    a = left ? without_axes(r->g, a, all_a & ~ca) : sum_over(r->g, a, ca);
    b = left ? sum_over(r->g, b, cb) : without_axes(r->g, b, all_b & ~cb);
    a = ordered(r->g, a, v.d.ab, v.d.nb, v.a_free, v.n_a);
    b = ordered(r->g, b, v.d.bb, v.d.nb, v.b_free, v.n_b);
    return outer_product(r->g, &v, a, b, m->shape);
}

/* sum over k of a[.., i, k] b[.., j, k], written with broadcasts. Only when both sides have an axis
 * of their own: else the product is no larger than its operands and stays elementwise. */
static Node *outer_sum(Rewriter *r, const Node *n, Node *m) {
    Node *product = sole_operand(r, n, m, OP_MUL);
    if (!product || product->dtype != DT_F32) return NULL;
    Node *a = product->in[0], *b = product->in[1];
    if (a->op != OP_BROADCAST || b->op != OP_BROADCAST) return NULL;
    unsigned in_a = varying_axes(a), in_b = varying_axes(b), summed = axes_bits(m);
    unsigned own_a = in_a & ~in_b & ~summed, own_b = in_b & ~in_a & ~summed;
    unsigned both = in_a & in_b & ~summed;
    if (!own_a || !own_b || summed & ~(in_a & in_b) || (own_a | own_b | both | summed) !=
        (1u << product->shape.rank) - 1)
        return NULL;
    if (both && node_batched(a->in[0]) != node_batched(b->in[0])) return NULL;
    if (node_batched(b->in[0]) && !node_batched(a->in[0])) {
        Node *t = a; a = b; b = t;
        unsigned u = own_a; own_a = own_b; own_b = u;
    }
    DotAxes d = { 0 };
    int of_a[MAX_RANK] = { 0 }, of_b[MAX_RANK] = { 0 };
    for (int k = 0; k < a->n_attr; k++) of_a[a->attr[k]] = k;
    for (int k = 0; k < b->n_attr; k++) of_b[b->attr[k]] = k;
    int place[MAX_RANK], at = 0;              /* product axis -> dot result axis */
    for (int k = 0; k < product->shape.rank; k++) {
        if (summed >> k & 1) { d.ac[d.nc] = of_a[k]; d.bc[d.nc++] = of_b[k]; }
        if (both >> k & 1) { d.ab[d.nb] = of_a[k]; d.bb[d.nb++] = of_b[k]; place[k] = at++; }
    }
    for (int k = 0; k < product->shape.rank; k++) if (own_a >> k & 1) place[k] = at++;
    for (int k = 0; k < product->shape.rank; k++) if (own_b >> k & 1) place[k] = at++;
    int perm[MAX_RANK], rank = 0;
    for (int k = 0; k < product->shape.rank; k++) if (!(summed >> k & 1)) perm[rank++] = place[k];
    return g_transpose(r->g, g_dot(r->g, a->in[0], b->in[0], &d), perm);
}

const RewriteRow contract_rules[] = {
    { "factor_out", factor_out }, { "sum_of_pairs", sum_of_pairs },
    { "constant_factor", constant_factor }, { "outer_sum", outer_sum },
    { NULL, NULL },
};
void contract_run(Program *p, Entry *e) { entry_rewrite(p, e, contract_rules); }
