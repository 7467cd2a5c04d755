// session.c: reserving all that passes need, once, and running batches on them.
#include "model/session.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"

// Tokens of a pass unless the caller says: large enough that weights are read from memory seldom,
// small enough that a base model's activations (10 KiB × 3 a token) stay in a few tens of MiB.
enum { TOKENS_STANDARD = 1024 };

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bert_status reserve(bert_session *s, int threads, bert_error *err)
{
    const bert_model *m = s->model;
    TRY(pass_init(&s->all, m, s->capacity, threads, err));
    s->scores = mem_alloc(NEAREST_BLOCK, sizeof *s->scores);
    s->each = mem_zero((size_t)threads, sizeof *s->each);
    if (!s->scores || !s->each) return fail_memory(err);
    const size_t tokens = smaller(larger(m->config.P, RUN_TOKENS), s->capacity);
    for (int i = 0; i < threads; i++) TRY(pass_init(&s->each[i], m, tokens, 1, err));
    return BERT_OK;
}

bert_session *bert_session_new(const bert_model *model, const struct bert_session_options *options,
                               bert_error *err)
{
    struct bert_session_options o = BERT_SESSION_DEFAULTS;
    if (options) memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
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
    s->capacity = o.tokens ? o.tokens : larger(model->config.P, TOKENS_STANDARD);
    if (reserve(s, o.threads ? o.threads : os_threads(), err)) {
        bert_session_free(s);
        return NULL;
    }
    return s;
}

void bert_session_free(bert_session *s)
{
    if (!s) return;
    for (int i = 0; s->each && i < bert_session_threads(s); i++) pass_free(&s->each[i]);
    pass_free(&s->all);
    mem_free(s->each);
    mem_free(s->runs);
    mem_free(s->first_rows);
    mem_free(s->windows);
    mem_free(s->scores);
    mem_free(s);
}

size_t bert_session_tokens(const bert_session *s)
{
    return s->capacity;
}

int bert_session_threads(const bert_session *s)
{
    return s->model->device->stream_threads(s->all.stream);
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

// ------------------------------------------------------------------------------ running a batch

bert_status session_schedule(bert_session *s, const bert_batch *batch, struct schedule *schedule,
                             bert_error *err)
{
    for (size_t i = 0; i < batch->S; i++) {
        const size_t n = batch->offs[i + 1] - batch->offs[i];
        if (n > s->capacity) {
            return fail(err, BERT_CAPACITY, "a text of %zu tokens; the session holds %zu", n,
                        s->capacity);
        }
    }
    if (!mem_grow((void **)&s->runs, &s->cap_runs, batch->S, sizeof *s->runs)) {
        return fail_memory(err);
    }
    *schedule = schedule_batch(s->runs, &s->model->config, batch->offs, batch->S, s->capacity,
                               bert_session_threads(s));
    return BERT_OK;
}

struct runs_job {
    bert_session *s;
    const struct run *runs;
    session_fn *fn;
    void *arg;
};

static void run_alone(void *arg, size_t i, int worker)
{
    const struct runs_job *job = arg;
    job->fn(job->arg, &job->s->each[worker], &job->runs[i]);
}

void session_run(bert_session *s, const struct schedule *schedule, session_fn *fn, void *arg)
{
    struct runs_job job = {s, schedule->runs + schedule->together, fn, arg};
    for (size_t i = 0; i < schedule->together; i++) fn(arg, &s->all, &schedule->runs[i]);
    s->model->device->parallel(s->all.stream, schedule->n - schedule->together, run_alone, &job);
}
