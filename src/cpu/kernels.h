// kernels.h: every leaf kernel's signature, once. The list below generates the table's struct, the
// reference table, each level's declarations and the tests.
//
// A kernel runs on one thread, allocates nothing and cannot fail. Matrices are row-major float32
// with a row stride in floats (ld…); pointers need no alignment unless said; sizes may be 0.
// Numbers: an output element is one chain of operations in ascending index order (docs/NUMERICS.md),
// whatever the number of rows, the tails or the variant chosen inside a level.
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Activations of config.json's hidden_act, each in one kernel named act_<name>_fwd. A row here is
// all that a new one needs beside its formula in ref/ and simd/.
//   gelu      x/2 (1 + erf(x/√2))                              Hendrycks & Gimpel, arXiv 1606.08415
//   gelu_tanh x/2 (1 + tanh(√(2/π)(x + 0.044715 x³)))          the same, its approximation
//   quick_gelu x σ(1.702x) · silu x σ(x) · relu max(x,0) · tanh · sigmoid · linear x
#define ACTIVATIONS(X)                                                                             \
    X(gelu) X(gelu_tanh) X(quick_gelu) X(silu) X(relu) X(tanh) X(sigmoid) X(linear)

// Similarities of a vector to many, each in one kernel named <name>_rows, as sentence-transformers
// defines them: greater is nearer, so distances are negative.
#define METRICS(X) X(cosine) X(dot) X(euclidean) X(manhattan)

#define ACT_ARGS                                                                                   \
    (float *y, size_t ldy, float *x, size_t ldx, const float *bias, bool save, size_t rows,        \
     size_t cols)
#define METRIC_ARGS                                                                                \
    (float *y, const float *x, size_t ldx, const float *q, size_t rows, size_t cols)

// X(name, arguments). What each does:
//
// pack_rows     Transposes src [n, k] (row stride ld) into a panel dst [k, width]:
//               dst[p*width + i] = src[i*ld + p], zeros for n <= i < width. For weights stored
//               [out, in], for keys, and for activations as the left operand.
// pack_cols     Copies src [k, n] (row stride ld) into a panel dst [k, width]:
//               dst[p*width + j] = src[p*ld + j], zeros for n <= j < width. For values.
// gemm_tile     c[i][j] (+)= sum over p of a[p*MR + i] * b[p*NR + j], for i < rows <= MR,
//               j < cols <= NR, where MR and NR are the table's gemm_mr and gemm_nr and a, b are
//               panels (b 64-byte aligned). Each sum is one chain of multiply-adds in ascending p
//               that begins at 0; with `add` it is added to c[i][j], else it replaces it. Writes
//               nothing outside rows x cols.
// act_…_fwd     y = act(x + bias) element by element; bias [cols] may be NULL. With save, x + bias is
//               left in x (the pre-activation, for the backward pass). y may be x when !save.
// layernorm_fwd y = gamma (v - mean)/sqrt(var + eps) + beta with v = (x + bias) + residual, row by
//               row over cols; bias [cols] and residual [rows, ldr] may be NULL. Variance divides by
//               cols. Where not NULL: sum takes v (for the backward pass), mean and rstd [rows] the
//               statistics. y may be x or residual.               Ba et al. 2016, arXiv 1607.06450
// softmax_fwd   In place over rows of n: p = exp(scale p - max) / sum of those. lse [rows], where
//               not NULL, takes max + log(sum) (of scaled scores).
// embed_fwd     y[i] = (word[ids[i]] + type[types[i]]) + position[pos[i]], rows of cols. In this
//               order: both references add so.
// mean_rows     y[j] = (x[0][j] + x[1][j] + …)/rows in ascending order; rows >= 1.
// max_rows      y[j] = max over rows of x[i][j]; rows >= 1.
// cosine_rows … y[i] = the similarity of x[i] and q: dot Σ x q, cosine that over the product of both
//               lengths (each at least 1e-12), euclidean -√Σ(x-q)², manhattan -Σ|x-q|.
// normalize_fwd x[i] /= max(|x[i]|, 1e-12), the Euclidean length of each row.
#define KERNELS(X)                                                                                 \
    X(pack_rows, (float *dst, size_t width, const float *src, size_t ld, size_t n, size_t k))      \
    X(pack_cols, (float *dst, size_t width, const float *src, size_t ld, size_t n, size_t k))      \
    X(gemm_tile, (float *c, size_t ldc, const float *a, const float *b, size_t k, size_t rows,     \
                  size_t cols, bool add))                                                          \
    X(act_gelu_fwd, ACT_ARGS)                                                                      \
    X(act_gelu_tanh_fwd, ACT_ARGS)                                                                 \
    X(act_quick_gelu_fwd, ACT_ARGS)                                                                \
    X(act_silu_fwd, ACT_ARGS)                                                                      \
    X(act_relu_fwd, ACT_ARGS)                                                                      \
    X(act_tanh_fwd, ACT_ARGS)                                                                      \
    X(act_sigmoid_fwd, ACT_ARGS)                                                                   \
    X(act_linear_fwd, ACT_ARGS)                                                                    \
    X(layernorm_fwd, (float *y, size_t ldy, const float *x, size_t ldx, const float *bias,         \
                      const float *residual, size_t ldr, const float *gamma, const float *beta,    \
                      float eps, float *sum, size_t lds, float *mean, float *rstd, size_t rows,    \
                      size_t cols))                                                                \
    X(softmax_fwd, (float *p, size_t ldp, float scale, float *lse, size_t rows, size_t n))         \
    X(embed_fwd, (float *y, size_t ldy, const float *word, const float *type,                      \
                  const float *position, const int32_t *ids, const uint8_t *types,                 \
                  const int32_t *pos, size_t rows, size_t cols))                                   \
    X(mean_rows, (float *y, const float *x, size_t ldx, size_t rows, size_t cols))                 \
    X(max_rows, (float *y, const float *x, size_t ldx, size_t rows, size_t cols))                  \
    X(cosine_rows, METRIC_ARGS)                                                                    \
    X(dot_rows, METRIC_ARGS)                                                                       \
    X(euclidean_rows, METRIC_ARGS)                                                                 \
    X(manhattan_rows, METRIC_ARGS)                                                                 \
    X(normalize_fwd, (float *x, size_t ldx, size_t rows, size_t cols))

// The table: one function a row, and the shape of this level's GEMM tile.
struct kernels {
#define KERNEL_MEMBER(name, args) void(*name) args;
    KERNELS(KERNEL_MEMBER)
#undef KERNEL_MEMBER
    size_t gemm_mr, gemm_nr;
    // Runs about n million multiply-adds without touching memory and returns how many floating-point
    // operations that was: the measured peak's numerator.
    double (*fma_loop)(size_t n);
};

#endif
