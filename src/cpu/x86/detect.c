// detect.c: instruction sets by cpuid (Intel SDM 2A, CPUID; AMD APM 3, appendix E). A set counts
// only when the operating system saves its registers across context switches, which XCR0 tells.
#include "cpu/x86/detect.h"

#include <cpuid.h>
#include <stdint.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

// XCR0: bits 1, 2 the xmm and ymm registers; 5, 6, 7 the masks and the two halves of the zmm file;
// 17, 18 the tiles' configuration and their data.
enum { STATE_YMM = 0x06, STATE_ZMM = 0xE6, STATE_TILES = 0x60000 };

static uint32_t saved_state(void)
{
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE)) return 0;
    // By hand: the intrinsic _xgetbv would want a compiler flag for this file.
    __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    return eax;
}

bool x86_has_avx2(void)
{
    const unsigned want1 = bit_AVX | bit_FMA | bit_F16C;
    unsigned eax, ebx, ecx, edx;
    if ((saved_state() & STATE_YMM) != STATE_YMM) return false;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & want1) != want1) return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_AVX2);
}

bool x86_has_avxvnni(void)
{
#if defined(BERT_EVEX_AVXVNNI) // a build for tests, see CMakeLists.txt
    return x86_has_avx512vnni();
#else
    unsigned eax, ebx, ecx, edx;
    if (!x86_has_avx2()) return false;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax & bit_AVXVNNI);
#endif
}

bool x86_has_avx512(void)
{
    const unsigned want7 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    unsigned eax, ebx, ecx, edx;
    if (!x86_has_avx2() || (saved_state() & STATE_ZMM) != STATE_ZMM) return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & want7) == want7;
}

bool x86_has_avx512vnni(void)
{
    unsigned eax, ebx, ecx, edx;
    if (!x86_has_avx512()) return false;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ecx & bit_AVX512VNNI);
}

bool x86_has_avx512bf16(void)
{
    unsigned eax, ebx, ecx, edx;
    if (!x86_has_avx512vnni()) return false;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax & bit_AVX512BF16);
}

#if defined(__linux__)
static bool tiles_granted(void)
{
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
}
#else
static bool tiles_granted(void)
{
    return false; // how to ask is not known here
}
#endif

bool x86_has_amx(void)
{
    const unsigned want7 = 1u << 22 | 1u << 24 | 1u << 25; // AMX-BF16, AMX-TILE, AMX-INT8
    unsigned eax, ebx, ecx, edx;
    if (!x86_has_avx512bf16() || (saved_state() & STATE_TILES) != STATE_TILES) return false;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || (edx & want7) != want7) return false;
    return tiles_granted();
}
