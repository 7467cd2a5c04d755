// batch.c: filling a batch. Room is made first and numbers are written then, so that a call that
// fails leaves the batch as it was.
#include "model/batch.h"

#include <string.h>

#include "base/mem.h"
#include "model/window.h"

bert_batch *bert_batch_new(const bert_model *model, bert_error *err)
{
    bert_batch *b = mem_zero(1, sizeof *b);
    if (!b) {
        fail_memory(err);
        return NULL;
    }
    b->model = model;
    b->encoding = bert_encoding_new(model->tokenizer, err);
    if (!b->encoding) {
        bert_batch_free(b);
        return NULL;
    }
    return b;
}

void bert_batch_free(bert_batch *b)
{
    if (!b) return;
    bert_encoding_free(b->encoding);
    mem_free(b->ids);
    mem_free(b->pos);
    mem_free(b->words);
    mem_free(b->types);
    mem_free(b->taken);
    mem_free(b->offsets);
    mem_free(b->offs);
    mem_free(b->items);
    mem_free(b->skip);
    mem_free(b->fresh);
    mem_free(b->truncated);
    mem_free(b->prompted);
    mem_free(b->prompt);
    mem_free(b);
}

void bert_batch_clear(bert_batch *b)
{
    b->T = b->S = b->n_items = 0;
}

// Makes one array hold `need` elements, given that all of its kind hold `cap`.
static bool grow_to(void *array, size_t cap, size_t need, size_t size)
{
    void **p = array;
    return mem_grow(p, &cap, need, size);
}

static bool reserve_tokens(bert_batch *b, size_t need)
{
    if (need <= b->cap_tokens) return true;
    const size_t cap = b->cap_tokens;
    if (!grow_to(&b->ids, cap, need, sizeof *b->ids) ||
        !grow_to(&b->pos, cap, need, sizeof *b->pos) ||
        !grow_to(&b->words, cap, need, sizeof *b->words) ||
        !grow_to(&b->types, cap, need, sizeof *b->types) ||
        !grow_to(&b->taken, cap, need, sizeof *b->taken)) {
        return false;
    }
    return mem_grow((void **)&b->offsets, &b->cap_tokens, need, sizeof *b->offsets);
}

static bool reserve_sequences(bert_batch *b, size_t need)
{
    const size_t ends = need + 1; // offs has one more than there are sequences
    const size_t cap = b->cap_sequences;
    if (ends <= cap) return true;
    if (!grow_to(&b->offs, cap, ends, sizeof *b->offs) ||
        !grow_to(&b->items, cap, ends, sizeof *b->items) ||
        !grow_to(&b->skip, cap, ends, sizeof *b->skip) ||
        !grow_to(&b->fresh, cap, ends, sizeof *b->fresh)) {
        return false;
    }
    return mem_grow((void **)&b->truncated, &b->cap_sequences, ends, sizeof *b->truncated);
}

static bert_status check_token(const bert_batch *b, int32_t id, uint8_t type, bert_error *err)
{
    const struct config *c = &b->model->config;
    if (id < 0 || (size_t)id >= c->V) {
        const char *piece = bert_tokenizer_piece(b->model->tokenizer, id);
        return fail(err, BERT_INVALID, "token %s%s%sid %d: the model has %zu word embeddings",
                    piece ? "\"" : "", piece ? piece : "", piece ? "\", " : "", id, c->V);
    }
    if (type >= c->Y) {
        return fail(err, BERT_INVALID, "token type %d: the model has %zu (a pair of texts needs 2)",
                    type, c->Y);
    }
    return BERT_OK;
}

// Appends one sequence, to an item that is under way; words and offsets may be NULL.
static bert_status append(bert_batch *b, const struct bert_pieces *p, bert_error *err)
{
    const size_t n = p->n, P = b->model->config.P;
    if (n == 0) return fail(err, BERT_INVALID, "a sequence without tokens");
    if (n > P) return fail(err, BERT_INVALID, "%zu tokens: the model has %zu positions", n, P);
    if (b->T + n > UINT32_MAX) return fail(err, BERT_INVALID, "more than 2^32 tokens in a batch");
    for (size_t i = 0; i < n; i++) {
        TRY(check_token(b, p->ids[i], p->types ? p->types[i] : 0, err));
    }
    if (!reserve_tokens(b, b->T + n) || !reserve_sequences(b, b->S + 1)) return fail_memory(err);
    memcpy(b->ids + b->T, p->ids, n * sizeof *b->ids);
    memset(b->taken + b->T, TAKEN_TOKEN | TAKEN_WORD, n);
    for (size_t i = 0; i < n; i++) {
        b->pos[b->T + i] = (int32_t)i;
        b->types[b->T + i] = p->types ? p->types[i] : 0;
        b->words[b->T + i] = p->words ? p->words[i] : -1;
        b->offsets[b->T + i] = p->offsets ? p->offsets[i] : (struct bert_span){0, 0};
    }
    b->T += n;
    b->skip[b->S] = 0;
    b->fresh[b->S] = 1;
    b->truncated[b->S++] = p->truncated;
    b->offs[0] = 0;
    b->offs[b->S] = (uint32_t)b->T;
    return BERT_OK;
}

bert_status batch_end_item(bert_batch *b, size_t first, bert_status status)
{
    if (status) {
        b->S = first;
        b->T = first ? b->offs[first] : 0;
        return status;
    }
    b->items[0] = 0;
    b->items[++b->n_items] = (uint32_t)b->S;
    return BERT_OK;
}

// Puts tokens that are of no word into the last sequence, before its token `at`.
static bert_status insert(bert_batch *b, size_t at, const struct bert_pieces *p, bert_error *err)
{
    const size_t first = b->offs[b->S - 1] + at, n = p->n, rest = b->T - first;
    const uint8_t type = rest ? b->types[first] : 0;
    if (n == 0) return BERT_OK;
    for (size_t i = 0; i < n; i++) TRY(check_token(b, p->ids[i], type, err));
    if (!reserve_tokens(b, b->T + n)) return fail_memory(err);
    memmove(b->ids + first + n, b->ids + first, rest * sizeof *b->ids);
    memmove(b->types + first + n, b->types + first, rest);
    memmove(b->words + first + n, b->words + first, rest * sizeof *b->words);
    memmove(b->offsets + first + n, b->offsets + first, rest * sizeof *b->offsets);
    memmove(b->taken + first + n, b->taken + first, rest);
    for (size_t i = 0; i < n; i++) {
        b->ids[first + i] = p->ids[i];
        b->types[first + i] = type;
        b->words[first + i] = -1;
        b->offsets[first + i] = (struct bert_span){0, 0};
        b->taken[first + i] = 0;
        b->pos[b->T + i] = b->pos[b->T - 1] + 1 + (int32_t)i;
    }
    b->T += n;
    b->offs[b->S] = (uint32_t)b->T;
    return BERT_OK;
}

bert_status batch_add_windows(bert_batch *b, bool from_end, const struct bert_pieces *prompt,
                              bert_error *err)
{
    const size_t n = bert_encoding_windows(b->encoding);
    for (size_t k = 0; k < n; k++) {
        const size_t window = from_end ? n - 1 - k : k;
        const struct bert_pieces p = bert_encoding_pieces(b->encoding, window);
        TRY(append(b, &p, err));
        if (n > 1) {
            b->fresh[b->S - 1] = window_fresh(b->encoding, window);
            window_take(b->encoding, window, k == 0, k + 1 == n, b->taken + b->offs[b->S - 1]);
        }
        TRY(insert(b, window_start(b->encoding, window), prompt, err));
    }
    return BERT_OK;
}

bert_status batch_settle(const bert_batch *b, const struct bert_tokenize_options *options,
                         struct bert_tokenize_options *o, bert_error *err)
{
    *o = (struct bert_tokenize_options)BERT_TOKENIZE_DEFAULTS;
    if (options) memcpy(o, options, options->size < sizeof *o ? options->size : sizeof *o);
    if (o->max_length == 0) o->max_length = b->model->embedding.max_length;
    if (o->max_length > b->model->config.P) {
        return fail(err, BERT_INVALID, "max length %zu: the model has %zu positions", o->max_length,
                    b->model->config.P);
    }
    return BERT_OK;
}

static const struct bert_pieces no_prompt;

bert_status bert_batch_add(bert_batch *b, struct bert_text text, struct bert_text pair,
                           const struct bert_tokenize_options *options, bert_error *err)
{
    struct bert_tokenize_options o;
    const size_t first = b->S;
    TRY(batch_settle(b, options, &o, err));
    TRY(bert_tokenize(b->encoding, text, pair, &o, err));
    return batch_end_item(b, first, batch_add_windows(b, o.truncate_left, &no_prompt, err));
}

bert_status bert_batch_add_words(bert_batch *b, const struct bert_text *words, size_t n,
                                 const struct bert_text *pair, size_t n_pair,
                                 const struct bert_tokenize_options *options, bert_error *err)
{
    struct bert_tokenize_options o;
    const size_t first = b->S;
    TRY(batch_settle(b, options, &o, err));
    TRY(bert_tokenize_words(b->encoding, words, n, pair, n_pair, &o, err));
    return batch_end_item(b, first, batch_add_windows(b, o.truncate_left, &no_prompt, err));
}

bert_status bert_batch_add_ids(bert_batch *b, const int32_t *ids, const uint8_t *types, size_t n,
                               bert_error *err)
{
    const struct bert_pieces pieces = {.n = n, .ids = ids, .types = types};
    return batch_end_item(b, b->S, append(b, &pieces, err));
}

size_t bert_batch_sequences(const bert_batch *b)
{
    return b->S;
}

size_t bert_batch_items(const bert_batch *b)
{
    return b->n_items;
}

size_t bert_batch_windows(const bert_batch *b, size_t item, size_t *first)
{
    *first = b->items[item];
    return b->items[item + 1] - b->items[item];
}

size_t bert_batch_tokens(const bert_batch *b)
{
    return b->T;
}

struct bert_pieces bert_batch_pieces(const bert_batch *b, size_t sequence)
{
    const size_t first = b->offs[sequence];
    return (struct bert_pieces){
        .n = b->offs[sequence + 1] - first,
        .ids = b->ids + first,
        .types = b->types + first,
        .offsets = b->offsets + first,
        .words = b->words + first,
        .truncated = b->truncated[sequence],
    };
}

bool bert_batch_word(const bert_batch *b, size_t sequence, size_t *at, struct bert_word *out)
{
    const struct bert_pieces p = bert_batch_pieces(b, sequence);
    const uint8_t *taken = b->taken + b->offs[sequence];
    size_t i = *at;
    while (i < p.n && (p.words[i] < 0 || !(taken[i] & TAKEN_WORD))) i++;
    if (i >= p.n) return false;
    size_t end = i + 1;
    while (end < p.n && p.words[end] == p.words[i] && p.types[end] == p.types[i]) end++;
    *out = (struct bert_word){i, end - i, p.types[i], {p.offsets[i].start, p.offsets[end - 1].end}};
    *at = end;
    return true;
}

bool bert_batch_token(const bert_batch *b, size_t sequence, size_t *at, size_t *token)
{
    const uint8_t *taken = b->taken + b->offs[sequence];
    const size_t n = b->offs[sequence + 1] - b->offs[sequence];
    while (*at < n && !(taken[*at] & TAKEN_TOKEN)) ++*at;
    *token = *at;
    return (*at)++ < n;
}

static bool overlap(struct bert_span a, struct bert_span b)
{
    return a.start < b.end && b.start < a.end;
}

size_t bert_batch_keep(bert_batch *b, size_t item, struct bert_span bytes)
{
    size_t kept = 0;
    for (size_t s = b->items[item]; s < b->items[item + 1]; s++) {
        struct bert_word word;
        for (size_t at = 0; bert_batch_word(b, s, &at, &word);) {
            const bool keep = word.type == 0 && overlap(word.bytes, bytes);
            kept += keep;
            for (size_t i = 0; !keep && i < word.n; i++) {
                b->taken[b->offs[s] + word.first + i] &= (uint8_t)~TAKEN_WORD;
            }
        }
        for (size_t t = b->offs[s]; t < b->offs[s + 1]; t++) {
            const bool keep = b->types[t] == 0 && overlap(b->offsets[t], bytes);
            if (b->words[t] < 0 || !keep) b->taken[t] &= (uint8_t)~TAKEN_TOKEN;
        }
    }
    return kept;
}

struct seqs batch_seqs(const bert_batch *b, size_t first, size_t end, uint32_t *offs)
{
    const uint32_t start = b->offs[first];
    for (size_t i = first; i <= end; i++) offs[i - first] = b->offs[i] - start;
    return (struct seqs){
        .T = b->offs[end] - start,
        .S = end - first,
        .ids = b->ids + start,
        .types = b->types + start,
        .pos = b->pos + start,
        .offs = offs,
    };
}
