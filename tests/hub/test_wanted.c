// test_wanted.c: which of a repository's files are brought.
#include "support/check.h"

#include "hub/wanted.h"

// files: names, those wanted with "+" before them.
static bool check(const char *const *files, size_t n)
{
    const char *names[40];
    bool take[40];
    assert_true(n <= 40);
    for (size_t i = 0; i < n; i++) names[i] = files[i] + (files[i][0] == '+');
    const bool any = hub_wanted(names, n, take);
    for (size_t i = 0; i < n; i++) {
        if (take[i] != (files[i][0] == '+'))
            fail_msg("%s is %s", names[i], take[i] ? "taken" : "left");
    }
    return any;
}
#define CHECK(...)                                                                                 \
    check((const char *const[]){__VA_ARGS__},                                                      \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void sentence_transformers(void **state)
{
    (void)state;
    assert_true(CHECK(
        ".gitattributes", "+1_Pooling/config.json", "README.md", "+config.json",
        "+config_sentence_transformers.json", "data_config.json", "+model.safetensors",
        "onnx/model.onnx", "onnx/model_O1.onnx", "openvino/openvino_model.bin", "pytorch_model.bin",
        "rust_model.ot", "+sentence_bert_config.json", "+special_tokens_map.json", "tf_model.h5",
        "+tokenizer.json", "+tokenizer_config.json", "train_script.py", "+vocab.txt",
        "+modules.json", "flax_model.msgpack", "+2_Dense/config.json", "+2_Dense/model.safetensors",
        "2_Dense/pytorch_model.bin", "onnx/config.json", "a/1_Pooling/config.json"));
}

static void forms_of_weights(void **state)
{
    (void)state;
    assert_true(CHECK("+config.json", "+pytorch_model.bin", "tf_model.h5"));
    assert_true(CHECK("+model.safetensors.index.json", "+model-00001-of-00002.safetensors",
                      "+model-00002-of-00002.safetensors", "pytorch_model.bin",
                      "pytorch_model-00001-of-00002.bin"));
    assert_true(CHECK("+model.safetensors", "model.safetensors.index.json",
                      "model-00001-of-00002.safetensors"));
    assert_true(CHECK("+pytorch_model.bin.index.json", "+pytorch_model-00001-of-00002.bin"));
    assert_true(CHECK("+bert_config.json", "+vocab.txt", "+bert_model.ckpt.index",
                      "+bert_model.ckpt.data-00000-of-00001", "bert_model.ckpt.meta"));
    assert_false(CHECK("+config.json", "tf_model.h5", "model-00001-of-00002.safetensors"));
    assert_true(CHECK("+modules.json", "+0_BERT/config.json", "+0_BERT/pytorch_model.bin"));
}

static void forms_in_a_folder(void **state)
{
    (void)state;
    char folder[256], names[256];
    check_folder_make(folder);
    assert_null(hub_weights_form(folder));
    check_write(folder, "bert_model.ckpt.index", "", 0);
    assert_string_equal(hub_weights_form(folder), "tensorflow");
    check_write(folder, "model.safetensors", "", 0);
    assert_string_equal(hub_weights_form(folder), "safetensors");
    assert_non_null(strstr(hub_weights_names(names), "pytorch_model.bin.index.json"));
    check_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sentence_transformers),
                                       cmocka_unit_test(forms_of_weights),
                                       cmocka_unit_test(forms_in_a_folder)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
