/* pool.c - see pool.h.
 *
 * A launch publishes the task, then a new generation number; workers wait for that number to
 * change, first for some microseconds in a loop, then asleep on a condition variable. The caller
 * works like them and then waits for the count of unfinished workers the same way. */
#include "pool.h"
#include "io.h"
#include "memory.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SPINS = 4000, PIECES = 8 /* of each thread's share */ };

typedef struct Worker { Pool *pool; pthread_t thread; void *scratch; } Worker;
typedef struct Task {
    EbmKernelFn *fn;
    void *const *buf;
    const EbmScalars *s;
    int64_t units, piece;
} Task;

struct Pool {
    int threads;
    Worker *worker;               /* [threads]; 0 is the caller */
    Task task;
    _Atomic int64_t next;         /* the first unit that nobody has taken */
    _Atomic uint64_t generation;
    _Atomic int unfinished;
    _Atomic bool quit;
    pthread_mutex_t lock;
    pthread_cond_t start, done;
};

static inline void pause_briefly(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Takes pieces until none is left: units differ in cost, and threads are held up by other programs.
 * Who computes a unit never changes it. */
static void run_pieces(Pool *p, const Worker *w) {
    const Task *t = &p->task;
    int64_t begin;
    while ((begin = atomic_fetch_add(&p->next, t->piece)) < t->units) {
        int64_t end = t->units - begin < t->piece ? t->units : begin + t->piece;
        t->fn(t->buf, t->s, (EbmRange){ begin, end }, w->scratch);
    }
}

/* Returns the generation that differs from `seen`. */
static uint64_t wait_for_task(Pool *p, uint64_t seen) {
    for (int i = 0; i < SPINS; i++) {
        uint64_t now = atomic_load_explicit(&p->generation, memory_order_acquire);
        if (now != seen) return now;
        pause_briefly();
    }
    pthread_mutex_lock(&p->lock);
    uint64_t now;
    while ((now = atomic_load(&p->generation)) == seen) pthread_cond_wait(&p->start, &p->lock);
    pthread_mutex_unlock(&p->lock);
    return now;
}

/* A worker's life: wait for a task, run pieces of it, report. */
static void *worker_main(void *arg) {
    Worker *w = arg;
    Pool *p = w->pool;
    for (uint64_t seen = 0;;) {
        seen = wait_for_task(p, seen);
        if (atomic_load(&p->quit)) return NULL;
        run_pieces(p, w);
        if (atomic_fetch_sub(&p->unfinished, 1) == 1) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_signal(&p->done);
            pthread_mutex_unlock(&p->lock);
        }
    }
}

/* Makes the task visible under a new generation number and wakes the sleepers. */
static void publish(Pool *p) {
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->generation, 1);
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
}

void pool_launch(Pool *p, EbmKernelFn *fn, void *const *buf, const EbmScalars *s, int64_t units) {
    if (units <= 0) return;
    if (p->threads == 1 || units == 1) {
        fn(buf, s, (EbmRange){ 0, units }, p->worker[0].scratch);
        return;
    }
    const int64_t pieces = (int64_t)p->threads * PIECES;
    p->task = (Task){ fn, buf, s, units, (units + pieces - 1) / pieces };
    atomic_store(&p->next, 0);
    atomic_store(&p->unfinished, p->threads - 1);
    publish(p);
    run_pieces(p, &p->worker[0]);
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&p->unfinished) == 0) return;
        pause_briefly();
    }
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->unfinished) != 0) pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

/* Starts workers 1.. with all signals blocked: only the main thread handles them. */
static int start_workers(Pool *p) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int started = 1;
    while (started < p->threads
           && pthread_create(&p->worker[started].thread, NULL, worker_main, &p->worker[started])
                  == 0)
        started++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

Pool *pool_new(int threads, uint64_t scratch, Status *st) {
    Pool *p = mem_alloc(sizeof *p, "the thread pool", st);
    if (!p) return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->start, NULL);
    pthread_cond_init(&p->done, NULL);
    p->worker = mem_array((uint64_t)threads, sizeof *p->worker, "the thread pool", st);
    bool ok = p->worker != NULL;
    for (int i = 0; i < threads && ok; i++) {
        p->worker[i] = (Worker){ .pool = p };
        p->worker[i].scratch = mem_alloc(scratch, "a thread's scratch", st);
        ok = p->worker[i].scratch != NULL;
    }
    p->threads = threads;
    int started = ok ? start_workers(p) : 1;
    if (ok && started == threads) return p;
    if (ok) status_fail(st, RT_LIMIT, "only %d of %d threads could be started", started, threads);
    p->threads = started;
    for (int i = started; i < threads && p->worker; i++) mem_free(p->worker[i].scratch);
    pool_free(p);
    return NULL;
}

void pool_free(Pool *p) {
    if (!p) return;
    atomic_store(&p->quit, true);
    publish(p);
    for (int i = 0; i < p->threads && p->worker; i++) {
        if (i > 0) pthread_join(p->worker[i].thread, NULL);
        mem_free(p->worker[i].scratch);
    }
    mem_free(p->worker);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->start);
    pthread_cond_destroy(&p->done);
    mem_free(p);
}

int pool_threads(const Pool *p) { return p->threads; }

/* CPUs of the control group's quota ("max 100000", "200000 100000"); INT32_MAX: none. */
static long quota_cpus(void) {
    char text[64], *end;
    if (!io_read_system_file("/sys/fs/cgroup/cpu.max", text, sizeof text)) return INT32_MAX;
    long quota = strtol(text, &end, 10), period = strtol(end, NULL, 10);
    if (end == text || quota <= 0 || period <= 0) return INT32_MAX;
    return (quota + period - 1) / period;
}

int pool_default_threads(void) {
    cpu_set_t set;
    long n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    long quota = quota_cpus();
    if (quota < n) n = quota;
    return n < 1 ? 1 : n > POOL_MAX_THREADS ? POOL_MAX_THREADS : (int)n;
}
