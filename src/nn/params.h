// params.h: the parameters of a BERT encoder, named. One table lists them; counting, allocating,
// loading, saving and testing walk its rows, and nothing lists tensors twice. Vectors are plain
// float32; matrices are of the type that their file has, and are read by who packs or looks them
// up.
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
    struct table query_weight, key_weight, value_weight; // each [H, H], one fused row [3H, H]
    const float *query_bias, *key_bias, *value_bias;     // each [H]
    struct table attention_output_weight;                // [H, H]
    const float *attention_output_bias;                  // [H]
    const float *attention_gamma, *attention_beta;       // [H]
    struct table intermediate_weight;                    // [F, H]
    const float *intermediate_bias;                      // [F]
    struct table output_weight;                          // [H, F]
    const float *output_bias;                            // [H]
    const float *output_gamma, *output_beta;             // [H]
};

struct params {
    struct table word_embeddings, position_embeddings, type_embeddings; // [V, H], [P, H], [Y, H]
    const float *embedding_gamma, *embedding_beta;                      // [H]
    struct table pooler_weight;                                         // [H, H]; or no table
    const float *pooler_bias;                                           // [H]; or NULL
    struct layer_params *layers;                                        // [L]
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
    size_t field;        // offset of its first slice in struct params or struct layer_params
    size_t slices;       // one behind the other there; every slice has the shape below
    enum dim rows, cols; // a vector has rows DIM_1
    bool decay;          // weight decay applies: matrices, not biases and norms
    bool optional;       // a file may lack it
};
extern const struct param_row param_table[PARAM_COUNT];

size_t dim_of(const struct config *c, enum dim dim);

// Elements of one slice.
size_t param_count(const struct config *c, enum param p);

// A vector is no matrix, and always of F32.
bool param_is_vector(enum param p);

// A slice; no table: it is not there. layer is ignored for params outside the layers.
struct table param_get(const struct params *params, enum param p, size_t layer, size_t slice);
void param_set(struct params *params, enum param p, size_t layer, size_t slice, struct table table);

// Room for the pointers of L layers, all NULL. MEMORY.
bert_status params_init(struct params *params, const struct config *c, bert_error *err);
void params_release(struct params *params);

// Calls fn for every slice of every tensor in order, layer by layer; stops at the first failure.
typedef bert_status param_fn(void *arg, enum param p, size_t layer, size_t slice);
bert_status params_walk(const struct config *c, param_fn *fn, void *arg);

#endif
