/* ebm_grid_conv.cuh - convolutions of a whole grid; weight gradients tile by tile. See ebm_grid.cuh. */
#ifndef EBM_GRID_CONV_CUH
#define EBM_GRID_CONV_CUH

#if EBM_TF32
/* ---- convolution --------------------------------------------------------------------------------
 * A tile is channels of one pixel of some samples. Forward the common dimension is (channel, tap). */
template <typename Tile, typename Geometry, int T, int S>
EBM_SHARED_BODY void ebm_grid_conv_tile(float *room, const float *w, const float *x, int r, int pixel,
                                        int samples) {
    constexpr EbmConv c = Geometry::value;
    const int K = c.C / c.groups * c.kh * c.kw, y0 = pixel / c.OW * c.sh - c.ph0;
    const int x0 = pixel % c.OW * c.sw - c.pw0;
    const bool whole = ebm_is_whole(w, K, K);
    ebm_grid_product<Tile, false, true>(room, (K + 7) / 8, [=](float *to, int step) {
        ebm_grid_weights<Tile, false>(to, w, K, 1, r, 8 * step, c.O / c.groups, K, whole);
    }, [=](float *to, int step) {
        ebm_grid_rows<Tile>(to, x, samples, [=](int row) {
            const int k = 8 * step + row, a = k / (c.kh * c.kw);
            const int iy = y0 + k / c.kw % c.kh * c.dh, ix = x0 + k % c.kw * c.dw;
            const bool in = k < K && iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
            return in ? ((a * c.H + iy) * c.W + ix) * S : -1;
        });
    });
}
template <typename Tile, typename Geometry, int T, int S, typename Then>
EBM_INLINE void ebm_grid_conv_tiles(const float *w, const float *x, const float *bias, int valid,
                                    float *room, Then then) {
    constexpr EbmConv c = Geometry::value;
    const int Og = c.O / c.groups, P = c.OH * c.OW, K = c.C / c.groups * c.kh * c.kw;
    const int image = c.C / c.groups * c.H * c.W * S;
    ebm_grid_tiles<Tile>(c.groups, Og, P, valid, [&](int of, int r, int pixel, int t0) {
        ebm_grid_conv_tile<Tile, Geometry, T, S>(room, w + of * Og * K, x + of * image + t0, r, pixel,
                                                 T - t0);
        ebm_grid_finish<Tile>(room, [&](int row, int column, float sum) {
            const int o = of * Og + r + row, t = t0 + column;
            if (r + row < Og && t < T) then(o * P + pixel, t, bias ? bias[o] + sum : sum);
        });
    });
}
/* then(i, t, y) for element i of the output image. */
template <typename Geometry, int T, int S, typename P = EbmTf32, typename Then>
EBM_INLINE void ebm_grid_conv_then(const float *w, const float *x, const float *bias, int valid,
                                   float *room, Then then) {
    constexpr EbmConv c = Geometry::value;
    constexpr bool large = ebm_grid_is_large(c.groups, c.O / c.groups, c.OH * c.OW, T);
    ebm_grid_conv_tiles<EbmTile<large ? 64 : 32, P>, Geometry, T, S>(w, x, bias, valid, room, then);
}
/* The input gradient: the common dimension is (tap, channel), channels filled up to whole steps; a pixel
 * takes the taps that EbmAxis gives it. */
template <typename Tile, typename Geometry, int T, int S>
EBM_SHARED_BODY void ebm_grid_conv_dx_tile(float *room, const float *w, const float *y, int r, int pixel,
                                           int samples) {
    constexpr EbmConv c = Geometry::value;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, each = (Og + 7) / 8;
    const int iy = pixel / c.W, ix = pixel % c.W;
    const EbmAxis v = ebm_conv_axis((iy + c.ph0) % c.sh, c.sh, c.ph0, c.dh, c.kh, c.H);
    const EbmAxis h = ebm_conv_axis((ix + c.pw0) % c.sw, c.sw, c.pw0, c.dw, c.kw, c.W);
    const int y0 = v.out + (iy - v.pixel) / c.sh, x0 = h.out + (ix - h.pixel) / c.sw;
    ebm_grid_product<Tile, true, true>(room, v.taps * h.taps * each, [=](float *to, int step) {
        const int tap = step / each, o0 = step % each * 8, lane = (int)threadIdx.x % 32;
        const int i = v.tap + tap / h.taps * v.gap, j = h.tap + tap % h.taps * h.gap;
        const float *from = w + ((o0 * Cg + r) * c.kh + i) * c.kw + j;
        EBM_UNROLL_BY(4)
        for (int e = lane; e < 8 * Tile::SIDE; e += 32) {
            const int k = e / Tile::SIDE, row = e % Tile::SIDE;
            const bool in = o0 + k < Og && r + row < Cg;
            ebm_copy_4(to + k * Tile::LD + row, in ? from + (k * Cg + row) * c.kh * c.kw : w, in ? 4 : 0);
        }
    }, [=](float *to, int step) {
        const int tap = step / each, o0 = step % each * 8;
        const int oy = y0 - tap / h.taps * v.back, ox = x0 - tap % h.taps * h.back;
        const bool inside = oy >= 0 && oy < c.OH && ox >= 0 && ox < c.OW;
        ebm_grid_rows<Tile>(to, y, samples, [=](int k) {
            return inside && o0 + k < Og ? (((o0 + k) * c.OH + oy) * c.OW + ox) * S : -1;
        });
    });
}
template <typename Tile, typename Geometry, int T, int S, typename Then>
EBM_INLINE void ebm_grid_conv_dx_tiles(const float *w, const float *y, int valid, float *room,
                                       Then then) {
    constexpr EbmConv c = Geometry::value;
    const int Cg = c.C / c.groups, P = c.H * c.W, Kw = c.O / c.groups * Cg * c.kh * c.kw;
    const int image = c.O / c.groups * c.OH * c.OW * S;
    ebm_grid_tiles<Tile>(c.groups, Cg, P, valid, [&](int of, int r, int pixel, int t0) {
        ebm_grid_conv_dx_tile<Tile, Geometry, T, S>(room, w + of * Kw, y + of * image + t0, r, pixel,
                                                    T - t0);
        ebm_grid_finish<Tile>(room, [&](int row, int column, float sum) {
            const int t = t0 + column;
            if (r + row < Cg && t < T) then((of * Cg + r + row) * P + pixel, t, sum);
        });
    });
}
template <typename Geometry, int T, int S, typename P = EbmTf32, typename Then>
EBM_INLINE void ebm_grid_conv_dx_then(const float *w, const float *y, int valid, float *room, Then then) {
    constexpr EbmConv c = Geometry::value;
    constexpr bool large = ebm_grid_is_large(c.groups, c.C / c.groups, c.H * c.W, T);
    ebm_grid_conv_dx_tiles<EbmTile<large ? 64 : 32, P>, Geometry, T, S>(w, y, valid, room, then);
}

/* ---- sums over a block of samples -----------------------------------------------------------------
 * Not of a grid: a CTA computes one tile of a weight gradient, of `valid` samples whose rows d, x lie one
 * after another. g[n][k] = sum of d[t][n] x[t][k]. K is a multiple of 4. */
template <int SIDE, int N, int K>
EBM_SHARED_BODY void ebm_sum_outer(float *g, const float *d, const float *x, int tile, int valid,
                                   float *room) {
    const int rows = (N + SIDE - 1) / SIDE, r = tile % rows * SIDE, c = tile / rows * SIDE;
    ebm_grid_dense_tile<EbmTile<SIDE>, true>(room, d, 1, N, x + c, r, N, valid, K - c, K);
    ebm_grid_finish<EbmTile<SIDE>>(room, [=](int row, int column, float sum) {
        if (r + row < N && c + column < K) g[(r + row) * K + c + column] = sum;
    });
}
/* g[o][a][i][j] = sum of y[t][o][pixel] x[t][a][pixel's tap]. */
template <int SIDE, typename Geometry>
EBM_SHARED_BODY void ebm_sum_conv(float *g, const float *x, const float *y, int tile, int valid,
                                  float *room) {
    constexpr EbmConv c = Geometry::value;
    typedef EbmTile<SIDE> Tile;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.OH * c.OW, K = Cg * c.kh * c.kw;
    const int rows = (Og + SIDE - 1) / SIDE, columns = (K + SIDE - 1) / SIDE, each = (P + 7) / 8;
    const int of = tile / (rows * columns), r = tile % rows * SIDE, k0 = tile / rows % columns * SIDE;
    const float *const from = x + of * Cg * c.H * c.W, *const d = y + of * Og * P;
    const bool whole = ebm_is_whole(d, P, P);
    ebm_grid_product<Tile, false, false>(room, valid * each, [=](float *to, int step) {
        ebm_grid_weights<Tile, false>(to, d + step / each * c.O * P, P, 1, r, step % each * 8, Og, P,
                                      whole);
    }, [=](float *to, int step) {
        const float *const image = from + step / each * c.C * c.H * c.W;
        const int lane = (int)threadIdx.x % 32, p = step % each * 8 + lane % 8;
        const int y0 = p / c.OW * c.sh - c.ph0, x0 = p % c.OW * c.sw - c.pw0;
        EBM_UNROLL_BY(8)
        for (int n = lane / 8; n < SIDE; n += 4) {
            const int k = k0 + n, a = k / (c.kh * c.kw);
            const int iy = y0 + k / c.kw % c.kh * c.dh, ix = x0 + k % c.kw * c.dw;
            const bool in = k < K && p < P && iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
            ebm_copy_4(to + n * EBM_LD_STEP + lane % 8, in ? image + (a * c.H + iy) * c.W + ix : image,
                       in ? 4 : 0);
        }
    });
    ebm_grid_finish<Tile>(room, [=](int row, int column, float sum) {
        if (r + row < Og && k0 + column < K) g[(of * Og + r + row) * K + k0 + column] = sum;
    });
}

#else
template <int SIDE, int N, int K>
EBM_SHARED_BODY void ebm_sum_outer(float *g, const float *d, const float *x, int tile, int valid,
                                   float *) {
    const int rows = (N + SIDE - 1) / SIDE, r = tile % rows * SIDE, c = tile / rows * SIDE;
    for (EBM_EACH(e, SIDE * SIDE)) {
        const int n = r + e / SIDE, k = c + e % SIDE;
        float sum = 0.0f;
        if (n >= N || k >= K) continue;
        for (int t = 0; t < valid; t++) sum = ebm_fma(d[t * N + n], x[t * K + k], sum);
        g[n * K + k] = sum;
    }
}
template <int SIDE, typename Geometry>
EBM_SHARED_BODY void ebm_sum_conv(float *g, const float *x, const float *y, int tile, int valid,
                                  float *) {
    constexpr EbmConv c = Geometry::value;
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.OH * c.OW, K = Cg * c.kh * c.kw;
    const int rows = (Og + SIDE - 1) / SIDE, columns = (K + SIDE - 1) / SIDE;
    const int of = tile / (rows * columns), r = tile % rows * SIDE, k0 = tile / rows % columns * SIDE;
    for (EBM_EACH(e, SIDE * SIDE)) {
        const int o = of * Og + r + e / SIDE, k = k0 + e % SIDE, a = of * Cg + k / (c.kh * c.kw);
        float sum = 0.0f;
        if (r + e / SIDE >= Og || k >= K) continue;
        for (int i = 0; i < valid * P; i++) {
            const int t = i / P, p = i - t * P;
            const int iy = p / c.OW * c.sh - c.ph0 + k / c.kw % c.kh * c.dh;
            const int ix = p % c.OW * c.sw - c.pw0 + k % c.kw * c.dw;
            const bool in = iy >= 0 && iy < c.H && ix >= 0 && ix < c.W;
            sum = ebm_fma(in ? x[((t * c.C + a) * c.H + iy) * c.W + ix] : 0.0f,
                          y[(t * c.O + o) * P + p], sum);
        }
        g[o * K + k] = sum;
    }
}
template <typename Geometry, int T, int S, typename P = EbmTf32, typename Then>
EBM_INLINE void ebm_grid_conv_then(const float *w, const float *x, const float *bias, int valid, float *,
                                   Then then) {
    constexpr EbmConv c = Geometry::value;
    for (EBM_TEAM_EACH(grid, e, c.O * c.OH * c.OW * T))
        if (e % T < valid) then(e / T, e % T, ebm_conv_sum(c, w, x, bias, e, T, S));
}
template <typename Geometry, int T, int S, typename P = EbmTf32, typename Then>
EBM_INLINE void ebm_grid_conv_dx_then(const float *w, const float *y, int valid, float *, Then then) {
    constexpr EbmConv c = Geometry::value;
    for (EBM_TEAM_EACH(grid, e, c.C * c.H * c.W * T))
        if (e % T < valid) then(e / T, e % T, ebm_conv_dx_sum(c, w, y, e, T, S));
}
#endif
/* The same, into an image. */
template <typename Geometry, int T, int S, typename P = EbmTf32>
EBM_INLINE void ebm_grid_conv(float *y, const float *w, const float *x, const float *bias, int valid,
                              float *room) {
    ebm_grid_conv_then<Geometry, T, S, P>(w, x, bias, valid, room,
                                          [=](int i, int t, float sum) { y[i * S + t] = sum; });
}
template <typename Geometry, int T, int S, typename P = EbmTf32>
EBM_INLINE void ebm_grid_conv_dx(float *x, const float *w, const float *y, int valid, float *room) {
    ebm_grid_conv_dx_then<Geometry, T, S, P>(w, y, valid, room,
                                             [=](int i, int t, float sum) { x[i * S + t] = sum; });
}
#endif
