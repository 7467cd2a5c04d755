// table.c: the level's row in cpu.c: all its kernels, and the loop that measures its peak.
#include "cpu/simd/vec.h"

KERNEL_TABLE(GEMM_MR, GEMM_VECS *VEC_LANES);

// Twelve independent chains: at least latency times throughput of the CPUs we know (4 cycles x 2
// for FMA, 3 + 3 x 2 for multiply and add), and with two constants they fit sixteen registers.
double KERNEL(fma_loop)(size_t n)
{
    enum { CHAINS = 12 };
    volatile float unknown = 1; // so that nothing is computed beforehand
    const vec factor = vec_set(unknown), term = vec_set(unknown - 1);
    vec sum[CHAINS];
    for (size_t i = 0; i < CHAINS; i++) sum[i] = vec_set(0);
    const size_t steps = n * 1000000 / (CHAINS * VEC_LANES);
    for (size_t s = 0; s < steps; s++) {
        for (size_t i = 0; i < CHAINS; i++) sum[i] = vec_fma(sum[i], factor, term);
    }
    for (size_t i = 0; i < CHAINS; i++) unknown = vec_sum(sum[i]); // and nothing is left out
    return 2.0 * (double)steps * CHAINS * VEC_LANES;
}
