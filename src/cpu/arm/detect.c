// detect.c: instruction sets as Linux tells them to every process (the kernel's
// Documentation/arch/arm64/elf_hwcaps.rst). Elsewhere there are those that every AArch64 CPU has.
#include "cpu/arm/detect.h"

#if defined(__linux__)
#include <sys/auxv.h>

// HWCAP_ASIMDDP and HWCAP2_BF16, which older headers lack.
enum { CAP_ASIMDDP = 1 << 20, CAP2_BF16 = 1 << 14 };

bool arm_has_dot(void)
{
    return getauxval(AT_HWCAP) & CAP_ASIMDDP;
}

bool arm_has_bf16(void)
{
    return arm_has_dot() && (getauxval(AT_HWCAP2) & CAP2_BF16);
}
#else
bool arm_has_dot(void)
{
    return false;
}

bool arm_has_bf16(void)
{
    return false;
}
#endif
