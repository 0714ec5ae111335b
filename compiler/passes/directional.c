/* directional.c - which of two equal requests a second derivative along a direction becomes.
 *
 *   v . hvp(E, x, u)  =  sum(v * jvp(grad(E, x), x, u))  =  jvp(jvp(E, x, v), x, u)
 *
 * The right form is two tangents carried forward, without a pass backward; the left one shares the
 * pass backward with whoever needs the gradient itself. So a gradient that is only asked for along
 * directions, in one of them to second order, becomes tangents, and tangents become the left form
 * where the gradient is there already. The sum is over all axes of one sample, v does not depend on
 * x, and no op between x and E mixes samples. */
#include "passes/diff.h"

typedef struct Forms {
    Graph *g, *plain;             /* the requests; the same without variables */
    const bool *live;
    Node **bare;                  /* id -> node of `plain`: equal for gradients of one value */
    int *uses, *dotted;           /* by id: live uses; those by the sums below */
    bool *needed;                 /* by plain id: the gradient is read as a whole */
    int *second;                  /* by plain id: sums that differentiate it once more */
    bool *counted;                /* by plain id */
} Forms;

/* A sum over one sample of v * d, d = grad(y, x) or jvp(grad(y, x), x2, u). */
typedef struct Along { Node *v, *d, *grad; } Along;

/* Only plain ops stand between x and y and, when x is per sample, none of them mixes samples. */
static bool rows_apart(const Graph *g, const Node *y, const Node *x) {
    bool batched = node_batched(x);
    if (batched != node_batched(y) || x->id > y->id) return false;
    uint32_t lo = x->id, size = y->id - lo + 1;
    bool *below = xalloc(size, "a derivative's node marks"), apart = true;
    below[0] = true;
    for (uint32_t id = lo + 1; id <= y->id && apart; id++) {
        const Node *m = graph_node(g, id);
        bool plain = op_info[m->op].cls != CLASS_REQ && op_info[m->op].cls != CLASS_CTL;
        for (int i = 0; i < m->n_in; i++) {
            if (m->in[i]->id < lo || !below[m->in[i]->id - lo]) continue;
            if (plain && !diff_operand(m, i)) continue;
            below[id - lo] = true;
            apart &= plain && (!batched || (node_batched(m) &&
                                            node_batch_effect(m) == BATCH_KEEP));
        }
    }
    xfree(below);
    return apart;
}

/* By any path at all. */
static bool depends(const Graph *g, const Node *y, const Node *x) {
    if (x->id > y->id) return false;
    uint32_t lo = x->id, size = y->id - lo + 1;
    bool *below = xalloc(size, "a derivative's node marks");
    below[0] = true;
    for (uint32_t id = lo + 1; id <= y->id; id++) {
        const Node *m = graph_node(g, id);
        for (int i = 0; i < m->n_in && !below[id - lo]; i++)
            below[id - lo] = m->in[i]->id >= lo && below[m->in[i]->id - lo];
    }
    bool found = below[size - 1];
    xfree(below);
    return found;
}

static Node *second_order_of(Node *d) {
    return d->op == OP_JVP && d->in[0]->op == OP_GRAD ? d->in[0] : NULL;
}

static bool match(const Forms *f, const Node *sum, Along *out) {
    if (sum->op != OP_REDUCE_SUM || sum->in[0]->op != OP_MUL || f->uses[sum->in[0]->id] != 1)
        return false;
    const Node *product = sum->in[0];
    for (int way = 0; way < 4; way++) {                /* second derivatives first */
        Node *d = product->in[way & 1];
        Node *grad = way < 2 ? second_order_of(d) : d->op == OP_GRAD ? d : NULL;
        if (!grad || !shape_equal(sum->shape, grad->in[0]->shape)) continue;
        *out = (Along){ product->in[1 - (way & 1)], d, grad };
        if (d == grad || (f->uses[d->id] == 1 && !depends(f->g, out->v, d->in[1])))
            return rows_apart(f->g, grad->in[0], grad->in[1]);
    }
    return false;
}

/* jvp(jvp(y, x, v), x2, u). */
static bool is_second_tangent(const Forms *f, const Node *m) {
    const Node *t = m->op == OP_JVP ? m->in[0] : m;
    return m->op == OP_JVP && t->op == OP_JVP && shape_example(t->shape).rank == 0 &&
           !depends(f->g, t->in[2], m->in[1]) && rows_apart(f->g, t->in[0], t->in[1]);
}

/* Without VAR: gradients of the same function at the same value are one node there. */
static void build_plain(Forms *f) {
    uint32_t size = graph_size(f->g);
    Arena *a = graph_arena(f->g);
    int widest = 1;
    for (uint32_t id = 0; id < size; id++)
        if (graph_node(f->g, id)->n_in > widest) widest = graph_node(f->g, id)->n_in;
    Node **in = NEW_ARRAY(a, Node *, widest);
    f->plain = graph_new(a);
    diff_fresh_above(f->g, f->plain);
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(f->g, id);
        if (!f->live[id]) continue;
        for (int i = 0; i < m->n_in; i++) in[i] = f->bare[m->in[i]->id];
        f->bare[id] = m->op == OP_VAR ? in[0] : g_rebuild(f->plain, m, in);
    }
}

static void take_stock(Forms *f) {
    uint32_t size = graph_size(f->g);
    Along a;
    for (uint32_t id = 0; id < size; id++) {
        if (!f->live[id] || !match(f, graph_node(f->g, id), &a)) continue;
        f->dotted[a.grad->id]++;
        uint32_t sum = f->bare[id]->id;
        if (a.d != a.grad && !f->counted[sum]) f->second[f->bare[a.grad->id]->id]++;
        f->counted[sum] = true;
    }
    for (uint32_t id = 0; id < size; id++)
        if (f->live[id] && graph_node(f->g, id)->op == OP_GRAD && f->uses[id] != f->dotted[id])
            f->needed[f->bare[id]->id] = true;
}

/* The other form of the live node m, over the mapped operands; NULL: m stays. */
static Node *other_form(const Forms *f, Graph *new, Node *const *map, const Node *m) {
    Along a;
    if (match(f, m, &a)) {
        uint32_t grad = f->bare[a.grad->id]->id;
        if (f->needed[grad] || f->second[grad] != 1) return NULL;
        graph_at(new, a.grad->at);
        Node *t = g_request(new, OP_JVP, map[a.grad->in[0]->id], map[a.grad->in[1]->id],
                            map[a.v->id]);
        graph_at(new, a.d->at);
        return a.d == a.grad ? t : g_request(new, OP_JVP, t, map[a.d->in[1]->id],
                                             map[a.d->in[2]->id]);
    }
    if (!is_second_tangent(f, m)) return NULL;
    const Node *t = m->in[0];
    uint32_t size = graph_size(f->plain);
    Node *grad = g_request(f->plain, OP_GRAD, f->bare[t->in[0]->id], f->bare[t->in[1]->id], NULL);
    if (grad->id >= size || !f->needed[grad->id]) return NULL;
    grad = g_request(new, OP_GRAD, map[t->in[0]->id], map[t->in[1]->id], NULL);
    Node *hv = g_request(new, OP_JVP, grad, map[m->in[1]->id], map[m->in[2]->id]);
    Node *product = g_binary(new, OP_MUL, map[t->in[2]->id], hv);
    int axes[MAX_RANK], n = 0;
    for (int k = m->shape.rank; k < product->shape.rank; k++) axes[n++] = k;
    return g_reduce(new, OP_REDUCE_SUM, product, axes, n);
}

Node **ad_choose_forms(Graph *g, Node *const *roots, int n_roots, Graph **out) {
    Arena *a = graph_arena(g);
    uint32_t size = graph_size(g);
    int widest = 1;
    bool *live = NEW_ARRAY(a, bool, size + 1), any = false;
    graph_mark_live(g, roots, n_roots, live);
    Forms f = { .g = g, .live = live, .uses = NEW_ARRAY(a, int, size + 1),
                .dotted = NEW_ARRAY(a, int, size + 1), .bare = NEW_ARRAY(a, Node *, size + 1) };
    for (int i = 0; i < n_roots; i++) f.uses[roots[i]->id]++;
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(g, id);
        if (!live[id]) continue;
        if (m->n_in > widest) widest = m->n_in;
        for (int i = 0; i < m->n_in; i++) f.uses[m->in[i]->id]++;
        any |= m->op == OP_JVP && (m->in[0]->op == OP_GRAD || m->in[0]->op == OP_JVP);
    }
    *out = g;
    if (!any) return NULL;
    build_plain(&f);
    uint32_t n_plain = graph_size(f.plain);
    f.needed = NEW_ARRAY(a, bool, n_plain + 1);
    f.counted = NEW_ARRAY(a, bool, n_plain + 1);
    f.second = NEW_ARRAY(a, int, n_plain + 1);
    take_stock(&f);
    *out = graph_new(a);
    diff_fresh_above(g, *out);
    Node **map = NEW_ARRAY(a, Node *, size + 1), **in = NEW_ARRAY(a, Node *, widest);
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(g, id);
        if (!live[id]) continue;
        graph_at(*out, m->at);
        map[id] = other_form(&f, *out, map, m);
        for (int i = 0; i < m->n_in; i++) in[i] = map[m->in[i]->id];
        if (!map[id]) map[id] = g_rebuild(*out, m, in);
    }
    return map;
}
