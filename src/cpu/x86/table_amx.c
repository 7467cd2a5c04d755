// table_amx.c: the level's row in cpu.c: what it has beyond avx512bf16.
#include "cpu/x86/amx.h"

const struct kernels KERNEL(kernels) = {.gemm_bf16 = KERNEL(gemm_bf16),
                                        .gemm_int8 = KERNEL(gemm_int8),
                                        .bf16_left = 1,
                                        .int8_left = 1,
                                        .bf16_mr = AMX_MR,
                                        .int8_mr = AMX_MR,
                                        .bf16_part = 512,
                                        .gemm_end = amx_end,
                                        .bf16_dot = true,
                                        .peak_bf16 = KERNEL(peak_bf16),
                                        .peak_int8 = KERNEL(peak_int8)};
