/* verify.c - every invariant of graph.h and ops.def, checked on a finished graph.
 *
 * Needs rules.c. Promises: a sentence that names the node, or NULL; nothing is changed. Types and
 * attributes are checked on all nodes, loops and variables on those that the roots need. */
#include "graph/internal.h"

#include <stdlib.h>

typedef struct Check {
    const Graph *g;
    Arena *arena;
    bool *live;
    VEC(int64_t) loops;           /* ids of live loops, in order of first sight */
    size_t words;                 /* of a set of loops */
    uint64_t *inside;             /* [size][words]: loops whose variables a node depends on */
} Check;

static const char *say(Check *c, const Node *n, const char *why) {
    return arena_printf(c->arena, "node %%%u (%s): %s", n->id, op_info[n->op].name, why);
}

/* ---- one node ------------------------------------------------------------------------------ */

static const char *check_node(Check *c, uint32_t id) {
    const Node *n = graph_node(c->g, id);
    DType t;
    Shape s;
    if (n->id != id || n->op >= OP_COUNT)
        return arena_printf(c->arena, "node %u does not stand in its place", id);
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]->id >= id || graph_node(c->g, n->in[i]->id) != n->in[i])
            return say(c, n, "an operand does not come before it in the same graph");
    const char *bad = node_rule(n, &t, &s);
    if (bad)
        return say(c, n, bad);
    if (t != n->dtype || !shape_equal(s, n->shape))
        return say(c, n, arena_printf(c->arena, "its type is not %s%s", dtype_name(t),
                                      shape_text(c->arena, s)));
    return NULL;
}

/* ---- loops --------------------------------------------------------------------------------- */

static int loop_number(Check *c, int64_t id) {
    for (int i = 0; i < c->loops.n; i++)
        if (c->loops.v[i] == id)
            return i;
    return -1;
}

static uint64_t *loops_of(Check *c, const Node *n) { return c->inside + n->id * c->words; }
static bool in_loop(Check *c, const Node *n, int k) {
    return loops_of(c, n)[k / 64] >> (k % 64) & 1;
}

/* Sets the loops that n depends on; a LOOP stands outside its own body. */
static void mark_loops(Check *c, const Node *n) {
    uint64_t *set = loops_of(c, n);
    for (int i = 0; i < n->n_in; i++)
        for (size_t w = 0; w < c->words; w++)
            set[w] |= loops_of(c, n->in[i])[w];
    int k = n->op == OP_LOOP || n->op == OP_LOOP_VAR ? loop_number(c, n->attr[0]) : -1;
    if (k < 0)
        return;
    if (n->op == OP_LOOP)
        set[k / 64] &= ~((uint64_t)1 << (k % 64));
    else
        set[k / 64] |= (uint64_t)1 << (k % 64);
}

static const char *check_loop(Check *c, const Node *loop) {
    int k = loop_number(c, loop->attr[0]);
    for (int i = 0; i < 1 + loop->attr[1]; i++)
        if (in_loop(c, loop->in[i], k))
            return say(c, loop, "its trip count or an initial value depends on its own body");
    return NULL;
}

/* A loop variable has the type of its loop's initial value; the loop comes later in the graph. */
static const char *check_loop_var(Check *c, const Node *var, const Node *const *loop_node) {
    int k = loop_number(c, var->attr[0]);
    if (k < 0)
        return say(c, var, "its loop is never closed");
    const Node *loop = loop_node[k];
    if (var->attr[1] == 0)
        return NULL;
    if (var->attr[1] > loop->attr[1])
        return say(c, var, "its loop does not carry that many values");
    const Node *init = loop->in[var->attr[1]];
    if (init->dtype != var->dtype || !shape_equal(init->shape, var->shape))
        return say(c, var, "it is not of its initial value's type");
    return NULL;
}

static const char *check_loops(Check *c, Node *const *roots, int n_roots) {
    uint32_t size = graph_size(c->g);
    VEC(const Node *) loop_node = { 0 };
    for (uint32_t id = 0; id < size; id++) {
        const Node *n = graph_node(c->g, id);
        if (!c->live[id] || n->op != OP_LOOP)
            continue;
        if (loop_number(c, n->attr[0]) >= 0)
            return say(c, n, "a second loop of the same id");
        vec_push(c->arena, &c->loops, n->attr[0]);
        vec_push(c->arena, &loop_node, n);
    }
    c->words = (size_t)(c->loops.n + 63) / 64;
    c->inside = NEW_ARRAY(c->arena, uint64_t, size * c->words + 1);
    for (uint32_t id = 0; id < size; id++) {
        const Node *n = graph_node(c->g, id);
        if (!c->live[id])
            continue;
        mark_loops(c, n);
        const char *bad = n->op == OP_LOOP ? check_loop(c, n)
                        : n->op == OP_LOOP_VAR ? check_loop_var(c, n, loop_node.v) : NULL;
        if (bad)
            return bad;
    }
    for (int i = 0; i < n_roots; i++)
        for (size_t w = 0; w < c->words; w++)
            if (loops_of(c, roots[i])[w])
                return say(c, roots[i], "a root inside a loop");
    return NULL;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int by_variable(const void *a, const void *b) {
    int64_t x = (*(const Node *const *)a)->attr[0], y = (*(const Node *const *)b)->attr[0];
    return x < y ? -1 : x > y;
}

/* Variables are told apart by their id alone. */
static const char *check_vars(Check *c) {
    VEC(const Node *) seen = { 0 };
    for (uint32_t id = 0; id < graph_size(c->g); id++)
        if (c->live[id] && graph_node(c->g, id)->op == OP_VAR)
            vec_push(c->arena, &seen, graph_node(c->g, id));
    if (seen.n)
        qsort(seen.v, (size_t)seen.n, sizeof *seen.v, by_variable);
    for (int i = 1; i < seen.n; i++)
        if (seen.v[i - 1]->attr[0] == seen.v[i]->attr[0])
            return say(c, seen.v[i], "a second variable of the same id");
    return NULL;
}

const char *graph_verify(const Graph *g, Node *const *roots, int n_roots, Arena *a) {
    Check c = { .g = g, .arena = a };
    const char *bad = NULL;
    for (uint32_t id = 0; !bad && id < graph_size(g); id++)
        bad = check_node(&c, id);
    if (bad)
        return bad;
    for (int i = 0; i < n_roots; i++) {
        if (roots[i]->id >= graph_size(g) || graph_node(g, roots[i]->id) != roots[i])
            return "a root is not a node of the graph";
        if (roots[i]->op == OP_LOOP)
            return say(&c, roots[i], "a loop used as a value");
    }
    c.live = NEW_ARRAY(a, bool, graph_size(g) + 1);
    graph_mark_live(g, roots, n_roots, c.live);
    bad = check_vars(&c);
    return bad ? bad : check_loops(&c, roots, n_roots);
}
