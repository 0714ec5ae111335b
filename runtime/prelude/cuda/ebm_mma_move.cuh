/* ebm_mma_move.cuh - tiles to and from rows of tensors, and plain sums; contracts in ebm_mma.cuh.
 *
 * A row is read along its features, so that neighbouring threads read neighbouring addresses; the
 * scattered side is the tile. */
#ifndef EBM_MMA_MOVE_CUH
#define EBM_MMA_MOVE_CUH

#define EBM_TEAM_LOAD(team, suffix, shared, tiled)                                                \
    EBM_INLINE void ebm_##team##_load##suffix(tiled *dst, const shared *src, int64_t row,         \
                                              int valid, int F, int T, int S) {                   \
        for (EBM_TEAM_EACH(team, i, F * T)) {                                                     \
            const int t = i / F, f = i - t * F;                                                   \
            dst[f * S + t] = (tiled)src[(row + (t < valid ? t : valid - 1)) * F + f];             \
        }                                                                                         \
    }
#define EBM_TEAM_STORE(team, suffix, shared, tiled)                                               \
    EBM_INLINE void ebm_##team##_store##suffix(shared *dst, const tiled *src, int64_t row,        \
                                               int valid, int F, int T, int S) {                  \
        (void)T;                                                                                  \
        for (EBM_TEAM_EACH(team, i, F * valid)) {                                                 \
            const int t = i / F, f = i - t * F;                                                   \
            dst[(row + t) * F + f] = (shared)src[f * S + t];                                      \
        }                                                                                         \
    }
#define EBM_TEAM_MOVE(team)                                                                       \
    EBM_TEAM_LOAD(team, , float, float)                                                           \
    EBM_TEAM_LOAD(team, _i32, int32_t, int32_t)                                                   \
    EBM_TEAM_LOAD(team, _u8, uint8_t, int32_t)                                                    \
    EBM_TEAM_STORE(team, , float, float)                                                          \
    EBM_TEAM_STORE(team, _i32, int32_t, int32_t)                                                  \
    EBM_TEAM_STORE(team, _u8, uint8_t, int32_t)
EBM_TEAM_MOVE(cta)
EBM_TEAM_MOVE(grid)
#undef EBM_TEAM_MOVE
#undef EBM_TEAM_LOAD
#undef EBM_TEAM_STORE

EBM_INLINE void ebm_cta_stage(float *dst, const float *w, int rows, int cols) {
    for (EBM_EACH(i, rows * cols)) {
        const int r = i / cols;
        dst[r * EBM_STAGE_LD(cols) + (i - r * cols)] = w[i];
    }
}

/* ---- sums ------------------------------------------------------------------------------------*/
EBM_INLINE void ebm_cta_sum(float *g, const float *d, int F, int T, int S, int valid) {
    (void)T;
    for (EBM_EACH(f, F)) {
        float sum = g[f];
        for (int t = 0; t < valid; t++) sum += d[f * S + t];
        g[f] = sum;
    }
}
EBM_INLINE void ebm_cta_block_sum(float *out, const float *x, int64_t count) {
    if (threadIdx.x >= 32) return;
    const int l = (int)threadIdx.x % 16;              /* both halves of the warp do the same */
    float sum = 0;
    for (int64_t i = l; i < count; i += 16) sum += x[i];
    for (int half = 8; half; half /= 2) sum += ebm_lane_xor(sum, half);
    if (threadIdx.x == 0) *out = sum;
}
EBM_INLINE void ebm_cta_combine(float *out, const float *partial, int64_t blocks, int64_t n,
                                int64_t begin, int64_t end) {
    for (int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
        float stack[64];
        int depth = 0;
        for (int64_t b = 0; b < blocks; b++) {
            stack[depth++] = partial[b * n + i];
            for (int64_t bit = b; bit & 1; bit >>= 1, depth--) stack[depth - 2] += stack[depth - 1];
        }
        for (; depth > 1; depth--) stack[depth - 2] += stack[depth - 1];
        out[i] = depth ? stack[0] : 0;
    }
}
#endif
