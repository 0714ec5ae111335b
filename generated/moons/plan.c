/* plan.c - written by ebmcc 0.1.0: which kernel runs on which buffers. */
#include "ebm.h"

#include <math.h>
#include <string.h>

static const char *const strings[] = {
    "gradient of E",
    "!the batch of log_z_grid is the number of grid points, n^d (std/metrics.ebm, line 13)",
};

#define HOST static inline __attribute__((unused))
HOST double host_mod(double a, double b) {
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
HOST double host_sigmoid(double a) {
    return a >= 0 ? 1 / (1 + exp(-a)) : exp(a) / (1 + exp(a));
}
HOST double host_softplus(double a) {
    return a > 0 ? a + log1p(exp(-a)) : log1p(exp(a));
}
/* Truncated to [lo, hi]; NaN gives 0. */
HOST double host_int(double a, double lo, double hi) {
    return isnan(a) ? 0 : a < lo ? lo : a > hi ? hi : trunc(a);
}
HOST double host_wrap(double a) { return (double)(int32_t)(uint32_t)(uint64_t)(int64_t)a; }
HOST double host_mul(double a, double b) {
    return (double)(int32_t)(uint32_t)((uint64_t)(int64_t)a * (uint64_t)(int64_t)b);
}

static void step_0(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const double h1 = ebm_scalar(run, 1);
    const double h2 = ebm_scalar(run, 2);
    const double h3 = ebm_scalar(run, 3);
    const double h8 = ebm_scalar(run, 4);
    const double h49 = h2 * 0x1p-1;
    const double h83 = sqrt(h2);
    const double h100 = ebm_scalar(run, 5);
    const double h101 = h100;
    const double h118 = h3 / h101;
    const double h120 = h118 * 0x1p+1;
    const double h124 = 0x1p+0 / h101;
    s->f[0] = (float)h49;
    s->f[1] = (float)h83;
    s->f[2] = (float)h120;
    s->f[3] = (float)h124;
    s->f[4] = (float)h8;
    s->f[5] = (float)h101;
    s->i[0] = (int64_t)h1;
    s->i[1] = (int64_t)h100;
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 203840 + 2127 * (size_t)pad);
    char *row = tmp + 203840;
    ebm_launch(run, 0, (void *[]){ tmp + 0, ebm_state(run, 3), tmp + 1024, ebm_state(run, 5),
        tmp + 66560, ebm_state(run, 5), tmp + 132096, ebm_state(run, 3) }, 4);
    ebm_launch(run, 1, (void *[]){ ebm_state(run, 0), tmp + 0, ebm_state(run, 4), tmp + 1024,
        ebm_state(run, 6), ebm_state(run, 7), tmp + 66560, tmp + 132096,
        row + 0 * pad }, (s->batch + 31) / 32);
    ebm_launch(run, 2, (void *[]){ tmp + 132096, ebm_state(run, 7) }, 1);
    ebm_launch(run, 3, (void *[]){ tmp + 0, ebm_state(run, 4), tmp + 1024, ebm_state(run, 6),
        tmp + 132096, ebm_state(run, 8), row + 8 * pad, row + 0 * pad,
        row + 9 * pad, ebm_state(run, 7), row + 10 * pad, tmp + 66560,
        row + 18 * pad, row + 1042 * pad, row + 1058 * pad, row + 1066 * pad,
        row + 2090 * pad, row + 2106 * pad, row + 2107 * pad, row + 2115 * pad,
        ebm_state(run, 1), row + 2123 * pad }, (s->batch + 63) / 64);
    ebm_launch(run, 4, (void *[]){ tmp + 0, row + 8 * pad, tmp + 64, row + 9 * pad,
        tmp + 128, row + 10 * pad, tmp + 640, row + 18 * pad,
        tmp + 66176, row + 1042 * pad, tmp + 67200, row + 1058 * pad,
        tmp + 67712, row + 1066 * pad, tmp + 133248, row + 2090 * pad,
        tmp + 134272, row + 2106 * pad, tmp + 134336, row + 2107 * pad,
        tmp + 134848, row + 2115 * pad }, 17);
    ebm_launch(run, 5, (void *[]){ tmp + 135360, tmp + 66176, tmp + 133248, tmp + 135424,
        tmp + 134848, tmp + 135488, tmp + 640, tmp + 67712,
        tmp + 135552, tmp + 134336, tmp + 135616, tmp + 128,
        tmp + 67200 }, 8);
    ebm_launch(run, 6, (void *[]){ tmp + 135680, tmp + 135488 }, 1);
    ebm_launch(run, 7, (void *[]){ tmp + 134272, tmp + 135360, tmp + 135424, tmp + 135680,
        tmp + 135552, tmp + 135616, tmp + 135488 }, 1);
    if (!ebm_check_at(run, tmp + 135488, strings[0])) return;
    ebm_launch(run, 8, (void *[]){ ebm_state(run, 15), ebm_state(run, 16), tmp + 134272, ebm_state(run, 27),
        ebm_state(run, 28), tmp + 135360, tmp + 135424, tmp + 135552,
        tmp + 135616, ebm_state(run, 0), row + 2123 * pad, row + 0 * pad }, 2);
    ebm_launch(run, 9, (void *[]){ tmp + 66176, tmp + 133248, ebm_state(run, 17), ebm_state(run, 18),
        tmp + 135424, tmp + 135360, ebm_state(run, 3), tmp + 135680,
        tmp + 134848, ebm_state(run, 19), ebm_state(run, 20), tmp + 135424,
        tmp + 135360, ebm_state(run, 4), tmp + 136704, tmp + 640,
        tmp + 67712, ebm_state(run, 21), ebm_state(run, 22), tmp + 135424,
        tmp + 135360, ebm_state(run, 5), tmp + 137216, tmp + 134336,
        ebm_state(run, 23), ebm_state(run, 24), tmp + 135424, tmp + 135360,
        ebm_state(run, 6), tmp + 202752, tmp + 128, tmp + 67200,
        ebm_state(run, 25), ebm_state(run, 26), tmp + 135424, tmp + 135360,
        ebm_state(run, 7), tmp + 203264, tmp + 135616, tmp + 135424,
        tmp + 135552, tmp + 135360, ebm_state(run, 8), ebm_state(run, 1),
        ebm_state(run, 2), ebm_state(run, 14), tmp + 0, tmp + 64,
        tmp + 135488, tmp + 134272, tmp + 203776 }, 9);
    ebm_launch(run, 10, (void *[]){ ebm_state(run, 9), tmp + 135680, ebm_state(run, 10), tmp + 136704,
        ebm_state(run, 11), tmp + 137216, ebm_state(run, 12), tmp + 202752,
        ebm_state(run, 13), tmp + 203264 }, 8);
    if (ebm_tracking(run)) {
        const float v = (float)(ebm_read_f32(run, tmp + 203776));
        ebm_scalar_out(run, 0, &v);
    }
    if (ebm_tracking(run)) {
        const float v = (float)(ebm_read_f32(run, tmp + 134272));
        ebm_scalar_out(run, 1, &v);
    }
}

static void step_1(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const double h1 = ebm_scalar(run, 2);
    const double h5 = h1 * 0x1p-1;
    const double h7 = sqrt(h1);
    s->f[0] = (float)h5;
    s->f[1] = (float)h7;
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 133120 + 8 * (size_t)pad);
    char *row = tmp + 133120;
    ebm_launch(run, 11, (void *[]){ tmp + 0, ebm_state(run, 9), tmp + 1024, ebm_state(run, 11),
        tmp + 66560, ebm_state(run, 11), tmp + 132096, ebm_state(run, 9) }, 4);
    ebm_launch(run, 12, (void *[]){ tmp + 0, ebm_state(run, 10), tmp + 1024, ebm_state(run, 12),
        ebm_state(run, 13), tmp + 66560, tmp + 132096, row + 0 * pad }, (s->batch + 31) / 32);
    ebm_rows_out(run, 0, row + 0 * pad, 0);
    ebm_rows_out(run, 1, row + 0 * pad, 0);
}

static void step_2(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const double h6 = ebm_scalar(run, 5);
    const double h7 = h6;
    const double h38 = h6 == 0x1.388p+17;
    const double h40 = h38 != 0 ? 0x0p+0 : NAN;
    s->f[0] = (float)h7;
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 67072 + 6 * (size_t)pad);
    char *row = tmp + 67072;
    {
        const float v = (float)(h40);
        if (!ebm_check(run, &v, strings[1])) return;
    }
    ebm_launch(run, 13, (void *[]){ tmp + 0, ebm_state(run, 9), tmp + 1024, ebm_state(run, 11),
        tmp + 66560, ebm_state(run, 13) }, 3);
    ebm_launch(run, 14, (void *[]){ tmp + 0, ebm_state(run, 10), tmp + 1024, ebm_state(run, 12),
        tmp + 66560, ebm_state(run, 14), row + 0 * pad, row + 4 * pad,
        row + 5 * pad }, (s->batch + 63) / 64);
    ebm_launch(run, 15, (void *[]){ tmp + 0, row + 4 * pad, tmp + 64, row + 5 * pad }, 2);
    ebm_launch(run, 16, (void *[]){ tmp + 64, tmp + 128 }, 1);
    ebm_launch(run, 17, (void *[]){ row + 0 * pad, tmp + 0, row + 4 * pad }, (s->batch + 63) / 64);
    ebm_launch(run, 18, (void *[]){ tmp + 64, row + 4 * pad }, 1);
    ebm_launch(run, 19, (void *[]){ tmp + 64, tmp + 0, tmp + 128, tmp + 192,
        tmp + 256, tmp + 320 }, 1);
    {
        const float v = (float)(ebm_read_f32(run, tmp + 256));
        ebm_scalar_out(run, 0, &v);
    }
    {
        const float v = (float)(ebm_read_f32(run, tmp + 192));
        ebm_scalar_out(run, 1, &v);
    }
    {
        const float v = (float)(ebm_read_f32(run, tmp + 320));
        ebm_scalar_out(run, 2, &v);
    }
}

static void step_3(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 133632 + 12 * (size_t)pad);
    char *row = tmp + 133632;
    ebm_launch(run, 20, (void *[]){ tmp + 0, ebm_state(run, 3), tmp + 1024, ebm_state(run, 5),
        tmp + 66560, ebm_state(run, 7), tmp + 67072, ebm_state(run, 5),
        tmp + 132608, ebm_state(run, 3) }, 5);
    ebm_launch(run, 21, (void *[]){ tmp + 0, ebm_state(run, 4), (void *)ebm_data_rows(run, 0, 0), (void *)ebm_data_field(run, 0, 0),
        tmp + 1024, ebm_state(run, 6), ebm_state(run, 7), tmp + 66560,
        ebm_state(run, 8), row + 0 * pad, tmp + 67072, tmp + 132608,
        row + 4 * pad }, (s->batch + 31) / 32);
    ebm_rows_out(run, 0, row + 0 * pad, 0);
    ebm_rows_out(run, 1, row + 4 * pad, 0);
}

static void step_4(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 133632 + 12 * (size_t)pad);
    char *row = tmp + 133632;
    ebm_launch(run, 22, (void *[]){ tmp + 0, ebm_state(run, 9), tmp + 1024, ebm_state(run, 11),
        tmp + 66560, ebm_state(run, 13), tmp + 67072, ebm_state(run, 11),
        tmp + 132608, ebm_state(run, 9) }, 5);
    ebm_launch(run, 23, (void *[]){ tmp + 0, ebm_state(run, 10), (void *)ebm_data_rows(run, 1, 0), (void *)ebm_data_field(run, 1, 0),
        tmp + 1024, ebm_state(run, 12), ebm_state(run, 13), tmp + 66560,
        ebm_state(run, 14), row + 0 * pad, tmp + 67072, tmp + 132608,
        row + 4 * pad }, (s->batch + 31) / 32);
    ebm_rows_out(run, 0, row + 0 * pad, 0);
    ebm_rows_out(run, 1, row + 4 * pad, 0);
}

static void init(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 148160 + 0 * (size_t)pad);
    (void)tmp;
    ebm_launch(run, 24, (void *[]){ tmp + 0, ebm_state(run, 1), ebm_state(run, 2), tmp + 80000,
        tmp + 81024, tmp + 81536, tmp + 147072, tmp + 147584,
        tmp + 148096, ebm_state(run, 15), ebm_state(run, 16), ebm_state(run, 17),
        ebm_state(run, 18), ebm_state(run, 19), ebm_state(run, 20), ebm_state(run, 21),
        ebm_state(run, 22), ebm_state(run, 23), ebm_state(run, 24), ebm_state(run, 25),
        ebm_state(run, 26), ebm_state(run, 27), ebm_state(run, 28) }, 36);
    ebm_launch(run, 25, (void *[]){ tmp + 0, ebm_state(run, 0), tmp + 80000, ebm_state(run, 3),
        ebm_state(run, 9), tmp + 81024, ebm_state(run, 4), ebm_state(run, 10),
        tmp + 81536, ebm_state(run, 5), ebm_state(run, 11), tmp + 147072,
        ebm_state(run, 6), ebm_state(run, 12), tmp + 147584, ebm_state(run, 7),
        ebm_state(run, 13), tmp + 148096, ebm_state(run, 8), ebm_state(run, 14) }, 14);
}

static const EbmStateDesc states[] = {
    { "ebm.buffer.B", EBM_BUFFER, -1, -1, { EBM_F32, 2, { 10000, 2, } } },
    { "ebm.buffer.B.head", EBM_VALUE, -1, -1, { EBM_I32, 0, { 0 } } },
    { "ebm.buffer.B.count", EBM_VALUE, -1, -1, { EBM_I32, 0, { 0 } } },
    { "E.linear0.weight", EBM_PARAM, -1, 0, { EBM_F32, 2, { 128, 2, } } },
    { "E.linear0.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 128, } } },
    { "E.linear1.weight", EBM_PARAM, -1, 0, { EBM_F32, 2, { 128, 128, } } },
    { "E.linear1.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 128, } } },
    { "E.linear2.weight", EBM_PARAM, -1, 0, { EBM_F32, 2, { 1, 128, } } },
    { "E.linear2.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 1, } } },
    { "E_avg.linear0.weight", EBM_EMA, 3, 1, { EBM_F32, 2, { 128, 2, } } },
    { "E_avg.linear0.bias", EBM_EMA, 4, 1, { EBM_F32, 1, { 128, } } },
    { "E_avg.linear1.weight", EBM_EMA, 5, 1, { EBM_F32, 2, { 128, 128, } } },
    { "E_avg.linear1.bias", EBM_EMA, 6, 1, { EBM_F32, 1, { 128, } } },
    { "E_avg.linear2.weight", EBM_EMA, 7, 1, { EBM_F32, 2, { 1, 128, } } },
    { "E_avg.linear2.bias", EBM_EMA, 8, 1, { EBM_F32, 1, { 1, } } },
    { "ebm.optim.E.b1t", EBM_SLOT, -1, -1, { EBM_F32, 0, { 0 } } },
    { "ebm.optim.E.b2t", EBM_SLOT, -1, -1, { EBM_F32, 0, { 0 } } },
    { "ebm.optim.E.m.E.linear0.weight", EBM_SLOT, 3, -1, { EBM_F32, 2, { 128, 2, } } },
    { "ebm.optim.E.v.E.linear0.weight", EBM_SLOT, 3, -1, { EBM_F32, 2, { 128, 2, } } },
    { "ebm.optim.E.m.E.linear0.bias", EBM_SLOT, 4, -1, { EBM_F32, 1, { 128, } } },
    { "ebm.optim.E.v.E.linear0.bias", EBM_SLOT, 4, -1, { EBM_F32, 1, { 128, } } },
    { "ebm.optim.E.m.E.linear1.weight", EBM_SLOT, 5, -1, { EBM_F32, 2, { 128, 128, } } },
    { "ebm.optim.E.v.E.linear1.weight", EBM_SLOT, 5, -1, { EBM_F32, 2, { 128, 128, } } },
    { "ebm.optim.E.m.E.linear1.bias", EBM_SLOT, 6, -1, { EBM_F32, 1, { 128, } } },
    { "ebm.optim.E.v.E.linear1.bias", EBM_SLOT, 6, -1, { EBM_F32, 1, { 128, } } },
    { "ebm.optim.E.m.E.linear2.weight", EBM_SLOT, 7, -1, { EBM_F32, 2, { 1, 128, } } },
    { "ebm.optim.E.v.E.linear2.weight", EBM_SLOT, 7, -1, { EBM_F32, 2, { 1, 128, } } },
    { "ebm.optim.E.m.E.linear2.bias", EBM_SLOT, 8, -1, { EBM_F32, 1, { 1, } } },
    { "ebm.optim.E.v.E.linear2.bias", EBM_SLOT, 8, -1, { EBM_F32, 1, { 1, } } },
};
static const EbmGroupDesc groups[] = {
    { "E", true, -1, 0 },
    { "E_avg", true, 0, 0 },
};
static const EbmScalarDesc scalars[] = {
    { "iter", EBM_ITER, EBM_I32, 0x0p+0, "completed steps" },
    { "K", EBM_ARG, EBM_I32, 0x1.4p+5, 0 },
    { "eps", EBM_ARG, EBM_F32, 0x1.0624dd2f1a9fcp-8, 0 },
    { "reg", EBM_ARG, EBM_F32, 0x1.0624dd2f1a9fcp-10, 0 },
    { "optimizer.E.lr", EBM_ARG, EBM_F32, 0x1.0624dd2f1a9fcp-9, "optimizer setting" },
    { "batch", EBM_BATCH, EBM_I32, 0x0p+0, "samples per step" },
};
static const char *const paths_0[] = { 0 };
static const EbmFieldDesc fields_0[] = {
    { "x", { EBM_F32, 1, { 2, } } },
};
static const char *const paths_1[] = { 0 };
static const EbmFieldDesc fields_1[] = {
    { "x", { EBM_F32, 1, { 2, } } },
};
static const EbmDataDesc data[] = {
    { "points.E", paths_0, 0, fields_0, 1, true },
    { "points.E_avg", paths_1, 0, fields_1, 1, true },
};
static const EbmOutputDesc outputs_0[] = {
    { EBM_TRACK, "grad_norm", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_TRACK, "L", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_0[] = { 0, 0, 0 };
static const bool used_0[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0 };
static const EbmRunDesc runs_0[] = {
    { 0 },
};
static const EbmOutputDesc outputs_1[] = {
    { EBM_SAVE, "x", "moons_samples.safetensors", { EBM_F32, 1, { 2, } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_PLOT, "x", "moons.png", { EBM_F32, 1, { 2, } }, 10, -0x1p+1, 0x1.8p+1 },
};
static const int draws_1[] = { 0, 0, 0 };
static const bool used_1[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_1[] = {
    { 0 },
};
static const EbmOutputDesc outputs_2[] = {
    { EBM_REPORT, "nll", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_REPORT, "log_z", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_REPORT, "above_entropy", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_2[] = { 0, 0, 0 };
static const bool used_2[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_2[] = {
    { 0 },
};
static const EbmOutputDesc outputs_3[] = {
    { EBM_SAVE, "energy", "scores.safetensors", { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_SAVE, "grad", "scores.safetensors", { EBM_F32, 1, { 2, } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_3[] = { 1, 0, 0 };
static const bool used_3[] = { 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_3[] = {
    { 0 },
};
static const EbmOutputDesc outputs_4[] = {
    { EBM_SAVE, "energy", "scores.safetensors", { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_SAVE, "grad", "scores.safetensors", { EBM_F32, 1, { 2, } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_4[] = { 0, 1, 0 };
static const bool used_4[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_4[] = {
    { 0 },
};
static const EbmEntryDesc entries[] = {
    { EBM_TRAIN, "cd", 256, 20000, 0, step_0, outputs_0, 2, draws_0, used_0, runs_0, 0, 0 },
    { EBM_SAMPLE, "moons", 1000, 10000, 0, step_1, outputs_1, 2, draws_1, used_1, runs_1, 0, 0 },
    { EBM_EVAL, "nll", 160000, 10000, 0, step_2, outputs_2, 3, draws_2, used_2, runs_2, 0, 0 },
    { EBM_SCORE, "E", 64, 10000, 0, step_3, outputs_3, 2, draws_3, used_3, runs_3, 0, 0 },
    { EBM_SCORE, "E_avg", 64, 10000, 0, step_4, outputs_4, 2, draws_4, used_4, runs_4, 0, 0 },
};
EbmKernelFn k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15, k16, k17, k18, k19, k20, k21, k22, k23, k24, k25;
static const EbmKernel kernels[] = {
    { "k0", k0, 0, "nest of 4" },
    { "k1", k1, 49664, "region" },
    { "k2", k2, 0, "nest of 1" },
    { "k3", k3, 165376, "region" },
    { "k4", k4, 0, "nest of 11" },
    { "k5", k5, 0, "nest of 5" },
    { "k6", k6, 0, "nest of 1" },
    { "k7", k7, 0, "nest of 1" },
    { "k8", k8, 0, "nest of 2" },
    { "k9", k9, 0, "nest of 6" },
    { "k10", k10, 0, "nest of 5" },
    { "k11", k11, 0, "nest of 4" },
    { "k12", k12, 49664, "region" },
    { "k13", k13, 0, "nest of 3" },
    { "k14", k14, 34048, "region" },
    { "k15", k15, 0, "nest of 2" },
    { "k16", k16, 0, "nest of 1" },
    { "k17", k17, 256, "region" },
    { "k18", k18, 0, "nest of 1" },
    { "k19", k19, 0, "nest of 1" },
    { "k20", k20, 0, "nest of 5" },
    { "k21", k21, 65792, "region" },
    { "k22", k22, 0, "nest of 5" },
    { "k23", k23, 65792, "region" },
    { "k24", k24, 0, "nest of 23" },
    { "k25", k25, 0, "nest of 7" },
};
static const char spec_text[] =
    "# moons.ebm - contrastive divergence, Langevin dynamics, replay buffer\n"
    "use std.metrics: log_z_grid2\n"
    "\n"
    "const h = 128                                 # compile time:  ebmcc moons.ebm -D h=256\n"
    "arg K = 40;  arg eps = 0.004;  arg reg = 0.001  # run time:    ./moons train K=100 eps=0.002\n"
    "\n"
    "sampler two_moons() -> [2] {\n"
    "  a ~ uniform([], 0, pi);  upper ~ bernoulli(0.5);  w ~ normal([2])\n"
    "  arc = where(upper, [cos(a), sin(a)], [1 - cos(a), 0.5 - sin(a)])\n"
    "  return arc + 0.1 * w\n"
    "}\n"
    "\n"
    "energy E(x: [2]) { return x |> Linear(h) |> silu |> Linear(h) |> silu |> Linear(1) |> squeeze }\n"
    "\n"
    "sampler langevin(E, x, K, eps) {\n"
    "  for k in 1..K {\n"
    "    w ~ normal(like x)\n"
    "    x = x - eps/2 * grad(E, x) + sqrt(eps) * w\n"
    "  }\n"
    "  return x\n"
    "}\n"
    "\n"
    "const U = uniform([2], -3, 3)                 # a distribution is a value\n"
    "buffer B: [2] = replay(10_000, init = U)\n"
    "ema E_avg of E (decay = 0.999)\n"
    "\n"
    "train cd {\n"
    "  batch = 256;  steps = 20_000\n"
    "  optimizer E = adam(lr = 2e-3)\n"
    "  step {\n"
    "    x_pos ~ two_moons()\n"
    "    x0    ~ B prob 0.95 else U\n"
    "    x_neg ~ langevin(E, x0, K, eps)           # a draw: no gradient flows through ~\n"
    "    L = mean(E(x_pos)) - mean(E(x_neg))\n"
    "    minimize L + reg * mean(E(x_pos)^2 + E(x_neg)^2) over E\n"
    "    B.push(x_neg);  track L\n"
    "  }\n"
    "}\n"
    "\n"
    "sample moons {\n"
    "  batch = 1000\n"
    "  x0 ~ U\n"
    "  x ~ langevin(E_avg, x0, 500, eps)\n"
    "  save(x, \"moons_samples.safetensors\")\n"
    "  plot(x, \"moons.png\", range = (-2, 3))\n"
    "}\n"
    "\n"
    "# Test negative log-likelihood, log Z by a 400 x 400 grid over [-4, 4]^2 in one round.\n"
    "eval nll {\n"
    "  batch = 160_000\n"
    "  x ~ two_moons()\n"
    "  log_z = log_z_grid2(E_avg, 400, -4, 4)\n"
    "  nll = mean(E_avg(x)) + log_z\n"
    "  report nll, log_z\n"
    "  report above_entropy = nll - 1.008\n"
    "}\n";

const EbmProgram ebm_program = {
    EBM_ABI, "moons", "ebmcc 0.1.0", spec_text,
    "8f9bee077efa8d32e80ca9cac848fdbcc20e7d77c34b87cd63050582ff063275",
    states, 29, groups, 2, scalars, 6, data, 2,
    entries, 5, kernels, 26, 6, 2, init, 0
};

int main(int argc, char **argv) { return ebm_main(&ebm_program, argc, argv); }
