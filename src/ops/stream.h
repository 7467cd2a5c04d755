// stream.h: the CPU's stream: a thread pool, and for each of its threads scratch that is carved
// once. Operations take what they need from their worker's scratch and nothing else.
#ifndef OPS_STREAM_H
#define OPS_STREAM_H

#include "ops/ops.h"

// A row block of the GEMM is at most ROW_TILES × MR rows: enough to use a panel's part (32 or 64
// KiB) often, few enough that its rows stay in the second-level cache beside it: 96 with AVX-512
// (96 KiB of a part, of 1 MiB), 256 with AMX (512 KiB, of 2 MiB). Rows are converted ROWS_TOGETHER
// at a time.
enum { ROW_TILES = 8, ROWS_TOGETHER = 8 };

// One worker's, for attention; in words.
struct scratch {
    uint32_t *keys;   // Kᵀ of one head: panels of [D, NR]
    uint32_t *values; // V of one head: panels of [longest, NR]
    float *scores;    // of one tile of queries: [MR, score_stride]
    uint32_t *left;   // a tile of queries, or of exponentials: [MR, left_stride]
    float *sums;      // of each row's exponentials: [MR]
};

struct stream {
    struct pool *pool;
    const struct kernels *k;
    bert_dtype dtype; // of attention's products
    uint32_t *left;   // a left operand of all tokens
    size_t left_row;  // the widest row's words
    size_t score_stride, left_stride;
    struct scratch *scratch; // [threads]
    void *memory;            // [bytes] of all of them
    size_t bytes;
};

static inline size_t div_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static inline size_t round_up(size_t a, size_t b)
{
    return div_up(a, b) * b;
}

struct stream *cpu_stream_new(int threads, struct stream_limits limits, bert_error *err);
void cpu_stream_free(struct stream *s);
void cpu_stream_widen(struct stream *s);
int cpu_stream_threads(const struct stream *s);

size_t cpu_matrix_bytes(size_t n, size_t k, bert_dtype dtype);
bert_status cpu_matrix_pack(struct pool *pool, struct matrix *w, const struct table *parts,
                            size_t slices, bert_error *err);

void cpu_embed(struct stream *s, float *x, const struct table *word, const struct table *type,
               const struct table *position, const int32_t *ids, const uint8_t *types,
               const int32_t *pos, size_t T, size_t H);
void cpu_linear(struct stream *s, float *y, size_t ldy, const float *x, size_t ldx,
                const struct matrix *w, const float *bias, enum act act, float *pre_save, size_t T);
void cpu_layernorm(struct stream *s, float *y, const float *x, const float *bias,
                   const float *residual, const float *gamma, const float *beta, float eps,
                   float *sum_save, float *mean_save, float *rstd_save, size_t T, size_t H);
void cpu_attention(struct stream *s, float *context, const float *qkv, const uint32_t *offs,
                   size_t S, size_t A, size_t D, float *lse_save);
void cpu_reduce_rows(struct stream *s, float *y, size_t ldy, const float *x,
                     const struct rows *ranges, size_t n, size_t H, enum reduce how);
void cpu_combine(struct stream *s, float *y, const float *x, size_t n, float factor,
                 enum combine how);
void cpu_scale(struct stream *s, float *y, float factor, size_t n);
void cpu_compare(struct stream *s, float *y, const float *x, size_t n, const float *q, size_t cols,
                 bert_metric metric);
void cpu_normalize(struct stream *s, float *y, size_t n, size_t cols);

#endif
