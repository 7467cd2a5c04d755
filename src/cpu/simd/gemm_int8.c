// gemm_int8.c: panels and tile of bytes: a word is four numbers, the lowest byte the first.
//
// A row x of the left operand is q = round(x/scale) + zero, unsigned; a column w of the right one
// is v = round(w/scale), signed. Then x·w = scale scale (sum of q v - zero sum of v), where both
// sums are exact integers: |q v| <= 255 × 127, so INT8_TERMS terms fit 32 bits. The difference is
// made in float32: of sums up to 2^24, as they are, it is exact but for one rounding.
#include "cpu/simd/bytes.h"
#include "cpu/simd/dot.h"
#include "cpu/simd/pack.h"
#include "cpu/simd/scales.h"

typedef vec_ints tile_sum;
typedef int8_left tile_left;
typedef int8_right tile_right;
#define TILE_HEADS
enum { TILE_STEPS = INT8_STEPS, TILE_SECOND = false };
enum { TILE_LEFT_HEAD = INT8_LEFT_HEAD, TILE_RIGHT_HEAD = INT8_RIGHT_HEAD };

INLINE tile_left tile_left_load(const uint32_t *p)
{
    return int8_left_set(*p);
}

INLINE tile_right tile_right_load(const uint32_t *p, size_t step)
{
    return int8_right_load(p, step);
}

INLINE vec_ints tile_dot(vec_ints sum, tile_left left, tile_right right)
{
    return vec_dot_int8(sum, left, right);
}

typedef row_scale tile_row;
typedef column_scale tile_column;

INLINE tile_row tile_row_head(const uint32_t *row)
{
    return row_scale_load(row, VEC_INT8_OFFSET);
}

INLINE tile_column tile_column_head(const uint32_t *panel, size_t j)
{
    return column_scale_load(panel, GEMM_VECS * VEC_LANES, j);
}

INLINE vec tile_value(vec_ints sum, tile_row row, tile_column column)
{
    return scaled_sum(sum, row, column);
}

#include "cpu/simd/tile.h"

TILE_KERNEL(gemm_int8)
TILE_PEAK(peak_int8, 4)

// ------------------------------------------------------------------------------------ left operand

// 1/x, or 0 for 0.
INLINE vec_quad quad_inverse(vec_quad x)
{
    typedef uint32_t quad_bits __attribute__((vector_size(16)));
    return (vec_quad)((quad_bits)(1.0f / x) & (quad_bits)(x > 0.0f));
}

enum { QUANTIZED = TILE_STEPS * VEC_LANES / 4 }; // words of VEC_LANES elements

// VEC_LANES floats as elements of a row; a bias of bytes_shift + zero makes the integer.
INLINE void quantize(uint32_t *dst, vec x, float inverse, float bias)
{
    const vec q =
        vec_min(vec_max(x * inverse + bias, vec_set(bytes_shift)), vec_set(bytes_shift + 255));
    if (TILE_STEPS == 1) bytes_store((uint8_t *)dst, (vec_bits)q);
    else bytes_store_pairs(dst, (vec_bits)q);
}

INLINE void quantize_row(uint32_t *dst, const float *x, size_t k, float inverse, float bias)
{
    for (; k >= VEC_LANES; k -= VEC_LANES, x += VEC_LANES, dst += QUANTIZED) {
        quantize(dst, vec_load(x), inverse, bias);
    }
    if (k > 0) {
        uint32_t tail[QUANTIZED];
        quantize(tail, vec_keep_n(vec_load_n(x, k), k, 0), inverse, bias);
        memcpy(dst, tail, (k + 3) / 4 * TILE_STEPS * sizeof *dst);
    }
}

// Four rows at once, of which n are there: what a row's end waits for then costs a quarter.
enum { FOUR = 4 };

// What four rows' floats become: round(x inverse + bias), bias being bytes_shift + zero.
struct row_maps {
    float scale[FOUR], inverse[FOUR], bias[FOUR];
};

INLINE struct row_maps row_maps(const float *x, size_t ld, size_t n, size_t k)
{
    vec below[FOUR], above[FOUR]; // -low and high
    UNROLL
    for (size_t i = 0; i < FOUR; i++) {
        const float *row = x + (i < n ? i : 0) * ld;
        vec low = vec_set(0), high = vec_set(0);
        for (size_t j = 0; j < k; j += VEC_LANES) {
            const vec v = vec_load_n(row + j, k - j);
            low = vec_min(low, v);
            high = vec_max(high, v);
        }
        below[i] = -low, above[i] = high;
    }
    const vec_quad low = -vec_four_highest(below), high = vec_four_highest(above);
    const vec_quad scale = (high - low) / 255.0f, inverse = quad_inverse(scale);
    const vec_quad bias = bytes_shift - low * inverse; // rounded
    struct row_maps maps;
    memcpy(maps.scale, &scale, sizeof scale);
    memcpy(maps.inverse, &inverse, sizeof inverse);
    memcpy(maps.bias, &bias, sizeof bias);
    return maps;
}

void KERNEL(rows_int8) ROWS_ARGS
{
    for (uint32_t *row = dst; rows > 0;) {
        const size_t n = rows < FOUR ? rows : FOUR;
        const struct row_maps maps = row_maps(src, ld, n, k);
        for (size_t i = 0; i < n; i++, row += ldd, src += ld, rows--) {
            const struct left_head head = {maps.scale[i], (int32_t)(maps.bias[i] - bytes_shift)};
            memcpy(row, &head, sizeof head);
            quantize_row(row + TILE_LEFT_HEAD, src, k, maps.inverse[i], maps.bias[i]);
        }
    }
}

// ----------------------------------------------------------------------------------- right operand

// Four columns' scales, of which n are there, and what x is multiplied with before it is rounded.
INLINE vec_quad column_scales(float scales[FOUR], const float *x, size_t ld, size_t n, size_t k)
{
    vec most[FOUR];
    UNROLL
    for (size_t i = 0; i < FOUR; i++) {
        most[i] = vec_set(0);
        if (i >= n) continue;
        for (size_t j = 0; j < k; j += VEC_LANES) {
            most[i] = vec_max(most[i], vec_abs(vec_load_n(x + i * ld + j, k - j)));
        }
    }
    const vec_quad scale = vec_four_highest(most) / 127.0f;
    memcpy(scales, &scale, sizeof scale);
    return quad_inverse(scale);
}

// k floats as signed bytes, and zeros up to a whole VEC_LANES; returns sums of the integers.
INLINE vec row_signed(uint8_t *dst, const float *x, size_t k, float inverse)
{
    vec_ints sum = {0};
    for (size_t j = 0; j < k; j += VEC_LANES) {
        const vec v = vec_keep_n(vec_load_n(x + j, k - j), k - j, 0);
        const vec q = v * inverse + bytes_shift;
        bytes_store(dst + j, (vec_bits)q);
        sum += bytes_integers(q);
    }
    return __builtin_convertvector(sum, vec);
}

enum { WORDS = 64 }; // of a column at a time

// Four columns of up to WORDS words, stride WORDS; adds to their sums.
INLINE void columns_signed(uint32_t *words, int32_t sums[FOUR], const float *x, size_t ld, size_t n,
                           size_t k, const float inverse[FOUR])
{
    vec parts[FOUR];
    UNROLL
    for (size_t i = 0; i < FOUR; i++) {
        parts[i] = vec_set(0);
        if (i >= n) continue;
        parts[i] = row_signed((uint8_t *)(words + i * WORDS), x + i * ld, k, inverse[i]);
    }
    const vec_quad sum = vec_four_sums(parts); // exact: below 2^24
    for (size_t i = 0; i < FOUR; i++) sums[i] += (int32_t)sum[i];
}

void KERNEL(pack_rows_int8) PACK_ARGS
{
    float *scales = panel, inverse[GEMM_NR];
    int32_t *sums = (int32_t *)panel + GEMM_NR;
    uint32_t rows[GEMM_NR * WORDS], *dst = (uint32_t *)panel + INT8_RIGHT_HEAD * GEMM_NR;
    memset(sums, 0, GEMM_NR * sizeof *sums);
    for (size_t i = 0; i < GEMM_NR; i += FOUR) {
        const size_t first = i < n ? i : 0, left = n - first;
        const vec_quad four = column_scales(scales + i, src + first * ld, ld, i < n ? left : 0, k);
        memcpy(inverse + i, &four, sizeof four);
    }
    for (; k > 0; dst += WORDS * GEMM_NR, src += 4 * WORDS) {
        const size_t part = k < 4 * WORDS ? k : 4 * WORDS;
        for (size_t i = 0; i < n; i += FOUR) {
            columns_signed(rows + i * WORDS, sums + i, src + i * ld, ld, n - i, part, inverse + i);
        }
        pack_words(dst, GEMM_NR, rows, WORDS, n, (part + 3) / 4);
        k -= part;
    }
}

// Vector j of a panel, of n columns from src on: a lane is a column.
INLINE void pack_lanes(float *panel, const float *src, size_t ld, size_t n, size_t k)
{
    vec most = vec_set(0);
    for (size_t p = 0; p < k; p++) most = vec_max(most, vec_abs(vec_load_n(src + p * ld, n)));
    const vec scale = most / 127.0f;
    const vec inverse = vec_if_less(vec_set(0), scale, 1.0f / scale, vec_set(0));
    vec_ints total = {0};
    uint32_t *dst = (uint32_t *)panel + INT8_RIGHT_HEAD * GEMM_NR;
    for (size_t p = 0; p < k; p += 4, dst += GEMM_NR) {
        vec_bits word = {0};
        for (size_t i = 0; i < 4 && p + i < k; i++) {
            const vec_ints q =
                bytes_integers(vec_load_n(src + (p + i) * ld, n) * inverse + bytes_shift);
            word |= ((vec_bits)q & 0xFF) << 8 * i;
            total += q;
        }
        memcpy(dst, &word, sizeof word);
    }
    vec_store(panel, scale);
    memcpy(panel + GEMM_NR, &total, sizeof total);
}

void KERNEL(pack_cols_int8) PACK_ARGS
{
    float *lanes = panel;
    for (size_t j = 0; j < GEMM_NR; j += VEC_LANES, lanes += VEC_LANES) {
        if (j < n) pack_lanes(lanes, src + j, ld, n - j, k);
        else pack_lanes(lanes, src, ld, 0, k);
    }
}
