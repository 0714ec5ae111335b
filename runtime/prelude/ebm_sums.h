/* ebm_sums.h - the gradient of a dense layer's weights, piece by piece; contract in ebm_tile.h.
 *
 * Lanes are columns of g. For each panel of EBM_PANEL columns and each block of 64 samples, x is
 * turned into [sample][EBM_PANEL]; then rows go through register blocks whose chains run over the
 * block's samples, tile after tile. The sums of a piece's blocks are folded as ebm_combine does, while
 * they are in the cache: the first goes to g, others wait on a stack. A piece of less than a block goes on
 * where the one before ended. */
#ifndef EBM_SUMS_H
#define EBM_SUMS_H
#include "ebm_dense.h"
#include "ebm_shared.h"
#include "ebm_tile.h"

enum { EBM_SUM_DEPTH = 24 };      /* of the stack: 2^23 blocks */

EBM_INLINE size_t ebm_sum_outer_scratch(int rows) {
    return EBM_PANEL * (EBM_BLOCK + (size_t)EBM_SUM_DEPTH * (size_t)rows);
}
/* All rows of one panel and one block of samples: chains run from tile to tile. */
EBM_INLINE void ebm_outer_rows(const EbmOuter *s, float *c, int64_t ldc, const float *d,
                               const int T, const float *panel, int samples, int fresh) {
    for (int o = 0, rows; o < s->rows; o += rows, c += rows * ldc, d += rows * T) {
        rows = ebm_rows_at(o, s->rows);
        ebm_block_rows(0, rows, EBM_PANEL, c, ldc, (EbmRows){ d, 1, T, T, s->d_tile - T }, panel,
                       EBM_PANEL, samples, NULL, fresh);
    }
}
#if EBM_BODIES(EBM_KERNELS_SUMS)
EBM_KERNEL void ebm_outer_any(const EbmOuter *s, float *c, int64_t ldc, const float *d,
                              const float *panel, int samples, int fresh) {
    if (s->T == 16) ebm_outer_rows(s, c, ldc, d, 16, panel, samples, fresh);
    else if (s->T == 32) ebm_outer_rows(s, c, ldc, d, 32, panel, samples, fresh);
    else ebm_outer_rows(s, c, ldc, d, 64, panel, samples, fresh);
}
/* low [rows][ldl] += high [rows][ldh] over `columns` columns. */
EBM_INLINE void ebm_fold_rows(float *low, int64_t ldl, const float *high, int64_t ldh, int rows,
                              int columns) {
    for (int r = 0; r < rows; r++) ebm_fold(low + r * ldl, high + r * ldh, columns);
}
/* The samples of one piece, into g; `fresh` unless it goes on with a block. */
EBM_KERNEL void ebm_sum_piece(float *g, const EbmOuter *s, int64_t piece, int fresh, float *scratch) {
    const int64_t chunk = (int64_t)s->rows * EBM_PANEL, ldg = s->columns;
    float *const panel = scratch, *const stack = scratch + EBM_PANEL * EBM_BLOCK;
    for (int i = 0; i < s->columns; i += EBM_PANEL) {
        const int lanes = s->columns - i < EBM_PANEL ? s->columns - i : EBM_PANEL;
        const int whole = lanes == EBM_PANEL;
        int depth = 0;
        if (!whole) memset(panel, 0, sizeof(float) * EBM_PANEL * EBM_BLOCK);
        for (int r = 0; r < s->rows && !whole && !fresh; r++)
            memcpy(stack + r * EBM_PANEL, g + r * ldg + i, sizeof(float) * (size_t)lanes);
        for (int64_t b = 0; b * EBM_BLOCK < piece; b++) {
            const int64_t left = piece - b * EBM_BLOCK, tile = b * (EBM_BLOCK / s->T);
            const int samples = left < EBM_BLOCK ? (int)left : EBM_BLOCK;
            /* Entry 0 of the stack is g itself, where the panel is a whole one. */
            const int direct = depth == 0 && whole;
            float *c = direct ? g + i : stack + depth * chunk;
            for (int t = 0, k = 0; t < samples; t += s->T, k++)
                ebm_transpose(panel + t * EBM_PANEL, EBM_PANEL,
                              s->x + (tile + k) * s->x_tile + (int64_t)i * s->T, s->T, lanes,
                              samples - t < s->T ? samples - t : s->T);
            ebm_outer_any(s, c, direct ? ldg : EBM_PANEL, s->d + tile * s->d_tile, panel, samples, fresh);
            depth++;
            for (int64_t bit = b; bit & 1; bit >>= 1, depth--) {
                const int base = depth == 2 && whole;
                ebm_fold_rows(base ? g + i : stack + (depth - 2) * chunk, base ? ldg : EBM_PANEL,
                              stack + (depth - 1) * chunk, EBM_PANEL, s->rows, lanes);
            }
        }
        for (; depth > 1; depth--) {
            const int base = depth == 2 && whole;
            ebm_fold_rows(base ? g + i : stack + (depth - 2) * chunk, base ? ldg : EBM_PANEL,
                          stack + (depth - 1) * chunk, EBM_PANEL, s->rows, lanes);
        }
        for (int r = 0; r < s->rows && !whole; r++)
            memcpy(g + r * ldg + i, stack + r * EBM_PANEL, sizeof(float) * (size_t)lanes);
    }
}
EBM_KERNEL void ebm_sum_outer(float *g, float *tree, int64_t n, const EbmOuter *s,
                              const EbmScalars *at, float *scratch) {
    const int64_t block = at->piece > EBM_BLOCK ? at->piece : EBM_BLOCK;
    float *to = ebm_sums_at(g, tree, at->from / block, n);
    ebm_sum_piece(to, s, at->end - at->from, at->from % EBM_BLOCK == 0, scratch);
    ebm_sums_done(g, tree, at->end, at->batch, block, n, (int64_t)s->rows * s->columns);
}
#endif
#endif
