// pass.c: see pass.h.
#include "model/pass.h"

#include "base/mem.h"

static void layout(struct arena *a, struct pass *p)
{
    const struct config *c = &p->model->config;
    p->layers = arena_take(a, c->L, sizeof *p->layers);
    p->mixed = arena_take(a, p->capacity * c->H, sizeof *p->mixed);
    const size_t widest = p->model->sentence.widest > c->H ? p->model->sentence.widest : c->H;
    for (size_t i = 0; i < 3; i++) {
        p->pooled[i] = arena_take(a, p->capacity * widest, sizeof *p->pooled[i]);
    }
    p->ranges = arena_take(a, p->capacity, sizeof *p->ranges);
    p->offs = arena_take(a, p->capacity + 1, sizeof *p->offs);
}

bert_status pass_init(struct pass *p, const bert_model *model, size_t tokens, int threads,
                      bert_error *err)
{
    const struct config *c = &model->config;
    *p = (struct pass){.model = model, .capacity = tokens};
    struct arena plan = {0};
    struct layer_acts *layers = mem_zero(c->L, sizeof *layers);
    if (!layers) return fail_memory(err);
    layout(&plan, p);
    acts_layout(&p->acts, &plan, layers, c, tokens, false);
    mem_free(layers);
    p->bytes = plan.used;
    p->memory = plan.overflow ? NULL : mem_sparse(plan.used, 1);
    if (!p->memory) return fail(err, BERT_MEMORY, "no memory for a session of %zu tokens", tokens);
    struct arena real = {.base = p->memory, .size = plan.used};
    layout(&real, p);
    acts_layout(&p->acts, &real, p->layers, c, tokens, false);
    struct stream_limits limits = encoder_limits(c, tokens, model->weights.dtype);
    if (limits.widest < model->sentence.widest) limits.widest = model->sentence.widest;
    p->stream = model->device->stream_new(threads, limits, err);
    return p->stream ? BERT_OK : BERT_MEMORY;
}

// Memory in small pages is quick to get for the few tokens of a first short text, memory in huge
// ones is faster to work on: that pays when the widest activation fills half of one.
static void settle_pages(struct pass *p, size_t tokens)
{
    enum { LARGE = 1 << 20 };
    if (p->large || tokens * p->model->config.F * sizeof(float) < LARGE) return;
    p->large = true;
    mem_make_huge(p->memory, p->bytes, 1);
    p->model->device->stream_widen(p->stream);
}

void pass_forward(struct pass *p, const struct seqs *seqs, size_t last, struct layer_sink sink)
{
    const struct encoder encoder = model_encoder(p->model);
    settle_pages(p, seqs->T);
    encoder_forward(&encoder, p->stream, seqs, &p->acts, last, sink);
}

void pass_free(struct pass *p)
{
    if (p->stream) p->model->device->stream_free(p->stream);
    mem_free(p->memory);
    mem_free(p->uncut);
}
