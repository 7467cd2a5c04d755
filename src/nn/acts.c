// acts.c: the two layouts of a pass.
#include "nn/acts.h"

// What only the backward pass reads.
static void layout_saves(struct layer_acts *l, struct arena *a, const struct config *c, size_t T)
{
    l->lse = arena_take(a, c->A * T, sizeof(float));
    l->attention_sum = arena_take(a, T * c->H, sizeof(float));
    l->attention_mean = arena_take(a, T, sizeof(float));
    l->attention_rstd = arena_take(a, T, sizeof(float));
    l->pre = arena_take(a, T * c->F, sizeof(float));
    l->output_sum = arena_take(a, T * c->H, sizeof(float));
    l->output_mean = arena_take(a, T, sizeof(float));
    l->output_rstd = arena_take(a, T, sizeof(float));
}

// Rows of the widest activation are kept a cache line off where they would all fall into the same
// sets of a cache.
static size_t intermediate_stride(const struct config *c)
{
    return c->F % 1024 ? c->F : c->F + 16;
}

static void layout_layer(struct layer_acts *l, struct arena *a, const struct config *c, size_t T)
{
    l->qkv = arena_take(a, T * 3 * c->H, sizeof(float));
    l->context = arena_take(a, T * c->H, sizeof(float));
    l->attention = arena_take(a, T * c->H, sizeof(float));
    l->ldi = intermediate_stride(c);
    l->intermediate = arena_take(a, T * l->ldi, sizeof(float));
    l->output = arena_take(a, T * c->H, sizeof(float));
}

static void layout_training(struct acts *acts, struct arena *a, const struct config *c, size_t T)
{
    acts->embedding_sum = arena_take(a, T * c->H, sizeof(float));
    acts->embedding_mean = arena_take(a, T, sizeof(float));
    acts->embedding_rstd = arena_take(a, T, sizeof(float));
    acts->embedding = arena_take(a, T * c->H, sizeof(float));
    for (size_t i = 0; i < c->L; i++) {
        layout_layer(&acts->layers[i], a, c, T);
        layout_saves(&acts->layers[i], a, c, T);
    }
}

// All layers in one set of slots. A layer's hidden states are written over its input, which nothing
// reads after the layer's first norm.
static void layout_inference(struct acts *acts, struct arena *a, const struct config *c, size_t T)
{
    struct layer_acts one = {0};
    layout_layer(&one, a, c, T);
    acts->embedding = one.output;
    for (size_t i = 0; i < c->L; i++) acts->layers[i] = one;
}

void acts_layout(struct acts *acts, struct arena *a, struct layer_acts *layers,
                 const struct config *c, size_t T, bool keep)
{
    *acts = (struct acts){.layers = layers};
    for (size_t i = 0; i < c->L; i++) layers[i] = (struct layer_acts){0};
    if (keep) layout_training(acts, a, c, T);
    else layout_inference(acts, a, c, T);
}
