// model.c: opening a model, from a folder to packed weights, and looking at what was opened.
#include "model/model.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "model/hf_config.h"

// Options of any size that a caller was compiled with: what it lacks has its default.
static struct bert_model_options with_defaults(const struct bert_model_options *options)
{
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    if (options) memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    return o;
}

// --------------------------------------------------------------------------------------- the parts

static bert_status open_config(bert_model *m, const char *folder,
                               const struct bert_model_options *o, bert_error *err)
{
    struct hf_config hf;
    char *path = os_join(folder, "config.json");
    if (!path) return fail_memory(err);
    const bert_status status = hf_config_read(&hf, path, o->activation, &m->notes, err);
    mem_free(path);
    if (status) return status;
    const struct config *c = &hf.config;
    m->config = *c;
    m->public_config = (struct bert_config){
        .vocab_size = c->V,
        .hidden_size = c->H,
        .num_hidden_layers = c->L,
        .num_attention_heads = c->A,
        .intermediate_size = c->F,
        .max_position_embeddings = c->P,
        .type_vocab_size = c->Y,
        .layer_norm_eps = c->eps,
        .hidden_act = hf.act_name,
    };
    return BERT_OK;
}

static bert_status open_tokenizer(bert_model *m, const char *folder, bool lowercase,
                                  const struct bert_model_options *o, bert_error *err)
{
    bert_error mine = {0};
    struct bert_tokenizer_options options = o->tokenizer;
    m->tokenizer = bert_tokenizer_open(folder, &options, &mine);
    if (m->tokenizer && lowercase && !bert_tokenizer_info(m->tokenizer).lowercase) {
        // do_lower_case of sentence-transformers: the text is lowered first, accents stay as they
        // are
        options.lowercase = 1;
        options.strip_accents = bert_tokenizer_info(m->tokenizer).strip_accents;
        bert_tokenizer_free(m->tokenizer);
        m->tokenizer = bert_tokenizer_open(folder, &options, &mine);
    }
    if (!m->tokenizer) return fail(err, mine.status, "%s", mine.message);
    const struct bert_tokenizer_info info = bert_tokenizer_info(m->tokenizer);
    if (info.vocab_size <= m->config.V) return BERT_OK;
    return notes_add(&m->notes, err, "vocabulary", folder,
                     "%zu pieces, but only %zu word embeddings: texts that need others are refused",
                     info.vocab_size, m->config.V);
}

static bert_status open_weights(bert_model *m, const char *folder,
                                const struct bert_model_options *o, bert_error *err)
{
    bert_error mine = {0};
    char *path = os_join(folder, "model.safetensors");
    if (!path) return fail_memory(err);
    if (os_is_file(path)) m->ckpt = ckpt_open(path, o->copy, &mine);
    else fail(&mine, BERT_IO, "%s: no such file; a model folder needs one", path);
    mem_free(path);
    if (!m->ckpt) return fail(err, mine.status, "%s", mine.message);
    TRY(load_params(&m->loaded, m->ckpt, &m->config, &m->notes, err));
    struct pool *pool = pool_new(os_threads(), &mine);
    if (!pool) return fail(err, mine.status, "%s", mine.message);
    const bert_status status =
        weights_pack(&m->weights, m->device, pool, &m->config, &m->loaded.params, err);
    pool_free(pool);
    return status;
}

// The most tokens of a text: what sentence-transformers' files say, else the tokenizer's, and never
// more than there are positions.
static bert_status settle_length(bert_model *m, size_t stated, bert_error *err)
{
    const size_t tokenizer = bert_tokenizer_info(m->tokenizer).model_max_length;
    size_t *length = &m->embedding.max_length;
    *length = stated ? stated : tokenizer ? tokenizer : m->config.P;
    if (*length > m->config.P) *length = m->config.P;
    if (stated && *length == stated) return BERT_OK; // noted where it was read
    return notes_add(&m->notes, err, "max length",
                     *length == m->config.P ? "config.json, max_position_embeddings"
                                            : "the tokenizer's files",
                     "%zu", *length);
}

static bert_status open_parts(bert_model *m, const char *path, const struct bert_model_options *o,
                              bert_error *err)
{
    if (!os_is_folder(path)) {
        return fail(err, os_is_file(path) ? BERT_UNSUPPORTED : BERT_IO,
                    os_is_file(path) ? "%s: not a folder; give the folder that holds config.json "
                                       "and model.safetensors"
                                     : "%s: no such model folder",
                    path);
    }
    struct sentence_config sentence;
    TRY(sentence_config_read(&sentence, path, &m->notes, err));
    bert_status status = open_config(m, sentence.folder, o, err);
    if (!status) status = open_tokenizer(m, sentence.folder, sentence.lowercase, o, err);
    if (!status) status = open_weights(m, sentence.folder, o, err);
    if (!status) status = settle_length(m, sentence.max_length, err);
    m->embedding.pooling = sentence.pooling;
    m->embedding.normalize = sentence.normalize;
    m->embedding.has_pooler = m->weights.pooler.n > 0;
    memcpy(m->unsupported, sentence.unsupported, sizeof m->unsupported);
    sentence_config_release(&sentence);
    return status;
}

bert_model *bert_model_open(const char *path, const struct bert_model_options *options,
                            bert_error *err)
{
    const struct bert_model_options o = with_defaults(options);
    bert_model *m = mem_zero(1, sizeof *m);
    if (!m) {
        fail_memory(err);
        return NULL;
    }
    m->device = &device_cpu;
    if (open_parts(m, path, &o, err)) {
        bert_model_free(m);
        return NULL;
    }
    return m;
}

void bert_model_free(bert_model *m)
{
    if (!m) return;
    weights_release(&m->weights);
    load_release(&m->loaded);
    ckpt_close(m->ckpt);
    bert_tokenizer_free(m->tokenizer);
    notes_release(&m->notes);
    mem_free(m);
}

// ------------------------------------------------------------------------------------------- views

struct encoder model_encoder(const bert_model *m)
{
    return (struct encoder){m->device, &m->config, &m->loaded.params, &m->weights};
}

const struct bert_config *bert_model_config(const bert_model *m)
{
    return &m->public_config;
}

const struct bert_embedding_config *bert_model_embedding(const bert_model *m)
{
    return &m->embedding;
}

const bert_tokenizer *bert_model_tokenizer(const bert_model *m)
{
    return m->tokenizer;
}

size_t bert_model_notes(const bert_model *m, const struct bert_note **notes)
{
    *notes = m->notes.list;
    return m->notes.n;
}

size_t bert_model_parameters(const bert_model *m)
{
    return m->loaded.parameters;
}

bool bert_model_tensor(const bert_model *m, size_t i, struct bert_tensor *out)
{
    if (i >= m->loaded.n) return false;
    const struct ckpt_tensor *t = m->loaded.tensors[i];
    out->name = t->name;
    out->data = m->loaded.data[i];
    out->rows = t->n_dims == 2 ? t->dims[0] : 1;
    out->cols = t->dims[t->n_dims - 1];
    return true;
}
