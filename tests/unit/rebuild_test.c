// links: base graph
/* rebuild_test.c - random graphs of plain nodes, and the same graphs through the constructors.
 *
 * node_make() does not simplify, g_rebuild() does: both must mean the same, values and tangents.
 * The graphs are full of what the simplifications look for: 0, 1, -1, powers of two, negations,
 * chains of broadcasts, slices, reshapes and transposes, sums over broadcast axes. */
#include "graph/internal.h"

#include "unit/graph_help.h"

enum { GRAPHS = 4000, NODES = 40 };

static int pick(Lab *l, int n) { return (int)lab_uniform(l, 0, n); }

/* A shape with the batch now and then, small sizes and many ones. */
static Shape random_shape(Lab *l) {
    Shape s = { .rank = pick(l, 4) };
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = 1 + pick(l, 3);
    return pick(l, 3) == 0 ? shape_batch(s) : s;
}

static Node *random_source(Lab *l, Shape s) {
    static const double v[] = { 0, 1, -1, 2, 0.5, 4, 3, -1.5 };
    double value = v[pick(l, 8)];
    if (pick(l, 3) == 0 || l->n >= LAB_INPUTS)
        return node_make(l->g, &(Node){ .op = OP_CONST, .shape = s, .data = &value, .n_data = 1 });
    return lab_input(l, DT_F32, s, 0.5, 2);
}

/* An older f32 node of shape s (any shape when NULL), or a source. */
static Node *operand(Lab *l, const Shape *s) {
    for (int tries = 0; tries < 12; tries++) {
        Node *n = graph_node(l->g, (uint32_t)pick(l, (int)graph_size(l->g)));
        if (n->dtype == DT_F32 && (!s || shape_equal(n->shape, *s)))
            return n;
    }
    return random_source(l, s ? *s : random_shape(l));
}

static Node *random_elementwise(Lab *l) {
    static const Op op[] = { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_NEG, OP_NEG, OP_MAXIMUM, OP_MINIMUM,
                             OP_ABS, OP_COS, OP_SIN, OP_TANH, OP_SELECT, OP_POW };
    Op o = op[pick(l, 14)];
    Node *a = operand(l, NULL), *in[3] = { a, operand(l, &a->shape), operand(l, &a->shape) };
    if (o == OP_SELECT) {
        in[0] = node_infer(l->g, pick(l, 2) ? OP_LT : OP_EQ, 2, in, 0, NULL);
        if (pick(l, 2))
            in[0] = node_infer(l->g, OP_NOT, 1, in, 0, NULL);
    }
    if (o == OP_POW) {
        double c = pick(l, 6) - 2;
        in[1] =
            node_make(l->g, &(Node){.op = OP_CONST, .shape = a->shape, .data = &c, .n_data = 1});
    }
    return node_infer(l->g, o, op_info[o].arity, in, 0, NULL);
}

static Node *random_broadcast(Lab *l) {
    Node *a = operand(l, NULL);
    Shape s = { 0 };
    int64_t map[MAX_RANK];
    bool batch = !node_batched(a) && a->shape.rank < 6 && pick(l, 3) == 0;
    if (batch)
        s.dim[s.rank++] = DIM_BATCH;
    for (int i = 0; i < a->shape.rank; i++) {
        if (!(i == 0 && node_batched(a)) && s.rank + a->shape.rank - i < 6 && pick(l, 2))
            s.dim[s.rank++] = 1 + pick(l, 3);
        map[i] = s.rank;
        s.dim[s.rank++] = a->shape.dim[i];
    }
    if (s.rank < 6 && pick(l, 2))
        s.dim[s.rank++] = 1 + pick(l, 3);
    return node_typed(l->g, OP_BROADCAST, DT_F32, s, 1, &a, a->shape.rank, map);
}

static Node *random_reduce(Lab *l) {
    static const Op op[] = { OP_REDUCE_SUM, OP_REDUCE_SUM, OP_REDUCE_SUM, OP_REDUCE_MAX };
    Node *a = operand(l, NULL);
    int64_t axes[MAX_RANK];
    int n = 0;
    for (int i = 0; i < a->shape.rank; i++)
        if (pick(l, 2))
            axes[n++] = i;
    return n ? node_infer(l->g, op[pick(l, 4)], 1, &a, n, axes) : a;
}

/* Reshape, transpose, slice, pad, reverse or concat of some node. */
static Node *random_structure(Lab *l) {
    Node *a = operand(l, NULL);
    Shape s = a->shape;
    int lead = node_batched(a), r = s.rank;
    int64_t v[3 * MAX_RANK] = { 0 };
    switch (pick(l, 6)) {
    case 0: {                                 /* all in one axis, or axes of size 1 put in */
        Shape t = { .rank = lead };
        t.dim[0] = s.dim[0];
        for (int i = lead; pick(l, 2) && i < r && r < 5; i++)
            t.dim[t.rank++] = s.dim[i];
        int64_t rest = shape_count(s) / shape_count(t);
        t.dim[t.rank++] = rest;
        t.dim[t.rank++] = 1;
        return node_typed(l->g, OP_RESHAPE, DT_F32, t, 1, &a, 0, NULL);
    }
    case 1:
        for (int i = 0; i < r; i++)
            v[i] = i;
        for (int i = r - 1; i > lead; i--) {
            int k = lead + pick(l, i - lead + 1);
            int64_t t = v[i];
            v[i] = v[k], v[k] = t;
        }
        return node_infer(l->g, OP_TRANSPOSE, 1, &a, r, v);
    case 2:
        for (int i = 0; i < r; i++) {
            bool keep = i < lead || pick(l, 2);
            v[i] = keep ? 0 : pick(l, (int)s.dim[i]);
            v[2 * r + i] = keep ? 1 : 1 + pick(l, 2);
            v[r + i] = keep ? s.dim[i] : (s.dim[i] - 1 - v[i]) / v[2 * r + i] + 1;
        }
        return node_infer(l->g, OP_SLICE, 1, &a, 3 * r, v);
    case 3:
        for (int i = lead; i < 3 * r && shape_count(s) < 200; i++)
            v[i] = i % r < lead ? 0 : pick(l, 2);
        return node_infer(l->g, OP_PAD, 1, &a, 3 * r, v);
    case 4: {
        int n = 0;
        for (int i = lead; i < r; i++)
            if (pick(l, 2))
                v[n++] = i;
        return n ? node_infer(l->g, OP_REVERSE, 1, &a, n, v) : a;
    }
    default:
        if (r == lead)
            return a;
        v[0] = lead + pick(l, r - lead);
        return node_infer(l->g, OP_CONCAT, 2, (Node *[]){ a, operand(l, &s) }, 1, v);
    }
}

/* Pairs axes of equal size at random, as batch or contracted axes; legal batches only. */
static Node *random_dot(Lab *l) {
    Node *a = operand(l, NULL), *b = pick(l, 2) ? operand(l, &a->shape) : operand(l, NULL),
         *in[2] = {a, b};
    int64_t pair[2][2][MAX_RANK], n[2] = { 0 }, attr[2 + 4 * MAX_RANK], *p = attr + 2;
    unsigned used = 0;
    if (node_batched(b) && !node_batched(a))
        return a;
    for (int i = 0; i < a->shape.rank; i++)
        for (int k = 0; k < b->shape.rank; k++) {
            bool batch = a->shape.dim[i] == DIM_BATCH && b->shape.dim[k] == DIM_BATCH;
            if (a->shape.dim[i] != b->shape.dim[k] || (used >> k & 1) || (!batch && pick(l, 2)))
                continue;
            int kind = pick(l, 2);
            pair[kind][0][n[kind]] = i, pair[kind][1][n[kind]++] = k;
            used |= 1u << k;
            break;
        }
    attr[0] = n[0], attr[1] = n[1];
    for (int kind = 0; kind < 2; kind++)
        for (int side = 0; side < 2; side++)
            for (int i = 0; i < n[kind]; i++)
                *p++ = pair[kind][side][i];
    Node type = { .op = OP_DOT, .n_in = 2, .in = in, .attr = attr, .n_attr = (int)(p - attr) };
    return node_rule(&type, &type.dtype, &type.shape) ? a : node_make(l->g, &type);
}

static Node *random_node(Lab *l) {
    switch (pick(l, 5)) {
    case 3: return random_dot(l);
    case 0: return random_broadcast(l);
    case 1: return random_reduce(l);
    case 2: return random_structure(l);
    default: return random_elementwise(l);
    }
}

static bool agree(double x, double y) {
    return (isnan(x) && isnan(y)) || x == y || fabs(x - y) <= 1e-9 * (1 + fabs(x));
}

static bool finite_everywhere(const double *v, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(v[i]) || fabs(v[i]) > 1e9)
            return false;
    return true;
}

/* Compares the nodes of the plain graph, in order, with what the constructors made of them. From
 * a node that is not finite on, the simplified value may differ (0 * x is 0), so its users are not
 * looked at. */
static void compare(Lab *l, const Graph *plain, const Graph *made, Node **map) {
    uint32_t n = graph_size(plain);
    Node **roots = NEW_ARRAY(l->a, Node *, n);
    double **v = NEW_ARRAY(l->a, double *, n), **d = NEW_ARRAY(l->a, double *, n);
    double **w = NEW_ARRAY(l->a, double *, n), **e = NEW_ARRAY(l->a, double *, n);
    bool *usable = NEW_ARRAY(l->a, bool, n);
    for (uint32_t id = 0; id < n; id++)
        roots[id] = graph_node(plain, id);
    graph_interpret(plain, roots, (int)n, &l->env, l->a, v, lab_tangent, d);
    graph_interpret(made, map, (int)n, &l->env, l->a, w, lab_tangent, e);
    for (uint32_t id = 0; id < n; id++) {
        int64_t count = lab_count(l, roots[id]->shape);
        usable[id] = finite_everywhere(v[id], count) && finite_everywhere(d[id], count);
        for (int i = 0; i < roots[id]->n_in; i++)
            usable[id] &= usable[roots[id]->in[i]->id];
        cr_assert(shape_equal(roots[id]->shape, map[id]->shape));
        cr_assert_eq(roots[id]->dtype, map[id]->dtype);
        bool choice = roots[id]->dtype != DT_F32 || roots[id]->op == OP_SELECT ||
                      roots[id]->op == OP_MAXIMUM || roots[id]->op == OP_MINIMUM ||
                      roots[id]->op == OP_REDUCE_MAX || roots[id]->op == OP_ABS;
        for (int64_t i = 0; usable[id] && i < count; i++) {
            if (choice && !(agree(v[id][i], w[id][i]) && agree(d[id][i], e[id][i])))
                usable[id] = false;           /* a tie that rounding decides */
            if (usable[id])
                cr_assert(agree(v[id][i], w[id][i]) && agree(d[id][i], e[id][i]),
                          "node %%%u (%s): plain %.12g' %.12g, simplified %.12g' %.12g", id,
                          op_info[roots[id]->op].name, v[id][i], d[id][i], w[id][i], e[id][i]);
        }
    }
}

Test(rebuild, means_the_same) {
    int fewer = 0;
    for (int trial = 0; trial < GRAPHS; trial++) {
        Lab *l = lab_new(2);
        l->random = 1000 + (uint64_t)trial;
        for (int i = 0; i < 4; i++)
            random_source(l, random_shape(l));
        while (graph_size(l->g) < NODES) {
            Node *n = random_node(l);
            if (shape_count(n->shape) > 2000)
                break;
        }
        uint32_t size = graph_size(l->g);
        Graph *plain = l->g, *made = graph_new(l->a);
        Node **map = NEW_ARRAY(l->a, Node *, size), *in[3];
        for (uint32_t id = 0; id < size; id++) {
            const Node *n = graph_node(plain, id);
            for (int i = 0; i < n->n_in; i++)
                in[i] = map[n->in[i]->id];
            map[id] = g_rebuild(made, n, in);
        }
        const char *bad = graph_verify(made, map, (int)size, l->a);
        cr_assert_null(bad, "trial %d: %s", trial, bad);
        compare(l, plain, made, map);
        bool *live = NEW_ARRAY(l->a, bool, graph_size(made));
        graph_mark_live(made, map, (int)size, live);
        uint32_t left = 0;
        for (uint32_t id = 0; id < graph_size(made); id++)
            left += live[id];
        fewer += left < size;
        lab_free(l);
    }
    cr_assert_gt(fewer, GRAPHS / 2, "the constructors found next to nothing: %d", fewer);
}
