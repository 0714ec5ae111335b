/* unloop.c - opens the loops that a derivative passes through, before requests are resolved.
 *
 *     last step   the result of a step depends on the carried values through STOP only, as after
 *                 `x = stop(x)`: the loop runs trip - 1 times and its body follows once more with
 *                 index trip - 1, so every draw keeps its address. A trip of 0 gives the initial
 *                 values.
 *     unrolled    any other loop whose trip count is a constant, within OPEN_NODES copied nodes
 *     left        the rest; the sweeps report it (E0406)
 *
 * A loop is substitution of its LOOP_VARs: the nodes that depend on one are copied for each step,
 * everything else is shared by the copies. Outer loops are opened first, so an inner loop is opened
 * in those copies only that are differentiated. */
#include "passes/diff.h"
#include <string.h>

enum { MANY_STEPS = 16, OPEN_NODES = 40000 };

typedef enum Way { KEEP, LAST_STEP, UNROLL } Way;

typedef struct Opening {
    Graph *old, *new;
    bool *live;
    Way *way;                     /* by LOOP node id */
    bool *wanted;                 /* by LOOP_OUT node id: a derivative passes through it */
    bool *has;                    /* by id: a live derivative request lies below */
    Node **map;                   /* old id -> new node */
    Node ***final;                /* by LOOP node id: carried values after an opened loop */
} Opening;

/* ---- what a derivative passes through -------------------------------------------------------- */
/* A derivative can pass from operand i to n; a request stands for the value that it gives. */
static bool passes(const Node *n, int i) {
    return op_info[n->op].cls == CLASS_REQ || diff_operand(n, i);
}

/* below[id] = true for what `from` depends on by a differentiable path, `from` included; the paths
 * end at nodes of `within` (NULL: none does) that are false. */
static void mark_below(const Graph *g, const Node *from, const bool *within, bool *below) {
    if (within && !within[from->id]) return;
    below[from->id] = true;
    for (uint32_t id = from->id + 1; id-- > 0;) {
        const Node *m = graph_node(g, id);
        for (int i = 0; below[id] && i < m->n_in; i++)
            if (passes(m, i) && (!within || within[m->in[i]->id])) below[m->in[i]->id] = true;
    }
}

/* Marks the LOOP_OUTs between y and the variables of all requests that differentiate y. */
static bool mark_wanted(Opening *o, const Node *first) {
    uint32_t size = graph_size(o->old);
    const Node *y = first->in[0];
    bool *reach = xalloc(2 * (size_t)size, "a derivative's node marks"), *needed = reach + size;
    bool any = false;
    for (uint32_t id = first->id; id < size; id++) {
        const Node *m = graph_node(o->old, id);
        if (o->live[id] && op_info[m->op].cls == CLASS_REQ && m->in[0] == y)
            reach[m->in[1]->id] = true;
    }
    for (uint32_t id = 0; id <= y->id; id++) {
        const Node *m = graph_node(o->old, id);
        for (int i = 0; i < m->n_in && !reach[id]; i++)
            reach[id] = reach[m->in[i]->id] && passes(m, i);
    }
    mark_below(o->old, y, reach, needed);
    for (uint32_t id = 0; id <= y->id; id++) {
        const Node *m = graph_node(o->old, id);
        if (m->op != OP_LOOP_OUT || !needed[id] || !reach[m->in[0]->id]) continue;
        any = o->wanted[id] = true;
        if (o->way[m->in[0]->id] == KEEP) o->way[m->in[0]->id] = LAST_STEP;
    }
    xfree(reach);
    return any;
}

/* The result of carried value k reads a carried value of its own loop on a differentiable path. */
static bool reads_carried(const Graph *g, const Node *loop, int64_t k) {
    bool *below = xalloc((size_t)loop->id + 1, "a derivative's node marks"), found = false;
    mark_below(g, loop->in[1 + loop->attr[1] + k], NULL, below);
    for (uint32_t id = 0; id < loop->id && !found; id++) {
        const Node *m = graph_node(g, id);
        found = below[id] && m->op == OP_LOOP_VAR && m->dtype == DT_F32 &&
                m->attr[0] == loop->attr[0];
    }
    xfree(below);
    return found;
}

/* carried[id] = true for the loops' carried values that y reads on a differentiable path that does
 * not go through x; says whether there are any. */
static bool carried_below(const Graph *g, const Node *y, const Node *x, bool *carried) {
    bool *below = xalloc((size_t)y->id + 1, "a derivative's node marks"), any = false;
    below[y->id] = y != x;
    for (uint32_t id = y->id + 1; id-- > 0;) {
        if (!below[id]) continue;
        const Node *m = graph_node(g, id);
        if (m->op == OP_LOOP_VAR && m->dtype == DT_F32) any = carried[id] = true;
        if (m->op == OP_LOOP_OUT) continue;           /* a finished loop: the sweeps report it */
        for (int i = 0; i < m->n_in; i++)
            if (m->in[i] != x && passes(m, i)) below[m->in[i]->id] = true;
    }
    xfree(below);
    return any;
}

bool diff_reads_carried(const Graph *g, const Node *y) {
    bool *carried = xalloc((size_t)y->id + 1, "a derivative's node marks");
    bool any = carried_below(g, y, NULL, carried);
    xfree(carried);
    return any;
}

/* A request inside a loop body is about one iteration. That is the whole derivative unless a
 * carried value that y reads depends on x itself through earlier iterations. An x inside the body
 * is a new variable in each iteration. */
const Node *diff_carried_loop(const Graph *g, const bool *live, const Node *y, const Node *x) {
    uint32_t size = graph_size(g), lo = x->id;
    bool *marks = xalloc(3 * (size_t)size, "a derivative's node marks");
    bool *carried = marks, *reach = marks + size, *inside = marks + 2 * (size_t)size;
    const Node *found = NULL;
    if (carried_below(g, y, x, carried)) {
        reach[lo] = true;
        for (uint32_t id = lo + 1; id < size && !found; id++) {
            const Node *m = graph_node(g, id);
            for (int i = 0; i < m->n_in && !reach[id]; i++)
                reach[id] = reach[m->in[i]->id] && passes(m, i);
            if (!live[id] || m->op != OP_LOOP || !reach[id]) continue;
            bool reads = false;
            for (uint32_t v = 0; v < y->id && !reads; v++)
                reads = carried[v] && graph_node(g, v)->attr[0] == m->attr[0];
            if (!reads) continue;
            graph_mark_body(g, m->attr[0], inside);
            if (!inside[x->id]) found = m;
        }
    }
    xfree(marks);
    return found;
}

/* ---- the body ------------------------------------------------------------------------------- */
/* copy[id] = true for what a copy of the body has of its own: what depends on a LOOP_VAR of the
 * loop or of a loop inside it, as far as the results need it. The number of those nodes. */
static uint32_t mark_copied(const Graph *g, const Node *loop, bool *copy) {
    uint32_t size = graph_size(g), count = 0;
    bool *inside = xalloc(3 * (size_t)size, "a loop's body"), *inner = inside + size;
    bool *needed = inner + size, grown = true;
    int64_t n = loop->attr[1];
    graph_mark_body(g, loop->attr[0], inside);
    while (grown) {                              /* once per depth of nesting */
        grown = false;
        memset(needed, 0, size);
        for (int64_t k = 0; k < n; k++) needed[loop->in[1 + n + k]->id] = true;
        for (uint32_t id = loop->id; id-- > 0;) {
            const Node *m = graph_node(g, id);
            needed[id] &= inside[id];
            for (int i = 0; needed[id] && i < m->n_in; i++) needed[m->in[i]->id] = true;
        }
        for (uint32_t id = 0; id < loop->id; id++) {
            const Node *m = graph_node(g, id);
            if (!needed[id] || m->op != OP_LOOP) continue;
            graph_mark_body(g, m->attr[0], inner);
            for (uint32_t v = 0; v < id; v++) {
                grown |= inner[v] && !inside[v];
                inside[v] |= inner[v];
            }
        }
    }
    for (uint32_t id = 0; id < loop->id; id++) count += copy[id] = needed[id];
    xfree(inside);
    return count;
}

/* The new id of an inner loop in this copy: its first node to be copied makes it. */
static int64_t renamed(Opening *o, int64_t *name, int64_t loop) {
    if (name[loop] < 0) name[loop] = g_loop_begin(o->new);
    return name[loop];
}

typedef struct Body {
    const Node *loop;
    const bool *copy;
    Node **own;                   /* old id -> its copy in this step */
    int64_t *name, n_names;       /* by old loop id */
    Node **in;                    /* room for operands */
} Body;

static Node *copy_node(Opening *o, const Body *b, const Node *m, Node *index,
                       Node *const *carried) {
    Graph *g = o->new;
    for (int i = 0; i < m->n_in; i++)
        b->in[i] = b->copy[m->in[i]->id] ? b->own[m->in[i]->id] : o->map[m->in[i]->id];
    if (m->op == OP_LOOP_VAR && m->attr[0] == b->loop->attr[0])
        return m->attr[1] == 0 ? index : carried[m->attr[1] - 1];
    if (m->op == OP_LOOP_VAR) {
        int64_t id = renamed(o, b->name, m->attr[0]);
        return m->attr[1] == 0 ? g_loop_index(g, id)
                               : g_loop_var(g, id, (int)m->attr[1] - 1, m->dtype, m->shape);
    }
    if (m->op == OP_LOOP)
        return g_loop(g, renamed(o, b->name, m->attr[0]), b->in[0], b->in + 1,
                      b->in + 1 + m->attr[1], (int)m->attr[1]);
    if (m->op == OP_VAR) return g_var(g, b->in[0]);
    return g_rebuild(g, m, b->in);
}

/* carried[] becomes the results of the step with this index. */
static void copy_step(Opening *o, const Body *b, Node *index, Node **carried) {
    int64_t n = b->loop->attr[1];
    for (int64_t i = 0; i < b->n_names; i++) b->name[i] = -1;
    for (uint32_t id = 0; id < b->loop->id; id++) {
        const Node *m = graph_node(o->old, id);
        if (!b->copy[id]) continue;
        graph_at(o->new, m->at);
        b->own[id] = copy_node(o, b, m, index, carried);
    }
    Node **next = NEW_ARRAY(graph_arena(o->new), Node *, n + 1);
    for (int64_t k = 0; k < n; k++) {
        const Node *result = b->loop->in[1 + n + k];
        next[k] = b->copy[result->id] ? b->own[result->id] : o->map[result->id];
    }
    memcpy(carried, next, (size_t)n * sizeof *next);
}

/* ---- opening one loop ------------------------------------------------------------------------ */
/* The shortened loop, then its body once more; the initial values when the trip count is 0. */
static void open_last_step(Opening *o, const Body *b, Node **carried) {
    Graph *g = o->new;
    const Node *loop = b->loop;
    int64_t n = loop->attr[1];
    Node *zero = g_const(g, DT_I32, 0), *trip = o->map[loop->in[0]->id];
    Node *before = g_binary(g, OP_SUB, trip, g_const(g, DT_I32, 1));
    Node **init = NEW_ARRAY(graph_arena(g), Node *, 2 * n + 1), **result = init + n;
    for (int64_t k = 0; k < n; k++) {
        init[k] = o->map[loop->in[1 + k]->id];
        result[k] = o->map[loop->in[1 + n + k]->id];
    }
    Node *rest = g_loop(g, loop->attr[0], g_binary(g, OP_MAXIMUM, before, zero), init, result,
                        (int)n);
    for (int64_t k = 0; k < n; k++) carried[k] = g_loop_out(g, rest, (int)k);
    copy_step(o, b, before, carried);
    graph_at(g, loop->at);
    Node *runs = g_binary(g, OP_LT, zero, trip);
    for (int64_t k = 0; k < n; k++)
        carried[k] = g_select(g, g_broadcast_to(g, runs, init[k]->shape), carried[k], init[k]);
}

static void open_loop(Opening *o, const Node *loop) {
    Arena *a = graph_arena(o->new);
    uint32_t size = graph_size(o->old);
    int64_t n = loop->attr[1];
    bool *copy = NEW_ARRAY(a, bool, size);
    mark_copied(o->old, loop, copy);
    Body b = { .loop = loop, .copy = copy, .own = NEW_ARRAY(a, Node *, size) };
    int widest = 1;
    for (uint32_t id = 0; id < loop->id; id++) {
        const Node *m = graph_node(o->old, id);
        if (m->n_in > widest) widest = m->n_in;
        if ((m->op == OP_LOOP || m->op == OP_LOOP_VAR) && m->attr[0] >= b.n_names)
            b.n_names = m->attr[0] + 1;
    }
    b.in = NEW_ARRAY(a, Node *, widest);
    b.name = NEW_ARRAY(a, int64_t, b.n_names + 1);
    Node **carried = o->final[loop->id] = NEW_ARRAY(a, Node *, n + 1);
    if (o->way[loop->id] == LAST_STEP) { open_last_step(o, &b, carried); return; }
    double trip = 0;
    node_splat(loop->in[0], &trip);
    for (int64_t k = 0; k < n; k++) carried[k] = o->map[loop->in[1 + k]->id];
    for (int64_t i = 0; i < (int64_t)trip; i++)
        copy_step(o, &b, g_const(o->new, DT_I32, (double)i), carried);
}

/* ---- a round --------------------------------------------------------------------------------- */
bool diff_unrolls(const Graph *g, const Node *loop) {
    double trip;
    if (!node_splat(loop->in[0], &trip)) return false;
    bool *copy = xalloc(graph_size(g), "a loop's body");
    double nodes = mark_copied(g, loop, copy);
    xfree(copy);
    return trip * nodes <= OPEN_NODES;
}

/* How the loops that were marked are opened; a loop inside another one that is opened waits for
 * the next round. False: there is nothing to open. */
static bool choose_ways(Opening *o) {
    uint32_t size = graph_size(o->old);
    bool *inside = xalloc((size_t)size, "a loop's body"), any = false;
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(o->old, id);
        if (o->wanted[id] && o->way[m->in[0]->id] == LAST_STEP &&
            reads_carried(o->old, m->in[0], m->attr[0]))
            o->way[m->in[0]->id] = UNROLL;
    }
    for (uint32_t id = 0; id < size; id++)
        if (o->way[id] == UNROLL && !diff_unrolls(o->old, graph_node(o->old, id)))
            o->way[id] = KEEP;
    for (uint32_t id = size; id-- > 0;) {
        if (o->way[id] == KEEP) continue;
        any = true;
        graph_mark_body(o->old, graph_node(o->old, id)->attr[0], inside);
        for (uint32_t v = 0; v < id; v++) if (inside[v]) o->way[v] = KEEP;
    }
    xfree(inside);
    return any;
}

static void warn_of_steps(const Node *loop) {
    double trip;
    node_splat(loop->in[0], &trip);
    if (trip <= MANY_STEPS) return;
    diag(W0405, loop->at, "a gradient passes through the %d steps of this loop: each of them is "
         "kept, and compiled, on its own", (int)trip);
    diag_help("write  x = stop(x)  first in the loop: then only the last step carries a gradient");
}

void diff_fresh_above(const Graph *old, Graph *new) {
    int64_t fresh = 0;
    for (uint32_t id = 0; id < graph_size(old); id++) {
        const Node *m = graph_node(old, id);
        bool named = m->op == OP_VAR || m->op == OP_LOOP || m->op == OP_LOOP_VAR;
        if (named && m->attr[0] >= fresh) fresh = m->attr[0] + 1;
    }
    while (graph_fresh(new) + 1 < fresh) {}
}

/* One rebuild of the live nodes, with the chosen loops opened. */
static void rebuild(Opening *o) {
    uint32_t size = graph_size(o->old);
    int widest = 1;
    for (uint32_t id = 0; id < size; id++)
        if (graph_node(o->old, id)->n_in > widest) widest = graph_node(o->old, id)->n_in;
    diff_fresh_above(o->old, o->new);
    Node **in = NEW_ARRAY(graph_arena(o->new), Node *, widest);
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(o->old, id);
        if (!o->live[id]) continue;
        graph_at(o->new, m->at);
        if (o->way[id] != KEEP) {
            if (o->way[id] == UNROLL) warn_of_steps(m);
            open_loop(o, m);
        } else if (m->op == OP_LOOP_OUT && o->final[m->in[0]->id]) {
            o->map[id] = o->final[m->in[0]->id][m->attr[0]];
        } else {
            for (int i = 0; i < m->n_in; i++) in[i] = o->map[m->in[i]->id];
            o->map[id] = g_rebuild(o->new, m, in);
        }
    }
}

/* Fills in o->way; false when no derivative passes through a loop that can be opened. */
static bool find_ways(Opening *o, Node *const *roots, int n_roots) {
    Arena *a = graph_arena(o->old);
    uint32_t size = graph_size(o->old);
    bool loops = false, any = false;
    o->live = NEW_ARRAY(a, bool, size + 1);
    graph_mark_live(o->old, roots, n_roots, o->live);
    for (uint32_t id = 0; id < size; id++)
        loops |= o->live[id] && graph_node(o->old, id)->op == OP_LOOP;
    if (!loops) return false;
    o->way = NEW_ARRAY(a, Way, size + 1);
    o->wanted = NEW_ARRAY(a, bool, size + 1);
    o->map = NEW_ARRAY(a, Node *, size + 1);
    o->final = NEW_ARRAY(a, Node **, size + 1);
    bool *seen = NEW_ARRAY(a, bool, size + 1);           /* y's that were dealt with */
    bool *carries = NEW_ARRAY(a, bool, size + 1);
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(o->old, id);
        if (!o->live[id] || op_info[m->op].cls != CLASS_REQ) continue;
        const Node *y = m->in[0];
        if (!seen[y->id]) {
            seen[y->id] = true;
            carries[y->id] = diff_reads_carried(o->old, y);
            any |= mark_wanted(o, m);
        }
        const Node *carrier = carries[y->id] ? diff_carried_loop(o->old, o->live, y, m->in[1])
                                             : NULL;
        if (carrier) any = true, o->way[carrier->id] = UNROLL;
    }
    return any && choose_ways(o);
}

Node **ad_open_loops(Graph *g, Node *const *roots, int n_roots, Graph **out) {
    Arena *a = graph_arena(g);
    uint32_t size = graph_size(g);
    Node **total = NEW_ARRAY(a, Node *, size + 1), **now = NEW_ARRAY(a, Node *, n_roots + 1);
    for (uint32_t id = 0; id < size; id++) total[id] = graph_node(g, id);
    for (int i = 0; i < n_roots; i++) now[i] = roots[i];
    Opening o = { .old = g };
    while (find_ways(&o, now, n_roots)) {
        o.new = graph_new(a);
        rebuild(&o);
        for (uint32_t id = 0; id < size; id++)
            total[id] = total[id] ? o.map[total[id]->id] : NULL;
        for (int i = 0; i < n_roots; i++) now[i] = o.map[now[i]->id];
        o = (Opening){ .old = o.new };
    }
    *out = o.old;
    return total;
}
