// links: nothing
// flags: -O2 -std=gnu11 -march=native -fopenmp-simd
/* tile_test.c - the micro-kernels of ebm_tile.h. Contractions are compared bit for bit with the
 * chain that the contract spells out, written as plain loops here, and with a double sum; draws
 * with the words of ebm_rng.h. All T, ragged tiles, and guards behind every output and scratch. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "prelude/ebm_prelude.h"

#define FOR_T(T, call) \
    do { \
        if ((T) == 16) { enum { t = 16 }; call; } \
        else if ((T) == 32) { enum { t = 32 }; call; } \
        else { enum { t = 64 }; call; } \
    } while (0)

enum { GUARD = 64, MAGIC = 0x5eed00 };

/* n floats in (-1, 1), 64-byte aligned, with a guard behind them. */
static float *numbers(size_t n, uint32_t seed) {
    float *p = aligned_alloc(64, (sizeof(float) * (n + GUARD) + 63) & ~(size_t)63);
    cr_assert_not_null(p);
    for (size_t i = 0; i < n; i++) {
        uint32_t w[4];
        ebm_rng_words(seed, 0, 0, 0, 0, 0, (uint32_t)i, w);
        p[i] = 2 * ebm_rng_uniform(w[0]) - 1;
    }
    for (size_t i = 0; i < GUARD; i++) p[n + i] = MAGIC;
    return p;
}
static void release(float *p, size_t n, const char *what) {
    for (size_t i = 0; i < GUARD; i++)
        cr_assert_eq(p[n + i], MAGIC, "%s: written beyond its end", what);
    free(p);
}
static void expect_same(const float *got, const float *want, size_t n, const char *what) {
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(got[i], want[i], "%s: element %zu is %a, not %a", what, i, (double)got[i],
                     (double)want[i]);
}

/* ---- dense -----------------------------------------------------------------------------------*/
static const int shapes[][2] = { { 128, 128 }, { 64, 2 }, { 2, 64 }, { 1, 1 }, { 1, 200 },
                                 { 37, 300 }, { 15, 129 }, { 3, 7 }, { 8, 8 }, { 70, 33 } };
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void check_dense(int O, int K, int T, int turned, int biased) {
    char what[64];
    snprintf(what, sizeof what, "dense %dx%d T=%d%s", O, K, T, turned ? " turned" : "");
    const size_t n = (size_t)O * (size_t)T, size = ebm_pack_dense_size(O, K);
    float *w = numbers((size_t)O * K, 1), *x = numbers((size_t)K * T, 2), *bias = numbers(O, 3);
    float *packed = numbers(size, 4), *y = numbers(n, 5), *want = numbers(n, 6);
    const int64_t so = turned ? 1 : K, sk = turned ? O : 1;
    ebm_pack_dense(packed, w, O, K, so, sk);
    FOR_T(T, ebm_tile_dense(y, packed, x, biased ? bias : NULL, O, K, t));
    for (int o = 0; o < O; o++)
        for (int t = 0; t < T; t++) {
            float chain = biased ? bias[o] : 0;
            double sum = chain;
            for (int k = 0; k < K; k++) {
                chain = fmaf(w[o * so + k * sk], x[k * T + t], chain);
                sum += (double)w[o * so + k * sk] * x[k * T + t];
            }
            want[o * T + t] = chain;
            cr_assert_float_eq(chain, sum, 1e-5 * (1 + K), "%s", what);
        }
    expect_same(y, want, n, what);
    free(w), free(x), free(bias);
    release(packed, size, what), release(y, n, what), release(want, n, what);
}
Test(tile, dense) {
    for (int s = 0; s < SHAPES; s++)
        for (int T = 16; T <= 64; T *= 2)
            for (int turned = 0; turned < 2; turned++)
                check_dense(shapes[s][0], shapes[s][1], T, turned, s & 1);
}
Test(tile, dense_packed_in_parts) {
    const int O = 37, K = 300;
    const size_t size = ebm_pack_dense_size(O, K);
    float *w = numbers(size, 1), *whole = numbers(size, 2), *parts = numbers(size, 3);
    ebm_pack_dense(whole, w, O, K, K, 1);
    for (int64_t u = 0; u < ebm_pack_dense_units(O, K); u++)
        ebm_pack_dense_range(parts, w, O, K, K, 1, u, u + 1);
    expect_same(parts, whole, size, "packed in parts");
    free(w), release(whole, size, "whole"), release(parts, size, "parts");
}

static void check_outer(int O, int I, int T, int valid) {
    char what[64];
    snprintf(what, sizeof what, "outer %dx%d T=%d valid=%d", O, I, T, valid);
    const size_t n = (size_t)O * (size_t)I, room = ebm_tile_outer_scratch(O, I, T);
    float *d = numbers((size_t)O * T, 1), *x = numbers((size_t)I * T, 2);
    float *g = numbers(n, 3), *want = numbers(n, 3), *scratch = numbers(room, 4);
    FOR_T(T, ebm_tile_outer(g, d, x, O, I, t, valid, scratch));
    for (int o = 0; o < O; o++)
        for (int i = 0; i < I; i++) {
            double sum = want[o * I + i];
            for (int t = 0; t < valid; t++) {
                sum += (double)d[o * T + t] * x[i * T + t];
                want[o * I + i] = fmaf(d[o * T + t], x[i * T + t], want[o * I + i]);
            }
            cr_assert_float_eq(want[o * I + i], sum, 1e-4, "%s", what);
        }
    expect_same(g, want, n, what);
    free(d), free(x);
    release(g, n, what), release(want, n, what), release(scratch, room, what);
}
Test(tile, outer) {
    for (int s = 0; s < SHAPES; s++)
        for (int T = 16; T <= 64; T *= 2)
            for (int valid = T; valid > 0; valid -= 11) {
                check_outer(shapes[s][0], shapes[s][1], T, valid);
                check_outer(shapes[s][1], shapes[s][0], T, valid);
            }
}
/* Four tiles of 16, two of 32 and one of 64 are the same block of 64 samples. */
Test(tile, outer_and_sum_continue_over_tiles) {
    enum { O = 5, I = 9, B = 50 };
    float *rows_d = numbers(B * O, 1), *rows_x = numbers(B * I, 2), *first = NULL;
    for (int T = 16; T <= 64; T *= 2) {
        float *g = numbers(O * I + O, 3), *d = numbers(O * 64, 0), *x = numbers(I * 64, 0);
        float *scratch = numbers(ebm_tile_outer_scratch(O, I, T), 0);
        for (int row = 0; row < B; row += T) {
            const int valid = B - row < T ? B - row : T;
            FOR_T(T, ebm_tile_load(d, rows_d, row, valid, O, t));
            FOR_T(T, ebm_tile_load(x, rows_x, row, valid, I, t));
            FOR_T(T, ebm_tile_outer(g, d, x, O, I, t, valid, scratch));
            FOR_T(T, ebm_tile_sum(g + O * I, d, O, t, valid));
        }
        if (first) expect_same(g, first, O * I + O, "block of 64");
        else first = g;
        free(d), free(x), free(scratch);
    }
    free(rows_d), free(rows_x), free(first);
}
Test(tile, sum) {
    for (int F = 1; F < 40; F += 5)
        for (int T = 16; T <= 64; T *= 2)
            for (int valid = 1; valid <= T; valid += 5) {
                float *d = numbers((size_t)F * T, 1), *g = numbers(F, 2), *want = numbers(F, 2);
                FOR_T(T, ebm_tile_sum(g, d, F, t, valid));
                for (int f = 0; f < F; f++)
                    for (int t = 0; t < valid; t++) want[f] += d[f * T + t];
                expect_same(g, want, F, "sum");
                free(d), release(g, F, "sum"), free(want);
            }
}

/* ---- convolution -----------------------------------------------------------------------------*/
static EbmConv conv(int C, int H, int W, int O, int kh, int kw, int sh, int sw, int p, int q,
                    int dh, int dw, int groups) {
    return (EbmConv){ C, H, W, O, (H + p + q - (kh - 1) * dh - 1) / sh + 1,
                      (W + p + q - (kw - 1) * dw - 1) / sw + 1, kh, kw, sh, sw, p, q, p, q,
                      dh, dw, groups };
}
#define CONVS(X) \
    X(3, 9, 9, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1)  X(1, 12, 12, 16, 5, 5, 2, 2, 2, 2, 1, 1, 1) \
    X(20, 8, 8, 24, 4, 4, 2, 2, 1, 1, 1, 1, 1) X(6, 7, 5, 9, 3, 2, 1, 2, 0, 1, 1, 1, 3) \
    X(5, 11, 11, 3, 3, 3, 2, 1, 2, 0, 2, 2, 1) X(4, 6, 6, 1, 1, 1, 3, 3, 0, 0, 1, 1, 1) \
    X(8, 5, 5, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8)   X(40, 4, 4, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1) \
    X(2, 7, 7, 18, 3, 3, 4, 4, 3, 3, 1, 1, 2)  X(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1) \
    X(3, 12, 12, 4, 12, 12, 1, 1, 0, 0, 1, 1, 1) X(2, 5, 9, 7, 3, 3, 2, 3, 1, 2, 2, 1, 1) \
    X(17, 20, 3, 2, 2, 3, 1, 1, 0, 1, 3, 1, 1) X(2, 4, 4, 3, 2, 2, 1, 1, 3, 3, 1, 1, 1)

typedef struct Images {
    EbmConv c;
    int T, Cg, Og;
    size_t x, y, w;               /* sizes */
    char what[160];
} Images;
static Images images(EbmConv c, int T, const char *kind) {
    Images m = { .c = c, .T = T, .Cg = c.C / c.groups, .Og = c.O / c.groups };
    m.x = (size_t)c.C * c.H * c.W * T;
    m.y = (size_t)c.O * c.OH * c.OW * T;
    m.w = (size_t)c.O * m.Cg * c.kh * c.kw;
    snprintf(m.what, sizeof m.what, "%s %dx%dx%d-%d kernel %dx%d stride %dx%d dilation %dx%d T=%d",
             kind, c.C, c.H, c.W, c.O, c.kh, c.kw, c.sh, c.sw, c.dh, c.dw, T);
    return m;
}
/* x of the tap (j, a, b) that output pixel (oy, ox) of output o sees: 0 outside. */
static float seen(const Images *m, const float *x, int o, int j, int a, int b, int oy, int ox,
                  int t) {
    const EbmConv c = m->c;
    const int iy = oy * c.sh - c.ph0 + a * c.dh, ix = ox * c.sw - c.pw0 + b * c.dw;
    if (iy < 0 || iy >= c.H || ix < 0 || ix >= c.W) return 0;
    return x[(((size_t)(o / m->Og * m->Cg + j) * c.H + iy) * c.W + ix) * m->T + t];
}
#define TAP(m, o, j, a, b) ((((size_t)(o) * (m)->Cg + (j)) * (m)->c.kh + (a)) * (m)->c.kw + (b))

static void check_conv(EbmConv c, int T, int biased) {
    const Images m = images(c, T, "conv");
    const size_t room = ebm_tile_conv_scratch(c, T), size = ebm_pack_conv_size(c);
    float *x = numbers(m.x, 1), *w = numbers(m.w, 2), *bias = numbers(c.O, 3);
    float *packed = numbers(size, 4), *y = numbers(m.y, 5), *scratch = numbers(room, 6);
    ebm_pack_conv(packed, w, c);
    FOR_T(T, ebm_tile_conv(y, packed, x, biased ? bias : NULL, &c, t, scratch));
    for (int o = 0; o < c.O; o++)
        for (int p = 0; p < c.OH * c.OW; p++)
            for (int t = 0; t < T; t += 5) {
                float want = biased ? bias[o] : 0;
                for (int j = 0; j < m.Cg; j++)
                    for (int a = 0; a < c.kh; a++)
                        for (int b = 0; b < c.kw; b++)
                            want = fmaf(w[TAP(&m, o, j, a, b)],
                                        seen(&m, x, o, j, a, b, p / c.OW, p % c.OW, t), want);
                cr_assert_eq(y[((size_t)o * c.OH * c.OW + p) * T + t], want,
                             "%s: output %d pixel %d", m.what, o, p);
            }
    free(x), free(w), free(bias);
    release(packed, size, m.what), release(y, m.y, m.what), release(scratch, room, m.what);
}
static void check_conv_dx(EbmConv c, int T) {
    const Images m = images(c, T, "conv_dx");
    const size_t room = ebm_tile_conv_dx_scratch(c, T), size = ebm_pack_conv_dx_size(c);
    float *x = numbers(m.x, 1), *w = numbers(m.w, 2), *y = numbers(m.y, 3);
    float *packed = numbers(size, 4), *scratch = numbers(room, 6);
    ebm_pack_conv_dx(packed, w, c);
    FOR_T(T, ebm_tile_conv_dx(x, packed, y, &c, t, scratch));
    for (int i = 0; i < c.C; i++)
        for (int p = 0; p < c.H * c.W; p++)
            for (int t = 0; t < T; t += 5) {
                float want = 0;
                for (int o = i / m.Cg * m.Og; o < (i / m.Cg + 1) * m.Og; o++)
                    for (int a = 0; a < c.kh; a++)
                        for (int b = 0; b < c.kw; b++) {
                            const int ny = p / c.W + c.ph0 - a * c.dh, oy = ny / c.sh;
                            const int nx = p % c.W + c.pw0 - b * c.dw, ox = nx / c.sw;
                            if (ny % c.sh || nx % c.sw) continue;
                            if (ny < 0 || oy >= c.OH || nx < 0 || ox >= c.OW) continue;
                            want = fmaf(w[TAP(&m, o, i % m.Cg, a, b)],
                                        y[(((size_t)o * c.OH + oy) * c.OW + ox) * T + t], want);
                        }
                cr_assert_eq(x[((size_t)i * c.H * c.W + p) * T + t], want, "%s: input %d pixel %d",
                             m.what, i, p);
            }
    free(w), free(y);
    release(packed, size, m.what), release(x, m.x, m.what), release(scratch, room, m.what);
}
static void check_conv_dw(EbmConv c, int T, int valid) {
    const Images m = images(c, T, "conv_dw");
    const size_t room = ebm_tile_conv_dw_scratch(c, T);
    float *x = numbers(m.x, 1), *y = numbers(m.y, 2), *g = numbers(m.w, 3);
    float *before = numbers(m.w, 3), *scratch = numbers(room, 4);
    FOR_T(T, ebm_tile_conv_dw(g, x, y, &c, t, valid, scratch));
    for (int o = 0; o < c.O; o++)
        for (int j = 0; j < m.Cg; j++)
            for (int a = 0; a < c.kh; a++)
                for (int b = 0; b < c.kw; b++) {
                    float want = before[TAP(&m, o, j, a, b)];
                    for (int t = 0; t < valid; t++)
                        for (int p = 0; p < c.OH * c.OW; p++)
                            want = fmaf(y[((size_t)o * c.OH * c.OW + p) * T + t],
                                        seen(&m, x, o, j, a, b, p / c.OW, p % c.OW, t), want);
                    cr_assert_eq(g[TAP(&m, o, j, a, b)], want, "%s: weight %d %d %d %d", m.what,
                                 o, j, a, b);
                }
    free(x), free(y), free(before);
    release(g, m.w, m.what), release(scratch, room, m.what);
}
#define SHAPE(...) conv(__VA_ARGS__),
#define ONE(...) +1
enum { CONV_COUNT = 0 CONVS(ONE) };
static EbmConv conv_shape(int i) {
    const EbmConv all[] = { CONVS(SHAPE) };
    return all[i];
}
Test(tile, conv) {
    for (int s = 0; s < CONV_COUNT; s++)
        for (int T = 16; T <= 64; T *= 2) check_conv(conv_shape(s), T, s & 1);
}
Test(tile, conv_dx) {
    for (int s = 0; s < CONV_COUNT; s++)
        for (int T = 16; T <= 64; T *= 2) check_conv_dx(conv_shape(s), T);
}
Test(tile, conv_dw) {
    for (int s = 0; s < CONV_COUNT; s++)
        for (int T = 16; T <= 64; T *= 2) check_conv_dw(conv_shape(s), T, T - (s + T) % 17 % T);
}
/* Padding that differs from side to side, and an image larger than the pixels used. */
Test(tile, conv_uneven) {
    EbmConv c = conv(3, 10, 8, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1);
    c.ph0 = 2, c.ph1 = 0, c.pw0 = 0, c.pw1 = 3;
    c.OH = (c.H + 2 - 3) / 2 + 1, c.OW = (c.W + 3 - 3) / 2 + 1;
    for (int T = 16; T <= 64; T *= 2)
        check_conv(c, T, 1), check_conv_dx(c, T), check_conv_dw(c, T, T - 3);
}

/* ---- edges of a region -----------------------------------------------------------------------*/
Test(tile, load_and_store) {
    enum { B = 70 };
    for (int F = 1; F < 30; F += 3)
        for (int T = 16; T <= 64; T *= 2)
            for (int valid = 1; valid <= T; valid += 7) {
                float *src = numbers(B * F, 1), *tile = numbers((size_t)F * T, 2);
                float *dst = numbers(B * F, 3), *before = numbers(B * F, 3);
                FOR_T(T, ebm_tile_load(tile, src, 3, valid, F, t));
                for (int f = 0; f < F; f++)
                    for (int t = 0; t < T; t++)
                        cr_assert_eq(tile[f * T + t],
                                     src[(3 + (t < valid ? t : valid - 1)) * F + f]);
                FOR_T(T, ebm_tile_store(dst, tile, 5, valid, F, t));
                for (int i = 0; i < B * F; i++) {
                    const int row = i / F - 5;
                    cr_assert_eq(dst[i], row >= 0 && row < valid ? src[i - 2 * F] : before[i]);
                }
                free(src), free(before);
                release(tile, (size_t)F * T, "load"), release(dst, B * F, "store");
            }
}
Test(tile, load_and_store_integers) {
    enum { B = 40, F = 11, T = 32 };
    int32_t i32[B * F], back[B * F] = { 0 }, tile[F * T];
    uint8_t u8[B * F], back8[B * F] = { 0 };
    for (int i = 0; i < B * F; i++) i32[i] = i * 7919 - 100000, u8[i] = (uint8_t)(i * 37);
    ebm_tile_load_i32(tile, i32, 2, 29, F, T);
    for (int i = 0; i < F * T; i++) {
        const int t = i % T < 29 ? i % T : 28;
        cr_assert_eq(tile[i], i32[(2 + t) * F + i / T]);
    }
    ebm_tile_store_i32(back, tile, 2, 29, F, T);
    ebm_tile_load_u8(tile, u8, 2, 29, F, T);
    for (int i = 0; i < F * T; i++) {
        const int t = i % T < 29 ? i % T : 28;
        cr_assert_eq(tile[i], u8[(2 + t) * F + i / T]);
    }
    ebm_tile_store_u8(back8, tile, 2, 29, F, T);
    for (int i = 0; i < B * F; i++) {
        const int in = i / F >= 2 && i / F < 31;
        cr_assert_eq(back[i], in ? i32[i] : 0);
        cr_assert_eq(back8[i], in ? u8[i] : 0);
    }
}
Test(tile, gather) {
    enum { N = 9, F = 5, T = 16 };
    float f32[N * F], out[F * T];
    int32_t i32[N * F], idx[T], outi[F * T], out8[F * T];
    uint8_t u8[N * F];
    for (int i = 0; i < N * F; i++) f32[i] = i * 0.5f, i32[i] = -i, u8[i] = (uint8_t)(200 + i);
    for (int t = 0; t < T; t++) idx[t] = t * 5 % N;
    ebm_tile_gather(out, f32, idx, F, T);
    ebm_tile_gather_i32(outi, i32, idx, F, T);
    ebm_tile_gather_u8(out8, u8, idx, F, T);
    for (int i = 0; i < F * T; i++) {
        const int at = idx[i % T] * F + i / T;
        cr_assert(out[i] == f32[at] && outi[i] == i32[at] && out8[i] == u8[at]);
    }
}

/* ---- draws -----------------------------------------------------------------------------------*/
static const EbmScalars scalars = { .seed = 12345, .step = (1ull << 33) + 7, .epoch = 2 };
enum { SITE = 77, LOOP = 3 };

static void words_of(int64_t sample, int64_t element, uint32_t w[4]) {
    ebm_rng_words(scalars.seed, SITE, scalars.step, scalars.epoch, (uint64_t)sample, LOOP,
                  (uint32_t)(element / 4), w);
}
/* The normal of element % 4 of four words, in double. */
static double normal_of(const uint32_t w[4], int64_t element) {
    const int pair = element & 2;
    const double r = sqrt(-2 * log(((w[pair] >> 8) + 1) * 0x1p-24));
    const double a = 6.283185307179586477 * (w[pair + 1] >> 8) * 0x1p-24;
    return element & 1 ? r * sin(a) : r * cos(a);
}
Test(tile, draws) {
    const int64_t starts[] = { 0, 1000, (1ll << 32) - 5 };    /* the last straddles 2^32 */
    for (int k = 0; k < 3; k++)
        for (int T = 16; T <= 64; T *= 2)
            for (int F = 1; F < 24; F += 3) {
                const int valid = T - F % 7;
                const size_t n = (size_t)F * T;
                float *z = numbers(n, 1), *u = numbers(n, 2), *i = numbers(n, 3);
                FOR_T(T, ebm_tile_normal(z, F, t, &scalars, SITE, LOOP, starts[k], valid));
                FOR_T(T, ebm_tile_uniform(u, F, t, &scalars, SITE, LOOP, starts[k], valid));
                FOR_T(T, ebm_tile_int((int32_t *)i, F, t, &scalars, SITE, LOOP, starts[k], valid,
                                      99));
                for (int f = 0; f < F; f++)
                    for (int t = 0; t < T; t++) {
                        uint32_t w[4];
                        int32_t whole;
                        words_of(starts[k] + (t < valid ? t : valid - 1), f, w);
                        memcpy(&whole, i + f * T + t, 4);
                        cr_assert_float_eq(z[f * T + t], normal_of(w, f), 4e-7);
                        cr_assert_eq(u[f * T + t], ebm_rng_uniform(w[f % 4]));
                        cr_assert_eq(whole, ebm_rng_int(w[f % 4], 99));
                    }
                release(z, n, "normal"), release(u, n, "uniform"), release(i, n, "int");
            }
}
Test(tile, fills) {
    enum { N = 300 };
    for (int begin = 0; begin < 70; begin += 9) {
        const int end = N - begin / 2;
        float *z = numbers(N, 1), *u = numbers(N, 1), *i = numbers(N, 1), *old = numbers(N, 1);
        ebm_fill_normal(z, begin, end, &scalars, SITE, LOOP);
        ebm_fill_uniform(u, begin, end, &scalars, SITE, LOOP);
        ebm_fill_int((int32_t *)i, begin, end, &scalars, SITE, LOOP, 1u << 31);
        for (int e = 0; e < N; e++) {
            uint32_t w[4];
            int32_t whole;
            words_of(0, e, w);
            memcpy(&whole, i + e, 4);
            if (e < begin || e >= end) {
                cr_assert(z[e] == old[e] && u[e] == old[e] && i[e] == old[e]);
                continue;
            }
            cr_assert_float_eq(z[e], normal_of(w, e), 4e-7);
            cr_assert_eq(u[e], ebm_rng_uniform(w[e % 4]));
            cr_assert_eq(whole, ebm_rng_int(w[e % 4], 1u << 31));
        }
        release(z, N, "normal"), release(u, N, "uniform"), release(i, N, "int"), free(old);
    }
}
/* The moments of what the vector code makes, at about 6 standard errors. */
Test(tile, normal_moments) {
    enum { F = 64, T = 64, ROUNDS = 64, N = F * T * ROUNDS };
    static float z[F * T];
    double m[5] = { 0 };
    for (int r = 0; r < ROUNDS; r++) {
        ebm_tile_normal(z, F, T, &scalars, SITE, (uint32_t)r, 64 * r, T);
        for (int i = 0; i < F * T; i++)
            for (int k = 1; k < 5; k++) m[k] += pow(z[i], k) / N;
    }
    cr_assert_lt(fabs(m[1]) * sqrt(N), 6);
    cr_assert_lt(fabs(m[2] - 1) * sqrt(N), 6 * sqrt(2));
    cr_assert_lt(fabs(m[3]) * sqrt(N), 6 * sqrt(15));
    cr_assert_lt(fabs(m[4] - 3) * sqrt(N), 6 * sqrt(96));
}

/* ---- shared tensors --------------------------------------------------------------------------*/
/* Sum of blocks [first, first + count) the way a binary counter groups them. */
static float tree(const float *partial, int64_t n, int64_t i, int64_t first, int64_t count) {
    if (count == 0) return 0;
    if (count == 1) return partial[first * n + i];
    int64_t left = 1;
    while (2 * left < count) left *= 2;
    return tree(partial, n, i, first, left) + tree(partial, n, i, first + left, count - left);
}
Test(tile, combine) {
    enum { N = 150 };
    for (int blocks = 0; blocks < 70; blocks++) {
        float *partial = numbers((size_t)blocks * N, 1);
        float *out = numbers(N, 2), *parts = numbers(N, 3);
        ebm_combine(out, partial, blocks, N, 0, N);
        ebm_combine(parts, partial, blocks, N, 0, 3);
        ebm_combine(parts, partial, blocks, N, 3, 100);
        ebm_combine(parts, partial, blocks, N, 100, N);
        for (int i = 0; i < N; i++) {
            cr_assert_eq(out[i], tree(partial, N, i, 0, blocks), "%d blocks", blocks);
            cr_assert_eq(parts[i], out[i], "any division of the work");
        }
        free(partial), release(out, N, "combine"), release(parts, N, "combine");
    }
}
Test(tile, block_sum) {
    enum { N = 21 * EBM_SUM_BLOCK + 77 };
    float *x = numbers(N, 1);
    const int sizes[] = { 0, 1, 15, 16, 17, 4095, 4096, 4097, 3 * EBM_SUM_BLOCK, 30000, 50000,
                          60000, 70000, 80000, N };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const int n = sizes[k], blocks = (n + EBM_SUM_BLOCK - 1) / EBM_SUM_BLOCK;
        float partial[32] = { 0 }, whole = ebm_block_sum(x, 0, n), combined;
        double sum = 0;
        for (int i = 0; i < n; i++) sum += x[i];
        cr_assert_float_eq(whole, sum, 1e-2, "%d", n);
        for (int b = 0; b < blocks; b++) {
            const int end = (b + 1) * EBM_SUM_BLOCK < n ? (b + 1) * EBM_SUM_BLOCK : n;
            partial[b] = ebm_block_sum(x, b * EBM_SUM_BLOCK, end);
        }
        ebm_combine(&combined, partial, blocks, 1, 0, 1);
        cr_assert_eq(combined, whole, "blocks combine to the whole of %d", n);
    }
    float lanes[16] = { 0 };                              /* the order within one block */
    for (int i = 0; i < 1000; i++) lanes[i % 16] += x[i];
    for (int half = 8; half; half /= 2)
        for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
    cr_assert_eq(ebm_block_sum(x, 0, 1000), lanes[0]);
    free(x);
}
Test(tile, health) {
    enum { F = 7, T = 32 };
    float *x = numbers(F * T, 1);
    const float bad[] = { INFINITY, -INFINITY, NAN };
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < F * T; i += 3) {
            const float keep = x[i];
            x[i] = bad[k];
            cr_assert_eq(ebm_tile_finite(x, F, T, 20), i % T >= 20);
            cr_assert(!ebm_all_finite(x, 0, F * T) && ebm_all_finite(x, i + 1, F * T));
            cr_assert(ebm_all_finite(x, 0, i));
            x[i] = keep;
        }
    cr_assert(ebm_tile_finite(x, F, T, T) && ebm_all_finite(x, 0, F * T));
    free(x);
}
