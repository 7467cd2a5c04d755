// ref.h: the level of the plain definitions: sums and functions in double, one rounding at the end.
// It is the law that the tests hold every other level against, and it is slow.
#ifndef CPU_REF_REF_H
#define CPU_REF_REF_H

#define LEVEL ref

#include <math.h>

#include "cpu/level.h"

enum { REF_MR = 4, REF_NR = 4 };         // the tile
enum { BF16_STEPS = 1, INT8_STEPS = 1 }; // no wide operands

#endif
