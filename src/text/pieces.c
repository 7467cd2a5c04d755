// pieces.c: the texts, and the keys of the trie.
#include "text/pieces.h"

#include <string.h>

#include "base/mem.h"

#define SHADOWED (1u << 31) // in lengths: a later id has the same text

void pieces_init(struct pieces *p)
{
    *p = (struct pieces){0};
}

void pieces_release(struct pieces *p)
{
    buf_release(&p->text);
    mem_free(p->where);
    mem_free(p->lengths);
    trie_release(&p->trie);
    pieces_init(p);
}

bool pieces_add(struct pieces *p, uint32_t id, const char *text, size_t len)
{
    const size_t need = (size_t)id + 1, at = p->text.len;
    if (!mem_grow((void **)&p->where, &p->where_cap, need, sizeof *p->where) ||
        !mem_grow((void **)&p->lengths, &p->lengths_cap, need, sizeof *p->lengths)) {
        return false;
    }
    while (p->n < need) p->where[p->n++] = PIECES_NONE;
    buf_add(&p->text, text, len);
    buf_byte(&p->text, 0);
    if (p->text.failed || at >= PIECES_NONE) return false;
    p->duplicates += p->where[id] != PIECES_NONE;
    p->where[id] = (uint32_t)at;
    p->lengths[id] = (uint32_t)len;
    return true;
}

const char *pieces_text(const struct pieces *p, uint32_t id)
{
    const bool there = id < p->n && p->where[id] != PIECES_NONE && !(p->lengths[id] & SHADOWED);
    return there ? p->text.data + p->where[id] : NULL;
}

int32_t pieces_find(const struct pieces *p, const char *bytes, size_t len)
{
    return len > 0 ? trie_find(&p->trie, p->trie.begins, bytes, len) : -1;
}

// ------------------------------------------------------------------------------------------- index

// The keys of all pieces; returns how many.
static size_t fill_keys(const struct pieces *p, struct trie_key *keys)
{
    size_t n = 0;
    for (uint32_t id = 0; id < p->n; id++) {
        if (p->where[id] == PIECES_NONE || p->lengths[id] == 0) continue;
        keys[n++] = trie_key_of(p->text.data + p->where[id], p->lengths[id], id);
    }
    return n;
}

// Of sorted keys those that have the prefix and more, without it: they are in order as they come.
static size_t cut_prefix(const struct trie_key *keys, size_t n, const char *prefix, size_t len,
                         struct trie_key *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct trie_key *k = &keys[i];
        if (k->len <= len || memcmp(k->bytes, prefix, len) != 0) continue;
        out[kept++] = trie_key_of(k->bytes + len, k->len - len, k->id);
    }
    return kept;
}

static bool same_text(const struct trie_key *a, const struct trie_key *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

// Keeps the highest id of each text, which is the last of its neighbours.
static size_t drop_duplicates(struct trie_key *keys, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + 1 == n || !same_text(&keys[i], &keys[i + 1])) keys[kept++] = keys[i];
    }
    return kept;
}

static void shadow_duplicates(struct pieces *p, const struct trie_key *keys, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (!same_text(&keys[i], &keys[i + 1])) continue;
        p->duplicates++;
        p->lengths[keys[i].id] |= SHADOWED;
    }
}

static size_t count(const struct pieces *p)
{
    size_t n = 0;
    for (uint32_t id = 0; id < p->n; id++) n += p->where[id] != PIECES_NONE;
    return n;
}

bool pieces_index(struct pieces *p, const char *prefix, size_t prefix_len)
{
    struct trie_key *begins = mem_alloc(count(p), sizeof *begins);
    struct trie_key *goes_on = mem_alloc(count(p), sizeof *goes_on);
    const size_t n = begins && goes_on ? fill_keys(p, begins) : 0;
    bool good = begins && goes_on && trie_sort(begins, n);
    if (good) {
        const size_t m = cut_prefix(begins, n, prefix, prefix_len, goes_on);
        shadow_duplicates(p, begins, n);
        good = trie_build(&p->trie, (uint32_t)p->n, begins, drop_duplicates(begins, n), goes_on,
                          drop_duplicates(goes_on, m));
    }
    mem_free(begins);
    mem_free(goes_on);
    return good;
}
