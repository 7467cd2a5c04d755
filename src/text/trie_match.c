// trie_match.c: walks through the automaton, of one word and of several together.
#include "text/trie.h"

static inline const struct trie_unit *unit_at(const struct trie *t, size_t at)
{
    return (const struct trie_unit *)((const char *)t->units + at);
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
            const uint32_t c = (uint32_t)(unsigned char)bytes[i] * TRIE_SCALE;
            const struct trie_unit *child = unit_at(t, u->base ^ c);
            if (child->label != c) break;
            u = child;
        }
        if (u->to <= TRIE_LAST * TRIE_SCALE) {
            return u->to == TRIE_DEAD * TRIE_SCALE ? TRIE_NONE : TRIE_ASK;
        }
        const uint32_t piece_end = at + trie_piece_len(u->piece);
        tokens_put(&found, (int32_t)trie_piece_id(u->piece), at, piece_end);
        at = piece_end;
        u = unit_at(t, u->to);
    }
    out->n = found.n;
    return TRIE_FOUND;
}

// A step goes to a child, or makes a piece certain; so the number of steps less that of bytes is
// where the next piece goes, and every step writes one, certain or not. What is behind a word leads
// from the root of pieces that continue to TRIE_END, and there it stays. (TRIE_LAST | 1 is also
// TRIE_BEGINS, where no step leads.)
void trie_match_words(const struct trie *t, const struct trie_words *words, struct trie_cuts *cuts)
{
    size_t bytes[TRIE_LANES] = {0}, steps = 0;
    size_t at[TRIE_LANES], all; // as wide as addresses are
    for (int k = 0; k < TRIE_LANES; k++) at[k] = TRIE_BEGINS * TRIE_SCALE;
    // Goes back with every step, and forward with every byte: one address for all lanes.
    struct trie_piece *next = &cuts->pieces[0][TRIE_STEPS - 1];
    do {
        all = 0;
#pragma GCC unroll 8
        for (int k = 0; k < TRIE_LANES; k++) {
            const struct trie_unit *u = unit_at(t, at[k]);
            const uint32_t c = words->labels[k][bytes[k]];
            const size_t child = u->base ^ c, to = u->to;
            const bool goes_on = unit_at(t, child)->label == c;
            next[k * TRIE_STEPS + bytes[k]] = u->piece;
            at[k] = __builtin_expect_with_probability(goes_on, 1, 0.5) ? child : to;
            bytes[k] += goes_on;
            all |= at[k];
        }
        steps++;
        next--;
    } while (all > (TRIE_LAST | 1) * TRIE_SCALE);
    for (int k = 0; k < TRIE_LANES; k++) {
        cuts->n[k] = (uint32_t)(steps - bytes[k]);
        cuts->answers[k] = at[k] == TRIE_END * TRIE_SCALE    ? TRIE_FOUND
                           : at[k] == TRIE_DEAD * TRIE_SCALE ? TRIE_NONE
                                                             : TRIE_ASK;
    }
}
