/* cuda_gpu.h - what cuda_gpu.c (device, memory, launches), cuda_modules.c (texts to functions),
 * cuda_graph.c (lists of work), cuda_tune.c (which way to launch is fastest) and cuda_products.c
 * (sums by cuBLASLt) share. Private to them. */
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
typedef struct WorkList { uint64_t *word, n, cap; int entries; bool timed; } WorkList;
typedef struct Work {
    uint64_t *word, n;            /* NULL, 0: none */
    CuGraphExec graph;            /* NULL: submitted once so far */
    uint64_t used;                /* number of the submit that used it last */
} Work;
enum { N_WORKS = 32 };
/* The ways to launch a kernel, the whole table. None of the first four changes a bit. */
typedef enum Way {
    /* as many CTAs as run at the same time; a whole grid: one for each multiprocessor, or as many
     * as have work */
    WAY_DEFAULT,
    WAY_HALF, WAY_ONE, WAY_TWO,   /* CTAs for each multiprocessor, where so many run together */
    WAY_LIBRARY,                  /* its products by cuBLASLt, the rest as WAY_DEFAULT */
    N_WAYS
} Way;
typedef struct Tuner Tuner;       /* cuda_tune.c */
typedef struct Products Products; /* cuda_products.c */
typedef struct Mirror { const void *host; void *copy; } Mirror;

struct Gpu {
    const EbmProgram *program;
    const EbmCuda *cuda;
    const CudaDriver *d;
    const Nvrtc *nvrtc;
    GpuOptions asked;
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
    Tuner *tuner;                 /* NULL: every kernel is launched WAY_DEFAULT */
    Products *products;           /* NULL: cuBLASLt is not used */
};

/* Records a failed call of the driver: RT_LIMIT when memory ran out, else RT_TOOL. Returns
 * false. */
bool gpu_fail(const Gpu *g, CuResult result, Status *st, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds to the list: a launch with its struct of n words, a copy within the device. */
bool work_launch(Gpu *g, int kernel, int64_t grid, const uint64_t *arguments, int n, Status *st);
bool work_copy(Gpu *g, CuPtr to, CuPtr from, uint64_t bytes, Status *st);
/* A mark that takes the time when the work so far is done; a product of cuda_products.c. */
bool work_mark(Gpu *g, int mark, Status *st);
bool work_product(Gpu *g, int plan, const void *to, const void *a, const void *b, Status *st);
/* Whether the list may read or write there. */
bool work_uses(const Gpu *g, CuPtr at, uint64_t bytes);
/* Puts the list into the stream and empties it. */
bool work_submit(Gpu *g, Status *st);
void work_close(Gpu *g);
/* CTAs of a launch. */
int64_t gpu_grid(const Gpu *g, int kernel, int64_t units, Way way);
/* Units of a launch without the kernel's products. */
int64_t gpu_rest(const Gpu *g, int kernel, int64_t batch);

/* --tune: makes the tuner. What it may choose from, for the device line. */
bool tune_open(Gpu *g, Status *st);
const char *tune_describe(const Gpu *g, char *out, size_t size);
/* How to launch a kernel now, and the pair of marks around the launch, or -1. */
bool tune_way(Gpu *g, int kernel, int64_t units, int64_t batch, Way *way, int *pair, Status *st);
/* Takes the time of a pair of marks. */
bool tune_mark(Gpu *g, int mark, Status *st);
/* At the end of a step: waits for what was measured and settles what was measured enough. */
bool tune_step(Gpu *g, Status *st);
void tune_close(Gpu *g);

/* cuBLASLt for WAY_LIBRARY. False: `why`, and nothing is left. */
bool products_open(Gpu *g, char *why, size_t size);
/* Whether it can take all products of a kernel. */
bool products_prepare(Gpu *g, int kernel, int64_t batch, char *why, size_t size);
bool products_launch(Gpu *g, int kernel, void *const *buf, int64_t batch, Status *st);
/* One entry of the list. */
bool products_multiply(Gpu *g, int plan, CuPtr to, CuPtr a, CuPtr b, Status *st);
void products_close(Gpu *g);
/* Version for the device line and keys; "none". */
const char *products_version(const Gpu *g, char out[32]);
/* The text of a module, --load-kernels included. */
const char *modules_text(const Gpu *g, int module);
/* Makes kernel number `kernel` ready: module compiled and loaded, function and limits known. */
bool modules_kernel(Gpu *g, int kernel, Status *st);
/* Ends compilations that nobody waits for and unloads the rest. */
void modules_close(Gpu *g);
#endif
