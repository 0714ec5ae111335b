// links: front passes graph base
/* jax_test.c - derivatives up to the third order of every layer and of random nets against JAX.
 *
 * jax.txt holds what make_jax.py computed in float64; its first lines there say which numbers. Each
 * case is compiled by the front end, differentiated and rewritten by the passes, and run by the
 * interpreter in double precision. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/front.h"
#include "passes/passes.h"

enum { BATCH = 2, PROBES = 8, MAX_PARAMS = 64, MAX_LINE = 4096 };
static const double TOLERANCE = 1e-11;

typedef struct Param {
    char name[64];
    int64_t count;
    double scale, offset, want[3];
    int n_want, state;            /* state: its index in the program */
    bool moves;                   /* a parameter; false: the state of a layer */
} Param;
typedef struct Case {
    char name[64], shape[32], mode[16], body[MAX_LINE];
    double want[BATCH * PROBES];
    Param param[MAX_PARAMS];
    int n_params;
} Case;

/* ---- the file -------------------------------------------------------------------------------- */

/* Element i of field k: make_jax.py's hash_values. */
static double hash_value(uint32_t k, int64_t i) {
    uint32_t h = (k + 1) * 0x9E3779B1u + (uint32_t)(i + 1) * 0x85EBCA6Bu;
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return (double)(h ^ (h >> 15)) / 0x1p31 - 1;
}

static int read_numbers(char *s, double *out, int max) {
    int n = 0;
    for (char *end; n < max; s = end, n++) {
        out[n] = strtod(s, &end);
        if (end == s)
            break;
    }
    return n;
}

/* Reads up to the next line `end`; false at the end of the file. */
static bool read_case(FILE *f, Case *c) {
    static char line[MAX_LINE];
    *c = (Case){ 0 };
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (!strcmp(line, "end"))
            return true;
        char *rest = strchr(line, ' ');
        cr_assert(rest, "%s", line);
        *rest++ = 0;
        if (!strcmp(line, "case")) snprintf(c->name, sizeof c->name, "%s", rest);
        else if (!strcmp(line, "in")) snprintf(c->shape, sizeof c->shape, "%s", rest);
        else if (!strcmp(line, "mode")) snprintf(c->mode, sizeof c->mode, "%s", rest);
        else if (!strcmp(line, "body")) snprintf(c->body, sizeof c->body, "%s", rest);
        else if (!strcmp(line, "p")) {
            int n = read_numbers(rest, c->want, BATCH * PROBES);
            cr_assert_eq(n, BATCH * PROBES);
        } else {
            cr_assert(c->n_params < MAX_PARAMS);
            Param *p = &c->param[c->n_params++];
            int at = 0;
            p->moves = !strcmp(line, "param");
            int n = sscanf(rest, "%63s %" SCNd64 " %lf %lf%n", p->name, &p->count, &p->scale,
                           &p->offset, &at);
            cr_assert_eq(n, 4);
            p->n_want = read_numbers(rest + at, p->want, 3);
        }
    }
    return false;
}

/* ---- the program ----------------------------------------------------------------------------- */

/* The network, its loss, an entry that saves the probes, and three objectives for the parameters.
 * In training, batch normalisation mixes samples: derivatives are then of the batch's sum, and the
 * call by plain `N` in t0 moves the running statistics. */
static char *spec_of(Arena *a, const Case *c) {
    bool training = !strcmp(c->mode, "training");
    char shape[sizeof c->shape];
    memcpy(shape, c->shape, sizeof shape);
    for (char *s = shape; *s; s++)
        if (*s == ' ') *s = ',';
    bool moves = false;
    for (int k = 0; k < c->n_params; k++)
        moves |= c->param[k].moves;
    char *text = arena_printf(a,
        "data d from \"d.safetensors\" { x: [%s];  v: [%s];  u: [%s] }\n"
        "net N(x: [%s]) { %s }\n"
        "fn loss(y) = sum(sin(y + 0.3 * real(index(like y, 0))) + y^2 / 4, 0)\n"
        "fn L(x) = loss(%s(N)(x))\n"
        "fn S(x) = %s\n"
        "sample s { batch = 2;  (x, v, u) ~ d;  y = %s(N)(x);  g = grad(S, x)\n"
        "  h = hvp(S, x, v);  t = grad(fn(z) => %s(dot(v, hvp(S, z, v))%s), x)\n"
        "  save([L(x), dot(cos(real(index(like y, 0))), y), dot(u, g), dot(v, g), dot(v, h),"
        " dot(u, h), dot(v, t), dot(u, t)], \"p.npy\") }\n",
        shape, shape, shape, shape, c->body, c->mode, training ? "sum(L(x), batch)" : "L(x)",
        c->mode, training ? "sum" : "", training ? ", batch" : "");
    if (!moves)
        return text;
    const char *objective[3] = { training ? "loss(N(x))" : "L(x)", "dot(v, grad(S, x))",
                                 "dot(v, hvp(S, x, v))" };
    for (int k = 0; k < 3; k++)
        text = arena_printf(a, "%strain t%d { batch = 2;  steps = 1;  optimizer N = sgd(lr = 1)\n"
                            "  step { (x, v, u) ~ d;  minimize mean(%s) over N } }\n", text, k,
                            objective[k]);
    return text;
}

static Program *compile(Arena *a, const char *name, const char *text) {
    char path[] = "/tmp/jax_test_XXXXXX.ebm";
    int fd = mkstemps(path, 4);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    Program *p = front_compile(a, path, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    if (p)
        passes_run(p, &(PassOptions){ 0 });
    remove(path);
    DiagView d = { 0 };
    for (int i = 0; diag_get(i, &d) && d.is_warning; i++)
        d.text = NULL;
    if (p && !d.text)
        return p;
    fprintf(stderr, "%s: %s\n%s", name, d.text ? d.text : "not compiled", text);
    return NULL;
}

/* x, v and u are 0.9 hash(101), hash(102) and hash(103), counted through the batch. */
static void fill(void *user, const Node *n, uint64_t step, int64_t count, double *out) {
    (void)user, (void)step;
    for (int64_t i = 0; i < count; i++)
        out[i] = (n->attr[1] == 0 ? 0.9 : 1) * hash_value((uint32_t)(101 + n->attr[1]), i);
}
static void take(void *user, const DoStmt *s, const double *value, int64_t count) {
    if (s->kind != DO_SAVE)
        return;
    cr_assert_eq(count, BATCH * PROBES);
    memcpy(user, value, sizeof(double) * BATCH * PROBES);
}

static double param_value(const Case *c, int k, int64_t i) {
    return c->param[k].offset + c->param[k].scale * hash_value((uint32_t)k, i);
}

/* Runs an entry from the parameters of the case. */
static void run(InterpRun *r, const Case *c, const char *entry) {
    const Entry *e = NULL;
    for (int i = 0; i < r->program->entries.n; i++)
        if (!strcmp(r->program->entries.v[i]->name, entry))
            e = r->program->entries.v[i];
    cr_assert(e, "%s", entry);
    for (int k = 0; k < c->n_params; k++)
        for (int64_t i = 0; i < c->param[k].count; i++)
            r->state[c->param[k].state][i] = param_value(c, k, i);
    Arena *scratch = arena_new("a step");
    program_interp_step(r, e, 0, scratch);
    arena_free(scratch);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static double worst;
static const char *worst_name;
static int compare(const Case *c, const char *what, int k, double got, double want) {
    double off = fabs(got - want) / (1 + fabs(want));
    if (!(off <= worst)) {
        worst = off;
        worst_name = c->name;
    }
    if (off <= TOLERANCE)
        return 0;
    fprintf(stderr, "%s %s %d: %.17g, JAX %.17g\n", c->name, what, k, got, want);
    return 1;
}

static int check_case(const Case *c_, Arena *a) {
    Case *c = NEW(a, Case);
    *c = *c_;
    Program *p = compile(a, c->name, spec_of(a, c));
    if (!p)
        return 1;
    double probe[BATCH * PROBES];
    InterpRun r = { .program = p, .seed = 1, .batch = BATCH, .user = probe, .output = take,
                    .data = fill };
    program_interp_init(&r, a);
    int owned = 0, bad = 0;
    for (int i = 0; i < p->states.n; i++)
        owned += p->states.v[i].kind == STATE_PARAM;
    for (int k = 0; k < c->n_params; k++) {
        Param *m = &c->param[k];
        m->state = -1;
        owned -= m->moves;
        for (int i = 0; i < p->states.n; i++)
            if (!strcmp(p->states.v[i].name, m->name))
                m->state = i;
        cr_assert(m->state >= 0 && shape_count(p->states.v[m->state].shape) == m->count, "%s: %s",
                  c->name, m->name);
    }
    cr_assert_eq(owned, 0, "%s has %d parameters that the file lacks", c->name, owned);
    run(&r, c, "s");
    for (int i = 0; i < BATCH * PROBES; i++)
        bad += compare(c, "probe", i, probe[i], c->want[i]);
    for (int t = 0; t < 3 && p->entries.n > 1; t++) {
        run(&r, c, (const char *[]){ "t0", "t1", "t2" }[t]);
        for (int k = 0; k < c->n_params; k++) {
            const Param *m = &c->param[k];
            double dot = 0;
            for (int64_t i = 0; i < m->count; i++) {
                double now = r.state[m->state][i], moved = param_value(c, k, i) - now;
                dot += hash_value((uint32_t)(200 + k), i) * (m->moves ? moved : now);
            }
            if (m->moves || (t == 0 && m->n_want))
                bad += compare(c, m->name, t, dot, m->want[t]);
        }
    }
    return bad;
}

TestSuite(jax, .timeout = 240);

Test(jax, derivatives_up_to_the_third_order_agree) {
    FILE *f = fopen("tests/reference/jax.txt", "r");
    cr_assert(f, "run from the top folder");
    int n = 0, nets = 0, bad = 0;
    const char *only = getenv("EBM_CASE");
    for (Case c; read_case(f, &c);) {
        if (only && strcmp(only, c.name))
            continue;
        Arena *a = arena_new("a case");
        int b = check_case(&c, a);
        bad += b;
        n++;
        nets += !strncmp(c.name, "net", 3);
        arena_free(a);
        base_reset();
    }
    fclose(f);
    if (getenv("EBM_VERBOSE"))
        fprintf(stderr, "%d cases, %d random nets, largest relative difference %.2g (%s)\n", n,
                nets, worst, worst_name);
    cr_assert_eq(bad, 0, "%d numbers differ, or programs fail to compile", bad);
    cr_assert(only || (nets >= 40 && n >= nets + 60), "%d cases, %d random nets", n, nets);
}

/* Dropout draws, so JAX has no numbers for it: with y = dropout(x) from one call, its factors are
 * y / x. */
Test(jax, dropout_has_the_derivatives_of_its_factors) {
    Arena *a = arena_new("dropout");
    Program *p = compile(a, "dropout",
        "data d from \"d.safetensors\" { x: [2];  v: [2] }\n"
        "net N(x: [2]) { return dropout(x, 0.4) }\n"
        "sample s { batch = 2;  (x, v) ~ d;  y = training(N)(x);  g = grad(sum(y^3, 0), x)\n"
        "  h = grad(dot(v, g), x);  t = grad(dot(v, h), x)\n"
        "  save(cat([g - 3 * y^3 / x, h - 6 * y^3 * v / x^2, t - 6 * y^3 * v^2 / x^3,"
        " real(y == 0)]), \"p.npy\") }\n");
    cr_assert(p);
    double probe[BATCH * PROBES], zeros = 0;
    InterpRun r = { .program = p, .batch = BATCH, .user = probe, .output = take, .data = fill };
    for (r.seed = 0; r.seed < 8; r.seed++) {
        program_interp_init(&r, a);
        run(&r, &(Case){ .n_params = 0 }, "s");
        for (int i = 0; i < BATCH * PROBES; i++)
            if (i % PROBES < 6) cr_assert(fabs(probe[i]) <= 1e-12, "%d: %g", i, probe[i]);
            else zeros += probe[i];
    }
    cr_assert(zeros >= 4 && zeros <= 28, "%g of 32 are dropped", zeros);
    arena_free(a);
    base_reset();
}

/* Every module and image function of the library is in a case, but those that draw and helpers. */
Test(jax, every_layer_has_a_case) {
    static const char *const without[] = { "spread", "tent" };
    static char all[1 << 20], line[MAX_LINE], name[64], call[80];
    FILE *f = fopen("tests/reference/jax.txt", "r");
    cr_assert(f);
    all[fread(all, 1, sizeof all - 1, f)] = 0;
    fclose(f);
    int n = 0;
    for (int file = 0; file < 2; file++) {
        f = fopen(file ? "compiler/stdlib/images.ebm" : "compiler/stdlib/layers.ebm", "r");
        cr_assert(f);
        while (fgets(line, sizeof line, f)) {
            if (sscanf(line, file ? "fn %63[A-Za-z0-9_](" : "module %63[A-Za-z0-9_](", name) != 1)
                continue;
            bool helper = false;
            for (size_t k = 0; k < sizeof without / sizeof *without; k++)
                helper |= !strcmp(name, without[k]);
            snprintf(call, sizeof call, "%s(", name);
            cr_expect(helper || strstr(all, call), "no case has %s: add one to make_jax.py", name);
            n++;
        }
        fclose(f);
    }
    cr_assert_geq(n, 30);
}
