// wordpiece.c: a word is matched in its bytes. Pieces and words are valid UTF-8, so a match ends
// where a character ends.
#include "text/wordpiece.h"

#include <string.h>

#include "base/mem.h"

void word_release(struct word *w)
{
    mem_free(w->bytes);
    mem_free(w->letters);
    *w = (struct word){0};
}

static bool reserve(struct word *w, size_t bytes, size_t letters)
{
    if (w->failed) return false;
    if (w->len + bytes <= w->bytes_cap && letters <= w->letters_cap) return true;
    w->failed = !mem_grow((void **)&w->bytes, &w->bytes_cap, w->len + bytes, 1) ||
                !mem_grow((void **)&w->letters, &w->letters_cap, letters, sizeof *w->letters);
    return !w->failed;
}

bool word_reserve(struct word *w, size_t letters)
{
    return reserve(w, 4 * letters, w->n + letters);
}

void word_add(struct word *w, const struct wordpiece *model, const struct letter *x)
{
    if (w->n >= model->max_word || word_reserve(w, 1)) word_put(w, model, x);
    else w->n++; // so that the failure is told at its end
}

static void put_unknown(const struct wordpiece *model, struct tokens *out, size_t first,
                        uint32_t start, uint32_t end)
{
    out->n = first;
    if (tokens_reserve(out, 1)) tokens_put(out, model->unk, start, end);
}

// From bytes of the word to bytes of the text: from its first letter's start to its last one's end.
static void place(const struct word *w, struct tokens *out, size_t first)
{
    const size_t n = w->n;
    size_t i = 0;
    for (size_t t = first; t < out->n; t++) {
        struct bert_span *span = &out->offsets[t];
        const uint32_t end = span->end;
        span->start = w->letters[i].start;
        while (i < n && w->letters[i].at < end) i++;
        span->end = w->letters[i - 1].end;
    }
}

void word_end(struct word *w, const struct wordpiece *model, struct tokens *out)
{
    if (w->n == 0) return;
    const size_t first = out->n;
    const bool short_enough = w->n <= model->max_word && !w->failed;
    if (short_enough && tokens_reserve(out, w->len) &&
        matcher_run(model->matcher, w->bytes, w->len, 0, out))
        place(w, out, first);
    else put_unknown(model, out, first, w->start, w->end);
    out->word++;
    out->failed |= w->failed;
    w->n = w->len = 0;
}

// The capital letters of eight bytes of ASCII letters and digits become small ones: they are the
// bytes with bit 6, and the small ones have bit 5 anyhow.
static uint64_t lower8(uint64_t x)
{
    return x | (x & 0x4040404040404040u) >> 1;
}

void word_ascii(struct word *w, const struct wordpiece *model, const char *text, uint32_t start,
                size_t len, const char *limit, bool lowercase, struct tokens *out)
{
    const size_t first = out->n;
    const bool good = len <= model->max_word && reserve(w, len + 8, 0) && tokens_reserve(out, len);
    for (size_t at = 0; good && at < len; at += 8) {
        const uint64_t x = load8(text + start + at, limit);
        const uint64_t low = lowercase ? lower8(x) : x;
        memcpy(w->bytes + at, &low, 8);
    }
    if (!good || !matcher_run(model->matcher, w->bytes, len, start, out)) {
        put_unknown(model, out, first, start, start + (uint32_t)len);
    }
    out->word++;
    out->failed |= w->failed;
}
