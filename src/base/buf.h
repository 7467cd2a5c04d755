// buf.h: bytes that grow at their end: text being written, a file being read. An append that finds
// no memory marks the buffer; what follows is dropped, and the writer asks once, at the end.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct buf {
    char *data; // NULL until the first append
    size_t len, cap;
    bool failed; // an append found no memory since buf_init or buf_clear
};

void buf_init(struct buf *b);
void buf_release(struct buf *b);
void buf_clear(struct buf *b); // keeps the memory

// Room for n more bytes behind data[len]; NULL without memory. The caller adds to len.
char *buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_byte(struct buf *b, char c);
void buf_text(struct buf *b, const char *text);                           // NUL-terminated
void buf_print(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3); // no floating point

#endif
