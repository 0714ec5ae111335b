/* csv.h - tables of numbers as text: commas between cells, one example per line, an optional line
 * of names. What is not a finite number is refused with its line and column; nothing is guessed. */
#ifndef EBM_RT_CSV_H
#define EBM_RT_CSV_H
#include "array.h"

enum { CSV_LINE = 16 << 20, CSV_COLUMNS = 1 << 20 };

typedef struct Csv {
    const char *file;
    const uint8_t *p, *end;       /* the lines of numbers */
    const uint8_t *names, *names_end;                 /* the first line when it holds names */
    int64_t rows, columns, first_line;
} Csv;

/* Whether the first byte can begin such a table. */
bool csv_looks_like(const uint8_t *p, uint64_t len);
/* Counts rows and columns; all lines have equally many cells. */
bool csv_parse(const char *file, const uint8_t *p, uint64_t len, Csv *out, Status *st);
/* The column with this name, -1 without a line of names or such a name. */
int64_t csv_column(const Csv *c, const char *name);
/* Reads columns [first, first + n) as f64, or as i64 when all of them must be whole numbers:
 * [rows, n], rank 1 when n is 1. out->data is the caller's to mem_free. */
bool csv_read(const Csv *c, int64_t first, int64_t n, bool whole, ArrayPlan *out, Status *st);
#endif
