// test_write.c: the writers: what they write is what was given, and files that the formats' own
// programs wrote come out again byte for byte.
#include "support/check.h"

#include "base/os.h"
#include "ckpt/ckpt.h"
#include "ckpt/write.h"

static const char *const formats[] = {"safetensors", "TensorFlow checkpoint"};

static char folder[256];

static const char *path_of(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

// Elements of item i: bytes that no other place has.
static void fill_pattern(void *arg, size_t item, size_t first, size_t n, void *out)
{
    const struct ckpt_source *s = arg;
    const size_t size = ckpt_dtype_size(s->items[item].dtype);
    unsigned char *p = out;
    for (size_t i = 0; i < n * size; i++) {
        p[i] = (unsigned char)((first * size + i) * 31 + item * 7 + ((first * size + i) >> 8));
    }
}

static struct ckpt *open_path(const char *path)
{
    bert_error err = {0};
    struct ckpt *c = ckpt_open(path, false, &err);
    if (!c) fail_msg("%s", err.message);
    return c;
}

static void write_path(const char *format, const char *path, const struct ckpt_source *s)
{
    bert_error err = {0};
    if (ckpt_write(format, path, s, &err)) fail_msg("%s", err.message);
}

static void want_item(const struct ckpt *c, const struct ckpt_source *s, size_t i)
{
    const struct ckpt_item *item = &s->items[i];
    const struct ckpt_tensor *t = ckpt_find(c, item->name);
    assert_non_null(t);
    assert_int_equal(t->dtype, item->dtype);
    assert_int_equal(t->n_dims, item->n_dims);
    for (size_t d = 0; d < item->n_dims; d++) assert_int_equal(t->dims[d], item->dims[d]);
    assert_int_equal(t->bytes, ckpt_item_bytes(item));
    unsigned char *want = malloc(t->bytes + 1);
    assert_non_null(want);
    s->fill(s->arg, i, 0, t->count, want);
    assert_memory_equal(t->data, want, t->bytes);
    free(want);
    assert_int_equal(ckpt_check(c, t, NULL), BERT_OK);
}

static void round_trip(const char *format, struct ckpt_source *s)
{
    s->arg = s;
    s->fill = fill_pattern;
    const char *path = path_of(format);
    write_path(format, path, s);
    struct ckpt *c = open_path(path);
    assert_string_equal(ckpt_format(c), format);
    assert_int_equal(ckpt_count(c), s->count);
    for (size_t i = 0; i < s->count; i++) want_item(c, s, i);
    ckpt_close(c);
}

static void every_type_and_shape(void **state)
{
    (void)state;
    static const struct ckpt_item items[] = {
        {"z/float", CKPT_F32, 2, {3, 5}},    {"half", CKPT_F16, 1, {7}},
        {"brain", CKPT_BF16, 3, {1, 2, 3}},  {"double", CKPT_F64, 1, {2}},
        {"i8", CKPT_I8, 2, {9, 1}},          {"u8", CKPT_U8, 1, {1}},
        {"i16", CKPT_I16, 1, {3}},           {"u16", CKPT_U16, 1, {3}},
        {"i32", CKPT_I32, 1, {1}},           {"u32", CKPT_U32, 1, {1}},
        {"i64", CKPT_I64, 1, {2}},           {"u64", CKPT_U64, 1, {2}},
        {"bool", CKPT_BOOL, 1, {5}},         {"a scalar", CKPT_F32, 0, {0}},
        {"empty", CKPT_F32, 2, {0, 4}},      {"deep", CKPT_F32, 8, {1, 2, 1, 2, 1, 3, 1, 2}},
        {"large", CKPT_F32, 2, {300, 1000}}, {"large too", CKPT_BF16, 1, {65537}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct ckpt_source s = {.items = items, .count = sizeof items / sizeof *items};
        round_trip(formats[i], &s);
        s.count = 0;
        round_trip(formats[i], &s);
    }
}

static void names_are_escaped(void **state)
{
    (void)state;
    static const struct ckpt_item items[] = {{"a \"quoted\" \\ name\n\t\x01", CKPT_F32, 1, {1}},
                                             {"naïve.東京\x7F", CKPT_F32, 1, {1}}};
    struct ckpt_source s = {.items = items, .count = 2};
    round_trip(formats[0], &s);
}

// More names than a block of the index holds, with common beginnings.
static void many_tensors(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    static struct ckpt_item items[MANY];
    static char names[MANY][120];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "a/path/of/%zu/many/steps/%0*zu", i % 97, (int)(i % 80),
                 i);
        items[i] = (struct ckpt_item){names[i], CKPT_F32, 1, {i % 3}};
    }
    for (size_t i = 0; i < 2; i++) {
        struct ckpt_source s = {.items = items, .count = MANY};
        round_trip(formats[i], &s);
    }
}

// --------------------------------------------------------------------------- as the formats' own

static void fill_copy(void *arg, size_t item, size_t first, size_t n, void *out)
{
    const struct ckpt_tensor *t = ckpt_at(arg, item);
    const size_t size = ckpt_dtype_size(t->dtype);
    memcpy(out, t->data + first * size, n * size);
}

static void rewrite(const char *from, const char *to)
{
    struct ckpt *c = open_path(from);
    struct ckpt_item *items = calloc(ckpt_count(c), sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < ckpt_count(c); i++) {
        const struct ckpt_tensor *t = ckpt_at(c, i);
        items[i] = (struct ckpt_item){.name = t->name, .dtype = t->dtype, .n_dims = t->n_dims};
        memcpy(items[i].dims, t->dims, sizeof t->dims);
    }
    const struct ckpt_source s = {items, ckpt_count(c), fill_copy, c};
    write_path(ckpt_format(c), to, &s);
    free(items);
    ckpt_close(c);
}

static void same_bytes(const char *a, const char *b)
{
    struct os_file x, y;
    assert_int_equal(os_file_open(&x, a, true, NULL), BERT_OK);
    assert_int_equal(os_file_open(&y, b, true, NULL), BERT_OK);
    if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0) {
        fail_msg("%s: %zu bytes, rewritten %zu, or they differ", a, x.size, y.size);
    }
    os_file_close(&x);
    os_file_close(&y);
}

static void bytes_of_tensorflow(void **state)
{
    (void)state;
    static const char *const files[] = {"tests/ckpt/tf/adam",
                                        "tests/model/google/uncased_L-2_H-8_A-2/bert_model.ckpt"};
    static const char *const ends[] = {".index", ".data-00000-of-00001"};
    for (size_t i = 0; i < 2; i++) {
        rewrite(files[i], path_of("again"));
        for (size_t k = 0; k < 2; k++) {
            char theirs[200], ours[420];
            snprintf(theirs, sizeof theirs, "%s%s", files[i], ends[k]);
            snprintf(ours, sizeof ours, "%s%s", path_of("again"), ends[k]);
            same_bytes(theirs, ours);
        }
    }
}

// model.safetensors of these folders were saved by transformers: F32, BF16, F16.
static void bytes_of_safetensors(void **state)
{
    (void)state;
    static const char *const files[] = {"tests/golden/base/model.safetensors",
                                        "tests/golden/bf16_quick/model.safetensors",
                                        "tests/golden/f16_wide/model.safetensors"};
    for (size_t i = 0; i < 3; i++) {
        rewrite(files[i], path_of("again"));
        same_bytes(files[i], path_of("again"));
    }
}

// ---------------------------------------------------------------------------------------- refusals

static void want_refusal(const char *format, const char *path, const struct ckpt_item *items,
                         size_t n, bert_status status, const char *text)
{
    bert_error err = {0};
    struct ckpt_source s = {items, n, fill_pattern, &s};
    assert_int_equal(ckpt_write(format, path, &s, &err), status);
    if (!strstr(err.message, text)) fail_msg("no \"%s\" in: %s", text, err.message);
}

static void refusals(void **state)
{
    (void)state;
    static const struct ckpt_item twice[] = {
        {"b", CKPT_F32, 1, {1}}, {"a", CKPT_F32, 1, {2}}, {"b", CKPT_F32, 1, {1}}};
    static const struct ckpt_item unnamed[] = {{"", CKPT_F32, 1, {1}}};
    for (size_t i = 0; i < 2; i++) {
        want_refusal(formats[i], path_of("x"), twice, 3, BERT_INVALID, "two tensors 'b'");
        want_refusal(formats[i], path_of("no/x"), twice, 2, BERT_IO, "no/x");
    }
    want_refusal(formats[1], path_of("x"), unnamed, 1, BERT_INVALID, "0 bytes");
    want_refusal("GGUF", path_of("x"), twice, 2, BERT_INVALID, "no format GGUF is written");
    bool exists = true;
    assert_int_equal(ckpt_exists(path_of("x"), &exists, NULL), BERT_OK);
    assert_false(exists);
}

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

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(every_type_and_shape), CASE(names_are_escaped),
                                       CASE(many_tensors),         CASE(bytes_of_tensorflow),
                                       CASE(bytes_of_safetensors), CASE(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
