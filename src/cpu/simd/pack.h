// pack.h: rows of words into a panel: a transpose, done in blocks of 4 x 4 words in registers, 16
// columns (a cache line) of 4 rows before the next rows: rows whose distance is a multiple of 4096
// bytes share one set of the cache and would evict each other's lines half used.
#ifndef CPU_SIMD_PACK_H
#define CPU_SIMD_PACK_H

#include "cpu/simd/vec.h"

typedef uint32_t quad __attribute__((vector_size(16)));

enum { LINE = 16 }; // words

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

// dst[p][i] = src[i][p] for p < 4, i < 4; zeros for i >= rows.
INLINE void block(uint32_t *dst, size_t width, const uint32_t *src, size_t ld, size_t rows)
{
    quad r[4];
    for (size_t i = 0; i < 4; i++) {
        r[i] = (quad){0};
        if (i < rows) memcpy(&r[i], src + i * ld, sizeof r[i]);
    }
    transpose(r);
    for (size_t p = 0; p < 4; p++) memcpy(dst + p * width, &r[p], sizeof r[p]);
}

// The same for `columns`, a multiple of 4.
INLINE void strip(uint32_t *dst, size_t width, const uint32_t *src, size_t ld, size_t rows,
                  size_t columns)
{
    for (size_t p = 0; p < columns; p += 4) block(dst + p * width, width, src + p, ld, rows);
}

// dst[p*width + i] = src[i*ld + p], zeros for n <= i < width, a multiple of 4.
INLINE void pack_words(uint32_t *dst, size_t width, const uint32_t *src, size_t ld, size_t n,
                       size_t k)
{
    const size_t whole = k & ~(size_t)3;
    for (size_t p = 0; p < whole; p += LINE) {
        const size_t columns = whole - p < LINE ? whole - p : LINE;
        for (size_t i = 0; i < width; i += 4) {
            const size_t rows = i < n ? n - i : 0;
            const uint32_t *from = rows ? src + i * ld + p : src;
            uint32_t *to = dst + p * width + i;
            if (rows >= 4) strip(to, width, from, ld, 4, columns);
            else strip(to, width, from, ld, rows, columns);
        }
    }
    for (size_t p = whole; p < k; p++) {
        for (size_t i = 0; i < width; i++) {
            uint32_t word = 0;
            if (i < n) memcpy(&word, src + i * ld + p, sizeof word);
            dst[p * width + i] = word;
        }
    }
}

#endif
