// vec_c.h: four lanes in the compiler's vector extension, no intrinsics and no FMA: the level that
// every CPU runs (SSE2 on x86-64, NEON on arm64, plain code elsewhere).
#ifndef CPU_SIMD_VEC_C_H
#define CPU_SIMD_VEC_C_H

enum { VEC_LANES = 4, GEMM_MR = 4, GEMM_VECS = 2 };

typedef float vec __attribute__((vector_size(16)));
VEC_TYPES(VEC_LANES)

INLINE vec vec_set(float x)
{
    return (vec){x, x, x, x};
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return a * b + c;
}

INLINE vec vec_c_pick(vec_ints m, vec x, vec y)
{
    return (vec)((m & (vec_ints)x) | (~m & (vec_ints)y));
}

INLINE vec vec_if_less(vec a, vec b, vec x, vec y)
{
    return vec_c_pick(a < b, x, y);
}

INLINE vec vec_min(vec a, vec b)
{
    return vec_c_pick(a < b, a, b);
}

INLINE vec vec_max(vec a, vec b)
{
    return vec_c_pick(a > b, a, b);
}

// Dekker 1971: halves of 12 bits have exact products.
INLINE vec vec_mul_low(vec a, vec b, vec ab)
{
    const vec_ints high = {-4096, -4096, -4096, -4096};
    const vec ah = (vec)((vec_ints)a & high), bh = (vec)((vec_ints)b & high);
    const vec al = a - ah, bl = b - bh;
    return ah * bh - ab + ah * bl + al * bh + al * bl;
}

INLINE vec vec_load_part(const float *p, size_t n)
{
    return (vec){n > 0 ? p[0] : 0, n > 1 ? p[1] : 0, n > 2 ? p[2] : 0, 0};
}

INLINE void vec_store_part(float *p, vec v, size_t n)
{
    if (n > 0) p[0] = v[0];
    if (n > 1) p[1] = v[1];
    if (n > 2) p[2] = v[2];
}

INLINE vec vec_keep_part(vec v, size_t n, float rest)
{
    const vec_ints lane = {0, 1, 2, 3}, end = {(int)n, (int)n, (int)n, (int)n};
    return vec_c_pick(lane < end, v, vec_set(rest));
}

#endif
