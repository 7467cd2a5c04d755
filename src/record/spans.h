// spans.h: byte spans into characters or UTF-16 units, one after another in a single pass.
#ifndef RECORD_SPANS_H
#define RECORD_SPANS_H

#include "bert.h"

// Where the last span began: zero it before the first.
struct span_cursor {
    const char *text;
    uint32_t byte, unit;
};

// A span of `text` in the unit. Spans that ascend cost no more than the text between them; another
// text, or a span before the last one, starts over.
struct bert_span span_convert(struct span_cursor *at, struct bert_text text, bert_unit unit,
                              struct bert_span bytes);

#endif
