/* fill.c - buffers that start from a data set or from a sampler: replay(n, init = start()).
 *
 * Their slots are filled in the first step of a train entry, before anything else of it: the step
 * then begins with the block below. A buffer that the entry does not use is left alone. */
#include "front/elab.h"
#include <string.h>

/* The names are no names of a user's program; `fill_from` is replaced by the init expression. */
static const char fill_text[] =
    "train fill { step { if iter == 0 { for fill_turn in 0..<fill_turns {\n"
    "  fill_row ~ fill_from;  fill_slot = fill_turn * batch_size() + sample_index()\n"
    "  fill_buffer[if fill_slot < fill_capacity then fill_slot else -1] = fill_row } } } }\n";

/* The block's syntax tree. */
static Block fill_block(Elab *e, const Expr *init) {
    if (!e->fill_source)
        e->fill_source = 1 + source_add("std/fill.ebm", fill_text, sizeof fill_text - 1);
    File *file = parse_source(e->arena, e->fill_source - 1);
    Block step = file->items[0]->body.v[0]->body;
    Stmt *loop = step.v[0]->body.v[0];
    loop->body.v[0]->draw->dist = (Expr *)init;
    return step;
}

/* Appends the block that fills one buffer. */
static void fill(Elab *e, Frame *caller, FileScope *fs, Value *b) {
    Range at = b->buffer->fill->at;
    int64_t capacity = e->program->states.v[b->index].shape.dim[0];
    Frame *f = frame_new(e, NULL, arena_printf(e->arena, "fill/%s", b->item->name), at);
    f->file = fs;
    f->in_entry = true;
    f->mode = caller->mode;
    Graph *g = e->g;
    Node *batch = g_scalar(g, scalar_index(e, "batch", SCALAR_BATCH, DT_I32, 0, "samples per step",
                                           NO_RANGE), DT_I32);
    Node *turns = g_binary(g, OP_ADD, batch, g_const(g, DT_I32, (double)(capacity - 1)));
    turns = g_binary(g, OP_DIV, turns, batch);
    frame_set(e, f, intern("fill_turns"), value_node(e, turns, at), at);
    frame_set(e, f, intern("fill_capacity"), value_int(e, capacity, at), at);
    frame_set(e, f, intern("fill_buffer"), b, at);
    Block block = fill_block(e, b->buffer->fill);
    Tracks *collector = e->collector;            /* the chains that fill are not tracked */
    e->collector = NULL;
    e->filling = true;
    stmt_block(e, f, &block);
    e->filling = false;
    e->collector = collector;
}

void fill_buffers(Elab *e, Frame *f) {
    for (int k = 0; k < e->files.n; k++) {
        const File *file = scope_file(e->files.v[k]);
        for (int i = 0; i < file->n; i++) {
            if (file->items[i]->kind != IT_BUFFER) continue;
            Value *b = scope_lookup(e, e->files.v[k], file->items[i]->name);
            if (!b || b->kind != V_BUFFER || !b->buffer->fill) continue;
            int first = e->entry->body.n;
            fill(e, f, e->files.v[k], b);
            vec_push(e->arena, &e->fills, ((Fill){ b->index, first, e->entry->body.n }));
        }
    }
}

/* Whether a statement outside of [first, end) reads or writes the state. */
static bool is_used(Elab *e, const Fill *x) {
    Entry rest = *e->entry;
    rest.body.v = NEW_ARRAY(e->arena, DoStmt, e->entry->body.n + 1);
    rest.body.n = 0;
    for (int i = 0; i < e->entry->body.n; i++) {
        const DoStmt *s = &e->entry->body.v[i];
        if (i >= x->first && i < x->end) continue;
        if (s->kind == DO_WRITE_ROWS && s->state == x->state) return true;
        rest.body.v[rest.body.n++] = *s;
    }
    int n;
    Node **roots = entry_roots(e->arena, &rest, &n);
    bool *live = NEW_ARRAY(e->arena, bool, graph_size(e->g));
    graph_mark_live(e->g, roots, n, live);
    for (uint32_t id = 0; id < graph_size(e->g); id++) {
        const Node *m = graph_node(e->g, id);
        if (live[id] && m->op == OP_STATE && m->attr[0] == x->state) return true;
    }
    return false;
}

void fill_prune(Elab *e) {
    for (int k = e->fills.n; k-- > 0;) {                 /* the last may read those before it */
        const Fill *x = &e->fills.v[k];
        if (is_used(e, x)) continue;
        Entry *en = e->entry;
        memmove(en->body.v + x->first, en->body.v + x->end,
                sizeof *en->body.v * (size_t)(en->body.n - x->end));
        en->body.n -= x->end - x->first;
        e->version.v[x->state] = 0;
        for (int i = k + 1; i < e->fills.n; i++) {
            e->fills.v[i].first -= x->end - x->first;
            e->fills.v[i].end -= x->end - x->first;
        }
    }
    e->fills.n = 0;
}
