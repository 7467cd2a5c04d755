// encoding.h: the scratch of one thread, and the tokens of the last text.
//
// Tokens are found with gaps left where the template puts its own, so that a text that fits is
// finished in place; one that does not is copied window by window.
#ifndef TEXT_ENCODING_H
#define TEXT_ENCODING_H

#include "text/tokenizer.h"
#include "text/truncate.h"

struct window {
    size_t first, n, truncated;
    size_t parts[2]; // which part of each text it holds
    size_t at[2];    // where that begins among its tokens
};

struct bert_encoding {
    const bert_tokenizer *tokenizer;
    struct splitter splitter;
    // The normalised text (hf-slow: the lower-cased one), when tokens are looked for in it.
    struct buf bytes;
    uint32_t
        *byte_letters; // [bytes.len + 1] the letter (hf-slow: the text's byte) that a byte is of
    size_t byte_letters_cap;
    struct buf form; // hf-slow: a word that may come to be a token
    struct tokens found, copied;
    const struct tokens *tokens; // whichever holds the windows
    uint8_t *types;
    size_t types_cap;
    struct window *windows;
    size_t n_windows, windows_cap;
    struct {
        size_t first; // where its tokens are in `found`
        struct cut cut;
    } texts[2]; // how each was cut, where there are several windows
    struct bert_explained *explained;
    size_t explained_cap;
};

// Appends the tokens of a text, special tokens in it included, to encoding->found.
void encoding_find(struct bert_encoding *encoding, struct bert_text text);

#endif
