// gemm_f32.c: panels and tile of float32: a word is one number.
#include "cpu/simd/pack.h"

typedef vec tile_sum, tile_left, tile_right;
enum { TILE_STEPS = 1, TILE_SECOND = VEC_LANES == 8 }; // where it was measured

INLINE vec tile_left_load(const uint32_t *p)
{
    float x;
    memcpy(&x, p, sizeof x);
    return vec_set(x);
}

INLINE vec tile_right_load(const uint32_t *p, size_t step)
{
    (void)step;
    return (vec)vec_load_bits(p);
}

INLINE vec tile_dot(vec sum, vec left, vec right)
{
    return vec_fma(left, right, sum);
}

#include "cpu/simd/tile.h"

TILE_KERNEL(gemm_f32)
TILE_PEAK(peak_f32, 1)

void KERNEL(pack_rows_f32) PACK_ARGS
{
    pack_words(panel, GEMM_NR, (const uint32_t *)src, ld, n, k);
}

void KERNEL(pack_cols_f32) PACK_ARGS
{
    for (float *dst = panel; k > 0; k--, dst += GEMM_NR, src += ld) {
        for (size_t j = 0; j < GEMM_NR; j += VEC_LANES) {
            vec_store(dst + j, j < n ? vec_load_n(src + j, n - j) : vec_set(0));
        }
    }
}
