// links: rt
/* idx_fuzz.c - libFuzzer harness of the IDX reader, plain and inside gzip.
 *
 * The first byte chooses: the input as a plain file, as a gzip file, or compressed here and then
 * damaged at one place, so that mutations get past the checksum of the format. */
#include "idx.h"
#include "memory.h"
#include "unpack.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *condition) {
    fprintf(stderr, "idx_fuzz: %s does not hold\n", condition);
    abort();
}

static void try_plain(const uint8_t *p, size_t n) {
    ArrayPlan a;
    Status st = { 0 };
    if (!idx_parse("f", p, n, &a, &st)) {
        CHECK(st.code == RT_DATA && st.text[0]);
        return;
    }
    CHECK(a.rank >= 1 && a.rank <= EBM_MAX_RANK && a.offset + a.bytes == n);
    for (int to = EBM_F32; to <= EBM_BOOL; to++) {
        void *out = mem_alloc(a.count * 4, "fuzz", NULL);
        if (out) array_convert(&a, (EbmDType)to, out, NULL);
        mem_free(out);
    }
}

static void try_gzip(const uint8_t *p, size_t n) {
    IoBytes out;
    Status st = { 0 };
    if (gzip_unpack("f", p, n, &out, &st)) {
        CHECK(out.len <= 1032 * (n + 1));
        try_plain(out.data, out.len);
        mem_free(out.data);
    } else {
        CHECK((st.code == RT_DATA || st.code == RT_LIMIT) && st.text[0]);
    }
}

/* Compresses all but three bytes of the input; those say where to damage the result, and how. */
static void try_compressed(const uint8_t *p, size_t n) {
    uint8_t packed[8192];
    z_stream z = { 0 };
    if (n < 3 || n > 4096 || deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    z.next_in = (Bytef *)(uintptr_t)(p + 3);
    z.avail_in = (uInt)(n - 3);
    z.next_out = packed;
    z.avail_out = sizeof packed;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t len = z.total_out;
    deflateEnd(&z);
    packed[(size_t)(p[0] | p[1] << 8) % len] ^= p[2];
    uint8_t *exact = malloc(len);
    memcpy(exact, packed, len);
    try_gzip(exact, len);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n) {
    if (n < 1) return 0;
    switch (input[0] % 3) {
    case 0: try_plain(input + 1, n - 1); break;
    case 1: try_gzip(input + 1, n - 1); break;
    default: try_compressed(input + 1, n - 1); break;
    }
    CHECK(mem_live() == 0);
    return 0;
}
