/* rt_tiny.h - a program as the compiler would emit it, small enough to write by hand, and what
 * tests need to run it: E(x) = scale * |x - center|^2 / 2 trained against noisy negatives from a
 * replay buffer, over a data set of 2-D points.
 *
 * Noise is a hash of (seed, step, sample), so bits do not depend on threads; every step reads and
 * writes all kinds of state, so a resume that forgot one would differ. */
#ifndef RT_TINY_H
#define RT_TINY_H
#include "ebm.h"
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { S_CENTER, S_SCALE, S_EMA_CENTER, S_EMA_SCALE, S_SLOT, S_BUFFER, S_HEAD, S_COUNT };
enum { A_LR, A_NOISE, A_BLOWUP, A_ITER, A_STEPS, A_BATCH, A_LAST };
enum { CAPACITY = 32 };

static float tiny_noise(uint64_t seed, uint64_t step, uint64_t sample, uint64_t k) {
    uint64_t x =
        seed * 0x9e3779b97f4a7c15u + step * 0xbf58476d1ce4e5b9u + sample * 0x94d049bb133111ebu + k;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (float)((x ^ x >> 31) >> 40) / 8388608.0f - 1.0f;
}

/* Units are samples. buf: points [N,2], rows [B], buffer [CAPACITY,2], out: pos, neg [B,2]. */
static void tiny_draw(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    const float *points = buf[0], *pool = buf[2];
    const int32_t *rows = buf[1];
    float *pos = buf[3], *neg = buf[4];
    for (int64_t i = r.begin; i < r.end; i++)
        for (int k = 0; k < 2; k++) {
            float w = tiny_noise(s->seed, s->step, (uint64_t)(s->first_sample + i), (uint64_t)k);
            pos[2 * i + k] = points[2 * rows[i] + k];
            neg[2 * i + k] = pool[2 * ((i + (int64_t)s->step) % CAPACITY) + k] * 0.9f + s->f[1] * w;
        }
}

/* Units are samples. buf: x [B,2], center [2], scale [], out energy [B], out grad [B,2]. */
static void tiny_energy(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    const float *x = buf[0], *c = buf[1], *scale = buf[2];
    float *e = buf[3], *g = buf[4];
    for (int64_t i = r.begin; i < r.end; i++) {
        float dx = x[2 * i] - c[0], dy = x[2 * i + 1] - c[1];
        e[i] = 0.5f * scale[0] * (dx * dx + dy * dy);
        if (g) g[2 * i] = scale[0] * dx, g[2 * i + 1] = scale[0] * dy;
    }
}

enum { K_DRAW, K_ENERGY };
static const EbmKernel tiny_kernels[] = {
    { "draw", tiny_draw, 128, "positives and negatives of a step" },
    { "energy", tiny_energy, 0, "energy and its gradient" },
};

static void tiny_init(EbmRun *run) {
    float *c = ebm_state(run, S_CENTER), *scale = ebm_state(run, S_SCALE),
          *b = ebm_state(run, S_BUFFER);
    c[0] = tiny_noise(ebm_scalars(run)->seed, 0, 0, 7);
    c[1] = tiny_noise(ebm_scalars(run)->seed, 0, 0, 8);
    scale[0] = 1;
    for (int i = 0; i < 2 * CAPACITY; i++) b[i] = tiny_noise(1, 2, (uint64_t)i, 3);
    *(int32_t *)ebm_state(run, S_HEAD) = 0;
}

static void tiny_train(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    int64_t n = s->batch;
    s->f[0] = (float)ebm_scalar(run, A_LR);
    s->f[1] = (float)ebm_scalar(run, A_NOISE);
    float *pos = ebm_arena(run, (size_t)n * 6 * sizeof(float) + 64), *neg = pos + 2 * n,
          *e = neg + 2 * n;
    float *c = ebm_state(run, S_CENTER), *m = ebm_state(run, S_SLOT), *b = ebm_state(run, S_BUFFER);
    float *scale = ebm_state(run, S_SCALE), *ema = ebm_state(run, S_EMA_CENTER);
    int32_t *head = ebm_state(run, S_HEAD);
    ebm_launch(run, K_DRAW, (void *[]){ (void *)(uintptr_t)ebm_data_field(run, 0, 0),
               (void *)(uintptr_t)ebm_data_rows(run, 0, 0), b, pos, neg }, n);
    ebm_launch(run, K_ENERGY, (void *[]){ pos, c, scale, e, NULL }, n);
    float gap = 0, gx = 0, gy = 0;
    for (int64_t i = 0; i < n; i++) {
        gap += e[i] / (float)n;
        gx += (c[0] - pos[2 * i]) / (float)n + 0.01f * neg[2 * i];
        gy += (c[1] - pos[2 * i + 1]) / (float)n + 0.01f * neg[2 * i + 1];
    }
    if (ebm_scalar(run, A_BLOWUP) > 0 && s->step + 1 >= (uint64_t)ebm_scalar(run, A_BLOWUP))
        gx = NAN;
    if (!ebm_check(run, &gx, "gradient of E")) return;
    m[0] = 0.9f * m[0] + gx;
    m[1] = 0.9f * m[1] + gy;
    for (int k = 0; k < 2; k++) {
        c[k] -= s->f[0] * m[k];
        ema[k] = 0.99f * ema[k] + 0.01f * c[k];
    }
    scale[0] = 1 + 0.001f * (float)(s->step % 7);
    *(float *)ebm_state(run, S_EMA_SCALE) = scale[0];
    memcpy(b + 2 * *head, neg, 2 * sizeof(float));
    *head = (*head + 1) % CAPACITY;
    ebm_scalar_out(run, 0, &gap);
    usleep((useconds_t)ebm_scalar(run, A_LAST));
}

static void tiny_eval(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    int64_t n = s->batch;
    float *e = ebm_arena(run, (size_t)n * 16), *far = e + n, *x = far + n;
    const float *points = ebm_data_field(run, 0, 0);
    const int32_t *rows = ebm_data_rows(run, 0, 0), *others = ebm_data_rows(run, 0, 1);
    float mean = 0, row_sum = 0;
    for (int64_t i = 0; i < n; i++) memcpy(x + 2 * i, points + 2 * rows[i], 8);
    ebm_launch(run, K_ENERGY,
               (void *[]){ x, ebm_state(run, S_EMA_CENTER), ebm_state(run, S_EMA_SCALE), e, NULL },
               n);
    for (int64_t i = 0; i < n; i++) {
        mean += e[i] / (float)n;
        far[i] = e[i] - 1 - (float)(rows[i] % 3);
        row_sum += (float)(rows[i] + others[i]) / (float)n;
    }
    ebm_scalar_out(run, 0, &mean);
    ebm_scalar_out(run, 2, &row_sum);
    ebm_rows_out(run, 1, e, far);
}

static void tiny_sample(EbmRun *run) {
    EbmScalars *s = ebm_scalars(run);
    int64_t n = s->batch;
    float *x = ebm_arena(run, (size_t)n * (8 + 64)), *c = ebm_state(run, S_EMA_CENTER),
          *pic = x + 2 * n;
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            x[2 * i + k] = c[k] + tiny_noise(s->seed, s->step, (uint64_t)i, (uint64_t)k);
    for (int64_t i = 0; i < 16 * n; i++) pic[i] = (float)(i % 16) / 15;
    ebm_rows_out(run, 0, x, NULL);
    ebm_rows_out(run, 1, x, NULL);
    ebm_rows_out(run, 2, pic, NULL);
    ebm_rows_out(run, 3, x, NULL);
}

static void tiny_score(EbmRun *run) {
    int64_t n = ebm_scalars(run)->batch;
    float *e = ebm_arena(run, (size_t)n * 20), *g = e + n, *x = g + 2 * n;
    const float *points = ebm_data_field(run, 1, 0);
    const int32_t *rows = ebm_data_rows(run, 1, 0);
    for (int64_t i = 0; i < n; i++) memcpy(x + 2 * i, points + 2 * rows[i], 8);
    ebm_launch(run, K_ENERGY,
               (void *[]){ x, ebm_state(run, S_CENTER), ebm_state(run, S_SCALE), e, g }, n);
    ebm_rows_out(run, 0, e, NULL);
    ebm_rows_out(run, 1, g, NULL);
}

#define VEC2 { EBM_F32, 1, { 2 } }
#define ONE { EBM_F32, 0, { 0 } }
static const EbmStateDesc tiny_states[S_COUNT] = {
    [S_CENTER] = { "E.center.weight", EBM_PARAM, -1, 0, VEC2 },
    [S_SCALE] = { "E.scale", EBM_PARAM, -1, 0, ONE },
    [S_EMA_CENTER] = { "E_avg.center.weight", EBM_EMA, S_CENTER, 1, VEC2 },
    [S_EMA_SCALE] = { "E_avg.scale", EBM_EMA, S_SCALE, 1, ONE },
    [S_SLOT] = { "ebm.optim.E.m.E.center.weight", EBM_SLOT, S_CENTER, -1, VEC2 },
    [S_BUFFER] = { "B", EBM_BUFFER, -1, -1, { EBM_F32, 2, { CAPACITY, 2 } } },
    [S_HEAD] = { "B.head", EBM_VALUE, -1, -1, { EBM_I32, 0, { 0 } } },
};
static const EbmGroupDesc tiny_groups[] = { { "E", true, -1, NULL }, { "E_avg", true, 0, NULL } };
static const EbmScalarDesc tiny_scalars[] = {
    [A_LR] = { "lr", EBM_ARG, EBM_F32, 0.05, "learning rate" },
    [A_NOISE] = { "noise", EBM_ARG, EBM_F32, 0.5, "" },
    [A_BLOWUP] = { "blowup", EBM_ARG, EBM_I32, 0, "step whose gradient is NaN" },
    [A_ITER] = { "iter", EBM_ITER, EBM_I32, 0, "" },
    [A_STEPS] = { "steps", EBM_STEPS, EBM_I32, 0, "" },
    [A_BATCH] = { "batch", EBM_BATCH, EBM_I32, 0, "" },
    [A_LAST] = { "delay", EBM_ARG, EBM_I32, 0, "microseconds per step" },
};
static const char *const tiny_paths[] = { "points.npy" };
static const EbmFieldDesc tiny_field[] = { { "d", VEC2 } };
static const EbmDataDesc tiny_data[] = { { "d", tiny_paths, 1, tiny_field, 1, false },
                                         { "points", NULL, 0, tiny_field, 1, true } };
static const int tiny_draws[] = { 1, 0 }, tiny_two_draws[] = { 2, 0 }, tiny_no_draws[] = { 0, 0 },
                 tiny_point_draws[] = { 0, 1 };
static const bool tiny_uses_ema[S_COUNT] = { [S_EMA_CENTER] = true, [S_EMA_SCALE] = true };
static const bool tiny_uses_net[S_COUNT] = { [S_CENTER] = true, [S_SCALE] = true };
static const EbmOutputDesc tiny_tracks[] = { { EBM_TRACK, "gap", NULL, ONE, 0, 0, 0 } };
static const EbmOutputDesc tiny_reports[] = { { EBM_REPORT, "energy", NULL, ONE, 0, 0, 0 },
                                              { EBM_AUROC, "ood", NULL, ONE, 0, 0, 0 },
                                              { EBM_REPORT, "rows", NULL, ONE, 0, 0, 0 } };
static const EbmOutputDesc tiny_saves[] = {
    { EBM_SAVE, "x", "out.safetensors", VEC2, 0, 0, 0 },
    { EBM_SAVE, "x", "out.npy", VEC2, 0, 0, 0 },
    { EBM_IMAGE, "pictures", "grid.png", { EBM_F32, 3, { 1, 4, 4 } }, 4, 0, 1 },
    { EBM_PLOT, "x", "plots/x.png", VEC2, 0, -3, 3 }
};
static const EbmOutputDesc tiny_scores[] = { { EBM_SAVE, "energy", "", ONE, 0, 0, 0 },
                                             { EBM_SAVE, "grad", "", VEC2, 0, 0, 0 } };
static const EbmEntryDesc tiny_entries[] = {
    { EBM_TRAIN, "cd", 16, 50, 0, tiny_train, tiny_tracks, 1, tiny_draws, NULL, NULL, 0, NULL },
    { EBM_EVAL, "check", 10, 0, 0, tiny_eval, tiny_reports, 3, tiny_two_draws, tiny_uses_ema,
      NULL, 0, NULL },
    { EBM_SAMPLE, "draws", 10, 0, 25, tiny_sample, tiny_saves, 4, tiny_no_draws, tiny_uses_ema,
      NULL, 0, NULL },
    { EBM_SCORE, "E", 10, 0, 0, tiny_score, tiny_scores, 2, tiny_point_draws, tiny_uses_net,
      NULL, 0, NULL },
};
static const EbmProgram tiny_program = {
    .abi = EBM_ABI, .name = "tiny", .compiler = "by hand", .spec_text = "# tiny\n",
    .identity = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .states = tiny_states, .n_states = S_COUNT, .groups = tiny_groups, .n_groups = 2,
    .scalars = tiny_scalars, .n_scalars = A_LAST + 1, .data = tiny_data, .n_data = 2,
    .entries = tiny_entries, .n_entries = 4, .kernels = tiny_kernels, .n_kernels = 2,
    .n_f = 2, .n_i = 1, .init = tiny_init,
};

/* ---- running it in a folder of its own -------------------------------------------------------*/
static char tiny_folder[64];

/* Makes a temporary folder, the working folder from now on, with `n` points in points.npy. */
static inline void tiny_setup(int n) {
    snprintf(tiny_folder, sizeof tiny_folder, "/tmp/rt_tiny_XXXXXX");
    cr_assert(mkdtemp(tiny_folder) && chdir(tiny_folder) == 0);
    FILE *f = fopen("points.npy", "wb");
    char head[129];
    int used = snprintf(head, sizeof head,
                        "\x93NUMPY\x01%c\x76%c{'descr': '<f4', 'fortran_order': False, "
                        "'shape': (%d, 2), }",
                        0, 0, n);
    memset(head + used, ' ', (size_t)(127 - used));
    head[127] = '\n';
    fwrite(head, 1, 128, f);
    for (int i = 0; i < 2 * n; i++) {
        float v = (i & 1 ? 2.0f : -1.0f) + tiny_noise(5, 6, (uint64_t)i, 0);
        fwrite(&v, 4, 1, f);
    }
    fclose(f);
}

static inline void tiny_teardown(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", tiny_folder);
    if (chdir("/") != 0 || system(command) != 0) cr_log_warn("%s is left behind", tiny_folder);
}

/* Starts the program in a child with stdout to the file "out" and stderr to "err". */
static inline pid_t tiny_start(const char *words) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    char text[1000], *argv[40] = { "tiny" };
    int argc = 1;
    snprintf(text, sizeof text, "%s", words);
    for (char *p = strtok(text, " "); p; p = strtok(NULL, " ")) argv[argc++] = p;
    if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr)) _exit(99);
    _exit(ebm_main(&tiny_program, argc, argv));
}

static inline int tiny_wait(pid_t pid) {
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs it to its end and returns the exit code. */
static inline int tiny_run(const char *words) { return tiny_wait(tiny_start(words)); }

/* A file's text in a static buffer (the last call's only), "" when absent. */
static inline const char *tiny_text(const char *path) {
    static char text[1 << 16];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = '\0';
    return text;
}

static inline bool tiny_exists(const char *path) { return access(path, F_OK) == 0; }

/* Whether two files hold the same bytes. */
static inline bool tiny_same(const char *a, const char *b) {
    FILE *x = fopen(a, "rb"), *y = fopen(b, "rb");
    bool same = x && y;
    while (same) {
        int p = fgetc(x), q = fgetc(y);
        same = p == q;
        if (p == EOF) break;
    }
    if (x) fclose(x);
    if (y) fclose(y);
    return same;
}
#endif
