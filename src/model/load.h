// load.h: the parameters of a model from an open checkpoint.
#ifndef MODEL_LOAD_H
#define MODEL_LOAD_H

#include "ckpt/ckpt.h"
#include "model/notes.h"
#include "nn/params.h"

struct loaded_tensor {
    const char *name; // in the file
    struct table table;
    size_t rows, cols; // a vector has rows 1
};

// Parameters that lie in a file, or, where it holds them as no table does, in memory of ours.
struct loaded {
    struct params params;
    float *converted; // vectors that were not float32, matrices stored [in, out]; NULL: none
    struct loaded_tensor *tensors; // [n] what was loaded, in the order of params_walk
    size_t n;
    size_t parameters; // elements, in all
};

// Finds every tensor of the table and checks its shape, its type and its checksum, where there is
// one. The checkpoint must outlive *out. FORMAT: one message names every missing, mis-shaped and
// unused tensor; or a damaged one. MEMORY.
bert_status load_params(struct loaded *out, const struct ckpt *ckpt, const struct config *c,
                        struct notes *notes, bert_error *err);
void load_release(struct loaded *loaded);

#endif
