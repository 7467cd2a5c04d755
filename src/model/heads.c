// heads.c: heads by their tensors. The classifiers of sentences, tokens and choices have the same
// tensors: which of them one is, the configuration's architectures say.
#include "model/heads.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/model.h"

static const char *const kinds[HEADS] = {
    [HEAD_MLM] = "masked-lm",
    [HEAD_NSP] = "next-sentence",
    [HEAD_CLASSIFIER] = "sequence-classification",
    [HEAD_ANSWER] = "question-answering",
};

static struct bert_head *find_head(struct heads *heads, const char *kind)
{
    for (size_t i = 0; i < heads->n; i++) {
        if (strcmp(heads->list[i].kind, kind) == 0) return &heads->list[i];
    }
    return NULL;
}

// A tensor of a head; the matrix of one that is not a masked LM has a row an output.
static void add_tensor(struct heads *heads, const struct ckpt_tensor *t)
{
    const struct head_tensor *row = names_head(t->name);
    if (!row) return;
    struct bert_head *head = find_head(heads, kinds[row->head]);
    if (!head) {
        head = &heads->list[heads->n++];
        *head = (struct bert_head){.kind = kinds[row->head], .origin = t->name};
    }
    if (row->head != HEAD_MLM && t->n_dims == 2) head->outputs = t->dims[0];
}

static bert_status add_label(struct heads *heads, size_t i, const char *label, bert_error *err)
{
    heads->labels[i] = label ? mem_string(label, strlen(label)) : NULL;
    return label && !heads->labels[i] ? fail_memory(err) : BERT_OK;
}

// {"id2label": {"0": "negative", …}}; where it is something else there are no names.
static bert_status read_labels(struct heads *heads, const json *doc, size_t n, bert_error *err)
{
    const json *names = json_get(doc, "id2label");
    if (!names || !n || json_count(names) > n) return BERT_OK;
    heads->labels = mem_zero(n, sizeof *heads->labels);
    if (!heads->labels) return fail_memory(err);
    heads->n_labels = n;
    for (size_t i = 0; i < n; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        TRY(add_label(heads, i, json_text(json_get(names, key)), err));
    }
    return BERT_OK;
}

static bert_status read_config(struct heads *heads, struct bert_head *classifier, const json *doc,
                               bert_error *err)
{
    const json *architectures = json_get(doc, "architectures");
    const char *kind = NULL;
    for (size_t i = 0; !kind && i < json_count(architectures); i++) {
        const char *name = json_text(json_at(architectures, i));
        kind = name ? names_classifier(name) : NULL;
    }
    if (kind) classifier->kind = kind;
    classifier->origin = kind ? "architectures" : "its tensors; architectures do not say which";
    return read_labels(heads, doc, classifier->outputs, err);
}

bert_status heads_read(struct heads *heads, const struct ckpt *ckpt, const char *config,
                       bert_error *err)
{
    *heads = (struct heads){0};
    for (size_t i = 0; i < ckpt_count(ckpt); i++) add_tensor(heads, ckpt_at(ckpt, i));
    struct bert_head *mlm = find_head(heads, kinds[HEAD_MLM]);
    const struct ckpt_tensor *decoder = names_decoder(ckpt);
    if (mlm) mlm->separate = decoder && !names_is_copy(ckpt, decoder);
    struct bert_head *classifier = find_head(heads, kinds[HEAD_CLASSIFIER]);
    if (!classifier) return BERT_OK;
    bert_error mine = {0};
    json *doc = json_open(config, &mine);
    if (!doc) return fail(err, mine.status, "%s", mine.message);
    const bert_status status = read_config(heads, classifier, doc, err);
    json_free(doc);
    return status;
}

void heads_release(struct heads *heads)
{
    for (size_t i = 0; i < heads->n_labels; i++) mem_free(heads->labels[i]);
    mem_free(heads->labels);
    *heads = (struct heads){0};
}

// ------------------------------------------------------------------------------------------- views

bool bert_model_head(const bert_model *m, size_t i, struct bert_head *out)
{
    if (i >= m->heads.n) return false;
    *out = m->heads.list[i];
    return true;
}

const char *bert_model_label(const bert_model *m, size_t i)
{
    return i < m->heads.n_labels ? m->heads.labels[i] : NULL;
}
