// cache.h: what became of short runs of text before, keyed by their bytes. Words in a language
// follow Zipf's law, so tables of bounded size answer nearly always. Runs of up to eight bytes have
// a table whose sets of two entries are a cache line; longer ones, up to 32 bytes, one whose
// entries are a line each. The older entry of a set gives way.
#ifndef TEXT_CACHE_H
#define TEXT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "text/tokens.h"
#include "text/unicode.h"

enum { CACHE_SHORT_LOG = 15, CACHE_LONG_LOG = 13, CACHE_SHORT = 8, CACHE_LONG = 32 };
enum { CACHE_SHORT_TOKENS = 3, CACHE_LONG_TOKENS = 5 };

struct cache_short {
    uint64_t key; // zeros behind the run
    int32_t ids[CACHE_SHORT_TOKENS];
    uint8_t starts[CACHE_SHORT_TOKENS], ends[CACHE_SHORT_TOKENS]; // within the run
    uint8_t len, n; // len 0: empty. n 0: nothing is left of the run, and it is no word
    uint32_t unused;
};

struct cache_long {
    uint64_t key[CACHE_LONG / 8];
    int32_t ids[CACHE_LONG_TOKENS];
    uint8_t starts[CACHE_LONG_TOKENS], ends[CACHE_LONG_TOKENS];
    uint8_t len, n;
};

struct cache {
    struct cache_short *shorts; // [1 << CACHE_SHORT_LOG], 64-byte aligned
    struct cache_long *longs;   // [1 << CACHE_LONG_LOG]
    void *memory;
};

bool cache_init(struct cache *c);
void cache_release(struct cache *c);

// The low n bytes, 1 <= n <= 8.
static inline uint64_t cache_low(uint64_t x, size_t n)
{
    return x & UINT64_MAX >> (64 - 8 * n);
}

// A run's place in the tables, and its key with zeros behind it.
struct cache_place {
    void *set;
    uint64_t key[CACHE_LONG / 8]; // a short run's has one element
};

// The place of [p, p + len), 0 < len <= CACHE_SHORT, whose eight bytes are `bytes` with whatever
// follows.
static inline struct cache_place cache_place_short(const struct cache *c, uint64_t bytes,
                                                   size_t len)
{
    const uint64_t key = cache_low(bytes, len);
    const uint64_t mixed = (key ^ key >> 32) * 0x9E3779B97F4A7C15u;
    const size_t set = (size_t)(mixed >> (64 - CACHE_SHORT_LOG + 1));
    return (struct cache_place){.set = c->shorts + set * 2, .key = {key}};
}

// The same for CACHE_SHORT < len <= CACHE_LONG.
static inline struct cache_place cache_place_long(const struct cache *c, const char *p, size_t len,
                                                  const char *limit)
{
    struct cache_place place = {.key = {load8(p, limit)}};
    uint64_t x = place.key[0];
    for (size_t i = 1; i < CACHE_LONG / 8 && 8 * i < len; i++) {
        const size_t left = len - 8 * i;
        place.key[i] = cache_low(load8(p + 8 * i, limit), left < 8 ? left : 8);
        x = (x << 23 | x >> 41) ^ place.key[i] * 0xD6E8FEB86659FD93u;
    }
    const uint64_t mixed = (x ^ x >> 32) * 0x9E3779B97F4A7C15u;
    place.set = c->longs + (size_t)(mixed >> (64 - CACHE_LONG_LOG + 1)) * 2;
    return place;
}

static inline void cache_put_tokens(const int32_t *ids, const uint8_t *starts, const uint8_t *ends,
                                    size_t n, uint32_t start, struct tokens *out)
{
    const size_t at = out->n;
    for (size_t i = 0; i < 2; i++) { // in any case, which saves a branch
        out->ids[at + i] = ids[i];
        out->offsets[at + i] = (struct bert_span){start + starts[i], start + ends[i]};
        out->words[at + i] = out->word;
    }
    for (size_t i = 2; i < n; i++) {
        out->ids[at + i] = ids[i];
        out->offsets[at + i] = (struct bert_span){start + starts[i], start + ends[i]};
        out->words[at + i] = out->word;
    }
    out->n = at + n;
    out->word += n > 0;
}

// Appends what is known of a run that begins at the text's byte `start`, as the next word; false
// when nothing is. Room for CACHE_LONG_TOKENS must be there.
static inline bool cache_put_short(const struct cache_place *place, size_t len, uint32_t start,
                                   struct tokens *out)
{
    const struct cache_short *e = place->set;
    e += (e->key != place->key[0]) | (e->len != len); // without a branch: it could go either way
    if (e->key != place->key[0] || e->len != len) return false;
    cache_put_tokens(e->ids, e->starts, e->ends, e->n, start, out);
    return true;
}

static inline bool cache_is_long(const struct cache_long *e, const struct cache_place *place,
                                 size_t len)
{
    uint64_t different = e->len ^ len;
    for (size_t i = 0; i < CACHE_LONG / 8; i++) different |= e->key[i] ^ place->key[i];
    return different == 0;
}

static inline bool cache_put_long(const struct cache_place *place, size_t len, uint32_t start,
                                  struct tokens *out)
{
    const struct cache_long *e = place->set;
    if (!cache_is_long(e, place, len) && !cache_is_long(++e, place, len)) return false;
    cache_put_tokens(e->ids, e->starts, e->ends, e->n, start, out);
    return true;
}

// Keeps the tokens from `first` on, which came of a run at its place; lets it be when the entry
// cannot hold them.
void cache_keep(const struct cache_place *place, uint32_t start, size_t len,
                const struct tokens *tokens, size_t first);

#endif
