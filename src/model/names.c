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
    bool bare;           // without "bert."
    const char *parts[PARTS];
    const char *description;
};

// What stands before every name of a model that was saved inside of something: nothing;
// DataParallel and DistributedDataParallel; torch.compile; both; and a training script's class with
// the model as its field.
#define WRAPPERS(X)                                                                                \
    X("", "names without prefix")                                                                  \
    X("module.", "names with module.")                                                             \
    X("_orig_mod.", "names with _orig_mod.")                                                       \
    X("module._orig_mod.", "names with module._orig_mod.")                                         \
    X("_orig_mod.module.", "names with _orig_mod.module.")                                         \
    X("model.", "names with model.")                                                               \
    X("module.model.", "names with module.model.")

// transformers, saved from a model with a head or from the bare encoder; the gamma and beta of
// before 2019 are still in google-bert/bert-base-uncased. Google's own code is TensorFlow's.
#define HF_NAMES(wrapper, bare, description, gamma, beta)                                          \
    {                                                                                              \
        wrapper, ".", '.', false, bare, {".weight", ".weight", ".bias", gamma, beta}, description  \
    }
#define HF_DIALECTS(wrapper, bare)                                                                 \
    HF_NAMES(wrapper "bert.", false, "names with " wrapper "bert.", ".weight", ".bias"),           \
        HF_NAMES(wrapper, true, bare, ".weight", ".bias"),                                         \
        HF_NAMES(wrapper "bert.", false, "names with " wrapper "bert.", ".gamma", ".beta"),        \
        HF_NAMES(wrapper, true, bare, ".gamma", ".beta"),
enum { GOOGLE, HF, HF_BARE }; // those that are written
static const struct dialect dialects[] = {
    {"bert/", "_", '/', true, false, {"", "/kernel", "/bias", "/gamma", "/beta"}, "Google's names"},
    WRAPPERS(HF_DIALECTS)};

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

// The longest wrapper is the one.
const char *names_inner(const char *name)
{
#define PREFIX(wrapper, bare) wrapper,
    static const char *const wrappers[] = {WRAPPERS(PREFIX)};
    size_t longest = 0;
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        const size_t n = strlen(wrappers[i]);
        if (n > longest && strncmp(name, wrappers[i], n) == 0) longest = n;
    }
    return name + longest;
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

const char *names_remedy(const struct ckpt *ckpt, char said[RELATIVE_SAID])
{
    const struct relative *r = NULL;
    for (size_t i = 0; !r && i < ckpt_count(ckpt); i++) {
        r = relative_of_name(names_inner(ckpt_at(ckpt, i)->name));
    }
    return relative_say(r, said);
}

const struct dialect *names_hf(const struct dialect *source, bool head)
{
    return &dialects[head || (source != names_google() && !source->bare) ? HF : HF_BARE];
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

#define MLM_BIAS "cls.predictions.bias"
#define DECODER "cls.predictions.decoder"
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
    {HEAD_MLM, MLM_BIAS, "cls/predictions/output_bias", false},
    {HEAD_MLM, DECODER ".weight", NULL, false},
    {HEAD_MLM, DECODER ".bias", NULL, false},
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
    name = names_inner(name);
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

// The digits of a layer's number, the only ones in a name of the encoder's; "" without any.
static void find_layer(const struct dialect *dialect, const char *name, char layer[24])
{
    static const char digits[] = "0123456789";
    const char *at =
        name + strcspn(name + strlen(dialect->prefix), digits) + strlen(dialect->prefix);
    snprintf(layer, 24, "%.*s", (int)strspn(at, digits) % 24, at);
}

// Names are not taken apart: all that the layer could have are printed and compared.
static bool find_param(const struct dialect *dialect, const char *name, char layer[24],
                       enum param *p, size_t *slice)
{
    char printed[NAME_MAX_LENGTH];
    if (strncmp(name, dialect->prefix, strlen(dialect->prefix)) != 0) return false;
    find_layer(dialect, name, layer);
    for (*p = 0; *p < PARAM_COUNT; ++*p) {
        for (*slice = 0; *slice < param_table[*p].slices; ++*slice) {
            names_print(dialect, *p, layer, *slice, printed);
            if (strcmp(printed, name) == 0) return true;
        }
    }
    return false;
}

const char *names_today(const struct dialect *dialect, const char *name, char room[NAME_MAX_LENGTH],
                        bool *transposed)
{
    char layer[24];
    enum param p;
    size_t slice;
    const struct head_tensor *head = names_head(name);
    *transposed = head && head->kernel && dialect->kernels_in_out;
    if (head) return head->hf;
    if (!find_param(dialect, name, layer, &p, &slice)) return names_inner(name);
    *transposed = names_transposed(dialect, p);
    names_print(&dialects[HF], p, layer, slice, room);
    return room;
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

static const struct ckpt_tensor *find_head(const struct ckpt *ckpt, const char *hf)
{
    for (size_t i = 0; i < ckpt_count(ckpt); i++) {
        const struct head_tensor *row = names_head(ckpt_at(ckpt, i)->name);
        if (row && strcmp(row->hf, hf) == 0) return ckpt_at(ckpt, i);
    }
    return NULL;
}

const struct ckpt_tensor *names_decoder(const struct ckpt *ckpt)
{
    return find_head(ckpt, DECODER ".weight");
}

static const struct ckpt_tensor *copied_from(const struct ckpt *ckpt, const struct ckpt_tensor *t)
{
    const struct head_tensor *row = names_head(t->name);
    if (row && strcmp(row->hf, DECODER ".weight") == 0) {
        return names_find(names_detect(ckpt), ckpt, PARAM_WORD_EMBEDDINGS, 0, 0);
    }
    const bool bias = row && strcmp(row->hf, DECODER ".bias") == 0;
    return bias ? find_head(ckpt, MLM_BIAS) : NULL;
}

bool names_is_copy(const struct ckpt *ckpt, const struct ckpt_tensor *t)
{
    const struct ckpt_tensor *of = copied_from(ckpt, t);
    return of && of->dtype == t->dtype && of->bytes == t->bytes &&
           memcmp(of->data, t->data, t->bytes) == 0;
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
    name = names_inner(name);
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
