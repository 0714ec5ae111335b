/* cuda_driver.c - see cuda_driver.h. */
#include "cuda_driver.h"
#include "cuda_library.h"
#include <dlfcn.h>
#include <stdio.h>

static CudaDriver table;
static enum { NEW, LOADED, ABSENT } state;
static char missing[120];

/* Fills one entry; false when the library has no such symbol. */
static bool find(void *library, const char *symbol, void *entry) {
    bool found = cuda_find_symbol(library, symbol, entry);
    if (!found)
        snprintf(missing, sizeof missing, "the NVIDIA driver is too old: it has no %s", symbol);
    return found;
}

static bool load(void) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(missing, sizeof missing, "no NVIDIA driver: libcuda.so.1 not found");
        return false;
    }
    bool ok = true;
#define X(name, symbol, arguments) ok = ok && find(library, symbol, &table.name);
    CUDA_DRIVER_CALLS(X)
#undef X
    if (!ok) dlclose(library);
    return ok;
}

const CudaDriver *cuda_driver_load(char *why, size_t size) {
    if (state == NEW) state = load() ? LOADED : ABSENT;
    if (state == LOADED) return &table;
    if (why) snprintf(why, size, "%s", missing);
    return NULL;
}

const char *cuda_error(const CudaDriver *d, CuResult result, char *out, size_t size) {
    const char *name = NULL, *text = NULL;
    if (d->error_name(result, &name) != 0 || !name) name = "unknown error";
    if (d->error_text(result, &text) != 0 || !text) text = "no description";
    snprintf(out, size, "%s (%s)", name, text);
    return out;
}
