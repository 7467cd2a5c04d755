// tokens.c: growing.
#include "text/tokens.h"

#include "base/mem.h"

void tokens_release(struct tokens *t)
{
    mem_free(t->ids);
    mem_free(t->offsets);
    mem_free(t->words);
    *t = (struct tokens){0};
}

bool tokens_grow(struct tokens *t, size_t n)
{
    size_t ids = t->cap, offsets = t->cap, words = t->cap;
    const size_t need = t->n + n < 64 ? 64 : t->n + n;
    const bool grown = !t->failed && mem_grow((void **)&t->ids, &ids, need, sizeof *t->ids) &&
                       mem_grow((void **)&t->offsets, &offsets, need, sizeof *t->offsets) &&
                       mem_grow((void **)&t->words, &words, need, sizeof *t->words);
    if (grown) t->cap = ids; // equal starts and equal needs: all three are as long
    else t->failed = true;
    return grown;
}
