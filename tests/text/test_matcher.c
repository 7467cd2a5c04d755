// test_matcher.c: a word's pieces stay the same while the automaton comes, whoever builds it.
#include "support/check.h"

#include "base/pool.h"
#include "base/rng.h"
#include "text/matcher.h"

enum { PIECES = 3000, WORDS = 40000, PARTS = 64, LONGEST = 24 };

struct words {
    struct pieces pieces;
    struct matcher *matcher;
    size_t found[PARTS], wrong[PARTS];
};

static size_t draw_word(uint32_t i, uint32_t longest, char *word)
{
    const size_t len = 1 + (size_t)(rng_uniform(3, i, 0, 0) * (float)longest);
    for (size_t k = 0; k < len; k++) word[k] = (char)('a' + rng_uniform(3, i, 1, k) * 4);
    return len;
}

static void open_words(struct words *w)
{
    *w = (struct words){0};
    pieces_init(&w->pieces);
    for (uint32_t id = 0; id < PIECES; id++) {
        char piece[2 + 8] = "##";
        const size_t len = draw_word(id, 8, piece + 2), prefix = id % 2 ? 0 : 2;
        assert_true(pieces_add(&w->pieces, id, piece + prefix, len + 2 - prefix));
    }
    assert_true(pieces_index(&w->pieces, "##", 2));
    w->matcher = matcher_new(&w->pieces);
    assert_non_null(w->matcher);
}

static void check_word(struct words *w, size_t part, const char *word, size_t len)
{
    struct tokens a = {0}, b = {0};
    if (!tokens_reserve(&a, len) || !tokens_reserve(&b, len)) abort();
    const bool good = matcher_run(w->matcher, word, len, 2, &a);
    const bool same = good == matcher_run_plainly(&w->pieces, word, len, 2, &b) &&
                      (!good || (a.n == b.n && memcmp(a.ids, b.ids, a.n * sizeof *a.ids) == 0 &&
                                 memcmp(a.offsets, b.offsets, a.n * sizeof *a.offsets) == 0));
    w->found[part] += good;
    w->wrong[part] += !same;
    tokens_release(&a);
    tokens_release(&b);
}

static void check_part(void *arg, size_t part, int worker)
{
    (void)worker;
    for (uint32_t i = 0; i < WORDS / PARTS; i++) {
        char word[LONGEST];
        const size_t len = draw_word((uint32_t)part * WORDS + i + PIECES, LONGEST, word);
        check_word(arg, part, word, len);
    }
}

static void pieces_stay_the_same_when_the_automaton_comes(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads += 3) {
        struct words w;
        bert_error err;
        open_words(&w);
        struct pool *pool = pool_new(threads, &err);
        assert_non_null(pool);
        pool_run(pool, PARTS, check_part, &w);
        pool_free(pool);
        size_t found = 0;
        for (size_t i = 0; i < PARTS; i++) {
            assert_int_equal(w.wrong[i], 0);
            found += w.found[i];
        }
        assert_true(found > WORDS / 4);
        const struct trie *built = matcher_trie(w.matcher);
        assert_non_null(built);
        assert_ptr_equal(built, matcher_trie(w.matcher));
        matcher_free(w.matcher);
        pieces_release(&w.pieces);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_stay_the_same_when_the_automaton_comes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
