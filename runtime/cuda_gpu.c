/* cuda_gpu.c - device, memory, copies and launches; see gpu.h.
 *
 * Uploads pass through pinned staging memory that is used up piece by piece and is free again after
 * a wait, so they never stop the host. Launches go through the list of cuda_graph.c; whatever
 * touches what the list uses submits it first. */
#include "console.h"
#include "cuda_gpu.h"
#include "memory.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STAGING = 4 << 20, PINNED_READ = 64, PINNED_CHECKS = 4 * GPU_CHECKS, ALIGN = 64,
       MIN_DRIVER = 12000, MIN_MAJOR = 8 };

static CuPtr address(const void *p) { return (CuPtr)(uintptr_t)p; }

bool gpu_fail(const Gpu *g, CuResult result, Status *st, const char *fmt, ...) {
    char what[500], why[200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return status_fail(st, result == CU_OUT_OF_MEMORY ? RT_LIMIT : RT_TOOL, "GPU: %s: %s", what,
                       cuda_error(g->d, result, why, sizeof why));
}

/* ---- opening and closing ---------------------------------------------------------------------*/
/* The driver and its first device. */
static bool find_device(Gpu *g, Status *st) {
    char why[300];
    int n = 0;
    g->d = cuda_driver_load(why, sizeof why);
    if (!g->d) return status_fail(st, RT_TOOL, "%s", why);
    CuResult r = g->d->init(0);
    if (r == 0) r = g->d->device_count(&n);
    if (r == CU_NO_DEVICE || (r == 0 && n == 0))
        return status_fail(st, RT_TOOL,
                           "the NVIDIA driver finds no device (CUDA_VISIBLE_DEVICES?)");
    if (r == 0) r = g->d->version(&g->driver_version);
    if (r == 0) r = g->d->device_get(&g->device, 0);
    if (r != 0)
        return status_fail(st, RT_TOOL, "the NVIDIA driver does not start: %s",
                           cuda_error(g->d, r, why, sizeof why));
    if (g->driver_version < MIN_DRIVER)
        return status_fail(st, RT_TOOL,
                           "the NVIDIA driver is too old: it knows CUDA %d.%d, %d.%d is "
                           "needed", g->driver_version / 1000, g->driver_version % 1000 / 10,
                           MIN_DRIVER / 1000, MIN_DRIVER % 1000 / 10);
    return true;
}

/* What the device is. */
static bool read_properties(Gpu *g, Status *st) {
    int major = 0, minor = 0, shared = 0;
    size_t memory = 0;
    CuResult r = g->d->device_name(g->name, sizeof g->name, g->device);
    if (r == 0) r = g->d->device_attribute(&major, CU_DEV_MAJOR, g->device);
    if (r == 0) r = g->d->device_attribute(&minor, CU_DEV_MINOR, g->device);
    if (r == 0) r = g->d->device_attribute(&g->sms, CU_DEV_MULTIPROCESSORS, g->device);
    if (r == 0) r = g->d->device_attribute(&shared, CU_DEV_MAX_SHARED_OPTIN, g->device);
    if (r == 0) r = g->d->device_memory(&memory, g->device);
    if (r != 0) return gpu_fail(g, r, st, "the device cannot be described");
    g->name[sizeof g->name - 1] = '\0';
    status_make_printable(g->name);
    g->shared_limit = shared;
    g->memory = memory;
    snprintf(g->arch, sizeof g->arch, "sm_%d%d", major, minor);
    if (major >= MIN_MAJOR) return true;
    return status_fail(st, RT_TOOL, "%s (%s) is too old: sm_80 or newer is needed", g->name,
                       g->arch);
}

/* Context, stream and the blocks that every run needs. */
static bool make_context(Gpu *g, Status *st) {
    CuContext context = NULL;
    const uint32_t zero = 0;
    CuResult r = g->d->context_retain(&context, g->device);
    if (r != 0) return gpu_fail(g, r, st, "%s cannot be used", g->name);
    g->context = context;
    r = g->d->context_set(context);
    if (r == 0) r = g->d->stream_new(&g->stream, CU_STREAM_NON_BLOCKING);
    if (r != 0) return gpu_fail(g, r, st, "%s cannot be used", g->name);
    void *staging = NULL;
    r = g->d->alloc_host(&staging, STAGING + PINNED_READ + PINNED_CHECKS);
    if (r != 0) return gpu_fail(g, r, st, "no pinned host memory (4 MiB)");
    g->staging = staging;
    g->scalars = gpu_alloc(g, g->scalars_size, "the scalars", st);
    g->watched = g->scalars ? gpu_alloc(g, PINNED_CHECKS + sizeof zero, "the checks", st) : NULL;
    g->barrier = (char *)g->watched + PINNED_CHECKS;
    return g->watched && gpu_upload(g, g->barrier, &zero, sizeof zero, st);
}

Gpu *gpu_open(const EbmProgram *p, const GpuOptions *options, Status *st) {
    char why[300];
    const EbmCuda *c = p->cuda;
    if (!c) {
        status_fail(st, RT_TOOL, "the program was compiled for the CPU only");
        return NULL;
    }
    Gpu *g = mem_alloc(sizeof *g, "the device", st);
    if (!g) return NULL;
    const char *waits = getenv("EBM_CUDA_WAIT"), *graphs = getenv("EBM_CUDA_GRAPHS");
    *g = (Gpu){ .program = p, .cuda = c, .asked = *options, .waits = waits && *waits == '1',
                .no_graphs = graphs && *graphs == '0' };
    int most = 0;
    for (int i = 0; i < c->n_kernels; i++)
        if (c->kernels[i].n_buf > most) most = c->kernels[i].n_buf;
    g->scalars_size = (sizeof(EbmScalars) + ALIGN - 1) / ALIGN * ALIGN
                    + 8 * (((uint64_t)c->n_f + 1) / 2 + (uint64_t)c->n_i);
    g->sent = mem_alloc(g->scalars_size, "scalars", st);
    g->next = mem_alloc(g->scalars_size, "scalars", st);
    g->arguments = mem_array((uint64_t)most + 4, sizeof *g->arguments, "arguments", st);
    g->module = mem_array((uint64_t)c->n_modules + 1, sizeof *g->module, "modules", st);
    g->kernel = mem_array((uint64_t)c->n_kernels + 1, sizeof *g->kernel, "kernels", st);
    bool ok = g->sent && g->next && g->arguments && g->module && g->kernel && find_device(g, st)
           && read_properties(g, st);
    if (ok && !(g->nvrtc = nvrtc_load(g->driver_version / 1000, why, sizeof why)))
        ok = status_fail(st, RT_TOOL, "%s", why);
    if (ok && make_context(g, st) && (!options->tune || tune_open(g, st))) return g;
    gpu_close(g);
    return NULL;
}

/* What the waits have measured, on stderr. */
static void print_times(const Gpu *g) {
    bool first = true;
    for (int i = 0; i < g->cuda->n_kernels; i++) {
        const GpuKernel *k = &g->kernel[i];
        if (k->launches == 0) continue;
        if (first)
            console_note("%-20s %9s %12s %12s", "kernel", "launches", "us each", "ms in all");
        first = false;
        console_note("%-20s %9lld %12.1f %12.2f  %s", g->cuda->kernels[i].name,
                     (long long)k->launches,
                     1e6 * k->seconds / (double)k->launches, 1e3 * k->seconds,
                     g->cuda->kernels[i].what ? g->cuda->kernels[i].what : "");
    }
}

void gpu_close(Gpu *g) {
    if (!g) return;
    if (g->stream) g->d->stream_wait(g->stream);
    if (g->waits && g->kernel) print_times(g);
    work_close(g);
    g->list = (WorkList){ 0 };
    tune_close(g);
    products_close(g);
    if (g->module) modules_close(g);
    for (int i = 0; i < g->n_mirrors; i++) gpu_free(g, g->mirrors[i].copy);
    if (g->context) {
        gpu_free(g, g->scratch);
        gpu_free(g, g->scalars);
        gpu_free(g, g->watched);
        if (g->staging) g->d->free_host(g->staging);
        if (g->stream) g->d->stream_free(g->stream);
        g->d->context_release(g->device);
    }
    mem_free(g->mirrors);
    mem_free(g->sent);
    mem_free(g->next);
    mem_free(g->arguments);
    mem_free(g->module);
    mem_free(g->kernel);
    mem_free(g);
}

void gpu_describe(const Gpu *g, char *out, size_t size) {
    char text[16], tune[100];
    snprintf(out, size, "%s (%s, %d SMs, %s), CUDA %d.%d, %s%s", g->name, g->arch, g->sms,
             mem_format(g->memory, text), g->driver_version / 1000, g->driver_version % 1000 / 10,
             g->cuda->precision, tune_describe(g, tune, sizeof tune));
}

void (*gpu_step(const Gpu *g, int entry))(EbmRun *run) { return g->cuda->steps[entry]; }

/* ---- memory and copies -----------------------------------------------------------------------*/
bool gpu_submit(Gpu *g, Status *st) { return work_submit(g, st) && tune_step(g, st); }

bool gpu_wait(Gpu *g, Status *st) {
    if (!work_submit(g, st)) return false;
    CuResult r = g->d->stream_wait(g->stream);
    g->staged = 0;
    if (r == 0) return true;
    return gpu_fail(g, r, st, "a kernel failed%s",
                    g->waits ? "" : " (EBM_CUDA_WAIT=1 in the environment tells which)");
}

void *gpu_alloc(Gpu *g, uint64_t bytes, const char *what, Status *st) {
    CuPtr at = 0;
    CuResult r = g->d->alloc(&at, bytes > 0 ? bytes : 1);
    if (r == 0) return (void *)(uintptr_t)at;
    size_t left = 0, total = 0;
    char need[16], free_text[16], all[16];
    if (r != CU_OUT_OF_MEMORY || g->d->memory_info(&left, &total) != 0)
        gpu_fail(g, r, st, "%s for %s", mem_format(bytes, need), what);
    else
        status_fail(st, RT_LIMIT, "out of GPU memory: %s for %s; %s of %s are free",
                    mem_format(bytes, need), what, mem_format(left, free_text),
                    mem_format(total, all));
    return NULL;
}

void gpu_free(Gpu *g, void *block) {
    if (!block) return;
    gpu_wait(g, NULL);                           /* what is queued may still use it */
    g->d->free(address(block));
}

bool gpu_upload(Gpu *g, void *to, const void *from, uint64_t bytes, Status *st) {
    if (work_uses(g, address(to), bytes) && !work_submit(g, st)) return false;
    for (uint64_t done = 0; done < bytes;) {
        if (g->staged == STAGING && !gpu_wait(g, st)) return false;
        uint64_t room = STAGING - g->staged, n = bytes - done < room ? bytes - done : room;
        char *at = g->staging + g->staged;
        memcpy(at, (const char *)from + done, n);
        CuResult r = g->d->upload(address(to) + done, at, n, g->stream);
        if (r != 0) return gpu_fail(g, r, st, "a copy to the device failed");
        done += n;
        g->staged += (n + ALIGN - 1) / ALIGN * ALIGN;
    }
    return true;
}

bool gpu_download(Gpu *g, void *to, const void *from, uint64_t bytes, Status *st) {
    if (bytes == 0) return true;
    char *pinned = g->staging + STAGING;
    bool is_small = bytes <= PINNED_READ;
    if (!work_submit(g, st)) return false;
    CuResult r = g->d->download(is_small ? pinned : to, address(from), bytes, g->stream);
    if (r != 0) return gpu_fail(g, r, st, "a copy from the device failed");
    if (!gpu_wait(g, st)) return false;
    if (is_small) memcpy(to, pinned, bytes);
    return true;
}

/* Watched numbers stand in pinned memory behind the staging and the small reads. */
static char *watch_place(const Gpu *g, int number) {
    return g->staging + STAGING + PINNED_READ + 4 * number;
}

bool gpu_watch(Gpu *g, int slot, const void *value, Status *st) {
    assert(slot >= 0 && slot < GPU_CHECKS);
    return work_copy(g, address(g->watched) + 4 * (uint64_t)slot, address(value), 4, st);
}

bool gpu_collect(Gpu *g, int first, int n, Status *st) {
    assert(first >= 0 && n > 0 && first + n <= GPU_CHECKS);
    if (!work_submit(g, st)) return false;
    CuResult r = g->d->download(watch_place(g, first), address(g->watched), 4 * (size_t)n,
                                g->stream);
    if (r != 0) return gpu_fail(g, r, st, "a copy from the device failed");
    return tune_step(g, st);
}

float gpu_watched(const Gpu *g, int number) {
    float x;
    memcpy(&x, watch_place(g, number), 4);
    return x;
}

const void *gpu_mirror(Gpu *g, const void *host, uint64_t bytes, const char *what, Status *st) {
    for (int i = 0; i < g->n_mirrors; i++)
        if (g->mirrors[i].host == host) return g->mirrors[i].copy;
    if (g->n_mirrors == g->cap_mirrors) {
        int cap = g->cap_mirrors ? 2 * g->cap_mirrors : 8;
        Mirror *grown = mem_resize(g->mirrors, (uint64_t)cap * sizeof *grown, "data sets", st);
        if (!grown) return NULL;
        g->mirrors = grown;
        g->cap_mirrors = cap;
    }
    void *copy = gpu_alloc(g, bytes, what, st);
    if (!copy) return NULL;
    if (!gpu_upload(g, copy, host, bytes, st)) {
        gpu_free(g, copy);
        return NULL;
    }
    g->mirrors[g->n_mirrors++] = (Mirror){ host, copy };
    return copy;
}

void gpu_forget(Gpu *g, const void *host) {
    for (int i = 0; i < g->n_mirrors; i++) {
        if (g->mirrors[i].host != host) continue;
        gpu_free(g, g->mirrors[i].copy);
        g->mirrors[i] = g->mirrors[--g->n_mirrors];
        return;
    }
}

/* ---- launches --------------------------------------------------------------------------------*/
/* Brings the scalars on the device up to date; nothing is copied when they are. */
static bool send_scalars(Gpu *g, const EbmScalars *s, Status *st) {
    uint64_t n_f = (uint64_t)g->cuda->n_f, n_i = (uint64_t)g->cuda->n_i;
    uint64_t at_f = (sizeof *s + ALIGN - 1) / ALIGN * ALIGN, at_i = at_f + 8 * ((n_f + 1) / 2);
    EbmScalars there = *s;
    there.f = (float *)((char *)g->scalars + at_f);
    there.i = (int64_t *)((char *)g->scalars + at_i);
    memset(g->next, 0, g->scalars_size);
    memcpy(g->next, &there, sizeof there);
    memcpy(g->next + at_f, s->f, 4 * n_f);
    memcpy(g->next + at_i, s->i, 8 * n_i);
    if (g->has_sent && memcmp(g->next, g->sent, g->scalars_size) == 0) return true;
    if (!gpu_upload(g, g->scalars, g->next, g->scalars_size, st)) return false;
    char *swap = g->sent;
    g->sent = g->next;
    g->next = swap;
    g->has_sent = true;
    return true;
}

/* What runs at the same time, less when its scratch takes too much memory. CTAs that compute every
 * unit together are one for each multiprocessor, more when these have work. */
int64_t gpu_grid(const Gpu *g, int kernel, int64_t units, Way way) {
    int64_t most = g->kernel[kernel].ctas, busy = g->cuda->kernels[kernel].grid;
    int64_t asked = way == WAY_HALF ? (g->sms + 1) / 2 : way == WAY_ONE ? g->sms
                  : way == WAY_TWO ? 2 * (int64_t)g->sms : 0;
    if (busy > 0 && busy < g->sms) busy = g->sms;
    if (busy > 0 && asked > 0) busy = asked;
    if (busy > 0) return busy < most ? busy : most;
    if (asked > 0 && asked < most) most = asked;
    int64_t grid = units < most ? units : most;
    uint64_t scratch = g->cuda->kernels[kernel].scratch, limit = g->memory / 4;
    if (scratch > 0 && (uint64_t)grid > limit / scratch) grid = (int64_t)(limit / scratch);
    return grid > 0 ? grid : 1;
}

/* Scratch for a whole grid; the old block goes when everything queued is done with it. */
static bool need_scratch(Gpu *g, uint64_t bytes, const char *what, Status *st) {
    if (bytes <= g->scratch_size) return true;
    if (!gpu_wait(g, st)) return false;
    gpu_free(g, g->scratch);
    g->scratch_size = 0;
    g->scratch = gpu_alloc(g, bytes, what, st);
    if (!g->scratch) return false;
    g->scratch_size = bytes;
    return true;
}

/* Runs the launch to its end, alone, and takes its time. */
static bool wait_launch(Gpu *g, int kernel, Status *st) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    if (!work_submit(g, st)) return false;
    CuResult r = g->d->stream_wait(g->stream);
    clock_gettime(CLOCK_MONOTONIC, &b);
    g->staged = 0;
    g->kernel[kernel].launches++;
    g->kernel[kernel].seconds += (double)(b.tv_sec - a.tv_sec) + 1e-9 *
        (double)(b.tv_nsec - a.tv_nsec);
    return r == 0 || gpu_fail(g, r, st, "%s failed", g->cuda->kernels[kernel].name);
}

int64_t gpu_rest(const Gpu *g, int kernel, int64_t batch) {
    return (batch + EBM_BLOCK - 1) / EBM_BLOCK * g->cuda->kernels[kernel].rest;
}

bool gpu_launch(Gpu *g, int kernel, void *const *buf, const EbmScalars *s, int64_t units,
                Status *st) {
    assert(kernel >= 0 && kernel < g->cuda->n_kernels);
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    GpuKernel *at = &g->kernel[kernel];
    if (units <= 0) return true;
    Way way = WAY_DEFAULT;
    int pair = -1;
    if (!at->function && !modules_kernel(g, kernel, st)) return false;
    if (!tune_way(g, kernel, units, s->batch, &way, &pair, st)) return false;
    if (way == WAY_LIBRARY) units = gpu_rest(g, kernel, s->batch);
    int64_t grid = gpu_grid(g, kernel, units, way);
    uint64_t owners = k->grid > 0 ? 1 : (uint64_t)grid;
    if (!need_scratch(g, owners * k->scratch, k->name, st) || !send_scalars(g, s, st)
        || (g->waits && !gpu_wait(g, st)))
        return false;
    g->arguments[0] = address(g->scalars);
    g->arguments[1] = (uint64_t)units;
    g->arguments[2] = k->scratch ? address(g->scratch) : 0;
    for (int i = 0; i < k->n_buf; i++) g->arguments[3 + i] = address(buf[i]);
    g->arguments[3 + k->n_buf] = address(g->barrier);
    if ((pair >= 0 && !work_mark(g, 2 * pair, st))
        || (units > 0 && !work_launch(g, kernel, grid, g->arguments, 3 + k->n_buf + (k->grid > 0),
                                      st))
        || (way == WAY_LIBRARY && !products_launch(g, kernel, buf, s->batch, st))
        || (pair >= 0 && !work_mark(g, 2 * pair + 1, st)))
        return false;
    return !g->waits || wait_launch(g, kernel, st);
}
