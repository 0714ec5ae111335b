/* ebm_mma_ptx.cuh - the machine instructions that CUDA C has no name for; sm_80 and newer.
 *
 * With EBM_EMULATED defined they come from the emulator's header instead (tests/emulator). */
#ifndef EBM_MMA_PTX_CUH
#define EBM_MMA_PTX_CUH
#ifndef EBM_EMULATED

/* x rounded to tf32 (10 bits of mantissa, nearest, ties away from zero), as bits of a float. */
EBM_INLINE uint32_t ebm_to_tf32(float x) {
    uint32_t bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return bits;
}
/* c += a b by one warp: a 16 x 8, b 8 x 8, c 16 x 8. With g = lane / 4, t = lane % 4 the lane holds
 *   a: (g, t) (g + 8, t) (g, t + 4) (g + 8, t + 4)     b: (t, g) (t + 4, g)
 *   c: (g, 2t) (g, 2t + 1) (g + 8, 2t) (g + 8, 2t + 1) */
EBM_INLINE void ebm_mma_tf32(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, "
                 "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
/* Two numbers rounded to bf16 (7 bits of mantissa, nearest even), the first in the low half. Infinities
 * stay, a NaN stays one. */
EBM_INLINE uint32_t ebm_to_bf16(float first, float second) {
    uint32_t bits;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    return bits;
}
/* The same with a 16 x 16 and b 16 x 8, pairs of neighbours in the common dimension in each word:
 *   a: (g, 2t) (g + 8, 2t) (g, 2t + 8) (g + 8, 2t + 8)     b: (2t, g) (2t + 8, g)     c: as above */
EBM_INLINE void ebm_mma_bf16(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, "
                 "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif
/* A precision: STEP of the common dimension in one mma, of which a lane brings STEP / 4 of a row or column
 * in two words; get(s) is its operand s. Which these are may be chosen, alike for a and b: it only is the
 * order of a sum. */
struct EbmTf32 {
    enum { STEP = 8 };
    template <typename Get> EBM_INLINE uint32_t word(int i, Get get) { return ebm_to_tf32(get(i)); }
    EBM_INLINE void mma(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
        ebm_mma_tf32(c, a, b0, b1);
    }
};
struct EbmBf16 {
    enum { STEP = 16 };
    template <typename Get> EBM_INLINE uint32_t word(int i, Get get) {
        return ebm_to_bf16(get(2 * i), get(2 * i + 1));
    }
    EBM_INLINE void mma(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1) {
        ebm_mma_bf16(c, a, b0, b1);
    }
};
/* The value that lane `lane ^ mask` of this warp passes. */
EBM_INLINE float ebm_lane_xor(float x, int mask) {
    return __shfl_xor_sync(0xffffffffu, x, mask);
}
#endif
