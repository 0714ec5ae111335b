// links: passes graph base
/* text_test.c - runs the files tests/graph/<name>.graph: a textual graph and what becomes of it.
 *
 * A file is a graph as graph_print writes it; its comments may hold, one per line:
 *     #: do rebuild             every node built anew: sharing, folding, identities
 *     #: do differentiate       requests resolved
 *     #: count OP N             so many live nodes of that op afterwards
 *     #: nodes N                so many live nodes
 *     #: error TEXT             the graph is refused with a message that contains TEXT
 *     #| LINE                   the text afterwards, line by line; all of it, or none given */
#include "passes/passes.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const folder = "tests/graph";

typedef struct File {
    Arena *a;
    const char *name;
    char *text;
    Graph *g;
    Node **roots;
    int n_roots, checks;
} File;

static char *read_file(Arena *a, const char *path) {
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f, "%s", path);
    char *text = arena_alloc(a, 1 << 16);
    size_t n = fread(text, 1, (1 << 16) - 1, f);
    cr_assert_lt(n, (1 << 16) - 1, "%s is too long", path);
    fclose(f);
    return text;
}

/* The rest of the k-th line that starts with `mark`, or NULL. */
static const char *directive(File *f, const char *mark, int k) {
    size_t n = strlen(mark);
    for (const char *p = f->text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (strncmp(p, mark, n) == 0 && k-- == 0)
            return arena_printf(f->a, "%.*s", (int)(strcspn(p, "\n") - n), p + n);
    return NULL;
}

static void rebuild(File *f) {
    Graph *g = graph_new(f->a);
    Node **map = NEW_ARRAY(f->a, Node *, graph_size(f->g));
    for (uint32_t id = 0; id < graph_size(f->g); id++) {
        const Node *n = graph_node(f->g, id);
        Node **in = NEW_ARRAY(f->a, Node *, n->n_in + 1);
        for (int i = 0; i < n->n_in; i++)
            in[i] = map[n->in[i]->id];
        map[id] = g_rebuild(g, n, in);
    }
    for (int i = 0; i < f->n_roots; i++)
        f->roots[i] = map[f->roots[i]->id];
    f->g = g;
}

static void differentiate(File *f) {
    Graph *g;
    Node **map = ad_differentiate(f->g, f->roots, f->n_roots, &g);
    for (int i = 0; i < f->n_roots; i++)
        f->roots[i] = map[f->roots[i]->id];
    f->g = g;
}

static int count_live(File *f, const char *op) {
    bool *live = NEW_ARRAY(f->a, bool, graph_size(f->g) + 1);
    int n = 0, known = op == NULL;
    for (int i = 0; op && i < OP_COUNT; i++)
        known |= strcmp(op_info[i].name, op) == 0;
    cr_assert(known, "%s: no op '%s'", f->name, op);
    graph_mark_live(f->g, f->roots, f->n_roots, live);
    for (uint32_t id = 0; id < graph_size(f->g); id++)
        n += live[id] && (!op || strcmp(op_info[graph_node(f->g, id)->op].name, op) == 0);
    return n;
}

static void check_counts(File *f) {
    const char *s;
    char op[32];
    int want;
    for (int k = 0; (s = directive(f, "#: count ", k)); k++, f->checks++) {
        cr_assert_eq(sscanf(s, "%31s %d", op, &want), 2, "%s: count %s", f->name, s);
        cr_assert_eq(count_live(f, op), want, "%s: %d nodes of %s, not %d", f->name,
                     count_live(f, op), op, want);
    }
    if ((s = directive(f, "#: nodes ", 0))) {
        cr_assert_eq(count_live(f, NULL), atoi(s), "%s: %d nodes", f->name, count_live(f, NULL));
        f->checks++;
    }
}

static void check_text(File *f) {
    Text got = { 0 }, want = { 0 };
    const char *line;
    graph_print(&got, f->g, f->roots, f->n_roots);
    for (int k = 0; (line = directive(f, "#| ", k)); k++)
        text_printf(&want, "%s\n", line);
    if (want.len) {
        cr_assert_str_eq(got.data, want.data, "%s: got\n%s\nwant\n%s", f->name, got.data,
                         want.data);
        f->checks++;
    }
    text_free(&got), text_free(&want);
}

static void run_file(const char *name) {
    Arena *a = arena_new("a graph file");
    File f = { .a = a, .name = name, .text = read_file(a, arena_printf(a, "%s/%s", folder, name)) };
    const char *error = NULL, *wanted = directive(&f, "#: error ", 0), *what;
    f.g = graph_parse(a, f.text, &f.roots, &f.n_roots, &error);
    if (wanted) {
        cr_assert(error && strstr(error, wanted), "%s: wanted '%s', got '%s'", name, wanted,
                  error ? error : "no error");
        arena_free(a);
        return;
    }
    cr_assert_not_null(f.g, "%s: %s", name, error);
    for (int k = 0; (what = directive(&f, "#: do ", k)); k++) {
        cr_assert(strcmp(what, "rebuild") == 0 || strcmp(what, "differentiate") == 0, "%s", what);
        (*what == 'r' ? rebuild : differentiate)(&f);
        const char *bad = graph_verify(f.g, f.roots, f.n_roots, a);
        cr_assert_null(bad, "%s: after %s: %s", name, what, bad);
    }
    check_counts(&f);
    check_text(&f);
    cr_assert_gt(f.checks, 0, "%s checks nothing", name);
    arena_free(a);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

Test(text, graph_files) {
    char names[256][64];
    const char *sorted[256];
    int n = 0;
    DIR *d = opendir(folder);
    cr_assert_not_null(d, "run from the top folder");
    for (struct dirent *e; (e = readdir(d));) {
        size_t len = strlen(e->d_name);
        if (len <= 6 || len >= sizeof *names || strcmp(e->d_name + len - 6, ".graph") != 0)
            continue;
        cr_assert_lt(n, 256);
        strcpy(names[n], e->d_name);
        sorted[n] = names[n];
        n++;
    }
    closedir(d);
    cr_assert_gt(n, 0);
    qsort(sorted, (size_t)n, sizeof *sorted, by_name);
    for (int i = 0; i < n; i++)
        run_file(sorted[i]);
}
