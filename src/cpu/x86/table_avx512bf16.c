// table_avx512bf16.c: the level's row in cpu.c: what it has beyond avx512vnni.
#include "cpu/level.h"

const struct kernels KERNEL(kernels) = {
    .gemm_bf16 = KERNEL(gemm_bf16),
    .pack_rows_bf16 = KERNEL(pack_rows_bf16),
    .pack_cols_bf16 = KERNEL(pack_cols_bf16),
    .rows_bf16 = KERNEL(rows_bf16),
    .peak_bf16 = KERNEL(peak_bf16),
    .bf16_dot = true,
};
