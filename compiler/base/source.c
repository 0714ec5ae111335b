/* source.c - registered source texts and the way from byte offsets to lines and columns.
 *
 * Needs memory.c. Promises: a file number stays valid until base_reset(); every offset has a
 * position (one beyond the end has that of the end). */
#include "base/base.h"

#include <string.h>

#include "base/internal.h"

typedef struct Source {
    const char *name, *text;
    size_t len;
    uint32_t *starts;             /* offset of each line's first byte */
    int lines;
} Source;

static struct {
    Arena *arena;
    VEC(Source) files;
} sources;

int source_add(const char *name, const char *text, size_t len) {
    assert(len < UINT32_MAX);
    if (!sources.arena)
        sources.arena = arena_new("source text");
    Arena *a = sources.arena;
    Source s = { .name = arena_printf(a, "%s", name), .len = len, .lines = 1 };
    char *copy = arena_alloc(a, len + 1);
    if (len)
        memcpy(copy, text, len);
    s.text = copy;
    for (size_t i = 0; i < len; i++)
        s.lines += copy[i] == '\n';
    s.starts = NEW_ARRAY(a, uint32_t, s.lines);
    if (len >= 3 && !memcmp(copy, "\xef\xbb\xbf", 3))           /* a byte order mark is no column */
        s.starts[0] = 3;
    for (size_t i = 0, line = 1; i < len; i++)
        if (copy[i] == '\n')
            s.starts[line++] = (uint32_t)i + 1;
    vec_push(a, &sources.files, s);
    return sources.files.n - 1;
}

static const Source *source_get(int file) {
    assert(file >= 0 && file < sources.files.n);
    return &sources.files.v[file];
}

const char *source_name(int file) { return file < 0 ? "ebmcc" : source_get(file)->name; }

const char *source_text(int file, size_t *len) {
    const Source *s = source_get(file);
    if (len)
        *len = s->len;
    return s->text;
}

/* The number (from 0) of the line that holds the offset. */
static int line_of(const Source *s, uint32_t offset) {
    int lo = 0, hi = s->lines - 1;
    while (lo < hi) {
        int mid = lo + (hi - lo + 1) / 2;
        if (s->starts[mid] <= offset)
            lo = mid;
        else
            hi = mid - 1;
    }
    return lo;
}

void source_position(Range at, int *line, int *col) {
    if (at.file < 0) {
        *line = *col = 0;
        return;
    }
    const Source *s = source_get(at.file);
    uint32_t offset = at.begin < s->len ? at.begin : (uint32_t)s->len;
    int n = line_of(s, offset);
    if (offset < s->starts[n])
        offset = s->starts[n];
    *line = n + 1;
    *col = (int)(offset - s->starts[n]) + 1;
}

bool source_line(int file, int line, const char **text, size_t *len) {
    if (file < 0 || line < 1 || line > source_get(file)->lines)
        return false;
    const Source *s = source_get(file);
    size_t begin = s->starts[line - 1];
    size_t end = line < s->lines ? s->starts[line] - 1 : s->len;
    if (end > begin && s->text[end - 1] == '\r')
        end--;
    *text = s->text + begin;
    *len = end - begin;
    return true;
}

Range range_join(Range a, Range b) {
    if (a.file < 0)
        return b;
    if (b.file != a.file)
        return a;
    return (Range){ a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end };
}

int utf8_decode(const char *s, size_t n, uint32_t *code) {
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *u = (const unsigned char *)s;
    if (n == 0)
        return 0;
    if (u[0] < 0x80) {
        *code = u[0];
        return 1;
    }
    int len = u[0] >= 0xf0 && u[0] < 0xf8 ? 4 : u[0] >= 0xe0 && u[0] < 0xf0 ? 3
            : u[0] >= 0xc0 && u[0] < 0xe0 ? 2 : 0;
    if (len == 0 || (size_t)len > n)
        return 0;
    uint32_t c = u[0] & (0xffu >> (len + 1));
    for (int i = 1; i < len; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (u[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *code = c;
    return len;
}

void sources_reset(void) {
    arena_free(sources.arena);
    memset(&sources, 0, sizeof sources);
}
