/* simplify.c - whole-graph rewrites that do the same roundings with fewer operations.
 *
 * Needs differentiate to have run. Every rule keeps each bit of the result; a bit may change only
 * because a constant comes to stand beside another and build.c folds the two. What build.c can see
 * from one node and its operands it has done; these rules are about gradient graphs as a whole:
 *
 *   unit_dot          a dot over axes of size 1 is a product of broadcasts: the first step back
 *                     from a scalar energy, whose last weight is [1,h]
 *   early             an elementwise op whose operands vary along few axes is computed there and
 *                     broadcast afterwards: seeds 1/B, biases, schedules leave the per-sample work
 *   dot_of_broadcast  rows that are all equal are contracted once
 *   reshape_unit      reshape of a broadcast that only adds or drops axes of size 1
 *   sign              -1 moves outwards through everything linear and cancels or meets a sum: the
 *                     second phase of a contrastive gradient then shares the seeds of the first
 *   dot_transpose     transposes before a dot, and after it, become its axes
 *   join_selects      select(c, a, 0) + select(c, 0, b): the derivative of max(x, 0.2 x)
 *   twice             x + x = 2 x, the derivative of x^2, whose 2 meets the 0.5 of a loss
 *   even_pool         the transpose of a pooling of whole tiles, of something constant in H and W
 *
 * and, in the rebuild itself: dead nodes, and carried values of loops that nothing reads. */
#include "passes/internal.h"
#include "passes/rewrite.h"

/* Puts a dot operand's axes in the order batch, free and drops the contracted ones (size 1). */
static Node *unit_operand(Graph *g, Node *x, const int *batch, int nb, const int *free_, int nf,
                          const int *contract, int nc) {
    int perm[MAX_RANK], n = 0, last[MAX_RANK];
    for (int k = 0; k < nb; k++) perm[n++] = batch[k];
    for (int k = 0; k < nf; k++) perm[n++] = free_[k];
    for (int k = 0; k < nc; k++) last[k] = n, perm[n++] = contract[k];
    return drop_unit_axes(g, g_transpose(g, x, perm), last, nc);
}

static Node *unit_dot(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_DOT) return NULL;
    DotView v = dot_view(m);
    for (int k = 0; k < v.d.nc; k++) if (m->in[0]->shape.dim[v.d.ac[k]] != 1) return NULL;
    Node *a = unit_operand(r->g, m->in[0], v.d.ab, v.d.nb, v.a_free, v.n_a, v.d.ac, v.d.nc);
    Node *b = unit_operand(r->g, m->in[1], v.d.bb, v.d.nb, v.b_free, v.n_b, v.d.bc, v.d.nc);
    return outer_product(r->g, &v, a, b, m->shape);
}

static Node *early(Rewriter *r, const Node *n, Node *m) {
    if ((!op_is_elementwise(m->op) && m->op != OP_CONVERT) || m->op == OP_NEG) return NULL;
    unsigned keep = 0;
    bool any = false;
    for (int i = 0; i < m->n_in; i++) {
        keep |= varying_axes(m->in[i]);
        any |= m->in[i]->op == OP_BROADCAST;
    }
    if (!any || keep == (1u << m->shape.rank) - 1) return NULL;
    Node *in[3];
    for (int i = 0; i < m->n_in; i++) in[i] = without_axes(r->g, m->in[i], keep);
    Node *small = m->op == OP_CONVERT ? g_convert(r->g, in[0], m->dtype)
                : m->n_in == 1        ? g_unary(r->g, m->op, in[0])
                : m->n_in == 2        ? g_binary(r->g, m->op, in[0], in[1])
                                      : g_select(r->g, in[0], in[1], in[2]);
    return with_axes(r->g, small, keep, m->shape);
}

/* Operand `side` of the dot is constant along a free axis: contracts without it. */
static Node *dot_of_broadcast_side(Rewriter *r, Node *m, int side) {
    DotView v = dot_view(m);
    Node *x = m->in[side], *other = m->in[1 - side];
    unsigned varies = varying_axes(x), keep = (1u << x->shape.rank) - 1;
    unsigned result = (1u << m->shape.rank) - 1;
    int *free_ = side ? v.b_free : v.a_free, n = side ? v.n_b : v.n_a;
    int first = v.d.nb + (side ? v.n_a : 0);
    if (x->op != OP_BROADCAST) return NULL;
    for (int k = 0; k < n; k++) {
        if (varies >> free_[k] & 1) continue;
        keep &= ~(1u << free_[k]);
        result &= ~(1u << (first + k));
    }
    if (keep == (1u << x->shape.rank) - 1) return NULL;
    int place[MAX_RANK] = { 0 };
    for (int k = 0, at = 0; k < x->shape.rank; k++) place[k] = keep >> k & 1 ? at++ : -1;
    DotAxes d = side ? dot_axes_swapped(&v.d) : v.d;
    for (int k = 0; k < d.nb; k++) d.ab[k] = place[d.ab[k]];
    for (int k = 0; k < d.nc; k++) d.ac[k] = place[d.ac[k]];
    Node *small = without_axes(r->g, x, keep);
    /* would change places */
    if (node_batched(other) && !node_batched(small) && !side) return NULL;
    DotAxes back = dot_axes_swapped(&d);
    Node *dot = side ? g_dot(r->g, other, small, &back) : g_dot(r->g, small, other, &d);
    return with_axes(r->g, dot, result, m->shape);
}
static Node *dot_of_broadcast(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_DOT) return NULL;
    Node *left = dot_of_broadcast_side(r, m, 0);
    return left ? left : dot_of_broadcast_side(r, m, 1);
}

/* The axes that are not of size 1, in order. */
static int real_axes(Shape s, int *axes) {
    int n = 0;
    for (int k = 0; k < s.rank; k++) if (s.dim[k] != 1) axes[n++] = k;
    return n;
}

static Node *reshape_unit(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_RESHAPE || m->in[0]->op != OP_BROADCAST) return NULL;
    Node *wide = m->in[0], *x = wide->in[0];
    int from[MAX_RANK], to[MAX_RANK], n_from = real_axes(wide->shape, from);
    if (x->shape.rank == 0) return g_broadcast_scalar(r->g, x, m->shape);
    if (n_from != real_axes(m->shape, to)) return NULL;
    for (int k = 0; k < n_from; k++)
        if (wide->shape.dim[from[k]] != m->shape.dim[to[k]]) return NULL;
    Shape s = shape_scalar();                 /* x without its axes of size 1 */
    int map[MAX_RANK];
    for (int k = 0; k < x->shape.rank; k++)
        for (int j = 0; j < n_from; j++)
            if (from[j] == wide->attr[k]) {
                map[s.rank] = to[j];
                s.dim[s.rank++] = x->shape.dim[k];
            }
    return g_broadcast(r->g, g_reshape(r->g, x, s), m->shape, map);
}

static bool is_linear_in_each(Op op) {
    return op == OP_DOT || op == OP_CONV || op == OP_CONV_DX || op == OP_CONV_DW ||
           op == OP_REDUCE_SUM || op == OP_POOL_SUM || op == OP_POOL_SUM_T || op == OP_RESHAPE ||
           op == OP_TRANSPOSE || op == OP_BROADCAST;
}
/* select(c, -x, 0) = -select(c, x, 0): the derivative of relu and its like. */
static Node *sign_of_select(Rewriter *r, Node *m) {
    for (int i = 1; i <= 2; i++) {
        double zero;
        Node *x = m->in[i], *other = m->in[3 - i];
        if (x->op != OP_NEG || !node_splat(other, &zero) || zero != 0) continue;
        Node *a = i == 1 ? x->in[0] : other, *b = i == 1 ? other : x->in[0];
        return g_unary(r->g, OP_NEG, g_select(r->g, m->in[0], a, b));
    }
    return NULL;
}
static Node *sign(Rewriter *r, const Node *n, Node *m) {
    double c;
    if (m->op == OP_DIV && m->dtype == DT_F32 && node_splat(m->in[0], &c) && c < 0) {
        Node *top = g_const_splat(r->g, DT_F32, m->shape, -c);
        return g_unary(r->g, OP_NEG, g_binary(r->g, OP_DIV, top, m->in[1]));
    }
    if (m->op == OP_SELECT) return sign_of_select(r, m);
    if (!is_linear_in_each(m->op)) return NULL;
    Node *in[2] = { m->in[0], m->n_in > 1 ? m->in[1] : NULL };
    int flips = 0;
    for (int i = 0; i < m->n_in; i++)
        if (in[i]->op == OP_NEG) in[i] = in[i]->in[0], flips++;
    if (!flips) return NULL;
    Node *plain = g_rebuild(r->g, m, in);
    return flips == 1 ? g_unary(r->g, OP_NEG, plain) : plain;
}

/* A dot operand that is a transpose, when its free axes keep their order; one contracted axis, so
 * that the order of the sum stays what it is. */
static Node *dot_transpose_side(Rewriter *r, Node *m, int side) {
    DotView v = dot_view(m);
    Node *t = m->in[side];
    if (t->op != OP_TRANSPOSE || v.d.nc > 1) return NULL;
    const int *free_ = side ? v.b_free : v.a_free, n = side ? v.n_b : v.n_a;
    for (int k = 1; k < n; k++) if (t->attr[free_[k]] < t->attr[free_[k - 1]]) return NULL;
    DotAxes d = v.d;
    int *batch = side ? d.bb : d.ab, *contract = side ? d.bc : d.ac;
    for (int k = 0; k < d.nb; k++) batch[k] = (int)t->attr[batch[k]];
    for (int k = 0; k < d.nc; k++) contract[k] = (int)t->attr[contract[k]];
    return side ? g_dot(r->g, m->in[0], t->in[0], &d) : g_dot(r->g, t->in[0], m->in[1], &d);
}
static Node *dot_transpose(Rewriter *r, const Node *n, Node *m) {
    if (m->op == OP_DOT) {
        Node *left = dot_transpose_side(r, m, 0);
        return left ? left : dot_transpose_side(r, m, 1);
    }
    if (m->op != OP_TRANSPOSE || m->in[0]->op != OP_DOT || n->n_in != 1 ||
        r->uses[n->in[0]->id] > 1)
        return NULL;
    Node *dot = m->in[0], *a = dot->in[0], *b = dot->in[1];
    DotView v = dot_view(dot);
    if (node_batched(a) != node_batched(b)) return NULL;
    for (int k = 0; k < m->shape.rank; k++) {          /* exactly [batch.., b free.., a free..]? */
        int want = k < v.d.nb ? k : k < v.d.nb + v.n_b ? k + v.n_a : k - v.n_b;
        if (m->attr[k] != want) return NULL;
    }
    DotAxes d = dot_axes_swapped(&v.d);
    return g_dot(r->g, b, a, &d);
}

static Node *twice(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_ADD || m->dtype != DT_F32 || m->in[0] != m->in[1]) return NULL;
    return g_binary(r->g, OP_MUL, m->in[0], g_const_splat(r->g, DT_F32, m->shape, 2));
}

/* x = select(c, a, 0) * k, or with the zero on the other side: gives a * k and sets *first. */
static Node *one_sided(Graph *g, Node *x, Node **c, bool *first) {
    double k = 1, zero;
    if (x->op == OP_MUL && node_splat(x->in[1], &k)) x = x->in[0];
    if (x->op != OP_SELECT) return NULL;
    for (int i = 1; i <= 2; i++)
        if (node_splat(x->in[3 - i], &zero) && zero == 0) {
            *c = x->in[0];
            *first = i == 1;
            return g_binary(g, OP_MUL, x->in[i], g_const_splat(g, DT_F32, x->shape, k));
        }
    return NULL;
}
static Node *join_selects(Rewriter *r, const Node *n, Node *m) {
    if ((m->op != OP_ADD && m->op != OP_SUB) || m->dtype != DT_F32) return NULL;
    Node *c, *d;
    bool left, right;
    Node *a = one_sided(r->g, m->in[0], &c, &left);
    Node *b = a ? one_sided(r->g, m->in[1], &d, &right) : NULL;
    if (!b || c != d || left == right) return NULL;
    if (m->op == OP_SUB) b = g_unary(r->g, OP_NEG, b);
    return g_select(r->g, c, left ? a : b, left ? b : a);
}

static Node *even_pool(Rewriter *r, const Node *n, Node *m) {
    if (m->op != OP_POOL_SUM_T) return NULL;
    const int64_t *p = m->attr;
    Shape s = m->in[0]->shape;
    unsigned plane = 3u << (s.rank - 2);
    if (p[0] != p[2] || p[1] != p[3] || p[4] || p[5] || p[6] || p[7]) return NULL;
    if (p[8] != s.dim[s.rank - 2] * p[0] || p[9] != s.dim[s.rank - 1] * p[1]) return NULL;
    if (varying_axes(m->in[0]) & plane) return NULL;
    unsigned keep = ((1u << s.rank) - 1) & ~plane;
    return with_axes(r->g, without_axes(r->g, m->in[0], keep), keep, m->shape);
}

const RewriteRow simplify_rules[] = {
    { "unit_dot", unit_dot },         { "early", early },
    { "dot_of_broadcast", dot_of_broadcast },
    { "reshape_unit", reshape_unit }, { "sign", sign },
    { "dot_transpose", dot_transpose }, { "even_pool", even_pool },
    { "twice", twice },               { "join_selects", join_selects },
    { NULL, NULL },
};
void simplify_run(Program *p, Entry *e) { entry_rewrite(p, e, simplify_rules, NULL); }
