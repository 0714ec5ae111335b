/* tables.c - the program's description: states, groups, scalars, data, entries, kernels, main.
 *
 * Promises: the same tables for the same program; `identity` hashes the graphs and the tables that
 * decide what a checkpoint means, not the source text. */
#include "backend/c/plan.h"

#include <sha256.h>
#include <stdio.h>
#include <string.h>

static const char *const dtype_names[DT_COUNT] = { "EBM_F32", "EBM_I32", "EBM_U8", "EBM_BOOL" };
static const char *const state_kinds[] = { "EBM_PARAM", "EBM_EMA", "EBM_BUFFER", "EBM_SLOT",
                                          "EBM_VALUE" };
static const char *const scalar_kinds[] = {
    [SCALAR_ARG] = "EBM_ARG", [SCALAR_ITER] = "EBM_ITER", [SCALAR_STEPS] = "EBM_STEPS",
    [SCALAR_BATCH] = "EBM_BATCH", [SCALAR_TRACKING] = "EBM_TRACKING",
    [SCALAR_EPOCH] = "EBM_EPOCH", [SCALAR_EXAMPLES] = "EBM_EXAMPLES" };
static const char *const modes[] = { "EBM_TRAIN", "EBM_EVAL", "EBM_SAMPLE", "EBM_SCORE" };

static void put_tensor(Text *t, DType dtype, Shape s) {
    text_printf(t, "{ %s, %d, { ", dtype_names[dtype], s.rank);
    for (int i = 0; i < s.rank; i++)
        text_printf(t, "%lld, ", (long long)s.dim[i]);
    text_add(t, s.rank ? "} }" : "0 } }");
}

int plan_state_index(const Program *p, int state) {
    int index = 0;
    for (int k = 0; k < state; k++)
        index += state_is_kept(&p->states.v[k]);
    return state < 0 || !state_is_kept(&p->states.v[state]) ? -1 : index;
}

static int count_states(const Program *p) {
    int n = 0;
    for (int k = 0; k < p->states.n; k++)
        n += state_is_kept(&p->states.v[k]);
    return n;
}

static bool of_block(const Scalar *s) { return s->kind == SCALAR_INDEX || s->kind == SCALAR_TURN; }
int plan_scalar_index(const Program *p, int scalar) {
    int index = 0;
    for (int k = 0; k < scalar; k++)
        index += !of_block(&p->scalars.v[k]);
    return index;
}

static void put_states(const Program *p, Text *t) {
    text_add(t, "\nstatic const EbmStateDesc states[] = {\n");
    for (int k = 0; k < p->states.n; k++) {
        const State *s = &p->states.v[k];
        if (!state_is_kept(s))
            continue;
        text_add(t, "    { ");
        plan_string(t, s->name);
        text_printf(t, ", %s, %d, %d, ", state_kinds[s->kind], plan_state_index(p, s->of),
                    s->group);
        put_tensor(t, s->dtype, s->shape);
        text_add(t, " },\n");
    }
    if (!count_states(p))
        text_add(t, "    { 0 },\n");
    text_add(t, "};\nstatic const EbmGroupDesc groups[] = {\n");
    for (int k = 0; k < p->groups.n; k++) {
        text_add(t, "    { ");
        plan_string(t, p->groups.v[k].name);
        text_printf(t, ", %s, %d, ", p->groups.v[k].is_net ? "true" : "false",
                    p->groups.v[k].ema_of);
        plan_string(t, p->groups.v[k].from);
        text_add(t, " },\n");
    }
    if (!p->groups.n)
        text_add(t, "    { 0 },\n");
    text_add(t, "};\nstatic const EbmScalarDesc scalars[] = {\n");
    for (int k = 0; k < p->scalars.n; k++) {
        const Scalar *s = &p->scalars.v[k];
        if (of_block(s))
            continue;
        text_add(t, "    { ");
        plan_string(t, s->name);
        text_printf(t, ", %s, %s, %a, ", scalar_kinds[s->kind], dtype_names[s->dtype], s->value);
        plan_string(t, s->doc);
        text_add(t, " },\n");
    }
    if (!plan_scalar_index(p, p->scalars.n))
        text_add(t, "    { 0 },\n");
    text_add(t, "};\n");
}

static void put_data(const Program *p, Text *t) {
    for (int k = 0; k < p->data.n; k++) {
        const DataSet *d = &p->data.v[k];
        text_printf(t, "static const char *const paths_%d[] = { ", k);
        for (int i = 0; i < d->paths.n; i++) {
            plan_string(t, d->paths.v[i]);
            text_add(t, ", ");
        }
        text_printf(t, "0 };\nstatic const EbmFieldDesc fields_%d[] = {\n", k);
        for (int i = 0; i < d->fields.n; i++) {
            text_add(t, "    { ");
            plan_string(t, d->fields.v[i].name);
            text_add(t, ", ");
            put_tensor(t, d->fields.v[i].dtype, d->fields.v[i].shape);
            text_add(t, " },\n");
        }
        text_add(t, "};\n");
    }
    text_add(t, "static const EbmDataDesc data[] = {\n");
    for (int k = 0; k < p->data.n; k++) {
        const DataSet *d = &p->data.v[k];
        text_add(t, "    { ");
        plan_string(t, d->name);
        text_printf(t, ", paths_%d, %d, fields_%d, %d, %s },\n", k, d->paths.n, k, d->fields.n,
                    d->is_points ? "true" : "false");
    }
    if (!p->data.n)
        text_add(t, "    { 0 },\n");
    text_add(t, "};\n");
}

static void put_output(const DoStmt *s, Text *t) {
    static const char *const kinds[] = { [DO_TRACK] = "EBM_TRACK", [DO_REPORT] = "EBM_REPORT",
                                         [DO_SAVE] = "EBM_SAVE", [DO_IMAGE] = "EBM_IMAGE",
                                         [DO_PLOT] = "EBM_PLOT" };
    bool auroc = s->kind == DO_REPORT && s->report == REPORT_AUROC;
    text_printf(t, "    { %s, ", auroc ? "EBM_AUROC" : s->said_once ? "EBM_NOTE" : kinds[s->kind]);
    plan_string(t, s->name);
    text_add(t, ", ");
    plan_string(t, s->path);
    text_add(t, ", ");
    DType dtype = s->value->dtype == DT_F32 ? DT_F32 : DT_I32;
    put_tensor(t, dtype, shape_example(s->value->shape));
    text_printf(t, ", %lld, %a, %a },\n", (long long)s->cols, s->lo, s->hi);
}

static bool is_output(const DoStmt *s) {
    return s->kind == DO_TRACK || s->kind == DO_REPORT || s->kind == DO_SAVE ||
            s->kind == DO_IMAGE ||
           s->kind == DO_PLOT;
}

/* Whether an entry reads rows of a set by index, or their number. */
static bool indexes_set(const Unit *u, int set) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        if (!u->info[id].live)
            continue;
        const State *s = n->op == OP_STATE ? &u->p->states.v[n->attr[0]] : NULL;
        const Scalar *c = n->op == OP_SCALAR ? &u->p->scalars.v[n->attr[0]] : NULL;
        if ((s && s->kind == STATE_DATA && s->set == set) ||
            (c && c->kind == SCALAR_EXAMPLES && (int)c->value == set))
            return true;
    }
    return false;
}

/* How many draws of a set a step makes, and which states it touches. */
static void put_uses(const Unit *u, Text *t) {
    const Program *p = u->p;
    text_printf(t, "static const int draws_%d[] = { ", u->index);
    for (int k = 0; k < p->data.n; k++) {
        int64_t n = 0;
        for (uint32_t id = 0; id < u->n; id++)
            if (u->info[id].live && u->node[id]->op == OP_DATA && u->node[id]->attr[0] == k &&
                n <= u->node[id]->attr[2])
                n = u->node[id]->attr[2] + 1;
        text_printf(t, "%lld, ", n == 0 && indexes_set(u, k) ? -1LL : (long long)n);
    }
    text_printf(t, "0 };\nstatic const bool used_%d[] = { ", u->index);
    bool *used = NEW_ARRAY(u->a, bool, p->states.n + 1);
    for (uint32_t id = 0; id < u->n; id++)
        if (u->info[id].live && u->node[id]->op == OP_STATE)
            used[u->node[id]->attr[0]] = true;
    for (int i = 0; i < u->n_effects; i++)
        if (u->effects[i].is_write)
            used[u->effects[i].stmt->state] = true;
    for (int k = 0; k < p->states.n; k++)
        if (state_is_kept(&p->states.v[k]))
            text_printf(t, "%d, ", used[k]);
    text_add(t, "0 };\n");
}

/* The index of the eval or sample entry of that name. */
static int entry_named(const Program *p, const char *name) {
    for (int k = 0; k < p->entries.n; k++) {
        const Entry *e = p->entries.v[k];
        if ((e->mode == MODE_EVAL || e->mode == MODE_SAMPLE) && strcmp(e->name, name) == 0)
            return k;
    }
    assert(!"a run of an entry that is not there");
    return -1;
}

static void put_runs(const Program *p, int entry, Text *t) {
    const Entry *e = p->entries.v[entry];
    for (int k = 0; k < e->runs.n; k++) {
        text_printf(t, "static const char *const words_%d_%d[] = { ", entry, k);
        for (int i = 0; i < e->runs.v[k].words.n; i++) {
            plan_string(t, e->runs.v[k].words.v[i]);
            text_add(t, ", ");
        }
        text_add(t, "0 };\n");
    }
    text_printf(t, "static const EbmRunDesc runs_%d[] = {\n", entry);
    for (int k = 0; k < e->runs.n; k++)
        text_printf(t, "    { %d, words_%d_%d, %d },\n", entry_named(p, e->runs.v[k].name), entry,
                    k,
                    e->runs.v[k].words.n);
    text_add(t, e->runs.n ? "};\n" : "    { 0 },\n};\n");
}

static void put_entries(Output *out, Text *t) {
    const Program *p = out->p;
    for (int k = 0; k < p->entries.n; k++) {
        const Entry *e = p->entries.v[k];
        text_printf(t, "static const EbmOutputDesc outputs_%d[] = {\n", k);
        int n = 0;
        for (int i = 0; i < e->body.n; i++)
            if (is_output(&e->body.v[i])) {
                put_output(&e->body.v[i], t);
                n++;
            }
        text_add(t, n ? "};\n" : "    { 0 },\n};\n");
        put_uses(out->units.v[k], t);
        put_runs(p, k, t);
    }
    text_add(t, "static const EbmEntryDesc entries[] = {\n");
    for (int k = 0; k < p->entries.n; k++) {
        const Entry *e = p->entries.v[k];
        int n = 0;
        for (int i = 0; i < e->body.n; i++)
            n += is_output(&e->body.v[i]);
        text_printf(t, "    { %s, ", modes[e->mode]);
        plan_string(t, e->name);
        text_printf(t, ", %lld, %lld, %lld, step_%d, outputs_%d, %d, draws_%d, used_%d, "
                    "runs_%d, %d, ",
                    (long long)e->batch, (long long)e->steps, (long long)e->count, k, k, n, k, k, k,
                    e->runs.n);
        plan_string(t, e->exported);
        text_add(t, " },\n");
    }
    if (!p->entries.n)
        text_add(t, "    { 0 },\n");
    text_add(t, "};\n");
}

static void put_kernels(Output *out, Text *t) {
    for (int k = 0; k < out->kernels.n; k++)
        text_printf(t, "%s%s", k == 0 ? "EbmKernelFn k0" : arena_printf(out->a, ", k%d", k),
                    k + 1 == out->kernels.n ? ";\n" : "");
    text_add(t, "static const EbmKernel kernels[] = {\n");
    for (int k = 0; k < out->kernels.n; k++) {
        const Kernel *n = out->kernels.v[k];
        text_printf(t, "    { \"k%d\", k%d, %llu, \"%s\" },\n", k, k,
                    (unsigned long long)n->scratch,
                    n->what);
    }
    if (!out->kernels.n)
        text_add(t, "    { 0 },\n");
    text_add(t, "};\n");
}

const char *plan_identity(Output *out) {
    Text t = { 0 };
    const Program *p = out->p;
    put_states(p, &t);
    put_data(p, &t);
    for (int k = 0; k < out->units.n; k++) {
        Unit *u = out->units.v[k];
        Node **roots = NEW_ARRAY(u->a, Node *, 3 * u->n_body + 1);
        int n = 0;
        for (int i = 0; i < u->n_body; i++) {
            const DoStmt *s = &u->body[i];
            text_printf(&t, "%d %d %d\n", s->kind, s->state, s->version);
            if (s->value) roots[n++] = s->value;
            if (s->value2) roots[n++] = s->value2;
            if (s->index) roots[n++] = s->index;
        }
        graph_print(&t, u->g, roots, n);
    }
    char hex[SHA256_DIGEST_STRING_LENGTH];
    SHA256Data((const uint8_t *)t.data, t.len, hex);
    text_free(&t);
    return arena_printf(out->a, "%s", hex);
}

void plan_slots(const Output *out, int *n_f, int *n_i) {
    *n_f = *n_i = 0;
    for (int k = 0; k < out->units.n; k++) {
        const Unit *u = out->units.v[k];
        *n_f = *n_f > u->slots_f.n ? *n_f : u->slots_f.n;
        *n_i = *n_i > u->slots_i.n ? *n_i : u->slots_i.n;
    }
}

void plan_tables(Output *out, bool cuda, Text *t) {
    const Program *p = out->p;
    int n_f, n_i;
    plan_slots(out, &n_f, &n_i);
    put_states(p, t);
    put_data(p, t);
    put_entries(out, t);
    put_kernels(out, t);
    text_add(t, "static const char spec_text[] =\n    ");
    plan_string(t, p->spec_text ? p->spec_text : "");
    text_add(t, ";\n\nconst EbmProgram ebm_program = {\n    EBM_ABI, ");
    plan_string(t, p->name);
    text_add(t, ", ");
    plan_string(t, out->opt->compiler);
    text_printf(t, ", spec_text,\n    \"%s\",\n", plan_identity(out));
    text_printf(t, "    states, %d, groups, %d, scalars, %d, data, %d,\n", count_states(p),
                p->groups.n,
                plan_scalar_index(p, p->scalars.n), p->data.n);
    text_printf(t, "    entries, %d, kernels, %d, %d, %d, init, %s\n};\n", p->entries.n,
                out->kernels.n, n_f, n_i, cuda ? "&cuda" : "0");
    text_add(t,
             "\nint main(int argc, char **argv) { return ebm_main(&ebm_program, argc, argv); }\n");
}
