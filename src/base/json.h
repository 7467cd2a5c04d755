// json.h: JSON documents, small ones, as a tree. Duplicate keys are an error, and U+0000 where it
// is not asked for; numbers of any size are read as reals, and the getters check range and type (a
// real tokenizer_config.json holds 1e30 written as an integer). A tree takes 32 bytes a value and
// its strings; large files whose shape is known are better read with json_scan.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct json json; // a value, borrowed from its document unless the comment says otherwise

enum {
    JSON_LARGEST = 256 << 20, // bytes of a document
    JSON_DEEPEST = 1000,      // arrays and objects within each other
};

// Parses len bytes; name is what messages call it. The document is freed by json_free. FORMAT names
// line and column, UNSUPPORTED (larger than JSON_LARGEST), MEMORY.
json *json_parse(const char *bytes, size_t len, const char *name, bert_error *err);
// The same, and strings may hold U+0000, which json_parse refuses: see json_bytes.
json *json_parse_bytes(const char *bytes, size_t len, const char *name, bert_error *err);
json *json_open(const char *path, bert_error *err);
void json_free(json *document);

// The value of a key; NULL when `object` is NULL or no object, or the key is absent or null. It
// compares with the keys one by one: for a question or two of a large object, json_member for all.
const json *json_get(const json *object, const char *key);
size_t json_count(const json *array);             // elements of an array or object; 0 otherwise
const json *json_at(const json *array, size_t i); // NULL when it is no array or not as long
// The i-th in file order, i < json_count of an object, and its key; in constant time.
const json *json_member(const json *object, size_t i, const char **key);

bool json_is_object(const json *value);
bool json_is_array(const json *value);
bool json_is_string(const json *value); // without U+0000 in it
bool json_is_bool(const json *value);
bool json_is_number(const json *value);
bool json_true(const json *value);        // true only for the value true
const char *json_text(const json *value); // a string's bytes, NUL-terminated; NULL otherwise
// The bytes of any string, U+0000 among them: for texts, whose length counts. NULL otherwise.
const char *json_bytes(const json *value, size_t *len);
double json_number(const json *value); // a number's value; 0 otherwise

// A key's value, or `standard` when it is absent; FORMAT when it is of another type or outside
// [least, most]. `where` names the file.
bert_status json_size(const json *object, const char *key, size_t standard, size_t least,
                      size_t most, size_t *out, const char *where, bert_error *err);
bert_status json_float(const json *object, const char *key, double standard, double *out,
                       const char *where, bert_error *err);
bert_status json_flag(const json *object, const char *key, bool standard, bool *out,
                      const char *where, bert_error *err);
bert_status json_string(const json *object, const char *key, const char *standard, const char **out,
                        const char *where, bert_error *err);

#endif
