/* ebm_dense.h - dense layers over a tile; contracts in ebm_tile.h.
 *
 * One register block does all of it: R rows of V vectors of accumulators, and at each step of the
 * reduction V vectors are loaded and R scalars broadcast,
 *
 *     acc[r][v] = fma(w[r], x[v], acc[r][v])
 *
 * Lanes are samples in ebm_tile_dense and features in ebm_tile_outer. Rows come in blocks of
 * EBM_ROWS, the remainder in blocks of 4, 2 and 1, so nothing is computed in vain. The fewer rows,
 * the more vectors: a multiplier needs 8 to 10 independent chains. */
#ifndef EBM_DENSE_H
#define EBM_DENSE_H
#include "ebm_move.h"
#include "ebm_tile.h"

enum {
    EBM_ROWS = EBM_REGISTERS >= 32 ? 8 : 6,   /* rows of a packed block */
    EBM_DEPTH = 128,              /* reduction steps of a packed block: its part of x stays in L1 */
    EBM_WIDE = 2,                 /* vectors of a register block of EBM_ROWS rows */
    EBM_WIDEST = 4,               /* of any */
    EBM_AHEAD = 512,              /* floats of packed weights fetched ahead of their use */
    EBM_PANEL = 32,               /* lanes of a panel of ebm_tile_outer */
};

/* The factor of a block whose elements are broadcast: (r, k) at at[k*step + r*row], and `jump` more
 * behind each `run` steps. */
typedef struct EbmRows { const float *at; int64_t step, row; int run; int64_t jump; } EbmRows;

/* One register block: c [R][ldc] with the rows w and x [K][ldx]. The chain starts from c, or from
 * `start` (a value for each row; NULL: zeros) when `fresh`. R, V and `pairs` are constants; with
 * pairs, elements of w and x are words of two bf16 numbers. */
EBM_INLINE void ebm_block(const int pairs, const int R, const int V, float *c, int64_t ldc,
                          EbmRows w, const float *x, int64_t ldx, int K, const float *start,
                          int fresh) {
    EbmVec acc[EBM_ROWS * EBM_WIDEST], xv[EBM_WIDEST];
    EBM_UNROLL
    for (int r = 0; r < R; r++) {
        EBM_UNROLL
        for (int v = 0; v < V; v++)
            acc[r * V + v] = !fresh  ? ebm_vload(c + r * ldc + v * EBM_LANES)
                             : start ? ebm_vsplat(start[r])
                                     : ebm_vsplat(0.0f);
    }
    for (; K > 0; K -= w.run, w.at += w.jump)
        for (int k = w.run < K ? w.run : K; k > 0; k--, w.at += w.step, x += ldx) {
            if (w.step != 1) __builtin_prefetch(w.at + EBM_AHEAD);
            EBM_UNROLL
            for (int v = 0; v < V; v++) {
                xv[v] = ebm_vload(x + v * EBM_LANES);
                EBM_HOLD(xv[v]);
            }
            EBM_UNROLL
            for (int r = 0; r < R; r++) {
                const EbmVec b = ebm_vweight(pairs, w.at + r * w.row);
                EBM_UNROLL
                for (int v = 0; v < V; v++)
                    acc[r * V + v] = ebm_vstep(pairs, b, xv[v], acc[r * V + v]);
            }
        }
    EBM_UNROLL
    for (int r = 0; r < R; r++) {
        EBM_UNROLL
        for (int v = 0; v < V; v++) ebm_vstore(c + r * ldc + v * EBM_LANES, acc[r * V + v]);
    }
}

/* Blocks of V vectors over `lanes` lanes. */
EBM_INLINE void ebm_block_strip(const int pairs, const int R, const int V, int lanes, float *c,
                                int64_t ldc, EbmRows w, const float *x, int64_t ldx, int K,
                                const float *start, int fresh) {
    for (int l = 0; l < lanes; l += V * EBM_LANES)
        ebm_block(pairs, R, V, c + l, ldc, w, x + l, ldx, K, start, fresh);
}
/* `rows` (EBM_ROWS, 4, 2 or 1) by `lanes` (a constant of at least 16, a multiple of 16). */
EBM_INLINE void ebm_block_rows(const int pairs, int rows, const int lanes, float *c, int64_t ldc,
                               EbmRows w, const float *x, int64_t ldx, int K, const float *start,
                               int fresh) {
    const int most = lanes / EBM_LANES, wide = most < EBM_WIDE ? most : EBM_WIDE;
    const int widest = most < EBM_WIDEST ? most : EBM_WIDEST;
    if (rows == EBM_ROWS)
        ebm_block_strip(pairs, EBM_ROWS, wide, lanes, c, ldc, w, x, ldx, K, start, fresh);
    else if (rows == 4)
        ebm_block_strip(pairs, 4, wide, lanes, c, ldc, w, x, ldx, K, start, fresh);
    else if (rows == 2)
        ebm_block_strip(pairs, 2, widest, lanes, c, ldc, w, x, ldx, K, start, fresh);
    else
        ebm_block_strip(pairs, 1, widest, lanes, c, ldc, w, x, ldx, K, start, fresh);
}

/* Rows of the block that starts at row o of O: what is left is never a 1 or 2 that could be part
 * of a 4. */
EBM_INLINE int ebm_rows_at(int o, int O) {
    const int left = O - o;
    if (left >= EBM_ROWS && left != EBM_ROWS + 2) return EBM_ROWS;
    return left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* ---- packing: [K / EBM_DEPTH][blocks of rows][k][rows] ----------------------------------------*/
EBM_INLINE size_t ebm_pack_dense_size(int O, int K) {
    return (size_t)O * (size_t)K;
}
EBM_INLINE int64_t ebm_pack_dense_units(int O, int K) {
    (void)O;
    return ((int64_t)K + EBM_DEPTH - 1) / EBM_DEPTH;
}
EBM_KERNEL void ebm_pack_dense_range_(float *dst, const float *w, int O, int K, int64_t so,
                                      int64_t sk, int64_t begin, int64_t end);
#if EBM_BODIES(EBM_KERNELS_DENSE)
EBM_KERNEL void ebm_pack_dense_range_(float *dst, const float *w, int O, int K, int64_t so,
                                      int64_t sk, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; unit++) {
        const int64_t k0 = unit * EBM_DEPTH;
        const int depth = K - k0 < EBM_DEPTH ? (int)(K - k0) : EBM_DEPTH;
        float *to = dst + k0 * O;
        for (int o = 0, rows; o < O; o += rows, to += (int64_t)rows * depth) {
            rows = ebm_rows_at(o, O);
            const float *from = w + o * so + k0 * sk;
            if (so == 1) {
                for (int k = 0; k < depth; k++)
                    for (int r = 0; r < rows; r++) to[k * rows + r] = from[k * sk + r];
            } else if (sk == 1) {
                ebm_transpose(to, rows, from, so, rows, depth);
            } else {
                for (int k = 0; k < depth; k++)
                    for (int r = 0; r < rows; r++) to[k * rows + r] = from[r * so + k * sk];
            }
        }
    }
}
#endif
EBM_INLINE void ebm_pack_dense_range(float *dst, const float *w, int O, int K, int64_t so,
                                     int64_t sk, int64_t begin, int64_t end) {
    ebm_pack_dense_range_(dst, w, O, K, so, sk, begin, end);
}
EBM_INLINE void ebm_pack_dense(float *dst, const float *w, int O, int K, int64_t so, int64_t sk) {
    ebm_pack_dense_range_(dst, w, O, K, so, sk, 0, ebm_pack_dense_units(O, K));
}

/* ---- y = W x + bias ---------------------------------------------------------------------------
 * Steps of the reduction between loads and stores of y: their part of x, EBM_PART floats, stays in
 * the L1 cache beside the weights. */
enum { EBM_PART = EBM_REGISTERS >= 32 ? 8192 : 4096 };
EBM_INLINE void ebm_dense(const int pairs, float *y, const float *packed, const float *x,
                          const float *bias, int O, int K, const int T) {
    const int part = EBM_PART / T < EBM_DEPTH ? EBM_PART / T : EBM_DEPTH;
    for (int k0 = 0; k0 < K; k0 += part) {
        const int first = k0 / EBM_DEPTH * EBM_DEPTH, skip = k0 - first;
        const int depth = K - first < EBM_DEPTH ? K - first : EBM_DEPTH;
        const int steps = depth - skip < part ? depth - skip : part;
        const float *w = packed + (size_t)first * (size_t)O;
        for (int o = 0, rows; o < O; o += rows, w += (size_t)rows * (size_t)depth) {
            rows = ebm_rows_at(o, O);
            const EbmRows factor = { w + skip * rows, rows, 1, steps, 0 };
            ebm_block_rows(pairs, rows, T, y + (size_t)o * T, T, factor, x + (size_t)k0 * T, T, steps,
                           bias ? bias + o : NULL, k0 == 0);
        }
    }
}
EBM_KERNEL void ebm_dense_16(float *y, const float *packed, const float *x, const float *bias,
                             int O, int K);
EBM_KERNEL void ebm_dense_32(float *y, const float *packed, const float *x, const float *bias,
                             int O, int K);
EBM_KERNEL void ebm_dense_64(float *y, const float *packed, const float *x, const float *bias,
                             int O, int K);
#if EBM_BODIES(EBM_KERNELS_DENSE)
EBM_KERNEL void ebm_dense_16(float *y, const float *packed, const float *x, const float *bias,
                             int O, int K) {
    ebm_dense(0, y, packed, x, bias, O, K, 16);
}
EBM_KERNEL void ebm_dense_32(float *y, const float *packed, const float *x, const float *bias,
                             int O, int K) {
    ebm_dense(0, y, packed, x, bias, O, K, 32);
}
EBM_KERNEL void ebm_dense_64(float *y, const float *packed, const float *x, const float *bias,
                             int O, int K) {
    ebm_dense(0, y, packed, x, bias, O, K, 64);
}
#endif
EBM_INLINE void ebm_tile_dense(float *y, const float *packed, const float *x, const float *bias,
                               int O, int K, int T) {
    if (T == 16) ebm_dense_16(y, packed, x, bias, O, K);
    else if (T == 32) ebm_dense_32(y, packed, x, bias, O, K);
    else ebm_dense_64(y, packed, x, bias, O, K);
}

/* ---- g += d x' --------------------------------------------------------------------------------
 * The long side of g, or the side whose elements are adjacent, runs along the lanes: its operand is
 * turned into panels [T][EBM_PANEL] first. */
EBM_INLINE size_t ebm_panels(int n) {
    return ((size_t)n + EBM_PANEL - 1) / EBM_PANEL;
}
EBM_INLINE size_t ebm_tile_outer_scratch(int O, int I, int T) {
    return ebm_panels(O > I ? O : I) * EBM_PANEL * (size_t)T;
}
/* panel [ceil(F / EBM_PANEL)][valid][EBM_PANEL] from x [F][T]; lanes beyond F are zeros. */
EBM_INLINE void ebm_panels_from(float *panel, const float *x, int F, int T, int valid) {
    for (int f = 0; f < F; f += EBM_PANEL, panel += valid * EBM_PANEL) {
        const int n = F - f < EBM_PANEL ? F - f : EBM_PANEL;
        if (n < EBM_PANEL) memset(panel, 0, sizeof(float) * EBM_PANEL * (size_t)valid);
        ebm_transpose(panel, EBM_PANEL, x + (size_t)f * T, T, n, valid);
    }
}
/* g[row*gr + lane*gl] += sum_t d[row][t] * panel[t][lane], rows x lanes of one panel. */
EBM_INLINE void ebm_outer_panel(float *g, int64_t gr, int64_t gl, const float *d,
                                const float *panel, int rows_total, int lanes, int T, int valid) {
    float edge[EBM_ROWS * EBM_PANEL] __attribute__((aligned(64))) = { 0 };
    const int direct = gl == 1 && lanes == EBM_PANEL;
    for (int o = 0, rows; o < rows_total; o += rows) {
        rows = ebm_rows_at(o, rows_total);
        float *c = direct ? g + o * gr : edge;
        const int64_t ldc = direct ? gr : EBM_PANEL;
        if (!direct)
            for (int r = 0; r < rows; r++)
                for (int l = 0; l < lanes; l++) edge[r * EBM_PANEL + l] = g[(o + r) * gr + l * gl];
        ebm_block_rows(0, rows, EBM_PANEL, c, ldc, (EbmRows){ d + (int64_t)o * T, 1, T, valid, 0 },
                       panel, EBM_PANEL, valid, NULL, 0);
        if (!direct)
            for (int r = 0; r < rows; r++)
                for (int l = 0; l < lanes; l++) g[(o + r) * gr + l * gl] = edge[r * EBM_PANEL + l];
    }
}
EBM_INLINE void ebm_outer(float *g, const float *d, const float *x, int O, int I, const int T,
                          int valid, float *scratch) {
    /* Lanes along O cost strided accesses to g: only when lanes along I would be mostly empty. */
    const int turned = 3 * (size_t)I * ebm_panels(O) < (size_t)O * ebm_panels(I);
    const int lanes_total = turned ? O : I, rows_total = turned ? I : O;
    const int64_t row_step = turned ? 1 : I, lane_step = turned ? I : 1;
    ebm_panels_from(scratch, turned ? d : x, lanes_total, T, valid);
    for (int l = 0; l < lanes_total; l += EBM_PANEL, scratch += valid * EBM_PANEL)
        ebm_outer_panel(g + l * lane_step, row_step, lane_step, turned ? x : d, scratch,
                        rows_total, lanes_total - l < EBM_PANEL ? lanes_total - l : EBM_PANEL, T,
                        valid);
}
EBM_KERNEL void ebm_outer_16(float *g, const float *d, const float *x, int O, int I, int valid,
                             float *scratch);
EBM_KERNEL void ebm_outer_32(float *g, const float *d, const float *x, int O, int I, int valid,
                             float *scratch);
EBM_KERNEL void ebm_outer_64(float *g, const float *d, const float *x, int O, int I, int valid,
                             float *scratch);
#if EBM_BODIES(EBM_KERNELS_SUMS)
EBM_KERNEL void ebm_outer_16(float *g, const float *d, const float *x, int O, int I, int valid,
                             float *scratch) {
    ebm_outer(g, d, x, O, I, 16, valid, scratch);
}
EBM_KERNEL void ebm_outer_32(float *g, const float *d, const float *x, int O, int I, int valid,
                             float *scratch) {
    ebm_outer(g, d, x, O, I, 32, valid, scratch);
}
EBM_KERNEL void ebm_outer_64(float *g, const float *d, const float *x, int O, int I, int valid,
                             float *scratch) {
    ebm_outer(g, d, x, O, I, 64, valid, scratch);
}
#endif
EBM_INLINE void ebm_tile_outer(float *g, const float *d, const float *x, int O, int I, int T,
                               int valid, float *scratch) {
    if (T == 16) ebm_outer_16(g, d, x, O, I, valid, scratch);
    else if (T == 32) ebm_outer_32(g, d, x, O, I, valid, scratch);
    else ebm_outer_64(g, d, x, O, I, valid, scratch);
}

/* dst[i] = the word of first[i] and second[i] (NULL: zeros), i < n. */
EBM_INLINE void ebm_pairs(float *dst, const float *first, const float *second, size_t n) {
    if (second)
        for (size_t i = 0; i < n; i++) dst[i] = ebm_pair(first[i], second[i]);
    else
        for (size_t i = 0; i < n; i++) dst[i] = ebm_pair(first[i], 0);
}

/* Eight features at a time: an 8 x 8 block turned makes eight chains of vector additions. */
EBM_KERNEL void ebm_sum_samples(float *g, const float *d, int F, int T, int valid);
#if EBM_BODIES(EBM_KERNELS_SUMS)
EBM_KERNEL void ebm_sum_samples(float *g, const float *d, int F, int T, int valid) {
    int f = 0;
    for (; f + 8 <= F; f += 8) {
        float turned[64] __attribute__((aligned(32))), sum[8];
        memcpy(sum, g + f, sizeof sum);
        for (int t = 0; t < valid; t += 8) {
            ebm_transpose(turned, 8, d + (size_t)f * T + t, T, 8, 8);
            for (int i = 0; i < 8 && t + i < valid; i++)
                for (int l = 0; l < 8; l++) sum[l] += turned[8 * i + l];
        }
        memcpy(g + f, sum, sizeof sum);
    }
    for (; f < F; f++) {
        float sum = g[f];
        for (int t = 0; t < valid; t++) sum += d[(size_t)f * T + t];
        g[f] = sum;
    }
}
#endif
EBM_INLINE void ebm_tile_sum(float *g, const float *d, int F, int T, int valid) {
    ebm_sum_samples(g, d, F, T, valid);
}
#endif
