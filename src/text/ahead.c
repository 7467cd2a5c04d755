// ahead.c: which words are walked together, and their tokens.
#include "text/ahead.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t halves8 __attribute__((vector_size(16)));
typedef uint32_t words4 __attribute__((vector_size(16)));

enum { END_LABEL = 255 * TRIE_SCALE };

_Static_assert((int)CACHE_SHORT <= (int)TRIE_SHORT, "a run's word can be walked");

void ahead_init(struct ahead *a, const struct wordpiece *model, bool lowercase)
{
    a->model = model;
    a->lowercase = lowercase;
    a->pays = a->all_new = a->blind = false;
    a->batches = 0;
    a->seen = a->unknown = 0;
    a->words[0].run = NULL;
    a->next = a->words;
    for (int k = 0; k < TRIE_LANES; k++) {
        for (int i = 0; i < TRIE_STEPS; i++) a->labels.labels[k][i] = END_LABEL;
    }
}

// ---------------------------------------------------------------------------------------- walking

static inline bool is_word(const struct run *r)
{
    const unsigned char c = r->key[0] & 0xFF, small = c | 0x20;
    return r->len <= CACHE_SHORT && ((small >= 'a' && small <= 'z') || (c >= '0' && c <= '9'));
}

static inline bool is_known(const struct run *r)
{
    return cache_is_short(r->set, r->key) || cache_is_short(r->set + 1, r->key);
}

// The key of a word has its bytes, zeros and its length. Capital letters become small ones: they
// are the bytes with bit 6, and small ones have bit 5 anyhow.
static inline void put_labels(uint16_t labels[TRIE_STEPS], const struct run *r, uint8_t capitals)
{
    static const uint8_t behind[2 * sizeof(bytes16)] = {
        0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const bytes16 zero = {0};
    bytes16 x, ends;
    memcpy(&x, r->key, sizeof x);
    memcpy(&ends, behind + sizeof x - r->len, sizeof ends);
    x |= (x & capitals) >> 1 | ends;
    const halves8 low = (halves8)__builtin_shufflevector(x, zero, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20,
                                                         5, 21, 6, 22, 7, 23);
    const halves8 high = (halves8)__builtin_shufflevector(x, zero, 8, 24, 9, 25, 10, 26, 11, 27, 12,
                                                          28, 13, 29, 14, 30, 15, 31);
    const halves8 both[] = {low * TRIE_SCALE, high * TRIE_SCALE};
    memcpy(labels, both, sizeof both);
}

_Static_assert(RUNS <= 256, "numbers and places are bytes, modulo 256 where one counts to there");

// Finds the words; returns how many, and in `order` their numbers by length.
static size_t find_words(struct ahead *a, const struct run *r, const struct run *end,
                         uint8_t order[RUNS])
{
    uint8_t places[CACHE_SHORT + 2] = {0};
    size_t n = 0;
    for (; r < end; r++) {
        a->words[n].run = r;
        const bool found = is_word(r) && !is_known(r);
        places[found ? r->len + 1 : 0]++;
        n += found;
    }
    places[0] = 0;
    for (size_t i = 1; i <= CACHE_SHORT; i++) places[i] = (uint8_t)(places[i] + places[i - 1]);
    for (size_t i = 0; i < n; i++) order[places[a->words[i].run->len]++] = (uint8_t)i;
    return n;
}

static void walk(struct ahead *a, const struct trie *trie, const uint8_t *order, size_t n)
{
    const uint8_t capitals = a->lowercase ? 0x40 : 0;
    struct trie_cuts *cuts = a->cuts;
    for (size_t i = 0; i < n; i += TRIE_LANES, cuts++) {
        for (size_t k = 0; k < TRIE_LANES; k++) { // at the end the last word some times more
            struct ahead_word *w = &a->words[order[i + k < n ? i + k : n - 1]];
            put_labels(a->labels.labels[k], w->run, capitals);
            w->cuts = cuts;
            w->lane = k;
        }
        trie_match_words(trie, &a->labels, cuts);
    }
}

void ahead_walk(struct ahead *a, const struct run *r, const struct run *end)
{
    const struct trie *trie = matcher_built(a->model->matcher);
    size_t n = 0;
    if (trie && a->model->max_word >= CACHE_SHORT) { // or [UNK] for its length
        uint8_t order[RUNS];
        n = find_words(a, r, end, order);
        if (n > 1) walk(a, trie, order, n);
        else n = 0;
    }
    a->words[n].run = NULL;
    a->next = a->words;
}

void ahead_judge(struct ahead *a)
{
    a->pays = 4 * a->unknown > a->seen;
    a->all_new = 16 * (a->seen - a->unknown) < a->seen;
    a->seen = a->unknown = 0;
}

// ----------------------------------------------------------------------------------- their tokens

// Writes the tokens of four pieces, which stand backwards before `last`, from out's i-th on; their
// bytes begin at `start`. Returns where they end.
static inline words4 put_four(const struct trie_piece *last, words4 start, words4 word,
                              struct tokens *out, size_t i)
{
    const words4 zero = {0};
    words4 x;
    memcpy(&x, last - 4, sizeof x);
    x = __builtin_shufflevector(x, x, 3, 2, 1, 0);
    const words4 ids = x % TRIE_ID_LIMIT, lens = x / TRIE_ID_LIMIT;
    words4 ends = lens + __builtin_shufflevector(zero, lens, 0, 4, 5, 6);
    ends += start + __builtin_shufflevector(zero, ends, 0, 1, 4, 5);
    const words4 starts = ends - lens;
    const words4 spans[] = {__builtin_shufflevector(starts, ends, 0, 4, 1, 5),
                            __builtin_shufflevector(starts, ends, 2, 6, 3, 7)};
    memcpy(out->ids + i, &ids, sizeof ids);
    memcpy(out->offsets + i, spans, sizeof spans);
    memcpy(out->words + i, &word, sizeof word);
    return __builtin_shufflevector(ends, ends, 3, 3, 3, 3);
}

// Appends n pieces, which stand backwards before `last`, of a word at the text's byte `at`. They
// are written eight by eight, the last ones whatever they are: few words have more, and a branch
// for each four would be a guess.
static inline void put_pieces(const struct trie_piece *last, size_t n, uint32_t at,
                              struct tokens *out)
{
    const words4 zero = {0}, word = (uint32_t)out->word + zero;
    words4 start = at + zero;
    for (size_t i = 0; i < n; i += 8) {
        start = put_four(last - i, start, word, out, out->n + i);
        start = put_four(last - i - 4, start, word, out, out->n + i + 4);
    }
    out->n += n;
}

// Room for one walked word, and for what put_pieces writes behind it.
enum { WORD_ROOM = (CACHE_SHORT + 7) / 8 * 8 };

const struct run *ahead_put(struct ahead *a, struct cache *cache, const struct run *r,
                            const struct run *end, struct tokens *out)
{
    const struct ahead_word *w = a->next;
    while (w->run && w->run < r) w++; // an equal one came before
    if (w->run == r && tokens_reserve(out, (size_t)(end - r) * WORD_ROOM)) {
        struct tokens found = *out; // a copy of our own, which stays in registers
        for (; w->run == r && r < end; r++, w++) {
            const struct trie_cuts *cuts = w->cuts;
            const size_t k = w->lane, first = found.n;
            if (cuts->answers[k] == TRIE_ASK) break;
            if (cuts->answers[k] == TRIE_FOUND) {
                put_pieces(cuts->pieces[k] + TRIE_STEPS, cuts->n[k], r->start, &found);
            } else {
                tokens_put(&found, a->model->unk, r->start, r->start + r->len);
            }
            found.word++;
            if (!a->blind) cache_keep_short(cache, r->set, r->key, r->start, &found, first);
        }
        *out = found;
    }
    a->next = w;
    return r;
}
