/* ebm_mma_conv.cuh - convolution over a tile, without a copy of the image: a tap outside enters as a
 * zero. Contracts in ebm_mma.cuh.
 *
 * tf32, bf16: an implicit product. Rows are channels of the result, columns eight samples of one pixel
 * (of the weight gradient: weights), the common dimension is (channel, i, j) (of the weight
 * gradient: samples of a pixel). A warp takes 16 rows by EBM_COLUMNS columns, mostly
 * neighbouring pixels, so that weights are read once for all of them. Each geometry is one function
 * of a module, because ptxas takes long over kernels that hold many; its loops stay loops, because
 * ptxas would write out short ones, at ten times the compile time. */
#ifndef EBM_MMA_CONV_CUH
#define EBM_MMA_CONV_CUH

#if EBM_TF32
/* ---- forward -----------------------------------------------------------------------------------
 * What a lane brings at step k: channel a, tap (i, j). */
EBM_INLINE float ebm_conv_tap(const float *x, EbmConv c, int k, int Kc, int y0, int x0, int S) {
    const int a = k / (c.kh * c.kw), i = k / c.kw % c.kh, j = k % c.kw;
    const int iy = y0 + i * c.dh, ix = x0 + j * c.dw;
    const bool in = k < Kc && iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
    return in ? x[((a * c.H + iy) * c.W + ix) * S] : 0.0f;
}
/* Rows from r of one group, column tiles from `column`; x, w, y, bias of the group. */
template <typename P>
EBM_INLINE void ebm_conv_tile(float *y, const float *w, const float *x, const float *bias, EbmConv c,
                              int r, int column, int T, int S) {
    const int g = ebm_lane_g(), q = ebm_lane_q(), Og = c.O / c.groups, pixels = c.OH * c.OW;
    const int Kc = c.C / c.groups * c.kh * c.kw, columns = pixels * (T / 8);
    const float low = bias && r + g < Og ? bias[r + g] : 0.0f;
    const float high = bias && r + g + 8 < Og ? bias[r + g + 8] : 0.0f;
    int y0[EBM_COLUMNS], x0[EBM_COLUMNS], t[EBM_COLUMNS], p[EBM_COLUMNS];
    float sum[EBM_COLUMNS][4];
    EBM_UNROLL
    for (int j = 0; j < EBM_COLUMNS; j++) {
        const int at = column + j < columns ? column + j : columns - 1;
        p[j] = at / (T / 8), t[j] = at % (T / 8) * 8;
        y0[j] = p[j] / c.OW * c.sh - c.ph0, x0[j] = p[j] % c.OW * c.sw - c.pw0;
        sum[j][0] = sum[j][1] = low, sum[j][2] = sum[j][3] = high;
    }
    EBM_UNROLL_BY(1)
    for (int k0 = 0; k0 < Kc; k0 += P::STEP) {
        uint32_t a[4];
        ebm_dense_a<P>(a, w, Kc, 1, r + g, k0, false, Og, Kc);
        EBM_UNROLL
        for (int j = 0; j < EBM_COLUMNS; j++) {
            const float *from = x + t[j] + g;
            const auto get = [&](int s) {
                return ebm_conv_tap(from, c, k0 + ebm_dense_k(s, false), Kc, y0[j], x0[j], S);
            };
            P::mma(sum[j], a, P::word(0, get), P::word(1, get));
        }
    }
    EBM_UNROLL
    for (int j = 0; j < EBM_COLUMNS; j++)
        if (column + j < columns)
            ebm_fragment_store(y + p[j] * S, sum[j], r + g, t[j] + 2 * q, Og, pixels * S);
}
template <typename Geometry, int T, int S, typename P>
EBM_SHARED_BODY void ebm_cta_conv(float *y, const float *w, const float *x, const float *bias) {
    constexpr EbmConv c = Geometry::value;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, pixels = c.OH * c.OW;
    const int rows = (Og + 15) / 16, parts = (pixels * (T / 8) + EBM_COLUMNS - 1) / EBM_COLUMNS;
    for (int item = ebm_warp(); item < c.groups * rows * parts; item += ebm_warps()) {
        const int of = item / (rows * parts), r = item % rows * 16, part = item / rows % parts;
        ebm_conv_tile<P>(y + of * Og * pixels * S, w + of * Og * Cg * c.kh * c.kw,
                         x + of * Cg * c.H * c.W * S, bias ? bias + of * Og : bias, c, r,
                         part * EBM_COLUMNS, T, S);
    }
}

/* ---- input gradient ----------------------------------------------------------------------------
 * Pixel (iy, ix) takes the taps i with i*dh = ry and j with j*dw = rx mod the strides, where
 * ry = (iy + ph0) mod sh and rx alike: pixels with one (ry, rx) are a class. Along an axis the
 * class has pixels from `pixel`, `pixels` of them a stride apart, and taps from `tap`, `taps` of them
 * `gap` apart; the first pixel's first tap meets output `out`, each further tap `back` before. */
typedef struct EbmAxis { int pixel, pixels, tap, taps, gap, out, back; } EbmAxis;

EBM_INLINE EbmAxis ebm_conv_axis(int r, int stride, int pad, int dilation, int taps, int size) {
    EbmAxis a;
    a.gap = 1;
    while (a.gap * dilation % stride != 0) a.gap++;
    a.tap = 0;
    while (a.tap < a.gap && a.tap * dilation % stride != r) a.tap++;
    a.taps = a.tap == a.gap || a.tap >= taps ? 0 : (taps - 1 - a.tap) / a.gap + 1;
    a.pixel = (r + stride - pad % stride) % stride;
    a.pixels = a.pixel < size ? (size - 1 - a.pixel) / stride + 1 : 0;
    a.out = (a.pixel + pad - a.tap * dilation) / stride;
    a.back = a.gap * dilation / stride;
    return a;
}
/* Rows from r of one group, column tiles from `column` of one class; x, w, y of the group. */
template <typename P>
EBM_INLINE void ebm_conv_dx_tile(float *x, const float *w, const float *y, EbmConv c, EbmAxis v,
                                 EbmAxis h, int r, int column, int T, int S) {
    const int g = ebm_lane_g(), q = ebm_lane_q(), Cg = c.C / c.groups, taps = v.taps * h.taps;
    const int K = c.O / c.groups * taps, columns = v.pixels * h.pixels * (T / 8);
    int y0[EBM_COLUMNS], x0[EBM_COLUMNS], t[EBM_COLUMNS];
    float sum[EBM_COLUMNS][4];
    EBM_UNROLL
    for (int j = 0; j < EBM_COLUMNS; j++) {
        const int at = column + j < columns ? column + j : columns - 1;
        y0[j] = at / (T / 8) / h.pixels, x0[j] = at / (T / 8) % h.pixels, t[j] = at % (T / 8) * 8;
        sum[j][0] = sum[j][1] = sum[j][2] = sum[j][3] = 0.0f;
    }
    EBM_UNROLL_BY(1)
    for (int k0 = 0; k0 < K; k0 += P::STEP) {
        enum { EACH = P::STEP / 4 };
        const float *weight[EACH], *from[EACH];
        int dy[EACH], dx[EACH];
        bool in[EACH];
        EBM_UNROLL
        for (int s = 0; s < EACH; s++) {
            in[s] = k0 + ebm_dense_k(s, false) < K;
            const int k = in[s] ? k0 + ebm_dense_k(s, false) : 0;
            const int o = k / taps, i = k / h.taps % v.taps, j = k % h.taps;
            dy[s] = v.out - i * v.back, dx[s] = h.out - j * h.back;
            from[s] = y + o * c.OH * c.OW * S + g;
            weight[s] = w + ((o * Cg + r + g) * c.kh + v.tap + i * v.gap) * c.kw + h.tap + j * h.gap;
        }
        uint32_t a[4];
        EBM_UNROLL
        for (int i = 0; i < 4; i++)
            a[i] = P::word(i / 2, [&](int s) {
                const bool row = r + g + i % 2 * 8 < Cg;
                return row && in[s] ? weight[s][i % 2 * 8 * c.kh * c.kw] : 0.0f;
            });
        EBM_UNROLL
        for (int j = 0; j < EBM_COLUMNS; j++) {
            const auto get = [&](int s) {
                const int oy = y0[j] + dy[s], ox = x0[j] + dx[s];
                const bool inside = in[s] && oy >= 0 && oy < c.OH && ox >= 0 && ox < c.OW;
                return inside ? from[s][(oy * c.OW + ox) * S + t[j]] : 0.0f;
            };
            P::mma(sum[j], a, P::word(0, get), P::word(1, get));
        }
    }
    EBM_UNROLL
    for (int j = 0; j < EBM_COLUMNS; j++) {
        const int pixel = (v.pixel + y0[j] * c.sh) * c.W + h.pixel + x0[j] * c.sw;
        if (column + j < columns)
            ebm_fragment_store(x + pixel * S, sum[j], r + g, t[j] + 2 * q, Cg, c.H * c.W * S);
    }
}
template <typename Geometry, int T, int S, typename P>
EBM_SHARED_BODY void ebm_cta_conv_dx(float *x, const float *w, const float *y) {
    constexpr EbmConv c = Geometry::value;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, rows = (Cg + 15) / 16;
    EBM_UNROLL
    for (int ry = 0; ry < c.sh; ry++) {
        EBM_UNROLL
        for (int rx = 0; rx < c.sw; rx++) {
            const EbmAxis v = ebm_conv_axis(ry, c.sh, c.ph0, c.dh, c.kh, c.H);
            const EbmAxis h = ebm_conv_axis(rx, c.sw, c.pw0, c.dw, c.kw, c.W);
            const int columns = v.pixels * h.pixels * (T / 8);
            const int parts = (columns + EBM_COLUMNS - 1) / EBM_COLUMNS;
            for (int item = ebm_warp(); item < c.groups * rows * parts; item += ebm_warps()) {
                const int of = item / (rows * parts), r = item % rows * 16, part = item / rows % parts;
                ebm_conv_dx_tile<P>(x + of * Cg * c.H * c.W * S, w + of * Og * Cg * c.kh * c.kw,
                                    y + of * Og * c.OH * c.OW * S, c, v, h, r, part * EBM_COLUMNS, T,
                                    S);
            }
        }
    }
}

/* ---- weight gradient ---------------------------------------------------------------------------
 * Rows from r, `tiles` column tiles from weight k of one group; g, x, y of the group. Samples go by
 * eight, and within them pixels ascending, so the order is the same for every T. */
EBM_INLINE void ebm_conv_dw_tile(float *g, const float *x, const float *y, EbmConv c, int r, int k,
                                 const int tiles, int T, int S, int valid) {
    const int l = ebm_lane_g(), q = ebm_lane_q(), Og = c.O / c.groups, P = c.OH * c.OW;
    const int Kc = c.C / c.groups * c.kh * c.kw;
    const bool low = r + l < Og, high = r + l + 8 < Og;
    const float *from[EBM_COLUMNS];
    int y0[EBM_COLUMNS], x0[EBM_COLUMNS];
    float sum[EBM_COLUMNS][4];
    EBM_UNROLL
    for (int j = 0; j < tiles; j++) {
        const int col = k + 8 * j + l < Kc ? k + 8 * j + l : 0;
        y0[j] = col / c.kw % c.kh * c.dh - c.ph0, x0[j] = col % c.kw * c.dw - c.pw0;
        from[j] = x + col / (c.kh * c.kw) * c.H * c.W * S;
        EBM_UNROLL
        for (int i = 0; i < 4; i++) {
            const int row = r + l + i / 2 * 8, at = k + 8 * j + 2 * q + i % 2;
            sum[j][i] = row < Og && at < Kc ? g[row * Kc + at] : 0.0f;
        }
    }
    EBM_UNROLL_BY(1)
    for (int t = q; t < T; t += 8) {
        const bool in = t < valid, in2 = t + 4 < valid;
        EBM_UNROLL_BY(1)
        for (int p = 0; p < P; p++) {
            const float *d = y + ((r + l) * P + p) * S + t;
            const int oy = p / c.OW * c.sh, ox = p % c.OW * c.sw;
            uint32_t a[4];
            a[0] = ebm_to_tf32(low && in ? d[0] : 0.0f);
            a[1] = ebm_to_tf32(high && in ? d[8 * P * S] : 0.0f);
            a[2] = ebm_to_tf32(low && in2 ? d[4] : 0.0f);
            a[3] = ebm_to_tf32(high && in2 ? d[8 * P * S + 4] : 0.0f);
            EBM_UNROLL
            for (int j = 0; j < tiles; j++) {
                const int iy = oy + y0[j], ix = ox + x0[j];
                const bool inside = iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
                const float *b = from[j] + (iy * c.W + ix) * S + t;
                ebm_mma_tf32(sum[j], a, ebm_to_tf32(inside ? b[0] : 0.0f),
                             ebm_to_tf32(inside ? b[4] : 0.0f));
            }
        }
    }
    EBM_UNROLL
    for (int j = 0; j < tiles; j++) {
        EBM_UNROLL
        for (int i = 0; i < 4; i++) {
            const int row = r + l + i / 2 * 8, at = k + 8 * j + 2 * q + i % 2;
            if (row < Og && at < Kc) g[row * Kc + at] = sum[j][i];
        }
    }
}
template <typename Geometry, int T, int S>
EBM_SHARED_BODY void ebm_cta_conv_dw(float *g, const float *x, const float *y, int valid) {
    constexpr EbmConv c = Geometry::value;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, Kc = Cg * c.kh * c.kw;
    const int rows = (Og + 15) / 16, columns = (Kc + 7) / 8;
    const int tiles = columns % 2 == 0 && c.groups * rows * columns >= 32 ? 2 : 1;
    const int parts = columns / tiles;
    for (int item = ebm_warp(); item < c.groups * rows * parts; item += ebm_warps()) {
        const int of = item / (rows * parts), r = item % rows * 16, part = item / rows % parts;
        ebm_conv_dw_tile(g + of * Og * Kc, x + of * Cg * c.H * c.W * S, y + of * Og * c.OH * c.OW * S,
                         c, r, part * tiles * 8, tiles, T, S, valid);
    }
}

#else
/* Element e = (channel, pixel, sample) of a convolution and of its input gradient; of T samples. */
EBM_INLINE float ebm_conv_sum(EbmConv c, const float *w, const float *x, const float *bias, int e, int T,
                              int S) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.OH * c.OW;
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
    return sum;
}
EBM_INLINE float ebm_conv_dx_sum(EbmConv c, const float *w, const float *y, int e, int T, int S) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.H * c.W, taps = c.kh * c.kw;
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
    return sum;
}
template <typename Geometry, int T, int S, typename P>
EBM_SHARED_BODY void ebm_cta_conv(float *y, const float *w, const float *x, const float *bias) {
    constexpr EbmConv c = Geometry::value;
    for (EBM_EACH(e, c.O * c.OH * c.OW * T)) y[e / T * S + e % T] = ebm_conv_sum(c, w, x, bias, e, T, S);
}
template <typename Geometry, int T, int S, typename P>
EBM_SHARED_BODY void ebm_cta_conv_dx(float *x, const float *w, const float *y) {
    constexpr EbmConv c = Geometry::value;
    for (EBM_EACH(e, c.C * c.H * c.W * T)) x[e / T * S + e % T] = ebm_conv_dx_sum(c, w, y, e, T, S);
}
template <typename Geometry, int T, int S>
EBM_SHARED_BODY void ebm_cta_conv_dw(float *g, const float *x, const float *y, int valid) {
    constexpr EbmConv c = Geometry::value;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, taps = c.kh * c.kw;
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
#endif
