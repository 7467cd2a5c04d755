// num.h: numbers to text, whatever the host's locale.
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>

// Room that num_float wants: its longest text, which has no NUL, is "-9007199000000000.0".
enum { NUM_FLOAT_MAX = 19 };

// Writes the shortest decimal that reads back as the same float32, as Python's repr and JSON write
// it ("0.1", "1e-07", "-0.0", "1.5e+20"): without an exponent for 1e-4 <= |x| < 1e16. Returns its
// length. Among shortest ones the nearest; digits that float32 does not hold are zeros.
// NaN and infinities, which JSON cannot hold, become "NaN", "Infinity", "-Infinity".
size_t num_float(char *out, float x);

#endif
