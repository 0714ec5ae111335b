/* cuda_blas.c - see cuda_blas.h. */
#include "cuda_blas.h"
#include "cuda_library.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static Blas table;
static bool is_loaded;

typedef struct Limit { int major; bool too_new; const char *lacks; } Limit;

static bool try_library(const char *path, void *ctx) {
    Limit *limit = ctx;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    Blas b = { 0 };
    bool ok = true;
#define X(name, symbol, result, arguments) \
    if (ok && !cuda_find_symbol(library, symbol, &b.name)) { ok = false; limit->lacks = symbol; }
    CUBLASLT_CALLS(X)
#undef X
    if (ok && limit->major > 0 && (int)(b.version() / 10000) > limit->major) {
        limit->too_new = true;
        ok = false;
    }
    if (!ok) {
        dlclose(library);
        return false;
    }
    snprintf(b.path, sizeof b.path, "%s", path);
    table = b;
    return true;
}

const Blas *blas_load(int major_limit, char *why, size_t size) {
    Limit limit = { .major = major_limit };
    const char *named = getenv("EBM_CUBLASLT");
    if (!is_loaded) is_loaded = cuda_find_library("EBM_CUBLASLT", "cublasLt", try_library, &limit);
    if (is_loaded) return &table;
    if (limit.too_new)
        snprintf(why, size, "the cuBLASLt found is newer than the driver: CUDA %d's is needed",
                 major_limit);
    else if (limit.lacks) snprintf(why, size, "the cuBLASLt found has no %s", limit.lacks);
    else if (named && *named)
        snprintf(why, size, "EBM_CUBLASLT=%.200s cannot be opened as cuBLASLt", named);
    else
        snprintf(why, size, "no cuBLASLt: libcublasLt.so.13 and .12 not found; install it or "
                 "name it in EBM_CUBLASLT");
    return NULL;
}

const char *blas_version(const Blas *b, char out[32]) {
    size_t v = b->version();
    snprintf(out, 32, "%zu.%zu.%zu", v / 10000, v / 100 % 100, v % 100);
    return out;
}
