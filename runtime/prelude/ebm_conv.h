/* ebm_conv.h - convolution over a tile; contracts in ebm_tile.h. */
#ifndef EBM_CONV_H
#define EBM_CONV_H
#include "ebm_tile.h"

EBM_INLINE size_t ebm_pack_conv_size(EbmConv c) {
    return (size_t)c.O * (size_t)(c.C / c.groups) * (size_t)(c.kh * c.kw);
}
EBM_INLINE void ebm_pack_conv(float *dst, const float *w, EbmConv c) {
    memcpy(dst, w, 4 * ebm_pack_conv_size(c));
}
EBM_INLINE size_t ebm_pack_conv_dx_size(EbmConv c) {
    return ebm_pack_conv_size(c);
}
EBM_INLINE void ebm_pack_conv_dx(float *dst, const float *w, EbmConv c) {
    memcpy(dst, w, 4 * ebm_pack_conv_size(c));
}
EBM_INLINE size_t ebm_tile_conv_scratch(EbmConv c, int T) {
    (void)c, (void)T;
    return 16;
}
EBM_INLINE size_t ebm_tile_conv_dx_scratch(EbmConv c, int T) {
    (void)c, (void)T;
    return 16;
}
EBM_INLINE size_t ebm_tile_conv_dw_scratch(EbmConv c, int T) {
    (void)c, (void)T;
    return 16;
}
EBM_INLINE void ebm_tile_conv(float *y, const float *packed, const float *x, const float *bias,
                              EbmConv c, int T, float *scratch) {
    (void)scratch;
    const int Cg = c.C / c.groups, Og = c.O / c.groups;
    for (int o = 0; o < c.O; o++)
        for (int p = 0; p < c.OH * c.OW; p++)
            for (int t = 0; t < T; t++) {
                float s = bias ? bias[o] : 0;
                for (int j = 0; j < Cg; j++)
                    for (int a = 0; a < c.kh; a++)
                        for (int b = 0; b < c.kw; b++) {
                            int iy = p / c.OW * c.sh - c.ph0 + a * c.dh;
                            int ix = p % c.OW * c.sw - c.pw0 + b * c.dw;
                            int in = iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
                            size_t at = ((size_t)(o / Og * Cg + j) * c.H + iy) * c.W + ix;
                            float v = in ? x[at * T + t] : 0;
                            s = ebm_fma(packed[((size_t)(o * Cg + j) * c.kh + a) * c.kw + b], v, s);
                        }
                y[((size_t)o * c.OH * c.OW + p) * T + t] = s;
            }
}
EBM_INLINE void ebm_tile_conv_dx(float *x, const float *packed, const float *y, EbmConv c, int T,
                                 float *scratch) {
    (void)scratch;
    const int Cg = c.C / c.groups, Og = c.O / c.groups;
    for (int i = 0; i < c.C; i++)
        for (int p = 0; p < c.H * c.W; p++)
            for (int t = 0; t < T; t++) {
                float s = 0;
                for (int o = i / Cg * Og; o < (i / Cg + 1) * Og; o++)
                    for (int a = 0; a < c.kh; a++)
                        for (int b = 0; b < c.kw; b++) {
                            int oy = p / c.W + c.ph0 - a * c.dh, ox = p % c.W + c.pw0 - b * c.dw;
                            if (oy % c.sh || ox % c.sw) continue;
                            oy /= c.sh, ox /= c.sw;
                            int in = oy >= 0 && oy < c.OH && ox >= 0 && ox < c.OW;
                            float v = in ? y[(((size_t)o * c.OH + oy) * c.OW + ox) * T + t] : 0;
                            s = ebm_fma(packed[((size_t)(o * Cg + i % Cg) * c.kh + a) * c.kw + b],
                                        v, s);
                        }
                x[((size_t)i * c.H * c.W + p) * T + t] = s;
            }
}
EBM_INLINE void ebm_tile_conv_dw(float *g, const float *x, const float *y, EbmConv c, int T,
                                 int valid, float *scratch) {
    (void)scratch;
    const int Cg = c.C / c.groups, Og = c.O / c.groups;
    for (int o = 0; o < c.O; o++)
        for (int j = 0; j < Cg; j++)
            for (int a = 0; a < c.kh; a++)
                for (int b = 0; b < c.kw; b++)
                    for (int t = 0; t < valid; t++)
                        for (int p = 0; p < c.OH * c.OW; p++) {
                            int iy = p / c.OW * c.sh - c.ph0 + a * c.dh;
                            int ix = p % c.OW * c.sw - c.pw0 + b * c.dw;
                            int in = iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
                            size_t at = ((size_t)(o / Og * Cg + j) * c.H + iy) * c.W + ix;
                            float *e = g + ((size_t)(o * Cg + j) * c.kh + a) * c.kw + b;
                            float v = in ? x[at * T + t] : 0;
                            *e = ebm_fma(y[((size_t)o * c.OH * c.OW + p) * T + t], v, *e);
                        }
}
#endif
