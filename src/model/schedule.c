// schedule.c: threads that each take whole sequences through all layers meet once a batch instead
// of after every operation, and find in their caches what they have just written. That is the
// faster way wherever there is enough for each; threads work together on what would leave others
// idle: a single text, the one that is much longer than the rest, the odd one at the end.
// No result depends on it (docs/NUMERICS.md).
#include "model/schedule.h"

#include <stdlib.h>

enum { THREADS_MOST = 1024 };

// What threads that work together lose to waiting and to each other's caches: 5 to 50% by the
// model's size.
static const double together_share = 0.85;

static double sequence_cost(const struct config *c, double tokens)
{
    const double H = (double)c->H, F = (double)c->F;
    return tokens * (4 * H * H + 2 * H * F) + 2 * tokens * tokens * H;
}

// Neighbours, as many as `most` tokens allow.
static size_t cut_runs(struct run *runs, const struct config *c, const uint32_t *offs, size_t S,
                       size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < S; i++) {
        if (n == 0 || offs[i + 1] - offs[runs[n - 1].first] > most) {
            runs[n++] = (struct run){.first = i};
        }
        runs[n - 1].end = i + 1;
        runs[n - 1].cost += sequence_cost(c, (double)(offs[i + 1] - offs[i]));
    }
    return n;
}

static int compare_runs(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? 1 : -1;
    return x->first < y->first ? -1 : 1;
}

static double sum_costs(const struct run *runs, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += runs[i].cost;
    return sum;
}

// When the last of the threads ends, if each takes the next run when it is free.
static double last_end(const struct run *runs, size_t n, int threads)
{
    double ends[THREADS_MOST] = {0}, last = 0;
    for (size_t i = 0; i < n; i++) {
        int earliest = 0;
        for (int t = 1; t < threads; t++) {
            if (ends[t] < ends[earliest]) earliest = t;
        }
        ends[earliest] += runs[i].cost;
        if (ends[earliest] > last) last = ends[earliest];
    }
    return last;
}

// How many of the costliest runs are better made together; n: all are. Tried are a few, for those
// that are much longer than the rest, and as many as are left over when all threads have equally
// many.
static size_t best_together(const struct run *runs, size_t n, int threads)
{
    enum { FEW = 8 };
    const double each = together_share * threads;
    const size_t over = n % (size_t)threads;
    double least = sum_costs(runs, n) / each;
    size_t best = n;
    for (size_t i = 0; i <= FEW; i++) {
        const size_t k = i < FEW ? i : over;
        if (k >= n) continue;
        const double end = sum_costs(runs, k) / each + last_end(runs + k, n - k, threads);
        if (end < least) {
            least = end;
            best = k;
        }
    }
    return best;
}

struct schedule schedule_batch(struct run *runs, const struct config *c, const uint32_t *offs,
                               size_t S, size_t capacity, int threads)
{
    const size_t most = capacity < RUN_TOKENS ? capacity : RUN_TOKENS;
    struct schedule schedule = {.runs = runs, .n = cut_runs(runs, c, offs, S, most)};
    if (threads == 1) return schedule;
    qsort(runs, schedule.n, sizeof *runs, compare_runs);
    schedule.together = best_together(runs, schedule.n, threads);
    if (schedule.together < schedule.n) return schedule;
    schedule.n = schedule.together = cut_runs(runs, c, offs, S, capacity);
    return schedule;
}
