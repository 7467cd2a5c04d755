// mem.h: memory from the system, with checked sizes. Every count × size product is checked here, so
// no caller multiplies; NULL means that the memory (or the product) is not to be had.
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

// *out = a * b or a + b; false when that exceeds size_t.
bool size_mul(size_t a, size_t b, size_t *out);
bool size_add(size_t a, size_t b, size_t *out);

// n elements of `size` bytes, uninitialised or zeroed; n 0 gives a pointer that can be freed.
void *mem_alloc(size_t n, size_t size);
void *mem_zero(size_t n, size_t size);
// The same, 64-byte aligned, uninitialised.
void *mem_aligned(size_t n, size_t size);
// The same for what will be written and read whole, as a model's weights: in huge pages where the
// system gives them, which rounds the size up to 2 MiB.
void *mem_huge(size_t n, size_t size);
// The same for what may be used in parts only, as room for the longest text: in small pages until
// mem_make_huge, which is for the pages that are not in use by then.
void *mem_sparse(size_t n, size_t size);
void mem_make_huge(void *p, size_t n, size_t size);
// Whatever mem_… returned, or NULL.
void mem_free(void *p);

// A copy of len bytes with a NUL behind them.
char *mem_string(const char *bytes, size_t len);

// Makes the array *p of *cap elements hold at least `need`, doubling; false leaves both as they
// were.
bool mem_grow_now(void **p, size_t *cap, size_t need, size_t size); // where it does not
static inline bool mem_grow(void **p, size_t *cap, size_t need, size_t size)
{
    return need <= *cap || mem_grow_now(p, cap, need, size);
}

#endif
