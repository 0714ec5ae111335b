/* outputs.c - see outputs.h. */
#include "outputs.h"
#include "array.h"
#include "auroc.h"
#include "console.h"
#include "image.h"
#include "jsontext.h"
#include "memory.h"
#include "npy.h"
#include "safetensors.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

uint64_t outputs_row_bytes(const EbmOutputDesc *d) {
    return d->kind == EBM_AUROC ? sizeof(float) : tensor_bytes(&d->example);
}

/* Rows that an output keeps of `count`. */
static int64_t rows_kept(const EbmOutputDesc *d, int64_t count) {
    switch (d->kind) {
    case EBM_TRACK: case EBM_REPORT: case EBM_NOTE: return 0;
    case EBM_IMAGE: return image_grid_capacity(&d->example, count, d->cols);
    default: return count;
    }
}

bool outputs_new(Outputs *o, const EbmEntryDesc *entry, int64_t count, Status *st) {
    *o = (Outputs){ .entry = entry, .count = count };
    o->output = mem_array((uint64_t)entry->n_outputs + 1, sizeof *o->output, "outputs", st);
    uint64_t total = 0, bytes;
    for (int i = 0; o->output && i < entry->n_outputs; i++) {
        const EbmOutputDesc *d = &entry->outputs[i];
        o->output[i] = (Output){ .desc = d, .cap = rows_kept(d, count) };
        if (!mem_mul((uint64_t)o->output[i].cap, outputs_row_bytes(d), &bytes)
            || !mem_add(total, bytes, &total))
            total = UINT64_MAX;
    }
    bool ok = o->output && mem_check(total, "collecting the outputs", st);
    for (int i = 0; ok && i < entry->n_outputs; i++) {
        Output *t = &o->output[i];
        if (t->cap == 0) continue;
        t->rows = mem_array((uint64_t)t->cap, outputs_row_bytes(t->desc), t->desc->name, st);
        ok = t->rows != NULL;
        if (ok && t->desc->kind == EBM_AUROC) {
            t->negatives = mem_array((uint64_t)t->cap, sizeof(float), t->desc->name, st);
            ok = t->negatives != NULL;
        }
    }
    if (!ok) outputs_free(o);
    return ok;
}

void outputs_free(Outputs *o) {
    for (int i = 0; o->output && i < o->entry->n_outputs; i++) {
        mem_free(o->output[i].rows);
        mem_free(o->output[i].negatives);
    }
    mem_free(o->output);
    *o = (Outputs){ 0 };
}

void outputs_scalar(Outputs *o, int index, float value, int64_t rows) {
    o->output[index].sum += (double)value * (double)rows;
    o->output[index].weight += (double)rows;
}

/* Appends as many of n rows as there is room for. */
static void collect(char *dst, int64_t *used, int64_t cap, const void *rows, int64_t n,
                    uint64_t size) {
    if (n > cap - *used) n = cap - *used;
    if (n > 0) memcpy(dst + (uint64_t)*used * size, rows, (uint64_t)n * size);
    *used += n;
}

void outputs_rows(Outputs *o, int index, const void *rows, const void *rows2, int64_t n) {
    Output *t = &o->output[index];
    collect(t->rows, &t->n, t->cap, rows, n, outputs_row_bytes(t->desc));
    if (t->desc->kind == EBM_AUROC && rows2)
        collect((char *)t->negatives, &t->n_negatives, t->cap, rows2, n, sizeof(float));
}

const Output *outputs_find(const Outputs *o, const char *name) {
    for (int i = 0; i < o->entry->n_outputs; i++)
        if (o->output[i].desc->kind == EBM_SAVE && strcmp(o->output[i].desc->name, name) == 0)
            return &o->output[i];
    return NULL;
}

/* ---- files -----------------------------------------------------------------------------------*/
static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

/* A path from the spec stays below the output folder: relative, without "..". */
static bool is_beneath(const char *path) {
    if (*path == '/' || !*path) return false;
    for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/')
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || !p[2])) return false;
    return true;
}

/* dir/path with the folders of it made. */
static bool place(char out[IO_PATH], const char *dir, const char *path, Status *st) {
    if (!is_beneath(path))
        return status_fail(st, RT_USAGE, "%s: an output must lie below the output folder", path);
    if (!io_join(out, dir, path, st)) return false;
    char *slash = strrchr(out, '/');
    if (!slash || slash == out) return true;
    *slash = '\0';
    bool ok = io_make_folders(out, st);
    *slash = '/';
    return ok;
}

/* All SAVE outputs of one path become one file, written at the first of them. */
static bool write_saves(const Outputs *o, int first, const char *dir, Status *st) {
    enum { MAX_TENSORS = 64 };
    char path[IO_PATH];
    StOut out[MAX_TENSORS];
    int64_t dim[MAX_TENSORS][EBM_MAX_RANK + 1];
    int n = 0;
    const char *name = o->entry->outputs[first].path;
    if (!place(path, dir, name, st)) return false;
    for (int i = 0; i < o->entry->n_outputs; i++) {
        const Output *t = &o->output[i];
        if (t->desc->kind != EBM_SAVE || strcmp(t->desc->path, name) != 0) continue;
        if (i < first) return true;
        if (n == MAX_TENSORS) return status_fail(st, RT_LIMIT, "%s: more than 64 tensors", path);
        dim[n][0] = t->n;
        for (int d = 0; d < t->desc->example.rank; d++) dim[n][d + 1] = t->desc->example.dim[d];
        out[n] = (StOut){ t->desc->name, elem_of_dtype(t->desc->example.dtype),
                          t->desc->example.rank + 1, dim[n], t->rows };
        n++;
    }
    const Output *t = &o->output[first];
    bool ok;
    if (ends_with(path, ".npy") && n == 1)
        ok = npy_write(path, &t->desc->example, t->n, t->rows, st);
    else if (ends_with(path, ".safetensors")) ok = st_write(path, out, n, NULL, 0, false, st);
    else
        return status_fail(st, RT_USAGE, "%s: save writes .safetensors, or .npy for one tensor",
                           path);
    if (ok) console_note("wrote %s: %lld rows", path, (long long)t->n);
    return ok;
}

/* Writes an IMAGE or PLOT output. */
static bool write_picture(const Output *t, const char *dir, Status *st) {
    const EbmOutputDesc *d = t->desc;
    char path[IO_PATH];
    if (!place(path, dir, d->path, st)) return false;
    bool ok;
    if (d->kind == EBM_IMAGE)
        ok = image_write_grid(path, &d->example, t->rows, t->n, d->cols, d->lo, d->hi, st);
    else if (tensor_count(&d->example) == 2 && d->example.dtype == EBM_F32)
        ok = image_write_scatter(path, (const float *)t->rows, t->n, d->lo, d->hi, st);
    else
        return status_fail(st, RT_USAGE, "%s: a plot needs points of shape [2]", path);
    if (ok) console_note("wrote %s: %lld %s", path, (long long)t->n,
                         d->kind == EBM_IMAGE ? "images" : "points");
    return ok;
}

bool outputs_write(const Outputs *o, const char *dir, Status *st) {
    for (int i = 0; i < o->entry->n_outputs; i++) {
        EbmOutputKind kind = o->entry->outputs[i].kind;
        if (kind == EBM_SAVE && !write_saves(o, i, dir, st)) return false;
        if ((kind == EBM_IMAGE || kind == EBM_PLOT) && !write_picture(&o->output[i], dir, st))
            return false;
    }
    return true;
}

/* ---- results on stdout -----------------------------------------------------------------------*/
static double mean_of(const Output *t) { return t->weight > 0 ? t->sum / t->weight : NAN; }

static bool has_result(const Output *t) {
    return t->desc->kind == EBM_REPORT || t->desc->kind == EBM_AUROC
        || (t->desc->kind == EBM_TRACK && t->weight > 0);
}

bool outputs_value(const Outputs *o, int index, double *value, Status *st) {
    const Output *t = &o->output[index];
    Auroc a;
    if (!has_result(t)) return false;
    *value = mean_of(t);
    if (t->desc->kind != EBM_AUROC) return true;
    if (!auroc((float *)t->rows, t->n, t->negatives, t->n_negatives, &a, st)) return false;
    *value = a.area.value;
    return true;
}

bool outputs_has_files(const Outputs *o) {
    for (int i = 0; i < o->entry->n_outputs; i++) {
        EbmOutputKind kind = o->entry->outputs[i].kind;
        if (kind == EBM_SAVE || kind == EBM_IMAGE || kind == EBM_PLOT) return true;
    }
    return false;
}

static json_t *json_number(double v) { return isfinite(v) ? json_real(v) : json_null(); }

/* What is reported beside the area under the curve. */
enum { N_RATES = 4, LONGEST_RATE = sizeof "  auprc_negative" - 1 };
static const char *const rate_name[N_RATES] = { "auprc", "auprc_negative", "fpr80", "fpr95" };
static Estimate rate_of(const Auroc *a, int k) {
    const Estimate all[N_RATES] = { a->auprc, a->auprc_negative, a->fpr80, a->fpr95 };
    return all[k];
}

/* {"value":..,"low":..,"high":..,"auprc":..,"auprc_low":..,"auprc_high":.., ...} */
static json_t *auroc_json(const Auroc *a) {
    json_t *v = json_pack("{s:o, s:o, s:o}", "value", json_number(a->area.value), "low",
                          json_number(a->area.low), "high", json_number(a->area.high));
    bool ok = v != NULL;
    for (int k = 0; ok && k < N_RATES; k++) {
        Estimate r = rate_of(a, k);
        char low[32], high[32];
        snprintf(low, sizeof low, "%s_low", rate_name[k]);
        snprintf(high, sizeof high, "%s_high", rate_name[k]);
        ok = json_object_set_new(v, rate_name[k], json_number(r.value)) == 0
          && json_object_set_new(v, low, json_number(r.low)) == 0
          && json_object_set_new(v, high, json_number(r.high)) == 0;
    }
    if (ok) return v;
    json_decref(v);
    return NULL;
}

/* {"entry":...,"rows":...,"results":{...}} on stdout. */
static bool print_json(const Outputs *o, Status *st) {
    json_t *results = json_object();
    bool ok = results != NULL;
    for (int i = 0; ok && i < o->entry->n_outputs; i++) {
        const Output *t = &o->output[i];
        Auroc a;
        if (!has_result(t)) continue;
        json_t *v;
        if (t->desc->kind == EBM_AUROC) {
            ok = auroc((float *)t->rows, t->n, t->negatives, t->n_negatives, &a, st);
            v = auroc_json(&a);
        } else v = json_number(mean_of(t));
        ok = json_object_set_new(results, t->desc->name, v) == 0 && ok;
    }
    json_t *all = json_pack("{s:s, s:I, s:o}", "entry", o->entry->name, "rows",
                            (json_int_t)o->done, "results", results);
    if (!ok) json_decref(all);
    char *text =
        json_text(ok ? all : NULL, JSON_COMPACT | JSON_REAL_PRECISION(9), "the results", st);
    if (!text) return false;
    puts(text);
    mem_free(text);
    return true;
}

static void print_estimate(const char *indent, int width, const char *name, Estimate e) {
    printf("%s%-*s  %.4f (95 %%: %.4f .. %.4f)\n", indent, width, name, e.value, e.low, e.high);
}

bool outputs_print(const Outputs *o, bool json, Status *st) {
    if (json) return print_json(o, st);
    int width = 0;
    for (int i = 0; i < o->entry->n_outputs; i++) {
        bool ranks = o->output[i].desc->kind == EBM_AUROC;
        int n = has_result(&o->output[i]) ? (int)strlen(o->output[i].desc->name) : 0;
        if (ranks && n < LONGEST_RATE) n = LONGEST_RATE;
        if (n > width) width = n;
    }
    for (int i = 0; i < o->entry->n_outputs; i++) {
        const Output *t = &o->output[i];
        if (!has_result(t)) continue;
        if (t->desc->kind != EBM_AUROC) {
            printf("%-*s  %.6g\n", width, t->desc->name, mean_of(t));
            continue;
        }
        Auroc a;
        if (!auroc((float *)t->rows, t->n, t->negatives, t->n_negatives, &a, st)) return false;
        print_estimate("", width, t->desc->name, a.area);
        for (int k = 0; k < N_RATES; k++)
            print_estimate("  ", width - 2, rate_name[k], rate_of(&a, k));
    }
    return true;
}
