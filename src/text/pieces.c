// pieces.c: an open-addressing hash table. Up to eight bytes are their own key, which makes a
// comparison one instruction; longer ones have a hash for a key and are compared in full. Mixing is
// by multiplication with odd constants (Knuth, The Art of Computer Programming 3, 6.4).
#include "text/pieces.h"

#include <string.h>

#include "base/mem.h"

struct piece_slot {
    uint64_t key;
    uint32_t kind; // length * 2 + goes_on; 0: empty
    int32_t id;
};

#define GOLDEN 0x9E3779B97F4A7C15u // 2^64 / golden ratio
enum { SHORT_LOG = 17 };           // bits of short_bits: 16 KiB
enum { FIRST_LONG = 4, LAST_BIT = 31 };
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
    mem_free(p->slots);
    mem_free(p->long_masks);
    mem_free(p->short_bits);
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

// ------------------------------------------------------------------------------------------- keys

static uint64_t load(const char *bytes, size_t n)
{
    uint64_t x;
    memcpy(&x, bytes, sizeof x);
    return n < 8 ? x & ((1ull << 8 * n) - 1) : x;
}

static uint64_t key_of(const char *bytes, size_t len)
{
    if (len <= 8) return load(bytes, len);
    uint64_t h = len;
    for (; len > 8; bytes += 8, len -= 8) {
        h = (h ^ load(bytes, 8)) * GOLDEN;
        h ^= h >> 29;
    }
    h = (h ^ load(bytes, len)) * GOLDEN;
    return h ^ h >> 29;
}

static size_t slot_of(const struct pieces *p, uint64_t key, bool goes_on)
{
    const uint64_t x = (key ^ key >> 32) + (goes_on ? 0xD6E8FEB86659FD93u : 0);
    return (size_t)(x * GOLDEN >> p->shift);
}

static size_t mask_of(const struct pieces *p, const char *bytes, bool goes_on)
{
    const uint64_t x = load(bytes, FIRST_LONG) | (uint64_t)goes_on << 32;
    return (size_t)(x * GOLDEN >> p->mask_shift);
}

// The bit of one to three bytes.
static size_t bit_of(const char *bytes, size_t len, bool goes_on)
{
    const uint64_t x = load(bytes, len) | (uint64_t)len << 24 | (uint64_t)goes_on << 32;
    return (size_t)(x * GOLDEN >> (64 - SHORT_LOG));
}

static unsigned length_bit(size_t len)
{
    return len - FIRST_LONG < LAST_BIT ? (unsigned)(len - FIRST_LONG) : LAST_BIT;
}

// ----------------------------------------------------------------------------------- the questions

static bool is_piece(const struct pieces *p, const struct piece_slot *s, const char *bytes,
                     size_t len, bool goes_on)
{
    if (s->kind != (uint32_t)(len * 2 + goes_on)) return false;
    if (len <= 8) return true;
    const char *end = p->text.data + p->where[s->id] + (p->lengths[s->id] & ~SHADOWED);
    return memcmp(end - len, bytes, len) == 0; // behind the prefix, if it has one
}

static struct piece_slot *find_slot(const struct pieces *p, const char *bytes, size_t len,
                                    bool goes_on)
{
    const uint64_t key = key_of(bytes, len);
    size_t i = slot_of(p, key, goes_on);
    for (;; i = (i + 1) & (p->n_slots - 1)) {
        struct piece_slot *s = &p->slots[i];
        if (s->kind == 0 || (s->key == key && is_piece(p, s, bytes, len, goes_on))) return s;
    }
}

int32_t pieces_find(const struct pieces *p, const char *bytes, size_t len, bool goes_on)
{
    if (len >= PIECES_LENGTH_LIMIT) return -1;
    const struct piece_slot *s = find_slot(p, bytes, len, goes_on);
    return s->kind ? s->id : -1;
}

// Pieces of 35 bytes and more share a bit: each length down from the longest is asked for.
static size_t longest_of_many(const struct pieces *p, const char *bytes, size_t len, bool goes_on,
                              int32_t *id)
{
    const size_t most = len < p->longest ? len : p->longest;
    for (size_t n = most; n >= FIRST_LONG + LAST_BIT; n--) {
        if (n < len && ((unsigned char)bytes[n] & 0xC0) == 0x80) continue; // inside a character
        *id = pieces_find(p, bytes, n, goes_on);
        if (*id >= 0) return n;
    }
    return 0;
}

static size_t longest_long(const struct pieces *p, const char *bytes, size_t len, bool goes_on,
                           int32_t *id)
{
    uint32_t mask = p->long_masks[mask_of(p, bytes, goes_on)];
    if (len - FIRST_LONG < LAST_BIT) {
        mask &= (2u << (len - FIRST_LONG)) - 1;
    } else if (mask >> LAST_BIT) {
        const size_t n = longest_of_many(p, bytes, len, goes_on, id);
        if (n) return n;
    }
    for (mask &= (1u << LAST_BIT) - 1; mask;) {
        const unsigned bit = 31 - (unsigned)__builtin_clz(mask);
        *id = pieces_find(p, bytes, FIRST_LONG + bit, goes_on);
        if (*id >= 0) return FIRST_LONG + bit;
        mask ^= 1u << bit;
    }
    return 0;
}

size_t pieces_longest(const struct pieces *p, const char *bytes, size_t len, bool goes_on,
                      int32_t *id)
{
    if (len >= FIRST_LONG) {
        const size_t n = longest_long(p, bytes, len, goes_on, id);
        if (n) return n;
    }
    for (size_t n = len < FIRST_LONG ? len : FIRST_LONG - 1; n > 0; n--) {
        const size_t bit = bit_of(bytes, n, goes_on);
        if (!(p->short_bits[bit / 64] >> bit % 64 & 1)) continue;
        *id = pieces_find(p, bytes, n, goes_on);
        if (*id >= 0) return n;
    }
    return 0;
}

// ------------------------------------------------------------------------------------- the tables

static void insert(struct pieces *p, uint32_t id, const char *bytes, size_t len, bool goes_on)
{
    if (len == 0) return;
    struct piece_slot *s = find_slot(p, bytes, len, goes_on);
    if (s->kind && !goes_on) {
        p->lengths[s->id] |= SHADOWED;
        p->duplicates++;
    }
    s->key = key_of(bytes, len);
    s->kind = (uint32_t)(len * 2 + goes_on);
    s->id = (int32_t)id;
    if (len > p->longest) p->longest = len;
    if (len >= FIRST_LONG) {
        p->long_masks[mask_of(p, bytes, goes_on)] |= 1u << length_bit(len);
    } else {
        const size_t bit = bit_of(bytes, len, goes_on);
        p->short_bits[bit / 64] |= 1ull << bit % 64;
    }
}

static unsigned log_above(size_t n)
{
    unsigned log = 10;
    while ((size_t)1 << log < n) log++;
    return log;
}

bool pieces_index(struct pieces *p, const char *prefix, size_t prefix_len)
{
    const unsigned log = log_above(3 * p->n); // at most two thirds full, usually under a half
    p->n_slots = (size_t)1 << log;
    p->shift = 64 - log;
    const unsigned mask_log = log_above(p->n);
    p->mask_shift = 64 - mask_log;
    for (int i = 0; i < PIECES_SLACK; i++) buf_byte(&p->text, 0);
    p->slots = mem_zero(p->n_slots, sizeof *p->slots);
    p->long_masks = mem_zero((size_t)1 << mask_log, sizeof *p->long_masks);
    p->short_bits = mem_zero(((size_t)1 << SHORT_LOG) / 64, sizeof *p->short_bits);
    if (p->text.failed || !p->slots || !p->long_masks || !p->short_bits) return false;
    for (uint32_t id = 0; id < p->n; id++) {
        const char *text = pieces_text(p, id);
        if (!text) continue;
        const size_t len = p->lengths[id];
        insert(p, id, text, len, false);
        if (len > prefix_len && memcmp(text, prefix, prefix_len) == 0) {
            insert(p, id, text + prefix_len, len - prefix_len, true);
        }
    }
    return true;
}
