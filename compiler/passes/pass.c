/* pass.c - the pass table and the loop that runs it.
 *
 * Needs a verified Program. Promises: every entry is verified again after each pass; a pass that
 * breaks an invariant ends the compiler with exit code 1 and a sentence that names it. */
#include "passes/passes.h"
#include "passes/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void differentiate_run(Program *p, Entry *e) {
    Graph *g;
    int n;
    Node **roots = entry_roots(p->arena, e, &n);
    Node **map = ad_differentiate(e->graph, roots, n, &g);
    entry_remap(e, g, map);
}

/* Initial values may hold VAR and STOP as well; nothing there is ever differentiated again. */
static void strip_initial_values(Program *p) {
    if (!p->init_graph) return;
    Graph *g;
    Node **roots = NEW_ARRAY(p->arena, Node *, p->states.n + 1);
    int n = 0;
    for (int i = 0; i < p->states.n; i++)
        if (p->states.v[i].init) roots[n++] = p->states.v[i].init;
    Node **map = ad_differentiate(p->init_graph, roots, n, &g);
    for (int i = 0; i < p->states.n; i++)
        if (p->states.v[i].init) p->states.v[i].init = map[p->states.v[i].init->id];
    p->init_graph = g;
}

const Pass pass_table[] = {
    { "updates", updates_run, true, true,
      "optimiser steps become gradient norms, checks and state writes" },
    { "differentiate", differentiate_run, true, true,
      "grad, jvp and vjp become ordinary nodes; var and stop disappear" },
    { "simplify", simplify_run, false, false,
      "whole-graph rewrites; changes a bit only where two constants meet; drops dead nodes" },
    { "contract", contract_run, false, false,
      "reorders sums and products: factors out of sums, broadcast products into contractions" },
    { "hostloops", hostloops_run, true, true,
      "run-time loops that mix the samples of a batch become blocks of statements" },
    { NULL, NULL, false, false, NULL },
};

static void verify(const Program *p, const Entry *e, const char *after) {
    Arena *scratch = arena_new("verification");
    const char *bad = entry_verify(p, e, scratch);
    if (bad) {
        fprintf(stderr, "ebmcc: internal error: after pass '%s' of entry %s\n", after, bad);
        exit(EXIT_INTERNAL);
    }
    arena_free(scratch);
}

static bool switched_off(const PassOptions *o, const Pass *pass) {
    for (int i = 0; o && i < o->n_off && !pass->required; i++)
        if (strcmp(o->off[i], pass->name) == 0) return true;
    return false;
}

void passes_run(Program *p, const PassOptions *o) {
    strip_initial_values(p);
    for (int i = 0; i < p->entries.n; i++) {
        Entry *e = p->entries.v[i];
        for (const Pass *pass = pass_table; pass->name; pass++) {
            if (switched_off(o, pass)) continue;
            pass->run(p, e);
            verify(p, e, pass->name);
            if (o && o->after) o->after(o->user, pass, p, e);
        }
    }
}
