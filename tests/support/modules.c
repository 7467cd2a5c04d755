// modules.c: files of tests/golden/modules, and others around them.
#include "support/modules.h"

#include "base/os.h"
#include "base/os_folder.h"
#include "support/check.h"

#define SOURCE "tests/golden/modules"

static const char *const copied[] = {"config.json",
                                     "model.safetensors",
                                     "tokenizer.json",
                                     "tokenizer_config.json",
                                     "41_2_Dense/config.json",
                                     "41_2_Dense/model.safetensors",
                                     "41_3_LayerNorm/config.json",
                                     "41_3_LayerNorm/model.safetensors"};

static const struct {
    const char *name, *text;
} written[] = {
    {"special_tokens_map.json", "{\"unk_token\":\"[UNK]\",\"mask_token\":{\"content\":\"[MASK]\","
                                "\"lstrip\":true},\"additional_special_tokens\":[\"<x>\"]}"},
    {"added_tokens.json", "{\"<x>\": 200, \"<y>\": 201}"},
    {"modules.json", "[{\"idx\":0,\"name\":\"0\",\"path\":\"\",\"type\":\"x.Transformer\"},"
                     "{\"path\":\"1_Pooling\",\"type\":\"x.Pooling\"},"
                     "{\"path\":\"41_2_Dense\",\"type\":\"x.Dense\"},"
                     "{\"path\":\"41_3_LayerNorm\",\"type\":\"x.LayerNorm\"},"
                     "{\"path\":\"2_Normalize\",\"type\":\"x.Normalize\"}]"},
    {"1_Pooling/config.json",
     "{\"word_embedding_dimension\":16,\"pooling_mode\":[\"cls\",\"mean\"],"
     "\"include_prompt\":false}"},
    {"sentence_bert_config.json", "{\"max_seq_length\":64,\"do_lower_case\":true}"},
    {"config_sentence_transformers.json",
     "{\"prompts\":{\"query\":\"q: \",\"document\":\"\"},\"default_prompt_name\":\"query\","
     "\"similarity_fn_name\":\"dot\"}"},
};

void modules_make(char path[256])
{
    static const char *const folders[] = {"1_Pooling", "41_2_Dense", "41_3_LayerNorm"};
    char from[300];
    check_folder_make(path);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(from, sizeof from, "%s/%s", path, folders[i]);
        assert_int_equal(os_folder_make(from, NULL), BERT_OK);
    }
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        struct os_file file;
        bert_error err = {0};
        snprintf(from, sizeof from, SOURCE "/%s", copied[i]);
        if (os_file_open(&file, from, true, &err)) fail_msg("%s", err.message);
        check_write(path, copied[i], file.data, file.size);
        os_file_close(&file);
    }
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        check_write(path, written[i].name, written[i].text, strlen(written[i].text));
}
