// links: rt
/* safetensors_fuzz.c - libFuzzer harness of the safetensors reader.
 *
 * Run with -dict=tests/fuzz/safetensors.dict
 *
 * An odd first byte: the rest is a file as it is. An even one: two bytes give the size of the data
 * area, the rest is the header's JSON, whose length is put before it, so that mutations reach past
 * the length field. What is accepted must satisfy the format, checked here once more by other
 * means: every byte of the data belongs to exactly one tensor. */
#include "memory.h"
#include "safetensors.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *condition) {
    fprintf(stderr, "safetensors_fuzz: %s does not hold\n", condition);
    abort();
}

static void check_accepted(const StFile *f, const uint8_t *p, uint64_t len) {
    uint64_t head = 0;
    for (int i = 0; i < 8; i++) head |= (uint64_t)p[i] << (8 * i);
    uint64_t data = len - 8 - head, covered = 0;
    uint8_t *owner = calloc(data + 1, 1);
    for (int i = 0; i < f->n; i++) {
        const ArrayPlan *a = &f->tensor[i].array;
        uint64_t count = 1;
        for (int d = 0; d < a->rank; d++) count *= (uint64_t)a->dim[d];
        CHECK(a->count == count && a->bytes == count * (uint64_t)elem_size(a->type));
        CHECK(a->offset >= 8 + head && a->offset + a->bytes <= len && a->data == p + a->offset);
        for (uint64_t k = 0; k < a->bytes; k++) CHECK(owner[a->offset - 8 - head + k]++ == 0);
        covered += a->bytes;
        CHECK(st_find(f, f->tensor[i].name) == &f->tensor[i]);
        for (int to = EBM_F32; to <= EBM_BOOL; to++) {
            void *out = mem_alloc(a->count * 4, "fuzz", NULL);
            if (out) array_convert(a, (EbmDType)to, out, NULL);
            mem_free(out);
        }
    }
    CHECK(covered == data);
    st_digest_valid(f, p, len);
    free(owner);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n) {
    st_use_hook();
    if (n < 4) return 0;
    size_t data = 0, json = n - 1;
    bool wrapped = (input[0] & 1) == 0;
    if (wrapped) {
        data = (size_t)(input[1] | input[2] << 8) % 2048;
        json = n - 3;
    }
    /* exactly as large as the file, so that the sanitizer sees a read past its end */
    size_t len = wrapped ? 8 + json + data : json;
    uint8_t *p = malloc(len);
    if (wrapped) {
        for (int i = 0; i < 8; i++) p[i] = (uint8_t)((uint64_t)json >> (8 * i));
        memcpy(p + 8, input + 3, json);
        memset(p + 8 + json, 1, data);
    } else {
        memcpy(p, input + 1, json);
    }
    StFile f;
    Status st = { 0 };
    if (st_parse("f", p, len, &f, &st)) {
        check_accepted(&f, p, len);
        st_free(&f);
    } else {
        CHECK(st.code == RT_DATA && st.text[0]);
    }
    free(p);
    CHECK(mem_live() == 0);
    return 0;
}
