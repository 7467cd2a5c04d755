// json_write.h: JSON documents, appended to a buffer value by value, indented by two spaces as
// serde_json and Python's json.dumps(indent=2) do.
#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include "base/buf.h"

// A string of UTF-8: quotes, backslashes and control characters escaped, all others as they are.
void json_write_string(struct buf *out, const char *text, size_t len);

// A document being written; {.out = buffer} begins one. In an array values follow each other, in an
// object each has its key before it.
struct json_writer {
    struct buf *out;
    int depth;
    bool some;  // the innermost array or object holds something
    bool keyed; // a key waits for its value
};
void json_put_begin(struct json_writer *w, char open); // '{' or '['
void json_put_end(struct json_writer *w, char close);
void json_put_key(struct json_writer *w, const char *key, size_t len);
void json_put_string(struct json_writer *w, const char *text, size_t len);
void json_put_size(struct json_writer *w, size_t value);
void json_put_raw(struct json_writer *w, const char *json, size_t len); // a value as it stands

// The same under a key, both NUL-terminated.
void json_put_member(struct json_writer *w, const char *key, const char *text); // text NULL: null
void json_put_flag(struct json_writer *w, const char *key, bool value);
void json_put_number(struct json_writer *w, const char *key, size_t value);
void json_put_object(struct json_writer *w, const char *key, char open); // to be ended

#endif
