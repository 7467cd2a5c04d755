// added.h: added tokens ("[MASK]" and what a user added): pieces that are found in a text before it
// is split into words. Those that are not `normalized` are found in the text as it stands, the
// others in the normalised text, by their own normalised form.
#ifndef TEXT_ADDED_H
#define TEXT_ADDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "text/normalize.h"

struct added_flags {
    bool special;     // left out by bert_detokenize's skip_special
    bool single_word; // not inside a word
    bool lstrip;      // takes the white space before it
    bool rstrip;      // and behind it
    bool normalized;
};

struct added_token {
    uint32_t content, content_len; // in added.text, with a NUL
    uint32_t pattern, pattern_len; // what is looked for
    int32_t id;
    struct added_flags flags;
};

struct added {
    struct buf text;
    struct added_token *tokens; // in the order they were given
    size_t n, cap;
    // Indices of tokens by (normalized, first byte), longer ones first: [normalized][byte] begins
    // at first[normalized][byte] and ends where the next begins.
    uint32_t *order;
    uint32_t first[2][257];
    int only_byte[2]; // the first byte that all tokens have, -1: several, -2: no token
};

void added_init(struct added *a);
void added_release(struct added *a);

// A token given twice has the last one's id and flags. False without memory.
bool added_put(struct added *a, const char *content, size_t len, int32_t id,
               struct added_flags flags);

// Computes the patterns and the order, once all tokens are given.
bool added_index(struct added *a, const struct rules *rules);

const char *added_content(const struct added *a, const struct added_token *token);
const struct added_token *added_by_id(const struct added *a, int32_t id);
const struct added_token *added_by_content(const struct added *a, const char *content, size_t len);

// The parts of a text, in order: found tokens and what lies between them.
struct added_cuts {
    const struct added *added;
    bool normalized;   // which tokens
    bool skip_special; // special tokens are text
    const char *text;
    size_t end;
    size_t at;                       // where to look on
    size_t covered;                  // all before belongs to earlier parts
    const struct added_token *token; // found, and its place, when the part before it was given
    size_t token_start, token_end;
};

void added_cuts_init(struct added_cuts *c, const struct added *added, bool normalized,
                     bool skip_special, const char *text, size_t begin, size_t end);
// The next part, its token or NULL; false at the end.
bool added_cuts_next(struct added_cuts *c, size_t *start, size_t *end,
                     const struct added_token **token);

#endif
