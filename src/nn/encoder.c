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

static void embedding_forward(const struct encoder *e, struct stream *s, const struct seqs *seqs,
                              struct acts *a)
{
    const struct params *p = e->params;
    const struct config *c = e->config;
    float *sum = a->embedding_sum ? a->embedding_sum : a->embedding;
    e->device->embed(s, sum, &p->word_embeddings, &p->type_embeddings, &p->position_embeddings,
                     seqs->ids, seqs->types, seqs->pos, seqs->T, c->H);
    e->device->layernorm(s, a->embedding, sum, NULL, NULL, p->embedding_gamma, p->embedding_beta,
                         c->eps, NULL, a->embedding_mean, a->embedding_rstd, seqs->T, c->H);
}

// a->attention = LayerNorm(x + projection of the attention's context)
static void attention_forward(const struct encoder *e, struct stream *s, const struct seqs *seqs,
                              size_t layer, const float *x, struct layer_acts *a)
{
    const struct device *d = e->device;
    const struct config *c = e->config;
    const struct layer_params *p = &e->params->layers[layer];
    const struct layer_weights *w = &e->weights->layers[layer];
    d->linear(s, a->qkv, 3 * c->H, x, c->H, &w->qkv, w->qkv_bias, ACT_linear, NULL, seqs->T);
    d->attention(s, a->context, a->qkv, seqs->offs, seqs->S, c->A, c->D, a->lse);
    d->linear(s, a->attention, c->H, a->context, c->H, &w->attention_output, NULL, ACT_linear, NULL,
              seqs->T);
    d->layernorm(s, a->attention, a->attention, p->attention_output_bias, x, p->attention_gamma,
                 p->attention_beta, c->eps, a->attention_sum, a->attention_mean, a->attention_rstd,
                 seqs->T, c->H);
}

// a->output = LayerNorm(a->attention + feed-forward of it)
static void feed_forward(const struct encoder *e, struct stream *s, const struct seqs *seqs,
                         size_t layer, struct layer_acts *a)
{
    const struct device *d = e->device;
    const struct config *c = e->config;
    const struct layer_params *p = &e->params->layers[layer];
    const struct layer_weights *w = &e->weights->layers[layer];
    d->linear(s, a->intermediate, a->ldi, a->attention, c->H, &w->intermediate,
              p->intermediate_bias, c->act, a->pre, seqs->T);
    d->linear(s, a->output, c->H, a->intermediate, a->ldi, &w->output, NULL, ACT_linear, NULL,
              seqs->T);
    d->layernorm(s, a->output, a->output, p->output_bias, a->attention, p->output_gamma,
                 p->output_beta, c->eps, a->output_sum, a->output_mean, a->output_rstd, seqs->T,
                 c->H);
}

void encoder_forward(const struct encoder *e, struct stream *s, const struct seqs *seqs,
                     struct acts *acts, size_t last, struct layer_sink sink)
{
    embedding_forward(e, s, seqs, acts);
    sink.fn(sink.arg, 0, acts->embedding);
    const float *x = acts->embedding;
    for (size_t layer = 0; layer < last; layer++) {
        struct layer_acts *a = &acts->layers[layer];
        attention_forward(e, s, seqs, layer, x, a);
        feed_forward(e, s, seqs, layer, a);
        x = a->output;
        sink.fn(sink.arg, layer + 1, x);
    }
}
