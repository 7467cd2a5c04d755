// fuzz_tokenizer_json.c: any bytes as a tokenizer.json; what opens must tokenize.
#include "fuzz/tokenizing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bert_tokenizer *t = open_bytes("tokenizer.json", data, size, BERT_PROFILE_AUTO);
    if (t) tokenize_bytes(t, (struct bert_text){"a [MASK] naïve b\xFF", 18});
    if (t) tokenize_bytes(t, (struct bert_text){(const char *)data, size});
    bert_tokenizer_free(t);
    return 0;
}
