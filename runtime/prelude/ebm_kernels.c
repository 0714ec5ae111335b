/* ebm_kernels.c - kernels of the prelude as units of their own: EBM_KERNELS says which header's
 * (ebm_simd.h). A program compiled with EBM_KERNELS=0 links with those that it calls; the compiler
 * keeps their objects, so each is made once for many programs. */
#if EBM_KERNELS >= 7              /* those of bf16 */
#define EBM_BF16 1
#endif
#include "ebm_prelude.h"
