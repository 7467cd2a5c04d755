// embedding.c: embedded items as text for people, JSON lines and raw numbers.
#include "record/embedding.h"

#include <stdio.h>
#include <string.h>

#include "record/google.h"
#include "record/spans.h"
#include "record/text.h"

// A row as [1,2,…].
static void add_list(struct buf *out, const struct embedding *e, const float *row)
{
    if (e->quantizer) quantized_list(out, e->quantizer, row);
    else record_floats(out, row, e->cols);
}

// ------------------------------------------------------------------------------- an item's parts

// A place in an item: zero before the first of its rows.
struct place {
    size_t window, at;
};

static bool next_word(const struct embedding *e, struct place *p, struct bert_word *word)
{
    for (; p->window < e->windows; p->window++, p->at = 0) {
        if (bert_batch_word(e->batch, e->first + p->window, &p->at, word)) return true;
    }
    return false;
}

// The next token that has a row: pieces and its number among them.
static bool next_token(const struct embedding *e, struct place *p, struct bert_pieces *pieces,
                       size_t *token)
{
    for (; p->window < e->windows; p->window++, p->at = 0) {
        *pieces = bert_batch_pieces(e->batch, e->first + p->window);
        if (bert_batch_token(e->batch, e->first + p->window, &p->at, token)) return true;
    }
    return false;
}

// Bytes of the text that a token has, whichever way its offsets count.
static struct bert_span token_bytes(const struct embedding *e, const struct bert_pieces *p,
                                    size_t i)
{
    struct bert_span bytes = p->offsets[i];
    if (!e->words) return bytes;
    const uint32_t start = (uint32_t)(e->words[p->words[i]].data - e->text.data);
    return (struct bert_span){start + bytes.start, start + bytes.end};
}

// Bytes of a word: where it was split before, all of it.
static struct bert_span word_bytes(const struct embedding *e, const struct place *place,
                                   const struct bert_word *word)
{
    if (!e->words) return word->bytes;
    const struct bert_pieces p = bert_batch_pieces(e->batch, e->first + place->window);
    const struct bert_text whole = e->words[p.words[word->first]];
    const uint32_t start = (uint32_t)(whole.data - e->text.data);
    return (struct bert_span){start, start + (uint32_t)whole.len};
}

static size_t count_tokens(const struct embedding *e)
{
    struct place place = {0};
    struct bert_pieces pieces;
    size_t n = 0, token;
    while (next_token(e, &place, &pieces, &token)) n++;
    return n;
}

// Tokens of the text that no window has: none, where there are several.
static size_t truncated(const struct embedding *e)
{
    return e->windows > 1 ? 0 : bert_batch_pieces(e->batch, e->first).truncated;
}

// The characters of the text that a window reaches over.
static struct bert_span window_span(const struct embedding *e, size_t window,
                                    struct span_cursor *cursor)
{
    const struct bert_pieces p = bert_batch_pieces(e->batch, e->first + window);
    struct bert_span bytes = {0, 0};
    bool any = false;
    for (size_t i = 0; i < p.n; i++) {
        if (p.words[i] < 0) continue;
        if (!any) bytes.start = token_bytes(e, &p, i).start;
        bytes.end = token_bytes(e, &p, i).end;
        any = true;
    }
    return span_convert(cursor, e->text, BERT_UNIT_CHAR, bytes);
}

// ------------------------------------------------------------------------------------------- jsonl

static void json_vector(struct buf *out, const struct embedding *e, const float *row)
{
    if (e->n_layers == 0) {
        buf_text(out, "\"embedding\":");
        add_list(out, e, row);
        return;
    }
    const size_t width = e->cols / e->n_layers;
    buf_text(out, "\"layers\":[");
    for (size_t i = 0; i < e->n_layers; i++) {
        buf_print(out, "%s{\"layer\":%d,\"values\":", i ? "," : "", e->layers[i]);
        record_floats(out, row + i * width, width);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static void json_text_pair(struct buf *out, const struct embedding *e)
{
    if (!e->pair.data) return;
    buf_text(out, ",\"text_pair\":");
    record_string(out, e->pair.data, e->pair.len);
}

// Which text of a pair something is in; said only where there are two.
static void json_type(struct buf *out, const struct embedding *e, uint8_t type)
{
    if (e->pair.data) buf_print(out, "\"type\":%d,", type);
}

static struct bert_text text_of(const struct embedding *e, uint8_t type)
{
    return type && e->pair.data ? e->pair : e->text;
}

static void json_windows(struct buf *out, const struct embedding *e)
{
    struct span_cursor cursor = {0};
    buf_text(out, "\"windows\":[");
    for (size_t i = 0; i < e->windows; i++) {
        const struct bert_span span = window_span(e, i, &cursor);
        buf_print(out, "%s{\"start\":%u,\"end\":%u,", i ? "," : "", span.start, span.end);
        json_vector(out, e, e->rows + i * e->cols);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static void json_sentence(struct buf *out, const struct embedding *e)
{
    buf_text(out, ",\"text\":");
    record_string(out, e->text.data, e->text.len);
    json_text_pair(out, e);
    buf_byte(out, ',');
    if (e->each) json_windows(out, e);
    else json_vector(out, e, e->rows);
    buf_print(out, ",\"tokens\":%zu,\"truncated\":%zu", count_tokens(e), truncated(e));
}

static void json_words(struct buf *out, const struct embedding *e)
{
    struct bert_word word;
    struct span_cursor cursors[2] = {{0}};
    struct place place = {0};
    buf_text(out, ",\"words\":[");
    for (size_t i = 0; next_word(e, &place, &word); i++) {
        buf_text(out, i ? ",{\"word\":" : "{\"word\":");
        const struct bert_text text = text_of(e, word.type);
        const struct bert_span bytes = word_bytes(e, &place, &word);
        record_string(out, text.data + bytes.start, bytes.end - bytes.start);
        const struct bert_span span =
            span_convert(&cursors[word.type > 0], text, BERT_UNIT_CHAR, bytes);
        buf_print(out, ",\"start\":%u,\"end\":%u,", span.start, span.end);
        json_type(out, e, word.type);
        json_vector(out, e, e->rows + i * e->cols);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static void json_token(struct buf *out, const struct embedding *e, const struct bert_pieces *p,
                       size_t i, struct span_cursor cursors[2])
{
    const char *piece = bert_tokenizer_piece(e->tokenizer, p->ids[i]);
    struct bert_span span = {0, 0};
    if (p->words[i] >= 0) {
        span = span_convert(&cursors[p->types[i] > 0], text_of(e, p->types[i]), BERT_UNIT_CHAR,
                            token_bytes(e, p, i));
    }
    record_string(out, piece ? piece : "", piece ? strlen(piece) : 0);
    buf_print(out, ",\"id\":%d,\"start\":%u,\"end\":%u,\"word\":", p->ids[i], span.start, span.end);
    if (p->words[i] < 0) buf_text(out, "null,");
    else buf_print(out, "%d,", p->words[i]);
    json_type(out, e, p->types[i]);
}

static void json_tokens(struct buf *out, const struct embedding *e)
{
    struct span_cursor cursors[2] = {{0}};
    struct place place = {0};
    struct bert_pieces p;
    size_t token;
    buf_text(out, ",\"tokens\":[");
    for (size_t i = 0; next_token(e, &place, &p, &token); i++) {
        buf_text(out, i ? ",{\"token\":" : "{\"token\":");
        json_token(out, e, &p, token, cursors);
        json_vector(out, e, e->rows + i * e->cols);
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
}

static void add_jsonl(struct buf *out, const struct embedding *e)
{
    buf_print(out, "{\"index\":%zu", e->index);
    switch (e->level) {
    case BERT_LEVEL_SENTENCE: json_sentence(out, e); break;
    case BERT_LEVEL_WORD: json_words(out, e); break;
    case BERT_LEVEL_TOKEN: json_tokens(out, e); break;
    }
    buf_text(out, "}\n");
}

// -------------------------------------------------------------------------------------------- text

static void text_row(struct buf *out, const struct embedding *e, size_t i, const char *name,
                     size_t len)
{
    enum { WIDTH = 16 };
    const size_t start = out->len;
    buf_text(out, "  ");
    record_plain(out, name, len);
    size_t shown = 0; // characters, not bytes
    for (size_t k = start; k < out->len; k++) shown += (out->data[k] & 0xC0) != 0x80;
    for (; shown < WIDTH + 2; shown++) buf_byte(out, ' ');
    buf_byte(out, ' ');
    const float *row = e->rows + i * e->cols;
    if (e->quantizer) quantized_glimpse(out, e->quantizer, row);
    else record_glimpse(out, row, e->cols);
    buf_text(out, e->untrained ? " UNTRAINED\n" : "\n");
}

static void text_sentence(struct buf *out, const struct embedding *e)
{
    struct span_cursor cursor = {0};
    if (!e->each) text_row(out, e, 0, "sentence", 8);
    for (size_t i = 0; e->each && i < e->windows; i++) {
        char name[40];
        const struct bert_span span = window_span(e, i, &cursor);
        const int n = snprintf(name, sizeof name, "%u-%u", span.start, span.end);
        text_row(out, e, i, name, (size_t)n);
    }
}

static void text_words(struct buf *out, const struct embedding *e)
{
    struct place place = {0};
    struct bert_word word;
    for (size_t i = 0; next_word(e, &place, &word); i++) {
        const struct bert_span bytes = word_bytes(e, &place, &word);
        text_row(out, e, i, text_of(e, word.type).data + bytes.start, bytes.end - bytes.start);
    }
}

static void text_tokens(struct buf *out, const struct embedding *e)
{
    struct place place = {0};
    struct bert_pieces p;
    size_t token;
    for (size_t i = 0; next_token(e, &place, &p, &token); i++) {
        const char *piece = bert_tokenizer_piece(e->tokenizer, p.ids[token]);
        text_row(out, e, i, piece ? piece : "?", piece ? strlen(piece) : 1);
    }
}

static void add_text(struct buf *out, const struct embedding *e)
{
    record_plain(out, e->text.data, e->text.len);
    if (e->pair.data) buf_text(out, " ||| "), record_plain(out, e->pair.data, e->pair.len);
    buf_byte(out, '\n');
    switch (e->level) {
    case BERT_LEVEL_SENTENCE: text_sentence(out, e); break;
    case BERT_LEVEL_WORD: text_words(out, e); break;
    case BERT_LEVEL_TOKEN: text_tokens(out, e); break;
    }
}

// ------------------------------------------------------------------------------------- raw numbers

static void add_raw(struct buf *out, const struct embedding *e)
{
    if (!e->quantizer) buf_add(out, e->rows, e->n * e->cols * sizeof *e->rows);
    for (size_t i = 0; e->quantizer && i < e->n; i++) {
        quantized_bytes(out, e->quantizer, e->rows + i * e->cols);
    }
}

// A line of decimals for every row, without a header.
static void add_csv(struct buf *out, const struct embedding *e)
{
    for (size_t i = 0; i < e->n; i++) {
        const size_t start = out->len;
        add_list(out, e, e->rows + i * e->cols);
        if (out->failed || out->len < start + 2) return;
        memmove(out->data + start, out->data + start + 1, out->len - start - 2); // no brackets
        out->len -= 2;
        buf_byte(out, '\n');
    }
}

static const struct embedding_format formats[] = {
    {"text", add_text, false, false}, {"jsonl", add_jsonl, false, false},
    {"npy", add_raw, false, true},    {"csv", add_csv, false, false},
    {"f32", add_raw, true, false},    {"google", google_jsonl, true, false},
};

const struct embedding_format *embedding_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    }
    return NULL;
}
