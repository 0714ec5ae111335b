/* sums.h - a region's parameter gradients as a kernel of their own (sums.c). */
#ifndef EBM_BACKEND_SUMS_H
#define EBM_BACKEND_SUMS_H
#include "backend/c/emit.h"
#include "backend/fuse.h"

/* Whether the sums of a region are work enough for kernels of their own. */
bool sums_are_many(Unit *u, const Stage *g);
/* Whether the kernel of sums makes this one. */
bool sums_is_direct(Unit *u, const Item *it);
/* What this item reads of samples stays in memory as tiles (NodeInfo.kept), until sums_forget ... */
void sums_keep(Unit *u, Stage *g, const Item *it);
void sums_keep_value(Unit *u, Stage *g, const Node *value);
void sums_forget(Unit *u);
/* ... also what other kernels have made: loaded by the function that keeps tiles for these sums. */
void sums_load(Emit *e, const ItemOrder *sums);
/* What direct sums read of a sample. */
uint64_t sums_bytes(Unit *u, Stage *g, const ItemOrder *direct);
/* The items of a region in groups, with the direct sums of each (groups.c). Returns how many. */
int sums_group(Unit *u, Stage *g, ItemOrder *tiles, const ItemOrder *direct, ItemOrder **group,
               ItemOrder **sums);
/* The kernel of the direct sums in `order`, after the one that keeps its tiles of T samples. */
void sums_emit(Output *out, Unit *u, Stage *g, const ItemOrder *order, int T);
#endif
