// test_profiles.c: where the three references differ, a case for each: text, pieces, byte offsets.
//
// The vocabulary is made here: a piece for every character that a case needs, alone and as a
// continuation, so that a difference in normalisation cannot hide behind [UNK]. The expectations are
// what google-research/bert's tokenization.py (Python 3.11), BertTokenizer of transformers 4.57 and
// the tokenizers library 0.23 give; tools/compare_tokenizers.py holds the library to them at large.
#include "support/check.h"

enum { G = BERT_PROFILE_GOOGLE, S = BERT_PROFILE_HF_SLOW, F = BERT_PROFILE_HF_FAST, CASED = 8 };

// Characters that are pieces, besides printable ASCII without upper case.
#define CHARACTERS                                                                                 \
    "éÉàσςοδß中文한\u1112\u1161\u11ab\u0301\ue000\u0378\U0002b820\u0898\u2e52\u166d\u08e2\u1734"     \
    "\U00011935\U00011930\U00011938\U00020000ıi\u0307\uf900\u8c48Aka\ua7cb\u0264"

static char folder[256];

struct test_case {
    int profile; // | CASED
    const char *text, *pieces, *offsets;
};

static const struct test_case cases[] = {
    // lower-casing and accents; an accent that is dropped inside a token is covered, at its end not
    {F, "Ab É", "ab e", "0-2 3-5"},
    {F, "cafe\u0301 x", "c ##a ##f ##e x", "0-1 1-2 2-3 3-4 7-8"},
    {F, "ae\u0301a", "a ##e ##a", "0-1 1-2 4-5"},
    {F | CASED, "É e", "É e", "0-2 3-4"},
    {G, "Ab É", "ab e", "0-2 3-5"},
    {S, "Ab É", "ab e", "0-2 3-5"},
    // the final sigma: Google lowers whole words, the others characters
    {G, "ΟΔΟΣ", "ο ##δ ##ο ##ς", "0-2 2-4 4-6 6-8"},
    {S, "ΟΔΟΣ", "ο ##δ ##ο ##σ", "0-2 2-4 4-6 6-8"},
    {F, "ΟΔΟΣ", "ο ##δ ##ο ##σ", "0-2 2-4 4-6 6-8"},
    {G, "ΑΣ-Β", "[UNK] - [UNK]", "0-4 4-5 5-7"},
    // dotted capital I; sharp s and dotless i stay
    {F, "İ ß ı", "i ß ı", "0-2 3-5 6-8"},
    // dropped everywhere: controls, zero width, soft hyphen; kept inside a token's span
    {F, "a\u200bb \u00adc", "ab c", "0-5 8-9"},
    {G, "a\u200bb\ufeff", "ab", "0-5"},
    {S, "a\u200bb", "ab", "0-5"},
    {F, "a\x01" "b", "ab", "0-3"},
    // private use: Google keeps it
    {G, "a\ue000", "a ##\ue000", "0-1 1-4"},
    {S, "a\ue000", "a", "0-1"},
    {F, "a\ue000", "a", "0-1"},
    // unassigned: the slow one drops it
    {G, "a\u0378", "a ##\u0378", "0-1 1-3"},
    {S, "a\u0378", "a", "0-1"},
    {F, "a\u0378", "a ##\u0378", "0-1 1-3"},
    // format characters newer than Unicode 8
    {G, "a\u08e2", "a", "0-1"},
    {S, "a\u08e2", "a", "0-1"},
    {F, "a\u08e2", "a ##\u08e2", "0-1 1-4"},
    // marks newer than Unicode 8
    {G, "a\u0898", "a", "0-1"},
    {S, "a\u0898", "a", "0-1"},
    {F, "a\u0898", "a ##\u0898", "0-1 1-4"},
    // a mark of Unicode 8 that is none any more
    {G, "a\u1734", "a ##\u1734", "0-1 1-4"},
    {S, "a\u1734", "a ##\u1734", "0-1 1-4"},
    {F, "a\u1734", "a", "0-1"},
    // punctuation newer than Unicode 8, and of Unicode 8 alone
    {G, "a\u2e52b", "a \u2e52 b", "0-1 1-4 4-5"},
    {S, "a\u2e52b", "a \u2e52 b", "0-1 1-4 4-5"},
    {F, "a\u2e52b", "a ##\u2e52 ##b", "0-1 1-4 4-5"},
    {G, "a\u166db", "a ##\u166d ##b", "0-1 1-4 4-5"},
    {S, "a\u166db", "a ##\u166d ##b", "0-1 1-4 4-5"},
    {F, "a\u166db", "a \u166d b", "0-1 1-4 4-5"},
    // decompositions newer than the fast one's tables
    {G, "\U00011938", "\U00011935 ##\U00011930", "0-4 0-4"},
    {S, "\U00011938", "\U00011935 ##\U00011930", "0-4 0-4"},
    {F, "\U00011938", "\U00011938", "0-4"},
    // letters that newer tables lower
    {G, "\ua7cb", "\ua7cb", "0-3"},
    {F, "\ua7cb", "\u0264", "0-3"},
    // CJK: a word each; extension E begins later in the fast one
    {F, "a中文b", "a 中 文 b", "0-1 1-4 4-7 7-8"},
    {G, "a\U0002b820b", "a \U0002b820 b", "0-1 1-5 5-6"},
    {S, "a\U0002b820b", "a \U0002b820 b", "0-1 1-5 5-6"},
    {F, "a\U0002b820b", "a ##\U0002b820 ##b", "0-1 1-5 5-6"},
    {F, "a\U00020000b", "a \U00020000 b", "0-1 1-5 5-6"},
    // Hangul comes apart when uncased; every part has the syllable's offsets
    {F, "한", "\u1112 ##\u1161 ##\u11ab", "0-3 0-3 0-3"},
    {F | CASED, "한", "한", "0-3"},
    // composition: the slow one alone, seen when cased
    {G | CASED, "e\u0301", "e ##\u0301", "0-1 1-3"},
    {S | CASED, "e\u0301", "é", "0-3"},
    {F | CASED, "e\u0301", "e ##\u0301", "0-1 1-3"},
    {G | CASED, "\uf900", "\uf900", "0-3"},
    {S | CASED, "\uf900", "\u8c48", "0-3"},
    {S | CASED, "\u212a", "[UNK]", "0-3"},
    // white space: U+000B and U+0085 are dropped, U+2028 and U+00A0 separate
    {G, "a\vb\xc2\x85" "a\u2028b\u00a0a", "ab ##a b a", "0-3 5-6 9-10 12-13"},
    {S, "a\vb\xc2\x85" "a\u2028b\u00a0a", "ab ##a b a", "0-3 5-6 9-10 12-13"},
    {F, "a\vb\xc2\x85" "a\u2028b\u00a0a", "ab ##a b a", "0-3 5-6 9-10 12-13"},
    // special tokens in the text
    {G, "x[MASK]y", "x [ m ##a ##s ##k ] y", "0-1 1-2 2-3 3-4 4-5 5-6 6-7 7-8"},
    {S, "x[MASK]y", "x [MASK] y", "0-1 1-7 7-8"},
    {F, "x[MASK]y", "x [MASK] y", "0-1 1-7 7-8"},
    {F, "[mask]", "[ m ##a ##s ##k ]", "0-1 1-2 2-3 3-4 4-5 5-6"},
    // bytes that are not UTF-8 are dropped
    {G, "a\xff" "b\xc3", "ab", "0-3"},
    {S, "a\xed\xa0\x80" "b", "ab", "0-5"},
    {F, "a\xff" "b", "ab", "0-3"},
    // a word with a piece that is missing is unknown as a whole, and its span is the word
    {F, "a\u2603b c", "[UNK] c", "0-5 6-7"},
    {F, "", "", ""},
    {F, " \t\n", "", ""},
    {F, "don't.", "d ##o ##n ' t .", "0-1 1-2 2-3 3-4 4-5 5-6"},
};

// ------------------------------------------------------------------------------------- the tables

static bert_tokenizer *open_profile(int profile)
{
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    o.profile = (bert_profile)(profile & ~CASED);
    o.lowercase = !(profile & CASED);
    bert_error err = {0};
    char path[300];
    snprintf(path, sizeof path, "%s/vocab.txt", folder);
    bert_tokenizer *t = bert_tokenizer_open(path, &o, &err);
    if (!t) fail_msg("%s", err.message);
    return t;
}

static void print_pieces(const bert_tokenizer *t, struct bert_pieces p, char pieces[2000],
                         char offsets[2000])
{
    pieces[0] = offsets[0] = 0;
    for (size_t i = 0; i < p.n; i++) {
        snprintf(pieces + strlen(pieces), 2000 - strlen(pieces), "%s%s", i ? " " : "",
                 bert_tokenizer_piece(t, p.ids[i]));
        snprintf(offsets + strlen(offsets), 2000 - strlen(offsets), "%s%u-%u", i ? " " : "",
                 p.offsets[i].start, p.offsets[i].end);
    }
}

static void cases_hold(void **state)
{
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct test_case *c = &cases[i];
        bert_tokenizer *t = open_profile(c->profile);
        bert_encoding *e = bert_encoding_new(t, NULL);
        struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
        o.no_special = true;
        const struct bert_text text = {c->text, strlen(c->text)};
        char pieces[2000], offsets[2000];
        assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, &o, NULL), BERT_OK);
        print_pieces(t, bert_encoding_pieces(e, 0), pieces, offsets);
        if (strcmp(pieces, c->pieces) != 0 || strcmp(offsets, c->offsets) != 0) {
            print_error("%s%s \"%s\":\n  %s  %s, not\n  %s  %s\n",
                        (const char *[]){"", "google", "hf-slow", "hf-fast"}[c->profile & ~CASED],
                        c->profile & CASED ? " cased" : "", c->text, pieces, offsets, c->pieces,
                        c->offsets);
            bad++;
        }
        bert_encoding_free(e);
        bert_tokenizer_free(t);
    }
    assert_int_equal(bad, 0);
}

// The longest word that is looked up: 200 code points in Google's, 100 in the others.
static void long_words_are_unknown(void **state)
{
    (void)state;
    static const struct {
        int profile;
        size_t longest;
    } limits[] = {{G, 200}, {S, 100}, {F, 100}};
    char word[201];
    memset(word, 'a', sizeof word);
    for (size_t i = 0; i < 3; i++) {
        bert_tokenizer *t = open_profile(limits[i].profile);
        bert_encoding *e = bert_encoding_new(t, NULL);
        struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
        o.no_special = true;
        for (size_t more = 0; more < 2; more++) {
            const struct bert_text text = {word, limits[i].longest + more};
            assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, &o, NULL), BERT_OK);
            assert_int_equal(bert_encoding_pieces(e, 0).n, more ? 1 : limits[i].longest);
        }
        bert_encoding_free(e);
        bert_tokenizer_free(t);
    }
}

// Truncation of pairs: 2 + 2 tokens in 3 places, and more; the fast one has a rule of its own.
static void pairs_are_truncated(void **state)
{
    (void)state;
    static const struct {
        int profile;
        bert_truncate truncate;
        bool left;
        size_t max;
        const char *pieces;
    } rules[] = {
        {G, BERT_TRUNCATE_LONGEST_FIRST, false, 6, "[CLS] a b [SEP] x [SEP]"},
        {S, BERT_TRUNCATE_LONGEST_FIRST, false, 6, "[CLS] a b [SEP] x [SEP]"},
        {F, BERT_TRUNCATE_LONGEST_FIRST, false, 6, "[CLS] a [SEP] x y [SEP]"},
        {F, BERT_TRUNCATE_LONGEST_FIRST, true, 6, "[CLS] b [SEP] x y [SEP]"},
        {F, BERT_TRUNCATE_ONLY_FIRST, false, 6, "[CLS] a [SEP] x y [SEP]"},
        {F, BERT_TRUNCATE_ONLY_SECOND, false, 6, "[CLS] a b [SEP] x [SEP]"},
        {F, BERT_TRUNCATE_ONLY_SECOND, true, 6, "[CLS] a b [SEP] y [SEP]"},
        {F, BERT_TRUNCATE_LONGEST_FIRST, false, 7, "[CLS] a b [SEP] x y [SEP]"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        bert_tokenizer *t = open_profile(rules[i].profile);
        bert_encoding *e = bert_encoding_new(t, NULL);
        struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
        o.truncate = rules[i].truncate;
        o.truncate_left = rules[i].left;
        o.max_length = rules[i].max;
        char pieces[2000], offsets[2000];
        const struct bert_text first = {"a b", 3}, second = {"x y", 3};
        assert_int_equal(bert_tokenize(e, first, second, &o, NULL), BERT_OK);
        print_pieces(t, bert_encoding_pieces(e, 0), pieces, offsets);
        assert_string_equal(pieces, rules[i].pieces);
        assert_int_equal(bert_encoding_pieces(e, 0).truncated, 7 - rules[i].max);
        bert_encoding_free(e);
        bert_tokenizer_free(t);
    }
}

static void windows_overlap(void **state)
{
    (void)state;
    static const char *const windows[] = {"[CLS] a b c [SEP]", "[CLS] c d e [SEP]",
                                          "[CLS] e f [SEP]"};
    bert_tokenizer *t = open_profile(F);
    bert_encoding *e = bert_encoding_new(t, NULL);
    struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
    o.max_length = 5;
    o.windows = true;
    o.stride = 1;
    const struct bert_text text = {"a b c d e f", 11};
    assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, &o, NULL), BERT_OK);
    assert_int_equal(bert_encoding_windows(e), 3);
    for (size_t i = 0; i < 3; i++) {
        char pieces[2000], offsets[2000];
        print_pieces(t, bert_encoding_pieces(e, i), pieces, offsets);
        assert_string_equal(pieces, windows[i]);
    }
    o.stride = 3; // no room left to go forward
    bert_error err = {0};
    assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, &o, &err), BERT_INVALID);
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

static void units_are_converted(void **state)
{
    (void)state;
    const struct bert_text text = {"é\U0001f600 x", 8};
    struct bert_span byte = {0, 0}, character = {7, 8}, utf16 = {7, 8};
    bert_spans_convert(text, BERT_UNIT_BYTE, &byte, 1);
    bert_spans_convert(text, BERT_UNIT_CHAR, &character, 1);
    bert_spans_convert(text, BERT_UNIT_UTF16, &utf16, 1);
    assert_int_equal(character.start, 3);
    assert_int_equal(character.end, 4);
    assert_int_equal(utf16.start, 4);
    assert_int_equal(utf16.end, 5);
}

static void words_are_given(void **state)
{
    (void)state;
    bert_tokenizer *t = open_profile(F);
    bert_encoding *e = bert_encoding_new(t, NULL);
    const struct bert_text words[] = {{"ab-c", 4}, {"", 0}, {"x", 1}};
    static const int32_t numbers[] = {-1, 0, 0, 0, 2, -1};
    assert_int_equal(bert_tokenize_words(e, words, 3, NULL, 0, NULL, NULL), BERT_OK);
    const struct bert_pieces p = bert_encoding_pieces(e, 0);
    assert_int_equal(p.n, 6);
    for (size_t i = 0; i < p.n; i++) assert_int_equal(p.words[i], numbers[i]);
    assert_int_equal(p.offsets[2].start, 2); // within its word
    assert_int_equal(p.offsets[4].start, 0);
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

static void ids_become_text(void **state)
{
    (void)state;
    bert_tokenizer *t = open_profile(F);
    bert_encoding *e = bert_encoding_new(t, NULL);
    char out[64];
    const struct bert_text text = {"ab, don't x!", 12};
    assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, NULL, NULL), BERT_OK);
    const struct bert_pieces p = bert_encoding_pieces(e, 0);
    const size_t n = bert_detokenize(t, p.ids, p.n, true, out, sizeof out);
    assert_int_equal(n, strlen(out));
    assert_true(bert_detokenize(t, p.ids, p.n, true, NULL, 0) >= n); // room that is enough
    assert_non_null(strstr(out, "ab, "));
    assert_non_null(strstr(out, "x!"));
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

// ------------------------------------------------------------------------------------- vocabulary

static void write_vocabulary(void)
{
    char path[300];
    snprintf(path, sizeof path, "%s/vocab.txt", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fprintf(f, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nab\n");
    for (char c = '!'; c <= '~'; c++) {
        if (c < 'A' || c > 'Z') fprintf(f, "%c\n##%c\n", c, c);
    }
    for (const char *p = CHARACTERS; *p;) {
        size_t n = 1;
        while (((unsigned char)p[n] & 0xC0) == 0x80) n++;
        const bool known = (n == 1 && *p >= '!' && (*p < 'A' || *p > 'Z'));
        if (!known) fprintf(f, "%.*s\n##%.*s\n", (int)n, p, (int)n, p);
        p += n;
    }
    assert_int_equal(fclose(f), 0);
}

static int make(void **state)
{
    (void)state;
    check_folder_make(folder);
    write_vocabulary();
    return 0;
}

static int clean(void **state)
{
    (void)state;
    check_folder_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_hold),          cmocka_unit_test(long_words_are_unknown),
        cmocka_unit_test(pairs_are_truncated), cmocka_unit_test(windows_overlap),
        cmocka_unit_test(units_are_converted), cmocka_unit_test(words_are_given),
        cmocka_unit_test(ids_become_text),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
