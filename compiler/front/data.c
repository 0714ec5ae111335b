/* data.c - data sets: declaration, draws, and rows by index.
 *
 *   (x, y) ~ d          the next rows of a permutation per epoch, or of the file (DATA in ops.def)
 *   shared x ~ d        one row for the batch        these two, and draws inside run-time loops and
 *   x ~ iid(d, n)       n rows for each sample       while buffers are filled, take rows at random,
 *   i ~ d.slots, d[i]   distinct rows, rows by index                with replacement
 *
 * Rows by index are a GATHER from a STATE of kind DATA, whose number of rows is a run-time
 * scalar. */
#include "front/elab.h"
#include <string.h>

enum { MANY_ROWS = 1 << 30 };
static const int64_t MANY_ELEMENTS = (int64_t)1 << 40;

/* ---- declaration ----------------------------------------------------------------------------- */
Value *data_declare(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    DataSet d = { .name = scope_name(e, fs, it->name), .at = it->at };
    Value *path = expr_eval(e, f, it->value);
    if (path->kind == V_ERROR) return path;
    int n = path->kind == V_LIST ? path->n : 1;
    for (int i = 0; i < n; i++) {
        Value *p = path->kind == V_LIST ? path->v[i] : path;
        if (p->kind != V_STR)
            return e_error(e, f, E0211, it->value->at,
                           "a data set comes from a file name or a list "
                           "of them");
        vec_push(e->arena, &d.paths, p->str);
    }
    DataField fl = { .name = intern("x") };
    if (it->type) {
        if (!type_shape(e, f, it->type, &fl.shape, &fl.dtype)) return &value_error;
        vec_push(e->arena, &d.fields, fl);
    }
    for (int i = 0; i < it->n_fields; i++) {
        fl.name = it->fields[i].name;
        if (!type_shape(e, f, it->fields[i].type, &fl.shape, &fl.dtype)) return &value_error;
        vec_push(e->arena, &d.fields, fl);
    }
    if (n > 1 && n != d.fields.n)
        return e_error(e, f, E0601, it->value->at, "%d files for %d fields", n, d.fields.n);
    vec_push(e->arena, &e->program->data, d);
    Value *v = value_new(e, V_DATA, it->name_at);
    v->item = it;
    v->index = e->program->data.n - 1;
    return v;
}

/* ---- rows by index --------------------------------------------------------------------------- */
Node *data_count(Elab *e, const Value *set) {
    const DataSet *d = &e->program->data.v[set->index];
    const char *name = intern(arena_printf(e->arena, "%s.count", d->name));
    int i = scalar_index(e, name, SCALAR_EXAMPLES, DT_I32, set->index, "examples of a data set",
                         d->at);
    return g_scalar(e->g, i, DT_I32);
}

/* A field of a set as a table, whose first size is a bound. */
static Node *table(Elab *e, int set, int field) {
    const DataSet *d = &e->program->data.v[set];
    const DataField *fl = &d->fields.v[field];
    const char *name = intern(arena_printf(e->arena, "ebm.data.%s.%s", d->name, fl->name));
    int i = state_find(e, name);
    if (i < 0) {
        int64_t rows = MANY_ELEMENTS / shape_count(fl->shape);
        State s = { .name = name, .kind = STATE_DATA, .dtype = fl->dtype, .of = -1, .group = -1,
                    .set = set, .field = field, .at = d->at };
        s.shape.rank = fl->shape.rank + 1;
        s.shape.dim[0] = rows < MANY_ROWS ? rows : MANY_ROWS;
        memcpy(s.shape.dim + 1, fl->shape.dim, sizeof(int64_t) * (size_t)fl->shape.rank);
        i = state_add(e, &s);
    }
    return state_read(e, i);
}

/* The tuple of fields of a set, or the one field. */
static Value *fields(Elab *e, Value *const *v, int n, Range at) {
    if (n == 1) return v[0];
    Value *t = value_new(e, V_TUPLE, at);
    t->v = NEW_ARRAY(e->arena, Value *, n);
    t->n = n;
    memcpy(t->v, v, sizeof *v * (size_t)n);
    return t;
}

Value *data_row(Elab *e, Frame *f, Value *set, Node *index, Range at) {
    const DataSet *d = &e->program->data.v[set->index];
    Graph *g = e->g;
    if (!e->entry)
        return e_error(e, f, E0211, at, "data is read in train, eval and sample entries");
    Node *last = g_binary(g, OP_SUB, data_count(e, set), g_const(g, DT_I32, 1));
    Node *row = g_binary(g, OP_MINIMUM, index, g_broadcast_to(g, last, index->shape));
    Value **v = NEW_ARRAY(e->arena, Value *, d->fields.n + 1);
    for (int i = 0; i < d->fields.n; i++) {
        if (index->shape.rank + d->fields.v[i].shape.rank > MAX_RANK)
            return e_error(e, f, E0001, at, "too many axes");
        v[i] = value_node(e, g_gather(g, table(e, set->index, i), row), at);
    }
    return fields(e, v, d->fields.n, at);
}

Value *data_slots(Elab *e, Frame *f, Value *slots, bool batched, Range at) {
    if (!batched)
        return e_error(e, f, E0309, at,
                       "slots are one for each sample: they cannot be drawn for the "
                       "batch");
    Node *n = data_count(e, slots), *one = g_const(e->g, DT_I32, 1);
    int b = scalar_index(e, "batch", SCALAR_BATCH, DT_I32, 0, "samples per step", NO_RANGE);
    if (!e->entry)
        return e_error(e, f, E0211, at, "data is drawn in train, eval and sample entries");
    entry_require(e, g_binary(e->g, OP_LE, g_scalar(e->g, b, DT_I32), n),
                  arena_printf(e->arena, "the data set %s has fewer examples than a batch",
                               e->program->data.v[slots->index].name), at);
    return value_node(e, g_rand(e->g, OP_RAND_PERM, shape_batch(shape_scalar()),
                                site_hash(frame_site_path(e, f, "")), e->loop_index,
                                g_binary(e->g, OP_MAXIMUM, n, one)), at);
}

/* ---- draws ----------------------------------------------------------------------------------- */
Value *data_draw_rows(Elab *e, Frame *f, Value *set, int64_t n, bool batched, Range at) {
    Shape s = n ? shape_of(1, &n) : shape_scalar();
    Node *i = g_rand(e->g, OP_RAND_INT, batched ? shape_batch(s) : s,
                     site_hash(frame_site_path(e, f, "")), e->loop_index, data_count(e, set));
    return data_row(e, f, set, i, at);
}

Value *data_draw(Elab *e, Frame *f, Value *set, bool batched, Range at) {
    if (!e->entry)
        return e_error(e, f, E0211, at, "data is drawn in train, eval and sample entries");
    bool repeats = e->loop_index->op == OP_SCALAR;            /* a block of the step */
    if (!batched || e->filling || (e->loop_index->op != OP_CONST && !repeats))
        return data_draw_rows(e, f, set, 0, batched, at);
    while (e->data_draws.n <= set->index) vec_push(e->arena, &e->data_draws, 0);
    int ordinal = e->data_draws.v[set->index]++;
    const DataSet *d = &e->program->data.v[set->index];
    Value **v = NEW_ARRAY(e->arena, Value *, d->fields.n + 1);
    for (int i = 0; i < d->fields.n; i++) {
        const DataField *fl = &d->fields.v[i];
        Node *x = repeats ? g_data_turn(e->g, set->index, i, ordinal, (int)e->loop_index->attr[0],
                                        fl->dtype, fl->shape)
                          : g_data(e->g, set->index, i, ordinal, fl->dtype, fl->shape);
        v[i] = value_node(e, x, at);
    }
    return fields(e, v, d->fields.n, at);
}
