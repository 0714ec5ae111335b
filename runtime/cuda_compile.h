/* cuda_compile.h - CUDA C text to a binary for one device: in a child process, or from the cache.
 *
 * NVRTC cannot be cancelled, may crash and may need gigabytes: it runs in a child, which is this
 * program itself in a hidden mode, with limits of time and memory, the text on its standard input
 * and the binary on its standard output. Nothing is written to disk but the cache entry.
 *
 *   CudaJob job;
 *   cuda_job_start(&job, n, name, text, arch);      any number at the same time
 *   cuda_job_finish(&job, &binary, st);             waits; must follow every start */
#ifndef EBM_RT_CUDA_COMPILE_H
#define EBM_RT_CUDA_COMPILE_H
#include "cuda_nvrtc.h"
#include <sys/types.h>

/* The hidden mode: NAME ARCH ptx|- LIBRARY follow. ebmcc and ebm_main give it to
 * cuda_compile_child. */
#define CUDA_CHILD "--nvrtc-child"
/* Runs the hidden mode when the words ask for it: true, and *code is the exit code. */
bool cuda_compile_child(int argc, char **argv, int *code);

typedef struct CudaBinary {
    void *cubin;                  /* mem_free; so the others */
    uint64_t cubin_size;
    char *ptx;                    /* wanted by `keep_ptx`; else NULL */
    /* of the compiler: resources of each kernel; NULL from the cache */
    char *log;
    bool from_cache;
} CudaBinary;

typedef struct CudaJob {
    const Nvrtc *nvrtc;
    const char *name, *text, *arch;
    bool use_cache, keep_ptx;
    pid_t child;                  /* 0: none needed, or none could be started */
    int in, out, error;           /* memory files; `error`: errno of what could not be made, or 0 */
    CudaBinary cached;
} CudaJob;
/* `text`, `name` and `arch` must outlive the job. Never fails by itself: cuda_job_finish tells. */
void cuda_job_start(CudaJob *j, const Nvrtc *nvrtc, const char *name, const char *text,
                    const char *arch, bool use_cache, bool keep_ptx);
/* False: RT_TOOL (the text does not compile: the log is in out->log; or the child died),
 * RT_LIMIT. */
bool cuda_job_finish(CudaJob *j, CudaBinary *out, Status *st);
/* Ends a job whose result nobody wants. */
void cuda_job_cancel(CudaJob *j);
void cuda_binary_free(CudaBinary *b);
#endif
