// reference.h: outputs of another implementation, to compare ours with: an .npz file as
// tools/reference.py writes it, or JSON lines.
#ifndef CLI_REFERENCE_H
#define CLI_REFERENCE_H

#include "base/buf.h"
#include "bert.h"

// One text and what became of it there; what the file does not hold is NULL or 0.
struct reference_item {
    struct bert_text text;
    const int32_t *ids;
    const uint8_t *types;
    size_t n_tokens;
    const float *hidden; // [layers, n_tokens, width]
    const float *pooled; // [width]
    const float *sentence;
    size_t layers, width, sentence_width;
};

struct reference {
    struct reference_item *items;
    size_t n, cap;
    size_t max_length; // tokens at which texts were cut; 0: not said
    void **blocks;     // what the items point into
    size_t n_blocks, cap_blocks;
};

// By the file's first bytes. The caller releases it also on failure.
bert_status reference_open(struct reference *r, const char *path, bert_error *err);
void reference_release(struct reference *r);

#endif
