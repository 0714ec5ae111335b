/* plan.c - written by ebmcc 0.1.0: which kernel runs on which buffers. */
#include "ebm.h"

#include <math.h>
#include <string.h>

static const char *const strings[] = {
    "gradient of E",
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
    const double h1 = ebm_scalar(run, 0);
    const double h3 = ebm_scalar(run, 1);
    const double h4 = ebm_scalar(run, 2);
    const double h5 = ebm_scalar(run, 3);
    const double h6 = ebm_scalar(run, 4);
    const double h7 = ebm_scalar(run, 5);
    const double h12 = ebm_scalar(run, 6);
    const double h15 = h1;
    const double h16 = h12;
    const double h17 = h15 / h16;
    const double h18 = isnan(h17) || h17 < 0x1p+0 ? h17 : 0x1p+0;
    const double h19 = h18 * 0x1.921fb54442d18p+1;
    const double h20 = cos(h19);
    const double h21 = h20 + 0x1p+0;
    const double h22 = h21 * 0x1.0624dd2f1a9fcp-9;
    const double h23 = h15 + 0x1p+0;
    const double h25 = h23 / 0x1.9p+5;
    const double h26 = isnan(h25) || h25 < 0x1p+0 ? h25 : 0x1p+0;
    const double h27 = h22 * h26;
    const double h29 = ebm_scalar(run, 7);
    const double h161 = ebm_scalar(run, 8);
    const double h162 = h161;
    const double h188 = h7 / h162;
    const double h190 = h188 * 0x1p+1;
    const double h194 = 0x1p+0 / h162;
    const double h293 = host_wrap(h1 + 0x1p+0);
    const double h294 = host_wrap(h1 + 0x1.4p+3);
    const double h295 = h293;
    const double h296 = h294;
    const double h297 = h295 / h296;
    const double h298 = isnan(0x1.fae147ae147aep-1) || 0x1.fae147ae147aep-1 < h297 ? 0x1.fae147ae147aep-1 : h297;
    const double h302 = 0x1p+0 - h298;
    s->f[0] = (float)h6;
    s->f[1] = (float)h5;
    s->f[2] = (float)h4;
    s->f[3] = (float)h190;
    s->f[4] = (float)h194;
    s->f[5] = (float)h29;
    s->f[6] = (float)h27;
    s->f[7] = (float)h302;
    s->f[8] = (float)h298;
    s->f[9] = (float)h162;
    s->i[0] = (int64_t)h3;
    s->i[1] = (int64_t)h161;
    const int64_t pad = (s->batch + 63) / 64 * 64;
    const int64_t levels = ebm_levels(pad);
    char *tmp = ebm_arena(run, 325632 + 190360 * (size_t)pad + 216896 * (size_t)levels);
    char *row = tmp + 325632;
    char *tree = row + 190360 * pad;
    ebm_launch(run, 0, (void *[]){ tmp + 0, ebm_state(run, 3), tmp + 320, ebm_state(run, 5),
        tmp + 8512, ebm_state(run, 7), tmp + 41280, ebm_state(run, 9),
        tmp + 106816, ebm_state(run, 9), tmp + 172352, ebm_state(run, 7),
        tmp + 205120, ebm_state(run, 5), tmp + 213312, ebm_state(run, 3) }, 8);
    ebm_launch(run, 1, (void *[]){ ebm_state(run, 0), tmp + 0, ebm_state(run, 4), tmp + 320,
        ebm_state(run, 6), tmp + 8512, ebm_state(run, 8), tmp + 41280,
        ebm_state(run, 10), ebm_state(run, 11), tmp + 106816, tmp + 172352,
        tmp + 205120, tmp + 213312, row + 0 * pad }, (s->batch + 15) / 16);
    ebm_launch(run, 2, (void *[]){ tmp + 213312, ebm_state(run, 11) }, 3);
    s->from = 0, s->end = s->batch, s->piece = pad;
    ebm_launch(run, 3, (void *[]){ (void *)ebm_data_rows(run, 0, 0), (void *)ebm_data_field(run, 0, 0), row + 68172 * pad, row + 161424 * pad,
        row + 0 * pad, tmp + 0, ebm_state(run, 4), row + 123792 * pad,
        tmp + 320, ebm_state(run, 6), row + 104976 * pad, tmp + 8512,
        ebm_state(run, 8), row + 97552 * pad, tmp + 41280, ebm_state(run, 10),
        row + 96400 * pad, tmp + 213312, ebm_state(run, 12), row + 3136 * pad,
        row + 30540 * pad, row + 11724 * pad, row + 4300 * pad, row + 3148 * pad,
        row + 3140 * pad, row + 3144 * pad, row + 96396 * pad, row + 189648 * pad,
        ebm_state(run, 11), row + 10572 * pad, tmp + 106816, row + 24268 * pad,
        tmp + 172352, row + 55628 * pad, tmp + 205120, row + 71308 * pad,
        row + 103824 * pad, row + 117520 * pad, row + 148880 * pad, row + 164560 * pad,
        row + 189652 * pad, row + 189780 * pad, row + 189908 * pad, row + 190036 * pad,
        row + 190164 * pad, row + 190228 * pad, row + 190292 * pad, row + 190324 * pad,
        ebm_state(run, 1), row + 190356 * pad }, (s->end - s->from + 15) / 16);
    ebm_launch(run, 4, (void *[]){ tmp + 0, row + 3136 * pad, tree + 0 * levels, tmp + 64,
        row + 3140 * pad, tree + 64 * levels, tmp + 128, tree + 128 * levels,
        row + 3144 * pad, row + 3148 * pad, tmp + 1280, row + 4300 * pad,
        row + 10572 * pad, tree + 1280 * levels, tmp + 66816, row + 11724 * pad,
        row + 24268 * pad, tree + 66816 * levels, tmp + 99584, row + 30540 * pad,
        row + 55628 * pad, tree + 99584 * levels, tmp + 107776, row + 68172 * pad,
        row + 71308 * pad, tree + 107776 * levels, tmp + 108096, tree + 108096 * levels,
        row + 96396 * pad, row + 96400 * pad, tmp + 109248, row + 97552 * pad,
        row + 103824 * pad, tree + 109248 * levels, tmp + 174784, row + 104976 * pad,
        row + 117520 * pad, tree + 174784 * levels, tmp + 207552, row + 123792 * pad,
        row + 148880 * pad, tree + 207552 * levels, tmp + 215744, row + 161424 * pad,
        row + 164560 * pad, tree + 215744 * levels, tmp + 216064, row + 189648 * pad,
        tree + 216064 * levels, tmp + 216128, row + 189652 * pad, tree + 216128 * levels,
        tmp + 216256, row + 189780 * pad, tree + 216256 * levels, tmp + 216384,
        row + 189908 * pad, tree + 216384 * levels, tmp + 216512, row + 190036 * pad,
        tree + 216512 * levels, tmp + 216640, row + 190164 * pad, tree + 216640 * levels,
        tmp + 216704, row + 190228 * pad, tree + 216704 * levels, tmp + 216768,
        row + 190292 * pad, tree + 216768 * levels, tmp + 216832, row + 190324 * pad,
        tree + 216832 * levels }, 21);
    ebm_launch(run, 5, (void *[]){ tmp + 216896, tmp + 107776, tmp + 215744, tmp + 216960,
        tmp + 216768, tmp + 216832, tmp + 217024, tmp + 99584,
        tmp + 207552, tmp + 217088, tmp + 216640, tmp + 216704,
        tmp + 217152, tmp + 66816, tmp + 174784, tmp + 217216,
        tmp + 216384, tmp + 216512, tmp + 217280, tmp + 1280,
        tmp + 109248, tmp + 217344, tmp + 216128, tmp + 216256,
        tmp + 217408, tmp + 128, tmp + 108096 }, 13);
    ebm_launch(run, 6, (void *[]){ tmp + 217472, tmp + 217152, tmp + 217536, tmp + 217280 }, 2);
    ebm_launch(run, 7, (void *[]){ tmp + 216064, tmp + 216896, tmp + 216960, tmp + 217024,
        tmp + 217088, tmp + 217472, tmp + 217216, tmp + 217536,
        tmp + 217344, tmp + 217408, tmp + 217152 }, 1);
    if (!ebm_check_at(run, tmp + 217152, strings[0])) return;
    ebm_launch(run, 8, (void *[]){ ebm_state(run, 24), tmp + 217152, ebm_state(run, 23), tmp + 216896,
        tmp + 216960, tmp + 217024, tmp + 217088, tmp + 217216,
        ebm_state(run, 0), row + 190356 * pad, row + 0 * pad }, 2);
    ebm_launch(run, 9, (void *[]){ tmp + 107776, tmp + 215744, tmp + 216960, tmp + 217024,
        ebm_state(run, 26), tmp + 217088, tmp + 217216, ebm_state(run, 3),
        ebm_state(run, 25), tmp + 217280, tmp + 216768, tmp + 216832,
        tmp + 216960, tmp + 217024, ebm_state(run, 28), tmp + 217088,
        tmp + 217216, ebm_state(run, 4), ebm_state(run, 27), tmp + 217152,
        tmp + 99584, tmp + 207552, tmp + 216960, tmp + 217024,
        ebm_state(run, 30), tmp + 217088, tmp + 217216, ebm_state(run, 5),
        ebm_state(run, 29), tmp + 217600, tmp + 216640, tmp + 216704,
        tmp + 216960, tmp + 217024, ebm_state(run, 32), tmp + 217088,
        tmp + 217216, ebm_state(run, 6), ebm_state(run, 31), tmp + 225792,
        tmp + 66816, tmp + 174784, tmp + 216960, tmp + 217024,
        ebm_state(run, 34), tmp + 217088, tmp + 217216, ebm_state(run, 7),
        ebm_state(run, 33), tmp + 225856, tmp + 216384, tmp + 216512,
        tmp + 216960, tmp + 217024, ebm_state(run, 36), tmp + 217088,
        tmp + 217216, ebm_state(run, 8), ebm_state(run, 35), tmp + 258624,
        tmp + 1280, tmp + 109248, tmp + 216960, tmp + 217024,
        ebm_state(run, 38), tmp + 217088, tmp + 217216, ebm_state(run, 9),
        ebm_state(run, 37), tmp + 258752, tmp + 216128, tmp + 216256,
        tmp + 216960, tmp + 217024, ebm_state(run, 40), tmp + 217088,
        tmp + 217216, ebm_state(run, 10), ebm_state(run, 39), tmp + 324288,
        tmp + 128, tmp + 108096, tmp + 216960, tmp + 217024,
        ebm_state(run, 42), tmp + 217088, tmp + 217216, ebm_state(run, 11),
        ebm_state(run, 41), tmp + 324416, tmp + 216064, tmp + 216960,
        ebm_state(run, 44), tmp + 217024, tmp + 217088, tmp + 217216,
        ebm_state(run, 12), ebm_state(run, 1), ebm_state(run, 2), ebm_state(run, 22),
        tmp + 0, tmp + 64, ebm_state(run, 43), tmp + 325568 }, 14);
    ebm_launch(run, 10, (void *[]){ ebm_state(run, 13), tmp + 217280, ebm_state(run, 14), tmp + 217152,
        ebm_state(run, 15), tmp + 217600, ebm_state(run, 16), tmp + 225792,
        ebm_state(run, 17), tmp + 225856, ebm_state(run, 18), tmp + 258624,
        ebm_state(run, 19), tmp + 258752, ebm_state(run, 20), tmp + 324288,
        ebm_state(run, 21), tmp + 324416 }, 13);
    if (ebm_tracking(run)) {
        const float v = (float)(ebm_read_f32(run, tmp + 216896));
        ebm_scalar_out(run, 0, &v);
    }
    if (ebm_tracking(run)) {
        const float v = (float)(ebm_read_f32(run, tmp + 325568));
        ebm_scalar_out(run, 1, &v);
    }
}

static void step_1(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const double h1 = ebm_scalar(run, 3);
    const double h2 = ebm_scalar(run, 4);
    s->f[0] = (float)h2;
    s->f[1] = (float)h1;
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 213632 + 3136 * (size_t)pad);
    char *row = tmp + 213632;
    ebm_launch(run, 11, (void *[]){ tmp + 0, ebm_state(run, 13), tmp + 320, ebm_state(run, 15),
        tmp + 8512, ebm_state(run, 17), tmp + 41280, ebm_state(run, 19),
        tmp + 106816, ebm_state(run, 19), tmp + 172352, ebm_state(run, 17),
        tmp + 205120, ebm_state(run, 15), tmp + 213312, ebm_state(run, 13) }, 8);
    ebm_launch(run, 12, (void *[]){ ebm_state(run, 0), tmp + 0, ebm_state(run, 14), tmp + 320,
        ebm_state(run, 16), tmp + 8512, ebm_state(run, 18), tmp + 41280,
        ebm_state(run, 20), ebm_state(run, 21), tmp + 106816, tmp + 172352,
        tmp + 205120, tmp + 213312, row + 0 * pad }, (s->batch + 15) / 16);
    ebm_rows_out(run, 0, row + 0 * pad, 0);
}

static void step_2(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 107968 + 12 * (size_t)pad);
    char *row = tmp + 107968;
    ebm_launch(run, 13, (void *[]){ tmp + 0, ebm_state(run, 13), tmp + 320, ebm_state(run, 15),
        tmp + 8512, ebm_state(run, 17), tmp + 41280, ebm_state(run, 19),
        tmp + 106816, ebm_state(run, 21) }, 7);
    ebm_launch(run, 14, (void *[]){ (void *)ebm_data_rows(run, 1, 0), (void *)ebm_data_field(run, 1, 0), tmp + 0, ebm_state(run, 14),
        tmp + 320, ebm_state(run, 16), tmp + 8512, ebm_state(run, 18),
        tmp + 41280, ebm_state(run, 20), tmp + 106816, ebm_state(run, 22),
        row + 0 * pad, row + 4 * pad, row + 8 * pad }, (s->batch + 15) / 16);
    ebm_rows_out(run, 0, row + 0 * pad, row + 4 * pad);
    ebm_rows_out(run, 1, row + 0 * pad, row + 8 * pad);
}

static void step_3(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 107968 + 8 * (size_t)pad);
    char *row = tmp + 107968;
    ebm_launch(run, 15, (void *[]){ tmp + 0, ebm_state(run, 13), tmp + 320, ebm_state(run, 15),
        tmp + 8512, ebm_state(run, 17), tmp + 41280, ebm_state(run, 19),
        tmp + 106816, ebm_state(run, 21) }, 7);
    ebm_launch(run, 16, (void *[]){ (void *)ebm_data_rows(run, 1, 0), (void *)ebm_data_field(run, 1, 0), (void *)ebm_data_rows(run, 2, 0), (void *)ebm_data_field(run, 2, 0),
        tmp + 0, ebm_state(run, 14), tmp + 320, ebm_state(run, 16),
        tmp + 8512, ebm_state(run, 18), tmp + 41280, ebm_state(run, 20),
        tmp + 106816, ebm_state(run, 22), row + 0 * pad, row + 4 * pad }, (s->batch + 15) / 16);
    ebm_rows_out(run, 0, row + 0 * pad, row + 4 * pad);
}

static void step_4(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 214784 + 3140 * (size_t)pad);
    char *row = tmp + 214784;
    ebm_launch(run, 17, (void *[]){ tmp + 0, ebm_state(run, 3), tmp + 320, ebm_state(run, 5),
        tmp + 8512, ebm_state(run, 7), tmp + 41280, ebm_state(run, 9),
        tmp + 106816, ebm_state(run, 11), tmp + 107968, ebm_state(run, 9),
        tmp + 173504, ebm_state(run, 7), tmp + 206272, ebm_state(run, 5),
        tmp + 214464, ebm_state(run, 3) }, 11);
    ebm_launch(run, 18, (void *[]){ (void *)ebm_data_rows(run, 3, 0), (void *)ebm_data_field(run, 3, 0), tmp + 0, ebm_state(run, 4),
        tmp + 320, ebm_state(run, 6), tmp + 8512, ebm_state(run, 8),
        tmp + 41280, ebm_state(run, 10), ebm_state(run, 11), tmp + 106816,
        ebm_state(run, 12), row + 0 * pad, tmp + 107968, tmp + 173504,
        tmp + 206272, tmp + 214464, row + 4 * pad }, (s->batch + 15) / 16);
    ebm_rows_out(run, 0, row + 0 * pad, 0);
    ebm_rows_out(run, 1, row + 4 * pad, 0);
}

static void step_5(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 214784 + 3140 * (size_t)pad);
    char *row = tmp + 214784;
    ebm_launch(run, 19, (void *[]){ tmp + 0, ebm_state(run, 13), tmp + 320, ebm_state(run, 15),
        tmp + 8512, ebm_state(run, 17), tmp + 41280, ebm_state(run, 19),
        tmp + 106816, ebm_state(run, 21), tmp + 107968, ebm_state(run, 19),
        tmp + 173504, ebm_state(run, 17), tmp + 206272, ebm_state(run, 15),
        tmp + 214464, ebm_state(run, 13) }, 11);
    ebm_launch(run, 20, (void *[]){ (void *)ebm_data_rows(run, 4, 0), (void *)ebm_data_field(run, 4, 0), tmp + 0, ebm_state(run, 14),
        tmp + 320, ebm_state(run, 16), tmp + 8512, ebm_state(run, 18),
        tmp + 41280, ebm_state(run, 20), ebm_state(run, 21), tmp + 106816,
        ebm_state(run, 22), row + 0 * pad, tmp + 107968, tmp + 173504,
        tmp + 206272, tmp + 214464, row + 4 * pad }, (s->batch + 15) / 16);
    ebm_rows_out(run, 0, row + 0 * pad, 0);
    ebm_rows_out(run, 1, row + 4 * pad, 0);
}

static void init(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    const int64_t pad = (s->batch + 63) / 64 * 64;
    char *tmp = ebm_arena(run, 12953472 + 0 * (size_t)pad);
    (void)tmp;
    ebm_launch(run, 21, (void *[]){ tmp + 0, ebm_state(run, 1), ebm_state(run, 2), tmp + 12845056,
        tmp + 12845376, tmp + 12845440, tmp + 12853632, tmp + 12853696,
        tmp + 12886464, tmp + 12886592, tmp + 12952128, tmp + 12952256,
        tmp + 12953408, ebm_state(run, 23), ebm_state(run, 24), ebm_state(run, 25),
        ebm_state(run, 26), ebm_state(run, 27), ebm_state(run, 28), ebm_state(run, 29),
        ebm_state(run, 30), ebm_state(run, 31), ebm_state(run, 32), ebm_state(run, 33),
        ebm_state(run, 34), ebm_state(run, 35), ebm_state(run, 36), ebm_state(run, 37),
        ebm_state(run, 38), ebm_state(run, 39), ebm_state(run, 40), ebm_state(run, 41),
        ebm_state(run, 42), ebm_state(run, 43), ebm_state(run, 44) }, 830);
    ebm_launch(run, 22, (void *[]){ tmp + 0, ebm_state(run, 0), tmp + 12845056, ebm_state(run, 3),
        ebm_state(run, 13), tmp + 12845376, ebm_state(run, 4), ebm_state(run, 14),
        tmp + 12845440, ebm_state(run, 5), ebm_state(run, 15), tmp + 12853632,
        ebm_state(run, 6), ebm_state(run, 16), tmp + 12853696, ebm_state(run, 7),
        ebm_state(run, 17), tmp + 12886464, ebm_state(run, 8), ebm_state(run, 18),
        tmp + 12886592, ebm_state(run, 9), ebm_state(run, 19), tmp + 12952128,
        ebm_state(run, 10), ebm_state(run, 20), tmp + 12952256, ebm_state(run, 11),
        ebm_state(run, 21), tmp + 12953408, ebm_state(run, 12), ebm_state(run, 22) }, 798);
}

static const EbmStateDesc states[] = {
    { "ebm.buffer.B", EBM_BUFFER, -1, -1, { EBM_F32, 4, { 4096, 1, 28, 28, } } },
    { "ebm.buffer.B.head", EBM_VALUE, -1, -1, { EBM_I32, 0, { 0 } } },
    { "ebm.buffer.B.count", EBM_VALUE, -1, -1, { EBM_I32, 0, { 0 } } },
    { "E.conv0.weight", EBM_PARAM, -1, 0, { EBM_F32, 4, { 8, 1, 3, 3, } } },
    { "E.conv0.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 8, } } },
    { "E.conv1.weight", EBM_PARAM, -1, 0, { EBM_F32, 4, { 16, 8, 4, 4, } } },
    { "E.conv1.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 16, } } },
    { "E.conv2.weight", EBM_PARAM, -1, 0, { EBM_F32, 4, { 32, 16, 4, 4, } } },
    { "E.conv2.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 32, } } },
    { "E.conv3.weight", EBM_PARAM, -1, 0, { EBM_F32, 4, { 32, 32, 4, 4, } } },
    { "E.conv3.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 32, } } },
    { "E.linear0.weight", EBM_PARAM, -1, 0, { EBM_F32, 2, { 1, 288, } } },
    { "E.linear0.bias", EBM_PARAM, -1, 0, { EBM_F32, 1, { 1, } } },
    { "E_avg.conv0.weight", EBM_EMA, 3, 1, { EBM_F32, 4, { 8, 1, 3, 3, } } },
    { "E_avg.conv0.bias", EBM_EMA, 4, 1, { EBM_F32, 1, { 8, } } },
    { "E_avg.conv1.weight", EBM_EMA, 5, 1, { EBM_F32, 4, { 16, 8, 4, 4, } } },
    { "E_avg.conv1.bias", EBM_EMA, 6, 1, { EBM_F32, 1, { 16, } } },
    { "E_avg.conv2.weight", EBM_EMA, 7, 1, { EBM_F32, 4, { 32, 16, 4, 4, } } },
    { "E_avg.conv2.bias", EBM_EMA, 8, 1, { EBM_F32, 1, { 32, } } },
    { "E_avg.conv3.weight", EBM_EMA, 9, 1, { EBM_F32, 4, { 32, 32, 4, 4, } } },
    { "E_avg.conv3.bias", EBM_EMA, 10, 1, { EBM_F32, 1, { 32, } } },
    { "E_avg.linear0.weight", EBM_EMA, 11, 1, { EBM_F32, 2, { 1, 288, } } },
    { "E_avg.linear0.bias", EBM_EMA, 12, 1, { EBM_F32, 1, { 1, } } },
    { "ebm.optim.E.b1t", EBM_SLOT, -1, -1, { EBM_F32, 0, { 0 } } },
    { "ebm.optim.E.b2t", EBM_SLOT, -1, -1, { EBM_F32, 0, { 0 } } },
    { "ebm.optim.E.m.E.conv0.weight", EBM_SLOT, 3, -1, { EBM_F32, 4, { 8, 1, 3, 3, } } },
    { "ebm.optim.E.v.E.conv0.weight", EBM_SLOT, 3, -1, { EBM_F32, 4, { 8, 1, 3, 3, } } },
    { "ebm.optim.E.m.E.conv0.bias", EBM_SLOT, 4, -1, { EBM_F32, 1, { 8, } } },
    { "ebm.optim.E.v.E.conv0.bias", EBM_SLOT, 4, -1, { EBM_F32, 1, { 8, } } },
    { "ebm.optim.E.m.E.conv1.weight", EBM_SLOT, 5, -1, { EBM_F32, 4, { 16, 8, 4, 4, } } },
    { "ebm.optim.E.v.E.conv1.weight", EBM_SLOT, 5, -1, { EBM_F32, 4, { 16, 8, 4, 4, } } },
    { "ebm.optim.E.m.E.conv1.bias", EBM_SLOT, 6, -1, { EBM_F32, 1, { 16, } } },
    { "ebm.optim.E.v.E.conv1.bias", EBM_SLOT, 6, -1, { EBM_F32, 1, { 16, } } },
    { "ebm.optim.E.m.E.conv2.weight", EBM_SLOT, 7, -1, { EBM_F32, 4, { 32, 16, 4, 4, } } },
    { "ebm.optim.E.v.E.conv2.weight", EBM_SLOT, 7, -1, { EBM_F32, 4, { 32, 16, 4, 4, } } },
    { "ebm.optim.E.m.E.conv2.bias", EBM_SLOT, 8, -1, { EBM_F32, 1, { 32, } } },
    { "ebm.optim.E.v.E.conv2.bias", EBM_SLOT, 8, -1, { EBM_F32, 1, { 32, } } },
    { "ebm.optim.E.m.E.conv3.weight", EBM_SLOT, 9, -1, { EBM_F32, 4, { 32, 32, 4, 4, } } },
    { "ebm.optim.E.v.E.conv3.weight", EBM_SLOT, 9, -1, { EBM_F32, 4, { 32, 32, 4, 4, } } },
    { "ebm.optim.E.m.E.conv3.bias", EBM_SLOT, 10, -1, { EBM_F32, 1, { 32, } } },
    { "ebm.optim.E.v.E.conv3.bias", EBM_SLOT, 10, -1, { EBM_F32, 1, { 32, } } },
    { "ebm.optim.E.m.E.linear0.weight", EBM_SLOT, 11, -1, { EBM_F32, 2, { 1, 288, } } },
    { "ebm.optim.E.v.E.linear0.weight", EBM_SLOT, 11, -1, { EBM_F32, 2, { 1, 288, } } },
    { "ebm.optim.E.m.E.linear0.bias", EBM_SLOT, 12, -1, { EBM_F32, 1, { 1, } } },
    { "ebm.optim.E.v.E.linear0.bias", EBM_SLOT, 12, -1, { EBM_F32, 1, { 1, } } },
};
static const EbmGroupDesc groups[] = {
    { "E", true, -1, 0 },
    { "E_avg", true, 0, 0 },
};
static const EbmScalarDesc scalars[] = {
    { "iter", EBM_ITER, EBM_I32, 0x0p+0, "completed steps" },
    { "K", EBM_ARG, EBM_I32, 0x1.4p+3, "fashion.ebm - a convolutional energy of Fashion-MNIST, trained in a minute or two on a CPU\n"
    "\n"
    "Contrastive divergence with persistent short-run Langevin chains (a replay buffer with restarts).\n"
    "The update is decoupled: alpha and sigma are chosen for mixing, temperature sigma^2 / (2 alpha)." },
    { "alpha", EBM_ARG, EBM_F32, 0x1.4p+3, 0 },
    { "sigma", EBM_ARG, EBM_F32, 0x1.47ae147ae147bp-8, 0 },
    { "clip", EBM_ARG, EBM_F32, 0x1.eb851eb851eb8p-6, 0 },
    { "reg", EBM_ARG, EBM_F32, 0x1.999999999999ap-4, 0 },
    { "steps", EBM_STEPS, EBM_I32, 0x0p+0, "steps of this run" },
    { "optimizer.E.clip_norm", EBM_ARG, EBM_F32, 0x1.999999999999ap-4, "optimizer setting" },
    { "batch", EBM_BATCH, EBM_I32, 0x0p+0, "samples per step" },
};
static const char *const paths_0[] = { "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz", 0 };
static const EbmFieldDesc fields_0[] = {
    { "x", { EBM_U8, 3, { 1, 28, 28, } } },
};
static const char *const paths_1[] = { "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz", 0 };
static const EbmFieldDesc fields_1[] = {
    { "x", { EBM_U8, 3, { 1, 28, 28, } } },
};
static const char *const paths_2[] = { "t10k-images-idx3-ubyte.gz", 0 };
static const EbmFieldDesc fields_2[] = {
    { "x", { EBM_U8, 3, { 1, 28, 28, } } },
};
static const char *const paths_3[] = { 0 };
static const EbmFieldDesc fields_3[] = {
    { "x", { EBM_F32, 3, { 1, 28, 28, } } },
};
static const char *const paths_4[] = { 0 };
static const EbmFieldDesc fields_4[] = {
    { "x", { EBM_F32, 3, { 1, 28, 28, } } },
};
static const EbmDataDesc data[] = {
    { "fashion", paths_0, 1, fields_0, 1, false },
    { "fashion_test", paths_1, 1, fields_1, 1, false },
    { "mnist_test", paths_2, 1, fields_2, 1, false },
    { "points.E", paths_3, 0, fields_3, 1, true },
    { "points.E_avg", paths_4, 0, fields_4, 1, true },
};
static const EbmOutputDesc outputs_0[] = {
    { EBM_TRACK, "grad_norm", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_TRACK, "gap", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_0[] = { 1, 0, 0, 0, 0, 0 };
static const bool used_0[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0 };
static const EbmRunDesc runs_0[] = {
    { 0 },
};
static const EbmOutputDesc outputs_1[] = {
    { EBM_IMAGE, "x", "samples.png", { EBM_F32, 3, { 1, 28, 28, } }, 10, -0x1p+0, 0x1p+0 },
};
static const int draws_1[] = { 0, 0, 0, 0, 0, 0 };
static const bool used_1[] = { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_1[] = {
    { 0 },
};
static const EbmOutputDesc outputs_2[] = {
    { EBM_AUROC, "noise", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_AUROC, "constant", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_2[] = { 0, 1, 0, 0, 0, 0 };
static const bool used_2[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_2[] = {
    { 0 },
};
static const EbmOutputDesc outputs_3[] = {
    { EBM_AUROC, "mnist", 0, { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_3[] = { 0, 1, 1, 0, 0, 0 };
static const bool used_3[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_3[] = {
    { 0 },
};
static const EbmOutputDesc outputs_4[] = {
    { EBM_SAVE, "energy", "scores.safetensors", { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_SAVE, "grad", "scores.safetensors", { EBM_F32, 3, { 1, 28, 28, } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_4[] = { 0, 0, 0, 1, 0, 0 };
static const bool used_4[] = { 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_4[] = {
    { 0 },
};
static const EbmOutputDesc outputs_5[] = {
    { EBM_SAVE, "energy", "scores.safetensors", { EBM_F32, 0, { 0 } }, 0, 0x0p+0, 0x0p+0 },
    { EBM_SAVE, "grad", "scores.safetensors", { EBM_F32, 3, { 1, 28, 28, } }, 0, 0x0p+0, 0x0p+0 },
};
static const int draws_5[] = { 0, 0, 0, 0, 1, 0 };
static const bool used_5[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const EbmRunDesc runs_5[] = {
    { 0 },
};
static const EbmEntryDesc entries[] = {
    { EBM_TRAIN, "fashion", 32, 3000, 0, step_0, outputs_0, 2, draws_0, used_0, runs_0, 0, 0 },
    { EBM_SAMPLE, "garments", 100, 10000, 0, step_1, outputs_1, 1, draws_1, used_1, runs_1, 0, 0 },
    { EBM_EVAL, "ood", 500, 10000, 10000, step_2, outputs_2, 2, draws_2, used_2, runs_2, 0, 0 },
    { EBM_EVAL, "ood_mnist", 500, 10000, 10000, step_3, outputs_3, 1, draws_3, used_3, runs_3, 0, 0 },
    { EBM_SCORE, "E", 64, 10000, 0, step_4, outputs_4, 2, draws_4, used_4, runs_4, 0, 0 },
    { EBM_SCORE, "E_avg", 64, 10000, 0, step_5, outputs_5, 2, draws_5, used_5, runs_5, 0, 0 },
};
EbmKernelFn k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15, k16, k17, k18, k19, k20, k21, k22;
static const EbmKernel kernels[] = {
    { "k0", k0, 0, "nest of 8" },
    { "k1", k1, 2273920, "region" },
    { "k2", k2, 0, "nest of 1" },
    { "k3", k3, 2068608, "region" },
    { "k4", k4, 1700288, "21 sums" },
    { "k5", k5, 0, "nest of 9" },
    { "k6", k6, 0, "nest of 2" },
    { "k7", k7, 0, "nest of 1" },
    { "k8", k8, 0, "nest of 2" },
    { "k9", k9, 0, "nest of 10" },
    { "k10", k10, 0, "nest of 9" },
    { "k11", k11, 0, "nest of 8" },
    { "k12", k12, 2273984, "region" },
    { "k13", k13, 0, "nest of 5" },
    { "k14", k14, 1416320, "region" },
    { "k15", k15, 0, "nest of 5" },
    { "k16", k16, 1366144, "region" },
    { "k17", k17, 0, "nest of 9" },
    { "k18", k18, 1721984, "region" },
    { "k19", k19, 0, "nest of 9" },
    { "k20", k20, 1721984, "region" },
    { "k21", k21, 0, "nest of 35" },
    { "k22", k22, 0, "nest of 11" },
};
static const char spec_text[] =
    "# fashion.ebm - a convolutional energy of Fashion-MNIST, trained in a minute or two on a CPU\n"
    "#\n"
    "# Contrastive divergence with persistent short-run Langevin chains (a replay buffer with restarts).\n"
    "# The update is decoupled: alpha and sigma are chosen for mixing, temperature sigma^2 / (2 alpha).\n"
    "arg K = 10;  arg alpha = 10.0;  arg sigma = 0.005;  arg clip = 0.03;  arg reg = 0.1\n"
    "\n"
    "data fashion      from \"/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz\" { x: u8[1,28,28] }\n"
    "data fashion_test from \"/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz\"  { x: u8[1,28,28] }\n"
    "data mnist_test   from \"t10k-images-idx3-ubyte.gz\"                                    { x: u8[1,28,28] }\n"
    "\n"
    "# Pixels in [-1, 1], with a little noise against the 256 grey steps.\n"
    "sampler images(D, noise: real = 0.03) -> [1,28,28] {\n"
    "  p ~ D;  w ~ normal([1,28,28])\n"
    "  return clamp(real(p) / 127.5 - 1 + noise * w, -1, 1)\n"
    "}\n"
    "\n"
    "# Where chains start: one grey level for the image, often black, so that plain images get high energy too.\n"
    "sampler plain() -> [1,28,28] {\n"
    "  c ~ uniform([1,1,1], -1.5, 0.6);  w ~ normal([1,28,28])\n"
    "  return clamp(c + 0.05 * w, -1, 1)\n"
    "}\n"
    "\n"
    "energy E(x: [1,28,28]) {\n"
    "  return x |> Conv(8, k=3) |> silu |> Conv(16, k=4, stride=2, pad=1) |> silu\n"
    "    |> Conv(32, k=4, stride=2, pad=1) |> silu |> Conv(32, k=4, stride=2, pad=1) |> silu\n"
    "    |> flatten |> Linear(1) |> squeeze\n"
    "}\n"
    "ema E_avg of E (decay = minimum(0.99, (1 + iter) / (10 + iter)))\n"
    "\n"
    "# One step: noise, clamp, clipped gradient step, clamp.\n"
    "sampler langevin(E, x, K, alpha) {\n"
    "  for k in 1..K {\n"
    "    w ~ normal(like x)\n"
    "    y = clamp(x + sigma * w, -1, 1)\n"
    "    x = clamp(y - alpha * clamp(grad(E, y), -clip, clip), -1, 1)\n"
    "  }\n"
    "  return x\n"
    "}\n"
    "\n"
    "buffer B: [1,28,28] = replay(4096, init = normal([1,28,28], mean = -0.5, std = 0.3))\n"
    "\n"
    "train fashion {\n"
    "  batch = 32;  steps = 3000\n"
    "  optimizer E = adam(lr = warmup(cosine(4e-3, 0, steps), 50), betas = (0.0, 0.999), clip_norm = 0.1)\n"
    "  step {\n"
    "    x_pos ~ images(fashion)\n"
    "    x0    ~ B prob 0.95 else plain()\n"
    "    x_neg ~ langevin(E, x0, K, alpha)\n"
    "    gap = mean(E(x_neg)) - mean(E(x_pos))\n"
    "    minimize reg * mean(E(x_pos)^2 + E(x_neg)^2) - gap over E\n"
    "    B.push(x_neg);  track gap\n"
    "  }\n"
    "}\n"
    "\n"
    "# The chains of the buffer, continued with the averaged weights and smaller steps.\n"
    "sample garments {\n"
    "  batch = 100\n"
    "  x0 ~ B\n"
    "  x ~ langevin(E_avg, x0, 300, 2.0)\n"
    "  image(x, \"samples.png\", cols = 10, range = (-1, 1))\n"
    "}\n"
    "\n"
    "# Out-of-distribution detection: the lower the energy, the more in-distribution.\n"
    "eval ood {\n"
    "  batch = 500;  count = 10_000\n"
    "  x ~ images(fashion_test, 0);  u ~ uniform([1,28,28], -1, 1);  c ~ uniform([1,1,1], -1, 1)\n"
    "  report noise    = auroc(-E_avg(x), -E_avg(u))\n"
    "  report constant = auroc(-E_avg(x), -E_avg(c + zeros([1,28,28])))\n"
    "}\n"
    "eval ood_mnist {                              # ./fashion eval ood_mnist mnist_test=t10k-images-idx3-ubyte.gz\n"
    "  batch = 500;  count = 10_000\n"
    "  x ~ images(fashion_test, 0);  m ~ images(mnist_test, 0)\n"
    "  report mnist = auroc(-E_avg(x), -E_avg(m))\n"
    "}\n";

const EbmProgram ebm_program = {
    EBM_ABI, "fashion", "ebmcc 0.1.0", spec_text,
    "b2e51953cd341a2b0da9bb2418044bee58d49265e5b09c7e67fc7b2abbd0748d",
    states, 45, groups, 2, scalars, 9, data, 5,
    entries, 6, kernels, 23, 10, 2, init, 0
};

int main(int argc, char **argv) { return ebm_main(&ebm_program, argc, argv); }
