// links: backend passes graph base
/* random_graph_test.c - random graphs: the emitted C against the interpreter, and passes against
 * their absence.
 *
 * EBM_GRAPHS (100; `make soak`: 2000) graphs of random_graph.h, numbered from EBM_SEED
 * (1), are compiled, 25 to a program, by gcc -O0, gcc -O2 and clang (-O2 on one plan, else
 * -O1, which takes a third of the time), on EBM_PLANS (up to 100 graphs 4, else 8) plans of batches, tile size and passes left out. All bits must agree
 * between the compilers and between one and three ranges per launch. Against the interpreter each
 * element may be off by twice the error of plain single precision, found by experiment: the
 * interpreter runs the graph again with every value multiplied by 1 + u * noise, u the rounding
 * unit times the op's own error, and the largest change of four runs, with its mean over the
 * tensor, is the allowance (and 1e-6, absolute). The same experiment, 64 times louder, shows poles
 * and kinks: those graphs are left out.
 *
 * A failure prints the number of the graph, and the smallest graph below it that fails as well.
 * With EBM_GPU their CUDA kernels (fp32) run too, on the emulated GPU, and must give the same bits.
 * With EBM_KEEP the programs stay in /tmp/ebm_random_*, with EBM_VERBOSE each worker says what it
 * did. */
#include "ops/random_graph.h"

#include <sys/wait.h>

#include "passes/passes.h"

enum { PER_PROGRAM = 25, NOISES = 4, MAX_OUT = 32, WORKERS = 4, MOST_PLANS = 8 };
static const double LOUD = 64, UNIT = 0x1p-24;

typedef struct Outputs { int n; Node *node[MAX_OUT]; double *v[MAX_OUT],
                         *allowed[MAX_OUT]; int64_t count[MAX_OUT]; } Outputs;

/* Which passes are off: bit 0 simplify, bit 1 contract. */
enum { OFF_NONE, OFF_SIMPLIFY, OFF_CONTRACT, OFF_BOTH };
static void run_passes(Program *p, int off) {
    const char *names[2];
    int n = 0;
    if (off & OFF_SIMPLIFY)
        names[n++] = "simplify";
    if (off & OFF_CONTRACT)
        names[n++] = "contract";
    passes_run(p, &(PassOptions){ .off = names, .n_off = n });
}

static void pad_versions(Bench *b) {
    for (int k = 0; k < b->p->entries.n; k++)
        while (b->p->entries.v[k]->versions.n < b->p->states.n)
            vec_push(b->a, &b->p->entries.v[k]->versions, 0);
}

/* A program with one entry per graph number. */
static Bench *build(const int64_t *graphs, int n, int64_t batch, int off) {
    Bench *b = bench_new(batch);
    for (int k = 0; k < n; k++) {
        if (k) {
            Entry *e = NEW(b->a, Entry);
            *e = (Entry){ .mode = MODE_TRAIN, .name = arena_printf(b->a, "t%d", k), .batch = batch,
                          .steps = 10, .graph = graph_new(b->a) };
            vec_push(b->a, &b->p->entries, e);
            b->e = e, b->g = e->graph;
            pad_versions(b);
        }
        graph_at(b->g, (Range){ 0, 0, 1 });
        Gen gen = { .b = b, .random = (uint64_t)graphs[k] * 0x9e3779b97f4a7c15u + 12345 };
        gen_graph(&gen);
    }
    pad_versions(b);
    run_passes(b->p, off);
    return b;
}

/* Leaves one output of entry 0: this node. */
static void only_root(Bench *b, uint32_t root) {
    b->g = b->e->graph;
    b->init = b->p->init_graph;      /* the passes made a new one */
    b->e->body.n = 0;
    memset(b->e->versions.v, 0, (size_t)b->e->versions.n * sizeof *b->e->versions.v);
    bench_out(b, graph_node(b->g, root));
    pad_versions(b);
}

/* ---- noise --------------------------------------------------------------------------------- */

/* How many rounding units an op's result may be off, a priori, over exact operands. */
static double op_error(const Node *n) {
    switch (n->op) {
    case OP_EXP: case OP_EXPM1: case OP_LOG: case OP_LOG1P: case OP_SIN: case OP_COS: case OP_TANH:
    case OP_SIGMOID: case OP_SOFTPLUS: case OP_ERF: case OP_POW: case OP_RSQRT: case OP_RAND_NORMAL:
        return 4;
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD: case OP_SQRT:
        return 1;
    case OP_REDUCE_SUM: case OP_DOT: case OP_CONV: case OP_CONV_DX: case OP_CONV_DW:
    case OP_POOL_SUM:
    case OP_POOL_SUM_T: case OP_SCATTER_ADD: case OP_POOL_PICK_T:
        return 2;
    default: return 0;
    }
}

/* Terms of a sum: in plain order, rounding grows with the root of their number. */
static double sum_length(const Bench *b, const Node *n) {
    double rows = node_batched(n->in[n->n_in - 1]) && !node_batched(n) ? (double)b->batch : 1;
    double count = (double)shape_count(n->in[0]->shape);
    switch (n->op) {
    case OP_DOT: {
        double terms = 1;
        for (int k = 0; k < n->attr[1]; k++) {
            int64_t d = n->in[0]->shape.dim[n->attr[2 + 2 * n->attr[0] + k]];
            terms *= d == DIM_BATCH ? rows : (double)d;
        }
        return terms;
    }
    case OP_CONV: case OP_CONV_DX: return (double)shape_count(n->in[1]->shape);
    case OP_CONV_DW: return rows * (double)shape_count(n->in[1]->shape);
    case OP_POOL_SUM: case OP_POOL_SUM_T: case OP_POOL_PICK_T:
        return (double)(n->attr[0] * n->attr[1]);
    default: return rows * count;
    }
}

static Node *noisy_value(Graph *g, Node *x, double amount, uint64_t site) {
    Node *u = g_rand(g, OP_RAND_UNIFORM, x->shape, ((uint64_t)1 << 40) + site,
                     g_const(g, DT_I32, 0), NULL);
    Node *f = g_binary(g, OP_MUL, u, g_const_splat(g, DT_F32, x->shape, 2 * amount));
    return g_binary(g, OP_MUL, x, g_binary(g, OP_ADD, f,
                                           g_const_splat(g, DT_F32, x->shape, 1 - amount)));
}

/* The entry with noise on every value, and on every operand of a sum. */
static Entry noisy(Bench *b, const Entry *e, int run) {
    const Graph *old = e->graph;
    Graph *g = graph_new(b->a);
    Node **map = NEW_ARRAY(b->a, Node *, graph_size(old));
    for (uint32_t i = 0; i < graph_size(old); i++) {
        const Node *n = graph_node(old, i);
        Node *in[256];
        double error = op_error(n);
        bool sums = error == 2;
        cr_assert(n->n_in <= 256);
        if (sums)                 /* of terms of one sign, and of terms of both signs (below) */
            error += 0.5 * sqrt(sum_length(b, n));
        for (int k = 0; k < n->n_in; k++) {
            in[k] = map[n->in[k]->id];
            if (sums && in[k]->dtype == DT_F32)
                in[k] = noisy_value(g, in[k], error * LOUD * UNIT,
                                    i * 64 + (uint64_t)(8 * k + 8 + run));
        }
        map[i] = g_rebuild(g, n, in);
        if (error > 0 && n->dtype == DT_F32)
            map[i] = noisy_value(g, map[i], error * LOUD * UNIT, i * 64 + (uint64_t)run);
    }
    Entry copy = *e;
    copy.body.v = NEW_ARRAY(b->a, DoStmt, e->body.n);
    memcpy(copy.body.v, e->body.v, (size_t)e->body.n * sizeof *e->body.v);
    entry_remap(&copy, g, map);
    return copy;
}

/* ---- the interpreter ----------------------------------------------------------------------- */

static InterpRun reference(Bench *b) {
    InterpRun r = { .program = b->p, .seed = 7, .batch = b->batch, .data = bench_fill, .user = b,
                    .output = bench_take };
    program_interp_init(&r, b->a);
    return r;
}

static void interpret(Bench *b, InterpRun *r, const Entry *e, Outputs *o) {
    Arena *scratch = arena_new("interpreted steps");
    b->n_out = 0, b->ref = r;
    program_interp_step(r, e, 0, scratch);
    *o = (Outputs){ 0 };
    for (int k = 0, out = 0; k < e->body.n; k++) {
        const DoStmt *s = &e->body.v[k];
        int64_t n = s->kind == DO_SAVE ? b->n_expect[out] : shape_count(s->value->shape);
        const double *v = s->kind == DO_SAVE ? b->expect[out++] : r->state[s->state];
        cr_assert(o->n < MAX_OUT);
        o->v[o->n] = NEW_ARRAY(b->a, double, n);
        memcpy(o->v[o->n], v, (size_t)n * sizeof *v);
        o->node[o->n] = s->value;
        o->count[o->n++] = n;
    }
    arena_free(scratch);
}

/* Evaluates an entry and finds what errors to allow. False: near a pole or a kink. */
static bool expected(Bench *b, InterpRun *r, const Entry *e, Outputs *o) {
    Outputs loud;
    bool good = true;
    interpret(b, r, e, o);
    for (int k = 0; k < o->n; k++)
        o->allowed[k] = NEW_ARRAY(b->a, double, o->count[k]);
    for (int run = 0; run < NOISES; run++) {
        Entry changed = noisy(b, e, run);
        interpret(b, r, &changed, &loud);
        for (int k = 0; k < o->n; k++)
            for (int64_t i = 0; i < o->count[k]; i++)
                o->allowed[k][i] = fmax(o->allowed[k][i], fabs(loud.v[k][i] - o->v[k][i]));
    }
    for (int k = 0; k < o->n; k++) {
        double sum = 0, mean;
        for (int64_t i = 0; i < o->count[k]; i++) {
            double v = o->v[k][i], a = o->allowed[k][i];
            good &= isfinite(v) && isfinite(a) && fabs(v) < 1e4 && a < 3e-3 * (1 + fabs(v));
            good &= o->node[k]->dtype == DT_F32 || a == 0;
            sum += a * a;
        }
        mean = sqrt(sum / (double)o->count[k]);
        for (int64_t i = 0; i < o->count[k]; i++)
            o->allowed[k][i] = o->node[k]->dtype != DT_F32 ? 0
                : 2 * (o->allowed[k][i] + mean) / LOUD + 2 * UNIT * fabs(o->v[k][i]) + 1e-6;
    }
    return good;
}

/* ---- the emitted C ------------------------------------------------------------------------- */

static const char *const compilers[] = { "gcc -O0", "gcc -O2", "clang -O1", "clang -O2" };
enum { COMPILERS = 4, GCC_O2 = 1, CLANG_O1 = 2, CLANG_O2 = 3 };

static CallFn *load(const char *so, void **lib) {
    *lib = dlopen(so, RTLD_NOW | RTLD_LOCAL);
    cr_assert(*lib, "%s", dlerror());
    CallFn *fn = (CallFn *)(intptr_t)dlsym(*lib, "fake_call");
    cr_assert(fn);
    return fn;
}

static bool emit(Bench *b, int tile, const char *dir) {
    Emitted em = { 0 };
    const char *bad = program_verify(b->p, b->a);
    cr_assert_null(bad, "%s", bad);
    BackendOptions o = { .tile = tile, .cuda = getenv("EBM_GPU"), .fp32 = true,
                         .gradients = tile == 32 ? GRADIENTS_INSIDE : GRADIENTS_APART,
                         .grid = tile == 16 ? GRID_ON : GRID_AUTO, .compiler = "test" };
    bool good = backend_c_emit(b->p, &o, &em);
    if (good && dir) {
        put_file(dir, "kernels.c", &em.kernels);
        put_file(dir, "plan.c", &em.plan);
    }
    emitted_free(&em);
    return good;
}

static bool compile(const char *dir, int compiler) {
    char cmd[2048];
    const char *cc = compilers[compiler];
    snprintf(cmd, sizeof cmd, "%s -march=native -ffp-contract=off -fno-math-errno -fopenmp-simd "
             "-std=gnu11 -w "
             "-fPIC -shared -Iruntime -Iruntime/prelude -Itests/ops -DEBM_KERNELS=0 %s/kernels.c "
             "%s/plan.c tests/ops/fake_runtime.c %s -o %s/program%d.so -lm", cc, dir, dir,
             kernels_object(cc), dir, compiler);
    return system(cmd) == 0;
}

/* Runs an entry; -1, or the first output that is off, described in `what`. The bits go into
 * *hash. */
static int run_entry(Bench *b, EbmRun *r, CallFn *call, int entry, const Outputs *want,
                     uint64_t *hash,
                     char *what, size_t size) {
    const Entry *e = b->p->entries.v[entry];
    int out = 0, wrong = -1;
    call(r, entry);
    for (int k = 0; k < want->n; k++) {
        const DoStmt *s = &e->body.v[k];
        DType t = s->value->dtype == DT_F32 ? DT_F32 : DT_I32;
        const void *got = s->kind == DO_SAVE ? r->out[out++] : r->state[s->state];
        for (int64_t i = 0; i < want->count[k]; i++) {
            double g = load_element(got, i, t), w = want->v[k][i];
            uint64_t bits = (uint64_t)((const uint32_t *)got)[i];
            *hash = (*hash ^ bits) * 0x100000001b3u;
            if (wrong < 0 && !(fabs(g - w) <= want->allowed[k][i])) {
                wrong = k;
                snprintf(what, size, "output %d [%lld]: want %.9g within %.2g, got %.9g", k,
                         (long long)i, w,
                         want->allowed[k][i], g);
            }
        }
        if (s->kind == DO_SAVE)
            free(r->out[out - 1]), r->out[out - 1] = NULL;
    }
    return wrong;
}

/* ---- shrinking ----------------------------------------------------------------------------- */

/* Whether one graph with one output fails when compiled by gcc -O2. */
static bool fails_at(int64_t graph, uint32_t root, int64_t batch, int off, int tile) {
    Bench *b = build(&graph, 1, batch, off);
    only_root(b, root);
    InterpRun ref = reference(b);
    Outputs want;
    char dir[] = "/tmp/ebm_random_XXXXXX", what[256], name[64];
    bool failed = false;
    if (expected(b, &ref, b->e, &want)) {
        cr_assert(mkdtemp(dir));
        failed = !emit(b, tile, dir) || !compile(dir, GCC_O2);
        if (!failed) {
            void *lib;
            snprintf(name, sizeof name, "%s/program%d.so", dir, GCC_O2);
            CallFn *call = load(name, &lib);
            EbmRun *r = bench_run_new(b);
            uint64_t hash = 0;
            call(r, -1);
            failed = run_entry(b, r, call, 0, &want, &hash, what, sizeof what) >= 0;
            dlclose(lib);
        }
        snprintf(what, sizeof what, "rm -rf %s", dir);
        cr_assert_eq(system(what), 0);
    }
    if (failed) {
        Text t = { 0 };
        graph_print(&t, b->e->graph, (Node *[]){ graph_node(b->e->graph, root) }, 1);
        fprintf(stderr, "the smallest part of it that fails:\n%s\n", t.data);
        text_free(&t);
    }
    arena_free(b->a);
    return failed;
}

static void shrink(int64_t graph, int64_t batch, int off, int tile) {
    Bench *b = build(&graph, 1, batch, off);
    int n;
    Graph *g = b->e->graph;
    Node **roots = entry_roots(b->a, b->e, &n);
    bool *live = NEW_ARRAY(b->a, bool, graph_size(g)),
        *inside = NEW_ARRAY(b->a, bool, graph_size(g));
    graph_mark_live(g, roots, n, live);
    for (uint32_t i = 0; i < graph_size(g); i++) {
        const Node *x = graph_node(g, i);
        inside[i] = x->op == OP_LOOP_VAR;
        for (int k = 0; k < x->n_in && x->op != OP_LOOP; k++)
            inside[i] |= inside[x->in[k]->id];
        if (live[i] && !inside[i] && x->op != OP_LOOP && x->dtype == DT_F32 &&
            op_info[x->op].arity != 0 &&
            fails_at(graph, i, batch, off, tile))
            return;
    }
    Text t = { 0 };
    graph_print(&t, g, roots, n);
    fprintf(stderr, "no single value of it fails alone:\n%s\n", t.data);
    text_free(&t);
    arena_free(b->a);
}

/* ---- the tests ----------------------------------------------------------------------------- */

static int64_t from_environment(const char *name, int64_t otherwise) {
    const char *s = getenv(name);
    return s ? strtoll(s, NULL, 10) : otherwise;
}

typedef struct Plan { int64_t batch[2]; int tile, off, without; } Plan;  /* a compiler */
/* How many plans there are: each costs three compilations, so few graphs have fewer. */
static int64_t count_plans(void) {
    int64_t few = MOST_PLANS / 2, n = from_environment("EBM_GRAPHS", 100) > 100 ? MOST_PLANS : few;
    return from_environment("EBM_PLANS", n) == few ? few : MOST_PLANS;
}
/* The plan of graphs that are `program` modulo their number; four have every tile size and pass. */
static Plan plan_of(int64_t program) {
    static const int chosen[] = { 0, 2, 4, 7 };
    if (count_plans() < MOST_PLANS) program = chosen[program];
    static const int64_t batches[][2] = { { 1, 33 }, { 2, 31 }, { 3, 67 }, { 16, 33 },
                                          { 31, 130 } };
    static const int tiles[] = { 32, 16, 64, 0 };
    const int64_t *b = batches[program % 5];
    /* OFF_NONE .. OFF_CONTRACT */
    return (Plan){ { b[0], b[1] }, tiles[program / 2 % 4], (int)(program % 3),
                   program ? CLANG_O2 : CLANG_O1 };
}

enum { GOOD = 0, REJECTED = 10, DECLINED = 11 };

/* In a process of its own, since a bug may end it: is the graph well conditioned, do all passes
 * keep its values in double precision, is it emitted? */
static int examine(int64_t graph, const Plan *plan) {
    for (int k = 0; k < 2; k++) {
        Bench *b = build(&graph, 1, plan->batch[k], OFF_BOTH);
        InterpRun ref = reference(b);
        Outputs want, got;
        if (!expected(b, &ref, b->e, &want))
            return REJECTED;
        for (int off = OFF_NONE; off < OFF_BOTH; off++) {
            Bench *c = build(&graph, 1, plan->batch[k], off);
            InterpRun run = reference(c);
            interpret(c, &run, c->e, &got);
            cr_assert_eq(got.n, want.n);
            for (int j = 0; j < want.n; j++)
                for (int64_t i = 0; i < want.count[j]; i++)
                    if (!(fabs(got.v[j][i] - want.v[j][i]) <= 0x1p-25 * want.allowed[j][i] +
                          1e-11)) {
                        fprintf(stderr, "graph %lld: passes (off: %d) change output %d [%lld] from "
                                "%.17g to %.17g\n",
                                (long long)graph, off, j, (long long)i, want.v[j][i], got.v[j][i]);
                        return 1;
                    }
            if (k == 0 && off == plan->off && !emit(c, plan->tile, NULL)) {
                diag_print(stderr, DIAG_TEXT);
                return DECLINED;
            }
        }
    }
    return GOOD;
}

static int examine_apart(int64_t graph, const Plan *plan) {
    fflush(NULL);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(examine(graph, plan));
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void report(int64_t graph, const Plan *p, const char *why) {
    fprintf(stderr, "graph %lld (EBM_SEED=%lld EBM_GRAPHS=1 EBM_PLANS=%lld; batches %lld %lld, T = %d, passes "
            "off: %d): %s\n",
            (long long)graph, (long long)graph, (long long)count_plans(), (long long)p->batch[0], (long long)p->batch[1],
            p->tile, p->off, why);
}

/* Compiles these graphs together and compares; the number of graphs that fail. */
static int check_program(const int64_t *graphs, int n, const Plan *plan) {
    char dir[] = "/tmp/ebm_random_XXXXXX", text[300];
    uint64_t hash[PER_PROGRAM][2];
    bool failed[PER_PROGRAM] = { false };
    int failures = 0;
    cr_assert(mkdtemp(dir));
    for (int size = 0; size < 2; size++) {
        Bench *r = build(graphs, n, plan->batch[size], OFF_BOTH),
            *b = build(graphs, n, plan->batch[size], plan->off);
        InterpRun ref = reference(r);
        Outputs want[PER_PROGRAM];
        for (int k = 0; k < n; k++)
            expected(r, &ref, r->p->entries.v[k], &want[k]);
        if (size == 0)
            cr_assert(emit(b, plan->tile, dir), "together graphs %lld.. are not emitted",
                      (long long)graphs[0]);
        for (int c = 0; c < COMPILERS; c++) {
            void *lib;
            if (c == plan->without)
                continue;
            cr_assert(size > 0 || compile(dir, c), "%s on graphs from %lld", compilers[c],
                      (long long)graphs[0]);
            snprintf(text, sizeof text, "%s/program%d.so", dir, c);
            CallFn *call = load(text, &lib);
            bool gpu = c == GCC_O2 && getenv("EBM_GPU");
            for (int ranges = 1; ranges <= (gpu ? 5 : 3); ranges += 2) {
                EbmRun *run = bench_run_new(b);
                run->ranges = ranges;
                run->gpu = ranges == 5 ? bench_gpu_launch : NULL;
                call(run, -1);
                for (int k = 0; k < n; k++) {
                    uint64_t h = 0xcbf29ce484222325u;
                    int wrong = run_entry(b, run, call, k, &want[k], &h, text, sizeof text);
                    if (c == 0 && ranges == 1)
                        hash[k][size] = h;
                    /* without a tile size of its own the GPU may add up the weights of images in
                     * another order */
                    bool exact = !run->gpu || plan->tile;
                    if (wrong < 0 && exact && h != hash[k][size])
                        snprintf(text, sizeof text, "other bits by %s, %s, %d ranges", compilers[c],
                                 run->gpu ? "GPU" : "CPU", ranges), wrong = 0;
                    if (wrong < 0 || failed[k])
                        continue;
                    failed[k] = true, failures++;
                    report(graphs[k], plan, text);
                    shrink(graphs[k], plan->batch[size], plan->off, plan->tile);
                }
            }
            dlclose(lib);
        }
        arena_free(b->a), arena_free(r->a);
    }
    snprintf(text, sizeof text, "rm -rf %s", dir);
    cr_assert(getenv("EBM_KEEP") || system(text) == 0);
    return failures;
}

static void worker(int number) {
    int64_t total = from_environment("EBM_GRAPHS", 100), first = from_environment("EBM_SEED", 1);
    int64_t graphs[PER_PROGRAM], rejected = 0, seen = 0;
    int n = 0, failures = 0;
    /* A program's graphs are congruent modulo the plans, so that each number has its plan. */
    const int64_t plans = count_plans();
    for (int64_t program = number; program < plans; program += WORKERS) {
        for (int64_t graph = first; graph < first + total || n; graph++) {
            Plan plan = plan_of(program);
            if (graph < first + total && graph % plans == program) {
                int status = examine_apart(graph, &plan);
                seen++;
                rejected += status == REJECTED;
                if (status == GOOD)
                    graphs[n++] = graph;
                else if (status != REJECTED) {
                    char why[64];
                    snprintf(why, sizeof why, status == DECLINED ? "not emitted"
                             : "ended with status %d", status);
                    report(graph, &plan, why);
                    failures++;
                }
            }
            if (n == PER_PROGRAM || (n && graph >= first + total)) {
                failures += check_program(graphs, n, &plan);
                n = 0;
            }
        }
    }
    if (getenv("EBM_VERBOSE"))
        fprintf(stderr, "worker %d: %lld graphs, %lld rejected, %d failures\n", number,
                (long long)seen, (long long)rejected, failures);
    cr_assert_eq(failures, 0, "%d of %lld graphs", failures, (long long)seen);
    cr_assert(rejected * 2 <= seen + 4, "%lld of %lld graphs are left out", (long long)rejected,
              (long long)seen);
}
TestSuite(random_graph, .timeout = 7200);

/* Three hundred graphs have every op of a program, live. */
Test(random_graph, every_op_appears) {
    static const Op never[] = { OP_INPUT, OP_VAR, OP_STOP, OP_GRAD, OP_JVP, OP_VJP };
    int count[OP_COUNT] = { 0 };
    for (size_t k = 0; k < sizeof never / sizeof *never; k++)
        count[never[k]] = 1;
    for (int64_t graph = 1; graph <= 300; graph++) {
        Bench *b = build(&graph, 1, 4, OFF_BOTH);
        int n;
        Node **roots = entry_roots(b->a, b->e, &n);
        bool *live = NEW_ARRAY(b->a, bool, graph_size(b->e->graph));
        graph_mark_live(b->e->graph, roots, n, live);
        for (uint32_t i = 0; i < graph_size(b->e->graph); i++)
            count[graph_node(b->e->graph, i)->op] += live[i];
        arena_free(b->a);
        base_reset();
    }
    for (int op = 0; op < OP_COUNT; op++)
        cr_expect(count[op] > 0, "no random graph has %s", op_info[op].name);
}

/* Graphs that once failed: a sum whose small operand a later group of its region makes (1500). */
Test(random_graph, failed_before) {
    const int64_t graphs[] = { 1500 };
    cr_assert_eq(check_program(graphs, 1, &(Plan){ { 31, 130 }, 64, 1, CLANG_O2 }), 0);
}
Test(random_graph, quarter_0) { worker(0); }
Test(random_graph, quarter_1) { worker(1); }
Test(random_graph, quarter_2) { worker(2); }
Test(random_graph, quarter_3) { worker(3); }
