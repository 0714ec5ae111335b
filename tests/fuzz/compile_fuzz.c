// links: backend passes front graph base
/* compile_fuzz.c - libFuzzer harness of the whole compiler but the C compiler: text to kernels.c.
 *
 * Run with -dict=tests/fuzz/ebm.dict; seeds: tests/fuzz/corpus/compile, dsl_examples/ and
 * tests/errors/ (copied there by run_fuzz.sh).
 *
 * What must hold for every input: no crash, no leak of the allocator's own count; a program or a
 * diagnostic, never neither; every program verifies after lowering and after the passes; the same
 * input gives the same text twice. A limit that ends the compiler ends only the one compilation
 * here: exit() is replaced. */
#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/backend.h"
#include "front/front.h"
#include "passes/passes.h"

static void check(bool holds, const char *what) {
    if (holds)
        return;
    fprintf(stderr, "compile_fuzz: %s\n", what);
    diag_print(stderr, DIAG_TEXT);
    abort();
}

static jmp_buf limit;
static bool compiling;

/* Where the budgets of nodes, evaluations and memory end the compiler. */
void exit(int code) {
    if (compiling && code == EXIT_LIMIT)
        longjmp(limit, 1);
    union { void *symbol; void (*call)(int); } libc = { dlsym(RTLD_NEXT, "exit") };
    libc.call(code);
    abort();
}

/* One compilation; the generated text in `out`, empty when the input is not a program. False when
 * a limit ended it: what passes had allocated for themselves is lost then. */
static bool compile(const char *path, Emitted *out) {
    Arena *const a = arena_new("fuzz");
    if (setjmp(limit)) {
        compiling = false;
        arena_free(a);
        base_reset();
        return false;
    }
    compiling = true;
    FrontOptions front = { .stdlib_dir = "compiler/stdlib" };
    Program *p = front_compile(a, path, &front);
    bool ok = p != NULL;
    if (ok) {
        const char *wrong = program_verify(p, a);
        check(!wrong, wrong ? wrong : "");
        passes_run(p, &(PassOptions){ 0 });
        wrong = diag_errors() ? NULL : program_verify(p, a);
        check(!wrong, wrong ? wrong : "");
        ok = diag_errors() == 0 && backend_c_emit(p, &(BackendOptions){ .compiler = "fuzz" }, out);
    }
    check(ok || diag_errors() > 0, "no program and no diagnostic");
    compiling = false;
    arena_free(a);
    base_reset();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("fuzz.ebm", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    uint64_t live = xalloc_live();
    Emitted once = { 0 }, twice = { 0 };
    bool whole = compile(path, &once);
    if (once.kernels.len && size % 8 == 0) {
        compile(path, &twice);
        check(once.kernels.len == twice.kernels.len &&
              memcmp(once.kernels.data, twice.kernels.data, once.kernels.len) == 0 &&
              once.plan.len == twice.plan.len &&
              memcmp(once.plan.data, twice.plan.data, once.plan.len) == 0,
              "two compilations differ");
    }
    emitted_free(&once);
    emitted_free(&twice);
    check(!whole || xalloc_live() == live, "memory is left");
    return 0;
}
