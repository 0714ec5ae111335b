/* info.c - the `info` command and --show: what a program consists of. Runs nothing. */
#include "array.h"
#include "commands.h"
#include "jsontext.h"
#include "memory.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[] = { "param", "ema", "buffer", "slot", "state" };
static const char *const modes[] = { "train", "eval", "sample", "score" };

/* The table of parameters, EMA copies, buffers and values, and totals per group. */
static void print_states(const EbmProgram *p) {
    int width = 4;
    for (int i = 0; i < p->n_states; i++) {
        int n = (int)strlen(p->states[i].name);
        if (p->states[i].kind != EBM_SLOT && n > width) width = n;
    }
    printf("\n%-*s  %-7s %-5s %-20s %12s\n", width, "name", "kind", "dtype", "shape", "elements");
    for (int i = 0; i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        char shape[128];
        if (s->kind == EBM_SLOT) continue;
        printf("%-*s  %-7s %-5s %-20s %12" PRIu64 "\n", width, s->name, kinds[s->kind],
               dtype_name(s->tensor.dtype),
               array_format_shape(s->tensor.rank, s->tensor.dim, shape), tensor_count(&s->tensor));
    }
    for (int g = 0; g < p->n_groups; g++) {
        uint64_t total = 0;
        for (int i = 0; i < p->n_states; i++)
            if (p->states[i].group == g && p->states[i].kind == EBM_PARAM)
                total += tensor_count(&p->states[i].tensor);
        if (total) printf("%s: %" PRIu64 " parameters\n", p->groups[g].name, total);
    }
}

/* Entries, args and data sets. */
static void print_entries(const EbmProgram *p) {
    printf("\nentries\n");
    for (int i = 0; i < p->n_entries; i++) {
        const EbmEntryDesc *e = &p->entries[i];
        printf("  %-6s %-16s batch %" PRId64, modes[e->mode], e->name, e->batch);
        if (e->mode == EBM_TRAIN) printf(", steps %" PRId64, e->steps);
        else if (e->count) printf(", count %" PRId64, e->count);
        for (int k = 0; k < e->n_outputs; k++) printf("%s%s", k ? ", " : ": ", e->outputs[k].name);
        printf("\n");
    }
    printf("\nargs\n");
    for (int i = 0; i < p->n_scalars; i++) {
        const EbmScalarDesc *d = &p->scalars[i];
        if (d->kind == EBM_ARG)
            printf("  %-20s %-4s %.9g  %s\n", d->name, dtype_name(d->dtype), d->value,
                   d->doc ? d->doc : "");
    }
    if (p->n_data) printf("\ndata\n");
    for (int i = 0; i < p->n_data; i++)
        for (int k = 0; k < p->data[i].n_fields; k++) {
            const EbmFieldDesc *f = &p->data[i].fields[k];
            char shape[128];
            printf("  %s.%s %s %s%s%s\n", p->data[i].name, f->name, dtype_name(f->tensor.dtype),
                   array_format_shape(f->tensor.rank, f->tensor.dim, shape),
                   k < p->data[i].n_paths ? " from " : "",
                   k < p->data[i].n_paths ? p->data[i].paths[k] : "");
        }
}

/* Kernels, and the bytes of the state by kind. */
static void print_kernels(const EbmProgram *p) {
    char text[16];
    printf("\nkernels\n");
    for (int i = 0; i < p->n_kernels; i++)
        printf("  %-24s scratch %-10s %s\n", p->kernels[i].name,
               mem_format(p->kernels[i].scratch, text),
               p->kernels[i].what ? p->kernels[i].what : "");
    gpu_print_kernels(p);
    printf("\nmemory of the state\n");
    for (int kind = EBM_PARAM; kind <= EBM_VALUE; kind++) {
        uint64_t total = 0;
        for (int i = 0; i < p->n_states; i++)
            if ((int)p->states[i].kind == kind) total += tensor_bytes(&p->states[i].tensor);
        if (total) printf("  %-7s %s\n", kinds[kind], mem_format(total, text));
    }
    printf("  %-7s %s\n", "all", mem_format(run_state_bytes(p), text));
}

/* The same facts for programs to read. */
static bool print_json(const EbmProgram *p, Status *st) {
    json_t *states = json_array(), *entries = json_array(), *args = json_array();
    for (int i = 0; i < p->n_states; i++) {
        const EbmStateDesc *s = &p->states[i];
        json_t *shape = json_array();
        for (int d = 0; d < s->tensor.rank; d++)
            json_array_append_new(shape, json_integer(s->tensor.dim[d]));
        json_array_append_new(states, json_pack("{s:s, s:s, s:s, s:o}", "name", s->name, "kind",
                                                kinds[s->kind], "dtype",
                                                dtype_name(s->tensor.dtype), "shape", shape));
    }
    for (int i = 0; i < p->n_entries; i++) {
        const EbmEntryDesc *e = &p->entries[i];
        json_array_append_new(entries,
                              json_pack("{s:s, s:s, s:I, s:I, s:I}", "mode", modes[e->mode], "name",
                                        e->name, "batch", (json_int_t)e->batch, "steps",
                                        (json_int_t)e->steps, "count", (json_int_t)e->count));
    }
    for (int i = 0; i < p->n_scalars; i++)
        if (p->scalars[i].kind == EBM_ARG)
            json_array_append_new(args, json_pack("{s:s, s:f}", "name", p->scalars[i].name,
                                                  "default", p->scalars[i].value));
    json_t *all = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:i, s:I}", "program", p->name,
                            "compiler", p->compiler, "identity", p->identity, "states", states,
                            "entries", entries, "args", args, "kernels", p->n_kernels,
                            "state_bytes", (json_int_t)run_state_bytes(p));
    char *text = json_text(all, JSON_COMPACT, "the description", st);
    if (!text) return false;
    puts(text);
    mem_free(text);
    return true;
}

bool info_print(const EbmProgram *p, const Options *o, Status *st) {
    if (o->json) return print_json(p, st);
    printf("%s, compiled by %s\nidentity %s\n", p->name, p->compiler, p->identity);
    print_states(p);
    print_entries(p);
    print_kernels(p);
    return true;
}

void info_show(const Settings *s) {
    const EbmProgram *p = s->program;
    printf("# %s %s: batch = %" PRId64, modes[s->entry->mode], s->entry->name, s->batch);
    if (s->entry->mode == EBM_TRAIN) printf("; steps = %" PRId64, s->steps);
    else printf("; count = %" PRId64, s->count);
    printf("; seed = %" PRIu64 "\n", s->seed);
    for (int i = 0; i < p->n_scalars; i++)
        if (p->scalars[i].kind == EBM_ARG)
            printf("# %s = %.9g%s\n", p->scalars[i].name, s->scalar[i],
                   s->scalar[i] == p->scalars[i].value ? "" : "   (changed)");
    for (int i = 0; i < p->n_data; i++)
        for (int k = 0; k < s->paths[i].n; k++)
            printf("# %s from \"%s\"\n", p->data[i].name, s->paths[i].path[k]);
    printf("\n%s\n", p->spec_text);
}
