// cache.c: memory, and keeping.
#include "text/cache.h"

#include "base/mem.h"

_Static_assert(sizeof(struct cache_short) == 32, "two are a cache line");
_Static_assert(sizeof(struct cache_long) == 128, "one is two cache lines");

bool cache_init(struct cache *c)
{
    const size_t shorts = (size_t)1 << (CACHE_SHORT_LOG - 1), longs = (size_t)2 << CACHE_LONG_LOG;
    // Zeroed by the system as its pages are touched; one line more leaves room for alignment.
    c->memory = mem_zero(shorts + longs + 1, 64);
    unsigned char *lines = (unsigned char *)(((uintptr_t)c->memory + 63) & ~(uintptr_t)63);
    c->shorts = (struct cache_short *)lines;
    c->longs = (struct cache_long *)(lines + shorts * 64);
    return c->memory;
}

void cache_release(struct cache *c)
{
    mem_free(c->memory);
    *c = (struct cache){0};
}

// Whether the tokens from `first` on are one word or none.
static bool is_word(const struct tokens *tokens, size_t first)
{
    return !tokens->failed && (tokens->n == first || tokens->words[first] == tokens->word - 1);
}

void cache_keep_short(struct cache_short *set, const uint64_t key[2], uint32_t start,
                      const struct tokens *tokens, size_t first)
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
