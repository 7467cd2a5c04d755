// matcher.c: when to build the automaton, and its keys.
#include "text/matcher.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

// Beginnings that were looked up, at most, before the automaton is built: by then they have taken
// about as long as building takes, so that nobody waits for more than twice what would have been
// best (Karp 1992, "On-line algorithms versus off-line algorithms").
enum { PATIENCE = 1 << 19 };

_Static_assert((int)PIECES_ID_LIMIT <= (int)TRIE_ID_LIMIT, "every id is a value of the trie");

struct matcher {
    const struct pieces *pieces;
    _Atomic(struct trie *) trie; // NULL: not built yet
    atomic_size_t looked_up;
};

struct matcher *matcher_new(const struct pieces *pieces)
{
    struct matcher *m = mem_alloc(1, sizeof *m);
    if (!m) return NULL;
    m->pieces = pieces;
    atomic_init(&m->trie, NULL);
    atomic_init(&m->looked_up, 0);
    return m;
}

static void free_trie(struct trie *t)
{
    if (t) trie_release(t);
    mem_free(t);
}

void matcher_free(struct matcher *m)
{
    if (m) free_trie(atomic_load(&m->trie));
    mem_free(m);
}

// -------------------------------------------------------------------------------------------- keys

// The keys of all pieces that are found; returns how many.
static size_t fill_keys(const struct pieces *p, struct trie_key *keys)
{
    size_t n = 0;
    for (uint32_t id = 0; id < p->n; id++) {
        const char *text = pieces_text(p, id);
        if (text && p->lengths[id] > 0) keys[n++] = trie_key_of(text, p->lengths[id], id);
    }
    return n;
}

// Of sorted keys those that have the prefix and more, without it: they are in order as they come.
static size_t cut_prefix(const struct pieces *p, const struct trie_key *keys, size_t n,
                         struct trie_key *out)
{
    const size_t len = p->prefix_len;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct trie_key *k = &keys[i];
        if (k->len <= len || memcmp(k->bytes, p->prefix, len) != 0) continue;
        out[kept++] = trie_key_of(k->bytes + len, k->len - len, k->id);
    }
    return kept;
}

static bool build(struct trie *t, const struct pieces *p)
{
    struct trie_key *begins = mem_alloc(p->n, sizeof *begins);
    struct trie_key *goes_on = mem_alloc(p->n, sizeof *goes_on);
    bool good = begins && goes_on;
    if (good) {
        const size_t n = fill_keys(p, begins);
        good = trie_sort(begins, n) &&
               trie_build(t, begins, n, goes_on, cut_prefix(p, begins, n, goes_on));
    }
    mem_free(begins);
    mem_free(goes_on);
    return good;
}

const struct trie *matcher_trie(struct matcher *m)
{
    struct trie *other = atomic_load_explicit(&m->trie, memory_order_acquire);
    if (other) return other;
    struct trie *built = mem_zero(1, sizeof *built);
    const bool good = built && build(built, m->pieces);
    if (good && atomic_compare_exchange_strong(&m->trie, &other, built)) return built;
    free_trie(built);
    return other;
}

const struct trie *matcher_built(struct matcher *m)
{
    return atomic_load_explicit(&m->trie, memory_order_acquire);
}

// ---------------------------------------------------------------------------------------- matching

bool matcher_run_plainly(const struct pieces *pieces, const char *bytes, size_t len, uint32_t start,
                         struct tokens *out)
{
    for (size_t at = 0, n; at < len; at += n) {
        int32_t id = 0;
        n = pieces_longest(pieces, at > 0, bytes + at, len - at, &id);
        if (n == 0) return false;
        tokens_put(out, id, start + (uint32_t)at, start + (uint32_t)(at + n));
    }
    return true;
}

// True for exactly one of the words that come before the automaton is built: it pays from there.
// A thread that finds no memory leaves all words to the slower way.
static bool should_build(struct matcher *m, size_t len)
{
    const size_t longest = m->pieces->longest, most = len * (len < longest ? len : longest);
    const size_t before = atomic_fetch_add_explicit(&m->looked_up, most, memory_order_relaxed);
    return before < PATIENCE && before + most >= PATIENCE;
}

bool matcher_run(struct matcher *m, const char *bytes, size_t len, uint32_t start,
                 struct tokens *out)
{
    const struct trie *t = atomic_load_explicit(&m->trie, memory_order_acquire);
    if (!t && should_build(m, len)) t = matcher_trie(m);
    const enum trie_answer answer = t ? trie_match(t, bytes, len, start, out) : TRIE_ASK;
    return answer == TRIE_ASK ? matcher_run_plainly(m->pieces, bytes, len, start, out)
                              : answer == TRIE_FOUND;
}
