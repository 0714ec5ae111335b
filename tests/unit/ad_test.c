// links: passes graph base
/* ad_test.c - derivative requests as specs make them: nesting, sharing, counts of contractions,
 * loops, limits; random graphs; and simplify and contract against the interpreter. */
#include "ops/derivative_check.h"
#include "passes/rewrite.h"

#include <stdio.h>

/* ---- nets ------------------------------------------------------------------------------------ */
static Shape rows(int64_t n) { return shape_of(2, (int64_t[]){ DIM_BATCH, n }); }
static Shape per_sample(void) { return shape_of(1, (int64_t[]){ DIM_BATCH }); }
static Node *weight(Graph *g, int k, Shape s) { return g_state(g, k, 0, DT_F32, s); }
static Node *linear(Graph *g, Node *x, int k, int64_t out) {
    Node *w = weight(g, k, shape_of(2, (int64_t[]){ out, x->shape.dim[1] }));
    Node *b = weight(g, k + 1, shape_of(1, &out));
    Node *y = g_dot(g, x, w, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } });
    return g_binary(g, OP_ADD, y, g_broadcast(g, b, y->shape, (int[]){ 1 }));
}
static Node *mul(Graph *g, Node *a, Node *b) { return g_binary(g, OP_MUL, a, b); }
static Node *add(Graph *g, Node *a, Node *b) { return g_binary(g, OP_ADD, a, b); }
static Node *silu(Graph *g, Node *x) { return mul(g, x, g_unary(g, OP_SIGMOID, x)); }
/* Three layers, 2-h-h-1, states 0..5: one energy per sample; the second activation is a choice. */
static Node *energy_with(Graph *g, Node *x, int64_t h, Op second) {
    Node *a = g_unary(g, OP_SOFTPLUS, linear(g, x, 0, h)), *b = linear(g, a, 2, h);
    b = second == OP_MUL ? silu(g, b) : g_unary(g, second, b);
    return g_reshape(g, linear(g, b, 4, 1), per_sample());
}
static Node *energy(Graph *g, Node *x, int64_t h) { return energy_with(g, x, h, OP_MUL); }
/* Two convolutions with pooling, states 0..5. */
static Node *conv_energy(Graph *g, Node *x) {
    ConvAttr same = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    PoolAttr half = { 2, 2, 2, 2, 0, 0, 0, 0 };
    int64_t channels[2] = { 3, 2 };
    for (int l = 0; l < 2; l++) {
        int64_t c = channels[l];
        Node *w = weight(g, 2 * l, shape_of(4, (int64_t[]){ c, x->shape.dim[1], 3, 3 }));
        Node *b = weight(g, 2 * l + 1, shape_of(1, &c));
        x = g_conv(g, x, w, &same);
        x = silu(g, add(g, x, g_broadcast(g, b, x->shape, (int[]){ 1 })));
        if (l == 0) x = g_pool_sum(g, x, &half);
        else x = g_max_pool(g, x, &half);
        x = mul(g, x, g_const_splat(g, DT_F32, x->shape, 0.25));
    }
    x = g_reduce(g, OP_REDUCE_SUM, x, (int[]){ 2, 3 }, 2);
    return g_reshape(g, linear(g, x, 4, 1), per_sample());
}
static Node *mean(Graph *g, Node *e) {
    Node *n = g_convert(g, g_scalar(g, 0, DT_I32), DT_F32);
    return g_binary(g, OP_DIV, g_reduce_batch(g, OP_REDUCE_SUM, e), n);
}
static Node *score_of(Graph *g, Node *e, Node *x) { return g_request(g, OP_GRAD, e, x, NULL); }
static Node *sum_squares(Graph *g, Node *a) {
    return g_reduce_example(g, OP_REDUCE_SUM, mul(g, a, a));
}

/* ---- counting -------------------------------------------------------------------------------- */
static int count_live(Graph *g, Node *const *roots, int n, Op op) {
    bool *live = xalloc(graph_size(g) + 1, "test");
    int count = 0;
    graph_mark_live(g, roots, n, live);
    for (uint32_t id = 0; id < graph_size(g); id++)
        count += live[id] && graph_node(g, id)->op == op;
    xfree(live);
    return count;
}
typedef struct Work { Graph *g; Node *root[32]; int n; } Work;
static void resolve(Work *w) {
    Graph *out;
    Node **map = ad_differentiate(w->g, w->root, w->n, &out);
    for (int i = 0; i < w->n; i++) w->root[i] = map[w->root[i]->id];
    w->g = out;
    const char *bad = graph_verify(w->g, w->root, w->n, graph_arena(w->g));
    cr_assert(!bad, "%s", bad);
    for (uint32_t id = 0; id < graph_size(w->g); id++) {
        Op op = graph_node(w->g, id)->op;
        cr_assert(op != OP_VAR && op != OP_STOP && op_info[op].cls != CLASS_REQ);
    }
}
static void rewrite(Work *w, const RewriteRow *rules, const RewriteRow *more) {
    Graph *out;
    Node **map = graph_rewrite(w->g, w->root, w->n, rules, more, &out);
    for (int i = 0; i < w->n; i++) w->root[i] = map[w->root[i]->id];
    w->g = out;
    const char *bad = graph_verify(w->g, w->root, w->n, graph_arena(w->g));
    cr_assert(!bad, "%s", bad);
}
static int dots(const Work *w) { return count_live(w->g, w->root, w->n, OP_DOT); }
/* The source with that first attribute, or NULL. */
static Node *find_source(Graph *g, Op op, int k) {
    for (uint32_t id = 0; id < graph_size(g); id++)
        if (graph_node(g, id)->op == op && graph_node(g, id)->attr[0] == k)
            return graph_node(g, id);
    return NULL;
}
static void want_gradients(Work *w, Node *loss, int n) {
    for (int k = 0; k < n; k++)
        w->root[w->n++] = g_request(w->g, OP_GRAD, loss, find_source(w->g, OP_STATE, k), NULL);
}

static const Values at_random = { -1.2, 1.4, 0, DIR_V };
static void values_of(const Work *w, Arena *a, double **out) {
    Values v = at_random;
    run_graph(w->g, w->root, w->n, &v, a, out, NULL);
}
/* The roots before and after all rewrites: `bits` says that simplify must keep every bit. */
static void check_rewrites(const char *name, Work *w, bool bits) {
    Arena *a = arena_new("test");
    double *before[32], *exact[32], *after[32];
    Node *old[32];
    memcpy(old, w->root, sizeof old);
    values_of(w, a, before);
    rewrite(w, simplify_rules, NULL);
    values_of(w, a, exact);
    for (int k = 0; k < w->n && !bits; k++)
        expect_close("simplify", name, exact[k], before[k], value_count(w->root[k]), 1e-13);
    for (int k = 0; k < w->n && bits; k++)
        for (int64_t i = 0; i < value_count(w->root[k]); i++)
            cr_assert(before[k][i] == exact[k][i],
                      "%s: simplify changed root %d [%d]: %.17g, %.17g",
                      name, k, (int)i, before[k][i], exact[k][i]);
    rewrite(w, simplify_rules, contract_rules);
    values_of(w, a, after);
    for (int k = 0; k < w->n; k++)
        expect_close("contract", name, after[k], before[k], value_count(w->root[k]), 1e-11);
    arena_free(a);
}

/* ---- counts of contractions ------------------------------------------------------------------ */
Test(counts, langevin_step_has_no_energy_and_no_parameter_gradient) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x = g_var(w.g, g_input(w.g, 0, DT_F32, rows(2)));
    w.root[w.n++] = score_of(w.g, energy(w.g, x, 8), x);
    resolve(&w);
    cr_expect(dots(&w) == 5, "%d", dots(&w));             /* 2 forward, 3 backward */
    check_rewrites("score", &w, true);
    cr_expect(dots(&w) == 4, "%d", dots(&w));             /* the first step back is a broadcast */
    cr_expect(count_live(w.g, w.root, w.n, OP_REDUCE_SUM) == 0);
    arena_free(a);
}

Test(counts, hessian_vector_product_of_three_layers) {
    static const Op outer[4] = { OP_JVP, OP_GRAD, OP_VJP, OP_GRAD };
    for (int way = 0; way < 4; way++) {                   /* all four nestings */
        Arena *a = arena_new("test");
        Work w = { .g = graph_new(a) };
        Node *x = g_var(w.g, g_input(w.g, 0, DT_F32, rows(2))), *e = energy(w.g, x, 8);
        Node *v = g_input(w.g, DIR_V, DT_F32, rows(2)), *along = NULL;
        if (way == 0) w.root[0] = g_request(w.g, outer[0], score_of(w.g, e, x), x, v);
        if (way == 1) {
            along = g_reduce_example(w.g, OP_REDUCE_SUM, mul(w.g, score_of(w.g, e, x), v));
            w.root[0] = g_request(w.g, outer[1], along, x, NULL);
        }
        if (way == 2) w.root[0] = g_request(w.g, outer[2], score_of(w.g, e, x), x, v);
        if (way == 3) along = g_request(w.g, OP_JVP, e, x, v);
        if (way == 3) w.root[0] = g_request(w.g, outer[3], along, x, NULL);
        w.n = 1;
        resolve(&w);
        cr_expect(dots(&w) == 8, "way %d: %d", way, dots(&w));
        check_rewrites("hvp", &w, true);
        cr_expect(dots(&w) == 7, "way %d: %d", way, dots(&w));
        arena_free(a);
    }
}

Test(counts, contrastive_gradient) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *pos = mean(w.g, energy(w.g, g_input(w.g, 0, DT_F32, rows(2)), 8));
    Node *neg = mean(w.g, energy(w.g, g_stop(w.g, g_input(w.g, 1, DT_F32, rows(2))), 8));
    Node *loss = g_binary(w.g, OP_SUB, pos, neg);
    want_gradients(&w, loss, 6);
    resolve(&w);
    cr_expect(dots(&w) == 14, "%d", dots(&w));
    check_rewrites("cd", &w, true);
    /* per phase: 2 forward, 1 backward, 2 weight gradients; the last layer's are sums */
    cr_expect(dots(&w) == 10, "%d", dots(&w));
    double zero;                                          /* the last bias cancels exactly */
    cr_expect(node_splat(w.root[5], &zero) && zero == 0);
    arena_free(a);
}

/* mean(v.Hv + 0.5 |score|^2) of the energy e(x), gradients in the six states. */
static void sliced_score_matching(Work *w, Node *x, Node *e) {
    Node *v = g_input(w->g, DIR_V, DT_F32, x->shape);
    Node *s = score_of(w->g, e, x), *hv = g_request(w->g, OP_JVP, s, x, v);
    Node *l = g_reduce_example(w->g, OP_REDUCE_SUM, mul(w->g, hv, v)), *q = sum_squares(w->g, s);
    q = mul(w->g, q, g_const_splat(w->g, DT_F32, q->shape, 0.5));
    want_gradients(w, mean(w->g, add(w->g, l, q)), 6);
}
Test(counts, sliced_score_matching_gradient) {
    static const Op second[2] = { OP_SOFTPLUS, OP_MUL /* silu */ };
    for (int k = 0; k < 2; k++) {
        Arena *a = arena_new("test");
        Work w = { .g = graph_new(a) };
        Node *x = g_var(w.g, g_input(w.g, 0, DT_F32, rows(2)));
        sliced_score_matching(&w, x, energy_with(w.g, x, 8, second[k]));
        resolve(&w);
        int raw = dots(&w);
        check_rewrites("ssm", &w, true);
        printf("parameter gradient of sliced score matching, three layers: %d contractions, "
               "%d after the rewrites\n", raw, dots(&w));
        cr_expect(raw == 23, "%d", raw);
        cr_expect(dots(&w) == 16, "%d", dots(&w));
        arena_free(a);
    }
}

Test(counts, a_convolutional_score_has_no_weight_gradient) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x = g_var(w.g, g_input(w.g, 0, DT_F32, shape_of(4, (int64_t[]){ DIM_BATCH, 1, 8, 8 })));
    w.root[w.n++] = score_of(w.g, conv_energy(w.g, x), x);
    resolve(&w);
    check_rewrites("conv score", &w, true);
    cr_expect(count_live(w.g, w.root, w.n, OP_CONV) == 2);
    cr_expect(count_live(w.g, w.root, w.n, OP_CONV_DX) == 2);
    cr_expect(count_live(w.g, w.root, w.n, OP_CONV_DW) == 0);
    cr_expect(dots(&w) == 0);
    arena_free(a);
}

/* ---- sharing --------------------------------------------------------------------------------- */
Test(sharing, gradients_of_one_value_are_one_sweep) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) }, one = { .g = graph_new(a) };
    want_gradients(&w, mean(w.g, energy(w.g, g_input(w.g, 0, DT_F32, rows(2)), 8)), 6);
    want_gradients(&one, mean(one.g, energy(one.g, g_input(one.g, 0, DT_F32, rows(2)), 8)), 1);
    resolve(&w);
    resolve(&one);
    /* three forward (one dead: the loss itself is not a root), two back, three gradients */
    cr_expect(dots(&w) == 7, "%d", dots(&w));
    cr_expect(dots(&one) == 5, "%d", dots(&one));
    arena_free(a);
}

Test(sharing, a_stopped_copy_shares_the_forward_pass) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x = g_input(w.g, 0, DT_F32, rows(2));
    w.root[w.n++] = energy(w.g, x, 8);
    w.root[w.n++] = energy(w.g, g_stop(w.g, x), 8);
    Node *v = g_var(w.g, x);
    w.root[w.n++] = energy(w.g, v, 8);
    w.root[w.n++] = score_of(w.g, energy(w.g, v, 8), v);
    resolve(&w);
    cr_expect(w.root[0] == w.root[1] && w.root[0] == w.root[2]);
    cr_expect(dots(&w) == 6, "%d", dots(&w));             /* 3 forward, 3 back */
    arena_free(a);
}

/* stop(E)(x): E with frozen parameters shares with E(stop x): the improved contrastive loss. */
Test(sharing, frozen_parameters_share_with_a_stopped_input) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x = g_input(w.g, 0, DT_F32, rows(2));
    Node *p = weight(w.g, 0, shape_of(2, (int64_t[]){ 1, 2 }));
    DotAxes d = { .nc = 1, .ac = { 1 }, .bc = { 1 } };
    Node *e1 = g_unary(w.g, OP_EXP, g_dot(w.g, g_stop(w.g, x), p, &d));
    Node *e2 = g_unary(w.g, OP_EXP, g_dot(w.g, x, g_stop(w.g, p), &d));
    cr_expect(e1 != e2);
    w.root[w.n++] = e1;
    w.root[w.n++] = e2;
    resolve(&w);
    cr_expect(w.root[0] == w.root[1]);
    arena_free(a);
}

/* ---- values ---------------------------------------------------------------------------------- */
Test(values, nets_to_third_order) {
    Arena *a = arena_new("test");
    Graph *g = graph_new(a);
    check_derivatives("mlp", g, energy(g, g_input(g, 0, DT_F32, rows(2)), 4), -1, 1);
    g = graph_new(a);
    Node *e = energy(g, g_input(g, 0, DT_F32, rows(2)), 4);
    check_derivatives("mean of mlp", g, mean(g, e), -1, 1);
    g = graph_new(a);
    Node *image = g_input(g, 0, DT_F32, shape_of(4, (int64_t[]){ DIM_BATCH, 1, 4, 4 }));
    check_derivatives("conv net", g, conv_energy(g, image), -1, 1);
    arena_free(a);
}

/* Per-sample attention with softmax, then layer norm: [B,n,d] -> [B,n,d]. */
static Node *attention(Graph *g, Node *x, int64_t d) {
    Node *p[3];
    DotAxes project = { .nc = 1, .ac = { 2 }, .bc = { 1 } };
    Shape square = shape_of(2, (int64_t[]){ d, d });
    for (int k = 0; k < 3; k++) p[k] = g_dot(g, x, weight(g, k, square), &project);
    Node *kt = g_transpose(g, p[1], (int[]){ 0, 2, 1 });
    DotAxes per_head = { .nb = 1, .nc = 1, .bb = { 0 }, .ac = { 2 }, .bc = { 1 } };
    Node *s = g_dot(g, p[0], kt, &per_head);
    int last = 2, map[2] = { 0, 1 };
    Node *top = g_broadcast(g, g_stop(g, g_reduce(g, OP_REDUCE_MAX, s, &last, 1)), s->shape, map);
    Node *e = g_unary(g, OP_EXP, g_binary(g, OP_SUB, s, top));
    Node *sum = g_broadcast(g, g_reduce(g, OP_REDUCE_SUM, e, &last, 1), s->shape, map);
    Node *w = g_binary(g, OP_DIV, e, sum);
    Node *y = add(g, x, g_dot(g, w, p[2], &per_head));
    Node *n = g_const_splat(g, DT_F32, y->shape, (double)d);
    Node *mu = g_broadcast(g, g_reduce(g, OP_REDUCE_SUM, y, &last, 1), y->shape, map);
    Node *c = g_binary(g, OP_SUB, y, g_binary(g, OP_DIV, mu, n));
    Node *var = g_broadcast(g, g_reduce(g, OP_REDUCE_SUM, mul(g, c, c), &last, 1), y->shape, map);
    Node *eps = g_const_splat(g, DT_F32, y->shape, 0.1);
    return mul(g, c, g_unary(g, OP_RSQRT, add(g, g_binary(g, OP_DIV, var, n), eps)));
}
Test(values, attention_and_layer_norm) {
    Arena *a = arena_new("test");
    Graph *g = graph_new(a);
    Node *x = g_input(g, 0, DT_F32, shape_of(3, (int64_t[]){ DIM_BATCH, 2, 3 }));
    check_derivatives("attention", g, g_unary(g, OP_SIN, attention(g, x, 3)), -1, 1);
    Work w = { .g = graph_new(a) };
    x = g_var(w.g, g_input(w.g, 0, DT_F32, shape_of(3, (int64_t[]){ DIM_BATCH, 2, 3 })));
    Node *e = sum_squares(w.g, g_unary(w.g, OP_SIN, attention(w.g, x, 3)));
    Node *v = g_input(w.g, DIR_V, DT_F32, x->shape);
    w.root[w.n++] = g_request(w.g, OP_JVP, score_of(w.g, e, x), x, v);
    want_gradients(&w, mean(w.g, e), 3);
    resolve(&w);
    check_rewrites("attention", &w, false);
    cr_expect(count_live(w.g, w.root, w.n, OP_TRANSPOSE) == 0);
    arena_free(a);
}

/* The third request: the parameter gradient of a loss with a Hessian-vector product, against
 * central differences of the loss itself. */
Test(values, gradient_of_sliced_score_matching) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x = g_var(w.g, g_input(w.g, 0, DT_F32, rows(2)));
    Node *v = g_input(w.g, DIR_V, DT_F32, rows(2));
    Node *s = score_of(w.g, energy(w.g, x, 4), x), *hv = g_request(w.g, OP_JVP, s, x, v);
    Node *l = g_reduce_example(w.g, OP_REDUCE_SUM, mul(w.g, hv, v)), *q = sum_squares(w.g, s);
    Node *loss = mean(w.g, add(w.g, l, q));
    want_gradients(&w, loss, 6);
    w.root[w.n++] = loss;
    resolve(&w);
    double *out[8], *dual[8], *dir, along = 0;
    Node *y = w.root[6], *input = find_source(w.g, OP_INPUT, 0);
    /* it moves in the duals too */
    ad_vjp(w.g, y, g_const(w.g, DT_F32, 1), &input, 1, &w.root[7]);
    Values at = at_random;
    run_graph(w.g, w.root, 8, &at, a, out, dual);
    for (int k = 0; k < 8; k++) {
        Node *p = k == 7 ? input : find_source(w.g, OP_STATE, k);
        if (k == 6 || !p) continue;                       /* the last bias: its gradient is zero */
        dir = NEW_ARRAY(a, double, value_count(p));
        fill_tangent(&at, p, value_count(p), dir);
        along += inner(out[k], dir, value_count(p));
    }
    expect_close("directional derivative", "ssm", &along, dual[6], 1, 1e-9);
    arena_free(a);
}

/* ---- loops and limits ------------------------------------------------------------------------ */
/* x <- x - 0.1 * (grad energy)(x), `trip` times from x0; `per_step` sees the body's variable. */
static Node *sampler_of(Graph *g, Node *x0, Node *trip, Node *(*per_step)(Graph *g, Node *x)) {
    int64_t loop = g_loop_begin(g);
    Node *x = g_loop_var(g, loop, 0, DT_F32, x0->shape), *step = per_step(g, x);
    Node *next = g_binary(g, OP_SUB, x, mul(g, step, g_const_splat(g, DT_F32, x->shape, 0.1)));
    return g_loop_out(g, g_loop(g, loop, trip, &x0, &next, 1), 0);
}
static Node *sampler(Graph *g, Node *x0, Node *(*per_step)(Graph *g, Node *x)) {
    return sampler_of(g, x0, g_const(g, DT_I32, 4), per_step);
}
/* As many steps as the run says: a loop that cannot be unrolled. */
static Node *open_sampler(Graph *g, Node *x0, Node *(*per_step)(Graph *g, Node *x)) {
    return sampler_of(g, x0, g_scalar(g, 1, DT_I32), per_step);
}
static Node *score_step(Graph *g, Node *x) {
    Node *v = g_var(g, x);
    return score_of(g, energy(g, v, 4), v);
}
/* A step that carries the derivative by a parameter along: not one iteration's affair. */
static Node *scale_step(Graph *g, Node *x) {
    Node *s = weight(g, 9, shape_scalar());
    Node *y = mul(g, x, g_broadcast_scalar(g, s, x->shape));
    Node *e = g_reduce_batch(g, OP_REDUCE_SUM, g_reduce_example(g, OP_REDUCE_SUM, mul(g, y, y)));
    return mul(g, y, g_broadcast_scalar(g, g_request(g, OP_GRAD, e, s, NULL), x->shape));
}
static Node *stopped_scale_step(Graph *g, Node *x) { return scale_step(g, g_stop(g, x)); }
static int errors_of(Work *w, DiagCode code) {
    int n = 0;
    DiagView v;
    base_reset();
    resolve(w);
    for (int i = 0; diag_get(i, &v); i++) n += v.code == code;
    cr_expect(n == diag_count());
    return n;
}

Test(loops, requests_inside_a_body_are_ordinary) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x0 = g_input(w.g, 0, DT_F32, rows(2)), *x = x0;
    w.root[w.n++] = sampler(w.g, x0, score_step);
    for (int k = 0; k < 4; k++)                           /* the same by hand */
        x = g_binary(w.g, OP_SUB, x,
                     mul(w.g, score_step(w.g, x), g_const_splat(w.g, DT_F32, x->shape, 0.1)));
    w.root[w.n++] = x;
    cr_expect(errors_of(&w, E0406) == 0);
    check_rewrites("sampler", &w, true);
    double *out[2];
    values_of(&w, a, out);
    expect_close("loop against unrolled", "sampler", out[0], out[1], 2 * CHECK_BATCH, 1e-12);
    arena_free(a);
}

Test(loops, a_drawn_chain_carries_no_gradient) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *xn = g_stop(w.g, sampler(w.g, g_input(w.g, 0, DT_F32, rows(2)), score_step));
    want_gradients(&w, mean(w.g, energy(w.g, xn, 4)), 6);
    cr_expect(errors_of(&w, E0406) == 0);
    arena_free(a);
}

Test(loops, a_gradient_through_a_chain_is_reported_once) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *xn = open_sampler(w.g, g_input(w.g, 0, DT_F32, rows(2)), score_step);
    want_gradients(&w, mean(w.g, energy(w.g, xn, 4)), 6);
    cr_expect(errors_of(&w, E0406) == 1);
    Work t = { .g = graph_new(a) };
    Node *x0 = g_var(t.g, g_input(t.g, 0, DT_F32, rows(2)));
    Node *v = g_input(t.g, DIR_V, DT_F32, rows(2));
    t.root[t.n++] = g_request(t.g, OP_JVP, open_sampler(t.g, x0, score_step), x0, v);
    cr_expect(errors_of(&t, E0406) == 1);
    double zero;
    cr_expect(node_splat(t.root[0], &zero) && zero == 0);
    base_reset();
    arena_free(a);
}

Test(loops, a_carried_value_that_depends_on_the_variable_is_reported) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) }, stopped = { .g = graph_new(a) };
    w.root[w.n++] = open_sampler(w.g, g_input(w.g, 0, DT_F32, rows(2)), scale_step);
    cr_expect(errors_of(&w, E0406) == 1);
    stopped.root[stopped.n++] = open_sampler(stopped.g, g_input(stopped.g, 0, DT_F32, rows(2)),
                                             stopped_scale_step);
    cr_expect(errors_of(&stopped, E0406) == 0);
    base_reset();
    arena_free(a);
}

/* Momentum: y reads a carried value that depends on earlier positions; the position that the
 * derivative is taken by is this iteration's own. */
Test(loops, another_carried_value_is_a_constant_of_the_iteration) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Graph *g = w.g;
    Node *x0 = g_input(g, 0, DT_F32, rows(2)), *m0 = g_input(g, 1, DT_F32, rows(2));
    int64_t loop = g_loop_begin(g);
    Node *x = g_var(g, g_loop_var(g, loop, 0, DT_F32, x0->shape));
    Node *m = g_loop_var(g, loop, 1, DT_F32, x0->shape);
    Node *e = add(g, energy(g, x, 4), g_reduce_example(g, OP_REDUCE_SUM, mul(g, mul(g, x, x), m)));
    Node *d = score_of(g, e, x), *next[2] = { add(g, x, m), g_unary(g, OP_SIN, d) };
    Node *l = g_loop(g, loop, g_const(g, DT_I32, 3), (Node *[]){ x0, m0 }, next, 2);
    w.root[w.n++] = g_loop_out(g, l, 0);
    cr_expect(errors_of(&w, E0406) == 0);
    arena_free(a);
}

/* Carried values that nothing reads disappear, and what only they need. */
Test(loops, unread_carried_values_are_dropped) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Graph *g = w.g;
    Node *x0 = g_input(g, 0, DT_F32, rows(2)), *zero = g_const_splat(g, DT_F32, per_sample(), 0);
    int64_t loop = g_loop_begin(g);
    Node *e = g_loop_var(g, loop, 0, DT_F32, per_sample());
    Node *x = g_loop_var(g, loop, 1, DT_F32, x0->shape);
    Node *m = g_loop_var(g, loop, 2, DT_F32, x0->shape);
    Node *init[3] = { zero, x0, x0 };
    Node *next[3] = { add(g, e, energy(g, x, 4)), add(g, x, m), g_unary(g, OP_SIN, x) };
    Node *l = g_loop(g, loop, g_const(g, DT_I32, 3), init, next, 3);
    w.root[w.n++] = g_loop_out(g, l, 1);
    cr_expect(dots(&w) == 3);
    check_rewrites("carried", &w, true);
    cr_expect(dots(&w) == 0, "the energy was only summed up for a value that is not read");
    for (uint32_t id = 0; id < graph_size(w.g); id++)
        if (graph_node(w.g, id)->op == OP_LOOP) cr_expect(graph_node(w.g, id)->attr[1] == 2);
    arena_free(a);
}

static Node *nested(Graph *g, Node *e, Node *x, int order) {
    for (int k = 1; k < order; k++) {
        Node *d = score_of(g, e, x);
        e = g_reduce_example(g, OP_REDUCE_SUM, mul(g, d, d));
    }
    return score_of(g, e, x);
}
Test(limits, the_fourth_order_is_reported) {
    for (int order = 1; order <= 5; order++) {
        Arena *a = arena_new("test");
        Work w = { .g = graph_new(a) };
        Node *x = g_var(w.g, g_input(w.g, 0, DT_F32, rows(2)));
        w.root[w.n++] = nested(w.g, energy(w.g, x, 3), x, order);
        cr_expect(errors_of(&w, E0407) == (order > 3), "order %d", order);
        arena_free(a);
    }
    base_reset();
}

/* The order counts what a derivative passes through: ten unrolled steps are of second order. */
Test(limits, unrolled_steps_are_not_nested) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x = g_input(w.g, 0, DT_F32, rows(2));
    for (int k = 0; k < 10; k++) x = g_binary(w.g, OP_SUB, x, score_step(w.g, x));
    want_gradients(&w, mean(w.g, energy(w.g, x, 4)), 6);
    cr_expect(errors_of(&w, E0407) == 0);
    base_reset();
    arena_free(a);
}

Test(limits, an_unreached_variable_gives_zeros) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Node *x = g_var(w.g, g_input(w.g, 0, DT_F32, rows(2))), *e = energy(w.g, g_stop(w.g, x), 3);
    Node *late = g_var(w.g, x);
    w.root[w.n++] = score_of(w.g, e, x);
    w.root[w.n++] = score_of(w.g, e, late);
    w.root[w.n++] = g_request(w.g, OP_JVP, e, x, x);
    w.root[w.n++] = score_of(w.g, e, g_var(w.g, late));   /* made after the first request of e */
    cr_expect(errors_of(&w, E0406) == 0);
    for (int k = 0; k < w.n; k++) {
        double zero;
        cr_expect(node_splat(w.root[k], &zero) && zero == 0);
    }
    arena_free(a);
}

/* The variable is a computed value, s = grad = -2a, that build.c would fold into s * 3 = a * -6. */
Test(values, a_derivative_by_a_computed_value) {
    Arena *a = arena_new("test");
    Work w = { .g = graph_new(a) };
    Graph *g = w.g;
    Node *x = g_var(g, g_input(g, 0, DT_F32, rows(2)));
    Node *s = score_of(g, g_unary(g, OP_NEG, sum_squares(g, x)), x);
    Node *three = g_const_splat(g, DT_F32, s->shape, 3);
    Node *y = sum_all(g, add(g, g_unary(g, OP_EXP, s), mul(g, s, three)));
    w.root[w.n++] = score_of(g, y, s);
    w.root[w.n++] = add(g, g_unary(g, OP_EXP, s), three);
    resolve(&w);
    cr_expect(w.root[0] == w.root[1]);
    arena_free(a);
}

/* b = sin(a) is a variable beside a: tangents add up, and both sweeps mean the same. */
Test(values, a_variable_that_depends_on_another) {
    Arena *a = arena_new("test");
    Graph *g = graph_new(a);
    Node *x = g_input(g, 0, DT_F32, rows(2)), *b = g_var(g, g_unary(g, OP_SIN, x));
    Node *y = mul(g, add(g, x, b), b), *var[2] = { x, b }, *pulled[2], *tangent;
    Node *dir[2] = { g_input(g, DIR_V, DT_F32, x->shape), g_input(g, DIR_U, DT_F32, x->shape) };
    Node *w = g_input(g, DIR_W, DT_F32, y->shape);
    ad_vjp(g, y, w, var, 2, pulled);
    tangent = ad_jvp(g, y, var, dir, 2);
    for (int k = 0; k < 2; k++) pulled[k] = mul(g, pulled[k], dir[k]);
    Node *left = sum_all(g, mul(g, tangent, w)), *right = sum_all(g, add(g, pulled[0], pulled[1]));
    Node *root[2] = { left, right };
    double *v[2];
    Values at = at_random;
    run_graph(g, root, 2, &at, a, v, NULL);
    expect_close("<w, J v> = <J'w, v>", "dependent variables", v[0], v[1], 1, 1e-12);
    arena_free(a);
}

/* ---- random graphs --------------------------------------------------------------------------- */
static uint64_t rng_state;
static uint64_t rng(uint64_t n) {
    rng_state = rng_state * 6364136223846793005u + 1442695040888963407u;
    return (rng_state >> 33) % n;
}
/* A node of the pool brought to the shape s by broadcast or reduction. */
static Node *fit(Graph *g, Node *a, Shape s) {
    if (shape_equal(a->shape, s)) return a;
    Node *total = a->shape.rank ? sum_all(g, a) : a;
    if (node_batched(a) && shape_batched(s)) total = g_reduce_example(g, OP_REDUCE_SUM, a);
    return g_broadcast_to(g, total, s);
}
static Node *random_graph(Graph *g, int steps) {
    static const Op unary[] = { OP_SIN, OP_TANH, OP_SIGMOID, OP_SOFTPLUS, OP_NEG, OP_COS, OP_ERF };
    static const Op binary[] = { OP_ADD, OP_SUB, OP_MUL, OP_MUL, OP_MAXIMUM, OP_MINIMUM };
    Node *pool[64];
    int n = 0;
    pool[n++] = g_input(g, 0, DT_F32, rows(3));
    pool[n++] = g_input(g, 1, DT_F32, shape_of(2, (int64_t[]){ 3, 3 }));
    pool[n++] = g_input(g, 2, DT_F32, shape_of(1, (int64_t[]){ 3 }));
    for (int k = 0; k < steps; k++) {
        Node *a = pool[rng((uint64_t)n)], *b = pool[rng((uint64_t)n)], *m = NULL;
        uint64_t kind = rng(8);
        if (kind < 2) m = g_unary(g, unary[rng(7)], a);
        else if (kind < 5) {
            bool batched = node_batched(a) || node_batched(b);
            Shape s = a->shape.rank > b->shape.rank ? a->shape : b->shape;
            if (batched && !shape_batched(s)) s = node_batched(a) ? a->shape : b->shape;
            m = g_binary(g, binary[rng(6)], fit(g, a, s), fit(g, b, s));
        } else if (kind == 5 && a->shape.rank > 0) {
            int axis = (int)rng((uint64_t)a->shape.rank);
            m = g_reduce(g, rng(3) ? OP_REDUCE_SUM : OP_REDUCE_MAX, a, &axis, 1);
        } else if (kind == 6 && a->shape.rank > 0) {
            Node *w = pool[1];
            DotAxes d = { .nc = 1, .ac = { a->shape.rank - 1 }, .bc = { (int)rng(2) } };
            if (a->shape.dim[a->shape.rank - 1] == 3) m = g_dot(g, a, w, &d);
        } else if (a->shape.rank == 2 && !node_batched(a)) {
            m = g_transpose(g, a, (int[]){ 1, 0 });
        }
        if (m && m->shape.rank < 5) pool[n++] = m;
    }
    Node *y = NULL;
    for (int k = 3; k < n; k++) {
        Node *t = sum_all(g, pool[k]);
        y = y ? add(g, y, t) : t;
    }
    return y ? y : sum_all(g, mul(g, pool[0], pool[0]));
}

Test(values, random_graphs_to_third_order) {
    for (int seed = 0; seed < 150; seed++) {
        Arena *a = arena_new("test");
        Graph *g = graph_new(a);
        rng_state = (uint64_t)seed * 77 + 5;
        for (int k = 0; k < 4; k++) rng(2);
        Node *y = random_graph(g, 4 + seed % 9), *x[MAX_INPUTS];
        if (find_variables(g, y, x) > 0)
            check_derivatives(arena_printf(a, "random %d", seed), g, y, -0.9, 0.8);
        arena_free(a);
    }
}

/* Gradients and Hessian-vector products of random graphs, before and after the rewrites. */
Test(values, rewrites_of_random_graphs) {
    for (int seed = 0; seed < 300; seed++) {
        Arena *a = arena_new("test");
        Work w = { .g = graph_new(a) };
        rng_state = (uint64_t)seed * 131 + 17;
        for (int k = 0; k < 4; k++) rng(2);
        Node *y = random_graph(w.g, 4 + seed % 16), *x[MAX_INPUTS];
        int n = find_variables(w.g, y, x);
        w.root[w.n++] = y;
        for (int k = 0; k < n; k++) {
            Node *v = g_input(w.g, (int)source_key(x[k]) + DIR_V, DT_F32, x[k]->shape);
            Node *gx = score_of(w.g, y, x[k]);
            w.root[w.n++] = gx;
            w.root[w.n++] = g_request(w.g, OP_JVP, gx, x[k], v);
        }
        resolve(&w);
        check_rewrites(arena_printf(a, "random %d", seed), &w, false);
        arena_free(a);
    }
}
