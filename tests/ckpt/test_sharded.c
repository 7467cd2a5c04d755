// test_sharded.c: an index and the files it names, in a temporary folder: good ones are one
// checkpoint; what the map says and the files do not, and names that lead elsewhere, are refused.
#include "support/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "ckpt/ckpt.h"

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    check_folder_make(folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    check_folder_remove(folder);
    return 0;
}

// A safetensors file of one byte a tensor, each named by a letter; its value is the letter.
static void write_shard(const char *file, const char *letters)
{
    char text[1024] = "........{";
    size_t n = 9;
    for (size_t i = 0; letters[i]; i++) {
        n +=
            (size_t)snprintf(text + n, sizeof text - n,
                             "%s\"%c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%zu,%zu]}",
                             i ? "," : "", letters[i], i, i + 1);
    }
    text[n++] = '}';
    const uint64_t header = n - 8;
    memcpy(text, &header, 8);
    memcpy(text + n, letters, strlen(letters));
    check_write(folder, file, text, n + strlen(letters));
}

static struct ckpt *open_index(const char *text, bool copy, bert_error *err)
{
    char path[512];
    check_write(folder, "index.json", text, strlen(text));
    snprintf(path, sizeof path, "%s/index.json", folder);
    *err = (bert_error){0};
    return ckpt_open(path, copy, err);
}

static void want_error(const char *text, bert_status status, const char *what)
{
    bert_error err;
    assert_null(open_index(text, true, &err));
    if (err.status != status || !strstr(err.message, what) || !strstr(err.message, folder)) {
        fail_msg("want %d and '%s', got %d: %s", status, what, err.status, err.message);
    }
}

#define MAP(rows) "{\"metadata\": {\"total_size\": 4}, \"weight_map\": {" rows "}}"
#define AB "\"a\": \"one.st\", \"b\": \"one.st\""

static void good_indices(void **state)
{
    (void)state;
    write_shard("one.st", "ab");
    write_shard("two.st", "dc");
    for (int copy = 0; copy < 2; copy++) {
        bert_error err;
        struct ckpt *c = open_index(MAP(AB ", \"c\": \"two.st\", \"d\": \"two.st\""), copy, &err);
        if (!c) fail_msg("%s", err.message);
        assert_string_equal(ckpt_format(c), "safetensors");
        assert_non_null(strstr(ckpt_path(c), "/index.json"));
        assert_int_equal(ckpt_count(c), 4);
        for (char name[2] = "a"; *name <= 'd'; ++*name) {
            assert_non_null(ckpt_find(c, name));
            assert_int_equal(*ckpt_find(c, name)->data, *name);
        }
        assert_null(ckpt_find(c, "e"));
        ckpt_close(c);
    }
    bert_error err;
    struct ckpt *c = open_index(MAP("\"c\": \"two.st\""), true, &err); // one it does not mention
    if (!c) fail_msg("%s", err.message);
    assert_int_equal(ckpt_count(c), 2);
    ckpt_close(c);
    c = open_index(MAP(""), true, &err);
    if (!c) fail_msg("%s", err.message);
    assert_int_equal(ckpt_count(c), 0);
    ckpt_close(c);
}

// Also when the index is opened by a name without a folder.
static void in_this_folder(void **state)
{
    (void)state;
    char here[4096];
    bert_error err;
    write_shard("one.st", "ab");
    ckpt_close(open_index(MAP(AB), true, &err));
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    struct ckpt *c = ckpt_open("index.json", false, &err);
    assert_int_equal(chdir(here), 0);
    if (!c) fail_msg("%s", err.message);
    assert_int_equal(ckpt_count(c), 2);
    ckpt_close(c);
}

static void shards_that_lie(void **state)
{
    (void)state;
    write_shard("one.st", "ab");
    write_shard("two.st", "bc");
    want_error(MAP("\"a\": \"one.st\", \"c\": \"one.st\""), BERT_FORMAT, "tensor 'c': not in");
    want_error(MAP("\"a\": \"one.st\", \"c\": \"two.st\""), BERT_FORMAT, "tensor 'b': there twice");
    want_error(MAP("\"a\": \"three.st\""), BERT_IO, "three.st");
    check_write(folder, "three.st", "hello", 5);
    want_error(MAP("\"a\": \"three.st\""), BERT_UNSUPPORTED, "three.st: not a checkpoint");
    char path[512];
    snprintf(path, sizeof path, "%s/four.st", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    want_error(MAP("\"a\": \"four.st\""), BERT_IO, "four.st");
}

// An index within an index would go on without an end.
static void indices_of_indices(void **state)
{
    (void)state;
    want_error(MAP("\"a\": \"index.json\""), BERT_FORMAT, "index.json: an index, where");
}

static void names_that_lead_elsewhere(void **state)
{
    (void)state;
    static const char *const names[] = {"../one.st", "/etc/passwd", "x/one.st", "..", ".",
                                        "",          "x/../one.st", "one.st/"};
    write_shard("one.st", "ab");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[256];
        snprintf(text, sizeof text, "{\"weight_map\": {\"a\": \"%s\"}}", names[i]);
        want_error(text, BERT_FORMAT, "tensor 'a': want the name of a file in the same folder");
    }
    want_error(MAP("\"a\": 1"), BERT_FORMAT, "want the name of a file");
    want_error(MAP("\"a\": null"), BERT_FORMAT, "want the name of a file");
    want_error(MAP("\"a\": \"one.st\\u0000\""), BERT_FORMAT, "U+0000");
}

static void broken_indices(void **state)
{
    (void)state;
    write_shard("one.st", "ab");
    want_error("{\"weight_map\": 1}", BERT_FORMAT, "weight_map is no object");
    want_error("{\"weight_map\": [\"one.st\"]}", BERT_FORMAT, "weight_map is no object");
    want_error("{\"x\": \"\\\"weight_map\\\"\", \"y\": {\"weight_map\": {}}}", BERT_FORMAT,
               "weight_map is no object");
    want_error("{\"weight_map\": {\"a\": \"one.st\"}", BERT_FORMAT, "index.json");
    want_error("{\"weight_map\": {\"a\": \"one.st\", \"a\": \"one.st\"}}", BERT_FORMAT, "twice");
    want_error("{\"model_type\": \"bert\"}", BERT_UNSUPPORTED, "JSON is not read");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(good_indices),       CASE(in_this_folder), CASE(shards_that_lie),
        CASE(indices_of_indices), CASE(broken_indices), CASE(names_that_lead_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
