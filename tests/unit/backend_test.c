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
