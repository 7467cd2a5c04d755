// softmax.c: a row at a time: its maximum, then the exponentials (none above 1) with their sum,
// stored as a left operand at once. They are not divided by the sum here: the product with the
// values, of fewer columns, is. Exponents are to base 2: log2(e) is in the scale.
#include "cpu/simd/bytes.h"
#include "cpu/simd/halves.h"

static const float log2_e = 1.44269504f, ln_2 = 0.693147181f;

INLINE float row_max(const float *x, size_t n)
{
    vec high = vec_set(-INFINITY);
    for (size_t j = 0; j < n; j += VEC_LANES) {
        high = vec_max(high, vec_keep_n(vec_load_n(x + j, n - j), n - j, -INFINITY));
    }
    return vec_highest(high);
}

// 2^(scale x - max) for VEC_LANES numbers, 0 in the lanes of a tail that are not there.
INLINE vec row_power(const float *x, float scale, float max, size_t n, vec (*exp2)(vec x))
{
    return vec_keep_n(exp2(vec_fma(vec_load_n(x, n), vec_set(scale), vec_set(-max))), n, 0);
}

INLINE float row_f32(float *dst, const float *x, float scale, float max, size_t n)
{
    vec sum = vec_set(0);
    for (size_t j = 0; j < n; j += VEC_LANES) {
        const vec v = row_power(x + j, scale, max, n - j, vec_exp2);
        vec_store_n(dst + j, v, n - j);
        sum += v;
    }
    return vec_sum(sum);
}

INLINE float row_bf16(uint32_t *dst, const float *x, float scale, float max, size_t n)
{
    vec sum = vec_set(0);
    for (size_t j = 0; j < n; j += VEC_LANES, dst += VEC_LANES / 2) {
        const vec v = row_power(x + j, scale, max, n - j, vec_exp2_coarse);
        const vec_halves_t halves = vec_halves(v);
        const size_t left = n - j;
        memcpy(dst, &halves, left < VEC_LANES ? (left + 1) / 2 * sizeof *dst : sizeof halves);
        sum += v;
    }
    return vec_sum(sum);
}

#define SOFTMAX_KERNEL(type, word)                                                                 \
    void KERNEL(softmax_##type) SOFTMAX_ARGS                                                       \
    {                                                                                              \
        word *row = dst;                                                                           \
        const float scale2 = scale * log2_e;                                                       \
        for (size_t i = 0; i < rows; i++, row += ldd, x += ldx) {                                  \
            const float max = row_max(x, n) * scale2;                                              \
            sums[i] = row_##type(row, x, scale2, max, n);                                          \
            if (lse) lse[i] = max * ln_2 + logf(sums[i]);                                          \
        }                                                                                          \
    }
SOFTMAX_KERNEL(f32, float)
SOFTMAX_KERNEL(bf16, uint32_t)

// What becomes bytes: 1 stands for `top`; the rest of each lane's last rounding; the bytes' sums.
struct bytes_state {
    vec top, left, sum;
};

// Numbers of 0…1 as round(top power + left), which is 0…255. Rounded alone, many small weights
// would all become 0; so they count together.
INLINE void store_powers(uint8_t *dst, vec power, struct bytes_state *state)
{
    const vec wanted = vec_fma(power, state->top, state->left), q = wanted + bytes_shift;
    bytes_store(dst, (vec_bits)q);
    state->left = wanted - (q - bytes_shift);
    state->sum += q - bytes_shift;
}

// The exponentials as bytes, in two states in turn, which do not wait for each other; returns the
// sum of the bytes, exact: below 2^24.
INLINE float row_int8(uint8_t *dst, const float *x, float scale, float max, float top, size_t n)
{
    struct bytes_state even = {.top = vec_set(top)}, odd = even;
    for (; n >= 2 * VEC_LANES; n -= 2 * VEC_LANES, x += 2 * VEC_LANES, dst += 2 * VEC_LANES) {
        store_powers(dst, row_power(x, scale, max, VEC_LANES, vec_exp2_coarse), &even);
        store_powers(dst + VEC_LANES,
                     row_power(x + VEC_LANES, scale, max, VEC_LANES, vec_exp2_coarse), &odd);
    }
    for (; n > 0; x += VEC_LANES, dst += VEC_LANES) {
        const size_t here = n < VEC_LANES ? n : VEC_LANES;
        uint8_t bytes[VEC_LANES];
        store_powers(bytes, row_power(x, scale, max, here, vec_exp2_coarse), &even);
        memcpy(dst, bytes, (here + 3) & ~(size_t)3);
        n -= here;
    }
    return vec_sum(even.sum + odd.sum);
}

void KERNEL(softmax_int8) SOFTMAX_ARGS
{
    const float scale2 = scale * log2_e;
    const float top = n > INT8_TERMS ? 254.0f * INT8_TERMS / (float)n : 254;
    uint32_t *row = dst;
    for (size_t i = 0; i < rows; i++, row += ldd, x += ldx) {
        const float max = row_max(x, n) * scale2;
        const float sum = row_int8((uint8_t *)(row + INT8_LEFT_HEAD), x, scale2, max, top, n);
        const struct left_head head = {1 / sum, 0};
        memcpy(row, &head, sizeof head);
        sums[i] = sum / top;
        if (lse) lse[i] = max * ln_2 + logf(sums[i]);
    }
}
