/* npz.h - NumPy's .npz: a zip archive of .npy files, stored or deflated. */
#ifndef EBM_RT_NPZ_H
#define EBM_RT_NPZ_H
#include "array.h"
#include "io.h"

enum { NPZ_NAME = 256 };

/* One entry of the archive; its name is without ".npy". */
typedef struct NpzEntry {
    char name[NPZ_NAME];
    uint64_t offset, packed, size;        /* of its local header; of its bytes, packed and not */
    uint32_t crc;
    bool deflated;
} NpzEntry;

typedef struct Npz {
    const char *file;
    const uint8_t *p;
    uint64_t len;
    NpzEntry *entry;              /* in the order of the directory */
    int n;
} Npz;

bool npz_looks_like(const uint8_t *p, uint64_t len);
/* Reads the directory at the end of the archive; p stays the caller's and must outlive *out. */
bool npz_parse(const char *file, const uint8_t *p, uint64_t len, Npz *out, Status *st);
void npz_free(Npz *z);
/* The entry of a name; without one, the only entry when there is but one and `only` is given. */
const NpzEntry *npz_find(const Npz *z, const char *name, bool only);
/* Unpacks an entry, checks its CRC and parses it as .npy; mem_free(bytes->data) when done. */
bool npz_read(const Npz *z, const NpzEntry *e, IoBytes *bytes, ArrayPlan *out, Status *st);
#endif
