// words.h: the words of an item that is split before the tokenizer sees it.
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "bert.h"

struct words {
    struct bert_text *list; // within the item's bytes
    size_t n, cap;
};

// Splits an item at ASCII white space; one that came as a list of words (input_item.words), behind
// each of which there is a NUL, at those. False: no memory.
bool words_split(struct words *w, struct bert_text item, bool listed);
void words_release(struct words *w);

#endif
