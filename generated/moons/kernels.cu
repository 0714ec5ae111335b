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

EBM_CALL void part2(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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
    ebm_cta_block_sum(&b0[unit], term, hi - lo);
}

EBM_CALL void part4(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    ebm_cta_combine(b0, b1, n, 1, 0, 1);
}

EBM_CALL void part5(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part6(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part7(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const int32_t *__restrict__ const b1 = (const int32_t *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    ebm_cta_write_rows(b0, 10000, b1, b2, s->batch, 2, (int32_t *)shared);
}

EBM_CALL void part8(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part9(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part10(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part11(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part12(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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
 *   66580 flops per sample (run-time loops counted once), 12 barriers,
 *   18560 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 0 [10000,2]
 *   b1  in  state 3 [128,2]
 *   b2  in  state 4 [128]
 *   b3  in  state 5 [128,128]
 *   b4  in  state 6 [128]
 *   b5  in  state 7 [1,128]
 *   b6  out value of v88 [B,2]
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
    float *const w87_0 = (float *)(shared + 0);    /* [2][S] */
    float *const v56 = (float *)(shared + 128);    /* [128][S] */
    float *const v77 = (float *)(shared + 4224);    /* [128][S] */
    float *const v73 = (float *)(shared + 8320);    /* [128][S] */
    float *const v78 = (float *)(shared + 128);    /* [128][S] */
    float *const v48 = (float *)(shared + 4224);    /* [2][S] */
    float *const v79 = (float *)(shared + 4352);    /* [2][S] */
    enum { LD0 = EBM_STAGE_LD(2) };
    float *const w0 = (float *)(shared + 12416);    /* [128][LD] */
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
            w87_0[i * S + t] = v45[i * S + t];
        }
        for (int64_t k87 = 0; k87 < si0; k87++) {
            __syncthreads();
            ebm_cta_dense_then(h0, w87_0, b2, 128, 2, T, S, [&](const int i, const int t, const float y54) {
                const float x5 = ebm_sigmoid(y54);
                const float x6 = y54 * x5;
                const float x7 = 0x1p+0f - x5;
                const float x8 = x6 * x7;
                const float x9 = x5 + x8;
                v56[i * S + t] = x6;
                v77[i * S + t] = x9;
            });
            __syncthreads();
            ebm_cta_dense_then(h1, v56, b4, 128, 128, T, S, [&](const int i, const int t, const float y61) {
                const float x15 = b5[i];
                const float x10 = ebm_sigmoid(y61);
                const float x11 = y61 * x10;
                const float x12 = 0x1p+0f - x10;
                const float x13 = x11 * x12;
                const float x14 = x10 + x13;
                const float x16 = x15 * x14;
                v73[i * S + t] = x16;
            });
            __syncthreads();
            ebm_cta_dense_then(h2, v73, 0, 128, 128, T, S, [&](const int i, const int t, const float y74) {
                const float x17 = y74 * v77[i * S + t];
                v78[i * S + t] = x17;
            });
            __syncthreads();
            ebm_cta_normal(v48, 2, T, S, s, 0x55b3eff43fb6de75ull, (uint32_t)(int32_t)k87, sample0, valid);
            ebm_cta_dense(v79, w0, 1, LD0, v78, 0, 2, 128, T, S);
            __syncthreads();
            for (int i = f0; i < 2; i += FS) {
                const float x18 = v79[i * S + t] * sf0;
                const float x19 = w87_0[i * S + t] - x18;
                const float x20 = v48[i * S + t] * sf1;
                const float x21 = x19 + x20;
                w87_0[i * S + t] = x21;
            }
        }
        __syncthreads();
        ebm_cta_store(b6, w87_0, row, valid, 2, T, S);
    }
}

/* kernel 1: region level 1, tiles of 8 samples
 *   source 0:8, 0:9, 0:10, 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19
 *   132652 flops per sample (run-time loops counted once), 21 barriers,
 *   25472 bytes of shared memory, 0 of device memory per CTA
 *   b0  out value of v32 [B,2]
 *   b1  in  state 3 [128,2]
 *   b2  in  state 4 [128]
 *   b3  out value of v92 [B,128]
 *   b4  in  state 5 [128,128]
 *   b5  in  state 6 [128]
 *   b6  out value of v96 [B,128]
 *   b7  in  state 7 [1,128]
 *   b8  in  state 8 [1]
 *   b9  out value of v98 [B,1]
 *   b10  in  value of v88 [B,2]
 *   b11  out value of v107 [B,128]
 *   b12  out value of v111 [B,128]
 *   b13  out value of v113 [B,1]
 *   b14  out value of v126 [B]
 *   b15  out value of v142 [B]
 *   b16  out value of v144 [B,1]
 *   b17  out value of v134 [B,128]
 *   b18  out value of v140 [B,128]
 *   b19  out value of v152 [B,128]
 *   b20  out value of v153 [B,128]
 *   b21  out value of v160 [B,128]
 *   b22  out value of v161 [B,128]
 *   b23  in  state 1 []
 *   b24  out value of v174 [B]
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
    float *const v92 = (float *)(shared + 896);    /* [128][S] */
    float *const v159 = (float *)(shared + 4992);    /* [128][S] */
    float *const v96 = (float *)(shared + 9088);    /* [128][S] */
    float *const v151 = (float *)(shared + 13184);    /* [128][S] */
    float *const v98 = (float *)(shared + 0);    /* [1][S] */
    float *const v88 = (float *)(shared + 17280);    /* [2][S] */
    float *const v107 = (float *)(shared + 128);    /* [128][S] */
    float *const v139 = (float *)(shared + 9088);    /* [128][S] */
    float *const v111 = (float *)(shared + 17280);    /* [128][S] */
    float *const v133 = (float *)(shared + 21376);    /* [128][S] */
    float *const v113 = (float *)(shared + 128);    /* [1][S] */
    float *const v126 = (float *)(shared + 256);    /* [1][S] */
    float *const v142 = (float *)(shared + 384);    /* [1][S] */
    float *const v144 = (float *)(shared + 512);    /* [1][S] */
    float *const v134 = (float *)(shared + 512);    /* [128][S] */
    float *const v140 = (float *)(shared + 17280);    /* [128][S] */
    float *const v152 = (float *)(shared + 9088);    /* [128][S] */
    float *const v153 = (float *)(shared + 21376);    /* [128][S] */
    float *const v160 = (float *)(shared + 0);    /* [128][S] */
    float *const v161 = (float *)(shared + 13184);    /* [128][S] */
    int32_t *const v174 = (int32_t *)(shared + 0);    /* [1][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v88, b10, row, valid, 2, T, S);
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
        ebm_cta_dense_then(b1, 2, 1, v32, b2, 128, 2, T, S, [&](const int i, const int t, const float y90) {
            const float x12 = ebm_sigmoid(y90);
            const float x13 = y90 * x12;
            const float x14 = 0x1p+0f - x12;
            const float x15 = x13 * x14;
            const float x16 = x12 + x15;
            v92[i * S + t] = x13;
            v159[i * S + t] = x16;
        });
        __syncthreads();
        ebm_cta_store(b3, v92, row, valid, 128, T, S);
        ebm_cta_dense_then(b4, 128, 1, v92, b5, 128, 128, T, S, [&](const int i, const int t, const float y94) {
            const float x17 = ebm_sigmoid(y94);
            const float x18 = y94 * x17;
            const float x19 = 0x1p+0f - x17;
            const float x20 = x18 * x19;
            const float x21 = x17 + x20;
            v96[i * S + t] = x18;
            v151[i * S + t] = x21;
        });
        __syncthreads();
        ebm_cta_store(b6, v96, row, valid, 128, T, S);
        ebm_call_dense<1, 128, 1, 1, T, S>(v98, b7, v96, b8);
        __syncthreads();
        ebm_cta_store(b9, v98, row, valid, 1, T, S);
        ebm_cta_dense_then(b1, 2, 1, v88, b2, 128, 2, T, S, [&](const int i, const int t, const float y105) {
            const float x22 = ebm_sigmoid(y105);
            const float x23 = y105 * x22;
            const float x24 = 0x1p+0f - x22;
            const float x25 = x23 * x24;
            const float x26 = x22 + x25;
            v107[i * S + t] = x23;
            v139[i * S + t] = x26;
        });
        __syncthreads();
        ebm_cta_store(b11, v107, row, valid, 128, T, S);
        ebm_cta_dense_then(b4, 128, 1, v107, b5, 128, 128, T, S, [&](const int i, const int t, const float y109) {
            const float x27 = ebm_sigmoid(y109);
            const float x28 = y109 * x27;
            const float x29 = 0x1p+0f - x27;
            const float x30 = x28 * x29;
            const float x31 = x27 + x30;
            v111[i * S + t] = x28;
            v133[i * S + t] = x31;
        });
        __syncthreads();
        ebm_cta_store(b12, v111, row, valid, 128, T, S);
        ebm_call_dense<1, 128, 1, 1, T, S>(v113, b7, v111, b8);
        __syncthreads();
        ebm_cta_store(b13, v113, row, valid, 1, T, S);
        if (f0 == 0) {
            const float x32 = v113[0 * S + t] * sf2;
            const float x33 = v98[0 * S + t] * sf2;
            const float x34 = x32 - sf3;
            const float x35 = x33 + sf3;
            const float x36 = x34 + x35;
            v126[0 * S + t] = x34;
            v142[0 * S + t] = x35;
            v144[0 * S + t] = x36;
        }
        __syncthreads();
        ebm_cta_store(b14, v126, row, valid, 1, T, S);
        ebm_cta_store(b15, v142, row, valid, 1, T, S);
        ebm_cta_store(b16, v144, row, valid, 1, T, S);
        __syncthreads();
        for (int i = f0; i < 128; i += FS) {
            const float x37 = b7[i];
            const float x38 = x37 * v126[0 * S + t];
            const float x39 = x38 * v133[i * S + t];
            v134[i * S + t] = x39;
        }
        __syncthreads();
        ebm_cta_store(b17, v134, row, valid, 128, T, S);
        ebm_cta_dense_then(b4, 1, 128, v134, 0, 128, 128, T, S, [&](const int i, const int t, const float y135) {
            const float x40 = y135 * v139[i * S + t];
            v140[i * S + t] = x40;
        });
        __syncthreads();
        ebm_cta_store(b18, v140, row, valid, 128, T, S);
        for (int i = f0; i < 128; i += FS) {
            const float x41 = b7[i];
            const float x42 = x41 * v142[0 * S + t];
            const float x43 = x42 * v151[i * S + t];
            const float x44 = v134[i * S + t] + x43;
            v152[i * S + t] = x43;
            v153[i * S + t] = x44;
        }
        __syncthreads();
        ebm_cta_store(b19, v152, row, valid, 128, T, S);
        ebm_cta_store(b20, v153, row, valid, 128, T, S);
        ebm_cta_dense_then(b4, 1, 128, v152, 0, 128, 128, T, S, [&](const int i, const int t, const float y154) {
            const float x45 = y154 * v159[i * S + t];
            const float x46 = v140[i * S + t] + x45;
            v160[i * S + t] = x45;
            v161[i * S + t] = x46;
        });
        __syncthreads();
        ebm_cta_store(b21, v160, row, valid, 128, T, S);
        ebm_cta_store(b22, v161, row, valid, 128, T, S);
        __syncthreads();
        const int32_t x47 = b23[0];
        if (f0 == 0) {
            const int32_t x48 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x47);
            const int32_t x49 = (10000 == 0 || 10000 == -1 ? 0 : (x48 % (10000 ? 10000 : 1) + (10000 ? 10000 : 1)) % (10000 ? 10000 : 1));
            v174[0 * S + t] = x49;
        }
        __syncthreads();
        ebm_cta_store_i32(b24, v174, row, valid, 1, T, S);
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
struct k2_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[28]; };
extern "C" __global__ void __launch_bounds__(256) k2(const struct k2_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    const int n = (int)(a.units / ((s->batch + 63) / 64));    /* 11 or 9 */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t block = unit / n;
        const int which = (int)(unit % n);
        if (unit != blockIdx.x) __syncthreads();
        if (which < 1) sum2_0(a.buf + 0, s, block, shared, scratch);
        else if (which < 2) sum2_0(a.buf + 2, s, block, shared, scratch);
        else if (which < 3) sum2_1(a.buf + 4, s, block, shared, scratch);
        else if (which < 4) sum2_2(a.buf + 7, s, block, shared, scratch);
        else if (which < 5) sum2_1(a.buf + 10, s, block, shared, scratch);
        else if (which < 6) sum2_2(a.buf + 13, s, block, shared, scratch);
        else if (which < 7) sum2_0(a.buf + 16, s, block, shared, scratch);
        else if (which < 8) sum2_3(a.buf + 18, s, block, shared, scratch);
        else if (which < 9) sum2_3(a.buf + 20, s, block, shared, scratch);
        else if (which < 10) sum2_4(a.buf + 22, s, block, shared, scratch);
        else if (which < 11) sum2_4(a.buf + 25, s, block, shared, scratch);
    }
}

/* kernel 3: nest stage 2, 11 parts */
struct k3_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[22]; };
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
        else if (u < 20) part0(buf + 8, s, u - 19, 256, shared, scratch);  /* combined sum */
        else if (u < 21) part0(buf + 10, s, u - 20, 128, shared, scratch);  /* combined sum */
        else if (u < 37) part0(buf + 12, s, u - 21, 16384, shared, scratch);  /* combined sum */
        else if (u < 38) part0(buf + 14, s, u - 37, 256, shared, scratch);  /* combined sum */
        else if (u < 39) part0(buf + 16, s, u - 38, 1, shared, scratch);  /* combined sum */
        else if (u < 40) part0(buf + 18, s, u - 39, 128, shared, scratch);  /* combined sum */
        else part0(buf + 20, s, u - 40, 128, shared, scratch);  /* combined sum */
    }
}

/* kernel 4: nest stage 2, 5 parts */
struct k4_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[13]; };
extern "C" __global__ void __launch_bounds__(256) k4(const struct k4_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part1(buf + 0, s, u - 0, 256, shared, scratch);  /* sum */
        else if (u < 2) part2(buf + 3, s, u - 1, 128, shared, scratch);  /* sum */
        else if (u < 6) part3(buf + 5, s, u - 2, 16384, shared, scratch);  /* sum */
        else if (u < 7) part2(buf + 8, s, u - 6, 128, shared, scratch);  /* sum */
        else part1(buf + 10, s, u - 7, 128, shared, scratch);  /* sum */
    }
}

/* kernel 5: nest stage 2, 1 part */
struct k5_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[2]; };
extern "C" __global__ void __launch_bounds__(256) k5(const struct k5_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part4(buf + 0, s, u - 0, 4, shared, scratch);  /* combined sum */
    }
}

/* kernel 6: nest stage 2, 1 part */
struct k6_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[7]; };
extern "C" __global__ void __launch_bounds__(256) k6(const struct k6_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part5(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 7: nest stage 2, 2 parts */
struct k7_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[12]; };
extern "C" __global__ void __launch_bounds__(256) k7(const struct k7_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part6(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
        else part7(buf + 9, s, u - 1, 1, shared, scratch);  /* rows written */
    }
}

/* kernel 8: nest stage 2, 6 parts */
struct k8_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[51]; };
extern "C" __global__ void __launch_bounds__(256) k8(const struct k8_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part8(buf + 0, s, u - 0, 256, shared, scratch);  /* elementwise */
        else if (u < 2) part9(buf + 8, s, u - 1, 128, shared, scratch);  /* elementwise */
        else if (u < 18) part8(buf + 15, s, u - 2, 16384, shared, scratch);  /* elementwise */
        else if (u < 19) part10(buf + 23, s, u - 18, 128, shared, scratch);  /* elementwise */
        else if (u < 20) part8(buf + 30, s, u - 19, 128, shared, scratch);  /* elementwise */
        else part11(buf + 38, s, u - 20, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 9: nest stage 2, 5 parts */
struct k9_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[10]; };
extern "C" __global__ void __launch_bounds__(256) k9(const struct k9_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part12(buf + 0, s, u - 0, 256, shared, scratch);  /* elementwise */
        else if (u < 2) part12(buf + 2, s, u - 1, 128, shared, scratch);  /* elementwise */
        else if (u < 18) part12(buf + 4, s, u - 2, 16384, shared, scratch);  /* elementwise */
        else if (u < 19) part12(buf + 6, s, u - 18, 128, shared, scratch);  /* elementwise */
        else part12(buf + 8, s, u - 19, 128, shared, scratch);  /* elementwise */
    }
}

/* ---- entry 1 ---------------------------------------------------------------------------- */

/* kernel 10: region level 0, tiles of 8 samples
 *   source 0:32, 0:18, 0:42, 0:16, 0:17, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 0:18
 *   66578 flops per sample (run-time loops counted once), 8 barriers,
 *   18560 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 9 [128,2]
 *   b1  in  state 10 [128]
 *   b2  in  state 11 [128,128]
 *   b3  in  state 12 [128]
 *   b4  in  state 13 [1,128]
 *   b5  out value of v49 [B,2]
 */
struct k10_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };
extern "C" __global__ void __launch_bounds__(256) k10(const struct k10_args a) {
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
    float *const w48_0 = (float *)(shared + 0);    /* [2][S] */
    float *const v25 = (float *)(shared + 128);    /* [128][S] */
    float *const v41 = (float *)(shared + 4224);    /* [128][S] */
    float *const v37 = (float *)(shared + 8320);    /* [128][S] */
    float *const v42 = (float *)(shared + 128);    /* [128][S] */
    float *const v20 = (float *)(shared + 4224);    /* [2][S] */
    float *const v43 = (float *)(shared + 4352);    /* [2][S] */
    enum { LD0 = EBM_STAGE_LD(2) };
    float *const w0 = (float *)(shared + 12416);    /* [128][LD] */
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
            w48_0[i * S + t] = v16[i * S + t];
        }
        for (int64_t k48 = 0; k48 < 500; k48++) {
            __syncthreads();
            ebm_cta_dense_then(h0, w48_0, b1, 128, 2, T, S, [&](const int i, const int t, const float y23) {
                const float x2 = ebm_sigmoid(y23);
                const float x3 = y23 * x2;
                const float x4 = 0x1p+0f - x2;
                const float x5 = x3 * x4;
                const float x6 = x2 + x5;
                v25[i * S + t] = x3;
                v41[i * S + t] = x6;
            });
            __syncthreads();
            ebm_cta_dense_then(h1, v25, b3, 128, 128, T, S, [&](const int i, const int t, const float y28) {
                const float x12 = b4[i];
                const float x7 = ebm_sigmoid(y28);
                const float x8 = y28 * x7;
                const float x9 = 0x1p+0f - x7;
                const float x10 = x8 * x9;
                const float x11 = x7 + x10;
                const float x13 = x12 * x11;
                v37[i * S + t] = x13;
            });
            __syncthreads();
            ebm_cta_dense_then(h2, v37, 0, 128, 128, T, S, [&](const int i, const int t, const float y38) {
                const float x14 = y38 * v41[i * S + t];
                v42[i * S + t] = x14;
            });
            __syncthreads();
            ebm_cta_normal(v20, 2, T, S, s, 0xb2dc07800d63faa3ull, (uint32_t)(int32_t)k48, sample0, valid);
            ebm_cta_dense(v43, w0, 1, LD0, v42, 0, 2, 128, T, S);
            __syncthreads();
            for (int i = f0; i < 2; i += FS) {
                const float x15 = sf0 * v43[i * S + t];
                const float x16 = w48_0[i * S + t] - x15;
                const float x17 = sf1 * v20[i * S + t];
                const float x18 = x16 + x17;
                w48_0[i * S + t] = x18;
            }
        }
        __syncthreads();
        ebm_cta_store(b5, w48_0, row, valid, 2, T, S);
    }
}

/* ---- entry 2 ---------------------------------------------------------------------------- */
EBM_CALL void part13(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part14(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const int64_t lo = unit * 1024, hi = lo + 1024 < n ? lo + 1024 : n;
    const int64_t blocks = (s->batch + 63) / 64;
    ebm_cta_combine(b0, b1, blocks, n, lo, hi);
}

EBM_CALL void part15(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part16(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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


/* kernel 11: region level 0, tiles of 8 samples
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
struct k11_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[9]; };
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

/* kernel 12: region level 0, sums over blocks of 64; a unit is one sum of a block */
EBM_CALL void sum12_0(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
EBM_CALL void sum12_1(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
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
struct k12_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[4]; };
extern "C" __global__ void __launch_bounds__(256) k12(const struct k12_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { n = 2 };
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t block = unit / n;
        const int which = (int)(unit % n);
        if (unit != blockIdx.x) __syncthreads();
        if (which < 1) sum12_0(a.buf + 0, s, block, shared, scratch);
        else if (which < 2) sum12_1(a.buf + 2, s, block, shared, scratch);
    }
}

/* kernel 13: nest stage 1, 2 parts */
struct k13_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[4]; };
extern "C" __global__ void __launch_bounds__(256) k13(const struct k13_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part13(buf + 0, s, u - 0, 1, shared, scratch);  /* combined sum */
        else part14(buf + 2, s, u - 1, 1, shared, scratch);  /* combined sum */
    }
}

/* kernel 14: nest stage 1, 1 part */
struct k14_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[2]; };
extern "C" __global__ void __launch_bounds__(256) k14(const struct k14_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part15(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 15: region level 1, tiles of 64 samples, sums over blocks of 64
 *   source 1:14
 *   3 flops per sample (run-time loops counted once), 2 barriers,
 *   768 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  value of v75 [B,1]
 *   b1  in  value of v78 []
 *   b2  out sums of blocks of v83 []
 */
struct k15_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[3]; };
extern "C" __global__ void __launch_bounds__(128) k15(const struct k15_args a) {
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

/* kernel 16: nest stage 2, 1 part */
struct k16_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[2]; };
extern "C" __global__ void __launch_bounds__(256) k16(const struct k16_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part14(buf + 0, s, u - 0, 1, shared, scratch);  /* combined sum */
    }
}

/* kernel 17: nest stage 2, 1 part */
struct k17_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };
extern "C" __global__ void __launch_bounds__(256) k17(const struct k17_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part16(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
    }
}

/* ---- entry 3 ---------------------------------------------------------------------------- */

/* kernel 18: region level 0, tiles of 8 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66828 flops per sample (run-time loops counted once), 7 barriers,
 *   16512 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 3 [128,2]
 *   b1  in  data rows, draw 0.0
 *   b2  in  data field 0.0
 *   b3  in  state 4 [128]
 *   b4  in  state 5 [128,128]
 *   b5  in  state 6 [128]
 *   b6  in  state 7 [1,128]
 *   b7  in  state 8 [1]
 *   b8  out value of v19 [B,1]
 *   b9  out value of v33 [B,2]
 */
struct k18_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[10]; };
extern "C" __global__ void __launch_bounds__(256) k18(const struct k18_args a) {
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
    float *const v13 = (float *)(shared + 128);    /* [128][S] */
    float *const v31 = (float *)(shared + 4224);    /* [128][S] */
    float *const v17 = (float *)(shared + 8320);    /* [128][S] */
    float *const v27 = (float *)(shared + 12416);    /* [128][S] */
    float *const v19 = (float *)(shared + 0);    /* [1][S] */
    float *const v32 = (float *)(shared + 0);    /* [128][S] */
    float *const v33 = (float *)(shared + 4096);    /* [2][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load_rows(v9, b2, b1 + row, valid, 2, T, S);
        __syncthreads();
        ebm_cta_dense_then(b0, 2, 1, v9, b3, 128, 2, T, S, [&](const int i, const int t, const float y11) {
            const float x0 = ebm_sigmoid(y11);
            const float x1 = y11 * x0;
            const float x2 = 0x1p+0f - x0;
            const float x3 = x1 * x2;
            const float x4 = x0 + x3;
            v13[i * S + t] = x1;
            v31[i * S + t] = x4;
        });
        __syncthreads();
        ebm_cta_dense_then(b4, 128, 1, v13, b5, 128, 128, T, S, [&](const int i, const int t, const float y15) {
            const float x10 = b6[i];
            const float x5 = ebm_sigmoid(y15);
            const float x6 = y15 * x5;
            const float x7 = 0x1p+0f - x5;
            const float x8 = x6 * x7;
            const float x9 = x5 + x8;
            const float x11 = x10 * x9;
            v17[i * S + t] = x6;
            v27[i * S + t] = x11;
        });
        __syncthreads();
        ebm_call_dense<1, 128, 1, 1, T, S>(v19, b6, v17, b7);
        __syncthreads();
        ebm_cta_store(b8, v19, row, valid, 1, T, S);
        __syncthreads();
        ebm_cta_dense_then(b4, 1, 128, v27, 0, 128, 128, T, S, [&](const int i, const int t, const float y28) {
            const float x12 = y28 * v31[i * S + t];
            v32[i * S + t] = x12;
        });
        __syncthreads();
        ebm_call_dense<2, 128, 1, 2, T, S>(v33, b0, v32, 0);
        __syncthreads();
        ebm_cta_store(b9, v33, row, valid, 2, T, S);
    }
}

/* ---- entry 4 ---------------------------------------------------------------------------- */

/* kernel 19: region level 0, tiles of 8 samples
 *   source 2:19, 2:16, 2:19, 3:9, 2:16, 2:19, 3:9, 2:16, 2:19, 0:13
 *   66828 flops per sample (run-time loops counted once), 7 barriers,
 *   16512 bytes of shared memory, 0 of device memory per CTA
 *   b0  in  state 9 [128,2]
 *   b1  in  data rows, draw 1.0
 *   b2  in  data field 1.0
 *   b3  in  state 10 [128]
 *   b4  in  state 11 [128,128]
 *   b5  in  state 12 [128]
 *   b6  in  state 13 [1,128]
 *   b7  in  state 14 [1]
 *   b8  out value of v19 [B,1]
 *   b9  out value of v33 [B,2]
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
    float *const v13 = (float *)(shared + 128);    /* [128][S] */
    float *const v31 = (float *)(shared + 4224);    /* [128][S] */
    float *const v17 = (float *)(shared + 8320);    /* [128][S] */
    float *const v27 = (float *)(shared + 12416);    /* [128][S] */
    float *const v19 = (float *)(shared + 0);    /* [1][S] */
    float *const v32 = (float *)(shared + 0);    /* [128][S] */
    float *const v33 = (float *)(shared + 4096);    /* [2][S] */
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t row = unit * T;
        const int valid = (int)(s->batch - row < T ? s->batch - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load_rows(v9, b2, b1 + row, valid, 2, T, S);
        __syncthreads();
        ebm_cta_dense_then(b0, 2, 1, v9, b3, 128, 2, T, S, [&](const int i, const int t, const float y11) {
            const float x0 = ebm_sigmoid(y11);
            const float x1 = y11 * x0;
            const float x2 = 0x1p+0f - x0;
            const float x3 = x1 * x2;
            const float x4 = x0 + x3;
            v13[i * S + t] = x1;
            v31[i * S + t] = x4;
        });
        __syncthreads();
        ebm_cta_dense_then(b4, 128, 1, v13, b5, 128, 128, T, S, [&](const int i, const int t, const float y15) {
            const float x10 = b6[i];
            const float x5 = ebm_sigmoid(y15);
            const float x6 = y15 * x5;
            const float x7 = 0x1p+0f - x5;
            const float x8 = x6 * x7;
            const float x9 = x5 + x8;
            const float x11 = x10 * x9;
            v17[i * S + t] = x6;
            v27[i * S + t] = x11;
        });
        __syncthreads();
        ebm_call_dense<1, 128, 1, 1, T, S>(v19, b6, v17, b7);
        __syncthreads();
        ebm_cta_store(b8, v19, row, valid, 1, T, S);
        __syncthreads();
        ebm_cta_dense_then(b4, 1, 128, v27, 0, 128, 128, T, S, [&](const int i, const int t, const float y28) {
            const float x12 = y28 * v31[i * S + t];
            v32[i * S + t] = x12;
        });
        __syncthreads();
        ebm_call_dense<2, 128, 1, 2, T, S>(v33, b0, v32, 0);
        __syncthreads();
        ebm_cta_store(b9, v33, row, valid, 2, T, S);
    }
}
