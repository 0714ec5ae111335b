/* cuda_compile.c - NVRTC in a child process; see cuda_compile.h.
 *
 * The child answers with an AnswerHead and the bytes that it counts. An answer that is cut short
 * (the child crashed or met a limit) is as good as none. */
#include "cache.h"
#include "cuda_compile.h"
#include "io.h"
#include "memory.h"
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPU_SECONDS = 300, WALL_SECONDS = 900, MAGIC = 0x4e425545 };
extern char **environ;

typedef struct AnswerHead {
    uint32_t magic;
    int32_t code;                 /* of the status; 0: compiled */
    uint64_t cubin, ptx, log, text;
} AnswerHead;

/* Writes or reads all of it. */
static bool put(int fd, const void *data, uint64_t n) {
    for (const char *p = data; n > 0;) {
        ssize_t k = write(fd, p, n > (1u << 30) ? 1u << 30 : (size_t)n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        p += k;
        n -= (uint64_t)k;
    }
    return true;
}

static bool get(int fd, void *data, uint64_t n) {
    for (char *p = data; n > 0;) {
        ssize_t k = read(fd, p, n > (1u << 30) ? 1u << 30 : (size_t)n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        p += k;
        n -= (uint64_t)k;
    }
    return true;
}

/* ---- the child -------------------------------------------------------------------------------*/
static void limit_child(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(WALL_SECONDS);
    setrlimit(RLIMIT_CPU, &(struct rlimit){ CPU_SECONDS, CPU_SECONDS + 5 });
    /* Memory that can be written, not addresses: NVRTC opens the driver, which reserves
     * terabytes. */
    struct rlimit data;
    rlim_t most = (rlim_t)4 << 30;
#ifdef __SANITIZE_ADDRESS__
    most = RLIM_INFINITY;                        /* terabytes of shadow memory count as written */
#endif
    if (getrlimit(RLIMIT_DATA, &data) == 0 &&
        (data.rlim_cur == RLIM_INFINITY || data.rlim_cur > most))
        setrlimit(RLIMIT_DATA, &(struct rlimit){ most, data.rlim_max });
}

/* All of standard input as text. */
static char *read_text(Status *st) {
    struct stat s;
    uint64_t n = fstat(0, &s) == 0 ? (uint64_t)s.st_size : 0;
    char *text = mem_alloc(n + 1, "the kernels' text", st);
    if (text && get(0, text, n)) return text;
    mem_free(text);
    status_fail(st, RT_TOOL, "the kernels' text cannot be read");
    return NULL;
}

bool cuda_compile_child(int argc, char **argv, int *code) {
    if (argc != 6 || strcmp(argv[1], CUDA_CHILD) != 0) return false;
    Status st = { 0 };
    NvrtcResult r = { 0 };
    char why[300] = "";
    limit_child();
    setenv("EBM_NVRTC", argv[5], 1);             /* the library that the parent chose */
    const Nvrtc *nvrtc = nvrtc_load(0, why, sizeof why);
    char *text = nvrtc ? read_text(&st) : NULL;
    if (!nvrtc) status_fail(&st, RT_TOOL, "%s", why);
    bool ok = text && nvrtc_compile(nvrtc, argv[2], text, argv[3], &r, &st);
    bool keep = ok && strcmp(argv[4], "ptx") == 0;
    AnswerHead head = { MAGIC, ok ? 0 : st.code, ok ? r.cubin_size : 0, keep ? r.ptx_size : 0,
                        r.log ? strlen(r.log) : 0, strlen(st.text) };
    bool sent = put(1, &head, sizeof head) && put(1, r.cubin, head.cubin) && put(1, r.ptx, head.ptx)
             && put(1, r.log, head.log) && put(1, st.text, head.text);
    nvrtc_result_free(&r);
    mem_free(text);
    *code = sent ? RT_OK : RT_TOOL;
    return true;
}

/* ---- the parent ------------------------------------------------------------------------------*/
/* A file in memory; -1: errno tells. */
static int memory_file(void) { return memfd_create("kernels", MFD_CLOEXEC); }

static int spawn_child(CudaJob *j) {
    char *argv[] = { (char *)"nvrtc", (char *)CUDA_CHILD, (char *)j->name, (char *)j->arch,
                     (char *)(j->keep_ptx ? "ptx" : "-"), (char *)j->nvrtc->path, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGUSR1 };
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) sigaddset(&usual, handled[i]);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, j->in, 0);
    posix_spawn_file_actions_adddup2(&files, j->out, 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF
                                        | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigdefault(&attr, &usual);
    posix_spawnattr_setsigmask(&attr, &none);
    int error = posix_spawn(&j->child, "/proc/self/exe", &files, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    if (error) j->child = 0;
    return error;
}

/* 64 hex digits of everything that a binary depends on. */
static void cubin_key(const Nvrtc *n, const char *text, const char *arch, char key[65]) {
    char head[400];
    int used = snprintf(head, sizeof head, "cubin 1\nNVRTC %d.%d\n%s\n%s\n", n->major, n->minor,
                        arch,
                        nvrtc_options());
    SHA2_CTX c;
    SHA256Init(&c);
    SHA256Update(&c, (const uint8_t *)head, (size_t)used);
    SHA256Update(&c, (const uint8_t *)text, strlen(text));
    SHA256End(&c, key);
}

void cuda_job_start(CudaJob *j, const Nvrtc *nvrtc, const char *name, const char *text,
                    const char *arch, bool use_cache, bool keep_ptx) {
    *j = (CudaJob){ .nvrtc = nvrtc, .name = name, .text = text, .arch = arch,
                    .use_cache = use_cache, .keep_ptx = keep_ptx, .in = -1, .out = -1 };
    char key[65];
    if (use_cache && !keep_ptx) {
        cubin_key(nvrtc, text, arch, key);
        j->cached.from_cache = cache_get("cubin", key, &j->cached.cubin, &j->cached.cubin_size);
        if (j->cached.from_cache) return;
    }
    errno = 0;
    if ((j->in = memory_file()) < 0 || (j->out = memory_file()) < 0
        || !put(j->in, text, strlen(text)) || lseek(j->in, 0, SEEK_SET) != 0)
        j->error = errno ? errno : EIO;
    else
        j->error = spawn_child(j);
}

/* Takes one piece of the answer as a block of its own. */
static bool take(int fd, uint64_t n, void *out, Status *st) {
    char *block = mem_alloc(n + 1, "a compiled kernel", st);
    if (block && !get(fd, block, n)) {
        mem_free(block);
        block = NULL;
        status_fail(st, RT_TOOL, "NVRTC's answer is incomplete");
    }
    memcpy(out, &block, sizeof block);
    return block != NULL;
}

/* The answer of a child that ended by itself. */
static bool read_answer(const CudaJob *j, CudaBinary *out, Status *st) {
    AnswerHead h = { 0 };
    struct stat s;
    if (lseek(j->out, 0, SEEK_SET) != 0 || fstat(j->out, &s) != 0 || !get(j->out, &h, sizeof h)
        || h.magic != MAGIC || h.cubin > (uint64_t)s.st_size || h.ptx > (uint64_t)s.st_size
        || h.log > (uint64_t)s.st_size || h.text >= sizeof st->text)
        return status_fail(st, RT_TOOL, "NVRTC's answer is incomplete");
    char *text = NULL;
    bool ok = take(j->out, h.cubin, &out->cubin, st) && take(j->out, h.ptx, &out->ptx, st)
           && take(j->out, h.log, &out->log, st) && take(j->out, h.text, &text, st);
    out->cubin_size = h.cubin;
    if (ok && h.code) ok = status_fail(st, h.code, "%s", text);
    mem_free(text);
    return ok;
}

bool cuda_job_finish(CudaJob *j, CudaBinary *out, Status *st) {
    *out = j->cached;
    if (j->cached.from_cache) return true;
    int status = 0;
    while (j->child && waitpid(j->child, &status, 0) < 0 && errno == EINTR) { }
    bool ok = false;
    if (j->error)
        status_fail_errno(st, RT_TOOL, j->error, "%s cannot be compiled", j->name);
    else if (WIFSIGNALED(status))
        status_fail(st, RT_TOOL,
                    "NVRTC was stopped by signal %d (%s) while it compiled %s; its limits "
                    "are %d s and 4 GiB", WTERMSIG(status), strsignal(WTERMSIG(status)), j->name,
                    CPU_SECONDS);
    else
        ok = read_answer(j, out, st);
    j->child = 0;
    cuda_job_cancel(j);
    char key[65];
    if (ok && j->use_cache) {
        cubin_key(j->nvrtc, j->text, j->arch, key);
        cache_put("cubin", key, out->cubin, out->cubin_size);
    }
    return ok;
}

void cuda_job_cancel(CudaJob *j) {
    if (j->child > 0) {
        kill(-j->child, SIGKILL);
        while (waitpid(j->child, NULL, 0) < 0 && errno == EINTR) { }
    }
    if (j->in >= 0) close(j->in);
    if (j->out >= 0) close(j->out);
    j->in = j->out = -1;
    j->child = 0;
    if (j->cached.from_cache) cuda_binary_free(&j->cached);
}

void cuda_binary_free(CudaBinary *b) {
    mem_free(b->cubin);
    mem_free(b->ptx);
    mem_free(b->log);
    *b = (CudaBinary){ 0 };
}
