/* rewrite.h - the engine of simplify and contract: rules over one node, applied until none fires.
 *
 * Private to passes/. A rule sees a node whose operands are rewritten already and returns the node
 * to use instead, or NULL. It makes new nodes only; what it leaves unused dies in the rebuild. */
#ifndef EBM_REWRITE_H
#define EBM_REWRITE_H
#include "passes/passes.h"

typedef struct RewriteRow RewriteRow;
typedef struct ProductTable ProductTable;
typedef struct Rewriter {
    Graph *old, *g;               /* from, to */
    const int *uses;              /* by old id: how many live nodes and roots use it */
    const RewriteRow *rules, *more;
    int fired;
    ProductTable *products;       /* contract's, of this round */
} Rewriter;

/* `n` is the old node, `m` what it became so far (a node of r->g). */
typedef Node *RewriteRule(Rewriter *r, const Node *n, Node *m);
struct RewriteRow { const char *name; RewriteRule *rule; };

/* Rebuilds what the roots need under the rules, and under `more` (NULL: none) where no rule of the
 * first table fires; returns the map old id -> new node and the new graph in *out, which holds
 * live nodes only. Also drops carried values of loops that nothing reads. */
Node **graph_rewrite(Graph *g, Node *const *roots, int n_roots, const RewriteRow *rules,
                     const RewriteRow *more, Graph **out);
/* The same for an entry. */
void entry_rewrite(Program *p, Entry *e, const RewriteRow *rules, const RewriteRow *more);

extern const RewriteRow simplify_rules[], contract_rules[];    /* end with rule == NULL */

/* ---- shared by the rules --------------------------------------------------------------------- */
/* Axes of a dot and where they lie: the result is [batch.., a free.., b free..]. */
typedef struct DotView {
    DotAxes d;
    int a_free[MAX_RANK], n_a, b_free[MAX_RANK], n_b;
} DotView;
DotView dot_view(const Node *dot);
DotAxes dot_axes_swapped(const DotAxes *d);

/* One bit per output axis that really varies: the map of a BROADCAST, none for a splat constant,
 * all axes otherwise. */
unsigned varying_axes(const Node *n);
/* The values of n with the axes outside `keep` removed; keep holds all varying axes of n. */
Node *without_axes(Graph *g, Node *n, unsigned keep);
/* v (whose axes are those of `keep`) broadcast along the other axes of s. */
Node *with_axes(Graph *g, Node *v, unsigned keep, Shape s);
/* The product that a dot without contraction is: a [batch.., a free..], b [batch.., b free..], each
 * with the axes of the dot's operands left over after `DotView`, already contracted. */
Node *outer_product(Graph *g, const DotView *v, Node *a, Node *b, Shape s);
/* n without the listed axes, all of size 1 or already summed away by the caller's g_reduce. */
Node *drop_unit_axes(Graph *g, Node *n, const int *axes, int count);
#endif
