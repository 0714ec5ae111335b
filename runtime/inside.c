/* inside.c - entries that run inside a training run: `run NAME(...)` in a step; see commands.h.
 *
 * They see the state as the step left it, change nothing of it, and draw with the run's seed, so a
 * resumed run repeats them. */
#include "commands.h"
#include "console.h"
#include "memory.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct Inside { Settings settings; EbmRun run; bool is_made; };

/* Settles the settings of one of the entry's runs and makes it. */
static bool make(Inside *in, const EbmRun *host, const EbmRunDesc *d, Status *st) {
    const EbmProgram *p = host->program;
    bool ok = settings_new(&in->settings, p, &p->entries[d->entry], st)
           && settings_follow(&in->settings, host->settings, st);
    for (int i = 0; ok && i < d->n_words; i++) ok = settings_apply(&in->settings, d->words[i], st);
    in->is_made = ok && run_new_inside(&in->run, host, &in->settings, st);
    return in->is_made;
}

/* Results as a line of metrics.jsonl and as a note. */
static bool write_results(const Outputs *o, Metrics *m, uint64_t step, Status *st) {
    char line[8192], note[600];
    int used = snprintf(line, sizeof line, "{\"step\":%" PRIu64, step), said, n = 0;
    said = snprintf(note, sizeof note, "%.60s at step %" PRIu64 ":", o->entry->name, step);
    for (int i = 0; i < o->entry->n_outputs && used < (int)sizeof line - 240; i++) {
        double v;
        const char *name = o->entry->outputs[i].name;
        if (!outputs_value(o, i, &v, st)) {
            if (st->code) return false;
            continue;
        }
        n++;
        used += snprintf(line + used, 200, ",\"%.60s.%.100s\":", o->entry->name, name);
        used += isfinite(v) ? snprintf(line + used, 32, "%.9g", v)
            : snprintf(line + used, 32, "null");
        if (said < (int)sizeof note - 80)
            said += snprintf(note + said, 80, "  %.40s %.4g", name, v);
    }
    snprintf(line + used, 4, "}\n");
    if (n) metrics_append(m, line);
    if (n) console_note("%s", note);
    return true;
}

static bool run_one(Inside *in, EbmRun *host, const char *folder, uint64_t step, Status *st) {
    EbmRun *run = &in->run;
    char name[300], path[IO_PATH];
    outputs_free(&run->outputs);
    bool ok = rounds_run(run, st);
    host->is_unmet = run->is_unmet;
    if (!ok || !write_results(&run->outputs, &host->metrics, step, st)) return false;
    if (!outputs_has_files(&run->outputs)) return true;
    snprintf(name, sizeof name, "%.200s-%" PRIu64, run->entry->name, step);
    return io_join(path, folder, name, st) && outputs_write(&run->outputs, path, st);
}

bool inside_run(Inside **inside, EbmRun *run, const char *folder, uint64_t step, Status *st) {
    int n = run->entry->n_runs;
    if (!*inside && n > 0) *inside = mem_array((uint64_t)n, sizeof **inside, "runs", st);
    if (!*inside) return n == 0;
    for (int k = 0; k < n; k++) {
        Inside *in = &(*inside)[k];
        if (!run->asked[k]) continue;
        run->asked[k] = false;
        if (!run_settle(run, st)) return false;
        if (!in->is_made && !make(in, run, &run->entry->runs[k], st)) return false;
        if (!run_one(in, run, folder, step, st)) return false;
    }
    return true;
}

void inside_free(Inside *inside, const EbmRun *run) {
    for (int k = 0; inside && k < run->entry->n_runs; k++) {
        run_free(&inside[k].run);
        settings_free(&inside[k].settings);
    }
    mem_free(inside);
}
