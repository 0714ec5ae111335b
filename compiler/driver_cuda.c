/* driver_cuda.c - what NVRTC makes of the CUDA text: --emit=ptx, cubin, resources. Needs no GPU.
 *
 * NVRTC is found and run as a generated program does it (runtime/cuda_compile.h): in a child, which
 * is ebmcc itself in a hidden mode, with limits. Nothing comes from the cache. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "cuda_blas.h"
#include "cuda_compile.h"
#include "cuda_driver.h"
#include "driver.h"

/* ---- the table of resources ------------------------------------------------------------------ */

typedef struct KernelUse {
    char name[64];
    int registers, stack, stores, loads, barriers, shared;
} KernelUse;

/* The number before `what` in a line of ptxas, 0 when it says nothing of it. */
static int before(const char *line, size_t n, const char *what) {
    const char *at = memmem(line, n, what, strlen(what));
    if (!at)
        return 0;
    while (at > line && at[-1] == ' ')
        at--;
    while (at > line && isdigit((unsigned char)at[-1]))
        at--;
    return atoi(at);
}

/* The log of ptxas, one line per kernel. Kernels stand there in an order of its own. */
static void add_resources(Text *out, const char *log) {
    KernelUse k = { 0 };
    for (const char *line = log; *line;) {
        size_t n = strcspn(line, "\n");
        const char *name = memmem(line, n, "entry function '", 16),
            *used = memmem(line, n, ": Used ", 7);
        if (name) {
            k = (KernelUse){ 0 };
            snprintf(k.name, sizeof k.name, "%.*s", (int)strcspn(name + 16, "'"), name + 16);
        } else if (memmem(line, n, "bytes stack frame", 17)) {
            k.stack = before(line, n, "bytes stack frame");
            k.stores = before(line, n, "bytes spill stores");
            k.loads = before(line, n, "bytes spill loads");
        } else if (used) {
            k.registers = before(line, n, "registers");
            k.barriers = before(line, n, "barriers");
            k.shared = before(line, n, "bytes smem");
            text_printf(out, "%-16s %9d %8d %8d %8d %8d %8d\n", k.name, k.registers, k.barriers,
                        k.shared, k.stack, k.stores, k.loads);
        }
        line += n + (line[n] == '\n');
    }
}

/* ---- compiling ------------------------------------------------------------------------------- */

static bool is_arch(const char *s) {
    size_t digits = strncmp(s, "sm_", 3) == 0 ? strspn(s + 3, "0123456789") : 0;
    return digits >= 2 && digits <= 3 && (!s[3 + digits] || strcmp(s + 3 + digits, "a") == 0);
}

/* Compiles one text; what the compiler printed goes to stderr when it fails or by --verbose. */
static int finish(CudaJob *job, CudaBinary *made, const Options *o) {
    Status st = { 0 };
    int code = cuda_job_finish(job, made, &st) ? EXIT_OK : st.code;
    if (o->given[OPTION_VERBOSE] || code)
        fprintf(stderr, "%s", made->log ? made->log : "");
    if (code)
        complain("%s", st.text);
    return code;
}

/* The table of all modules, of which a few are compiled at a time. */
static int add_modules(Text *out, const Nvrtc *nvrtc, const Text *modules, const char *arch,
                       const Options *o) {
    enum { MOST = 16 };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int most = processors < 1 ? 1 : processors > MOST ? MOST : (int)processors, code = EXIT_OK;
    CudaJob job[MOST];
    CudaBinary made;
    int started = 0, done = 0;
    text_printf(out, "NVRTC %d.%d for %s\n", nvrtc->major, nvrtc->minor, arch);
    text_printf(out, "%-16s %9s %8s %8s %8s %8s %8s\n", "kernel", "registers", "barriers", "shared",
                "stack", "stores", "loads");
    const char *next = modules->data, *end = next + modules->len;
    while (!code && (next < end || done < started)) {
        for (; next < end && started - done < most; next += strlen(next) + 1)
            cuda_job_start(&job[started++ % MOST], nvrtc, "kernels.cu", next, arch, false, true);
        code = finish(&job[done++ % MOST], &made, o);
        if (!code)
            add_resources(out, made.log);
        cuda_binary_free(&made);
    }
    while (done < started)
        cuda_job_cancel(&job[done++ % MOST]);
    return code;
}

int cuda_print(const char *stage, const Text *text, const Text *modules, const Options *o) {
    const char *arch = o->value[OPTION_ARCH] ? o->value[OPTION_ARCH] : "sm_90";
    bool is_cubin = strcmp(stage, "cubin") == 0;
    char why[300];
    if (!is_arch(arch)) {
        complain("--arch=%s: expected sm_80, sm_90, sm_90a, ...", arch);
        return EXIT_USAGE;
    }
    if (is_cubin && !o->value[OPTION_OUTPUT] && isatty(1)) {
        complain("--emit=cubin writes a binary: name its file with -o");
        return EXIT_USAGE;
    }
    const Nvrtc *nvrtc = nvrtc_load(0, why, sizeof why);
    if (!nvrtc) {
        complain("%s", why);
        return EXIT_TOOL;
    }
    Text table = { 0 };
    Status st = { 0 };
    char target[NVRTC_TARGET];
    int code = nvrtc_target(nvrtc, arch, target, &st) ? EXIT_OK : EXIT_TOOL;
    if (code) {
        complain("%s", st.text);
    } else if (strcmp(stage, "ptx") != 0 && strncmp(target, "compute_", 8) == 0) {
        complain("NVRTC %d.%d makes no binary for %s: a program takes PTX of %s there", nvrtc->major,
                 nvrtc->minor, arch, target);
        code = EXIT_TOOL;
    } else if (strcmp(stage, "resources") == 0) {
        code = add_modules(&table, nvrtc, modules, arch, o);
        if (!code)
            code = write_text(o->value[OPTION_OUTPUT], table.data, table.len);
    } else {
        CudaJob job;
        CudaBinary made;
        cuda_job_start(&job, nvrtc, "kernels.cu", text->data ? text->data : "", arch, false, true);
        code = finish(&job, &made, o);
        if (!code && is_cubin)
            code = write_text(o->value[OPTION_OUTPUT], made.cubin, made.cubin_size);
        else if (!code)
            code = write_text(o->value[OPTION_OUTPUT], made.ptx, strlen(made.ptx));
        cuda_binary_free(&made);
    }
    text_free(&table);
    return code;
}

bool cuda_hidden_mode(int argc, char **argv, int *code) {
    return cuda_compile_child(argc, argv, code);
}

/* ---- what is there --------------------------------------------------------------------------- */

void cuda_describe(Arena *a, CudaFacts *out) {
    char why[300];
    *out = (CudaFacts){ 0 };
    const CudaDriver *d = cuda_driver_load(why, sizeof why);
    int n = 0, version = 0;
    if (!d) {
        out->device = arena_printf(a, "%s", why);
    } else {
        CuDevice device = 0;
        int major = 0, minor = 0;
        CuResult r = d->init(0);
        r = r ? r : d->device_count(&n);
        r = r ? r : d->version(&version);
        r = r || n == 0 ? r : d->device_get(&device, 0);
        r = r || n == 0 ? r : d->device_name(why, sizeof why, device);
        r = r || n == 0 ? r : d->device_attribute(&major, CU_DEV_MAJOR, device);
        r = r || n == 0 ? r : d->device_attribute(&minor, CU_DEV_MINOR, device);
        out->has_device = r == 0 && n > 0;
        if (out->has_device)
            out->device = arena_printf(a, "%s (sm_%d%d)%s, driver for CUDA %d.%d", why, major,
                                       minor,
                                       n > 1 ? " and others" : "", version / 1000,
                                       version % 1000 / 10);
        else
            out->device = arena_printf(a, "%s", r ? cuda_error(d, r, why, sizeof why)
                                       : "the driver finds none");
    }
    const Nvrtc *nvrtc = nvrtc_load(0, why, sizeof why);
    out->has_nvrtc = nvrtc != NULL;
    out->nvrtc = nvrtc ? arena_printf(a, "%d.%d (%s)", nvrtc->major, nvrtc->minor, nvrtc->path)
                       : arena_printf(a, "%s", why);
    char number[32];
    const Blas *blas = blas_load(0, why, sizeof why);
    out->has_blas = blas != NULL;
    out->blas = blas ? arena_printf(a, "%s (%s), for --tune=library", blas_version(blas, number), blas->path)
                     : arena_printf(a, "%s (for --tune=library)", why);
    char folder[4096];
    out->cache = cache_folder(folder, sizeof folder, false) ? arena_printf(a, "%s", folder)
        : NULL;
}
