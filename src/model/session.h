// session.h: what a session owns: the stream (threads and the device's scratch), the activations of
// one pass, and room to reduce and mix layers.
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "model/batch.h"
#include "model/model.h"

// Rows that bert_nearest compares at a time: of 384 numbers they are 1.5 MiB, which two cores' L2
// hold while one query after another is compared with them.
enum { NEAREST_BLOCK = 1024 };

struct bert_session {
    const bert_model *model;
    struct stream *stream;
    size_t capacity; // tokens of a pass
    void *memory;    // of everything below
    struct acts acts;
    struct layer_acts *layers; // [L]
    float *mixed;              // [capacity, H]: layers that are mixed
    float *pooled[3];          // [capacity, widest of the model's sentence modules] each
    struct rows *ranges;       // [capacity]
    float *whole;              // rows before they are cut to fewer columns; grows
    size_t cap_whole;
    uint32_t *offs;            // [capacity + 1]
    float *scores;             // [NEAREST_BLOCK]
};

// A layer's number, -1 being the last; L + 1 or more when there is none such.
size_t session_layer(const bert_session *s, int layer);
// Checks that all layers exist and gives the highest. INVALID.
bert_status session_highest(const bert_session *s, const int *layers, size_t n, size_t *highest,
                            bert_error *err);

#endif
