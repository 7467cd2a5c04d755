// identity.c: everything that a vector depends on, hashed in a fixed order. Weights are hashed as
// the network uses them, so a checkpoint in another format with the same numbers is the same model.
#include "identity.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "cli.h"

static uint64_t hash_number(uint64_t seed, uint64_t x)
{
    return hash_bytes(seed, &x, sizeof x);
}

static uint64_t hash_config(uint64_t h, const struct bert_config *c)
{
    const uint64_t numbers[] = {c->vocab_size,          c->hidden_size,       c->num_hidden_layers,
                                c->num_attention_heads, c->intermediate_size, c->type_vocab_size};
    h = hash_bytes(h, numbers, sizeof numbers);
    h = hash_bytes(h, &c->layer_norm_eps, sizeof c->layer_norm_eps);
    return hash_text(h, c->hidden_act);
}

// What was decided while the model was opened: pooling, prompts, activations.
static uint64_t hash_notes(uint64_t h, const bert_model *model)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    for (size_t i = 0; i < n; i++) h = hash_text(hash_text(h, notes[i].what), notes[i].value);
    return h;
}

// Row by row: those of a file that is not float32 are converted one at a time. False: no memory.
static bool hash_weights(uint64_t *h, const bert_model *model)
{
    struct bert_tensor t;
    float *row = NULL;
    size_t cap = 0;
    bool good = true;
    for (size_t i = 0; good && bert_model_tensor(model, i, &t); i++) {
        good = t.data || mem_grow((void **)&row, &cap, t.cols, sizeof *row);
        for (size_t r = 0; good && r < t.rows; r++) {
            const float *numbers = t.data ? t.data + r * t.cols : row;
            if (!t.data) good = !bert_model_tensor_rows(model, i, r, 1, row, NULL);
            *h = hash_bytes(*h, numbers, t.cols * sizeof *numbers);
        }
    }
    mem_free(row);
    return good;
}

static uint64_t hash_tokenizer(uint64_t h, const bert_tokenizer *t)
{
    const struct bert_tokenizer_info info = bert_tokenizer_info(t);
    const uint64_t numbers[] = {(uint64_t)info.profile, info.lowercase,     info.strip_accents,
                                info.split_cjk,         info.clean_text,    info.keep_special,
                                info.max_word,          (uint64_t)info.cls, (uint64_t)info.sep};
    h = hash_bytes(h, numbers, sizeof numbers);
    for (size_t i = 0; i < info.vocab_size; i++) {
        h = hash_text(h, bert_tokenizer_piece(t, (int32_t)i));
    }
    return h;
}

// How texts are cut and tokens become a sentence, by the command line and by the model's files.
static uint64_t hash_use(uint64_t h, const struct embedder *e)
{
    const struct bert_embedding_config *own = bert_model_embedding(e->model);
    const struct bert_tokenize_options *t = &e->tokenize;
    const bool normalize = e->embed.normalize < 0 ? own->normalize : e->embed.normalize;
    const uint64_t numbers[] = {t->max_length ? t->max_length : own->max_length,
                                t->truncate_left,
                                (uint64_t)e->embed.pooling,
                                (uint64_t)own->pooling,
                                normalize,
                                bert_model_dtype(e->model)};
    return hash_bytes(h, numbers, sizeof numbers);
}

bool identity_of(const struct embedder *e, uint64_t *identity)
{
    uint64_t h = hash_number(0, e->cols);
    h = hash_config(h, bert_model_config(e->model));
    h = hash_tokenizer(h, bert_model_tokenizer(e->model));
    h = hash_use(h, e);
    h = hash_notes(h, e->model);
    const bool good = hash_weights(&h, e->model);
    if (!good) say_error("out of memory");
    *identity = h;
    return good;
}
