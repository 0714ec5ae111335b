// links: rt
/* rt_checkpoint_test.c - checkpoints under damage, failed calls, lack of memory and kill -9, and
 * weights from foreign files. */
#include "checkpoint.h"
#include "memory.h"
#include "unit/rt_tiny.h"
#include <errno.h>

static void setup(void) {
    st_use_hook();
    tiny_setup(40);
}
TestSuite(rt_checkpoint, .init = setup, .fini = tiny_teardown, .timeout = 240);

/* States of the tiny program with values that tell them apart. */
typedef struct States { void *at[S_COUNT]; float f[S_COUNT][2 * CAPACITY]; } States;

static void fill(States *s, float base) {
    for (int i = 0; i < S_COUNT; i++) {
        s->at[i] = s->f[i];
        for (int k = 0; k < 2 * CAPACITY; k++) s->f[i][k] = base + (float)i + (float)k / 128;
    }
    int32_t head = 7;
    memcpy(s->f[S_HEAD], &head, 4);
}

static bool save(const States *s, uint64_t step, Status *st) {
    CkptCounters at = { step, UINT64_MAX - 5, 3 };
    StMeta meta[] = { { "ebm.entry", "cd" } };
    char path[IO_PATH];
    return ckpt_write(".", &tiny_program, s->at, &at, meta, 1, path, st);
}

Test(rt_checkpoint, what_is_saved_comes_back) {
    States a, b;
    Status st = { 0 };
    CkptCounters at;
    Ckpt c;
    fill(&a, 1);
    fill(&b, 100);
    cr_assert(save(&a, 12, &st), "%s", st.text);
    cr_assert(ckpt_open_newest(".", false, &c, &st), "%s", st.text);
    cr_assert(c.is_ours);
    cr_assert(ckpt_load_all(&c, &tiny_program, b.at, &at, &st), "%s", st.text);
    cr_assert(at.step == 12 && at.seed == UINT64_MAX - 5 && at.epoch == 3);
    for (int i = 0; i < S_COUNT; i++)
        cr_assert_arr_eq(a.at[i], b.at[i], tensor_bytes(&tiny_states[i].tensor));
    cr_assert_str_eq(c.file.tensor[c.file.n - 1].name, ST_DIGEST_NAME);
    for (int i = 0; i < c.file.n; i++)
        cr_assert_eq(
            c.file.tensor[i].array.offset % (uint64_t)elem_size(c.file.tensor[i].array.type), 0);
    cr_assert_str_eq(st_meta(&c.file, "format"), "pt");
    cr_assert_str_eq(st_meta(&c.file, "ebm.entry"), "cd");
    EbmProgram other = tiny_program;
    other.identity = "00";
    cr_assert_not(ckpt_load_all(&c, &other, b.at, &at, &st));
    cr_assert_eq(st.code, RT_DATA);
    ckpt_close(&c);
    cr_assert_eq(mem_live(), 0);
}

Test(rt_checkpoint, a_non_finite_state_is_never_written) {
    States a;
    Status st = { 0 };
    fill(&a, 1);
    a.f[S_SLOT][1] = INFINITY;
    cr_assert_not(save(&a, 3, &st));
    cr_assert_eq(st.code, RT_DIVERGED);
    cr_assert(strstr(st.text, "ebm.optim.E.m.E.center.weight") != NULL);
    cr_assert_not(tiny_exists("ckpt-3.safetensors"));
}

static void write_bytes(const char *path, const uint8_t *p, size_t n) {
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

/* In memory what ckpt_open does with a file of a checkpoint's name. */
static bool accepted(const uint8_t *p, uint64_t n) {
    StFile f;
    if (!st_parse("f", p, n, &f, NULL)) return false;
    bool ok = st_digest_valid(&f, p, n);
    st_free(&f);
    return ok;
}

Test(rt_checkpoint, every_truncation_and_every_flipped_bit_is_rejected) {
    States a;
    IoBytes b;
    Status st = { 0 };
    Ckpt c;
    fill(&a, 1);
    cr_assert(save(&a, 1, &st) && io_read_file("ckpt-1.safetensors", &b, &st));
    cr_assert(accepted(b.data, b.len));
    for (uint64_t n = 0; n < b.len; n++)
        cr_assert_not(accepted(b.data, n), "cut to %d bytes", (int)n);
    for (uint64_t bit = 0; bit < 8 * b.len; bit++) {
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_not(accepted(b.data, b.len), "bit %d of byte %d", (int)(bit % 8), (int)(bit / 8));
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (int k = 0; k < 60; k++) {                         /* the same through files */
        uint64_t bit = (uint64_t)k * 8 * b.len / 60 + (uint64_t)k % 8;
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_bytes("ckpt-1.safetensors", b.data, b.len);
        write_bytes("plain.safetensors", b.data, b.len);
        st = (Status){ 0 };
        cr_assert_not(ckpt_open("ckpt-1.safetensors", &c, &st));
        cr_assert_eq(st.code, RT_DATA);
        cr_assert_not(ckpt_open("plain.safetensors", &c, NULL), "the name must not matter");
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    mem_free(b.data);
    cr_assert_eq(mem_live(), 0);
}

Test(rt_checkpoint, the_newest_valid_one_is_taken_and_two_are_kept) {
    States a;
    Status st = { 0 };
    Ckpt c;
    fill(&a, 1);
    for (uint64_t step = 9; step <= 12; step++) cr_assert(save(&a, step, &st));
    cr_assert(!tiny_exists("ckpt-10.safetensors") && tiny_exists("ckpt-11.safetensors"));
    write_bytes("ckpt-13.safetensors", (const uint8_t *)"junk", 4);
    write_bytes("ckpt-12.safetensors", (const uint8_t *)"", 0);
    write_bytes("ckpt-99x.safetensors", (const uint8_t *)"", 0);
    cr_assert(ckpt_open_newest(".", true, &c, &st));
    cr_assert_str_eq(c.path, "ckpt-11.safetensors");
    cr_assert(tiny_exists("ckpt-13.safetensors.rejected") && !tiny_exists("ckpt-13.safetensors"));
    ckpt_close(&c);
}

Test(rt_checkpoint, bytes_depend_on_the_state_alone) {
    States a;
    Status st = { 0 };
    fill(&a, 1);
    cr_assert(save(&a, 5, &st) && rename("ckpt-5.safetensors", "first") == 0);
    sleep(1);
    cr_assert(save(&a, 5, &st));
    cr_assert(tiny_same("first", "ckpt-5.safetensors"));
}

/* ---- faults ----------------------------------------------------------------------------------*/
/* After a failure at any point the folder must hold a valid checkpoint and no temporary file. */
static void check_folder(uint64_t n, const char *what) {
    Ckpt c;
    Status st = { 0 };
    IoList names;
    cr_assert(ckpt_open_newest(".", false, &c, &st), "%s %d: %s", what, (int)n, st.text);
    ckpt_close(&c);
    cr_assert(io_list(".", &names, NULL));
    for (int i = 0; i < names.n; i++)
        cr_assert_neq(names.name[i][0], '.', "%s %d leaves %s", what, (int)n, names.name[i]);
    io_list_free(&names);
}

Test(rt_checkpoint, the_old_one_survives_every_failed_call) {
    States old, fresh;
    Status st = { 0 };
    fill(&old, 1);
    fill(&fresh, 2);
    cr_assert(save(&old, 5, &st));
    int errors[] = { EIO, ENOSPC, EDQUOT };
    for (uint64_t n = 1;; n++) {
        st = (Status){ 0 };
        io_fail_at(n, 1, errors[n % 3], IO_FAULT_ERROR);
        bool ok = save(&fresh, 6, &st);
        bool done = io_count() < n;
        io_fail_at(0, 0, 0, IO_FAULT_ERROR);
        cr_assert(ok || st.code == RT_WRITE, "call %d: %d", (int)n, st.code);
        check_folder(n, "call");
        if (done) {
            cr_assert(ok && n > 15, "only %d calls", (int)n);
            break;
        }
        remove("ckpt-6.safetensors");
    }
    remove("ckpt-6.safetensors");
    uint64_t live = mem_live();
    for (uint64_t n = 1;; n++) {
        st = (Status){ 0 };
        mem_fail_at(n);
        bool ok = save(&fresh, 6, &st);
        mem_fail_at(0);
        cr_assert(ok || st.code == RT_LIMIT, "allocation %d: %d %s", (int)n, st.code, st.text);
        check_folder(n, "allocation");
        cr_assert_eq(mem_live(), live, "allocation %d leaks", (int)n);
        if (ok) {
            Ckpt c;
            cr_assert(n > 4 && ckpt_open("ckpt-6.safetensors", &c, &st), "allocation %d: %s",
                      (int)n, st.text);
            ckpt_close(&c);
            break;
        }
        cr_assert_not(tiny_exists("ckpt-6.safetensors"));
    }
}

/* The program in a child with a fault set. */
static int run_with(const char *words, uint64_t fail_alloc, uint64_t fail_io, uint64_t times,
                    IoFault kind) {
    pid_t pid = fork();
    if (pid == 0) {
        mem_fail_at(fail_alloc);
        io_fail_at(fail_io, times, ENOSPC, kind);
        char text[300], *argv[20] = { "tiny" };
        int argc = 1;
        snprintf(text, sizeof text, "%s", words);
        for (char *p = strtok(text, " "); p; p = strtok(NULL, " ")) argv[argc++] = p;
        if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr)) _exit(99);
        _exit(ebm_main(&tiny_program, argc, argv));
    }
    return tiny_wait(pid);
}

Test(rt_checkpoint, every_failed_allocation_ends_a_run_with_its_code) {
    int failed = 0;
    for (uint64_t n = 1; n < 2000; n++) {
        cr_assert(system("rm -rf a") == 0);
        int code = run_with("train steps=4 --checkpoint-every 2 --threads 2 --out a", n, 0, 0,
                            IO_FAULT_ERROR);
        cr_assert(code == 0 || code == 5, "allocation %d: exit %d: %s", (int)n, code,
                  tiny_text("err"));
        if (code == 0 && failed > 100) break;
        failed += code == 5;
    }
    cr_assert(failed > 100, "%d allocations", failed);
}

Test(rt_checkpoint, every_failed_call_of_a_run_is_survived_or_said) {
    cr_assert_eq(tiny_run("train steps=4 --checkpoint-every 2 --out whole"), 0);
    for (uint64_t n = 1;; n++) {
        cr_assert(system("rm -rf a") == 0);
        int code = run_with("train steps=4 --checkpoint-every 2 --threads 1 --out a", 0, n, 1,
                            IO_FAULT_ERROR);
        cr_assert(code == 0 || code == 4 || code == 7, "call %d: exit %d: %s", (int)n, code,
                  tiny_text("err"));
        if (code == 0)
            cr_assert(tiny_same("whole/ckpt-4.safetensors", "a/ckpt-4.safetensors"), "call %d",
                      (int)n);
        if (n > 150) break;
    }
}

Test(rt_checkpoint, a_kill_at_every_call_resumes_to_the_same_bits) {
    cr_assert_eq(tiny_run("train steps=6 --checkpoint-every 2 --log-every 1 --out whole"), 0);
    int killed = 0, resumed = 0;
    for (uint64_t n = 1;; n++) {
        cr_assert(system("rm -rf a") == 0);
        int code = run_with("train steps=6 --checkpoint-every 2 --log-every 1 --out a", 0, n, 1,
                            IO_FAULT_KILL);
        if (code == 0) break;
        cr_assert_eq(code, -SIGKILL);
        killed++;
        code = tiny_run("resume a --checkpoint-every 2 --log-every 1");
        cr_assert(code == 0 || code == 4, "call %d: exit %d: %s", (int)n, code, tiny_text("err"));
        if (code == 4) continue;                           /* killed before the first checkpoint */
        resumed++;
        cr_assert(tiny_same("whole/ckpt-6.safetensors", "a/ckpt-6.safetensors"), "call %d", (int)n);
        cr_assert(tiny_same("whole/metrics.jsonl", "a/metrics.jsonl"), "metrics, call %d", (int)n);
        cr_assert(system("ls -A a | grep -q tmp") != 0, "call %d leaves a temporary file", (int)n);
    }
    cr_assert(killed > 60 && resumed > 40, "%d kills, %d resumes", killed, resumed);
}

Test(rt_checkpoint, a_full_disk_stops_the_run_at_the_third_checkpoint) {
    int code =
        run_with("train steps=100 --checkpoint-every 2 --out a", 0, 50, 100000, IO_FAULT_ERROR);
    cr_assert_eq(code, 7, "exit %d: %s", code, tiny_text("err"));
    int warnings = 0;
    for (const char *p = tiny_text("err"); (p = strstr(p, "warning: no checkpoint at step")); p++)
        warnings++;
    cr_assert_eq(warnings, 2, "%d warnings: %s", warnings, tiny_text("err"));
    Ckpt c;
    Status st = { 0 };
    cr_assert(ckpt_open_newest("a", false, &c, &st), "%s", st.text);
    ckpt_close(&c);
    cr_assert_eq(tiny_run("resume a steps=8"), 0, "%s", tiny_text("err"));
}

/* ---- weights ---------------------------------------------------------------------------------*/
static void write_foreign(const char *path, const char *const *names, int n, const float *v,
                          const char *averages) {
    static const int64_t two[1] = { 2 };
    StOut out[6];
    for (int i = 0; i < n; i++) {
        bool scalar = strstr(names[i], "scale") != NULL;
        out[i] = (StOut){ names[i], ELEM_F32, scalar ? 0 : 1, two, v + 2 * i };
    }
    cr_assert(st_write(path, out, n, &(StMeta){ "ebm.averages", averages }, averages != NULL, false, NULL));
}

Test(rt_checkpoint, weights_match_below_the_net) {
    static const float v[12] = { 1, 2, 3, 0, 5, 6, 7, 0, 9, 9, 9, 9 };
    Status st = { 0 };
    States s;
    Ckpt c;
    struct { const char *names[6]; int n; const char *net; const char *error, *averages;
    } cases[] = {
        { { "E.center.weight", "E.scale" }, 2, NULL, NULL, NULL },
        { { "E2.center.weight", "E2.scale" }, 2, NULL, NULL, NULL },
        { { "center.weight", "scale" }, 2, NULL, NULL, NULL },
        { { "A.center.weight", "A.scale", "B.center.weight", "B.scale" },
          4,
          NULL,
          "several nets fit E: A, B", NULL },
        { { "A.center.weight", "A.scale", "B.center.weight", "B.scale" }, 4, "A", NULL, NULL },
        { { "A.center.weight", "A.scale", "B.center.weight", "B.scale" },
          4,
          "C",
          "missing: E.center.weight, E.scale", NULL },
        { { "A.center.weight", "A.scale", "B.center.weight", "B.scale" }, 4, NULL, NULL, "B " },
        { { "A.center.weight", "A.scale", "B.center.weight", "B.scale" },
          4,
          NULL,
          "several nets fit E: A, B",
          "A B " },
        { { "A.center.weight", "A.scale", "B.center.weight", "B.scale" },
          4,
          NULL,
          "several nets fit E: A, B",
          "BB AB " },
        { { "B.center.weight", "B.scale" }, 2, NULL, NULL, "B " },
        { { "B.center.weight", "B.scale", "E.center.weight", "E.scale" }, 4, "B", NULL, "B " },
        { { "E.center.weight", "F.scale" }, 2, NULL, "missing: E.scale", NULL },
        { { "E.scale.x", "E.center.weight" }, 2, NULL, "missing: E.scale", NULL },
        { { "E.center.scale", "E.scale" }, 2, NULL, "missing: E.center.weight", NULL },
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        write_foreign("f.safetensors", cases[k].names, cases[k].n, v, cases[k].averages);
        fill(&s, 50);
        st = (Status){ 0 };
        cr_assert(ckpt_open("f.safetensors", &c, &st) && !c.is_ours);
        bool ok = weights_load(&c, &tiny_program, tiny_uses_net, cases[k].net, s.at, &st);
        ckpt_close(&c);
        cr_assert_eq(ok, cases[k].error == NULL, "case %d: %s", (int)k, st.text);
        if (ok)
            cr_assert(s.f[S_CENTER][0] == 1 && s.f[S_CENTER][1] == 2 && s.f[S_SCALE][0] == 3,
                      "case %d", (int)k);
        else cr_assert(strstr(st.text, cases[k].error) != NULL, "case %d: %s", (int)k, st.text);
        cr_assert_eq(s.f[S_EMA_CENTER][0], 50 + S_EMA_CENTER, "what was not wanted is untouched");
    }
    static const int64_t three[1] = { 3 };
    StOut out[2] = { { "E.center.weight", ELEM_F32, 1, three, v },
                     { "E.scale", ELEM_F32, 0, three, v } };
    cr_assert(st_write("f.safetensors", out, 2, NULL, 0, false, NULL));
    st = (Status){ 0 };
    cr_assert(ckpt_open("f.safetensors", &c, &st));
    cr_assert_not(weights_load(&c, &tiny_program, tiny_uses_net, NULL, s.at, &st));
    cr_assert(strstr(st.text, "has shape [3], the program's is [2]") != NULL, "%s", st.text);
    ckpt_close(&c);
    cr_assert_eq(mem_live(), 0);
}
