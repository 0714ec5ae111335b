/* options.c - see options.h. */
#include "options.h"
#include "io.h"
#include "memory.h"
#include "pool.h"
#include "settings.h"
#include <stdio.h>
#include <string.h>

static const struct { const char *name, *usage, *what; } commands[] = {
    [CMD_TRAIN]  = { "train",  "[ENTRY] [name=value...]", "train; checkpoints in runs/NAME-N/" },
    [CMD_SAMPLE] = { "sample", "[ENTRY] [name=value...]", "draw samples and write their files" },
    [CMD_EVAL]   = { "eval",   "[ENTRY] [name=value...]", "compute the reports of an eval entry" },
    [CMD_SCORE]  = { "score",  "FILE [ENERGY]", "the energy of every example in a file" },
    [CMD_INFO]   = { "info",   "", "parameters, entries, args, kernels, memory" },
    [CMD_RESUME] = { "resume", "DIR [steps=N]", "continue a run exactly where it stopped" },
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };
const char *command_name(Command c) { return commands[c].name; }

/* Commands that take an option, as bits. */
enum {
    TRAIN = 1 << CMD_TRAIN, SAMPLE = 1 << CMD_SAMPLE, EVAL = 1 << CMD_EVAL, SCORE = 1 << CMD_SCORE,
    INFO = 1 << CMD_INFO, RESUME = 1 << CMD_RESUME,
    RUNS = TRAIN | SAMPLE | EVAL | SCORE | RESUME, LOADS = SAMPLE | EVAL | SCORE, ALL = RUNS | INFO
};

typedef enum OptionId {
    OPT_DEVICE, OPT_THREADS, OPT_BUDGET, OPT_SEED, OPT_OUT, OPT_CKPT, OPT_CKPT_EVERY, OPT_LOG_EVERY,
    OPT_TIMINGS, OPT_DUMP_KERNELS, OPT_LOAD_KERNELS, OPT_TUNE, OPT_GRAD, OPT_SHOW, OPT_JSON, OPT_QUIET,
    OPT_VERSION, OPT_HELP, N_OPTIONS
} OptionId;

typedef struct OptionRow { const char *name, *value; int commands; const char *what; } OptionRow;
static const OptionRow table[N_OPTIONS] = {
    [OPT_DEVICE]     = { "--device", "auto|cpu|cuda", RUNS,
                         "where to run; cuda never falls back" },
    [OPT_THREADS]    = { "--threads", "N", RUNS,
                         "threads; default: the CPUs of this process" },
    [OPT_BUDGET]     = { "--budget", "TIME", TRAIN | RESUME,
                         "stop with a checkpoint after 60s, 2m, 1h" },
    [OPT_SEED]       = { "--seed", "N", TRAIN | LOADS,
                         "seed of all random numbers; default 0" },
    [OPT_OUT]        = { "--out", "PATH", TRAIN | LOADS,
                         "train: the run's folder; sample, eval: folder of files; score: a file" },
    [OPT_CKPT]       = { "--ckpt", "FILE|DIR", LOADS,
                         "weights (also from=); default: newest matching run; from=init: none" },
    [OPT_CKPT_EVERY] = { "--checkpoint-every", "N", TRAIN | RESUME,
                         "steps between checkpoints; default 1000" },
    [OPT_LOG_EVERY]  = { "--log-every", "N", TRAIN | RESUME,
                         "steps between lines of metrics.jsonl; default 100" },
    [OPT_TIMINGS]    = { "--timings", "FILE", TRAIN | RESUME,
                         "append the milliseconds of every step to FILE" },
    [OPT_DUMP_KERNELS] = { "--dump-kernels", "DIR", RUNS,
                         "on a GPU: write the kernels' CUDA C, PTX, binaries and logs to DIR" },
    [OPT_LOAD_KERNELS] = { "--load-kernels", "DIR", RUNS,
                         "on a GPU: take the kernels' CUDA C from DIR, where it is there" },
    [OPT_TUNE]       = { "--tune", "exact|library", RUNS,
                         "on a GPU: measure launches, keep the fastest; library: cuBLASLt too" },
    [OPT_GRAD]       = { "--grad", NULL, SCORE,
                         "also the gradient of the energy by the example" },
    [OPT_SHOW]       = { "--show", NULL, TRAIN | LOADS,
                         "print the spec and the settings, run nothing" },
    [OPT_JSON]       = { "--json", NULL, ALL, "results on stdout as JSON" },
    [OPT_QUIET]      = { "--quiet", NULL, ALL, "no notes and no progress on stderr" },
    [OPT_VERSION]    = { "--version", NULL, ALL, "the compiler that made this program" },
    [OPT_HELP]       = { "--help", NULL, ALL, "this text" },
};

static Command find_command(const char *word) {
    for (int c = CMD_TRAIN; c < N_COMMANDS; c++)
        if (strcmp(commands[c].name, word) == 0) return (Command)c;
    return CMD_NONE;
}

static bool unknown_command(const char *word, Status *st) {
    const char *names[N_COMMANDS] = { NULL };
    for (int c = CMD_TRAIN; c < N_COMMANDS; c++) names[c] = commands[c].name;
    const char *near = suggest(word, names, N_COMMANDS);
    return status_fail(st, RT_USAGE, near ? "no command '%.40s'; did you mean '%s'?"
                                          : "no command '%.40s'; see --help", word, near);
}

static bool unknown_option(const char *word, Status *st) {
    const char *names[N_OPTIONS];
    for (int i = 0; i < N_OPTIONS; i++) names[i] = table[i].name;
    const char *near = suggest(word, names, N_OPTIONS);
    return status_fail(st, RT_USAGE, near ? "no option '%.40s'; did you mean '%s'?"
                                          : "no option '%.40s'; see --help", word, near);
}

static bool bad_option(OptionId id, const char *value, const char *wanted, Status *st) {
    return status_fail(st, RT_USAGE, "%s %.40s: expected %s", table[id].name, value, wanted);
}

/* Gives an option its value; NULL for options without one. */
static bool set_option(Options *o, OptionId id, const char *value, Status *st) {
    int64_t n;
    switch (id) {
    case OPT_DEVICE: o->device = value; return true;
    case OPT_OUT: o->out = value; return *value || bad_option(id, value, "a path", st);
    case OPT_CKPT: o->ckpt = value; return *value || bad_option(id, value, "a path", st);
    case OPT_THREADS:
        if (!parse_integer(value, 1, POOL_MAX_THREADS, &n))
            return bad_option(id, value, "1 to 1024", st);
        o->threads = (int)n;
        return true;
    case OPT_BUDGET:
        return (parse_duration(value, &o->budget) && o->budget > 0)
            || bad_option(id, value, "a time such as 60s, 2m or 1.5h", st);
    case OPT_SEED:
        o->has_seed = true;
        return parse_seed(value, &o->seed)
               || bad_option(id, value, "an integer of 0 to 2^64 - 1", st);
    case OPT_CKPT_EVERY:
        return parse_integer(value, 1, INT64_MAX, &o->checkpoint_every)
            || bad_option(id, value, "a positive integer", st);
    case OPT_LOG_EVERY:
        return parse_integer(value, 1, INT64_MAX, &o->log_every)
            || bad_option(id, value, "a positive integer", st);
    case OPT_TIMINGS: o->timings = value; return *value || bad_option(id, value, "a path", st);
    case OPT_DUMP_KERNELS:
        o->dump_kernels = value;
        return *value || bad_option(id, value, "a folder", st);
    case OPT_LOAD_KERNELS:
        o->load_kernels = value;
        return *value || bad_option(id, value, "a folder", st);
    case OPT_TUNE:
        o->tune = value;
        return strcmp(value, "exact") == 0 || strcmp(value, "library") == 0
            || bad_option(id, value, "exact or library", st);
    case OPT_GRAD: o->grad = true; return true;
    case OPT_SHOW: o->show = true; return true;
    case OPT_JSON: o->json = true; return true;
    case OPT_QUIET: o->quiet = true; return true;
    case OPT_VERSION: o->version = true; return true;
    default: o->help = true; return true;
    }
}

/* Takes the option at argv[*i], which may use up the next word too. */
static bool take_option(Options *o, int argc, char **argv, int *i, unsigned *given, Status *st) {
    const char *word = argv[*i], *equal = strchr(word, '=');
    size_t n = equal ? (size_t)(equal - word) : strlen(word);
    if (strcmp(word, "-h") == 0) word = "--help", n = strlen(word);
    for (int id = 0; id < N_OPTIONS; id++) {
        if (strlen(table[id].name) != n || strncmp(table[id].name, word, n) != 0) continue;
        *given |= 1u << id;
        if (!table[id].value) {
            if (equal) return status_fail(st, RT_USAGE, "%s takes no value", table[id].name);
            return set_option(o, (OptionId)id, NULL, st);
        }
        const char *value = equal ? equal + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        if (!value)
            return status_fail(st, RT_USAGE, "%s needs a value: %s", table[id].name,
                               table[id].value);
        return set_option(o, (OptionId)id, value, st);
    }
    return unknown_option(word, st);
}

/* An option that the command does not take is an error, not ignored. */
static bool check_given(const Options *o, unsigned given, Status *st) {
    for (int id = 0; id < N_OPTIONS && o->command != CMD_NONE; id++)
        if (given >> id & 1 && !(table[id].commands >> o->command & 1))
            return status_fail(st, RT_USAGE, "%s does not apply to %s", table[id].name,
                               commands[o->command].name);
    return true;
}

bool options_parse(Options *o, int argc, char **argv, Status *st) {
    *o = (Options){ .device = "auto", .checkpoint_every = 1000, .log_every = 100 };
    o->name = mem_array((uint64_t)argc + 1, sizeof *o->name, "the command line", st);
    o->word = mem_array((uint64_t)argc + 1, sizeof *o->word, "the command line", st);
    if (!o->name || !o->word) return false;
    unsigned given = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1]) {
            if (!take_option(o, argc, argv, &i, &given, st)) return false;
        } else if (o->command == CMD_NONE) {
            o->command = find_command(argv[i]);
            if (o->command == CMD_NONE) return unknown_command(argv[i], st);
        } else if (strchr(argv[i], '=') && (o->n_names > 0 || io_kind(argv[i]) == IO_ABSENT)) {
            o->word[o->n_words++] = argv[i];
        } else {
            o->name[o->n_names++] = argv[i];
        }
    }
    if (!check_given(o, given, st)) return false;
    static const int most[] = { [CMD_TRAIN] = 1, [CMD_SAMPLE] = 1, [CMD_EVAL] = 1, [CMD_SCORE] = 2,
                                [CMD_INFO] = 0, [CMD_RESUME] = 1 };
    if (o->command != CMD_NONE && o->n_names > most[o->command])
        return status_fail(st, RT_USAGE, "unexpected word '%.60s' (settings are name=value)",
                           o->name[most[o->command]]);
    if (o->command != CMD_NONE || o->help || o->version) return true;
    return status_fail(st, RT_USAGE,
                       "a command is missing: train, sample, eval, score, info or resume");
}

void options_free(Options *o) {
    mem_free(o->name);
    mem_free(o->word);
    *o = (Options){ 0 };
}

/* "train cd, train warmup" of one mode. */
static void help_entries(const EbmProgram *p) {
    static const char *const mode[] = { "train", "eval", "sample", "score" };
    printf("\nEntries of this program:");
    for (int i = 0; i < p->n_entries; i++)
        printf("%s %s %s", i ? "," : "", mode[p->entries[i].mode], p->entries[i].name);
    printf("\n\nSettings (name=value): batch, steps, count, seed, from");
    for (int i = 0; i < p->n_data; i++)
        if (!p->data[i].is_points) printf(", %s (data file)", p->data[i].name);
    printf("\n");
    for (int i = 0; i < p->n_scalars; i++) {
        const EbmScalarDesc *d = &p->scalars[i];
        if (d->kind == EBM_ARG)
            printf("  %-18s default %.7g%s%s\n", d->name, d->value, d->doc && *d->doc ? "  " : "",
                   d->doc ? d->doc : "");
    }
}

void options_help(const EbmProgram *p, const char *self) {
    printf("%s: an energy-based model compiled by %s\n\n", p->name, p->compiler);
    for (int c = CMD_TRAIN; c < N_COMMANDS; c++)
        printf("  %s %-7s %-26s %s\n", self, commands[c].name, commands[c].usage, commands[c].what);
    printf("\nOptions:\n");
    for (int id = 0; id < N_OPTIONS; id++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", table[id].name, table[id].value ? " " : "",
                 table[id].value ? table[id].value : "");
        printf("  %-24s %s\n", left, table[id].what);
    }
    help_entries(p);
    printf("\nExit codes: 0 ok, 1 internal error, 2 usage, 4 data or checkpoint, 5 limit,\n"
           "6 diverged or stopped by a check of the spec, 7 writing failed, 9 device,\n"
           "75 stopped by a signal (then: resume)\n");
}
