// layernorm.c: layer normalisation. The sum v is float32, as it is saved; all after it is double.
#include "cpu/ref/ref.h"

static double row_mean(const float *v, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += v[j];
    return sum / (double)n;
}

static double row_variance(const float *v, double mean, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += (v[j] - mean) * (v[j] - mean);
    return sum / (double)n;
}

void KERNEL(layernorm_fwd)(float *y, size_t ldy, const float *x, size_t ldx, const float *bias,
                           const float *residual, size_t ldr, const float *gamma, const float *beta,
                           float eps, float *sum, size_t lds, float *mean, float *rstd, size_t rows,
                           size_t cols)
{
    for (size_t i = 0; i < rows; i++, y += ldy) {
        for (size_t j = 0; j < cols; j++) {
            float v = x[i * ldx + j];
            if (bias) v += bias[j];
            if (residual) v += residual[i * ldr + j];
            if (sum) sum[i * lds + j] = v;
            y[j] = v;
        }
        const double m = row_mean(y, cols), s = 1 / sqrt(row_variance(y, m, cols) + eps);
        for (size_t j = 0; j < cols; j++) y[j] = (float)((y[j] - m) * s * gamma[j] + beta[j]);
        if (mean) mean[i] = (float)m;
        if (rstd) rstd[i] = (float)s;
    }
}
