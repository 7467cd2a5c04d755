// test_ahead.c: a text of new words, which are walked together, has the tokens of its words alone.
#include "support/check.h"

#include "base/rng.h"
#include "fuzz/tokenizing.h"

enum { WORDS = 60000, LONGEST = 17 };

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\nab\n##abba\n##ba\nabc\nc\n##cab\n"
    "A\n##A\nB\n##AB\n1\n##1\n,\n";

// Letters of which some go on no piece, and at times punctuation. Of each third of the words the
// first are of any length, those behind them long, so that all are new, and the last ones few.
static size_t draw_word(uint32_t i, char *word)
{
    const uint32_t phase = i % (WORDS / 3) / (WORDS / 9);
    if (phase == 2) i %= 100;
    const size_t len = phase == 1 ? LONGEST - 4 : 1 + (size_t)(rng_uniform(5, i, 0, 0) * LONGEST);
    for (size_t k = 0; k < len; k++) {
        word[k] = "abababababcABab1"[(size_t)(rng_uniform(5, i, 1, (uint32_t)k) * 16)];
    }
    if (i % 97 == 0) word[0] = ',';
    return len;
}

static size_t draw_text(char *text)
{
    size_t len = 0;
    for (uint32_t i = 0; i < WORDS; i++) {
        len += draw_word(i, text + len);
        text[len++] = ' ';
    }
    return len;
}

static struct bert_pieces tokenize(bert_encoding *e, const char *text, size_t len)
{
    const struct bert_text in = {text, len};
    assert_int_equal(bert_tokenize(e, in, (struct bert_text){0}, NULL, NULL), BERT_OK);
    return bert_encoding_pieces(e, 0);
}

static void expect_word(const struct bert_pieces *all, size_t *at, const struct bert_pieces *word,
                        uint32_t start)
{
    for (size_t i = 1; i + 1 < word->n; i++, ++*at) {
        assert_int_equal(all->ids[*at], word->ids[i]);
        assert_int_equal(all->offsets[*at].start, start + word->offsets[i].start);
        assert_int_equal(all->offsets[*at].end, start + word->offsets[i].end);
    }
}

static void words_in_a_text_are_as_alone(void **state)
{
    (void)state;
    char *text = malloc(WORDS * (LONGEST + 1));
    assert_non_null(text);
    const size_t len = draw_text(text);
    for (int lowercase = 0; lowercase < 2; lowercase++) {
        struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
        o.lowercase = lowercase;
        bert_tokenizer *t = open_bytes("vocab.txt", vocabulary, sizeof vocabulary - 1, &o);
        assert_non_null(t);
        bert_encoding *first = bert_encoding_new(t, NULL);
        tokenize(first, text, len); // the automaton comes on the way
        bert_encoding_free(first);
        bert_encoding *e = bert_encoding_new(t, NULL), *alone = bert_encoding_new(t, NULL);
        const struct bert_pieces all = tokenize(e, text, len);
        size_t at = 1;
        for (size_t begin = 0, end; begin < len; begin = end + 1) {
            for (end = begin; text[end] != ' ';) end++;
            const struct bert_pieces word = tokenize(alone, text + begin, end - begin);
            expect_word(&all, &at, &word, (uint32_t)begin);
        }
        assert_int_equal(at + 1, all.n);
        bert_encoding_free(e);
        bert_encoding_free(alone);
        bert_tokenizer_free(t);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_in_a_text_are_as_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
