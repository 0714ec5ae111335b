/* program_interp.c - runs entries statement by statement in double: the oracle of whole programs.
 *
 * Needs interp.c. One context evaluates the graph for each run of a block (the step itself is one),
 * so a value is computed once in it; states are read from a table of versions that the statements
 * fill, so it does not matter when.
 * Promises: the state arrays change only when the whole step went through (no DO_CHECK failed). */
#include "graph/interp.h"
#include "graph/program.h"

#include <math.h>
#include <string.h>

typedef struct Step {
    InterpRun *run;
    const Entry *entry;
    uint64_t step;
    Arena *arena;
    VEC(double *) *version;       /* [states]: the arrays of versions 0, 1, ... */
    double **now;                 /* [states]: what memory holds */
    double *scalar;               /* [scalars]: INDEX and TURN */
} Step;

static int64_t state_count(const InterpRun *r, int state) {
    return interp_count(r->batch, r->program->states.v[state].shape);
}

static double scalar_value(const Step *s, int64_t index) {
    switch (s->run->program->scalars.v[index].kind) {
    case SCALAR_ITER: return (double)s->step;
    case SCALAR_BATCH: return (double)s->run->batch;
    case SCALAR_TRACKING: return 1;
    case SCALAR_INDEX: case SCALAR_TURN: return s->scalar[index];
    default: return s->run->scalar[index];
    }
}

static void fill_source(void *user, const Node *n, int64_t count, double *out) {
    const Step *s = user;
    switch (n->op) {
    case OP_SCALAR: out[0] = scalar_value(s, n->attr[0]); break;
    case OP_STATE:
        assert(n->attr[1] < s->version[n->attr[0]].n && s->version[n->attr[0]].v[n->attr[1]] &&
               "a version that is not written yet");
        memcpy(out, s->version[n->attr[0]].v[n->attr[1]], (size_t)count * sizeof *out);
        break;
    case OP_DATA:
        assert(s->run->data && "a program with data sets needs a data callback");
        s->run->turn = n->n_attr == 4 ? (uint64_t)s->scalar[n->attr[3]] : 0;
        s->run->data(s->run->user, n, s->step, count, out);
        break;
    default: assert(!"an input of a test graph in a program");
    }
}

static InterpEnv environment(Step *s) {
    return (InterpEnv){ .batch = s->run->batch, .seed = s->run->seed, .step = s->step,
                        .user = s, .source = fill_source };
}

static Step step_new(InterpRun *r, const Entry *e, uint64_t step, Arena *a) {
    Step s = { .run = r, .entry = e, .step = step, .arena = a };
    s.version = arena_array(a, (size_t)r->program->states.n + 1, sizeof *s.version);
    s.now = NEW_ARRAY(a, double *, r->program->states.n + 1);
    s.scalar = NEW_ARRAY(a, double, r->program->scalars.n + 1);
    for (int i = 0; i < r->program->states.n; i++)
        if (r->state[i])
            vec_push(a, &s.version[i], s.now[i] = r->state[i]);
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
        if (!state_is_kept(&p->states.v[i]))
            continue;
        Step s = step_new(r, NULL, 0, scratch);
        InterpEnv env = environment(&s);
        Interp *e = interp_new(p->init_graph, &env, NULL);
        size_t bytes = (size_t)state_count(r, i) * sizeof(double);
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

/* What memory holds is the state's version `version` from now on. */
static void set_version(Step *s, int state, int version) {
    while (s->version[state].n <= version)
        vec_push(s->arena, &s->version[state], NULL);
    s->version[state].v[version] = s->now[state];
}

/* A new version of a state, as a copy of the current one. */
static double *new_version(Step *s, const DoStmt *d) {
    int64_t n = state_count(s->run, d->state);
    double *v = NEW_ARRAY(s->arena, double, n);
    if (s->now[d->state])
        memcpy(v, s->now[d->state], (size_t)n * sizeof *v);
    s->now[d->state] = v;
    set_version(s, d->state, d->version);
    return v;
}

/* A negative index writes nothing. The rows in ascending order, so that the highest sample wins a
 * place that is written twice. */
static void write_rows(Step *s, Interp *e, const DoStmt *d) {
    const State *state = &s->run->program->states.v[d->state];
    int64_t rows = state->shape.dim[0], size = shape_count(state->shape) / rows;
    int64_t n = interp_count(s->run->batch, d->index->shape);
    const double *index = interp_eval(e, d->index).v, *value = interp_eval(e, d->value).v;
    double *to = new_version(s, d);
    for (int64_t k = 0; k < n; k++) {
        int64_t row = index[k] >= (double)rows ? rows - 1 : (int64_t)index[k];
        if (index[k] < 0)
            continue;
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
               (size_t)state_count(s->run, d->state) * sizeof *v);
        break;
    }
    case DO_WRITE_ROWS: write_rows(s, e, d); break;
    case DO_VERSION: set_version(s, d->state, d->version); break;
    case DO_CHECK: return isfinite(interp_eval(e, d->value).v[0]);
    case DO_RUN: break;
    case DO_UPDATE: assert(!"updates are expanded before a program is interpreted"); break;
    default: put_out(s, e, d);
    }
    return true;
}

/* A block in progress: statements [begin, end) in a context of their own. */
typedef struct Block { Interp *e; int begin, end; double trip, index; } Block;
typedef VEC(Block) Blocks;

static void block_start(Step *s, Block *b) {
    InterpEnv env = environment(s);
    b->e = interp_new(s->entry->graph, &env, NULL);
}

static void block_open(Step *s, Blocks *open, int begin, double trip) {
    Block b = { .begin = begin, .end = entry_block_end(s->entry, begin - 1), .trip = trip };
    block_start(s, &b);
    vec_push(s->arena, open, b);
}

/* The statement behind the end of the block or blocks that statement k opens. */
static int behind(const Entry *e, int k) {
    int end = entry_block_end(e, k);
    return e->body.v[end].kind == DO_ELSE ? entry_block_end(e, end) + 1 : end + 1;
}

/* At the end of a block, or where it is left: the next statement. */
static int block_end(Step *s, Blocks *open, bool leave) {
    Block *b = &open->v[open->n - 1];
    const DoStmt *opener = b->begin ? &s->entry->body.v[b->begin - 1] : NULL;
    bool again = false;
    interp_free(b->e);
    if (opener && opener->kind == DO_REPEAT) {
        again = !leave && ++b->index < b->trip;
        if (opener->index_scalar >= 0)
            s->scalar[opener->index_scalar] = b->index;
        if (opener->turn_scalar >= 0)
            s->scalar[opener->turn_scalar]++;
    }
    if (again) {
        block_start(s, b);
        return b->begin;
    }
    open->n--;
    return opener ? behind(s->entry, b->begin - 1) : s->entry->body.n;
}

/* Enters the block of a REPEAT or IF, or passes it: the next statement. */
static int block_enter(Step *s, Blocks *open, int k, double value) {
    const DoStmt *d = &s->entry->body.v[k];
    int begin = 0;
    if (d->kind == DO_REPEAT) {
        if (d->index_scalar >= 0)
            s->scalar[d->index_scalar] = 0;
        begin = value > 0 ? k + 1 : 0;
    } else {
        int other = entry_block_end(s->entry, k);
        bool has_other = s->entry->body.v[other].kind == DO_ELSE;
        begin = value != 0 ? k + 1 : has_other ? other + 1 : 0;
    }
    if (begin == 0)
        return behind(s->entry, k);
    block_open(s, open, begin, value);
    return begin;
}

/* Runs the entry's statements; the DO_CHECK that failed, or NULL. */
static const DoStmt *run_body(Step *s) {
    const Entry *entry = s->entry;
    Blocks open = { 0 };
    const DoStmt *failed = NULL;
    block_open(s, &open, 0, 1);
    for (int k = 0; open.n > 0 && !failed;) {
        Block *b = &open.v[open.n - 1];
        const DoStmt *d = &entry->body.v[k];
        if (k == b->end)
            k = block_end(s, &open, false);
        else if (stmt_opens(d->kind))
            k = block_enter(s, &open, k, d->value ? interp_eval(b->e, d->value).v[0] : INFINITY);
        else if (d->kind == DO_LEAVE)
            k = interp_eval(b->e, d->value).v[0] != 0 ? k + 1 : block_end(s, &open, true);
        else if (!run_stmt(s, b->e, d))
            failed = d;
        else
            k++;
    }
    for (int i = 0; i < open.n; i++)
        interp_free(open.v[i].e);
    return failed;
}

void program_interp_step(InterpRun *r, const Entry *entry, uint64_t step, Arena *scratch) {
    Step s = step_new(r, entry, step, scratch);
    r->failed = run_body(&s);
    for (int i = 0; !r->failed && i < r->program->states.n; i++)
        if (r->state[i] && s.now[i] != r->state[i])
            memcpy(r->state[i], s.now[i], (size_t)state_count(r, i) * sizeof(double));
}
