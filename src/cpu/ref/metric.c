// metric.c: similarities of rows and one vector, summed in double.
#include "cpu/ref/ref.h"

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += (double)a[j] * b[j];
    return sum;
}

void KERNEL(dot_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                      size_t cols)
{
    for (size_t i = 0; i < rows; i++) y[i] = (float)dot(x + i * ldx, q, cols);
}

void KERNEL(cosine_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                         size_t cols)
{
    const double length = fmax(sqrt(dot(q, q, cols)), 1e-12);
    for (size_t i = 0; i < rows; i++, x += ldx) {
        y[i] = (float)(dot(x, q, cols) / (length * fmax(sqrt(dot(x, x, cols)), 1e-12)));
    }
}

void KERNEL(euclidean_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                            size_t cols)
{
    for (size_t i = 0; i < rows; i++, x += ldx) {
        double sum = 0;
        for (size_t j = 0; j < cols; j++) sum += ((double)x[j] - q[j]) * ((double)x[j] - q[j]);
        y[i] = (float)-sqrt(sum);
    }
}

void KERNEL(manhattan_rows)(float *y, const float *x, size_t ldx, const float *q, size_t rows,
                            size_t cols)
{
    for (size_t i = 0; i < rows; i++, x += ldx) {
        double sum = 0;
        for (size_t j = 0; j < cols; j++) sum += fabs((double)x[j] - q[j]);
        y[i] = (float)-sum;
    }
}
