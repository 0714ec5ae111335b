/* kernels.c - written by ebmcc 0.1.0: functions over ranges of units. */
#include "ebm_prelude.h"
#include "ebm.h"

#ifdef __clang__
/* it warns where it declines to vectorise */
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

static void part0(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_dense_size(128, 2) > 256u) __builtin_trap();
    ebm_pack_dense_range(b0, b1, 128, 2, 2, 1, unit, unit + 1);
}

static void part1(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_dense_size(128, 128) > 16384u) __builtin_trap();
    ebm_pack_dense_range(b0, b1, 128, 128, 128, 1, unit, unit + 1);
}

static void part2(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_dense_size(128, 128) > 16384u) __builtin_trap();
    ebm_pack_dense_range(b0, b1, 128, 128, 1, 128, unit, unit + 1);
}

static void part3(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_dense_size(2, 128) > 256u) __builtin_trap();
    ebm_pack_dense_range(b0, b1, 2, 128, 1, 2, unit, unit + 1);
}

static void part4(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    if (ebm_pack_dense_size(1, 128) > 128u) __builtin_trap();
    ebm_pack_dense_range(b0, b1, 1, 128, 1, 1, unit, unit + 1);
}

static void part5(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const int64_t blocks = (s->batch + 63) / 64;
    ebm_combine(b0, b1, blocks, n, lo, hi);
}

static void part6(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part7(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    float term[4096];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b1[i] * b1[i];
        term[i - lo] = x0;
    }
    b0[0] = ebm_block_sum(term, 0, hi - lo);
}

static void part8(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part9(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    ebm_combine(b0, b1, n, 1, 0, 1);
}

static void part10(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    float *b6 = buf[6];
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
    const float x11 = x10 + x1;
    b6[0] = x11;
}

static void part11(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    float *b1 = buf[1];
    const float *b2 = buf[2];
    float *b3 = buf[3];
    float *b4 = buf[4];
    float *b5 = buf[5];
    float *b6 = buf[6];
    float *b7 = buf[7];
    float *b8 = buf[8];
    const float x0 = b0[0];
    const float x1 = x0 * 0x1.ccccccp-1f;
    const float x2 = b1[0];
    const float x3 = x2 * 0x1.ff7ceep-1f;
    const float x4 = 0x1p+0f - x1;
    const float x5 = s->f[4];
    const float x6 = x5 / x4;
    const float x7 = 0x1p+0f - x3;
    const float x8 = ebm_sqrt(x7);
    const float x9 = 0x1p+0f / x8;
    const float x10 = b2[0];
    const float x11 = x10 * 0x1.99999ap-4f;
    const float x12 = b3[0];
    const float x13 = x12 * 0x1.ccccccp-1f;
    const float x14 = x11 + x13;
    const float x15 = x10 * x10;
    const float x16 = x15 * 0x1.0624dep-10f;
    const float x17 = b4[0];
    const float x18 = x17 * 0x1.ff7ceep-1f;
    const float x19 = x16 + x18;
    const float x20 = ebm_sqrt(x19);
    b0[0] = x1;
    b1[0] = x3;
    b3[0] = x14;
    b4[0] = x19;
    b5[0] = x6;
    b6[0] = x9;
    b7[0] = x14;
    b8[0] = x20;
}

static void part12(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int32_t *b1 = buf[1];
    const float *b2 = buf[2];
    for (int64_t i = 0; i < s->batch; i++) {
        const int64_t at = b1[i] >= 10000 ? 9999 : b1[i];
        if (at < 0) continue;
        for (int64_t j = 0; j < 2; j++) b0[at * 2 + j] = b2[i * 2 + j];
    }
}

static void part13(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    float *b2 = buf[2];
    float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    float *b6 = buf[6];
    float *b7 = buf[7];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x9 = b4[0];
    const float x12 = b5[0];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] + b1[i];
        const float x1 = x0 * 0x1.99999ap-4f;
        const float x2 = b2[i] * 0x1.ccccccp-1f;
        const float x3 = x1 + x2;
        const float x4 = x0 * x0;
        const float x5 = x4 * 0x1.0624dep-10f;
        const float x6 = b3[i] * 0x1.ff7ceep-1f;
        const float x7 = x5 + x6;
        const float x8 = ebm_sqrt(x7);
        const float x10 = x8 * x9;
        const float x11 = x10 + 0x1.5798eep-27f;
        const float x13 = x3 * x12;
        const float x14 = x13 / x11;
        const float x15 = b6[i] - x14;
        const float x16 = x15 * 0x1.0624dep-10f;
        b3[i] = x7;
        b2[i] = x3;
        b6[i] = x15;
        b7[i] = x16;
    }
}

static void part14(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    float *b5 = buf[5];
    float *b6 = buf[6];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x8 = b3[0];
    const float x11 = b4[0];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.99999ap-4f;
        const float x1 = b1[i] * 0x1.ccccccp-1f;
        const float x2 = x0 + x1;
        const float x3 = b0[i] * b0[i];
        const float x4 = x3 * 0x1.0624dep-10f;
        const float x5 = b2[i] * 0x1.ff7ceep-1f;
        const float x6 = x4 + x5;
        const float x7 = ebm_sqrt(x6);
        const float x9 = x7 * x8;
        const float x10 = x9 + 0x1.5798eep-27f;
        const float x12 = x2 * x11;
        const float x13 = x12 / x10;
        const float x14 = b5[i] - x13;
        const float x15 = x14 * 0x1.0624dep-10f;
        b2[i] = x6;
        b1[i] = x2;
        b5[i] = x14;
        b6[i] = x15;
    }
}

static void part15(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    float *b5 = buf[5];
    float *b6 = buf[6];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x8 = b3[0];
    const float x11 = b4[0];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.99999ap-4f;
        const float x1 = b1[i] * 0x1.ccccccp-1f;
        const float x2 = x0 + x1;
        const float x3 = b0[i] * b0[i];
        const float x4 = x3 * 0x1.0624dep-10f;
        const float x5 = b2[i] * 0x1.ff7ceep-1f;
        const float x6 = x4 + x5;
        const float x7 = ebm_sqrt(x6);
        const float x9 = x8 * x7;
        const float x10 = x9 + 0x1.5798eep-27f;
        const float x12 = x11 * x2;
        const float x13 = x12 / x10;
        const float x14 = b5[i] - x13;
        const float x15 = x14 * 0x1.0624dep-10f;
        b2[i] = x6;
        b1[i] = x2;
        b5[i] = x14;
        b6[i] = x15;
    }
}

static void part16(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    float *b4 = buf[4];
    int32_t *b5 = buf[5];
    int32_t *b6 = buf[6];
    float *b7 = buf[7];
    const float *b8 = buf[8];
    const float *b9 = buf[9];
    const float *b10 = buf[10];
    float *b11 = buf[11];
    float *b12 = buf[12];
    const float x0 = b0[0];
    const float x1 = b1[0];
    const float x2 = x0 * x1;
    const float x3 = x2 + 0x1.5798eep-27f;
    const float x4 = b2[0];
    const float x5 = b3[0];
    const float x6 = x4 * x5;
    const float x7 = x6 / x3;
    const float x8 = b4[0];
    const float x9 = x8 - x7;
    const int32_t x10 = (int32_t)s->i[1];
    const int32_t x11 = b5[0];
    const int32_t x12 = (int32_t)((uint32_t)x10 + (uint32_t)x11);
    const int32_t x13 = (10000 == 0 || 10000 == -1 ? 0 : (x12 % (10000 ? 10000 : 1) + (10000 ? 10000 : 1)) % (10000 ? 10000 : 1));
    const int32_t x14 = b6[0];
    const int32_t x15 = (int32_t)((uint32_t)x10 + (uint32_t)x14);
    const int32_t x16 = (x15 < 10000 ? x15 : 10000);
    const float x17 = x9 * 0x1.0624dep-10f;
    const float x18 = b7[0];
    const float x19 = x18 * 0x1.ff7ceep-1f;
    const float x20 = x17 + x19;
    const float x21 = b8[0];
    const float x22 = s->f[5];
    const float x23 = x21 / x22;
    const float x24 = b9[0];
    const float x25 = x24 / x22;
    const float x26 = x23 - x25;
    const float x27 = b10[0];
    const float x28 = ebm_sqrt(x27);
    b4[0] = x9;
    b5[0] = x13;
    b6[0] = x16;
    b7[0] = x20;
    b11[0] = x26;
    b12[0] = x28;
}

static void part17(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.ff7ceep-1f;
        const float x1 = b1[i] + x0;
        b0[i] = x1;
    }
}

static void part18(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const int64_t blocks = (s->batch + 63) / 64;
    for (int64_t i = lo; i < hi; i++) {
        float all = b1[i];
        for (int64_t b = 1; b < blocks; b++) {
            const float x = b1[b * n + i];
            all = ebm_max(all, x);
        }
        b0[i] = all;
    }
}

static void part19(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    const float x0 = b0[0];
    const float x1 = s->f[0];
    const float x2 = x0 / x1;
    b1[0] = x2;
}

static void part20(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    float *b3 = buf[3];
    float *b4 = buf[4];
    float *b5 = buf[5];
    const float x0 = b0[0];
    const float x1 = ebm_log(x0);
    const float x2 = b1[0];
    const float x3 = x2 + x1;
    const float x4 = x3 + (-0x1.f4bd2cp+2f);
    const float x5 = b2[0];
    const float x6 = x4 + x5;
    const float x7 = x6 - 0x1.020c4ap+0f;
    b3[0] = x4;
    b4[0] = x6;
    b5[0] = x7;
}

static void part21(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0xa4205fda3970c1ceull, (uint32_t)0);
}

static void part22(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    int32_t *b0 = buf[0];
    b0[0] = 0;
}

static void part23(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x9a062d2d01951dfull, (uint32_t)0);
}

static void part24(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x5da84c6915f60d30ull, (uint32_t)0);
}

static void part25(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x382a550084a67a05ull, (uint32_t)0);
}

static void part26(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x4dcd1600cae84566ull, (uint32_t)0);
}

static void part27(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0xa35af8745ee7ea85ull, (uint32_t)0);
}

static void part28(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x45c4364dedb4a33cull, (uint32_t)0);
}

static void part29(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    b0[0] = 0x1p+0f;
}

static void part30(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        b0[i] = 0x0p+0f;
    }
}

static void part31(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    b0[0] = 0x0p+0f;
}

static void part32(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.8p+2f;
        const float x1 = x0 + (-0x1.8p+1f);
        b1[i] = x1;
    }
}

static void part33(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] * 0x1.6a09e6p+0f;
        const float x1 = x0 + (-0x1.6a09e6p-1f);
        b1[i] = x1;
        b2[i] = x1;
    }
}

static void part34(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part35(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    float *b2 = buf[2];
    const float x0 = b0[0];
    const float x1 = x0 * 0x1.6a09e6p-3f;
    const float x2 = x1 + (-0x1.6a09e6p-4f);
    b1[0] = x2;
    b2[0] = x2;
}


/* lt of [B] and other sizes, 3 times */
EBM_SHARED void tile0(float h0, float *v0, int32_t *v1) {
    enum { T = 32 };
#pragma omp simd
    for (int t = 0; t < T; t++) {
        const int32_t x0 = v0[0 * T + t] < h0;
        v1[0 * T + t] = x0;
    }
}

/* sigmoid, mul, sub, add of [B,128], 8 times */
EBM_SHARED void tile1(float *v0, float *v1, float *v2) {
    enum { T = 32 };
    for (int i0 = 0; i0 < 128; i0++) {
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

/* sigmoid, mul, sub, add of [B,128], 2 times */
EBM_SHARED void tile2(const float *b0, float *v0, float *v1) {
    enum { T = 32 };
    for (int i0 = 0; i0 < 128; i0++) {
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

/* mul of [B,128], 5 times */
EBM_SHARED void tile3(float *v0, float *v1, float *v2) {
    enum { T = 32 };
    for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x0 = v0[i0 * T + t] * v1[i0 * T + t];
            v2[i0 * T + t] = x0;
        }
    }
}

/* mul, cos, sin, sub of [B], 2 times */
EBM_SHARED void tile4(float *v0, float *v1, float *v2, float *v3, float *v4) {
    enum { T = 32 };
#pragma omp simd
    for (int t = 0; t < T; t++) {
        const float x0 = v0[0 * T + t] * 0x1.921fb6p+1f;
        const float x1 = ebm_cos(x0);
        const float x2 = ebm_sin(x0);
        const float x3 = 0x1p+0f - x1;
        const float x4 = 0x1p-1f - x2;
        v1[0 * T + t] = x1;
        v2[0 * T + t] = x2;
        v3[0 * T + t] = x3;
        v4[0 * T + t] = x4;
    }
}

/* select, mul, add of [B,2], 2 times */
EBM_SHARED void tile5(float *v0, float *v1, float *v2, float *v3, int32_t *v4, float *v5, float *v6) {
    enum { T = 32 };
    for (int i0 = 0; i0 < 2; i0++) {
        const int64_t n0 = ((i0 - 1) < 0 ? 0 : (i0 - 1));
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x0 = i0 < 1 ? v0[0 * T + t] : v1[0 * T + t];
            const float x1 = i0 < 1 ? v2[0 * T + t] : v3[0 * T + t];
            const float x2 = v4[0 * T + t] ? x0 : x1;
            const float x3 = v5[i0 * T + t] * 0x1.99999ap-4f;
            const float x4 = x2 + x3;
            v6[i0 * T + t] = x4;
        }
    }
}

/* sigmoid, mul of [B,128], 4 times */
EBM_SHARED void tile6(float *v0, float *v1) {
    enum { T = 32 };
    for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const float x0 = ebm_sigmoid(v0[i0 * T + t]);
            const float x1 = v0[i0 * T + t] * x0;
            v1[i0 * T + t] = x1;
        }
    }
}

/* sigmoid, mul, sub, add of [B,128], 2 times */
EBM_SHARED void tile7(const float *b0, float *v0, float *v1, float *v2) {
    enum { T = 32 };
    for (int i0 = 0; i0 < 128; i0++) {
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
/* kernel 0: nest stage 0, 4 parts */
void k0(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 1: region level 0, tiles of 32 samples
 *   source 0:32, 0:16, 0:17, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 0:18, 0:16
 *   66580 flops per sample (run-time loops counted once), 49664 bytes of scratch
 */
void k1(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* state 0 [10000,2] */
    const float *b1 = buf[1];  /* pack of v50 [128,2] */
    const float *b2 = buf[2];  /* state 4 [128] */
    const float *b3 = buf[3];  /* pack of v57 [128,128] */
    const float *b4 = buf[4];  /* state 6 [128] */
    const float *b5 = buf[5];  /* state 7 [1,128] */
    const float *b6 = buf[6];  /* pack of v57 [128,128] */
    const float *b7 = buf[7];  /* pack of v50 [128,2] */
    float *b8 = buf[8];  /* value of v88 [B,2] */
    float *const tiles = (float *)scratch;
    int32_t *v33 = (int32_t *)tiles + 0;  /* [1][T] */
    float *v35 = tiles + 32;  /* [2][T] */
    float *v36 = tiles + 0;  /* [1][T] */
    int32_t *v38 = (int32_t *)tiles + 96;  /* [1][T] */
    float *v39 = tiles + 128, *v45 = tiles + 192, *w87_0 = tiles + 0, *v48 = tiles + 64;  /* [2][T] */
    float *v54 = tiles + 128, *v56 = tiles + 4224, *v77 = tiles + 8320, *v61 = tiles + 128;  /* [128][T] */
    float *v73 = tiles + 4224, *v74 = tiles + 128, *v78 = tiles + 4224;  /* [128][T] */
    float *v79 = tiles + 128;  /* [2][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        ebm_tile_int(v33, 1, T, s, 0x29363c0c507f0bd3ull, (uint32_t)0, sample0, valid, (uint32_t)10000);
        int32_t j35[T];
#pragma omp simd
        for (int t = 0; t < T; t++) {
            j35[t] = v33[0 * T + t] < 0 ? 0 : v33[0 * T + t] > 9999 ? 9999 : v33[0 * T + t];
        }
        ebm_tile_gather(v35, b0, j35, 2, T);
        ebm_tile_uniform(v36, 1, T, s, 0xbec1665d38531b0cull, (uint32_t)0, sample0, valid);
        tile0(0x1.e66666p-1f, v36, v38);
        ebm_tile_uniform(v39, 2, T, s, 0x66b7432ace1bccbull, (uint32_t)0, sample0, valid);
        for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x1 = v39[i0 * T + t] * 0x1.8p+2f;
                const float x2 = x1 + (-0x1.8p+1f);
                const float x3 = v38[0 * T + t] ? v35[i0 * T + t] : x2;
                v45[i0 * T + t] = x3;
            }
        }
        for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                w87_0[i0 * T + t] = v45[i0 * T + t];
            }
        }
        const int32_t x4 = (int32_t)s->i[0];
        for (int64_t k87 = 0; k87 < x4; k87++) {
            ebm_tile_normal(v48, 2, T, s, 0x55b3eff43fb6de75ull, (uint32_t)(int32_t)k87, sample0, valid);
            ebm_tile_dense(v54, b1, w87_0, b2, 128, 2, T);
            tile1(v54, v56, v77);
            ebm_tile_dense(v61, b3, v56, b4, 128, 128, T);
            tile2(b5, v61, v73);
            ebm_tile_dense(v74, b6, v73, NULL, 128, 128, T);
            tile3(v74, v77, v78);
            ebm_tile_dense(v79, b7, v78, NULL, 2, 128, T);
            const float x18 = s->f[0];
            const float x21 = s->f[1];
            for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x19 = v79[i0 * T + t] * x18;
                    const float x20 = w87_0[i0 * T + t] - x19;
                    const float x22 = v48[i0 * T + t] * x21;
                    const float x23 = x20 + x22;
                    w87_0[i0 * T + t] = x23;
                }
            }
        }
        ebm_tile_store(b8, w87_0, row, valid, 2, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 2: nest stage 1, 1 part */
void k2(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part4(buf + 0, s, u - 0, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 3: region level 1, tiles of 32 samples, sums over blocks of 64
 *   source 0:8, 0:9, 0:10, 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19
 *   199724 flops per sample (run-time loops counted once), 165376 bytes of scratch
 */
void k3(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* pack of v50 [128,2] */
    const float *b1 = buf[1];  /* state 4 [128] */
    const float *b2 = buf[2];  /* pack of v57 [128,128] */
    const float *b3 = buf[3];  /* state 6 [128] */
    const float *b4 = buf[4];  /* pack of v64 [1,128] */
    const float *b5 = buf[5];  /* state 8 [1] */
    float *b6 = buf[6];  /* sums of blocks of v102 [] */
    const float *b7 = buf[7];  /* value of v88 [B,2] */
    float *b8 = buf[8];  /* sums of blocks of v115 [] */
    const float *b9 = buf[9];  /* state 7 [1,128] */
    float *b10 = buf[10];  /* sums of blocks of v130 [1,128] */
    const float *b11 = buf[11];  /* pack of v57 [128,128] */
    float *b12 = buf[12];  /* sums of blocks of v136 [128,128] */
    float *b13 = buf[13];  /* sums of blocks of v141 [128,2] */
    float *b14 = buf[14];  /* sums of blocks of v147 [1,128] */
    float *b15 = buf[15];  /* sums of blocks of v155 [128,128] */
    float *b16 = buf[16];  /* sums of blocks of v162 [128,2] */
    float *b17 = buf[17];  /* sums of blocks of v164 [1] */
    float *b18 = buf[18];  /* sums of blocks of v165 [128] */
    float *b19 = buf[19];  /* sums of blocks of v166 [128] */
    const int32_t *b20 = buf[20];  /* state 1 [] */
    int32_t *b21 = buf[21];  /* value of v174 [B] */
    float *const tiles = (float *)scratch;
    float *v9 = tiles + 0, *v17 = tiles + 32, *v18 = tiles + 64, *v20 = tiles + 96;  /* [1][T] */
    float *v21 = tiles + 128, *v13 = tiles + 0;  /* [1][T] */
    int32_t *v15 = (int32_t *)tiles + 160;  /* [1][T] */
    float *v16 = tiles + 192, *v32 = tiles + 256;  /* [2][T] */
    float *v90 = tiles + 320, *v92 = tiles + 4416, *v159 = tiles + 8512, *v94 = tiles + 320;  /* [128][T] */
    float *v96 = tiles + 12608, *v151 = tiles + 16704;  /* [128][T] */
    float *v98 = tiles + 0;  /* [1][T] */
    float *v88 = tiles + 20800;  /* [2][T] */
    float *v105 = tiles + 320, *v107 = tiles + 20864, *v139 = tiles + 24960, *v109 = tiles + 320;  /* [128][T] */
    float *v111 = tiles + 29056, *v133 = tiles + 33152;  /* [128][T] */
    float *v113 = tiles + 32, *v126 = tiles + 64, *v142 = tiles + 96, *v144 = tiles + 128;  /* [1][T] */
    float *v134 = tiles + 320, *v135 = tiles + 29056, *v140 = tiles + 20864, *v152 = tiles + 24960;  /* [128][T] */
    float *v153 = tiles + 29056, *v154 = tiles + 320, *v160 = tiles + 4416, *v161 = tiles + 12608;  /* [128][T] */
    int32_t *v174 = (int32_t *)tiles + 0;  /* [1][T] */
    float *micro = (float *)(scratch + 148992);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t last = unit * 64 + 64, end = last < s->batch ? last : s->batch;
        const int64_t begin = unit * 64;
        float *p102 = ebm_sums_start(b6, unit, 1);
        float *p115 = ebm_sums_start(b8, unit, 1);
        float *p130 = ebm_sums_start(b10, unit, 128);
        float *p136 = ebm_sums_start(b12, unit, 16384);
        float *p141 = ebm_sums_start(b13, unit, 256);
        float *p147 = ebm_sums_start(b14, unit, 128);
        float *p155 = ebm_sums_start(b15, unit, 16384);
        float *p162 = ebm_sums_start(b16, unit, 256);
        float *p164 = ebm_sums_start(b17, unit, 1);
        float *p165 = ebm_sums_start(b18, unit, 128);
        float *p166 = ebm_sums_start(b19, unit, 128);
        for (int64_t row = begin; row < end; row += T) {
            const int valid = (int)(end - row < T ? end - row : T);
            const int64_t sample0 = s->first_sample + row;
            (void)sample0;
            (void)valid;
            ebm_tile_load(v88, b7, row, valid, 2, T);
            ebm_tile_uniform(v9, 1, T, s, 0x4f2ac42ebfe5ffbdull, (uint32_t)0, sample0, valid);
            tile4(v9, v17, v18, v20, v21);
            ebm_tile_uniform(v13, 1, T, s, 0x6d4ef207d20e47dull, (uint32_t)0, sample0, valid);
            tile0(0x1p-1f, v13, v15);
            ebm_tile_normal(v16, 2, T, s, 0xba85ad0af9d67d22ull, (uint32_t)0, sample0, valid);
            tile5(v17, v18, v20, v21, v15, v16, v32);
            ebm_tile_dense(v90, b0, v32, b1, 128, 2, T);
            tile1(v90, v92, v159);
            ebm_tile_dense(v94, b2, v92, b3, 128, 128, T);
            tile1(v94, v96, v151);
            ebm_tile_dense(v98, b4, v96, b5, 1, 128, T);
            ebm_tile_sum(p102, v98, 1, T, valid);
            ebm_tile_dense(v105, b0, v88, b1, 128, 2, T);
            tile1(v105, v107, v139);
            ebm_tile_dense(v109, b2, v107, b3, 128, 128, T);
            tile1(v109, v111, v133);
            ebm_tile_dense(v113, b4, v111, b5, 1, 128, T);
            ebm_tile_sum(p115, v113, 1, T, valid);
            const float x32 = s->f[2];
            const float x35 = s->f[3];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x33 = v113[0 * T + t] * x32;
                const float x34 = v98[0 * T + t] * x32;
                const float x36 = x33 - x35;
                const float x37 = x34 + x35;
                const float x38 = x36 + x37;
                v126[0 * T + t] = x36;
                v142[0 * T + t] = x37;
                v144[0 * T + t] = x38;
            }
            for (int i0 = 0; i0 < 128; i0++) {
                const float x39 = b9[i0];
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x40 = x39 * v126[0 * T + t];
                    const float x41 = x40 * v133[i0 * T + t];
                    v134[i0 * T + t] = x41;
                }
            }
            ebm_tile_outer(p130, v126, v111, 1, 128, T, valid, micro);
            ebm_tile_dense(v135, b11, v134, NULL, 128, 128, T);
            ebm_tile_outer(p136, v134, v107, 128, 128, T, valid, micro);
            tile3(v135, v139, v140);
            ebm_tile_outer(p141, v140, v88, 128, 2, T, valid, micro);
            for (int i0 = 0; i0 < 128; i0++) {
                const float x43 = b9[i0];
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x44 = x43 * v142[0 * T + t];
                    const float x45 = x44 * v151[i0 * T + t];
                    const float x46 = v134[i0 * T + t] + x45;
                    v152[i0 * T + t] = x45;
                    v153[i0 * T + t] = x46;
                }
            }
            ebm_tile_outer(p147, v142, v96, 1, 128, T, valid, micro);
            ebm_tile_dense(v154, b11, v152, NULL, 128, 128, T);
            ebm_tile_outer(p155, v152, v92, 128, 128, T, valid, micro);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x47 = v154[i0 * T + t] * v159[i0 * T + t];
                    const float x48 = v140[i0 * T + t] + x47;
                    v160[i0 * T + t] = x47;
                    v161[i0 * T + t] = x48;
                }
            }
            ebm_tile_outer(p162, v160, v32, 128, 2, T, valid, micro);
            ebm_tile_sum(p164, v144, 1, T, valid);
            ebm_tile_sum(p165, v153, 128, T, valid);
            ebm_tile_sum(p166, v161, 128, T, valid);
            const int32_t x49 = b20[0];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const int32_t x50 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x49);
                const int32_t x51 = (10000 == 0 || 10000 == -1 ? 0 : (x50 % (10000 ? 10000 : 1) + (10000 ? 10000 : 1)) % (10000 ? 10000 : 1));
                v174[0 * T + t] = x51;
            }
            ebm_tile_store_i32(b21, v174, row, valid, 1, T);
        }
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 4: nest stage 2, 11 parts */
void k4(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part5(buf + 0, s, u - 0, 1, scratch);  /* combined sum */
        else if (u < 2) part5(buf + 2, s, u - 1, 1, scratch);  /* combined sum */
        else if (u < 3) part5(buf + 4, s, u - 2, 128, scratch);  /* combined sum */
        else if (u < 7) part5(buf + 6, s, u - 3, 16384, scratch);  /* combined sum */
        else if (u < 8) part5(buf + 8, s, u - 7, 256, scratch);  /* combined sum */
        else if (u < 9) part5(buf + 10, s, u - 8, 128, scratch);  /* combined sum */
        else if (u < 13) part5(buf + 12, s, u - 9, 16384, scratch);  /* combined sum */
        else if (u < 14) part5(buf + 14, s, u - 13, 256, scratch);  /* combined sum */
        else if (u < 15) part5(buf + 16, s, u - 14, 1, scratch);  /* combined sum */
        else if (u < 16) part5(buf + 18, s, u - 15, 128, scratch);  /* combined sum */
        else part5(buf + 20, s, u - 16, 128, scratch);  /* combined sum */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 5: nest stage 2, 5 parts */
void k5(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part6(buf + 0, s, u - 0, 256, scratch);  /* sum */
        else if (u < 2) part7(buf + 3, s, u - 1, 128, scratch);  /* sum */
        else if (u < 6) part8(buf + 5, s, u - 2, 16384, scratch);  /* sum */
        else if (u < 7) part7(buf + 8, s, u - 6, 128, scratch);  /* sum */
        else part6(buf + 10, s, u - 7, 128, scratch);  /* sum */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 6: nest stage 2, 1 part */
void k6(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part9(buf + 0, s, u - 0, 4, scratch);  /* combined sum */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 7: nest stage 2, 1 part */
void k7(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part10(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 8: nest stage 2, 2 parts */
void k8(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part11(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
        else part12(buf + 9, s, u - 1, 1, scratch);  /* rows written */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 9: nest stage 2, 6 parts */
void k9(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part13(buf + 0, s, u - 0, 256, scratch);  /* elementwise */
        else if (u < 2) part14(buf + 8, s, u - 1, 128, scratch);  /* elementwise */
        else if (u < 6) part13(buf + 15, s, u - 2, 16384, scratch);  /* elementwise */
        else if (u < 7) part15(buf + 23, s, u - 6, 128, scratch);  /* elementwise */
        else if (u < 8) part13(buf + 30, s, u - 7, 128, scratch);  /* elementwise */
        else part16(buf + 38, s, u - 8, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 10: nest stage 2, 5 parts */
void k10(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part17(buf + 0, s, u - 0, 256, scratch);  /* elementwise */
        else if (u < 2) part17(buf + 2, s, u - 1, 128, scratch);  /* elementwise */
        else if (u < 6) part17(buf + 4, s, u - 2, 16384, scratch);  /* elementwise */
        else if (u < 7) part17(buf + 6, s, u - 6, 128, scratch);  /* elementwise */
        else part17(buf + 8, s, u - 7, 128, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 11: nest stage 0, 4 parts */
void k11(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 12: region level 0, tiles of 32 samples
 *   source 0:32, 0:18, 0:42, 0:16, 0:17, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 0:18
 *   66578 flops per sample (run-time loops counted once), 49664 bytes of scratch
 */
void k12(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* pack of v9 [128,2] */
    const float *b1 = buf[1];  /* state 10 [128] */
    const float *b2 = buf[2];  /* pack of v11 [128,128] */
    const float *b3 = buf[3];  /* state 12 [128] */
    const float *b4 = buf[4];  /* state 13 [1,128] */
    const float *b5 = buf[5];  /* pack of v11 [128,128] */
    const float *b6 = buf[6];  /* pack of v9 [128,2] */
    float *b7 = buf[7];  /* value of v49 [B,2] */
    float *const tiles = (float *)scratch;
    float *v14 = tiles + 0, *v16 = tiles + 64, *w48_0 = tiles + 0, *v20 = tiles + 64;  /* [2][T] */
    float *v23 = tiles + 128, *v25 = tiles + 4224, *v41 = tiles + 8320, *v28 = tiles + 128;  /* [128][T] */
    float *v37 = tiles + 4224, *v38 = tiles + 128, *v42 = tiles + 4224;  /* [128][T] */
    float *v43 = tiles + 128;  /* [2][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        ebm_tile_uniform(v14, 2, T, s, 0x932da401a72dbba2ull, (uint32_t)0, sample0, valid);
        for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x0 = v14[i0 * T + t] * 0x1.8p+2f;
                const float x1 = x0 + (-0x1.8p+1f);
                v16[i0 * T + t] = x1;
            }
        }
        for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                w48_0[i0 * T + t] = v16[i0 * T + t];
            }
        }
        for (int64_t k48 = 0; k48 < 500; k48++) {
            ebm_tile_normal(v20, 2, T, s, 0xb2dc07800d63faa3ull, (uint32_t)(int32_t)k48, sample0, valid);
            ebm_tile_dense(v23, b0, w48_0, b1, 128, 2, T);
            tile1(v23, v25, v41);
            ebm_tile_dense(v28, b2, v25, b3, 128, 128, T);
            tile2(b4, v28, v37);
            ebm_tile_dense(v38, b5, v37, NULL, 128, 128, T);
            tile3(v38, v41, v42);
            ebm_tile_dense(v43, b6, v42, NULL, 2, 128, T);
            const float x15 = s->f[0];
            const float x18 = s->f[1];
            for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x16 = x15 * v43[i0 * T + t];
                    const float x17 = w48_0[i0 * T + t] - x16;
                    const float x19 = x18 * v20[i0 * T + t];
                    const float x20 = x17 + x19;
                    w48_0[i0 * T + t] = x20;
                }
            }
        }
        ebm_tile_store(b7, w48_0, row, valid, 2, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 13: nest stage 0, 3 parts */
void k13(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else part4(buf + 4, s, u - 2, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 14: region level 0, tiles of 32 samples, sums over blocks of 64
 *   source 0:8, 0:9, 0:10, 0:36, 2:19, 0:8, 0:9, 0:10, 1:8, 2:16, 2:19, 3:9
 *   67106 flops per sample (run-time loops counted once), 34048 bytes of scratch
 */
void k14(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* pack of v9 [128,2] */
    const float *b1 = buf[1];  /* state 10 [128] */
    const float *b2 = buf[2];  /* pack of v11 [128,128] */
    const float *b3 = buf[3];  /* state 12 [128] */
    const float *b4 = buf[4];  /* pack of v13 [1,128] */
    const float *b5 = buf[5];  /* state 14 [1] */
    float *b6 = buf[6];  /* value of v75 [B,1] */
    float *b7 = buf[7];  /* sums of blocks of v78 [] */
    float *b8 = buf[8];  /* sums of blocks of v99 [] */
    float *const tiles = (float *)scratch;
    float *v19 = tiles + 0, *v24 = tiles + 32, *v25 = tiles + 64, *v26 = tiles + 96;  /* [1][T] */
    float *v27 = tiles + 128, *v21 = tiles + 0;  /* [1][T] */
    int32_t *v22 = (int32_t *)tiles + 160;  /* [1][T] */
    float *v23 = tiles + 192, *v37 = tiles + 256;  /* [2][T] */
    float *v48 = tiles + 0, *v56 = tiles + 32;  /* [1][T] */
    float *v65 = tiles + 64;  /* [2][T] */
    float *v67 = tiles + 320, *v69 = tiles + 4416, *v71 = tiles + 320, *v73 = tiles + 4416;  /* [128][T] */
    float *v75 = tiles + 0, *v77 = tiles + 32;  /* [1][T] */
    float *v89 = tiles + 320, *v91 = tiles + 4416, *v93 = tiles + 0, *v95 = tiles + 4096;  /* [128][T] */
    float *v97 = tiles + 0;  /* [1][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t last = unit * 64 + 64, end = last < s->batch ? last : s->batch;
        const int64_t begin = unit * 64;
        float *p78 = b7 + unit * 1;
        for (int64_t i = 0; i < 1; i++) p78[i] = -__builtin_inff();
        float *p99 = ebm_sums_start(b8, unit, 1);
        for (int64_t row = begin; row < end; row += T) {
            const int valid = (int)(end - row < T ? end - row : T);
            const int64_t sample0 = s->first_sample + row;
            (void)sample0;
            (void)valid;
            ebm_tile_uniform(v19, 1, T, s, 0xead737dcd940966bull, (uint32_t)0, sample0, valid);
            tile4(v19, v24, v25, v26, v27);
            ebm_tile_uniform(v21, 1, T, s, 0xa88cb65c5634c85full, (uint32_t)0, sample0, valid);
            tile0(0x1p-1f, v21, v22);
            ebm_tile_normal(v23, 2, T, s, 0x99213eec82873e13ull, (uint32_t)0, sample0, valid);
            tile5(v24, v25, v26, v27, v22, v23, v37);
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const int32_t x12 = (1 == 0 || 1 == -1 ? 0 : ((int32_t)(sample0 + t) % (1 ? 1 : 1) + (1 ? 1 : 1)) % (1 ? 1 : 1));
                const int32_t x13 = (int32_t)((uint32_t)(int32_t)(sample0 + t) - (uint32_t)x12);
                const float x14 = (float)x13;
                const int32_t x15 = (x14 >= 0x1p31f ? 2147483647 : x14 >= -0x1p31f ? (int32_t)x14 : x14 < 0.0f ? (-2147483647 - 1) : 0);
                const int32_t x16 = (400 == 0 || 400 == -1 ? 0 : (x15 % (400 ? 400 : 1) + (400 ? 400 : 1)) % (400 ? 400 : 1));
                const float x17 = (float)x16;
                v48[0 * T + t] = x17;
            }
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const int32_t x18 = (400 == 0 || 400 == -1 ? 0 : ((int32_t)(sample0 + t) % (400 ? 400 : 1) + (400 ? 400 : 1)) % (400 ? 400 : 1));
                const int32_t x19 = (int32_t)((uint32_t)(int32_t)(sample0 + t) - (uint32_t)x18);
                const float x20 = (float)x19;
                const float x21 = x20 * 0x1.47ae14p-9f;
                const int32_t x22 = (x21 >= 0x1p31f ? 2147483647 : x21 >= -0x1p31f ? (int32_t)x21 : x21 < 0.0f ? (-2147483647 - 1) : 0);
                const int32_t x23 = (400 == 0 || 400 == -1 ? 0 : (x22 % (400 ? 400 : 1) + (400 ? 400 : 1)) % (400 ? 400 : 1));
                const float x24 = (float)x23;
                v56[0 * T + t] = x24;
            }
            for (int i0 = 0; i0 < 2; i0++) {
                const int64_t n25 = ((i0 - 1) < 0 ? 0 : (i0 - 1));
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x26 = i0 < 1 ? v48[0 * T + t] : v56[0 * T + t];
                    const float x27 = x26 + 0x1p-1f;
                    const float x28 = x27 * 0x1.47ae14p-6f;
                    const float x29 = x28 + (-0x1p+2f);
                    v65[i0 * T + t] = x29;
                }
            }
            ebm_tile_dense(v67, b0, v65, b1, 128, 2, T);
            tile6(v67, v69);
            ebm_tile_dense(v71, b2, v69, b3, 128, 128, T);
            tile6(v71, v73);
            ebm_tile_dense(v75, b4, v73, b5, 1, 128, T);
            ebm_tile_store(b6, v75, row, valid, 1, T);
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x34 = -v75[0 * T + t];
                v77[0 * T + t] = x34;
            }
            {
                float acc[T];
#pragma omp simd
                for (int t = 0; t < T; t++) acc[t] = -__builtin_inff();
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    acc[t] = ebm_max(acc[t], v77[0 * T + t]);
                }
                for (int t = 0; t < valid; t++) {
                    p78[0] = ebm_max(p78[0], acc[t]);
                }
            }
            ebm_tile_dense(v89, b0, v37, b1, 128, 2, T);
            tile6(v89, v91);
            ebm_tile_dense(v93, b2, v91, b3, 128, 128, T);
            tile6(v93, v95);
            ebm_tile_dense(v97, b4, v95, b5, 1, 128, T);
            ebm_tile_sum(p99, v97, 1, T, valid);
        }
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 15: nest stage 1, 2 parts */
void k15(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part18(buf + 0, s, u - 0, 1, scratch);  /* combined sum */
        else part5(buf + 2, s, u - 1, 1, scratch);  /* combined sum */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 16: nest stage 1, 1 part */
void k16(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part19(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 17: region level 1, tiles of 32 samples, sums over blocks of 64
 *   source 1:14
 *   3 flops per sample (run-time loops counted once), 256 bytes of scratch
 */
void k17(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* value of v75 [B,1] */
    const float *b1 = buf[1];  /* value of v78 [] */
    float *b2 = buf[2];  /* sums of blocks of v83 [] */
    float *const tiles = (float *)scratch;
    float *v75 = tiles + 0, *v82 = tiles + 32;  /* [1][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t last = unit * 64 + 64, end = last < s->batch ? last : s->batch;
        const int64_t begin = unit * 64;
        float *p83 = ebm_sums_start(b2, unit, 1);
        for (int64_t row = begin; row < end; row += T) {
            const int valid = (int)(end - row < T ? end - row : T);
            const int64_t sample0 = s->first_sample + row;
            (void)sample0;
            (void)valid;
            ebm_tile_load(v75, b0, row, valid, 1, T);
            const float x0 = b1[0];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x1 = v75[0 * T + t] + x0;
                const float x2 = -x1;
                const float x3 = ebm_exp(x2);
                v82[0 * T + t] = x3;
            }
            ebm_tile_sum(p83, v82, 1, T, valid);
        }
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 18: nest stage 2, 1 part */
void k18(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part5(buf + 0, s, u - 0, 1, scratch);  /* combined sum */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 19: nest stage 2, 1 part */
void k19(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part20(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 20: nest stage 0, 5 parts */
void k20(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part4(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part2(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else part3(buf + 8, s, u - 4, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 21: region level 0, tiles of 32 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66828 flops per sample (run-time loops counted once), 65792 bytes of scratch
 */
void k21(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* pack of v0 [128,2] */
    const float *b1 = buf[1];  /* state 4 [128] */
    const int32_t *b2 = buf[2];  /* data rows, draw 0.0 */
    const float *b3 = buf[3];  /* data field 0.0 */
    const float *b4 = buf[4];  /* pack of v3 [128,128] */
    const float *b5 = buf[5];  /* state 6 [128] */
    const float *b6 = buf[6];  /* state 7 [1,128] */
    const float *b7 = buf[7];  /* pack of v6 [1,128] */
    const float *b8 = buf[8];  /* state 8 [1] */
    float *b9 = buf[9];  /* value of v19 [B,1] */
    const float *b10 = buf[10];  /* pack of v3 [128,128] */
    const float *b11 = buf[11];  /* pack of v0 [128,2] */
    float *b12 = buf[12];  /* value of v33 [B,2] */
    float *const tiles = (float *)scratch;
    float *v9 = tiles + 0;  /* [2][T] */
    float *v11 = tiles + 64, *v13 = tiles + 4160, *v31 = tiles + 8256, *v15 = tiles + 0;  /* [128][T] */
    float *v17 = tiles + 4096, *v27 = tiles + 12352;  /* [128][T] */
    float *v19 = tiles + 0;  /* [1][T] */
    float *v28 = tiles + 0, *v32 = tiles + 4096;  /* [128][T] */
    float *v33 = tiles + 0;  /* [2][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        int32_t d9[T];
        ebm_tile_load_i32(d9, b2, row, valid, 1, T);
        ebm_tile_gather(v9, b3, d9, 2, T);
        ebm_tile_dense(v11, b0, v9, b1, 128, 2, T);
        tile1(v11, v13, v31);
        ebm_tile_dense(v15, b4, v13, b5, 128, 128, T);
        tile7(b6, v15, v17, v27);
        ebm_tile_dense(v19, b7, v17, b8, 1, 128, T);
        ebm_tile_store(b9, v19, row, valid, 1, T);
        ebm_tile_dense(v28, b10, v27, NULL, 128, 128, T);
        tile3(v28, v31, v32);
        ebm_tile_dense(v33, b11, v32, NULL, 2, 128, T);
        ebm_tile_store(b12, v33, row, valid, 2, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 22: nest stage 0, 5 parts */
void k22(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part4(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part2(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else part3(buf + 8, s, u - 4, 1, scratch);  /* pack */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 23: region level 0, tiles of 32 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66828 flops per sample (run-time loops counted once), 65792 bytes of scratch
 */
void k23(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];  /* pack of v0 [128,2] */
    const float *b1 = buf[1];  /* state 10 [128] */
    const int32_t *b2 = buf[2];  /* data rows, draw 1.0 */
    const float *b3 = buf[3];  /* data field 1.0 */
    const float *b4 = buf[4];  /* pack of v2 [128,128] */
    const float *b5 = buf[5];  /* state 12 [128] */
    const float *b6 = buf[6];  /* state 13 [1,128] */
    const float *b7 = buf[7];  /* pack of v4 [1,128] */
    const float *b8 = buf[8];  /* state 14 [1] */
    float *b9 = buf[9];  /* value of v19 [B,1] */
    const float *b10 = buf[10];  /* pack of v2 [128,128] */
    const float *b11 = buf[11];  /* pack of v0 [128,2] */
    float *b12 = buf[12];  /* value of v33 [B,2] */
    float *const tiles = (float *)scratch;
    float *v9 = tiles + 0;  /* [2][T] */
    float *v11 = tiles + 64, *v13 = tiles + 4160, *v31 = tiles + 8256, *v15 = tiles + 0;  /* [128][T] */
    float *v17 = tiles + 4096, *v27 = tiles + 12352;  /* [128][T] */
    float *v19 = tiles + 0;  /* [1][T] */
    float *v28 = tiles + 0, *v32 = tiles + 4096;  /* [128][T] */
    float *v33 = tiles + 0;  /* [2][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        (void)valid;
        int32_t d9[T];
        ebm_tile_load_i32(d9, b2, row, valid, 1, T);
        ebm_tile_gather(v9, b3, d9, 2, T);
        ebm_tile_dense(v11, b0, v9, b1, 128, 2, T);
        tile1(v11, v13, v31);
        ebm_tile_dense(v15, b4, v13, b5, 128, 128, T);
        tile7(b6, v15, v17, v27);
        ebm_tile_dense(v19, b7, v17, b8, 1, 128, T);
        ebm_tile_store(b9, v19, row, valid, 1, T);
        ebm_tile_dense(v28, b10, v27, NULL, 128, 128, T);
        tile3(v28, v31, v32);
        ebm_tile_dense(v33, b11, v32, NULL, 2, 128, T);
        ebm_tile_store(b12, v33, row, valid, 2, T);
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 2
/* kernel 24: nest stage 0, 23 parts */
void k24(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 5) part21(buf + 0, s, u - 0, 20000, scratch);  /* rand_uniform */
        else if (u < 6) part22(buf + 1, s, u - 5, 1, scratch);  /* elementwise */
        else if (u < 7) part22(buf + 2, s, u - 6, 1, scratch);  /* elementwise */
        else if (u < 8) part23(buf + 3, s, u - 7, 256, scratch);  /* rand_uniform */
        else if (u < 9) part24(buf + 4, s, u - 8, 128, scratch);  /* rand_uniform */
        else if (u < 13) part25(buf + 5, s, u - 9, 16384, scratch);  /* rand_uniform */
        else if (u < 14) part26(buf + 6, s, u - 13, 128, scratch);  /* rand_uniform */
        else if (u < 15) part27(buf + 7, s, u - 14, 128, scratch);  /* rand_uniform */
        else if (u < 16) part28(buf + 8, s, u - 15, 1, scratch);  /* rand_uniform */
        else if (u < 17) part29(buf + 9, s, u - 16, 1, scratch);  /* elementwise */
        else if (u < 18) part29(buf + 10, s, u - 17, 1, scratch);  /* elementwise */
        else if (u < 19) part30(buf + 11, s, u - 18, 256, scratch);  /* elementwise */
        else if (u < 20) part30(buf + 12, s, u - 19, 256, scratch);  /* elementwise */
        else if (u < 21) part30(buf + 13, s, u - 20, 128, scratch);  /* elementwise */
        else if (u < 22) part30(buf + 14, s, u - 21, 128, scratch);  /* elementwise */
        else if (u < 26) part30(buf + 15, s, u - 22, 16384, scratch);  /* elementwise */
        else if (u < 30) part30(buf + 16, s, u - 26, 16384, scratch);  /* elementwise */
        else if (u < 31) part30(buf + 17, s, u - 30, 128, scratch);  /* elementwise */
        else if (u < 32) part30(buf + 18, s, u - 31, 128, scratch);  /* elementwise */
        else if (u < 33) part30(buf + 19, s, u - 32, 128, scratch);  /* elementwise */
        else if (u < 34) part30(buf + 20, s, u - 33, 128, scratch);  /* elementwise */
        else if (u < 35) part31(buf + 21, s, u - 34, 1, scratch);  /* elementwise */
        else part31(buf + 22, s, u - 35, 1, scratch);  /* elementwise */
    }
}
#endif

#if !defined EBM_UNIT || EBM_UNIT == 1
/* kernel 25: nest stage 0, 7 parts */
void k25(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 5) part32(buf + 0, s, u - 0, 20000, scratch);  /* elementwise */
        else if (u < 6) part33(buf + 2, s, u - 5, 256, scratch);  /* elementwise */
        else if (u < 7) part33(buf + 5, s, u - 6, 128, scratch);  /* elementwise */
        else if (u < 11) part34(buf + 8, s, u - 7, 16384, scratch);  /* elementwise */
        else if (u < 12) part34(buf + 11, s, u - 11, 128, scratch);  /* elementwise */
        else if (u < 13) part34(buf + 14, s, u - 12, 128, scratch);  /* elementwise */
        else part35(buf + 17, s, u - 13, 1, scratch);  /* elementwise */
    }
}
#endif
