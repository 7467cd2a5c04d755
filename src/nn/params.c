// params.c: the tensor table and the walk over it.
#include "nn/params.h"

#include <stddef.h>

#include "base/mem.h"

#define MODEL(name) offsetof(struct params, name)
#define LAYER(name) offsetof(struct layer_params, name)

const struct param_row param_table[PARAM_COUNT] = {
    // field, slices, rows, cols, decay, optional
    [PARAM_WORD_EMBEDDINGS] = {MODEL(word_embeddings), 1, DIM_V, DIM_H, true, false},
    [PARAM_POSITION_EMBEDDINGS] = {MODEL(position_embeddings), 1, DIM_P, DIM_H, true, false},
    [PARAM_TYPE_EMBEDDINGS] = {MODEL(type_embeddings), 1, DIM_Y, DIM_H, true, false},
    [PARAM_EMBEDDING_GAMMA] = {MODEL(embedding_gamma), 1, DIM_1, DIM_H, false, false},
    [PARAM_EMBEDDING_BETA] = {MODEL(embedding_beta), 1, DIM_1, DIM_H, false, false},
    [PARAM_POOLER_WEIGHT] = {MODEL(pooler_weight), 1, DIM_H, DIM_H, true, true},
    [PARAM_POOLER_BIAS] = {MODEL(pooler_bias), 1, DIM_1, DIM_H, false, true},
    [PARAM_QKV_WEIGHT] = {LAYER(query_weight), 3, DIM_H, DIM_H, true, false},
    [PARAM_QKV_BIAS] = {LAYER(query_bias), 3, DIM_1, DIM_H, false, false},
    [PARAM_ATTENTION_OUTPUT_WEIGHT] = {LAYER(attention_output_weight), 1, DIM_H, DIM_H, true,
                                       false},
    [PARAM_ATTENTION_OUTPUT_BIAS] = {LAYER(attention_output_bias), 1, DIM_1, DIM_H, false, false},
    [PARAM_ATTENTION_GAMMA] = {LAYER(attention_gamma), 1, DIM_1, DIM_H, false, false},
    [PARAM_ATTENTION_BETA] = {LAYER(attention_beta), 1, DIM_1, DIM_H, false, false},
    [PARAM_INTERMEDIATE_WEIGHT] = {LAYER(intermediate_weight), 1, DIM_F, DIM_H, true, false},
    [PARAM_INTERMEDIATE_BIAS] = {LAYER(intermediate_bias), 1, DIM_1, DIM_F, false, false},
    [PARAM_OUTPUT_WEIGHT] = {LAYER(output_weight), 1, DIM_H, DIM_F, true, false},
    [PARAM_OUTPUT_BIAS] = {LAYER(output_bias), 1, DIM_1, DIM_H, false, false},
    [PARAM_OUTPUT_GAMMA] = {LAYER(output_gamma), 1, DIM_1, DIM_H, false, false},
    [PARAM_OUTPUT_BETA] = {LAYER(output_beta), 1, DIM_1, DIM_H, false, false},
};

size_t dim_of(const struct config *c, enum dim dim)
{
    switch (dim) {
    case DIM_V: return c->V;
    case DIM_P: return c->P;
    case DIM_Y: return c->Y;
    case DIM_H: return c->H;
    case DIM_F: return c->F;
    case DIM_1: break;
    }
    return 1;
}

size_t param_count(const struct config *c, enum param p)
{
    return dim_of(c, param_table[p].rows) * dim_of(c, param_table[p].cols);
}

bool param_is_vector(enum param p)
{
    return param_table[p].rows == DIM_1;
}

// Where the slice is: a struct table, or a vector's pointer.
static void *slot(const struct params *params, enum param p, size_t layer, size_t slice)
{
    const size_t size = param_is_vector(p) ? sizeof(const float *) : sizeof(struct table);
    char *base = p < PARAM_LAYER_FIRST ? (char *)params : (char *)&params->layers[layer];
    return base + param_table[p].field + slice * size;
}

struct table param_get(const struct params *params, enum param p, size_t layer, size_t slice)
{
    const void *at = slot(params, p, layer, slice);
    if (!param_is_vector(p)) return *(const struct table *)at;
    return (struct table){.data = *(const float *const *)at, .number = NUMBER_F32};
}

void param_set(struct params *params, enum param p, size_t layer, size_t slice, struct table table)
{
    void *at = slot(params, p, layer, slice);
    if (param_is_vector(p)) *(const float **)at = table.data;
    else *(struct table *)at = table;
}

bert_status params_init(struct params *params, const struct config *c, bert_error *err)
{
    *params = (struct params){.layers = mem_zero(c->L, sizeof *params->layers)};
    return params->layers ? BERT_OK : fail_memory(err);
}

void params_release(struct params *params)
{
    mem_free(params->layers);
    *params = (struct params){0};
}

// The tensors [first, end) of one layer (or of the model).
static bert_status walk_rows(enum param first, enum param end, size_t layer, param_fn *fn,
                             void *arg)
{
    for (enum param p = first; p < end; p++) {
        for (size_t slice = 0; slice < param_table[p].slices; slice++) {
            TRY(fn(arg, p, layer, slice));
        }
    }
    return BERT_OK;
}

bert_status params_walk(const struct config *c, param_fn *fn, void *arg)
{
    TRY(walk_rows(0, PARAM_LAYER_FIRST, 0, fn, arg));
    for (size_t layer = 0; layer < c->L; layer++) {
        TRY(walk_rows(PARAM_LAYER_FIRST, PARAM_COUNT, layer, fn, arg));
    }
    return BERT_OK;
}
