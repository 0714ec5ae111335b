// links: backend passes graph base
/* backend_test.c - whole steps through the backend: levels, loops, writes, kernels counted. */
#include "ops/emit_help.h"
#include "passes/passes.h"

static Node *scalar_to(Bench *b, Node *s, Node *like) { return g_broadcast_to(b->g, s, like->shape); }

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

/* ---- an energy network, its Langevin chain, contrastive divergence, Adam ------------------------- */

typedef struct Net { int w[4], b[4], n, dim[5]; } Net;

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
    Node *loss = g_binary(g, OP_SUB, mean(b, energy(b, &net, x_pos)), mean(b, energy(b, &net, x_neg)));
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
