/* passes.h - what happens between lowering and code generation.
 *
 *   updates        DO_UPDATE -> slot states, gradient norm, clip, DO_CHECK, DO_WRITE statements
 *   differentiate  GRAD / JVP / VJP requests -> ordinary nodes, innermost first; VAR, STOP removed
 *   simplify       rewrites that need a whole-graph view; rebuilds, so dead nodes vanish
 *   contract       rewrites that reorder sums and products, with the rules of simplify
 *
 * Files: diff_rules.c and diff_linear.c hold what is known about each op, jvp.c and vjp.c the two
 * sweeps, unloop.c and sumloop.c the loops that derivatives pass through, differentiate.c the
 * requests; rewrite.c is the engine of simplify.c and contract.c.
 *
 * A pass makes new nodes, never changes old ones, and leaves the entry verified. */
#ifndef EBM_PASSES_H
#define EBM_PASSES_H
#include "graph/program.h"

typedef struct Pass {
    const char *name;
    void (*run)(Program *p, Entry *e);
    bool required;                /* cannot be switched off by --no-pass */
    bool exact;                   /* keeps every bit of the result */
    const char *doc;
} Pass;
extern const Pass pass_table[];   /* ends with name == NULL */

typedef struct PassOptions {
    const char *const *off; int n_off;                 /* --no-pass=NAME */
    /* --dump=after:NAME: called after each pass when not NULL. */
    void (*after)(void *user, const Pass *pass, const Program *p, const Entry *e);
    void *user;
} PassOptions;
void passes_run(Program *p, const PassOptions *o);     /* all entries, all passes, in order */

/* ---- derivatives of a graph ------------------------------------------------------------------ */
/* Forward: the tangents of `y` when x[i] moves along v[i]. NULL result: y does not depend on x. */
Node *ad_jvp(Graph *g, Node *y, Node *const *x, Node *const *v, int n);
/* Reverse: pulls the cotangent `u` of y back to each x[i]; out[i] is NULL when y does not depend
 * on x[i]. Only nodes between x and y are visited. */
void ad_vjp(Graph *g, Node *y, Node *u, Node *const *x, int n, Node **out);
/* Resolves every request below the roots, innermost first, then strips VAR and STOP. Returns the
 * map old id -> new node (entries of dead nodes are NULL) and the new graph in *out.
 * A request through a LOOP or over the AD order limit (3) is reported (E0406, E0407) at its place
 * and resolved to zeros so that other errors still show. */
Node **ad_differentiate(Graph *g, Node *const *roots, int n_roots, Graph **out);
#endif
