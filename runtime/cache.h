/* cache.h - what is slow to compile, kept by content: kernels of GPUs, objects of the C compiler.
 *
 * The folder is $XDG_CACHE_HOME/ebmcc or ~/.cache/ebmcc, at most 256 MiB; EBM_CACHE=off: there is
 * none. A key is 64 hex digits of everything that the content depends on, a kind the ending of its
 * file's name. */
#ifndef EBM_RT_CACHE_H
#define EBM_RT_CACHE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The folder into `out`; false when there is none that is private to this user, also when it is
 * absent and not to be made. */
bool cache_folder(char *out, size_t size, bool make);
/* Content whose digest is right, mem_free; anything doubtful is removed and counts as absent. */
bool cache_get(const char *kind, const char *key, void **data, uint64_t *size);
/* Keeps a copy; the least recently used entries give way when there are too many. Without room or
 * rights nothing is kept. */
void cache_put(const char *kind, const char *key, const void *data, uint64_t size);
#endif
