// gemm_bf16.c: panels and tile of bfloat16: a word is two numbers, the lower half the first.
#include "cpu/simd/dot.h"
#include "cpu/simd/halves.h"
#include "cpu/simd/pack.h"

typedef vec tile_sum;
typedef bf16_left tile_left;
typedef bf16_right tile_right;
enum { TILE_STEPS = BF16_STEPS, TILE_SECOND = false };

INLINE tile_left tile_left_load(const uint32_t *p)
{
    return bf16_left_set(*p);
}

INLINE tile_right tile_right_load(const uint32_t *p, size_t step)
{
    return bf16_right_load(p, step);
}

INLINE vec tile_dot(vec sum, tile_left left, tile_right right)
{
    return vec_dot_bf16(sum, left, right);
}

#include "cpu/simd/tile.h"

TILE_KERNEL(gemm_bf16)
TILE_PEAK(peak_bf16, 2)

// One float, by the same operations.
INLINE uint32_t round_one(float x)
{
    return vec_halves(vec_set(x))[0];
}

// k floats as words: 2 VEC_LANES at a time.
INLINE void row_words(uint32_t *dst, const float *src, size_t k)
{
    for (; k >= VEC_LANES; k -= VEC_LANES, src += VEC_LANES, dst += VEC_LANES / 2) {
        const vec_halves_t h = vec_halves(vec_load(src));
        memcpy(dst, &h, sizeof h);
    }
    for (; k > 0; k -= k < 2 ? k : 2, src += 2) {
        *dst++ = round_one(src[0]) | (k < 2 ? 0 : round_one(src[1]) << 16);
    }
}

// k floats, and 0 where k is odd.
INLINE void row_wide(uint32_t *dst, const float *src, size_t k)
{
    memcpy(dst, src, k * sizeof *src);
    if (k % 2) dst[k] = 0;
}

void KERNEL(rows_bf16) ROWS_ARGS
{
    for (uint32_t *row = dst; rows > 0; rows--, row += ldd, src += ld) {
        if (TILE_STEPS == 1) row_words(row, src, k);
        else row_wide(row, src, k);
    }
}

void KERNEL(pack_rows_bf16) PACK_ARGS
{
    enum { WORDS = 64 };
    uint32_t rows[GEMM_NR * WORDS];
    for (uint32_t *dst = panel; k > 0; dst += WORDS * GEMM_NR, src += 2 * WORDS) {
        const size_t part = k < 2 * WORDS ? k : 2 * WORDS;
        for (size_t i = 0; i < n; i++) row_words(rows + i * WORDS, src + i * ld, part);
        pack_words(dst, GEMM_NR, rows, WORDS, n, (part + 1) / 2);
        k -= part;
    }
}

void KERNEL(pack_cols_bf16) PACK_ARGS
{
    for (uint32_t *dst = panel; k > 0; k -= k < 2 ? k : 2, dst += GEMM_NR, src += 2 * ld) {
        for (size_t j = 0; j < GEMM_NR; j += VEC_LANES) {
            vec low = vec_set(0), high = vec_set(0);
            if (j < n) low = vec_load_n(src + j, n - j);
            if (j < n && k > 1) high = vec_load_n(src + ld + j, n - j);
            const vec_bits words = round_bits(low) >> 16 | (round_bits(high) & 0xFFFF0000u);
            memcpy(dst + j, &words, sizeof words);
        }
    }
}
