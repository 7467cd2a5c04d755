// gemm_amx.c: products by AMX: TDPBF16PS and TDPBUSD multiply 16 rows of 16 words of the left
// operand with 16 rows of 16 columns of a panel, whose words lie as they want them.
//
// TDPBF16PS adds the even and the odd elements of 16 words in two chains that begin at 0, adds
// these, and adds that to the sum; subnormal numbers count as 0 (Intel SDM 2). Words that are not
// there at the end of k are zeros on both sides. TDPBUSD is exact.
#include "cpu/x86/amx.h"

#include <immintrin.h>

#include "cpu/simd/scales.h"

// What of a tile there is. Registers: sums of the upper rows 0, 1 and of the lower ones 2, 3; left
// operand 4, 5; panel 6, 7. Where there are 17 to 31 rows, the lower 16 begin among the upper ones:
// rows are independent.
struct part {
    size_t rows;
    bool lower, second; // whether there are lower rows; columns beyond the first 16
    bool bytes;
};

struct operands {
    const uint32_t *left;
    size_t ldl;
    const uint32_t *right;
    size_t k;
};

INLINE size_t first_lower(struct part s)
{
    return s.lower ? s.rows - AMX_ROWS : 0;
}

#define DOT(sum, left, right)                                                                      \
    do {                                                                                           \
        if (s.bytes) _tile_dpbusd(sum, left, right);                                               \
        else _tile_dpbf16ps(sum, left, right);                                                     \
    } while (0)

// Sums of 16 words; row strides in words.
INLINE void step(const struct part s, const uint32_t *left, size_t ldl, const uint32_t *right)
{
    enum { WORD = sizeof(uint32_t) };
    _tile_loadd(6, right, AMX_NR * WORD);
    _tile_loadd(4, left, ldl * WORD);
    DOT(0, 4, 6);
    if (s.second) {
        _tile_loadd(7, right + AMX_WORDS, AMX_NR * WORD);
        DOT(1, 4, 7);
    }
    if (s.lower) {
        _tile_loadd(5, left + first_lower(s) * ldl, ldl * WORD);
        DOT(2, 5, 6);
        if (s.second) DOT(3, 5, 7);
    }
}

// The last k < 16 words, filled up with zeros.
INLINE void last_step(const struct part s, struct operands at)
{
    uint32_t left[AMX_MR][AMX_WORDS] = {{0}}, right[AMX_WORDS][AMX_NR] = {{0}};
    for (size_t i = 0; i < s.rows; i++) {
        memcpy(left[i], at.left + i * at.ldl, at.k * sizeof **left);
    }
    memcpy(right, at.right, at.k * sizeof *right);
    AMX_BARRIER();
    step(s, *left, AMX_WORDS, *right);
}

enum { LINE = 64 }; // bytes, of the cache's

// One step's share of the lines.
INLINE void prefetch(const char *from, size_t lines)
{
    for (size_t i = 0; i < lines; i++) __builtin_prefetch(from + i * LINE);
}

INLINE void sums(const struct part s, struct operands at, struct prefetch next)
{
    const size_t steps = (at.k + AMX_WORDS - 1) / AMX_WORDS;
    const size_t lines = steps ? (next.bytes / LINE + steps - 1) / steps : 0;
    const char *line = lines ? next.from : (const char *)at.right;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (; at.k >= AMX_WORDS; at.k -= AMX_WORDS) {
        prefetch(line, lines);
        line += lines * LINE;
        step(s, at.left, at.ldl, at.right);
        at.left += AMX_WORDS, at.right += AMX_WORDS * AMX_NR;
    }
    if (at.k) last_step(s, at);
}

// Each number of row and column blocks has its own copy of the loop.
INLINE void all_sums(const struct part s, struct operands at, struct prefetch next)
{
    const bool bytes = s.bytes, lower = s.rows > AMX_ROWS;
    amx_shape(s.rows < AMX_ROWS ? s.rows : AMX_ROWS);
    if (lower && s.second) sums((struct part){s.rows, true, true, bytes}, at, next);
    else if (lower) sums((struct part){s.rows, true, false, bytes}, at, next);
    else if (s.second) sums((struct part){s.rows, false, true, bytes}, at, next);
    else sums((struct part){s.rows, false, false, bytes}, at, next);
}

INLINE void store(const struct part s, void *to, size_t ld, size_t lower)
{
    uint32_t *c = to;
    const size_t stride = ld * sizeof *c;
    _tile_stored(0, c, stride);
    if (s.second) _tile_stored(1, c + AMX_WORDS, stride);
    if (s.lower) _tile_stored(2, c + lower * ld, stride);
    if (s.lower && s.second) _tile_stored(3, c + lower * ld + AMX_WORDS, stride);
    AMX_BARRIER();
}

INLINE void put(float *at, vec value, size_t n, bool add)
{
    if (add) value = vec_load_n(at, n) + value;
    vec_store_n(at, value, n);
}

// Where row i is in a whole tile's sums.
INLINE size_t sum_row(const struct part s, size_t i)
{
    return i < AMX_ROWS ? i : i + AMX_MR - s.rows;
}

INLINE struct part part_of(size_t rows, size_t cols, const bool bytes)
{
    return (struct part){rows, rows > AMX_ROWS, cols > AMX_WORDS, bytes};
}

void KERNEL(gemm_bf16) TILE_ARGS
{
    const struct part s = part_of(rows, cols, false);
    float sum[AMX_MR][AMX_NR];
    if (rows == 0 || cols == 0) return;
    all_sums(s, (struct operands){left, ldl, right, k}, next);
    if (!add && cols % AMX_WORDS == 0) {
        store(s, c, ldc, first_lower(s));
        return;
    }
    store(s, sum, AMX_NR, AMX_ROWS);
    for (size_t i = 0; i < rows; i++, c += ldc) {
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            put(c + j, vec_load(sum[sum_row(s, i)] + j), cols - j, add);
        }
    }
}

void KERNEL(gemm_int8) TILE_ARGS
{
    const struct part s = part_of(rows, cols, true);
    const uint32_t *head = left, *panel = right;
    uint32_t sum[AMX_MR][AMX_NR];
    column_scale columns[2];
    if (rows == 0 || cols == 0) return;
    all_sums(s, (struct operands){head + INT8_LEFT_HEAD, ldl, panel + INT8_RIGHT_HEAD * AMX_NR, k},
             next);
    store(s, sum, AMX_NR, AMX_ROWS);
    for (size_t j = 0; j < 2; j++) columns[j] = column_scale_load(panel, AMX_NR, j);
    for (size_t i = 0; i < rows; i++, c += ldc, head += ldl) {
        const row_scale row = row_scale_load(head, 0);
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            const vec_ints q = (vec_ints)vec_load_bits(sum[sum_row(s, i)] + j);
            put(c + j, scaled_sum(q, row, columns[j / VEC_LANES]), cols - j, add);
        }
    }
}

// ------------------------------------------------------------------------------------------- peak

// n million words' products in four chains.
INLINE double peak(size_t n, const bool bytes)
{
    const struct part s = {AMX_MR, true, true, bytes};
    const size_t steps = n * 1000000 / (AMX_MR * AMX_NR * AMX_WORDS);
    amx_shape(AMX_ROWS);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (size_t i = 0; i < steps; i++) {
        DOT(0, 4, 6);
        DOT(1, 4, 7);
        DOT(2, 5, 6);
        DOT(3, 5, 7);
    }
    amx_end();
    return (bytes ? 8.0 : 4.0) * (double)steps * AMX_MR * AMX_NR * AMX_WORDS;
}

double KERNEL(peak_bf16)(size_t n)
{
    return peak(n, false);
}

double KERNEL(peak_int8)(size_t n)
{
    return peak(n, true);
}
