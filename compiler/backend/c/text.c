/* text.c - lines, numbers, indices, blocks and loops: the words of emitted C. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ----------------------------------------------------------------------------------- */

static void add_line(Text *t, int indent, const char *fmt, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *s = xalloc((size_t)n + 1, "text");
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    for (int i = 0; i < indent && s[0] != '#'; i++)
        text_add(t, "    ");
    text_add(t, s);
    text_add(t, "\n");
    xfree(s);
}

void emit_line(Emit *e, const char *fmt, ...) {
    va_list args;
    if (e->cuda && strncmp(fmt, "#pragma omp", 11) == 0)
        return;
    va_start(args, fmt);
    add_line(&e->text, e->indent, fmt, args);
    va_end(args);
}

void emit_open(Emit *e, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    add_line(&e->text, e->indent++, fmt, args);
    va_end(args);
}

void emit_close(Emit *e) {
    e->indent--;
    emit_line(e, "}");
}

const char *emit_ctype(DType t) { return t == DT_F32 ? "float" : "int32_t"; }
const char *emit_mtype(DType t) {
    return t == DT_F32 ? "float" : t == DT_I32 ? "int32_t" : "uint8_t";
}

const char *emit_number(Emit *e, DType t, double v) {
    if (t != DT_F32) {
        int32_t i = (int32_t)v;
        return i == INT32_MIN ? "(-2147483647 - 1)" : i < 0 ? P(e, "(%d)", i) : P(e, "%d", i);
    }
    float f = (float)v;
    if (isnan(f))
        return "__builtin_nanf(\"\")";
    if (isinf(f))
        return f > 0 ? "__builtin_inff()" : "(-__builtin_inff())";
    return signbit(f) ? P(e, "(%af)", (double)f) : P(e, "%af", (double)f);
}

/* ---- indices -------------------------------------------------------------------------------- */

bool ix_literal(const char *s, int64_t *v) {
    char *end;
    *v = strtoll(s, &end, 10);
    return end != s && *end == 0;
}

const char *ix_num(Emit *e, int64_t v) { return P(e, "%lld", (long long)v); }

const char *ix_add(Emit *e, const char *a, const char *b) {
    int64_t x, y;
    bool lx = ix_literal(a, &x), ly = ix_literal(b, &y);
    if (lx && ly) return ix_num(e, x + y);
    if (lx && x == 0) return b;
    if (ly && y == 0) return a;
    if (ly && y < 0) return P(e, "(%s - %lld)", a, (long long)-y);
    return P(e, "(%s + %s)", a, b);
}

const char *ix_mul(Emit *e, const char *a, int64_t k) {
    int64_t x;
    if (ix_literal(a, &x)) return ix_num(e, x * k);
    return k == 1 ? a : k == 0 ? "0" : P(e, "%s * %lld", a, (long long)k);
}

const char *ix_div(Emit *e, const char *a, int64_t k) {
    int64_t x;
    if (ix_literal(a, &x)) return ix_num(e, x / k);
    return k == 1 ? a : P(e, "(%s / %lld)", a, (long long)k);
}

const char *ix_mod(Emit *e, const char *a, int64_t k) {
    int64_t x;
    if (ix_literal(a, &x)) return ix_num(e, x % k);
    return k == 1 ? "0" : P(e, "(%s %% %lld)", a, (long long)k);
}

Index index_flat(Shape example, const char *flat) {
    return (Index){ .shape = example, .flat = flat };
}

Index index_axes(Shape example, const char *const *axis) {
    Index ix = { .shape = example, .has_axes = true };
    for (int i = 0; i < example.rank; i++)
        ix.axis[i] = axis[i];
    return ix;
}

const char *index_get_flat(Emit *e, Index *ix) {
    if (ix->flat)
        return ix->flat;
    int64_t stride = 1;
    const char *sum = "0";
    for (int i = ix->shape.rank - 1; i >= 0; i--) {
        if (ix->shape.dim[i] != 1)
            sum = ix_add(e, ix_mul(e, ix->axis[i], stride), sum);
        stride *= ix->shape.dim[i];
    }
    return ix->flat = sum;
}

const char *index_get_axis(Emit *e, Index *ix, int axis) {
    if (!ix->has_axes) {
        int64_t stride = shape_count(ix->shape);
        int64_t total = stride;
        for (int i = 0; i < ix->shape.rank; i++) {
            int64_t n = ix->shape.dim[i];
            bool first = stride == total;
            stride /= n;
            const char *q = ix_div(e, ix->flat, stride);
            ix->axis[i] = n == 1 ? "0" : first ? q : ix_mod(e, q, n);
        }
        ix->has_axes = true;
    }
    return ix->axis[axis];
}

/* ---- blocks --------------------------------------------------------------------------------- */

void block_begin(Emit *e, bool lanes) {
    e->lanes = lanes;
    e->own = NULL;
    e->memo.n = 0;
    for (int i = 0; i < 3; i++)
        text_free(&e->level[i]);
}

void block_line(Emit *e, int level, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    add_line(&e->level[level], 0, fmt, args);
    va_end(args);
}

Val block_local(Emit *e, DType t, int level, const char *text) {
    const char *name = P(e, "x%d", e->serial++);
    block_line(e, level, "const %s %s = %s;", emit_ctype(t), name, text);
    return (Val){ name, level };
}

void block_put(Emit *e, int level) {
    const char *s = e->level[level].data;
    while (s && *s) {
        const char *end = strchr(s, '\n');
        emit_line(e, "%.*s", (int)(end - s), s);
        s = end + 1;
    }
    text_free(&e->level[level]);
}

void block_put_lanes(Emit *e) {
    bool loop = e->lanes && !e->cuda;         /* CUDA: t is this thread's lane */
    if (loop) {
        emit_line(e, "#pragma omp simd");
        emit_open(e, "for (int t = 0; t < T; t++) {");
    }
    block_put(e, 2);
    if (loop)
        emit_close(e);
}

/* The level at which an index changes. */
int index_level(const Emit *e, const char *flat) {
    int64_t v;
    return ix_literal(flat, &v) ? 0 : e->lanes ? 1 : 2;
}

/* ---- loops ---------------------------------------------------------------------------------- */

Index loops_of(Emit *e, Shape example, const char *prefix) {
    if (e->cuda)
        return cuda_loops(e, example, prefix);
    const char *axis[MAX_RANK];
    for (int i = 0; i < example.rank; i++)
        axis[i] = example.dim[i] == 1 ? "0" : P(e, "%s%d", prefix, i);
    return index_axes(example, axis);
}

void loops_open(Emit *e, const Index *ix, bool simd_innermost) {
    if (e->cuda) {
        cuda_open(e, ix);
        return;
    }
    int last = -1;
    for (int i = 0; i < ix->shape.rank; i++)
        if (ix->shape.dim[i] != 1)
            last = i;
    for (int i = 0; i < ix->shape.rank; i++) {
        if (ix->shape.dim[i] == 1)
            continue;
        if (i == last && simd_innermost)
            emit_line(e, "#pragma omp simd");
        emit_open(e, "for (int %s = 0; %s < %lld; %s++) {", ix->axis[i], ix->axis[i],
                  (long long)ix->shape.dim[i], ix->axis[i]);
    }
}

void loops_close(Emit *e, const Index *ix) {
    if (e->cuda) {
        emit_close(e);
        return;
    }
    for (int i = 0; i < ix->shape.rank; i++)
        if (ix->shape.dim[i] != 1)
            emit_close(e);
}
