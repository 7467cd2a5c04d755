// ahead.c: which words are walked together, and their tokens.
#include "text/ahead.h"

enum { WINDOW = 2 * TRIE_LANES }; // runs among which they are looked for

void ahead_init(struct ahead *a, const struct wordpiece *model, bool lowercase)
{
    a->model = model;
    a->lowercase = lowercase;
    a->pays = false;
    a->n = a->next = 0;
}

static bool is_word(const struct run *r)
{
    const unsigned char c = r->key[0] & 0xFF, small = c | 0x20;
    return r->len <= CACHE_SHORT && ((small >= 'a' && small <= 'z') || (c >= '0' && c <= '9'));
}

// The key of a word has its bytes, zeros and its length. Capital letters become small ones: they
// are the bytes with bit 6, and small ones have bit 5 anyhow.
static void add_word(struct ahead *a, const struct run *r)
{
    const uint64_t capitals = a->lowercase ? 0x4040404040404040u : 0;
    const bool half = r->len < 8;
    const uint64_t behind = UINT64_MAX << 8 * (r->len % 8);
    const uint64_t bytes[] = {r->key[0] | (r->key[0] & capitals) >> 1 | (half ? behind : 0),
                              r->key[1] | (r->key[1] & capitals) >> 1 |
                                  (half ? UINT64_MAX : behind),
                              UINT64_MAX, UINT64_MAX};
    _Static_assert(sizeof bytes == TRIE_STEPS, "255 behind a word up to where a walk may look");
    memcpy(a->words.bytes[a->n], bytes, sizeof bytes);
    a->runs[a->n++] = r;
}

// Walks the words of r and of unknown runs behind it, if there are.
static bool walk(struct ahead *a, const struct run *r, const struct run *end)
{
    const struct trie *trie = matcher_built(a->model->matcher);
    const struct run *const last = end - r > WINDOW ? r + WINDOW : end;
    a->n = a->next = 0;
    if (!trie || a->model->max_word < CACHE_SHORT) return false; // or [UNK] for its length
    for (const struct run *x = r; x < last && a->n < TRIE_LANES; x++) {
        const bool known = cache_is_short(x->set, x->key) || cache_is_short(x->set + 1, x->key);
        if (!known && is_word(x)) add_word(a, x);
    }
    if (a->n < 2) {
        a->n = 0;
        return false;
    }
    memset(a->words.bytes[a->n], 255, (TRIE_LANES - a->n) * sizeof a->words.bytes[0]);
    trie_match_words(trie, &a->words);
    return true;
}

_Static_assert((int)CACHE_SHORT <= (int)TRIE_SHORT, "a run's word can be walked");

static void put_pieces(const struct ahead *a, size_t k, uint32_t at, struct tokens *out)
{
    for (uint32_t i = 0; i < a->words.n[k]; i++) {
        const struct trie_piece p = a->words.pieces[k][i];
        tokens_put(out, (int32_t)(p.id & TRIE_ID), at, at + p.len);
        at += p.len;
    }
}

bool ahead_take(struct ahead *a, struct cache *cache, const struct run *r, const struct run *end,
                struct tokens *out)
{
    while (a->next < a->n && a->runs[a->next] < r) a->next++; // an equal one came before
    if (a->next == a->n && !(is_word(r) && walk(a, r, end))) return false;
    const size_t k = a->next, first = out->n;
    if (a->runs[k] != r || a->words.answers[k] == TRIE_ASK) return false;
    a->next++;
    if (a->words.answers[k] == TRIE_FOUND) put_pieces(a, k, r->start, out);
    else tokens_put(out, a->model->unk, r->start, r->start + r->len);
    out->word++;
    cache_keep_short(cache, r->set, r->key, r->start, out, first);
    return true;
}
