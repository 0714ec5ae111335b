// links: rt
/* rt_run_test.c - a hand-written program through ebm_main: every command, every way a run ends. */
#include "unit/rt_tiny.h"

static void setup(void) { tiny_setup(100); }
TestSuite(rt_run, .init = setup, .fini = tiny_teardown, .timeout = 60);

#define RUN(code, words)                                                                           \
    do {                                                                                           \
        int got_ = tiny_run(words);                                                                \
        cr_assert_eq(got_, (code), "%s: exit %d, expected %d\n%s", words, got_, code,              \
                     tiny_text("err"));                                                            \
    } while (0)
#define SAYS(path, part)                                                                           \
    cr_assert(strstr(tiny_text(path), part) != NULL, "%s does not say '%s':\n%s", path, part,      \
              tiny_text(path))

Test(rt_run, trains_samples_evaluates_and_scores) {
    RUN(0, "train steps=200 --threads 2");
    SAYS("err", "device: cpu, 2 threads");
    SAYS("err", "run: runs/tiny-1");
    SAYS("out", "checkpoint  runs/tiny-1/ckpt-200.safetensors");
    cr_assert(tiny_exists("runs/tiny-1/ckpt-200.safetensors")
              && tiny_exists("runs/tiny-1/config.json"));
    SAYS("runs/tiny-1/metrics.jsonl", "{\"step\":100,\"gap\":");

    RUN(0, "eval");
    SAYS("err", "weights: runs/tiny-1/ckpt-200.safetensors (step 200)");
    SAYS("out", "energy");
    SAYS("out", "  fpr95 ");
    /* each of 0..99 once, in 50 pairs */
    SAYS("out", "rows              99\n");
    RUN(0, "eval --json --quiet");
    SAYS("out", "{\"entry\":\"check\",\"rows\":50,\"results\":{\"energy\":");
    cr_assert_str_empty(tiny_text("err"));

    RUN(0, "sample --out pictures");
    cr_assert(tiny_exists("pictures/out.safetensors") && tiny_exists("pictures/grid.png")
              && tiny_exists("pictures/plots/x.png"));
    SAYS("pictures/out.npy", "NUMPY");
    struct stat s;
    cr_assert(stat("pictures/out.npy", &s) == 0);
    cr_assert_eq(s.st_size, 128 + 25 * 8, "25 rows of 2 f32, not %ld bytes", (long)s.st_size);

    RUN(0, "score points.npy");
    int lines = 0;
    for (const char *p = tiny_text("out"); *p; p++) lines += *p == '\n';
    cr_assert_eq(lines, 100);
    RUN(0, "score points.npy E --grad");
    cr_assert(strchr(tiny_text("out"), '\t'));
    RUN(0, "score points.npy --grad --out s.safetensors");
    cr_assert(tiny_exists("s.safetensors"));
}

Test(rt_run, bits_do_not_depend_on_threads) {
    RUN(0, "train steps=60 --threads 1 --out a");
    RUN(0, "train steps=60 --threads 3 --out b");
    cr_assert(tiny_same("a/ckpt-60.safetensors", "b/ckpt-60.safetensors"));
    RUN(0, "train steps=60 --threads 3 --seed 1 --out c");
    cr_assert_not(tiny_same("a/ckpt-60.safetensors", "c/ckpt-60.safetensors"));
}

Test(rt_run, resume_is_exact) {
    RUN(0, "train steps=100 --checkpoint-every 10 --log-every 10 --out whole");
    RUN(0, "train steps=40 --checkpoint-every 10 --log-every 10 --out part");
    RUN(0, "resume part steps=100 --checkpoint-every 10 --log-every 10");
    cr_assert(tiny_same("whole/ckpt-100.safetensors", "part/ckpt-100.safetensors"));
    cr_assert(tiny_same("whole/metrics.jsonl", "part/metrics.jsonl"));
    cr_assert_not(tiny_exists("part/ckpt-80.safetensors"), "only the newest two are kept");
    cr_assert(tiny_exists("part/ckpt-90.safetensors"));
}

Test(rt_run, resume_refuses_what_would_not_be_exact) {
    RUN(0, "train steps=20 --out a");
    RUN(2, "resume a batch=8");
    SAYS("err", "batch cannot change on resume");
    RUN(2, "resume a lr=0.5");
    RUN(2, "resume a seeed=5");
    RUN(2, "resume");
    RUN(4, "resume nowhere");
    FILE *f = fopen("points.npy", "r+b");
    fseek(f, 200, SEEK_SET);
    fputc(0x3f, f);
    fclose(f);
    RUN(4, "resume a steps=30");
    SAYS("err", "SHA-256 differs");
}

Test(rt_run, killed_runs_resume_to_the_same_bits) {
    RUN(0, "train steps=400 --checkpoint-every 20 --log-every 20 --out whole");
    pid_t pid =
        tiny_start("train steps=400 delay=1000 --checkpoint-every 20 --log-every 20 --out killed");
    for (int i = 0; i < 10; i++) {
        usleep(15000 + 7000 * (useconds_t)i);
        kill(pid, SIGKILL);
        int code = tiny_wait(pid);
        if (code == 0) break;
        if (!tiny_exists("killed/ckpt-20.safetensors") && strstr(tiny_text("err"), "resume") == NULL
            && system("ls killed/ckpt-* >/dev/null 2>&1") != 0) {
            cr_assert(system("rm -rf killed") == 0);
            pid = tiny_start(
                "train steps=400 delay=1000 --checkpoint-every 20 --log-every 20 --out killed");
        } else {
            pid = tiny_start("resume killed --checkpoint-every 20 --log-every 20");
        }
    }
    cr_assert_eq(tiny_wait(pid), 0, "%s", tiny_text("err"));
    cr_assert(system("ls -A killed | grep -q ebm-tmp") != 0, "a temporary file is left");
    cr_assert(tiny_same("whole/metrics.jsonl", "killed/metrics.jsonl"));
    /* delay is an arg and so in the file: compare through a second run with the same delay */
    RUN(0, "train steps=400 delay=1000 --checkpoint-every 20 --log-every 20 --out again");
    cr_assert(tiny_same("again/ckpt-400.safetensors", "killed/ckpt-400.safetensors"));
}

Test(rt_run, signals_checkpoint_and_exit_75) {
    pid_t pid = tiny_start("train steps=100000 delay=1000 --out a");
    usleep(200000);
    kill(pid, SIGTERM);
    cr_assert_eq(tiny_wait(pid), 75, "%s", tiny_text("err"));
    SAYS("err", "continue with: resume a");
    RUN(0, "resume a --budget 0.1s");
    SAYS("err", "budget spent");
    SAYS("out", "checkpoint  a/ckpt-");
}

Test(rt_run, divergence_keeps_the_last_good_checkpoint) {
    RUN(6, "train blowup=35 --checkpoint-every 10 --out a");
    SAYS("err", "diverged at step 34: gradient of E is not finite");
    SAYS("err", "a/ckpt-30.safetensors");
    cr_assert(tiny_exists("a/ckpt-30.safetensors"));
}

Test(rt_run, one_process_per_folder) {
    pid_t pid = tiny_start("train steps=100000 delay=1000 --out a");
    usleep(200000);
    RUN(7, "resume a");
    SAYS("err", "another process");
    kill(pid, SIGINT);
    cr_assert_eq(tiny_wait(pid), 75);
    RUN(2, "train --out a");
    SAYS("err", "already holds a run");
}

Test(rt_run, damaged_checkpoints_are_passed_over) {
    RUN(0, "train steps=20 --checkpoint-every 10 --out runs/tiny-4");
    FILE *f = fopen("runs/tiny-4/ckpt-20.safetensors", "r+b");
    fseek(f, -100, SEEK_END);
    fputc(0x55, f);
    fclose(f);
    RUN(4, "eval --ckpt runs/tiny-4/ckpt-20.safetensors");
    RUN(0, "eval");
    SAYS("err", "rejected: runs/tiny-4/ckpt-20.safetensors: damaged");
    SAYS("err", "weights: runs/tiny-4/ckpt-10.safetensors");
    RUN(0, "resume runs/tiny-4");
    cr_assert(tiny_exists("runs/tiny-4/ckpt-20.safetensors.rejected"));
    cr_assert(tiny_exists("runs/tiny-4/ckpt-20.safetensors"));
}

Test(rt_run, usage_errors_suggest) {
    RUN(2, "train lrr=0.1");
    SAYS("err", "did you mean 'lr'?");
    RUN(2, "trian");
    SAYS("err", "did you mean 'train'?");
    RUN(2, "train --threds 2");
    SAYS("err", "did you mean '--threads'?");
    RUN(2, "train lr=fast");
    RUN(2, "train lr=0.1 steps=3 lr=0.2");
    SAYS("err", "lr is given twice");
    RUN(2, "train batch=0");
    RUN(2, "train steps=1e3");
    RUN(2, "train blowup=1.5");
    RUN(2, "sample steps=3");
    RUN(2, "train cdd");
    SAYS("err", "did you mean 'cd'?");
    RUN(2, "train --budget soon");
    RUN(2, "train --grad");
    RUN(2, "train check.batch=3");
    SAYS("err", "a setting of check");
    RUN(2, "");
    RUN(9, "train --device cuda");
    RUN(2, "train --device tpu");
    RUN(0, "train cd.batch=8 cd.lr=1e-3 steps=3");
    RUN(0, "--help");
    SAYS("out", "--budget TIME");
    RUN(0, "train --help");
    RUN(0, "info");
    SAYS("out", "E.center.weight");
    RUN(0, "info --json");
    RUN(0, "train --show lr=0.25");
    SAYS("out", "# lr = 0.25   (changed)");
    cr_assert_not(tiny_exists("runs/tiny-2"));
}

Test(rt_run, a_cpu_that_lacks_what_the_kernels_need_is_refused) {
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = { "tiny", "train", "steps=3", NULL };
        if (!freopen("err", "w", stderr)) _exit(99);
#ifdef __ARM_NEON
        _exit(ebm_main_on(&tiny_program, EBM_CPU_AVX2, 3, argv));
#else
        _exit(ebm_main_on(&tiny_program, EBM_CPU_NEON, 3, argv));
#endif
    }
    cr_assert_eq(tiny_wait(pid), 9);
    SAYS("err", "this CPU has no");
    cr_assert_not(tiny_exists("runs"));
}

Test(rt_run, weights_come_from_where_they_are_asked) {
    RUN(4, "eval");
    SAYS("err", "no weights");
    RUN(0, "eval from=init");
    RUN(0, "train steps=5");
    RUN(0, "train steps=7");
    RUN(0, "eval");
    SAYS("err", "runs/tiny-2/ckpt-7.safetensors");
    RUN(0, "eval --ckpt runs/tiny-1");
    SAYS("err", "runs/tiny-1/ckpt-5.safetensors");
    RUN(4, "eval --ckpt points.npy");
    RUN(4, "eval --ckpt /dev/zero");
    RUN(0, "train steps=3 from=runs/tiny-1");
    RUN(0, "sample --out s");
    RUN(4, "eval --ckpt s/out.safetensors");
    SAYS("err", "missing: E_avg.center.weight");
    RUN(2, "eval --ckpt a from=b");
}

Test(rt_run, data_and_limits) {
    RUN(4, "train d=nowhere.npy");
    RUN(4, "train d=/dev/zero");
    RUN(2, "eval from=init count=51");
    RUN(0, "eval from=init count=37 --json");
    SAYS("out", "\"rows\":37");
    RUN(5, "train batch=1_000_000_000");
    SAYS("err", "a step of cd at batch 1000000000 needs");
    RUN(0, "train batch=300 steps=3");                     /* larger than the data set */
    cr_assert(symlink("/dev/full", "full") == 0);
}
