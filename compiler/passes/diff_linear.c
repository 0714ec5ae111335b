/* diff_linear.c - transposes of the linear and bilinear ops, and the three ops that choose.
 *
 * t_<lin>(g, n, i, ct) pulls the cotangent of n back to operand i. The set is closed: broadcast
 * and reduce_sum, slice and pad, gather and scatter_add, pool_sum and pool_sum_t, pool_pick and
 * pool_pick_t are each other's transposes; conv, conv_dx and conv_dw are three views of one
 * trilinear form sum x * w * y, so the derivative of each in an operand is another of them; dot
 * is transposed into dots. No rule sums broadcasts away: broadcasts are nodes of their own. */
#include "passes/diff.h"

Node *t_var(Graph *g, Node *n, int i, Node *ct) { return ct; }
Node *t_convert(Graph *g, Node *n, int i, Node *ct) { return ct; }
Node *t_reshape(Graph *g, Node *n, int i, Node *ct) { return g_reshape(g, ct, n->in[0]->shape); }

/* attr {output axis of each operand axis}: sum over the axes that the broadcast made. */
Node *t_broadcast(Graph *g, Node *n, int i, Node *ct) {
    int axes[MAX_RANK], count = 0;
    for (int axis = 0, next = 0; axis < n->shape.rank; axis++) {
        if (next < n->n_attr && n->attr[next] == axis) next++;
        else axes[count++] = axis;
    }
    return g_reduce(g, OP_REDUCE_SUM, ct, axes, count);
}

/* Spreads v (n's shape, where n reduces n->attr of its operand) over the operand's shape. */
static Node *spread(Graph *g, const Node *n, Node *v) {
    Shape s = n->in[0]->shape;
    int map[MAX_RANK], count = 0;
    for (int axis = 0, next = 0; axis < s.rank; axis++) {
        if (next < n->n_attr && n->attr[next] == axis) next++;
        else map[count++] = axis;
    }
    return g_broadcast(g, v, s, map);
}
Node *t_reduce_sum(Graph *g, Node *n, int i, Node *ct) { return spread(g, n, ct); }

Node *t_transpose(Graph *g, Node *n, int i, Node *ct) {
    int inverse[MAX_RANK] = { 0 };
    for (int k = 0; k < n->shape.rank; k++) inverse[n->attr[k]] = k;
    return g_transpose(g, ct, inverse);
}

/* attr {start.., size.., step..}. The batch axis is whole. */
Node *t_slice(Graph *g, Node *n, int i, Node *ct) {
    int r = n->shape.rank;
    Shape s = n->in[0]->shape;
    int64_t low[MAX_RANK] = { 0 }, high[MAX_RANK] = { 0 }, interior[MAX_RANK] = { 0 };
    for (int k = 0; k < r; k++) {
        if (s.dim[k] == DIM_BATCH) continue;
        int64_t start = n->attr[k], size = n->attr[r + k], step = n->attr[2 * r + k];
        low[k] = start;
        interior[k] = size > 1 ? step - 1 : 0;
        high[k] = s.dim[k] - (start + (size - 1) * step + 1);
    }
    return g_pad(g, ct, low, high, interior);
}

/* attr {low.., high.., interior..}. */
Node *t_pad(Graph *g, Node *n, int i, Node *ct) {
    int r = n->shape.rank;
    Shape s = n->in[0]->shape;
    int64_t start[MAX_RANK] = { 0 }, step[MAX_RANK] = { 0 };
    for (int k = 0; k < r; k++) {
        start[k] = n->attr[k];
        step[k] = n->attr[2 * r + k] + 1;
    }
    return g_slice(g, ct, start, s.dim, step);
}

Node *t_reverse(Graph *g, Node *n, int i, Node *ct) {
    int axes[MAX_RANK] = { 0 };
    for (int k = 0; k < n->n_attr; k++) axes[k] = (int)n->attr[k];
    return g_reverse(g, ct, axes, n->n_attr);
}

Node *t_concat(Graph *g, Node *n, int i, Node *ct) {
    int64_t start[MAX_RANK] = { 0 }, step[MAX_RANK];
    for (int k = 0; k < n->shape.rank; k++) step[k] = 1;
    for (int k = 0; k < i; k++) start[n->attr[0]] += n->in[k]->shape.dim[n->attr[0]];
    return g_slice(g, ct, start, n->in[i]->shape.dim, step);
}

Node *t_gather(Graph *g, Node *n, int i, Node *ct) {
    return g_scatter_add(g, n->in[1], ct, n->in[0]->shape.dim[0]);
}
Node *t_take(Graph *g, Node *n, int i, Node *ct) { return g_take(g, ct, n->in[2], n->in[1]); }
Node *t_scatter_add(Graph *g, Node *n, int i, Node *ct) { return g_gather(g, ct, n->in[0]); }

/* ---- pooling --------------------------------------------------------------------------------- */
static PoolAttr pool_attr(const Node *n) {
    const int64_t *a = n->attr;
    return (PoolAttr){ a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7] };
}
Node *t_pool_sum(Graph *g, Node *n, int i, Node *ct) {
    PoolAttr p = pool_attr(n);
    Shape s = n->in[0]->shape;
    return g_pool_sum_t(g, ct, &p, s.dim[s.rank - 2], s.dim[s.rank - 1]);
}
Node *t_pool_sum_t(Graph *g, Node *n, int i, Node *ct) {
    PoolAttr p = pool_attr(n);
    return g_pool_sum(g, ct, &p);
}
Node *t_max_pool(Graph *g, Node *n, int i, Node *ct) {
    PoolAttr p = pool_attr(n);
    return g_pool_pick_t(g, n->in[0], ct, &p);
}
Node *t_pool_pick(Graph *g, Node *n, int i, Node *ct) { return t_max_pool(g, n, i, ct); }
Node *t_pool_pick_t(Graph *g, Node *n, int i, Node *ct) {
    PoolAttr p = pool_attr(n);
    return g_pool_pick(g, n->in[0], ct, &p);
}

/* ---- maximum and minimum over axes ----------------------------------------------------------- */
/* True exactly at the first extremum of each reduced group: the row-major index of an element
 * among the reduced axes equals the ARGMAX. [shape of n->in[0]], bool. A batch axis is counted
 * from the batch's own first sample, as ARGMAX does: iota there is the global sample index. */
static Node *first_extremum(Graph *g, const Node *n) {
    Node *a = n->in[0];
    int axes[MAX_RANK] = { 0 };
    for (int k = 0; k < n->n_attr; k++) axes[k] = (int)n->attr[k];
    Op arg = n->op == OP_REDUCE_MAX ? OP_ARGMAX : OP_ARGMIN;
    Node *index = NULL;
    int64_t stride = 1;
    for (int k = n->n_attr - 1; k >= 0; k--) {
        Node *along = g_iota(g, a->shape, axes[k]);
        if (a->shape.dim[axes[k]] == DIM_BATCH) {
            assert(axes[k] == 0 && k == 0);
            Node *first = g_reduce(g, OP_REDUCE_MIN, along, axes, 1);
            int map[MAX_RANK] = { 0 };
            for (int j = 0; j < first->shape.rank; j++) map[j] = j + 1;
            along = g_binary(g, OP_SUB, along, g_broadcast(g, first, a->shape, map));
        }
        along = g_binary(g, OP_MUL, along, g_const_splat(g, DT_I32, a->shape, (double)stride));
        index = index ? g_binary(g, OP_ADD, index, along) : along;
        if (k > 0) stride *= a->shape.dim[axes[k]];
    }
    return g_binary(g, OP_EQ, index, spread(g, n, g_reduce(g, arg, a, axes, n->n_attr)));
}

/* t of the operand's shape -> t where the extremum is, zero elsewhere. */
static Node *at_extremum(Graph *g, const Node *n, Node *t) {
    return g_select(g, first_extremum(g, n), t, g_const_splat(g, DT_F32, t->shape, 0));
}
Node *t_reduce_max(Graph *g, Node *n, int i, Node *ct) {
    return n->n_attr == 0 ? ct : at_extremum(g, n, spread(g, n, ct));
}
Node *t_reduce_min(Graph *g, Node *n, int i, Node *ct) { return t_reduce_max(g, n, i, ct); }

Node *diff_tangent_map(Graph *g, Node *n, Node *t) {
    if (n->op == OP_MAX_POOL) {
        PoolAttr p = pool_attr(n);
        return g_pool_pick(g, n->in[0], t, &p);
    }
    assert(n->op == OP_REDUCE_MAX || n->op == OP_REDUCE_MIN);
    int axes[MAX_RANK] = { 0 };
    for (int k = 0; k < n->n_attr; k++) axes[k] = (int)n->attr[k];
    return n->n_attr == 0 ? t : g_reduce(g, OP_REDUCE_SUM, at_extremum(g, n, t), axes, n->n_attr);
}

/* ---- convolutions ---------------------------------------------------------------------------- */
static ConvAttr conv_attr(const Node *n) {
    const int64_t *a = n->attr;
    return (ConvAttr){ a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8] };
}
/* The operands of sum x * w * y that are present; the cotangent stands for the missing one. */
static Node *conv_view(Graph *g, const Node *n, Node *x, Node *w, Node *y, const Node *want) {
    ConvAttr c = conv_attr(n);
    int64_t h = want->shape.dim[want->shape.rank - 2], l = want->shape.dim[want->shape.rank - 1];
    if (!x) return g_conv_dx(g, y, w, &c, h, l);
    if (!w) return g_conv_dw(g, x, y, &c, h, l);
    return g_conv(g, x, w, &c);
}
Node *t_conv(Graph *g, Node *n, int i, Node *ct) {
    Node *x = n->in[0], *w = n->in[1];
    return conv_view(g, n, i == 0 ? NULL : x, i == 1 ? NULL : w, ct, n->in[i]);
}
Node *t_conv_dx(Graph *g, Node *n, int i, Node *ct) {
    Node *y = n->in[0], *w = n->in[1];
    return conv_view(g, n, ct, i == 1 ? NULL : w, i == 0 ? NULL : y, n->in[i]);
}
Node *t_conv_dw(Graph *g, Node *n, int i, Node *ct) {
    Node *x = n->in[0], *y = n->in[1];
    return conv_view(g, n, i == 0 ? NULL : x, ct, i == 1 ? NULL : y, n->in[i]);
}

/* ---- dot ------------------------------------------------------------------------------------- */
/* The axes of dot's operand `side` that are neither batch nor contract axes, in order. */
static int free_axes(const DotAxes *d, const Node *operand, int side, int *out) {
    bool used[MAX_RANK] = { false };
    for (int k = 0; k < d->nb; k++) used[side ? d->bb[k] : d->ab[k]] = true;
    for (int k = 0; k < d->nc; k++) used[side ? d->bc[k] : d->ac[k]] = true;
    int n = 0;
    for (int k = 0; k < operand->shape.rank; k++) if (!used[k]) out[n++] = k;
    return n;
}

static DotAxes dot_axes(const Node *n) {
    DotAxes d = { .nb = (int)n->attr[0], .nc = (int)n->attr[1] };
    const int64_t *a = n->attr + 2;
    for (int k = 0; k < d.nb; k++) { d.ab[k] = (int)a[k]; d.bb[k] = (int)a[d.nb + k]; }
    a += 2 * d.nb;
    for (int k = 0; k < d.nc; k++) { d.ac[k] = (int)a[k]; d.bc[k] = (int)a[d.nc + k]; }
    return d;
}

static DotAxes swapped(const DotAxes *d) {
    DotAxes s = { .nb = d->nb, .nc = d->nc };
    for (int k = 0; k < d->nb; k++) { s.ab[k] = d->bb[k]; s.bb[k] = d->ab[k]; }
    for (int k = 0; k < d->nc; k++) { s.ac[k] = d->bc[k]; s.bc[k] = d->ac[k]; }
    return s;
}

/* True when putting result axis order[k] at place k changes nothing. */
static bool is_identity(const int *order, int n) {
    for (int k = 0; k < n; k++) if (order[k] != k) return false;
    return true;
}

/* <ct, dot(a, b)> seen as a function of one operand, `self`; the other is `other`. The axes of ct
 * are [batch.., a free.., b free..]. ct is contracted with the other operand over the other's
 * free axes; the result's axes are the batch axes, ct's own free axes (= self's free axes) and the
 * other's contract axes, which are put back into self's axis order. Of the two operand orders the
 * one that needs no transpose is taken, unless a batched operand has to stand left. */
Node *t_dot(Graph *g, Node *n, int i, Node *ct) {
    DotAxes d = dot_axes(n);
    Node *self = n->in[i], *other = n->in[1 - i];
    int self_free[MAX_RANK], other_free[MAX_RANK];
    int n_self = free_axes(&d, self, i, self_free);
    int n_other = free_axes(&d, other, 1 - i, other_free);
    const int *self_batch = i ? d.bb : d.ab, *other_batch = i ? d.ab : d.bb;
    const int *self_contract = i ? d.bc : d.ac, *other_contract = i ? d.ac : d.bc;

    DotAxes e = { .nb = d.nb, .nc = n_other };       /* ct left, other right */
    for (int k = 0; k < d.nb; k++) { e.ab[k] = k; e.bb[k] = other_batch[k]; }
    int ct_other = d.nb + (i ? 0 : n_self);          /* where the other's free axes lie in ct */
    for (int k = 0; k < n_other; k++) { e.ac[k] = ct_other + k; e.bc[k] = other_free[k]; }

    /* The other's contract axes come out ascending in the other's axes, so find their partners. */
    int sorted[MAX_RANK], n_sorted = 0;              /* self's axes in that order */
    for (int axis = 0; axis < other->shape.rank; axis++)
        for (int k = 0; k < d.nc; k++)
            if (other_contract[k] == axis) sorted[n_sorted++] = self_contract[k];

    /* by operand order: self axis -> result axis */
    int place[2][MAX_RANK] = { { 0 } };
    for (int flip = 0; flip < 2; flip++) {
        int at = 0;
        for (int k = 0; k < d.nb; k++) place[flip][self_batch[k]] = at++;
        if (flip) for (int k = 0; k < n_sorted; k++) place[flip][sorted[k]] = at++;
        for (int k = 0; k < n_self; k++) place[flip][self_free[k]] = at++;
        if (!flip) for (int k = 0; k < n_sorted; k++) place[flip][sorted[k]] = at++;
    }
    int rank = self->shape.rank;
    bool ct_batched = node_batched(ct), other_batched = node_batched(other);
    int flip = !is_identity(place[0], rank) && is_identity(place[1], rank);
    if (ct_batched != other_batched) flip = other_batched;
    DotAxes f = swapped(&e);
    Node *r = flip ? g_dot(g, other, ct, &f) : g_dot(g, ct, other, &e);
    return is_identity(place[flip], rank) ? r : g_transpose(g, r, place[flip]);
}
