/* gpu.h - a device with memory of its own, as a run sees it: blocks, copies, launches.
 *
 * Everything happens in the order of the calls. Launches are collected until gpu_submit or until
 * something depends on them; only gpu_download and gpu_wait wait for what they do, so a failure of
 * a kernel may be reported by a later call. Pointers to device memory are opaque to the host. One
 * Gpu per process; calls come from one thread. */
#ifndef EBM_RT_GPU_H
#define EBM_RT_GPU_H
#include "ebm.h"
#include "status.h"

typedef struct Gpu Gpu;
typedef struct GpuOptions {
    const char *dump, *load;      /* --dump-kernels, --load-kernels: folders or NULL */
    const char *tune;             /* --tune: "exact", "library" or NULL */
} GpuOptions;

/* Opens the first device. NULL: st says what is missing (RT_TOOL), or that memory is (RT_LIMIT). */
Gpu *gpu_open(const EbmProgram *p, const GpuOptions *options, Status *st);
void gpu_close(Gpu *g);
/* "NVIDIA H200 (sm_90, 132 SMs, 139 GiB), CUDA 13.0, tf32", and what --tune may choose from. */
void gpu_describe(const Gpu *g, char *out, size_t size);
/* The step function of entry number `entry` for this device. */
void (*gpu_step(const Gpu *g, int entry))(EbmRun *run);

/* Starts to compile what an entry and the entries that it runs need, and what --dump-kernels
 * writes. What is not ready when it is launched is waited for. */
bool gpu_prepare(Gpu *g, const EbmEntryDesc *entry, Status *st);

/* Waits for all of that and loads it: from then on no text can fail. */
bool gpu_ready(Gpu *g, const EbmEntryDesc *entry, Status *st);

/* NULL and RT_LIMIT (what wanted how much, how much is free) when it does not fit. */
void *gpu_alloc(Gpu *g, uint64_t bytes, const char *what, Status *st);
void  gpu_free(Gpu *g, void *block);         /* after everything queued; NULL is nothing */
/* `from` may be changed as soon as the call returns. */
bool gpu_upload(Gpu *g, void *to, const void *from, uint64_t bytes, Status *st);
/* Waits until the bytes are there. */
bool gpu_download(Gpu *g, void *to, const void *from, uint64_t bytes, Status *st);
/* Numbers that are looked at later: gpu_watch keeps one as number `slot` (below GPU_CHECKS) on the
 * device, gpu_collect copies the first n of them to the host as numbers first, first + 1, ... of
 * its GPU_CHECKS, gpu_watched tells one of those after gpu_wait. */
enum { GPU_CHECKS = 32 };
bool gpu_watch(Gpu *g, int slot, const void *value, Status *st);
bool gpu_collect(Gpu *g, int first, int n, Status *st);
float gpu_watched(const Gpu *g, int number);
/* Starts what was launched: to be called at the end of a step. */
bool gpu_submit(Gpu *g, Status *st);
/* The device's copy of host memory that never changes, made at the first call. */
const void *gpu_mirror(Gpu *g, const void *host, uint64_t bytes, const char *what, Status *st);
/* The host memory at this address is about to be freed. */
void gpu_forget(Gpu *g, const void *host);
/* Runs units [0, units) of a kernel; buf as its description counts them, all device memory. */
bool gpu_launch(Gpu *g, int kernel, void *const *buf, const EbmScalars *s, int64_t units,
                Status *st);
bool gpu_wait(Gpu *g, Status *st);
/* The kernels for the GPU, as `info` prints them; nothing when the program has none. */
void gpu_print_kernels(const EbmProgram *p);
#endif
