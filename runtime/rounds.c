/* rounds.c - eval, sample and score: rounds of a batch until `count` rows are done. */
#include "array.h"
#include "commands.h"
#include "console.h"
#include "jsontext.h"
#include "memory.h"
#include "safetensors.h"
#include "signals.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* How many samples the data sets allow: each is read once, in file order, without wrapping. */
static int64_t rows_allowed(const EbmRun *run, const char **set) {
    int64_t least = INT64_MAX;
    for (int i = 0; i < run->program->n_data; i++) {
        if (run->data[i].n == 0 || run->entry->data_draws[i] < 0) continue;
        int64_t n = run->data[i].n / run->entry->data_draws[i];
        if (n < least) {
            least = n;
            *set = run->data[i].desc->name;
        }
    }
    return least;
}

/* The number of rows to run. */
static bool settle_count(const EbmRun *run, int64_t *count, Status *st) {
    const Settings *s = run->settings;
    const char *set = "";
    int64_t allowed = rows_allowed(run, &set);
    if (allowed == 0)
        return status_fail(st, RT_DATA, "data set %s has too few examples for one sample", set);
    if (run->entry->mode == EBM_SCORE) *count = allowed;
    else if (s->count > 0) *count = s->count;
    else if (run->entry->mode == EBM_EVAL && allowed < INT64_MAX) *count = allowed;
    else *count = s->batch < allowed ? s->batch : allowed;
    if (*count <= allowed) return true;
    if (s->count_given)
        return status_fail(st, RT_USAGE, "count=%" PRId64 ": data set %s allows only %" PRId64,
                           *count, set, allowed);
    console_note("note: count is %" PRId64 ", all that data set %s allows", allowed, set);
    *count = allowed;
    return true;
}

bool rounds_run(EbmRun *run, Status *st) {
    int64_t count = 0;
    if (!settle_count(run, &count, st) || !outputs_new(&run->outputs, run->entry, count, st))
        return false;
    bool live = console_is_live() && count > run->batch, ok = true;
    run->is_tracking = true;
    for (uint64_t round = 0; ok && run->outputs.done < count; round++) {
        int64_t left = count - run->outputs.done, rows = left < run->batch ? left : run->batch;
        Status why = { 0 };
        if (!run_step(run, round, rows, &why)) {
            ok = why.code == RT_DIVERGED
               ? status_fail(st, why.code, "%s in round %" PRIu64 " of %s: %s",
                             run->is_unmet ? "stopped" : "diverged", round, run->entry->name,
                             why.text)
               : status_fail(st, why.code, "%s", why.text);
            break;
        }
        run->outputs.done += rows;
        if (signals_stop_requested() && run->outputs.done < count)
            ok = status_fail(st, RT_STOPPED,
                             "stopped by a signal after %" PRId64 " of %" PRId64 " rows; "
                             "nothing was written",
                             run->outputs.done, count);
        char line[160];
        snprintf(line, sizeof line, "%.60s: %" PRId64 " of %" PRId64 " rows", run->entry->name,
                 run->outputs.done, count);
        if (live) console_live(line);
    }
    if (live) console_live(NULL);
    return ok;
}

/* ---- score -----------------------------------------------------------------------------------*/
static bool write_scores(const char *path, const Output *energy, const Output *grad, Status *st) {
    int64_t rows = energy->n, dim[EBM_MAX_RANK + 1] = { grad ? grad->n : 0 };
    StOut out[2] = { { "energy", ELEM_F32, 1, &rows, energy->rows } };
    if (grad) {
        const EbmTensor *t = &grad->desc->example;
        for (int i = 0; i < t->rank; i++) dim[i + 1] = t->dim[i];
        out[1] = (StOut){ "grad", ELEM_F32, t->rank + 1, dim, grad->rows };
    }
    if (!st_write(path, out, grad ? 2 : 1, NULL, 0, false, st)) return false;
    console_note("wrote %s: %" PRId64 " rows", path, rows);
    return true;
}

/* JSON has no word for what is not finite: null. */
static json_t *json_finite(float v) { return isfinite(v) ? json_real((double)v) : json_null(); }

/* {"energy":[...],"grad":[[...],...]} on stdout. */
static bool print_scores_json(const Output *energy, const Output *grad, uint64_t width,
                              Status *st) {
    json_t *all = json_object(), *e = json_array(), *g = grad ? json_array() : NULL;
    bool ok = all && e && (!grad || g);
    for (int64_t i = 0; ok && i < energy->n; i++) {
        ok = json_array_append_new(e, json_finite(((const float *)energy->rows)[i])) == 0;
        json_t *row = grad ? json_array() : NULL;
        for (uint64_t k = 0; ok && grad && k < width; k++)
            ok = json_array_append_new(
                     row, json_finite(((const float *)grad->rows)[(uint64_t)i * width + k]))
                 == 0;
        if (grad) ok = json_array_append_new(g, row) == 0 && ok;
    }
    ok = json_object_set_new(all, "energy", e) == 0 && ok;
    if (grad) ok = json_object_set_new(all, "grad", g) == 0 && ok;
    if (!ok) json_decref(all);
    char *text =
        json_text(ok ? all : NULL, JSON_COMPACT | JSON_REAL_PRECISION(9), "the energies", st);
    if (!text) return false;
    puts(text);
    mem_free(text);
    return true;
}

bool score_finish(const EbmRun *run, const Options *o, Status *st) {
    const Output *energy = outputs_find(&run->outputs, "energy");
    const Output *grad = o->grad ? outputs_find(&run->outputs, "grad") : NULL;
    if (!energy) return status_fail(st, RT_INTERNAL, "the score entry has no output 'energy'");
    if (o->grad && !grad)
        return status_fail(st, RT_USAGE, "--grad: this energy has no gradient by its input");
    uint64_t width = grad ? tensor_count(&grad->desc->example) : 0;
    if (o->out) return write_scores(o->out, energy, grad, st);
    if (o->json) return print_scores_json(energy, grad, width, st);
    for (int64_t i = 0; i < energy->n; i++) {
        printf("%.9g", (double)((const float *)energy->rows)[i]);
        for (uint64_t k = 0; k < width; k++)
            printf("\t%.9g", (double)((const float *)grad->rows)[(uint64_t)i * width + k]);
        putchar('\n');
    }
    return true;
}
