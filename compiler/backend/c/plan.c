/* plan.c - the steps of each entry as straight-line C over the runtime's functions.
 *
 * Needs memplan's offsets. Promises: no user text in the code; names and paths stand escaped in
 * `strings[]`; the order of calls is the order of Unit.steps, outputs last. */
#include "backend/c/plan.h"
#include "backend/cuda/cuda.h"

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

/* The counter of the block that a TURN scalar belongs to. */
static const char *turn_name(Unit *u, int scalar) {
    for (int b = 1; b < u->blocks.n; b++) {
        const DoStmt *s = &u->body[u->blocks.v[b].opener];
        if (s->kind == DO_REPEAT && s->turn_scalar == scalar)
            return arena_printf(u->a, "turn%d", b);
    }
    return "0";
}

/* The address of a buffer, as an expression in a step function. */
static const char *address(Unit *u, int buffer) {
    const Buffer *b = &u->buffers.v[buffer];
    switch (b->kind) {
    case BUF_STATE: return arena_printf(u->a, "ebm_state(run, %d)", plan_state_index(u->p, b->a));
    case BUF_FIELD: return arena_printf(u->a, "(void *)ebm_data_field(run, %d, %d)", b->a, b->b);
    case BUF_ROWS:
        if (b->turn >= 0)
            return arena_printf(u->a, "(void *)ebm_data_rows_on(run, %d, %d, %s)", b->a, b->b,
                                turn_name(u, b->turn));
        return arena_printf(u->a, "(void *)ebm_data_rows(run, %d, %d)", b->a, b->b);
    case BUF_SHARED: return arena_printf(u->a, "tmp + %llu", (unsigned long long)b->offset);
    case BUF_PIECE: return arena_printf(u->a, "part + %llu * piece", (unsigned long long)b->offset);
    case BUF_LEVEL: return arena_printf(u->a, "tree + %llu * levels", (unsigned long long)b->offset);
    default: return arena_printf(u->a, "row + %llu * pad", (unsigned long long)b->offset);
    }
}

static void put_launch(Unit *u, const Kernel *k, const char *indent, Text *t) {
    text_printf(t, "%sebm_launch(run, %d, (void *[]){", indent, k->id);
    for (int i = 0; i < k->args.n; i++)
        text_printf(t, "%s%s%s", i == 0 ? " " : i % 4 ? ", " : ",\n    ", i &&
                    i % 4 == 0 ? indent : "",
                    address(u, k->args.v[i]));
    text_printf(t, "%s }, ", k->args.n ? "" : " 0");
    const char *rows = k->pieced ? "s->end - s->from" : "s->batch";
    if (k->units == UNITS_FIXED)
        text_printf(t, "%lld);\n", (long long)k->n_units);
    else if (k->units == UNITS_BLOCKS && k->pieced)
        text_printf(t, "(s->end + %d) / %d - s->from / %d);\n", BLOCK - 1, BLOCK, BLOCK);
    else if (k->units == UNITS_BLOCKS)
        text_printf(t, "(s->batch + %d) / %d%s);\n", BLOCK - 1, BLOCK,
                    k->n_units > 1 ? arena_printf(u->a, " * %lld", (long long)k->n_units) : "");
    else if (k->wide)
        text_printf(t, "(%s + EBM_TILE_WIDE - 1) / EBM_TILE_WIDE);\n", rows);
    else
        text_printf(t, "(%s + %d) / %d);\n", rows, k->tile - 1, k->tile);
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

/* A rank-0 value as a C expression. */
static const char *scalar_text(Unit *u, const Node *n) {
    n = base_of(n);
    if (n->op == OP_CONST)
        return arena_printf(u->a, "%a", n->data[0]);
    if (info_of(u, n)->host)
        return arena_printf(u->a, "h%u", n->id);
    int b = info_of(u, n)->buffer;
    const char *type = u->buffers.v[b].dtype == DT_F32 ? "f32" : "i32";
    return arena_printf(u->a, "ebm_read_%s(run, %s)", type, address(u, b));
}

/* Lines of a step function, at the depth of its blocks. */
typedef struct Lines { Text *t; int depth; } Lines;
static void put_line(Lines *l, const char *text) {
    for (int i = 0; i < l->depth; i++)
        text_add(l->t, "    ");
    text_add(l->t, text);
    text_add(l->t, "\n");
}
static const char *indent_of(Unit *u, const Lines *l) {
    return arena_printf(u->a, "%*s", 4 * l->depth, "");
}

/* Brackets of blocks. `now` is the block that the plan is in. */
static void put_mark(Unit *u, const Step *s, const bool *need, int *now, Lines *l) {
    const DoStmt *d = s->stmt;
    int b = d->kind == DO_LEAVE ? *now : s->block;
    if (d->kind == DO_LEAVE) {
        while (!u->blocks.v[b].repeats)
            b = u->blocks.v[b].parent;
        bool turns = u->body[u->blocks.v[b].opener].turn_scalar >= 0;
        put_line(l, arena_printf(u->a,
                                 turns ? "if (!(%s)) { turn%d++; break; }" : "if (!(%s)) break;",
                                 scalar_text(u, d->value), b));
        return;
    }
    if (d->kind == DO_END || d->kind == DO_ELSE) {
        l->depth--;
        *now = u->blocks.v[*now].parent;
        if (d->kind == DO_END) {
            put_line(l, "}");
            return;
        }
    }
    if (d->kind == DO_REPEAT) {
        const char *turn = d->turn_scalar >= 0 ? arena_printf(u->a, ", turn%d++", b) : "";
        const char *trip = d->value ? arena_printf(u->a, "index%d < (int64_t)(%s)", b,
                                                   scalar_text(u, d->value)) : "";
        put_line(l, arena_printf(u->a, "for (int64_t index%d = 0; %s; index%d++%s) {", b, trip, b,
                                 turn));
    } else {
        put_line(l, d->kind == DO_ELSE ? "} else {"
                                       : arena_printf(u->a, "if (%s) {", scalar_text(u, d->value)));
    }
    l->depth++;
    *now = b;
    plan_host_values(u, need, b, indent_of(u, l), l->t);
}

static bool is_number(const DoStmt *s) {
    return s->kind == DO_TRACK || (s->kind == DO_REPORT && s->report == REPORT_MEAN);
}

/* What a check that fails says. */
static int check_name(Output *out, const DoStmt *s) {
    return string_index(out, s->name ? s->name : "value");
}

static void put_step(Output *out, Unit *u, const Step *s, const bool *need, int *now, Lines *l) {
    switch (s->kind) {
    case STEP_LAUNCH: put_launch(u, s->kernel, indent_of(u, l), l->t); break;
    case STEP_WHOLE: put_line(l, "s->from = 0, s->end = s->batch, s->piece = pad;"); break;
    case STEP_PIECES:
        put_line(l, "s->piece = piece;");
        put_line(l, "for (s->from = 0; s->from < s->batch; s->from = s->end) {");
        l->depth++;
        put_line(l, "s->end = s->from + piece < s->batch ? s->from + piece : s->batch;");
        break;
    case STEP_PIECES_END: l->depth--, put_line(l, "}"); break;
    case STEP_MARK: put_mark(u, s, need, now, l); break;
    case STEP_CHECK:
    case STEP_OUT:
        if (s->kind == STEP_OUT && !is_number(s->stmt)) {
            put_line(l, arena_printf(u->a, "ebm_rows_out(run, %d, %s, %s);", s->output,
                                     address(u, s->value), s->value2 >= 0 ? address(u,
                                             s->value2) : "0"));
            break;
        }
        if (s->kind == STEP_CHECK && s->value >= 0 && u->buffers.v[s->value].dtype == DT_F32) {
            put_line(l, arena_printf(u->a, "if (!ebm_check_at(run, %s, strings[%d])) return;",
                                     address(u, s->value), check_name(out, s->stmt)));
            break;
        }
        /* tracked values are read when they are recorded: each read may wait for a device */
        put_line(l, s->kind == STEP_OUT && s->stmt->kind == DO_TRACK ? "if (ebm_tracking(run)) {"
                 : "{");
        put_line(l, arena_printf(u->a, "    const float v = (float)(%s);", scalar_text(u,
                s->stmt->value)));
        if (s->kind == STEP_OUT)
            put_line(l, arena_printf(u->a, "    ebm_scalar_out(run, %d, &v);", s->output));
        else
            put_line(l, arena_printf(u->a, "    if (!ebm_check(run, &v, strings[%d])) return;",
                                     check_name(out, s->stmt)));
        put_line(l, "}");
        break;
    case STEP_RUN: put_line(l, arena_printf(u->a, "ebm_run_entry(run, %d);", s->stmt->run)); break;
    case STEP_COPY:
        put_line(l, arena_printf(u->a, "memcpy(%s, %s, %llu * (size_t)s->batch);", address(u,
                s->value2),
                                 address(u, s->value),
                                 (unsigned long long)u->buffers.v[s->value].bytes));
    }
}

static void put_unit(Output *out, Unit *u, Text *t) {
    unit_memplan(u);
    const Arena2 a = u->arena;
    const bool *need = plan_host_needs(u);
    Lines l = { t, 1 };
    int now = 0;
    bool rows = a.per_piece + a.per_level > 0;
    for (int k = 0; k < u->buffers.n; k++)
        rows |= u->buffers.v[k].kind == BUF_SAMPLE && u->buffers.v[k].first >= 0;
    if (u->index >= 0)
        text_printf(t, "\nstatic void %sstep_%d(EbmRun *run) {\n", u->cuda ? "cuda_" : "",
                    u->index);
    else
        text_add(t, "\nstatic void init(EbmRun *run) {\n");
    text_add(t, "    EbmScalars *s = ebm_scalars(run);\n");
    for (int b = 1; b < u->blocks.n; b++) {
        const DoStmt *d = &u->body[u->blocks.v[b].opener];
        if (d->kind == DO_REPEAT && d->turn_scalar >= 0)
            text_printf(t, "    int64_t turn%d = 0;\n", b);
    }
    plan_host_values(u, need, 0, "    ", t);
    text_printf(t, "    const int64_t pad = (s->batch + %d) / %d * %d;\n", BLOCK - 1, BLOCK, BLOCK);
    if (a.per_level)
        text_add(t, "    const int64_t levels = ebm_levels(pad);\n");
    if (u->piece_tile)
        text_printf(t, "    const int64_t piece = ebm_piece(run, %d, %llu);\n", u->piece_tile,
                    (unsigned long long)a.per_piece);
    text_printf(t, "    char *tmp = ebm_arena(run, %llu + %llu * (size_t)pad",
                (unsigned long long)a.fixed, (unsigned long long)a.per_sample);
    if (a.per_piece)
        text_printf(t, " + %llu * (size_t)piece", (unsigned long long)a.per_piece);
    if (a.per_level)
        text_printf(t, " + %llu * (size_t)levels", (unsigned long long)a.per_level);
    text_add(t, ");\n");
    if (rows)
        text_printf(t, "    char *row = tmp + %llu;\n", (unsigned long long)a.fixed);
    else
        text_add(t, "    (void)tmp;\n");
    if (a.per_piece)
        text_printf(t, "    char *part = row + %llu * pad;\n", (unsigned long long)a.per_sample);
    if (a.per_level && a.per_piece)
        text_printf(t, "    char *tree = part + %llu * piece;\n", (unsigned long long)a.per_piece);
    else if (a.per_level)
        text_printf(t, "    char *tree = row + %llu * pad;\n", (unsigned long long)a.per_sample);
    for (int k = 0; k < u->steps.n; k++)
        put_step(out, u, &u->steps.v[k], need, &now, &l);
    text_add(t, "}\n");
}

void plan_emit(Output *out, Output *cuda, Text *plan) {
    Text body = { 0 };
    for (int k = 0; k < out->units.n; k++)
        put_unit(out, out->units.v[k], &body);
    for (int k = 0; cuda && k < cuda->units.n; k++)
        put_unit(out, cuda->units.v[k], &body);
    text_printf(plan, "/* plan.c - written by %s: which kernel runs on which buffers. */\n",
                out->opt->compiler);
    if (out->opt->bf16)
        text_add(plan, "#define EBM_BF16 1\n");
    text_add(plan, "#include \"ebm.h\"\n\n#include <math.h>\n#include <string.h>\n\n");
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
    if (cuda)
        cuda_tables(cuda, plan);
    plan_tables(out, cuda, plan);
}
