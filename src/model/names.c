// names.c: naming dialects. A dialect is a prefix and how it calls the scale and shift of a layer
// norm; the rest of the name is the table's, where %s is the layer's number.
#include "model/names.h"

#include <stdio.h>
#include <string.h>

struct dialect {
    const char *prefix;
    const char *gamma, *beta;
};

// transformers, saved from a model with a head or from the bare encoder; the gamma and beta of
// before 2019 are still in google-bert/bert-base-uncased.
static const struct dialect dialects[] = {
    {"bert.", "weight", "bias"},
    {"", "weight", "bias"},
    {"bert.", "gamma", "beta"},
    {"", "gamma", "beta"},
};

enum part { PART_PLAIN, PART_GAMMA, PART_BETA }; // what the dialect appends

#define LAYER "encoder.layer.%s."

static const struct {
    const char *slices[3];
    enum part part;
} names[PARAM_COUNT] = {
    [PARAM_WORD_EMBEDDINGS] = {{"embeddings.word_embeddings.weight"}, PART_PLAIN},
    [PARAM_POSITION_EMBEDDINGS] = {{"embeddings.position_embeddings.weight"}, PART_PLAIN},
    [PARAM_TYPE_EMBEDDINGS] = {{"embeddings.token_type_embeddings.weight"}, PART_PLAIN},
    [PARAM_EMBEDDING_GAMMA] = {{"embeddings.LayerNorm."}, PART_GAMMA},
    [PARAM_EMBEDDING_BETA] = {{"embeddings.LayerNorm."}, PART_BETA},
    [PARAM_POOLER_WEIGHT] = {{"pooler.dense.weight"}, PART_PLAIN},
    [PARAM_POOLER_BIAS] = {{"pooler.dense.bias"}, PART_PLAIN},
    [PARAM_QKV_WEIGHT] = {{LAYER "attention.self.query.weight", LAYER "attention.self.key.weight",
                           LAYER "attention.self.value.weight"},
                          PART_PLAIN},
    [PARAM_QKV_BIAS] = {{LAYER "attention.self.query.bias", LAYER "attention.self.key.bias",
                         LAYER "attention.self.value.bias"},
                        PART_PLAIN},
    [PARAM_ATTENTION_OUTPUT_WEIGHT] = {{LAYER "attention.output.dense.weight"}, PART_PLAIN},
    [PARAM_ATTENTION_OUTPUT_BIAS] = {{LAYER "attention.output.dense.bias"}, PART_PLAIN},
    [PARAM_ATTENTION_GAMMA] = {{LAYER "attention.output.LayerNorm."}, PART_GAMMA},
    [PARAM_ATTENTION_BETA] = {{LAYER "attention.output.LayerNorm."}, PART_BETA},
    [PARAM_INTERMEDIATE_WEIGHT] = {{LAYER "intermediate.dense.weight"}, PART_PLAIN},
    [PARAM_INTERMEDIATE_BIAS] = {{LAYER "intermediate.dense.bias"}, PART_PLAIN},
    [PARAM_OUTPUT_WEIGHT] = {{LAYER "output.dense.weight"}, PART_PLAIN},
    [PARAM_OUTPUT_BIAS] = {{LAYER "output.dense.bias"}, PART_PLAIN},
    [PARAM_OUTPUT_GAMMA] = {{LAYER "output.LayerNorm."}, PART_GAMMA},
    [PARAM_OUTPUT_BETA] = {{LAYER "output.LayerNorm."}, PART_BETA},
};

static const char *const buffers[] = {"embeddings.position_ids", "embeddings.token_type_ids"};

void names_print(const struct dialect *dialect, enum param p, const char *layer, size_t slice,
                 char out[NAME_MAX_LENGTH])
{
    const char *form = names[p].slices[slice], *number = strstr(form, "%s");
    const char *part = names[p].part == PART_GAMMA  ? dialect->gamma
                       : names[p].part == PART_BETA ? dialect->beta
                                                    : "";
    if (!number) {
        snprintf(out, NAME_MAX_LENGTH, "%s%s%s", dialect->prefix, form, part);
        return;
    }
    snprintf(out, NAME_MAX_LENGTH, "%s%.*s%s%s%s", dialect->prefix, (int)(number - form), form,
             layer, number + 2, part);
}

const struct ckpt_tensor *names_find(const struct dialect *dialect, const struct ckpt *ckpt,
                                     enum param p, size_t layer, size_t slice)
{
    char number[24], name[NAME_MAX_LENGTH];
    snprintf(number, sizeof number, "%zu", layer);
    names_print(dialect, p, number, slice, name);
    return ckpt_find(ckpt, name);
}

// The word embeddings decide the prefix, the embedding's layer norm how norms are called.
const struct dialect *names_detect(const struct ckpt *ckpt)
{
    const struct dialect *found = NULL;
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        const struct dialect *d = &dialects[i];
        if (!names_find(d, ckpt, PARAM_WORD_EMBEDDINGS, 0, 0)) continue;
        if (!found) found = d;
        if (names_find(d, ckpt, PARAM_EMBEDDING_GAMMA, 0, 0)) return d;
    }
    return found;
}

const char *names_prefix(const struct dialect *dialect)
{
    return dialect->prefix;
}

bool names_is_buffer(const char *name)
{
    if (strncmp(name, "bert.", 5) == 0) name += 5;
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        if (strcmp(name, buffers[i]) == 0) return true;
    }
    return false;
}
