/* safetensors.h - reading and writing .safetensors: 8 bytes of header length, a JSON header, data.
 *
 * Reading validates everything the format promises before any tensor is touched: unique names,
 * known types, size equations, no overlaps, no holes, string metadata, limits (16 MiB of header,
 * 65,536 tensors). The bytes stay the caller's and must outlive the StFile. */
#ifndef EBM_RT_SAFETENSORS_H
#define EBM_RT_SAFETENSORS_H
#include "array.h"

enum { ST_MAX_HEADER = 16 << 20, ST_MAX_TENSORS = 65536, ST_DIGEST = 32 };

/* Name of the tensor that holds SHA-256 over all bytes before its own data. */
extern const char ST_DIGEST_NAME[];

typedef struct StTensor {
    const char *name;             /* owned by the parsed header */
    ArrayPlan array;
} StTensor;

typedef struct StFile {
    void *header;                 /* the parsed JSON */
    StTensor *tensor;             /* in the order of their data */
    const StTensor **by_name;     /* the same, sorted by name */
    int n;
} StFile;

/* `file` is the name for messages and must outlive `out`. */
bool st_parse(const char *file, const uint8_t *p, uint64_t len, StFile *out, Status *st);
void st_free(StFile *f);
const StTensor *st_find(const StFile *f, const char *name);       /* NULL: absent */
const char *st_meta(const StFile *f, const char *key);            /* NULL: absent */
/* Whether the last tensor is a digest and equals SHA-256 of the len - 32 bytes before it. */
bool st_digest_valid(const StFile *f, const uint8_t *p, uint64_t len);

typedef struct StOut {
    const char *name;
    ElemType type;
    int rank;
    const int64_t *dim;
    const void *data;             /* dense, little-endian */
} StOut;
typedef struct StMeta { const char *key, *value; } StMeta;

/* Writes atomically, in the given order; with `digest` the digest tensor follows as the last. The
 * bytes depend on nothing but the arguments. */
bool st_write(const char *path, const StOut *tensors, int n, const StMeta *meta, int n_meta,
              bool digest, Status *st);
/* Makes jansson allocate through the runtime's hook; call once before threads start. */
void st_use_hook(void);
#endif
