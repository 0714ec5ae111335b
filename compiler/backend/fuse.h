/* fuse.h - what the files that form items share: reads.c, root.c, fuse.c, stage.c. */
#ifndef EBM_BACKEND_FUSE_H
#define EBM_BACKEND_FUSE_H
#include "backend/unit.h"

/* reads.c: values in memory that reading n at some index touches, given what is inlined; members of
 * `within` are not memory. */
void value_reads(Unit *u, const Node *n, bool same, const Item *within, VisitRead *visit,
                 void *ctx);
/* The operands of one node that an item computes. */
void operand_reads(Unit *u, const Node *n, const Item *within, VisitRead *visit, void *ctx);
bool dot_is_product(const Unit *u, const Node *n); /* it sums nothing */

/* root.c, before items: views that become values; ADD nodes that absorb their DOT or CONV. */
void root_views(Unit *u);
void root_fold_bias(Unit *u);
/* After: elementwise roots of the stages from `first` on, exports, what clusters store. */
void root_decide(Unit *u, int first);

/* fuse.c */
int  stage_add_item(Unit *u, Stage *g, ItemKind kind, int loop, const Node *node);
/* The item of stage g that makes `value`, or -1: it is there before the stage runs. */
int  item_producer(Unit *u, Stage *g, const Node *value);
/* Gives n, whose operands have theirs, an item of the stage. */
void item_add_node(Unit *u, Stage *g, const Node *n);
void item_add_elementwise(Unit *u, Stage *g, const Node *n);
#endif
