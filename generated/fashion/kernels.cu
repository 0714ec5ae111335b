/* ---- entry 0 ---------------------------------------------------------------------------- */
EBM_CALL void part0(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const int64_t blocks = (s->batch + 63) / 64;
    ebm_cta_combine(b0, b1, blocks, n, lo, hi);
}

EBM_CALL void part1(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf4 = s->f[4];
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = sf4 * b0[i];
        b1[i] = x0;
    }
}

EBM_CALL void part2(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf3 = s->f[3];
    const float sf4 = s->f[4];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    float *const b4 = (float *)buf[4];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] + b1[i];
        const float x1 = sf3 * x0;
        const float x2 = b2[i] * sf4;
        const float x3 = x1 + x2;
        const float x4 = sf4 * b3[i];
        const float x5 = x3 - x4;
        b4[i] = x5;
    }
}

EBM_CALL void part3(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    float *const term = (float *)shared;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b1[i] + b2[i];
        const float x1 = x0 * x0;
        term[i - lo] = x1;
    }
    __syncthreads();
    ebm_cta_block_sum(&b0[0], term, hi - lo);
}

EBM_CALL void part4(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    float *const term = (float *)shared;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b1[i] * b1[i];
        term[i - lo] = x0;
    }
    __syncthreads();
    ebm_cta_block_sum(&b0[0], term, hi - lo);
}

EBM_CALL void part5(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf3 = s->f[3];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    float *const b4 = (float *)buf[4];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] + b1[i];
        const float x1 = sf3 * x0;
        const float x2 = x1 + b2[i];
        const float x3 = x2 - b3[i];
        b4[i] = x3;
    }
}

EBM_CALL void part6(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 4096, hi = lo + 4096 < n ? lo + 4096 : n;
    float *const term = (float *)shared;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b1[i] * b1[i];
        term[i - lo] = x0;
    }
    __syncthreads();
    ebm_cta_block_sum(&b0[unit], term, hi - lo);
}

EBM_CALL void part7(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    ebm_cta_combine(b0, b1, n, 1, 0, 1);
}

EBM_CALL void part8(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    const float *__restrict__ const b4 = (const float *)buf[4];
    const float *__restrict__ const b5 = (const float *)buf[5];
    const float *__restrict__ const b6 = (const float *)buf[6];
    const float *__restrict__ const b7 = (const float *)buf[7];
    const float *__restrict__ const b8 = (const float *)buf[8];
    const float *__restrict__ const b9 = (const float *)buf[9];
    float *const b10 = (float *)buf[10];
    const float x0 = b0[0];
    const float x1 = x0 * x0;
    const float x2 = b1[0];
    const float x3 = b2[0];
    const float x4 = x2 + x3;
    const float x5 = b3[0];
    const float x6 = x4 + x5;
    const float x7 = b4[0];
    const float x8 = x6 + x7;
    const float x9 = b5[0];
    const float x10 = x8 + x9;
    const float x11 = b6[0];
    const float x12 = x10 + x11;
    const float x13 = b7[0];
    const float x14 = x12 + x13;
    const float x15 = b8[0];
    const float x16 = x14 + x15;
    const float x17 = b9[0];
    const float x18 = x16 + x17;
    const float x19 = x18 + x1;
    if (tid == 0) {
        b10[0] = x19;
    }
}

EBM_CALL void part9(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf5 = s->f[5];
    const float sf6 = s->f[6];
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const b2 = (float *)buf[2];
    float *const b3 = (float *)buf[3];
    float *const b4 = (float *)buf[4];
    float *const b5 = (float *)buf[5];
    float *const b6 = (float *)buf[6];
    float *const b7 = (float *)buf[7];
    const float x0 = b0[0];
    const float x1 = x0 * 0x1.ff7ceep-1f;
    const float x2 = b1[0];
    const float x3 = ebm_sqrt(x2);
    const float x4 = x3 + 0x1.0c6f7ap-20f;
    const float x5 = sf5 / x4;
    const float x6 = ebm_min(x5, 0x1p+0f);
    const float x7 = x6 * 0x1.0624dep-10f;
    const float x8 = x6 * x7;
    const float x9 = 0x1p+0f - x1;
    const float x10 = ebm_sqrt(x9);
    const float x11 = 0x1p+0f / x10;
    const float x12 = sf6 * x6;
    if (tid == 0) {
        const float x13 = 0x0p+0f;
        b2[0] = x13;
        b0[0] = x1;
        b3[0] = x3;
        b4[0] = x6;
        b5[0] = x8;
        b6[0] = x11;
        b7[0] = x12;
    }
}

EBM_CALL void part10(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const int32_t *__restrict__ const b1 = (const int32_t *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    ebm_cta_write_rows(b0, 4096, b1, b2, s->batch, 784, (int32_t *)shared);
}

EBM_CALL void part11(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf7 = s->f[7];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    float *const b4 = (float *)buf[4];
    const float *__restrict__ const b5 = (const float *)buf[5];
    const float *__restrict__ const b6 = (const float *)buf[6];
    float *const b7 = (float *)buf[7];
    float *const b8 = (float *)buf[8];
    float *const b9 = (float *)buf[9];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const float x1 = b2[0];
    const float x4 = b3[0];
    const float x9 = b5[0];
    const float x12 = b6[0];
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] + b1[i];
        const float x2 = x0 * x1;
        const float x3 = x0 * x0;
        const float x5 = x3 * x4;
        const float x6 = b4[i] * 0x1.ff7ceep-1f;
        const float x7 = x5 + x6;
        const float x8 = ebm_sqrt(x7);
        const float x10 = x8 * x9;
        const float x11 = x10 + 0x1.5798eep-27f;
        const float x13 = x0 * x12;
        const float x14 = x13 / x11;
        const float x15 = b7[i] - x14;
        const float x16 = x15 * sf7;
        b4[i] = x7;
        b8[i] = x2;
        b7[i] = x15;
        b9[i] = x16;
    }
}

EBM_CALL void part12(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf7 = s->f[7];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    float *const b3 = (float *)buf[3];
    const float *__restrict__ const b4 = (const float *)buf[4];
    const float *__restrict__ const b5 = (const float *)buf[5];
    float *const b6 = (float *)buf[6];
    float *const b7 = (float *)buf[7];
    float *const b8 = (float *)buf[8];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const float x0 = b1[0];
    const float x3 = b2[0];
    const float x8 = b4[0];
    const float x11 = b5[0];
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x1 = b0[i] * x0;
        const float x2 = b0[i] * b0[i];
        const float x4 = x2 * x3;
        const float x5 = b3[i] * 0x1.ff7ceep-1f;
        const float x6 = x4 + x5;
        const float x7 = ebm_sqrt(x6);
        const float x9 = x7 * x8;
        const float x10 = x9 + 0x1.5798eep-27f;
        const float x12 = b0[i] * x11;
        const float x13 = x12 / x10;
        const float x14 = b6[i] - x13;
        const float x15 = x14 * sf7;
        b3[i] = x6;
        b7[i] = x1;
        b6[i] = x14;
        b8[i] = x15;
    }
}

EBM_CALL void part13(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf7 = s->f[7];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    float *const b3 = (float *)buf[3];
    const float *__restrict__ const b4 = (const float *)buf[4];
    const float *__restrict__ const b5 = (const float *)buf[5];
    float *const b6 = (float *)buf[6];
    float *const b7 = (float *)buf[7];
    float *const b8 = (float *)buf[8];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const float x0 = b1[0];
    const float x3 = b2[0];
    const float x8 = b4[0];
    const float x11 = b5[0];
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x1 = b0[i] * x0;
        const float x2 = b0[i] * b0[i];
        const float x4 = x2 * x3;
        const float x5 = b3[i] * 0x1.ff7ceep-1f;
        const float x6 = x4 + x5;
        const float x7 = ebm_sqrt(x6);
        const float x9 = x8 * x7;
        const float x10 = x9 + 0x1.5798eep-27f;
        const float x12 = b0[i] * x11;
        const float x13 = x12 / x10;
        const float x14 = b6[i] - x13;
        const float x15 = sf7 * x14;
        b3[i] = x6;
        b7[i] = x1;
        b6[i] = x14;
        b8[i] = x15;
    }
}

EBM_CALL void part14(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const int32_t si1 = (int32_t)s->i[1];
    const float sf7 = s->f[7];
    const float sf8 = s->f[8];
    const float sf9 = s->f[9];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const b2 = (float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    const float *__restrict__ const b4 = (const float *)buf[4];
    const float *__restrict__ const b5 = (const float *)buf[5];
    float *const b6 = (float *)buf[6];
    int32_t *const b7 = (int32_t *)buf[7];
    int32_t *const b8 = (int32_t *)buf[8];
    float *const b9 = (float *)buf[9];
    const float *__restrict__ const b10 = (const float *)buf[10];
    const float *__restrict__ const b11 = (const float *)buf[11];
    float *const b12 = (float *)buf[12];
    float *const b13 = (float *)buf[13];
    const float x0 = b0[0];
    const float x1 = b1[0];
    const float x2 = x0 * x1;
    const float x3 = b2[0];
    const float x4 = x3 * 0x1.ff7ceep-1f;
    const float x5 = x0 * x0;
    const float x6 = b3[0];
    const float x7 = x5 * x6;
    const float x8 = x7 + x4;
    const float x9 = ebm_sqrt(x8);
    const float x10 = b4[0];
    const float x11 = x9 * x10;
    const float x12 = x11 + 0x1.5798eep-27f;
    const float x13 = b5[0];
    const float x14 = x0 * x13;
    const float x15 = x14 / x12;
    const float x16 = b6[0];
    const float x17 = x16 - x15;
    const int32_t x18 = b7[0];
    const int32_t x19 = (int32_t)((uint32_t)si1 + (uint32_t)x18);
    const int32_t x20 = (4096 == 0 || 4096 == -1 ? 0 : (x19 % (4096 ? 4096 : 1) + (4096 ? 4096 : 1)) % (4096 ? 4096 : 1));
    const int32_t x21 = b8[0];
    const int32_t x22 = (int32_t)((uint32_t)si1 + (uint32_t)x21);
    const int32_t x23 = (x22 < 4096 ? x22 : 4096);
    const float x24 = x17 * sf7;
    const float x25 = b9[0];
    const float x26 = x25 * sf8;
    const float x27 = x24 + x26;
    const float x28 = b10[0];
    const float x29 = x28 / sf9;
    const float x30 = b11[0];
    const float x31 = x30 / sf9;
    const float x32 = x29 - x31;
    if (tid == 0) {
        b12[0] = x2;
        b2[0] = x8;
        b6[0] = x17;
        b7[0] = x20;
        b8[0] = x23;
        b9[0] = x27;
        b13[0] = x32;
    }
}

EBM_CALL void part15(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf8 = s->f[8];
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] * sf8;
        const float x1 = b1[i] + x0;
        b0[i] = x1;
    }
}

EBM_CALL void part16(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf8 = s->f[8];
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = sf8 * b0[i];
        const float x1 = b1[i] + x0;
        b0[i] = x1;
    }
}


/* kernel 0: region level 0, tiles of 8 samples
 *   source 0:13, 0:14, 0:47, 0:19, 0:20, 0:47, 0:32, 0:33, 0:34, 1:34, 1:37, 2:9
 *   4026929 flops per sample (run-time loops counted once), 26 barriers,
 *   100352 bytes of shared memory, 802816 of device memory per CTA
 *   b0  in  state 0 [4096,1,28,28]
 *   b1  in  state 3 [8,1,3,3]
 *   b2  in  state 4 [8]
 *   b3  in  state 5 [16,8,4,4]
 *   b4  in  state 6 [16]
 *   b5  in  state 7 [32,16,4,4]
 *   b6  in  state 8 [32]
 *   b7  in  state 9 [32,32,4,4]
 *   b8  in  state 10 [32]
 *   b9  in  state 11 [1,288]
 *   b10  out value of v147 [B,1,28,28]
 */
struct k0_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[11]; };
extern "C" __global__ void __launch_bounds__(256) k0(const struct k0_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 802816ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)a.buf[0];
    const float *__restrict__ const b1 = (const float *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    const float *__restrict__ const b9 = (const float *)a.buf[9];
    float *const b10 = (float *)a.buf[10];
    const float sf0 = s->f[0];
    const int32_t si0 = (int32_t)s->i[0];
    const float sf1 = s->f[1];
    const float sf2 = s->f[2];
    int32_t *const v43 = (int32_t *)(shared + 0);    /* [1][S] */
    float *const v45 = (float *)(shared + 128);    /* [784][S] */
    float *const v46 = (float *)(shared + 0);    /* [1][S] */
    int32_t *const v48 = (int32_t *)(shared + 25216);    /* [1][S] */
    float *const v49 = (float *)(shared + 0);    /* [1][S] */
    float *const v53 = (float *)(shared + 25344);    /* [1][S] */
    float *const v54 = (float *)(shared + 25472);    /* [784][S] */
    float *const v63 = (float *)(shared + 50560);    /* [784][S] */
    float *const v138 = (float *)(shared + 0);    /* [784][S] */
    float *const w146_0 = (float *)(shared + 25088);    /* [784][S] */
    float *const v66 = (float *)(shared + 50176);    /* [784][S] */
    float *const v71 = (float *)(shared + 75264);    /* [784][S] */
    float *const v76 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v77 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v78 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v83 = (float *)(scratch + 602112);    /* [3136][S] */
    float *const v84 = (float *)(scratch + 401408);    /* [3136][S] */
    float *const v85 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v90 = (float *)(scratch + 702464);    /* [1568][S] */
    float *const v91 = (float *)(scratch + 501760);    /* [1568][S] */
    float *const v92 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v97 = (float *)(shared + 50176);    /* [288][S] */
    float *const v111 = (float *)(shared + 59392);    /* [288][S] */
    float *const v112 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v119 = (float *)(scratch + 752640);    /* [1568][S] */
    float *const v120 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v127 = (float *)(scratch + 702464);    /* [3136][S] */
    float *const v128 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v135 = (float *)(scratch + 602112);    /* [6272][S] */
    float *const v136 = (float *)(shared + 50176);    /* [784][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_int(v43, 1, T, S, s, 0x315aa70180de42d0ull, (uint32_t)0, sample0, valid, (uint32_t)4096);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            const int64_t n0 = v43[0 * S + t] < 0 ? 0 : v43[0 * S + t] > 4095 ? 4095 : v43[0 * S + t];
            v45[i * S + t] = b0[(n0 * 784 + i)];
        }
        __syncthreads();
        ebm_cta_uniform(v46, 1, T, S, s, 0xb58b717c57b2be2ull, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const int32_t x1 = v46[0 * S + t] < 0x1.e66666p-1f;
            v48[0 * S + t] = x1;
        }
        __syncthreads();
        ebm_cta_uniform(v49, 1, T, S, s, 0xf1f03a88ccf64417ull, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const float x2 = v49[0 * S + t] * 0x1.0cccccp+1f;
            const float x3 = x2 + (-0x1.8p+0f);
            v53[0 * S + t] = x3;
        }
        ebm_cta_normal(v54, 784, T, S, s, 0xf72da0fcf554f22bull, (uint32_t)0, sample0, valid);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            const float x4 = v54[i * S + t] * 0x1.99999ap-5f;
            const float x5 = x4 + v53[0 * S + t];
            const float x6 = ebm_max(x5, (-0x1p+0f));
            const float x7 = ebm_min(x6, 0x1p+0f);
            const float x8 = v48[0 * S + t] ? v45[i * S + t] : x7;
            v63[i * S + t] = x8;
        }
        __syncthreads();
        const float x9 = -sf0;
        for (int i = f0; i < 784; i += FS) {
            v138[i * S + t] = x9;
        }
        for (int i = f0; i < 784; i += FS) {
            w146_0[i * S + t] = v63[i * S + t];
        }
        for (int64_t k146 = 0; k146 < si0; k146++) {
            __syncthreads();
            ebm_cta_normal(v66, 784, T, S, s, 0xf65317e89e533bacull, (uint32_t)(int32_t)k146, sample0, valid);
            __syncthreads();
            for (int i = f0; i < 784; i += FS) {
                const float x10 = v66[i * S + t] * sf1;
                const float x11 = w146_0[i * S + t] + x10;
                const float x12 = ebm_max(x11, (-0x1p+0f));
                const float x13 = ebm_min(x12, 0x1p+0f);
                v71[i * S + t] = x13;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v76, b1, v71, b2);
            __syncthreads();
            for (int i = f0; i < 6272; i += FS) {
                const float x14 = ebm_sigmoid(v76[i * S + t]);
                const float x15 = v76[i * S + t] * x14;
                v77[i * S + t] = x14;
                v78[i * S + t] = x15;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v83, b3, v78, b4);
            __syncthreads();
            for (int i = f0; i < 3136; i += FS) {
                const float x16 = ebm_sigmoid(v83[i * S + t]);
                const float x17 = v83[i * S + t] * x16;
                v84[i * S + t] = x16;
                v85[i * S + t] = x17;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v90, b5, v85, b6);
            __syncthreads();
            for (int i = f0; i < 1568; i += FS) {
                const float x18 = ebm_sigmoid(v90[i * S + t]);
                const float x19 = v90[i * S + t] * x18;
                v91[i * S + t] = x18;
                v92[i * S + t] = x19;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v97, b7, v92, b8);
            __syncthreads();
            for (int i = f0; i < 288; i += FS) {
                const float x21 = b9[i];
                const float x20 = ebm_sigmoid(v97[i * S + t]);
                const float x22 = x20 * x21;
                const float x23 = v97[i * S + t] * x21;
                const float x24 = 0x1p+0f - x20;
                const float x25 = x20 * x24;
                const float x26 = x23 * x25;
                const float x27 = x22 + x26;
                v111[i * S + t] = x27;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v112, b7, v111);
            __syncthreads();
            for (int i = f0; i < 1568; i += FS) {
                const float x28 = v91[i * S + t] * v112[i * S + t];
                const float x29 = v90[i * S + t] * v112[i * S + t];
                const float x30 = 0x1p+0f - v91[i * S + t];
                const float x31 = v91[i * S + t] * x30;
                const float x32 = x29 * x31;
                const float x33 = x28 + x32;
                v119[i * S + t] = x33;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v120, b5, v119);
            __syncthreads();
            for (int i = f0; i < 3136; i += FS) {
                const float x34 = v84[i * S + t] * v120[i * S + t];
                const float x35 = v83[i * S + t] * v120[i * S + t];
                const float x36 = 0x1p+0f - v84[i * S + t];
                const float x37 = v84[i * S + t] * x36;
                const float x38 = x35 * x37;
                const float x39 = x34 + x38;
                v127[i * S + t] = x39;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v128, b3, v127);
            __syncthreads();
            for (int i = f0; i < 6272; i += FS) {
                const float x40 = v77[i * S + t] * v128[i * S + t];
                const float x41 = v76[i * S + t] * v128[i * S + t];
                const float x42 = 0x1p+0f - v77[i * S + t];
                const float x43 = v77[i * S + t] * x42;
                const float x44 = x41 * x43;
                const float x45 = x40 + x44;
                v135[i * S + t] = x45;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v136, b1, v135);
            __syncthreads();
            for (int i = f0; i < 784; i += FS) {
                const float x46 = ebm_max(v136[i * S + t], v138[i * S + t]);
                const float x47 = ebm_min(x46, sf0);
                const float x48 = x47 * sf2;
                const float x49 = v71[i * S + t] - x48;
                const float x50 = ebm_max(x49, (-0x1p+0f));
                const float x51 = ebm_min(x50, 0x1p+0f);
                w146_0[i * S + t] = x51;
            }
        }
        __syncthreads();
        ebm_cta_store(b10, w146_0, row, valid, 784, T, S);
    }
}

/* kernel 1: region level 1, tiles of 8 samples
 *   source 0:13, 0:14, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9
 *   11630357 flops per sample (run-time loops counted once), 47 barriers,
 *   100352 bytes of shared memory, 2809856 of device memory per CTA
 *   b0  in  data rows, draw 0.0
 *   b1  in  data field 0.0
 *   b2  out value of v42 [B,1,28,28]
 *   b3  in  value of v147 [B,1,28,28]
 *   b4  in  state 3 [8,1,3,3]
 *   b5  in  state 4 [8]
 *   b6  out value of v151 [B,8,28,28]
 *   b7  in  state 5 [16,8,4,4]
 *   b8  in  state 6 [16]
 *   b9  out value of v155 [B,16,14,14]
 *   b10  in  state 7 [32,16,4,4]
 *   b11  in  state 8 [32]
 *   b12  out value of v159 [B,32,7,7]
 *   b13  in  state 9 [32,32,4,4]
 *   b14  in  state 10 [32]
 *   b15  out value of v163 [B,32,3,3]
 *   b16  in  state 11 [1,288]
 *   b17  in  state 12 [1]
 *   b18  out value of v166 [B,1]
 *   b19  out value of v175 [B,8,28,28]
 *   b20  out value of v179 [B,16,14,14]
 *   b21  out value of v183 [B,32,7,7]
 *   b22  out value of v187 [B,32,3,3]
 *   b23  out value of v190 [B,1]
 *   b24  out value of v210 [B,32,3,3]
 *   b25  out value of v356 [B,32,3,3]
 *   b26  out value of v220 [B,32,7,7]
 *   b27  out value of v230 [B,16,14,14]
 *   b28  out value of v348 [B,1]
 *   b29  out value of v255 [B,32,3,3]
 *   b30  out value of v307 [B,32,3,3]
 *   b31  out value of v358 [B,32,3,3]
 *   b32  out value of v267 [B,32,7,7]
 *   b33  out value of v279 [B,16,14,14]
 *   b34  out value of v319 [B,32,7,7]
 *   b35  out value of v331 [B,16,14,14]
 *   b36  out value of v346 [B,8,28,28]
 *   b37  out value of v366 [B,32,7,7]
 *   b38  out value of v368 [B,32,7,7]
 *   b39  out value of v376 [B,16,14,14]
 *   b40  out value of v378 [B,16,14,14]
 *   b41  out value of v388 [B,8,28,28]
 *   b42  out value of v389 [B,8,28,28]
 *   b43  in  state 1 []
 *   b44  out value of v404 [B]
 */
struct k1_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[45]; };
extern "C" __global__ void __launch_bounds__(256) k1(const struct k1_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 2809856ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const int32_t *__restrict__ const b0 = (const int32_t *)a.buf[0];
    const uint8_t *__restrict__ const b1 = (const uint8_t *)a.buf[1];
    float *const b2 = (float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    float *const b6 = (float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    float *const b9 = (float *)a.buf[9];
    const float *__restrict__ const b10 = (const float *)a.buf[10];
    const float *__restrict__ const b11 = (const float *)a.buf[11];
    float *const b12 = (float *)a.buf[12];
    const float *__restrict__ const b13 = (const float *)a.buf[13];
    const float *__restrict__ const b14 = (const float *)a.buf[14];
    float *const b15 = (float *)a.buf[15];
    const float *__restrict__ const b16 = (const float *)a.buf[16];
    const float *__restrict__ const b17 = (const float *)a.buf[17];
    float *const b18 = (float *)a.buf[18];
    float *const b19 = (float *)a.buf[19];
    float *const b20 = (float *)a.buf[20];
    float *const b21 = (float *)a.buf[21];
    float *const b22 = (float *)a.buf[22];
    float *const b23 = (float *)a.buf[23];
    float *const b24 = (float *)a.buf[24];
    float *const b25 = (float *)a.buf[25];
    float *const b26 = (float *)a.buf[26];
    float *const b27 = (float *)a.buf[27];
    float *const b28 = (float *)a.buf[28];
    float *const b29 = (float *)a.buf[29];
    float *const b30 = (float *)a.buf[30];
    float *const b31 = (float *)a.buf[31];
    float *const b32 = (float *)a.buf[32];
    float *const b33 = (float *)a.buf[33];
    float *const b34 = (float *)a.buf[34];
    float *const b35 = (float *)a.buf[35];
    float *const b36 = (float *)a.buf[36];
    float *const b37 = (float *)a.buf[37];
    float *const b38 = (float *)a.buf[38];
    float *const b39 = (float *)a.buf[39];
    float *const b40 = (float *)a.buf[40];
    float *const b41 = (float *)a.buf[41];
    float *const b42 = (float *)a.buf[42];
    const int32_t *__restrict__ const b43 = (const int32_t *)a.buf[43];
    int32_t *const b44 = (int32_t *)a.buf[44];
    const float sf3 = s->f[3];
    const float sf4 = s->f[4];
    float *const v31 = (float *)(shared + 0);    /* [784][S] */
    int32_t *const v30 = (int32_t *)(shared + 25088);    /* [784][S] */
    float *const v42 = (float *)(shared + 50176);    /* [784][S] */
    float *const v147 = (float *)(shared + 75264);    /* [784][S] */
    float *const v149 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v150 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v151 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v153 = (float *)(scratch + 602112);    /* [3136][S] */
    float *const v154 = (float *)(scratch + 401408);    /* [3136][S] */
    float *const v155 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v157 = (float *)(shared + 0);    /* [1568][S] */
    float *const v158 = (float *)(scratch + 501760);    /* [1568][S] */
    float *const v159 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v161 = (float *)(shared + 75264);    /* [288][S] */
    float *const v162 = (float *)(shared + 84480);    /* [288][S] */
    float *const v163 = (float *)(scratch + 551936);    /* [288][S] */
    float *const v166 = (float *)(shared + 93696);    /* [1][S] */
    float *const v173 = (float *)(scratch + 702464);    /* [6272][S] */
    float *const v174 = (float *)(scratch + 903168);    /* [6272][S] */
    float *const v175 = (float *)(scratch + 1103872);    /* [6272][S] */
    float *const v177 = (float *)(scratch + 1304576);    /* [3136][S] */
    float *const v178 = (float *)(scratch + 1103872);    /* [3136][S] */
    float *const v179 = (float *)(scratch + 1204224);    /* [3136][S] */
    float *const v181 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v182 = (float *)(scratch + 1204224);    /* [1568][S] */
    float *const v183 = (float *)(scratch + 1254400);    /* [1568][S] */
    float *const v185 = (float *)(shared + 50176);    /* [288][S] */
    float *const v186 = (float *)(shared + 59392);    /* [288][S] */
    float *const v187 = (float *)(scratch + 1254400);    /* [288][S] */
    float *const v190 = (float *)(shared + 68608);    /* [1][S] */
    float *const v200 = (float *)(scratch + 1254400);    /* [288][S] */
    float *const v210 = (float *)(scratch + 1263616);    /* [288][S] */
    float *const v356 = (float *)(scratch + 1272832);    /* [288][S] */
    float *const v211 = (float *)(scratch + 1404928);    /* [1568][S] */
    float *const v220 = (float *)(scratch + 1455104);    /* [1568][S] */
    float *const v221 = (float *)(scratch + 1505280);    /* [3136][S] */
    float *const v230 = (float *)(scratch + 1605632);    /* [3136][S] */
    float *const v231 = (float *)(scratch + 1705984);    /* [6272][S] */
    float *const v348 = (float *)(shared + 68736);    /* [1][S] */
    float *const v245 = (float *)(shared + 68736);    /* [288][S] */
    float *const v255 = (float *)(shared + 77952);    /* [288][S] */
    float *const v307 = (float *)(shared + 87168);    /* [288][S] */
    float *const v358 = (float *)(scratch + 1254400);    /* [288][S] */
    float *const v258 = (float *)(scratch + 1404928);    /* [1568][S] */
    float *const v267 = (float *)(scratch + 1505280);    /* [1568][S] */
    float *const v270 = (float *)(scratch + 1906688);    /* [3136][S] */
    float *const v279 = (float *)(scratch + 2007040);    /* [3136][S] */
    float *const v282 = (float *)(scratch + 2107392);    /* [6272][S] */
    float *const v310 = (float *)(scratch + 1404928);    /* [1568][S] */
    float *const v319 = (float *)(shared + 50176);    /* [1568][S] */
    float *const v321 = (float *)(scratch + 1555456);    /* [1568][S] */
    float *const v322 = (float *)(scratch + 1404928);    /* [3136][S] */
    float *const v331 = (float *)(scratch + 1906688);    /* [3136][S] */
    float *const v333 = (float *)(scratch + 2308096);    /* [3136][S] */
    float *const v334 = (float *)(scratch + 1282048);    /* [6272][S] */
    float *const v241 = (float *)(scratch + 1906688);    /* [6272][S] */
    float *const v345 = (float *)(scratch + 2408448);    /* [6272][S] */
    float *const v346 = (float *)(scratch + 2609152);    /* [6272][S] */
    float *const v359 = (float *)(shared + 50176);    /* [1568][S] */
    float *const v366 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v368 = (float *)(scratch + 702464);    /* [1568][S] */
    float *const v369 = (float *)(shared + 0);    /* [3136][S] */
    float *const v376 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v378 = (float *)(scratch + 702464);    /* [3136][S] */
    float *const v379 = (float *)(scratch + 602112);    /* [6272][S] */
    float *const v388 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v389 = (float *)(scratch + 802816);    /* [6272][S] */
    int32_t *const v404 = (int32_t *)(shared + 0);    /* [1][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load_rows(v30, b1, b0 + row, valid, 784, T, S);
        ebm_cta_load(v147, b3, row, valid, 784, T, S);
        __syncthreads();
        ebm_cta_normal(v31, 784, T, S, s, 0xf6ca68ab4e0fd914ull, (uint32_t)0, sample0, valid);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            const float x0 = (float)v30[i * S + t];
            const float x1 = x0 * 0x1.010102p-7f;
            const float x2 = x1 - 0x1p+0f;
            const float x3 = v31[i * S + t] * 0x1.eb851ep-6f;
            const float x4 = x2 + x3;
            const float x5 = ebm_max(x4, (-0x1p+0f));
            const float x6 = ebm_min(x5, 0x1p+0f);
            v42[i * S + t] = x6;
        }
        __syncthreads();
        ebm_cta_store(b2, v42, row, valid, 784, T, S);
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v149, b4, v147, b5);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x7 = ebm_sigmoid(v149[i * S + t]);
            const float x8 = v149[i * S + t] * x7;
            v150[i * S + t] = x7;
            v151[i * S + t] = x8;
        }
        __syncthreads();
        ebm_cta_store(b6, v151, row, valid, 6272, T, S);
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v153, b7, v151, b8);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x9 = ebm_sigmoid(v153[i * S + t]);
            const float x10 = v153[i * S + t] * x9;
            v154[i * S + t] = x9;
            v155[i * S + t] = x10;
        }
        __syncthreads();
        ebm_cta_store(b9, v155, row, valid, 3136, T, S);
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v157, b10, v155, b11);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x11 = ebm_sigmoid(v157[i * S + t]);
            const float x12 = v157[i * S + t] * x11;
            v158[i * S + t] = x11;
            v159[i * S + t] = x12;
        }
        __syncthreads();
        ebm_cta_store(b12, v159, row, valid, 1568, T, S);
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v161, b13, v159, b14);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x13 = ebm_sigmoid(v161[i * S + t]);
            const float x14 = v161[i * S + t] * x13;
            v162[i * S + t] = x13;
            v163[i * S + t] = x14;
        }
        __syncthreads();
        ebm_cta_store(b15, v163, row, valid, 288, T, S);
        ebm_call_dense<1, 288, 1, 1, T, S>(v166, b16, v163, b17);
        __syncthreads();
        ebm_cta_store(b18, v166, row, valid, 1, T, S);
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v173, b4, v42, b5);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x15 = ebm_sigmoid(v173[i * S + t]);
            const float x16 = v173[i * S + t] * x15;
            v174[i * S + t] = x15;
            v175[i * S + t] = x16;
        }
        __syncthreads();
        ebm_cta_store(b19, v175, row, valid, 6272, T, S);
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v177, b7, v175, b8);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x17 = ebm_sigmoid(v177[i * S + t]);
            const float x18 = v177[i * S + t] * x17;
            v178[i * S + t] = x17;
            v179[i * S + t] = x18;
        }
        __syncthreads();
        ebm_cta_store(b20, v179, row, valid, 3136, T, S);
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v181, b10, v179, b11);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x19 = ebm_sigmoid(v181[i * S + t]);
            const float x20 = v181[i * S + t] * x19;
            v182[i * S + t] = x19;
            v183[i * S + t] = x20;
        }
        __syncthreads();
        ebm_cta_store(b21, v183, row, valid, 1568, T, S);
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v185, b13, v183, b14);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x21 = ebm_sigmoid(v185[i * S + t]);
            const float x22 = v185[i * S + t] * x21;
            v186[i * S + t] = x21;
            v187[i * S + t] = x22;
        }
        __syncthreads();
        ebm_cta_store(b22, v187, row, valid, 288, T, S);
        ebm_call_dense<1, 288, 1, 1, T, S>(v190, b16, v187, b17);
        __syncthreads();
        ebm_cta_store(b23, v190, row, valid, 1, T, S);
        for (int i = f0; i < 288; i += FS) {
            const float x23 = b16[i];
            const float x24 = x23 * v166[0 * S + t];
            const float x25 = v162[i * S + t] * x24;
            const float x26 = v161[i * S + t] * x24;
            const float x27 = 0x1p+0f - v162[i * S + t];
            const float x28 = v162[i * S + t] * x27;
            const float x29 = x26 * x28;
            const float x30 = x25 + x29;
            const float x31 = x23 * v161[i * S + t];
            const float x32 = x28 * x31;
            const float x33 = x23 * v162[i * S + t];
            const float x34 = x33 + x32;
            v200[i * S + t] = x24;
            v210[i * S + t] = x30;
            v356[i * S + t] = x34;
        }
        __syncthreads();
        ebm_cta_store(b24, v210, row, valid, 288, T, S);
        ebm_cta_store(b25, v356, row, valid, 288, T, S);
        ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v211, b13, v210);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x35 = v158[i * S + t] * v211[i * S + t];
            const float x36 = v157[i * S + t] * v211[i * S + t];
            const float x37 = 0x1p+0f - v158[i * S + t];
            const float x38 = v158[i * S + t] * x37;
            const float x39 = x36 * x38;
            const float x40 = x35 + x39;
            v220[i * S + t] = x40;
        }
        __syncthreads();
        ebm_cta_store(b26, v220, row, valid, 1568, T, S);
        ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v221, b10, v220);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x41 = v154[i * S + t] * v221[i * S + t];
            const float x42 = v153[i * S + t] * v221[i * S + t];
            const float x43 = 0x1p+0f - v154[i * S + t];
            const float x44 = v154[i * S + t] * x43;
            const float x45 = x42 * x44;
            const float x46 = x41 + x45;
            v230[i * S + t] = x46;
        }
        __syncthreads();
        ebm_cta_store(b27, v230, row, valid, 3136, T, S);
        ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v231, b7, v230);
        if (f0 == 0) {
            const float x47 = v166[0 * S + t] + v190[0 * S + t];
            const float x48 = sf3 * x47;
            const float x49 = x48 + sf4;
            const float x50 = x49 - sf4;
            v348[0 * S + t] = x50;
        }
        __syncthreads();
        ebm_cta_store(b28, v348, row, valid, 1, T, S);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x51 = b16[i];
            const float x52 = x51 * v190[0 * S + t];
            const float x53 = v186[i * S + t] * x52;
            const float x54 = v185[i * S + t] * x52;
            const float x55 = 0x1p+0f - v186[i * S + t];
            const float x56 = v186[i * S + t] * x55;
            const float x57 = x54 * x56;
            const float x58 = x53 + x57;
            const float x59 = v210[i * S + t] + x58;
            const float x60 = sf3 * x59;
            const float x61 = x51 * v185[i * S + t];
            const float x62 = x56 * x61;
            const float x63 = x51 * v186[i * S + t];
            const float x64 = x63 + x62;
            const float x65 = sf4 * x64;
            const float x66 = x60 + x65;
            const float x67 = sf4 * v356[i * S + t];
            const float x68 = x66 - x67;
            v245[i * S + t] = x52;
            v255[i * S + t] = x58;
            v307[i * S + t] = x64;
            v358[i * S + t] = x68;
        }
        __syncthreads();
        ebm_cta_store(b29, v255, row, valid, 288, T, S);
        ebm_cta_store(b30, v307, row, valid, 288, T, S);
        ebm_cta_store(b31, v358, row, valid, 288, T, S);
        ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v258, b13, v255);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x69 = v182[i * S + t] * v258[i * S + t];
            const float x70 = v181[i * S + t] * v258[i * S + t];
            const float x71 = 0x1p+0f - v182[i * S + t];
            const float x72 = v182[i * S + t] * x71;
            const float x73 = x70 * x72;
            const float x74 = x69 + x73;
            v267[i * S + t] = x74;
        }
        __syncthreads();
        ebm_cta_store(b32, v267, row, valid, 1568, T, S);
        ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v270, b10, v267);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x75 = v178[i * S + t] * v270[i * S + t];
            const float x76 = v177[i * S + t] * v270[i * S + t];
            const float x77 = 0x1p+0f - v178[i * S + t];
            const float x78 = v178[i * S + t] * x77;
            const float x79 = x76 * x78;
            const float x80 = x75 + x79;
            v279[i * S + t] = x80;
        }
        __syncthreads();
        ebm_cta_store(b33, v279, row, valid, 3136, T, S);
        ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v282, b7, v279);
        ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v310, b13, v307);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x81 = v182[i * S + t] * v310[i * S + t];
            const float x82 = v181[i * S + t] * v310[i * S + t];
            const float x83 = 0x1p+0f - v182[i * S + t];
            const float x84 = v182[i * S + t] * x83;
            const float x85 = x84 * x82;
            const float x86 = x81 + x85;
            const float x87 = sf4 * x86;
            const float x88 = v220[i * S + t] + v267[i * S + t];
            const float x89 = sf3 * x88;
            const float x90 = x89 + x87;
            v319[i * S + t] = x86;
            v321[i * S + t] = x90;
        }
        __syncthreads();
        ebm_cta_store(b34, v319, row, valid, 1568, T, S);
        ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v322, b10, v319);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x91 = v178[i * S + t] * v322[i * S + t];
            const float x92 = v177[i * S + t] * v322[i * S + t];
            const float x93 = 0x1p+0f - v178[i * S + t];
            const float x94 = v178[i * S + t] * x93;
            const float x95 = x94 * x92;
            const float x96 = x91 + x95;
            const float x97 = sf4 * x96;
            const float x98 = v230[i * S + t] + v279[i * S + t];
            const float x99 = sf3 * x98;
            const float x100 = x99 + x97;
            v331[i * S + t] = x96;
            v333[i * S + t] = x100;
        }
        __syncthreads();
        ebm_cta_store(b35, v331, row, valid, 3136, T, S);
        ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v334, b7, v331);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x101 = v150[i * S + t] * v231[i * S + t];
            const float x102 = v149[i * S + t] * v231[i * S + t];
            const float x103 = 0x1p+0f - v150[i * S + t];
            const float x104 = v150[i * S + t] * x103;
            const float x105 = x102 * x104;
            const float x106 = x101 + x105;
            const float x107 = sf3 * x106;
            const float x108 = v174[i * S + t] * v282[i * S + t];
            const float x109 = v173[i * S + t] * v282[i * S + t];
            const float x110 = 0x1p+0f - v174[i * S + t];
            const float x111 = v174[i * S + t] * x110;
            const float x112 = x109 * x111;
            const float x113 = x108 + x112;
            const float x114 = sf3 * x113;
            const float x115 = x106 + x113;
            const float x116 = sf3 * x115;
            const float x117 = v174[i * S + t] * v334[i * S + t];
            const float x118 = v173[i * S + t] * v334[i * S + t];
            const float x119 = x111 * x118;
            const float x120 = x117 + x119;
            const float x121 = sf4 * x120;
            const float x122 = x116 + x121;
            const float x123 = x114 + x121;
            v241[i * S + t] = x107;
            v345[i * S + t] = x122;
            v346[i * S + t] = x123;
        }
        __syncthreads();
        ebm_cta_store(b36, v346, row, valid, 6272, T, S);
        ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v359, b13, v356);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x124 = v158[i * S + t] * v359[i * S + t];
            const float x125 = v157[i * S + t] * v359[i * S + t];
            const float x126 = 0x1p+0f - v158[i * S + t];
            const float x127 = v158[i * S + t] * x126;
            const float x128 = x127 * x125;
            const float x129 = x124 + x128;
            const float x130 = sf4 * x129;
            const float x131 = v321[i * S + t] - x130;
            v366[i * S + t] = x129;
            v368[i * S + t] = x131;
        }
        __syncthreads();
        ebm_cta_store(b37, v366, row, valid, 1568, T, S);
        ebm_cta_store(b38, v368, row, valid, 1568, T, S);
        ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v369, b10, v366);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x132 = v154[i * S + t] * v369[i * S + t];
            const float x133 = v153[i * S + t] * v369[i * S + t];
            const float x134 = 0x1p+0f - v154[i * S + t];
            const float x135 = v154[i * S + t] * x134;
            const float x136 = x135 * x133;
            const float x137 = x132 + x136;
            const float x138 = sf4 * x137;
            const float x139 = v333[i * S + t] - x138;
            v376[i * S + t] = x137;
            v378[i * S + t] = x139;
        }
        __syncthreads();
        ebm_cta_store(b39, v376, row, valid, 3136, T, S);
        ebm_cta_store(b40, v378, row, valid, 3136, T, S);
        __syncthreads();
        ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v379, b7, v376);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x140 = v150[i * S + t] * v379[i * S + t];
            const float x141 = v149[i * S + t] * v379[i * S + t];
            const float x142 = 0x1p+0f - v150[i * S + t];
            const float x143 = v150[i * S + t] * x142;
            const float x144 = x143 * x141;
            const float x145 = x140 + x144;
            const float x146 = sf4 * x145;
            const float x147 = v345[i * S + t] - x146;
            const float x148 = v241[i * S + t] - x146;
            v388[i * S + t] = x147;
            v389[i * S + t] = x148;
        }
        __syncthreads();
        ebm_cta_store(b41, v388, row, valid, 6272, T, S);
        ebm_cta_store(b42, v389, row, valid, 6272, T, S);
        const int32_t x149 = b43[0];
        if (f0 == 0) {
            const int32_t x150 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x149);
            const int32_t x151 = (4096 == 0 || 4096 == -1 ? 0 : (x150 % (4096 ? 4096 : 1) + (4096 ? 4096 : 1)) % (4096 ? 4096 : 1));
            v404[0 * S + t] = x151;
        }
        __syncthreads();
        ebm_cta_store_i32(b44, v404, row, valid, 1, T, S);
    }
}

/* kernel 2: region level 1, sums over blocks of 64; a unit is one sum of a block */
EBM_CALL void sum2_0(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [1][S] */
    float *p1 = b0 + unit * 1;
    for (int i = tid; i < 1; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 1, T, S);
        __syncthreads();
        ebm_cta_sum(p1, v0, 1, T, S, valid);
    }
}
EBM_CALL void sum2_1(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    float *const v0 = (float *)(shared + 0);    /* [1][S] */
    float *const v1 = (float *)(shared + 384);    /* [288][S] */
    float *p2 = b0 + unit * 288;
    for (int i = tid; i < 288; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 1, T, S);
        ebm_cta_load(v1, b2, row, valid, 288, T, S);
        __syncthreads();
        ebm_call_outer<1, 288, T, S>(p2, v0, v1, valid);
    }
}
EBM_CALL void sum2_2(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const b2 = (float *)buf[2];
    float *const v0 = (float *)(shared + 0);    /* [1568][S] */
    float *const v1 = (float *)(shared + 50176);    /* [288][S] */
    float *p2 = b2 + unit * 16384;
    for (int i = tid; i < 16384; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load(v0, b0, row, valid, 1568, T, S);
        ebm_cta_load(v1, b1, row, valid, 288, T, S);
        __syncthreads();
        ebm_cta_conv_dw<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(p2, v0, v1, valid);
    }
}
EBM_CALL void sum2_3(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const b2 = (float *)buf[2];
    float *const v0 = (float *)(shared + 0);    /* [3136][S] */
    float *const v1 = (float *)(scratch + 0);    /* [1568][S] */
    float *p2 = b2 + unit * 8192;
    for (int i = tid; i < 8192; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load(v0, b0, row, valid, 3136, T, S);
        ebm_cta_load(v1, b1, row, valid, 1568, T, S);
        __syncthreads();
        ebm_cta_conv_dw<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(p2, v0, v1, valid);
    }
}
EBM_CALL void sum2_4(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const b2 = (float *)buf[2];
    float *const v0 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v1 = (float *)(shared + 0);    /* [3136][S] */
    float *p2 = b2 + unit * 2048;
    for (int i = tid; i < 2048; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load(v0, b0, row, valid, 6272, T, S);
        ebm_cta_load(v1, b1, row, valid, 3136, T, S);
        __syncthreads();
        ebm_cta_conv_dw<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(p2, v0, v1, valid);
    }
}
EBM_CALL void sum2_5(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [288][S] */
    float *p1 = b0 + unit * 288;
    for (int i = tid; i < 288; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 288, T, S);
        __syncthreads();
        ebm_cta_sum(p1, v0, 288, T, S, valid);
    }
}
EBM_CALL void sum2_6(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const b2 = (float *)buf[2];
    float *const v0 = (float *)(shared + 0);    /* [784][S] */
    float *const v1 = (float *)(scratch + 0);    /* [6272][S] */
    float *p2 = b2 + unit * 72;
    for (int i = tid; i < 72; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load(v0, b0, row, valid, 784, T, S);
        ebm_cta_load(v1, b1, row, valid, 6272, T, S);
        __syncthreads();
        ebm_cta_conv_dw<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(p2, v0, v1, valid);
    }
}
EBM_CALL void sum2_7(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [288][S] */
    float *p1 = b1 + unit * 32;
    for (int i = tid; i < 32; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b0, row, valid, 288, T, S);
        __syncthreads();
        for (int i = tid; i < 32; i += THREADS) {
            for (int t = 0; t < valid; t++) {
                float acc = 0x0p+0f;
                for (int r1 = 0; r1 < 3; r1++) {
                    for (int r2 = 0; r2 < 3; r2++) {
                        acc += v0[(i * 9 + (r1 * 3 + r2)) * S + t];
                    }
                }
                p1[i] += acc;
            }
        }
    }
}
EBM_CALL void sum2_8(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [1568][S] */
    float *p1 = b1 + unit * 32;
    for (int i = tid; i < 32; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load(v0, b0, row, valid, 1568, T, S);
        __syncthreads();
        for (int i = tid; i < 32; i += THREADS) {
            for (int t = 0; t < valid; t++) {
                float acc = 0x0p+0f;
                for (int r1 = 0; r1 < 7; r1++) {
                    for (int r2 = 0; r2 < 7; r2++) {
                        acc += v0[(i * 49 + (r1 * 7 + r2)) * S + t];
                    }
                }
                p1[i] += acc;
            }
        }
    }
}
EBM_CALL void sum2_9(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [3136][S] */
    float *p1 = b1 + unit * 16;
    for (int i = tid; i < 16; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load(v0, b0, row, valid, 3136, T, S);
        __syncthreads();
        for (int i = tid; i < 16; i += THREADS) {
            for (int t = 0; t < valid; t++) {
                float acc = 0x0p+0f;
                for (int r1 = 0; r1 < 14; r1++) {
                    for (int r2 = 0; r2 < 14; r2++) {
                        acc += v0[(i * 196 + (r1 * 14 + r2)) * S + t];
                    }
                }
                p1[i] += acc;
            }
        }
    }
}
EBM_CALL void sum2_10(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    float *const v0 = (float *)(scratch + 0);    /* [6272][S] */
    float *p1 = b1 + unit * 8;
    for (int i = tid; i < 8; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load(v0, b0, row, valid, 6272, T, S);
        __syncthreads();
        for (int i = tid; i < 8; i += THREADS) {
            for (int t = 0; t < valid; t++) {
                float acc = 0x0p+0f;
                for (int r1 = 0; r1 < 28; r1++) {
                    for (int r2 = 0; r2 < 28; r2++) {
                        acc += v0[(i * 784 + (r1 * 28 + r2)) * S + t];
                    }
                }
                p1[i] += acc;
            }
        }
    }
}
struct k2_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[66]; };
extern "C" __global__ void __launch_bounds__(256) k2(const struct k2_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 200704ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t block = unit / 25;
        if (unit != blockIdx.x) __syncthreads();
        switch (unit % 25) {
        case 0: sum2_0(a.buf + 0, s, block, shared, scratch); break;
        case 1: sum2_0(a.buf + 2, s, block, shared, scratch); break;
        case 2: sum2_1(a.buf + 4, s, block, shared, scratch); break;
        case 3: sum2_2(a.buf + 7, s, block, shared, scratch); break;
        case 4: sum2_3(a.buf + 10, s, block, shared, scratch); break;
        case 5: sum2_4(a.buf + 13, s, block, shared, scratch); break;
        case 6: sum2_1(a.buf + 16, s, block, shared, scratch); break;
        case 7: sum2_2(a.buf + 19, s, block, shared, scratch); break;
        case 8: sum2_3(a.buf + 22, s, block, shared, scratch); break;
        case 9: sum2_4(a.buf + 25, s, block, shared, scratch); break;
        case 10: sum2_5(a.buf + 28, s, block, shared, scratch); break;
        case 11: sum2_2(a.buf + 30, s, block, shared, scratch); break;
        case 12: sum2_3(a.buf + 33, s, block, shared, scratch); break;
        case 13: sum2_4(a.buf + 36, s, block, shared, scratch); break;
        case 14: sum2_6(a.buf + 39, s, block, shared, scratch); break;
        case 15: sum2_5(a.buf + 42, s, block, shared, scratch); break;
        case 16: sum2_2(a.buf + 44, s, block, shared, scratch); break;
        case 17: sum2_3(a.buf + 47, s, block, shared, scratch); break;
        case 18: sum2_4(a.buf + 50, s, block, shared, scratch); break;
        case 19: sum2_6(a.buf + 53, s, block, shared, scratch); break;
        case 20: sum2_0(a.buf + 56, s, block, shared, scratch); break;
        case 21: sum2_7(a.buf + 58, s, block, shared, scratch); break;
        case 22: sum2_8(a.buf + 60, s, block, shared, scratch); break;
        case 23: sum2_9(a.buf + 62, s, block, shared, scratch); break;
        case 24: sum2_10(a.buf + 64, s, block, shared, scratch); break;
        }
    }
}

/* kernel 3: nest stage 2, 25 parts */
struct k3_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[50]; };
extern "C" __global__ void __launch_bounds__(256) k3(const struct k3_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, shared, scratch);  /* combined sum */
        else if (u < 2) part0(buf + 2, s, u - 1, 1, shared, scratch);  /* combined sum */
        else if (u < 3) part0(buf + 4, s, u - 2, 288, shared, scratch);  /* combined sum */
        else if (u < 19) part0(buf + 6, s, u - 3, 16384, shared, scratch);  /* combined sum */
        else if (u < 27) part0(buf + 8, s, u - 19, 8192, shared, scratch);  /* combined sum */
        else if (u < 29) part0(buf + 10, s, u - 27, 2048, shared, scratch);  /* combined sum */
        else if (u < 30) part0(buf + 12, s, u - 29, 288, shared, scratch);  /* combined sum */
        else if (u < 46) part0(buf + 14, s, u - 30, 16384, shared, scratch);  /* combined sum */
        else if (u < 54) part0(buf + 16, s, u - 46, 8192, shared, scratch);  /* combined sum */
        else if (u < 56) part0(buf + 18, s, u - 54, 2048, shared, scratch);  /* combined sum */
        else if (u < 57) part0(buf + 20, s, u - 56, 288, shared, scratch);  /* combined sum */
        else if (u < 73) part0(buf + 22, s, u - 57, 16384, shared, scratch);  /* combined sum */
        else if (u < 81) part0(buf + 24, s, u - 73, 8192, shared, scratch);  /* combined sum */
        else if (u < 83) part0(buf + 26, s, u - 81, 2048, shared, scratch);  /* combined sum */
        else if (u < 84) part0(buf + 28, s, u - 83, 72, shared, scratch);  /* combined sum */
        else if (u < 85) part0(buf + 30, s, u - 84, 288, shared, scratch);  /* combined sum */
        else if (u < 101) part0(buf + 32, s, u - 85, 16384, shared, scratch);  /* combined sum */
        else if (u < 109) part0(buf + 34, s, u - 101, 8192, shared, scratch);  /* combined sum */
        else if (u < 111) part0(buf + 36, s, u - 109, 2048, shared, scratch);  /* combined sum */
        else if (u < 112) part0(buf + 38, s, u - 111, 72, shared, scratch);  /* combined sum */
        else if (u < 113) part0(buf + 40, s, u - 112, 1, shared, scratch);  /* combined sum */
        else if (u < 114) part0(buf + 42, s, u - 113, 32, shared, scratch);  /* combined sum */
        else if (u < 115) part0(buf + 44, s, u - 114, 32, shared, scratch);  /* combined sum */
        else if (u < 116) part0(buf + 46, s, u - 115, 16, shared, scratch);  /* combined sum */
        else part0(buf + 48, s, u - 116, 8, shared, scratch);  /* combined sum */
    }
}

/* kernel 4: nest stage 2, 10 parts */
struct k4_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[30]; };
extern "C" __global__ void __launch_bounds__(256) k4(const struct k4_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part1(buf + 0, s, u - 0, 288, shared, scratch);  /* elementwise */
        else if (u < 2) part1(buf + 2, s, u - 1, 288, shared, scratch);  /* elementwise */
        else if (u < 18) part2(buf + 4, s, u - 2, 16384, shared, scratch);  /* elementwise */
        else if (u < 26) part2(buf + 9, s, u - 18, 8192, shared, scratch);  /* elementwise */
        else if (u < 28) part2(buf + 14, s, u - 26, 2048, shared, scratch);  /* elementwise */
        else if (u < 29) part3(buf + 19, s, u - 28, 72, shared, scratch);  /* sum */
        else if (u < 30) part4(buf + 22, s, u - 29, 8, shared, scratch);  /* sum */
        else if (u < 31) part4(buf + 24, s, u - 30, 16, shared, scratch);  /* sum */
        else if (u < 32) part4(buf + 26, s, u - 31, 32, shared, scratch);  /* sum */
        else part4(buf + 28, s, u - 32, 32, shared, scratch);  /* sum */
    }
}

/* kernel 5: nest stage 2, 4 parts */
struct k5_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[11]; };
extern "C" __global__ void __launch_bounds__(256) k5(const struct k5_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part5(buf + 0, s, u - 0, 288, shared, scratch);  /* elementwise */
        else if (u < 2) part4(buf + 5, s, u - 1, 2048, shared, scratch);  /* sum */
        else if (u < 4) part6(buf + 7, s, u - 2, 8192, shared, scratch);  /* sum */
        else part6(buf + 9, s, u - 4, 16384, shared, scratch);  /* sum */
    }
}

/* kernel 6: nest stage 2, 3 parts */
struct k6_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };
extern "C" __global__ void __launch_bounds__(256) k6(const struct k6_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part7(buf + 0, s, u - 0, 2, shared, scratch);  /* combined sum */
        else if (u < 2) part7(buf + 2, s, u - 1, 4, shared, scratch);  /* combined sum */
        else part4(buf + 4, s, u - 2, 288, shared, scratch);  /* sum */
    }
}

/* kernel 7: nest stage 2, 1 part */
struct k7_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[11]; };
extern "C" __global__ void __launch_bounds__(256) k7(const struct k7_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part8(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 8: nest stage 2, 2 parts */
struct k8_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[11]; };
extern "C" __global__ void __launch_bounds__(256) k8(const struct k8_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part9(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
        else part10(buf + 8, s, u - 1, 1, shared, scratch);  /* rows written */
    }
}

/* kernel 9: nest stage 2, 10 parts */
struct k9_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[96]; };
extern "C" __global__ void __launch_bounds__(256) k9(const struct k9_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part11(buf + 0, s, u - 0, 72, shared, scratch);  /* elementwise */
        else if (u < 2) part12(buf + 10, s, u - 1, 8, shared, scratch);  /* elementwise */
        else if (u < 4) part12(buf + 19, s, u - 2, 2048, shared, scratch);  /* elementwise */
        else if (u < 5) part12(buf + 28, s, u - 4, 16, shared, scratch);  /* elementwise */
        else if (u < 13) part12(buf + 37, s, u - 5, 8192, shared, scratch);  /* elementwise */
        else if (u < 14) part12(buf + 46, s, u - 13, 32, shared, scratch);  /* elementwise */
        else if (u < 30) part12(buf + 55, s, u - 14, 16384, shared, scratch);  /* elementwise */
        else if (u < 31) part13(buf + 64, s, u - 30, 32, shared, scratch);  /* elementwise */
        else if (u < 32) part12(buf + 73, s, u - 31, 288, shared, scratch);  /* elementwise */
        else part14(buf + 82, s, u - 32, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 10: nest stage 2, 9 parts */
struct k10_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[18]; };
extern "C" __global__ void __launch_bounds__(256) k10(const struct k10_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part15(buf + 0, s, u - 0, 72, shared, scratch);  /* elementwise */
        else if (u < 2) part15(buf + 2, s, u - 1, 8, shared, scratch);  /* elementwise */
        else if (u < 4) part15(buf + 4, s, u - 2, 2048, shared, scratch);  /* elementwise */
        else if (u < 5) part15(buf + 6, s, u - 4, 16, shared, scratch);  /* elementwise */
        else if (u < 13) part15(buf + 8, s, u - 5, 8192, shared, scratch);  /* elementwise */
        else if (u < 14) part15(buf + 10, s, u - 13, 32, shared, scratch);  /* elementwise */
        else if (u < 30) part15(buf + 12, s, u - 14, 16384, shared, scratch);  /* elementwise */
        else if (u < 31) part16(buf + 14, s, u - 30, 32, shared, scratch);  /* elementwise */
        else part15(buf + 16, s, u - 31, 288, shared, scratch);  /* elementwise */
    }
}

/* ---- entry 1 ---------------------------------------------------------------------------- */

/* kernel 11: region level 0, tiles of 8 samples
 *   source 0:13, 0:14, 0:34, 0:35, 0:58, 0:32, 0:33, 0:34, 1:34, 1:37, 2:9, 1:34
 *   4026921 flops per sample (run-time loops counted once), 20 barriers,
 *   100480 bytes of shared memory, 802816 of device memory per CTA
 *   b0  in  state 0 [4096,1,28,28]
 *   b1  in  state 13 [8,1,3,3]
 *   b2  in  state 14 [8]
 *   b3  in  state 15 [16,8,4,4]
 *   b4  in  state 16 [16]
 *   b5  in  state 17 [32,16,4,4]
 *   b6  in  state 18 [32]
 *   b7  in  state 19 [32,32,4,4]
 *   b8  in  state 20 [32]
 *   b9  in  state 21 [1,288]
 *   b10  out value of v91 [B,1,28,28]
 */
struct k11_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[11]; };
extern "C" __global__ void __launch_bounds__(256) k11(const struct k11_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 802816ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)a.buf[0];
    const float *__restrict__ const b1 = (const float *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    const float *__restrict__ const b9 = (const float *)a.buf[9];
    float *const b10 = (float *)a.buf[10];
    const float sf0 = s->f[0];
    const float sf1 = s->f[1];
    float *const v9 = (float *)(shared + 0);    /* [784][S] */
    int32_t *const v19 = (int32_t *)(shared + 25088);    /* [1][S] */
    float *const v20 = (float *)(shared + 25216);    /* [784][S] */
    float *const w90_0 = (float *)(shared + 50304);    /* [784][S] */
    float *const v24 = (float *)(shared + 25088);    /* [784][S] */
    float *const v28 = (float *)(shared + 75392);    /* [784][S] */
    float *const v31 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v32 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v33 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v36 = (float *)(scratch + 602112);    /* [3136][S] */
    float *const v37 = (float *)(scratch + 401408);    /* [3136][S] */
    float *const v38 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v41 = (float *)(scratch + 702464);    /* [1568][S] */
    float *const v42 = (float *)(scratch + 501760);    /* [1568][S] */
    float *const v43 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v46 = (float *)(shared + 25088);    /* [288][S] */
    float *const v57 = (float *)(shared + 34304);    /* [288][S] */
    float *const v58 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v65 = (float *)(scratch + 752640);    /* [1568][S] */
    float *const v66 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v73 = (float *)(scratch + 702464);    /* [3136][S] */
    float *const v74 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v81 = (float *)(scratch + 602112);    /* [6272][S] */
    float *const v82 = (float *)(shared + 25088);    /* [784][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        const float x0 = -sf0;
        for (int i = f0; i < 784; i += FS) {
            v9[i * S + t] = x0;
        }
        ebm_cta_int(v19, 1, T, S, s, 0x501a8eef7add561ull, (uint32_t)0, sample0, valid, (uint32_t)4096);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            const int64_t n1 = v19[0 * S + t] < 0 ? 0 : v19[0 * S + t] > 4095 ? 4095 : v19[0 * S + t];
            v20[i * S + t] = b0[(n1 * 784 + i)];
        }
        for (int i = f0; i < 784; i += FS) {
            w90_0[i * S + t] = v20[i * S + t];
        }
        for (int64_t k90 = 0; k90 < 300; k90++) {
            __syncthreads();
            ebm_cta_normal(v24, 784, T, S, s, 0x21d30adc4155aa83ull, (uint32_t)(int32_t)k90, sample0, valid);
            __syncthreads();
            for (int i = f0; i < 784; i += FS) {
                const float x2 = sf1 * v24[i * S + t];
                const float x3 = w90_0[i * S + t] + x2;
                const float x4 = ebm_max(x3, (-0x1p+0f));
                const float x5 = ebm_min(x4, 0x1p+0f);
                v28[i * S + t] = x5;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v31, b1, v28, b2);
            __syncthreads();
            for (int i = f0; i < 6272; i += FS) {
                const float x6 = ebm_sigmoid(v31[i * S + t]);
                const float x7 = v31[i * S + t] * x6;
                v32[i * S + t] = x6;
                v33[i * S + t] = x7;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v36, b3, v33, b4);
            __syncthreads();
            for (int i = f0; i < 3136; i += FS) {
                const float x8 = ebm_sigmoid(v36[i * S + t]);
                const float x9 = v36[i * S + t] * x8;
                v37[i * S + t] = x8;
                v38[i * S + t] = x9;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v41, b5, v38, b6);
            __syncthreads();
            for (int i = f0; i < 1568; i += FS) {
                const float x10 = ebm_sigmoid(v41[i * S + t]);
                const float x11 = v41[i * S + t] * x10;
                v42[i * S + t] = x10;
                v43[i * S + t] = x11;
            }
            __syncthreads();
            ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v46, b7, v43, b8);
            __syncthreads();
            for (int i = f0; i < 288; i += FS) {
                const float x13 = b9[i];
                const float x12 = ebm_sigmoid(v46[i * S + t]);
                const float x14 = x12 * x13;
                const float x15 = v46[i * S + t] * x13;
                const float x16 = 0x1p+0f - x12;
                const float x17 = x12 * x16;
                const float x18 = x15 * x17;
                const float x19 = x14 + x18;
                v57[i * S + t] = x19;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v58, b7, v57);
            __syncthreads();
            for (int i = f0; i < 1568; i += FS) {
                const float x20 = v42[i * S + t] * v58[i * S + t];
                const float x21 = v41[i * S + t] * v58[i * S + t];
                const float x22 = 0x1p+0f - v42[i * S + t];
                const float x23 = v42[i * S + t] * x22;
                const float x24 = x21 * x23;
                const float x25 = x20 + x24;
                v65[i * S + t] = x25;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v66, b5, v65);
            __syncthreads();
            for (int i = f0; i < 3136; i += FS) {
                const float x26 = v37[i * S + t] * v66[i * S + t];
                const float x27 = v36[i * S + t] * v66[i * S + t];
                const float x28 = 0x1p+0f - v37[i * S + t];
                const float x29 = v37[i * S + t] * x28;
                const float x30 = x27 * x29;
                const float x31 = x26 + x30;
                v73[i * S + t] = x31;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v74, b3, v73);
            __syncthreads();
            for (int i = f0; i < 6272; i += FS) {
                const float x32 = v32[i * S + t] * v74[i * S + t];
                const float x33 = v31[i * S + t] * v74[i * S + t];
                const float x34 = 0x1p+0f - v32[i * S + t];
                const float x35 = v32[i * S + t] * x34;
                const float x36 = x33 * x35;
                const float x37 = x32 + x36;
                v81[i * S + t] = x37;
            }
            __syncthreads();
            ebm_cta_conv_dx<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v82, b1, v81);
            __syncthreads();
            for (int i = f0; i < 784; i += FS) {
                const float x38 = ebm_max(v82[i * S + t], v9[i * S + t]);
                const float x39 = ebm_min(x38, sf0);
                const float x40 = x39 * 0x1p+1f;
                const float x41 = v28[i * S + t] - x40;
                const float x42 = ebm_max(x41, (-0x1p+0f));
                const float x43 = ebm_min(x42, 0x1p+0f);
                w90_0[i * S + t] = x43;
            }
        }
        __syncthreads();
        ebm_cta_store(b10, w90_0, row, valid, 784, T, S);
    }
}

/* ---- entry 2 ---------------------------------------------------------------------------- */

/* kernel 12: region level 0, tiles of 8 samples
 *   source 0:13, 0:14, 1:37, 1:19, 0:35, 0:14, 0:66, 1:34, 1:37, 2:9, 1:34, 1:37
 *   6042084 flops per sample (run-time loops counted once), 38 barriers,
 *   100608 bytes of shared memory, 401408 of device memory per CTA
 *   b0  in  data rows, draw 1.0
 *   b1  in  data field 1.0
 *   b2  in  state 13 [8,1,3,3]
 *   b3  in  state 14 [8]
 *   b4  in  state 15 [16,8,4,4]
 *   b5  in  state 16 [16]
 *   b6  in  state 17 [32,16,4,4]
 *   b7  in  state 18 [32]
 *   b8  in  state 19 [32,32,4,4]
 *   b9  in  state 20 [32]
 *   b10  in  state 21 [1,288]
 *   b11  in  state 22 [1]
 *   b12  out value of v54 [B]
 *   b13  out value of v75 [B]
 *   b14  out value of v98 [B]
 */
struct k12_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[15]; };
extern "C" __global__ void __launch_bounds__(256) k12(const struct k12_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 401408ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const int32_t *__restrict__ const b0 = (const int32_t *)a.buf[0];
    const uint8_t *__restrict__ const b1 = (const uint8_t *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    const float *__restrict__ const b9 = (const float *)a.buf[9];
    const float *__restrict__ const b10 = (const float *)a.buf[10];
    const float *__restrict__ const b11 = (const float *)a.buf[11];
    float *const b12 = (float *)a.buf[12];
    float *const b13 = (float *)a.buf[13];
    float *const b14 = (float *)a.buf[14];
    int32_t *const v19 = (int32_t *)(shared + 0);    /* [784][S] */
    float *const v25 = (float *)(shared + 25088);    /* [784][S] */
    float *const v26 = (float *)(shared + 0);    /* [784][S] */
    float *const v28 = (float *)(shared + 50176);    /* [784][S] */
    float *const v29 = (float *)(shared + 0);    /* [1][S] */
    float *const v33 = (float *)(shared + 128);    /* [1][S] */
    float *const v35 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v37 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v39 = (float *)(scratch + 0);    /* [3136][S] */
    float *const v41 = (float *)(scratch + 100352);    /* [3136][S] */
    float *const v43 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v45 = (float *)(scratch + 50176);    /* [1568][S] */
    float *const v47 = (float *)(shared + 256);    /* [288][S] */
    float *const v49 = (float *)(shared + 9472);    /* [288][S] */
    float *const v52 = (float *)(shared + 0);    /* [1][S] */
    float *const v54 = (float *)(shared + 256);    /* [1][S] */
    float *const v56 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v58 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v60 = (float *)(shared + 256);    /* [3136][S] */
    float *const v62 = (float *)(scratch + 0);    /* [3136][S] */
    float *const v64 = (float *)(shared + 256);    /* [1568][S] */
    float *const v66 = (float *)(shared + 50432);    /* [1568][S] */
    float *const v68 = (float *)(shared + 256);    /* [288][S] */
    float *const v70 = (float *)(shared + 9472);    /* [288][S] */
    float *const v73 = (float *)(shared + 0);    /* [1][S] */
    float *const v75 = (float *)(shared + 256);    /* [1][S] */
    float *const v77 = (float *)(shared + 256);    /* [784][S] */
    float *const v79 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v81 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v83 = (float *)(shared + 0);    /* [3136][S] */
    float *const v85 = (float *)(scratch + 0);    /* [3136][S] */
    float *const v87 = (float *)(shared + 0);    /* [1568][S] */
    float *const v89 = (float *)(shared + 50176);    /* [1568][S] */
    float *const v91 = (float *)(shared + 0);    /* [288][S] */
    float *const v93 = (float *)(shared + 9216);    /* [288][S] */
    float *const v96 = (float *)(shared + 0);    /* [1][S] */
    float *const v98 = (float *)(shared + 128);    /* [1][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load_rows(v19, b1, b0 + row, valid, 784, T, S);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            const float x0 = (float)v19[i * S + t];
            const float x1 = x0 * 0x1.010102p-7f;
            const float x2 = x1 - 0x1p+0f;
            const float x3 = ebm_max(x2, (-0x1p+0f));
            const float x4 = ebm_min(x3, 0x1p+0f);
            v25[i * S + t] = x4;
        }
        __syncthreads();
        ebm_cta_uniform(v26, 784, T, S, s, 0xa785797a161bd532ull, (uint32_t)0, sample0, valid);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            const float x5 = v26[i * S + t] * 0x1p+1f;
            const float x6 = x5 + (-0x1p+0f);
            v28[i * S + t] = x6;
        }
        __syncthreads();
        ebm_cta_uniform(v29, 1, T, S, s, 0xe3d5466c166110ebull, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const float x7 = v29[0 * S + t] * 0x1p+1f;
            const float x8 = x7 + (-0x1p+0f);
            v33[0 * S + t] = x8;
        }
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v35, b2, v25, b3);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x9 = ebm_sigmoid(v35[i * S + t]);
            const float x10 = v35[i * S + t] * x9;
            v37[i * S + t] = x10;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v39, b4, v37, b5);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x11 = ebm_sigmoid(v39[i * S + t]);
            const float x12 = v39[i * S + t] * x11;
            v41[i * S + t] = x12;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v43, b6, v41, b7);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x13 = ebm_sigmoid(v43[i * S + t]);
            const float x14 = v43[i * S + t] * x13;
            v45[i * S + t] = x14;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v47, b8, v45, b9);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x15 = ebm_sigmoid(v47[i * S + t]);
            const float x16 = v47[i * S + t] * x15;
            v49[i * S + t] = x16;
        }
        __syncthreads();
        ebm_call_dense<1, 288, 1, 1, T, S>(v52, b10, v49, b11);
        __syncthreads();
        if (f0 == 0) {
            const float x17 = -v52[0 * S + t];
            v54[0 * S + t] = x17;
        }
        __syncthreads();
        ebm_cta_store(b12, v54, row, valid, 1, T, S);
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v56, b2, v28, b3);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x18 = ebm_sigmoid(v56[i * S + t]);
            const float x19 = v56[i * S + t] * x18;
            v58[i * S + t] = x19;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v60, b4, v58, b5);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x20 = ebm_sigmoid(v60[i * S + t]);
            const float x21 = v60[i * S + t] * x20;
            v62[i * S + t] = x21;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v64, b6, v62, b7);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x22 = ebm_sigmoid(v64[i * S + t]);
            const float x23 = v64[i * S + t] * x22;
            v66[i * S + t] = x23;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v68, b8, v66, b9);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x24 = ebm_sigmoid(v68[i * S + t]);
            const float x25 = v68[i * S + t] * x24;
            v70[i * S + t] = x25;
        }
        __syncthreads();
        ebm_call_dense<1, 288, 1, 1, T, S>(v73, b10, v70, b11);
        __syncthreads();
        if (f0 == 0) {
            const float x26 = -v73[0 * S + t];
            v75[0 * S + t] = x26;
        }
        __syncthreads();
        ebm_cta_store(b13, v75, row, valid, 1, T, S);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            v77[i * S + t] = v33[0 * S + t];
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v79, b2, v77, b3);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x27 = ebm_sigmoid(v79[i * S + t]);
            const float x28 = v79[i * S + t] * x27;
            v81[i * S + t] = x28;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v83, b4, v81, b5);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x29 = ebm_sigmoid(v83[i * S + t]);
            const float x30 = v83[i * S + t] * x29;
            v85[i * S + t] = x30;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v87, b6, v85, b7);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x31 = ebm_sigmoid(v87[i * S + t]);
            const float x32 = v87[i * S + t] * x31;
            v89[i * S + t] = x32;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v91, b8, v89, b9);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x33 = ebm_sigmoid(v91[i * S + t]);
            const float x34 = v91[i * S + t] * x33;
            v93[i * S + t] = x34;
        }
        __syncthreads();
        ebm_call_dense<1, 288, 1, 1, T, S>(v96, b10, v93, b11);
        __syncthreads();
        if (f0 == 0) {
            const float x35 = -v96[0 * S + t];
            v98[0 * S + t] = x35;
        }
        __syncthreads();
        ebm_cta_store(b14, v98, row, valid, 1, T, S);
    }
}

/* ---- entry 3 ---------------------------------------------------------------------------- */

/* kernel 13: region level 0, tiles of 8 samples
 *   source 0:13, 0:14, 1:37, 1:19, 0:14, 1:34, 0:14, 1:37, 2:9, 1:34, 1:37, 2:9
 *   4028060 flops per sample (run-time loops counted once), 23 barriers,
 *   100352 bytes of shared memory, 401408 of device memory per CTA
 *   b0  in  data rows, draw 1.0
 *   b1  in  data field 1.0
 *   b2  in  data rows, draw 2.0
 *   b3  in  data field 2.0
 *   b4  in  state 13 [8,1,3,3]
 *   b5  in  state 14 [8]
 *   b6  in  state 15 [16,8,4,4]
 *   b7  in  state 16 [16]
 *   b8  in  state 17 [32,16,4,4]
 *   b9  in  state 18 [32]
 *   b10  in  state 19 [32,32,4,4]
 *   b11  in  state 20 [32]
 *   b12  in  state 21 [1,288]
 *   b13  in  state 22 [1]
 *   b14  out value of v50 [B]
 *   b15  out value of v71 [B]
 */
struct k13_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[16]; };
extern "C" __global__ void __launch_bounds__(256) k13(const struct k13_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 401408ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const int32_t *__restrict__ const b0 = (const int32_t *)a.buf[0];
    const uint8_t *__restrict__ const b1 = (const uint8_t *)a.buf[1];
    const int32_t *__restrict__ const b2 = (const int32_t *)a.buf[2];
    const uint8_t *__restrict__ const b3 = (const uint8_t *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    const float *__restrict__ const b9 = (const float *)a.buf[9];
    const float *__restrict__ const b10 = (const float *)a.buf[10];
    const float *__restrict__ const b11 = (const float *)a.buf[11];
    const float *__restrict__ const b12 = (const float *)a.buf[12];
    const float *__restrict__ const b13 = (const float *)a.buf[13];
    float *const b14 = (float *)a.buf[14];
    float *const b15 = (float *)a.buf[15];
    int32_t *const v17 = (int32_t *)(shared + 0);    /* [784][S] */
    float *const v23 = (float *)(shared + 25088);    /* [784][S] */
    int32_t *const v25 = (int32_t *)(shared + 50176);    /* [784][S] */
    float *const v30 = (float *)(shared + 0);    /* [784][S] */
    float *const v31 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v33 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v35 = (float *)(scratch + 0);    /* [3136][S] */
    float *const v37 = (float *)(scratch + 100352);    /* [3136][S] */
    float *const v39 = (float *)(shared + 25088);    /* [1568][S] */
    float *const v41 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v43 = (float *)(shared + 25088);    /* [288][S] */
    float *const v45 = (float *)(shared + 34304);    /* [288][S] */
    float *const v48 = (float *)(shared + 25088);    /* [1][S] */
    float *const v50 = (float *)(shared + 25216);    /* [1][S] */
    float *const v52 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v54 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v56 = (float *)(shared + 0);    /* [3136][S] */
    float *const v58 = (float *)(scratch + 0);    /* [3136][S] */
    float *const v60 = (float *)(shared + 0);    /* [1568][S] */
    float *const v62 = (float *)(shared + 50176);    /* [1568][S] */
    float *const v64 = (float *)(shared + 0);    /* [288][S] */
    float *const v66 = (float *)(shared + 9216);    /* [288][S] */
    float *const v69 = (float *)(shared + 0);    /* [1][S] */
    float *const v71 = (float *)(shared + 128);    /* [1][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load_rows(v17, b1, b0 + row, valid, 784, T, S);
        ebm_cta_load_rows(v25, b3, b2 + row, valid, 784, T, S);
        __syncthreads();
        for (int i = f0; i < 784; i += FS) {
            const float x0 = (float)v17[i * S + t];
            const float x1 = x0 * 0x1.010102p-7f;
            const float x2 = x1 - 0x1p+0f;
            const float x3 = ebm_max(x2, (-0x1p+0f));
            const float x4 = ebm_min(x3, 0x1p+0f);
            v23[i * S + t] = x4;
        }
        for (int i = f0; i < 784; i += FS) {
            const float x5 = (float)v25[i * S + t];
            const float x6 = x5 * 0x1.010102p-7f;
            const float x7 = x6 - 0x1p+0f;
            const float x8 = ebm_max(x7, (-0x1p+0f));
            const float x9 = ebm_min(x8, 0x1p+0f);
            v30[i * S + t] = x9;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v31, b4, v23, b5);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x10 = ebm_sigmoid(v31[i * S + t]);
            const float x11 = v31[i * S + t] * x10;
            v33[i * S + t] = x11;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v35, b6, v33, b7);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x12 = ebm_sigmoid(v35[i * S + t]);
            const float x13 = v35[i * S + t] * x12;
            v37[i * S + t] = x13;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v39, b8, v37, b9);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x14 = ebm_sigmoid(v39[i * S + t]);
            const float x15 = v39[i * S + t] * x14;
            v41[i * S + t] = x15;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v43, b10, v41, b11);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x16 = ebm_sigmoid(v43[i * S + t]);
            const float x17 = v43[i * S + t] * x16;
            v45[i * S + t] = x17;
        }
        __syncthreads();
        ebm_call_dense<1, 288, 1, 1, T, S>(v48, b12, v45, b13);
        __syncthreads();
        if (f0 == 0) {
            const float x18 = -v48[0 * S + t];
            v50[0 * S + t] = x18;
        }
        __syncthreads();
        ebm_cta_store(b14, v50, row, valid, 1, T, S);
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v52, b4, v30, b5);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x19 = ebm_sigmoid(v52[i * S + t]);
            const float x20 = v52[i * S + t] * x19;
            v54[i * S + t] = x20;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v56, b6, v54, b7);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x21 = ebm_sigmoid(v56[i * S + t]);
            const float x22 = v56[i * S + t] * x21;
            v58[i * S + t] = x22;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v60, b8, v58, b9);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x23 = ebm_sigmoid(v60[i * S + t]);
            const float x24 = v60[i * S + t] * x23;
            v62[i * S + t] = x24;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v64, b10, v62, b11);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x25 = ebm_sigmoid(v64[i * S + t]);
            const float x26 = v64[i * S + t] * x25;
            v66[i * S + t] = x26;
        }
        __syncthreads();
        ebm_call_dense<1, 288, 1, 1, T, S>(v69, b12, v66, b13);
        __syncthreads();
        if (f0 == 0) {
            const float x27 = -v69[0 * S + t];
            v71[0 * S + t] = x27;
        }
        __syncthreads();
        ebm_cta_store(b15, v71, row, valid, 1, T, S);
    }
}

/* ---- entry 4 ---------------------------------------------------------------------------- */

/* kernel 14: region level 0, tiles of 8 samples
 *   source 1:37, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34
 *   4027488 flops per sample (run-time loops counted once), 18 barriers,
 *   100480 bytes of shared memory, 802816 of device memory per CTA
 *   b0  in  data rows, draw 3.0
 *   b1  in  data field 3.0
 *   b2  in  state 3 [8,1,3,3]
 *   b3  in  state 4 [8]
 *   b4  in  state 5 [16,8,4,4]
 *   b5  in  state 6 [16]
 *   b6  in  state 7 [32,16,4,4]
 *   b7  in  state 8 [32]
 *   b8  in  state 9 [32,32,4,4]
 *   b9  in  state 10 [32]
 *   b10  in  state 11 [1,288]
 *   b11  in  state 12 [1]
 *   b12  out value of v34 [B,1]
 *   b13  out value of v70 [B,1,28,28]
 */
struct k14_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[14]; };
extern "C" __global__ void __launch_bounds__(256) k14(const struct k14_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 802816ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const int32_t *__restrict__ const b0 = (const int32_t *)a.buf[0];
    const float *__restrict__ const b1 = (const float *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    const float *__restrict__ const b9 = (const float *)a.buf[9];
    const float *__restrict__ const b10 = (const float *)a.buf[10];
    const float *__restrict__ const b11 = (const float *)a.buf[11];
    float *const b12 = (float *)a.buf[12];
    float *const b13 = (float *)a.buf[13];
    float *const v15 = (float *)(shared + 0);    /* [784][S] */
    float *const v17 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v18 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v19 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v21 = (float *)(shared + 0);    /* [3136][S] */
    float *const v22 = (float *)(scratch + 401408);    /* [3136][S] */
    float *const v23 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v25 = (float *)(scratch + 602112);    /* [1568][S] */
    float *const v26 = (float *)(scratch + 501760);    /* [1568][S] */
    float *const v27 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v29 = (float *)(scratch + 652288);    /* [288][S] */
    float *const v31 = (float *)(scratch + 551936);    /* [288][S] */
    float *const v45 = (float *)(scratch + 561152);    /* [288][S] */
    float *const v34 = (float *)(shared + 100352);    /* [1][S] */
    float *const v46 = (float *)(scratch + 652288);    /* [1568][S] */
    float *const v53 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v54 = (float *)(scratch + 602112);    /* [3136][S] */
    float *const v61 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v62 = (float *)(scratch + 602112);    /* [6272][S] */
    float *const v69 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v70 = (float *)(shared + 0);    /* [784][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load_rows(v15, b1, b0 + row, valid, 784, T, S);
        __syncthreads();
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v17, b2, v15, b3);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x0 = ebm_sigmoid(v17[i * S + t]);
            const float x1 = v17[i * S + t] * x0;
            v18[i * S + t] = x0;
            v19[i * S + t] = x1;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v21, b4, v19, b5);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x2 = ebm_sigmoid(v21[i * S + t]);
            const float x3 = v21[i * S + t] * x2;
            v22[i * S + t] = x2;
            v23[i * S + t] = x3;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v25, b6, v23, b7);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x4 = ebm_sigmoid(v25[i * S + t]);
            const float x5 = v25[i * S + t] * x4;
            v26[i * S + t] = x4;
            v27[i * S + t] = x5;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v29, b8, v27, b9);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x8 = b10[i];
            const float x6 = ebm_sigmoid(v29[i * S + t]);
            const float x7 = v29[i * S + t] * x6;
            const float x9 = x6 * x8;
            const float x10 = v29[i * S + t] * x8;
            const float x11 = 0x1p+0f - x6;
            const float x12 = x6 * x11;
            const float x13 = x10 * x12;
            const float x14 = x9 + x13;
            v31[i * S + t] = x7;
            v45[i * S + t] = x14;
        }
        __syncthreads();
        ebm_call_dense<1, 288, 1, 1, T, S>(v34, b10, v31, b11);
        __syncthreads();
        ebm_cta_store(b12, v34, row, valid, 1, T, S);
        ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v46, b8, v45);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x15 = v26[i * S + t] * v46[i * S + t];
            const float x16 = v25[i * S + t] * v46[i * S + t];
            const float x17 = 0x1p+0f - v26[i * S + t];
            const float x18 = v26[i * S + t] * x17;
            const float x19 = x16 * x18;
            const float x20 = x15 + x19;
            v53[i * S + t] = x20;
        }
        __syncthreads();
        ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v54, b6, v53);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x21 = v22[i * S + t] * v54[i * S + t];
            const float x22 = v21[i * S + t] * v54[i * S + t];
            const float x23 = 0x1p+0f - v22[i * S + t];
            const float x24 = v22[i * S + t] * x23;
            const float x25 = x22 * x24;
            const float x26 = x21 + x25;
            v61[i * S + t] = x26;
        }
        __syncthreads();
        ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v62, b4, v61);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x27 = v18[i * S + t] * v62[i * S + t];
            const float x28 = v17[i * S + t] * v62[i * S + t];
            const float x29 = 0x1p+0f - v18[i * S + t];
            const float x30 = v18[i * S + t] * x29;
            const float x31 = x28 * x30;
            const float x32 = x27 + x31;
            v69[i * S + t] = x32;
        }
        __syncthreads();
        ebm_cta_conv_dx<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v70, b2, v69);
        __syncthreads();
        ebm_cta_store(b13, v70, row, valid, 784, T, S);
    }
}

/* ---- entry 5 ---------------------------------------------------------------------------- */

/* kernel 15: region level 0, tiles of 8 samples
 *   source 1:37, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34
 *   4027488 flops per sample (run-time loops counted once), 18 barriers,
 *   100480 bytes of shared memory, 802816 of device memory per CTA
 *   b0  in  data rows, draw 4.0
 *   b1  in  data field 4.0
 *   b2  in  state 13 [8,1,3,3]
 *   b3  in  state 14 [8]
 *   b4  in  state 15 [16,8,4,4]
 *   b5  in  state 16 [16]
 *   b6  in  state 17 [32,16,4,4]
 *   b7  in  state 18 [32]
 *   b8  in  state 19 [32,32,4,4]
 *   b9  in  state 20 [32]
 *   b10  in  state 21 [1,288]
 *   b11  in  state 22 [1]
 *   b12  out value of v34 [B,1]
 *   b13  out value of v70 [B,1,28,28]
 */
struct k15_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[14]; };
extern "C" __global__ void __launch_bounds__(256) k15(const struct k15_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 802816ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const int32_t *__restrict__ const b0 = (const int32_t *)a.buf[0];
    const float *__restrict__ const b1 = (const float *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    const float *__restrict__ const b9 = (const float *)a.buf[9];
    const float *__restrict__ const b10 = (const float *)a.buf[10];
    const float *__restrict__ const b11 = (const float *)a.buf[11];
    float *const b12 = (float *)a.buf[12];
    float *const b13 = (float *)a.buf[13];
    float *const v15 = (float *)(shared + 0);    /* [784][S] */
    float *const v17 = (float *)(scratch + 0);    /* [6272][S] */
    float *const v18 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v19 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v21 = (float *)(shared + 0);    /* [3136][S] */
    float *const v22 = (float *)(scratch + 401408);    /* [3136][S] */
    float *const v23 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v25 = (float *)(scratch + 602112);    /* [1568][S] */
    float *const v26 = (float *)(scratch + 501760);    /* [1568][S] */
    float *const v27 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v29 = (float *)(scratch + 652288);    /* [288][S] */
    float *const v31 = (float *)(scratch + 551936);    /* [288][S] */
    float *const v45 = (float *)(scratch + 561152);    /* [288][S] */
    float *const v34 = (float *)(shared + 100352);    /* [1][S] */
    float *const v46 = (float *)(scratch + 652288);    /* [1568][S] */
    float *const v53 = (float *)(scratch + 551936);    /* [1568][S] */
    float *const v54 = (float *)(scratch + 602112);    /* [3136][S] */
    float *const v61 = (float *)(scratch + 501760);    /* [3136][S] */
    float *const v62 = (float *)(scratch + 602112);    /* [6272][S] */
    float *const v69 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v70 = (float *)(shared + 0);    /* [784][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load_rows(v15, b1, b0 + row, valid, 784, T, S);
        __syncthreads();
        ebm_cta_conv<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v17, b2, v15, b3);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x0 = ebm_sigmoid(v17[i * S + t]);
            const float x1 = v17[i * S + t] * x0;
            v18[i * S + t] = x0;
            v19[i * S + t] = x1;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v21, b4, v19, b5);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x2 = ebm_sigmoid(v21[i * S + t]);
            const float x3 = v21[i * S + t] * x2;
            v22[i * S + t] = x2;
            v23[i * S + t] = x3;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v25, b6, v23, b7);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x4 = ebm_sigmoid(v25[i * S + t]);
            const float x5 = v25[i * S + t] * x4;
            v26[i * S + t] = x4;
            v27[i * S + t] = x5;
        }
        __syncthreads();
        ebm_cta_conv<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v29, b8, v27, b9);
        __syncthreads();
        for (int i = f0; i < 288; i += FS) {
            const float x8 = b10[i];
            const float x6 = ebm_sigmoid(v29[i * S + t]);
            const float x7 = v29[i * S + t] * x6;
            const float x9 = x6 * x8;
            const float x10 = v29[i * S + t] * x8;
            const float x11 = 0x1p+0f - x6;
            const float x12 = x6 * x11;
            const float x13 = x10 * x12;
            const float x14 = x9 + x13;
            v31[i * S + t] = x7;
            v45[i * S + t] = x14;
        }
        __syncthreads();
        ebm_call_dense<1, 288, 1, 1, T, S>(v34, b10, v31, b11);
        __syncthreads();
        ebm_cta_store(b12, v34, row, valid, 1, T, S);
        ebm_cta_conv_dx<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v46, b8, v45);
        __syncthreads();
        for (int i = f0; i < 1568; i += FS) {
            const float x15 = v26[i * S + t] * v46[i * S + t];
            const float x16 = v25[i * S + t] * v46[i * S + t];
            const float x17 = 0x1p+0f - v26[i * S + t];
            const float x18 = v26[i * S + t] * x17;
            const float x19 = x16 * x18;
            const float x20 = x15 + x19;
            v53[i * S + t] = x20;
        }
        __syncthreads();
        ebm_cta_conv_dx<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v54, b6, v53);
        __syncthreads();
        for (int i = f0; i < 3136; i += FS) {
            const float x21 = v22[i * S + t] * v54[i * S + t];
            const float x22 = v21[i * S + t] * v54[i * S + t];
            const float x23 = 0x1p+0f - v22[i * S + t];
            const float x24 = v22[i * S + t] * x23;
            const float x25 = x22 * x24;
            const float x26 = x21 + x25;
            v61[i * S + t] = x26;
        }
        __syncthreads();
        ebm_cta_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v62, b4, v61);
        __syncthreads();
        for (int i = f0; i < 6272; i += FS) {
            const float x27 = v18[i * S + t] * v62[i * S + t];
            const float x28 = v17[i * S + t] * v62[i * S + t];
            const float x29 = 0x1p+0f - v18[i * S + t];
            const float x30 = v18[i * S + t] * x29;
            const float x31 = x28 * x30;
            const float x32 = x27 + x31;
            v69[i * S + t] = x32;
        }
        __syncthreads();
        ebm_cta_conv_dx<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v70, b2, v69);
        __syncthreads();
        ebm_cta_store(b13, v70, row, valid, 784, T, S);
    }
}
