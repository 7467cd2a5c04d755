// test_listing.c: the hub's answer to what a repository holds: whole, cut at every byte, with every
// bit flipped, and with what it should not say.
#include "support/check.h"

#include "hub/listing.h"
#include "hub/names.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define FILES(names) "{\"sha\": \"" COMMIT "\", \"siblings\": [" names "]}"
#define NAME(name) "{\"rfilename\": \"" name "\"}"

static const char whole[] = FILES(NAME("model.safetensors") "," NAME(
    "../x/model.safetensors") "," NAME("config.json") "," NAME("config.json"));

static void wanted_files_come_in_order(void **state)
{
    (void)state;
    bert_error err;
    struct hub_listing l;
    if (hub_listing_read(&l, "a/b", whole, sizeof whole - 1, &err)) fail_msg("%s", err.message);
    assert_string_equal(l.commit, COMMIT);
    assert_int_equal(l.count, 2);
    assert_string_equal(l.files[0], "config.json");
    assert_string_equal(l.files[1], "model.safetensors");
    hub_listing_release(&l);
}

static void what_it_should_not_say(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
    } cases[] = {
        {"", "the site's list of files: "},
        {"[]", "a/b: the site names no commit"},
        {"{\"sha\": 1}", "a/b: the site names no commit"},
        {"{\"sha\": \"../../0123\"}", "a/b: the site names no commit"},
        {"{\"sha\": \"" COMMIT "\"}", "a/b: it has no weights"},
        {"{\"sha\": \"" COMMIT "\", \"siblings\": {\"a\": 1}}", "a/b: it has no weights"},
        {FILES("1, null, [], {\"rfilename\": 1}"), "a/b: it has no weights"},
        {FILES(NAME("config.json")), "a/b: it has no weights"},
        {FILES(NAME("../model.safetensors") "," NAME("/model.safetensors")),
         "a/b: it has no weights"},
        {"{\"sha\": 1, \"sha\": 2}", "the site's list of files: "}, // a name twice
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bert_error err = {0};
        struct hub_listing l;
        assert_int_not_equal(
            hub_listing_read(&l, "a/b", cases[i].text, strlen(cases[i].text), &err), BERT_OK);
        if (!strstr(err.message, cases[i].what))
            fail_msg("case %zu: want '%s', got: %s", i, cases[i].what, err.message);
        hub_listing_release(&l);
    }
}

static void too_many_files(void **state)
{
    (void)state;
    enum { N = 100001 };
    char *text = malloc(100 + 2 * N);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "{\"sha\": \"" COMMIT "\", \"siblings\": [0");
    for (size_t i = 1; i < N; i++) n += (size_t)sprintf(text + n, ",0");
    n += (size_t)sprintf(text + n, "]}");
    bert_error err;
    struct hub_listing l;
    assert_int_equal(hub_listing_read(&l, "a/b", text, n, &err), BERT_UNSUPPORTED);
    assert_non_null(strstr(err.message, "100001 files are too many"));
    hub_listing_release(&l);
    free(text);
}

static void every_cut(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        bert_error err = {0};
        struct hub_listing l;
        assert_int_equal(hub_listing_read(&l, "a/b", whole, n, &err), BERT_FORMAT);
        assert_non_null(strstr(err.message, "the site's list of files: "));
        hub_listing_release(&l);
    }
}

// Some flips leave a good answer; what it names then stays in its folder.
static void every_flip(void **state)
{
    (void)state;
    char text[sizeof whole];
    for (size_t i = 0; i < 8 * (sizeof whole - 1); i++) {
        memcpy(text, whole, sizeof whole);
        text[i / 8] ^= (char)(1 << i % 8);
        bert_error err = {0};
        struct hub_listing l;
        const bool good = hub_listing_read(&l, "a/b", text, sizeof whole - 1, &err) == BERT_OK;
        assert_true(good == !err.message[0]);
        for (size_t k = 0; good && k < l.count; k++) assert_true(hub_path_valid(l.files[k]));
        hub_listing_release(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wanted_files_come_in_order),
        cmocka_unit_test(what_it_should_not_say),
        cmocka_unit_test(too_many_files),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(every_flip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
