// links: front passes graph base
/* check_test.c - what the elaborator says about bad programs, and what it makes of good ones.
 *
 * tests/errors/check/NAME.ebm are bad programs; their last lines say what is expected:
 *   # expect: CODE LINE:COLUMN part of the message
 * The diagnostics, after all passes, must be exactly these, in order of place. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/front.h"
#include "passes/passes.h"

static Arena *arena;
static void setup(void) { arena = arena_new("test"); }
static void teardown(void) {
    arena_free(arena);
    base_reset();
}
TestSuite(check, .init = setup, .fini = teardown, .timeout = 120);

static const FrontOptions plain = { .stdlib_dir = "compiler/stdlib" };

static Program *compile_file(const char *path, const FrontOptions *o) {
    Program *p = front_compile(arena, path, o);
    if (p) passes_run(p, &(PassOptions){ 0 });
    return p;
}

/* Writes a spec to a scratch file and compiles it. */
static Program *compile_text_with(const char *text, const FrontOptions *o) {
    char path[] = "/tmp/check_test_XXXXXX.ebm";
    int fd = mkstemps(path, 4);
    FILE *f = fdopen(fd, "w");
    fputs(text, f);
    fclose(f);
    Program *p = compile_file(path, o);
    remove(path);
    return p;
}
static Program *compile_text(const char *text) { return compile_text_with(text, &plain); }

static void list_diagnostics(Text *t) {
    DiagView d;
    text_add(t, "");
    for (int i = 0; diag_get(i, &d); i++) {
        int line, col;
        source_position(d.at, &line, &col);
        text_printf(t, "%s %d:%d %s\n", diag_code_name(d.code), line, col, d.text);
    }
}

/* ---- the corpus ------------------------------------------------------------------------------ */
static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every expectation is met by the diagnostic in the same place of the list, and none is left. */
static void compare(const char *path, const char *source, const char *got) {
    const char *want = source;
    while ((want = strstr(want, "# expect: "))) {
        want += strlen("# expect: ");
        size_t n = strcspn(want, "\n"), have = strcspn(got, "\n");
        const char *text = strchr(strchr(want, ' ') + 1, ' ');
        size_t head = (size_t)(text - want);
        char *part = arena_printf(arena, "%.*s", (int)(n - head - 1), text + 1);
        char *line = arena_printf(arena, "%.*s", (int)have, got);
        cr_expect(!strncmp(line, want, head + 1) && strstr(line, part), "%s: wanted %.*s\n  got %s",
                  path, (int)n, want, line);
        got += have + (got[have] == '\n');
    }
    cr_expect(!*got, "%s: not expected:\n%s", path, got);
}

Test(check, corpus) {
    const char *folder = "tests/errors/check";
    DIR *dir = opendir(folder);
    cr_assert(dir, "no %s (run from the top folder)", folder);
    char *paths[512];
    int n = 0;
    for (struct dirent *e; n < 512 && (e = readdir(dir));)
        if (strlen(e->d_name) > 4 && !strcmp(e->d_name + strlen(e->d_name) - 4, ".ebm"))
            paths[n++] = arena_printf(arena, "%s/%s", folder, e->d_name);
    closedir(dir);
    cr_assert_gt(n, 70);
    qsort(paths, (size_t)n, sizeof *paths, by_name);
    for (int i = 0; i < n; i++) {
        char *path = strdup(paths[i]);
        static char source[1 << 16];
        FILE *f = fopen(path, "r");
        source[fread(source, 1, sizeof source - 1, f)] = 0;
        fclose(f);
        cr_assert(strstr(source, "# expect: "), "%s expects nothing", path);
        Arena *keep = arena;
        arena = arena_new("case");
        Text got = { 0 };
        compile_file(path, &plain);
        list_diagnostics(&got);
        compare(path, source, got.data);
        text_free(&got);
        arena_free(arena);
        base_reset();
        arena = keep;
        free(path);
    }
}

/* ---- good programs ------------------------------------------------------------------------- */
static int state_index(const Program *p, const char *name) {
    for (int i = 0; i < p->states.n; i++)
        if (!strcmp(p->states.v[i].name, name)) return i;
    return -1;
}

#define E2 "energy E(x: [2]) { return x |> Linear(8) |> silu |> Linear(1) |> squeeze }\n"
#define TRAIN(body) "train t { batch = 8;  optimizer E = adam(lr = 1e-3)\n step {\n" body "\n} }\n"

Test(check, names_of_parameters) {
    Program *p = compile_text(
        "module Block(c: int)(x: [C,H,W]) {\n"
        "  y = x |> Conv(c, k=3) |> silu |> Conv(c, k=3)\n"
        "  s = if C == c then x else x |> Conv(c, k=1) as \"skip\"\n  return s + y }\n"
        "energy E(x: [2,4,4]) {\n  x = x |> Conv(3, k=3) as \"stem\"\n"
        "  for c in [3, 4] { x = x |> Block(c) }\n"
        "  f = Linear(5);  g = Linear(5, bias = false)\n"
        "  y = flatten(x);  return sum(f(y) + f(2 * y) + g(y)) }\n"
        "eval v { x ~ normal([2,4,4]);  report e = mean(E(x)) }\n");
    cr_assert(p);
    static const char *const want[] = {
        "E.stem.weight", "E.stem.bias", "E.block0.0.conv0.weight", "E.block0.0.conv1.bias",
        "E.block0.1.conv0.weight", "E.block0.1.conv1.weight", "E.block0.1.skip.weight",
        "E.linear0.weight", "E.linear0.bias", "E.linear1.weight" };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        cr_expect(state_index(p, want[i]) >= 0, "%s is missing", want[i]);
    cr_expect_eq(state_index(p, "E.block0.0.skip.weight"), -1);    /* decided at compile time */
    cr_expect_eq(state_index(p, "E.linear1.bias"), -1);
    cr_expect_eq(state_index(p, "E.linear2.weight"), -1);          /* f is shared by two calls */
}

/* The draw sites of an entry's random nodes, in order. */
static int sites(const Program *p, int64_t *out) {
    const Entry *e = p->entries.v[0];
    int n = 0, n_roots;
    Node **roots = entry_roots(arena, e, &n_roots);
    bool *live = NEW_ARRAY(arena, bool, graph_size(e->graph));
    graph_mark_live(e->graph, roots, n_roots, live);
    for (uint32_t i = 0; i < graph_size(e->graph); i++) {
        const Node *x = graph_node(e->graph, i);
        if (live[i] && (x->op == OP_RAND_NORMAL || x->op == OP_RAND_UNIFORM ||
                        x->op == OP_RAND_INT))
            out[n++] = x->attr[0];
    }
    return n;
}
static bool has(const int64_t *v, int n, int64_t x) {
    for (int i = 0; i < n; i++) if (v[i] == x) return true;
    return false;
}

Test(check, draw_sites_do_not_move) {
    const char *const head = "sampler s(x) { w ~ normal(like x);  return x + w }\n" E2;
    char *a = arena_printf(arena, "%s%s", head, TRAIN("x ~ normal([2])\ny ~ s(x)\nz ~ s(x)\n"
                                                     "minimize mean(E(y + z)) over E"));
    char *b = arena_printf(arena, "%s%s", head, TRAIN("q ~ s(zeros([2]))\nx ~ normal([2])\n"
                                                     "y ~ s(x)\nz ~ s(x)\n"
                                                     "minimize mean(E(y + z + q)) over E"));
    int64_t sa[16], sb[16];
    int na = sites(compile_text(a), sa), nb = sites(compile_text(b), sb);
    cr_assert_eq(na, 3);
    cr_assert_eq(nb, 4);
    /* two calls, no shared noise */
    cr_expect(sa[0] != sa[1] && sa[1] != sa[2] && sa[0] != sa[2]);
    for (int i = 0; i < na; i++) cr_expect(has(sb, nb, sa[i]), "site %d moved", i);
}

Test(check, an_update_makes_new_versions) {
    Program *p =
        compile_text(E2 TRAIN("x ~ normal([2])\nminimize mean(E(x)) over E\ntrack a = mean(E(x))\n"
                                       "minimize mean(E(x)^2) over E"));
    cr_assert(p);
    cr_expect_eq(p->entries.v[0]->versions.v[state_index(p, "E.linear0.weight")], 2);
    cr_assert_null(program_verify(p, arena));
}

Test(check, defines_override_constants) {
    FrontOptions o = plain;
    o.defines = (const char *const[]){ "h=16" };
    o.n_defines = 1;
    const char *spec = "const h = 8\nenergy E(x: [2]) { return x |> Linear(h) |> Linear(1) |> "
        "squeeze }\n"
                       "eval v { x ~ normal([2]);  report e = mean(E(x)) }\n";
    Program *p = compile_text_with(spec, &o);
    cr_assert(p);
    cr_expect_eq(p->states.v[state_index(p, "E.linear0.weight")].shape.dim[0], 16);
    o.defines = (const char *const[]){ "hh=16" };
    cr_expect_null(compile_text_with(spec, &o));
}

/* The Langevin step needs neither the energy's value nor parameter gradients: in the loop's body
 * are the two forward products whose activations the gradient needs, and their two transposes. */
Test(check, a_chain_has_no_dead_energy) {
    Program *p = compile_file("dsl_examples/moons.ebm", &plain);
    cr_assert(p);
    for (int k = 0; k < p->entries.n; k++) {
        const Entry *e = p->entries.v[k];
        if (e->mode != MODE_SAMPLE) continue;
        int n_roots, dots = 0, loops = 0;
        Node **roots = entry_roots(arena, e, &n_roots);
        bool *live = NEW_ARRAY(arena, bool, graph_size(e->graph));
        graph_mark_live(e->graph, roots, n_roots, live);
        for (uint32_t i = 0; i < graph_size(e->graph); i++) {
            if (!live[i]) continue;
            dots += graph_node(e->graph, i)->op == OP_DOT;
            loops += graph_node(e->graph, i)->op == OP_LOOP;
        }
        cr_expect_eq(loops, 1);
        cr_expect_eq(dots, 4, "%d contractions", dots);
    }
}

static void last_output(void *user, const DoStmt *s, const double *value, int64_t count) {
    *(double *)user = value[0];
}
/* The single report of an eval entry, by the interpreter. */
static double report_of(const char *spec) {
    Program *p = compile_text(spec);
    cr_assert(p, "%s", spec);
    double out = NAN;
    InterpRun r = { .program = p, .batch = 3, .seed = 1, .output = last_output, .user = &out };
    program_interp_init(&r, arena);
    program_interp_step(&r, p->entries.v[0], 0, arena);
    return out;
}

/* d/dx (3 x + exp x) = 3 + exp x, although -a * 3 could fold to a * -3. */
Test(check, gradients_by_computed_locals) {
    double g = report_of("eval v { shared a ~ uniform([2], 1, 2);  x = -a\n"
                         "  y = sum(x * 3) + sum(exp(x));  report g = sum(abs(grad(y, x) - "
                         "exp(-a))) }\n");
    cr_expect_float_eq(g, 6, 1e-12);
    g = report_of("eval v { shared a ~ uniform([2], 1, 2)\n  (x, z) = (2 * a, a)\n"
                  "  y = sum(x * 3);  report g = sum(grad(y, x)) / 2 }\n");
    cr_expect_float_eq(g, 3, 1e-12);
}

/* ---- the manual ---------------------------------------------------------------------------- */
/* Every ```ebm block of a page compiles without a diagnostic; returns how many there are. */
static int compile_blocks(const char *page) {
    FILE *f = fopen(page, "r");
    cr_assert(f, "no %s", page);
    char *text = NEW_ARRAY(arena, char, 1 << 18);
    text[fread(text, 1, (1 << 18) - 1, f)] = 0;
    fclose(f);
    int n = 0;
    for (char *p = text; (p = strstr(p, "```ebm\n")); n++) {
        p += strlen("```ebm\n");
        char *end = strstr(p, "```"), *block = arena_printf(arena, "%.*s", (int)(end - p), p);
        Text t = { 0 };
        Program *prog = compile_text(block);
        list_diagnostics(&t);
        cr_expect(prog && !*t.data, "%s, example %d: %s", page, n + 1, t.data);
        text_free(&t);
        p = end + 3;
    }
    return n;
}
Test(check, manual_examples) { cr_assert_geq(compile_blocks("docs/language.md"), 3); }
Test(check, examples_of_samplers) { cr_assert_geq(compile_blocks("docs/samplers.md"), 5); }
Test(check, examples_of_the_readme) { cr_assert_geq(compile_blocks("README.md"), 1); }

/* ---- the help below a message ----------------------------------------------------------------- */
Test(check, names_of_other_languages_are_explained) {
    static const char *const said[][2] = {
        { "eval e { x ~ normal([2,2]);  report a = mean(log(det(x))) }\n", "help: slogdet(A) has log" },
        { "eval e { x ~ normal([2]);  report a = mean(sum(detach(x))) }\n", "help: stop(x) cuts" },
        { "eval e { x ~ randn([2]);  report a = mean(sum(x)) }\n", "help: a draw is  x ~ normal(shape)" },
        { "module M(x: [2]) { return x }\n", "help: a module has static arguments, then tensors" },
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char *text = NULL;
        size_t len = 0;
        cr_assert_null(compile_text(said[i][0]));
        FILE *out = open_memstream(&text, &len);
        diag_print(out, DIAG_TEXT);
        fclose(out);
        cr_expect(strstr(text, said[i][1]), "%s", text);
        free(text);
        base_reset();
    }
}
