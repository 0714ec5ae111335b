/* ebm_dense.h - dense layers over a tile; contracts in ebm_tile.h. */
#ifndef EBM_DENSE_H
#define EBM_DENSE_H
#include "ebm_tile.h"

EBM_INLINE size_t ebm_pack_dense_size(int O, int K) {
    return (size_t)O * (size_t)K;
}
EBM_INLINE int64_t ebm_pack_dense_units(int O, int K) {
    (void)K;
    return O;
}
EBM_INLINE void ebm_pack_dense_range(float *dst, const float *w, int O, int K, int64_t so,
                                     int64_t sk, int64_t begin, int64_t end) {
    (void)O;
    for (int64_t o = begin; o < end; o++)
        for (int k = 0; k < K; k++) dst[o * K + k] = w[o * so + k * sk];
}
EBM_INLINE void ebm_pack_dense(float *dst, const float *w, int O, int K, int64_t so, int64_t sk) {
    ebm_pack_dense_range(dst, w, O, K, so, sk, 0, ebm_pack_dense_units(O, K));
}
EBM_INLINE void ebm_tile_dense(float *y, const float *packed, const float *x, const float *bias,
                               int O, int K, int T) {
    for (int o = 0; o < O; o++) {
        for (int t = 0; t < T; t++) y[o * T + t] = bias ? bias[o] : 0;
        for (int k = 0; k < K; k++)
            for (int t = 0; t < T; t++)
                y[o * T + t] = ebm_fma(packed[(size_t)o * K + k], x[k * T + t], y[o * T + t]);
    }
}
EBM_INLINE size_t ebm_tile_outer_scratch(int O, int I, int T) {
    (void)O;
    return (size_t)I * T;
}
EBM_INLINE void ebm_tile_outer(float *g, const float *d, const float *x, int O, int I, int T,
                               int valid, float *scratch) {
    (void)scratch;
    for (int o = 0; o < O; o++)
        for (int i = 0; i < I; i++)
            for (int t = 0; t < valid; t++)
                g[(size_t)o * I + i] = ebm_fma(d[o * T + t], x[i * T + t], g[(size_t)o * I + i]);
}
EBM_INLINE void ebm_tile_sum(float *g, const float *d, int F, int T, int valid) {
    for (int f = 0; f < F; f++)
        for (int t = 0; t < valid; t++) g[f] += d[f * T + t];
}
#endif
