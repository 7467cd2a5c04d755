// batch.h: the tokens of several texts, packed as the network wants them, with where each came
// from. An item is a text or a pair; it is one sequence, or several windows of a long one.
#ifndef MODEL_BATCH_H
#define MODEL_BATCH_H

#include "model/model.h"

struct bert_batch {
    const bert_model *model;
    bert_encoding *encoding; // scratch of the tokenizer
    size_t T, S, n_items;
    size_t cap_tokens, cap_sequences;
    // [T], grown together: see batch.c
    int32_t *ids, *pos, *words;
    uint8_t *types, *taken; // taken: see window.h
    struct bert_span *offsets;
    // Grown together, [S + 1] each
    uint32_t *offs;    // where each sequence begins
    uint32_t *items;   // [n_items + 1] the first sequence of each
    uint32_t *skip;    // first tokens that take no part in the pooling
    uint32_t *fresh;   // tokens of the text that no window before has; 1 without windows
    size_t *truncated; // see bert_pieces
    char *prompted;    // scratch: a prompt and its sentence
    size_t cap_prompted;
    int32_t *prompt; // scratch: its tokens
    size_t cap_prompt;
};

// The options that a batch tokenizes with: what they leave open is the model's. INVALID.
bert_status batch_settle(const bert_batch *b, const struct bert_tokenize_options *options,
                         struct bert_tokenize_options *o, bert_error *err);
// Appends the windows that the batch's encoding holds as sequences in the order of the text, where
// they were cut from its end as where from its start; each with the tokens of the prompt, if it has
// any, before those of the text. INVALID, MEMORY.
bert_status batch_add_windows(bert_batch *b, bool from_end, const struct bert_pieces *prompt,
                              bert_error *err);
// Makes an item of the sequences from `first` on, unless status says that appending them failed:
// the batch is then as it was. Returns the status.
bert_status batch_end_item(bert_batch *b, size_t first, bert_status status);

// Sequences [first, end) as the network takes them, their offs from 0 in the caller's offs
// [end - first + 1].
struct seqs batch_seqs(const bert_batch *b, size_t first, size_t end, uint32_t *offs);

#endif
