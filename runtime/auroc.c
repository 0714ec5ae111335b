/* auroc.c - see auroc.h. The area: mid-rank form of DeLong's estimate (Sun and Xu): with ranks
 * among all scores and ranks within each class, the structural components are V10 = (rank_all -
 * rank_own) / n_negative and V01 = 1 - (rank_all - rank_own) / n_positive. */
#include "auroc.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>

typedef struct Score { float value; uint8_t is_positive; double rank_all; } Score;

static int by_value(const void *a, const void *b) {
    float x = ((const Score *)a)->value, y = ((const Score *)b)->value;
    return (x > y) - (x < y);
}

/* Mid-ranks (from 1) of all scores, sorted ascending. */
static void rank_all(Score *s, int64_t n) {
    for (int64_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && s[j].value == s[i].value; j++) continue;
        for (int64_t k = i; k < j; k++) s[k].rank_all = 0.5 * (double)(i + j + 1);
    }
}

/* Mean and variance of the structural components of one class, in place of the n x m matrix. */
static void components(const Score *s, int64_t n, bool positive, int64_t n_own, int64_t n_other,
                       double *mean, double *variance) {
    double sum = 0, squares = 0;
    int64_t seen = 0;
    for (int64_t i = 0, j; i < n; i = j) {
        int64_t ties = 0;
        for (j = i; j < n && s[j].value == s[i].value; j++) ties += s[j].is_positive == positive;
        double own = (double)seen + 0.5 * (double)(ties + 1);
        double v = (s[i].rank_all - own) / (double)n_other;
        if (!positive) v = 1 - v;
        sum += (double)ties * v;
        squares += (double)ties * v * v;
        seen += ties;
    }
    *mean = sum / (double)n_own;
    double spread = squares - sum * sum / (double)n_own;
    *variance = n_own > 1 && spread > 0 ? spread / (double)(n_own - 1) : 0;
}

static const double Z = 1.959963984540054;        /* 97.5 % of a normal distribution */

static Estimate area(const Score *s, int64_t n, int64_t n_positive, int64_t n_negative) {
    double mean, other, v10, v01;
    components(s, n, true, n_positive, n_negative, &mean, &v10);
    components(s, n, false, n_negative, n_positive, &other, &v01);
    double error = Z * sqrt(v10 / (double)n_positive + v01 / (double)n_negative);
    return (Estimate){ mean, fmax(0, mean - error), fmin(1, mean + error) };
}

/* Wilson's interval of a proportion p of n. */
static Estimate wilson(double p, int64_t n) {
    double k = Z * Z / (double)n, centre = (p + k / 2) / (1 + k);
    double half = Z * sqrt(p * (1 - p) / (double)n + k * k / (4 * Z * Z)) / (1 + k);
    return (Estimate){ p, fmax(0, centre - half), fmin(1, centre + half) };
}

/* Average precision of one class: positives from the highest score down, negatives from the lowest
 * up. */
static Estimate average_precision(const Score *s, int64_t n, bool positive, int64_t n_own) {
    double sum = 0;
    int64_t own = 0;
    for (int64_t i = 0, j; i < n; i = j) {
        int64_t before = own;
        const Score *at = &s[positive ? n - 1 - i : i];
        for (j = i; j < n; j++) {
            const Score *next = &s[positive ? n - 1 - j : j];
            if (next->value != at->value) break;
            own += next->is_positive == positive;
        }
        sum += (double)(own - before) * (double)own / (double)j;
    }
    return wilson(sum / (double)n_own, n_own);
}

/* The share of negatives at or above the highest threshold that a share `rate` of the positives
 * reaches. */
static double false_positives(const Score *s, int64_t n, int64_t n_positive, int64_t n_negative,
                              double rate) {
    double wanted = rate * (double)n_positive - 1e-9;
    int64_t hits = 0, false_hits = 0;
    for (int64_t i = n - 1, j; i >= 0 && (double)hits < wanted; i = j)
        for (j = i; j >= 0 && s[j].value == s[i].value; j--) {
            hits += s[j].is_positive;
            false_hits += !s[j].is_positive;
        }
    return (double)false_hits / (double)n_negative;
}

/* With its interval: two independent errors, that of the negatives counted and that of the
 * threshold, which is a quantile of the positives. */
static Estimate rate_at(const Score *s, int64_t n, int64_t n_positive, int64_t n_negative,
                        double rate) {
    double step = Z * sqrt(rate * (1 - rate) / (double)n_positive);
    double f = false_positives(s, n, n_positive, n_negative, rate);
    double below = f - false_positives(s, n, n_positive, n_negative, rate - step);
    double above = false_positives(s, n, n_positive, n_negative, fmin(1, rate + step)) - f;
    Estimate w = wilson(f, n_negative);
    return (Estimate){ f, fmax(0, f - hypot(below, f - w.low)),
                       fmin(1, f + hypot(above, w.high - f)) };
}

bool auroc(const float *positive, int64_t n_positive, const float *negative, int64_t n_negative,
           Auroc *out, Status *st) {
    Estimate none = { NAN, NAN, NAN };
    *out = (Auroc){ none, none, none, none, none };
    if (n_positive == 0 || n_negative == 0) return true;
    int64_t n = n_positive + n_negative;
    Score *s = mem_array((uint64_t)n, sizeof *s, "scores of the AUROC", st);
    if (!s) return false;
    bool valid = true;
    for (int64_t i = 0; i < n; i++) {
        s[i].is_positive = i < n_positive;
        s[i].value = i < n_positive ? positive[i] : negative[i - n_positive];
        valid = valid && !isnan(s[i].value);
    }
    if (valid) {
        qsort(s, (size_t)n, sizeof *s, by_value);
        rank_all(s, n);
        *out = (Auroc){ .area = area(s, n, n_positive, n_negative),
                        .auprc = average_precision(s, n, true, n_positive),
                        .auprc_negative = average_precision(s, n, false, n_negative),
                        .fpr80 = rate_at(s, n, n_positive, n_negative, 0.80),
                        .fpr95 = rate_at(s, n, n_positive, n_negative, 0.95) };
    }
    mem_free(s);
    return true;
}
