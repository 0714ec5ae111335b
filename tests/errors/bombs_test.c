// links: base
/* bombs_test.c - programs that ask for too much, and every diagnostic in at least one bad program.
 *
 * tests/errors/bombs/NAME.ebm, and texts that are made here, must be refused by `ebmcc check` with
 * the exit code of their diagnostic, soon and in little memory. Their last lines say what is
 * expected, as in tests/errors/check:
 *   # expect: CODE LINE:COLUMN part of the message       (* for a place in the standard library)
 * Without $EBMCC the compiler of ./build is tested. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

/* Promised are 2 s and 512 MiB. A core that its host shares may take twice as long, a sanitizer more
 * of both. */
#if defined(__SANITIZE_ADDRESS__)
enum { MAX_SECONDS = 40, MAX_MIB = 4096 };
#else
enum { MAX_SECONDS = 4, MAX_MIB = 512 };
#endif

static char text[1 << 16];

static const char *read_text(const char *path, char *to, size_t size) {
    FILE *f = fopen(path, "r");
    cr_assert(f, "no %s (run from the top folder)", path);
    to[fread(to, 1, size - 1, f)] = 0;
    fclose(f);
    return to;
}

/* Runs `ebmcc check PATH` within twice the limits; its exit status, its messages in `said`. */
static int check(const char *path, char *said, size_t size) {
    char log[] = "/tmp/ebm_bomb_XXXXXX";
    const char *compiler = getenv("EBMCC") ? getenv("EBMCC") : "build/ebmcc";
    int fd = mkstemp(log);
    cr_assert(fd >= 0);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CPU, &(struct rlimit){ 2 * MAX_SECONDS, 2 * MAX_SECONDS });
        dup2(fd, 2);
        execl(compiler, compiler, "check", path, (char *)NULL);
        _exit(127);
    }
    int status;
    struct rusage use;
    cr_assert_eq(wait4(child, &status, 0, &use), child);
    close(fd);
    read_text(log, said, size);
    unlink(log);
    double seconds = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                     1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    cr_assert(WIFEXITED(status), "%s: signal %d", path, WTERMSIG(status));
    cr_expect(seconds <= MAX_SECONDS, "%s took %.1f s", path, seconds);
    cr_expect(use.ru_maxrss / 1024 <= MAX_MIB, "%s took %ld MiB", path, use.ru_maxrss / 1024);
    return WEXITSTATUS(status);
}

/* A line of messages has the code, the place and the part. */
static bool says(const char *said, const char *code, const char *place, const char *part) {
    char head[64];
    if (*place == '*')
        snprintf(head, sizeof head, ": error %s: ", code);
    else
        snprintf(head, sizeof head, ":%s: error %s: ", place, code);
    for (const char *at = said; (at = strstr(at, head)); at++) {
        const char *found = strstr(at, part);
        if (found && found < at + strcspn(at, "\n"))
            return true;
    }
    return false;
}

static bool is_limit(const char *code) { return !strcmp(code, "E0001") || !strcmp(code, "E0803"); }

static void check_file(const char *path) {
    static char said[1 << 16];
    int want = EXIT_SPEC, expected = 0;
    read_text(path, text, sizeof text);
    int status = check(path, said, sizeof said);
    for (char *at = text; (at = strstr(at, "# expect: ")); expected++) {
        char code[16], place[32], part[256];
        at += strlen("# expect: ");
        cr_assert_eq(sscanf(at, "%15s %31s %255[^\n]", code, place, part), 3, "%s: %s", path, at);
        cr_expect(says(said, code, place, part), "%s: wanted %s %s %s\n  got %s", path, code, place,
                  part, said);
        if (is_limit(code))
            want = EXIT_LIMIT;
    }
    cr_assert_gt(expected, 0, "%s expects nothing", path);
    cr_expect_eq(status, want, "%s: exit status %d, not %d\n%s", path, status, want, said);
}

/* Calls visit for each .ebm file of a folder; their number. */
static int each_file(const char *folder, void (*visit)(const char *path)) {
    DIR *dir = opendir(folder);
    char path[512];
    int n = 0;
    cr_assert(dir, "no %s (run from the top folder)", folder);
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (len < 5 || strcmp(e->d_name + len - 4, ".ebm"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        visit(path);
        n++;
    }
    closedir(dir);
    return n;
}

TestSuite(bombs, .timeout = 240);

Test(bombs, folder) { cr_assert_gt(each_file("tests/errors/bombs", check_file), 20); }
Test(bombs, target) { cr_assert_gt(each_file("tests/errors/target", check_file), 0); }

/* ---- texts that are too long to keep ------------------------------------------------------- */

/* head, `n` times piece, tail: refused with the code. */
static void check_long(const char *what, const char *head, const char *piece, int n,
                       const char *tail,
                       const char *code) {
    static char said[1 << 16];
    char path[] = "/tmp/ebm_bomb_XXXXXX.ebm";
    int fd = mkstemps(path, 4);
    cr_assert(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs(head, f);
    for (int i = 0; i < n; i++)
        fputs(piece, f);
    fputs(tail, f);
    fclose(f);
    int status = check(path, said, sizeof said);
    unlink(path);
    cr_expect(strstr(said, code), "%s: wanted %s, got %.2000s", what, code, said);
    cr_expect_eq(status, is_limit(code) ? EXIT_LIMIT : EXIT_SPEC, "%s: exit status %d\n%.2000s",
                 what, status, said);
    cr_expect_lt(strlen(said), 40000, "%s says too much", what);
}

#define EVAL(e) "eval v { x ~ normal([2]);  report y = " e

Test(bombs, long_texts) {
    const int many = 100000;
    check_long("terms", EVAL("x[0]"), " + x[0]", many, " }\n", "E0111");
    check_long("terms in a constant", "const n = 1", " + 1", many, "\n", "E0111");
    check_long("powers", "const n = 1", " ^ 1", many, "\n", "E0111");
    check_long("pipes", EVAL("x"), " |> sin", many, " }\n", "E0111");
    check_long("parentheses", EVAL(""), "(", many, "x }\n", "E0111");
    check_long("brackets", EVAL(""), "[", many, "x }\n", "E0111");
    check_long("minus signs", EVAL(""), "- ", many, "x }\n", "E0111");
    check_long("nots", EVAL(""), "not ", many, "x }\n", "E0111");
    check_long("calls", EVAL(""), "sin(", many, "x }\n", "E0111");
    check_long("indices", EVAL("x"), "[0]", many, " }\n", "E0111");
    check_long("conditionals", EVAL(""), "if x then 1 else ", many / 2, "x }\n", "E0111");
    check_long("lambdas", EVAL(""), "fn(z) => ", many, "x }\n", "E0111");
    check_long("blocks", "train t { step { ", "if 1 > 0 { ", many / 2, "\n", "E0111");
    check_long("items", "", "const a = 1;", many / 10, "\n", "E0204");
    check_long("statements", "fn f(x) {\n", "x = x + 1 * x\n", 60000, "return x }\n", "E0116");
    check_long("a list", EVAL("sum(["), "x[0], ", many, "x[0]]) }\n", "E0116");
    check_long("a file", "# ", "................", 1 << 16, "\n", "E0115");
    check_long("errors", "fn f(x) {\n", "x = )\n", many / 10, "return x }\n", "E0120");
    check_long("stray characters", "", "?\n", many, "", "E0107");
}

Test(bombs, other_files) {
    static char said[1 << 14];
    cr_expect_eq(check("/dev/zero", said, sizeof said), EXIT_SPEC, "%s", said);
    cr_expect_eq(check("/tmp", said, sizeof said), EXIT_SPEC, "%s", said);
    cr_expect_eq(check("/tmp/ebm_no_such_file.ebm", said, sizeof said), EXIT_SPEC, "%s", said);
    char fifo[] = "/tmp/ebm_fifo_XXXXXX";
    cr_assert(mkdtemp(fifo));
    char path[64];
    snprintf(path, sizeof path, "%s/f.ebm", fifo);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(check(path, said, sizeof said), EXIT_SPEC, "%s", said);
    unlink(path);
    rmdir(fifo);
}

/* ---- every diagnostic is met --------------------------------------------------------------- */

static bool met[DIAG_COUNT];
static int programs;

static void meet(const char *code) {
    for (int i = 0; i < DIAG_COUNT; i++)
        met[i] |= !strncmp(code, diag_code_name((DiagCode)i), 5);
}
static void meet_file(const char *path) {
    programs++;
    for (const char *at = read_text(path, text, sizeof text); (at = strstr(at, "# expect: "));)
        meet(at += strlen("# expect: "));
}
/* Texts that are bad in their bytes, or too large to keep, stand in a test. */
static void meet_test(const char *path) {
    for (const char *at = read_text(path, text, sizeof text); (at = strstr(at, "expect_"));) {
        at += strcspn(at, "(");
        if (*at == '(' && at[1] == 'E' && isdigit(at[2]))
            meet(at + 1);
    }
}

Test(codes, every_code_is_met) {
    each_file("tests/errors/syntax", meet_file);
    each_file("tests/errors/check", meet_file);
    each_file("tests/errors/bombs", meet_file);
    each_file("tests/errors/target", meet_file);
    meet_test("tests/unit/parse_test.c");
    meet("E0203");                /* a name on the command line: tests/unit/check_test.c */
    /* The back end says E0801 for what the front end refuses before: what it has no code for is
     * never left out. Programs that are no spec show it: tests/unit/limits_test.c. */
    meet("E0801");
    for (int i = 0; i < DIAG_COUNT; i++)
        cr_expect(met[i], "no bad program is refused with %s", diag_code_name((DiagCode)i));
    cr_expect_geq(programs, 120, "%d bad programs", programs);
}

/* A code is explained by more than its title; one that a user can avoid, by a bad and a good
 * line. */
Test(codes, every_code_is_explained) {
    /* limits and bytes, where a counterexample would say nothing */
    static const char *const plain[] = { "E0001", "E0002", "E0112", "E0113", "E0115", "E0116",
                                         "E0117", "E0118", "E0801", "E0803" };
    for (int i = 0; i < DIAG_COUNT; i++) {
        const char *name = diag_code_name((DiagCode)i);
        char *page = NULL;
        size_t size;
        FILE *f = open_memstream(&page, &size);
        cr_assert(diag_explain(name, f));
        fclose(f);
        bool is_plain = false;
        for (size_t k = 0; k < sizeof plain / sizeof *plain; k++)
            is_plain |= !strcmp(plain[k], name);
        cr_expect(strlen(page) > 60, "%s: %s", name, page);
        cr_expect(is_plain || (strstr(page, "bad:") && strstr(page, "good:")),
                  "%s has no example:\n%s", name, page);
        free(page);
    }
}
