// fuzz_json.c: any bytes as a JSON document. Every value of what is accepted is visited by every
// way there is, and what is refused has a place and a reason.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void visit(const json *value)
{
    const int kinds = json_is_object(value) + json_is_array(value) + json_is_string(value) +
                      json_is_bool(value) + json_is_number(value);
    require(kinds <= 1); // none: null
    require(json_is_string(value) == (json_text(value) != NULL));
    for (size_t i = 0; i < json_count(value); i++) {
        if (json_is_array(value)) {
            visit(json_at(value, i));
            continue;
        }
        const char *key;
        const json *member = json_member(value, i, &key);
        const json *found = i < 100 ? json_get(value, key) : member; // json_get is slow on many
        require(found == member || !found);                          // NULL: null
        visit(member);
        size_t n;
        if (i < 100) (void)json_size(value, key, 0, 0, SIZE_MAX, &n, "file", NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bert_error err = {0};
    json *doc = json_parse((const char *)data, size, "file", &err);
    if (doc)
        visit(doc);
    else
        require(err.status != BERT_OK && strncmp(err.message, "file: ", 6) == 0);
    json_free(doc);
    return 0;
}
