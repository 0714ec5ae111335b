/* plan.h - from the steps of every unit to plan.c. */
#ifndef EBM_BACKEND_PLAN_H
#define EBM_BACKEND_PLAN_H
#include "backend/unit.h"

void unit_memplan(Unit *u);                        /* memplan.c: offsets of buffers, u->arena */
uint64_t arena_bytes(const Unit *u, int64_t batch);      /* with two threads */
void unit_memory_table(Unit *u, Text *t);

/* host.c: host values as C in double. A host node's value is the variable h<id>, made at the start
 * of the block that it varies in; what kernels read goes on to s->f and s->i. */
bool *plan_host_needs(Unit *u);                    /* [u->n] */
void plan_host_values(Unit *u, const bool *need, int block, const char *indent, Text *t);
extern const char plan_host_helpers[];

/* tables.c: states and scalars without those that live within a step only; -1: such a one. */
int plan_state_index(const Program *p, int state);
int plan_scalar_index(const Program *p, int scalar);
/* plan.c. `cuda`: the same entries for CUDA, or NULL. */
void plan_emit(Output *out, Output *cuda, Text *plan);
void plan_slots(const Output *out, int *n_f, int *n_i);   /* the most of any unit */
void plan_tables(Output *out, bool cuda, Text *plan);     /* the tables and main; tables.c */
const char *plan_identity(Output *out);            /* 64 hex digits */
void plan_string(Text *t, const char *s);          /* a C string literal, escaped; NULL: 0 */
#endif
