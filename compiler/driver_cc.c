/* driver_cc.c - the C compiler as a child process.
 *
 * Needs posix_spawn and /proc/self/exe. Promises: never a shell; no open file but 0-2 reaches the
 * child; each child has its own process group, at most 120 s of CPU time and 4 GiB of memory (set
 * by this program in a hidden mode, right before it becomes the compiler); what the compiler prints
 * is shown only when it fails or on request; a signal to ebmcc ends the children, removes the
 * temporary folder and then ends ebmcc. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache.h"
#include "driver.h"
#include "io.h"
#include "memory.h"
#include "prelude/ebm_simd.h"

enum { MAX_UNITS = 4, MAX_JOBS = 1 + MAX_UNITS + EBM_KERNELS_ALL, CPU_SECONDS = 120 };
static const rlim_t memory_limit = (rlim_t)4 << 30;
extern char **environ;

typedef struct Job {
    const char *what, *log;
    const char *source, *object;         /* of a compilation; else NULL */
    char *const *argv;
    int unit;
    bool is_free;                        /* without the limits */
    bool is_done;                        /* the object is there: nothing to run */
    char key[65];
    pid_t pid;                           /* 0: not running */
    int status;
    struct rusage use;
} Job;

/* ---- signals -------------------------------------------------------------------------------- */

static volatile sig_atomic_t caught;
static volatile pid_t running[MAX_JOBS];
static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { N_SIGNALS = sizeof ending_signals / sizeof *ending_signals };

static void on_signal(int sig) {
    caught = sig;
    for (int i = 0; i < MAX_JOBS; i++)
        if (running[i] > 0)
            kill(-running[i], SIGKILL);
}

/* Catches the signals that end a process; `old` gets what stood there. */
static void signals_catch(struct sigaction old[N_SIGNALS]) {
    struct sigaction act = { .sa_handler = on_signal };
    sigemptyset(&act.sa_mask);
    for (int i = 0; i < N_SIGNALS; i++)
        sigaction(ending_signals[i], &act, &old[i]);
}

/* Puts the handlers back; when a signal came, cleans up and ends by it as if uncaught. */
static void signals_release(const struct sigaction old[N_SIGNALS]) {
    for (int i = 0; i < N_SIGNALS; i++)
        sigaction(ending_signals[i], &old[i], NULL);
    if (caught) {
        temp_remove();
        raise(caught);
        exit(128 + caught);
    }
}

/* ---- children ------------------------------------------------------------------------------- */

void command_exec(char **argv, bool limited) {
    struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS + 5 }, memory = { memory_limit, memory_limit };
    if (limited) {
        setrlimit(RLIMIT_CPU, &cpu);
        setrlimit(RLIMIT_AS, &memory);
    }
    execvp(argv[0], argv);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* Starts this program in its hidden mode as a group of its own. False: errno tells. */
static bool job_start(Job *job, int slot) {
    int n = 0;
    while (job->argv[n])
        n++;
    char **argv = xalloc((size_t)(n + 3) * sizeof *argv, "command");
    argv[0] = (char *)"ebmcc", argv[1] = (char *)(job->is_free ? EXEC_FREE : EXEC_LIMITED);
    memcpy(argv + 2, job->argv, (size_t)n * sizeof *argv);

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, ending;
    sigemptyset(&none);
    sigemptyset(&ending);
    for (int i = 0; i < N_SIGNALS; i++)
        sigaddset(&ending, ending_signals[i]);
    sigaddset(&ending, SIGPIPE);         /* ignored here, not there */
    sigaddset(&ending, SIGXFSZ);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, job->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                    POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigdefault(&attr, &ending);
    posix_spawnattr_setsigmask(&attr, &none);
    pid_t pid = 0;
    int error = posix_spawn(&pid, "/proc/self/exe", &files, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    xfree(argv);
    errno = error;
    if (error)
        return false;
    job->pid = running[slot] = pid;
    if (caught)                          /* the signal came before the group was known */
        kill(-pid, SIGKILL);
    return true;
}

/* Runs up to MAX_JOBS commands at the same time to their ends. EXIT_TOOL when one cannot start. */
static int jobs_run(Job *jobs, int n, bool verbose) {
    assert(n <= MAX_JOBS);
    int code = EXIT_OK;
    for (int i = 0; i < n; i++) {
        if (verbose) {
            fputs(jobs[i].is_done ? "cached:" : "+", stderr);
            for (int k = 0; jobs[i].argv[k]; k++)
                fprintf(stderr, " %s", jobs[i].argv[k]);
            fputc('\n', stderr);
        }
        if (!code && !jobs[i].is_done && !job_start(&jobs[i], i)) {
            complain("cannot start %s: %s", jobs[i].argv[0], strerror(errno));
            code = EXIT_TOOL;
        }
    }
    for (int i = 0; i < n; i++) {
        while (jobs[i].pid && wait4(jobs[i].pid, &jobs[i].status, 0, &jobs[i].use) < 0 &&
               errno == EINTR) {
        }
        running[i] = 0;
    }
    return code;
}

/* ---- the compiler's command ------------------------------------------------------------------ */

/* The file that execvp would run for `name`, NULL: none. */
static const char *find_program(Arena *a, const char *name) {
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? name : NULL;
    const char *path = getenv("PATH");
    for (const char *p = path ? path : "/usr/bin:/bin"; *p;) {
        size_t n = strcspn(p, ":");
        const char *file = arena_printf(a, "%.*s/%s", (int)n, p, name);
        if (n && access(file, X_OK) == 0)
            return file;
        p += n + (p[n] == ':');
    }
    return NULL;
}

int toolchain_find(Arena *a, const Options *o, Toolchain *t) {
    *t = (Toolchain){ .march = o->value[OPTION_MARCH], .verbose = o->given[OPTION_VERBOSE] };
    int code = home_find(a, &t->home);
    if (code)
        return code;
    const char *command = o->value[OPTION_CC];
    if (!command)
        command = getenv("CC");
    if (!command || !command[strspn(command, " ")])
        command = "cc";
    for (const char *c = command; *c;) {
        size_t n = strcspn(c, " ");
        if (n)
            vec_push(a, &t->cc, arena_printf(a, "%.*s", (int)n, c));
        c += n + (c[n] == ' ');
    }
    t->program = t->cc.n ? find_program(a, t->cc.v[0]) : NULL;
    if (t->program)
        return EXIT_OK;
    complain("no C compiler: '%s' is not an executable on PATH; install one (gcc or clang) or name "
             "one with --cc=", t->cc.n ? t->cc.v[0] : command);
    return EXIT_TOOL;
}

typedef VEC(char *) Words;

/* Adds the space-separated words of `text`. */
static void add_words(Arena *a, Words *w, const char *text) {
    for (const char *c = text; *c;) {
        size_t n = strcspn(c, " ");
        if (n)
            vec_push(a, w, arena_printf(a, "%.*s", (int)n, c));
        c += n + (c[n] == ' ');
    }
}

static void add_compiler(Arena *a, Words *w, const Toolchain *t) {
    for (int i = 0; i < t->cc.n; i++)
        vec_push(a, w, (char *)t->cc.v[i]);
}

/* dir/part.o; of one unit of it: dir/part1.o ... */
static char *object_path(Arena *a, const char *dir, const char *part, int unit) {
    return unit ? arena_printf(a, "%s/%s%d.o", dir, part, unit)
                : arena_printf(a, "%s/%s.o", dir, part);
}

/* The compiler and the flags of all generated C: the same bits from every compiler at full speed. */
static Words compile_words(Arena *a, const Toolchain *t) {
    Words w = { 0 };
    add_compiler(a, &w, t);
    add_words(a, &w, "-std=gnu11 -O2 -ffp-contract=off -fno-math-errno -fopenmp-simd");
    vec_push(a, &w, arena_printf(a, "-march=%s", t->march ? t->march : "native"));
    add_words(a, &w, EBM_CC_EXTRA);
    return w;
}

/* `define`: what tells a unit which part of its source it is, "" when it is all. */
static char *const *compile_command(Arena *a, const Toolchain *t, const char *source,
                                    const char *object, const char *define) {
    Words w = compile_words(a, t);
    vec_push(a, &w, (char *)"-I");
    vec_push(a, &w, (char *)t->home.include);
    vec_push(a, &w, (char *)"-I");
    vec_push(a, &w, arena_printf(a, "%s/prelude", t->home.include));
    add_words(a, &w, define);
    vec_push(a, &w, (char *)"-c");
    vec_push(a, &w, (char *)source);
    vec_push(a, &w, (char *)"-o");
    vec_push(a, &w, (char *)object);
    vec_push(a, &w, NULL);
    return w.v;
}

static char *const *link_command(Arena *a, const Toolchain *t, const char *dir, const Job *jobs,
                                 int n) {
    Words w = { 0 };
    add_compiler(a, &w, t);
    add_words(a, &w, EBM_CC_EXTRA);
    for (int i = 0; i < n; i++)
        vec_push(a, &w, (char *)jobs[i].object);
    vec_push(a, &w, (char *)t->home.library);
    add_words(a, &w, EBM_RT_LIBS);
    vec_push(a, &w, (char *)"-o");
    vec_push(a, &w, arena_printf(a, "%s/program", dir));
    vec_push(a, &w, NULL);
    return w.v;
}

/* Shows what a job printed; says how it ended when it failed. */
static int job_report(Arena *a, const Job *job, bool verbose) {
    enum { SHOWN = 8000 };
    bool ok = WIFEXITED(job->status) && WEXITSTATUS(job->status) == 0;
    const char *text = ok && !verbose ? "" : file_head(a, job->log, SHOWN);
    fputs(text, stderr);
    if (ok)
        return EXIT_OK;
    if (WIFSIGNALED(job->status))
        complain("the C compiler was stopped by signal %d (%s) while it %s; its limits are %d s of "
                 "CPU time and 4 GiB", WTERMSIG(job->status), strsignal(WTERMSIG(job->status)),
                 job->what, CPU_SECONDS);
    else
        complain("the C compiler failed (status %d) while it %s; what it printed stands above",
                 WEXITSTATUS(job->status), job->what);
    return EXIT_TOOL;
}

/* A compilation of dir/part.c, of one unit of it when there are several (from 1). */
static Job compile_job(Arena *a, const Toolchain *t, const char *dir, const char *part, int unit) {
    const char *source = arena_printf(a, "%s/%s.c", dir, part);
    const char *object = object_path(a, dir, part, unit);
    const char *define = unit ? arena_printf(a, "-DEBM_KERNELS=0 -DEBM_UNIT=%d", unit)
                              : "-DEBM_KERNELS=0";
    return (Job){ .what = arena_printf(a, "compiled %s.c", part), .unit = unit, .source = source,
                  .object = object, .argv = compile_command(a, t, source, object, define),
                  .log = arena_printf(a, "%s/%s%d.log", dir, part, unit) };
}

/* A compilation of the prelude's kernels of one header. */
static Job prelude_job(Arena *a, const Toolchain *t, const char *dir, int part) {
    const char *source = arena_printf(a, "%s/prelude/ebm_kernels.c", t->home.include);
    const char *object = object_path(a, dir, "prelude", part);
    const char *define = arena_printf(a, "-DEBM_KERNELS=%d", part);
    return (Job){ .what = "compiled the prelude's kernels", .unit = part, .source = source,
                  .object = object, .argv = compile_command(a, t, source, object, define),
                  .log = arena_printf(a, "%s/prelude%d.log", dir, part) };
}

/* Whether dir/kernels.c may call kernels of a part of the prelude. */
static bool uses_part(const char *kernels, int part) {
    static const char *const marks[EBM_KERNELS_ALL][4] = {
        [EBM_KERNELS_MOVE] = { "" },
        [EBM_KERNELS_DENSE] = { "_dense" },
        [EBM_KERNELS_SUMS] = { "_outer", "ebm_tile_sum" },
        [EBM_KERNELS_CONV] = { "_conv" },
        [EBM_KERNELS_CONV_DW] = { "_conv_dw" },
        [EBM_KERNELS_DRAW] = { "_normal(", "_uniform(", "_int(", "_perm(" },
        [EBM_KERNELS_BF16] = { "_bf16" },
    };
    for (int i = 0; i < 4 && marks[part][i]; i++)
        if (strstr(kernels, marks[part][i]))
            return true;
    return false;
}

/* Asks the compiler for its predefined macros and takes what the cache has of the objects. */
static void find_objects(Arena *a, const Toolchain *t, const char *dir, Job *jobs, int n) {
    ObjectCache cache;
    Words ask = compile_words(a, t), flags = compile_words(a, t);
    char *macros = arena_printf(a, "%s/macros", dir);
    char folder[4096];
    vec_push(a, &flags, NULL);
    if (!cache_folder(folder, sizeof folder, true))
        return;
    add_words(a, &ask, "-E -dM -x c /dev/null -o");
    vec_push(a, &ask, macros);
    vec_push(a, &ask, NULL);
    Job job = { .argv = ask.v, .log = arena_printf(a, "%s/macros.log", dir) };
    if (jobs_run(&job, 1, false) || !WIFEXITED(job.status) || WEXITSTATUS(job.status) != 0 ||
        !objects_begin(&cache, a, t, flags.v, macros))
        return;
    for (int i = 0; i < n && !caught; i++)
        jobs[i].is_done =
            objects_get(&cache, jobs[i].source, jobs[i].unit, jobs[i].object, jobs[i].key);
}

/* CPU time of a compilation for --timings; keeps its object. */
static void job_made(Arena *a, const Job *job) {
    const struct timeval *u = &job->use.ru_utime, *s = &job->use.ru_stime;
    const char *name = strrchr(job->source, '/') + 1;
    if (job->unit)
        name = arena_printf(a, "%s, unit %d", name, job->unit);
    timing_child(job->is_done ? arena_printf(a, "%s (cached)", name) : name,
                 (double)(u->tv_sec + s->tv_sec) + 1e-6 * (double)(u->tv_usec + s->tv_usec));
    if (!job->is_done)
        objects_put(job->key, job->object);
}

int toolchain_build(Arena *a, const Toolchain *t, const char *dir, int units) {
    Job jobs[MAX_JOBS] = { compile_job(a, t, dir, "plan", 0) };
    int n = 1;
    IoBytes text;
    assert(units >= 1 && units <= MAX_UNITS);
    if (!io_read_file(arena_printf(a, "%s/kernels.c", dir), &text, NULL)) {
        complain("cannot read %s/kernels.c", dir);
        return EXIT_TOOL;
    }
    const char *kernels = arena_printf(a, "%.*s", (int)text.len, (const char *)text.data);
    mem_free(text.data);
    for (int u = 0; u < units; u++)
        jobs[n++] = compile_job(a, t, dir, "kernels", units > 1 ? u + 1 : 0);
    for (int part = 1; part < EBM_KERNELS_ALL; part++)
        if (uses_part(kernels, part))
            jobs[n++] = prelude_job(a, t, dir, part);
    Job link = { .what = "linked the program", .argv = link_command(a, t, dir, jobs, n),
                 .log = arena_printf(a, "%s/link.log", dir) };
    struct sigaction old[N_SIGNALS];
    signals_catch(old);
    find_objects(a, t, dir, jobs, n);
    timing_part("cache");
    int code = caught ? EXIT_TOOL : jobs_run(jobs, n, t->verbose);
    for (int i = 0; i < n && !code && !caught; i++) {
        code = jobs[i].is_done ? EXIT_OK : job_report(a, &jobs[i], t->verbose);
        if (!code)
            job_made(a, &jobs[i]);
    }
    timing_phase("C compiler");
    if (!code && !caught)
        code = jobs_run(&link, 1, t->verbose);
    if (!code && !caught)
        code = job_report(a, &link, t->verbose);
    timing_phase("link");
    signals_release(old);
    return code;
}

int command_run(const Toolchain *t, char *const *argv, const char *log, bool limited) {
    Job job = { .what = "ran", .argv = argv, .log = log, .is_free = !limited };
    struct sigaction old[N_SIGNALS];
    signals_catch(old);
    int code = jobs_run(&job, 1, t->verbose);
    signals_release(old);
    return code ? -1 : job.status;
}
