// rows.c: embedding rows, and rows that are averaged, maximised or brought to unit length.
#include "cpu/ref/ref.h"

void KERNEL(embed_fwd)(float *y, size_t ldy, const float *word, const float *type,
                       const float *position, const int32_t *ids, const uint8_t *types,
                       const int32_t *pos, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) {
            const float w = word[(size_t)ids[i] * cols + j], t = type[types[i] * cols + j];
            y[i * ldy + j] = (w + t) + position[(size_t)pos[i] * cols + j];
        }
    }
}

void KERNEL(mean_rows)(float *y, const float *x, size_t ldx, size_t rows, size_t cols)
{
    for (size_t j = 0; j < cols; j++) {
        double sum = 0;
        for (size_t i = 0; i < rows; i++) sum += x[i * ldx + j];
        y[j] = (float)(sum / (double)rows);
    }
}

void KERNEL(max_rows)(float *y, const float *x, size_t ldx, size_t rows, size_t cols)
{
    for (size_t j = 0; j < cols; j++) {
        y[j] = x[j];
        for (size_t i = 1; i < rows; i++) y[j] = fmaxf(y[j], x[i * ldx + j]);
    }
}

void KERNEL(divide_rows)(float *y, size_t ldy, const float *divisors, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) y[i * ldy + j] /= divisors[i];
    }
}

void KERNEL(normalize_fwd)(float *x, size_t ldx, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++, x += ldx) {
        double sum = 0;
        for (size_t j = 0; j < cols; j++) sum += (double)x[j] * x[j];
        const double length = fmax(sqrt(sum), 1e-12);
        for (size_t j = 0; j < cols; j++) x[j] = (float)(x[j] / length);
    }
}
