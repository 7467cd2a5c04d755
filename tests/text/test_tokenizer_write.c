// test_tokenizer_write.c: the files of a tokenizer: byte for byte what transformers wrote, and the
// same tokenizer when they are opened.
#include "support/check.h"

#include "base/os.h"
#include "text/tokenizer.h"

static const char tests[] = "tests/golden/";

static bert_tokenizer *open_path(const char *path, const struct bert_tokenizer_options *o)
{
    bert_error err = {0};
    bert_tokenizer *t = bert_tokenizer_open(path, o, &err);
    if (!t) fail_msg("%s", err.message);
    return t;
}

static struct buf written(const bert_tokenizer *t, const char *name)
{
    struct buf text;
    buf_init(&text);
    for (size_t i = 0; i < TOKENIZER_FILES; i++) {
        if (strcmp(tokenizer_files[i].name, name) != 0) continue;
        assert_true(tokenizer_files[i].write(t, 0, &text));
        assert_false(text.failed);
        return text;
    }
    fail_msg("no file %s", name);
    return text;
}

// tokenizer.json as save_pretrained left it in these folders, cased and uncased.
static void bytes_of_transformers(void **state)
{
    (void)state;
    static const char *const folders[] = {"base", "cased_relu", "f16_wide", "sentence_cased"};
    for (size_t i = 0; i < 4; i++) {
        char folder[200], path[300];
        snprintf(folder, sizeof folder, "%s%s", tests, folders[i]);
        snprintf(path, sizeof path, "%s/tokenizer.json", folder);
        bert_tokenizer *t = open_path(folder, NULL);
        struct buf text = written(t, "tokenizer.json");
        struct os_file file;
        assert_int_equal(os_file_open(&file, path, true, NULL), BERT_OK);
        size_t same = 0;
        while (same < file.size && same < text.len &&
               file.data[same] == (unsigned char)text.data[same]) {
            same++;
        }
        if (same < file.size || same < text.len) {
            fail_msg("%s: differs at byte %zu: %.*s", path, same, 100, text.data + same);
        }
        os_file_close(&file);
        buf_release(&text);
        bert_tokenizer_free(t);
    }
}

static char folder[256];

// Writes every file of t, opens the folder and compares what the tokenizer is.
static void want_twin(const bert_tokenizer *t, bert_profile profile)
{
    for (size_t i = 0; i < TOKENIZER_FILES; i++) {
        struct buf text = written(t, tokenizer_files[i].name);
        check_write(folder, tokenizer_files[i].name, text.data, text.len);
        buf_release(&text);
    }
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    o.profile = profile;
    bert_tokenizer *twin = open_path(folder, &o);
    const struct bert_tokenizer_info a = bert_tokenizer_info(t), b = bert_tokenizer_info(twin);
    assert_int_equal(a.vocab_size, b.vocab_size);
    assert_int_equal(a.lowercase, b.lowercase);
    assert_int_equal(a.strip_accents, b.strip_accents);
    assert_int_equal(a.split_cjk, b.split_cjk);
    assert_int_equal(a.clean_text, b.clean_text);
    assert_int_equal(a.model_max_length, b.model_max_length);
    const int32_t ids[2][5] = {{a.pad, a.unk, a.cls, a.sep, a.mask},
                               {b.pad, b.unk, b.cls, b.sep, b.mask}};
    assert_memory_equal(ids[0], ids[1], sizeof ids[0]);
    for (size_t id = 0; id < a.vocab_size; id++) {
        assert_string_equal(bert_tokenizer_piece(t, (int32_t)id),
                            bert_tokenizer_piece(twin, (int32_t)id));
    }
    bert_tokenizer_free(twin);
}

static void every_setting(void **state)
{
    (void)state;
    for (int bits = 0; bits < 8; bits++) {
        struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
        o.lowercase = bits & 1;
        o.strip_accents = bits >> 1 & 1;
        o.split_cjk = bits >> 2 & 1;
        for (bert_profile p = BERT_PROFILE_GOOGLE; p <= BERT_PROFILE_HF_FAST; p++) {
            o.profile = p;
            bert_tokenizer *t = open_path("tests/golden/bf16_quick/vocab.txt", &o);
            want_twin(t, p);
            bert_tokenizer_free(t);
        }
    }
}

// Escapes, other special tokens, added tokens with flags, a lower-casing before all else.
static const char strange[] =
    "{\"added_tokens\":[{\"id\":7,\"content\":\"<new \\\"one\\\">\",\"special\":false,"
    "\"single_word\":true,\"lstrip\":true,\"rstrip\":false,\"normalized\":false},"
    "{\"id\":0,\"content\":\"<s>\",\"special\":true}],"
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Lowercase\"},"
    "{\"type\":\"BertNormalizer\",\"clean_text\":false,\"handle_chinese_chars\":true,"
    "\"strip_accents\":true,\"lowercase\":false}]},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"</s>\",1],\"cls\":[\"<s>\",0]},"
    "\"decoder\":null,"
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"?\",\"continuing_subword_prefix\":\"@\","
    "\"max_input_chars_per_word\":50,\"vocab\":{\"<s>\":0,\"</s>\":1,\"?\":2,\"a\\\\\":3,"
    "\"\\u0001\":4,\"東\":5,\"@b\":6}}}";

static void strange_files(void **state)
{
    (void)state;
    check_write(folder, "tokenizer.json", strange, sizeof strange - 1);
    bert_tokenizer *t = open_path(folder, NULL);
    struct buf first = written(t, "tokenizer.json");
    bert_tokenizer_free(t);
    check_write(folder, "tokenizer.json", first.data, first.len);
    t = open_path(folder, NULL);
    const struct bert_tokenizer_info info = bert_tokenizer_info(t);
    assert_int_equal(info.max_word, 50);
    assert_int_equal(info.unk, 2);
    assert_true(info.lowercase && info.strip_accents && !info.clean_text);
    assert_string_equal(bert_tokenizer_piece(t, 3), "a\\");
    assert_string_equal(bert_tokenizer_piece(t, 7), "<new \"one\">");
    struct buf second = written(t, "tokenizer.json");
    buf_byte(&first, 0);
    buf_byte(&second, 0);
    assert_string_equal(first.data, second.data);
    assert_non_null(strstr(first.data, "\"\\u0001\": 4"));
    assert_non_null(strstr(first.data, "\"decoder\": null"));
    buf_release(&first);
    buf_release(&second);
    struct buf text;
    buf_init(&text);
    assert_true(tokenizer_files[3].write(t, 0, &text)); // U+0001 fits a line
    assert_memory_equal(text.data, "<s>\n</s>\n?\na\\\n\x01\n東\n@b\n", text.len);
    buf_release(&text);
    bert_tokenizer_free(t);
}

// A vocabulary that no vocab.txt can hold: a hole, a piece that is white space or has a line end or
// U+0000 in it.
static void no_lines(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\"a\":4",       "\" \":3",        "\"a\\nb\":3",
                                         "\"\\u2028\":3", "\"a\\u00a0\":3", "\"a\\u0000b\":3"};
    for (size_t i = 0; i < 6; i++) {
        char text[600];
        const int n =
            snprintf(text, sizeof text,
                     "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\","
                     "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,"
                     "\"vocab\":{\"[CLS]\":0,\"[SEP]\":1,\"u\":2,%s}},"
                     "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}}",
                     pieces[i]);
        check_write(folder, "tokenizer.json", text, (size_t)n);
        bert_tokenizer *t = open_path(folder, NULL);
        struct buf out;
        buf_init(&out);
        assert_string_equal(tokenizer_files[3].name, "vocab.txt");
        assert_false(tokenizer_files[3].write(t, 0, &out));
        assert_int_equal(tokenizer_files[0].write(t, 0, &out), i < 5); // U+0000: no json either
        buf_release(&out);
        bert_tokenizer_free(t);
    }
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
    const struct CMUnitTest cases[] = {cmocka_unit_test(bytes_of_transformers), CASE(every_setting),
                                       CASE(strange_files), CASE(no_lines)};
    return cmocka_run_group_tests(cases, NULL, NULL);
}
