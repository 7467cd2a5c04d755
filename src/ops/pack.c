// pack.c: weights into panels, once, when a model is opened.
//
// A panel holds NR outputs (rows of the weight) interleaved, [k, NR], so that the GEMM reads it
// from one end to the other. Panels are independent and are shared out among the pool's threads.
#include <string.h>

#include "base/mem.h"
#include "cpu/cpu.h"
#include "ops/stream.h"

size_t cpu_matrix_bytes(size_t n, size_t k)
{
    size_t floats, bytes;
    if (!size_mul(round_up(n, cpu_kernels()->gemm_nr), k, &floats)) return 0;
    return size_mul(floats, sizeof(float), &bytes) ? bytes : 0;
}

struct pack_job {
    const struct kernels *k;
    struct matrix *w;
    const float *const *parts;
    size_t rows_each; // of a part
    float *gathered;  // [threads][NR, k]: rows of a panel that lies across two parts
};

static const float *row_of(const struct pack_job *job, size_t row)
{
    return job->parts[row / job->rows_each] + row % job->rows_each * job->w->k;
}

static void pack_panel(void *arg, size_t i, int worker)
{
    const struct pack_job *job = arg;
    const size_t nr = job->k->gemm_nr, depth = job->w->k, first = i * nr;
    const size_t rows = job->w->n - first < nr ? job->w->n - first : nr;
    const float *source = row_of(job, first);
    if (first / job->rows_each != (first + rows - 1) / job->rows_each) {
        float *gathered = job->gathered + (size_t)worker * nr * depth;
        for (size_t r = 0; r < rows; r++) {
            memcpy(gathered + r * depth, row_of(job, first + r), depth * sizeof *gathered);
        }
        source = gathered;
    }
    job->k->pack_rows(job->w->panels + first * depth, nr, source, depth, rows, depth);
}

bert_status cpu_matrix_pack(struct pool *pool, struct matrix *w, const float *const *parts,
                            size_t slices, bert_error *err)
{
    const struct kernels *k = cpu_kernels();
    struct pack_job job = {.k = k, .w = w, .parts = parts, .rows_each = w->n / slices};
    if (slices > 1) {
        job.gathered = mem_alloc((size_t)pool_threads(pool) * k->gemm_nr * w->k, sizeof(float));
        if (!job.gathered) return fail_memory(err);
    }
    pool_run(pool, div_up(w->n, k->gemm_nr), pack_panel, &job);
    mem_free(job.gathered);
    return BERT_OK;
}
