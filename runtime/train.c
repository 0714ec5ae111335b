/* train.c - the training loop: steps, metrics, checkpoints, budget, signals, divergence. */
#include "commands.h"
#include "console.h"
#include "device.h"
#include "jsontext.h"
#include "memory.h"
#include "progress.h"
#include "signals.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FAILED_WRITES = 3 };

typedef struct Train {
    EbmRun *run;
    const RunFolder *folder;
    const Options *options;
    uint64_t step;                /* completed */
    uint64_t saved;               /* step of the last checkpoint written or resumed from */
    bool has_saved;
    int failed_writes;            /* in a row */
    char path[IO_PATH];           /* of the last checkpoint written; "" before */
    Inside *inside;               /* entries that run on the way */
} Train;

/* ---- checkpoints -----------------------------------------------------------------------------*/
/* The strings that resume needs besides the standard ones. */
static bool write_with_meta(Train *t, Status *st) {
    enum { FIXED = 4, KEY = 128 };
    const EbmRun *run = t->run;
    const EbmProgram *p = run->program;
    CkptCounters at = { t->step, run->s.seed, run->s.epoch };
    char batch[32], steps[32];
    snprintf(batch, sizeof batch, "%" PRId64, run->settings->batch);
    snprintf(steps, sizeof steps, "%" PRId64, run->settings->steps);
    char *args = settings_args_json(run->settings, st);
    StMeta *meta = mem_array((uint64_t)p->n_data + FIXED, sizeof *meta, "a checkpoint", st);
    char (*keys)[KEY] = mem_array((uint64_t)p->n_data + 1, KEY, "a checkpoint", st);
    bool ok = args && meta && keys;
    if (ok) {
        int n = 0;
        meta[n++] = (StMeta){ "ebm.entry", run->entry->name };
        meta[n++] = (StMeta){ "ebm.batch", batch };
        meta[n++] = (StMeta){ "ebm.steps", steps };
        meta[n++] = (StMeta){ "ebm.args", args };
        for (int i = 0; i < p->n_data; i++) {
            if (run->data[i].n == 0) continue;
            snprintf(keys[i], KEY, "ebm.data.%.100s", p->data[i].name);
            meta[n++] = (StMeta){ keys[i], run->data[i].digest };
        }
        char path[IO_PATH];
        ok = run_fetch_state(t->run, st)
          && ckpt_write(t->folder->path, p, run->state, &at, meta, n, path, st);
        if (ok) memcpy(t->path, path, sizeof path);
    }
    mem_free(args);
    mem_free(meta);
    mem_free(keys);
    return ok;
}

/* Writes a checkpoint of the present step. A write that fails is tried again at once with a new
 * file; if that fails too training goes on with a warning, up to MAX_FAILED_WRITES times. */
static bool save(Train *t, bool is_last, Status *st) {
    if (t->has_saved && t->saved == t->step) return true;
    Status why = { 0 };
    bool ok = write_with_meta(t, &why);
    if (!ok && why.code == RT_WRITE) {
        why = (Status){ 0 };
        ok = write_with_meta(t, &why);
    }
    if (ok) {
        t->saved = t->step;
        t->has_saved = true;
        t->failed_writes = 0;
        return true;
    }
    if (why.code == RT_WRITE && !is_last && ++t->failed_writes < MAX_FAILED_WRITES) {
        console_warn("warning: no checkpoint at step %" PRIu64 ": %s", t->step, why.text);
        return true;
    }
    return status_fail(st, why.code, "%s", why.text);
}

/* Where the run can be taken up again, for messages. */
static const char *last_checkpoint(const Train *t, char out[IO_PATH + 64]) {
    if (t->path[0]) snprintf(out, IO_PATH + 64, "the last checkpoint is %s", t->path);
    else if (t->has_saved)
        snprintf(out, IO_PATH + 64, "the checkpoint of step %" PRIu64 " is kept", t->saved);
    else snprintf(out, IO_PATH + 64, "no checkpoint was written yet");
    return out;
}

/* ---- the loop --------------------------------------------------------------------------------*/
static bool diverged(const Train *t, const Status *why, Status *st) {
    char last[IO_PATH + 64];
    uint64_t step = t->run->diverged[0] ? t->run->bad_step : t->step;
    if (why->code == RT_TOOL)
        return status_fail(st, why->code, "step %" PRIu64 ": %.500s; %.500s", t->step, why->text,
                           last_checkpoint(t, last));
    if (why->code != RT_DIVERGED) return status_fail(st, why->code, "%s", why->text);
    return status_fail(st, RT_DIVERGED, "%s at step %" PRIu64 ": %s; %.700s",
                       t->run->is_unmet ? "stopped" : "diverged", step, why->text,
                       last_checkpoint(t, last));
}

/* One step with its metrics and, when it is due, its checkpoint. */
static bool one_step(Train *t, Status *st) {
    EbmRun *run = t->run;
    uint64_t done = t->step + 1, every = (uint64_t)t->options->log_every;
    run->is_tracking = done == 1 || done % every == 0 || done == (uint64_t)run->settings->steps;
    Status why = { 0 };
    if (!run_step(run, t->step, run->batch, &why)) return diverged(t, &why, st);
    t->step = done;
    if (run->is_tracking) metrics_write(&run->metrics, done);
    why = (Status){ 0 };
    if (!inside_run(&t->inside, run, t->folder->path, done, &why)) return diverged(t, &why, st);
    if (done % (uint64_t)t->options->checkpoint_every != 0) return true;
    why = (Status){ 0 };
    if (save(t, false, &why)) return true;
    return diverged(t, &why, st);
}

/* {"step":...,"checkpoint":...,"metrics":{...}} on stdout. */
static bool print_result_json(const Train *t, const char *path, Status *st) {
    const EbmEntryDesc *e = t->run->entry;
    const Metrics *m = &t->run->metrics;
    json_t *metrics = json_object();
    for (int i = 0; i < e->n_outputs; i++)
        if (m->is_set[i])
            json_object_set_new(metrics, e->outputs[i].name,
                                isfinite(m->value[i]) ? json_real((double)m->value[i])
                                                      : json_null());
    json_t *all = json_pack("{s:I, s:s, s:o}", "step", (json_int_t)t->step, "checkpoint", path,
                            "metrics", metrics);
    char *text = json_text(all, JSON_COMPACT | JSON_REAL_PRECISION(9), "the result", st);
    if (text) puts(text);
    mem_free(text);
    return text != NULL;
}

/* The last step, the last tracked values and the checkpoint, on stdout. */
static bool print_result(const Train *t, Status *st) {
    const EbmEntryDesc *e = t->run->entry;
    const Metrics *m = &t->run->metrics;
    const char *path = t->path[0] ? t->path : t->folder->path;
    if (t->options->json) return print_result_json(t, path, st);
    int width = (int)strlen("checkpoint");
    for (int i = 0; i < e->n_outputs; i++)
        if (m->is_set[i] && (int)strlen(e->outputs[i].name) > width)
            width = (int)strlen(e->outputs[i].name);
    printf("%-*s  %" PRIu64 "\n", width, "step", t->step);
    for (int i = 0; i < e->n_outputs; i++)
        if (m->is_set[i]) printf("%-*s  %.6g\n", width, e->outputs[i].name, (double)m->value[i]);
    printf("%-*s  %s\n", width, "checkpoint", path);
    return true;
}

/* The end of the loop: a last checkpoint, whatever ended it. */
static bool finish(Train *t, bool stopped, bool out_of_time, Status *st) {
    char last[IO_PATH + 64];
    Status why = { 0 };
    if (!save(t, true, &why)) return diverged(t, &why, st);
    const EbmEntryDesc *entry = t->run->entry;
    if (entry->exported
        && (!run_fetch_state(t->run, st) || !weights_export(entry->exported, t->run->program,
                                                            entry->states_used, t->run->state, st)))
        return false;
    if (stopped)
        return status_fail(st, RT_STOPPED,
                           "stopped by a signal at step %" PRIu64 "; %.500s; continue "
                           "with: resume %.300s",
                           t->step, last_checkpoint(t, last), t->folder->path);
    if (out_of_time)
        console_note("budget spent at step %" PRIu64 " of %" PRId64 "; continue with: resume %s",
                     t->step, t->run->settings->steps, t->folder->path);
    if (!print_result(t, st)) return false;
    if (!t->run->metrics.lost) return true;
    return status_fail(st, RT_WRITE, "%s: part of the metrics could not be written",
                       t->run->metrics.file.path);
}

/* --timings: one line per step, of everything the step did. */
static bool write_timing(IoAppend *file, double seconds, Status *st) {
    char line[32];
    int n = snprintf(line, sizeof line, "%.6f\n", 1e3 * seconds);
    return file->fd < 0 || io_append(file, line, (uint64_t)n, st);
}

bool train_run(EbmRun *run, const RunFolder *folder, const CkptCounters *at, const Options *o,
               Status *st) {
    Train *t = mem_alloc(sizeof *t, "training", st);
    char path[IO_PATH];
    if (!t) return false;
    *t = (Train){ .run = run, .folder = folder, .options = o, .step = at->step, .saved = at->step,
                  .has_saved = at->step > 0 };
    bool ok = io_join(path, folder->path, "metrics.jsonl", st)
           && metrics_open(&run->metrics, run->entry, path, at->step, st);
    IoAppend timings = { .fd = -1 };
    ok = ok && (!o->timings || io_append_open(&timings, o->timings, st));
    if (ok) {
        uint64_t steps = (uint64_t)run->settings->steps;
        bool stopped = false, out_of_time = false;
        Progress progress;
        progress_begin(&progress, t->step, steps, o->budget);
        while (ok && t->step < steps && !stopped && !out_of_time) {
            double before = progress_now();
            ok = one_step(t, st) && write_timing(&timings, progress_now() - before, st);
            if (ok) progress_step(&progress, t->step, &run->metrics);
            stopped = signals_stop_requested();
            out_of_time =
                o->budget > 0 && t->step < steps && progress_elapsed(&progress) >= o->budget;
        }
        progress_end(&progress);
        ok = ok && finish(t, stopped && t->step < steps, out_of_time, st);
    }
    io_append_close(&timings);
    inside_free(t->inside, run);
    mem_free(t);
    return ok;
}

/* ---- config.json -----------------------------------------------------------------------------*/
bool train_write_config(const EbmRun *run, const RunFolder *folder, const Options *o, Status *st) {
    const Settings *s = run->settings;
    char path[IO_PATH], *args = settings_args_json(s, st);
    if (!args) return false;
    json_t *data = json_object();
    for (int i = 0; i < run->program->n_data; i++) {
        if (run->data[i].n == 0) continue;
        json_t *paths = json_array();
        for (int k = 0; k < s->paths[i].n; k++)
            json_array_append_new(paths, json_string(s->paths[i].path[k]));
        json_object_set_new(data, run->data[i].desc->name,
                            json_pack("{s:o, s:s, s:I}", "paths", paths, "sha256",
                                      run->data[i].digest, "examples", (json_int_t)run->data[i].n));
    }
    json_t *c = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:o, s:o}", "program",
                          run->program->name, "compiler", run->program->compiler, "identity",
                          run->program->identity, "entry", run->entry->name, "device",
                          device_name(run->gpu),
                          "batch", (json_int_t)s->batch, "steps", (json_int_t)s->steps, "threads",
                          pool_threads(run->pool), "args", json_loads(args, 0, NULL), "data", data);
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, s->seed);
    json_object_set_new(c, "seed", json_string(seed));
    if (o->tune) json_object_set_new(c, "tune", json_string(o->tune));
    if (s->from) json_object_set_new(c, "from", json_string(s->from));
    char *text = json_text(c, JSON_INDENT(2) | JSON_REAL_PRECISION(15), "config.json", st);
    mem_free(args);
    bool ok = text && io_join(path, folder->path, "config.json", st)
           && io_write_file(path, text, strlen(text), st);
    mem_free(text);
    return ok;
}
