// trie.h: the vocabulary as an automaton that cuts a word into its pieces in one walk, greedy
// longest match first, without going back: where no piece goes on with the next byte, the failure
// link says which pieces are certain by now and which partial match is left (Song et al. 2021,
// "Fast WordPiece Tokenization", arXiv 2012.15524; Aho and Corasick 1975).
//
// There are two tries, one of the pieces that begin a word and one of those that continue it, in
// one double array (Aoe 1989): the child of a node by byte c is the unit base ^ c, if that bears c.
// No two nodes have the same base, so a label is enough to know the parent. What is certain where a
// node fails stands in its unit too, so that a step of a walk reads two units and nothing else.
//
// Pieces and words are UTF-8, in which no byte is 255: that one leads from the root of those that
// continue to the end of a word.
#ifndef TEXT_TRIE_H
#define TEXT_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/tokens.h"

// A piece, or what is left of it without the continuing prefix. len > 0.
struct trie_key {
    uint64_t head; // its first eight bytes as a big-endian number, zeros behind
    const char *bytes;
    uint32_t len, id;
};

// A piece that is certain: its id, and above it its length.
struct trie_piece {
    uint32_t bits;
};
enum { TRIE_ID_LIMIT = 1 << 24, TRIE_LONGEST = 255 };
static inline uint32_t trie_piece_id(struct trie_piece p)
{
    return p.bits % TRIE_ID_LIMIT;
}
static inline uint32_t trie_piece_len(struct trie_piece p)
{
    return p.bits / TRIE_ID_LIMIT;
}

// Units are named by where they begin, in bytes, and bytes by how far that is from a child to the
// next.
struct trie_unit {
    uint32_t base;           // of a node without children: one that leads nowhere
    uint32_t to;             // where to go on when no child does,
    struct trie_piece piece; // and the piece that is certain then
    uint16_t label;
    uint16_t unused;
};
enum { TRIE_SCALE = sizeof(struct trie_unit) };

// The units that are not found by a label, by their numbers. Where walks end come first: behind the
// word's last piece, where no piece goes on, and where more pieces become certain than are kept, or
// one longer than TRIE_LONGEST.
enum { TRIE_END, TRIE_DEAD, TRIE_FULL, TRIE_LAST = TRIE_FULL, TRIE_BEGINS, TRIE_GOES_ON };

struct trie {
    struct trie_unit *units;
    size_t n_units, units_cap;
};

struct trie_key trie_key_of(const char *bytes, size_t len, uint32_t id);
// By their bytes, then by id. False without memory.
bool trie_sort(struct trie_key *keys, size_t n);

// Builds both tries of keys sorted by trie_sort, each without duplicates. False without memory.
bool trie_build(struct trie *t, const struct trie_key *begins, size_t n_begins,
                const struct trie_key *goes_on, size_t n_goes_on);
void trie_release(struct trie *t);

// TRIE_ASK: a walk led to TRIE_FULL, ask the definition (matcher.h).
enum trie_answer { TRIE_NONE, TRIE_FOUND, TRIE_ASK };

// Appends the pieces of a word, whose offsets are those of its bytes from `start` on. Room for len
// tokens must be there. But for TRIE_FOUND some may be appended that do not count.
enum trie_answer trie_match(const struct trie *t, const char *bytes, size_t len, uint32_t start,
                            struct tokens *out);

// Short words that are walked together, each a step at a time: while one waits for memory the
// others go on, and no step is a branch that nobody could foresee. The more alike their lengths
// are, the fewer steps are taken for nothing.
enum { TRIE_LANES = 6, TRIE_SHORT = 15, TRIE_STEPS = 2 * TRIE_SHORT + 2 };

struct trie_words {
    // Of each word at most TRIE_SHORT bytes, times TRIE_SCALE, and behind them 255 times that.
    uint16_t labels[TRIE_LANES][TRIE_STEPS];
};

struct trie_cuts {
    struct trie_piece pieces[TRIE_LANES][TRIE_STEPS]; // from the end backwards
    uint32_t n[TRIE_LANES]; // of them, which count if the answer is TRIE_FOUND
    enum trie_answer answers[TRIE_LANES];
};

// A word of no bytes at all is never found.
void trie_match_words(const struct trie *t, const struct trie_words *words, struct trie_cuts *cuts);

#endif
