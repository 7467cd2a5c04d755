// arena.c: measuring and carving with the same walk.
#include "base/arena.h"

#include <assert.h>

#include "base/mem.h"

void *arena_take(struct arena *a, size_t n, size_t size)
{
    size_t bytes, end;
    if (!size_mul(n, size, &bytes) || !size_add(bytes, 63, &bytes) ||
        !size_add(a->used, bytes & ~(size_t)63, &end)) {
        a->overflow = true;
        return NULL;
    }
    void *piece = a->base ? a->base + a->used : NULL;
    assert(!a->base || end <= a->size);
    a->used = end;
    return piece;
}
