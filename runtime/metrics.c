/* metrics.c - see metrics.h. */
#include "metrics.h"
#include "console.h"
#include "memory.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rewrites the file without lines beyond `step` and without a torn last line. */
static bool trim(const char *path, uint64_t step, Status *st) {
    static const char lead[] = "{\"step\":";
    IoBytes old;
    if (io_kind(path) == IO_ABSENT) return true;
    if (!io_read_file(path, &old, st)) return false;
    const char *p = (const char *)old.data, *end = p + old.len;
    uint64_t kept = 0;
    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        if (!line_end || (size_t)(line_end - p) < strlen(lead) || memcmp(p, lead, strlen(lead)) != 0
            || strtoull(p + strlen(lead), NULL, 10) > step)
            break;
        kept += (uint64_t)(line_end + 1 - p);
        p = line_end + 1;
    }
    bool ok = kept == old.len || io_write_file(path, old.data, kept, st);
    mem_free(old.data);
    return ok;
}

bool metrics_open(Metrics *m, const EbmEntryDesc *entry, const char *path, uint64_t step,
                  Status *st) {
    *m = (Metrics){ .entry = entry, .file.fd = -1 };
    uint64_t n = (uint64_t)entry->n_outputs + 1;
    m->value = mem_array(n, sizeof *m->value, "metrics", st);
    m->is_set = mem_array(n, sizeof *m->is_set, "metrics", st);
    m->is_new = mem_array(n, sizeof *m->is_new, "metrics", st);
    if (m->value && m->is_set && m->is_new && trim(path, step, st) &&
        io_append_open(&m->file, path, st))
        return true;
    metrics_close(m);
    return false;
}

void metrics_close(Metrics *m) {
    if (!m->entry) return;
    io_append_close(&m->file);
    mem_free(m->value);
    mem_free(m->is_set);
    mem_free(m->is_new);
    *m = (Metrics){ .file.fd = -1 };
}

void metrics_set(Metrics *m, int output, float value) {
    int first = 0;
    while (strcmp(m->entry->outputs[first].name, m->entry->outputs[output].name) != 0) first++;
    m->value[first] = value;
    m->is_set[first] = m->is_new[first] = true;
}

void metrics_append(Metrics *m, const char *line) {
    Status st = { 0 };
    if (m->lost || io_append(&m->file, line, strlen(line), &st)) return;
    m->lost = true;
    console_warn("warning: %s; the rest of the metrics is lost", st.text);
}

void metrics_write(Metrics *m, uint64_t step) {
    /* name <= 100 characters each, so a line of up to 60 values fits; longer ones go in pieces */
    char line[8192];
    int used = snprintf(line, sizeof line, "{\"step\":%" PRIu64, step);
    for (int i = 0; i < m->entry->n_outputs && used < (int)sizeof line - 160; i++) {
        if (!m->is_new[i]) continue;
        m->is_new[i] = false;
        used += snprintf(line + used, 120, ",\"%.100s\":", m->entry->outputs[i].name);
        used += isfinite(m->value[i]) ? snprintf(line + used, 32, "%.9g", (double)m->value[i])
                                      : snprintf(line + used, 32, "null");
    }
    snprintf(line + used, 4, "}\n");
    metrics_append(m, line);
}

void metrics_format(const Metrics *m, int n, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < m->entry->n_outputs && n > 0 && used + 1 < size; i++) {
        if (!m->is_set[i]) continue;
        int k = snprintf(out + used, size - used, "%s%.30s %.4g", used ? "  " : "",
                         m->entry->outputs[i].name, (double)m->value[i]);
        used += (size_t)k;
        n--;
    }
}
