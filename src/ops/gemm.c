// gemm.c: y = act(x wᵀ + bias) over the threads and the caches.
//
// The output is cut into a grid of blocks, at most ROW_TILES tiles high, and each block is one
// task: it packs its rows of x, walks the weight's panels, and after the last part of k applies
// bias and activation to the columns of one panel while they are still in L1. The parts of k depend
// on k only and are added in ascending order, so no result depends on how the grid was cut.
#include "ops/stream.h"

struct linear_job {
    struct stream *s;
    const float *x;
    const struct matrix *w;
    const float *bias;
    void(*act) ACT_ARGS; // NULL: neither bias nor activation
    float *out;          // where sums grow: y, or pre_save when that is wanted
    float *y;
    size_t T;
    size_t row_blocks;  // the grid
    size_t rows_each;   // rows of a block, a multiple of MR
    size_t panels_each; // panels of a block
    size_t depth_each;  // part of k
};

// Rows [row, row + rows) of x, columns [p, p + depth), as panels of MR rows.
static void pack_left(const struct linear_job *job, float *left, size_t row, size_t rows, size_t p,
                      size_t depth)
{
    const struct kernels *k = job->s->k;
    const size_t mr = k->gemm_mr, K = job->w->k;
    for (size_t r = 0; r < rows; r += mr) {
        k->pack_rows(left + r * depth, mr, job->x + (row + r) * K + p, K,
                     rows - r < mr ? rows - r : mr, depth);
    }
}

// One panel's columns of a row block: every tile of it, then the epilogue if this was the last
// part.
static void block_column(const struct linear_job *job, const float *left, size_t row, size_t rows,
                         size_t column, size_t p, size_t depth)
{
    const struct kernels *k = job->s->k;
    const size_t mr = k->gemm_mr, N = job->w->n, K = job->w->k;
    const size_t cols = N - column < k->gemm_nr ? N - column : k->gemm_nr;
    const float *panel = job->w->panels + column * K + p * k->gemm_nr;
    float *out = job->out + row * N + column;
    for (size_t r = 0; r < rows; r += mr) {
        k->gemm_tile(out + r * N, N, left + r * depth, panel, depth, rows - r < mr ? rows - r : mr,
                     cols, p > 0);
    }
    if (p + depth == K && job->act) {
        job->act(job->y + row * N + column, N, out, N, job->bias ? job->bias + column : NULL,
                 job->out != job->y, rows, cols);
    }
}

static void linear_block(void *arg, size_t i, int worker)
{
    const struct linear_job *job = arg;
    const size_t nr = job->s->k->gemm_nr, N = job->w->n, K = job->w->k;
    const size_t row = i % job->row_blocks * job->rows_each;
    const size_t rows = job->T - row < job->rows_each ? job->T - row : job->rows_each;
    const size_t first = i / job->row_blocks * job->panels_each * nr;
    const size_t end = first + job->panels_each * nr < N ? first + job->panels_each * nr : N;
    float *left = job->s->scratch[worker].left;
    for (size_t p = 0; p < K; p += job->depth_each) {
        const size_t depth = K - p < job->depth_each ? K - p : job->depth_each;
        pack_left(job, left, row, rows, p, depth);
        for (size_t column = first; column < end; column += nr) {
            block_column(job, left, row, rows, column, p, depth);
        }
    }
}

// Cuts the output so that every thread gets several blocks of nearly equal size: first into rows,
// as few and as even as the cache allows, then, where that gives too few, into columns.
static size_t cut_grid(struct linear_job *job)
{
    enum { TASKS_EACH = 6 };
    const struct kernels *k = job->s->k;
    const size_t tiles = div_up(job->T, k->gemm_mr), panels = div_up(job->w->n, k->gemm_nr);
    const size_t threads = (size_t)pool_threads(job->s->pool);
    job->row_blocks = div_up(tiles, ROW_TILES);
    const size_t tiles_each = div_up(tiles, job->row_blocks);
    job->rows_each = tiles_each * k->gemm_mr;
    job->row_blocks = div_up(tiles, tiles_each);
    const size_t wanted = threads == 1 ? 1 : div_up(TASKS_EACH * threads, job->row_blocks);
    job->panels_each = div_up(panels, wanted < panels ? wanted : panels);
    job->depth_each = round_up(div_up(job->w->k, div_up(job->w->k, K_BLOCK)), 8);
    return job->row_blocks * div_up(panels, job->panels_each);
}

// The kernel table's activations as an array, in the order of enum act.
static void(*act_kernel(const struct kernels *k, enum act act)) ACT_ARGS
{
    switch (act) {
#define ACT_CASE(name)                                                                             \
    case ACT_##name: return k->act_##name##_fwd;
        ACTIVATIONS(ACT_CASE)
#undef ACT_CASE
    default: return NULL;
    }
}

void cpu_linear(struct stream *s, float *y, const float *x, const struct matrix *w,
                const float *bias, enum act act, float *pre_save, size_t T)
{
    struct linear_job job = {.s = s, .x = x, .w = w, .bias = bias, .y = y, .T = T};
    job.out = pre_save ? pre_save : y;
    if (bias || act != ACT_linear || pre_save) job.act = act_kernel(s->k, act);
    if (T == 0) return;
    pool_run(s->pool, cut_grid(&job), linear_block, &job);
}
