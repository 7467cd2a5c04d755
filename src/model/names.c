// names.c: naming dialects. A name is a path, the same in all dialects, and a part at its end; the
// dialect says what stands before it, between its steps, before a layer's number (# in the path)
// and how the parts are called.
#include "model/names.h"

#include <stdio.h>
#include <string.h>

enum part { PART_TABLE, PART_KERNEL, PART_BIAS, PART_GAMMA, PART_BETA, PARTS };

struct dialect {
    const char *prefix, *number; // before a name, before a layer's number
    char separator;
    bool kernels_in_out; // kernels are stored [in, out]
    const char *parts[PARTS];
    const char *description;
};

// transformers, saved from a model with a head or from the bare encoder; the gamma and beta of
// before 2019 are still in google-bert/bert-base-uncased. Google's own code is TensorFlow's.
#define HF_PARTS(gamma, beta)                                                                      \
    {                                                                                              \
        ".weight", ".weight", ".bias", gamma, beta                                                 \
    }
enum { HF, HF_BARE, HF_OLD, HF_OLD_BARE, GOOGLE };
static const struct dialect dialects[] = {
    [HF] = {"bert.", ".", '.', false, HF_PARTS(".weight", ".bias"), "names with bert."},
    [HF_BARE] = {"", ".", '.', false, HF_PARTS(".weight", ".bias"), "names without prefix"},
    [HF_OLD] = {"bert.", ".", '.', false, HF_PARTS(".gamma", ".beta"), "names with bert."},
    [HF_OLD_BARE] = {"", ".", '.', false, HF_PARTS(".gamma", ".beta"), "names without prefix"},
    [GOOGLE] =
        {"bert/", "_", '/', true, {"", "/kernel", "/bias", "/gamma", "/beta"}, "Google's names"},
};

#define LAYER "encoder/layer#/"
#define SELF LAYER "attention/self/"

static const struct {
    const char *slices[3];
    enum part part;
} names[PARAM_COUNT] = {
    [PARAM_WORD_EMBEDDINGS] = {{"embeddings/word_embeddings"}, PART_TABLE},
    [PARAM_POSITION_EMBEDDINGS] = {{"embeddings/position_embeddings"}, PART_TABLE},
    [PARAM_TYPE_EMBEDDINGS] = {{"embeddings/token_type_embeddings"}, PART_TABLE},
    [PARAM_EMBEDDING_GAMMA] = {{"embeddings/LayerNorm"}, PART_GAMMA},
    [PARAM_EMBEDDING_BETA] = {{"embeddings/LayerNorm"}, PART_BETA},
    [PARAM_POOLER_WEIGHT] = {{"pooler/dense"}, PART_KERNEL},
    [PARAM_POOLER_BIAS] = {{"pooler/dense"}, PART_BIAS},
    [PARAM_QKV_WEIGHT] = {{SELF "query", SELF "key", SELF "value"}, PART_KERNEL},
    [PARAM_QKV_BIAS] = {{SELF "query", SELF "key", SELF "value"}, PART_BIAS},
    [PARAM_ATTENTION_OUTPUT_WEIGHT] = {{LAYER "attention/output/dense"}, PART_KERNEL},
    [PARAM_ATTENTION_OUTPUT_BIAS] = {{LAYER "attention/output/dense"}, PART_BIAS},
    [PARAM_ATTENTION_GAMMA] = {{LAYER "attention/output/LayerNorm"}, PART_GAMMA},
    [PARAM_ATTENTION_BETA] = {{LAYER "attention/output/LayerNorm"}, PART_BETA},
    [PARAM_INTERMEDIATE_WEIGHT] = {{LAYER "intermediate/dense"}, PART_KERNEL},
    [PARAM_INTERMEDIATE_BIAS] = {{LAYER "intermediate/dense"}, PART_BIAS},
    [PARAM_OUTPUT_WEIGHT] = {{LAYER "output/dense"}, PART_KERNEL},
    [PARAM_OUTPUT_BIAS] = {{LAYER "output/dense"}, PART_BIAS},
    [PARAM_OUTPUT_GAMMA] = {{LAYER "output/LayerNorm"}, PART_GAMMA},
    [PARAM_OUTPUT_BETA] = {{LAYER "output/LayerNorm"}, PART_BETA},
};

// ------------------------------------------------------------------------------------------- names

static char *append(char *at, const char *end, const char *text)
{
    while (*text && at < end - 1) *at++ = *text++;
    *at = 0;
    return at;
}

void names_print(const struct dialect *dialect, enum param p, const char *layer, size_t slice,
                 char out[NAME_MAX_LENGTH])
{
    const char *end = out + NAME_MAX_LENGTH;
    char *at = append(out, end, dialect->prefix);
    for (const char *c = names[p].slices[slice]; *c; c++) {
        const char step[2] = {*c == '/' ? dialect->separator : *c, 0};
        at = *c == '#' ? append(append(at, end, dialect->number), end, layer)
                       : append(at, end, step);
    }
    append(at, end, dialect->parts[names[p].part]);
}

const struct ckpt_tensor *names_find(const struct dialect *dialect, const struct ckpt *ckpt,
                                     enum param p, size_t layer, size_t slice)
{
    char number[24], name[NAME_MAX_LENGTH];
    snprintf(number, sizeof number, "%zu", layer);
    names_print(dialect, p, number, slice, name);
    return ckpt_find(ckpt, name);
}

bool names_transposed(const struct dialect *dialect, enum param p)
{
    return dialect->kernels_in_out && names[p].part == PART_KERNEL;
}

// The word embeddings decide the prefix, the embedding's layer norm how norms are called.
const struct dialect *names_detect(const struct ckpt *ckpt)
{
    const struct dialect *found = NULL;
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        const struct dialect *d = &dialects[i];
        if (!names_find(d, ckpt, PARAM_WORD_EMBEDDINGS, 0, 0)) continue;
        if (!found) found = d;
        if (names_find(d, ckpt, PARAM_EMBEDDING_GAMMA, 0, 0)) return d;
    }
    return found;
}

// How the names of other files begin.
static const struct {
    const char *prefix, *remedy;
} strangers[] = {
    {"module.", "'module.' is of a parallel training run: save model.module.state_dict()"},
    {"roberta.", "this is a RoBERTa, which transformers runs"},
    {"distilbert.", "this is a DistilBERT, which transformers runs"},
    {"albert.", "this is an ALBERT, which transformers runs"},
};

const char *names_remedy(const struct ckpt *ckpt)
{
    for (size_t i = 0; i < ckpt_count(ckpt); i++) {
        const char *name = ckpt_at(ckpt, i)->name;
        for (size_t k = 0; k < sizeof strangers / sizeof *strangers; k++) {
            const char *prefix = strangers[k].prefix;
            if (strncmp(name, prefix, strlen(prefix)) == 0) return strangers[k].remedy;
        }
    }
    return "not a BERT of transformers or Google";
}

const struct dialect *names_hf(const struct dialect *source, bool head)
{
    return &dialects[head || strcmp(source->prefix, "bert.") == 0 ? HF : HF_BARE];
}

const struct dialect *names_google(void)
{
    return &dialects[GOOGLE];
}

const char *names_describe(const struct dialect *dialect)
{
    return dialect->description;
}

// ------------------------------------------------------------------------------------------- heads

#define TRANSFORM(hf, google) "cls.predictions.transform." hf, "cls/predictions/transform/" google

// Two rows with the same Google name: the second is how transformers called it before 2019. The
// decoder of Google's files is the word embeddings, always.
static const struct head_tensor heads[] = {
    {HEAD_MLM, TRANSFORM("dense.weight", "dense/kernel"), true},
    {HEAD_MLM, TRANSFORM("dense.bias", "dense/bias"), false},
    {HEAD_MLM, TRANSFORM("LayerNorm.weight", "LayerNorm/gamma"), false},
    {HEAD_MLM, TRANSFORM("LayerNorm.gamma", "LayerNorm/gamma"), false},
    {HEAD_MLM, TRANSFORM("LayerNorm.bias", "LayerNorm/beta"), false},
    {HEAD_MLM, TRANSFORM("LayerNorm.beta", "LayerNorm/beta"), false},
    {HEAD_MLM, "cls.predictions.bias", "cls/predictions/output_bias", false},
    {HEAD_MLM, "cls.predictions.decoder.weight", NULL, false},
    {HEAD_MLM, "cls.predictions.decoder.bias", NULL, false},
    {HEAD_NSP, "cls.seq_relationship.weight", "cls/seq_relationship/output_weights", false},
    {HEAD_NSP, "cls.seq_relationship.bias", "cls/seq_relationship/output_bias", false},
    {HEAD_CLASSIFIER, "classifier.weight", "output_weights", false},
    {HEAD_CLASSIFIER, "classifier.bias", "output_bias", false},
    {HEAD_ANSWER, "qa_outputs.weight", "cls/squad/output_weights", false},
    {HEAD_ANSWER, "qa_outputs.bias", "cls/squad/output_bias", false},
};
enum { HEAD_TENSORS = sizeof heads / sizeof *heads };

static bool is_name(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

const struct head_tensor *names_head(const char *name)
{
    for (size_t i = 0; i < HEAD_TENSORS; i++) {
        if (!is_name(heads[i].hf, name) && !is_name(heads[i].google, name)) continue;
        const char *google = heads[i].google;
        for (size_t k = 0; k < i; k++) { // today's name, of two
            if (google && is_name(heads[k].google, google)) return &heads[k];
        }
        return &heads[i];
    }
    return NULL;
}

const char *names_classifier(const char *architecture)
{
    static const struct {
        const char *architecture, *kind;
    } classifiers[] = {
        {"BertForSequenceClassification", "sequence-classification"},
        {"BertForTokenClassification", "token-classification"},
        {"BertForMultipleChoice", "multiple-choice"},
    };
    for (size_t i = 0; i < sizeof classifiers / sizeof *classifiers; i++) {
        if (is_name(architecture, classifiers[i].architecture)) return classifiers[i].kind;
    }
    return NULL;
}

const struct ckpt_tensor *names_decoder(const struct ckpt *ckpt)
{
    return ckpt_find(ckpt, "cls.predictions.decoder.weight");
}

const struct ckpt_tensor *names_scale(const struct ckpt *ckpt, const char *name)
{
    char scale[NAME_MAX_LENGTH + 8];
    const int n = snprintf(scale, sizeof scale, "%s_scale", name);
    return n > 0 && (size_t)n < sizeof scale ? ckpt_find(ckpt, scale) : NULL;
}

// ------------------------------------------------------------------------------ what is no
// network's

// Buffers of transformers; and what Google's training adds: the step, and Adam's two moments of
// each variable, named after it (optimization.py) or, by TensorFlow's own Adam, in its way.
static const struct {
    enum { WHOLE, BEGIN, END } where;
    const char *text;
} extras[] = {
    {WHOLE, "embeddings.position_ids"},
    {WHOLE, "embeddings.token_type_ids"},
    {WHOLE, "global_step"},
    {WHOLE, "beta1_power"},
    {WHOLE, "beta2_power"},
    {END, "/adam_m"},
    {END, "/adam_v"},
    {END, "/Adam"},
    {END, "/Adam_1"},
    {BEGIN, "AdamWeightDecayOptimizer"},
    {BEGIN, "BERTAdam"},
};

bool names_is_extra(const char *name)
{
    if (strncmp(name, "bert.", 5) == 0) name += 5;
    const size_t size = strlen(name);
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        const size_t n = strlen(extras[i].text);
        if (n > size || (extras[i].where == WHOLE && n < size)) continue;
        const char *at = extras[i].where == END ? name + size - n : name;
        if (memcmp(at, extras[i].text, n) == 0) return true;
    }
    return false;
}
