// scales.h: what stands before an int8 row's and an int8 panel's words, and what they make of a sum
// of products (gemm_int8.c).
#ifndef CPU_SIMD_SCALES_H
#define CPU_SIMD_SCALES_H

#include "cpu/simd/vec.h"

typedef struct {
    float scale, zero;
} row_scale;

typedef struct {
    vec scale, total;
} column_scale;

// `offset` is what the level takes from each of the row's bytes.
INLINE row_scale row_scale_load(const uint32_t *row, int32_t offset)
{
    struct left_head head;
    memcpy(&head, row, sizeof head);
    return (row_scale){head.scale, (float)(head.zero - offset)};
}

// Of vector j of a panel's nr columns.
INLINE column_scale column_scale_load(const uint32_t *panel, size_t nr, size_t j)
{
    const vec_ints total = (vec_ints)vec_load_bits(panel + nr + j * VEC_LANES);
    return (column_scale){(vec)vec_load_bits(panel + j * VEC_LANES),
                          __builtin_convertvector(total, vec)};
}

INLINE vec scaled_sum(vec_ints sum, row_scale row, column_scale column)
{
    const vec q = __builtin_convertvector(sum, vec);
    return vec_fma(vec_set(-row.zero), column.total, q) * (column.scale * row.scale);
}

#endif
