/* ebm_mma_conv.cuh - convolution over a tile, without a copy of the image: a tap outside enters as a
 * zero. Contracts in ebm_mma.cuh. */
#ifndef EBM_MMA_CONV_CUH
#define EBM_MMA_CONV_CUH

EBM_INLINE void ebm_cta_conv(float *y, const float *w, const float *x, const float *bias, EbmConv c,
                             int T, int S) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.OH * c.OW;
    for (EBM_EACH(e, c.O * P * T)) {
        const int o = e / (P * T), p = e / T % P, t = e % T;
        const int y0 = p / c.OW * c.sh - c.ph0, x0 = p % c.OW * c.sw - c.pw0;
        const float *from = x + o / Og * Cg * c.H * c.W * S + t;
        const float *row = w + o * Cg * c.kh * c.kw;
        float sum = bias ? bias[o] : 0.0f;
        for (int a = 0; a < Cg; a++)
            for (int i = 0; i < c.kh; i++)
                for (int j = 0; j < c.kw; j++, row++) {
                    const int iy = y0 + i * c.dh, ix = x0 + j * c.dw;
                    const bool in = iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
                    sum = ebm_fma(*row, in ? from[((a * c.H + iy) * c.W + ix) * S] : 0.0f, sum);
                }
        y[(o * P + p) * S + t] = sum;
    }
}
EBM_INLINE void ebm_cta_conv_dx(float *x, const float *w, const float *y, EbmConv c, int T, int S) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.H * c.W, taps = c.kh * c.kw;
    for (EBM_EACH(e, c.C * P * T)) {
        const int a = e / (P * T), p = e / T % P, t = e % T, g = a / Cg;
        const int y0 = p / c.W + c.ph0, x0 = p % c.W + c.pw0;
        float sum = 0.0f;
        for (int o = g * Og; o < (g + 1) * Og; o++)
            for (int i = 0; i < c.kh; i++)
                for (int j = 0; j < c.kw; j++) {
                    const int ys = y0 - i * c.dh, xs = x0 - j * c.dw;
                    if (ys % c.sh != 0 || xs % c.sw != 0) continue;
                    const int oy = ys / c.sh, ox = xs / c.sw;
                    const bool in = ys >= 0 && oy < c.OH && xs >= 0 && ox < c.OW;
                    sum = ebm_fma(w[(o * Cg + a - g * Cg) * taps + i * c.kw + j],
                                  in ? y[((o * c.OH + oy) * c.OW + ox) * S + t] : 0.0f, sum);
                }
        x[(a * P + p) * S + t] = sum;
    }
}
EBM_INLINE void ebm_cta_conv_dw(float *g, const float *x, const float *y, EbmConv c, int T, int S,
                                int valid) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, taps = c.kh * c.kw;
    (void)T;
    for (EBM_EACH(e, c.O * Cg * taps)) {
        const int o = e / (Cg * taps), a = e / taps % Cg + o / Og * Cg;
        const int i = e / c.kw % c.kh, j = e % c.kw;
        float sum = g[e];
        for (int t = 0; t < valid; t++)
            for (int oy = 0; oy < c.OH; oy++)
                for (int ox = 0; ox < c.OW; ox++) {
                    const int iy = oy * c.sh - c.ph0 + i * c.dh, ix = ox * c.sw - c.pw0 + j * c.dw;
                    const bool in = iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
                    sum = ebm_fma(in ? x[((a * c.H + iy) * c.W + ix) * S + t] : 0.0f,
                                  y[((o * c.OH + oy) * c.OW + ox) * S + t], sum);
                }
        g[e] = sum;
    }
}
#endif
