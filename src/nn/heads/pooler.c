// pooler.c: tanh(W h[CLS] + b).
#include "nn/heads/pooler.h"

void pooler_forward(const struct encoder *e, struct stream *s, const float *x, size_t n, float *y)
{
    const size_t H = e->config->H;
    e->device->linear(s, y, H, x, H, &e->weights->pooler, e->params->pooler_bias, ACT_tanh, NULL,
                      n);
}
