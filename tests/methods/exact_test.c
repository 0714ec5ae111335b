// links: front passes graph base
/* exact_test.c - the identities of tests/methods in double precision.
 *
 * Where a spec of this folder says in comments
 *     # double ENTRY
 *     #   exact NAME VALUE TOLERANCE
 * its eval entry is run by the interpreter, and the reports must be that close. The specs have
 * `example` lines for what they import, as methods_test.sh knows them. */
#include <criterion/criterion.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/front.h"
#include "passes/passes.h"

enum { MAX_REPORTS = 64 };
typedef struct Reports {
    const char *name[MAX_REPORTS];
    double value[MAX_REPORTS];
    int n;
} Reports;

static void take(void *user, const DoStmt *s, const double *value, int64_t count) {
    Reports *r = user;
    if (s->kind != DO_REPORT)
        return;
    cr_assert(count == 1 && r->n < MAX_REPORTS);
    r->name[r->n] = s->name;
    r->value[r->n++] = value[0];
}
static void no_data(void *user, const Node *n, uint64_t step, int64_t count, double *out) {
    (void)user, (void)n, (void)step, (void)count, (void)out;
    cr_assert_fail("exact entries draw nothing from files");
}

static void copy_into(const char *dir, const char *from) {
    char cmd[1024];
    snprintf(cmd, sizeof cmd, "cp %s %s", from, dir);
    cr_assert_eq(system(cmd), 0, "%s", cmd);
}

/* The spec's program, compiled in a folder of its own with the examples it imports. */
static Program *compile(Arena *a, const char *spec, FILE *f) {
    char dir[] = "/tmp/ebm_exact_XXXXXX", line[512], name[128], path[600];
    cr_assert(mkdtemp(dir));
    copy_into(dir, spec);
    rewind(f);
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "# example %127s", name) == 1) {
            snprintf(path, sizeof path, "dsl_examples/%s", name);
            copy_into(dir, path);
        }
    snprintf(path, sizeof path, "%s/%s", dir, strrchr(spec, '/') + 1);
    Program *p = front_compile(a, path, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    if (p)
        passes_run(p, &(PassOptions){ 0 });
    DiagView d = { 0 };
    for (int i = 0; diag_get(i, &d) && d.is_warning; i++)
        d.text = NULL;
    cr_assert(p && !d.text, "%s: %s", spec, d.text ? d.text : "not compiled");
    snprintf(path, sizeof path, "rm -rf %s", dir);
    cr_assert_eq(system(path), 0);
    return p;
}

static void run(const Program *p, const char *spec, const char *entry, Reports *out) {
    const Entry *e = NULL;
    for (int i = 0; i < p->entries.n; i++)
        if (!strcmp(p->entries.v[i]->name, entry))
            e = p->entries.v[i];
    cr_assert(e, "%s: no entry %s", spec, entry);
    Arena *a = arena_new("exact");
    *out = (Reports){ 0 };
    InterpRun r = { .program = p, .seed = 1, .batch = e->batch, .user = out, .output = take,
                    .data = no_data };
    program_interp_init(&r, a);
    program_interp_step(&r, e, 0, a);
    arena_free(a);
}

/* Checks all `exact` lines of a spec; their number. */
static int check_spec(const char *spec) {
    char line[512], word[128];
    double want, tolerance;
    FILE *f = fopen(spec, "r");
    cr_assert(f);
    Arena *a = arena_new("a spec");
    const Program *p = NULL;
    Reports r = { 0 };
    int n = 0;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "# double %127s", word) == 1) {
            long at = ftell(f);
            if (!p)
                p = compile(a, spec, f);
            fseek(f, at, SEEK_SET);
            run(p, spec, word, &r);
        }
        if (sscanf(line, "# exact %127s %lf %lf", word, &want, &tolerance) != 3)
            continue;
        int k = 0;
        while (k < r.n && strcmp(r.name[k], word))
            k++;
        double got = k < r.n ? r.value[k] : NAN;
        cr_expect(fabs(got - want) <= tolerance, "%s %s: %.12g, expected %.12g +- %g", spec, word,
                  got, want, tolerance);
        if (getenv("EBM_VERBOSE"))
            fprintf(stderr, "%s %s: %.10g (%.10g +- %g)\n", spec, word, got, want, tolerance);
        n++;
    }
    fclose(f);
    arena_free(a);
    base_reset();
    return n;
}

Test(methods, identities_in_double_precision, .timeout = 120) {
    glob_t g;
    int n = 0;
    cr_assert_eq(glob("tests/methods/*.ebm", 0, NULL, &g), 0, "run from the top folder");
    for (size_t i = 0; i < g.gl_pathc; i++)
        n += check_spec(g.gl_pathv[i]);
    globfree(&g);
    cr_assert_geq(n, 80);
}
