// text.h: strings and numbers as they appear in results.
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "bert.h"

// A JSON string of UTF-8 bytes: quotes and controls escaped, what is not UTF-8 as U+FFFD.
void record_string(struct buf *out, const char *bytes, size_t len);

// The same in ASCII as Python's json.dumps writes it: all else as \u and UTF-16, what is not UTF-8
// left out.
void record_ascii(struct buf *out, const char *bytes, size_t len);

// [1.5,-0.25,…]: the shortest decimals that read back as the same float32.
void record_floats(struct buf *out, const float *values, size_t n);

// One number, the shortest decimal; for people with four decimals, whatever the locale's point is.
void record_float(struct buf *out, float x);
void record_fixed(struct buf *out, float x);

// Writes a number that is not negative at p, where RECORD_INTEGER_MAX bytes must be free, and
// returns its end.
enum { RECORD_INTEGER_MAX = 10 };
char *record_integer(char *p, uint32_t x);

// For people: the first numbers of a vector and how many there are, in one line.
void record_glimpse(struct buf *out, const float *values, size_t n);

// Bytes for a terminal: controls and what is not UTF-8 become U+FFFD, so that no text can send
// escape sequences.
void record_plain(struct buf *out, const char *bytes, size_t len);

#endif
