// trie_match.c: walks through the automaton, of one word and of several together.
#include "text/trie.h"

static inline const struct trie_unit *unit_at(const struct trie *t, uint32_t at)
{
    return (const struct trie_unit *)((const char *)t->units + at);
}

static inline uint32_t label_at(const struct trie *t, uint32_t at)
{
    return unit_at(t, at)->piece.id >> 24;
}

enum trie_answer trie_match(const struct trie *t, const char *bytes, size_t len, uint32_t start,
                            struct tokens *out)
{
    const uint32_t end = start + (uint32_t)len;
    struct tokens found = *out; // a copy of our own, which stays in registers
    const struct trie_unit *u = &t->units[TRIE_BEGINS];
    uint32_t at = start; // up to here the pieces are certain
    for (size_t i = 0; at < end;) {
        for (; i < len; i++) {
            const unsigned char c = (unsigned char)bytes[i];
            const uint32_t child = u->base ^ (uint32_t)c * TRIE_SCALE;
            if (label_at(t, child) != c) break;
            u = unit_at(t, child);
        }
        if (u->to <= TRIE_LAST * TRIE_SCALE) {
            return u->to == TRIE_DEAD * TRIE_SCALE ? TRIE_NONE : TRIE_ASK;
        }
        tokens_put(&found, (int32_t)(u->piece.id & TRIE_ID), at, at + u->piece.len);
        at += u->piece.len;
        u = unit_at(t, u->to);
    }
    out->n = found.n;
    return TRIE_FOUND;
}

// A step goes to a child, or makes a piece certain; so the number of steps less that of bytes is
// where the next piece goes, and every step writes one, certain or not. What is behind a word leads
// from the root of pieces that continue to TRIE_END, and there it stays. (TRIE_LAST | 1 is also
// TRIE_BEGINS, where no step leads.)
void trie_match_words(const struct trie *t, struct trie_words *w)
{
    uint32_t at[TRIE_LANES], bytes[TRIE_LANES] = {0}, steps = 0, all;
    for (int k = 0; k < TRIE_LANES; k++) at[k] = TRIE_BEGINS * TRIE_SCALE;
    do {
        all = 0;
#pragma GCC unroll 8
        for (int k = 0; k < TRIE_LANES; k++) {
            const struct trie_unit u = *unit_at(t, at[k]);
            const uint32_t c = w->bytes[k][bytes[k]], child = u.base ^ c * TRIE_SCALE;
            const bool goes_on = label_at(t, child) == c;
            w->pieces[k][steps - bytes[k]] = u.piece;
            at[k] = __builtin_expect_with_probability(goes_on, 1, 0.5) ? child : u.to;
            bytes[k] += goes_on;
            all |= at[k];
        }
        steps++;
    } while (all > (TRIE_LAST | 1) * TRIE_SCALE);
    for (int k = 0; k < TRIE_LANES; k++) {
        w->n[k] = steps - bytes[k];
        w->answers[k] = at[k] == TRIE_END * TRIE_SCALE    ? TRIE_FOUND
                        : at[k] == TRIE_DEAD * TRIE_SCALE ? TRIE_NONE
                                                          : TRIE_ASK;
    }
}
