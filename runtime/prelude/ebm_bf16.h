/* ebm_bf16.h - dense layers and convolutions whose operands are rounded to bf16: what a program
 * compiled with --precision=bf16 calls inside its sampling loops.
 *
 * A step of a reduction takes 16 pairs of features: an A tile of 16 outputs x 16 pairs of weights
 * times a B tile of 16 pairs x 16 samples. A pair is one word of 32 bits (ebm_simd.h), so a B tile
 * is 16 rows of a tile of words [pairs][T]. Sums, biases and results stay in single precision.
 *
 *   x       [pairs, to a multiple of 16][T] words; an image [y][x][pairs][T], so that the step of
 *           one tap reads adjacent rows
 *   packed  [blocks of 16 outputs][steps][16 outputs][16 pairs] words, zeros beyond the edges
 *
 * With AMX a step is one instruction; else rows are done as in ebm_dense.h, by the CPU's bf16
 * instruction or by integer operations: right, but hardly faster than single precision, or slower.
 * Bits depend on the CPU (its instructions add in their own order and flush denormals), not on T,
 * threads or compiler. The emitted file defines EBM_BF16 before the prelude. */
#ifndef EBM_BF16_H
#define EBM_BF16_H
#include "ebm_conv.h"
#include "ebm_dense.h"

enum { EBM_TILE_PAIRS = 16, EBM_TILE_ROWS = 16, EBM_TILE_LANES = 16, EBM_TILE_WORDS = 256 };

#if defined(EBM_BF16) && EBM_HAS_AMX
#include <immintrin.h>
EBM_INLINE void ebm_amx_begin(void) {
    static const struct {
        uint8_t palette, start, zero[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = { 1, 0, { 0 }, { 64, 64, 64, 64, 64, 64, 64, 64 }, { 16, 16, 16, 16, 16, 16, 16, 16 } };
    _tile_loadconfig(&shape);
}
EBM_INLINE void ebm_amx_end(void) { _tile_release(); }

/* 32 or 16 outputs (`both`) of two columns of samples: c += A B. Rows of c are ldc floats apart. */
EBM_INLINE void ebm_amx_block(const int both, float *ca, float *cb, size_t ldc, const float *w,
                              size_t next, const float *xa, const float *xb, size_t ldx,
                              const int32_t *offset, int steps) {
    const size_t row = 4 * ldc, from = 4 * ldx;
    _tile_loadd(0, ca, row);
    _tile_loadd(1, cb, row);
    if (both) {
        _tile_loadd(2, ca + 16 * ldc, row);
        _tile_loadd(3, cb + 16 * ldc, row);
    }
    for (int s = 0; s < steps; s++, w += EBM_TILE_WORDS) {
        _tile_loadd(6, xa + offset[s], from);
        _tile_loadd(4, w, 64);
        _tile_loadd(7, xb + offset[s], from);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        if (both) {
            _tile_loadd(5, w + next, 64);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    _tile_stored(0, ca, row);
    _tile_stored(1, cb, row);
    if (both) {
        _tile_stored(2, ca + 16 * ldc, row);
        _tile_stored(3, cb + 16 * ldc, row);
    }
}
#else
EBM_INLINE void ebm_amx_begin(void) {}
EBM_INLINE void ebm_amx_end(void) {}
EBM_INLINE void ebm_amx_block(const int both, float *ca, float *cb, size_t ldc, const float *w,
                              size_t next, const float *xa, const float *xb, size_t ldx,
                              const int32_t *offset, int steps) {
    enum { R = EBM_LANES == 16 ? 8 : 4, V = EBM_TILE_LANES / EBM_LANES };
    for (int s = 0; s < steps; s++, w += EBM_TILE_WORDS)
        for (int o = 0; o < (both ? 32 : 16); o += R) {
            const EbmRows rows = { w + (o / 16) * next + (o % 16) * EBM_TILE_PAIRS, 1, EBM_TILE_PAIRS,
                                   EBM_TILE_PAIRS, 0 };
            ebm_block(1, R, V, ca + o * ldc, (int64_t)ldc, rows, xa + offset[s], (int64_t)ldx,
                      EBM_TILE_PAIRS, NULL, 0);
            if (ca != cb)
                ebm_block(1, R, V, cb + o * ldc, (int64_t)ldc, rows, xb + offset[s], (int64_t)ldx,
                          EBM_TILE_PAIRS, NULL, 0);
        }
}
#endif

/* All outputs of two columns; y holds the biases already. Outputs beyond the last whole block go
 * through a block of their own. */
EBM_INLINE void ebm_bf16_columns(float *ya, float *yb, size_t ldy, int O, const float *packed,
                                 const float *xa, const float *xb, size_t ldx,
                                 const int32_t *offset, int steps) {
    const size_t next = (size_t)steps * EBM_TILE_WORDS;
    int o = 0;
    for (; o + 32 <= O; o += 32, packed += 2 * next)
        ebm_amx_block(1, ya + o * ldy, yb + o * ldy, ldy, packed, next, xa, xb, ldx, offset, steps);
    for (; o < O; o += EBM_TILE_ROWS, packed += next) {
        const int rows = O - o < EBM_TILE_ROWS ? O - o : EBM_TILE_ROWS;
        if (rows == EBM_TILE_ROWS) {
            ebm_amx_block(0, ya + o * ldy, yb + o * ldy, ldy, packed, 0, xa, xb, ldx, offset, steps);
            continue;
        }
        float edge[2][EBM_TILE_ROWS * EBM_TILE_LANES] __attribute__((aligned(64))) = { { 0 } };
        for (int r = 0; r < rows; r++) {
            memcpy(edge[0] + r * EBM_TILE_LANES, ya + (o + r) * ldy, 4 * EBM_TILE_LANES);
            memcpy(edge[1] + r * EBM_TILE_LANES, yb + (o + r) * ldy, 4 * EBM_TILE_LANES);
        }
        ebm_amx_block(0, edge[0], edge[1], EBM_TILE_LANES, packed, 0, xa, xb, ldx, offset, steps);
        for (int r = 0; r < rows; r++) {
            memcpy(ya + (o + r) * ldy, edge[0] + r * EBM_TILE_LANES, 4 * EBM_TILE_LANES);
            memcpy(yb + (o + r) * ldy, edge[1] + r * EBM_TILE_LANES, 4 * EBM_TILE_LANES);
        }
    }
}

EBM_INLINE int ebm_tile_steps(int K) { return (K + 31) / 32; }
EBM_INLINE int ebm_tile_pairs(int K) { return ebm_tile_steps(K) * EBM_TILE_PAIRS; }

/* One A tile: outputs o.., features k.. of w(o, k) = w[o*so + k*sk]. */
EBM_INLINE void ebm_pack_tile(float *dst, const float *w, int O, int K, int64_t so, int64_t sk,
                              int o, int k) {
    for (int r = 0; r < EBM_TILE_ROWS; r++)
        for (int p = 0; p < EBM_TILE_PAIRS; p++, dst++) {
            const int i = k + 2 * p, inside = o + r < O && i < K;
            const float *from = w + (o + r) * so + i * sk;
            *dst = ebm_pair(inside ? *from : 0, inside && i + 1 < K ? from[sk] : 0);
        }
}
/* dst[k][t] = the word of rows 2k and 2k+1 of x [K][ldx], for `lanes` lanes and k < pairs. */
EBM_INLINE void ebm_rows_to_pairs(float *dst, int64_t ldd, const float *x, int64_t ldx, int K,
                                  int pairs, int lanes) {
    for (int k = 0; k < pairs; k++, dst += ldd) {
        const float *a = x + 2 * k * ldx, *b = a + ldx;
        if (2 * k + 1 < K) {
#pragma omp simd
            for (int t = 0; t < lanes; t++) dst[t] = ebm_pair(a[t], b[t]);
        } else if (2 * k < K) {
#pragma omp simd
            for (int t = 0; t < lanes; t++) dst[t] = ebm_pair(a[t], 0);
        } else {
            memset(dst, 0, sizeof(float) * (size_t)lanes);
        }
    }
}
EBM_INLINE void ebm_bf16_bias(float *y, int O, size_t n, const float *bias) {
    for (int o = 0; o < O; o++, y += n) {
        const float value = bias ? bias[o] : 0;
#pragma omp simd
        for (size_t i = 0; i < n; i++) y[i] = value;
    }
}

/* ---- dense ------------------------------------------------------------------------------------*/
EBM_INLINE size_t ebm_pack_dense_bf16_size(int O, int K) {
    return (size_t)((O + 15) / 16) * (size_t)ebm_tile_steps(K) * EBM_TILE_WORDS;
}
EBM_INLINE int64_t ebm_pack_dense_bf16_units(int O, int K) {
    (void)K;
    return (O + 15) / 16;
}
EBM_KERNEL void ebm_pack_dense_bf16_range(float *dst, const float *w, int O, int K, int64_t so,
                                          int64_t sk, int64_t begin, int64_t end);
#if EBM_BODIES(EBM_KERNELS_BF16)
EBM_KERNEL void ebm_pack_dense_bf16_range(float *dst, const float *w, int O, int K, int64_t so,
                                          int64_t sk, int64_t begin, int64_t end) {
    const int steps = ebm_tile_steps(K);
    for (int64_t b = begin; b < end; b++)
        for (int s = 0; s < steps; s++)
            ebm_pack_tile(dst + (b * steps + s) * EBM_TILE_WORDS, w, O, K, so, sk, (int)b * 16,
                          s * 32);
}
#endif
EBM_INLINE void ebm_pack_dense_bf16(float *dst, const float *w, int O, int K, int64_t so,
                                    int64_t sk) {
    ebm_pack_dense_bf16_range(dst, w, O, K, so, sk, 0, ebm_pack_dense_bf16_units(O, K));
}
/* Scratch: offsets of the steps, then x in pairs. */
EBM_INLINE size_t ebm_tile_dense_bf16_scratch(int K, int T) {
    return ebm_round_16((size_t)ebm_tile_steps(K)) + (size_t)ebm_tile_pairs(K) * (size_t)T;
}
EBM_KERNEL void ebm_tile_dense_bf16(float *y, const float *packed, const float *x,
                                    const float *bias, int O, int K, int T, float *scratch);
#if EBM_BODIES(EBM_KERNELS_BF16)
EBM_KERNEL void ebm_tile_dense_bf16(float *y, const float *packed, const float *x,
                                    const float *bias, int O, int K, int T, float *scratch) {
    const int steps = ebm_tile_steps(K);
    int32_t *offset = (int32_t *)scratch;
    float *pairs = scratch + ebm_round_16((size_t)steps);
    for (int s = 0; s < steps; s++) offset[s] = s * EBM_TILE_PAIRS * T;
    ebm_rows_to_pairs(pairs, T, x, T, K, ebm_tile_pairs(K), T);
    ebm_bf16_bias(y, O, (size_t)T, bias);
    ebm_amx_begin();
    for (int t = 0; t < T; t += 2 * EBM_TILE_LANES) {
        const int second = T == EBM_TILE_LANES ? 0 : EBM_TILE_LANES;      /* T = 16: one column */
        ebm_bf16_columns(y + t, y + t + second, (size_t)T, O, packed, pairs + t,
                         pairs + t + second, (size_t)T, offset, steps);
    }
    ebm_amx_end();
}
#endif

/* ---- convolution with one group -----------------------------------------------------------------
 * Steps of the reduction: (tap, 16 pairs of channels). */
EBM_INLINE size_t ebm_taps_bf16_size(EbmConv c, int rows, int chans) {
    return (size_t)((rows + 15) / 16) * (size_t)(c.kh * c.kw * ebm_tile_steps(chans)) *
           EBM_TILE_WORDS;
}
EBM_INLINE float *ebm_pack_taps_bf16(float *dst, const float *w, EbmConv c, EbmClass k, int rows,
                                     int chans, int64_t row_step, int64_t chan_step) {
    for (int o = 0; o < rows; o += EBM_TILE_ROWS)
        for (int i = 0; i < c.kh; i++)
            for (int j = 0; j < c.kw; j++)
                for (int a = 0; ebm_has_tap(c, k, i, j) && a < chans;
                     a += 2 * EBM_TILE_PAIRS, dst += EBM_TILE_WORDS)
                    ebm_pack_tile(dst, w + i * c.kw + j, rows, chans, row_step, chan_step, o, a);
    return dst;
}
/* dst [b.height][b.width][pairs][T] from src [C][H][W][T]. */
EBM_INLINE void ebm_image_to_pairs(float *dst, const float *src, int C, int H, int W, EbmBorder b,
                                   int T) {
    const int pairs = ebm_tile_pairs(C);
    const int64_t pixel = (int64_t)pairs * T, plane = (int64_t)H * W * T;
    for (int y = -b.top; y < b.height - b.top; y++)
        for (int x = -b.left; x < b.width - b.left; x++, dst += pixel) {
            if (y < 0 || y >= H || x < 0 || x >= W) memset(dst, 0, sizeof(float) * (size_t)pixel);
            else ebm_rows_to_pairs(dst, T, src + ((int64_t)y * W + x) * T, plane, C, pairs, T);
        }
}
/* Every output of every pixel, two columns at a time: lanes of one pixel, or of two. */
EBM_INLINE void ebm_taps_bf16(const EbmTaps *s, float *out, const float *packed, const float *image,
                              int T) {
    const int columns = T / EBM_TILE_LANES, all = s->n * columns;
    for (int i = 0; i < all; i += 2) {
        const int j = i + 1 < all ? i + 1 : i;
        const int ta = i % columns * EBM_TILE_LANES, tb = j % columns * EBM_TILE_LANES;
        ebm_bf16_columns(out + s->to[i / columns] + ta, out + s->to[j / columns] + tb,
                         (size_t)s->out_plane, s->rows, packed, image + s->from[i / columns] + ta,
                         image + s->from[j / columns] + tb, (size_t)T, s->offset, s->taps);
    }
}
EBM_INLINE size_t ebm_steps_bf16(EbmConv c, int chans) {
    return ebm_round_16((size_t)(c.kh * c.kw * ebm_tile_steps(chans)));
}

EBM_INLINE size_t ebm_pack_conv_bf16_size(EbmConv c) { return ebm_taps_bf16_size(c, c.O, c.C); }
EBM_KERNEL void ebm_pack_conv_bf16(float *dst, const float *w, EbmConv c);
#if EBM_BODIES(EBM_KERNELS_BF16)
EBM_KERNEL void ebm_pack_conv_bf16(float *dst, const float *w, EbmConv c) {
    const int64_t taps = c.kh * c.kw;
    ebm_pack_taps_bf16(dst, w, c, (EbmClass){ 0, 0, 1, 1 }, c.O, c.C, c.C * taps, taps);
}
#endif
EBM_INLINE size_t ebm_tile_conv_bf16_scratch(EbmConv c, int T) {
    return ebm_steps_bf16(c, c.C) + 2 * ebm_round_16((size_t)(c.OH * c.OW)) +
           ebm_image_size(ebm_tile_pairs(c.C), ebm_conv_border(c), T);
}
EBM_KERNEL void ebm_tile_conv_bf16(float *y, const float *packed, const float *x,
                                   const float *bias, const EbmConv *conv, int T,
                                   float *scratch);
#if EBM_BODIES(EBM_KERNELS_BF16)
EBM_KERNEL void ebm_tile_conv_bf16(float *y, const float *packed, const float *x,
                                   const float *bias, const EbmConv *conv, int T,
                                   float *scratch) {
    const EbmConv c = *conv;
    const int n = c.OH * c.OW, pixel = ebm_tile_pairs(c.C) * T;
    const EbmBorder b = ebm_conv_border(c);
    int32_t *offset = (int32_t *)scratch, *from = offset + ebm_steps_bf16(c, c.C);
    int32_t *to = from + ebm_round_16((size_t)n);
    float *image = (float *)(to + ebm_round_16((size_t)n));
    int steps = 0;
    for (int i = 0; i < c.kh; i++)
        for (int j = 0; j < c.kw; j++)
            for (int a = 0; a < ebm_tile_steps(c.C); a++)
                offset[steps++] = (i * c.dh * b.width + j * c.dw) * pixel + a * EBM_TILE_PAIRS * T;
    for (int p = 0, oy = 0; oy < c.OH; oy++)
        for (int ox = 0; ox < c.OW; ox++, p++) {
            from[p] = (oy * c.sh * b.width + ox * c.sw) * pixel;
            to[p] = p * T;
        }
    const EbmTaps s = { c.O, 0, steps, n, from, to, offset, 0, (int64_t)n * T, 0 };
    ebm_image_to_pairs(image, x, c.C, c.H, c.W, b, T);
    ebm_bf16_bias(y, c.O, (size_t)n * (size_t)T, bias);
    ebm_amx_begin();
    ebm_taps_bf16(&s, y, packed, image, T);
    ebm_amx_end();
}
#endif

EBM_INLINE size_t ebm_pack_conv_dx_bf16_size(EbmConv c) { return ebm_taps_bf16_size(c, c.C, c.O); }
EBM_KERNEL void ebm_pack_conv_dx_bf16(float *dst, const float *w, EbmConv c);
#if EBM_BODIES(EBM_KERNELS_BF16)
EBM_KERNEL void ebm_pack_conv_dx_bf16(float *dst, const float *w, EbmConv c) {
    const int64_t taps = c.kh * c.kw;
    for (int ry = 0; ry < c.sh; ry++)
        for (int rx = 0; rx < c.sw; rx++)
            dst = ebm_pack_taps_bf16(dst, w, c, (EbmClass){ ry, rx, c.sh, c.sw }, c.C, c.O, taps,
                                     c.C * taps);
}
#endif
EBM_INLINE size_t ebm_tile_conv_dx_bf16_scratch(EbmConv c, int T) {
    return ebm_steps_bf16(c, c.O) + 2 * ebm_round_16((size_t)(c.H * c.W)) +
           ebm_image_size(ebm_tile_pairs(c.O), ebm_conv_dx_border(c), T);
}
/* As ebm_dx_class: pixels of one class, and the steps of its taps. */
EBM_INLINE void ebm_dx_bf16_class(EbmTaps *s, EbmConv c, EbmClass k, EbmBorder b, int T,
                                  int32_t *offset, int32_t *from, int32_t *to) {
    const int pixel = ebm_tile_pairs(c.O) * T;
    const int y0 = (k.ry + c.sh - c.ph0 % c.sh) % c.sh, my = (y0 + c.ph0) / c.sh + b.top;
    const int x0 = (k.rx + c.sw - c.pw0 % c.sw) % c.sw, mx = (x0 + c.pw0) / c.sw + b.left;
    for (int i = 0, iy = y0; iy < c.H; i++, iy += c.sh)
        for (int j = 0, ix = x0; ix < c.W; j++, ix += c.sw) {
            from[s->n] = ((my + i) * b.width + mx + j) * pixel;
            to[s->n++] = (iy * c.W + ix) * T;
        }
    for (int i = 0; i < c.kh; i++)
        for (int j = 0; j < c.kw; j++)
            for (int a = 0; ebm_has_tap(c, k, i, j) && a < ebm_tile_steps(c.O); a++)
                offset[s->taps++] = a * EBM_TILE_PAIRS * T -
                                    (i * c.dh / c.sh * b.width + j * c.dw / c.sw) * pixel;
}
EBM_KERNEL void ebm_tile_conv_dx_bf16(float *x, const float *packed, const float *y,
                                      const EbmConv *conv, int T, float *scratch);
#if EBM_BODIES(EBM_KERNELS_BF16)
EBM_KERNEL void ebm_tile_conv_dx_bf16(float *x, const float *packed, const float *y,
                                      const EbmConv *conv, int T, float *scratch) {
    const EbmConv c = *conv;
    const EbmBorder b = ebm_conv_dx_border(c);
    int32_t *offset = (int32_t *)scratch, *from = offset + ebm_steps_bf16(c, c.O);
    int32_t *to = from + ebm_round_16((size_t)(c.H * c.W));
    float *image = (float *)(to + ebm_round_16((size_t)(c.H * c.W)));
    ebm_image_to_pairs(image, y, c.O, c.OH, c.OW, b, T);
    ebm_bf16_bias(x, c.C, (size_t)c.H * (size_t)c.W * (size_t)T, NULL);
    ebm_amx_begin();
    for (int ry = 0; ry < c.sh; ry++)
        for (int rx = 0; rx < c.sw; rx++) {
            EbmTaps s = { c.C, 0, 0, 0, from, to, offset, 0, (int64_t)c.H * c.W * T, 0 };
            ebm_dx_bf16_class(&s, c, (EbmClass){ ry, rx, c.sh, c.sw }, b, T, offset, from, to);
            if (s.taps == 0) continue;
            ebm_taps_bf16(&s, x, packed, image, T);
            packed += (size_t)((c.C + 15) / 16) * (size_t)s.taps * EBM_TILE_WORDS;
        }
    ebm_amx_end();
}
#endif
#endif
