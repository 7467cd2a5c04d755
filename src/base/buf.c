// buf.c: a growing byte buffer.
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void buf_init(struct buf *b)
{
    *b = (struct buf){0};
}

void buf_release(struct buf *b)
{
    mem_free(b->data);
    buf_init(b);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

char *buf_reserve(struct buf *b, size_t n)
{
    size_t need;
    if (b->failed || !size_add(b->len, n, &need) ||
        !mem_grow((void **)&b->data, &b->cap, need, 1)) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    char *at = n ? buf_reserve(b, n) : NULL;
    if (!at) return;
    memcpy(at, bytes, n);
    b->len += n;
}

void buf_byte(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_print(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    char *at = n >= 0 ? buf_reserve(b, (size_t)n + 1) : NULL;
    if (at) {
        vsnprintf(at, (size_t)n + 1, format, again);
        b->len += (size_t)n;
    }
    va_end(again);
    va_end(args);
}
