/* io.c - reading whole files, atomic writes, folders and locks; see io.h. */
#include "io.h"
#include "memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- faults ----------------------------------------------------------------------------------*/
static uint64_t calls, fail_from, fail_times;
static int fail_errno;
static IoFault fail_kind;
static _Atomic unsigned temp_number;

void io_fail_at(uint64_t n, uint64_t times, int err, IoFault kind) {
    calls = 0;
    fail_from = n;
    fail_times = times;
    fail_errno = err;
    fail_kind = kind;
}

uint64_t io_count(void) { return calls; }

/* Counts one call; true (with errno set) when a test asked for it to fail. */
static bool fault(void) {
    calls++;
    if (fail_from == 0 || calls < fail_from || calls - fail_from >= fail_times) return false;
    if (fail_kind == IO_FAULT_KILL) raise(SIGKILL);
    errno = fail_errno;
    return true;
}

/* ---- primitives: one system call each, EINTR retried -----------------------------------------*/
static int call_open(const char *path, int flags) {
    int fd;
    do fd = fault() ? -1 : open(path, flags | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Writes all of it; a counted failure leaves half of the piece behind. */
static bool call_write(int fd, const uint8_t *data, uint64_t len) {
    while (len > 0) {
        size_t piece = len > (1u << 30) ? 1u << 30 : (size_t)len;
        ssize_t n;
        if (fault()) {
            int err = errno;
            n = write(fd, data, piece / 2);      /* a failing disk leaves a torn file behind */
            errno = err;
            n = -1;
        } else {
            n = write(fd, data, piece);
        }
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data += n;
        len -= (uint64_t)n;
    }
    return true;
}

/* Reads exactly len bytes; *got tells how many there were. */
static bool call_read(int fd, uint8_t *data, uint64_t len, uint64_t *got) {
    *got = 0;
    while (*got < len) {
        size_t piece = len - *got > (1u << 30) ? 1u << 30 : (size_t)(len - *got);
        ssize_t n = fault() ? -1 : read(fd, data + *got, piece);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) break;
        *got += (uint64_t)n;
    }
    return true;
}

static bool call_sync(int fd) {
    int r;
    do r = fault() ? -1 : fsync(fd);
    while (r < 0 && errno == EINTR);
    return r == 0;
}

/* ---- reading ---------------------------------------------------------------------------------*/
IoKind io_kind(const char *path) {
    struct stat s;
    if (stat(path, &s) != 0) return IO_ABSENT;
    return S_ISREG(s.st_mode) ? IO_REGULAR : S_ISDIR(s.st_mode) ? IO_FOLDER : IO_OTHER;
}

/* The body of io_read_file: only regular files, only what fits, all of it. */
static bool read_open_file(int fd, const char *path, IoBytes *out, Status *st) {
    struct stat s;
    if (fault() || fstat(fd, &s) != 0)
        return status_fail_errno(st, RT_DATA, errno, "%s: cannot be read", path);
    if (!S_ISREG(s.st_mode)) return status_fail(st, RT_DATA, "%s: not a regular file", path);
    uint64_t len = (uint64_t)s.st_size, got;
    if (len > (64u << 20) && !mem_check(len, path, st)) return false;
    uint8_t *data = mem_alloc(len + 1, path, st);
    if (!data) return false;
    if (!call_read(fd, data, len, &got))
        status_fail_errno(st, RT_DATA, errno, "%s: cannot be read", path);
    else if (got != len)
        status_fail(st, RT_DATA, "%s: ended after %llu of %llu bytes (changed while it was read)",
                    path, (unsigned long long)got, (unsigned long long)len);
    else {
        *out = (IoBytes){ data, len };
        return true;
    }
    mem_free(data);
    return false;
}

bool io_read_file(const char *path, IoBytes *out, Status *st) {
    *out = (IoBytes){ 0 };
    /* O_NONBLOCK: opening a FIFO must not wait for a writer; it has no effect on regular files. */
    int fd = call_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return status_fail_errno(st, RT_DATA, errno, "%s: cannot be opened", path);
    bool ok = read_open_file(fd, path, out, st);
    close(fd);
    return ok;
}

bool io_read_system_file(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC); /* not counted: no user's file, absence is normal */
    if (fd < 0) return false;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void io_list_free(IoList *list) {
    for (int i = 0; i < list->n; i++) mem_free(list->name[i]);
    mem_free(list->name);
    *list = (IoList){ 0 };
}

/* Appends a copy of a name. */
static bool list_add(IoList *list, const char *name, Status *st) {
    if (list->n == list->cap) {
        int cap = list->cap ? 2 * list->cap : 64;
        char **grown =
            mem_resize(list->name, (uint64_t)cap * sizeof *grown, "a folder's names", st);
        if (!grown) return false;
        list->name = grown;
        list->cap = cap;
    }
    char *copy = mem_copy_text(name, st);
    if (!copy) return false;
    list->name[list->n++] = copy;
    return true;
}

bool io_list(const char *dir, IoList *out, Status *st) {
    *out = (IoList){ 0 };
    DIR *d = fault() ? NULL : opendir(dir);
    if (!d && errno == ENOENT) return true;
    if (!d) return status_fail_errno(st, RT_DATA, errno, "%s: cannot be listed", dir);
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            ok = list_add(out, e->d_name, st);
    closedir(d);
    if (!ok) io_list_free(out);
    else if (out->n) qsort(out->name, (size_t)out->n, sizeof *out->name, by_bytes);
    return ok;
}

/* ---- writing ---------------------------------------------------------------------------------*/
bool io_join(char out[IO_PATH], const char *dir, const char *name, Status *st) {
    bool bare = !dir || !*dir || strcmp(dir, ".") == 0 || name[0] == '/';
    int n =
        bare ? snprintf(out, IO_PATH, "%s", name)
             : snprintf(out, IO_PATH, "%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
    if (n < IO_PATH) return true;
    return status_fail(st, RT_USAGE, "path too long: %.100s...", out);
}

/* The folder part of a path ("." when there is none). */
static void folder_of(const char *path, char out[IO_PATH]) {
    snprintf(out, IO_PATH, "%s", path);
    char *slash = strrchr(out, '/');
    if (!slash) snprintf(out, IO_PATH, ".");
    else slash[slash == out ? 1 : 0] = '\0';
}

static const char TEMP_MARK[] = ".ebm-tmp-";

bool io_atomic_begin(IoAtomic *f, const char *path, Status *st) {
    char dir[IO_PATH], name[64];
    folder_of(path, dir);
    snprintf(name, sizeof name, "%s%ld-%u", TEMP_MARK, (long)getpid(),
             atomic_fetch_add(&temp_number, 1));
    f->fd = -1;
    if (strlen(path) >= IO_PATH) return status_fail(st, RT_USAGE, "path too long: %.100s...", path);
    snprintf(f->path, sizeof f->path, "%s", path);
    if (!io_join(f->temp, dir, name, st)) return false;
    f->fd = call_open(f->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (f->fd < 0)
        return status_fail_errno(st, RT_WRITE, errno, "%s: cannot make a file in its folder", path);
    return true;
}

bool io_atomic_write(IoAtomic *f, const void *data, uint64_t len, Status *st) {
    if (call_write(f->fd, data, len)) return true;
    return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be written", f->path);
}

void io_atomic_abort(IoAtomic *f) {
    if (f->fd < 0) return;
    close(f->fd);
    unlink(f->temp);
    f->fd = -1;
}

bool io_atomic_commit(IoAtomic *f, Status *st) {
    if (!call_sync(f->fd)) {
        status_fail_errno(st, RT_WRITE, errno, "%s: cannot be synced", f->path);
        io_atomic_abort(f);
        return false;
    }
    int closed = fault() ? (close(f->fd), errno = fail_errno, -1) : close(f->fd);
    if (closed != 0 || fault() || rename(f->temp, f->path) != 0) {
        status_fail_errno(st, RT_WRITE, errno, "%s: cannot be finished", f->path);
        unlink(f->temp);
        f->fd = -1;
        return false;
    }
    f->fd = -1;
    char dir[IO_PATH];
    folder_of(f->path, dir);
    int fd = call_open(dir, O_RDONLY | O_DIRECTORY);
    bool ok = fd >= 0 && call_sync(fd);
    /* Some file systems cannot sync a folder and say EINVAL: the rename is then all there is. */
    if (!ok && (fd < 0 || errno != EINVAL))
        status_fail_errno(st, RT_WRITE, errno, "%s: its folder cannot be synced", f->path);
    else ok = true;
    if (fd >= 0) close(fd);
    return ok;
}

bool io_write_file(const char *path, const void *data, uint64_t len, Status *st) {
    IoAtomic f;
    if (!io_atomic_begin(&f, path, st)) return false;
    if (io_atomic_write(&f, data, len, st)) return io_atomic_commit(&f, st);
    io_atomic_abort(&f);
    return false;
}

bool io_append_open(IoAppend *f, const char *path, Status *st) {
    snprintf(f->path, sizeof f->path, "%s", path);
    f->fd = call_open(path, O_WRONLY | O_CREAT | O_APPEND);
    if (f->fd >= 0) return true;
    return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be opened for writing", path);
}

bool io_append(IoAppend *f, const char *text, uint64_t len, Status *st) {
    if (call_write(f->fd, (const uint8_t *)text, len)) return true;
    return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be written", f->path);
}

void io_append_close(IoAppend *f) {
    if (f->fd >= 0) close(f->fd);
    f->fd = -1;
}

bool io_remove(const char *path, Status *st) {
    if (!fault() && (unlink(path) == 0 || errno == ENOENT)) return true;
    return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be removed", path);
}

bool io_rename(const char *from, const char *to, Status *st) {
    if (!fault() && rename(from, to) == 0) return true;
    return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be renamed", from);
}

bool io_make_folder(const char *path, bool *made, Status *st) {
    *made = !fault() && mkdir(path, 0777) == 0;
    if (*made || (errno == EEXIST && io_kind(path) == IO_FOLDER)) return true;
    return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be made", path);
}

bool io_make_folders(const char *path, Status *st) {
    char part[IO_PATH];
    bool made;
    if (!io_join(part, NULL, path, st)) return false;
    for (char *p = part + 1; *p; p++) {
        if (*p != '/') continue;
        *p = '\0';
        if (!io_make_folder(part, &made, st)) return false;
        *p = '/';
    }
    return io_make_folder(part, &made, st);
}

bool io_make_private_folder(const char *path, Status *st) {
    char parent[IO_PATH];
    folder_of(path, parent);
    if (io_kind(path) == IO_ABSENT && (!io_make_folders(parent, st) || fault()
                                       || (mkdir(path, 0700) != 0 && errno != EEXIST)))
        return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be made", path);
    int fd = call_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd < 0) return status_fail_errno(st, RT_WRITE, errno, "%s: not a folder", path);
    struct stat s;
    bool ok = fstat(fd, &s) == 0 && s.st_uid == geteuid() && (s.st_mode & 022) == 0;
    close(fd);
    return ok || status_fail(st, RT_WRITE, "%s: belongs to or can be written by others", path);
}

bool io_file_info(const char *path, uint64_t *size, int64_t *changed) {
    struct stat s;
    if (lstat(path, &s) != 0 || !S_ISREG(s.st_mode)) return false;
    *size = (uint64_t)s.st_size;
    *changed = (int64_t)s.st_mtime;
    return true;
}

void io_touch(const char *path) { utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW); }

void io_clean_temporaries(const char *dir) {
    IoList names;
    char path[IO_PATH];
    if (!io_list(dir, &names, NULL)) return;
    for (int i = 0; i < names.n; i++)
        if (strncmp(names.name[i], TEMP_MARK, strlen(TEMP_MARK)) == 0
            && io_join(path, dir, names.name[i], NULL))
            unlink(path);
    io_list_free(&names);
}

bool io_lock(const char *path, int *fd, Status *st) {
    *fd = call_open(path, O_RDWR | O_CREAT | O_NOFOLLOW);
    if (*fd < 0) return status_fail_errno(st, RT_WRITE, errno, "%s: cannot be opened", path);
    if (!fault() && flock(*fd, LOCK_EX | LOCK_NB) == 0) return true;
    int err = errno;
    io_unlock(*fd);
    *fd = -1;
    if (err == EWOULDBLOCK)
        return status_fail(st, RT_WRITE, "%s: another process is using this folder", path);
    return status_fail_errno(st, RT_WRITE, err, "%s: cannot be locked", path);
}

void io_unlock(int fd) {
    if (fd >= 0) close(fd);
}

void io_open_standard_files(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0)
            _exit(RT_WRITE);
}
