// stream.c: making and ending the CPU's stream, and the CPU's row of the device table.
#include "ops/stream.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "cpu/cpu.h"
#include "ops/format.h"

// One worker's scratch, measured or carved.
static void layout_scratch(struct arena *a, struct scratch *w, const struct stream *s,
                           const struct format *f, struct stream_limits limits)
{
    const size_t mr = f->mr, nr = s->k->gemm_nr;
    const size_t panels = div_up(limits.longest, nr), columns = div_up(limits.head_dim, nr);
    w->keys = arena_take(a, panels, format_panel(f, nr, limits.head_dim) * sizeof(uint32_t));
    w->values = arena_take(a, columns, format_panel(f, nr, limits.longest) * sizeof(uint32_t));
    w->scores = arena_take(a, mr * s->score_stride, sizeof(float));
    w->left = arena_take(a, mr * s->left_stride, sizeof(uint32_t));
    w->sums = arena_take(a, mr, sizeof(float));
}

static void layout(struct arena *a, struct stream *s, int threads, struct stream_limits limits)
{
    const struct format matrix = format_of(s->k, limits.dtype), f32 = format_of(s->k, BERT_F32);
    const struct format attention = format_of(s->k, s->dtype);
    struct scratch measured;
    // The pooler's weight is float32 whatever the others are; its rows are few and never wider.
    const size_t words = format_stride(&matrix, limits.widest);
    const size_t plain = format_stride(&f32, limits.widest);
    s->left_row = words > plain ? words : plain;
    s->left = arena_take(a, limits.tokens, s->left_row * sizeof(uint32_t));
    for (int i = 0; i < threads; i++) {
        layout_scratch(a, s->scratch ? &s->scratch[i] : &measured, s, &attention, limits);
    }
}

// Strides of attention's tiles, which hold D or longest elements a row.
static void choose_strides(struct stream *s, struct stream_limits limits)
{
    const struct format attention = format_of(s->k, s->dtype), f32 = format_of(s->k, BERT_F32);
    const size_t most = limits.longest > limits.head_dim ? limits.longest : limits.head_dim;
    s->score_stride = format_stride(&f32, round_up(limits.longest, s->k->gemm_nr));
    s->left_stride = format_stride(&attention, most);
}

static bert_status reserve(struct stream *s, int threads, struct stream_limits limits,
                           bert_error *err)
{
    struct arena plan = {0};
    choose_strides(s, limits);
    layout(&plan, s, threads, limits);
    if (plan.overflow) return fail_memory(err);
    s->bytes = plan.used;
    s->memory = mem_sparse(plan.used, 1);
    s->scratch = mem_zero((size_t)threads, sizeof *s->scratch);
    if (!s->memory || !s->scratch) return fail_memory(err);
    struct arena real = {.base = s->memory, .size = plan.used};
    layout(&real, s, threads, limits);
    s->pool = pool_new(threads, err);
    return s->pool ? BERT_OK : BERT_MEMORY;
}

// The type of attention's products: that of the matrices or the next more exact one that has an
// instruction.
static bert_dtype attention_dtype(const struct kernels *k, bert_dtype matrices)
{
    if (matrices == BERT_INT8 && k->int8_dot) return BERT_INT8;
    return matrices != BERT_F32 && k->bf16_dot ? BERT_BF16 : BERT_F32;
}

struct stream *cpu_stream_new(int threads, struct stream_limits limits, bert_error *err)
{
    struct stream *s = mem_zero(1, sizeof *s);
    if (!s) {
        fail_memory(err);
        return NULL;
    }
    s->k = cpu_kernels();
    s->dtype = attention_dtype(s->k, limits.dtype);
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

void cpu_stream_widen(struct stream *s)
{
    mem_make_huge(s->memory, s->bytes, 1);
}

int cpu_stream_threads(const struct stream *s)
{
    return pool_threads(s->pool);
}

static void cpu_parallel(struct stream *s, size_t n, pool_fn *fn, void *arg)
{
    pool_run(s->pool, n, fn, arg);
}

struct rows_job {
    struct stream *s;
    size_t T, parts;
    rows_fn *fn;
    void *arg;
};

// A part of the rows, on a stream of this thread alone that shares the scratch.
static void run_part(void *arg, size_t i, int worker)
{
    const struct rows_job *job = arg;
    const size_t first = job->T * i / job->parts, end = job->T * (i + 1) / job->parts;
    struct stream own = *job->s;
    own.pool = pool_of_caller();
    own.scratch += worker;
    own.left += first * own.left_row;
    job->fn(job->arg, &own, first, end - first);
}

// Few enough rows in a part that what they become stays in the second-level cache; where there are
// many rows, several parts for each thread, so that one that is held up is not waited for.
static size_t row_parts(size_t T, size_t threads)
{
    enum { MOST = 128, LEAST = 64, EACH = 4 };
    const size_t parts = div_up(T, MOST), several = EACH * threads;
    const bool many = threads > 1 && parts < several && T >= several * LEAST;
    return round_up(many ? several : parts, threads);
}

// Enough rows for each thread that reading all weights costs it nothing.
static void cpu_by_rows(struct stream *s, size_t T, rows_fn *fn, void *arg)
{
    enum { LEAST = 48 };
    const size_t threads = (size_t)pool_threads(s->pool);
    struct rows_job job = {s, T, row_parts(T, threads), fn, arg};
    if (T < LEAST * threads) fn(arg, s, 0, T);
    else pool_run(s->pool, job.parts, run_part, &job);
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
    .stream_widen = cpu_stream_widen,
    .stream_threads = cpu_stream_threads,
    .parallel = cpu_parallel,
    .by_rows = cpu_by_rows,
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
