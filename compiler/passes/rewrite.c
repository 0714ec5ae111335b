/* rewrite.c - the rewriting engine, dead carried values of loops, and helpers over axes.
 *
 * Needs a graph without requests. Promises: node order and hash-consing as everywhere; the result
 * is a fixpoint of the rules, or what ROUNDS rounds reach. */
#include "passes/rewrite.h"

enum { ROUNDS = 12, CHAIN = 16 };

/* ---- liveness that sees which carried values of a loop are read ------------------------------ */
typedef struct Liveness {
    const Graph *g;
    bool *live;
    uint32_t *todo; int n_todo;   /* a stack; every node enters it at most once */
    bool *carried;                /* [node id of the loop's LOOP node][k], flattened by `first` */
    uint32_t *first;              /* by LOOP node id */
    uint32_t *loop_of;            /* by loop id (attr 0): its LOOP node's id + 1 */
} Liveness;

static void want(Liveness *v, const Node *n) {
    if (v->live[n->id]) return;
    v->live[n->id] = true;
    v->todo[v->n_todo++] = n->id;
}

/* Carried value k of a loop is read: its initial value and its result are needed. */
static void want_carried(Liveness *v, const Node *loop, int64_t k) {
    bool *c = &v->carried[v->first[loop->id] + k];
    if (*c) return;
    *c = true;
    want(v, loop->in[1 + k]);
    want(v, loop->in[1 + loop->attr[1] + k]);
}

static void visit(Liveness *v, const Node *n) {
    if (n->op == OP_LOOP_OUT) {
        want(v, n->in[0]);
        want_carried(v, n->in[0], n->attr[0]);
    } else if (n->op == OP_LOOP) {
        want(v, n->in[0]);
    } else if (n->op == OP_LOOP_VAR) {
        uint32_t loop = v->loop_of[n->attr[0]];
        if (loop && n->attr[1] > 0) want_carried(v, graph_node(v->g, loop - 1), n->attr[1] - 1);
    } else {
        for (int i = 0; i < n->n_in; i++) want(v, n->in[i]);
    }
}

static Liveness mark(const Graph *g, Arena *a, Node *const *roots, int n) {
    uint32_t size = graph_size(g), carried = 0;
    int64_t loops = 0;
    Liveness v = { .g = g, .live = NEW_ARRAY(a, bool, size + 1),
                   .todo = NEW_ARRAY(a, uint32_t, size + 1),
                   .first = NEW_ARRAY(a, uint32_t, size + 1) };
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(g, id);
        if (m->op != OP_LOOP && m->op != OP_LOOP_VAR) continue;
        if (m->attr[0] >= loops) loops = m->attr[0] + 1;
        v.first[id] = carried;
        if (m->op == OP_LOOP) carried += (uint32_t)m->attr[1];
    }
    v.carried = NEW_ARRAY(a, bool, carried + 1);
    v.loop_of = NEW_ARRAY(a, uint32_t, loops + 1);
    for (uint32_t id = 0; id < size; id++)
        if (graph_node(g, id)->op == OP_LOOP) v.loop_of[graph_node(g, id)->attr[0]] = id + 1;
    for (int i = 0; i < n; i++) want(&v, roots[i]);
    while (v.n_todo > 0) visit(&v, graph_node(g, v.todo[--v.n_todo]));
    return v;
}

/* The place of carried value k among those that are read. */
static int kept_before(const Liveness *v, const Node *loop, int64_t k) {
    int n = 0;
    for (int64_t i = 0; i < k; i++) n += v->carried[v->first[loop->id] + i];
    return n;
}

/* ---- one round ------------------------------------------------------------------------------- */
static Node *rebuild_loop(Rewriter *r, const Liveness *v, const Node *n, Node *const *map) {
    int64_t count = n->attr[1];
    Node **init = NEW_ARRAY(graph_arena(r->g), Node *, 2 * count + 1), **result = init + count;
    int kept = 0;
    for (int64_t k = 0; k < count; k++) {
        if (!v->carried[v->first[n->id] + k]) continue;
        init[kept] = map[n->in[1 + k]->id];
        result[kept++] = map[n->in[1 + count + k]->id];
    }
    return g_loop(r->g, n->attr[0], map[n->in[0]->id], init, result, kept);
}

static Node *rebuild_node(Rewriter *r, const Liveness *v, const Node *n, Node *const *map,
                          Node **in) {
    if (n->op == OP_LOOP) return rebuild_loop(r, v, n, map);
    if (n->op == OP_LOOP_OUT)
        return g_loop_out(r->g, map[n->in[0]->id], kept_before(v, n->in[0], n->attr[0]));
    if (n->op == OP_LOOP_VAR && n->attr[1] > 0 && v->loop_of[n->attr[0]]) {
        const Node *loop = graph_node(r->old, v->loop_of[n->attr[0]] - 1);
        return g_loop_var(r->g, n->attr[0], kept_before(v, loop, n->attr[1] - 1), n->dtype,
                          n->shape);
    }
    for (int i = 0; i < n->n_in; i++) in[i] = map[n->in[i]->id];
    return g_rebuild(r->g, n, in);
}

static Node *first_of(Rewriter *r, const RewriteRow *row, const Node *n, Node *m) {
    Node *better = NULL;
    for (; row && row->rule && !better; row++) better = row->rule(r, n, m);
    return better;
}

/* The first rule that fires, again and again. */
static Node *apply(Rewriter *r, const Node *n, Node *m) {
    for (int chain = 0; chain < CHAIN; chain++) {
        Node *better = first_of(r, r->rules, n, m);
        if (!better) better = first_of(r, r->more, n, m);
        if (!better || better == m) break;
        assert(better->dtype == m->dtype && shape_equal(better->shape, m->shape));
        r->fired++;
        m = better;
    }
    return m;
}

/* The new graph lies in `a`, as the map does. *fired: how many rules did. */
static Node **rewrite_round(Arena *a, Graph *g, Node *const *roots, int n_roots, const RewriteRow *rules,
                            const RewriteRow *more, Graph **out, int *fired) {
    uint32_t size = graph_size(g);
    int widest = 1, *uses = NEW_ARRAY(a, int, size + 1);
    Liveness v = mark(g, a, roots, n_roots);
    for (int i = 0; i < n_roots; i++) uses[roots[i]->id]++;
    for (uint32_t id = 0; id < size; id++) {
        const Node *n = graph_node(g, id);
        if (!v.live[id]) continue;
        if (n->n_in > widest) widest = n->n_in;
        for (int i = 0; i < n->n_in; i++) uses[n->in[i]->id]++;
    }
    Rewriter r = { .old = g, .g = graph_new(a), .uses = uses, .rules = rules, .more = more };
    Node **map = NEW_ARRAY(a, Node *, size + 1), **in = NEW_ARRAY(a, Node *, widest);
    for (uint32_t id = 0; id < size; id++) {
        const Node *n = graph_node(g, id);
        if (!v.live[id]) continue;
        graph_at(r.g, n->at);
        map[id] = apply(&r, n, rebuild_node(&r, &v, n, map, in));
    }
    *out = r.g;
    *fired = r.fired;
    return map;
}

Node **graph_rewrite(Graph *g, Node *const *roots, int n_roots, const RewriteRow *rules,
                     const RewriteRow *more, Graph **out) {
    Arena *a = graph_arena(g), *before = NULL;
    uint32_t size = graph_size(g);
    Node **total = NEW_ARRAY(a, Node *, size + 1), **now = NEW_ARRAY(a, Node *, n_roots + 1);
    for (uint32_t id = 0; id < size; id++) total[id] = graph_node(g, id);
    for (int i = 0; i < n_roots; i++) now[i] = roots[i];
    bool last = false;
    for (int round = 0, fired = 1; !last; round++) {
        /* a round without rules leaves live nodes only; the graphs before it go */
        last = !fired || round == ROUNDS;
        Arena *here = last ? a : arena_new("a round of rewriting");
        Node **map = rewrite_round(here, g, now, n_roots, last ? NULL : rules, last ? NULL : more,
                                   &g, &fired);
        for (uint32_t id = 0; id < size; id++)
            total[id] = total[id] ? map[total[id]->id] : NULL;
        for (int i = 0; i < n_roots; i++) now[i] = map[now[i]->id];
        arena_free(before);
        before = here;
    }
    *out = g;
    return total;
}

void entry_rewrite(Program *p, Entry *e, const RewriteRow *rules, const RewriteRow *more) {
    int n;
    Graph *g;
    Node **roots = entry_roots(p->arena, e, &n);
    Node **map = graph_rewrite(e->graph, roots, n, rules, more, &g);
    entry_remap(e, g, map);
}

/* ---- axes ------------------------------------------------------------------------------------ */
DotView dot_view(const Node *dot) {
    DotView v = { .d = { .nb = (int)dot->attr[0], .nc = (int)dot->attr[1] } };
    const int64_t *p = dot->attr + 2;
    unsigned used[2] = { 0, 0 };
    for (int k = 0; k < v.d.nb; k++) {
        used[0] |= 1u << (v.d.ab[k] = (int)p[k]);
        used[1] |= 1u << (v.d.bb[k] = (int)p[v.d.nb + k]);
    }
    p += 2 * v.d.nb;
    for (int k = 0; k < v.d.nc; k++) {
        used[0] |= 1u << (v.d.ac[k] = (int)p[k]);
        used[1] |= 1u << (v.d.bc[k] = (int)p[v.d.nc + k]);
    }
    for (int k = 0; k < dot->in[0]->shape.rank; k++) if (!(used[0] >> k & 1)) v.a_free[v.n_a++] = k;
    for (int k = 0; k < dot->in[1]->shape.rank; k++) if (!(used[1] >> k & 1)) v.b_free[v.n_b++] = k;
    return v;
}

DotAxes dot_axes_swapped(const DotAxes *d) {
    DotAxes s = { .nb = d->nb, .nc = d->nc };
    for (int k = 0; k < d->nb; k++) { s.ab[k] = d->bb[k]; s.bb[k] = d->ab[k]; }
    for (int k = 0; k < d->nc; k++) { s.ac[k] = d->bc[k]; s.bc[k] = d->ac[k]; }
    return s;
}

unsigned varying_axes(const Node *n) {
    unsigned bits = 0;
    if (node_splat(n, NULL)) return 0;
    if (n->op != OP_BROADCAST) return (1u << n->shape.rank) - 1;
    for (int k = 0; k < n->n_attr; k++) bits |= 1u << n->attr[k];
    return bits;
}

/* The axes of s in `keep`. */
static Shape kept_shape(Shape s, unsigned keep) {
    Shape r = shape_scalar();
    for (int k = 0; k < s.rank; k++) if (keep >> k & 1) r.dim[r.rank++] = s.dim[k];
    return r;
}

Node *without_axes(Graph *g, Node *n, unsigned keep) {
    Shape s = kept_shape(n->shape, keep);
    double v;
    if (node_splat(n, &v)) return g_const_splat(g, n->dtype, s, v);
    if (shape_equal(s, n->shape)) return n;
    assert(n->op == OP_BROADCAST);
    int map[MAX_RANK], place[MAX_RANK];
    for (int k = 0, at = 0; k < n->shape.rank; k++) place[k] = keep >> k & 1 ? at++ : -1;
    for (int k = 0; k < n->n_attr; k++) {
        assert(place[n->attr[k]] >= 0);
        map[k] = place[n->attr[k]];
    }
    return g_broadcast(g, n->in[0], s, map);
}

Node *with_axes(Graph *g, Node *v, unsigned keep, Shape s) {
    int map[MAX_RANK], n = 0;
    for (int k = 0; k < s.rank; k++) if (keep >> k & 1) map[n++] = k;
    assert(n == v->shape.rank);
    return g_broadcast(g, v, s, map);
}

Node *drop_unit_axes(Graph *g, Node *n, const int *axes, int count) {
    unsigned keep = (1u << n->shape.rank) - 1;
    for (int k = 0; k < count; k++) keep &= ~(1u << axes[k]);
    return g_reshape(g, n, kept_shape(n->shape, keep));
}

Node *outer_product(Graph *g, const DotView *v, Node *a, Node *b, Shape s) {
    unsigned batch = (1u << v->d.nb) - 1, in_a = batch, in_b = batch;
    for (int k = 0; k < v->n_a; k++) in_a |= 1u << (v->d.nb + k);
    for (int k = 0; k < v->n_b; k++) in_b |= 1u << (v->d.nb + v->n_a + k);
    return g_binary(g, OP_MUL, with_axes(g, a, in_a, s), with_axes(g, b, in_b, s));
}
