/* memory.c - the allocation hook and the memory limit; see memory.h.
 *
 * A block is calloc'ed with room for alignment; the word before it holds the base pointer and the
 * one before that its size. Large blocks therefore stay untouched zero pages until used. */
#include "memory.h"
#include "io.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { ALIGN = 64 };
typedef struct BlockHead { uint64_t size; void *base; } BlockHead;

static _Atomic uint64_t count, live, fail_at;
static _Atomic uint64_t pretend_available;

void mem_fail_at(uint64_t n) { atomic_store(&fail_at, n); }
uint64_t mem_count(void) { return atomic_load(&count); }
uint64_t mem_live(void) { return atomic_load(&live); }
void mem_set_available(uint64_t bytes) { atomic_store(&pretend_available, bytes); }

/* True when this allocation is the one that a test asked to fail. */
static bool must_fail(void) {
    atomic_fetch_add(&count, 1);
    uint64_t left = atomic_load(&fail_at);
    if (left == 0) return false;
    return atomic_fetch_sub(&fail_at, 1) == 1;
}

static BlockHead *head_of(void *block) { return (BlockHead *)block - 1; }

void *mem_alloc(uint64_t size, const char *purpose, Status *st) {
    uint64_t total = 0;
    bool fits = mem_add(size, ALIGN + sizeof(BlockHead), &total) && total <= SIZE_MAX;
    void *base = fits && !must_fail() ? calloc(1, (size_t)total) : NULL;
    if (!base) {
        char text[16];
        status_fail(st, RT_LIMIT, "out of memory: %s for %s", mem_format(size, text), purpose);
        return NULL;
    }
    uintptr_t at = (uintptr_t)base + sizeof(BlockHead);
    void *block = (void *)((at + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
    *head_of(block) = (BlockHead){ size, base };
    atomic_fetch_add(&live, size);
    return block;
}

void *mem_array(uint64_t n, uint64_t size, const char *purpose, Status *st) {
    uint64_t total = 0;
    if (!mem_mul(n, size, &total)) {
        status_fail(st, RT_LIMIT, "size overflow: %llu times %llu bytes for %s",
                    (unsigned long long)n, (unsigned long long)size, purpose);
        return NULL;
    }
    return mem_alloc(total, purpose, st);
}

void *mem_resize(void *block, uint64_t size, const char *purpose, Status *st) {
    void *fresh = mem_alloc(size, purpose, st);
    if (!fresh || !block) return fresh;
    uint64_t old = head_of(block)->size;
    memcpy(fresh, block, (size_t)(old < size ? old : size));
    mem_free(block);
    return fresh;
}

char *mem_copy_text(const char *text, Status *st) {
    size_t n = strlen(text) + 1;
    char *copy = mem_alloc(n, "text", st);
    if (copy) memcpy(copy, text, n);
    return copy;
}

void mem_free(void *block) {
    if (!block) return;
    atomic_fetch_sub(&live, head_of(block)->size);
    free(head_of(block)->base);
}

void *mem_plain_alloc(size_t size) { return mem_alloc(size, "a library", NULL); }

/* The number after `key` in a small system file, times `unit`; UINT64_MAX when there is none. */
static uint64_t system_number(const char *path, const char *key, uint64_t unit) {
    char text[4096];
    if (!io_read_system_file(path, text, sizeof text)) return UINT64_MAX;
    const char *at = strstr(text, key);
    if (!at) return UINT64_MAX;
    at += strlen(key);
    while (*at == ' ') at++;
    if (*at < '0' || *at > '9') return UINT64_MAX;            /* "max" */
    return strtoull(at, NULL, 10) * unit;
}

uint64_t mem_available(void) {
    uint64_t pretend = atomic_load(&pretend_available);
    if (pretend) return pretend;
    uint64_t least = system_number("/proc/meminfo", "MemAvailable:", 1024);
    uint64_t limit = system_number("/sys/fs/cgroup/memory.max", "", 1);
    uint64_t used = system_number("/sys/fs/cgroup/memory.current", "", 1);
    if (limit != UINT64_MAX && used != UINT64_MAX) {
        uint64_t left = limit > used ? limit - used : 0;
        if (left < least) least = left;
    }
    struct rlimit as;
    if (getrlimit(RLIMIT_AS, &as) == 0 && as.rlim_cur != RLIM_INFINITY) {
        uint64_t mapped = system_number("/proc/self/statm", "", 4096);
        uint64_t left = mapped < as.rlim_cur ? as.rlim_cur - mapped : 0;
        if (left < least) least = left;
    }
    return least;
}

bool mem_check(uint64_t more, const char *what, Status *st) {
    uint64_t available = mem_available();
    uint64_t limit = available == UINT64_MAX ? UINT64_MAX : available / 5 * 4;
    if (more <= limit) return true;
    char need[16], have[16];
    return status_fail(st, RT_LIMIT, "%s needs %s of memory, the limit is %s (80 %% of what is "
                       "available)", what, mem_format(more, need), mem_format(limit, have));
}

const char *mem_format(uint64_t bytes, char out[16]) {
    static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    if (bytes < 1024) {
        snprintf(out, 16, "%d bytes", (int)bytes);
        return out;
    }
    double value = (double)bytes / 1024;
    int u = 0;
    while (value >= 1000 && u < 5) {
        value /= 1024;
        u++;
    }
    snprintf(out, 16, "%.3g %s", value, unit[u]);
    return out;
}
