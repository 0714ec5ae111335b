/* cuda_library.c - see cuda_library.h. */
#include "cuda_library.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Search {
    const char *name;
    bool (*open)(const char *path, void *ctx);
    void *ctx;
} Search;

/* The names of the library in one folder ("": where the loader looks), newest first. */
static bool try_folder(const Search *s, const char *folder, const char *below) {
    static const char *const ends[] = { ".so.13", ".so.12", ".so" };
    char path[512];
    for (size_t i = 0; folder && i < sizeof ends / sizeof *ends; i++) {
        int n = snprintf(path, sizeof path, "%s%slib%s%s", folder, below, s->name, ends[i]);
        if (n < (int)sizeof path && s->open(path, s->ctx)) return true;
    }
    return false;
}

bool cuda_find_library(const char *variable, const char *name,
                       bool (*open)(const char *path, void *ctx), void *ctx) {
    static const char *const folders[] = {
        "/usr/local/cuda", "/opt/cuda", "/usr/local/cuda-13.0", "/usr/local/cuda-12.8",
        "/usr/local/cuda-12.6", "/usr/local/cuda-12.4", "/usr/lib/cuda",
    };
    const char *named = getenv(variable), *home = getenv("CUDA_HOME"), *path = getenv("CUDA_PATH");
    const Search s = { name, open, ctx };
    if (named && *named) return open(named, ctx);
    bool found = try_folder(&s, "", "") || (home && *home && try_folder(&s, home, "/lib64/"))
              || (path && *path && try_folder(&s, path, "/lib64/"));
    for (size_t i = 0; !found && i < sizeof folders / sizeof *folders; i++)
        found = try_folder(&s, folders[i], "/lib64/");
    return found;
}

bool cuda_find_symbol(void *library, const char *symbol, void *entry) {
    void *at = dlsym(library, symbol);
    memcpy(entry, &at, sizeof at);               /* ISO C converts no data pointer to a function */
    return at != NULL;
}
