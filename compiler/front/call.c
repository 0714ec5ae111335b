/* call.c - calls: frames, formals, networks and modules.
 *
 * Every function is a template: its formals are checked, its symbolic dimensions bound and its
 * body run anew per call. Parameters have names made of the calls that lead to them (E.conv0.1
 * .weight), so the same network called twice reads the same parameters. */
#include "front/elab.h"
#include <ctype.h>
#include <string.h>

enum { MAX_CALL_DEPTH = 64 };

/* ---- frames --------------------------------------------------------------------------------- */
Frame *frame_new(Elab *e, Frame *caller, const char *name, Range at) {
    Frame *f = NEW(e->arena, Frame);
    f->caller = caller;
    f->name = name;
    f->call_at = at;
    f->path = name;
    f->lhs = "";
    if (caller) {
        f->file = caller->file;
        f->frozen = caller->frozen;
        f->is_shared = caller->is_shared;
        f->in_sampler = caller->in_sampler;
        f->in_loop = caller->in_loop;
        f->mode = caller->mode;
        f->depth = caller->depth + 1;
    }
    return f;
}
Value *frame_lookup(Frame *f, const char *name) {
    for (; f; f = f->lexical)
        for (int i = f->vars.n - 1; i >= 0; i--)
            if (f->vars.v[i].name == name) {
                f->vars.v[i].used = true;
                return f->vars.v[i].value;
            }
    return NULL;
}
void frame_set(Elab *e, Frame *f, const char *name, Value *v, Range at) {
    for (int i = 0; i < f->vars.n; i++)
        if (f->vars.v[i].name == name) { f->vars.v[i].value = v; return; }
    vec_push(e->arena, &f->vars, ((Var){ .name = name, .value = v, .at = at }));
}

/* The call path that addresses a draw or a call: the left-hand name, what is drawn or called, and
 * its ordinal among equal ones in this frame. Code inserted elsewhere does not renumber it. */
const char *frame_site_path(Elab *e, Frame *f, const char *part) {
    const char *key = intern(arena_printf(e->arena, "%s:%s", f->lhs, part));
    int k = -1;
    for (int i = 0; i < f->ordinals.n; i++)
        if (f->ordinals.v[i].key == key) k = ++f->ordinals.v[i].count;
    if (k < 0) vec_push(e->arena, &f->ordinals, ((Ordinal){ .key = key, .count = k = 0 }));
    return arena_printf(e->arena, "%s/%s#%d", f->path, key, k);
}

/* ---- types of formals ----------------------------------------------------------------------- */
static bool dtype_of_name(const char *name, DType *t) {
    static const struct { const char *name; DType t; } table[] = {
        { "f32", DT_F32 }, { "real", DT_F32 }, { "i32", DT_I32 }, { "int", DT_I32 },
        { "u8", DT_U8 }, { "bool", DT_BOOL } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name)) { *t = table[i].t; return true; }
    return false;
}

/* A type with known sizes: data fields, buffers, params. */
bool type_shape(Elab *e, Frame *f, const Type *t, Shape *out, DType *dtype) {
    *dtype = DT_F32;
    *out = shape_scalar();
    if (t->kind == TY_NAME) {
        if (dtype_of_name(t->name, dtype)) return true;
        e_error(e, f, E0213, t->at, "unknown type '%s'", t->name);
        return false;
    }
    if (t->kind != TY_TENSOR) {
        e_error(e, f, E0213, t->at, "expected a tensor type such as [3, 32, 32]");
        return false;
    }
    if (t->name && !dtype_of_name(t->name, dtype)) {
        e_error(e, f, E0213, t->at, "unknown element type '%s'", t->name);
        diag_help("element types are f32, i32, u8 and bool");
        return false;
    }
    if (t->n_dims > MAX_RANK - 1) {
        e_error(e, f, E0001, t->at, "more than %d axes", MAX_RANK - 1);
        return false;
    }
    out->rank = t->n_dims;
    for (int i = 0; i < t->n_dims; i++) {
        const Dim *d = &t->dims[i];
        if (d->rest || !d->size) {
            e_error(e, f, E0213, d->at, "this type needs every size");
            return false;
        }
        if (!expr_const_int(e, f, d->size, "a size", &out->dim[i])) return false;
        if (out->dim[i] < 1 || out->dim[i] > INT32_MAX) {
            e_error(e, f, E0306, d->at, "a size is from 1 to 2^31-1; got %lld",
                    (long long)out->dim[i]);
            return false;
        }
    }
    int64_t count;
    if (!shape_count_checked(*out, &count)) {
        e_error(e, f, E0001, t->at, "a tensor of more than 2^40 elements");
        return false;
    }
    return true;
}

static const char *type_text(Elab *e, Frame *f, const Type *t) {
    Text s = { 0 };
    text_add(&s, t->name ? t->name : "");
    text_add(&s, "[");
    for (int i = 0; i < t->n_dims; i++) {
        const Dim *d = &t->dims[i];
        Value *v = d->size && d->size->kind == EX_NAME ? frame_lookup(f, d->size->name) : NULL;
        int64_t size;
        if (i) text_add(&s, ",");
        if (d->rest) text_add(&s, "..");
        else if (d->size->kind == EX_INT) text_printf(&s, "%lld", (long long)d->size->i);
        else if (v && value_const_int(v, &size)) text_printf(&s, "%lld", (long long)size);
        else if (d->size->kind == EX_NAME) text_add(&s, d->size->name);
        else text_add(&s, "?");
    }
    text_add(&s, "]");
    const char *out = arena_printf(e->arena, "%s", s.data);
    text_free(&s);
    return out;
}

/* Binds or compares one dimension; false when it differs. */
static bool match_dim(Elab *e, Frame *f, const Dim *d, int64_t actual) {
    const char *name = d->size->kind == EX_NAME ? d->size->name : NULL;
    Value *known = name ? frame_lookup(f, name) : NULL;
    if (name && !known && !scope_has(e, f->file, name)) {
        frame_set(e, f, name, value_int(e, actual, d->at), d->at);
        return true;
    }
    int64_t want;
    bool ok = expr_const_int(e, f, d->size, "a size", &want);           /* else reported there */
    if (d->name) frame_set(e, f, d->name, value_int(e, actual, d->at), d->at);
    return !ok || want == actual;
}

static bool match_tensor(Elab *e, Frame *f, const Type *t, Node *n) {
    Shape s = shape_example(n->shape);
    int rest = -1;
    for (int i = 0; i < t->n_dims; i++) if (t->dims[i].rest) rest = i;
    if (rest < 0 ? s.rank != t->n_dims : s.rank < t->n_dims - 1) return false;
    for (int i = 0; i < t->n_dims; i++) {
        if (i == rest) continue;
        int axis = rest >= 0 && i > rest ? s.rank - (t->n_dims - i) : i;
        if (!match_dim(e, f, &t->dims[i], s.dim[axis])) return false;
    }
    return true;
}

/* Does a value fit a declared type? Binds symbolic dimensions in f. Reports when not. */
bool type_check(Elab *e, Frame *f, const Type *t, Value *v, Range at, const char *what) {
    if (v->kind == V_ERROR) return false;
    DType want;
    if (t->kind == TY_FN || t->kind == TY_ENERGY) {
        if (value_callable(v)) return true;
        e_error(e, f, E0211, at, "%s is a function; got %s", what, value_text(e, v));
        return false;
    }
    if (t->kind == TY_TUPLE) {
        if (v->kind == V_TUPLE && v->n == t->n_args) {
            for (int i = 0; i < v->n; i++)
                if (!type_check(e, f, t->args[i], v->v[i], at, what)) return false;
            return true;
        }
        e_error(e, f, E0211, at, "%s is a tuple of %d; got %s", what, t->n_args, value_text(e, v));
        return false;
    }
    if (t->kind == TY_NAME && !strcmp(t->name, "str")) {
        if (v->kind == V_STR) return true;
        e_error(e, f, E0211, at, "%s is a string; got %s", what, value_text(e, v));
        return false;
    }
    Node *n = value_tensor(e, f, v);
    if (!n) return false;
    bool scalar = t->kind == TY_NAME;
    if (scalar && !dtype_of_name(t->name, &want)) {
        e_error(e, f, E0213, t->at, "unknown type '%s'", t->name);
        return false;
    }
    if (!scalar && !t->name) want = n->dtype;
    else if (!scalar && !dtype_of_name(t->name, &want)) {
        e_error(e, f, E0213, t->at, "unknown element type '%s'", t->name);
        return false;
    }
    bool fits = scalar ? shape_example(n->shape).rank == 0 : match_tensor(e, f, t, n);
    if (!fits) {
        e_error(e, f, E0301, at, "expected %s, got %s", scalar ? "[]" : type_text(e, f, t),
                shape_text(e->arena, shape_example(n->shape)));
        if (v->at.file >= 0 && (v->at.begin != at.begin || v->at.end != at.end))
            diag_note(v->at, "%s comes from here", shape_text(e->arena, shape_example(n->shape)));
        return false;
    }
    if (n->dtype == want || (want == DT_F32 && n->dtype == DT_I32)) return true;
    if (want == DT_I32 && expr_inexact(e, f, v, at, what)) return false;
    e_error(e, f, E0305, at, "%s is %s; got %s", what, dtype_name(want), value_text(e, v));
    return false;
}

/* ---- binding arguments ---------------------------------------------------------------------- */
/* An integer given to a formal that is declared real becomes one. */
static Value *coerce(Elab *e, const Type *t, Value *v) {
    DType want = DT_COUNT;
    if (!t || v->kind != V_TENSOR || v->node->dtype != DT_I32) return v;
    if (t->kind == TY_NAME || (t->kind == TY_TENSOR && t->name)) dtype_of_name(t->name, &want);
    return want == DT_F32 ? value_node(e, g_convert(e->g, v->node, DT_F32), v->at) : v;
}

bool call_bind(Elab *e, Frame *callee, Frame *caller, const char *name, const Formals *fs,
               const CallArg *args, int n, Range at) {
    Value **given = NEW_ARRAY(e->arena, Value *, fs->n + 1);
    int next = 0;
    for (int i = 0; i < n; i++) {
        int slot = -1;
        if (!args[i].name) slot = next++;
        else for (int k = 0; k < fs->n; k++) if (fs->v[k].name == args[i].name) slot = k;
        if (slot < 0) {
            const char *cand[64];
            int nc = 0;
            for (int k = 0; k < fs->n && nc < 64; k++) cand[nc++] = fs->v[k].name;
            e_error(e, caller, E0202, args[i].at, "%s has no argument '%s'", name, args[i].name);
            const char *best = nearest_name(args[i].name, cand, nc);
            if (best) diag_help("did you mean '%s'?", best);
            return false;
        }
        if (slot >= fs->n) {
            e_error(e, caller, E0210, args[i].at, "%s takes %d argument%s, got %d", name, fs->n,
                    fs->n == 1 ? "" : "s", n);
            return false;
        }
        if (given[slot]) {
            e_error(e, caller, E0210, args[i].at, "argument '%s' is given twice", fs->v[slot].name);
            return false;
        }
        given[slot] = args[i].value;
    }
    for (int k = 0; k < fs->n; k++) {
        const Formal *fo = &fs->v[k];
        Value *v = given[k];
        Range where = at;
        for (int i = 0; i < n; i++) if (args[i].value == v) where = args[i].at;
        if (!v && fo->init) v = expr_eval(e, callee, fo->init);
        if (!v) {
            e_error(e, caller, E0210, at, "%s needs an argument '%s'", name, fo->name);
            return false;
        }
        if (v->kind == V_ERROR) return false;
        if (fo->type && !type_check(e, callee, fo->type, v, where,
                                    arena_printf(e->arena, "argument '%s'", fo->name)))
            return false;
        frame_set(e, callee, fo->name, coerce(e, fo->type, v), fo->at);
    }
    return true;
}

/* ---- networks and modules ------------------------------------------------------------------- */
static Value *check_energy(Elab *e, Frame *f, const Fn *fn, Value *v, Range at) {
    if (!fn->is_net || fn->item->kind != IT_NET || fn->item->net_kind != NET_ENERGY) return v;
    Node *n = value_real(e, f, v);
    if (!n) return &value_error;
    if (shape_example(n->shape).rank == 0) return value_node(e, n, at);
    e_error(e, f, E0303, v->at.file >= 0 ? v->at : at, "an energy returns a scalar []; got %s",
            shape_text(e->arena, shape_example(n->shape)));
    int64_t count = shape_count(n->shape);
    if (count == 1) diag_help("add  |> squeeze");
    else diag_help("reduce it, for example with  sum(...)");
    return &value_error;
}

/* A network made from a module keeps to the types that its own declaration gives, too. `t` has the
 * sizes that their names stand for. */
static bool fits_declared(Elab *e, Frame *f, Frame *t, const Fn *fn, const CallArg *args, int n,
                          Value *out, Range at) {
    if (!fn->home) return true;
    const Type *in = fn->item->type;
    bool tuple = in->kind == TY_TUPLE;
    if (!out && n != (tuple ? in->n_args : 1)) {
        e_error(e, f, E0210, at, "'%s' is declared with %d input%s, got %d", fn->name,
                tuple ? in->n_args : 1, tuple && in->n_args != 1 ? "s" : "", n);
        return false;
    }
    for (int i = 0; !out && i < n; i++)
        if (!type_check(e, t, tuple ? in->args[i] : in, args[i].value, args[i].at, "an input"))
            return false;
    const char *what = arena_printf(e->arena, "the result of '%s'", fn->name);
    return !out || !fn->item->result || type_check(e, t, fn->item->result, out, at, what);
}

static Value *call_fn(Elab *e, Frame *f, Value *callee, const CallArg *args, int n, Range at) {
    const Fn *fn = callee->fn;
    if (f->depth >= MAX_CALL_DEPTH)
        return e_error(e, f, E0206, at, "calls nest deeper than %d: is '%s' recursive?",
                       MAX_CALL_DEPTH, fn->name);
    Frame *c = frame_new(e, f, fn->name, at);
    c->file = fn->file;
    c->lexical = fn->env;
    c->path = frame_site_path(e, f, fn->name);
    c->frozen |= callee->frozen;
    if (callee->mode != MODE_AS_BLOCK) c->mode = callee->mode;
    c->in_sampler |= fn->is_sampler;
    c->params = fn->prefix;
    c->ema = fn->ema;
    c->numbered = fn->body;
    Frame *declared = fn->home ? frame_new(e, f, fn->name, at) : NULL;
    if (declared) declared->file = fn->home;
    if (!fits_declared(e, f, declared, fn, args, n, NULL, at)) return &value_error;
    if (!call_bind(e, c, f, fn->name, fn->formals, args, n, at)) return &value_error;
    Value *v;
    if (fn->expr) {
        v = expr_eval(e, c, fn->expr);
    } else {
        stmt_block(e, c, fn->body);
        v = c->result ? c->result : &value_unit;
        if (!c->result && (fn->is_net || fn->is_sampler))
            return e_error(e, f, E0212, fn->item->name_at, "'%s' returns nothing", fn->name);
    }
    if (v->kind == V_ERROR) return v;
    if ((v = check_energy(e, c, fn, v, at))->kind == V_ERROR) return v;
    if (fn->is_net && fn->item->kind == IT_NET && fn->item->net_kind == NET_ENERGY) {
        lint_energy(e, f, fn->name, v->node, args, n, at);
        lint_fed(e, f, fn->name, args, n);
    }
    Range where = v->at.file >= 0 ? v->at : at;
    if (fn->result && v->kind != V_UNIT &&
        !type_check(e, c, fn->result, v, where, arena_printf(e->arena, "the result of '%s'",
                                                             fn->name)))
        return &value_error;
    if (v->kind == V_UNIT) return v;
    if (!fits_declared(e, f, declared, fn, args, n, v, at)) return &value_error;
    Value *out = NEW(e->arena, Value);
    *out = *v;
    out->at = at;
    return out;
}

/* Gives a module its static arguments; its parameters will live under `prefix`. */
static Value *apply_module(Elab *e, Frame *f, Value *m, const CallArg *args, int n, Range at,
                           const char *prefix) {
    for (int i = 0; i < n; i++) {
        const Value *v = args[i].value;
        if (v->kind != V_TENSOR || v->node->op == OP_CONST) continue;
        e_error(e, f, E0501, args[i].at, "a layer's arguments are fixed at compile time; this is a "
                "run-time value");
        diag_help("declare it with  const  (override: ebmcc -D name=value)");
        return &value_error;
    }
    Frame *statics = frame_new(e, f, m->item->name, at);
    statics->file = m->file;
    if (!call_bind(e, statics, f, m->item->name, &m->item->statics, args, n, at))
        return &value_error;
    Value *v = value_new(e, V_FN, at);
    Fn *fn = NEW(e->arena, Fn);
    *fn = (Fn){ .name = m->item->name, .item = m->item, .formals = &m->item->formals,
                .result = m->item->result, .body = &m->item->body, .file = m->file,
                .env = statics, .is_module = true, .prefix = prefix, .ema = f->ema };
    v->fn = fn;
    return v;
}

typedef struct Count { const Expr *target; const char *name; int index; bool found; } Count;
static void count_call(void *user, const Expr *x) {
    Count *c = user;
    if (x == c->target) c->found = true;
    const Expr *callee = x->kind == EX_CALL ? x->a : x;
    bool named = callee->kind == EX_NAME || callee->kind == EX_FIELD;
    if (!c->found && named && callee->name == c->name) c->index++;
}
/* "E.conv" + index among equal calls of this body, or "E." + the name given by `as`; then the
 * indices of the compile-time loops around. NULL: reported. */
static const char *layer_prefix(Elab *e, Frame *f, const Expr *call, const char *name,
                                const char *as) {
    char *s = arena_printf(e->arena, "%s.%s", f->params, as ? as : name);
    if (as && (!*as || strspn(as, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
               != strlen(as))) {
        e_error(e, f, E0211, call->at, "'as' names a layer with letters, digits and '_'; got '%s'",
                as);
        return NULL;
    }
    if (!as) {
        Count c = { .target = call, .name = call->a->name };
        if (f->numbered) ast_each_call(f->numbered, count_call, &c);
        for (char *p = s + strlen(f->params); *p; p++) *p = (char)tolower((unsigned char)*p);
        s = arena_printf(e->arena, "%s%d", s, c.index);
    }
    for (int i = 0; i < f->unrolled.n; i++)
        s = arena_printf(e->arena, "%s.%lld", s, (long long)f->unrolled.v[i]);
    const char *prefix = intern(s);
    for (int i = 0; i < e->layers.n; i++) {
        if (e->layers.v[i].prefix != prefix) continue;
        if (e->layers.v[i].call == call) return prefix;
        e_error(e, f, E0204, call->at, "two layers are called '%s'", prefix);
        diag_note(e->layers.v[i].call->at, "the other one");
        diag_help("one layer used twice is bound first:  f = Linear(...),  then  f(x)  and  f(y)");
        return NULL;
    }
    vec_push(e->arena, &e->layers, ((Layer){ prefix, call }));
    return prefix;
}

Value *net_value(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    const char *name = scope_name(e, fs, it->name);
    int group = group_find(e, name, true, true);
    if (it->from) {
        Value *path = expr_eval(e, f, it->from);
        if (path->kind == V_ERROR) return path;
        if (path->kind != V_STR)
            return e_error(e, f, E0211, it->from->at,
                           "the weights of a network come from a file name "
                           "in quotes; got %s", value_text(e, path));
        e->program->groups.v[group].from = path->str;
    }
    if (it->has_body) {
        Value *v = value_new(e, V_FN, it->name_at);
        Fn *fn = NEW(e->arena, Fn);
        *fn = (Fn){ .name = it->name, .item = it, .formals = &it->formals, .result = it->result,
                    .body = &it->body, .file = fs, .is_net = true, .prefix = name };
        v->fn = fn;
        return v;
    }
    const Expr *x = it->value;
    Value *m = x->kind == EX_CALL ? expr_eval(e, f, x->a) : expr_eval(e, f, x);
    if (m->kind == V_ERROR) return m;
    if (m->kind != V_MODULE || x->kind != EX_CALL)
        return e_error(e, f, E0211, x->at,
                       "a network is made from a module:  %s: ... = Module(...)",
                       it->name);
    CallArg *args = NEW_ARRAY(e->arena, CallArg, x->n_args + 1);
    for (int i = 0; i < x->n_args; i++)
        args[i] = (CallArg){ x->args[i].name, expr_eval(e, f, x->args[i].value), x->args[i].at };
    Value *v = apply_module(e, f, m, args, x->n_args, x->at, name);
    if (v->kind == V_ERROR) return v;
    Fn *fn = NEW(e->arena, Fn);
    *fn = *v->fn;
    fn->name = it->name;
    fn->item = it;
    fn->is_net = true;
    fn->home = fs;
    v->fn = fn;
    return v;
}

Value *ema_value(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    Value *of = scope_lookup(e, fs, it->of);
    if (!of) return e_unknown(e, f, fs, E0201, it->of_at, "network", it->of);
    if (of->kind == V_ERROR) return of;
    if (of->kind != V_FN || !of->fn->is_net || of->fn->ema)
        return e_error(e, f, E0211, it->of_at, of->kind == V_FN && of->fn->ema
                       ? "'%s' is an average itself" : "'%s' is not a network", it->of);
    const char *name = scope_name(e, fs, it->name);
    int g = group_find(e, name, true, true);
    e->program->groups.v[g].ema_of = group_find(e, of->fn->prefix, true, true);
    Value *v = value_new(e, V_FN, it->name_at);
    Fn *fn = NEW(e->arena, Fn);
    *fn = *of->fn;
    fn->name = it->name;
    fn->ema = name;
    v->fn = fn;
    return v;
}

/* ---- call expressions ----------------------------------------------------------------------- */
Value *call_value(Elab *e, Frame *f, Value *callee, const CallArg *args, int n, Range at) {
    for (int i = 0; i < n; i++) if (args[i].value->kind == V_ERROR) return &value_error;
    switch (callee->kind) {
    case V_ERROR: return callee;
    case V_FN: return call_fn(e, f, callee, args, n, at);
    case V_BUILTIN: return builtin_call(e, f, callee->builtin, args, n, at);
    default:
        if (callee->kind == V_STR && !strcmp(callee->str, "batch"))
            return tensor_batch(e, f, args, n, at);
        return e_error(e, f, E0211, at, "%s cannot be called", value_text(e, callee));
    }
}
Value *call_unary(Elab *e, Frame *f, Value *fn, Value *x, Range at) {
    return call_value(e, f, fn, &(CallArg){ NULL, x, at }, 1, at);
}

static Value *call_module(Elab *e, Frame *f, Value *m, const Expr *x, const CallArg *args, int n,
                          const char *as) {
    if (!f->params) {
        e_error(e, f, E0604, x->at, "'%s' owns parameters: it is used in a network or module body",
                m->item->name);
        diag_help("make an instance:  energy E: [...] = %s(...)", m->item->name);
        return &value_error;
    }
    if (f->in_loop && e->loop_index->op != OP_CONST && f->numbered == NULL)
        return e_error(e, f, E0604, x->at, "'%s' inside a run-time loop would create parameters "
                       "per step", m->item->name);
    const char *prefix = layer_prefix(e, f, x, m->item->name, as);
    return prefix ? apply_module(e, f, m, args, n, x->at, prefix) : &value_error;
}

/* f(args), x |> f(args), x |> f. `piped` is the value on the left of |>, or NULL. */
Value *call_expr(Elab *e, Frame *f, const Expr *x, Value *piped, const char *as) {
    const Expr *fx = x->kind == EX_CALL ? x->a : x;
    int given = x->kind == EX_CALL ? x->n_args : 0, n = 0;
    if (fx->kind == EX_INDEX && x->kind == EX_CALL) {
        const Expr *r = fx->a;
        if (r->kind == EX_NAME && comprehension_is(r->name)) return comprehension_eval(e, f, x);
    }
    Value *base = fx->kind == EX_FIELD ? expr_eval(e, f, fx->a) : NULL;
    if (base && base->kind == V_ERROR) return base;
    bool method = base && (base->kind == V_BUFFER || base->kind == V_DIST);
    Value *callee = method ? NULL : base ? state_field(e, f, base, fx->name, fx->op_at)
                                         : expr_eval(e, f, fx);
    if (callee && callee->kind == V_ERROR) return callee;
    bool module = callee && callee->kind == V_MODULE;
    CallArg *args = NEW_ARRAY(e->arena, CallArg, given + 2);
    if (piped && !module) args[n++] = (CallArg){ NULL, piped, x->at };
    bool ok = true;
    for (int i = 0; i < given; i++) {
        Value *v = expr_eval(e, f, x->args[i].value);
        ok &= v->kind != V_ERROR;
        args[n++] = (CallArg){ x->args[i].name, v, x->args[i].at };
    }
    if (!ok) return &value_error;
    if (method) return state_method(e, f, base, fx->name, args, n, x->at);
    if (as && !module) {
        e_error(e, f, E0211, x->at, "'as' names the parameters of a module; this stage has none");
        return &value_error;
    }
    if (!module) return call_value(e, f, callee, args, n, x->at);
    if (x->kind != EX_CALL)
        return e_error(e, f, E0210, x->at, "'%s' needs its arguments: %s(...)", callee->item->name,
                       callee->item->name);
    Value *layer = call_module(e, f, callee, x, args, n, as);
    if (!piped || layer->kind == V_ERROR) return layer;
    return call_unary(e, f, layer, piped, x->at);
}
