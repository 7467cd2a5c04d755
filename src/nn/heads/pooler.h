// pooler.h: the pooler, BERT's own sentence vector. Devlin et al. 2018, section 3.1; BertPooler in
// transformers.
#ifndef NN_HEADS_POOLER_H
#define NN_HEADS_POOLER_H

#include "nn/encoder.h"

// y [n, H] = tanh(W x + b) of the rows x [n, H] (the last hidden states at [CLS]). The encoder must
// have a pooler.
void pooler_forward(const struct encoder *e, struct stream *s, const float *x, size_t n, float *y);

#endif
