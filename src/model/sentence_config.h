// sentence_config.h: how a folder says that its sentences are embedded: sentence-transformers'
// modules.json and the files that it names.
#ifndef MODEL_SENTENCE_CONFIG_H
#define MODEL_SENTENCE_CONFIG_H

#include "model/notes.h"
#include "nn/config.h"

enum { SENTENCE_STEPS = 16 }; // most modules behind the pooling

enum sentence_module { SENTENCE_DENSE, SENTENCE_LAYERNORM, SENTENCE_NORMALIZE };

// A module behind the pooling, as its config.json describes it.
struct sentence_module_config {
    enum sentence_module kind;
    char *folder;   // where its weights are
    size_t in, out; // columns
    bool bias, residual;
    enum act act;
};

struct prompt {
    char *name, *text;
};

struct sentence_config {
    char *folder; // where the network's own files are (the Transformer module's path)
    bert_pooling pooling;
    bool normalize; // the last module divides by the length
    struct sentence_module_config modules[SENTENCE_STEPS];
    size_t n_modules;
    bert_metric similarity;
    struct prompt *prompts;
    size_t n_prompts;
    size_t default_prompt; // its number; n_prompts: none
    bool exclude_prompt;   // a prompt's tokens are left out of the pooling
    size_t max_length;     // 0: not stated
    bool lowercase;        // lower the text before tokenizing
    char unsupported[256]; // what this library does not do of it; "": nothing
};

// Reads what `folder` says; a folder without modules.json gets mean pooling, as in
// sentence-transformers. IO, FORMAT, MEMORY. What is valid but not supported is no error here: it
// is named in `unsupported`, since words and tokens can be embedded all the same.
bert_status sentence_config_read(struct sentence_config *out, const char *folder,
                                 struct notes *notes, bert_error *err);
// How many poolings stand side by side; the i-th of them.
size_t poolings_count(bert_pooling poolings);
bert_pooling poolings_at(bert_pooling poolings, size_t i);

void sentence_config_release(struct sentence_config *config);

#endif
