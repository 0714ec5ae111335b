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
    const float *b0 = buf[0];
    float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x0 = s->f[3];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x1 = x0 * b0[i];
        b1[i] = x1;
    }
}

static void part7(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    float *b4 = buf[4];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x1 = s->f[2];
    const float x3 = s->f[3];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] + b1[i];
        const float x2 = x1 * x0;
        const float x4 = b2[i] * x3;
        const float x5 = x2 - x4;
        const float x6 = x3 * b3[i];
        const float x7 = x5 + x6;
        b4[i] = x7;
    }
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
    b0[0] = ebm_block_sum(term, 0, hi - lo);
}

static void part9(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part10(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    float *b4 = buf[4];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    const float x1 = s->f[2];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b0[i] + b1[i];
        const float x2 = x1 * x0;
        const float x3 = x2 - b2[i];
        const float x4 = x3 + b3[i];
        b4[i] = x4;
    }
}

static void part11(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    float term[4096];
#pragma omp simd
    for (int64_t i = lo; i < hi; i++) {
        const float x0 = b1[i] * b1[i];
        term[i - lo] = x0;
    }
    b0[unit] = ebm_block_sum(term, 0, hi - lo);
}

static void part12(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const float *b1 = buf[1];
    ebm_combine(b0, b1, n, 1, 0, 1);
}

static void part13(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part14(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part15(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int32_t *b1 = buf[1];
    const float *b2 = buf[2];
    for (int64_t i = 0; i < s->batch; i++) {
        const int64_t at = b1[i] >= 10000 ? 9999 : b1[i];
        if (at < 0) continue;
        for (int64_t j = 0; j < 2; j++) b0[at * 2 + j] = b2[i * 2 + j];
    }
}

static void part16(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part17(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part18(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part19(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part20(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part21(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part22(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    const float *b0 = buf[0];
    float *b1 = buf[1];
    const float x0 = b0[0];
    const float x1 = s->f[0];
    const float x2 = x0 / x1;
    b1[0] = x2;
}

static void part23(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
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

static void part24(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0xa4205fda3970c1ceull, (uint32_t)0);
}

static void part25(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    int32_t *b0 = buf[0];
    b0[0] = 0;
}

static void part26(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x9a062d2d01951dfull, (uint32_t)0);
}

static void part27(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x5da84c6915f60d30ull, (uint32_t)0);
}

static void part28(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x382a550084a67a05ull, (uint32_t)0);
}

static void part29(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x4dcd1600cae84566ull, (uint32_t)0);
}

static void part30(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0xa35af8745ee7ea85ull, (uint32_t)0);
}

static void part31(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *scratch) {
    float *b0 = buf[0];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    ebm_fill_uniform(b0, lo, hi, s, 0x45c4364dedb4a33cull, (uint32_t)0);
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
        const float x0 = b0[i] * 0x1.8p+2f;
        const float x1 = x0 + (-0x1.8p+1f);
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
        const float x0 = b0[i] * 0x1.6a09e6p+0f;
        const float x1 = x0 + (-0x1.6a09e6p-1f);
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
    const float x0 = b0[0];
    const float x1 = x0 * 0x1.6a09e6p-3f;
    const float x2 = x1 + (-0x1.6a09e6p-4f);
    b1[0] = x2;
    b2[0] = x2;
}


/* kernel 0: nest stage 0, 4 parts */
void k0(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
    }
}

/* kernel 1: region level 0, tiles of 32 samples
 *   source 0:32, 0:16, 0:17, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 0:18, 0:16
 *   66583 flops per sample (run-time loops counted once), 66048 bytes of scratch
 *   b0  in  state 0 [10000,2]
 *   b1  in  pack of v50 [128,2]
 *   b2  in  state 4 [128]
 *   b3  in  pack of v57 [128,128]
 *   b4  in  state 6 [128]
 *   b5  in  state 7 [1,128]
 *   b6  in  pack of v57 [128,128]
 *   b7  in  pack of v50 [128,2]
 *   b8  out value of v91 [B,2]
 */
void k1(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    const float *b6 = buf[6];
    const float *b7 = buf[7];
    float *b8 = buf[8];
    int32_t *v33 = (int32_t *)(scratch + 0);    /* [1][T] */
    float *v35 = (float *)(scratch + 128);    /* [2][T] */
    float *v36 = (float *)(scratch + 0);    /* [1][T] */
    int32_t *v38 = (int32_t *)(scratch + 384);    /* [1][T] */
    float *v39 = (float *)(scratch + 512);    /* [2][T] */
    float *v45 = (float *)(scratch + 768);    /* [2][T] */
    float *w90_0 = (float *)(scratch + 0);    /* [2][T] */
    float *v48 = (float *)(scratch + 256);    /* [2][T] */
    float *v54 = (float *)(scratch + 512);    /* [128][T] */
    float *v55 = (float *)(scratch + 16896);    /* [128][T] */
    float *v56 = (float *)(scratch + 33280);    /* [128][T] */
    float *v61 = (float *)(scratch + 49664);    /* [128][T] */
    float *v74 = (float *)(scratch + 33280);    /* [128][T] */
    float *v75 = (float *)(scratch + 49664);    /* [128][T] */
    float *v81 = (float *)(scratch + 33280);    /* [128][T] */
    float *v82 = (float *)(scratch + 512);    /* [2][T] */
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
#pragma omp simd
        for (int t = 0; t < T; t++) {
            const int32_t x0 = v36[0 * T + t] < 0x1.e66666p-1f;
            v38[0 * T + t] = x0;
        }
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
                w90_0[i0 * T + t] = v45[i0 * T + t];
            }
        }
        const int32_t x4 = (int32_t)s->i[0];
        for (int64_t k90 = 0; k90 < x4; k90++) {
            ebm_tile_normal(v48, 2, T, s, 0x55b3eff43fb6de75ull, (uint32_t)(int32_t)k90, sample0, valid);
            ebm_tile_dense(v54, b1, w90_0, b2, 128, 2, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x5 = ebm_sigmoid(v54[i0 * T + t]);
                    const float x6 = v54[i0 * T + t] * x5;
                    v55[i0 * T + t] = x5;
                    v56[i0 * T + t] = x6;
                }
            }
            ebm_tile_dense(v61, b3, v56, b4, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
                const float x8 = b5[i0];
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x7 = ebm_sigmoid(v61[i0 * T + t]);
                    const float x9 = x7 * x8;
                    const float x10 = v61[i0 * T + t] * x8;
                    const float x11 = 0x1p+0f - x7;
                    const float x12 = x7 * x11;
                    const float x13 = x10 * x12;
                    const float x14 = x9 + x13;
                    v74[i0 * T + t] = x14;
                }
            }
            ebm_tile_dense(v75, b6, v74, NULL, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x15 = v55[i0 * T + t] * v75[i0 * T + t];
                    const float x16 = v54[i0 * T + t] * v75[i0 * T + t];
                    const float x17 = 0x1p+0f - v55[i0 * T + t];
                    const float x18 = v55[i0 * T + t] * x17;
                    const float x19 = x16 * x18;
                    const float x20 = x15 + x19;
                    v81[i0 * T + t] = x20;
                }
            }
            ebm_tile_dense(v82, b7, v81, NULL, 2, 128, T);
            const float x21 = s->f[0];
            const float x24 = s->f[1];
            for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x22 = v82[i0 * T + t] * x21;
                    const float x23 = w90_0[i0 * T + t] - x22;
                    const float x25 = v48[i0 * T + t] * x24;
                    const float x26 = x23 + x25;
                    w90_0[i0 * T + t] = x26;
                }
            }
        }
        ebm_tile_store(b8, w90_0, row, valid, 2, T);
    }
}

/* kernel 2: nest stage 1, 1 part */
void k2(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part4(buf + 0, s, u - 0, 1, scratch);  /* pack */
    }
}

/* kernel 3: region level 1, tiles of 32 samples, sums over blocks of 64
 *   source 0:8, 0:9, 0:10, 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19
 *   330835 flops per sample (run-time loops counted once), 280064 bytes of scratch
 *   b0  in  pack of v50 [128,2]
 *   b1  in  state 4 [128]
 *   b2  in  pack of v57 [128,128]
 *   b3  in  state 6 [128]
 *   b4  in  pack of v63 [1,128]
 *   b5  in  state 8 [1]
 *   b6  out sums of blocks of v105 []
 *   b7  in  value of v91 [B,2]
 *   b8  out sums of blocks of v118 []
 *   b9  in  state 7 [1,128]
 *   b10  out sums of blocks of v128 [1,128]
 *   b11  in  pack of v57 [128,128]
 *   b12  out sums of blocks of v137 [128,128]
 *   b13  out sums of blocks of v150 [1,128]
 *   b14  out sums of blocks of v162 [128,128]
 *   b15  out sums of blocks of v178 [128]
 *   b16  out sums of blocks of v190 [128,128]
 *   b17  out sums of blocks of v201 [128,2]
 *   b18  out sums of blocks of v203 [128]
 *   b19  out sums of blocks of v214 [128,128]
 *   b20  out sums of blocks of v224 [128,2]
 *   b21  out sums of blocks of v226 [1]
 *   b22  out sums of blocks of v227 [128]
 *   b23  out sums of blocks of v228 [128]
 *   b24  in  state 1 []
 *   b25  out value of v236 [B]
 */
void k3(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    float *b6 = buf[6];
    const float *b7 = buf[7];
    float *b8 = buf[8];
    const float *b9 = buf[9];
    float *b10 = buf[10];
    const float *b11 = buf[11];
    float *b12 = buf[12];
    float *b13 = buf[13];
    float *b14 = buf[14];
    float *b15 = buf[15];
    float *b16 = buf[16];
    float *b17 = buf[17];
    float *b18 = buf[18];
    float *b19 = buf[19];
    float *b20 = buf[20];
    float *b21 = buf[21];
    float *b22 = buf[22];
    float *b23 = buf[23];
    const int32_t *b24 = buf[24];
    int32_t *b25 = buf[25];
    float *v9 = (float *)(scratch + 0);    /* [1][T] */
    float *v17 = (float *)(scratch + 128);    /* [1][T] */
    float *v18 = (float *)(scratch + 256);    /* [1][T] */
    float *v20 = (float *)(scratch + 384);    /* [1][T] */
    float *v21 = (float *)(scratch + 512);    /* [1][T] */
    float *v13 = (float *)(scratch + 0);    /* [1][T] */
    int32_t *v15 = (int32_t *)(scratch + 640);    /* [1][T] */
    float *v16 = (float *)(scratch + 768);    /* [2][T] */
    float *v32 = (float *)(scratch + 1024);    /* [2][T] */
    float *v93 = (float *)(scratch + 1280);    /* [128][T] */
    float *v94 = (float *)(scratch + 17664);    /* [128][T] */
    float *v95 = (float *)(scratch + 34048);    /* [128][T] */
    float *v97 = (float *)(scratch + 50432);    /* [128][T] */
    float *v98 = (float *)(scratch + 66816);    /* [128][T] */
    float *v99 = (float *)(scratch + 83200);    /* [128][T] */
    float *v101 = (float *)(scratch + 0);    /* [1][T] */
    float *v91 = (float *)(scratch + 99584);    /* [2][T] */
    float *v108 = (float *)(scratch + 99840);    /* [128][T] */
    float *v109 = (float *)(scratch + 116224);    /* [128][T] */
    float *v110 = (float *)(scratch + 132608);    /* [128][T] */
    float *v112 = (float *)(scratch + 148992);    /* [128][T] */
    float *v113 = (float *)(scratch + 165376);    /* [128][T] */
    float *v114 = (float *)(scratch + 181760);    /* [128][T] */
    float *v116 = (float *)(scratch + 128);    /* [1][T] */
    float *v135 = (float *)(scratch + 198144);    /* [128][T] */
    float *v186 = (float *)(scratch + 214528);    /* [128][T] */
    float *v136 = (float *)(scratch + 148992);    /* [128][T] */
    float *v202 = (float *)(scratch + 256);    /* [1][T] */
    float *v158 = (float *)(scratch + 165376);    /* [128][T] */
    float *v210 = (float *)(scratch + 230912);    /* [128][T] */
    float *v212 = (float *)(scratch + 247296);    /* [128][T] */
    float *v161 = (float *)(scratch + 50432);    /* [128][T] */
    float *v189 = (float *)(scratch + 66816);    /* [128][T] */
    float *v171 = (float *)(scratch + 132608);    /* [128][T] */
    float *v199 = (float *)(scratch + 165376);    /* [128][T] */
    float *v200 = (float *)(scratch + 181760);    /* [128][T] */
    float *v213 = (float *)(scratch + 50432);    /* [128][T] */
    float *v222 = (float *)(scratch + 34048);    /* [128][T] */
    float *v223 = (float *)(scratch + 66816);    /* [128][T] */
    int32_t *v236 = (int32_t *)(scratch + 0);    /* [1][T] */
    float *micro = (float *)(scratch + 263680);
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        float *p105 = b6 + unit * 1;
        for (int64_t i = 0; i < 1; i++) p105[i] = 0;
        float *p118 = b8 + unit * 1;
        for (int64_t i = 0; i < 1; i++) p118[i] = 0;
        float *p128 = b10 + unit * 128;
        for (int64_t i = 0; i < 128; i++) p128[i] = 0;
        float *p137 = b12 + unit * 16384;
        for (int64_t i = 0; i < 16384; i++) p137[i] = 0;
        float *p150 = b13 + unit * 128;
        for (int64_t i = 0; i < 128; i++) p150[i] = 0;
        float *p162 = b14 + unit * 16384;
        for (int64_t i = 0; i < 16384; i++) p162[i] = 0;
        float *p178 = b15 + unit * 128;
        for (int64_t i = 0; i < 128; i++) p178[i] = 0;
        float *p190 = b16 + unit * 16384;
        for (int64_t i = 0; i < 16384; i++) p190[i] = 0;
        float *p201 = b17 + unit * 256;
        for (int64_t i = 0; i < 256; i++) p201[i] = 0;
        float *p203 = b18 + unit * 128;
        for (int64_t i = 0; i < 128; i++) p203[i] = 0;
        float *p214 = b19 + unit * 16384;
        for (int64_t i = 0; i < 16384; i++) p214[i] = 0;
        float *p224 = b20 + unit * 256;
        for (int64_t i = 0; i < 256; i++) p224[i] = 0;
        float *p226 = b21 + unit * 1;
        for (int64_t i = 0; i < 1; i++) p226[i] = 0;
        float *p227 = b22 + unit * 128;
        for (int64_t i = 0; i < 128; i++) p227[i] = 0;
        float *p228 = b23 + unit * 128;
        for (int64_t i = 0; i < 128; i++) p228[i] = 0;
        const int64_t last = unit * 64 + 64;
        const int64_t end = last < s->batch ? last : s->batch;
        for (int64_t row = unit * 64; row < end; row += T) {
            const int valid = (int)(end - row < T ? end - row : T);
            const int64_t sample0 = s->first_sample + row;
            (void)sample0;
            (void)valid;
            ebm_tile_load(v91, b7, row, valid, 2, T);
            ebm_tile_uniform(v9, 1, T, s, 0x4f2ac42ebfe5ffbdull, (uint32_t)0, sample0, valid);
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x0 = v9[0 * T + t] * 0x1.921fb6p+1f;
                const float x1 = ebm_cos(x0);
                const float x2 = ebm_sin(x0);
                const float x3 = 0x1p+0f - x1;
                const float x4 = 0x1p-1f - x2;
                v17[0 * T + t] = x1;
                v18[0 * T + t] = x2;
                v20[0 * T + t] = x3;
                v21[0 * T + t] = x4;
            }
            ebm_tile_uniform(v13, 1, T, s, 0x6d4ef207d20e47dull, (uint32_t)0, sample0, valid);
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const int32_t x5 = v13[0 * T + t] < 0x1p-1f;
                v15[0 * T + t] = x5;
            }
            ebm_tile_normal(v16, 2, T, s, 0xba85ad0af9d67d22ull, (uint32_t)0, sample0, valid);
            for (int i0 = 0; i0 < 2; i0++) {
                const int64_t n6 = ((i0 - 1) < 0 ? 0 : (i0 - 1));
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x7 = i0 < 1 ? v17[0 * T + t] : v18[0 * T + t];
                    const float x8 = i0 < 1 ? v20[0 * T + t] : v21[0 * T + t];
                    const float x9 = v15[0 * T + t] ? x7 : x8;
                    const float x10 = v16[i0 * T + t] * 0x1.99999ap-4f;
                    const float x11 = x9 + x10;
                    v32[i0 * T + t] = x11;
                }
            }
            ebm_tile_dense(v93, b0, v32, b1, 128, 2, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x12 = ebm_sigmoid(v93[i0 * T + t]);
                    const float x13 = v93[i0 * T + t] * x12;
                    v94[i0 * T + t] = x12;
                    v95[i0 * T + t] = x13;
                }
            }
            ebm_tile_dense(v97, b2, v95, b3, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x14 = ebm_sigmoid(v97[i0 * T + t]);
                    const float x15 = v97[i0 * T + t] * x14;
                    v98[i0 * T + t] = x14;
                    v99[i0 * T + t] = x15;
                }
            }
            ebm_tile_dense(v101, b4, v99, b5, 1, 128, T);
            ebm_tile_sum(p105, v101, 1, T, valid);
            ebm_tile_dense(v108, b0, v91, b1, 128, 2, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x16 = ebm_sigmoid(v108[i0 * T + t]);
                    const float x17 = v108[i0 * T + t] * x16;
                    v109[i0 * T + t] = x16;
                    v110[i0 * T + t] = x17;
                }
            }
            ebm_tile_dense(v112, b2, v110, b3, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x18 = ebm_sigmoid(v112[i0 * T + t]);
                    const float x19 = v112[i0 * T + t] * x18;
                    v113[i0 * T + t] = x18;
                    v114[i0 * T + t] = x19;
                }
            }
            ebm_tile_dense(v116, b4, v114, b5, 1, 128, T);
            ebm_tile_sum(p118, v116, 1, T, valid);
            for (int i0 = 0; i0 < 128; i0++) {
                const float x20 = b9[i0];
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x21 = x20 * v116[0 * T + t];
                    const float x22 = v113[i0 * T + t] * x21;
                    const float x23 = v112[i0 * T + t] * x21;
                    const float x24 = 0x1p+0f - v113[i0 * T + t];
                    const float x25 = v113[i0 * T + t] * x24;
                    const float x26 = x23 * x25;
                    const float x27 = x22 + x26;
                    const float x28 = x20 * v112[i0 * T + t];
                    const float x29 = x25 * x28;
                    const float x30 = x20 * v113[i0 * T + t];
                    const float x31 = x30 + x29;
                    v135[i0 * T + t] = x27;
                    v186[i0 * T + t] = x31;
                }
            }
            ebm_tile_outer(p128, v116, v114, 1, 128, T, valid, micro);
            ebm_tile_dense(v136, b11, v135, NULL, 128, 128, T);
            ebm_tile_outer(p137, v135, v110, 128, 128, T, valid, micro);
            const float x33 = s->f[2];
            const float x35 = s->f[3];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x32 = v101[0 * T + t] + v116[0 * T + t];
                const float x34 = x33 * x32;
                const float x36 = x34 - x35;
                const float x37 = x35 + x36;
                v202[0 * T + t] = x37;
            }
            const float x47 = s->f[2];
            const float x49 = s->f[3];
            for (int i0 = 0; i0 < 128; i0++) {
                const float x38 = b9[i0];
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x39 = x38 * v101[0 * T + t];
                    const float x40 = v98[i0 * T + t] * x39;
                    const float x41 = v97[i0 * T + t] * x39;
                    const float x42 = 0x1p+0f - v98[i0 * T + t];
                    const float x43 = v98[i0 * T + t] * x42;
                    const float x44 = x41 * x43;
                    const float x45 = x40 + x44;
                    const float x46 = v135[i0 * T + t] + x45;
                    const float x48 = x47 * x46;
                    const float x50 = x49 * v186[i0 * T + t];
                    const float x51 = x48 - x50;
                    const float x52 = x38 * v97[i0 * T + t];
                    const float x53 = x43 * x52;
                    const float x54 = x38 * v98[i0 * T + t];
                    const float x55 = x54 + x53;
                    const float x56 = x49 * x55;
                    const float x57 = x51 + x56;
                    v158[i0 * T + t] = x45;
                    v210[i0 * T + t] = x55;
                    v212[i0 * T + t] = x57;
                }
            }
            ebm_tile_outer(p150, v101, v99, 1, 128, T, valid, micro);
            ebm_tile_dense(v161, b11, v158, NULL, 128, 128, T);
            ebm_tile_outer(p162, v158, v95, 128, 128, T, valid, micro);
            ebm_tile_sum(p178, v114, 128, T, valid);
            ebm_tile_dense(v189, b11, v186, NULL, 128, 128, T);
            ebm_tile_outer(p190, v186, v110, 128, 128, T, valid, micro);
            const float x64 = s->f[2];
            const float x79 = s->f[3];
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x58 = v109[i0 * T + t] * v136[i0 * T + t];
                    const float x59 = v108[i0 * T + t] * v136[i0 * T + t];
                    const float x60 = 0x1p+0f - v109[i0 * T + t];
                    const float x61 = v109[i0 * T + t] * x60;
                    const float x62 = x59 * x61;
                    const float x63 = x58 + x62;
                    const float x65 = x64 * x63;
                    const float x66 = v94[i0 * T + t] * v161[i0 * T + t];
                    const float x67 = v93[i0 * T + t] * v161[i0 * T + t];
                    const float x68 = 0x1p+0f - v94[i0 * T + t];
                    const float x69 = v94[i0 * T + t] * x68;
                    const float x70 = x67 * x69;
                    const float x71 = x66 + x70;
                    const float x72 = x64 * x71;
                    const float x73 = x63 + x71;
                    const float x74 = x64 * x73;
                    const float x75 = v109[i0 * T + t] * v189[i0 * T + t];
                    const float x76 = v108[i0 * T + t] * v189[i0 * T + t];
                    const float x77 = x61 * x76;
                    const float x78 = x75 + x77;
                    const float x80 = x79 * x78;
                    const float x81 = x74 - x80;
                    const float x82 = x65 - x80;
                    v171[i0 * T + t] = x72;
                    v199[i0 * T + t] = x81;
                    v200[i0 * T + t] = x82;
                }
            }
            ebm_tile_outer(p201, v200, v91, 128, 2, T, valid, micro);
            ebm_tile_sum(p203, v99, 128, T, valid);
            ebm_tile_dense(v213, b11, v210, NULL, 128, 128, T);
            ebm_tile_outer(p214, v210, v95, 128, 128, T, valid, micro);
            const float x89 = s->f[3];
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x83 = v94[i0 * T + t] * v213[i0 * T + t];
                    const float x84 = v93[i0 * T + t] * v213[i0 * T + t];
                    const float x85 = 0x1p+0f - v94[i0 * T + t];
                    const float x86 = v94[i0 * T + t] * x85;
                    const float x87 = x86 * x84;
                    const float x88 = x83 + x87;
                    const float x90 = x89 * x88;
                    const float x91 = v199[i0 * T + t] + x90;
                    const float x92 = v171[i0 * T + t] + x90;
                    v222[i0 * T + t] = x91;
                    v223[i0 * T + t] = x92;
                }
            }
            ebm_tile_outer(p224, v223, v32, 128, 2, T, valid, micro);
            ebm_tile_sum(p226, v202, 1, T, valid);
            ebm_tile_sum(p227, v212, 128, T, valid);
            ebm_tile_sum(p228, v222, 128, T, valid);
            const int32_t x93 = b24[0];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const int32_t x94 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x93);
                const int32_t x95 = (10000 == 0 || 10000 == -1 ? 0 : (x94 % (10000 ? 10000 : 1) + (10000 ? 10000 : 1)) % (10000 ? 10000 : 1));
                v236[0 * T + t] = x95;
            }
            ebm_tile_store_i32(b25, v236, row, valid, 1, T);
        }
    }
}

/* kernel 4: nest stage 2, 15 parts */
void k4(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part5(buf + 0, s, u - 0, 1, scratch);  /* combined sum */
        else if (u < 2) part5(buf + 2, s, u - 1, 1, scratch);  /* combined sum */
        else if (u < 3) part5(buf + 4, s, u - 2, 128, scratch);  /* combined sum */
        else if (u < 7) part5(buf + 6, s, u - 3, 16384, scratch);  /* combined sum */
        else if (u < 8) part5(buf + 8, s, u - 7, 128, scratch);  /* combined sum */
        else if (u < 12) part5(buf + 10, s, u - 8, 16384, scratch);  /* combined sum */
        else if (u < 13) part5(buf + 12, s, u - 12, 128, scratch);  /* combined sum */
        else if (u < 17) part5(buf + 14, s, u - 13, 16384, scratch);  /* combined sum */
        else if (u < 18) part5(buf + 16, s, u - 17, 256, scratch);  /* combined sum */
        else if (u < 19) part5(buf + 18, s, u - 18, 128, scratch);  /* combined sum */
        else if (u < 23) part5(buf + 20, s, u - 19, 16384, scratch);  /* combined sum */
        else if (u < 24) part5(buf + 22, s, u - 23, 256, scratch);  /* combined sum */
        else if (u < 25) part5(buf + 24, s, u - 24, 1, scratch);  /* combined sum */
        else if (u < 26) part5(buf + 26, s, u - 25, 128, scratch);  /* combined sum */
        else part5(buf + 28, s, u - 26, 128, scratch);  /* combined sum */
    }
}

/* kernel 5: nest stage 2, 6 parts */
void k5(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part6(buf + 0, s, u - 0, 128, scratch);  /* elementwise */
        else if (u < 2) part6(buf + 2, s, u - 1, 128, scratch);  /* elementwise */
        else if (u < 6) part7(buf + 4, s, u - 2, 16384, scratch);  /* elementwise */
        else if (u < 7) part8(buf + 9, s, u - 6, 256, scratch);  /* sum */
        else if (u < 8) part9(buf + 12, s, u - 7, 128, scratch);  /* sum */
        else part9(buf + 14, s, u - 8, 128, scratch);  /* sum */
    }
}

/* kernel 6: nest stage 2, 2 parts */
void k6(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part10(buf + 0, s, u - 0, 128, scratch);  /* elementwise */
        else part11(buf + 5, s, u - 1, 16384, scratch);  /* sum */
    }
}

/* kernel 7: nest stage 2, 2 parts */
void k7(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part12(buf + 0, s, u - 0, 4, scratch);  /* combined sum */
        else part9(buf + 2, s, u - 1, 128, scratch);  /* sum */
    }
}

/* kernel 8: nest stage 2, 1 part */
void k8(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part13(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
    }
}

/* kernel 9: nest stage 2, 2 parts */
void k9(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part14(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
        else part15(buf + 9, s, u - 1, 1, scratch);  /* rows written */
    }
}

/* kernel 10: nest stage 2, 6 parts */
void k10(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part16(buf + 0, s, u - 0, 256, scratch);  /* elementwise */
        else if (u < 2) part17(buf + 8, s, u - 1, 128, scratch);  /* elementwise */
        else if (u < 6) part17(buf + 15, s, u - 2, 16384, scratch);  /* elementwise */
        else if (u < 7) part18(buf + 22, s, u - 6, 128, scratch);  /* elementwise */
        else if (u < 8) part17(buf + 29, s, u - 7, 128, scratch);  /* elementwise */
        else part19(buf + 36, s, u - 8, 1, scratch);  /* elementwise */
    }
}

/* kernel 11: nest stage 2, 5 parts */
void k11(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part20(buf + 0, s, u - 0, 256, scratch);  /* elementwise */
        else if (u < 2) part20(buf + 2, s, u - 1, 128, scratch);  /* elementwise */
        else if (u < 6) part20(buf + 4, s, u - 2, 16384, scratch);  /* elementwise */
        else if (u < 7) part20(buf + 6, s, u - 6, 128, scratch);  /* elementwise */
        else part20(buf + 8, s, u - 7, 128, scratch);  /* elementwise */
    }
}

/* kernel 12: nest stage 0, 4 parts */
void k12(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part2(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else part3(buf + 6, s, u - 3, 1, scratch);  /* pack */
    }
}

/* kernel 13: region level 0, tiles of 32 samples
 *   source 0:32, 0:18, 0:42, 0:16, 0:17, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 0:18
 *   66581 flops per sample (run-time loops counted once), 66048 bytes of scratch
 *   b0  in  pack of v9 [128,2]
 *   b1  in  state 10 [128]
 *   b2  in  pack of v11 [128,128]
 *   b3  in  state 12 [128]
 *   b4  in  state 13 [1,128]
 *   b5  in  pack of v11 [128,128]
 *   b6  in  pack of v9 [128,2]
 *   b7  out value of v52 [B,2]
 */
void k13(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    const float *b6 = buf[6];
    float *b7 = buf[7];
    float *v14 = (float *)(scratch + 0);    /* [2][T] */
    float *v16 = (float *)(scratch + 256);    /* [2][T] */
    float *w51_0 = (float *)(scratch + 0);    /* [2][T] */
    float *v20 = (float *)(scratch + 256);    /* [2][T] */
    float *v23 = (float *)(scratch + 512);    /* [128][T] */
    float *v24 = (float *)(scratch + 16896);    /* [128][T] */
    float *v25 = (float *)(scratch + 33280);    /* [128][T] */
    float *v28 = (float *)(scratch + 49664);    /* [128][T] */
    float *v38 = (float *)(scratch + 33280);    /* [128][T] */
    float *v39 = (float *)(scratch + 49664);    /* [128][T] */
    float *v45 = (float *)(scratch + 33280);    /* [128][T] */
    float *v46 = (float *)(scratch + 512);    /* [2][T] */
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
                w51_0[i0 * T + t] = v16[i0 * T + t];
            }
        }
        for (int64_t k51 = 0; k51 < 500; k51++) {
            ebm_tile_normal(v20, 2, T, s, 0xb2dc07800d63faa3ull, (uint32_t)(int32_t)k51, sample0, valid);
            ebm_tile_dense(v23, b0, w51_0, b1, 128, 2, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x2 = ebm_sigmoid(v23[i0 * T + t]);
                    const float x3 = v23[i0 * T + t] * x2;
                    v24[i0 * T + t] = x2;
                    v25[i0 * T + t] = x3;
                }
            }
            ebm_tile_dense(v28, b2, v25, b3, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
                const float x5 = b4[i0];
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x4 = ebm_sigmoid(v28[i0 * T + t]);
                    const float x6 = x4 * x5;
                    const float x7 = v28[i0 * T + t] * x5;
                    const float x8 = 0x1p+0f - x4;
                    const float x9 = x4 * x8;
                    const float x10 = x7 * x9;
                    const float x11 = x6 + x10;
                    v38[i0 * T + t] = x11;
                }
            }
            ebm_tile_dense(v39, b5, v38, NULL, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x12 = v24[i0 * T + t] * v39[i0 * T + t];
                    const float x13 = v23[i0 * T + t] * v39[i0 * T + t];
                    const float x14 = 0x1p+0f - v24[i0 * T + t];
                    const float x15 = v24[i0 * T + t] * x14;
                    const float x16 = x13 * x15;
                    const float x17 = x12 + x16;
                    v45[i0 * T + t] = x17;
                }
            }
            ebm_tile_dense(v46, b6, v45, NULL, 2, 128, T);
            const float x18 = s->f[0];
            const float x21 = s->f[1];
            for (int i0 = 0; i0 < 2; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x19 = x18 * v46[i0 * T + t];
                    const float x20 = w51_0[i0 * T + t] - x19;
                    const float x22 = x21 * v20[i0 * T + t];
                    const float x23 = x20 + x22;
                    w51_0[i0 * T + t] = x23;
                }
            }
        }
        ebm_tile_store(b7, w51_0, row, valid, 2, T);
    }
}

/* kernel 14: nest stage 0, 3 parts */
void k14(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else part4(buf + 4, s, u - 2, 1, scratch);  /* pack */
    }
}

/* kernel 15: region level 0, tiles of 32 samples, sums over blocks of 64
 *   source 0:8, 0:9, 0:10, 0:36, 2:19, 0:8, 0:9, 0:10, 1:10, 1:15, 2:16, 2:19
 *   67101 flops per sample (run-time loops counted once), 34048 bytes of scratch
 *   b0  in  pack of v8 [128,2]
 *   b1  in  state 10 [128]
 *   b2  in  pack of v10 [128,128]
 *   b3  in  state 12 [128]
 *   b4  in  pack of v12 [1,128]
 *   b5  in  state 14 [1]
 *   b6  out value of v63 [B,1]
 *   b7  out sums of blocks of v66 []
 *   b8  out sums of blocks of v87 []
 */
void k15(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const float *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    float *b6 = buf[6];
    float *b7 = buf[7];
    float *b8 = buf[8];
    float *v17 = (float *)(scratch + 0);    /* [1][T] */
    float *v22 = (float *)(scratch + 128);    /* [1][T] */
    float *v23 = (float *)(scratch + 256);    /* [1][T] */
    float *v24 = (float *)(scratch + 384);    /* [1][T] */
    float *v25 = (float *)(scratch + 512);    /* [1][T] */
    float *v19 = (float *)(scratch + 0);    /* [1][T] */
    int32_t *v20 = (int32_t *)(scratch + 640);    /* [1][T] */
    float *v21 = (float *)(scratch + 768);    /* [2][T] */
    float *v35 = (float *)(scratch + 1024);    /* [2][T] */
    float *v43 = (float *)(scratch + 0);    /* [1][T] */
    float *v50 = (float *)(scratch + 128);    /* [1][T] */
    float *v53 = (float *)(scratch + 256);    /* [2][T] */
    float *v55 = (float *)(scratch + 1280);    /* [128][T] */
    float *v57 = (float *)(scratch + 17664);    /* [128][T] */
    float *v59 = (float *)(scratch + 1280);    /* [128][T] */
    float *v61 = (float *)(scratch + 17664);    /* [128][T] */
    float *v63 = (float *)(scratch + 0);    /* [1][T] */
    float *v65 = (float *)(scratch + 128);    /* [1][T] */
    float *v77 = (float *)(scratch + 1280);    /* [128][T] */
    float *v79 = (float *)(scratch + 17664);    /* [128][T] */
    float *v81 = (float *)(scratch + 0);    /* [128][T] */
    float *v83 = (float *)(scratch + 16384);    /* [128][T] */
    float *v85 = (float *)(scratch + 0);    /* [1][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        float *p66 = b7 + unit * 1;
        for (int64_t i = 0; i < 1; i++) p66[i] = -__builtin_inff();
        float *p87 = b8 + unit * 1;
        for (int64_t i = 0; i < 1; i++) p87[i] = 0;
        const int64_t last = unit * 64 + 64;
        const int64_t end = last < s->batch ? last : s->batch;
        for (int64_t row = unit * 64; row < end; row += T) {
            const int valid = (int)(end - row < T ? end - row : T);
            const int64_t sample0 = s->first_sample + row;
            (void)sample0;
            (void)valid;
            ebm_tile_uniform(v17, 1, T, s, 0xead737dcd940966bull, (uint32_t)0, sample0, valid);
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x0 = v17[0 * T + t] * 0x1.921fb6p+1f;
                const float x1 = ebm_cos(x0);
                const float x2 = ebm_sin(x0);
                const float x3 = 0x1p+0f - x1;
                const float x4 = 0x1p-1f - x2;
                v22[0 * T + t] = x1;
                v23[0 * T + t] = x2;
                v24[0 * T + t] = x3;
                v25[0 * T + t] = x4;
            }
            ebm_tile_uniform(v19, 1, T, s, 0xa88cb65c5634c85full, (uint32_t)0, sample0, valid);
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const int32_t x5 = v19[0 * T + t] < 0x1p-1f;
                v20[0 * T + t] = x5;
            }
            ebm_tile_normal(v21, 2, T, s, 0x99213eec82873e13ull, (uint32_t)0, sample0, valid);
            for (int i0 = 0; i0 < 2; i0++) {
                const int64_t n6 = ((i0 - 1) < 0 ? 0 : (i0 - 1));
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x7 = i0 < 1 ? v22[0 * T + t] : v23[0 * T + t];
                    const float x8 = i0 < 1 ? v24[0 * T + t] : v25[0 * T + t];
                    const float x9 = v20[0 * T + t] ? x7 : x8;
                    const float x10 = v21[i0 * T + t] * 0x1.99999ap-4f;
                    const float x11 = x9 + x10;
                    v35[i0 * T + t] = x11;
                }
            }
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const int32_t x12 = (400 == 0 || 400 == -1 ? 0 : ((int32_t)(sample0 + t) % (400 ? 400 : 1) + (400 ? 400 : 1)) % (400 ? 400 : 1));
                const float x13 = (float)x12;
                const float x14 = x13 + 0x1p-1f;
                const float x15 = x14 * 0x1.47ae14p-6f;
                const float x16 = x15 + (-0x1p+2f);
                const int32_t x17 = (int32_t)((uint32_t)(int32_t)(sample0 + t) - (uint32_t)x12);
                const float x18 = (float)x17;
                const float x19 = x18 * 0x1.47ae14p-9f;
                const float x20 = x19 + 0x1p-1f;
                const float x21 = x20 * 0x1.47ae14p-6f;
                const float x22 = x21 + (-0x1p+2f);
                v43[0 * T + t] = x16;
                v50[0 * T + t] = x22;
            }
            for (int i0 = 0; i0 < 2; i0++) {
                const int64_t n23 = ((i0 - 1) < 0 ? 0 : (i0 - 1));
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x24 = i0 < 1 ? v43[0 * T + t] : v50[0 * T + t];
                    v53[i0 * T + t] = x24;
                }
            }
            ebm_tile_dense(v55, b0, v53, b1, 128, 2, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x25 = ebm_sigmoid(v55[i0 * T + t]);
                    const float x26 = v55[i0 * T + t] * x25;
                    v57[i0 * T + t] = x26;
                }
            }
            ebm_tile_dense(v59, b2, v57, b3, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x27 = ebm_sigmoid(v59[i0 * T + t]);
                    const float x28 = v59[i0 * T + t] * x27;
                    v61[i0 * T + t] = x28;
                }
            }
            ebm_tile_dense(v63, b4, v61, b5, 1, 128, T);
            ebm_tile_store(b6, v63, row, valid, 1, T);
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x29 = -v63[0 * T + t];
                v65[0 * T + t] = x29;
            }
            {
                float acc[T];
#pragma omp simd
                for (int t = 0; t < T; t++) acc[t] = -__builtin_inff();
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    acc[t] = ebm_max(acc[t], v65[0 * T + t]);
                }
                for (int t = 0; t < valid; t++) {
                    p66[0] = ebm_max(p66[0], acc[t]);
                }
            }
            ebm_tile_dense(v77, b0, v35, b1, 128, 2, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x30 = ebm_sigmoid(v77[i0 * T + t]);
                    const float x31 = v77[i0 * T + t] * x30;
                    v79[i0 * T + t] = x31;
                }
            }
            ebm_tile_dense(v81, b2, v79, b3, 128, 128, T);
            for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
                for (int t = 0; t < T; t++) {
                    const float x32 = ebm_sigmoid(v81[i0 * T + t]);
                    const float x33 = v81[i0 * T + t] * x32;
                    v83[i0 * T + t] = x33;
                }
            }
            ebm_tile_dense(v85, b4, v83, b5, 1, 128, T);
            ebm_tile_sum(p87, v85, 1, T, valid);
        }
    }
}

/* kernel 16: nest stage 1, 2 parts */
void k16(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part21(buf + 0, s, u - 0, 1, scratch);  /* combined sum */
        else part5(buf + 2, s, u - 1, 1, scratch);  /* combined sum */
    }
}

/* kernel 17: nest stage 1, 1 part */
void k17(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part22(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
    }
}

/* kernel 18: region level 1, tiles of 32 samples, sums over blocks of 64
 *   source 1:15
 *   3 flops per sample (run-time loops counted once), 256 bytes of scratch
 *   b0  in  value of v63 [B,1]
 *   b1  in  value of v66 []
 *   b2  out sums of blocks of v71 []
 */
void k18(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    float *b2 = buf[2];
    float *v63 = (float *)(scratch + 0);    /* [1][T] */
    float *v70 = (float *)(scratch + 128);    /* [1][T] */
    for (int64_t unit = r.begin; unit < r.end; unit++) {
        float *p71 = b2 + unit * 1;
        for (int64_t i = 0; i < 1; i++) p71[i] = 0;
        const int64_t last = unit * 64 + 64;
        const int64_t end = last < s->batch ? last : s->batch;
        for (int64_t row = unit * 64; row < end; row += T) {
            const int valid = (int)(end - row < T ? end - row : T);
            const int64_t sample0 = s->first_sample + row;
            (void)sample0;
            (void)valid;
            ebm_tile_load(v63, b0, row, valid, 1, T);
            const float x0 = b1[0];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x1 = v63[0 * T + t] + x0;
                const float x2 = -x1;
                const float x3 = ebm_exp(x2);
                v70[0 * T + t] = x3;
            }
            ebm_tile_sum(p71, v70, 1, T, valid);
        }
    }
}

/* kernel 19: nest stage 2, 1 part */
void k19(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part5(buf + 0, s, u - 0, 1, scratch);  /* combined sum */
    }
}

/* kernel 20: nest stage 2, 1 part */
void k20(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        part23(buf + 0, s, u - 0, 1, scratch);  /* elementwise */
    }
}

/* kernel 21: nest stage 0, 5 parts */
void k21(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part4(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part2(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else part3(buf + 8, s, u - 4, 1, scratch);  /* pack */
    }
}

/* kernel 22: region level 0, tiles of 32 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66832 flops per sample (run-time loops counted once), 82176 bytes of scratch
 *   b0  in  pack of v0 [128,2]
 *   b1  in  state 4 [128]
 *   b2  in  data rows, draw 0.0
 *   b3  in  data field 0.0
 *   b4  in  pack of v3 [128,128]
 *   b5  in  state 6 [128]
 *   b6  in  state 7 [1,128]
 *   b7  in  pack of v6 [1,128]
 *   b8  in  state 8 [1]
 *   b9  out value of v19 [B,1]
 *   b10  in  pack of v3 [128,128]
 *   b11  in  pack of v0 [128,2]
 *   b12  out value of v37 [B,2]
 */
void k22(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const int32_t *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    const float *b6 = buf[6];
    const float *b7 = buf[7];
    const float *b8 = buf[8];
    float *b9 = buf[9];
    const float *b10 = buf[10];
    const float *b11 = buf[11];
    float *b12 = buf[12];
    float *v9 = (float *)(scratch + 0);    /* [2][T] */
    float *v11 = (float *)(scratch + 256);    /* [128][T] */
    float *v12 = (float *)(scratch + 16640);    /* [128][T] */
    float *v13 = (float *)(scratch + 33024);    /* [128][T] */
    float *v15 = (float *)(scratch + 49408);    /* [128][T] */
    float *v17 = (float *)(scratch + 33024);    /* [128][T] */
    float *v29 = (float *)(scratch + 65792);    /* [128][T] */
    float *v19 = (float *)(scratch + 0);    /* [1][T] */
    float *v30 = (float *)(scratch + 33024);    /* [128][T] */
    float *v36 = (float *)(scratch + 49408);    /* [128][T] */
    float *v37 = (float *)(scratch + 0);    /* [2][T] */
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
        for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x0 = ebm_sigmoid(v11[i0 * T + t]);
                const float x1 = v11[i0 * T + t] * x0;
                v12[i0 * T + t] = x0;
                v13[i0 * T + t] = x1;
            }
        }
        ebm_tile_dense(v15, b4, v13, b5, 128, 128, T);
        for (int i0 = 0; i0 < 128; i0++) {
            const float x4 = b6[i0];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x2 = ebm_sigmoid(v15[i0 * T + t]);
                const float x3 = v15[i0 * T + t] * x2;
                const float x5 = x2 * x4;
                const float x6 = v15[i0 * T + t] * x4;
                const float x7 = 0x1p+0f - x2;
                const float x8 = x2 * x7;
                const float x9 = x6 * x8;
                const float x10 = x5 + x9;
                v17[i0 * T + t] = x3;
                v29[i0 * T + t] = x10;
            }
        }
        ebm_tile_dense(v19, b7, v17, b8, 1, 128, T);
        ebm_tile_store(b9, v19, row, valid, 1, T);
        ebm_tile_dense(v30, b10, v29, NULL, 128, 128, T);
        for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x11 = v12[i0 * T + t] * v30[i0 * T + t];
                const float x12 = v11[i0 * T + t] * v30[i0 * T + t];
                const float x13 = 0x1p+0f - v12[i0 * T + t];
                const float x14 = v12[i0 * T + t] * x13;
                const float x15 = x12 * x14;
                const float x16 = x11 + x15;
                v36[i0 * T + t] = x16;
            }
        }
        ebm_tile_dense(v37, b11, v36, NULL, 2, 128, T);
        ebm_tile_store(b12, v37, row, valid, 2, T);
    }
}

/* kernel 23: nest stage 0, 5 parts */
void k23(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, scratch);  /* pack */
        else if (u < 2) part1(buf + 2, s, u - 1, 1, scratch);  /* pack */
        else if (u < 3) part4(buf + 4, s, u - 2, 1, scratch);  /* pack */
        else if (u < 4) part2(buf + 6, s, u - 3, 1, scratch);  /* pack */
        else part3(buf + 8, s, u - 4, 1, scratch);  /* pack */
    }
}

/* kernel 24: region level 0, tiles of 32 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66832 flops per sample (run-time loops counted once), 82176 bytes of scratch
 *   b0  in  pack of v0 [128,2]
 *   b1  in  state 10 [128]
 *   b2  in  data rows, draw 1.0
 *   b3  in  data field 1.0
 *   b4  in  pack of v2 [128,128]
 *   b5  in  state 12 [128]
 *   b6  in  state 13 [1,128]
 *   b7  in  pack of v4 [1,128]
 *   b8  in  state 14 [1]
 *   b9  out value of v19 [B,1]
 *   b10  in  pack of v2 [128,128]
 *   b11  in  pack of v0 [128,2]
 *   b12  out value of v37 [B,2]
 */
void k24(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {
    enum { T = 32 };
    char *scratch = memory;
    (void)scratch;
    const float *b0 = buf[0];
    const float *b1 = buf[1];
    const int32_t *b2 = buf[2];
    const float *b3 = buf[3];
    const float *b4 = buf[4];
    const float *b5 = buf[5];
    const float *b6 = buf[6];
    const float *b7 = buf[7];
    const float *b8 = buf[8];
    float *b9 = buf[9];
    const float *b10 = buf[10];
    const float *b11 = buf[11];
    float *b12 = buf[12];
    float *v9 = (float *)(scratch + 0);    /* [2][T] */
    float *v11 = (float *)(scratch + 256);    /* [128][T] */
    float *v12 = (float *)(scratch + 16640);    /* [128][T] */
    float *v13 = (float *)(scratch + 33024);    /* [128][T] */
    float *v15 = (float *)(scratch + 49408);    /* [128][T] */
    float *v17 = (float *)(scratch + 33024);    /* [128][T] */
    float *v29 = (float *)(scratch + 65792);    /* [128][T] */
    float *v19 = (float *)(scratch + 0);    /* [1][T] */
    float *v30 = (float *)(scratch + 33024);    /* [128][T] */
    float *v36 = (float *)(scratch + 49408);    /* [128][T] */
    float *v37 = (float *)(scratch + 0);    /* [2][T] */
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
        for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x0 = ebm_sigmoid(v11[i0 * T + t]);
                const float x1 = v11[i0 * T + t] * x0;
                v12[i0 * T + t] = x0;
                v13[i0 * T + t] = x1;
            }
        }
        ebm_tile_dense(v15, b4, v13, b5, 128, 128, T);
        for (int i0 = 0; i0 < 128; i0++) {
            const float x4 = b6[i0];
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x2 = ebm_sigmoid(v15[i0 * T + t]);
                const float x3 = v15[i0 * T + t] * x2;
                const float x5 = x2 * x4;
                const float x6 = v15[i0 * T + t] * x4;
                const float x7 = 0x1p+0f - x2;
                const float x8 = x2 * x7;
                const float x9 = x6 * x8;
                const float x10 = x5 + x9;
                v17[i0 * T + t] = x3;
                v29[i0 * T + t] = x10;
            }
        }
        ebm_tile_dense(v19, b7, v17, b8, 1, 128, T);
        ebm_tile_store(b9, v19, row, valid, 1, T);
        ebm_tile_dense(v30, b10, v29, NULL, 128, 128, T);
        for (int i0 = 0; i0 < 128; i0++) {
#pragma omp simd
            for (int t = 0; t < T; t++) {
                const float x11 = v12[i0 * T + t] * v30[i0 * T + t];
                const float x12 = v11[i0 * T + t] * v30[i0 * T + t];
                const float x13 = 0x1p+0f - v12[i0 * T + t];
                const float x14 = v12[i0 * T + t] * x13;
                const float x15 = x12 * x14;
                const float x16 = x11 + x15;
                v36[i0 * T + t] = x16;
            }
        }
        ebm_tile_dense(v37, b11, v36, NULL, 2, 128, T);
        ebm_tile_store(b12, v37, row, valid, 2, T);
    }
}

/* kernel 25: nest stage 0, 23 parts */
void k25(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 5) part24(buf + 0, s, u - 0, 20000, scratch);  /* rand_uniform */
        else if (u < 6) part25(buf + 1, s, u - 5, 1, scratch);  /* elementwise */
        else if (u < 7) part25(buf + 2, s, u - 6, 1, scratch);  /* elementwise */
        else if (u < 8) part26(buf + 3, s, u - 7, 256, scratch);  /* rand_uniform */
        else if (u < 9) part27(buf + 4, s, u - 8, 128, scratch);  /* rand_uniform */
        else if (u < 13) part28(buf + 5, s, u - 9, 16384, scratch);  /* rand_uniform */
        else if (u < 14) part29(buf + 6, s, u - 13, 128, scratch);  /* rand_uniform */
        else if (u < 15) part30(buf + 7, s, u - 14, 128, scratch);  /* rand_uniform */
        else if (u < 16) part31(buf + 8, s, u - 15, 1, scratch);  /* rand_uniform */
        else if (u < 17) part32(buf + 9, s, u - 16, 1, scratch);  /* elementwise */
        else if (u < 18) part32(buf + 10, s, u - 17, 1, scratch);  /* elementwise */
        else if (u < 19) part33(buf + 11, s, u - 18, 256, scratch);  /* elementwise */
        else if (u < 20) part33(buf + 12, s, u - 19, 256, scratch);  /* elementwise */
        else if (u < 21) part33(buf + 13, s, u - 20, 128, scratch);  /* elementwise */
        else if (u < 22) part33(buf + 14, s, u - 21, 128, scratch);  /* elementwise */
        else if (u < 26) part33(buf + 15, s, u - 22, 16384, scratch);  /* elementwise */
        else if (u < 30) part33(buf + 16, s, u - 26, 16384, scratch);  /* elementwise */
        else if (u < 31) part33(buf + 17, s, u - 30, 128, scratch);  /* elementwise */
        else if (u < 32) part33(buf + 18, s, u - 31, 128, scratch);  /* elementwise */
        else if (u < 33) part33(buf + 19, s, u - 32, 128, scratch);  /* elementwise */
        else if (u < 34) part33(buf + 20, s, u - 33, 128, scratch);  /* elementwise */
        else if (u < 35) part34(buf + 21, s, u - 34, 1, scratch);  /* elementwise */
        else part34(buf + 22, s, u - 35, 1, scratch);  /* elementwise */
    }
}

/* kernel 26: nest stage 0, 7 parts */
void k26(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    for (int64_t u = r.begin; u < r.end; u++) {
        if (u < 5) part35(buf + 0, s, u - 0, 20000, scratch);  /* elementwise */
        else if (u < 6) part36(buf + 2, s, u - 5, 256, scratch);  /* elementwise */
        else if (u < 7) part36(buf + 5, s, u - 6, 128, scratch);  /* elementwise */
        else if (u < 11) part37(buf + 8, s, u - 7, 16384, scratch);  /* elementwise */
        else if (u < 12) part37(buf + 11, s, u - 11, 128, scratch);  /* elementwise */
        else if (u < 13) part37(buf + 14, s, u - 12, 128, scratch);  /* elementwise */
        else part38(buf + 17, s, u - 13, 1, scratch);  /* elementwise */
    }
}
