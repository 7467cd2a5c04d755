// tile.h: the GEMM tile, once for every element type. GEMM_MR x GEMM_VECS vectors of sums stay in
// registers for the whole of k: a step loads a row of the panel, broadcasts each row's word of the
// left operand and multiplies. The number of rows is a constant of each copy of the loop, so that
// few rows cost little. A file that includes this has defined
//   tile_sum, tile_left, tile_right     types: of a vector of sums and of the two operands
//   TILE_STEPS                          words of the left operand for each of the right one
//   TILE_SECOND                         whether two or three tiles that share the next panel ask
//                                       for it into the second-level cache
//   tile_left_load(p)                   one word in every lane
//   tile_right_load(p, step)            what the step's left word is multiplied by of VEC_LANES
//                                       words
//   tile_dot(sum, left, right)          sum + the dot products of these
// and, with TILE_HEADS, where words stand before the operands' first that say what they are worth,
//   TILE_LEFT_HEAD, TILE_RIGHT_HEAD     words before a row's first, rows of NR words before a
//                                       panel's
//   tile_row, tile_column               types: what these say of a row, of a vector of columns
//   tile_row_head(row)                  reads it
//   tile_column_head(panel, j)          likewise of vector j
//   tile_value(sum, row, column)        the float32 result
#include "cpu/simd/vec.h"

enum { GEMM_NR = GEMM_VECS * VEC_LANES };

#if !defined(TILE_HEADS)
enum { TILE_LEFT_HEAD = 0, TILE_RIGHT_HEAD = 0 };

typedef struct {
    char none;
} tile_row, tile_column;

INLINE tile_row tile_row_head(const uint32_t *row)
{
    (void)row;
    return (tile_row){0};
}

INLINE tile_column tile_column_head(const uint32_t *panel, size_t j)
{
    (void)panel, (void)j;
    return (tile_column){0};
}

INLINE vec tile_value(tile_sum sum, tile_row row, tile_column column)
{
    (void)row, (void)column;
    return sum;
}
#endif

// Floats of c's row that vector j covers.
INLINE size_t tile_width(size_t cols, size_t j)
{
    return cols > j * VEC_LANES ? cols - j * VEC_LANES : 0;
}

// Rows are reached from every fourth one by 0, 1, 2 and 3 strides: three pointers and one index are
// what x86's address forms can do without an instruction of their own. The compiler is kept from
// undoing it: it would hold twelve offsets and spill them.
enum { TILE_GROUP = 4, TILE_GROUPS = (GEMM_MR + TILE_GROUP - 1) / TILE_GROUP };
#define HIDE(x) __asm__("" : "+r"(x))

// Memory that is asked for while too many lines are under way is not fetched, so every line of
// `next` has to be asked for twice or more: each step asks for one line in each of 1, 2 or 4 places
// of it, and the number is a constant of each copy of the loop, too. With few tiles for a panel it
// is so many lines at a time that they would drive floats of this panel out of the first-level
// cache.
INLINE void tile_sums(tile_sum sum[GEMM_MR][GEMM_VECS], const uint32_t *left, size_t ldl,
                      const uint32_t *right, size_t k, const size_t rows, struct prefetch next,
                      const size_t places)
{
    const size_t part = next.bytes / places, pace = (part + k - 1) / (k ? k : 1);
    const char *line = next.bytes ? next.from : right;
    const bool second = TILE_SECOND && places == 1 && next.bytes > 16 * k;
    const uint32_t *group[TILE_GROUPS];
    size_t stride[TILE_GROUP] = {0, ldl, 2 * ldl, 3 * ldl};
    UNROLL
    for (size_t g = 0; g < TILE_GROUPS; g++) {
        group[g] = left + g * TILE_GROUP * ldl;
        HIDE(group[g]);
    }
    HIDE(stride[3]);
    for (size_t p = 0; p < k; p++, right += GEMM_NR) {
        tile_right b[GEMM_VECS];
        UNROLL
        for (size_t i = 0; i < places; i++) {
            if (second) __builtin_prefetch(line + i * part, 0, 2);
            else __builtin_prefetch(line + i * part);
        }
        line += pace;
        UNROLL
        for (size_t step = 0; step < TILE_STEPS; step++) {
            UNROLL
            for (size_t j = 0; j < GEMM_VECS; j++) {
                b[j] = tile_right_load(right + j * VEC_LANES, step);
            }
            UNROLL
            for (size_t i = 0; i < rows; i++) {
                const uint32_t *row = group[i / TILE_GROUP] + stride[i % TILE_GROUP];
                const tile_left a = tile_left_load(row + p * TILE_STEPS + step);
                UNROLL
                for (size_t j = 0; j < GEMM_VECS; j++) sum[i][j] = tile_dot(sum[i][j], a, b[j]);
            }
        }
    }
}

// Asks for the lines of a tile's results where the output is so wide that they are not in a cache
// near by: 128 rows of WIDE floats are more than half of 1 MiB.
INLINE void tile_results(const float *c, size_t ldc, const size_t rows)
{
    enum { WIDE = 1280, LINE_FLOATS = 64 / sizeof *c };
    if (ldc < WIDE) return;
    for (size_t i = 0; i < rows; i++, c += ldc) {
        for (size_t j = 0; j < GEMM_NR; j += LINE_FLOATS) __builtin_prefetch(c + j, 1);
    }
}

INLINE void tile(float *c, size_t ldc, const uint32_t *left, size_t ldl, const uint32_t *right,
                 size_t k, const size_t rows, size_t cols, bool add, struct prefetch next)
{
    tile_sum sum[GEMM_MR][GEMM_VECS];
    UNROLL
    for (size_t i = 0; i < rows; i++) {
        UNROLL
        for (size_t j = 0; j < GEMM_VECS; j++) sum[i][j] = (tile_sum){0};
    }
    const uint32_t *words = right + TILE_RIGHT_HEAD * GEMM_NR, *x = left + TILE_LEFT_HEAD;
    tile_results(c, ldc, rows);
    if (next.bytes > 96 * k) tile_sums(sum, x, ldl, words, k, rows, next, 4);
    else if (next.bytes > 48 * k) tile_sums(sum, x, ldl, words, k, rows, next, 2);
    else tile_sums(sum, x, ldl, words, k, rows, next, 1);
    tile_column columns[GEMM_VECS];
    UNROLL
    for (size_t j = 0; j < GEMM_VECS; j++) columns[j] = tile_column_head(right, j);
    UNROLL
    for (size_t i = 0; i < rows; i++) {
        const tile_row row = tile_row_head(left + i * ldl);
        UNROLL
        for (size_t j = 0; j < GEMM_VECS; j++) {
            float *at = c + i * ldc + j * VEC_LANES;
            const size_t n = tile_width(cols, j);
            vec value = tile_value(sum[i][j], row, columns[j]);
            if (add) value = vec_load_n(at, n) + value;
            vec_store_n(at, value, n);
        }
    }
}

// The kernel: the copy of the loop for this number of rows.
#define TILE_KERNEL(name)                                                                          \
    void KERNEL(name) TILE_ARGS                                                                    \
    {                                                                                              \
        switch (rows) {                                                                            \
            TILE_CASE(1)                                                                           \
            TILE_CASE(2)                                                                           \
            TILE_CASE(3)                                                                           \
            TILE_CASE(4)                                                                           \
            TILE_CASE(5)                                                                           \
            TILE_CASE(6)                                                                           \
            TILE_CASE(7)                                                                           \
            TILE_CASE(8)                                                                           \
            TILE_CASE(9)                                                                           \
            TILE_CASE(10)                                                                          \
            TILE_CASE(11)                                                                          \
            TILE_CASE(12)                                                                          \
        default: break;                                                                            \
        }                                                                                          \
    }
#define TILE_CASE(n)                                                                               \
    case n:                                                                                        \
        if (n > GEMM_MR) break;                                                                    \
        tile(c, ldc, left, ldl, right, k, n < GEMM_MR ? n : GEMM_MR, cols, add, next);             \
        break;

// The peak's loop: independent chains, at least latency times throughput of the CPUs we know:
// twelve (4 cycles x 2 for FMA, 3 + 3 x 2 for multiply and add), which with two constants fit
// sixteen registers; sixteen where there are more (4 x 4 on large ARM cores). A word is `elements`
// multiply-adds. The left operand is hidden, or products would leave the loop and additions stay.
#define TILE_PEAK(name, elements)                                                                  \
    double KERNEL(name)(size_t n)                                                                  \
    {                                                                                              \
        enum { CHAINS = GEMM_MR * GEMM_VECS > 16 ? 16 : 12 };                                      \
        volatile uint32_t unknown = 0; /* so that nothing is computed beforehand */                \
        uint32_t words[VEC_LANES];                                                                 \
        for (size_t i = 0; i < VEC_LANES; i++) words[i] = unknown;                                 \
        tile_left left = tile_left_load(words);                                                    \
        const tile_right right = tile_right_load(words, 0);                                        \
        tile_sum sum[CHAINS];                                                                      \
        for (size_t i = 0; i < CHAINS; i++) sum[i] = (tile_sum){0};                                \
        const size_t steps = n * 1000000 / (CHAINS * VEC_LANES);                                   \
        for (size_t s = 0; s < steps; s++) {                                                       \
            UNROLL                                                                                 \
            for (size_t i = 0; i < TILE_STEPS * CHAINS; i++) {                                     \
                VEC_HIDE(left);                                                                    \
                sum[i % CHAINS] = tile_dot(sum[i % CHAINS], left, right);                          \
            }                                                                                      \
        }                                                                                          \
        for (size_t i = 0; i < CHAINS; i++) { /* and nothing is left out */                        \
            memcpy(words, &sum[i], sizeof words);                                                  \
            unknown = words[0];                                                                    \
        }                                                                                          \
        return 2.0 * elements * (double)steps * CHAINS * VEC_LANES;                                \
    }
