// params.h: the parameters of a BERT encoder: plain float32, named, trainable. One table lists
// them; counting, allocating, loading, saving and testing walk its rows, and nothing lists tensors
// twice.
//
// A row is one tensor of the mathematics. Q, K and V are one fused row of three slices, which lie
// one behind the other when we allocated them, and apart when they are mapped from a file: so every
// slice has its pointer.
#ifndef NN_PARAMS_H
#define NN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/config.h"

struct layer_params {
    const float *query_weight, *key_weight, *value_weight; // each [H, H], one fused row [3H, H]
    const float *query_bias, *key_bias, *value_bias;       // each [H]
    const float *attention_output_weight, *attention_output_bias; // [H, H], [H]
    const float *attention_gamma, *attention_beta;                // [H]
    const float *intermediate_weight, *intermediate_bias;         // [F, H], [F]
    const float *output_weight, *output_bias;                     // [H, F], [H]
    const float *output_gamma, *output_beta;                      // [H]
};

struct params {
    const float *word_embeddings, *position_embeddings, *type_embeddings; // [V, H], [P, H], [Y, H]
    const float *embedding_gamma, *embedding_beta;                        // [H]
    const float *pooler_weight, *pooler_bias;                             // [H, H], [H]; or NULL
    struct layer_params *layers;                                          // [L]
};

// Which number of the config a dimension is.
enum dim { DIM_1, DIM_V, DIM_P, DIM_Y, DIM_H, DIM_F };

// The tensors, numbered. PARAM_LAYER_FIRST and on are in every layer.
enum param {
    PARAM_WORD_EMBEDDINGS,
    PARAM_POSITION_EMBEDDINGS,
    PARAM_TYPE_EMBEDDINGS,
    PARAM_EMBEDDING_GAMMA,
    PARAM_EMBEDDING_BETA,
    PARAM_POOLER_WEIGHT,
    PARAM_POOLER_BIAS,
    PARAM_LAYER_FIRST,
    PARAM_QKV_WEIGHT = PARAM_LAYER_FIRST,
    PARAM_QKV_BIAS,
    PARAM_ATTENTION_OUTPUT_WEIGHT,
    PARAM_ATTENTION_OUTPUT_BIAS,
    PARAM_ATTENTION_GAMMA,
    PARAM_ATTENTION_BETA,
    PARAM_INTERMEDIATE_WEIGHT,
    PARAM_INTERMEDIATE_BIAS,
    PARAM_OUTPUT_WEIGHT,
    PARAM_OUTPUT_BIAS,
    PARAM_OUTPUT_GAMMA,
    PARAM_OUTPUT_BETA,
    PARAM_COUNT
};

struct param_row {
    size_t field;        // offset of its first pointer in struct params or struct layer_params
    size_t slices;       // pointers in a row there; every slice has the shape below
    enum dim rows, cols; // a vector has rows DIM_1
    bool decay;          // weight decay applies: matrices, not biases and norms
    bool optional;       // a file may lack it
};
extern const struct param_row param_table[PARAM_COUNT];

size_t dim_of(const struct config *c, enum dim dim);

// Elements of one slice.
size_t param_count(const struct config *c, enum param p);

// The place of a slice's pointer. layer is ignored for params outside the layers.
const float **param_slot(struct params *params, enum param p, size_t layer, size_t slice);

// Room for the pointers of L layers, all NULL. MEMORY.
bert_status params_init(struct params *params, const struct config *c, bert_error *err);
void params_release(struct params *params);

// Calls fn for every slice of every tensor in order, layer by layer; stops at the first failure.
typedef bert_status param_fn(void *arg, enum param p, size_t layer, size_t slice);
bert_status params_walk(const struct config *c, param_fn *fn, void *arg);

#endif
