/* toy.c - a program as `ebmcc --target=all` would emit it, small enough to write by hand: the same
 * kernel bodies once as C and once as CUDA text, so that runs on both devices give the same bits.
 *
 * E(x) = |x - c|^2 / 2, trained against noisy negatives from a buffer; every step reads and writes
 * all kinds of state. Kernels use scratch, data rows, scalars and a per-batch sum. */
#include "ebm.h"
#include <math.h>
#include <string.h>

enum { S_CENTER, S_EMA, S_SLOT, S_BUFFER, S_HEAD, S_COUNT };
enum { A_LR, A_NOISE, A_BLOWUP, A_ITER, A_LAST };
enum { CAPACITY = 32, LANES = 32 };

/* Code in C, and as text behind a prefix. */
#define BOTH(name, ...) __VA_ARGS__ static const char name[] = #__VA_ARGS__ "\n";
#define DEV static

BOTH(common_text,
DEV float noise(unsigned long long a, unsigned long long b, unsigned long long c) {
    unsigned long long x = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c *
        0x94d049bb133111ebu;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (float)((x ^ x >> 31) >> 40) / 8388608.0f - 1.0f;
}
/* One sample of a step. buf: points, rows, buffer, pos, neg. */
DEV void draw_one(void *const *buf, const EbmScalars *s, long long i, float *scratch) {
    const float *points = (const float *)buf[0];
    const float *pool = (const float *)buf[2];
    const int *rows = (const int *)buf[1];
    for (int k = 0; k < 2; k++) {
        scratch[k] = noise(s->seed, s->step, (unsigned long long)(2 * i + k));
        ((float *)buf[3])[2 * i + k] = points[2 * rows[i] + k];
        ((float *)buf[4])[2 * i + k] = pool[2 * ((i + (long long)s->step) % 32) + k] * 0.9f
                                     + s->f[1] * scratch[k];
    }
}
/* Energy of one sample. buf: x, rows or null, center, e. */
DEV void energy_one(void *const *buf, const EbmScalars *s, long long i, float *scratch) {
    const int *rows = (const int *)buf[1];
    const float *x = (const float *)buf[0] + 2 * (rows ? rows[i] : i);
    const float *c = (const float *)buf[2];
    scratch[0] = x[0] - c[0];
    scratch[1] = x[1] - c[1];
    ((float *)buf[3])[i] = 0.5f * (scratch[0] * scratch[0] + scratch[1] * scratch[1]);
}
/* Sums over the batch. buf: pos, neg, e, center, sums [gap, gx, gy, mean of rows]. */
DEV void sum_one(void *const *buf, const EbmScalars *s, long long i, float *scratch) {
    const float *pos = (const float *)buf[0];
    const float *neg = (const float *)buf[1];
    const float *e = (const float *)buf[2];
    const float *c = (const float *)buf[3];
    float *sum = (float *)buf[4];
    float n = (float)s->batch;
    float gap = 0;
    float gx = 0;
    float gy = 0;
    if (i != 0) return;
    for (long long k = 0; k < s->batch; k++) {
        gap += e[k] / n;
        if (pos) gx += (c[0] - pos[2 * k]) / n + 0.01f * neg[2 * k];
        if (pos) gy += (c[1] - pos[2 * k + 1]) / n + 0.01f * neg[2 * k + 1];
    }
    sum[0] = gap;
    sum[1] = s->i[0] > 0 && (long long)s->step + 1 >= s->i[0] ? gx / (0 * gx) : gx;
    sum[2] = gy;
}
/* buf: sums, center, ema, slot, buffer, head, neg. */
DEV void update_one(void *const *buf, const EbmScalars *s, long long i, float *scratch) {
    const float *sum = (const float *)buf[0];
    float *c = (float *)buf[1];
    float *ema = (float *)buf[2];
    float *m = (float *)buf[3];
    int *head = (int *)buf[5];
    if (i != 0) return;
    for (int k = 0; k < 2; k++) {
        m[k] = 0.9f * m[k] + sum[1 + k];
        c[k] -= s->f[0] * m[k];
        ema[k] = 0.99f * ema[k] + 0.01f * c[k];
        ((float *)buf[4])[2 * *head + k] = ((const float *)buf[6])[k];
    }
    *head = (*head + 1) % 32;
})

/* ---- the CPU's kernels -----------------------------------------------------------------------*/
#define KERNEL(name) \
    static void name(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) { \
        for (int64_t u = r.begin; u < r.end; u++) \
            for (int64_t t = 0; t < LANES && LANES * u + t < s->batch; t++) \
                name##_one(buf, s, LANES * u + t, scratch); \
    }
KERNEL(draw)
KERNEL(energy)
KERNEL(sum)
KERNEL(update)
enum { K_DRAW, K_ENERGY, K_SUM, K_UPDATE, K_SCORE, K_COUNT };
static const EbmKernel kernels[] = {
    { "draw", draw, 64, "" }, { "energy", energy, 64, "" }, { "sum", sum, 64, "" },
    { "update", update, 64, "" }, { "score", energy, 64, "" },
};

/* ---- the GPU's -------------------------------------------------------------------------------*/
static const char prefix[] =
    "#ifndef EBM_EMULATED\n"
    "typedef unsigned long long uint64_t; typedef unsigned uint32_t; typedef long long int64_t;\n"
    "__device__ unsigned ebm_load_acquire(const unsigned *p) { return *(const volatile unsigned *)p; }\n"
    "#endif\n"
    "struct EbmScalars { uint64_t seed, step; uint32_t epoch; int64_t batch, first_sample;\n"
    "    float *f; int64_t *i; };\n"
    "#define DEV static __device__\n";
#define CUDA_KERNEL(name, body, n) \
    "struct " #name "_args { const EbmScalars *s; int64_t units; char *scratch;" \
    " void *buf[" #n "]; };\n" \
    "extern \"C\" __global__ void " #name "(const struct " #name "_args a) {\n" \
    "    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {\n" \
    "        int64_t i = 32 * u + threadIdx.x;\n" \
    "        float *scratch = (float *)(a.scratch + 256 * blockIdx.x) + 2 * threadIdx.x;\n" \
    "        if (i < a.s->batch) " #body "_one(a.buf, a.s, i, scratch);\n" \
    "        __syncthreads();\n    }\n}\n"
/* All CTAs together: the first one passes the sums on to the last one. */
static const char update_text[] =
    "struct update_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[8]; };\n"
    "extern \"C\" __global__ void update(const struct update_args a) {\n"
    "    unsigned *const barrier = (unsigned *)a.buf[7];\n"
    "    float *const sums = (float *)a.scratch;\n"
    "    void *buf[7];\n"
    "    for (int i = 1; i < 7; i++) buf[i] = a.buf[i];\n"
    "    buf[0] = sums;\n"
    "    if (blockIdx.x == 0 && threadIdx.x < 3) sums[threadIdx.x] = ((const float *)a.buf[0])[threadIdx.x];\n"
    "    __syncthreads();\n"
    "    if (threadIdx.x == 0) {\n"
    "        __threadfence();\n"
    "        const unsigned old = atomicAdd(barrier, blockIdx.x ? 1u : 0x80000000u - (gridDim.x - 1u));\n"
    "        while (((ebm_load_acquire(barrier) ^ old) & 0x80000000u) == 0) continue;\n"
    "        __threadfence();\n"
    "    }\n"
    "    __syncthreads();\n"
    "    if (blockIdx.x == gridDim.x - 1 && threadIdx.x == 0) update_one(buf, a.s, 0, (float *)0);\n"
    "}\n";
static char train_text[12000], score_text[12000];
static const EbmCudaModule modules[] = { { "toy_train", train_text, 0 },
                                         { "toy_score", score_text, 1 } };
static const EbmCudaKernel cuda_kernels[] = {
    { "draw", 0, LANES, 0, 256, 5, "", 0 }, { "energy", 0, LANES, 0, 256, 4, "", 0 },
    { "sum", 0, LANES, 0, 256, 5, "", 0 }, { "update", 0, LANES, 1024, 256, 7, "", 2 },
    { "score", 1, LANES, 0, 256, 4, "", 0 },
};
static void make_texts(void) {
    strcat(strcat(strcpy(train_text, prefix), common_text),
           CUDA_KERNEL(draw, draw, 5) CUDA_KERNEL(energy, energy, 4) CUDA_KERNEL(sum, sum, 5));
    strcat(train_text, update_text);
    strcat(strcat(strcpy(score_text, prefix), common_text), CUDA_KERNEL(score, energy, 4));
}

/* ---- the plan --------------------------------------------------------------------------------*/
#define FREE(p) ((void *)(uintptr_t)(p))
static void init(EbmRun *run) {
    float *c = ebm_state(run, S_CENTER), *b = ebm_state(run, S_BUFFER);
    for (int k = 0; k < 2; k++) c[k] = noise(ebm_scalars(run)->seed, 0, 7 + (uint64_t)k);
    for (int k = 0; k < 2 * CAPACITY; k++) b[k] = noise(1, 2, (uint64_t)k);
    memset(ebm_arena(run, 4096), 0xff, 4096);
}

static int64_t units_of(EbmRun *run) { return (ebm_scalars(run)->batch + LANES - 1) / LANES; }

static void train(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    int64_t units = units_of(run);
    s->f[0] = (float)ebm_scalar(run, A_LR);
    s->f[1] = (float)ebm_scalar(run, A_NOISE);
    s->i[0] = (int64_t)ebm_scalar(run, A_BLOWUP);
    float *pos = ebm_arena(run, (size_t)s->batch * 36 + 512);
    float *sums = pos, *neg = (pos += 64) + 2 * s->batch, *e = neg + 2 * s->batch,
        *other = e + s->batch;
    ebm_launch(run, K_DRAW, (void *[]){ FREE(ebm_data_field(run, 0, 0)),
                                        FREE(ebm_data_rows(run, 0, 0)),
               ebm_state(run, S_BUFFER), pos, neg }, units);
    s->f[1] *= 0.5f;                     /* what follows sees other scalars and other rows */
    ebm_launch(run, K_DRAW, (void *[]){ FREE(ebm_data_field(run, 0, 0)),
               FREE(ebm_data_rows_on(run, 0, 0, 1)), ebm_state(run, S_BUFFER), other,
               other + 2 * s->batch }, units);
    ebm_launch(run, K_ENERGY, (void *[]){ pos, NULL, ebm_state(run, S_CENTER), e }, units);
    ebm_launch(run, K_SUM, (void *[]){ pos, other + (s->step % 2 ? 2 * s->batch : 0), e,
                                       ebm_state(run, S_CENTER), sums }, 1);
    if (!ebm_check_at(run, sums + 1, "gradient of E")) return;
    ebm_launch(run, K_UPDATE, (void *[]){ sums, ebm_state(run, S_CENTER), ebm_state(run, S_EMA),
               ebm_state(run, S_SLOT), ebm_state(run, S_BUFFER), ebm_state(run, S_HEAD), neg }, 1);
    if (ebm_tracking(run)) {
        float v = ebm_read_f32(run, sums);
        ebm_scalar_out(run, 0, &v);
    }
    if ((s->step + 1) % 10 == 0) ebm_run_entry(run, 0);
}

static void score(EbmRun *run) {
    float *e = ebm_arena(run, (size_t)ebm_scalars(run)->batch * 4);
    ebm_launch(run, K_SCORE, (void *[]){ FREE(ebm_data_field(run, 0, 0)),
                                         FREE(ebm_data_rows(run, 0, 0)),
               ebm_state(run, S_EMA), e }, units_of(run));
    ebm_rows_out(run, 0, e, NULL);
}
static void (*const steps[])(EbmRun *) = { train, score };

/* ---- tables ----------------------------------------------------------------------------------*/
#define VEC2 { EBM_F32, 1, { 2 } }
#define ONE { EBM_F32, 0, { 0 } }
static const EbmStateDesc states[S_COUNT] = {
    [S_CENTER] = { "E.center", EBM_PARAM, -1, 0, VEC2 },
    [S_EMA] = { "E_avg.center", EBM_EMA, S_CENTER, 1, VEC2 },
    [S_SLOT] = { "ebm.optim.E.m.E.center", EBM_SLOT, S_CENTER, -1, VEC2 },
    [S_BUFFER] = { "B", EBM_BUFFER, -1, -1, { EBM_F32, 2, { CAPACITY, 2 } } },
    [S_HEAD] = { "B.head", EBM_VALUE, -1, -1, { EBM_I32, 0, { 0 } } },
};
static const EbmGroupDesc groups[] = { { "E", true, -1, NULL }, { "E_avg", true, 0, NULL } };
static const EbmScalarDesc scalars[] = {
    [A_LR] = { "lr", EBM_ARG, EBM_F32, 0.05, "" }, [A_NOISE] = { "noise", EBM_ARG, EBM_F32, 0.5,
            "" },
    [A_BLOWUP] = { "blowup", EBM_ARG, EBM_I32, 0, "step whose gradient is not finite" },
    [A_ITER] = { "iter", EBM_ITER, EBM_I32, 0, "" },
};
static const char *const paths[] = { "points.npy" };
static const EbmFieldDesc fields[] = { { "d", VEC2 } };
static const EbmDataDesc data[] = { { "d", paths, 1, fields, 1, false } };
static const int draws[] = { 1 };
static const bool uses_ema[S_COUNT] = { [S_EMA] = true };
static const EbmOutputDesc tracks[] = { { EBM_TRACK, "gap", NULL, ONE, 0, 0, 0 } };
static const EbmOutputDesc saves[] = { { EBM_SAVE, "energy", "energy.npy", ONE, 0, 0, 0 } };
static const EbmRunDesc runs[] = { { 1, NULL, 0 } };
static const EbmEntryDesc entries[] = {
    { EBM_TRAIN, "cd", 48, 50, 0, train, tracks, 1, draws, NULL, runs, 1, NULL },
    { EBM_SAMPLE, "energies", 20, 0, 50, score, saves, 1, draws, uses_ema, NULL, 0, NULL },
};
static const EbmCuda cuda = { modules, 2, cuda_kernels, K_COUNT, steps, 2, 1, "fp32" };
static const EbmProgram program = {
    .abi = EBM_ABI, .name = "toy", .compiler = "by hand", .spec_text = "# toy\n",
    .identity = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .states = states, .n_states = S_COUNT, .groups = groups, .n_groups = 2, .scalars = scalars,
    .n_scalars = A_LAST, .data = data, .n_data = 1, .entries = entries, .n_entries = 2,
    .kernels = kernels, .n_kernels = K_COUNT, .n_f = 2, .n_i = 1, .init = init, .cuda = &cuda,
};

int main(int argc, char **argv) {
    make_texts();
    return ebm_main(&program, argc, argv);
}
