// model.c: opening a model, from a folder to packed weights, and looking at what was opened.
#include "model/model.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "model/files.h"
#include "model/google.h"
#include "model/hf_config.h"

// Options of any size that a caller was compiled with: what it lacks has its default.
static struct bert_model_options with_defaults(const struct bert_model_options *options)
{
    struct bert_model_options o = BERT_MODEL_DEFAULTS;
    if (options) memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    return o;
}

// --------------------------------------------------------------------------------------- the parts

static bert_status open_config(bert_model *m, const struct model_files *files,
                               const struct bert_model_options *o, bert_error *err)
{
    struct hf_config hf;
    const size_t types = files->google ? GOOGLE_TYPES : 2;
    TRY(hf_config_read(&hf, files->config, types, o->activation, &m->notes, err));
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
    const bool assumed = files->google && c->act == ACT_gelu && !o->activation;
    return assumed ? google_note_gelu(&m->notes, err) : BERT_OK;
}

static bert_status open_tokenizer(bert_model *m, const struct model_files *files, bool lowercase,
                                  const struct bert_model_options *o, bert_error *err)
{
    bert_error mine = {0};
    struct bert_tokenizer_options options = o->tokenizer;
    if (files->google) TRY(google_tokenizer(&options, files->folder, &m->notes, err));
    m->tokenizer = bert_tokenizer_open(files->folder, &options, &mine);
    if (m->tokenizer && lowercase && !bert_tokenizer_info(m->tokenizer).lowercase) {
        // do_lower_case of sentence-transformers: the text is lowered first, accents stay as they
        // are
        options.lowercase = 1;
        options.strip_accents = bert_tokenizer_info(m->tokenizer).strip_accents;
        bert_tokenizer_free(m->tokenizer);
        m->tokenizer = bert_tokenizer_open(files->folder, &options, &mine);
    }
    if (!m->tokenizer) return fail(err, mine.status, "%s", mine.message);
    const struct bert_tokenizer_info info = bert_tokenizer_info(m->tokenizer);
    if (info.vocab_size <= m->config.V) return BERT_OK;
    return notes_add(&m->notes, err, "vocabulary", files->folder,
                     "%zu pieces, but only %zu word embeddings: texts that need others are refused",
                     info.vocab_size, m->config.V);
}

// Sums of bytes are made in 32 bits, which |255 × 127| fills after 66,000 products.
static bert_status check_width(const struct config *c, bert_dtype dtype, const char *path,
                               bert_error *err)
{
    enum { WIDEST_INT8 = 65536 };
    const size_t widest = c->F > c->H ? c->F : c->H;
    if (dtype != BERT_INT8 || widest <= WIDEST_INT8) return BERT_OK;
    return fail(err, BERT_UNSUPPORTED,
                "%s: rows of %zu numbers are too long for int8, which takes %d; use bf16 or f32",
                path, widest, WIDEST_INT8);
}

static bert_status open_weights(bert_model *m, struct model_files *files,
                                const struct bert_model_options *o, bert_error *err)
{
    bert_error mine = {0};
    TRY(check_width(&m->config, o->dtype, files->folder, err));
    TRY(model_files_weights(files, err));
    m->ckpt = ckpt_open(files->weights, o->copy, &mine);
    if (!m->ckpt) return fail(err, mine.status, "%s", mine.message);
    TRY(load_params(&m->loaded, m->ckpt, &m->config, &m->notes, err));
    struct pool *pool = pool_new(os_threads(), &mine);
    if (!pool) return fail(err, mine.status, "%s", mine.message);
    bert_status status =
        weights_pack(&m->weights, m->device, pool, &m->config, &m->loaded.params, o->dtype, err);
    ckpt_rest(m->ckpt); // what is read from now on are rows of embeddings
    const struct sentence_config *sentence = &m->sentence_config;
    const size_t pooled = m->config.H * poolings_count(sentence->pooling);
    if (!status && !sentence->unsupported[0]) {
        status = sentence_load(&m->sentence, sentence, pooled, m->device, pool, err);
    }
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
                     *length == m->config.P ? "the configuration, max_position_embeddings"
                                            : "the tokenizer's files",
                     "%zu", *length);
}

static void settle_embedding(bert_model *m)
{
    const struct sentence_config *c = &m->sentence_config;
    struct bert_embedding_config *e = &m->embedding;
    e->pooling = c->pooling;
    e->normalize = c->normalize;
    e->has_pooler = m->weights.pooler.n > 0;
    e->similarity = c->similarity;
    e->cols = m->sentence.out;
    e->exclude_prompt = c->exclude_prompt;
    e->prompt = c->default_prompt < c->n_prompts ? c->prompts[c->default_prompt].text : NULL;
}

// What the files of a folder say; *files has been begun by the path.
static bert_status open_files(bert_model *m, struct model_files *files,
                              const struct bert_model_options *o, bert_error *err)
{
    struct sentence_config *sentence = &m->sentence_config;
    TRY(sentence_config_read(sentence, files->folder, &m->notes, err));
    TRY(model_files_config(files, sentence->folder, err));
    TRY(open_config(m, files, o, err));
    TRY(open_tokenizer(m, files, sentence->lowercase, o, err));
    TRY(open_weights(m, files, o, err));
    TRY(heads_read(&m->heads, m->ckpt, files->config, err));
    TRY(settle_length(m, sentence->max_length, err));
    settle_embedding(m);
    return BERT_OK;
}

static bert_status open_parts(bert_model *m, const char *path, const struct bert_model_options *o,
                              bert_error *err)
{
    TRY(model_files_begin(&m->files, path, err));
    m->root = mem_string(m->files.folder, strlen(m->files.folder));
    if (!m->root) return fail_memory(err);
    const struct bert_tokenizer_options *t = &o->tokenizer;
    m->plain_tokenizer = t->lowercase < 0 && t->strip_accents < 0 && t->split_cjk < 0;
    return open_files(m, &m->files, o, err);
}

static bert_status check_dtype(bert_dtype dtype, bert_error *err)
{
    if (dtype == BERT_F32 || dtype == BERT_BF16 || dtype == BERT_INT8) return BERT_OK;
    return fail(err, BERT_INVALID, "no dtype %d: BERT_F32, BERT_BF16 or BERT_INT8", (int)dtype);
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
    if (check_dtype(o.dtype, err) || open_parts(m, path, &o, err)) {
        bert_model_free(m);
        return NULL;
    }
    return m;
}

void bert_model_free(bert_model *m)
{
    if (!m) return;
    weights_release(&m->weights);
    sentence_release(&m->sentence);
    sentence_config_release(&m->sentence_config);
    load_release(&m->loaded);
    heads_release(&m->heads);
    ckpt_close(m->ckpt);
    bert_tokenizer_free(m->tokenizer);
    notes_release(&m->notes);
    model_files_release(&m->files);
    mem_free(m->root);
    mem_free(m);
}

// ------------------------------------------------------------------------------------------- views

struct encoder model_encoder(const bert_model *m)
{
    return (struct encoder){m->device, &m->config, &m->loaded.params, &m->weights};
}

bert_dtype bert_model_dtype(const bert_model *m)
{
    return m->weights.dtype;
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

bool bert_model_prompt(const bert_model *m, size_t i, struct bert_prompt *out)
{
    if (i >= m->sentence_config.n_prompts) return false;
    *out = (struct bert_prompt){m->sentence_config.prompts[i].name,
                                m->sentence_config.prompts[i].text};
    return true;
}

size_t bert_model_parameters(const bert_model *m)
{
    return m->loaded.parameters;
}

bool bert_model_tensor(const bert_model *m, size_t i, struct bert_tensor *out)
{
    if (i >= m->loaded.n) return false;
    const struct loaded_tensor *t = &m->loaded.tensors[i];
    *out = (struct bert_tensor){.name = t->name, .rows = t->rows, .cols = t->cols};
    if (t->table.number == NUMBER_F32) out->data = t->table.data;
    return true;
}

bert_status bert_model_tensor_rows(const bert_model *m, size_t i, size_t first, size_t n,
                                   float *out, bert_error *err)
{
    const struct loaded_tensor *t = i < m->loaded.n ? &m->loaded.tensors[i] : NULL;
    if (!t || first > t->rows || n > t->rows - first) {
        return fail(err, BERT_INVALID, "%s: no rows %zu + %zu of tensor %zu", m->root, first, n, i);
    }
    for (size_t r = 0; r < n; r++) {
        table_read(&t->table, t->cols, first + r, 0, t->cols, out + r * t->cols);
    }
    return BERT_OK;
}
