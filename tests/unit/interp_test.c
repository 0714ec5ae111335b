// links: base graph
/* interp_test.c - the reference interpreter op by op, driven by the op table.
 *
 * Every row of ops.def has an entry in op_case[]: a row without one fails. Each case compares with
 * a computation written here, and dual parts with central differences. */
#include "unit/graph_help.h"

#include <stdio.h>

#include "prelude/ebm_rng.h"

typedef void Case(Op op);
enum { BATCH = 5 };

/* ---- elementwise --------------------------------------------------------------------------- */

/* Another way to the same value than the op table's. */
static double other_value(Op op, double a, double b, double c) {
    switch (op) {
    case OP_ADD: return -(-a - b);
    case OP_SUB: return -(b - a);
    case OP_MUL: return ((a + b) * (a + b) - (a - b) * (a - b)) / 4;
    case OP_DIV: return a * pow(b, -1);
    case OP_NEG: return 0 - a;
    case OP_POW: return exp(b * log(a));
    case OP_MOD: return a - b * floor(a / b);
    case OP_MAXIMUM: return (a + b + fabs(a - b)) / 2;
    case OP_MINIMUM: return (a + b - fabs(a - b)) / 2;
    case OP_EXP: return pow(M_E, a);
    case OP_EXPM1: return 2 * exp(a / 2) * sinh(a / 2);
    case OP_LOG: return log2(a) * M_LN2;
    case OP_LOG1P: return log(1 + a);
    case OP_SQRT: return pow(a, 0.5);
    case OP_RSQRT: return pow(a, -0.5);
    case OP_SIN: return cos(a - M_PI_2);
    case OP_COS: return sin(a + M_PI_2);
    case OP_TANH: return (exp(2 * a) - 1) / (exp(2 * a) + 1);
    case OP_SIGMOID: return (1 + tanh(a / 2)) / 2;
    case OP_SOFTPLUS: return log(1 + exp(a));
    case OP_ERF: return 1 - erfc(a);
    case OP_ABS: return sqrt(a * a);
    case OP_SIGN: return a / fabs(a);
    case OP_FLOOR: return -ceil(-a);
    case OP_CEIL: return -floor(-a);
    case OP_ROUND: return rint(a);
    case OP_EQ: return !(a < b) && !(b < a);
    case OP_NE: return a < b || b < a;
    case OP_LT: return b - a > 0;
    case OP_LE: return !(a - b > 0);
    case OP_AND: return a * b;
    case OP_OR: return a + b > 0;
    case OP_NOT: return 1 - a;
    case OP_SELECT: return a * b + (1 - a) * c;
    default: cr_assert_fail("no value for %s", op_info[op].name); return 0;
    }
}

static bool takes_bool(Op op) { return op == OP_AND || op == OP_OR || op == OP_NOT; }

static Node *elementwise(Lab *l, Op op, DType t, Shape s) {
    const OpInfo *o = &op_info[op];
    Node *in[3];
    for (int i = 0; i < o->arity; i++) {
        bool flag = takes_bool(op) || (op == OP_SELECT && i == 0);
        in[i] = flag ? lab_input(l, DT_BOOL, s, 0, 2) : lab_input(l, t, s, o->lo, o->hi);
    }
    return o->arity == 1 ? g_unary(l->g, op, in[0])
         : o->arity == 2 ? g_binary(l->g, op, in[0], in[1]) : g_select(l->g, in[0], in[1], in[2]);
}

static void case_elementwise(Op op) {
    Lab *l = lab_new(BATCH);
    Node *n = elementwise(l, op, DT_F32, SHAPE(B, 3, 4));
    double *got = lab_eval(l, n);
    cr_assert_eq(n->op, op);
    for (int64_t i = 0; i < BATCH * 12; i++)
        cr_assert_near(got[i], other_value(op, l->value[0][i], l->n > 1 ? l->value[1][i] : 0,
                                           l->n > 2 ? l->value[2][i] : 0), 1e-12);
    if (op_info[op].cls == CLASS_EW && op == OP_MOD)
        l->tangent[1] = NULL;                 /* differentiable in the first operand only */
    if (op_info[op].cls == CLASS_EW)
        lab_check_dual(l, n);
    lab_free(l);
}

/* ---- structure: [2,3,4] inputs against loops ----------------------------------------------- */

static int at3(int i, int j, int k) { return (i * 3 + j) * 4 + k; }
#define FOR3 for (int i = 0; i < 2; i++) for (int j = 0; j < 3; j++) for (int k = 0; k < 4; k++)

static Node *cube(Lab *l) { return lab_input(l, DT_F32, SHAPE(2, 3, 4), -2, 2); }

static void finish_linear(Lab *l, Node *n, const Node *x) {
    lab_check_linear(l, n, x);
    lab_check_dual(l, n);
    lab_free(l);
}

static void case_broadcast(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = lab_input(l, DT_F32, SHAPE(2, 4), -2, 2);
    Node *n = g_broadcast(l->g, x, SHAPE(2, 3, 4), (int[]){ 0, 2 });
    double *got = lab_eval(l, n), *v = lab_value(l, x);
    FOR3 cr_assert_eq(got[at3(i, j, k)], v[i * 4 + k]);
    Node *b = g_broadcast_to(l->g, x, SHAPE(B, 2, 4));
    double *rows = lab_eval(l, b);
    for (int r = 0; r < BATCH; r++)
        cr_assert_eq(memcmp(rows + 8 * r, v, 8 * sizeof *v), 0);
    finish_linear(l, n, x);
}

static void case_reduce_sum(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = cube(l), *n = g_reduce(l->g, op, x, (int[]){ 0, 2 }, 2);
    double *got = lab_eval(l, n), *v = lab_value(l, x), want[3] = { 0 };
    FOR3 want[j] += v[at3(i, j, k)];
    for (int j = 0; j < 3; j++)
        cr_assert_near(got[j], want[j], 1e-14);
    finish_linear(l, n, x);
}

/* reduce_max, reduce_min, argmax, argmin with ties and a NaN */
static void case_extreme(Op op) {
    Lab *l = lab_new(BATCH);
    bool arg = op == OP_ARGMAX || op == OP_ARGMIN;
    double sign = op == OP_REDUCE_MAX || op == OP_ARGMAX ? 1 : -1;
    Node *x = cube(l), *n = g_reduce(l->g, op, x, (int[]){ 0, 2 }, 2);
    double *v = lab_value(l, x);
    if (!arg)
        lab_check_dual(l, n);
    v[at3(0, 1, 2)] = v[at3(1, 1, 0)] = sign * 9;             /* a tie: the first wins */
    v[at3(1, 2, 3)] = NAN;
    double *got = lab_eval(l, n), *dual = lab_dual(l, n);
    for (int j = 0; j < 3; j++) {
        int best = -1;
        for (int m = 0; m < 8; m++) {
            double c = v[at3(m / 4, j, m % 4)];
            if (best < 0 || isnan(c) || sign * c > sign * v[at3(best / 4, j, best % 4)])
                best = isnan(c) ? m : isnan(v[at3(best / 4, j, best % 4)]) && best >= 0 ? best : m;
        }
        double want = v[at3(best / 4, j, best % 4)];
        cr_assert_near(got[j], arg ? best : want, 0);
        if (!arg)
            cr_assert_eq(dual[j], l->tangent[0][at3(best / 4, j, best % 4)]);
    }
    lab_free(l);
}

static void case_reshape(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = lab_input(l, DT_F32, SHAPE(B, 3, 4), -2, 2);
    Node *n = g_reshape(l->g, x, SHAPE(B, 2, 1, 6));
    cr_assert_eq(memcmp(lab_eval(l, n), lab_value(l, x), BATCH * 12 * sizeof(double)), 0);
    finish_linear(l, n, x);
}

static void case_transpose(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = cube(l), *n = g_transpose(l->g, x, (int[]){ 2, 0, 1 });
    double *got = lab_eval(l, n), *v = lab_value(l, x);
    FOR3 cr_assert_eq(got[(k * 2 + i) * 3 + j], v[at3(i, j, k)]);
    finish_linear(l, n, x);
}

static void case_slice(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = cube(l);
    int64_t start[] = { 1, 0, 1 }, size[] = { 1, 2, 2 }, step[] = { 1, 2, 2 };
    Node *n = g_slice(l->g, x, start, size, step);
    double *got = lab_eval(l, n), *v = lab_value(l, x);
    for (int j = 0; j < 2; j++)
        for (int k = 0; k < 2; k++)
            cr_assert_eq(got[j * 2 + k], v[at3(1, 2 * j, 1 + 2 * k)]);
    finish_linear(l, n, x);
}

static void case_pad(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = cube(l);
    int64_t low[] = { 0, 1, 2 }, high[] = { 1, 0, 1 }, interior[] = { 0, 2, 1 };
    Node *n = g_pad(l->g, x, low, high, interior);            /* [3, 8, 10] */
    cr_assert(shape_equal(n->shape, SHAPE(3, 8, 10)));
    double *got = lab_eval(l, n), *v = lab_value(l, x), want[240] = { 0 };
    FOR3 want[(i * 8 + 1 + 3 * j) * 10 + 2 + 2 * k] = v[at3(i, j, k)];
    cr_assert_eq(memcmp(got, want, sizeof want), 0);
    finish_linear(l, n, x);
}

static void case_reverse(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = cube(l), *n = g_reverse(l->g, x, (int[]){ 0, 2 }, 2);
    double *got = lab_eval(l, n), *v = lab_value(l, x);
    FOR3 cr_assert_eq(got[at3(1 - i, j, 3 - k)], v[at3(i, j, k)]);
    finish_linear(l, n, x);
}

static void case_concat(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = cube(l), *y = lab_input(l, DT_F32, SHAPE(2, 1, 4), -2, 2);
    Node *n = g_concat(l->g, (Node *[]){ x, y, x }, 3, 1);    /* [2, 7, 4] */
    double *got = lab_eval(l, n), *v = lab_value(l, x), *u = lab_value(l, y);
    FOR3 {
        cr_assert_eq(got[(i * 7 + j) * 4 + k], v[at3(i, j, k)]);
        cr_assert_eq(got[(i * 7 + 3) * 4 + k], u[i * 4 + k]);
        cr_assert_eq(got[(i * 7 + 4 + j) * 4 + k], v[at3(i, j, k)]);
    }
    lab_check_dual(l, n);
    l->value[1] = NEW_ARRAY(l->a, double, 8);                 /* linear in x when y is zero */
    finish_linear(l, n, x);
}

static void case_gather(Op op) {
    Lab *l = lab_new(BATCH);
    Node *table = lab_input(l, DT_F32, SHAPE(6, 2, 3), -2, 2);
    Node *index = lab_input(l, DT_I32, SHAPE(B, 4), 0, 6);
    Node *n = g_gather(l->g, table, index);
    lab_value(l, index)[0] = -3, lab_value(l, index)[1] = 99; /* out of range: the nearest row */
    double *got = lab_eval(l, n), *v = lab_value(l, table), *row = lab_value(l, index);
    for (int i = 0; i < BATCH * 4; i++)
        for (int k = 0; k < 6; k++)
            cr_assert_eq(got[i * 6 + k], v[(int)fmin(fmax(row[i], 0), 5) * 6 + k]);
    finish_linear(l, n, table);
}

/* Rows of other samples, and back by the inverse. */
static void case_take(Op op) {
    Lab *l = lab_new(BATCH);
    l->env.first_sample = 5;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 2), -2, 2), *n = g_const(l->g, DT_I32, BATCH);
    Node *i = g_perm(l->g, 3, NULL, n, false), *j = g_perm(l->g, 3, NULL, n, true);
    Node *y = g_take(l->g, x, i, j);
    double *got = lab_eval(l, y), *v = lab_value(l, x), *row = lab_eval(l, i);
    for (int k = 0; k < 2 * BATCH; k++)
        cr_assert_eq(got[k], v[(int)row[k / 2] * 2 + k % 2]);
    double *back = lab_eval(l, g_take(l->g, y, j, i)), *here = lab_eval(l, g_sample(l->g));
    for (int k = 0; k < 2 * BATCH; k++)
        cr_assert_eq(back[k], v[k]);
    for (int k = 0; k < BATCH; k++)
        cr_assert_eq(here[k], k);
    finish_linear(l, y, x);
}

/* Against gather: <gather(t, i), r> = <t, scatter_add(i, r)>. */
static void case_scatter_add(Op op) {
    Lab *l = lab_new(BATCH);
    Node *table = lab_input(l, DT_F32, SHAPE(6, 3), -2, 2);
    Node *index = lab_input(l, DT_I32, SHAPE(B, 4), -1, 8);
    Node *rows = lab_input(l, DT_F32, SHAPE(B, 4, 3), -2, 2);
    Node *n = g_scatter_add(l->g, index, rows, 6);
    cr_assert(shape_equal(n->shape, table->shape));
    cr_assert_near(lab_inner(l, table, n), lab_inner(l, g_gather(l->g, table, index), rows), 1e-12);
    finish_linear(l, n, rows);
}

static void case_convert(Op op) {
    static const struct { double from; DType to; double want; } t[] = {
        { 2.9, DT_I32, 2 }, { -2.9, DT_I32, -2 }, { 1e12, DT_I32, INT32_MAX },
        { -1e12, DT_I32, INT32_MIN }, { NAN, DT_I32, 0 }, { 300, DT_U8, 255 }, { -1, DT_U8, 0 },
        { 0.5, DT_BOOL, 1 }, { 0, DT_BOOL, 0 }
    };
    Lab *l = lab_new(BATCH);
    Node *x = lab_input(l, DT_F32, SHAPE(2), 0, 1);
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        lab_value(l, x)[1] = t[i].from;
        Node *n = g_convert(l->g, x, t[i].to);
        cr_assert_eq(n->dtype, t[i].to);
        cr_assert_eq(lab_eval(l, n)[1], t[i].want);
        cr_assert_eq(lab_dual(l, n)[1], 0);
        cr_assert_eq(lab_dual(l, g_convert(l->g, n, DT_F32))[1], 0);
    }
    lab_free(l);
}

/* ---- contractions -------------------------------------------------------------------------- */

/* a [B,3,h,k], b [B,4,k,h] over batch (B, h), contracted k, result [B,h,3,4] */
static void case_dot(Op op) {
    enum { H = 2, K = 5 };
    Lab *l = lab_new(BATCH);
    Node *a = lab_input(l, DT_F32, SHAPE(B, 3, H, K), -2, 2);
    Node *b = lab_input(l, DT_F32, SHAPE(B, 4, K, H), -2, 2);
    DotAxes d = { .nb = 2, .nc = 1, .ab = { 0, 2 }, .bb = { 0, 3 }, .ac = { 3 }, .bc = { 2 } };
    Node *n = g_dot(l->g, a, b, &d);
    cr_assert(shape_equal(n->shape, SHAPE(B, H, 3, 4)));
    double *got = lab_eval(l, n), *x = lab_value(l, a), *y = lab_value(l, b);
    for (int r = 0; r < BATCH; r++)
        for (int h = 0; h < H; h++)
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 4; j++) {
                    double want = 0;
                    for (int k = 0; k < K; k++)
                        want += x[((r * 3 + i) * H + h) * K + k] * y[((r * 4 + j) * K + k) * H + h];
                    cr_assert_near(got[((r * H + h) * 3 + i) * 4 + j], want, 1e-13);
                }
    lab_check_linear(l, n, b);
    finish_linear(l, n, a);
}

typedef struct ConvCase { int64_t batch, C, H, W, O, kh, kw; ConvAttr at; } ConvCase;
static const ConvCase conv_cases[] = {
    { 2, 3, 5, 6, 4, 3, 3, { 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
    { 3, 2, 7, 5, 3, 2, 3, { 2, 1, 0, 1, 2, 0, 1, 1, 1 } },   /* asymmetric pads, stride in h */
    { 1, 4, 8, 9, 6, 3, 2, { 2, 3, 1, 0, 0, 2, 2, 3, 2 } },   /* dilation, two groups */
    { 2, 3, 6, 6, 3, 3, 3, { 1, 2, 2, 1, 1, 2, 1, 1, 3 } },   /* depthwise */
    { 2, 2, 4, 4, 5, 1, 1, { 3, 3, 0, 0, 0, 0, 1, 1, 1 } },   /* rows and columns left over */
};

/* conv as slice-multiply-sum over taps of a padded copy: no index formula in common. */
static double conv_at(const ConvCase *c, const double *x, const double *w, int64_t image, int64_t o,
                      int64_t oh, int64_t ow) {
    const ConvAttr *at = &c->at;
    int64_t PH = c->H + at->ph0 + at->ph1, PW = c->W + at->pw0 + at->pw1, Cg = c->C / at->groups;
    int64_t first = o / (c->O / at->groups) * Cg;
    double padded[32][32], sum = 0;
    for (int64_t ch = 0; ch < Cg; ch++) {
        memset(padded, 0, sizeof padded);
        for (int64_t h = 0; h < c->H; h++)
            for (int64_t v = 0; v < c->W; v++)
                padded[h + at->ph0][v + at->pw0] =
                    x[((image * c->C + first + ch) * c->H + h) * c->W + v];
        for (int64_t i = 0; i < c->kh; i++)
            for (int64_t j = 0; j < c->kw; j++) {
                int64_t h = oh * at->sh + i * at->dh, v = ow * at->sw + j * at->dw;
                cr_assert(h < PH && v < PW);
                sum += padded[h][v] * w[((o * Cg + ch) * c->kh + i) * c->kw + j];
            }
    }
    return sum;
}

/* All three, by conv's values and <conv(x,w),y> = <x,conv_dx(y,w)> = <w,conv_dw(x,y)>. */
static void case_conv(Op op) {
    for (size_t i = 0; i < sizeof conv_cases / sizeof *conv_cases; i++) {
        const ConvCase *c = &conv_cases[i];
        Lab *l = lab_new(c->batch);
        Node *x = lab_input(l, DT_F32, SHAPE(B, c->C, c->H, c->W), -2, 2);
        Node *w = lab_input(l, DT_F32, SHAPE(c->O, c->C / c->at.groups, c->kh, c->kw), -2, 2);
        Node *n = g_conv(l->g, x, w, &c->at);
        Node *y = lab_input(l, DT_F32, n->shape, -2, 2);
        Node *dx = g_conv_dx(l->g, y, w, &c->at, c->H, c->W);
        Node *dw = g_conv_dw(l->g, x, y, &c->at, c->kh, c->kw);
        double *got = lab_eval(l, n), inner = lab_inner(l, n, y);
        int64_t OH = n->shape.dim[2], OW = n->shape.dim[3];
        for (int64_t k = 0; k < lab_count(l, n->shape); k++)
            cr_assert_near(got[k],
                           conv_at(c, lab_value(l, x), lab_value(l, w), k / (OH * OW * c->O),
                                   k / (OH * OW) % c->O, k / OW % OH, k % OW),
                           1e-12);
        cr_assert_near(lab_inner(l, x, dx), inner, 1e-12);
        cr_assert_near(lab_inner(l, w, dw), inner, 1e-12);
        Node *made = op == OP_CONV ? n : op == OP_CONV_DX ? dx : dw;
        cr_assert_eq(made->op, op);
        lab_check_linear(l, made, op == OP_CONV_DX ? y : x);
        lab_check_linear(l, made, op == OP_CONV_DW ? y : w);
        lab_check_dual(l, made);
        lab_free(l);
    }
}

typedef struct PoolCase { int64_t H, W; PoolAttr at; } PoolCase;
static const PoolCase pool_cases[] = {
    { 4, 6, { 2, 2, 2, 2, 0, 0, 0, 0 } },
    { 5, 7, { 3, 2, 1, 2, 1, 2, 0, 1 } },                     /* overlapping, asymmetric pads */
    { 6, 5, { 1, 3, 4, 1, 0, 0, 2, 1 } },                     /* rows that no window covers */
};

static double pool_at(const PoolCase *c, const double *x, int64_t oh, int64_t ow, bool sum,
                      int64_t *place) {
    double acc = sum ? 0 : -INFINITY;
    for (int64_t h = 0; h < c->H; h++)
        for (int64_t w = 0; w < c->W; w++) {
            int64_t i = h + c->at.ph0 - oh * c->at.sh, j = w + c->at.pw0 - ow * c->at.sw;
            if (i < 0 || i >= c->at.kh || j < 0 || j >= c->at.kw)
                continue;
            if (!sum && x[h * c->W + w] > acc)
                *place = h * c->W + w;
            acc = sum ? acc + x[h * c->W + w] : fmax(acc, x[h * c->W + w]);
        }
    return acc;
}

/* pool_sum, max_pool and pool_pick by their values, the transposes by the adjoint identity. */
static void case_pool(Op op) {
    for (size_t i = 0; i < sizeof pool_cases / sizeof *pool_cases; i++) {
        const PoolCase *c = &pool_cases[i];
        Lab *l = lab_new(2);
        bool sum = op == OP_POOL_SUM || op == OP_POOL_SUM_T;
        Node *x = lab_input(l, DT_F32, SHAPE(B, 3, c->H, c->W), -2, 2);
        Node *t = lab_input(l, DT_F32, x->shape, -2, 2);
        if (op == OP_POOL_PICK || op == OP_POOL_PICK_T)
            l->tangent[0] = NULL;             /* linear in t; x only chooses */
        Node *n = op == OP_MAX_POOL ? g_max_pool(l->g, x, &c->at)
                : sum ? g_pool_sum(l->g, x, &c->at) : g_pool_pick(l->g, x, t, &c->at);
        Node *y = lab_input(l, DT_F32, n->shape, -2, 2);
        int64_t OH = n->shape.dim[2], OW = n->shape.dim[3];
        double *got = lab_eval(l, n);
        for (int64_t k = 0; k < lab_count(l, n->shape); k++) {
            int64_t image = k / (OH * OW) * c->H * c->W, place = -1;
            double want = pool_at(c, lab_value(l, x) + image, k / OW % OH, k % OW, sum, &place);
            if (op == OP_POOL_PICK || op == OP_POOL_PICK_T)
                want = lab_value(l, t)[image + place];
            cr_assert_near(got[k], want, 1e-13);
        }
        if (op == OP_POOL_SUM_T) {
            Node *back = g_pool_sum_t(l->g, y, &c->at, c->H, c->W);
            cr_assert_near(lab_inner(l, n, y), lab_inner(l, x, back), 1e-12);
            n = back;
        } else if (op == OP_POOL_PICK_T) {
            Node *back = g_pool_pick_t(l->g, x, y, &c->at);
            cr_assert_near(lab_inner(l, n, y), lab_inner(l, t, back), 1e-12);
            n = back;
        }
        cr_assert_eq(n->op, op);
        lab_check_dual(l, n);
        if (op != OP_MAX_POOL)
            lab_check_linear(l, n, op == OP_POOL_PICK ? t : op == OP_POOL_SUM ? x : y);
        lab_free(l);
    }
}

/* ---- sources ------------------------------------------------------------------------------- */

static void case_const(Op op) {
    Lab *l = lab_new(3);
    double *splat = lab_eval(l, g_const_splat(l->g, DT_F32, SHAPE(B, 2), 1.5));
    double *v = lab_eval(l, g_const_tensor(l->g, DT_I32, SHAPE(3), (double[]){ 4, -5, 6 }));
    for (int i = 0; i < 6; i++)
        cr_assert_eq(splat[i], 1.5);
    cr_assert(v[0] == 4 && v[1] == -5 && v[2] == 6);
    lab_free(l);
}

static void count_up(void *user, const Node *n, int64_t count, double *out) {
    for (int64_t i = 0; i < count; i++)
        out[i] = 100 * (double)n->attr[0] + (double)i;
}

/* INPUT, SCALAR, STATE and DATA come from the callback. */
static void case_callback(Op op) {
    Lab *l = lab_new(3);
    l->env.source = count_up;
    Node *n = op == OP_INPUT ? g_input(l->g, 2, DT_F32, SHAPE(4))
            : op == OP_SCALAR ? g_scalar(l->g, 2, DT_I32)
            : op == OP_STATE ? g_state(l->g, 2, 1, DT_F32, SHAPE(2, 2))
            : g_data(l->g, 2, 0, 0, DT_F32, SHAPE(2));
    double *v = lab_eval(l, n);
    for (int64_t i = 0; i < lab_count(l, n->shape); i++)
        cr_assert_eq(v[i], 200 + (double)i);
    lab_free(l);
}

static void case_iota(Op op) {
    Lab *l = lab_new(3);
    l->env.first_sample = 40;
    double *rows = lab_eval(l, g_iota(l->g, SHAPE(B, 2), 0));
    double *cols = lab_eval(l, g_iota(l->g, SHAPE(B, 2), 1));
    for (int i = 0; i < 6; i++)
        cr_assert(rows[i] == 40 + i / 2 && cols[i] == i % 2);
    lab_free(l);
}

/* Element by element against the frozen address and the meaning of its words. */
static void case_rand(Op op) {
    enum { ROWS = 3, SIZE = 6 };
    uint64_t site = 0xfedcba9876543210u;
    Lab *l = lab_new(ROWS);
    l->env.first_sample = 11;
    l->env.step = ((uint64_t)5 << 32) + 9;
    l->env.epoch = 2;
    Node *loop = g_const(l->g, DT_I32, 17), *bound = g_const(l->g, DT_I32, 1000);
    for (int shared = 0; shared < 2; shared++) {
        Shape s = shared ? SHAPE(2, 3) : SHAPE(B, 2, 3);
        Node *n = g_rand(l->g, op, s, site, loop, op == OP_RAND_INT ? bound : NULL);
        double *got = lab_eval(l, n);
        for (int64_t i = 0; i < lab_count(l, s); i++) {
            uint32_t w[4], e = (uint32_t)(i % SIZE);
            ebm_rng_words(7, site, l->env.step, 2, shared ? 0 : 11 + (uint64_t)i / SIZE, 17, e / 4,
                          w);
            double u = (w[e % 4 & 2] / 256 + 1.0) / 16777216,
                   turn = w[e % 4 | 1] / 256 / 16777216.0;
            double z = sqrt(log(u) / -0.5) * sin(2 * M_PI * turn + (e % 2 ? 0 : M_PI_2));
            cr_assert_near(got[i], op == OP_RAND_NORMAL ? z
                                 : op == OP_RAND_UNIFORM ? (w[e % 4] >> 8) / 16777216.0
                                 : (double)((uint64_t)w[e % 4] * 1000 / 4294967296), 1e-12);
        }
    }
    lab_free(l);
}

/* All different, over the whole batch and its elements, and the same in another batch. */
static void case_permutation(Op op) {
    enum { N = 101 };
    int before[N] = { 0 };
    for (int part = 0; part < 2; part++) {
        Lab *l = lab_new(part ? 20 : 33);
        l->env.first_sample = part ? 7 : 0;
        Node *n = g_rand(l->g, op, SHAPE(B, 3), 5, g_const(l->g, DT_I32, 2),
                         g_const(l->g, DT_I32, N));
        double *got = lab_eval(l, n);
        bool seen[N] = { false };
        for (int i = 0; i < (part ? 60 : 99); i++) {
            int v = (int)got[i];
            cr_assert(v >= 0 && v < N && !seen[v]);
            seen[v] = true;
            if (!part) before[i] = v;
            else cr_assert_eq(v, before[21 + i]);
        }
        lab_free(l);
    }
}

/* Mean 0, variance 1 and no correlation between neighbours. */
Test(interp, normals_are_normal) {
    Lab *l = lab_new(1000);
    double *v = lab_eval(l, g_rand(l->g, OP_RAND_NORMAL, SHAPE(B, 8), 3, NULL, NULL));
    double mean = 0, var = 0, cov = 0, fourth = 0;
    for (int i = 0; i < 8000; i++) {
        mean += v[i] / 8000;
        var += v[i] * v[i] / 8000;
        fourth += v[i] * v[i] * v[i] * v[i] / 8000;
        cov += i ? v[i] * v[i - 1] / 8000 : 0;
    }
    cr_assert(fabs(mean) < 0.05 && fabs(var - 1) < 0.06 && fabs(cov) < 0.05 &&
              fabs(fourth - 3) < 0.4);
    lab_free(l);
}

static void case_var(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = cube(l), *n = op == OP_VAR ? g_var(l->g, x) : g_stop(l->g, x);
    cr_assert_eq(memcmp(lab_eval(l, n), lab_value(l, x), 24 * sizeof(double)), 0);
    double *dual = lab_dual(l, n);
    for (int i = 0; i < 24; i++)
        cr_assert_eq(dual[i], op == OP_VAR ? l->tangent[0][i] : 0);
    lab_free(l);
}

/* Requests are not interpreted: what they mean is tested with the passes. */
static void case_request(Op op) {
    Lab *l = lab_new(BATCH);
    Node *x = lab_input(l, DT_F32, SHAPE(B, 2), -2, 2),
         *y = g_reduce_example(l->g, OP_REDUCE_SUM, x);
    Node *n = g_request(l->g, op, y, x, op == OP_GRAD ? NULL : op == OP_JVP ? x : y);
    cr_assert(shape_equal(n->shape, op == OP_JVP ? y->shape : x->shape));
    lab_free(l);
}

/* ---- loops --------------------------------------------------------------------------------- */

/* x <- a x + i, r times: the closed form and its derivative in a and x. */
static void case_loop(Op op) {
    Lab *l = lab_new(BATCH);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 2), -2, 2),
         *a = lab_input(l, DT_F32, SHAPE(B, 2), 0, 1);
    Node *trip = lab_input(l, DT_I32, shape_scalar(), 6, 7);
    int64_t id = g_loop_begin(g);
    Node *i = g_broadcast_to(g, g_convert(g, g_loop_index(g, id), DT_F32), x->shape);
    Node *c = g_loop_var(g, id, 0, DT_F32, x->shape);
    Node *next = g_binary(g, OP_ADD, g_binary(g, OP_MUL, a, c), i);
    Node *out = g_loop_out(g, g_loop(g, id, trip, &x, &next, 1), 0);
    cr_assert_null(graph_verify(g, &out, 1, l->a));
    double *got = lab_eval(l, out);
    for (int k = 0; k < BATCH * 2; k++) {
        double want = l->value[0][k] * pow(l->value[1][k], 6);
        for (int j = 0; j < 6; j++)
            want += j * pow(l->value[1][k], 5 - j);
        cr_assert_near(got[k], want, 1e-13);
    }
    lab_check_dual(l, out);
    lab_value(l, trip)[0] = 0;
    cr_assert_eq(memcmp(lab_eval(l, out), lab_value(l, x), BATCH * 2 * sizeof(double)), 0);
    lab_free(l);
}

/* for i < 4: s <- s + i; for j < i + 1: s <- 2 s + j, with t <- t + noise(i) carried beside. The
 * inner trip count and initial value depend on the outer iteration. */
Test(interp, loops_nest) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Shape none = shape_scalar();
    int64_t outer = g_loop_begin(g), inner = g_loop_begin(g);
    Node *i = g_loop_index(g, outer), *j = g_loop_index(g, inner), *one = g_const(g, DT_I32, 1);
    Node *s = g_loop_var(g, outer, 0, DT_I32, none), *t = g_loop_var(g, outer, 1, DT_F32, SHAPE(B));
    Node *u = g_loop_var(g, inner, 0, DT_I32, none);
    Node *start = g_binary(g, OP_ADD, s, i);
    Node *body = g_binary(g, OP_ADD, g_binary(g, OP_ADD, u, u), j);
    Node *in = g_loop(g, inner, g_binary(g, OP_ADD, i, one), &start, &body, 1);
    Node *noise = g_rand(g, OP_RAND_UNIFORM, SHAPE(B), 77, i, NULL);
    Node *results[] = { g_loop_out(g, in, 0), g_binary(g, OP_ADD, t, noise) };
    Node *inits[] = { one, g_const_splat(g, DT_F32, SHAPE(B), 0) };
    Node *loop = g_loop(g, outer, g_const(g, DT_I32, 4), inits, results, 2);
    Node *roots[] = { g_loop_out(g, loop, 0), g_loop_out(g, loop, 1) };
    cr_assert_null(graph_verify(g, roots, 2, l->a));
    int want = 1;
    double sum[2] = { 0 };
    for (int a = 0; a < 4; a++) {
        want += a;
        for (int b = 0; b < a + 1; b++)
            want = 2 * want + b;
        for (uint32_t r = 0; r < 2; r++) {
            uint32_t w[4];
            ebm_rng_words(7, 77, 0, 0, r, (uint32_t)a, 0, w);
            sum[r] += (w[0] >> 8) * 0x1p-24;
        }
    }
    double *got[2];
    graph_interpret(g, roots, 2, &l->env, l->a, got, NULL, NULL);
    cr_assert_eq(got[0][0], want);
    cr_assert_near(got[1][0], sum[0], 1e-15);
    cr_assert_near(got[1][1], sum[1], 1e-15);
    lab_free(l);
}

/* Two carried values that change places, and one result that the body does not touch. */
Test(interp, loops_carry_in_parallel) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(3), 0, 1), *y = lab_input(l, DT_F32, SHAPE(3), 2, 3);
    int64_t id = g_loop_begin(g);
    Node *a = g_loop_var(g, id, 0, DT_F32, x->shape), *b = g_loop_var(g, id, 1, DT_F32, x->shape);
    Node *init[] = { x, y, x }, *result[] = { b, a, y };
    Node *loop = g_loop(g, id, g_const(g, DT_I32, 3), init, result, 3);
    cr_assert_eq(memcmp(lab_eval(l, g_loop_out(g, loop, 0)), l->value[1], 24), 0);
    cr_assert_eq(memcmp(lab_eval(l, g_loop_out(g, loop, 1)), l->value[0], 24), 0);
    cr_assert_eq(memcmp(lab_eval(l, g_loop_out(g, loop, 2)), l->value[1], 24), 0);
    lab_free(l);
}

/* ---- every op ------------------------------------------------------------------------------ */

static Case *const op_case[OP_COUNT] = {
    [OP_CONST] = case_const, [OP_INPUT] = case_callback, [OP_SCALAR] = case_callback,
    [OP_STATE] = case_callback, [OP_DATA] = case_callback, [OP_IOTA] = case_iota,
    [OP_RAND_UNIFORM] = case_rand, [OP_RAND_NORMAL] = case_rand, [OP_RAND_INT] = case_rand,
    [OP_RAND_PERM] = case_permutation,
    [OP_VAR] = case_var, [OP_STOP] = case_var, [OP_BROADCAST] = case_broadcast,
    [OP_REDUCE_SUM] = case_reduce_sum, [OP_RESHAPE] = case_reshape, [OP_TRANSPOSE] = case_transpose,
    [OP_SLICE] = case_slice, [OP_PAD] = case_pad, [OP_REVERSE] = case_reverse,
    [OP_CONCAT] = case_concat, [OP_GATHER] = case_gather, [OP_TAKE] = case_take,
    [OP_SCATTER_ADD] = case_scatter_add,
    [OP_CONVERT] = case_convert, [OP_POOL_SUM] = case_pool, [OP_POOL_SUM_T] = case_pool,
    [OP_DOT] = case_dot, [OP_CONV] = case_conv, [OP_CONV_DX] = case_conv, [OP_CONV_DW] = case_conv,
    [OP_REDUCE_MAX] = case_extreme, [OP_REDUCE_MIN] = case_extreme, [OP_ARGMAX] = case_extreme,
    [OP_ARGMIN] = case_extreme, [OP_MAX_POOL] = case_pool, [OP_POOL_PICK] = case_pool,
    [OP_POOL_PICK_T] = case_pool, [OP_GRAD] = case_request, [OP_JVP] = case_request,
    [OP_VJP] = case_request, [OP_LOOP] = case_loop, [OP_LOOP_VAR] = case_loop,
    [OP_LOOP_OUT] = case_loop,
};

Test(interp, every_op) {
    for (int op = 0; op < OP_COUNT; op++) {
        Case *run = op_is_elementwise((Op)op) ? case_elementwise : op_case[op];
        cr_assert_not_null(run, "no case for %s", op_info[op].name);
        run((Op)op);
    }
}

/* ---- corners of elementwise ops ------------------------------------------------------------ */

static double value2(Op op, DType t, double a, double b) {
    Lab *l = lab_new(1);
    Node *x = lab_input(l, t, SHAPE(2), 0, 1), *y = lab_input(l, t, SHAPE(2), 0, 1);
    lab_value(l, x)[1] = a, lab_value(l, y)[1] = b;
    double v =
        lab_eval(l, op_info[op].arity == 1 ? g_unary(l->g, op, x) : g_binary(l->g, op, x, y))[1];
    lab_free(l);
    return v;
}

Test(interp, integers_wrap_and_never_trap) {
    cr_assert_eq(value2(OP_ADD, DT_I32, INT32_MAX, 1), INT32_MIN);
    cr_assert_eq(value2(OP_SUB, DT_I32, INT32_MIN, 1), INT32_MAX);
    cr_assert_eq(value2(OP_MUL, DT_I32, 123456789, 987654321), -67153019);
    cr_assert_eq(value2(OP_DIV, DT_I32, -7, 2), -3);
    cr_assert_eq(value2(OP_DIV, DT_I32, 5, 0), 0);
    cr_assert_eq(value2(OP_DIV, DT_I32, INT32_MIN, -1), INT32_MIN);
    cr_assert_eq(value2(OP_MOD, DT_I32, -7, 3), 2);
    cr_assert_eq(value2(OP_MOD, DT_I32, 7, -3), -2);
    cr_assert_eq(value2(OP_MOD, DT_I32, 7, 0), 0);
    cr_assert_eq(value2(OP_NEG, DT_I32, INT32_MIN, 0), INT32_MIN);
}

Test(interp, corners) {
    cr_assert(isnan(value2(OP_MAXIMUM, DT_F32, NAN, 1)) &&
              isnan(value2(OP_MAXIMUM, DT_F32, 1, NAN)));
    cr_assert(isnan(value2(OP_MINIMUM, DT_F32, NAN, 1)) &&
              isnan(value2(OP_MINIMUM, DT_F32, 1, NAN)));
    cr_assert_eq(value2(OP_ROUND, DT_F32, 2.5, 0), 2);
    cr_assert_eq(value2(OP_ROUND, DT_F32, -1.5, 0), -2);
    cr_assert_eq(value2(OP_SIGN, DT_F32, 0, 0), 0);
    cr_assert_eq(value2(OP_SIGMOID, DT_F32, -1000, 0), 0);
    cr_assert_eq(value2(OP_SOFTPLUS, DT_F32, 1000, 0), 1000);
    cr_assert_near(value2(OP_SOFTPLUS, DT_F32, -40, 0), exp(-40), 1e-25);
    cr_assert_eq(value2(OP_MOD, DT_F32, -0.5, 2), 1.5);
    cr_assert_eq(value2(OP_MOD, DT_F32, 6, -3), 0);
    cr_assert_eq(value2(OP_LE, DT_F32, NAN, 1), 0);
}

/* Derivatives where one-sided ones differ: the convention of the op table. */
Test(interp, derivatives_at_ties) {
    Lab *l = lab_new(1);
    Node *x = lab_input(l, DT_F32, SHAPE(1), 0, 1), *y = lab_input(l, DT_F32, SHAPE(1), 0, 1);
    l->value[0][0] = l->value[1][0] = 0;
    l->tangent[0][0] = 3, l->tangent[1][0] = 5;
    cr_assert_eq(lab_dual(l, g_binary(l->g, OP_MAXIMUM, x, y))[0], 5);
    cr_assert_eq(lab_dual(l, g_binary(l->g, OP_MINIMUM, x, y))[0], 5);
    cr_assert_eq(lab_dual(l, g_unary(l->g, OP_ABS, x))[0], 0);
    cr_assert_eq(lab_dual(l, g_unary(l->g, OP_SQRT, x))[0], 0);
    lab_free(l);
}

/* A chain of ops, so that tangents flow through products of everything. */
Test(interp, duals_compose) {
    Lab *l = lab_new(4);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 3), -1, 1),
         *w = lab_input(l, DT_F32, SHAPE(5, 3), -1, 1);
    DotAxes d = { .nc = 1, .ac = { 1 }, .bc = { 1 } };
    Node *h = g_unary(g, OP_SOFTPLUS, g_dot(g, x, w, &d));
    Node *e = g_reduce_example(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, h, g_unary(g, OP_TANH, h)));
    lab_check_dual(l, e);
    lab_check_dual(l, g_reduce_batch(g, OP_REDUCE_SUM, g_unary(g, OP_LOG, e)));
    lab_free(l);
}
