/* random_graph.h - random valid graphs for the tests of the back end.
 *
 *     Gen gen = { .b = bench, .random = seed };  gen_graph(&gen);
 *
 * One seed gives one graph, its inputs and its outputs, whatever else is in the program. Values are
 * kept near 1 by construction: every operand goes through a map into the op's domain, products are
 * divided by their length. What is left of kinks and poles is for the caller to reject, who can
 * evaluate: a seed either gives a well conditioned graph or is left out.
 *
 * Bodies of loops use the same generators, but none that mixes samples. */
#ifndef EBM_TEST_RANDOM_GRAPH_H
#define EBM_TEST_RANDOM_GRAPH_H
#include "ops/emit_help.h"

enum { GEN_POOL = 128, GEN_ELEMENTS = 1200 };

typedef struct Gen {
    Bench *b;
    Graph *g;
    uint64_t random;
    Node *pool[GEN_POOL];         /* f32 values that may be operands */
    int n, depth;                 /* depth of loops around */
    Node *index;                  /* i32 []: the flattened index of the loops around, or 0 */
    bool shared_only, differentiable;
} Gen;

/* ---- choices ------------------------------------------------------------------------------- */

/* 0 .. n-1 */
static int pick(Gen *r, int n) {
    r->random = r->random * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = r->random;
    x ^= x >> 29, x *= 0xbf58476d1ce4e5b9u, x ^= x >> 32;
    return (int)(x % (uint64_t)n);
}
static bool chance(Gen *r, int percent) { return pick(r, 100) < percent; }
static int64_t pick_size(Gen *r) {
    static const int sizes[] = { 1, 2, 3, 16, 31, 33, 2, 3, 5, 4 };
    return sizes[pick(r, sizeof sizes / sizeof *sizes)];
}

/* An example shape of rank 0..3 with at most GEN_ELEMENTS elements. */
static Shape pick_shape(Gen *r) {
    Shape s = { .rank = pick(r, 4) };
    for (int i = 0, left = GEN_ELEMENTS; i < s.rank; i++) {
        do
            s.dim[i] = pick_size(r);
        while (s.dim[i] > left);
        left /= (int)s.dim[i];
    }
    return s;
}

/* ---- inputs -------------------------------------------------------------------------------- */

static Node *input_of(Gen *r, DType t, bool batched, Shape s, double lo, double hi) {
    r->b->random = r->random ^ 0x9e3779b97f4a7c15u;
    if (!batched)
        return bench_state(r->b, t, s, lo, hi);
    Node *x = bench_rows(r->b, t, s, lo, hi);
    return g_data(r->g, 0, (int)x->attr[1], pick(r, 3), t, s);
}

static Node *draw(Gen *r, Shape s) {
    int kind = pick(r, 3);
    uint64_t site = (uint64_t)pick(r, 1 << 30) + 1;
    if (kind == 2) {
        Node *k = g_rand(r->g, OP_RAND_INT, s, site, r->index, g_const(r->g, DT_I32, 4));
        return g_convert(r->g, k, DT_F32);
    }
    return g_rand(r->g, kind ? OP_RAND_NORMAL : OP_RAND_UNIFORM, s, site, r->index, NULL);
}

/* A new source: rows, a state, a draw, an index, a constant, a scalar of the host. */
static Node *source(Gen *r, bool batched, Shape s) {
    Graph *g = r->g;
    Shape full = batched ? shape_batch(s) : s;
    int kind = pick(r, 12);
    if (kind < 7)
        return input_of(r, DT_F32, batched, s, -1, 1);
    if (kind < 9)
        return draw(r, full);
    if (kind == 9 && full.rank > 0) {
        Node *i = g_iota(g, full, pick(r, full.rank));
        return g_binary(g, OP_MUL, g_convert(g, i, DT_F32),
                        g_const_splat(g, DT_F32, full, 1.0 / 32));
    }
    if (kind == 10)
        return g_broadcast_scalar(g, g_scalar(g, 0, DT_F32), full);
    int64_t n = shape_count(s);
    double v[GEN_ELEMENTS];
    for (int64_t i = 0; i < n; i++)
        v[i] = (pick(r, 65) - 32) / 16.0;
    Node *c = n == 1 ? g_const_splat(g, DT_F32, s, v[0]) : g_const_tensor(g, DT_F32, s, v);
    return batched ? g_broadcast_to(g, c, full) : c;
}

static Node *keep(Gen *r, Node *x) {
    if (r->n < GEN_POOL && x->dtype == DT_F32 && shape_count(x->shape) <= GEN_ELEMENTS)
        r->pool[r->n++] = x;
    return x;
}

/* A value of the pool, the last ones more often; never a batched one when only shared ones may
 * be. */
static Node *value(Gen *r) {
    for (int tries = 0; tries < 20 && r->n; tries++) {
        int k = chance(r, 50) ? r->n - 1 - pick(r, r->n < 4 ? r->n : 4) : pick(r, r->n);
        if (!r->shared_only || !node_batched(r->pool[k]))
            return r->pool[k];
    }
    return keep(r, source(r, !r->shared_only && chance(r, 75), pick_shape(r)));
}

/* A value whose example has this rank. */
static Node *value_of_rank(Gen *r, int rank) {
    for (int tries = 0; tries < 12; tries++) {
        Node *x = value(r);
        if (shape_example(x->shape).rank == rank)
            return x;
    }
    Shape s = { .rank = rank };
    for (int i = 0; i < rank; i++)
        s.dim[i] = rank >= 3 ? 2 + pick(r, 5) : pick_size(r);
    return keep(r, source(r, !r->shared_only && chance(r, 75), s));
}

static Node *times(Gen *r, Node *x, double v) {
    return g_binary(r->g, OP_MUL, x, g_const_splat(r->g, DT_F32, x->shape, v));
}
static Node *plus(Gen *r, Node *x, double v) {
    return g_binary(r->g, OP_ADD, x, g_const_splat(r->g, DT_F32, x->shape, v));
}
static Node *square(Gen *r, Node *x) { return g_binary(r->g, OP_MUL, x, x); }

/* x brought to shape s (of the same batch, or x shared): by a sum and a broadcast. */
static Node *shaped(Gen *r, Node *x, Shape s) {
    if (shape_equal(x->shape, s))
        return x;
    int64_t n = shape_count(x->shape);
    x = times(r, g_reduce_example(r->g, OP_REDUCE_SUM, x), 1.0 / (double)n);
    return g_broadcast_to(r->g, x, s);
}

/* A second operand for x: of its shape, or one that broadcasts along some axes. */
static Node *partner(Gen *r, Node *x) {
    for (int tries = 0; tries < 6; tries++) {
        Node *y = value(r);
        if (shape_equal(y->shape, x->shape))
            return y;
        Shape e = shape_example(y->shape);
        if (e.rank == 0 && (!node_batched(y) || node_batched(x)))
            return g_broadcast_to(r->g, y, x->shape);
    }
    Shape s = shape_example(x->shape);
    if (chance(r, 25))
        s.rank = 0;
    for (int i = 0; i < s.rank; i++)
        if (chance(r, 30))
            s.dim[i] = 1;
    return g_broadcast_to(r->g, keep(r, source(r, node_batched(x) && chance(r, 40), s)), x->shape);
}

/* ---- elementwise --------------------------------------------------------------------------- */

/* x mapped smoothly into the domain of an op. */
static Node *into(Gen *r, Op op, Node *x) {
    double lo = op_info[op].lo, hi = op_info[op].hi;
    if (lo <= -4)
        return chance(r, 50) ? x : times(r, g_unary(r->g, OP_TANH, x), 0.8 * hi);
    if (op == OP_LOG1P)
        lo = -0.5;
    return plus(r, chance(r, 50) ? square(r, g_unary(r->g, OP_SIN, x))
                : g_unary(r->g, OP_SIGMOID, x),
                lo + 0.2);
}

static Node *gen_unary(Gen *r) {
    static const Op ops[] = { OP_NEG, OP_EXP, OP_EXPM1, OP_LOG, OP_LOG1P, OP_SQRT, OP_RSQRT, OP_SIN,
                              OP_COS, OP_TANH, OP_SIGMOID, OP_SOFTPLUS, OP_ERF, OP_ABS };
    Op op = ops[pick(r, sizeof ops / sizeof *ops)];
    Node *x = value(r);
    x = op == OP_EXP || op == OP_EXPM1 ? g_unary(r->g, OP_TANH, x) : into(r, op, x);
    return g_unary(r->g, op, x);
}

static Node *gen_binary(Gen *r) {
    static const Op ops[] = { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MAXIMUM, OP_MINIMUM, OP_POW };
    Op op = ops[pick(r, sizeof ops / sizeof *ops)];
    Node *x = value(r), *y = partner(r, x);
    if (op == OP_POW)
        return g_binary(r->g, op, into(r, op, x),
                        chance(r, 50) ? g_const_splat(r->g, DT_F32, x->shape,
                                                      pick(r, 5) - 1.5 + 0.5 * pick(r, 2))
                                      : into(r, OP_TANH, y));
    if (op == OP_DIV)
        y = plus(r, square(r, y), 0.5);
    Node *z = g_binary(r->g, op, x, y);
    return op == OP_MUL ? g_unary(r->g, OP_TANH, z) : z;
}

/* Piecewise constant ops, through booleans and integers and back. */
static Node *gen_cut(Gen *r) {
    static const Op tests[] = { OP_LT, OP_LE, OP_EQ, OP_NE },
        steps[] = { OP_FLOOR, OP_CEIL, OP_ROUND, OP_SIGN };
    Graph *g = r->g;
    Node *x = value(r), *y = partner(r, x);
    switch (pick(r, 6)) {
    case 0: return times(r, g_unary(g, steps[pick(r, 4)], times(r, x, 3)), 0.3);
    case 1: return g_binary(g, OP_MOD, x, plus(r, square(r, y), 1));
    case 2: {
        Node *a = g_convert(g, times(r, x, 9), DT_I32), *b = g_convert(g, times(r, y, 5), DT_I32);
        static const Op ints[] = { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_MAXIMUM, OP_MINIMUM };
        return times(r, g_convert(g, g_binary(g, ints[pick(r, 7)], a, b), DT_F32), 0.05);
    }
    default: {
        Node *c = g_binary(g, tests[pick(r, 4)], x, y);
        Node *d = g_binary(g, OP_LT, g_unary(g, OP_SIN, y), times(r, x, 0.5));
        if (chance(r, 60))
            c = g_binary(g, pick(r, 2) ? OP_AND : OP_OR, c, d);
        if (chance(r, 30))
            c = g_unary(g, OP_NOT, c);
        return chance(r, 70) ? g_select(g, c, x, partner(r, x)) : g_convert(g, c, DT_F32);
    }
    }
}

/* ---- structure ----------------------------------------------------------------------------- */

static Node *gen_reshape(Gen *r, Node *x) {
    Shape e = shape_example(x->shape), s = { 0 };
    int64_t n = shape_count(e);
    if (chance(r, 40) || n == 1) {
        s = shape_of(1, &n);
        if (n == 1 && chance(r, 50))
            s.rank = 0;
    } else {
        for (int64_t f = 2; f <= 33 && s.rank < 3; f++)
            if (n % f == 0 && chance(r, 70))
                s.dim[s.rank++] = f, n /= f;
        s.dim[s.rank++] = n;
    }
    return g_reshape(r->g, x, node_batched(x) ? shape_batch(s) : s);
}

static Node *gen_window(Gen *r, Node *x, int l) {
    int64_t a[MAX_RANK] = { 0 }, b[MAX_RANK] = { 0 }, c[MAX_RANK] = { 0 };
    bool slice = chance(r, 50);
    for (int i = 0; i < x->shape.rank; i++) {
        int64_t d = x->shape.dim[i];
        c[i] = slice;
        if (i < l) {
            b[i] = slice ? d : 0;
        } else if (slice) {
            a[i] = pick(r, (int)d), c[i] = 1 + pick(r, 3);
            b[i] = 1 + pick(r, (int)((d - a[i] - 1) / c[i]) + 1);
        } else {
            a[i] = pick(r, 3), b[i] = pick(r, 3), c[i] = chance(r, 30);
        }
    }
    return slice ? g_slice(r->g, x, a, b, c) : g_pad(r->g, x, a, b, c);
}

static Node *gen_concat(Gen *r, Node *x, int l) {
    int axis = l + pick(r, x->shape.rank - l);
    Shape s = shape_example(x->shape);
    s.dim[axis - l] = pick_size(r);
    if (shape_count(s) > GEN_ELEMENTS)
        return x;
    Node *v[3] = { x, source(r, l, s), x };
    return g_concat(r->g, v, 2 + pick(r, 2), axis);
}

static Node *gen_structure(Gen *r) {
    Node *x = chance(r, 80) ? value_of_rank(r, 1 + pick(r, 3)) : value(r);
    int l = node_batched(x), n = x->shape.rank - l, axis = n ? l + pick(r, n) : 0;
    if (n == 0)
        return gen_reshape(r, x);
    switch (pick(r, 6)) {
    case 0: return gen_reshape(r, x);
    case 1: {
        int perm[MAX_RANK], turn = pick(r, n);
        for (int i = 0; i < x->shape.rank; i++)
            perm[i] = i < l ? 0 : l + (i - l + turn) % n;
        if (n == 3 && chance(r, 50)) {
            int t = perm[l];
            perm[l] = perm[l + 1], perm[l + 1] = t;
        }
        return g_transpose(r->g, x, perm);
    }
    case 2: return g_reverse(r->g, x, &axis, 1);
    case 3: return gen_concat(r, x, l);
    case 4: {                     /* a new axis anywhere behind the batch */
        Shape s = { .rank = x->shape.rank + 1 };
        int map[MAX_RANK], at = l + pick(r, n + 1);
        for (int i = 0; i < x->shape.rank; i++)
            map[i] = i + (i >= at), s.dim[map[i]] = x->shape.dim[i];
        s.dim[at] = pick_size(r);
        return shape_count(s) > GEN_ELEMENTS ? x : g_broadcast(r->g, x, s, map);
    }
    default: return gen_window(r, x, l);
    }
}

/* Values of other samples: rows of the batch by a random permutation. */
static Node *gen_take(Gen *r) {
    Graph *g = r->g;
    Node *x = value(r), *batch = g_scalar(g, 2, DT_I32);
    uint64_t site = (uint64_t)pick(r, 1 << 30) + 1;
    if (!node_batched(x) || r->depth)
        return x;
    return g_take(g, x, g_perm(g, site, r->index, batch, false),
                  g_perm(g, site, r->index, batch, true));
}

static Node *gen_index(Gen *r) {
    Graph *g = r->g;
    bool batched = !r->shared_only && chance(r, 70);
    int64_t n = pick_size(r), m = pick_size(r);
    Shape s = shape_of(pick(r, 2), &m);
    Node *index = input_of(r, DT_I32, batched, s, -1, (double)n + 1);
    if (chance(r, 60)) {
        Node *table = source(r, false, shape_of(1 + pick(r, 2), (int64_t[]){ n, pick_size(r) }));
        return g_gather(g, table, index);
    }
    if (batched && r->depth)
        return value(r);          /* a sum over the samples has no place in a loop */
    Shape e = { .rank = s.rank };
    memcpy(e.dim, s.dim, sizeof e.dim);
    if (chance(r, 60))
        e.dim[e.rank++] = pick_size(r);
    return times(r, g_scatter_add(g, index, source(r, batched, e), n), batched ? 0.05 : 0.3);
}

/* ---- reductions, windows, contractions ----------------------------------------------------- */

static Node *gen_reduce(Gen *r) {
    static const Op ops[] = { OP_REDUCE_SUM, OP_REDUCE_SUM, OP_REDUCE_MAX, OP_REDUCE_MIN, OP_ARGMAX,
                              OP_ARGMIN };
    Node *x = chance(r, 80) ? value_of_rank(r, 1 + pick(r, 3)) : value(r);
    Op op = ops[pick(r, 6)];
    int axes[MAX_RANK], n = 0, l = node_batched(x);
    double count = 1;
    bool rows = l && !r->depth && chance(r, 35);
    for (int i = 0; i < x->shape.rank; i++)
        if (i < l ? rows : chance(r, 50) || (n == 0 && !rows && i == x->shape.rank - 1))
            axes[n++] = i, count *= i < l ? 32 : (double)x->shape.dim[i];
    if (n == 0)
        return x;
    if (!rows && op >= OP_REDUCE_SUM && chance(r, 20) && x->shape.rank > l)
        return times(r, g_reduce_example(r->g, OP_REDUCE_SUM, x),
                     1.0 / (double)shape_count(x->shape));
    Node *y = g_reduce(r->g, op, x, axes, n);
    if (op == OP_ARGMAX || op == OP_ARGMIN) {
        if (!r->depth)
            bench_out(r->b, y);
        return times(r, g_convert(r->g, y, DT_F32), 1 / count);
    }
    return op == OP_REDUCE_SUM ? times(r, y, 1 / sqrt(count)) : y;
}

static int64_t out_size(int64_t d, int64_t k, int64_t s, int64_t p0, int64_t p1, int64_t dil) {
    int64_t room = d + p0 + p1 - dil * (k - 1) - 1;
    return room < 0 ? 0 : room / s + 1;
}

static Node *gen_pool(Gen *r) {
    Graph *g = r->g;
    Node *x = value_of_rank(r, 2 + pick(r, 2));
    int k = x->shape.rank;
    int64_t H = x->shape.dim[k - 2], W = x->shape.dim[k - 1];
    PoolAttr p = { 1 + pick(r, 3), 1 + pick(r, 3), 1 + pick(r, 3), 1 + pick(r, 3), 0, 0, 0, 0 };
    p.ph0 = pick(r, (int)p.kh), p.ph1 = pick(r, (int)p.kh), p.pw0 = pick(r, (int)p.kw),
        p.pw1 = pick(r, (int)p.kw);
    if (!out_size(H, p.kh, p.sh, p.ph0, p.ph1, 1) || !out_size(W, p.kw, p.sw, p.pw0, p.pw1, 1))
        return x;
    switch (pick(r, 5)) {
    case 0: return times(r, g_pool_sum(g, x, &p), 0.3);
    case 1: return g_max_pool(g, x, &p);
    case 2: return times(r, g_pool_sum_t(g, g_unary(g, OP_SIN, g_pool_sum(g, x, &p)), &p, H, W),
                         0.3);
    case 3: return g_pool_pick(g, x, g_unary(g, OP_COS, x), &p);
    default: return times(r, g_pool_pick_t(g, x, g_unary(g, OP_TANH, g_max_pool(g, x, &p)), &p),
                          0.5);
    }
}

static Node *gen_conv(Gen *r) {
    Graph *g = r->g;
    Node *x = value_of_rank(r, 3);
    int k = x->shape.rank;
    int64_t C = x->shape.dim[k - 3], H = x->shape.dim[k - 2], W = x->shape.dim[k - 1];
    ConvAttr c = { 1 + pick(r, 2), 1 + pick(r, 2), pick(r, 3), pick(r, 3), pick(r, 3), pick(r, 3),
                   1 + pick(r, 2), 1 + pick(r, 2), 1 };
    int64_t kh = 1 + pick(r, 4), kw = 1 + pick(r, 3), O = 1 + pick(r, 5);
    if (C % 2 == 0 && chance(r, 30))
        c.groups = 2, O = O + O % 2;
    int64_t h = out_size(H, kh, c.sh, c.ph0, c.ph1, c.dh),
        w = out_size(W, kw, c.sw, c.pw0, c.pw1, c.dw);
    if (!h || !w || O * h * w > GEN_ELEMENTS)
        return x;
    Node *f = input_of(r, DT_F32, false, SHAPE(O, C / c.groups, kh, kw), -1, 1);
    double scale = 1 / sqrt((double)(C * kh * kw));
    Node *y = times(r, g_conv(g, x, f, &c), scale);
    switch (pick(r, 4)) {
    case 0: return times(r, g_conv_dx(g, g_unary(g, OP_SIN, y), f, &c, H, W), scale);
    case 1: if (!node_batched(x) || !r->depth)
                return times(r, g_conv_dw(g, x, g_unary(g, OP_SIN, y), &c, kh, kw), 0.05);
    }
    if (chance(r, 50)) {
        Node *bias = input_of(r, DT_F32, false, SHAPE(O), -1, 1);
        y = g_binary(g, OP_ADD, y, g_broadcast(g, bias, y->shape, (int[]){ k - 3 }));
    }
    return y;
}

static Node *gen_dot(Gen *r) {
    Graph *g = r->g;
    int rank = 1 + pick(r, 2);
    Node *x = value_of_rank(r, rank);
    int l = node_batched(x), last = x->shape.rank - 1;
    int64_t k = x->shape.dim[last];
    double scale = 1 / sqrt((double)k);
    int kind = pick(r, 5);
    /* per sample: x . tanh x over the last axis, free or batch before */
    if (kind == 0 && l)
        return times(r, g_dot(g, x, g_unary(g, OP_TANH, x), rank == 2 && shape_count(x->shape) < 99
            ? &(DotAxes){ .nb = 1, .nc = 1, .ac = { last }, .bc = { last } }
            : rank == 2 ? &(DotAxes){ .nb = 2, .nc = 1, .ab = { 0, 1 }, .bb = { 0, 1 },
                                      .ac = { last }, .bc = { last } }
            : &(DotAxes){ .nb = 1, .nc = 1, .ac = { last }, .bc = { last } }), scale);
    if (kind == 1 && l && !r->depth) {                    /* over the samples */
        Node *y = value_of_rank(r, 1);
        if (node_batched(y) && shape_count(x->shape) * shape_count(y->shape) <= GEN_ELEMENTS)
            return times(r, g_dot(g, x, y, &(DotAxes){ .nc = 1 }), 0.1);
    }
    if (kind == 2 && shape_count(x->shape) <= 33) {       /* outer product with a shared vector */
        Node *v = input_of(r, DT_F32, false, SHAPE(1 + pick(r, 5)), -1, 1);
        return g_dot(g, x, v, &(DotAxes){ .nc = 0 });
    }
    int64_t m = pick_size(r);
    if (shape_count(x->shape) / k * m > GEN_ELEMENTS)
        m = 1;
    bool turned = chance(r, 50);
    Node *w = input_of(r, DT_F32, false, turned ? SHAPE(k, m) : SHAPE(m, k), -1, 1);
    return times(r, g_dot(g, x, w, &(DotAxes){ .nc = 1, .ac = { last }, .bc = { turned ? 0 : 1 } }),
                 scale);
}

/* ---- loops --------------------------------------------------------------------------------- */

static void gen_steps(Gen *r, int n);

static Node *gen_loop(Gen *r) {
    Graph *g = r->g;
    if (r->depth >= 2)
        return value(r);
    Node *init[2] = { value(r) }, *var[2], *result[2];
    int n = 1;
    bool shared = !node_batched(init[0]), was = r->shared_only;
    if (chance(r, 40)) {
        init[1] = value(r);
        n += node_batched(init[1]) == !shared;
    }
    int64_t loop = g_loop_begin(g);
    Node *index = g_loop_index(g, loop), *outer = r->index;
    int pool = r->n, trip = pick(r, 5);
    r->shared_only = shared;
    r->depth++;
    r->index = g_binary(g, OP_ADD, g_binary(g, OP_MUL, outer, g_const(g, DT_I32, 16)), index);
    for (int i = 0; i < n; i++)
        var[i] = keep(r, g_loop_var(g, loop, i, DT_F32, init[i]->shape));
    if (chance(r, 40)) {          /* what depends on the index alone */
        Node *k = times(r, g_convert(g, index, DT_F32), 0.1);
        keep(r, g_broadcast_to(g, k, var[0]->shape));
    }
    gen_steps(r, 2 + pick(r, 6));
    for (int i = 0; i < n; i++) {
        Node *y = times(r, shaped(r, value(r), var[i]->shape), 0.4);
        result[i] = n == 2 && chance(r, 20) && shape_equal(var[0]->shape, var[1]->shape)
                        ? var[1 - i] : g_binary(g, OP_ADD, times(r, var[i], 0.5), y);
    }
    r->n = pool, r->index = outer, r->shared_only = was, r->depth--;
    Node *count = trip == 4 ? g_scalar(g, 3, DT_I32) : g_const(g, DT_I32, trip);
    Node *l = g_loop(g, loop, count, init, result, n);
    for (int i = 1; i < n; i++)
        keep(r, g_loop_out(g, l, i));
    return g_loop_out(g, l, 0);
}

/* ---- whole graphs -------------------------------------------------------------------------- */

static Node *gen_node(Gen *r) {
    int kind = pick(r, 100);
    if (r->differentiable && kind >= 48 && kind < 56)
        kind = 0;
    return kind < 2 ? gen_take(r) : kind < 18 ? gen_unary(r) : kind < 36 ? gen_binary(r)
         : kind < 48 ? gen_structure(r) : kind < 56 ? gen_cut(r) : kind < 60 ? gen_index(r) : kind < 70 ? gen_reduce(r)
         : kind < 76 ? gen_pool(r) : kind < 82 ? gen_conv(r) : kind < 92 ? gen_dot(r)
         : kind < 96 && !r->differentiable ? gen_loop(r)
         : source(r, !r->shared_only && chance(r, 75), pick_shape(r));
}

static void gen_steps(Gen *r, int n) {
    for (int i = 0; i < n; i++)
        keep(r, gen_node(r));
}

/* The derivative of a smooth sum of the last values by an input, as one more output. */
static void gen_gradient(Gen *r) {
    Graph *g = r->g;
    Node *energy = NULL;
    for (int i = r->n - 1; i >= 0 && i >= r->n - 3; i--) {
        Node *e = times(r, g_reduce_example(g, OP_REDUCE_SUM, g_unary(g, OP_SIN, r->pool[i])),
                        1 / (double)shape_count(r->pool[i]->shape));
        if (node_batched(e))
            e = times(r, g_reduce_batch(g, OP_REDUCE_SUM, e), 1.0 / 32);
        energy = energy ? g_binary(g, OP_ADD, energy, e) : e;
    }
    bench_out(r->b, g_request(g, OP_GRAD, energy, r->pool[0], NULL));
}

/* Fills the bench's entry with one graph: its outputs are the values that nothing uses. */
static void gen_graph(Gen *r) {
    Graph *g = r->g = r->b->g;
    r->index = g_const(g, DT_I32, 0);
    r->differentiable = chance(r, 25);
    Node *first = keep(r, input_of(r, DT_F32, chance(r, 80), pick_shape(r), -1, 1));
    if (r->differentiable)
        r->pool[0] = first = g_var(g, first);
    gen_steps(r, 3 + pick(r, 16));
    bool *used = NEW_ARRAY(r->b->a, bool, graph_size(g));
    for (uint32_t i = 0; i < graph_size(g); i++)
        for (int k = 0; k < graph_node(g, i)->n_in; k++)
            used[graph_node(g, i)->in[k]->id] = true;
    int n = 0;
    for (int i = r->n - 1; i >= 0 && n < 4; i--)
        if (!used[r->pool[i]->id] || (i == r->n - 1 && n == 0)) {
            used[r->pool[i]->id] = true;
            bench_out(r->b, r->pool[i]);
            n++;
        }
    if (r->differentiable)
        gen_gradient(r);
}
#endif
