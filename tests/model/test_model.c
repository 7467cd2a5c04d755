// test_model.c: opening folders, good and bad: every message must name what was wrong.
#include "support/check.h"

#include <sys/stat.h>

#include "support/made_model.h"
#include "support/made_zip.h"

static const struct made_model small = {
    .layers = 2, .hidden = 16, .heads = 2, .intermediate = 24, .positions = 32, .seed = 5};

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    check_folder_make(folder);
    return made_model_write(folder, &small) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    check_folder_remove(folder);
    return 0;
}

static void write_text(const char *name, const char *text)
{
    check_write(folder, name, text, strlen(text));
}

// Opening must fail with this status and a message that holds every one of the texts.
static void assert_refused(bert_status status, const char *const *texts)
{
    bert_error err = {0};
    bert_model *model = bert_model_open(folder, NULL, &err);
    assert_null(model);
    if (err.status != status) fail_msg("status %d, not %d: %s", err.status, status, err.message);
    for (; *texts; texts++) {
        if (!strstr(err.message, *texts)) fail_msg("no \"%s\" in: %s", *texts, err.message);
    }
    assert_null(strchr(err.message, '\n'));
}
#define REFUSED(status, ...) assert_refused(status, (const char *const[]){__VA_ARGS__, NULL})

static void opens(void **state)
{
    (void)state;
    bert_model *model = check_open(folder);
    const struct bert_config *c = bert_model_config(model);
    assert_int_equal(c->num_hidden_layers, 2);
    assert_int_equal(c->hidden_size, 16);
    assert_int_equal(c->num_attention_heads, 2);
    assert_int_equal(c->intermediate_size, 24);
    assert_string_equal(c->hidden_act, "gelu");
    assert_true(bert_model_embedding(model)->has_pooler);
    assert_int_equal(bert_model_embedding(model)->pooling, BERT_POOLING_MEAN);
    assert_int_equal(bert_model_embedding(model)->max_length, 32);
    const size_t V = c->vocab_size, H = 16, F = 24;
    const size_t layer = 4 * (H * H + H) + 2 * 2 * H + F * H + F + H * F + H;
    assert_int_equal(bert_model_parameters(model),
                     (V + 32 + 2) * H + 2 * H + 2 * layer + H * H + H);
    struct bert_tensor t;
    size_t n = 0;
    while (bert_model_tensor(model, n, &t)) {
        assert_non_null(t.name);
        assert_non_null(t.data);
        n++;
    }
    assert_int_equal(n, 5 + 2 * 16 + 2);
    bert_model_free(model);
}

static void names_are_found(void **state)
{
    (void)state;
    struct made_model m = small;
    m.prefix = true;
    m.no_pooler = true;
    assert_true(made_model_write(folder, &m));
    bert_model *model = check_open(folder);
    struct bert_tensor t;
    assert_true(bert_model_tensor(model, 0, &t));
    assert_string_equal(t.name, "bert.embeddings.word_embeddings.weight");
    assert_false(bert_model_embedding(model)->has_pooler);
    bert_model_free(model);
}

static void missing_tensors_are_named(void **state)
{
    (void)state;
    struct made_model m = small;
    m.layers = 1;
    char other[256];
    check_folder_make(other);
    assert_true(made_model_write(other, &m)); // one layer of weights for a config of two
    char from[512], to[512];
    snprintf(from, sizeof from, "%s/model.safetensors", other);
    snprintf(to, sizeof to, "%s/model.safetensors", folder);
    assert_int_equal(rename(from, to), 0);
    check_folder_remove(other);
    REFUSED(BERT_FORMAT, "16 missing", "encoder.layer.1.attention.self.query.weight",
            "encoder.layer.1.output.LayerNorm.bias", "model.safetensors");
}

static void wrong_shapes_are_named(void **state)
{
    (void)state;
    write_text("config.json", "{\"vocab_size\": 77, \"hidden_size\": 16, \"num_hidden_layers\": 1,"
                              " \"num_attention_heads\": 2, \"intermediate_size\": 40,"
                              " \"max_position_embeddings\": 32}");
    REFUSED(BERT_FORMAT, "embeddings.word_embeddings.weight is [", "not [77,16]",
            "encoder.layer.0.intermediate.dense.weight is [24,16], not [40,16]",
            "encoder.layer.0.intermediate.dense.bias is [24], not [40]", "16 unused",
            "encoder.layer.1.output.dense.weight");
}

static void other_models_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        bert_status status;
        const char *says;
    } cases[] = {
        {"{\"model_type\": \"roberta\"}", BERT_UNSUPPORTED, "model_type is \"roberta\""},
        {"{\"is_decoder\": true}", BERT_UNSUPPORTED, "decoder"},
        {"{\"position_embedding_type\": \"relative_key\"}", BERT_UNSUPPORTED, "relative_key"},
        {"{\"hidden_act\": \"xielu\"}", BERT_UNSUPPORTED, "xielu"},
        {"{\"hidden_size\": 10, \"num_attention_heads\": 3}", BERT_FORMAT, "not a multiple"},
        {"{\"hidden_size\": 0}", BERT_FORMAT, "hidden_size"},
        {"{\"hidden_size\": \"16\"}", BERT_FORMAT, "hidden_size"},
        {"{\"hidden_size\": 1e30}", BERT_FORMAT, "hidden_size"},
        {"{\"hidden_size\": 16.5}", BERT_FORMAT, "hidden_size"},
        {"{\"num_hidden_layers\": 100000}", BERT_FORMAT, "num_hidden_layers"},
        {"{\"layer_norm_eps\": -1}", BERT_FORMAT, "layer_norm_eps"},
        {"{\"hidden_size\": 16, \"hidden_size\": 16}", BERT_FORMAT, "twice"},
        {"[1, 2]", BERT_FORMAT, "object"},
        {"{\"hidden_size\": ", BERT_FORMAT, "config.json"},
        {"", BERT_FORMAT, "config.json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text("config.json", cases[i].config);
        REFUSED(cases[i].status, cases[i].says, "config.json");
    }
}

static void make_folder_in(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0777), 0);
}

// A folder with nothing but weights that are not read, whatever they are called, beside a
// configuration and without one: the one line says what they are and how to come by others.
static void other_weights_are_refused(void **state)
{
    (void)state;
    struct buf archive;
    static const struct made_member members[] = {{"model/constants.pkl", "x", 1, false, 0, false}};
    buf_init(&archive);
    made_zip(&archive, members, 1);
    const struct {
        const char *name;
        const void *bytes;
        size_t n;
        const char *says;
    } cases[] = {
        {"tf_model.h5", "\x89HDF\r\n\x1a\n", 8, "HDF5 (Keras .h5) is not read; convert"},
        {"flax_model.msgpack",
         "\x81\xa4"
         "bert",
         6, "from_flax=True"},
        {"saved_model.pb", "\x08\x01\x12\x05", 4, "SavedModel is not read; download"},
        {"saved_model/1/saved_model.pb", "\x08\x01\x12\x05", 4, "SavedModel is not read"},
        {"model.onnx", "\x08\x07\x12\x07", 4, "ONNX is not read; download"},
        {"onnx/model_quantized.onnx", "\x08\x07\x12\x07", 4, "ONNX is not read; download"},
        {"bge-small-en-v1.5-q8_0.gguf", "GGUF\3\0\0\0", 8, "GGUF is not read; download"},
        {"rust_model.ot", archive.data, archive.len, "TorchScript (.pt, .ot) is not read"},
    };
    make_folder_in("onnx");
    make_folder_in("saved_model");
    make_folder_in("saved_model/1");
    static const char *const gone[] = {"model.safetensors", "config.json"};
    for (size_t k = 0; k < 2; k++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, gone[k]);
        remove(path);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            check_write(folder, cases[i].name, cases[i].bytes, cases[i].n);
            REFUSED(BERT_UNSUPPORTED, cases[i].says, cases[i].name);
            snprintf(path, sizeof path, "%s/%s", folder, cases[i].name);
            bert_error err = {0};
            assert_null(bert_model_open(path, NULL, &err)); // the file itself
            if (!strstr(err.message, cases[i].says)) fail_msg("%s", err.message);
            remove(path);
        }
    }
    buf_release(&archive);
}

static void absent_files_are_named(void **state)
{
    (void)state;
    static const char *const names[] = {"model.safetensors", "vocab.txt", "config.json"};
    for (size_t i = 0; i < 3; i++) { // each in turn, the last one first to be looked for
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
        REFUSED(BERT_IO, names[i]);
    }
    check_folder_remove(folder);
    REFUSED(BERT_IO, folder);
}

// ------------------------------------------------------------------------- sentence-transformers

static void write_pooling(const char *pooling)
{
    char path[512];
    snprintf(path, sizeof path, "%s/1_Pooling", folder);
    char command[600];
    snprintf(command, sizeof command, "mkdir -p %s", path);
    assert_int_equal(system(command), 0);
    check_write(path, "config.json", pooling, strlen(pooling));
}

static const char modules[] = "[{\"idx\": 0, \"name\": \"0\", \"path\": \"\", \"type\": "
                              "\"sentence_transformers.models.Transformer\"},"
                              " {\"idx\": 1, \"name\": \"1\", \"path\": \"1_Pooling\", \"type\": "
                              "\"sentence_transformers.models.Pooling\"}%s]";

static void poolings_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        bert_pooling pooling;
    } cases[] = {
        {"{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}",
         BERT_POOLING_CLS},
        {"{\"pooling_mode_mean_tokens\": true}", BERT_POOLING_MEAN},
        {"{\"pooling_mode_max_tokens\": true}", BERT_POOLING_MAX},
        {"{\"pooling_mode\": \"cls\", \"embedding_dimension\": 16}", BERT_POOLING_CLS},
        {"{\"pooling_mode\": [\"max\"]}", BERT_POOLING_MAX},
        {"{\"pooling_mode\": [\"lasttoken\", \"cls\"]}",
         BERT_POOLINGS(BERT_POOLING_LAST, BERT_POOLING_CLS)},
        {"{\"pooling_mode_weightedmean_tokens\": true, \"pooling_mode_cls_token\": true}",
         BERT_POOLINGS(BERT_POOLING_CLS, BERT_POOLING_WEIGHTED_MEAN)},
        {"{\"pooling_mode\": \"mean_sqrt_len_tokens\"}", BERT_POOLING_MEAN_SQRT},
        {"{}", BERT_POOLING_MEAN},
    };
    char text[1000];
    snprintf(text, sizeof text, modules,
             ", {\"idx\": 2, \"name\": \"2\", \"path\": \"2_Normalize\", \"type\": "
             "\"sentence_transformers.models.Normalize\"}");
    write_text("modules.json", text);
    write_text("sentence_bert_config.json", "{\"max_seq_length\": 20, \"do_lower_case\": false}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_pooling(cases[i].config);
        bert_model *model = check_open(folder);
        assert_int_equal(bert_model_embedding(model)->pooling, cases[i].pooling);
        assert_true(bert_model_embedding(model)->normalize);
        assert_int_equal(bert_model_embedding(model)->max_length, 20);
        bert_model_free(model);
    }
}

// Numbers and names in the files of modules that can be nobody's.
static void absurd_modules_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *dense, *says;
    } cases[] = {
        {"{\"in_features\": 16}", "no size"},
        {"{\"in_features\": 16, \"out_features\": 0}", "out_features"},
        {"{\"in_features\": 1e18, \"out_features\": 16}", "in_features"},
        {"{\"in_features\": 16, \"out_features\": 1048577}", "from 1 to 1048576"},
        {"{\"in_features\": -16, \"out_features\": 16}", "in_features"},
        {"{\"in_features\": 16, \"in_features\": 16}", "twice"},
        {"{\"in_features\": 17, \"out_features\": 16}", "takes 17 numbers"},
        {"{\"in_features\": 16, \"out_features\": 16, \"bias\": 1}", "bias"},
        {"{\"in_features\": 16, \"out_features\": 1048576}", "pytorch_model.bin"}, // no weights
    };
    char text[1000], path[512];
    snprintf(text, sizeof text, modules,
             ", {\"path\": \"2_Dense\", \"type\": \"sentence_transformers.models.Dense\"}");
    write_text("modules.json", text);
    write_pooling("{}");
    REFUSED(BERT_IO, "2_Dense/config.json", "not there");
    snprintf(path, sizeof path, "%s/2_Dense", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text("2_Dense/config.json", cases[i].dense);
        REFUSED(i + 1 < sizeof cases / sizeof *cases ? BERT_FORMAT : BERT_IO, "2_Dense",
                cases[i].says);
    }
    write_text("modules.json", "[]");
    write_text("sentence_bert_config.json", "{\"max_seq_length\": 0}");
    bert_model_free(check_open(folder)); // no transformer step, so nobody asks
    snprintf(text, sizeof text, modules, "");
    write_text("modules.json", text);
    REFUSED(BERT_FORMAT, "sentence_bert_config.json", "max_seq_length");
    write_text("sentence_bert_config.json", "{\"max_seq_length\": 1e30}");
    REFUSED(BERT_FORMAT, "sentence_bert_config.json", "max_seq_length");
    write_text("sentence_bert_config.json", "{}");
    write_text("config_sentence_transformers.json", "{\"prompts\": {\"a\": \"\", \"a\": \"\"}}");
    REFUSED(BERT_FORMAT, "config_sentence_transformers.json", "twice");
    write_text("config_sentence_transformers.json", "{\"default_prompt_name\": \"a\"}");
    REFUSED(BERT_FORMAT, "config_sentence_transformers.json", "not among its prompts");
}

// What is not supported is said when sentences are asked for, and words work all the same.
static void unsupported_modules_are_said(void **state)
{
    (void)state;
    char text[1000];
    snprintf(text, sizeof text, modules,
             ", {\"idx\": 2, \"path\": \"2_CNN\", \"type\": \"sentence_transformers.models.CNN\"}");
    write_text("modules.json", text);
    write_pooling("{\"pooling_mode_mean_tokens\": true}");
    bert_model *model = check_open(folder);
    bert_error err = {0};
    bert_session *session = bert_session_new(model, NULL, &err);
    bert_batch *batch = bert_batch_new(model, &err);
    float out[16 * 8];
    const struct bert_text words = {"a b", 3};
    assert_int_equal(bert_batch_add(batch, words, (struct bert_text){0}, NULL, &err), BERT_OK);
    assert_int_equal(bert_embed(session, batch, NULL, out, &err), BERT_UNSUPPORTED);
    assert_non_null(strstr(err.message, "CNN"));
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    o.level = BERT_LEVEL_WORD;
    assert_int_equal(bert_embed(session, batch, &o, out, &err), BERT_OK);
    o.level = BERT_LEVEL_SENTENCE;
    o.pooling = BERT_POOLING_CLS;
    assert_int_equal(bert_embed(session, batch, &o, out, &err), BERT_OK);
    bert_batch_free(batch);
    bert_session_free(session);
    bert_model_free(model);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

static void bytes_have_a_longest_row(void **state)
{
    (void)state;
    const struct made_model wide = {
        .layers = 1, .hidden = 8, .heads = 2, .intermediate = 65540, .positions = 8};
    char other[256];
    check_folder_make(other);
    assert_true(made_model_write(other, &wide));
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    bert_error err;
    o.dtype = BERT_INT8;
    assert_null(bert_model_open(other, &o, &err));
    assert_int_equal(err.status, BERT_UNSUPPORTED);
    assert_non_null(strstr(err.message, "65540"));
    o.dtype = BERT_BF16;
    bert_model *model = bert_model_open(other, &o, &err);
    assert_non_null(model);
    assert_int_equal(bert_model_dtype(model), BERT_BF16);
    bert_model_free(model);
    o.dtype = (bert_dtype)3;
    assert_null(bert_model_open(other, &o, &err));
    assert_int_equal(err.status, BERT_INVALID);
    check_folder_remove(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(opens),
        CASE(names_are_found),
        CASE(missing_tensors_are_named),
        CASE(wrong_shapes_are_named),
        CASE(other_models_are_refused),
        CASE(other_weights_are_refused),
        CASE(absent_files_are_named),
        CASE(poolings_are_read),
        CASE(absurd_modules_are_refused),
        CASE(unsupported_modules_are_said),
        CASE(bytes_have_a_longest_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
