// links: backend passes front graph base
/* limits_test.c - every allocation of a compilation may fail, and the memory budget holds.
 *
 * A child compiles the moons example from text to C with the n-th allocation failing. It must end
 * with exit code 5 and one line that names the size and the purpose; n runs through the first
 * allocations, then through a sample of all, up to the last. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/backend.h"
#include "front/front.h"
#include "passes/passes.h"

static const char spec[] = "dsl_examples/moons.ebm";

/* The compiler's main path without its C compiler; the allocations that it made. */
static uint64_t compile(void) {
    uint64_t before = xalloc_count();
    Arena *a = arena_new("compiler");
    Program *p = front_compile(a, spec, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    Emitted em = { 0 };
    if (!p)
        exit(EXIT_SPEC);
    passes_run(p, &(PassOptions){ 0 });
    if (!backend_c_emit(p, &(BackendOptions){ .compiler = "test" }, &em))
        exit(EXIT_SPEC);
    emitted_free(&em);
    arena_free(a);
    base_reset();
    return xalloc_count() - before;
}

/* Compiles in a child, where the n-th allocation fails (0: none) and the budget is `budget` bytes
 * (0: as it is); its exit status, what it said in `said`. */
static int in_child(uint64_t n, uint64_t budget, char *said, size_t size) {
    int ends[2], status;
    cr_assert_eq(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        dup2(ends[1], 2);
        alarm(60);
        if (budget)
            xalloc_set_budget(budget);
        xalloc_fail_at(n);
        compile();
        _exit(0);                 /* the parent's test framework is not this child's to end */
    }
    close(ends[1]);
    size_t got = 0;
    for (ssize_t k; got < size - 1 && (k = read(ends[0], said + got, size - 1 - got)) > 0;)
        got += (size_t)k;
    said[got] = 0;
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void expect_one_line(int status, const char *said, const char *why) {
    cr_assert_eq(status, EXIT_LIMIT, "%s: exit status %d\n%s", why, status, said);
    cr_assert(!strncmp(said, "ebmcc: error E0001: ", 20) && strstr(said, " bytes for "), "%s: %s",
              why, said);
    cr_assert_eq(strchr(said, '\n'), said + strlen(said) - 1, "%s: more than one line: %s", why,
                 said);
}

TestSuite(limits, .timeout = 240);

Test(limits, every_nth_allocation_fails) {
    char said[4096], why[64];
    uint64_t all = compile();
    cr_assert_gt(all, 100);
    uint64_t step = 1;
    int runs = 0;
    for (uint64_t n = 1; n <= all; n += step, runs++) {
        if (n > 50)
            step = 1 + all / 150;
        snprintf(why, sizeof why, "allocation %llu of %llu", (unsigned long long)n,
                 (unsigned long long)all);
        expect_one_line(in_child(n, 0, said, sizeof said), said, why);
    }
    cr_assert_geq(runs, 100);
    expect_one_line(in_child(all, 0, said, sizeof said), said, "the last allocation");
    cr_assert_eq(in_child(all + 1, 0, said, sizeof said), 0, "one more than it makes: %s", said);
}

Test(limits, budget) {
    char said[4096];
    for (uint64_t kib = 16; kib <= 512; kib *= 2)
        expect_one_line(in_child(0, kib << 10, said, sizeof said), said, "a small budget");
    cr_assert_eq(in_child(0, (uint64_t)1 << 30, said, sizeof said), 0, "%s", said);
}

/* What the front end refuses before: the back end has no code for it and says so. */
Test(limits, an_op_without_code_is_refused) {
    Arena *a = arena_new("test");
    source_add("test.ebm", "x\n", 2);
    Program *p = NEW(a, Program);
    Entry *e = NEW(a, Entry);
    *p = (Program){ .arena = a, .name = "test", .spec_text = "test\n", .init_graph = graph_new(a) };
    *e = (Entry){ .mode = MODE_EVAL, .name = "v", .batch = 4, .graph = graph_new(a) };
    graph_at(e->graph, (Range){ 0, 0, 1 });
    Node *x = g_input(e->graph, 0, DT_F32, shape_batch(shape_scalar()));
    vec_push(a, &p->entries, e);
    vec_push(a, &e->body, ((DoStmt){ .kind = DO_SAVE, .name = "x", .path = "x", .value = x }));
    Emitted em = { 0 };
    DiagView d;
    cr_assert(!backend_c_emit(p, &(BackendOptions){ .compiler = "test" }, &em));
    cr_assert(diag_get(0, &d) && d.code == E0801);
    emitted_free(&em);
    arena_free(a);
    base_reset();
}
