/* backend.c - the backend as one function: analyse, fuse, emit every level, plan. */
#include "backend/c/emit.h"
#include "backend/c/plan.h"
#include "backend/cuda/cuda.h"

#include <string.h>

static const char *const mode_names[] = { [MODE_TRAIN] = "train", [MODE_EVAL] = "eval",
                                          [MODE_SAMPLE] = "sample", [MODE_SCORE] = "score" };

static Unit *unit_new(Output *out, const Entry *e, int index) {
    const Program *p = out->p;
    Unit *u = NEW(out->a, Unit);
    *u = (Unit){ .p = p, .e = e, .index = index, .opt = out->opt, .a = out->a,
                 .cuda = out->cuda, .why = &out->why, .grids = &out->grids, .g = e ? e->graph : p->init_graph,
                 .name = e ? arena_printf(out->a, "%s %s", mode_names[e->mode], e->name) : "init" };
    if (e) {
        u->body = e->body.v, u->n_body = e->body.n;
        return u;
    }
    /* in `init` version 0 is what the writes make: a state may start as a copy of another */
    u->body = NEW_ARRAY(out->a, DoStmt, p->states.n + 1);
    for (int k = 0; k < p->states.n; k++)
        if (p->states.v[k].init)
            u->body[u->n_body++] = (DoStmt){ .kind = DO_WRITE, .at = p->states.v[k].at, .state = k,
                                             .value = p->states.v[k].init };
    return u;
}

static bool is_number(const DoStmt *s) {
    return s->kind == DO_TRACK || (s->kind == DO_REPORT && s->report == REPORT_MEAN);
}
static bool is_rows(const DoStmt *s) {
    return s->kind == DO_SAVE || s->kind == DO_IMAGE || s->kind == DO_PLOT ||
           (s->kind == DO_REPORT && !is_number(s));
}

/* Outputs leave, and runs are asked for, at the end of their segment. */
static void add_outputs(Unit *u, const Segment *g) {
    int output = 0;
    for (int k = 0; k < g->end; k++) {
        const DoStmt *s = &u->body[k];
        if (s->kind == DO_RUN && k >= g->begin)
            vec_push(u->a, &u->steps, ((Step){ .kind = STEP_RUN, .stmt = s, .value = -1,
                                               .value2 = -1 }));
        if (!is_number(s) && !is_rows(s))
            continue;
        int index = output++;
        if (k < g->begin)
            continue;
        const Node *v = base_of(s->value), *w = s->value2 ? base_of(s->value2) : NULL;
        Step step = { .kind = STEP_OUT, .stmt = s, .output = index, .value = -1, .value2 = -1 };
        bool host = info_of(u, v)->host || v->op == OP_CONST;
        if (is_rows(s) && !node_batched(v)) {
            unit_refuse(u, E0801, s->value, "a value without samples as rows of a file");
            continue;
        }
        if (is_number(s) && s->value->shape.rank != 0) {
            unit_refuse(u, E0801, s->value, "a tensor as a tracked number");
            continue;
        }
        if (!host || is_rows(s))
            step.value = unit_value_buffer(u, v);
        if (w)
            step.value2 = unit_value_buffer(u, w);
        vec_push(u->a, &u->steps, step);
    }
}

/* "layers.ebm:19": where in the source a node comes from. */
static const char *range_place(Unit *u, Range at) {
    if (at.file < 0)
        return "-";
    const char *name = source_name(at.file), *slash = strrchr(name, '/');
    int line, col;
    source_position(at, &line, &col);
    return arena_printf(u->a, "%s:%d", slash ? slash + 1 : name, line);
}
static const char *source_place(Unit *u, const Node *n) { return range_place(u, n->at); }

static void explain_boundaries(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        const NodeInfo *i = &u->info[id];
        if (!is_active(u, id) || unit_is_leaf(u, n) || n->op == OP_LOOP_VAR)
            continue;
        for (int k = 0; k < n->n_in; k++) {
            const Node *m = n->in[k];
            const NodeInfo *j = info_of(u, m);
            if (unit_is_leaf(u, m) || j->stage < 0 || i->stage < 0 || i->stage == j->stage)
                continue;
            const char *rule = j->sum ? "a sum over the batch ends its region"
                             : m->op == OP_LOOP_OUT ? "a run-time loop ends its region"
                             : !j->row ? "a shared value is computed before the tiles"
                             : "the value is needed at several levels";
            text_printf(u->why, "%s: %%%u %s (%s) | %%%u %s (%s): %s\n", u->name, m->id,
                        op_info[m->op].name, source_place(u, m), id, op_info[n->op].name,
                        source_place(u, n), rule);
        }
    }
}

static void emit_segment(Output *out, Unit *u) {
    unit_levels(u);
    for (int k = unit_fuse(u); k < u->stages.n; k++) {
        if (u->stages.v[k]->region && out->cuda)
            cuda_emit_region(out, u, u->stages.v[k]);
        else if (u->stages.v[k]->region)
            emit_region(out, u, u->stages.v[k]);
        else
            emit_nest(out, u, u->stages.v[k]);
    }
    add_outputs(u, &u->segments.v[u->seg]);
    explain_boundaries(u);
}

/* Segments and the statements between them, in order. */
static void unit_emit(Output *out, Unit *u) {
    int block = 0;
    unit_mark_stated(u);
    for (u->seg = 0; u->seg < u->segments.n && !u->failed; u->seg++) {
        emit_segment(out, u);
        int k = u->segments.v[u->seg].end;
        if (k == u->n_body)
            continue;
        Step mark = { .kind = STEP_MARK, .stmt = &u->body[k], .value = -1, .value2 = -1 };
        if (stmt_opens(u->body[k].kind) || u->body[k].kind == DO_ELSE)
            mark.block = ++block;
        if (u->body[k].kind == DO_REPEAT && u->body[k].name)
            text_printf(u->why, "%s: the loop (%s) runs on the host: %s\n", u->name,
                        range_place(u, u->body[k].at), u->body[k].name);
        vec_push(u->a, &u->steps, mark);
    }
}

static void put_stats(Output *out, const Emitted *em, Text *t) {
    int dots = 0, convs = 0, lines = 0;
    for (int k = 0; k < out->units.n; k++) {
        Unit *u = out->units.v[k];
        int launches = 0;
        for (uint32_t id = 0; id < u->n; id++) {
            Op op = u->node[id]->op;
            dots += u->info[id].live && op == OP_DOT;
            convs += u->info[id].live && (op == OP_CONV || op == OP_CONV_DX || op == OP_CONV_DW);
        }
        for (int s = 0; s < u->steps.n; s++)
            launches += u->steps.v[s].kind == STEP_LAUNCH;
        text_printf(t, "%s.launches\t%d\n%s.arena_64\t%llu\n%s.arena_256\t%llu\n", u->name,
                    launches,
                    u->name, (unsigned long long)arena_bytes(u, 64), u->name,
                    (unsigned long long)arena_bytes(u, 256));
        for (int s = 0; s < u->kernels.n; s++) {
            const Kernel *n = u->kernels.v[s];
            if (n->region)
                text_printf(t, "%s.k%d.flops\t%.0f\n%s.k%d.scratch\t%llu\n", u->name, n->id,
                            n->flops,
                            u->name, n->id, (unsigned long long)n->scratch);
        }
    }
    for (const char *s = em->kernels.data; s && *s; s++)
        lines += *s == '\n';
    text_printf(t, "kernels\t%d\ndots\t%d\nconvs\t%d\nparts\t%d\nkernel_lines\t%d\n",
                out->kernels.n,
                dots, convs, out->parts.n, lines);
}

/* Functions first, then the kernels. A long text is divided for several runs of the C compiler:
 * each kernel stands in one unit, what kernels share in all. The number of units. */
static int put_kernels_text(Output *out, Text *t) {
    enum { UNITS = 2, LONG_TEXT = 40000 };
    text_printf(t, "/* kernels.c - written by %s: functions over ranges of units. */\n",
                out->opt->compiler);
    text_printf(t, "%s#include \"ebm_prelude.h\"\n#include \"ebm.h\"\n\n",
                out->opt->bf16 ? "#define EBM_BF16 1\n" : "");
    text_add(t,
             "#ifdef __clang__\n/* it warns where it declines to vectorise */\n"
                "#pragma clang diagnostic ignored \"-Wpass-failed\"\n#endif\n\n");
    if (out->functions.data)
        text_add(t, out->functions.data);
    share_functions(out, t);
    size_t start = t->len, done[UNITS] = { 0 };
    for (int k = 0; k < out->kernels.n; k++)
        start += strlen(out->kernels.v[k]->text);
    int units = start > LONG_TEXT ? UNITS : 1;
    for (int k = 0; k < out->kernels.n; k++) {
        int unit = 0;                         /* the shortest so far */
        for (int u = 1; u < units; u++)
            unit = done[u] < done[unit] ? u : unit;
        done[unit] += strlen(out->kernels.v[k]->text);
        if (units > 1)
            text_printf(t, "\n#if !defined EBM_UNIT || EBM_UNIT == %d", unit + 1);
        text_add(t, "\n");
        share_render(out, out->kernels.v[k]->text, t);
        if (units > 1)
            text_add(t, "#endif\n");
    }
    return units;
}

/* The entries once more for CUDA; initial values are the CPU's work. */
static bool emit_cuda(Output *out) {
    bool good = true;
    for (int k = 0; k < out->p->entries.n; k++) {
        Unit *u = unit_new(out, out->p->entries.v[k], k);
        vec_push(out->a, &out->units, u);
        if (unit_analyse(u))
            unit_emit(out, u);
        good &= !u->failed;
        cuda_module_end(out, u);
    }
    return good;
}

bool backend_c_emit(const Program *p, const BackendOptions *o, Emitted *em) {
    Output out = { .p = p, .opt = o, .a = arena_new("the backend") };
    Output cuda = { .p = p, .opt = o, .a = out.a, .cuda = true };
    bool good = true;
    memset(em, 0, sizeof *em);
    for (int k = 0; k <= p->entries.n; k++) {
        const Entry *e = k < p->entries.n ? p->entries.v[k] : NULL;
        Unit *u = unit_new(&out, e, e ? k : -1);
        vec_push(out.a, &out.units, u);
        if (unit_analyse(u))
            unit_emit(&out, u);
        em->n_bf16 += u->n_bf16;
        good &= !u->failed;
    }
    if (good && o->cuda)
        good = emit_cuda(&cuda);
    if (good) {
        em->units = put_kernels_text(&out, &em->kernels);
        plan_emit(&out, o->cuda ? &cuda : NULL, &em->plan);
        if (o->cuda) {
            cuda_text(&cuda, &em->cuda);
            cuda_modules(&cuda, &em->modules);
        }
        for (int k = 0; k < out.units.n; k++)
            unit_memory_table(out.units.v[k], &em->memory);
        put_stats(&out, em, &em->stats);
    }
    text_add(&out.why, cuda.grids.data ? cuda.grids.data : "");
    text_free(&cuda.grids);
    em->why = out.why;
    text_free(&out.functions);
    text_free(&cuda.why);
    text_free(&cuda.functions);
    arena_free(out.a);
    return good;
}

void emitted_free(Emitted *e) {
    text_free(&e->kernels);
    text_free(&e->plan);
    text_free(&e->cuda);
    text_free(&e->modules);
    text_free(&e->why);
    text_free(&e->memory);
    text_free(&e->stats);
}
