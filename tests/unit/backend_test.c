// links: backend passes graph base
/* backend_test.c - whole steps through the backend: levels, loops, writes, kernels counted. */
#include "ops/emit_help.h"
#include "passes/passes.h"

static Node *scalar_to(Bench *b, Node *s, Node *like) { return g_broadcast_to(b->g, s,
        like->shape); }

Test(backend, noise_and_mean) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    b->quick = true;
    Node *zero = g_const(g, DT_I32, 0);
    Node *z = g_rand(g, OP_RAND_NORMAL, SHAPE(B, 5), 0x1234, zero, NULL);
    Node *x = bench_rows(b, DT_F32, SHAPE(5), -1, 1);
    Node *rate = scalar_to(b, g_scalar(g, 0, DT_F32), x);
    Node *y = g_binary(g, OP_ADD, x, g_binary(g, OP_MUL, rate, z));
    int m = bench_new_state(b, DT_F32, SHAPE(5), 0, 0);
    bench_stmt(b, (DoStmt){ .kind = DO_SAVE, .name = "y", .path = "y", .value = y });
    bench_write(b, m, g_binary(g, OP_ADD, bench_read(b, m), g_reduce_batch(g, OP_REDUCE_SUM, y)));
    bench_check(b, 1e-5);
}

/* ---- an energy network, its Langevin chain, contrastive divergence, Adam --------------------- */

typedef struct Net { int w[6], b[6], n, dim[7]; } Net;

static Net net_new(Bench *b, int n, const int *dim) {
    Net net = { .n = n };
    for (int l = 0; l <= n; l++)
        net.dim[l] = dim[l];
    for (int l = 0; l < n; l++) {
        double r = 1 / sqrt(dim[l]);
        net.w[l] = bench_new_state(b, DT_F32, SHAPE(dim[l + 1], dim[l]), -r, r);
        net.b[l] = bench_new_state(b, DT_F32, SHAPE(dim[l + 1]), -r, r);
    }
    for (int k = 0; k < b->p->states.n; k++)
        b->p->states.v[k].kind = STATE_PARAM, b->p->states.v[k].group = 0;
    return net;
}

/* [B,d] -> [B]; silu between layers. */
static Node *energy(Bench *b, const Net *net, Node *x) {
    Graph *g = b->g;
    for (int l = 0; l < net->n; l++) {
        Node *w = bench_read(b, net->w[l]), *bias = bench_read(b, net->b[l]);
        Node *a = g_dot(g, x, w, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } });
        a = g_binary(g, OP_ADD, a, g_broadcast(g, bias, a->shape, (int[]){ 1 }));
        x = l + 1 < net->n ? g_binary(g, OP_MUL, a, g_unary(g, OP_SIGMOID, a)) : a;
    }
    return g_reshape(g, x, SHAPE(B));
}

/* K = scalar 3 steps of x - rate * dE/dx + 0.1 noise. */
static Node *langevin(Bench *b, const Net *net, Node *x0, Node *trip) {
    Graph *g = b->g;
    int64_t loop = g_loop_begin(g);
    Node *k = g_loop_index(g, loop), *x = g_loop_var(g, loop, 0, DT_F32, x0->shape);
    Node *v = g_var(g, x);
    Node *force = g_request(g, OP_GRAD, energy(b, net, v), v, NULL);
    Node *noise = g_rand(g, OP_RAND_NORMAL, x->shape, 0x77, k, NULL);
    Node *step = g_binary(g, OP_MUL, scalar_to(b, g_scalar(g, 0, DT_F32), x), force);
    Node *next = g_binary(g, OP_ADD, g_binary(g, OP_SUB, x, step),
                          g_binary(g, OP_MUL, g_const_splat(g, DT_F32, x->shape, 0.1), noise));
    return g_loop_out(g, g_loop(g, loop, trip, &x0, &next, 1), 0);
}

static Node *mean(Bench *b, Node *e) {
    Graph *g = b->g;
    Node *count = g_convert(g, g_scalar(g, 2, DT_I32), DT_F32);
    return g_binary(g, OP_DIV, g_reduce_batch(g, OP_REDUCE_SUM, e), count);
}

static void minimize(Bench *b, const Net *net, Node *loss) {
    Optimizer *o = NEW(b->a, Optimizer);
    *o = (Optimizer){ .kind = OPT_ADAM, .name = "E", .lr = g_const(b->g, DT_F32, 1e-2) };
    DoStmt s = { .kind = DO_UPDATE, .sign = 1, .n_params = 2 * net->n };
    s.optimizer = NEW_ARRAY(b->a, const Optimizer *, s.n_params);
    s.param = NEW_ARRAY(b->a, Node *, s.n_params);
    s.grad = NEW_ARRAY(b->a, Node *, s.n_params);
    for (int k = 0; k < s.n_params; k++) {
        s.optimizer[k] = o;
        s.param[k] = bench_read(b, k % 2 ? net->b[k / 2] : net->w[k / 2]);
        s.grad[k] = g_request(b->g, OP_GRAD, loss, s.param[k], NULL);
    }
    bench_stmt(b, s);
    for (int k = 0; k < s.n_params; k++)
        b->e->versions.v[k % 2 ? net->b[k / 2] : net->w[k / 2]]++;
}

static Bench *contrastive(int64_t batch, int n, const int *dim) {
    Bench *b = bench_new(batch);
    Graph *g = b->g;
    vec_push(b->a, &b->p->groups, ((Group){ .name = "E", .is_net = true, .ema_of = -1 }));
    Net net = net_new(b, n, dim);
    Node *x_pos = bench_rows(b, DT_F32, SHAPE(dim[0]), -1, 1);
    Node *x0 = g_rand(g, OP_RAND_UNIFORM, x_pos->shape, 0x55, g_const(g, DT_I32, 0), NULL);
    Node *x_neg = langevin(b, &net, x0, g_scalar(g, 3, DT_I32));
    Node *loss = g_binary(g, OP_SUB, mean(b, energy(b, &net, x_pos)), mean(b, energy(b, &net,
            x_neg)));
    minimize(b, &net, loss);
    bench_stmt(b, (DoStmt){ .kind = DO_TRACK, .name = "loss", .value = loss });
    passes_run(b->p, &(PassOptions){ 0 });
    return b;
}

Test(backend, contrastive_divergence) {
    Bench *b = contrastive(67, 3, (int[]){ 2, 40, 33, 1 });
    b->quick = true;
    b->steps = 2;
    bench_check(b, 1e-4);
}

static int count_of(const Text *t, const char *what) {
    int n = 0;
    for (const char *s = t->data; (s = strstr(s, what)); s++)
        n++;
    return n;
}

/* Equal layers are written once: more of them bring calls, not functions; the numbers are right,
 * also where a region is so long that all its loops become functions. */
Test(backend, equal_layers_share_text) {
    Bench *deep = contrastive(67, 5, (int[]){ 24, 24, 24, 24, 24, 1 });
    Bench *flat = contrastive(67, 4, (int[]){ 24, 24, 24, 24, 1 });
    Emitted a, b;
    bench_emit(deep, 32, &a);
    bench_emit(flat, 32, &b);
    int tiles = count_of(&b.kernels, "EBM_SHARED void tile");
    cr_assert_gt(tiles, 0);
    cr_assert_leq(count_of(&a.kernels, "EBM_SHARED void tile"), tiles + 1);
    cr_assert_gt(count_of(&a.kernels, " tile"), count_of(&b.kernels, " tile") + 2);
    cr_assert_eq(count_of(&a.kernels, "\002"), 0);
    deep->quick = true;
    bench_check(deep, 1e-4);
    emitted_free(&a);
    emitted_free(&b);
}

/* Layers of several sizes: loops that take their sizes. */
Test(backend, layers_of_other_sizes) {
    Bench *b = contrastive(67, 4, (int[]){ 24, 20, 12, 28, 1 });
    Emitted em;
    bench_emit(b, 16, &em);
    cr_assert_gt(count_of(&em.kernels, "and other sizes"), 0);
    emitted_free(&em);
    b->quick = true;
    bench_check(b, 1e-4);
}

/* ---- loops ---------------------------------------------------------------------------------- */

static Node *bin(Bench *b, Op op, Node *x, Node *y) {
    return g_binary(b->g, op, x, g_broadcast_to(b->g, y, x->shape));
}
static Node *num(Bench *b, double v) { return g_const(b->g, DT_F32, v); }

/* Two carried values that swap, one passed through, a scalar that counts, by the index. */
Test(backend, loop_carries) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    Node *x = bench_rows(b, DT_F32, SHAPE(3), -1, 1), *y = bench_rows(b, DT_F32, SHAPE(3), -1, 1);
    Node *w = bench_state(b, DT_F32, SHAPE(3), -1, 1), *h = bench_state(b, DT_F32, SHAPE(3), -1, 1);
    int64_t loop = g_loop_begin(g);
    Node *k = g_convert(g, g_loop_index(g, loop), DT_F32);
    Node *init[] = { x, y, w, num(b, 1), bin(b, OP_MUL, x, num(b, 2)), h };
    Node *v[6], *r[6];
    for (int i = 0; i < 6; i++)
        v[i] = g_loop_var(g, loop, i, DT_F32, init[i]->shape);
    r[0] = v[1];
    r[1] = bin(b, OP_ADD, v[0], bin(b, OP_MUL, v[3], k));
    r[2] = bin(b, OP_ADD, bin(b, OP_MUL, v[2], num(b, 0.5)), v[3]);       /* shared [3] */
    r[3] = g_binary(g, OP_MUL, v[3], num(b, 1.25));
    r[4] = v[4];
    r[5] = g_reverse(g, g_binary(g, OP_ADD, v[5], v[2]), (int[]){ 0 }, 1);
    Node *l = g_loop(g, loop, g_scalar(g, 3, DT_I32), init, r, 6);
    for (int i = 0; i < 6; i++)
        bench_out(b, g_loop_out(g, l, i));
    bench_check(b, 1e-5);
}

Test(backend, loops_in_loops_and_no_iterations) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    Node *x = bench_rows(b, DT_F32, SHAPE(4), -1, 1), *w = bench_state(b, DT_F32, SHAPE(4, 4), -0.4,
            0.4);
    int64_t outer = g_loop_begin(g), inner = g_loop_begin(g), none = g_loop_begin(g);
    Node *i = g_loop_index(g, outer), *j = g_loop_index(g, inner);
    Node *a = g_loop_var(g, outer, 0, DT_F32, x->shape), *c = g_loop_var(g, inner, 0, DT_F32,
            x->shape);
    Node *flat = g_binary(g, OP_ADD, g_binary(g, OP_MUL, i, g_const(g, DT_I32, 3)), j);
    Node *noise = g_rand(g, OP_RAND_NORMAL, x->shape, 0x99, flat, NULL);
    Node *wx = g_dot(g, c, w, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } });
    Node *step = g_binary(g, OP_ADD, g_unary(g, OP_TANH, wx), bin(b, OP_MUL, noise, num(b, 0.1)));
    step = bin(b, OP_ADD, step, bin(b, OP_MUL, a, num(b, 0.3)));
    Node *trip = g_binary(g, OP_ADD, i, g_const(g, DT_I32, 1));
    Node *li = g_loop(g, inner, trip, &a, &step, 1);
    Node *ra = bin(b, OP_SUB, g_loop_out(g, li, 0), num(b, 0.01));
    Node *out = g_loop_out(g, g_loop(g, outer, g_const(g, DT_I32, 3), &x, &ra, 1), 0);
    bench_out(b, out);
    Node *z = g_loop_var(g, none, 0, DT_F32, x->shape), *rz = g_unary(g, OP_EXP, z);
    Node *trips = g_binary(g, OP_SUB, g_scalar(g, 3, DT_I32), g_const(g, DT_I32, 5));
    bench_out(b, g_loop_out(g, g_loop(g, none, trips, &out, &rz, 1), 0));
    bench_check(b, 1e-5);
}

/* Power iteration: a loop over shared values; its trip count is a state. */
Test(backend, shared_loop) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    Node *w = bench_state(b, DT_F32, SHAPE(5, 7), -1, 1), *u = bench_state(b, DT_F32, SHAPE(7), 0,
            1);
    Node *n = bench_state(b, DT_I32, shape_scalar(), 3, 4), *table = bench_state(b, DT_F32, SHAPE(4,
            7), -1, 1);
    int64_t loop = g_loop_begin(g);
    Node *v = g_loop_var(g, loop, 0, DT_F32, u->shape), *s = g_loop_var(g, loop, 1, DT_F32,
            shape_scalar());
    Node *wv = g_dot(g, w, v, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 0 } });
    Node *wtwv = g_dot(g, w, wv, &(DotAxes){ .nc = 1, .ac = { 0 }, .bc = { 0 } });
    Node *norm = g_unary(g, OP_SQRT, g_reduce_example(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, wtwv,
            wtwv)));
    Node *row = g_gather(g, table, g_loop_index(g, loop));
    Node *next = g_binary(g, OP_ADD, bin(b, OP_DIV, wtwv, norm), bin(b, OP_MUL, row, num(b, 0.1)));
    Node *rs = g_binary(g, OP_ADD, s, norm);
    Node *init[] = { u, num(b, 0) }, *result[] = { next, rs };
    Node *l = g_loop(g, loop, n, init, result, 2);
    bench_out(b, g_loop_out(g, l, 0));
    bench_out(b, g_loop_out(g, l, 1));
    bench_out(b, bin(b, OP_MUL, bench_rows(b, DT_F32, SHAPE(7), -1, 1), g_loop_out(g, l, 0)));
    bench_check(b, 1e-5);
}

/* What a loop carries is a sum over another carried value, the place of its maximum, a draw, a
 * row. */
Test(backend, a_loop_carries_scalars) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    Node *init[] = { bench_state(b, DT_F32, SHAPE(6), -1, 1), num(b, 0.5), g_const(g, DT_I32, 2),
                     num(b, 0.25), num(b, 1) };
    Node *table = bench_state(b, DT_F32, SHAPE(6), -1, 1), *v[5];
    int64_t loop = g_loop_begin(g);
    for (int i = 0; i < 5; i++)
        v[i] = g_loop_var(g, loop, i, init[i]->dtype, init[i]->shape);
    Node *mix = bin(b, OP_ADD, bin(b, OP_MUL, g_reverse(g, v[0], (int[]){ 0 }, 1), v[3]),
        g_binary(g, OP_MUL, v[1], num(b, 0.1)));
    Node *x = bin(b, OP_ADD, g_unary(g, OP_SIN, mix), v[4]);
    Node *r[] = { x, g_reduce_example(g, OP_REDUCE_SUM, x),
                  g_reduce(g, OP_ARGMAX, x, (int[]){ 0 }, 1),
                  g_rand(g, OP_RAND_UNIFORM, shape_scalar(), 0x77, g_loop_index(g, loop), NULL),
                  g_gather(g, table, v[2]) };
    Node *l = g_loop(g, loop, g_const(g, DT_I32, 4), init, r, 5);
    for (int i = 0; i < 5; i++)
        bench_out(b, g_loop_out(g, l, i));
    bench_check(b, 1e-5);
}

/* ---- states --------------------------------------------------------------------------------- */

/* Swapped states, a stale read after a write, a chain of versions, rows pushed twice and read. */
Test(backend, versions_of_states) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    b->steps = 2;
    int p = bench_new_state(b, DT_F32, SHAPE(6), -1, 1), q = bench_new_state(b, DT_F32, SHAPE(6),
            -1, 1);
    int count = bench_new_state(b, DT_I32, shape_scalar(), 0, 1), flag = bench_new_state(b, DT_BOOL,
            SHAPE(6), 0, 1);
    int rows = bench_new_state(b, DT_F32, SHAPE(9, 6), 0, 1), m = bench_new_state(b, DT_F32,
            SHAPE(3, 3), 0, 1);
    Node *p0 = bench_read(b, p), *q0 = bench_read(b, q), *x = bench_rows(b, DT_F32, SHAPE(6), -1,
            1);
    bench_write(b, p, q0);
    bench_write(b, q, p0);
    Node *p1 = bench_read(b, p);
    bench_write(b, p, g_binary(g, OP_ADD, p1, g_binary(g, OP_MUL, p0, bench_read(b, q))));
    bench_write(b, p, g_reverse(g, bench_read(b, p), (int[]){ 0 }, 1));
    bench_write(b, count, g_binary(g, OP_ADD, bench_read(b, count), g_const(g, DT_I32, 3)));
    bench_write(b, flag, g_binary(g, OP_LT, bench_read(b, p), bench_read(b, q)));
    bench_write(b, m, g_transpose(g, bench_read(b, m), (int[]){ 1, 0 }));
    Node *index = bench_rows(b, DT_I32, shape_scalar(), 0, 9);
    Node *before = g_gather(g, bench_read(b, rows), index);
    bench_stmt(b, (DoStmt){ .kind = DO_WRITE_ROWS, .state = rows, .index = index, .value = x,
                            .version = ++b->e->versions.v[rows] });
    Node *between = g_gather(g, bench_read(b, rows), index);
    bench_stmt(b, (DoStmt){ .kind = DO_WRITE_ROWS, .state = rows, .index = bench_state(b, DT_I32,
            SHAPE(2), 0, 9),
                            .value = bench_state(b, DT_F32, SHAPE(2, 6), 5, 6),
                            .version = ++b->e->versions.v[rows] });
    bench_out(b, before);
    bench_out(b, between);
    bench_out(b, g_gather(g, bench_read(b, rows), index));
    bench_out(b, bin(b, OP_MUL, x, bench_read(b, p)));
    bench_out(b, bin(b, OP_ADD, x, p0));
    bench_stmt(b, (DoStmt){ .kind = DO_TRACK, .name = "n", .value = g_convert(g, bench_read(b,
            count), DT_F32) });
    bench_check(b, 1e-5);
}

/* A failed check keeps the states as they are. */
Test(backend, failed_check) {
    Bench *b = bench_new(5);
    Graph *g = b->g;
    b->quick = true;
    int p = bench_new_state(b, DT_F32, SHAPE(6), -1, 0);
    Node *bad = g_reduce_example(g, OP_REDUCE_SUM, g_unary(g, OP_LOG, bench_read(b, p)));
    bench_stmt(b, (DoStmt){ .kind = DO_CHECK, .name = "bad", .value = bad });
    bench_write(b, p, g_unary(g, OP_EXP, bench_read(b, p)));
    bench_check(b, 1e-5);
}

/* Two updates of one network in a step, the second on fresh samples: four levels. */
Test(backend, two_updates) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    b->quick = true;
    vec_push(b->a, &b->p->groups, ((Group){ .name = "E", .is_net = true, .ema_of = -1 }));
    Net net = net_new(b, 2, (int[]){ 3, 16, 1 });
    for (int k = 0; k < 2; k++) {
        Node *x = bench_rows(b, DT_F32, SHAPE(3), -1, 1);
        Node *y = langevin(b, &net, x, g_scalar(g, 3, DT_I32));
        Node *e = g_binary(g, OP_SUB, energy(b, &net, x), energy(b, &net, y));
        Node *loss = mean(b, e);
        minimize(b, &net, loss);
        bench_stmt(b, (DoStmt){ .kind = DO_TRACK, .name = k ? "l1" : "l0", .value = loss });
        bench_out(b, y);
    }
    bench_out(b, energy(b, &net, bench_rows(b, DT_F32, SHAPE(3), -1, 1)));
    passes_run(b->p, &(PassOptions){ 0 });
    bench_check(b, 1e-3);
}

/* ---- blocks --------------------------------------------------------------------------------- */

static int new_scalar(Bench *b, ScalarKind kind) {
    vec_push(b->a, &b->p->scalars, ((Scalar){ .name = "block", .kind = kind, .dtype = DT_I32 }));
    return b->p->scalars.n - 1;
}
static int new_local(Bench *b, Shape s) {
    vec_push(b->a, &b->p->states, ((State){ .name = "local", .kind = STATE_LOCAL, .dtype = DT_F32,
                                            .shape = s, .of = -1, .group = -1 }));
    vec_push(b->a, &b->e->versions, 0);
    return b->p->states.n - 1;
}
static void rename_states(Bench *b, const int *state, int n) {
    for (int k = 0; k < n; k++)
        bench_stmt(b, (DoStmt){ .kind = DO_VERSION, .state = state[k],
                                .version = ++b->e->versions.v[state[k]] });
}
static void open_block(Bench *b, DoStmt s, const int *state, int n) {
    bench_stmt(b, s);
    rename_states(b, state, n);
}
static void close_block(Bench *b, StmtOpKind kind, const int *state, int n) {
    bench_stmt(b, (DoStmt){ .kind = kind });
    rename_states(b, state, n);
}

/* repeat 3 { fresh noise; per-sample and shared locals; a state } - with work around it. */
Test(backend, repeated_block) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    b->steps = 2;
    int w = bench_new_state(b, DT_F32, SHAPE(4), -1, 1), x = new_local(b, SHAPE(B, 4)),
            n = new_local(b, shape_scalar());
    int all[] = { w, x, n };
    int index = new_scalar(b, SCALAR_INDEX), turn = new_scalar(b, SCALAR_TURN);
    Node *x0 = bench_rows(b, DT_F32, SHAPE(4), -1, 1), *w0 = bench_read(b, w);
    Node *once = g_unary(g, OP_TANH, bin(b, OP_MUL, x0, w0));         /* outside, used inside */
    bench_write(b, x, x0);
    bench_write(b, n, num(b, 1));
    open_block(b, (DoStmt){ .kind = DO_REPEAT, .value = g_scalar(g, 3, DT_I32),
                           .index_scalar = index,
                            .turn_scalar = turn }, all, 3);
    Node *t = g_scalar(g, turn, DT_I32), *i = g_convert(g, g_scalar(g, index, DT_I32), DT_F32);
    Node *noise = g_rand(g, OP_RAND_NORMAL, SHAPE(B, 4), 0x31, t, NULL);
    Node *xn = bin(b, OP_ADD, bin(b, OP_MUL, bench_read(b, x), num(b, 0.5)), num(b, 0.25));
    xn = g_binary(g, OP_ADD, xn, g_binary(g, OP_MUL, noise, once));
    bench_write(b, x, xn);
    Node *grad = bin(b, OP_MUL, g_reduce_batch(g, OP_REDUCE_SUM, bin(b, OP_MUL, bench_read(b, x),
                                                                     bench_read(b, w))), num(b,
                                                                             0.01));
    bench_write(b, w, g_binary(g, OP_SUB, bench_read(b, w), grad));
    bench_write(b, n, g_binary(g, OP_ADD, bench_read(b, n), g_binary(g, OP_MUL, i, bench_read(b,
            n))));
    bench_stmt(b, (DoStmt){ .kind = DO_CHECK, .name = "n", .value = bench_read(b, n) });
    close_block(b, DO_END, all, 3);
    bench_out(b, bin(b, OP_MUL, bench_read(b, x), bench_read(b, n)));
    bench_out(b, g_binary(g, OP_SUB, bench_read(b, w), w0));
    bench_out(b, bin(b, OP_SUB, bench_read(b, x), num(b, 1)));
    bench_check(b, 1e-4);
}

/* if on the step count, else; what only a branch needs; a loop left by a condition, in a loop. */
Test(backend, branches_and_leaving) {
    Bench *b = bench_new(67);
    Graph *g = b->g;
    b->steps = 3;
    int w = bench_new_state(b, DT_F32, SHAPE(4), 1, 2), c = bench_new_state(b, DT_I32,
            shape_scalar(), 0, 1);
    int both[] = { w, c };
    Node *x = bench_rows(b, DT_F32, SHAPE(4), -1, 1);
    Node *odd = g_binary(g, OP_EQ, g_binary(g, OP_MOD, g_scalar(g, 1, DT_I32), g_const(g, DT_I32,
            2)), g_const(g, DT_I32, 1));
    Node *mean_x = g_reduce_batch(g, OP_REDUCE_SUM, g_unary(g, OP_EXP, bin(b, OP_MUL, x,
            bench_read(b, w))));
    open_block(b, (DoStmt){ .kind = DO_IF, .value = odd }, both, 1);
    bench_write(b, w, bin(b, OP_ADD, bench_read(b, w), num(b, 1)));
    close_block(b, DO_ELSE, both, 1);
    bench_write(b, w, g_binary(g, OP_MUL, bench_read(b, w), bin(b, OP_MUL, mean_x, num(b, 0.01))));
    close_block(b, DO_END, both, 1);
    /* while |w|^2 > 5, at most 6 times each of two rounds: w *= 0.8; c += 1 */
    open_block(b, (DoStmt){ .kind = DO_REPEAT, .value = g_const(g, DT_I32, 2), .index_scalar = -1,
                           .turn_scalar = -1 }, both, 2);
    open_block(b, (DoStmt){ .kind = DO_REPEAT, .index_scalar = -1, .turn_scalar = -1 }, both, 2);
    Node *v = bench_read(b, w);
    Node *norm = g_reduce_example(g, OP_REDUCE_SUM, g_binary(g, OP_MUL, v, v));
    bench_stmt(b, (DoStmt){ .kind = DO_LEAVE, .value = g_binary(g, OP_LT, num(b, 5), norm) });
    bench_write(b, w, bin(b, OP_MUL, v, num(b, 0.8)));
    bench_write(b, c, g_binary(g, OP_ADD, bench_read(b, c), g_const(g, DT_I32, 1)));
    close_block(b, DO_END, both, 2);
    bench_write(b, w, bin(b, OP_ADD, bench_read(b, w), num(b, 1)));
    close_block(b, DO_END, both, 2);
    bench_out(b, bin(b, OP_MUL, x, bench_read(b, w)));
    bench_check(b, 1e-4);
}
