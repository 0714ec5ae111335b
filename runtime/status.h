/* status.h - the runtime's one error type: an exit code and one line of text, returned upward.
 *
 * Functions that can fail for reasons outside the program (files, memory, foreign bytes) return
 * false and fill a Status; only cli.c prints it and turns it into the exit code. The text names the
 * file and, for foreign bytes, the offset; it never contains bytes of a foreign file that could
 * drive a terminal (control characters are replaced). */
#ifndef EBM_RT_STATUS_H
#define EBM_RT_STATUS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes of every generated program. */
enum {
    RT_OK = 0, RT_INTERNAL = 1, RT_USAGE = 2, RT_SPEC = 3, RT_DATA = 4, RT_LIMIT = 5,
    RT_DIVERGED = 6, RT_WRITE = 7, RT_PEER = 8, RT_TOOL = 9, RT_STOPPED = 75
};

typedef struct Status {
    int code;                     /* RT_OK until something failed */
    char text[1200];
} Status;

/* Records a failure and returns false. The first failure wins: later ones while unwinding are
 * dropped. `st` may be NULL when the caller only wants to know that it failed. */
bool status_fail(Status *st, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same for foreign bytes: the text becomes "FILE: WHAT (at byte OFFSET)", the code RT_DATA. */
bool status_fail_at(Status *st, const char *file, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same with the system's reason appended: "WHAT: No space left on device". */
bool status_fail_errno(Status *st, int code, int err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Replaces control characters by '?', in place (names that come from files). */
void status_make_printable(char *text);
#endif
