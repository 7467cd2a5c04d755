// mem.c: checked allocation.
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

bool size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

bool size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

void *mem_alloc(size_t n, size_t size)
{
    size_t bytes;
    if (!size_mul(n, size, &bytes)) return NULL;
    return malloc(bytes ? bytes : 1);
}

void *mem_zero(size_t n, size_t size)
{
    return calloc(n ? n : 1, size ? size : 1);
}

// n * size rounded up to the alignment, as aligned_alloc wants it, and at least that; 0: too large.
static size_t round_bytes(size_t n, size_t size, size_t alignment)
{
    size_t bytes;
    if (!size_mul(n, size, &bytes) || !size_add(bytes, alignment - 1, &bytes)) return 0;
    bytes &= ~(alignment - 1);
    return bytes ? bytes : alignment;
}

void *mem_aligned(size_t n, size_t size)
{
    const size_t bytes = round_bytes(n, size, 64);
    return bytes ? aligned_alloc(64, bytes) : NULL;
}

enum { HUGE = 2 << 20 };

// Memory that begins and ends with a huge page; NULL also when it is too small for one.
static void *take_pages(size_t n, size_t size, size_t *bytes)
{
    *bytes = round_bytes(n, size, HUGE);
    return *bytes && round_bytes(n, size, 64) >= HUGE ? aligned_alloc(HUGE, *bytes) : NULL;
}

// In vain where a page was touched before, or on a kernel that has small ones only.
static void advise(void *p, size_t bytes, bool huge)
{
#ifdef MADV_HUGEPAGE
    (void)madvise(p, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#else
    (void)p, (void)bytes, (void)huge;
#endif
}

static void *pages(size_t n, size_t size, bool huge)
{
    size_t bytes;
    void *p = take_pages(n, size, &bytes);
    if (!p) return mem_aligned(n, size);
    advise(p, bytes, huge);
    return p;
}

// Pages of 4 KiB cost a fault each when they are first written (10,500 for MiniLM-L6), and misses
// of the address cache when they are read.
void *mem_huge(size_t n, size_t size)
{
    return pages(n, size, true);
}

// And one of 2 MiB costs the clearing of 2 MiB, however little of it is used.
void *mem_sparse(size_t n, size_t size)
{
    return pages(n, size, false);
}

void mem_make_huge(void *p, size_t n, size_t size)
{
    if (round_bytes(n, size, 64) >= HUGE) advise(p, round_bytes(n, size, HUGE), true);
}

void mem_free(void *p)
{
    free(p);
}

char *mem_string(const char *bytes, size_t len)
{
    size_t size;
    if (!size_add(len, 1, &size)) return NULL;
    char *copy = mem_alloc(size, 1);
    if (!copy) return NULL;
    if (len) memcpy(copy, bytes, len);
    copy[len] = 0;
    return copy;
}

bool mem_grow_now(void **p, size_t *cap, size_t need, size_t size)
{
    size_t n = *cap < 16 ? 16 : *cap;
    while (n < need) {
        if (!size_mul(n, 2, &n)) return false;
    }
    size_t bytes;
    if (!size_mul(n, size, &bytes)) return false;
    void *grown = realloc(*p, bytes);
    if (!grown) return false;
    *p = grown;
    *cap = n;
    return true;
}
