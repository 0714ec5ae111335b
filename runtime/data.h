/* data.h - data sets in memory, in their natural dtype, and which row each sample draws.
 *
 * Training draws rows by a keyed permutation per epoch that is computed, never stored, so a run
 * has no cursor to save; evaluation reads in file order. */
#ifndef EBM_RT_DATA_H
#define EBM_RT_DATA_H
#include "ebm.h"
#include "status.h"

typedef struct DataSet {
    const EbmDataDesc *desc;
    void **field;                 /* [n_fields], each [n, ...] in the declared dtype */
    int64_t n;                    /* examples; 0 = not loaded */
    char *digest;                 /* SHA-256 of each file, hex, joined by ',' */
} DataSet;

/* Reads a set from its files: one file for all fields, or one per field in order. */
bool data_load(DataSet *d, const EbmDataDesc *desc, const char *const *paths, int n_paths,
               Status *st);
void data_free(DataSet *d);

/* Rows of the `ordinal`-th of `draws` draws in training step `step`: [batch]. Draw number
 * b = step * draws + ordinal takes batch b mod M of epoch b / M, where M = n / batch whole batches;
 * the partial batch at the end of an epoch is dropped. A set smaller than a batch runs through as
 * many epochs as the batch needs. */
void data_rows_train(const DataSet *d, uint64_t seed, uint64_t step, int draws, int ordinal,
                     int64_t batch, int32_t *rows);
/* The epoch that the first row of draw number `number` belongs to. */
uint64_t data_epoch(const DataSet *d, uint64_t number, int64_t batch);
/* The seed that stands for `seed` on the turn-th run of a block that repeats: every turn runs
 * through the set in an order of its own. Turn 0 has the run's seed. */
uint64_t data_seed_of_turn(uint64_t seed, uint64_t turn);
/* The row at `position` of epoch `epoch`: a permutation of [0, n) keyed by seed and `stream`. */
int64_t data_permute(uint64_t seed, uint64_t stream, uint64_t epoch, int64_t n, int64_t position);
#endif
