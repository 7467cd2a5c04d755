// pieces.h: the vocabulary: pieces of text and their ids, both ways.
//
// Pieces go in with pieces_add in any order, ids may have holes; pieces_index then makes them found
// by their text, once. A piece is found as what it is (a word begins with it), and without the
// continuing prefix "##" if it has one and more (a word goes on with it).
#ifndef TEXT_PIECES_H
#define TEXT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

// Ids and pieces beyond these are nobody's vocabulary; 24 bits hold an id and more.
enum { PIECES_ID_LIMIT = (1 << 24) - 2, PIECES_LENGTH_LIMIT = 1 << 16 };

struct piece_slot; // of the hash table

struct pieces {
    struct buf text;   // all pieces, each with a NUL behind it
    uint32_t *where;   // [n] by id: its place in text, or PIECES_NONE
    uint32_t *lengths; // [n]
    size_t n, where_cap, lengths_cap;
    struct piece_slot *slots;
    unsigned log_slots;
    const char *prefix; // borrowed
    size_t prefix_len;
    uint64_t prefix_hash;
    size_t longest;    // bytes
    size_t duplicates; // ids given twice, and texts, of which the highest id is found
};

#define PIECES_NONE UINT32_MAX

void pieces_init(struct pieces *p);
void pieces_release(struct pieces *p);

// Gives a piece an id. id < PIECES_ID_LIMIT, len < PIECES_LENGTH_LIMIT. False without memory.
bool pieces_add(struct pieces *p, uint32_t id, const char *text, size_t len);
// prefix must live as long as the pieces.
bool pieces_index(struct pieces *p, const char *prefix, size_t prefix_len);

// NULL when there is none, or another id is found by its text.
const char *pieces_text(const struct pieces *p, uint32_t id);

// The id of exactly these bytes, -1 when none.
int32_t pieces_find(const struct pieces *p, const char *bytes, size_t len);

// The longest piece that the bytes begin with, or go on with: its length, 0 when there is none.
size_t pieces_longest(const struct pieces *p, bool goes_on, const char *bytes, size_t len,
                      int32_t *id);

#endif
