// unicode.h: what the tokenizer knows about characters, and UTF-8.
//
// One record a character, shared by all that have the same properties, found by two array reads.
// The base is Unicode 14.0, on which the google and hf-slow references run; what hf-fast has
// otherwise stands beside it as flags of its own (…_FAST, NEW), so a profile is a choice of flags.
#ifndef TEXT_UNICODE_H
#define TEXT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { UNICODE_SHIFT = 7, UNICODE_PAIRS = 941, UNICODE_LAST = 0x10FFFF };

#define UNICODE_SPACE (1u << 0)       // White_Space
#define UNICODE_DROP_GOOGLE (1u << 1) // U+0000, U+FFFD, Cc, Cf, without \t \n \r
#define UNICODE_DROP_SLOW (1u << 2)   // the same with all of C*
#define UNICODE_DROP_FAST (1u << 3)   // Cc, Cf, Co of Unicode 8
#define UNICODE_PUNCT (1u << 4)       // P*, and the printing ASCII that is no letter or digit
#define UNICODE_PUNCT_FAST (1u << 5)  // of Unicode 8
#define UNICODE_MARK (1u << 6)        // Mn
#define UNICODE_MARK_FAST (1u << 7)   // of Unicode 8
#define UNICODE_CJK (1u << 8)         // ideographs that stand alone
#define UNICODE_CJK_FAST (1u << 9)
#define UNICODE_NEW (1u << 10)        // hf-fast knows no decomposition and no combining class
#define UNICODE_LOWER_FAST (1u << 11) // only hf-fast lower-cases it
#define UNICODE_DOT (1u << 12)        // U+0130, whose lower case is two characters
#define UNICODE_CASED (1u << 13)      // cased and not case-ignorable: the final sigma's rule
#define UNICODE_IGNORABLE (1u << 14)  // case-ignorable
#define UNICODE_WORD (1u << 15)       // \w of regular expressions
#define UNICODE_SECOND (1u << 16)     // may compose with the character before it

struct unicode_record {
    uint32_t flags;
    int32_t lower;          // its lower case is this much further; U+0130 see UNICODE_DOT
    uint16_t decomposition; // where its full canonical decomposition is in unicode_decompositions
    uint8_t length;         // of that; 0: none. Hangul syllables have it by arithmetic
    uint8_t ccc;            // canonical combining class
};

struct unicode_pair {
    uint32_t first, second, composed;
};

// Written by tools/unicode.py.
extern const uint16_t unicode_blocks[(UNICODE_LAST + 1) >> UNICODE_SHIFT];
extern const uint16_t unicode_index[];
extern const struct unicode_record unicode_records[];
extern const uint32_t unicode_decompositions[];
extern const struct unicode_pair unicode_pairs[UNICODE_PAIRS];

// The record of a character, c <= UNICODE_LAST.
static inline const struct unicode_record *unicode_of(uint32_t c)
{
    const uint32_t block = unicode_blocks[c >> UNICODE_SHIFT];
    const uint32_t in_block = c & ((1u << UNICODE_SHIFT) - 1);
    return &unicode_records[unicode_index[(block << UNICODE_SHIFT) + in_block]];
}

// The primary composite of two characters, 0 when there is none. Unicode 14, chapter 3.11, 3.12.
uint32_t unicode_compose(uint32_t first, uint32_t second);

// The canonical decomposition of a Hangul syllable: 2 or 3 letters; 0 when c is none.
size_t unicode_hangul(uint32_t c, uint32_t out[3]);
static inline bool unicode_is_hangul(uint32_t c)
{
    return c - 0xAC00 < 11172;
}

// ------------------------------------------------------------------------------------------ UTF-8

#define UTF8_INVALID UINT32_MAX

// The character at p < end and its length in bytes; UTF8_INVALID with length 1 where no valid
// sequence begins: no overlong forms, no surrogates, nothing beyond U+10FFFF (Unicode 14, table
// 3-7).
static inline uint32_t utf8_decode(const char *p, const char *end, size_t *length)
{
    const unsigned char *b = (const unsigned char *)p;
    const size_t left = (size_t)(end - p);
    *length = 1;
    if (b[0] < 0x80) return b[0];
    if (b[0] < 0xE0) {
        if (b[0] < 0xC2 || left < 2 || (b[1] & 0xC0) != 0x80) return UTF8_INVALID;
        *length = 2;
        return (uint32_t)(b[0] & 0x1F) << 6 | (b[1] & 0x3F);
    }
    if (left < 3 || (b[1] & 0xC0) != 0x80 || (b[2] & 0xC0) != 0x80) return UTF8_INVALID;
    const uint32_t three =
        (uint32_t)(b[0] & 0x0F) << 12 | (uint32_t)(b[1] & 0x3F) << 6 | (b[2] & 0x3F);
    if (b[0] < 0xF0) {
        if (three < 0x800 || (three >= 0xD800 && three <= 0xDFFF)) return UTF8_INVALID;
        *length = 3;
        return three;
    }
    const uint32_t four = (three & 0x7FFF) << 6 | (left > 3 ? b[3] & 0x3F : 0);
    if (b[0] > 0xF4 || left < 4 || (b[3] & 0xC0) != 0x80 || four < 0x10000 || four > UNICODE_LAST) {
        return UTF8_INVALID;
    }
    *length = 4;
    return four;
}
// Eight bytes from p on, zeros behind limit.
static inline uint64_t load8(const char *p, const char *limit)
{
    uint64_t x = 0;
    if (limit - p >= 8) memcpy(&x, p, 8);
    else
        for (size_t i = 0; p + i < limit; i++) x |= (uint64_t)(unsigned char)p[i] << 8 * i;
    return x;
}

// Where the character before p begins; begin < p. A byte of no valid sequence is a step alone.
const char *utf8_before(const char *begin, const char *p);
// Writes c and returns its length, 1 to 4.
static inline size_t utf8_encode(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    const size_t n = c < 0x10000 ? 3 : 4;
    for (size_t i = n; --i > 0; c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(0xF00 >> n | c); // as many ones in front as there are bytes
    return n;
}
bool utf8_valid(const char *bytes, size_t len);

#endif
