// test_trie.c: the automaton against the definition, on vocabularies and words of few letters, so
// that every kind of link comes up, and links with more pieces than are kept.
#include "support/check.h"

#include "base/mem.h"
#include "base/rng.h"
#include "text/matcher.h"

static uint64_t drawn;

static uint32_t draw(uint32_t below)
{
    return (uint32_t)(rng_uniform(7, 0, 0, drawn++) * (float)below);
}

static void add(struct pieces *p, const char *text, size_t len)
{
    assert_true(pieces_add(p, (uint32_t)p->n, text, len));
}

static size_t draw_word(char *word, uint32_t letters, uint32_t longest)
{
    const size_t len = 1 + draw(longest);
    for (size_t i = 0; i < len; i++) word[i] = (char)('a' + draw(letters));
    return len;
}

static void add_drawn(struct pieces *p, uint32_t letters, uint32_t longest)
{
    char piece[64] = "##";
    const size_t len = draw_word(piece + 2, letters, longest);
    if (draw(3)) add(p, piece, len + 2);
    else add(p, piece + 2, len);
}

static bool same_tokens(const struct tokens *a, const struct tokens *b)
{
    return a->n == b->n && memcmp(a->ids, b->ids, a->n * sizeof *a->ids) == 0 &&
           memcmp(a->offsets, b->offsets, a->n * sizeof *a->offsets) == 0;
}

struct both {
    struct matcher *matcher;
    const struct pieces *pieces;
    const struct trie *trie;
};

static struct both index_both(struct pieces *p)
{
    assert_true(pieces_index(p, "##", 2));
    struct matcher *m = matcher_new(p);
    assert_non_null(m);
    const struct trie *t = matcher_trie(m);
    assert_non_null(t);
    return (struct both){m, p, t};
}

static void release(struct both *b, struct pieces *p)
{
    matcher_free(b->matcher);
    pieces_release(p);
}

// Matches a word both ways; returns what the automaton says.
static enum trie_answer check_word(const struct both *both, const char *word, size_t len)
{
    struct tokens a = {0}, b = {0};
    assert_true(tokens_reserve(&a, len) && tokens_reserve(&b, len));
    const enum trie_answer answer = trie_match(both->trie, word, len, 5, &a);
    const bool found = matcher_run_plainly(both->pieces, word, len, 5, &b);
    if (answer != TRIE_ASK) assert_int_equal(answer == TRIE_FOUND, found);
    if (answer == TRIE_FOUND) assert_true(same_tokens(&a, &b));
    tokens_release(&a);
    tokens_release(&b);
    return answer;
}

// Matches up to TRIE_LANES words together; each must be as when it is matched alone.
static void check_words(const struct both *both, char words[TRIE_LANES][TRIE_SHORT],
                        const size_t len[TRIE_LANES])
{
    struct trie_words w;
    struct trie_cuts cuts;
    for (int k = 0; k < TRIE_LANES; k++) {
        for (size_t i = 0; i < TRIE_STEPS; i++) {
            const unsigned char c = i < len[k] ? (unsigned char)words[k][i] : 255;
            w.labels[k][i] = (uint16_t)(c * TRIE_SCALE);
        }
    }
    trie_match_words(both->trie, &w, &cuts);
    for (int k = 0; k < TRIE_LANES; k++) {
        struct tokens one = {0}, other = {0};
        assert_true(tokens_reserve(&one, TRIE_SHORT) && tokens_reserve(&other, TRIE_STEPS));
        const enum trie_answer answer = trie_match(both->trie, words[k], len[k], 0, &one);
        assert_int_equal(cuts.answers[k], len[k] ? answer : TRIE_NONE);
        uint32_t at = 0;
        for (uint32_t i = 0; i < cuts.n[k] && cuts.answers[k] == TRIE_FOUND; i++) {
            const struct trie_piece p = cuts.pieces[k][TRIE_STEPS - 1 - i];
            tokens_put(&other, (int32_t)trie_piece_id(p), at, at + trie_piece_len(p));
            at += trie_piece_len(p);
        }
        if (cuts.answers[k] == TRIE_FOUND) assert_true(same_tokens(&one, &other));
        tokens_release(&one);
        tokens_release(&other);
    }
}

static void words_walked_together_are_as_alone(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 200; round++) {
        const uint32_t letters = 1 + round % 4, longest = 1 + round % 9;
        struct pieces p;
        pieces_init(&p);
        for (uint32_t i = draw(60); i > 0; i--) add_drawn(&p, letters, longest);
        struct both b = index_both(&p);
        for (int i = 0; i < 50; i++) {
            char words[TRIE_LANES][TRIE_SHORT];
            size_t len[TRIE_LANES];
            for (int k = 0; k < TRIE_LANES; k++) len[k] = draw_word(words[k], letters, TRIE_SHORT);
            len[draw(TRIE_LANES)] = 0;
            check_words(&b, words, len);
        }
        release(&b, &p);
    }
}

static void one_walk_finds_what_the_definition_does(void **state)
{
    (void)state;
    size_t matched = 0, missed = 0;
    for (uint32_t round = 0; round < 200; round++) {
        const uint32_t letters = 1 + round % 4, longest = 1 + round % 9;
        struct pieces p;
        pieces_init(&p);
        for (uint32_t i = draw(60); i > 0; i--) add_drawn(&p, letters, longest);
        struct both b = index_both(&p);
        for (int i = 0; i < 200; i++) {
            char word[64];
            const size_t len = draw_word(word, letters, 40);
            const enum trie_answer answer = check_word(&b, word, len);
            matched += answer == TRIE_FOUND;
            missed += answer == TRIE_NONE;
        }
        release(&b, &p);
    }
    assert_true(matched > 5000 && missed > 5000);
}

// A long piece over many short ones: what is certain at its end is more than a link keeps.
static void links_of_many_pieces_ask_the_definition(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    char long_piece[50];
    memset(long_piece, 'a', sizeof long_piece);
    add(&p, "a", 1);
    add(&p, "##a", 3);
    add(&p, "##b", 3);
    add(&p, long_piece, sizeof long_piece);
    struct both b = index_both(&p);
    for (size_t len = 1; len < sizeof long_piece; len++) {
        char word[52];
        memset(word, 'a', sizeof word);
        assert_int_equal(check_word(&b, word, len), len <= 16 ? TRIE_FOUND : TRIE_ASK);
        word[len] = 'b';
        assert_int_not_equal(check_word(&b, word, len + 1), TRIE_NONE);
        word[len] = 'c';
        assert_int_not_equal(check_word(&b, word, len + 1), TRIE_FOUND);
    }
    release(&b, &p);
}

static void pieces_too_long_for_a_unit_ask_the_definition(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    char word[TRIE_LONGEST + 3];
    memset(word, 'a', sizeof word);
    add(&p, "##a", 3);
    add(&p, word, TRIE_LONGEST);
    add(&p, word, TRIE_LONGEST + 1);
    struct both b = index_both(&p);
    for (size_t len = TRIE_LONGEST - 1; len <= sizeof word; len++) {
        const enum trie_answer want = len < TRIE_LONGEST    ? TRIE_NONE
                                      : len == TRIE_LONGEST ? TRIE_FOUND
                                                            : TRIE_ASK;
        assert_int_equal(check_word(&b, word, len), want);
    }
    release(&b, &p);
}

// Every byte of UTF-8 as a label, and words that go on behind a piece without children.
static void any_bytes_are_labels(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) { // with NUL among them, and without
        struct pieces p;
        pieces_init(&p);
        char bytes[4] = "##";
        for (int c = first; c <= 0xF4; c++) {
            bytes[2] = (char)c;
            add(&p, bytes, 3);
        }
        add(&p, "x", 1);
        struct both b = index_both(&p);
        for (int c = 0; c <= 0xF4; c++) {
            const char word[] = {'x', 'x', (char)c, 'x'};
            const enum trie_answer want = c < first ? TRIE_NONE : TRIE_FOUND;
            assert_int_equal(check_word(&b, word, 4), want);
            assert_int_equal(check_word(&b, word, 3), want);
        }
        release(&b, &p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_walked_together_are_as_alone),
        cmocka_unit_test(one_walk_finds_what_the_definition_does),
        cmocka_unit_test(links_of_many_pieces_ask_the_definition),
        cmocka_unit_test(pieces_too_long_for_a_unit_ask_the_definition),
        cmocka_unit_test(any_bytes_are_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
