// num.h: numbers to text and back, whatever the host's locale.
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>

// The longest text num_float writes, without a NUL.
enum { NUM_FLOAT_MAX = 16 };

// Writes the shortest decimal that reads back as the same float32, as Python's repr and JSON write
// it ("0.1", "1e-07", "-0.0", "1.5e+20"); returns its length. Among shortest ones the nearest.
// NaN and infinities, which JSON cannot hold, become "NaN", "Infinity", "-Infinity".
size_t num_float(char *out, float x);

#endif
