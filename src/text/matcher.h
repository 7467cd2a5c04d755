// matcher.h: a word's pieces, greedy longest match first: for the first words by looking each
// beginning up in the vocabulary, then by the automaton of trie.h. That takes milliseconds to
// build, more than a short run of the program should wait for, and pays after some thousand words.
//
// This is the one part of a tokenizer that changes after opening, once, and only in how fast it is.
#ifndef TEXT_MATCHER_H
#define TEXT_MATCHER_H

#include "text/pieces.h"
#include "text/tokens.h"
#include "text/trie.h"

struct matcher;

// The pieces must be indexed, and outlive the matcher. NULL without memory.
struct matcher *matcher_new(const struct pieces *pieces);
void matcher_free(struct matcher *m);

// Appends the pieces of a word, whose offsets are those of its bytes from `start` on. Room for len
// tokens must be there. False where a rest has no piece; then some may have been appended. Any
// number of threads may call it.
bool matcher_run(struct matcher *m, const char *bytes, size_t len, uint32_t start,
                 struct tokens *out);

// The automaton, built now if it was not yet; NULL without memory.
const struct trie *matcher_trie(struct matcher *m);
// The automaton if it was built, else NULL.
const struct trie *matcher_built(struct matcher *m);
// The definition.
bool matcher_run_plainly(const struct pieces *pieces, const char *bytes, size_t len, uint32_t start,
                         struct tokens *out);

#endif
