/* backend.h - from a Program whose passes have run to the text of a generated program.
 *
 *   fuse     the nodes of an entry -> regions (kernels), and why two nodes are not in one
 *   nest     a region -> loop nests over a tile of samples, or over elements of shared tensors
 *   memplan  buffers between kernels -> offsets in one arena, as c0 + c1 * Bpad bytes
 *   c/       kernels.c and plan.c */
#ifndef EBM_BACKEND_H
#define EBM_BACKEND_H
#include "graph/program.h"

typedef enum Gradients { GRADIENTS_AUTO, GRADIENTS_INSIDE, GRADIENTS_APART } Gradients;
typedef enum BackendGrid { GRID_AUTO, GRID_ON, GRID_OFF } BackendGrid;
typedef struct BackendOptions {
    int tile;                     /* samples per tile: 16, 32, 64; 0 = choose */
    Gradients gradients;          /* CPU: in the regions of their layers, or in kernels of their own */
    const char *compiler;         /* "ebmcc 0.1.0", for the header comment */
    bool cuda;                    /* CUDA kernels beside those in C */
    bool fp32;                    /* CUDA: contractions in fp32 instead of tf32 */
    BackendGrid grid;             /* CUDA: regions that a whole grid computes together */
    bool bf16;                    /* operands of contractions in run-time loops */
} BackendOptions;

typedef struct Emitted {
    Text kernels;                 /* kernels.c */
    /* kernels.c compiles whole or, long, with -DEBM_UNIT=1 .. units */
    int units;
    Text plan;                    /* plan.c: host code, tables and main; CUDA's modules */
    Text cuda;                    /* kernels.cu: the prelude, then the modules of all entries */
    Text modules;                 /* what of it is compiled at a time: texts, each ended by a NUL */
    Text why;                     /* --why=fuse: one line per boundary between kernels */
    Text memory;                  /* --emit=plan's memory table: bytes per buffer, totals */
    Text stats;                   /* --emit=stats: name<TAB>value lines */
    int n_bf16;                   /* contractions whose operands are bf16 */
} Emitted;

/* False: a diagnostic was reported (a construct that this target cannot compile, or a limit). */
bool backend_c_emit(const Program *p, const BackendOptions *o, Emitted *out);
void emitted_free(Emitted *e);
#endif
