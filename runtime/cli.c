/* cli.c - ebm_main: from words to a command, from a Status to a message and an exit code.
 *
 * The whole life of a process can be read from ebm_main down. Results go to stdout, all else to
 * stderr; a failure prints one line `NAME: error: ...`. */
#include "commands.h"
#include "console.h"
#include "device.h"
#include "memory.h"
#include "safetensors.h"
#include "signals.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The entry of a mode: by name, or the only one. */
static const EbmEntryDesc *find_entry(const EbmProgram *p, EbmMode mode, const char *name,
                                      Status *st) {
    enum { MAX_NAMES = 256 };
    const char *names[MAX_NAMES];
    const EbmEntryDesc *only = NULL;
    int n = 0;
    for (int i = 0; i < p->n_entries && n < MAX_NAMES; i++) {
        const EbmEntryDesc *e = &p->entries[i];
        if (e->mode != mode) continue;
        if (name && strcmp(e->name, name) == 0) return e;
        names[n++] = e->name;
        only = e;
    }
    static const char *const modes[] = { "train", "eval", "sample", "score" };
    if (!name && n == 1) return only;
    char all[500] = "";
    for (int i = 0; i < n; i++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%.60s", i ? ", " : "", names[i]);
    }
    const char *near = name ? suggest(name, names, n) : NULL;
    if (n == 0) status_fail(st, RT_USAGE, "this program has no %s entry", modes[mode]);
    else if (near)
        status_fail(st, RT_USAGE, "no %s entry '%.60s'; did you mean '%s'?", modes[mode], name,
                    near);
    else if (name)
        status_fail(st, RT_USAGE, "no %s entry '%.60s'; there are: %s", modes[mode], name, all);
    else status_fail(st, RT_USAGE, "which %s entry? There are: %s", modes[mode], all);
    return NULL;
}

static EbmMode mode_of(Command c) {
    return c == CMD_TRAIN || c == CMD_RESUME ? EBM_TRAIN : c == CMD_EVAL ? EBM_EVAL
         : c == CMD_SAMPLE ? EBM_SAMPLE : EBM_SCORE;
}

/* The options that stand for settings, then the name=value words. */
static bool apply_words(Settings *s, const Options *o, Status *st) {
    if (o->has_seed) s->seed = o->seed;
    for (int i = 0; i < o->n_words; i++) {
        size_t name = strcspn(o->word[i], "=") + 1;
        for (int j = 0; j < i; j++)
            if (strncmp(o->word[i], o->word[j], name) == 0)
                return status_fail(st, RT_USAGE, "%.*s is given twice", (int)name - 1, o->word[i]);
        if (!settings_apply(s, o->word[i], st)) return false;
    }
    if (!o->ckpt) return true;
    if (s->from) return status_fail(st, RT_USAGE, "--ckpt and from= say the same twice: give one");
    s->from = mem_copy_text(o->ckpt, st);
    return s->from != NULL;
}

static int threads_of(const Options *o) { return o->threads ? o->threads : pool_default_threads(); }

/* Says the device in one line and makes the run. */
static bool start_run(EbmRun *run, const EbmProgram *p, const Settings *s, const Options *o,
                      Status *st) {
    char line[400];
    Gpu *gpu;
    GpuOptions options = { o->dump_kernels, o->load_kernels, o->tune };
    if (!device_open(o->device, &options, p, &gpu, st)) return false;
    device_describe(gpu, threads_of(o), line, sizeof line);
    console_note("device: %s", line);
    if ((gpu && !gpu_prepare(gpu, s->entry, st)) || !run_new(run, p, s, threads_of(o), st)) {
        gpu_close(gpu);
        return false;
    }
    if (gpu) run_use_gpu(run, gpu);
    return !gpu || gpu_ready(gpu, s->entry, st);
}

/* ---- commands --------------------------------------------------------------------------------*/
static bool do_train(const EbmProgram *p, const Settings *s, const Options *o, Status *st) {
    RunFolder folder = { .lock = -1 };
    EbmRun run = { 0 };
    if (s->steps < 1)
        return status_fail(st, RT_USAGE, "%s has no number of steps: give steps=N", s->entry->name);
    bool ok = start_run(&run, p, s, o, st) && folder_load_from(&run, st)
           && (!s->from || folder_load_start(&run, s->from, st))
           && folder_new(&folder, p, o->out, st) && train_write_config(&run, &folder, o, st);
    if (ok) {
        CkptCounters at = { 0, s->seed, 0 };
        console_note("run: %s", folder.path);
        ok = train_run(&run, &folder, &at, o, st);
    }
    run_free(&run);
    folder_close(&folder);
    return ok;
}

/* The data must be what the run was trained on. */
static bool check_digests(const EbmRun *run, const Ckpt *c, Status *st) {
    for (int i = 0; i < run->program->n_data; i++) {
        char key[128];
        if (run->data[i].n == 0) continue;
        snprintf(key, sizeof key, "ebm.data.%.100s", run->program->data[i].name);
        const char *saved = st_meta(&c->file, key);
        if (!saved || strcmp(saved, run->data[i].digest) != 0)
            return status_fail(st, RT_DATA,
                               "data set %s is not the one that the run was trained on (its "
                               "SHA-256 differs)",
                               run->program->data[i].name);
    }
    return true;
}

/* Everything of `resume` after its checkpoint is open: settings, data and state as they were. */
static bool resume_from(const Ckpt *c, const RunFolder *folder, const EbmProgram *p,
                        const Options *o, Status *st) {
    Settings s = { 0 };
    EbmRun run = { 0 };
    CkptCounters at = { 0 };
    const char *name = st_meta(&c->file, "ebm.entry"),
               *identity = st_meta(&c->file, "ebm.identity");
    if (!identity || strcmp(identity, p->identity) != 0)
        return status_fail(st, RT_DATA,
                           "%s was made by another program; train from=%s starts a new run "
                           "with its weights",
                           c->path, folder->path);
    const EbmEntryDesc *entry = find_entry(p, EBM_TRAIN, name ? name : "", st);
    bool ok = entry && settings_new(&s, p, entry, st)
           && settings_restore(&s, st_meta(&c->file, "ebm.args"), st_meta(&c->file, "ebm.batch"),
                               st_meta(&c->file, "ebm.steps"), st)
           && settings_restore_paths(&s, folder->path, st);
    for (int i = 0; ok && i < o->n_words; i++) ok = settings_apply_resume(&s, o->word[i], st);
    const char *seed = st_meta(&c->file, "ebm.seed");
    ok = ok
         && ((seed && parse_seed(seed, &s.seed))
             || status_fail(st, RT_DATA, "%s: has no seed", c->path));
    ok = ok && start_run(&run, p, &s, o, st) && check_digests(&run, c, st)
      && ckpt_load_all(c, p, run.state, &at, st);
    if (ok) {
        run.s.seed = at.seed;
        run.s.epoch = at.epoch;
        console_note("resume: %s (step %llu of %lld)", c->path, (unsigned long long)at.step,
                     (long long)s.steps);
        if (at.step >= (uint64_t)s.steps)
            console_note("note: the run is complete; steps=N continues it further");
        ok = train_run(&run, folder, &at, o, st);
    }
    run_free(&run);
    settings_free(&s);
    return ok;
}

/* resume DIR [steps=N] */
static bool do_resume(const EbmProgram *p, const Options *o, Status *st) {
    RunFolder folder;
    Ckpt c;
    if (o->n_names != 1)
        return status_fail(st, RT_USAGE, "resume needs the folder of a run: resume runs/%s-1",
                           p->name);
    if (!folder_open(&folder, o->name[0], st)) return false;
    bool ok = ckpt_open_newest(folder.path, true, &c, st);
    if (ok) {
        ok = resume_from(&c, &folder, p, o, st);
        ckpt_close(&c);
    }
    folder_close(&folder);
    return ok;
}

/* eval, sample and score: weights, rounds, results. */
static bool do_rounds(const EbmProgram *p, const Settings *s, const Options *o, Status *st) {
    EbmRun run = { 0 };
    uint64_t step;
    bool is_score = s->entry->mode == EBM_SCORE;
    bool ok = start_run(&run, p, s, o, st) && folder_load_weights(&run, s->from, &step, st)
           && rounds_run(&run, st);
    if (ok && is_score) ok = score_finish(&run, o, st);
    else if (ok) ok = outputs_write(&run.outputs, o->out ? o->out : ".", st)
                   && outputs_print(&run.outputs, o->json, st);
    run_free(&run);
    return ok;
}

/* score FILE [E]: the file becomes the path of the set that holds the points. */
static bool take_score_file(Settings *s, const char *file, Status *st) {
    for (int i = 0; i < s->program->n_data; i++) {
        SettingPaths *paths = &s->paths[i];
        if (!s->program->data[i].is_points || !s->entry->data_draws || s->entry->data_draws[i] <= 0)
            continue;
        for (int k = 0; k < paths->n; k++) mem_free(paths->path[k]);
        mem_free(paths->path);
        *paths = (SettingPaths){ 0 };
        paths->path = mem_array(1, sizeof *paths->path, "data paths", st);
        if (!paths->path || !(paths->path[0] = mem_copy_text(file, st))) return false;
        paths->n = 1;
        return true;
    }
    return status_fail(st, RT_INTERNAL, "the score entry draws from no set of points");
}

/* A command that runs one entry: finds it, settles its settings, and runs or shows it. */
static bool run_entry(const EbmProgram *p, const Options *o, Status *st) {
    bool is_score = o->command == CMD_SCORE;
    if (is_score && o->n_names == 0)
        return status_fail(st, RT_USAGE, "score needs a file: score FILE [ENERGY]");
    const char *name = o->n_names > is_score ? o->name[is_score] : NULL;
    const EbmEntryDesc *entry = find_entry(p, mode_of(o->command), name, st);
    Settings s = { 0 };
    bool ok = entry && settings_new(&s, p, entry, st) && apply_words(&s, o, st)
           && (!is_score || take_score_file(&s, o->name[0], st));
    if (ok && o->show) info_show(&s);
    else if (ok) ok = o->command == CMD_TRAIN ? do_train(p, &s, o, st) : do_rounds(p, &s, o, st);
    settings_free(&s);
    return ok;
}

/* The command line as parsed, to its end. */
static bool run_command(const EbmProgram *p, const Options *o, const char *self, Status *st) {
    if (o->help) options_help(p, self);
    else if (o->version) printf("%s, compiled by %s\n", p->name, p->compiler);
    else if (o->command == CMD_INFO) return info_print(p, o, st);
    else if (o->command == CMD_RESUME) return do_resume(p, o, st);
    else return run_entry(p, o, st);
    return true;
}

/* ---- the process -----------------------------------------------------------------------------*/
/* Faults asked for by the environment; only in builds made for fault tests. */
static void set_up_faults(void) {
#ifdef EBM_FAULTS
    const char *alloc = getenv("EBM_FAIL_ALLOC"), *io = getenv("EBM_FAIL_IO"),
               *kill = getenv("EBM_KILL_IO");
    if (alloc) mem_fail_at(strtoull(alloc, NULL, 10));
    if (io) io_fail_at(strtoull(io, NULL, 10), 1, ENOSPC, IO_FAULT_ERROR);
    if (kill) io_fail_at(strtoull(kill, NULL, 10), 1, EIO, IO_FAULT_KILL);
#endif
}

int ebm_main_on(const EbmProgram *p, unsigned cpu, int argc, char **argv) {
    Status st = { 0 };
    Options o = { 0 };
    int code;
    io_open_standard_files();
    if (device_hidden_mode(argc, argv, &code)) return code;
    set_up_faults();
    st_use_hook();
    device_set_cpu(cpu);
    if (p->abi != EBM_ABI)
        status_fail(&st, RT_INTERNAL, "program and runtime do not fit together (%d, %d)", p->abi,
                    EBM_ABI);
    signals_install();
    if (st.code == RT_OK && options_parse(&o, argc, argv, &st)) {
        console_set_quiet(o.quiet);
        run_command(p, &o, argv[0], &st);
    }
    options_free(&o);
    if ((fflush(stdout) != 0 || ferror(stdout)) && st.code == RT_OK)
        status_fail_errno(&st, RT_WRITE, errno, "stdout cannot be written");
    if (st.code != RT_OK)
        console_warn("%s: %s%s", p->name, st.code == RT_STOPPED ? "" : "error: ", st.text);
    return st.code;
}
