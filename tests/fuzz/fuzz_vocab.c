// fuzz_vocab.c: any bytes as a vocab.txt, in every profile; what opens must tokenize.
#include "fuzz/tokenizing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int profile = BERT_PROFILE_GOOGLE; profile <= BERT_PROFILE_HF_FAST; profile++) {
        bert_tokenizer *t = open_bytes("vocab.txt", data, size, (bert_profile)profile);
        if (t) tokenize_bytes(t, (struct bert_text){"a [MASK] naïve b\xFF", 18});
        if (t) tokenize_bytes(t, (struct bert_text){(const char *)data, size});
        bert_tokenizer_free(t);
    }
    return 0;
}
