// fuzz_tokenize.c: any bytes as a text, in every profile.
#include "fuzz/tokenizing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n##a\n##b\n##c\ne\n##e\n.\n,\n[\n]\n中\nσ\nς\n##ς\n"
    "가\n\xE1\x84\x80\n##\xE1\x85\xA1\nabc\n##abc\nß\nı\n";

static bert_tokenizer *tokenizers[4];
static bert_encoding *encodings[4][2]; // kept from text to text: their caches are fuzzed too

static void open_profile(int profile)
{
    tokenizers[profile] =
        open_bytes("vocab.txt", vocabulary, sizeof vocabulary - 1, (bert_profile)profile);
    require(tokenizers[profile] != NULL);
    for (int i = 0; i < 2; i++) {
        encodings[profile][i] = bert_encoding_new(tokenizers[profile], NULL);
        require(encodings[profile][i] != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bert_text text = {(const char *)data, size};
    for (int profile = BERT_PROFILE_GOOGLE; profile <= BERT_PROFILE_HF_FAST; profile++) {
        if (!tokenizers[profile]) open_profile(profile);
        bert_encoding *e = encodings[profile][0];
        tokenize_into(tokenizers[profile], e, encodings[profile][1], text);
        check_borders(bert_encoding_pieces(e, 0), text);
    }
    return 0;
}
