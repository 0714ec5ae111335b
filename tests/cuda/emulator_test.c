// links: nothing
// flags: -std=gnu11 -ldl
/* emulator_test.c - what the emulator must notice: values that another thread has not written yet,
 * in one order or the other; and, by ending the process, threads that part ways, memory out of
 * reach. */
#include "gpu_help.h"

enum { N = 64, TRAPPED = 99 };
#define COPIES(name, left) \
    "extern \"C\" __global__ void " name "(const struct Args a) {\n" \
    "    const int i = threadIdx.x;\n" \
    "    ebm_copy_4(room + i, a.buf[0] + i, i < 32 ? 4 : 0);\n" \
    "    ebm_copy_group(), ebm_copy_group();\n" \
    "    ebm_copy_wait<" left ">();\n" \
    "    a.buf[1][i] = room[i];\n" \
    "}\n"
static const char *const text =
    "typedef unsigned long long u64;\n"
    "struct Args { void *s; long long units; char *scratch; float *buf[6]; };\n"
    "extern __shared__ float room[];\n"
    /* Each thread reads what the one before and the one behind wrote. */
    "extern \"C\" __global__ void neighbours(const struct Args a) {\n"
    "    const int i = threadIdx.x;\n"
    "    room[i] = a.buf[0][i];\n"
    "    __syncthreads();\n"
    "    a.buf[1][i] = room[(i + 1) % 64] + 2 * room[(i + 63) % 64];\n"
    "}\n"
    "extern \"C\" __global__ void parting(const struct Args a) {\n"
    "    if (threadIdx.x < 40) __syncthreads();\n"
    "    a.buf[1][threadIdx.x] = 0;\n"
    "}\n"
    "extern \"C\" __global__ void two_barriers(const struct Args a) {\n"
    "    if (threadIdx.x < 32) __syncthreads();\n"
    "    else\n"
    "        __syncthreads();\n"
    "}\n"
    "extern \"C\" __global__ void lone_lane(const struct Args a) {\n"
    "    if (threadIdx.x != 7) a.buf[1][threadIdx.x] = __shfl_sync(~0u, 1.0f, 3);\n"
    "}\n"
    "extern \"C\" __global__ void beyond(const struct Args a) { a.buf[1][threadIdx.x + 64] = 1; }\n"
    "extern \"C\" __global__ void beyond_shared(const struct Args a) { room[threadIdx.x + "
    "1] = 1; }\n"
    "extern \"C\" __global__ void warps(const struct Args a) {\n"
    "    const int i = threadIdx.x;\n"
    "    a.buf[1][i] = __shfl_xor_sync(~0u, (float)i, 5) + 100 * __popc(__ballot_sync(~0u, i % "
    "32 < 9))\n"
    "                + 10000 * __syncthreads_count(i % 2);\n"
    "}\n"
    /* CTA c takes what the CTAs round it wrote, 64 / grid numbers each. */
    "#define MEET(word) do { __syncthreads(); if (!EBM_LEFT_OUT) meet(word); __syncthreads(); } while (0)\n"
    "static void meet(unsigned *word) {\n"
    "    if (threadIdx.x) return;\n"
    "    const unsigned old = atomicAdd(word, 1u) / gridDim.x;\n"
    "    while (ebm_load_acquire(word) / gridDim.x == old) continue;\n"
    "}\n"
    "extern \"C\" __global__ void ring(const struct Args a) {\n"
    "    const int n = 64 / gridDim.x, i = blockIdx.x * n + threadIdx.x;\n"
    "    if (threadIdx.x < n) a.buf[2][i] = a.buf[0][i];\n"
    "    MEET((unsigned *)a.buf[3]);\n"
    "    if (threadIdx.x < n) a.buf[1][i] = a.buf[2][(i + n) % 64] + 2 * a.buf[2][(i + 64 - n) % 64];\n"
    "}\n"
    "extern \"C\" __global__ void waits(const struct Args a) {\n"
    "    if (blockIdx.x) meet((unsigned *)a.buf[3]);\n"
    "}\n"
    /* Copies are there after the wait, and zeros behind them. */
    COPIES("copies", "1") COPIES("early", "2");
static float in[N], *out;

/* The line of the text with `words`. */
static int line_of(const char *words) {
    int line = 1;
    for (const char *s = text, *end = strstr(text, words); s < end; s++) line += *s == '\n';
    return line;
}

static int run_on(int ctas, const char *kernel, const char *order, int skip) {
    static unsigned zero;
    static float nowhere[N];
    static GpuImage image;
    if (!image.data) image = gpu_compile(text);
    if (!out) out = gpu_pages(sizeof in);
    for (int i = 0; i < N; i++) in[i] = (float)(i + 1), out[i] = -1;
    const GpuLaunch l = { kernel, N, sizeof in, 1, N, { { in, sizeof in, 0 }, { out, sizeof in, 1 },
                            { nowhere, sizeof nowhere, 0 }, { &zero, sizeof zero, 0 } }, ctas };
    return gpu_run(image, &l, 1, order, skip);
}
static int run(const char *kernel, const char *order, int skip) { return run_on(0, kernel, order, skip); }
static int wrong(void) {
    int n = 0;
    for (int i = 0; i < N; i++) n += out[i] != in[(i + 1) % N] + 2 * in[(i + N - 1) % N];
    return n;
}
GPU_TEST(emulator, a_missing_barrier_shows) {
    static const char *const orders[] = { "forward", "reverse", "random:1" };
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(run("neighbours", orders[i], 0), 0);
        cr_assert_eq(wrong(), 0, "%s", orders[i]);
        cr_assert_eq(run("neighbours", orders[i], 7), 0);
        cr_assert_gt(wrong(), 0, "%s", orders[i]);
    }
}
static int wrong_ring(int n) {
    int bad = 0;
    for (int i = 0; i < N; i++) bad += out[i] != in[(i + n) % N] + 2 * in[(i + N - n) % N];
    return bad;
}
GPU_TEST(emulator, the_ctas_of_a_grid_meet) {
    static const char *const orders[] = { "forward", "reverse", "random:1" };
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(run_on(4, "ring", orders[i], 0), 0);
        cr_assert_eq(wrong_ring(16), 0, "%s", orders[i]);
        cr_assert_eq(run_on(4, "ring", orders[i], line_of("MEET((")), 0);
        cr_assert_gt(wrong_ring(16), 0, "%s", orders[i]);
    }
    cr_assert_eq(run("ring", "forward", 0), TRAPPED, "not cooperative");
    cr_assert_eq(run_on(4, "waits", "forward", 0), TRAPPED, "CTA 0 never comes");
    cr_assert_eq(run_on(9, "ring", "forward", 0), 3, "more CTAs than the device holds");
}
GPU_TEST(emulator, copies_need_their_wait) {
    cr_assert_eq(run("copies", "forward", 0), 0);
    for (int i = 0; i < N; i++) cr_assert_eq(out[i], i < 32 ? in[i] : 0);
    cr_assert_eq(run("early", "forward", 0), 0);
    for (int i = 0; i < N; i++) cr_assert(out[i] != out[i], "%d: there before the wait", i);
}
GPU_TEST(emulator, what_a_gpu_leaves_undefined_ends_the_process) {
    cr_assert_eq(run("parting", "forward", 0), TRAPPED);
    cr_assert_eq(run("two_barriers", "forward", 0), TRAPPED);
    cr_assert_eq(run("lone_lane", "forward", 0), TRAPPED);
    cr_assert_eq(run("beyond", "forward", 0), 128 + SIGSEGV);
    cr_assert_eq(run("beyond_shared", "forward", 0), 128 + SIGSEGV);
}
GPU_TEST(emulator, warps_exchange_values) {
    cr_assert_eq(run("warps", "random:2", 0), 0);
    for (int i = 0; i < N; i++)
        cr_assert_eq(out[i], (float)((i ^ 5) + 900 + 320000), "%d: %g", i, out[i]);
}

/* ---- the driver's memory ------------------------------------------------------------------- */
typedef struct Driver { CudaDriver d; CuStream stream; } Driver;
static Driver driver(void) {
    Driver v = { 0 };
    CuContext context;
    void *library = gpu_open("libcuda.so.1");
#define X(name, symbol, arguments) gpu_find(library, symbol, &v.d.name);
    CUDA_DRIVER_CALLS(X)
#undef X
    GPU_OK(v.d.init(0));
    GPU_OK(v.d.context_retain(&context, 0));
    GPU_OK(v.d.context_set(context));
    GPU_OK(v.d.stream_new(&v.stream, 0));
    return v;
}
GPU_TEST(emulator, the_host_cannot_reach_device_memory, .signal = SIGSEGV) {
    Driver v = driver();
    CuPtr at;
    GPU_OK(v.d.alloc(&at, 4));
    *(volatile int *)(uintptr_t)at = 1;
}
GPU_TEST(emulator, work_happens_when_somebody_waits) {
    Driver v = driver();
    CuPtr at;
    int *pinned, plain = 5, back = 0;
    GPU_OK(v.d.alloc(&at, 4));
    GPU_OK(v.d.alloc_host((void **)&pinned, 4));
    *pinned = 1;
    GPU_OK(v.d.upload(at, pinned, 4, v.stream));
    *pinned = 2;                               /* too early: a GPU may see either */
    GPU_OK(v.d.stream_wait(v.stream));
    GPU_OK(v.d.download(&back, at, 4, v.stream));
    cr_assert_eq(back, 2);
    GPU_OK(v.d.upload(at, &plain, 4, v.stream));
    plain = 6;                                 /* a driver has staged it */
    GPU_OK(v.d.download(&back, at, 4, v.stream));
    cr_assert_eq(back, 5);
    cr_assert_neq(v.d.upload(at + 4, &plain, 4, v.stream), 0);
    cr_assert_eq(v.d.alloc(&at, (size_t)1 << 40), CU_OUT_OF_MEMORY);
}
