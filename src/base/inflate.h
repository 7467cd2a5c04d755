// inflate.h: decompression of deflate (RFC 1951), the compression of zip archives.
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include <stddef.h>

#include "base/error.h"

// Unpacks n bytes, handing what comes out to `write` piece by piece; an error of `write` ends it
// and is the result. *used is how many of the n bytes the data took. FORMAT says after `where` what
// is wrong; MEMORY. It takes 100 KB while it runs, whatever comes out.
bert_status inflate(const void *packed, size_t n,
                    bert_status (*write)(void *arg, const void *bytes, size_t n, bert_error *err),
                    void *arg, size_t *used, const char *where, bert_error *err);

#endif
