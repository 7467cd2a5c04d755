// json.c: jansson parses, checks UTF-8 and owns the strings. Its objects are hash tables that can
// be walked in order only from key to key, so each value gets a node here, children of one parent
// side by side: the i-th of an array and of an object are found at once.
//
// When memory runs out in the middle of a string, jansson 2.14 drops a byte or reads on past its
// end, or calls the token invalid (load.c ignores the result of strbuffer_append_byte): only
// failures that it notices become BERT_MEMORY. Documents that nobody trusts and that are large go
// through readers of streams of ours.
#include <jansson.h>

#undef json_is_object
#undef json_is_array
#undef json_is_string
#undef json_is_number

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/os.h"

struct json {
    const json_t *value; // its type; a string's bytes, a number
    const char *key;     // in its object; NULL elsewhere
    const json *items;   // of an array or object [count]
    size_t count;
};

struct document {
    json root; // first: who holds the root holds the document
    json_t *tree;
    json *nodes;
};

static size_t children(const json_t *value)
{
    return json_typeof(value) == JSON_OBJECT ? json_object_size(value) : json_array_size(value);
}

// Values below this one. Recursion ends at jansson's limit of 2048 levels.
static size_t count_below(json_t *value)
{
    size_t n = children(value), i;
    const char *key;
    json_t *child;
    if (json_typeof(value) == JSON_OBJECT) {
        json_object_foreach(value, key, child) n += count_below(child);
    } else {
        json_array_foreach(value, i, child) n += count_below(child);
    }
    return n;
}

// Fills `node` and takes the nodes below it from *next on.
static void build(json *node, json_t *value, const char *key, json **next)
{
    json *items = *next;
    *node = (json){value, key, items, children(value)};
    *next += node->count;
    size_t i = 0;
    const char *name;
    json_t *child;
    if (json_typeof(value) == JSON_OBJECT) {
        json_object_foreach(value, name, child) build(&items[i++], child, name, next);
    } else {
        json_array_foreach(value, i, child) build(&items[i], child, NULL, next);
    }
}

// ---------------------------------------------------------------------------------------- parsing

// jansson's message quotes the text near the place, which may hold control characters.
static bert_status fail_parse(json_error_t *why, const char *name, bert_error *err)
{
    if (json_error_code(why) == json_error_out_of_memory || !why->text[0]) return fail_memory(err);
    for (char *c = why->text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?';
    }
    return fail(err, BERT_FORMAT, "%s: line %d, column %d: %s", name, why->line, why->column,
                why->text);
}

static bert_status fail_size(const char *name, size_t size, bert_error *err)
{
    return fail(err, BERT_UNSUPPORTED, "%s: a JSON document of %zu bytes; at most %d are read",
                name, size, JSON_LARGEST);
}

// Takes the tree, also when it fails.
static json *document_new(json_t *tree, bert_error *err)
{
    struct document *d = mem_alloc(1, sizeof *d);
    json *nodes = mem_alloc(count_below(tree), sizeof *nodes);
    if (!d || !nodes) {
        mem_free(d);
        mem_free(nodes);
        json_decref(tree);
        fail_memory(err);
        return NULL;
    }
    *d = (struct document){.tree = tree, .nodes = nodes};
    build(&d->root, tree, NULL, &nodes);
    return &d->root;
}

json *json_parse(const char *bytes, size_t len, const char *name, bert_error *err)
{
    if (len > JSON_LARGEST) {
        fail_size(name, len, err);
        return NULL;
    }
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_DECODE_ANY;
    json_error_t why = {0};
    json_t *tree = json_loadb(len ? bytes : "", len, flags, &why);
    if (!tree) {
        fail_parse(&why, name, err);
        return NULL;
    }
    return document_new(tree, err);
}

// Reads the file into memory of ours, so that nobody can cut it under us; mapped first only to
// learn its size before asking for that memory.
static bert_status read_file(struct os_file *file, const char *path, bert_error *err)
{
    TRY(os_file_open(file, path, false, err));
    const size_t size = file->size;
    os_file_close(file);
    return size > JSON_LARGEST ? fail_size(path, size, err) : os_file_open(file, path, true, err);
}

json *json_open(const char *path, bert_error *err)
{
    struct os_file file;
    if (read_file(&file, path, err)) return NULL;
    json *document = json_parse((const char *)file.data, file.size, path, err);
    os_file_close(&file);
    return document;
}

void json_free(json *document)
{
    if (!document) return;
    struct document *d = (struct document *)document;
    json_decref(d->tree);
    mem_free(d->nodes);
    mem_free(d);
}

// ---------------------------------------------------------------------------------------- reading

static bool is(const json *value, json_type type)
{
    return value && json_typeof(value->value) == type;
}

const json *json_get(const json *object, const char *key)
{
    if (!is(object, JSON_OBJECT)) return NULL;
    for (size_t i = 0; i < object->count; i++) {
        const json *item = &object->items[i];
        if (strcmp(item->key, key) == 0) return is(item, JSON_NULL) ? NULL : item;
    }
    return NULL;
}

size_t json_count(const json *array)
{
    return array ? array->count : 0;
}

const json *json_at(const json *array, size_t i)
{
    return &array->items[i];
}

const json *json_member(const json *object, size_t i, const char **key)
{
    *key = object->items[i].key;
    return &object->items[i];
}

bool json_is_object(const json *value)
{
    return is(value, JSON_OBJECT);
}

bool json_is_array(const json *value)
{
    return is(value, JSON_ARRAY);
}

bool json_is_string(const json *value)
{
    return is(value, JSON_STRING);
}

bool json_is_bool(const json *value)
{
    return is(value, JSON_TRUE) || is(value, JSON_FALSE);
}

bool json_is_number(const json *value)
{
    return is(value, JSON_REAL);
}

bool json_true(const json *value)
{
    return is(value, JSON_TRUE);
}

const char *json_text(const json *value)
{
    return is(value, JSON_STRING) ? json_string_value(value->value) : NULL;
}

double json_number(const json *value)
{
    return is(value, JSON_REAL) ? json_real_value(value->value) : 0;
}

// ------------------------------------------------------------------------------------ typed
// getters

// What a value is, for a message: "768.5", "a string".
static const char *describe(const json *value, char room[NUM_FLOAT_MAX + 1])
{
    switch (json_typeof(value->value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    default:
        break;
    }
    room[num_float(room, (float)json_number(value))] = 0;
    return room;
}

static bert_status fail_type(const char *where, const char *key, const json *value,
                             const char *wanted, bert_error *err)
{
    char room[NUM_FLOAT_MAX + 1];
    return fail(err, BERT_FORMAT, "%s: \"%s\" is %s, not %s", where, key, describe(value, room),
                wanted);
}

bert_status json_size(const json *object, const char *key, size_t standard, size_t least,
                      size_t most, size_t *out, const char *where, bert_error *err)
{
    const json *value = json_get(object, key);
    *out = standard;
    if (!value) return BERT_OK;
    const double x = json_number(value);
    const bool whole = json_is_number(value) && x >= 0 && x < 0x1p64 && x == floor(x);
    if (whole && (size_t)x >= least && (size_t)x <= most) {
        *out = (size_t)x;
        return BERT_OK;
    }
    char room[NUM_FLOAT_MAX + 1];
    return fail(err, BERT_FORMAT, "%s: \"%s\" is %s, not a whole number from %zu to %zu", where,
                key, describe(value, room), least, most);
}

bert_status json_float(const json *object, const char *key, double standard, double *out,
                       const char *where, bert_error *err)
{
    const json *value = json_get(object, key);
    *out = value ? json_number(value) : standard;
    if (!value || json_is_number(value)) return BERT_OK;
    return fail_type(where, key, value, "a number", err);
}

bert_status json_flag(const json *object, const char *key, bool standard, bool *out,
                      const char *where, bert_error *err)
{
    const json *value = json_get(object, key);
    *out = value ? json_true(value) : standard;
    if (!value || json_is_bool(value)) return BERT_OK;
    return fail_type(where, key, value, "true or false", err);
}

bert_status json_string(const json *object, const char *key, const char *standard, const char **out,
                        const char *where, bert_error *err)
{
    const json *value = json_get(object, key);
    *out = value ? json_text(value) : standard;
    if (!value || json_is_string(value)) return BERT_OK;
    return fail_type(where, key, value, "a string", err);
}
