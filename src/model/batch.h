// batch.h: the tokens of several texts, packed as the network wants them, with where each came
// from.
#ifndef MODEL_BATCH_H
#define MODEL_BATCH_H

#include "model/model.h"

struct bert_batch {
    const bert_model *model;
    bert_encoding *encoding; // scratch of the tokenizer
    size_t T, S;
    size_t cap_tokens, cap_sequences;
    // [T], grown together: see batch.c
    int32_t *ids, *pos, *words;
    uint8_t *types;
    struct bert_span *offsets;
    uint32_t *offs;    // [S + 1]
    size_t *truncated; // [S]
    char *prompted;    // scratch: a prompt and its sentence
    size_t cap_prompted;
    uint32_t *skip; // [S] first tokens that take no part in the pooling
};

// Sequences [first, end) as the network takes them, their offs from 0 in the caller's offs
// [end - first + 1].
struct seqs batch_seqs(const bert_batch *b, size_t first, size_t end, uint32_t *offs);

#endif
