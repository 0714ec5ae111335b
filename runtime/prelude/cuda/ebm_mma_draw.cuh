/* ebm_mma_draw.cuh - random draws into tiles and shared tensors; contracts in ebm_mma.cuh.
 *
 * A thread draws the four words of one address: four features of a sample, or four elements. */
#ifndef EBM_MMA_DRAW_CUH
#define EBM_MMA_DRAW_CUH

/* Element i of the four words of an address, as a 32-bit element of its kind. */
EBM_INLINE float ebm_word_normal(const uint32_t w[4], int i, uint32_t n) {
    float s, c;
    const int a = i & 2;
    (void)n;
    ebm_sincos_turn(ebm_rng_turn(w[a + 1]), &s, &c);
    return ebm_sqrt(-2.0f * ebm_log_core(ebm_rng_radius_u(w[a]))) * (i & 1 ? s : c);
}
EBM_INLINE float ebm_word_uniform(const uint32_t w[4], int i, uint32_t n) {
    (void)n;
    return ebm_rng_uniform(w[i]);
}
EBM_INLINE int32_t ebm_word_int(const uint32_t w[4], int i, uint32_t n) {
    return ebm_rng_int(w[i], n);
}

/* A place in a permutation of 0..n-1, or with mode 2 in its inverse. */
EBM_INLINE int32_t ebm_perm_at(uint64_t key, uint32_t n, uint64_t at, int mode) {
    if ((int32_t)n <= 0) return 0;
    return (int32_t)(mode == 2 ? ebm_rng_perm_inverse(key, n, at) : ebm_rng_perm(key, n, at));
}
#define EBM_TEAM_DRAW(team, kind, type)                                                           \
    EBM_INLINE void ebm_##team##_draw_##kind(type *dst, int F, int T, int S, const EbmScalars *s, \
                                             uint64_t site, uint32_t loop_index, int64_t sample0, \
                                             int valid, uint32_t n) {                             \
        const uint64_t seed = s->seed, step = s->step;                                            \
        const uint32_t epoch = s->epoch;                                                          \
        /* from the last warp on: the first ones have the rest of the phase to do */              \
        const int threads = EBM_COUNT_##team, from = (EBM_FIRST_##team + 32) % threads;           \
        for (int e = from; e < (F + 3) / 4 * T; e += threads) {                                   \
            const int quad = e / T, t = e - quad * T;                                             \
            const uint64_t sample = (uint64_t)sample0 + (uint64_t)(t < valid ? t : valid - 1);    \
            uint32_t w[4];                                                                        \
            ebm_rng_words(seed, site, step, epoch, sample, loop_index, (uint32_t)quad, w);        \
            _Pragma("unroll") for (int i = 0; i < 4; i++)                                         \
                if (4 * quad + i < F) dst[(4 * quad + i) * S + t] = ebm_word_##kind(w, i, n);     \
        }                                                                                         \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_draw_fill_##kind(type *dst, int64_t begin, int64_t end,          \
                                                  const EbmScalars *s, uint64_t site,             \
                                                  uint32_t loop_index, uint32_t n) {              \
        for (int64_t q = begin / 4 + EBM_FIRST_##team; 4 * q < end; q += EBM_COUNT_##team) {      \
            uint32_t w[4];                                                                        \
            ebm_rng_words(s->seed, site, s->step, s->epoch, 0, loop_index, (uint32_t)q, w);       \
            _Pragma("unroll") for (int i = 0; i < 4; i++)                                         \
                if (4 * q + i >= begin && 4 * q + i < end)                                        \
                    dst[4 * q + i] = ebm_word_##kind(w, i, n);                                    \
        }                                                                                         \
    }

#define EBM_TEAM_DRAWS(team)                                                                      \
    EBM_TEAM_DRAW(team, normal, float)                                                            \
    EBM_TEAM_DRAW(team, uniform, float)                                                           \
    EBM_TEAM_DRAW(team, int, int32_t)                                                             \
    EBM_INLINE void ebm_##team##_normal(float *dst, int F, int T, int S, const EbmScalars *s,     \
                                        uint64_t site, uint32_t loop_index, int64_t sample0,      \
                                        int valid) {                                              \
        ebm_##team##_draw_normal(dst, F, T, S, s, site, loop_index, sample0, valid, 0);           \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_uniform(float *dst, int F, int T, int S, const EbmScalars *s,    \
                                         uint64_t site, uint32_t loop_index, int64_t sample0,     \
                                         int valid) {                                             \
        ebm_##team##_draw_uniform(dst, F, T, S, s, site, loop_index, sample0, valid, 0);          \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_int(int32_t *dst, int F, int T, int S, const EbmScalars *s,      \
                                     uint64_t site, uint32_t loop_index, int64_t sample0,         \
                                     int valid, uint32_t n) {                                     \
        ebm_##team##_draw_int(dst, F, T, S, s, site, loop_index, sample0, valid, n);              \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_fill_normal(float *dst, int64_t begin, int64_t end,              \
                                             const EbmScalars *s, uint64_t site,                  \
                                             uint32_t loop_index) {                               \
        ebm_##team##_draw_fill_normal(dst, begin, end, s, site, loop_index, 0);                   \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_fill_uniform(float *dst, int64_t begin, int64_t end,             \
                                              const EbmScalars *s, uint64_t site,                 \
                                              uint32_t loop_index) {                              \
        ebm_##team##_draw_fill_uniform(dst, begin, end, s, site, loop_index, 0);                  \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_fill_int(int32_t *dst, int64_t begin, int64_t end,               \
                                          const EbmScalars *s, uint64_t site,                     \
                                          uint32_t loop_index, uint32_t n) {                      \
        ebm_##team##_draw_fill_int(dst, begin, end, s, site, loop_index, n);                      \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_perm(int32_t *dst, int F, int T, int S, const EbmScalars *s,     \
                                      uint64_t site, uint32_t loop_index, int64_t sample0,        \
                                      int valid, uint32_t n, int mode) {                          \
        const int64_t first = mode ? sample0 - s->first_sample : sample0;                         \
        const uint64_t key = ebm_rng_perm_key(s->seed, site, s->step, s->epoch, loop_index);      \
        for (EBM_TEAM_EACH(team, i, F * T)) {                                                     \
            const int f = i / T, t = i - f * T;                                                   \
            const uint64_t sample = (uint64_t)first + (uint64_t)(t < valid ? t : valid - 1);      \
            dst[f * S + t] = ebm_perm_at(key, n, sample * (uint64_t)F + (uint64_t)f, mode);       \
        }                                                                                         \
    }                                                                                             \
    EBM_INLINE void ebm_##team##_fill_perm(int32_t *dst, int64_t begin, int64_t end,              \
                                           const EbmScalars *s, uint64_t site,                    \
                                           uint32_t loop_index, uint32_t n, int mode) {           \
        const uint64_t key = ebm_rng_perm_key(s->seed, site, s->step, s->epoch, loop_index);      \
        for (int64_t e = begin + EBM_FIRST_##team; e < end; e += EBM_COUNT_##team)                \
            dst[e] = ebm_perm_at(key, n, (uint64_t)e, mode);                                      \
    }
EBM_TEAM_DRAWS(cta)
EBM_TEAM_DRAWS(grid)
#undef EBM_TEAM_DRAWS
#undef EBM_TEAM_DRAW
#endif
