// split.h: a text, or the part of it between two special tokens, into the tokens of its words.
//
// The text is cut at white space, punctuation and ideographs in its own bytes; what lies between,
// a run, is a word before normalisation (rarely several). A run of ASCII letters and digits needs
// no more than its lower case, one of simple characters a look at each; every other run goes
// through normalize(), which is always right. All ask the cache of runs first.
#ifndef TEXT_SPLIT_H
#define TEXT_SPLIT_H

#include "text/ahead.h"
#include "text/cache.h"
#include "text/simple.h"
#include "text/wordpiece.h"

enum byte_class {
    BYTE_PLAIN, // an ASCII letter or digit
    BYTE_ALONE, // ASCII punctuation: a word of its own
    BYTE_SPACE,
    BYTE_OTHER, // ASCII that is dropped, or kept though it is none of these
    BYTE_HIGH   // of a longer UTF-8 sequence
};

// What the general path makes of each ASCII character alone.
struct ascii {
    unsigned char class[256];
    bool lowercase; // BYTE_PLAIN: capital letters become small ones
    bool irregular; // a printing character is BYTE_OTHER
};

// What splitting needs of a tokenizer; never changes.
struct split_rules {
    struct rules rules;
    struct wordpiece model;
    struct ascii ascii;
};

// Fills ascii from the other two. False without memory.
bool split_rules_settle(struct split_rules *rules);

// Scratch of one thread.
struct splitter {
    const struct split_rules *rules;
    struct cache cache;
    struct letters letters;
    struct word word;
    struct simple_known known;
    struct ahead ahead;
};

bool splitter_init(struct splitter *s, const struct split_rules *rules);
void splitter_release(struct splitter *s);

// Appends the tokens of text[begin, end) to out; text has len bytes, which bounds what is read.
void split(struct splitter *s, const char *text, size_t len, size_t begin, size_t end,
           struct tokens *out);

// The same for letters [from, to) that were normalised before: no white space is dropped elsewhere.
void split_letters(struct splitter *s, size_t from, size_t to, struct tokens *out);

#endif
