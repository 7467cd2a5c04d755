// table.c: the level's row in cpu.c: all its kernels.
#include "cpu/simd/dot.h"

KERNEL_TABLE(GEMM_MR, GEMM_VECS *VEC_LANES);
