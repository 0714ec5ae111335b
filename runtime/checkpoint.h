/* checkpoint.h - one file that holds a run: ckpt-STEP.safetensors.
 *
 * Parameters, EMA copies and the state of layers stand under their plain PyTorch names, everything
 * else under `ebm.`;
 * the last tensor is SHA-256 of all bytes before it, so every damaged bit is seen. The bytes depend
 * on the run's state only, not on time, machine or thread count. */
#ifndef EBM_RT_CHECKPOINT_H
#define EBM_RT_CHECKPOINT_H
#include "ebm.h"
#include "io.h"
#include "safetensors.h"

enum { CKPT_NAME = 512, CKPT_KEEP = 2 };

/* What is saved besides the states. */
typedef struct CkptCounters { uint64_t step, seed; uint32_t epoch; } CkptCounters;

/* Writes `dir`/ckpt-STEP.safetensors and removes all but the newest two; `meta` adds strings to
 * the standard ones. A state with a NaN or infinity is never written (RT_DIVERGED). */
bool ckpt_write(const char *dir, const EbmProgram *p, void *const *state, const CkptCounters *at,
                const StMeta *meta, int n_meta, char path[IO_PATH], Status *st);

/* An open, validated weights file. */
typedef struct Ckpt {
    char path[IO_PATH];
    IoBytes bytes;
    StFile file;
    bool is_ours;                 /* written by ckpt_write: digest checked */
} Ckpt;

/* Opens one file. A file that carries any `ebm.` name must also carry a valid digest; one without
 * is a foreign safetensors file, good for weights only. */
bool ckpt_open(const char *path, Ckpt *out, Status *st);
void ckpt_close(Ckpt *c);

/* Opens the newest valid checkpoint of a folder; newer damaged ones are named on stderr and, with
 * `set_aside`, renamed to *.rejected. RT_DATA when there is none. */
bool ckpt_open_newest(const char *dir, bool set_aside, Ckpt *out, Status *st);
/* Whether a folder holds any checkpoint file. */
bool ckpt_folder_has_any(const char *dir);

/* Restores every state and counter; the program's identity must be the same. */
bool ckpt_load_all(const Ckpt *c, const EbmProgram *p, void *const *state, CkptCounters *at,
                   Status *st);
/* Whether a state belongs to a network's weights: parameters, their averages, state of layers. */
bool state_is_weight(const EbmStateDesc *s);
/* The name a state has in the file. */
const char *ckpt_tensor_name(const EbmStateDesc *s, char out[CKPT_NAME]);

/* ---- weights.c ---- */
/* Loads the states with want[i] (NULL: all) from a checkpoint or any safetensors file whose names
 * match below the net: a file saved from E loads into E1. `net`: take this net's tensors (NULL:
 * the net of the same name, else the only one, averages of nets left aside). What is missing or mis-shaped is an error that
 * lists it; tensors of the file that no state knows are named in a note. */
bool weights_load(const Ckpt *c, const EbmProgram *p, const bool *want, const char *net,
                  void *const *state, Status *st);
/* True when weights_load would find everything, with names exactly equal. */
bool weights_match(const Ckpt *c, const EbmProgram *p, const bool *want);
/* Writes the weights of the program's networks that are marked in `used`, under their plain
 * names. */
bool weights_export(const char *path, const EbmProgram *p, const bool *used, void *const *state,
                    Status *st);
/* Which networks are averages of others, for a file that holds them: weights_load reads it. The value,
 * "" when there is none, is to be freed. */
bool weights_averages(const EbmProgram *p, StMeta *meta, Status *st);
/* A tensor against a state's dtype and exact shape, copied when both agree. */
bool weights_copy(const StTensor *t, const EbmStateDesc *s, void *dst, Status *st);
#endif
