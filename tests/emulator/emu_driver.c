/* emu_driver.c - libcuda.so.1 without a GPU: the entry points that the runtime uses, with their
 * real names and arguments.
 *
 * Stricter than a driver in what shows mistakes: device memory is out of the host's reach except
 * while work runs, and full of NaNs at first; work of a stream runs only when somebody waits for
 * it, so a host buffer that changes too early changes the result. See emu_internal.h for
 * settings. */
#include "emu_internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define API __attribute__((visibility("default"))) int
#define FAULT(name) \
    do { int fault_ = emu_fault(name); if (fault_) return fault_; } while (0)
enum { OK, INVALID = 1, NO_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
       INVALID_IMAGE = 200, INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600,
       COOPERATIVE_TOO_LARGE = 720, CAPTURE_UNSUPPORTED = 900, GUARD = 4096 };
typedef unsigned long long Ptr;

/* ---- memory ----------------------------------------------------------------------------------*/
/* An allocation ends at a guard page; `at` is aligned to 256 bytes. */
typedef struct Block {
    char *map, *at; size_t map_bytes, bytes; bool device; struct Block *next;
} Block;
static Block *blocks;
static size_t device_bytes;
static bool initialized, current, device_open;

static Block *block_new(size_t bytes, bool device) {
    Block *b = calloc(1, sizeof *b);
    const size_t room = (bytes + 255) / 256 * 256, whole = (room + GUARD - 1) / GUARD * GUARD;
    b->map_bytes = whole + GUARD;
    b->map = mmap(NULL, b->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (b->map == MAP_FAILED) { free(b); return NULL; }
    mprotect(b->map + whole, GUARD, PROT_NONE);
    b->at = b->map + whole - room;
    b->bytes = bytes;
    b->device = device;
    memset(b->map, 0xff, whole);
    if (device && !device_open) mprotect(b->map, whole, PROT_NONE);
    b->next = blocks;
    return blocks = b;
}
static Block *block_of(const void *p, size_t bytes, bool device) {
    for (Block *b = blocks; b; b = b->next)
        if (b->device == device && (const char *)p >= b->at &&
            (const char *)p + bytes <= b->at + b->bytes) return b;
    return NULL;
}
static void block_free(Block *b) {
    Block **from = &blocks;
    while (*from != b) from = &(*from)->next;
    *from = b->next;
    munmap(b->map, b->map_bytes);
    free(b);
}
/* Lets work of the device reach its memory, and only that. */
static void device_access(bool open) {
    device_open = open;
    for (Block *b = blocks; b; b = b->next)
        if (b->device)
            mprotect(b->map, b->map_bytes - GUARD, open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

/* ---- work of streams ----------------------------------------------------------------------- */
typedef struct Function {
    void *run; size_t argument_bytes; char *name; size_t max_shared;
} Function;
typedef struct Event { double at; enum { NEVER, QUEUED, TAKEN } state; } Event;
typedef struct Task {
    enum { LAUNCH, COPY, CALL, EVENT } kind;
    void (*run)(const void *argument);         /* CALL, with `owned` */
    Event *event;
    EmuLaunch launch;
    void *to; const void *from; size_t bytes;
    void *owned;                               /* arguments, or the copy of a pageable buffer */
} Task;
typedef struct Queue { Task *task; int n, room; } Queue;
typedef struct Stream { Queue queue; Queue *capture; struct Stream *next; } Stream;
static Stream default_stream, *streams;
static double microseconds;                    /* the clock of events: what ran so far has taken */

static Stream *stream_of(Stream *s) {
    return s ? s : &default_stream;
}
static void *copy_of(const void *from, size_t bytes) {
    void *p = malloc(bytes ? bytes : 1);
    memcpy(p, from, bytes);
    return p;
}
static void queue_push(Stream *s, Task t) {
    Queue *q = s->capture ? s->capture : &s->queue;
    if (q->n == q->room)
        q->task = realloc(q->task, sizeof *q->task * (size_t)(q->room = 2 * q->room + 16));
    q->task[q->n++] = t;
}
static void queue_clear(Queue *q) {
    for (int i = 0; i < q->n; i++) free(q->task[i].owned);
    q->n = 0;
}
static void stream_run(Stream *s) {
    if (s->queue.n == 0) return;
    device_access(true);
    for (int i = 0; i < s->queue.n; i++) {
        const Task *t = &s->queue.task[i];
        if (t->kind == COPY) memcpy(t->to, t->from, t->bytes);
        else if (t->kind == CALL) t->run(t->owned);
        else if (t->kind == EVENT) *t->event = (Event){ microseconds, TAKEN };
        else emu_run(&t->launch);
        if (t->kind == LAUNCH || t->kind == CALL)
            microseconds += emu_cost(t->launch.name, t->launch.grid.x);
    }
    device_access(false);
    queue_clear(&s->queue);
}
static void run_all(void) {
    stream_run(&default_stream);
    for (Stream *s = streams; s; s = s->next) stream_run(s);
}

/* ---- device and context -------------------------------------------------------------------- */
API cuInit(unsigned flags) {
    FAULT("cuInit");
    if (flags) return INVALID;
    if (emu_settings()->devices == 0) return NO_DEVICE;
    initialized = true;
    return OK;
}
API cuDriverGetVersion(int *version) {
    FAULT("cuDriverGetVersion");
    *version = 13000;
    return OK;
}
API cuGetErrorName(int result, const char **name) {
    static const struct { int code; const char *name; } names[] = {
        { OK, "CUDA_SUCCESS" }, { INVALID, "CUDA_ERROR_INVALID_VALUE" },
        { NO_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY" }, { NO_DEVICE, "CUDA_ERROR_NO_DEVICE" },
        { INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE" }, { NOT_FOUND, "CUDA_ERROR_NOT_FOUND" },
        { COOPERATIVE_TOO_LARGE, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE" },
        { 700, "CUDA_ERROR_ILLEGAL_ADDRESS" }, { 719, "CUDA_ERROR_LAUNCH_FAILED" },
        { CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED" },
        { 999, "CUDA_ERROR_UNKNOWN" },
    };
    *name = "CUDA_ERROR_UNKNOWN";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == result) *name = names[i].name;
    return OK;
}
API cuGetErrorString(int result, const char **text) {
    *text = result == OK ? "no error" : result == NO_MEMORY ? "out of memory"
          : result == NO_DEVICE ? "no CUDA-capable device is detected" : "emulated error";
    return OK;
}
/* The real NVRTC asks a driver that it finds for tables of its own; this one has none. */
API cuGetExportTable(const void **table, const void *id) {
    (void)id;
    *table = NULL;
    return INVALID;
}
API cuDeviceGetCount(int *count) {
    FAULT("cuDeviceGetCount");
    if (!initialized) return NOT_INITIALIZED;
    *count = emu_settings()->devices;
    return OK;
}
API cuDeviceGet(int *device, int ordinal) {
    FAULT("cuDeviceGet");
    if (!initialized) return NOT_INITIALIZED;
    *device = ordinal;
    return ordinal >= 0 && ordinal < emu_settings()->devices ? OK : INVALID_DEVICE;
}
API cuDeviceGetName(char *name, int size, int device) {
    FAULT("cuDeviceGetName");
    (void)device;
    snprintf(name, (size_t)size, "Emulated GPU");
    return OK;
}
API cuDeviceGetAttribute(int *value, int attribute, int device) {
    FAULT("cuDeviceGetAttribute");
    (void)device;
    switch (attribute) {
    case 1: *value = EMU_MAX_THREADS; return OK;               /* threads of a CTA */
    case 8: *value = 48 << 10; return OK;                      /* shared memory without opting in */
    case 10: *value = 32; return OK;                           /* warp */
    case 16: *value = emu_settings()->sms; return OK;
    case 39: *value = 2048; return OK;                         /* threads of a multiprocessor */
    case 75: *value = emu_settings()->capability / 10; return OK; /* compute capability */
    case 76: *value = emu_settings()->capability % 10; return OK;
    case 81: *value = EMU_MAX_SHARED + 1024; return OK;        /* shared memory of a multiprocessor */
    case 97: *value = EMU_MAX_SHARED; return OK;               /* of a CTA that opts in */
    default: return INVALID;
    }
}
API cuDeviceTotalMem_v2(size_t *bytes, int device) {
    FAULT("cuDeviceTotalMem_v2");
    (void)device;
    *bytes = emu_settings()->memory;
    return OK;
}
API cuDevicePrimaryCtxRetain(void **context, int device) {
    FAULT("cuDevicePrimaryCtxRetain");
    (void)device;
    if (!initialized) return NOT_INITIALIZED;
    *context = &default_stream;
    return OK;
}
API cuDevicePrimaryCtxRelease_v2(int device) {
    FAULT("cuDevicePrimaryCtxRelease_v2");
    (void)device;
    run_all();
    return OK;
}
API cuCtxSetCurrent(void *context) {
    FAULT("cuCtxSetCurrent");
    current = context != NULL;
    return OK;
}
API cuCtxSynchronize(void) {
    FAULT("cuCtxSynchronize");
    run_all();
    return OK;
}

/* ---- memory calls -------------------------------------------------------------------------- */
API cuMemGetInfo_v2(size_t *left, size_t *total) {
    FAULT("cuMemGetInfo_v2");
    *total = emu_settings()->memory;
    *left = *total - device_bytes;
    return OK;
}
API cuMemAlloc_v2(Ptr *at, size_t bytes) {
    FAULT("cuMemAlloc_v2");
    if (!current) return INVALID_CONTEXT;
    if (bytes == 0) return INVALID;
    if (bytes > emu_settings()->memory - device_bytes) return NO_MEMORY;
    const Block *b = block_new(bytes, true);
    if (!b) return NO_MEMORY;
    device_bytes += bytes;
    *at = (Ptr)(uintptr_t)b->at;
    return OK;
}
API cuMemFree_v2(Ptr at) {
    FAULT("cuMemFree_v2");
    if (!at) return OK;
    Block *b = block_of((void *)(uintptr_t)at, 0, true);
    if (!b || b->at != (char *)(uintptr_t)at) return INVALID;
    run_all();
    device_bytes -= b->bytes;
    block_free(b);
    return OK;
}
API cuMemAllocHost_v2(void **at, size_t bytes) {
    FAULT("cuMemAllocHost_v2");
    if (!current) return INVALID_CONTEXT;
    const Block *b = bytes ? block_new(bytes, false) : NULL;
    *at = b ? b->at : NULL;
    return b ? OK : bytes ? NO_MEMORY : INVALID;
}
API cuMemFreeHost(void *at) {
    FAULT("cuMemFreeHost");
    Block *b = at ? block_of(at, 0, false) : NULL;
    if (at && (!b || b->at != at)) return INVALID;
    run_all();
    if (b) block_free(b);
    return OK;
}
API cuMemcpyHtoDAsync_v2(Ptr to, const void *from, size_t bytes, Stream *stream) {
    FAULT("cuMemcpyHtoDAsync_v2");
    Stream *s = stream_of(stream);
    if (!block_of((void *)(uintptr_t)to, bytes, true)) return INVALID;
    const bool pinned = block_of(from, bytes, false) != NULL;
    if (s->capture && !pinned) return CAPTURE_UNSUPPORTED;
    void *owned = pinned ? NULL : copy_of(from, bytes);        /* a driver stages such a buffer */
    queue_push(s, (Task){ .kind = COPY, .to = (void *)(uintptr_t)to, .from = pinned ? from : owned,
                          .bytes = bytes, .owned = owned });
    return OK;
}
API cuMemcpyDtoHAsync_v2(void *to, Ptr from, size_t bytes, Stream *stream) {
    FAULT("cuMemcpyDtoHAsync_v2");
    Stream *s = stream_of(stream);
    if (!block_of((void *)(uintptr_t)from, bytes, true)) return INVALID;
    const bool pinned = block_of(to, bytes, false) != NULL;
    if (s->capture && !pinned) return CAPTURE_UNSUPPORTED;
    if (pinned) memset(to, 0xff, bytes);                       /* not there before the wait */
    queue_push(s, (Task){ .kind = COPY, .to = to, .from = (void *)(uintptr_t)from,
                          .bytes = bytes });
    if (!pinned) stream_run(s);
    return OK;
}

API cuMemcpyDtoDAsync_v2(Ptr to, Ptr from, size_t bytes, Stream *stream) {
    FAULT("cuMemcpyDtoDAsync_v2");
    if (!block_of((void *)(uintptr_t)to, bytes, true) || !block_of((void *)(uintptr_t)from, bytes,
            true))
        return INVALID;
    queue_push(stream_of(stream), (Task){ .kind = COPY, .to = (void *)(uintptr_t)to,
                                          .from = (void *)(uintptr_t)from, .bytes = bytes });
    return OK;
}

/* ---- streams and graphs -------------------------------------------------------------------- */
API cuStreamCreate(Stream **stream, unsigned flags) {
    FAULT("cuStreamCreate");
    (void)flags;
    if (!current) return INVALID_CONTEXT;
    *stream = calloc(1, sizeof **stream);
    (*stream)->next = streams;
    streams = *stream;
    return OK;
}
API cuStreamSynchronize(Stream *stream) {
    FAULT("cuStreamSynchronize");
    Stream *s = stream_of(stream);
    if (s->capture) return CAPTURE_UNSUPPORTED;
    stream_run(s);
    return OK;
}
API cuStreamDestroy_v2(Stream *stream) {
    FAULT("cuStreamDestroy_v2");
    if (!stream) return INVALID_HANDLE;
    stream_run(stream);
    Stream **from = &streams;
    while (*from && *from != stream) from = &(*from)->next;
    if (*from) *from = stream->next;
    free(stream->queue.task);
    free(stream);
    return OK;
}
API cuEventCreate(Event **event, unsigned flags) {
    FAULT("cuEventCreate");
    if (!current || flags) return current ? INVALID : INVALID_CONTEXT;
    *event = calloc(1, sizeof **event);
    return OK;
}
API cuEventRecord(Event *event, Stream *stream) {
    FAULT("cuEventRecord");
    Stream *s = stream_of(stream);
    if (!event) return INVALID_HANDLE;
    if (s->capture) return CAPTURE_UNSUPPORTED;                /* a graph's events have no times here */
    event->state = QUEUED;
    queue_push(s, (Task){ .kind = EVENT, .event = event });
    return OK;
}
API cuEventElapsedTime(float *milliseconds, const Event *from, const Event *to) {
    FAULT("cuEventElapsedTime");
    if (!from || !to || from->state == NEVER || to->state == NEVER) return INVALID_HANDLE;
    if (from->state == QUEUED || to->state == QUEUED) return NOT_READY;
    *milliseconds = (float)((to->at - from->at) / 1000);
    return OK;
}
API cuEventDestroy_v2(Event *event) {
    FAULT("cuEventDestroy_v2");
    if (!event) return INVALID_HANDLE;
    run_all();
    free(event);
    return OK;
}
__attribute__((visibility("default"))) EmuEnqueue emu_enqueue;
void emu_enqueue(void *stream, const char *name, void (*run)(const void *argument), const void *argument,
                 size_t bytes) {
    void *owned = copy_of(argument, bytes);
    queue_push(stream_of(stream), (Task){ .kind = CALL, .run = run, .owned = owned, .bytes = bytes,
                                          .launch = { .name = name, .arguments = owned } });
}
__attribute__((visibility("default"))) EmuOnDevice emu_on_device;
int emu_on_device(unsigned long long at, size_t bytes) {
    return block_of((void *)(uintptr_t)at, bytes, true) != NULL;
}
API cuStreamBeginCapture_v2(Stream *stream, int mode) {
    FAULT("cuStreamBeginCapture_v2");
    (void)mode;
    if (!stream || stream->capture) return INVALID;
    stream->capture = calloc(1, sizeof *stream->capture);
    return OK;
}
API cuStreamEndCapture(Stream *stream, Queue **graph) {
    FAULT("cuStreamEndCapture");
    if (!stream || !stream->capture) return INVALID;
    *graph = stream->capture;
    stream->capture = NULL;
    return OK;
}
API cuGraphInstantiateWithFlags(Queue **exec, const Queue *graph, unsigned long long flags) {
    FAULT("cuGraphInstantiateWithFlags");
    (void)flags;
    Stream copy = { 0 };
    for (int i = 0; i < graph->n; i++) {
        Task t = graph->task[i];
        if (t.owned) t.owned = t.launch.arguments = copy_of(t.owned, t.bytes);
        queue_push(&copy, t);
    }
    *exec = copy_of(&copy.queue, sizeof copy.queue);
    return OK;
}
API cuGraphLaunch(const Queue *exec, Stream *stream) {
    FAULT("cuGraphLaunch");
    for (int i = 0; i < exec->n; i++) {
        Task t = exec->task[i];
        if (t.owned) t.owned = t.launch.arguments = copy_of(t.owned, t.bytes);
        queue_push(stream_of(stream), t);
    }
    return OK;
}
static int graph_free(Queue *q) {
    if (!q) return INVALID;
    queue_clear(q);
    free(q->task);
    free(q);
    return OK;
}
API cuGraphExecDestroy(Queue *exec) {
    FAULT("cuGraphExecDestroy");
    return graph_free(exec);
}
API cuGraphDestroy(Queue *graph) {
    FAULT("cuGraphDestroy");
    return graph_free(graph);
}

/* ---- modules ------------------------------------------------------------------------------- */
typedef struct Module { void *object; int fd; } Module;

/* The cubin that emulated PTX has in digits. */
static char *compile_ptx(const char *digits) {
    const size_t n = strlen(digits) / 2;
    char *cubin = malloc(n + 16);
    for (size_t i = 0; i < n; i++) {
        unsigned byte = 0;
        sscanf(digits + 2 * i, "%2x", &byte);
        cubin[i] = (char)byte;
    }
    return cubin;
}
/* The image begins with "EMU" and the size of the shared object that follows; or it is PTX, a text; see
 * emu_nvrtc.c. As a driver this one takes no binary of another architecture. */
API cuModuleLoadData(Module **module, const void *image) {
    FAULT("cuModuleLoadData");
    unsigned long long size;
    static const char ptx[] = ".version emulated\n";
    const bool is_ptx = strncmp(image, ptx, sizeof ptx - 1) == 0;
    char *compiled = NULL;
    if (!current) return INVALID_CONTEXT;
    if (is_ptx) image = compiled = compile_ptx((const char *)image + sizeof ptx - 1);
    if (memcmp(image, "EMUCUBIN", 8) || (!is_ptx && emu_settings()->capability > 90))
        return free(compiled), INVALID_IMAGE;
    memcpy(&size, (const char *)image + 8, 8);
    char path[64];
    const int fd = memfd_create("module", MFD_CLOEXEC);
    const char *from = (const char *)image + 16;
    while (size > 0) {
        const ssize_t n = write(fd, from, size);
        if (n <= 0) emu_trap("cannot write a module");
        from += n, size -= (unsigned long long)n;
    }
    free(compiled);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const EmuApi **api = object ? dlsym(object, "emu") : NULL;
    if (!api) emu_trap("cannot load a module: %s", dlerror());
    *api = emu_api();
    *module = calloc(1, sizeof **module);
    /* open while loaded: dlopen knows objects by their path */
    **module = (Module){ object, fd };
    return OK;
}
API cuModuleUnload(Module *module) {
    FAULT("cuModuleUnload");
    run_all();
    dlclose(module->object);
    close(module->fd);
    free(module);
    return OK;
}
API cuModuleGetFunction(Function **function, Module *module, const char *name) {
    FAULT("cuModuleGetFunction");
    char symbol[256];
    snprintf(symbol, sizeof symbol, "emu_run_%s", name);
    void *run = dlsym(module->object, symbol);
    snprintf(symbol, sizeof symbol, "emu_size_%s", name);
    const size_t *bytes = dlsym(module->object, symbol);
    if (!run || !bytes) return NOT_FOUND;
    *function = copy_of(&(Function){ run, *bytes, copy_of(name, strlen(name) + 1), 48 << 10 },
                        sizeof **function);
    return OK;
}
API cuFuncSetAttribute(Function *f, int attribute, int value) {
    FAULT("cuFuncSetAttribute");
    if (attribute == 8 && (value < 0 || value > EMU_MAX_SHARED)) return INVALID;
    if (attribute == 8) f->max_shared = (size_t)value;
    return OK;
}
API cuFuncGetAttribute(int *value, int attribute, Function *f) {
    FAULT("cuFuncGetAttribute");
    *value = attribute == 0 ? EMU_MAX_THREADS : attribute == 4 ? 64
           : attribute == 8 ? (int)f->max_shared : 0;
    return OK;
}
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *ctas, Function *f, int threads,
                                                size_t shared) {
    FAULT("cuOccupancyMaxActiveBlocksPerMultiprocessor");
    if (threads < 1 || threads > EMU_MAX_THREADS) return INVALID;
    const size_t by_shared = (EMU_MAX_SHARED + 1024) / (shared + 1024);
    *ctas = shared > f->max_shared ? 0 : 2048 / threads;
    if ((size_t)*ctas > by_shared) *ctas = (int)by_shared;
    if (*ctas > emu_settings()->ctas) *ctas = emu_settings()->ctas;
    return OK;
}
static int push_launch(Function *f, unsigned grid, unsigned threads, unsigned shared, Stream *stream,
                       void **arguments, bool cooperative) {
    if (grid == 0 || threads == 0 || threads > EMU_MAX_THREADS || shared > f->max_shared || !arguments)
        return INVALID;
    void *owned = copy_of(arguments[0], f->argument_bytes);
    queue_push(stream_of(stream), (Task){
        .kind = LAUNCH, .owned = owned, .bytes = f->argument_bytes,
        .launch = { (EmuKernel *)f->run, f->name, { grid, 1, 1 }, { threads, 1, 1 }, shared, owned,
                    cooperative } });
    return OK;
}
API cuLaunchKernel(Function *f, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                   unsigned block_y, unsigned block_z, unsigned shared, Stream *stream,
                   void **arguments, void **extra) {
    FAULT("cuLaunchKernel");
    if (grid_y != 1 || grid_z != 1 || block_y != 1 || block_z != 1 || extra) return INVALID;
    return push_launch(f, grid_x, block_x, shared, stream, arguments, false);
}
API cuLaunchCooperativeKernel(Function *f, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                              unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,
                              Stream *stream, void **arguments) {
    FAULT("cuLaunchCooperativeKernel");
    int ctas = 0;
    if (grid_y != 1 || grid_z != 1 || block_y != 1 || block_z != 1) return INVALID;
    if (cuOccupancyMaxActiveBlocksPerMultiprocessor(&ctas, f, (int)block_x, shared)) return INVALID;
    if (grid_x > (unsigned)(ctas * emu_settings()->sms)) return COOPERATIVE_TOO_LARGE;
    return push_launch(f, grid_x, block_x, shared, stream, arguments, true);
}
