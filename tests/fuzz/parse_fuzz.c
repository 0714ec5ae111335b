// links: front base
/* parse_fuzz.c - libFuzzer harness of the lexer, the parser, the diagnostics and the printer.
 *
 * `make fuzz` builds it and runs it with -dict=tests/fuzz/ebm.dict , the words of the language.
 * What must hold for every input: no crash, no leak of the allocator's own count, a tree within the
 * limits, diagnostics that print; and for every accepted input print then parse is the identity. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/ast.h"

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *condition) {
    fprintf(stderr, "parse_fuzz: %s does not hold\n", condition);
    diag_print(stderr, DIAG_TEXT);
    abort();
}

static void print_diagnostics(void) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diag_print(out, DIAG_TEXT);
    diag_print(out, DIAG_JSON);
    fclose(out);
    for (size_t i = 0; i < len; i++)
        CHECK(text[i] == '\n' || (unsigned char)text[i] >= 0x20);
    free(text);
}

/* The heights that the parser promises, one statement list deep. */
static void check_tree(const File *f) {
    for (int i = 0; i < f->n; i++) {
        const Item *item = f->items[i];
        CHECK(!item->value || (item->value->height >= 1 && item->value->height <= NESTING_MAX));
        CHECK(item->at.begin <= item->at.end);
        for (int k = 0; k < item->body.n; k++)
            CHECK(item->body.v[k]->height >= 1 && item->body.v[k]->height <= NESTING_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t live = xalloc_live();
    Arena *a = arena_new("fuzz");
    const File *f = parse_source(a, source_add("fuzz.ebm", (const char *)data, size));
    check_tree(f);
    print_diagnostics();
    if (diag_errors() == 0) {
        Text once = { 0 }, twice = { 0 };
        ast_print(&once, f);
        const File *g = parse_source(a, source_add("printed.ebm", once.data, once.len));
        if (diag_errors())
            fprintf(stderr, "printed:\n%s\n", once.data);
        CHECK(diag_errors() == 0);
        ast_print(&twice, g);
        if (strcmp(once.data, twice.data))
            fprintf(stderr, "once:\n%s\ntwice:\n%s\n", once.data, twice.data);
        CHECK(!strcmp(once.data, twice.data));
        text_free(&once);
        text_free(&twice);
    }
    arena_free(a);
    base_reset();
    CHECK(xalloc_live() == live);
    return 0;
}
