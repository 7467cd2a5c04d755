// hf_config.c: keys, defaults and borders of config.json (transformers' BertConfig), which are also
// those of bert_config.json (modeling.py of google-research/bert) but for one default.
#include "model/hf_config.h"

#include <string.h>

#include "model/relatives.h"

// hidden_act names of transformers (activations.py, ACT2FN) and the function each means.
static const struct {
    const char *name;
    enum act act;
} acts[] = {
    {"gelu", ACT_gelu},
    {"gelu_python", ACT_gelu},
    {"gelu_new", ACT_gelu_tanh},
    {"gelu_pytorch_tanh", ACT_gelu_tanh},
    {"gelu_fast", ACT_gelu_tanh},
    {"gelu_accurate", ACT_gelu_tanh},
    {"gelu_python_tanh", ACT_gelu_tanh},
    {"quick_gelu", ACT_quick_gelu},
    {"silu", ACT_silu},
    {"swish", ACT_silu},
    {"relu", ACT_relu},
    {"tanh", ACT_tanh},
    {"sigmoid", ACT_sigmoid},
    {"linear", ACT_linear},
};

static bert_status find_act(const char *name, const char *path, struct hf_config *out,
                            bert_error *err)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(acts[i].name, name) != 0) continue;
        out->config.act = acts[i].act;
        out->act_name = acts[i].name;
        return BERT_OK;
    }
    return fail(err, BERT_UNSUPPORTED,
                "%s: hidden_act \"%s\" is none of gelu, gelu_new, quick_gelu, silu, relu, tanh, "
                "sigmoid, linear and their other names",
                path, name);
}

// What BERT-like files may say that is not the network of this library.
static bert_status check_border(const json *doc, const char *path, bert_error *err)
{
    const char *type, *position;
    bool decoder, cross;
    TRY(json_string(doc, "model_type", "bert", &type, path, err));
    TRY(json_string(doc, "position_embedding_type", "absolute", &position, path, err));
    TRY(json_flag(doc, "is_decoder", false, &decoder, path, err));
    TRY(json_flag(doc, "add_cross_attention", false, &cross, path, err));
    if (strcmp(type, "bert") != 0) {
        return fail(err, BERT_UNSUPPORTED, "%s: model_type is \"%s\", not \"bert\"; this is %s",
                    path, type, relative_say(relative_of_type(type), (char[RELATIVE_SAID]){0}));
    }
    if (strcmp(position, "absolute") != 0) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: position_embedding_type \"%s\"; only \"absolute\" is supported "
                    "(transformers 4.57 runs this model)",
                    path, position);
    }
    if (decoder || cross) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: the model is a decoder; only encoders are supported (transformers runs "
                    "this model)",
                    path);
    }
    return BERT_OK;
}

static bert_status read_sizes(const json *doc, struct config *c, size_t types, const char *path,
                              bert_error *err)
{
    const size_t most = (size_t)1 << 31;
    double eps;
    TRY(json_size(doc, "vocab_size", 30522, 1, most, &c->V, path, err));
    TRY(json_size(doc, "hidden_size", 768, 1, most, &c->H, path, err));
    TRY(json_size(doc, "num_hidden_layers", 12, 1, most, &c->L, path, err));
    TRY(json_size(doc, "num_attention_heads", 12, 1, most, &c->A, path, err));
    TRY(json_size(doc, "intermediate_size", 3072, 1, most, &c->F, path, err));
    TRY(json_size(doc, "max_position_embeddings", 512, 1, most, &c->P, path, err));
    TRY(json_size(doc, "type_vocab_size", types, 1, most, &c->Y, path, err));
    TRY(json_float(doc, "layer_norm_eps", 1e-12, &eps, path, err));
    c->eps = (float)eps;
    return config_check(c, path, err);
}

static bert_status read_document(struct hf_config *out, const json *doc, const char *path,
                                 size_t types, const char *activation, struct notes *notes,
                                 bert_error *err)
{
    if (!json_is_object(doc)) return fail(err, BERT_FORMAT, "%s: not a JSON object", path);
    TRY(check_border(doc, path, err));
    TRY(read_sizes(doc, &out->config, types, path, err));
    const char *act, *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    TRY(json_string(doc, "hidden_act", "gelu", &act, path, err));
    TRY(find_act(activation ? activation : act, path, out, err));
    if (json_true(json_get(doc, "untrained"))) {
        TRY(notes_add(notes, err, "untrained", file, "the weights are random"));
    }
    const char *origin = activation ? "asked for"
                         : json_get(doc, "hidden_act")
                             ? file
                             : "the configuration names none: the default";
    const char *form = out->config.act == ACT_gelu        ? " (erf)"
                       : out->config.act == ACT_gelu_tanh ? " (tanh)"
                                                          : "";
    return notes_add(notes, err, "activation", origin, "%s%s", out->act_name, form);
}

bert_status hf_config_read(struct hf_config *out, const char *path, size_t types,
                           const char *activation, struct notes *notes, bert_error *err)
{
    *out = (struct hf_config){0};
    json *doc = json_open(path, err);
    if (!doc) return err ? err->status : BERT_FORMAT;
    const bert_status status = read_document(out, doc, path, types, activation, notes, err);
    json_free(doc);
    return status;
}

bert_status bert_config_check(const char *path, bert_error *err)
{
    struct hf_config config;
    struct notes notes = {0};
    const bert_status status = hf_config_read(&config, path, 2, "gelu", &notes, err);
    notes_release(&notes);
    return status;
}
