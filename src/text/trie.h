// trie.h: the vocabulary as an automaton that cuts a word into its pieces in one walk, greedy
// longest match first, without going back: where no piece goes on with the next byte, the failure
// link says which pieces are certain by now and which partial match is left (Song et al. 2021,
// "Fast WordPiece Tokenization", arXiv 2012.15524; Aho and Corasick 1975).
//
// There are two tries, one of the pieces that begin a word and one of those that continue it, in
// one double array (Aoe 1989): the child of a node by byte c is the unit base ^ c, if that bears c.
// No two nodes have the same base, so a label is enough to know the parent.
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

// Ids are below this; two more values name links.
enum { TRIE_ID_LIMIT = (1 << 24) - 2 };

struct trie_unit {
    uint32_t base;
    uint32_t
        label_value; // label << 24 | value: the id of the piece that ends here, or n_ids + link
};

struct trie_link; // what to do where no piece ends and no child goes on

struct trie_piece {
    uint32_t id, len;
};

struct trie {
    struct trie_unit *units;
    struct trie_link *links;
    struct trie_piece *pieces; // of links with more than one
    uint32_t n_ids;
    uint32_t begins, goes_on; // the two roots
    size_t n_units, units_cap, n_links, links_cap, n_pieces, pieces_cap;
};

struct trie_key trie_key_of(const char *bytes, size_t len, uint32_t id);
// By their bytes, then by id. False without memory.
bool trie_sort(struct trie_key *keys, size_t n);

// Builds both tries of keys sorted by trie_sort, each without duplicates, whose ids are below
// n_ids. False without memory.
bool trie_build(struct trie *t, uint32_t n_ids, const struct trie_key *begins, size_t n_begins,
                const struct trie_key *goes_on, size_t n_goes_on);
void trie_release(struct trie *t);

// TRIE_ASK: the word passes through a link whose pieces are too many to keep, ask the definition.
enum trie_answer { TRIE_NONE, TRIE_FOUND, TRIE_ASK };

// Appends the pieces of a word, whose offsets are those of its bytes from `start` on. Room for len
// tokens must be there. But for TRIE_FOUND some may be appended that do not count.
enum trie_answer trie_match(const struct trie *t, const char *bytes, size_t len, uint32_t start,
                            struct tokens *out);

#endif
