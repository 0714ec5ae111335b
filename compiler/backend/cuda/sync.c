/* sync.c - the barriers of a kernel: before a phase that reads or overwrites what another thread
 * touched since the last one, and nowhere else.
 *
 * While text is written, cuda_phase and cuda_touch keep a list of events; once scratch has offsets,
 * cuda_barriers walks it. A walk keeps the touches since the last barrier and goes round every loop
 * twice, so that the end of a turn meets the start of the next.
 * Promises: with the barriers no two threads meet at an address; without any one of them some
 * do. */
#include "backend/cuda/cuda.h"

#include <stdlib.h>
#include <string.h>

void cuda_phase(Emit *e) {
    if (!e->cuda)
        return;
    vec_push(e->a, &e->cuda->events, ((Event){ .kind = EVENT_PHASE, .phase = e->cuda->phases }));
    emit_line(e, "@%d", e->cuda->phases++);
}

void cuda_loop(Emit *e, bool begin) {
    if (e->cuda)
        vec_push(e->a, &e->cuda->events, ((Event){ .kind = begin ? EVENT_LOOP : EVENT_END }));
}

void cuda_touch(Emit *e, const Place *p, bool write, const char *flat) {
    if (!e->cuda || p->scratch < 0)
        return;
    bool own = e->own && flat && strcmp(flat, e->own) == 0;
    if (e->lanes != (p->kind == PLACE_TILE))
        own = false;
    Event t = { .kind = EVENT_TOUCH, .scratch = p->scratch, .write = write,
                .map = !own ? MAP_ANY : p->kind != PLACE_TILE ? MAP_FLAT
                     : e->cuda->outputs ? MAP_DENSE : MAP_LANES, .outputs = e->cuda->outputs };
    vec_push(e->a, &e->cuda->events, t);
}

void cuda_touch_load(Emit *e, const Place *p) {
    Event t = { .kind = EVENT_TOUCH, .scratch = p->scratch, .write = true, .map = MAP_ANY };
    if (e->cuda)
        vec_push(e->a, &e->cuda->loads, t);
}

void cuda_touch_start(Emit *e, int buffer) {
    Event t = { .kind = EVENT_TOUCH, .scratch = -1 - buffer, .write = true, .map = MAP_FLAT };
    if (e->cuda)
        vec_push(e->a, &e->cuda->starts, t);
}

void cuda_touch_partial(Emit *e, int buffer, bool write, Map map) {
    vec_push(e->a, &e->cuda->events, ((Event){ .kind = EVENT_TOUCH, .scratch = -1 - buffer,
                                               .write = write, .map = map }));
}

/* ---- walks ---------------------------------------------------------------------------------- */

/* A barrier before `phase`, for what happened at `first` and again at `second`. */
typedef struct Decision { int phase, first, second; } Decision;
typedef struct Walk {
    Emit *e;
    bool *barrier;                /* [phases] */
    bool decide;                  /* places barriers; else only looks for a conflict */
    bool bad;
    VEC(Decision) decisions;
    VEC(Event) pending;           /* touches since the last barrier */
    int phase, at;                /* the phase, and where its touches begin in `pending` */
} Walk;

static bool conflict(const Walk *w, const Event *a, const Event *b) {
    if (!a->write && !b->write)
        return false;
    if (a->scratch < 0 || b->scratch < 0)
        return a->scratch == b->scratch && (a->map == MAP_ANY || a->map != b->map);
    const Scratch *x = &w->e->scratch.v[a->scratch], *y = &w->e->scratch.v[b->scratch];
    if ((x->weights && x->device) || (y->weights && y->device))
        return false;
    int S = cuda_stride(w->e->cuda, w->e->cuda->tile);
    uint64_t nx = x->floats * (x->tile ? (uint64_t)S : 1) * 4;
    uint64_t ny = y->floats * (y->tile ? (uint64_t)S : 1) * 4;
    if (x->device != y->device || x->offset >= y->offset + ny || y->offset >= x->offset + nx)
        return false;
    return a->map == MAP_ANY || a->map != b->map || x->offset != y->offset ||
           (a->map == MAP_DENSE && a->outputs != b->outputs);
}

static void clear_before(Walk *w, int n) {
    memmove(w->pending.v, w->pending.v + n, (size_t)(w->pending.n - n) * sizeof(Event));
    w->pending.n -= n;
    w->at = 0;
}

static void keep(Walk *w, const Event *v) {
    for (int k = w->at; k < w->pending.n; k++) {
        const Event *p = &w->pending.v[k];
        if (p->scratch == v->scratch && p->write == v->write && p->map == v->map &&
            p->outputs == v->outputs)
            return;
    }
    vec_push(w->e->a, &w->pending, *v);
}

static void touch(Walk *w, const Event *v) {
    int last = -1;
    for (int k = 0; k < w->pending.n; k++)
        if (conflict(w, &w->pending.v[k], v)) {
            assert(k < w->at && "a phase touches what another thread writes in it");
            w->bad = !w->decide;
            last = k;
            if (w->bad)
                return;
        }
    if (last >= 0) {
        w->barrier[w->phase] = true;
        vec_push(w->e->a, &w->decisions, ((Decision){ w->phase, w->pending.v[last].at, v->at }));
        clear_before(w, w->at);
    }
    keep(w, v);
}

/* Events [begin, end), and those of the loops in it twice. */
static void walk(Walk *w, const Event *v, int begin, int end) {
    for (int k = begin; k < end && !w->bad; k++) {
        int depth = 1, close = k + 1;
        switch (v[k].kind) {
        case EVENT_TOUCH: touch(w, &v[k]); break;
        case EVENT_PHASE:
            w->phase = v[k].phase, w->at = w->pending.n;
            if (w->barrier[w->phase])
                clear_before(w, w->pending.n);
            break;
        case EVENT_END: break;
        case EVENT_UNIT:
            for (int j = w->pending.n; j-- > 0;)
                if (w->pending.v[j].scratch < 0)
                    w->pending.v[j] = w->pending.v[--w->pending.n];
            break;
        case EVENT_LOOP: {
            for (; depth; close++)
                depth += v[close].kind == EVENT_LOOP ? 1 : v[close].kind == EVENT_END ? -1 : 0;
            int n = w->pending.n;                 /* a loop may run no turn */
            Event *before = xalloc(sizeof(Event) * (size_t)(n + 1), "barriers");
            if (n > 0) memcpy(before, w->pending.v, sizeof(Event) * (size_t)n);
            for (int turn = 0; turn < 2; turn++)
                walk(w, v, k + 1, close - 1);
            w->at = 0;
            for (int j = 0; j < n; j++)
                keep(w, &before[j]);
            w->at = w->pending.n;
            xfree(before);
            k = close - 1;
        }
        }
    }
}

static bool sound(Walk *w, const Event *v, int n) {
    w->pending.n = 0, w->at = 0, w->bad = false;
    walk(w, v, 0, n);
    return !w->bad;
}

/* Whether a barrier that was placed after decision k stands between its two touches. */
static bool maybe_needless(const Walk *w, int k, const int *place) {
    const Decision *d = &w->decisions.v[k];
    for (int j = k + 1; j < w->decisions.n; j++) {
        int q = place[w->decisions.v[j].phase];
        if (d->first < d->second ? q > d->first && q < d->second : q > d->first || q < d->second)
            return true;
    }
    return false;
}

/* Which phases begin with a barrier. */
static const bool *decide(Emit *e) {
    Cuda *c = e->cuda;
    Walk w = { .e = e, .barrier = NEW_ARRAY(e->a, bool, c->phases + 1), .decide = true };
    int *place = NEW_ARRAY(e->a, int, c->phases + 1);
    for (int k = 0; k < c->events.n; k++) {
        c->events.v[k].at = k;
        if (c->events.v[k].kind == EVENT_PHASE)
            place[c->events.v[k].phase] = k;
    }
    walk(&w, c->events.v, 0, c->events.n);
    w.decide = false;
    assert(sound(&w, c->events.v, c->events.n));
    for (int k = 0; k < w.decisions.n; k++) {     /* one that a later decision made needless */
        int phase = w.decisions.v[k].phase;
        if (!maybe_needless(&w, k, place))
            continue;
        w.barrier[phase] = false;
        if (!sound(&w, c->events.v, c->events.n))
            w.barrier[phase] = true;
    }
    return w.barrier;
}

const char *cuda_barriers(Emit *e, const char *text, int *count) {
    const bool *barrier = decide(e);
    Text t = { 0 };
    *count = 0;
    for (const char *s = text; *s;) {
        const char *end = strchr(s, '\n'), *at = s;
        while (*at == ' ')
            at++;
        if (*at != '@') {
            text_add_n(&t, s, (size_t)(end - s) + 1);
        } else if (barrier[strtol(at + 1, NULL, 10)]) {
            text_printf(&t, "%.*s%s;\n", (int)(at - s), s,
                        e->cuda->grid ? "ebm_grid_sync(barrier)" : "__syncthreads()");
            ++*count;
        }
        s = end + 1;
    }
    const char *r = P(e, "%s", t.data);
    text_free(&t);
    return r;
}
