// cache.c: memory, and keeping.
#include "text/cache.h"

#include "base/mem.h"

_Static_assert(sizeof(struct cache_short) == 32, "two are a cache line");
_Static_assert(sizeof(struct cache_long) == 64, "one is a cache line");

bool cache_init(struct cache *c)
{
    const size_t shorts = (size_t)1 << (CACHE_SHORT_LOG - 1), longs = (size_t)1 << CACHE_LONG_LOG;
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

static void keep_tokens(int32_t *ids, uint8_t *starts, uint8_t *ends, uint32_t start,
                        const struct tokens *tokens, size_t first)
{
    for (size_t i = 0; first + i < tokens->n; i++) {
        ids[i] = tokens->ids[first + i];
        starts[i] = (uint8_t)(tokens->offsets[first + i].start - start);
        ends[i] = (uint8_t)(tokens->offsets[first + i].end - start);
    }
}

void cache_keep(const struct cache_place *place, uint32_t start, size_t len,
                const struct tokens *tokens, size_t first)
{
    const size_t n = tokens->n - first;
    if (tokens->failed || n > (len <= CACHE_SHORT ? CACHE_SHORT_TOKENS : CACHE_LONG_TOKENS)) return;
    if (n > 0 && tokens->words[first] != tokens->word - 1) return; // several words
    if (len <= CACHE_SHORT) {
        struct cache_short *set = place->set;
        set[1] = set[0];
        set[0] = (struct cache_short){.key = place->key[0], .len = (uint8_t)len, .n = (uint8_t)n};
        keep_tokens(set[0].ids, set[0].starts, set[0].ends, start, tokens, first);
    } else {
        struct cache_long *set = place->set;
        set[1] = set[0];
        set[0] = (struct cache_long){.len = (uint8_t)len, .n = (uint8_t)n};
        memcpy(set[0].key, place->key, sizeof set[0].key);
        keep_tokens(set[0].ids, set[0].starts, set[0].ends, start, tokens, first);
    }
}
