// weights.c: packing. One layout function measures and carves; then every matrix is filled.
#include "nn/weights.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

static struct matrix take_matrix(struct arena *a, const struct device *device, size_t n, size_t k,
                                 bert_dtype dtype)
{
    const size_t bytes = device->matrix_bytes(n, k, dtype);
    if (n && k && !bytes) a->overflow = true;
    return (struct matrix){n, k, dtype, arena_take(a, bytes, 1)};
}

static void layout(struct arena *a, struct weights *w, const struct device *device,
                   const struct config *c, const struct params *params, bert_dtype dtype)
{
    for (size_t i = 0; i < c->L; i++) {
        struct layer_weights *l = &w->layers[i];
        l->qkv = take_matrix(a, device, 3 * c->H, c->H, dtype);
        l->attention_output = take_matrix(a, device, c->H, c->H, dtype);
        l->intermediate = take_matrix(a, device, c->F, c->H, dtype);
        l->output = take_matrix(a, device, c->H, c->F, dtype);
        l->qkv_bias = arena_take(a, 3 * c->H, sizeof(float));
    }
    w->pooler = take_matrix(a, device, params->pooler_weight.data ? c->H : 0, c->H, BERT_F32);
}

static bert_status pack_layer(struct layer_weights *w, const struct device *device,
                              struct pool *pool, const struct layer_params *p, size_t H,
                              bert_error *err)
{
    const float *const biases[] = {p->query_bias, p->key_bias, p->value_bias};
    for (size_t i = 0; i < 3; i++) memcpy(w->qkv_bias + i * H, biases[i], H * sizeof(float));
    const struct table qkv[] = {p->query_weight, p->key_weight, p->value_weight};
    TRY(device->matrix_pack(pool, &w->qkv, qkv, 3, err));
    TRY(device->matrix_pack(pool, &w->attention_output, &p->attention_output_weight, 1, err));
    TRY(device->matrix_pack(pool, &w->intermediate, &p->intermediate_weight, 1, err));
    return device->matrix_pack(pool, &w->output, &p->output_weight, 1, err);
}

static bert_status pack(struct weights *w, const struct device *device, struct pool *pool,
                        const struct config *c, const struct params *params, bert_dtype dtype,
                        bert_error *err)
{
    struct arena plan = {0};
    layout(&plan, w, device, c, params, dtype);
    if (plan.overflow) return fail_memory(err);
    w->memory = mem_huge(plan.used, 1);
    if (!w->memory) return fail(err, BERT_MEMORY, "no memory for %zu bytes of weights", plan.used);
    struct arena real = {.base = w->memory, .size = plan.used};
    layout(&real, w, device, c, params, dtype);
    for (size_t i = 0; i < c->L; i++) {
        TRY(pack_layer(&w->layers[i], device, pool, &params->layers[i], c->H, err));
    }
    if (!w->pooler.n) return BERT_OK;
    return device->matrix_pack(pool, &w->pooler, &params->pooler_weight, 1, err);
}

bert_status weights_pack(struct weights *w, const struct device *device, struct pool *pool,
                         const struct config *c, const struct params *params, bert_dtype dtype,
                         bert_error *err)
{
    *w = (struct weights){.layers = mem_zero(c->L, sizeof *w->layers), .dtype = dtype};
    if (!w->layers) return fail_memory(err);
    const bert_status status = pack(w, device, pool, c, params, dtype, err);
    if (status) weights_release(w);
    return status;
}

void weights_release(struct weights *w)
{
    mem_free(w->memory);
    mem_free(w->layers);
    *w = (struct weights){0};
}
