// embed.c: bert_embed: rows of sentences, words or tokens from chosen layers of a batch of any
// size.
//
// The batch is taken in runs of whole sequences that fit the session. For a run the ranges of token
// rows that make an output row are listed once; as the encoder reaches a wanted layer, the layer is
// reduced over those ranges into its columns (concat), or first mixed with the others at the tokens
// (sum, mean, max), which is what mixing means for a reduction that is not linear.
#include <string.h>

#include "base/mem.h"
#include "model/session.h"
#include "nn/heads/pooler.h"

struct embed {
    bert_session *s;
    const bert_batch *batch;
    struct bert_embed_options o; // n_layers >= 1, pooling none of MODEL
    bool modules;                // the model's own modules follow the pooling
    bool normalize;    // before the columns are cut
    bool cut;          // to o.dims columns, and then divided by the length if o.normalize is 1
    size_t poolings;   // how many; 1 when no sentences are wanted
    size_t last;       // the highest layer that is wanted
    struct seqs seqs;  // of this run
    size_t rows, cols; // of this run; of the rows that are reduced
    size_t mixed;      // layers mixed so far
    float *reduced;    // [rows, cols] of this run
    float *whole;      // of this run, all columns: out, or the session's when they are cut
    float *out;        // of this run
};

static const int last_layer = -1;

static struct bert_embed_options with_defaults(const struct bert_embed_options *options)
{
    struct bert_embed_options o = BERT_EMBED_DEFAULTS;
    if (options) memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    if (!o.layers || !o.n_layers) {
        o.layers = &last_layer;
        o.n_layers = 1;
    }
    return o;
}

static bool uses_pooler(const struct bert_embed_options *o)
{
    return o->level == BERT_LEVEL_SENTENCE && o->pooling == BERT_POOLING_POOLER;
}

// Columns before the model's modules.
static size_t reduced_cols(const bert_model *model, const struct bert_embed_options *o)
{
    const size_t H = model->config.H, layers = o->mix == BERT_MIX_CONCAT ? o->n_layers : 1;
    if (uses_pooler(o)) return H;
    if (o->level != BERT_LEVEL_SENTENCE) return H * layers;
    const bool own = o->pooling == BERT_POOLING_MODEL;
    return H * layers * poolings_count(own ? model->embedding.pooling : o->pooling);
}

// Columns before they are cut.
static size_t whole_cols(const bert_model *model, const struct bert_embed_options *o)
{
    const bool modules = o->level == BERT_LEVEL_SENTENCE && o->pooling == BERT_POOLING_MODEL;
    return modules && model->sentence.n ? model->sentence.out : reduced_cols(model, o);
}

size_t bert_embed_cols(const bert_model *model, const struct bert_embed_options *options)
{
    const struct bert_embed_options o = with_defaults(options);
    const size_t cols = whole_cols(model, &o);
    return o.dims && o.dims < cols ? o.dims : cols;
}

static size_t count_words(const bert_batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->S; i++) {
        struct bert_word word;
        for (size_t at = 0; bert_batch_word(batch, i, &at, &word);) n++;
    }
    return n;
}

size_t bert_embed_rows(const bert_batch *batch, const struct bert_embed_options *options)
{
    switch (with_defaults(options).level) {
    case BERT_LEVEL_WORD: return count_words(batch);
    case BERT_LEVEL_TOKEN: return batch->T;
    case BERT_LEVEL_SENTENCE: break;
    }
    return batch->S;
}

// ------------------------------------------------------------------------------- rows of a run

static size_t list_words(const struct embed *e, size_t first, size_t end)
{
    size_t n = 0;
    for (size_t i = first; i < end; i++) {
        const uint32_t start = e->seqs.offs[i - first];
        struct bert_word word;
        for (size_t at = 0; bert_batch_word(e->batch, i, &at, &word);) {
            const uint32_t row = start + (uint32_t)word.first;
            e->s->ranges[n++] = (struct rows){row, row + (uint32_t)word.n, 0};
        }
    }
    return n;
}

// Which token rows make each output row of the sequences [first, end).
static size_t list_rows(const struct embed *e, size_t first, size_t end)
{
    struct rows *ranges = e->s->ranges;
    if (e->o.level == BERT_LEVEL_WORD) return list_words(e, first, end);
    if (e->o.level == BERT_LEVEL_TOKEN) {
        for (uint32_t t = 0; t < e->seqs.T; t++) ranges[t] = (struct rows){t, t + 1, 0};
        return e->seqs.T;
    }
    for (size_t i = 0; i < e->seqs.S; i++) {
        const uint32_t skip = e->batch->skip[first + i];
        ranges[i] = (struct rows){e->seqs.offs[i] + skip, e->seqs.offs[i + 1], skip};
    }
    return e->seqs.S;
}

static enum reduce pooling_reduction(bert_pooling pooling)
{
    switch (pooling) {
    case BERT_POOLING_MEAN: return REDUCE_MEAN;
    case BERT_POOLING_MAX: return REDUCE_MAX;
    case BERT_POOLING_MEAN_SQRT: return REDUCE_SQRT;
    case BERT_POOLING_WEIGHTED_MEAN: return REDUCE_RANK;
    case BERT_POOLING_LAST: return REDUCE_LAST;
    default: return REDUCE_FIRST;
    }
}

// How the i-th part of a row comes from its tokens.
static enum reduce reduction(const struct bert_embed_options *o, size_t i)
{
    if (o->level == BERT_LEVEL_TOKEN) return REDUCE_FIRST;
    if (o->level == BERT_LEVEL_SENTENCE) return pooling_reduction(poolings_at(o->pooling, i));
    switch (o->subwords) {
    case BERT_SUBWORDS_FIRST: return REDUCE_FIRST;
    case BERT_SUBWORDS_LAST: return REDUCE_LAST;
    case BERT_SUBWORDS_MAX: return REDUCE_MAX;
    case BERT_SUBWORDS_SUM: return REDUCE_SUM;
    case BERT_SUBWORDS_MEAN: break;
    }
    return REDUCE_MEAN;
}

// ------------------------------------------------------------------------------- layers as they
// come

// tanh(W h[CLS] + b) of each range into the columns from `column`.
static void reduce_by_pooler(const struct embed *e, const float *x, size_t column)
{
    const struct encoder encoder = model_encoder(e->s->model);
    const struct device *d = e->s->model->device;
    const size_t H = e->s->model->config.H;
    float *y = e->s->pooled[2];
    float *first = e->s->pooled[1];
    d->reduce_rows(e->s->stream, first, H, x, e->s->ranges, e->rows, H, REDUCE_FIRST);
    pooler_forward(&encoder, e->s->stream, first, e->rows, y);
    for (size_t i = 0; i < e->rows; i++) {
        d->download(e->s->stream, e->reduced + i * e->cols + column, y + i * H, H);
    }
}

static void reduce_into(const struct embed *e, const float *x, size_t column)
{
    const size_t H = e->s->model->config.H;
    for (size_t i = 0; i < e->poolings; i++, column += H) {
        const bool sentence = e->o.level == BERT_LEVEL_SENTENCE;
        if (sentence && poolings_at(e->o.pooling, i) == BERT_POOLING_POOLER) {
            reduce_by_pooler(e, x, column);
            continue;
        }
        e->s->model->device->reduce_rows(e->s->stream, e->reduced + column, e->cols, x,
                                         e->s->ranges, e->rows, H, reduction(&e->o, i));
    }
}

// Mixes the i-th of the wanted layers with those before it.
static void mix_layer(struct embed *e, size_t i, const float *x)
{
    const struct device *d = e->s->model->device;
    const size_t n = e->seqs.T * e->s->model->config.H;
    const enum combine how = e->mixed == 0              ? COMBINE_COPY
                             : e->o.mix == BERT_MIX_MAX ? COMBINE_MAX
                                                        : COMBINE_ADD;
    const bool weighted = e->o.mix == BERT_MIX_WEIGHTS;
    d->combine(e->s->stream, e->s->mixed, x, n, weighted ? e->o.weights[i] : 1.0f, how);
    if (++e->mixed < e->o.n_layers) return;
    if (e->o.mix == BERT_MIX_MEAN) {
        d->scale(e->s->stream, e->s->mixed, 1.0f / (float)e->o.n_layers, n);
    }
    reduce_into(e, e->s->mixed, 0);
}

static void take_layer(void *arg, size_t layer, const float *x)
{
    struct embed *e = arg;
    if (uses_pooler(&e->o)) {
        if (layer == e->last) reduce_into(e, x, 0);
        return;
    }
    for (size_t i = 0; i < e->o.n_layers; i++) {
        if (session_layer(e->s, e->o.layers[i]) != layer) continue;
        if (e->o.mix == BERT_MIX_CONCAT) reduce_into(e, x, i * e->poolings * e->s->model->config.H);
        else mix_layer(e, i, x);
    }
}

// ------------------------------------------------------------------------------------------ the
// call

// Sequences from `first` that fit the session together.
static size_t run_end(const struct embed *e, size_t first)
{
    size_t end = first + 1;
    while (end < e->batch->S && e->batch->offs[end + 1] - e->batch->offs[first] <= e->s->capacity) {
        end++;
    }
    return end;
}

// Runs the model's modules over e->reduced into e->whole; returns its columns.
static size_t run_modules(const struct embed *e)
{
    const bert_model *m = e->s->model;
    const float *y =
        sentence_forward(&m->sentence, m->device, e->s->stream, e->s->pooled[0], e->s->pooled[1],
                         e->s->pooled[2], e->rows, e->o.normalize != 0);
    m->device->download(e->s->stream, e->whole, y, e->rows * m->sentence.out);
    return m->sentence.out;
}

// The first columns of the whole rows into out.
static void cut_rows(const struct embed *e, size_t cols)
{
    const size_t dims = e->o.dims;
    for (size_t i = 0; i < e->rows; i++) {
        memcpy(e->out + i * dims, e->whole + i * cols, dims * sizeof *e->out);
    }
    if (e->o.normalize > 0) {
        e->s->model->device->normalize(e->s->stream, e->out, e->rows, dims);
    }
}

static bert_status embed_run(struct embed *e, size_t first, size_t end, bert_error *err)
{
    const struct encoder encoder = model_encoder(e->s->model);
    e->seqs = batch_seqs(e->batch, first, end, e->s->offs);
    e->rows = list_rows(e, first, end);
    e->mixed = 0;
    const size_t whole = e->rows * (e->modules ? e->s->model->sentence.out : e->cols);
    if (e->cut &&
        !mem_grow((void **)&e->s->whole, &e->s->cap_whole, whole, sizeof *e->s->whole)) {
        return fail_memory(err);
    }
    e->whole = e->cut ? e->s->whole : e->out;
    e->reduced = e->modules ? e->s->pooled[0] : e->whole;
    encoder_forward(&encoder, e->s->stream, &e->seqs, &e->s->acts, e->last,
                    (struct layer_sink){take_layer, e});
    const size_t cols = e->modules ? run_modules(e) : e->cols;
    if (e->normalize) e->s->model->device->normalize(e->s->stream, e->whole, e->rows, cols);
    if (e->cut) cut_rows(e, cols);
    e->out += e->rows * (e->cut ? e->o.dims : cols);
    return BERT_OK;
}

static bert_status check_pooler(const struct embed *e, bert_error *err)
{
    bool wanted = false;
    for (size_t i = 0; i < poolings_count(e->o.pooling); i++) {
        wanted |= poolings_at(e->o.pooling, i) == BERT_POOLING_POOLER;
    }
    if (!wanted) return BERT_OK;
    if (!e->s->model->embedding.has_pooler) {
        return fail(err, BERT_INVALID, "this model has no pooler; use cls, mean or max");
    }
    const size_t layer = session_layer(e->s, e->o.layers[0]);
    if (e->poolings > 1 && (e->o.n_layers != 1 || layer != e->s->model->config.L)) {
        return fail(err, BERT_INVALID,
                    "the pooler is of the last layer: beside other poolings take that one alone");
    }
    return BERT_OK;
}

// What becomes of a sentence: the model's own way, or the pooling that was named.
static bert_status check_pooling(struct embed *e, bert_error *err)
{
    const bert_model *m = e->s->model;
    if (e->o.pooling == BERT_POOLING_MODEL && m->sentence_config.unsupported[0]) {
        return fail(err, BERT_UNSUPPORTED,
                    "this model embeds sentences with %s, which is not supported; name a pooling "
                    "to embed without it",
                    m->sentence_config.unsupported);
    }
    e->modules = e->o.pooling == BERT_POOLING_MODEL && m->sentence.n;
    e->cols = reduced_cols(m, &e->o);
    e->normalize = e->o.normalize < 0 ? !e->modules && m->embedding.normalize : e->o.normalize;
    if (e->o.pooling == BERT_POOLING_MODEL) e->o.pooling = m->embedding.pooling;
    e->poolings = poolings_count(e->o.pooling);
    if (e->modules && e->cols != m->sentence.in) {
        return fail(err, BERT_INVALID,
                    "the model's modules take %zu numbers, these layers give %zu: name a pooling, "
                    "or mix the layers",
                    m->sentence.in, e->cols);
    }
    return check_pooler(e, err);
}

// The columns that are kept: must be there.
static bert_status check_dims(struct embed *e, size_t cols, bert_error *err)
{
    if (e->o.dims > cols) {
        return fail(err, BERT_INVALID, "vectors of %zu numbers have no first %zu", cols, e->o.dims);
    }
    e->cut = e->o.dims && e->o.dims < cols;
    if (e->cut && e->o.normalize > 0) e->normalize = false; // cut_rows does that
    return BERT_OK;
}

static bert_status check_lengths(const struct embed *e, bert_error *err)
{
    for (size_t i = 0; i < e->batch->S; i++) {
        const size_t n = e->batch->offs[i + 1] - e->batch->offs[i];
        if (n > e->s->capacity) {
            return fail(err, BERT_CAPACITY, "a text of %zu tokens; the session holds %zu", n,
                        e->s->capacity);
        }
    }
    return BERT_OK;
}

bert_status bert_embed(bert_session *s, const bert_batch *batch,
                       const struct bert_embed_options *options, float *out, bert_error *err)
{
    struct embed e = {.s = s, .batch = batch, .o = with_defaults(options), .out = out};
    const size_t cols = whole_cols(s->model, &e.o);
    if (batch->model != s->model) return fail(err, BERT_INVALID, "the batch is of another model");
    TRY(session_highest(s, e.o.layers, e.o.n_layers, &e.last, err));
    e.poolings = 1;
    e.cols = reduced_cols(s->model, &e.o);
    e.normalize = e.o.normalize > 0;
    if (e.o.level == BERT_LEVEL_SENTENCE) TRY(check_pooling(&e, err));
    if (e.o.mix == BERT_MIX_WEIGHTS && !e.o.weights) {
        return fail(err, BERT_INVALID, "a weighted mix of layers without weights");
    }
    TRY(check_dims(&e, cols, err));
    if (uses_pooler(&e.o)) e.last = s->model->config.L;
    TRY(check_lengths(&e, err));
    for (size_t first = 0; first < batch->S;) {
        const size_t end = run_end(&e, first);
        TRY(embed_run(&e, first, end, err));
        first = end;
    }
    return BERT_OK;
}
