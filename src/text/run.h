// run.h: a run of a text, as split.h cuts it, that the cache has a place for or will have.
#ifndef TEXT_RUN_H
#define TEXT_RUN_H

#include "text/cache.h"

struct run {
    uint64_t key[2];
    struct cache_short *set; // any one, where none has the key: longer than CACHE_SHORT
    uint32_t start, len; // len has RUN_ODD unless it is ASCII letters and digits, or punctuation
};

#define RUN_ODD (1u << 31)

// Of a batch, at most: where the cache is asked fewer, whose sets stay near until they are used.
enum { RUNS = 256, RUNS_ASKED = 128 };

#endif
