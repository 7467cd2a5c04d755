// pack.c: weights into panels, once, when a model is opened.
//
// A panel holds NR outputs (rows of the weight) interleaved, so that the GEMM reads it from one end
// to the other. Panels are independent and are shared out among the pool's threads.
#include <string.h>

#include "base/mem.h"
#include "cpu/cpu.h"
#include "ops/format.h"
#include "ops/stream.h"

size_t cpu_matrix_bytes(size_t n, size_t k, bert_dtype dtype)
{
    const struct kernels *kernels = cpu_kernels();
    const struct format f = format_of(kernels, dtype);
    size_t bytes;
    if (k > UINT32_MAX) return 0; // and a panel's size cannot overflow
    const size_t panel = format_panel(&f, kernels->gemm_nr, k) * sizeof(uint32_t);
    return size_mul(div_up(n, kernels->gemm_nr), panel, &bytes) ? bytes : 0;
}

struct pack_job {
    const struct kernels *k;
    struct format format;
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
    uint32_t *panel = (uint32_t *)job->w->panels + i * format_panel(&job->format, nr, depth);
    job->format.pack_rows(panel, source, depth, rows, depth);
}

bert_status cpu_matrix_pack(struct pool *pool, struct matrix *w, const float *const *parts,
                            size_t slices, bert_error *err)
{
    const struct kernels *k = cpu_kernels();
    struct pack_job job = {.k = k,
                           .format = format_of(k, w->dtype),
                           .w = w,
                           .parts = parts,
                           .rows_each = w->n / slices};
    if (slices > 1) {
        job.gathered = mem_alloc((size_t)pool_threads(pool) * k->gemm_nr * w->k, sizeof(float));
        if (!job.gathered) return fail_memory(err);
    }
    pool_run(pool, div_up(w->n, k->gemm_nr), pack_panel, &job);
    mem_free(job.gathered);
    return BERT_OK;
}
