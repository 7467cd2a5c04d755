// hf_config.h: Hugging Face's config.json, or Google's bert_config.json (the same keys), into the
// numbers of a network.
#ifndef MODEL_HF_CONFIG_H
#define MODEL_HF_CONFIG_H

#include "base/json.h"
#include "model/notes.h"
#include "nn/config.h"

struct hf_config {
    struct config config;
    const char *act_name; // as config.json calls it; a static string
};

// Reads the file at `path`. types is the type_vocab_size of a file that does not say it;
// activation, where not NULL, replaces its hidden_act. FORMAT, UNSUPPORTED (another architecture, a
// decoder, relative positions, an unknown activation: the message names the remedy), IO, MEMORY.
bert_status hf_config_read(struct hf_config *out, const char *path, size_t types,
                           const char *activation, struct notes *notes, bert_error *err);

#endif
