// save_config.c: see save_config.h. Values are copied as texts, so that no number changes on its
// way.
#include "model/save_config.h"

#include <stdio.h>
#include <string.h>

#include "base/json_stream.h"
#include "base/json_write.h"
#include "base/num.h"
#include "base/store.h"

// A member of the model's own file: its value as a text; NULL: it has none.
struct member {
    const char *key;
    size_t key_len;
    const char *value;
    size_t len;
};

enum { ROWS = 20 };
struct saver {
    struct json_writer w;
    const bert_model *model;
    const struct save_plan *plan; // NULL for Google's
    struct os_file file;
    struct member found[ROWS];
    bert_error *err;
};

// --------------------------------------------------------------------------- the file it came from

// Calls fn for every member of the file.
static bert_status walk(struct saver *s, void (*fn)(struct saver *s, const struct member *m))
{
    struct json_scan scan = {(const char *)s->file.data, (const char *)s->file.data + s->file.size,
                             NULL};
    struct buf scratch;
    buf_init(&scratch);
    size_t n = 0;
    struct member m;
    const char *end;
    json_scan_take(&scan, '{');
    while (json_scan_next(&scan, '}', &n) && json_stream_key(&scan, &scratch, &m.key, &m.key_len) &&
           json_stream_skip(&scan, &m.value, &end)) {
        m.len = (size_t)(end - m.value);
        fn(s, &m);
    }
    bert_status status = BERT_OK;
    if (scratch.failed) status = fail_memory(s->err);
    else if (scan.wrong) {
        status = fail(s->err, BERT_FORMAT, "%s: %s", s->model->files.config, scan.wrong);
    }
    buf_release(&scratch);
    return status;
}

// ------------------------------------------------------------------------------------ what we know

static void put_architectures(struct saver *s)
{
    const unsigned heads = s->plan->heads;
    const unsigned mlm = 1u << HEAD_MLM, nsp = 1u << HEAD_NSP;
    const char *name = heads & 1u << HEAD_ANSWER              ? "BertForQuestionAnswering"
                       : heads & 1u << HEAD_CLASSIFIER        ? "BertForSequenceClassification"
                       : (heads & (mlm | nsp)) == (mlm | nsp) ? "BertForPreTraining"
                       : heads & mlm                          ? "BertForMaskedLM"
                       : heads & nsp                          ? "BertForNextSentencePrediction"
                                                              : "BertModel";
    json_put_begin(&s->w, '[');
    json_put_string(&s->w, name, strlen(name));
    json_put_end(&s->w, ']');
}

static void put_type(struct saver *s)
{
    json_put_string(&s->w, "bert", 4);
}

// What Google's code calls a function; NULL: nothing.
static const char *google_act(enum act act)
{
    switch (act) {
    case ACT_gelu: return "gelu";
    case ACT_relu: return "relu";
    case ACT_tanh: return "tanh";
    case ACT_linear: return "linear";
    default: return NULL;
    }
}

static void put_act(struct saver *s)
{
    const char *act =
        s->plan ? s->model->public_config.hidden_act : google_act(s->model->config.act);
    json_put_string(&s->w, act, strlen(act));
}

static void put_eps(struct saver *s)
{
    char text[NUM_FLOAT_MAX];
    json_put_raw(&s->w, text, num_float(text, s->model->public_config.layer_norm_eps));
}

static void put_dtype(struct saver *s)
{
    const char *name = s->plan->dtype == CKPT_F16    ? "float16"
                       : s->plan->dtype == CKPT_BF16 ? "bfloat16"
                                                     : "float32";
    json_put_string(&s->w, name, strlen(name));
}

static void put_quantization(struct saver *s)
{
    json_put_begin(&s->w, '{');
    json_put_member(&s->w, "quant_method", "bert-int8");
    json_put_member(&s->w, "weights", "int8 [out, in] with NAME_scale [out] in the layers");
    json_put_end(&s->w, '}');
}

static void put_tenth(struct saver *s)
{
    json_put_raw(&s->w, "0.1", 3);
}

static void put_range(struct saver *s)
{
    json_put_raw(&s->w, "0.02", 4);
}

// Members and what they are where the file does not say it, or, `renewed`, whatever it says; a
// number's place is that in struct bert_config. transformers needs those that are `needed`;
// Google's code knows those with YES, in this order.
enum google { NO, YES, KEEP }; // KEEP: said if the file says it
static const struct {
    const char *key;
    bool needed, renewed; // in config.json
    enum google google;
    size_t number;
    void (*put)(struct saver *s); // NULL: the number
} rows[ROWS] = {
    {"architectures", true, false, NO, 0, put_architectures},
    {"attention_probs_dropout_prob", false, false, YES, 0, put_tenth},
    {"dtype", false, true, NO, 0, put_dtype},
    {"hidden_act", true, true, YES, 0, put_act},
    {"hidden_dropout_prob", false, false, YES, 0, put_tenth},
#define NUMBER(name)                                                                               \
    {                                                                                              \
#name, true, false, YES, offsetof(struct bert_config, name), NULL                          \
    }
    NUMBER(hidden_size),
    {"id2label", false, false, NO, 0, NULL},
    {"initializer_range", false, false, YES, 0, put_range},
    NUMBER(intermediate_size),
    {"layer_norm_eps", true, false, KEEP, 0, put_eps},
    NUMBER(max_position_embeddings),
    {"model_type", true, false, NO, 0, put_type},
    NUMBER(num_attention_heads),
    NUMBER(num_hidden_layers),
    {"num_labels", false, false, NO, 0, NULL},
    {"quantization_config", false, true, NO, 0, put_quantization},
    {"torch_dtype", true, true, NO, 0, put_dtype},
    NUMBER(type_vocab_size),
    {"untrained", false, false, KEEP, 0, NULL},
    NUMBER(vocab_size),
};

static size_t find_row(const char *key, size_t len)
{
    size_t i = 0;
    while (i < ROWS && (len != strlen(rows[i].key) || memcmp(key, rows[i].key, len) != 0)) i++;
    return i;
}

static bool is_said(const struct saver *s, const char *key)
{
    return s->found[find_row(key, strlen(key))].value != NULL;
}

static void find_member(struct saver *s, const struct member *m)
{
    const size_t row = find_row(m->key, m->key_len);
    if (row < ROWS) s->found[row] = *m;
}

// ------------------------------------------------------------------------------------ writing them

// A value of ours.
static void put_value(struct saver *s, size_t row)
{
    if (rows[row].put) {
        rows[row].put(s);
        return;
    }
    const char *config = (const char *)&s->model->public_config;
    json_put_size(&s->w, *(const size_t *)(const void *)(config + rows[row].number));
}

// Every member as it stands there, but for those that are said anew.
static void keep_member(struct saver *s, const struct member *m)
{
    const size_t row = find_row(m->key, m->key_len);
    if (row < ROWS && rows[row].put == put_quantization) return; // said in the end, if at all
    json_put_key(&s->w, m->key, m->key_len);
    if (row < ROWS && rows[row].renewed) put_value(s, row);
    else json_put_raw(&s->w, m->value, m->len);
}

// {"0": "LABEL_0", …} and the other way round: transformers' names for labels without one.
static void put_labels(struct saver *s)
{
    for (int names = 1; names >= 0; names--) {
        json_put_object(&s->w, names ? "id2label" : "label2id", '{');
        for (size_t i = 0; i < s->plan->labels; i++) {
            char id[24], label[32];
            snprintf(id, sizeof id, "%zu", i);
            snprintf(label, sizeof label, "LABEL_%zu", i);
            if (names) json_put_member(&s->w, id, label);
            else json_put_number(&s->w, label, i);
        }
        json_put_end(&s->w, '}');
    }
}

static bert_status put_hf(struct saver *s)
{
    json_put_begin(&s->w, '{');
    TRY(walk(s, keep_member));
    for (size_t i = 0; i < ROWS; i++) {
        if (s->found[i].value || !rows[i].needed) continue;
        if (rows[i].put == put_dtype && is_said(s, "dtype")) continue; // by its newer name
        json_put_key(&s->w, rows[i].key, strlen(rows[i].key));
        put_value(s, i);
    }
    if (s->plan->quantized) {
        json_put_key(&s->w, "quantization_config", 19);
        put_quantization(s);
    }
    const bool named = is_said(s, "id2label") || is_said(s, "num_labels");
    if (s->plan->labels && s->plan->labels != 2 && !named) put_labels(s); // 2: the default
    json_put_end(&s->w, '}');
    return BERT_OK;
}

// The epsilon of Google's code is not said.
static bool is_kept(const struct saver *s, size_t row)
{
    const bool standard = rows[row].put == put_eps && s->model->config.eps == 1e-12f;
    return s->found[row].value && !standard;
}

static bert_status put_google(struct saver *s)
{
    json_put_begin(&s->w, '{');
    for (size_t i = 0; i < ROWS; i++) {
        const struct member *found = &s->found[i];
        if (rows[i].google == NO || (rows[i].google == KEEP && !is_kept(s, i))) continue;
        json_put_key(&s->w, rows[i].key, strlen(rows[i].key));
        if (found->value && !rows[i].renewed) json_put_raw(&s->w, found->value, found->len);
        else put_value(s, i);
    }
    json_put_end(&s->w, '}');
    return BERT_OK;
}

static bert_status save(struct buf *out, struct saver *s, bert_status (*put)(struct saver *s))
{
    s->w.out = out;
    TRY(store_open(&s->file, s->model->files.config, false, s->err));
    bert_status status = walk(s, find_member);
    if (!status) status = put(s);
    buf_byte(out, '\n');
    os_file_close(&s->file);
    return !status && out->failed ? fail_memory(s->err) : status;
}

bert_status save_config_hf(struct buf *out, const bert_model *model, const struct save_plan *plan,
                           bert_error *err)
{
    struct saver s = {.model = model, .plan = plan, .err = err};
    return save(out, &s, put_hf);
}

bert_status save_config_google(struct buf *out, const bert_model *model, bert_error *err)
{
    if (!google_act(model->config.act)) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: hidden_act \"%s\" cannot be said in bert_config.json, where Google's code "
                    "knows gelu, relu, tanh and linear; open the model with another activation "
                    "(--gelu erf) to save it all the same",
                    model->files.config, model->public_config.hidden_act);
    }
    struct saver s = {.model = model, .err = err};
    return save(out, &s, put_google);
}
