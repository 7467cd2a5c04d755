// test_formats.c: one model (tests/model/formats, tools/torch_files.py) in every format that people
// publish gives the same bits: safetensors, PyTorch's two formats (one with transposed storages),
// and both split into several files. And which file is taken when a folder has more than one.
#include "support/check.h"

#include "base/os.h"

#define SOURCE "tests/model/formats"

enum { VALUES = 8 * 64 };

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

static void copy_file(const char *from, const char *to)
{
    char path[512];
    struct os_file file;
    bert_error err;
    snprintf(path, sizeof path, SOURCE "/%s", from);
    if (os_file_open(&file, path, true, &err)) fail_msg("%s", err.message);
    check_write(folder, to, file.data, file.size);
    os_file_close(&file);
}

static void copy_base(void)
{
    copy_file("config.json", "config.json");
    copy_file("vocab.txt", "vocab.txt");
}

// Every word, then the sentence; the number of values.
static size_t embed(float out[VALUES])
{
    bert_error err = {0};
    bert_model *model = check_open(folder);
    bert_session *session = bert_session_new(model, NULL, &err);
    bert_batch *batch = bert_batch_new(model, &err);
    assert_true(session && batch);
    const struct bert_text text = {"The bank of the river, walking.", 31}, none = {0};
    assert_int_equal(bert_batch_add(batch, text, none, NULL, &err), BERT_OK);
    static const bert_level levels[] = {BERT_LEVEL_WORD, BERT_LEVEL_SENTENCE};
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        struct bert_embed_options o = BERT_EMBED_DEFAULTS;
        o.level = levels[i];
        const size_t values = bert_embed_rows(batch, &o) * bert_embed_cols(model, &o);
        assert_true(values > 0 && n + values <= VALUES);
        assert_int_equal(bert_embed(session, batch, &o, out + n, &err), BERT_OK);
        n += values;
    }
    bert_batch_free(batch);
    bert_session_free(session);
    bert_model_free(model);
    return n;
}

static const struct {
    const char *from[3], *to[3];
} formats[] = {
    {{"model.safetensors"}, {"model.safetensors"}},
    {{"pytorch_model.bin"}, {"pytorch_model.bin"}},
    {{"legacy.bin"}, {"pytorch_model.bin"}},
    {{"model.safetensors.index.json", "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors"},
     {"model.safetensors.index.json", "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors"}},
    {{"pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin",
      "pytorch_model-00002-of-00002.bin"},
     {"pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin",
      "pytorch_model-00002-of-00002.bin"}},
};

static void same_bits(void **state)
{
    (void)state;
    float first[VALUES], out[VALUES];
    size_t n = 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        check_folder_remove(folder);
        check_folder_make(folder);
        copy_base();
        for (size_t k = 0; k < 3 && formats[i].from[k]; k++) {
            copy_file(formats[i].from[k], formats[i].to[k]);
        }
        const size_t values = embed(i ? out : first);
        if (i == 0) n = values;
        assert_int_equal(values, n);
        if (i > 0 && memcmp(first, out, n * sizeof *out) != 0) {
            fail_msg("%s: other bits", formats[i].from[0]);
        }
    }
}

// The path of the weights that were opened.
static const char *weights_of(const bert_model *model)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(notes[i].what, "weights") == 0) return notes[i].origin;
    }
    return "";
}

// Each file added to the folder is preferred to those before.
static void preferred_files(void **state)
{
    (void)state;
    static const char *const names[] = {"pytorch_model.bin.index.json", "pytorch_model.bin",
                                        "model.safetensors.index.json", "model.safetensors"};
    copy_base();
    copy_file("pytorch_model-00001-of-00002.bin", "pytorch_model-00001-of-00002.bin");
    copy_file("pytorch_model-00002-of-00002.bin", "pytorch_model-00002-of-00002.bin");
    copy_file("model-00001-of-00002.safetensors", "model-00001-of-00002.safetensors");
    copy_file("model-00002-of-00002.safetensors", "model-00002-of-00002.safetensors");
    for (size_t i = 0; i < 4; i++) {
        char path[512];
        copy_file(names[i], names[i]);
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        bert_model *model = check_open(folder);
        assert_string_equal(weights_of(model), path);
        bert_model_free(model);
    }
}

static void no_weights(void **state)
{
    (void)state;
    bert_error err = {0};
    copy_base();
    assert_null(bert_model_open(folder, NULL, &err));
    assert_int_equal(err.status, BERT_IO);
    static const char *const names[] = {"model.safetensors", "model.safetensors.index.json",
                                        "pytorch_model.bin", "pytorch_model.bin.index.json"};
    for (size_t i = 0; i < 4; i++) {
        if (!strstr(err.message, names[i])) fail_msg("no %s in: %s", names[i], err.message);
    }
}

// Files whose names are of no dialect say what they are.
static void other_names(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"module.bert.", "save model.module.state_dict()"},
                                           {"roberta.", "a RoBERTa"},
                                           {"distilbert.", "a DistilBERT"},
                                           {"albert.", "an ALBERT"},
                                           {"other.", "not a BERT of transformers or Google"}};
    copy_base();
    for (size_t i = 0; i < 5; i++) {
        char file[256] = {0};
        const int n = snprintf(file + 8, sizeof file - 8,
                               "{\"%sembeddings.word_embeddings.weight\":{\"dtype\":\"F32\","
                               "\"shape\":[1],\"data_offsets\":[0,4]}}",
                               cases[i][0]);
        file[0] = (char)n;
        check_write(folder, "model.safetensors", file, 8 + (size_t)n + 4);
        bert_error err = {0};
        assert_null(bert_model_open(folder, NULL, &err));
        assert_int_equal(err.status, BERT_FORMAT);
        if (!strstr(err.message, cases[i][1])) fail_msg("%s", err.message);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(same_bits), CASE(preferred_files), CASE(no_weights),
                                       CASE(other_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
