// truncate.h: what of a pair stays when it is too long, and where windows begin and end.
#ifndef TEXT_TRUNCATE_H
#define TEXT_TRUNCATE_H

#include "base/error.h"

// The tokens that stay of texts of a and b tokens in `room` places. has_pair false: b is 0. INVALID
// when the rule cannot make them fit.
bert_status truncate_pair(bert_profile profile, bert_truncate rule, bool has_pair, size_t room,
                          size_t *a, size_t *b, bert_error *err);

// Windows over n tokens: `most` tokens each, neighbours share `stride` < most; most == n is one.
size_t truncate_windows(size_t n, size_t most, size_t stride);
// The i-th window: from the text's start, or (left) from its end.
struct bert_span truncate_window(size_t n, size_t most, size_t stride, bool left, size_t i);

#endif
