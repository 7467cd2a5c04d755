// rows.c: operations that treat every row on its own: embedding, layer norm, reducing ranges of
// rows to one, and combining layers. Rows are shared out in even ranges.
#include <math.h>
#include <string.h>

#include "ops/stream.h"

// A range of rows for task i of n.
static size_t share(size_t rows, size_t i, size_t n)
{
    return rows * i / n;
}

// Tasks for `rows` rows: a few a thread, none smaller than 8 rows (a task costs about 0.1 µs).
static size_t tasks_for(const struct stream *s, size_t rows)
{
    const size_t most = 4 * (size_t)pool_threads(s->pool), n = div_up(rows, 8);
    return n < most ? n : most;
}

struct embed_job {
    const struct stream *s;
    float *x;
    const struct table *word, *type, *position;
    const int32_t *ids, *pos;
    const uint8_t *types;
    size_t T, H, tasks;
    bool floats; // all three tables are float32
};

// The row of one token, from tables of any type: a piece of each is made float32 for the kernel.
static void embed_token(const struct embed_job *job, size_t t)
{
    enum { PIECE = 256 };
    static const int32_t first = 0;
    static const uint8_t first_type = 0;
    const size_t H = job->H;
    float word[PIECE], type[PIECE], position[PIECE];
    for (size_t j = 0; j < H; j += PIECE) {
        const size_t n = H - j < PIECE ? H - j : PIECE;
        table_read(job->word, H, (size_t)job->ids[t], j, n, word);
        table_read(job->type, H, job->types[t], j, n, type);
        table_read(job->position, H, (size_t)job->pos[t], j, n, position);
        job->s->k->embed_fwd(job->x + t * H + j, H, word, type, position, &first, &first_type,
                             &first, 1, n);
    }
}

static void embed_range(void *arg, size_t i, int worker)
{
    const struct embed_job *job = arg;
    const size_t first = share(job->T, i, job->tasks), end = share(job->T, i + 1, job->tasks);
    (void)worker;
    if (job->floats) {
        job->s->k->embed_fwd(job->x + first * job->H, job->H, job->word->data, job->type->data,
                             job->position->data, job->ids + first, job->types + first,
                             job->pos + first, end - first, job->H);
        return;
    }
    for (size_t t = first; t < end; t++) embed_token(job, t);
}

void cpu_embed(struct stream *s, float *x, const struct table *word, const struct table *type,
               const struct table *position, const int32_t *ids, const uint8_t *types,
               const int32_t *pos, size_t T, size_t H)
{
    struct embed_job job = {s,
                            x,
                            word,
                            type,
                            position,
                            ids,
                            pos,
                            types,
                            T,
                            H,
                            tasks_for(s, T),
                            .floats = word->number == NUMBER_F32 && type->number == NUMBER_F32 &&
                                      position->number == NUMBER_F32};
    pool_run(s->pool, job.tasks, embed_range, &job);
}

struct norm_job {
    const struct stream *s;
    float *y, *sum, *mean, *rstd;
    const float *x, *bias, *residual, *gamma, *beta;
    float eps;
    size_t T, H, tasks;
};

static void norm_range(void *arg, size_t i, int worker)
{
    const struct norm_job *job = arg;
    const size_t first = share(job->T, i, job->tasks), end = share(job->T, i + 1, job->tasks);
    const size_t H = job->H, at = first * H;
    (void)worker;
    job->s->k->layernorm_fwd(
        job->y + at, H, job->x + at, H, job->bias, job->residual ? job->residual + at : NULL, H,
        job->gamma, job->beta, job->eps, job->sum ? job->sum + at : NULL, H,
        job->mean ? job->mean + first : NULL, job->rstd ? job->rstd + first : NULL, end - first, H);
}

void cpu_layernorm(struct stream *s, float *y, const float *x, const float *bias,
                   const float *residual, const float *gamma, const float *beta, float eps,
                   float *sum_save, float *mean_save, float *rstd_save, size_t T, size_t H)
{
    struct norm_job job = {s,        y,     sum_save, mean_save, rstd_save, x, bias,
                           residual, gamma, beta,     eps,       T,         H, tasks_for(s, T)};
    pool_run(s->pool, job.tasks, norm_range, &job);
}

// ------------------------------------------------------------------------- reducing and combining

struct reduce_job {
    const struct kernels *k;
    float *y;
    size_t ldy;
    const float *x;
    const struct rows *ranges;
    size_t n, H, tasks;
    enum reduce how;
};

static void sum_rows(float *y, const float *x, size_t rows, size_t H)
{
    memcpy(y, x, H * sizeof *y);
    for (size_t r = 1; r < rows; r++) {
        for (size_t j = 0; j < H; j++) y[j] += x[r * H + j];
    }
}

static void sqrt_rows(float *y, const float *x, size_t rows, size_t H)
{
    const float root = sqrtf((float)rows);
    sum_rows(y, x, rows, H);
    for (size_t j = 0; j < H; j++) y[j] /= root;
}

// Row r has the weight before + r + 1.
static void rank_rows(float *y, const float *x, size_t rows, size_t before, size_t H)
{
    float total = 0;
    memset(y, 0, H * sizeof *y);
    for (size_t r = 0; r < rows; r++) {
        const float weight = (float)(before + r + 1);
        total += weight;
        for (size_t j = 0; j < H; j++) y[j] += weight * x[r * H + j];
    }
    for (size_t j = 0; j < H; j++) y[j] /= total;
}

static void reduce_one(const struct reduce_job *job, size_t i)
{
    const struct rows range = job->ranges[i];
    const size_t H = job->H, rows = range.end - range.first;
    const float *x = job->x + range.first * H;
    float *y = job->y + i * job->ldy;
    switch (job->how) {
    case REDUCE_FIRST: memcpy(y, x, H * sizeof *y); break;
    case REDUCE_LAST: memcpy(y, x + (rows - 1) * H, H * sizeof *y); break;
    case REDUCE_MEAN: job->k->mean_rows(y, x, H, rows, H); break;
    case REDUCE_MAX: job->k->max_rows(y, x, H, rows, H); break;
    case REDUCE_SUM: sum_rows(y, x, rows, H); break;
    case REDUCE_SQRT: sqrt_rows(y, x, rows, H); break;
    case REDUCE_RANK: rank_rows(y, x, rows, range.before, H); break;
    }
}

static void reduce_range(void *arg, size_t i, int worker)
{
    const struct reduce_job *job = arg;
    (void)worker;
    const size_t end = share(job->n, i + 1, job->tasks);
    for (size_t r = share(job->n, i, job->tasks); r < end; r++) reduce_one(job, r);
}

void cpu_reduce_rows(struct stream *s, float *y, size_t ldy, const float *x,
                     const struct rows *ranges, size_t n, size_t H, enum reduce how)
{
    struct reduce_job job = {s->k, y, ldy, x, ranges, n, H, tasks_for(s, n), how};
    pool_run(s->pool, job.tasks, reduce_range, &job);
}

void cpu_combine(struct stream *s, float *y, const float *x, size_t n, float factor,
                 enum combine how)
{
    (void)s;
    switch (how) {
    case COMBINE_COPY:
        for (size_t i = 0; i < n; i++) y[i] = factor * x[i];
        break;
    case COMBINE_ADD:
        for (size_t i = 0; i < n; i++) y[i] += factor * x[i];
        break;
    case COMBINE_MAX:
        for (size_t i = 0; i < n; i++) y[i] = factor * x[i] > y[i] ? factor * x[i] : y[i];
        break;
    }
}

void cpu_scale(struct stream *s, float *y, float factor, size_t n)
{
    (void)s;
    for (size_t i = 0; i < n; i++) y[i] *= factor;
}

void cpu_normalize(struct stream *s, float *y, size_t n, size_t cols)
{
    s->k->normalize_fwd(y, cols, n, cols);
}
