/* run_gpu.c - a run whose kernels run on a device with memory of its own: what has to be there, and
 * what has to come back; see run.h.
 *
 * States lie in one block on the device from the first step on. Data fields go there when a plan
 * first asks for them, rows of draws in every step. */
#include "array.h"
#include "memory.h"
#include "run.h"
#include <string.h>

enum { STATE_ALIGN = 256 };

/* Where each state lies in the block, and its whole size. */
static uint64_t place_states(const EbmProgram *p, char *block, void **out) {
    uint64_t at = 0;
    for (int i = 0; i < p->n_states; i++) {
        if (out) out[i] = block + at;
        at += (tensor_bytes(&p->states[i].tensor) + STATE_ALIGN - 1) / STATE_ALIGN * STATE_ALIGN;
    }
    return at;
}

bool run_gpu_begin(EbmRun *run, Status *st) {
    const EbmProgram *p = run->program;
    if (run->gpu_state) return true;
    void **state = mem_array((uint64_t)p->n_states + 1, sizeof *state, "states", st);
    char *block = state ? gpu_alloc(run->gpu, place_states(p, NULL, NULL), "the program's state",
                                    st)
                        : NULL;
    if (!block) {
        mem_free(state);
        return false;
    }
    place_states(p, block, state);
    state[p->n_states] = block;                  /* what is freed, also when there is no state */
    run->gpu_state = state;
    for (int i = 0; i < p->n_states; i++)
        if (!gpu_upload(run->gpu, state[i], run->state[i], tensor_bytes(&p->states[i].tensor), st))
            return false;
    return true;
}

bool run_fetch_state(EbmRun *run, Status *st) {
    if (!run_settle(run, st)) return false;
    if (!run->gpu || !run->gpu_state) return true;
    for (int i = 0; i < run->program->n_states; i++)
        if (!gpu_download(run->gpu, run->state[i], run->gpu_state[i],
                          tensor_bytes(&run->program->states[i].tensor), st))
            return false;
    return true;
}

const void *run_gpu_field(EbmRun *run, int set, int field, Status *st) {
    const DataSet *d = &run->data[set];
    uint64_t bytes = tensor_bytes(&d->desc->fields[field].tensor) * (uint64_t)d->n;
    return gpu_mirror(run->gpu, d->field[field], bytes, d->desc->name, st);
}

const int32_t *run_gpu_rows(EbmRun *run, RowDraw *draw, Status *st) {
    uint64_t bytes = (uint64_t)run->batch * sizeof *draw->row;
    if (!draw->on_gpu) draw->on_gpu = gpu_alloc(run->gpu, bytes, "data rows", st);
    return draw->on_gpu && gpu_upload(run->gpu, draw->on_gpu, draw->row, bytes, st) ? draw->on_gpu
                                                                                    : NULL;
}

bool run_gpu_rows_out(EbmRun *run, int output, const void *rows, const void *rows2, Status *st) {
    const EbmOutputDesc *d = &run->entry->outputs[output];
    uint64_t size = outputs_row_bytes(d), bytes = size * (uint64_t)run->s.batch;
    mem_free(run->fetched);
    run->fetched = mem_alloc(2 * bytes, d->name, st);
    if (!run->fetched || !gpu_download(run->gpu, run->fetched, rows, bytes, st)) return false;
    char *second = rows2 ? (char *)run->fetched + bytes : NULL;
    if (second && !gpu_download(run->gpu, second, rows2, bytes, st)) return false;
    outputs_rows(&run->outputs, output, run->fetched, second, run->s.batch);
    return true;
}

void run_gpu_free(EbmRun *run) {
    for (int i = 0; run->data && i < run->program->n_data; i++) {
        int draws = run->entry->data_draws ? run->entry->data_draws[i] : 0;
        for (int k = 0; run->draws && run->draws[i] && k < draws; k++)
            gpu_free(run->gpu, run->draws[i][k].on_gpu);
        bool shared = run->host && run->host->data[i].field == run->data[i].field;
        for (int k = 0; run->data[i].field && !shared && k < run->data[i].desc->n_fields; k++)
            gpu_forget(run->gpu, run->data[i].field[k]);
    }
    if (run->host) return;
    if (run->gpu_state) gpu_free(run->gpu, run->gpu_state[run->program->n_states]);
    mem_free(run->gpu_state);
    gpu_close(run->gpu);
}
