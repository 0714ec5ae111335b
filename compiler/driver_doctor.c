/* driver_doctor.c - `ebmcc doctor`: what this machine has, one line each, to paste into a report.
 *
 * Promises: changes nothing outside a temporary folder; EXIT_TOOL when something that every build
 * needs is missing, each such line with its fix. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"

static void line(const char *state, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void line(const char *state, const char *what, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    printf("  %-8s %-20s ", state, what);
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
}

/* The value after `key` in /proc/cpuinfo, or "unknown". */
static const char *cpu_model(Arena *a) {
    const char *text = file_head(a, "/proc/cpuinfo", 4096), *key = "model name";
    const char *at = strstr(text, key);
    at = at ? strchr(at, ':') : NULL;
    return at ? arena_printf(a, "%.*s", (int)strcspn(at + 2, "\n"), at + 2) : "unknown CPU";
}

static const char *vector_unit(void) {
#if defined __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return "AVX-512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "AVX2";
    return "no AVX2 (slow)";
#elif defined __aarch64__
    return "NEON";
#else
    return "no known vector unit (slow)";
#endif
}

/* What `cc --version` says first. */
static const char *compiler_version(Arena *a, const Toolchain *t, const char *dir) {
    const char *log = arena_printf(a, "%s/version.log", dir);
    VEC(char *) argv = { 0 };
    for (int i = 0; i < t->cc.n; i++)
        vec_push(a, &argv, (char *)t->cc.v[i]);
    vec_push(a, &argv, (char *)"--version");
    vec_push(a, &argv, NULL);
    if (command_run(t, argv.v, log, true) != 0)
        return "(does not answer --version)";
    const char *text = file_head(a, log, 200);
    return arena_printf(a, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Builds and runs an empty program with the flags and libraries of a real one. */
static bool compiler_works(Arena *a, const Toolchain *t, const char *dir) {
    static const char kernels[] = "#include \"ebm.h\"\nint answer(int x) { return x; }\n";
    static const char plan[] = "#include \"ebm.h\"\n#include <stdlib.h>\nint answer(int x);\n"
                               "int main(int n, char **v) {\n"
                               "    return n < 9 ? answer(0) : ebm_main(NULL, n, v);\n}\n";
    if (write_text(arena_printf(a, "%s/kernels.c", dir), kernels, sizeof kernels - 1) ||
        write_text(arena_printf(a, "%s/plan.c", dir), plan, sizeof plan - 1) ||
        toolchain_build(a, t, dir, 1))
        return false;
    char *argv[] = { arena_printf(a, "%s/program", dir), NULL };
    return command_run(t, argv, arena_printf(a, "%s/run.log", dir), false) == 0;
}

static bool check_compiler(Arena *a, const Options *o) {
    Toolchain t;
    if (home_find(a, &t.home)) {
        line("missing", "own files", "-> run 'make' or 'make install' again");
        return false;
    }
    line("ok", "own files", "%s", t.home.library);
    if (toolchain_find(a, o, &t)) {
        line("missing", "C compiler", "-> ./setup-debian, or install gcc or clang");
        return false;
    }
    const char *temp = getenv("TMPDIR"), *dir;
    if (temp_make(a, arena_printf(a, "%s/x", temp && *temp ? temp : "/tmp"), &dir)) {
        line("missing", "temporary folder", "-> set TMPDIR to a folder that can be written");
        return false;
    }
    line("ok", "C compiler", "%s: %s", t.cc.v[0], compiler_version(a, &t, dir));
    bool works = compiler_works(a, &t, dir);
    if (works)
        line("ok", "build and run", "a program with the runtime library builds and runs");
    else
        line("missing", "build and run", "-> see above; ./setup-debian installs the libraries");
    temp_remove();
    return works;
}

int doctor_run(Arena *a, const Options *o) {
    static const char fashion[] = "/usr/share/datasets/fashion-mnist";
    printf("%s\n", EBMCC);
    bool ok = check_compiler(a, o);
    long threads = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES);
    line("ok", "CPU", "%s, %ld threads, %s, %.1f GiB", cpu_model(a), threads, vector_unit(),
         (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 30));
    CudaFacts cuda;
    cuda_describe(a, &cuda);
    line(cuda.has_device ? "ok" : "none", "GPU", "%s", cuda.device);
    line(cuda.has_nvrtc ? "ok" : "none", "NVRTC", "%s", cuda.nvrtc);
    line(cuda.has_blas ? "ok" : "none", "cuBLASLt", "%s", cuda.blas);
    line(cuda.cache ? "ok" : "none", "cache of GPU kernels", "%s",
         cuda.cache ? cuda.cache : "made by the first run on a GPU, in XDG_CACHE_HOME or ~/.cache");
    if (access(fashion, R_OK) == 0)
        line("ok", "Fashion-MNIST", "%s", fashion);
    else
        line("none", "Fashion-MNIST", "-> apt-get install dataset-fashion-mnist (for the demo)");
    fflush(stdout);
    return ok ? EXIT_OK : EXIT_TOOL;
}
