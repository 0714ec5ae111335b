/* build.c - the graph itself: hash-consing of nodes, the node budget, sources and requests.
 *
 * Needs rules.c for types. Promises: two nodes with the same op, type, operands, attributes and
 * payload are one node; operands have smaller ids than their users; at most NODE_BUDGET nodes. */
#include "graph/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Graph {
    Arena *arena;
    VEC(Node *) nodes;
    uint32_t *table, mask;        /* open addressing: node id + 1, or 0 for free; mask = size - 1 */
    uint64_t *hash;               /* [mask + 1], of the node in that place */
    int64_t fresh;
    Range at;
};

Graph *graph_new(Arena *a) {
    Graph *g = NEW(a, Graph);
    g->arena = a;
    g->at = NO_RANGE;
    g->mask = 255;
    g->table = NEW_ARRAY(a, uint32_t, g->mask + 1);
    g->hash = NEW_ARRAY(a, uint64_t, g->mask + 1);
    return g;
}

Arena *graph_arena(const Graph *g) { return g->arena; }
uint32_t graph_size(const Graph *g) { return (uint32_t)g->nodes.n; }
int64_t graph_fresh(Graph *g) { return g->fresh++; }

Node *graph_node(const Graph *g, uint32_t id) {
    assert(id < graph_size(g));
    return g->nodes.v[id];
}

Range graph_at(Graph *g, Range at) {
    Range old = g->at;
    g->at = at;
    return old;
}

/* ---- hash-consing -------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t node_hash(const Node *n) {
    uint64_t h = mix(mix(n->op, n->dtype), (uint64_t)n->shape.rank), bits;
    for (int i = 0; i < n->shape.rank; i++)
        h = mix(h, (uint64_t)n->shape.dim[i]);
    for (int i = 0; i < n->n_in; i++)
        h = mix(h, n->in[i]->id);
    for (int i = 0; i < n->n_attr; i++)
        h = mix(h, (uint64_t)n->attr[i]);
    for (int64_t i = 0; i < n->n_data; i++) {
        memcpy(&bits, &n->data[i], sizeof bits);
        h = mix(h, bits);
    }
    return h;
}

/* Empty arrays may be NULL, which memcmp and memcpy may not be given. */
static bool same_bytes(const void *a, const void *b, size_t n) {
    return n == 0 || memcmp(a, b, n) == 0;
}

static bool node_same(const Node *a, const Node *b) {
    return a->op == b->op && a->dtype == b->dtype && shape_equal(a->shape, b->shape) &&
           a->n_in == b->n_in && a->n_attr == b->n_attr && a->n_data == b->n_data &&
           same_bytes(a->in, b->in, (size_t)a->n_in * sizeof *a->in) &&
           same_bytes(a->attr, b->attr, (size_t)a->n_attr * sizeof *a->attr) &&
           same_bytes(a->data, b->data, (size_t)a->n_data * sizeof *a->data);
}

/* The place of an equal node, or the free place where it belongs. */
static uint32_t table_find(const Graph *g, const Node *n, uint64_t h) {
    uint32_t i = (uint32_t)h & g->mask;
    while (g->table[i] && !(g->hash[i] == h && node_same(g->nodes.v[g->table[i] - 1], n)))
        i = (i + 1) & g->mask;
    return i;
}

static void table_grow(Graph *g) {
    uint32_t *old = g->table, n = g->mask + 1;
    uint64_t *old_hash = g->hash;
    g->mask = 2 * n - 1;
    g->table = NEW_ARRAY(g->arena, uint32_t, g->mask + 1);
    g->hash = NEW_ARRAY(g->arena, uint64_t, g->mask + 1);
    for (uint32_t k = 0; k < n; k++) {
        if (!old[k])
            continue;
        uint32_t i = (uint32_t)old_hash[k] & g->mask;
        while (g->table[i])
            i = (i + 1) & g->mask;
        g->table[i] = old[k];
        g->hash[i] = old_hash[k];
    }
}

static void *copy_bytes(Arena *a, const void *p, int64_t n, size_t size) {
    if (n == 0)
        return NULL;
    void *q = arena_array(a, (size_t)n, size);
    memcpy(q, p, (size_t)n * size);
    return q;
}

static _Noreturn void over_budget(const Graph *g) {
    diag(E0001, g->at, "the program needs more than %d graph nodes", NODE_BUDGET);
    diag_help("loops that are unrolled and derivatives of higher order multiply nodes; a loop that "
              "need not be differentiated through stays one loop");
    diag_print(stderr, DIAG_TEXT);
    exit(EXIT_LIMIT);
}

/* Sizes are the user's: one that no front end foresaw is not the caller's mistake. */
static _Noreturn void too_large(const Graph *g, Op op) {
    diag(E0001, g->at, "%s makes a tensor of more than 2^40 elements", op_info[op].name);
    diag_print(stderr, DIAG_TEXT);
    exit(EXIT_LIMIT);
}

/* VAR, LOOP and LOOP_VAR carry ids from graph_fresh: ids that come in from another graph or from
 * text must not be given out again. */
static void reserve_fresh(Graph *g, const Node *n) {
    if ((n->op == OP_VAR || n->op == OP_LOOP || n->op == OP_LOOP_VAR) && n->attr[0] >= g->fresh)
        g->fresh = n->attr[0] + 1;
}

/* So that attr + 0 is a pointer for nodes without attributes, too. */
static const int64_t no_attr[1];

Node *node_make(Graph *g, const Node *draft) {
    Node d = *draft;
    const char *bad = node_rule(draft, &d.dtype, &d.shape);
    if (bad && strcmp(bad, "more than 2^40 elements") == 0)
        too_large(g, d.op);
    if (bad)
        fprintf(stderr, "graph: %s: %s\n", op_info[d.op].name, bad);
    assert(!bad && "operands do not satisfy the op's type rule");
    for (int i = 0; i < d.n_in; i++)
        assert(graph_node(g, d.in[i]->id) == d.in[i] && "an operand of another graph");
    uint64_t h = node_hash(&d);
    uint32_t place = table_find(g, &d, h);
    if (g->table[place])
        return g->nodes.v[g->table[place] - 1];
    if (g->nodes.n >= NODE_BUDGET)
        over_budget(g);
    reserve_fresh(g, &d);
    Node *n = NEW(g->arena, Node);
    *n = d;
    n->id = graph_size(g);
    n->in = copy_bytes(g->arena, d.in, d.n_in, sizeof *d.in);
    n->attr = d.n_attr ? copy_bytes(g->arena, d.attr, d.n_attr, sizeof *d.attr) : no_attr;
    n->data = copy_bytes(g->arena, d.data, d.n_data, sizeof *d.data);
    n->at = g->at;
    vec_push(g->arena, &g->nodes, n);
    g->table[place] = n->id + 1;
    g->hash[place] = h;
    if (graph_size(g) > g->mask / 2)
        table_grow(g);
    return n;
}

Node *node_typed(Graph *g, Op op, DType t, Shape s, int n_in, Node *const *in, int n_attr,
                 const int64_t *attr) {
    return node_make(g, &(Node){ .op = op, .dtype = t, .shape = s, .n_in = n_in, .in = in,
                                 .n_attr = n_attr, .attr = attr });
}

Node *node_infer(Graph *g, Op op, int n_in, Node *const *in, int n_attr, const int64_t *attr) {
    return node_typed(g, op, DT_F32, shape_scalar(), n_in, in, n_attr, attr);
}

/* ---- constants and sources ----------------------------------------------------------------- */

bool node_splat(const Node *n, double *v) {
    if (n->op != OP_CONST || n->n_data != 1)
        return false;
    if (v)
        *v = n->data[0];
    return true;
}

Node *g_const_splat(Graph *g, DType t, Shape s, double v) {
    return node_make(g, &(Node){ .op = OP_CONST, .dtype = t, .shape = s, .data = &v, .n_data = 1 });
}

Node *g_const(Graph *g, DType t, double v) { return g_const_splat(g, t, shape_scalar(), v); }

Node *g_const_tensor(Graph *g, DType t, Shape s, const double *data) {
    int64_t n = shape_count(s), same = 1;
    while (same < n && memcmp(&data[same], &data[0], sizeof *data) == 0)
        same++;
    if (same == n)
        return g_const_splat(g, t, s, data[0]);
    return node_make(g, &(Node){ .op = OP_CONST, .dtype = t, .shape = s, .data = data,
                                 .n_data = n });
}

Node *g_input(Graph *g, int k, DType t, Shape s) {
    return node_typed(g, OP_INPUT, t, s, 0, NULL, 1, (int64_t[]){ k });
}

Node *g_scalar(Graph *g, int index, DType t) {
    return node_typed(g, OP_SCALAR, t, shape_scalar(), 0, NULL, 1, (int64_t[]){ index });
}

Node *g_state(Graph *g, int index, int version, DType t, Shape s) {
    return node_typed(g, OP_STATE, t, s, 0, NULL, 2, (int64_t[]){ index, version });
}

Node *g_data(Graph *g, int set, int field, int ordinal, DType t, Shape example) {
    return node_typed(g, OP_DATA, t, shape_batch(example), 0, NULL, 3,
                      (int64_t[]){ set, field, ordinal });
}

Node *g_data_turn(Graph *g, int set, int field, int ordinal, int turn, DType t, Shape example) {
    return node_typed(g, OP_DATA, t, shape_batch(example), 0, NULL, 4,
                      (int64_t[]){ set, field, ordinal, turn });
}

Node *g_iota(Graph *g, Shape s, int axis) {
    assert(axis >= 0 && axis < s.rank);
    if (s.dim[axis] == 1)
        return g_const_splat(g, DT_I32, s, 0);
    return node_typed(g, OP_IOTA, DT_I32, s, 0, NULL, 1, (int64_t[]){ axis });
}

Node *g_sample(Graph *g) {
    Shape s = shape_batch(shape_scalar());
    return node_typed(g, OP_IOTA, DT_I32, s, 0, NULL, 2, (int64_t[]){ 0, 1 });
}

Node *g_perm(Graph *g, uint64_t site, Node *loop_index, Node *batch, bool inverse) {
    Node *in[2] = { loop_index ? loop_index : g_const(g, DT_I32, 0), batch };
    return node_typed(g, OP_RAND_PERM, DT_I32, shape_batch(shape_scalar()), 2, in, 2,
                      (int64_t[]){ (int64_t)site, inverse ? 2 : 1 });
}

Node *g_rand(Graph *g, Op kind, Shape s, uint64_t site, Node *loop_index, Node *n) {
    Node *in[2] = { loop_index ? loop_index : g_const(g, DT_I32, 0), n };
    int64_t attr = (int64_t)site;
    assert(kind == OP_RAND_UNIFORM || kind == OP_RAND_NORMAL || kind == OP_RAND_INT ||
           kind == OP_RAND_PERM);
    assert((kind == OP_RAND_INT || kind == OP_RAND_PERM) == (n != NULL));
    return node_typed(g, kind, n ? DT_I32 : DT_F32, s, n ? 2 : 1, in, 1, &attr);
}

Node *g_var(Graph *g, Node *x) {
    return node_typed(g, OP_VAR, x->dtype, x->shape, 1, &x, 1, (int64_t[]){ graph_fresh(g) });
}

Node *g_stop(Graph *g, Node *x) {
    if (x->op == OP_CONST || x->op == OP_STOP || x->dtype != DT_F32)
        return x;
    return node_typed(g, OP_STOP, x->dtype, x->shape, 1, &x, 0, NULL);
}

Node *g_request(Graph *g, Op op, Node *y, Node *x, Node *v) {
    assert(op == OP_GRAD || op == OP_JVP || op == OP_VJP);
    assert((op == OP_GRAD) == (v == NULL));
    return node_infer(g, op, v ? 3 : 2, (Node *[]){ y, x, v }, 0, NULL);
}

/* ---- loops --------------------------------------------------------------------------------- */

int64_t g_loop_begin(Graph *g) { return graph_fresh(g); }

Node *g_loop_index(Graph *g, int64_t loop) {
    return node_typed(g, OP_LOOP_VAR, DT_I32, shape_scalar(), 0, NULL, 2, (int64_t[]){ loop, 0 });
}

Node *g_loop_var(Graph *g, int64_t loop, int k, DType t, Shape s) {
    return node_typed(g, OP_LOOP_VAR, t, s, 0, NULL, 2, (int64_t[]){ loop, k + 1 });
}

Node *g_loop(Graph *g, int64_t loop, Node *trip, Node *const *init, Node *const *result, int n) {
    Node **in = NEW_ARRAY(g->arena, Node *, 1 + 2 * (size_t)n);
    in[0] = trip;
    for (int k = 0; k < n; k++) {
        in[1 + k] = init[k];
        in[1 + n + k] = result[k];
    }
    return node_infer(g, OP_LOOP, 1 + 2 * n, in, 2, (int64_t[]){ loop, n });
}

/* A loop that runs no iteration, or leaves the value as it is, gives the initial value. */
Node *g_loop_out(Graph *g, Node *loop, int k) {
    assert(loop->op == OP_LOOP && k >= 0 && k < loop->attr[1]);
    Node *init = loop->in[1 + k], *result = loop->in[1 + loop->attr[1] + k];
    double trip;
    if (node_splat(loop->in[0], &trip) && trip <= 0)
        return init;
    if (result == init || (result->op == OP_LOOP_VAR && result->attr[0] == loop->attr[0] &&
                           result->attr[1] == k + 1))
        return init;
    return node_infer(g, OP_LOOP_OUT, 1, &loop, 1, (int64_t[]){ k });
}
