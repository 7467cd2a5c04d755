// machine.c: what this machine can do: threads, and the multiply-add peak that speeds are measured
// by.
#include "base/os.h"
#include "base/pool.h"
#include "cpu/cpu.h"

const char *bert_version(void)
{
    return BERT_VERSION;
}

int bert_cpu_threads(void)
{
    return os_threads();
}

struct peak_job {
    double (*loop)(size_t n);
    double flops; // of one task
};

static void peak_task(void *arg, size_t i, int worker)
{
    struct peak_job *job = arg;
    (void)worker;
    const double flops = job->loop(20);
    if (i == 0) job->flops = flops;
}

double bert_cpu_peak(int threads, bert_dtype dtype)
{
    const int n = threads > 0 ? threads : os_threads();
    struct pool *pool = pool_new(n, NULL);
    if (!pool) return 0;
    const struct kernels *k = cpu_kernels();
    double (*const loops[])(size_t) = {k->peak_f32, k->peak_bf16, k->peak_int8};
    struct peak_job job = {loops[dtype], 0};
    double best = 0;
    // The best of several short runs: the peak is what the machine can do, not what it did.
    for (const double end = os_now() + 0.2; os_now() < end;) {
        const double start = os_now();
        pool_run(pool, (size_t)n, peak_task, &job);
        const double rate = job.flops * n / (os_now() - start) * 1e-9;
        if (rate > best) best = rate;
    }
    pool_free(pool);
    return best;
}
