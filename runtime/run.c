/* run.c - see run.h; also the functions that a generated plan calls (ebm.h).
 *
 * A plan function that runs out of memory leaves the step by longjmp to run_step: the pool is idle
 * between launches, so nothing else is on the way. */
#include "run.h"
#include "array.h"
#include "console.h"
#include "device.h"
#include "memory.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- making and freeing ----------------------------------------------------------------------*/
uint64_t run_state_bytes(const EbmProgram *p) {
    uint64_t total = 0;
    for (int i = 0; i < p->n_states; i++) total += tensor_bytes(&p->states[i].tensor);
    return total;
}

/* Zeroed memory for every state. */
static bool make_states(EbmRun *run, Status *st) {
    const EbmProgram *p = run->program;
    if (!mem_check(run_state_bytes(p), "the program's state", st)) return false;
    run->state = mem_array((uint64_t)p->n_states + 1, sizeof *run->state, "states", st);
    if (!run->state) return false;
    for (int i = 0; i < p->n_states; i++) {
        run->state[i] = mem_alloc(tensor_bytes(&p->states[i].tensor), p->states[i].name, st);
        if (!run->state[i]) return false;
    }
    return true;
}

/* Room for the rows of each draw of a set. */
static bool make_rows(EbmRun *run, int set, int draws, Status *st) {
    run->draws[set] = mem_array((uint64_t)draws, sizeof **run->draws, "data rows", st);
    if (!run->draws[set]) return false;
    for (int k = 0; k < draws; k++) {
        RowDraw *d = &run->draws[set][k];
        d->step = UINT64_MAX;
        d->row = mem_array((uint64_t)run->batch, sizeof *d->row, "data rows", st);
        if (!d->row) return false;
    }
    return true;
}

/* Whether two runs take a set from the same files. */
static bool same_paths(const EbmRun *a, const EbmRun *b, int set) {
    const SettingPaths *x = &a->settings->paths[set], *y = &b->settings->paths[set];
    bool same = x->n == y->n;
    for (int k = 0; same && k < x->n; k++) same = strcmp(x->path[k], y->path[k]) == 0;
    return same;
}

/* Loads the sets that the entry draws from. */
static bool make_data(EbmRun *run, Status *st) {
    const EbmProgram *p = run->program;
    uint64_t n = (uint64_t)p->n_data + 1;
    run->data = mem_array(n, sizeof *run->data, "data sets", st);
    run->draws = mem_array(n, sizeof *run->draws, "data sets", st);
    if (!run->data || !run->draws) return false;
    for (int i = 0; i < p->n_data; i++) {
        int draws = run->entry->data_draws ? run->entry->data_draws[i] : 0;
        const SettingPaths *paths = &run->settings->paths[i];
        run->data[i].desc = &p->data[i];
        if (draws == 0) continue;
        if (paths->n == 0)
            return status_fail(st, RT_USAGE, "data set %s has no file: give %s=FILE",
                               p->data[i].name, p->data[i].name);
        const DataSet *shared = run->host && same_paths(run->host, run, i) ? &run->host->data[i]
            : NULL;
        if (shared && shared->n > 0) run->data[i] = *shared;
        else if (!data_load(&run->data[i], &p->data[i], (const char *const *)paths->path, paths->n,
                            st))
            return false;
        if (draws > 0 && !make_rows(run, i, draws, st)) return false;
    }
    return true;
}

/* Threads, each with scratch for the hungriest kernel. */
static bool make_pool(EbmRun *run, int threads, Status *st) {
    const EbmProgram *p = run->program;
    uint64_t scratch = 64;
    for (int i = 0; i < p->n_kernels; i++)
        if (p->kernels[i].scratch > scratch) scratch = p->kernels[i].scratch;
    if (!mem_check(scratch * (uint64_t)threads, "the threads' scratch space", st)) return false;
    run->pool = pool_new(threads, scratch, st);
    return run->pool != NULL;
}

void run_copy_ema(EbmRun *run) {
    for (int i = 0; i < run->program->n_states; i++) {
        const EbmStateDesc *s = &run->program->states[i];
        if (s->kind == EBM_EMA && s->of >= 0)
            memcpy(run->state[i], run->state[s->of], tensor_bytes(&s->tensor));
    }
}

/* Temporary storage of a step, where its kernels run. */
static void *block_new(EbmRun *run, uint64_t bytes, const char *what, Status *st) {
    if (run->gpu) return gpu_alloc(run->gpu, bytes, what, st);
    return mem_check(bytes, what, st) ? mem_alloc(bytes, what, st) : NULL;
}

static void block_free(EbmRun *run, void *block) {
    if (run->gpu) gpu_free(run->gpu, block);
    else mem_free(block);
}

/* Room for the scalars that a plan computes, of either device. */
static bool make_scalars(EbmRun *run, Status *st) {
    int n_f, n_i;
    device_slots(run->program, &n_f, &n_i);
    run->s.f = mem_array((uint64_t)n_f + 1, sizeof *run->s.f, "scalars", st);
    run->s.i = mem_array((uint64_t)n_i + 1, sizeof *run->s.i, "scalars", st);
    return run->s.f && run->s.i;
}

/* Remembers the first value that is not finite. */
static bool note_check(EbmRun *run, float value, const char *what, uint64_t step) {
    if (first_non_finite(&value, 1) < 0) return true;
    if (!run->diverged[0]) {
        snprintf(run->diverged, sizeof run->diverged, "%s", what);
        run->bad_step = step;
    }
    return false;
}

/* False when something was not finite: st says what. */
static bool stays_finite(EbmRun *run, Status *st) {
    if (!run->diverged[0]) return true;
    run->is_unmet = run->diverged[0] == '!';
    if (run->is_unmet) return status_fail(st, RT_DIVERGED, "%s", run->diverged + 1);
    return status_fail(st, RT_DIVERGED, "%s is not finite", run->diverged);
}

/* Starts what a step has launched, its checks last. */
static bool submit_step(EbmRun *run, Status *st) {
    int n = run->n_new;
    run->n_new = 0;
    if (n == 0) return gpu_submit(run->gpu, st);
    run->n_checks += n;
    return gpu_collect(run->gpu, run->n_checks - n, n, st);
}

/* Calls a function of the plan; false when it left through escape() or found divergence. */
static bool call_plan(EbmRun *run, void (*fn)(EbmRun *), Status *st) {
    run->status = st;
    run->diverged[0] = '\0';
    run->is_unmet = false;
    if (setjmp(run->escape) != 0) return false;
    fn(run);
    block_free(run, run->retired);
    run->retired = NULL;
    return (!run->gpu || submit_step(run, st)) && (!run->is_tracking || run_settle(run, st))
        && stays_finite(run, st);
}

bool run_settle(EbmRun *run, Status *st) {
    if (run->gpu && !submit_step(run, st)) return false;
    int n = run->n_checks;
    if ((n > 0 || run->ahead > 0) && !gpu_wait(run->gpu, st)) return false;
    run->n_checks = run->ahead = 0;
    for (int i = 0; i < n && !run->diverged[0]; i++)
        note_check(run, gpu_watched(run->gpu, i), run->check[i].what, run->check[i].step);
    return stays_finite(run, st);
}

bool run_new(EbmRun *run, const EbmProgram *p, const Settings *settings, int threads, Status *st) {
    *run = (EbmRun){ .program = p, .entry = settings->entry, .settings = settings,
                     .batch = settings->batch, .metrics.file.fd = -1 };
    run->s = (EbmScalars){ .seed = settings->seed, .batch = settings->batch };
    run->asked = mem_array((uint64_t)run->entry->n_runs + 1, sizeof *run->asked, "runs", st);
    run->said = mem_array((uint64_t)run->entry->n_outputs + 1, sizeof *run->said, "outputs", st);
    if (run->asked && run->said && make_scalars(run, st) && make_states(run, st) &&
        make_data(run, st)
        && make_pool(run, threads, st) && call_plan(run, p->init, st)) {
        run_copy_ema(run);
        return true;
    }
    run_free(run);
    return false;
}

bool run_new_inside(EbmRun *run, const EbmRun *host, const Settings *settings, Status *st) {
    const EbmProgram *p = host->program;
    *run = (EbmRun){ .program = p, .entry = settings->entry, .settings = settings, .host = host,
                     .batch = settings->batch, .metrics.file.fd = -1, .pool = host->pool,
                     .state = host->state, .gpu = host->gpu, .gpu_state = host->gpu_state };
    run->s = (EbmScalars){ .seed = host->s.seed, .epoch = host->s.epoch, .batch = settings->batch };
    if (make_scalars(run, st) && make_data(run, st)) return true;
    run_free(run);
    return false;
}

void run_use_gpu(EbmRun *run, Gpu *gpu) {
    block_free(run, run->arena);                 /* of the initialisation, on the CPU */
    run->arena = NULL;
    run->arena_size = 0;
    run->gpu = gpu;
}

void run_free(EbmRun *run) {
    if (!run->program) return;
    block_free(run, run->arena);
    block_free(run, run->retired);
    if (run->gpu) run_gpu_free(run);
    if (!run->host) pool_free(run->pool);
    for (int i = 0; !run->host && run->state && i < run->program->n_states; i++)
        mem_free(run->state[i]);
    for (int i = 0; run->data && i < run->program->n_data; i++) {
        int draws = run->entry->data_draws ? run->entry->data_draws[i] : 0;
        for (int k = 0; run->draws && run->draws[i] && k < draws; k++)
            mem_free(run->draws[i][k].row);
        if (run->draws) mem_free(run->draws[i]);
        bool shared = run->host && run->host->data[i].field == run->data[i].field;
        if (run->data[i].desc && !shared) data_free(&run->data[i]);
    }
    metrics_close(&run->metrics);
    outputs_free(&run->outputs);
    if (!run->host) mem_free(run->state);
    mem_free(run->asked);
    mem_free(run->said);
    mem_free(run->data);
    mem_free(run->draws);
    mem_free(run->s.f);
    mem_free(run->s.i);
    mem_free(run->fetched);
    *run = (EbmRun){ 0 };
}

bool run_step(EbmRun *run, uint64_t step, int64_t rows, Status *st) {
    run->s.step = step;
    run->s.batch = rows;
    if (!run->gpu) return call_plan(run, run->entry->step, st);
    if (run->ahead == GPU_CHECKS && !run_settle(run, st)) return false;
    run->ahead++;
    return run_gpu_begin(run, st)
        && call_plan(run, gpu_step(run->gpu, (int)(run->entry - run->program->entries)), st);
}

/* Ends the step in progress; run_step returns false with the status as it is. */
static _Noreturn void escape(EbmRun *run) { longjmp(run->escape, 1); }

/* A plan that breaks its contract with this header: always a bug of the compiler. */
static _Noreturn void internal(EbmRun *run, const char *what) {
    status_fail(run->status, RT_INTERNAL, "internal error in the generated plan: %s", what);
    escape(run);
}

/* ---- what a plan calls -----------------------------------------------------------------------*/
EbmScalars *ebm_scalars(EbmRun *run) { return &run->s; }

static uint64_t run_epoch(const EbmRun *run) {
    for (int i = 0; i < run->program->n_data; i++) {
        int draws = run->entry->data_draws ? run->entry->data_draws[i] : 0;
        if (draws <= 0 || run->entry->mode != EBM_TRAIN) continue;
        return data_epoch(&run->data[i], run->s.step * (uint64_t)draws, run->s.batch);
    }
    return 0;
}

double ebm_scalar(EbmRun *run, int index) {
    assert(index >= 0 && index < run->program->n_scalars);
    switch (run->program->scalars[index].kind) {
    case EBM_ITER:  return (double)run->s.step;
    case EBM_STEPS: return (double)run->settings->steps;
    case EBM_BATCH: return (double)run->s.batch;
    case EBM_TRACKING: return run->is_tracking;
    case EBM_EPOCH: return (double)run_epoch(run);
    case EBM_EXAMPLES: return (double)run->data[(int)run->program->scalars[index].value].n;
    default:        return run->settings->scalar[index];
    }
}

void *ebm_state(EbmRun *run, int state) {
    assert(state >= 0 && state < run->program->n_states);
    return run->gpu ? run->gpu_state[state] : run->state[state];
}

void *ebm_arena(EbmRun *run, size_t bytes) {
    if (bytes <= run->arena_size && run->arena) return run->arena;
    char what[200];
    snprintf(what, sizeof what, "a step of %.100s at batch %lld", run->entry->name,
             (long long)run->batch);
    uint64_t rounded;
    if (!mem_add(bytes, 4095, &rounded)) rounded = UINT64_MAX;
    rounded &= ~(uint64_t)4095;
    /* the old block is given back first unless this step may still use it */
    if (run->retired) internal(run, "more than two arenas in one step");
    run->retired = run->arena;
    run->arena = NULL;
    run->arena_size = 0;
    run->arena = block_new(run, rounded, what, run->status);
    if (!run->arena) escape(run);
    run->arena_size = rounded;
    return run->arena;
}

int64_t ebm_piece(EbmRun *run, int tile, size_t bytes) {
    const int64_t pad = (run->s.batch + EBM_BLOCK - 1) / EBM_BLOCK * EBM_BLOCK;
    return ebm_piece_rows(pool_threads(run->pool), tile, bytes, pad);
}

/* Copies a number that a kernel has written. */
static void read_number(EbmRun *run, const void *value, void *out) {
    if (!run->gpu) memcpy(out, value, 4);
    else if (!gpu_download(run->gpu, out, value, 4, run->status)) escape(run);
}

float ebm_read_f32(EbmRun *run, const void *value) {
    float x;
    read_number(run, value, &x);
    return x;
}

int32_t ebm_read_i32(EbmRun *run, const void *value) {
    int32_t x;
    read_number(run, value, &x);
    return x;
}

void ebm_launch(EbmRun *run, int kernel, void *const *buf, int64_t units) {
    if (run->gpu) {
        if (!gpu_launch(run->gpu, kernel, buf, &run->s, units, run->status)) escape(run);
        return;
    }
    assert(kernel >= 0 && kernel < run->program->n_kernels);
    pool_launch(run->pool, run->program->kernels[kernel].fn, buf, &run->s, units);
}

const void *ebm_data_field(EbmRun *run, int set, int field) {
    assert(set >= 0 && set < run->program->n_data && field >= 0);
    if (run->data[set].n == 0) internal(run, "a data set that the entry does not declare");
    if (!run->gpu) return run->data[set].field[field];
    const void *copy = run_gpu_field(run, set, field, run->status);
    if (!copy) escape(run);
    return copy;
}

const int32_t *ebm_data_rows(EbmRun *run, int set, int ordinal) {
    return ebm_data_rows_on(run, set, ordinal, 0);
}

/* Fills a draw with its rows for this step. */
static void draw_rows(EbmRun *run, const DataSet *d, int draws, int ordinal, RowDraw *draw) {
    if (run->entry->mode == EBM_TRAIN) {
        data_rows_train(d, data_seed_of_turn(run->s.seed, draw->turn), run->s.step, draws, ordinal,
                        run->s.batch, draw->row);
        return;
    }
    int64_t first = (int64_t)run->s.step * run->batch * draws + ordinal * run->s.batch;
    if (first + run->s.batch > d->n) internal(run, "rows beyond the end of a data set");
    for (int64_t i = 0; i < run->s.batch; i++) draw->row[i] = (int32_t)(first + i);
}

const int32_t *ebm_data_rows_on(EbmRun *run, int set, int ordinal, int64_t turn) {
    assert(set >= 0 && set < run->program->n_data);
    const DataSet *d = &run->data[set];
    int draws = run->entry->data_draws ? run->entry->data_draws[set] : 0;
    if (d->n == 0 || ordinal < 0 || ordinal >= draws)
        internal(run, "a draw from a data set that the entry does not declare");
    RowDraw *draw = &run->draws[set][ordinal];
    if (draw->step == run->s.step && draw->turn == (uint64_t)turn)
        return run->gpu ? draw->on_gpu : draw->row;
    draw->step = run->s.step;
    draw->turn = (uint64_t)turn;
    draw_rows(run, d, draws, ordinal, draw);
    if (!run->gpu) return draw->row;
    const int32_t *rows = run_gpu_rows(run, draw, run->status);
    if (!rows) escape(run);
    return rows;
}

bool ebm_check(EbmRun *run, const float *value, const char *what) {
    if (run->gpu && !run_settle(run, run->status)) escape(run);  /* an earlier one counts first */
    return note_check(run, *value, what, run->s.step);
}

bool ebm_check_at(EbmRun *run, const void *value, const char *what) {
    if (!run->gpu) return ebm_check(run, value, what);
    if (run->n_checks + run->n_new == GPU_CHECKS && !run_settle(run, run->status)) escape(run);
    run->check[run->n_checks + run->n_new] = (struct RunCheck){ what, run->s.step };
    if (!gpu_watch(run->gpu, run->n_new++, value, run->status)) escape(run);
    return true;
}

void ebm_run_entry(EbmRun *run, int k) {
    assert(k >= 0 && k < run->entry->n_runs);
    run->asked[k] = true;
}

bool ebm_tracking(EbmRun *run) { return run->is_tracking; }

/* What a sampler's step and noise imply, unless that is what its energy says. */
static void say_temperature(const char *name, float value) {
    if (fabsf(value - 1) > 1e-5f)
        console_note("note: %s is %.3g (the chains' density is exp(-E/T))", name, (double)value);
}

void ebm_scalar_out(EbmRun *run, int output, const float *value) {
    assert(output >= 0 && output < run->entry->n_outputs);
    const EbmOutputDesc *d = &run->entry->outputs[output];
    if (d->kind == EBM_NOTE) {
        if (!run->said[output] && !run->host) say_temperature(d->name, *value);
        run->said[output] = true;
        return;
    }
    if (run->entry->mode != EBM_TRAIN) outputs_scalar(&run->outputs, output, *value, run->s.batch);
    else if (run->is_tracking) metrics_set(&run->metrics, output, *value);
}

void ebm_rows_out(EbmRun *run, int output, const void *rows, const void *rows2) {
    assert(output >= 0 && output < run->entry->n_outputs);
    if (run->entry->mode == EBM_TRAIN) internal(run, "rows written by a training step");
    if (!run->gpu) outputs_rows(&run->outputs, output, rows, rows2, run->s.batch);
    else if (!run_gpu_rows_out(run, output, rows, rows2, run->status)) escape(run);
}
