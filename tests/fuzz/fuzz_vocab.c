// fuzz_vocab.c: any bytes as a vocab.txt, in every profile; what opens must tokenize.
#include "fuzz/tokenizing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bert_text texts[] = {TEXT("a [MASK] naïve b\xFF"), {(const char *)data, size}};
    for (int profile = BERT_PROFILE_GOOGLE; profile <= BERT_PROFILE_HF_FAST; profile++) {
        struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
        o.profile = (bert_profile)profile;
        bert_tokenizer *t = open_bytes("vocab.txt", data, size, &o);
        if (t) tokenize_texts(t, texts, 2);
        bert_tokenizer_free(t);
    }
    return 0;
}
