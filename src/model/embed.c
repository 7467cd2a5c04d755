// embed.c: bert_embed: rows of sentences, words or tokens from chosen layers of a batch of any
// size.
//
// The batch is taken in runs of whole sequences (schedule.h). For a run the ranges of token rows
// that make an output row are listed once; as the encoder reaches a wanted layer, the layer is
// reduced over those ranges into its columns (concat), or first mixed with the others at the tokens
// (sum, mean, max), which is what mixing means for a reduction that is not linear. Where texts have
// windows, runs end with the reduction; then the windows are joined, and the rest follows.
#include <string.h>

#include "base/mem.h"
#include "model/session.h"
#include "model/window.h"
#include "nn/heads/pooler.h"

// Joined rows that the model's modules take at a time.
enum { JOINED_ROWS = 64 };

struct embed {
    bert_session *s;
    const bert_batch *batch;
    struct bert_embed_options o; // n_layers >= 1, pooling none of MODEL
    bool modules;                // the model's own modules follow the pooling
    bool normalize;              // before the columns are cut
    bool cut;          // to o.dims columns, and then divided by the length if o.normalize is 1
    bool joins;        // the windows of a text become one row
    size_t poolings;   // how many; 1 when no sentences are wanted
    size_t last;       // the highest layer that is wanted
    size_t cols;       // of the rows that are reduced
    size_t whole_cols; // of what the modules make of them
    float *out;        // [rows of the batch, whole_cols or o.dims]
};

// Of one run.
struct part {
    const struct embed *e;
    struct pass *pass;
    struct seqs seqs;
    size_t rows;
    size_t mixed;   // layers mixed so far
    float *reduced; // [rows, cols]
    float *whole;   // [rows, whole_cols]: out, or the pass's when they are cut
    float *out;
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

static size_t sequence_rows(const bert_batch *batch, size_t i, bert_level level)
{
    size_t n = 0, token;
    struct bert_word word;
    if (level == BERT_LEVEL_SENTENCE) return 1;
    if (level == BERT_LEVEL_TOKEN) {
        for (size_t at = 0; bert_batch_token(batch, i, &at, &token);) n++;
        return n;
    }
    for (size_t at = 0; bert_batch_word(batch, i, &at, &word);) n++;
    return n;
}

size_t bert_embed_rows(const bert_batch *batch, const struct bert_embed_options *options)
{
    const struct bert_embed_options o = with_defaults(options);
    size_t n = 0;
    if (o.level == BERT_LEVEL_SENTENCE && o.windows == BERT_WINDOWS_POOLED) return batch->n_items;
    for (size_t i = 0; i < batch->S; i++) n += sequence_rows(batch, i, o.level);
    return n;
}

// ---------------------------------------------------------------------------------- rows of a run

static size_t list_words(const struct part *p, const struct run *run)
{
    size_t n = 0;
    for (size_t i = run->first; i < run->end; i++) {
        const uint32_t start = p->seqs.offs[i - run->first];
        struct bert_word word;
        for (size_t at = 0; bert_batch_word(p->e->batch, i, &at, &word);) {
            const uint32_t row = start + (uint32_t)word.first;
            p->pass->ranges[n++] = (struct rows){row, row + (uint32_t)word.n, 0};
        }
    }
    return n;
}

static size_t list_tokens(const struct part *p, const struct run *run)
{
    size_t n = 0, token;
    for (size_t i = run->first; i < run->end; i++) {
        for (size_t at = 0; bert_batch_token(p->e->batch, i, &at, &token);) {
            const uint32_t row = p->seqs.offs[i - run->first] + (uint32_t)token;
            p->pass->ranges[n++] = (struct rows){row, row + 1, 0};
        }
    }
    return n;
}

// Which token rows make each output row.
static size_t list_rows(const struct part *p, const struct run *run)
{
    struct rows *ranges = p->pass->ranges;
    if (p->e->o.level == BERT_LEVEL_WORD) return list_words(p, run);
    if (p->e->o.level == BERT_LEVEL_TOKEN) return list_tokens(p, run);
    for (size_t i = 0; i < p->seqs.S; i++) {
        const uint32_t skip = p->e->batch->skip[run->first + i];
        ranges[i] = (struct rows){p->seqs.offs[i] + skip, p->seqs.offs[i + 1], skip};
    }
    return p->seqs.S;
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

// ---------------------------------------------------------------------------- layers as they come

// tanh(W h[CLS] + b) of each range into the columns from `column`.
static void reduce_by_pooler(const struct part *p, const float *x, size_t column)
{
    const struct encoder encoder = model_encoder(p->pass->model);
    const struct device *d = encoder.device;
    const size_t H = encoder.config->H;
    float *y = p->pass->pooled[2];
    float *first = p->pass->pooled[1];
    d->reduce_rows(p->pass->stream, first, H, x, p->pass->ranges, p->rows, H, REDUCE_FIRST);
    pooler_forward(&encoder, p->pass->stream, first, p->rows, y);
    for (size_t i = 0; i < p->rows; i++) {
        d->download(p->pass->stream, p->reduced + i * p->e->cols + column, y + i * H, H);
    }
}

static void reduce_into(const struct part *p, const float *x, size_t column)
{
    const struct embed *e = p->e;
    const size_t H = e->s->model->config.H;
    for (size_t i = 0; i < e->poolings; i++, column += H) {
        const bool sentence = e->o.level == BERT_LEVEL_SENTENCE;
        if (sentence && poolings_at(e->o.pooling, i) == BERT_POOLING_POOLER) {
            reduce_by_pooler(p, x, column);
            continue;
        }
        e->s->model->device->reduce_rows(p->pass->stream, p->reduced + column, e->cols, x,
                                         p->pass->ranges, p->rows, H, reduction(&e->o, i));
    }
}

// Mixes the i-th of the wanted layers with those before it.
static void mix_layer(struct part *p, size_t i, const float *x)
{
    const struct bert_embed_options *o = &p->e->o;
    const struct device *d = p->pass->model->device;
    const size_t n = p->seqs.T * p->pass->model->config.H;
    const enum combine how = p->mixed == 0            ? COMBINE_COPY
                             : o->mix == BERT_MIX_MAX ? COMBINE_MAX
                                                      : COMBINE_ADD;
    const bool weighted = o->mix == BERT_MIX_WEIGHTS;
    d->combine(p->pass->stream, p->pass->mixed, x, n, weighted ? o->weights[i] : 1.0f, how);
    if (++p->mixed < o->n_layers) return;
    if (o->mix == BERT_MIX_MEAN) {
        d->scale(p->pass->stream, p->pass->mixed, 1.0f / (float)o->n_layers, n);
    }
    reduce_into(p, p->pass->mixed, 0);
}

static void take_layer(void *arg, size_t layer, const float *x)
{
    struct part *p = arg;
    const struct embed *e = p->e;
    if (uses_pooler(&e->o)) {
        if (layer == e->last) reduce_into(p, x, 0);
        return;
    }
    for (size_t i = 0; i < e->o.n_layers; i++) {
        if (session_layer(e->s, e->o.layers[i]) != layer) continue;
        if (e->o.mix == BERT_MIX_CONCAT) reduce_into(p, x, i * e->poolings * e->s->model->config.H);
        else mix_layer(p, i, x);
    }
}

// ---------------------------------------------------------------------------------------- the call

// Runs the model's modules over the reduced rows.
static void run_modules(const struct part *p)
{
    const bert_model *m = p->pass->model;
    float *const *room = p->pass->pooled;
    const float *y = sentence_forward(&m->sentence, m->device, p->pass->stream, room[0], room[1],
                                      room[2], p->rows, p->e->o.normalize != 0);
    m->device->download(p->pass->stream, p->whole, y, p->rows * m->sentence.out);
}

// The first columns of the whole rows into out.
static void cut_rows(const struct part *p)
{
    const size_t dims = p->e->o.dims;
    for (size_t i = 0; i < p->rows; i++) {
        memcpy(p->out + i * dims, p->whole + i * p->e->whole_cols, dims * sizeof *p->out);
    }
    if (p->e->o.normalize > 0) {
        p->pass->model->device->normalize(p->pass->stream, p->out, p->rows, dims);
    }
}

// Where the rows go that begin with the row `first` of the output.
static void place_rows(struct part *p, size_t first)
{
    const struct embed *e = p->e;
    p->out = e->out + first * (e->cut ? e->o.dims : e->whole_cols);
    p->whole = e->cut ? p->pass->uncut : p->out;
    p->reduced = e->modules ? p->pass->pooled[0] : p->whole;
}

// From the reduced rows to the output.
static void finish_rows(const struct part *p)
{
    const struct embed *e = p->e;
    const struct device *d = p->pass->model->device;
    if (e->modules) run_modules(p);
    if (e->normalize) d->normalize(p->pass->stream, p->whole, p->rows, e->whole_cols);
    if (e->cut) cut_rows(p);
}

static void embed_run(void *arg, struct pass *pass, const struct run *run)
{
    const struct embed *e = arg;
    struct part p = {.e = e, .pass = pass};
    p.seqs = batch_seqs(e->batch, run->first, run->end, pass->offs);
    p.rows = list_rows(&p, run);
    if (e->joins) p.reduced = e->s->windows + run->first * e->cols;
    else place_rows(&p, e->s->first_rows[run->first]);
    pass_forward(pass, &p.seqs, e->last, (struct layer_sink){take_layer, &p});
    if (!e->joins) finish_rows(&p);
}

static void join_windows(const struct embed *e)
{
    const size_t items = e->batch->n_items;
    struct part p = {.e = e, .pass = &e->s->all};
    for (size_t first = 0; first < items; first += p.rows) {
        p.rows = items - first < JOINED_ROWS ? items - first : JOINED_ROWS;
        if (p.rows > e->s->capacity) p.rows = e->s->capacity;
        place_rows(&p, first);
        for (size_t i = 0; i < p.rows; i++) {
            window_join(e->batch, first + i, p.pass->stream, e->s->windows, e->cols,
                        p.reduced + i * e->cols);
        }
        finish_rows(&p);
    }
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
static bert_status check_dims(struct embed *e, bert_error *err)
{
    if (e->o.dims > e->whole_cols) {
        return fail(err, BERT_INVALID, "vectors of %zu numbers have no first %zu", e->whole_cols,
                    e->o.dims);
    }
    e->cut = e->o.dims && e->o.dims < e->whole_cols;
    if (e->cut && e->o.normalize > 0) e->normalize = false; // cut_rows does that
    return BERT_OK;
}

// Output rows before each sequence, and before the end.
static bert_status count_rows(const struct embed *e, bert_error *err)
{
    bert_session *s = e->s;
    const size_t S = e->batch->S;
    if (!mem_grow((void **)&s->first_rows, &s->cap_rows, S + 1, sizeof *s->first_rows)) {
        return fail_memory(err);
    }
    s->first_rows[0] = 0;
    for (size_t i = 0; i < S; i++) {
        s->first_rows[i + 1] = s->first_rows[i] + sequence_rows(e->batch, i, e->o.level);
    }
    return BERT_OK;
}

static bert_status reserve_windows(const struct embed *e, bert_error *err)
{
    bert_session *s = e->s;
    size_t n;
    if (!size_mul(e->batch->S, e->cols, &n) ||
        !mem_grow((void **)&s->windows, &s->cap_windows, n, sizeof *s->windows)) {
        return fail_memory(err);
    }
    return BERT_OK;
}

// Room for the longest run's rows before they are cut, in every pass that may make it.
static bert_status reserve_uncut(const struct embed *e, const struct schedule *schedule,
                                 bert_error *err)
{
    size_t most = e->joins ? JOINED_ROWS : 0;
    for (size_t i = 0; i < schedule->n; i++) {
        const struct run *run = &schedule->runs[i];
        const size_t rows = e->s->first_rows[run->end] - e->s->first_rows[run->first];
        if (rows > most) most = rows;
    }
    for (int i = -1; i < bert_session_threads(e->s); i++) {
        struct pass *p = i < 0 ? &e->s->all : &e->s->each[i];
        if (!mem_grow((void **)&p->uncut, &p->cap_uncut, most * e->whole_cols, sizeof *p->uncut)) {
            return fail_memory(err);
        }
    }
    return BERT_OK;
}

bert_status bert_embed(bert_session *s, const bert_batch *batch,
                       const struct bert_embed_options *options, float *out, bert_error *err)
{
    struct embed e = {.s = s, .batch = batch, .o = with_defaults(options), .out = out};
    struct schedule schedule;
    if (batch->model != s->model) return fail(err, BERT_INVALID, "the batch is of another model");
    TRY(session_highest(s, e.o.layers, e.o.n_layers, &e.last, err));
    e.poolings = 1;
    e.cols = reduced_cols(s->model, &e.o);
    e.whole_cols = whole_cols(s->model, &e.o);
    e.normalize = e.o.normalize > 0;
    if (e.o.level == BERT_LEVEL_SENTENCE) TRY(check_pooling(&e, err));
    e.joins = e.o.level == BERT_LEVEL_SENTENCE && e.o.windows == BERT_WINDOWS_POOLED &&
              batch->S != batch->n_items;
    if (e.o.mix == BERT_MIX_WEIGHTS && !e.o.weights) {
        return fail(err, BERT_INVALID, "a weighted mix of layers without weights");
    }
    TRY(check_dims(&e, err));
    if (uses_pooler(&e.o)) e.last = s->model->config.L;
    TRY(session_schedule(s, batch, &schedule, err));
    TRY(count_rows(&e, err));
    if (e.joins) TRY(reserve_windows(&e, err));
    if (e.cut) TRY(reserve_uncut(&e, &schedule, err));
    session_run(s, &schedule, embed_run, &e);
    if (e.joins) join_windows(&e);
    return BERT_OK;
}
