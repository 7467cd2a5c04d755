// gemm.c: y = act(x wᵀ + bias) over the threads and the caches.
//
// The left operand is x itself where it can be, else x converted to the weight's element type, once
// for all. The output is cut into a grid of blocks, at most ROW_TILES tiles high, and each block is
// one task: it walks the weight's panels, and after the last part of k applies bias and activation
// to the columns of one panel while they are still in L1. The parts of k depend on k only and are
// added in ascending order, so no result depends on how the grid was cut.
#include "ops/format.h"
#include "ops/stream.h"

struct linear_job {
    struct stream *s;
    struct format format;
    const float *x; // [T, K]
    size_t ldx;
    struct left left;
    const struct matrix *w;
    const float *bias;
    void(*act) ACT_ARGS; // NULL: neither bias nor activation
    float *out;          // where sums grow: y, or pre_save when that is wanted
    size_t ldo;
    float *y;
    size_t ldy, T;
    size_t row_blocks;   // the grid
    size_t rows_each;    // rows of a block, whole tiles
    size_t tile_rows;    // of a tile
    size_t panels_each;  // panels of a block
    size_t parts, depth; // of k, in words
    bool panel_by_panel; // all parts of a panel before the next
};

// A tile's rows are read while one panel's part is: what a block reads again for every panel has to
// stay in the second-level cache, beside that part and the block's output.
enum { BLOCK_BYTES = 256 * 1024 };

// -------------------------------------------------------------------------------- the left operand

static void convert_rows(void *arg, size_t i, int worker)
{
    const struct linear_job *job = arg;
    const size_t row = i * ROWS_TOGETHER;
    const size_t rows = job->T - row < ROWS_TOGETHER ? job->T - row : ROWS_TOGETHER;
    (void)worker;
    job->format.rows(job->s->left + row * job->left.ld, job->left.ld, job->x + row * job->ldx,
                     job->ldx, rows, job->w->k);
}

static void make_left(struct linear_job *job)
{
    job->left = format_left(&job->format, job->x, job->ldx, job->w->k);
    if (job->left.words) return;
    job->left.words = job->s->left;
    pool_run(job->s->pool, div_up(job->T, ROWS_TOGETHER), convert_rows, job);
}

// ---------------------------------------------------------------------------------------- the grid

// One panel's columns of a row block over one part of k: every tile of it, then the epilogue if
// this was the last part. The first tile brings the panel's part into the cache.
static void block_column(const struct linear_job *job, size_t row, size_t rows, size_t column,
                         size_t part)
{
    enum { AHEAD = 2048 };
    const struct kernels *k = job->s->k;
    const size_t nr = k->gemm_nr, N = job->w->n, words = format_words(&job->format, job->w->k);
    const size_t cols = N - column < nr ? N - column : nr, p = part * job->depth;
    const size_t depth = words - p < job->depth ? words - p : job->depth;
    const uint32_t *panel = (const uint32_t *)job->w->panels +
                            column / nr * format_panel(&job->format, nr, job->w->k) + p * nr;
    float *out = job->out + row * job->ldo + column;
    for (size_t r = 0; r < rows; r += job->tile_rows) {
        job->format.gemm(out + r * job->ldo, job->ldo,
                         job->left.words + (row + r) * job->left.ld + p, job->left.ld, panel, depth,
                         rows - r < job->tile_rows ? rows - r : job->tile_rows, cols, part > 0,
                         r == 0 ? AHEAD : 0);
    }
    if (part + 1 == job->parts && job->act) {
        job->act(job->y + row * job->ldy + column, job->ldy, out, job->ldo,
                 job->bias ? job->bias + column : NULL, job->out != job->y, rows, cols);
    }
}

static void linear_block(void *arg, size_t i, int worker)
{
    const struct linear_job *job = arg;
    const size_t nr = job->s->k->gemm_nr, panels = div_up(job->w->n, nr);
    const size_t row = i % job->row_blocks * job->rows_each;
    const size_t rows = job->T - row < job->rows_each ? job->T - row : job->rows_each;
    const size_t first = i / job->row_blocks * job->panels_each;
    const size_t n = panels - first < job->panels_each ? panels - first : job->panels_each;
    (void)worker;
    for (size_t step = 0; step < n * job->parts; step++) {
        const size_t panel = job->panel_by_panel ? step / job->parts : step % n;
        const size_t part = job->panel_by_panel ? step % job->parts : step / n;
        block_column(job, row, rows, (first + panel) * nr, part);
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
    const size_t words = format_words(&job->format, job->w->k);
    const size_t tiles_each = div_up(tiles, div_up(tiles, ROW_TILES));
    job->tile_rows = div_up(job->T, tiles);
    job->rows_each = tiles_each * job->tile_rows;
    job->row_blocks = div_up(job->T, job->rows_each);
    job->panel_by_panel = job->rows_each * job->left.ld * sizeof(uint32_t) <= BLOCK_BYTES;
    const size_t wanted = threads == 1 ? 1 : div_up(TASKS_EACH * threads, job->row_blocks);
    job->panels_each = div_up(panels, wanted < panels ? wanted : panels);
    job->parts = words > job->format.k_part ? div_up(words, job->format.k_part) : 1;
    job->depth = job->parts == 1 ? words : round_up(div_up(words, job->parts), 8);
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

void cpu_linear(struct stream *s, float *y, size_t ldy, const float *x, size_t ldx,
                const struct matrix *w, const float *bias, enum act act, float *pre_save, size_t T)
{
    struct linear_job job = {.s = s,
                             .format = format_of(s->k, w->dtype),
                             .x = x,
                             .ldx = ldx,
                             .w = w,
                             .bias = bias,
                             .y = y,
                             .ldy = ldy,
                             .T = T};
    if (T == 0) return;
    job.out = pre_save ? pre_save : y;
    job.ldo = pre_save ? w->n : ldy;
    if (bias || act != ACT_linear || pre_save) job.act = act_kernel(s->k, act);
    make_left(&job);
    pool_run(s->pool, cut_grid(&job), linear_block, &job);
}
