/* fake_runtime.c - compiled with emitted C into one shared object; see fake_runtime.h. */
#include "fake_runtime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const EbmProgram ebm_program;

static void *poisoned(size_t bytes) {
    void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
    memset(p, 0xff, bytes);
    return p;
}

EbmScalars *ebm_scalars(EbmRun *run) { return &run->s; }
double ebm_scalar(EbmRun *run, int index) {
    switch (run->program->scalars[index].kind) {
    case EBM_ITER: return (double)run->s.step;
    case EBM_STEPS: return (double)run->steps;
    case EBM_BATCH: return (double)run->batch;
    default: return run->scalar[index];
    }
}
void *ebm_state(EbmRun *run, int state) { return run->state[state]; }
void *ebm_arena(EbmRun *run, size_t bytes) {
    free(run->arena);
    return run->arena = poisoned(run->arena_size = bytes);
}
int64_t ebm_piece(EbmRun *run, int tile, size_t bytes) {
    const int64_t pad = (run->s.batch + EBM_BLOCK - 1) / EBM_BLOCK * EBM_BLOCK;
    return ebm_piece_rows(1, tile, EBM_PIECE_BYTES, pad);   /* the smallest */
}
float ebm_read_f32(EbmRun *run, const void *value) { return *(const float *)value; }
int32_t ebm_read_i32(EbmRun *run, const void *value) { return *(const int32_t *)value; }
void ebm_launch(EbmRun *run, int kernel, void *const *buf, int64_t units) {
    if (run->gpu && run->on_gpu) {
        run->launches++;
        run->gpu(run->program->cuda, kernel, buf, &run->s, units);
        return;
    }
    const EbmKernel *k = &run->program->kernels[kernel];
    run->launches++;
    for (int i = run->ranges - 1; i >= 0; i--) {
        EbmRange r = { units * i / run->ranges, units * (i + 1) / run->ranges };
        void *scratch = poisoned(k->scratch);
        if (r.begin < r.end)
            k->fn(buf, &run->s, r, scratch);
        free(scratch);
    }
}
const void *ebm_data_field(EbmRun *run, int set, int field) { return run->field[set][field]; }
const int32_t *ebm_data_rows(EbmRun *run, int set, int ordinal) { return run->rows[set][ordinal]; }
const int32_t *ebm_data_rows_on(EbmRun *run, int set, int ordinal, int64_t turn) {
    return run->rows[set][(ordinal + turn) % 8];
}
bool ebm_check(EbmRun *run, const float *value, const char *what) {
    run->failed |= !isfinite(*value);
    return isfinite(*value);
}
bool ebm_check_at(EbmRun *run, const void *value, const char *what) {
    return ebm_check(run, value, what);
}
void ebm_scalar_out(EbmRun *run, int output, const float *value) { run->number[output] = *value; }

static size_t tensor_bytes(EbmTensor t) {
    size_t n = t.dtype == EBM_F32 || t.dtype == EBM_I32 ? 4 : 1;
    for (int i = 0; i < t.rank; i++)
        n *= (size_t)t.dim[i];
    return n;
}
static void *copied(const EbmRun *run, const EbmOutputDesc *o, const void *rows) {
    size_t bytes = tensor_bytes(o->example) * (size_t)run->batch;
    void *p = malloc(bytes);
    memcpy(p, rows, bytes);
    return p;
}
static const EbmEntryDesc *entry_now;
void ebm_rows_out(EbmRun *run, int output, const void *rows, const void *rows2) {
    const EbmOutputDesc *o = &entry_now->outputs[output];
    run->out[output] = copied(run, o, rows);
    if (rows2)
        run->out2[output] = copied(run, o, rows2);
}
bool ebm_tracking(EbmRun *run) { return run->tracking; }
int ebm_main_on(const EbmProgram *program, unsigned cpu, int argc, char **argv) {
    return program == 0 || cpu == 0 || argc < 0 || !argv;
}

/* The one entry point: sets up and runs init or a step. */
void fake_call(EbmRun *run, int entry);
void fake_call(EbmRun *run, int entry) {
    float f[4096];
    int64_t i[4096];
    run->program = &ebm_program;
    run->s.f = f, run->s.i = i, run->s.batch = run->batch;
    for (int k = 0; k < ebm_program.n_states; k++)
        if (!run->state[k])
            run->state[k] = poisoned(tensor_bytes(ebm_program.states[k].tensor));
    if (entry < 0) {
        ebm_program.init(run);
        return;
    }
    entry_now = &ebm_program.entries[entry];
    if (run->gpu) {
        run->on_gpu = true;
        ebm_program.cuda->steps[entry](run);
        run->on_gpu = false;
        return;
    }
    entry_now->step(run);
}
