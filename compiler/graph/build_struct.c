/* build_struct.c - constructors of structural ops: broadcast, reduce, reshape, slice, gather ...
 *
 * Needs build.c and build_ew.c. Promises: an op that changes nothing gives its operand, a chain of
 * two equal structural ops becomes one, a splat constant stays a splat constant. */
#include "graph/internal.h"

static Node *splat_of(Graph *g, const Node *like, Shape s, double v) {
    return g_const_splat(g, like->dtype, s, v);
}

/* ---- broadcast ----------------------------------------------------------------------------- */

static Node *broadcast(Graph *g, Node *a, Shape s, const int64_t *map) {
    double v;
    if (node_splat(a, &v))
        return splat_of(g, a, s, v);
    if (shape_equal(a->shape, s))
        return a;
    if (a->op == OP_BROADCAST) {
        int64_t both[MAX_RANK];
        Node *x = a->in[0];
        for (int i = 0; i < x->shape.rank; i++)
            both[i] = map[a->attr[i]];
        return broadcast(g, x, s, both);
    }
    return node_typed(g, OP_BROADCAST, a->dtype, s, 1, &a, a->shape.rank, map);
}

Node *g_broadcast(Graph *g, Node *a, Shape s, const int *map) {
    int64_t wide[MAX_RANK] = { 0 };
    for (int i = 0; i < a->shape.rank; i++)
        wide[i] = map[i];
    return broadcast(g, a, s, wide);
}

Node *g_broadcast_scalar(Graph *g, Node *a, Shape s) {
    assert(a->shape.rank == 0);
    return broadcast(g, a, s, NULL);
}

Node *g_broadcast_to(Graph *g, Node *a, Shape s) {
    if (shape_equal(a->shape, s))
        return a;
    bool batched = node_batched(a);
    int lead = shape_batched(s) ? 1 : 0;
    Shape ea = shape_example(a->shape), es = shape_example(s), kept = shape_scalar();
    int64_t map[MAX_RANK];
    assert(!batched || lead);
    assert(ea.rank == 0 || ea.rank == es.rank);
    if (batched) {
        map[kept.rank] = 0;
        kept.dim[kept.rank++] = DIM_BATCH;
    }
    for (int i = 0; i < ea.rank; i++) {       /* drop the size-1 axes that are stretched */
        assert(ea.dim[i] == es.dim[i] || ea.dim[i] == 1);
        if (ea.dim[i] != es.dim[i])
            continue;
        map[kept.rank] = i + lead;
        kept.dim[kept.rank++] = ea.dim[i];
    }
    return broadcast(g, g_reshape(g, a, kept), s, map);
}

/* ---- reductions ---------------------------------------------------------------------------- */

/* The operand's shape without the axes; *count = elements summed into one, 0 if the batch is among
 * them. */
static Shape reduced(Shape s, const int64_t *axes, int n, double *count) {
    Shape r = shape_scalar();
    *count = 1;
    for (int i = 0, k = 0; i < s.rank; i++) {
        if (k < n && axes[k] == i) {
            *count *= s.dim[i] == DIM_BATCH ? 0 : (double)s.dim[i];
            k++;
        } else {
            r.dim[r.rank++] = s.dim[i];
        }
    }
    return r;
}

/* reduce_sum over a broadcast: the axes that the broadcast made become a factor. NULL when one of
 * them is the batch, whose size is not known here, or when no summed axis is such an axis. */
static Node *sum_of_broadcast(Graph *g, Node *a, const int64_t *axes, int n) {
    Node *x = a->in[0];
    int64_t inner[MAX_RANK], map[MAX_RANK];
    int n_inner = 0, n_map = 0;
    double factor = 1, count;
    Shape out = reduced(a->shape, axes, n, &count);
    for (int k = 0; k < n; k++) {
        int i = 0;
        while (i < x->shape.rank && a->attr[i] != axes[k])
            i++;
        if (i < x->shape.rank)
            inner[n_inner++] = i;
        else if (a->shape.dim[axes[k]] == DIM_BATCH)
            return NULL;
        else
            factor *= (double)a->shape.dim[axes[k]];
    }
    if (n_inner == n)
        return NULL;
    for (int i = 0, k = 0, j = 0; i < x->shape.rank; i++) {
        if (j < n_inner && inner[j] == i) {
            j++;
            continue;
        }
        while (k < n && axes[k] < a->attr[i])
            k++;                              /* k summed axes come before this one */
        map[n_map++] = a->attr[i] - k;
    }
    int plain[MAX_RANK];
    for (int i = 0; i < n_inner; i++)
        plain[i] = (int)inner[i];
    Node *sum = broadcast(g, g_reduce(g, OP_REDUCE_SUM, x, plain, n_inner), out, map);
    return g_binary(g, OP_MUL, sum, splat_of(g, sum, out, factor));
}

static bool is_arg(Op op) { return op == OP_ARGMAX || op == OP_ARGMIN; }

Node *g_reduce(Graph *g, Op op, Node *a, const int *axes, int n) {
    int64_t wide[MAX_RANK] = { 0 };
    double v, count;
    assert(n >= 0 && n <= a->shape.rank);
    for (int i = 0; i < n; i++)
        wide[i] = axes[i];
    Shape s = reduced(a->shape, wide, n, &count);
    if (n == 0)
        return is_arg(op) ? g_const_splat(g, DT_I32, a->shape, 0) : a;
    if (count == 1)                           /* only axes of size 1 */
        return is_arg(op) ? g_const_splat(g, DT_I32, s, 0) : g_reshape(g, a, s);
    if (node_splat(a, &v)) {
        if (is_arg(op))
            return g_const_splat(g, DT_I32, s, 0);
        if (op != OP_REDUCE_SUM || v == 0)
            return splat_of(g, a, s, v);
        v *= count;
        if (count != 0 && (a->dtype == DT_F32 || (v <= INT32_MAX && v >= INT32_MIN)))
            return splat_of(g, a, s, v);
    }
    if (op == OP_REDUCE_SUM && a->op == OP_BROADCAST) {
        Node *sum = sum_of_broadcast(g, a, wide, n);
        if (sum)
            return sum;
    }
    return node_infer(g, op, 1, &a, n, wide);
}

Node *g_reduce_example(Graph *g, Op op, Node *a) {
    int axes[MAX_RANK], n = 0;
    for (int i = node_batched(a) ? 1 : 0; i < a->shape.rank; i++)
        axes[n++] = i;
    return g_reduce(g, op, a, axes, n);
}

Node *g_reduce_batch(Graph *g, Op op, Node *a) {
    assert(node_batched(a));
    return g_reduce(g, op, a, (int[]){ 0 }, 1);
}

/* ---- reshape, transpose, slice, pad, reverse, concat --------------------------------------- */

Node *g_reshape(Graph *g, Node *a, Shape s) {
    double v;
    if (shape_equal(a->shape, s))
        return a;
    assert(shape_batched(s) == node_batched(a) && shape_count(s) == shape_count(a->shape));
    if (node_splat(a, &v))
        return splat_of(g, a, s, v);
    if (a->op == OP_CONST)
        return g_const_tensor(g, a->dtype, s, a->data);
    if (a->op == OP_RESHAPE)
        return g_reshape(g, a->in[0], s);
    return node_typed(g, OP_RESHAPE, a->dtype, s, 1, &a, 0, NULL);
}

static Node *transpose(Graph *g, Node *a, const int64_t *perm) {
    double v;
    Shape s = { .rank = a->shape.rank };
    bool identity = true, moves = false;      /* moves: an axis of size > 1 passes another */
    int64_t last = -1;
    for (int i = 0; i < s.rank; i++) {
        s.dim[i] = a->shape.dim[perm[i]];
        identity &= perm[i] == i;
        if (s.dim[i] == 1)
            continue;
        moves |= perm[i] < last;
        last = perm[i];
    }
    if (identity)
        return a;
    if (node_splat(a, &v))
        return splat_of(g, a, s, v);
    if (!moves && shape_batched(s) == node_batched(a))
        return g_reshape(g, a, s);
    if (a->op == OP_TRANSPOSE) {
        int64_t both[MAX_RANK];
        for (int i = 0; i < s.rank; i++)
            both[i] = a->attr[perm[i]];
        return transpose(g, a->in[0], both);
    }
    return node_infer(g, OP_TRANSPOSE, 1, &a, s.rank, perm);
}

Node *g_transpose(Graph *g, Node *a, const int *perm) {
    int64_t wide[MAX_RANK] = { 0 };
    for (int i = 0; i < a->shape.rank; i++) {
        assert(perm[i] >= 0 && perm[i] < a->shape.rank);
        wide[i] = perm[i];
    }
    return transpose(g, a, wide);
}

/* The operand of a concat that a unit-step slice lies in, moving `start` into it; else a. */
static Node *slice_of_concat(Node *a, int64_t *start, const int64_t *size, const int64_t *step) {
    if (a->op != OP_CONCAT || step[a->attr[0]] != 1)
        return a;
    int64_t axis = a->attr[0], at = 0;
    for (int k = 0; k < a->n_in; k++) {
        int64_t end = at + a->in[k]->shape.dim[axis];
        if (start[axis] >= at && start[axis] + size[axis] <= end) {
            start[axis] -= at;
            return a->in[k];
        }
        at = end;
    }
    return a;
}

Node *g_slice(Graph *g, Node *a, const int64_t *start, const int64_t *size, const int64_t *step) {
    int rank = a->shape.rank;
    int64_t attr[3 * MAX_RANK] = { 0 }, *st = attr, *sz = attr + rank, *sp = attr + 2 * rank;
    double v;
    bool whole = true;
    for (int i = 0; i < rank; i++) {
        bool batch = a->shape.dim[i] == DIM_BATCH;
        st[i] = batch ? 0 : start[i];
        sz[i] = batch ? DIM_BATCH : size[i];
        sp[i] = batch || size[i] == 1 ? 1 : step[i];
    }
    if (a->op == OP_CONCAT) {
        Node *part = slice_of_concat(a, st, sz, sp);
        if (part != a)
            return g_slice(g, part, st, sz, sp);
    }
    for (int i = 0; i < rank; i++)
        whole &= st[i] == 0 && sz[i] == a->shape.dim[i];
    if (whole)
        return a;
    if (node_splat(a, &v))
        return splat_of(g, a, shape_of(rank, sz), v);
    if (a->op == OP_SLICE) {
        const int64_t *st0 = a->attr, *sp0 = a->attr + 2 * rank;
        for (int i = 0; i < rank; i++) {
            st[i] = st0[i] + st[i] * sp0[i];
            sp[i] *= sp0[i];
        }
        return g_slice(g, a->in[0], st, sz, sp);
    }
    return node_infer(g, OP_SLICE, 1, &a, 3 * rank, attr);
}

Node *g_pad(Graph *g, Node *a, const int64_t *low, const int64_t *high, const int64_t *interior) {
    int rank = a->shape.rank;
    int64_t attr[3 * MAX_RANK] = { 0 }, *lo = attr, *hi = attr + rank, *in = attr + 2 * rank;
    double v;
    bool none = true;
    Shape s = a->shape;
    for (int i = 0; i < rank; i++) {
        bool batch = s.dim[i] == DIM_BATCH;
        lo[i] = batch ? 0 : low[i];
        hi[i] = batch ? 0 : high[i];
        in[i] = batch || s.dim[i] == 1 ? 0 : interior[i];
        none &= !lo[i] && !hi[i] && !in[i];
        if (!batch)
            s.dim[i] += lo[i] + hi[i] + (s.dim[i] - 1) * in[i];
    }
    if (none)
        return a;
    if (node_splat(a, &v) && v == 0)
        return splat_of(g, a, s, 0);
    return node_infer(g, OP_PAD, 1, &a, 3 * rank, attr);
}

Node *g_reverse(Graph *g, Node *a, const int *axes, int n) {
    int64_t wide[MAX_RANK] = { 0 };
    unsigned set = 0;
    int m = 0;
    for (int i = 0; i < n; i++) {
        assert(axes[i] >= 0 && axes[i] < a->shape.rank && a->shape.dim[axes[i]] != DIM_BATCH);
        set ^= 1u << axes[i];
    }
    if (a->op == OP_REVERSE) {
        for (int i = 0; i < a->n_attr; i++)
            set ^= 1u << a->attr[i];
        a = a->in[0];
    }
    for (int i = 0; i < a->shape.rank; i++)
        if ((set >> i & 1) && a->shape.dim[i] != 1)
            wide[m++] = i;
    return m == 0 || node_splat(a, NULL) ? a : node_infer(g, OP_REVERSE, 1, &a, m, wide);
}

/* Constants laid side by side; NULL when an operand is none, or the result is large. */
static Node *concat_constants(Graph *g, Node *const *v, int n, int axis, Shape s) {
    int64_t count, outer = 1, inner = 1, at = 0;
    for (int i = 0; i < n; i++)
        if (v[i]->op != OP_CONST || node_batched(v[i]))
            return NULL;
    if (!shape_count_checked(s, &count) || count > FOLDED_ELEMENTS)
        return NULL;
    for (int i = 0; i < s.rank; i++)
        *(i < axis ? &outer : &inner) *= i == axis ? 1 : s.dim[i];
    double *data = NEW_ARRAY(graph_arena(g), double, count);
    for (int64_t row = 0; row < outer; row++)
        for (int i = 0; i < n; i++) {
            int64_t size = v[i]->shape.dim[axis] * inner;
            for (int64_t k = 0; k < size; k++)
                data[at++] = v[i]->data[v[i]->n_data == 1 ? 0 : row * size + k];
        }
    return g_const_tensor(g, v[0]->dtype, s, data);
}

Node *g_concat(Graph *g, Node *const *v, int n, int axis) {
    double first, other;
    bool same = n >= 1 && node_splat(v[0], &first);
    Shape s = v[0]->shape;
    assert(n >= 1 && axis >= 0 && axis < s.rank);
    if (n == 1)
        return v[0];
    for (int i = 1; i < n; i++) {
        same = same && node_splat(v[i], &other) && other == first;
        s.dim[axis] += v[i]->shape.dim[axis];
    }
    if (same)
        return splat_of(g, v[0], s, first);
    Node *folded = concat_constants(g, v, n, axis, s);
    return folded ? folded : node_infer(g, OP_CONCAT, n, v, 1, (int64_t[]){ axis });
}

/* ---- rows by index ------------------------------------------------------------------------- */

Node *g_gather(Graph *g, Node *table, Node *index) {
    double v;
    if (node_splat(table, &v)) {
        Shape s = index->shape;
        assert(table->shape.rank >= 1 && s.rank + table->shape.rank - 1 <= MAX_RANK);
        for (int i = 1; i < table->shape.rank; i++)
            s.dim[s.rank++] = table->shape.dim[i];
        return splat_of(g, table, s, v);
    }
    return node_infer(g, OP_GATHER, 2, (Node *[]){ table, index }, 0, NULL);
}

Node *g_take(Graph *g, Node *x, Node *i, Node *j) {
    if (i == j && i->op == OP_IOTA)
        return x;
    return node_splat(x, NULL) ? x : node_infer(g, OP_TAKE, 3, (Node *[]){ x, i, j }, 0, NULL);
}

Node *g_scatter_add(Graph *g, Node *index, Node *rows, int64_t n) {
    double v;
    if (node_splat(rows, &v) && v == 0) {
        Shape s = shape_of(1, &n);
        for (int i = index->shape.rank; i < rows->shape.rank; i++)
            s.dim[s.rank++] = rows->shape.dim[i];
        return splat_of(g, rows, s, 0);
    }
    return node_infer(g, OP_SCATTER_ADD, 2, (Node *[]){ index, rows }, 1, &n);
}
