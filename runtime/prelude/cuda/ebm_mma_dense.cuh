/* ebm_mma_dense.cuh - dense layers over a tile; contracts in ebm_mma.cuh.
 *
 * tf32 and bf16: products of matrices with samples (or input features) in the eight columns of an mma, and
 * outputs in its sixteen rows, so that small tiles still fill it. A warp takes 16 outputs by up to
 * EBM_COLUMNS column tiles, so a fragment of weights is read once for all of them. Fragments come
 * straight from where the operands lie; with EBM_LANE_STRIDE no two lanes of a tile's fragment
 * share a bank. */
#ifndef EBM_MMA_DENSE_CUH
#define EBM_MMA_DENSE_CUH

#if EBM_TF32
enum {
    EBM_COLUMNS = 4,              /* column tiles of a warp */
    EBM_NARROW = 4,               /* with no more outputs, sums by lanes beat an mma */
};
/* This thread's place: g in rows of a and columns of b, q in their common dimension. */
EBM_INLINE int ebm_warp(void) { return (int)threadIdx.x / 32; }
EBM_INLINE int ebm_warps(void) { return (int)blockDim.x / 32; }
EBM_INLINE int ebm_lane_g(void) { return (int)threadIdx.x % 32 / 4; }
EBM_INLINE int ebm_lane_q(void) { return (int)threadIdx.x % 4; }

/* Rows r, r + 8 below N and columns n, n + 1 of a tile. */
EBM_INLINE void ebm_fragment_store(float *y, const float c[4], int r, int n, int N, int S) {
    if (r < N) *(float2 *)(y + r * S + n) = make_float2(c[0], c[1]);
    if (r + 8 < N) *(float2 *)(y + (r + 8) * S + n) = make_float2(c[2], c[3]);
}

/* Few outputs: a warp sums one output of four samples, lane q the features k = q mod 8, in fp32.
 * `warp` of `warps` takes part. */
EBM_INLINE void ebm_dense_narrow(float *y, const float *w, int so, int sk, const float *x,
                                 const float *bias, int N, int K, int T, int S, int warp, int warps) {
    const int q = (int)threadIdx.x % 32 / 4, t = (int)threadIdx.x % 4;
    for (int item = warp; item < N * (T / 4); item += warps) {
        const int n = item / (T / 4), at = item % (T / 4) * 4 + t;
        float sum = 0.0f;
        EBM_UNROLL_BY(8)
        for (int k = q; k < K; k += 8) sum = ebm_fma(w[n * so + k * sk], x[k * S + at], sum);
        sum += ebm_lane_xor(sum, 16);
        sum += ebm_lane_xor(sum, 8);
        sum += ebm_lane_xor(sum, 4);
        if (q == 0) y[n * S + at] = bias ? bias[n] + sum : sum;
    }
}

/* Where operand s of a lane lies in a step: two of each eight, so that weights are in different banks. */
EBM_INLINE int ebm_dense_k(int s, bool turned) {
    return s / 2 * 8 + (turned ? 2 * ebm_lane_q() + s % 2 : ebm_lane_q() + s % 2 * 4);
}
/* The fragment a of weights: rows r, r + 8 of the step from k0. */
template <typename P>
EBM_INLINE void ebm_dense_a(uint32_t a[4], const float *w, int so, int sk, int r, int k0, bool turned,
                            int N, int K) {
    EBM_UNROLL
    for (int i = 0; i < 4; i++) {
        const int row = r + i % 2 * 8;
        a[i] = P::word(i / 2, [=](int s) {
            const int k = k0 + ebm_dense_k(s, turned);
            return (N % 16 == 0 || row < N) && (K % P::STEP == 0 || k < K) ? w[row * so + k * sk] : 0.0f;
        });
    }
}

/* One output tile: rows from r, `tiles` column tiles from n; two chains of steps, even and odd.
 * weights(a, step) gives a fragment, put(row, column, a, b) takes two neighbours. */
template <typename P, int TURNS, typename Weights, typename Put>
EBM_INLINE void ebm_dense_tile(Put put, Weights weights, const float *x, const float *bias, int r,
                               int n, const int tiles, const bool turned, int N, int K, int S) {
    const int g = ebm_lane_g(), q = ebm_lane_q();
    const float low = bias && r + g < N ? bias[r + g] : 0.0f;
    const float high = bias && r + g + 8 < N ? bias[r + g + 8] : 0.0f;
    float c[2][EBM_COLUMNS][4];
    EBM_UNROLL
    for (int j = 0; j < tiles; j++) {
        c[0][j][0] = c[0][j][1] = low, c[0][j][2] = c[0][j][3] = high;
        c[1][j][0] = c[1][j][1] = c[1][j][2] = c[1][j][3] = 0.0f;
    }
    EBM_UNROLL_BY(TURNS)
    for (int k0 = 0; k0 < K; k0 += 2 * P::STEP) {
        EBM_UNROLL
        for (int half = 0; half < 2; half++) {
            const int step = k0 / P::STEP + half;
            if (step * P::STEP >= K) continue;
            uint32_t a[4];
            weights(a, step);
            EBM_UNROLL
            for (int j = 0; j < tiles; j++) {
                const float *at = x + n + 8 * j + g;
                const auto get = [=](int s) {
                    const int k = step * P::STEP + ebm_dense_k(s, turned);
                    return K % P::STEP == 0 || k < K ? at[k * S] : 0.0f;
                };
                P::mma(c[half][j], a, P::word(0, get), P::word(1, get));
            }
        }
    }
    EBM_UNROLL
    for (int j = 0; j < tiles; j++) {
        EBM_UNROLL
        for (int i = 0; i < 4; i++) c[0][j][i] += c[1][j][i];
        const float *at = c[0][j];
        const int column = n + 8 * j + 2 * q;
        if (r + g < N) put(r + g, column, at[0], at[1]);
        if (r + g + 8 < N) put(r + g + 8, column, at[2], at[3]);
    }
}
template <typename P, typename Put>
EBM_INLINE void ebm_dense_wide(Put put, const float *w, int so, int sk, const float *x,
                               const float *bias, int N, int K, int T, int S) {
    const int rows = (N + 15) / 16, columns = T / 8;
    const int tiles = rows >= 4 && columns >= EBM_COLUMNS ? EBM_COLUMNS : rows >= 4 ? columns : 1;
    const bool turned = sk != 1;
    for (int item = ebm_warp(); item < rows * (columns / tiles); item += ebm_warps()) {
        const int r = item % rows * 16;
        ebm_dense_tile<P, 2>(put, [=](uint32_t a[4], int step) {
            ebm_dense_a<P>(a, w, so, sk, r + ebm_lane_g(), step * P::STEP, turned, N, K);
        }, x, bias, r, item / rows * tiles * 8, tiles, turned, N, K, S);
    }
}
/* Weights in registers: warp i has the fragments of outputs 16 i to 16 i + 15. */
template <int N, int K, bool TURNED, typename P> struct EbmHeld {
    enum { STEPS = (K + P::STEP - 1) / P::STEP };
    uint32_t a[STEPS][4];
};
template <int N, int K, bool TURNED, typename P>
EBM_INLINE void ebm_cta_hold(EbmHeld<N, K, TURNED, P> &h, const float *w, int ld) {
    if (ebm_warp() * 16 >= N) return;
    EBM_UNROLL
    for (int step = 0; step < h.STEPS; step++)
        ebm_dense_a<P>(h.a[step], w, TURNED ? 1 : ld, TURNED ? ld : 1, ebm_warp() * 16 + ebm_lane_g(),
                       step * P::STEP, TURNED, N, K);
}
template <typename Put, int N, int K, bool TURNED, typename P>
EBM_INLINE void ebm_dense_held(Put put, const EbmHeld<N, K, TURNED, P> &h, const float *x,
                               const float *bias, int T, int S) {
    if (ebm_warp() * 16 >= N) return;
    EBM_UNROLL_BY(1)
    for (int n = 0; n < T; n += 8 * (T / 8 < EBM_COLUMNS ? T / 8 : EBM_COLUMNS))
        ebm_dense_tile<P, 64>(put, [&](uint32_t a[4], int step) {
            EBM_UNROLL
            for (int i = 0; i < 4; i++) a[i] = h.a[step][i];
        }, x, bias, ebm_warp() * 16, n, T / 8 < EBM_COLUMNS ? T / 8 : EBM_COLUMNS, TURNED, N, K, S);
}
template <int N, int K, bool TURNED, typename P>
EBM_INLINE void ebm_cta_dense(float *y, const EbmHeld<N, K, TURNED, P> &h, const float *x,
                              const float *bias, int, int, int T, int S) {
    ebm_dense_held([=](int n, int t, float a, float b) {
        *(float2 *)(y + n * S + t) = make_float2(a, b);
    }, h, x, bias, T, S);
}
template <typename Then, int N, int K, bool TURNED, typename P>
EBM_INLINE void ebm_cta_dense_then(const EbmHeld<N, K, TURNED, P> &h, const float *x, const float *bias,
                                   int, int, int T, int S, Then then) {
    ebm_dense_held([&](int n, int t, float a, float b) { then(n, t, a), then(n, t + 1, b); }, h, x,
                   bias, T, S);
}
template <typename P>
EBM_INLINE void ebm_cta_dense(float *y, const float *w, int so, int sk, const float *x,
                              const float *bias, int N, int K, int T, int S) {
    if (N <= EBM_NARROW)
        ebm_dense_narrow(y, w, so, sk, x, bias, N, K, T, S, ebm_warp(), ebm_warps());
    else
        ebm_dense_wide<P>([=](int n, int t, float a, float b) {
            *(float2 *)(y + n * S + t) = make_float2(a, b);
        }, w, so, sk, x, bias, N, K, T, S);
}
template <typename P, typename Then>
EBM_INLINE void ebm_cta_dense_then(const float *w, int so, int sk, const float *x, const float *bias,
                                   int N, int K, int T, int S, Then then) {
    ebm_dense_wide<P>([&](int n, int t, float a, float b) { then(n, t, a), then(n, t + 1, b); },
                   w, so, sk, x, bias, N, K, T, S);
}

/* Rows from r, `tiles` column tiles from k of the sum of a product. */
EBM_INLINE void ebm_outer_tile(float *g, const float *d, const float *x, int r, int k, const int tiles,
                               int N, int K, int T, int S, int valid) {
    const int l = ebm_lane_g(), q = ebm_lane_q();
    const bool low = N % 16 == 0 || r + l < N, high = N % 16 == 0 || r + l + 8 < N;
    float c[EBM_COLUMNS][4];
    EBM_UNROLL
    for (int j = 0; j < tiles; j++) {
        EBM_UNROLL
        for (int i = 0; i < 4; i++) {
            const int row = r + l + i / 2 * 8, col = k + 8 * j + 2 * q + i % 2;
            c[j][i] = row < N && col < K ? g[row * K + col] : 0.0f;
        }
    }
    for (int t = q; t < T; t += 8) {
        const float *from = d + (r + l) * S + t;
        const bool in = t < valid, in2 = t + 4 < valid;
        uint32_t a[4];
        a[0] = ebm_to_tf32(low && in ? from[0] : 0.0f);
        a[1] = ebm_to_tf32(high && in ? from[8 * S] : 0.0f);
        a[2] = ebm_to_tf32(low && in2 ? from[4] : 0.0f);
        a[3] = ebm_to_tf32(high && in2 ? from[8 * S + 4] : 0.0f);
        EBM_UNROLL
        for (int j = 0; j < tiles; j++) {
            const int col = k + 8 * j + l;
            const float *b = x + (K % 8 == 0 || col < K ? col : 0) * S + t;
            ebm_mma_tf32(c[j], a, ebm_to_tf32(b[0]), ebm_to_tf32(b[4]));
        }
    }
    EBM_UNROLL
    for (int j = 0; j < tiles; j++) {
        EBM_UNROLL
        for (int i = 0; i < 4; i++) {
            const int row = r + l + i / 2 * 8, col = k + 8 * j + 2 * q + i % 2;
            if (row < N && col < K) g[row * K + col] = c[j][i];
        }
    }
}
EBM_INLINE void ebm_cta_outer(float *g, const float *d, const float *x, int N, int K, int T, int S,
                              int valid) {
    const int rows = (N + 15) / 16, columns = (K + 7) / 8;
    const int tiles = columns % EBM_COLUMNS == 0 && rows * columns >= 64 ? EBM_COLUMNS : 1;
    for (int item = ebm_warp(); item < rows * (columns / tiles); item += ebm_warps())
        ebm_outer_tile(g, d, x, item % rows * 16, item / rows * tiles * 8, tiles, N, K, T, S, valid);
}

#else
template <typename P, typename Then>
EBM_INLINE void ebm_cta_dense_then(const float *w, int so, int sk, const float *x, const float *bias,
                                   int N, int K, int T, int S, Then then) {
    for (EBM_EACH(i, N * T)) {
        const int n = i / T, t = i - n * T;
        float sum = bias ? bias[n] : 0.0f;
        for (int k = 0; k < K; k++) sum = ebm_fma(w[n * so + k * sk], x[k * S + t], sum);
        then(n, t, sum);
    }
}
template <typename P>
EBM_INLINE void ebm_cta_dense(float *y, const float *w, int so, int sk, const float *x,
                              const float *bias, int N, int K, int T, int S) {
    ebm_cta_dense_then<P>(w, so, sk, x, bias, N, K, T, S,
                          [=](int n, int t, float sum) { y[n * S + t] = sum; });
}
EBM_INLINE void ebm_cta_outer(float *g, const float *d, const float *x, int N, int K, int T, int S,
                              int valid) {
    (void)T;
    for (EBM_EACH(i, N * K)) {
        const int n = i / K, k = i - n * K;
        float sum = g[i];
        for (int t = 0; t < valid; t++) sum = ebm_fma(d[n * S + t], x[k * S + t], sum);
        g[i] = sum;
    }
}
#endif
#endif
