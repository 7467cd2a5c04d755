// made_model.h: small random models, made on the spot, so that no test and no demonstration needs
// weights of others. The vocabulary holds printable ASCII, letters as continuations and a few
// hundred English words; weights are random, and config.json says "untrained": true.
#ifndef TESTS_MADE_MODEL_H
#define TESTS_MADE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct made_model {
    size_t layers, hidden, heads, intermediate, positions;
    size_t words;    // vocabulary is filled up to this many; 0: as many as there are
    const char *act; // hidden_act; NULL: gelu
    float eps;       // 0: 1e-12
    float deviation; // of the weights; 0: 0.05
    bool prefix;     // names with "bert."
    bool no_pooler;
    uint64_t seed;
};

// Writes config.json, vocab.txt, tokenizer_config.json and model.safetensors into an existing
// folder. False when that fails (errno says why).
bool made_model_write(const char *folder, const struct made_model *spec);

#endif
