/* cuda_nvrtc.c - see cuda_nvrtc.h. */
#include "cuda_nvrtc.h"
#include "cuda_library.h"
#include "memory.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Nvrtc table;
static bool is_loaded;

/* ---- finding the library ---------------------------------------------------------------------*/
typedef struct Limit { int major; bool too_new; } Limit;

/* Opens one file or name. False: there is none, it lacks an entry point or it is too new. */
static bool try_library(const char *path, void *ctx) {
    Limit *limit = ctx;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    Nvrtc n = { 0 };
    bool ok = true;
#define X(name, symbol, result, arguments) ok = ok && cuda_find_symbol(library, symbol, &n.name);
    NVRTC_CALLS(X)
#undef X
    ok = ok && n.version(&n.major, &n.minor) == 0;
    if (ok && limit->major > 0 && n.major > limit->major) {
        limit->too_new = true;
        ok = false;
    }
    if (!ok) {
        dlclose(library);
        return false;
    }
    snprintf(n.path, sizeof n.path, "%s", path);
    table = n;
    return true;
}

const Nvrtc *nvrtc_load(int major_limit, char *why, size_t size) {
    if (is_loaded && (major_limit <= 0 || table.major <= major_limit)) return &table;
    Limit limit = { .major = major_limit };
    const char *named = getenv("EBM_NVRTC");
    is_loaded = cuda_find_library("EBM_NVRTC", "nvrtc", try_library, &limit);
    if (is_loaded) return &table;
    if (why && limit.too_new)
        snprintf(why, size, "the NVRTC found is newer than the driver: install the toolkit's NVRTC "
                 "%d, or name it in EBM_NVRTC", major_limit);
    else if (why && named && *named)
        snprintf(why, size, "EBM_NVRTC=%.200s cannot be opened as NVRTC", named);
    else if (why)
        snprintf(why, size, "no NVRTC: libnvrtc.so.13 and .12 not found; install it or name it in "
                 "EBM_NVRTC");
    return NULL;
}

/* ---- compiling -------------------------------------------------------------------------------*/
static const char *const fixed_options[] = {
    "--fmad=false", "--std=c++17", "-default-device",
};
enum { N_FIXED = sizeof fixed_options / sizeof *fixed_options };

const char *nvrtc_options(void) {
    static char line[200];
    if (line[0]) return line;
    for (int i = 0; i < N_FIXED; i++) {
        size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "", fixed_options[i]);
    }
    return line;
}

bool nvrtc_target(const Nvrtc *n, const char *arch, char out[NVRTC_TARGET], Status *st) {
    enum { MOST = 256 };
    int known[MOST], count = 0, before = 0, number = 0;
    char *end = NULL;
    if (strncmp(arch, "sm_", 3) == 0) number = (int)strtol(arch + 3, &end, 10);
    snprintf(out, NVRTC_TARGET, "%.40s", arch);
    if (n->arch_count(&count) != 0 || count < 1 || count > MOST || n->archs(known) != 0)
        return status_fail(st, RT_TOOL, "NVRTC does not say what it compiles for");
    for (int i = 0; i < count; i++) {
        if (known[i] == number) return true;
        if (known[i] < number && known[i] > before) before = known[i];
    }
    if (before && !*end) snprintf(out, NVRTC_TARGET, "compute_%d", before);
    return true;                                         /* else NVRTC will say that it is no arch */
}

/* Fetches one product of a program. */
static bool fetch(NvrtcProgram p, int (*size_of)(NvrtcProgram, size_t *),
                  int (*get)(NvrtcProgram, char *), char **out, size_t *size, const char *what,
                  Status *st) {
    size_t n = 0;
    if (size_of(p, &n) != 0) return status_fail(st, RT_TOOL, "NVRTC gives no %s", what);
    *out = mem_alloc((uint64_t)n + 1, what, st);
    if (!*out) return false;
    if (n > 0 && get(p, *out) != 0) return status_fail(st, RT_TOOL, "NVRTC gives no %s", what);
    *size = n;
    return true;
}

bool nvrtc_compile(const Nvrtc *n, const char *name, const char *text, const char *arch,
                   NvrtcResult *out, Status *st) {
    *out = (NvrtcResult){ 0 };
    NvrtcProgram p = NULL;
    char arch_option[80], target[NVRTC_TARGET];
    if (!nvrtc_target(n, arch, target, st)) return false;
    const bool jit = strncmp(target, "compute_", 8) == 0;
    snprintf(arch_option, sizeof arch_option, "--gpu-architecture=%s", target);
    const char *options[N_FIXED + 2] = { arch_option, "--ptxas-options=-v" };
    memcpy(options + 2, fixed_options, sizeof fixed_options);
    int result = n->create(&p, text, name, 0, NULL, NULL);
    if (result != 0)
        return status_fail(st, RT_TOOL, "NVRTC cannot start: %s", n->error_text(result));
    result = n->compile(p, N_FIXED + 2, options);
    size_t log_size;
    bool ok = fetch(p, n->log_size, n->log, &out->log, &log_size, "compiler log", st);
    if (ok && result != 0)
        ok = status_fail(st, RT_TOOL, "NVRTC %d.%d cannot compile %s for %s: %s", n->major,
                         n->minor,
                         name, arch, n->error_text(result));
    ok = ok && fetch(p, n->ptx_size, n->ptx, &out->ptx, &out->ptx_size, "PTX", st)
      && (jit ? fetch(p, n->ptx_size, n->ptx, &out->cubin, &out->cubin_size, "PTX", st)
              : fetch(p, n->cubin_size, n->cubin, &out->cubin, &out->cubin_size, "binary", st));
    n->destroy(&p);
    return ok;
}

void nvrtc_result_free(NvrtcResult *r) {
    mem_free(r->cubin);
    mem_free(r->ptx);
    mem_free(r->log);
    *r = (NvrtcResult){ 0 };
}
