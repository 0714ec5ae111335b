/* cache.c - see cache.h.
 *
 * An entry is KEY.KIND: a line that names the format and repeats the key, the content, and SHA-256
 * of all before it. Entries appear whole (a rename) and are never changed. */
#include "cache.h"
#include "io.h"
#include "memory.h"
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 80, DIGEST = SHA256_DIGEST_LENGTH };
static const uint64_t cache_limit = (uint64_t)256 << 20;

bool cache_folder(char *out, size_t size, bool make) {
    const char *off = getenv("EBM_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (off && strcmp(off, "off") == 0) return false;
    int n = xdg && *xdg == '/' ? snprintf(out, size, "%s/ebmcc", xdg)
          : home && *home == '/' ? snprintf(out, size, "%s/.cache/ebmcc", home) : -1;
    return n > 0 && (size_t)n < size && (make || io_kind(out) != IO_ABSENT)
        && io_make_private_folder(out, NULL);
}

/* DIR/KEY.KIND; false when there is no cache. */
static bool entry_path(const char *kind, const char *key, bool make, char dir[IO_PATH],
                       char path[IO_PATH]) {
    char name[80];
    snprintf(name, sizeof name, "%.64s.%.8s", key, kind);
    return cache_folder(dir, IO_PATH, make) && io_join(path, dir, name, NULL);
}

/* The first HEAD bytes of an entry. */
static void make_head(const char *kind, const char *key, char head[HEAD + 1]) {
    snprintf(head, HEAD + 1, "%-*.*s\n", HEAD - 1, HEAD - 1, "");
    char line[HEAD];
    int n = snprintf(line, sizeof line, "ebm %.8s 1 %.64s", kind, key);
    memcpy(head, line, (size_t)n);
}

bool cache_get(const char *kind, const char *key, void **data, uint64_t *size) {
    char dir[IO_PATH], path[IO_PATH], head[HEAD + 1];
    uint8_t digest[DIGEST];
    IoBytes all;
    if (!entry_path(kind, key, false, dir, path) || io_kind(path) != IO_REGULAR ||
        !io_read_file(path, &all, NULL))
        return false;
    make_head(kind, key, head);
    bool ok = all.len > HEAD + DIGEST && memcmp(all.data, head, HEAD) == 0;
    SHA2_CTX c;
    SHA256Init(&c);
    if (ok) SHA256Update(&c, all.data, (size_t)all.len - DIGEST);
    SHA256Final(digest, &c);
    ok = ok && memcmp(digest, all.data + all.len - DIGEST, DIGEST) == 0;
    if (ok) {
        *size = all.len - HEAD - DIGEST;
        *data = mem_alloc(*size, "a cached file", NULL);
        ok = *data != NULL;
        if (ok) memcpy(*data, all.data + HEAD, (size_t)*size);
        io_touch(path);
    } else {
        io_remove(path, NULL);
    }
    mem_free(all.data);
    return ok;
}

/* Removes the least recently used files until `room` more bytes fit: entries, and what a killed
 * process left half-written. */
static void make_room(const char *dir, uint64_t room) {
    IoList names;
    char path[IO_PATH];
    if (!io_list(dir, &names, NULL)) return;
    for (bool full = true; full;) {
        uint64_t total = room, size;
        int64_t changed, oldest = INT64_MAX;
        int victim = -1;
        for (int i = 0; i < names.n; i++) {
            if (!io_join(path, dir, names.name[i], NULL) || !io_file_info(path, &size, &changed))
                continue;
            total += size;
            if (changed < oldest) {
                oldest = changed;
                victim = i;
            }
        }
        full = total > cache_limit && victim >= 0 && io_join(path, dir, names.name[victim], NULL)
            && io_remove(path, NULL);
    }
    io_list_free(&names);
}

void cache_put(const char *kind, const char *key, const void *data, uint64_t size) {
    char dir[IO_PATH], path[IO_PATH], head[HEAD + 1];
    uint8_t digest[DIGEST];
    if (size > cache_limit / 4 || !entry_path(kind, key, true, dir, path)) return;
    make_room(dir, size);
    make_head(kind, key, head);
    SHA2_CTX c;
    SHA256Init(&c);
    SHA256Update(&c, (const uint8_t *)head, HEAD);
    SHA256Update(&c, data, (size_t)size);
    SHA256Final(digest, &c);
    IoAtomic f;
    if (!io_atomic_begin(&f, path, NULL)) return;
    if (io_atomic_write(&f, head, HEAD, NULL) && io_atomic_write(&f, data, size, NULL)
        && io_atomic_write(&f, digest, DIGEST, NULL))
        io_atomic_commit(&f, NULL);
    else
        io_atomic_abort(&f);
}
