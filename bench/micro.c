/* micro.c - speed of the prelude's micro-kernels on one core, as a share of this machine's measured
 * fused multiply-add peak.
 *
 *   cc -std=gnu11 -O2 -march=native -ffp-contract=off -fno-math-errno -fopenmp-simd -Iruntime \
 *      bench/micro.c -o micro -lm && ./micro [part of a name]
 *
 * A figure is the best of several runs; the peak is measured again beside every kernel, because
 * clocks and neighbours change. FLOPs are nominal: multiplications with the zero border count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EBM_BF16 1                /* bf16 kernels by the CPU's own instruction, if it has one */
#include "prelude/ebm_prelude.h"

enum { RUNS = 9, PEAK_CHAINS = 12 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);      /* of this thread: others may be busy */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

__attribute__((noinline)) static EbmVec spin(long n, EbmVec a, EbmVec b) {
    EbmVec c[PEAK_CHAINS];
    EBM_UNROLL
    for (int i = 0; i < PEAK_CHAINS; i++) c[i] = ebm_vsplat((float)i);
    for (long k = 0; k < n; k++) {
        EBM_UNROLL
        for (int i = 0; i < PEAK_CHAINS; i++) c[i] = ebm_vfma(c[i], a, b);
    }
    EBM_UNROLL
    for (int i = 1; i < PEAK_CHAINS; i++) c[0] += c[i];
    return c[0];
}

static float *numbers(size_t n) {
    float *p = aligned_alloc(64, (4 * n + 8191) & ~(size_t)4095);
    if (!p) exit(1);
    for (size_t i = 0; i < n; i++) p[i] = (float)((int)(i * 2654435761u >> 20) - 2048) / 4096;
    return p;
}

typedef struct Case {
    const char *name;
    int T, O, K;                  /* dense, outer: [O,K]; moves, draws, maps: O features */
    EbmConv c;
} Case;
typedef void Body(const Case *c, float *const *p);
static const char *wanted = "";

/* Runs body often enough, prints ns per call and GFLOP/s or ns per 16 elements. */
static void measure(const char *kind, const Case *c, double flops, double elements, Body *body,
                    const size_t *sizes) {
    char name[96];
    snprintf(name, sizeof name, "%s %s T=%d", kind, c->name, c->T);
    if (!strstr(name, wanted)) return;
    float *p[5];
    for (int i = 0; i < 5; i++) p[i] = numbers(sizes[i] + 64);
    double best = 1e9, peak = 0;
    long repeat = 1;
    for (int run = 0; run < RUNS; run++) {
        double t = seconds();
        for (long r = 0; r < repeat; r++) body(c, p);
        t = (seconds() - t) / (double)repeat;
        if (t < best) best = t;
        if (run == 0) repeat = 1 + (long)(0.01 / best);
        const long n = 100000;
        t = seconds();
        volatile EbmVec sink = spin(n, ebm_vsplat(0.5f), ebm_vsplat(0.25f));
        (void)sink;
        const double rate = 2e-9 * PEAK_CHAINS * EBM_LANES * (double)n / (seconds() - t);
        if (rate > peak) peak = rate;
    }
    if (flops > 0)
        printf("%-44s %10.1f us %7.1f GFLOP/s %5.1f %% of %.0f\n", name, best * 1e6,
               flops / best * 1e-9, 100 * flops / best * 1e-9 / peak, peak);
    else
        printf("%-44s %10.1f us %7.2f ns / 16 elements\n", name, best * 1e6,
               best * 1e9 * 16 / elements);
    for (int i = 0; i < 5; i++) free(p[i]);
}

/* T is a constant in every call, as in emitted code. */
#define FOR_T(T, call) \
    do { \
        if ((T) == 16) { enum { t = 16 }; call; } \
        else if ((T) == 32) { enum { t = 32 }; call; } \
        else { enum { t = 64 }; call; } \
    } while (0)

static void run_dense(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_dense(p[0], p[1], p[2], p[3], c->O, c->K, t));
}
static void run_dense_bf16(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_dense_bf16(p[0], p[1], p[2], p[3], c->O, c->K, t, p[4]));
}
static void run_outer(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_outer(p[0], p[1], p[2], c->O, c->K, t, t, p[3]));
}
static void run_pack(const Case *c, float *const *p) {
    ebm_pack_dense(p[0], p[1], c->O, c->K, c->K, 1);
}
static void run_pack_turned(const Case *c, float *const *p) {
    ebm_pack_dense(p[0], p[1], c->O, c->K, 1, c->O);
}
static void run_sum(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_sum(p[0], p[1], c->O, t, t));
}
static void run_load(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_load(p[0], p[1], 0, t, c->O, t));
}
static void run_store(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_store(p[0], p[1], 0, t, c->O, t));
}
static void run_conv(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_conv(p[0], p[1], p[2], p[3], &c->c, t, p[4]));
}
static void run_conv_bf16(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_conv_bf16(p[0], p[1], p[2], p[3], &c->c, t, p[4]));
}
static void run_conv_dx_bf16(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_conv_dx_bf16(p[2], p[1], p[0], &c->c, t, p[4]));
}
static void run_conv_dx(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_conv_dx(p[2], p[1], p[0], &c->c, t, p[4]));
}
static void run_conv_dw(const Case *c, float *const *p) {
    FOR_T(c->T, ebm_tile_conv_dw(p[1], p[2], p[0], &c->c, t, t, p[4]));
}
static void run_normal(const Case *c, float *const *p) {
    static const EbmScalars s = { .seed = 1, .step = 2 };
    FOR_T(c->T, ebm_tile_normal(p[0], c->O, t, &s, 3, 4, 0, t));
}
static void run_uniform(const Case *c, float *const *p) {
    static const EbmScalars s = { .seed = 1, .step = 2 };
    FOR_T(c->T, ebm_tile_uniform(p[0], c->O, t, &s, 3, 4, 0, t));
}
static void run_fill(const Case *c, float *const *p) {
    static const EbmScalars s = { .seed = 1, .step = 2 };
    ebm_fill_normal(p[0], 0, (int64_t)c->O * c->T, &s, 3, 4);
}
static void run_combine(const Case *c, float *const *p) {
    ebm_combine(p[0], p[1], c->K, c->O, 0, c->O);
}
static void run_block_sum(const Case *c, float *const *p) {
    p[0][0] = ebm_block_sum(p[1], 0, (int64_t)c->O * c->T);
}
static void run_finite(const Case *c, float *const *p) {
    p[0][0] = (float)ebm_tile_finite(p[1], c->O, c->T, c->T);
}
#define MAP(name) \
    static void run_##name(const Case *c, float *const *p) { \
        const size_t n = (size_t)c->O * (size_t)c->T; \
        float *y = p[0]; \
        const float *x = p[1]; \
        _Pragma("omp simd") for (size_t i = 0; i < n; i++) y[i] = ebm_##name(x[i]); \
    }
MAP(exp) MAP(log) MAP(log1p) MAP(expm1) MAP(tanh) MAP(sigmoid) MAP(softplus) MAP(sin) MAP(erf)
MAP(sqrt) MAP(round)

static EbmConv conv_case(int C, int H, int O, int k, int stride, int pad) {
    const int out = (H + 2 * pad - k) / stride + 1;
    return (EbmConv){ C, H, H, O, out, out, k, k, stride, stride, pad, pad, pad, pad, 1, 1, 1 };
}

static void bench_dense(void) {
    static const Case cases[] = {
        { "128x128", 32, 128, 128, { 0 } },   { "128x128", 16, 128, 128, { 0 } },
        { "128x128", 64, 128, 128, { 0 } },   { "64x64", 32, 64, 64, { 0 } },
        { "128x2", 32, 128, 2, { 0 } },       { "2x128", 32, 2, 128, { 0 } },
        { "1x128", 32, 1, 128, { 0 } },       { "1024x784", 64, 1024, 784, { 0 } },
        { "1024x1024", 64, 1024, 1024, { 0 } }, { "1024x1024", 32, 1024, 1024, { 0 } },
        { "784x1024", 64, 784, 1024, { 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        const size_t O = (size_t)c->O, K = (size_t)c->K, T = (size_t)c->T;
        const double flops = 2.0 * c->O * c->K * c->T;
        measure("dense", c, flops, 0, run_dense,
                (size_t[]){ O * T, ebm_pack_dense_size(c->O, c->K), K * T, O, 1 });
        measure("dense bf16", c, flops, 0, run_dense_bf16,
                (size_t[]){ O * T, ebm_pack_dense_bf16_size(c->O, c->K), K * T, O,
                            ebm_tile_dense_bf16_scratch(c->K, c->T) });
        measure("outer", c, flops, 0, run_outer,
                (size_t[]){ O * K, O * T, K * T, ebm_tile_outer_scratch(c->O, c->K, c->T), 1 });
        if (c->T == 32) {
            measure("pack", c, 0, (double)(O * K), run_pack, (size_t[]){ O * K, O * K, 1, 1, 1 });
            measure("pack turned", c, 0, (double)(O * K), run_pack_turned,
                    (size_t[]){ O * K, O * K, 1, 1, 1 });
        }
    }
}

static void bench_conv(void) {
    const Case cases[] = {
        { "3x3 1-32 @28", 16, 0, 0, conv_case(1, 28, 32, 3, 1, 1) },
        { "3x3 3-64 @32", 16, 0, 0, conv_case(3, 32, 64, 3, 1, 1) },
        { "5x5/2 1-32 @28", 16, 0, 0, conv_case(1, 28, 32, 5, 2, 2) },
        { "5x5/2 16-32 @14", 16, 0, 0, conv_case(16, 14, 32, 5, 2, 2) },
        { "3x3 16-32 @16", 16, 0, 0, conv_case(16, 16, 32, 3, 1, 1) },
        { "3x3 64-64 @16", 16, 0, 0, conv_case(64, 16, 64, 3, 1, 1) },
        { "3x3 64-64 @16", 32, 0, 0, conv_case(64, 16, 64, 3, 1, 1) },
        { "3x3 64-64 @7", 16, 0, 0, conv_case(64, 7, 64, 3, 1, 1) },
        { "4x4/2 32-64 @14", 16, 0, 0, conv_case(32, 14, 64, 4, 2, 1) },
        { "4x4/2 64-64 @32", 16, 0, 0, conv_case(64, 32, 64, 4, 2, 1) },
        { "4x4/2 256-256 @8", 16, 0, 0, conv_case(256, 8, 256, 4, 2, 1) },
        { "3x3 256-512 @4", 16, 0, 0, conv_case(256, 4, 512, 3, 1, 1) },
        { "3x3 256-512 @4", 64, 0, 0, conv_case(256, 4, 512, 3, 1, 1) },
        { "1x1 64-64 @16", 16, 0, 0, conv_case(64, 16, 64, 1, 1, 0) },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        const EbmConv v = c->c;
        const size_t T = (size_t)c->T, x = (size_t)v.C * v.H * v.W * T;
        const size_t y = (size_t)v.O * v.OH * v.OW * T, w = (size_t)v.O * v.C * v.kh * v.kw;
        const double flops = 2.0 * (double)w * v.OH * v.OW * c->T;
        measure("conv", c, flops, 0, run_conv,
                (size_t[]){ y, ebm_pack_conv_size(v), x, v.O, ebm_tile_conv_scratch(v, c->T) });
        measure("conv_dx", c, flops, 0, run_conv_dx,
                (size_t[]){ y, ebm_pack_conv_dx_size(v), x, 1, ebm_tile_conv_dx_scratch(v, c->T) });
        measure("conv bf16", c, flops, 0, run_conv_bf16,
                (size_t[]){ y, ebm_pack_conv_bf16_size(v), x, v.O,
                            ebm_tile_conv_bf16_scratch(v, c->T) });
        measure("conv_dx bf16", c, flops, 0, run_conv_dx_bf16,
                (size_t[]){ y, ebm_pack_conv_dx_bf16_size(v), x, 1,
                            ebm_tile_conv_dx_bf16_scratch(v, c->T) });
        measure("conv_dw", c, flops, 0, run_conv_dw,
                (size_t[]){ y, w, x, 1, ebm_tile_conv_dw_scratch(v, c->T) });
    }
}

static void bench_rest(void) {
    static const struct { const char *kind; Body *body; Case c; } rest[] = {
        { "sum", run_sum, { "128", 32, 128, 0, { 0 } } },
        { "load", run_load, { "784", 64, 784, 0, { 0 } } },
        { "store", run_store, { "784", 64, 784, 0, { 0 } } },
        { "normal", run_normal, { "784", 64, 784, 0, { 0 } } },
        { "normal", run_normal, { "2", 32, 2, 0, { 0 } } },
        { "normal", run_normal, { "784", 16, 784, 0, { 0 } } },
        { "uniform", run_uniform, { "784", 64, 784, 0, { 0 } } },
        { "fill_normal", run_fill, { "784", 64, 784, 0, { 0 } } },
        { "combine", run_combine, { "16384 x 16", 16, 16384, 16, { 0 } } },
        { "block_sum", run_block_sum, { "65536", 16, 4096, 0, { 0 } } },
        { "finite", run_finite, { "784", 64, 784, 0, { 0 } } },
#define ROW(name) { #name, run_##name, { "64", 64, 64, 0, { 0 } } },
        ROW(exp) ROW(log) ROW(log1p) ROW(expm1) ROW(tanh) ROW(sigmoid) ROW(softplus) ROW(sin)
        ROW(erf) ROW(sqrt) ROW(round)
    };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        const Case *c = &rest[i].c;
        const size_t n = (size_t)c->O * (size_t)(c->T > c->K ? c->T : c->K);
        measure(rest[i].kind, c, 0, (double)n, rest[i].body, (size_t[]){ n, n, 1, 1, 1 });
    }
}

/* Linux gives the tile registers of AMX to a process that asks. */
static void allow_amx(void) {
#if EBM_HAS_AMX
    if (syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* tile data */) != 0)
        fprintf(stderr, "micro: no AMX for this process\n"), exit(9);
#endif
}

int main(int argc, char **argv) {
    allow_amx();
    if (argc > 1) wanted = argv[1];
    bench_dense();
    bench_conv();
    bench_rest();
    return 0;
}
