// encode.c: bert_encode: hidden states as the encoder makes them.
#include "model/session.h"

struct encode {
    bert_session *s;
    const bert_batch *batch;
    const int *layers;
    size_t n_layers, last;
    float *out; // [n_layers, T, H]
};

// Of one run.
struct states {
    const struct encode *e;
    const struct pass *pass;
    struct seqs seqs;
    size_t first; // token of the batch
};

static void keep_layer(void *arg, size_t layer, const float *x)
{
    const struct states *r = arg;
    const struct encode *e = r->e;
    const size_t H = e->s->model->config.H;
    for (size_t i = 0; i < e->n_layers; i++) {
        if (session_layer(e->s, e->layers[i]) != layer) continue;
        e->s->model->device->download(r->pass->stream, e->out + (i * e->batch->T + r->first) * H, x,
                                      r->seqs.T * H);
    }
}

static void encode_run(void *arg, struct pass *pass, const struct run *run)
{
    const struct encode *e = arg;
    struct states states = {e, pass, batch_seqs(e->batch, run->first, run->end, pass->offs),
                            e->batch->offs[run->first]};
    pass_forward(pass, &states.seqs, e->last, (struct layer_sink){keep_layer, &states});
}

bert_status bert_encode(bert_session *s, const bert_batch *batch, const int *layers,
                        size_t n_layers, float *out, bert_error *err)
{
    struct encode e = {s, batch, layers, n_layers, 0, out};
    struct schedule schedule;
    TRY(session_highest(s, layers, n_layers, &e.last, err));
    if (batch->model != s->model) return fail(err, BERT_INVALID, "the batch is of another model");
    if (batch->T == 0) return fail(err, BERT_INVALID, "an empty batch");
    if (batch->T > s->capacity) {
        return fail(err, BERT_CAPACITY, "a batch of %zu tokens; the session holds %zu", batch->T,
                    s->capacity);
    }
    TRY(session_schedule(s, batch, &schedule, err));
    session_run(s, &schedule, encode_run, &e);
    return BERT_OK;
}
