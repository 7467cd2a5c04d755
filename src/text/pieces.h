// pieces.h: the vocabulary: pieces of text and their ids, both ways, and the longest piece that a
// text begins with.
//
// Pieces go in with pieces_add in any order, ids may have holes; pieces_index then builds the
// tables, once. A piece stands in them as what it is (a word begins with it), and again without the
// continuing prefix "##" if it has one (a word goes on with it).
//   slots   pieces of four bytes and more, by all their bytes
//   masks   by the first four bytes: which lengths there are at all, so that a longest match asks
//           once or twice only
//   starts  by the first one, two or three bytes of any piece: the longest piece of up to three
//           bytes that begins them, the answer when no longer one does
#ifndef TEXT_PIECES_H
#define TEXT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

// Bytes behind a text given to pieces_find and pieces_longest that must be readable.
enum { PIECES_SLACK = 8 };
// Ids and pieces beyond these are nobody's vocabulary.
enum { PIECES_ID_LIMIT = 1 << 24, PIECES_LENGTH_LIMIT = 1 << 16 };

struct piece_slot;
struct piece_start;

struct pieces {
    struct buf text;   // all pieces, each with a NUL behind it
    uint32_t *where;   // [n] by id: its place in text, or PIECES_NONE
    uint32_t *lengths; // [n]
    size_t n, where_cap, lengths_cap;
    struct piece_slot *slots;
    struct piece_start *starts;
    uint16_t *masks;                           // bit i, length 4 + i; bit 15, 19 and more
    unsigned slots_log, starts_log, masks_log; // of their sizes
    size_t n_starts;
    size_t longest;    // bytes of the longest piece
    size_t duplicates; // ids given twice, and texts, of which the highest id is found
};

#define PIECES_NONE UINT32_MAX

void pieces_init(struct pieces *p);
void pieces_release(struct pieces *p);

// Gives a piece an id. id < PIECES_ID_LIMIT, len < PIECES_LENGTH_LIMIT. False without memory.
bool pieces_add(struct pieces *p, uint32_t id, const char *text, size_t len);
bool pieces_index(struct pieces *p, const char *prefix, size_t prefix_len);

// NULL when there is none.
const char *pieces_text(const struct pieces *p, uint32_t id);

// The id of exactly these bytes, -1 when none. goes_on: as the continuation of a word, without the
// prefix. len > 0.
int32_t pieces_find(const struct pieces *p, const char *bytes, size_t len, bool goes_on);

// The length of the longest piece that begins the bytes, 0 when none does. len > 0.
size_t pieces_longest(const struct pieces *p, const char *bytes, size_t len, bool goes_on,
                      int32_t *id);

#endif
