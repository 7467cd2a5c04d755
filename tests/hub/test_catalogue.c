// test_catalogue.c: the table of known models agrees with itself and with what Google published.
#include "support/check.h"

#include "hub/catalogue.h"
#include "hub/names.h"

static void names_are_unique(void **state)
{
    (void)state;
    size_t n;
    const struct hub_model *m = hub_catalogue(&n);
    for (size_t i = 0; i < n; i++) {
        assert_true(hub_name_valid(m[i].name));
        assert_true(hub_catalogue_find(m[i].name) == &m[i]);
        if (m[i].alias) assert_true(hub_catalogue_find(m[i].alias) == &m[i]);
        for (size_t k = 0; k < i; k++) {
            if (m[i].archive && m[k].archive) assert_string_not_equal(m[i].archive, m[k].archive);
        }
    }
    assert_null(hub_catalogue_find("google/huge"));
}

// The number behind a mark in a name: "_H-" of "uncased_L-2_H-128_A-2".
static size_t number_of(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);
    return at ? strtoul(at + strlen(mark), NULL, 10) : 0;
}

static void rows_agree_with_archives(void **state)
{
    (void)state;
    size_t n, google = 0;
    const struct hub_model *m = hub_catalogue(&n);
    for (size_t i = 0; i < n; i++) {
        if (!m[i].archive) continue;
        google++;
        assert_int_equal(m[i].layers, number_of(m[i].archive, "_L-"));
        assert_int_equal(m[i].hidden, number_of(m[i].archive, "_H-"));
        assert_int_equal(m[i].hidden, 64 * number_of(m[i].archive, "_A-"));
        const bool says_uncased = strstr(m[i].archive, "uncased") != NULL;
        const bool says_cased = !says_uncased && strstr(m[i].archive, "cased") != NULL;
        if (says_uncased) assert_false(m[i].cased);
        if (says_cased) assert_true(m[i].cased);
    }
    assert_int_equal(google, 24 + 9);
}

// In units of 100,000. Google's README counts the heads of pre-training too: 4.4, 11.3, 29.1, 41.7
// and 110.1 million.
static void parameters(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t hundred_thousands;
    } published[] = {{"google/tiny", 44},           {"google/mini", 112},
                     {"google/small", 288},         {"google/medium", 414},
                     {"google/base-uncased", 1095}, {"google/large-uncased", 3351}};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const size_t got = hub_model_parameters(hub_catalogue_find(published[i].name));
        assert_int_equal((got + 50000) / 100000, published[i].hundred_thousands);
    }
    assert_int_equal(
        hub_model_parameters(hub_catalogue_find("sentence-transformers/all-MiniLM-L6-v2")),
        22713216);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_unique),
                                       cmocka_unit_test(rows_agree_with_archives),
                                       cmocka_unit_test(parameters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
