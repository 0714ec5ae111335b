/* outputs.h - what an eval, sample or score entry produces over its rounds.
 *
 * Scalars are averaged, weighted by the rows of their round; rows are collected up to `count` and
 * written or reduced (AUROC) at the end. All room is taken at the start. */
#ifndef EBM_RT_OUTPUTS_H
#define EBM_RT_OUTPUTS_H
#include "ebm.h"
#include "io.h"

typedef struct Output {
    const EbmOutputDesc *desc;
    double sum, weight;           /* scalars */
    char *rows;                   /* collected rows: [n, ...]; AUROC: positives */
    float *negatives;             /* AUROC: [n_negatives] */
    int64_t n, n_negatives, cap;
} Output;

typedef struct Outputs {
    const EbmEntryDesc *entry;
    Output *output;               /* [n_outputs] */
    int64_t count, done;          /* rows wanted, rows of finished rounds */
} Outputs;

bool outputs_new(Outputs *o, const EbmEntryDesc *entry, int64_t count, Status *st);
void outputs_free(Outputs *o);
void outputs_scalar(Outputs *o, int index, float value, int64_t rows);
/* Bytes of one row of an output that collects rows. */
uint64_t outputs_row_bytes(const EbmOutputDesc *d);
/* Takes the first rows of this round's, as many as are still wanted. */
void outputs_rows(Outputs *o, int index, const void *rows, const void *rows2, int64_t n);

/* Writes the files of SAVE, IMAGE and PLOT below `dir`, each atomically, and names them. */
bool outputs_write(const Outputs *o, const char *dir, Status *st);
/* Prints REPORT, TRACK and AUROC on stdout: aligned `name value` lines, or one
 * JSON object {"entry":..., "rows":..., "results":{...}}. */
bool outputs_print(const Outputs *o, bool json, Status *st);
/* The result of a REPORT, AUROC or TRACK output; false for others and for what was not tracked. */
bool outputs_value(const Outputs *o, int index, double *value, Status *st);
/* Whether any output is a file. */
bool outputs_has_files(const Outputs *o);
/* The SAVE output of a name, or NULL. */
const Output *outputs_find(const Outputs *o, const char *name);
#endif
