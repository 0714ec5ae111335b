/* io.h - the runtime's one I/O layer: nothing else opens, writes, renames or locks files.
 *
 * Every call passes one counter, so a test can make the n-th call fail with a chosen errno (a write
 * then leaves half its bytes behind, as a full disk does) or kill the process there. Foreign files
 * are read into memory, never mapped. Failing to read is RT_DATA, failing to write RT_WRITE. */
#ifndef EBM_RT_IO_H
#define EBM_RT_IO_H
#include "status.h"

enum { IO_PATH = 4096 };

/* ---- reading ---------------------------------------------------------------------------------*/
typedef struct IoBytes { uint8_t *data; uint64_t len; } IoBytes;

/* Reads a whole regular file into memory (mem_free(out->data)); directories, devices and FIFOs are
 * refused, so is a file that does not fit the memory limit or changes size while it is read. */
bool io_read_file(const char *path, IoBytes *out, Status *st);
/* Reads a file of /proc or /sys, at most size - 1 bytes, NUL-terminated; false when unreadable. */
bool io_read_system_file(const char *path, char *text, size_t size);

typedef enum IoKind { IO_ABSENT, IO_REGULAR, IO_FOLDER, IO_OTHER } IoKind;
IoKind io_kind(const char *path);

/* The names in a folder, sorted by bytes; free with io_list_free. An absent folder is empty. */
typedef struct IoList { char **name; int n, cap; } IoList;
bool io_list(const char *dir, IoList *out, Status *st);
void io_list_free(IoList *list);

/* ---- writing ---------------------------------------------------------------------------------*/
/* A file that appears complete or not at all: temporary name in the same folder, write, fsync,
 * checked close, rename, fsync of the folder. On failure nothing of it remains. */
typedef struct IoAtomic { int fd; char temp[IO_PATH], path[IO_PATH]; } IoAtomic;
bool io_atomic_begin(IoAtomic *f, const char *path, Status *st);
bool io_atomic_write(IoAtomic *f, const void *data, uint64_t len, Status *st);
bool io_atomic_commit(IoAtomic *f, Status *st);      /* aborts by itself when it fails */
void io_atomic_abort(IoAtomic *f);
/* All of the above for bytes in memory. */
bool io_write_file(const char *path, const void *data, uint64_t len, Status *st);

/* An append-only text file (metrics.jsonl); fd < 0 when closed. */
typedef struct IoAppend { int fd; char path[IO_PATH]; } IoAppend;
bool io_append_open(IoAppend *f, const char *path, Status *st);
bool io_append(IoAppend *f, const char *text, uint64_t len, Status *st);
void io_append_close(IoAppend *f);

bool io_remove(const char *path, Status *st);
bool io_rename(const char *from, const char *to, Status *st);
/* Makes one folder; *made says whether it was absent before. */
bool io_make_folder(const char *path, bool *made, Status *st);
/* Makes a folder and its parents. */
bool io_make_folders(const char *path, Status *st);
/* Makes a folder and its parents for the user's eyes only. RT_WRITE also when it is there and is a
 * link, somebody else's, or open to others' writing: what lies in it cannot be trusted then. */
bool io_make_private_folder(const char *path, Status *st);
/* Size and time of the last change (seconds) of a regular file; false when there is none. */
bool io_file_info(const char *path, uint64_t *size, int64_t *changed);
/* Sets the time of the last change to now; may fail silently. */
void io_touch(const char *path);
/* Removes the temporary files that a killed process left in a folder. */
void io_clean_temporaries(const char *dir);

/* An exclusive lock that ends with the process; RT_WRITE when another process holds it. */
bool io_lock(const char *path, int *fd, Status *st);
void io_unlock(int fd);

/* "dir/name" into out; false and RT_USAGE when it does not fit. */
bool io_join(char out[IO_PATH], const char *dir, const char *name, Status *st);

/* Gives /dev/null to a standard file that the caller closed: no data file may take its number. */
void io_open_standard_files(void);

/* ---- fault tests -----------------------------------------------------------------------------*/
typedef enum IoFault { IO_FAULT_ERROR, IO_FAULT_KILL } IoFault;
/* The n-th counted call from now fails with `err` (or kills the process); 0 = never. `times`: how
 * many calls in a row fail. */
void     io_fail_at(uint64_t n, uint64_t times, int err, IoFault kind);
uint64_t io_count(void);
#endif
