// test_offsets.c: laws of any text, whatever its bytes: offsets inside it, ascending, on borders of
// characters; the same again, from the cache; a million tokens in time that grows as they do;
// memory that does not grow with the words seen.
#include "support/check.h"

#include <sys/resource.h>

#include "base/rng.h"
#include "fuzz/tokenizing.h"

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\nab\n##ab\nA\n##A\ne\n##e\n\u00e9\n##"
    "\u00e9\n.\n"
    ",\n[\n]\n\u4e2d\n\u03c3\n##\u03c3\n##\u03c2\n\uac00\n\u1100\n##\u1161\ni\n##\u0307\n'\n-\n";

static uint64_t drawn;

static uint32_t draw(uint32_t below)
{
    return (uint32_t)(rng_uniform(11, 0, 0, drawn++) * (float)below);
}

// What texts are drawn from: letters, marks, what is dropped, what stands alone, and broken bytes.
static const char *const parts[] = {
    "a",        "b",
    "ab",       "A",
    " ",        "\t",
    "\n",       "e\u0301",
    "\u00c9",   "\u0301",
    "\u0323",   "\u200b",
    "\u00ad",   "\u4e2d",
    "\uac00",   "\u0130",
    "\u03a3",   "[MASK]",
    "[",        ".",
    "'",        "\u2028",
    "\ufb01",   "\u00a0",
    "\ue000",   "\U0001f600",
    "\xff",     "\xc3",
    "\xe2\x82", "\xed\xa0\x80",
    "\u0345",   "\u1100\u1161",
    "x",        "0",
    "\u212b",   "\v",
};

static size_t draw_text(char *text)
{
    size_t len = 0;
    for (uint32_t n = draw(40); n > 0; n--) {
        const char *part = parts[draw(sizeof parts / sizeof *parts)];
        memcpy(text + len, part, strlen(part));
        len += strlen(part);
    }
    return len;
}

static bert_tokenizer *open_profile(int profile, bool lowercase)
{
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    o.profile = (bert_profile)profile;
    o.lowercase = lowercase;
    bert_tokenizer *t = open_bytes("vocab.txt", vocabulary, sizeof vocabulary - 1, &o);
    assert_non_null(t);
    return t;
}

static void offsets_are_borders_in_order(void **state)
{
    (void)state;
    static const struct bert_tokenize_options plain = BERT_TOKENIZE_DEFAULTS;
    for (int profile = BERT_PROFILE_GOOGLE; profile <= BERT_PROFILE_HF_FAST; profile++) {
        for (int lowercase = 0; lowercase < 2; lowercase++) {
            bert_tokenizer *t = open_profile(profile, lowercase);
            bert_encoding *e = bert_encoding_new(t, NULL), *again = bert_encoding_new(t, NULL);
            for (int i = 0; i < 5000; i++) {
                char bytes[400];
                const struct input in = {.text = {bytes, draw_text(bytes)}};
                tokenize_twice(e, again, &in, &plain); // aborts where a law does not hold
                check_pieces(t, bert_encoding_pieces(e, 0), &in);
                check_borders(bert_encoding_pieces(e, 0), &in);
            }
            bert_encoding_free(e);
            bert_encoding_free(again);
            bert_tokenizer_free(t);
        }
    }
}

// Tokenizes n copies of `part` without a space between them; what grows with the square of n would
// take hours.
static void expect_a_million(const bert_tokenizer *t, const char *part, size_t tokens)
{
    enum { N = 1000000 };
    const size_t size = strlen(part);
    char *text = malloc(N * size);
    assert_non_null(text);
    for (size_t i = 0; i < N; i++) memcpy(text + i * size, part, size);
    bert_encoding *e = bert_encoding_new(t, NULL);
    const struct bert_text in = {text, N * size};
    assert_int_equal(bert_tokenize(e, in, (struct bert_text){0}, NULL, NULL), BERT_OK);
    const struct bert_pieces p = bert_encoding_pieces(e, 0);
    assert_int_equal(p.n, tokens * N + 2);
    for (size_t i = 0; i < N; i++) {
        if (p.offsets[1 + i * tokens].start != i * size) fail_msg("token %zu of %s", i, part);
    }
    bert_encoding_free(e);
    free(text);
}

static void a_million_tokens_without_a_space(void **state)
{
    (void)state;
    for (int profile = BERT_PROFILE_GOOGLE; profile <= BERT_PROFILE_HF_FAST; profile++) {
        bert_tokenizer *t = open_profile(profile, true);
        expect_a_million(t, ".", 1);
        expect_a_million(t, "\u4e2d", 1);
        expect_a_million(t, "a.", 2);
        bert_tokenizer_free(t);
    }
    static const char json[] = // words of any length
        "{\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":"
        "true"
        ",\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":"
        "\"BertPreTokenizer\"},"
        "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",1],\"cls\":[\"[CLS]\","
        "2]},"
        "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":"
        "\"##\","
        "\"max_input_chars_per_word\":100000000,\"vocab\":{\"[UNK]\":0,\"[SEP]\":1,\"[CLS]\":2,"
        "\"a\":3,\"##a\":4,\"##aaab\":5,\"e\":6,\"##e\":7}}}";
    struct bert_tokenizer_options fast = BERT_TOKENIZER_DEFAULTS;
    fast.profile = BERT_PROFILE_HF_FAST;
    bert_tokenizer *t = open_bytes("tokenizer.json", json, sizeof json - 1, &fast);
    expect_a_million(t, "a", 1);
    expect_a_million(t, "\u00e9", 1);
    bert_tokenizer_free(t);
}

static long peak_kib(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

// The pieces of ten words that no other i has, of letters that are pieces, of many lengths.
static struct bert_pieces tokenize_ten(bert_encoding *e, uint32_t i)
{
    char text[400];
    size_t len = 0;
    for (uint32_t k = 0; k < 10; k++) {
        for (uint32_t bits = 10 * i + k + 1; bits > 0; bits /= 2) text[len++] = "ab"[bits % 2];
        text[len++] = ' ';
    }
    const struct bert_text in = {text, len};
    require(!bert_tokenize(e, in, (struct bert_text){0}, NULL, NULL));
    return bert_encoding_pieces(e, 0);
}

static void tokenize_new_words(bert_encoding *e, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) require(tokenize_ten(e, i).n > 12);
}

static void memory_does_not_grow_with_words(void **state)
{
    (void)state;
    bert_tokenizer *t = open_profile(BERT_PROFILE_HF_FAST, true);
    bert_encoding *e = bert_encoding_new(t, NULL);
    tokenize_new_words(e, 0, 30000); // fills the caches, builds the automaton
    const long before = peak_kib();
    tokenize_new_words(e, 30000, 150000);
    assert_in_range(peak_kib() - before, 0, 256);
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

// Words of one to twelve letters, met again when the cache has become large.
static void words_are_the_same_from_the_cache(void **state)
{
    (void)state;
    bert_tokenizer *t = open_profile(BERT_PROFILE_HF_FAST, true);
    bert_encoding *e = bert_encoding_new(t, NULL);
    tokenize_new_words(e, 0, 400);
    for (uint32_t i = 0; i < 400; i++) {
        bert_encoding *fresh = bert_encoding_new(t, NULL);
        const struct bert_pieces a = tokenize_ten(e, i), b = tokenize_ten(fresh, i);
        require(a.n == b.n && memcmp(a.ids, b.ids, a.n * sizeof *a.ids) == 0 &&
                memcmp(a.offsets, b.offsets, a.n * sizeof *a.offsets) == 0 &&
                memcmp(a.words, b.words, a.n * sizeof *a.words) == 0);
        bert_encoding_free(fresh);
    }
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_does_not_grow_with_words), // first: the others' peaks are higher
        cmocka_unit_test(offsets_are_borders_in_order),
        cmocka_unit_test(words_are_the_same_from_the_cache),
        cmocka_unit_test(a_million_tokens_without_a_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
