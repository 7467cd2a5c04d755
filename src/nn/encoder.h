// encoder.h: the BERT encoder. Devlin et al. 2018, arXiv 1810.04805, as google-research/bert
// modeling.py and transformers' BertModel compute it.
#ifndef NN_ENCODER_H
#define NN_ENCODER_H

#include "nn/acts.h"
#include "nn/seqs.h"
#include "nn/weights.h"

struct encoder {
    const struct device *device;
    const struct config *config;
    const struct params *params; // embedding tables, biases, layer norms
    const struct weights *weights;
};

// Who wants to see hidden states: called once for every layer 0 … last, 0 being the embedding
// output, with x [T, H] in the device's memory, to be used before returning.
struct layer_sink {
    void (*fn)(void *arg, size_t layer, const float *x);
    void *arg;
};

// What a stream has to hold for batches of `tokens` tokens.
struct stream_limits encoder_limits(const struct config *c, size_t tokens, bert_dtype dtype);

// Runs layers 1 … last (last <= L; 0: the embedding only).
void encoder_forward(const struct encoder *e, struct stream *s, const struct seqs *seqs,
                     struct acts *acts, size_t last, struct layer_sink sink);

#endif
