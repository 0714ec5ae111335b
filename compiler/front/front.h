/* front.h - from the text of a spec to a Program.
 *
 * Three steps: parse (lex.l, parse.y -> ast.h), names (every name of every body resolves, used or
 * not), elaborate (types, rates, shapes and lowering in one walk). Types and lowering are one walk
 * because untyped formals make every function a template: types exist only per call, and a typed
 * tree between the two would be a second copy of the graph. */
#ifndef EBM_FRONT_H
#define EBM_FRONT_H
#include "front/ast.h"
#include "graph/program.h"

typedef struct FrontOptions {
    const char *const *defines; int n_defines;   /* "name=value" of -D, constants of the spec */
    const char *stdlib_dir;                      /* folder with layers.ebm, samplers.ebm ... */
} FrontOptions;

/* Reads, parses and elaborates a spec. NULL after diagnostics. The Program lives in `a`. */
Program *front_compile(Arena *a, const char *path, const FrontOptions *o);

/* Parses only (for --emit=ast). NULL when the file cannot be read. */
File *front_parse_file(Arena *a, const char *path);

/* --params: one line per learnable value: name, shape, elements. */
void front_print_params(Text *out, const Program *p);
#endif
