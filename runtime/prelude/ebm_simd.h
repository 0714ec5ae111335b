/* ebm_simd.h - the target: vector type, lanes, registers and the explicit fused multiply-add.
 *
 * All of it is decided here by target macros, so that emitted text is the same everywhere. The
 * number of lanes and the register blocking never change a result: each element's sum is one chain
 * in a fixed order, whatever its neighbours in the vector are. */
#ifndef EBM_SIMD_H
#define EBM_SIMD_H
#include <stdint.h>
#include <string.h>

/* gcc prefers half-width vectors on some CPUs with AVX-512; full ones make loops 1.4 times as fast.
 * Holds for all that follows in the file that includes this, emitted kernels too. */
#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("prefer-vector-width=512")
#endif

#define EBM_INLINE static inline __attribute__((always_inline))
/* A function that several kernels of an emitted file share. */
#define EBM_SHARED static __attribute__((noinline, unused))
/* A kernel of the prelude, shared by its callers. By default each unit that includes the prelude has those that it
 * calls. With EBM_KERNELS=0 it only declares them, and ebm_kernels.c with EBM_KERNELS=1.. has those of
 * one header, which then serve any number of programs. */
#ifdef EBM_KERNELS
#define EBM_KERNEL __attribute__((noinline))
#define EBM_BODIES(part) (EBM_KERNELS == (part) || EBM_KERNELS == EBM_KERNELS_ALL)
#else
#define EBM_KERNEL EBM_SHARED
#define EBM_BODIES(part) 1
#endif
#define EBM_KERNELS_MOVE 1        /* and of ebm_shared.h */
#define EBM_KERNELS_DENSE 2
#define EBM_KERNELS_SUMS 3        /* and of ebm_tile_outer */
#define EBM_KERNELS_CONV 4
#define EBM_KERNELS_CONV_DW 5
#define EBM_KERNELS_DRAW 6
#define EBM_KERNELS_BF16 7
#define EBM_KERNELS_ALL 8
#ifdef __clang__
#define EBM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define EBM_UNROLL _Pragma("GCC unroll 32")
#endif

#ifndef __has_builtin
#define __has_builtin(x) 0
#endif

/* Keeps a vector in a register: gcc would load it anew for each multiplication, and loads, not
 * multipliers, would set the pace. */
#if defined(__AVX512F__)
#define EBM_HOLD(v) __asm__("" : "+v"(v))
#elif defined(__x86_64__)
#define EBM_HOLD(v) __asm__("" : "+x"(v))
#elif defined(__aarch64__)
#define EBM_HOLD(v) __asm__("" : "+w"(v))
#else
#define EBM_HOLD(v) (void)(v)
#endif

/* The compilers' own builtins are preferred: <immintrin.h> costs 0.2 s in every compilation. */
#if defined(__AVX512F__)
#define EBM_LANES 16
#define EBM_REGISTERS 32
#if __has_builtin(__builtin_ia32_vfmaddps512_mask)
#define EBM_VFMA_RAW(a, b, c) __builtin_ia32_vfmaddps512_mask(a, b, c, (unsigned short)-1, 4)
#else
#include <immintrin.h>
#define EBM_VFMA_RAW(a, b, c) ((EbmVec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#endif
#elif defined(__AVX2__) && defined(__FMA__)
#define EBM_LANES 8
#define EBM_REGISTERS 16
#if __has_builtin(__builtin_ia32_vfmaddps256)
#define EBM_VFMA_RAW(a, b, c) __builtin_ia32_vfmaddps256(a, b, c)
#else
#include <immintrin.h>
#define EBM_VFMA_RAW(a, b, c) ((EbmVec)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#endif
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define EBM_LANES 4
#define EBM_REGISTERS 32
#define EBM_VFMA_RAW(a, b, c) \
    ((EbmVec)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define EBM_LANES 4
#define EBM_REGISTERS 16
#endif

/* A vector of samples (or of features). EbmVecMem is the same vector in memory: any float address,
 * and it may alias float arrays. */
typedef float EbmVec __attribute__((vector_size(4 * EBM_LANES)));
typedef float EbmVecMem __attribute__((vector_size(4 * EBM_LANES), aligned(4), may_alias));
/* A word of memory that may hold a float or an int32_t. */
typedef uint32_t EbmAny __attribute__((may_alias));

/* a * b + c with one rounding. */
EBM_INLINE float ebm_fma(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}
EBM_INLINE EbmVec ebm_vfma(EbmVec a, EbmVec b, EbmVec c) {
#ifdef EBM_VFMA_RAW
    return EBM_VFMA_RAW(a, b, c);
#else
    EbmVec r;
    for (int i = 0; i < EBM_LANES; i++) r[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return r;
#endif
}
#define VFMA(a, b, c) ebm_vfma(a, b, c)

EBM_INLINE EbmVec ebm_vload(const float *p) {
    return *(const EbmVecMem *)p;
}
EBM_INLINE void ebm_vstore(float *p, EbmVec v) {
    *(EbmVecMem *)p = v;
}
EBM_INLINE EbmVec ebm_vsplat(float x) {
    return x - (EbmVec){ 0 };     /* x - (+0) is x, -0 included */
}

/* ---- pairs of bf16 ------------------------------------------------------------------------------
 * A word of 32 bits holds two bf16 numbers, the first in its low half. Words travel in float arrays
 * and vectors, whose bits nothing but the functions below looks at. */
typedef uint32_t EbmVecBits __attribute__((vector_size(4 * EBM_LANES)));
#if defined(EBM_BF16) && defined(__AVX512BF16__)
#include <immintrin.h>
#define EBM_HAS_BF16_DOT 1
#else
#define EBM_HAS_BF16_DOT 0
#endif
#if defined(EBM_BF16) && defined(__AMX_TILE__) && defined(__AMX_BF16__)
#define EBM_HAS_AMX 1
#else
#define EBM_HAS_AMX 0
#endif
/* c + a.first * b.first + a.second * b.second in each lane, in single precision. */
EBM_INLINE EbmVec ebm_vdot(EbmVec a, EbmVec b, EbmVec c) {
#if EBM_HAS_BF16_DOT
    return (EbmVec)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b);
#else
    const EbmVecBits i = (EbmVecBits)a, j = (EbmVecBits)b, high = 0xffff0000u - (EbmVecBits){ 0 };
    c = ebm_vfma((EbmVec)(i & high), (EbmVec)(j & high), c);
    return ebm_vfma((EbmVec)(i << 16), (EbmVec)(j << 16), c);
#endif
}
/* The word at p in every lane. */
EBM_INLINE EbmVec ebm_vsplat_word(const float *p) {
    return (EbmVec)(*(const EbmAny *)p - (EbmVecBits){ 0 });
}
/* A step of a reduction: of numbers, or of `pairs`. */
EBM_INLINE EbmVec ebm_vweight(const int pairs, const float *w) {
    return pairs ? ebm_vsplat_word(w) : ebm_vsplat(*w);
}
EBM_INLINE EbmVec ebm_vstep(const int pairs, EbmVec a, EbmVec b, EbmVec c) {
    return pairs ? ebm_vdot(a, b, c) : ebm_vfma(a, b, c);
}

EBM_INLINE uint32_t ebm_bits(float x) {
    uint32_t u;
    memcpy(&u, &x, 4);
    return u;
}
EBM_INLINE float ebm_from_bits(uint32_t u) {
    float x;
    memcpy(&x, &u, 4);
    return x;
}
/* Two numbers rounded to nearest even. Infinities stay; a NaN may lose its payload, not its kind. */
EBM_INLINE uint32_t ebm_bf16_bits(float x) {
    const uint32_t u = ebm_bits(x), nan = -(uint32_t)((u & 0x7fffffffu) > 0x7f800000u);
    return (u + ((0x7fffu + (u >> 16 & 1)) & ~nan)) >> 16 | (0x40u & nan);
}
EBM_INLINE float ebm_pair(float first, float second) {
    return ebm_from_bits(ebm_bf16_bits(first) | ebm_bf16_bits(second) << 16);
}
/* 1 when x is neither infinite nor NaN: by exponent bits, so no flag can fold it away. */
EBM_INLINE int ebm_is_finite(float x) {
    return (ebm_bits(x) & 0x7f800000u) != 0x7f800000u;
}
#endif
