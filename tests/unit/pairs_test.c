// links: front passes graph base
/* pairs_test.c - derivatives through comprehensions over batch(x), by the interpreter: the first and
 * second along a direction against differences of the values, all in double precision. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/front.h"
#include "passes/passes.h"

static Arena *arena;
static void setup(void) { arena = arena_new("test"); }
static void teardown(void) {
    arena_free(arena);
    base_reset();
}
TestSuite(pairs, .init = setup, .fini = teardown, .timeout = 60);

typedef struct Reports { double value[8]; int n; } Reports;
static void note_output(void *user, const DoStmt *s, const double *value, int64_t count) {
    Reports *r = user;
    r->value[r->n++] = value[0];
}

/* What the spec's only entry reports, over a batch of 5. */
static Reports reports(const char *spec) {
    char path[] = "/tmp/pairs_test_XXXXXX.ebm";
    FILE *f = fdopen(mkstemps(path, 4), "w");
    fputs(spec, f);
    fclose(f);
    FrontOptions o = { .stdlib_dir = "compiler/stdlib" };
    Program *p = front_compile(arena, path, &o);
    remove(path);
    DiagView d = { 0 };
    diag_get(0, &d);
    cr_assert(p, "%s\n%s", spec, d.text);
    passes_run(p, &(PassOptions){ 0 });
    cr_assert_eq(diag_errors(), 0, "%s", spec);
    Reports r = { 0 };
    InterpRun run = { .program = p, .seed = 3, .batch = 5, .output = note_output, .user = &r };
    program_interp_init(&run, arena);
    program_interp_step(&run, p->entries.v[0], 0, arena);
    cr_assert_eq(r.n, 4);
    return r;
}

#define NEAR(got, want, tolerance, what) \
    cr_expect_float_eq(got, want, (tolerance) * (1 + fabs(want)), "%s: %.9g, by differences %.9g", \
                       what, got, want)

/* The derivatives of L(w), where w are shared parameters that every term reads, and of L's sum by
 * each sample's own x: `terms` is a comprehension over q = (rows of other samples) and w. */
static void check(const char *terms) {
    static const char *const frame[] = {
        "fn L(a) = mean(value(x, a))",
        "fn L(a) = sum(value(x + a, w))"
    };
    for (int k = 0; k < 2; k++) {
        bool own = k == 1;
        const char *spec = arena_printf(arena,
            "param w: [2, 3] = normal([2, 3])\n"
            "fn f(q, w) = tanh(sum(w * reshape(q, [1, 3]), 1))\n"
            "fn value(x, w) = %s\n"
            "eval e { batch = 5\n"
            "  x ~ normal([3]);  %s v ~ normal([%s])\n"
            "  %s\n  zero = 0.0 * v;  h = 0.0001\n"
            "  at = %s;  up = L(at + h * v);  down = L(at - h * v);  g = grad(L, at)\n"
            "  along = %s\n  second = grad(along, at)\n"
            "  report d = %s, n = (up - down) / (2 * h), dd = %s, nn = (up - 2 * L(at) + down) / (h * h) }\n",
            terms, own ? "" : "shared", own ? "3" : "2, 3", frame[k], own ? "zero" : "w",
            own ? "sum(dot(g, v))" : "dot(g, v)", own ? "sum(dot(g, v))" : "dot(g, v)",
            own ? "sum(dot(second, v))" : "dot(second, v)");
        Reports r = reports(spec);
        NEAR(r.value[0], r.value[1], 1e-6, spec);
        NEAR(r.value[2], r.value[3], 1e-4, spec);
        cr_expect_gt(fabs(r.value[0]), 1e-4, "%s", spec);
        cr_expect_gt(fabs(r.value[2]), 1e-4, "%s", spec);
    }
}

Test(pairs, every_reduction) {
    static const char *const name[] = { "sum", "mean", "max", "min", "prod", "logsumexp" };
    for (int i = 0; i < 6; i++)
        check(arena_printf(arena, "%s[q in batch(x)](dot(f(x, w), f(q, w)) + 0.5 * q[0] * x[1])", name[i]));
}

Test(pairs, vectors_inner_clauses_and_draws) {
    check("sum(max[q in batch(x)](f(x, w) * f(q, w) + 0.3 * f(q, w)))");
    check("max[q in batch(x), i in 0..1](dot(f(x, w), f(q + 0.5 * i, w)))");
    /* each call draws anew: of a form of degree 2 the derivative along w is twice the value */
    Reports r = reports(
        "param w: [2, 3] = normal([2, 3])\nfn f(q, w) = sum(w * reshape(q, [1, 3]), 1)\n"
        "eval e { batch = 5\n  x ~ normal([3])\n"
        "  y = mean(sum[q in batch(x), v ~ normal([3])](dot(f(x + v, w), f(q - v, w))))\n"
        "  g = grad(y, w);  h = grad(dot(g, stop(w)), w)\n"
        "  report d = dot(g, w), n = 2 * y, dd = dot(h, w), nn = 2 * y }\n");
    NEAR(r.value[0], r.value[1], 1e-9, "draws");
    NEAR(r.value[2], r.value[3], 1e-9, "draws, second order");
}

/* A loop in a loop: the inner one is part of each step. */
Test(pairs, triples) {
    check("mean[p in batch(x), q in batch(x)](dot(f(x, w), f(p, w)) * dot(f(p - q, w), f(x + q, w)))");
    check("logsumexp[p in batch(x)](max[q in batch(x)](dot(f(p, w), f(q + x, w))))");
}

/* A short chain whose steps need all samples is opened before it becomes a block. */
Test(pairs, chains_that_mix) {
    Reports r = reports(
        "param w: [] = 0.7\n"
        "fn f(x, w) { for k in 1..3 { x = x - 0.3 * w * mean(x * x, batch) }\n  return x }\n"
        "fn L(w, x) = mean(f(x, w)[0]^2)\n"
        "eval e { batch = 5\n  x ~ normal([2]);  h = 0.0001;  up = L(w + h, x);  down = L(w - h, x)\n"
        "  g = grad(L(w, x), w)\n"
        "  report g, n = (up - down) / (2 * h), gg = grad(g, w), nn = (up - 2 * L(w, x) + down) / (h * h) }\n");
    NEAR(r.value[0], r.value[1], 1e-6, "a chain");
    NEAR(r.value[2], r.value[3], 1e-4, "a chain, second order");
    cr_expect_gt(fabs(r.value[2]), 1e-3);
}

/* Factors that are 0: the derivatives are those of the others' products. */
Test(pairs, products_with_zeros) {
    Reports r = reports(
        "eval e { batch = 5\n  x ~ normal([3]);  i = sample_index()\n"
        "  z = real(i) - 2 \n"                       /* -2 -1 0 1 2: their product is 0 */
        "  g = grad(mean(prod[q in batch(z)](q)), z)\n"
        "  v = where(i < 2, 1.0, where(i == 2, 2.0, 0.0))\n"
        "  h = grad(sum(g * v), z)\n"
        "  report g = sum(abs(g)), at = sum(where(i == 2, g, 0.0)), h0 = sum(where(i == 0, h, 0.0)),"
        " h2 = sum(where(i == 2, h, 0.0)) }\n");
    NEAR(r.value[0], 4.0, 1e-9, "the only derivative that is not 0: -2 * -1 * 1 * 2");
    NEAR(r.value[1], 4.0, 1e-9, "by the zero");
    NEAR(r.value[2], -4.0, 1e-9, "by -2 and the zero, twice: 2 * -1 * 1 * 2");
    NEAR(r.value[3], -6.0, 1e-9, "by the zero and -2, and -1: -1 * 2 - 2 * 2");
    Reports two = reports(
        "eval e { batch = 5\n  x ~ normal([3]);  i = sample_index()\n"
        "  z = real(i) * real(i - 1)\n"              /* 0 0 2 6 12 */
        "  g = grad(mean(prod[q in batch(z)](q)), z)\n  h = grad(sum(where(i == 0, g, 0.0)), z)\n"
        "  report g = sum(abs(g)), h0 = sum(where(i == 0, h, 0.0)), h1 = sum(where(i == 1, h, 0.0)),"
        " rest = sum(where(i > 1, abs(h), 0.0)) }\n");
    NEAR(two.value[0], 0.0, 1e-9, "first derivatives with two zeros");
    NEAR(two.value[1], 0.0, 1e-9, "second, by one zero twice");
    NEAR(two.value[2], 144.0, 1e-9, "second, by both zeros");
    NEAR(two.value[3], 0.0, 1e-9, "second, by others");
}
