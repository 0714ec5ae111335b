// links: front base
/* parse_test.c - the parser and the printer: what parses, into which tree, how it prints, what a
 * syntax error says, and both sides of every limit.
 *
 * tests/errors/syntax/NAME.ebm holds bad programs; their last lines say what is expected:
 *   # expect: CODE LINE:COLUMN part of the message
 * The diagnostics must be exactly these, in this order. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "front/ast.h"

static Arena *arena;

static void setup(void) { arena = arena_new("test"); }
static void teardown(void) {
    arena_free(arena);
    base_reset();
}
TestSuite(parse, .init = setup, .fini = teardown, .timeout = 60);

static File *parse_text_n(const char *text, size_t n) {
    return parse_source(arena, source_add("test.ebm", text, n));
}
static File *parse_text(const char *text) { return parse_text_n(text, strlen(text)); }

/* The diagnostics so far as one line each: CODE LINE:COLUMN message. */
static void list_diagnostics(Text *t) {
    DiagView d;
    text_add(t, "");
    for (int i = 0; diag_get(i, &d); i++) {
        int line, col;
        source_position(d.at, &line, &col);
        text_printf(t, "%s %d:%d %s\n", diag_code_name(d.code), line, col, d.text);
    }
}

static void expect_clean(const char *what) {
    Text t = { 0 };
    list_diagnostics(&t);
    cr_assert_eq(diag_count(), 0, "%s: %s", what, t.data);
    text_free(&t);
}

/* Expects exactly one diagnostic of the code, at the place. */
static void expect_one(DiagCode code, int line, int col) {
    Text t = { 0 };
    list_diagnostics(&t);
    char head[64];
    snprintf(head, sizeof head, "%s %d:%d ", diag_code_name(code), line, col);
    cr_assert(diag_count() == 1 && !strncmp(t.data, head, strlen(head)), "wanted %s, got\n%s", head,
              t.data);
    text_free(&t);
}

/* ---- printing ------------------------------------------------------------------------------ */

static void print_source(const char *text, size_t n, Text *out) {
    ast_print(out, parse_text_n(text, n));
}

/* Parses, prints, parses, prints: the texts must be equal, and equal to `wanted` if given. */
static void expect_round_trip(const char *what, const char *text, size_t n, const char *wanted) {
    Text once = { 0 }, twice = { 0 };
    print_source(text, n, &once);
    expect_clean(what);
    print_source(once.data, once.len, &twice);
    expect_clean(what);
    cr_assert_str_eq(once.data, twice.data, "%s", what);
    if (wanted)
        cr_assert_str_eq(once.data, wanted, "%s", what);
    text_free(&once);
    text_free(&twice);
}

static char *read_file(const char *path, size_t *len) {
    FILE *f = fopen(path, "rb");
    cr_assert(f, "%s", path);
    char *text = arena_alloc(arena, SOURCE_MAX_BYTES + 1);
    *len = fread(text, 1, SOURCE_MAX_BYTES, f);
    fclose(f);
    return text;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of all .ebm files of a folder, sorted; 0 when there is no such folder. */
static int list_files(const char *folder, const char **paths, int max) {
    DIR *dir = opendir(folder);
    int n = 0;
    if (!dir)
        return 0;
    for (struct dirent *e; n < max && (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (len > 4 && !strcmp(e->d_name + len - 4, ".ebm"))
            paths[n++] = arena_printf(arena, "%s/%s", folder, e->d_name);
    }
    closedir(dir);
    qsort(paths, (size_t)n, sizeof *paths, by_name);
    return n;
}

/* One program with every form of the grammar. */
static const char every_form[] =
    "import \"nets32.ebm\"\nimport \"a b.ebm\" as other;  use std\n"
    "use std.samplers: langevin, mala\n"
    "const h = 128;  const n: int = 10_000\narg K = 40;  arg eps: real = 5e-5\n"
    "param log_z: [] = 0.0\nparam w: [3, H = 4, ..]\nstate count: [] = 0\n"
    "# the data set,\n# in two lines\n"
    "data cifar from \"a.safetensors\" { x: u8[3,32,32];  y: i32[] }\n"
    "data d: [2] from [\"images.gz\", \"labels.gz\"]\n"
    "buffer B: [2] = replay(10_000, init = U, policy = fifo)\nema E_avg of E (decay = 0.999)\n"
    "energy E(x: [2]) { return x |> Linear(h) as \"in\" |> silu |> Linear(1) |> squeeze }\n"
    "generator G(z: [d]) -> [3,32,32] { h = z;  return h }\nnet N(x) -> [] { return sum(x) }\n"
    "energy E1: [2] = Net(128) from \"f.safetensors:E\"\nnet H: [3,32] -> [] = Trunk(128)\n"
    "generator G2: [d] -> [3] = DCGAN()\n"
    "module M(F: int, down: bool = false)(x: [C,..rest], y) -> [..] {\n"
    "  param g: [C] = 1.0;  state m: [C] = fill([C], 0)\n  fn f(x) = x;  return f(x * g) }\n"
    "fn f(E: energy([2]), g: energy, h: fn([2], int) -> [], p: ([2], real)) -> ([2], []) = (E, g)\n"
    "sampler s(x: [..], K: int,) -> [..] {\n  for k in 1..K { x = x - 1 }\n"
    "  for (i, j) in 0..<n { x[i] += y;  x[i, ..] -= 2;  x[1..3] = 1 }\n  for y in ys { }\n"
    "  (a, b[2]) ~ f(x)\n  shared c ~ bernoulli(0.5)\n  x ~ A prob 0.5 else B prob 0.25 else C\n"
    "  repeat 5 { every 10 { while x < 3 { y = 1 } } }\n"
    "  if a { b = 1 } else if c { d = 2 } else { e = 3 }\n"
    "  if a { b = 1 }\n  else { c = 2 }\n  assert a == b, \"not \\\"equal\\\"\\n\";  assert true\n"
    "  track L, a = mean(b)\n  B.push(x);  f(x)(y)[1](z)\n  return x }\n"
    "objective L(x) = mean(E(x))\nobjective V(x, y) { return x }\n"
    "train t {\n  batch = 256;  steps = 20_000\n"
    "  optimizer E, G.head = adam(lr = 1e-3, betas = (0.0, 0.9))\n"
    "  step {\n    minimize E(x) over E, G.head.conv0.1.2.w, G.conv1.3\n    maximize -E(x) over G\n"
    "    simultaneous { minimize a over b;  maximize c over d }\n"
    "    every 5000 { run e;  run e(count = 10) }\n    export \"nets.safetensors\"\n  }\n}\n"
    "eval e { report auroc = f(x), g }\nsample q { save((x, y), \"f.npy\") }\n"
    "const a1 = sum[s in 0..2](f(x, 2^s) |> T(1))\n"
    "  + mean[m in 1..M, v ~ r(like x) prob 0.5 else q](v)\n"
    "const a2 = stack[i in 0..<3, y = f(i)](y) @ A.T - -x ^ -2 ^ 3 % 4 / 5\n"
    "const a3 = if a and not b or c then fn(z: [2], k = 3) => z else fn() => [1, [], (x, y)]\n"
    "const a4 = not (a and b) == (c < d);  const a5 = (if a then b else c) * (x |> f) + like x\n"
    "const a6 = (like x)[1] + (a + b) * c - (d - (e - f));  const \xce\xb8_1 = \"t\\t\\\\\"\n";

Test(parse, prints_every_form) {
    expect_round_trip("every form", every_form, strlen(every_form), NULL);
}

Test(parse, prints_with_fewest_parentheses) {
    static const char *const pairs[][2] = {
        { "const a = ((x)) + ((y * z))", "const a = x + y * z\n" },
        { "const a = (x + y) * z", "const a = (x + y) * z\n" },
        { "const a = a - (b - c) - d", "const a = a - (b - c) - d\n" },
        { "const a = (a ^ b) ^ (c ^ d)", "const a = (a^b)^c^d\n" },
        { "const a = (-a)^2 + -(a^2)", "const a = (-a)^2 + -a^2\n" },
        { "const a = -(a + b) - -(a * b)", "const a = -(a + b) - -(a * b)\n" },
        { "const a = [a==b,a!=b,a<b,a>b,a<=b,a>=b,a+b,a-b,a*b,a/b,a%b,a@b,a^b,a or b,a and b]",
          "const a = [a == b, a != b, a < b, a > b, a <= b, a >= b, a + b, a - b, a * b, a / b, "
          "a % b, a @ b, a^b, a or b, a and b]\n" },
        { "const a = -(-a) * b", "const a = --a * b\n" },
        { "const a = not (not a) and (not (a and b))", "const a = not not a and not (a and b)\n" },
        { "const a = (a < b) == (c < d)", "const a = (a < b) == (c < d)\n" },
        { "const a = (x |> f) |> (g(1)) as \"n\"", "const a = x |> f |> g(1) as \"n\"\n" },
        { "const a = (if a then b else c) |> f", "const a = (if a then b else c) |> f\n" },
        { "const a = if a then b else (c |> f)", "const a = if a then b else c |> f\n" },
        { "const a = (a or b) and (c or d and e)", "const a = (a or b) and (c or d and e)\n" },
        { "const a = (like x)(1) + like (x(1))", "const a = (like x)(1) + like x(1)\n" },
        { "const a = (1).b + x.in.over", "const a = 1.b + x.in.over\n" },
        { "const a = [1e3, 1.50, 0.1, 1e-300, 123456789012345680000.0]",
          "const a = [1e+03, 1.5, 0.1, 1e-300, 1.2345678901234568e+20]\n" },
        { "# one\n#two \n#\nconst a = 1\n\n# lost\n\nconst b = 2 # lost\n",
          "# one\n# two\n#\nconst a = 1\nconst b = 2\n" },
        { "sampler s(x) { if a { } else { if b { c = 1 } } }",
          "sampler s(x) {\n  if a { } else if b {\n    c = 1\n  }\n}\n" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        expect_round_trip(pairs[i][0], pairs[i][0], strlen(pairs[i][0]), pairs[i][1]);
}

Test(parse, prints_the_shipped_programs) {
    static const char *const folders[] = { "dsl_examples", "compiler/stdlib" };
    const char *paths[200];
    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
        int n = list_files(folders[f], paths, 200);
        for (int i = 0; i < n; i++) {
            size_t len;
            const char *text = read_file(paths[i], &len);
            expect_round_trip(paths[i], text, len, NULL);
        }
    }
}

/* ---- the tree ------------------------------------------------------------------------------ */

static const Expr *value_of(const char *text) {
    const File *f = parse_text(text);
    expect_clean(text);
    cr_assert_eq(f->n, 1);
    return f->items[0]->value;
}

Test(parse, binds_operators_by_strength) {
    const Expr *e = value_of("const a = -x^2 + y * z == w and not u or v");
    cr_assert(e->kind == EX_BINARY && e->op == OPR_OR);
    cr_assert(e->a->op == OPR_AND && e->a->b->kind == EX_NOT);
    const Expr *eq = e->a->a;
    cr_assert(eq->op == OPR_EQ && eq->a->op == OPR_ADD && eq->a->b->op == OPR_MUL);
    cr_assert(eq->a->a->kind == EX_NEG && eq->a->a->a->op == OPR_POW);
    e = value_of("const a = a - b - c");
    cr_assert(e->op == OPR_SUB && e->a->op == OPR_SUB && e->b->kind == EX_NAME);
    e = value_of("const a = x ^ y ^ z");
    cr_assert(e->op == OPR_POW && e->b->op == OPR_POW);
}

Test(parse, gives_every_node_its_range) {
    const char *text = "const a = foo(1, k = bar) + \"s\"";
    const Expr *e = value_of(text);
    cr_expect(e->at.begin == 10 && e->at.end == 31);
    cr_expect(e->op_at.begin == 26 && e->op_at.end == 27);
    cr_expect(e->a->at.begin == 10 && e->a->at.end == 25);
    cr_expect(e->a->op_at.begin == 10 && e->a->op_at.end == 13);
    cr_expect(e->a->args[1].at.begin == 17 && e->a->args[1].at.end == 24);
    cr_expect_str_eq(e->a->args[1].name, "k");
    cr_expect_eq(e->a->args[1].name, intern("k"));
    cr_expect_eq(e->height, 3);
}

Test(parse, reads_literals) {
    const Expr *e =
        value_of("const a = [10_000, 9223372036854775807, 1_0.2_5e-1, \"a\\n\\\"\\\\\", true]");
    cr_expect_eq(e->v[0]->i, 10000);
    cr_expect_eq(e->v[1]->i, INT64_MAX);
    cr_expect_eq(e->v[2]->real, 1.025);
    cr_expect_str_eq(e->v[3]->name, "a\n\"\\");
    cr_expect(e->v[4]->kind == EX_BOOL && e->v[4]->i == 1);
}

Test(parse, keeps_doc_comments_of_items_only) {
    const File *f =
        parse_text("# file\n\n# one\n#  two\nconst a = 1; const b = 2\n  # three\narg c = 3");
    expect_clean("doc");
    cr_assert_eq(f->n, 3);
    cr_expect_str_eq(f->items[0]->doc, "one\n two");
    cr_expect_null(f->items[1]->doc);
    cr_expect_str_eq(f->items[2]->doc, "three");
}

Test(parse, keywords_are_names_elsewhere) {
    expect_round_trip("names", "fn f(z, data, sample) = eval(G)(z) + data.energy + net + state\n",
                      63, NULL);
    static const char body[] =
        "sampler s(step, train) {\ndata = step + 1\n"
        "  param = 2;  param x: [] = 1\n  state.push(1)\n"
        "  optimizer = 3;  run = 4;  run(5);  export = 6;  import ~ f;  const = from + of\n"
        "  energy(x)\n  for energy in step { x = 1 }\n  every = f(repeat, track = shared[report])\n"
        "  repeat every { track track;  report (report)\n }\n}\nconst from = 3\n"
        "energy E: [2] = (from) from from\n";
    expect_round_trip("body", body, sizeof body - 1, NULL);
}

/* ---- layout -------------------------------------------------------------------------------- */

Test(parse, a_statement_ends_where_its_line_does) {
    static const char *const same[] = {
        "sampler s(x) { y = a + b;  z = c }",
        "sampler s(x) {\n  y = a + b\n  z = c\n}",
        "sampler s(x)\n{\n\n  y = a +\n\n  # comment\n  b ; ; z = c;\n}\n;",
        "sampler s(\nx\n)\n{ y\n= a\n    + b\n z = (\nc\n) }",
        "sampler s(x) {\r\n\ty = a + b\r\n\tz = c\r\n}\r\n",
        "\xef\xbb\xbfsampler s(x) { y = a + b; z = c }",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        expect_round_trip(same[i], same[i], strlen(same[i]),
                          "sampler s(x) {\n  y = a + b\n  z = c\n}\n");
}

Test(parse, words_that_continue_a_line) {
    const char *text = "sampler s(x) {\n  x ~ A\n    prob 0.5\n    else B\n  y = if a\n    then b\n"
                       "    else c\n  z = x\n    |> f\n    as \"n\"\n  minimize x\n    over E\n"
                       "  w = a\n    and b\n    or c\n  if a { b = 1 }\n\n  else { c = 1 }\n}\n";
    expect_round_trip("continued", text, strlen(text), NULL);
}

/* ---- errors -------------------------------------------------------------------------------- */

/* Compares the diagnostics of one file with its `# expect:` lines. */
static void check_golden(const char *path) {
    size_t len;
    char *text = read_file(path, &len);
    base_reset();
    parse_text_n(text, len);
    DiagView d;
    int n = 0;
    for (char *at = text; (at = strstr(at, "# expect: ")); n++) {
        char code[16], line[400];
        int row, col, want_row, want_col, used = 0;
        at += strlen("# expect: ");
        size_t k = strcspn(at, "\r\n");
        snprintf(line, sizeof line, "%.*s", (int)k, at);
        cr_assert_eq(sscanf(line, "%15s %d:%d %n", code, &want_row, &want_col, &used), 3, "%s: %s",
                     path, line);
        if (!diag_get(n, &d)) {
            cr_assert(false, "%s: missing %s", path, line);
            continue;
        }
        source_position(d.at, &row, &col);
        cr_expect(!strcmp(code, diag_code_name(d.code)) && row == want_row && col == want_col &&
                      strstr(d.text, line + used),
                  "%s: wanted %s\n got %s %d:%d %s", path, line, diag_code_name(d.code), row, col,
                  d.text);
    }
    for (int i = n; diag_get(i, &d); i++)
        cr_expect(false, "%s: unexpected %s %s", path, diag_code_name(d.code), d.text);
    cr_expect(n > 0, "%s: no expectation", path);
}

Test(parse, syntax_errors_are_as_written) {
    const char *paths[200];
    int n = list_files("tests/errors/syntax", paths, 200);
    cr_assert_geq(n, 25);
    for (int i = 0; i < n; i++)
        check_golden(paths[i]);
}

Test(parse, a_tree_survives_errors) {
    const File *f = parse_text("const a = 1\nconst b = = 2\ndef f() { }\nsampler s(x) { y = 1 2\n"
                               " z = 3 }\nconst c = 3\n");
    cr_assert_eq(diag_errors(), 3);
    cr_assert_eq(f->n, 5);
    cr_expect(f->items[1]->kind == IT_ERROR && f->items[2]->kind == IT_ERROR);
    cr_expect_eq(f->items[3]->body.n, 2);
    cr_expect_eq(f->items[3]->body.v[0]->kind, SK_ERROR);
    cr_expect_str_eq(f->items[4]->name, "c");
}

Test(parse, the_group_of_a_lost_over_is_suggested) {
    parse_text("energy E(x: [2]) { return sum(x) }\nenergy F: [2] = N()\n"
               "train t { step { minimize mean(F(x)) - mean(E(y)) + mean(F(y)) } }\n");
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diag_print(out, DIAG_TEXT);
    fclose(out);
    cr_expect(strstr(text, "add  over F   (networks used here: F, E)"), "%s", text);
    free(text);
}

/* ---- text that is no text ------------------------------------------------------------------ */

Test(parse, nul_bytes_are_refused) {
    parse_text_n("const a = 1\nconst b\0 = 2", 24);
    expect_one(E0117, 2, 8);
}

Test(parse, bytes_that_are_not_utf8_are_refused) {
    parse_text("const a = 1 # \xe9t\xe9\n");
    expect_one(E0118, 1, 15);
}

Test(parse, overlong_utf8_is_refused) {
    parse_text("const a = \"\xc0\x80\"");
    expect_one(E0118, 1, 12);
}

/* ---- limits: both sides of each ------------------------------------------------------------ */

/* head, n times `piece`, tail */
static File *parse_repeated(const char *head, const char *piece, int n, const char *tail) {
    Text t = { 0 };
    text_add(&t, head);
    for (int i = 0; i < n; i++)
        text_add(&t, piece);
    text_add(&t, tail);
    File *f = parse_text_n(t.data, t.len);
    text_free(&t);
    return f;
}

static void expect_limit(DiagCode code, const char *what) {
    DiagView d;
    cr_assert(diag_get(0, &d), "%s", what);
    cr_expect_eq(d.code, code, "%s: %s %s", what, diag_code_name(d.code), d.text);
    cr_expect_eq(diag_count(), 1, "%s", what);
    cr_expect_eq(diag_exit_code(), EXIT_SPEC, "%s", what);
}

typedef struct Nest { const char *head, *piece, *tail; int most; } Nest;

Test(parse, nesting_is_limited_on_every_path) {
    static const Nest nests[] = {
        { "const a = x", " + x", "", 255 },
        { "const a = x", "^x", "", 255 },
        { "const a = ", "-", "x", 255 },
        { "const a = ", "not ", "x", 255 },
        { "const a = x", " |> f", "", 255 },
        { "const a = x", ".f", "", 255 },
        { "const a = x", "(1)", "", 255 },
        { "const a = x", "[1]", "", 255 },
        { "const a = ", "fn(x) => ", "x", 255 },
        { "const a = ", "if a then b else ", "x", 255 },
        { "param a: ", "fn() -> ", "[]", 255 },
        { "sampler s(x) { x ~ ", "A prob p else ", "B }", 253 },
        { "sampler s(x) { ", "if a { } else ", "{ } }", 255 },
    };
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        const Nest *nest = &nests[i];
        parse_repeated(nest->head, nest->piece, nest->most, nest->tail);
        expect_clean(nest->piece);
        parse_repeated(nest->head, nest->piece, nest->most + 1, nest->tail);
        expect_limit(E0111, nest->piece);
        base_reset();
        parse_repeated(nest->head, nest->piece, 40000, nest->tail);
        expect_limit(E0111, nest->piece);
        base_reset();
    }
}

/* A chain of '-' inside each construct: its height must count wherever it stands. */
Test(parse, height_counts_in_every_place) {
    static const char *const places[][2] = {
        { "f[1..", "]" }, { "f[", "..<1]" }, { "f[i in 1..", "](x)" }, { "f[i in ", "](x)" },
        { "f[i = ", "](x)" }, { "f[i ~ ", "](x)" }, { "f[i ~ A prob ", " else B](x)" },
        { "f[i ~ A prob p else ", "](x)" }, { "f[", "]" }, { "f(", ")" }, { "f(k = ", ")" },
        { "(a, ", ")" }, { "[b, ", ", c]" }, { "if ", " then a else b" },
        { "if a then ", " else b" }, { "if a then b else ", "" }, { "fn(x = ", ") => y" },
        { "fn(x: [", "]) => y" }, { "fn(x: fn([n = ", "]) -> []) => y" }, { "fn() => ", "" },
        { "fn(x: fn() -> ([], [", "])) => y" }, { "fn(x: energy([", "])) => y" },
        { "x + ", "" }, { "(", ") + x" }, { "(", ") |> f" }, { "f |> g(", ")" }, { "(", ").f" },
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        Text head = { 0 };
        text_printf(&head, "const a = %s", places[i][0]);
        Text tail = { 0 };
        text_printf(&tail, "x%s", places[i][1]);
        const File *f = parse_repeated(head.data, "-", 10, tail.data);
        expect_clean(head.data);
        int most = NESTING_MAX - f->items[0]->value->height + 10;
        cr_expect_leq(most, 254, "%s", head.data);
        f = parse_repeated(head.data, "-", most, tail.data);
        expect_clean(head.data);
        cr_expect_eq(f->items[0]->value->height, NESTING_MAX);
        parse_repeated(head.data, "-", most + 1, tail.data);
        expect_limit(E0111, head.data);
        base_reset();
        text_free(&head);
        text_free(&tail);
    }
}

Test(parse, brackets_are_limited) {
    static const char *const openers[] = { "(", "[", "f(", "x[", "(a, " };
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        bool paren = strchr(openers[i], '(');
        Text tail = { 0 };
        text_add(&tail, "x");
        for (int k = 0; k < 255; k++)
            text_add(&tail, paren ? ")" : "]");
        parse_repeated("const a = ", openers[i], 255, tail.data);
        expect_clean(openers[i]);
        text_free(&tail);
        parse_repeated("const a = ", openers[i], 257, "");
        expect_limit(E0111, openers[i]);
        base_reset();
        parse_repeated("const a = ", openers[i], 100000, "");
        expect_limit(E0111, openers[i]);
        base_reset();
    }
    parse_repeated("sampler s(x) { ", "repeat 2 { ", 50000, "");
    expect_limit(E0111, "blocks");
}

Test(parse, nodes_are_limited) {
    /* 200,000 nodes: the item, the list and its elements */
    parse_repeated("const a = [", "1,", TREE_MAX_NODES - 2, "]");
    expect_clean("nodes");
    parse_repeated("const a = [", "1,", TREE_MAX_NODES - 1, "]");
    expect_limit(E0116, "nodes");
}

Test(parse, names_strings_and_numbers_are_limited) {
    parse_repeated("const ", "a", 64, " = 1");
    parse_repeated("const a = \"", "b", 4096, "\"");
    parse_repeated("const a = 1.", "0", 62, "");
    expect_clean("limits");
    parse_repeated("const ", "a", 65, " = 1");
    expect_limit(E0112, "name");
    base_reset();
    parse_repeated("const a = \"", "b", 4097, "\"");
    expect_limit(E0113, "string");
    base_reset();
    parse_repeated("const a = 1.", "0", 63, "");
    expect_limit(E0114, "number");
}

Test(parse, sources_are_limited) {
    parse_repeated("const a = 1", "\n", SOURCE_MAX_BYTES - 11, "");
    expect_clean("source");
    parse_repeated("const a = 1", "\n", SOURCE_MAX_BYTES - 10, "");
    expect_limit(E0115, "source");
}

/* Running out of memory at any allocation ends the process with one line and exit code 5. */
Test(parse, memory_may_run_out_anywhere) {
    uint64_t before = xalloc_count();
    arena_free(arena);
    arena = arena_new("test");
    parse_text(every_form);
    uint64_t count = xalloc_count() - before;
    arena_free(arena);
    arena = NULL;
    base_reset();
    cr_assert_geq(count, 10);
    for (uint64_t n = 1; n <= count; n++) {
        pid_t child = fork();
        if (child == 0) {
            fclose(stderr);
            xalloc_fail_at(n);
            arena = arena_new("test");
            parse_text(every_form);
            _exit(99);
        }
        int status;
        waitpid(child, &status, 0);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_LIMIT, "%d of %d: %x", (int)n,
                  (int)count, (unsigned)status);
    }
}

/* Many mistakes on one long line must not take quadratic time. */
Test(parse, a_line_full_of_errors_is_quick, .timeout = 10) {
    parse_repeated("sampler s(x) { ", "a b;", 90000, "}");
    cr_expect_eq(diag_errors(), 90000);
    base_reset();
    parse_repeated("energy E(x: []) { return x }\nsampler s(x) { ", "minimize x+E;", 30000, "}");
    cr_expect_eq(diag_errors(), 30000);
    base_reset();
    parse_repeated("train t { step { minimize x over E", ".a", 400000, "} }");
    expect_clean("path");
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diag_print(out, DIAG_TEXT);
    fclose(out);
    free(text);
}

Test(parse, at_most_fifty_errors_are_shown) {
    parse_repeated("", "const a = $\n", 3000, "");
    cr_expect_eq(diag_errors(), 3000);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diag_print(out, DIAG_JSON);
    fclose(out);
    int lines = 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    cr_expect_eq(lines, 50);
    free(text);
}
