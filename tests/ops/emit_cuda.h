/* emit_cuda.h - the kernels of a bench as CUDA, on the emulated GPU: called by fake_runtime.c's
 * ebm_launch when EbmRun.gpu is set. Device memory is the test's own. */
#ifndef EBM_TEST_EMIT_CUDA_H
#define EBM_TEST_EMIT_CUDA_H
#include "cuda/gpu_help.h"
#include "fake_runtime.h"

enum { BENCH_MODULES = 32, BENCH_BUFFERS = 512 };
typedef struct BenchGpu {
    CudaDriver d;
    bool ready;
    const EbmCuda *of;            /* whose modules are loaded */
    CuModule module[BENCH_MODULES];
} BenchGpu;

static inline void bench_gpu_start(BenchGpu *g) {
    CuDevice device;
    CuContext context;
    CudaDriver *d = &g->d;
    setenv("EMU_ORDER", "random:3", 0);
    setenv("EMU_OPT", "-O0", 0);
    void *library = gpu_open("libcuda.so.1");
#define X(name, symbol, arguments) gpu_find(library, symbol, &d->name);
    CUDA_DRIVER_CALLS(X)
#undef X
    GPU_OK(d->init(0));
    GPU_OK(d->device_get(&device, 0));
    GPU_OK(d->context_retain(&context, device));
    GPU_OK(d->context_set(context));
    g->ready = true;
}

static inline void bench_gpu_launch(const EbmCuda *cuda, int kernel, void *const *buf,
                                    const EbmScalars *s, int64_t units) {
    static BenchGpu g;
    static struct { const void *s; int64_t units; void *scratch; void *buf[BENCH_BUFFERS]; } a;
    const EbmCudaKernel *k = &cuda->kernels[kernel];
    const unsigned grid = k->grid || units > 3 ? 3 : (unsigned)units;
    static unsigned barrier;
    CuFunction f;
    if (!g.ready)
        bench_gpu_start(&g);
    if (g.of != cuda) {
        memset(g.module, 0, sizeof g.module);
        g.of = cuda;
    }
    cr_assert(k->module < BENCH_MODULES && k->n_buf < BENCH_BUFFERS);
    if (!g.module[k->module])
        GPU_OK(g.d.module_load(&g.module[k->module],
                               gpu_compile(cuda->modules[k->module].text).data));
    a.s = s, a.units = units;
    a.scratch = malloc(k->scratch * grid + 64);
    memset(a.scratch, 0xff, k->scratch * grid + 64);
    memcpy(a.buf, buf, sizeof(void *) * (size_t)k->n_buf);
    a.buf[k->n_buf] = &barrier;
    GPU_OK(g.d.module_function(&f, g.module[k->module], k->name));
    GPU_OK(g.d.function_set(f, CU_FUN_MAX_DYNAMIC_SHARED, (int)k->shared));
    if (k->grid && units > 0)
        GPU_OK(g.d.launch_together(f, grid, 1, 1, (unsigned)k->threads, 1, 1, (unsigned)k->shared, NULL,
                                   (void *[]){ &a }));
    else if (grid && units > 0)
        GPU_OK(g.d.launch(f, grid, 1, 1, (unsigned)k->threads, 1, 1, (unsigned)k->shared, NULL,
                          (void *[]){ &a }, NULL));
    GPU_OK(g.d.stream_wait(NULL));
    free(a.scratch);
}
#endif
