// links: rt
/* npz_fuzz.c - libFuzzer harness of the npz reader: an archive as it is, every entry read. */
#include "memory.h"
#include "npz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *condition) {
    fprintf(stderr, "npz_fuzz: %s does not hold\n", condition);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n) {
    if (n > 1 << 16) return 0;
    uint8_t *p = malloc(n + 1);
    memcpy(p, input, n);
    Npz z;
    Status st = { 0 };
    if (npz_parse("f", p, n, &z, &st)) {
        for (int i = 0; i < z.n && i < 32; i++) {
            IoBytes b;
            ArrayPlan a;
            Status why = { 0 };
            CHECK(npz_find(&z, z.entry[i].name, false) != NULL);
            if (npz_read(&z, &z.entry[i], &b, &a, &why)) {
                CHECK(a.offset + a.bytes == b.len && b.len <= 1032 * (n + 1));
                mem_free(b.data);
            } else {
                CHECK((why.code == RT_DATA || why.code == RT_LIMIT) && why.text[0]);
            }
        }
        npz_free(&z);
    } else {
        CHECK(st.code == RT_DATA && st.text[0]);
    }
    free(p);
    CHECK(mem_live() == 0);
    return 0;
}
