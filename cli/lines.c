// lines.c: memchr and a carriage return.
#include "lines.h"

#include <string.h>

struct lines lines_of(const void *bytes, size_t size)
{
    const char *p = bytes;
    const bool mark = size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0;
    return (struct lines){p + (mark ? 3 : 0), p + size};
}

bool lines_next(struct lines *lines, struct bert_text *line)
{
    const size_t left = (size_t)(lines->end - lines->at);
    if (left == 0) return false;
    const char *end = memchr(lines->at, '\n', left);
    size_t len = end ? (size_t)(end - lines->at) : left;
    *line = (struct bert_text){lines->at, len};
    lines->at += len + (end ? 1 : 0);
    if (end && len && line->data[len - 1] == '\r') line->len--;
    return true;
}
