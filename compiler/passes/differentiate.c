/* differentiate.c - turns GRAD, JVP and VJP requests into ordinary nodes.
 *
 * Needs a verified graph. Variables that no request names go first, so that E(x), written twice, is
 * one set of nodes and one sweep. Then loops that a derivative passes through are opened
 * (unloop.c), and second derivatives along directions get their form (directional.c). Then come
 * rounds, innermost derivatives first: a round resolves each request that no other one stands
 * inside, all pulls of the same cotangent through the same y in one reverse sweep, and rebuilds the
 * graph without the variables that no request needs any more. What was written over two variables
 * of one value, E(x) and what grad(E, x) calls, is one set of nodes from then on, so that an outer
 * derivative sweeps over it once. The last round also drops STOP, after which E(x) and stop(E)(x)
 * are the same nodes, and whatever no root needs. */
#include "passes/diff.h"

enum { ORDER_LIMIT = 3, REPORTED = -1 /* it was an error and stands for zeros */ };

typedef struct Resolver {
    Graph *old, *new;
    const bool *live;
    bool *is_x;                   /* some live request differentiates by this node */
    Node **map;                   /* old id -> new node */
    int *order;                   /* REQ nodes: how many derivatives deep they are; REPORTED */
    uint32_t *requests_below;     /* live REQ nodes with a smaller id */
    bool has_loops;
    const Node *y; bool carries;  /* the last y asked about; diff_reads_carried of it */
    bool first;                   /* the round that checks */
} Resolver;

/* ---- dependence in the old graph, through unresolved requests -------------------------------- */
/* A derivative can pass from operand i to n, taking a request for the value that it stands for. */
static bool passes(const Resolver *r, const Node *n, int i) {
    return op_info[n->op].cls == CLASS_REQ ? r->order[n->id] != REPORTED : diff_operand(n, i);
}

/* reach[id - lo] = true for the nodes lo..hi that depend differentiably on node lo. */
static void mark_reached(const Resolver *r, uint32_t lo, uint32_t hi, bool *reach) {
    reach[0] = true;
    for (uint32_t id = lo + 1; id <= hi; id++) {
        const Node *m = graph_node(r->old, id);
        for (int i = 0; i < m->n_in && !reach[id - lo]; i++)
            reach[id - lo] = m->in[i]->id >= lo && reach[m->in[i]->id - lo] && passes(r, m, i);
    }
}

/* The order of the derivative of y in x: one more than that of any request between them. */
static int request_order(Resolver *r, const Node *y, const Node *x) {
    if (x->id >= y->id || r->requests_below[y->id + 1] == r->requests_below[x->id]) return 1;
    uint32_t lo = x->id, hi = y->id;
    size_t size = (size_t)(hi - lo) + 1;
    bool *reach = xalloc(2 * size, "a derivative's node marks"), *needed = reach + size;
    mark_reached(r, lo, hi, reach);
    int most = 0;
    needed[hi - lo] = reach[hi - lo];
    for (uint32_t id = hi + 1; id-- > lo;) {
        if (!needed[id - lo]) continue;
        const Node *m = graph_node(r->old, id);
        if (r->order[id] > most) most = r->order[id];
        for (int i = 0; i < m->n_in; i++)
            if (m->in[i]->id >= lo && reach[m->in[i]->id - lo] && passes(r, m, i))
                needed[m->in[i]->id - lo] = true;
    }
    xfree(reach);
    return most + 1;
}

/* Sets the order of one request; the first round reports one that cannot be resolved, which then
 * stands for zeros. An x that comes after y cannot be below it: the derivative is zero. */
static void check_request(Resolver *r, const Node *req) {
    const Node *y = req->in[0], *x = req->in[1];
    int order = x->id > y->id ? 1 : request_order(r, y, x);
    r->order[req->id] = order;
    if (!r->first || x->id > y->id) return;
    r->order[req->id] = order <= ORDER_LIMIT ? order : REPORTED;
    if (order > ORDER_LIMIT) {
        diag(E0407, req->at, "this is a derivative of order %d; derivatives are compiled up to "
             "order %d", order, ORDER_LIMIT);
        diag_help("write stop(...) around an inner derivative that may stay constant");
        return;
    }
    if (r->has_loops && y != r->y)
        r->y = y, r->carries = diff_reads_carried(r->old, y);
    const Node *loop = r->carries ? diff_carried_loop(r->old, r->live, y, x) : NULL;
    if (loop) {
        diag(E0406, req->at, "this derivative has to go back through the earlier steps of the loop "
             "that it stands in, whose number is not a small constant");
        diag_note(loop->at, "the loop");
        diag_help("write  v = stop(v)  first in the loop for each carried value v that may stay "
                  "constant");
        r->order[req->id] = REPORTED;
    }
}

/* old id stands for n from now on. What a request differentiates by becomes a variable unless it is
 * one: build.c folds a node that is built on another's operands, and a dependence on the folded
 * node would be lost. */
static void set_node(Resolver *r, uint32_t id, Node *n) {
    bool fixed = n->op == OP_VAR || (op_info[n->op].cls == CLASS_SRC && n->op != OP_CONST);
    r->map[id] = r->is_x[id] && !fixed ? g_var(r->new, n) : n;
}

/* ---- resolving ------------------------------------------------------------------------------- */
static Node *zeros(Graph *g, Shape s) { return g_const_splat(g, DT_F32, s, 0); }

static void resolve_jvp(Resolver *r, const Node *req) {
    Node *y = r->map[req->in[0]->id], *x = r->map[req->in[1]->id], *v = r->map[req->in[2]->id];
    Node *t = x->id <= y->id ? ad_jvp(r->new, y, &x, &v, 1) : NULL;
    set_node(r, req->id, t ? t : zeros(r->new, y->shape));
}

/* Requests of this round that pull the same cotangent back through the same y. */
static bool same_pull(const Resolver *r, const Node *a, const Node *b) {
    return a->op == b->op && a->in[0] == b->in[0] && r->order[b->id] == 1 &&
           (a->op == OP_GRAD || a->in[2] == b->in[2]);
}

/* `req` and every later live request with the same pull, in one sweep. */
static void resolve_pull(Resolver *r, const Node *req) {
    uint32_t size = graph_size(r->old), n = 0;
    const Node **group = xalloc((size - req->id) * sizeof *group, "derivative requests");
    for (uint32_t id = req->id; id < size; id++) {
        const Node *m = graph_node(r->old, id);
        if (!r->live[id] || !same_pull(r, req, m)) continue;
        if (m->in[1]->id <= m->in[0]->id) group[n++] = m;
        else set_node(r, id, zeros(r->new, m->shape));
    }
    Node *y = r->map[req->in[0]->id];
    Node *u = req->op == OP_VJP ? r->map[req->in[2]->id]
                                : g_const_splat(r->new, DT_F32, y->shape, 1);
    Node **x = xalloc(2 * ((size_t)n + 1) * sizeof *x, "derivative requests"), **out = x + n;
    for (uint32_t k = 0; k < n; k++) x[k] = r->map[group[k]->in[1]->id];
    if (n) ad_vjp(r->new, y, u, x, (int)n, out);
    for (uint32_t k = 0; k < n; k++)
        set_node(r, group[k]->id, out[k] ? out[k] : zeros(r->new, group[k]->shape));
    xfree(x);
    xfree(group);
}

/* n over the mapped operands. */
static Node *rebuild_over(Graph *g, const Node *n, Node *const *map, Node **in) {
    for (int i = 0; i < n->n_in; i++) in[i] = map[n->in[i]->id];
    graph_at(g, n->at);
    return g_rebuild(g, n, in);
}

/* The most operands that a node of g has, at least 1. */
static int widest(const Graph *g) {
    int most = 1;
    for (uint32_t id = 0; id < graph_size(g); id++)
        if (graph_node(g, id)->n_in > most) most = graph_node(g, id)->n_in;
    return most;
}

/* The requests of order 1, innermost, and those that were reported; the others stay. */
static void resolve_round(Resolver *r) {
    uint32_t size = graph_size(r->old);
    Node **in = xalloc((size_t)widest(r->old) * sizeof *in, "a node's operands");
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(r->old, id);
        if (!r->live[id] || r->map[id]) continue;
        graph_at(r->new, m->at);
        if (op_info[m->op].cls != CLASS_REQ || r->order[id] > 1)
            set_node(r, id, rebuild_over(r->new, m, r->map, in));
        else if (r->order[id] == REPORTED) set_node(r, id, zeros(r->new, m->shape));
        else if (m->op == OP_JVP) resolve_jvp(r, m);
        else resolve_pull(r, m);
    }
    xfree(in);
}

/* Rebuilds what the roots need without the variables that no request names and, when there is no
 * request, without STOP: the map old id -> new node. */
static Node **strip(Graph *old, Node *const *roots, int n_roots, Graph **out) {
    Arena *a = graph_arena(old);
    uint32_t size = graph_size(old);
    bool *live = NEW_ARRAY(a, bool, size + 1), *named = NEW_ARRAY(a, bool, size + 1), last = true;
    Node **map = NEW_ARRAY(a, Node *, size + 1), **in = NEW_ARRAY(a, Node *, widest(old));
    graph_mark_live(old, roots, n_roots, live);
    *out = graph_new(a);
    diff_fresh_above(old, *out);
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(old, id);
        if (!live[id] || op_info[m->op].cls != CLASS_REQ) continue;
        named[m->in[1]->id] = true;
        last = false;
    }
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(old, id);
        if (!live[id]) continue;
        bool drop = m->op == OP_VAR ? !named[id] : m->op == OP_STOP && last;
        map[id] = drop ? map[m->in[0]->id] : rebuild_over(*out, m, map, in);
    }
    return map;
}

/* One round over g: the map old id -> new node, the new graph in *out; false in *more: no request
 * is left. */
static Node **round_of(Graph *g, Node *const *roots, int n_roots, bool first, Graph **out,
                       bool *more) {
    Arena *a = graph_arena(g);
    uint32_t size = graph_size(g);
    bool *live = NEW_ARRAY(a, bool, size + 1);
    graph_mark_live(g, roots, n_roots, live);
    Resolver r = { .old = g, .new = graph_new(a), .live = live, .first = first,
                   .map = NEW_ARRAY(a, Node *, size + 1),
                   .is_x = NEW_ARRAY(a, bool, size + 1), .order = NEW_ARRAY(a, int, size + 1),
                   .requests_below = NEW_ARRAY(a, uint32_t, size + 2) };
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(g, id);
        bool request = live[id] && op_info[m->op].cls == CLASS_REQ;
        if (request) r.is_x[m->in[1]->id] = true;
        r.requests_below[id + 1] = r.requests_below[id] + request;
        r.has_loops |= live[id] && m->op == OP_LOOP;
    }
    *more = false;
    for (uint32_t id = 0; id < size; id++) {
        if (!live[id] || op_info[graph_node(g, id)->op].cls != CLASS_REQ) continue;
        Range at = graph_at(r.new, graph_node(g, id)->at);
        check_request(&r, graph_node(g, id));
        graph_at(r.new, at);
        *more |= r.order[id] > 1;
    }
    diff_fresh_above(g, r.new);
    resolve_round(&r);

    Node **mid_roots = NEW_ARRAY(a, Node *, n_roots + 1);
    for (int i = 0; i < n_roots; i++) mid_roots[i] = r.map[roots[i]->id];
    Node **mid_map = strip(r.new, mid_roots, n_roots, out);
    for (uint32_t id = 0; id < size; id++)
        if (r.map[id]) r.map[id] = mid_map[r.map[id]->id];
    return r.map;
}

/* total (NULL: nothing yet): old id -> node of the graph that `map` starts from; goes on to where
 * `map` leads, and so do the roots. */
static Node **follow(Node **total, Node **map, uint32_t size, Node **roots, int n_roots) {
    for (int i = 0; i < n_roots; i++) roots[i] = map[roots[i]->id];
    for (uint32_t id = 0; total && id < size; id++)
        total[id] = total[id] ? map[total[id]->id] : NULL;
    return total ? total : map;
}

Node **ad_differentiate(Graph *g, Node *const *roots, int n_roots, Graph **out) {
    Node **now = NEW_ARRAY(graph_arena(g), Node *, n_roots + 1), **total, **map;
    uint32_t size = graph_size(g);
    for (int i = 0; i < n_roots; i++) now[i] = roots[i];
    Graph *next;
    total = follow(NULL, strip(g, now, n_roots, &next), size, now, n_roots);
    g = next;
    map = ad_open_loops(g, now, n_roots, &next);
    if (next != g) total = follow(total, map, size, now, n_roots);
    g = next;
    if ((map = ad_choose_forms(g, now, n_roots, &next)))
        total = follow(total, map, size, now, n_roots);
    g = next;
    bool more = true;
    for (bool first = true; more; first = false) {
        map = round_of(g, now, n_roots, first, &g, &more);
        total = follow(total, map, size, now, n_roots);
    }
    *out = g;
    return total;
}
