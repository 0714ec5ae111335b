/* ebm_move.h - turning blocks, and tiles to and from rows of tensors; contracts in ebm_tile.h. */
#ifndef EBM_MOVE_H
#define EBM_MOVE_H
#include "ebm_tile.h"

#if __has_builtin(__builtin_shufflevector)
typedef int32_t EbmEight __attribute__((vector_size(32)));
typedef int32_t EbmEightMem __attribute__((vector_size(32), aligned(4), may_alias));
#define EBM_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define EBM_HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define EBM_LOW2(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define EBM_HIGH2(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define EBM_LOW4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define EBM_HIGH4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
/* to[c][r] = from[r][c] of an 8 x 8 block of 32-bit elements. */
EBM_INLINE void ebm_turn8(void *to, int64_t ldt, const void *from, int64_t ldf) {
    const EbmAny *f = from;
    EbmAny *t = to;
    EbmEight a[8], b[8];
    EBM_UNROLL
    for (int r = 0; r < 8; r++) a[r] = *(const EbmEightMem *)(f + r * ldf);
    EBM_UNROLL
    for (int i = 0; i < 4; i++) {
        b[2 * i] = EBM_LOW(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = EBM_HIGH(a[2 * i], a[2 * i + 1]);
    }
    EBM_UNROLL
    for (int i = 0; i < 2; i++) {
        a[4 * i] = EBM_LOW2(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = EBM_HIGH2(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = EBM_LOW2(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = EBM_HIGH2(b[4 * i + 1], b[4 * i + 3]);
    }
    EBM_UNROLL
    for (int i = 0; i < 4; i++) {
        *(EbmEightMem *)(t + i * ldt) = EBM_LOW4(a[i], a[i + 4]);
        *(EbmEightMem *)(t + (i + 4) * ldt) = EBM_HIGH4(a[i], a[i + 4]);
    }
}
#else
EBM_INLINE void ebm_turn8(void *to, int64_t ldt, const void *from, int64_t ldf) {
    const EbmAny *f = from;
    EbmAny *t = to;
    for (int r = 0; r < 8; r++)
        for (int c = 0; c < 8; c++) t[c * ldt + r] = f[r * ldf + c];
}
#endif

/* to[c*ldt + r] = from[r*ldf + c] for r < rows, c < cols; 32-bit elements of any kind. */
EBM_KERNEL void ebm_transpose_words(void *to, int64_t ldt, const void *from, int64_t ldf, int rows,
                                    int cols);
EBM_INLINE void ebm_transpose(float *to, int64_t ldt, const float *from, int64_t ldf, int rows,
                              int cols) {
    ebm_transpose_words(to, ldt, from, ldf, rows, cols);
}

#if EBM_BODIES(EBM_KERNELS_MOVE)
EBM_KERNEL void ebm_transpose_words(void *to, int64_t ldt, const void *from, int64_t ldf, int rows,
                                    int cols) {
    const EbmAny *f = from;
    EbmAny *t = to;
    const int whole_rows = rows & ~7, whole_cols = cols & ~7;
    for (int r = 0; r < whole_rows; r += 8)
        for (int c = 0; c < whole_cols; c += 8)
            ebm_turn8(t + c * ldt + r, ldt, f + r * ldf + c, ldf);
    for (int c = whole_cols; c < cols; c++)
        for (int r = 0; r < whole_rows; r++) t[c * ldt + r] = f[r * ldf + c];
    for (int r = whole_rows; r < rows; r++)
        for (int c = 0; c < cols; c++) t[c * ldt + r] = f[r * ldf + c];
}

/* The last lane of each feature that holds a sample goes into the lanes after it. */
EBM_INLINE void ebm_repeat_last(int32_t *tile, int valid, int F, int T) {
    for (int f = 0; f < F; f++)
        for (int t = valid; t < T; t++) tile[(size_t)f * T + t] = tile[(size_t)f * T + valid - 1];
}
EBM_KERNEL void ebm_tile_load_i32(int32_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                  int T) {
    ebm_transpose_words(dst, T, src + row * F, F, valid, F);
    if (valid < T) ebm_repeat_last(dst, valid, F, T);
}
EBM_KERNEL void ebm_tile_load(float *dst, const float *src, int64_t row, int valid, int F, int T) {
    ebm_transpose_words(dst, T, src + row * F, F, valid, F);
    for (int f = 0; valid < T && f < F; f++)
        for (int t = valid; t < T; t++) dst[(size_t)f * T + t] = dst[(size_t)f * T + valid - 1];
}
EBM_KERNEL void ebm_tile_store_i32(int32_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                   int T) {
    ebm_transpose_words(dst + row * F, F, src, T, F, valid);
}
EBM_KERNEL void ebm_tile_store(float *dst, const float *src, int64_t row, int valid, int F, int T) {
    ebm_transpose_words(dst + row * F, F, src, T, F, valid);
}
EBM_KERNEL void ebm_tile_load_u8(int32_t *dst, const uint8_t *src, int64_t row, int valid, int F,
                                 int T) {
    for (int t = 0; t < T; t++) {
        const uint8_t *from = src + (row + (t < valid ? t : valid - 1)) * F;
        for (int f = 0; f < F; f++) dst[(size_t)f * T + t] = from[f];
    }
}
EBM_KERNEL void ebm_tile_store_u8(uint8_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                  int T) {
    for (int t = 0; t < valid; t++)
        for (int f = 0; f < F; f++) dst[(row + t) * F + f] = (uint8_t)src[(size_t)f * T + t];
}

/* Lane t of the tile is row idx[t] of the table. */
#define EBM_GATHER(suffix, shared, tiled)                                                        \
    EBM_KERNEL void ebm_tile_gather##suffix(tiled *dst, const shared *table, const int32_t *idx, \
                                            int F, int T) {                                      \
        for (int t = 0; t < T; t++) {                                                            \
            const shared *from = table + (int64_t)idx[t] * F;                                    \
            for (int f = 0; f < F; f++) dst[(size_t)f * T + t] = (tiled)from[f];                 \
        }                                                                                        \
    }
EBM_GATHER(, float, float)
EBM_GATHER(_i32, int32_t, int32_t)
EBM_GATHER(_u8, uint8_t, int32_t)
#undef EBM_GATHER
#endif
#endif
