// links: passes graph base
/* simplify_test.c - each rewrite rule of simplify and contract on the smallest graph that shows it:
 * the ops that are left, and the value. */
#include "ops/derivative_check.h"
#include "passes/rewrite.h"

static Shape dims(int rank, int64_t a, int64_t b, int64_t c, int64_t d) {
    return shape_of(rank, (int64_t[]){ a, b, c, d });
}
static Node *in(Graph *g, int k, Shape s) { return g_input(g, k, DT_F32, s); }
static const Shape scalar_shape = { 0 };
enum { B = DIM_BATCH };

/* Rewrites y, checks its value to `tol`, and returns the new root; n[op] = live nodes by op. */
static Node *rewritten(Graph *g, Node *y, const RewriteRow *more, double tol, int *n) {
    Arena *a = graph_arena(g);
    Graph *out;
    double *before[1], *after[1];
    Values v = { 0.2, 1.7, 0, DIR_V };
    run_graph(g, &y, 1, &v, a, before, NULL);
    Node **map = graph_rewrite(g, &y, 1, simplify_rules, more, &out), *z = map[y->id];
    const char *bad = graph_verify(out, &z, 1, a);
    cr_assert(!bad, "%s", bad);
    run_graph(out, &z, 1, &v, a, after, NULL);
    expect_close("rewritten", "rule", after[0], before[0], value_count(y), tol);
    memset(n, 0, OP_COUNT * sizeof *n);
    bool *live = NEW_ARRAY(a, bool, graph_size(out) + 1);
    graph_mark_live(out, &z, 1, live);
    for (uint32_t id = 0; id < graph_size(out); id++) {
        cr_expect(live[id], "a dead node is left");
        n[graph_node(out, id)->op] += live[id];
    }
    return z;
}
#define SETUP Arena *a = arena_new("test"); Graph *g = graph_new(a); int n[OP_COUNT]

Test(simplify, unit_dot) {
    SETUP;
    Node *y = g_dot(g, in(g, 0, dims(2, B, 1, 0, 0)), in(g, 1, dims(2, 1, 4, 0, 0)),
                    &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 0 } });
    rewritten(g, y, NULL, 0, n);
    cr_expect(n[OP_DOT] == 0 && n[OP_MUL] == 1);
    g = graph_new(a);                         /* batch pair, free axes before the contracted one */
    y = g_dot(g, in(g, 0, dims(3, B, 3, 1, 0)), in(g, 1, dims(4, B, 2, 1, 5)),
              &(DotAxes){ .nb = 1, .nc = 1, .bb = { 0 }, .ac = { 2 }, .bc = { 2 } });
    rewritten(g, y, NULL, 0, n);
    cr_expect(n[OP_DOT] == 0 && n[OP_MUL] == 1);
    arena_free(a);
}

Test(simplify, early) {
    SETUP;
    Shape s = dims(3, B, 4, 5, 0);
    Node *bias = g_broadcast(g, in(g, 0, dims(1, 4, 0, 0, 0)), s, (int[]){ 1 });
    Node *t = g_broadcast_scalar(g, in(g, 1, scalar_shape), s);
    Node *y = g_unary(g, OP_EXP, g_binary(g, OP_MUL, bias, t));
    Node *z = rewritten(g, y, NULL, 0, n);
    cr_expect(z->op == OP_BROADCAST && z->in[0]->op == OP_EXP && z->in[0]->shape.rank == 1);
    arena_free(a);
}

Test(simplify, dot_of_broadcast) {
    SETUP;
    Node *row = in(g, 0, dims(1, 3, 0, 0, 0)), *w = in(g, 1, dims(2, 4, 3, 0, 0));
    Node *x = g_broadcast(g, row, dims(2, B, 3, 0, 0), (int[]){ 1 });
    DotAxes d = { .nc = 1, .ac = { 1 }, .bc = { 1 } };
    Node *z = rewritten(g, g_dot(g, x, w, &d), NULL, 0, n);
    cr_expect(z->op == OP_BROADCAST && z->in[0]->op == OP_DOT && !node_batched(z->in[0]));
    g = graph_new(a);                         /* the right operand, a per-sample left one */
    x = in(g, 0, dims(2, B, 3, 0, 0));
    w = g_broadcast(g, in(g, 1, dims(1, 3, 0, 0, 0)), dims(2, 4, 3, 0, 0), (int[]){ 1 });
    z = rewritten(g, g_dot(g, x, w, &d), NULL, 0, n);
    cr_expect(z->op == OP_BROADCAST && z->in[0]->op == OP_DOT && z->in[0]->shape.rank == 1);
    arena_free(a);
}

Test(simplify, reshape_of_broadcast) {
    SETUP;
    Node *w = g_broadcast(g, in(g, 0, dims(1, 4, 0, 0, 0)), dims(3, B, 1, 4, 0), (int[]){ 2 });
    Node *z = rewritten(g, g_reshape(g, w, dims(2, B, 4, 0, 0)), NULL, 0, n);
    cr_expect(z->op == OP_BROADCAST && n[OP_RESHAPE] == 0);
    arena_free(a);
}

Test(simplify, signs) {
    SETUP;
    Shape s = dims(2, B, 3, 0, 0);
    Node *x = in(g, 0, s), *w = in(g, 1, dims(2, 3, 3, 0, 0));
    Node *zero = g_const_splat(g, DT_F32, s, 0);
    Node *half = g_const_splat(g, DT_F32, s, 0.5), *c = g_binary(g, OP_LT, half, x);
    Node *m = g_select(g, c, g_unary(g, OP_NEG, x), zero);
    DotAxes d = { .nc = 1, .ac = { 1 }, .bc = { 0 } };
    Node *y = g_binary(g, OP_SUB, x, g_dot(g, m, w, &d));
    rewritten(g, y, NULL, 0, n);
    cr_expect(n[OP_NEG] == 0 && n[OP_ADD] == 1 && n[OP_SUB] == 0);
    g = graph_new(a);                         /* two signs cancel */
    x = g_unary(g, OP_NEG, in(g, 0, s)), w = g_unary(g, OP_NEG, in(g, 1, dims(2, 3, 3, 0, 0)));
    rewritten(g, g_dot(g, x, w, &d), NULL, 0, n);
    cr_expect(n[OP_NEG] == 0);
    arena_free(a);
}

Test(simplify, transposes_of_dots) {
    SETUP;
    Node *x = in(g, 0, dims(3, B, 3, 4, 0)), *y = in(g, 1, dims(3, B, 5, 4, 0));
    Node *xt = g_transpose(g, x, (int[]){ 0, 2, 1 }), *yt = g_transpose(g, y, (int[]){ 0, 2, 1 });
    Node *z = g_dot(g, xt, yt,
                    &(DotAxes){ .nb = 1, .nc = 1, .bb = { 0 }, .ac = { 1 }, .bc = { 1 } });
    rewritten(g, g_transpose(g, z, (int[]){ 0, 2, 1 }), NULL, 0, n);
    cr_expect(n[OP_TRANSPOSE] == 0 && n[OP_DOT] == 1);
    /* free axes that change their order stay transposed */
    g = graph_new(a);
    xt = g_transpose(g, in(g, 0, dims(3, 2, 3, 4, 0)), (int[]){ 1, 0, 2 });
    rewritten(g,
              g_dot(g, xt, in(g, 1, dims(2, 4, 5, 0, 0)),
                    &(DotAxes){ .nc = 1, .ac = { 2 }, .bc = { 0 } }), NULL, 0, n);
    cr_expect(n[OP_TRANSPOSE] == 1 && n[OP_DOT] == 1);
    arena_free(a);
}

Test(simplify, even_pool_and_twice) {
    SETUP;
    PoolAttr half = { 2, 2, 2, 2, 0, 0, 0, 0 };
    Node *x = g_broadcast(g, in(g, 0, dims(2, B, 3, 0, 0)), dims(4, B, 3, 2, 2), (int[]){ 0, 1 });
    Node *y = g_pool_sum_t(g, x, &half, 4, 4);
    Node *z = rewritten(g, g_binary(g, OP_ADD, y, y), NULL, 0, n);
    cr_expect(n[OP_POOL_SUM_T] == 0 && n[OP_ADD] == 0 && z->op == OP_BROADCAST);
    static const PoolAttr uneven[2] = { { 3, 3, 2, 2, 1, 1, 1, 1 }, { 3, 3, 2, 2, 0, 0, 0, 0 } };
    for (int k = 0; k < 2; k++) {             /* windows that overlap must stay */
        int64_t size = k ? 6 : 4;
        g = graph_new(a);
        x = g_broadcast(g, in(g, 0, dims(2, B, 3, 0, 0)), dims(4, B, 3, 2, 2), (int[]){ 0, 1 });
        rewritten(g, g_pool_sum_t(g, x, &uneven[k], size, size), NULL, 0, n);
        cr_expect(n[OP_POOL_SUM_T] == 1);
    }
    arena_free(a);
}

/* The slope of a leaky relu is one choice, not two. */
Test(simplify, join_selects) {
    SETUP;
    Shape s = dims(2, B, 3, 0, 0);
    Node *x = in(g, 0, s), *gx, *one = g_const_splat(g, DT_F32, s, 1);
    Node *shifted = g_binary(g, OP_SUB, x, one);
    Node *y = g_binary(g, OP_MAXIMUM, shifted,
                       g_binary(g, OP_MUL, shifted, g_const_splat(g, DT_F32, s, 0.2)));
    ad_vjp(g, y, in(g, 1, s), &x, 1, &gx);
    rewritten(g, gx, NULL, 0, n);
    cr_expect(n[OP_SELECT] == 1 && n[OP_ADD] == 0);
    g = graph_new(a);
    x = in(g, 0, s), one = g_const_splat(g, DT_F32, s, 1);
    Node *c = g_binary(g, OP_LT, one, x), *zero = g_const_splat(g, DT_F32, s, 0);
    y = g_binary(g, OP_SUB, g_select(g, c, zero, x), g_select(g, c, in(g, 1, s), zero));
    rewritten(g, y, NULL, 0, n);
    cr_expect(n[OP_SELECT] == 1 && n[OP_SUB] == 0);
    g = graph_new(a);                         /* the same side twice is a sum */
    x = in(g, 0, s), one = g_const_splat(g, DT_F32, s, 1), zero = g_const_splat(g, DT_F32, s, 0);
    c = g_binary(g, OP_LT, one, x);
    y = g_binary(g, OP_ADD, g_select(g, c, x, zero), g_select(g, c, in(g, 1, s), zero));
    rewritten(g, y, NULL, 0, n);
    cr_expect(n[OP_SELECT] == 2 && n[OP_ADD] == 1);
    arena_free(a);
}

Test(contract, factor_out) {
    SETUP;
    Shape s = dims(2, B, 3, 0, 0);
    Node *e = g_broadcast(g, in(g, 0, dims(1, B, 0, 0, 0)), s, (int[]){ 0 });
    Node *y = g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, in(g, 1, s), e), (int[]){ 1 }, 1);
    Node *z = rewritten(g, y, contract_rules, 1e-14, n);
    cr_expect(z->op == OP_MUL && z->shape.rank == 1 && n[OP_BROADCAST] == 0);
    g = graph_new(a);                         /* a quotient: the numerator may not be taken out */
    e = g_broadcast(g, in(g, 0, dims(1, B, 0, 0, 0)), s, (int[]){ 0 });
    y = g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_DIV, e, in(g, 1, s)), (int[]){ 1 }, 1);
    rewritten(g, y, contract_rules, 1e-14, n);
    cr_expect(n[OP_REDUCE_SUM] == 1 && n[OP_DIV] == 1);
    arena_free(a);
}

Test(contract, by_sample) {
    SETUP;
    Shape s = dims(3, B, 3, 5, 0);
    Node *x = in(g, 0, s), *z = in(g, 1, s), *sum = g_binary(g, OP_ADD, x, z);
    Node *y = g_reduce(g, OP_REDUCE_SUM, sum, (int[]){ 0, 2 }, 2);
    Node *w = rewritten(g, y, contract_rules, 1e-14, n);
    cr_expect(w->n_attr == 1 && w->in[0]->op == OP_REDUCE_SUM && w->in[0]->in[0]->op == OP_ADD);
    g = graph_new(a);                         /* both needed anyway: the sum is never formed */
    x = in(g, 0, s), z = in(g, 1, s), sum = g_binary(g, OP_ADD, x, z);
    y = g_reduce(g, OP_REDUCE_SUM, sum, (int[]){ 0, 2 }, 2);
    Node *other = g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, x, z), (int[]){ 0, 2 }, 2);
    w = rewritten(g, g_binary(g, OP_MUL, y, other), contract_rules, 1e-14, n);
    cr_expect(n[OP_ADD] == 1 && n[OP_REDUCE_SUM] == 6 && w->in[0]->op == OP_ADD &&
              !node_batched(w->in[0]->in[0]));
    arena_free(a);
}

Test(contract, sum_of_pairs) {
    SETUP;
    Node *x = in(g, 0, dims(3, B, 3, 4, 0)), *w = in(g, 1, dims(3, B, 3, 5, 0));
    DotAxes d = { .nb = 2, .ab = { 0, 1 }, .bb = { 0, 1 } };
    Node *y = g_reduce(g, OP_REDUCE_SUM, g_dot(g, x, w, &d), (int[]){ 0 }, 1);
    Node *z = rewritten(g, y, contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] + n[OP_MUL] + n[OP_REDUCE_SUM] <= 2 && !node_batched(z));
    g = graph_new(a);                         /* with a contraction of its own */
    x = in(g, 0, dims(3, B, 3, 4, 0)), w = in(g, 1, dims(3, B, 5, 4, 0));
    d = (DotAxes){ .nb = 1, .nc = 1, .bb = { 0 }, .ac = { 2 }, .bc = { 2 } };
    z = rewritten(g, g_reduce(g, OP_REDUCE_SUM, g_dot(g, x, w, &d), (int[]){ 0, 1 }, 2),
                  contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 1 && z->shape.rank == 1);
    arena_free(a);
}

Test(contract, constant_factor) {
    SETUP;
    Shape s = dims(2, B, 3, 0, 0);
    Node *h = in(g, 1, s);
    Node *seed = g_broadcast_scalar(g, in(g, 0, scalar_shape), dims(2, B, 2, 0, 0));
    Node *y = g_dot(g, seed, h, &(DotAxes){ .nc = 1, .ac = { 0 }, .bc = { 0 } });     /* [2,3] */
    rewritten(g, y, contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 0 && n[OP_REDUCE_SUM] == 1);
    g = graph_new(a);                         /* constant on the right; free axes on both sides */
    Node *x = in(g, 0, dims(3, B, 4, 3, 0));
    Node *ones = g_const_splat(g, DT_F32, dims(2, 4, 5, 0, 0), 0.5);
    rewritten(g, g_dot(g, x, ones, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 0 } }), contract_rules,
              1e-14, n);
    cr_expect(n[OP_DOT] == 0 && n[OP_REDUCE_SUM] == 1);
    arena_free(a);
}

Test(contract, outer_sum) {
    SETUP;
    Shape s = dims(3, B, 5, 4, 0);            /* x[b,k] w[j,k], summed over k: [B,5] */
    Node *x = g_broadcast(g, in(g, 0, dims(2, B, 4, 0, 0)), s, (int[]){ 0, 2 });
    Node *w = g_broadcast(g, in(g, 1, dims(2, 5, 4, 0, 0)), s, (int[]){ 1, 2 });
    rewritten(g, g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, w, x), (int[]){ 2 }, 1),
              contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 1 && n[OP_MUL] == 0);
    g = graph_new(a);                         /* summed over the batch, sides the other way round */
    x = g_broadcast(g, in(g, 0, dims(2, B, 4, 0, 0)), s, (int[]){ 0, 2 });
    w = g_broadcast(g, in(g, 1, dims(2, B, 5, 0, 0)), s, (int[]){ 0, 1 });
    rewritten(g, g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, x, w), (int[]){ 0 }, 1),
              contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 1 && n[OP_MUL] == 0);
    g = graph_new(a);                         /* the shared operand is the older one */
    w = g_broadcast(g, in(g, 1, dims(2, 5, 4, 0, 0)), s, (int[]){ 1, 2 });
    x = g_broadcast(g, in(g, 0, dims(2, B, 4, 0, 0)), s, (int[]){ 0, 2 });
    rewritten(g, g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, w, x), (int[]){ 2 }, 1),
              contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 1 && n[OP_MUL] == 0);
    g = graph_new(a);                         /* a shared axis in both, the batch in one: stays */
    Shape wide = dims(4, B, 2, 5, 4);
    x = g_broadcast(g, in(g, 0, dims(3, B, 2, 4, 0)), wide, (int[]){ 0, 1, 3 });
    w = g_broadcast(g, in(g, 1, dims(3, 2, 5, 4, 0)), wide, (int[]){ 1, 2, 3 });
    rewritten(g, g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, w, x), (int[]){ 3 }, 1),
              contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 0);
    g = graph_new(a);                         /* an inner product per sample stays elementwise */
    x = in(g, 0, dims(2, B, 4, 0, 0));
    rewritten(g, g_reduce(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, x, x), (int[]){ 1 }, 1),
              contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 0);
    arena_free(a);
}

Test(contract, reciprocal) {
    SETUP;
    Shape s = dims(2, B, 3, 0, 0);
    Node *norm = g_broadcast(g, in(g, 0, dims(1, B, 0, 0, 0)), s, (int[]){ 0 });
    Node *z = rewritten(g, g_binary(g, OP_DIV, in(g, 1, s), norm), contract_rules, 1e-14, n);
    cr_expect(z->op == OP_MUL && n[OP_DIV] == 1);
    g = graph_new(a);
    z = rewritten(g, g_binary(g, OP_DIV, in(g, 1, s), in(g, 0, s)), contract_rules, 0, n);
    cr_expect(z->op == OP_DIV);
    arena_free(a);
}

Test(contract, scale_out) {
    SETUP;
    Shape s = dims(2, B, 3, 0, 0);
    Node *x = in(g, 0, s), *w = in(g, 1, dims(2, 4, 3, 0, 0)), *t = in(g, 2, scalar_shape);
    DotAxes d = { .nc = 1, .ac = { 1 }, .bc = { 1 } };
    Node *sx = g_binary(g, OP_MUL, x, g_broadcast_scalar(g, t, s));
    Node *y = g_binary(g, OP_ADD, g_dot(g, x, w, &d), g_dot(g, sx, w, &d));
    rewritten(g, y, contract_rules, 1e-14, n);
    cr_expect(n[OP_DOT] == 1, "%d", n[OP_DOT]);
    arena_free(a);
}

/* x * k / t + z * l / t, or x * k + z * l. */
static Node *two_scales(Graph *g, double k, double l, bool over) {
    Shape s = dims(2, B, 3, 0, 0);
    Node *x = in(g, 0, s), *z = in(g, 1, s), *t = in(g, 2, scalar_shape), *term[2];
    for (int i = 0; i < 2; i++) {
        Node *c = g_const(g, DT_F32, i ? l : k);
        if (over) c = g_binary(g, OP_DIV, c, t);
        term[i] = g_binary(g, OP_MUL, i ? z : x, g_broadcast_scalar(g, c, s));
    }
    return g_binary(g, OP_ADD, term[0], term[1]);
}
Test(contract, scale_out_of_sums) {
    static const struct { double k, l; bool over; Op op; double rest; } want[] = {
        { 3, 1, true, OP_MUL, 3 }, { 1, 3, true, OP_MUL, 3 }, { 3, 6, true, OP_MUL, 2 },
        { 0.2, 0.4, false, OP_MUL, 2 }, { 0.8, 0.4, false, OP_MUL, 2 },
        { 0.9, 0.1, false, OP_ADD, 0 } };     /* a moving average keeps its roundings */
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        SETUP;
        Node *y = rewritten(g, two_scales(g, want[k].k, want[k].l, want[k].over), contract_rules,
                            1e-14, n), *sum = y->in[y->in[0]->op != OP_ADD];
        cr_expect(y->op == want[k].op && n[OP_MUL] == 2, "%d", (int)k);
        double rest = 0;
        for (int i = 0; i < 2 && y->op == OP_MUL; i++)
            if (sum->in[i]->op == OP_MUL) node_splat(sum->in[i]->in[1], &rest);
        cr_expect(rest == want[k].rest, "%d: %g", (int)k, rest);
        arena_free(a);
    }
}

Test(contract, same_product) {
    SETUP;
    Shape s = dims(2, B, 3, 0, 0);
    Node *x = in(g, 0, s), *y = in(g, 1, s), *z = in(g, 2, s);
    Node *p = g_binary(g, OP_MUL, x, g_binary(g, OP_MUL, y, z));
    Node *q = g_binary(g, OP_MUL, y, g_binary(g, OP_MUL, x, z));
    Node *r = rewritten(g, g_binary(g, OP_ADD, g_unary(g, OP_SIN, p), g_unary(g, OP_SIN, q)),
                        contract_rules, 1e-14, n);
    cr_expect(n[OP_SIN] == 1 && n[OP_MUL] == 3 && r->op == OP_MUL);   /* 2 sin(xyz) */
    arena_free(a);
}

/* A rule without a test above must not slip in. */
Test(simplify, every_rule_has_a_test) {
    static const char *const tested[] = {
        "unit_dot", "early", "dot_of_broadcast", "reshape_unit", "sign", "dot_transpose",
        "even_pool", "twice", "join_selects", "factor_out", "sum_of_pairs", "constant_factor",
        "outer_sum", "by_sample", "reciprocal", "scale_out", "same_product" };
    const RewriteRow *tables[2] = { simplify_rules, contract_rules };
    for (int t = 0; t < 2; t++)
        for (const RewriteRow *row = tables[t]; row->rule; row++) {
            bool found = false;
            for (size_t k = 0; k < sizeof tested / sizeof *tested; k++)
                found |= strcmp(tested[k], row->name) == 0;
            cr_expect(found, "no test for the rule '%s'", row->name);
        }
}
