/* emu_nvrtc.c - libnvrtc.so.13 without CUDA: g++ compiles the text behind emu_device.h.
 *
 * The "cubin" is "EMUCUBIN", the size and a shared object; the "PTX" is the text itself, or, when it is
 * all that is asked for (compute_..), a text with that cubin in hexadecimal digits, to be loaded. It
 * knows sm_80 and sm_90. The compiler is $EMU_CXX or g++; emu_device.h lies beside this library. EMU_FAIL as in emu_internal.h
 * is heeded for the nvrtc entry points too. */
#include <dlfcn.h>
#include <errno.h>
#include <regex.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu_internal.h"

#define API __attribute__((visibility("default")))
enum { OK, OUT_OF_MEMORY = 1, CREATION_FAILED = 2, INVALID_INPUT = 3, INVALID_OPTION = 5,
       COMPILATION = 6, INTERNAL = 11 };
extern char **environ;

typedef struct Program {
    char *text, *name, *log, *cubin, *ptx;
    size_t log_size, cubin_size;
} Program;
static const int archs[] = { 80, 90 };
enum { ARCHS = sizeof archs / sizeof *archs };

API int nvrtcVersion(int *major, int *minor) {
    *major = 13, *minor = 99;                  /* of no toolkit: caches keep the two apart */
    return OK;
}
API int nvrtcGetNumSupportedArchs(int *n) {
    *n = ARCHS;
    return emu_fault("nvrtcGetNumSupportedArchs");
}
API int nvrtcGetSupportedArchs(int *to) {
    memcpy(to, archs, sizeof archs);
    return emu_fault("nvrtcGetSupportedArchs");
}
API const char *nvrtcGetErrorString(int result) {
    return result == OK ? "NVRTC_SUCCESS" : result == COMPILATION ? "NVRTC_ERROR_COMPILATION"
         : result == OUT_OF_MEMORY ? "NVRTC_ERROR_OUT_OF_MEMORY" : "NVRTC_ERROR_INTERNAL_ERROR";
}
API int nvrtcCreateProgram(Program **program, const char *text, const char *name, int n_headers,
                           const char *const *headers, const char *const *header_names) {
    (void)headers, (void)header_names;
    const int fault = emu_fault("nvrtcCreateProgram");
    if (fault) return fault;
    if (!text || n_headers) return INVALID_INPUT;
    *program = calloc(1, sizeof **program);
    (*program)->text = strdup(text);
    (*program)->name = strdup(name ? name : "default_program");
    return OK;
}
API int nvrtcDestroyProgram(Program **program) {
    Program *p = *program;
    free(p->text), free(p->name), free(p->log), free(p->cubin), free(p->ptx);
    free(p);
    *program = NULL;
    return OK;
}

/* ---- the text for g++ ---------------------------------------------------------------------- */
static bool matches(regex_t *re, const char *pattern) {
    return regcomp(re, pattern, REG_EXTENDED) == 0;
}
/* The module's text, with `extern __shared__ T name[];` as a macro and an entry for each kernel. */
static void write_text(FILE *f, const Program *p) {
    regex_t shared, kernel;
    regmatch_t m[6];
    if (!matches(&shared, "extern[ \t]+__shared__([ \t]+__align__\\([0-9]+\\))?"
                 "[ \t]+([A-Za-z_][A-Za-z0-9_ ]*[ \t*]+)([A-Za-z_][A-Za-z0-9_]*)\\[\\];") ||
        !matches(&kernel,
                 "extern \"C\" __global__ void[ \t\n]+(__launch_bounds__\\([^)]*\\)[ \t\n]+)?"
                 "([A-Za-z_][A-Za-z0-9_]*)[ \t\n]*\\("))
        abort();
    fputs("#line 1 \"module\"\n", f);
    int line = 1;
    const char *at = p->text;
    for (; regexec(&shared, at, 4, m, 0) == 0; at += m[0].rm_eo) {
        for (const char *c = at; c < at + m[0].rm_so; c++) line += *c == '\n';
        fprintf(f, "%.*s\n#undef %.*s\n#define %.*s ((%.*s *)emu->shared())\n#line %d \"module\"\n",
                (int)m[0].rm_so, at, (int)(m[3].rm_eo - m[3].rm_so), at + m[3].rm_so,
                (int)(m[3].rm_eo - m[3].rm_so), at + m[3].rm_so, (int)(m[2].rm_eo - m[2].rm_so),
                at + m[2].rm_so, line);
    }
    fputs(at, f);
    fputc('\n', f);
    for (at = p->text; regexec(&kernel, at, 3, m, 0) == 0; at += m[0].rm_eo)
        fprintf(f, "EMU_ENTRY(%.*s)\n", (int)(m[2].rm_eo - m[2].rm_so), at + m[2].rm_so);
    regfree(&shared);
    regfree(&kernel);
}

/* ---- running it ---------------------------------------------------------------------------- */
static char *read_all(const char *path, size_t before, size_t *size) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    fseek(f, 0, SEEK_END);
    const long n = ftell(f);
    rewind(f);
    char *data = calloc(1, before + (size_t)n + 1);
    *size = fread(data + before, 1, (size_t)n, f);
    fclose(f);
    return data;
}
static int run_compiler(const char *folder, const char *source, const char *object,
                        const char *log) {
    const char *cxx = getenv("EMU_CXX"), *level = getenv("EMU_OPT");
    char device[600];
    snprintf(device, sizeof device, "%s/emu_device.h", folder);
    const char *const words[] = {
        cxx && *cxx ? cxx : "g++", "-x", "c++", "-std=gnu++17", level && *level ? level : "-O1",
        "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-exceptions", "-fno-rtti",
        "-fno-strict-aliasing", "-fvisibility=hidden", "-fPIC", "-shared", "-w", "-I", folder,
        "-include", device, "-o", object, source, NULL };
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, log, 0x241 /* write, create, truncate */, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    pid_t child;
    int status = -1;
    if (posix_spawnp(&child, words[0], &files, NULL, (char *const *)(uintptr_t)words, environ) == 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    posix_spawn_file_actions_destroy(&files);
    return status;
}
/* The cubin becomes PTX. */
static void write_ptx(Program *p) {
    static const char head[] = ".version emulated\n", digit[] = "0123456789abcdef";
    char *to = p->ptx = malloc(sizeof head + 2 * p->cubin_size);
    memcpy(to, head, sizeof head - 1), to += sizeof head - 1;
    for (size_t i = 0; i < p->cubin_size; i++) {
        *to++ = digit[(unsigned char)p->cubin[i] >> 4];
        *to++ = digit[p->cubin[i] & 15];
    }
    *to = 0;
    free(p->cubin), p->cubin = NULL, p->cubin_size = 0;
}
API int nvrtcCompileProgram(Program *p, int n_options, const char *const *options) {
    const int fault = emu_fault("nvrtcCompileProgram");
    bool is_ptx = false;
    for (int i = 0; i < n_options; i++) {
        static const char arch[] = "--gpu-architecture=";
        const char *at = strncmp(options[i], arch, sizeof arch - 1) ? NULL : options[i] + sizeof arch - 1;
        int number = 0, known = 0;
        if (!at || (sscanf(at, "sm_%d", &number) != 1 && !(is_ptx = sscanf(at, "compute_%d", &number) == 1)))
            continue;
        for (int k = 0; k < ARCHS; k++) known |= archs[k] == number;
        if (!known) return INVALID_OPTION;
    }
    char folder[512], room[] = "/tmp/emulator-XXXXXX", source[64], object[64], log[64];
    Dl_info here;
    if (!dladdr((void *)(uintptr_t)nvrtcCompileProgram, &here) || !mkdtemp(room)) return INTERNAL;
    snprintf(folder, sizeof folder, "%s", here.dli_fname);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    snprintf(source, sizeof source, "%s/module.cc", room);
    snprintf(object, sizeof object, "%s/module.so", room);
    snprintf(log, sizeof log, "%s/log", room);
    FILE *f = fopen(source, "w");
    if (!f) return INTERNAL;
    write_text(f, p);
    fclose(f);
    const int status = fault ? 1 : run_compiler(slash ? folder : ".", source, object, log);
    p->log = fault ? strdup("emulated failure\n") : read_all(log, 0, &p->log_size);
    if (!p->log) p->log = strdup("the compiler did not start\n");
    p->log_size = strlen(p->log) + 1;
    if (status == 0 && (p->cubin = read_all(object, 16, &p->cubin_size))) {
        const unsigned long long size = p->cubin_size;
        memcpy(p->cubin, "EMUCUBIN", 8);
        memcpy(p->cubin + 8, &size, 8);
        p->cubin_size += 16;
    }
    if (p->cubin && is_ptx) write_ptx(p);
    unlink(source), unlink(object), unlink(log), rmdir(room);
    return fault ? fault : p->cubin || p->ptx ? OK : COMPILATION;
}
API int nvrtcGetProgramLogSize(Program *p, size_t *size) {
    *size = p->log ? p->log_size : 1;
    return OK;
}
API int nvrtcGetProgramLog(Program *p, char *log) {
    strcpy(log, p->log ? p->log : "");
    return OK;
}
API int nvrtcGetPTXSize(Program *p, size_t *size) {
    *size = strlen(p->ptx ? p->ptx : p->text) + 1;
    return OK;
}
API int nvrtcGetPTX(Program *p, char *ptx) {
    strcpy(ptx, p->ptx ? p->ptx : p->text);
    return OK;
}
API int nvrtcGetCUBINSize(Program *p, size_t *size) {
    *size = p->cubin_size;
    return OK;
}
API int nvrtcGetCUBIN(Program *p, char *cubin) {
    if (!p->cubin) return INVALID_INPUT;       /* there is PTX only */
    memcpy(cubin, p->cubin, p->cubin_size);
    return OK;
}
