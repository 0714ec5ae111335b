/* cuda_graph.c - work for the stream, collected in a list and submitted at once; see cuda_gpu.h.
 *
 * A list that comes the second time becomes a CUDA graph, and from then on is one call. All that
 * changes from step to step (scalars, data rows) lies in device memory that is uploaded before the
 * list, so a training step is the same list every time. Entries are runs of words:
 *
 *     [function, CTAs, threads, shared bytes, n, cooperative, n words of arguments]   a launch
 *     [COPY, to, from, bytes, 0, 0]
 *     [MARK, which, 0, 0, 0, 0]                                                       a time
 *     [PRODUCT, plan, to, a, 0, b]                                                    by cuBLASLt
 *
 * A list with marks is measured and so never becomes a graph. */
#include "cuda_gpu.h"
#include "memory.h"
#include <string.h>

enum { HEAD = 6, LEAST = 2, COPY = 0, MARK = 1, PRODUCT = 2 };

/* Room for n more words at the end of the list. */
static uint64_t *list_more(WorkList *l, uint64_t n, Status *st) {
    if (l->n + n > l->cap) {
        uint64_t cap = 2 * l->cap + n + 256;
        uint64_t *grown = mem_resize(l->word, cap * sizeof *grown, "launches", st);
        if (!grown) return NULL;
        l->word = grown;
        l->cap = cap;
    }
    l->n += n;
    return l->word + l->n - n;
}

bool work_launch(Gpu *g, int kernel, int64_t grid, const uint64_t *arguments, int n, Status *st) {
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    uint64_t *at = list_more(&g->list, HEAD + (uint64_t)n, st);
    if (!at) return false;
    const uint64_t head[HEAD] = { (uint64_t)(uintptr_t)g->kernel[kernel].function, (uint64_t)grid,
                                  (uint64_t)k->threads, k->shared, (uint64_t)n, k->grid > 0 };
    memcpy(at, head, sizeof head);
    memcpy(at + HEAD, arguments, (size_t)n * sizeof *at);
    g->list.entries++;
    return true;
}

static bool add_head(Gpu *g, const uint64_t head[HEAD], Status *st) {
    uint64_t *at = list_more(&g->list, HEAD, st);
    if (!at) return false;
    memcpy(at, head, HEAD * sizeof *at);
    g->list.entries++;
    return true;
}

bool work_copy(Gpu *g, CuPtr to, CuPtr from, uint64_t bytes, Status *st) {
    return add_head(g, (uint64_t[HEAD]){ COPY, to, from, bytes }, st);
}

bool work_mark(Gpu *g, int mark, Status *st) {
    g->list.timed = true;
    return add_head(g, (uint64_t[HEAD]){ MARK, (uint64_t)mark }, st);
}

bool work_product(Gpu *g, int plan, const void *to, const void *a, const void *b, Status *st) {
    return add_head(g, (uint64_t[HEAD]){ PRODUCT, (uint64_t)plan, (uint64_t)(uintptr_t)to,
                                         (uint64_t)(uintptr_t)a, 0, (uint64_t)(uintptr_t)b }, st);
}

bool work_uses(const Gpu *g, CuPtr at, uint64_t bytes) {
    for (uint64_t i = 0; i < g->list.n; i++)
        if (g->list.word[i] >= at && g->list.word[i] < at + bytes) return true;
    return false;
}

/* ---- submitting ------------------------------------------------------------------------------*/
static const char *name_of(const Gpu *g, uint64_t function) {
    for (int i = 0; i < g->cuda->n_kernels; i++)
        if ((uint64_t)(uintptr_t)g->kernel[i].function == function) return g->cuda->kernels[i].name;
    return "a copy";
}

static bool submit_one(Gpu *g, const uint64_t *w, Status *st) {
    void *parameters[] = { (void *)(w + HEAD) };         /* one: the struct, by value */
    CuFunction f = (CuFunction)(uintptr_t)w[0];
    unsigned ctas = (unsigned)w[1], threads = (unsigned)w[2], shared = (unsigned)w[3];
    if (w[0] == MARK) return tune_mark(g, (int)w[1], st);
    if (w[0] == PRODUCT) return products_multiply(g, (int)w[1], w[2], w[3], w[5], st);
    CuResult r = w[0] == COPY ? g->d->copy(w[1], w[2], w[3], g->stream)
               : w[5] ? g->d->launch_together(f, ctas, 1, 1, threads, 1, 1, shared, g->stream,
                                              parameters)
               : g->d->launch(f, ctas, 1, 1, threads, 1, 1, shared, g->stream, parameters, NULL);
    return r == 0 || gpu_fail(g, r, st, "%s cannot be launched", name_of(g, w[0]));
}

/* Puts every entry of the list into the stream. */
static bool submit_each(Gpu *g, Status *st) {
    const WorkList *l = &g->list;
    for (uint64_t i = 0; i < l->n; i += HEAD + l->word[i + 4])
        if (!submit_one(g, l->word + i, st)) return false;
    return true;
}

/* The kept work that equals the list, or NULL. */
static Work *find(Gpu *g) {
    for (int i = 0; i < N_WORKS; i++) {
        Work *w = &g->work[i];
        if (w->n == g->list.n && memcmp(w->word, g->list.word, w->n * sizeof *w->word) == 0)
            return w;
    }
    return NULL;
}

static void forget(Gpu *g, Work *w) {
    if (w->graph) g->d->graph_exec_free(w->graph);
    mem_free(w->word);
    *w = (Work){ 0 };
}

/* Keeps the list in the place that was used least recently. */
static Work *keep(Gpu *g, Status *st) {
    Work *oldest = &g->work[0];
    for (int i = 1; i < N_WORKS; i++)
        if (g->work[i].used < oldest->used) oldest = &g->work[i];
    forget(g, oldest);
    oldest->word = mem_array(g->list.n, sizeof *oldest->word, "launches", st);
    if (!oldest->word) return NULL;
    memcpy(oldest->word, g->list.word, g->list.n * sizeof *oldest->word);
    oldest->n = g->list.n;
    return oldest;
}

/* Makes a graph of the list by capturing it. */
static bool capture(Gpu *g, Work *w, Status *st) {
    CuGraph graph = NULL;
    CuResult r = g->d->capture_begin(g->stream, CU_CAPTURE_THREAD_LOCAL);
    if (r != 0) return gpu_fail(g, r, st, "a graph cannot be made");
    bool ok = submit_each(g, st);
    r = g->d->capture_end(g->stream, &graph);            /* also when a launch was refused */
    if (ok && r == 0) r = g->d->graph_make(&w->graph, graph, 0);
    if (graph) g->d->graph_free(graph);
    return ok && (r == 0 || gpu_fail(g, r, st, "a graph cannot be made"));
}

bool work_submit(Gpu *g, Status *st) {
    WorkList *l = &g->list;
    if (l->n == 0) return true;
    bool ok;
    if (l->entries < LEAST || g->no_graphs || l->timed) ok = submit_each(g, st);
    else {
        Work *w = find(g);
        bool is_new = !w;
        if (is_new) w = keep(g, st);
        ok = w && (is_new || w->graph || capture(g, w, st));
        if (ok) w->used = ++g->submits;
        if (ok && is_new) ok = submit_each(g, st);
        else if (ok) {
            CuResult r = g->d->graph_launch(w->graph, g->stream);
            ok = r == 0 || gpu_fail(g, r, st, "a graph cannot be launched");
        }
    }
    l->n = l->entries = 0;
    l->timed = false;
    return ok;
}

void work_close(Gpu *g) {
    for (int i = 0; i < N_WORKS; i++) forget(g, &g->work[i]);
    mem_free(g->list.word);
}
