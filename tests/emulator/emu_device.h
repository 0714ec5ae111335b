/* emu_device.h - CUDA C for g++: what comes before the text of a module. See emu.h. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "emu.h"

#define EBM_EMULATED 1
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __CUDA_ARCH__ 900
#define __device__
#define __host__
#define __global__
#define __constant__
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

extern "C" { __attribute__((visibility("default"))) const EmuApi *emu; }

/* The same for one fiber wherever it stands, so the compiler may keep it. */
static __attribute__((noinline, const)) EmuThread *emu_self(void) { return emu->self(); }
#define threadIdx (emu_self()->thread)
#define blockIdx (emu_self()->cta)
#define blockDim (emu_self()->cta_size)
#define gridDim (emu_self()->grid)
#define warpSize 32

#define __syncthreads() ((void)emu->barrier(__LINE__, EMU_NONE, 0))
#define __syncthreads_and(p) emu->barrier(__LINE__, EMU_AND, (p) != 0)
#define __syncthreads_or(p) emu->barrier(__LINE__, EMU_OR, (p) != 0)
#define __syncthreads_count(p) emu->barrier(__LINE__, EMU_COUNT, (p) != 0)
#define __syncwarp(...) emu->sync_warp()
#define __threadfence() ((void)0)
#define __threadfence_block() ((void)0)

template <class V> static inline V emu_shuffle(V value, int from) {
    static_assert(sizeof(V) == 4, "shuffles move 32 bits");
    uint32_t word;
    memcpy(&word, &value, 4);
    word = emu->shuffle(word, from);
    memcpy(&value, &word, 4);
    return value;
}
#define EMU_LANE ((int)threadIdx.x & 31)
/* Segments of `width` lanes; a lane outside the segment gives the own value. */
static inline int emu_within(int from, int width) {
    return (from ^ EMU_LANE) & -width ? EMU_LANE : from;
}
template <class V> static inline V __shfl_sync(unsigned, V v, int from, int width = 32) {
    return emu_shuffle(v, (EMU_LANE & -width) | (from & (width - 1)));
}
template <class V> static inline V __shfl_xor_sync(unsigned, V v, int mask, int width = 32) {
    return emu_shuffle(v, emu_within(EMU_LANE ^ mask, width));
}
template <class V> static inline V __shfl_down_sync(unsigned, V v, unsigned by, int width = 32) {
    return emu_shuffle(v, emu_within(EMU_LANE + (int)by, width));
}
template <class V> static inline V __shfl_up_sync(unsigned, V v, unsigned by, int width = 32) {
    return emu_shuffle(v, emu_within(EMU_LANE - (int)by, width));
}
static inline unsigned __ballot_sync(unsigned, int p) { return emu->ballot(p); }
static inline int __any_sync(unsigned, int p) { return emu->ballot(p) != 0; }
static inline int __all_sync(unsigned, int p) { return emu->ballot(!p) == 0; }

/* ---- arithmetic ------------------------------------------------------------------------------*/
static inline uint32_t __float_as_uint(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
static inline int __float_as_int(float x) { int u; memcpy(&u, &x, 4); return u; }
static inline float __uint_as_float(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }
static inline float __int_as_float(int u) { float x; memcpy(&x, &u, 4); return x; }
static inline float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static inline float __fsqrt_rn(float x) { return __builtin_sqrtf(x); }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static inline float sqrtf(float x) { return __builtin_sqrtf(x); }
static inline uint32_t __umulhi(uint32_t a, uint32_t b) {
    return (uint32_t)(((uint64_t)a * b) >> 32);
}
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
template <class V> static inline V __ldg(const V *p) { return *p; }
template <class V> static inline V min(V a, V b) { return b < a ? b : a; }
template <class V> static inline V max(V a, V b) { return a < b ? b : a; }
template <class V> static inline V atomicAdd(V *p, V v) {
    return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
template <class V> static inline V atomicOr(V *p, V v) {
    return __atomic_fetch_or(p, v, __ATOMIC_RELAXED);
}
struct __attribute__((aligned(8))) float2 { float x, y; };
struct __attribute__((aligned(16))) float4 { float x, y, z, w; };
static inline float2 make_float2(float x, float y) { return float2{ x, y }; }
static inline float4 make_float4(float x, float y, float z, float w) {
    return float4{ x, y, z, w };
}

/* ---- what ebm_mma_ptx.cuh has in PTX ------------------------------------------------------- */
/* Nearest, ties away from zero, at 10 bits of mantissa; NaN stays NaN. */
static inline uint32_t ebm_to_tf32(float x) {
    const uint32_t u = __float_as_uint(x), up = u + 0x1000u;
    return ((u & 0x7f800000u) == 0x7f800000u ? u : up) & 0xffffe000u;
}
static inline void ebm_mma_tf32(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
    emu->mma(c, a, b0, b1, 0);
}
/* Nearest, ties to even; a NaN stays one. */
static inline uint32_t emu_bf16(float x) {
    const uint32_t u = __float_as_uint(x);
    return (u & 0x7fffffffu) > 0x7f800000u ? 0x7fffu : (u + 0x7fffu + (u >> 16 & 1u)) >> 16;
}
static inline uint32_t ebm_to_bf16(float first, float second) {
    return emu_bf16(first) | emu_bf16(second) << 16;
}
static inline void ebm_mma_bf16(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
    emu->mma(c, a, b0, b1, 1);
}

/* ---- what ebm_grid.cuh has in PTX --------------------------------------------------------------*/
#define EBM_LEFT_OUT (emu->left_out(__LINE__))
static inline unsigned ebm_load_acquire(const unsigned *at) {
    emu->pause();
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
static inline void ebm_copy_16(float *to, const float *from, int n) { emu->copy(to, from, 16, n); }
static inline void ebm_copy_4(float *to, const float *from, int n) { emu->copy(to, from, 4, n); }
static inline void ebm_copy_group(void) { emu->copy_group(); }
template <int LEFT> static inline void ebm_copy_wait(void) { emu->copy_wait(LEFT); }

/* ---- entry -----------------------------------------------------------------------------------*/
template <class A> static inline void emu_call(void (*kernel)(A), const void *arguments) {
    kernel(*(const A *)arguments);
}
template <class A> static constexpr size_t emu_argument_size(void (*)(A)) { return sizeof(A); }
#define EMU_ENTRY(K) \
    extern "C" __attribute__((visibility("default"))) void emu_run_##K(const void *arguments) { \
        emu_call(K, arguments); \
    } \
    extern "C" __attribute__((visibility("default"))) const size_t emu_size_##K = \
        emu_argument_size(K);
