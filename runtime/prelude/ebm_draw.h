/* ebm_draw.h - random draws into tiles and shared tensors; contracts in ebm_tile.h. */
#ifndef EBM_DRAW_H
#define EBM_DRAW_H
#include "ebm_tile.h"

/* Element i of the four normals that words w make. */
EBM_INLINE float ebm_normal_of(const uint32_t w[4], int i) {
    float r = ebm_sqrt(-2.0f * ebm_log(ebm_rng_radius_u(w[i & 2])));
    float a = 6.2831853f * ebm_rng_turn(w[(i & 2) + 1]);
    return r * (i & 1 ? ebm_sin(a) : ebm_cos(a));
}
EBM_INLINE void ebm_draw_words(uint32_t w[4], const EbmScalars *s, uint64_t site,
                               uint32_t loop_index, int64_t sample, int64_t element) {
    ebm_rng_words(s->seed, site, s->step, s->epoch, (uint64_t)sample, loop_index,
                  (uint32_t)(element / 4), w);
}
#define EBM_DRAW(name, type, value, more)                                                        \
    EBM_INLINE void ebm_tile_##name(type *dst, int F, int T, const EbmScalars *s, uint64_t site, \
                                    uint32_t loop_index, int64_t sample0,                        \
                                    int valid EBM_MORE##more) {                                  \
        for (int t = 0; t < T; t++)                                                              \
            for (int f = 0; f < F; f++) {                                                        \
                uint32_t w[4];                                                                   \
                ebm_draw_words(w, s, site, loop_index,                                           \
                               sample0 + (t < valid ? t : valid - 1), f);                        \
                const int i = f & 3;                                                             \
                dst[(size_t)f * T + t] = value;                                                  \
            }                                                                                    \
    }                                                                                            \
    EBM_INLINE void ebm_fill_##name(type *dst, int64_t begin, int64_t end, const EbmScalars *s,  \
                                    uint64_t site, uint32_t loop_index EBM_MORE##more) {         \
        for (int64_t f = begin; f < end; f++) {                                                  \
            uint32_t w[4];                                                                       \
            ebm_draw_words(w, s, site, loop_index, 0, f);                                        \
            const int i = f & 3;                                                                 \
            dst[f] = value;                                                                      \
        }                                                                                        \
    }
#define EBM_MORE0
#define EBM_MORE1 , uint32_t n
EBM_DRAW(normal, float, ebm_normal_of(w, i), 0)
EBM_DRAW(uniform, float, ebm_rng_uniform(w[i]), 0)
EBM_DRAW(int, int32_t, ebm_rng_int(w[i], n), 1)
#endif
