// json_write.h: values as JSON texts, appended to a buffer.
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include "base/buf.h"

// A string of UTF-8: quotes, backslashes and control characters escaped, all others as they are.
void json_write_string(struct buf *out, const char *text, size_t len);

#endif
