// test_json.c: what json_parse accepts, what it refuses and where it says so, and the getters.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"

#include <cmocka.h>

static json *parse(const char *text)
{
    bert_error err = {0};
    json *doc = json_parse(text, strlen(text), "a.json", &err);
    if (!doc) fail_msg("%s", err.message);
    return doc;
}

static void values(void **state)
{
    (void)state;
    json *doc =
        parse(" {\"a\": [1, -2.5, \"x\\u00e9\\ud83d\\ude00\", true, false, null, {}, []]} ");
    assert_true(json_is_object(doc));
    assert_int_equal(json_count(doc), 1);
    const json *a = json_get(doc, "a");
    assert_true(json_is_array(a));
    assert_int_equal(json_count(a), 8);
    assert_true(json_number(json_at(a, 0)) == 1 && json_is_number(json_at(a, 0)));
    assert_true(json_number(json_at(a, 1)) == -2.5);
    assert_string_equal(json_text(json_at(a, 2)), "xé😀");
    assert_true(json_true(json_at(a, 3)) && json_is_bool(json_at(a, 3)));
    assert_false(json_true(json_at(a, 4)));
    assert_true(json_is_bool(json_at(a, 4)));
    assert_false(json_is_bool(json_at(a, 5)) || json_is_number(json_at(a, 5)));
    assert_int_equal(json_count(json_at(a, 6)), 0);
    assert_int_equal(json_count(json_at(a, 7)), 0);
    json_free(doc);
}

static void of_another_type(void **state)
{
    (void)state;
    json *doc = parse("[1, \"x\"]");
    assert_null(json_get(doc, "a"));
    assert_null(json_get(NULL, "a"));
    assert_null(json_text(json_at(doc, 0)));
    assert_true(json_number(json_at(doc, 1)) == 0);
    assert_int_equal(json_count(json_at(doc, 0)), 0);
    assert_int_equal(json_count(NULL), 0);
    assert_false(json_is_object(NULL) || json_is_array(NULL) || json_is_string(NULL) ||
                 json_true(NULL));
    assert_null(json_text(NULL));
    json_free(doc);
    json_free(NULL);
}

static void null_is_absent(void **state)
{
    (void)state;
    json *doc = parse("{\"a\": null, \"b\": 0}");
    assert_null(json_get(doc, "a"));
    assert_non_null(json_get(doc, "b"));
    assert_int_equal(json_count(doc), 2);
    json_free(doc);
}

static void any_root(void **state)
{
    (void)state;
    json *doc = parse("\"x\"");
    assert_string_equal(json_text(doc), "x");
    json_free(doc);
    doc = parse("3");
    assert_true(json_number(doc) == 3);
    json_free(doc);
    doc = parse(" null\n");
    assert_true(!json_is_number(doc) && !json_is_string(doc));
    json_free(doc);
}

// Against strtod of the C locale, which gets the same text with its point.
static void numbers(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "0",
        "-0",
        "0.0",
        "-0e5",
        "0.1",
        "1e-12",
        "-2.5E+3",
        "123456789012345678901234567890",
        "9007199254740993",
        "9007199254740992.99999999999",
        "9007199254740993.0000000000000001",
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "4.9e-324",
        "2e-324",
        "1e-999999999999",
        "0e999999999999",
        "0.000000000000000000000000000000000000000012345e40",
        "100000e-5",
        "2.4703282292062327208e-324",
        "2.4703282292062328e-324",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json *doc = parse(cases[i]);
        const double want = strtod(cases[i], NULL), got = json_number(doc);
        if (memcmp(&want, &got, sizeof want) != 0) fail_msg("%s is read as %.17g", cases[i], got);
        json_free(doc);
    }
}

// A number of 2000 digits, halfway between two doubles but for its last digit.
static void long_number(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text);
    buf_text(&text, "9007199254740993.");
    for (int i = 0; i < 2000; i++) buf_byte(&text, '0');
    for (int last = 0; last < 2; last++) {
        buf_byte(&text, (char)('0' + last));
        json *doc = json_parse(text.data, text.len, "long", NULL);
        assert_true(json_number(doc) == (last ? 9007199254740994.0 : 9007199254740992.0));
        json_free(doc);
    }
    buf_text(&text, "e-2000");
    json *doc = json_parse(text.data, text.len, "long", NULL);
    assert_true(json_number(doc) == 0);
    json_free(doc);
    buf_release(&text);
}

// Members come in file order, whatever the hash table does, and a walk over many is quick.
static void file_order(void **state)
{
    (void)state;
    enum { N = 50000 };
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < N; i++) {
        buf_print(&text, "%c\"%d\": %d", i ? ',' : '{', (int)(i * 7919ll % N), i);
    }
    buf_byte(&text, '}');
    json *doc = json_parse(text.data, text.len, "many", NULL);
    assert_non_null(doc);
    assert_int_equal(json_count(doc), N);
    for (int i = 0; i < N; i++) {
        const char *key;
        const json *value = json_member(doc, (size_t)i, &key);
        assert_int_equal(atoi(key), i * 7919ll % N);
        assert_true(json_number(value) == i);
    }
    json_free(doc);
    buf_release(&text);
}

// ---------------------------------------------------------------------------------------- refusals

static void refuse(const char *bytes, size_t len, const char *place, const char *what)
{
    bert_error err = {0};
    assert_null(json_parse(bytes, len, "dir/a.json", &err));
    assert_int_equal(err.status, BERT_FORMAT);
    assert_non_null(strstr(err.message, "dir/a.json: "));
    if (!strstr(err.message, place)) fail_msg("want '%s' in: %s", place, err.message);
    if (!strstr(err.message, what)) fail_msg("want '%s' in: %s", what, err.message);
    assert_null(json_parse(bytes, len, "dir/a.json", NULL));
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *what;
    } cases[] = {
        {"", "line 1", "ends too early"},
        {"{\n \"a\": 1,\n \"a\": 2}", "line 3", "a key that is there twice"},
        {"{\"a\": 1} x", "line 1, column 10", "more behind the document's end"},
        {"{\"a\": 1}{}", "line 1, column 9", "more behind"},
        {"[1,\n2,\n,3]", "line 3, column 1", "want a value"},
        {"{\"a\" 1}", "line 1", "':'"},
        {"[1, 2", "line 1, column 6", "ends too early"},
        {"\"abc", "line 1", "ends too early"},
        {"[01]", "line 1", "leading zero"},
        {"[NaN]", "line 1, column 2", "want a value"},
        {"[1e999]", "line 1", "range of a double"},
        {"[\"\\u0000\"]", "line 1, column 2", "U+0000"},
        {"{\"a\\u0000\": 1}", "line 1, column 2", "U+0000"},
        {"[\"\\ud800\"]", "line 1", "surrogate"},
        {"[\"\xff\"]", "line 1", "not UTF-8"},
        {"[\"\xc0\x80\"]", "line 1", "not UTF-8"},
        {"[\"a\tb\"]", "line 1", "control"},
        {"\xef\xbb\xbf{}", "line 1", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refuse(cases[i].text, strlen(cases[i].text), cases[i].place, cases[i].what);
    }
    refuse("{}\0", 3, "line 1", "");
    refuse("[\"a\0b\"]", 7, "line 1", "");
    refuse(NULL, 0, "line 1", "ends too early");
}

static void every_prefix(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1, -2.5e3, \"x\\u00e9\\n\", true, null, {\"b\": {}}]}";
    for (size_t n = 0; n < sizeof text - 1; n++) refuse(text, n, "line 1", "");
    json_free(parse(text));
}

static void deep(void **state)
{
    (void)state;
    enum { N = 1000000 };
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < N; i++) buf_byte(&text, '[');
    for (int i = 0; i < N; i++) buf_byte(&text, ']');
    refuse(text.data, text.len, "line 1, column 1001", "nested too deeply");
    const size_t good = JSON_DEEPEST;
    json *doc = json_parse(text.data + N - good, 2 * good, "deep", NULL);
    assert_non_null(doc);
    json_free(doc);
    buf_release(&text);
}

static void too_large(void **state)
{
    (void)state;
    bert_error err = {0};
    assert_null(json_parse("", (size_t)JSON_LARGEST + 1, "large", &err));
    assert_int_equal(err.status, BERT_UNSUPPORTED);
    assert_non_null(strstr(err.message, "large"));
}

// ---------------------------------------------------------------------------------------- getters

static void sizes(void **state)
{
    (void)state;
    json *doc = parse("{\"a\": 768, \"b\": 768.0, \"c\": 1.5, \"d\": -1, \"e\": \"7\", \"f\": "
                      "1000000000000000019884624838656, \"g\": null, \"h\": 18446744073709551615}");
    bert_error err = {0};
    size_t n = 5;
    assert_int_equal(json_size(doc, "a", 1, 1, 1000, &n, "f", &err), BERT_OK);
    assert_int_equal(n, 768);
    assert_int_equal(json_size(doc, "b", 1, 768, 768, &n, "f", &err), BERT_OK);
    assert_int_equal(n, 768);
    assert_int_equal(json_size(doc, "g", 9, 10, 20, &n, "f", &err), BERT_OK); // as absent
    assert_int_equal(n, 9);
    assert_int_equal(json_size(doc, "zz", 3, 1, 2, &n, "f", &err), BERT_OK);
    assert_int_equal(n, 3);
    static const char *const bad[] = {"c", "d", "e", "f", "h"};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(json_size(doc, bad[i], 1, 0, SIZE_MAX, &n, "dir/f", &err), BERT_FORMAT);
        assert_non_null(strstr(err.message, "dir/f: \""));
    }
    assert_int_equal(json_size(doc, "a", 1, 1, 767, &n, "f", &err), BERT_FORMAT);
    assert_string_equal(err.message, "f: \"a\" is 768.0, not a whole number from 1 to 767");
    assert_int_equal(json_size(doc, "f", 1, 1, 767, &n, "f", &err), BERT_FORMAT);
    assert_string_equal(err.message, "f: \"f\" is 1e+30, not a whole number from 1 to 767");
    json_free(doc);
}

static void other_getters(void **state)
{
    (void)state;
    json *doc = parse("{\"f\": 1e-12, \"i\": 3, \"t\": true, \"n\": false, \"s\": \"gelu\"}");
    bert_error err = {0};
    double x;
    bool flag;
    const char *text;
    assert_int_equal(json_float(doc, "f", 1, &x, "w", &err), BERT_OK);
    assert_true(x == 1e-12);
    assert_int_equal(json_float(doc, "i", 1, &x, "w", &err), BERT_OK);
    assert_true(x == 3);
    assert_int_equal(json_float(doc, "none", 0.5, &x, "w", &err), BERT_OK);
    assert_true(x == 0.5);
    assert_int_equal(json_float(doc, "s", 1, &x, "w", &err), BERT_FORMAT);
    assert_string_equal(err.message, "w: \"s\" is a string, not a number");
    assert_int_equal(json_flag(doc, "t", false, &flag, "w", &err), BERT_OK);
    assert_true(flag);
    assert_int_equal(json_flag(doc, "n", true, &flag, "w", &err), BERT_OK);
    assert_false(flag);
    assert_int_equal(json_flag(doc, "none", true, &flag, "w", &err), BERT_OK);
    assert_true(flag);
    assert_int_equal(json_flag(doc, "i", true, &flag, "w", &err), BERT_FORMAT);
    assert_string_equal(err.message, "w: \"i\" is 3.0, not true or false");
    assert_int_equal(json_string(doc, "s", "x", &text, "w", &err), BERT_OK);
    assert_string_equal(text, "gelu");
    assert_int_equal(json_string(doc, "none", NULL, &text, "w", &err), BERT_OK);
    assert_null(text);
    assert_int_equal(json_string(doc, "t", "x", &text, "w", &err), BERT_FORMAT);
    assert_string_equal(err.message, "w: \"t\" is true, not a string");
    json_free(doc);
}

// U+0000 is legal in a string, and none for those who would lose what is behind it.
static void strings_with_nul(void **state)
{
    (void)state;
    bert_error err = {0};
    const char text[] = "{\"s\": \"a\\u0000b\", \"t\": \"ab\", \"n\": 1, \"l\": [\"\\u0000\"]}";
    json *doc = json_parse_bytes(text, sizeof text - 1, "x", &err);
    assert_non_null(doc);
    size_t len = 9;
    const char *found = json_bytes(json_get(doc, "s"), &len);
    assert_int_equal(len, 3);
    assert_memory_equal(found, "a\0b", 4);
    assert_null(json_text(json_get(doc, "s")));
    assert_false(json_is_string(json_get(doc, "s")));
    assert_int_equal(json_count(json_get(doc, "s")), 0);
    assert_string_equal(json_bytes(json_get(doc, "t"), &len), "ab");
    assert_int_equal(len, 2);
    assert_null(json_bytes(json_get(doc, "n"), &len));
    assert_null(json_bytes(NULL, &len));
    assert_int_equal(*json_bytes(json_at(json_get(doc, "l"), 0), &len), 0);
    assert_int_equal(len, 1);
    assert_int_equal(json_string(doc, "s", "x", &found, "w", &err), BERT_FORMAT);
    assert_string_equal(err.message, "w: \"s\" is a string with U+0000 in it, not a string");
    json_free(doc);
}

static void files(void **state)
{
    (void)state;
    char path[] = "/tmp/bert-json-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{\"a\": 1}\n", 9), 9);
    bert_error err = {0};
    json *doc = json_open(path, &err);
    assert_non_null(doc);
    assert_true(json_number(json_get(doc, "a")) == 1);
    json_free(doc);
    assert_int_equal(ftruncate(fd, (off_t)JSON_LARGEST + 1), 0);
    assert_null(json_open(path, &err));
    assert_int_equal(err.status, BERT_UNSUPPORTED);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_null(json_open(path, &err));
    assert_int_equal(err.status, BERT_FORMAT);
    assert_non_null(strstr(err.message, path));
    close(fd);
    unlink(path);
    assert_null(json_open(path, &err));
    assert_int_equal(err.status, BERT_IO);
    assert_non_null(strstr(err.message, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),         cmocka_unit_test(of_another_type),
        cmocka_unit_test(null_is_absent), cmocka_unit_test(any_root),
        cmocka_unit_test(numbers),        cmocka_unit_test(long_number),
        cmocka_unit_test(file_order),     cmocka_unit_test(malformed),
        cmocka_unit_test(every_prefix),   cmocka_unit_test(deep),
        cmocka_unit_test(too_large),      cmocka_unit_test(sizes),
        cmocka_unit_test(other_getters),  cmocka_unit_test(strings_with_nul),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
