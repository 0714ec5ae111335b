/* memplan.c - buffers between kernels -> offsets in the arena of a step.
 *
 *     [ shared values, fixed size | per-sample values: (offset per sample) * Bpad
 *       | tiles of a piece of the batch: * its rows | sums of blocks: * levels of their tree ]
 *
 * Bpad is the batch rounded up to 64, so that every per-sample buffer starts at a multiple of 64
 * bytes whatever the batch is, and lifetimes are planned once for all batches. */
#include "backend/c/plan.h"
#include "ebm.h"

static void mark_use(Unit *u, int buffer, int step) {
    if (buffer < 0)
        return;
    Buffer *b = &u->buffers.v[buffer];
    if (b->first < 0)
        b->first = step;
    b->last = step;
}

/* What is made before a repeated block and read inside it lives until the block is done; a local
 * lives throughout. */
static void extend_over_blocks(Unit *u) {
    VEC(int) open = { 0 };
    for (int s = 0; s < u->steps.n; s++) {
        const Step *st = &u->steps.v[s];
        if (st->kind != STEP_MARK)
            continue;
        if (stmt_opens(st->stmt->kind))
            vec_push(u->a, &open, s);
        if (st->stmt->kind != DO_END)
            continue;
        int start = open.v[--open.n];
        for (int k = 0; k < u->buffers.n && u->steps.v[start].stmt->kind == DO_REPEAT; k++) {
            Buffer *b = &u->buffers.v[k];
            if (b->first >= 0 && b->first < start && b->last > start && b->last < s)
                b->last = s;
        }
    }
    for (int s = 0, start = 0; s < u->steps.n; s++) {
        if (u->steps.v[s].kind == STEP_PIECES)
            start = s;
        for (int k = 0; u->steps.v[s].kind == STEP_PIECES_END && k < u->buffers.n; k++) {
            Buffer *b = &u->buffers.v[k];     /* all but tiles is there from piece to piece */
            if (b->kind == BUF_PIECE || b->first < 0 || b->first > s || b->last < start)
                continue;
            b->first = b->first < start ? b->first : start;
            b->last = b->last > s ? b->last : s;
        }
    }
    for (int k = 0; k < u->buffers.n; k++)
        if (u->buffers.v[k].local && u->buffers.v[k].first >= 0)
            u->buffers.v[k].first = 0, u->buffers.v[k].last = u->steps.n;
}

static bool in_arena(const Buffer *b) {
    return b->kind >= BUF_SHARED && b->first >= 0;
}

/* First fit among the buffers of one kind that live at the same time. */
static uint64_t place_kind(Unit *u, BufferKind kind, int64_t align) {
    uint64_t total = 0;
    for (int i = 0; i < u->buffers.n; i++) {
        Buffer *b = &u->buffers.v[i];
        if (!in_arena(b) || b->kind != kind)
            continue;
        uint64_t size = (uint64_t)round_up((int64_t)b->bytes, align), at = 0;
        for (bool moved = true; moved;) {
            moved = false;
            for (int j = 0; j < i; j++) {
                const Buffer *o = &u->buffers.v[j];
                uint64_t end = o->offset + (uint64_t)round_up((int64_t)o->bytes, align);
                if (in_arena(o) && o->kind == kind && o->first <= b->last && b->first <= o->last &&
                    o->offset < at + size && at < end) {
                    at = end;
                    moved = true;
                }
            }
        }
        b->offset = at;
        if (total < at + size)
            total = at + size;
    }
    return total;
}

void unit_memplan(Unit *u) {
    for (int s = 0; s < u->steps.n; s++) {
        const Step *st = &u->steps.v[s];
        for (int k = 0; st->kernel && k < st->kernel->args.n; k++)
            mark_use(u, st->kernel->args.v[k], s);
        mark_use(u, st->value, s);
        mark_use(u, st->value2, s);
        if (st->kind == STEP_MARK && st->stmt->value)
            mark_use(u, info_of(u, base_of(st->stmt->value))->buffer, s);
    }
    extend_over_blocks(u);
    u->arena.fixed = place_kind(u, BUF_SHARED, 64);
    u->arena.per_sample = place_kind(u, BUF_SAMPLE, 1);
    u->arena.per_piece = round_up((int64_t)place_kind(u, BUF_PIECE, 1), 4);
    u->arena.per_level = place_kind(u, BUF_LEVEL, 64);
}

static int64_t padded(int64_t batch) { return round_up(batch, BLOCK); }
uint64_t arena_bytes(const Unit *u, int64_t batch) {
    Arena2 a = u->arena;
    int64_t pad = padded(batch);
    int64_t piece = u->piece_tile ? ebm_piece_rows(2, u->piece_tile, a.per_piece, pad) : 0;
    return a.fixed + a.per_sample * (uint64_t)pad + a.per_piece * (uint64_t)piece +
           a.per_level * (uint64_t)ebm_levels(pad);
}

void unit_memory_table(Unit *u, Text *t) {
    static const char *const per[] = { [BUF_SHARED] = "step", [BUF_SAMPLE] = "sample",
                                       [BUF_PIECE] = "piece", [BUF_LEVEL] = "level" };
    Arena2 a = u->arena;
    text_printf(t, "%s\n  buffer                         bytes  per        steps   offset\n",
                u->name);
    for (int i = 0; i < u->buffers.n; i++) {
        const Buffer *b = &u->buffers.v[i];
        if (!in_arena(b))
            continue;
        text_printf(t, "  v%-6u %-16s %12llu  %-8s %3d..%-3d %8llu\n", b->node, b->what,
                    (unsigned long long)b->bytes, per[b->kind], b->first, b->last,
                    (unsigned long long)b->offset);
    }
    text_printf(t, "  arena: %llu + %llu * Bpad", (unsigned long long)a.fixed,
                (unsigned long long)a.per_sample);
    if (a.per_piece)
        text_printf(t, " + %llu * rows of a piece", (unsigned long long)a.per_piece);
    if (a.per_level)
        text_printf(t, " + %llu * levels", (unsigned long long)a.per_level);
    text_printf(t, " bytes; %llu at batch 64, %llu at batch 256\n",
                (unsigned long long)arena_bytes(u, 64), (unsigned long long)arena_bytes(u, 256));
}
