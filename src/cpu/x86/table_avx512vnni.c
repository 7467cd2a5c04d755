// table_avx512vnni.c: the level's row in cpu.c: what it has beyond avx512.
#include "cpu/level.h"

const struct kernels KERNEL(kernels) = {
    .gemm_int8 = KERNEL(gemm_int8),
    .pack_rows_int8 = KERNEL(pack_rows_int8),
    .rows_int8 = KERNEL(rows_int8),
    .peak_int8 = KERNEL(peak_int8),
};
