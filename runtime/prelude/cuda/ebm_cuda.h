/* ebm_cuda.h - CUDA C without any include: types, elementary words, what the threads of a CTA share.
 *
 * First in the text of every module; ebm_rng.h, ebm_math.h and ebm_mma.cuh follow, then emitted code.
 * Compile with NVRTC: -default-device --fmad=false. Promise: with those options elementwise functions
 * and random draws have the bits of the CPU's, whatever tile, CTA or grid computes them.
 *
 *   a tile value    v[f*S + t]: F features of T samples, lane stride S >= T, in shared or device memory
 *   a CTA           THREADS threads, a multiple of T: thread i has lane i % T, and of a tile it owns the
 *                   features i / T, i / T + THREADS / T, ... of that lane ("its own elements") */
#ifndef EBM_CUDA_H
#define EBM_CUDA_H
#ifndef EBM_EMULATED
#pragma nv_diag_suppress 177              /* functions that a module does not use */
#endif
#ifndef EBM_EMULATED                       /* the emulator brings the C++ types of its host */
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
typedef unsigned long size_t;
#endif

#define EBM_INLINE static __device__ __forceinline__
/* Shared by its callers; in a prelude many stay unused. */
#define EBM_KERNEL static __device__ __forceinline__
#define EBM_UNROLL _Pragma("unroll")
enum { EBM_BLOCK = 64, EBM_SUM_BLOCK = 4096 };

/* As in ebm.h, in device memory. */
typedef struct EbmScalars {
    uint64_t seed, step;
    uint32_t epoch;
    int64_t batch, first_sample;
    float *f;
    int64_t *i;
} EbmScalars;

EBM_INLINE float ebm_fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
EBM_INLINE uint32_t ebm_bits(float x) { return __float_as_uint(x); }
EBM_INLINE float ebm_from_bits(uint32_t u) { return __uint_as_float(u); }
/* 1 when x is neither infinite nor NaN. */
EBM_INLINE int ebm_is_finite(float x) { return (ebm_bits(x) & 0x7f800000u) != 0x7f800000u; }
#define __builtin_inff() __uint_as_float(0x7f800000u)
#define __builtin_nanf(payload) __uint_as_float(0x7fc00000u)
#define __builtin_sqrtf(x) __fsqrt_rn(x)
#endif
