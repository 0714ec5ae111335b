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


/* kernel 0: region level 0, all CTAs together, units of 32 samples
 *   source 0:13, 0:14, 0:47, 0:19, 0:20, 0:47, 0:32, 0:33, 0:34, 1:34, 1:37, 2:9
 *   4026922 flops per sample (run-time loops counted once), 18 barriers,
 *   98304 bytes of shared memory, 2809856 of device memory per grid
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
 *   b10  out value of v140 [B,1,28,28]
 */
struct k0_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[12]; };
extern "C" __global__ void __launch_bounds__(256) k0(const struct k0_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    unsigned *const barrier = (unsigned *)a.buf[11];
    enum { T = 32, S = 32, CTA = 256 };
    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;
    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;
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
    int32_t *const v43 = (int32_t *)(scratch + 0);    /* [1][S] */
    float *const v45 = (float *)(scratch + 128);    /* [784][S] */
    float *const v46 = (float *)(scratch + 0);    /* [1][S] */
    int32_t *const v48 = (int32_t *)(scratch + 100480);    /* [1][S] */
    float *const v49 = (float *)(scratch + 0);    /* [1][S] */
    float *const v53 = (float *)(scratch + 100608);    /* [1][S] */
    float *const v54 = (float *)(scratch + 100736);    /* [784][S] */
    float *const v63 = (float *)(scratch + 201088);    /* [784][S] */
    float *const v131 = (float *)(scratch + 0);    /* [784][S] */
    float *const w139_0 = (float *)(scratch + 100352);    /* [784][S] */
    float *const v66 = (float *)(scratch + 200704);    /* [784][S] */
    float *const v71 = (float *)(scratch + 301056);    /* [784][S] */
    float *const v78 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v127 = (float *)(scratch + 1204224);    /* [6272][S] */
    float *const v85 = (float *)(scratch + 2007040);    /* [3136][S] */
    float *const v121 = (float *)(scratch + 2408448);    /* [3136][S] */
    float *const v92 = (float *)(scratch + 401408);    /* [1568][S] */
    float *const v115 = (float *)(scratch + 602112);    /* [1568][S] */
    float *const v110 = (float *)(scratch + 200704);    /* [288][S] */
    float *const v116 = (float *)(scratch + 401408);    /* [1568][S] */
    float *const v122 = (float *)(scratch + 602112);    /* [3136][S] */
    float *const v128 = (float *)(scratch + 2007040);    /* [6272][S] */
    for (int64_t unit = 0; unit < a.units; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_grid_int(v43, 1, T, S, s, 0x315aa70180de42d0ull, (uint32_t)0, sample0, valid, (uint32_t)4096);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 784; i += FS) {
            const int64_t n0 = v43[0 * S + t] < 0 ? 0 : v43[0 * S + t] > 4095 ? 4095 : v43[0 * S + t];
            v45[i * S + t] = b0[(n0 * 784 + i)];
        }
        ebm_grid_sync(barrier);
        ebm_grid_uniform(v46, 1, T, S, s, 0xb58b717c57b2be2ull, (uint32_t)0, sample0, valid);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const int32_t x1 = v46[0 * S + t] < 0x1.e66666p-1f;
            v48[0 * S + t] = x1;
        }
        ebm_grid_sync(barrier);
        ebm_grid_uniform(v49, 1, T, S, s, 0xf1f03a88ccf64417ull, (uint32_t)0, sample0, valid);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const float x2 = v49[0 * S + t] * 0x1.0cccccp+1f;
            const float x3 = x2 + (-0x1.8p+0f);
            v53[0 * S + t] = x3;
        }
        ebm_grid_normal(v54, 784, T, S, s, 0xf72da0fcf554f22bull, (uint32_t)0, sample0, valid);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 784; i += FS) {
            const float x4 = v54[i * S + t] * 0x1.99999ap-5f;
            const float x5 = x4 + v53[0 * S + t];
            const float x6 = ebm_max(x5, (-0x1p+0f));
            const float x7 = ebm_min(x6, 0x1p+0f);
            const float x8 = v48[0 * S + t] ? v45[i * S + t] : x7;
            v63[i * S + t] = x8;
        }
        ebm_grid_sync(barrier);
        const float x9 = -sf0;
        for (int i = f0; i < 784; i += FS) {
            v131[i * S + t] = x9;
        }
        for (int i = f0; i < 784; i += FS) {
            w139_0[i * S + t] = v63[i * S + t];
        }
        for (int64_t k139 = 0; k139 < si0; k139++) {
            ebm_grid_sync(barrier);
            ebm_grid_normal(v66, 784, T, S, s, 0xf65317e89e533bacull, (uint32_t)(int32_t)k139, sample0, valid);
            ebm_grid_sync(barrier);
            for (int i = f0; i < 784; i += FS) {
                const float x10 = v66[i * S + t] * sf1;
                const float x11 = w139_0[i * S + t] + x10;
                const float x12 = ebm_max(x11, (-0x1p+0f));
                const float x13 = ebm_min(x12, 0x1p+0f);
                v71[i * S + t] = x13;
            }
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b1, v71, b2, valid, (float *)shared, [&](const int i, const int t, const float y76) {
                const float x14 = ebm_sigmoid(y76);
                const float x15 = y76 * x14;
                const float x16 = 0x1p+0f - x14;
                const float x17 = x15 * x16;
                const float x18 = x14 + x17;
                v78[i * S + t] = x15;
                v127[i * S + t] = x18;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b3, v78, b4, valid, (float *)shared, [&](const int i, const int t, const float y83) {
                const float x19 = ebm_sigmoid(y83);
                const float x20 = y83 * x19;
                const float x21 = 0x1p+0f - x19;
                const float x22 = x20 * x21;
                const float x23 = x19 + x22;
                v85[i * S + t] = x20;
                v121[i * S + t] = x23;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b5, v85, b6, valid, (float *)shared, [&](const int i, const int t, const float y90) {
                const float x24 = ebm_sigmoid(y90);
                const float x25 = y90 * x24;
                const float x26 = 0x1p+0f - x24;
                const float x27 = x25 * x26;
                const float x28 = x24 + x27;
                v92[i * S + t] = x25;
                v115[i * S + t] = x28;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v92, b8, valid, (float *)shared, [&](const int i, const int t, const float y97) {
                const float x34 = b9[i];
                const float x29 = ebm_sigmoid(y97);
                const float x30 = y97 * x29;
                const float x31 = 0x1p+0f - x29;
                const float x32 = x30 * x31;
                const float x33 = x29 + x32;
                const float x35 = x34 * x33;
                v110[i * S + t] = x35;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v110, valid, (float *)shared, [&](const int i, const int t, const float y111) {
                const float x36 = y111 * v115[i * S + t];
                v116[i * S + t] = x36;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b5, v116, valid, (float *)shared, [&](const int i, const int t, const float y117) {
                const float x37 = y117 * v121[i * S + t];
                v122[i * S + t] = x37;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b3, v122, valid, (float *)shared, [&](const int i, const int t, const float y123) {
                const float x38 = y123 * v127[i * S + t];
                v128[i * S + t] = x38;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b1, v128, valid, (float *)shared, [&](const int i, const int t, const float y129) {
                const float x39 = ebm_max(y129, v131[i * S + t]);
                const float x40 = ebm_min(x39, sf0);
                const float x41 = x40 * sf2;
                const float x42 = v71[i * S + t] - x41;
                const float x43 = ebm_max(x42, (-0x1p+0f));
                const float x44 = ebm_min(x43, 0x1p+0f);
                w139_0[i * S + t] = x44;
            });
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b10, w139_0, row, valid, 784, T, S);
    }
}

/* kernel 1: region level 1, all CTAs together, units of 32 samples
 *   source 0:13, 0:14, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9
 *   11630308 flops per sample (run-time loops counted once), 30 barriers,
 *   98304 bytes of shared memory, 8830976 of device memory per grid
 *   b0  in  data rows, draw 0.0
 *   b1  in  data field 0.0
 *   b2  out value of v42 [B,1,28,28]
 *   b3  in  value of v140 [B,1,28,28]
 *   b4  in  state 3 [8,1,3,3]
 *   b5  in  state 4 [8]
 *   b6  out value of v144 [B,8,28,28]
 *   b7  in  state 5 [16,8,4,4]
 *   b8  in  state 6 [16]
 *   b9  out value of v148 [B,16,14,14]
 *   b10  in  state 7 [32,16,4,4]
 *   b11  in  state 8 [32]
 *   b12  out value of v152 [B,32,7,7]
 *   b13  in  state 9 [32,32,4,4]
 *   b14  in  state 10 [32]
 *   b15  in  state 11 [1,288]
 *   b16  out value of v156 [B,32,3,3]
 *   b17  out value of v318 [B,32,3,3]
 *   b18  in  state 12 [1]
 *   b19  out value of v159 [B,1]
 *   b20  out value of v168 [B,8,28,28]
 *   b21  out value of v172 [B,16,14,14]
 *   b22  out value of v176 [B,32,7,7]
 *   b23  out value of v180 [B,32,3,3]
 *   b24  out value of v281 [B,32,3,3]
 *   b25  out value of v183 [B,1]
 *   b26  out value of v201 [B,32,3,3]
 *   b27  out value of v209 [B,32,7,7]
 *   b28  out value of v217 [B,16,14,14]
 *   b29  out value of v313 [B,1]
 *   b30  out value of v238 [B,32,3,3]
 *   b31  out value of v320 [B,32,3,3]
 *   b32  out value of v248 [B,32,7,7]
 *   b33  out value of v258 [B,16,14,14]
 *   b34  out value of v290 [B,32,7,7]
 *   b35  out value of v299 [B,16,14,14]
 *   b36  out value of v311 [B,8,28,28]
 *   b37  out value of v325 [B,32,7,7]
 *   b38  out value of v327 [B,32,7,7]
 *   b39  out value of v332 [B,16,14,14]
 *   b40  out value of v334 [B,16,14,14]
 *   b41  out value of v341 [B,8,28,28]
 *   b42  out value of v342 [B,8,28,28]
 *   b43  in  state 1 []
 *   b44  out value of v357 [B]
 */
struct k1_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[46]; };
extern "C" __global__ void __launch_bounds__(256) k1(const struct k1_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    unsigned *const barrier = (unsigned *)a.buf[45];
    enum { T = 32, S = 32, CTA = 256 };
    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;
    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;
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
    const float *__restrict__ const b15 = (const float *)a.buf[15];
    float *const b16 = (float *)a.buf[16];
    float *const b17 = (float *)a.buf[17];
    const float *__restrict__ const b18 = (const float *)a.buf[18];
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
    float *const v31 = (float *)(scratch + 0);    /* [784][S] */
    int32_t *const v30 = (int32_t *)(scratch + 100352);    /* [784][S] */
    float *const v42 = (float *)(scratch + 200704);    /* [784][S] */
    float *const v140 = (float *)(scratch + 301056);    /* [784][S] */
    float *const v144 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v224 = (float *)(scratch + 1204224);    /* [6272][S] */
    float *const v148 = (float *)(scratch + 2007040);    /* [3136][S] */
    float *const v216 = (float *)(scratch + 2408448);    /* [3136][S] */
    float *const v152 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v208 = (float *)(scratch + 301056);    /* [1568][S] */
    float *const v156 = (float *)(scratch + 501760);    /* [288][S] */
    float *const v200 = (float *)(scratch + 538624);    /* [288][S] */
    float *const v318 = (float *)(scratch + 575488);    /* [288][S] */
    float *const v159 = (float *)(scratch + 0);    /* [1][S] */
    float *const v168 = (float *)(scratch + 2809856);    /* [6272][S] */
    float *const v267 = (float *)(scratch + 3612672);    /* [6272][S] */
    float *const v172 = (float *)(scratch + 612352);    /* [3136][S] */
    float *const v257 = (float *)(scratch + 2007040);    /* [3136][S] */
    float *const v176 = (float *)(scratch + 128);    /* [1568][S] */
    float *const v247 = (float *)(scratch + 2809856);    /* [1568][S] */
    float *const v180 = (float *)(scratch + 200832);    /* [288][S] */
    float *const v237 = (float *)(scratch + 237696);    /* [288][S] */
    float *const v281 = (float *)(scratch + 501760);    /* [288][S] */
    float *const v183 = (float *)(scratch + 128);    /* [1][S] */
    float *const v201 = (float *)(scratch + 256);    /* [288][S] */
    float *const v209 = (float *)(scratch + 612352);    /* [1568][S] */
    float *const v217 = (float *)(scratch + 3010560);    /* [3136][S] */
    float *const v218 = (float *)(scratch + 4415488);    /* [6272][S] */
    float *const v313 = (float *)(scratch + 37120);    /* [1][S] */
    float *const v238 = (float *)(scratch + 37120);    /* [288][S] */
    float *const v320 = (float *)(scratch + 73984);    /* [288][S] */
    float *const v248 = (float *)(scratch + 73984);    /* [1568][S] */
    float *const v258 = (float *)(scratch + 5218304);    /* [3136][S] */
    float *const v261 = (float *)(scratch + 5619712);    /* [6272][S] */
    float *const v290 = (float *)(scratch + 813056);    /* [1568][S] */
    float *const v292 = (float *)(scratch + 3411968);    /* [1568][S] */
    float *const v299 = (float *)(scratch + 6422528);    /* [3136][S] */
    float *const v301 = (float *)(scratch + 6823936);    /* [3136][S] */
    float *const v310 = (float *)(scratch + 7225344);    /* [6272][S] */
    float *const v311 = (float *)(scratch + 8028160);    /* [6272][S] */
    float *const v325 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v327 = (float *)(scratch + 612352);    /* [1568][S] */
    float *const v332 = (float *)(scratch + 200704);    /* [3136][S] */
    float *const v334 = (float *)(scratch + 602112);    /* [3136][S] */
    float *const v341 = (float *)(scratch + 2007040);    /* [6272][S] */
    float *const v342 = (float *)(scratch + 2809856);    /* [6272][S] */
    int32_t *const v357 = (int32_t *)(scratch + 0);    /* [1][S] */
    for (int64_t unit = 0; unit < a.units; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_grid_load_rows(v30, b1, b0 + row, valid, 784, T, S);
        ebm_grid_load(v140, b3, row, valid, 784, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_normal(v31, 784, T, S, s, 0xf6ca68ab4e0fd914ull, (uint32_t)0, sample0, valid);
        ebm_grid_sync(barrier);
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
        ebm_grid_sync(barrier);
        ebm_grid_store(b2, v42, row, valid, 784, T, S);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v140, b5, valid, (float *)shared, [&](const int i, const int t, const float y142) {
            const float x7 = ebm_sigmoid(y142);
            const float x8 = y142 * x7;
            const float x9 = 0x1p+0f - x7;
            const float x10 = x8 * x9;
            const float x11 = x7 + x10;
            v144[i * S + t] = x8;
            v224[i * S + t] = x11;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b6, v144, row, valid, 6272, T, S);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v144, b8, valid, (float *)shared, [&](const int i, const int t, const float y146) {
            const float x12 = ebm_sigmoid(y146);
            const float x13 = y146 * x12;
            const float x14 = 0x1p+0f - x12;
            const float x15 = x13 * x14;
            const float x16 = x12 + x15;
            v148[i * S + t] = x13;
            v216[i * S + t] = x16;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b9, v148, row, valid, 3136, T, S);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v148, b11, valid, (float *)shared, [&](const int i, const int t, const float y150) {
            const float x17 = ebm_sigmoid(y150);
            const float x18 = y150 * x17;
            const float x19 = 0x1p+0f - x17;
            const float x20 = x18 * x19;
            const float x21 = x17 + x20;
            v152[i * S + t] = x18;
            v208[i * S + t] = x21;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b12, v152, row, valid, 1568, T, S);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v152, b14, valid, (float *)shared, [&](const int i, const int t, const float y154) {
            const float x27 = b15[i];
            const float x22 = ebm_sigmoid(y154);
            const float x23 = y154 * x22;
            const float x24 = 0x1p+0f - x22;
            const float x25 = x23 * x24;
            const float x26 = x22 + x25;
            const float x28 = x27 * x26;
            v156[i * S + t] = x23;
            v200[i * S + t] = x26;
            v318[i * S + t] = x28;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b16, v156, row, valid, 288, T, S);
        ebm_grid_store(b17, v318, row, valid, 288, T, S);
        ebm_grid_dense(v159, b15, 1, 1, v156, b18, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b19, v159, row, valid, 1, T, S);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v42, b5, valid, (float *)shared, [&](const int i, const int t, const float y166) {
            const float x29 = ebm_sigmoid(y166);
            const float x30 = y166 * x29;
            const float x31 = 0x1p+0f - x29;
            const float x32 = x30 * x31;
            const float x33 = x29 + x32;
            v168[i * S + t] = x30;
            v267[i * S + t] = x33;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b20, v168, row, valid, 6272, T, S);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v168, b8, valid, (float *)shared, [&](const int i, const int t, const float y170) {
            const float x34 = ebm_sigmoid(y170);
            const float x35 = y170 * x34;
            const float x36 = 0x1p+0f - x34;
            const float x37 = x35 * x36;
            const float x38 = x34 + x37;
            v172[i * S + t] = x35;
            v257[i * S + t] = x38;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b21, v172, row, valid, 3136, T, S);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v172, b11, valid, (float *)shared, [&](const int i, const int t, const float y174) {
            const float x39 = ebm_sigmoid(y174);
            const float x40 = y174 * x39;
            const float x41 = 0x1p+0f - x39;
            const float x42 = x40 * x41;
            const float x43 = x39 + x42;
            v176[i * S + t] = x40;
            v247[i * S + t] = x43;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b22, v176, row, valid, 1568, T, S);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v176, b14, valid, (float *)shared, [&](const int i, const int t, const float y178) {
            const float x49 = b15[i];
            const float x44 = ebm_sigmoid(y178);
            const float x45 = y178 * x44;
            const float x46 = 0x1p+0f - x44;
            const float x47 = x45 * x46;
            const float x48 = x44 + x47;
            const float x50 = x49 * x48;
            v180[i * S + t] = x45;
            v237[i * S + t] = x48;
            v281[i * S + t] = x50;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b23, v180, row, valid, 288, T, S);
        ebm_grid_store(b24, v281, row, valid, 288, T, S);
        ebm_grid_dense(v183, b15, 1, 1, v180, b18, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b25, v183, row, valid, 1, T, S);
        for (int i = f0; i < 288; i += FS) {
            const float x51 = b15[i];
            const float x52 = x51 * v159[0 * S + t];
            const float x53 = x52 * v200[i * S + t];
            v201[i * S + t] = x53;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b26, v201, row, valid, 288, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v201, valid, (float *)shared, [&](const int i, const int t, const float y202) {
            const float x54 = y202 * v208[i * S + t];
            v209[i * S + t] = x54;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b27, v209, row, valid, 1568, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v209, valid, (float *)shared, [&](const int i, const int t, const float y210) {
            const float x55 = y210 * v216[i * S + t];
            v217[i * S + t] = x55;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b28, v217, row, valid, 3136, T, S);
        ebm_grid_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v218, b7, v217, valid, (float *)shared);
        if (f0 == 0) {
            const float x56 = v159[0 * S + t] + v183[0 * S + t];
            const float x57 = sf3 * x56;
            const float x58 = x57 + sf4;
            const float x59 = x58 - sf4;
            v313[0 * S + t] = x59;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b29, v313, row, valid, 1, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 288; i += FS) {
            const float x60 = b15[i];
            const float x61 = x60 * v183[0 * S + t];
            const float x62 = x61 * v237[i * S + t];
            const float x63 = v201[i * S + t] + x62;
            const float x64 = sf3 * x63;
            const float x65 = sf4 * v281[i * S + t];
            const float x66 = x64 + x65;
            const float x67 = sf4 * v318[i * S + t];
            const float x68 = x66 - x67;
            v238[i * S + t] = x62;
            v320[i * S + t] = x68;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b30, v238, row, valid, 288, T, S);
        ebm_grid_store(b31, v320, row, valid, 288, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v238, valid, (float *)shared, [&](const int i, const int t, const float y241) {
            const float x69 = y241 * v247[i * S + t];
            v248[i * S + t] = x69;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b32, v248, row, valid, 1568, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v248, valid, (float *)shared, [&](const int i, const int t, const float y251) {
            const float x70 = y251 * v257[i * S + t];
            v258[i * S + t] = x70;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b33, v258, row, valid, 3136, T, S);
        ebm_grid_conv_dx<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(v261, b7, v258, valid, (float *)shared);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v281, valid, (float *)shared, [&](const int i, const int t, const float y284) {
            const float x71 = v247[i * S + t] * y284;
            const float x72 = sf4 * x71;
            const float x73 = v209[i * S + t] + v248[i * S + t];
            const float x74 = sf3 * x73;
            const float x75 = x74 + x72;
            v290[i * S + t] = x71;
            v292[i * S + t] = x75;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b34, v290, row, valid, 1568, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v290, valid, (float *)shared, [&](const int i, const int t, const float y293) {
            const float x76 = v257[i * S + t] * y293;
            const float x77 = sf4 * x76;
            const float x78 = v217[i * S + t] + v258[i * S + t];
            const float x79 = sf3 * x78;
            const float x80 = x79 + x77;
            v299[i * S + t] = x76;
            v301[i * S + t] = x80;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b35, v299, row, valid, 3136, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v299, valid, (float *)shared, [&](const int i, const int t, const float y302) {
            const float x81 = v218[i * S + t] * v224[i * S + t];
            const float x82 = v261[i * S + t] * v267[i * S + t];
            const float x83 = sf3 * x82;
            const float x84 = x81 + x82;
            const float x85 = sf3 * x84;
            const float x86 = v267[i * S + t] * y302;
            const float x87 = sf4 * x86;
            const float x88 = x85 + x87;
            const float x89 = x83 + x87;
            v310[i * S + t] = x88;
            v311[i * S + t] = x89;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b36, v311, row, valid, 6272, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v318, valid, (float *)shared, [&](const int i, const int t, const float y321) {
            const float x90 = v208[i * S + t] * y321;
            const float x91 = sf4 * x90;
            const float x92 = v292[i * S + t] - x91;
            v325[i * S + t] = x90;
            v327[i * S + t] = x92;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b37, v325, row, valid, 1568, T, S);
        ebm_grid_store(b38, v327, row, valid, 1568, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v325, valid, (float *)shared, [&](const int i, const int t, const float y328) {
            const float x93 = v216[i * S + t] * y328;
            const float x94 = sf4 * x93;
            const float x95 = v301[i * S + t] - x94;
            v332[i * S + t] = x93;
            v334[i * S + t] = x95;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b39, v332, row, valid, 3136, T, S);
        ebm_grid_store(b40, v334, row, valid, 3136, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v332, valid, (float *)shared, [&](const int i, const int t, const float y335) {
            const float x96 = v224[i * S + t] * y335;
            const float x97 = sf4 * x96;
            const float x98 = v310[i * S + t] - x97;
            const float x99 = v218[i * S + t] * v224[i * S + t];
            const float x100 = sf3 * x99;
            const float x101 = x100 - x97;
            v341[i * S + t] = x98;
            v342[i * S + t] = x101;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b41, v341, row, valid, 6272, T, S);
        ebm_grid_store(b42, v342, row, valid, 6272, T, S);
        const int32_t x102 = b43[0];
        if (f0 == 0) {
            const int32_t x103 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x102);
            const int32_t x104 = (4096 == 0 || 4096 == -1 ? 0 : (x103 % (4096 ? 4096 : 1) + (4096 ? 4096 : 1)) % (4096 ? 4096 : 1));
            v357[0 * S + t] = x104;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store_i32(b44, v357, row, valid, 1, T, S);
    }
}

/* kernel 2: region level 1, sums over blocks of 64; a unit is one sum of a block, or a tile of one */
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
static __device__ void sum2_98(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_outer<32, 1, 288>(b0 + block * 288, b1 + row * 1, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_100(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 16384, b1 + row * 1568, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_103(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 8192, b1 + row * 3136, b2 + row * 1568, tile, valid, (float *)shared);
}
static __device__ void sum2_106(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 2048, b1 + row * 6272, b2 + row * 3136, tile, valid, (float *)shared);
}
static __device__ void sum2_110(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_outer<32, 1, 288>(b0 + block * 288, b1 + row * 1, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_112(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 16384, b1 + row * 1568, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_115(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 8192, b1 + row * 3136, b2 + row * 1568, tile, valid, (float *)shared);
}
static __device__ void sum2_118(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 2048, b1 + row * 6272, b2 + row * 3136, tile, valid, (float *)shared);
}
EBM_CALL void sum2_1(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
static __device__ void sum2_122(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 16384, b1 + row * 1568, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_125(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 8192, b1 + row * 3136, b2 + row * 1568, tile, valid, (float *)shared);
}
static __device__ void sum2_128(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 2048, b1 + row * 6272, b2 + row * 3136, tile, valid, (float *)shared);
}
static __device__ void sum2_130(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 72, b1 + row * 784, b2 + row * 6272, tile, valid, (float *)shared);
}
static __device__ void sum2_133(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 16384, b1 + row * 1568, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_136(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 8192, b1 + row * 3136, b2 + row * 1568, tile, valid, (float *)shared);
}
static __device__ void sum2_139(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 2048, b1 + row * 6272, b2 + row * 3136, tile, valid, (float *)shared);
}
static __device__ void sum2_141(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 72, b1 + row * 784, b2 + row * 6272, tile, valid, (float *)shared);
}
EBM_CALL void sum2_2(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
EBM_CALL void sum2_3(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
EBM_CALL void sum2_4(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
EBM_CALL void sum2_5(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
    enum { n = 141 };
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t block = unit / n;
        const int which = (int)(unit % n);
        if (unit != blockIdx.x) __syncthreads();
        if (which < 1) sum2_0(a.buf + 0, s, block, shared, scratch);
        else if (which < 2) sum2_0(a.buf + 2, s, block, shared, scratch);
        else if (which < 11) sum2_98(a.buf + 4, s, block, which - 2, shared);
        else if (which < 27) sum2_100(a.buf + 7, s, block, which - 11, shared);
        else if (which < 35) sum2_103(a.buf + 10, s, block, which - 27, shared);
        else if (which < 39) sum2_106(a.buf + 13, s, block, which - 35, shared);
        else if (which < 48) sum2_110(a.buf + 16, s, block, which - 39, shared);
        else if (which < 64) sum2_112(a.buf + 19, s, block, which - 48, shared);
        else if (which < 72) sum2_115(a.buf + 22, s, block, which - 64, shared);
        else if (which < 76) sum2_118(a.buf + 25, s, block, which - 72, shared);
        else if (which < 77) sum2_1(a.buf + 28, s, block, shared, scratch);
        else if (which < 93) sum2_122(a.buf + 30, s, block, which - 77, shared);
        else if (which < 101) sum2_125(a.buf + 33, s, block, which - 93, shared);
        else if (which < 105) sum2_128(a.buf + 36, s, block, which - 101, shared);
        else if (which < 106) sum2_130(a.buf + 39, s, block, which - 105, shared);
        else if (which < 107) sum2_1(a.buf + 42, s, block, shared, scratch);
        else if (which < 123) sum2_133(a.buf + 44, s, block, which - 107, shared);
        else if (which < 131) sum2_136(a.buf + 47, s, block, which - 123, shared);
        else if (which < 135) sum2_139(a.buf + 50, s, block, which - 131, shared);
        else if (which < 136) sum2_141(a.buf + 53, s, block, which - 135, shared);
        else if (which < 137) sum2_0(a.buf + 56, s, block, shared, scratch);
        else if (which < 138) sum2_2(a.buf + 58, s, block, shared, scratch);
        else if (which < 139) sum2_3(a.buf + 60, s, block, shared, scratch);
        else if (which < 140) sum2_4(a.buf + 62, s, block, shared, scratch);
        else if (which < 141) sum2_5(a.buf + 64, s, block, shared, scratch);
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

/* kernel 11: region level 0, all CTAs together, units of 128 samples
 *   source 0:13, 0:14, 0:34, 0:35, 0:58, 0:32, 0:33, 0:34, 1:34, 1:37, 2:9, 1:34
 *   4026914 flops per sample (run-time loops counted once), 12 barriers,
 *   98304 bytes of shared memory, 11239936 of device memory per grid
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
 *   b10  out value of v84 [B,1,28,28]
 */
struct k11_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[12]; };
extern "C" __global__ void __launch_bounds__(256) k11(const struct k11_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    unsigned *const barrier = (unsigned *)a.buf[11];
    enum { T = 128, S = 128, CTA = 256 };
    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;
    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;
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
    float *const v9 = (float *)(scratch + 0);    /* [784][S] */
    int32_t *const v19 = (int32_t *)(scratch + 401408);    /* [1][S] */
    float *const v20 = (float *)(scratch + 401920);    /* [784][S] */
    float *const w83_0 = (float *)(scratch + 803328);    /* [784][S] */
    float *const v24 = (float *)(scratch + 401408);    /* [784][S] */
    float *const v28 = (float *)(scratch + 1204736);    /* [784][S] */
    float *const v33 = (float *)(scratch + 1606144);    /* [6272][S] */
    float *const v73 = (float *)(scratch + 4817408);    /* [6272][S] */
    float *const v38 = (float *)(scratch + 8028672);    /* [3136][S] */
    float *const v67 = (float *)(scratch + 9634304);    /* [3136][S] */
    float *const v43 = (float *)(scratch + 1606144);    /* [1568][S] */
    float *const v61 = (float *)(scratch + 2408960);    /* [1568][S] */
    float *const v56 = (float *)(scratch + 401408);    /* [288][S] */
    float *const v62 = (float *)(scratch + 1606144);    /* [1568][S] */
    float *const v68 = (float *)(scratch + 2408960);    /* [3136][S] */
    float *const v74 = (float *)(scratch + 8028672);    /* [6272][S] */
    for (int64_t unit = 0; unit < a.units; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        const float x0 = -sf0;
        for (int i = f0; i < 784; i += FS) {
            v9[i * S + t] = x0;
        }
        ebm_grid_int(v19, 1, T, S, s, 0x501a8eef7add561ull, (uint32_t)0, sample0, valid, (uint32_t)4096);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 784; i += FS) {
            const int64_t n1 = v19[0 * S + t] < 0 ? 0 : v19[0 * S + t] > 4095 ? 4095 : v19[0 * S + t];
            v20[i * S + t] = b0[(n1 * 784 + i)];
        }
        for (int i = f0; i < 784; i += FS) {
            w83_0[i * S + t] = v20[i * S + t];
        }
        for (int64_t k83 = 0; k83 < 300; k83++) {
            ebm_grid_sync(barrier);
            ebm_grid_normal(v24, 784, T, S, s, 0x21d30adc4155aa83ull, (uint32_t)(int32_t)k83, sample0, valid);
            ebm_grid_sync(barrier);
            for (int i = f0; i < 784; i += FS) {
                const float x2 = sf1 * v24[i * S + t];
                const float x3 = w83_0[i * S + t] + x2;
                const float x4 = ebm_max(x3, (-0x1p+0f));
                const float x5 = ebm_min(x4, 0x1p+0f);
                v28[i * S + t] = x5;
            }
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b1, v28, b2, valid, (float *)shared, [&](const int i, const int t, const float y31) {
                const float x6 = ebm_sigmoid(y31);
                const float x7 = y31 * x6;
                const float x8 = 0x1p+0f - x6;
                const float x9 = x7 * x8;
                const float x10 = x6 + x9;
                v33[i * S + t] = x7;
                v73[i * S + t] = x10;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b3, v33, b4, valid, (float *)shared, [&](const int i, const int t, const float y36) {
                const float x11 = ebm_sigmoid(y36);
                const float x12 = y36 * x11;
                const float x13 = 0x1p+0f - x11;
                const float x14 = x12 * x13;
                const float x15 = x11 + x14;
                v38[i * S + t] = x12;
                v67[i * S + t] = x15;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b5, v38, b6, valid, (float *)shared, [&](const int i, const int t, const float y41) {
                const float x16 = ebm_sigmoid(y41);
                const float x17 = y41 * x16;
                const float x18 = 0x1p+0f - x16;
                const float x19 = x17 * x18;
                const float x20 = x16 + x19;
                v43[i * S + t] = x17;
                v61[i * S + t] = x20;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v43, b8, valid, (float *)shared, [&](const int i, const int t, const float y46) {
                const float x26 = b9[i];
                const float x21 = ebm_sigmoid(y46);
                const float x22 = y46 * x21;
                const float x23 = 0x1p+0f - x21;
                const float x24 = x22 * x23;
                const float x25 = x21 + x24;
                const float x27 = x26 * x25;
                v56[i * S + t] = x27;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v56, valid, (float *)shared, [&](const int i, const int t, const float y57) {
                const float x28 = y57 * v61[i * S + t];
                v62[i * S + t] = x28;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b5, v62, valid, (float *)shared, [&](const int i, const int t, const float y63) {
                const float x29 = y63 * v67[i * S + t];
                v68[i * S + t] = x29;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b3, v68, valid, (float *)shared, [&](const int i, const int t, const float y69) {
                const float x30 = y69 * v73[i * S + t];
                v74[i * S + t] = x30;
            });
            ebm_grid_sync(barrier);
            ebm_grid_conv_dx_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b1, v74, valid, (float *)shared, [&](const int i, const int t, const float y75) {
                const float x31 = ebm_max(y75, v9[i * S + t]);
                const float x32 = ebm_min(x31, sf0);
                const float x33 = x32 * 0x1p+1f;
                const float x34 = v28[i * S + t] - x33;
                const float x35 = ebm_max(x34, (-0x1p+0f));
                const float x36 = ebm_min(x35, 0x1p+0f);
                w83_0[i * S + t] = x36;
            });
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b10, w83_0, row, valid, 784, T, S);
    }
}

/* ---- entry 2 ---------------------------------------------------------------------------- */

/* kernel 12: region level 0, all CTAs together, units of 256 samples
 *   source 0:13, 0:14, 1:37, 1:19, 0:35, 0:14, 0:66, 1:34, 1:37, 2:9, 1:34, 1:37
 *   6042084 flops per sample (run-time loops counted once), 26 barriers,
 *   98304 bytes of shared memory, 12042240 of device memory per grid
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
struct k12_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[16]; };
extern "C" __global__ void __launch_bounds__(256) k12(const struct k12_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    unsigned *const barrier = (unsigned *)a.buf[15];
    enum { T = 256, S = 256, CTA = 256 };
    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;
    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;
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
    int32_t *const v19 = (int32_t *)(scratch + 0);    /* [784][S] */
    float *const v25 = (float *)(scratch + 802816);    /* [784][S] */
    float *const v26 = (float *)(scratch + 0);    /* [784][S] */
    float *const v28 = (float *)(scratch + 1605632);    /* [784][S] */
    float *const v29 = (float *)(scratch + 0);    /* [1][S] */
    float *const v33 = (float *)(scratch + 1024);    /* [1][S] */
    float *const v37 = (float *)(scratch + 2408448);    /* [6272][S] */
    float *const v41 = (float *)(scratch + 8830976);    /* [3136][S] */
    float *const v45 = (float *)(scratch + 2408448);    /* [1568][S] */
    float *const v49 = (float *)(scratch + 2048);    /* [288][S] */
    float *const v52 = (float *)(scratch + 0);    /* [1][S] */
    float *const v54 = (float *)(scratch + 2048);    /* [1][S] */
    float *const v58 = (float *)(scratch + 2408448);    /* [6272][S] */
    float *const v62 = (float *)(scratch + 8830976);    /* [3136][S] */
    float *const v66 = (float *)(scratch + 2048);    /* [1568][S] */
    float *const v70 = (float *)(scratch + 1607680);    /* [288][S] */
    float *const v73 = (float *)(scratch + 0);    /* [1][S] */
    float *const v75 = (float *)(scratch + 2048);    /* [1][S] */
    float *const v77 = (float *)(scratch + 2048);    /* [784][S] */
    float *const v81 = (float *)(scratch + 804864);    /* [6272][S] */
    float *const v85 = (float *)(scratch + 7227392);    /* [3136][S] */
    float *const v89 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v93 = (float *)(scratch + 1605632);    /* [288][S] */
    float *const v96 = (float *)(scratch + 0);    /* [1][S] */
    float *const v98 = (float *)(scratch + 1024);    /* [1][S] */
    for (int64_t unit = 0; unit < a.units; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_grid_sync(barrier);
        ebm_grid_load_rows(v19, b1, b0 + row, valid, 784, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 784; i += FS) {
            const float x0 = (float)v19[i * S + t];
            const float x1 = x0 * 0x1.010102p-7f;
            const float x2 = x1 - 0x1p+0f;
            const float x3 = ebm_max(x2, (-0x1p+0f));
            const float x4 = ebm_min(x3, 0x1p+0f);
            v25[i * S + t] = x4;
        }
        ebm_grid_sync(barrier);
        ebm_grid_uniform(v26, 784, T, S, s, 0xa785797a161bd532ull, (uint32_t)0, sample0, valid);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 784; i += FS) {
            const float x5 = v26[i * S + t] * 0x1p+1f;
            const float x6 = x5 + (-0x1p+0f);
            v28[i * S + t] = x6;
        }
        ebm_grid_sync(barrier);
        ebm_grid_uniform(v29, 1, T, S, s, 0xe3d5466c166110ebull, (uint32_t)0, sample0, valid);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const float x7 = v29[0 * S + t] * 0x1p+1f;
            const float x8 = x7 + (-0x1p+0f);
            v33[0 * S + t] = x8;
        }
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b2, v25, b3, valid, (float *)shared, [&](const int i, const int t, const float y35) {
            const float x9 = ebm_sigmoid(y35);
            const float x10 = y35 * x9;
            v37[i * S + t] = x10;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v37, b5, valid, (float *)shared, [&](const int i, const int t, const float y39) {
            const float x11 = ebm_sigmoid(y39);
            const float x12 = y39 * x11;
            v41[i * S + t] = x12;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v41, b7, valid, (float *)shared, [&](const int i, const int t, const float y43) {
            const float x13 = ebm_sigmoid(y43);
            const float x14 = y43 * x13;
            v45[i * S + t] = x14;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v45, b9, valid, (float *)shared, [&](const int i, const int t, const float y47) {
            const float x15 = ebm_sigmoid(y47);
            const float x16 = y47 * x15;
            v49[i * S + t] = x16;
        });
        ebm_grid_sync(barrier);
        ebm_grid_dense(v52, b10, 1, 1, v49, b11, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const float x17 = -v52[0 * S + t];
            v54[0 * S + t] = x17;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b12, v54, row, valid, 1, T, S);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b2, v28, b3, valid, (float *)shared, [&](const int i, const int t, const float y56) {
            const float x18 = ebm_sigmoid(y56);
            const float x19 = y56 * x18;
            v58[i * S + t] = x19;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v58, b5, valid, (float *)shared, [&](const int i, const int t, const float y60) {
            const float x20 = ebm_sigmoid(y60);
            const float x21 = y60 * x20;
            v62[i * S + t] = x21;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v62, b7, valid, (float *)shared, [&](const int i, const int t, const float y64) {
            const float x22 = ebm_sigmoid(y64);
            const float x23 = y64 * x22;
            v66[i * S + t] = x23;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v66, b9, valid, (float *)shared, [&](const int i, const int t, const float y68) {
            const float x24 = ebm_sigmoid(y68);
            const float x25 = y68 * x24;
            v70[i * S + t] = x25;
        });
        ebm_grid_sync(barrier);
        ebm_grid_dense(v73, b10, 1, 1, v70, b11, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const float x26 = -v73[0 * S + t];
            v75[0 * S + t] = x26;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b13, v75, row, valid, 1, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 784; i += FS) {
            v77[i * S + t] = v33[0 * S + t];
        }
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b2, v77, b3, valid, (float *)shared, [&](const int i, const int t, const float y79) {
            const float x27 = ebm_sigmoid(y79);
            const float x28 = y79 * x27;
            v81[i * S + t] = x28;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v81, b5, valid, (float *)shared, [&](const int i, const int t, const float y83) {
            const float x29 = ebm_sigmoid(y83);
            const float x30 = y83 * x29;
            v85[i * S + t] = x30;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v85, b7, valid, (float *)shared, [&](const int i, const int t, const float y87) {
            const float x31 = ebm_sigmoid(y87);
            const float x32 = y87 * x31;
            v89[i * S + t] = x32;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v89, b9, valid, (float *)shared, [&](const int i, const int t, const float y91) {
            const float x33 = ebm_sigmoid(y91);
            const float x34 = y91 * x33;
            v93[i * S + t] = x34;
        });
        ebm_grid_sync(barrier);
        ebm_grid_dense(v96, b10, 1, 1, v93, b11, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const float x35 = -v96[0 * S + t];
            v98[0 * S + t] = x35;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b14, v98, row, valid, 1, T, S);
    }
}

/* ---- entry 3 ---------------------------------------------------------------------------- */

/* kernel 13: region level 0, all CTAs together, units of 256 samples
 *   source 0:13, 0:14, 1:37, 1:19, 0:14, 1:34, 0:14, 1:37, 2:9, 1:34, 1:37, 2:9
 *   4028060 flops per sample (run-time loops counted once), 16 barriers,
 *   98304 bytes of shared memory, 11239424 of device memory per grid
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
struct k13_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[17]; };
extern "C" __global__ void __launch_bounds__(256) k13(const struct k13_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    unsigned *const barrier = (unsigned *)a.buf[16];
    enum { T = 256, S = 256, CTA = 256 };
    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;
    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;
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
    int32_t *const v17 = (int32_t *)(scratch + 0);    /* [784][S] */
    float *const v23 = (float *)(scratch + 802816);    /* [784][S] */
    int32_t *const v25 = (int32_t *)(scratch + 1605632);    /* [784][S] */
    float *const v30 = (float *)(scratch + 0);    /* [784][S] */
    float *const v33 = (float *)(scratch + 1605632);    /* [6272][S] */
    float *const v37 = (float *)(scratch + 8028160);    /* [3136][S] */
    float *const v41 = (float *)(scratch + 802816);    /* [1568][S] */
    float *const v45 = (float *)(scratch + 2408448);    /* [288][S] */
    float *const v48 = (float *)(scratch + 802816);    /* [1][S] */
    float *const v50 = (float *)(scratch + 803840);    /* [1][S] */
    float *const v54 = (float *)(scratch + 802816);    /* [6272][S] */
    float *const v58 = (float *)(scratch + 7225344);    /* [3136][S] */
    float *const v62 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v66 = (float *)(scratch + 1605632);    /* [288][S] */
    float *const v69 = (float *)(scratch + 0);    /* [1][S] */
    float *const v71 = (float *)(scratch + 1024);    /* [1][S] */
    for (int64_t unit = 0; unit < a.units; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_grid_sync(barrier);
        ebm_grid_load_rows(v17, b1, b0 + row, valid, 784, T, S);
        ebm_grid_load_rows(v25, b3, b2 + row, valid, 784, T, S);
        ebm_grid_sync(barrier);
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
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v23, b5, valid, (float *)shared, [&](const int i, const int t, const float y31) {
            const float x10 = ebm_sigmoid(y31);
            const float x11 = y31 * x10;
            v33[i * S + t] = x11;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v33, b7, valid, (float *)shared, [&](const int i, const int t, const float y35) {
            const float x12 = ebm_sigmoid(y35);
            const float x13 = y35 * x12;
            v37[i * S + t] = x13;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v37, b9, valid, (float *)shared, [&](const int i, const int t, const float y39) {
            const float x14 = ebm_sigmoid(y39);
            const float x15 = y39 * x14;
            v41[i * S + t] = x15;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v41, b11, valid, (float *)shared, [&](const int i, const int t, const float y43) {
            const float x16 = ebm_sigmoid(y43);
            const float x17 = y43 * x16;
            v45[i * S + t] = x17;
        });
        ebm_grid_sync(barrier);
        ebm_grid_dense(v48, b12, 1, 1, v45, b13, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const float x18 = -v48[0 * S + t];
            v50[0 * S + t] = x18;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b14, v50, row, valid, 1, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v30, b5, valid, (float *)shared, [&](const int i, const int t, const float y52) {
            const float x19 = ebm_sigmoid(y52);
            const float x20 = y52 * x19;
            v54[i * S + t] = x20;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v54, b7, valid, (float *)shared, [&](const int i, const int t, const float y56) {
            const float x21 = ebm_sigmoid(y56);
            const float x22 = y56 * x21;
            v58[i * S + t] = x22;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v58, b9, valid, (float *)shared, [&](const int i, const int t, const float y60) {
            const float x23 = ebm_sigmoid(y60);
            const float x24 = y60 * x23;
            v62[i * S + t] = x24;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v62, b11, valid, (float *)shared, [&](const int i, const int t, const float y64) {
            const float x25 = ebm_sigmoid(y64);
            const float x26 = y64 * x25;
            v66[i * S + t] = x26;
        });
        ebm_grid_sync(barrier);
        ebm_grid_dense(v69, b12, 1, 1, v66, b13, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        if (f0 == 0) {
            const float x27 = -v69[0 * S + t];
            v71[0 * S + t] = x27;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b15, v71, row, valid, 1, T, S);
    }
}

/* ---- entry 4 ---------------------------------------------------------------------------- */

/* kernel 14: region level 0, all CTAs together, units of 64 samples
 *   source 1:37, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34
 *   4027480 flops per sample (run-time loops counted once), 12 barriers,
 *   98304 bytes of shared memory, 5017600 of device memory per grid
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
 *   b13  out value of v62 [B,1,28,28]
 */
struct k14_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[15]; };
extern "C" __global__ void __launch_bounds__(256) k14(const struct k14_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    unsigned *const barrier = (unsigned *)a.buf[14];
    enum { T = 64, S = 64, CTA = 256 };
    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;
    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;
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
    float *const v15 = (float *)(scratch + 0);    /* [784][S] */
    float *const v19 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v60 = (float *)(scratch + 1806336);    /* [6272][S] */
    float *const v23 = (float *)(scratch + 3411968);    /* [3136][S] */
    float *const v54 = (float *)(scratch + 4214784);    /* [3136][S] */
    float *const v27 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v48 = (float *)(scratch + 401408);    /* [1568][S] */
    float *const v31 = (float *)(scratch + 802816);    /* [288][S] */
    float *const v43 = (float *)(scratch + 876544);    /* [288][S] */
    float *const v34 = (float *)(scratch + 0);    /* [1][S] */
    float *const v49 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v55 = (float *)(scratch + 401408);    /* [3136][S] */
    float *const v61 = (float *)(scratch + 3411968);    /* [6272][S] */
    float *const v62 = (float *)(scratch + 0);    /* [784][S] */
    for (int64_t unit = 0; unit < a.units; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_grid_sync(barrier);
        ebm_grid_load_rows(v15, b1, b0 + row, valid, 784, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b2, v15, b3, valid, (float *)shared, [&](const int i, const int t, const float y17) {
            const float x0 = ebm_sigmoid(y17);
            const float x1 = y17 * x0;
            const float x2 = 0x1p+0f - x0;
            const float x3 = x1 * x2;
            const float x4 = x0 + x3;
            v19[i * S + t] = x1;
            v60[i * S + t] = x4;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v19, b5, valid, (float *)shared, [&](const int i, const int t, const float y21) {
            const float x5 = ebm_sigmoid(y21);
            const float x6 = y21 * x5;
            const float x7 = 0x1p+0f - x5;
            const float x8 = x6 * x7;
            const float x9 = x5 + x8;
            v23[i * S + t] = x6;
            v54[i * S + t] = x9;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v23, b7, valid, (float *)shared, [&](const int i, const int t, const float y25) {
            const float x10 = ebm_sigmoid(y25);
            const float x11 = y25 * x10;
            const float x12 = 0x1p+0f - x10;
            const float x13 = x11 * x12;
            const float x14 = x10 + x13;
            v27[i * S + t] = x11;
            v48[i * S + t] = x14;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v27, b9, valid, (float *)shared, [&](const int i, const int t, const float y29) {
            const float x20 = b10[i];
            const float x15 = ebm_sigmoid(y29);
            const float x16 = y29 * x15;
            const float x17 = 0x1p+0f - x15;
            const float x18 = x16 * x17;
            const float x19 = x15 + x18;
            const float x21 = x20 * x19;
            v31[i * S + t] = x16;
            v43[i * S + t] = x21;
        });
        ebm_grid_sync(barrier);
        ebm_grid_dense(v34, b10, 1, 1, v31, b11, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b12, v34, row, valid, 1, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v43, valid, (float *)shared, [&](const int i, const int t, const float y44) {
            const float x22 = y44 * v48[i * S + t];
            v49[i * S + t] = x22;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v49, valid, (float *)shared, [&](const int i, const int t, const float y50) {
            const float x23 = y50 * v54[i * S + t];
            v55[i * S + t] = x23;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v55, valid, (float *)shared, [&](const int i, const int t, const float y56) {
            const float x24 = y56 * v60[i * S + t];
            v61[i * S + t] = x24;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v62, b2, v61, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b13, v62, row, valid, 784, T, S);
    }
}

/* ---- entry 5 ---------------------------------------------------------------------------- */

/* kernel 15: region level 0, all CTAs together, units of 64 samples
 *   source 1:37, 1:19, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34, 1:37, 2:9, 1:34
 *   4027480 flops per sample (run-time loops counted once), 12 barriers,
 *   98304 bytes of shared memory, 5017600 of device memory per grid
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
 *   b13  out value of v62 [B,1,28,28]
 */
struct k15_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[15]; };
extern "C" __global__ void __launch_bounds__(256) k15(const struct k15_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    unsigned *const barrier = (unsigned *)a.buf[14];
    enum { T = 64, S = 64, CTA = 256 };
    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;
    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;
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
    float *const v15 = (float *)(scratch + 0);    /* [784][S] */
    float *const v19 = (float *)(scratch + 200704);    /* [6272][S] */
    float *const v60 = (float *)(scratch + 1806336);    /* [6272][S] */
    float *const v23 = (float *)(scratch + 3411968);    /* [3136][S] */
    float *const v54 = (float *)(scratch + 4214784);    /* [3136][S] */
    float *const v27 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v48 = (float *)(scratch + 401408);    /* [1568][S] */
    float *const v31 = (float *)(scratch + 802816);    /* [288][S] */
    float *const v43 = (float *)(scratch + 876544);    /* [288][S] */
    float *const v34 = (float *)(scratch + 0);    /* [1][S] */
    float *const v49 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v55 = (float *)(scratch + 401408);    /* [3136][S] */
    float *const v61 = (float *)(scratch + 3411968);    /* [6272][S] */
    float *const v62 = (float *)(scratch + 0);    /* [784][S] */
    for (int64_t unit = 0; unit < a.units; unit++) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_grid_sync(barrier);
        ebm_grid_load_rows(v15, b1, b0 + row, valid, 784, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b2, v15, b3, valid, (float *)shared, [&](const int i, const int t, const float y17) {
            const float x0 = ebm_sigmoid(y17);
            const float x1 = y17 * x0;
            const float x2 = 0x1p+0f - x0;
            const float x3 = x1 * x2;
            const float x4 = x0 + x3;
            v19[i * S + t] = x1;
            v60[i * S + t] = x4;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v19, b5, valid, (float *)shared, [&](const int i, const int t, const float y21) {
            const float x5 = ebm_sigmoid(y21);
            const float x6 = y21 * x5;
            const float x7 = 0x1p+0f - x5;
            const float x8 = x6 * x7;
            const float x9 = x5 + x8;
            v23[i * S + t] = x6;
            v54[i * S + t] = x9;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v23, b7, valid, (float *)shared, [&](const int i, const int t, const float y25) {
            const float x10 = ebm_sigmoid(y25);
            const float x11 = y25 * x10;
            const float x12 = 0x1p+0f - x10;
            const float x13 = x11 * x12;
            const float x14 = x10 + x13;
            v27[i * S + t] = x11;
            v48[i * S + t] = x14;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v27, b9, valid, (float *)shared, [&](const int i, const int t, const float y29) {
            const float x20 = b10[i];
            const float x15 = ebm_sigmoid(y29);
            const float x16 = y29 * x15;
            const float x17 = 0x1p+0f - x15;
            const float x18 = x16 * x17;
            const float x19 = x15 + x18;
            const float x21 = x20 * x19;
            v31[i * S + t] = x16;
            v43[i * S + t] = x21;
        });
        ebm_grid_sync(barrier);
        ebm_grid_dense(v34, b10, 1, 1, v31, b11, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b12, v34, row, valid, 1, T, S);
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b8, v43, valid, (float *)shared, [&](const int i, const int t, const float y44) {
            const float x22 = y44 * v48[i * S + t];
            v49[i * S + t] = x22;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b6, v49, valid, (float *)shared, [&](const int i, const int t, const float y50) {
            const float x23 = y50 * v54[i * S + t];
            v55[i * S + t] = x23;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v55, valid, (float *)shared, [&](const int i, const int t, const float y56) {
            const float x24 = y56 * v60[i * S + t];
            v61[i * S + t] = x24;
        });
        ebm_grid_sync(barrier);
        ebm_grid_conv_dx<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(v62, b2, v61, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b13, v62, row, valid, 784, T, S);
    }
}
