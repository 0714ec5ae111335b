/* jsontext.c - see jsontext.h. */
#include "jsontext.h"
#include "memory.h"
#include <string.h>

/* Reals printed with fewer digits than they have are not compared. */
static bool says(const char *text, const json_t *value, size_t flags) {
    json_t *back = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    bool rounded = (flags & JSON_REAL_PRECISION(31)) != 0;
    bool same = back && (rounded || json_equal(back, value));
    json_decref(back);
    return same;
}

char *json_text(json_t *value, size_t flags, const char *what, Status *st) {
    char *text = value ? json_dumps(value, flags) : NULL;
    if (text && !says(text, value, flags)) {
        mem_free(text);
        text = NULL;
    }
    json_decref(value);
    if (!text) status_fail(st, RT_LIMIT, "out of memory for %s", what);
    return text;
}
