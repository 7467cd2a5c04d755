// relatives.c: the table. Models are by their kind: other encoders, encoders with a decoder,
// decoders.
#include "model/relatives.h"

#include <stdio.h>
#include <string.h>

#define ENCODER "transformers"
#define DECODER "transformers or llama.cpp"
#define BASE "google/base-uncased"
#define CASED "google/base-cased"
#define LANGUAGES "google/multilingual-cased"
#define SEARCH "BAAI/bge-base-en-v1.5"

static const struct relative relatives[] = {
    {"roberta", "roberta", "a RoBERTa", ENCODER, CASED},
    {"xlm-roberta", NULL, "an XLM-RoBERTa", ENCODER, LANGUAGES},
    {"camembert", NULL, "a CamemBERT", ENCODER, LANGUAGES},
    {"distilbert", "distilbert", "a DistilBERT", ENCODER, "google/6x768"},
    {"albert", "albert", "an ALBERT", ENCODER, BASE},
    {"electra", "electra", "an ELECTRA", ENCODER, BASE},
    {"deberta", "deberta", "a DeBERTa", ENCODER, CASED},
    {"deberta-v2", NULL, "a DeBERTa", ENCODER, CASED},
    {"modernbert", NULL, "a ModernBERT", ENCODER, SEARCH},
    {"mpnet", "mpnet", "an MPNet", ENCODER, "sentence-transformers/all-MiniLM-L12-v2"},
    {"mobilebert", "mobilebert", "a MobileBERT", ENCODER, "google/8x512"},
    {"nomic_bert", NULL, "a Nomic BERT", ENCODER, SEARCH},
    {"new", NULL, "a GTE of version 1.5", ENCODER, "thenlper/gte-small"},
    {"ernie", "ernie", "an ERNIE", ENCODER, "google/chinese"},
    {"xlnet", NULL, "an XLNet", ENCODER, CASED},
    {"longformer", "longformer", "a Longformer", ENCODER, CASED},
    {"big_bird", NULL, "a BigBird", ENCODER, CASED},
    {"bert-generation", NULL, "a BERT that generates", ENCODER, NULL},
    {"t5", NULL, "a T5, an encoder with a decoder", ENCODER, NULL},
    {"mt5", NULL, "an mT5, an encoder with a decoder", ENCODER, NULL},
    {"bart", NULL, "a BART, an encoder with a decoder", ENCODER, NULL},
    {"gpt2", NULL, "a GPT-2, a decoder", DECODER, NULL},
    {"llama", NULL, "a Llama, a decoder", DECODER, NULL},
    {"mistral", NULL, "a Mistral, a decoder", DECODER, NULL},
    {"qwen2", NULL, "a Qwen 2, a decoder", DECODER, NULL},
    {"qwen3", NULL, "a Qwen 3, a decoder", DECODER, NULL},
};
enum { RELATIVES = sizeof relatives / sizeof *relatives };

const struct relative *relative_at(size_t i)
{
    return i < RELATIVES ? &relatives[i] : NULL;
}

const struct relative *relative_of_type(const char *type)
{
    for (size_t i = 0; i < RELATIVES; i++) {
        if (strcmp(relatives[i].type, type) == 0) return &relatives[i];
    }
    return NULL;
}

const struct relative *relative_of_name(const char *tensor)
{
    for (size_t i = 0; i < RELATIVES; i++) {
        const size_t n = relatives[i].family ? strlen(relatives[i].family) : 0;
        if (n && strncmp(tensor, relatives[i].family, n) == 0 && tensor[n] == '.') {
            return &relatives[i];
        }
    }
    return NULL;
}

const char *relative_say(const struct relative *r, char said[RELATIVE_SAID])
{
    static const struct relative any = {.called = "no BERT", .runs = ENCODER};
    if (!r) r = &any;
    snprintf(said, RELATIVE_SAID, "%s: run it with %s, or take a BERT%s: bert pull %s", r->called,
             r->runs, r->bert ? " for the same work" : "", r->bert ? r->bert : "--list");
    return said;
}
