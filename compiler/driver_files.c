/* driver_files.c - the compiler's own folders, output files that appear whole, a temporary folder.
 *
 * Promises: an output file is written under another name in the same folder and renamed, so a
 * reader never sees half of it; the temporary folder is removed on every path, also when a signal
 * ends the compiler. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.h"

static bool exists(const char *path) { return access(path, R_OK) == 0; }

int home_find(Arena *a, Home *out) {
    enum { MAX_PATH = 4096 };
    char *exe = arena_alloc(a, MAX_PATH);
    ssize_t n = readlink("/proc/self/exe", exe, MAX_PATH - 1);
    char *slash = n > 0 ? strrchr(exe, '/') : NULL;
    if (!slash) {
        complain("cannot tell where ebmcc is installed: /proc/self/exe: %s", strerror(errno));
        return EXIT_TOOL;
    }
    *slash = '\0';
    const char *share[] = { arena_printf(a, "%s/home", exe),
                            arena_printf(a, "%s/../share/ebmcc", exe) };
    const char *lib[] = { share[0], arena_printf(a, "%s/../lib/ebmcc", exe) };
    for (int i = 0; i < 2; i++) {
        out->include = arena_printf(a, "%s/include", share[i]);
        out->stdlib = arena_printf(a, "%s/stdlib", share[i]);
        out->library = arena_printf(a, "%s/libebmrt.a", lib[i]);
        if (exists(out->include) && exists(out->stdlib) && exists(out->library))
            return EXIT_OK;
    }
    complain("the compiler's own files are missing: neither %s nor %s holds include/, stdlib/ and "
             "libebmrt.a; run 'make' or 'make install' again", share[0], share[1]);
    return EXIT_TOOL;
}

/* ---- output --------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *data, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n, len -= (size_t)n;
    }
    return true;
}

/* Devices and pipes are written in place: renaming a file over them would replace them. */
static int write_stream(int fd, const char *name, const char *data, size_t len) {
    bool ok = fd >= 0 && write_all(fd, data, len);
    if (!ok)
        complain("cannot write to %s: %s", name, strerror(errno));
    if (fd > STDERR_FILENO)
        close(fd);
    return ok ? EXIT_OK : EXIT_WRITE;
}

int write_text(const char *path, const char *data, size_t len) {
    struct stat st;
    if (!path)
        return write_stream(STDOUT_FILENO, "standard output", data, len);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return write_stream(open(path, O_WRONLY | O_CLOEXEC), path, data, len);
    Text temp = { 0 };
    text_printf(&temp, "%s.XXXXXX", path);
    mode_t mask = umask(0);
    umask(mask);
    int fd = mkostemp(temp.data, O_CLOEXEC);
    bool ok = fd >= 0 && write_all(fd, data, len) && fchmod(fd, 0666 & ~mask) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    ok = ok && rename(temp.data, path) == 0;
    if (!ok) {
        int error = errno;
        if (fd >= 0)
            unlink(temp.data);
        complain("cannot write %s: %s", path, strerror(error));
    }
    text_free(&temp);
    return ok ? EXIT_OK : EXIT_WRITE;
}

/* ---- temporary folder ----------------------------------------------------------------------- */

static char *temp_dir;                   /* NULL: none. On the heap: it outlives arenas. */

int temp_make(Arena *a, const char *output, const char **dir) {
    static bool registered;
    assert(!temp_dir);
    if (!registered)
        registered = atexit(temp_remove) == 0;
    const char *slash = strrchr(output, '/');
    Text name = { 0 };
    if (slash)
        text_add_n(&name, output, (size_t)(slash - output) + 1);
    text_add(&name, ".ebmcc-XXXXXX");
    if (!mkdtemp(name.data)) {
        complain("cannot make a temporary folder beside %s: %s", output, strerror(errno));
        text_free(&name);
        return EXIT_WRITE;
    }
    temp_dir = name.data;
    *dir = arena_printf(a, "%s", temp_dir);
    return EXIT_OK;
}

void temp_remove(void) {
    if (!temp_dir)
        return;
    DIR *d = opendir(temp_dir);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
    rmdir(temp_dir);
    xfree(temp_dir);
    temp_dir = NULL;
}

const char *file_head(Arena *a, const char *path, size_t size) {
    char *text = arena_alloc(a, size + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    for (ssize_t n; fd >= 0 && len < size && (n = read(fd, text + len, size - len)) > 0;)
        len += (size_t)n;
    if (fd >= 0)
        close(fd);
    text[len] = '\0';
    return text;
}
