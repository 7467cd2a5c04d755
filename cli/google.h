// google.h: bert embed --google: items, layers and defaults as google-research/bert's
// extract_features.py has them.
#ifndef CLI_GOOGLE_H
#define CLI_GOOGLE_H

#include "bert.h"
#include "opt.h"

// What --google settles: the google tokenizer, tokens, layers -1,-2,-3,-4, 128 tokens (or as many
// as the model has positions). False after saying what does not go with it.
bool google_options(struct options *o);
size_t google_max_length(const struct options *o, const bert_model *model);

// Strips an item and splits it at its last " ||| ", unless its columns are a pair; a second text
// without tokens is none.
bert_status google_pair(bert_encoding *encoding, struct bert_text *item, struct bert_text *second,
                        bert_error *err);

// Numbers of encoder layers, from 0 or from the end, into layers as the library counts them; the
// script knows no embedding output. False after saying which there are.
bool google_layers(const bert_model *model, const int *index, size_t n, int *layers);

#endif
