// test_simple.c: the letter that a character alone comes to, against normalize(), which is the law:
// each character of Unicode between two letters, with every combination of the rules.
#include "support/check.h"

#include "text/simple.h"

static struct letters letters;
static size_t simple, not_simple;

// a + c + a through the general path must be a, the letter or nothing, a.
static void check_character(const struct rules *rules, uint32_t c)
{
    char text[6] = "a";
    const size_t n = utf8_encode(text + 1, c);
    text[n + 1] = 'a';
    const uint32_t letter = simple_letter(rules, c);
    not_simple += letter == SIMPLE_NOT;
    if (letter == SIMPLE_NOT) return;
    simple++;
    letters.n = 0;
    normalize(&letters, rules, text, 0, n + 2, 0, n + 2);
    const size_t expected = letter == SIMPLE_NOTHING ? 2 : 3;
    const struct letter *x = &letters.at[1];
    if (letters.n != expected ||
        (expected == 3 && (x->c != letter || x->start != 1 || x->end != n + 1))) {
        fail_msg("U+%04X in profile %d: U+%04X, not U+%04X", (unsigned)c, (int)rules->profile,
                 (unsigned)letter, (unsigned)x->c);
    }
}

static void check_rules(unsigned bits, bert_profile profile)
{
    struct rules rules = {.profile = profile,
                          .lowercase = bits & 1,
                          .strip_accents = bits & 2,
                          .split_cjk = bits & 4,
                          .clean_text = profile != BERT_PROFILE_HF_FAST || (bits & 8),
                          .bare_lowercase = profile == BERT_PROFILE_HF_FAST && (bits & 16)};
    rules_settle(&rules);
    for (uint32_t c = 0; c <= UNICODE_LAST; c++) {
        if (c == 0xD800) c = 0xE000;   // surrogates are no characters
        if (c == 0x40000) c = 0xE0000; // ten planes without one
        check_character(&rules, c);
    }
}

static void simple_letters_are_what_normalize_makes(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 32; bits++) check_rules(bits, BERT_PROFILE_HF_FAST);
    for (unsigned bits = 0; bits < 8; bits++) {
        check_rules(bits, BERT_PROFILE_GOOGLE);
        check_rules(bits, BERT_PROFILE_HF_SLOW);
    }
    letters_release(&letters);
    assert_true(simple > 3 * not_simple && not_simple > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(simple_letters_are_what_normalize_makes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
