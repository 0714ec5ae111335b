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

EBM_CALL void part3(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    ebm_cta_combine(b0, b1, n, 1, 0, 1);
}

EBM_CALL void part4(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part5(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part6(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
    enum { THREADS = 256 };
    const int tid = threadIdx.x;
    float *const b0 = (float *)buf[0];
    const int32_t *__restrict__ const b1 = (const int32_t *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    ebm_cta_write_rows(b0, 4096, b1, b2, s->batch, 784, (int32_t *)shared);
}

EBM_CALL void part7(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part8(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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
        const float x10 = x9 * x8;
        const float x11 = x10 + 0x1.5798eep-27f;
        const float x13 = x0 * x12;
        const float x14 = x13 / x11;
        const float x15 = b7[i] - x14;
        const float x16 = sf7 * x15;
        b4[i] = x7;
        b8[i] = x2;
        b7[i] = x15;
        b9[i] = x16;
    }
}

EBM_CALL void part9(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part10(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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

EBM_CALL void part11(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, char *shared, char *scratch) {
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
 *   7829184 flops per sample (run-time loops counted once), 39 barriers,
 *   98304 bytes of shared memory, 4415488 of device memory per grid
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
 *   b15  out value of v156 [B,32,3,3]
 *   b16  in  state 11 [1,288]
 *   b17  in  state 12 [1]
 *   b18  out value of v159 [B,1]
 *   b19  out value of v168 [B,8,28,28]
 *   b20  out value of v172 [B,16,14,14]
 *   b21  out value of v176 [B,32,7,7]
 *   b22  out value of v180 [B,32,3,3]
 *   b23  out value of v183 [B,1]
 *   b24  out value of v196 [B]
 *   b25  out value of v225 [B]
 *   b26  out value of v227 [B,1]
 *   b27  out value of v205 [B,32,3,3]
 *   b28  out value of v211 [B,32,7,7]
 *   b29  out value of v217 [B,16,14,14]
 *   b30  out value of v223 [B,8,28,28]
 *   b31  out value of v236 [B,32,3,3]
 *   b32  out value of v243 [B,32,7,7]
 *   b33  out value of v250 [B,16,14,14]
 *   b34  out value of v257 [B,8,28,28]
 *   b35  out value of v261 [B,32]
 *   b36  out value of v263 [B,32]
 *   b37  out value of v266 [B,32]
 *   b38  out value of v268 [B,32]
 *   b39  out value of v271 [B,16]
 *   b40  out value of v273 [B,16]
 *   b41  out value of v276 [B,8]
 *   b42  out value of v278 [B,8]
 *   b43  in  state 1 []
 *   b44  out value of v288 [B]
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
    float *const v31 = (float *)(scratch + 0);    /* [784][S] */
    int32_t *const v30 = (int32_t *)(scratch + 100352);    /* [784][S] */
    float *const v42 = (float *)(scratch + 200704);    /* [784][S] */
    float *const v140 = (float *)(scratch + 301056);    /* [784][S] */
    float *const v144 = (float *)(scratch + 401408);    /* [6272][S] */
    float *const v256 = (float *)(scratch + 1204224);    /* [6272][S] */
    float *const v148 = (float *)(scratch + 2007040);    /* [3136][S] */
    float *const v249 = (float *)(scratch + 2408448);    /* [3136][S] */
    float *const v152 = (float *)(scratch + 0);    /* [1568][S] */
    float *const v242 = (float *)(scratch + 301056);    /* [1568][S] */
    float *const v156 = (float *)(scratch + 501760);    /* [288][S] */
    float *const v235 = (float *)(scratch + 538624);    /* [288][S] */
    float *const v159 = (float *)(scratch + 0);    /* [1][S] */
    float *const v168 = (float *)(scratch + 2809856);    /* [6272][S] */
    float *const v222 = (float *)(scratch + 3612672);    /* [6272][S] */
    float *const v172 = (float *)(scratch + 575488);    /* [3136][S] */
    float *const v216 = (float *)(scratch + 2007040);    /* [3136][S] */
    float *const v176 = (float *)(scratch + 128);    /* [1568][S] */
    float *const v210 = (float *)(scratch + 976896);    /* [1568][S] */
    float *const v180 = (float *)(scratch + 200832);    /* [288][S] */
    float *const v204 = (float *)(scratch + 237696);    /* [288][S] */
    float *const v183 = (float *)(scratch + 128);    /* [1][S] */
    float *const v196 = (float *)(scratch + 256);    /* [1][S] */
    float *const v225 = (float *)(scratch + 384);    /* [1][S] */
    float *const v227 = (float *)(scratch + 512);    /* [1][S] */
    float *const v205 = (float *)(scratch + 512);    /* [288][S] */
    float *const v211 = (float *)(scratch + 37376);    /* [1568][S] */
    float *const v217 = (float *)(scratch + 575488);    /* [3136][S] */
    float *const v223 = (float *)(scratch + 2809856);    /* [6272][S] */
    float *const v236 = (float *)(scratch + 238080);    /* [288][S] */
    float *const v243 = (float *)(scratch + 976896);    /* [1568][S] */
    float *const v250 = (float *)(scratch + 2007040);    /* [3136][S] */
    float *const v257 = (float *)(scratch + 3612672);    /* [6272][S] */
    float *const v261 = (float *)(scratch + 274944);    /* [32][S] */
    float *const v263 = (float *)(scratch + 0);    /* [32][S] */
    float *const v266 = (float *)(scratch + 0);    /* [32][S] */
    float *const v268 = (float *)(scratch + 0);    /* [32][S] */
    float *const v271 = (float *)(scratch + 0);    /* [16][S] */
    float *const v273 = (float *)(scratch + 0);    /* [16][S] */
    float *const v276 = (float *)(scratch + 0);    /* [8][S] */
    float *const v278 = (float *)(scratch + 0);    /* [8][S] */
    int32_t *const v288 = (int32_t *)(scratch + 0);    /* [1][S] */
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
            v256[i * S + t] = x11;
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
            v249[i * S + t] = x16;
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
            v242[i * S + t] = x21;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b12, v152, row, valid, 1568, T, S);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v152, b14, valid, (float *)shared, [&](const int i, const int t, const float y154) {
            const float x22 = ebm_sigmoid(y154);
            const float x23 = y154 * x22;
            const float x24 = 0x1p+0f - x22;
            const float x25 = x23 * x24;
            const float x26 = x22 + x25;
            v156[i * S + t] = x23;
            v235[i * S + t] = x26;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b15, v156, row, valid, 288, T, S);
        ebm_grid_dense(v159, b16, 1, 1, v156, b17, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b18, v159, row, valid, 1, T, S);
        ebm_grid_conv_then<EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>, T, S>(b4, v42, b5, valid, (float *)shared, [&](const int i, const int t, const float y166) {
            const float x27 = ebm_sigmoid(y166);
            const float x28 = y166 * x27;
            const float x29 = 0x1p+0f - x27;
            const float x30 = x28 * x29;
            const float x31 = x27 + x30;
            v168[i * S + t] = x28;
            v222[i * S + t] = x31;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b19, v168, row, valid, 6272, T, S);
        ebm_grid_conv_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v168, b8, valid, (float *)shared, [&](const int i, const int t, const float y170) {
            const float x32 = ebm_sigmoid(y170);
            const float x33 = y170 * x32;
            const float x34 = 0x1p+0f - x32;
            const float x35 = x33 * x34;
            const float x36 = x32 + x35;
            v172[i * S + t] = x33;
            v216[i * S + t] = x36;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b20, v172, row, valid, 3136, T, S);
        ebm_grid_conv_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v172, b11, valid, (float *)shared, [&](const int i, const int t, const float y174) {
            const float x37 = ebm_sigmoid(y174);
            const float x38 = y174 * x37;
            const float x39 = 0x1p+0f - x37;
            const float x40 = x38 * x39;
            const float x41 = x37 + x40;
            v176[i * S + t] = x38;
            v210[i * S + t] = x41;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b21, v176, row, valid, 1568, T, S);
        ebm_grid_conv_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v176, b14, valid, (float *)shared, [&](const int i, const int t, const float y178) {
            const float x42 = ebm_sigmoid(y178);
            const float x43 = y178 * x42;
            const float x44 = 0x1p+0f - x42;
            const float x45 = x43 * x44;
            const float x46 = x42 + x45;
            v180[i * S + t] = x43;
            v204[i * S + t] = x46;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b22, v180, row, valid, 288, T, S);
        ebm_grid_dense(v183, b16, 1, 1, v180, b17, 1, 288, T, S, valid, (float *)shared);
        ebm_grid_sync(barrier);
        ebm_grid_store(b23, v183, row, valid, 1, T, S);
        if (f0 == 0) {
            const float x47 = v159[0 * S + t] * sf3;
            const float x48 = v183[0 * S + t] * sf3;
            const float x49 = x48 + sf4;
            const float x50 = x47 - sf4;
            const float x51 = x49 + x50;
            v196[0 * S + t] = x49;
            v225[0 * S + t] = x50;
            v227[0 * S + t] = x51;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b24, v196, row, valid, 1, T, S);
        ebm_grid_store(b25, v225, row, valid, 1, T, S);
        ebm_grid_store(b26, v227, row, valid, 1, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 288; i += FS) {
            const float x52 = b16[i];
            const float x53 = x52 * v196[0 * S + t];
            const float x54 = x53 * v204[i * S + t];
            v205[i * S + t] = x54;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b27, v205, row, valid, 288, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v205, valid, (float *)shared, [&](const int i, const int t, const float y206) {
            const float x55 = y206 * v210[i * S + t];
            v211[i * S + t] = x55;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b28, v211, row, valid, 1568, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v211, valid, (float *)shared, [&](const int i, const int t, const float y212) {
            const float x56 = y212 * v216[i * S + t];
            v217[i * S + t] = x56;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b29, v217, row, valid, 3136, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v217, valid, (float *)shared, [&](const int i, const int t, const float y218) {
            const float x57 = y218 * v222[i * S + t];
            v223[i * S + t] = x57;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b30, v223, row, valid, 6272, T, S);
        for (int i = f0; i < 288; i += FS) {
            const float x58 = b16[i];
            const float x59 = x58 * v225[0 * S + t];
            const float x60 = x59 * v235[i * S + t];
            v236[i * S + t] = x60;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b31, v236, row, valid, 288, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b13, v236, valid, (float *)shared, [&](const int i, const int t, const float y237) {
            const float x61 = y237 * v242[i * S + t];
            v243[i * S + t] = x61;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b32, v243, row, valid, 1568, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b10, v243, valid, (float *)shared, [&](const int i, const int t, const float y244) {
            const float x62 = y244 * v249[i * S + t];
            v250[i * S + t] = x62;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b33, v250, row, valid, 3136, T, S);
        ebm_grid_conv_dx_then<EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>, T, S>(b7, v250, valid, (float *)shared, [&](const int i, const int t, const float y251) {
            const float x63 = y251 * v256[i * S + t];
            v257[i * S + t] = x63;
        });
        ebm_grid_sync(barrier);
        ebm_grid_store(b34, v257, row, valid, 6272, T, S);
        for (int i = f0; i < 32; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 3; r1++) {
                for (int r2 = 0; r2 < 3; r2++) {
                    acc += v205[(i * 9 + (r1 * 3 + r2)) * S + t];
                }
            }
            v261[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b35, v261, row, valid, 32, T, S);
        for (int i = f0; i < 32; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 3; r1++) {
                for (int r2 = 0; r2 < 3; r2++) {
                    acc += v236[(i * 9 + (r1 * 3 + r2)) * S + t];
                }
            }
            v263[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b36, v263, row, valid, 32, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 32; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 7; r1++) {
                for (int r2 = 0; r2 < 7; r2++) {
                    acc += v211[(i * 49 + (r1 * 7 + r2)) * S + t];
                }
            }
            v266[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b37, v266, row, valid, 32, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 32; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 7; r1++) {
                for (int r2 = 0; r2 < 7; r2++) {
                    acc += v243[(i * 49 + (r1 * 7 + r2)) * S + t];
                }
            }
            v268[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b38, v268, row, valid, 32, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 16; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 14; r1++) {
                for (int r2 = 0; r2 < 14; r2++) {
                    acc += v217[(i * 196 + (r1 * 14 + r2)) * S + t];
                }
            }
            v271[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b39, v271, row, valid, 16, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 16; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 14; r1++) {
                for (int r2 = 0; r2 < 14; r2++) {
                    acc += v250[(i * 196 + (r1 * 14 + r2)) * S + t];
                }
            }
            v273[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b40, v273, row, valid, 16, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 8; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 28; r1++) {
                for (int r2 = 0; r2 < 28; r2++) {
                    acc += v223[(i * 784 + (r1 * 28 + r2)) * S + t];
                }
            }
            v276[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b41, v276, row, valid, 8, T, S);
        ebm_grid_sync(barrier);
        for (int i = f0; i < 8; i += FS) {
            float acc = 0x0p+0f;
            for (int r1 = 0; r1 < 28; r1++) {
                for (int r2 = 0; r2 < 28; r2++) {
                    acc += v257[(i * 784 + (r1 * 28 + r2)) * S + t];
                }
            }
            v278[i * S + t] = acc;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store(b42, v278, row, valid, 8, T, S);
        ebm_grid_sync(barrier);
        const int32_t x64 = b43[0];
        if (f0 == 0) {
            const int32_t x65 = (int32_t)((uint32_t)(int32_t)(sample0 + t) + (uint32_t)x64);
            const int32_t x66 = (4096 == 0 || 4096 == -1 ? 0 : (x65 % (4096 ? 4096 : 1) + (4096 ? 4096 : 1)) % (4096 ? 4096 : 1));
            v288[0 * S + t] = x66;
        }
        ebm_grid_sync(barrier);
        ebm_grid_store_i32(b44, v288, row, valid, 1, T, S);
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
static __device__ void sum2_93(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_outer<32, 1, 288>(b0 + block * 288, b1 + row * 1, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_95(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 16384, b1 + row * 1568, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_98(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 8192, b1 + row * 3136, b2 + row * 1568, tile, valid, (float *)shared);
}
static __device__ void sum2_101(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 2048, b1 + row * 6272, b2 + row * 3136, tile, valid, (float *)shared);
}
static __device__ void sum2_103(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 72, b1 + row * 784, b2 + row * 6272, tile, valid, (float *)shared);
}
static __device__ void sum2_105(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_outer<32, 1, 288>(b0 + block * 288, b1 + row * 1, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_107(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<32, 7, 7, 32, 3, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 16384, b1 + row * 1568, b2 + row * 288, tile, valid, (float *)shared);
}
static __device__ void sum2_110(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<16, 14, 14, 32, 7, 7, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 8192, b1 + row * 3136, b2 + row * 1568, tile, valid, (float *)shared);
}
static __device__ void sum2_113(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<8, 28, 28, 16, 14, 14, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 2048, b1 + row * 6272, b2 + row * 3136, tile, valid, (float *)shared);
}
static __device__ void sum2_115(void *const *buf, const EbmScalars *s, int64_t block, int tile, char *shared) {
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    const float *__restrict__ const b2 = (const float *)buf[2];
    const int64_t row = block * 64;
    const int valid = (int)(s->batch - row < 64 ? s->batch - row : 64);
    ebm_sum_conv<32, EbmGeometry<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1>>(b0 + block * 72, b1 + row * 784, b2 + row * 6272, tile, valid, (float *)shared);
}
EBM_CALL void sum2_1(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [32][S] */
    float *p1 = b0 + unit * 32;
    for (int i = tid; i < 32; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 32, T, S);
        __syncthreads();
        ebm_cta_sum(p1, v0, 32, T, S, valid);
    }
}
EBM_CALL void sum2_2(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [16][S] */
    float *p1 = b0 + unit * 16;
    for (int i = tid; i < 16; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 16, T, S);
        __syncthreads();
        ebm_cta_sum(p1, v0, 16, T, S, valid);
    }
}
EBM_CALL void sum2_3(void *const *buf, const EbmScalars *s, int64_t unit, char *shared, char *scratch) {
    enum { T = 64, S = 72, THREADS = 256, FS = THREADS / T };
    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;
    (void)scratch, (void)shared, (void)t, (void)f0;
    float *const b0 = (float *)buf[0];
    const float *__restrict__ const b1 = (const float *)buf[1];
    float *const v0 = (float *)(shared + 0);    /* [8][S] */
    float *p1 = b0 + unit * 8;
    for (int i = tid; i < 8; i += THREADS) p1[i] = 0;
    const int64_t last = unit * 64 + 64;
    const int64_t end = last < s->batch ? last : s->batch;
    for (int64_t row = unit * 64; row < end; row += T) {
        const int valid = (int)(end - row < T ? end - row : T);
        const int64_t sample0 = s->first_sample + row;
        (void)sample0;
        ebm_cta_load(v0, b1, row, valid, 8, T, S);
        __syncthreads();
        ebm_cta_sum(p1, v0, 8, T, S, valid);
    }
}
struct k2_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[52]; };
extern "C" __global__ void __launch_bounds__(256) k2(const struct k2_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    const EbmScalars scalars = *a.s, *const s = &scalars;
    enum { n = 87 };
    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {
        const int64_t block = unit / n;
        const int which = (int)(unit % n);
        if (unit != blockIdx.x) __syncthreads();
        if (which < 1) sum2_0(a.buf + 0, s, block, shared, scratch);
        else if (which < 2) sum2_0(a.buf + 2, s, block, shared, scratch);
        else if (which < 11) sum2_93(a.buf + 4, s, block, which - 2, shared);
        else if (which < 27) sum2_95(a.buf + 7, s, block, which - 11, shared);
        else if (which < 35) sum2_98(a.buf + 10, s, block, which - 27, shared);
        else if (which < 39) sum2_101(a.buf + 13, s, block, which - 35, shared);
        else if (which < 40) sum2_103(a.buf + 16, s, block, which - 39, shared);
        else if (which < 49) sum2_105(a.buf + 19, s, block, which - 40, shared);
        else if (which < 65) sum2_107(a.buf + 22, s, block, which - 49, shared);
        else if (which < 73) sum2_110(a.buf + 25, s, block, which - 65, shared);
        else if (which < 77) sum2_113(a.buf + 28, s, block, which - 73, shared);
        else if (which < 78) sum2_115(a.buf + 31, s, block, which - 77, shared);
        else if (which < 79) sum2_0(a.buf + 34, s, block, shared, scratch);
        else if (which < 80) sum2_1(a.buf + 36, s, block, shared, scratch);
        else if (which < 81) sum2_1(a.buf + 38, s, block, shared, scratch);
        else if (which < 82) sum2_1(a.buf + 40, s, block, shared, scratch);
        else if (which < 83) sum2_1(a.buf + 42, s, block, shared, scratch);
        else if (which < 84) sum2_2(a.buf + 44, s, block, shared, scratch);
        else if (which < 85) sum2_2(a.buf + 46, s, block, shared, scratch);
        else if (which < 86) sum2_3(a.buf + 48, s, block, shared, scratch);
        else if (which < 87) sum2_3(a.buf + 50, s, block, shared, scratch);
    }
}

/* kernel 3: nest stage 2, 21 parts */
struct k3_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[42]; };
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
        else if (u < 30) part0(buf + 12, s, u - 29, 72, shared, scratch);  /* combined sum */
        else if (u < 31) part0(buf + 14, s, u - 30, 288, shared, scratch);  /* combined sum */
        else if (u < 47) part0(buf + 16, s, u - 31, 16384, shared, scratch);  /* combined sum */
        else if (u < 55) part0(buf + 18, s, u - 47, 8192, shared, scratch);  /* combined sum */
        else if (u < 57) part0(buf + 20, s, u - 55, 2048, shared, scratch);  /* combined sum */
        else if (u < 58) part0(buf + 22, s, u - 57, 72, shared, scratch);  /* combined sum */
        else if (u < 59) part0(buf + 24, s, u - 58, 1, shared, scratch);  /* combined sum */
        else if (u < 60) part0(buf + 26, s, u - 59, 32, shared, scratch);  /* combined sum */
        else if (u < 61) part0(buf + 28, s, u - 60, 32, shared, scratch);  /* combined sum */
        else if (u < 62) part0(buf + 30, s, u - 61, 32, shared, scratch);  /* combined sum */
        else if (u < 63) part0(buf + 32, s, u - 62, 32, shared, scratch);  /* combined sum */
        else if (u < 64) part0(buf + 34, s, u - 63, 16, shared, scratch);  /* combined sum */
        else if (u < 65) part0(buf + 36, s, u - 64, 16, shared, scratch);  /* combined sum */
        else if (u < 66) part0(buf + 38, s, u - 65, 8, shared, scratch);  /* combined sum */
        else part0(buf + 40, s, u - 66, 8, shared, scratch);  /* combined sum */
    }
}

/* kernel 4: nest stage 2, 9 parts */
struct k4_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[27]; };
extern "C" __global__ void __launch_bounds__(256) k4(const struct k4_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part1(buf + 0, s, u - 0, 72, shared, scratch);  /* sum */
        else if (u < 2) part1(buf + 3, s, u - 1, 8, shared, scratch);  /* sum */
        else if (u < 3) part1(buf + 6, s, u - 2, 2048, shared, scratch);  /* sum */
        else if (u < 4) part1(buf + 9, s, u - 3, 16, shared, scratch);  /* sum */
        else if (u < 6) part2(buf + 12, s, u - 4, 8192, shared, scratch);  /* sum */
        else if (u < 7) part1(buf + 15, s, u - 6, 32, shared, scratch);  /* sum */
        else if (u < 11) part2(buf + 18, s, u - 7, 16384, shared, scratch);  /* sum */
        else if (u < 12) part1(buf + 21, s, u - 11, 32, shared, scratch);  /* sum */
        else part1(buf + 24, s, u - 12, 288, shared, scratch);  /* sum */
    }
}

/* kernel 5: nest stage 2, 2 parts */
struct k5_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[4]; };
extern "C" __global__ void __launch_bounds__(256) k5(const struct k5_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part3(buf + 0, s, u - 0, 2, shared, scratch);  /* combined sum */
        else part3(buf + 2, s, u - 1, 4, shared, scratch);  /* combined sum */
    }
}

/* kernel 6: nest stage 2, 1 part */
struct k6_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[11]; };
extern "C" __global__ void __launch_bounds__(256) k6(const struct k6_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        part4(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 7: nest stage 2, 2 parts */
struct k7_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[11]; };
extern "C" __global__ void __launch_bounds__(256) k7(const struct k7_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u != blockIdx.x) __syncthreads();
        if (u < 1) part5(buf + 0, s, u - 0, 1, shared, scratch);  /* elementwise */
        else part6(buf + 8, s, u - 1, 1, shared, scratch);  /* rows written */
    }
}

/* kernel 8: nest stage 2, 10 parts */
struct k8_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[104]; };
extern "C" __global__ void __launch_bounds__(256) k8(const struct k8_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part7(buf + 0, s, u - 0, 72, shared, scratch);  /* elementwise */
        else if (u < 2) part7(buf + 10, s, u - 1, 8, shared, scratch);  /* elementwise */
        else if (u < 4) part7(buf + 20, s, u - 2, 2048, shared, scratch);  /* elementwise */
        else if (u < 5) part7(buf + 30, s, u - 4, 16, shared, scratch);  /* elementwise */
        else if (u < 13) part7(buf + 40, s, u - 5, 8192, shared, scratch);  /* elementwise */
        else if (u < 14) part7(buf + 50, s, u - 13, 32, shared, scratch);  /* elementwise */
        else if (u < 30) part7(buf + 60, s, u - 14, 16384, shared, scratch);  /* elementwise */
        else if (u < 31) part8(buf + 70, s, u - 30, 32, shared, scratch);  /* elementwise */
        else if (u < 32) part7(buf + 80, s, u - 31, 288, shared, scratch);  /* elementwise */
        else part9(buf + 90, s, u - 32, 1, shared, scratch);  /* elementwise */
    }
}

/* kernel 9: nest stage 2, 9 parts */
struct k9_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[18]; };
extern "C" __global__ void __launch_bounds__(256) k9(const struct k9_args a) {
    extern __shared__ __align__(128) char cta_memory[];
    char *const shared = cta_memory;
    char *const scratch = a.scratch + blockIdx.x * 0ull;
    void *const *const buf = a.buf;
    const EbmScalars *const s = a.s;
    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {
        if (u < 1) part10(buf + 0, s, u - 0, 72, shared, scratch);  /* elementwise */
        else if (u < 2) part10(buf + 2, s, u - 1, 8, shared, scratch);  /* elementwise */
        else if (u < 4) part10(buf + 4, s, u - 2, 2048, shared, scratch);  /* elementwise */
        else if (u < 5) part10(buf + 6, s, u - 4, 16, shared, scratch);  /* elementwise */
        else if (u < 13) part10(buf + 8, s, u - 5, 8192, shared, scratch);  /* elementwise */
        else if (u < 14) part10(buf + 10, s, u - 13, 32, shared, scratch);  /* elementwise */
        else if (u < 30) part10(buf + 12, s, u - 14, 16384, shared, scratch);  /* elementwise */
        else if (u < 31) part11(buf + 14, s, u - 30, 32, shared, scratch);  /* elementwise */
        else part10(buf + 16, s, u - 31, 288, shared, scratch);  /* elementwise */
    }
}

/* ---- entry 1 ---------------------------------------------------------------------------- */

/* kernel 10: region level 0, all CTAs together, units of 128 samples
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
struct k10_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[12]; };
extern "C" __global__ void __launch_bounds__(256) k10(const struct k10_args a) {
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

/* kernel 11: region level 0, all CTAs together, units of 256 samples
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
struct k11_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[16]; };
extern "C" __global__ void __launch_bounds__(256) k11(const struct k11_args a) {
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

/* kernel 12: region level 0, all CTAs together, units of 256 samples
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
struct k12_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[17]; };
extern "C" __global__ void __launch_bounds__(256) k12(const struct k12_args a) {
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

/* kernel 13: region level 0, all CTAs together, units of 64 samples
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
struct k13_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[15]; };
extern "C" __global__ void __launch_bounds__(256) k13(const struct k13_args a) {
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

/* kernel 14: region level 0, all CTAs together, units of 64 samples
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
