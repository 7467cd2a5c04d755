// guard.h: arrays beside pages that may not be touched. Each array is a slot of its own between two
// such pages and begins at the first or ends at the last byte in between, so reading or writing one
// byte outside it ends the program. Arrays come filled with a canary, to see which floats a kernel
// wrote.
#ifndef TESTS_CPU_GUARD_H
#define TESTS_CPU_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GUARD_SLOTS = 16, GUARD_BYTES = 1 << 20 };

static struct {
    unsigned char *base;
    size_t page, used;
    bool at_end; // where arrays lie in their slots
    uint32_t random;
} guard = {.random = 1};

static size_t guard_stride(void)
{
    return guard.page + GUARD_BYTES;
}

static bool guard_open(void)
{
    guard.page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t size = GUARD_SLOTS * guard_stride() + guard.page;
    guard.base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guard.base == MAP_FAILED) return false;
    for (size_t i = 0; i < GUARD_SLOTS; i++) {
        unsigned char *slot = guard.base + i * guard_stride() + guard.page;
        if (mprotect(slot, GUARD_BYTES, PROT_READ | PROT_WRITE)) return false;
    }
    return true;
}

// Forgets all arrays.
static void guard_reset(void)
{
    guard.used = 0;
}

// An array of `bytes`, uninitialised; NULL when there is no slot for it.
static void *guard_bytes(size_t bytes)
{
    if (guard.used == GUARD_SLOTS || bytes > GUARD_BYTES) return NULL;
    unsigned char *slot = guard.base + guard.used++ * guard_stride() + guard.page;
    return guard.at_end ? slot + GUARD_BYTES - bytes : slot;
}

#define GUARD_CANARY 0x7FA5C3E1u // a NaN that no arithmetic makes

static bool guard_is_canary(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u == GUARD_CANARY;
}

// n floats, all canaries.
static float *guard_floats(size_t n)
{
    float *p = guard_bytes(n * sizeof *p);
    const uint32_t canary = GUARD_CANARY;
    for (size_t i = 0; i < n; i++) memcpy(p + i, &canary, sizeof canary);
    return p;
}

// A number in [-1, 1), the same sequence in every run (Marsaglia's xorshift).
static float guard_random(void)
{
    guard.random ^= guard.random << 13;
    guard.random ^= guard.random >> 17;
    guard.random ^= guard.random << 5;
    return (float)(int32_t)guard.random * 0x1p-31f;
}

// n random floats in [-scale, scale).
static float *guard_randoms(size_t n, float scale)
{
    float *p = guard_bytes(n * sizeof *p);
    for (size_t i = 0; i < n; i++) p[i] = scale * guard_random();
    return p;
}

#endif
