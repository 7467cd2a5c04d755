// prompt.c: sentences with a prompt put before them, as sentence-transformers does: as one text. A
// long sentence that is cut into windows has the prompt in each.
#include <string.h>

#include "base/mem.h"
#include "model/batch.h"

static const struct bert_text none;
static const struct bert_pieces no_prompt;

// Tokens of the prompt alone with [CLS], without the last [SEP]: those that sentence-transformers
// takes out of the pooling.
static bert_status count_prompt(bert_batch *b, struct bert_text prompt, uint32_t *count,
                                bert_error *err)
{
    *count = 0;
    if (!b->model->embedding.exclude_prompt) return BERT_OK;
    TRY(bert_tokenize(b->encoding, prompt, none, NULL, err));
    *count = (uint32_t)bert_encoding_pieces(b->encoding, 0).n - 1;
    return BERT_OK;
}

static void set_skip(bert_batch *b, size_t first, uint32_t skip)
{
    for (size_t i = first; i < b->S; i++) {
        const uint32_t n = b->offs[i + 1] - b->offs[i];
        b->skip[i] = skip < n ? skip : n - 1;
    }
}

// Offsets of the last sequence count in the sentence; the prompt's tokens have none, as those that
// were added.
static void leave_prompt(bert_batch *b, uint32_t prompt)
{
    for (size_t i = b->offs[b->S - 1]; i < b->T; i++) {
        struct bert_span *span = &b->offsets[i];
        if (b->words[i] < 0) continue;
        if (span->end <= prompt) {
            *span = (struct bert_span){0, 0};
            b->words[i] = -1;
            continue;
        }
        span->start = span->start > prompt ? span->start - prompt : 0;
        span->end -= prompt;
    }
}

// Prompt and sentence as one text.
static bert_status tokenize_whole(bert_batch *b, struct bert_text prompt, struct bert_text sentence,
                                  const struct bert_tokenize_options *o, bert_error *err)
{
    struct bert_tokenize_options whole = *o;
    size_t len;
    if (!size_add(prompt.len, sentence.len, &len) ||
        !mem_grow((void **)&b->prompted, &b->cap_prompted, len, 1)) {
        return fail_memory(err);
    }
    memcpy(b->prompted, prompt.data, prompt.len);
    if (sentence.len) memcpy(b->prompted + prompt.len, sentence.data, sentence.len);
    whole.windows = false;
    return bert_tokenize(b->encoding, (struct bert_text){b->prompted, len}, none, &whole, err);
}

// The prompt's own tokens, in the batch's scratch.
static bert_status tokenize_prompt(bert_batch *b, struct bert_text prompt, struct bert_pieces *out,
                                   bert_error *err)
{
    struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
    o.no_special = true;
    TRY(bert_tokenize(b->encoding, prompt, none, &o, err));
    const struct bert_pieces p = bert_encoding_pieces(b->encoding, 0);
    if (!mem_grow((void **)&b->prompt, &b->cap_prompt, p.n, sizeof *b->prompt)) {
        return fail_memory(err);
    }
    if (p.n) memcpy(b->prompt, p.ids, p.n * sizeof *b->prompt);
    *out = (struct bert_pieces){.n = p.n, .ids = b->prompt};
    return BERT_OK;
}

// The windows of the sentence alone, shorter by the prompt that goes into each.
static bert_status add_windows(bert_batch *b, struct bert_text prompt, struct bert_text sentence,
                               struct bert_tokenize_options o, bert_error *err)
{
    struct bert_pieces p;
    TRY(tokenize_prompt(b, prompt, &p, err));
    if (p.n >= o.max_length) {
        return fail(err, BERT_INVALID, "a prompt of %zu tokens leaves no room in windows of %zu",
                    p.n, o.max_length);
    }
    o.max_length -= p.n;
    TRY(bert_tokenize(b->encoding, sentence, none, &o, err));
    return batch_add_windows(b, o.truncate_left, &p, err);
}

static bert_status add_prompted(bert_batch *b, struct bert_text prompt, struct bert_text sentence,
                                const struct bert_tokenize_options *o, bert_error *err)
{
    TRY(tokenize_whole(b, prompt, sentence, o, err));
    const bool fits = bert_encoding_pieces(b->encoding, 0).truncated == 0;
    if (o->windows && !fits) return add_windows(b, prompt, sentence, *o, err);
    TRY(batch_add_windows(b, false, &no_prompt, err));
    leave_prompt(b, (uint32_t)prompt.len);
    return BERT_OK;
}

bert_status bert_batch_add_sentence(bert_batch *b, struct bert_text prompt,
                                    struct bert_text sentence,
                                    const struct bert_tokenize_options *options, bert_error *err)
{
    const struct bert_embedding_config *e = &b->model->embedding;
    const size_t first = b->S;
    struct bert_tokenize_options o;
    uint32_t skip;
    if (!prompt.data && e->prompt) prompt = (struct bert_text){e->prompt, strlen(e->prompt)};
    if (prompt.len == 0) return bert_batch_add(b, sentence, none, options, err);
    TRY(batch_settle(b, options, &o, err));
    TRY(count_prompt(b, prompt, &skip, err));
    TRY(batch_end_item(b, first, add_prompted(b, prompt, sentence, &o, err)));
    set_skip(b, first, skip);
    return BERT_OK;
}
