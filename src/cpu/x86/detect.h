// detect.h: what this x86-64 CPU and its operating system run.
#ifndef CPU_X86_DETECT_H
#define CPU_X86_DETECT_H

#include <stdbool.h>

bool x86_has_avx2(void);   // AVX2, FMA and F16C, with the 256-bit registers saved by the system
bool x86_has_avx512(void); // and AVX-512 F, BW, DQ, VL, with the 512-bit registers and masks saved
bool x86_has_avx512vnni(void); // and AVX512_VNNI
bool x86_has_avx512bf16(void); // and AVX512_BF16

#endif
