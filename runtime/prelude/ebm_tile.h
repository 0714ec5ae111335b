/* ebm_tile.h - micro-kernels over tiles: the contract. The bodies are in the headers below.
 *
 *   a tile value      float v[F][T]     F features of T samples; samples lie in the vector lanes
 *   an image tile     float v[C][H][W][T]
 *   a shared tensor   dense row-major, as between kernels
 *
 * T is 16, 32 or 64 and a compile-time constant. Tile values and scratch are 64-byte aligned;
 * `packed` buffers too. Pointers of one call do not overlap. A ragged tile (valid < T) repeats its
 * last valid sample in the remaining lanes, so kernels compute on all T lanes; only sums over
 * samples, stores and health tests take `valid`.
 *
 * Orders (they are semantics: every target and every T gives these bits)
 *   dense, conv, conv_dx   one fma chain per output and sample. It starts from the bias (or 0) and
 *                          goes over features ascending: dense k; conv (channel of the group, kh,
 *                          kw); conv_dx (output channel of the group, kh, kw). A tap outside the
 *                          image enters as a zero.
 *   outer, conv_dw, sum    one chain per element over samples ascending, starting from what is
 *                          there, so that consecutive tiles of one 64-sample block continue it;
 *                          conv_dw: within a sample, output pixels ascending.
 *   ebm_combine            block sums in binary-counter order: block b is pushed on a stack, and
 *                          while the two top entries cover equally many blocks they are added;
 *                          at the end the stack is added up from the top. */
#ifndef EBM_TILE_H
#define EBM_TILE_H
#include <stddef.h>
#include <stdint.h>

#include "../ebm.h"
#include "ebm_math.h"
#include "ebm_rng.h"
#include "ebm_simd.h"

/* ---- dense (ebm_dense.h) -----------------------------------------------------------------------
 * Packing puts element (o, k) = w[o*so + k*sk] in the order the kernel reads it: W [O,K] with
 * so = K, sk = 1; its transpose, for the input gradient, with the roles of the strides swapped.
 * Sizes and scratch sizes are in floats and do not depend on the target. */
EBM_INLINE size_t ebm_pack_dense_size(int O, int K);
EBM_INLINE void ebm_pack_dense(float *dst, const float *w, int O, int K, int64_t so, int64_t sk);
/* The same in units [begin, end) of ebm_pack_dense_units(O, K), for several threads. */
EBM_INLINE int64_t ebm_pack_dense_units(int O, int K);
EBM_INLINE void ebm_pack_dense_range(float *dst, const float *w, int O, int K, int64_t so,
                                     int64_t sk, int64_t begin, int64_t end);
/* y[o][t] = bias[o] + sum_k w(o,k) x[k][t]; bias may be NULL. */
EBM_INLINE void ebm_tile_dense(float *y, const float *packed, const float *x, const float *bias,
                               int O, int K, int T);       /* y [O][T], x [K][T], bias [O] */
/* g[o][i] += sum_{t < valid} d[o][t] x[i][t]. */
EBM_INLINE size_t ebm_tile_outer_scratch(int O, int I, int T);
EBM_INLINE void ebm_tile_outer(float *g, const float *d, const float *x, int O, int I, int T,
                               int valid, float *scratch); /* g [O][I], d [O][T], x [I][T] */
/* Adds the samples of a piece to g [rows][columns], in blocks of 64 samples that are combined as by
 * ebm_combine (ebm_sums.h); `tree` has sums of pieces, `n` numbers from one to the next. */
typedef struct EbmOuter {
    const float *d, *x;           /* tiles [rows.. or columns][T], `d_tile`, `x_tile` floats apart */
    int64_t d_tile, x_tile;
    int rows, columns, T;
} EbmOuter;
EBM_INLINE size_t ebm_sum_outer_scratch(int rows);
EBM_KERNEL void ebm_sum_outer(float *g, float *tree, int64_t n, const EbmOuter *s,
                              const EbmScalars *at, float *scratch);
/* g[f] += sum_{t < valid} d[f][t]. */
EBM_INLINE void ebm_tile_sum(float *g, const float *d, int F, int T, int valid);

/* ---- convolution (ebm_conv.h) ------------------------------------------------------------------
 * y[o][oy][ox] = bias[o] + sum over c, i, j of w[o][c][i][j] *
 *                x[c of o's group][oy*sh - ph0 + i*dh][ox*sw - pw0 + j*dw]
 * with w [O][C/groups][kh][kw] and OH = (H + ph0 + ph1 - (kh-1)*dh - 1)/sh + 1, OW alike. */
typedef struct EbmConv {
    int C, H, W, O, OH, OW, kh, kw, sh, sw, ph0, ph1, pw0, pw1, dh, dw, groups;
} EbmConv;
EBM_INLINE size_t ebm_pack_conv_size(EbmConv c);
EBM_INLINE void ebm_pack_conv(float *dst, const float *w, EbmConv c);
EBM_INLINE size_t ebm_tile_conv_scratch(EbmConv c, int T);
EBM_KERNEL void ebm_tile_conv(float *y, const float *packed, const float *x, const float *bias,
                              const EbmConv *conv, int T, float *scratch);
/* x = transpose of conv applied to y: the gradient with respect to the input. */
EBM_INLINE size_t ebm_pack_conv_dx_size(EbmConv c);
EBM_INLINE void ebm_pack_conv_dx(float *dst, const float *w, EbmConv c);
EBM_INLINE size_t ebm_tile_conv_dx_scratch(EbmConv c, int T);
EBM_KERNEL void ebm_tile_conv_dx(float *x, const float *packed, const float *y,
                                 const EbmConv *conv, int T, float *scratch);
/* g [O][C/groups][kh][kw] += sum over samples t < valid and output pixels of y * x. */
EBM_INLINE size_t ebm_tile_conv_dw_scratch(EbmConv c, int T);
EBM_INLINE void ebm_tile_conv_dw(float *g, const float *x, const float *y, const EbmConv *conv,
                                 int T, int valid, float *scratch);
/* The same for outputs [first, first + rows) only; g [rows][C/groups][kh][kw]. */
EBM_KERNEL void ebm_tile_conv_dw_rows(float *g, const float *x, const float *y, const EbmConv *conv,
                                      int T, int valid, int first, int rows, float *scratch);

/* ---- edges of a region (ebm_move.h) ------------------------------------------------------------
 * Rows [row, row + valid) of a tensor [B][F] to and from a tile; lanes t >= valid of a loaded tile
 * repeat row row + valid - 1; stores write valid rows only. 1 <= valid <= T. */
EBM_KERNEL void ebm_tile_load(float *dst, const float *src, int64_t row, int valid, int F, int T);
EBM_KERNEL void ebm_tile_load_i32(int32_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                  int T);
EBM_KERNEL void ebm_tile_load_u8(int32_t *dst, const uint8_t *src, int64_t row, int valid, int F,
                                 int T);
EBM_KERNEL void ebm_tile_store(float *dst, const float *src, int64_t row, int valid, int F, int T);
EBM_KERNEL void ebm_tile_store_i32(int32_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                   int T);
EBM_KERNEL void ebm_tile_store_u8(uint8_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                  int T);
/* dst[f][t] = table[idx[t]][f]; every index must be a row of the table. */
EBM_KERNEL void ebm_tile_gather(float *dst, const float *table, const int32_t *idx, int F, int T);
EBM_KERNEL void ebm_tile_gather_i32(int32_t *dst, const int32_t *table, const int32_t *idx, int F,
                                    int T);
EBM_KERNEL void ebm_tile_gather_u8(int32_t *dst, const uint8_t *table, const int32_t *idx, int F,
                                   int T);

/* ---- random draws (ebm_draw.h) -----------------------------------------------------------------
 * Lane t is global sample sample0 + min(t, valid - 1); feature f is word f % 4 of quad f / 4. Seed,
 * step and epoch come from s. */
EBM_INLINE void ebm_tile_normal(float *dst, int F, int T, const EbmScalars *s, uint64_t site,
                                uint32_t loop_index, int64_t sample0, int valid);
EBM_INLINE void ebm_tile_uniform(float *dst, int F, int T, const EbmScalars *s, uint64_t site,
                                 uint32_t loop_index, int64_t sample0, int valid);
EBM_KERNEL void ebm_tile_perm(int32_t *dst, int F, int T, const EbmScalars *s, uint64_t site,
                              uint32_t loop_index, int64_t sample0, int valid, uint32_t n, int mode);
EBM_KERNEL void ebm_fill_perm(int32_t *dst, int64_t begin, int64_t end, const EbmScalars *s,
                              uint64_t site, uint32_t loop_index, uint32_t n, int mode);
EBM_INLINE void ebm_tile_int(int32_t *dst, int F, int T, const EbmScalars *s, uint64_t site,
                             uint32_t loop_index, int64_t sample0, int valid, uint32_t n);
/* Elements [begin, end) of a shared tensor at dst: sample 0, quads by flat index. */
EBM_INLINE void ebm_fill_normal(float *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                uint64_t site, uint32_t loop_index);
EBM_INLINE void ebm_fill_uniform(float *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                 uint64_t site, uint32_t loop_index);
EBM_INLINE void ebm_fill_int(int32_t *dst, int64_t begin, int64_t end, const EbmScalars *s,
                             uint64_t site, uint32_t loop_index, uint32_t n);

/* ---- shared tensors and health (ebm_shared.h) --------------------------------------------------
 * out[i] = sum over b of partial[b][i], i in [begin, end); partial [blocks][n], out [n]. */
EBM_INLINE void ebm_combine(float *out, const float *partial, int64_t blocks, int64_t n,
                            int64_t begin, int64_t end);
/* The same tree while sums of blocks come one after the other. The sum of block b is made at
 * ebm_sums_at; when all rows before `end` are in it, it is folded into those of its left. `block`
 * rows are a block, `batch` rows are all; `n` numbers lie between two sums in `tree`. */
EBM_INLINE float *ebm_sums_at(float *out, float *tree, int64_t b, int64_t n);
EBM_KERNEL void ebm_sums_done(float *out, float *tree, int64_t end, int64_t batch, int64_t block,
                              int64_t n, int64_t count);
/* The sums of block `unit` in partial [blocks][n], set to 0. */
EBM_KERNEL float *ebm_sums_start(float *partial, int64_t unit, int64_t n);
/* Sum of x[begin..end): blocks of EBM_SUM_BLOCK from begin on, 16 strided lanes in each (a short
 * block is padded with zeros), lanes added in halves, blocks in ebm_combine's order. So the sums of
 * the single blocks, made by any threads, combine to the sum of the whole. */
enum { EBM_SUM_BLOCK = 4096 };
EBM_INLINE float ebm_block_sum(const float *x, int64_t begin, int64_t end);
/* 1 when x[begin..end), or lanes t < valid of a tile x [F][T], are all finite. */
EBM_INLINE int ebm_all_finite(const float *x, int64_t begin, int64_t end);
EBM_INLINE int ebm_tile_finite(const float *x, int F, int T, int valid);

#include "ebm_move.h"
#include "ebm_dense.h"
#include "ebm_conv.h"
#include "ebm_conv_dw.h"
#include "ebm_bf16.h"
#include "ebm_draw.h"
#include "ebm_shared.h"
#include "ebm_sums.h"
#endif
