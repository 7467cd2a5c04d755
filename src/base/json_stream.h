// json_stream.h: more ways through a json_scan, for large documents that are read once and only in
// part: strings are borrowed from the document instead of copied, values are stepped over.
// As in json_scan.h, false means that something is wrong and s->wrong says what.
#ifndef BASE_JSON_STREAM_H
#define BASE_JSON_STREAM_H

#include "base/json_scan.h"

enum { JSON_STREAM_DEPTH = 64 }; // of arrays and objects in a value that is stepped over

// Takes a string, which may hold U+0000. *text is in the document, or in scratch (overwritten) if
// it has escapes.
bool json_stream_text(struct json_scan *s, struct buf *scratch, const char **text, size_t *len);

// Takes a key and its colon.
bool json_stream_key(struct json_scan *s, struct buf *scratch, const char **text, size_t *len);

// Takes a value of any kind; *from and *to (which may be NULL) are where it stands.
bool json_stream_skip(struct json_scan *s, const char **from, const char **to);

#endif
