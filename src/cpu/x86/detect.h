// detect.h: what this x86-64 CPU and its operating system run.
#ifndef CPU_X86_DETECT_H
#define CPU_X86_DETECT_H

#include <stdbool.h>

// AVX2, FMA and F16C, with the 256-bit registers saved by the system.
bool x86_has_avx2(void);

// And AVX-VNNI: the byte dot product of CPUs without AVX-512.
bool x86_has_avxvnni(void);

// AVX2 and AVX-512 F, BW, DQ, VL, with the 512-bit registers and masks saved.
bool x86_has_avx512(void);

// And AVX512_VNNI; and AVX512_BF16.
bool x86_has_avx512vnni(void);
bool x86_has_avx512bf16(void);

// And AMX's tiles of bfloat16 and bytes, which the first call asks Linux for: it lets a process use
// them only then (Documentation/arch/x86/xstate.rst).
bool x86_has_amx(void);

#endif
