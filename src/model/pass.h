// pass.h: all that one pass through the network needs, reserved once: a stream (threads and the
// device's scratch), the activations, and room to reduce and mix layers.
#ifndef MODEL_PASS_H
#define MODEL_PASS_H

#include "model/model.h"

struct pass {
    const bert_model *model;
    struct stream *stream;
    size_t capacity; // tokens
    void *memory;    // [bytes] of everything below but uncut
    size_t bytes;
    bool large; // in huge pages by now
    struct acts acts;
    struct layer_acts *layers; // [L]
    float *mixed;              // [capacity, H]: layers that are mixed
    float *pooled[3];          // [capacity, widest of the model's sentence modules] each
    struct rows *ranges;       // [capacity]
    uint32_t *offs;            // [capacity + 1]
    float *uncut;              // rows before they are cut to fewer columns; grows
    size_t cap_uncut;
};

// MEMORY; pass_free in every case.
bert_status pass_init(struct pass *p, const bert_model *model, size_t tokens, int threads,
                      bert_error *err);
// encoder_forward on this pass; no more than `capacity` tokens.
void pass_forward(struct pass *p, const struct seqs *seqs, size_t last, struct layer_sink sink);
void pass_free(struct pass *p);

#endif
