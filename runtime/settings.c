/* settings.c - see settings.h. */
#include "settings.h"
#include "io.h"
#include "jsontext.h"
#include "memory.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---------------------------------------------------------------------------------*/
enum { NUMBER = 64 };

/* Copies text without '_' between digits into out; false when it holds anything but `allowed`. */
static bool clean_number(const char *text, const char *allowed, char out[NUMBER]) {
    size_t n = 0;
    if (!*text) return false;
    for (const char *p = text; *p; p++) {
        if (*p == '_' && p > text && p[1]) continue;
        if (n + 1 >= NUMBER || !strchr(allowed, *p)) return false;
        out[n++] = *p;
    }
    out[n] = '\0';
    return n > 0;
}

bool parse_integer(const char *text, int64_t low, int64_t high, int64_t *out) {
    char clean[NUMBER], *end;
    if (!clean_number(text, "0123456789-", clean)) return false;
    errno = 0;
    long long v = strtoll(clean, &end, 10);
    if (*end || errno || v < low || v > high) return false;
    *out = v;
    return true;
}

bool parse_real(const char *text, double *out) {
    char clean[NUMBER], *end;
    if (!clean_number(text, "0123456789+-.eE", clean)) return false;
    *out = strtod(clean, &end);
    return !*end && isfinite(*out);
}

bool parse_seed(const char *text, uint64_t *out) {
    char clean[NUMBER], *end;
    if (!clean_number(text, "0123456789", clean)) return false;
    errno = 0;
    *out = strtoull(clean, &end, 10);
    return !*end && !errno;
}

bool parse_duration(const char *text, double *seconds) {
    char number[NUMBER];
    size_t n = strlen(text);
    double unit = 1;
    if (n == 0 || n >= NUMBER) return false;
    snprintf(number, sizeof number, "%s", text);
    switch (text[n - 1]) {
    case 's': number[n - 1] = '\0'; break;
    case 'm': number[n - 1] = '\0'; unit = 60; break;
    case 'h': number[n - 1] = '\0'; unit = 3600; break;
    default: break;
    }
    if (!parse_real(number, seconds) || *seconds < 0) return false;
    *seconds *= unit;
    return true;
}

/* ---- suggestions -----------------------------------------------------------------------------*/
/* Insertions, deletions, changes and swaps of neighbours that turn a into b. */
static int edit_distance(const char *a, const char *b) {
    enum { LONGEST = 63 };
    int n = (int)strlen(a), m = (int)strlen(b), cost[3][LONGEST + 1];
    if (n > LONGEST || m > LONGEST) return LONGEST;
    for (int j = 0; j <= m; j++) cost[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *row = cost[i % 3];
        const int *above = cost[(i + 2) % 3], *swapped = cost[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int least = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (row[j - 1] + 1 < least) least = row[j - 1] + 1;
            if (above[j] + 1 < least) least = above[j] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && swapped[j - 2] + 1 < least)
                least = swapped[j - 2] + 1;
            row[j] = least;
        }
    }
    return cost[n % 3][m];
}

const char *suggest(const char *name, const char *const *names, int n) {
    const char *best = NULL;
    int least = (int)(strlen(name) + 2) / 3 + 1;
    for (int i = 0; i < n; i++) {
        int d = names[i] ? edit_distance(name, names[i]) : least;
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

/* ---- defaults --------------------------------------------------------------------------------*/
static void free_paths(SettingPaths *p) {
    for (int i = 0; i < p->n; i++) mem_free(p->path[i]);
    mem_free(p->path);
    *p = (SettingPaths){ 0 };
}

/* Appends a path of len bytes. */
static bool add_path(SettingPaths *p, const char *text, size_t len, Status *st) {
    char **grown = mem_resize(p->path, (uint64_t)(p->n + 1) * sizeof *grown, "data paths", st);
    if (!grown) return false;
    p->path = grown;
    p->path[p->n] = mem_alloc(len + 1, "data paths", st);
    if (!p->path[p->n]) return false;
    memcpy(p->path[p->n++], text, len);
    return true;
}

bool settings_new(Settings *s, const EbmProgram *p, const EbmEntryDesc *entry, Status *st) {
    *s = (Settings){ .program = p, .entry = entry, .batch = entry->batch > 0 ? entry->batch : 64,
                     .steps = entry->steps, .count = entry->count };
    s->scalar = mem_array((uint64_t)p->n_scalars + 1, sizeof *s->scalar, "settings", st);
    s->paths = mem_array((uint64_t)p->n_data + 1, sizeof *s->paths, "settings", st);
    bool ok = s->scalar && s->paths;
    for (int i = 0; ok && i < p->n_scalars; i++) s->scalar[i] = p->scalars[i].value;
    for (int i = 0; ok && i < p->n_data; i++)
        for (int k = 0; ok && k < p->data[i].n_paths; k++)
            ok = add_path(&s->paths[i], p->data[i].paths[k], strlen(p->data[i].paths[k]), st);
    if (!ok) settings_free(s);
    return ok;
}

void settings_free(Settings *s) {
    if (!s->program) return;
    for (int i = 0; s->paths && i < s->program->n_data; i++) free_paths(&s->paths[i]);
    mem_free(s->scalar);
    mem_free(s->paths);
    mem_free(s->from);
    *s = (Settings){ 0 };
}

bool settings_follow(Settings *s, const Settings *other, Status *st) {
    bool ok = true;
    s->seed = other->seed;
    for (int i = 0; i < s->program->n_scalars; i++) s->scalar[i] = other->scalar[i];
    for (int i = 0; ok && i < s->program->n_data; i++) {
        free_paths(&s->paths[i]);
        for (int k = 0; ok && k < other->paths[i].n; k++)
            ok = add_path(&s->paths[i], other->paths[i].path[k], strlen(other->paths[i].path[k]),
                          st);
    }
    return ok;
}

/* ---- name=value ------------------------------------------------------------------------------*/
static bool bad_value(const char *name, const char *value, const char *wanted, Status *st) {
    return status_fail(st, RT_USAGE, "%s=%.60s: expected %s", name, value, wanted);
}

/* Parses a value by the arg's dtype. */
static bool set_scalar(const EbmScalarDesc *d, const char *value, double *out, Status *st) {
    int64_t v;
    if (d->dtype == EBM_BOOL) {
        *out = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
        if (*out || strcmp(value, "false") == 0 || strcmp(value, "0") == 0) return true;
        return bad_value(d->name, value, "true or false", st);
    }
    if (strstr(d->name, "optimizer.") && parse_real(value, out) && *out < 0)
        return bad_value(d->name, value, "a number of at least 0", st);
    if (d->dtype == EBM_F32)
        return (parse_real(value, out) && fabs(*out) <= 3.4028234663852886e38)
            || bad_value(d->name, value, "a number", st);
    if (!parse_integer(value, INT32_MIN, INT32_MAX, &v))
        return bad_value(d->name, value, "an integer", st);
    *out = (double)v;
    return true;
}

static bool set_count(const char *name, const char *value, int64_t high, int64_t *out, Status *st) {
    return parse_integer(value, 1, high, out) || bad_value(name, value, "a positive integer", st);
}

/* d=FILE, or d=FILE,FILE for a set of several fields. */
static bool set_paths(Settings *s, int set, const char *value, Status *st) {
    free_paths(&s->paths[set]);
    if (!*value) return bad_value(s->program->data[set].name, value, "a file", st);
    bool several = s->program->data[set].n_fields > 1;
    for (const char *p = value;;) {
        size_t n = several ? strcspn(p, ",") : strlen(p);
        if (!add_path(&s->paths[set], p, n, st)) return false;
        if (!p[n]) return true;
        p += n + 1;
    }
}

/* Applies a name without entry prefix. *known tells whether there is such a name. */
static bool apply_plain(Settings *s, const char *name, const char *value, bool *known, Status *st) {
    const EbmProgram *p = s->program;
    *known = true;
    char own[256];                /* a setting that several entries have belongs to each of them */
    snprintf(own, sizeof own, "%.100s.%.127s", s->entry->name, name);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < p->n_scalars; i++)
            if (p->scalars[i].kind == EBM_ARG && strcmp(p->scalars[i].name, k ? name : own) == 0)
                return set_scalar(&p->scalars[i], value, &s->scalar[i], st);
    if (strcmp(name, "batch") == 0) return set_count(name, value, INT32_MAX / 2, &s->batch, st);
    if (strcmp(name, "steps") == 0 && s->entry->mode == EBM_TRAIN)
        return set_count(name, value, (int64_t)1 << 62, &s->steps, st);
    if (strcmp(name, "count") == 0
        && (s->entry->mode == EBM_EVAL || s->entry->mode == EBM_SAMPLE)) {
        s->count_given = true;
        return set_count(name, value, INT32_MAX, &s->count, st);
    }
    if (strcmp(name, "seed") == 0)
        return parse_seed(value, &s->seed)
               || bad_value(name, value, "an integer of 0 to 2^64 - 1", st);
    if (strcmp(name, "from") == 0) {
        mem_free(s->from);
        s->from = mem_copy_text(value, st);
        return s->from != NULL;
    }
    for (int i = 0; i < p->n_data; i++)
        if (!p->data[i].is_points && strcmp(p->data[i].name, name) == 0)
            return set_paths(s, i, value, st);
    *known = false;
    return true;
}

/* All names that apply_plain knows, for suggestions. */
static bool unknown_name(const Settings *s, const char *name, Status *st) {
    enum { MAX_NAMES = 512 };
    const char *names[MAX_NAMES];
    const EbmProgram *p = s->program;
    int n = 0;
    names[n++] = "batch";
    names[n++] = "seed";
    names[n++] = "from";
    names[n++] = s->entry->mode == EBM_TRAIN ? "steps" : "count";
    for (int i = 0; i < p->n_scalars && n < MAX_NAMES; i++)
        if (p->scalars[i].kind == EBM_ARG) names[n++] = p->scalars[i].name;
    for (int i = 0; i < p->n_data && n < MAX_NAMES; i++)
        if (!p->data[i].is_points) names[n++] = p->data[i].name;
    const char *near = suggest(name, names, n);
    if (near)
        return status_fail(st, RT_USAGE, "no arg or setting '%.60s'; did you mean '%s'?", name,
                           near);
    char all[600] = "";
    for (int i = 0; i < n; i++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%.60s", i ? ", " : "", names[i]);
    }
    return status_fail(st, RT_USAGE, "no arg or setting '%.60s'; there are: %s", name, all);
}

/* Splits `name=value`; the name goes into name[128]. */
static const char *split_word(const char *word, char name[128], Status *st) {
    const char *equal = strchr(word, '=');
    if (!equal || equal == word || equal - word >= 128) {
        status_fail(st, RT_USAGE, "'%.80s': expected name=value", word);
        return NULL;
    }
    snprintf(name, 128, "%.*s", (int)(equal - word), word);
    return equal + 1;
}

bool settings_apply(Settings *s, const char *word, Status *st) {
    char name[128];
    bool known;
    const char *value = split_word(word, name, st);
    if (!value || !apply_plain(s, name, value, &known, st)) return false;
    if (known) return true;
    const char *dot = strchr(name, '.');
    for (int i = 0; dot && i < s->program->n_entries; i++) {
        const EbmEntryDesc *e = &s->program->entries[i];
        if (strlen(e->name) != (size_t)(dot - name) || strncmp(e->name, name, strlen(e->name)) != 0)
            continue;
        if (strcmp(e->name, s->entry->name) != 0)
            return status_fail(st, RT_USAGE, "%s is a setting of %s, but this runs %s", name,
                               e->name, s->entry->name);
        return apply_plain(s, dot + 1, value, &known, st)
               && (known || unknown_name(s, dot + 1, st));
    }
    return unknown_name(s, name, st);
}

bool settings_apply_resume(Settings *s, const char *word, Status *st) {
    char name[128];
    if (!split_word(word, name, st)) return false;
    const char *plain = strncmp(name, s->entry->name, strlen(s->entry->name)) == 0
                                && name[strlen(s->entry->name)] == '.'
                            ? name + strlen(s->entry->name) + 1
                            : name;
    bool allowed = strcmp(plain, "steps") == 0;
    for (int i = 0; i < s->program->n_data; i++)
        allowed = allowed || strcmp(s->program->data[i].name, name) == 0;
    if (allowed) return settings_apply(s, word, st);
    Settings trial = { 0 };
    bool ok = settings_new(&trial, s->program, s->entry, st) && settings_apply(&trial, word, st);
    settings_free(&trial);
    return ok
           && status_fail(st, RT_USAGE,
                          "%s cannot change on resume, which continues a run exactly; "
                          "train from=DIR %s starts a new one with its weights",
                          name, word);
}

/* ---- saving ----------------------------------------------------------------------------------*/
char *settings_args_json(const Settings *s, Status *st) {
    json_t *o = json_object();
    bool ok = o != NULL;
    for (int i = 0; i < s->program->n_scalars; i++) {
        const EbmScalarDesc *d = &s->program->scalars[i];
        if (d->kind != EBM_ARG) continue;
        json_t *v = d->dtype == EBM_F32 ? json_real(s->scalar[i])
                  : d->dtype == EBM_BOOL ? json_boolean(s->scalar[i] != 0)
                                         : json_integer((json_int_t)s->scalar[i]);
        ok = json_object_set_new(o, d->name, v) == 0 && ok;
    }
    if (!ok) json_decref(o);
    return json_text(ok ? o : NULL, JSON_COMPACT, "the settings", st);
}

bool settings_restore(Settings *s, const char *args, const char *batch, const char *steps,
                      Status *st) {
    json_t *o = args ? json_loads(args, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool ok = json_is_object(o) && batch && steps
              && parse_integer(batch, 1, INT32_MAX / 2, &s->batch)
              && parse_integer(steps, 0, INT64_MAX, &s->steps);
    for (int i = 0; ok && i < s->program->n_scalars; i++) {
        const EbmScalarDesc *d = &s->program->scalars[i];
        if (d->kind != EBM_ARG) continue;
        const json_t *v = json_object_get(o, d->name);
        ok = v != NULL;
        s->scalar[i] = json_is_boolean(v) ? json_is_true(v) : json_number_value(v);
    }
    json_decref(o);
    return ok || status_fail(st, RT_DATA, "the checkpoint's settings cannot be read");
}

bool settings_restore_paths(Settings *s, const char *dir, Status *st) {
    char path[IO_PATH];
    IoBytes text;
    if (!io_join(path, dir, "config.json", st)) return false;
    if (io_kind(path) == IO_ABSENT) return true;
    if (!io_read_file(path, &text, st)) return false;
    json_t *config = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    mem_free(text.data);
    const json_t *data = json_object_get(config, "data");
    bool ok = true;
    for (int i = 0; ok && i < s->program->n_data; i++) {
        const json_t *paths =
            json_object_get(json_object_get(data, s->program->data[i].name), "paths");
        if (!json_is_array(paths)) continue;
        free_paths(&s->paths[i]);
        for (size_t k = 0; ok && k < json_array_size(paths); k++) {
            const char *one = json_string_value(json_array_get(paths, k));
            if (one) ok = add_path(&s->paths[i], one, strlen(one), st);
        }
    }
    json_decref(config);
    return ok;
}
