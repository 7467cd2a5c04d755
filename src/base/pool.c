// pool.c: a team of threads that meets twice a job: at its start and at its end.
//
// A job is a number that grows (`job`). A worker waits for it to change, spinning for about 20 µs
// (the gap between two operations of a forward pass is shorter) and then sleeping on a condition
// variable. Indices are taken one by one from an atomic counter. The caller returns when every
// worker has reported for this job, so nobody can still be reading the job's function and argument.
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"

enum { SPINS = 4000 }; // of about 5 ns each

struct worker {
    struct pool *pool;
    pthread_t thread;
    int number;
};

struct pool {
    int threads;            // the caller among them
    struct worker *workers; // threads - 1 of them
    pool_fn *fn;
    void *arg;
    size_t n;
    _Alignas(64) atomic_size_t next;   // first index that nobody has taken
    _Alignas(64) atomic_uint job;      // changes when there is work
    _Alignas(64) atomic_int busy;      // workers that have not reported for this job
    _Alignas(64) pthread_mutex_t lock; // for sleeping only
    pthread_cond_t wake;
    int sleepers; // under lock
    bool quit;    // written before job changes
};

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void take_indices(struct pool *pool, int worker)
{
    for (;;) {
        const size_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= pool->n) return;
        pool->fn(pool->arg, i, worker);
    }
}

static void sleep_until_job(struct pool *pool, unsigned seen)
{
    pthread_mutex_lock(&pool->lock);
    pool->sleepers++;
    while (atomic_load_explicit(&pool->job, memory_order_acquire) == seen) {
        pthread_cond_wait(&pool->wake, &pool->lock);
    }
    pool->sleepers--;
    pthread_mutex_unlock(&pool->lock);
}

// Returns the number of a job other than `seen`.
static unsigned wait_for_job(struct pool *pool, unsigned seen)
{
    for (int i = 0; i < SPINS; i++) {
        const unsigned job = atomic_load_explicit(&pool->job, memory_order_acquire);
        if (job != seen) return job;
        pause_briefly();
    }
    sleep_until_job(pool, seen);
    return atomic_load_explicit(&pool->job, memory_order_acquire);
}

static void *work(void *arg)
{
    const struct worker *self = arg;
    struct pool *pool = self->pool;
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_job(pool, seen);
        if (pool->quit) return NULL;
        take_indices(pool, self->number);
        atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_release);
    }
}

// Publishes what was written to the pool as a new job and wakes who sleeps.
static void announce(struct pool *pool)
{
    atomic_fetch_add_explicit(&pool->job, 1, memory_order_release);
    pthread_mutex_lock(&pool->lock);
    if (pool->sleepers) pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

void pool_run(struct pool *pool, size_t n, pool_fn *fn, void *arg)
{
    if (n == 1 || pool->threads == 1) {
        for (size_t i = 0; i < n; i++) fn(arg, i, 0);
        return;
    }
    if (n == 0) return;
    pool->fn = fn;
    pool->arg = arg;
    pool->n = n;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->busy, pool->threads - 1, memory_order_relaxed);
    announce(pool);
    take_indices(pool, 0);
    // Workers are in their last piece: spin, but give way where there are fewer CPUs than threads.
    for (int i = 0; atomic_load_explicit(&pool->busy, memory_order_acquire); i++) {
        if (i < SPINS) pause_briefly();
        else sched_yield();
    }
}

int pool_threads(const struct pool *pool)
{
    return pool->threads;
}

// Ends the first n workers.
static void stop(struct pool *pool, int n)
{
    pool->quit = true;
    announce(pool);
    for (int i = 0; i < n; i++) pthread_join(pool->workers[i].thread, NULL);
}

// Starts the workers; MEMORY when one cannot be started (none is left running then).
static bert_status start(struct pool *pool, bert_error *err)
{
    for (int i = 0; i < pool->threads - 1; i++) {
        struct worker *w = &pool->workers[i];
        *w = (struct worker){.pool = pool, .number = i + 1};
        if (pthread_create(&w->thread, NULL, work, w)) {
            stop(pool, i);
            return fail(err, BERT_MEMORY, "thread %d of %d cannot be started", i + 2,
                        pool->threads);
        }
    }
    return BERT_OK;
}

struct pool *pool_new(int threads, bert_error *err)
{
    struct pool *pool = mem_aligned(1, sizeof *pool);
    struct worker *workers = mem_zero((size_t)threads, sizeof *workers);
    if (!pool || !workers) {
        mem_free(pool);
        mem_free(workers);
        fail_memory(err);
        return NULL;
    }
    *pool = (struct pool){.threads = threads, .workers = workers};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    if (start(pool, err)) {
        pool->threads = 1;
        pool_free(pool);
        return NULL;
    }
    return pool;
}

void pool_free(struct pool *pool)
{
    if (!pool) return;
    if (pool->threads > 1) stop(pool, pool->threads - 1);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool->workers);
    mem_free(pool);
}
