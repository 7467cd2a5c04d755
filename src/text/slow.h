// slow.h: special tokens in a text as BertTokenizer of transformers 4 finds them.
#ifndef TEXT_SLOW_H
#define TEXT_SLOW_H

#include "text/encoding.h"

// As encoding_find, in the hf-slow profile. text.len > 0.
void find_slow(struct bert_encoding *encoding, struct bert_text text);

#endif
