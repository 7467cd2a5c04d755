// attention.c: softmax(Q Kᵀ / sqrt(D)) V within each sequence of a packed batch.
// Vaswani et al. 2017, arXiv 1706.03762, equation 1; no mask, since there is no padding.
//
// A task is one head of one sequence (or a part of its queries, when there are few heads for many
// threads). It packs the head's keys and values as panels, then takes the queries a tile of MR
// rows at a time: scores, exponentials of whole rows, sum of values weighted with them, divided by
// their sum. Both products are of the stream's element type, their results float32. One tile's
// scores are all that exists of the S×S matrix; they stay in the cache. Keys are visited in
// ascending order, each score and each output is one chain, so nothing depends on the batch or on
// how queries were cut.
#include <math.h>

#include "ops/format.h"
#include "ops/stream.h"

struct attention_job {
    struct stream *s;
    struct format format;
    float *context;
    const float *qkv;
    const uint32_t *offs;
    size_t A, D, T;
    size_t parts; // tasks that share one head's queries
    float *lse;
};

// One head of one sequence.
struct head {
    const float *q, *k, *v; // first token's rows, stride ld
    size_t ld;              // 3 A D
    float *context;         // first token's row, stride ldc
    size_t ldc;             // A D
    float *lse;             // NULL or the first token's
    size_t tokens, D;
};

static void pack_keys_values(const struct attention_job *job, const struct scratch *w,
                             const struct head *h)
{
    const struct format *f = &job->format;
    const size_t nr = job->s->k->gemm_nr;
    for (size_t t = 0; t < h->tokens; t += nr) {
        f->pack_rows(w->keys + t / nr * format_panel(f, nr, h->D), h->k + t * h->ld, h->ld,
                     h->tokens - t < nr ? h->tokens - t : nr, h->D);
    }
    for (size_t d = 0; d < h->D; d += nr) {
        f->pack_cols(w->values + d / nr * format_panel(f, nr, h->tokens), h->v + d, h->ld,
                     h->D - d < nr ? h->D - d : nr, h->tokens);
    }
}

// y [rows, n] = left [rows, k] times the panels of a head.
static void multiply(const struct attention_job *job, float *y, size_t ldy, struct left left,
                     const uint32_t *panels, size_t rows, size_t n, size_t k)
{
    const struct format *f = &job->format;
    const size_t nr = job->s->k->gemm_nr, panel = format_panel(f, nr, k);
    for (size_t j = 0; j < n; j += nr, panels += panel) {
        f->gemm(y + j, ldy, left.words, left.ld, panels, format_words(f, k), rows,
                n - j < nr ? n - j : nr, false, (struct prefetch){0});
    }
}

// A tile's queries: themselves, or converted.
static struct left queries(const struct attention_job *job, const struct scratch *w, const float *q,
                           size_t ld, size_t rows)
{
    const struct left left = format_left(&job->format, q, ld, job->D);
    if (left.words) return left;
    job->format.rows(w->left, job->s->left_stride, q, ld, rows, job->D);
    return (struct left){w->left, job->s->left_stride};
}

// One tile of queries, from row `row`.
static void attend_tile(const struct attention_job *job, const struct scratch *w,
                        const struct head *h, size_t row, size_t rows)
{
    const size_t lds = job->s->score_stride, D = h->D, n = h->tokens;
    const float scale = 1.0f / sqrtf((float)D);
    float *context = h->context + row * h->ldc, *lse = h->lse ? h->lse + row : NULL;
    uint32_t *p = job->format.floats ? (uint32_t *)w->scores : w->left;
    const size_t ldp = job->format.floats ? lds : job->s->left_stride;
    multiply(job, w->scores, lds, queries(job, w, h->q + row * h->ld, h->ld, rows), w->keys, rows,
             n, D);
    job->format.softmax(p, ldp, w->scores, lds, scale, w->sums, lse, rows, n);
    multiply(job, context, h->ldc, (struct left){p, ldp}, w->values, rows, D, n);
    if (!job->format.divided) job->s->k->divide_rows(context, h->ldc, w->sums, rows, D);
}

static struct head head_of(const struct attention_job *job, size_t sequence, size_t a)
{
    const size_t width = job->A * job->D, first = job->offs[sequence];
    struct head h = {.ld = 3 * width, .ldc = width, .D = job->D};
    h.q = job->qkv + first * h.ld + a * job->D;
    h.k = h.q + width;
    h.v = h.k + width;
    h.context = job->context + first * width + a * job->D;
    h.lse = job->lse ? job->lse + a * job->T + first : NULL;
    h.tokens = job->offs[sequence + 1] - first;
    return h;
}

static void attend(void *arg, size_t i, int worker)
{
    const struct attention_job *job = arg;
    const struct scratch *w = &job->s->scratch[worker];
    const size_t part = i % job->parts, mr = job->format.mr;
    const struct head h = head_of(job, i / job->parts / job->A, i / job->parts % job->A);
    const size_t tiles = div_up(h.tokens, mr), end = (part + 1) * tiles / job->parts;
    if (part * tiles / job->parts == end) return;
    pack_keys_values(job, w, &h);
    for (size_t tile = part * tiles / job->parts; tile < end; tile++) {
        const size_t row = tile * mr;
        attend_tile(job, w, &h, row, h.tokens - row < mr ? h.tokens - row : mr);
    }
    if (job->s->k->gemm_end) job->s->k->gemm_end();
}

void cpu_attention(struct stream *s, float *context, const float *qkv, const uint32_t *offs,
                   size_t S, size_t A, size_t D, float *lse_save)
{
    enum { TASKS_EACH = 4 };
    const size_t threads = (size_t)pool_threads(s->pool);
    struct attention_job job = {.s = s,
                                .format = format_of(s->k, s->dtype),
                                .context = context,
                                .qkv = qkv,
                                .offs = offs,
                                .A = A,
                                .D = D,
                                .T = offs[S],
                                .lse = lse_save};
    job.parts =
        threads == 1 || S * A >= TASKS_EACH * threads ? 1 : div_up(TASKS_EACH * threads, S * A);
    pool_run(s->pool, S * A * job.parts, attend, &job);
}
