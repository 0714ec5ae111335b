/* replay.c - a main for the fuzz harnesses without libFuzzer: runs every file or folder named on
 * the command line once, in sorted order. A harness that fails ends the program; the file it had in
 * hand is the last one named on stderr. Prints "ok NAME" for the test runner at the end. */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static int replay_file(const char *path) {
    FILE *f = fopen(path, "rb");
    struct stat st;
    if (!f || fstat(fileno(f), &st) != 0)
        return perror(path), 1;
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size + 1);          /* exact, so that a sanitizer sees reads beyond it */
    if (!data || fread(data, 1, size, f) != size)
        return perror(path), 1;
    fclose(f);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int replay(const char *path, int *n) {
    struct stat st;
    if (stat(path, &st) != 0)
        return perror(path), 1;
    if (!S_ISDIR(st.st_mode))
        return ++*n, replay_file(path);
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort), bad = count < 0;
    for (int i = 0; i < count; i++) {
        char inner[PATH_MAX];
        if (names[i]->d_name[0] != '.' &&
            snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name) < PATH_MAX)
            bad |= replay(inner, n);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
    return bad;
}

int main(int argc, char **argv) {
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    int bad = argc < 2, n = 0;
    for (int i = 1; i < argc; i++)
        bad |= replay(argv[i], &n);
    if (bad || n == 0)
        return 1;
    printf("ok replay of %d inputs\n", n);
    return 0;
}
