// level.h: the names of one level. A file that is compiled for a level (all of simd/ once for each,
// ref/ for its own) includes this with LEVEL defined; KERNEL(softmax_fwd) is then softmax_fwd_avx2,
// and every kernel of the list is declared under its level's name.
#ifndef CPU_LEVEL_H
#define CPU_LEVEL_H

#include "cpu/kernels.h"

#define LEVEL_PASTE2(name, level) name##_##level
#define LEVEL_PASTE(name, level) LEVEL_PASTE2(name, level)
#define KERNEL(name) LEVEL_PASTE(name, LEVEL)

#define KERNEL_DECLARE(name, args) void KERNEL(name) args;
KERNELS(KERNEL_DECLARE)
#undef KERNEL_DECLARE
double KERNEL(peak_f32)(size_t n);
double KERNEL(peak_bf16)(size_t n);
double KERNEL(peak_int8)(size_t n);

// The level's whole table; mr, nr are the shape of its GEMM tile.
extern const struct kernels KERNEL(kernels);
#define KERNEL_ROW(name, args) .name = KERNEL(name),
#define KERNEL_TABLE(mr, nr)                                                                       \
    const struct kernels KERNEL(kernels) = {KERNELS(KERNEL_ROW).gemm_nr = nr,                      \
                                            .f32_mr = mr,                                          \
                                            .bf16_mr = mr,                                         \
                                            .int8_mr = mr,                                         \
                                            .bf16_part = 256,                                      \
                                            .bf16_left = BF16_STEPS,                               \
                                            .int8_left = INT8_STEPS,                               \
                                            .peak_f32 = KERNEL(peak_f32),                          \
                                            .peak_bf16 = KERNEL(peak_bf16),                        \
                                            .peak_int8 = KERNEL(peak_int8)}

// The table of a level that has the dot product of one element type beyond the level below.
#define KERNEL_TABLE_BF16                                                                          \
    const struct kernels KERNEL(kernels) = {.gemm_bf16 = KERNEL(gemm_bf16),                        \
                                            .pack_rows_bf16 = KERNEL(pack_rows_bf16),              \
                                            .pack_cols_bf16 = KERNEL(pack_cols_bf16),              \
                                            .rows_bf16 = KERNEL(rows_bf16),                        \
                                            .softmax_bf16 = KERNEL(softmax_bf16),                  \
                                            .peak_bf16 = KERNEL(peak_bf16),                        \
                                            .bf16_left = 1,                                        \
                                            .bf16_dot = true}
#define KERNEL_TABLE_INT8                                                                          \
    const struct kernels KERNEL(kernels) = {.gemm_int8 = KERNEL(gemm_int8),                        \
                                            .pack_rows_int8 = KERNEL(pack_rows_int8),              \
                                            .rows_int8 = KERNEL(rows_int8),                        \
                                            .peak_int8 = KERNEL(peak_int8),                        \
                                            .int8_left = 1,                                        \
                                            .int8_dot = true}

#endif
