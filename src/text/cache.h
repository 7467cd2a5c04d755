// cache.h: what became of short runs of text before, keyed by their bytes. Words of a language
// follow Zipf's law, so tables of bounded size answer nearly always. A run of up to 15 bytes is its
// own key of 128 bits, and two entries are a cache line, a set; longer runs, up to 48 bytes, and
// those of many tokens have a smaller table whose entries are two lines each.
//
// In a set of short runs a new one takes the second place, and comes to the first when it is met
// again: so words met once do not drive out those that come all the time, and nearly all answers
// are in the first place. Of the longer ones the older entry gives way.
//
// An entry holds a run's tokens as one word, with ids of 24 bits and places within the run.
#ifndef TEXT_CACHE_H
#define TEXT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "text/tokens.h"
#include "text/unicode.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { CACHE_FIRST_LOG = 3, CACHE_SHORT_LOG = 5, CACHE_LONG_LOG = 4 }; // soon made, and soon full
#else
enum { CACHE_FIRST_LOG = 12, CACHE_SHORT_LOG = 16, CACHE_LONG_LOG = 13 };
#endif
enum { CACHE_SHORT = 15, CACHE_LONG = 48 };
enum { CACHE_SHORT_TOKENS = 3, CACHE_LONG_TOKENS = 12 };
enum { CACHE_MORE = 255 }; // for how many: they are too many, look among the longs

struct cache_short {
    uint64_t key[2]; // the bytes, zeros behind, and the length in the last one
    // Ids, and in their upper bytes: how many there are (0: nothing is left of the run, and it is
    // no word), and where the third one starts and ends.
    uint32_t tokens[CACHE_SHORT_TOKENS];
    uint8_t places[4]; // where the first two start and end
};

struct cache_long {
    uint64_t key[CACHE_LONG / 8];
    int32_t ids[CACHE_LONG_TOKENS];
    uint8_t starts[CACHE_LONG_TOKENS], ends[CACHE_LONG_TOKENS]; // within the run
    uint8_t len, n;                                             // len 0: empty
};

struct cache {
    struct cache_short *shorts; // [1 << CACHE_FIRST_LOG], [1 << CACHE_SHORT_LOG] once enlarged
    size_t last_set;            // where their last set begins, in bytes
    size_t kept;                // short runs, since the last try to enlarge it
    struct cache_long *longs;   // [1 << CACHE_LONG_LOG]
};

bool cache_init(struct cache *c);
void cache_release(struct cache *c);

// A table that short texts do not fill is small; once it is half full, what it holds goes into the
// large one, which is worth a huge page then. Sets that were known are gone. Without memory it
// stays as it is.
void cache_enlarge(struct cache *c);
static inline void cache_enlarge_when_due(struct cache *c)
{
    if (c->kept > (size_t)1 << (CACHE_FIRST_LOG - 1)) cache_enlarge(c);
}

// A run's place in the tables, and its key.
struct cache_place {
    void *set;
    uint64_t key[CACHE_LONG / 8]; // a short run's has two elements
};

// ------------------------------------------------------------------------------------- short runs

// The low n bytes of x, n < 8; all of it for more.
static inline uint64_t cache_low(uint64_t x, size_t n)
{
    return n < 8 ? x & (((uint64_t)1 << 8 * n) - 1) : x;
}

// The key of the first len bytes at p, 0 < len <= CACHE_SHORT; 16 bytes must be readable.
static inline void cache_key(const char *p, size_t len, uint64_t key[2])
{
#define LOW(n) (((uint64_t)1 << 8 * (n)) - 1)
#define ALL UINT64_MAX
    // [8 + n] is the mask of n bytes.
    static const uint64_t low[8 + CACHE_SHORT + 1] = {
        0,      0,      0,      0,      0,   0,   0,   0,   LOW(0), LOW(1), LOW(2), LOW(3),
        LOW(4), LOW(5), LOW(6), LOW(7), ALL, ALL, ALL, ALL, ALL,    ALL,    ALL,    ALL};
#undef LOW
#undef ALL
    memcpy(key, p, 16);
    key[0] &= low[8 + len];
    key[1] = (key[1] & low[len]) | (uint64_t)len << 56;
}

static inline struct cache_short *cache_set(const struct cache *c, const uint64_t key[2])
{
    const uint64_t mixed = (key[0] ^ (key[1] << 27 | key[1] >> 37)) * 0x9E3779B97F4A7C15u;
    return (struct cache_short *)((char *)c->shorts +
                                  (mixed >> (64 - 5 - CACHE_SHORT_LOG) & c->last_set)); // 2^5 bytes
}

static inline bool cache_is_short(const struct cache_short *e, const uint64_t key[2])
{
    return ((e->key[0] ^ key[0]) | (e->key[1] ^ key[1])) == 0;
}

// The number of tokens that an entry has, or CACHE_MORE.
static inline uint32_t cache_n(const struct cache_short *e)
{
    return e->tokens[0] >> 24;
}

typedef uint8_t cache_16x8 __attribute__((vector_size(16)));
typedef uint16_t cache_8x16 __attribute__((vector_size(16)));
typedef uint32_t cache_4x32 __attribute__((vector_size(16)));

// The places as numbers of 32 bits: zeros come between them.
static inline cache_4x32 cache_widen(const uint8_t places[4])
{
    uint32_t all;
    memcpy(&all, places, sizeof all);
    const cache_4x32 zero = {0}, one = {all};
    const cache_8x16 half = (cache_8x16)__builtin_shufflevector(
        (cache_16x8)one, (cache_16x8)zero, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    return (cache_4x32)__builtin_shufflevector(half, (cache_8x16)zero, 0, 8, 1, 9, 2, 10, 3, 11);
}

// Writes the first two tokens, whether there are two or not, which saves a branch.
static inline void cache_put_two(const struct cache_short *e, uint32_t start, struct tokens *out)
{
    const uint64_t twice = (uint64_t)1 << 32 | 1; // a number in both halves
    uint64_t ids;
    memcpy(&ids, e->tokens, sizeof ids);
    const cache_4x32 spans = cache_widen(e->places) + start;
    const uint64_t words = (uint32_t)out->word * twice;
    ids &= 0xFFFFFF * twice;
    memcpy(out->ids + out->n, &ids, sizeof ids);
    memcpy(out->offsets + out->n, &spans, sizeof spans);
    memcpy(out->words + out->n, &words, sizeof words);
}

static inline void cache_put_third(const struct cache_short *e, uint32_t start, struct tokens *out)
{
    out->ids[out->n + 2] = (int32_t)(e->tokens[2] & 0xFFFFFF);
    out->offsets[out->n + 2] =
        (struct bert_span){start + (e->tokens[1] >> 24), start + (e->tokens[2] >> 24)};
    out->words[out->n + 2] = out->word;
}

// Appends what is known of a run that begins at the text's byte `start`, as the next word; false
// when nothing is. Room for CACHE_SHORT_TOKENS must be there.
static inline bool cache_put_short(struct cache_short *set, const uint64_t key[2], uint32_t start,
                                   struct tokens *out)
{
    if (__builtin_expect(!cache_is_short(set, key), 0)) {
        if (!cache_is_short(set + 1, key)) return false;
        const struct cache_short first = set[0];
        set[0] = set[1];
        set[1] = first;
    }
    cache_put_two(set, start, out);
    const uint32_t n = cache_n(set);
    if (n > 2) {
        if (n == CACHE_MORE) return false;
        cache_put_third(set, start, out);
    }
    out->n += n;
    out->word += n > 0;
    return true;
}

// True when cache_put_short failed because the run's tokens are among the longs, if anywhere.
static inline bool cache_has_more(const struct cache_short *set, const uint64_t key[2])
{
    return (cache_is_short(set, key) && cache_n(set) == CACHE_MORE) ||
           (cache_is_short(set + 1, key) && cache_n(set + 1) == CACHE_MORE);
}

// ------------------------------------------------------------------------------------- longer ones

// The place of [p, p + len), 0 < len <= CACHE_LONG.
static inline struct cache_place cache_place_long(const struct cache *c, const char *p, size_t len,
                                                  const char *limit)
{
    struct cache_place place = {.key = {cache_low(load8(p, limit), len)}};
    uint64_t x = place.key[0];
    for (size_t i = 1; i < CACHE_LONG / 8 && 8 * i < len; i++) {
        place.key[i] = cache_low(load8(p + 8 * i, limit), len - 8 * i);
        x = (x << 23 | x >> 41) ^ place.key[i] * 0xD6E8FEB86659FD93u;
    }
    const uint64_t mixed = (x ^ x >> 32) * 0x9E3779B97F4A7C15u;
    place.set = c->longs + (size_t)(mixed >> (64 - CACHE_LONG_LOG + 1)) * 2;
    return place;
}

static inline bool cache_is_long(const struct cache_long *e, const struct cache_place *place,
                                 size_t len)
{
    uint64_t different = e->len ^ len;
    for (size_t i = 0; i < CACHE_LONG / 8; i++) different |= e->key[i] ^ place->key[i];
    return different == 0;
}

// The same as cache_put_short.
static inline bool cache_put_long(const struct cache_place *place, size_t len, uint32_t start,
                                  struct tokens *out)
{
    const struct cache_long *e = place->set;
    if (!cache_is_long(e, place, len) && !cache_is_long(++e, place, len)) return false;
    for (size_t i = 0; i < e->n; i++) {
        tokens_put(out, e->ids[i], start + e->starts[i], start + e->ends[i]);
    }
    out->word += e->n > 0;
    return true;
}

// ----------------------------------------------------------------------------------------- keeping

// Both keep the tokens from `first` on, which came of a run that began at the text's byte `start`,
// at its place; they let it be when that is not one word, or too many. Of a short run with too many
// the entry says to look among the longs, where they are kept when it comes again.
void cache_keep_short(struct cache *cache, struct cache_short *set, const uint64_t key[2],
                      uint32_t start, const struct tokens *tokens, size_t first);
void cache_keep_long(const struct cache_place *place, size_t len, uint32_t start,
                     const struct tokens *tokens, size_t first);

#endif
