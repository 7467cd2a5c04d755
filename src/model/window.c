// window.c: taking each token where it has the most context, and the weighted mean of windows.
#include "model/window.h"

#include "text/encoding.h"

// ----------------------------------------------------------------------------------------- taking

// Tokens of a text that was cut, from its start.
static const int32_t *words_of(const bert_encoding *e, int text)
{
    return e->found.words + e->texts[text].first;
}

// The whole word that a token of a text is in.
static struct bert_span word_at(const bert_encoding *e, int text, uint32_t token)
{
    const int32_t *words = words_of(e, text);
    const size_t n = e->texts[text].cut.n;
    struct bert_span word = {token, token + 1};
    while (word.start > 0 && words[word.start - 1] == words[token]) word.start--;
    while (word.end < n && words[word.end] == words[token]) word.end++;
    return word;
}

// Of the windows that hold the same part of a text only the first one counts: the one with the
// first part of the other text.
static bool is_best(const bert_encoding *e, const struct window *w, int text,
                    struct bert_span range)
{
    return w->parts[!text] == 0 && w->parts[text] == cut_best(&e->texts[text].cut, range);
}

// A word that a part holds whole is taken with all of its tokens from the best such part. Of one
// that every part cuts, the word is what its best part has of it, and each token is on its own.
static uint8_t taken_from(const bert_encoding *e, const struct window *w, int text, uint32_t token)
{
    const struct cut *cut = &e->texts[text].cut;
    const struct bert_span word = word_at(e, text, token);
    const struct bert_span best = cut_part(cut, cut_best(cut, word));
    const bool whole = best.start <= word.start && word.end <= best.end;
    const struct bert_span alone = {token, token + 1};
    return (uint8_t)((is_best(e, w, text, word) ? TAKEN_WORD : 0) |
                     (is_best(e, w, text, whole ? word : alone) ? TAKEN_TOKEN : 0));
}

void window_take(const bert_encoding *e, size_t window, bool first, bool last, uint8_t *taken)
{
    const struct window *w = &e->windows[window];
    for (size_t i = 0; i < w->n; i++) {
        const bool before = i < w->at[0];
        taken[i] = (before ? first : last) ? TAKEN_TOKEN : 0;
    }
    for (int text = 0; text < 2; text++) {
        const struct bert_span part = cut_part(&e->texts[text].cut, w->parts[text]);
        for (uint32_t t = part.start; t < part.end; t++) {
            taken[w->at[text] + t - part.start] = taken_from(e, w, text, t);
        }
    }
}

size_t window_start(const bert_encoding *e, size_t window)
{
    return e->windows[window].at[0];
}

uint32_t window_fresh(const bert_encoding *e, size_t window)
{
    const struct window *w = &e->windows[window];
    if (window) return (uint32_t)(w[-1].truncated - w->truncated);
    const struct bert_span a = cut_part(&e->texts[0].cut, 0), b = cut_part(&e->texts[1].cut, 0);
    return a.end - a.start + (b.end - b.start);
}

// ---------------------------------------------------------------------------------------- joining

void window_join(const bert_batch *batch, size_t item, struct stream *stream, const float *rows,
                 size_t cols, float *out)
{
    const struct device *d = batch->model->device;
    const size_t first = batch->items[item], end = batch->items[item + 1];
    double total = 0;
    for (size_t i = first; i < end; i++) {
        const float weight = end - first == 1 ? 1.0f : (float)batch->fresh[i];
        d->combine(stream, out, rows + i * cols, cols, weight,
                   i == first ? COMBINE_COPY : COMBINE_ADD);
        total += weight;
    }
    if (end - first > 1) d->scale(stream, out, (float)(1 / total), cols);
}
