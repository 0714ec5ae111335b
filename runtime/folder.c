/* folder.c - see folder.h. */
#include "folder.h"
#include "console.h"
#include "memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char RUNS[] = "runs";

/* Takes the lock and cleans up after a process that was killed here. */
static bool lock_folder(RunFolder *f, Status *st) {
    char path[IO_PATH];
    if (!io_join(path, f->path, ".lock", st) || !io_lock(path, &f->lock, st)) return false;
    io_clean_temporaries(f->path);
    return true;
}

/* The N of "NAME-N", or -1. */
static long number_of(const char *folder, const char *name) {
    size_t n = strlen(name);
    if (strncmp(folder, name, n) != 0 || folder[n] != '-') return -1;
    const char *digits = folder + n + 1;
    size_t k = strspn(digits, "0123456789");
    return k > 0 && k < 10 && !digits[k] ? strtol(digits, NULL, 10) : -1;
}

bool folder_new(RunFolder *f, const EbmProgram *p, const char *out, Status *st) {
    *f = (RunFolder){ .lock = -1 };
    if (out) {
        if (!io_join(f->path, NULL, out, st) || !io_make_folders(out, st) || !lock_folder(f, st))
            return false;
        if (!ckpt_folder_has_any(out)) return true;
        folder_close(f);
        return status_fail(st, RT_USAGE,
                           "%s already holds a run: continue it with resume %s, or give "
                           "another folder",
                           out, out);
    }
    IoList names;
    if (!io_make_folders(RUNS, st) || !io_list(RUNS, &names, st)) return false;
    long last = 0;
    for (int i = 0; i < names.n; i++) {
        long n = number_of(names.name[i], p->name);
        if (n > last) last = n;
    }
    io_list_free(&names);
    for (bool made = false; !made;) {
        char name[300];
        snprintf(name, sizeof name, "%.250s-%ld", p->name, ++last);
        if (!io_join(f->path, RUNS, name, st) || !io_make_folder(f->path, &made, st)) return false;
    }
    return lock_folder(f, st);
}

bool folder_open(RunFolder *f, const char *path, Status *st) {
    *f = (RunFolder){ .lock = -1 };
    if (io_kind(path) != IO_FOLDER) return status_fail(st, RT_DATA, "%s: no such folder", path);
    return io_join(f->path, NULL, path, st) && lock_folder(f, st);
}

void folder_close(RunFolder *f) {
    io_unlock(f->lock);
    f->lock = -1;
}

/* ---- weights ---------------------------------------------------------------------------------*/
/* Opens what `source` names; *net gets the part after a last ':' of FILE:NET. */
static bool open_source(const char *source, Ckpt *c, char net[CKPT_NAME], Status *st) {
    char path[IO_PATH];
    net[0] = '\0';
    if (io_kind(source) == IO_FOLDER) return ckpt_open_newest(source, false, c, st);
    const char *colon = strrchr(source, ':');
    if (io_kind(source) == IO_ABSENT && colon && colon[1]) {
        snprintf(path, sizeof path, "%.*s", (int)(colon - source), source);
        snprintf(net, CKPT_NAME, "%s", colon + 1);
        if (io_kind(path) == IO_FOLDER) return ckpt_open_newest(path, false, c, st);
        return ckpt_open(path, c, st);
    }
    return ckpt_open(source, c, st);
}

typedef struct RunName { char *name; long number; } RunName;
/* Orders runs by number, descending. */
static int highest_first(const void *a, const void *b) {
    long x = ((const RunName *)a)->number, y = ((const RunName *)b)->number;
    return (x < y) - (x > y);
}

/* The newest run's newest valid checkpoint that fits; runs that do not fit are named. */
static bool open_newest_run(const EbmRun *run, Ckpt *c, Status *st) {
    const EbmProgram *p = run->program;
    IoList names;
    if (!io_list(RUNS, &names, st)) return false;
    RunName *runs = mem_array((uint64_t)names.n + 1, sizeof *runs, "a list of runs", st);
    int n = 0;
    for (int i = 0; runs && i < names.n; i++) {
        long number = number_of(names.name[i], p->name);
        if (number >= 0) runs[n++] = (RunName){ names.name[i], number };
    }
    if (n) qsort(runs, (size_t)n, sizeof *runs, highest_first);
    bool found = false;
    for (int i = 0; i < n && !found; i++) {
        char path[IO_PATH];
        Status why = { 0 };
        if (!io_join(path, RUNS, runs[i].name, &why) || !ckpt_folder_has_any(path)) continue;
        if (!ckpt_open_newest(path, false, c, &why)) {
            console_warn("%s", why.text);
            continue;
        }
        const char *identity = st_meta(&c->file, "ebm.identity");
        found = (identity && strcmp(identity, p->identity) == 0)
             || weights_match(c, p, run->entry->states_used);
        if (!found) {
            console_note("note: %s: its tensors do not match this program", c->path);
            ckpt_close(c);
        }
    }
    bool looked = runs != NULL;
    mem_free(runs);
    io_list_free(&names);
    if (found || !looked) return found;
    return status_fail(st, RT_DATA, "no weights: no run of this program under %s/; train first, or "
                       "give --ckpt FILE, from=DIR or from=init", RUNS);
}

bool folder_load_from(EbmRun *run, Status *st) {
    const EbmProgram *p = run->program;
    bool any = false, ok = true, *want = mem_array((uint64_t)p->n_states + 1, sizeof *want, "names",
                                                   st);
    if (!want) return false;
    for (int g = 0; ok && g < p->n_groups; g++) {
        Ckpt c;
        char net[CKPT_NAME];
        if (!p->groups[g].from) continue;
        for (int i = 0; i < p->n_states; i++)
            want[i] = p->states[i].group == g && state_is_weight(&p->states[i]);
        ok = open_source(p->groups[g].from, &c, net, st);
        if (!ok) break;
        ok = weights_load(&c, p, want, *net ? net : NULL, run->state, st);
        if (ok) console_note("weights of %s: %s", p->groups[g].name, c.path);
        ckpt_close(&c);
        any = true;
    }
    mem_free(want);
    if (ok && any) run_copy_ema(run);
    return ok;
}

/* Whether everything that the entry reads comes from files that the program names, or it reads
 * nothing that a run makes. */
static bool is_complete(const EbmRun *run) {
    const EbmProgram *p = run->program;
    for (int i = 0; i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        if (!run->entry->states_used || !run->entry->states_used[i] || s->kind == EBM_SLOT)
            continue;
        if (!state_is_weight(s) || s->group < 0 || !p->groups[s->group].from) return false;
    }
    return true;
}

bool folder_load_weights(EbmRun *run, const char *source, uint64_t *step, Status *st) {
    Ckpt c;
    char net[CKPT_NAME] = "";
    *step = 0;
    if (source && strcmp(source, "init") == 0) {
        console_note("weights: as initialised, untrained");
        return folder_load_from(run, st);
    }
    Status none = { 0 };
    bool files = !source && is_complete(run);
    if (!(source ? open_source(source, &c, net, st) : open_newest_run(run, &c, files ? &none : st)))
        return files && none.code == RT_DATA ? folder_load_from(run, st)
                                            : status_fail(st, none.code, "%s", none.text);
    bool ok =
        weights_load(&c, run->program, run->entry->states_used, *net ? net : NULL, run->state, st);
    const char *at = st_meta(&c.file, "ebm.step");
    if (at) *step = strtoull(at, NULL, 10);
    if (ok) console_note(at ? "weights: %s (step %.20s)" : "weights: %s", c.path, at);
    ckpt_close(&c);
    return ok;
}

/* EMA copies that the file has under exactly their names; the rest start as their parameters. */
static bool load_ema(EbmRun *run, const Ckpt *c, Status *st) {
    const EbmProgram *p = run->program;
    run_copy_ema(run);
    for (int i = 0; i < p->n_states; i++) {
        const StTensor *t =
            p->states[i].kind == EBM_EMA ? st_find(&c->file, p->states[i].name) : NULL;
        if (t && !weights_copy(t, &p->states[i], run->state[i], st)) return false;
    }
    return true;
}

bool folder_load_start(EbmRun *run, const char *source, Status *st) {
    const EbmProgram *p = run->program;
    Ckpt c;
    char net[CKPT_NAME];
    if (strcmp(source, "init") == 0) return true;
    bool *want = mem_array((uint64_t)p->n_states + 1, sizeof *want, "names", st);
    for (int i = 0; want && i < p->n_states; i++)
        want[i] = state_is_weight(&p->states[i]) && p->states[i].kind != EBM_EMA;
    bool ok = want && open_source(source, &c, net, st);
    if (ok) {
        ok = weights_load(&c, p, want, *net ? net : NULL, run->state, st) && load_ema(run, &c, st);
        if (ok) console_note("weights: %s", c.path);
        ckpt_close(&c);
    }
    mem_free(want);
    return ok;
}
