// lines.h: the lines of a text that lies in memory, by the rules of input.h: a byte-order mark at
// the start is dropped, a line ends in \n or \r\n, the last one needs no end, an empty line is a
// line.
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>

#include "bert.h"

struct lines {
    const char *at, *end;
};

struct lines lines_of(const void *bytes, size_t size);
// The line at `at`, which is moved behind it; false at the end.
bool lines_next(struct lines *lines, struct bert_text *line);

#endif
