// test_trie.c: the automaton against the definition, on vocabularies and words of few letters, so
// that every kind of link comes up, and links with more pieces than are kept.
#include "support/check.h"

#include "base/mem.h"
#include "base/rng.h"
#include "text/pieces.h"

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

// Matches a word both ways; returns whether it has pieces.
static bool check_word(const struct pieces *p, const char *word, size_t len)
{
    struct tokens a = {0}, b = {0};
    assert_true(tokens_reserve(&a, len) && tokens_reserve(&b, len));
    const bool good = trie_match(&p->trie, word, len, 5, &a);
    assert_int_equal(good, trie_match_plainly(&p->trie, word, len, 5, &b));
    if (good) assert_true(same_tokens(&a, &b));
    tokens_release(&a);
    tokens_release(&b);
    return good;
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
        assert_true(pieces_index(&p, "##", 2));
        for (int i = 0; i < 200; i++) {
            char word[64];
            const size_t len = draw_word(word, letters, 40);
            if (check_word(&p, word, len)) matched++;
            else missed++;
        }
        pieces_release(&p);
    }
    assert_true(matched > 5000 && missed > 5000);
}

// A long piece over many short ones: what is certain at its end is more than a link keeps.
static void links_of_many_pieces_are_followed_plainly(void **state)
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
    assert_true(pieces_index(&p, "##", 2));
    for (size_t len = 1; len < sizeof long_piece; len++) {
        char word[52];
        memset(word, 'a', sizeof word);
        assert_true(check_word(&p, word, len));
        word[len] = 'b';
        assert_true(check_word(&p, word, len + 1));
        word[len] = 'c';
        assert_false(check_word(&p, word, len + 1));
    }
    pieces_release(&p);
}

// Every byte as a label, NUL too, and words that go on behind a piece without children.
static void any_bytes_are_labels(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    char bytes[4] = "##";
    for (int c = 1; c < 256; c++) {
        bytes[2] = (char)c;
        add(&p, bytes, 3);
    }
    add(&p, "x", 1);
    assert_true(pieces_index(&p, "##", 2));
    for (int c = 0; c < 256; c++) {
        const char word[] = {'x', 'x', (char)c, 'x'};
        assert_int_equal(check_word(&p, word, 4), c > 0);
        assert_int_equal(check_word(&p, word, 3), c > 0);
    }
    bytes[2] = 0;
    add(&p, bytes, 3);
    trie_release(&p.trie);
    assert_true(pieces_index(&p, "##", 2));
    assert_true(check_word(&p, "x\0x", 3));
    pieces_release(&p);
}

static void texts_are_found(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    add(&p, "ab", 2);
    add(&p, "##ab", 4);
    add(&p, "abcd", 4);
    add(&p, "ab", 2);
    assert_true(pieces_index(&p, "##", 2));
    assert_int_equal(pieces_find(&p, "ab", 2), 3);
    assert_int_equal(pieces_find(&p, "##ab", 4), 1);
    assert_int_equal(pieces_find(&p, "abc", 3), -1);
    assert_int_equal(pieces_find(&p, "abcde", 5), -1);
    assert_int_equal(pieces_find(&p, "", 0), -1);
    assert_null(pieces_text(&p, 0));
    assert_int_equal(p.duplicates, 1);
    pieces_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_walk_finds_what_the_definition_does),
        cmocka_unit_test(links_of_many_pieces_are_followed_plainly),
        cmocka_unit_test(any_bytes_are_labels),
        cmocka_unit_test(texts_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
