/* value.c - the elaborator's values: making them, reading constants, naming their types. */
#include "front/elab.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

Value value_error = { .kind = V_ERROR };
Value value_unit = { .kind = V_UNIT };

/* The notes say through which calls an error in a template was reached, innermost first. */
static void note_callers(const Frame *f, Range at) {
    for (int n = 0; f && f->caller && n < 3; f = f->caller) {
        Range c = f->call_at;
        if (c.file < 0 || (c.file == at.file && c.begin == at.begin && c.end == at.end)) continue;
        diag_note(c, "in '%s', called from here", f->name);
        n++;
    }
}

/* An error inside a library module is the caller's: it is shown at the call in the user's file. */
static bool in_library(Range at) {
    return at.file >= 0 && !strncmp(source_name(at.file), "std/", 4);
}

/* The frame whose call in the user's file leads to this place of the library; NULL: no such. */
static const Frame *user_frame(const Frame *f, Range at) {
    if (!in_library(at)) return NULL;
    while (f && in_library(f->call_at)) f = f->caller;
    return f && f->call_at.file >= 0 ? f : NULL;
}
Range user_place(const Frame *f, Range at) {
    const Frame *user = user_frame(f, at);
    return user ? user->call_at : at;
}

Value *e_error(Elab *e, Frame *f, DiagCode code, Range at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char text[512];
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const Frame *user = user_frame(f, at);
    if (user) {
        diag(code, user->call_at, "%s", text);
        diag_note(at, "in the standard library, here");
        note_callers(user->caller, user->call_at);
    } else {
        diag(code, at, "%s", text);
        note_callers(f, at);
    }
    return &value_error;
}

Value *value_new(Elab *e, ValueKind kind, Range at) {
    Value *v = NEW(e->arena, Value);
    v->kind = kind;
    v->at = at;
    return v;
}
Value *value_node(Elab *e, Node *n, Range at) {
    Value *v = value_new(e, V_TENSOR, at);
    v->node = n;
    return v;
}
Value *value_int(Elab *e, int64_t i, Range at) {
    if (i < -INT32_MAX || i > INT32_MAX)
        return e_error(e, NULL, E0306, at, "%lld does not fit: integers hold 32 bits",
                       (long long)i);
    return value_node(e, g_const(e->g, DT_I32, (double)i), at);
}

/* A constant real by its value, anything else by its type. */
static const char *tensor_text(Elab *e, const Node *n) {
    Shape s = shape_example(n->shape);
    if (n->op == OP_CONST && n->shape.rank == 0 && n->dtype == DT_F32) {
        const char *v = arena_printf(e->arena, "%.9g", n->data[0]);
        return strpbrk(v, ".en") ? v : arena_printf(e->arena, "%s.0", v);
    }
    const char *dt = n->dtype == DT_F32 ? "" : dtype_name(n->dtype);
    return arena_printf(e->arena, "%s%s%s", dt, shape_text(e->arena, s),
                        node_batched(n) ? " per sample" : "");
}

const char *value_text(Elab *e, const Value *v) {
    switch (v->kind) {
    case V_ERROR: return "an error";
    case V_UNIT: return "nothing";
    case V_TENSOR: return tensor_text(e, v->node);
    case V_STR: return "a string";
    case V_LIST: return arena_printf(e->arena, "a list of %d", v->n);
    case V_TUPLE: return arena_printf(e->arena, "a tuple of %d", v->n);
    case V_SHAPE: return "a shape";
    case V_FN: return arena_printf(e->arena, "%s '%s'", v->fn->is_sampler ? "the sampler" :
                                   v->fn->is_net ? "the network" : "the function", v->fn->name);
    case V_MODULE: return arena_printf(e->arena, "the module '%s'", v->item->name);
    case V_BUILTIN: return arena_printf(e->arena, "the function '%s'", builtin_name(v->builtin));
    case V_DIST: return "a distribution";
    case V_DATA: return "a data set";
    case V_BUFFER: return "a buffer";
    case V_SLOTS: return "buffer slots";
    case V_BATCH: return "the samples of a batch";
    case V_OPTIMIZER: return "an optimizer";
    case V_METRIC: return "a metric";
    case V_FILE: return arena_printf(e->arena, "the file '%s'", v->str);
    }
    return "?";
}

static bool const_scalar(const Value *v, double *out) {
    if (v->kind != V_TENSOR || v->node->op != OP_CONST || v->node->n_data != 1) return false;
    if (shape_example(v->node->shape).rank != 0) return false;
    *out = v->node->data[0];
    return true;
}
bool value_const_int(const Value *v, int64_t *out) {
    double d;
    if (!const_scalar(v, &d) || v->node->dtype != DT_I32) return false;
    *out = (int64_t)d;
    return true;
}
bool value_const_real(const Value *v, double *out) {
    return const_scalar(v, out) && v->node->dtype != DT_BOOL;
}
bool value_const_bool(const Value *v, bool *out) {
    double d;
    if (!const_scalar(v, &d) || v->node->dtype != DT_BOOL) return false;
    *out = d != 0;
    return true;
}
bool value_callable(const Value *v) { return v->kind == V_FN || v->kind == V_BUILTIN; }

Node *value_tensor(Elab *e, Frame *f, Value *v) {
    switch (v->kind) {
    case V_TENSOR: return v->node;
    case V_LIST: return tensor_stack(e, f, v->v, v->n, v->at);
    case V_ERROR: return NULL;
    case V_DIST: case V_BUFFER: case V_DATA:
        e_error(e, f, E0211, v->at, "expected a value, got %s", value_text(e, v));
        diag_help("draw from it first:  x ~ ...");
        return NULL;
    case V_BATCH:
        e_error(e, f, E0211, v->at, "expected a value, got %s", value_text(e, v));
        diag_help("go through them:  sum[y in batch(x)](...)   or   for y in batch(x) { }");
        return NULL;
    default:
        e_error(e, f, E0211, v->at, "expected a value, got %s", value_text(e, v));
        if (v->kind == V_FN) diag_help("call it:  %s(...)", v->fn->name);
        return NULL;
    }
}
Node *value_real(Elab *e, Frame *f, Value *v) {
    Node *n = value_tensor(e, f, v);
    if (!n) return NULL;
    if (n->dtype == DT_BOOL) {
        e_error(e, f, E0305, v->at, "expected numbers, got truth values");
        diag_help("convert them with  real(...)");
        return NULL;
    }
    return n->dtype == DT_F32 ? n : g_convert(e->g, n, DT_F32);
}
