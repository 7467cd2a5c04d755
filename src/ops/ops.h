// ops.h: whole-tensor operations and the device that runs them.
//
// A device is one struct of functions, chosen when a model is opened. A stream is a device's
// threads and scratch, owned by a session. Operations are void: every size was checked and every
// byte was reserved when the stream was made. Activations are [T, width] over the packed tokens of
// a batch; offs [S+1] says where each sequence begins and is read by attention only. An operation
// with a `…save` pointer leaves there what its backward pass needs; NULL in inference, and the
// result has the same bits either way.
#ifndef OPS_OPS_H
#define OPS_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/pool.h"
#include "cpu/kernels.h"
#include "ops/table.h"

enum act {
#define ACT_ENUM(name) ACT_##name,
    ACTIVATIONS(ACT_ENUM)
#undef ACT_ENUM
        ACT_COUNT
};

// Rows [first, end) of an activation, never empty, and how many rows of their sequence come before.
struct rows {
    uint32_t first, end, before;
};
// SQRT: the sum over the square root of how many; RANK: the mean, weighted by 1, 2, 3 … from the
// sequence's start.
enum reduce { REDUCE_FIRST, REDUCE_LAST, REDUCE_MEAN, REDUCE_MAX, REDUCE_SUM, REDUCE_SQRT,
              REDUCE_RANK };
enum combine { COMBINE_COPY, COMBINE_ADD, COMBINE_MAX };

// A weight [n, k] (a row an output) in the device's packed form, read-only. Products with it are
// made in its element type; sums and results are float32.
struct matrix {
    size_t n, k;
    bert_dtype dtype;
    void *panels; // cpu: ceil(n / NR) panels of words (ops/format.h), the last one zero-padded
};

// What a stream must be able to hold.
struct stream_limits {
    size_t tokens;    // of a batch
    size_t longest;   // tokens of the longest sequence
    size_t head_dim;  // D
    size_t widest;    // columns of the widest left operand
    bert_dtype dtype; // of the matrices
};

struct stream;

typedef void rows_fn(void *arg, struct stream *s, size_t first, size_t n);

struct device {
    const char *name;

    struct stream *(*stream_new)(int threads, struct stream_limits limits, bert_error *err);
    void (*stream_free)(struct stream *s);
    // Large batches are coming: more of its memory will be used than short texts need.
    void (*stream_widen)(struct stream *s);
    int (*stream_threads)(const struct stream *s);
    // fn(arg, i, worker) for every i < n on the stream's threads, of which 0 <= worker < threads is
    // one; they may use other streams meanwhile, each its own.
    void (*parallel)(struct stream *s, size_t n, pool_fn *fn, void *arg);
    // fn(arg, stream, first, n) for parts of T rows, n of them from `first` on, which operations
    // that treat every row on its own may be run on, with that stream: one thread of s for each
    // part, or s itself and all rows where its threads had better share every operation.
    void (*by_rows)(struct stream *s, size_t T, rows_fn *fn, void *arg);

    // Bytes of a packed [n, k] matrix (0: too large), and packing into w->panels, which the caller
    // has reserved. The rows come in `slices` equal parts (Q, K, V lie apart in files). A table of
    // the matrix's own type is taken as it is, scales too; others are rounded. MEMORY.
    size_t (*matrix_bytes)(size_t n, size_t k, bert_dtype dtype);
    bert_status (*matrix_pack)(struct pool *pool, struct matrix *w, const struct table *parts,
                               size_t slices, bert_error *err);

    // x [T, H] = (word[ids] + type[types]) + position[pos].
    void (*embed)(struct stream *s, float *x, const struct table *word, const struct table *type,
                  const struct table *position, const int32_t *ids, const uint8_t *types,
                  const int32_t *pos, size_t T, size_t H);
    // y [T, n] (row stride ldy) = act(x wᵀ + bias), x's row stride ldx; bias NULL: none. pre_save
    // [T, n] takes what act was given. Where w is not float32, GELU may be off by 1e-4.
    void (*linear)(struct stream *s, float *y, size_t ldy, const float *x, size_t ldx,
                   const struct matrix *w, const float *bias, enum act act, float *pre_save,
                   size_t T);
    // y = LayerNorm(x + bias + residual), gamma, beta [H]; bias, residual NULL: none. sum_save
    // [T, H], mean_save and rstd_save [T]. y may be x or residual.
    void (*layernorm)(struct stream *s, float *y, const float *x, const float *bias,
                      const float *residual, const float *gamma, const float *beta, float eps,
                      float *sum_save, float *mean_save, float *rstd_save, size_t T, size_t H);
    // context [T, A D] = softmax(Q Kᵀ / sqrt(D)) V within each sequence and head, from the rows
    // qkv [T, 3 A D] = (Q | K | V). lse_save [A, T]. Products are of the stream's dtype, or of a
    // more exact one where the device is as fast with that.
    void (*attention)(struct stream *s, float *context, const float *qkv, const uint32_t *offs,
                      size_t S, size_t A, size_t D, float *lse_save);
    // y [n, H], row stride ldy: each range of the rows of x [T, H] reduced to one row.
    void (*reduce_rows)(struct stream *s, float *y, size_t ldy, const float *x,
                        const struct rows *ranges, size_t n, size_t H, enum reduce how);
    // y = v, y + v or max(y, v) with v = factor x, over n floats; y *= factor.
    void (*combine)(struct stream *s, float *y, const float *x, size_t n, float factor,
                    enum combine how);
    void (*scale)(struct stream *s, float *y, float factor, size_t n);
    // Each row of y [n, cols] divided by its Euclidean length (at least 1e-12).
    void (*normalize)(struct stream *s, float *y, size_t n, size_t cols);
    // y [n] = the similarity of each row of x [n, cols] and q [cols]; x and q are the host's.
    void (*compare)(struct stream *s, float *y, const float *x, size_t n, const float *q,
                    size_t cols, bert_metric metric);
    // Copies n floats from the device's memory to the host's.
    void (*download)(struct stream *s, float *host, const float *device, size_t n);
};

extern const struct device device_cpu;

#endif
