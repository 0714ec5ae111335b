/* emu_cta.c - runs CTAs: one fiber per thread, warp collectives and barriers as meeting points.
 *
 * A thread runs until it must wait. Within a warp the next lane then runs; when all wait for a
 * collective it is computed for all at once; when all wait at a barrier the next warp runs, and
 * behind the last warp the barrier opens. So a missing barrier shows as a value that is not there
 * yet (shared memory starts as NaNs), in one order of the threads or the other. What a GPU leaves
 * undefined ends the process: lanes that miss a collective, threads at different barriers.
 *
 * CTAs are shared out to OS threads; all state of a running CTA hangs on `worker`. Those of a cooperative
 * launch run in one OS thread, one after another from pause to pause: a CTA that waits for others looks
 * at memory in a loop of pauses. When all do so and nothing else happens, the process ends. */
#include "emu_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { STACK = 128 << 10, GUARD = 4096, WARP = 32, MAX_WARPS = EMU_MAX_THREADS / WARP };

/* ---- fibers ----------------------------------------------------------------------------------
 * switch_to(&from, to) saves the registers that a call preserves and the stack, and goes on where
 * `to` was saved. */
#ifdef __x86_64__
typedef void *Place;
void emu_switch(Place *from, Place to);
__asm__(".text\n.globl emu_switch\n.hidden emu_switch\n.type emu_switch, @function\nemu_switch:\n"
        "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
        "movq %rsp, (%rdi)\nmovq %rsi, %rsp\n"
        "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n");
static void switch_to(Place *from, Place *to) {
    emu_switch(from, *to);
}
static void place_start(Place *p, char *stack, void (*start)(void)) {
    void **sp = (void **)(stack + STACK);
    *--sp = NULL;                              /* what `start` would return to */
    *--sp = (void *)start;
    for (int i = 0; i < 6; i++) *--sp = NULL;
    *p = sp;
}
#else
#include <ucontext.h>
typedef ucontext_t Place;
static void switch_to(Place *from, Place *to) {
    swapcontext(from, to);
}
static void place_start(Place *p, char *stack, void (*start)(void)) {
    getcontext(p);
    p->uc_stack.ss_sp = stack;
    p->uc_stack.ss_size = STACK;
    p->uc_link = NULL;
    makecontext(p, start, 0);
}
#endif

/* ---- state -----------------------------------------------------------------------------------*/
typedef enum State { RUNS, AT_WARP, AT_BARRIER, ENDED } State;
typedef enum Collective { SHUFFLE, BALLOT, SYNC, MMA, MMA_BF16 } Collective;
typedef struct Fiber {
    EmuThread self;
    Place place;
    char *stack;
    State state;
    Collective kind;
    int line;                                  /* of the barrier it waits at */
    struct Copy *copy;                         /* under way, oldest first */
    int n_copies, room, group;
} Fiber;
typedef struct Copy { void *to; const void *from; int size, bytes, group; } Copy;
/* What the lanes of the running warp bring to a collective, and get. */
typedef struct Meeting {
    uint32_t value[WARP], result[WARP];
    int from[WARP];
    uint32_t a[WARP][4], b[WARP][2];
    float c[WARP][4];
} Meeting;

typedef struct Worker {
    const EmuLaunch *launch;
    Fiber *fiber;
    int n, n_warps, current;
    int warp[MAX_WARPS], at_warp;              /* order of the warps; which one runs */
    int at_lane, first, stride;                /* order of the lanes */
    Place home;
    Meeting meeting;
    EmuVote vote;
    int votes;
    uint64_t random;
    char *shared_end, *shared;
    bool paused;                               /* else it has ended, when its home goes on */
    uint64_t passed;                           /* barriers, so far */
} Worker;
static __thread Worker *worker;
static uint64_t executed[EMU_MAX_LINES];

static uint32_t draw(Worker *w) {
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->random >> 33);
}

/* ---- the order of lanes and warps ---------------------------------------------------------- */
static int lanes_of(const Worker *w) {
    const int left = w->n - w->warp[w->at_warp] * WARP;
    return left < WARP ? left : WARP;
}
static void start_lanes(Worker *w) {
    w->at_lane = 0, w->first = 0, w->stride = 1;
    if (emu_settings()->order == EMU_RANDOM && lanes_of(w) == WARP) {
        const uint32_t r = draw(w);
        w->first = (int)(r % WARP), w->stride = (int)(r / WARP % WARP) | 1;
    }
}
static int lane_at(const Worker *w, int position) {
    const int lanes = lanes_of(w);
    if (emu_settings()->order == EMU_REVERSE) return lanes - 1 - position;
    return lanes == WARP ? (w->first + position * w->stride) % WARP : position;
}
static void start_warps(Worker *w) {
    for (int i = 0; i < w->n_warps; i++)
        w->warp[i] = emu_settings()->order == EMU_REVERSE ? w->n_warps - 1 - i : i;
    for (int i = w->n_warps - 1; i > 0 && emu_settings()->order == EMU_RANDOM; i--) {
        const int j = (int)(draw(w) % (uint32_t)(i + 1)), swap = w->warp[i];
        w->warp[i] = w->warp[j];
        w->warp[j] = swap;
    }
    w->at_warp = 0;
    start_lanes(w);
}

/* ---- meeting points ------------------------------------------------------------------------ */
/* The operands of a word from k on: one cut to tf32, or two of bf16, the first in the low half; `next`
 * floats apart. */
static void put_operands(float *to, int next, uint32_t word, bool bf16) {
    const uint32_t cut[2] = { bf16 ? word << 16 : word & 0xffffe000u, word & 0xffff0000u };
    memcpy(to, cut, 4);
    if (bf16) memcpy(to + next, cut + 1, 4);
}
/* c += a b, each dot product of eight or sixteen summed on its own first, ascending: a product of two
 * bf16 numbers is exact, each sum rounds. */
static void warp_mma(Meeting *m, bool bf16) {
    float a[16][16], b[16][8], d[16][8];
    const int each = bf16 ? 2 : 1, half = 4 * each;
    for (int l = 0; l < WARP; l++) {
        const int g = l / 4, k = l % 4 * each;
        for (int i = 0; i < 4; i++)
            put_operands(&a[g + i % 2 * 8][k + i / 2 * half], 1, m->a[l][i], bf16);
        for (int i = 0; i < 2; i++) put_operands(&b[k + i * half][g], 8, m->b[l][i], bf16);
    }
    for (int r = 0; r < 16; r++) {
        for (int c = 0; c < 8; c++) d[r][c] = 0;
        for (int k = 0; k < 2 * half; k++)
            for (int c = 0; c < 8; c++) d[r][c] += a[r][k] * b[k][c];
    }
    for (int l = 0; l < WARP; l++)
        for (int i = 0; i < 4; i++) m->c[l][i] += d[l / 4 + i / 2 * 8][l % 4 * 2 + i % 2];
}
/* True when the lanes of the running warp wait for a collective: then it is done. */
static bool meet(Worker *w) {
    Fiber *f = w->fiber + w->warp[w->at_warp] * WARP;
    Meeting *m = &w->meeting;
    const int lanes = lanes_of(w);
    int waiting = 0;
    for (int l = 0; l < lanes; l++) waiting += f[l].state == AT_WARP;
    if (waiting == 0) return false;
    for (int l = 0; l < lanes; l++)
        if (f[l].state != AT_WARP || f[l].kind != f[0].kind || lanes != WARP)
            emu_trap("%s: lane %d of warp %d misses what its warp does together", w->launch->name,
                     l, w->warp[w->at_warp]);
    uint32_t set = 0;
    switch (f->kind) {
    case SHUFFLE:
        for (int l = 0; l < WARP; l++)
            m->result[l] = m->value[m->from[l] >= 0 && m->from[l] < WARP ? m->from[l] : l];
        break;
    case BALLOT:
        for (int l = 0; l < WARP; l++) set |= (uint32_t)(m->value[l] != 0) << l;
        for (int l = 0; l < WARP; l++) m->result[l] = set;
        break;
    case MMA: case MMA_BF16: warp_mma(m, f->kind == MMA_BF16); break;
    case SYNC: break;
    }
    for (int l = 0; l < WARP; l++) f[l].state = RUNS;
    return true;
}
/* Opens the barrier that all threads wait at; false when all have ended. */
static bool open_barrier(Worker *w) {
    int ended = 0;
    for (int i = 0; i < w->n; i++) ended += w->fiber[i].state == ENDED;
    if (ended == w->n) return false;
    for (int i = 0; i < w->n; i++)
        if (w->fiber[i].state == ENDED || w->fiber[i].line != w->fiber[0].line)
            emu_trap("%s: thread %d is not at the barrier of line %d", w->launch->name, i,
                     w->fiber[w->fiber[0].state == ENDED ? i : 0].line);
    for (int i = 0; i < w->n; i++) w->fiber[i].state = RUNS;
    __atomic_fetch_add(&executed[w->fiber[0].line % EMU_MAX_LINES], 1, __ATOMIC_RELAXED);
    w->passed++;
    return true;
}
/* The fiber that runs next, -1 when the CTA has ended. */
static int next_fiber(Worker *w) {
    for (;;) {
        while (w->at_lane < lanes_of(w)) {
            const int i = w->warp[w->at_warp] * WARP + lane_at(w, w->at_lane++);
            if (w->fiber[i].state == RUNS) return i;
        }
        if (meet(w)) {
            start_lanes(w);
        } else if (w->at_warp + 1 < w->n_warps) {
            w->at_warp++;
            start_lanes(w);
        } else if (open_barrier(w)) {
            start_warps(w);
        } else {
            return -1;
        }
    }
}
/* The running fiber waits, or has ended; returns when its turn has come again. */
static void wait_turn(Worker *w, State state) {
    Fiber *me = &w->fiber[w->current];
    me->state = state;
    const int next = next_fiber(w);
    Place *to = next < 0 ? &w->home : &w->fiber[next].place;
    if (next >= 0) w->current = next;
    if (to != &me->place) switch_to(&me->place, to);
}
static void fiber_main(void) {
    worker->launch->kernel(worker->launch->arguments);
    wait_turn(worker, ENDED);
    abort();
}

/* ---- what kernels call --------------------------------------------------------------------- */
static EmuThread *self(void) {
    return &worker->fiber[worker->current].self;
}
static void *shared(void) {
    return worker->shared;
}
static int barrier(int line, EmuVote vote, int predicate) {
    Worker *w = worker;
    if (line == emu_settings()->skip_line && vote == EMU_NONE) return 0;
    w->fiber[w->current].line = line;
    if (vote == EMU_NONE) {
        wait_turn(w, AT_BARRIER);
        return 0;
    }
    w->votes += predicate;
    wait_turn(w, AT_BARRIER);
    const int votes = w->votes;
    wait_turn(w, AT_BARRIER);
    w->votes = 0;
    return vote == EMU_COUNT ? votes : vote == EMU_AND ? votes == w->n : votes != 0;
}
static int at_warp(Collective kind) {
    worker->fiber[worker->current].kind = kind;
    wait_turn(worker, AT_WARP);
    return worker->current % WARP;
}
static uint32_t shuffle(uint32_t value, int from) {
    Worker *w = worker;
    w->meeting.value[w->current % WARP] = value;
    w->meeting.from[w->current % WARP] = from;
    return w->meeting.result[at_warp(SHUFFLE)];
}
static uint32_t ballot(int predicate) {
    Worker *w = worker;
    w->meeting.value[w->current % WARP] = predicate != 0;
    return w->meeting.result[at_warp(BALLOT)];
}
static void sync_warp(void) {
    at_warp(SYNC);
}
static void mma(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1, int bf16) {
    Meeting *m = &worker->meeting;
    const int l = worker->current % WARP;
    memcpy(m->a[l], a, sizeof m->a[l]);
    memcpy(m->c[l], c, sizeof m->c[l]);
    m->b[l][0] = b0, m->b[l][1] = b1;
    at_warp(bf16 ? MMA_BF16 : MMA);
    memcpy(c, m->c[l], sizeof m->c[l]);
}
/* The bytes are not there before the wait. */
static void copy(void *to, const void *from, int size, int bytes) {
    Worker *w = worker;
    Fiber *f = &w->fiber[w->current];
    if (((uintptr_t)to | (uintptr_t)from) % (unsigned)size != 0 || bytes < 0 || bytes > size ||
        (char *)to < w->shared || (char *)to + size > w->shared_end)
        emu_trap("%s: an asynchronous copy of %d bytes is not aligned, or not to shared memory",
                 w->launch->name, size);
    if (f->n_copies == f->room)
        f->copy = realloc(f->copy, sizeof *f->copy * (size_t)(f->room = 2 * f->room + 64));
    memset(to, 0xff, (size_t)size);
    f->copy[f->n_copies++] = (Copy){ to, from, size, bytes, f->group };
}
static void copy_group(void) {
    worker->fiber[worker->current].group++;
}
static void copy_wait(int left) {
    Fiber *f = &worker->fiber[worker->current];
    int n = 0;
    for (; n < f->n_copies && f->copy[n].group < f->group - left; n++) {
        memcpy(f->copy[n].to, f->copy[n].from, (size_t)f->copy[n].bytes);
        memset((char *)f->copy[n].to + f->copy[n].bytes, 0, (size_t)(f->copy[n].size - f->copy[n].bytes));
    }
    f->n_copies -= n;
    memmove(f->copy, f->copy + n, sizeof *f->copy * (size_t)f->n_copies);
}
static void pause_cta(void) {
    Worker *w = worker;
    if (!w->launch->cooperative)
        emu_trap("%s waits for other CTAs, but its launch was not cooperative", w->launch->name);
    w->paused = true;
    switch_to(&w->fiber[w->current].place, &w->home);
}
static int left_out(int line) {
    return line == emu_settings()->skip_line;
}
static const EmuApi api = { self, shared, barrier, shuffle, ballot, sync_warp, mma,
                            copy, copy_group, copy_wait, pause_cta, left_out };
const EmuApi *emu_api(void) {
    return &api;
}

/* ---- CTAs ---------------------------------------------------------------------------------- */
static void *pages(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED) emu_trap("no memory for fibers");
    return p;
}
static Worker *worker_new(void) {
    const size_t room = (EMU_MAX_SHARED + GUARD - 1) / GUARD * GUARD;
    Worker *w = calloc(1, sizeof *w);
    w->fiber = calloc(EMU_MAX_THREADS, sizeof *w->fiber);
    w->shared_end = (char *)pages(room + GUARD) + room;
    mprotect(w->shared_end, GUARD, PROT_NONE);
    return w;
}
static void start_cta(Worker *w, unsigned cta) {
    const EmuLaunch *launch = w->launch;
    const size_t shared_bytes = (launch->shared + 15) / 16 * 16;
    w->n = (int)launch->cta.x;
    w->n_warps = (w->n + WARP - 1) / WARP;
    w->random = emu_settings()->seed * 1000003u + cta;
    w->shared = w->shared_end - shared_bytes;
    w->votes = 0;
    memset(w->shared, 0xff, shared_bytes);
    for (int i = 0; i < w->n; i++) {
        Fiber *f = &w->fiber[i];
        if (!f->stack) {
            f->stack = (char *)pages(STACK + GUARD) + GUARD;
            mprotect(f->stack - GUARD, GUARD, PROT_NONE);
        }
        f->self = (EmuThread){ { (unsigned)i, 0, 0 }, { cta, 0, 0 }, launch->cta, launch->grid };
        f->state = RUNS;
        f->n_copies = f->group = 0;
        place_start(&f->place, f->stack, fiber_main);
    }
    start_warps(w);
    w->current = next_fiber(w);
}
/* Runs a CTA to its next pause, or its end. */
static void run_cta(Worker *w) {
    worker = w;
    w->paused = false;
    switch_to(&w->home, &w->fiber[w->current].place);
}

/* All CTAs of a launch, each in turn from pause to pause. */
static void run_together(const EmuLaunch *launch) {
    static Worker **all;
    static unsigned room;
    const unsigned n = launch->grid.x;
    static uint64_t random;
    if (n > room) {
        all = realloc(all, sizeof *all * n);
        for (; room < n; room++) all[room] = worker_new();
    }
    for (unsigned i = 0; i < n; i++) {
        all[i]->launch = launch, all[i]->paused = true, all[i]->passed = 0;
        start_cta(all[i], i);
    }
    for (bool alive = true, moved; alive;) {
        alive = moved = false;
        random = random * 6364136223846793005u + 1442695040888963407u;
        for (unsigned k = 0; k < n; k++) {
            const unsigned turn = (k + (unsigned)(random >> 33)) % n;
            Worker *w = all[emu_settings()->order == EMU_REVERSE ? n - 1 - k
                            : emu_settings()->order == EMU_RANDOM ? turn : k];
            const uint64_t before = w->passed;
            if (!w->paused) continue;
            run_cta(w);
            alive |= w->paused;
            moved |= !w->paused || w->passed != before;
        }
        if (alive && !moved) emu_trap("%s: every CTA waits for another", launch->name);
    }
}

typedef struct Share { const EmuLaunch *launch; Worker *worker; unsigned *next; } Share;
static void *run_share(void *argument) {
    const Share *s = argument;
    const unsigned n = s->launch->grid.x;
    worker = s->worker;
    worker->launch = s->launch;
    for (unsigned i; (i = __atomic_fetch_add(s->next, 1, __ATOMIC_RELAXED)) < n;) {
        start_cta(worker, emu_settings()->order == EMU_REVERSE ? n - 1 - i : i);
        run_cta(worker);
    }
    return NULL;
}
void emu_run(const EmuLaunch *launch) {
    enum { MOST = 64 };
    static Worker *workers[MOST];
    if (launch->cooperative) {
        run_together(launch);
        return;
    }
    int n = emu_settings()->workers < MOST ? emu_settings()->workers : MOST;
    if ((unsigned)n > launch->grid.x) n = (int)launch->grid.x;
    unsigned next = 0;
    Share share[MOST];
    pthread_t thread[MOST];
    for (int i = 0; i < n; i++) {
        if (!workers[i]) workers[i] = worker_new();
        share[i] = (Share){ launch, workers[i], &next };
        if (i > 0 && pthread_create(&thread[i], NULL, run_share, &share[i]))
            emu_trap("cannot start a thread");
    }
    run_share(&share[0]);
    for (int i = 1; i < n; i++) pthread_join(thread[i], NULL);
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("EMU_REPORT");
    FILE *f = path && *path ? fopen(path, "a") : NULL;
    if (!f) return;
    for (int i = 0; i < EMU_MAX_LINES; i++)
        if (executed[i]) fprintf(f, "%d %llu\n", i, (unsigned long long)executed[i]);
    fclose(f);
}
