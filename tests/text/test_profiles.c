// test_profiles.c: where the three references differ, a case for each: text, pieces, byte offsets.
//
// The vocabulary is made here: a piece for every character that a case needs, alone and as a
// continuation, so that a difference in normalisation cannot hide behind [UNK]. The expectations
// are what google-research/bert's tokenization.py (Python 3.11), BertTokenizer of transformers 4.57
// and the tokenizers library 0.23 give; tools/compare_tokenizers.py holds the library to them at
// large.
#include "support/check.h"

enum { G = BERT_PROFILE_GOOGLE, S = BERT_PROFILE_HF_SLOW, F = BERT_PROFILE_HF_FAST, CASED = 8 };

// Characters that are pieces, besides printable ASCII without upper case.
#define CHARACTERS                                                                                          \
    "éÉàσςοδß中文한\u1112\u1161\u11ab\u0301\ue000\u0378\U0002b820\u0898\u2e52\u166d\u08e2\u1734" \
    "\U00011935\U00011930\U00011938\U00020000ıi\u0307\uf900\u8c48Aka\ua7cb\u0264αβ\u1885"                \
    "\U000111c9"                                                                                            \
    "\U0001fae8\U0002b920\u0915\u093c\u0958\u037e"

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
    {G, "ΑΣ-Β", "α ##ς - β", "0-2 2-4 4-5 5-7"},
    {S, "ΑΣ-Β", "α ##σ - β", "0-2 2-4 4-5 5-7"},
    {F, "ΑΣ-Β", "α ##σ - β", "0-2 2-4 4-5 5-7"},
    {G, "a Σ b", "a σ b", "0-1 2-4 5-6"},
    // dotted capital I; sharp s and dotless i stay
    {G, "İ ß ı", "i ß ı", "0-2 3-5 6-8"},
    {S, "İ ß ı", "i ß ı", "0-2 3-5 6-8"},
    {F, "İ ß ı", "i ß ı", "0-2 3-5 6-8"},
    // dropped everywhere: controls, zero width, soft hyphen; kept inside a token's span
    {F, "a\u200bb \u00adc", "ab c", "0-5 8-9"},
    {G, "a\u200bb\ufeff", "ab", "0-5"},
    {S, "a\u200bb", "ab", "0-5"},
    {F,
     "a\x01"
     "b",
     "ab", "0-3"},
    {F, "\u200bab", "ab", "3-5"},
    {F, "a\u0301\u0301\u0301b", "ab", "0-8"},
    {G, "a\u180eb\ufffda\ufeff", "ab ##a", "0-5 8-9"},
    {S, "a\u180eb\ufffda\ufeff", "ab ##a", "0-5 8-9"},
    {F, "a\u180eb\ufffda\ufeff", "ab ##a", "0-5 8-9"},
    // private use: Google keeps it
    {G, "a\ue000", "a ##\ue000", "0-1 1-4"},
    {S, "a\ue000", "a", "0-1"},
    {F, "a\ue000", "a", "0-1"},
    // unassigned: the slow one drops it
    {G, "a\u0378", "a ##\u0378", "0-1 1-3"},
    {S, "a\u0378", "a", "0-1"},
    {F, "a\u0378", "a ##\u0378", "0-1 1-3"},
    {G, "a\U0001fae8b", "a ##\U0001fae8 ##b", "0-1 1-5 5-6"}, // an emoji of Unicode 15
    {S, "a\U0001fae8b", "ab", "0-6"},
    {F, "a\U0001fae8b", "a ##\U0001fae8 ##b", "0-1 1-5 5-6"},
    // format characters newer than Unicode 8
    {G, "a\u08e2", "a", "0-1"},
    {S, "a\u08e2", "a", "0-1"},
    {F, "a\u08e2", "a ##\u08e2", "0-1 1-4"},
    // marks newer than Unicode 8
    {G, "a\u0898", "a", "0-1"},
    {S, "a\u0898", "a", "0-1"},
    {F, "a\u0898", "a ##\u0898", "0-1 1-4"},
    {G, "a\u1885b", "ab", "0-5"}, // a letter in Unicode 8
    {S, "a\u1885b", "ab", "0-5"},
    {F, "a\u1885b", "a ##\u1885 ##b", "0-1 1-4 4-5"},
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
    {G, "a\U000111c9b", "ab", "0-6"}, // a mark by now
    {S, "a\U000111c9b", "ab", "0-6"},
    {F, "a\U000111c9b", "a \U000111c9 b", "0-1 1-5 5-6"},
    {G | CASED, "a\U000111c9b", "a ##\U000111c9 ##b", "0-1 1-5 5-6"},
    {S | CASED, "a\U000111c9b", "a ##\U000111c9 ##b", "0-1 1-5 5-6"},
    {F | CASED, "a\U000111c9b", "a \U000111c9 b", "0-1 1-5 5-6"},
    // decompositions newer than the fast one's tables
    {G, "\U00011938", "\U00011935 ##\U00011930", "0-4 0-4"},
    {S, "\U00011938", "\U00011935 ##\U00011930", "0-4 0-4"},
    {F, "\U00011938", "\U00011938", "0-4"},
    // letters that newer tables lower
    {G, "\ua7cb", "\ua7cb", "0-3"},
    {S, "\ua7cb", "", ""},
    {F, "\ua7cb", "\u0264", "0-3"},
    // CJK: a word each; extension E begins later in the fast one
    {F, "a中文b", "a 中 文 b", "0-1 1-4 4-7 7-8"},
    {G, "a\U0002b820b", "a \U0002b820 b", "0-1 1-5 5-6"},
    {S, "a\U0002b820b", "a \U0002b820 b", "0-1 1-5 5-6"},
    {F, "a\U0002b820b", "a ##\U0002b820 ##b", "0-1 1-5 5-6"},
    {F, "a\U0002b920b", "a \U0002b920 b", "0-1 1-5 5-6"},
    {F, "a\U00020000b", "a \U00020000 b", "0-1 1-5 5-6"},
    // Hangul comes apart when uncased; every part has the syllable's offsets
    {G, "한", "\u1112 ##\u1161 ##\u11ab", "0-3 0-3 0-3"},
    {S, "한", "\u1112 ##\u1161 ##\u11ab", "0-3 0-3 0-3"},
    {F, "한", "\u1112 ##\u1161 ##\u11ab", "0-3 0-3 0-3"},
    {F | CASED, "한", "한", "0-3"},
    // composition: the slow one alone, seen when cased
    {G | CASED, "e\u0301", "e ##\u0301", "0-1 1-3"},
    {S | CASED, "e\u0301", "é", "0-3"},
    {F | CASED, "e\u0301", "e ##\u0301", "0-1 1-3"},
    {G | CASED, "\uf900", "\uf900", "0-3"},
    {S | CASED, "\uf900", "\u8c48", "0-3"},
    {S | CASED, "\u212a", "[UNK]", "0-3"},
    {G | CASED, "\u1112\u1161\u11ab", "\u1112 ##\u1161 ##\u11ab", "0-3 3-6 6-9"},
    {S | CASED, "\u1112\u1161\u11ab", "한", "0-9"},
    {F | CASED, "\u1112\u1161\u11ab", "\u1112 ##\u1161 ##\u11ab", "0-3 3-6 6-9"},
    {G | CASED, "a\u037eb", "a \u037e b", "0-1 1-3 3-4"},
    {S | CASED, "a\u037eb", "a ; b", "0-1 1-3 3-4"},
    {F | CASED, "a\u037eb", "a \u037e b", "0-1 1-3 3-4"},
    {G | CASED, "\u0958", "\u0958", "0-3"},
    {S | CASED, "\u0958", "\u0915 ##\u093c", "0-3 0-3"}, // excluded from composition
    {F | CASED, "\u0958", "\u0958", "0-3"},
    // white space: U+000B and U+0085 are dropped, U+2028 and U+00A0 separate
    {G,
     "a\vb\xc2\x85"
     "a\u2028b\u00a0a",
     "ab ##a b a", "0-3 5-6 9-10 12-13"},
    {S,
     "a\vb\xc2\x85"
     "a\u2028b\u00a0a",
     "ab ##a b a", "0-3 5-6 9-10 12-13"},
    {F,
     "a\vb\xc2\x85"
     "a\u2028b\u00a0a",
     "ab ##a b a", "0-3 5-6 9-10 12-13"},
    {G,
     "a\x1c"
     "b\u2029a",
     "ab a", "0-3 6-7"},
    {S,
     "a\x1c"
     "b\u2029a",
     "ab a", "0-3 6-7"},
    {F,
     "a\x1c"
     "b\u2029a",
     "ab a", "0-3 6-7"},
    // special tokens in the text
    {G, "x[MASK]y", "x [ m ##a ##s ##k ] y", "0-1 1-2 2-3 3-4 4-5 5-6 6-7 7-8"},
    {S, "x[MASK]y", "x [MASK] y", "0-1 1-7 7-8"},
    {F, "x[MASK]y", "x [MASK] y", "0-1 1-7 7-8"},
    {S, "[mask]", "[ m ##a ##s ##k ]", "0-1 1-2 2-3 3-4 4-5 5-6"},
    {F, "[mask]", "[ m ##a ##s ##k ]", "0-1 1-2 2-3 3-4 4-5 5-6"},
    {S, "[CLS]a[SEP][PAD] [UNK]", "[CLS] a [SEP] [PAD] [UNK]", "0-5 5-6 6-11 11-16 17-22"},
    {F, "[CLS]a[SEP][PAD] [UNK]", "[CLS] a [SEP] [PAD] [UNK]", "0-5 5-6 6-11 11-16 17-22"},
    // bytes that are not UTF-8 are dropped
    {G,
     "a\xff"
     "b\xc3",
     "ab", "0-3"},
    {S,
     "a\xed\xa0\x80"
     "b",
     "ab", "0-5"},
    {F,
     "a\xff"
     "b",
     "ab", "0-3"},
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

// The longest word that is looked up: 200 code points in Google's, 100 in the others; those that
// are left, so that an accent or a syllable counts as what became of it.
static void long_words_are_unknown(void **state)
{
    (void)state;
    static const struct {
        int profile;
        const char *character;
        size_t longest, pieces; // of each
    } limits[] = {{G, "a", 200, 1},       {S, "a", 100, 1},       {F, "a", 100, 1},
                  {G, "é", 200, 1},       {S, "é", 100, 1},       {F, "é", 100, 1},
                  {G, "한", 66, 3},       {S, "한", 33, 3},       {F, "한", 33, 3},
                  {G, "e\u0301", 200, 1}, {S, "e\u0301", 100, 1}, {F, "e\u0301", 100, 1}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char word[1000] = "";
        const size_t size = strlen(limits[i].character);
        for (size_t n = 0; n <= limits[i].longest; n++) strcat(word, limits[i].character);
        bert_tokenizer *t = open_profile(limits[i].profile);
        bert_encoding *e = bert_encoding_new(t, NULL);
        struct bert_tokenize_options o = BERT_TOKENIZE_DEFAULTS;
        o.no_special = true;
        for (size_t more = 0; more < 2; more++) {
            const struct bert_text text = {word, (limits[i].longest + more) * size};
            assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, &o, NULL), BERT_OK);
            assert_int_equal(bert_encoding_pieces(e, 0).n,
                             more ? 1 : limits[i].longest * limits[i].pieces);
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

// What the references number: every mark, every CJK character and every special token is a word;
// added ones belong to none.
static void words_are_numbered(void **state)
{
    (void)state;
    static const int32_t numbers[] = {-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, -1};
    const struct bert_text text = {"don't. 中[MASK] x", 19};
    bert_tokenizer *t = open_profile(F);
    bert_encoding *e = bert_encoding_new(t, NULL);
    assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, NULL, NULL), BERT_OK);
    const struct bert_pieces p = bert_encoding_pieces(e, 0);
    assert_int_equal(p.n, sizeof numbers / sizeof *numbers);
    for (size_t i = 0; i < p.n; i++) assert_int_equal(p.words[i], numbers[i]);
    assert_int_equal(p.offsets[0].end, 0); // [CLS] is nowhere
    assert_int_equal(p.offsets[p.n - 1].end, 0);
    bert_encoding_free(e);
    bert_tokenizer_free(t);
}

// Each option for itself, and special tokens in the text against the profile's way.
static void options_are_independent(void **state)
{
    (void)state;
    static const struct {
        int profile, lowercase, strip, cjk;
        bert_special special;
        const char *text, *pieces;
    } rows[] = {
        {F, 1, 0, 1, BERT_SPECIAL_AUTO, "É İ", "é i ##\u0307"}, // no decomposition either
        {S, 1, 0, 1, BERT_SPECIAL_AUTO, "É", "é"},
        {G, 0, 1, 1, BERT_SPECIAL_AUTO, "éA", "e ##A"},
        {F, 0, 1, 1, BERT_SPECIAL_AUTO, "éA", "e ##A"},
        {F, 1, -1, 0, BERT_SPECIAL_AUTO, "a中b", "a ##中 ##b"},
        {S, 1, -1, 0, BERT_SPECIAL_AUTO, "a中b", "a ##中 ##b"},
        {G, 1, -1, 1, BERT_SPECIAL_KEEP, "x[MASK]y", "x [MASK] y"},
        {S, 1, -1, 1, BERT_SPECIAL_SPLIT, "[MASK]", "[ m ##a ##s ##k ]"},
        {F, 1, -1, 1, BERT_SPECIAL_SPLIT, "[MASK]", "[ m ##a ##s ##k ]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
        o.profile = (bert_profile)rows[i].profile;
        o.lowercase = rows[i].lowercase;
        o.strip_accents = rows[i].strip;
        o.split_cjk = rows[i].cjk;
        o.special_in_text = rows[i].special;
        char path[300], pieces[2000], offsets[2000];
        snprintf(path, sizeof path, "%s/vocab.txt", folder);
        bert_tokenizer *t = bert_tokenizer_open(path, &o, NULL);
        assert_non_null(t);
        bert_encoding *e = bert_encoding_new(t, NULL);
        struct bert_tokenize_options how = BERT_TOKENIZE_DEFAULTS;
        how.no_special = true;
        const struct bert_text text = {rows[i].text, strlen(rows[i].text)};
        assert_int_equal(bert_tokenize(e, text, (struct bert_text){0}, &how, NULL), BERT_OK);
        print_pieces(t, bert_encoding_pieces(e, 0), pieces, offsets);
        assert_string_equal(pieces, rows[i].pieces);
        bert_encoding_free(e);
        bert_tokenizer_free(t);
    }
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
        cmocka_unit_test(words_are_numbered),  cmocka_unit_test(options_are_independent),
        cmocka_unit_test(ids_become_text),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
