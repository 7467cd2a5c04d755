// schedule.h: which sequences of a batch pass through the network together, and on which threads.
#ifndef MODEL_SCHEDULE_H
#define MODEL_SCHEDULE_H

#include "model/model.h"

// Sequences [first, end) of a batch.
struct run {
    size_t first, end;
    double cost; // in multiply-adds a layer
};

// Runs in the order in which they begin: the first `together` by all threads together, one after
// the other, the rest by one thread each, all at once.
struct schedule {
    struct run *runs;
    size_t n, together;
};

// A run for one thread has no more tokens than this, unless it is one longer sequence: its widest
// activations stay in a second-level cache, and weights that are read for so many rows come in
// time.
enum { RUN_TOKENS = 128 };

// The fastest way for sequences that end at offs[1 … S], none over `capacity` tokens, which runs
// that are made together may hold. runs [S] is the caller's room.
struct schedule schedule_batch(struct run *runs, const struct config *c, const uint32_t *offs,
                               size_t S, size_t capacity, int threads);

#endif
