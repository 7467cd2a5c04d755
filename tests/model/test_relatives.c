// test_relatives.c: every model of the table is refused by its model_type and, where its tensors
// have its name, by them, in one line that says what runs it and which BERT bert pull brings
// instead: one that the catalogue has.
#include "support/check.h"

#include "hub/catalogue.h"
#include "model/relatives.h"

static char folder[256];

static void want_refusal(bert_status status, const struct relative *r)
{
    bert_error err = {0};
    assert_null(bert_model_open(folder, NULL, &err));
    if (err.status != status) fail_msg("status %d: %s", err.status, err.message);
    const char *const texts[] = {r->called, r->runs, r->bert ? r->bert : "bert pull --list"};
    for (size_t i = 0; i < 3; i++) {
        if (!strstr(err.message, texts[i])) fail_msg("no \"%s\" in: %s", texts[i], err.message);
    }
    assert_null(strchr(err.message, '\n'));
}

static void write_config(const char *type)
{
    char text[200];
    const int n = snprintf(text, sizeof text, "{\"model_type\": \"%s\", \"vocab_size\": 5}", type);
    check_write(folder, "config.json", text, (size_t)n);
}

static void write_weights(const char *prefix)
{
    char file[256] = {0};
    const int n = snprintf(file + 8, sizeof file - 8,
                           "{\"%sembeddings.word_embeddings.weight\":{\"dtype\":\"F32\","
                           "\"shape\":[1],\"data_offsets\":[0,4]}}",
                           prefix);
    file[0] = (char)n;
    check_write(folder, "model.safetensors", file, 8 + (size_t)n + 4);
}

static void by_type(void **state)
{
    (void)state;
    const struct relative *r;
    for (size_t i = 0; (r = relative_at(i)); i++) {
        write_config(r->type);
        want_refusal(BERT_UNSUPPORTED, r);
        assert_ptr_equal(relative_of_type(r->type), r); // none is there twice
    }
    static const struct relative any = {.called = "\"unheard\", not \"bert\"; this is no BERT",
                                        .runs = "transformers"};
    write_config("unheard");
    want_refusal(BERT_UNSUPPORTED, &any);
}

// A folder of a BERT's configuration and another's weights, saved by itself and in parallel.
static void by_names(void **state)
{
    (void)state;
    static const char *const wrappers[] = {"", "module."};
    static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    const struct relative *r;
    size_t n = 0;
    write_config("bert");
    check_write(folder, "vocab.txt", vocab, sizeof vocab - 1);
    for (size_t i = 0; (r = relative_at(i)); i++) {
        for (size_t k = 0; r->family && k < 2; k++, n++) {
            char prefix[100];
            snprintf(prefix, sizeof prefix, "%s%s.", wrappers[k], r->family);
            write_weights(prefix);
            want_refusal(BERT_FORMAT, r);
        }
    }
    assert_true(n > 10);
    static const struct relative any = {.called = "no BERT", .runs = "transformers"};
    write_weights("robertas.");
    want_refusal(BERT_FORMAT, &any);
}

static void what_to_take_can_be_pulled(void **state)
{
    (void)state;
    const struct relative *r;
    for (size_t i = 0; (r = relative_at(i)); i++) {
        if (r->bert && !hub_catalogue_find(r->bert)) fail_msg("%s: %s", r->type, r->bert);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_type), cmocka_unit_test(by_names),
                                       cmocka_unit_test(what_to_take_can_be_pulled)};
    check_folder_make(folder);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_folder_remove(folder);
    return failed;
}
