// embedder.c: a model, a session and a batch that work together.
#include "embedder.h"

#include <string.h>

#include "base/mem.h"
#include "cli.h"

bool embedder_open(struct embedder *e, const struct options *o)
{
    bert_error err;
    *e = (struct embedder){.o = o};
    e->embed = (struct bert_embed_options)BERT_EMBED_DEFAULTS;
    e->embed.pooling = (bert_pooling)o->pooling;
    e->embed.normalize = o->normalize;
    e->embed.dims = o->dims;
    e->tokenize = cli_tokenize_options(o);
    e->model = cli_model(o);
    if (!e->model) return false;
    e->metric = o->metric < 0 ? bert_model_embedding(e->model)->similarity : (bert_metric)o->metric;
    e->session = cli_session(o, e->model);
    if (!e->session) return false;
    e->batch = bert_batch_new(e->model, &err);
    if (!e->batch) return say_error("%s", err.message), false;
    e->cols = bert_embed_cols(e->model, &e->embed);
    return true;
}

void embedder_close(struct embedder *e)
{
    bert_batch_free(e->batch);
    bert_session_free(e->session);
    bert_model_free(e->model);
    mem_free(e->rows);
}

size_t embedder_queued(const struct embedder *e)
{
    return bert_batch_sequences(e->batch);
}

bool embedder_full(const struct embedder *e)
{
    return bert_batch_tokens(e->batch) >= bert_session_tokens(e->session);
}

bool embedder_add(struct embedder *e, struct bert_text text, const char *what, size_t number)
{
    const size_t n = embedder_queued(e);
    bert_error err;
    if (bert_batch_add_sentence(e->batch, (struct bert_text){0}, text, &e->tokenize, &err)) {
        say_error("%s %zu: %s", what, number, err.message);
        return false;
    }
    const size_t truncated = bert_batch_pieces(e->batch, n).truncated;
    if (truncated && e->o->on_long && strcmp(e->o->on_long, "error") == 0) {
        say_error("%s %zu: %zu tokens too long (--on-long error)", what, number, truncated);
        return false;
    }
    e->cut += truncated > 0;
    e->lost += truncated;
    return true;
}

const float *embedder_run(struct embedder *e)
{
    const size_t n = embedder_queued(e);
    bert_error err;
    if (!mem_grow((void **)&e->rows, &e->cap, n * e->cols + 1, sizeof *e->rows)) {
        say_error("no memory for %zu vectors of %zu numbers", n, e->cols);
        return NULL;
    }
    if (bert_embed(e->session, e->batch, &e->embed, e->rows, &err)) {
        say_error("%s", err.message);
        return NULL;
    }
    e->done += n;
    bert_batch_clear(e->batch);
    return e->rows;
}

void embedder_warn(const struct embedder *e)
{
    if (!e->cut) return;
    say_warning(e->o, "%zu of %zu texts were longer than the model takes: %zu tokens dropped",
                e->cut, e->done, e->lost);
}
