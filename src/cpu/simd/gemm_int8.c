// gemm_int8.c: panels and tile of bytes: a word is four numbers, the lowest byte the first.
//
// A row x of the left operand is q = round(x/scale) + zero, unsigned; a column w of the right one
// is v = round(w/scale), signed. Then x·w = scale scale (sum of q v - zero sum of v), where both
// sums are exact integers: |q v| <= 255 × 127, so 66,000 terms fit 32 bits. The difference is made
// in float32: of sums up to 2^24, as they are, it is exact but for one rounding.
#include "cpu/simd/dot.h"
#include "cpu/simd/pack.h"
#include "cpu/simd/scales.h"

typedef vec_ints tile_sum;
typedef int8_left tile_left;
typedef int8_right tile_right;
#define TILE_HEADS
enum { TILE_LEFT_HEAD = INT8_LEFT_HEAD, TILE_RIGHT_HEAD = INT8_RIGHT_HEAD };

INLINE tile_left tile_left_load(const uint32_t *p)
{
    return int8_left_set(*p);
}

INLINE tile_right tile_right_load(const uint32_t *p)
{
    return int8_right_load(p);
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

// Adding 1.5 * 2^23 rounds to the nearest integer, ties to even, and leaves it in the low bits.
static const float round_shift = 0x1.8p23f;

// ------------------------------------------------------------------------------------ left operand

struct range {
    float low, high; // 0 among them
};

INLINE struct range row_range(const float *x, size_t k)
{
    vec low = vec_set(0), high = vec_set(0);
    for (size_t j = 0; j < k; j += VEC_LANES) {
        const vec v = vec_load_n(x + j, k - j);
        low = vec_min(low, v);
        high = vec_max(high, v);
    }
    return (struct range){-vec_highest(-low), vec_highest(high)};
}

// The lowest byte of each lane.
INLINE void store_bytes(uint8_t *dst, vec_bits v)
{
#if defined(VEC_BYTES)
    vec_store_bytes(dst, v);
#else
    typedef uint8_t bytes __attribute__((vector_size(VEC_LANES)));
    const bytes b = __builtin_convertvector(v & 0xFF, bytes);
    memcpy(dst, &b, sizeof b);
#endif
}

// Bytes of VEC_LANES floats; a bias of round_shift + zero makes the integer.
INLINE void quantize(uint8_t *dst, vec x, float inverse, float bias)
{
    const vec q =
        vec_min(vec_max(x * inverse + bias, vec_set(round_shift)), vec_set(round_shift + 255));
    store_bytes(dst, (vec_bits)q);
}

INLINE void row_bytes(uint8_t *dst, const float *x, size_t k, float inverse, float bias)
{
    for (; k >= VEC_LANES; k -= VEC_LANES, x += VEC_LANES, dst += VEC_LANES) {
        quantize(dst, vec_load(x), inverse, bias);
    }
    if (k > 0) {
        uint8_t tail[VEC_LANES];
        quantize(tail, vec_keep_n(vec_load_n(x, k), k, 0), inverse, bias);
        memcpy(dst, tail, (k + 3) & ~(size_t)3);
    }
}

// What a row's floats become: round(x inverse + bias), bias being round_shift + zero.
struct row_map {
    float scale, inverse, bias;
};

INLINE struct row_map row_map(const float *x, size_t k)
{
    const struct range r = row_range(x, k);
    const float scale = (r.high - r.low) / 255, inverse = scale > 0 ? 1 / scale : 0;
    return (struct row_map){scale, inverse, round_shift - r.low * inverse}; // rounded
}

// Ranges of some rows first: what a row's end waits for is computed while the next one is read.
void KERNEL(rows_int8) ROWS_ARGS
{
    enum { TOGETHER = 4 };
    for (uint32_t *row = dst; rows > 0;) {
        struct row_map maps[TOGETHER];
        const size_t n = rows < TOGETHER ? rows : TOGETHER;
        for (size_t i = 0; i < n; i++) maps[i] = row_map(src + i * ld, k);
        for (size_t i = 0; i < n; i++, row += ldd, src += ld, rows--) {
            const struct row_map m = maps[i];
            const struct left_head head = {m.scale, (int32_t)(m.bias - round_shift)};
            memcpy(row, &head, sizeof head);
            row_bytes((uint8_t *)(row + TILE_LEFT_HEAD), src, k, m.inverse, m.bias);
        }
    }
}

// ----------------------------------------------------------------------------------- right operand

INLINE float weight_scale(const float *x, size_t k)
{
    const struct range r = row_range(x, k);
    const float most = r.high > -r.low ? r.high : 0 - r.low; // never -0
    return most / 127;
}

// k floats as signed bytes in words; returns their sum.
INLINE int32_t row_signed(uint32_t *dst, const float *x, size_t k, float inverse)
{
    int8_t *bytes = (int8_t *)dst;
    int32_t sum = 0;
    for (size_t j = 0; j < ((k + 3) & ~(size_t)3); j++) {
        const float q = j < k ? (x[j] * inverse + round_shift) - round_shift : 0;
        bytes[j] = (int8_t)q;
        sum += bytes[j];
    }
    return sum;
}

void KERNEL(pack_rows_int8) PACK_ARGS
{
    enum { WORDS = 64 };
    float *scales = panel, inverse[GEMM_NR];
    int32_t *sums = (int32_t *)panel + GEMM_NR;
    uint32_t rows[GEMM_NR * WORDS], *dst = (uint32_t *)panel + INT8_RIGHT_HEAD * GEMM_NR;
    for (size_t i = 0; i < GEMM_NR; i++) {
        scales[i] = i < n ? weight_scale(src + i * ld, k) : 0;
        inverse[i] = scales[i] > 0 ? 1 / scales[i] : 0;
        sums[i] = 0;
    }
    for (; k > 0; dst += WORDS * GEMM_NR, src += 4 * WORDS) {
        const size_t part = k < 4 * WORDS ? k : 4 * WORDS;
        for (size_t i = 0; i < n; i++) {
            sums[i] += row_signed(rows + i * WORDS, src + i * ld, part, inverse[i]);
        }
        pack_words(dst, GEMM_NR, rows, WORDS, n, (part + 3) / 4);
        k -= part;
    }
}
