// cache.h: what became of short words before, keyed by their bytes in the text. Words in a language
// follow Zipf's law, so a table of bounded size answers nearly always. An entry is a cache line;
// a set is two entries, of which the older one gives way.
#ifndef TEXT_CACHE_H
#define TEXT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "text/tokens.h"

enum { CACHE_LOG = 15, CACHE_KEY = 32, CACHE_TOKENS = 5 };

struct cache_entry {
    uint64_t key[CACHE_KEY / 8]; // zeros behind the word
    int32_t ids[CACHE_TOKENS];
    uint8_t starts[CACHE_TOKENS], ends[CACHE_TOKENS]; // within the word
    uint8_t len, n; // len 0: empty. n 0: nothing is left of it, and it is no word
};

struct cache {
    struct cache_entry *entries; // [1 << CACHE_LOG], 64-byte aligned
    void *memory;
};

bool cache_init(struct cache *c);
void cache_release(struct cache *c);

// Eight bytes of [p, limit), zeros where it is shorter.
static inline uint64_t cache_load(const char *p, const char *limit)
{
    uint64_t x = 0;
    if (limit - p >= 8)
        memcpy(&x, p, 8);
    else
        for (size_t i = 0; p + i < limit; i++) x |= (uint64_t)(unsigned char)p[i] << 8 * i;
    return x;
}

// The set of a word of one to eight bytes: its bytes are its hash's source.
static inline struct cache_entry *cache_set(const struct cache *c, uint64_t hash)
{
    const uint64_t x = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u;
    return c->entries + (size_t)(x >> (64 - CACHE_LOG + 1)) * 2;
}

static inline struct cache_entry *cache_find8(const struct cache *c, uint64_t word, size_t len)
{
    struct cache_entry *e = cache_set(c, word);
    if (e->key[0] == word && e->len == len) return e;
    e++;
    return e->key[0] == word && e->len == len ? e : NULL;
}

// A word [p, p + len) of at most CACHE_KEY bytes; limit as in cache_load.
struct cache_entry *cache_find(const struct cache *c, const char *p, size_t len, const char *limit);

// Keeps the tokens from `first` on, which came of the word at text[start, start + len); lets it be
// when the entry cannot hold them.
void cache_keep(const struct cache *c, const char *text, uint32_t start, size_t len,
                const char *limit, const struct tokens *tokens, size_t first);

// Appends an entry's tokens as the next word. Room for CACHE_TOKENS must be there.
static inline void cache_put(const struct cache_entry *e, uint32_t start, struct tokens *out)
{
    for (size_t i = 0; i < e->n; i++) {
        tokens_put(out, e->ids[i], start + e->starts[i], start + e->ends[i]);
    }
    out->word += e->n > 0;
}

#endif
