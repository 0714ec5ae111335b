/* scope.c - files, imports, the standard library, and the values of top-level names.
 *
 * A file sees, in this order: its own items, what it imports (declarations, not entries), what it
 * `use`s, the always visible parts of the standard library (std.layers, std.math, std.images), the
 * built-ins. A top-level value is made when it is first needed and kept. */
#include "front/elab.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_IMPORT_DEPTH = 16 };
typedef struct Import { FileScope *file; const char *alias; VEC(const char *) only; } Import;
typedef struct TopValue { const Item *item; Value *value; bool busy; } TopValue;
struct FileScope {
    const char *path;
    File *file;
    const char *alias;            /* the name that it is imported under, if only so */
    bool is_std, loading;
    bool incomplete;              /* a file or library is missing: unknown names may be its */
    int uses;                     /* imports of it */
    VEC(Import) imports;
    VEC(TopValue) values;
};

const File *scope_file(const FileScope *fs) { return fs->file; }
bool scope_incomplete(const FileScope *fs) { return fs->incomplete; }

/* Reads a regular file of at most 1 MiB; reports and returns false otherwise. */
static bool read_source(Elab *e, const char *path, const char *display, Range from, char **text,
                        size_t *len) {
    struct stat st;
    FILE *f = NULL;
    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode)) {
            diag(E0002, from, "'%s' is not a regular file", display);
            return false;
        }
        if (st.st_size > SOURCE_MAX_BYTES) {
            diag(E0115, from, "'%s' has %lld bytes (limit %d)", display, (long long)st.st_size,
                 SOURCE_MAX_BYTES);
            return false;
        }
        f = fopen(path, "rb");
    }
    if (!f) { diag(E0002, from, "cannot read '%s'", display); return false; }
    *text = arena_alloc(e->arena, (size_t)st.st_size + 1);
    *len = fread(*text, 1, (size_t)st.st_size, f);
    fclose(f);
    return true;
}

File *front_parse_file(Arena *a, const char *path) {
    Elab e = { .arena = a };
    char *text;
    size_t len;
    if (!read_source(&e, path, path, NO_RANGE, &text, &len)) return NULL;
    return parse_source(a, source_add(path, text, len));
}

static const char *dir_of(Elab *e, const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? arena_printf(e->arena, "%.*s/", (int)(slash - path), path) : "";
}

static bool is_declaration(const Item *it) {
    return it->kind != IT_ENTRY && it->kind != IT_IMPORT && it->kind != IT_USE &&
           it->kind != IT_ERROR;
}
static Item *own_item(const FileScope *fs, const char *name) {
    for (int i = 0; i < fs->file->n; i++) {
        Item *it = fs->file->items[i];
        if (is_declaration(it) && it->name == name) return it;
    }
    return NULL;
}

static void check_duplicates(Elab *e, FileScope *fs) {
    for (int i = 0; i < fs->file->n; i++) {
        const Item *a = fs->file->items[i];
        if (!a->name || a->kind == IT_ERROR) continue;
        for (int j = 0; j < i; j++) {
            const Item *b = fs->file->items[j];
            if (b->name != a->name || is_declaration(a) != is_declaration(b)) continue;
            if (a->kind == IT_ENTRY && b->kind == IT_ENTRY && a->entry_kind != b->entry_kind)
                continue;
            if (!is_declaration(a) && a->kind != IT_ENTRY) continue;
            diag(E0204, a->name_at, "'%s' is declared twice", a->name);
            diag_note(b->name_at, "the first declaration is here");
            break;
        }
    }
}

static void load_imports(Elab *e, FileScope *fs) {
    for (int i = 0; i < fs->file->n; i++) {
        const Item *it = fs->file->items[i];
        if (it->kind == IT_IMPORT && !*it->path && diag_errors()) {
            fs->incomplete = true;            /* of a string that was refused */
        } else if (it->kind == IT_IMPORT) {
            const char *path = arena_printf(e->arena, "%s%s", dir_of(e, fs->path), it->path);
            if (it->path[0] == '/' || strstr(it->path, "..")) {
                diag(E0205, it->at, "an import stays below the folder of its file: '%s'", it->path);
                fs->incomplete = true;
                continue;
            }
            FileScope *sub = scope_load(e, path, it->path, it->at);
            fs->incomplete |= !sub || sub->incomplete;
            if (!sub) continue;
            bool first = sub->uses++ == 0;
            if (first) sub->alias = it->name;
            if (!it->name) sub->alias = NULL;
            vec_push(e->arena, &fs->imports, ((Import){ .file = sub, .alias = it->name }));
        } else if (it->kind == IT_USE) {
            static const char *const known[] = { "std.layers", "std.math", "std.samplers",
                                                 "std.data", "std.metrics", "std.images" };
            enum { N_KNOWN = sizeof known / sizeof *known };
            bool found = false;
            for (int k = 0; k < N_KNOWN; k++) found |= !strcmp(known[k], it->path);
            if (!found) {
                const char *best = nearest_name(it->path, known, N_KNOWN);
                fs->incomplete = true;
                diag(E0205, it->at, "unknown library '%s'", it->path);
                if (best) diag_help("did you mean '%s'?", best);
                else diag_help("there are std.layers, std.math, std.images, std.samplers, std.data "
                               "and std.metrics");
                continue;
            }
            FileScope *sub = scope_std(e, it->path + 4, it->at);
            if (!sub) continue;
            Import im = { .file = sub };
            for (int k = 0; k < it->n_names; k++) {
                if (!own_item(sub, it->names[k])) {
                    const char *cand[256];
                    int n = 0;
                    for (int q = 0; q < sub->file->n && n < 256; q++)
                        if (is_declaration(sub->file->items[q]))
                            cand[n++] = sub->file->items[q]->name;
                    fs->incomplete = true;
                    diag(E0201, it->names_at[k], "%s has no '%s'", it->path, it->names[k]);
                    const char *best = nearest_name(it->names[k], cand, n);
                    if (best) diag_help("did you mean '%s'?", best);
                }
                vec_push(e->arena, &im.only, it->names[k]);
            }
            vec_push(e->arena, &fs->imports, im);
        }
    }
}

/* A name that two imported files declare would mean one of them by accident. */
static void check_clashes(const FileScope *fs, const File *file) {
    for (int j = 0; j < fs->imports.n; j++)
        for (int i = 0; i < j; i++) {
            const Import *a = &fs->imports.v[i], *b = &fs->imports.v[j];
            if (a->alias || b->alias || a->file == b->file || a->file->is_std || b->file->is_std)
                continue;
            for (int k = 0; k < b->file->file->n; k++) {
                const Item *it = b->file->file->items[k], *other;
                if (!is_declaration(it) || !it->name || own_item(fs, it->name) ||
                    !(other = own_item(a->file, it->name)))
                    continue;
                diag(E0204, file->items[0]->at, "'%s' is declared by two imported files", it->name);
                diag_note(other->name_at, "here");
                diag_note(it->name_at, "and here");
                diag_help("import one of them under a name:  import \"file.ebm\" as other");
            }
        }
}

static FileScope *load(Elab *e, const char *path, const char *display, Range from, bool is_std) {
    for (int i = 0; i < e->files.n; i++) {
        FileScope *fs = e->files.v[i];
        if (strcmp(fs->path, path) != 0) continue;
        if (fs->loading) diag(E0205, from, "'%s' imports itself", display);
        return fs->loading ? NULL : fs;
    }
    if (e->files.n >= 64 || e->depth >= MAX_IMPORT_DEPTH) {
        diag(E0001, from, "more than %d nested imports", MAX_IMPORT_DEPTH);
        return NULL;
    }
    char *text;
    size_t len;
    if (!read_source(e, path, display, from, &text, &len)) return NULL;
    FileScope *fs = NEW(e->arena, FileScope);
    fs->path = intern(path);
    fs->is_std = is_std;
    fs->loading = true;
    int errors = diag_errors();
    fs->file = parse_source(e->arena, source_add(display, text, len));
    e->syntax_errors += diag_errors() - errors;
    vec_push(e->arena, &e->files, fs);
    check_duplicates(e, fs);
    e->depth++;
    load_imports(e, fs);
    check_clashes(fs, fs->file);
    e->depth--;
    fs->loading = false;
    return fs;
}
FileScope *scope_load(Elab *e, const char *path, const char *display, Range from) {
    return load(e, path, display, from, false);
}
FileScope *scope_std(Elab *e, const char *name, Range from) {
    const char *path = arena_printf(e->arena, "%s/%s.ebm", e->options->stdlib_dir, name);
    return load(e, path, arena_printf(e->arena, "std/%s.ebm", name), from, true);
}

/* ---- finding -------------------------------------------------------------------------------- */
static const char *const always[] = { "layers", "math", "images" };
enum { N_ALWAYS = 3 };

Item *scope_item(FileScope *fs, const char *name, FileScope **owner) {
    Item *it = own_item(fs, name);
    *owner = fs;
    if (it) return it;
    for (int i = 0; i < fs->imports.n; i++) {
        const Import *im = &fs->imports.v[i];
        if (im->alias) continue;
        bool listed = im->only.n == 0;
        for (int k = 0; k < im->only.n; k++) listed |= im->only.v[k] == name;
        if (listed && (it = scope_item(im->file, name, owner)) && !(*owner)->is_std) return it;
        if (listed && (it = own_item(im->file, name))) { *owner = im->file; return it; }
    }
    return NULL;
}
static Item *find(Elab *e, FileScope *fs, const char *name, FileScope **owner) {
    Item *it = scope_item(fs, name, owner);
    for (int i = 0; i < N_ALWAYS && !it; i++) {
        FileScope *std = scope_std(e, always[i], NO_RANGE);
        if (std && (it = own_item(std, name))) *owner = std;
    }
    return it;
}
FileScope *scope_alias(FileScope *fs, const char *name) {
    for (int i = 0; i < fs->imports.n; i++)
        if (fs->imports.v[i].alias == name) return fs->imports.v[i].file;
    return NULL;
}
const char *scope_name(Elab *e, const FileScope *fs, const char *name) {
    return fs->alias ? intern(arena_printf(e->arena, "%s_%s", fs->alias, name)) : name;
}
bool scope_has(Elab *e, FileScope *fs, const char *name) {
    FileScope *owner;
    return scope_alias(fs, name) || find(e, fs, name, &owner) || builtin_find(name) ||
        scalar_builtin(e, name);
}
void scope_candidates(Elab *e, FileScope *fs, void (*each)(void *, const char *), void *user) {
    for (int i = 0; i < fs->file->n; i++)
        if (is_declaration(fs->file->items[i]) && fs->file->items[i]->name)
            each(user, fs->file->items[i]->name);
    for (int i = 0; i < fs->imports.n; i++) {
        const Import *im = &fs->imports.v[i];
        if (im->alias) {
            each(user, im->alias);
            continue;
        }
        for (int k = 0; k < im->only.n; k++) each(user, im->only.v[k]);
        if (im->only.n == 0 && im->file != fs)
            for (int k = 0; k < im->file->file->n; k++)
                if (im->file->file->items[k]->name) each(user, im->file->file->items[k]->name);
    }
    for (int i = 0; i < N_ALWAYS; i++) {
        FileScope *std = scope_std(e, always[i], NO_RANGE);
        if (std && std != fs)
            for (int k = 0; k < std->file->n; k++)
                if (std->file->items[k]->name) each(user, std->file->items[k]->name);
    }
    builtin_names(each, user);
}

typedef struct Candidates { const char *v[1024]; int n; } Candidates;
static void add_candidate(void *user, const char *name) {
    Candidates *c = user;
    if (c->n < 1024) c->v[c->n++] = name;
}
/* Reports an unknown name with the nearest visible one; `what` NULL: only adds the help line. */
Value *e_unknown(Elab *e, Frame *f, FileScope *fs, DiagCode code, Range at, const char *what,
                 const char *name) {
    if (fs->incomplete) return &value_error;
    Candidates c = { .n = 0 };
    for (Frame *up = f; up; up = up->lexical)
        for (int i = 0; i < up->vars.n; i++) add_candidate(&c, up->vars.v[i].name);
    scope_candidates(e, fs, add_candidate, &c);
    if (what) e_error(e, f, code, at, "unknown %s '%s'", what, name);
    static const char *const foreign[][2] = {            /* what stands for it in this language */
        { "range", "a range is written  0..<n  or  1..n" }, { "concat", "cat([a, b], axis)" },
        { "detach", "stop(x) cuts the gradient" }, { "print", "track and report write numbers" },
        { "det", "slogdet(A) has log |det A|" }, { "randn", "a draw is  x ~ normal(shape)" },
        { "hessian", "hvp(f, x, v) is H v" }, { "jacobian", "jvp(f, x, v) is J v" },
    };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (!strcmp(name, foreign[i][0])) return diag_help("%s", foreign[i][1]), &value_error;
    const char *best = nearest_name(name, c.v, c.n);
    if (best) diag_help("did you mean '%s'?", best);
    return &value_error;
}

/* ---- values --------------------------------------------------------------------------------- */
static Value *fn_value(Elab *e, FileScope *fs, const Item *it) {
    Value *v = value_new(e, V_FN, it->name_at);
    Fn *fn = NEW(e->arena, Fn);
    *fn = (Fn){ .name = it->name, .item = it, .formals = &it->formals, .result = it->result,
                .body = it->has_body ? &it->body : NULL, .expr = it->value, .file = fs,
                .is_sampler = it->kind == IT_SAMPLER };
    v->fn = fn;
    return v;
}

/* -D name=value replaces a const of the main file: an int, a real, true/false or a string. */
static Value *define_value(Elab *e, FileScope *fs, const Item *it) {
    if (fs != e->main_file) return NULL;
    size_t n = strlen(it->name);
    for (int i = 0; i < e->options->n_defines; i++) {
        const char *d = e->options->defines[i];
        if (strncmp(d, it->name, n) != 0 || d[n] != '=') continue;
        const char *text = d + n + 1;
        char *end;
        long long i64 = strtoll(text, &end, 10);
        if (*text && !*end) return value_int(e, i64, it->name_at);
        double r = strtod(text, &end);
        if (*text && !*end) return value_node(e, g_const(e->g, DT_F32, r), it->name_at);
        if (!strcmp(text, "true") || !strcmp(text, "false"))
            return value_node(e, g_const(e->g, DT_BOOL, text[0] == 't'), it->name_at);
        Value *v = value_new(e, V_STR, it->name_at);
        v->str = intern(text);
        return v;
    }
    return NULL;
}

static Value *const_value(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    Value *given = define_value(e, fs, it), *v = expr_eval(e, f, it->value);
    if (given && v->kind != V_ERROR && (v->kind == V_STR) != (given->kind == V_STR)) {
        diag(E0211, it->value->at, "-D %s: this const is %s; got %s", it->name, v->kind == V_STR
             ? "a text" : "a number", given->kind == V_STR ? "a text" : "a number");
        return &value_error;
    }
    if (given) v = given;
    if (v->kind == V_TENSOR && v->node->op != OP_CONST) {
        e_error(e, f, E0503, it->value->at, "a const is fixed at compile time");
        diag_help("declare a run-time value with  arg %s = ...", it->name);
        return &value_error;
    }
    if (it->type && !type_check(e, f, it->type, v, it->value->at, "this const"))
        return &value_error;
    return v;
}

static Value *make_value(Elab *e, FileScope *fs, const Item *it) {
    switch (it->kind) {
    case IT_CONST: return const_value(e, fs, it);
    case IT_ARG: return state_arg(e, fs, it);
    case IT_DATA: return data_declare(e, fs, it);
    case IT_BUFFER: return buffer_declare(e, fs, it);
    case IT_EMA: return ema_value(e, fs, it);
    case IT_NET: return net_value(e, fs, it);
    case IT_MODULE: {
        Value *v = value_new(e, V_MODULE, it->name_at);
        v->item = it;
        v->file = fs;
        return v;
    }
    case IT_FN: case IT_SAMPLER: case IT_OBJECTIVE: return fn_value(e, fs, it);
    default: return NULL;
    }
}

Value *scope_lookup(Elab *e, FileScope *fs, const char *name) {
    FileScope *owner;
    const Item *it = find(e, fs, name, &owner);
    if (!it) {
        FileScope *file = scope_alias(fs, name);
        const Builtin *b = builtin_find(name);
        if (file) {
            Value *v = value_new(e, V_FILE, NO_RANGE);
            v->file = file;
            v->str = name;
            return v;
        }
        if (!b) return scalar_builtin(e, name);
        Value *v = value_new(e, V_BUILTIN, NO_RANGE);
        v->builtin = b;
        return v;
    }
    if (it->kind == IT_PARAM) return state_free_param(e, owner, it);   /* read at its version */
    if (it->kind == IT_STATE) return state_top(e, owner, it);
    for (int i = 0; i < owner->values.n; i++) {
        if (owner->values.v[i].item != it) continue;
        if (owner->values.v[i].busy)
            return e_error(e, NULL, E0206, it->name_at, "'%s' is defined by itself", name);
        return owner->values.v[i].value;
    }
    int slot = owner->values.n;
    vec_push(e->arena, &owner->values, ((TopValue){ .item = it, .busy = true }));
    Value *v = make_value(e, owner, it);
    owner->values.v[slot].value = v;
    owner->values.v[slot].busy = false;
    return v;
}
