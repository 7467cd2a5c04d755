// half.h: 16-bit floating-point formats to float32, exactly.
#ifndef BASE_HALF_H
#define BASE_HALF_H

#include <stdint.h>

float half_from_f16(uint16_t bits);  // IEEE 754 binary16, subnormals and NaN included
float half_from_bf16(uint16_t bits); // the upper half of a float32

// To the nearest, ties to even; too large becomes infinity; NaN stays NaN.
uint16_t half_to_f16(float x);
uint16_t half_to_bf16(float x);

#endif
