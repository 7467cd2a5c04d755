// inspect_facts.c: the facts of a model in the order in which they are told.
#include <string.h>

#include "base/num.h"
#include "inspect.h"
#include "record/text.h"

static const char *profile_name(bert_profile profile)
{
    return profile == BERT_PROFILE_GOOGLE    ? "google"
           : profile == BERT_PROFILE_HF_SLOW ? "hf-slow"
                                             : "hf-fast";
}

static const char *metric_name(bert_metric metric)
{
    static const char *const names[] = {"cosine", "dot", "euclidean", "manhattan"};
    return names[metric];
}

// What the note on a subject says, which names what numbers do not.
static const char *noted(const bert_model *model, const char *what, const char *otherwise)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(notes[i].what, what) == 0) return notes[i].value;
    }
    return otherwise;
}

// The type that most of the stored numbers have.
static const char *stored_dtype(const bert_model *model)
{
    enum { TYPES = 16 };
    const char *names[TYPES];
    size_t counts[TYPES], n = 0, most = 0;
    struct bert_stored_tensor t;
    for (size_t i = 0; bert_model_stored(model, i, &t); i++) {
        size_t k = 0;
        while (k < n && strcmp(names[k], t.dtype) != 0) k++;
        if (k == TYPES) continue;
        if (k == n) {
            names[n] = t.dtype;
            counts[n++] = 0;
        }
        counts[k] += t.count;
        if (counts[k] > counts[most]) most = k;
    }
    return n ? names[most] : NULL;
}

size_t facts_gather(const bert_model *model, struct fact facts[FACTS_MOST])
{
    const struct bert_config *c = bert_model_config(model);
    const struct bert_embedding_config *e = bert_model_embedding(model);
    const struct bert_tokenizer_info t = bert_tokenizer_info(bert_model_tokenizer(model));
    const struct fact all[] = {
        {.key = "layers", NUMBER, .number = c->num_hidden_layers},
        {.key = "hidden_size", NUMBER, .number = c->hidden_size},
        {.key = "attention_heads", NUMBER, .number = c->num_attention_heads},
        {.key = "intermediate_size", NUMBER, .number = c->intermediate_size},
        {.key = "vocab_size", NUMBER, .number = c->vocab_size},
        {.key = "positions", NUMBER, .number = c->max_position_embeddings},
        {.key = "token_types", NUMBER, .number = c->type_vocab_size},
        {.key = "hidden_act", WORDS, .words = c->hidden_act},
        {.key = "activation", WORDS, .words = noted(model, "activation", c->hidden_act)},
        {.key = "layer_norm_eps", REAL, .real = c->layer_norm_eps},
        {.key = "parameters", NUMBER, .number = bert_model_parameters(model)},
        {.key = "weights_dtype", WORDS, .words = stored_dtype(model)},
        {.key = "has_pooler", TRUTH, .number = e->has_pooler},
        {.key = "pooling", WORDS, .words = noted(model, "pooling", "mean")},
        {.key = "normalize", TRUTH, .number = e->normalize},
        {.key = "embedding_size", NUMBER, .number = e->cols},
        {.key = "similarity", WORDS, .words = metric_name(e->similarity)},
        {.key = "max_length", NUMBER, .number = e->max_length},
        {.key = "default_prompt", WORDS, .words = e->prompt},
        {.key = "exclude_prompt", TRUTH, .number = e->exclude_prompt},
        {.key = "tokenizer", WORDS, .words = profile_name(t.profile)},
        {.key = "tokenizer_unicode", WORDS, .words = t.unicode},
        {.key = "tokenizer_pieces", NUMBER, .number = t.vocab_size},
        {.key = "tokenizer_max_length", NUMBER, .number = t.model_max_length},
        {.key = "lowercase", TRUTH, .number = t.lowercase},
        {.key = "strip_accents", TRUTH, .number = t.strip_accents},
        {.key = "split_cjk", TRUTH, .number = t.split_cjk},
        {.key = "clean_text", TRUTH, .number = t.clean_text},
        {.key = "keep_special", TRUTH, .number = t.keep_special},
        {.key = "longest_word", NUMBER, .number = t.max_word},
        {.key = "pad_token", TOKEN, .id = t.pad},
        {.key = "unk_token", TOKEN, .id = t.unk},
        {.key = "cls_token", TOKEN, .id = t.cls},
        {.key = "sep_token", TOKEN, .id = t.sep},
        {.key = "mask_token", TOKEN, .id = t.mask},
        {.key = "kernels", WORDS, .words = bert_cpu_name()},
    };
    memcpy(facts, all, sizeof all);
    return sizeof all / sizeof *all;
}

static void print_words(struct buf *out, const char *words, bool json)
{
    if (!words) buf_text(out, json ? "null" : "none");
    else if (json) record_string(out, words, strlen(words));
    else record_plain(out, words, strlen(words));
}

static void print_token(struct buf *out, const bert_model *model, int32_t id, bool json)
{
    const char *piece = bert_tokenizer_piece(bert_model_tokenizer(model), id);
    if (json && piece) buf_text(out, "{\"token\":");
    print_words(out, piece, json);
    if (piece) buf_print(out, json ? ",\"id\":%d}" : " = %d", (int)id);
}

void facts_print(struct buf *out, const bert_model *model, const struct fact *f, bool json)
{
    char text[NUM_FLOAT_MAX];
    switch (f->kind) {
    case NUMBER: buf_print(out, "%zu", f->number); break;
    case REAL: buf_add(out, text, num_float(text, f->real)); break;
    case TRUTH: buf_text(out, f->number ? (json ? "true" : "yes") : json ? "false" : "no"); break;
    case WORDS: print_words(out, f->words, json); break;
    case TOKEN: print_token(out, model, f->id, json); break;
    }
}

void shape_print(struct buf *out, const struct bert_stored_tensor *t)
{
    buf_byte(out, '[');
    for (size_t i = 0; i < t->n_dims; i++) buf_print(out, i ? ",%zu" : "%zu", t->dims[i]);
    buf_byte(out, ']');
}
