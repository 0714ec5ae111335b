/* output.c - what an entry shows: track, report, save, image, plot.
 *
 * Needs the entry that is being lowered. Promises: every output is a statement whose value has the
 * rate, shape and type that its file or metric takes. */
#include "front/elab.h"
#include <string.h>

static const char *arg_name(const Arg *a) {
    if (a->name) return a->name;
    return a->value->kind == EX_NAME ? a->value->name : NULL;
}
void output_numbers(Elab *e, Frame *f, const Stmt *s) {
    bool track = s->kind == SK_TRACK;
    if (track != (e->entry->mode == MODE_TRAIN)) {
        e_error(e, f, E0214, s->keyword_at, track ? "'track' belongs in a train entry"
                                                  : "'report' belongs in an eval entry");
        return;
    }
    for (int i = 0; i < s->n_args; i++) {
        const Arg *a = &s->args[i];
        const char *name = arg_name(a);
        if (!name) {
            e_error(e, f, E0210, a->at, "name this value:  %s loss = ...", track ? "track"
                    : "report");
            continue;
        }
        Value *v = expr_eval(e, f, a->value);
        if (v->kind == V_ERROR) continue;
        DoStmt d = { .kind = track ? DO_TRACK : DO_REPORT, .at = s->at, .name = name };
        if (v->kind == V_METRIC && !track) {
            d.report = REPORT_AUROC;
            d.value = v->v[0]->node;
            d.value2 = v->v[1]->node;
        } else if (!(d.value = value_real(e, f, v))) {
            continue;
        } else if (node_batched(d.value) || d.value->shape.rank) {
            e_error(e, f, E0311, a->at, "expected one value per batch, got %s",
                    shape_example(d.value->shape).rank ? value_text(e, v) : "one per sample");
            diag_help("reduce it, for example  %s = mean(...)", name);
            continue;
        }
        vec_push(e->arena, &e->entry->body, d);
    }
}

static bool number_pair(Elab *e, Frame *f, Value *v, double *lo, double *hi) {
    if (!v) return true;
    if ((v->kind == V_TUPLE || v->kind == V_LIST) && v->n == 2 && value_const_real(v->v[0], lo) &&
        value_const_real(v->v[1], hi) && *lo < *hi)
        return true;
    e_error(e, f, E0211, v->at, "range is a pair of constants such as (-1, 1)");
    return false;
}

static bool ends_with(const char *s, const char *tail) {
    size_t n = strlen(s), m = strlen(tail);
    return n > m && !strcmp(s + n - m, tail);
}

/* One tensor of a file; its name there is that of the value. */
static bool save_tensor(Elab *e, Frame *f, const Stmt *s, const char *name, Value *v,
                        const char *path) {
    Node *n = value_tensor(e, f, v);
    if (!n) return false;
    if (!node_batched(n)) {
        e_error(e, f, E0311, v->at, "'save' writes one value per sample; this one is shared");
        return false;
    }
    for (int i = 0; i < e->entry->body.n; i++) {
        const DoStmt *o = &e->entry->body.v[i];
        if (o->kind != DO_SAVE || strcmp(o->path, path) != 0) continue;
        bool twice = !strcmp(o->name, name), plain = !ends_with(path, ".safetensors");
        if (!twice && !plain) continue;
        e_error(e, f, E0204, v->at, twice ? "'%s' is saved in \"%s\" already"
                : "'%s': \"%s\" holds one tensor", name, path);
        if (plain) diag_help("a .safetensors file holds several");
        return false;
    }
    vec_push(e->arena, &e->entry->body, ((DoStmt){ .kind = DO_SAVE, .at = s->at, .value = n,
                                                   .name = name, .path = path }));
    return true;
}

/* save(x, file), save((x, y), file): tensors x and y; of a tuple with a name t, t.0 and t.1. */
static void save_output(Elab *e, Frame *f, const Stmt *s, const Expr *x, Value *v, Value *file) {
    const char *path = file->str, *base = x->kind == EX_NAME ? x->name : "x";
    if (!ends_with(path, ".npy") && !ends_with(path, ".safetensors")) {
        e_error(e, f, E0211, file->at, "'save' writes .npy or .safetensors files");
        return;
    }
    if (v->kind != V_TUPLE) { save_tensor(e, f, s, base, v, path); return; }
    for (int i = 0; i < v->n; i++) {
        const Expr *part = x->kind == EX_TUPLE ? x->v[i] : NULL;
        const char *name = part && part->kind == EX_NAME ? part->name
                         : intern(arena_printf(e->arena, "%s.%d", base, i));
        if (!save_tensor(e, f, s, name, v->v[i], path)) return;
    }
}

/* save(x, "f.safetensors"), image(x, "f.png", cols=, range=), plot(x, "f.png", range=) */
void output_file(Elab *e, Frame *f, const Stmt *s, const char *what) {
    const Expr *x = s->value;
    CallArg *args = NEW_ARRAY(e->arena, CallArg, x->n_args + 1);
    for (int i = 0; i < x->n_args; i++)
        args[i] = (CallArg){ x->args[i].name, expr_eval(e, f, x->args[i].value), x->args[i].at };
    if (e->entry->mode == MODE_TRAIN) {
        e_error(e, f, E0214, s->at, "'%s' belongs in a sample or eval entry", what);
        return;
    }
    bool image = !strcmp(what, "image"), save = !strcmp(what, "save");
    Value *v[4] = { 0 };
    if (!bind_args(e, f, what, save ? "x, file" : image ? "x, file, cols=, range="
                   : "x, file, range=",
                   args, x->n_args, s->at, v))
        return;
    if (v[1]->kind != V_STR) {
        e_error(e, f, E0211, v[1]->at, "expected a file name in quotes");
        return;
    }
    if (save) { save_output(e, f, s, x->args[0].value, v[0], v[1]); return; }
    Node *n = value_tensor(e, f, v[0]);
    if (!n) return;
    DoStmt d = { .kind = image ? DO_IMAGE : DO_PLOT, .at = s->at, .value = n, .path = v[1]->str,
                 .lo = image ? 0 : -3, .hi = image ? 1 : 3, .cols = 10 };
    d.name = x->args[0].value->kind == EX_NAME ? x->args[0].value->name : "x";
    Shape ex = shape_example(n->shape);
    if (!node_batched(n)) {
        e_error(e, f, E0311, args[0].at, "'%s' writes one value per sample; this one is shared",
                what);
        return;
    }
    if (image && v[2] && (!value_const_int(v[2], &d.cols) || d.cols < 1)) {
        e_error(e, f, E0501, v[2]->at, "cols is a constant of at least 1");
        return;
    }
    if (!number_pair(e, f, image ? v[3] : v[2], &d.lo, &d.hi)) return;
    if (image && (ex.rank != 3 || (ex.dim[0] != 1 && ex.dim[0] != 3))) {
        e_error(e, f, E0301, args[0].at, "an image is [1,H,W] or [3,H,W]; got %s",
                shape_text(e->arena, ex));
        return;
    }
    if (!image && (ex.rank != 1 || ex.dim[0] != 2)) {
        e_error(e, f, E0301, args[0].at, "plot shows points [2]; got %s", shape_text(e->arena, ex));
        return;
    }
    if (n->dtype != DT_F32) d.value = g_convert(e->g, n, DT_F32);
    vec_push(e->arena, &e->entry->body, d);
}
