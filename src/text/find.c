// find.c: the tokens of one text: it is cut at added tokens, and what lies between is split into
// words. Found tokens count as words of their own.
#include "base/mem.h"
#include "text/encoding.h"
#include "text/slow.h"

static void put_added(struct tokens *out, const struct added_token *token, size_t start, size_t end)
{
    if (!tokens_reserve(out, 1)) return;
    tokens_put(out, token->id, (uint32_t)start, (uint32_t)end);
    out->word++;
}

// ------------------------------------------------------------------- tokens in the normalised text

// Writes the letters as UTF-8 and notes which byte is of which letter.
static bool write_letters(struct bert_encoding *e)
{
    const struct letters *letters = &e->splitter.letters;
    char bytes[4];
    buf_clear(&e->bytes);
    if (letters->failed || !mem_grow((void **)&e->byte_letters, &e->byte_letters_cap,
                                     letters->n * 4 + 1, sizeof *e->byte_letters)) {
        return false;
    }
    for (size_t i = 0; i < letters->n; i++) {
        const size_t at = e->bytes.len, n = utf8_encode(bytes, letters->at[i].c);
        buf_add(&e->bytes, bytes, n);
        for (size_t b = 0; b < n; b++) e->byte_letters[at + b] = (uint32_t)i;
    }
    e->byte_letters[e->bytes.len] = (uint32_t)letters->n;
    return !e->bytes.failed;
}

static void find_normalized(struct bert_encoding *e, struct bert_text text, size_t begin,
                            size_t end)
{
    struct splitter *s = &e->splitter;
    s->letters.n = 0;
    s->letters.failed = s->word.failed = false;
    normalize(&s->letters, &s->rules->rules, text.data, begin, end, begin, end);
    if (!write_letters(e)) {
        e->found.failed = true;
        return;
    }
    struct added_cuts cuts;
    size_t from, to;
    const struct added_token *token;
    added_cuts_init(&cuts, &e->tokenizer->added, true, !e->tokenizer->keep_special, e->bytes.data,
                    0, e->bytes.len);
    while (added_cuts_next(&cuts, &from, &to, &token) && !e->found.failed) {
        const size_t a = e->byte_letters[from], b = e->byte_letters[to];
        if (token) put_added(&e->found, token, s->letters.at[a].start, s->letters.at[b - 1].end);
        else split_letters(s, a, b, &e->found);
    }
}

// ---------------------------------------------------------------------------- tokens in the text

static void find_fast(struct bert_encoding *e, struct bert_text text)
{
    const struct added *added = &e->tokenizer->added;
    const bool normalized = added->only_byte[true] != -2;
    struct added_cuts cuts;
    size_t from, to;
    const struct added_token *token;
    added_cuts_init(&cuts, added, false, !e->tokenizer->keep_special, text.data, 0, text.len);
    while (added_cuts_next(&cuts, &from, &to, &token) && !e->found.failed) {
        if (token) put_added(&e->found, token, from, to);
        else if (normalized) find_normalized(e, text, from, to);
        else split(&e->splitter, text.data, text.len, from, to, &e->found);
    }
}

void encoding_find(struct bert_encoding *e, struct bert_text text)
{
    if (text.len == 0) return;
    if (e->tokenizer->split.rules.profile == BERT_PROFILE_HF_SLOW) find_slow(e, text);
    else find_fast(e, text);
}
