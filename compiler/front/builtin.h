/* builtin.h - one row of the table of built-in functions, shared by builtin*.c. */
#ifndef EBM_BUILTIN_H
#define EBM_BUILTIN_H
#include "front/elab.h"

struct Builtin {
    const char *name;
    Value *(*fn)(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at);
    Op op;                        /* elementwise ones */
    int data;                     /* kind of distribution, optimiser, pool ... */
};
extern const Builtin builtin_shape_table[];    /* builtin_shape.c; ends with name == NULL */

/* einsum.c */
Value *builtin_einsum(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at);

/* A compile-time integer argument of at least `lo`; `fallback` when missing. */
bool builtin_int(Elab *e, Frame *f, const char *what, Value *v, int64_t fallback, int64_t lo,
                 int64_t *out);
#endif
