/* ebm_prelude.h - everything emitted CPU kernels may use. Header-only, no object to link; or, with
 * EBM_KERNELS=0, without the kernels that ebm_kernels.c has.
 *
 * Compile with: -std=gnu11 -O2 -march=... -ffp-contract=off -fno-math-errno -fopenmp-simd
 * Promise: the same bits from gcc and clang, at every optimisation level, with AVX-512, AVX2, NEON
 * or no vector unit at all. It rests on three rules: contraction is written, never left to the
 * compiler (ebm_fma, ebm_vfma); every order of summation is fixed by the contracts in ebm_tile.h;
 * no libm but sqrtf and fmaf, which are exactly rounded. Only the payload and sign of a NaN are
 * not covered. tests/unit/prelude_bits.sh checks it.
 *
 *   ebm_simd.h  vector type, explicit fused multiply-add, what the target has
 *   ebm_rng.h   random words at a frozen address; plain C, also used by the compiler
 *   ebm_math.h  scalar float functions that vectorise under `#pragma omp simd`
 *   ebm_tile.h  micro-kernels over tiles of samples, and over shared tensors */
#ifndef EBM_PRELUDE_H
#define EBM_PRELUDE_H
#include "ebm_simd.h"
#include "ebm_rng.h"
#include "ebm_math.h"
#include "ebm_tile.h"
#endif
