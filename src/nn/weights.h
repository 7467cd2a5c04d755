// weights.h: a device's packed form of the parameters, read-only and shared by sessions. Matrices
// are packed for the device's GEMM; vectors and the embedding tables are the parameters themselves,
// which must outlive the weights.
#ifndef NN_WEIGHTS_H
#define NN_WEIGHTS_H

#include "nn/params.h"

struct layer_weights {
    struct matrix qkv;              // [3H, H]
    struct matrix attention_output; // [H, H]
    struct matrix intermediate;     // [F, H]
    struct matrix output;           // [H, F]
    float *qkv_bias;                // [3H], the three slices side by side
};

struct weights {
    struct layer_weights *layers; // [L]
    struct matrix pooler;         // [H, H]; n is 0 without a pooler
    bert_dtype dtype;             // of the layers' matrices
    void *memory;                 // of all panels
};

// Packs the parameters with the pool's threads: the layers' matrices in `dtype`, the pooler's in
// float32. MEMORY.
bert_status weights_pack(struct weights *w, const struct device *device, struct pool *pool,
                         const struct config *c, const struct params *params, bert_dtype dtype,
                         bert_error *err);
void weights_release(struct weights *w);

#endif
