// acts.h: the activations of one pass, carved from one block. In inference the layers share their
// slots and nothing is saved; for training every layer has its own, with what its backward pass
// reads. encoder_forward is the same function on both and gives the same bits.
#ifndef NN_ACTS_H
#define NN_ACTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "nn/config.h"

// The …sum, …mean, …rstd, lse and pre slots are NULL in inference.
struct layer_acts {
    float *qkv;                                             // [T, 3H]
    float *lse;                                             // [A, T]
    float *context;                                         // [T, H]
    float *attention_sum, *attention_mean, *attention_rstd; // [T, H], [T], [T]
    float *attention;                                       // [T, H] after the layer norm
    float *pre;                                             // [T, F] before the activation
    float *intermediate;                                    // [T, F], row stride ldi
    size_t ldi;                                             // not a multiple of 4096 bytes
    float *output_sum, *output_mean, *output_rstd;          // [T, H], [T], [T]
    float *output;                                          // [T, H]: the layer's hidden states
};

struct acts {
    float *embedding_sum, *embedding_mean, *embedding_rstd; // [T, H], [T], [T]
    float *embedding;                                       // [T, H]: hidden states of layer 0
    struct layer_acts *layers;                              // [L]
};

// Lays out room for T tokens; `layers` [L] is the caller's. keep: for training.
void acts_layout(struct acts *acts, struct arena *a, struct layer_acts *layers,
                 const struct config *c, size_t T, bool keep);

#endif
