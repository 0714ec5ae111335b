/* ebm_move.h - tiles to and from rows of tensors; contracts in ebm_tile.h. */
#ifndef EBM_MOVE_H
#define EBM_MOVE_H
#include "ebm_tile.h"

#define EBM_MOVE(suffix, shared, tiled)                                                          \
    EBM_INLINE void ebm_tile_load##suffix(tiled *dst, const shared *src, int64_t row, int valid, \
                                          int F, int T) {                                        \
        for (int t = 0; t < T; t++) {                                                            \
            const shared *from = src + (row + (t < valid ? t : valid - 1)) * F;                  \
            for (int f = 0; f < F; f++) dst[(size_t)f * T + t] = (tiled)from[f];                 \
        }                                                                                        \
    }                                                                                            \
    EBM_INLINE void ebm_tile_store##suffix(shared *dst, const tiled *src, int64_t row,           \
                                           int valid, int F, int T) {                            \
        for (int t = 0; t < valid; t++)                                                          \
            for (int f = 0; f < F; f++) dst[(row + t) * F + f] = (shared)src[(size_t)f * T + t]; \
    }                                                                                            \
    EBM_INLINE void ebm_tile_gather##suffix(tiled *dst, const shared *table, const int32_t *idx, \
                                            int F, int T) {                                      \
        for (int t = 0; t < T; t++)                                                              \
            for (int f = 0; f < F; f++)                                                          \
                dst[(size_t)f * T + t] = (tiled)table[(int64_t)idx[t] * F + f];                  \
    }
EBM_MOVE(, float, float)
EBM_MOVE(_i32, int32_t, int32_t)
EBM_MOVE(_u8, uint8_t, int32_t)
#undef EBM_MOVE
#endif
