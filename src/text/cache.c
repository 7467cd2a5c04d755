// cache.c: the words longer than a register, and keeping.
#include "text/cache.h"

#include "base/mem.h"

_Static_assert(sizeof(struct cache_entry) == 64, "an entry is a cache line");

bool cache_init(struct cache *c)
{
    // Zeroed by the system as its pages are touched; one entry more leaves room for alignment.
    c->memory = mem_zero(((size_t)1 << CACHE_LOG) + 1, sizeof *c->entries);
    c->entries = (struct cache_entry *)(((uintptr_t)c->memory + 63) & ~(uintptr_t)63);
    return c->memory;
}

void cache_release(struct cache *c)
{
    mem_free(c->memory);
    *c = (struct cache){0};
}

static uint64_t read_key(uint64_t key[CACHE_KEY / 8], const char *p, size_t len, const char *limit)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < CACHE_KEY / 8; i++) {
        const size_t at = 8 * i;
        key[i] = at < len ? cache_load(p + at, limit) : 0;
        if (len > at && len - at < 8) key[i] &= (1ull << 8 * (len - at)) - 1;
        if (at < len) hash = i == 0 ? key[0] : (hash ^ key[i]) * 0xD6E8FEB86659FD93u;
        if (i > 0) hash ^= hash >> 31;
    }
    return len <= 8 ? key[0] : hash;
}

struct cache_entry *cache_find(const struct cache *c, const char *p, size_t len, const char *limit)
{
    uint64_t key[CACHE_KEY / 8];
    struct cache_entry *e = cache_set(c, read_key(key, p, len, limit));
    for (int way = 0; way < 2; way++) {
        if (e[way].len == len && memcmp(e[way].key, key, sizeof key) == 0) return &e[way];
    }
    return NULL;
}

void cache_keep(const struct cache *c, const char *text, uint32_t start, size_t len,
                const char *limit, const struct tokens *tokens, size_t first)
{
    const size_t n = tokens->n - first;
    if (len > CACHE_KEY || n > CACHE_TOKENS || tokens->failed) return;
    if (n > 0 && tokens->words[first] != tokens->word - 1) return; // several words
    struct cache_entry e = {.len = (uint8_t)len, .n = (uint8_t)n};
    struct cache_entry *set = cache_set(c, read_key(e.key, text + start, len, limit));
    for (size_t i = 0; i < n; i++) {
        e.ids[i] = tokens->ids[first + i];
        e.starts[i] = (uint8_t)(tokens->offsets[first + i].start - start);
        e.ends[i] = (uint8_t)(tokens->offsets[first + i].end - start);
    }
    set[1] = set[0];
    set[0] = e;
}
