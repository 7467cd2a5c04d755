// inflate.c: RFC 1951. Bits are read from the low end of bytes into a word of 64. A Huffman code is
// looked up by its next FAST bits at once; a longer one is followed bit by bit through the
// canonical order. What comes out stays in a buffer of which the last 32 KB are never let go:
// copies reach back that far.
#include "base/inflate.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum {
    FAST = 10,
    LONGEST = 15, // bits of a code
    LITERALS = 288,
    DISTANCES = 30,
    WINDOW = 1 << 15,
    ROOM = 3 * WINDOW,
    MATCH_MOST = 258,
};

struct code {
    uint16_t count[LONGEST + 1]; // codes of each length
    uint16_t symbol[LITERALS];   // by length, then by symbol
    uint16_t fast[1 << FAST];    // symbol << 4 | length; 0: longer, or no code
};

struct unpacker {
    const unsigned char *at, *end;
    uint64_t bits;
    unsigned n_bits;
    const char *wrong; // NULL so far
    struct code literal, distance;
    size_t len, written; // of out: filled, handed on
    bert_status (*write)(void *arg, const void *bytes, size_t n, bert_error *err);
    void *arg;
    bert_error *err;
    bert_status status; // of write
    unsigned char out[ROOM];
};

static bool wrong(struct unpacker *u, const char *what)
{
    if (!u->wrong) u->wrong = what;
    return false;
}

// -------------------------------------------------------------------------------------------- bits

static void refill(struct unpacker *u)
{
    for (; u->n_bits <= 56 && u->at < u->end; u->n_bits += 8)
        u->bits |= (uint64_t)*u->at++ << u->n_bits;
}

static void drop(struct unpacker *u, unsigned n)
{
    u->bits >>= n;
    u->n_bits -= n;
}

// Takes n bits, at most 16.
static bool take(struct unpacker *u, unsigned n, unsigned *out)
{
    refill(u);
    if (u->n_bits < n) return wrong(u, "ends too early");
    *out = (unsigned)(u->bits & ((1u << n) - 1));
    drop(u, n);
    return true;
}

// ------------------------------------------------------------------------------------------- codes

static unsigned reverse(unsigned code, unsigned length)
{
    unsigned r = 0;
    for (unsigned i = 0; i < length; i++) r |= (code >> i & 1) << (length - 1 - i);
    return r;
}

// From the lengths of n symbols' codes. A code that leaves combinations unused is only good when it
// is a single one of one bit (RFC 1951, 3.2.7).
static bool make_code(struct unpacker *u, struct code *c, const unsigned char *lengths, int n)
{
    uint16_t next[LONGEST + 2] = {0}, place[LONGEST + 2] = {0};
    memset(c, 0, sizeof *c);
    for (int i = 0; i < n; i++) c->count[lengths[i]]++;
    c->count[0] = 0;
    int left = 1, used = 0;
    for (int len = 1; len <= LONGEST; len++) {
        left = 2 * left - c->count[len];
        used += c->count[len];
        if (left < 0) return wrong(u, "has more codes than fit");
        next[len + 1] = (uint16_t)((next[len] + c->count[len]) << 1);
        place[len + 1] = (uint16_t)(place[len] + c->count[len]);
    }
    if (left > 0 && used > c->count[1]) return wrong(u, "has codes that mean nothing");
    for (int i = 0; i < n; i++) {
        const unsigned len = lengths[i];
        if (len == 0) continue;
        c->symbol[place[len]++] = (uint16_t)i;
        const unsigned code = reverse(next[len]++, len);
        for (unsigned k = code; len <= FAST && k < 1u << FAST; k += 1u << len)
            c->fast[k] = (uint16_t)((unsigned)i << 4 | len);
    }
    return true;
}

// A code of more than FAST bits: `first` is the canonical order's first code of each length.
static bool take_long(struct unpacker *u, const struct code *c, unsigned *out)
{
    int code = 0, first = 0, index = 0;
    for (unsigned len = 1; len <= LONGEST && len <= u->n_bits; len++) {
        code |= (int)(u->bits >> (len - 1) & 1);
        const int count = c->count[len];
        if (code - count < first) {
            *out = c->symbol[index + (code - first)];
            drop(u, len);
            return true;
        }
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    return wrong(u, u->n_bits < LONGEST ? "ends too early" : "has a code that means nothing");
}

static bool take_symbol(struct unpacker *u, const struct code *c, unsigned *out)
{
    refill(u);
    const unsigned entry = c->fast[u->bits & ((1 << FAST) - 1)], len = entry & 15;
    if (!len || len > u->n_bits) return take_long(u, c, out);
    drop(u, len);
    *out = entry >> 4;
    return true;
}

// ------------------------------------------------------------------------------------------ output

// Hands on what is new; of the old, keeps what copies may reach.
static bool flush(struct unpacker *u)
{
    if (u->len > u->written)
        u->status = u->write(u->arg, u->out + u->written, u->len - u->written, u->err);
    if (u->len > WINDOW) {
        memmove(u->out, u->out + u->len - WINDOW, WINDOW);
        u->len = WINDOW;
    }
    u->written = u->len;
    return !u->status;
}

static bool make_room(struct unpacker *u)
{
    return u->len + MATCH_MOST <= ROOM || flush(u);
}

static bool copy(struct unpacker *u, unsigned distance, unsigned length)
{
    if (distance > u->len) return wrong(u, "copies from before its beginning");
    unsigned char *to = u->out + u->len;
    if (distance >= length) memcpy(to, to - distance, length);
    else
        for (unsigned i = 0; i < length; i++) to[i] = to[(int)i - (int)distance];
    u->len += length;
    return true;
}

// ------------------------------------------------------------------------------------------ blocks

// A length or distance: its symbol's base and so many further bits.
static bool take_extra(struct unpacker *u, unsigned base, unsigned bits, unsigned *out)
{
    unsigned more = 0;
    if (bits && !take(u, bits, &more)) return false;
    *out = base + more;
    return true;
}

static bool take_length(struct unpacker *u, unsigned symbol, unsigned *out)
{
    static const uint16_t base[29] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                      15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                      67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t bits[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                     2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    if (symbol - 257 >= 29) return wrong(u, "has a length that means nothing");
    return take_extra(u, base[symbol - 257], bits[symbol - 257], out);
}

static bool take_distance(struct unpacker *u, unsigned *out)
{
    unsigned symbol;
    if (!take_symbol(u, &u->distance, &symbol)) return false;
    if (symbol >= DISTANCES) return wrong(u, "has a distance that means nothing");
    if (symbol < 4) return take_extra(u, symbol + 1, 0, out);
    const unsigned bits = symbol / 2 - 1; // 5, 7, 9, 13, 17, 25 …
    return take_extra(u, ((2 + symbol % 2) << bits) + 1, bits, out);
}

static bool take_codes(struct unpacker *u)
{
    for (;;) {
        unsigned symbol, length, distance;
        if (!make_room(u) || !take_symbol(u, &u->literal, &symbol)) return false;
        if (symbol == 256) return true;
        if (symbol < 256) {
            u->out[u->len++] = (unsigned char)symbol;
            continue;
        }
        if (!take_length(u, symbol, &length) || !take_distance(u, &distance) ||
            !copy(u, distance, length))
            return false;
    }
}

static bool fixed_codes(struct unpacker *u)
{
    unsigned char lengths[LITERALS];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    if (!make_code(u, &u->literal, lengths, LITERALS)) return false;
    memset(lengths, 5, 32); // of which two mean nothing
    return make_code(u, &u->distance, lengths, 32);
}

// The lengths of both codes, themselves coded, with runs.
static bool take_lengths(struct unpacker *u, unsigned char *lengths, unsigned n)
{
    for (unsigned i = 0; i < n;) {
        unsigned symbol, more = 0;
        if (!take_symbol(u, &u->literal, &symbol)) return false;
        if (symbol < 16) {
            lengths[i++] = (unsigned char)symbol;
            continue;
        }
        if (symbol == 16 && i == 0) return wrong(u, "repeats a length before the first");
        const unsigned char value = symbol == 16 ? lengths[i - 1] : 0;
        static const unsigned char bits[3] = {2, 3, 7}, least[3] = {3, 3, 11};
        if (!take(u, bits[symbol - 16], &more)) return false;
        const unsigned times = least[symbol - 16] + more;
        if (times > n - i) return wrong(u, "has more lengths than codes");
        memset(lengths + i, value, times);
        i += times;
    }
    return true;
}

static bool own_codes(struct unpacker *u)
{
    static const unsigned char order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                            11, 4,  12, 3, 13, 2, 14, 1, 15};
    unsigned char lengths[LITERALS + 32] = {0};
    unsigned literals, distances, count, length;
    if (!take(u, 5, &literals) || !take(u, 5, &distances) || !take(u, 4, &count)) return false;
    literals += 257;
    distances += 1;
    if (literals > 286 || distances > DISTANCES) return wrong(u, "has more codes than there are");
    for (unsigned i = 0; i < count + 4; i++) {
        if (!take(u, 3, &length)) return false;
        lengths[order[i]] = (unsigned char)length;
    }
    if (!make_code(u, &u->literal, lengths, 19)) return false;
    memset(lengths, 0, 19);
    if (!take_lengths(u, lengths, literals + distances)) return false;
    if (!lengths[256]) return wrong(u, "has no code for the end of a block");
    return make_code(u, &u->literal, lengths, (int)literals) &&
           make_code(u, &u->distance, lengths + literals, (int)distances);
}

static bool take_stored(struct unpacker *u)
{
    unsigned length, inverse;
    drop(u, u->n_bits % 8);
    if (!take(u, 16, &length) || !take(u, 16, &inverse)) return false;
    if (length != (inverse ^ 0xFFFF)) return wrong(u, "has a length that its inverse contradicts");
    u->at -= u->n_bits / 8; // the bytes that were read ahead
    u->bits = u->n_bits = 0;
    if ((size_t)(u->end - u->at) < length) return wrong(u, "ends too early");
    while (length > 0) {
        if (u->len == ROOM && !flush(u)) return false;
        const size_t n = length < ROOM - u->len ? length : ROOM - u->len;
        memcpy(u->out + u->len, u->at, n);
        u->len += n;
        u->at += n;
        length -= (unsigned)n;
    }
    return true;
}

static bool take_blocks(struct unpacker *u)
{
    unsigned last = 0, kind = 0;
    while (!last) {
        if (!take(u, 1, &last) || !take(u, 2, &kind)) return false;
        if (kind == 3) return wrong(u, "has a block of no kind");
        const bool good = kind == 0   ? take_stored(u)
                          : kind == 1 ? fixed_codes(u) && take_codes(u)
                                      : own_codes(u) && take_codes(u);
        if (!good) return false;
    }
    return flush(u);
}

bert_status inflate(const void *packed, size_t n,
                    bert_status (*write)(void *arg, const void *bytes, size_t n, bert_error *err),
                    void *arg, size_t *used, const char *where, bert_error *err)
{
    struct unpacker *u = mem_alloc(1, sizeof *u);
    if (!u) return fail_memory(err);
    memset(u, 0, offsetof(struct unpacker, out));
    u->at = packed;
    u->end = u->at + n;
    u->write = write;
    u->arg = arg;
    u->err = err;
    const bool good = take_blocks(u);
    *used = n - (size_t)(u->end - u->at) - u->n_bits / 8;
    const bert_status status =
        good        ? BERT_OK
        : u->status ? u->status
                    : fail(err, BERT_FORMAT, "%s: its compressed data %s", where, u->wrong);
    mem_free(u);
    return status;
}
