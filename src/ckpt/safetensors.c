// safetensors.c: 8 bytes of header length, a header in JSON, tensors back to back.
//
//     {"__metadata__": {string: string, …},
//      name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …}   spaces
//
// Everything is checked before a tensor is handed out, by the rules of the format's own reader
// (huggingface/safetensors, tensor.rs) and stricter where it guesses: names and fields appear once,
// unknown fields are refused. The data of all tensors, ordered by offset, cover the file from the
// header to the end without a hole, so no byte of the file is anything but header or tensor.
// The header is scanned, not made into a tree: memory stays below a few times its length.
#include "ckpt/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/mem.h"

enum { HEADER_MOST = 100000000 }; // the format's limit

struct place {
    size_t name;       // offset in the reader's names
    size_t begin, end; // of the data, from the end of the header
    size_t tensor;
};

struct reader {
    struct json_scan scan;
    const char *header;
    struct buf names; // of tensors, each with a NUL behind it
    struct buf word;  // any other string, while it is looked at
    struct ckpt_tensor *tensors;
    struct place *places; // [count] like tensors, later sorted by begin
    size_t count, cap_tensors, cap_places;
    const char *path;
    bert_error *err;
};

// Starts every message about one tensor: "file: tensor 'name': ".
#define FAIL_TENSOR(r, status, name, format, ...)                                                  \
    fail((r)->err, status, "%s: tensor '%s': " format, (r)->path,                                  \
         ckpt_show(name, (char[CKPT_SHOWN]){0}), __VA_ARGS__)

static bert_status fail_syntax(const struct reader *r, const char *name)
{
    if (r->names.failed || r->word.failed) return fail_memory(r->err);
    const size_t at = (size_t)(r->scan.at - r->header);
    if (name) return FAIL_TENSOR(r, BERT_FORMAT, name, "header byte %zu: %s", at, r->scan.wrong);
    return fail(r->err, BERT_FORMAT, "%s: header byte %zu: %s", r->path, at, r->scan.wrong);
}

// ------------------------------------------------------------------------------------ element
// types

struct type {
    enum ckpt_dtype dtype;
    size_t bits;
};

// Types that the format has and we only list.
static const struct {
    const char *name;
    size_t bits;
} others[] = {
    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"F8_E5M2", 8},     {"F8_E4M3", 8},
    {"F8_E8M0", 8}, {"C64", 64},    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
};

static bool find_type(const char *name, struct type *out)
{
    for (enum ckpt_dtype d = 0; d < CKPT_OTHER; d++) {
        if (strcmp(name, ckpt_dtype_name(d)) != 0) continue;
        *out = (struct type){d, 8 * ckpt_dtype_size(d)};
        return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(name, others[i].name) != 0) continue;
        *out = (struct type){CKPT_OTHER, others[i].bits};
        return true;
    }
    return false;
}

// ----------------------------------------------------------------------------------- one tensor

// The fields of a tensor's entry, while it is read.
struct entry {
    char dtype[32]; // "" so far
    bool shaped, placed;
    struct ckpt_tensor *tensor;
    struct place *place;
};

// Reads a field's name or a type's into room. Longer ones are cut: they are unknown anyway.
static bool short_string(struct reader *r, char *room, size_t cap)
{
    buf_clear(&r->word);
    if (!json_scan_string(&r->scan, &r->word)) return false;
    const size_t n = r->word.len < cap ? r->word.len : cap - 1;
    if (n) memcpy(room, r->word.data, n);
    room[n] = 0;
    return true;
}

static bert_status read_shape(struct reader *r, struct entry *e, const char *name)
{
    size_t n = 0, dim;
    e->shaped = json_scan_take(&r->scan, '[');
    while (e->shaped && json_scan_next(&r->scan, ']', &n)) {
        if (!json_scan_size(&r->scan, &dim)) break;
        if (n > CKPT_DIMS) {
            return FAIL_TENSOR(r, BERT_UNSUPPORTED, name, "more than %d dimensions", CKPT_DIMS);
        }
        e->tensor->dims[n - 1] = dim;
    }
    e->tensor->n_dims = n;
    return r->scan.wrong ? fail_syntax(r, name) : BERT_OK;
}

static bert_status read_offsets(struct reader *r, struct entry *e, const char *name)
{
    size_t n = 0, offset;
    e->placed = json_scan_take(&r->scan, '[');
    while (e->placed && json_scan_next(&r->scan, ']', &n)) {
        if (!json_scan_size(&r->scan, &offset)) break;
        if (n == 1) e->place->begin = offset;
        if (n == 2) e->place->end = offset;
    }
    if (r->scan.wrong) return fail_syntax(r, name);
    if (n == 2) return BERT_OK;
    return FAIL_TENSOR(r, BERT_FORMAT, name, "%zu data_offsets, want 2", n);
}

static bert_status read_field(struct reader *r, struct entry *e, const char *name)
{
    char field[32];
    if (!short_string(r, field, sizeof field) || !json_scan_take(&r->scan, ':')) {
        return fail_syntax(r, name);
    }
    if (strcmp(field, "dtype") == 0 && !e->dtype[0]) {
        if (!short_string(r, e->dtype, sizeof e->dtype)) return fail_syntax(r, name);
        return e->dtype[0] ? BERT_OK : FAIL_TENSOR(r, BERT_FORMAT, name, "%s", "an empty dtype");
    }
    if (strcmp(field, "shape") == 0 && !e->shaped) return read_shape(r, e, name);
    if (strcmp(field, "data_offsets") == 0 && !e->placed) return read_offsets(r, e, name);
    return FAIL_TENSOR(r, BERT_FORMAT, name, "the field '%s' is unknown or there twice",
                       ckpt_show(field, (char[CKPT_SHOWN]){0}));
}

// count and bytes from the shape and the type.
static bert_status measure(const struct reader *r, struct entry *e, const char *name)
{
    struct type type;
    if (!find_type(e->dtype, &type)) {
        return FAIL_TENSOR(r, BERT_FORMAT, name, "the dtype '%s' is unknown",
                           ckpt_show(e->dtype, (char[CKPT_SHOWN]){0}));
    }
    struct ckpt_tensor *t = e->tensor;
    size_t bits;
    bool fits = true;
    t->dtype = type.dtype;
    t->count = 1;
    for (size_t i = 0; i < t->n_dims; i++) fits = fits && size_mul(t->count, t->dims[i], &t->count);
    if (!fits || !size_mul(t->count, type.bits, &bits)) {
        return FAIL_TENSOR(r, BERT_FORMAT, name, "%s", "its shape times its dtype exceeds 64 bits");
    }
    if (bits % 8) {
        return FAIL_TENSOR(r, BERT_FORMAT, name, "%zu elements of %s do not fill whole bytes",
                           t->count, e->dtype);
    }
    t->bytes = bits / 8;
    if (e->place->end < e->place->begin) {
        return FAIL_TENSOR(r, BERT_FORMAT, name, "its data end at %zu before they begin at %zu",
                           e->place->end, e->place->begin);
    }
    if (e->place->end - e->place->begin != t->bytes) {
        return FAIL_TENSOR(r, BERT_FORMAT, name,
                           "data_offsets give it %zu bytes, its shape and dtype %zu",
                           e->place->end - e->place->begin, t->bytes);
    }
    return BERT_OK;
}

// name: borrowed from r->names, which does not grow meanwhile.
static bert_status read_entry(struct reader *r, const char *name)
{
    if (!mem_grow((void **)&r->tensors, &r->cap_tensors, r->count + 1, sizeof *r->tensors) ||
        !mem_grow((void **)&r->places, &r->cap_places, r->count + 1, sizeof *r->places)) {
        return fail_memory(r->err);
    }
    struct entry e = {.tensor = &r->tensors[r->count], .place = &r->places[r->count]};
    *e.tensor = (struct ckpt_tensor){0};
    *e.place = (struct place){.name = (size_t)(name - r->names.data), .tensor = r->count};
    size_t n = 0;
    if (!json_scan_take(&r->scan, '{')) return fail_syntax(r, name);
    while (json_scan_next(&r->scan, '}', &n)) TRY(read_field(r, &e, name));
    if (r->scan.wrong) return fail_syntax(r, name);
    if (!e.dtype[0] || !e.shaped || !e.placed) {
        return FAIL_TENSOR(r, BERT_FORMAT, name, "its %s is missing",
                           !e.dtype[0] ? "dtype"
                           : !e.shaped ? "shape"
                                       : "data_offsets");
    }
    r->count++;
    return measure(r, &e, name);
}

// ---------------------------------------------------------------------------------- the header

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// keys: n texts with a NUL behind each.
static bert_status refuse_twice(const struct reader *r, const char *keys, size_t n)
{
    const char **sorted = mem_alloc(n, sizeof *sorted);
    if (!sorted) return fail_memory(r->err);
    for (size_t i = 0; i < n; i++, keys += strlen(keys) + 1) sorted[i] = keys;
    qsort(sorted, n, sizeof *sorted, compare_text);
    bert_status status = BERT_OK;
    for (size_t i = 1; !status && i < n; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) != 0) continue;
        status = fail(r->err, BERT_FORMAT, "%s: __metadata__: the key '%s' is there twice", r->path,
                      ckpt_show(sorted[i], (char[CKPT_SHOWN]){0}));
    }
    mem_free(sorted);
    return status;
}

// Strings to strings, checked and forgotten. keys is an empty buffer.
static bert_status read_metadata(struct reader *r, struct buf *keys)
{
    size_t n = 0;
    bool good = json_scan_take(&r->scan, '{');
    while (good && json_scan_next(&r->scan, '}', &n)) {
        good = json_scan_string(&r->scan, keys);
        buf_byte(keys, 0);
        buf_clear(&r->word);
        good = good && json_scan_take(&r->scan, ':') && json_scan_string(&r->scan, &r->word);
    }
    if (keys->failed) return fail_memory(r->err);
    return r->scan.wrong ? fail_syntax(r, "__metadata__") : refuse_twice(r, keys->data, n);
}

static bert_status read_member(struct reader *r, bool *metadata)
{
    const size_t start = r->names.len;
    const bool named = json_scan_string(&r->scan, &r->names);
    buf_byte(&r->names, 0);
    if (!named || r->names.failed) return fail_syntax(r, NULL);
    const char *name = r->names.data + start;
    if (!json_scan_take(&r->scan, ':')) return fail_syntax(r, name);
    if (strcmp(name, "__metadata__") != 0) return read_entry(r, name);
    if (*metadata) return fail(r->err, BERT_FORMAT, "%s: __metadata__ is there twice", r->path);
    *metadata = true;
    r->names.len = start;
    struct buf keys;
    buf_init(&keys);
    const bert_status status = read_metadata(r, &keys);
    buf_release(&keys);
    return status;
}

static bert_status read_header(struct reader *r)
{
    size_t n = 0;
    bool metadata = false;
    if (!json_scan_take(&r->scan, '{')) return fail_syntax(r, NULL);
    while (json_scan_next(&r->scan, '}', &n)) TRY(read_member(r, &metadata));
    if (r->scan.wrong) return fail_syntax(r, NULL);
    if (json_scan_peek(&r->scan) || r->scan.at < r->scan.end) {
        r->scan.wrong = "more behind the header's end";
        return fail_syntax(r, NULL);
    }
    return BERT_OK;
}

// ------------------------------------------------------------------------------------- the data

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

// The tensors' data follow each other from `data` to its end, and each learns where it is.
static bert_status place_tensors(struct reader *r, const unsigned char *data, size_t size)
{
    if (r->count) qsort(r->places, r->count, sizeof *r->places, compare_places);
    size_t end = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct place *p = &r->places[i];
        struct ckpt_tensor *t = &r->tensors[p->tensor];
        if (p->begin != end) {
            return FAIL_TENSOR(r, BERT_FORMAT, t->name,
                               "its data begin at %zu, but those before them end at %zu", p->begin,
                               end);
        }
        if (p->end > size) {
            return FAIL_TENSOR(r, BERT_FORMAT, t->name,
                               "its data end at %zu, the file's at %zu: the file is cut short",
                               p->end, size);
        }
        t->data = data + p->begin;
        end = p->end;
    }
    if (end == size) return BERT_OK;
    return fail(r->err, BERT_FORMAT,
                "%s: %zu bytes behind the last tensor's data, which end at %zu", r->path,
                size - end, end);
}

// --------------------------------------------------------------------------------------- the file

static size_t header_length(const unsigned char *data)
{
    uint64_t n;
    memcpy(&n, data, sizeof n);
    return n;
}

bool safetensors_probe(const unsigned char *data, size_t size)
{
    return size > 8 && data[8] == '{' && header_length(data) <= size - 8;
}

static bert_status check_frame(const unsigned char *data, size_t size, const char *path,
                               bert_error *err)
{
    if (size < 8) {
        return fail(err, BERT_FORMAT, "%s: %zu bytes; a safetensors file has at least 8", path,
                    size);
    }
    const size_t length = header_length(data);
    if (length > HEADER_MOST) {
        return fail(err, BERT_FORMAT, "%s: a header of %zu bytes; the format's limit is %d", path,
                    length, HEADER_MOST);
    }
    if (length > size - 8) {
        return fail(err, BERT_FORMAT,
                    "%s: a header of %zu bytes, but the file ends after %zu: it is cut short", path,
                    length, size - 8);
    }
    if (length && data[8] == '{') return BERT_OK;
    return fail(err, BERT_FORMAT, "%s: the header does not begin with '{'", path);
}

// Hands what was read to the list, whatever came of it.
static void fill_list(struct ckpt_list *list, struct reader *r)
{
    for (size_t i = 0; i < r->count; i++) {
        r->tensors[r->places[i].tensor].name = r->names.data + r->places[i].name;
    }
    *list = (struct ckpt_list){.tensors = r->tensors, .count = r->count, .names = r->names.data};
}

bert_status safetensors_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                             const char *path, bert_error *err)
{
    TRY(check_frame(data, size, path, err));
    const size_t length = header_length(data);
    const char *header = (const char *)data + 8;
    struct reader r = {
        .scan = {header, header + length, NULL}, .header = header, .path = path, .err = err};
    bert_status status = read_header(&r);
    fill_list(list, &r);
    if (!status) status = ckpt_list_index(list, path, err);
    if (!status) status = place_tensors(&r, data + 8 + length, size - 8 - length);
    mem_free(r.places);
    buf_release(&r.word);
    return status;
}
