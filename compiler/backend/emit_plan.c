/* emit_plan.c - the steps of each entry as straight-line C over the runtime's functions.
 *
 * Needs memplan's offsets. Promises: no user text in the code; names and paths stand escaped in
 * `strings[]`; the order of calls is the order of Unit.steps, outputs last. */
#include "backend/plan.h"

#include <string.h>

void plan_string(Text *t, const char *s) {
    if (!s) {
        text_add(t, "0");
        return;
    }
    text_add(t, "\"");
    for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
        if (*p == '"' || *p == '\\')
            text_printf(t, "\\%c", *p);
        else if (*p == '\n')
            text_add(t, p[1] ? "\\n\"\n    \"" : "\\n");
        else if (*p < 32 || *p > 126 || *p == '?')
            text_printf(t, "\\%03o", *p);
        else
            text_add_n(t, (const char *)p, 1);
    }
    text_add(t, "\"");
}

/* The address of a buffer, as an expression in a step function. */
static const char *address(Unit *u, int buffer) {
    const Buffer *b = &u->buffers.v[buffer];
    switch (b->kind) {
    case BUF_STATE: return arena_printf(u->a, "ebm_state(run, %d)", b->a);
    case BUF_FIELD: return arena_printf(u->a, "(void *)ebm_data_field(run, %d, %d)", b->a, b->b);
    case BUF_ROWS: return arena_printf(u->a, "(void *)ebm_data_rows(run, %d, %d)", b->a, b->b);
    case BUF_SHARED: return arena_printf(u->a, "tmp + %llu", (unsigned long long)b->offset);
    default: return arena_printf(u->a, "row + %llu * pad", (unsigned long long)b->offset);
    }
}

static void put_launch(Unit *u, const Kernel *k, Text *t) {
    text_printf(t, "    ebm_launch(run, %d, (void *[]){", k->id);
    for (int i = 0; i < k->args.n; i++)
        text_printf(t, "%s%s", i == 0 ? " " : i % 4 ? ", " : ",\n        ", address(u, k->args.v[i]));
    text_printf(t, "%s }, ", k->args.n ? "" : " 0");
    if (k->units == UNITS_FIXED)
        text_printf(t, "%lld);\n", (long long)k->n_units);
    else if (k->units == UNITS_BLOCKS)
        text_printf(t, "(s->batch + %d) / %d);\n", BLOCK - 1, BLOCK);
    else
        text_printf(t, "(s->batch + %d) / %d);\n", k->tile - 1, k->tile);
}

/* Index of a string in `strings[]`. */
static int string_index(Output *out, const char *s) {
    int k = 0;
    while (k < out->strings.n && strcmp(out->strings.v[k], s) != 0)
        k++;
    if (k == out->strings.n)
        vec_push(out->a, &out->strings, s);
    return k;
}

/* A rank-0 value as a float variable `v`, in an open block. */
static void put_scalar(Unit *u, const Node *n, Text *t) {
    n = base_of(n);
    if (n->op == OP_CONST)
        text_printf(t, "        const float v = (float)%a;\n", n->data[0]);
    else if (info_of(u, n)->host)
        text_printf(t, "        const float v = (float)h%u;\n", n->id);
    else {
        int b = info_of(u, n)->buffer;
        const char *type = u->buffers.v[b].dtype == DT_F32 ? "float" : "int32_t";
        text_printf(t, "        const float v = (float)*(const %s *)(%s);\n", type, address(u, b));
    }
}

static void put_step(Output *out, Unit *u, const Step *s, Text *t) {
    switch (s->kind) {
    case STEP_LAUNCH: put_launch(u, s->kernel, t); break;
    case STEP_CHECK:
        text_add(t, "    {\n");
        put_scalar(u, s->stmt->value, t);
        text_printf(t, "        if (!ebm_check(run, &v, strings[%d])) return;\n    }\n",
                    string_index(out, s->stmt->name ? s->stmt->name : "value"));
        break;
    case STEP_OUT:
        if (s->stmt->kind == DO_TRACK || (s->stmt->kind == DO_REPORT && s->stmt->report == REPORT_MEAN)) {
            text_add(t, "    {\n");
            put_scalar(u, s->stmt->value, t);
            text_printf(t, "        ebm_scalar_out(run, %d, &v);\n    }\n", s->output);
        } else {
            text_printf(t, "    ebm_rows_out(run, %d, %s, %s);\n", s->output, address(u, s->value),
                        s->value2 >= 0 ? address(u, s->value2) : "0");
        }
    }
}

static void put_unit(Output *out, Unit *u, Text *t) {
    Node **extra = NEW_ARRAY(u->a, Node *, u->steps.n + 1);
    int n_extra = 0;
    bool rows = false;
    for (int k = 0; k < u->steps.n; k++) {
        const DoStmt *s = u->steps.v[k].stmt;
        if (s && s->value && info_of(u, s->value)->host)
            extra[n_extra++] = s->value;
    }
    Arena2 a = unit_memplan(u);
    u->fixed = a.fixed, u->per_sample = a.per_sample;
    for (int k = 0; k < u->buffers.n; k++)
        rows |= u->buffers.v[k].kind == BUF_SAMPLE && u->buffers.v[k].first >= 0;
    if (u->index >= 0)
        text_printf(t, "\nstatic void step_%d(EbmRun *run) {\n", u->index);
    else
        text_add(t, "\nstatic void init(EbmRun *run) {\n");
    text_add(t, "    EbmScalars *s = ebm_scalars(run);\n");
    plan_host_values(u, extra, n_extra, t);
    text_printf(t, "    const int64_t pad = (s->batch + %d) / %d * %d;\n", BLOCK - 1, BLOCK, BLOCK);
    text_printf(t, "    char *tmp = ebm_arena(run, %llu + %llu * (size_t)pad);\n",
                (unsigned long long)a.fixed, (unsigned long long)a.per_sample);
    if (rows)
        text_printf(t, "    char *row = tmp + %llu;\n", (unsigned long long)a.fixed);
    else
        text_add(t, "    (void)tmp;\n");
    for (int k = 0; k < u->steps.n; k++)
        put_step(out, u, &u->steps.v[k], t);
    text_add(t, "}\n");
}

void plan_emit(Output *out, Text *plan) {
    Text body = { 0 };
    for (int k = 0; k < out->units.n; k++)
        put_unit(out, out->units.v[k], &body);
    text_printf(plan, "/* plan.c - written by %s: which kernel runs on which buffers. */\n",
                out->opt->compiler);
    text_add(plan, "#include \"ebm.h\"\n\n#include <math.h>\n\n");
    if (out->strings.n) {
        text_add(plan, "static const char *const strings[] = {\n");
        for (int k = 0; k < out->strings.n; k++) {
            text_add(plan, "    ");
            plan_string(plan, out->strings.v[k]);
            text_add(plan, ",\n");
        }
        text_add(plan, "};\n\n");
    }
    text_add(plan, plan_host_helpers);
    text_add(plan, body.data ? body.data : "");
    text_free(&body);
    plan_tables(out, plan);
}
