// test_formats.c: one model (tests/model/formats, tools/torch_files.py) as everybody publishes
// theirs gives the same bits: safetensors, PyTorch's two formats (one with transposed storages),
// both split into several files; Google's checkpoint as a folder, by its prefix and in archives,
// and as TensorFlow itself leaves it after training (tools/tf_checkpoint.py); under every kind of
// names. And which file is taken when a folder has more than one, and what is said where none can
// be.
#include "support/check.h"

#include "base/os.h"
#include "support/made_zip.h"
#include "support/renamed.h"

#define SOURCE "tests/model/formats"

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

// ------------------------------------------------------------------------------- ways to publish
// it

// A way is a function that fills `folder`, and what it needs to know.
struct way {
    const char *what;
    void (*make)(const struct way *way);
    const char *open;         // below the folder; NULL: the folder itself
    const char *copies[3][2]; // files of SOURCE, and their names in the folder
    struct renamed names;
    const char *top; // folder in an archive
};

static void copies(const struct way *way)
{
    copy_base();
    for (size_t i = 0; i < 3 && way->copies[i][0]; i++) {
        copy_file(way->copies[i][0], way->copies[i][1] ? way->copies[i][1] : way->copies[i][0]);
    }
}

static void names(const struct way *way)
{
    char path[400];
    copy_base();
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    renamed_write(SOURCE "/model.safetensors", path, &way->names);
}

static void google(const struct way *way)
{
    (void)way;
    char path[400];
    bert_error err = {0};
    struct bert_save_options o = BERT_SAVE_DEFAULTS;
    o.layout = BERT_LAYOUT_GOOGLE;
    bert_model *model = check_open(SOURCE);
    snprintf(path, sizeof path, "%s/saved", folder);
    if (bert_model_save(model, path, &o, &err)) fail_msg("%s", err.message);
    bert_model_free(model);
}

// What google() made in an archive, in a folder of it or (top "") at its top, every other member
// deflated.
static void archive(const struct way *way)
{
    static const char *const files[] = {"bert_config.json", "vocab.txt", "bert_model.ckpt.index",
                                        "bert_model.ckpt.data-00000-of-00001"};
    struct os_file open[4];
    struct made_member members[4];
    char path[400], in[4][100];
    struct buf out;
    google(way);
    for (size_t i = 0; i < 4; i++) {
        bert_error err = {0};
        snprintf(path, sizeof path, "%s/saved/%s", folder, files[i]);
        if (os_file_open(&open[i], path, true, &err)) fail_msg("%s", err.message);
        snprintf(in[i], sizeof in[i], "%s%s", way->top, files[i]);
        members[i] = (struct made_member){
            .name = in[i], .bytes = open[i].data, .size = open[i].size, .deflated = i % 2 == 0};
    }
    buf_init(&out);
    made_zip(&out, members, 4);
    check_write(folder, "model.zip", out.data, out.len);
    buf_release(&out);
    for (size_t i = 0; i < 4; i++) os_file_close(&open[i]);
}

// The folder that TensorFlow wrote.
static void nothing(const struct way *way)
{
    (void)way;
}

#define TENSORFLOW SOURCE "/google"
static const struct way ways[] = {
    {"safetensors", copies, .copies = {{"model.safetensors"}}},
    {"PyTorch", copies, .copies = {{"pytorch_model.bin"}}},
    {"PyTorch before 1.6", copies, .copies = {{"legacy.bin", "pytorch_model.bin"}}},
    {"safetensors, sharded", copies,
     .copies = {{"model.safetensors.index.json"},
                {"model-00001-of-00002.safetensors"},
                {"model-00002-of-00002.safetensors"}}},
    {"PyTorch, sharded", copies,
     .copies = {{"pytorch_model.bin.index.json"},
                {"pytorch_model-00001-of-00002.bin"},
                {"pytorch_model-00002-of-00002.bin"}}},
    {"names with bert.", names, .names = {.prefix = "bert."}},
    {"gamma and beta", names, .names = {.prefix = "", .gamma = true}},
    {"names with bert., gamma and beta", names, .names = {.prefix = "bert.", .gamma = true}},
    {"DataParallel", names, .names = {.prefix = "module.bert."}},
    {"DataParallel of the bare encoder", names, .names = {.prefix = "module."}},
    {"DataParallel, gamma and beta", names, .names = {.prefix = "module.bert.", .gamma = true}},
    {"torch.compile", names, .names = {.prefix = "_orig_mod.bert."}},
    {"torch.compile in DataParallel", names, .names = {.prefix = "module._orig_mod.bert."}},
    {"DataParallel in torch.compile", names, .names = {.prefix = "_orig_mod.module."}},
    {"a field of a training script", names, .names = {.prefix = "model.bert."}},
    {"a field in DataParallel", names, .names = {.prefix = "module.model.", .gamma = true}},
    {"Google's", google, .open = "saved"},
    {"Google's by prefix", google, .open = "saved/bert_model.ckpt"},
    {"Google's by its index", google, .open = "saved/bert_model.ckpt.index"},
    {"Google's zip", archive, .open = "model.zip", .top = ""},
    {"Google's zip with a folder", archive, .open = "model.zip", .top = "uncased_L-2_H-8_A-2/"},
    {"Google's zip, the folder named", archive, .open = "model.zip/top", .top = "top/"},
    {"Google's zip by prefix", archive, .open = "model.zip/top/bert_model.ckpt", .top = "top/"},
    {"TensorFlow's, two shards, slots, .meta", nothing, .open = TENSORFLOW},
    {"TensorFlow's by prefix", nothing, .open = TENSORFLOW "/bert_model.ckpt"},
};

// ----------------------------------------------------------------------------------- the same bits

enum { H = 8, LAYERS = 3, TOKENS = 9, VALUES = (LAYERS * TOKENS + 1) * H };

// Hidden states of every layer, then the pooler's vector of the first sequence.
static void encode(const char *path, float out[VALUES])
{
    static const int32_t ids[TOKENS] = {2, 5, 7, 8, 5, 6, 3, 2, 3};
    static const uint8_t types[TOKENS] = {0, 0, 0, 1, 1, 1, 1, 0, 0};
    static const int layers[LAYERS] = {0, 1, 2};
    bert_error err = {0};
    bert_model *model = check_open(path);
    assert_int_equal(bert_model_config(model)->hidden_size, H);
    bert_session *session = bert_session_new(model, NULL, &err);
    bert_batch *batch = bert_batch_new(model, &err);
    assert_true(session && batch);
    assert_int_equal(bert_batch_add_ids(batch, ids, types, 7, &err), BERT_OK);
    assert_int_equal(bert_batch_add_ids(batch, ids + 7, types + 7, 2, &err), BERT_OK);
    assert_int_equal(bert_encode(session, batch, layers, LAYERS, out, &err), BERT_OK);
    bert_batch_clear(batch);
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    o.pooling = BERT_POOLING_POOLER;
    const struct bert_text text = {"the river", 9}, none = {0};
    assert_int_equal(bert_batch_add(batch, text, none, NULL, &err), BERT_OK);
    assert_int_equal(bert_embed(session, batch, &o, out + LAYERS * TOKENS * H, &err), BERT_OK);
    bert_batch_free(batch);
    bert_session_free(session);
    bert_model_free(model);
}

static void same_bits(void **state)
{
    (void)state;
    float first[VALUES], out[VALUES];
    encode(SOURCE, first);
    assert_true(first[0] != 0 && first[VALUES - 1] != 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const struct way *way = &ways[i];
        char path[400];
        check_folder_remove(folder);
        check_folder_make(folder);
        way->make(way);
        if (way->make == nothing) snprintf(path, sizeof path, "%s", way->open);
        else snprintf(path, sizeof path, "%s/%s", folder, way->open ? way->open : "");
        memset(out, 0, sizeof out);
        encode(path, out);
        if (memcmp(first, out, sizeof out) != 0) fail_msg("%s: other bits", way->what);
    }
}

// ------------------------------------------------------------------------------- what is taken

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

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(same_bits), CASE(preferred_files), CASE(no_weights)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
