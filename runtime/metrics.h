/* metrics.h - tracked values of a training run: the last of each, and metrics.jsonl.
 *
 * Outputs of one name are one value: blocks that never run together may track it. A line holds what
 * was tracked in its step.
 *
 * A line is {"step":100,"L":0.25}: no times, so the file of a resumed run equals that of an
 * uninterrupted one. */
#ifndef EBM_RT_METRICS_H
#define EBM_RT_METRICS_H
#include "ebm.h"
#include "io.h"

typedef struct Metrics {
    const EbmEntryDesc *entry;
    float *value;                 /* [n_outputs] */
    bool *is_set;                 /* [n_outputs] */
    bool *is_new;                 /* [n_outputs] since the last line */
    IoAppend file;
    bool lost;                    /* a line could not be written */
} Metrics;

/* Opens `path` for appending, keeping only whole lines of steps up to `step` (0: a new run). */
bool metrics_open(Metrics *m, const EbmEntryDesc *entry, const char *path, uint64_t step,
                  Status *st);
void metrics_close(Metrics *m);
void metrics_set(Metrics *m, int output, float value);
/* Appends a line (with its end) of other values of a step. */
void metrics_append(Metrics *m, const char *line);
/* Appends the line of `step`; a failure to write is said once and remembered in m->lost. */
void metrics_write(Metrics *m, uint64_t step);
/* "L 0.25  gap 1.5" into out; at most n values. */
void metrics_format(const Metrics *m, int n, char *out, size_t size);
#endif
