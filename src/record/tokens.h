// tokens.h: a tokenized item in every output format, and the totals of many.
#ifndef RECORD_TOKENS_H
#define RECORD_TOKENS_H

#include "base/buf.h"
#include "bert.h"

struct token_record {
    size_t index;
    struct bert_text text, pair;   // pair.data NULL: none
    const struct bert_text *words; // pre-split: offsets count within each; NULL otherwise
    const bert_tokenizer *tokenizer;
    struct bert_pieces pieces;
    bert_unit unit; // what offsets count
};

// {"index","tokens","ids","types","offsets":[[s,e],…],"words"} and a newline.
void tokens_jsonl(struct buf *out, const struct token_record *r);
// The windows of an encoding that was asked for them, whatever r->pieces holds:
// {"index","windows":[{"tokens","ids","types","offsets","words"},…]} and a newline.
void tokens_windows_jsonl(struct buf *out, const struct token_record *r,
                          const bert_encoding *windows);
// The pieces in a line, for people.
void tokens_text(struct buf *out, const struct token_record *r);
// A line a window.
void tokens_windows_text(struct buf *out, const struct token_record *r,
                         const bert_encoding *windows);
// The text and both lists of pieces, for people.
void tokens_diff(struct buf *out, const struct token_record *a, const struct token_record *b);

// What became of each character of a text, a line each, for people.
void tokens_explain(struct buf *out, struct bert_text text, const struct bert_explained *explained,
                    size_t n);

struct token_totals {
    size_t items, words, tokens, unknown, longest, bytes;
};

void tokens_count(struct token_totals *t, int32_t unk, const struct bert_pieces *pieces,
                  size_t bytes);
void tokens_add(struct token_totals *t, const struct token_totals *more);
// One line of JSON: the totals and bytes a second.
void tokens_totals(struct buf *out, const struct token_totals *t, double seconds);

#endif
