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

struct piece_start {
    uint32_t key;  // start_key; 0: empty
    uint32_t best; // id * 4 + length of the longest piece of up to three bytes; length 0: none
};

#define GOLDEN 0x9E3779B97F4A7C15u // 2^64 / golden ratio
enum { START = 3, MASKED = 4, LAST_BIT = 15 };
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
    mem_free(p->starts);
    mem_free(p->masks);
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

static inline uint64_t load(const char *bytes, size_t n)
{
    uint64_t x;
    memcpy(&x, bytes, sizeof x);
    return n < 8 ? x & ((1ull << 8 * n) - 1) : x;
}

static uint64_t hash_long(const char *bytes, size_t len)
{
    uint64_t h = len;
    for (; len > 8; bytes += 8, len -= 8) {
        h = (h ^ load(bytes, 8)) * GOLDEN;
        h ^= h >> 29;
    }
    h = (h ^ load(bytes, len)) * GOLDEN;
    return h ^ h >> 29;
}

static inline uint64_t key_of(const char *bytes, size_t len)
{
    return len <= 8 ? load(bytes, len) : hash_long(bytes, len);
}

// The place of a mixed key in a table of 2^log slots.
static inline size_t place_of(uint64_t key, bool goes_on, unsigned log)
{
    const uint64_t x = (key ^ key >> 32) + (goes_on ? 0xD6E8FEB86659FD93u : 0);
    return (size_t)(x * GOLDEN >> (64 - log));
}

static inline size_t mask_of(const struct pieces *p, uint32_t bytes, bool goes_on)
{
    return place_of(bytes, goes_on, p->masks_log);
}

static unsigned length_bit(size_t len)
{
    return len - MASKED < LAST_BIT ? (unsigned)(len - MASKED) : LAST_BIT;
}

// One to three bytes, with how many they are.
static inline uint32_t start_key(uint32_t bytes, size_t len, bool goes_on)
{
    return (bytes & UINT32_MAX >> (32 - 8 * len)) | (uint32_t)(len * 2 + goes_on) << 24;
}

// ----------------------------------------------------------------------------------- the questions

static inline struct piece_start *find_start(const struct pieces *p, uint32_t key)
{
    const size_t last = ((size_t)1 << p->starts_log) - 1;
    size_t i = place_of(key, false, p->starts_log);
    while (p->starts[i].key && p->starts[i].key != key) i = (i + 1) & last;
    return &p->starts[i];
}

static inline bool is_piece(const struct pieces *p, const struct piece_slot *s, const char *bytes,
                            size_t len)
{
    if (len <= 8) return true;
    const char *end = p->text.data + p->where[s->id] + (p->lengths[s->id] & ~SHADOWED);
    return memcmp(end - len, bytes, len) == 0; // behind the prefix, if it has one
}

static inline struct piece_slot *find_slot(const struct pieces *p, uint64_t key, const char *bytes,
                                           size_t len, bool goes_on)
{
    const uint32_t kind = (uint32_t)(len * 2 + goes_on);
    const size_t last = ((size_t)1 << p->slots_log) - 1;
    for (size_t i = place_of(key, goes_on, p->slots_log);; i = (i + 1) & last) {
        struct piece_slot *s = &p->slots[i];
        if (s->kind == 0) return s;
        if (s->key == key && s->kind == kind && is_piece(p, s, bytes, len)) return s;
    }
}

static inline int32_t find_key(const struct pieces *p, uint64_t key, const char *bytes, size_t len,
                               bool goes_on)
{
    const struct piece_slot *s = find_slot(p, key, bytes, len, goes_on);
    return s->kind ? s->id : -1;
}

int32_t pieces_find(const struct pieces *p, const char *bytes, size_t len, bool goes_on)
{
    if (len >= PIECES_LENGTH_LIMIT) return -1;
    if (len > START) return find_key(p, key_of(bytes, len), bytes, len, goes_on);
    const uint32_t key = start_key((uint32_t)load(bytes, len), len, goes_on);
    const struct piece_start *s = find_start(p, key);
    return s->key && (s->best & 3) == len ? (int32_t)(s->best >> 2) : -1;
}

// Pieces of 19 bytes and more share a bit: each length down from the longest is asked for.
static size_t longest_of_many(const struct pieces *p, const char *bytes, size_t len, bool goes_on,
                              int32_t *id)
{
    const size_t most = len < p->longest ? len : p->longest;
    for (size_t n = most; n >= MASKED + LAST_BIT; n--) {
        if (n < len && ((unsigned char)bytes[n] & 0xC0) == 0x80) continue; // inside a character
        *id = find_key(p, key_of(bytes, n), bytes, n, goes_on);
        if (*id >= 0) return n;
    }
    return 0;
}

// Pieces of the lengths in mask, longest first. `first` is eight bytes.
static inline size_t longest_masked(const struct pieces *p, const char *bytes, uint64_t first,
                                    uint32_t mask, bool goes_on, int32_t *id)
{
    while (mask) {
        const unsigned bit = 31 - (unsigned)__builtin_clz(mask);
        const size_t n = MASKED + bit;
        const uint64_t key = n <= 8 ? first & UINT64_MAX >> (64 - 8 * n) : hash_long(bytes, n);
        *id = find_key(p, key, bytes, n, goes_on);
        if (*id >= 0) return n;
        mask ^= 1u << bit;
    }
    return 0;
}

// Pieces of up to three bytes: what is known of the most bytes that begin any piece.
static inline size_t longest_start(const struct pieces *p, uint32_t first, size_t len, bool goes_on,
                                   int32_t *id)
{
    for (size_t n = len < START ? len : START; n > 0; n--) {
        const struct piece_start *s = find_start(p, start_key(first, n, goes_on));
        if (!s->key) continue;
        *id = (int32_t)(s->best >> 2);
        return s->best & 3;
    }
    return 0;
}

size_t pieces_longest(const struct pieces *p, const char *bytes, size_t len, bool goes_on,
                      int32_t *id)
{
    const uint64_t first = load(bytes, 8);
    if (len < MASKED) return longest_start(p, (uint32_t)first, len, goes_on, id);
    uint32_t mask = p->masks[mask_of(p, (uint32_t)first, goes_on)];
    const size_t last = len - MASKED;
    if (last < LAST_BIT) {
        mask &= (2u << last) - 1;
    } else if (mask >> LAST_BIT) {
        const size_t n = longest_of_many(p, bytes, len, goes_on, id);
        if (n) return n;
        mask ^= 1u << LAST_BIT;
    }
    const size_t n = longest_masked(p, bytes, first, mask, goes_on, id);
    return n ? n : longest_start(p, (uint32_t)first, START, goes_on, id);
}

// ------------------------------------------------------------------------------------- the tables

static void shadow(struct pieces *p, uint32_t id)
{
    p->lengths[id] |= SHADOWED;
    p->duplicates++;
}

static bool make_starts(struct pieces *p, unsigned log)
{
    p->starts_log = log;
    p->starts = mem_zero((size_t)1 << log, sizeof *p->starts);
    return p->starts;
}

static bool double_starts(struct pieces *p)
{
    struct piece_start *old = p->starts;
    const size_t n = (size_t)1 << p->starts_log;
    const bool made = make_starts(p, p->starts_log + 1);
    for (size_t i = 0; made && i < n; i++) {
        if (old[i].key) *find_start(p, old[i].key) = old[i];
    }
    mem_free(old);
    return made;
}

// Makes the entries of the first bytes of a piece, as far as there are none.
static bool insert_starts(struct pieces *p, uint32_t bytes, size_t len, bool goes_on)
{
    if ((p->n_starts + START) * 3 / 2 > (size_t)1 << p->starts_log && !double_starts(p)) {
        return false;
    }
    for (size_t n = len < START ? len : START; n > 0; n--) {
        const uint32_t key = start_key(bytes, n, goes_on);
        struct piece_start *s = find_start(p, key);
        if (s->key) break; // and so have the shorter ones
        s->key = key;
        p->n_starts++;
    }
    return true;
}

static void insert_short(struct pieces *p, uint32_t id, uint32_t bytes, size_t len, bool goes_on)
{
    struct piece_start *s = find_start(p, start_key(bytes, len, goes_on));
    if (s->best && !goes_on) shadow(p, s->best >> 2);
    s->best = id << 2 | (uint32_t)len;
}

static void insert_long(struct pieces *p, uint32_t id, const char *bytes, size_t len, bool goes_on)
{
    const uint64_t key = key_of(bytes, len);
    struct piece_slot *s = find_slot(p, key, bytes, len, goes_on);
    if (s->kind && !goes_on) shadow(p, (uint32_t)s->id);
    *s = (struct piece_slot){key, (uint32_t)(len * 2 + goes_on), (int32_t)id};
    p->masks[mask_of(p, (uint32_t)load(bytes, MASKED), goes_on)] |=
        (uint16_t)(1u << length_bit(len));
}

static bool insert(struct pieces *p, uint32_t id, const char *bytes, size_t len, bool goes_on)
{
    if (len == 0) return true;
    const uint32_t first = (uint32_t)load(bytes, len < START ? len : START);
    if (!insert_starts(p, first, len, goes_on)) return false;
    if (len <= START) insert_short(p, id, first, len, goes_on);
    else insert_long(p, id, bytes, len, goes_on);
    if (len > p->longest) p->longest = len;
    return true;
}

// Bytes that are no piece themselves begin with what a byte less begins with.
static void inherit_starts(struct pieces *p)
{
    for (size_t len = 2; len <= START; len++) {
        for (size_t i = 0; i < (size_t)1 << p->starts_log; i++) {
            struct piece_start *s = &p->starts[i];
            if (s->key >> 25 != len || s->best) continue;
            s->best = find_start(p, start_key(s->key, len - 1, s->key >> 24 & 1))->best;
        }
    }
}

static bool has_prefix(const struct pieces *p, uint32_t id, const char *prefix, size_t len)
{
    return p->lengths[id] > len && memcmp(p->text.data + p->where[id], prefix, len) == 0;
}

static size_t count_entries(const struct pieces *p, const char *prefix, size_t prefix_len)
{
    size_t n = 0;
    for (uint32_t id = 0; id < p->n; id++) {
        if (p->where[id] != PIECES_NONE) n += 1 + has_prefix(p, id, prefix, prefix_len);
    }
    return n;
}

// For n entries: at most four fifths full.
static unsigned table_log(size_t n)
{
    unsigned log = 10;
    while (((size_t)1 << log) - ((size_t)1 << log) / 5 < n) log++;
    return log;
}

static bool reserve_tables(struct pieces *p, const char *prefix, size_t prefix_len)
{
    const size_t n = count_entries(p, prefix, prefix_len);
    p->slots_log = p->masks_log = table_log(n);
    p->slots = mem_zero((size_t)1 << p->slots_log, sizeof *p->slots);
    p->masks = mem_zero((size_t)1 << p->masks_log, sizeof *p->masks);
    for (int i = 0; i < PIECES_SLACK; i++) buf_byte(&p->text, 0);
    return make_starts(p, 14) && !p->text.failed && p->slots && p->masks;
}

bool pieces_index(struct pieces *p, const char *prefix, size_t prefix_len)
{
    if (!reserve_tables(p, prefix, prefix_len)) return false;
    for (uint32_t id = 0; id < p->n; id++) {
        if (p->where[id] == PIECES_NONE) continue;
        const char *text = p->text.data + p->where[id];
        const size_t len = p->lengths[id];
        if (!insert(p, id, text, len, false)) return false;
        if (has_prefix(p, id, prefix, prefix_len) &&
            !insert(p, id, text + prefix_len, len - prefix_len, true)) {
            return false;
        }
    }
    inherit_starts(p);
    return true;
}
