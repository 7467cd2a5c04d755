// detect.h: what this AArch64 CPU and its operating system run. Advanced SIMD is always there.
#ifndef CPU_ARM_DETECT_H
#define CPU_ARM_DETECT_H

#include <stdbool.h>

bool arm_has_dot(void);  // FEAT_DotProd: SDOT
bool arm_has_bf16(void); // and FEAT_BF16: BFDOT

#endif
