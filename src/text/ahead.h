// ahead.h: where many runs of a text are unknown to the cache, the words of several are walked
// together, ahead of when their tokens are wanted (trie_match_words). Only words of ASCII letters
// and digits in runs that are short for the cache; all others go their own way.
#ifndef TEXT_AHEAD_H
#define TEXT_AHEAD_H

#include "text/run.h"
#include "text/tokens.h"
#include "text/wordpiece.h"

struct ahead {
    const struct wordpiece *model;
    bool lowercase;
    bool pays;                          // many runs of the last batch were unknown
    const struct run *runs[TRIE_LANES]; // whose words were walked, in the text's order
    size_t n, next;
    struct trie_words words;
};

void ahead_init(struct ahead *a, const struct wordpiece *model, bool lowercase);

// Before a batch of runs, and behind it: of its n so many were unknown.
static inline void ahead_begin(struct ahead *a)
{
    a->n = a->next = 0;
}
static inline void ahead_end(struct ahead *a, size_t unknown, size_t n)
{
    a->pays = 4 * unknown > n;
}

// Appends the tokens of a run that the cache did not know, and keeps them there; `end` is where the
// batch ends, whose runs are asked for in order. Room for CACHE_SHORT tokens must be there. False
// where nothing was done: the run is not of those, or alone.
bool ahead_take(struct ahead *a, struct cache *cache, const struct run *r, const struct run *end,
                struct tokens *out);

#endif
