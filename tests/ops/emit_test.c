// links: backend graph base
/* emit_test.c - every op of ops.def: interpreter against emitted C.
 *
 * `build` has one case per op that adds small graphs with it to a program: of samples (a ragged
 * batch), of shared values, and sums over the batch. Programs of one class are compiled together,
 * for three tile sizes, with gcc and clang. */
#include "ops/emit_help.h"

enum { RAGGED = 67 };

static Node *rows(Bench *b, Shape s) { return bench_rows(b, DT_F32, s, -1, 1); }
static Node *shared(Bench *b, Shape s) { return bench_state(b, DT_F32, s, -1, 1); }

/* ---- elementwise ---------------------------------------------------------------------------- */

static Node *ew_operand(Bench *b, Op op, DType t, int k, bool batched, Shape s) {
    double lo = op_info[op].lo, hi = op_info[op].hi;
    if (op == OP_SELECT && k == 0)
        t = DT_BOOL;
    if (t == DT_I32)
        lo = -9, hi = 9;
    return batched ? bench_rows(b, t, s, lo, hi) : bench_state(b, t, s, lo, hi);
}

static void build_elementwise(Bench *b, Op op, DType t) {
    for (int batched = 0; batched < 2; batched++) {
        Node *in[3];
        Shape s = batched ? SHAPE(3) : SHAPE(2, 5);
        for (int k = 0; k < op_info[op].arity; k++)
            in[k] = ew_operand(b, op, t, k, batched, s);
        Node *y = op == OP_SELECT ? g_select(b->g, in[0], in[1], in[2])
                : op_info[op].arity == 1 ? g_unary(b->g, op, in[0]) : g_binary(b->g, op, in[0],
                        in[1]);
        cr_assert_eq(y->op, op);
        bench_out(b, y);
    }
}

static bool takes(Op op, DType t) {
    switch (op) {
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_NEG: case OP_MOD: case OP_MAXIMUM:
    case OP_MINIMUM: case OP_ABS: case OP_SIGN: case OP_SELECT: return t == DT_F32 || t == DT_I32;
    case OP_EQ: case OP_NE: case OP_LT: case OP_LE: return t == DT_F32 || t == DT_I32;
    case OP_AND: case OP_OR: case OP_NOT: return t == DT_BOOL;
    default: return t == DT_F32;
    }
}

Test(emit, elementwise) {
    Bench *b = bench_new(RAGGED);
    int count = 0;
    for (int op = 0; op < OP_COUNT; op++)
        for (int t = 0; t < DT_COUNT; t++)
            if (op_is_elementwise(op) && takes(op, t)) {
                build_elementwise(b, op, t);
                count++;
            }
    cr_assert_gt(count, 40);
    bench_check(b, 2e-6);
}

/* Edge values: zeros, infinities, large and tiny numbers through every one-operand op. */
Test(emit, edge_values) {
    static const double edge[] = { 0, -0.0, 1, -1, 1e-40, 1e30, -1e30, 88, -88, 200, -200, INFINITY,
                                   -INFINITY, NAN, 0.5, -0.5, 2.5, 3e9, -3e9, 255.5 };
    enum { N = sizeof edge / sizeof *edge };
    Bench *b = bench_new(5);
    b->quick = true;
    Node *x = g_const_tensor(b->g, DT_F32, SHAPE(N), edge);
    static const Op ops[] = { OP_EXP, OP_EXPM1, OP_TANH, OP_SIGMOID, OP_SOFTPLUS, OP_ERF, OP_ABS,
                              OP_FLOOR, OP_CEIL, OP_NEG, OP_SQRT, OP_LOG };
    Node *w = bench_state(b, DT_F32, SHAPE(N), 0, 0);
    Node *y = g_binary(b->g, OP_ADD, x, w);           /* not folded */
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
        bench_out(b, g_unary(b->g, ops[k], y));
    bench_out(b, g_convert(b->g, y, DT_I32));
    bench_out(b, g_convert(b->g, y, DT_BOOL));
    bench_out(b, g_convert(b->g, g_convert(b->g, y, DT_U8), DT_I32));
    bench_out(b, g_binary(b->g, OP_MAXIMUM, y, g_const_splat(b->g, DT_F32, SHAPE(N), 0.25)));
    bench_check(b, 1e-6);
}

/* ---- structure ------------------------------------------------------------------------------ */

static void build_structure(Bench *b, Op op, bool batched) {
    Graph *g = b->g;
    int l = batched ? 1 : 0;
    Node *x = batched ? rows(b, SHAPE(3, 4, 5)) : shared(b, SHAPE(3, 4, 5));
    Node *y = NULL;
#define AXES(...) (batched ? (int64_t[]){ 0, __VA_ARGS__ } : (int64_t[]){ __VA_ARGS__ })
#define SIZES(...) (batched ? (int64_t[]){ B, __VA_ARGS__ } : (int64_t[]){ __VA_ARGS__ })
#define STEPS(...) (batched ? (int64_t[]){ 1, __VA_ARGS__ } : (int64_t[]){ __VA_ARGS__ })
    switch (op) {
    case OP_BROADCAST: {
        Node *v = batched ? rows(b, SHAPE(4)) : shared(b, SHAPE(4));
        int map[2] = { 0, 2 }, flat[1] = { 1 };
        y = g_broadcast(g, v, batched ? SHAPE(B, 3, 4) : SHAPE(3, 4), batched ? map : flat);
        break;
    }
    case OP_RESHAPE:
        y = g_unary(g, OP_TANH, g_reshape(g, g_unary(g, OP_EXP, x), batched ? SHAPE(B, 12,
                5) : SHAPE(12, 5)));
        break;
    case OP_TRANSPOSE:
        y = g_transpose(g, x, batched ? (int[]){ 0, 3, 1, 2 } : (int[]){ 2, 0, 1 });
        break;
    case OP_SLICE:
        y = g_slice(g, x, AXES(1, 0, 1), SIZES(2, 2, 2), STEPS(1, 3, 2));
        break;
    case OP_PAD:
        y = g_pad(g, x, AXES(1, 0, 2), AXES(0, 2, 1), AXES(0, 1, 2));
        break;
    case OP_REVERSE: y = g_reverse(g, x, (int[]){ l, l + 2 }, 2); break;
    case OP_CONCAT: {
        Node *z = batched ? rows(b, SHAPE(3, 2, 5)) : shared(b, SHAPE(3, 2, 5));
        y = g_concat(g, (Node *[]){ x, z, g_unary(g, OP_NEG, x) }, 3, l + 1);
        break;
    }
    case OP_IOTA: {
        Shape s = batched ? SHAPE(B, 4, 3) : SHAPE(4, 3);
        y = g_binary(g, OP_ADD, g_iota(g, s, 0), g_iota(g, s, l + 1));
        break;
    }
    case OP_CONVERT: {
        Node *k = g_convert(g, g_binary(g, OP_MUL, x, g_const_splat(g, DT_F32, x->shape, 9)),
                            DT_I32);
        y = g_convert(g, k, DT_F32);
        bench_out(b, k);
        break;
    }
    case OP_GATHER: {
        Node *table = shared(b, SHAPE(7, 2, 3));
        Node *i = batched ? bench_rows(b, DT_I32, shape_scalar(), -1, 8) : bench_state(b, DT_I32,
                SHAPE(5), -1, 8);
        y = g_gather(g, table, i);
        if (batched) {
            Node *many = bench_rows(b, DT_I32, SHAPE(4), 0, 7);
            bench_out(b, g_gather(g, table, many));
            bench_out(b, g_gather(g, bench_state(b, DT_I32, SHAPE(7), -5, 5), many));
        }
        break;
    }
    case OP_TAKE: {
        Node *n = g_scalar(g, 2, DT_I32), *i = g_perm(g, 7, NULL, n, false),
            *j = g_perm(g, 7, NULL, n, true);
        Node *here = g_sample(g), *z = rows(b, SHAPE(3, 4, 5));
        Node *next = g_binary(g, OP_MOD, g_binary(g, OP_ADD, here,
                                                  g_const_splat(g, DT_I32, SHAPE(B), 1)),
                              g_broadcast_scalar(g, n, SHAPE(B)));
        y = g_take(g, g_unary(g, OP_TANH, z), i, j);
        bench_out(b, g_take(g, z, i, j));                         /* rows of data */
        bench_out(b, g_take(g, g_unary(g, OP_EXP, y), j, i));
        bench_out(b, g_take(g, g_convert(g, z, DT_I32), next, i));
        bench_out(b, g_take(g, g_broadcast_to(g, g_reduce_example(g, OP_REDUCE_SUM, z), z->shape),
                            next, i));
        bench_out(b, g_take(g, here, next, i));
        break;
    }
    case OP_SCATTER_ADD: {
        Node *i = batched ? bench_rows(b, DT_I32, SHAPE(2), 0, 6) : bench_state(b, DT_I32, SHAPE(9),
                0, 6);
        Node *v = batched ? rows(b, SHAPE(2, 3)) : shared(b, SHAPE(9, 3));
        y = g_scatter_add(g, i, v, 6);
        if (batched)
            bench_out(b, g_scatter_add(g, bench_rows(b, DT_I32, shape_scalar(), 0, 6),
                                       rows(b, shape_scalar()), 6));
        break;
    }
    case OP_CONST: {
        double v[20];
        for (int k = 0; k < 20; k++)
            v[k] = k * 0.25 - 2;
        Node *c = g_const_tensor(g, DT_F32, SHAPE(4, 5), v);
        y = g_binary(g, OP_ADD, x, g_broadcast(g, c, x->shape, (int[]){ l + 1, l + 2 }));
        bench_out(b, g_const_splat(g, DT_F32, batched ? SHAPE(B, 2) : SHAPE(2), 3.5));
        break;
    }
    default: return;
    }
    bench_out(b, y);
}

Test(emit, structure) {
    Bench *b = bench_new(RAGGED);
    for (int op = 0; op < OP_COUNT; op++)
        for (int batched = 0; batched < 2; batched++)
            build_structure(b, op, batched);
    bench_check(b, 1e-6);
}

/* Views of views of elementwise values, read by address and by index. */
Test(emit, views_in_chains) {
    Bench *b = bench_new(RAGGED);
    Graph *g = b->g;
    Node *x = rows(b, SHAPE(4, 6)), *w = shared(b, SHAPE(6, 4));
    Node *e = g_unary(g, OP_EXP, x);
    Node *t = g_transpose(g, e, (int[]){ 0, 2, 1 });
    Node *r = g_reverse(g, t, (int[]){ 1 }, 1);
    Node *p = g_pad(g, r, (int64_t[]){ 0, 1, 0 }, (int64_t[]){ 0, 0, 1 }, (int64_t[]){ 0, 0, 0 });
    Node *s = g_slice(g, p, (int64_t[]){ 0, 1, 0 }, (int64_t[]){ B, 5, 4 }, (int64_t[]){ 1, 1, 1 });
    Node *wt = g_transpose(g, g_unary(g, OP_TANH, w), (int[]){ 1, 0 });
    Node *ws = g_slice(g, wt, (int64_t[]){ 1, 0 }, (int64_t[]){ 2, 6 }, (int64_t[]){ 2, 1 });
    bench_out(b, s);
    bench_out(b, g_binary(g, OP_MUL, s, g_unary(g, OP_SIN, s)));
    bench_out(b, g_dot(g, x, ws, &(DotAxes){ .nc = 1, .ac = { 2 }, .bc = { 1 } }));
    bench_out(b, g_dot(g, t, wt, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } }));
    Node *chain = x;
    for (int k = 0; k < 12; k++)
        chain = k % 2 ? g_reverse(g, chain, (int[]){ 1 + k % 2 }, 1)
                      : g_transpose(g, chain, (int[]){ 0, 2, 1 });
    bench_out(b, chain);
    bench_check(b, 1e-5);
}

/* ---- contractions --------------------------------------------------------------------------- */

static void build_dots(Bench *b) {
    Graph *g = b->g;
    Node *x = rows(b, SHAPE(12)), *x3 = rows(b, SHAPE(5, 12)), *w = shared(b, SHAPE(9, 12));
    Node *v3 = rows(b, SHAPE(5, 7)), *bias = shared(b, SHAPE(9)), *w3 = shared(b, SHAPE(3, 12, 2));
    DotAxes last = { .nc = 1, .ac = { 1 }, .bc = { 1 } };
    Node *y = g_dot(g, x, w, &last);
    bench_out(b, g_binary(g, OP_ADD, y, g_broadcast(g, bias, y->shape, (int[]){ 1 })));
    bench_out(b, g_dot(g, g_unary(g, OP_TANH, y), w, &(DotAxes){ .nc = 1, .ac = { 1 },
                                                                .bc = { 0 } }));
    bench_out(b, g_dot(g, x3, w, &(DotAxes){ .nc = 1, .ac = { 2 }, .bc = { 1 } }));
    bench_out(b, g_dot(g, x3, shared(b, SHAPE(5, 3)), &(DotAxes){ .nc = 1, .ac = { 1 },
                                                                 .bc = { 0 } }));
    bench_out(b, g_dot(g, x, w3, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } }));
    bench_out(b, g_dot(g, x3, shared(b, SHAPE(12, 5, 4)), &(DotAxes){ .nc = 2, .ac = { 1, 2 },
                                                                     .bc = { 1, 0 } }));
    /* both per sample; an outer product per sample; with a shared batch axis */
    bench_out(b, g_dot(g, x3, v3, &(DotAxes){ .nb = 1, .nc = 1, .ab = { 0 }, .bb = { 0 },
                                             .ac = { 1 }, .bc = { 1 } }));
    bench_out(b, g_dot(g, x, v3, &(DotAxes){ .nb = 1, .ab = { 0 }, .bb = { 0 } }));
    bench_out(b, g_dot(g, x3, shared(b, SHAPE(5, 12, 2)), &(DotAxes){ .nb = 1, .nc = 1, .ab = { 1 },
                                                                     .bb = { 0 }, .ac = { 2 },
                                                                             .bc = { 1 } }));
    bench_out(b, g_dot(g, x, bias, &(DotAxes){ .nc = 0 }));
    /* sums over the batch */
    bench_out(b, g_dot(g, x, y, &(DotAxes){ .nc = 1, .ac = { 0 }, .bc = { 0 } }));
    bench_out(b, g_dot(g, x3, v3, &(DotAxes){ .nc = 2, .ac = { 0, 1 }, .bc = { 0, 1 } }));
    bench_out(b, g_dot(g, x3, v3, &(DotAxes){ .nb = 1, .nc = 1, .ab = { 1 }, .bb = { 1 },
                                             .ac = { 0 }, .bc = { 0 } }));
    bench_out(b, g_dot(g, x, x, &(DotAxes){ .nc = 2, .ac = { 0, 1 }, .bc = { 0, 1 } }));
    /* shared */
    bench_out(b, g_dot(g, w, w3, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } }));
    bench_out(b, g_dot(g, bias, shared(b, SHAPE(4)), &(DotAxes){ .nc = 0 }));
}

static void build_convs(Bench *b, bool batched, ConvAttr c, int kh, int kw) {
    Graph *g = b->g;
    int C = 4, O = 6, H = 6, W = 5;
    Node *x = batched ? rows(b, SHAPE(C, H, W)) : shared(b, SHAPE(2, C, H, W));
    Node *w = shared(b, SHAPE(O, C / c.groups, kh, kw)), *bias = shared(b, SHAPE(O));
    Node *y = g_conv(g, x, w, &c);
    int r = y->shape.rank;
    bench_out(b, y);
    bench_out(b, g_binary(g, OP_ADD, g_conv(g, g_unary(g, OP_NEG, x), w, &c),
                          g_broadcast(g, bias, y->shape, (int[]){ r - 3 })));
    Node *ct = g_unary(g, OP_SIN, y);
    bench_out(b, g_conv_dx(g, ct, w, &c, H, W));
    bench_out(b, g_conv_dw(g, x, ct, &c, kh, kw));
}

Test(emit, dots) {
    Bench *b = bench_new(RAGGED);
    build_dots(b);
    bench_check(b, 1e-5);
}

Test(emit, convolutions) {
    Bench *b = bench_new(RAGGED);
    for (int batched = 0; batched < 2; batched++) {
        build_convs(b, batched, (ConvAttr){ 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 3, 3);
        build_convs(b, batched, (ConvAttr){ 2, 2, 1, 1, 1, 1, 1, 1, 1 }, 4, 3);
        build_convs(b, batched, (ConvAttr){ 1, 2, 2, 0, 0, 1, 2, 1, 2 }, 3, 2);
    }
    Graph *g = b->g;
    Node *many = rows(b, SHAPE(3, 2, 4, 4)), *w = shared(b, SHAPE(5, 2, 3, 3));
    ConvAttr c = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    Node *y = g_conv(g, many, w, &c);
    bench_out(b, y);
    b->by_tile = true;                            /* images of a tile: one after the other */
    bench_out(b, g_conv_dw(g, many, y, &c, 3, 3));
    bench_check(b, 1e-5);
}

/* ---- reductions and windows ------------------------------------------------------------------ */

static void build_reduction(Bench *b, Op op) {
    Graph *g = b->g;
    Node *x = rows(b, SHAPE(3, 4, 5)), *s = shared(b, SHAPE(3, 4, 5));
    static const int sets[][4] = { { 1, 1 }, { 2, 1, 3 }, { 3, 1, 2, 3 }, { 1, 0 }, { 2, 0, 2 } };
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        bench_out(b, g_reduce(g, op, x, sets[k] + 1, sets[k][0]));
        int axes[3];
        for (int i = 0; i < sets[k][0]; i++)
            axes[i] = sets[k][1 + i] ? sets[k][1 + i] - 1 : 0;
        if (sets[k][1] || sets[k][0] == 1)
            bench_out(b, g_reduce(g, op, s, axes, sets[k][0]));
    }
    bench_out(b, g_reduce(g, op, x, (int[]){ 0, 1, 2, 3 }, 4));
    bench_out(b, g_reduce(g, op, rows(b, shape_scalar()), (int[]){ 0 }, 1));
    bench_out(b, g_reduce(g, op, bench_rows(b, DT_I32, SHAPE(3), -50, 50), (int[]){ 1 }, 1));
    bench_out(b, g_reduce(g, op, bench_rows(b, DT_I32, SHAPE(3), -50, 50), (int[]){ 0 }, 1));
    bench_out(b, g_reduce_example(g, op, g_unary(g, OP_EXP, x)));
}

Test(emit, reductions) {
    Bench *b = bench_new(RAGGED);
    build_reduction(b, OP_REDUCE_SUM);
    build_reduction(b, OP_REDUCE_MAX);
    build_reduction(b, OP_REDUCE_MIN);
    build_reduction(b, OP_ARGMAX);
    build_reduction(b, OP_ARGMIN);
    Node *large = shared(b, SHAPE(100, 100));
    bench_out(b, g_reduce_example(b->g, OP_REDUCE_SUM, g_binary(b->g, OP_MUL, large, large)));
    bench_check(b, 1e-5);
}

static void build_pools(Bench *b, bool batched, PoolAttr p) {
    Graph *g = b->g;
    Node *x = batched ? rows(b, SHAPE(2, 6, 5)) : shared(b, SHAPE(2, 6, 5));
    Node *y = g_pool_sum(g, x, &p), *m = g_max_pool(g, x, &p);
    Node *rounded = g_unary(g, OP_ROUND, g_binary(g, OP_MUL, x, g_const_splat(g, DT_F32, x->shape,
            2)));
    bench_out(b, y);
    bench_out(b, m);
    bench_out(b, g_pool_sum_t(g, g_unary(g, OP_SIN, y), &p, 6, 5));
    bench_out(b, g_pool_pick(g, rounded, x, &p));         /* with ties */
    bench_out(b, g_pool_pick_t(g, rounded, g_unary(g, OP_COS, y), &p));
}

Test(emit, pools) {
    Bench *b = bench_new(RAGGED);
    for (int batched = 0; batched < 2; batched++) {
        build_pools(b, batched, (PoolAttr){ 2, 2, 2, 2, 0, 0, 0, 0 });
        build_pools(b, batched, (PoolAttr){ 3, 2, 1, 2, 1, 1, 0, 1 });
    }
    bench_check(b, 1e-5);
}

/* ---- sources -------------------------------------------------------------------------------- */

Test(emit, sources) {
    Bench *b = bench_new(RAGGED);
    Graph *g = b->g;
    Node *zero = g_const(g, DT_I32, 0), *n = g_const(g, DT_I32, 10);
    bench_out(b, g_rand(g, OP_RAND_UNIFORM, SHAPE(B, 7), 11, zero, NULL));
    bench_out(b, g_rand(g, OP_RAND_NORMAL, SHAPE(B, 2, 3), 12, zero, NULL));
    bench_out(b, g_rand(g, OP_RAND_INT, SHAPE(B), 13, zero, n));
    bench_out(b, g_rand(g, OP_RAND_UNIFORM, SHAPE(9, 3), 14, zero, NULL));
    bench_out(b, g_rand(g, OP_RAND_PERM, SHAPE(B), 18, zero, n));
    bench_out(b, g_rand(g, OP_RAND_PERM, SHAPE(B, 3), 19, g_scalar(g, 1, DT_I32), g_const(g, DT_I32,
            1000)));
    bench_out(b, g_rand(g, OP_RAND_PERM, SHAPE(50), 20, zero, g_const(g, DT_I32, 50)));
    bench_out(b, g_rand(g, OP_RAND_NORMAL, SHAPE(5000), 15, zero, NULL));
    bench_out(b, g_rand(g, OP_RAND_INT, SHAPE(33), 16, zero, g_scalar(g, 3, DT_I32)));
    bench_out(b, g_rand(g, OP_RAND_NORMAL, shape_scalar(), 17, g_scalar(g, 1, DT_I32), NULL));
    bench_out(b, bench_rows(b, DT_U8, SHAPE(3, 2), 0, 255));
    bench_out(b, g_convert(g, bench_rows(b, DT_U8, SHAPE(3, 2), 0, 255), DT_F32));
    bench_out(b, rows(b, SHAPE(4)));
    Node *arg = g_scalar(g, 0, DT_F32), *iter = g_convert(g, g_scalar(g, 1, DT_I32), DT_F32);
    Node *host = g_binary(g, OP_ADD, g_unary(g, OP_SQRT, arg), iter);
    bench_out(b, host);
    bench_out(b, g_broadcast_scalar(g, host, SHAPE(B, 2)));
    bench_out(b, g_broadcast_scalar(g, g_scalar(g, 2, DT_I32), SHAPE(3)));
    b->steps = 2;
    bench_check(b, 1e-5);
}

/* Every op has a test above. */
Test(emit, every_op_is_covered) {
    static const Op elsewhere[] = {
        OP_INPUT, OP_VAR, OP_STOP, OP_GRAD, OP_JVP, OP_VJP,              /* not in a program */
        OP_SCALAR, OP_STATE, OP_DATA, OP_RAND_UNIFORM, OP_RAND_NORMAL, OP_RAND_INT, OP_RAND_PERM,
                /* sources */
        OP_DOT, OP_CONV, OP_CONV_DX, OP_CONV_DW,
        OP_REDUCE_SUM, OP_REDUCE_MAX, OP_REDUCE_MIN, OP_ARGMAX, OP_ARGMIN,
        OP_POOL_SUM, OP_POOL_SUM_T, OP_MAX_POOL, OP_POOL_PICK, OP_POOL_PICK_T,
        OP_LOOP, OP_LOOP_VAR,
                OP_LOOP_OUT };                            /* tests/unit/backend_test.c */
    for (int op = 0; op < OP_COUNT; op++) {
        bool found = op_is_elementwise(op);
        for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere; k++)
            found |= elsewhere[k] == (Op)op;
        if (!found) {
            Bench *b = bench_new(1);
            build_structure(b, op, false);
            found = b->e->body.n > 0;
        }
        cr_assert(found, "no emit test for %s", op_info[op].name);
    }
}
