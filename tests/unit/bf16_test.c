// links: nothing
// flags: -O2 -std=gnu11 -march=native -fopenmp-simd
/* bf16_test.c - kernels with operands rounded to bf16 against sums in double precision of operands
 * rounded by their definition, at every tile width and with ragged sizes. Runs with the CPU's own
 * instructions where it has them (the build's flags say), else by integer operations. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EBM_BF16 1
#include "prelude/ebm_prelude.h"

/* Linux gives the tile registers of AMX to a process that asks. */
static void setup(void) {
#if EBM_HAS_AMX
    cr_assert_eq(syscall(SYS_arch_prctl, 0x1023, 18), 0);
#endif
}
TestSuite(bf16, .init = setup);

/* Nearest bf16 by search among the neighbours: shares nothing with the prelude. */
static double rounded(float x) {
    uint32_t u;
    memcpy(&u, &x, 4);
    float low, high;
    uint32_t down = u & 0xffff0000u, up = down + 0x10000u;
    memcpy(&low, &down, 4), memcpy(&high, &up, 4);
    double a = fabs((double)x - low), b = fabs((double)high - x);
    return a < b || (a == b && !(down >> 16 & 1)) ? low : high;
}
static uint32_t state = 1;
static float number(void) {
    state = state * 1664525u + 1013904223u;
    return (float)((int32_t)(state >> 8) - (1 << 23)) / (1 << 23);
}
static float *numbers(size_t n) {
    float *p = aligned_alloc(64, (4 * n + 127) & ~(size_t)63);
    for (size_t i = 0; i < n; i++) p[i] = number();
    return p;
}
static void close_to(double got, double want, double scale, const char *what) {
    cr_assert(fabs(got - want) <= 3e-6 * scale, "%s: %.9g, expected %.9g", what, got, want);
}

Test(bf16, rounds_to_nearest_even) {
    const float cases[] = { 0, -0.0f, 1, 1.00390625f, 1.01171875f, 3.3895314e38f, -1e-40f, 0.1f };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float got = ebm_from_bits(ebm_bf16_bits(cases[i]) << 16);
        cr_assert_float_eq(got, rounded(cases[i]), 0, "%g gives %g", cases[i], got);
    }
    cr_assert(isinf(ebm_from_bits(ebm_bf16_bits(INFINITY) << 16)));
    cr_assert(isnan(ebm_from_bits(ebm_bf16_bits(ebm_from_bits(0x7fffffffu)) << 16)));
    cr_assert(isnan(ebm_from_bits(ebm_bf16_bits(ebm_from_bits(0xff800001u)) << 16)));
}

static void dense(int O, int K, int T, bool turned) {
    float *w = numbers((size_t)O * K), *x = numbers((size_t)K * T), *bias = numbers((size_t)O);
    float *y = numbers((size_t)O * T), *scratch = numbers(ebm_tile_dense_bf16_scratch(K, T));
    float *packed = numbers(ebm_pack_dense_bf16_size(O, K));
    int64_t so = turned ? 1 : K, sk = turned ? O : 1;
    ebm_pack_dense_bf16(packed, w, O, K, so, sk);
    ebm_tile_dense_bf16(y, packed, x, bias, O, K, T, scratch);
    for (int o = 0; o < O; o++)
        for (int t = 0; t < T; t++) {
            double sum = bias[o];
            for (int k = 0; k < K; k++) sum += rounded(w[o * so + k * sk]) * rounded(x[k * T + t]);
            close_to(y[o * T + t], sum, K, "dense");
        }
    free(w), free(x), free(bias), free(y), free(scratch), free(packed);
}
Test(bf16, dense_layers) {
    for (int T = 16; T <= 64; T *= 2) {
        dense(16, 32, T, false);
        dense(33, 70, T, false);
        dense(128, 65, T, true);
        dense(1, 128, T, false);
        dense(50, 2, T, true);
    }
}

static EbmConv geometry(int C, int H, int W, int O, int k, int stride, int pad, int dilation) {
    int reach = (k - 1) * dilation;
    return (EbmConv){ C, H, W, O, (H + 2 * pad - reach - 1) / stride + 1,
                      (W + 2 * pad - reach - 1) / stride + 1, k, k, stride, stride, pad, pad, pad,
                      pad, dilation, dilation, 1 };
}
static void conv(EbmConv c, int T) {
    size_t nx = (size_t)c.C * c.H * c.W * T, ny = (size_t)c.O * c.OH * c.OW * T;
    float *w = numbers((size_t)c.O * c.C * c.kh * c.kw), *x = numbers(nx), *y = numbers(ny);
    float *bias = numbers((size_t)c.O), *got = numbers(nx > ny ? nx : ny);
    double *y_want = calloc(ny, 8), *x_want = calloc(nx, 8);
    for (int o = 0; o < c.O; o++)
        for (int a = 0; a < c.C; a++)
            for (int p = 0; p < c.OH * c.OW; p++)
                for (int i = 0; i < c.kh; i++)
                    for (int j = 0; j < c.kw; j++) {
                        int iy = p / c.OW * c.sh - c.ph0 + i * c.dh;
                        int ix = p % c.OW * c.sw - c.pw0 + j * c.dw;
                        if (iy < 0 || ix < 0 || iy >= c.H || ix >= c.W) continue;
                        double v = rounded(w[((o * c.C + a) * c.kh + i) * c.kw + j]);
                        size_t at = ((size_t)(a * c.H + iy) * c.W + ix) * T;
                        size_t to = ((size_t)o * c.OH * c.OW + p) * T;
                        for (int t = 0; t < T; t++) {
                            y_want[to + t] += v * rounded(x[at + t]);
                            x_want[at + t] += v * rounded(y[to + t]);
                        }
                    }
    float *packed = numbers(ebm_pack_conv_bf16_size(c));
    float *scratch = numbers(ebm_tile_conv_bf16_scratch(c, T));
    ebm_pack_conv_bf16(packed, w, c);
    ebm_tile_conv_bf16(got, packed, x, bias, &c, T, scratch);
    double scale = (double)c.C * c.kh * c.kw;
    for (size_t i = 0; i < ny; i++)
        close_to(got[i], y_want[i] + bias[i / ((size_t)c.OH * c.OW * T)], scale, "conv");
    free(packed), free(scratch);
    packed = numbers(ebm_pack_conv_dx_bf16_size(c));
    scratch = numbers(ebm_tile_conv_dx_bf16_scratch(c, T));
    ebm_pack_conv_dx_bf16(packed, w, c);
    ebm_tile_conv_dx_bf16(got, packed, y, &c, T, scratch);
    scale = (double)c.O * c.kh * c.kw;
    for (size_t i = 0; i < nx; i++) close_to(got[i], x_want[i], scale, "conv_dx");
    free(w), free(x), free(y), free(bias), free(got), free(y_want), free(x_want);
    free(packed), free(scratch);
}
Test(bf16, convolutions) {
    for (int T = 16; T <= 64; T *= 2) {
        conv(geometry(16, 5, 5, 16, 3, 1, 1, 1), T);
        conv(geometry(20, 7, 6, 40, 4, 2, 1, 1), T);
        conv(geometry(33, 6, 6, 17, 3, 2, 0, 1), T);
        conv(geometry(5, 9, 9, 3, 3, 1, 2, 2), T);
        conv(geometry(8, 5, 5, 9, 1, 3, 0, 1), T);
    }
}
