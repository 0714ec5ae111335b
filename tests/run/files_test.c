// links: base
/* files_test.c - networks that move between programs by file, and entries that run on the way.
 *
 * Each spec is compiled with $EBMCC and run in a scratch folder; exit codes, what is printed and
 * what
 * is written are checked. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/ebm_files_XXXXXX";
static void setup(void) { cr_assert(mkdtemp(folder)); }
static void teardown(void) {
    char line[100];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    cr_expect_eq(system(line), 0);
}
TestSuite(files, .init = setup, .fini = teardown, .timeout = 120);

static char said[1 << 16];
/* Runs a command in the scratch folder: its exit code; what it printed is in `said`. */
static int run(const char *fmt, ...) {
    char command[1024], line[1200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(command, sizeof command, fmt, ap);
    va_end(ap);
    snprintf(line, sizeof line, "cd %s && { %s; } 2>&1", folder, command);
    FILE *p = popen(line, "r");
    said[fread(said, 1, sizeof said - 1, p)] = 0;
    return WEXITSTATUS(pclose(p));
}
static void build(const char *name, const char *spec) {
    char path[100];
    snprintf(path, sizeof path, "%s/%s.ebm", folder, name);
    FILE *f = fopen(path, "w");
    fputs(spec, f);
    fclose(f);
    const char *compiler = getenv("EBMCC");
    cr_assert(compiler, "EBMCC names the compiler to test");
    cr_assert_eq(run("%s %s.ebm -o %s", compiler, name, name), 0, "%s", said);
}
static void expect(const char *part) {
    cr_expect(strstr(said, part), "no '%s' in\n%s", part, said);
}

#define NET "module Net(h: int)(x: [2]) { return x |> Linear(h) |> silu |> Linear(1) |> squeeze }\n"
#define TRAIN NET "energy E: [2] = Net(8)\nema A of E (decay = 0.5)\narg scale = 1.0\n" \
    "train t { batch = 8;  steps = 4;  optimizer E = sgd(lr = 0.1)\n" \
    " export \"out/net.safetensors\"\n" \
    " step { x ~ normal([2]);  minimize mean(E(x)) + 0.1 * mean(E(x)^2) over E\n" \
    "  every 2 { run quality(count = 32, scale = 2.5);  run pictures } } }\n" \
    "eval quality { batch = 16;  x ~ normal([2]);  report e = mean(E(x))\n" \
    " report a = mean(A(x));  report s = scale }\n" \
    "sample pictures { batch = 16;  x ~ normal([2]);  save(x, \"x.npy\") }\n"

/* Entries run on the state as it is after the step, with settings of their own; training goes on as
 * if they had not run; a resumed run repeats them. */
Test(files, entries_run_on_the_way) {
    build("prog", TRAIN);
    cr_assert_eq(run("./prog train --out one --log-every 1"), 0, "%s", said);
    expect("quality at step 2:");
    cr_assert_eq(run("grep -c 'quality.s\":2.5' one/metrics.jsonl"), 0);
    expect("2\n");
    cr_expect_eq(run("test -f one/pictures-2/x.npy && test -f one/pictures-4/x.npy"), 0);
    /* no network in it */
    cr_expect_eq(run("cmp one/pictures-2/x.npy one/pictures-4/x.npy"), 0);
    cr_assert_eq(run("./prog eval quality --ckpt one/ckpt-4.safetensors count=32 scale=2.5"), 0);
    char e[40];
    cr_assert_eq(sscanf(said + strcspn(said, "\n") + 1, "%*[^\n]\ne %39s", e), 1, "%s", said);
    cr_assert_eq(run("tail -1 one/metrics.jsonl"), 0);
    expect(e);
    cr_assert_eq(run("./prog train --out half steps=2 --log-every 1 && "
                     "./prog resume half steps=4 --log-every 1"), 0, "%s", said);
    cr_expect_eq(run("cmp one/metrics.jsonl half/metrics.jsonl"), 0, "%s", said);
}

/* What one program exports another takes: by the net's name in the file, for sampling without
 * training and as the start of training. */
Test(files, networks_from_files) {
    build("prog", TRAIN);
    cr_assert_eq(run("./prog train --out one"), 0, "%s", said);
    expect("wrote out/net.safetensors: 8 tensors");
    build("use", NET "energy E1: [2] = Net(8) from \"out/net.safetensors:E\"\n"
          "energy E2: [2] = Net(8) from \"out/net.safetensors:A\"\n"
          "eval both { batch = 32;  x ~ normal([2]);  report e = mean(E1(x));  report a = "
          "mean(E2(x)) }\n"
          "train more { batch = 8;  steps = 2;  optimizer E1 = sgd(lr = 0.0)\n"
          " step { x ~ normal([2]);  minimize mean(E1(x)) over E1 } }\n");
    cr_assert_eq(run("./use eval"), 0, "%s", said);
    expect("weights of E1: out/net.safetensors");
    cr_assert_eq(run("./use train --out two && mv out gone && ./use eval --ckpt two"), 0, "%s",
                 said);
    expect("weights: two/ckpt-2");
    double e1, a1, e2, a2;                   /* the same networks on the same draws */
    cr_assert_eq(run("./use eval --ckpt two 2>/dev/null"), 0);
    cr_assert_eq(sscanf(said, "e %lf a %lf", &e1, &a1), 2, "%s", said);
    cr_assert_eq(run("mv gone out && ./use eval from=init 2>/dev/null"), 0);
    cr_assert_eq(sscanf(said, "e %lf a %lf", &e2, &a2), 2, "%s", said);
    cr_expect(e1 == e2 && a1 == a2 && e1 != a1);
}

Test(files, wrong_files) {
    build("prog", TRAIN);
    cr_assert_eq(run("./prog train --out one"), 0, "%s", said);
    build("use", NET "energy E1: [2] = Net(9) from \"out/net.safetensors:E\"\n"
          "eval v { x ~ normal([2]);  report e = mean(E1(x)) }\n");
    cr_expect_eq(run("./use eval"), 4);
    expect("E1.linear0.weight has shape [8,2], the program's is [9,2]");
    build("use", NET "energy E1: [2] = Net(8) from \"out/net.safetensors\"\n"
          "eval v { x ~ normal([2]);  report e = mean(E1(x)) }\n");
    cr_expect_eq(run("./use eval"), 0);           /* the net that learned, not its average */
    expect("not used here: A.linear0.weight");
    expect("weights of E1: out/net.safetensors");
    build("use", NET "energy E1: [2] = Net(8) from \"out/net.safetensors:F\"\n"
          "eval v { x ~ normal([2]);  report e = mean(E1(x)) }\n");
    cr_expect_eq(run("./use eval"), 4);
    expect("missing: E1.linear0.weight");
    build("use", NET "energy E1: [2] = Net(8) from \"nowhere.safetensors\"\n"
          "eval v { x ~ normal([2]);  report e = mean(E1(x)) }\n");
    cr_expect_eq(run("./use eval"), 4);
    expect("nowhere.safetensors");
}

/* What step and noise of a sampler imply is said once, when the program starts, unless it is 1:
 * args count as they are given, also in blocks and in loops of samplers. It is no metric and no
 * result. */
Test(files, temperatures_are_said) {
    build("prog", NET "use std.samplers\nenergy E: [2] = Net(8)\narg sigma = 0.01\n"
          "train t { batch = 8;  steps = 3;  optimizer E = sgd(lr = 0.1)\n step { x ~ normal([2])\n"
          "  y ~ langevin_decoupled(E, x, 2, 1.0, sigma);  z ~ langevin(E, x, 2, 0.1)\n"
          "  repeat 2 { u ~ langevin_scaled(E, x, 2, 0.1);  minimize mean(E(y) + E(z) + E(u)) over "
          "E } } }\n"
          "eval v { x ~ normal([2]);  (y, s) ~ record(fn(q) => langevin_decoupled(E, q, 1, 1.0, "
          "sigma), E, x, 4)\n"
          "  report e = mean(E(y)) }\n");
    cr_assert_eq(run("./prog train --out one --log-every 1"), 0, "%s", said);
    expect("note: y.temperature is 5e-05 (the chains' density is exp(-E/T))");
    expect("note: u.temperature is 0.005");
    cr_expect(!strstr(said, "z.temperature"));
    char *first = strstr(said, "y.temperature");
    cr_expect(!strstr(first + 1, "y.temperature"), "said twice:\n%s", said);
    cr_expect_eq(run("grep temperature one/metrics.jsonl"), 1);
    cr_assert_eq(run("./prog eval --ckpt one sigma=2"), 0, "%s", said);
    expect("note: y.temperature is 2 ");
    cr_assert_eq(run("./prog eval --ckpt one sigma=1.4142135 && ./prog eval --quiet --ckpt one"), 0,
                 "%s", said);
    cr_expect(!strstr(said, "temperature"), "%s", said);
}

/* A program without anything to learn needs no weights. */
Test(files, nothing_to_load) {
    build("prog", "eval v { x ~ normal([2]);  report e = mean(sqnorm(x)) }\n");
    cr_expect_eq(run("./prog eval"), 0, "%s", said);
    expect("\ne  ");
}
