// test_google.c: a folder as Google published its models (tests/model/google, written by TensorFlow
// through tools/tf_checkpoint.py): the same bits in every layer as its Hugging Face twin, opened by
// folder, by prefix or in its zip archive; what is assumed of it is noted; what is wrong with it is named the way its
// own files have it.
#include "support/check.h"

#include <unistd.h>

#define GOOGLE "tests/model/google/uncased_L-2_H-8_A-2"
#define TWIN "tests/model/google/twin"
// The same files in archives, as `zip` makes them: deflated and without a folder; in their folder
// and the numbers stored.
#define FLAT "tests/model/google/uncased_flat.zip"
#define TOP "tests/model/google/uncased_top.zip"

enum { LAYERS = 3, H = 8, MOST_TOKENS = 64 };

// Hidden states of all layers for ids that no tokenizer chose. Returns how many tokens.
static size_t encode(const bert_model *model, float *out)
{
    static const int32_t ids[] = {2, 18, 20, 31, 23, 3, 2, 5, 36, 37, 38, 3};
    static const uint8_t types[] = {0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1};
    static const int layers[LAYERS] = {0, 1, 2};
    bert_error err = {0};
    bert_session *session = bert_session_new(model, NULL, &err);
    bert_batch *batch = bert_batch_new(model, &err);
    assert_true(session && batch);
    assert_int_equal(bert_batch_add_ids(batch, ids, types, 6, &err), BERT_OK);
    assert_int_equal(bert_batch_add_ids(batch, ids + 6, types + 6, 6, &err), BERT_OK);
    assert_int_equal(bert_encode(session, batch, layers, LAYERS, out, &err), BERT_OK);
    bert_batch_free(batch);
    bert_session_free(session);
    return 12;
}

// The pooler's vector of a text, in the first cols floats.
static void pool(const bert_model *model, float *out)
{
    bert_error err = {0};
    const struct bert_text text = {"the cat sat", 11};
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    o.pooling = BERT_POOLING_POOLER;
    bert_session *session = bert_session_new(model, NULL, &err);
    bert_batch *batch = bert_batch_new(model, &err);
    assert_true(session && batch);
    assert_int_equal(bert_batch_add(batch, text, (struct bert_text){0}, NULL, &err), BERT_OK);
    assert_int_equal(bert_embed(session, batch, &o, out, &err), BERT_OK);
    bert_batch_free(batch);
    bert_session_free(session);
}

static void equals_its_twin(void **state)
{
    (void)state;
    static const char *const paths[] = {GOOGLE, GOOGLE "/", GOOGLE "/bert_model.ckpt",
                                        GOOGLE "/bert_model.ckpt.index",
                                        FLAT, FLAT "/bert_model.ckpt", TOP,
                                        TOP "/uncased_L-2_H-8_A-2"};
    static float want[LAYERS * MOST_TOKENS * H], got[LAYERS * MOST_TOKENS * H];
    bert_model *twin = check_open(TWIN);
    const size_t n = LAYERS * H * encode(twin, want);
    float pooled[H], pooled_got[H];
    pool(twin, pooled);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        bert_model *model = check_open(paths[i]);
        assert_int_equal(bert_model_parameters(model), bert_model_parameters(twin));
        assert_int_equal(LAYERS * H * encode(model, got), n);
        assert_memory_equal(got, want, n * sizeof *want);
        pool(model, pooled_got);
        assert_memory_equal(pooled_got, pooled, sizeof pooled);
        bert_model_free(model);
    }
    bert_model_free(twin);
}

// Matrices are handed out as they are used, [out, in], whatever the file has.
static void tensors_are_out_in(void **state)
{
    (void)state;
    bert_model *model = check_open(GOOGLE), *twin = check_open(TWIN);
    struct bert_tensor ours, theirs;
    size_t n = 0;
    for (; bert_model_tensor(twin, n, &theirs); n++) {
        assert_true(bert_model_tensor(model, n, &ours));
        assert_int_equal(ours.rows, theirs.rows);
        assert_int_equal(ours.cols, theirs.cols);
        assert_memory_equal(ours.data, theirs.data, ours.rows * ours.cols * sizeof(float));
        if (strstr(ours.name, "layer_1/intermediate/dense/kernel")) {
            assert_int_equal(ours.rows, 12);
            assert_int_equal(ours.cols, 8);
        }
    }
    assert_false(bert_model_tensor(model, n, &ours));
    bert_model_free(model);
    bert_model_free(twin);
}

// ------------------------------------------------------------------------------------- assumptions

// The note on a subject must hold both texts.
static void want_note(const bert_model *model, const char *what, const char *value,
                      const char *origin)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(notes[i].what, what) != 0) continue;
        if (!strstr(notes[i].value, value)) fail_msg("%s: %s", what, notes[i].value);
        if (!strstr(notes[i].origin, origin)) fail_msg("%s: %s", what, notes[i].origin);
        return;
    }
    fail_msg("no note on %s", what);
}

static void assumptions_are_noted(void **state)
{
    (void)state;
    bert_model *model = check_open(GOOGLE);
    const struct bert_tokenizer_info t = bert_tokenizer_info(bert_model_tokenizer(model));
    assert_int_equal(t.profile, BERT_PROFILE_GOOGLE);
    assert_true(t.lowercase);
    assert_string_equal(bert_model_config(model)->hidden_act, "gelu");
    assert_true(bert_model_config(model)->layer_norm_eps == 1e-12f);
    want_note(model, "tokenizer", "google", "Google checkpoint");
    want_note(model, "lower case", "yes", "uncased_L-2_H-8_A-2");
    want_note(model, "gelu", "erf", "--gelu tanh");
    want_note(model, "weights", "TensorFlow checkpoint, F32, Google's names",
              "bert_model.ckpt.index");
    want_note(model, "unused tensors", "cls/predictions/output_bias", "not part of the encoder");
    const struct bert_note *notes;
    for (size_t i = bert_model_notes(model, &notes); i-- > 0;) {
        assert_null(strstr(notes[i].value, "adam"));
        assert_null(strstr(notes[i].value, "global_step"));
    }
    bert_model_free(model);
}

static void options_override(void **state)
{
    (void)state;
    bert_error err = {0};
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    o.tokenizer.profile = BERT_PROFILE_HF_FAST;
    o.tokenizer.lowercase = 0;
    o.activation = "gelu_new";
    o.copy = true;
    bert_model *model = bert_model_open(GOOGLE, &o, &err);
    if (!model) fail_msg("%s", err.message);
    const struct bert_tokenizer_info t = bert_tokenizer_info(bert_model_tokenizer(model));
    assert_int_equal(t.profile, BERT_PROFILE_HF_FAST);
    assert_false(t.lowercase);
    want_note(model, "lower case", "no", "asked for");
    want_note(model, "activation", "gelu_new (tanh)", "asked for");
    bert_model_free(model);
}

// ------------------------------------------------------------------------- folders made from parts

static char folder[256];

static void copy_file(const char *name)
{
    char path[300], bytes[20000];
    snprintf(path, sizeof path, GOOGLE "/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t n = fread(bytes, 1, sizeof bytes, f);
    assert_true(n > 0 && n < sizeof bytes);
    fclose(f);
    check_write(folder, name, bytes, n);
}

// <temporary>/<name>, a copy of the Google folder.
static void make_folder(const char *root, const char *name)
{
    static const char *const files[] = {"bert_config.json", "vocab.txt", "bert_model.ckpt.index",
                                        "bert_model.ckpt.data-00000-of-00001"};
    char command[600];
    snprintf(folder, sizeof folder, "%.200s/%.50s", root, name);
    snprintf(command, sizeof command, "mkdir -p '%s'", folder);
    assert_int_equal(system(command), 0);
    for (size_t i = 0; i < 4; i++) copy_file(files[i]);
}

static void names_of_folders_say_the_case(void **state)
{
    const char *root = *state;
    static const struct {
        const char *name, *origin;
        bool lowercase;
    } cases[] = {
        {"uncased_L-12_H-768_A-12", "name, uncased_L", true},
        {"cased_L-12_H-768_A-12", "name, cased_L", false},
        {"wwm_cased_L-24_H-1024_A-16", "name, wwm_cased", false},
        {"multi_cased_L-12_H-768_A-12", "name, multi_cased", false},
        {"multilingual_L-12_H-768_A-12", "name, multilingual", true},
        {"chinese_L-12_H-768_A-12", "name, chinese", true},
        {"mine", "does not say", true}, // no capital letters in the vocabulary
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_folder(root, cases[i].name);
        bert_model *model = check_open(folder);
        const struct bert_tokenizer_info t = bert_tokenizer_info(bert_model_tokenizer(model));
        assert_int_equal(t.lowercase, cases[i].lowercase);
        want_note(model, "lower case", "", cases[i].origin);
        bert_model_free(model);
    }
    static const char capitals[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nThe\nCat\n";
    make_folder(root, "mine");
    check_write(folder, "vocab.txt", capitals, sizeof capitals - 1);
    bert_model *model = check_open(folder);
    assert_false(bert_tokenizer_info(bert_model_tokenizer(model)).lowercase);
    bert_model_free(model);
}

// A tokenizer_config.json in the folder has the word.
static void a_tokenizer_config_decides(void **state)
{
    make_folder(*state, "uncased_but");
    static const char config[] = "{\"do_lower_case\": false}";
    check_write(folder, "tokenizer_config.json", config, sizeof config - 1);
    bert_model *model = check_open(folder);
    assert_false(bert_tokenizer_info(bert_model_tokenizer(model)).lowercase);
    bert_model_free(model);
}

static void want_refusal(const char *path, bert_status status, const char *const *texts)
{
    bert_error err = {0};
    assert_null(bert_model_open(path, NULL, &err));
    if (err.status != status) fail_msg("status %d: %s", err.status, err.message);
    for (; *texts; texts++) {
        if (!strstr(err.message, *texts)) fail_msg("no \"%s\" in: %s", *texts, err.message);
    }
}
#define REFUSED(path, status, ...)                                                                 \
    want_refusal(path, status, (const char *const[]){__VA_ARGS__, NULL})

static void write_config(const char *text)
{
    check_write(folder, "bert_config.json", text, strlen(text));
}

#define SIZES                                                                                      \
    "\"vocab_size\": 39, \"hidden_size\": 8, \"num_attention_heads\": 2, "                         \
    "\"max_position_embeddings\": 24, \"num_hidden_layers\": 2"

// In the orientation of the file.
static void shapes_are_the_files(void **state)
{
    make_folder(*state, "shapes");
    write_config("{" SIZES ", \"intermediate_size\": 16, \"type_vocab_size\": 2}");
    REFUSED(folder, BERT_FORMAT,
            "bert/encoder/layer_0/intermediate/dense/kernel is [8,12], not [8,16]",
            "bert/encoder/layer_1/output/dense/kernel is [12,8], not [16,8]",
            "layer_0/intermediate/dense/bias is [12], not [16]");
    write_config("{" SIZES ", \"intermediate_size\": 12}"); // Google's default
    REFUSED(folder, BERT_FORMAT, "bert/embeddings/token_type_embeddings is [2,8], not [16,8]");
    write_config("{" SIZES ", \"num_hidden_layers\": 3}");
    REFUSED(folder, BERT_FORMAT, "twice");
}

static void missing_layers_are_named(void **state)
{
    make_folder(*state, "missing");
    write_config("{\"vocab_size\": 39, \"hidden_size\": 8, \"num_attention_heads\": 2, "
                 "\"max_position_embeddings\": 24, \"num_hidden_layers\": 4, "
                 "\"intermediate_size\": 12, \"type_vocab_size\": 2}");
    REFUSED(folder, BERT_FORMAT, "32 missing",
            "bert/encoder/layer_{2..3}/attention/self/query/kernel");
}

static void damaged_weights_are_named(void **state)
{
    make_folder(*state, "damaged");
    static const char name[] = "bert_model.ckpt.data-00000-of-00001";
    char path[400], bytes[20000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    bytes[10] ^= 1; // of bert/embeddings/LayerNorm/beta, the first in the file
    check_write(folder, name, bytes, n);
    REFUSED(folder, BERT_FORMAT, "bert_model.ckpt.index", "bert/embeddings/LayerNorm/beta",
            "checksum");
    remove(path);
    REFUSED(folder, BERT_IO, name);
    snprintf(path, sizeof path, "%s/bert_model.ckpt.index", folder);
    remove(path);
    REFUSED(folder, BERT_IO, "model.safetensors", "bert_model.ckpt.index");
    snprintf(path, sizeof path, "%s/bert_model.ckpt", folder);
    REFUSED(path, BERT_IO, path);
}

static int make_root(void **state)
{
    static char root[256];
    check_folder_make(root);
    *state = root;
    return 0;
}

static int remove_root(void **state)
{
    check_folder_remove(*state);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_its_twin),
        cmocka_unit_test(tensors_are_out_in),
        cmocka_unit_test(assumptions_are_noted),
        cmocka_unit_test(options_override),
        CASE(names_of_folders_say_the_case),
        CASE(a_tokenizer_config_decides),
        CASE(shapes_are_the_files),
        CASE(missing_layers_are_named),
        CASE(damaged_weights_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
