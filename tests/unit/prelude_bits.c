/* prelude_bits.c - prints one hash of results per prelude function; tests/unit/prelude_bits.sh
 * builds it with several compilers, levels and instruction sets and expects the same text. NaNs are
 * hashed as one NaN: their payload and sign are the only bits that are not promised. */
#include <stdio.h>
#include <stdlib.h>

#include "prelude/ebm_prelude.h"

enum { SPACE = 1 << 19 };
static float *a, *b, *packed, *out, *scratch;
static uint64_t hash;

static void fold(const void *data, size_t words) {
    const uint32_t *w = data;
    for (size_t i = 0; i < words; i++) {
        const uint32_t u = (w[i] & 0x7fffffffu) > 0x7f800000u ? 0x7fc00000u : w[i];
        hash = (hash ^ u) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
}
static void report(const char *name) {
    printf("%-12s %016llx\n", name, (unsigned long long)hash);
    hash = 0xcbf29ce484222325u;
}
static float *room(void) {
    float *p = aligned_alloc(64, SPACE * sizeof(float));
    if (!p) exit(2);
    return p;
}
/* Numbers of mixed sign and size, some exact zeros. */
static void fill(float *p, size_t n, uint32_t seed) {
    for (size_t i = 0; i < n; i++) {
        uint32_t w[4];
        ebm_rng_words(seed, 1, 0, 0, 0, 0, (uint32_t)i, w);
        p[i] = w[2] % 16 == 0 ? 0.0f : (ebm_rng_uniform(w[0]) - 0.5f) * (1 + (float)(w[1] & 7));
    }
}

#define UNARY(name) \
    static void map_##name(float *restrict y, const float *restrict x) { \
        _Pragma("omp simd") for (int i = 0; i < 1024; i++) y[i] = ebm_##name(x[i]); \
    }
#define UNARIES(X) \
    X(exp) X(expm1) X(log) X(log1p) X(sqrt) X(rsqrt) X(sin) X(cos) X(tanh) X(sigmoid) X(softplus) \
    X(erf) X(abs) X(sign) X(floor) X(ceil) X(round)
#define BINARY(name) \
    static void map_##name(float *restrict y, const float *restrict x, const float *restrict z) { \
        _Pragma("omp simd") for (int i = 0; i < 1024; i++) y[i] = ebm_##name(x[i], z[i]); \
    }
#define BINARIES(X) X(pow) X(mod) X(max) X(min)
UNARIES(UNARY)
BINARIES(BINARY)

/* Sweeps all exponents and both signs, NaNs and infinities included. */
static void maps(uint32_t stride) {
#define ROW(name) \
    for (uint64_t u = 0; u < 1ull << 32; u += 1024ull * stride) { \
        for (uint32_t i = 0; i < 1024; i++) a[i] = ebm_from_bits((uint32_t)u + i * stride); \
        map_##name(out, a); \
        fold(out, 1024); \
    } \
    report(#name);
    UNARIES(ROW)
#undef ROW
#define ROW(name) \
    for (uint64_t u = 0; u < 1ull << 32; u += 1024ull * stride) { \
        for (uint32_t i = 0; i < 1024; i++) { \
            a[i] = ebm_from_bits((uint32_t)u + i * stride); \
            b[i] = i % 3 ? ebm_from_bits(0x3e000000u + i * 40009u) : (float)((int)i - 512) / 4; \
        } \
        map_##name(out, a, b); \
        fold(out, 1024); \
    } \
    report(#name);
    BINARIES(ROW)
}

#define FOR_T(T, call) \
    do { \
        if ((T) == 16) { enum { t = 16 }; call; } \
        else if ((T) == 32) { enum { t = 32 }; call; } \
        else { enum { t = 64 }; call; } \
    } while (0)

static void dense(void) {
    static const int shape[][2] = { { 128, 128 }, { 64, 2 }, { 2, 64 }, { 1, 200 }, { 37, 300 },
                                    { 15, 129 }, { 3, 1 } };
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++)
        for (int T = 16; T <= 64; T *= 2) {
            const int O = shape[s][0], K = shape[s][1];
            fill(a, (size_t)O * K, 1), fill(b, (size_t)K * T, 2);
            ebm_pack_dense(packed, a, O, K, K, 1);
            FOR_T(T, ebm_tile_dense(out, packed, b, s & 1 ? a : NULL, O, K, t));
            fold(out, (size_t)O * T);
            ebm_pack_dense(packed, a, K, O, 1, K);
            FOR_T(T, ebm_tile_dense(out, packed, b, NULL, K, O, t));
            fold(out, (size_t)K * T);
        }
    report("dense");
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++)
        for (int T = 16; T <= 64; T *= 2)
            for (int valid = T; valid > 0; valid -= 13) {
                const int O = shape[s][0], K = shape[s][1];
                fill(a, (size_t)O * T, 3), fill(b, (size_t)K * T, 4), fill(out, (size_t)O * K, 5);
                FOR_T(T, ebm_tile_outer(out, a, b, O, K, t, valid, scratch));
                fold(out, (size_t)O * K);
                fill(out, (size_t)K, 5);
                FOR_T(T, ebm_tile_sum(out, b, K, t, valid));
                fold(out, (size_t)K);
            }
    report("outer, sum");
}

static EbmConv conv(int C, int H, int W, int O, int kh, int kw, int sh, int sw, int p, int q,
                    int dh, int dw, int groups) {
    return (EbmConv){ C, H, W, O, (H + p + q - (kh - 1) * dh - 1) / sh + 1,
                      (W + p + q - (kw - 1) * dw - 1) / sw + 1, kh, kw, sh, sw, p, q, p, q,
                      dh, dw, groups };
}
static void convs(void) {
    const EbmConv shape[] = {
        conv(3, 9, 9, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1),
        conv(1, 12, 12, 16, 5, 5, 2, 2, 2, 2, 1, 1, 1),
        conv(20, 8, 8, 24, 4, 4, 2, 2, 1, 1, 1, 1, 1),  conv(6, 7, 5, 9, 3, 2, 1, 2, 0, 1, 1, 1, 3),
        conv(5, 11, 11, 3, 3, 3, 2, 1, 2, 0, 2, 2, 1),  conv(4, 6, 6, 1, 1, 1, 3, 3, 0, 0, 1, 1, 1),
        conv(8, 5, 5, 8, 3, 3, 1, 1, 1, 1, 1, 1, 8),
        conv(40, 4, 4, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1),
        conv(2, 7, 7, 18, 3, 3, 4, 4, 3, 3, 1, 1, 2),
    };
    static const char *names[] = { "conv", "conv_dx", "conv_dw" };
    for (int kind = 0; kind < 3; kind++) {
        for (size_t s = 0; s < sizeof shape / sizeof *shape; s++)
            for (int T = 16; T <= 64; T *= 2) {
                const EbmConv c = shape[s];
                const size_t x = (size_t)c.C * c.H * c.W * T, y = (size_t)c.O * c.OH * c.OW * T;
                const size_t w = (size_t)c.O * (c.C / c.groups) * c.kh * c.kw;
                fill(a, w, 6), fill(b, x > y ? x : y, 7);
                if (kind == 0) {
                    ebm_pack_conv(packed, a, c);
                    FOR_T(T, ebm_tile_conv(out, packed, b, s & 1 ? a : NULL, &c, t, scratch));
                    fold(out, y);
                } else if (kind == 1) {
                    ebm_pack_conv_dx(packed, a, c);
                    FOR_T(T, ebm_tile_conv_dx(out, packed, b, &c, t, scratch));
                    fold(out, x);
                } else {
                    fill(out, y, 8);
                    FOR_T(T, ebm_tile_conv_dw(a, b, out, &c, t, T - (int)s, scratch));
                    fold(a, w);
                }
            }
        report(names[kind]);
    }
}

static void draws(void) {
    const EbmScalars s = { .seed = 12345, .step = (1ull << 33) + 7, .epoch = 2 };
    const uint64_t site = 0xabcdef0123456789u;
    for (int T = 16; T <= 64; T *= 2)
        for (int F = 1; F < 40; F += 6) {
            FOR_T(T, ebm_tile_normal(out, F, t, &s, site, 3, (1ll << 32) - 5, T - F % 7));
            fold(out, (size_t)F * T);
            FOR_T(T, ebm_tile_uniform(out, F, t, &s, site, 3, 1000, T - F % 5));
            fold(out, (size_t)F * T);
            FOR_T(T, ebm_tile_int((int32_t *)out, F, t, &s, site, 3, 1000, T, 1000003));
            fold(out, (size_t)F * T);
        }
    report("tile draws");
    for (int begin = 0; begin < 7; begin++) {
        ebm_fill_normal(out, begin, 2000 + 3 * begin, &s, site, 1);
        fold(out + begin, 2000 + 2 * (size_t)begin);
        ebm_fill_uniform(out, begin, 200 + 3 * begin, &s, site, 1);
        fold(out + begin, 200 + 2 * (size_t)begin);
        ebm_fill_int((int32_t *)out, begin, 200 + 3 * begin, &s, site, 1, 77);
        fold(out + begin, 200 + 2 * (size_t)begin);
    }
    report("fills");
}

static void shared(void) {
    fill(a, 40000, 9);
    for (int n = 0; n < 40000; n = 3 * n + 5) {
        out[0] = ebm_block_sum(a, n / 7, n);
        fold(out, 1);
    }
    report("block_sum");
    for (int64_t blocks = 0; blocks < 40; blocks += 3) {
        ebm_combine(out, a, blocks, 157, 0, 157);
        fold(out, 157);
    }
    report("combine");
    for (int F = 1; F < 30; F += 4)
        for (int T = 16; T <= 64; T *= 2) {
            FOR_T(T, ebm_tile_load(out, a, 3, T - F % 3, F, t));
            fold(out, (size_t)F * T);
            memset(b, 0, sizeof(float) * 4000);
            FOR_T(T, ebm_tile_store(b, out, 1, T - F % 5, F, t));
            fold(b, 4000);
        }
    report("load, store");
}

int main(void) {
    a = room(), b = room(), packed = room(), out = room(), scratch = room();
    report("start");
    maps(90007);
    dense();
    convs();
    draws();
    shared();
    return 0;
}
