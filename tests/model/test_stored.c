// test_stored.c: weights that a file holds in another type than float32 are used as they lie: the
// same bits as from a float32 copy of it, and stored bytes the same as those that float32 or
// bfloat16 weights are rounded to when they are packed. Widths are no multiples of a word.
#include "support/check.h"

enum { LAYERS = 5, TOKENS = 9, MOST = LAYERS * TOKENS * 32 };

static char root[256];

static const char *in_root(const char *name)
{
    static char rooms[4][400];
    static int next;
    char *room = rooms[next++ % 4];
    snprintf(room, sizeof rooms[0], "%s/%s", root, name);
    return room;
}

static void save(const char *from, const char *to, bert_stored stored)
{
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    bert_error err = {0};
    o.stored = stored;
    bert_model *model = check_open(from);
    if (bert_model_save(model, to, &o, &err)) fail_msg("%s: %s", to, err.message);
    bert_model_free(model);
}

// Hidden states of every layer and the pooler's vector; returns how many numbers.
static size_t run_model(const char *folder, bert_dtype dtype, float *out)
{
    static const int32_t ids[TOKENS] = {4, 18, 150, 31, 23, 99, 42, 7, 5};
    static const int layers[LAYERS] = {0, 1, 2, 3, 4};
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    struct bert_embed_options pooled = BERT_EMBED_DEFAULTS;
    bert_error err = {0};
    o.dtype = dtype;
    pooled.pooling = BERT_POOLING_POOLER;
    bert_model *model = bert_model_open(folder, &o, &err);
    if (!model) fail_msg("%s", err.message);
    const struct bert_config *c = bert_model_config(model);
    const size_t n = c->num_hidden_layers + 1, H = c->hidden_size;
    bert_session *session = bert_session_new(model, NULL, &err);
    bert_batch *batch = bert_batch_new(model, &err);
    assert_true(session && batch && n <= LAYERS && (n * TOKENS + 1) * H <= MOST);
    assert_int_equal(bert_batch_add_ids(batch, ids, NULL, TOKENS, &err), BERT_OK);
    assert_int_equal(bert_encode(session, batch, layers, n, out, &err), BERT_OK);
    assert_int_equal(bert_embed(session, batch, &pooled, out + n * TOKENS * H, &err), BERT_OK);
    bert_batch_free(batch);
    bert_session_free(session);
    bert_model_free(model);
    return (n * TOKENS + 1) * H;
}

static void want_same(const char *a, const char *b, bert_dtype dtype)
{
    float x[MOST], y[MOST];
    const size_t n = run_model(a, dtype, x);
    assert_int_equal(run_model(b, dtype, y), n);
    if (memcmp(x, y, n * sizeof *x) != 0) fail_msg("%s and %s differ in dtype %d", a, b, dtype);
}

static void bytes_are_those_of_packing(void **state)
{
    (void)state;
    save("tests/golden/bf16_quick", in_root("int8"), BERT_STORED_INT8);
    want_same("tests/golden/bf16_quick", in_root("int8"), BERT_INT8);
    float x[MOST], y[MOST]; // and another type has other bits, so the comparison is one
    const size_t n = run_model(in_root("int8"), BERT_INT8, x);
    run_model(in_root("int8"), BERT_F32, y);
    assert_memory_not_equal(x, y, n * sizeof *x);
}

static void types_are_their_float32_copies(void **state)
{
    (void)state;
    static const char *const folders[] = {"tests/golden/bf16_quick", "tests/golden/f16_wide"};
    for (size_t i = 0; i < 2; i++) {
        char copy[20];
        snprintf(copy, sizeof copy, "f32_%zu", i);
        save(folders[i], in_root(copy), BERT_STORED_F32);
        for (bert_dtype d = BERT_F32; d <= BERT_INT8; d++) want_same(folders[i], in_root(copy), d);
    }
    save("tests/golden/bf16_quick", in_root("bytes"), BERT_STORED_INT8);
    save(in_root("bytes"), in_root("bytes_f32"), BERT_STORED_F32);
    want_same(in_root("bytes"), in_root("bytes_f32"), BERT_F32);
    want_same(in_root("bytes"), in_root("bytes_f32"), BERT_BF16);
}

static void rows_are_handed_out(void **state)
{
    (void)state;
    save("tests/golden/bf16_quick", in_root("rows"), BERT_STORED_F32);
    bert_model *half = check_open("tests/golden/bf16_quick"), *full = check_open(in_root("rows"));
    struct bert_tensor x, y;
    bert_error err = {0};
    size_t n = 0, without = 0;
    for (; bert_model_tensor(half, n, &x); n++) {
        assert_true(bert_model_tensor(full, n, &y));
        assert_true(y.data && x.rows == y.rows && x.cols == y.cols);
        assert_true(x.data || !strstr(x.name, "bias")); // vectors always have theirs
        float row[2 * 31];
        without += !x.data;
        for (size_t r = 0; r < x.rows; r += 2) {
            const size_t some = r + 1 < x.rows ? 2 : 1;
            assert_int_equal(bert_model_tensor_rows(half, n, r, some, row, &err), BERT_OK);
            assert_memory_equal(row, y.data + r * x.cols, some * x.cols * sizeof *row);
        }
        assert_int_equal(bert_model_tensor_rows(half, n, x.rows, 1, row, &err), BERT_INVALID);
    }
    assert_true(without > 0);
    assert_int_equal(bert_model_tensor_rows(half, n, 0, 1, NULL, &err), BERT_INVALID);
    bert_model_free(half);
    bert_model_free(full);
}

static int make_root(void **state)
{
    (void)state;
    check_folder_make(root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    check_folder_remove(root);
    return 0;
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_are_those_of_packing, make_root, remove_root),
        cmocka_unit_test_setup_teardown(types_are_their_float32_copies, make_root, remove_root),
        cmocka_unit_test_setup_teardown(rows_are_handed_out, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return check_every_level(run);
}
