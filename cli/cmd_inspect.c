// cmd_inspect.c: bert inspect: what a model is, and every assumption made about it with its origin.
#include <string.h>

#include "base/num.h"
#include "cli.h"
#include "commands.h"
#include "output.h"
#include "record/text.h"

// One fact: a key, and a value that is a number, a truth or a text.
struct fact {
    const char *key;
    enum { NUMBER, REAL, TRUTH, WORDS } kind;
    size_t number;
    float real;
    const char *words;
};
enum { MOST_FACTS = 40 };

static const char *profile_name(bert_profile profile)
{
    return profile == BERT_PROFILE_GOOGLE    ? "google"
           : profile == BERT_PROFILE_HF_SLOW ? "hf-slow"
                                             : "hf-fast";
}

// The poolings of the model, from the note that says where they were read.
static const char *pooling_name(const bert_model *model)
{
    const struct bert_note *notes;
    const size_t n = bert_model_notes(model, &notes);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(notes[i].what, "pooling") == 0) return notes[i].value;
    }
    return "mean";
}

// Lists what is known; returns how many facts.
static size_t gather(const bert_model *model, struct fact facts[MOST_FACTS])
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
        {.key = "layer_norm_eps", REAL, .real = c->layer_norm_eps},
        {.key = "parameters", NUMBER, .number = bert_model_parameters(model)},
        {.key = "has_pooler", TRUTH, .number = e->has_pooler},
        {.key = "pooling", WORDS, .words = pooling_name(model)},
        {.key = "normalize", TRUTH, .number = e->normalize},
        {.key = "max_length", NUMBER, .number = e->max_length},
        {.key = "tokenizer", WORDS, .words = profile_name(t.profile)},
        {.key = "tokenizer_unicode", WORDS, .words = t.unicode},
        {.key = "tokenizer_pieces", NUMBER, .number = t.vocab_size},
        {.key = "lowercase", TRUTH, .number = t.lowercase},
        {.key = "strip_accents", TRUTH, .number = t.strip_accents},
        {.key = "split_cjk", TRUTH, .number = t.split_cjk},
        {.key = "keep_special", TRUTH, .number = t.keep_special},
        {.key = "longest_word", NUMBER, .number = t.max_word},
        {.key = "kernels", WORDS, .words = bert_cpu_name()},
    };
    memcpy(facts, all, sizeof all);
    return sizeof all / sizeof *all;
}

static void add_value(struct buf *out, const struct fact *f, bool json)
{
    char text[NUM_FLOAT_MAX];
    switch (f->kind) {
    case NUMBER: buf_print(out, "%zu", f->number); break;
    case REAL: buf_add(out, text, num_float(text, f->real)); break;
    case TRUTH: buf_text(out, f->number ? (json ? "true" : "yes") : json ? "false" : "no"); break;
    case WORDS:
        if (json) record_string(out, f->words, strlen(f->words));
        else record_plain(out, f->words, strlen(f->words));
        break;
    }
}

static void print_text(struct buf *out, const bert_model *model, bool tensors)
{
    struct fact facts[MOST_FACTS];
    const size_t n = gather(model, facts);
    for (size_t i = 0; i < n; i++) {
        buf_print(out, "%-18s ", facts[i].key);
        add_value(out, &facts[i], false);
        buf_byte(out, '\n');
    }
    const struct bert_note *notes;
    const size_t n_notes = bert_model_notes(model, &notes);
    buf_text(out, "\nfound or assumed, and where that came from\n");
    for (size_t i = 0; i < n_notes; i++) {
        buf_print(out, "  %-16s ", notes[i].what);
        record_plain(out, notes[i].value, strlen(notes[i].value));
        buf_text(out, " (");
        record_plain(out, notes[i].origin, strlen(notes[i].origin));
        buf_text(out, ")\n");
    }
    struct bert_tensor t;
    if (tensors) buf_text(out, "\ntensors\n");
    for (size_t i = 0; tensors && bert_model_tensor(model, i, &t); i++) {
        buf_print(out, "  %8zu x %-8zu ", t.rows, t.cols);
        record_plain(out, t.name, strlen(t.name));
        buf_byte(out, '\n');
    }
}

static void print_json(struct buf *out, const bert_model *model, bool tensors)
{
    struct fact facts[MOST_FACTS];
    const size_t n = gather(model, facts);
    for (size_t i = 0; i < n; i++) {
        buf_print(out, "%s\"%s\":", i ? "," : "{", facts[i].key);
        add_value(out, &facts[i], true);
    }
    const struct bert_note *notes;
    const size_t n_notes = bert_model_notes(model, &notes);
    buf_text(out, ",\"notes\":[");
    for (size_t i = 0; i < n_notes; i++) {
        const char *const texts[] = {notes[i].what, notes[i].value, notes[i].origin};
        static const char *const keys[] = {"what", "value", "origin"};
        for (size_t k = 0; k < 3; k++) {
            buf_print(out, "%s\"%s\":", k ? "," : i ? ",{" : "{", keys[k]);
            record_string(out, texts[k], strlen(texts[k]));
        }
        buf_byte(out, '}');
    }
    buf_byte(out, ']');
    struct bert_tensor t;
    if (tensors) buf_text(out, ",\"tensors\":[");
    for (size_t i = 0; tensors && bert_model_tensor(model, i, &t); i++) {
        buf_text(out, i ? ",{\"name\":" : "{\"name\":");
        record_string(out, t.name, strlen(t.name));
        buf_print(out, ",\"rows\":%zu,\"cols\":%zu}", t.rows, t.cols);
    }
    buf_text(out, tensors ? "]}\n" : "}\n");
}

int cmd_inspect(const struct options *o)
{
    bert_model *model = cli_model(o);
    if (!model) return 1;
    struct output out;
    int status = 1;
    if (output_open(&out, o)) {
        if (o->json) print_json(&out.buffer, model, o->tensors);
        else print_text(&out.buffer, model, o->tensors);
        status = output_close(&out, false);
    }
    bert_model_free(model);
    return status;
}
