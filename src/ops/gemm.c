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
    size_t row_blocks;          // the grid
    size_t rows_each;           // rows of a block, whole tiles
    size_t tile_rows;           // of a tile
    size_t panels, panels_each; // of the weight, of a block
    size_t parts, depth;        // of k, in words
    bool panel_by_panel;        // all parts of a panel before the next
};

// A tile's rows are read while one panel's part is: what a block reads again for every panel has to
// stay in the second-level cache (1 MiB and more), beside that part and the columns it makes. What
// is asked for beforehand is shared out in whole lines.
enum { BLOCK_BYTES = 512 * 1024, LINE = 64 };

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

// A step of a block: one panel's columns over one part of k.
struct step {
    size_t panel, part;
};

static size_t step_depth(const struct linear_job *job, struct step at)
{
    const size_t left = format_words(&job->format, job->w->k) - at.part * job->depth;
    return left < job->depth ? left : job->depth;
}

static const uint32_t *step_words(const struct linear_job *job, struct step at)
{
    const size_t nr = job->s->k->gemm_nr;
    return (const uint32_t *)job->w->panels + at.panel * format_panel(&job->format, nr, job->w->k) +
           at.part * job->depth * nr;
}

static struct prefetch step_memory(const struct linear_job *job, struct step at)
{
    const size_t rows = step_depth(job, at) + (at.part ? 0 : job->format.right_head);
    if (at.panel >= job->panels) return (struct prefetch){0};
    return (struct prefetch){step_words(job, at), rows * job->s->k->gemm_nr * sizeof(uint32_t)};
}

// Takes n bytes, or what is left.
static struct prefetch take_share(struct prefetch *all, size_t n)
{
    const struct prefetch share = {all->from, all->bytes < n ? all->bytes : n};
    if (share.bytes == 0) return share;
    all->from = (const char *)all->from + share.bytes;
    all->bytes -= share.bytes;
    return share;
}

// Every tile of a step, then the epilogue if this was the last part of k. Meanwhile the next step's
// words come into the cache, evenly: memory that is far is asked for few lines at a time.
static void run_step(const struct linear_job *job, size_t row, size_t rows, struct step at,
                     struct step next)
{
    const size_t nr = job->s->k->gemm_nr, N = job->w->n, depth = step_depth(job, at);
    const size_t column = at.panel * nr, cols = N - column < nr ? N - column : nr;
    const uint32_t *panel = step_words(job, at);
    const uint32_t *x = job->left.words + at.part * job->depth * job->format.left_words;
    struct prefetch memory = step_memory(job, next);
    const size_t share = round_up(div_up(memory.bytes, div_up(rows, job->tile_rows)), LINE);
    float *out = job->out + row * job->ldo + column;
    for (size_t r = 0; r < rows; r += job->tile_rows) {
        const size_t left = rows - r;
        job->format.gemm(out + r * job->ldo, job->ldo, x + (row + r) * job->left.ld, job->left.ld,
                         panel, depth, left < job->tile_rows ? left : job->tile_rows, cols,
                         at.part > 0, take_share(&memory, share));
    }
    if (at.part + 1 == job->parts && job->act) {
        job->act(job->y + row * job->ldy + column, job->ldy, out, job->ldo,
                 job->bias ? job->bias + column : NULL, job->out != job->y, rows, cols);
    }
}

// The first panel of block i, beyond the last one where there is no such block.
static size_t first_panel(const struct linear_job *job, size_t i)
{
    return i / job->row_blocks * job->panels_each;
}

// Step i of a block of n panels, the first of which is `first`.
static struct step step_of(const struct linear_job *job, size_t i, size_t first, size_t n)
{
    if (job->panel_by_panel) return (struct step){first + i / job->parts, i % job->parts};
    return (struct step){first + i % n, i / n};
}

// After a block its thread is likely to take the one that is as many on as there are threads.
static void linear_block(void *arg, size_t i, int worker)
{
    const struct linear_job *job = arg;
    const size_t row = i % job->row_blocks * job->rows_each, first = first_panel(job, i);
    const size_t rows = job->T - row < job->rows_each ? job->T - row : job->rows_each;
    const size_t left = job->panels - first, n = left < job->panels_each ? left : job->panels_each;
    const size_t steps = n * job->parts;
    const struct step after = {first_panel(job, i + (size_t)pool_threads(job->s->pool)), 0};
    (void)worker;
    for (size_t s = 0; s < steps; s++) {
        run_step(job, row, rows, step_of(job, s, first, n),
                 s + 1 < steps ? step_of(job, s + 1, first, n) : after);
    }
    if (job->s->k->gemm_end) job->s->k->gemm_end();
}

// Cuts the output so that every thread gets several blocks of nearly equal size: first into rows,
// as few and as even as the cache allows, then, where that gives too few, into columns.
static size_t cut_grid(struct linear_job *job)
{
    enum { TASKS_EACH = 6 };
    const struct kernels *k = job->s->k;
    const size_t tiles = div_up(job->T, job->format.mr);
    const size_t threads = (size_t)pool_threads(job->s->pool);
    const size_t words = format_words(&job->format, job->w->k);
    const size_t tiles_each = div_up(tiles, div_up(tiles, ROW_TILES));
    job->panels = div_up(job->w->n, k->gemm_nr);
    job->tile_rows = div_up(job->T, tiles);
    job->rows_each = tiles_each * job->tile_rows;
    job->row_blocks = div_up(job->T, job->rows_each);
    job->panel_by_panel = job->rows_each * job->left.ld * sizeof(uint32_t) <= BLOCK_BYTES;
    const size_t wanted = threads == 1 ? 1 : div_up(TASKS_EACH * threads, job->row_blocks);
    job->panels_each = div_up(job->panels, wanted < job->panels ? wanted : job->panels);
    job->parts = words > job->format.k_part ? div_up(words, job->format.k_part) : 1;
    job->depth = job->parts == 1 ? words : round_up(div_up(words, job->parts), 8);
    return job->row_blocks * div_up(job->panels, job->panels_each);
}

// The kernel of an activation; `coarse`: its results need no more bits than bfloat16 has.
static void(*act_kernel(const struct kernels *k, enum act act, bool coarse)) ACT_ARGS
{
    if (act == ACT_gelu && coarse) return k->act_gelu_coarse_fwd;
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
    if (bias || act != ACT_linear || pre_save) {
        job.act = act_kernel(s->k, act, w->dtype != BERT_F32);
    }
    make_left(&job);
    pool_run(s->pool, cut_grid(&job), linear_block, &job);
}
