// pool.h: the only way to be parallel. A pool owns n - 1 threads; the caller is the n-th. Idle
// threads spin for a moment, then sleep.
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/error.h"

struct pool;

// threads >= 1. MEMORY when a thread cannot be started.
struct pool *pool_new(int threads, bert_error *err);
void pool_free(struct pool *pool);
int pool_threads(const struct pool *pool);

// The calling thread alone; not to be freed.
struct pool *pool_of_caller(void);

// Calls fn(arg, i, worker) once for every i < n, in any order, on any of the pool's threads, and
// returns when all are done. worker < pool_threads names the thread, for its own scratch.
typedef void pool_fn(void *arg, size_t i, int worker);
void pool_run(struct pool *pool, size_t n, pool_fn *fn, void *arg);

#endif
