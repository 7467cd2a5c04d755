// normalize.h: from a text's characters to those that WordPiece sees, each with the bytes of the
// text that it stands for. Cleaning, CJK spacing, lower-casing, decomposition, stripping of accents
// and composition happen in the order of the profile's reference.
//
// Offsets are those of the tokenizers library: a character made from another one carries its bytes,
// a dropped one belongs to nobody, and what is reordered by combining class takes the places in
// their old order.
#ifndef TEXT_NORMALIZE_H
#define TEXT_NORMALIZE_H

#include "bert.h"
#include "text/unicode.h"

// What a profile and the options come to.
struct rules {
    bert_profile profile;
    bool lowercase, strip_accents, split_cjk, clean_text;
    bool bare_lowercase;             // hf-fast: a Lowercase normalizer runs before all others
    uint32_t drop, punct, mark, cjk; // the flags that decide; 0 where the option is off
};

// Sets the flags from the fields above them.
void rules_settle(struct rules *rules);
// Whether the result is composed (NFC): hf-slow, as far as stripping does not undo it.
bool rules_compose(const struct rules *rules);

struct letter {
    uint32_t c;
    uint32_t start, end; // bytes of the text
};

// Normalised characters in order; scratch that lives long.
struct letters {
    struct letter *at;
    size_t n, cap;
    size_t run;     // where the marks behind the last starter begin
    size_t starter; // the last character that may compose, or SIZE_MAX
    bool failed;    // no memory; what follows is lost
    bool context;   // a final sigma's surroundings were looked at
};

void letters_release(struct letters *letters);

// Appends bytes [from, to) of text, whose bytes [begin, end) may be looked at (the final sigma).
// from and to must be such that no character on one side composes or reorders with one on the
// other: begin, end, a white space, or a starter at `to`. White space and the spaces round an
// ideograph come out as such.
void normalize(struct letters *letters, const struct rules *rules, const char *text, size_t begin,
               size_t end, size_t from, size_t to);

// True for a character that neither reorders nor composes with what stands before it.
static inline bool is_starter(const struct unicode_record *r)
{
    return r->ccc == 0 && !(r->flags & UNICODE_SECOND);
}

#endif
