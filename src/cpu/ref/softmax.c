// softmax.c: exponentials of a row, in units of their sum.
#include "cpu/ref/ref.h"

void KERNEL(softmax_fwd)(float *p, size_t ldp, float scale, float *lse, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, p += ldp) {
        double max = -INFINITY, sum = 0;
        for (size_t j = 0; j < n; j++) max = fmax(max, (double)scale * p[j]);
        for (size_t j = 0; j < n; j++) sum += exp((double)scale * p[j] - max);
        for (size_t j = 0; j < n; j++) p[j] = (float)(exp((double)scale * p[j] - max) / sum);
        if (lse) lse[i] = (float)(max + log(sum));
    }
}
