/* text.c - growing text, interned strings and the nearest-name search for "did you mean".
 *
 * Needs memory.c. Promises: equal interned strings are equal pointers until base_reset(). */
#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/internal.h"

/* ---- growing text -------------------------------------------------------------------------- */

/* Makes room for n more bytes and the final NUL. */
static void text_reserve(Text *t, size_t n) {
    uint64_t need;
    if (!size_add(t->len, n, &need) || !size_add(need, 1, &need))
        need = UINT64_MAX;
    if (need <= t->cap)
        return;
    uint64_t cap = t->cap ? t->cap : 64;
    while (cap < need && cap < (uint64_t)1 << 62)
        cap *= 2;
    t->data = xrealloc(t->data, (size_t)cap, "text");
    t->cap = (size_t)cap;
}

void text_add_n(Text *t, const char *s, size_t n) {
    text_reserve(t, n);
    if (n)
        memcpy(t->data + t->len, s, n);
    t->len += n;
    t->data[t->len] = 0;
}

void text_add(Text *t, const char *s) { text_add_n(t, s, strlen(s)); }

void text_printf(Text *t, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    text_reserve(t, 0);
    size_t room = t->cap - t->len;            /* most texts fit: they are formatted once */
    int n = vsnprintf(t->data + t->len, room, fmt, args);
    va_end(args);
    assert(n >= 0);
    text_reserve(t, (size_t)n);
    if ((size_t)n >= room)
        vsnprintf(t->data + t->len, (size_t)n + 1, fmt, again);
    va_end(again);
    t->len += (size_t)n;
}

void text_free(Text *t) {
    xfree(t->data);
    *t = (Text){ 0 };
}

/* ---- interned strings ---------------------------------------------------------------------- */

typedef struct Entry {
    const char *s;                /* NULL: free */
    size_t len;
    uint64_t hash;
} Entry;

static struct {
    Arena *arena;
    Entry *table;                 /* open addressing, at most half full, size a power of two */
    size_t size, used;
    uint64_t seed;                /* random, so that no input can make all names collide */
} names;

static uint64_t hash_bytes(const char *s, size_t n) {
    uint64_t h = 0xcbf29ce484222325u ^ names.seed;   /* FNV-1a with a final mix */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
    return h ^ h >> 29;
}

static void names_grow(void) {
    size_t size = names.size ? 2 * names.size : 1024;
    Entry *table = xalloc(size * sizeof *table, "name table");
    for (size_t i = 0; i < names.size; i++) {
        Entry e = names.table[i];
        if (!e.s)
            continue;
        size_t at = e.hash & (size - 1);
        while (table[at].s)
            at = (at + 1) & (size - 1);
        table[at] = e;
    }
    xfree(names.table);
    names.table = table;
    names.size = size;
}

const char *intern_n(const char *s, size_t n) {
    if (2 * names.used >= names.size)
        names_grow();
    if (!names.arena) {
        names.arena = arena_new("names");
        if (getentropy(&names.seed, sizeof names.seed))
            names.seed = (uintptr_t)names.arena;
    }
    uint64_t hash = hash_bytes(s, n);
    size_t at = hash & (names.size - 1);
    for (; names.table[at].s; at = (at + 1) & (names.size - 1)) {
        const Entry *e = &names.table[at];
        if (e->hash == hash && e->len == n && !memcmp(e->s, s, n))
            return e->s;
    }
    char *copy = arena_alloc(names.arena, n + 1);
    if (n)
        memcpy(copy, s, n);
    names.table[at] = (Entry){ copy, n, hash };
    names.used++;
    return copy;
}

const char *intern(const char *s) { return intern_n(s, strlen(s)); }

void names_reset(void) {
    arena_free(names.arena);
    xfree(names.table);
    memset(&names, 0, sizeof names);
}

/* ---- did you mean -------------------------------------------------------------------------- */

enum { NEAREST_MAX = 128 };       /* longer names get no suggestion */

static int lower_case(int c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }

/* Cost of reading b for a: 2 per letter, 1 where only the case differs. */
static int letter_cost(char a, char b) {
    return a == b ? 0 : lower_case(a) == lower_case(b) ? 1 : 2;
}

/* Damerau-Levenshtein distance with adjacent swaps, in half letters (see letter_cost). */
static int edit_distance(const char *a, int na, const char *b, int nb) {
    int rows[3][NEAREST_MAX + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    for (int j = 0; j <= nb; j++)
        last[j] = 2 * j;
    for (int i = 1; i <= na; i++) {
        now[0] = 2 * i;
        for (int j = 1; j <= nb; j++) {
            int d = last[j - 1] + letter_cost(a[i - 1], b[j - 1]);
            if (last[j] + 2 < d)
                d = last[j] + 2;
            if (now[j - 1] + 2 < d)
                d = now[j - 1] + 2;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 2 < d)
                d = before[j - 2] + 2;
            now[j] = d;
        }
        int *t = before;
        before = last;
        last = now;
        now = t;
    }
    return last[nb];
}

const char *nearest_name(const char *name, const char *const *candidates, int n) {
    size_t len = strlen(name);
    if (len == 0 || len > NEAREST_MAX)
        return NULL;
    int limit = 2 * (((int)len + 1) / 3);
    int best = limit > 1 ? limit : 1;
    const char *found = NULL, *prefix = NULL;
    for (int i = 0; i < n; i++) {
        size_t m = strlen(candidates[i]);
        if (m == 0 || m > NEAREST_MAX)
            continue;
        int d = edit_distance(name, (int)len, candidates[i], (int)m);
        if (d < best || (d == best && !found)) {
            best = d;
            found = candidates[i];
        }
        size_t shorter = m < len ? m : len;
        if (!prefix && shorter >= 2 && !memcmp(name, candidates[i], shorter))
            prefix = candidates[i];
    }
    return found ? found : prefix;
}
