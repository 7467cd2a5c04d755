// load.h: the parameters of a model from an open checkpoint.
#ifndef MODEL_LOAD_H
#define MODEL_LOAD_H

#include "ckpt/ckpt.h"
#include "model/notes.h"
#include "nn/params.h"

// Parameters that lie in a file, or, where its bytes are not float32, in memory of ours.
struct loaded {
    struct params params;
    float *converted;                   // the tensors that were not float32; NULL: none
    const struct ckpt_tensor **tensors; // what was loaded, in the order of params_walk
    const float **data;                 // and where it lies
    size_t n;
    size_t parameters; // elements, in all
};

// Finds every tensor of the table and checks its shape and type. The checkpoint must outlive *out.
// FORMAT: one message names every missing, mis-shaped and unused tensor. MEMORY.
bert_status load_params(struct loaded *out, const struct ckpt *ckpt, const struct config *c,
                        struct notes *notes, bert_error *err);
void load_release(struct loaded *loaded);

#endif
