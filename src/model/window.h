// window.h: a long text's windows: which of its tokens are taken from which window, and how the
// windows' vectors become one.
#ifndef MODEL_WINDOW_H
#define MODEL_WINDOW_H

#include "model/batch.h"

// How a token counts in its window: every token of a text has a row of its own from one window
// alone, and so has every word.
enum { TAKEN_TOKEN = 1, TAKEN_WORD = 2 };

// What is taken from a window of the encoding: taken [tokens of the window], in the order of its
// pieces. Tokens that were added are taken from the item's `first` window before its text, from the
// `last` one behind that.
void window_take(const bert_encoding *e, size_t window, bool first, bool last, uint8_t *taken);

// Where the tokens of the (first) text begin in a window.
size_t window_start(const bert_encoding *e, size_t window);
// Tokens of the text that are in none of the windows before this one.
uint32_t window_fresh(const bert_encoding *e, size_t window);

// Joins the windows of an item, whose vectors are in rows [S, cols] of all sequences of the batch,
// into out [cols]: their mean, weighted by their fresh tokens. One window keeps its bits.
void window_join(const bert_batch *batch, size_t item, struct stream *stream, const float *rows,
                 size_t cols, float *out);

#endif
