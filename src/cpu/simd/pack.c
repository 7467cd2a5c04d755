// pack.c: matrices into panels. pack_rows is a transpose, done in blocks of 4 x 4 floats in
// registers, 16 columns (a cache line) of 4 rows before the next rows: rows whose distance is a
// multiple of 4096 bytes share one set of the cache and would evict each other's lines half used.
#include "cpu/simd/vec.h"

typedef float quad __attribute__((vector_size(16)));

enum { LINE = 16 }; // floats

INLINE void transpose(quad r[4])
{
    const quad a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
    const quad b = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
    const quad c = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
    const quad d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    r[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    r[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    r[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    r[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

// dst[p][i] = src[i][p] for p < 4, i < to; zeros for i >= from. from, to <= 4.
INLINE void block(float *dst, size_t width, const float *src, size_t ld, size_t from, size_t to)
{
    quad r[4];
    for (size_t i = 0; i < 4; i++) {
        r[i] = (quad){0};
        if (i < from) memcpy(&r[i], src + i * ld, sizeof r[i]);
    }
    transpose(r);
    for (size_t p = 0; p < 4; p++) memcpy(dst + p * width, &r[p], to * sizeof *dst);
}

// The same for columns [p, end), whose number is a multiple of 4, of rows i to i + 3.
INLINE void strip(float *dst, size_t width, const float *src, size_t ld, size_t p, size_t end,
                  size_t from, size_t to)
{
    for (; p < end; p += 4) block(dst + p * width, width, src + p, ld, from, to);
}

static void strips(float *dst, size_t width, const float *src, size_t ld, size_t n, size_t p,
                   size_t end)
{
    for (size_t i = 0; i < width; i += 4) {
        const float *s = i < n ? src + i * ld : src;
        const size_t from = i < n ? n - i : 0, to = width - i;
        if (from >= 4) {
            strip(dst + i, width, s, ld, p, end, 4, 4);
        } else if (from == 2 && to == 2) {
            strip(dst + i, width, s, ld, p, end, 2, 2);
        } else {
            strip(dst + i, width, s, ld, p, end, from, to < 4 ? to : 4);
        }
    }
}

void KERNEL(pack_rows)(float *dst, size_t width, const float *src, size_t ld, size_t n, size_t k)
{
    const size_t whole = k & ~(size_t)3;
    for (size_t p = 0; p < whole; p += LINE) {
        strips(dst, width, src, ld, n, p, p + LINE < whole ? p + LINE : whole);
    }
    for (size_t p = whole; p < k; p++) {
        for (size_t i = 0; i < width; i++) dst[p * width + i] = i < n ? src[i * ld + p] : 0;
    }
}

void KERNEL(pack_cols)(float *dst, size_t width, const float *src, size_t ld, size_t n, size_t k)
{
    for (; k > 0; k--, dst += width, src += ld) {
        for (size_t j = 0; j < width; j += VEC_LANES) {
            vec_store_n(dst + j, j < n ? vec_load_n(src + j, n - j) : vec_set(0), width - j);
        }
    }
}
