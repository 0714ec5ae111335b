/* memory.c - the one allocator hook, arenas on top of it, and growing arrays in arenas.
 *
 * Needs nothing. Promises: memory comes zeroed; a request that cannot be met ends the process with
 * exit code 5 and one line that names the size and the purpose, so no caller checks for NULL. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each allocation is preceded by its size, so that live bytes can be counted against the budget. */
typedef union Header {
    size_t size;
    max_align_t align;
} Header;

static struct {
    uint64_t count, fail_at, live, budget;
} heap = { .budget = (uint64_t)4 << 30 };

/* Ends the process; the text is one line because scripts read it. */
static _Noreturn void out_of_memory(size_t size, const char *purpose, const char *why) {
    fflush(stdout);
    fprintf(stderr, "ebmcc: error E0001: %s: %zu more bytes for %s\n", why, size, purpose);
    exit(EXIT_LIMIT);
}

/* Counts one allocation that takes `size` bytes in place of `old` bytes. */
static size_t heap_charge(size_t old, size_t size, const char *purpose) {
    heap.count++;
    if (heap.fail_at && --heap.fail_at == 0)
        out_of_memory(size, purpose, "out of memory");
    uint64_t total;
    if (!size_add(size, sizeof(Header), &total))
        out_of_memory(size, purpose, "out of memory");
    if (heap.live - old + size > heap.budget)
        out_of_memory(size, purpose, "over the memory budget");
    heap.live += size - old;
    return (size_t)total;
}

void *xalloc(size_t size, const char *purpose) {
    Header *h = calloc(1, heap_charge(0, size, purpose));
    if (!h)
        out_of_memory(size, purpose, "out of memory");
    h->size = size;
    return h + 1;
}

/* Like realloc; the new part is zeroed. */
void *xrealloc(void *p, size_t size, const char *purpose) {
    if (!p)
        return xalloc(size, purpose);
    Header *h = (Header *)p - 1;
    size_t old = h->size;
    h = realloc(h, heap_charge(old, size, purpose));
    if (!h)
        out_of_memory(size, purpose, "out of memory");
    h->size = size;
    if (size > old)
        memset((char *)(h + 1) + old, 0, size - old);
    return h + 1;
}

void xfree(void *p) {
    if (!p)
        return;
    Header *h = (Header *)p - 1;
    heap.live -= h->size;
    free(h);
}

void xalloc_fail_at(uint64_t n) { heap.fail_at = n; }
uint64_t xalloc_count(void) { return heap.count; }
uint64_t xalloc_live(void) { return heap.live; }
void xalloc_set_budget(uint64_t bytes) { heap.budget = bytes; }

/* ---- arenas -------------------------------------------------------------------------------- */

/* An arena is a list of blocks, newest first; only the newest is filled:
 *
 *   Arena -> [ next | used | size | data......free ] -> [ ..full.. ] -> ...                     */
typedef struct Block {
    struct Block *next;
    size_t used, size;
    max_align_t data[];
} Block;

struct Arena {
    const char *purpose;
    Block *blocks;
    size_t next_size;
};

enum { ARENA_FIRST = 4096, ARENA_LARGEST = 1 << 20, ARENA_ALIGN = 16 };

/* Zeroed blocks of ARENA_LARGEST bytes that freed arenas leave to later ones. */
static Block *spare;

/* Under the address sanitizer every piece gets a block of its own, so that it sees overruns. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SEPARATE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SEPARATE 1
#endif
#endif
#ifndef ARENA_SEPARATE
#define ARENA_SEPARATE 0
#endif

Arena *arena_new(const char *purpose) {
    Arena *a = xalloc(sizeof *a, purpose);
    a->purpose = purpose;
    a->next_size = ARENA_FIRST;
    return a;
}

/* Puts a block with room for at least `size` bytes in front. */
static Block *arena_grow(Arena *a, size_t size) {
    size_t room = a->next_size;
    if (ARENA_SEPARATE || size > room)
        room = size;
    else if (a->next_size < ARENA_LARGEST)
        a->next_size *= 2;
    uint64_t total;
    if (!size_add(room, sizeof(Block), &total))
        out_of_memory(size, a->purpose, "out of memory");
    Block *b = room == ARENA_LARGEST ? spare : NULL;
    if (b)
        spare = b->next;
    else
        b = xalloc((size_t)total, a->purpose);
    b->size = room;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

void *arena_alloc(Arena *a, size_t size) {
    assert(a);
    uint64_t rounded;
    if (!size_add(size, ARENA_ALIGN - 1, &rounded))
        out_of_memory(size, a->purpose, "out of memory");
    rounded &= ~(uint64_t)(ARENA_ALIGN - 1);
    if (ARENA_SEPARATE)
        rounded = size;
    Block *b = a->blocks;
    if (ARENA_SEPARATE || !b || b->size - b->used < rounded)
        b = arena_grow(a, (size_t)rounded);
    void *p = (char *)b->data + b->used;
    b->used += (size_t)rounded;
    return p;
}

void *arena_array(Arena *a, size_t count, size_t size) {
    uint64_t bytes;
    if (!size_mul(count, size, &bytes))
        out_of_memory(SIZE_MAX, a->purpose, "out of memory");
    return arena_alloc(a, (size_t)bytes);
}

char *arena_printf(Arena *a, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    char near[256];                           /* most texts fit: they are formatted once */
    int n = vsnprintf(near, sizeof near, fmt, args);
    va_end(args);
    assert(n >= 0);
    char *s = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof near)
        memcpy(s, near, (size_t)n + 1);
    else
        vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

void arena_free(Arena *a) {
    if (!a)
        return;
    for (Block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (ARENA_SEPARATE || b->size != ARENA_LARGEST) {
            xfree(b);
            continue;
        }
        memset(b->data, 0, b->used);
        b->used = 0;
        b->next = spare;
        spare = b;
    }
    xfree(a);
}

void arenas_reset(void) {
    for (Block *next; spare; spare = next) {
        next = spare->next;
        xfree(spare);
    }
}

/* Makes room for one more item. Old storage stays in the arena: doubling wastes at most half. */
void vec_grow(Arena *a, void **data, int n, int *cap, size_t size) {
    if (n < *cap)
        return;
    if (n > INT32_MAX / 2)
        out_of_memory(SIZE_MAX, a->purpose, "out of memory");
    int new_cap = n < 4 ? 4 : 2 * n;
    void *p = arena_array(a, (size_t)new_cap, size);
    if (n)
        memcpy(p, *data, (size_t)n * size);
    *data = p;
    *cap = new_cap;
}
