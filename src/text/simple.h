// simple.h: most characters are normalised alone: whatever stands beside one, it becomes the same
// letter, or nothing. A run of such characters needs neither reordering nor composition, so its
// letters go straight into the word. normalize() remains the law; the tests compare.
#ifndef TEXT_SIMPLE_H
#define TEXT_SIMPLE_H

#include "text/normalize.h"

#define SIMPLE_NOTHING 0x110000u // the character is dropped
#define SIMPLE_NOT 0x110001u     // it is not so simple

// What the rules make of c wherever it stands inside a run. Hangul syllables that come apart are
// not simple.
uint32_t simple_letter(const struct rules *rules, uint32_t c);

// Answers already given, by the character's low bits; scratch of one thread.
enum { SIMPLE_KNOWN = 1 << 10 };
struct simple_known {
    struct {
        uint32_t c, letter;
    } at[SIMPLE_KNOWN]; // letter 0: none
};

static inline uint32_t simple_look_up(struct simple_known *known, const struct rules *rules,
                                      uint32_t c)
{
    const size_t i = c % SIMPLE_KNOWN;
    if (known->at[i].c != c || known->at[i].letter == 0) {
        known->at[i].c = c;
        known->at[i].letter = simple_letter(rules, c);
    }
    return known->at[i].letter;
}

#endif
