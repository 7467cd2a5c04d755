// arena.h: memory that is planned, then carved. An arena without memory measures what a layout
// function takes; the same function over real memory hands out the pieces, so size and layout
// cannot disagree. Every piece is 64-byte aligned.
//
//     struct arena plan = {0};
//     layout(&plan, …);                       // every arena_take returns NULL and is counted
//     struct arena real = {mem_aligned(plan.used, 1), plan.used, 0, false};
//     layout(&real, …);
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena {
    unsigned char *base; // NULL: measuring
    size_t size, used;
    bool overflow; // sizes exceeded size_t (measuring), the only way this can go wrong
};

// n elements of `size` bytes. NULL while measuring.
void *arena_take(struct arena *a, size_t n, size_t size);

#endif
