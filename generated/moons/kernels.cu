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
    const float sf3 = s->f[3];
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = sf3 * b0[i];
        b1[i] = x0;
    }
}

EBM_CALL void part2(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf2 = s->f[2];
    const float sf3 = s->f[3];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    float *const b4 = (float *)buf[4];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] + b1[i];
        const float x1 = sf2 * x0;
        const float x2 = b2[i] * sf3;
        const float x3 = x1 - x2;
        const float x4 = sf3 * b3[i];
        const float x5 = x3 + x4;
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
    const float sf2 = s->f[2];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    float *const b4 = (float *)buf[4];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] + b1[i];
        const float x1 = sf2 * x0;
        const float x2 = x1 - b2[i];
        const float x3 = x2 + b3[i];
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
    float *const b6 = (float *)buf[6];
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
    const float x11 = x10 + x1;
    if (tid == 0) {
        b6[0] = x11;
    }
}

EBM_CALL void part9(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf4 = s->f[4];
    float *const b0 = (float *)buf[0];
    float *const b1 = (float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    float *const b3 = (float *)buf[3];
    float *const b4 = (float *)buf[4];
    float *const b5 = (float *)buf[5];
    float *const b6 = (float *)buf[6];
    float *const b7 = (float *)buf[7];
    float *const b8 = (float *)buf[8];
    const float x0 = b0[0];
    const float x1 = x0 * 0x1.ccccccp-1f;
    const float x2 = b1[0];
    const float x3 = x2 * 0x1.ff7ceep-1f;
    const float x4 = 0x1p+0f - x1;
    const float x5 = sf4 / x4;
    const float x6 = 0x1p+0f - x3;
    const float x7 = ebm_sqrt(x6);
    const float x8 = 0x1p+0f / x7;
    const float x9 = b2[0];
    const float x10 = x9 * 0x1.99999ap-4f;
    const float x11 = b3[0];
    const float x12 = x11 * 0x1.ccccccp-1f;
    const float x13 = x10 + x12;
    const float x14 = x9 * x9;
    const float x15 = x14 * 0x1.0624dep-10f;
    const float x16 = b4[0];
    const float x17 = x16 * 0x1.ff7ceep-1f;
    const float x18 = x15 + x17;
    const float x19 = ebm_sqrt(x18);
    if (tid == 0) {
        b0[0] = x1;
        b1[0] = x3;
        b3[0] = x13;
        b4[0] = x18;
        b5[0] = x5;
        b6[0] = x8;
        b7[0] = x13;
        b8[0] = x19;
    }
}

EBM_CALL void part10(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const int32_t *__restrict__ const b1 = (const int32_t *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    ebm_cta_write_rows(b0, 10000, b1, b2, s->batch, 2, (int32_t *)shared);
}

EBM_CALL void part11(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const b2 = (float *)buf[2];
    float *const b3 = (float *)buf[3];
    const float *__restrict__ const b4 = (const float *)buf[4];
    const float *__restrict__ const b5 = (const float *)buf[5];
    float *const b6 = (float *)buf[6];
    float *const b7 = (float *)buf[7];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const float x9 = b4[0];
    const float x12 = b5[0];
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] + b1[i];
        const float x1 = x0 * 0x1.99999ap-4f;
        const float x2 = b2[i] * 0x1.ccccccp-1f;
        const float x3 = x1 + x2;
        const float x4 = x0 * x0;
        const float x5 = x4 * 0x1.0624dep-10f;
        const float x6 = b3[i] * 0x1.ff7ceep-1f;
        const float x7 = x5 + x6;
        const float x8 = ebm_sqrt(x7);
        const float x10 = x8 * x9;
        const float x11 = x10 + 0x1.5798eep-27f;
        const float x13 = x3 * x12;
        const float x14 = x13 / x11;
        const float x15 = b6[i] - x14;
        const float x16 = x15 * 0x1.0624dep-10f;
        b3[i] = x7;
        b2[i] = x3;
        b6[i] = x15;
        b7[i] = x16;
    }
}

EBM_CALL void part12(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    float *const b2 = (float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    const float *__restrict__ const b4 = (const float *)buf[4];
    float *const b5 = (float *)buf[5];
    float *const b6 = (float *)buf[6];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const float x8 = b3[0];
    const float x11 = b4[0];
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] * 0x1.99999ap-4f;
        const float x1 = b1[i] * 0x1.ccccccp-1f;
        const float x2 = x0 + x1;
        const float x3 = b0[i] * b0[i];
        const float x4 = x3 * 0x1.0624dep-10f;
        const float x5 = b2[i] * 0x1.ff7ceep-1f;
        const float x6 = x4 + x5;
        const float x7 = ebm_sqrt(x6);
        const float x9 = x7 * x8;
        const float x10 = x9 + 0x1.5798eep-27f;
        const float x12 = x2 * x11;
        const float x13 = x12 / x10;
        const float x14 = b5[i] - x13;
        const float x15 = x14 * 0x1.0624dep-10f;
        b2[i] = x6;
        b1[i] = x2;
        b5[i] = x14;
        b6[i] = x15;
    }
}

EBM_CALL void part13(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    float *const b2 = (float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    const float *__restrict__ const b4 = (const float *)buf[4];
    float *const b5 = (float *)buf[5];
    float *const b6 = (float *)buf[6];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const float x8 = b3[0];
    const float x11 = b4[0];
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] * 0x1.99999ap-4f;
        const float x1 = b1[i] * 0x1.ccccccp-1f;
        const float x2 = x0 + x1;
        const float x3 = b0[i] * b0[i];
        const float x4 = x3 * 0x1.0624dep-10f;
        const float x5 = b2[i] * 0x1.ff7ceep-1f;
        const float x6 = x4 + x5;
        const float x7 = ebm_sqrt(x6);
        const float x9 = x8 * x7;
        const float x10 = x9 + 0x1.5798eep-27f;
        const float x12 = x11 * x2;
        const float x13 = x12 / x10;
        const float x14 = b5[i] - x13;
        const float x15 = x14 * 0x1.0624dep-10f;
        b2[i] = x6;
        b1[i] = x2;
        b5[i] = x14;
        b6[i] = x15;
    }
}

EBM_CALL void part14(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const int32_t si1 = (int32_t)s->i[1];
    const float sf5 = s->f[5];
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const float *__restrict__ const b3 = (const float *)buf[3];
    float *const b4 = (float *)buf[4];
    int32_t *const b5 = (int32_t *)buf[5];
    int32_t *const b6 = (int32_t *)buf[6];
    float *const b7 = (float *)buf[7];
    const float *__restrict__ const b8 = (const float *)buf[8];
    const float *__restrict__ const b9 = (const float *)buf[9];
    const float *__restrict__ const b10 = (const float *)buf[10];
    float *const b11 = (float *)buf[11];
    float *const b12 = (float *)buf[12];
    const float x0 = b0[0];
    const float x1 = b1[0];
    const float x2 = x0 * x1;
    const float x3 = x2 + 0x1.5798eep-27f;
    const float x4 = b2[0];
    const float x5 = b3[0];
    const float x6 = x4 * x5;
    const float x7 = x6 / x3;
    const float x8 = b4[0];
    const float x9 = x8 - x7;
    const int32_t x10 = b5[0];
    const int32_t x11 = (int32_t)((uint32_t)si1 + (uint32_t)x10);
    const int32_t x12 = (10000 == 0 || 10000 == -1 ? 0 : (x11 % (10000 ? 10000 : 1) + (10000 ? 10000 : 1)) % (10000 ? 10000 : 1));
    const int32_t x13 = b6[0];
    const int32_t x14 = (int32_t)((uint32_t)si1 + (uint32_t)x13);
    const int32_t x15 = (x14 < 10000 ? x14 : 10000);
    const float x16 = x9 * 0x1.0624dep-10f;
    const float x17 = b7[0];
    const float x18 = x17 * 0x1.ff7ceep-1f;
    const float x19 = x16 + x18;
    const float x20 = b8[0];
    const float x21 = x20 / sf5;
    const float x22 = b9[0];
    const float x23 = x22 / sf5;
    const float x24 = x21 - x23;
    const float x25 = b10[0];
    const float x26 = ebm_sqrt(x25);
    if (tid == 0) {
        b4[0] = x9;
        b5[0] = x12;
        b6[0] = x15;
        b7[0] = x19;
        b11[0] = x24;
        b12[0] = x26;
    }
}

EBM_CALL void part15(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        const float x0 = b0[i] * 0x1.ff7ceep-1f;
        const float x1 = b1[i] + x0;
        b0[i] = x1;
    }
}


/* kernel 0: region level 0, tiles of 8 samples
 *   source 0:32, 0:16, 0:17, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 0:18, 0:16
 *   66583 flops per sample (run-time loops counted once), 12 barriers,
 *   22656 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 0 [10000,2]
 *   b1  in  state 3 [128,2]
 *   b2  in  state 4 [128]
 *   b3  in  state 5 [128,128]
 *   b4  in  state 6 [128]
 *   b5  in  state 7 [1,128]
 *   b6  out value of v91 [B,2]
 */
struct k0_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[7]; };
extern "C" __global__ void __launch_bounds__(256) k0(const struct k0_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
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
    float *const b6 = (float *)a.buf[6];
    const int32_t si0 = (int32_t)s->i[0];
    EbmHeld<128, 2, false> h0;
    ebm_cta_hold(h0, b1, 2);
    EbmHeld<128, 128, false> h1;
    ebm_cta_hold(h1, b3, 128);
    EbmHeld<128, 128, true> h2;
    ebm_cta_hold(h2, b3, 128);
    const float sf0 = s->f[0];
    const float sf1 = s->f[1];
    int32_t *const v33 = (int32_t *)(shared + 0);    /* [1][S] */
    float *const v35 = (float *)(shared + 128);    /* [2][S] */
    float *const v36 = (float *)(shared + 0);    /* [1][S] */
    int32_t *const v38 = (int32_t *)(shared + 256);    /* [1][S] */
    float *const v39 = (float *)(shared + 0);    /* [2][S] */
    float *const v45 = (float *)(shared + 384);    /* [2][S] */
    float *const w90_0 = (float *)(shared + 0);    /* [2][S] */
    float *const v54 = (float *)(shared + 128);    /* [128][S] */
    float *const v55 = (float *)(shared + 4224);    /* [128][S] */
    float *const v56 = (float *)(shared + 8320);    /* [128][S] */
    float *const v74 = (float *)(shared + 12416);    /* [128][S] */
    float *const v81 = (float *)(shared + 8320);    /* [128][S] */
    float *const v48 = (float *)(shared + 128);    /* [2][S] */
    float *const v82 = (float *)(shared + 256);    /* [2][S] */
    enum { LD0 = EBM_STAGE_LD(2) };
    float *const w0 = (float *)(shared + 16512);    /* [128][LD] */
    ebm_cta_stage(w0, b1, 128, 2);
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_int(v33, 1, T, S, s, 0x29363c0c507f0bd3ull, (uint32_t)0, sample0, valid, (uint32_t)10000);
        __syncthreads();
        for (int i = f0; i < 2; i += FS) {
            const int64_t n0 = v33[0 * S + t] < 0 ? 0 : v33[0 * S + t] > 9999 ? 9999 : v33[0 * S + t];
            v35[i * S + t] = b0[(n0 * 2 + i)];
        }
        __syncthreads();
        ebm_cta_uniform(v36, 1, T, S, s, 0xbec1665d38531b0cull, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const int32_t x1 = v36[0 * S + t] < 0x1.e66666p-1f;
            v38[0 * S + t] = x1;
        }
        __syncthreads();
        ebm_cta_uniform(v39, 2, T, S, s, 0x66b7432ace1bccbull, (uint32_t)0, sample0, valid);
        __syncthreads();
        for (int i = f0; i < 2; i += FS) {
            const float x2 = v39[i * S + t] * 0x1.8p+2f;
            const float x3 = x2 + (-0x1.8p+1f);
            const float x4 = v38[0 * S + t] ? v35[i * S + t] : x3;
            v45[i * S + t] = x4;
        }
        for (int i = f0; i < 2; i += FS) {
            w90_0[i * S + t] = v45[i * S + t];
        }
        for (int64_t k90 = 0; k90 < si0; k90++) {
            __syncthreads();
            ebm_cta_dense_then(h0, w90_0, b2, 128, 2, T, S, [&](const int i, const int t, const float y54) {
                v54[i * S + t] = y54;
                const float x5 = ebm_sigmoid(y54);
                const float x6 = y54 * x5;
                v55[i * S + t] = x5;
                v56[i * S + t] = x6;
            });
            __syncthreads();
            ebm_cta_dense_then(h1, v56, b4, 128, 128, T, S, [&](const int i, const int t, const float y61) {
                const float x8 = b5[i];
                const float x7 = ebm_sigmoid(y61);
                const float x9 = x7 * x8;
                const float x10 = y61 * x8;
                const float x11 = 0x1p+0f - x7;
                const float x12 = x7 * x11;
                const float x13 = x10 * x12;
                const float x14 = x9 + x13;
                v74[i * S + t] = x14;
            });
            __syncthreads();
            ebm_cta_dense_then(h2, v74, 0, 128, 128, T, S, [&](const int i, const int t, const float y75) {
                const float x15 = v55[i * S + t] * y75;
                const float x16 = v54[i * S + t] * y75;
                const float x17 = 0x1p+0f - v55[i * S + t];
                const float x18 = v55[i * S + t] * x17;
                const float x19 = x16 * x18;
                const float x20 = x15 + x19;
                v81[i * S + t] = x20;
            });
            __syncthreads();
            ebm_cta_normal(v48, 2, T, S, s, 0x55b3eff43fb6de75ull, (uint32_t)(int32_t)k90, sample0, valid);
            ebm_cta_dense(v82, w0, 1, LD0, v81, 0, 2, 128, T, S);
            __syncthreads();
            for (int i = f0; i < 2; i += FS) {
                const float x21 = v82[i * S + t] * sf0;
                const float x22 = w90_0[i * S + t] - x21;
                const float x23 = v48[i * S + t] * sf1;
                const float x24 = x22 + x23;
                w90_0[i * S + t] = x24;
            }
        }
        __syncthreads();
        ebm_cta_store(b6, w90_0, row, valid, 2, T, S);
    }
}

/* kernel 1: region level 1, tiles of 8 samples
 *   source 0:8, 0:9, 0:10, 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19
 *   198227 flops per sample (run-time loops counted once), 20 barriers,
 *   50176 bytes of shared memory, 0 of device memory per CTA
 *   b0  out value of v32 [B,2]
 *   b1  in  state 3 [128,2]
 *   b2  in  state 4 [128]
 *   b3  out value of v95 [B,128]
 *   b4  in  state 5 [128,128]
 *   b5  in  state 6 [128]
 *   b6  out value of v99 [B,128]
 *   b7  in  state 7 [1,128]
 *   b8  in  state 8 [1]
 *   b9  out value of v101 [B,1]
 *   b10  in  value of v91 [B,2]
 *   b11  out value of v110 [B,128]
 *   b12  out value of v114 [B,128]
 *   b13  out value of v116 [B,1]
 *   b14  out value of v135 [B,128]
 *   b15  out value of v186 [B,128]
 *   b16  out value of v202 [B,1]
 *   b17  out value of v158 [B,128]
 *   b18  out value of v210 [B,128]
 *   b19  out value of v212 [B,128]
 *   b20  out value of v200 [B,128]
 *   b21  out value of v222 [B,128]
 *   b22  out value of v223 [B,128]
 *   b23  in  state 1 []
 *   b24  out value of v236 [B]
 */
struct k1_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[25]; };
extern "C" __global__ void __launch_bounds__(256) k1(const struct k1_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)a.buf[0];
    const float *__restrict__ const b1 = (const float *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    float *const b3 = (float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    float *const b6 = (float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    const float *__restrict__ const b8 = (const float *)a.buf[8];
    float *const b9 = (float *)a.buf[9];
    const float *__restrict__ const b10 = (const float *)a.buf[10];
    float *const b11 = (float *)a.buf[11];
    float *const b12 = (float *)a.buf[12];
    float *const b13 = (float *)a.buf[13];
    float *const b14 = (float *)a.buf[14];
    float *const b15 = (float *)a.buf[15];
    float *const b16 = (float *)a.buf[16];
    float *const b17 = (float *)a.buf[17];
    float *const b18 = (float *)a.buf[18];
    float *const b19 = (float *)a.buf[19];
    float *const b20 = (float *)a.buf[20];
    float *const b21 = (float *)a.buf[21];
    float *const b22 = (float *)a.buf[22];
    const int32_t *__restrict__ const b23 = (const int32_t *)a.buf[23];
    int32_t *const b24 = (int32_t *)a.buf[24];
    const float sf2 = s->f[2];
    const float sf3 = s->f[3];
    float *const v9 = (float *)(shared + 0);    /* [1][S] */
    float *const v17 = (float *)(shared + 128);    /* [1][S] */
    float *const v18 = (float *)(shared + 256);    /* [1][S] */
    float *const v20 = (float *)(shared + 384);    /* [1][S] */
    float *const v21 = (float *)(shared + 512);    /* [1][S] */
    float *const v13 = (float *)(shared + 0);    /* [1][S] */
    int32_t *const v15 = (int32_t *)(shared + 640);    /* [1][S] */
    float *const v16 = (float *)(shared + 0);    /* [2][S] */
    float *const v32 = (float *)(shared + 768);    /* [2][S] */
    float *const v93 = (float *)(shared + 896);    /* [128][S] */
    float *const v94 = (float *)(shared + 4992);    /* [128][S] */
    float *const v95 = (float *)(shared + 9088);    /* [128][S] */
    float *const v97 = (float *)(shared + 13184);    /* [128][S] */
    float *const v98 = (float *)(shared + 17280);    /* [128][S] */
    float *const v99 = (float *)(shared + 21376);    /* [128][S] */
    float *const v101 = (float *)(shared + 0);    /* [1][S] */
    float *const v91 = (float *)(shared + 25472);    /* [2][S] */
    float *const v108 = (float *)(shared + 9088);    /* [128][S] */
    float *const v109 = (float *)(shared + 21376);    /* [128][S] */
    float *const v110 = (float *)(shared + 25600);    /* [128][S] */
    float *const v112 = (float *)(shared + 29696);    /* [128][S] */
    float *const v113 = (float *)(shared + 33792);    /* [128][S] */
    float *const v114 = (float *)(shared + 37888);    /* [128][S] */
    float *const v116 = (float *)(shared + 128);    /* [1][S] */
    float *const v135 = (float *)(shared + 25472);    /* [128][S] */
    float *const v186 = (float *)(shared + 37888);    /* [128][S] */
    float *const v136 = (float *)(shared + 29568);    /* [128][S] */
    float *const v202 = (float *)(shared + 256);    /* [1][S] */
    float *const v158 = (float *)(shared + 33664);    /* [128][S] */
    float *const v210 = (float *)(shared + 41984);    /* [128][S] */
    float *const v212 = (float *)(shared + 46080);    /* [128][S] */
    float *const v161 = (float *)(shared + 13184);    /* [128][S] */
    float *const v171 = (float *)(shared + 17280);    /* [128][S] */
    float *const v199 = (float *)(shared + 25472);    /* [128][S] */
    float *const v200 = (float *)(shared + 33664);    /* [128][S] */
    float *const v222 = (float *)(shared + 9088);    /* [128][S] */
    float *const v223 = (float *)(shared + 13184);    /* [128][S] */
    int32_t *const v236 = (int32_t *)(shared + 0);    /* [1][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v91, b10, row, valid, 2, T, S);
        __syncthreads();
        ebm_cta_uniform(v9, 1, T, S, s, 0x4f2ac42ebfe5ffbdull, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const float x0 = v9[0 * S + t] * 0x1.921fb6p+1f;
            const float x1 = ebm_cos(x0);
            const float x2 = ebm_sin(x0);
            const float x3 = 0x1p+0f - x1;
            const float x4 = 0x1p-1f - x2;
            v17[0 * S + t] = x1;
            v18[0 * S + t] = x2;
            v20[0 * S + t] = x3;
            v21[0 * S + t] = x4;
        }
        __syncthreads();
        ebm_cta_uniform(v13, 1, T, S, s, 0x6d4ef207d20e47dull, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const int32_t x5 = v13[0 * S + t] < 0x1p-1f;
            v15[0 * S + t] = x5;
        }
        __syncthreads();
        ebm_cta_normal(v16, 2, T, S, s, 0xba85ad0af9d67d22ull, (uint32_t)0, sample0, valid);
        __syncthreads();
        for (int i = f0; i < 2; i += FS) {
            const int64_t n6 = ((i - 1) < 0 ? 0 : (i - 1));
            const float x7 = i < 1 ? v17[0 * S + t] : v18[0 * S + t];
            const float x8 = i < 1 ? v20[0 * S + t] : v21[0 * S + t];
            const float x9 = v15[0 * S + t] ? x7 : x8;
            const float x10 = v16[i * S + t] * 0x1.99999ap-4f;
            const float x11 = x9 + x10;
            v32[i * S + t] = x11;
        }
        __syncthreads();
        ebm_cta_store(b0, v32, row, valid, 2, T, S);
        ebm_cta_dense_then(b1, 2, 1, v32, b2, 128, 2, T, S, [&](const int i, const int t, const float y93) {
            v93[i * S + t] = y93;
            const float x12 = ebm_sigmoid(y93);
            const float x13 = y93 * x12;
            v94[i * S + t] = x12;
            v95[i * S + t] = x13;
        });
        __syncthreads();
        ebm_cta_store(b3, v95, row, valid, 128, T, S);
        ebm_cta_dense_then(b4, 128, 1, v95, b5, 128, 128, T, S, [&](const int i, const int t, const float y97) {
            v97[i * S + t] = y97;
            const float x14 = ebm_sigmoid(y97);
            const float x15 = y97 * x14;
            v98[i * S + t] = x14;
            v99[i * S + t] = x15;
        });
        __syncthreads();
        ebm_cta_store(b6, v99, row, valid, 128, T, S);
        ebm_call_dense<1, 128, 1, 1, T, S>(v101, b7, v99, b8);
        __syncthreads();
        ebm_cta_store(b9, v101, row, valid, 1, T, S);
        ebm_cta_dense_then(b1, 2, 1, v91, b2, 128, 2, T, S, [&](const int i, const int t, const float y108) {
            v108[i * S + t] = y108;
            const float x16 = ebm_sigmoid(y108);
            const float x17 = y108 * x16;
            v109[i * S + t] = x16;
            v110[i * S + t] = x17;
        });
        __syncthreads();
        ebm_cta_store(b11, v110, row, valid, 128, T, S);
        ebm_cta_dense_then(b4, 128, 1, v110, b5, 128, 128, T, S, [&](const int i, const int t, const float y112) {
            v112[i * S + t] = y112;
            const float x18 = ebm_sigmoid(y112);
            const float x19 = y112 * x18;
            v113[i * S + t] = x18;
            v114[i * S + t] = x19;
        });
        __syncthreads();
        ebm_cta_store(b12, v114, row, valid, 128, T, S);
        ebm_call_dense<1, 128, 1, 1, T, S>(v116, b7, v114, b8);
        __syncthreads();
        ebm_cta_store(b13, v116, row, valid, 1, T, S);
        for (int i = f0; i < 128; i += FS) {
            const float x20 = b7[i];
            const float x21 = x20 * v116[0 * S + t];
            const float x22 = v113[i * S + t] * x21;
            const float x23 = v112[i * S + t] * x21;
            const float x24 = 0x1p+0f - v113[i * S + t];
            const float x25 = v113[i * S + t] * x24;
            const float x26 = x23 * x25;
            const float x27 = x22 + x26;
            const float x28 = x20 * v112[i * S + t];
            const float x29 = x25 * x28;
            const float x30 = x20 * v113[i * S + t];
            const float x31 = x30 + x29;
            v135[i * S + t] = x27;
            v186[i * S + t] = x31;
        }
        __syncthreads();
        ebm_cta_store(b14, v135, row, valid, 128, T, S);
        ebm_cta_store(b15, v186, row, valid, 128, T, S);
        ebm_call_dense<128, 128, 1, 128, T, S>(v136, b4, v135, 0);
        if (f0 == 0) {
            const float x32 = v101[0 * S + t] + v116[0 * S + t];
            const float x33 = sf2 * x32;
            const float x34 = x33 - sf3;
            const float x35 = sf3 + x34;
            v202[0 * S + t] = x35;
        }
        __syncthreads();
        ebm_cta_store(b16, v202, row, valid, 1, T, S);
        for (int i = f0; i < 128; i += FS) {
            const float x36 = b7[i];
            const float x37 = x36 * v101[0 * S + t];
            const float x38 = v98[i * S + t] * x37;
            const float x39 = v97[i * S + t] * x37;
            const float x40 = 0x1p+0f - v98[i * S + t];
            const float x41 = v98[i * S + t] * x40;
            const float x42 = x39 * x41;
            const float x43 = x38 + x42;
            const float x44 = v135[i * S + t] + x43;
            const float x45 = sf2 * x44;
            const float x46 = sf3 * v186[i * S + t];
            const float x47 = x45 - x46;
            const float x48 = x36 * v97[i * S + t];
            const float x49 = x41 * x48;
            const float x50 = x36 * v98[i * S + t];
            const float x51 = x50 + x49;
            const float x52 = sf3 * x51;
            const float x53 = x47 + x52;
            v158[i * S + t] = x43;
            v210[i * S + t] = x51;
            v212[i * S + t] = x53;
        }
        __syncthreads();
        ebm_cta_store(b17, v158, row, valid, 128, T, S);
        ebm_cta_store(b18, v210, row, valid, 128, T, S);
        ebm_cta_store(b19, v212, row, valid, 128, T, S);
        ebm_call_dense<128, 128, 1, 128, T, S>(v161, b4, v158, 0);
        __syncthreads();
        ebm_cta_dense_then(b4, 1, 128, v186, 0, 128, 128, T, S, [&](const int i, const int t, const float y189) {
            const float x54 = v109[i * S + t] * v136[i * S + t];
            const float x55 = v108[i * S + t] * v136[i * S + t];
            const float x56 = 0x1p+0f - v109[i * S + t];
            const float x57 = v109[i * S + t] * x56;
            const float x58 = x55 * x57;
            const float x59 = x54 + x58;
            const float x60 = sf2 * x59;
            const float x61 = v94[i * S + t] * v161[i * S + t];
            const float x62 = v93[i * S + t] * v161[i * S + t];
            const float x63 = 0x1p+0f - v94[i * S + t];
            const float x64 = v94[i * S + t] * x63;
            const float x65 = x62 * x64;
            const float x66 = x61 + x65;
            const float x67 = sf2 * x66;
            const float x68 = x59 + x66;
            const float x69 = sf2 * x68;
            const float x70 = v109[i * S + t] * y189;
            const float x71 = v108[i * S + t] * y189;
            const float x72 = x57 * x71;
            const float x73 = x70 + x72;
            const float x74 = sf3 * x73;
            const float x75 = x69 - x74;
            const float x76 = x60 - x74;
            v171[i * S + t] = x67;
            v199[i * S + t] = x75;
            v200[i * S + t] = x76;
        });
        __syncthreads();
        ebm_cta_store(b20, v200, row, valid, 128, T, S);
        ebm_cta_dense_then(b4, 1, 128, v210, 0, 128, 128, T, S, [&](const int i, const int t, const float y213) {
            const float x77 = v94[i * S + t] * y213;
            const float x78 = v93[i * S + t] * y213;
            const float x79 = 0x1p+0f - v94[i * S + t];
            const float x80 = v94[i * S + t] * x79;
            const float x81 = x80 * x78;
            const float x82 = x77 + x81;
            const float x83 = sf3 * x82;
            const float x84 = v199[i * S + t] + x83;
            const float x85 = v171[i * S + t] + x83;
            v222[i * S + t] = x84;
            v223[i * S + t] = x85;
        });
        __syncthreads();
        ebm_cta_store(b21, v222, row, valid, 128, T, S);
        ebm_cta_store(b22, v223, row, valid, 128, T, S);
        const int32_t x86 = b23[0];
        if (f0 == 0) {
            const int32_t x87 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x86);
            const int32_t x88 = (10000 == 0 || 10000 == -1 ? 0 : (x87 % (10000 ? 10000 : 1) + (10000 ? 10000 : 1)) % (10000 ? 10000 : 1));
            v236[0 * S + t] = x88;
        }
        __syncthreads();
        ebm_cta_store_i32(b24, v236, row, valid, 1, T, S);
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
    float *const v1 = (float *)(shared + 384);    /* [128][S] */
    float *p2 = b0 + unit * 128;
    for (int i = tid; i < 128; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 1, T, S);
        ebm_cta_load(v1, b2, row, valid, 128, T, S);
        __syncthreads();
        ebm_call_outer<1, 128, T, S>(p2, v0, v1, valid);
    }
}
EBM_CALL void sum2_2(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    float *const v0 = (float *)(shared + 0);    /* [128][S] */
    float *const v1 = (float *)(shared + 36864);    /* [128][S] */
    float *p2 = b0 + unit * 16384;
    for (int i = tid; i < 16384; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 128, T, S);
        ebm_cta_load(v1, b2, row, valid, 128, T, S);
        __syncthreads();
        ebm_call_outer<128, 128, T, S>(p2, v0, v1, valid);
    }
}
EBM_CALL void sum2_3(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [128][S] */
    float *p1 = b0 + unit * 128;
    for (int i = tid; i < 128; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 128, T, S);
        __syncthreads();
        ebm_cta_sum(p1, v0, 128, T, S, valid);
    }
}
EBM_CALL void sum2_4(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    float *const v0 = (float *)(shared + 0);    /* [128][S] */
    float *const v1 = (float *)(shared + 36864);    /* [2][S] */
    float *p2 = b0 + unit * 256;
    for (int i = tid; i < 256; i += THREADS) p2[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 128, T, S);
        ebm_cta_load(v1, b2, row, valid, 2, T, S);
        __syncthreads();
        ebm_call_outer<128, 2, T, S>(p2, v0, v1, valid);
    }
}
struct k2_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[38]; };
extern "C" __global__ void __launch_bounds__(256) k2(const struct k2_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t block = unit / 15;
        if (unit != blockIdx.x) __syncthreads();
        switch (unit % 15) {
        case 0: sum2_0(a.buf + 0, s, block, shared, scratch); break;
        case 1: sum2_0(a.buf + 2, s, block, shared, scratch); break;
        case 2: sum2_1(a.buf + 4, s, block, shared, scratch); break;
        case 3: sum2_2(a.buf + 7, s, block, shared, scratch); break;
        case 4: sum2_1(a.buf + 10, s, block, shared, scratch); break;
        case 5: sum2_2(a.buf + 13, s, block, shared, scratch); break;
        case 6: sum2_3(a.buf + 16, s, block, shared, scratch); break;
        case 7: sum2_2(a.buf + 18, s, block, shared, scratch); break;
        case 8: sum2_4(a.buf + 21, s, block, shared, scratch); break;
        case 9: sum2_3(a.buf + 24, s, block, shared, scratch); break;
        case 10: sum2_2(a.buf + 26, s, block, shared, scratch); break;
        case 11: sum2_4(a.buf + 29, s, block, shared, scratch); break;
        case 12: sum2_0(a.buf + 32, s, block, shared, scratch); break;
        case 13: sum2_3(a.buf + 34, s, block, shared, scratch); break;
        case 14: sum2_3(a.buf + 36, s, block, shared, scratch); break;
        }
    }
}

/* kernel 3: nest stage 2, 15 parts */
struct k3_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[30]; };
extern "C" __global__ void __launch_bounds__(256) k3(const struct k3_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part0(buf + 0, s, u - 0, 1, shared, scratch);  /* combined sum */
        else if (u < 2) part0(buf + 2, s, u - 1, 1, shared, scratch);  /* combined sum */
        else if (u < 3) part0(buf + 4, s, u - 2, 128, shared, scratch);  /* combined sum */
        else if (u < 19) part0(buf + 6, s, u - 3, 16384, shared, scratch);  /* combined sum */
        else if (u < 20) part0(buf + 8, s, u - 19, 128, shared, scratch);  /* combined sum */
        else if (u < 36) part0(buf + 10, s, u - 20, 16384, shared, scratch);  /* combined sum */
        else if (u < 37) part0(buf + 12, s, u - 36, 128, shared, scratch);  /* combined sum */
        else if (u < 53) part0(buf + 14, s, u - 37, 16384, shared, scratch);  /* combined sum */
        else if (u < 54) part0(buf + 16, s, u - 53, 256, shared, scratch);  /* combined sum */
        else if (u < 55) part0(buf + 18, s, u - 54, 128, shared, scratch);  /* combined sum */
        else if (u < 71) part0(buf + 20, s, u - 55, 16384, shared, scratch);  /* combined sum */
        else if (u < 72) part0(buf + 22, s, u - 71, 256, shared, scratch);  /* combined sum */
        else if (u < 73) part0(buf + 24, s, u - 72, 1, shared, scratch);  /* combined sum */
        else if (u < 74) part0(buf + 26, s, u - 73, 128, shared, scratch);  /* combined sum */
        else part0(buf + 28, s, u - 74, 128, shared, scratch);  /* combined sum */
    }
}

/* kernel 4: nest stage 2, 6 parts */
struct k4_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[16]; };
extern "C" __global__ void __launch_bounds__(256) k4(const struct k4_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part1(buf + 0, s, u - 0, 128, shared, scratch);  /* elementwise */
        else if (u < 2) part1(buf + 2, s, u - 1, 128, shared, scratch);  /* elementwise */
        else if (u < 18) part2(buf + 4, s, u - 2, 16384, shared, scratch);  /* elementwise */
        else if (u < 19) part3(buf + 9, s, u - 18, 256, shared, scratch);  /* sum */
        else if (u < 20) part4(buf + 12, s, u - 19, 128, shared, scratch);  /* sum */
        else part4(buf + 14, s, u - 20, 128, shared, scratch);  /* sum */
    }
}

/* kernel 5: nest stage 2, 2 parts */
struct k5_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[7]; };
extern "C" __global__ void __launch_bounds__(256) k5(const struct k5_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part5(buf + 0, s, u - 0, 128, shared, scratch);  /* elementwise */
        else part6(buf + 5, s, u - 1, 16384, shared, scratch);  /* sum */
    }
}

/* kernel 6: nest stage 2, 2 parts */
struct k6_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[4]; };
extern "C" __global__ void __launch_bounds__(256) k6(const struct k6_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part7(buf + 0, s, u - 0, 4, shared, scratch);  /* combined sum */
        else part4(buf + 2, s, u - 1, 128, shared, scratch);  /* sum */
    }
}

/* kernel 7: nest stage 2, 1 part */
struct k7_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[7]; };
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
struct k8_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[12]; };
extern "C" __global__ void __launch_bounds__(256) k8(const struct k8_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part9(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
        else part10(buf + 9, s, u - 1, 1, shared, scratch);  /* rows written */
    }
}

/* kernel 9: nest stage 2, 6 parts */
struct k9_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[49]; };
extern "C" __global__ void __launch_bounds__(256) k9(const struct k9_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part11(buf + 0, s, u - 0, 256, shared, scratch);  /* elementwise */
        else if (u < 2) part12(buf + 8, s, u - 1, 128, shared, scratch);  /* elementwise */
        else if (u < 18) part12(buf + 15, s, u - 2, 16384, shared, scratch);  /* elementwise */
        else if (u < 19) part13(buf + 22, s, u - 18, 128, shared, scratch);  /* elementwise */
        else if (u < 20) part12(buf + 29, s, u - 19, 128, shared, scratch);  /* elementwise */
        else part14(buf + 36, s, u - 20, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 10: nest stage 2, 5 parts */
struct k10_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[10]; };
extern "C" __global__ void __launch_bounds__(256) k10(const struct k10_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part15(buf + 0, s, u - 0, 256, shared, scratch);  /* elementwise */
        else if (u < 2) part15(buf + 2, s, u - 1, 128, shared, scratch);  /* elementwise */
        else if (u < 18) part15(buf + 4, s, u - 2, 16384, shared, scratch);  /* elementwise */
        else if (u < 19) part15(buf + 6, s, u - 18, 128, shared, scratch);  /* elementwise */
        else part15(buf + 8, s, u - 19, 128, shared, scratch);  /* elementwise */
    }
}

/* ---- entry 1 ---------------------------------------------------------------------------- */

/* kernel 11: region level 0, tiles of 8 samples
 *   source 0:32, 0:18, 0:42, 0:16, 0:17, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 0:18
 *   66581 flops per sample (run-time loops counted once), 8 barriers,
 *   22656 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 9 [128,2]
 *   b1  in  state 10 [128]
 *   b2  in  state 11 [128,128]
 *   b3  in  state 12 [128]
 *   b4  in  state 13 [1,128]
 *   b5  out value of v52 [B,2]
 */
struct k11_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };
extern "C" __global__ void __launch_bounds__(256) k11(const struct k11_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)a.buf[0];
    const float *__restrict__ const b1 = (const float *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    float *const b5 = (float *)a.buf[5];
    EbmHeld<128, 2, false> h0;
    ebm_cta_hold(h0, b0, 2);
    EbmHeld<128, 128, false> h1;
    ebm_cta_hold(h1, b2, 128);
    EbmHeld<128, 128, true> h2;
    ebm_cta_hold(h2, b2, 128);
    const float sf0 = s->f[0];
    const float sf1 = s->f[1];
    float *const v14 = (float *)(shared + 0);    /* [2][S] */
    float *const v16 = (float *)(shared + 128);    /* [2][S] */
    float *const w51_0 = (float *)(shared + 0);    /* [2][S] */
    float *const v23 = (float *)(shared + 128);    /* [128][S] */
    float *const v24 = (float *)(shared + 4224);    /* [128][S] */
    float *const v25 = (float *)(shared + 8320);    /* [128][S] */
    float *const v38 = (float *)(shared + 12416);    /* [128][S] */
    float *const v45 = (float *)(shared + 8320);    /* [128][S] */
    float *const v20 = (float *)(shared + 128);    /* [2][S] */
    float *const v46 = (float *)(shared + 256);    /* [2][S] */
    enum { LD0 = EBM_STAGE_LD(2) };
    float *const w0 = (float *)(shared + 16512);    /* [128][LD] */
    ebm_cta_stage(w0, b0, 128, 2);
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_uniform(v14, 2, T, S, s, 0x932da401a72dbba2ull, (uint32_t)0, sample0, valid);
        __syncthreads();
        for (int i = f0; i < 2; i += FS) {
            const float x0 = v14[i * S + t] * 0x1.8p+2f;
            const float x1 = x0 + (-0x1.8p+1f);
            v16[i * S + t] = x1;
        }
        for (int i = f0; i < 2; i += FS) {
            w51_0[i * S + t] = v16[i * S + t];
        }
        for (int64_t k51 = 0; k51 < 500; k51++) {
            __syncthreads();
            ebm_cta_dense_then(h0, w51_0, b1, 128, 2, T, S, [&](const int i, const int t, const float y23) {
                v23[i * S + t] = y23;
                const float x2 = ebm_sigmoid(y23);
                const float x3 = y23 * x2;
                v24[i * S + t] = x2;
                v25[i * S + t] = x3;
            });
            __syncthreads();
            ebm_cta_dense_then(h1, v25, b3, 128, 128, T, S, [&](const int i, const int t, const float y28) {
                const float x5 = b4[i];
                const float x4 = ebm_sigmoid(y28);
                const float x6 = x4 * x5;
                const float x7 = y28 * x5;
                const float x8 = 0x1p+0f - x4;
                const float x9 = x4 * x8;
                const float x10 = x7 * x9;
                const float x11 = x6 + x10;
                v38[i * S + t] = x11;
            });
            __syncthreads();
            ebm_cta_dense_then(h2, v38, 0, 128, 128, T, S, [&](const int i, const int t, const float y39) {
                const float x12 = v24[i * S + t] * y39;
                const float x13 = v23[i * S + t] * y39;
                const float x14 = 0x1p+0f - v24[i * S + t];
                const float x15 = v24[i * S + t] * x14;
                const float x16 = x13 * x15;
                const float x17 = x12 + x16;
                v45[i * S + t] = x17;
            });
            __syncthreads();
            ebm_cta_normal(v20, 2, T, S, s, 0xb2dc07800d63faa3ull, (uint32_t)(int32_t)k51, sample0, valid);
            ebm_cta_dense(v46, w0, 1, LD0, v45, 0, 2, 128, T, S);
            __syncthreads();
            for (int i = f0; i < 2; i += FS) {
                const float x18 = sf0 * v46[i * S + t];
                const float x19 = w51_0[i * S + t] - x18;
                const float x20 = sf1 * v20[i * S + t];
                const float x21 = x19 + x20;
                w51_0[i * S + t] = x21;
            }
        }
        __syncthreads();
        ebm_cta_store(b5, w51_0, row, valid, 2, T, S);
    }
}

/* ---- entry 2 ---------------------------------------------------------------------------- */
EBM_CALL void part16(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const int64_t blocks = (s->batch + 63) / 64;
    for (int64_t i = lo + tid; i < hi; i += THREADS) {
        float all = b1[i];
        for (int64_t b = 1; b < blocks; b++) {
            const float x = b1[b * n + i];
            all = ebm_max(all, x);
        }
        b0[i] = all;
    }
}

EBM_CALL void part17(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const int64_t blocks = (s->batch + 63) / 64;
    ebm_cta_combine(b0, b1, blocks, n, lo, hi);
}

EBM_CALL void part18(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float sf0 = s->f[0];
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    const float x0 = b0[0];
    const float x1 = x0 / sf0;
    if (tid == 0) {
        b1[0] = x1;
    }
}

EBM_CALL void part19(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    const float *__restrict__ const b0 = (const float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    float *const b3 = (float *)buf[3];
    float *const b4 = (float *)buf[4];
    float *const b5 = (float *)buf[5];
    const float x0 = b0[0];
    const float x1 = ebm_log(x0);
    const float x2 = b1[0];
    const float x3 = x2 + x1;
    const float x4 = x3 + (-0x1.f4bd2cp+2f);
    const float x5 = b2[0];
    const float x6 = x4 + x5;
    const float x7 = x6 - 0x1.020c4ap+0f;
    if (tid == 0) {
        b3[0] = x4;
        b4[0] = x6;
        b5[0] = x7;
    }
}


/* kernel 12: region level 0, tiles of 8 samples
 *   source 0:8, 0:9, 0:10, 0:36, 2:19, 0:8, 0:9, 0:10, 1:8, 2:16, 2:19, 3:9
 *   67106 flops per sample (run-time loops counted once), 16 barriers,
 *   9088 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 9 [128,2]
 *   b1  in  state 10 [128]
 *   b2  in  state 11 [128,128]
 *   b3  in  state 12 [128]
 *   b4  in  state 13 [1,128]
 *   b5  in  state 14 [1]
 *   b6  out value of v75 [B,1]
 *   b7  out value of v77 [B]
 *   b8  out value of v97 [B,1]
 */
struct k12_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[9]; };
extern "C" __global__ void __launch_bounds__(256) k12(const struct k12_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
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
    float *const b6 = (float *)a.buf[6];
    float *const b7 = (float *)a.buf[7];
    float *const b8 = (float *)a.buf[8];
    float *const v19 = (float *)(shared + 0);    /* [1][S] */
    float *const v24 = (float *)(shared + 128);    /* [1][S] */
    float *const v25 = (float *)(shared + 256);    /* [1][S] */
    float *const v26 = (float *)(shared + 384);    /* [1][S] */
    float *const v27 = (float *)(shared + 512);    /* [1][S] */
    float *const v21 = (float *)(shared + 0);    /* [1][S] */
    int32_t *const v22 = (int32_t *)(shared + 640);    /* [1][S] */
    float *const v23 = (float *)(shared + 0);    /* [2][S] */
    float *const v37 = (float *)(shared + 768);    /* [2][S] */
    float *const v48 = (float *)(shared + 0);    /* [1][S] */
    float *const v56 = (float *)(shared + 128);    /* [1][S] */
    float *const v65 = (float *)(shared + 256);    /* [2][S] */
    float *const v69 = (float *)(shared + 896);    /* [128][S] */
    float *const v73 = (float *)(shared + 4992);    /* [128][S] */
    float *const v75 = (float *)(shared + 0);    /* [1][S] */
    float *const v77 = (float *)(shared + 128);    /* [1][S] */
    float *const v91 = (float *)(shared + 896);    /* [128][S] */
    float *const v95 = (float *)(shared + 4992);    /* [128][S] */
    float *const v97 = (float *)(shared + 0);    /* [1][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_uniform(v19, 1, T, S, s, 0xead737dcd940966bull, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const float x0 = v19[0 * S + t] * 0x1.921fb6p+1f;
            const float x1 = ebm_cos(x0);
            const float x2 = ebm_sin(x0);
            const float x3 = 0x1p+0f - x1;
            const float x4 = 0x1p-1f - x2;
            v24[0 * S + t] = x1;
            v25[0 * S + t] = x2;
            v26[0 * S + t] = x3;
            v27[0 * S + t] = x4;
        }
        __syncthreads();
        ebm_cta_uniform(v21, 1, T, S, s, 0xa88cb65c5634c85full, (uint32_t)0, sample0, valid);
        __syncthreads();
        if (f0 == 0) {
            const int32_t x5 = v21[0 * S + t] < 0x1p-1f;
            v22[0 * S + t] = x5;
        }
        __syncthreads();
        ebm_cta_normal(v23, 2, T, S, s, 0x99213eec82873e13ull, (uint32_t)0, sample0, valid);
        __syncthreads();
        for (int i = f0; i < 2; i += FS) {
            const int64_t n6 = ((i - 1) < 0 ? 0 : (i - 1));
            const float x7 = i < 1 ? v24[0 * S + t] : v25[0 * S + t];
            const float x8 = i < 1 ? v26[0 * S + t] : v27[0 * S + t];
            const float x9 = v22[0 * S + t] ? x7 : x8;
            const float x10 = v23[i * S + t] * 0x1.99999ap-4f;
            const float x11 = x9 + x10;
            v37[i * S + t] = x11;
        }
        if (f0 == 0) {
            const int32_t x12 = (1 == 0 || 1 == -1 ? 0 : ((int32_t)(sample0 + t) % (1 ? 1 : 1) + (1 ? 1 : 1)) % (1 ? 1 : 1));
            const int32_t x13 = (int32_t)((uint32_t)(int32_t)(sample0 + t) - (uint32_t)x12);
            const float x14 = (float)x13;
            const int32_t x15 = (x14 >= 0x1p31f ? 2147483647 : x14 >= -0x1p31f ? (int32_t)x14 : x14 < 0.0f ? (-2147483647 - 1) : 0);
            const int32_t x16 = (400 == 0 || 400 == -1 ? 0 : (x15 % (400 ? 400 : 1) + (400 ? 400 : 1)) % (400 ? 400 : 1));
            const float x17 = (float)x16;
            v48[0 * S + t] = x17;
        }
        __syncthreads();
        if (f0 == 0) {
            const int32_t x18 = (400 == 0 || 400 == -1 ? 0 : ((int32_t)(sample0 + t) % (400 ? 400 : 1) + (400 ? 400 : 1)) % (400 ? 400 : 1));
            const int32_t x19 = (int32_t)((uint32_t)(int32_t)(sample0 + t) - (uint32_t)x18);
            const float x20 = (float)x19;
            const float x21 = x20 * 0x1.47ae14p-9f;
            const int32_t x22 = (x21 >= 0x1p31f ? 2147483647 : x21 >= -0x1p31f ? (int32_t)x21 : x21 < 0.0f ? (-2147483647 - 1) : 0);
            const int32_t x23 = (400 == 0 || 400 == -1 ? 0 : (x22 % (400 ? 400 : 1) + (400 ? 400 : 1)) % (400 ? 400 : 1));
            const float x24 = (float)x23;
            v56[0 * S + t] = x24;
        }
        __syncthreads();
        for (int i = f0; i < 2; i += FS) {
            const int64_t n25 = ((i - 1) < 0 ? 0 : (i - 1));
            const float x26 = i < 1 ? v48[0 * S + t] : v56[0 * S + t];
            const float x27 = x26 + 0x1p-1f;
            const float x28 = x27 * 0x1.47ae14p-6f;
            const float x29 = x28 + (-0x1p+2f);
            v65[i * S + t] = x29;
        }
        __syncthreads();
        ebm_cta_dense_then(b0, 2, 1, v65, b1, 128, 2, T, S, [&](const int i, const int t, const float y67) {
            const float x30 = ebm_sigmoid(y67);
            const float x31 = y67 * x30;
            v69[i * S + t] = x31;
        });
        __syncthreads();
        ebm_cta_dense_then(b2, 128, 1, v69, b3, 128, 128, T, S, [&](const int i, const int t, const float y71) {
            const float x32 = ebm_sigmoid(y71);
            const float x33 = y71 * x32;
            v73[i * S + t] = x33;
        });
        __syncthreads();
        ebm_call_dense<1, 128, 1, 1, T, S>(v75, b4, v73, b5);
        __syncthreads();
        ebm_cta_store(b6, v75, row, valid, 1, T, S);
        if (f0 == 0) {
            const float x34 = -v75[0 * S + t];
            v77[0 * S + t] = x34;
        }
        __syncthreads();
        ebm_cta_store(b7, v77, row, valid, 1, T, S);
        ebm_cta_dense_then(b0, 2, 1, v37, b1, 128, 2, T, S, [&](const int i, const int t, const float y89) {
            const float x35 = ebm_sigmoid(y89);
            const float x36 = y89 * x35;
            v91[i * S + t] = x36;
        });
        __syncthreads();
        ebm_cta_dense_then(b2, 128, 1, v91, b3, 128, 128, T, S, [&](const int i, const int t, const float y93) {
            const float x37 = ebm_sigmoid(y93);
            const float x38 = y93 * x37;
            v95[i * S + t] = x38;
        });
        __syncthreads();
        ebm_call_dense<1, 128, 1, 1, T, S>(v97, b4, v95, b5);
        __syncthreads();
        ebm_cta_store(b8, v97, row, valid, 1, T, S);
    }
}

/* kernel 13: region level 0, sums over blocks of 64; a unit is one sum of a block */
EBM_CALL void sum13_0(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)buf[0];
    float *const b1 = (float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [1][S] */
    float *p1 = b1 + unit * 1;
    for (int i = tid; i < 1; i += THREADS) p1[i] = -__builtin_inff();
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b0, row, valid, 1, T, S);
        __syncthreads();
        for (int i = tid; i < 1; i += THREADS) {
            for (int t = 0; t < valid; t++) {
                float acc = -__builtin_inff();
                acc = ebm_max(acc, v0[0 * S + t]);
                p1[0] = ebm_max(p1[0], acc);
            }
        }
    }
}
EBM_CALL void sum13_1(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
struct k13_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[4]; };
extern "C" __global__ void __launch_bounds__(256) k13(const struct k13_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t block = unit / 2;
        if (unit != blockIdx.x) __syncthreads();
        switch (unit % 2) {
        case 0: sum13_0(a.buf + 0, s, block, shared, scratch); break;
        case 1: sum13_1(a.buf + 2, s, block, shared, scratch); break;
        }
    }
}

/* kernel 14: nest stage 1, 2 parts */
struct k14_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[4]; };
extern "C" __global__ void __launch_bounds__(256) k14(const struct k14_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part16(buf + 0, s, u - 0, 1, shared, scratch);  /* combined sum */
        else part17(buf + 2, s, u - 1, 1, shared, scratch);  /* combined sum */
    }
}

/* kernel 15: nest stage 1, 1 part */
struct k15_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[2]; };
extern "C" __global__ void __launch_bounds__(256) k15(const struct k15_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part18(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 16: region level 1, tiles of 64 samples, sums over blocks of 64
 *   source 1:14
 *   3 flops per sample (run-time loops counted once), 2 barriers,
 *   768 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  value of v75 [B,1]
 *   b1  in  value of v78 []
 *   b2  out sums of blocks of v83 []
 */
struct k16_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[3]; };
extern "C" __global__ void __launch_bounds__(128) k16(const struct k16_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 64, S = 72, THREADS = 128, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)a.buf[0];
    const float *__restrict__ const b1 = (const float *)a.buf[1];
    float *const b2 = (float *)a.buf[2];
    float *const v75 = (float *)(shared + 0);    /* [1][S] */
    float *const v82 = (float *)(shared + 384);    /* [1][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        float *p83 = b2 + unit * 1;
        for (int i = tid; i < 1; i += THREADS) p83[i] = 0;
        const int64_t last = unit * 64 + 64;
        const int64_t end = last < s->batch ? last : s->batch;
        for (int64_t row = unit * 64; row < end; row += T) {
            const int valid = (int)(end - row < T ? end - row : T);
            const int64_t sample0 = s->first_sample + row;
            (void)sample0;
            ebm_cta_load(v75, b0, row, valid, 1, T, S);
            __syncthreads();
            const float x0 = b1[0];
            if (f0 == 0) {
                const float x1 = v75[0 * S + t] + x0;
                const float x2 = -x1;
                const float x3 = ebm_exp(x2);
                v82[0 * S + t] = x3;
            }
            __syncthreads();
            ebm_cta_sum(p83, v82, 1, T, S, valid);
        }
    }
}

/* kernel 17: nest stage 2, 1 part */
struct k17_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[2]; };
extern "C" __global__ void __launch_bounds__(256) k17(const struct k17_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part17(buf + 0, s, u - 0, 1, shared, scratch);  /* combined sum */
    }
}

/* kernel 18: nest stage 2, 1 part */
struct k18_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };
extern "C" __global__ void __launch_bounds__(256) k18(const struct k18_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part19(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
    }
}

/* ---- entry 3 ---------------------------------------------------------------------------- */

/* kernel 19: region level 0, tiles of 8 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66832 flops per sample (run-time loops counted once), 7 barriers,
 *   20608 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 3 [128,2]
 *   b1  in  data rows, draw 0.0
 *   b2  in  data field 0.0
 *   b3  in  state 4 [128]
 *   b4  in  state 5 [128,128]
 *   b5  in  state 6 [128]
 *   b6  in  state 7 [1,128]
 *   b7  in  state 8 [1]
 *   b8  out value of v19 [B,1]
 *   b9  out value of v37 [B,2]
 */
struct k19_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[10]; };
extern "C" __global__ void __launch_bounds__(256) k19(const struct k19_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)a.buf[0];
    const int32_t *__restrict__ const b1 = (const int32_t *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    float *const b8 = (float *)a.buf[8];
    float *const b9 = (float *)a.buf[9];
    float *const v9 = (float *)(shared + 0);    /* [2][S] */
    float *const v11 = (float *)(shared + 128);    /* [128][S] */
    float *const v12 = (float *)(shared + 4224);    /* [128][S] */
    float *const v13 = (float *)(shared + 8320);    /* [128][S] */
    float *const v17 = (float *)(shared + 12416);    /* [128][S] */
    float *const v29 = (float *)(shared + 16512);    /* [128][S] */
    float *const v19 = (float *)(shared + 0);    /* [1][S] */
    float *const v36 = (float *)(shared + 8320);    /* [128][S] */
    float *const v37 = (float *)(shared + 0);    /* [2][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load_rows(v9, b2, b1 + row, valid, 2, T, S);
        __syncthreads();
        ebm_cta_dense_then(b0, 2, 1, v9, b3, 128, 2, T, S, [&](const int i, const int t, const float y11) {
            v11[i * S + t] = y11;
            const float x0 = ebm_sigmoid(y11);
            const float x1 = y11 * x0;
            v12[i * S + t] = x0;
            v13[i * S + t] = x1;
        });
        __syncthreads();
        ebm_cta_dense_then(b4, 128, 1, v13, b5, 128, 128, T, S, [&](const int i, const int t, const float y15) {
            const float x4 = b6[i];
            const float x2 = ebm_sigmoid(y15);
            const float x3 = y15 * x2;
            const float x5 = x2 * x4;
            const float x6 = y15 * x4;
            const float x7 = 0x1p+0f - x2;
            const float x8 = x2 * x7;
            const float x9 = x6 * x8;
            const float x10 = x5 + x9;
            v17[i * S + t] = x3;
            v29[i * S + t] = x10;
        });
        __syncthreads();
        ebm_call_dense<1, 128, 1, 1, T, S>(v19, b6, v17, b7);
        __syncthreads();
        ebm_cta_store(b8, v19, row, valid, 1, T, S);
        ebm_cta_dense_then(b4, 1, 128, v29, 0, 128, 128, T, S, [&](const int i, const int t, const float y30) {
            const float x11 = v12[i * S + t] * y30;
            const float x12 = v11[i * S + t] * y30;
            const float x13 = 0x1p+0f - v12[i * S + t];
            const float x14 = v12[i * S + t] * x13;
            const float x15 = x12 * x14;
            const float x16 = x11 + x15;
            v36[i * S + t] = x16;
        });
        __syncthreads();
        ebm_call_dense<2, 128, 1, 2, T, S>(v37, b0, v36, 0);
        __syncthreads();
        ebm_cta_store(b9, v37, row, valid, 2, T, S);
    }
}

/* ---- entry 4 ---------------------------------------------------------------------------- */

/* kernel 20: region level 0, tiles of 8 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66832 flops per sample (run-time loops counted once), 7 barriers,
 *   20608 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 9 [128,2]
 *   b1  in  data rows, draw 1.0
 *   b2  in  data field 1.0
 *   b3  in  state 10 [128]
 *   b4  in  state 11 [128,128]
 *   b5  in  state 12 [128]
 *   b6  in  state 13 [1,128]
 *   b7  in  state 14 [1]
 *   b8  out value of v19 [B,1]
 *   b9  out value of v37 [B,2]
 */
struct k20_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[10]; };
extern "C" __global__ void __launch_bounds__(256) k20(const struct k20_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { T = 8, S = 8, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    const float *__restrict__ const b0 = (const float *)a.buf[0];
    const int32_t *__restrict__ const b1 = (const int32_t *)a.buf[1];
    const float *__restrict__ const b2 = (const float *)a.buf[2];
    const float *__restrict__ const b3 = (const float *)a.buf[3];
    const float *__restrict__ const b4 = (const float *)a.buf[4];
    const float *__restrict__ const b5 = (const float *)a.buf[5];
    const float *__restrict__ const b6 = (const float *)a.buf[6];
    const float *__restrict__ const b7 = (const float *)a.buf[7];
    float *const b8 = (float *)a.buf[8];
    float *const b9 = (float *)a.buf[9];
    float *const v9 = (float *)(shared + 0);    /* [2][S] */
    float *const v11 = (float *)(shared + 128);    /* [128][S] */
    float *const v12 = (float *)(shared + 4224);    /* [128][S] */
    float *const v13 = (float *)(shared + 8320);    /* [128][S] */
    float *const v17 = (float *)(shared + 12416);    /* [128][S] */
    float *const v29 = (float *)(shared + 16512);    /* [128][S] */
    float *const v19 = (float *)(shared + 0);    /* [1][S] */
    float *const v36 = (float *)(shared + 8320);    /* [128][S] */
    float *const v37 = (float *)(shared + 0);    /* [2][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        __syncthreads();
        ebm_cta_load_rows(v9, b2, b1 + row, valid, 2, T, S);
        __syncthreads();
        ebm_cta_dense_then(b0, 2, 1, v9, b3, 128, 2, T, S, [&](const int i, const int t, const float y11) {
            v11[i * S + t] = y11;
            const float x0 = ebm_sigmoid(y11);
            const float x1 = y11 * x0;
            v12[i * S + t] = x0;
            v13[i * S + t] = x1;
        });
        __syncthreads();
        ebm_cta_dense_then(b4, 128, 1, v13, b5, 128, 128, T, S, [&](const int i, const int t, const float y15) {
            const float x4 = b6[i];
            const float x2 = ebm_sigmoid(y15);
            const float x3 = y15 * x2;
            const float x5 = x2 * x4;
            const float x6 = y15 * x4;
            const float x7 = 0x1p+0f - x2;
            const float x8 = x2 * x7;
            const float x9 = x6 * x8;
            const float x10 = x5 + x9;
            v17[i * S + t] = x3;
            v29[i * S + t] = x10;
        });
        __syncthreads();
        ebm_call_dense<1, 128, 1, 1, T, S>(v19, b6, v17, b7);
        __syncthreads();
        ebm_cta_store(b8, v19, row, valid, 1, T, S);
        ebm_cta_dense_then(b4, 1, 128, v29, 0, 128, 128, T, S, [&](const int i, const int t, const float y30) {
            const float x11 = v12[i * S + t] * y30;
            const float x12 = v11[i * S + t] * y30;
            const float x13 = 0x1p+0f - v12[i * S + t];
            const float x14 = v12[i * S + t] * x13;
            const float x15 = x12 * x14;
            const float x16 = x11 + x15;
            v36[i * S + t] = x16;
        });
        __syncthreads();
        ebm_call_dense<2, 128, 1, 2, T, S>(v37, b0, v36, 0);
        __syncthreads();
        ebm_cta_store(b9, v37, row, valid, 2, T, S);
    }
}
