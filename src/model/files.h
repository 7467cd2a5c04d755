// files.h: which files make a model: its folder, its configuration, its weights.
#ifndef MODEL_FILES_H
#define MODEL_FILES_H

#include <stdbool.h>

#include "base/error.h"

struct model_files {
    char *folder;
    char *config;  // path of the configuration
    char *weights; // path for ckpt_open
    bool google;   // a checkpoint as Google publishes them: bert_config.json
};

// From the path that a user gives: a folder, a zip archive or a folder in one, or the weights in it
// (a file, or the prefix of a TensorFlow checkpoint). Fills folder and, where the path names them,
// weights; to be released also on failure. IO (there is no such path), MEMORY.
bert_status model_files_begin(struct model_files *files, const char *path, bert_error *err);

// Finds the configuration in `folder`, which may be one inside the first. IO: there is none;
// UNSUPPORTED: nor is there a model that can be read; MEMORY.
bert_status model_files_config(struct model_files *files, const char *folder, bert_error *err);

// Finds the weights there, unless the path named them. IO says what is missing; UNSUPPORTED says
// what there is instead; MEMORY.
bert_status model_files_weights(struct model_files *files, bert_error *err);

void model_files_release(struct model_files *files);

#endif
