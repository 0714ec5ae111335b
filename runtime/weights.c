/* weights.c - loading the states of a program from checkpoints and foreign safetensors files.
 *
 * A state's tensor is the one of exactly its name. When a net has none of its tensors there, the
 * names are compared below the net: the file's net `net` if given, else its only candidate, else
 * names without any net. Nothing is guessed: several candidates are an error that lists them, but
 * for averages, which the file names (AVERAGES) and which stand back behind the nets that learned. */
#include "checkpoint.h"
#include "console.h"
#include "memory.h"
#include <stdio.h>
#include <string.h>

enum { LISTED = 8 };
static const char AVERAGES[] = "ebm.averages";   /* names with a space behind each */

bool weights_copy(const StTensor *t, const EbmStateDesc *s, void *dst, Status *st) {
    const ArrayPlan *a = &t->array;
    bool same = a->rank == s->tensor.rank;
    for (int i = 0; same && i < a->rank; i++) same = a->dim[i] == s->tensor.dim[i];
    char have[128], want[128];
    if (!same)
        return status_fail(st, RT_DATA, "%s: %s has shape %s, the program's is %s", a->file,
                           s->name, array_format_shape(a->rank, a->dim, have),
                           array_format_shape(s->tensor.rank, s->tensor.dim, want));
    return array_convert(a, s->tensor.dtype, dst, st);
}

/* A list of names for a message: the first LISTED, then "and N more". */
typedef struct NameList { char text[700]; int n; } NameList;

static void list_name(NameList *l, const char *name) {
    size_t used = strlen(l->text);
    if (l->n < LISTED)
        snprintf(l->text + used, sizeof l->text - used, "%s%.70s", l->n ? ", " : "", name);
    l->n++;
}

/* The finished list. */
static const char *list_end(NameList *l) {
    size_t used = strlen(l->text);
    if (l->n > LISTED)
        snprintf(l->text + used, sizeof l->text - used, " and %d more", l->n - LISTED);
    return l->text;
}

/* "E.linear0.weight" -> "linear0.weight". */
static const char *below_net(const char *name) {
    const char *dot = strchr(name, '.');
    return dot ? dot + 1 : name;
}

/* The tensor "net.rest", or plain "rest" for net "". */
static const StTensor *find_below(const Ckpt *c, const char *net, const char *rest) {
    char name[CKPT_NAME];
    int n = snprintf(name, sizeof name, "%s%s%s", net, *net ? "." : "", rest);
    return n < (int)sizeof name ? st_find(&c->file, name) : NULL;
}

/* Whether every wanted weight of a group has a tensor below `net` of the file. */
static bool net_fits(const Ckpt *c, const EbmProgram *p, const bool *want, int group,
                     const char *net) {
    bool any = false;
    for (int i = 0; i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        if (s->group != group || !state_is_weight(s) || (want && !want[i])) continue;
        if (!find_below(c, net, below_net(s->name))) return false;
        any = true;
    }
    return any;
}

/* Whether the file has any tensor of the group under exactly its name. */
static bool has_exact(const Ckpt *c, const EbmProgram *p, int group) {
    for (int i = 0; i < p->n_states; i++)
        if (p->states[i].group == group && state_is_weight(&p->states[i])
            && st_find(&c->file, p->states[i].name))
            return true;
    return false;
}

/* Whether a net of the file is an average of another one. */
static bool is_average(const Ckpt *c, const char *net) {
    const char *at = st_meta(&c->file, AVERAGES);
    for (size_t n = strlen(net); at && *at; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at, net, n) == 0 && at[n] == ' ') return true;
    return false;
}

bool weights_averages(const EbmProgram *p, StMeta *meta, Status *st) {
    size_t room = 1, used = 0;
    for (int g = 0; g < p->n_groups; g++)
        if (p->groups[g].ema_of >= 0) room += strlen(p->groups[g].name) + 1;
    char *names = mem_array(room, 1, "names", st);
    for (int g = 0; names && g < p->n_groups; g++)
        if (p->groups[g].ema_of >= 0)
            used += (size_t)snprintf(names + used, room - used, "%s ", p->groups[g].name);
    *meta = (StMeta){ AVERAGES, names };
    return names != NULL;
}

/* Chooses the file's net for a group into out ("" = names without a net). False: several fit. */
static bool choose_net(const Ckpt *c, const EbmProgram *p, const bool *want, int group,
                       char out[CKPT_NAME], Status *st) {
    const char *name = p->groups[group].name;
    snprintf(out, CKPT_NAME, "%s", name);
    if (!p->groups[group].is_net || has_exact(c, p, group)) return true;
    NameList fits = { 0 };
    int learned = 0;
    char last[CKPT_NAME] = "";
    for (int i = 0; i < c->file.n; i++) {
        const char *t = c->file.by_name[i]->name, *dot = strchr(t, '.');
        char net[CKPT_NAME];
        if (!dot || dot - t >= CKPT_NAME || strncmp(t, "ebm.", 4) == 0) continue;
        snprintf(net, sizeof net, "%.*s", (int)(dot - t), t);
        if (strcmp(net, last) == 0) continue;            /* equal nets are neighbours */
        snprintf(last, sizeof last, "%s", net);
        if (!net_fits(c, p, want, group, net)) continue;
        list_name(&fits, net);
        bool average = is_average(c, net);
        if (!average || learned == 0) snprintf(out, CKPT_NAME, "%s", net);
        learned += !average;
    }
    if (fits.n > 1 && learned != 1)
        return status_fail(st, RT_DATA, "%s: several nets fit %s: %s; choose one with from=%s:NET",
                           c->path, name, list_end(&fits), c->path);
    if (fits.n == 0 && net_fits(c, p, want, group, "")) out[0] = '\0';
    return true;
}

/* The tensor for state i, or NULL. nets[group] is the chosen net of the file. */
static const StTensor *tensor_for(const Ckpt *c, const EbmProgram *p, int i,
                                  char (*nets)[CKPT_NAME]) {
    const EbmStateDesc *s = &p->states[i];
    char name[CKPT_NAME];
    if (state_is_weight(s) && s->group >= 0 && p->groups[s->group].is_net)
        return find_below(c, nets[s->group], below_net(s->name));
    const StTensor *t = st_find(&c->file, ckpt_tensor_name(s, name));
    return t ? t : st_find(&c->file, s->name);
}

/* Tensors of a foreign file that no state of the program took. */
static void note_extra(const Ckpt *c, const bool *taken) {
    NameList extra = { 0 };
    for (int i = 0; i < c->file.n; i++)
        if (!taken[i] && strncmp(c->file.tensor[i].name, "ebm.", 4) != 0)
            list_name(&extra, c->file.tensor[i].name);
    if (extra.n) console_note("note: %s: not used here: %s", c->path, list_end(&extra));
}

/* Copies what is there; lists what a net misses. Buffers and values that a foreign file cannot
 * have keep the value they start with, which is said. */
static bool copy_all(const Ckpt *c, const EbmProgram *p, const bool *want, char (*nets)[CKPT_NAME],
                     bool *taken, void *const *state, Status *st) {
    NameList missing = { 0 }, kept = { 0 };
    for (int i = 0; i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        const StTensor *t = tensor_for(c, p, i, nets);
        if (t) taken[t - c->file.tensor] = true;
        if ((want && !want[i]) || s->kind == EBM_SLOT) continue;
        if (t && !weights_copy(t, s, state[i], st)) return false;
        if (!t) list_name(state_is_weight(s) || c->is_ours ? &missing : &kept, s->name);
    }
    if (missing.n)
        return status_fail(st, RT_DATA, "%s: missing: %s", c->path, list_end(&missing));
    if (kept.n)
        console_note("note: %s: not there, left as at the start: %s", c->path, list_end(&kept));
    return true;
}

bool weights_load(const Ckpt *c, const EbmProgram *p, const bool *want, const char *net,
                  void *const *state, Status *st) {
    char (*nets)[CKPT_NAME] = mem_array((uint64_t)p->n_groups + 1, CKPT_NAME, "names", st);
    bool *taken = mem_array((uint64_t)c->file.n + 1, sizeof *taken, "names", st);
    bool ok = nets && taken;
    for (int g = 0; ok && g < p->n_groups; g++) {
        if (net) snprintf(nets[g], CKPT_NAME, "%s", net);
        else ok = choose_net(c, p, want, g, nets[g], st);
    }
    ok = ok && copy_all(c, p, want, nets, taken, state, st);
    if (ok && !c->is_ours && !net) note_extra(c, taken);
    mem_free(nets);
    mem_free(taken);
    return ok;
}

bool weights_match(const Ckpt *c, const EbmProgram *p, const bool *want) {
    for (int i = 0; i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        if ((want && !want[i]) || s->kind == EBM_SLOT) continue;
        char name[CKPT_NAME];
        const StTensor *t = st_find(&c->file, ckpt_tensor_name(s, name));
        if (!t || t->array.rank != s->tensor.rank) return false;
        for (int d = 0; d < t->array.rank; d++)
            if (t->array.dim[d] != s->tensor.dim[d]) return false;
    }
    return true;
}

bool weights_export(const char *path, const EbmProgram *p, const bool *used, void *const *state,
                    Status *st) {
    StOut *out = mem_array((uint64_t)p->n_states + 1, sizeof *out, "an export", st);
    int n = 0;
    for (int i = 0; out && i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        if ((used && !used[i]) || !state_is_weight(s) || !p->groups[s->group].is_net) continue;
        out[n++] = (StOut){ s->name, elem_of_dtype(s->tensor.dtype), s->tensor.rank, s->tensor.dim,
                            state[i] };
    }
    char folder[IO_PATH];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 0, path);
    StMeta averages = { 0 };
    bool ok = out && (!*folder || io_make_folders(folder, st)) && weights_averages(p, &averages, st);
    ok = ok && st_write(path, out, n, &averages, *averages.value != 0, false, st);
    if (ok) console_note("wrote %s: %d tensors", path, n);
    mem_free((char *)averages.value);
    mem_free(out);
    return ok;
}
