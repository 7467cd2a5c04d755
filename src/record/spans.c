// spans.c: spans relative to the one before.
#include "record/spans.h"

struct bert_span span_convert(struct span_cursor *at, struct bert_text text, bert_unit unit,
                              struct bert_span bytes)
{
    if (at->text != text.data || bytes.start < at->byte)
        *at = (struct span_cursor){text.data, 0, 0};
    const struct bert_text rest = {text.data + at->byte, text.len - at->byte};
    struct bert_span span = {bytes.start - at->byte, bytes.end - at->byte};
    bert_spans_convert(rest, unit, &span, 1);
    span.start += at->unit;
    span.end += at->unit;
    at->byte = bytes.start;
    at->unit = span.start;
    return span;
}
