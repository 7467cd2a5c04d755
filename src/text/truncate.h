// truncate.h: what of a pair stays when it is too long, and where windows begin and end.
#ifndef TEXT_TRUNCATE_H
#define TEXT_TRUNCATE_H

#include <stdbool.h>

#include "base/error.h"

// The tokens that stay of texts of a and b tokens in `room` places. has_pair false: b is 0. INVALID
// when the rule cannot make them fit.
bert_status truncate_pair(bert_profile profile, bert_truncate rule, bool has_pair, size_t room,
                          size_t *a, size_t *b, bert_error *err);

// How a text of n tokens is cut into parts, one a window: `most` tokens each, neighbours share
// `stride` < most; counted from the text's start, or (left) from its end. most >= n: one part.
struct cut {
    size_t n, most, stride;
    bool left;
};

size_t cut_parts(const struct cut *cut);
// The tokens of the i-th part.
struct bert_span cut_part(const struct cut *cut, size_t i);
// The part in which a range of tokens has the most context on the side that has less of it, the
// first of equal ones. Of a range that no part holds whole, the one that lacks least of it.
size_t cut_best(const struct cut *cut, struct bert_span range);

#endif
