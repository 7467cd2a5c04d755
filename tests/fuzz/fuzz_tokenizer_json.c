// fuzz_tokenizer_json.c: any bytes as a tokenizer.json; what opens must tokenize.
#include "fuzz/tokenizing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bert_text texts[] = {TEXT("a [MASK] naïve b\xFF"), {(const char *)data, size}};
    struct bert_tokenizer_options o = BERT_TOKENIZER_DEFAULTS;
    bert_tokenizer *t = open_bytes("tokenizer.json", data, size, &o);
    if (t) tokenize_texts(t, texts, 2);
    bert_tokenizer_free(t);
    return 0;
}
