/* auroc.h - area under the ROC curve with a 95 % interval. */
#ifndef EBM_RT_AUROC_H
#define EBM_RT_AUROC_H
#include "status.h"

typedef struct Auroc { double value, low, high; } Auroc;

/* P(positive > negative) + P(equal) / 2 and its interval by DeLong's variance, O(n log n). With no
 * positives or no negatives all three are NaN. */
bool auroc(const float *positive, int64_t n_positive, const float *negative, int64_t n_negative,
           Auroc *out, Status *st);
#endif
