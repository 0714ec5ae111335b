/* lift.c - n values that are the same function of n things, as one value with one more axis.
 *
 *     row 0:  tanh(x[0] * w)     x: [B,n,d]                     row 0 = y[.., 0, ..]
 *     row 1:  tanh(x[1] * w)  ->  y = tanh(x * w) : [B,n,d]      row 1 = y[.., 1, ..]
 *
 * The rows are walked together. Where all of them read one node it is shared; where they take
 * consecutive slices of one value that value itself comes in; constants become a table; what has
 * the same op in every row is made once over the n axis, which stands behind the batch axis. Rows
 * that differ in any other way cannot be lifted.
 *
 * Promises: element i of the result is computed from the same operands in the same order as row i,
 * so the reference interpreter gives the same bits; draws stay where they are. A derivative request
 * is lifted only when everything between its variable and its value is, so that no path is lost.
 * Nothing recurses: rows may be as deep as a graph. */
#include "graph/internal.h"

#include <string.h>

enum { MAX_ELEMENTS = 1 << 22 };              /* of a lifted value, per sample */

typedef enum Fate { OPEN, SAME, LIFTED, FAILED } Fate;
typedef struct Tuple {
    Node *const *row;             /* [n] */
    Fate fate;
    bool leaf;                    /* slices or constants: what lies below them is not lifted */
    Node *node;                   /* LIFTED: the value with the axis; SAME: the row */
} Tuple;
typedef struct Lift {
    Graph *g;
    Arena *a;
    int n;
    uint32_t size;                /* of the graph before */
    VEC(Tuple) tuples;
    int *slot; uint32_t n_slots;  /* tuples by rows: open addressing, tuple + 1 */
    int ops;                      /* lifted, other than slices and constants */
} Lift;

/* ---- tuples ---------------------------------------------------------------------------------- */

static uint32_t tuple_hash(const Lift *l, Node *const *row) {
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < l->n; i++)
        h = (h ^ row[i]->id) * 0x100000001b3u, h ^= h >> 29;
    return (uint32_t)h;
}

static int *tuple_slot(const Lift *l, Node *const *row) {
    uint32_t mask = l->n_slots - 1, i = tuple_hash(l, row) & mask;
    while (l->slot[i] &&
           memcmp(l->tuples.v[l->slot[i] - 1].row, row, (size_t)l->n * sizeof *row) != 0)
        i = (i + 1) & mask;
    return &l->slot[i];
}

/* The index of a tuple; a new one is OPEN, or SAME when all rows are one node. */
static int tuple_of(Lift *l, Node *const *row) {
    if (2 * (uint32_t)(l->tuples.n + 1) > l->n_slots) {
        l->n_slots = l->n_slots ? 2 * l->n_slots : 64;
        l->slot = NEW_ARRAY(l->a, int, l->n_slots);
        for (int k = 0; k < l->tuples.n; k++)
            *tuple_slot(l, l->tuples.v[k].row) = k + 1;
    }
    int *slot = tuple_slot(l, row);
    if (!*slot) {
        Node **own = NEW_ARRAY(l->a, Node *, l->n);
        bool same = true;
        for (int i = 0; i < l->n; i++)
            same &= (own[i] = row[i]) == row[0];
        vec_push(l->a, &l->tuples, ((Tuple){ .row = own, .fate = same ? SAME : OPEN,
                                             .node = row[0] }));
        *slot = l->tuples.n;
    }
    return *slot - 1;
}

static int operand(Lift *l, const Tuple *t, int k) {
    Node **row = NEW_ARRAY(l->a, Node *, l->n);
    for (int i = 0; i < l->n; i++)
        row[i] = t->row[i]->in[k];
    return tuple_of(l, row);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static int place(const Node *n) { return node_batched(n) ? 1 : 0; }      /* of the new axis */
static Shape lifted_shape(const Lift *l, const Node *n) {
    Shape s = n->shape;
    int p = place(n);
    for (int k = s.rank++; k > p; k--)
        s.dim[k] = s.dim[k - 1];
    s.dim[p] = l->n;
    return s;
}
static int moved(int axis, int p) { return axis + (axis >= p); }

/* A row that all share, n times. */
static Node *repeated(Lift *l, Node *n) {
    int map[MAX_RANK];
    for (int k = 0; k < n->shape.rank; k++)
        map[k] = moved(k, place(n));
    return g_broadcast(l->g, n, lifted_shape(l, n), map);
}
static Node *with_axis(Lift *l, int tuple) {
    const Tuple *t = &l->tuples.v[tuple];
    return t->fate == SAME ? repeated(l, t->node) : t->node;
}

/* The same axes, with axis `from` at `to`. */
static Node *axis_to(Graph *g, Node *n, int from, int to) {
    int perm[MAX_RANK], k = 0;
    for (int j = 0; j < n->shape.rank; j++) {
        if (j == to) {
            perm[j] = from;
            continue;
        }
        k += k == from;
        perm[j] = k++;
    }
    return g_transpose(g, n, perm);
}

/* ---- leaves ---------------------------------------------------------------------------------- */

/* Rows that are consecutive slices of one value: that value. NULL: they are not. */
static Node *lift_slices(Lift *l, const Tuple *t) {
    const Node *first = t->row[0];
    int rank = first->shape.rank, axis = -1;
    if (first->op != OP_SLICE)
        return NULL;
    for (int i = 1; i < l->n; i++)
        for (int k = 0; k < 3 * rank; k++) {
            const Node *n = t->row[i];
            if (n->op != OP_SLICE || n->in[0] != first->in[0])
                return NULL;
            if (n->attr[k] == first->attr[k])
                continue;
            if (k >= rank || (axis >= 0 && k != axis))
                return NULL;
            axis = k;
        }
    int64_t step = axis < 0 ? 0 : t->row[1]->attr[axis] - first->attr[axis];
    if (step < 1 || first->attr[rank + axis] != 1)
        return NULL;
    for (int i = 2; i < l->n; i++)
        if (t->row[i]->attr[axis] != first->attr[axis] + i * step)
            return NULL;
    int64_t attr[3 * MAX_RANK];
    memcpy(attr, first->attr, sizeof *attr * 3 * (size_t)rank);
    attr[rank + axis] = l->n;
    attr[2 * rank + axis] = step;
    Node *all = g_slice(l->g, first->in[0], attr, attr + rank, attr + 2 * rank);
    return g_reshape(l->g, axis_to(l->g, all, axis, place(first)), lifted_shape(l, first));
}

static Node *lift_constants(Lift *l, const Tuple *t) {
    const Node *first = t->row[0];
    int64_t count = shape_count(first->shape);
    bool splat = true;
    for (int i = 0; i < l->n; i++) {
        if (t->row[i]->op != OP_CONST)
            return NULL;
        splat &= t->row[i]->n_data == 1;
    }
    if (!splat && count * l->n > FOLDED_ELEMENTS)
        return NULL;
    int64_t each = splat ? 1 : count;
    double *data = NEW_ARRAY(l->a, double, each * l->n);
    for (int i = 0; i < l->n; i++)
        for (int64_t k = 0; k < each; k++)
            data[i * each + k] = t->row[i]->data[t->row[i]->n_data == 1 ? 0 : k];
    Shape s = lifted_shape(l, first);
    if (!splat)
        return g_const_tensor(l->g, first->dtype, s, data);
    Node *table = g_const_tensor(l->g, first->dtype, shape_of(1, (int64_t[]){ l->n }), data);
    return g_broadcast(l->g, table, s, (int[]){ place(first) });
}

/* ---- ops ------------------------------------------------------------------------------------- */

static Node *lift_broadcast(Lift *l, const Node *n, Node *a) {
    int map[MAX_RANK], p = place(n), q = place(n->in[0]);
    for (int k = 0; k < n->n_attr; k++)
        map[moved(k, q)] = moved((int)n->attr[k], p);
    map[q] = p;
    return g_broadcast(l->g, a, lifted_shape(l, n), map);
}

static Node *lift_axes(Lift *l, const Node *n, Node *a) {
    int axes[MAX_RANK];
    for (int k = 0; k < n->n_attr; k++)
        axes[k] = moved((int)n->attr[k], place(n->in[0]));
    return n->op == OP_REVERSE ? g_reverse(l->g, a, axes, n->n_attr)
                               : g_reduce(l->g, n->op, a, axes, n->n_attr);
}

static Node *lift_transpose(Lift *l, const Node *n, Node *a) {
    int perm[MAX_RANK], p = place(n);
    for (int k = 0; k < n->shape.rank; k++)
        perm[moved(k, p)] = moved((int)n->attr[k], p);
    perm[p] = p;
    return g_transpose(l->g, a, perm);
}

/* SLICE and PAD: three numbers per axis; `fill` for the new axis. */
static Node *lift_window(Lift *l, const Node *n, Node *a, const int64_t fill[3]) {
    int64_t v[3][MAX_RANK];
    int rank = n->in[0]->shape.rank, p = place(n);
    for (int part = 0; part < 3; part++) {
        for (int k = 0; k < rank; k++)
            v[part][moved(k, p)] = n->attr[part * rank + k];
        v[part][p] = fill[part];
    }
    return n->op == OP_SLICE ? g_slice(l->g, a, v[0], v[1], v[2])
                             : g_pad(l->g, a, v[0], v[1], v[2]);
}

/* A contraction: the axis is paired when both operands have it, else free. NULL: weights that
 * differ from row to row and are used by samples. */
static Node *lift_dot(Lift *l, const Node *n, const int *in) {
    const Tuple *a = &l->tuples.v[in[0]], *b = &l->tuples.v[in[1]];
    int nb = (int)n->attr[0], nc = (int)n->attr[1];
    const int64_t *p = n->attr + 2;
    bool la = a->fate == LIFTED, lb = b->fate == LIFTED;
    int pa = la ? place(n->in[0]) : MAX_RANK, pb = lb ? place(n->in[1]) : MAX_RANK;
    if (lb && node_batched(n->in[0]) && !node_batched(n->in[1]))
        return NULL;
    DotAxes d = { .nc = nc };
    int before = la && lb ? (nb > 0 && node_batched(n)) : 0;      /* pairs ahead of the new one */
    for (int k = 0; k <= nb; k++) {
        if (la && lb && k == before) {
            d.ab[d.nb] = pa;
            d.bb[d.nb++] = pb;
        }
        if (k < nb) {
            d.ab[d.nb] = moved((int)p[k], pa);
            d.bb[d.nb++] = moved((int)p[nb + k], pb);
        }
    }
    p += 2 * nb;
    for (int k = 0; k < nc; k++) {
        d.ac[k] = moved((int)p[k], pa);
        d.bc[k] = moved((int)p[nc + k], pb);
    }
    Node *y = g_dot(l->g, a->node, b->node, &d);
    int free_a = n->in[0]->shape.rank - nb - nc, at = place(n);
    if (la && lb)
        return y;
    /* its place among the free axes: first of b's; of a's behind the batch when that is free */
    int from = lb ? nb + free_a : nb + (nb == 0 && node_batched(n->in[0]));
    return axis_to(l->g, y, from, at);
}

/* Whether every node of a row between a request's variable x and its value y was lifted. */
static bool all_between(Lift *l, const Node *y, const Node *x, int row, bool *below, bool *live) {
    uint32_t n = y->id + 1;
    memset(below, 0, n);
    memset(live, 0, n);
    live[y->id] = below[x->id] = true;
    for (uint32_t id = x->id + 1; id < n; id++)
        for (int k = 0; k < graph_node(l->g, id)->n_in; k++)
            below[id] |= below[graph_node(l->g, id)->in[k]->id];
    for (uint32_t id = n; id-- > x->id;)
        for (int k = 0; live[id] && k < graph_node(l->g, id)->n_in; k++)
            live[graph_node(l->g, id)->in[k]->id] = true;
    for (int k = 0; k < l->tuples.n; k++)     /* what is lifted op by op is accounted for */
        if (l->tuples.v[k].fate == LIFTED && !l->tuples.v[k].leaf &&
            l->tuples.v[k].row[row]->id < n)
            live[l->tuples.v[k].row[row]->id] = false;
    for (uint32_t id = x->id; id < n; id++)
        if (live[id] && below[id])
            return false;
    return true;
}

static Node *lift_request(Lift *l, const Tuple *t, const int *in) {
    const Node *n = t->row[0];
    if (l->tuples.v[in[0]].fate != LIFTED || l->tuples.v[in[1]].fate != LIFTED ||
        n->in[1]->op != OP_VAR)
        return NULL;
    bool *below = NEW_ARRAY(l->a, bool, l->size), *live = NEW_ARRAY(l->a, bool, l->size);
    for (int i = 0; i < l->n; i++)
        if (!all_between(l, t->row[i]->in[0], t->row[i]->in[1], i, below, live))
            return NULL;
    Node *y = l->tuples.v[in[0]].node, *x = l->tuples.v[in[1]].node;
    if (n->op != OP_GRAD)
        return g_request(l->g, n->op, y, x, with_axis(l, in[2]));
    return g_request(l->g, OP_VJP, y, x, g_const_splat(l->g, DT_F32, y->shape, 1));
}

/* Row 0's op over the axis, from operands that are lifted or the same; NULL: not possible. */
static Node *lift_op(Lift *l, const Tuple *t, const int *in) {
    const Node *n = t->row[0];
    Node *a = n->n_in ? l->tuples.v[in[0]].node : NULL;
    bool others_same = true;                  /* operands after the first */
    for (int k = 1; k < n->n_in; k++)
        others_same &= l->tuples.v[in[k]].fate == SAME;
    bool first_lifted = n->n_in && l->tuples.v[in[0]].fate == LIFTED;
    Node **all = NEW_ARRAY(l->a, Node *, n->n_in + 1);
    for (int k = 0; k < n->n_in && (op_is_elementwise(n->op) || n->op == OP_POOL_PICK ||
                                    n->op == OP_POOL_PICK_T || n->op == OP_CONCAT); k++)
        all[k] = with_axis(l, in[k]);
    if (op_is_elementwise(n->op))
        return g_rebuild(l->g, n, all);
    switch (n->op) {
    case OP_CONVERT: case OP_STOP: case OP_POOL_SUM: case OP_POOL_SUM_T: case OP_MAX_POOL:
        return g_rebuild(l->g, n, &a);
    case OP_POOL_PICK: case OP_POOL_PICK_T: return g_rebuild(l->g, n, all);
    case OP_VAR: return g_var(l->g, a);
    case OP_BROADCAST: return lift_broadcast(l, n, a);
    case OP_REDUCE_SUM: case OP_REDUCE_MAX: case OP_REDUCE_MIN: case OP_ARGMAX: case OP_ARGMIN:
        return node_batched(n->in[0]) == node_batched(n) ? lift_axes(l, n, a) : NULL;
    case OP_REVERSE: return lift_axes(l, n, a);
    case OP_RESHAPE: return g_reshape(l->g, a, lifted_shape(l, n));
    case OP_TRANSPOSE: return lift_transpose(l, n, a);
    case OP_SLICE: return lift_window(l, n, a, (int64_t[]){ 0, l->n, 1 });
    case OP_PAD: return lift_window(l, n, a, (int64_t[]){ 0, 0, 0 });
    case OP_CONCAT: return g_concat(l->g, all, n->n_in, moved((int)n->attr[0], place(n)));
    case OP_DOT: return node_batch_effect(n) == BATCH_SUM ? NULL : lift_dot(l, n, in);
    case OP_CONV: case OP_CONV_DX: {
        Node *both[] = { a, l->tuples.v[in[1]].node };
        return first_lifted && others_same ? g_rebuild(l->g, n, both) : NULL;
    }
    case OP_GRAD: case OP_JVP: case OP_VJP: return lift_request(l, t, in);
    default: return NULL;
    }
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* Whether the rows have one op, with the same attributes (a VAR has a number of its own). */
static bool isomorphic(const Lift *l, const Tuple *t) {
    const Node *a = t->row[0];
    int64_t count = 0;
    for (int i = 1; i < l->n; i++) {
        const Node *b = t->row[i];
        if (a->op != b->op || a->dtype != b->dtype || !shape_equal(a->shape, b->shape) ||
            a->n_in != b->n_in || a->n_attr != b->n_attr)
            return false;
        if (a->op != OP_VAR && a->n_attr &&
            memcmp(a->attr, b->attr, (size_t)a->n_attr * sizeof *a->attr) != 0)
            return false;
    }
    return a->shape.rank < MAX_RANK && shape_count_checked(lifted_shape(l, a), &count) &&
           count <= MAX_ELEMENTS;
}

static bool shapes_agree(const Lift *l, const Tuple *t) {
    for (int i = 1; i < l->n; i++)
        if (t->row[i]->dtype != t->row[0]->dtype ||
            !shape_equal(t->row[i]->shape, t->row[0]->shape))
            return false;
    return t->row[0]->shape.rank < MAX_RANK;
}

/* Settles a tuple, or returns false when an operand must come first, which it pushes. */
static bool settle(Lift *l, int at, int *todo, int *n_todo) {
    Tuple t = l->tuples.v[at];
    Node *node = NULL;
    int in[3] = { 0 }, waiting = 0;
    if (shapes_agree(l, &t) && ((node = lift_slices(l, &t)) || (node = lift_constants(l, &t)))) {
        l->tuples.v[at].node = node, l->tuples.v[at].fate = LIFTED;
        l->tuples.v[at].leaf = true;
        return true;
    }
    bool good = isomorphic(l, &t) && t.row[0]->n_in > 0;
    int *own = t.row[0]->n_in > 3 ? NEW_ARRAY(l->a, int, t.row[0]->n_in) : in;
    for (int k = 0; good && k < t.row[0]->n_in; k++) {
        own[k] = operand(l, &t, k);
        good = l->tuples.v[own[k]].fate != FAILED;
        if (l->tuples.v[own[k]].fate == OPEN && !waiting++)
            todo[(*n_todo)++] = own[k];
    }
    if (good && waiting)
        return false;
    bool any = false;
    for (int k = 0; good && k < t.row[0]->n_in; k++)
        any |= l->tuples.v[own[k]].fate == LIFTED;
    Range old = graph_at(l->g, t.row[0]->at);
    node = good && any ? lift_op(l, &t, own) : NULL;
    graph_at(l->g, old);
    assert(!node || shape_equal(node->shape, lifted_shape(l, t.row[0])));
    l->ops += node != NULL;
    l->tuples.v[at].node = node, l->tuples.v[at].fate = node ? LIFTED : FAILED;
    return true;
}

Node *g_lift(Graph *g, Node *const *row, int n) {
    Arena *a = graph_arena(g);
    Lift l = { .g = g, .a = a, .n = n, .size = graph_size(g) };
    if (n < 2)
        return NULL;
    int root = tuple_of(&l, row), n_todo = 0;
    int *todo = NEW_ARRAY(a, int, l.size + 1);      /* a path: no longer than the graph is deep */
    if (l.tuples.v[root].fate != SAME)
        todo[n_todo++] = root;
    while (n_todo > 0) {
        int at = todo[n_todo - 1];
        if (l.tuples.v[at].fate != OPEN) {
            n_todo--;
        } else if (settle(&l, at, todo, &n_todo)) {
            assert(todo[n_todo - 1] == at);
            n_todo--;
        }
    }
    return l.tuples.v[root].fate == LIFTED && l.ops ? l.tuples.v[root].node : NULL;
}
