/* ebm_shared.h - sums over shared tensors and health tests; contracts in ebm_tile.h. */
#ifndef EBM_SHARED_H
#define EBM_SHARED_H
#include "ebm_tile.h"

EBM_INLINE void ebm_fold(float *low, const float *high, const int count) {
    _Pragma("omp simd")
    for (int i = 0; i < count; i++) low[i] += high[i];
}
EBM_KERNEL void ebm_combine_range(float *out, const float *partial, int64_t blocks, int64_t n,
                                  int64_t begin, int64_t end);
#if EBM_BODIES(EBM_KERNELS_MOVE)
EBM_KERNEL void ebm_combine_range(float *out, const float *partial, int64_t blocks, int64_t n,
                                  int64_t begin, int64_t end) {
    enum { CHUNK = 128, DEPTH = 64 };
    float stack[DEPTH][CHUNK] __attribute__((aligned(64)));
    for (int64_t i0 = begin; i0 < end; i0 += CHUNK) {
        const int count = end - i0 < CHUNK ? (int)(end - i0) : CHUNK;
        int depth = 0;
        for (int64_t b = 0; b < blocks; b++) {
            memcpy(stack[depth++], partial + b * n + i0, sizeof(float) * (size_t)count);
            for (int64_t bit = b; bit & 1; bit >>= 1, depth--)
                ebm_fold(stack[depth - 2], stack[depth - 1], count);
        }
        for (; depth > 1; depth--) ebm_fold(stack[depth - 2], stack[depth - 1], count);
        if (depth) memcpy(out + i0, stack[0], sizeof(float) * (size_t)count);
        else memset(out + i0, 0, sizeof(float) * (size_t)count);
    }
}
EBM_KERNEL float *ebm_sums_start(float *partial, int64_t unit, int64_t n) {
    float *sums = partial + unit * n;
    for (int64_t i = 0; i < n; i++) sums[i] = 0;
    return sums;
}
EBM_KERNEL void ebm_sums_done(float *out, float *tree, int64_t end, int64_t batch, int64_t block,
                              int64_t n, int64_t count) {
    if (end % block && end < batch) return;
    const int64_t b = (end - 1) / block;
    int depth = __builtin_popcountll((unsigned long long)b);
    for (int64_t bit = b; depth > 0 && (bit & 1 || end == batch); bit >>= 1, depth--) {
        float *low = depth > 1 ? tree + (depth - 2) * n : out;
        const float *high = tree + (depth - 1) * n;
        _Pragma("omp simd")
        for (int64_t i = 0; i < count; i++) low[i] += high[i];
    }
}
#endif
EBM_INLINE float *ebm_sums_at(float *out, float *tree, int64_t b, int64_t n) {
    const int depth = __builtin_popcountll((unsigned long long)b);
    return depth ? tree + (depth - 1) * n : out;
}
EBM_INLINE void ebm_combine(float *out, const float *partial, int64_t blocks, int64_t n,
                            int64_t begin, int64_t end) {
    ebm_combine_range(out, partial, blocks, n, begin, end);
}

/* One block of at most EBM_SUM_BLOCK elements. */
EBM_INLINE float ebm_sum_one_block(const float *x, int64_t count) {
    enum { LANES = 16 };
    float lane[LANES] = { 0 };
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += x[i + l];
    for (int l = 0; i + l < count; l++) lane[l] += x[i + l];
    for (int half = LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}
EBM_INLINE float ebm_block_sum(const float *x, int64_t begin, int64_t end) {
    float stack[64];
    int depth = 0;
    for (int64_t b = 0, at = begin; at < end; b++, at += EBM_SUM_BLOCK) {
        int64_t count = end - at < EBM_SUM_BLOCK ? end - at : EBM_SUM_BLOCK;
        stack[depth++] = ebm_sum_one_block(x + at, count);
        for (int64_t bit = b; bit & 1; bit >>= 1, depth--) stack[depth - 2] += stack[depth - 1];
    }
    for (; depth > 1; depth--) stack[depth - 2] += stack[depth - 1];
    return depth ? stack[0] : 0;
}

/* bad[l] |= x[l] is infinite or NaN. */
EBM_INLINE void ebm_mark_bad(uint32_t *restrict bad, const float *restrict x, const int lanes) {
    _Pragma("omp simd")
    for (int l = 0; l < lanes; l++)
        bad[l] |= (ebm_bits(x[l]) & 0x7f800000u) == 0x7f800000u;
}
EBM_INLINE int ebm_all_finite(const float *x, int64_t begin, int64_t end) {
    enum { LANES = 64 };
    uint32_t bad[LANES] = { 0 }, any = 0;
    int64_t i = begin;
    for (; i + LANES <= end; i += LANES) ebm_mark_bad(bad, x + i, LANES);
    for (; i < end; i++) any |= !ebm_is_finite(x[i]);
    for (int l = 0; l < LANES; l++) any |= bad[l];
    return !any;
}
EBM_INLINE int ebm_tile_finite(const float *x, int F, int T, int valid) {
    uint32_t bad[64] = { 0 }, any = 0;
    for (int f = 0; f < F; f++) ebm_mark_bad(bad, x + (size_t)f * T, T);
    for (int t = 0; t < valid; t++) any |= bad[t];
    return !any;
}
#endif
