// metric.c: how similar vectors are: two of them, or one and every row of a table.
#include "cpu/cpu.h"
#include "ops/stream.h"

typedef void metric_fn METRIC_ARGS;

static metric_fn *metric_kernel(const struct kernels *k, bert_metric metric)
{
    switch (metric) {
    case BERT_METRIC_DOT: return k->dot_rows;
    case BERT_METRIC_EUCLIDEAN: return k->euclidean_rows;
    case BERT_METRIC_MANHATTAN: return k->manhattan_rows;
    case BERT_METRIC_COSINE: break;
    }
    return k->cosine_rows;
}

float bert_similarity(const float *a, const float *b, size_t n, bert_metric metric)
{
    float y;
    metric_kernel(cpu_kernels(), metric)(&y, a, n, b, 1, n);
    return y;
}

struct compare_job {
    metric_fn *kernel;
    float *y;
    const float *x, *q;
    size_t n, cols, tasks;
};

static void compare_range(void *arg, size_t i, int worker)
{
    const struct compare_job *job = arg;
    const size_t first = job->n * i / job->tasks, end = job->n * (i + 1) / job->tasks;
    (void)worker;
    job->kernel(job->y + first, job->x + first * job->cols, job->cols, job->q, end - first,
                job->cols);
}

// Rows are shared out in parts of about 64 KiB, which cost some microseconds each.
void cpu_compare(struct stream *s, float *y, const float *x, size_t n, const float *q, size_t cols,
                 bert_metric metric)
{
    const size_t part = cols < 16384 ? 16384 / (cols ? cols : 1) : 1;
    struct compare_job job = {metric_kernel(s->k, metric), y, x, q, n, cols, div_up(n, part)};
    pool_run(s->pool, job.tasks, compare_range, &job);
}
