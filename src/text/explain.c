// explain.c: what became of each character of a text. The text is normalised as it would be for
// splitting; a character is then asked which normalised ones carry its bytes.
#include <string.h>

#include "base/mem.h"
#include "text/encoding.h"

struct explaining {
    bert_encoding *e;
    const struct rules *rules;
    struct bert_text text;
    size_t letter; // the next normalised character
    size_t n;      // characters explained
};

static struct bert_explained *add(struct explaining *x, size_t at, size_t len)
{
    bert_encoding *e = x->e;
    if (!mem_grow((void **)&e->explained, &e->explained_cap, x->n + 1, sizeof *e->explained)) {
        return NULL;
    }
    struct bert_explained *out = &e->explained[x->n++];
    *out = (struct bert_explained){.bytes = {(uint32_t)at, (uint32_t)(at + len)}};
    return out;
}

// The normalised characters that begin at this one's bytes, without the spaces round an ideograph.
static void take_letters(struct explaining *x, struct bert_explained *out)
{
    const struct letters *letters = &x->e->splitter.letters;
    size_t len = 0;
    for (; x->letter < letters->n && letters->at[x->letter].start < out->bytes.end; x->letter++) {
        const struct letter *letter = &letters->at[x->letter];
        if (letter->c == ' ' && !(out->changes & BERT_CHANGE_SPACE)) continue;
        if (len + 4 < sizeof out->became) len += utf8_encode(out->became + len, letter->c);
        if (unicode_of(letter->c)->flags & x->rules->punct) {
            out->changes |= BERT_CHANGE_PUNCTUATION;
        }
        if (letter->end > out->bytes.end) out->changes |= BERT_CHANGE_COMPOSED;
    }
}

static bool loses_accent(const struct rules *rules, uint32_t c)
{
    const struct unicode_record *r = unicode_of(c);
    const uint32_t *to = unicode_decompositions + r->decomposition;
    if (r->flags & rules->mark) return true;
    for (size_t i = 0; i < r->length; i++) {
        if (unicode_of(to[i])->flags & rules->mark) return true;
    }
    return false;
}

// The flags that compare a character with what it became.
static void compare(const struct explaining *x, struct bert_explained *out, uint32_t c)
{
    const struct rules *rules = x->rules;
    const struct unicode_record *r = unicode_of(c);
    const bool lowers = rules->lowercase || rules->bare_lowercase;
    const bool fast = rules->profile == BERT_PROFILE_HF_FAST;
    if (lowers && ((r->lower != 0 && (fast || !(r->flags & UNICODE_LOWER_FAST))) ||
                   (r->flags & UNICODE_DOT))) {
        out->changes |= BERT_CHANGE_LOWERED;
    }
    if (loses_accent(rules, c)) out->changes |= BERT_CHANGE_STRIPPED;
    if (!out->became[0] && !(out->changes & BERT_CHANGE_STRIPPED)) {
        out->changes |= BERT_CHANGE_COMPOSED; // into the one before it
    }
    size_t n;
    const uint32_t first = utf8_decode(out->became, out->became + sizeof out->became, &n);
    const bool other = out->became[0] && (out->became[n] || first != c);
    if (other && !(out->changes & (BERT_CHANGE_LOWERED | BERT_CHANGE_STRIPPED |
                                   BERT_CHANGE_COMPOSED | BERT_CHANGE_SPACE))) {
        out->changes |= BERT_CHANGE_DECOMPOSED;
    }
}

static bool explain_one(struct explaining *x, size_t at, size_t end, size_t *len)
{
    const uint32_t c = utf8_decode(x->text.data + at, x->text.data + end, len);
    struct bert_explained *out = add(x, at, *len);
    if (!out) return false;
    if (c == UTF8_INVALID) {
        out->changes = BERT_CHANGE_INVALID;
        return true;
    }
    const uint32_t flags = unicode_of(c)->flags;
    if (flags & x->rules->drop) {
        out->changes = BERT_CHANGE_DROPPED;
        return true;
    }
    if (flags & UNICODE_SPACE) out->changes = BERT_CHANGE_SPACE;
    if (flags & x->rules->cjk) out->changes = BERT_CHANGE_IDEOGRAPH;
    take_letters(x, out);
    compare(x, out, c);
    return true;
}

static bool explain_text(struct explaining *x, size_t begin, size_t end)
{
    struct letters *letters = &x->e->splitter.letters;
    letters->n = 0;
    letters->failed = false;
    normalize(letters, x->rules, x->text.data, begin, end, begin, end);
    if (letters->failed) return false;
    x->letter = 0;
    for (size_t at = begin, n; at < end; at += n) {
        if (!explain_one(x, at, end, &n)) return false;
    }
    return true;
}

static bool explain_special(struct explaining *x, size_t begin, size_t end)
{
    for (size_t at = begin, n; at < end; at += n) {
        utf8_decode(x->text.data + at, x->text.data + end, &n);
        struct bert_explained *out = add(x, at, n);
        if (!out) return false;
        out->changes = BERT_CHANGE_SPECIAL;
        memcpy(out->became, x->text.data + at, n);
    }
    return true;
}

bert_status bert_explain(bert_encoding *e, struct bert_text text,
                         const struct bert_explained **explained, size_t *n, bert_error *err)
{
    struct explaining x = {.e = e, .rules = &e->tokenizer->split.rules, .text = text};
    struct added_cuts cuts;
    size_t from, to;
    const struct added_token *token;
    if (text.len >= UINT32_MAX) {
        return fail(err, BERT_INVALID, "a text of %zu bytes; at most 4 GiB go in one", text.len);
    }
    e->n_windows = 0;
    added_cuts_init(&cuts, &e->tokenizer->added, false, !e->tokenizer->keep_special, text.data, 0,
                    text.len);
    while (added_cuts_next(&cuts, &from, &to, &token)) {
        if (!(token ? explain_special(&x, from, to) : explain_text(&x, from, to))) {
            return fail_memory(err);
        }
    }
    *explained = e->explained;
    *n = x.n;
    return BERT_OK;
}
