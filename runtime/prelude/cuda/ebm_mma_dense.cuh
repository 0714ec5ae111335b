/* ebm_mma_dense.cuh - dense layers over a tile; contracts in ebm_mma.cuh. */
#ifndef EBM_MMA_DENSE_CUH
#define EBM_MMA_DENSE_CUH

EBM_INLINE void ebm_cta_dense(float *y, const float *w, int so, int sk, const float *x,
                              const float *bias, int N, int K, int T, int S) {
    for (EBM_EACH(i, N * T)) {
        const int n = i / T, t = i - n * T;
        float sum = bias ? bias[n] : 0.0f;
        for (int k = 0; k < K; k++) sum = ebm_fma(w[n * so + k * sk], x[k * S + t], sum);
        y[n * S + t] = sum;
    }
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
