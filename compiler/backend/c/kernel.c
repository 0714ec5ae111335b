/* kernel.c - what all emitted functions share: arguments, scratch by lifetime, launches. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <string.h>

Emit *emit_new(Output *out, Unit *u, Stage *g) {
    Emit *e = NEW(u->a, Emit);
    *e = (Emit){ .u = u, .out = out, .g = g, .a = u->a, .indent = 1, .stride = "T" };
    if (!u->places)                           /* one function is written at a time */
        u->places = NEW_ARRAY(u->a, Place, u->n + 1);
    memset(u->places, 0, sizeof(Place) * (u->n + 1));
    e->place = u->places;
    e->clock = 1;
    return e;
}

void emit_free(Emit *e) {
    text_free(&e->text);
    text_free(&e->loads);
    text_free(&e->starts);
    for (int i = 0; i < 3; i++)
        text_free(&e->level[i]);
}

void text_indented(Text *out, const char *lines, int indent) {
    for (const char *s = lines; s && *s;) {
        const char *end = strchr(s, '\n');
        for (int i = 0; i < indent && *s != '#'; i++)
            text_add(out, "    ");
        text_add_n(out, s, (size_t)(end - s) + 1);
        s = end + 1;
    }
}

void emit_buffers(Emit *e, Text *out) {
    for (int k = 0; k < e->args.n; k++) {
        const char *t = emit_mtype(e->u->buffers.v[e->args.v[k]].dtype);
        const char *constant = e->arg_written.v[k] ? "" : "const ";
        if (e->cuda)
            text_printf(out, "    %s%s *%sb%d = (%s%s *)%sbuf[%d];\n", constant, t,
                        e->arg_written.v[k] ? "const " : "__restrict__ const ", k, constant, t,
                        e->range || !e->tiled || e->cuda->part ? "" : "a.", k);
        else
            text_printf(out, "    %s%s *b%d = buf[%d];\n", constant, t, k, k);
    }
}

static uint64_t scratch_bytes(const Scratch *s, int T) {
    return (uint64_t)round_up((int64_t)(s->floats * (s->tile ? (uint64_t)T : 1) * 4), 64);
}

/* First fit by start of life; a chunk is free again one tick after its last use. `by_offset` holds
 * the chunks that have a place. */
uint64_t scratch_plan(Emit *e, int T) {
    uint64_t total = 0;
    int *by_offset = NEW_ARRAY(e->a, int, e->scratch.n + 1);
    for (int k = 0; k < e->scratch.n; k++) {
        Scratch *s = &e->scratch.v[k];
        uint64_t size = scratch_bytes(s, T), at = 0;
        for (int j = 0; j < k; j++) {
            const Scratch *o = &e->scratch.v[by_offset[j]];
            if (o->last < s->first || s->last < o->first)
                continue;
            if (o->offset >= at + size)
                break;
            if (at < o->offset + scratch_bytes(o, T))
                at = o->offset + scratch_bytes(o, T);
        }
        s->offset = at;
        int place = k;
        for (; place > 0 && e->scratch.v[by_offset[place - 1]].offset > at; place--)
            by_offset[place] = by_offset[place - 1];
        by_offset[place] = k;
        if (total < at + size)
            total = at + size;
    }
    return total;
}

static bool same_shape(const Scratch *a, const Scratch *b) {
    return a->dtype == b->dtype && a->floats == b->floats && a->tile == b->tile;
}

/* "float *v12 = tiles + 4096, *v14 = tiles + 6144;  /[128][T]/", several of one shape on a line. */
void scratch_declare(Emit *e, Text *out) {
    enum { WIDTH = 76 };
    const char *from[] = { "tiles", "(int32_t *)tiles" };
    size_t start = 0;
    if (e->scratch.n)
        text_add(out, "    float *const tiles = (float *)scratch;\n");
    for (int k = 0; k < e->scratch.n; k++) {
        const Scratch *s = &e->scratch.v[k];
        bool first = k == 0 || !same_shape(s, s - 1) || out->len - start > WIDTH;
        if (first && k > 0)
            text_printf(out, ";  /* [%llu]%s */\n", (unsigned long long)s[-1].floats,
                        s[-1].tile ? "[T]" : "");
        if (first)
            start = out->len;
        text_printf(out, "%s*%s = %s + %llu", first ? P(e, "    %s ", emit_ctype(s->dtype)) : ", ",
                    s->name, from[s->dtype != DT_F32], (unsigned long long)s->offset / 4);
    }
    if (e->scratch.n) {
        const Scratch *s = &e->scratch.v[e->scratch.n - 1];
        text_printf(out, ";  /* [%llu]%s */\n", (unsigned long long)s->floats,
                    s->tile ? "[T]" : "");
    }
}

Kernel *kernel_new(Output *out, Unit *u, bool region) {
    Kernel *k = NEW(out->a, Kernel);
    k->id = out->kernels.n;
    k->region = region;
    vec_push(out->a, &out->kernels, k);
    vec_push(out->a, &u->kernels, k);
    return k;
}

void step_add(Unit *u, StepKind kind, Kernel *k) {
    vec_push(u->a, &u->steps, ((Step){ .kind = kind, .kernel = k, .value = -1, .value2 = -1 }));
}
void step_launch(Unit *u, Kernel *k) { step_add(u, STEP_LAUNCH, k); }
