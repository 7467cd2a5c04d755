// test_save.c: models saved and opened again: the bits of transformers' own files, the same bits
// after a way through Google's, and folders that are whole or not there.
#include "support/check.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "base/os_folder.h"
#include "ckpt/ckpt.h"
#include "support/made_model.h"
#include "support/renamed.h"

static char root[256];

// root/name, in one of a few rooms.
static const char *in_root(const char *name)
{
    static char rooms[8][400];
    static int next;
    char *room = rooms[next++ % 8];
    snprintf(room, sizeof rooms[0], "%s/%s", root, name);
    return room;
}

static bert_status save(const char *from, const char *to, struct bert_save_options o,
                        bert_error *err)
{
    bert_model *model = check_open(from);
    const bert_status status = bert_model_save(model, to, &o, err);
    bert_model_free(model);
    return status;
}

static void convert(const char *from, const char *to, bert_layout layout)
{
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    bert_error err = {0};
    o.layout = layout;
    if (save(from, to, o, &err)) fail_msg("%s: %s", from, err.message);
}

static struct os_file load(const char *folder, const char *name)
{
    char path[600];
    struct os_file file;
    bert_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (os_file_open(&file, path, true, &err)) fail_msg("%s", err.message);
    return file;
}

static void want_same(const char *a, const char *b, const char *name)
{
    struct os_file x = load(a, name), y = load(b, name);
    if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0) {
        fail_msg("%s of %s and of %s differ", name, a, b);
    }
    os_file_close(&x);
    os_file_close(&y);
}

static void want_text(const char *folder, const char *name, const char *text)
{
    struct os_file file = load(folder, name);
    if (!memmem(file.data, file.size, text, strlen(text))) {
        fail_msg("no %s in %s/%s:\n%.*s", text, folder, name, (int)file.size,
                 (const char *)file.data);
    }
    os_file_close(&file);
}

static bool is_there(const char *folder, const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static size_t entries(const char *path)
{
    struct os_names names;
    assert_int_equal(os_folder_list(&names, path, NULL), BERT_OK);
    const size_t n = names.count;
    os_names_release(&names);
    return n;
}

// The numbers of a tensor, to be freed.
static float *numbers(const bert_model *model, size_t i, struct bert_tensor t)
{
    float *out = malloc(t.rows * t.cols * sizeof *out);
    assert_non_null(out);
    assert_int_equal(bert_model_tensor_rows(model, i, 0, t.rows, out, NULL), BERT_OK);
    return out;
}

// --------------------------------------------------------------------------------------- the bits

// Folders that transformers saved (float32, float16, bfloat16; with and without a head): written
// again, their weights are the same file. So they are after a way through Google's, float32.
static void the_bits_of_transformers(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        bool half;
    } cases[] = {{"base", false},          {"bf16_quick", true},   {"cased_relu", false},
                 {"f16_wide", true},       {"masked_lm", false},   {"sentence_cased", false},
                 {"sentence_mean", false}, {"sentence_cls", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char folder[100];
        snprintf(folder, sizeof folder, "tests/golden/%s", cases[i].folder);
        convert(folder, in_root("hf"), BERT_LAYOUT_HF);
        want_same(folder, in_root("hf"), "model.safetensors");
        bert_error err = {0};
        struct bert_save_options o = BERT_SAVE_DEFAULTS;
        o.layout = BERT_LAYOUT_GOOGLE;
        const bert_status status = save(folder, in_root("google"), o, &err);
        if (status == BERT_UNSUPPORTED) { // an activation that Google's code does not know
            assert_non_null(strstr(err.message, "hidden_act"));
        } else {
            if (status) fail_msg("%s: %s", folder, err.message);
            convert(in_root("google"), in_root("back"), BERT_LAYOUT_HF);
            if (!cases[i].half) want_same(folder, in_root("back"), "model.safetensors");
            check_folder_remove(in_root("google"));
            check_folder_remove(in_root("back"));
        }
        check_folder_remove(in_root("hf"));
    }
}

// What DataParallel and torch.compile put before every name goes, from heads' tensors too; a
// decoder that is tied is not stored.
static void names_of_today(void **state)
{
    (void)state;
    static const struct renamed cases[] = {{.prefix = "module."},
                                           {.prefix = "_orig_mod.", .gamma = true},
                                           {.prefix = "module.model.", .decoder = true}};
    static const char source[] = "tests/golden/masked_lm";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        convert(source, in_root("parallel"), BERT_LAYOUT_HF);
        renamed_write("tests/golden/masked_lm/model.safetensors",
                      in_root("parallel/model.safetensors"), &cases[i]);
        convert(in_root("parallel"), in_root("hf"), BERT_LAYOUT_HF);
        want_same(source, in_root("hf"), "model.safetensors");
        check_folder_remove(in_root("parallel"));
        check_folder_remove(in_root("hf"));
    }
}

// A checkpoint that TensorFlow saved, with heads and the states of an optimizer: without these the
// same tensors, and its transformers twin.
static void the_bits_of_google(void **state)
{
    (void)state;
    static const char google[] = "tests/model/google/uncased_L-2_H-8_A-2";
    convert(google, in_root("hf"), BERT_LAYOUT_HF);
    want_text(in_root("hf"), "config.json", "\"BertForPreTraining\"");
    want_text(in_root("hf"), "config.json", "\"model_type\": \"bert\"");
    want_text(in_root("hf"), "config.json", "\"torch_dtype\": \"float32\"");
    want_text(in_root("hf"), "tokenizer_config.json", "\"do_lower_case\": true");
    convert(in_root("hf"), in_root("google"), BERT_LAYOUT_GOOGLE);
    want_same(google, in_root("google"), "bert_config.json");
    want_same(google, in_root("google"), "vocab.txt");
    char path[300];
    snprintf(path, sizeof path, "%s/bert_model.ckpt", google);
    struct ckpt *a = ckpt_open(path, false, NULL);
    struct ckpt *b = ckpt_open(in_root("google/bert_model.ckpt"), false, NULL);
    assert_non_null(a);
    assert_non_null(b);
    size_t n = 0;
    for (size_t i = 0; i < ckpt_count(a); i++) {
        const struct ckpt_tensor *t = ckpt_at(a, i), *u = ckpt_find(b, t->name);
        if (strstr(t->name, "adam") || strcmp(t->name, "global_step") == 0) {
            assert_null(u);
            continue;
        }
        assert_non_null(u);
        assert_int_equal(t->bytes, u->bytes);
        assert_int_equal(t->dims[0], u->dims[0]);
        assert_memory_equal(t->data, u->data, t->bytes);
        n++;
    }
    assert_int_equal(n, ckpt_count(b));
    ckpt_close(a);
    ckpt_close(b);
}

// Old names become today's.
static void old_names(void **state)
{
    (void)state;
    convert("tests/golden/old_names", in_root("hf"), BERT_LAYOUT_HF);
    convert("tests/golden/old_names", in_root("google"), BERT_LAYOUT_GOOGLE);
    convert(in_root("google"), in_root("back"), BERT_LAYOUT_HF);
    want_same(in_root("hf"), in_root("back"), "model.safetensors");
    want_text(in_root("hf"), "model.safetensors", "embeddings.LayerNorm.weight");
}

static void types(void **state)
{
    (void)state;
    static const struct {
        bert_stored stored;
        const char *name, *dtype;
    } cases[] = {{BERT_STORED_F16, "F16", "float16"},
                 {BERT_STORED_BF16, "BF16", "bfloat16"},
                 {BERT_STORED_F32, "F32", "float32"}};
    for (size_t i = 0; i < 3; i++) {
        struct bert_save_options o = BERT_SAVE_DEFAULTS;
        o.stored = cases[i].stored;
        assert_int_equal(save("tests/golden/bf16_quick", in_root("typed"), o, NULL), BERT_OK);
        struct ckpt *c = ckpt_open(in_root("typed/model.safetensors"), false, NULL);
        assert_non_null(c);
        assert_string_equal(ckpt_dtype_name(ckpt_at(c, 0)->dtype), cases[i].name);
        ckpt_close(c);
        want_text(in_root("typed"), "config.json", cases[i].dtype);
        bert_model *a = check_open("tests/golden/bf16_quick"), *b = check_open(in_root("typed"));
        struct bert_tensor x, y;
        for (size_t k = 0; cases[i].stored != BERT_STORED_F16 && bert_model_tensor(a, k, &x); k++) {
            assert_true(bert_model_tensor(b, k, &y));
            float *p = numbers(a, k, x), *q = numbers(b, k, y);
            assert_memory_equal(p, q, x.rows * x.cols * sizeof *p); // nothing is lost
            free(p);
            free(q);
        }
        bert_model_free(a);
        bert_model_free(b);
        check_folder_remove(in_root("typed"));
    }
}

// Bytes: within half a step of each row; saved again the same file.
static void bytes_with_scales(void **state)
{
    (void)state;
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    o.stored = BERT_STORED_INT8;
    assert_int_equal(save("tests/golden/base", in_root("int8"), o, NULL), BERT_OK);
    want_text(in_root("int8"), "config.json", "\"quantization_config\": {");
    o.stored = BERT_STORED_AS_IS;
    assert_int_equal(save(in_root("int8"), in_root("again"), o, NULL), BERT_OK);
    want_same(in_root("int8"), in_root("again"), "model.safetensors");
    want_same(in_root("int8"), in_root("again"), "config.json");
    bert_model *a = check_open("tests/golden/base"), *b = check_open(in_root("int8"));
    struct bert_tensor x, y;
    for (size_t i = 0; bert_model_tensor(a, i, &x); i++) {
        assert_true(bert_model_tensor(b, i, &y));
        float *p = numbers(a, i, x), *q = numbers(b, i, y);
        for (size_t r = 0; r < x.rows; r++) {
            float most = 0;
            for (size_t c = 0; c < x.cols; c++) most = fmaxf(most, fabsf(p[r * x.cols + c]));
            for (size_t c = 0; c < x.cols; c++) {
                const float d = fabsf(p[r * x.cols + c] - q[r * x.cols + c]);
                assert_true(d <= most / 253); // and of bfloat16, 2^-9 of the number
            }
        }
        free(p);
        free(q);
    }
    bert_model_free(a);
    bert_model_free(b);
    o.stored = BERT_STORED_F32;
    assert_int_equal(save(in_root("int8"), in_root("f32"), o, NULL), BERT_OK);
    struct ckpt *c = ckpt_open(in_root("f32/model.safetensors"), false, NULL);
    assert_non_null(c);
    for (size_t i = 0; i < ckpt_count(c); i++) assert_null(strstr(ckpt_at(c, i)->name, "_scale"));
    ckpt_close(c);
    // without its scales a matrix is no matrix
    struct os_file file = load(in_root("int8"), "model.safetensors");
    char *copy = malloc(file.size), *name = NULL;
    assert_non_null(copy);
    memcpy(copy, file.data, file.size);
    name = memmem(copy, file.size, "weight_scale", 12);
    assert_non_null(name);
    memcpy(name, "weight_other", 12);
    check_write(in_root("int8"), "model.safetensors", copy, file.size);
    free(copy);
    os_file_close(&file);
    bert_error err = {0};
    assert_null(bert_model_open(in_root("int8"), NULL, &err));
    assert_non_null(strstr(err.message, "is I8 without scales"));
}

// -------------------------------------------------------------------------------------- the files

static void sentence_files_are_kept(void **state)
{
    (void)state;
    static const char *const files[] = {
        "modules.json",          "config_sentence_transformers.json", "sentence_bert_config.json",
        "1_Pooling/config.json", "2_Normalize/config.json",           "tokenizer.json",
        "tokenizer_config.json"};
    static const char folder[] = "tests/golden/sentence_mean";
    convert(folder, in_root("hf"), BERT_LAYOUT_HF);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        want_same(folder, in_root("hf"), files[i]);
    assert_true(is_there(in_root("hf"), "vocab.txt")); // which the source lacks
    bert_model *a = check_open(folder), *b = check_open(in_root("hf"));
    assert_int_equal(bert_model_embedding(a)->pooling, bert_model_embedding(b)->pooling);
    assert_true(bert_model_embedding(b)->normalize);
    bert_model_free(a);
    bert_model_free(b);
}

// Older folders have the network in one of their own: 0_Transformer.
static void a_network_in_its_own_folder(void **state)
{
    (void)state;
    static const char modules[] =
        "[{\"idx\": 0, \"path\": \"0_BERT\", \"type\": \"x.models.Transformer\"},"
        "{\"idx\": 1, \"path\": \"1_Pooling\", \"type\": \"x.models.Pooling\"},"
        "{\"idx\": 2, \"path\": \"2_Normalize\", \"type\": \"x.models.Normalize\"}]";
    static const char pooling[] = "{\"pooling_mode_cls_token\": true}";
    const struct made_model m = {
        .layers = 1, .hidden = 8, .heads = 2, .intermediate = 12, .positions = 16};
    mkdir(in_root("old"), 0777);
    mkdir(in_root("old/0_BERT"), 0777);
    mkdir(in_root("old/1_Pooling"), 0777);
    assert_true(made_model_write(in_root("old/0_BERT"), &m));
    check_write(in_root("old"), "modules.json", modules, sizeof modules - 1);
    check_write(in_root("old/1_Pooling"), "config.json", pooling, sizeof pooling - 1);
    check_write(in_root("old/0_BERT"), "sentence_bert_config.json", "{\"max_seq_length\": 9}", 21);
    convert(in_root("old"), in_root("hf"), BERT_LAYOUT_HF);
    want_same(in_root("old"), in_root("hf"), "1_Pooling/config.json");
    want_same(in_root("old"), in_root("hf"), "0_BERT/sentence_bert_config.json");
    want_same(in_root("old"), in_root("hf"), "0_BERT/vocab.txt");
    assert_false(is_there(in_root("hf"), "vocab.txt"));
    bert_model *model = check_open(in_root("hf"));
    assert_int_equal(bert_model_embedding(model)->max_length, 9);
    assert_int_equal(bert_model_embedding(model)->pooling, BERT_POOLING_CLS);
    bert_model_free(model);
    // a path out of the folder
    static const char bad[] = "[{\"path\": \"0_BERT\", \"type\": \"x.models.Transformer\"},"
                              "{\"path\": \"a/../../b\", \"type\": \"x.models.CNN\"}]";
    check_write(in_root("old"), "modules.json", bad, sizeof bad - 1);
    bert_error err = {0};
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    assert_int_equal(save(in_root("old"), in_root("bad"), o, &err), BERT_FORMAT);
    assert_non_null(strstr(err.message, "leaves the folder"));
    assert_int_equal(entries(root), 2);
}

// Options that change the tokenizer change its files.
static void options_are_saved(void **state)
{
    (void)state;
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    o.tokenizer.lowercase = 0;
    o.activation = "gelu_new";
    bert_model *model = bert_model_open("tests/golden/sentence_mean", &o, NULL);
    assert_non_null(model);
    assert_int_equal(bert_model_save(model, in_root("hf"), NULL, NULL), BERT_OK);
    bert_model_free(model);
    model = check_open(in_root("hf"));
    assert_false(bert_tokenizer_info(bert_model_tokenizer(model)).lowercase);
    assert_string_equal(bert_model_config(model)->hidden_act, "gelu_new");
    bert_model_free(model);
}

// A note for each kind of thing that Google's files have no place for.
static void count_note(void *arg, const struct bert_note *note)
{
    assert_true(note->what[0] && note->value[0] && note->origin[0]);
    ++*(int *)arg;
}

static void losses_are_said(void **state)
{
    (void)state;
    int notes = 0;
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    o.layout = BERT_LAYOUT_GOOGLE;
    o.note = count_note;
    o.arg = &notes;
    assert_int_equal(save("tests/golden/sentence_cls", in_root("google"), o, NULL), BERT_OK);
    assert_true(notes >= 1);
}

// ------------------------------------------------------------------------------------- the folder

static void want_refusal(const char *from, const char *to, struct bert_save_options o,
                         bert_status status, const char *text)
{
    bert_error err = {0};
    assert_int_equal(save(from, to, o, &err), status);
    if (!strstr(err.message, text)) fail_msg("no \"%s\" in: %s", text, err.message);
}

static void what_is_there_is_kept(void **state)
{
    (void)state;
    static const char from[] = "tests/golden/base";
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    mkdir(in_root("to"), 0777);
    convert(from, in_root("to"), BERT_LAYOUT_HF); // an empty folder
    want_refusal(from, in_root("to"), o, BERT_INVALID, "not empty");
    o.replace = true;
    o.layout = BERT_LAYOUT_GOOGLE;
    assert_int_equal(save(from, in_root("to"), o, NULL), BERT_OK);
    assert_true(is_there(in_root("to"), "bert_model.ckpt.index"));
    assert_false(is_there(in_root("to"), "config.json"));
    check_write(in_root("to"), "thesis.tex", "x", 1);
    want_refusal(from, in_root("to"), o, BERT_INVALID, "'thesis.tex'");
    assert_true(is_there(in_root("to"), "thesis.tex"));
    check_write(root, "file", "x", 1);
    want_refusal(from, in_root("file"), o, BERT_IO, "is a file");
    want_refusal(from, in_root("no/such"), o, BERT_IO, "no/such");
    assert_int_equal(entries(root), 2);
}

// A model may be replaced by itself in another form.
static void onto_itself(void **state)
{
    (void)state;
    convert("tests/golden/base", in_root("to"), BERT_LAYOUT_HF);
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    o.replace = true;
    o.stored = BERT_STORED_BF16;
    assert_int_equal(save(in_root("to"), in_root("to"), o, NULL), BERT_OK);
    o.stored = BERT_STORED_AS_IS;
    assert_int_equal(save(in_root("to"), in_root("again"), o, NULL), BERT_OK);
    want_same(in_root("to"), in_root("again"), "model.safetensors");
    assert_int_equal(entries(root), 2);
}

static void refusals(void **state)
{
    (void)state;
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    o.layout = BERT_LAYOUT_GOOGLE;
    o.stored = BERT_STORED_F16;
    want_refusal("tests/golden/base", in_root("x"), o, BERT_UNSUPPORTED, "float32");
    o.stored = (bert_stored)9;
    want_refusal("tests/golden/base", in_root("x"), o, BERT_INVALID, "no type 9");
    o.stored = BERT_STORED_AS_IS;
    want_refusal("tests/golden/bf16_quick", in_root("x"), o, BERT_UNSUPPORTED, "quick_gelu");
    const struct made_model large = {.layers = 1,
                                     .hidden = 8,
                                     .heads = 2,
                                     .intermediate = 12,
                                     .positions = 16,
                                     .deviation = 1e5f};
    mkdir(in_root("large"), 0777);
    assert_true(made_model_write(in_root("large"), &large));
    o.layout = BERT_LAYOUT_HF;
    o.stored = BERT_STORED_F16;
    want_refusal(in_root("large"), in_root("x"), o, BERT_UNSUPPORTED, "F16 cannot hold");
    o.stored = BERT_STORED_BF16;
    assert_int_equal(save(in_root("large"), in_root("x"), o, NULL), BERT_OK);
    assert_int_equal(entries(root), 2);
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_bits_of_transformers),
        CASE(names_of_today),
        CASE(the_bits_of_google),
        CASE(old_names),
        CASE(types),
        CASE(bytes_with_scales),
        CASE(sentence_files_are_kept),
        CASE(a_network_in_its_own_folder),
        CASE(options_are_saved),
        CASE(losses_are_said),
        CASE(what_is_there_is_kept),
        CASE(onto_itself),
        CASE(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
