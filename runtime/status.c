/* status.c - filling a Status; see status.h. Needs nothing, allocates nothing. */
#include "status.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void status_make_printable(char *text) {
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f) *p = '?';
}

/* False when an earlier failure is already recorded (it is kept) or nobody wants the text. */
static bool open_text(Status *st, int code) {
    if (!st || st->code != RT_OK) return false;
    st->code = code;
    st->text[0] = '\0';
    return true;
}

static void append(Status *st, const char *fmt, va_list args) {
    size_t used = strlen(st->text);
    vsnprintf(st->text + used, sizeof st->text - used, fmt, args);
}

static void append_text(Status *st, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    append(st, fmt, args);
    va_end(args);
}

bool status_fail(Status *st, int code, const char *fmt, ...) {
    if (!open_text(st, code)) return false;
    va_list args;
    va_start(args, fmt);
    append(st, fmt, args);
    va_end(args);
    status_make_printable(st->text);
    return false;
}

bool status_fail_at(Status *st, const char *file, uint64_t offset, const char *fmt, ...) {
    if (!open_text(st, RT_DATA)) return false;
    append_text(st, "%s: ", file);
    va_list args;
    va_start(args, fmt);
    append(st, fmt, args);
    va_end(args);
    append_text(st, " (at byte %llu)", (unsigned long long)offset);
    status_make_printable(st->text);
    return false;
}

bool status_fail_errno(Status *st, int code, int err, const char *fmt, ...) {
    if (!open_text(st, code)) return false;
    va_list args;
    va_start(args, fmt);
    append(st, fmt, args);
    va_end(args);
    append_text(st, ": %s", strerror(err));
    status_make_printable(st->text);
    return false;
}
