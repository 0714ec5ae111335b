/* entry.c - train, eval and sample entries, and the score entries that every energy gets.
 *
 * An entry is settings, then statements. Its frame runs like a function body; statements with an
 * effect append to Entry.body. */
#include "front/elab.h"
#include <string.h>

/* ---- settings ------------------------------------------------------------------------------- */
static int64_t *setting(Entry *en, const char *name) {
    if (!strcmp(name, "batch")) return &en->batch;
    if (!strcmp(name, "steps") && en->mode == MODE_TRAIN) return &en->steps;
    if (!strcmp(name, "count") && en->mode != MODE_TRAIN) return &en->count;
    return NULL;
}
static bool is_setting(const Entry *en, const Stmt *s) {
    return s->kind == SK_ASSIGN && !s->op && s->target->kind == EX_NAME &&
           setting((Entry *)en, s->target->name);
}
static void read_setting(Elab *e, Frame *f, const Item *it, const Stmt *s) {
    int64_t v;
    for (int i = 0; i < it->body.n && it->body.v[i] != s; i++)
        if (is_setting(e->entry, it->body.v[i]) && it->body.v[i]->target->name == s->target->name) {
            e_error(e, f, E0204, s->target->at, "'%s' is set twice", s->target->name);
            diag_note(it->body.v[i]->at, "the first time is here");
            return;
        }
    if (!expr_const_int(e, f, s->value, "a setting", &v)) return;
    if (v < 1 || v > (int64_t)1 << 40)
        e_error(e, f, E0306, s->value->at, "'%s' is at least 1", s->target->name);
    else *setting(e->entry, s->target->name) = v;
}

/* A numeric optimiser field that is a constant becomes a run-time setting of its own:
 * ./prog train optimizer.E.lr=3e-4. */
static Node *tunable(Elab *e, const char *groups, const char *field, Node *n, Range at) {
    if (!n || n->op != OP_CONST) return n;
    const char *name = intern(arena_printf(e->arena, "optimizer.%s.%s", groups, field));
    for (int k = 0; k < e->program->scalars.n; k++)      /* another entry's: this one has its own */
        if (e->program->scalars.v[k].name == name) {
            name = intern(arena_printf(e->arena, "%s.%s", e->entry->name, name));
            break;
        }
    int i = scalar_index(e, name, SCALAR_ARG, DT_F32, n->data[0], "optimizer setting", at);
    return g_scalar(e->g, i, DT_F32);
}

/* "E", "E.head", "file.E": a network or free parameter, or the part of a network whose parameters
 * have that prefix. */
typedef struct GroupPath { int group; const char *prefix; bool part; } GroupPath;
static bool group_path(Elab *e, Frame *f, const GroupRef *ref, GroupPath *out) {
    FileScope *fs = f->file, *owner, *file;
    const char *path = ref->path, *dot = strchr(path, '.');
    const char *first = dot ? intern_n(path, (size_t)(dot - path)) : path;
    if (dot && !scope_item(fs, first, &owner) && (file = scope_alias(fs, first))) {
        fs = file;
        path = dot + 1;
        dot = strchr(path, '.');
        first = dot ? intern_n(path, (size_t)(dot - path)) : intern(path);
    }
    Item *it = scope_item(fs, first, &owner);
    bool net = it && it->kind == IT_NET, param = it && it->kind == IT_PARAM && !dot;
    if (!net && !param) {
        if (!it || dot) {
            e_unknown(e, f, fs, E0201, ref->at, "parameter group", path);
        } else if (it->kind == IT_EMA) {
            e_error(e, f, E0211, ref->at, "'%s' is an average, which follows '%s'", first, it->of);
            diag_help("move the network:  over %s", it->of);
        } else {
            e_error(e, f, E0211, ref->at, "'%s' has no parameters to learn", first);
            diag_help("networks and values declared with  param  learn");
        }
        return false;
    }
    const char *name = scope_name(e, owner, first);
    out->group = group_find(e, name, true, net);
    out->part = dot != NULL;
    out->prefix = dot ? intern(arena_printf(e->arena, "%s%s", name, dot)) : name;
    return true;
}

static bool has_prefix(const char *name, const char *prefix) {
    size_t n = strlen(prefix);
    return !strncmp(name, prefix, n) && (name[n] == '.' || !name[n]);
}

static void read_optimizer(Elab *e, Frame *f, const Stmt *s) {
    Value *v = expr_eval(e, f, s->value);
    if (v->kind != V_ERROR && v->kind != V_OPTIMIZER)
        e_error(e, f, E0211, s->value->at,
                "an optimizer is sgd, adam, adamw or rmsprop (...); got %s",
                value_text(e, v));
    Optimizer *o = NEW(e->arena, Optimizer);
    /* else: registered, so that nobody misses it */
    if (v->kind == V_OPTIMIZER) *o = *v->opt;
    Text name = { 0 };
    for (int i = 0; i < s->n_groups; i++) {
        GroupPath g;
        if (!group_path(e, f, &s->groups[i], &g)) continue;
        for (int k = 0; k < e->optimizers.n; k++)
            if (e->optimizers.v[k].prefix == g.prefix)
                e_error(e, f, E0204, s->groups[i].at, "'%s' has an optimizer already",
                        s->groups[i].path);
        o->split |= g.part;
        vec_push(e->arena, &o->groups, g.group);
        vec_push(e->arena, &e->optimizers, ((OptimizerRef){ g.prefix, o, s->groups[i].at, false }));
        text_printf(&name, "%s%s", i ? "," : "", g.prefix);
    }
    o->name = intern(name.data ? name.data : "");
    text_free(&name);
    o->lr = tunable(e, o->name, "lr", o->lr, o->at);
    o->clip_norm = tunable(e, o->name, "clip_norm", o->clip_norm, o->at);
    o->weight_decay = tunable(e, o->name, "weight_decay", o->weight_decay, o->at);
    vec_push(e->arena, &e->entry->optimizers, o);
}

/* ---- minimize ------------------------------------------------------------------------------- */
typedef VEC(int) States;
typedef struct Reach {
    Elab *e;
    const States *group;
    bool hit, *seen;              /* by state; NULL: not asked */
    const Node *stale, *local;
} Reach;
static void reach_state(void *user, const Node *n) {
    Reach *r = user;
    int i = (int)n->attr[0];
    if (r->e->program->states.v[i].kind == STATE_LOCAL) r->local = n;
    if (r->e->program->states.v[i].kind != STATE_PARAM) return;
    if (n->attr[1] < r->e->version.v[i]) r->stale = n;
    for (int k = 0; r->group && k < r->group->n; k++) r->hit |= r->group->v[k] == i;
    if (r->seen) r->seen[i] = true;
}
static bool in_group(void *user, const Node *n) {
    const Reach *r = user;
    for (int k = 0; k < r->group->n; k++) if (r->group->v[k] == n->attr[0]) return true;
    return false;
}

/* The optimizer with the longest prefix of the parameter's name, or NULL. */
static Optimizer *optimizer_of(Elab *e, int state) {
    const char *name = e->program->states.v[state].name;
    OptimizerRef *best = NULL;
    for (int i = 0; i < e->optimizers.n; i++) {
        OptimizerRef *o = &e->optimizers.v[i];
        if (has_prefix(name, o->prefix) && (!best || strlen(o->prefix) > strlen(best->prefix)))
            best = o;
    }
    if (best) best->used = true;
    return best ? best->optimizer : NULL;
}

/* The objective must be one number for the batch. */
static Node *objective(Elab *e, Frame *f, const Stmt *s) {
    Value *v = expr_eval(e, f, s->value);
    Node *y = v->kind == V_ERROR ? NULL : value_real(e, f, v);
    if (!y) return NULL;
    if (!node_batched(y) && y->shape.rank == 0) return y;
    e_error(e, f, E0311, s->value->at, "expected one value per batch, got %s",
            shape_example(y->shape).rank ? value_text(e, v) : "one per sample");
    diag_help("reduce it, for example  mean(...)");
    return NULL;
}

/* The parameters of one group of `over`, each with an optimizer and at least one in reach of y. */
static bool check_group(Elab *e, Frame *f, const GroupRef *ref, Node *y, States *out) {
    GroupPath g;
    if (!group_path(e, f, ref, &g)) return false;
    const Group *group = &e->program->groups.v[g.group];
    for (int i = 0; i < group->states.n; i++) {
        int k = group->states.v[i];
        if (!has_prefix(e->program->states.v[k].name, g.prefix)) continue;
        vec_push(e->arena, out, k);
        Optimizer *o = optimizer_of(e, k);
        if (!o) {
            e_error(e, f, E0502, ref->at, "no optimizer for '%s'", g.part && group->states.n > 1
                    ? e->program->states.v[k].name : ref->path);
            diag_help("add  optimizer %s = adam(lr = 1e-3)  to this entry", ref->path);
            return false;
        }
        o->split |= g.part;
    }
    if (g.part && !out->n) {
        e_error(e, f, E0201, ref->at, "'%s' has no parameters", ref->path);
        diag_help("ebmcc --params lists the names of all parameters");
        return false;
    }
    Reach r = { .e = e, .group = out, .seen = NEW_ARRAY(e->arena, bool, e->program->states.n + 1) };
    derive_live_states(e, y, reach_state, &r);
    for (int i = 0; i < out->n; i++) lint_moved(e, out->v[i], ref->at, r.seen[out->v[i]]);
    if (r.hit) {
        lint_cut_draws(e, f, y, ref->path, in_group, &r);
        return true;
    }
    e_error(e, f, E0403, ref->at, "no gradient path from this objective to %s", ref->path);
    lint_note_cut(e, y, in_group, &r);
    diag_help("a value drawn with '~' and stop(...) carry no gradient; '=' does");
    return false;
}

static void minimize(Elab *e, Frame *f, const Stmt *s) {
    Node *y = objective(e, f, s);
    if (!y) return;
    Reach r = { .e = e };
    derive_live_states(e, y, reach_state, &r);
    if (r.stale) {
        const State *st = &e->program->states.v[r.stale->attr[0]];
        e_error(e, f, E0404, s->value->at, "this objective was computed before %s changed",
                e->program->groups.v[st->group].name);
        diag_help("make it an objective and call it here, write stop(...) around what was computed "
                  "before, or take both updates in one simultaneous { }");
        return;
    }
    if (r.local) {
        e_error(e, f, E0408, s->value->at, "no gradient passes through a value that a block of the "
                "step assigns");
        diag_note(e->program->states.v[r.local->attr[0]].at, "in this block");
        diag_help("compute the objective where it is minimised, or cut the value with  stop(...)");
        return;
    }
    DoStmt d = { .kind = DO_UPDATE, .at = s->at, .sign = s->sign };
    VEC(Node *) param = { 0 };
    VEC(const Optimizer *) opt = { 0 };
    for (int i = 0; i < s->n_groups; i++) {
        States states = { 0 };
        if (!check_group(e, f, &s->groups[i], y, &states)) return;
        for (int k = 0; k < states.n; k++) {
            Node *p = state_read(e, states.v[k]);
            for (int j = 0; j < param.n; j++)
                if (param.v[j] == p) {
                    e_error(e, f, E0214, s->groups[i].at, "'%s' is in two groups of this update",
                            e->program->states.v[states.v[k]].name);
                    return;
                }
            vec_push(e->arena, &param, p);
            vec_push(e->arena, &opt, optimizer_of(e, states.v[k]));
        }
    }
    d.n_params = param.n;
    d.param = param.v;
    d.optimizer = opt.v;
    d.grad = NEW_ARRAY(e->arena, Node *, param.n + 1);
    for (int i = 0; i < param.n; i++) d.grad[i] = g_request(e->g, OP_GRAD, y, param.v[i], NULL);
    for (int i = 0; i < param.n; i++)
        if (e->simultaneous && block_is_pending(e, (int)param.v[i]->attr[0])) {
            e_error(e, f, E0214, s->at, "two updates of the same parameters are not simultaneous");
            return;
        }
    block_update(e, d);
}

/* ---- checks --------------------------------------------------------------------------------- */
void entry_require(Elab *e, Node *holds, const char *sentence, Range at) {
    Node *zero = g_const(e->g, DT_F32, 0), *nan = g_const(e->g, DT_F32, __builtin_nan(""));
    if (e->entry && !node_splat(holds, NULL))
        vec_push(e->arena, &e->entry->body,
                 ((DoStmt){ .kind = DO_CHECK, .at = at,
                            .name = arena_printf(e->arena, "!%s", sentence),
                            .value = g_select(e->g, holds, zero, nan) }));
}

/* ---- run ------------------------------------------------------------------------------------ */
static void run_candidate(const File *file, const char **names, int *n) {
    *n = 0;
    for (int i = 0; i < file->n && *n < 64; i++)
        if (file->items[i]->kind == IT_ENTRY && file->items[i]->entry_kind != ENTRY_TRAIN)
            names[(*n)++] = file->items[i]->name;
}

/* One setting of a run: count, batch or an arg, with a constant value. */
static bool run_word(Elab *e, Frame *f, const Arg *a, const char **word) {
    Value *v = expr_eval(e, f, a->value), *known = NULL;
    double d;
    bool truth;
    if (v->kind == V_ERROR) return false;
    bool setting = a->name && (!strcmp(a->name, "count") || !strcmp(a->name, "batch"));
    if (a->name && !setting) known = scope_lookup(e, f->file, a->name);
    if (!setting && (!known || known->kind != V_TENSOR || known->node->op != OP_SCALAR ||
                     e->program->scalars.v[known->node->attr[0]].kind != SCALAR_ARG)) {
        e_error(e, f, E0202, a->at, "a run takes count=, batch= and the program's args by name");
        return false;
    }
    const char *name = setting ? a->name : e->program->scalars.v[known->node->attr[0]].name;
    if (value_const_bool(v, &truth))
        *word = arena_printf(e->arena, "%s=%s", name, truth ? "true" : "false");
    else if (value_const_real(v, &d))
        *word = arena_printf(e->arena, "%s=%.9g", name, d);
    else {
        e_error(e, f, E0501, a->value->at, "the settings of a run are constants");
        return false;
    }
    return true;
}

/* run NAME(count = 64): an eval or sample entry of this file, after the step. */
static void run_statement(Elab *e, Frame *f, const Stmt *s) {
    const char *names[64];
    int n;
    bool found = false;
    run_candidate(scope_file(e->main_file), names, &n);
    for (int i = 0; i < n; i++) found |= names[i] == s->names[0];
    if (!found) {
        e_error(e, f, E0201, s->names_at[0], "no eval or sample entry '%s'", s->names[0]);
        const char *best = nearest_name(s->names[0], names, n);
        if (best) diag_help("did you mean '%s'?", best);
        return;
    }
    EntryRun r = { .name = s->names[0] };
    for (int i = 0; i < s->n_args; i++) {
        const char *word;
        if (!run_word(e, f, &s->args[i], &word)) return;
        for (int j = 0; j < i; j++)
            if (s->args[j].name == s->args[i].name) {
                e_error(e, f, E0210, s->args[i].at, "argument '%s' is given twice", s->args[i].name);
                return;
            }
        vec_push(e->arena, &r.words, word);
    }
    int k = 0;
    for (; k < e->entry->runs.n; k++) {                        /* a block's second elaboration */
        const EntryRun *o = &e->entry->runs.v[k];
        bool same = o->name == r.name && o->words.n == r.words.n;
        for (int i = 0; same && i < r.words.n; i++) same = !strcmp(o->words.v[i], r.words.v[i]);
        if (same) break;
    }
    if (k == e->entry->runs.n) vec_push(e->arena, &e->entry->runs, r);
    vec_push(e->arena, &e->entry->body,
             ((DoStmt){ .kind = DO_RUN, .at = s->at, .name = r.name, .run = k }));
}

bool entry_statement(Elab *e, Frame *f, const Stmt *s) {
    bool train = e->entry->mode == MODE_TRAIN;
    if (s->kind == SK_MINIMIZE) {
        if (!train) e_error(e, f, E0214, s->keyword_at, "'%s' belongs in the step of a train entry",
                            s->sign > 0 ? "minimize" : "maximize");
        else minimize(e, f, s);
        return true;
    }
    if (s->kind == SK_TRACK || s->kind == SK_REPORT) { output_numbers(e, f, s); return true; }
    if (s->kind == SK_RUN) {
        if (!train)
            e_error(e, f, E0214, s->keyword_at, "'run' belongs in the step of a train entry");
        else run_statement(e, f, s);
        return true;
    }
    if (s->kind != SK_CALL || s->value->kind != EX_CALL || s->value->a->kind != EX_NAME)
        return false;
    const char *name = s->value->a->name;
    if (strcmp(name, "save") && strcmp(name, "image") && strcmp(name, "plot")) return false;
    output_file(e, f, s, name);
    return true;
}

/* ---- entries -------------------------------------------------------------------------------- */
static Entry *entry_begin(Elab *e, EntryMode mode, const char *name, Range at) {
    Entry *en = NEW(e->arena, Entry);
    *en = (Entry){ .mode = mode, .name = name, .batch = 64, .steps = 10000, .graph = e->g,
                   .at = at };
    e->entry = en;
    for (int i = 0; i < e->version.n; i++) e->version.v[i] = 0;
    for (int i = 0; i < e->data_draws.n; i++) e->data_draws.v[i] = 0;
    e->moved.n = e->conditions.n = e->pending.n = e->n_blocks = e->optimizers.n = 0;
    e->tracked.n = e->temperatures.n = e->fills.n = e->fed.n = e->drawn.n = 0;
    e->collector = mode == MODE_SCORE ? NULL : &e->tracked;
    return en;
}
static void entry_end(Elab *e) {
    block_prune_locals(e);
    track_temperatures(e, e->entry);
    for (int i = 0; i < e->version.n; i++) vec_push(e->arena, &e->entry->versions, e->version.v[i]);
    vec_push(e->arena, &e->program->entries, e->entry);
    e->entry = NULL;
}

static void train_body(Elab *e, Frame *f, const Item *it) {
    const Stmt *step = NULL;
    for (int i = 0; i < it->body.n; i++) {
        const Stmt *s = it->body.v[i];
        if (is_setting(e->entry, s)) read_setting(e, f, it, s);
        else if (s->kind == SK_OPTIMIZER) read_optimizer(e, f, s);
        else if (s->kind == SK_STEP && !step) step = s;
        else if (s->kind == SK_STEP) e_error(e, f, E0204, s->keyword_at, "a second 'step'");
        else if (s->kind == SK_EXPORT && !e->entry->exported) e->entry->exported = s->names[0];
        else if (s->kind == SK_EXPORT) e_error(e, f, E0204, s->keyword_at, "a second 'export'");
        else if (s->kind == SK_ASSIGN && s->target->kind == EX_NAME) {
            e_error(e, f, E0203, s->target->at, "a train entry has no setting '%s'",
                    s->target->name);
            const char *best = nearest_name(s->target->name, (const char *[]){ "batch", "steps" },
                                            2);
            if (best) diag_help("did you mean '%s'?", best);
            else diag_help("settings are batch and steps; other values belong in  step { ... }");
        } else if (s->kind != SK_ERROR) {
            e_error(e, f, E0214, s->at,
                    "a train entry holds settings, optimizers and one step { ... }");
        }
    }
    if (!step) {
        e_error(e, f, E0212, it->name_at, "train '%s' has no step { ... }", it->name);
        return;
    }
    fill_buffers(e, f);
    stmt_block(e, f, &step->body);
    if (f->result) e_error(e, f, E0214, step->at, "'return' in a step");
    state_ema_updates(e, f);
    fill_prune(e);
    if (diag_errors()) return;
    for (int i = 0; i < e->optimizers.n; i++)
        if (!e->optimizers.v[i].used)
            diag(W0208, e->optimizers.v[i].at,
                 "no objective of '%s' moves '%s': its optimizer is never used",
                 it->name, e->optimizers.v[i].prefix);
    lint_ranges(e);
}

static void sample_body(Elab *e, Frame *f, const Item *it) {
    int first = 0;
    while (first < it->body.n && is_setting(e->entry, it->body.v[first]))
        read_setting(e, f, it, it->body.v[first++]);
    Block rest = { it->body.v + first, it->body.n - first, it->body.at };
    for (int i = 0; i < rest.n; i++)
        if (is_setting(e->entry, rest.v[i]))
            e_error(e, f, E0214, rest.v[i]->target->at, "'%s' is a setting: settings come first",
                    rest.v[i]->target->name);
    stmt_block(e, f, &rest);
    if (f->result) {
        e_error(e, f, E0214, it->name_at, "'return' in an entry");
        diag_help("what is computed leaves an entry by  report  or  save");
        return;
    }
    if (!e->entry->body.n && !diag_errors())
        e_error(e, f, E0212, it->name_at, "'%s' neither saves nor reports anything", it->name);
}

void entry_lower(Elab *e, FileScope *fs, const Item *it) {
    static const EntryMode mode[] = { [ENTRY_TRAIN] = MODE_TRAIN, [ENTRY_EVAL] = MODE_EVAL,
                                      [ENTRY_SAMPLE] = MODE_SAMPLE };
    entry_begin(e, mode[it->entry_kind], it->name, it->at);
    Frame *f = frame_new(e, NULL, it->name, NO_RANGE);
    f->file = fs;
    f->in_entry = true;
    f->mode = it->entry_kind == ENTRY_TRAIN ? MODE_TRAINING : MODE_EVALUATION;
    if (it->entry_kind == ENTRY_TRAIN) train_body(e, f, it);
    else sample_body(e, f, it);
    entry_end(e);
}

/* ---- score ---------------------------------------------------------------------------------- */
/* The example shape that an energy takes, when its type says so with constants. */
static bool input_shape(Elab *e, Frame *f, const Item *net, Shape *s) {
    const Type *t = net->has_body ? (net->formals.n == 1 ? net->formals.v[0].type : NULL)
        : net->type;
    if (!t || t->kind != TY_TENSOR) return false;
    for (int i = 0; i < t->n_dims; i++) {
        const Dim *d = &t->dims[i];
        if (d->rest || !d->size) return false;
        if (d->size->kind == EX_NAME && !scope_has(e, f->file, d->size->name)) return false;
    }
    DType dt;
    return type_shape(e, f, t, s, &dt) && dt == DT_F32;
}

/* Energies and input gradients of the points of a file: an entry per energy and per EMA copy. */
static void score_entry(Elab *e, FileScope *fs, const Item *it, const Item *net) {
    Frame *f = frame_new(e, NULL, it->name, NO_RANGE);
    f->file = fs;
    f->mode = MODE_EVALUATION;
    Shape s;
    if (!input_shape(e, f, net, &s)) return;
    Value *fn = scope_lookup(e, fs, it->name);
    if (!fn || fn->kind != V_FN) return;
    Entry *en = entry_begin(e, MODE_SCORE, it->name, it->at);
    f->path = intern(arena_printf(e->arena, "score/%s", it->name));
    DataSet d = { .name = intern(arena_printf(e->arena, "points.%s", it->name)), .is_points = true,
                  .at = it->at };
    vec_push(e->arena, &d.fields, ((DataField){ intern("x"), DT_F32, s }));
    vec_push(e->arena, &e->program->data, d);
    Node *x = g_data(e->g, e->program->data.n - 1, 0, 0, DT_F32, s), *var = g_var(e->g, x);
    Value *y = call_unary(e, f, fn, value_node(e, var, it->at), it->at);
    if (y->kind == V_ERROR) { e->entry = NULL; return; }
    vec_push(e->arena, &en->body, ((DoStmt){ .kind = DO_SAVE, .at = it->at, .name = "energy",
                                             .path = "scores.safetensors", .value = y->node }));
    if (derive_depends(e, y->node, var))
        vec_push(e->arena, &en->body,
                 ((DoStmt){ .kind = DO_SAVE, .at = it->at, .name = "grad",
                            .path = "scores.safetensors",
                            .value = g_request(e->g, OP_GRAD, y->node, var, NULL) }));
    entry_end(e);
}

void entry_score_all(Elab *e) {
    const File *file = scope_file(e->main_file);
    for (int i = 0; i < file->n; i++) {
        const Item *it = file->items[i], *net = it;
        FileScope *owner;
        if (it->kind == IT_EMA) net = scope_item(e->main_file, it->of, &owner);
        if (!net || net->kind != IT_NET || net->net_kind != NET_ENERGY) continue;
        if (it->kind == IT_NET || it->kind == IT_EMA) score_entry(e, e->main_file, it, net);
    }
}
