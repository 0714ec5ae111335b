/* source.h - one file or folder of data, whatever its format: opened, recognised by its bytes,
 * validated, and asked for the array of a field.
 *
 * .npy, .npz, .safetensors, IDX, CIFAR-10 and CIFAR-100, CSV, each also compressed by gzip; a
 * folder of
 * PNG images. */
#ifndef EBM_RT_SOURCE_H
#define EBM_RT_SOURCE_H
#include "array.h"
#include "csv.h"
#include "io.h"
#include "npz.h"
#include "safetensors.h"
#include <sha2.h>

typedef enum SourceKind {
    SOURCE_ARRAY, SOURCE_TENSORS, SOURCE_NPZ, SOURCE_CIFAR, SOURCE_CSV, SOURCE_IMAGES
} SourceKind;

typedef struct Source {
    SourceKind kind;
    const char *path;
    IoBytes bytes;                /* of the file, unpacked */
    ArrayPlan array;              /* the member of its kind */
    StFile tensors;
    Npz npz;
    Csv csv;
    IoList images;
    char digest[SHA256_DIGEST_STRING_LENGTH];          /* of the bytes on disk */
} Source;

/* Reads the file, or lists the folder. `path` must outlive *s. */
bool source_open(Source *s, const char *path, Status *st);
void source_close(Source *s);
/* Whether it can hold only one field. */
bool source_is_single(const Source *s);
/* The array of field `field` of a set, [n, ...]; what was made for it is in *made, for the caller
 * to mem_free after converting. The file holds the fields first .. last, which share the
 * columns of a table. */
bool source_array(const Source *s, const EbmDataDesc *d, int field, int first, int last,
                  ArrayPlan *out, void **made, Status *st);
#endif
