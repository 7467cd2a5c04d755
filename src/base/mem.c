// mem.c: checked allocation.
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

void *mem_aligned(size_t n, size_t size)
{
    size_t bytes;
    if (!size_mul(n, size, &bytes) || !size_add(bytes, 63, &bytes)) return NULL;
    bytes &= ~(size_t)63; // aligned_alloc wants a multiple of the alignment
    return aligned_alloc(64, bytes ? bytes : 64);
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

bool mem_grow(void **p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) return true;
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
