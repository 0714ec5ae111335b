/* memory.h - the runtime's one allocation hook, checked sizes and the question "does it fit?".
 *
 * Everything the runtime allocates, and everything jansson, libpng and zlib allocate for it, goes
 * through mem_alloc, so a test can fail the n-th allocation and count what was not freed. Blocks
 * are zeroed and 64-byte aligned. Thread-safe. */
#ifndef EBM_RT_MEMORY_H
#define EBM_RT_MEMORY_H
#include "status.h"

/* NULL and RT_LIMIT when there is no memory; `purpose` names the use in the message. */
void *mem_alloc(uint64_t size, const char *purpose, Status *st);
/* count * size, overflow-checked. */
void *mem_array(uint64_t count, uint64_t size, const char *purpose, Status *st);
/* Moves a block (or NULL) to a new size; the old block stays valid when this fails. */
void *mem_resize(void *block, uint64_t size, const char *purpose, Status *st);
char *mem_copy_text(const char *text, Status *st);
void  mem_free(void *block);

/* For libraries' allocation hooks: no purpose, no status. */
void *mem_plain_alloc(size_t size);

/* Fault tests: the n-th allocation from now fails (0 = never). */
void     mem_fail_at(uint64_t n);
uint64_t mem_count(void);                 /* allocations so far */
uint64_t mem_live(void);                  /* bytes not freed */

/* Checked u64 size arithmetic: false on overflow. */
static inline bool mem_mul(uint64_t a, uint64_t b, uint64_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool mem_add(uint64_t a, uint64_t b, uint64_t *out) {
    return !__builtin_add_overflow(a, b, out);
}

/* Bytes that the process may still use: the least of what the machine has available, what the
 * control group leaves and what RLIMIT_AS leaves. */
uint64_t mem_available(void);
void     mem_set_available(uint64_t bytes);        /* tests: pretend; 0 = ask the system */
/* Fails with RT_LIMIT and both sizes when `more` exceeds 80 % of what is available. */
bool mem_check(uint64_t more, const char *what, Status *st);

/* "1.50 GiB" into out[16]. */
const char *mem_format(uint64_t bytes, char out[16]);
#endif
