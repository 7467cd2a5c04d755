// stream.h: the CPU's stream: a thread pool, and for each of its threads scratch that is carved
// once. Operations take what they need from their worker's scratch and nothing else.
#ifndef OPS_STREAM_H
#define OPS_STREAM_H

#include "ops/ops.h"

// Cache blocking of the GEMM. A row block of the left operand, packed, is at most ROW_TILES × MR
// rows by K_BLOCK columns: 8 × 12 × 256 floats = 96 KiB, a tenth of a 1 MiB L2; a panel of the
// right operand is then K_BLOCK × 32 floats = 32 KiB and is used ROW_TILES times. K_BLOCK is also
// the length of a chain of sums: shorter is more exact (docs/NUMERICS.md).
enum { ROW_TILES = 8, K_BLOCK = 256 };

struct scratch {
    float *left;   // packed left operand: ROW_TILES panels of [K_BLOCK, MR]; a tile of queries
    float *keys;   // packed Kᵀ of one head: panels of [D, NR]
    float *values; // packed V of one head: panels of [longest, NR]
    float *scores; // of one tile of queries: [MR, longest rounded up to NR]
    float *probs;  // packed probabilities of that tile: [longest, MR]
};

struct stream {
    struct pool *pool;
    const struct kernels *k;
    struct scratch *scratch; // [threads]
    void *memory;            // of all of them
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
int cpu_stream_threads(const struct stream *s);

size_t cpu_matrix_bytes(size_t n, size_t k);
bert_status cpu_matrix_pack(struct pool *pool, struct matrix *w, const float *const *parts,
                            size_t slices, bert_error *err);

void cpu_embed(struct stream *s, float *x, const float *word, const float *type,
               const float *position, const int32_t *ids, const uint8_t *types, const int32_t *pos,
               size_t T, size_t H);
void cpu_linear(struct stream *s, float *y, const float *x, const struct matrix *w,
                const float *bias, enum act act, float *pre_save, size_t T);
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
