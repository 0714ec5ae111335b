/* heavy.h - the frame of generic loops, shared by heavy.c and window.c. */
#ifndef EBM_BACKEND_HEAVY_H
#define EBM_BACKEND_HEAVY_H
#include "backend/c/emit.h"

/* Generic loops of a heavy op: for each output, an accumulator over inner loops.
 *     for out: acc = init; for inner: { before; if (guard) { level 1; lanes: level 2 } } store */
typedef struct Nest {
    Index out;
    int n_inner;
    Open inner[MAX_RANK + 2];
    Text before;                  /* lines ahead of the guard */
    const char *guard;            /* or NULL */
    const char *init, *init2;     /* init2: of a second accumulator acc2, or NULL */
    DType type, type2;
    const char *result;           /* text over acc */
} Nest;

/* Starts the block of n and gives its frame: loops over the outputs, a float accumulator at 0. */
Nest nest_begin(Emit *e, const Node *n);
void nest_loop(Nest *w, const char *name, int64_t extent);
/* Writes the whole: the loops, what the block holds, the store. */
void nest_put(Emit *e, const Node *n, Nest *w);
const char *nest_acc(const Emit *e);               /* "acc[t]" or "acc" */
const char *nest_acc2(const Emit *e);
void nest_multiply_add(Emit *e, Val a, Val b);

/* window.c */
void emit_conv(Emit *e, const Node *n);
void emit_conv_dx(Emit *e, const Node *n);
void emit_conv_dw(Emit *e, const Node *n);
void emit_pool(Emit *e, const Node *n);            /* POOL_SUM, MAX_POOL, POOL_PICK */
void emit_pool_sum_t(Emit *e, const Node *n);
void emit_pool_pick_t(Emit *e, const Node *n);
#endif
