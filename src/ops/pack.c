// pack.c: weights into panels, once, when a model is opened.
//
// A panel holds NR outputs (rows of the weight) interleaved, so that the GEMM reads it from one end
// to the other. Panels are independent and are shared out among the pool's threads. Rows that are
// stored in the product's own type are words already, and are moved as they lie; others become
// floats on the way, a panel's rows at a time.
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
    const struct table *parts;
    size_t rows_each; // of a part
    float *gathered;  // [threads][NR, k]: rows of a panel that are not used where they lie
};

// Rows of a panel.
struct span {
    size_t first, n;
};

static const struct table *part_of(const struct pack_job *job, size_t row)
{
    return &job->parts[row / job->rows_each];
}

static const unsigned char *row_of(const struct pack_job *job, size_t row)
{
    const struct table *part = part_of(job, row);
    const size_t bytes = job->w->k * number_size(part->number);
    return (const unsigned char *)part->data + row % job->rows_each * bytes;
}

static bool in_one_part(const struct pack_job *job, struct span rows)
{
    return part_of(job, rows.first) == part_of(job, rows.first + rows.n - 1);
}

// Whether these rows are stored in the product's type.
static bool are_words(const struct pack_job *job, struct span rows)
{
    for (size_t r = rows.first; r < rows.first + rows.n; r++) {
        if (part_of(job, r)->number != job->format.stored) return false;
    }
    return true;
}

// Rows of words: where they lie, or one behind the other in `room`, the last words filled up.
static const uint32_t *gather_words(const struct pack_job *job, struct span rows, uint32_t *room)
{
    const size_t words = format_words(&job->format, job->w->k);
    const size_t bytes = job->w->k * number_size(job->format.stored);
    const void *first = row_of(job, rows.first);
    const bool aligned = (uintptr_t)first % sizeof *room == 0 && bytes == words * sizeof *room;
    if (aligned && in_one_part(job, rows)) return first;
    memset(room, 0, rows.n * words * sizeof *room);
    for (size_t r = 0; r < rows.n; r++)
        memcpy(room + r * words, row_of(job, rows.first + r), bytes);
    return room;
}

// What stands before an int8 panel's words: scales, and the sums of the rows' bytes.
static void write_scales(const struct pack_job *job, struct span rows, uint32_t *panel)
{
    const size_t nr = job->k->gemm_nr;
    memset(panel, 0, INT8_RIGHT_HEAD * nr * sizeof *panel);
    for (size_t r = 0; r < rows.n; r++) {
        const signed char *bytes = (const signed char *)row_of(job, rows.first + r);
        int32_t sum = 0;
        for (size_t p = 0; p < job->w->k; p++) sum += bytes[p];
        memcpy(panel + r, &part_of(job, rows.first + r)->scales[(rows.first + r) % job->rows_each],
               sizeof(float));
        memcpy(panel + nr + r, &sum, sizeof sum);
    }
}

// Rows as floats: where they lie, or one behind the other in `room`.
static const float *gather_floats(const struct pack_job *job, struct span rows, float *room)
{
    const size_t k = job->w->k;
    if (in_one_part(job, rows) && part_of(job, rows.first)->number == NUMBER_F32) {
        return (const void *)row_of(job, rows.first);
    }
    for (size_t r = 0; r < rows.n; r++) {
        const size_t row = rows.first + r;
        table_read(part_of(job, row), k, row % job->rows_each, 0, k, room + r * k);
    }
    return room;
}

static void pack_panel(void *arg, size_t i, int worker)
{
    const struct pack_job *job = arg;
    const struct format *f = &job->format;
    const size_t nr = job->k->gemm_nr, k = job->w->k, words = format_words(f, k),
                 left = job->w->n - i * nr;
    const struct span rows = {i * nr, left < nr ? left : nr};
    float *room = job->gathered + (size_t)worker * nr * k;
    uint32_t *panel = (uint32_t *)job->w->panels + i * format_panel(f, nr, k);
    if (!are_words(job, rows)) {
        f->pack_rows(panel, gather_floats(job, rows, room), k, rows.n, k);
        return;
    }
    if (f->right_head) write_scales(job, rows, panel);
    // The kernel moves 32-bit words, whatever they hold.
    job->k->pack_rows_f32(panel + f->right_head * nr,
                          (const float *)gather_words(job, rows, (uint32_t *)room), words, rows.n,
                          words);
}

bert_status cpu_matrix_pack(struct pool *pool, struct matrix *w, const struct table *parts,
                            size_t slices, bert_error *err)
{
    const struct kernels *k = cpu_kernels();
    struct pack_job job = {.k = k,
                           .format = format_of(k, w->dtype),
                           .w = w,
                           .parts = parts,
                           .rows_each = w->n / slices};
    job.gathered = mem_alloc((size_t)pool_threads(pool) * k->gemm_nr * w->k, sizeof(float));
    if (!job.gathered) return fail_memory(err);
    pool_run(pool, div_up(w->n, k->gemm_nr), pack_panel, &job);
    mem_free(job.gathered);
    return BERT_OK;
}
