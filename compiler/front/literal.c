/* literal.c - values of number and string literals.
 *
 * Needs raw tokens that match INT, REAL or STR of lex.l. Promises: numbers are correctly rounded
 * and never depend on the locale (the program never calls setlocale, and strtod sees a bounded copy
 * that holds digits, '.', 'e' and signs only); what does not fit is reported, never rounded to
 * infinity or to zero. */
#include "front/parse_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Copies the literal without '_' into buf, which has room; false when it is too long. */
static bool literal_digits(Parser *p, Range at, char buf[LITERAL_MAX_BYTES + 1]) {
    size_t n = 0;
    if (at.end - at.begin > LITERAL_MAX_BYTES) {
        diag(E0114, at, "this number has %u characters (limit %d)", at.end - at.begin,
             LITERAL_MAX_BYTES);
        return false;
    }
    for (uint32_t i = at.begin; i < at.end; i++)
        if (p->text[i] != '_')
            buf[n++] = p->text[i];
    buf[n] = 0;
    return true;
}

int64_t literal_integer(Parser *p, Range at) {
    char buf[LITERAL_MAX_BYTES + 1];
    int64_t v = 0;
    if (!literal_digits(p, at, buf))
        return 1;
    for (const char *s = buf; *s; s++) {
        if (__builtin_mul_overflow(v, (int64_t)10, &v) ||
            __builtin_add_overflow(v, (int64_t)(*s - '0'), &v)) {
            diag(E0114, at, "this integer is above 9223372036854775807");
            diag_help("a real number is written with a point or an exponent");
            return 1;
        }
    }
    return v;
}

double literal_real(Parser *p, Range at) {
    char buf[LITERAL_MAX_BYTES + 1];
    if (!literal_digits(p, at, buf))
        return 1;
    double v = strtod(buf, NULL);
    bool digits_zero = strspn(buf, "0.") == strcspn(buf, "eE");
    if (isinf(v) || (v == 0 && !digits_zero)) {
        diag(E0114, at, "this number is too %s for a real", v == 0 ? "small" : "large");
        return 1;
    }
    return v;
}

/* The text between the quotes with its escapes resolved. */
const char *literal_string(Parser *p, Range at) {
    const char *s = p->text + at.begin + 1, *end = p->text + at.end - 1;
    if (end - s > STRING_MAX_BYTES) {
        diag(E0113, at, "this string has %ld bytes (limit %d)", (long)(end - s),
             STRING_MAX_BYTES);
        return intern("");
    }
    Text t = { 0 };
    text_add(&t, "");
    for (; s < end; s++) {
        char c = *s;
        uint32_t offset = (uint32_t)(s - p->text);
        if ((unsigned char)c < 0x20 && c != '\t') {
            diag(E0107, (Range){ p->source, offset, offset + 1 },
                 "stray control character 0x%02x in a string", (unsigned char)c);
            continue;
        }
        if (c == '\\') {
            c = *++s;
            if (c == 'n' || c == 't') {
                c = c == 'n' ? '\n' : '\t';
            } else if (c != '"' && c != '\\') {
                diag(E0119, (Range){ p->source, offset, offset + 2 }, "unknown escape in a string");
                diag_help("a string knows \\\" \\\\ \\n and \\t");
                continue;
            }
        }
        text_add_n(&t, &c, 1);
    }
    const char *name = intern_n(t.data, t.len);
    text_free(&t);
    return name;
}
