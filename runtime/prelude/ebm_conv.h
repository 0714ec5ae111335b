/* ebm_conv.h - convolution over a tile and its input gradient; contracts in ebm_tile.h.
 *
 * Samples lie in the lanes, so a convolution is a dense layer whose x is found through a table: the
 * k-th step of the reduction reads the image at pixel + offset[k], k = (channel, tap). The same
 * engine (ebm_taps) runs
 *   conv      one set of taps, every output pixel
 *   conv_dx   for each residue of the input pixel modulo the stride, the taps that reach it; with
 *             the roles of the channels swapped
 * over an image copied into a zero border, so taps need no tests. */
#ifndef EBM_CONV_H
#define EBM_CONV_H
#include "ebm_dense.h"
#include "ebm_tile.h"

enum { EBM_TAP_VECTORS = 8 };     /* most vectors of a register block */

/* ---- engine ------------------------------------------------------------------------------------
 * A reduction over `chans` channels x `taps` taps into `rows` outputs, for n pixels. Weights are
 * packed as [blocks of channels][blocks of rows][channel][tap][row]. */
typedef struct EbmTaps {
    int rows, chans, taps;
    int n;                        /* pixels */
    const int32_t *from, *to;     /* [n]: place of a pixel in an input plane, in an output plane */
    const int32_t *offset;        /* [ebm_chans_at_once x taps]: of each step, from a pixel */
    int64_t in_plane, out_plane;  /* floats */
    int strip;                    /* pixels whose surroundings fit the L1 cache */
} EbmTaps;

/* Channels of one block: about EBM_DEPTH steps of the reduction. */
EBM_INLINE int ebm_chans_at_once(int chans, int taps) {
    const int n = taps > EBM_DEPTH ? 1 : EBM_DEPTH / (taps > 0 ? taps : 1);
    return n < chans ? n : chans;
}

/* As ebm_block, but the V vectors lie apart: the outputs of vector v at c[v], its x at x[v]. */
EBM_INLINE void ebm_tap_block(const int R, const int V, float *const *c, int64_t ldc,
                              const float *w, int64_t wk, const float *const *x,
                              const int32_t *offset, int K, const float *start, int fresh) {
    EbmVec acc[EBM_ROWS * 2 + EBM_TAP_VECTORS], xv[EBM_TAP_VECTORS];
    EBM_UNROLL
    for (int r = 0; r < R; r++) {
        const EbmVec first = ebm_vsplat(fresh && start ? start[r] : 0.0f);
        EBM_UNROLL
        for (int v = 0; v < V; v++) acc[r * V + v] = fresh ? first : ebm_vload(c[v] + r * ldc);
    }
    const int64_t ahead = K * wk;                         /* the block of weights that is next */
    for (int k = 0; k < K; k++, w += wk) {
        if (wk > 4) __builtin_prefetch(w + ahead);
        const int64_t at = offset[k];
        EBM_UNROLL
        for (int v = 0; v < V; v++) {
            xv[v] = ebm_vload(x[v] + at);
            if (R > 1) EBM_HOLD(xv[v]);
        }
        EBM_UNROLL
        for (int r = 0; r < R; r++) {
            const EbmVec b = ebm_vsplat(w[r]);
            EBM_UNROLL
            for (int v = 0; v < V; v++) acc[r * V + v] = ebm_vfma(b, xv[v], acc[r * V + v]);
        }
    }
    EBM_UNROLL
    for (int r = 0; r < R; r++) {
        EBM_UNROLL
        for (int v = 0; v < V; v++) ebm_vstore(c[v] + r * ldc, acc[r * V + v]);
    }
}

/* Some rows (R at a time) of a block of `rows`, for pixels [p0, p1), V vectors at a time. If a
 * pixel has fewer vectors, several pixels share a register block; the last one may be computed more
 * than once, to the same place. */
EBM_INLINE void ebm_taps_strip(const EbmTaps *s, float *out, const float *w, const float *in,
                               const float *start, int rows, int K, int fresh, int p0, int p1,
                               const int R, const int V, const int T) {
    const int per = T / EBM_LANES, pixels = per < V ? V / per : 1;
    for (int p = p0; p < p1; p += pixels)
        for (int t = 0; t < T; t += V * EBM_LANES) {
            float *c[EBM_TAP_VECTORS];
            const float *x[EBM_TAP_VECTORS];
            EBM_UNROLL
            for (int v = 0; v < V; v++) {
                const int q = p + v / per < p1 ? p + v / per : p1 - 1, lane = v % per * EBM_LANES;
                c[v] = out + s->to[q] + t + lane;
                x[v] = in + s->from[q] + t + lane;
            }
            ebm_tap_block(R, V, c, s->out_plane, w, rows, x, s->offset, K, start, fresh);
        }
}
/* The fewer the rows, the more vectors keep the multipliers busy. */
EBM_INLINE void ebm_taps_rows(const EbmTaps *s, float *out, const float *w, const float *in,
                              const float *start, int rows, int K, int fresh, int p0, int p1,
                              const int T) {
    enum { BIG = EBM_REGISTERS >= 32, V = EBM_TAP_VECTORS };
    if (rows == EBM_ROWS)
        ebm_taps_strip(s, out, w, in, start, rows, K, fresh, p0, p1, EBM_ROWS, 2, T);
    else if (rows == 4)
        ebm_taps_strip(s, out, w, in, start, 4, K, fresh, p0, p1, 4, BIG ? V / 2 : 2, T);
    else if (rows == 2)
        ebm_taps_strip(s, out, w, in, start, 2, K, fresh, p0, p1, 2, BIG ? V : V / 2, T);
    else
        ebm_taps_strip(s, out, w, in, start, 1, K, fresh, p0, p1, 1, V, T);
}
EBM_INLINE void ebm_taps(const EbmTaps *s, float *out, const float *packed, const float *in,
                         const float *start, const int T) {
    const int at_once = ebm_chans_at_once(s->chans, s->taps);
    for (int p0 = 0; p0 < s->n; p0 += s->strip) {
        const int p1 = s->n - p0 < s->strip ? s->n : p0 + s->strip;
        const float *w = packed;
        for (int c = 0; c < s->chans; c += at_once) {
            const int K = (s->chans - c < at_once ? s->chans - c : at_once) * s->taps;
            for (int o = 0, rows; o < s->rows; o += rows, w += (int64_t)rows * K) {
                rows = ebm_rows_at(o, s->rows);
                ebm_taps_rows(s, out + o * s->out_plane, w, in + c * s->in_plane,
                              start ? start + o : NULL, rows, K, c == 0, p0, p1, T);
            }
        }
    }
}
#if EBM_BODIES(EBM_KERNELS_CONV)
EBM_KERNEL void ebm_taps_16(const EbmTaps *s, float *out, const float *packed, const float *in,
                            const float *start) {
    ebm_taps(s, out, packed, in, start, 16);
}
EBM_KERNEL void ebm_taps_32(const EbmTaps *s, float *out, const float *packed, const float *in,
                            const float *start) {
    ebm_taps(s, out, packed, in, start, 32);
}
EBM_KERNEL void ebm_taps_64(const EbmTaps *s, float *out, const float *packed, const float *in,
                            const float *start) {
    ebm_taps(s, out, packed, in, start, 64);
}
EBM_INLINE void ebm_taps_any(const EbmTaps *s, float *out, const float *packed, const float *in,
                             const float *start, int T) {
    if (T == 16) ebm_taps_16(s, out, packed, in, start);
    else if (T == 32) ebm_taps_32(s, out, packed, in, start);
    else ebm_taps_64(s, out, packed, in, start);
}
#endif
/* Pixels of a strip when each brings `fresh` new columns of kernel height `height`. */
EBM_INLINE int ebm_strip(int chans, int taps, int height, int fresh, int T) {
    const int64_t floats = (int64_t)ebm_chans_at_once(chans, taps) * height * fresh * T;
    const int64_t group = EBM_TAP_VECTORS * 16 / T, n = 5120 / (floats > 0 ? floats : 1);
    return (int)(n < group ? group : n - n % group);
}

/* ---- taps: the steps (i, j) of the kernel with i*dh = ry mod sh and j*dw = rx mod sw ----------*/
typedef struct EbmClass { int ry, rx, sh, sw; } EbmClass;     /* { 0, 0, 1, 1 }: every tap */

EBM_INLINE int ebm_has_tap(EbmConv c, EbmClass k, int i, int j) {
    return i * c.dh % k.sh == k.ry && j * c.dw % k.sw == k.rx;
}
EBM_INLINE int ebm_tap_count(EbmConv c, EbmClass k) {
    int taps = 0;
    for (int i = 0; i < c.kh; i++)
        for (int j = 0; j < c.kw; j++) taps += ebm_has_tap(c, k, i, j);
    return taps;
}
/* Packs weight (row, channel, i, j) = w[row*row_step + channel*chan_step + i*kw + j] of the taps of
 * one class; returns the end of what it wrote. */
EBM_KERNEL float *ebm_pack_taps(float *dst, const float *w, EbmConv c, EbmClass k, int rows_total,
                                int chans, int64_t row_step, int64_t chan_step);
#if EBM_BODIES(EBM_KERNELS_CONV)
EBM_KERNEL float *ebm_pack_taps(float *dst, const float *w, EbmConv c, EbmClass k, int rows_total,
                                int chans, int64_t row_step, int64_t chan_step) {
    const int taps = ebm_tap_count(c, k), at_once = ebm_chans_at_once(chans, taps);
    if (taps == 0) return dst;
    for (int c0 = 0; c0 < chans; c0 += at_once)
        for (int o = 0, rows; o < rows_total; o += rows) {
            rows = ebm_rows_at(o, rows_total);
            for (int a = c0; a < c0 + at_once && a < chans; a++)
                for (int i = 0; i < c.kh; i++)
                    for (int j = 0; j < c.kw; j++) {
                        if (!ebm_has_tap(c, k, i, j)) continue;
                        const float *from = w + o * row_step + a * chan_step + i * c.kw + j;
                        for (int r = 0; r < rows; r++) *dst++ = from[r * row_step];
                    }
        }
    return dst;
}
#endif

/* ---- images in a zero border ------------------------------------------------------------------*/
typedef struct EbmBorder { int top, left, height, width; } EbmBorder;  /* border, whole plane */

EBM_INLINE int ebm_at_least_0(int n) {
    return n > 0 ? n : 0;
}
EBM_INLINE EbmBorder ebm_conv_border(EbmConv c) {
    const int bottom = (c.OH - 1) * c.sh + (c.kh - 1) * c.dh + 1 - c.ph0 - c.H;
    const int right = (c.OW - 1) * c.sw + (c.kw - 1) * c.dw + 1 - c.pw0 - c.W;
    return (EbmBorder){ c.ph0, c.pw0, c.ph0 + c.H + ebm_at_least_0(bottom),
                        c.pw0 + c.W + ebm_at_least_0(right) };
}
EBM_INLINE EbmBorder ebm_conv_dx_border(EbmConv c) {
    const int top = ebm_at_least_0((c.kh - 1) * c.dh / c.sh - c.ph0 / c.sh);
    const int left = ebm_at_least_0((c.kw - 1) * c.dw / c.sw - c.pw0 / c.sw);
    return (EbmBorder){ top, left,
                        top + c.OH + ebm_at_least_0((c.H - 1 + c.ph0) / c.sh - (c.OH - 1)),
                        left + c.OW + ebm_at_least_0((c.W - 1 + c.pw0) / c.sw - (c.OW - 1)) };
}
#if EBM_BODIES(EBM_KERNELS_CONV)
/* dst [C][b.height][b.width][T] from src [C][H][W][T]. */
EBM_KERNEL void ebm_with_border(float *dst, const float *src, int C, int H, int W, EbmBorder b,
                                int T) {
    const size_t row = (size_t)W * T, wide = (size_t)b.width * T, before = (size_t)b.left * T;
    for (int c = 0; c < C; c++)
        for (int y = 0; y < b.height; y++, dst += wide) {
            if (y < b.top || y >= b.top + H) {
                memset(dst, 0, sizeof(float) * wide);
                continue;
            }
            memset(dst, 0, sizeof(float) * before);
            memcpy(dst + before, src, sizeof(float) * row);
            memset(dst + before + row, 0, sizeof(float) * (wide - before - row));
            src += row;
        }
}
#endif

/* Scratch: steps [..], from [n], to [n], then the image with its border. */
EBM_INLINE size_t ebm_round_16(size_t n) {
    return (n + 15) & ~(size_t)15;
}
EBM_INLINE size_t ebm_steps_size(EbmConv c) {
    const int taps = c.kh * c.kw;
    return ebm_round_16((size_t)(taps > EBM_DEPTH ? taps : EBM_DEPTH));
}
EBM_INLINE size_t ebm_image_size(int C, EbmBorder b, int T) {
    return (size_t)C * (size_t)b.height * (size_t)b.width * (size_t)T;
}

/* ---- forward ----------------------------------------------------------------------------------*/
EBM_INLINE size_t ebm_pack_conv_size(EbmConv c) {
    return (size_t)c.O * (size_t)(c.C / c.groups) * (size_t)(c.kh * c.kw);
}
EBM_INLINE void ebm_pack_conv(float *dst, const float *w, EbmConv c) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups;
    const int64_t taps = c.kh * c.kw;
    for (int g = 0; g < c.groups; g++)
        dst = ebm_pack_taps(dst, w + (int64_t)g * Og * Cg * taps, c, (EbmClass){ 0, 0, 1, 1 }, Og,
                            Cg, Cg * taps, taps);
}
EBM_INLINE size_t ebm_tile_conv_scratch(EbmConv c, int T) {
    return ebm_steps_size(c) + 2 * ebm_round_16((size_t)(c.OH * c.OW)) +
           ebm_image_size(c.C, ebm_conv_border(c), T);
}
#if EBM_BODIES(EBM_KERNELS_CONV)
EBM_KERNEL void ebm_tile_conv(float *y, const float *packed, const float *x, const float *bias,
                              const EbmConv *conv, int T, float *scratch) {
    const EbmConv c = *conv;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, n = c.OH * c.OW, taps = c.kh * c.kw;
    const EbmBorder b = ebm_conv_border(c);
    int32_t *offset = (int32_t *)scratch, *from = offset + ebm_steps_size(c);
    int32_t *to = from + ebm_round_16((size_t)n);
    const float *image = x;
    if (b.height != c.H || b.width != c.W) {
        float *copy = (float *)(to + ebm_round_16((size_t)n));
        ebm_with_border(copy, x, c.C, c.H, c.W, b, T);
        image = copy;
    }
    const int64_t plane = (int64_t)b.height * b.width * T;
    const int at_once = ebm_chans_at_once(Cg, taps);
    for (int a = 0, k = 0; a < at_once; a++)
        for (int i = 0; i < c.kh; i++)
            for (int j = 0; j < c.kw; j++)
                offset[k++] = (int32_t)(a * plane + (i * c.dh * b.width + j * c.dw) * T);
    for (int p = 0, oy = 0; oy < c.OH; oy++)
        for (int ox = 0; ox < c.OW; ox++, p++) {
            from[p] = (oy * c.sh * b.width + ox * c.sw) * T;
            to[p] = p * T;
        }
    const EbmTaps s = { Og, Cg, taps, n, from, to, offset, plane, (int64_t)n * T,
                        ebm_strip(Cg, taps, c.kh, c.sw, T) };
    for (int g = 0; g < c.groups; g++)
        ebm_taps_any(&s, y + g * Og * s.out_plane, packed + (int64_t)g * Og * Cg * taps,
                     image + g * Cg * plane, bias ? bias + g * Og : NULL, T);
}
#endif

/* ---- input gradient ----------------------------------------------------------------------------
 * Input pixel iy takes taps i with oy = (iy + ph0 - i*dh) / sh whole: those of its class
 * ry = (iy + ph0) mod sh. With m = (iy + ph0 - ry) / sh, oy = m - (i*dh - ry) / sh. */
EBM_INLINE size_t ebm_pack_conv_dx_size(EbmConv c) {
    return ebm_pack_conv_size(c);
}
EBM_INLINE void ebm_pack_conv_dx(float *dst, const float *w, EbmConv c) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups;
    const int64_t taps = c.kh * c.kw;
    for (int ry = 0; ry < c.sh; ry++)
        for (int rx = 0; rx < c.sw; rx++)
            for (int g = 0; g < c.groups; g++)
                dst = ebm_pack_taps(dst, w + (int64_t)g * Og * Cg * taps, c,
                                    (EbmClass){ ry, rx, c.sh, c.sw }, Cg, Og, taps, Cg * taps);
}
EBM_INLINE size_t ebm_tile_conv_dx_scratch(EbmConv c, int T) {
    return ebm_steps_size(c) + 2 * ebm_round_16((size_t)(c.H * c.W)) +
           ebm_image_size(c.O, ebm_conv_dx_border(c), T);
}
#if EBM_BODIES(EBM_KERNELS_CONV)
/* Fills s for one class: pixels and steps. `steps`, `from` and `to` are the room for them. */
EBM_KERNEL void ebm_dx_class(EbmTaps *s, EbmConv c, EbmClass k, EbmBorder b, int T, int32_t *steps,
                             int32_t *from, int32_t *to) {
    s->taps = ebm_tap_count(c, k);
    s->n = 0;
    /* The first row and column of the class, and their m. */
    const int y0 = (k.ry + c.sh - c.ph0 % c.sh) % c.sh, my = (y0 + c.ph0) / c.sh + b.top;
    const int x0 = (k.rx + c.sw - c.pw0 % c.sw) % c.sw, mx = (x0 + c.pw0) / c.sw + b.left;
    for (int i = 0, iy = y0; iy < c.H; i++, iy += c.sh)
        for (int j = 0, ix = x0; ix < c.W; j++, ix += c.sw) {
            from[s->n] = ((my + i) * b.width + mx + j) * T;
            to[s->n++] = (iy * c.W + ix) * T;
        }
    const int at_once = ebm_chans_at_once(s->chans, s->taps);
    for (int a = 0, n = 0; a < at_once && s->taps; a++)
        for (int i = 0; i < c.kh; i++)
            for (int j = 0; j < c.kw; j++)
                if (ebm_has_tap(c, k, i, j))
                    steps[n++] = (int32_t)(a * s->in_plane) -
                                 (i * c.dh / c.sh * b.width + j * c.dw / c.sw) * T;
    s->strip = ebm_strip(s->chans, s->taps, (c.kh + c.sh - 1) / c.sh, 1, T);
}
EBM_KERNEL void ebm_tile_conv_dx(float *x, const float *packed, const float *y,
                                 const EbmConv *conv, int T, float *scratch) {
    const EbmConv c = *conv;
    const int Cg = c.C / c.groups, Og = c.O / c.groups;
    const EbmBorder b = ebm_conv_dx_border(c);
    int32_t *steps = (int32_t *)scratch, *from = steps + ebm_steps_size(c);
    int32_t *to = from + ebm_round_16((size_t)(c.H * c.W));
    const float *image = y;
    if (b.height != c.OH || b.width != c.OW) {
        float *copy = (float *)(to + ebm_round_16((size_t)(c.H * c.W)));
        ebm_with_border(copy, y, c.O, c.OH, c.OW, b, T);
        image = copy;
    }
    EbmTaps s = { Cg, Og, 0, 0, from, to, steps, (int64_t)b.height * b.width * T,
                  (int64_t)c.H * c.W * T, 0 };
    for (int ry = 0; ry < c.sh; ry++)
        for (int rx = 0; rx < c.sw; rx++) {
            ebm_dx_class(&s, c, (EbmClass){ ry, rx, c.sh, c.sw }, b, T, steps, from, to);
            for (int a = 0; a < c.C && s.taps == 0; a++)
                for (int p = 0; p < s.n; p++)
                    memset(x + a * s.out_plane + to[p], 0, sizeof(float) * (size_t)T);
            for (int g = 0; g < c.groups && s.taps; g++, packed += (int64_t)Cg * Og * s.taps)
                ebm_taps_any(&s, x + g * Cg * s.out_plane, packed, image + g * Og * s.in_plane,
                             NULL, T);
        }
}
#endif
#endif
