// reference.c: see reference.h. An .npz holds
//
//     text [bytes] u1, text_ends [S]            the texts, one behind the other
//     ids [T], types [T], lengths [S]           their tokens, likewise
//     hidden [layers, T, H], pooled [S, H], sentences [S, D], max_length []
//
// where all but the texts may be absent; a line of JSON the same of one text: {"text", "ids",
// "types", "hidden": [layer][token][H], "pooled", "embedding"}.
#include "reference.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/os.h"
#include "record/npz.h"

// n elements that live as long as the reference; NULL without memory.
static void *block(struct reference *r, size_t n, size_t size)
{
    if (!mem_grow((void **)&r->blocks, &r->cap_blocks, r->n_blocks + 1, sizeof *r->blocks)) {
        return NULL;
    }
    void *p = mem_alloc(n, size);
    if (p) r->blocks[r->n_blocks++] = p;
    return p;
}

static struct reference_item *add_item(struct reference *r)
{
    if (!mem_grow((void **)&r->items, &r->cap, r->n + 1, sizeof *r->items)) return NULL;
    r->items[r->n] = (struct reference_item){0};
    return &r->items[r->n++];
}

void reference_release(struct reference *r)
{
    for (size_t i = 0; i < r->n_blocks; i++) mem_free(r->blocks[i]);
    mem_free(r->blocks);
    mem_free(r->items);
    *r = (struct reference){0};
}

// ------------------------------------------------------------------------------------------- .npz

struct npz_reader {
    struct reference *r;
    const struct npz *npz;
    const char *path;
    size_t S, T;
    bert_error *err;
};

// An array of `dims` dimensions whose dimension `at` is `want`; *out NULL when it is absent.
static bert_status find(const struct npz_reader *n, const char *name, size_t dims, size_t at,
                        size_t want, const struct npy_array **out)
{
    *out = npz_find(n->npz, name);
    if (!*out || ((*out)->n_dims == dims && (at >= dims || (*out)->dims[at] == want))) {
        return BERT_OK;
    }
    return fail(n->err, BERT_FORMAT, "%s: %s: want %zu dimensions, the %zu. of them %zu", n->path,
                name, dims, at + 1, want);
}

static bert_status take_floats(const struct npz_reader *n, const struct npy_array *a, float **out)
{
    *out = block(n->r, a->count, sizeof **out);
    if (!*out) return fail_memory(n->err);
    for (size_t i = 0; i < a->count; i++) (*out)[i] = (float)npy_real(a, i);
    return BERT_OK;
}

// Where each text ends in a row of all of them: ascending, the last at `size`.
static bert_status check_ends(const struct npz_reader *n, const struct npy_array *ends, size_t size,
                              const char *name)
{
    int64_t last = 0;
    for (size_t i = 0; i < ends->count; i++) {
        const int64_t end = npy_whole(ends, i);
        if (end < last) return fail(n->err, BERT_FORMAT, "%s: %s descends", n->path, name);
        last = end;
    }
    if (last == (int64_t)size) return BERT_OK;
    return fail(n->err, BERT_FORMAT, "%s: %s ends at %lld, not at %zu", n->path, name,
                (long long)last, size);
}

static bert_status take_texts(struct npz_reader *n)
{
    const struct npy_array *bytes = npz_find(n->npz, "text"), *ends = npz_find(n->npz, "text_ends");
    if (!bytes || !ends || bytes->n_dims != 1 || bytes->width != 1 || ends->n_dims != 1) {
        return fail(n->err, BERT_FORMAT, "%s: wants text (bytes) and text_ends", n->path);
    }
    TRY(check_ends(n, ends, bytes->count, "text_ends"));
    char *text = block(n->r, bytes->count, 1);
    if (!text) return fail_memory(n->err);
    memcpy(text, bytes->data, bytes->count);
    n->S = ends->count;
    size_t start = 0;
    for (size_t i = 0; i < n->S; i++) {
        struct reference_item *item = add_item(n->r);
        if (!item) return fail_memory(n->err);
        const size_t end = (size_t)npy_whole(ends, i);
        item->text = (struct bert_text){text + start, end - start};
        start = end;
    }
    return BERT_OK;
}

static bert_status take_tokens(struct npz_reader *n)
{
    const struct npy_array *ids, *types, *lengths;
    TRY(find(n, "lengths", 1, 0, n->S, &lengths));
    TRY(find(n, "ids", 1, 1, 0, &ids));
    if (!lengths || !ids) return BERT_OK;
    n->T = ids->count;
    TRY(find(n, "types", 1, 0, n->T, &types));
    int32_t *id = block(n->r, n->T, sizeof *id);
    uint8_t *type = block(n->r, n->T, 1);
    if (!id || !type) return fail_memory(n->err);
    for (size_t i = 0; i < n->T; i++) {
        id[i] = (int32_t)npy_whole(ids, i);
        type[i] = types ? (uint8_t)npy_whole(types, i) : 0;
    }
    size_t at = 0;
    for (size_t i = 0; i < n->S; i++) {
        const int64_t length = npy_whole(lengths, i);
        if (length < 1 || (size_t)length > n->T - at) {
            return fail(n->err, BERT_FORMAT, "%s: lengths: text %zu has %lld tokens, of %zu left",
                        n->path, i, (long long)length, n->T - at);
        }
        struct reference_item *item = &n->r->items[i];
        item->ids = id + at;
        item->types = type + at;
        item->n_tokens = (size_t)length;
        at += (size_t)length;
    }
    if (at == n->T) return BERT_OK;
    return fail(n->err, BERT_FORMAT, "%s: lengths: %zu tokens, but %zu ids", n->path, at, n->T);
}

// [layers, T, H] becomes [layers, tokens, H] of each text.
static bert_status take_hidden(struct npz_reader *n)
{
    const struct npy_array *a;
    TRY(find(n, "hidden", 3, 1, n->T, &a));
    if (!a || !n->T) return BERT_OK;
    float *out;
    TRY(take_floats(n, a, &out));
    const size_t layers = a->dims[0], H = a->dims[2];
    float *sorted = block(n->r, a->count, sizeof *sorted), *to = sorted;
    if (!sorted) return fail_memory(n->err);
    size_t start = 0;
    for (size_t i = 0; i < n->S; i++) {
        struct reference_item *item = &n->r->items[i];
        item->hidden = to;
        item->layers = layers;
        item->width = H;
        for (size_t k = 0; k < layers; k++, to += item->n_tokens * H) {
            memcpy(to, out + (k * n->T + start) * H, item->n_tokens * H * sizeof *to);
        }
        start += item->n_tokens;
    }
    return BERT_OK;
}

static bert_status take_rows(struct npz_reader *n)
{
    const struct npy_array *pooled, *sentences;
    float *p = NULL, *s = NULL;
    TRY(find(n, "pooled", 2, 0, n->S, &pooled));
    TRY(find(n, "sentences", 2, 0, n->S, &sentences));
    if (pooled) TRY(take_floats(n, pooled, &p));
    if (sentences) TRY(take_floats(n, sentences, &s));
    for (size_t i = 0; i < n->S; i++) {
        struct reference_item *item = &n->r->items[i];
        if (pooled && item->width && item->width != pooled->dims[1]) {
            return fail(n->err, BERT_FORMAT, "%s: pooled and hidden are not of one width", n->path);
        }
        if (pooled) item->width = pooled->dims[1];
        if (pooled) item->pooled = p + i * item->width;
        if (sentences) item->sentence_width = sentences->dims[1];
        if (sentences) item->sentence = s + i * item->sentence_width;
    }
    return BERT_OK;
}

static bert_status read_npz(struct reference *r, const char *path, bert_error *err)
{
    struct npz npz;
    struct npz_reader n = {.r = r, .npz = &npz, .path = path, .err = err};
    bert_status status = npz_open(&npz, path, err);
    const struct npy_array *length = status ? NULL : npz_find(&npz, "max_length");
    if (length && length->count == 1) r->max_length = (size_t)npy_whole(length, 0);
    if (!status) status = take_texts(&n);
    if (!status) status = take_tokens(&n);
    if (!status) status = take_hidden(&n);
    if (!status) status = take_rows(&n);
    npz_close(&npz);
    return status;
}

// ------------------------------------------------------------------------------------- JSON lines

struct line {
    struct reference *r;
    char where[300];
    bert_error *err;
};

static bert_status broken(const struct line *l, const char *key)
{
    return fail(l->err, BERT_FORMAT, "%s: \"%s\" is not as it should be", l->where, key);
}

// A list of n numbers to out.
static bool take_numbers(const json *list, size_t n, float *out)
{
    if (json_count(list) != n) return false;
    for (size_t i = 0; i < n; i++) {
        if (!json_is_number(json_at(list, i))) return false;
        out[i] = (float)json_number(json_at(list, i));
    }
    return true;
}

static bert_status take_vector(const struct line *l, const json *doc, const char *key,
                               const float **out, size_t *width)
{
    const json *list = json_get(doc, key);
    if (!list) return BERT_OK;
    float *numbers = block(l->r, json_count(list), sizeof *numbers);
    if (!numbers) return fail_memory(l->err);
    if (!json_is_array(list) || (*width && *width != json_count(list)) ||
        !take_numbers(list, json_count(list), numbers)) {
        return broken(l, key);
    }
    *out = numbers;
    *width = json_count(list);
    return BERT_OK;
}

static bert_status take_ids(const struct line *l, const json *doc, struct reference_item *item)
{
    const json *ids = json_get(doc, "ids"), *types = json_get(doc, "types");
    const size_t n = json_count(ids);
    if (!ids) return BERT_OK;
    int32_t *id = block(l->r, n, sizeof *id);
    uint8_t *type = block(l->r, n, 1);
    if (!id || !type) return fail_memory(l->err);
    if (!json_is_array(ids) || n == 0 || (types && json_count(types) != n)) return broken(l, "ids");
    for (size_t i = 0; i < n; i++) {
        const double x = json_number(json_at(ids, i)),
                     y = types ? json_number(json_at(types, i)) : 0;
        if (!(x >= 0 && x <= INT32_MAX && y >= 0 && y <= UINT8_MAX)) return broken(l, "ids");
        id[i] = (int32_t)x;
        type[i] = (uint8_t)y;
    }
    item->ids = id;
    item->types = type;
    item->n_tokens = n;
    return BERT_OK;
}

static bert_status take_states(const struct line *l, const json *doc, struct reference_item *item)
{
    const json *hidden = json_get(doc, "hidden");
    if (!hidden) return BERT_OK;
    const size_t layers = json_count(hidden), T = item->n_tokens;
    const size_t H = json_count(json_at(json_at(hidden, 0), 0));
    size_t n;
    if (!T || !layers || !H || !size_mul(layers, T, &n) || !size_mul(n, H, &n)) {
        return broken(l, "hidden");
    }
    float *out = block(l->r, n, sizeof *out), *to = out;
    if (!out) return fail_memory(l->err);
    for (size_t k = 0; k < layers; k++) {
        const json *tokens = json_at(hidden, k);
        if (json_count(tokens) != T) return broken(l, "hidden");
        for (size_t t = 0; t < T; t++, to += H) {
            if (!take_numbers(json_at(tokens, t), H, to)) return broken(l, "hidden");
        }
    }
    item->hidden = out;
    item->layers = layers;
    item->width = H;
    return BERT_OK;
}

static bert_status take_line(const struct line *l, const json *doc)
{
    const char *text = json_text(json_get(doc, "text"));
    if (!text) return broken(l, "text");
    struct reference_item *item = add_item(l->r);
    const size_t n = strlen(text);
    char *copy = block(l->r, n, 1);
    if (!item || !copy) return fail_memory(l->err);
    memcpy(copy, text, n);
    item->text = (struct bert_text){copy, n};
    TRY(take_ids(l, doc, item));
    TRY(take_states(l, doc, item));
    TRY(take_vector(l, doc, "pooled", &item->pooled, &item->width));
    return take_vector(l, doc, "embedding", &item->sentence, &item->sentence_width);
}

static bert_status read_jsonl(struct reference *r, const struct os_file *file, const char *path,
                              bert_error *err)
{
    const char *at = (const char *)file->data, *end = at + file->size;
    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t n = (size_t)((stop ? stop : end) - at);
        struct line l = {.r = r, .err = err};
        snprintf(l.where, sizeof l.where, "%.200s: line %zu", path, number);
        bert_error mine = {0};
        json *doc = json_parse(at, n, l.where, &mine);
        if (!doc) return fail(err, mine.status, "%s", mine.message);
        const bert_status status = take_line(&l, doc);
        json_free(doc);
        if (status) return status;
        at += n + 1;
    }
    return BERT_OK;
}

bert_status reference_open(struct reference *r, const char *path, bert_error *err)
{
    *r = (struct reference){0};
    struct os_file file;
    TRY(os_file_open(&file, path, false, err));
    const bool zip = file.size > 4 && memcmp(file.data, "PK", 2) == 0;
    const bert_status status = zip ? read_npz(r, path, err) : read_jsonl(r, &file, path, err);
    os_file_close(&file);
    if (!status && r->n == 0) return fail(err, BERT_FORMAT, "%s: it holds no texts", path);
    return status;
}
