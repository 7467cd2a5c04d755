// spans.c: byte offsets to code points or UTF-16 units: one walk over the text while the bytes that
// are asked for ascend; a smaller one begins anew.
#include "bert.h"
#include "text/unicode.h"

struct walk {
    struct bert_text text;
    bert_unit unit;
    size_t byte;    // walked so far
    uint32_t units; // counted so far
};

static uint32_t walk_to(struct walk *w, uint32_t byte)
{
    if (byte == 0) return 0; // tokens that were added
    if (byte < w->byte) w->byte = w->units = 0;
    while (w->byte < byte && w->byte < w->text.len) {
        size_t n;
        const uint32_t c = utf8_decode(w->text.data + w->byte, w->text.data + w->text.len, &n);
        w->units += w->unit == BERT_UNIT_UTF16 && c != UTF8_INVALID && c > 0xFFFF ? 2 : 1;
        w->byte += n;
    }
    return w->units;
}

void bert_spans_convert(struct bert_text text, bert_unit unit, struct bert_span *spans, size_t n)
{
    if (unit == BERT_UNIT_BYTE) return;
    struct walk starts = {text, unit, 0, 0};
    for (size_t i = 0; i < n; i++) {
        const struct bert_span span = spans[i];
        spans[i].start = walk_to(&starts, span.start);
        struct walk ends = starts; // not starts itself: pieces may begin before the last one's end
        spans[i].end = walk_to(&ends, span.end);
    }
}
