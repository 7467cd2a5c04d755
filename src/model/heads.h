// heads.h: what sits on top of the encoder in a model's files: which heads, and their labels.
#ifndef MODEL_HEADS_H
#define MODEL_HEADS_H

#include "model/names.h"

struct heads {
    struct bert_head list[HEADS];
    size_t n;
    char **labels; // [n_labels] of a classifier; NULL where the configuration names none
    size_t n_labels;
};

// Finds the heads of a checkpoint by its tensors' names; config is the path of the configuration,
// which says what a classifier classifies. To be released also on failure. IO, FORMAT, MEMORY.
bert_status heads_read(struct heads *heads, const struct ckpt *ckpt, const char *config,
                       bert_error *err);
void heads_release(struct heads *heads);

#endif
