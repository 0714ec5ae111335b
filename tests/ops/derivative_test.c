// links: passes graph base
/* derivative_test.c - every differentiable op of ops.def, first to third order, in the
 * interpreter's double precision. A new op without a case here fails `every_rule_is_tested`. */
#include "ops/derivative_check.h"

static Shape B_(int64_t a) { return shape_of(2, (int64_t[]){ DIM_BATCH, a }); }
static Shape B__(int64_t a, int64_t b) { return shape_of(3, (int64_t[]){ DIM_BATCH, a, b }); }
static Shape B___(int64_t a, int64_t b, int64_t c) {
    return shape_of(4, (int64_t[]){ DIM_BATCH, a, b, c });
}
static Shape S1(int64_t a) { return shape_of(1, &a); }
static Shape S2(int64_t a, int64_t b) { return shape_of(2, (int64_t[]){ a, b }); }
static Shape S3(int64_t a, int64_t b, int64_t c) { return shape_of(3, (int64_t[]){ a, b, c }); }
static Shape S4(int64_t a, int64_t b, int64_t c, int64_t d) {
    return shape_of(4, (int64_t[]){ a, b, c, d });
}
static Node *in(Graph *g, int k, Shape s) { return g_input(g, k, DT_F32, s); }
/* So that linear operands have curvature: x * sin(x). */
static Node *bent(Graph *g, Node *x) { return g_binary(g, OP_MUL, x, g_unary(g, OP_SIN, x)); }
static Node *bent_in(Graph *g, int k, Shape s) { return bent(g, in(g, k, s)); }
#define AXES(...) (int[]){ __VA_ARGS__ }
#define I64(...) (int64_t[]){ __VA_ARGS__ }

/* ---- one case per way that an op can be used ------------------------------------------------- */
static Node *c_broadcast(Graph *g) {
    return g_broadcast(g, bent_in(g, 0, S2(2, 3)), S4(4, 2, 5, 3), AXES(1, 3));
}
static Node *c_broadcast_batch(Graph *g) {
    return g_broadcast(g, bent_in(g, 0, S1(3)), B__(2, 3), AXES(2));
}
static Node *c_sum(Graph *g) {
    return g_reduce(g, OP_REDUCE_SUM, bent_in(g, 0, B__(2, 3)), AXES(1), 1);
}
static Node *c_sum_batch(Graph *g) {
    return g_reduce(g, OP_REDUCE_SUM, bent_in(g, 0, B__(2, 3)), AXES(0, 2), 2);
}
static Node *c_reshape(Graph *g) { return g_reshape(g, bent_in(g, 0, B__(2, 3)), B_(6)); }
static Node *c_transpose(Graph *g) {
    return g_transpose(g, bent_in(g, 0, B___(2, 3, 4)), AXES(0, 3, 1, 2));
}
static Node *c_slice(Graph *g) {
    return g_slice(g, bent_in(g, 0, B__(7, 5)), I64(0, 1, 0), I64(DIM_BATCH, 3, 2), I64(1, 2, 3));
}
static Node *c_pad(Graph *g) {
    return g_pad(g, bent_in(g, 0, B__(2, 3)), I64(0, 1, 0), I64(0, 2, 1), I64(0, 0, 2));
}
static Node *c_reverse(Graph *g) { return g_reverse(g, bent_in(g, 0, B__(2, 3)), AXES(1, 2), 2); }
static Node *c_concat(Graph *g) {
    Node *a = in(g, 0, B_(2)), *v[3] = { bent(g, a), bent_in(g, 1, B_(3)), g_unary(g, OP_EXP, a) };
    return g_concat(g, v, 3, 1);
}
static Node *index_of(Graph *g, Shape s) { return g_input(g, 9, DT_I32, s); }
static Node *c_gather(Graph *g) {
    return g_gather(g, bent_in(g, 0, S2(INDEX_LIMIT, 3)), index_of(g, B_(4)));
}
static Node *c_take(Graph *g) {
    Node *n = g_const(g, DT_I32, CHECK_BATCH);
    return g_take(g, bent_in(g, 0, B_(2)), g_perm(g, 2, NULL, n, false),
                  g_perm(g, 2, NULL, n, true));
}
static Node *c_scatter(Graph *g) {
    return g_scatter_add(g, index_of(g, B_(4)), bent_in(g, 0, B__(4, 2)), INDEX_LIMIT);
}
static Node *c_convert(Graph *g) {
    Node *x = bent_in(g, 0, B_(2));
    Node *bits = g_convert(g, g_binary(g, OP_LT, g_const_splat(g, DT_F32, x->shape, 0.3), x),
                           DT_F32);
    return g_binary(g, OP_MUL, x, bits);
}
static const PoolAttr pool2 = { 2, 3, 2, 1, 1, 0, 1, 1 };
static Node *c_pool_sum(Graph *g) { return g_pool_sum(g, bent_in(g, 0, B___(2, 5, 4)), &pool2); }
static Node *c_pool_sum_t(Graph *g) {
    return g_pool_sum_t(g, bent_in(g, 0, B___(2, 3, 4)), &pool2, 5, 4);
}
static Node *c_max_pool(Graph *g) { return g_max_pool(g, bent_in(g, 0, B___(2, 5, 4)), &pool2); }
static Node *c_pool_pick(Graph *g) {
    return g_pool_pick(g, in(g, 0, B___(2, 5, 4)), bent_in(g, 1, B___(2, 5, 4)), &pool2);
}
static Node *c_pool_pick_t(Graph *g) {
    return g_pool_pick_t(g, in(g, 0, B___(2, 5, 4)), bent_in(g, 1, B___(2, 3, 4)), &pool2);
}
static Node *c_max(Graph *g) {
    return g_reduce(g, OP_REDUCE_MAX, bent_in(g, 0, B__(3, 4)), AXES(2), 1);
}
static Node *c_max_two(Graph *g) {
    return g_reduce(g, OP_REDUCE_MAX, bent_in(g, 0, B___(2, 3, 4)), AXES(1, 3), 2);
}
static Node *c_max_batch(Graph *g) {
    return g_reduce(g, OP_REDUCE_MAX, bent_in(g, 0, B__(2, 3)), AXES(0, 2), 2);
}
static Node *c_min(Graph *g) {
    return g_reduce(g, OP_REDUCE_MIN, bent_in(g, 0, B__(3, 4)), AXES(1), 1);
}

/* dot: [batch pairs][contract pairs] in every arrangement that autodiff can meet */
static Node *dot2(Graph *g, Shape a, Shape b, DotAxes d) {
    return g_dot(g, bent_in(g, 0, a), bent_in(g, 1, b), &d);
}
static Node *c_dot_linear(Graph *g) {
    return dot2(g, B_(3), S2(4, 3), (DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } });
}
static Node *c_dot_linear_t(Graph *g) {
    return dot2(g, B_(3), S2(3, 4), (DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 0 } });
}
static Node *c_dot_shared_left(Graph *g) {
    return dot2(g, S2(4, 3), B_(3), (DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } });
}
static Node *c_dot_sum_batch(Graph *g) {
    return dot2(g, B_(3), B__(2, 4), (DotAxes){ .nc = 1, .ac = { 0 }, .bc = { 0 } });
}
static Node *c_dot_sum_batch2(Graph *g) {
    return dot2(g, B__(3, 2), B__(4, 3), (DotAxes){ .nc = 2, .ac = { 0, 1 }, .bc = { 0, 2 } });
}
static Node *c_dot_attention(Graph *g) {
    return dot2(g, B__(3, 4), B__(5, 4),
                (DotAxes){ .nb = 1, .nc = 1, .bb = { 0 }, .ac = { 2 }, .bc = { 2 } });
}
static Node *c_dot_attention_t(Graph *g) {
    return dot2(g, B__(4, 3), B__(4, 5),
                (DotAxes){ .nb = 1, .nc = 1, .bb = { 0 }, .ac = { 1 }, .bc = { 1 } });
}
static Node *c_dot_heads(Graph *g) {
    return dot2(g, B___(3, 2, 4), B___(2, 5, 4),
        (DotAxes){ .nb = 2, .nc = 1, .ab = { 0, 2 }, .bb = { 0, 1 }, .ac = { 3 }, .bc = { 3 } });
}
static Node *c_dot_two(Graph *g) {
    return dot2(g, S3(2, 3, 4), S3(4, 5, 2), (DotAxes){ .nc = 2, .ac = { 0, 2 }, .bc = { 2, 0 } });
}
static Node *c_dot_crossed(Graph *g) {
    return dot2(g, S3(2, 3, 4), S4(3, 5, 2, 4),
        (DotAxes){ .nb = 1, .nc = 2, .ab = { 2 }, .bb = { 3 }, .ac = { 1, 0 }, .bc = { 0, 2 } });
}
static Node *c_dot_outer(Graph *g) { return dot2(g, S1(2), S2(3, 4), (DotAxes){ 0 }); }
static Node *c_dot_lifted(Graph *g) {
    return dot2(g, B__(2, 3), S3(2, 4, 3),
                (DotAxes){ .nb = 1, .nc = 1, .ab = { 1 }, .bb = { 0 }, .ac = { 2 }, .bc = { 2 } });
}
static Node *c_dot_square(Graph *g) {
    Node *a = in(g, 0, B_(3));
    return g_dot(g, a, a, &(DotAxes){ .nb = 1, .nc = 1, .ac = { 1 }, .bc = { 1 } });
}

static const ConvAttr plain_conv = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
static const ConvAttr odd_conv = { 2, 1, 1, 0, 0, 2, 1, 2, 2 };
static Node *c_conv(Graph *g) {
    return g_conv(g, bent_in(g, 0, B___(2, 4, 4)), bent_in(g, 1, S4(3, 2, 3, 3)), &plain_conv);
}
static Node *c_conv_odd(Graph *g) {
    return g_conv(g, bent_in(g, 0, B___(4, 6, 5)), bent_in(g, 1, S4(2, 2, 2, 3)), &odd_conv);
}
static Node *c_conv_dx(Graph *g) {
    Node *y = bent_in(g, 0, B___(2, 3, 3));
    return g_conv_dx(g, y, bent_in(g, 1, S4(2, 2, 2, 3)), &odd_conv, 6, 5);
}
static Node *c_conv_dw(Graph *g) {
    Node *x = bent_in(g, 0, B___(4, 6, 5));
    return g_conv_dw(g, x, bent_in(g, 1, B___(2, 3, 3)), &odd_conv, 2, 3);
}
static Node *c_var(Graph *g) { return bent(g, g_var(g, in(g, 0, B_(2)))); }

static const struct { const char *name; Node *(*build)(Graph *g); } cases[] = {
#define CASE(f) { #f, f }
    CASE(c_broadcast), CASE(c_broadcast_batch), CASE(c_sum), CASE(c_sum_batch), CASE(c_reshape),
    CASE(c_transpose), CASE(c_slice), CASE(c_pad), CASE(c_reverse), CASE(c_concat), CASE(c_gather),
    CASE(c_take),
    CASE(c_scatter), CASE(c_convert), CASE(c_pool_sum), CASE(c_pool_sum_t), CASE(c_max_pool),
    CASE(c_pool_pick), CASE(c_pool_pick_t), CASE(c_max), CASE(c_max_two), CASE(c_max_batch),
    CASE(c_min), CASE(c_dot_linear), CASE(c_dot_linear_t), CASE(c_dot_shared_left),
    CASE(c_dot_sum_batch), CASE(c_dot_sum_batch2), CASE(c_dot_attention), CASE(c_dot_attention_t),
    CASE(c_dot_heads), CASE(c_dot_two), CASE(c_dot_crossed), CASE(c_dot_outer), CASE(c_dot_lifted),
    CASE(c_dot_square), CASE(c_conv), CASE(c_conv_odd), CASE(c_conv_dx), CASE(c_conv_dw),
    CASE(c_var),
};
enum { N_CASES = sizeof cases / sizeof *cases };

Test(derivatives, structure_and_contractions) {
    for (int k = 0; k < N_CASES; k++) {
        Arena *a = arena_new("test");
        Graph *g = graph_new(a);
        Node *y = cases[k].build(g);
        check_derivatives(cases[k].name, g, bent(g, y), -1.3, 1.7);
        arena_free(a);
    }
}

/* An elementwise op over inputs of its domain; the squares give linear ops curvature. */
static Node *elementwise(Graph *g, Op op) {
    Node *a[3] = { NULL };
    int n = op_info[op].arity;
    for (int k = 0; k < n; k++) a[k] = in(g, k, B_(3));
    if (op == OP_SELECT) {
        Node *c = g_binary(g, OP_LT, a[0], g_const_splat(g, DT_F32, a[0]->shape, 0.2));
        return g_select(g, c, a[1], a[2]);
    }
    if (op == OP_MOD) a[1] = g_const_splat(g, DT_F32, a[0]->shape, 1.3);   /* in a only */
    return n == 1 ? g_unary(g, op, a[0]) : g_binary(g, op, a[0], a[1]);
}

Test(derivatives, elementwise_ops_of_the_table) {
    for (int op = 0; op < OP_COUNT; op++) {
        if (op_info[op].cls != CLASS_EW) continue;
        Arena *a = arena_new("test");
        Graph *g = graph_new(a);
        Node *y = elementwise(g, (Op)op);
        /* keep the third derivatives of exp and its like within reach of differences */
        double lo = fmax(op_info[op].lo, -3), hi = fmin(op_info[op].hi, 3);
        if (lo > 0) lo = fmax(lo, 0.4);
        check_derivatives(op_info[op].name, g, g_binary(g, OP_ADD, bent(g, y), y), lo, hi);
        arena_free(a);
    }
}

/* Powers that build.c does not turn into products, with constant and run-time exponents. */
Test(derivatives, powers) {
    static const double exponents[] = { 1.5, -0.7, 2.5, 0.3 };
    for (int k = 0; k < 4; k++) {
        Arena *a = arena_new("test");
        Graph *g = graph_new(a);
        Node *x = in(g, 0, B_(3));
        Node *power = g_const_splat(g, DT_F32, x->shape, exponents[k]);
        check_derivatives("pow", g, g_binary(g, OP_POW, x, power), 0.5, 2.5);
        arena_free(a);
    }
}

Test(derivatives, every_rule_is_tested) {
    bool seen[OP_COUNT] = { false };
    Arena *a = arena_new("test");
    for (int k = 0; k < N_CASES; k++) {
        Graph *g = graph_new(a);
        cases[k].build(g);
        for (uint32_t id = 0; id < graph_size(g); id++) seen[graph_node(g, id)->op] = true;
    }
    for (int op = 0; op < OP_COUNT; op++) {
        OpClass c = op_info[op].cls;
        if (c == CLASS_LIN || c == CLASS_BIL || c == CLASS_MAP)
            cr_expect(seen[op], "no derivative case for %s", op_info[op].name);
    }
    arena_free(a);
}

/* ---- ties and edges: the documented choices -------------------------------------------------- */
/* d/dx_i of op(x...) at constants given as tensors [n], by the reverse sweep. */
static void slope_at(Op op, const double *const *at, int n_in, int which, int n, double *out) {
    Arena *a = arena_new("test");
    Graph *g = graph_new(a);
    Node *x[3];
    for (int k = 0; k < n_in; k++) {
        Node *c = g_const_tensor(g, DT_F32, S1(n), at[k]);
        x[k] = g_var(g, c);
    }
    Node *y = n_in == 1 ? g_unary(g, op, x[0]) : g_binary(g, op, x[0], x[1]), *r;
    ad_vjp(g, y, g_const_splat(g, DT_F32, y->shape, 1), &x[which], 1, &r);
    double *v[1];
    Values none = { 0, 1, 0, DIR_V };
    r = or_zero(g, r, y);
    run_graph(g, &r, 1, &none, a, v, NULL);
    memcpy(out, v[0], (size_t)n * sizeof *out);
    arena_free(a);
}

Test(derivatives, ties_go_to_the_second_operand) {
    const double a[3] = { 1, 2, 3 }, b[3] = { 2, 2, 2 };
    const double *at[2] = { a, b };
    double d[3];
    slope_at(OP_MAXIMUM, at, 2, 0, 3, d);
    cr_expect(d[0] == 0 && d[1] == 0 && d[2] == 1);
    slope_at(OP_MAXIMUM, at, 2, 1, 3, d);
    cr_expect(d[0] == 1 && d[1] == 1 && d[2] == 0);
    slope_at(OP_MINIMUM, at, 2, 0, 3, d);
    cr_expect(d[0] == 1 && d[1] == 0 && d[2] == 0);
    slope_at(OP_MINIMUM, at, 2, 1, 3, d);
    cr_expect(d[0] == 0 && d[1] == 1 && d[2] == 1);
}

Test(derivatives, abs_sqrt_and_pow_at_zero) {
    const double z[2] = { 0, 4 }, e[2] = { 1.5, 0.5 };
    double d[2];
    slope_at(OP_ABS, (const double *[]){ z }, 1, 0, 2, d);
    cr_expect(d[0] == 0 && d[1] == 1);
    slope_at(OP_SQRT, (const double *[]){ z }, 1, 0, 2, d);
    cr_expect(d[0] == 0 && d[1] == 0.25);
    slope_at(OP_POW, (const double *[]){ z, e }, 2, 1, 2, d);
    cr_expect(d[0] == 0 && fabs(d[1] - 2 * log(4)) < 1e-12);
}

/* norm(0): the second derivative through sqrt's guard is finite as well. */
Test(derivatives, norm_at_zero_is_flat_at_every_order) {
    Arena *a = arena_new("test");
    Graph *g = graph_new(a);
    Node *x = g_var(g, g_const_splat(g, DT_F32, B_(3), 0));
    Node *y = g_unary(g, OP_SQRT, g_reduce_example(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, x, x)));
    Node *v = in(g, DIR_V, x->shape), *gx, *hv, *gg;
    ad_vjp(g, y, g_const_splat(g, DT_F32, y->shape, 1), &x, 1, &gx);
    hv = ad_jvp(g, gx, &x, &v, 1);
    ad_vjp(g, gx, v, &x, 1, &gg);
    Node *root[3] = { gx, hv, gg };
    double *out[3];
    Values none = { 0, 1, 0, DIR_V };
    run_graph(g, root, 3, &none, a, out, NULL);
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < value_count(root[k]); i++)
            cr_expect(out[k][i] == 0, "root %d: %g", k, out[k][i]);
    arena_free(a);
}

/* minimum(maximum(x, lo), hi): flat from the bounds on, the bounds included. */
Test(derivatives, a_saturated_clamp_is_flat) {
    Arena *a = arena_new("test");
    Graph *g = graph_new(a);
    const double at[5] = { -2, -1, 0, 1, 2 }, want[5] = { 0, 0, 1, 0, 0 };
    Node *x = g_var(g, g_const_tensor(g, DT_F32, S1(5), at)), *gx;
    Node *low = g_binary(g, OP_MAXIMUM, x, g_const_splat(g, DT_F32, x->shape, -1));
    Node *y = g_binary(g, OP_MINIMUM, low, g_const_splat(g, DT_F32, x->shape, 1));
    ad_vjp(g, y, g_const_splat(g, DT_F32, y->shape, 1), &x, 1, &gx);
    double *out[1];
    Values none = { 0, 1, 0, DIR_V };
    run_graph(g, &gx, 1, &none, a, out, NULL);
    for (int i = 0; i < 5; i++) cr_expect(out[0][i] == want[i]);
    arena_free(a);
}

Test(derivatives, an_extremum_is_its_first_place) {
    Arena *a = arena_new("test");
    Graph *g = graph_new(a);
    const double at[4] = { 1, 3, 3, 0 }, want[4] = { 0, 1, 0, 0 };
    Node *x = g_var(g, g_const_tensor(g, DT_F32, S1(4), at)), *gx;
    Node *y = g_reduce(g, OP_REDUCE_MAX, x, AXES(0), 1);
    ad_vjp(g, y, g_const(g, DT_F32, 1), &x, 1, &gx);
    double *out[1];
    Values none = { 0, 1, 0, DIR_V };
    run_graph(g, &gx, 1, &none, a, out, NULL);
    for (int i = 0; i < 4; i++) cr_expect(out[0][i] == want[i]);
    arena_free(a);
}
