// links: backend graph base
/* bf16_emit_test.c - contractions of run-time loops with operands rounded to bf16, emitted as C and as CUDA
 * kernels for the emulated GPU, CTA by CTA and by a whole grid: each near the interpreter, which rounds nothing,
 * but not so near as without rounding; near each other as sums in single precision of the same products are; and
 * the same bits from every tile size. */
#include "ops/emit_help.h"

#include <sys/syscall.h>

enum { RAGGED = 67, CASES = 8, PLACES = 2 };

/* Linux gives the tile registers of AMX to a process that asks; others need none. */
static void setup(void) {
#ifdef __x86_64__
    syscall(SYS_arch_prctl, 0x1023, 18);
#endif
}
TestSuite(bf16_emit, .init = setup);

static Node *rows(Bench *b, Shape s) { return bench_rows(b, DT_F32, s, -1, 1); }
static Node *shared(Bench *b, Shape s) { return bench_state(b, DT_F32, s, -1, 1); }

/* y + f(x) + f(x/2) + ...: halves have the rounding of the whole. `how`: attributes of a contraction. */
typedef Node *Contraction(Graph *g, Node *x, Node *w, const void *how);
static void in_loop(Bench *b, Contraction *f, Shape in, Node *w, const void *how) {
    Graph *g = b->g;
    int64_t loop = g_loop_begin(g);
    Node *x0 = rows(b, in), *x = g_loop_var(g, loop, 0, DT_F32, x0->shape);
    Node *more = f(g, x, w, how), *y0 = rows(b, shape_example(more->shape));
    Node *y = g_loop_var(g, loop, 1, DT_F32, y0->shape), *half = g_const_splat(g, DT_F32, x->shape, 0.5);
    Node *next[] = { g_binary(g, OP_MUL, x, half), g_binary(g, OP_ADD, y, more) };
    Node *l = g_loop(g, loop, g_scalar(g, 3, DT_I32), (Node *[]){ x0, y0 }, next, 2);
    bench_out(b, g_loop_out(g, l, 1));
}
static Node *dot(Graph *g, Node *x, Node *w, const void *how) { return g_dot(g, x, w, how); }
static Node *reversed_dot(Graph *g, Node *x, Node *w, const void *how) {
    return g_reverse(g, g_dot(g, x, w, how), (int[]){ 1 }, 1);
}
static Node *conv(Graph *g, Node *x, Node *w, const void *how) { return g_conv(g, x, w, how); }
static Node *conv_dx(Graph *g, Node *y, Node *w, const void *how) {
    return g_conv_dx(g, y, w, how, 6, 5);
}
/* No extent is a multiple of 16. */
static void build(Bench *b) {
    static const DotAxes last = { .nc = 1, .ac = { 1 }, .bc = { 1 } },
        turned = { .nc = 1, .ac = { 1 }, .bc = { 0 } }, many = { .nc = 1, .ac = { 2 }, .bc = { 1 } };
    static const ConvAttr same = { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, strided = { 2, 2, 1, 1, 1, 1, 1, 1, 1 };
    Node *held = shared(b, SHAPE(40, 37)), *taps = shared(b, SHAPE(18, 17, 3, 3));
    Node *wide = shared(b, SHAPE(18, 17, 4, 3));
    in_loop(b, dot, SHAPE(37), held, &last);
    in_loop(b, dot, SHAPE(40), held, &turned);
    in_loop(b, reversed_dot, SHAPE(71), shared(b, SHAPE(203, 71)), &last);         /* staged */
    in_loop(b, dot, SHAPE(3, 21), shared(b, SHAPE(23, 21)), &many);
    in_loop(b, conv, SHAPE(17, 6, 5), taps, &same);
    in_loop(b, conv_dx, SHAPE(18, 6, 5), taps, &same);
    in_loop(b, conv, SHAPE(17, 6, 5), wide, &strided);
    in_loop(b, conv_dx, SHAPE(18, 3, 3), wide, &strided);
}

/* The outputs of a run, and the largest difference of one from `of`, by the largest of its elements. */
typedef struct Outputs { float *of[CASES]; } Outputs;
static Outputs outputs(Bench *b) {
    Outputs o;
    for (int k = 0; k < CASES; k++) {
        o.of[k] = NEW_ARRAY(b->a, float, b->n_expect[k]);
        memcpy(o.of[k], b->last->out[k], (size_t)b->n_expect[k] * sizeof(float));
    }
    return o;
}
static double distance(Bench *b, int k, const float *got, const float *of) {
    double most = 0, scale = 0;
    for (int64_t i = 0; i < b->n_expect[k]; i++) {
        double d = fabs(got[i] - (of ? of[i] : b->expect[k][i])), s = fabs(b->expect[k][i]);
        most = d > most ? d : most, scale = s > scale ? s : scale;
    }
    return most / scale;
}

Test(bf16_emit, loops_round_on_both_targets) {
    Bench *b = bench_new(RAGGED);
    char dir[] = "/tmp/ebm_bf16_XXXXXX", cmd[256];
    InterpRun ref = { .program = b->p, .seed = 7, .batch = b->batch, .data = bench_fill, .user = b,
                      .output = bench_take };
    Emitted em;
    cr_assert(mkdtemp(dir));
    build(b);
    b->ref = &ref, b->bf16 = true, b->tolerance = 1e-2;
    bench_emit(b, 0, &em);
    cr_assert_eq(em.n_bf16, CASES);
    bench_run(b, bench_compile(&em, "gcc -O0", dir, 0), 1, &ref);
    emitted_free(&em);
    cr_assert_eq(b->n_out, CASES);
    Outputs cpu = outputs(b);
    for (int k = 0; k < CASES; k++)
        cr_assert_gt(distance(b, k, cpu.of[k], NULL), 2e-4, "case %d is not rounded on the CPU", k);
#ifndef __SANITIZE_ADDRESS__                      /* the emulator's threads are fibers */
    static const int tiles[PLACES][3] = { { 0, 16, 32 }, { 0, 32, 64 } };
    for (int grid = 0; grid < PLACES; grid++) {
        uint64_t hash = 0;
        for (int t = 0; t < 3; t++) {
            uint64_t h = bench_run_cuda(b, tiles[grid][t], grid ? GRID_ON : GRID_OFF, dir,
                                        1 + 3 * grid + t, &ref);
            hash = t ? hash : h;
            cr_assert_eq(h, hash, "other bits from T = %d%s", tiles[grid][t], grid ? ", whole grid" : "");
            for (int k = 0; k < CASES; k++) {
                double d = distance(b, k, outputs(b).of[k], cpu.of[k]);
                cr_assert_lt(d, 2e-6, "case %d: %g from the CPU%s", k, d, grid ? ", whole grid" : "");
            }
        }
    }
#endif
    snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
    cr_assert_eq(system(cmd), 0);
}
