// pooler.c: tanh(W h[CLS] + b).
#include "nn/heads/pooler.h"

void pooler_forward(const struct encoder *e, struct stream *s, const float *x, size_t n, float *y)
{
    e->device->linear(s, y, x, &e->weights->pooler, e->params->pooler_bias, ACT_tanh, NULL, n);
}
