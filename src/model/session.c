// session.c: reserving all that a pass needs, once; and bert_encode.
#include "model/session.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"

// Tokens of a pass unless the caller says: large enough that weights are read from memory seldom,
// small enough that a base model's activations (10 KiB × 3 a token) stay in a few tens of MiB.
enum { TOKENS_STANDARD = 1024 };

static void layout(struct arena *a, bert_session *s)
{
    const struct config *c = &s->model->config;
    s->layers = arena_take(a, c->L, sizeof *s->layers);
    s->mixed = arena_take(a, s->capacity * c->H, sizeof *s->mixed);
    const size_t widest = s->model->sentence.widest > c->H ? s->model->sentence.widest : c->H;
    for (size_t i = 0; i < 3; i++) {
        s->pooled[i] = arena_take(a, s->capacity * widest, sizeof *s->pooled[i]);
    }
    s->ranges = arena_take(a, s->capacity, sizeof *s->ranges);
    s->offs = arena_take(a, s->capacity + 1, sizeof *s->offs);
    s->scores = arena_take(a, NEAREST_BLOCK, sizeof *s->scores);
}

static bert_status reserve(bert_session *s, int threads, bert_error *err)
{
    const struct config *c = &s->model->config;
    struct arena plan = {0};
    struct layer_acts *layers = mem_zero(c->L, sizeof *layers);
    if (!layers) return fail_memory(err);
    layout(&plan, s);
    acts_layout(&s->acts, &plan, layers, c, s->capacity, false);
    mem_free(layers);
    s->memory = plan.overflow ? NULL : mem_huge(plan.used, 1);
    if (!s->memory) {
        return fail(err, BERT_MEMORY, "no memory for a session of %zu tokens", s->capacity);
    }
    struct arena real = {.base = s->memory, .size = plan.used};
    layout(&real, s);
    acts_layout(&s->acts, &real, s->layers, c, s->capacity, false);
    struct stream_limits limits = encoder_limits(c, s->capacity, s->model->weights.dtype);
    if (limits.widest < s->model->sentence.widest) limits.widest = s->model->sentence.widest;
    s->stream = s->model->device->stream_new(threads, limits, err);
    return s->stream ? BERT_OK : BERT_MEMORY;
}

bert_session *bert_session_new(const bert_model *model, const struct bert_session_options *options,
                               bert_error *err)
{
    struct bert_session_options o = BERT_SESSION_DEFAULTS;
    if (options) memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    const size_t longest = model->config.P;
    if (o.threads < 0 || o.threads > 1024 || o.tokens > UINT32_MAX / 2) {
        fail(err, BERT_INVALID, "a session of %zu tokens and %d threads", o.tokens, o.threads);
        return NULL;
    }
    bert_session *s = mem_zero(1, sizeof *s);
    if (!s) {
        fail_memory(err);
        return NULL;
    }
    s->model = model;
    s->capacity = o.tokens ? o.tokens : longest > TOKENS_STANDARD ? longest : TOKENS_STANDARD;
    if (reserve(s, o.threads ? o.threads : os_threads(), err)) {
        bert_session_free(s);
        return NULL;
    }
    return s;
}

void bert_session_free(bert_session *s)
{
    if (!s) return;
    if (s->stream) s->model->device->stream_free(s->stream);
    mem_free(s->memory);
    mem_free(s->whole);
    mem_free(s);
}

size_t bert_session_tokens(const bert_session *s)
{
    return s->capacity;
}

int bert_session_threads(const bert_session *s)
{
    return s->model->device->stream_threads(s->stream);
}

size_t session_layer(const bert_session *s, int layer)
{
    const long L = (long)s->model->config.L, number = layer < 0 ? layer + L + 1 : layer;
    return number < 0 ? SIZE_MAX : (size_t)number;
}

bert_status session_highest(const bert_session *s, const int *layers, size_t n, size_t *highest,
                            bert_error *err)
{
    const size_t L = s->model->config.L;
    *highest = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t layer = session_layer(s, layers[i]);
        if (layer > L) {
            return fail(err, BERT_INVALID,
                        "layer %d: the model has layers 0 to %zu (-1 is the last)", layers[i], L);
        }
        if (layer > *highest) *highest = layer;
    }
    return BERT_OK;
}

// ----------------------------------------------------------------------------------------- encode

struct encode {
    bert_session *s;
    const int *layers;
    size_t n_layers, T;
    float *out;
};

static void keep_layer(void *arg, size_t layer, const float *x)
{
    const struct encode *e = arg;
    const size_t count = e->T * e->s->model->config.H;
    for (size_t i = 0; i < e->n_layers; i++) {
        if (session_layer(e->s, e->layers[i]) != layer) continue;
        e->s->model->device->download(e->s->stream, e->out + i * count, x, count);
    }
}

bert_status bert_encode(bert_session *s, const bert_batch *batch, const int *layers,
                        size_t n_layers, float *out, bert_error *err)
{
    size_t last;
    TRY(session_highest(s, layers, n_layers, &last, err));
    if (batch->model != s->model) return fail(err, BERT_INVALID, "the batch is of another model");
    if (batch->T == 0) return fail(err, BERT_INVALID, "an empty batch");
    if (batch->T > s->capacity) {
        return fail(err, BERT_CAPACITY, "a batch of %zu tokens; the session holds %zu", batch->T,
                    s->capacity);
    }
    struct encode e = {s, layers, n_layers, batch->T, out};
    const struct encoder encoder = model_encoder(s->model);
    const struct seqs seqs = batch_seqs(batch, 0, batch->S, s->offs);
    encoder_forward(&encoder, s->stream, &seqs, &s->acts, last,
                    (struct layer_sink){keep_layer, &e});
    return BERT_OK;
}
