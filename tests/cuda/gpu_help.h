/* gpu_help.h - compiles CUDA text and runs kernels of it through NVRTC and the driver, both looked
 * up at run time in $EBM_BUILD/emulator: what runs there is what would run on a GPU.
 *
 * gpu_compile works in the test's own process; gpu_run forks, because the emulator reads its
 * settings once per process, and returns what the kernels wrote through shared pages. */
#ifndef EBM_TESTS_GPU_HELP_H
#define EBM_TESTS_GPU_HELP_H
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cuda_driver.h"
#include "cuda_nvrtc.h"

/* A test that needs the emulator; its threads are fibers, which sanitizers do not follow. */
#ifdef __SANITIZE_ADDRESS__
#define GPU_TEST(suite, name, ...) Test(suite, name, .disabled = true, ##__VA_ARGS__)
#else
#define GPU_TEST(suite, name, ...) Test(suite, name, ##__VA_ARGS__)
#endif

/* ---- text ---------------------------------------------------------------------------------- */
typedef struct GpuText { char *data; size_t size, room; } GpuText;

__attribute__((format(printf, 2, 3), unused)) static void gpu_print(GpuText *t, const char *format,
                                                                    ...) {
    va_list arguments;
    va_start(arguments, format);
    const size_t more = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
    va_end(arguments);
    if (t->size + more > t->room)
        t->data = realloc(t->data, t->room = 2 * (t->size + more));
    va_start(arguments, format);
    vsnprintf(t->data + t->size, more, format, arguments);
    va_end(arguments);
    t->size += more - 1;
}
/* A header of the prelude, without its includes. */
static void gpu_paste(GpuText *t, const char *path) {
    char line[512];
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f, "%s", path);
    while (fgets(line, sizeof line, f))
        gpu_print(t, "%s", strncmp(line, "#include", 8) == 0 ? "\n" : line);
    fclose(f);
}
__attribute__((unused)) static void gpu_prelude(GpuText *t, int tf32) {
    static const char *const files[] = {
        "cuda/ebm_cuda.h", "ebm_rng.h", "ebm_math.h", "cuda/ebm_mma.cuh", "cuda/ebm_mma_ptx.cuh",
        "cuda/ebm_mma_move.cuh", "cuda/ebm_mma_draw.cuh", "cuda/ebm_mma_dense.cuh",
        "cuda/ebm_mma_conv.cuh", "cuda/ebm_grid.cuh", "cuda/ebm_grid_conv.cuh" };
    gpu_print(t, "#define EBM_TF32 %d\n#define EBM_MANY_TILES 3\n", tf32);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[100];
        snprintf(path, sizeof path, "runtime/prelude/%s", files[i]);
        gpu_paste(t, path);
    }
}

/* ---- libraries ----------------------------------------------------------------------------- */
static void *gpu_open(const char *name) {
    char path[512];
    const char *build = getenv("EBM_BUILD");
    snprintf(path, sizeof path, "%s/emulator/%s", build ? build : "build", name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(library, "%s: make emulator; %s", path, dlerror());
    return library;
}
static void gpu_find(void *library, const char *symbol, void *entry) {
    void *at = dlsym(library, symbol);
    cr_assert_not_null(at, "%s", symbol);
    memcpy(entry, &at, sizeof at);
}
typedef struct GpuImage { char *data; size_t size; } GpuImage;

__attribute__((unused)) static GpuImage gpu_compile(const char *text) {
    Nvrtc n;
    NvrtcProgram p;
    GpuImage image;
    size_t log_size;
    void *library = gpu_open("libnvrtc.so.13");
#define X(name, symbol, result, arguments) gpu_find(library, symbol, &n.name);
    NVRTC_CALLS(X)
#undef X
    cr_assert_eq(n.create(&p, text, "test.cu", 0, NULL, NULL), 0);
    const char *options[] = { "--gpu-architecture=sm_90", "--fmad=false", "-default-device" };
    const int result = n.compile(p, 3, options);
    n.log_size(p, &log_size);
    char *log = calloc(1, log_size + 1);
    n.log(p, log);
    cr_assert_eq(result, 0, "%.3000s", log);
    free(log);
    n.cubin_size(p, &image.size);
    image.data = malloc(image.size);
    n.cubin(p, image.data);
    n.destroy(&p);
    return image;
}

/* ---- running ------------------------------------------------------------------------------- */
enum { GPU_BUFFERS = 6 };
typedef struct GpuBuffer { void *host; size_t bytes; int out; } GpuBuffer;   /* out: read back */
typedef struct GpuLaunch {
    const char *kernel;
    int threads;
    size_t shared;
    int64_t units, batch;
    GpuBuffer buf[GPU_BUFFERS];
    int together;                 /* above 0: so many CTAs, of a cooperative launch */
} GpuLaunch;
/* As the contract in ebm.h has it. */
typedef struct GpuArguments {
    CuPtr s; int64_t units; CuPtr scratch, buf[GPU_BUFFERS];
} GpuArguments;
typedef struct GpuScalars {
    uint64_t seed, step; uint32_t epoch; int64_t batch, first_sample; CuPtr f, i;
} GpuScalars;

#define GPU_OK(call) \
    do { int r_ = (call); if (r_) { fprintf(stderr, "%s: %d\n", #call, r_); _exit(3); } } while (0)

static CuPtr gpu_upload(const CudaDriver *d, const void *from, size_t bytes) {
    CuPtr at;
    GPU_OK(d->alloc(&at, bytes));
    GPU_OK(d->upload(at, from, bytes, NULL));
    return at;
}
static void gpu_launch(const CudaDriver *d, CuModule module, const GpuLaunch *l) {
    CuFunction f;
    GpuScalars s = { .seed = 5, .step = 3, .batch = l->batch, .first_sample = 100 };
    GpuArguments a = { .units = l->units };
    a.s = gpu_upload(d, &s, sizeof s);
    for (int i = 0; i < GPU_BUFFERS; i++)
        if (l->buf[i].bytes) a.buf[i] = gpu_upload(d, l->buf[i].host, l->buf[i].bytes);
    GPU_OK(d->module_function(&f, module, l->kernel));
    GPU_OK(d->function_set(f, CU_FUN_MAX_DYNAMIC_SHARED, (int)l->shared));
    const unsigned grid = l->units < 3 ? (unsigned)l->units : 3;
    if (l->together)
        GPU_OK(d->launch_together(f, (unsigned)l->together, 1, 1, (unsigned)l->threads, 1, 1,
                                  (unsigned)l->shared, NULL, (void *[]){ &a }));
    else
        GPU_OK(d->launch(f, grid, 1, 1, (unsigned)l->threads, 1, 1, (unsigned)l->shared, NULL,
                         (void *[]){ &a }, NULL));
    for (int i = 0; i < GPU_BUFFERS; i++)
        if (l->buf[i].out) GPU_OK(d->download(l->buf[i].host, a.buf[i], l->buf[i].bytes, NULL));
    GPU_OK(d->stream_wait(NULL));
    for (int i = 0; i < GPU_BUFFERS; i++)
        if (a.buf[i]) GPU_OK(d->free(a.buf[i]));
    GPU_OK(d->free(a.s));
}
/* Memory that a forked child writes and its parent reads. */
__attribute__((unused)) static void *gpu_pages(size_t bytes) {
    void *p = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(p != MAP_FAILED);
    return p;
}
/* Runs the launches in a child with EMU_ORDER=order and, if it is not 0, EMU_SKIP; `out` buffers
 * must be of gpu_pages. Returns the child's exit status. */
__attribute__((unused)) static int gpu_run(GpuImage image, const GpuLaunch *launches, int n,
                                           const char *order, int skip) {
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        CudaDriver d;
        CuDevice device;
        CuContext context;
        CuModule module;
        char line[20];
        snprintf(line, sizeof line, "%d", skip);
        setenv("EMU_ORDER", order, 1);
        setenv("EMU_SKIP", line, 1);
        void *library = gpu_open("libcuda.so.1");
#define X(name, symbol, arguments) gpu_find(library, symbol, &d.name);
        CUDA_DRIVER_CALLS(X)
#undef X
        GPU_OK(d.init(0));
        GPU_OK(d.device_get(&device, 0));
        GPU_OK(d.context_retain(&context, device));
        GPU_OK(d.context_set(context));
        GPU_OK(d.module_load(&module, image.data));
        for (int i = 0; i < n; i++) gpu_launch(&d, module, &launches[i]);
        GPU_OK(d.module_free(module));
        _exit(0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
#endif
