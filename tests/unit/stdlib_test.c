// links: front passes graph base
/* stdlib_test.c - the standard library: layers against PyTorch, samplers and data sets against
 * known densities.
 *
 * tests/unit/stdlib_reference.txt holds values that stdlib_reference.py computed in float64. Each
 * case is compiled, differentiated and run in double precision: outputs, the gradient by the input,
 * a Hessian-vector product and the gradient by every parameter must agree, and the Hessian must be
 * symmetric. */
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
TestSuite(stdlib, .init = setup, .fini = teardown, .timeout = 120);

static Program *compile(const char *name, const char *text) {
    char path[] = "/tmp/stdlib_test_XXXXXX.ebm";
    int fd = mkstemps(path, 4);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    Program *p = front_compile(arena, path, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    if (p) passes_run(p, &(PassOptions){ 0 });
    remove(path);
    DiagView d;
    cr_assert(p && !diag_get(0, &d), "%s: %s", name, diag_get(0, &d) ? d.text : "not compiled");
    return p;
}

/* ---- the formulas that stdlib_reference.py uses too ------------------------------------------ */
enum { FIELD_X, FIELD_V, FIELD_U };
static double field_value(int field, int64_t b, int64_t i) {
    double s = (double)b, k = (double)i;
    switch (field) {
    case FIELD_X: return 0.9 * sin(1.3 * k + 2.1 * s + 0.2) + 0.15 * cos(7.7 * k + s);
    case FIELD_V: return cos(0.7 * k + 1.1 * s);
    default: return sin(2.3 * k - 0.4 * s + 0.5);
    }
}
static double param_value(int k, int64_t i) { return 0.5 * sin(1.7 * k + 0.9 * (double)i + 0.3); }

static void fill_data(void *user, const Node *n, uint64_t step, int64_t count, double *out) {
    const InterpRun *r = ((const InterpRun **)user)[0];
    int64_t per = count / r->batch;
    for (int64_t j = 0; j < count; j++) out[j] = field_value((int)n->attr[1], j / per, j % per);
}

/* ---- running --------------------------------------------------------------------------------- */
typedef struct Saved { double *v; int64_t n; } Saved;
typedef struct Run {
    InterpRun *run;               /* first: fill_data reads it */
    InterpRun interp;
    Saved saved[16];
    int n;
} Run;
static void on_output(void *user, const DoStmt *s, const double *value, int64_t count) {
    Run *r = user;
    if (s->said_once) return;
    cr_assert_lt(r->n, 16);
    Saved *o = &r->saved[r->n++];
    o->n = count;
    o->v = NEW_ARRAY(arena, double, count);
    memcpy(o->v, value, (size_t)count * sizeof *value);
}
static Run *run_new(const Program *p, int64_t batch) {
    Run *r = NEW(arena, Run);
    r->interp = (InterpRun){ .program = p, .seed = 7, .batch = batch, .user = r,
                             .output = on_output,
                             .data = fill_data };
    r->run = &r->interp;
    program_interp_init(&r->interp, arena);
    return r;
}
static void run_entry(Run *r, const char *name) {
    const Program *p = r->interp.program;
    const Entry *e = NULL;
    for (int i = 0; i < p->entries.n; i++)
        if (!strcmp(p->entries.v[i]->name, name)) e = p->entries.v[i];
    cr_assert(e, "no entry '%s'", name);
    r->n = 0;
    Arena *scratch = arena_new("step");
    program_interp_step(&r->interp, e, 0, scratch);
    arena_free(scratch);
}
static int state_index(const Program *p, const char *name) {
    for (int i = 0; i < p->states.n; i++)
        if (!strcmp(p->states.v[i].name, name)) return i;
    return -1;
}

/* ---- the reference file ---------------------------------------------------------------------- */
enum { BATCH = 2, MAX_PARAMS = 16 };
typedef struct Case {
    const char *name, *shape, *body;
    Saved y, g, h, grad[MAX_PARAMS];
    const char *param[MAX_PARAMS];
    int n_params;
} Case;

static char *read_file(const char *path) {
    FILE *f = fopen(path, "r");
    cr_assert(f, "no %s (run from the top folder)", path);
    char *text = arena_alloc(arena, 1 << 20);
    size_t n = fread(text, 1, (1 << 20) - 1, f);
    fclose(f);
    text[n] = 0;
    return text;
}
/* "12 0.5 0.25 ...": the count, then the numbers. */
static Saved read_numbers(char *s) {
    Saved o = { .n = strtoll(s, &s, 10) };
    o.v = NEW_ARRAY(arena, double, o.n);
    for (int64_t i = 0; i < o.n; i++) {
        char *end;
        o.v[i] = strtod(s, &end);
        cr_assert(end != s, "the reference file lacks numbers");
        s = end;
    }
    return o;
}
/* Reads the case whose `case` line starts at *at; false at the end. */
static bool next_case(char **at, Case *c) {
    *c = (Case){ 0 };
    for (char *line = strtok_r(NULL, "\n", at); line; line = strtok_r(NULL, "\n", at)) {
        char *rest = strchr(line, ' ');
        if (!strcmp(line, "end")) return true;
        cr_assert(rest);
        *rest++ = 0;
        if (!strcmp(line, "case")) c->name = rest;
        else if (!strcmp(line, "in")) c->shape = rest;
        else if (!strcmp(line, "body")) c->body = rest;
        else if (!strcmp(line, "y")) c->y = read_numbers(rest);
        else if (!strcmp(line, "g")) c->g = read_numbers(rest);
        else if (!strcmp(line, "h")) c->h = read_numbers(rest);
        else {
            cr_assert(!strcmp(line, "param") && c->n_params < MAX_PARAMS);
            char *numbers = strchr(rest, ' ');
            *numbers++ = 0;
            c->param[c->n_params] = rest;
            c->grad[c->n_params++] = read_numbers(numbers);
        }
    }
    return false;
}

static void expect_equal(const Case *c, const char *what, const double *got, int64_t n,
                         Saved want) {
    cr_assert_eq(n, want.n, "%s %s: %lld numbers, PyTorch has %lld", c->name, what, (long long)n,
                 (long long)want.n);
    for (int64_t i = 0; i < n; i++)
        cr_assert(fabs(got[i] - want.v[i]) <= 1e-8 * fmax(1, fabs(want.v[i])),
                  "%s %s[%lld]: %.12g, PyTorch %.12g", c->name, what, (long long)i, got[i],
                  want.v[i]);
}

/* The network of a case, its loss, and entries that show y, g, h, and the parameter gradients as a
 * step of SGD. */
static char *case_spec(const Case *c) {
    char *shape = arena_printf(arena, "%s", c->shape);
    for (char *s = shape; *s; s++) if (*s == ' ') *s = ',';
    const char *train = c->n_params == 0 ? "" :
        "train t { batch = 2;  steps = 1;  optimizer N = sgd(lr = 1)\n"
        "  step { (x, v, u) ~ d;  minimize mean(L(x)) over N } }\n";
    return arena_printf(arena,
        "data d from \"d.safetensors\" { x: [%s];  v: [%s];  u: [%s] }\n"
        "net N(x: [%s]) { %s }\n"
        "fn L(x) { y = flatten(value(N(x)));  "
        "return dot(0.3 * cos(real(index(like y, 0))), y) + 0.5 * sqnorm(y) }\n"
        "fn value(y) = reshape(stack([y]), shape(y))\n"
        "sample s { batch = 2;  (x, v, u) ~ d\n"
        "  save(flatten(value(N(x))), \"y.npy\");  save(grad(L, x), \"g.npy\");  "
        "save(hvp(L, x, v), \"h.npy\")\n"
        "  save(dot(u, hvp(L, x, v)) - dot(v, hvp(L, x, u)), \"s.npy\") }\n%s",
        shape, shape, shape, shape, c->body, train);
}

static void check_case(const Case *c) {
    Program *p = compile(c->name, case_spec(c));
    int n_params = 0, state[MAX_PARAMS];
    for (int i = 0; i < p->states.n; i++) n_params += p->states.v[i].kind == STATE_PARAM;
    cr_assert_eq(n_params, c->n_params, "%s has %d parameters", c->name, n_params);
    Run *r = run_new(p, BATCH);
    for (int k = 0; k < c->n_params; k++) {
        state[k] = state_index(p, c->param[k]);
        cr_assert_geq(state[k], 0, "%s: no parameter %s", c->name, c->param[k]);
        int64_t n = shape_count(p->states.v[state[k]].shape);
        cr_assert_eq(n, c->grad[k].n, "%s: %s", c->name, c->param[k]);
        for (int64_t i = 0; i < n; i++) r->interp.state[state[k]][i] = param_value(k, i);
    }
    run_entry(r, "s");
    cr_assert_eq(r->n, 4);
    expect_equal(c, "output", r->saved[0].v, r->saved[0].n, c->y);
    expect_equal(c, "gradient", r->saved[1].v, r->saved[1].n, c->g);
    expect_equal(c, "hvp", r->saved[2].v, r->saved[2].n, c->h);
    for (int b = 0; b < BATCH; b++)
        cr_assert(fabs(r->saved[3].v[b]) <= 1e-9, "%s: u'Hv - v'Hu = %g", c->name,
                  r->saved[3].v[b]);
    if (c->n_params == 0) return;
    run_entry(r, "t");
    for (int k = 0; k < c->n_params; k++) {
        double *moved = r->interp.state[state[k]];
        for (int64_t i = 0; i < c->grad[k].n; i++) moved[i] = param_value(k, i) - moved[i];
        expect_equal(c, c->param[k], moved, c->grad[k].n, c->grad[k]);
    }
}

Test(stdlib, layers_agree_with_pytorch) {
    char *at = read_file("tests/unit/stdlib_reference.txt");
    int n = 0;
    for (Case c; next_case(&at, &c); n++) check_case(&c);
    cr_assert_geq(n, 40);
}

/* ---- statistics of what an entry saves ------------------------------------------------------- */
static double mean_of(Saved s) {
    double m = 0;
    for (int64_t i = 0; i < s.n; i++) m += s.v[i] / (double)s.n;
    return m;
}
static double variance_of(Saved s) {
    double m = mean_of(s), v = 0;
    for (int64_t i = 0; i < s.n; i++) v += (s.v[i] - m) * (s.v[i] - m) / (double)s.n;
    return v;
}
static void expect_near(const char *what, double got, double want, double tolerance) {
    cr_expect(fabs(got - want) <= tolerance, "%s: %.6g, expected %.6g +- %.2g", what, got, want,
              tolerance);
}
/* Runs entry "s" of a spec with a batch of `n`; its outputs are saved in order. */
enum { CHAINS = 2000, POINTS = 20000 };
static Run *run_batch(const char *name, const char *text, int64_t n) {
    Run *r = run_new(compile(name, text), n);
    run_entry(r, "s");
    return r;
}
static Run *run_text(const char *name, const char *text) { return run_batch(name, text, CHAINS); }
#define USES "use std.samplers\nuse std.data\nuse std.metrics\nfn G(x) = 0.5 * sqnorm(x)\n"

/* ---- samplers -------------------------------------------------------------------------------- */
/* One step from 1 on E = x^2/2: the mean and the spread tell the two coefficients of each
 * convention. */
Test(stdlib, five_conventions_of_langevin) {
    Run *r = run_text("conventions", USES
        "sample s { x = ones([2])\n"
        "  a ~ langevin_half(G, x, 1, 0.3);  save(a, \"0.npy\");  b ~ langevin_squared(G, x, "
        "1, 0.3);  "
        "save(b, \"1.npy\")\n"
        "  c ~ langevin(G, x, 1, 0.3, T = 0.5);  save(c, \"2.npy\")\n"
        "  d ~ langevin_decoupled(G, x, 1, 0.1, 0.2);  save(d, \"3.npy\")\n"
        "  e ~ langevin_scaled(G, x, 1, 0.2);  save(e, \"4.npy\")\n"
        "  f ~ langevin_clipped(G, x, 1, 2.0, 0.2, 0.05, -9, 9);  save(f, \"5.npy\") }\n");
    static const struct { const char *name; double mean, sd; } want[] = {
        { "half", 0.85, 0.547723 }, { "squared", 0.955, 0.3 }, { "calibrated", 0.7, 0.547723 },
        { "decoupled", 0.9, 0.2 }, { "scaled", 0, 0.2 }, { "clipped", 0.9, 0.2 } };
    for (int i = 0; i < 6; i++) {
        expect_near(want[i].name, mean_of(r->saved[i]), want[i].mean, 0.063 * want[i].sd);
        expect_near(want[i].name, sqrt(variance_of(r->saved[i])), want[i].sd, 0.045 * want[i].sd);
    }
}

/* Variances on E = x^2/2 after many large steps: Langevin is off by 1 / (1 - eps/2), the adjusted
 * chains are not. */
Test(stdlib, stationary_variances) {
    Run *r = run_text("stationary", USES
        "fn A(x, s) = 0.5 * sqnorm(x) / s^2\n"
        "sample s { w ~ normal([2]);  x = 2 * w + 1\n"
        "  a ~ langevin(G, x, 40, 0.3);  save(a, \"0.npy\");  b ~ mala(G, x, 60, 0.3);  save(b, "
        "\"1.npy\")\n"
        "  c ~ mala(G, x, 60, 0.3, T = 0.5);  save(c, \"2.npy\");  d ~ hmc(G, x, 25, 1, 1.2);  "
        "save(d, \"3.npy\")\n"
        "  e ~ hmc(G, x, 12, 3, 0.5, T = 2);  save(e, \"4.npy\")\n"
        "  f ~ underdamped(G, x, 50, 0.9, 1.0, T = 0.5);  save(f, \"5.npy\")\n"
        "  g ~ annealed(A, x, [1, 0.5, 0.25], 60, 0.02);  save(g, \"6.npy\") }\n");
    static const struct { const char *name; double variance; } want[] = {
        { "langevin", 1.17647 }, { "mala", 1 }, { "mala, T = 0.5", 0.5 }, { "hmc", 1 },
        { "hmc, T = 2", 2 },
        { "underdamped", 0.5 }, { "annealed", 0.067935 } };
    for (int i = 0; i < 7; i++) {
        expect_near(want[i].name, variance_of(r->saved[i]), want[i].variance,
                    0.08 * want[i].variance);
        expect_near(want[i].name, mean_of(r->saved[i]), 0, 0.064 * sqrt(want[i].variance));
    }
}

/* Small steps are nearly all accepted: their energy error is of second order. */
Test(stdlib, small_steps_are_accepted) {
    Run *r = run_text("accepted", USES
        "sample s { x ~ normal([2]);  y ~ mala(G, x, 1, 0.01);  z ~ hmc(G, x, 1, 5, 0.1)\n"
        "  save(real(y[0] == x[0]), \"0.npy\");  save(real(z[0] == x[0]), \"1.npy\") }\n");
    for (int i = 0; i < 2; i++) expect_near("rejected", mean_of(r->saved[i]), 0, 0.005);
}

/* A double well, not Gaussian: E[x^2] and the probability of one side by quadrature. */
Test(stdlib, adjusted_chains_on_a_double_well) {
    Run *r = run_text("wells", USES
        "fn W(x) = 2 * (x[0]^2 - 1)^2 + x[1]^2 / 2\n"
        "sample s { x ~ uniform([2], -1.3, 1.3)\n"
        "  a ~ mala(W, x, 80, 0.08);  save(a[0], \"0.npy\");  b ~ hmc(W, x, 25, 4, 0.25);  "
        "save(b[0], \"1.npy\") }\n");
    for (int i = 0; i < 2; i++) {
        Saved s = r->saved[i];
        expect_near("mean of x", mean_of(s), 0, 0.085);
        expect_near("mean of x^2", variance_of(s), 0.852136, 0.045);
    }
}

Test(stdlib, annealed_importance_sampling) {
    Run *r = run_text("ais", USES
        "fn E(x) = sqnorm(x - 1) / (2 * 0.25) + 3\n"
        "sample s { x ~ normal([2]);  (y, w) ~ ais(G, E, x, 30, 3, 0.3)\n"
        "  save(y, \"0.npy\");  save(w, \"1.npy\");  save(log_mean_exp(w) + 0 * w, \"2.npy\");  "
        "save(ess(w) + 0 * w, \"3.npy\")\n"
        "  save(ess(0 * w) + 0 * w, \"4.npy\") }\n");
    expect_near("log Z / Z0", r->saved[2].v[0], 2 * log(0.5) - 3, 0.06);
    expect_near("mean", mean_of(r->saved[0]), 1, 0.05);
    cr_expect(r->saved[3].v[0] > 0.3 && r->saved[3].v[0] < 0.99, "ess %g", r->saved[3].v[0]);
    expect_near("ess of equal weights", r->saved[4].v[0], 1, 1e-9);
}

/* x = y - alpha s y with y held constant, so d(sum x)/ds = -alpha/(1 - alpha s) sum x. */
Test(stdlib, langevin_last_carries_the_gradient_of_one_step) {
    Program *p = compile("last", USES
        "energy E(x: [2]) { param s: [] = 0.5;  return s * 0.5 * sqnorm(x) }\n"
        "train t { batch = 8;  steps = 1;  optimizer E = sgd(lr = 1)\n"
        "  step { z ~ normal([2]);  x = langevin_last(E, z + 2, 4, 0.1, 0.2, -9, 9)\n"
        "    track m = mean(sum(x));  minimize mean(sum(x)) over E } }\n");
    Run *r = run_new(p, 8);
    run_entry(r, "t");
    double s = r->interp.state[state_index(p, "E.s")][0];
    expect_near("gradient", 0.5 - s, -0.1 / (1 - 0.1 * 0.5) * r->saved[0].v[0], 1e-12);
    cr_expect(fabs(0.5 - s) > 1e-3);
}

Test(stdlib, other_draws) {
    Run *r = run_text("draws", USES
        "sample s { k ~ categorical([0, log(2), log(3)])\n"
        "  save(real(k), \"0.npy\");  v ~ sphere(3);  save(v, \"1.npy\");  save(norm(v), "
        "\"2.npy\")\n"
        "  x ~ inpaint(G, [5.0, 5.0], index([2], 0) < 1, 20, 0.1, 1.0, -2, 2);  save(x[0], "
        "\"3.npy\");  "
        "save(x[1], \"4.npy\") }\n");
    double count[3] = { 0 };
    for (int i = 0; i < CHAINS; i++) count[(int)r->saved[0].v[i]] += 1.0 / CHAINS;
    for (int i = 0; i < 3; i++) expect_near("categorical", count[i], (i + 1) / 6.0, 0.045);
    expect_near("sphere", variance_of(r->saved[1]), 1.0 / 3, 0.015);
    expect_near("length", mean_of(r->saved[2]), 1, 1e-12);
    expect_near("a known element", mean_of(r->saved[3]), 5, 1e-12);
    expect_near("an unknown element", variance_of(r->saved[4]), 0.82, 0.1);
    for (int i = 0; i < CHAINS; i++) cr_assert(fabs(r->saved[4].v[i]) <= 2);
}

/* ---- data sets ------------------------------------------------------------------------------- */
static const double pi = 3.14159265358979323846;
/* log of the mean over k of N(|x|; radius k, sd^2) / (2 pi |x|). */
static double log_rings(double r, int n, double sd) {
    double p = 0;
    for (int k = 1; k <= n; k++) p += exp(-(r - k) * (r - k) / (2 * sd * sd));
    return log(p / (n * sd * sqrt(2 * pi) * 2 * pi * r));
}
static double log_grid(const double *x, double radius, double spacing, double sd) {
    double p = 0;
    int n = radius > 0 ? 8 : 25;
    for (int k = 0; k < n; k++) {
        double cx = radius > 0 ? radius * cos(2 * pi * k / 8) : spacing * (k % 5 - 2);
        double cy = radius > 0 ? radius * sin(2 * pi * k / 8) : spacing * (k / 5 - 2);
        p += exp(-((x[0] - cx) * (x[0] - cx) + (x[1] - cy) * (x[1] - cy)) / (2 * sd * sd));
    }
    return log(p / (n * 2 * pi * sd * sd));
}
/* The integral over a variable by the midpoint rule, as a mean of n isotropic Gaussians. */
static double log_curve(const double *x, int kind, double sd) {
    enum { N = 1000 };
    double p = 0;
    for (int i = 0; i < N; i++) {
        double u = (i + 0.5) / N, t = kind == 0 ? pi * (1.5 + 3 * u) : 2 * pi * u;
        double r = kind == 0 ? t / 5 : i % 2 ? 3 : 1.5;
        double dx = x[0] - r * cos(t), dy = x[1] - r * sin(t);
        p += exp(-(dx * dx + dy * dy) / (2 * sd * sd));
    }
    return log(p / (N * 2 * pi * sd * sd));
}

/* The mean negative log density of draws is the entropy that data.ebm states. */
Test(stdlib, entropies_of_data_sets) {
    Run *r = run_batch("data", USES
        "sample s { a ~ eight_gaussians();  save(a, \"0.npy\");  b ~ twenty_five_gaussians();  "
        "save(b, \"1.npy\")\n"
        "  c ~ rings();  save(c, \"2.npy\");  d ~ checkerboard();  save(d, \"3.npy\");  e ~ "
        "swiss_roll();  "
        "save(e, \"4.npy\")\n"
        "  f ~ circles();  save(f, \"5.npy\");  g ~ mixture1d();  save(g, \"6.npy\");  h ~ "
        "far_mixture();  "
        "save(h, \"7.npy\")\n"
        "  i ~ rings10();  save(i, \"8.npy\");  j ~ pinwheel();  save(j, \"9.npy\");  k ~ "
        "two_spirals();  "
        "save(k, \"10.npy\") }\n", POINTS);
    static const char *const name[] = { "eight_gaussians", "twenty_five_gaussians", "rings",
                                        "checkerboard",
                                        "swiss_roll", "circles", "mixture1d", "far_mixture" };
    static const double entropy[] = { 2.83188, -2.01385, 3.53453, 3.46574, 2.66964, 3.26814,
                                      1.73540, 3.33828 };
    for (int k = 0; k < 8; k++) {
        double nll = 0;
        for (int i = 0; i < POINTS; i++) {
            const double *x = r->saved[k].v + (k == 6 ? i : 2 * i);
            double p = 0;
            switch (k) {
            case 0: p = log_grid(x, 4 / 1.414, 0, 0.5 / 1.414); break;
            case 1: p = log_grid(x, 0, 2 / 2.828, 0.05 / 2.828); break;
            case 2: p = log_rings(hypot(x[0], x[1]), 4, 0.15); break;
            case 3:
                cr_assert(fabs(x[0]) <= 4 && fabs(x[1]) <= 4);
                cr_assert_eq(((int)floor(x[0] / 2) + (int)floor(x[1] / 2)) % 2, 0);
                p = -log(32);
                break;
            case 4: p = log_curve(x, 0, 0.2); break;
            case 5: p = log_curve(x, 1, 0.24); break;
            case 6: p = log(0.33 / (0.25 * sqrt(2 * pi)) * exp(-8 * (x[0] + 1) * (x[0] + 1)) +
                            0.67 / sqrt(4 * pi) * exp(-(x[0] - 2) * (x[0] - 2) / 4)); break;
            default: p = log((0.8 * exp(-((x[0] - 5) * (x[0] - 5) + (x[1] - 5) * (x[1] - 5)) / 2) +
                              0.2 * exp(-((x[0] + 5) * (x[0] + 5) + (x[1] + 5) *
                                          (x[1] + 5)) / 2)) / (2 * pi));
            }
            nll -= p / POINTS;
        }
        expect_near(name[k], nll, entropy[k], k == 3 ? 1e-5 : 0.022);
    }
    double third = 0, last = 0;
    for (int i = 0; i < POINTS; i++) {
        const double *x = r->saved[8].v + 10 * i;
        third += x[2] * x[2] / POINTS;
        last += x[9] * x[9] / POINTS;
        cr_assert(fabs(hypot(x[0], x[1]) - round(hypot(x[0], x[1]))) < 0.5);
    }
    expect_near("rings10, sd of dimension 3", sqrt(third), 0.1, 0.002);
    expect_near("rings10, sd of dimension 10", sqrt(last), 0.01, 0.0002);
    for (int k = 9; k < 11; k++)
        for (int64_t i = 0; i < r->saved[k].n; i++) cr_assert(fabs(r->saved[k].v[i]) < 6);
}

/* ---- metrics, modes, initial values, augmentation -------------------------------------------- */
Test(stdlib, metrics) {
    Run *r = run_text("metrics", USES
        "sample s { x ~ normal([2]);  y ~ normal([2]);  x2 ~ normal([2]);  y2 ~ normal([2])\n"
        "  save(fisher(G, x, -x), \"0.npy\");  save(anisotropy(fn(z) => [2 * z[0], 5 * z[1]], x), "
        "\"1.npy\")\n"
        "  save(mmd_pair(x, x2, y, y2, 1), \"2.npy\");  save(energy_distance_pair(x, x2, y, y2), "
        "\"3.npy\")\n"
        "  save(ksd_pair(G, x, y, 1), \"4.npy\");  "
        "save(ksd_pair(fn(z) => sqnorm(z - 2) / 2, x, y, 1), \"5.npy\")\n"
        "  save(mmd_pair(x, x2, y + 2, y2 + 2, 1), \"6.npy\")\n"
        "  a = reshape(0 * x, [1, 2]);  b = a + [[3, 4]]\n"
        "  save(mmd_rows(a, b, 2), \"7.npy\");  save(energy_distance_rows(a, b), \"8.npy\")\n"
        "  save(real(isfinite(log(x[0] - x[0]))), \"9.npy\");  save(real(isfinite(x[0])), "
        "\"10.npy\") }\n");
    static const struct { const char *name; double want, tolerance; } want[] = {
        { "fisher", 0, 1e-12 }, { "anisotropy", 2.12132034356, 1e-9 }, { "mmd_pair", 0, 0.06 },
        { "energy_distance_pair", 0, 0.12 }, { "ksd_pair", 0, 0.2 },
        /* |b|^2 E k, E k = 1 / (1 + 2/h^2) */
        { "ksd_pair, shifted by (2, 2)", 8.0 / 3, 0.6 },
        { "mmd_pair, shifted by (2, 2)", 0.4909352 /* 2/3 (1 - e^(-4/3)) */, 0.06 },
        { "mmd_rows", 1.9121261329, 1e-9 }, { "energy_distance_rows", 10, 1e-9 },
        { "isfinite of -inf", 0, 1e-12 }, { "isfinite", 1, 1e-12 } };
    for (int i = 0; i < 11; i++)
        expect_near(want[i].name, mean_of(r->saved[i]), want[i].want, want[i].tolerance);
}

/* A = U diag(w) V', V orthogonal, w descending; tall, square, wide and rank-one matrices. */
Test(stdlib, singular_values) {
    Run *r = run_batch("svd",
        "fn check(A: [m,n]) { (U, w, V) = svd(A);  I = real(index([n,n], 0) == index([n,n], 1))\n"
        "  D = I * reshape(w, [1, n]);  N = U.T @ U - I * reshape(real(w > 1e-9), [1, n])\n"
        "  return [sqnorm(U @ D @ V.T - A), sqnorm(V.T @ V - I), sqnorm(N * reshape(real(w > "
        "1e-9), [1, n])),\n"
        "          min(cat([w[0..<n - 1] - w[1..<n], [1.0]]))] }\n"
        "sample s { A ~ normal([5,3]);  B ~ normal([4,4]);  C ~ normal([2,4]);  x ~ normal([3])\n"
        "  save(check(A), \"0.npy\");  save(check(B), \"1.npy\");  save(check(C), \"2.npy\")\n"
        "  save(check(reshape(x, [3, 1]) * reshape(x, [1, 3])), \"3.npy\")\n"
        "  (U, w, V) = svd([[3, 0], [4, 5]]);  save(w + 0 * x[0], \"4.npy\") }\n", 50);
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < 50; i++) {
            const double *v = r->saved[k].v + 4 * i;
            cr_expect(v[0] < 1e-18 && v[1] < 1e-18 && v[2] < 1e-12 && v[3] >= -1e-12,
                      "%d: %g %g %g %g", k, v[0], v[1], v[2], v[3]);
        }
    expect_near("larger singular value", r->saved[4].v[0], sqrt(45), 1e-12);
    expect_near("smaller singular value", r->saved[4].v[1], sqrt(5), 1e-12);
}

/* Eigenvectors of random symmetric matrices and of a diagonal one; rows that depend on each
 * other. */
Test(stdlib, small_matrices) {
    Run *r = run_batch("matrices",
        "fn check(A: [n,n]) { (w, V) = eigh(A);  S = 0.5 * (A + A.T)\n"
        "  return [sqnorm(S @ V - V * reshape(w, [1, n])), sqnorm(V.T @ V - real(index([n,n], 0) "
        "== index([n,n], 1))),\n"
        "          min(cat([w[1..<n] - w[0..<n - 1], [1.0]]))] }\n"
        "fn rows(V: [k,d]) { Q = orthonormalize(V);  "
        "return sqnorm(Q @ Q.T - real(index([k,k], 0) == index([k,k], 1))) }\n"
        "sample s { A ~ normal([3,3]);  B ~ normal([5,5]);  x ~ normal([4]);  y ~ normal([4])\n"
        "  save(check(A), \"0.npy\");  save(check(B), \"1.npy\");  "
        "save(check(0 * A + [[3, 0, 0], [0, 1, 0], [0, 0, 1]]), \"2.npy\")\n"
        "  save(rows([x, y, x + 2 * y]), \"3.npy\");  save(rows([0 * x, x, 3 * x, y]), \"4.npy\")\n"
        "  Q = orthonormalize([x, y]);  save(dot(Q[0], x) / norm(x), \"5.npy\")\n"
        "  (w, V) = eigh([[2, 1], [1, 2]]);  save(w + 0 * x[0], \"6.npy\") }\n", 50);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 50; i++) {
            const double *v = r->saved[k].v + 3 * i;
            cr_expect(v[0] < 1e-18 && v[1] < 1e-20 && v[2] >= -1e-12, "%d: %g %g %g", k, v[0], v[1],
                      v[2]);
        }
    for (int k = 3; k < 5; k++)
        for (int i = 0; i < 50; i++)
            cr_expect(r->saved[k].v[i] < 1e-20, "rows: %g", r->saved[k].v[i]);
    expect_near("the first row keeps its direction", mean_of(r->saved[5]), 1, 1e-12);
    expect_near("smaller eigenvalue", r->saved[6].v[0], 1, 1e-12);
    expect_near("larger eigenvalue", r->saved[6].v[1], 3, 1e-12);
}

/* Dropout follows the entry, unless training() or eval() says otherwise. */
Test(stdlib, dropout_modes) {
    Program *p = compile("dropout",
        "net N(x: [8]) { param a: [] = 1.0;  return a * dropout(x, 0.25) }\n"
        "fn kept(y) = mean(mean(real(y > 0), 0))\nfn size(y) = mean(mean(y, 0))\n"
        "train t { batch = 8;  steps = 1;  optimizer N = sgd(lr = 0)\n"
        "  step { x = ones([8]);  z ~ normal([]);  y = N(x + 0 * z)\n"
        "    track a = kept(y);  track b = size(y);  track c = kept(eval(N)(x + 0 * z));  "
        "minimize size(y) over N } }\n"
        "sample s { z ~ normal([]);  x = ones([8]) + 0 * z;  save(N(x), \"0.npy\");  "
        "save(training(N)(x), \"1.npy\") }\n");
    Run *r = run_new(p, CHAINS);
    run_entry(r, "t");
    expect_near("kept in training", r->saved[0].v[0], 0.75, 0.015);
    expect_near("mean in training", r->saved[1].v[0], 1, 0.02);
    expect_near("kept by eval(N)", r->saved[2].v[0], 1, 0);
    run_entry(r, "s");
    expect_near("in a sample entry", variance_of(r->saved[0]), 0, 1e-12);
    expect_near("under training(N)", variance_of(r->saved[1]), 1.0 / 3, 0.02);
}

Test(stdlib, initial_values) {
    Program *p = compile("initial",
        "energy E(x: [1,4,4]) {\n"
        "  y = x |> Conv(64, k = 3, init = init_normal(0.02)) |> Conv(2, k = 3)\n"
        "    |> Conv(2, k = 1, init = init_zero) |> flatten\n"
        "  return y |> Linear(64, init = fn(s, fan) => fill(s, 0.5 / fan)) |> WNLinear(1) |> "
        "squeeze }\n"
        "sample s { x ~ normal([1,4,4]);  save(E(x), \"0.npy\") }\n");
    Run *r = run_new(p, 2);
    const double *w = r->interp.state[state_index(p, "E.conv0.weight")];
    expect_near("normal weights", sqrt(variance_of((Saved){ (double *)w, 576 })), 0.02, 0.002);
    expect_near("their bias", r->interp.state[state_index(p, "E.conv0.bias")][5], 0, 0);
    Saved u = { r->interp.state[state_index(p, "E.conv1.weight")], 2 * 64 * 9 };
    expect_near("uniform weights", sqrt(variance_of(u)), 1 / sqrt(3 * 576), 0.002);
    expect_near("zero weights", r->interp.state[state_index(p, "E.conv2.weight")][3], 0, 0);
    expect_near("a function's", r->interp.state[state_index(p, "E.linear0.weight")][7], 0.5 / 32,
                1e-9);
    expect_near("weight_g", r->interp.state[state_index(p, "E.wnlinear0.weight_g")][0], 1 / sqrt(3),
                1e-7);
}

Test(stdlib, attention_starts_as_the_identity) {
    Run *r = run_text("identity",
        "net N(x: [8,2,2]) { return x |> SelfAttention() |> NonLocal() }\n"
        "sample s { x ~ normal([8,2,2]);  save(N(x) - x, \"0.npy\") }\n");
    for (int64_t i = 0; i < r->saved[0].n; i++) cr_assert(fabs(r->saved[0].v[i]) < 1e-12);
}

Test(stdlib, augmentations_keep_their_range) {
    Run *r = run_text("augment",
        "sample s { x ~ uniform([3,4,4], 0, 1);  a ~ color_jitter(x, 0.5, 0.5, 0.5, 0.2);  "
        "save(a, \"0.npy\")\n"
        "  b ~ random_resized_crop(x);  save(b, \"1.npy\");  c ~ random_crop(x, 2);  save(c, "
        "\"2.npy\")\n"
        "  d ~ random_resized_crop(fill([3,4,4], 0.25));  save(d, \"3.npy\")\n"
        "  e ~ color_jitter(x, 0, 0, 0, 0);  save(e - x, \"4.npy\") }\n");
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < r->saved[k].n; i++)
            cr_assert(r->saved[k].v[i] >= -1e-12 && r->saved[k].v[i] <= 1 + 1e-12, "%d: %g", k,
                      r->saved[k].v[i]);
    for (int64_t i = 0; i < r->saved[3].n; i++) {
        cr_assert(fabs(r->saved[3].v[i] - 0.25) < 1e-12);
        cr_assert(fabs(r->saved[4].v[i]) < 1e-12);
    }
    expect_near("a random crop keeps the mean", mean_of(r->saved[2]), 0.5, 0.01);
}
