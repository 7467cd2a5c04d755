// test_damage.c: each file that a reader of ours opens, cut at every byte and with a bit of every
// byte flipped, through the same door as a whole one: it opens well, or one line says which file
// and what is wrong; no crash, and no memory out of proportion to what is on disk. What each format
// makes of each damage is in the tests of its reader.
#include "support/check.h"

#include "base/os.h"
#include "base/os_folder.h"
#include "support/modules.h"

// The largest piece of memory that was asked for. The linker's --wrap puts these before the C
// library's.
static size_t largest;

static size_t note(size_t size)
{
    if (size > largest) largest = size;
    return size;
}

#define WRAP(name, parameters, size, ...)                                                          \
    void *__real_##name parameters;                                                                \
    void *__wrap_##name parameters                                                                 \
    {                                                                                              \
        note(size);                                                                                \
        return __real_##name(__VA_ARGS__);                                                         \
    }
WRAP(malloc, (size_t size), size, size)
WRAP(calloc, (size_t n, size_t size), n *size, n, size)
WRAP(realloc, (void *p, size_t size), size, p, size)
WRAP(aligned_alloc, (size_t alignment, size_t size), size, alignment, size)

// ----------------------------------------------------------------------------------------- doors

static char folder[256];

static bert_status open_model(const char *path, bert_error *err)
{
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    bert_model *model = bert_model_open(path, &o, err);
    bert_model_free(model);
    return model ? BERT_OK : err->status;
}

static bert_status open_tokenizer(const char *path, bert_error *err)
{
    bert_tokenizer *t = bert_tokenizer_open(path, NULL, err);
    bert_tokenizer_free(t);
    return t ? BERT_OK : err->status;
}

// ----------------------------------------------------------------------------------------- damage

enum { FILES = 12, PIECE_MOST = 4 << 20 }; // bytes at once: a made model's vocabulary takes less

static char modules[256]; // a folder with every kind of module

// One file of a folder that is complete with the others.
static const struct damaged {
    const char *from;
    const char *files[FILES]; // the first is the damaged one
    const char *path;         // what is opened, below the folder; "": the folder
    size_t step;              // bytes from one damage to the next
    bert_status (*open)(const char *path, bert_error *err);
} damaged[] = {
// Formats of weights, every byte of which the tests in tests/ckpt and tests/base damage.
#define FORMATS "tests/model/formats"
#define BASE "config.json", "vocab.txt"
    {FORMATS, {"model.safetensors", BASE}, "", 17, open_model},
    {FORMATS,
     {"model-00002-of-00002.safetensors", BASE, "model-00001-of-00002.safetensors",
      "model.safetensors.index.json"},
     "",
     17,
     open_model},
    {FORMATS, {"pytorch_model.bin", BASE}, "", 41, open_model},
    {FORMATS, {"legacy.bin", BASE}, "legacy.bin", 41, open_model},
#define GOOGLE FORMATS "/google"
#define GOOGLE_BASE "bert_config.json", "vocab.txt"
#define DATA(k) "bert_model.ckpt.data-0000" k "-of-00002"
    {GOOGLE, {"bert_model.ckpt.index", GOOGLE_BASE, DATA("0"), DATA("1")}, "", 17, open_model},
    {GOOGLE, {DATA("0"), GOOGLE_BASE, "bert_model.ckpt.index", DATA("1")}, "", 17, open_model},
    {"tests/model/google", {"uncased_flat.zip"}, "uncased_flat.zip", 17, open_model},
    // Files that are read here only.
    {FORMATS,
     {"model.safetensors.index.json", BASE, "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors"},
     "",
     1,
     open_model},
    {FORMATS,
     {"pytorch_model.bin.index.json", BASE, "pytorch_model-00001-of-00002.bin",
      "pytorch_model-00002-of-00002.bin"},
     "",
     17,
     open_model},
    {FORMATS, {BASE, "model.safetensors"}, "", 1, open_model},
    {FORMATS, {"vocab.txt", "config.json", "model.safetensors"}, "", 1, open_model},
    {GOOGLE, {GOOGLE_BASE, "bert_model.ckpt.index", DATA("0"), DATA("1")}, "", 1, open_model},
#define TOKENIZER "tests/golden/base"
    {TOKENIZER, {"tokenizer.json", "tokenizer_config.json"}, "", 1, open_tokenizer},
    {TOKENIZER, {"tokenizer_config.json", "tokenizer.json"}, "", 1, open_tokenizer},
    {modules, {"special_tokens_map.json", "tokenizer.json"}, "", 1, open_tokenizer},
    {modules, {"added_tokens.json", "tokenizer.json"}, "", 1, open_tokenizer},
#define STEPS                                                                                      \
    "config.json", "tokenizer.json", "model.safetensors", "41_2_Dense/model.safetensors",          \
        "41_3_LayerNorm/model.safetensors"
#define MODULES_IN(first, ...)                                                                     \
    {                                                                                              \
        modules, {first, STEPS, __VA_ARGS__}, "", 1, open_model                                    \
    }
#define POOL "1_Pooling/config.json"
#define DENSE "41_2_Dense/config.json"
#define NORM "41_3_LayerNorm/config.json"
#define PROMPTS "config_sentence_transformers.json"
    MODULES_IN("modules.json", POOL, DENSE, NORM, PROMPTS),
    MODULES_IN(POOL, "modules.json", DENSE, NORM, PROMPTS),
    MODULES_IN(DENSE, POOL, "modules.json", NORM, PROMPTS),
    MODULES_IN(NORM, POOL, DENSE, "modules.json", PROMPTS),
    MODULES_IN(PROMPTS, POOL, DENSE, NORM, "modules.json"),
    MODULES_IN("sentence_bert_config.json", POOL, DENSE, NORM, "modules.json"),
};

// Removed first: some file systems write to disk at once what replaces a file's bytes.
static void write_new(const char *name, const void *bytes, size_t n)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    remove(path);
    *strrchr(path, '/') = 0;
    assert_int_equal(os_folder_make(path, NULL), BERT_OK);
    check_write(folder, name, bytes, n);
}

// A file of a row's folder, in memory of ours.
static void read_whole(const struct damaged *d, const char *name, struct os_file *file)
{
    char path[300];
    bert_error err = {0};
    snprintf(path, sizeof path, "%s/%s", d->from, name);
    if (os_file_open(file, path, true, &err)) fail_msg("%s", err.message);
}

static void copy_file(const struct damaged *d, const char *name)
{
    struct os_file file;
    read_whole(d, name, &file);
    write_new(name, file.data, file.size);
    os_file_close(&file);
}

// True when it opens.
static bool open_once(const struct damaged *d, const char *how, size_t at)
{
    char path[300];
    bert_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, d->path);
    largest = 0;
    const bert_status status = d->open(path, &err);
    if (largest > PIECE_MOST)
        fail_msg("%s %s %zu: %zu bytes asked for", d->files[0], how, at, largest);
    if (status == BERT_OK) return true;
    const bool one_line = err.message[0] && !strpbrk(err.message, "\r\n\t\033");
    if (err.status != status || !one_line || !strstr(err.message, folder))
        fail_msg("%s %s %zu: status %d: %s", d->files[0], how, at, status, err.message);
    return false;
}

static void damage_one(const struct damaged *d)
{
    struct os_file file;
    size_t n = 0, good_cuts = 0, good_flips = 0;
    check_folder_make(folder);
    for (size_t i = 0; i < FILES && d->files[i]; i++) copy_file(d, d->files[i]);
    assert_true(open_once(d, "whole", 0));
    read_whole(d, d->files[0], &file);
    unsigned char *bytes = (unsigned char *)file.owned;
    for (size_t i = 0; i < file.size; i += d->step, n++) {
        const unsigned char bit = (unsigned char)(1 << i * 5 % 8);
        write_new(d->files[0], bytes, i);
        good_cuts += open_once(d, "cut at", i);
        bytes[i] ^= bit;
        write_new(d->files[0], bytes, file.size);
        good_flips += open_once(d, "flipped at", i);
        bytes[i] ^= bit;
    }
    print_message("%s: of %zu each, %zu cuts and %zu flips open\n", d->files[0], n, good_cuts,
                  good_flips);
    assert_true(good_cuts < n && good_flips < n);
    os_file_close(&file);
    check_folder_remove(folder);
}

static void damage_has_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) damage_one(&damaged[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damage_has_one_line)};
    modules_make(modules);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_folder_remove(modules);
    return failed;
}
