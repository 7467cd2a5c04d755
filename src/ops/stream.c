// stream.c: making and ending the CPU's stream, and the CPU's row of the device table.
#include "ops/stream.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "cpu/cpu.h"

// One worker's scratch, measured or carved.
static void layout_scratch(struct arena *a, struct scratch *w, const struct kernels *k,
                           struct stream_limits limits)
{
    const size_t rows = ROW_TILES * k->gemm_mr;
    const size_t depth = limits.head_dim > K_BLOCK ? limits.head_dim : K_BLOCK;
    const size_t keys = round_up(limits.longest, k->gemm_nr);
    w->left = arena_take(a, rows * depth, sizeof(float));
    w->keys = arena_take(a, keys * limits.head_dim, sizeof(float));
    w->values =
        arena_take(a, limits.longest * round_up(limits.head_dim, k->gemm_nr), sizeof(float));
    w->scores = arena_take(a, k->gemm_mr * keys, sizeof(float));
    w->probs = arena_take(a, limits.longest * k->gemm_mr, sizeof(float));
}

static void layout(struct arena *a, struct scratch *scratch, int threads, const struct kernels *k,
                   struct stream_limits limits)
{
    struct scratch measured;
    for (int i = 0; i < threads; i++)
        layout_scratch(a, scratch ? &scratch[i] : &measured, k, limits);
}

static bert_status reserve(struct stream *s, int threads, struct stream_limits limits,
                           bert_error *err)
{
    struct arena plan = {0};
    layout(&plan, NULL, threads, s->k, limits);
    if (plan.overflow) return fail_memory(err);
    s->memory = mem_aligned(plan.used, 1);
    s->scratch = mem_zero((size_t)threads, sizeof *s->scratch);
    if (!s->memory || !s->scratch) return fail_memory(err);
    struct arena real = {.base = s->memory, .size = plan.used};
    layout(&real, s->scratch, threads, s->k, limits);
    s->pool = pool_new(threads, err);
    return s->pool ? BERT_OK : BERT_MEMORY;
}

struct stream *cpu_stream_new(int threads, struct stream_limits limits, bert_error *err)
{
    struct stream *s = mem_zero(1, sizeof *s);
    if (!s) {
        fail_memory(err);
        return NULL;
    }
    s->k = cpu_kernels();
    if (reserve(s, threads, limits, err)) {
        cpu_stream_free(s);
        return NULL;
    }
    return s;
}

void cpu_stream_free(struct stream *s)
{
    if (!s) return;
    pool_free(s->pool);
    mem_free(s->scratch);
    mem_free(s->memory);
    mem_free(s);
}

int cpu_stream_threads(const struct stream *s)
{
    return pool_threads(s->pool);
}

static void cpu_download(struct stream *s, float *host, const float *device, size_t n)
{
    (void)s;
    memcpy(host, device, n * sizeof *host);
}

const struct device device_cpu = {
    .name = "cpu",
    .stream_new = cpu_stream_new,
    .stream_free = cpu_stream_free,
    .stream_threads = cpu_stream_threads,
    .matrix_bytes = cpu_matrix_bytes,
    .matrix_pack = cpu_matrix_pack,
    .embed = cpu_embed,
    .linear = cpu_linear,
    .layernorm = cpu_layernorm,
    .attention = cpu_attention,
    .reduce_rows = cpu_reduce_rows,
    .combine = cpu_combine,
    .scale = cpu_scale,
    .normalize = cpu_normalize,
    .compare = cpu_compare,
    .download = cpu_download,
};
