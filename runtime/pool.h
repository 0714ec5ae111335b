/* pool.h - the thread pool: contiguous static ranges, no queues, workers sleep when idle.
 *
 * A launch splits [0, units) into one range per thread in thread order and returns when all have
 * run. Which thread runs a unit changes nothing that a kernel can see, so results do not depend on
 * the number of threads as long as units write disjoint memory. One launch at a time. */
#ifndef EBM_RT_POOL_H
#define EBM_RT_POOL_H
#include "ebm.h"
#include "status.h"

enum { POOL_MAX_THREADS = 1024 };

typedef struct Pool Pool;
/* `threads` counts the caller; `scratch` bytes are given to each thread, 64-byte aligned. */
Pool *pool_new(int threads, uint64_t scratch, Status *st);
void  pool_free(Pool *p);
int   pool_threads(const Pool *p);
void  pool_launch(Pool *p, EbmKernelFn *fn, void *const *buf, const EbmScalars *s, int64_t units);

/* CPUs that this process may run on: its affinity mask, and the control group's quota. */
int pool_default_threads(void);
#endif
