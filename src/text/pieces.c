// pieces.c: the texts, and a hash table of them: open addressing, linear probing (Knuth, The Art of
// Computer Programming 3, 6.4). A text's hash goes on from that of any shorter beginning, so that
// all the beginnings of a word are looked up in one walk.
#include "text/pieces.h"

#include <string.h>

#include "base/mem.h"

#define SHADOWED (1u << 31) // in lengths: a later id has the same text

struct piece_slot {
    uint32_t tag;  // the hash's lower half
    uint32_t next; // id + 1; 0: empty
};

void pieces_init(struct pieces *p)
{
    *p = (struct pieces){0};
}

void pieces_release(struct pieces *p)
{
    buf_release(&p->text);
    mem_free(p->where);
    mem_free(p->lengths);
    mem_free(p->slots);
    pieces_init(p);
}

bool pieces_add(struct pieces *p, uint32_t id, const char *text, size_t len)
{
    const size_t need = (size_t)id + 1, at = p->text.len;
    char *to = buf_reserve(&p->text, len + 1);
    if (!to || at >= PIECES_NONE ||
        !mem_grow((void **)&p->where, &p->where_cap, need, sizeof *p->where) ||
        !mem_grow((void **)&p->lengths, &p->lengths_cap, need, sizeof *p->lengths)) {
        return false;
    }
    while (p->n < need) p->where[p->n++] = PIECES_NONE;
    memcpy(to, text, len);
    to[len] = 0;
    p->text.len += len + 1;
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

// ------------------------------------------------------------------------------------------- index

// The upper bits are the good ones.
static inline uint64_t hash_on(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * 0x9E3779B97F4A7C15u;
    }
    return hash;
}

static inline bool has_text(const struct pieces *p, uint32_t id, const char *prefix,
                            size_t prefix_len, const char *bytes, size_t len)
{
    const char *text = p->text.data + p->where[id];
    return p->lengths[id] == prefix_len + len && memcmp(text, prefix, prefix_len) == 0 &&
           memcmp(text + prefix_len, bytes, len) == 0;
}

// The slot of the text prefix + bytes, or the empty one where it would stand. There always is one.
static inline struct piece_slot *slot_of(const struct pieces *p, uint64_t hash, const char *prefix,
                                         size_t prefix_len, const char *bytes, size_t len)
{
    const size_t mask = ((size_t)1 << p->log_slots) - 1;
    for (size_t i = hash >> (64 - p->log_slots);; i = (i + 1) & mask) {
        struct piece_slot *s = &p->slots[i];
        if (s->next == 0) return s;
        if (s->tag == (uint32_t)(hash >> 8) &&
            has_text(p, s->next - 1, prefix, prefix_len, bytes, len)) {
            return s;
        }
    }
}

static void put(struct pieces *p, uint32_t id)
{
    const char *text = p->text.data + p->where[id];
    const size_t len = p->lengths[id];
    const uint64_t hash = hash_on(0, text, len);
    struct piece_slot *s = slot_of(p, hash, "", 0, text, len);
    if (s->next) { // ids come ascending
        p->lengths[s->next - 1] |= SHADOWED;
        p->duplicates++;
    }
    *s = (struct piece_slot){(uint32_t)(hash >> 8), id + 1};
    if (len > p->longest) p->longest = len;
}

bool pieces_index(struct pieces *p, const char *prefix, size_t prefix_len)
{
    p->log_slots = 4;
    while ((size_t)3 << p->log_slots >> 2 <= p->n) p->log_slots++;
    p->slots = mem_zero((size_t)1 << p->log_slots, sizeof *p->slots);
    if (!p->slots) return false;
    p->prefix = prefix;
    p->prefix_len = prefix_len;
    p->prefix_hash = hash_on(0, prefix, prefix_len);
    for (uint32_t id = 0; id < p->n; id++) {
        if (p->where[id] != PIECES_NONE && p->lengths[id] > 0) put(p, id);
    }
    return true;
}

// ----------------------------------------------------------------------------------------- finding

int32_t pieces_find(const struct pieces *p, const char *bytes, size_t len)
{
    if (len == 0 || len > p->longest) return -1;
    return (int32_t)slot_of(p, hash_on(0, bytes, len), "", 0, bytes, len)->next - 1;
}

size_t pieces_longest(const struct pieces *p, bool goes_on, const char *bytes, size_t len,
                      int32_t *id)
{
    const char *prefix = goes_on ? p->prefix : "";
    const size_t prefix_len = goes_on ? p->prefix_len : 0;
    const size_t most = p->longest < prefix_len ? 0 : p->longest - prefix_len;
    uint64_t hash = goes_on ? p->prefix_hash : 0;
    size_t longest = 0;
    for (size_t n = 1; n <= len && n <= most; n++) {
        hash = hash_on(hash, bytes + n - 1, 1);
        const uint32_t next = slot_of(p, hash, prefix, prefix_len, bytes, n)->next;
        if (next == 0) continue;
        longest = n;
        *id = (int32_t)next - 1;
    }
    return longest;
}
