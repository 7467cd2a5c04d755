// fuzz_tokenizer_config.c: any bytes as the files beside a vocab.txt, each behind the byte 0x1E, in
// every profile; what opens must tokenize.
#include "fuzz/tokenizing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##a\nb\n##b\n中\n<s>\n";
static const char *const files[] = {"tokenizer_config.json", "special_tokens_map.json",
                                    "added_tokens.json"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    if (!made) fuzz_write("vocab.txt", vocabulary, sizeof vocabulary - 1);
    made = true;
    fuzz_write_parts(files, sizeof files / sizeof *files, data, size);
    const struct bert_text texts[] = {TEXT("a [MASK] ab<s> 中 naïve b\xFF"),
                                      {(const char *)data, size}};
    for (int profile = BERT_PROFILE_AUTO; profile <= BERT_PROFILE_HF_FAST; profile++) {
        struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
        o.profile = (bert_profile)profile;
        bert_tokenizer *t = open_tokenizer(fuzz_folder, &o);
        if (t) tokenize_texts(t, texts, 2);
        bert_tokenizer_free(t);
    }
    return 0;
}
