/* driver_pages.c - pages of the manual that are made from the compiler's tables.
 *
 * Needs ops.def through op_info, diag.def, options.def. Promises: the same bytes on every run;
 * `make check` compares them with docs/. */
#include <string.h>

#include "driver.h"
#include "graph/graph.h"

typedef struct ClassRow { OpClass cls; const char *title, *about; } ClassRow;
static const ClassRow classes[] = {
    { CLASS_SRC, "Sources", "Values that come from outside the graph. No derivative enters them." },
    { CLASS_LIN, "Structure",
      "Linear in the operand that carries a derivative (or in all of them): the "
                 "derivative is the transpose." },
    { CLASS_EW, "Elementwise", "All operands and the result have one shape. The emitted text is "
                "single precision; `$0 $1 $2` are the operands. The range is where random tests "
                "draw their inputs." },
    { CLASS_BIL, "Contractions", "Linear in each of two operands." },
    { CLASS_MAP, "Reductions and choices",
      "Not linear; each has its own rule for tangent and cotangent." },
    { CLASS_CUT, "Piecewise constant", "No derivative passes." },
    { CLASS_REQ, "Derivative requests",
      "Written by the front end, resolved and removed by the pass "
                 "`differentiate`." },
    { CLASS_CTL, "Loops", "The structure of loops; see `compiler/graph/graph.h`." },
};
static const char *const batch_names[] = {
    [BATCH_KEEP] = "keeps", [BATCH_SUM] = "sums", [BATCH_MIX] = "mixes", [BATCH_ATTR] = "by axes",
};

/* Text inside a table cell: a bar would end the cell. */
static void add_cell(Text *out, const char *s) {
    for (; *s; s++) {
        if (*s == '|')
            text_add(out, "\\");
        text_add_n(out, s, 1);
    }
}

static void add_op_row(Text *out, const OpInfo *op, bool has_text) {
    text_printf(out, "| `%s` | ", op->name);
    if (op->arity < 0)
        text_add(out, "any");
    else
        text_printf(out, "%d", op->arity);
    text_printf(out, " | %s | ", batch_names[op->batch]);
    if (has_text) {
        if (op->emit) {
            text_add(out, "`");
            add_cell(out, op->emit);
            text_printf(out, "` | %g .. %g | ", op->lo, op->hi);
        } else {
            text_add(out, " |  | ");
        }
    }
    add_cell(out, op->doc);
    text_add(out, " |\n");
}

static void ops_page(Text *out) {
    text_add(out, "# Operations of the tensor graph\n\n"
                  "Made from `compiler/graph/ops.def` by `make docs`. The column *batch* says what "
                  "an operation does to the samples of a batch: it keeps them apart, sums over "
                  "them, or mixes them. Kernels are cut where samples meet.\n");
    for (size_t c = 0; c < sizeof classes / sizeof *classes; c++) {
        bool has_text = false;
        for (int i = 0; i < OP_COUNT; i++)
            has_text |= op_info[i].cls == classes[c].cls && op_info[i].emit;
        text_printf(out, "\n## %s\n\n%s\n\n| name | operands | batch |%s meaning |\n"
                         "|---|---|---|%s---|\n", classes[c].title, classes[c].about,
                    has_text ? " emitted C | tested range |" : "", has_text ? "---|---|" : "");
        for (int i = 0; i < OP_COUNT; i++)
            if (op_info[i].cls == classes[c].cls)
                add_op_row(out, &op_info[i], has_text);
    }
}

typedef struct DiagRow { const char *code, *severity, *title, *explain; } DiagRow;
static const DiagRow diags[] = {
#define DIAG(code, severity, title, explain) { #code, #severity, title, explain },
#include "base/diag.def"
#undef DIAG
};

static void diagnostics_page(Text *out) {
    text_add(out, "# Errors and warnings\n\n"
                  "Made from `compiler/base/diag.def` by `make docs`. `ebmcc --explain E0301` "
                  "prints one "
                  "of them. Codes are never reused. An error ends the compiler with exit code 3, "
                  "a limit with 5; warnings do not.\n");
    for (size_t i = 0; i < sizeof diags / sizeof *diags; i++) {
        const char *kind = strcmp(diags[i].severity, "WARNING") == 0 ? "warning"
                         : strcmp(diags[i].severity, "LIMIT") == 0 ? "limit" : "error";
        text_printf(out, "\n## %s: %s\n\n", diags[i].code, diags[i].title);
        if (strcmp(kind, "error") != 0)
            text_printf(out, "(%s)\n\n", kind);
        text_printf(out, "```\n%s\n```\n", diags[i].explain);
    }
}

int page_print(const char *name, const char *output) {
    Text out = { 0 };
    if (strcmp(name, "ops") == 0)
        ops_page(&out);
    else if (strcmp(name, "diagnostics") == 0)
        diagnostics_page(&out);
    else
        options_page(&out);
    int code = write_text(output, out.data, out.len);
    text_free(&out);
    return code;
}
