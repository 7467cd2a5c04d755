// tokens.h: tokens as they are found, in three arrays that grow together.
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bert.h"

struct tokens {
    int32_t *ids;
    struct bert_span *offsets; // bytes of the text
    int32_t *words;
    size_t n, cap;
    int32_t word; // the number of the next word
    bool failed;  // no memory; what follows is lost
};

void tokens_release(struct tokens *tokens);

// Room for n more.
bool tokens_grow(struct tokens *tokens, size_t n);
static inline bool tokens_reserve(struct tokens *t, size_t n)
{
    return t->cap - t->n >= n || tokens_grow(t, n);
}

// Room must be there.
static inline void tokens_put(struct tokens *t, int32_t id, uint32_t start, uint32_t end)
{
    t->ids[t->n] = id;
    t->offsets[t->n] = (struct bert_span){start, end};
    t->words[t->n] = t->word;
    t->n++;
}

#endif
