/* ebm_mma.cuh - tile kernels of a CTA: the contract. The bodies are in the files below.
 *
 * Needs, pasted before: ebm_cuda.h, ebm_rng.h, ebm_math.h, and first of all `#define EBM_TF32 1`
 * (contractions on tensor cores, operands rounded to tf32) or `0` (fp32: the CPU's bits).
 * Pasted in this order: ebm_mma.cuh ebm_mma_ptx.cuh ebm_mma_move.cuh ebm_mma_draw.cuh
 * ebm_mma_dense.cuh ebm_mma_conv.cuh.
 *
 *   a tile value      v[F][S]     F features of T samples: feature f of sample t at v[f*S + t],
 *                                 T = 8, 16, 32 or 64; lanes T..S-1 of a row are never touched
 *   an image tile     v[C][H][W][S]
 *   a shared tensor   dense row-major, as between kernels
 *
 * Every function is run by all threads of a CTA of whole warps, with the same arguments (a
 * collective), in convergence. None holds a barrier: a tile that other threads have written needs
 * __syncthreads() before the call, and what a call writes is for other threads (and for the same
 * thread: the owner of an element is not told) only after one. The exceptions are what a call adds
 * to, `+=` below: the owner of an element depends on the shape and the CTA's size alone, so the
 * same sum may be continued by another call without a barrier.
 * Tiles lie in shared or device memory, 16-byte aligned, S even; pointers of one call do not
 * overlap. T, S, sizes and strides are compile-time constants at every call.
 * A ragged tile (valid < T) repeats its last valid sample in the lanes that are left, so only sums
 * over samples, loads and stores take `valid`, 1 <= valid <= T.
 *
 * Orders. fp32: those of ebm_tile.h, so the CPU's bits. tf32: products of operands rounded to tf32
 * (nearest, ties away; a dense layer of at most 4 outputs is summed in fp32), in an order that
 * depends on the shapes only. bf16 (a last template argument EbmBf16, where EBM_TF32 is 1): the same of
 * operands rounded to bf16 (nearest, ties to even). So no result depends on T, S,
 * the CTA's size or the grid. */
#ifndef EBM_MMA_CUH
#define EBM_MMA_CUH

/* The lane stride without bank conflicts in shared memory: T = 8 as it is, else 8 more. */
#define EBM_LANE_STRIDE(T) ((T) == 8 ? 8 : (T) + 8)

/* This thread's share of 0..n-1: `for (EBM_EACH(i, n)) ...`; neighbours take neighbouring i. */
#define EBM_EACH(i, n) int i = (int)threadIdx.x; i < (n); i += (int)blockDim.x
/* The same of a team: the CTA, or all CTAs of the grid (ebm_grid.cuh). */
#define EBM_FIRST_cta ((int)threadIdx.x)
#define EBM_COUNT_cta ((int)blockDim.x)
#define EBM_FIRST_grid ((int)(blockIdx.x * blockDim.x + threadIdx.x))
#define EBM_COUNT_grid ((int)(gridDim.x * blockDim.x))
#define EBM_TEAM_EACH(team, i, n) int i = EBM_FIRST_##team; i < (n); i += EBM_COUNT_##team

/* `EBM_UNROLL_BY(4) for ...`: so many turns of a loop are written out. */
#define EBM_PRAGMA(text) _Pragma(#text)
#define EBM_UNROLL_BY(n) EBM_PRAGMA(unroll n)

/* How a contraction rounds its operands (ebm_mma_ptx.cuh); fp32 rounds none. */
struct EbmTf32;
struct EbmBf16;

/* As in ebm_tile.h: y [O][OH][OW], x [C][H][W], w [O][C/groups][kh][kw]. A geometry is a type,
 * EbmGeometry<C, H, W, ...> with the fields in this order. */
typedef struct EbmConv {
    int C, H, W, O, OH, OW, kh, kw, sh, sw, ph0, ph1, pw0, pw1, dh, dw, groups;
} EbmConv;
template <int... FIELDS> struct EbmGeometry { static constexpr EbmConv value = { FIELDS... }; };
/* One function for all its calls, however many. */
#define EBM_SHARED_BODY static __device__ __noinline__

/* ---- edges (ebm_mma_move.cuh) ------------------------------------------------------------------
 * Rows [row, row + valid) of a tensor [B][F] to and from a tile. */
EBM_INLINE void ebm_cta_load(float *dst, const float *src, int64_t row, int valid, int F, int T,
                             int S);
EBM_INLINE void ebm_cta_load_i32(int32_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                 int T, int S);
EBM_INLINE void ebm_cta_load_u8(int32_t *dst, const uint8_t *src, int64_t row, int valid, int F,
                                int T, int S);
EBM_INLINE void ebm_cta_store(float *dst, const float *src, int64_t row, int valid, int F, int T,
                              int S);
EBM_INLINE void ebm_cta_store_i32(int32_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                  int T, int S);
EBM_INLINE void ebm_cta_store_u8(uint8_t *dst, const int32_t *src, int64_t row, int valid, int F,
                                 int T, int S);
/* A matrix w [rows][cols] into shared memory, row stride EBM_STAGE_LD(cols): then ebm_cta_dense
 * reads it without bank conflicts, in both orientations. */
#define EBM_STAGE_LD(cols) (((cols) + 7) / 8 * 8 + 4)
EBM_INLINE void ebm_cta_stage(float *dst, const float *w, int rows, int cols);

/* ---- sums (ebm_mma_move.cuh) ------------------------------------------------------------------
 * g[f] += sum of d[f][t], t < valid, ascending. g in device memory. */
EBM_INLINE void ebm_cta_sum(float *g, const float *d, int F, int T, int S, int valid);
/* *out = sum of x[0..count), count <= 4096, in the order of ebm_block_sum: 16 strided lanes, then
 * halves. By one warp, so `out` is written by one thread. */
EBM_INLINE void ebm_cta_block_sum(float *out, const float *x, int64_t count);
/* out[i] = sum over b of partial[b][i], i in [begin, end), in binary-counter order; [blocks][n]. */
EBM_INLINE void ebm_cta_combine(float *out, const float *partial, int64_t blocks, int64_t n,
                                int64_t begin, int64_t end);

/* ---- random draws (ebm_mma_draw.cuh) -----------------------------------------------------------
 * As ebm_tile.h: lane t is global sample sample0 + min(t, valid - 1); the CPU's bits. */
EBM_INLINE void ebm_cta_normal(float *dst, int F, int T, int S, const EbmScalars *s, uint64_t site,
                               uint32_t loop_index, int64_t sample0, int valid);
EBM_INLINE void ebm_cta_uniform(float *dst, int F, int T, int S, const EbmScalars *s,
                                uint64_t site, uint32_t loop_index, int64_t sample0, int valid);
EBM_INLINE void ebm_cta_int(int32_t *dst, int F, int T, int S, const EbmScalars *s, uint64_t site,
                            uint32_t loop_index, int64_t sample0, int valid, uint32_t n);
EBM_INLINE void ebm_cta_perm(int32_t *dst, int F, int T, int S, const EbmScalars *s, uint64_t site,
                             uint32_t loop_index, int64_t sample0, int valid, uint32_t n, int mode);
/* Elements [begin, end) of a shared tensor at dst: sample 0, quads by flat index. */
EBM_INLINE void ebm_cta_fill_normal(float *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                    uint64_t site, uint32_t loop_index);
EBM_INLINE void ebm_cta_fill_uniform(float *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                     uint64_t site, uint32_t loop_index);
EBM_INLINE void ebm_cta_fill_int(int32_t *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                 uint64_t site, uint32_t loop_index, uint32_t n);
EBM_INLINE void ebm_cta_fill_perm(int32_t *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                  uint64_t site, uint32_t loop_index, uint32_t n, int mode);

/* ---- dense (ebm_mma_dense.cuh) -----------------------------------------------------------------
 * y[n][t] = bias[n] + sum_k w(n,k) x[k][t], with w(n,k) = w[n*so + k*sk]: W [N,K] with so = K,
 * sk = 1; its transpose, for the input gradient, with so = 1, sk = N. A matrix that
 * ebm_cta_stage has put into shared memory has EBM_STAGE_LD of its columns for K or N there. w in
 * device or shared memory; bias [N] or 0. */
template <typename P = EbmTf32>
EBM_INLINE void ebm_cta_dense(float *y, const float *w, int so, int sk, const float *x,
                              const float *bias, int N, int K, int T, int S);
/* The same, and then(n, t, y) for each of them instead of a store, by a thread that depends on N, T and
 * the CTA's size alone; N > 4. */
template <typename P = EbmTf32, typename Then>
EBM_INLINE void ebm_cta_dense_then(const float *w, int so, int sk, const float *x, const float *bias,
                                   int N, int K, int T, int S, Then then);
#if EBM_TF32
/* The same with weights that stay in the registers of a CTA of at least N / 16 warps, 4 ceil(K / 8) of
 * each thread, in bf16 4 ceil(K / 16): for layers of a loop. w(n,k) is w[n*ld + k], or w[k*ld + n] when
 * TURNED. Same bits. */
template <int N, int K, bool TURNED, typename P = EbmTf32> struct EbmHeld;
template <int N, int K, bool TURNED, typename P>
EBM_INLINE void ebm_cta_hold(EbmHeld<N, K, TURNED, P> &h, const float *w, int ld);
template <int N, int K, bool TURNED, typename P>
EBM_INLINE void ebm_cta_dense(float *y, const EbmHeld<N, K, TURNED, P> &h, const float *x,
                              const float *bias, int, int, int T, int S);
template <typename Then, int N, int K, bool TURNED, typename P>
EBM_INLINE void ebm_cta_dense_then(const EbmHeld<N, K, TURNED, P> &h, const float *x, const float *bias,
                                   int, int, int T, int S, Then then);
#endif
/* g[n][k] += sum over t < valid of d[n][t] x[k][t]; g [N][K] in device memory. */
EBM_INLINE void ebm_cta_outer(float *g, const float *d, const float *x, int N, int K, int T, int S,
                              int valid);

/* ---- convolution (ebm_mma_conv.cuh); w in the PyTorch layout, bias [O] or 0 ---------------------*/
template <typename Geometry, int T, int S, typename P = EbmTf32>
EBM_SHARED_BODY void ebm_cta_conv(float *y, const float *w, const float *x, const float *bias);
/* x = transpose of conv applied to y: the gradient with respect to the input. */
template <typename Geometry, int T, int S, typename P = EbmTf32>
EBM_SHARED_BODY void ebm_cta_conv_dx(float *x, const float *w, const float *y);
/* g [O][C/groups][kh][kw] += sum over samples t < valid and output pixels of y * x. */
template <typename Geometry, int T, int S>
EBM_SHARED_BODY void ebm_cta_conv_dw(float *g, const float *x, const float *y, int valid);
#endif
