/* contract.c - rewrites of sums and products that change the order of rounding, nothing else.
 *
 * Needs simplify's form. Each rule computes the same real number with fewer operations:
 *
 *   factor_out       sum(x * s) = sum(x) * s when s does not vary along the summed axes
 *   sum_of_pairs     a sum over a dot's paired axis makes it a contracted axis: the weight
 *                    gradient of a per-sample product is one contraction over the batch
 *   constant_factor  a dot with an operand that is constant along the contracted axes is a sum
 *   outer_sum        sum of a product of broadcasts is a dot: the outer product is never formed
 *   by_sample        a sum over samples and other axes: over the others first, within each sample,
 *                    of a + b one by one when both are needed anyway: a + b is never formed
 *   reciprocal       x / s = x * (1 / s) when s varies along fewer axes than x
 *   scale_out        scalar factors (1/B of a mean, temperatures) move outwards through everything
 *                    linear, and from there to the ends of the gradient: the sweeps of a loss and
 *                    of what it differentiates then share their contractions
 *   same_product     products of the same factors in another order are one node: the two ways in
 *                    which second derivatives arrive at a product of slopes */
#include "passes/internal.h"
#include "passes/rewrite.h"
#include <math.h>

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

static Node *by_sample(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_REDUCE_SUM || m->dtype != DT_F32 || !node_batched(m->in[0]) || m->attr[0] != 0 ||
        m->n_attr == 1)
        return NULL;
    Node *x = m->in[0];
    unsigned others = axes_bits(m) & ~1u;
    const Node *old = n->op == OP_REDUCE_SUM ? n->in[0] : NULL;
    bool apart = old && old->op == x->op && (x->op == OP_ADD || x->op == OP_SUB) &&
                 r->uses[old->id] == 1 && r->uses[old->in[0]->id] > 1 && r->uses[old->in[1]->id] > 1;
    if (!apart) return sum_over(r->g, sum_over(r->g, x, others), 1);
    Node *a = sum_over(r->g, sum_over(r->g, x->in[0], others), 1);
    return g_binary(r->g, x->op, a, sum_over(r->g, sum_over(r->g, x->in[1], others), 1));
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

static Node *reciprocal(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_DIV || m->dtype != DT_F32 || m->shape.rank == 0) return NULL;
    Node *s = m->in[1];
    unsigned keep = varying_axes(s);
    double v;
    if (keep == (1u << m->shape.rank) - 1 || varying_axes(m->in[0]) == 0) return NULL;
    if (node_splat(s, &v) && (v == 0 || v < 1e-30 || v > 1e30)) return NULL;
    Node *small = without_axes(r->g, s, keep);
    Node *one = g_const_splat(r->g, DT_F32, small->shape, 1);
    return g_binary(r->g, OP_MUL, m->in[0],
                    with_axes(r->g, g_binary(r->g, OP_DIV, one, small), keep, m->shape));
}

/* ---- scale_out ------------------------------------------------------------------------------- */
/* True when n is one number everywhere, known or not. */
static bool is_scalar(const Node *n) { return n->shape.rank > 0 && varying_axes(n) == 0; }
static Node *spread(Graph *g, Node *scalar, Shape s) { return with_axes(g, scalar, 0, s); }
static Node *scaled(Graph *g, Node *x, Node *scalar) {
    return g_binary(g, OP_MUL, x, spread(g, scalar, x->shape));
}

/* n = x * *scale with a rank-0 *scale: gives x, else NULL. Looks through a broadcast. */
static Node *split_scale(Graph *g, Node *n, Node **scale) {
    if (n->op == OP_BROADCAST && n->in[0]->shape.rank > 0) {
        Node *x = split_scale(g, n->in[0], scale);
        return x ? with_axes(g, x, varying_axes(n), n->shape) : NULL;
    }
    if (n->op != OP_MUL || n->dtype != DT_F32) return NULL;
    for (int side = 1; side >= 0; side--)
        if (is_scalar(n->in[side])) {
            *scale = without_axes(g, n->in[side], 0);
            return n->in[1 - side];
        }
    return NULL;
}

static Node *scale_of_product(Graph *g, Node *m) {
    for (int side = 0; side < 2; side++) {
        Node *s, *other = m->in[1 - side];
        Node *x = is_scalar(m->in[side]) ? NULL : split_scale(g, m->in[side], &s);
        if (!x) continue;
        if (is_scalar(other))
            return scaled(g, x, g_binary(g, OP_MUL, s, without_axes(g, other, 0)));
        return scaled(g, g_binary(g, OP_MUL, x, other), s);
    }
    return NULL;
}

/* t / s is this constant: both are constants over the same run-time value, or constants with a power
 * of two between them, which no rounding sees. *outer: s is the one to go outwards, that with the
 * constant 1 or the smaller. */
static bool ratio_of(const Node *s, const Node *t, double *ratio, bool *outer) {
    double c, d;
    int e;
    bool over = s->op == OP_DIV && t->op == OP_DIV && s->in[1] == t->in[1];
    *ratio = 1;
    *outer = true;
    if (s == t) return true;
    if (!node_splat(over ? s->in[0] : s, &c) || !node_splat(over ? t->in[0] : t, &d)) return false;
    *ratio = d / c;
    *outer = over && (c == 1 || d == 1) ? c == 1 : fabs(c) < fabs(d);
    double digits = fabs(frexp(*ratio, &e));
    return e > -64 && e < 64 && (over || digits == 0.5);
}

static Node *scale_of_sum(Graph *g, Node *m) {
    double ratio;
    bool first;
    Node *s, *t, *x = split_scale(g, m->in[0], &s), *y = split_scale(g, m->in[1], &t);
    if (!x || !y || !ratio_of(s, t, &ratio, &first)) return NULL;
    if (first) y = g_binary(g, OP_MUL, y, g_const_splat(g, DT_F32, y->shape, ratio));
    else x = g_binary(g, OP_MUL, x, g_const_splat(g, DT_F32, x->shape, 1 / ratio));
    return scaled(g, g_binary(g, m->op, x, y), first ? s : t);
}

static Node *scale_of_select(Graph *g, Node *m) {
    for (int i = 1; i <= 2; i++) {
        double zero;
        Node *s, *other = m->in[3 - i], *x = split_scale(g, m->in[i], &s);
        if (!x || !node_splat(other, &zero) || zero != 0) continue;
        return scaled(g, g_select(g, m->in[0], i == 1 ? x : other, i == 1 ? other : x), s);
    }
    return NULL;
}

/* Multiplying the result costs no more than multiplying the operand. */
static bool no_larger(const Node *result, const Node *operand) {
    if (node_batched(result) != node_batched(operand)) return node_batched(operand);
    return shape_count(result->shape) <= shape_count(operand->shape);
}
/* A contraction, pooling or change of shape. A run-time factor (it comes from a mean or a
 * temperature) always moves: one product per result is nothing beside the contraction. A constant
 * moves when the result is no larger than the operand or the unscaled result is there already. */
static Node *scale_of_linear(Graph *g, Node *m) {
    for (int side = 0; side < m->n_in; side++) {
        Node *s, *in[2] = { m->in[0], m->n_in > 1 ? m->in[1] : NULL };
        Node *x = split_scale(g, in[side], &s);
        if (!x) continue;
        uint32_t size = graph_size(g);
        in[side] = x;
        Node *plain = g_rebuild(g, m, in);
        bool constant = node_splat(s, NULL);
        if (!constant || plain->id < size || no_larger(m, m->in[side])) return scaled(g, plain, s);
    }
    return NULL;
}

static Node *scale_out(Rewriter *r, const Node *n, Node *m) {
    if (m->dtype != DT_F32 || m->shape.rank == 0) return NULL;
    switch (m->op) {
    case OP_MUL: return scale_of_product(r->g, m);
    case OP_ADD: case OP_SUB: return scale_of_sum(r->g, m);
    case OP_SELECT: return scale_of_select(r->g, m);
    case OP_DOT: case OP_CONV: case OP_CONV_DX: case OP_CONV_DW: case OP_RESHAPE:
    case OP_POOL_SUM: case OP_POOL_SUM_T: case OP_TRANSPOSE: return scale_of_linear(r->g, m);
    default: return NULL;
    }
}

/* ---- same_product ---------------------------------------------------------------------------- */
enum { FACTORS = 8 };
typedef struct Product { int n; uint32_t factor[FACTORS]; Node *node; } Product;
/* The products of one round, by their factors: open addressing, row + 1 or 0 for free. */
struct ProductTable { uint32_t mask, *slot; VEC(Product) rows; };

/* The factors of n's tree of products in ascending order; false when there are too many. */
static bool factors_of(const Node *n, Product *out) {
    const Node *todo[FACTORS];
    int n_todo = 0;
    out->n = 0;
    todo[n_todo++] = n;
    while (n_todo > 0) {
        const Node *m = todo[--n_todo];
        if (m->op == OP_MUL) {
            if (n_todo + 2 + out->n > FACTORS) return false;
            todo[n_todo++] = m->in[0];
            todo[n_todo++] = m->in[1];
            continue;
        }
        int k = out->n++;
        for (; k > 0 && out->factor[k - 1] > m->id; k--) out->factor[k] = out->factor[k - 1];
        out->factor[k] = m->id;
    }
    return true;
}

static uint32_t *product_slot(ProductTable *t, const Product *p) {
    uint64_t h = (uint64_t)p->n;
    for (int k = 0; k < p->n; k++) h = (h ^ p->factor[k]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
    uint32_t i = (uint32_t)h & t->mask;
    for (; t->slot[i]; i = (i + 1) & t->mask) {
        const Product *q = &t->rows.v[t->slot[i] - 1];
        bool same = q->n == p->n;
        for (int k = 0; same && k < p->n; k++) same = q->factor[k] == p->factor[k];
        if (same) break;
    }
    return &t->slot[i];
}

static Node *same_product(Rewriter *r, const Node *n, Node *m) {
    Product p;
    if (m->op != OP_MUL || m->dtype != DT_F32) return NULL;
    Arena *a = graph_arena(r->g);
    if (!r->products) {                       /* at most CHAIN products per old node, rarely two */
        uint32_t size = 64;
        while (size < 4 * graph_size(r->old)) size *= 2;
        r->products = NEW(a, ProductTable);
        r->products->mask = size - 1;
        r->products->slot = NEW_ARRAY(a, uint32_t, size);
    }
    ProductTable *t = r->products;
    if (!factors_of(m, &p) || p.n < 3) return NULL;
    uint32_t *slot = product_slot(t, &p);
    if (*slot) return t->rows.v[*slot - 1].node == m ? NULL : t->rows.v[*slot - 1].node;
    if ((uint32_t)t->rows.n * 2 > t->mask) return NULL;
    p.node = m;
    vec_push(a, &t->rows, p);
    *slot = (uint32_t)t->rows.n;
    return NULL;
}

const RewriteRow contract_rules[] = {
    { "factor_out", factor_out }, { "sum_of_pairs", sum_of_pairs },
    { "constant_factor", constant_factor }, { "outer_sum", outer_sum },
    { "by_sample", by_sample }, { "reciprocal", reciprocal }, { "scale_out", scale_out },
    { "same_product", same_product },
    { NULL, NULL },
};
void contract_run(Program *p, Entry *e) { entry_rewrite(p, e, simplify_rules, contract_rules); }
