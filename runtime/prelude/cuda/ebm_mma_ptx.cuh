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
#endif
/* The value that lane `lane ^ mask` of this warp passes. */
EBM_INLINE float ebm_lane_xor(float x, int mask) {
    return __shfl_xor_sync(0xffffffffu, x, mask);
}
#endif
