// links: rt
/* csv_fuzz.c - libFuzzer harness of the CSV reader: tables as they are, every column as reals and
 * as whole numbers. */
#include "csv.h"
#include "memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *condition) {
    fprintf(stderr, "csv_fuzz: %s does not hold\n", condition);
    abort();
}

static void try_column(const Csv *c, int64_t first, int64_t n, bool whole) {
    ArrayPlan a;
    Status st = { 0 };
    if (csv_read(c, first, n, whole, &a, &st)) {
        CHECK(a.count == (uint64_t)(c->rows * n) && a.bytes == 8 * a.count);
        for (uint64_t i = 0; !whole && i < a.count; i++)
            CHECK(isfinite(((const double *)(const void *)a.data)[i]));
        mem_free((void *)(uintptr_t)a.data);
    } else {
        CHECK(st.code == RT_DATA && st.text[0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n) {
    if (n == 0 || n > 4096) return 0;
    uint8_t *p = malloc(n);                    /* exact, so that a sanitizer sees reads beyond it */
    memcpy(p, input, n);
    Csv c;
    Status st = { 0 };
    if (csv_parse("f", p, n, &c, &st)) {
        CHECK(c.columns >= 1 && c.rows >= 0);
        csv_column(&c, "x");
        for (int64_t k = 0; k < c.columns && k < 8; k++) {
            try_column(&c, k, 1, false);
            try_column(&c, k, 1, true);
        }
        try_column(&c, 0, c.columns, false);
    } else {
        CHECK(st.code == RT_DATA && st.text[0]);
    }
    free(p);
    CHECK(mem_live() == 0);
    return 0;
}
