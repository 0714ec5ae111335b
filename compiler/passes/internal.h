/* internal.h - the bodies of the pass table's rows, for pass.c and nobody else. */
#ifndef EBM_PASSES_INTERNAL_H
#define EBM_PASSES_INTERNAL_H
#include "passes/passes.h"

void updates_run(Program *p, Entry *e);
void simplify_run(Program *p, Entry *e);
void contract_run(Program *p, Entry *e);
void hostloops_run(Program *p, Entry *e);
#endif
