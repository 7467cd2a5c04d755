// input_jsonl.c: an object a line.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "input_format.h"

// Copies a string over the record, at *to. It is shorter than it is written there.
static struct bert_text place(char **to, const char *text, size_t len)
{
    const struct bert_text placed = {*to, len};
    memcpy(*to, text, len);
    *to += len;
    return placed;
}

// Places the strings of a list as words, a NUL behind each; none within, which a tokenizer would
// drop. Quotes and comma made more room than they need.
static bool take_words(const json *list, char **to, struct input_item *out, bert_error *err)
{
    char *start = *to;
    for (size_t i = 0; i < json_count(list); i++) {
        size_t len;
        const char *word = json_bytes(json_at(list, i), &len);
        if (!word) return fail(err, BERT_FORMAT, "words: must be a list of strings"), false;
        for (size_t k = 0; k < len; k++) {
            if (word[k]) *(*to)++ = word[k];
        }
        *(*to)++ = 0;
    }
    out->parts[0] = (struct bert_text){start, (size_t)(*to - start)};
    out->words = true;
    return true;
}

static bool take(const json *object, const struct columns *columns, size_t role, char **to,
                 struct input_item *out, bert_error *err)
{
    char key[256];
    const struct bert_text name = columns->names[role];
    if (!name.data) return true;
    snprintf(key, sizeof key, "%.*s", (int)name.len, name.data);
    const json *value = json_get(object, key);
    size_t len;
    if (!value && role == 0 && json_is_array(json_get(object, "words")))
        value = json_get(object, "words");
    if (role == 0 && json_is_array(value)) return take_words(value, to, out, err);
    const char *text = json_bytes(value, &len);
    if (text) {
        out->parts[role] = place(to, text, len);
    } else if (role == INPUT_LABEL && json_is_number(value)) {
        out->number = json_number(value);
    } else if (value) {
        fail(err, BERT_FORMAT, "key %s: must be a string%s", key,
             role == INPUT_LABEL ? " or a number" : "");
        return false;
    } else if (role < columns->n) {
        fail(err, BERT_FORMAT, "no key %s (--columns says what the keys are named)", key);
        return false;
    }
    return true;
}

bool jsonl_read(const struct columns *columns, char *record, size_t len, struct input_item *out,
                bert_error *err)
{
    *out = (struct input_item){0};
    json *object = json_parse_bytes(record, len, "JSON", err);
    if (!object) return false;
    bool good = json_is_object(object);
    if (!good) fail(err, BERT_FORMAT, "must be an object, like {\"text\":\"…\"}");
    for (size_t r = 0; good && r < INPUT_ROLES; r++)
        good = take(object, columns, r, &record, out, err);
    json_free(object);
    return good;
}
