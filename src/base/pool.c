// pool.c: a team of threads that takes jobs together, whoever is there.
//
// A job begins when the gate gets its number and opens. A worker waits for a new number, spinning
// for about 20 µs (the gap between two operations of a forward pass is shorter) and then sleeping
// on a condition variable. Who passes the gate is counted, and takes indices one by one from an
// atomic counter. The caller takes them too; when none are left it shuts the gate and waits for
// those inside, so nobody can still be reading the job's function and argument. It does not wait
// for a worker that the system has not woken yet, which may take milliseconds: that one finds the
// gate shut.
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

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
    _Alignas(64) atomic_size_t next; // first index that nobody has taken
    _Alignas(64) _Atomic uint64_t gate;
    _Alignas(64) pthread_mutex_t lock; // for sleeping only
    pthread_cond_t wake;
    int sleepers; // under lock
};

// The gate: how many workers are inside, OPEN, QUIT (there will be no more jobs), and from bit
// JOB_AT on the job's number.
enum { OPEN = 1 << 30, QUIT = 1 << 29, INSIDE = QUIT - 1, JOB_AT = 32 };

static unsigned job_of(uint64_t gate)
{
    return (unsigned)(gate >> JOB_AT);
}

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

// Returns the gate of a job other than `seen`, asleep or awake.
static uint64_t sleep_until_job(struct pool *pool, unsigned seen)
{
    uint64_t gate;
    pthread_mutex_lock(&pool->lock);
    pool->sleepers++;
    while (job_of(gate = atomic_load_explicit(&pool->gate, memory_order_acquire)) == seen) {
        pthread_cond_wait(&pool->wake, &pool->lock);
    }
    pool->sleepers--;
    pthread_mutex_unlock(&pool->lock);
    return gate;
}

static uint64_t wait_for_job(struct pool *pool, unsigned seen)
{
    for (int i = 0; i < SPINS; i++) {
        const uint64_t gate = atomic_load_explicit(&pool->gate, memory_order_acquire);
        if (job_of(gate) != seen) return gate;
        pause_briefly();
    }
    return sleep_until_job(pool, seen);
}

// False: the gate of this job is shut.
static bool enter(struct pool *pool, unsigned job)
{
    uint64_t gate = atomic_load_explicit(&pool->gate, memory_order_relaxed);
    while (job_of(gate) == job && (gate & OPEN)) {
        if (atomic_compare_exchange_weak_explicit(&pool->gate, &gate, gate + 1,
                                                  memory_order_acquire, memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

static void leave(struct pool *pool)
{
    atomic_fetch_sub_explicit(&pool->gate, 1, memory_order_release);
}

static void *work(void *arg)
{
    const struct worker *self = arg;
    struct pool *pool = self->pool;
    for (unsigned seen = 0;;) {
        const uint64_t gate = wait_for_job(pool, seen);
        if (gate & QUIT) return NULL;
        seen = job_of(gate);
        if (!enter(pool, seen)) continue;
        take_indices(pool, self->number);
        leave(pool);
    }
}

// Publishes what was written to the pool as a new job and wakes who sleeps. Nobody is inside.
static void announce(struct pool *pool, uint64_t flags)
{
    const uint64_t gate = atomic_load_explicit(&pool->gate, memory_order_relaxed);
    atomic_store_explicit(&pool->gate, (uint64_t)(job_of(gate) + 1) << JOB_AT | flags,
                          memory_order_release);
    pthread_mutex_lock(&pool->lock);
    if (pool->sleepers) pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

// Shuts the gate and waits for those inside, who are in their last piece: spins, but gives way
// where there are fewer CPUs than threads.
static void finish(struct pool *pool)
{
    atomic_fetch_and_explicit(&pool->gate, ~(uint64_t)OPEN, memory_order_relaxed);
    for (int i = 0; atomic_load_explicit(&pool->gate, memory_order_acquire) & INSIDE; i++) {
        if (i < SPINS) pause_briefly();
        else sched_yield();
    }
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
    announce(pool, OPEN);
    take_indices(pool, 0);
    finish(pool);
}

struct pool *pool_of_caller(void)
{
    static struct pool caller = {.threads = 1}; // nothing in it is written
    return &caller;
}

int pool_threads(const struct pool *pool)
{
    return pool->threads;
}

// Ends the first n workers.
static void stop(struct pool *pool, int n)
{
    announce(pool, QUIT);
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
