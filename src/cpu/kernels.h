// kernels.h: every leaf kernel's signature, once. The list below generates the table's struct, the
// reference table, each level's declarations and the tests.
//
// A kernel runs on one thread, allocates nothing and cannot fail. Matrices are row-major float32
// with a row stride in floats (ld…); pointers need no alignment unless said; sizes may be 0.
// Numbers: an output element is one chain of operations in ascending index order
// (docs/NUMERICS.md), whatever the number of rows, the tails or the variant chosen inside a level.
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

// All that have such a kernel: gelu_coarse is gelu for results that are rounded to bfloat16 or to a
// byte afterwards, within 1e-4 of it.
#define ACT_KERNELS(X) ACTIVATIONS(X) X(gelu_coarse)

// Similarities of a vector to many, each in one kernel named <name>_rows, as sentence-transformers
// defines them: greater is nearer, so distances are negative.
#define METRICS(X) X(cosine) X(dot) X(euclidean) X(manhattan)

#define ACT_ARGS                                                                                   \
    (float *y, size_t ldy, float *x, size_t ldx, const float *bias, bool save, size_t rows,        \
     size_t cols)
#define METRIC_ARGS (float *y, const float *x, size_t ldx, const float *q, size_t rows, size_t cols)

// Memory that the next call will read.
struct prefetch {
    const void *from;
    size_t bytes;
};

// The GEMM kernels multiply a left operand, rows of tokens, by a right one, panels of NR columns.
// Both are 32-bit words along k: a float, two bfloat16 or four bytes, so one loop shape serves all.
// Where a level has no instruction for the words' dot product, its left operand is wide: two words
// stand for one, and hold what a multiply-add takes. bf16: the two floats themselves, not rounded;
// int8: bytes 0 and 2, then 1 and 3, as 16-bit integers.
#define TILE_ARGS                                                                                  \
    (float *c, size_t ldc, const void *left, size_t ldl, const void *right, size_t k, size_t rows, \
     size_t cols, bool add, struct prefetch next)
#define PACK_ARGS (void *panel, const float *src, size_t ld, size_t n, size_t k)
#define SOFTMAX_ARGS                                                                               \
    (void *dst, size_t ldd, const float *x, size_t ldx, float scale, float *sums, float *lse,      \
     size_t rows, size_t n)
#define ROWS_ARGS (void *dst, size_t ldd, const float *src, size_t ld, size_t rows, size_t k)

// Before the words of an int8 row stand its scale (a float) and zero (an int32), padded to a cache
// line; before those of an int8 panel its columns' scales and sums, a row of NR words each.
enum { INT8_LEFT_HEAD = 16, INT8_RIGHT_HEAD = 2 };
enum { INT8_TERMS = 66000 }; // products of two bytes, 255 × 127 at most, whose sum fits 32 bits
struct left_head {
    float scale;
    int32_t zero;
};

// X(name, arguments). What each does:
//
// pack_rows_…   Transposes src [n, k] (row stride ld) into a panel of n <= NR columns, the rest
//               zeros: word p of column j is elements p, or 2p and 2p + 1, or 4p to 4p + 3, of row
//               j. For weights stored [out, in], and for keys. bf16 rounds to nearest even (a
//               subnormal number may become 0); int8 to multiples of a column's max|src|/127.
// pack_cols_…   The same panel from src [k, n]: column j is src's column j. For values.
// rows_bf16,    src [rows, k] as a left operand: rows of words, stride ldd, the last word filled
// rows_int8     up with zeros; wide where the level's gemm wants it. int8: q = round(x/scale) +
//               zero in 0…255, where scale = (max - min)/255 of the row and 0, so that 0 is exact.
// gemm_…        c[i][j] (+)= sum over p of left[i][p] · right[p][j], for i < rows <= MR,
//               j < cols <= NR, p < k words, where MR and NR are the table's (f32_mr …, gemm_nr)
//               and · is the dot product of two words. left has a row stride of ldl words, right is
//               a panel, 64-byte aligned. Each sum is one chain in ascending p that begins at 0
//               (int8: exact in 32 bits); with `add` it is added to c[i][j], else it replaces it.
//               Writes nothing outside rows x cols. Asks for the lines of `next` while it runs,
//               evenly.
// act_…_fwd     y = act(x + bias) element by element; bias [cols] may be NULL. With save, x + bias
//               is left in x (the pre-activation, for the backward pass). y may be x when !save.
// layernorm_fwd y = gamma (v - mean)/sqrt(var + eps) + beta with v = (x + bias) + residual, row by
//               row over cols; bias [cols] and residual [rows, ldr] may be NULL. Variance divides
//               by cols. Where not NULL: sum takes v (for the backward pass), mean and rstd [rows]
//               the statistics. y may be x or residual. Ba et al. 2016, arXiv 1607.06450.
// softmax_…     dst = exp(scale x - max) of rows of n scores x, as a left operand (rows of words,
//               stride ldd, which may be x where it is float32; never wide); sums [rows] takes the
//               sum of those, by which a row of what is made of them is to be divided; lse [rows],
//               where not NULL, max + log(sum) (of scaled scores). bf16 and int8: exponentials with
//               a relative error of 1.02e-4. int8: q = round(t exp(…) + r), where r is what the
//               rounding of an element before has left, within a half, and t is 254, or less where
//               n > INT8_TERMS (then 254 INT8_TERMS/n); the sum of q counts, t for 1, and a row's
//               scale is 1 over it: what is made of the row is divided already.
// divide_rows   y[i] /= divisors[i], rows of cols.
// embed_fwd     y[i] = (word[ids[i]] + type[types[i]]) + position[pos[i]], rows of cols. In this
//               order: both references add so.
// mean_rows     y[j] = (x[0][j] + x[1][j] + …)/rows in ascending order; rows >= 1.
// max_rows      y[j] = max over rows of x[i][j]; rows >= 1.
// cosine_rows … y[i] = the similarity of x[i] and q: dot Σ x q, cosine that over the product of
//               both lengths (each at least 1e-12), euclidean -√Σ(x-q)², manhattan -Σ|x-q|.
// normalize_fwd x[i] /= max(|x[i]|, 1e-12), the Euclidean length of each row.
#define KERNELS(X)                                                                                 \
    X(pack_rows_f32, PACK_ARGS)                                                                    \
    X(pack_cols_f32, PACK_ARGS)                                                                    \
    X(pack_rows_bf16, PACK_ARGS)                                                                   \
    X(pack_cols_bf16, PACK_ARGS)                                                                   \
    X(pack_rows_int8, PACK_ARGS)                                                                   \
    X(pack_cols_int8, PACK_ARGS)                                                                   \
    X(rows_bf16, ROWS_ARGS)                                                                        \
    X(rows_int8, ROWS_ARGS)                                                                        \
    X(gemm_f32, TILE_ARGS)                                                                         \
    X(gemm_bf16, TILE_ARGS)                                                                        \
    X(gemm_int8, TILE_ARGS)                                                                        \
    X(act_gelu_fwd, ACT_ARGS)                                                                      \
    X(act_gelu_tanh_fwd, ACT_ARGS)                                                                 \
    X(act_quick_gelu_fwd, ACT_ARGS)                                                                \
    X(act_silu_fwd, ACT_ARGS)                                                                      \
    X(act_relu_fwd, ACT_ARGS)                                                                      \
    X(act_tanh_fwd, ACT_ARGS)                                                                      \
    X(act_sigmoid_fwd, ACT_ARGS)                                                                   \
    X(act_linear_fwd, ACT_ARGS)                                                                    \
    X(act_gelu_coarse_fwd, ACT_ARGS)                                                               \
    X(layernorm_fwd,                                                                               \
      (float *y, size_t ldy, const float *x, size_t ldx, const float *bias, const float *residual, \
       size_t ldr, const float *gamma, const float *beta, float eps, float *sum, size_t lds,       \
       float *mean, float *rstd, size_t rows, size_t cols))                                        \
    X(softmax_f32, SOFTMAX_ARGS)                                                                   \
    X(softmax_bf16, SOFTMAX_ARGS)                                                                  \
    X(softmax_int8, SOFTMAX_ARGS)                                                                  \
    X(divide_rows, (float *y, size_t ldy, const float *divisors, size_t rows, size_t cols))        \
    X(embed_fwd,                                                                                   \
      (float *y, size_t ldy, const float *word, const float *type, const float *position,          \
       const int32_t *ids, const uint8_t *types, const int32_t *pos, size_t rows, size_t cols))    \
    X(mean_rows, (float *y, const float *x, size_t ldx, size_t rows, size_t cols))                 \
    X(max_rows, (float *y, const float *x, size_t ldx, size_t rows, size_t cols))                  \
    X(cosine_rows, METRIC_ARGS)                                                                    \
    X(dot_rows, METRIC_ARGS)                                                                       \
    X(euclidean_rows, METRIC_ARGS)                                                                 \
    X(manhattan_rows, METRIC_ARGS)                                                                 \
    X(normalize_fwd, (float *x, size_t ldx, size_t rows, size_t cols))

// The table: one function a row, and the shape of this level's GEMM tiles, whose panels are equally
// wide for every type.
struct kernels {
#define KERNEL_MEMBER(name, args) void(*name) args;
    KERNELS(KERNEL_MEMBER)
#undef KERNEL_MEMBER
    size_t gemm_nr, f32_mr, bf16_mr, int8_mr;
    size_t bf16_part;            // words of k that gemm_bf16 had better be given at most
    size_t bf16_left, int8_left; // words of a left operand for each of a panel: 2 where it is wide
    // Gives up what a thread's gemm kernels have set up for the next call: after a task's last.
    // NULL where nothing is.
    void (*gemm_end)(void);
    bool bf16_dot; // gemm_bf16 is faster than gemm_f32: an instruction of its own
    bool int8_dot; // gemm_int8 is faster than both, even where k is no more than a head's
    // Each runs about n million dot products of words without touching memory and returns how many
    // operations that was: the measured peak's numerator.
    double (*peak_f32)(size_t n);
    double (*peak_bf16)(size_t n);
    double (*peak_int8)(size_t n);
};

#endif
