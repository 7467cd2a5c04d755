// tokens.c: tokenized items as JSON lines and as text.
#include "record/tokens.h"

#include <string.h>

#include "record/spans.h"
#include "record/text.h"

static void add_piece(struct buf *out, const struct token_record *r, size_t i,
                      void (*add)(struct buf *, const char *, size_t))
{
    const char *piece = bert_tokenizer_piece(r->tokenizer, r->pieces.ids[i]);
    add(out, piece ? piece : "?", piece ? strlen(piece) : 1);
}

static struct bert_text text_of(const struct token_record *r, size_t i)
{
    if (r->words && r->pieces.words[i] >= 0) return r->words[r->pieces.words[i]];
    return r->pieces.types[i] && r->pair.data ? r->pair : r->text;
}

// The arrays are written where room for their longest form was reserved: a long text has millions
// of numbers.

static void json_ids(struct buf *out, const struct bert_pieces *p)
{
    char *at = buf_reserve(out, p->n * (RECORD_INTEGER_MAX + 1) + 9), *end = at;
    if (!at) return;
    memcpy(end, ",\"ids\":[", 8);
    end += 8;
    for (size_t i = 0; i < p->n; i++) {
        if (i) *end++ = ',';
        end = record_integer(end, (uint32_t)p->ids[i]);
    }
    *end++ = ']';
    out->len += (size_t)(end - at);
}

static void json_types(struct buf *out, const struct bert_pieces *p)
{
    char *at = buf_reserve(out, p->n * (RECORD_INTEGER_MAX + 1) + 11), *end = at;
    if (!at) return;
    memcpy(end, ",\"types\":[", 10);
    end += 10;
    for (size_t i = 0; i < p->n; i++) {
        if (i) *end++ = ',';
        end = record_integer(end, p->types[i]);
    }
    *end++ = ']';
    out->len += (size_t)(end - at);
}

// Begins at *first and leaves it where the first span was: windows overlap, and the next one need
// not count from the text's start.
static void json_offsets(struct buf *out, const struct token_record *r, struct span_cursor *first)
{
    const struct bert_pieces *p = &r->pieces;
    struct span_cursor cursor = *first;
    bool moved = false;
    char *at = buf_reserve(out, p->n * (2 * RECORD_INTEGER_MAX + 4) + 13), *end = at;
    if (!at) return;
    memcpy(end, ",\"offsets\":[", 12);
    end += 12;
    for (size_t i = 0; i < p->n; i++) {
        struct bert_span span = {0, 0};
        if (p->words[i] >= 0) {
            span = span_convert(&cursor, text_of(r, i), r->unit, p->offsets[i]);
            if (!moved) *first = cursor;
            moved = true;
        }
        if (i) *end++ = ',';
        *end++ = '[';
        end = record_integer(end, span.start);
        *end++ = ',';
        end = record_integer(end, span.end);
        *end++ = ']';
    }
    *end++ = ']';
    out->len += (size_t)(end - at);
}

static void json_words(struct buf *out, const struct bert_pieces *p)
{
    char *at = buf_reserve(out, p->n * (RECORD_INTEGER_MAX + 1) + 11), *end = at;
    if (!at) return;
    memcpy(end, ",\"words\":[", 10);
    end += 10;
    for (size_t i = 0; i < p->n; i++) {
        if (i) *end++ = ',';
        if (p->words[i] >= 0) {
            end = record_integer(end, (uint32_t)p->words[i]);
        } else {
            memcpy(end, "null", 4);
            end += 4;
        }
    }
    *end++ = ']';
    out->len += (size_t)(end - at);
}

static void json_pieces(struct buf *out, const struct token_record *r, struct span_cursor *first)
{
    const struct bert_pieces *p = &r->pieces;
    buf_text(out, "\"tokens\":[");
    for (size_t i = 0; i < p->n; i++) {
        if (i) buf_byte(out, ',');
        add_piece(out, r, i, record_string);
    }
    buf_byte(out, ']');
    json_ids(out, p);
    json_types(out, p);
    json_offsets(out, r, first);
    json_words(out, p);
}

void tokens_jsonl(struct buf *out, const struct token_record *r)
{
    struct span_cursor first = {0};
    buf_print(out, "{\"index\":%zu,", r->index);
    json_pieces(out, r, &first);
    if (r->pieces.truncated) buf_print(out, ",\"truncated\":%zu", r->pieces.truncated);
    buf_text(out, "}\n");
}

void tokens_windows_jsonl(struct buf *out, const struct token_record *r,
                          const bert_encoding *windows)
{
    struct token_record window = *r;
    struct span_cursor first = {0};
    buf_print(out, "{\"index\":%zu,\"windows\":[", r->index);
    for (size_t i = 0; i < bert_encoding_windows(windows); i++) {
        window.pieces = bert_encoding_pieces(windows, i);
        buf_text(out, i ? ",{" : "{");
        json_pieces(out, &window, &first);
        buf_byte(out, '}');
    }
    buf_text(out, "]}\n");
}

void tokens_text(struct buf *out, const struct token_record *r)
{
    for (size_t i = 0; i < r->pieces.n; i++) {
        if (i) buf_byte(out, ' ');
        add_piece(out, r, i, record_plain);
    }
    buf_byte(out, '\n');
}

void tokens_windows_text(struct buf *out, const struct token_record *r,
                         const bert_encoding *windows)
{
    struct token_record window = *r;
    for (size_t i = 0; i < bert_encoding_windows(windows); i++) {
        window.pieces = bert_encoding_pieces(windows, i);
        tokens_text(out, &window);
    }
}

void tokens_diff(struct buf *out, const struct token_record *a, const struct token_record *b)
{
    buf_print(out, "%zu: ", a->index);
    record_plain(out, a->text.data, a->text.len);
    buf_text(out, "\n- ");
    tokens_text(out, a);
    buf_text(out, "+ ");
    tokens_text(out, b);
}

// What a change is called; the order is that in which things happen to a character.
static const struct {
    unsigned change;
    const char *name;
} changes[] = {
    {BERT_CHANGE_SPECIAL, "part of a special token"},
    {BERT_CHANGE_INVALID, "not UTF-8, dropped"},
    {BERT_CHANGE_DROPPED, "dropped"},
    {BERT_CHANGE_SPACE, "separates words"},
    {BERT_CHANGE_COMPOSED, "composed with its neighbour"},
    {BERT_CHANGE_LOWERED, "lower case"},
    {BERT_CHANGE_DECOMPOSED, "decomposed"},
    {BERT_CHANGE_STRIPPED, "accent stripped"},
    {BERT_CHANGE_PUNCTUATION, "punctuation, a word of its own"},
    {BERT_CHANGE_IDEOGRAPH, "ideograph, a word of its own"},
};

static void explain_character(struct buf *out, struct bert_text text,
                              const struct bert_explained *e)
{
    buf_print(out, "  %5u  ", e->bytes.start);
    record_plain(out, text.data + e->bytes.start, e->bytes.end - e->bytes.start);
    buf_text(out, " -> ");
    record_plain(out, e->became, strlen(e->became));
    const char *between = "  ";
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (!(e->changes & changes[i].change)) continue;
        buf_print(out, "%s%s", between, changes[i].name);
        between = ", ";
    }
    buf_byte(out, '\n');
}

void tokens_explain(struct buf *out, struct bert_text text, const struct bert_explained *explained,
                    size_t n)
{
    for (size_t i = 0; i < n; i++) explain_character(out, text, &explained[i]);
}

// Tokens that begin a word, without a branch: those with another number than the one before, or of
// another type, which a text alone has not. (32 bits count the tokens of any item.)
static uint32_t count_words(const struct bert_pieces *p)
{
    const int32_t *words = p->words;
    uint32_t n = p->n > 0 && words[0] >= 0;
    for (size_t i = 1; i < p->n; i++) n += (words[i] >= 0) & (words[i] != words[i - 1]);
    if (p->n < 2 || memcmp(p->types, p->types + 1, p->n - 1) == 0) return n;
    for (size_t i = 1; i < p->n; i++) {
        n += (words[i] >= 0) & (words[i] == words[i - 1]) & (p->types[i] != p->types[i - 1]);
    }
    return n;
}

static uint32_t count_id(const struct bert_pieces *p, int32_t id)
{
    uint32_t n = 0;
    for (size_t i = 0; i < p->n; i++) n += p->ids[i] == id;
    return n;
}

void tokens_count(struct token_totals *t, int32_t unk, const struct bert_pieces *p, size_t bytes)
{
    t->items++;
    t->tokens += p->n;
    t->bytes += bytes;
    if (p->n > t->longest) t->longest = p->n;
    t->words += count_words(p);
    t->unknown += count_id(p, unk);
}

void tokens_add(struct token_totals *t, const struct token_totals *more)
{
    t->items += more->items;
    t->words += more->words;
    t->tokens += more->tokens;
    t->unknown += more->unknown;
    t->bytes += more->bytes;
    if (more->longest > t->longest) t->longest = more->longest;
}

void tokens_totals(struct buf *out, const struct token_totals *t, double seconds)
{
    buf_print(out,
              "{\"items\":%zu,\"words\":%zu,\"tokens\":%zu,\"unknown\":%zu,\"longest\":%zu,"
              "\"bytes\":%zu,\"bytes_per_second\":%.0f}\n",
              t->items, t->words, t->tokens, t->unknown, t->longest, t->bytes,
              seconds > 0 ? (double)t->bytes / seconds : 0.0);
}
