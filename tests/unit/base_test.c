// links: base
/* base_test.c - memory, text, names, sources and diagnostics. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

TestSuite(base, .fini = base_reset, .timeout = 20);

/* ---- memory -------------------------------------------------------------------------------- */

Test(base, allocations_are_zeroed_counted_and_freed) {
    uint64_t before = xalloc_live(), count = xalloc_count();
    char *p = xalloc(100, "test");
    for (int i = 0; i < 100; i++)
        cr_assert_eq(p[i], 0);
    memset(p, 1, 100);
    p = xrealloc(p, 200, "test");
    cr_assert(p[99] == 1 && p[100] == 0 && p[199] == 0);
    cr_assert_eq(xalloc_live(), before + 200);
    cr_assert_eq(xalloc_count(), count + 2);
    xfree(p);
    xfree(NULL);
    cr_assert_eq(xalloc_live(), before);
}

Test(base, the_nth_allocation_fails, .exit_code = EXIT_LIMIT) {
    xalloc_fail_at(3);
    xfree(xalloc(1, "test"));
    xfree(xalloc(1, "test"));
    xalloc(1, "test");
    exit(0);
}

Test(base, the_budget_holds, .exit_code = EXIT_LIMIT) {
    xalloc_set_budget(xalloc_live() + 1000);
    xfree(xalloc(900, "test"));
    void *p = xalloc(900, "test");
    xrealloc(p, 1001, "test");
    exit(0);
}

Test(base, sizes_that_overflow_fail, .exit_code = EXIT_LIMIT) {
    Arena *a = arena_new("test");
    arena_array(a, SIZE_MAX / 2, 3);
    exit(0);
}

Test(base, arenas_give_aligned_zeroed_pieces) {
    uint64_t before = xalloc_live(), taken = 0;
    for (int round = 0; round < 3; round++) {           /* later rounds get the blocks of the first */
        Arena *a = arena_new("test");
        for (size_t size = 0; size < 3000; size += 7) {
            char *p = arena_alloc(a, size);
            cr_assert_eq((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < size; i++)
                cr_assert_eq(p[i], 0);
            memset(p, 0xff, size);
        }
        for (int i = 0; i < 4000; i++) {
            char *p = arena_alloc(a, 1000);
            cr_assert(p[0] == 0 && memcmp(p, p + 1, 999) == 0);
            memset(p, 0xff, 1000);
        }
        char *big = arena_alloc(a, 5 << 20);
        big[(5 << 20) - 1] = 1;
        cr_expect_str_eq(arena_printf(a, "%d %s", 12, "abc"), "12 abc");
        cr_assert(!round || xalloc_live() == taken);
        taken = xalloc_live();
        arena_free(a);
    }
    base_reset();
    cr_assert_eq(xalloc_live(), before);
}

Test(base, texts_of_any_length_are_whole) {
    Arena *a = arena_new("test");
    Text t = { 0 };
    char fill[1024];
    for (int n = 0; n < 1000; n++) {
        memset(fill, 'a' + n % 26, sizeof fill), fill[n] = 0;
        cr_assert_str_eq(arena_printf(a, "%s", fill), fill);
        size_t at = t.len;
        text_printf(&t, "%s", fill);
        cr_assert_str_eq(t.data + at, fill);
        cr_assert_eq(t.len, at + (size_t)n);
    }
    text_free(&t);
    arena_free(a);
}

Test(base, vectors_keep_their_items) {
    Arena *a = arena_new("test");
    struct { VEC(int) v; } s = { 0 };
    for (int i = 0; i < 1000; i++)
        vec_push(a, &s.v, i * i);
    cr_assert_eq(s.v.n, 1000);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(s.v.v[i], i * i);
    arena_free(a);
}

/* ---- text and names ------------------------------------------------------------------------ */

Test(base, text_grows) {
    Text t = { 0 };
    for (int i = 0; i < 100; i++)
        text_printf(&t, "%03d,", i);
    text_add_n(&t, "a\0b", 3);
    cr_assert_eq(t.len, 403);
    cr_assert(!memcmp(t.data, "000,001,", 8) && !memcmp(t.data + 400, "a\0b", 4));
    text_free(&t);
    cr_assert_null(t.data);
}

Test(base, equal_names_are_equal_pointers) {
    const char *seen[5000];
    char name[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "name%d", i);
        seen[i] = intern(name);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "name%d!", i);
        cr_assert_eq(intern_n(name, strlen(name) - 1), seen[i]);
        cr_assert_neq(intern(name), seen[i]);
    }
    cr_assert_str_eq(intern(""), "");
}

Test(base, the_nearest_name_is_near) {
    static const struct { const char *name, *wanted; } cases[] = {
        { "lanegvin", "langevin" }, { "epz", "eps" },   { "Langevin", "langevin" },
        { "lrate", "lr" },          { "foo", NULL },    { "x", NULL },
        { "langevin_lsat", "langevin_last" },           { "beta", "betas" },
        { "lx", "lr" },             { "esp", "eps" },   { "sep", NULL },
                    { "", NULL },       { "zzzzzzzzzzzz", NULL },
    };
    static const char *const names[] = { "lr", "langevin", "langevin_last", "eps", "betas" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = nearest_name(cases[i].name, names, 5);
        if (cases[i].wanted)
            cr_expect(got && !strcmp(got, cases[i].wanted), "%s: %s", cases[i].name, got);
        else
            cr_expect_null(got, "%s: %s", cases[i].name, got);
    }
}

Test(base, utf8_is_decoded_strictly) {
    static const struct { const char *s; int n; uint32_t code; } cases[] = {
        { "a", 1, 'a' }, { "\xce\xb8", 2, 0x3b8 }, { "\xe2\x82\xac", 3, 0x20ac },
        { "\xf0\x9f\x98\x80", 4, 0x1f600 }, { "\x80", 0, 0 }, { "\xc0\x80", 0, 0 },
        { "\xe0\x80\x80", 0, 0 }, { "\xed\xa0\x80", 0, 0 }, { "\xf4\x90\x80\x80", 0, 0 },
        { "\xce", 0, 0 }, { "\xff", 0, 0 }, { "\xf8\x88\x80\x80\x80", 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code = 0;
        cr_expect_eq(utf8_decode(cases[i].s, strlen(cases[i].s), &code), cases[i].n, "%zu", i);
        cr_expect_eq(code, cases[i].code, "%zu", i);
    }
}

/* ---- sources ------------------------------------------------------------------------------- */

Test(base, offsets_have_lines_and_columns) {
    int s = source_add("a.ebm", "ab\n\ncd", 6);
    static const struct { uint32_t offset; int line, col; } cases[] = {
        { 0, 1, 1 }, { 1, 1, 2 }, { 2, 1, 3 }, { 3, 2, 1 }, { 4, 3, 1 }, { 5, 3, 2 },
        { 6, 3, 3 }, { 99, 3, 3 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int line, col;
        source_position((Range){ s, cases[i].offset, cases[i].offset }, &line, &col);
        cr_expect(line == cases[i].line && col == cases[i].col, "%zu: %d:%d", i, line, col);
    }
    int line, col;
    source_position(NO_RANGE, &line, &col);
    cr_expect(line == 0 && col == 0);
    Range r = range_join((Range){ s, 3, 5 }, (Range){ s, 1, 4 });
    cr_expect(r.begin == 1 && r.end == 5);
    cr_expect_eq(range_join(NO_RANGE, r).begin, 1);
}

/* ---- diagnostics --------------------------------------------------------------------------- */

static int source;

static Range at(uint32_t begin, uint32_t end) { return (Range){ source, begin, end }; }

static void expect_printed(DiagFormat format, const char *wanted) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diag_print(out, format);
    fclose(out);
    cr_expect_str_eq(text, wanted);
    free(text);
}

static void use_source(const char *text) { source = source_add("f.ebm", text, strlen(text)); }

Test(base, diagnostics_come_by_place_and_once) {
    use_source("one two\nthree\n");
    diag(E0201, at(8, 13), "unknown name '%s'", "three");
    diag_help("did you mean 'tree'?");
    diag(W0405, at(4, 7), "late");
    diag(E0201, at(8, 13), "again");
    diag_note(at(0, 3), "dropped with its duplicate");
    diag(E0104, at(0, 3), "first");
    diag_note(at(8, 13), "see here");
    diag_note(NO_RANGE, "nowhere");
    cr_expect_eq(diag_errors(), 2);
    cr_expect_eq(diag_exit_code(), EXIT_SPEC);
    expect_printed(DIAG_TEXT,
                   "f.ebm:1:1: error E0104: first\n 1 | one two\n   | ^^^\n"
                   "   = note: f.ebm:2:1: see here\n 2 | three\n   | -----\n   = note: nowhere\n"
                   "f.ebm:1:5: warning W0405: late\n 1 | one two\n   |     ^^^\n"
                   "f.ebm:2:1: error E0201: unknown name 'three'\n 2 | three\n   | ^^^^^\n"
                   "   = help: did you mean 'tree'?\n");
    expect_printed(DIAG_JSON,
        "{\"file\":\"f.ebm\",\"line\":1,\"column\":1,\"end_line\":1,\"end_column\":4,"
        "\"severity\":\"error\",\"code\":\"E0104\",\"message\":\"first\",\"notes\":["
        "{\"file\":\"f.ebm\",\"line\":2,\"column\":1,\"end_line\":2,\"end_column\":6,"
        "\"kind\":\"note\",\"message\":\"see "
        "here\"},{\"kind\":\"note\",\"message\":\"nowhere\"}]}\n"
        "{\"file\":\"f.ebm\",\"line\":1,\"column\":5,\"end_line\":1,\"end_column\":8,"
        "\"severity\":\"warning\",\"code\":\"W0405\",\"message\":\"late\",\"notes\":[]}\n"
        "{\"file\":\"f.ebm\",\"line\":2,\"column\":1,\"end_line\":2,\"end_column\":6,"
        "\"severity\":\"error\",\"code\":\"E0201\",\"message\":\"unknown name 'three'\",\"notes\":["
        "{\"kind\":\"help\",\"message\":\"did you mean 'tree'?\"}]}\n");
}

Test(base, diagnostics_without_a_place_name_the_program) {
    diag(E0203, NO_RANGE, "no arg or setting 'epz'");
    diag_help("did you mean 'eps'?");
    expect_printed(DIAG_TEXT, "ebmcc: error E0203: no arg or setting 'epz'\n"
                              "   = help: did you mean 'eps'?\n");
    expect_printed(DIAG_JSON, "{\"severity\":\"error\",\"code\":\"E0203\",\"message\":\"no arg or "
                              "setting 'epz'\",\"notes\":[{\"kind\":\"help\",\"message\":\"did you "
                              "mean 'eps'?\"}]}\n");
}

Test(base, carets_count_characters_and_expand_tabs) {
    use_source("\t\xce\xb8 = \xe2\x82\xac\tx\n");
    diag(E0107, at(6, 9), "euro");
    diag(E0201, at(10, 11), "x");
    expect_printed(DIAG_TEXT, "f.ebm:1:7: error E0107: euro\n"
                              " 1 |     \xce\xb8 = \xe2\x82\xac   x\n   |         ^\n"
                              "f.ebm:1:11: error E0201: x\n"
                              " 1 |     \xce\xb8 = \xe2\x82\xac   x\n   |             ^\n");
}

Test(base, ranges_may_be_empty_or_span_lines) {
    use_source("abc\r\ndef\n");
    diag(E0106, at(3, 3), "end");
    diag(E0107, at(1, 7), "two lines");
    diag(E0108, at(10, 10), "file end");
    expect_printed(DIAG_TEXT, "f.ebm:1:2: error E0107: two lines\n 1 | abc\n   |  ^^\n"
                              "f.ebm:1:4: error E0106: end\n 1 | abc\n   |    ^\n"
                              "f.ebm:3:1: error E0108: file end\n 3 | \n   | ^\n");
}

Test(base, hostile_bytes_do_not_reach_the_terminal) {
    use_source("a\x1b[31m\xe2\x80\xae b \xff\n");
    diag(E0107, at(1, 2), "bad \x1b \xe2\x80\xae \xff");
    expect_printed(DIAG_TEXT, "f.ebm:1:2: error E0107: bad ? ? ?\n 1 | a?[31m? b ?\n   |  ^\n");
    expect_printed(DIAG_JSON,
        "{\"file\":\"f.ebm\",\"line\":1,\"column\":2,\"end_line\":1,\"end_column\":3,"
        "\"severity\":\"error\",\"code\":\"E0107\",\"message\":\"bad \\u001b \\u202e \\ufffd\","
        "\"notes\":[]}\n");
}

Test(base, long_lines_are_cut_around_the_caret) {
    char line[1001];
    memset(line, 'a', 1000);
    line[1000] = 0;
    line[500] = 'X';
    use_source(line);
    diag(E0107, at(500, 501), "here");
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diag_print(out, DIAG_TEXT);
    fclose(out);
    const char *x = strchr(text, 'X'), *caret = strchr(text, '^');
    const char *line2 = strchr(text, '\n') + 1, *line3 = strchr(line2, '\n') + 1;
    cr_expect(x && caret && x - line2 == caret - line3);
    cr_expect_lt(len, 500);
    free(text);
}

Test(base, fifty_are_shown_and_errors_come_before_warnings) {
    use_source("some text that is long enough for many different places in one single line ......");
    for (uint32_t i = 0; i < 60; i++)
        diag(i == 59 ? E0201 : W0405, at(i, i + 1), "number %u", i);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diag_print(out, DIAG_TEXT);
    fclose(out);
    cr_expect(strstr(text, "number 48\n") && !strstr(text, "number 49\n"));
    cr_expect(strstr(text, "number 59\n"));
    cr_expect(strstr(text, "ebmcc: 10 more diagnostics are not shown\n"));
    free(text);
}

Test(base, a_limit_has_its_own_exit_code) {
    cr_expect_eq(diag_exit_code(), EXIT_OK);
    diag(W0405, NO_RANGE, "only a warning");
    cr_expect_eq(diag_exit_code(), EXIT_OK);
    diag(E0001, NO_RANGE, "too many nodes");
    diag(E0201, NO_RANGE, "later");
    cr_expect_eq(diag_exit_code(), EXIT_LIMIT);
}

Test(base, every_code_is_explained) {
    for (int i = 0; i < DIAG_COUNT; i++) {
        const char *name = diag_code_name((DiagCode)i);
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        cr_assert(diag_explain(name, out), "%s", name);
        fclose(out);
        cr_expect(!strncmp(text, name, 5) && len > 40, "%s", text);
        cr_expect(name[0] == 'E' || name[0] == 'W');
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(name, diag_code_name((DiagCode)k));
        free(text);
    }
    cr_expect(diag_explain("e0101", stderr));
    cr_expect_not(diag_explain("E9999", stderr));
    cr_expect_not(diag_explain("E010", stderr));
}
