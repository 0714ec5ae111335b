EBM_INLINE size_t ebm_tile_conv_dw_scratch(EbmConv c, int T) {
    (void)c, (void)T;
    return 16;
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
