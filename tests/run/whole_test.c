// links: front passes graph base
/* whole_test.c - whole programs: the compiled trainer against the reference interpreter.
 *
 * Each spec is compiled with $EBMCC and trained for a few steps on a ragged batch; the checkpoint's
 * tensors must agree with the interpreter's state, in double precision, within what single
 * precision allows. The same program must give the same bits on one and on two threads, at every
 * tile size, and when compiled by gcc or by clang. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/front.h"
#include "passes/passes.h"

enum { STEPS = 4, BATCH = 67, SEED = 5 };

static char folder[] = "/tmp/ebm_whole_XXXXXX";
static Arena *arena;
static void setup(void) {
    arena = arena_new("test");
    cr_assert(mkdtemp(folder));
}
static void teardown(void) {
    cr_expect_eq(system(arena_printf(arena, "rm -rf %s", folder)), 0);
    arena_free(arena);
    base_reset();
}
TestSuite(whole, .init = setup, .fini = teardown, .timeout = 280);

/* Runs a command in the scratch folder; fails the test with its output when it fails. */
static void run(const char *fmt, ...) {
    char command[1024], line[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(command, sizeof command, fmt, ap);
    va_end(ap);
    snprintf(line, sizeof line, "cd %s && %s >log 2>&1", folder, command);
    int status = system(line);
    if (status == 0) return;
    static char log[8192];
    FILE *f = fopen(arena_printf(arena, "%s/log", folder), "r");
    log[f ? fread(log, 1, sizeof log - 1, f) : 0] = 0;
    if (f) fclose(f);
    cr_assert_fail("%s: status %d\n%s", command, WEXITSTATUS(status), log);
}

static uint8_t *read_file(const char *name, size_t *len) {
    FILE *f = fopen(arena_printf(arena, "%s/%s", folder, name), "rb");
    cr_assert(f, "%s is missing", name);
    fseek(f, 0, SEEK_END);
    *len = (size_t)ftell(f);
    rewind(f);
    uint8_t *p = arena_alloc(arena, *len + 1);
    cr_assert_eq(fread(p, 1, *len, f), *len);
    fclose(f);
    return p;
}

static void write_spec(const char *text) {
    FILE *f = fopen(arena_printf(arena, "%s/spec.ebm", folder), "w");
    fputs(text, f);
    fclose(f);
}
static const char *compiler(void) {
    const char *c = getenv("EBMCC");
    cr_assert(c, "EBMCC names the compiler to test");
    return c;
}

/* Trains in a fresh output folder and returns the final checkpoint's name. */
static char *train(const char *program, const char *out, int threads) {
    run("./%s train steps=%d batch=%d --seed %d --threads %d --out %s", program, STEPS, BATCH, SEED,
        threads, out);
    return arena_printf(arena, "%s/ckpt-%d.safetensors", out, STEPS);
}

/* ---- the interpreter's side ------------------------------------------------------------------ */
/* The first train entry as it is before its loops become blocks: the interpreter runs any loop. */
static void keep_entry(void *user, const Pass *pass, const Program *p, const Entry *e) {
    Entry *to = user;
    if (strcmp(pass->name, "contract") || e->mode != MODE_TRAIN || to->graph) return;
    *to = *e;
    to->body.v = NULL, to->body.n = to->body.cap = 0;
    for (int i = 0; i < e->body.n; i++) vec_push(arena, &to->body, e->body.v[i]);
}

static InterpRun interpret(const Program *p, const Entry *e) {
    InterpRun r = { .program = p, .seed = SEED, .batch = BATCH };
    program_interp_init(&r, arena);
    for (int i = 0; i < p->scalars.n; i++)
        if (p->scalars.v[i].kind == SCALAR_STEPS) r.scalar[i] = STEPS;
    for (uint64_t s = 0; s < STEPS; s++) {
        Arena *scratch = arena_new("step");
        program_interp_step(&r, e, s, scratch);
        arena_free(scratch);
    }
    return r;
}

/* Largest difference over a tensor, relative to the tensor's own scale. */
static double difference(const State *s, const double *want, const uint8_t *data) {
    int64_t n = shape_count(s->shape);
    double scale = 1e-2, worst = 0;
    for (int64_t i = 0; i < n; i++) scale = fmax(scale, fabs(want[i]));
    for (int64_t i = 0; i < n; i++) {
        double got = s->dtype == DT_I32 ? ((const int32_t *)data)[i]
                   : s->dtype == DT_U8 ? data[i] : ((const float *)data)[i];
        worst = fmax(worst, fabs(got - want[i]) / scale);
        if (!isfinite(got)) return INFINITY;
    }
    return worst;
}

/* A state's bytes in a checkpoint: under its plain name, or with the prefix "ebm.". */
static const uint8_t *find_state(const uint8_t *file, const State *s) {
    uint64_t n;
    memcpy(&n, file, 8);
    json_t *header = json_loadb((const char *)file + 8, n, 0, NULL), *t;
    cr_assert(header);
    if (!(t = json_object_get(header, s->name)))
        t = json_object_get(header, arena_printf(arena, "ebm.state.%s", s->name));
    cr_assert(t, "'%s' is not in the checkpoint", s->name);
    json_t *at = json_object_get(t, "data_offsets");
    uint64_t begin = (uint64_t)json_integer_value(json_array_get(at, 0));
    uint64_t end = (uint64_t)json_integer_value(json_array_get(at, 1));
    cr_assert_eq(end - begin, (uint64_t)shape_count(s->shape) * dtype_size(s->dtype), "%s",
                 s->name);
    json_decref(header);
    uint8_t *copy = arena_alloc(arena, end - begin + 1);       /* aligned */
    return memcpy(copy, file + 8 + n + begin, end - begin);
}

/* Compiles a spec in all the ways and compares; `tolerance` is relative to each tensor's scale. */
static void check(const char *spec, double tolerance) {
    write_spec(spec);
    run("%s spec.ebm -o prog", compiler());
    char *one = train("prog", "one", 1), *two = train("prog", "two", 2);
    size_t len, len2;
    uint8_t *bytes = read_file(one, &len), *other = read_file(two, &len2);
    cr_expect(len == len2 && !memcmp(bytes, other, len), "1 and 2 threads differ");
    /* Other tile sizes at levels that compile fast, one by the other compiler. clang takes minutes over
     * instrumented kernels, and their bits are the plain build's matter. */
    const char *sanitized = getenv("EBM_SANITIZE");
    const char *clang = sanitized && *sanitized ? "gcc-Og" : "clang-O1";
    const char *variant[] = { "--tile=16 --gradients=apart", "--tile=64" };
    for (int i = 0; i < 2; i++) {
        run("%s spec.ebm %s --cc=%s/quick/%s -o variant%d", compiler(), variant[i],
            getenv("EBM_BUILD"), i ? clang : "gcc-Og", i);
        char *name = arena_printf(arena, "variant%d", i), *out = arena_printf(arena, "out%d", i);
        other = read_file(train(name, out, 2), &len2);
        cr_expect(len == len2 && !memcmp(bytes, other, len), "%s changes bits", variant[i]);
    }
    FrontOptions o = { .stdlib_dir = "compiler/stdlib" };
    Program *p = front_compile(arena, arena_printf(arena, "%s/spec.ebm", folder), &o);
    cr_assert(p);
    Entry e = { 0 };
    passes_run(p, &(PassOptions){ .after = keep_entry, .user = &e });
    InterpRun r = interpret(p, &e);
    cr_assert_geq(p->states.n, 2);
    for (int i = 0; i < p->states.n; i++) {
        if (p->states.v[i].kind == STATE_LOCAL) continue;
        double d = difference(&p->states.v[i], r.state[i], find_state(bytes, &p->states.v[i]));
        cr_expect_leq(d, tolerance, "%s differs by %g", p->states.v[i].name, d);
    }
}

/* ---- specs --------------------------------------------------------------------------------- */
Test(whole, contrastive_divergence) {
    check("sampler langevin(E, x, K: int, eps) {\n"
          "  for k in 1..K { w ~ normal(like x);  x = x - eps/2 * grad(E, x) + sqrt(eps) * w }\n"
          "  return x }\n"
          "energy E(x: [2]) { return x |> Linear(24) |> silu |> Linear(17) |> silu |> Linear(1) |> "
          "squeeze }\n"
          "const U = uniform([2], -3, 3)\nbuffer B: [2] = replay(100, init = U)\n"
          "ema A of E (decay = 0.9)\n"
          "train t { batch = 8;  optimizer E = sgd(lr = 0.05, momentum = 0.5, clip_norm = "
          "1.0)\n step {\n"
          "  a ~ uniform([], 0, pi);  x = [cos(a), sin(a)];  x0 ~ B prob 0.8 else U\n"
          "  y ~ langevin(E, x0, 7, 0.01)\n"
          "  minimize mean(E(x)) - mean(E(y)) + 0.1 * mean(E(x)^2 + E(y)^2) over E\n"
          "  B.push(y);  track gap = mean(E(y)) - mean(E(x)) } }\n", 2e-4);
}

Test(whole, convolution) {
    check("energy E(x: [2,9,8]) {\n"
          "  return x |> Conv(5, k=3) |> silu |> Conv(6, k=4, stride=2, pad=1) |> softplus\n"
          "    |> max_pool(2) |> Conv(4, k=2, pad=1, groups=2) |> tanh |> avg_pool(3, stride=1) |> "
          "flatten\n"
          "    |> Linear(1) |> squeeze }\n"
          "sampler s(E, x, K: int) {\n"
          "  for k in 1..K { x = clamp(x - 0.5 * clamp(grad(E, x), -0.1, 0.1), -1, 1) }\n  "
          "return x }\n"
          "train t { optimizer E = sgd(lr = 0.1)\n step {\n"
          "  x ~ uniform([2,9,8], -1, 1);  x0 ~ uniform([2,9,8], -1, 1);  y ~ s(E, x0, 5)\n"
          "  minimize mean(E(x)) - mean(E(y)) over E } }\n", 5e-4);
}

Test(whole, score_matching) {
    check("energy E(x: [3]) { return x |> Linear(16) |> tanh |> Linear(16) |> silu |> Linear(1) |> "
          "squeeze }\n"
          "train t { optimizer E = sgd(lr = 0.02)\n step {\n"
          "  x ~ normal([3]);  v ~ rademacher(like x);  z ~ normal(like x)\n"
          "  ssm = mean(0.5 * dot(v, grad(E, x))^2 - dot(v, hvp(E, x, v)))\n"
          "  dsm = mean(0.5 * sqnorm(z / 0.5 - grad(E, x + 0.5 * z)))\n"
          "  exact = mean(sum[i in 0..<3](hvp(E, x, onehot(i, 3))[i]))\n"
          "  minimize ssm + dsm - exact over E } }\n", 5e-4);
}

/* Distinct slots, a reservoir that is larger and one that is smaller than what is pushed, bytes,
 * and a mixture that starts from an empty buffer. */
Test(whole, buffers) {
    check("energy E(x: [2]) { return x |> Linear(16) |> silu |> Linear(1) |> squeeze }\n"
          "const U = uniform([2], 0, 1)\n"
          "buffer P: [2] = replay(90, init = U)\nbuffer R: [2] = replay(150, policy = reservoir)\n"
          "buffer S: [2] = replay(70, init = U, policy = reservoir)\n"
          "buffer Q: [2] = replay(80, codec = u8)\n"
          "sampler s(E, x) { for k in 1..3 { w ~ normal(like x);  x = clamp(x - 0.1 * grad(E, x) + "
          "0.1 * w, 0, 0.99) }\n  return x }\n"
          "train t { optimizer E = sgd(lr = 0.1)\n step {\n"
          "  i ~ P.slots;  x ~ U;  r ~ R prob 0.8 else U;  q ~ Q prob 0.9 else S\n"
          "  y ~ s(E, 0.5 * P[i] + 0.25 * r + 0.25 * q)\n"
          "  minimize mean(E(x)) - mean(E(y)) over E\n"
          "  P[i] = y;  R.push(y);  S.push(y);  Q.push(r) } }\n", 5e-4);
}

/* Run-time loops over the rows of a constant, of a parameter, of what each sample has. */
Test(whole, loops_over_rows) {
    check("use std.samplers: annealed\n"
          "const sigmas = geomspace(1.0, 0.1, 5)\nparam t: [4] = uniform([4], -1, 1)\n"
          "energy E(x: [2], s: []) { return (cat([x, [s]], 0) |> Linear(16) |> silu |> Linear(1) "
          "|> squeeze) + 0.5 * sqnorm(x) }\n"
          "fn polynomial(x, c) { y = 0 * x\n for a in c { y = y * x + a }\n return y }\n"
          "train t1 { optimizer E, t = sgd(lr = 0.05)\n step {\n"
          "  x ~ normal([2]);  z ~ normal([2]);  c ~ normal([3]);  y ~ annealed(E, z, sigmas, "
          "3, 0.01)\n"
          "  minimize mean(E(x, 0.5)) - mean(E(y, 0.5)) over E\n"
          "  minimize mean((polynomial(dot(x, z), t) - polynomial(dot(x, z), c))^2) over t } }\n",
          5e-4);
}

/* Bidirectional bounds: LOBPCG with small matrices in a loop, a Jacobian product inside the
 * loss. */
Test(whole, small_matrices) {
    check("const d = 4\n"
          "generator G(z: [d]) -> [6] { return z |> Linear(8) |> tanh |> Linear(6) }\n"
          "energy E(x: [6]) { return x |> Linear(8) |> silu |> Linear(1) |> squeeze }\n"
          "fn JtJ(z, v) = vjp(G, z, jvp(G, z, v))\n"
          "sampler v_min(z) {\n  v ~ normal([d]);  v = v / norm(v);  p ~ normal([d])\n"
          "  for k in 1..3 {\n    Av = JtJ(z, v)\n"
          "    S = orthonormalize([v, Av - dot(v, Av) * v, p]);  A = stack[i in "
          "0..<3](JtJ(z, S[i]))\n"
          "    (_, c) = eigh(einsum(\"ij,kj->ik\", S, A));  u = c[.., 0] @ S\n"
          "    p = u - dot(u, v) * v;  v = u / norm(u) }\n  return v }\n"
          "fn s1(z) { v ~ v_min(z);  return norm(jvp(G, z, v)) }\n"
          "train t { optimizer E, G = sgd(lr = 0.02)\n step {\n"
          "  x ~ normal([6]);  z ~ normal([d]);  v ~ normal([d])\n"
          "  g = jvp(fn(z) => E(G(z)) - 0.5 * sqnorm(z), z, v)^2\n"
          "  minimize mean(E(x)) - mean(E(G(z))) + 0.01 * mean(g) over E\n"
          "  maximize mean(d * log(s1(z))) - mean(E(G(z))) over G } }\n", 2e-3);
}

/* Samples in another order, in a loss and its gradient, and in a loop from outside. */
Test(whole, other_samples) {
    check("energy E(x: [3]) { return x |> Linear(16) |> silu |> Linear(1) |> squeeze }\n"
          "train t { optimizer E = sgd(lr = 0.05)\n step {\n"
          "  x ~ normal([3]);  z ~ normal([3]);  e = E(x);  y = shuffle(z);  s = 0.0 * e\n"
          "  for k in 0..<5 { s = s + exp(-sqnorm(x - roll(y, k)) / 4) }\n"
          "  g = grad(E, roll(x, -3))\n"
          "  minimize mean((shuffle(e) - e)^2) + mean(s * e) + 0.1 * mean(sqnorm(g - roll(grad(E, "
          "x), 2))) over E } }\n", 5e-4);
}

/* All pairs of samples, in loops whose trip count is the batch; rows of what each sample has. */
Test(whole, pairs_of_samples) {
    check("net C(x: [3]) -> [4] { return x |> Linear(8) |> tanh |> Linear(4) }\n"
          "fn k(a, b) = exp(-sqnorm(a - b) / 4)\n"
          "train t { optimizer C = sgd(lr = 0.1)\n step {\n"
          "  x ~ normal([3]);  s = -x;  y ~ randint(0, 4)\n"
          "  phi = mean[p in batch((x, s))](k(x, p[0]) * p[1] + grad(fn(q) => k(q, x), p[0]))\n"
          "  far = 0.0 * x[0];  for q in batch(x) { far = maximum(far, norm(q - x)) }\n"
          "  lse = logsumexp[q in batch(x), v ~ normal([3])](-sqnorm(x - q + 0.1 * v))\n"
          "  z = x + 0.5 * stop(phi) + 0.1 * stop(far + lse)\n"
          "  minimize mean(logsumexp(C(z)) - C(z)[y]) over C } }\n", 5e-4);
}

/* Gradients through sums over pairs of samples, to first and second order. */
Test(whole, gradients_of_pairs) {
    check("net F(x: [3]) -> [4] { return x |> Linear(8) |> tanh |> Linear(4) }\n"
          "energy E(x: [3]) { return x |> Linear(8) |> silu |> Linear(1) |> squeeze }\n"
          "fn k(a, b) = exp(-sqnorm(a - b) / 4)\n"
          "train t { optimizer E, F = sgd(lr = 0.01)\n step {\n"
          "  x ~ normal([3]);  f = F(x);  s = -grad(E, x)\n"
          "  contrast = mean(logsumexp[q in batch(f)](-sqnorm(f - q)))\n"
          "  d = mean[p in batch((x, s))](k(x, p[0]) * dot(s, p[1]) + dot(s, grad(fn(q) => k(x, "
          "q), p[0])))\n"
          "  g = grad(sum(sum[q in batch(f)](k(f, q))), x)\n"
          "  minimize contrast + 0.1 * mean(sqnorm(g)) over F\n"
          "  minimize mean(d) + mean(E(x)^2) over E } }\n", 1e-4);
}

/* To parameters that the terms use, and through other reductions than sums, nested ones as well. */
Test(whole, gradients_of_pairs_by_parameters) {
    check("net F(x: [3]) -> [4] { return x |> Linear(8) |> tanh |> Linear(4) }\n"
          "energy E(x: [3]) { return x |> Linear(8) |> silu |> Linear(1) |> squeeze }\n"
          "param tau: [] = 0.5\n"
          "train t { batch = 8;  optimizer E, F, tau = sgd(lr = 0.1)\n step {\n"
          "  x ~ normal([3]);  e = E(x);  f = F(x);  y = exp(-0.1 * x[0])\n"
          "  near = mean(min[q in batch(f)](sqnorm(f - q) - q[1]) + max[q in batch(x), v ~ normal([3])](E(q + v) * y))\n"
          "  product = mean(prod[q in batch(y)](q * y)) + mean(logsumexp[p in batch(f)](dot(f, p) / tau))\n"
          "  triple = mean(mean[p in batch(x[0]), q in batch(e)]((p - q)^2 * e))\n"
          "  score = sqnorm(grad(sum(mean[q in batch(x)]((e - E(q + 0.5 * x))^2)), x))\n"
          "  simultaneous { minimize mean((mean[q in batch(x)](E(q) * e)) + 0.1 * score) + near + 0.1 * triple over E\n"
          "    minimize near + product over F, tau } } }\n", 2e-3);
}

/* Loops whose steps read other samples: blocks of launches, in a step, in its blocks, nested, with a
 * kernel's loop inside, with draws, and with values of before an update. */
Test(whole, loops_that_mix_samples) {
    check("energy E(x: [2]) { return x |> Linear(8) |> silu |> Linear(1) |> squeeze }\n"
          "arg K = 3;  arg none = 0\nstate seen: [] = 0.0\nstate far: [] = 0.0\n"
          "fn k(a, b) = exp(-sqnorm(a - b))\n"
          "sampler svgd(E, x, K: int) { for i in 1..K { w ~ normal(like x)\n"
          "  x = x + 0.05 * i * mean[p in batch((x, -grad(E, x)))](k(p[0], x) * p[1] + grad(fn(q) => k(q, x), p[0])) + 0.01 * w }\n"
          "  return x }\n"
          "sampler centred(E, x, K: int) { m = 0.0\n"
          "  for i in 1..K { m = 0.5 * m + mean(E(x));  y = x\n"
          "    for j in 1..2 { w ~ normal(like y);  y = y - 0.1 * grad(E, y) + 0.1 * w }\n"
          "    for j in 0..i { y = y - 0.1 * m * mean(y, batch) }\n    x = shuffle(y) }\n  return (x, m) }\n"
          "train t { batch = 8;  optimizer E = sgd(lr = 0.05)\n step {\n"
          "  z ~ normal([2]);  x ~ svgd(E, z, K);  u ~ svgd(E, z, none);  (y, m) ~ centred(E, z, K)\n"
          "  minimize mean(E(z)) - mean(E(x)) + 0.1 * mean(E(y)^2) over E\n"
          "  repeat 2 { v ~ svgd(E, y, 2);  minimize mean(E(v)) - mean(E(z)) + 0.1 * mean(E(u)^2) over E }\n"
          "  if iter >= 2 { (v, n) ~ centred(E, z, K - 1);  seen = seen + n + mean(v[0]) } else { seen = seen + m }\n"
          "  far = mean(x[1] * y[0]) } }\n", 2e-3);
}

/* The gradient of the last step of a chain, and of a chain that is unrolled. */
Test(whole, gradients_through_loops) {
    check("arg K = 5\n"
          "energy E(x: [2]) { return x |> Linear(16) |> silu |> Linear(1) |> squeeze }\n"
          "sampler last(E, x, K: int) {\n"
          "  for k in 1..K { x = stop(x);  w ~ normal(like x);  x = clamp(x - 0.3 * grad(E, x) + "
          "0.1 * w, -1, 1) }\n"
          "  return x }\n"
          "sampler all(E, x) { for k in 1..3 { w ~ normal(like x);  x = x - 0.3 * grad(E, x) + 0.1 "
          "* w }\n  return x }\n"
          "train t { optimizer E = sgd(lr = 0.3)\n step {\n"
          "  x ~ normal([2]);  z ~ normal([2]);  xh = last(E, z, K);  xa = all(E, z)\n"
          "  minimize mean(E(x)) - mean(E(stop(xh))) + mean(stop(E)(xh)) + 0.1 * mean(sqnorm(xa)) "
          "over E } }\n", 5e-4);
}

Test(whole, batch_reductions_and_integers) {
    check("energy E(x: [4]) { return logsumexp(x |> Linear(6)) + norm(x) + max(x) + "
          "dot(softmax(x), x) }\n"
          "train t { optimizer E = sgd(lr = 0.05)\n step {\n"
          "  x ~ normal([4]);  i ~ randint(0, 4);  n ~ bernoulli([4], 0.3)\n"
          "  y = where(n, x, real(i)) * onehot(i, 4) + exp(-x^2) + erf(x) + abs(x)^1.5\n"
          "  e = E(y);  logz = logsumexp(-e);  s = std(e)\n"
          "  minimize mean(e) + logz + 0.1 * s + 0.01 * max(e) over E } }\n", 5e-4);
}

/* ---- blocks of a step ---------------------------------------------------------------------- */
#define NET "energy E(x: [2]) { return x |> Linear(8) |> silu |> Linear(1) |> squeeze }\n" \
            "generator G(z: [2]) -> [2] { return z |> Linear(8) |> tanh |> Linear(2) }\n"
#define SAMPLER "sampler langevin(E, x, K: int) { repeat K { w ~ normal(like x)\n" \
                "  x = x - 0.05 * grad(E, x) + 0.1 * w }\n  return x }\n"

Test(whole, blocks_of_updates) {
    check(NET SAMPLER "arg n = 3\nema A of G (decay = 0.9)\nstate hits: i32[] = 0\nparam s: "
          "[] = 0.5\n"
          "train t { batch = 8;  optimizer E, s = adam(lr = 0.01)\n optimizer G = sgd(lr = 0.02, "
          "momentum = 0.9)\n step {\n"
          "  x ~ normal([2]);  y ~ langevin(E, 2 * x, 4)\n"
          "  repeat n { z ~ normal([2]);  v ~ langevin(E, z, 3)\n"
          "    minimize mean(E(x)) - mean(E(y)) + mean(E(v)) - mean(E(stop(G(z)))) + 0.1 * s^2 "
          "over E, s\n"
          "    hits = hits + 1\n    every 2 { minimize (s - 0.1)^2 over s;  s = clamp(s, "
          "0.2, 1) } }\n"
          "  every 2 { z ~ normal([2]);  minimize mean(E(G(z)) + E(G(z))^2) over G }\n"
          "  if iter >= 2 { w ~ normal([2]);  minimize mean(E(w)^2) over E } else { hits += 100 }\n"
          "  track hits = 1.0 * hits } }\n", 5e-4);
}

Test(whole, blocks_of_locals) {
    check(NET "state last: [] = 0.0\nbuffer B: [2] = replay(50, init = uniform([2], -1, 1))\n"
          "train t { batch = 8;  optimizer E = sgd(lr = 0.05)\n step {\n"
          "  x ~ normal([2]);  a = 1.0;  k = 0\n"
          "  while a > 0.3 and k < 4 { a = 0.5 * a + 0.1 * mean(E(x))^2;  k += 1\n"
          "    x = 0.9 * x + [0.1, -0.1];  minimize mean(E(x)) + 0.1 * mean(E(x)^2) over E }\n"
          "  for j in 1..2 { y ~ B;  x = x + 0.1 * j * y;  B.push(x) }\n"
          "  if B.count > 20 { x = 2 * x;  last = mean(x[0]) } else { x = x - 1;  last = a }\n"
          "  minimize mean(E(stop(x))) over E } }\n", 5e-4);
}

Test(whole, simultaneous_updates) {
    check(NET "train t { batch = 8;  optimizer E = adam(lr = 0.01)\n optimizer G = adam(lr = "
          "0.02)\n step {\n"
          "  x ~ normal([2]);  z ~ normal([2])\n"
          "  repeat 2 { L = mean(E(x)) - mean(E(G(z)))\n"
          "    simultaneous { minimize L + 0.1 * mean(E(x)^2) over E\n maximize L over G } } } }\n",
          5e-4);
}

/* Batch statistics and their running averages; power iteration with a stored vector. */
Test(whole, layer_state) {
    check("module Norm()(x: [D]) { param gain: [D] = 1.0\n state mean: [D] = 0.0;  state var: "
          "[D] = 1.0\n"
          "  m = mean;  v = var\n"
          "  if is_training() { m = sum(x, batch) / batch_size();  v = sum((x - m)^2, batch) / "
          "batch_size()\n"
          "    mean = 0.9 * mean + 0.1 * m;  var = 0.9 * var + 0.1 * v }\n"
          "  return gain * (x - m) / sqrt(v + 0.001) }\n"
          "fn batch_size() = sum(sample_index() * 0 + 1, batch)\n"
          "energy E(x: [3]) { return x |> Linear(7) |> Norm() |> silu |> Linear(1) |> squeeze }\n"
          "ema A of E (decay = 0.5)\n"
          "train t { batch = 8;  optimizer E = sgd(lr = 0.05)\n step {\n"
          "  x ~ normal([3]);  y ~ uniform([3], -1, 1)\n"
          "  repeat 2 { minimize mean(E(x)) - mean(E(y)) + 0.1 * mean(eval(E)(x)^2) over E } } }\n",
          5e-4);
}

Test(whole, library_layers_with_a_memory) {
    check("energy E(x: [2,6,6]) { return x |> SNConv(4, k=3) |> BatchNorm() |> silu |> avg_pool(2) "
          "|> flatten\n"
          "    |> SNLinear(5, iters = 2) |> BatchNorm(affine = false) |> tanh |> Linear(1) |> "
          "squeeze }\n"
          "sampler s(E, x, K: int) { for k in 1..K { x = x - 0.1 * grad(E, x) }\n  return x }\n"
          "ema A of E (decay = 0.5)\n"
          "train t { batch = 8;  optimizer E = sgd(lr = 0.05)\n step {\n"
          "  x ~ normal([2,6,6]);  z ~ normal([2,6,6]);  y ~ s(eval(E), z, 3)\n"
          "  minimize mean(E(x)) - mean(E(y)) + 0.1 * mean(eval(E)(x)^2) over E } }\n", 2e-3);
}

/* What samplers track changes nothing in what the step does. */
Test(whole, track_in_samplers) {
    static const char *const track[] = { "", ";  track e = E(x);  track s = mean(norm(x))" };
    size_t len[2];
    uint8_t *bytes[2];
    for (int i = 0; i < 2; i++) {
        write_spec(arena_printf(arena,
                                NET "sampler s(E, x, K: int) { for k in 1..K { w ~ normal(like x)\n"
            "  x = x - 0.05 * grad(E, x) + 0.1 * w%s }\n  return x }\n"
            "train t { batch = 8;  optimizer E = sgd(lr = 0.05)\n step { x ~ normal([2]);  y ~ "
            "s(E, 2 * x, 6)\n"
            "  minimize mean(E(x)) - mean(E(y)) + 0.1 * mean(E(x)^2) over E } }\n", track[i]));
        run("%s spec.ebm -o prog", compiler());
        char *name = train("prog", i ? "with" : "without", 2);
        bytes[i] = read_file(name, &len[i]);
    }
    static const char *const same[] = { "E.linear0.weight", "E.linear1.bias" };
    FrontOptions o = { .stdlib_dir = "compiler/stdlib" };
    Program *p = front_compile(arena, arena_printf(arena, "%s/spec.ebm", folder), &o);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < p->states.n; i++)
            if (!strcmp(p->states.v[i].name, same[k]))
                cr_expect_eq(memcmp(find_state(bytes[0], &p->states.v[i]),
                                    find_state(bytes[1], &p->states.v[i]),
                                    (size_t)shape_count(p->states.v[i].shape) * 4), 0, "%s",
                                    same[k]);
    run("grep -q '\"y.e\":[-0-9]' with/metrics.jsonl && grep -q '\"y.s\":[0-9]' "
        "with/metrics.jsonl");
}
