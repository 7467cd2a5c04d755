// test_pool.c: every index of every job once, by a thread that no one else is, and finished when
// the caller goes on; whether workers come in time, late or never, and with more threads than CPUs.
#include "support/check.h"

#include <stdatomic.h>
#include <time.h>

#include "base/pool.h"

enum { MOST = 300, THREADS = 7 };

struct job {
    unsigned char done[MOST]; // by whoever took the index: no two may
    atomic_int at_work[THREADS];
    atomic_int shared; // two threads with one number
    size_t n;
};

static void take(void *arg, size_t i, int worker)
{
    struct job *job = arg;
    if (atomic_fetch_add(&job->at_work[worker], 1) != 0) atomic_store(&job->shared, 1);
    job->done[i]++;
    atomic_fetch_sub(&job->at_work[worker], 1);
}

static void run_jobs(int threads, int jobs, long pause)
{
    bert_error err = {0};
    struct pool *pool = pool_new(threads, &err);
    assert_non_null(pool);
    assert_int_equal(pool_threads(pool), threads);
    for (int i = 0; i < jobs; i++) {
        struct job job = {.n = (size_t)(i * 37 % MOST)};
        pool_run(pool, job.n, take, &job);
        for (size_t k = 0; k < MOST; k++) assert_int_equal(job.done[k], k < job.n);
        assert_int_equal(atomic_load(&job.shared), 0);
        if (pause) nanosleep(&(struct timespec){0, pause}, NULL);
    }
    pool_free(pool);
}

static void one_job_after_the_other(void **state)
{
    (void)state;
    for (int threads = 1; threads <= THREADS; threads++) run_jobs(threads, 2000, 0);
}

// Longer than workers spin: they are woken for each.
static void jobs_for_sleepers(void **state)
{
    (void)state;
    for (int threads = 2; threads <= THREADS; threads++) run_jobs(threads, 100, 100000);
}

static void no_job_at_all(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) run_jobs(1 + i % THREADS, i % 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_job_after_the_other),
        cmocka_unit_test(jobs_for_sleepers),
        cmocka_unit_test(no_job_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
