// wordpiece.h: a word, letter by letter, and its pieces: greedy longest match first, and [UNK] for
// the whole word where a rest has no piece or the word is too long (Wu et al. 2016, arXiv
// 1609.08144; google-research/bert tokenization.py).
#ifndef TEXT_WORDPIECE_H
#define TEXT_WORDPIECE_H

#include "text/matcher.h"
#include "text/normalize.h"
#include "text/pieces.h"
#include "text/tokens.h"

struct wordpiece {
    struct pieces pieces;
    struct matcher *matcher; // of those pieces
    int32_t unk;
    size_t max_word; // characters beyond which a word is [UNK]
};

struct word_letter {
    uint32_t at; // its place in bytes
    uint32_t start, end;
};

// A word in the making; scratch that lives long.
struct word {
    char *bytes; // UTF-8
    size_t len, bytes_cap;
    struct word_letter *letters; // no more than max_word are kept
    size_t letters_cap;
    size_t n;            // letters, the unkept ones too
    uint32_t start, end; // bytes of the text
    bool failed;
};

void word_release(struct word *w);

// Adds a letter; what exceeds max_word is only counted.
void word_add(struct word *w, const struct wordpiece *model, const struct letter *x);

// The same where room for the letter was made; false without memory.
bool word_reserve(struct word *w, size_t letters);
static inline void word_put(struct word *w, const struct wordpiece *model, const struct letter *x)
{
    if (w->n == 0) w->start = x->start;
    w->end = x->end;
    if (w->n++ >= model->max_word) return;
    w->letters[w->n - 1] = (struct word_letter){(uint32_t)w->len, x->start, x->end};
    w->len += utf8_encode(w->bytes + w->len, x->c);
}

// Appends the word's pieces, if it has letters, as the next word, and empties it.
void word_end(struct word *w, const struct wordpiece *model, struct tokens *out);

// The same for a word of ASCII letters and digits that stands at text[start, start + len) and needs
// no more than lower-casing, if that. limit: up to where the text may be read.
void word_ascii(struct word *w, const struct wordpiece *model, const char *text, uint32_t start,
                size_t len, const char *limit, bool lowercase, struct tokens *out);

#endif
