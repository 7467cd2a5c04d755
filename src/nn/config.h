// config.h: the numbers that define a BERT encoder's shape. Read from a file in model/, or made up
// by a test; valid once config_check said so.
#ifndef NN_CONFIG_H
#define NN_CONFIG_H

#include "base/error.h"
#include "ops/ops.h"

struct config {
    size_t V; // vocabulary
    size_t P; // positions
    size_t Y; // token types
    size_t L; // layers
    size_t H; // hidden width
    size_t A; // attention heads, H = A D
    size_t D; // width of a head
    size_t F; // feed-forward width
    enum act act;
    float eps; // of every layer norm
};

// INVALID unless every size is positive, sane and consistent; sets D. `where` names the file.
bert_status config_check(struct config *c, const char *where, bert_error *err);

#endif
