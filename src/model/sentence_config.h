// sentence_config.h: how a folder says that its sentences are embedded: sentence-transformers'
// modules.json and the files that it names.
#ifndef MODEL_SENTENCE_CONFIG_H
#define MODEL_SENTENCE_CONFIG_H

#include "model/notes.h"

struct sentence_config {
    char *folder; // where the network's own files are (the Transformer module's path)
    bert_pooling pooling;
    bool normalize;
    size_t max_length; // 0: not stated
    bert_metric similarity;
    bool lowercase;        // lower the text before tokenizing
    char unsupported[256]; // what this library does not do of it; "": nothing
};

// Reads what `folder` says; a folder without modules.json gets mean pooling, as in
// sentence-transformers. IO, FORMAT, MEMORY. What is valid but not supported is no error here: it
// is named in `unsupported`, since words and tokens can be embedded all the same.
bert_status sentence_config_read(struct sentence_config *out, const char *folder,
                                 struct notes *notes, bert_error *err);
void sentence_config_release(struct sentence_config *config);

#endif
