// json_scan.h: JSON read from its front to its end, without a tree: whole numbers are exact, memory
// is what the reader keeps, nesting is the reader's own. For documents whose shape is known and
// whose size is not. Every call skips white space first.
//
// A call that finds something else than it was asked for returns false, sets `wrong` and leaves
// `at` at the place; so does a string for which there is no memory (the buffer is marked failed).
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct json_scan {
    const char *at, *end;
    const char *wrong; // what was wanted or found, "want ':'"; NULL so far
};

// The next byte, not taken; 0 at the end.
char json_scan_peek(struct json_scan *s);
// Takes the byte c, one of JSON's punctuation marks.
bool json_scan_take(struct json_scan *s, char c);
// Takes a string and appends what it says, as UTF-8, to text. Invalid UTF-8 and half surrogates are
// wrong.
bool json_scan_bytes(struct json_scan *s, struct buf *text);
// The same for a name, which a NUL will end: U+0000 in it is wrong.
bool json_scan_string(struct json_scan *s, struct buf *text);
// Takes a whole number that is not negative.
bool json_scan_size(struct json_scan *s, size_t *out);
// Takes a number of any form, rounded to the nearest double.
bool json_scan_number(struct json_scan *s, double *out);
// Takes one of the words true, false, null.
bool json_scan_word(struct json_scan *s, const char *word);

// Walking an array or object: after `open` was taken, true while there is another item, having
// taken the comma before it; false after taking `close` or when something is wrong. *n counts the
// items.
bool json_scan_next(struct json_scan *s, char close, size_t *n);

#endif
