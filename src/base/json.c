// json.c: a tree from json_scan's tokens, in three blocks of memory: the document, its values, its
// strings. The children of one parent lie side by side, in file order.
//
// While a container is open its children wait on a stack; when it closes they move to the values,
// where they stay. Blocks move as they grow, so values refer to each other and to strings by offset
// until everything is read, and by pointer from then on.
#include "base/json.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/store.h"

// BYTES: a string with U+0000 in it, which is none to those who ask for NUL-terminated ones.
enum kind {
    KIND_NULL,
    KIND_FALSE,
    KIND_TRUE,
    KIND_NUMBER,
    KIND_STRING,
    KIND_BYTES,
    KIND_ARRAY,
    KIND_OBJECT
};

// A string or items: an offset while reading, then a pointer.
union ref {
    size_t offset;
    const char *text;
    const json *items;
};

struct json {
    uint32_t kind;  // enum kind
    uint32_t place; // of a member's key in the document's bytes
    union ref key;  // of an object's member
    size_t count;   // items of an array or object, bytes of a string
    union {
        union ref ref; // string, array, object
        double number;
    };
};

struct document {
    json root; // first: who holds the root holds the document
    json *values;
    char *strings; // each with a NUL behind it
};

struct builder {
    struct json_scan scan;
    const char *start;
    struct buf strings;
    json *values, *waiting;
    size_t n_values, cap_values, n_waiting, cap_waiting, level;
    bool nul; // may be in a string
    bool no_memory;
};

// ---------------------------------------------------------------------------------------- parsing

static bool wrong(struct builder *b, const char *what)
{
    if (!b->scan.wrong) b->scan.wrong = what;
    return false;
}

static bool grow(struct builder *b, json **list, size_t *cap, size_t need)
{
    if (mem_grow((void **)list, cap, need, sizeof **list)) return true;
    b->no_memory = true;
    return wrong(b, "out of memory");
}

static bool end_string(struct builder *b)
{
    buf_byte(&b->strings, 0);
    return !b->strings.failed || wrong(b, "out of memory");
}

static bool read_string(struct builder *b, json *out)
{
    const size_t from = out->ref.offset = b->strings.len;
    if (!(b->nul ? json_scan_bytes : json_scan_string)(&b->scan, &b->strings)) return false;
    out->count = b->strings.len - from;
    const bool odd = out->count > 0 && memchr(b->strings.data + from, 0, out->count);
    out->kind = odd ? KIND_BYTES : KIND_STRING;
    return end_string(b);
}

static bool read_key(struct builder *b, json *member)
{
    json_scan_peek(&b->scan); // skips white space
    member->place = (uint32_t)(b->scan.at - b->start);
    member->key.offset = b->strings.len;
    return json_scan_string(&b->scan, &b->strings) && end_string(b) &&
           json_scan_take(&b->scan, ':');
}

struct key {
    const char *text;
    uint32_t hash, place;
};

// FNV-1a. Sorting looks at text only where hashes are equal, which is most of the time saved; keys
// made to collide only lose that.
static uint32_t hash_of(const char *text)
{
    uint32_t h = 2166136261;
    for (; *text; text++) h = (h ^ (unsigned char)*text) * 16777619;
    return h;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    const int order = strcmp(x->text, y->text);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

// Equal keys are neighbours once sorted.
static bool keys_differ(struct builder *b, const json *members, size_t n)
{
    struct key *keys = mem_alloc(n, sizeof *keys);
    b->no_memory = !keys;
    if (!keys) return wrong(b, "out of memory");
    for (size_t i = 0; i < n; i++) {
        const char *text = b->strings.data + members[i].key.offset;
        keys[i] = (struct key){text, hash_of(text), members[i].place};
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 1; i < n && !b->scan.wrong; i++) {
        if (keys[i - 1].hash != keys[i].hash || strcmp(keys[i - 1].text, keys[i].text) != 0)
            continue;
        b->scan.at = b->start + keys[i].place;
        wrong(b, "a key that is there twice");
    }
    mem_free(keys);
    return !b->scan.wrong;
}

// Moves the items that wait from `first` on to the values.
static bool close_items(struct builder *b, json *out, size_t first)
{
    const size_t n = b->n_waiting - first;
    out->count = n;
    out->ref.offset = b->n_values;
    if (n == 0) return true;
    if (!grow(b, &b->values, &b->cap_values, b->n_values + n)) return false;
    json *items = b->values + b->n_values;
    memcpy(items, b->waiting + first, n * sizeof *items);
    b->n_values += n;
    b->n_waiting = first;
    return out->kind == KIND_ARRAY || keys_differ(b, items, n);
}

static bool read_value(struct builder *b, json *out);

// An array or object, from its opening mark on.
static bool read_items(struct builder *b, json *out, char close)
{
    if (++b->level > JSON_DEEPEST) return wrong(b, "nested too deeply");
    b->scan.at++;
    const size_t first = b->n_waiting;
    size_t n = 0;
    while (json_scan_next(&b->scan, close, &n)) {
        json item = {0};
        if (close == '}' && !read_key(b, &item)) return false;
        if (!read_value(b, &item)) return false;
        if (!grow(b, &b->waiting, &b->cap_waiting, b->n_waiting + 1)) return false;
        b->waiting[b->n_waiting++] = item;
    }
    b->level--;
    return !b->scan.wrong && close_items(b, out, first);
}

static bool read_word(struct builder *b, json *out, enum kind kind, const char *word)
{
    out->kind = kind;
    return json_scan_word(&b->scan, word);
}

static bool read_value(struct builder *b, json *out)
{
    switch (json_scan_peek(&b->scan)) {
    case '{': out->kind = KIND_OBJECT; return read_items(b, out, '}');
    case '[': out->kind = KIND_ARRAY; return read_items(b, out, ']');
    case '"': return read_string(b, out);
    case 'n': return read_word(b, out, KIND_NULL, "null");
    case 'f': return read_word(b, out, KIND_FALSE, "false");
    case 't': return read_word(b, out, KIND_TRUE, "true");
    default: out->kind = KIND_NUMBER; return json_scan_number(&b->scan, &out->number);
    }
}

static bool read_document(struct builder *b, json *root)
{
    if (!read_value(b, root)) return false;
    json_scan_peek(&b->scan);
    return b->scan.at == b->scan.end || wrong(b, "more behind the document's end");
}

// Offsets become pointers. A place of 0 means no key: before a member there is at least "{".
static void settle(json *value, const struct document *d)
{
    if (value->place) value->key.text = d->strings + value->key.offset;
    if (value->kind == KIND_STRING || value->kind == KIND_BYTES) {
        value->ref.text = d->strings + value->ref.offset;
    } else if (value->count) {
        value->ref.items = d->values + value->ref.offset;
    }
}

static bert_status fail_parse(const struct builder *b, const char *name, bert_error *err)
{
    if (b->no_memory || b->strings.failed) return fail_memory(err);
    size_t line = 1, column = 1; // in characters
    for (const char *p = b->start; p < b->scan.at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*p & 0xC0) != 0x80) {
            column++;
        }
    }
    return fail(err, BERT_FORMAT, "%s: line %zu, column %zu: %s", name, line, column,
                b->scan.at == b->scan.end ? "the document ends too early" : b->scan.wrong);
}

static bert_status fail_size(const char *name, size_t size, bert_error *err)
{
    return fail(err, BERT_UNSUPPORTED, "%s: a JSON document of %zu bytes; at most %d are read",
                name, size, JSON_LARGEST);
}

static json *parse(const char *bytes, size_t len, bool nul, const char *name, bert_error *err)
{
    if (len > JSON_LARGEST) {
        fail_size(name, len, err);
        return NULL;
    }
    if (!bytes) bytes = "";
    struct builder b = {.scan = {bytes, bytes + len, NULL}, .start = bytes, .nul = nul};
    json root = {0};
    const bool read = read_document(&b, &root);
    struct document *d = read ? mem_alloc(1, sizeof *d) : NULL;
    mem_free(b.waiting);
    if (!d) {
        b.no_memory |= read;
        fail_parse(&b, name, err);
        mem_free(b.values);
        buf_release(&b.strings);
        return NULL;
    }
    *d = (struct document){root, b.values, b.strings.data};
    settle(&d->root, d);
    for (size_t i = 0; i < b.n_values; i++) settle(&d->values[i], d);
    return &d->root;
}

json *json_parse(const char *bytes, size_t len, const char *name, bert_error *err)
{
    return parse(bytes, len, false, name, err);
}

json *json_parse_bytes(const char *bytes, size_t len, const char *name, bert_error *err)
{
    return parse(bytes, len, true, name, err);
}

// Reads the file into memory of ours, so that nobody can cut it short.
static bert_status read_file(struct os_file *file, const char *path, bert_error *err)
{
    size_t size;
    TRY(store_size(path, &size, err));
    return size > JSON_LARGEST ? fail_size(path, size, err) : store_open(file, path, true, err);
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
    mem_free(d->values);
    mem_free(d->strings);
    mem_free(d);
}

// ---------------------------------------------------------------------------------------- reading

static bool is(const json *value, enum kind kind)
{
    return value && value->kind == kind;
}

const json *json_get(const json *object, const char *key)
{
    if (!is(object, KIND_OBJECT)) return NULL;
    for (size_t i = 0; i < object->count; i++) {
        const json *item = &object->ref.items[i];
        if (strcmp(item->key.text, key) == 0) return is(item, KIND_NULL) ? NULL : item;
    }
    return NULL;
}

size_t json_count(const json *array)
{
    return is(array, KIND_ARRAY) || is(array, KIND_OBJECT) ? array->count : 0;
}

const json *json_at(const json *array, size_t i)
{
    return json_is_array(array) && i < array->count ? &array->ref.items[i] : NULL;
}

const json *json_member(const json *object, size_t i, const char **key)
{
    *key = object->ref.items[i].key.text;
    return &object->ref.items[i];
}

bool json_is_object(const json *value)
{
    return is(value, KIND_OBJECT);
}

bool json_is_array(const json *value)
{
    return is(value, KIND_ARRAY);
}

bool json_is_string(const json *value)
{
    return is(value, KIND_STRING);
}

bool json_is_bool(const json *value)
{
    return is(value, KIND_TRUE) || is(value, KIND_FALSE);
}

bool json_is_number(const json *value)
{
    return is(value, KIND_NUMBER);
}

bool json_true(const json *value)
{
    return is(value, KIND_TRUE);
}

const char *json_text(const json *value)
{
    return is(value, KIND_STRING) ? value->ref.text : NULL;
}

const char *json_bytes(const json *value, size_t *len)
{
    if (!is(value, KIND_STRING) && !is(value, KIND_BYTES)) return NULL;
    *len = value->count;
    return value->ref.text;
}

double json_number(const json *value)
{
    return is(value, KIND_NUMBER) ? value->number : 0;
}

// ---------------------------------------------------------------------------------- typed getters

// What a value is, for a message: "768.5", "a string".
static const char *describe(const json *value, char room[NUM_FLOAT_MAX + 1])
{
    static const char *const names[] = {
        [KIND_NULL] = "null",
        [KIND_FALSE] = "false",
        [KIND_TRUE] = "true",
        [KIND_STRING] = "a string",
        [KIND_ARRAY] = "a list",
        [KIND_OBJECT] = "an object",
        [KIND_BYTES] = "a string with U+0000 in it",
    };
    if (value->kind != KIND_NUMBER) return names[value->kind];
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
