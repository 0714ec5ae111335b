/* cuda_modules.c - the program's CUDA texts: compiled, loaded, looked up; see gpu.h and cuda_gpu.h.
 *
 * A module is compiled when one of its kernels is launched first, or in the background from
 * gpu_prepare on, as many at a time as there are processors, at most MAX_CHILDREN. */
#include "cache.h"
#include "console.h"
#include "cuda_gpu.h"
#include "io.h"
#include "memory.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CHILDREN = 16, LOG_LINES = 40 };

const char *modules_text(const Gpu *g, int m) {
    return g->module[m].replaced ? g->module[m].replaced : g->cuda->modules[m].text;
}

/* DIR/NAME.SUFFIX of a module: "train cd" is train-cd.cu. */
static bool module_path(const Gpu *g, const char *dir, int m, const char *suffix,
                        char out[IO_PATH], Status *st) {
    char name[200];
    snprintf(name, sizeof name, "%.150s%s", g->cuda->modules[m].name, suffix);
    for (char *p = name; *p; p++)
        if (*p == ' ' || *p == '/') *p = '-';
    return io_join(out, dir, name, st);
}

/* --load-kernels: takes the text of a module from its file, where there is one. */
static bool load_text(Gpu *g, int m, Status *st) {
    char path[IO_PATH];
    IoBytes bytes;
    if (!g->asked.load || g->module[m].replaced) return true;
    if (!module_path(g, g->asked.load, m, ".cu", path, st)) return false;
    if (io_kind(path) == IO_ABSENT) return true;
    if (!io_read_file(path, &bytes, st)) return false;
    g->module[m].replaced = mem_resize(NULL, bytes.len + 1, path, st);
    if (g->module[m].replaced) memcpy(g->module[m].replaced, bytes.data, bytes.len);
    mem_free(bytes.data);
    if (g->module[m].replaced) console_note("kernels: %s", path);
    return g->module[m].replaced != NULL;
}

/* --dump-kernels: one product of a module as a file. */
static bool dump(const Gpu *g, int m, const char *suffix, const void *data, uint64_t size,
                 Status *st) {
    char path[IO_PATH];
    return !g->asked.dump || !data || (io_make_folders(g->asked.dump, st)
           && module_path(g, g->asked.dump, m, suffix, path, st)
           && io_write_file(path, data, size, st));
}

/* ---- compiling -------------------------------------------------------------------------------*/
/* Starts to compile a module, if that has not begun. */
static bool start(Gpu *g, int m, Status *st) {
    GpuModule *at = &g->module[m];
    if (at->state != MODULE_IDLE) return true;
    if (!load_text(g, m, st)) return false;
    const char *text = modules_text(g, m);
    if (!dump(g, m, ".cu", text, strlen(text), st)) return false;
    /* binaries that are dumped come with their log and PTX: made anew */
    cuda_job_start(&at->job, g->nvrtc, g->cuda->modules[m].name, text, g->arch, !g->asked.dump,
                   g->asked.dump != NULL);
    at->state = MODULE_COMPILING;
    return true;
}

/* Whether a module holds kernels of an entry or of one that it runs. */
static bool is_used(const Gpu *g, int m, const EbmEntryDesc *entry) {
    int e = g->cuda->modules[m].entry;
    bool used = e == entry - g->program->entries;
    for (int k = 0; k < entry->n_runs && !used; k++) used = e == entry->runs[k].entry;
    return used;
}

bool gpu_prepare(Gpu *g, const EbmEntryDesc *entry, Status *st) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int most = processors < 2 ? 2 : processors < MAX_CHILDREN ? (int)processors : MAX_CHILDREN;
    int children = 0;
    for (int m = 0; m < g->cuda->n_modules && children < most; m++) {
        if (is_used(g, m, entry) && !start(g, m, st)) return false;
        children += g->module[m].state == MODULE_COMPILING && g->module[m].job.child > 0;
    }
    return true;
}

/* The first lines of what the compiler printed, on stderr. */
static void show_log(const char *log) {
    int lines = 0;
    for (const char *p = log; p && *p && lines < LOG_LINES; lines++) {
        size_t n = strcspn(p, "\n");
        if (n) console_warn("  %.*s", (int)(n < 300 ? n : 300), p);
        p += n + (p[n] == '\n');
    }
}

/* What is left of a text that does not compile: its log on stderr, itself in a file. */
static bool say_failed(const Gpu *g, int m, const CudaBinary *b, const Status *why, Status *st) {
    char dir[IO_PATH], path[IO_PATH] = "";
    const char *text = modules_text(g, m);
    show_log(b->log);
    if (g->asked.dump) module_path(g, g->asked.dump, m, ".cu", path, NULL);
    else if (g->module[m].replaced) module_path(g, g->asked.load, m, ".cu", path, NULL);
    else if (!cache_folder(dir, sizeof dir, true) || !module_path(g, dir, m, ".failed.cu",
            path, NULL)
             || !io_write_file(path, text, strlen(text), NULL))
        path[0] = '\0';
    if (!path[0]) return status_fail(st, why->code, "%s; --dump-kernels=DIR shows it", why->text);
    return status_fail(st, why->code, "%.800s; its text is kept in %.300s", why->text, path);
}

/* Compiles and loads a module. */
static bool load(Gpu *g, int m, Status *st) {
    GpuModule *at = &g->module[m];
    CudaBinary b;
    Status why = { 0 };
    if (!start(g, m, st)) return false;
    at->state = MODULE_IDLE;
    bool ok = cuda_job_finish(&at->job, &b, &why);
    if (!ok) say_failed(g, m, &b, &why, st);
    ok = ok && dump(g, m, ".cubin", b.cubin, b.cubin_size, st)
      && dump(g, m, ".ptx", b.ptx, b.ptx ? strlen(b.ptx) : 0, st)
      && dump(g, m, ".log", b.log, b.log ? strlen(b.log) : 0, st);
    if (ok) {
        CuResult r = g->d->module_load(&at->module, b.cubin);
        ok = r == 0 || gpu_fail(g, r, st, "%s cannot be loaded", g->cuda->modules[m].name);
    }
    cuda_binary_free(&b);
    if (ok) at->state = MODULE_LOADED;
    return ok;
}

bool gpu_ready(Gpu *g, const EbmEntryDesc *entry, Status *st) {
    for (int m = 0; m < g->cuda->n_modules; m++)
        if (is_used(g, m, entry) && g->module[m].state != MODULE_LOADED
            && (!gpu_prepare(g, entry, st) || !load(g, m, st)))
            return false;
    return true;
}

/* ---- functions -------------------------------------------------------------------------------*/
bool modules_kernel(Gpu *g, int kernel, Status *st) {
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    CuFunction f = NULL;
    if (g->module[k->module].state != MODULE_LOADED && !load(g, k->module, st)) return false;
    if ((int64_t)k->shared > g->shared_limit) {
        char need[16], have[16];
        return status_fail(st, RT_TOOL, "GPU: %s needs %s of shared memory, %s has %s", k->name,
                           mem_format(k->shared, need), g->name,
                           mem_format((uint64_t)g->shared_limit, have));
    }
    CuResult r = g->d->module_function(&f, g->module[k->module].module, k->name);
    if (r != 0) return gpu_fail(g, r, st, "%s is not in its module", k->name);
    int threads = 0, ctas = 0;
    r = g->d->function_set(f, CU_FUN_MAX_DYNAMIC_SHARED, (int)k->shared);
    if (r == 0) r = g->d->function_get(&threads, CU_FUN_MAX_THREADS, f);
    if (r == 0 && threads < k->threads)
        return status_fail(st, RT_TOOL, "GPU: %s has %d threads, its registers allow %d", k->name,
                           k->threads, threads);
    if (r == 0) r = g->d->occupancy(&ctas, f, k->threads, k->shared);
    if (r != 0) return gpu_fail(g, r, st, "%s cannot be prepared", k->name);
    if (ctas < 1)
        return status_fail(st, RT_TOOL, "GPU: %s does not fit on a multiprocessor", k->name);
    g->kernel[kernel] = (GpuKernel){ .function = f,
                                     .ctas = (int64_t)ctas * (g->sms > 0 ? g->sms : 1) };
    return true;
}

void modules_close(Gpu *g) {
    for (int m = 0; m < g->cuda->n_modules; m++) {
        GpuModule *at = &g->module[m];
        if (at->state == MODULE_COMPILING) cuda_job_cancel(&at->job);
        if (at->state == MODULE_LOADED) g->d->module_free(at->module);
        mem_free(at->replaced);
    }
}

void gpu_print_kernels(const EbmProgram *p) {
    const EbmCuda *c = p->cuda;
    char shared[16], scratch[16];
    if (!c) return;
    printf("\nkernels for CUDA (contractions in %s)\n", c->precision);
    for (int i = 0; i < c->n_kernels; i++) {
        const EbmCudaKernel *k = &c->kernels[i];
        printf("  %-24s %4d threads, shared %-10s scratch %-10s %s\n", k->name, k->threads,
               mem_format(k->shared, shared), mem_format(k->scratch, scratch), k->what ? k->what
               : "");
    }
}
