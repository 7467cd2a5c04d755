// similarity.c: pairs, matrix rows and search results as text for people, JSON lines, CSV and raw
// numbers.
#include "record/similarity.h"

#include <string.h>

#include "record/text.h"

static void put_key(struct buf *out, const char *key, struct bert_text text)
{
    buf_print(out, ",\"%s\":", key);
    record_string(out, text.data ? text.data : "", text.len);
}

// ------------------------------------------------------------------------------------------- jsonl

static void jsonl_pair(struct buf *out, const struct similar_pair *r)
{
    buf_print(out, "{\"index\":%zu,\"similarity\":", r->index);
    record_float(out, r->similarity);
    put_key(out, "text", r->text);
    put_key(out, "text_pair", r->pair);
    buf_text(out, "}\n");
}

static void jsonl_row(struct buf *out, const struct similar_row *r)
{
    buf_print(out, "{\"index\":%zu", r->index);
    put_key(out, "text", r->text);
    buf_text(out, ",\"similarities\":");
    record_floats(out, r->similarities, r->n);
    buf_text(out, "}\n");
}

static void jsonl_result(struct buf *out, const struct search_result *r)
{
    buf_print(out, "{\"index\":%zu", r->index);
    put_key(out, "query", r->query);
    buf_text(out, ",\"hits\":[");
    for (size_t i = 0; i < r->n; i++) {
        buf_print(out, "%s{\"line\":%zu,\"score\":", i ? "," : "", r->hits[i].line);
        record_float(out, r->hits[i].score);
        put_key(out, "text", r->hits[i].text);
        buf_byte(out, '}');
    }
    buf_text(out, "]}\n");
}

// -------------------------------------------------------------------------------------------- text

static void put_score(struct buf *out, float score)
{
    record_fixed(out, score);
    buf_text(out, "  ");
}

static void text_pair(struct buf *out, const struct similar_pair *r)
{
    put_score(out, r->similarity);
    record_plain(out, r->text.data, r->text.len);
    buf_text(out, " ||| ");
    record_plain(out, r->pair.data, r->pair.len);
    buf_byte(out, '\n');
}

static void text_row(struct buf *out, const struct similar_row *r)
{
    for (size_t i = 0; i < r->n; i++) put_score(out, r->similarities[i]);
    record_plain(out, r->text.data, r->text.len);
    buf_byte(out, '\n');
}

static void text_result(struct buf *out, const struct search_result *r)
{
    if (r->name_query) {
        record_plain(out, r->query.data, r->query.len);
        buf_byte(out, '\n');
    }
    for (size_t i = 0; i < r->n; i++) {
        put_score(out, r->hits[i].score);
        buf_print(out, "%zu: ", r->hits[i].line);
        record_plain(out, r->hits[i].text.data, r->hits[i].text.len);
        buf_byte(out, '\n');
    }
}

// ------------------------------------------------------------------------------------- raw numbers

static void csv_pair(struct buf *out, const struct similar_pair *r)
{
    record_float(out, r->similarity);
    buf_byte(out, '\n');
}

static void csv_row(struct buf *out, const struct similar_row *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (i) buf_byte(out, ',');
        record_float(out, r->similarities[i]);
    }
    buf_byte(out, '\n');
}

static void raw_pair(struct buf *out, const struct similar_pair *r)
{
    buf_add(out, &r->similarity, sizeof r->similarity);
}

static void raw_row(struct buf *out, const struct similar_row *r)
{
    buf_add(out, r->similarities, r->n * sizeof *r->similarities);
}

static const struct similarity_format formats[] = {
    {"text", text_pair, text_row, text_result, false},
    {"jsonl", jsonl_pair, jsonl_row, jsonl_result, false},
    {"csv", csv_pair, csv_row, NULL, false},
    {"npy", raw_pair, raw_row, NULL, true},
    {"f32", raw_pair, raw_row, NULL, false},
};

const struct similarity_format *similarity_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    }
    return NULL;
}
