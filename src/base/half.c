// half.c: 16-bit floats by their bits. binary16 is 1 sign, 5 exponent (bias 15), 10 fraction bits;
// bfloat16 is a float32 without its lower half. Widening is exact; narrowing rounds to nearest,
// ties to even: add just under half of the last kept bit, plus that bit itself, then cut.
#include "base/half.h"

#include <string.h>

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

// What the exponents' biases differ by, 127 - 15, where a float32 keeps its exponent.
#define REBIAS ((uint32_t)(127 - 15) << 23)

float half_from_f16(uint16_t bits)
{
    const uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7FFF;
    if (rest >= 0x7C00) return float_of(sign | 0x7F800000 | (rest & 0x3FF) << 13); // inf, NaN
    if (rest >= 0x0400) return float_of(sign | ((rest << 13) + REBIAS));
    const float small = (float)rest * 0x1p-24f; // subnormal: fraction x 2^-24, exact
    return sign ? -small : small;
}

float half_from_bf16(uint16_t bits)
{
    return float_of((uint32_t)bits << 16);
}

uint16_t half_to_f16(float x)
{
    const uint32_t u = bits_of(x), rest = u & 0x7FFFFFFF;
    const uint16_t sign = (uint16_t)(u >> 16 & 0x8000);
    if (rest > 0x7F800000) return (uint16_t)(sign | 0x7E00 | (rest >> 13 & 0x3FF)); // quiet NaN
    if (rest >= bits_of(65520.0f)) return sign | 0x7C00; // halfway past 65504, the largest
    if (rest < bits_of(0x1p-14f)) {
        // Below the smallest normal a step is 2^-24, which is also the step of a float32 in
        // [0.5, 1): adding 0.5 rounds there, and the fraction bits are the result.
        return (uint16_t)(sign | (bits_of(float_of(rest) + 0.5f) - bits_of(0.5f)));
    }
    return (uint16_t)(sign | (rest - REBIAS + 0xFFF + (rest >> 13 & 1)) >> 13);
}

uint16_t half_to_bf16(float x)
{
    const uint32_t u = bits_of(x);
    if ((u & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(u >> 16 | 0x40); // a quiet NaN stays one
    return (uint16_t)((u + 0x7FFF + (u >> 16 & 1)) >> 16);
}
