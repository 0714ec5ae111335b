/* program_interp.c - runs entries statement by statement in double: the oracle of whole programs.
 *
 * Needs interp.c. One context evaluates the graph of a step, so a value is computed once; states
 * are read from a table of versions that the write statements fill, so it does not matter when.
 * Promises: the state arrays change only when the whole step went through (no DO_CHECK failed). */
#include "graph/interp.h"
#include "graph/program.h"

#include <math.h>
#include <string.h>

typedef struct Step {
    const InterpRun *run;
    const Entry *entry;
    uint64_t step;
    Arena *arena;
    VEC(double *) *version;       /* [states]: the arrays of versions 0, 1, ... */
} Step;

static int64_t state_count(const Program *p, int state) {
    return shape_count(p->states.v[state].shape);
}

static double scalar_value(const Step *s, int64_t index) {
    switch (s->run->program->scalars.v[index].kind) {
    case SCALAR_ITER: return (double)s->step;
    case SCALAR_BATCH: return (double)s->run->batch;
    default: return s->run->scalar[index];
    }
}

static void fill_source(void *user, const Node *n, int64_t count, double *out) {
    const Step *s = user;
    switch (n->op) {
    case OP_SCALAR: out[0] = scalar_value(s, n->attr[0]); break;
    case OP_STATE:
        assert(n->attr[1] < s->version[n->attr[0]].n && "a version that is not written yet");
        memcpy(out, s->version[n->attr[0]].v[n->attr[1]], (size_t)count * sizeof *out);
        break;
    case OP_DATA:
        assert(s->run->data && "a program with data sets needs a data callback");
        s->run->data(s->run->user, n, s->step, count, out);
        break;
    default: assert(!"an input of a test graph in a program");
    }
}

static InterpEnv environment(Step *s) {
    return (InterpEnv){ .batch = s->run->batch, .seed = s->run->seed, .step = s->step,
                        .user = s, .source = fill_source };
}

static Step step_new(const InterpRun *r, const Entry *e, uint64_t step, Arena *a) {
    Step s = { .run = r, .entry = e, .step = step, .arena = a };
    s.version = arena_array(a, (size_t)r->program->states.n + 1, sizeof *s.version);
    for (int i = 0; i < r->program->states.n; i++)
        if (r->state[i])
            vec_push(a, &s.version[i], r->state[i]);
    return s;
}

/* ---- initial values ------------------------------------------------------------------------ */

void program_interp_init(InterpRun *r, Arena *a) {
    const Program *p = r->program;
    Arena *scratch = arena_new("initial values");
    r->state = NEW_ARRAY(a, double *, p->states.n + 1);
    r->scalar = NEW_ARRAY(a, double, p->scalars.n + 1);
    for (int i = 0; i < p->scalars.n; i++)
        r->scalar[i] = p->scalars.v[i].value;
    for (int i = 0; i < p->states.n; i++) {   /* in order: a state may start as a copy of another */
        Step s = step_new(r, NULL, 0, scratch);
        InterpEnv env = environment(&s);
        Interp *e = interp_new(p->init_graph, &env, NULL);
        size_t bytes = (size_t)state_count(p, i) * sizeof(double);
        double *v = arena_alloc(a, bytes);
        const State *state = &p->states.v[i];
        assert(state->init || (state->kind == STATE_EMA && state->of < i));
        memcpy(v, state->init ? interp_eval(e, state->init).v : r->state[state->of], bytes);
        r->state[i] = v;
        interp_free(e);
    }
    arena_free(scratch);
}

/* ---- statements ---------------------------------------------------------------------------- */

/* A new version of a state, as a copy of the current one. */
static double *new_version(Step *s, const DoStmt *d) {
    int64_t n = state_count(s->run->program, d->state);
    double *v = NEW_ARRAY(s->arena, double, n);
    assert(s->version[d->state].n == d->version && "versions count up by one");
    memcpy(v, s->version[d->state].v[d->version - 1], (size_t)n * sizeof *v);
    vec_push(s->arena, &s->version[d->state], v);
    return v;
}

/* The rows in ascending order, so that the highest sample wins a place that is written twice. */
static void write_rows(Step *s, Interp *e, const DoStmt *d) {
    const State *state = &s->run->program->states.v[d->state];
    int64_t rows = state->shape.dim[0], size = shape_count(state->shape) / rows;
    int64_t n = interp_count(s->run->batch, d->index->shape);
    const double *index = interp_eval(e, d->index).v, *value = interp_eval(e, d->value).v;
    double *to = new_version(s, d);
    for (int64_t k = 0; k < n; k++) {
        int64_t row = index[k] < 0 ? 0 : index[k] >= (double)rows ? rows - 1 : (int64_t)index[k];
        memcpy(to + row * size, value + k * size, (size_t)size * sizeof *to);
    }
}

/* The probability that a positive scores above a negative; ties count half. */
static double auroc(const double *pos, const double *neg, int64_t n) {
    double wins = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n; k++)
            wins += pos[i] > neg[k] ? 1 : pos[i] == neg[k] ? 0.5 : 0;
    return wins / ((double)n * (double)n);
}

static void put_out(Step *s, Interp *e, const DoStmt *d) {
    if (!s->run->output)
        return;
    int64_t n = interp_count(s->run->batch, d->value->shape);
    const double *v = interp_eval(e, d->value).v;
    double area;
    if (d->kind == DO_REPORT && d->report == REPORT_AUROC) {
        area = auroc(v, interp_eval(e, d->value2).v, n);
        v = &area, n = 1;
    }
    s->run->output(s->run->user, d, v, n);
}

/* False: a DO_CHECK saw a value that is not finite. */
static bool run_stmt(Step *s, Interp *e, const DoStmt *d) {
    switch (d->kind) {
    case DO_WRITE: {
        const double *v = interp_eval(e, d->value).v;
        memcpy(new_version(s, d), v,
               (size_t)state_count(s->run->program, d->state) * sizeof *v);
        break;
    }
    case DO_WRITE_ROWS: write_rows(s, e, d); break;
    case DO_CHECK: return isfinite(interp_eval(e, d->value).v[0]);
    case DO_UPDATE: assert(!"updates are expanded before a program is interpreted"); break;
    default: put_out(s, e, d);
    }
    return true;
}

void program_interp_step(InterpRun *r, const Entry *entry, uint64_t step, Arena *scratch) {
    Step s = step_new(r, entry, step, scratch);
    InterpEnv env = environment(&s);
    Interp *e = interp_new(entry->graph, &env, NULL);
    r->failed = NULL;
    for (int k = 0; k < entry->body.n && !r->failed; k++)
        if (!run_stmt(&s, e, &entry->body.v[k]))
            r->failed = &entry->body.v[k];
    for (int i = 0; !r->failed && i < r->program->states.n; i++)
        if (s.version[i].n > 1)
            memcpy(r->state[i], s.version[i].v[s.version[i].n - 1],
                   (size_t)state_count(r->program, i) * sizeof(double));
    interp_free(e);
}
