/* cuda_tune.c - --tune: which way of launching each kernel is fastest; see cuda_gpu.h.
 *
 * The ways are a closed table (Way). A kernel's first launches are the run's own, each in the next
 * way in turn, with a mark before and after: nothing is launched twice, no state is saved. After
 * WARM + ROUNDS launches in every way the one with the least median is kept, the default if that is
 * nearly as fast. The choice is kept on disk, too; a later run with --tune takes it from there. A run
 * without --tune never looks: its launches do not depend on what ran before it.
 *
 * A choice holds for the units and the batch that were measured; others go the default way. */
#include "cache.h"
#include "console.h"
#include "cuda_gpu.h"
#include "memory.h"
#include <assert.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM = 1, ROUNDS = 5, PAIRS = 64 };
static const float clear_gain = 0.97f;       /* of the default's time: what is worth leaving it */

static const struct { const char *name, *what; } ways[N_WAYS] = {
    [WAY_DEFAULT] = { "default", "the default grid" },
    [WAY_HALF]    = { "half", "a CTA for every second multiprocessor" },
    [WAY_ONE]     = { "one", "a CTA for each multiprocessor" },
    [WAY_TWO]     = { "two", "two CTAs for each multiprocessor" },
    [WAY_LIBRARY] = { "library", "large sums by cuBLASLt" },
};

typedef struct Trial {
    enum { NEW, MEASURES, SETTLED } state;
    int64_t units, batch;
    Way choice;                   /* SETTLED */
    Way way[N_WAYS];              /* what there is to choose from */
    int n, launches;
    float us[N_WAYS][ROUNDS];     /* of way[i] */
    int measured[N_WAYS];
} Trial;
struct Tuner {
    Trial *trial;                 /* [n_kernels] */
    CuEvent mark[2 * PAIRS];
    /* on their way; `of`: index in Trial.way, -1: a launch that warms up */
    struct Pair { int kernel, of; } pair[PAIRS];
    int n_pairs;
};

bool tune_open(Gpu *g, Status *st) {
    char why[300];
    Tuner *t = g->tuner = mem_alloc(sizeof *t, "the tuner", st);
    if (!t) return false;
    *t = (Tuner){ 0 };
    t->trial = mem_array((uint64_t)g->cuda->n_kernels + 1, sizeof *t->trial, "the tuner", st);
    if (!t->trial) return false;
    if (strcmp(g->asked.tune, "library") == 0 && !products_open(g, why, sizeof why))
        console_warn("warning: %s; tuning goes on without it", why);
    return true;
}

const char *tune_describe(const Gpu *g, char *out, size_t size) {
    char version[32];
    out[0] = '\0';
    if (g->products)
        snprintf(out, size, ", tuned with cuBLASLt %s", products_version(g, version));
    else if (g->tuner)
        snprintf(out, size, ", tuned");
    return out;
}

/* ---- choices on disk ------------------------------------------------------------------------ */
/* 64 hex digits of everything that a choice depends on. */
static void choice_key(const Gpu *g, int kernel, const Trial *t, char key[65]) {
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    const char *text = modules_text(g, k->module);
    char head[700], version[32];
    int n = snprintf(head, sizeof head, "tune 1\n%s\n%s %d\ndriver %d\nNVRTC %d.%d\ncuBLASLt %s\n"
                     "%.100s %lld %lld\n", g->name, g->arch, g->sms, g->driver_version,
                     g->nvrtc->major, g->nvrtc->minor, products_version(g, version), k->name,
                     (long long)t->units, (long long)t->batch);
    SHA2_CTX c;
    SHA256Init(&c);
    SHA256Update(&c, (const uint8_t *)head, (size_t)n);
    SHA256Update(&c, (const uint8_t *)text, strlen(text));
    SHA256End(&c, key);
}

static void say(const Gpu *g, int kernel, const Trial *t, const char *how) {
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    console_note("tuned: %s (%s): %s, %s", k->name, k->what ? k->what : "", ways[t->choice].what,
                 how);
}

/* The choice of an earlier run, if it is one of the trial's ways. */
static bool read_choice(const Gpu *g, int kernel, Trial *t) {
    char key[65];
    void *data;
    uint64_t size;
    choice_key(g, kernel, t, key);
    if (!cache_get("tune", key, &data, &size)) return false;
    for (int i = 0; i < t->n && t->state != SETTLED; i++) {
        const char *name = ways[t->way[i]].name;
        size_t n = strlen(name);
        if (size > n && memcmp(data, name, n) == 0 && ((const char *)data)[n] == ' ') {
            t->choice = t->way[i];
            t->state = SETTLED;
        }
    }
    mem_free(data);
    if (t->state == SETTLED) say(g, kernel, t, "as measured in an earlier run");
    return t->state == SETTLED;
}

/* ---- measuring ------------------------------------------------------------------------------ */
static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Everything is measured: the choice, said and kept. */
static void settle(const Gpu *g, int kernel, Trial *t) {
    char key[65], text[300], how[100];
    int best = 0, used;
    for (int i = 0; i < t->n; i++) {
        qsort(t->us[i], ROUNDS, sizeof t->us[i][0], by_size);
        if (t->us[i][ROUNDS / 2] < t->us[best][ROUNDS / 2]) best = i;
    }
    if (t->us[best][ROUNDS / 2] > clear_gain * t->us[0][ROUNDS / 2]) best = 0;
    t->choice = t->way[best];
    t->state = SETTLED;
    snprintf(how, sizeof how, best ? "%.1f us (default %.1f us)" : "%.1f us",
             (double)t->us[best][ROUNDS / 2], (double)t->us[0][ROUNDS / 2]);
    say(g, kernel, t, how);
    used = snprintf(text, sizeof text, "%s of", ways[t->choice].name);
    for (int i = 0; i < t->n; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, " %s %.1f us",
                         ways[t->way[i]].name, (double)t->us[i][ROUNDS / 2]);
    choice_key(g, kernel, t, key);
    cache_put("tune", key, text, (uint64_t)used);
}

/* The first launch of a kernel: what there is to choose from. */
static void begin(Gpu *g, int kernel, Trial *t, int64_t units, int64_t batch) {
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    int64_t grid[N_WAYS];
    char why[300];
    *t = (Trial){ .state = MEASURES, .units = units, .batch = batch };
    for (Way way = WAY_DEFAULT; way <= WAY_TWO; way++) {
        if (way == WAY_HALF && k->grid == 0) continue;    /* fewer CTAs make barriers faster */
        bool is_new = true;
        grid[t->n] = gpu_grid(g, kernel, units, way);
        for (int i = 0; i < t->n; i++) is_new &= grid[i] != grid[t->n];
        if (is_new) t->way[t->n++] = way;
    }
    if (g->products && k->n_products > 0) {
        if (products_prepare(g, kernel, batch, why, sizeof why)) t->way[t->n++] = WAY_LIBRARY;
        else console_warn("warning: cuBLASLt cannot take the sums of %s: %s", k->name, why);
    }
    if (t->n == 1) t->state = SETTLED;
    else read_choice(g, kernel, t);
}

bool tune_way(Gpu *g, int kernel, int64_t units, int64_t batch, Way *way, int *pair,
              Status *st) {
    Tuner *tuner = g->tuner;
    *way = WAY_DEFAULT;
    *pair = -1;
    if (!tuner) return true;
    Trial *t = &tuner->trial[kernel];
    if (t->state == NEW) begin(g, kernel, t, units, batch);
    if (t->units != units || t->batch != batch) return true;
    if (t->state == SETTLED) *way = t->choice;
    if (t->state == SETTLED || tuner->n_pairs == PAIRS || t->launches == t->n * (WARM + ROUNDS))
        return true;
    int i = t->launches % t->n, at = tuner->n_pairs;
    for (int k = 2 * at; k < 2 * at + 2; k++) {
        CuResult r = tuner->mark[k] ? 0 : g->d->event_new(&tuner->mark[k], 0);
        if (r != 0) return gpu_fail(g, r, st, "kernels cannot be timed");
    }
    tuner->pair[at] = (struct Pair){ kernel, t->launches++ < t->n * WARM ? -1 : i };
    tuner->n_pairs++;
    *way = t->way[i];
    *pair = at;
    return true;
}

bool tune_mark(Gpu *g, int mark, Status *st) {
    CuResult r = g->d->event_record(g->tuner->mark[mark], g->stream);
    return r == 0 || gpu_fail(g, r, st, "kernels cannot be timed");
}

bool tune_step(Gpu *g, Status *st) {
    Tuner *t = g->tuner;
    if (!t || t->n_pairs == 0) return true;
    if (!gpu_wait(g, st)) return false;
    for (int p = 0; p < t->n_pairs; p++) {
        const struct Pair *of = &t->pair[p];
        Trial *trial = &t->trial[of->kernel];
        float ms = 0;
        if (of->of < 0) continue;
        CuResult r = g->d->event_elapsed(&ms, t->mark[2 * p], t->mark[2 * p + 1]);
        if (r != 0) return gpu_fail(g, r, st, "kernels cannot be timed");
        assert(trial->measured[of->of] < ROUNDS);
        trial->us[of->of][trial->measured[of->of]++] = 1000 * ms;
        if (trial->measured[trial->n - 1] == ROUNDS) settle(g, of->kernel, trial);
    }
    t->n_pairs = 0;
    return true;
}

void tune_close(Gpu *g) {
    Tuner *t = g->tuner;
    if (!t) return;
    int unfinished = 0;
    for (int k = 0; t->trial && k < g->cuda->n_kernels; k++)
        unfinished += t->trial[k].state == MEASURES;
    if (unfinished > 0)
        console_note("tuned: %d kernel%s launched too rarely to be measured (each way takes %d "
                     "launches)", unfinished, unfinished > 1 ? "s were" : " was", WARM + ROUNDS);
    for (int i = 0; i < 2 * PAIRS; i++)
        if (t->mark[i]) g->d->event_free(t->mark[i]);
    mem_free(t->trial);
    mem_free(t);
    g->tuner = NULL;
}
