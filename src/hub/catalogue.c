// catalogue.c: the table. A new model is a row.
//
// Google's list is complete: the README of google-research/bert. The miniatures' L-12_H-768 and the
// base model of 2018 bear the same file name in different folders; the first is google/12x768, the
// second google/base-uncased.
#include "hub/catalogue.h"

#include <string.h>

enum { UNCASED = 30522, CASED = 28996 }; // pieces of the two English vocabularies

// clang-format off
static const struct hub_model catalogue[] = {
    {"sentence-transformers/all-MiniLM-L6-v2", NULL, NULL, 6, 384, UNCASED, false,
     "sentence vectors, English: small, fast, a good start"},
    {"sentence-transformers/all-MiniLM-L12-v2", NULL, NULL, 12, 384, UNCASED, false,
     "sentence vectors, English: the same, deeper"},
    {"BAAI/bge-small-en-v1.5", NULL, NULL, 12, 384, UNCASED, false,
     "search, English: small"},
    {"BAAI/bge-base-en-v1.5", NULL, NULL, 12, 768, UNCASED, false,
     "search, English: more exact"},
    {"BAAI/bge-large-en-v1.5", NULL, NULL, 24, 1024, UNCASED, false,
     "search, English: most exact, slow"},
    {"intfloat/e5-small-v2", NULL, NULL, 12, 384, UNCASED, false,
     "search, English; wants \"query: \" and \"passage: \""},
    {"thenlper/gte-small", NULL, NULL, 12, 384, UNCASED, false,
     "sentence vectors and search, English"},
    {"cross-encoder/ms-marco-MiniLM-L6-v2", NULL, NULL, 6, 384, UNCASED, false,
     "reranking: how well a text answers a query"},
    {"google/2x128", "google/tiny", "2020_02_20/uncased_L-2_H-128_A-2", 2, 128, UNCASED, false,
     "tests and tiny machines"},
    {"google/2x256", NULL, "2020_02_20/uncased_L-2_H-256_A-4", 2, 256, UNCASED, false,
     "fine-tuning in little memory"},
    {"google/2x512", NULL, "2020_02_20/uncased_L-2_H-512_A-8", 2, 512, UNCASED, false,
     "fine-tuning, quick"},
    {"google/2x768", NULL, "2020_02_20/uncased_L-2_H-768_A-12", 2, 768, UNCASED, false,
     "fine-tuning, wide"},
    {"google/4x128", NULL, "2020_02_20/uncased_L-4_H-128_A-2", 4, 128, UNCASED, false,
     "tests and tiny machines"},
    {"google/4x256", "google/mini", "2020_02_20/uncased_L-4_H-256_A-4", 4, 256, UNCASED, false,
     "fine-tuning in little memory"},
    {"google/4x512", "google/small", "2020_02_20/uncased_L-4_H-512_A-8", 4, 512, UNCASED, false,
     "fine-tuning, quick"},
    {"google/4x768", NULL, "2020_02_20/uncased_L-4_H-768_A-12", 4, 768, UNCASED, false,
     "fine-tuning, wide"},
    {"google/6x128", NULL, "2020_02_20/uncased_L-6_H-128_A-2", 6, 128, UNCASED, false,
     "tests and tiny machines"},
    {"google/6x256", NULL, "2020_02_20/uncased_L-6_H-256_A-4", 6, 256, UNCASED, false,
     "fine-tuning in little memory"},
    {"google/6x512", NULL, "2020_02_20/uncased_L-6_H-512_A-8", 6, 512, UNCASED, false,
     "fine-tuning, quick"},
    {"google/6x768", NULL, "2020_02_20/uncased_L-6_H-768_A-12", 6, 768, UNCASED, false,
     "fine-tuning, wide"},
    {"google/8x128", NULL, "2020_02_20/uncased_L-8_H-128_A-2", 8, 128, UNCASED, false,
     "tests and tiny machines"},
    {"google/8x256", NULL, "2020_02_20/uncased_L-8_H-256_A-4", 8, 256, UNCASED, false,
     "fine-tuning in little memory"},
    {"google/8x512", "google/medium", "2020_02_20/uncased_L-8_H-512_A-8", 8, 512, UNCASED, false,
     "fine-tuning, quick"},
    {"google/8x768", NULL, "2020_02_20/uncased_L-8_H-768_A-12", 8, 768, UNCASED, false,
     "fine-tuning, wide"},
    {"google/10x128", NULL, "2020_02_20/uncased_L-10_H-128_A-2", 10, 128, UNCASED, false,
     "tests and tiny machines"},
    {"google/10x256", NULL, "2020_02_20/uncased_L-10_H-256_A-4", 10, 256, UNCASED, false,
     "fine-tuning in little memory"},
    {"google/10x512", NULL, "2020_02_20/uncased_L-10_H-512_A-8", 10, 512, UNCASED, false,
     "fine-tuning, quick"},
    {"google/10x768", NULL, "2020_02_20/uncased_L-10_H-768_A-12", 10, 768, UNCASED, false,
     "fine-tuning, wide"},
    {"google/12x128", NULL, "2020_02_20/uncased_L-12_H-128_A-2", 12, 128, UNCASED, false,
     "tests and tiny machines"},
    {"google/12x256", NULL, "2020_02_20/uncased_L-12_H-256_A-4", 12, 256, UNCASED, false,
     "fine-tuning in little memory"},
    {"google/12x512", NULL, "2020_02_20/uncased_L-12_H-512_A-8", 12, 512, UNCASED, false,
     "fine-tuning, quick"},
    {"google/12x768", NULL, "2020_02_20/uncased_L-12_H-768_A-12", 12, 768, UNCASED, false,
     "fine-tuning: base size, trained as the small ones"},
    {"google/base-uncased", NULL, "2018_10_18/uncased_L-12_H-768_A-12", 12, 768, UNCASED, false,
     "fine-tuning: the usual BERT"},
    {"google/base-cased", NULL, "2018_10_18/cased_L-12_H-768_A-12", 12, 768, CASED, true,
     "fine-tuning where case matters: names, tagging"},
    {"google/large-uncased", NULL, "2018_10_18/uncased_L-24_H-1024_A-16", 24, 1024, UNCASED, false,
     "fine-tuning: more exact, slow"},
    {"google/large-cased", NULL, "2018_10_18/cased_L-24_H-1024_A-16", 24, 1024, CASED, true,
     "the same where case matters"},
    {"google/wwm-large-uncased", NULL, "2019_05_30/wwm_uncased_L-24_H-1024_A-16", 24, 1024, UNCASED, false,
     "whole-word masking: the best large"},
    {"google/wwm-large-cased", NULL, "2019_05_30/wwm_cased_L-24_H-1024_A-16", 24, 1024, CASED, true,
     "whole-word masking where case matters"},
    {"google/multilingual-cased", NULL, "2018_11_23/multi_cased_L-12_H-768_A-12", 12, 768, 119547, true,
     "104 languages"},
    {"google/multilingual-uncased", NULL, "2018_11_03/multilingual_L-12_H-768_A-12", 12, 768, 105879, false,
     "102 languages; Google advises the cased one"},
    {"google/chinese", NULL, "2018_11_03/chinese_L-12_H-768_A-12", 12, 768, 21128, false,
     "Chinese, simplified and traditional"},
};
// clang-format on

const struct hub_model *hub_catalogue(size_t *count)
{
    *count = sizeof catalogue / sizeof *catalogue;
    return catalogue;
}

const struct hub_model *hub_catalogue_find(const char *name)
{
    for (size_t i = 0; i < sizeof catalogue / sizeof *catalogue; i++) {
        const struct hub_model *m = &catalogue[i];
        if (strcmp(m->name, name) == 0 || (m->alias && strcmp(m->alias, name) == 0)) return m;
    }
    return NULL;
}

size_t hub_model_parameters(const struct hub_model *model)
{
    const size_t H = model->hidden, F = 4 * H, norm = 2 * H;
    const size_t embeddings = (model->vocab + 512 + 2) * H + norm;
    const size_t attention = 4 * (H * H + H) + norm;
    const size_t feed_forward = H * F + F + F * H + H + norm;
    return embeddings + model->layers * (attention + feed_forward) + H * H + H;
}
