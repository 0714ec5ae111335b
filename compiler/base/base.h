/* base.h - memory, interned strings, source text and diagnostics: what every phase stands on.
 *
 * Ownership in one sentence: everything a phase builds lives in an Arena that the phase's caller
 * made, interned strings and sources live until base_reset(), and nobody else frees anything.
 *
 * Failure: running out of memory or of the budget ends the process with exit code 5 and one line;
 * a user's mistake becomes a diagnostic (diag_*) and the phase goes on; a caller's mistake is an
 * assert. */
#ifndef EBM_BASE_H
#define EBM_BASE_H
#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_OK = 0, EXIT_INTERNAL = 1, EXIT_USAGE = 2, EXIT_SPEC = 3, EXIT_DATA = 4,
       EXIT_LIMIT = 5, EXIT_DIVERGED = 6, EXIT_WRITE = 7, EXIT_PEER = 8, EXIT_TOOL = 9,
       EXIT_STOPPED = 75 };

/* ---- memory ------------------------------------------------------------------------------- */

/* The one allocator hook. `purpose` names the use in the out-of-memory message.
 * xalloc_fail_at(n) makes the n-th allocation from now fail (fault tests); 0 = never. */
void *xalloc(size_t size, const char *purpose);                  /* zeroed */
void *xrealloc(void *p, size_t size, const char *purpose);
void  xfree(void *p);
void  xalloc_fail_at(uint64_t n);
uint64_t xalloc_count(void);
uint64_t xalloc_live(void);                                      /* bytes not yet freed */
void  xalloc_set_budget(uint64_t bytes);                         /* default 4 GiB */

typedef struct Arena Arena;
Arena *arena_new(const char *purpose);
void  *arena_alloc(Arena *a, size_t size);                       /* zeroed, 16-byte aligned */
void  *arena_array(Arena *a, size_t count, size_t size);         /* overflow-checked */
char  *arena_printf(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void   arena_free(Arena *a);

#define NEW(arena, T) ((T *)arena_alloc((arena), sizeof(T)))
#define NEW_ARRAY(arena, T, n) ((T *)arena_array((arena), (size_t)(n), sizeof(T)))

/* A growing array of T in an arena: struct { VEC(int) ids; } s; vec_push(arena, &s.ids, 3). */
#define VEC(T) struct { T *v; int n, cap; }
#define vec_push(arena, vec, item) \
    (*(vec_grow((arena), (void **)&(vec)->v, (vec)->n, &(vec)->cap, sizeof *(vec)->v), \
       &(vec)->v[(vec)->n++]) = (item))
void vec_grow(Arena *a, void **data, int n, int *cap, size_t size);

/* Checked size arithmetic: false on overflow. */
static inline bool size_mul(uint64_t a, uint64_t b, uint64_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool size_add(uint64_t a, uint64_t b, uint64_t *out) {
    return !__builtin_add_overflow(a, b, out);
}

/* A growing text buffer on the heap; `data` is always NUL-terminated once written to. */
typedef struct Text { char *data; size_t len, cap; } Text;
void text_add(Text *t, const char *s);
void text_add_n(Text *t, const char *s, size_t n);
void text_printf(Text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_free(Text *t);

/* Length of the well-formed UTF-8 sequence at s (1..4), or 0; *code is the code point. */
int utf8_decode(const char *s, size_t n, uint32_t *code);

/* Equal strings are equal pointers. */
const char *intern(const char *s);
const char *intern_n(const char *s, size_t n);

/* ---- sources ------------------------------------------------------------------------------ */

/* A piece of source text by byte offsets [begin, end). file < 0: no place (the command line). */
typedef struct Range { int32_t file; uint32_t begin, end; } Range;
#define NO_RANGE ((Range){ -1, 0, 0 })

/* Registers a text under a display name; returns its file number. The text is copied. */
int         source_add(const char *name, const char *text, size_t len);
const char *source_name(int file);
const char *source_text(int file, size_t *len);
void        source_position(Range at, int *line, int *col);      /* both from 1; col in bytes */
Range       range_join(Range a, Range b);

/* ---- diagnostics -------------------------------------------------------------------------- */

/* Codes: one row each in diag.def. */
typedef enum DiagCode {
#define DIAG(code, severity, title, explain) code,
#include "base/diag.def"
#undef DIAG
    DIAG_COUNT
} DiagCode;

/* Reports one diagnostic. A diagnostic with the same code and place is reported once. */
void diag(DiagCode code, Range at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Attach to the diagnostic just reported (dropped with it when it was a duplicate). */
void diag_note(Range at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void diag_help(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int  diag_errors(void);                       /* errors so far (warnings not counted) */
int  diag_exit_code(void);                    /* 0, or 3 / 5 by the first error's class */
typedef enum DiagFormat { DIAG_TEXT, DIAG_JSON } DiagFormat;
/* Prints all diagnostics, in order of place within a file, at most 50, to `out` (a FILE *). */
void diag_print(void *out, DiagFormat format);
const char *diag_code_name(DiagCode code);
bool diag_explain(const char *code_name, void *out);             /* false: no such code */

/* The diagnostics so far, in the order of diag_print (for tests and tools). */
typedef struct DiagView { DiagCode code; Range at; bool is_warning; const char *text; } DiagView;
int  diag_count(void);
bool diag_get(int i, DiagView *out);          /* false: no i-th diagnostic */

/* The nearest of n candidates by edit distance (at most a third of the length), else one that
 * starts with the name or that the name starts with, or NULL. */
const char *nearest_name(const char *name, const char *const *candidates, int n);

/* Forgets sources, interned strings and diagnostics (for fuzzers and tests). */
void base_reset(void);
#endif
