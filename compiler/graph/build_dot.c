/* build_dot.c - constructors of contractions and windows, and rebuilding a node with new operands.
 *
 * Needs the other build files. Promises: a batched dot has the batch as axis 0; a product with a
 * zero constant is a zero constant. */
#include "graph/internal.h"

/* ---- dot ----------------------------------------------------------------------------------- */

static bool any_zero(const Node *a, const Node *b) {
    double v;
    return (node_splat(a, &v) && v == 0) || (node_splat(b, &v) && v == 0);
}

/* The node, or zeros of its shape when an operand is a zero constant. */
static Node *product(Graph *g, Op op, Node *a, Node *b, int n_attr, const int64_t *attr) {
    Node *in[2] = { a, b };
    if (!any_zero(a, b))
        return node_infer(g, op, 2, in, n_attr, attr);
    Node type = { .op = op, .n_in = 2, .in = in, .n_attr = n_attr, .attr = attr };
    const char *bad = node_rule(&type, &type.dtype, &type.shape);
    assert(!bad);
    (void)bad;
    return g_const_splat(g, type.dtype, type.shape, 0);
}

static DotAxes dot_swapped(const DotAxes *d) {
    DotAxes s = { .nb = d->nb, .nc = d->nc };
    for (int i = 0; i < d->nb; i++)
        s.ab[i] = d->bb[i], s.bb[i] = d->ab[i];
    for (int i = 0; i < d->nc; i++)
        s.ac[i] = d->bc[i], s.bc[i] = d->ac[i];
    return s;
}

/* One operand is per sample, the other shared, and they have paired batch axes: the shared one is
 * broadcast along the batch and the two batches become the first pair. */
static Node *dot_lift(Graph *g, Node *a, Node *b, const DotAxes *d) {
    DotAxes lifted = { .nb = d->nb + 1, .nc = d->nc };
    int map[MAX_RANK];
    assert(b->shape.rank < MAX_RANK);
    for (int i = 0; i < b->shape.rank; i++)
        map[i] = i + 1;
    for (int i = 0; i < d->nb; i++)
        lifted.ab[i + 1] = d->ab[i], lifted.bb[i + 1] = d->bb[i] + 1;
    for (int i = 0; i < d->nc; i++)
        lifted.ac[i] = d->ac[i], lifted.bc[i] = d->bc[i] + 1;
    return g_dot(g, a, g_broadcast(g, b, shape_batch(b->shape), map), &lifted);
}

/* The contraction pairs in ascending order of a's axes: their order changes nothing. */
static void dot_order(DotAxes *d) {
    for (int i = 1; i < d->nc; i++)
        for (int k = i; k > 0 && d->ac[k] < d->ac[k - 1]; k--) {
            int ac = d->ac[k], bc = d->bc[k];
            d->ac[k] = d->ac[k - 1], d->bc[k] = d->bc[k - 1];
            d->ac[k - 1] = ac, d->bc[k - 1] = bc;
        }
}

Node *g_dot(Graph *g, Node *a, Node *b, const DotAxes *axes) {
    DotAxes d = *axes;
    assert(d.nb >= 0 && d.nc >= 0 && d.nb + d.nc <= MAX_RANK);
    if (node_batched(b) && !node_batched(a)) {
        Node *t = a;
        a = b, b = t;
        d = dot_swapped(&d);
    }
    if (d.nb > 0 && node_batched(a) && !node_batched(b))
        return dot_lift(g, a, b, &d);
    dot_order(&d);
    int64_t attr[2 + 4 * MAX_RANK] = { d.nb, d.nc };
    int n = 2;
    for (int i = 0; i < d.nb; i++) attr[n++] = d.ab[i];
    for (int i = 0; i < d.nb; i++) attr[n++] = d.bb[i];
    for (int i = 0; i < d.nc; i++) attr[n++] = d.ac[i];
    for (int i = 0; i < d.nc; i++) attr[n++] = d.bc[i];
    return product(g, OP_DOT, a, b, n, attr);
}

/* ---- convolution and pooling --------------------------------------------------------------- */

static Node *conv(Graph *g, Op op, Node *a, Node *b, const ConvAttr *c, int n, int64_t p,
                  int64_t q) {
    int64_t attr[11] = { c->sh, c->sw, c->ph0, c->ph1, c->pw0, c->pw1, c->dh, c->dw, c->groups,
                         p, q };
    return product(g, op, a, b, n, attr);
}

Node *g_conv(Graph *g, Node *x, Node *w, const ConvAttr *c) {
    return conv(g, OP_CONV, x, w, c, 9, 0, 0);
}
Node *g_conv_dx(Graph *g, Node *y, Node *w, const ConvAttr *c, int64_t H, int64_t W) {
    return conv(g, OP_CONV_DX, y, w, c, 11, H, W);
}
Node *g_conv_dw(Graph *g, Node *x, Node *y, const ConvAttr *c, int64_t kh, int64_t kw) {
    return conv(g, OP_CONV_DW, x, y, c, 11, kh, kw);
}

/* Windows of one element side by side: pooling changes nothing. */
static bool pool_identity(const PoolAttr *p) {
    return p->kh == 1 && p->kw == 1 && p->sh == 1 && p->sw == 1;
}

static Node *pool(Graph *g, Op op, Node *a, Node *b, const PoolAttr *p, int n, int64_t h,
                  int64_t w) {
    int64_t attr[10] = { p->kh, p->kw, p->sh, p->sw, p->ph0, p->ph1, p->pw0, p->pw1, h, w };
    Node *in[2] = { a, b };
    double v;
    Node type = { .op = op, .n_in = b ? 2 : 1, .in = in, .n_attr = n, .attr = attr };
    const char *bad = node_rule(&type, &type.dtype, &type.shape);
    assert(!bad);
    (void)bad;
    if (pool_identity(p))
        return b ? b : a;
    /* linear in the last operand; the maximum of equal values is that value */
    if (node_splat(b ? b : a, &v) && (v == 0 || op == OP_MAX_POOL))
        return g_const_splat(g, type.dtype, type.shape, v);
    return node_make(g, &type);
}

Node *g_pool_sum(Graph *g, Node *x, const PoolAttr *p) {
    return pool(g, OP_POOL_SUM, x, NULL, p, 8, 0, 0);
}
Node *g_pool_sum_t(Graph *g, Node *y, const PoolAttr *p, int64_t H, int64_t W) {
    return pool(g, OP_POOL_SUM_T, y, NULL, p, 10, H, W);
}
Node *g_max_pool(Graph *g, Node *x, const PoolAttr *p) {
    return pool(g, OP_MAX_POOL, x, NULL, p, 8, 0, 0);
}
Node *g_pool_pick(Graph *g, Node *x, Node *t, const PoolAttr *p) {
    return pool(g, OP_POOL_PICK, x, t, p, 8, 0, 0);
}
Node *g_pool_pick_t(Graph *g, Node *x, Node *y, const PoolAttr *p) {
    return pool(g, OP_POOL_PICK_T, x, y, p, 8, 0, 0);
}

/* ---- rebuilding ---------------------------------------------------------------------------- */

static int as_ints(const int64_t *v, int n, int *out) {
    for (int i = 0; i < n; i++)
        out[i] = (int)v[i];
    return n;
}

static Node *rebuild_dot(Graph *g, const Node *n, Node *const *in) {
    DotAxes d = { .nb = (int)n->attr[0], .nc = (int)n->attr[1] };
    const int64_t *p = n->attr + 2;
    p += as_ints(p, d.nb, d.ab);
    p += as_ints(p, d.nb, d.bb);
    p += as_ints(p, d.nc, d.ac);
    as_ints(p, d.nc, d.bc);
    return g_dot(g, in[0], in[1], &d);
}

static Node *rebuild_conv(Graph *g, const Node *n, Node *const *in) {
    const int64_t *p = n->attr;
    ConvAttr c = { p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8] };
    bool more = n->op != OP_CONV;
    return conv(g, n->op, in[0], in[1], &c, n->n_attr, more ? p[9] : 0, more ? p[10] : 0);
}

static Node *rebuild_pool(Graph *g, const Node *n, Node *const *in) {
    const int64_t *p = n->attr;
    PoolAttr c = { p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7] };
    bool more = n->op == OP_POOL_SUM_T;
    return pool(g, n->op, in[0], n->n_in > 1 ? in[1] : NULL, &c, n->n_attr, more ? p[8] : 0,
                more ? p[9] : 0);
}

static Node *rebuild_by_op(Graph *g, const Node *n, Node *const *in) {
    int axes[3 * MAX_RANK];
    int rank = n->n_in ? in[0]->shape.rank : 0;
    if (op_is_elementwise(n->op))
        return n->n_in == 3 ? g_select(g, in[0], in[1], in[2])
             : n->n_in == 2 ? g_binary(g, n->op, in[0], in[1]) : g_unary(g, n->op, in[0]);
    switch (n->op) {
    case OP_STOP: return g_stop(g, in[0]);
    case OP_BROADCAST:
        as_ints(n->attr, n->n_attr, axes);
        return g_broadcast(g, in[0], n->shape, axes);
    case OP_REDUCE_SUM: case OP_REDUCE_MAX: case OP_REDUCE_MIN: case OP_ARGMAX: case OP_ARGMIN:
        as_ints(n->attr, n->n_attr, axes);
        return g_reduce(g, n->op, in[0], axes, n->n_attr);
    case OP_RESHAPE: return g_reshape(g, in[0], n->shape);
    case OP_TRANSPOSE:
        as_ints(n->attr, n->n_attr, axes);
        return g_transpose(g, in[0], axes);
    case OP_SLICE: return g_slice(g, in[0], n->attr, n->attr + rank, n->attr + 2 * rank);
    case OP_PAD: return g_pad(g, in[0], n->attr, n->attr + rank, n->attr + 2 * rank);
    case OP_REVERSE:
        as_ints(n->attr, n->n_attr, axes);
        return g_reverse(g, in[0], axes, n->n_attr);
    case OP_CONCAT: return g_concat(g, in, n->n_in, (int)n->attr[0]);
    case OP_GATHER: return g_gather(g, in[0], in[1]);
    case OP_TAKE: return g_take(g, in[0], in[1], in[2]);
    case OP_SCATTER_ADD: return g_scatter_add(g, in[0], in[1], n->attr[0]);
    case OP_CONVERT: return g_convert(g, in[0], n->dtype);
    case OP_DOT: return rebuild_dot(g, n, in);
    case OP_CONV: case OP_CONV_DX: case OP_CONV_DW: return rebuild_conv(g, n, in);
    case OP_POOL_SUM: case OP_POOL_SUM_T: case OP_MAX_POOL: case OP_POOL_PICK: case OP_POOL_PICK_T:
        return rebuild_pool(g, n, in);
    case OP_LOOP_OUT:                         /* the loop may have become something simpler */
        return g_loop_out(g, in[0], (int)n->attr[0]);
    default: {                                /* sources, var, requests, loop */
        Node copy = *n;
        copy.in = in;
        return node_make(g, &copy);
    }
    }
}

Node *g_rebuild(Graph *g, const Node *n, Node *const *in) {
    Range old = graph_at(g, n->at);
    Node *made = rebuild_by_op(g, n, in);
    graph_at(g, old);
    return made;
}
