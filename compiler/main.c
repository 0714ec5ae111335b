/* main.c - the ebmcc command. Read compile() first: it is the whole pipeline.
 *
 *   spec.ebm -> front (parse, elaborate) -> Program -> passes -> backend -> kernels.c + plan.c
 *            -> the C compiler, linked with libebmrt.a -> one executable */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/backend.h"
#include "driver.h"
#include "front/front.h"
#include "passes/passes.h"

static bool is(const Options *o, OptionId id, const char *value) {
    return o->value[id] && strcmp(o->value[id], value) == 0;
}

/* ---- what a compilation prints --------------------------------------------------------------- */

/* --dump=after:PASS: keeps the text that the last pass of that name left. */
typedef struct Dump { const char *pass; Text text; } Dump;

static void after_pass(void *user, const Pass *pass, const Program *p, const Entry *e) {
    Dump *d = user;
    timing_part(pass->name);
    if (!d->pass || strcmp(pass->name, d->pass) != 0)
        return;
    text_free(&d->text);                 /* the pass runs per entry; the last run shows them all */
    d->text = (Text){ 0 };
    program_print(&d->text, p, true);
}

/* The pass that --dump=after:NAME names, NULL without the option. EXIT_USAGE for an unknown one. */
static int dump_pass(const Options *o, const char **name) {
    static const char prefix[] = "after:";
    *name = NULL;
    const char *value = o->value[OPTION_DUMP];
    if (!value)
        return EXIT_OK;
    const char *names[64] = { "lower" };
    int n = 1;
    for (const Pass *p = pass_table; p->name && n < 64; p++)
        names[n++] = p->name;
    bool has_prefix = strncmp(value, prefix, sizeof prefix - 1) == 0;
    *name = has_prefix ? value + sizeof prefix - 1 : value;
    for (int i = 0; i < n && has_prefix; i++)
        if (strcmp(names[i], *name) == 0)
            return EXIT_OK;
    const char *near = nearest_name(*name, names, n);
    complain("--dump=%s: no such pass; did you mean --dump=after:%s?", value,
             near ? near : names[n - 1]);
    return EXIT_USAGE;
}

/* Refuses --no-pass of an unknown or a required pass. */
static int check_off(const Options *o) {
    for (int i = 0; i < o->off.n; i++) {
        const char *names[64];
        int n = 0;
        const Pass *p = pass_table;
        for (; p->name && strcmp(p->name, o->off.v[i]) != 0; p++)
            if (n < 64)
                names[n++] = p->name;
        const char *near = p->name ? NULL : nearest_name(o->off.v[i], names, n);
        if (p->name && !p->required)
            continue;
        if (p->name)
            complain("--no-pass=%s: this pass cannot be left out", p->name);
        else
            complain("--no-pass=%s: no such pass%s%s%s", o->off.v[i],
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

/* The value of a line "name<TAB>value" of the backend's figures, or -1. */
static long figure(const Text *stats, const char *name) {
    size_t n = strlen(name);
    for (const char *s = stats->data; s && *s; s += strcspn(s, "\n"), s += *s == '\n')
        if (strncmp(s, name, n) == 0 && s[n] == '\t')
            return strtol(s + n + 1, NULL, 10);
    return -1;
}

static int64_t group_size(const Program *p, const Group *g) {
    int64_t n = 0;
    for (int i = 0; i < g->states.n; i++)
        n += shape_count(p->states.v[g->states.v[i]].shape);
    return n;
}

/* 33537 -> "33,537" */
static void add_count(Text *t, int64_t n) {
    if (n >= 1000) {
        add_count(t, n / 1000);          /* at most seven levels */
        text_printf(t, ",%03d", (int)(n % 1000));
    } else {
        text_printf(t, "%d", (int)n);
    }
}

/* "E 33,537, G 1,024" */
static void add_groups(Text *t, const Program *p) {
    bool first = true;
    for (int i = 0; i < p->groups.n; i++) {
        const Group *g = &p->groups.v[i];
        if (g->ema_of >= 0)
            continue;
        text_printf(t, "%s%s ", first ? "" : ", ", g->name);
        add_count(t, group_size(p, g));
        first = false;
    }
    if (first)
        text_add(t, "none");
}

static const char *mode_name(EntryMode m) {
    static const char *const names[] = { [MODE_TRAIN] = "train", [MODE_EVAL] = "eval",
                                         [MODE_SAMPLE] = "sample", [MODE_SCORE] = "score" };
    return names[m];
}

/* The command to type next: the first train entry, else the first entry. */
static void add_next(Text *t, const Program *p, const char *program) {
    const Entry *first = NULL;
    int trains = 0;
    for (int i = 0; i < p->entries.n; i++) {
        const Entry *e = p->entries.v[i];
        trains += e->mode == MODE_TRAIN;
        if (!first || (e->mode == MODE_TRAIN && first->mode != MODE_TRAIN))
            first = e;
    }
    text_printf(t, "%s%s", strchr(program, '/') ? "" : "./", program);
    if (first)
        text_printf(t, " %s%s%s", mode_name(first->mode), trains > 1 ? " " : "",
                    trains > 1 ? first->name : "");
}

/* Whether kernels for a GPU are asked for. */
static bool makes_cuda(const Options *o) {
    return is(o, OPTION_TARGET, "cuda") || is(o, OPTION_TARGET, "all");
}

static void print_summary(const Program *p, const Emitted *c, const Options *o,
                          const char *program, double started) {
    Text t = { 0 };
    text_printf(&t, "%s: parameters: ", p->name);
    add_groups(&t, p);
    long kernels = figure(&c->stats, "kernels"), nodes = figure(&c->stats, "nodes");
    if (kernels >= 0) {
        text_printf(&t, "\n%s: kernels: %ld", p->name, kernels);
        if (nodes >= 0)
            text_printf(&t, " from %ld graph nodes", nodes);
    }
    if (is(o, OPTION_PRECISION, "bf16"))
        text_printf(&t, "\n%s: bf16: operands of %d contractions in sampling loops%s; expect "
                    "relative errors of some 1e-3 in gradients", p->name, c->n_bf16,
                    makes_cuda(o) ? ", on a GPU tf32 in the others" : "");
    struct stat st;
    text_printf(&t, "\n%s: wrote %s", p->name, program);
    if (stat(program, &st) == 0)
        text_printf(&t, " (%ld KiB)", (long)(st.st_size / 1024));
    if (o->given[OPTION_KEEP_C])
        text_printf(&t, ", %s/kernels.c, %s/plan.c", o->value[OPTION_KEEP_C],
                    o->value[OPTION_KEEP_C]);
    text_printf(&t, " in %.1f s\n%s: next: ", timing_now() - started, p->name);
    add_next(&t, p, program);
    fprintf(stderr, "%s\n", t.data);
    text_free(&t);
}

/* ---- output ---------------------------------------------------------------------------------- */

static int write_sources(const char *dir, const Emitted *c) {
    Text path = { 0 };
    text_printf(&path, "%s/kernels.c", dir);
    int code = write_text(path.data, c->kernels.data, c->kernels.len);
    text_free(&path);
    path = (Text){ 0 };
    text_printf(&path, "%s/plan.c", dir);
    if (!code)
        code = write_text(path.data, c->plan.data, c->plan.len);
    text_free(&path);
    return code;
}

/* The name of the program: -o, else the spec's name without .ebm in the working folder. */
static int program_path(Arena *a, const Options *o, const Program *p, const char **out) {
    *out = o->value[OPTION_OUTPUT] ? o->value[OPTION_OUTPUT] : arena_printf(a, "%s", p->name);
    struct stat st, spec;
    if (stat(*out, &st) != 0)
        return EXIT_OK;
    if (!S_ISREG(st.st_mode)) {
        complain("%s is there and is not a file; name the program with -o", *out);
        return EXIT_USAGE;
    }
    if (stat(o->spec, &spec) == 0 && spec.st_dev == st.st_dev && spec.st_ino == st.st_ino) {
        complain("-o %s would replace the spec", *out);
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

/* kernels.c and plan.c -> the executable, which appears under its name when it is whole. */
static int build_program(Arena *a, const Options *o, const Emitted *c, const char *program) {
    Toolchain tools;
    const char *dir;
    int code = toolchain_find(a, o, &tools);
    if (!code && o->given[OPTION_KEEP_C]) {
        const char *keep = o->value[OPTION_KEEP_C];
        if (mkdir(keep, 0777) != 0 && errno != EEXIST) {
            complain("cannot make %s: %s", keep, strerror(errno));
            code = EXIT_WRITE;
        }
        if (!code)
            code = write_sources(keep, c);
    }
    if (!code)
        code = temp_make(a, program, &dir);
    if (!code)
        code = write_sources(dir, c);
    if (!code)
        code = toolchain_build(a, &tools, dir, c->units);
    if (!code && rename(arena_printf(a, "%s/program", dir), program) != 0) {
        complain("cannot write %s: %s", program, strerror(errno));
        code = EXIT_WRITE;
    }
    temp_remove();
    return code;
}

/* Whether a stage of CUDA is asked for that NVRTC makes. */
static bool needs_nvrtc(const Options *o) {
    return is(o, OPTION_EMIT, "ptx") || is(o, OPTION_EMIT, "cubin") ||
        is(o, OPTION_EMIT, "resources");
}

/* One of --emit, --dump, --why, --params: the text asked for. */
static int print_stage(const Options *o, const Program *p, const Emitted *c, const Dump *dump) {
    Text made = { 0 };
    const Text *text = &made;
    if (o->given[OPTION_DUMP])
        text = &dump->text;
    else if (o->given[OPTION_WHY])
        text = &c->why;
    else if (o->given[OPTION_PARAMS])
        front_print_params(&made, p);
    else if (is(o, OPTION_EMIT, "graph") || is(o, OPTION_EMIT, "program"))
        program_print(&made, p, is(o, OPTION_EMIT, "graph"));
    else if (is(o, OPTION_EMIT, "kernels"))
        text = &c->kernels;
    else if (is(o, OPTION_EMIT, "plan"))
        text = &c->plan;
    else if (is(o, OPTION_EMIT, "cu"))
        text = &c->cuda;
    else if (is(o, OPTION_EMIT, "memory"))
        text = &c->memory;
    else if (is(o, OPTION_EMIT, "stats"))
        text = &c->stats;
    else if (is(o, OPTION_EMIT, "c"))
        text_printf(&made, "/* ---- kernels.c ---- */\n%s\n/* ---- plan.c ---- */\n%s",
                    c->kernels.data, c->plan.data);
    int code;
    if (needs_nvrtc(o))
        code = cuda_print(o->value[OPTION_EMIT], &c->cuda, &c->modules, o);
    else
        code = write_text(o->value[OPTION_OUTPUT], text->data ? text->data : "", text->len);
    text_free(&made);
    return code;
}

static int emit_ast(Arena *a, const Options *o) {
    Text out = { 0 };
    int code = EXIT_OK;
    File *file = front_parse_file(a, o->spec);
    if (file && diag_errors() == 0) {
        ast_print(&out, file);
        code = write_text(o->value[OPTION_OUTPUT], out.data ? out.data : "", out.len);
    }
    text_free(&out);
    return code;
}

/* ---- the pipeline -------------------------------------------------------------------------- */

static int internal_error(const char *phase, const char *what) {
    complain("internal error after %s: %s\nThis is a bug of ebmcc; please report it with the spec.",
             phase, what);
    return EXIT_INTERNAL;
}

/* Everything but the C compiler: the program and its C text. EXIT_OK with *p == NULL when the spec
 * has errors (they are printed by the caller). */
static int translate(Arena *a, const Options *o, Program **out, Emitted *c, Dump *dump) {
    Home home;
    int code = check_off(o);
    if (!code)
        code = dump_pass(o, &dump->pass);
    if (!code)
        code = home_find(a, &home);
    if (code)
        return code;

    FrontOptions front = { o->defines.v, o->defines.n, home.stdlib };
    Program *p = front_compile(a, o->spec, &front);
    if (!p)
        return EXIT_OK;
    const char *wrong = program_verify(p, a);
    if (wrong)
        return internal_error("lowering", wrong);
    timing_phase("front");
    if (dump->pass && strcmp(dump->pass, "lower") == 0)
        program_print(&dump->text, p, true);

    PassOptions passes = { o->off.v, o->off.n, after_pass, dump };
    passes_run(p, &passes);
    if (diag_errors())
        return EXIT_OK;
    wrong = program_verify(p, a);
    if (wrong)
        return internal_error("the passes", wrong);
    timing_phase("passes");

    BackendOptions backend = { .compiler = EBMCC };
    if (o->value[OPTION_TILE])
        backend.tile = atoi(o->value[OPTION_TILE]);
    backend.gradients = is(o, OPTION_GRADIENTS, "inside") ? GRADIENTS_INSIDE
                      : is(o, OPTION_GRADIENTS, "apart")  ? GRADIENTS_APART : GRADIENTS_AUTO;
    backend.cuda = makes_cuda(o) || is(o, OPTION_EMIT, "cu") || needs_nvrtc(o);
    backend.fp32 = is(o, OPTION_PRECISION, "fp32");
    backend.bf16 = is(o, OPTION_PRECISION, "bf16");
    backend.grid = is(o, OPTION_GRID, "on") ? GRID_ON : is(o, OPTION_GRID, "off") ? GRID_OFF : GRID_AUTO;
    if (backend_c_emit(p, &backend, c))
        *out = p;
    timing_phase("backend");
    return EXIT_OK;
}

static int compile(Arena *a, const Options *o) {
    double started = timing_now();
    timing_start();
    Program *p = NULL;
    Emitted c = { 0 };
    Dump dump = { 0 };
    bool only_ast = is(o, OPTION_EMIT, "ast");
    int code = only_ast ? emit_ast(a, o) : translate(a, o, &p, &c, &dump);
    diag_print(stderr, is(o, OPTION_DIAGNOSTICS, "json") ? DIAG_JSON : DIAG_TEXT);
    if (!code)
        code = diag_exit_code();
    if (!code && !p && !only_ast)
        code = internal_error("translation", "no program and no diagnostic");

    const char *program;
    if (code || only_ast) {
    } else if (o->command == COMMAND_CHECK) {
        fprintf(stderr, "%s: ok\n", o->spec);
    } else if (o->given[OPTION_EMIT] || o->given[OPTION_DUMP] || o->given[OPTION_WHY] ||
               o->given[OPTION_PARAMS]) {
        code = print_stage(o, p, &c, &dump);
    } else if (!(code = program_path(a, o, p, &program)) &&
               !(code = build_program(a, o, &c, program))) {
        print_summary(p, &c, o, program, started);
    }
    timing_phase("output");
    if (o->given[OPTION_TIMINGS] || o->given[OPTION_VERBOSE])
        timing_print();
    text_free(&dump.text);
    emitted_free(&c);
    return code;
}

static int explain(const char *code) {
    if (diag_explain(code, stdout))
        return EXIT_OK;
    const char *names[DIAG_COUNT];
    for (int i = 0; i < DIAG_COUNT; i++)
        names[i] = diag_code_name((DiagCode)i);
    const char *near = nearest_name(code, names, DIAG_COUNT);
    complain("no diagnostic has the code '%s'%s%s%s", code, near ? "; did you mean '" : "",
             near ? near : "", near ? "'?" : "");
    return EXIT_USAGE;
}

static int run(Arena *a, const Options *o) {
    if (o->given[OPTION_HELP]) {
        Text help = { 0 };
        options_help(&help);
        int code = write_text(NULL, help.data, help.len);
        text_free(&help);
        return code;
    }
    if (o->given[OPTION_VERSION])
        return write_text(NULL, EBMCC "\n", sizeof EBMCC);
    if (o->given[OPTION_EXPLAIN])
        return explain(o->value[OPTION_EXPLAIN]);
    if (o->given[OPTION_PAGE])
        return page_print(o->value[OPTION_PAGE], o->value[OPTION_OUTPUT]);
    return o->command == COMMAND_DOCTOR ? doctor_run(a, o) : compile(a, o);
}

int main(int argc, char **argv) {
    int code;
    if (cuda_hidden_mode(argc, argv, &code))
        return code;
    if (argc > 2 && strcmp(argv[1], EXEC_LIMITED) == 0)
        command_exec(argv + 2, true);
    if (argc > 2 && strcmp(argv[1], EXEC_FREE) == 0)
        command_exec(argv + 2, false);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    Arena *a = arena_new("compiler");
    Options o;
    code = options_parse(a, argc, argv, &o);
    if (!code)
        code = run(a, &o);
    arena_free(a);
    base_reset();
    if (fflush(stdout) != 0 && !code) {
        complain("cannot write to standard output: %s", strerror(errno));
        code = EXIT_WRITE;
    }
    return code;
}
