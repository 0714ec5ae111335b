// links: passes graph base
/* lift_test.c - isomorphic values as one with another axis: the same bits as row by row in the
 * reference interpreter, also through derivatives; what must not be lifted is not. */
#include "graph_help.h"
#include "passes/passes.h"

enum { N = 3 };
typedef Node *RowFn(Lab *l, Node *x, int i);

static Node *row_of(Graph *g, Node *x, int axis, int64_t i) {
    int64_t start[MAX_RANK] = { 0 }, size[MAX_RANK], step[MAX_RANK];
    Shape s = x->shape;
    for (int k = 0; k < s.rank; k++)
        size[k] = s.dim[k], step[k] = 1;
    start[axis] = i, size[axis] = 1;
    Node *n = g_slice(g, x, start, size, step);
    for (int k = axis; k + 1 < s.rank; k++)
        s.dim[k] = s.dim[k + 1];
    s.rank--;
    return g_reshape(g, n, s);
}

/* Rows and lifted value with the requests resolved. */
static void resolve(Lab *l, Node **root, int n) {
    Graph *out;
    Node **map = ad_differentiate(l->g, root, n, &out);
    for (int k = 0; k < n; k++)
        root[k] = map[root[k]->id];
    l->g = out;
    const char *bad = graph_verify(out, root, n, l->a);
    cr_assert(!bad, "%s", bad);
}

/* Lifts fn of the rows of x; every row of the result must equal the row alone, within tol. */
static void check_rows(Lab *l, const char *what, Node *x, int axis, RowFn *fn, double tol) {
    Node *root[N + 1];
    for (int i = 0; i < N; i++)
        root[i] = fn(l, row_of(l->g, x, axis, i), i);
    root[N] = g_lift(l->g, root, N);
    cr_assert(root[N], "%s: not lifted", what);
    bool batched = node_batched(root[0]);
    cr_assert_eq(root[N]->shape.dim[batched], N);
    cr_assert_eq(batched, node_batched(root[N]));
    Graph *g = l->g;
    resolve(l, root, N + 1);
    int64_t count = shape_count(root[0]->shape), B_ = batched ? l->env.batch : 1;
    double *all = lab_eval(l, root[N]);
    for (int i = 0; i < N; i++) {
        double *one = lab_eval(l, root[i]);
        for (int64_t b = 0; b < B_; b++)
            for (int64_t k = 0; k < count; k++) {
                double got = all[(b * N + i) * count + k], want = one[b * count + k];
                cr_assert(fabs(got - want) <= tol,
                          "%s: row %d, sample %d, element %d: %.17g, alone "
                          "%.17g", what, i, (int)b, (int)k, got, want);
            }
    }
    l->g = g;
}

static Node *shared(Lab *l, Shape s) { return lab_input(l, DT_F32, s, -1, 1); }
static Node *same_weights;                    /* of the test that runs */

static Node *layers(Lab *l, Node *x, int i) { /* x [B,4] -> [B] */
    Graph *g = l->g;
    Node *h = g_dot(g, x, same_weights, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } });
    h = g_unary(g, OP_TANH, g_binary(g, OP_ADD, h,
                                     g_const_splat(g, DT_F32, h->shape, 0.25 * (i + 1))));
    h = g_binary(g, OP_MUL, h, g_reverse(g, h, (int[]){ 1 }, 1));
    return g_reduce_example(g, OP_REDUCE_SUM, h);
}

static Node *structure(Lab *l, Node *x, int i) {       /* x [B,4] or [4] */
    Graph *g = l->g;
    bool b = node_batched(x);
    Shape s = b ? SHAPE(B, 2, 2) : SHAPE(2, 2), wide = b ? SHAPE(B, 3, 2, 2) : SHAPE(3, 2, 2);
    Node *m = g_reshape(g, x, s), *t = g_transpose(g, m, b ? (int[]){ 0, 2, 1 } : (int[]){ 1, 0 });
    Node *w = g_broadcast(g, t, wide, b ? (int[]){ 0, 2, 3 } : (int[]){ 1, 2 });
    int64_t low[4] = { 0 }, high[4] = { 0 }, inner[4] = { 0 };
    low[b] = 1, high[b + 2] = 2, inner[b + 1] = 1;
    w = g_pad(g, w, low, high, inner);        /* [4,3,4] */
    w = g_concat(g, (Node *[]){ w, g_unary(g, OP_NEG, w) }, 2, b + 1);
    int64_t start[4] = { 0 }, size[4] = { 0, 3, 4, 4 }, step[4] = { 1, 1, 1, 2 };
    start[b] = 1, size[b] = 3, size[b + 1] = 5, size[b + 2] = 2;
    step[b] = step[b + 1] = 1, step[b + 2] = 2;
    if (b)
        size[0] = DIM_BATCH, step[0] = 1;
    w = g_slice(g, w, start, size, step);
    return g_reduce(g, OP_REDUCE_MAX, w, (int[]){ b + 1 }, 1);
}

static Node *products(Lab *l, Node *x, int i) {        /* x [B,4]: x_i M x_i' and pairs */
    Graph *g = l->g;
    Node *m = g_reshape(g, x, SHAPE(B, 2, 2));
    DotAxes pair = { .nb = 1, .nc = 1, .ac = { 2 }, .bc = { 1 } };
    Node *mm = g_dot(g, m, g_unary(g, OP_EXP, m), &pair);
    Node *left = g_dot(g, g_broadcast(g, same_weights, SHAPE(B, 4, 4), (int[]){ 1, 2 }),
                       g_reshape(g, mm, SHAPE(B, 4)), &(DotAxes){ .nb = 1, .nc = 1, .ac = { 2 },
                                                                  .bc = { 1 } });
    return g_dot(g, left, same_weights, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 0 } });
}

static Node *gradient(Lab *l, Node *x, int i) {
    Node *v = g_var(l->g, x);
    return g_request(l->g, OP_GRAD, layers(l, v, i), v, NULL);
}
static Node *hessian_product(Lab *l, Node *x, int i) {
    Node *v = g_var(l->g, x), *force = g_request(l->g, OP_GRAD, layers(l, v, i), v, NULL);
    return g_request(l->g, OP_JVP, force, v, g_unary(l->g, OP_SIN, x));
}

Test(lift, rows) {
    Lab *l = lab_new(5);
    Node *x = shared(l, SHAPE(B, N, 4)), *last = shared(l, SHAPE(B, 4, N));
    same_weights = shared(l, SHAPE(4, 4));
    check_rows(l, "layers", x, 1, layers, 0);
    check_rows(l, "layers of the last axis", last, 2, layers, 0);
    check_rows(l, "structure", x, 1, structure, 0);
    check_rows(l, "structure without samples", shared(l, SHAPE(N, 4)), 0, structure, 0);
    check_rows(l, "products", x, 1, products, 0);
    check_rows(l, "gradient", x, 1, gradient, 1e-14);
    check_rows(l, "second derivative", x, 1, hessian_product, 1e-14);
    lab_free(l);
}

static Node *image(Lab *l, Node *x, int i) {           /* x [B,1,4,4] */
    Graph *g = l->g;
    ConvAttr c = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    Node *h = g_unary(g, OP_SIGMOID, g_conv(g, x, same_weights, &c));
    PoolAttr p = { 2, 2, 2, 2, 0, 0, 0, 0 };
    return g_binary(g, OP_SUB, g_max_pool(g, h, &p), g_pool_sum(g, h, &p));
}
static Node *image_gradient(Lab *l, Node *x, int i) {
    Node *v = g_var(l->g, x), *y = g_reduce_example(l->g, OP_REDUCE_SUM, image(l, v, i));
    return g_request(l->g, OP_GRAD, y, v, NULL);
}

Test(lift, images) {
    Lab *l = lab_new(2);
    Node *x = shared(l, SHAPE(B, N, 1, 4, 4));
    same_weights = shared(l, SHAPE(2, 1, 3, 3));
    check_rows(l, "image", x, 1, image, 0);
    check_rows(l, "image gradient", x, 1, image_gradient, 1e-14);
    lab_free(l);
}

/* What the rows share beside their elements, and cannot be lifted over, stays as it is. */
Test(lift, refused) {
    Lab *l = lab_new(4);
    Graph *g = l->g;
    Node *x = shared(l, SHAPE(B, N, 4)), *row[N];
    same_weights = shared(l, SHAPE(4, 4));
    for (int i = 0; i < N; i++)               /* different functions */
        row[i] = g_unary(g, i == 1 ? OP_EXP : OP_SIN, row_of(g, x, 1, i));
    cr_assert(!g_lift(g, row, N));
    for (int i = 0; i < N; i++)               /* draws of different sites */
        row[i] = g_binary(g, OP_MUL, row_of(g, x, 1, i),
                          g_rand(g, OP_RAND_NORMAL, SHAPE(B, 4), (uint64_t)i, g_const(g, DT_I32, 0),
                                 NULL));
    cr_assert(!g_lift(g, row, N));
    for (int i = 0; i < N; i++)               /* not consecutive */
        row[i] = g_unary(g, OP_SIN, row_of(g, x, 1, (2 * i) % N));
    cr_assert(!g_lift(g, row, N));
    Node *v = g_var(g, row_of(g, x, 1, 0));   /* one variable for all */
    for (int i = 0; i < N; i++) {
        Node *y = g_reduce_example(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, row_of(g, x, 1, i),
                                                              g_unary(g, OP_SIN, v)));
        row[i] = g_request(g, OP_GRAD, y, v, NULL);
    }
    cr_assert(!g_lift(g, row, N));
    Node *first = g_var(g, row_of(g, x, 1, 0)), *square = g_binary(g, OP_MUL, first, first);
    for (int i = 0; i < N; i++) {             /* row 0 also moves what all rows use */
        Node *z = i ? g_var(g, row_of(g, x, 1, i)) : first;
        Node *y = g_reduce_example(g, OP_REDUCE_SUM, g_binary(g, OP_SUB, z, square));
        row[i] = g_request(g, OP_GRAD, y, z, NULL);
    }
    cr_assert(!g_lift(g, row, N));
    lab_free(l);
}
