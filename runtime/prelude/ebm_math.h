#ifndef EBM_MATH_H
#define EBM_MATH_H
#include <math.h>
#include "ebm_simd.h"
EBM_INLINE float ebm_exp(float x) { return expf(x); }
EBM_INLINE float ebm_expm1(float x) { return expm1f(x); }
EBM_INLINE float ebm_log(float x) { return logf(x); }
EBM_INLINE float ebm_log1p(float x) { return log1pf(x); }
EBM_INLINE float ebm_sqrt(float x) { return __builtin_sqrtf(x); }
EBM_INLINE float ebm_rsqrt(float x) { return 1.0f / __builtin_sqrtf(x); }
EBM_INLINE float ebm_sin(float x) { return sinf(x); }
EBM_INLINE float ebm_cos(float x) { return cosf(x); }
EBM_INLINE float ebm_tanh(float x) { return tanhf(x); }
EBM_INLINE float ebm_sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }
EBM_INLINE float ebm_softplus(float x) { return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x)); }
EBM_INLINE float ebm_erf(float x) { return erff(x); }
EBM_INLINE float ebm_pow(float a, float b) { return powf(a, b); }
EBM_INLINE float ebm_mod(float a, float b) { return a - b * floorf(a / b); }
EBM_INLINE float ebm_max(float a, float b) { return ((a > b) | (a != a)) ? a : b; }
EBM_INLINE float ebm_min(float a, float b) { return ((a < b) | (a != a)) ? a : b; }
EBM_INLINE float ebm_abs(float x) { return __builtin_fabsf(x); }
EBM_INLINE float ebm_sign(float x) { return (float)((x > 0) - (x < 0)); }
EBM_INLINE float ebm_floor(float x) { return floorf(x); }
EBM_INLINE float ebm_ceil(float x) { return ceilf(x); }
EBM_INLINE float ebm_round(float x) { return nearbyintf(x); }
#endif
