// made_model.c: writing a random model as transformers would have saved it.
#include "support/made_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

static const char *const words[] = {
#include "support/words.inc"
};
enum { WORDS = sizeof words / sizeof *words };

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, "wb");
}

static bool finish(FILE *f)
{
    const bool bad = ferror(f);
    return !fclose(f) && !bad;
}

// ------------------------------------------------------------------------------------- vocabulary

// Writes the vocabulary and returns how many pieces it has.
static size_t write_pieces(FILE *f, size_t wanted)
{
    static const char *const special[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    size_t n = 0;
    for (size_t i = 0; i < 5; i++, n++) fprintf(f, "%s\n", special[i]);
    for (char c = '!'; c <= '~'; c++) {
        if (c >= 'A' && c <= 'Z') continue;
        fprintf(f, "%c\n", c);
        n++;
    }
    for (const char *c = "abcdefghijklmnopqrstuvwxyz0123456789"; *c; c++, n++) {
        fprintf(f, "##%c\n", *c);
    }
    for (size_t i = 0; i < WORDS; i++, n++) fprintf(f, "%s\n", words[i]);
    for (; n < wanted; n++) fprintf(f, "[unused%zu]\n", n);
    return n;
}

static bool write_vocabulary(const char *folder, size_t wanted, size_t *n)
{
    FILE *f = create(folder, "vocab.txt");
    if (!f) return false;
    *n = write_pieces(f, wanted);
    if (!finish(f) || !(f = create(folder, "tokenizer_config.json"))) return false;
    fprintf(f, "{\"do_lower_case\": true, \"model_max_length\": 512}\n");
    return finish(f);
}

static bool write_config(const char *folder, const struct made_model *m, size_t V)
{
    FILE *f = create(folder, "config.json");
    if (!f) return false;
    fprintf(f,
            "{\"model_type\": \"bert\", \"untrained\": true, \"vocab_size\": %zu, "
            "\"hidden_size\": %zu, \"num_hidden_layers\": %zu, \"num_attention_heads\": %zu, "
            "\"intermediate_size\": %zu, \"max_position_embeddings\": %zu, "
            "\"type_vocab_size\": 2, \"hidden_act\": \"%s\", \"layer_norm_eps\": %g}\n",
            V, m->hidden, m->layers, m->heads, m->intermediate, m->positions,
            m->act ? m->act : "gelu", m->eps > 0 ? (double)m->eps : 1e-12);
    return finish(f);
}

// ---------------------------------------------------------------------------------------- weights

enum kind { MATRIX, BIAS, GAMMA };

struct writer {
    const struct made_model *m;
    FILE *f;
    bool header;     // first pass: the directory; second: the numbers
    size_t offset;   // bytes of data so far
    uint32_t tensor; // number of the tensor, for the generator
};

static void write_numbers(struct writer *w, enum kind kind, size_t count)
{
    const float deviation = w->m->deviation > 0 ? w->m->deviation : 0.05f;
    for (size_t i = 0; i < count; i++) {
        const float x = deviation * rng_normal(w->m->seed, 0, w->tensor, i);
        const float y = kind == GAMMA ? 1.0f + x : x;
        fwrite(&y, sizeof y, 1, w->f);
    }
}

// rows 0: a vector.
static void tensor(struct writer *w, enum kind kind, size_t rows, size_t cols, const char *name)
{
    const size_t count = (rows ? rows : 1) * cols, end = w->offset + count * sizeof(float);
    if (w->header) {
        fprintf(w->f, "%s\"%s%s\":{\"dtype\":\"F32\",\"shape\":[", w->offset ? "," : "{",
                w->m->prefix ? "bert." : "", name);
        if (rows) fprintf(w->f, "%zu,", rows);
        fprintf(w->f, "%zu],\"data_offsets\":[%zu,%zu]}", cols, w->offset, end);
    } else {
        write_numbers(w, kind, count);
    }
    w->offset = end;
    w->tensor++;
}

// A weight [rows, cols] and its bias, or (rows 0) the two vectors of a layer norm.
static void dense(struct writer *w, size_t rows, size_t cols, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "%s.weight", name);
    tensor(w, rows ? MATRIX : GAMMA, rows, cols, full);
    snprintf(full, sizeof full, "%s.bias", name);
    tensor(w, BIAS, 0, rows ? rows : cols, full);
}

static void layer(struct writer *w, size_t i)
{
    const size_t H = w->m->hidden, F = w->m->intermediate;
    const struct {
        size_t rows, cols;
        const char *name;
    } parts[] = {
        {H, H, "attention.self.query"},
        {H, H, "attention.self.key"},
        {H, H, "attention.self.value"},
        {H, H, "attention.output.dense"},
        {0, H, "attention.output.LayerNorm"},
        {F, H, "intermediate.dense"},
        {H, F, "output.dense"},
        {0, H, "output.LayerNorm"},
    };
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        char name[100];
        snprintf(name, sizeof name, "encoder.layer.%zu.%s", i, parts[k].name);
        dense(w, parts[k].rows, parts[k].cols, name);
    }
}

static void walk(struct writer *w, size_t V)
{
    const size_t H = w->m->hidden;
    w->offset = w->tensor = 0;
    tensor(w, MATRIX, V, H, "embeddings.word_embeddings.weight");
    tensor(w, MATRIX, w->m->positions, H, "embeddings.position_embeddings.weight");
    tensor(w, MATRIX, 2, H, "embeddings.token_type_embeddings.weight");
    dense(w, 0, H, "embeddings.LayerNorm");
    for (size_t i = 0; i < w->m->layers; i++) layer(w, i);
    if (!w->m->no_pooler) dense(w, H, H, "pooler.dense");
}

static bool write_weights(const char *folder, const struct made_model *m, size_t V)
{
    struct writer w = {.m = m, .f = create(folder, "model.safetensors"), .header = true};
    if (!w.f) return false;
    uint64_t length = 0;
    fwrite(&length, sizeof length, 1, w.f);
    walk(&w, V);
    fputc('}', w.f);
    while (ftell(w.f) % 8) fputc(' ', w.f);
    length = (uint64_t)ftell(w.f) - sizeof length;
    w.header = false;
    walk(&w, V);
    rewind(w.f);
    fwrite(&length, sizeof length, 1, w.f);
    return finish(w.f);
}

bool made_model_write(const char *folder, const struct made_model *spec)
{
    size_t V;
    return write_vocabulary(folder, spec->words, &V) && write_config(folder, spec, V) &&
           write_weights(folder, spec, V);
}
