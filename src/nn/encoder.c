// encoder.c: embeddings and layers, in the order of the paper.
//
//   x      = LayerNorm(word + type + position)
//   layer:   a = LayerNorm(x + W_o attention(W_q x, W_k x, W_v x) + b_o)
//            y = LayerNorm(a + W_2 act(W_1 a + b_1) + b_2)
//
// The biases of W_o and W_2 are added where the residual is: (W x + b) + residual, as both
// references add them.
#include "nn/encoder.h"

struct stream_limits encoder_limits(const struct config *c, size_t tokens, bert_dtype dtype)
{
    return (struct stream_limits){.tokens = tokens,
                                  .longest = c->P < tokens ? c->P : tokens,
                                  .head_dim = c->D,
                                  .widest = c->F > c->H ? c->F : c->H,
                                  .dtype = dtype};
}

// A pass. All but attention treats every token on its own: between two attentions a part of the
// tokens goes through everything in one go.
struct forward {
    const struct encoder *e;
    const struct seqs *seqs;
    struct acts *acts;
    size_t last;  // layer
    size_t layer; // that the next step is about
};

static float *row(float *p, size_t i, size_t width)
{
    return p ? p + i * width : NULL;
}

// The slots of a layer from token t on; lse, which attention fills, as it is.
static struct layer_acts acts_from(const struct layer_acts *a, const struct config *c, size_t t)
{
    return (struct layer_acts){.qkv = row(a->qkv, t, 3 * c->H),
                               .lse = a->lse,
                               .context = row(a->context, t, c->H),
                               .attention_sum = row(a->attention_sum, t, c->H),
                               .attention_mean = row(a->attention_mean, t, 1),
                               .attention_rstd = row(a->attention_rstd, t, 1),
                               .attention = row(a->attention, t, c->H),
                               .pre = row(a->pre, t, c->F),
                               .intermediate = row(a->intermediate, t, a->ldi),
                               .ldi = a->ldi,
                               .output_sum = row(a->output_sum, t, c->H),
                               .output_mean = row(a->output_mean, t, 1),
                               .output_rstd = row(a->output_rstd, t, 1),
                               .output = row(a->output, t, c->H)};
}

// The hidden states that a layer begins with.
static float *layer_input(const struct forward *f, size_t layer)
{
    return layer ? f->acts->layers[layer - 1].output : f->acts->embedding;
}

static void embedding_forward(const struct forward *f, struct stream *s, size_t t, size_t n)
{
    const struct encoder *e = f->e;
    const struct params *p = e->params;
    const struct config *c = e->config;
    const struct acts *a = f->acts;
    float *y = row(a->embedding, t, c->H);
    float *sum = a->embedding_sum ? row(a->embedding_sum, t, c->H) : y;
    e->device->embed(s, sum, &p->word_embeddings, &p->type_embeddings, &p->position_embeddings,
                     f->seqs->ids + t, f->seqs->types + t, f->seqs->pos + t, n, c->H);
    e->device->layernorm(s, y, sum, NULL, NULL, p->embedding_gamma, p->embedding_beta, c->eps, NULL,
                         row(a->embedding_mean, t, 1), row(a->embedding_rstd, t, 1), n, c->H);
}

static void qkv_forward(const struct forward *f, struct stream *s, size_t layer, size_t t, size_t n)
{
    const size_t H = f->e->config->H;
    const struct layer_weights *w = &f->e->weights->layers[layer];
    f->e->device->linear(s, row(f->acts->layers[layer].qkv, t, 3 * H), 3 * H,
                         row(layer_input(f, layer), t, H), H, &w->qkv, w->qkv_bias, ACT_linear,
                         NULL, n);
}

// a->attention = LayerNorm(x + projection of the attention's context)
static void projection_forward(const struct forward *f, struct stream *s, const float *x,
                               const struct layer_acts *a, size_t n)
{
    const struct device *d = f->e->device;
    const struct config *c = f->e->config;
    const struct layer_params *p = &f->e->params->layers[f->layer];
    const struct layer_weights *w = &f->e->weights->layers[f->layer];
    d->linear(s, a->attention, c->H, a->context, c->H, &w->attention_output, NULL, ACT_linear, NULL,
              n);
    d->layernorm(s, a->attention, a->attention, p->attention_output_bias, x, p->attention_gamma,
                 p->attention_beta, c->eps, a->attention_sum, a->attention_mean, a->attention_rstd,
                 n, c->H);
}

// a->output = LayerNorm(a->attention + feed-forward of it)
static void feed_forward(const struct forward *f, struct stream *s, const struct layer_acts *a,
                         size_t n)
{
    const struct device *d = f->e->device;
    const struct config *c = f->e->config;
    const struct layer_params *p = &f->e->params->layers[f->layer];
    const struct layer_weights *w = &f->e->weights->layers[f->layer];
    d->linear(s, a->intermediate, a->ldi, a->attention, c->H, &w->intermediate,
              p->intermediate_bias, c->act, a->pre, n);
    d->linear(s, a->output, c->H, a->intermediate, a->ldi, &w->output, NULL, ACT_linear, NULL, n);
    d->layernorm(s, a->output, a->output, p->output_bias, a->attention, p->output_gamma,
                 p->output_beta, c->eps, a->output_sum, a->output_mean, a->output_rstd, n, c->H);
}

// Up to the first attention, for n tokens from t on.
static void begin_rows(void *arg, struct stream *s, size_t t, size_t n)
{
    const struct forward *f = arg;
    embedding_forward(f, s, t, n);
    if (f->last) qkv_forward(f, s, 0, t, n);
}

// From a layer's attention to the next one's.
static void layer_rows(void *arg, struct stream *s, size_t t, size_t n)
{
    const struct forward *f = arg;
    const struct config *c = f->e->config;
    const struct layer_acts a = acts_from(&f->acts->layers[f->layer], c, t);
    projection_forward(f, s, row(layer_input(f, f->layer), t, c->H), &a, n);
    feed_forward(f, s, &a, n);
    if (f->layer + 1 < f->last) qkv_forward(f, s, f->layer + 1, t, n);
}

void encoder_forward(const struct encoder *e, struct stream *s, const struct seqs *seqs,
                     struct acts *acts, size_t last, struct layer_sink sink)
{
    const struct device *d = e->device;
    const struct config *c = e->config;
    struct forward f = {e, seqs, acts, last, 0};
    d->by_rows(s, seqs->T, begin_rows, &f);
    sink.fn(sink.arg, 0, acts->embedding);
    for (; f.layer < last; f.layer++) {
        const struct layer_acts *a = &acts->layers[f.layer];
        d->attention(s, a->context, a->qkv, seqs->offs, seqs->S, c->A, c->D, a->lse);
        d->by_rows(s, seqs->T, layer_rows, &f);
        sink.fn(sink.arg, f.layer + 1, a->output);
    }
}
