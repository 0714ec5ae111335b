/* expr.c - the value of a node at an index, as C text.
 *
 * Values in memory are loaded, everything else is computed on the spot: elementwise nodes from
 * their operands at the same index, views from their operand at another index. Equal values of one
 * block are computed once (memo), at the outermost level where they do not change.
 *
 * Promises: an index that the text reads is always inside the value, whatever the data are: pads
 * and concatenations clamp it before they select. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <string.h>

/* ---- elementwise ---------------------------------------------------------------------------- */

/* Text of an integer op: wraps, and division by zero gives 0. */
static const char *integer_text(Op op) {
    switch (op) {
    case OP_ADD: return "(int32_t)((uint32_t)$0 + (uint32_t)$1)";
    case OP_SUB: return "(int32_t)((uint32_t)$0 - (uint32_t)$1)";
    case OP_MUL: return "(int32_t)((uint32_t)$0 * (uint32_t)$1)";
    case OP_NEG: return "(int32_t)(0u - (uint32_t)$0)";
    case OP_DIV: return "($1 == 0 ? 0 : $1 == -1 ? (int32_t)(0u - (uint32_t)$0) : "
                        "$0 / ($1 ? $1 : 1))";
    case OP_MOD: return "($1 == 0 || $1 == -1 ? 0 : "
                        "($0 % ($1 ? $1 : 1) + ($1 ? $1 : 1)) % ($1 ? $1 : 1))";
    case OP_MAXIMUM: return "($0 > $1 ? $0 : $1)";
    case OP_MINIMUM: return "($0 < $1 ? $0 : $1)";
    case OP_ABS: return "($0 < 0 ? (int32_t)(0u - (uint32_t)$0) : $0)";
    case OP_SIGN: return "(($0 > 0) - ($0 < 0))";
    default: return NULL;
    }
}

static const char *convert_text(DType from, DType to) {
    if (to == DT_F32) return from == DT_F32 ? "$0" : "(float)$0";
    if (to == DT_BOOL) return from == DT_F32 ? "($0 != 0.0f)" : "($0 != 0)";
    if (from == DT_F32 && to == DT_I32)       /* saturates; NaN gives 0 */
        return "($0 >= 0x1p31f ? 2147483647 : $0 >= -0x1p31f ? (int32_t)$0 : "
               "$0 < 0.0f ? (-2147483647 - 1) : 0)";
    if (to == DT_U8)
        return from == DT_F32 ? "($0 >= 255.0f ? 255 : $0 > 0.0f ? (int32_t)$0 : 0)"
                              : "($0 > 255 ? 255 : $0 > 0 ? $0 : 0)";
    return "$0";
}

static const char *substitute(Emit *e, const char *pattern, const Val *v) {
    Text t = { 0 };
    for (const char *s = pattern; *s; s++) {
        if (*s == '$')
            text_add(&t, v[*++s - '0'].text);
        else
            text_add_n(&t, s, 1);
    }
    const char *r = P(e, "%s", t.data);
    text_free(&t);
    return r;
}

Val emit_elementwise(Emit *e, const Node *n, const Val *v) {
    int level = 0;
    for (int k = 0; k < n->n_in; k++)
        level = level > v[k].level ? level : v[k].level;
    const char *pattern = NULL;
    DType t = n->in[n->n_in - 1]->dtype;
    if (n->op == OP_CONVERT)
        pattern = convert_text(t, n->dtype);
    else if (t != DT_F32 && n->op != OP_SELECT)
        pattern = integer_text(n->op);
    if (!pattern)
        pattern = op_info[n->op].emit;
    const char *text = substitute(e, pattern, v);
    size_t len = strlen(text);
    if (len > 2 && text[0] == '(' && op_info[n->op].emit == pattern)
        text = P(e, "%.*s", (int)(len - 2), text + 1);
    e->flops += level == 2 ? 1 : 0;
    return block_local(e, n->dtype, level, text);
}

/* ---- views ---------------------------------------------------------------------------------- */

static int lead(const Node *n) { return node_batched(n) ? 1 : 0; }

/* A named index, so that long index texts are written once. */
static const char *name_index(Emit *e, const char *text) {
    int64_t v;
    if (strlen(text) < 24 || ix_literal(text, &v))
        return text;
    for (int k = 0; k < e->memo.n; k++)
        if (e->memo.v[k].node == UINT32_MAX && strcmp(e->memo.v[k].flat, text) == 0)
            return e->memo.v[k].val.text;
    int level = index_level(e, text);
    const char *name = P(e, "n%d", e->serial++);
    block_line(e, level, "const int64_t %s = %s;", name, text);
    vec_push(e->a, &e->memo, ((Memo){ UINT32_MAX, text, { name, level } }));
    return name;
}

static Val value_pad(Emit *e, const Node *n, Index *ix) {
    const Node *a = n->in[0];
    Shape from = shape_example(a->shape);
    const int64_t *low = n->attr, *inner = n->attr + 2 * n->shape.rank;
    const char *axis[MAX_RANK] = { 0 }, *inside = NULL;
    for (int i = 0; i < from.rank; i++) {
        int k = i + lead(n);
        const char *at = ix_add(e, index_get_axis(e, ix, i), ix_num(e, -low[k]));
        int64_t v, step = inner[k] + 1, end = (from.dim[i] - 1) * step;
        if (low[k] == 0 && n->attr[n->shape.rank + k] == 0 && inner[k] == 0) {
            axis[i] = at;
            continue;
        }
        at = ix_literal(at, &v) ? at : name_index(e, at);
        const char *ok = P(e, "%s >= 0 && %s <= %lld", at, at, (long long)end);
        if (step > 1)
            ok = P(e, "%s && %s %% %lld == 0", ok, at, (long long)step);
        inside = inside ? P(e, "%s && %s", inside, ok) : ok;
        const char *safe = P(e, "(%s < 0 ? 0 : %s > %lld ? %lld : %s)", at, at, (long long)end,
                             (long long)end, at);
        axis[i] = name_index(e, step > 1 ? P(e, "(%s / %lld)", safe, (long long)step) : safe);
    }
    Index to = index_axes(from, axis);
    Val v = emit_value(e, a, to);
    if (!inside)
        return v;
    const char *flat = index_get_flat(e, ix);
    int level = index_level(e, flat);
    const char *ok = P(e, "n%d", e->serial++);
    block_line(e, level, "const int %s = %s;", ok, inside);
    const char *zero = emit_number(e, n->dtype, 0);
    return block_local(e, n->dtype, v.level > level ? v.level : level,
                       P(e, "%s ? %s : %s", ok, v.text, zero));
}

static Val value_concat(Emit *e, const Node *n, Index *ix) {
    int axis = (int)n->attr[0] - lead(n);
    const char *at = index_get_axis(e, ix, axis);
    Val all = { NULL, 0 };
    int64_t end = 0, start = 0, v;
    for (int k = 0; k < n->n_in; k++) {
        const Node *a = n->in[k];
        Shape from = shape_example(a->shape);
        start = end, end += from.dim[axis];
        if (ix_literal(at, &v) && (v < start || v >= end))
            continue;
        Index to = index_axes(from, ix->axis);
        const char *here = ix_add(e, at, ix_num(e, -start));
        if (!ix_literal(here, &v)) {
            int64_t top = from.dim[axis] - 1;
            if (start == 0)
                here = P(e, "(%s > %lld ? %lld : %s)", here, (long long)top, (long long)top, here);
            else if (k == n->n_in - 1)
                here = P(e, "(%s < 0 ? 0 : %s)", here, here);
            else
                here = P(e, "(%s < 0 ? 0 : %s > %lld ? %lld : %s)", here, here, (long long)top,
                         (long long)top, here);
            here = name_index(e, here);
        }
        to.axis[axis] = here;
        Val x = emit_value(e, a, to);
        int level = index_level(e, at);
        if (!all.text) {
            all = x;
            continue;
        }
        level = level > x.level ? level : x.level;
        level = level > all.level ? level : all.level;
        all = block_local(e, n->dtype, level, P(e, "%s < %lld ? %s : %s", at, (long long)start,
                                                all.text, x.text));
    }
    return all;
}

static Val value_view(Emit *e, const Node *n, Index *ix) {
    const Node *a = n->n_in ? n->in[0] : NULL;
    const char *axis[MAX_RANK] = { 0 };
    Shape from = a ? shape_example(a->shape) : shape_scalar();
    int ln = lead(n), la = a ? lead(a) : 0;
    switch (n->op) {
    case OP_IOTA: {
        int k = (int)n->attr[0] - ln;
        if (k < 0)
            return (Val){ n->n_attr == 2 ? "(int32_t)(row + t)" : "(int32_t)(sample0 + t)", 2 };
        const char *at = index_get_axis(e, ix, k);
        return (Val){ P(e, "(int32_t)%s", at), index_level(e, at) };
    }
    case OP_RESHAPE:
        return emit_value(e, a, index_flat(from, index_get_flat(e, ix)));
    case OP_BROADCAST:
        for (int i = 0; i < from.rank; i++)
            axis[i] = index_get_axis(e, ix, (int)n->attr[i + la] - ln);
        break;
    case OP_TRANSPOSE:
        for (int i = 0; i < from.rank; i++)
            axis[n->attr[i + ln] - la] = index_get_axis(e, ix, i);
        break;
    case OP_SLICE:
        for (int i = 0; i < from.rank; i++)
            axis[i] = ix_add(e, ix_mul(e, index_get_axis(e, ix, i),
                                       n->attr[2 * n->shape.rank + i + ln]),
                             ix_num(e, n->attr[i + ln]));
        break;
    case OP_REVERSE:
        for (int i = 0; i < from.rank; i++)
            axis[i] = index_get_axis(e, ix, i);
        for (int i = 0; i < n->n_attr; i++) {
            int k = (int)n->attr[i] - ln;
            axis[k] = P(e, "(%lld - %s)", (long long)from.dim[k] - 1, axis[k]);
        }
        break;
    case OP_PAD: return value_pad(e, n, ix);
    case OP_CONCAT: return value_concat(e, n, ix);
    default: assert(!"a view");
    }
    return emit_value(e, a, index_axes(from, axis));
}

/* DOT without a sum: the product of two elements. */
static Val value_product(Emit *e, const Node *n, Index *ix) {
    DotPlan d = dot_plan(e->u, n);
    const Node *in[2] = { n->in[0], n->in[1] };
    const int64_t *batch[2] = { d.ab, d.bb }, *con[2] = { d.ac, d.bc };
    const int *freed[2] = { d.fa, d.fb };
    int n_free[2] = { d.nfa, d.nfb }, at = 0;
    const char *out[2 * MAX_RANK] = { 0 }, *wide[2][MAX_RANK] = { { 0 } };
    for (int i = 0; i < n->shape.rank; i++)
        out[i] = i < lead(n) ? NULL : index_get_axis(e, ix, i - lead(n));
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < d.nb; i++)
            wide[s][batch[s][i]] = out[i];
        for (int i = 0; i < d.nc; i++)
            wide[s][con[s][i]] = "0";
    }
    at = d.nb;
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < n_free[s]; i++)
            wide[s][freed[s][i]] = out[at++];
    Val v[2];
    for (int s = 0; s < 2; s++)
        v[s] = emit_value(e, in[s], index_axes(shape_example(in[s]->shape),
                                               wide[s] + lead(in[s])));
    int level = v[0].level > v[1].level ? v[0].level : v[1].level;
    return block_local(e, DT_F32, level, P(e, "%s * %s", v[0].text, v[1].text));
}

/* ---- values --------------------------------------------------------------------------------- */

static const char *const_table(Emit *e, const Node *n) {
    Text t = { 0 };
    text_printf(&t, "[%lld] = {", (long long)n->n_data);
    for (int64_t i = 0; i < n->n_data; i++)
        text_printf(&t, "%s%s", i % 8 ? " " : "\n    ",
                    P(e, "%s,", emit_number(e, n->dtype, n->data[i])));
    text_add(&t, "\n};\n");
    int at = e->out->first_table;
    while (at < e->out->tables.n && strcmp(e->out->tables.v[at], t.data) != 0)
        at++;
    if (at == e->out->tables.n) {
        vec_push(e->out->a, &e->out->tables, arena_printf(e->out->a, "%s", t.data));
        text_printf(&e->out->functions, "static %sconst %s c%d%s\n", e->cuda ? "__device__ " : "",
                    emit_ctype(n->dtype), at,
                    t.data);
    }
    text_free(&t);
    return P(e, "c%d", at);
}

static Val load(Emit *e, const Node *n, Index *ix) {
    Place *p = place_get(e, n);
    if (p->kind == PLACE_LOCAL || p->kind == PLACE_LANE)
        return (Val){ p->name, p->kind == PLACE_LANE ? 2 : 0 };
    const char *flat = index_get_flat(e, ix);
    int level = index_level(e, flat);
    cuda_touch(e, p, false, flat);
    if (p->kind == PLACE_TILE) {
        assert(e->lanes && "a value of samples in a loop without lanes");
        return (Val){ P(e, "%s[%s * %s + t]", p->name, flat, e->stride), 2 };
    }
    const char *text = P(e, "%s[%s]", p->name, flat);
    return level < 2 ? block_local(e, n->dtype, level, text) : (Val){ text, level };
}

static Val host_value(Emit *e, const Node *n) {
    int slot = unit_slot(e->u, n);
    const char *text = n->dtype == DT_F32 ? P(e, "s->f[%d]", slot)
                                          : P(e, "(int32_t)s->i[%d]", slot);
    if (e->cuda)
        return (Val){ cuda_slot(e, n, slot), 0 };
    return block_local(e, n->dtype, 0, text);
}

/* A state read through a version that the item at hand makes. */
static const Node *made_here(Emit *e, const Node *n) {
    if (n->op != OP_STATE || !e->item)
        return NULL;
    int w = writer_of(e->u, n);
    for (int k = 0; w >= 0 && k < e->item->outs.n; k++)
        if (e->item->outs.v[k].effect == w)
            return e->item->outs.v[k].node;
    return NULL;
}

static Val compute(Emit *e, const Node *n, Index *ix) {
    const NodeInfo *i = info_of(e->u, n);
    const Node *made = made_here(e, n);
    bool own = e->item && i->item >= 0 && item_of(e->u, n) == e->item;
    if (i->host)
        return host_value(e, n);
    if (n->op == OP_CONST) {
        if (n->n_data == 1)
            return (Val){ emit_number(e, n->dtype, n->data[0]), 0 };
        const char *flat = index_get_flat(e, ix);
        return block_local(e, n->dtype, index_level(e, flat),
                           P(e, "%s[%s]", const_table(e, n), flat));
    }
    if (made)
        return emit_value(e, made, index_flat(shape_example(made->shape), index_get_flat(e, ix)));
    if (e->place[n->id].kind != PLACE_NONE && !own)
        return load(e, n, ix);
    if (i->view && n->op != OP_STATE && (own || !i->root))
        return value_view(e, n, ix);
    if (i->ew && (own || (!i->root && i->item >= 0))) {
        Val v[3];
        if (i->mapped)
            return value_product(e, n, ix);
        for (int k = 0; k < n->n_in; k++)
            v[k] = emit_value(e, n->in[k], *ix);
        return emit_elementwise(e, n, v);
    }
    if (n->op == OP_STATE && own) {           /* a snapshot being taken */
        const char *flat = index_get_flat(e, ix);
        return (Val){ P(e, "%s[%s]", emit_arg(e, unit_state_buffer(e->u, (int)n->attr[0]), false),
                        flat), index_level(e, flat) };
    }
    return load(e, n, ix);
}

Val emit_value(Emit *e, const Node *n, Index ix) {
    const char *flat = index_get_flat(e, &ix);
    for (int k = e->memo.n - 1; k >= 0; k--)
        if (e->memo.v[k].node == n->id && strcmp(e->memo.v[k].flat, flat) == 0)
            return e->memo.v[k].val;
    e->depth++;
    assert(e->depth < 400 && "inlined values nest too deeply");
    Val v = compute(e, n, &ix);
    e->depth--;
    vec_push(e->a, &e->memo, ((Memo){ n->id, flat, v }));
    return v;
}
