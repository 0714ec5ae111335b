/* cuda_gpu.h - what cuda_gpu.c (device, memory, launches), cuda_modules.c (texts to functions) and
 * cuda_graph.c (lists of work) share. Private to them. */
#ifndef EBM_RT_CUDA_GPU_H
#define EBM_RT_CUDA_GPU_H
#include "cuda_compile.h"
#include "cuda_driver.h"
#include "gpu.h"

typedef enum ModuleState { MODULE_IDLE, MODULE_COMPILING, MODULE_LOADED } ModuleState;
typedef struct GpuModule {
    ModuleState state;
    CudaJob job;
    CuModule module;
    char *replaced;               /* the text from --load-kernels; NULL: the program's */
} GpuModule;
typedef struct GpuKernel {
    CuFunction function;          /* NULL: not looked up yet */
    int64_t ctas;                 /* that run at the same time on the whole device */
    double seconds;               /* EBM_CUDA_WAIT: spent in so many launches */
    int64_t launches;
} GpuKernel;
/* Work that waits to be submitted, and work that was; see cuda_graph.c. */
typedef struct WorkList { uint64_t *word, n, cap; int entries; } WorkList;
typedef struct Work {
    uint64_t *word, n;            /* NULL, 0: none */
    CuGraphExec graph;            /* NULL: submitted once so far */
    uint64_t used;                /* number of the submit that used it last */
} Work;
enum { N_WORKS = 32 };
typedef struct Mirror { const void *host; void *copy; } Mirror;

struct Gpu {
    const EbmProgram *program;
    const EbmCuda *cuda;
    const CudaDriver *d;
    const Nvrtc *nvrtc;
    GpuFiles files;
    /* EBM_CUDA_WAIT=1: wait after every launch, to name and time it */
    bool waits;
    CuDevice device;
    CuContext context;            /* NULL: not retained */
    CuStream stream;
    char name[128], arch[16];
    int sms, driver_version;
    int64_t shared_limit;         /* bytes per CTA */
    uint64_t memory;

    char *staging;                /* pinned: uploads pass through it */
    uint64_t staged;              /* bytes of it that the stream may still read */
    void *barrier;                /* behind `watched`: the word that cooperative kernels meet at */
    void *scratch;
    uint64_t scratch_size;
    void *scalars;                /* on the device: EbmScalars, f, i */
    char *sent, *next;            /* what is there, and the next contents: [scalars_size] */
    uint64_t scalars_size;
    bool has_sent;
    uint64_t *arguments;          /* of the launch being made */
    WorkList list;
    Work work[N_WORKS];
    uint64_t submits;
    bool no_graphs;               /* EBM_CUDA_GRAPHS=0 */
    void *watched;                /* on the device: the numbers of gpu_watch */
    Mirror *mirrors;
    int n_mirrors, cap_mirrors;
    GpuModule *module;            /* [n_modules] */
    GpuKernel *kernel;            /* [n_kernels] */
};

/* Records a failed call of the driver: RT_LIMIT when memory ran out, else RT_TOOL. Returns
 * false. */
bool gpu_fail(const Gpu *g, CuResult result, Status *st, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds to the list: a launch with its struct of n words, a copy within the device. */
bool work_launch(Gpu *g, int kernel, int64_t grid, const uint64_t *arguments, int n, Status *st);
bool work_copy(Gpu *g, CuPtr to, CuPtr from, uint64_t bytes, Status *st);
/* Whether the list may read or write there. */
bool work_uses(const Gpu *g, CuPtr at, uint64_t bytes);
/* Puts the list into the stream and empties it. */
bool work_submit(Gpu *g, Status *st);
void work_close(Gpu *g);
/* Makes kernel number `kernel` ready: module compiled and loaded, function and limits known. */
bool modules_kernel(Gpu *g, int kernel, Status *st);
/* Ends compilations that nobody waits for and unloads the rest. */
void modules_close(Gpu *g);
#endif
