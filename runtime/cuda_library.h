/* cuda_library.h - where NVIDIA's libraries are looked for at run time. */
#ifndef EBM_RT_CUDA_LIBRARY_H
#define EBM_RT_CUDA_LIBRARY_H
#include <stdbool.h>

/* Calls open(path, ctx) until it takes one: with $VARIABLE if set, else "libNAME.so.13", .12 and
 * .so where the loader looks, then in $CUDA_HOME, $CUDA_PATH and the usual folders of the toolkit. */
bool cuda_find_library(const char *variable, const char *name,
                       bool (*open)(const char *path, void *ctx), void *ctx);
/* Puts the symbol's address into *entry; false when there is none. */
bool cuda_find_symbol(void *library, const char *symbol, void *entry);
#endif
