/* kernels.c - written by ebmcc 0.1.0: functions over ranges of units. */
#include "ebm_prelude.h"
#include "ebm.h"

#ifdef __clang__
/* it warns where it declines to vectorise */
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

/* [1,28,28] -> [8,28,28], 3 x 3 taps */
static const EbmConv c0 = { 1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
static void part0(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_size(c0) > 72u) __builtin_trap();
    ebm_pack_conv(b0, b1, c0);
}

/* [8,28,28] -> [16,14,14], 4 x 4 taps */
static const EbmConv c1 = { 8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1 };
static void part1(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_size(c1) > 2048u) __builtin_trap();
    ebm_pack_conv(b0, b1, c1);
}

/* [16,14,14] -> [32,7,7], 4 x 4 taps */
static const EbmConv c2 = { 16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1 };
static void part2(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_size(c2) > 8192u) __builtin_trap();
    ebm_pack_conv(b0, b1, c2);
}

/* [32,7,7] -> [32,3,3], 4 x 4 taps */
static const EbmConv c3 = { 32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1 };
static void part3(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_size(c3) > 16384u) __builtin_trap();
    ebm_pack_conv(b0, b1, c3);
}

static void part4(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_dx_size(c3) > 16384u) __builtin_trap();
    ebm_pack_conv_dx(b0, b1, c3);
}

static void part5(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_dx_size(c2) > 8192u) __builtin_trap();
    ebm_pack_conv_dx(b0, b1, c2);
}

static void part6(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_dx_size(c1) > 2048u) __builtin_trap();
    ebm_pack_conv_dx(b0, b1, c1);
}

static void part7(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_conv_dx_size(c0) > 72u) __builtin_trap();
    ebm_pack_conv_dx(b0, b1, c0);
}

static void part8(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_dense_size(1, 288) > 288u) __builtin_trap();
    ebm_pack_dense_range(b0, b1, 1, 288, 1, 1, unit, unit + 1);
}

static void part9(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    float term[4096];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b1[i] + b2[i];
        const float x1 = x0 * x0;
        term[i - lo] = x1;
    }
    b0[0] = ebm_block_sum(term, 0, hi - lo);
}

static void part10(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    float term[4096];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b1[i] + b2[i];
        const float x1 = x0 * x0;
        term[i - lo] = x1;
    }
    b0[unit] = ebm_block_sum(term, 0, hi - lo);
}

static void part11(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    ebm_combine(b0, b1, n, 1, 0, 1);
}

static void part12(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    const float *b6 = buf[6];
    const float *b7 = buf[7];
    const float *b8 = buf[8];
    const float *b9 = buf[9];
    float *b10 = buf[10];
    const float x0 = b0[0];
    const float x1 = x0 * x0;
    const float x2 = b1[0];
    const float x3 = b2[0];
    const float x4 = x2 + x3;
    const float x5 = b3[0];
    const float x6 = x4 + x5;
    const float x7 = b4[0];
    const float x8 = x6 + x7;
    const float x9 = b5[0];
    const float x10 = x8 + x9;
    const float x11 = b6[0];
    const float x12 = x10 + x11;
    const float x13 = b7[0];
    const float x14 = x12 + x13;
    const float x15 = b8[0];
    const float x16 = x14 + x15;
    const float x17 = b9[0];
    const float x18 = x16 + x17;
    const float x19 = x18 + x1;
    b10[0] = x19;
}

static void part13(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *b4 = buf[4];
    float *b5 = buf[5];
    float *b6 = buf[6];
    float *b7 = buf[7];
    const float x0 = b0[0];
    const float x1 = x0 * 0x1.ff7ceep-1f;
    const float x2 = b1[0];
    const float x3 = ebm_sqrt(x2);
    const float x4 = x3 + 0x1.0c6f7ap-20f;
    const float x5 = s->f[5];
    const float x6 = x5 / x4;
    const float x7 = ebm_min(x6, 0x1p+0f);
    const float x8 = x7 * 0x1.0624dep-10f;
    const float x9 = x7 * x8;
    const float x10 = 0x1p+0f - x1;
    const float x11 = ebm_sqrt(x10);
    const float x12 = 0x1p+0f / x11;
    const float x13 = s->f[6];
    const float x14 = x13 * x7;
    const float x15 = 0x0p+0f;
    b2[0] = x15;
    b0[0] = x1;
    b3[0] = x3;
    b4[0] = x7;
    b5[0] = x9;
    b6[0] = x12;
    b7[0] = x14;
}

static void part14(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int32_t *b1 = buf[1];
    const float *b2 = buf[2];
    for (int64_t i = 0; i < s->batch; i++) {
        const int64_t at = b1[i] >= 4096 ? 4095 : b1[i];
        if (at < 0) continue;
        for (int64_t j = 0; j < 784; j++) b0[at * 784 + j] = b2[i * 784 + j];
    }
}

static void part15(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    float *b4 = buf[4];
    const float *b5 = buf[5];
    const float *b6 = buf[6];
    float *b7 = buf[7];
    float *b8 = buf[8];
    float *b9 = buf[9];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x1 = b2[0];
    const float x4 = b3[0];
    const float x9 = b5[0];
    const float x12 = b6[0];
    const float x16 = s->f[7];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] + b1[i];
        const float x2 = x0 * x1;
        const float x3 = x0 * x0;
        const float x5 = x3 * x4;
        const float x6 = b4[i] * 0x1.ff7ceep-1f;
        const float x7 = x5 + x6;
        const float x8 = ebm_sqrt(x7);
        const float x10 = x8 * x9;
        const float x11 = x10 + 0x1.5798eep-27f;
        const float x13 = x0 * x12;
        const float x14 = x13 / x11;
        const float x15 = b7[i] - x14;
        const float x17 = x15 * x16;
        b4[i] = x7;
        b8[i] = x2;
        b7[i] = x15;
        b9[i] = x17;
    }
}

static void part16(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    float *b4 = buf[4];
    const float *b5 = buf[5];
    const float *b6 = buf[6];
    float *b7 = buf[7];
    float *b8 = buf[8];
    float *b9 = buf[9];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x1 = b2[0];
    const float x4 = b3[0];
    const float x9 = b5[0];
    const float x12 = b6[0];
    const float x16 = s->f[7];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] + b1[i];
        const float x2 = x0 * x1;
        const float x3 = x0 * x0;
        const float x5 = x3 * x4;
        const float x6 = b4[i] * 0x1.ff7ceep-1f;
        const float x7 = x5 + x6;
        const float x8 = ebm_sqrt(x7);
        const float x10 = x9 * x8;
        const float x11 = x10 + 0x1.5798eep-27f;
        const float x13 = x0 * x12;
        const float x14 = x13 / x11;
        const float x15 = b7[i] - x14;
        const float x17 = x16 * x15;
        b4[i] = x7;
        b8[i] = x2;
        b7[i] = x15;
        b9[i] = x17;
    }
}

static void part17(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    float *b6 = buf[6];
    int32_t *b7 = buf[7];
    int32_t *b8 = buf[8];
    float *b9 = buf[9];
    const float *b10 = buf[10];
    const float *b11 = buf[11];
    float *b12 = buf[12];
    float *b13 = buf[13];
    const float x0 = b0[0];
    const float x1 = b1[0];
    const float x2 = x0 * x1;
    const float x3 = b2[0];
    const float x4 = x3 * 0x1.ff7ceep-1f;
    const float x5 = x0 * x0;
    const float x6 = b3[0];
    const float x7 = x5 * x6;
    const float x8 = x7 + x4;
    const float x9 = ebm_sqrt(x8);
    const float x10 = b4[0];
    const float x11 = x9 * x10;
    const float x12 = x11 + 0x1.5798eep-27f;
    const float x13 = b5[0];
    const float x14 = x0 * x13;
    const float x15 = x14 / x12;
    const float x16 = b6[0];
    const float x17 = x16 - x15;
    const int32_t x18 = (int32_t)s->i[1];
    const int32_t x19 = b7[0];
    const int32_t x20 = (int32_t)((uint32_t)x18 + (uint32_t)x19);
    const int32_t x21 = (4096 == 0 || 4096 == -1 ? 0 : (x20 % (4096 ? 4096 : 1) + (4096 ? 4096 : 1)) % (4096 ? 4096 : 1));
    const int32_t x22 = b8[0];
    const int32_t x23 = (int32_t)((uint32_t)x18 + (uint32_t)x22);
    const int32_t x24 = (x23 < 4096 ? x23 : 4096);
    const float x25 = s->f[7];
    const float x26 = x17 * x25;
    const float x27 = b9[0];
    const float x28 = s->f[8];
    const float x29 = x27 * x28;
    const float x30 = x26 + x29;
    const float x31 = b10[0];
    const float x32 = s->f[9];
    const float x33 = x31 / x32;
    const float x34 = b11[0];
    const float x35 = x34 / x32;
    const float x36 = x33 - x35;
    b12[0] = x2;
    b2[0] = x8;
    b6[0] = x17;
    b7[0] = x21;
    b8[0] = x24;
    b9[0] = x30;
    b13[0] = x36;
}

static void part18(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x0 = s->f[8];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x1 = b0[i] * x0;
        const float x2 = b1[i] + x1;
        b0[i] = x2;
    }
}

static void part19(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x0 = s->f[8];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x1 = x0 * b0[i];
        const float x2 = b1[i] + x1;
        b0[i] = x2;
    }
}

static void part20(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_normal(b0, lo, hi, s, 0xa4205fda3970c1ceull, (uint32_t)0);
}

static void part21(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    int32_t *b0 = buf[0];
    b0[0] = 0;
}

static void part22(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x4cad4ddbfb5982faull, (uint32_t)0);
}

static void part23(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x206d2b6105b1f928ull, (uint32_t)0);
}

static void part24(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x32e3a2709e96fe0ull, (uint32_t)0);
}

static void part25(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x8c1f24bc6dad8079ull, (uint32_t)0);
}

static void part26(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x8cfe76a5efafe926ull, (uint32_t)0);
}

static void part27(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x95332fd5f870377full, (uint32_t)0);
}

static void part28(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0xc4e7ba7fc79e4e99ull, (uint32_t)0);
}

static void part29(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x1cba14c026fb6d4eull, (uint32_t)0);
}

static void part30(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x9a062d2d01951dfull, (uint32_t)0);
}

static void part31(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x5da84c6915f60d30ull, (uint32_t)0);
}

static void part32(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    b0[0] = 0x1p+0f;
}

static void part33(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        b0[i] = 0x0p+0f;
    }
}

static void part34(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    b0[0] = 0x0p+0f;
}

static void part35(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.333334p-2f;
        const float x1 = x0 + (-0x1p-1f);
        b1[i] = x1;
    }
}

static void part36(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.555556p-1f;
        const float x1 = x0 + (-0x1.555556p-2f);
        b1[i] = x1;
        b2[i] = x1;
    }
}

static void part37(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.6a09e6p-3f;
        const float x1 = x0 + (-0x1.6a09e6p-4f);
        b1[i] = x1;
        b2[i] = x1;
    }
}

static void part38(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1p-3f;
        const float x1 = x0 + (-0x1p-4f);
        b1[i] = x1;
        b2[i] = x1;
    }
}

static void part39(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.6a09e6p-4f;
        const float x1 = x0 + (-0x1.6a09e6p-5f);
        b1[i] = x1;
        b2[i] = x1;
    }
}

static void part40(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.e2b7dep-4f;
        const float x1 = x0 + (-0x1.e2b7dep-5f);
        b1[i] = x1;
        b2[i] = x1;
    }
}

static void part41(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const float x0 = b0[0];
    const float x1 = x0 * 0x1.e2b7dep-4f;
    const float x2 = x1 + (-0x1.e2b7dep-5f);
    b1[0] = x2;
    b2[0] = x2;
}


/* neg of [B,1,28,28], 2 times */
EBM_SHARED void tile0(float a0, float *v0) {
    enum { T = 16 };
    const float x0 = a0;
    const float x1 = -x0;
    for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
        for (int t = 0; t < T; t++) {
            v0[i0 * T + t] = x1;
        }
    }
}

/* sigmoid, mul, sub, add of [B,8,28,28] and other sizes, 20 times */
EBM_SHARED void tile1(int g0, float *v0, float *v1, float *v2) {
    enum { T = 16 };
    for (int i0 = 0; i0 < g0; i0++) {
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x0 = ebm_sigmoid(v0[i0 * T + t]);
            const float x1 = v0[i0 * T + t] * x0;
            const float x2 = 0x1p+0f - x0;
            const float x3 = x1 * x2;
            const float x4 = x0 + x3;
            v1[i0 * T + t] = x1;
            v2[i0 * T + t] = x4;
        }
    }
}

/* sigmoid, mul, sub, add of [B,32,3,3], 2 times */
EBM_SHARED void tile2(const float *b0, float *v0, float *v1) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 288; i0++) {
        const float x0 = b0[i0];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x1 = ebm_sigmoid(v0[i0 * T + t]);
            const float x2 = v0[i0 * T + t] * x1;
            const float x3 = 0x1p+0f - x1;
            const float x4 = x2 * x3;
            const float x5 = x1 + x4;
            const float x6 = x0 * x5;
            v1[i0 * T + t] = x6;
        }
    }
}

/* mul of [B,32,7,7] and other sizes, 18 times */
EBM_SHARED void tile3(int g0, float *v0, float *v1, float *v2) {
    enum { T = 16 };
    for (int i0 = 0; i0 < g0; i0++) {
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x0 = v0[i0 * T + t] * v1[i0 * T + t];
            v2[i0 * T + t] = x0;
        }
    }
}

/* mul of [B,32,3,3], 2 times */
EBM_SHARED void tile4(const float *b0, float *v0, float *v1, float *v2) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 288; i0++) {
        const float x0 = b0[i0];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x1 = x0 * v0[0 * T + t];
            const float x2 = x1 * v1[i0 * T + t];
            v2[i0 * T + t] = x2;
        }
    }
}

/* reduce_sum to [B,32], 2 times */
EBM_SHARED void tile5(float *v0, float *v1) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 32; i0++) {
        float acc[T];
#pragma omp simd
        for (int t = 0; t < T; t++) acc[t] = 0x0p+0f;
        for (int r1 = 0; r1 < 3; r1++) {
            for (int r2 = 0; r2 < 3; r2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    acc[t] += v0[(i0 * 9 + (r1 * 3 + r2)) * T + t];
                }
            }
        }
#pragma omp simd
        for (int t = 0; t < T; t++) v1[i0 * T + t] = acc[t];
    }
}

/* reduce_sum to [B,32], 2 times */
EBM_SHARED void tile6(float *v0, float *v1) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 32; i0++) {
        float acc[T];
#pragma omp simd
        for (int t = 0; t < T; t++) acc[t] = 0x0p+0f;
        for (int r1 = 0; r1 < 7; r1++) {
            for (int r2 = 0; r2 < 7; r2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    acc[t] += v0[(i0 * 49 + (r1 * 7 + r2)) * T + t];
                }
            }
        }
#pragma omp simd
        for (int t = 0; t < T; t++) v1[i0 * T + t] = acc[t];
    }
}

/* reduce_sum to [B,16], 2 times */
EBM_SHARED void tile7(float *v0, float *v1) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 16; i0++) {
        float acc[T];
#pragma omp simd
        for (int t = 0; t < T; t++) acc[t] = 0x0p+0f;
        for (int r1 = 0; r1 < 14; r1++) {
            for (int r2 = 0; r2 < 14; r2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    acc[t] += v0[(i0 * 196 + (r1 * 14 + r2)) * T + t];
                }
            }
        }
#pragma omp simd
        for (int t = 0; t < T; t++) v1[i0 * T + t] = acc[t];
    }
}

/* reduce_sum to [B,8], 2 times */
EBM_SHARED void tile8(float *v0, float *v1) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 8; i0++) {
        float acc[T];
#pragma omp simd
        for (int t = 0; t < T; t++) acc[t] = 0x0p+0f;
        for (int r1 = 0; r1 < 28; r1++) {
            for (int r2 = 0; r2 < 28; r2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    acc[t] += v0[(i0 * 784 + (r1 * 28 + r2)) * T + t];
                }
            }
        }
#pragma omp simd
        for (int t = 0; t < T; t++) v1[i0 * T + t] = acc[t];
    }
}

/* convert, mul, sub, maximum, minimum of [B,1,28,28], 3 times */
EBM_SHARED void tile9(int32_t *v0, float *v1) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x0 = (float)v0[i0 * T + t];
            const float x1 = x0 * 0x1.010102p-7f;
            const float x2 = x1 - 0x1p+0f;
            const float x3 = ebm_max(x2, (-0x1p+0f));
            const float x4 = ebm_min(x3, 0x1p+0f);
            v1[i0 * T + t] = x4;
        }
    }
}

/* sigmoid, mul of [B,8,28,28] and other sizes, 20 times */
EBM_SHARED void tile10(int g0, float *v0, float *v1) {
    enum { T = 16 };
    for (int i0 = 0; i0 < g0; i0++) {
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x0 = ebm_sigmoid(v0[i0 * T + t]);
            const float x1 = v0[i0 * T + t] * x0;
            v1[i0 * T + t] = x1;
        }
    }
}

/* neg of [B], 5 times */
EBM_SHARED void tile11(float *v0, float *v1) {
    enum { T = 16 };
#pragma omp simd
    for (int t = 0; t < T; t++) {
        const float x0 = -v0[0 * T + t];
        v1[0 * T + t] = x0;
    }
}

/* sigmoid, mul, sub, add of [B,32,3,3], 2 times */
EBM_SHARED void tile12(const float *b0, float *v0, float *v1, float *v2) {
    enum { T = 16 };
    for (int i0 = 0; i0 < 288; i0++) {
        const float x0 = b0[i0];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x1 = ebm_sigmoid(v0[i0 * T + t]);
            const float x2 = v0[i0 * T + t] * x1;
            const float x3 = 0x1p+0f - x1;
            const float x4 = x2 * x3;
            const float x5 = x1 + x4;
            const float x6 = x0 * x5;
            v1[i0 * T + t] = x2;
            v2[i0 * T + t] = x6;
        }
    }
}

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 0: nest stage 0, 8 parts */
void k0(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else if (u < 5) part4(buf + 8, s, u - 4, 1, scratch);  /* pack */
        else if (u < 6) part5(buf + 10, s, u - 5, 1, scratch);  /* pack */
        else if (u < 7) part6(buf + 12, s, u - 6, 1, scratch);  /* pack */
        else part7(buf + 14, s, u - 7, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 1: region level 0, tiles of 16 samples
 *   source 0:13, 0:14, 0:47, 0:19, 0:20, 0:47, 0:32, 0:33, 0:34, 1:34, 1:37, 2:9
 *   4026922 flops per sample (run-time loops counted once), 2273920 bytes of scratch
 */
void k1(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 16 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* state 0 [4096,1,28,28] */
    const float *b1 = buf[1];  /* pack of v72 [8,1,3,3] */
    const float *b2 = buf[2];  /* state 4 [8] */
    const float *b3 = buf[3];  /* pack of v79 [16,8,4,4] */
    const float *b4 = buf[4];  /* state 6 [16] */
    const float *b5 = buf[5];  /* pack of v86 [32,16,4,4] */
    const float *b6 = buf[6];  /* state 8 [32] */
    const float *b7 = buf[7];  /* pack of v93 [32,32,4,4] */
    const float *b8 = buf[8];  /* state 10 [32] */
    const float *b9 = buf[9];  /* state 11 [1,288] */
    const float *b10 = buf[10];  /* pack of v93 [32,32,4,4] */
    const float *b11 = buf[11];  /* pack of v86 [32,16,4,4] */
    const float *b12 = buf[12];  /* pack of v79 [16,8,4,4] */
    const float *b13 = buf[13];  /* pack of v72 [8,1,3,3] */
    float *b14 = buf[14];  /* value of v140 [B,1,28,28] */
    float *const tiles = (float *)scratch;
    int32_t *v43 = (int32_t *)tiles + 0;  /* [1][T] */
    float *v45 = tiles + 16;  /* [784][T] */
    float *v46 = tiles + 0;  /* [1][T] */
    int32_t *v48 = (int32_t *)tiles + 12560;  /* [1][T] */
    float *v49 = tiles + 0, *v53 = tiles + 12576;  /* [1][T] */
    float *v54 = tiles + 12592, *v63 = tiles + 25136, *v131 = tiles + 0, *w139_0 = tiles + 12544;  /* [784][T] */
    float *v66 = tiles + 25088, *v71 = tiles + 37632;  /* [784][T] */
    float *v76 = tiles + 50176, *v78 = tiles + 150528, *v127 = tiles + 250880;  /* [6272][T] */
    float *v83 = tiles + 50176, *v85 = tiles + 100352, *v121 = tiles + 150528;  /* [3136][T] */
    float *v90 = tiles + 50176, *v92 = tiles + 75264, *v115 = tiles + 100352;  /* [1568][T] */
    float *v97 = tiles + 25088, *v110 = tiles + 29696;  /* [288][T] */
    float *v111 = tiles + 50176, *v116 = tiles + 75264;  /* [1568][T] */
    float *v117 = tiles + 100352, *v122 = tiles + 50176;  /* [3136][T] */
    float *v123 = tiles + 100352, *v128 = tiles + 351232;  /* [6272][T] */
    float *v129 = tiles + 25088;  /* [784][T] */
    float *micro = (float *)(scratch + 1806336);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        ebm_tile_int(v43, 1, T, s, 0x315aa70180de42d0ull, (uint32_t)0, sample0, valid, (uint32_t)4096);
        int32_t j45[T];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            j45[t] = v43[0 * T + t] < 0 ? 0 : v43[0 * T + t] > 4095 ? 4095 : v43[0 * T + t];
        }
        ebm_tile_gather(v45, b0, j45, 784, T);
        ebm_tile_uniform(v46, 1, T, s, 0xb58b717c57b2be2ull, (uint32_t)0, sample0, valid);
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const int32_t x0 = v46[0 * T + t] < 0x1.e66666p-1f;
            v48[0 * T + t] = x0;
        }
        ebm_tile_uniform(v49, 1, T, s, 0xf1f03a88ccf64417ull, (uint32_t)0, sample0, valid);
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x1 = v49[0 * T + t] * 0x1.0cccccp+1f;
            const float x2 = x1 + (-0x1.8p+0f);
            v53[0 * T + t] = x2;
        }
        ebm_tile_normal(v54, 784, T, s, 0xf72da0fcf554f22bull, (uint32_t)0, sample0, valid);
        for (int i1 = 0; i1 < 28; i1++) {
            for (int i2 = 0; i2 < 28; i2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x3 = v54[(i1 * 28 + i2) * T + t] * 0x1.99999ap-5f;
                    const float x4 = x3 + v53[0 * T + t];
                    const float x5 = ebm_max(x4, (-0x1p+0f));
                    const float x6 = ebm_min(x5, 0x1p+0f);
                    const float x7 = v48[0 * T + t] ? v45[(i1 * 28 + i2) * T + t] : x6;
                    v63[(i1 * 28 + i2) * T + t] = x7;
                }
            }
        }
        tile0(s->f[0], v131);
        for (int i1 = 0; i1 < 28; i1++) {
            for (int i2 = 0; i2 < 28; i2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    w139_0[(i1 * 28 + i2) * T + t] = v63[(i1 * 28 + i2) * T + t];
                }
            }
        }
        const int32_t x10 = (int32_t)s->i[0];
        for (int64_t k139 = 0; k139 < x10; k139++) {
            ebm_tile_normal(v66, 784, T, s, 0xf65317e89e533bacull, (uint32_t)(int32_t)k139, sample0, valid);
            const float x11 = s->f[1];
            for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x12 = v66[i0 * T + t] * x11;
                    const float x13 = w139_0[i0 * T + t] + x12;
                    const float x14 = ebm_max(x13, (-0x1p+0f));
                    const float x15 = ebm_min(x14, 0x1p+0f);
                    v71[i0 * T + t] = x15;
                }
            }
            ebm_tile_conv(v76, b1, v71, b2, &c0, T, micro);
            tile1(6272, v76, v78, v127);
            ebm_tile_conv(v83, b3, v78, b4, &c1, T, micro);
            tile1(3136, v83, v85, v121);
            ebm_tile_conv(v90, b5, v85, b6, &c2, T, micro);
            tile1(1568, v90, v92, v115);
            ebm_tile_conv(v97, b7, v92, b8, &c3, T, micro);
            tile2(b9, v97, v110);
            ebm_tile_conv_dx(v111, b10, v110, &c3, T, micro);
            tile3(1568, v111, v115, v116);
            ebm_tile_conv_dx(v117, b11, v116, &c2, T, micro);
            tile3(3136, v117, v121, v122);
            ebm_tile_conv_dx(v123, b12, v122, &c1, T, micro);
            tile3(6272, v123, v127, v128);
            ebm_tile_conv_dx(v129, b13, v128, &c0, T, micro);
            const float x42 = s->f[0];
            const float x44 = s->f[2];
            for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x41 = ebm_max(v129[i0 * T + t], v131[i0 * T + t]);
                    const float x43 = ebm_min(x41, x42);
                    const float x45 = x43 * x44;
                    const float x46 = v71[i0 * T + t] - x45;
                    const float x47 = ebm_max(x46, (-0x1p+0f));
                    const float x48 = ebm_min(x47, 0x1p+0f);
                    w139_0[i0 * T + t] = x48;
                }
            }
        }
        ebm_tile_store(b14, w139_0, row, valid, 784, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 2: nest stage 1, 1 part */
void k2(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part8(buf + 0, s, u - 0, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 3: region level 1, tiles of 16 samples
 *   source 0:13, 0:14, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9
 *   7829184 flops per sample (run-time loops counted once), 2068608 bytes of scratch
 */
void k3(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 16 };
    char *scratch = memory;
    (void)scratch;
    const int32_t *b0 = buf[0];  /* data rows, draw 0.0 */
    const uint8_t *b1 = buf[1];  /* data field 0.0 */
    float *b2 = buf[2];  /* tiles of v42 [B,1,28,28] */
    float *b3 = buf[3];  /* tiles of v140 [B,1,28,28] */
    const float *b4 = buf[4];  /* value of v140 [B,1,28,28] */
    const float *b5 = buf[5];  /* pack of v72 [8,1,3,3] */
    const float *b6 = buf[6];  /* state 4 [8] */
    float *b7 = buf[7];  /* tiles of v144 [B,8,28,28] */
    const float *b8 = buf[8];  /* pack of v79 [16,8,4,4] */
    const float *b9 = buf[9];  /* state 6 [16] */
    float *b10 = buf[10];  /* tiles of v148 [B,16,14,14] */
    const float *b11 = buf[11];  /* pack of v86 [32,16,4,4] */
    const float *b12 = buf[12];  /* state 8 [32] */
    float *b13 = buf[13];  /* tiles of v152 [B,32,7,7] */
    const float *b14 = buf[14];  /* pack of v93 [32,32,4,4] */
    const float *b15 = buf[15];  /* state 10 [32] */
    float *b16 = buf[16];  /* tiles of v156 [B,32,3,3] */
    const float *b17 = buf[17];  /* pack of v100 [1,288] */
    const float *b18 = buf[18];  /* state 12 [1] */
    float *b19 = buf[19];  /* tiles of v159 [B,1] */
    float *b20 = buf[20];  /* tiles of v168 [B,8,28,28] */
    float *b21 = buf[21];  /* tiles of v172 [B,16,14,14] */
    float *b22 = buf[22];  /* tiles of v176 [B,32,7,7] */
    float *b23 = buf[23];  /* tiles of v180 [B,32,3,3] */
    float *b24 = buf[24];  /* tiles of v183 [B,1] */
    float *b25 = buf[25];  /* tiles of v196 [B] */
    float *b26 = buf[26];  /* tiles of v225 [B] */
    float *b27 = buf[27];  /* tiles of v227 [B,1] */
    const float *b28 = buf[28];  /* state 11 [1,288] */
    float *b29 = buf[29];  /* tiles of v205 [B,32,3,3] */
    const float *b30 = buf[30];  /* pack of v93 [32,32,4,4] */
    float *b31 = buf[31];  /* tiles of v211 [B,32,7,7] */
    const float *b32 = buf[32];  /* pack of v86 [32,16,4,4] */
    float *b33 = buf[33];  /* tiles of v217 [B,16,14,14] */
    const float *b34 = buf[34];  /* pack of v79 [16,8,4,4] */
    float *b35 = buf[35];  /* tiles of v223 [B,8,28,28] */
    float *b36 = buf[36];  /* tiles of v236 [B,32,3,3] */
    float *b37 = buf[37];  /* tiles of v243 [B,32,7,7] */
    float *b38 = buf[38];  /* tiles of v250 [B,16,14,14] */
    float *b39 = buf[39];  /* tiles of v257 [B,8,28,28] */
    float *b40 = buf[40];  /* tiles of v261 [B,32] */
    float *b41 = buf[41];  /* tiles of v263 [B,32] */
    float *b42 = buf[42];  /* tiles of v266 [B,32] */
    float *b43 = buf[43];  /* tiles of v268 [B,32] */
    float *b44 = buf[44];  /* tiles of v271 [B,16] */
    float *b45 = buf[45];  /* tiles of v273 [B,16] */
    float *b46 = buf[46];  /* tiles of v276 [B,8] */
    float *b47 = buf[47];  /* tiles of v278 [B,8] */
    const int32_t *b48 = buf[48];  /* state 1 [] */
    int32_t *b49 = buf[49];  /* value of v288 [B] */
    float *const tiles = (float *)scratch;
    float *v31 = tiles + 0;  /* [784][T] */
    int32_t *v30 = (int32_t *)tiles + 12544;  /* [784][T] */
    float *v142 = tiles + 0, *v256 = tiles + 100352;  /* [6272][T] */
    float *v146 = tiles + 0, *v249 = tiles + 50176;  /* [3136][T] */
    float *v150 = tiles + 0, *v242 = tiles + 25088;  /* [1568][T] */
    float *v154 = tiles + 0, *v235 = tiles + 4608;  /* [288][T] */
    float *v166 = tiles + 200704, *v222 = tiles + 301056;  /* [6272][T] */
    float *v170 = tiles + 200704, *v216 = tiles + 250880;  /* [3136][T] */
    float *v174 = tiles + 200704, *v210 = tiles + 225792;  /* [1568][T] */
    float *v178 = tiles + 0, *v204 = tiles + 9216;  /* [288][T] */
    float *v206 = tiles + 200704;  /* [1568][T] */
    float *v212 = tiles + 200704;  /* [3136][T] */
    float *v218 = tiles + 200704;  /* [6272][T] */
    float *v237 = tiles + 0;  /* [1568][T] */
    float *v244 = tiles + 0;  /* [3136][T] */
    float *v251 = tiles + 0;  /* [6272][T] */
    int32_t *v288 = (int32_t *)tiles + 0;  /* [1][T] */
    float *micro = (float *)(scratch + 1605632);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = s->from + unit * T;
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        int32_t d30[T];
        ebm_tile_load_i32(d30, b0, row, valid, 1, T);
        ebm_tile_gather_u8(v30, b1, d30, 784, T);
        float *const v42 = b2 + (row - s->from) * 784;
        float *const v140 = b3 + (row - s->from) * 784;
        ebm_tile_load(v140, b4, row, valid, 784, T);
        float *const v144 = b7 + (row - s->from) * 6272;
        float *const v148 = b10 + (row - s->from) * 3136;
        float *const v152 = b13 + (row - s->from) * 1568;
        float *const v156 = b16 + (row - s->from) * 288;
        float *const v159 = b19 + (row - s->from) * 1;
        float *const v168 = b20 + (row - s->from) * 6272;
        float *const v172 = b21 + (row - s->from) * 3136;
        float *const v176 = b22 + (row - s->from) * 1568;
        float *const v180 = b23 + (row - s->from) * 288;
        float *const v183 = b24 + (row - s->from) * 1;
        float *const v196 = b25 + (row - s->from) * 1;
        float *const v225 = b26 + (row - s->from) * 1;
        float *const v227 = b27 + (row - s->from) * 1;
        float *const v205 = b29 + (row - s->from) * 288;
        float *const v211 = b31 + (row - s->from) * 1568;
        float *const v217 = b33 + (row - s->from) * 3136;
        float *const v223 = b35 + (row - s->from) * 6272;
        float *const v236 = b36 + (row - s->from) * 288;
        float *const v243 = b37 + (row - s->from) * 1568;
        float *const v250 = b38 + (row - s->from) * 3136;
        float *const v257 = b39 + (row - s->from) * 6272;
        float *const v261 = b40 + (row - s->from) * 32;
        float *const v263 = b41 + (row - s->from) * 32;
        float *const v266 = b42 + (row - s->from) * 32;
        float *const v268 = b43 + (row - s->from) * 32;
        float *const v271 = b44 + (row - s->from) * 16;
        float *const v273 = b45 + (row - s->from) * 16;
        float *const v276 = b46 + (row - s->from) * 8;
        float *const v278 = b47 + (row - s->from) * 8;
        ebm_tile_normal(v31, 784, T, s, 0xf6ca68ab4e0fd914ull, (uint32_t)0, sample0, valid);
        for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x0 = (float)v30[i0 * T + t];
                const float x1 = x0 * 0x1.010102p-7f;
                const float x2 = x1 - 0x1p+0f;
                const float x3 = v31[i0 * T + t] * 0x1.eb851ep-6f;
                const float x4 = x2 + x3;
                const float x5 = ebm_max(x4, (-0x1p+0f));
                const float x6 = ebm_min(x5, 0x1p+0f);
                v42[i0 * T + t] = x6;
            }
        }
        ebm_tile_conv(v142, b5, v140, b6, &c0, T, micro);
        tile1(6272, v142, v144, v256);
        ebm_tile_conv(v146, b8, v144, b9, &c1, T, micro);
        tile1(3136, v146, v148, v249);
        ebm_tile_conv(v150, b11, v148, b12, &c2, T, micro);
        tile1(1568, v150, v152, v242);
        ebm_tile_conv(v154, b14, v152, b15, &c3, T, micro);
        tile1(288, v154, v156, v235);
        ebm_tile_dense(v159, b17, v156, b18, 1, 288, T);
        ebm_tile_conv(v166, b5, v42, b6, &c0, T, micro);
        tile1(6272, v166, v168, v222);
        ebm_tile_conv(v170, b8, v168, b9, &c1, T, micro);
        tile1(3136, v170, v172, v216);
        ebm_tile_conv(v174, b11, v172, b12, &c2, T, micro);
        tile1(1568, v174, v176, v210);
        ebm_tile_conv(v178, b14, v176, b15, &c3, T, micro);
        tile1(288, v178, v180, v204);
        ebm_tile_dense(v183, b17, v180, b18, 1, 288, T);
        const float x47 = s->f[3];
        const float x50 = s->f[4];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x48 = v159[0 * T + t] * x47;
            const float x49 = v183[0 * T + t] * x47;
            const float x51 = x49 + x50;
            const float x52 = x48 - x50;
            const float x53 = x51 + x52;
            v196[0 * T + t] = x51;
            v225[0 * T + t] = x52;
            v227[0 * T + t] = x53;
        }
        tile4(b28, v196, v204, v205);
        ebm_tile_conv_dx(v206, b30, v205, &c3, T, micro);
        tile3(1568, v206, v210, v211);
        ebm_tile_conv_dx(v212, b32, v211, &c2, T, micro);
        tile3(3136, v212, v216, v217);
        ebm_tile_conv_dx(v218, b34, v217, &c1, T, micro);
        tile3(6272, v218, v222, v223);
        tile4(b28, v225, v235, v236);
        ebm_tile_conv_dx(v237, b30, v236, &c3, T, micro);
        tile3(1568, v237, v242, v243);
        ebm_tile_conv_dx(v244, b32, v243, &c2, T, micro);
        tile3(3136, v244, v249, v250);
        ebm_tile_conv_dx(v251, b34, v250, &c1, T, micro);
        tile3(6272, v251, v256, v257);
        tile5(v205, v261);
        tile5(v236, v263);
        tile6(v211, v266);
        tile6(v243, v268);
        tile7(v217, v271);
        tile7(v250, v273);
        tile8(v223, v276);
        tile8(v257, v278);
        const int32_t x66 = b48[0];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const int32_t x67 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x66);
            const int32_t x68 = (4096 == 0 || 4096 == -1 ? 0 : (x67 % (4096 ? 4096 : 1) + (4096 ? 4096 : 1)) % (4096 ? 4096 : 1));
            v288[0 * T + t] = x68;
        }
        ebm_tile_store_i32(b49, v288, row, valid, 1, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 4: region level 1, 21 sums over samples; a unit is a range of one */
static void sum4_0(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 1;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 1);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v159 = b1 + (row - s->from) * 1;
        ebm_tile_sum(g, v159 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 1, size);
    }
}

static void sum4_3(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 1;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 1);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v183 = b1 + (row - s->from) * 1;
        ebm_tile_sum(g, v183 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 1, size);
    }
}

static void sum4_6(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 288 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 1;
    const int64_t lo = (int64_t)first * row_size;
    const EbmOuter o = { b2 + first * T, b3, 1 * T, 288 * T, rows, 288, T };
    ebm_sum_outer(b0 + lo, b1 + lo, 288, &o, s, micro);
}

static void sum4_10(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 512 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 16384);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v176 = b1 + (row - s->from) * 1568;
        float *const v205 = b2 + (row - s->from) * 288;
        ebm_tile_conv_dw_rows(g, v176, v205, &c3, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 16384, size);
    }
}

static void sum4_14(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 256 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 8192);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v172 = b1 + (row - s->from) * 3136;
        float *const v211 = b2 + (row - s->from) * 1568;
        ebm_tile_conv_dw_rows(g, v172, v211, &c2, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 8192, size);
    }
}

static void sum4_18(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 128 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 16;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 2048);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v168 = b1 + (row - s->from) * 6272;
        float *const v217 = b2 + (row - s->from) * 3136;
        ebm_tile_conv_dw_rows(g, v168, v217, &c1, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 2048, size);
    }
}

static void sum4_22(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 9 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 8;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 72);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v42 = b1 + (row - s->from) * 784;
        float *const v223 = b2 + (row - s->from) * 6272;
        ebm_tile_conv_dw_rows(g, v42, v223, &c0, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 72, size);
    }
}

static void sum4_26(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 288 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 1;
    const int64_t lo = (int64_t)first * row_size;
    const EbmOuter o = { b2 + first * T, b3, 1 * T, 288 * T, rows, 288, T };
    ebm_sum_outer(b0 + lo, b1 + lo, 288, &o, s, micro);
}

static void sum4_30(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 512 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 16384);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v152 = b1 + (row - s->from) * 1568;
        float *const v236 = b2 + (row - s->from) * 288;
        ebm_tile_conv_dw_rows(g, v152, v236, &c3, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 16384, size);
    }
}

static void sum4_34(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 256 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 8192);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v148 = b1 + (row - s->from) * 3136;
        float *const v243 = b2 + (row - s->from) * 1568;
        ebm_tile_conv_dw_rows(g, v148, v243, &c2, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 8192, size);
    }
}

static void sum4_38(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 128 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 16;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 2048);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v144 = b1 + (row - s->from) * 6272;
        float *const v250 = b2 + (row - s->from) * 3136;
        ebm_tile_conv_dw_rows(g, v144, v250, &c1, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 2048, size);
    }
}

static void sum4_42(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 9 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    float *const micro = memory;
    const int first = 0, rows = 8;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b3 + lo, row / 64, 72);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v140 = b1 + (row - s->from) * 784;
        float *const v257 = b2 + (row - s->from) * 6272;
        ebm_tile_conv_dw_rows(g, v140, v257, &c0, T, valid, first, rows, micro);
        ebm_sums_done(b0 + lo, b3 + lo, row + valid, s->batch, 64, 72, size);
    }
}

static void sum4_46(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 1;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 1);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v227 = b1 + (row - s->from) * 1;
        ebm_tile_sum(g, v227 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 1, size);
    }
}

static void sum4_49(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 32);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v261 = b1 + (row - s->from) * 32;
        ebm_tile_sum(g, v261 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 32, size);
    }
}

static void sum4_52(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 32);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v263 = b1 + (row - s->from) * 32;
        ebm_tile_sum(g, v263 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 32, size);
    }
}

static void sum4_55(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 32);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v266 = b1 + (row - s->from) * 32;
        ebm_tile_sum(g, v266 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 32, size);
    }
}

static void sum4_58(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 32;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 32);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v268 = b1 + (row - s->from) * 32;
        ebm_tile_sum(g, v268 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 32, size);
    }
}

static void sum4_61(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 16;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 16);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v271 = b1 + (row - s->from) * 16;
        ebm_tile_sum(g, v271 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 16, size);
    }
}

static void sum4_64(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 16;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 16);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v273 = b1 + (row - s->from) * 16;
        ebm_tile_sum(g, v273 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 16, size);
    }
}

static void sum4_67(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 8;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 8);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v276 = b1 + (row - s->from) * 8;
        ebm_tile_sum(g, v276 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 8, size);
    }
}

static void sum4_70(void *const *buf, const EbmScalars *s, int64_t part, void *memory) {
    enum { T = 16, row_size = 1 };
    float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int first = 0, rows = 8;
    const int64_t lo = (int64_t)first * row_size;
    const int64_t size = (int64_t)rows * row_size;
    for (int64_t row = s->from; row < s->end; row += T) {
        const int valid = (int)(s->end - row < T ? s->end - row : T);
        float *const g = ebm_sums_at(b0 + lo, b2 + lo, row / 64, 8);
        if (row % 64 == 0) memset(g, 0, sizeof(float) * (size_t)size);
        float *const v278 = b1 + (row - s->from) * 8;
        ebm_tile_sum(g, v278 + first * T, rows, T, valid);
        ebm_sums_done(b0 + lo, b2 + lo, row + valid, s->batch, 64, 8, size);
    }
}

void k4(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) sum4_0(buf + 0, s, u - 0, memory);  /* [] */
        else if (u < 2) sum4_3(buf + 3, s, u - 1, memory);  /* [] */
        else if (u < 3) sum4_6(buf + 6, s, u - 2, memory);  /* [1,288] */
        else if (u < 4) sum4_10(buf + 10, s, u - 3, memory);  /* [32,32,4,4] */
        else if (u < 5) sum4_14(buf + 14, s, u - 4, memory);  /* [32,16,4,4] */
        else if (u < 6) sum4_18(buf + 18, s, u - 5, memory);  /* [16,8,4,4] */
        else if (u < 7) sum4_22(buf + 22, s, u - 6, memory);  /* [8,1,3,3] */
        else if (u < 8) sum4_26(buf + 26, s, u - 7, memory);  /* [1,288] */
        else if (u < 9) sum4_30(buf + 30, s, u - 8, memory);  /* [32,32,4,4] */
        else if (u < 10) sum4_34(buf + 34, s, u - 9, memory);  /* [32,16,4,4] */
        else if (u < 11) sum4_38(buf + 38, s, u - 10, memory);  /* [16,8,4,4] */
        else if (u < 12) sum4_42(buf + 42, s, u - 11, memory);  /* [8,1,3,3] */
        else if (u < 13) sum4_46(buf + 46, s, u - 12, memory);  /* [1] */
        else if (u < 14) sum4_49(buf + 49, s, u - 13, memory);  /* [32] */
        else if (u < 15) sum4_52(buf + 52, s, u - 14, memory);  /* [32] */
        else if (u < 16) sum4_55(buf + 55, s, u - 15, memory);  /* [32] */
        else if (u < 17) sum4_58(buf + 58, s, u - 16, memory);  /* [32] */
        else if (u < 18) sum4_61(buf + 61, s, u - 17, memory);  /* [16] */
        else if (u < 19) sum4_64(buf + 64, s, u - 18, memory);  /* [16] */
        else if (u < 20) sum4_67(buf + 67, s, u - 19, memory);  /* [8] */
        else sum4_70(buf + 70, s, u - 20, memory);  /* [8] */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 5: nest stage 2, 9 parts */
void k5(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part9(buf + 0, s, u - 0, 72, scratch);  /* sum */
        else if (u < 2) part9(buf + 3, s, u - 1, 8, scratch);  /* sum */
        else if (u < 3) part9(buf + 6, s, u - 2, 2048, scratch);  /* sum */
        else if (u < 4) part9(buf + 9, s, u - 3, 16, scratch);  /* sum */
        else if (u < 6) part10(buf + 12, s, u - 4, 8192, scratch);  /* sum */
        else if (u < 7) part9(buf + 15, s, u - 6, 32, scratch);  /* sum */
        else if (u < 11) part10(buf + 18, s, u - 7, 16384, scratch);  /* sum */
        else if (u < 12) part9(buf + 21, s, u - 11, 32, scratch);  /* sum */
        else part9(buf + 24, s, u - 12, 288, scratch);  /* sum */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 6: nest stage 2, 2 parts */
void k6(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part11(buf + 0, s, u - 0, 2, scratch);  /* combined sum */
        else part11(buf + 2, s, u - 1, 4, scratch);  /* combined sum */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 7: nest stage 2, 1 part */
void k7(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part12(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 8: nest stage 2, 2 parts */
void k8(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part13(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
        else part14(buf + 8, s, u - 1, 1, scratch);  /* rows written */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 9: nest stage 2, 10 parts */
void k9(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part15(buf + 0, s, u - 0, 72, scratch);  /* elementwise */
        else if (u < 2) part15(buf + 10, s, u - 1, 8, scratch);  /* elementwise */
        else if (u < 3) part15(buf + 20, s, u - 2, 2048, scratch);  /* elementwise */
        else if (u < 4) part15(buf + 30, s, u - 3, 16, scratch);  /* elementwise */
        else if (u < 6) part15(buf + 40, s, u - 4, 8192, scratch);  /* elementwise */
        else if (u < 7) part15(buf + 50, s, u - 6, 32, scratch);  /* elementwise */
        else if (u < 11) part15(buf + 60, s, u - 7, 16384, scratch);  /* elementwise */
        else if (u < 12) part16(buf + 70, s, u - 11, 32, scratch);  /* elementwise */
        else if (u < 13) part15(buf + 80, s, u - 12, 288, scratch);  /* elementwise */
        else part17(buf + 90, s, u - 13, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 10: nest stage 2, 9 parts */
void k10(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part18(buf + 0, s, u - 0, 72, scratch);  /* elementwise */
        else if (u < 2) part18(buf + 2, s, u - 1, 8, scratch);  /* elementwise */
        else if (u < 3) part18(buf + 4, s, u - 2, 2048, scratch);  /* elementwise */
        else if (u < 4) part18(buf + 6, s, u - 3, 16, scratch);  /* elementwise */
        else if (u < 6) part18(buf + 8, s, u - 4, 8192, scratch);  /* elementwise */
        else if (u < 7) part18(buf + 10, s, u - 6, 32, scratch);  /* elementwise */
        else if (u < 11) part18(buf + 12, s, u - 7, 16384, scratch);  /* elementwise */
        else if (u < 12) part19(buf + 14, s, u - 11, 32, scratch);  /* elementwise */
        else part18(buf + 16, s, u - 12, 288, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 11: nest stage 0, 8 parts */
void k11(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else if (u < 5) part4(buf + 8, s, u - 4, 1, scratch);  /* pack */
        else if (u < 6) part5(buf + 10, s, u - 5, 1, scratch);  /* pack */
        else if (u < 7) part6(buf + 12, s, u - 6, 1, scratch);  /* pack */
        else part7(buf + 14, s, u - 7, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 12: region level 0, tiles of 16 samples
 *   source 0:13, 0:14, 0:34, 0:35, 0:58, 0:32, 0:33, 0:34, 1:34, 1:37, 2:9, 1:34
 *   4026914 flops per sample (run-time loops counted once), 2273984 bytes of scratch
 */
void k12(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 16 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* state 0 [4096,1,28,28] */
    const float *b1 = buf[1];  /* pack of v10 [8,1,3,3] */
    const float *b2 = buf[2];  /* state 14 [8] */
    const float *b3 = buf[3];  /* pack of v12 [16,8,4,4] */
    const float *b4 = buf[4];  /* state 16 [16] */
    const float *b5 = buf[5];  /* pack of v14 [32,16,4,4] */
    const float *b6 = buf[6];  /* state 18 [32] */
    const float *b7 = buf[7];  /* pack of v16 [32,32,4,4] */
    const float *b8 = buf[8];  /* state 20 [32] */
    const float *b9 = buf[9];  /* state 21 [1,288] */
    const float *b10 = buf[10];  /* pack of v16 [32,32,4,4] */
    const float *b11 = buf[11];  /* pack of v14 [32,16,4,4] */
    const float *b12 = buf[12];  /* pack of v12 [16,8,4,4] */
    const float *b13 = buf[13];  /* pack of v10 [8,1,3,3] */
    float *b14 = buf[14];  /* value of v84 [B,1,28,28] */
    float *const tiles = (float *)scratch;
    float *v9 = tiles + 0;  /* [784][T] */
    int32_t *v19 = (int32_t *)tiles + 12544;  /* [1][T] */
    float *v20 = tiles + 12560, *w83_0 = tiles + 25104, *v24 = tiles + 12544, *v28 = tiles + 37648;  /* [784][T] */
    float *v31 = tiles + 50192, *v33 = tiles + 150544, *v73 = tiles + 250896;  /* [6272][T] */
    float *v36 = tiles + 50192, *v38 = tiles + 100368, *v67 = tiles + 150544;  /* [3136][T] */
    float *v41 = tiles + 50192, *v43 = tiles + 75280, *v61 = tiles + 100368;  /* [1568][T] */
    float *v46 = tiles + 12544, *v56 = tiles + 17152;  /* [288][T] */
    float *v57 = tiles + 50192, *v62 = tiles + 75280;  /* [1568][T] */
    float *v63 = tiles + 100368, *v68 = tiles + 50192;  /* [3136][T] */
    float *v69 = tiles + 100368, *v74 = tiles + 351248;  /* [6272][T] */
    float *v75 = tiles + 12544;  /* [784][T] */
    float *micro = (float *)(scratch + 1806400);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        tile0(s->f[0], v9);
        ebm_tile_int(v19, 1, T, s, 0x501a8eef7add561ull, (uint32_t)0, sample0, valid, (uint32_t)4096);
        int32_t j20[T];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            j20[t] = v19[0 * T + t] < 0 ? 0 : v19[0 * T + t] > 4095 ? 4095 : v19[0 * T + t];
        }
        ebm_tile_gather(v20, b0, j20, 784, T);
        for (int i1 = 0; i1 < 28; i1++) {
            for (int i2 = 0; i2 < 28; i2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    w83_0[(i1 * 28 + i2) * T + t] = v20[(i1 * 28 + i2) * T + t];
                }
            }
        }
        for (int64_t k83 = 0; k83 < 300; k83++) {
            ebm_tile_normal(v24, 784, T, s, 0x21d30adc4155aa83ull, (uint32_t)(int32_t)k83, sample0, valid);
            const float x2 = s->f[1];
            for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x3 = x2 * v24[i0 * T + t];
                    const float x4 = w83_0[i0 * T + t] + x3;
                    const float x5 = ebm_max(x4, (-0x1p+0f));
                    const float x6 = ebm_min(x5, 0x1p+0f);
                    v28[i0 * T + t] = x6;
                }
            }
            ebm_tile_conv(v31, b1, v28, b2, &c0, T, micro);
            tile1(6272, v31, v33, v73);
            ebm_tile_conv(v36, b3, v33, b4, &c1, T, micro);
            tile1(3136, v36, v38, v67);
            ebm_tile_conv(v41, b5, v38, b6, &c2, T, micro);
            tile1(1568, v41, v43, v61);
            ebm_tile_conv(v46, b7, v43, b8, &c3, T, micro);
            tile2(b9, v46, v56);
            ebm_tile_conv_dx(v57, b10, v56, &c3, T, micro);
            tile3(1568, v57, v61, v62);
            ebm_tile_conv_dx(v63, b11, v62, &c2, T, micro);
            tile3(3136, v63, v67, v68);
            ebm_tile_conv_dx(v69, b12, v68, &c1, T, micro);
            tile3(6272, v69, v73, v74);
            ebm_tile_conv_dx(v75, b13, v74, &c0, T, micro);
            const float x33 = s->f[0];
            for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x32 = ebm_max(v75[i0 * T + t], v9[i0 * T + t]);
                    const float x34 = ebm_min(x32, x33);
                    const float x35 = x34 * 0x1p+1f;
                    const float x36 = v28[i0 * T + t] - x35;
                    const float x37 = ebm_max(x36, (-0x1p+0f));
                    const float x38 = ebm_min(x37, 0x1p+0f);
                    w83_0[i0 * T + t] = x38;
                }
            }
        }
        ebm_tile_store(b14, w83_0, row, valid, 784, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 13: nest stage 0, 5 parts */
void k13(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else part8(buf + 8, s, u - 4, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 14: region level 0, tiles of 16 samples
 *   source 0:13, 0:14, 1:37, 1:19, 0:35, 0:14, 0:66, 1:34, 1:37, 2:9, 1:34, 1:37
 *   6042084 flops per sample (run-time loops counted once), 1416320 bytes of scratch
 */
void k14(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 16 };
    char *scratch = memory;
    (void)scratch;
    const int32_t *b0 = buf[0];  /* data rows, draw 1.0 */
    const uint8_t *b1 = buf[1];  /* data field 1.0 */
    const float *b2 = buf[2];  /* pack of v3 [8,1,3,3] */
    const float *b3 = buf[3];  /* state 14 [8] */
    const float *b4 = buf[4];  /* pack of v5 [16,8,4,4] */
    const float *b5 = buf[5];  /* state 16 [16] */
    const float *b6 = buf[6];  /* pack of v7 [32,16,4,4] */
    const float *b7 = buf[7];  /* state 18 [32] */
    const float *b8 = buf[8];  /* pack of v9 [32,32,4,4] */
    const float *b9 = buf[9];  /* state 20 [32] */
    const float *b10 = buf[10];  /* pack of v11 [1,288] */
    const float *b11 = buf[11];  /* state 22 [1] */
    float *b12 = buf[12];  /* value of v54 [B] */
    float *b13 = buf[13];  /* value of v75 [B] */
    float *b14 = buf[14];  /* value of v98 [B] */
    float *const tiles = (float *)scratch;
    int32_t *v19 = (int32_t *)tiles + 0;  /* [784][T] */
    float *v25 = tiles + 12544, *v26 = tiles + 0, *v28 = tiles + 25088;  /* [784][T] */
    float *v29 = tiles + 0, *v33 = tiles + 16;  /* [1][T] */
    float *v35 = tiles + 37632, *v37 = tiles + 137984;  /* [6272][T] */
    float *v39 = tiles + 37632, *v41 = tiles + 87808;  /* [3136][T] */
    float *v43 = tiles + 37632, *v45 = tiles + 62720;  /* [1568][T] */
    float *v47 = tiles + 32, *v49 = tiles + 4640;  /* [288][T] */
    float *v52 = tiles + 0, *v54 = tiles + 32;  /* [1][T] */
    float *v56 = tiles + 37632, *v58 = tiles + 137984;  /* [6272][T] */
    float *v60 = tiles + 32, *v62 = tiles + 50208;  /* [3136][T] */
    float *v64 = tiles + 32, *v66 = tiles + 25120;  /* [1568][T] */
    float *v68 = tiles + 32, *v70 = tiles + 4640;  /* [288][T] */
    float *v73 = tiles + 0, *v75 = tiles + 32;  /* [1][T] */
    float *v77 = tiles + 32;  /* [784][T] */
    float *v79 = tiles + 12576, *v81 = tiles + 112928;  /* [6272][T] */
    float *v83 = tiles + 0, *v85 = tiles + 50176;  /* [3136][T] */
    float *v87 = tiles + 0, *v89 = tiles + 25088;  /* [1568][T] */
    float *v91 = tiles + 0, *v93 = tiles + 4608;  /* [288][T] */
    float *v96 = tiles + 0, *v98 = tiles + 16;  /* [1][T] */
    float *micro = (float *)(scratch + 953344);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        int32_t d19[T];
        ebm_tile_load_i32(d19, b0, row, valid, 1, T);
        ebm_tile_gather_u8(v19, b1, d19, 784, T);
        tile9(v19, v25);
        ebm_tile_uniform(v26, 784, T, s, 0xa785797a161bd532ull, (uint32_t)0, sample0, valid);
        for (int i0 = 0; i0 < 784; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x5 = v26[i0 * T + t] * 0x1p+1f;
                const float x6 = x5 + (-0x1p+0f);
                v28[i0 * T + t] = x6;
            }
        }
        ebm_tile_uniform(v29, 1, T, s, 0xe3d5466c166110ebull, (uint32_t)0, sample0, valid);
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x7 = v29[0 * T + t] * 0x1p+1f;
            const float x8 = x7 + (-0x1p+0f);
            v33[0 * T + t] = x8;
        }
        ebm_tile_conv(v35, b2, v25, b3, &c0, T, micro);
        tile10(6272, v35, v37);
        ebm_tile_conv(v39, b4, v37, b5, &c1, T, micro);
        tile10(3136, v39, v41);
        ebm_tile_conv(v43, b6, v41, b7, &c2, T, micro);
        tile10(1568, v43, v45);
        ebm_tile_conv(v47, b8, v45, b9, &c3, T, micro);
        tile10(288, v47, v49);
        ebm_tile_dense(v52, b10, v49, b11, 1, 288, T);
        tile11(v52, v54);
        ebm_tile_store(b12, v54, row, valid, 1, T);
        ebm_tile_conv(v56, b2, v28, b3, &c0, T, micro);
        tile10(6272, v56, v58);
        ebm_tile_conv(v60, b4, v58, b5, &c1, T, micro);
        tile10(3136, v60, v62);
        ebm_tile_conv(v64, b6, v62, b7, &c2, T, micro);
        tile10(1568, v64, v66);
        ebm_tile_conv(v68, b8, v66, b9, &c3, T, micro);
        tile10(288, v68, v70);
        ebm_tile_dense(v73, b10, v70, b11, 1, 288, T);
        tile11(v73, v75);
        ebm_tile_store(b13, v75, row, valid, 1, T);
        for (int i1 = 0; i1 < 28; i1++) {
            for (int i2 = 0; i2 < 28; i2++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    v77[(i1 * 28 + i2) * T + t] = v33[0 * T + t];
                }
            }
        }
        ebm_tile_conv(v79, b2, v77, b3, &c0, T, micro);
        tile10(6272, v79, v81);
        ebm_tile_conv(v83, b4, v81, b5, &c1, T, micro);
        tile10(3136, v83, v85);
        ebm_tile_conv(v87, b6, v85, b7, &c2, T, micro);
        tile10(1568, v87, v89);
        ebm_tile_conv(v91, b8, v89, b9, &c3, T, micro);
        tile10(288, v91, v93);
        ebm_tile_dense(v96, b10, v93, b11, 1, 288, T);
        tile11(v96, v98);
        ebm_tile_store(b14, v98, row, valid, 1, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 15: nest stage 0, 5 parts */
void k15(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else part8(buf + 8, s, u - 4, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 16: region level 0, tiles of 16 samples
 *   source 0:13, 0:14, 1:37, 1:19, 0:14, 1:34, 0:14, 1:37, 2:9, 1:34, 1:37, 2:9
 *   4028060 flops per sample (run-time loops counted once), 1366144 bytes of scratch
 */
void k16(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 16 };
    char *scratch = memory;
    (void)scratch;
    const int32_t *b0 = buf[0];  /* data rows, draw 1.0 */
    const uint8_t *b1 = buf[1];  /* data field 1.0 */
    const int32_t *b2 = buf[2];  /* data rows, draw 2.0 */
    const uint8_t *b3 = buf[3];  /* data field 2.0 */
    const float *b4 = buf[4];  /* pack of v2 [8,1,3,3] */
    const float *b5 = buf[5];  /* state 14 [8] */
    const float *b6 = buf[6];  /* pack of v4 [16,8,4,4] */
    const float *b7 = buf[7];  /* state 16 [16] */
    const float *b8 = buf[8];  /* pack of v6 [32,16,4,4] */
    const float *b9 = buf[9];  /* state 18 [32] */
    const float *b10 = buf[10];  /* pack of v8 [32,32,4,4] */
    const float *b11 = buf[11];  /* state 20 [32] */
    const float *b12 = buf[12];  /* pack of v10 [1,288] */
    const float *b13 = buf[13];  /* state 22 [1] */
    float *b14 = buf[14];  /* value of v50 [B] */
    float *b15 = buf[15];  /* value of v71 [B] */
    float *const tiles = (float *)scratch;
    int32_t *v17 = (int32_t *)tiles + 0;  /* [784][T] */
    float *v23 = tiles + 12544;  /* [784][T] */
    int32_t *v25 = (int32_t *)tiles + 25088;  /* [784][T] */
    float *v30 = tiles + 0;  /* [784][T] */
    float *v31 = tiles + 25088, *v33 = tiles + 125440;  /* [6272][T] */
    float *v35 = tiles + 12544, *v37 = tiles + 62720;  /* [3136][T] */
    float *v39 = tiles + 12544, *v41 = tiles + 37632;  /* [1568][T] */
    float *v43 = tiles + 12544, *v45 = tiles + 17152;  /* [288][T] */
    float *v48 = tiles + 12544, *v50 = tiles + 12560;  /* [1][T] */
    float *v52 = tiles + 12544, *v54 = tiles + 112896;  /* [6272][T] */
    float *v56 = tiles + 0, *v58 = tiles + 50176;  /* [3136][T] */
    float *v60 = tiles + 0, *v62 = tiles + 25088;  /* [1568][T] */
    float *v64 = tiles + 0, *v66 = tiles + 4608;  /* [288][T] */
    float *v69 = tiles + 0, *v71 = tiles + 16;  /* [1][T] */
    float *micro = (float *)(scratch + 903168);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        int32_t d17[T];
        ebm_tile_load_i32(d17, b0, row, valid, 1, T);
        ebm_tile_gather_u8(v17, b1, d17, 784, T);
        int32_t d25[T];
        ebm_tile_load_i32(d25, b2, row, valid, 1, T);
        ebm_tile_gather_u8(v25, b3, d25, 784, T);
        tile9(v17, v23);
        tile9(v25, v30);
        ebm_tile_conv(v31, b4, v23, b5, &c0, T, micro);
        tile10(6272, v31, v33);
        ebm_tile_conv(v35, b6, v33, b7, &c1, T, micro);
        tile10(3136, v35, v37);
        ebm_tile_conv(v39, b8, v37, b9, &c2, T, micro);
        tile10(1568, v39, v41);
        ebm_tile_conv(v43, b10, v41, b11, &c3, T, micro);
        tile10(288, v43, v45);
        ebm_tile_dense(v48, b12, v45, b13, 1, 288, T);
        tile11(v48, v50);
        ebm_tile_store(b14, v50, row, valid, 1, T);
        ebm_tile_conv(v52, b4, v30, b5, &c0, T, micro);
        tile10(6272, v52, v54);
        ebm_tile_conv(v56, b6, v54, b7, &c1, T, micro);
        tile10(3136, v56, v58);
        ebm_tile_conv(v60, b8, v58, b9, &c2, T, micro);
        tile10(1568, v60, v62);
        ebm_tile_conv(v64, b10, v62, b11, &c3, T, micro);
        tile10(288, v64, v66);
        ebm_tile_dense(v69, b12, v66, b13, 1, 288, T);
        tile11(v69, v71);
        ebm_tile_store(b15, v71, row, valid, 1, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 17: nest stage 0, 9 parts */
void k17(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else if (u < 7) part8(buf + 8, s, u - 4, 1, scratch);  /* pack */
        else if (u < 8) part4(buf + 10, s, u - 7, 1, scratch);  /* pack */
        else if (u < 9) part5(buf + 12, s, u - 8, 1, scratch);  /* pack */
        else if (u < 10) part6(buf + 14, s, u - 9, 1, scratch);  /* pack */
        else part7(buf + 16, s, u - 10, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 18: region level 0, tiles of 16 samples
 *   source 1:37, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34
 *   4027480 flops per sample (run-time loops counted once), 1721984 bytes of scratch
 */
void k18(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 16 };
    char *scratch = memory;
    (void)scratch;
    const int32_t *b0 = buf[0];  /* data rows, draw 3.0 */
    const float *b1 = buf[1];  /* data field 3.0 */
    const float *b2 = buf[2];  /* pack of v0 [8,1,3,3] */
    const float *b3 = buf[3];  /* state 4 [8] */
    const float *b4 = buf[4];  /* pack of v3 [16,8,4,4] */
    const float *b5 = buf[5];  /* state 6 [16] */
    const float *b6 = buf[6];  /* pack of v6 [32,16,4,4] */
    const float *b7 = buf[7];  /* state 8 [32] */
    const float *b8 = buf[8];  /* pack of v9 [32,32,4,4] */
    const float *b9 = buf[9];  /* state 10 [32] */
    const float *b10 = buf[10];  /* state 11 [1,288] */
    const float *b11 = buf[11];  /* pack of v12 [1,288] */
    const float *b12 = buf[12];  /* state 12 [1] */
    float *b13 = buf[13];  /* value of v34 [B,1] */
    const float *b14 = buf[14];  /* pack of v9 [32,32,4,4] */
    const float *b15 = buf[15];  /* pack of v6 [32,16,4,4] */
    const float *b16 = buf[16];  /* pack of v3 [16,8,4,4] */
    const float *b17 = buf[17];  /* pack of v0 [8,1,3,3] */
    float *b18 = buf[18];  /* value of v62 [B,1,28,28] */
    float *const tiles = (float *)scratch;
    float *v15 = tiles + 0;  /* [784][T] */
    float *v17 = tiles + 12544, *v19 = tiles + 112896, *v60 = tiles + 213248;  /* [6272][T] */
    float *v21 = tiles + 0, *v23 = tiles + 50176, *v54 = tiles + 100352;  /* [3136][T] */
    float *v25 = tiles + 0, *v27 = tiles + 25088, *v48 = tiles + 50176;  /* [1568][T] */
    float *v29 = tiles + 0, *v31 = tiles + 4608, *v43 = tiles + 9216;  /* [288][T] */
    float *v34 = tiles + 0;  /* [1][T] */
    float *v44 = tiles + 13824, *v49 = tiles + 75264;  /* [1568][T] */
    float *v50 = tiles + 0, *v55 = tiles + 50176;  /* [3136][T] */
    float *v56 = tiles + 100352, *v61 = tiles + 0;  /* [6272][T] */
    float *v62 = tiles + 100352;  /* [784][T] */
    float *micro = (float *)(scratch + 1254400);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        int32_t d15[T];
        ebm_tile_load_i32(d15, b0, row, valid, 1, T);
        ebm_tile_gather(v15, b1, d15, 784, T);
        ebm_tile_conv(v17, b2, v15, b3, &c0, T, micro);
        tile1(6272, v17, v19, v60);
        ebm_tile_conv(v21, b4, v19, b5, &c1, T, micro);
        tile1(3136, v21, v23, v54);
        ebm_tile_conv(v25, b6, v23, b7, &c2, T, micro);
        tile1(1568, v25, v27, v48);
        ebm_tile_conv(v29, b8, v27, b9, &c3, T, micro);
        tile12(b10, v29, v31, v43);
        ebm_tile_dense(v34, b11, v31, b12, 1, 288, T);
        ebm_tile_store(b13, v34, row, valid, 1, T);
        ebm_tile_conv_dx(v44, b14, v43, &c3, T, micro);
        tile3(1568, v44, v48, v49);
        ebm_tile_conv_dx(v50, b15, v49, &c2, T, micro);
        tile3(3136, v50, v54, v55);
        ebm_tile_conv_dx(v56, b16, v55, &c1, T, micro);
        tile3(6272, v56, v60, v61);
        ebm_tile_conv_dx(v62, b17, v61, &c0, T, micro);
        ebm_tile_store(b18, v62, row, valid, 784, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 19: nest stage 0, 9 parts */
void k19(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else if (u < 7) part8(buf + 8, s, u - 4, 1, scratch);  /* pack */
        else if (u < 8) part4(buf + 10, s, u - 7, 1, scratch);  /* pack */
        else if (u < 9) part5(buf + 12, s, u - 8, 1, scratch);  /* pack */
        else if (u < 10) part6(buf + 14, s, u - 9, 1, scratch);  /* pack */
        else part7(buf + 16, s, u - 10, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 20: region level 0, tiles of 16 samples
 *   source 1:37, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34
 *   4027480 flops per sample (run-time loops counted once), 1721984 bytes of scratch
 */
void k20(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 16 };
    char *scratch = memory;
    (void)scratch;
    const int32_t *b0 = buf[0];  /* data rows, draw 4.0 */
    const float *b1 = buf[1];  /* data field 4.0 */
    const float *b2 = buf[2];  /* pack of v0 [8,1,3,3] */
    const float *b3 = buf[3];  /* state 14 [8] */
    const float *b4 = buf[4];  /* pack of v2 [16,8,4,4] */
    const float *b5 = buf[5];  /* state 16 [16] */
    const float *b6 = buf[6];  /* pack of v4 [32,16,4,4] */
    const float *b7 = buf[7];  /* state 18 [32] */
    const float *b8 = buf[8];  /* pack of v6 [32,32,4,4] */
    const float *b9 = buf[9];  /* state 20 [32] */
    const float *b10 = buf[10];  /* state 21 [1,288] */
    const float *b11 = buf[11];  /* pack of v8 [1,288] */
    const float *b12 = buf[12];  /* state 22 [1] */
    float *b13 = buf[13];  /* value of v34 [B,1] */
    const float *b14 = buf[14];  /* pack of v6 [32,32,4,4] */
    const float *b15 = buf[15];  /* pack of v4 [32,16,4,4] */
    const float *b16 = buf[16];  /* pack of v2 [16,8,4,4] */
    const float *b17 = buf[17];  /* pack of v0 [8,1,3,3] */
    float *b18 = buf[18];  /* value of v62 [B,1,28,28] */
    float *const tiles = (float *)scratch;
    float *v15 = tiles + 0;  /* [784][T] */
    float *v17 = tiles + 12544, *v19 = tiles + 112896, *v60 = tiles + 213248;  /* [6272][T] */
    float *v21 = tiles + 0, *v23 = tiles + 50176, *v54 = tiles + 100352;  /* [3136][T] */
    float *v25 = tiles + 0, *v27 = tiles + 25088, *v48 = tiles + 50176;  /* [1568][T] */
    float *v29 = tiles + 0, *v31 = tiles + 4608, *v43 = tiles + 9216;  /* [288][T] */
    float *v34 = tiles + 0;  /* [1][T] */
    float *v44 = tiles + 13824, *v49 = tiles + 75264;  /* [1568][T] */
    float *v50 = tiles + 0, *v55 = tiles + 50176;  /* [3136][T] */
    float *v56 = tiles + 100352, *v61 = tiles + 0;  /* [6272][T] */
    float *v62 = tiles + 100352;  /* [784][T] */
    float *micro = (float *)(scratch + 1254400);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        int32_t d15[T];
        ebm_tile_load_i32(d15, b0, row, valid, 1, T);
        ebm_tile_gather(v15, b1, d15, 784, T);
        ebm_tile_conv(v17, b2, v15, b3, &c0, T, micro);
        tile1(6272, v17, v19, v60);
        ebm_tile_conv(v21, b4, v19, b5, &c1, T, micro);
        tile1(3136, v21, v23, v54);
        ebm_tile_conv(v25, b6, v23, b7, &c2, T, micro);
        tile1(1568, v25, v27, v48);
        ebm_tile_conv(v29, b8, v27, b9, &c3, T, micro);
        tile12(b10, v29, v31, v43);
        ebm_tile_dense(v34, b11, v31, b12, 1, 288, T);
        ebm_tile_store(b13, v34, row, valid, 1, T);
        ebm_tile_conv_dx(v44, b14, v43, &c3, T, micro);
        tile3(1568, v44, v48, v49);
        ebm_tile_conv_dx(v50, b15, v49, &c2, T, micro);
        tile3(3136, v50, v54, v55);
        ebm_tile_conv_dx(v56, b16, v55, &c1, T, micro);
        tile3(6272, v56, v60, v61);
        ebm_tile_conv_dx(v62, b17, v61, &c0, T, micro);
        ebm_tile_store(b18, v62, row, valid, 784, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 21: nest stage 0, 35 parts */
void k21(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 784) part20(buf + 0, s, u - 0, 3211264, scratch);  /* rand_normal */
        else if (u < 785) part21(buf + 1, s, u - 784, 1, scratch);  /* elementwise */
        else if (u < 786) part21(buf + 2, s, u - 785, 1, scratch);  /* elementwise */
        else if (u < 787) part22(buf + 3, s, u - 786, 72, scratch);  /* rand_uniform */
        else if (u < 788) part23(buf + 4, s, u - 787, 8, scratch);  /* rand_uniform */
        else if (u < 789) part24(buf + 5, s, u - 788, 2048, scratch);  /* rand_uniform */
        else if (u < 790) part25(buf + 6, s, u - 789, 16, scratch);  /* rand_uniform */
        else if (u < 792) part26(buf + 7, s, u - 790, 8192, scratch);  /* rand_uniform */
        else if (u < 793) part27(buf + 8, s, u - 792, 32, scratch);  /* rand_uniform */
        else if (u < 797) part28(buf + 9, s, u - 793, 16384, scratch);  /* rand_uniform */
        else if (u < 798) part29(buf + 10, s, u - 797, 32, scratch);  /* rand_uniform */
        else if (u < 799) part30(buf + 11, s, u - 798, 288, scratch);  /* rand_uniform */
        else if (u < 800) part31(buf + 12, s, u - 799, 1, scratch);  /* rand_uniform */
        else if (u < 801) part32(buf + 13, s, u - 800, 1, scratch);  /* elementwise */
        else if (u < 802) part32(buf + 14, s, u - 801, 1, scratch);  /* elementwise */
        else if (u < 803) part33(buf + 15, s, u - 802, 72, scratch);  /* elementwise */
        else if (u < 804) part33(buf + 16, s, u - 803, 72, scratch);  /* elementwise */
        else if (u < 805) part33(buf + 17, s, u - 804, 8, scratch);  /* elementwise */
        else if (u < 806) part33(buf + 18, s, u - 805, 8, scratch);  /* elementwise */
        else if (u < 807) part33(buf + 19, s, u - 806, 2048, scratch);  /* elementwise */
        else if (u < 808) part33(buf + 20, s, u - 807, 2048, scratch);  /* elementwise */
        else if (u < 809) part33(buf + 21, s, u - 808, 16, scratch);  /* elementwise */
        else if (u < 810) part33(buf + 22, s, u - 809, 16, scratch);  /* elementwise */
        else if (u < 812) part33(buf + 23, s, u - 810, 8192, scratch);  /* elementwise */
        else if (u < 814) part33(buf + 24, s, u - 812, 8192, scratch);  /* elementwise */
        else if (u < 815) part33(buf + 25, s, u - 814, 32, scratch);  /* elementwise */
        else if (u < 816) part33(buf + 26, s, u - 815, 32, scratch);  /* elementwise */
        else if (u < 820) part33(buf + 27, s, u - 816, 16384, scratch);  /* elementwise */
        else if (u < 824) part33(buf + 28, s, u - 820, 16384, scratch);  /* elementwise */
        else if (u < 825) part33(buf + 29, s, u - 824, 32, scratch);  /* elementwise */
        else if (u < 826) part33(buf + 30, s, u - 825, 32, scratch);  /* elementwise */
        else if (u < 827) part33(buf + 31, s, u - 826, 288, scratch);  /* elementwise */
        else if (u < 828) part33(buf + 32, s, u - 827, 288, scratch);  /* elementwise */
        else if (u < 829) part34(buf + 33, s, u - 828, 1, scratch);  /* elementwise */
        else part34(buf + 34, s, u - 829, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 22: nest stage 0, 11 parts */
void k22(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 784) part35(buf + 0, s, u - 0, 3211264, scratch);  /* elementwise */
        else if (u < 785) part36(buf + 2, s, u - 784, 72, scratch);  /* elementwise */
        else if (u < 786) part36(buf + 5, s, u - 785, 8, scratch);  /* elementwise */
        else if (u < 787) part37(buf + 8, s, u - 786, 2048, scratch);  /* elementwise */
        else if (u < 788) part37(buf + 11, s, u - 787, 16, scratch);  /* elementwise */
        else if (u < 790) part38(buf + 14, s, u - 788, 8192, scratch);  /* elementwise */
        else if (u < 791) part38(buf + 17, s, u - 790, 32, scratch);  /* elementwise */
        else if (u < 795) part39(buf + 20, s, u - 791, 16384, scratch);  /* elementwise */
        else if (u < 796) part39(buf + 23, s, u - 795, 32, scratch);  /* elementwise */
        else if (u < 797) part40(buf + 26, s, u - 796, 288, scratch);  /* elementwise */
        else part41(buf + 29, s, u - 797, 1, scratch);  /* elementwise */
    }
}
#endif
