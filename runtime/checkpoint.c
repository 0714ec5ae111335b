/* checkpoint.c - writing, opening and restoring checkpoints; see checkpoint.h. */
#include "checkpoint.h"
#include "console.h"
#include "memory.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char PREFIX[] = "ckpt-", SUFFIX[] = ".safetensors";
static const char STEP[] = "ebm.step", SEED[] = "ebm.seed", EPOCH[] = "ebm.epoch";
enum { N_COUNTERS = 3 };

bool state_is_weight(const EbmStateDesc *s) {
    return s->kind == EBM_PARAM || s->kind == EBM_EMA || (s->kind == EBM_VALUE && s->group >= 0);
}

const char *ckpt_tensor_name(const EbmStateDesc *s, char out[CKPT_NAME]) {
    static const char *const kind[] = { "", "", "ebm.buffer.", "ebm.slot.", "ebm.state." };
    bool plain = state_is_weight(s) || strncmp(s->name, "ebm.", 4) == 0;
    const char *prefix = plain ? "" : kind[s->kind];
    snprintf(out, CKPT_NAME, "%s%s", prefix, s->name);
    return out;
}

/* ---- folders ---------------------------------------------------------------------------------*/
/* The step in "ckpt-STEP.safetensors", or -1. */
static int64_t step_of_name(const char *name) {
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0) return -1;
    const char *digits = name + strlen(PREFIX);
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > 18 || strcmp(digits + n, SUFFIX) != 0) return -1;
    return strtoll(digits, NULL, 10);
}

/* Orders checkpoint names by step, descending. */
static int newest_first(const void *a, const void *b) {
    int64_t x = step_of_name(*(char *const *)a), y = step_of_name(*(char *const *)b);
    return (x < y) - (x > y);
}

/* The checkpoint names of a folder, newest first; free with io_list_free. */
static bool list_checkpoints(const char *dir, IoList *out, Status *st) {
    if (!io_list(dir, out, st)) return false;
    int kept = 0;
    for (int i = 0; i < out->n; i++) {
        if (step_of_name(out->name[i]) < 0) mem_free(out->name[i]);
        else out->name[kept++] = out->name[i];
    }
    out->n = kept;
    if (kept) qsort(out->name, (size_t)kept, sizeof *out->name, newest_first);
    return true;
}

bool ckpt_folder_has_any(const char *dir) {
    IoList list;
    if (!list_checkpoints(dir, &list, NULL)) return false;
    int n = list.n;
    io_list_free(&list);
    return n > 0;
}

/* Removes all but the newest CKPT_KEEP; failing to remove harms nobody and is not an error. */
static void remove_old(const char *dir) {
    IoList list;
    char path[IO_PATH];
    if (!list_checkpoints(dir, &list, NULL)) return;
    for (int i = CKPT_KEEP; i < list.n; i++)
        if (io_join(path, dir, list.name[i], NULL)) io_remove(path, NULL);
    io_list_free(&list);
}

/* ---- writing ---------------------------------------------------------------------------------*/
static bool check_finite(const EbmProgram *p, void *const *state, Status *st) {
    for (int i = 0; i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        int64_t bad =
            s->tensor.dtype == EBM_F32 ? first_non_finite(state[i], tensor_count(&s->tensor)) : -1;
        if (bad >= 0)
            return status_fail(st, RT_DIVERGED, "%s is not finite (element %lld): no checkpoint is "
                               "written", s->name, (long long)bad);
    }
    return true;
}

/* The tensor list in file order: counters, then 4-byte, then 1-byte states, so that all data is
 * aligned. `names` is [n_states] of CKPT_NAME bytes. */
static int list_tensors(const EbmProgram *p, void *const *state, const int64_t *counter,
                        char (*names)[CKPT_NAME], StOut *out) {
    static const char *const counters[N_COUNTERS] = { STEP, SEED, EPOCH };
    int n = 0;
    for (int i = 0; i < N_COUNTERS; i++)
        out[n++] = (StOut){ counters[i], ELEM_I64, 0, NULL, &counter[i] };
    for (int size = 4; size >= 1; size -= 3)
        for (int i = 0; i < p->n_states; i++) {
            const EbmTensor *t = &p->states[i].tensor;
            if (dtype_size(t->dtype) != size) continue;
            out[n++] = (StOut){ ckpt_tensor_name(&p->states[i], names[i]), elem_of_dtype(t->dtype),
                                t->rank, t->dim, state[i] };
        }
    return n;
}

bool ckpt_write(const char *dir, const EbmProgram *p, void *const *state, const CkptCounters *at,
                const StMeta *meta, int n_meta, char path[IO_PATH], Status *st) {
    enum { N_META = 7 };
    char name[64], step[32], seed[32];
    snprintf(name, sizeof name, "%s%" PRIu64 "%s", PREFIX, at->step, SUFFIX);
    snprintf(step, sizeof step, "%" PRIu64, at->step);
    snprintf(seed, sizeof seed, "%" PRIu64, at->seed);
    if (!io_join(path, dir, name, st) || !check_finite(p, state, st)) return false;

    StOut *out = mem_array((uint64_t)p->n_states + N_COUNTERS, sizeof *out, "a checkpoint", st);
    char (*names)[CKPT_NAME] = mem_array((uint64_t)p->n_states, CKPT_NAME, "a checkpoint", st);
    StMeta *all = mem_array((uint64_t)n_meta + N_META, sizeof *all, "a checkpoint", st);
    StMeta averages = { 0 };
    bool ok = out && names && all && weights_averages(p, &averages, st);
    if (ok) {
        int64_t counter[N_COUNTERS] = { (int64_t)at->step, (int64_t)at->seed, at->epoch };
        int n = list_tensors(p, state, counter, names, out), m = 0;
        all[m++] = (StMeta){ "format", "pt" };
        all[m++] = (StMeta){ "ebm.version", p->compiler };
        all[m++] = (StMeta){ "ebm.identity", p->identity };
        all[m++] = (StMeta){ STEP, step };
        all[m++] = (StMeta){ SEED, seed };
        all[m++] = (StMeta){ "ebm.spec", p->spec_text };
        if (*averages.value) all[m++] = averages;
        for (int i = 0; i < n_meta; i++) all[m++] = meta[i];
        ok = st_write(path, out, n, all, m, true, st);
    }
    mem_free(out);
    mem_free(names);
    mem_free(all);
    mem_free((char *)averages.value);
    if (ok) remove_old(dir);
    return ok;
}

/* ---- opening ---------------------------------------------------------------------------------*/
static bool mentions_ebm(const StFile *f) {
    if (st_meta(f, "ebm.identity") || st_meta(f, "ebm.version")) return true;
    for (int i = 0; i < f->n; i++)
        if (strncmp(f->tensor[i].name, "ebm.", 4) == 0) return true;
    return false;
}

bool ckpt_open(const char *path, Ckpt *out, Status *st) {
    *out = (Ckpt){ 0 };
    if (!io_join(out->path, NULL, path, st) || !io_read_file(path, &out->bytes, st)) return false;
    const char *slash = strrchr(path, '/');
    bool named_ours = step_of_name(slash ? slash + 1 : path) >= 0;
    if (st_parse(out->path, out->bytes.data, out->bytes.len, &out->file, st)) {
        out->is_ours = named_ours || mentions_ebm(&out->file);
        if (!out->is_ours || st_digest_valid(&out->file, out->bytes.data, out->bytes.len))
            return true;
        status_fail(st, RT_DATA, "%s: damaged: its SHA-256 does not match its contents", path);
    }
    ckpt_close(out);
    return false;
}

void ckpt_close(Ckpt *c) {
    if (c->bytes.data) {
        st_free(&c->file);
        mem_free(c->bytes.data);
    }
    c->bytes = (IoBytes){ 0 };
}

/* Names a damaged checkpoint on stderr and moves it out of the way. */
static void reject(const char *path, const Status *why, bool set_aside) {
    char aside[IO_PATH];
    console_warn("rejected: %s", why->text);
    if (!set_aside || why->code != RT_DATA) return;
    int n = snprintf(aside, sizeof aside, "%s.rejected", path);
    if (n < (int)sizeof aside && io_rename(path, aside, NULL)) console_warn("renamed to %s", aside);
}

bool ckpt_open_newest(const char *dir, bool set_aside, Ckpt *out, Status *st) {
    IoList list;
    char path[IO_PATH];
    *out = (Ckpt){ 0 };
    if (!list_checkpoints(dir, &list, st)) return false;
    bool found = false;
    for (int i = 0; i < list.n && !found; i++) {
        Status why = { 0 };
        if (!io_join(path, dir, list.name[i], &why)) break;
        found = ckpt_open(path, out, &why);
        if (!found && why.code == RT_LIMIT) {        /* not the file's fault */
            io_list_free(&list);
            return status_fail(st, why.code, "%s", why.text);
        }
        if (!found) reject(path, &why, set_aside);
    }
    int n = list.n;
    io_list_free(&list);
    if (found) return true;
    return status_fail(st, RT_DATA, n ? "%s: none of its checkpoints is valid"
                                      : "%s: holds no checkpoint", dir);
}

/* ---- restoring -------------------------------------------------------------------------------*/
static bool read_counter(const Ckpt *c, const char *name, uint64_t *out, Status *st) {
    const StTensor *t = st_find(&c->file, name);
    if (!t || t->array.type != ELEM_I64 || t->array.rank != 0)
        return status_fail(st, RT_DATA, "%s: has no counter %s", c->path, name);
    memcpy(out, t->array.data, 8);
    return true;
}

bool ckpt_load_all(const Ckpt *c, const EbmProgram *p, void *const *state, CkptCounters *at,
                   Status *st) {
    const char *identity = st_meta(&c->file, "ebm.identity");
    if (!c->is_ours || !identity || strcmp(identity, p->identity) != 0)
        return status_fail(st, RT_DATA, "%s: was made by another program, so its run cannot be "
                           "continued exactly (train from=%s takes its weights)", c->path, c->path);
    uint64_t epoch;
    if (!read_counter(c, STEP, &at->step, st) || !read_counter(c, SEED, &at->seed, st)
        || !read_counter(c, EPOCH, &epoch, st))
        return false;
    at->epoch = (uint32_t)epoch;
    for (int i = 0; i < p->n_states; i++) {
        char name[CKPT_NAME];
        const StTensor *t = st_find(&c->file, ckpt_tensor_name(&p->states[i], name));
        if (!t) return status_fail(st, RT_DATA, "%s: has no tensor %s", c->path, name);
        if (!weights_copy(t, &p->states[i], state[i], st)) return false;
    }
    return true;
}
