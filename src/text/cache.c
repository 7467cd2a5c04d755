// cache.c: memory, and keeping.
#include "text/cache.h"

#include "base/mem.h"

_Static_assert(sizeof(struct cache_short) == 32, "two are a cache line");
_Static_assert(sizeof(struct cache_long) == 128, "one is two cache lines");

// Of 2^log empty short entries; leaves the cache as it is without memory.
static bool begin_shorts(struct cache *c, unsigned log)
{
    const size_t n = (size_t)1 << log;
    struct cache_short *shorts = mem_huge(n, sizeof *shorts);
    if (!shorts) return false;
    memset(shorts, 0, n * sizeof *shorts);
    c->shorts = shorts;
    c->last_set = (n - 2) * sizeof *shorts;
    return true;
}

bool cache_init(struct cache *c)
{
    *c = (struct cache){.longs = mem_zero((size_t)1 << CACHE_LONG_LOG, sizeof *c->longs)};
    return c->longs && begin_shorts(c, CACHE_FIRST_LOG);
}

void cache_release(struct cache *c)
{
    mem_free(c->shorts);
    mem_free(c->longs);
    *c = (struct cache){0};
}

// No set of the large table gets more than two: what is in one set there was in one here.
void cache_enlarge(struct cache *c)
{
    const struct cache small = *c;
    const size_t n = (size_t)1 << CACHE_FIRST_LOG;
    c->kept = 0;
    if (small.last_set != (n - 2) * sizeof *small.shorts) return; // it was
    if (!begin_shorts(c, CACHE_SHORT_LOG)) return;
    for (const struct cache_short *e = small.shorts; e < small.shorts + n; e++) {
        struct cache_short *set = cache_set(c, e->key);
        if (e->key[1] != 0) set[set[0].key[1] != 0] = *e;
    }
    mem_free(small.shorts);
}

// Whether the tokens from `first` on are one word or none.
static bool is_word(const struct tokens *tokens, size_t first)
{
    return !tokens->failed && (tokens->n == first || tokens->words[first] == tokens->word - 1);
}

void cache_keep_short(struct cache *cache, struct cache_short *set, const uint64_t key[2],
                      uint32_t start, const struct tokens *tokens, size_t first)
{
    if (!is_word(tokens, first)) return;
    const size_t n = tokens->n - first;
    struct cache_short e = {.key = {key[0], key[1]}};
    if (n > CACHE_SHORT_TOKENS) {
        e.tokens[0] = (uint32_t)CACHE_MORE << 24;
    } else {
        uint8_t places[2 * CACHE_SHORT_TOKENS] = {0};
        for (size_t i = 0; i < n; i++) {
            const struct bert_span span = tokens->offsets[first + i];
            e.tokens[i] = (uint32_t)tokens->ids[first + i];
            places[2 * i] = (uint8_t)(span.start - start);
            places[2 * i + 1] = (uint8_t)(span.end - start);
        }
        memcpy(e.places, places, sizeof e.places);
        e.tokens[0] |= (uint32_t)n << 24;
        e.tokens[1] |= (uint32_t)places[4] << 24;
        e.tokens[2] |= (uint32_t)places[5] << 24;
    }
    cache->kept++;
    set[set[0].key[1] != 0] = e; // a key is never 0: it has its length in it
}

void cache_keep_long(const struct cache_place *place, size_t len, uint32_t start,
                     const struct tokens *tokens, size_t first)
{
    struct cache_long *set = place->set;
    if (!is_word(tokens, first) || tokens->n - first > CACHE_LONG_TOKENS) return;
    set[1] = set[0];
    set[0] = (struct cache_long){.len = (uint8_t)len, .n = (uint8_t)(tokens->n - first)};
    memcpy(set[0].key, place->key, sizeof set[0].key);
    for (size_t i = 0; i < set[0].n; i++) {
        const struct bert_span span = tokens->offsets[first + i];
        set[0].ids[i] = tokens->ids[first + i];
        set[0].starts[i] = (uint8_t)(span.start - start);
        set[0].ends[i] = (uint8_t)(span.end - start);
    }
}
