/* driver_objects.c - objects of the C compiler by content: unchanged C text is compiled once.
 *
 * The key of an object holds its text, the headers it may include, the flags, and the compiler: its
 * file, and the macros that it predefines under these flags, which tell its version, the CPU of
 * -march=native and what a command behind a script is. Where one of these cannot be found out,
 * nothing is cached. The cache itself: runtime/cache.h. */
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cache.h"
#include "driver.h"
#include "io.h"
#include "memory.h"

static void hash_text(SHA2_CTX *c, const char *text) {
    SHA256Update(c, (const uint8_t *)text, strlen(text) + 1);
}

static bool hash_file(SHA2_CTX *c, const char *path) {
    IoBytes b;
    if (io_kind(path) != IO_REGULAR || !io_read_file(path, &b, NULL))
        return false;
    char size[24];
    snprintf(size, sizeof size, "%llu", (unsigned long long)b.len);
    hash_text(c, size);
    SHA256Update(c, b.data, (size_t)b.len);
    mem_free(b.data);
    return true;
}

/* What generated C includes: ebm.h and the prelude of the CPU. */
static bool hash_headers(SHA2_CTX *c, Arena *a, const char *include) {
    IoList names;
    const char *prelude = arena_printf(a, "%s/prelude", include);
    bool ok = hash_file(c, arena_printf(a, "%s/ebm.h", include)) && io_list(prelude, &names, NULL);
    if (!ok)
        return false;
    for (int i = 0; i < names.n && ok; i++) {
        const char *dot = strrchr(names.name[i], '.');
        if (!dot || strcmp(dot, ".h") != 0)
            continue;
        hash_text(c, names.name[i]);
        ok = hash_file(c, arena_printf(a, "%s/%s", prelude, names.name[i]));
    }
    io_list_free(&names);
    return ok;
}

bool objects_begin(ObjectCache *o, Arena *a, const Toolchain *t, char *const *flags,
                   const char *macros) {
    char folder[4096];
    struct stat st;
    *o = (ObjectCache){ 0 };
    if (!t->program || stat(t->program, &st) != 0 || !cache_folder(folder, sizeof folder, true))
        return false;
    SHA2_CTX c;
    SHA256Init(&c);
    hash_text(&c, "object 2 " EBMCC);
    hash_text(&c, arena_printf(a, "%s %lld %lld.%09ld", t->program, (long long)st.st_size,
                               (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec));
    for (char *const *f = flags; *f; f++)
        hash_text(&c, *f);
    static const char *const variables[] = { "CPATH", "C_INCLUDE_PATH", "COMPILER_PATH",
                                             "GCC_EXEC_PREFIX" };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        hash_text(&c, getenv(variables[i]) ? getenv(variables[i]) : "");
    o->is_on = hash_file(&c, macros) && hash_headers(&c, a, t->home.include);
    SHA256End(&c, o->base);
    return o->is_on;
}

bool objects_get(const ObjectCache *o, const char *source, int unit, const char *object,
                 char key[65]) {
    SHA2_CTX c;
    char number[16];
    void *data;
    uint64_t size;
    key[0] = '\0';
    if (!o->is_on)
        return false;
    snprintf(number, sizeof number, "%d", unit);
    SHA256Init(&c);
    hash_text(&c, o->base);
    hash_text(&c, number);
    bool ok = hash_file(&c, source);
    SHA256End(&c, key);
    if (!ok)
        key[0] = '\0';
    if (!ok || !cache_get("o", key, &data, &size))
        return false;
    ok = io_write_file(object, data, size, NULL);
    mem_free(data);
    return ok;
}

void objects_put(const char *key, const char *object) {
    IoBytes b;
    if (!key[0] || !io_read_file(object, &b, NULL))
        return;
    cache_put("o", key, b.data, b.len);
    mem_free(b.data);
}
