// bench.c: times of calls, and what is printed of them.
#include "bench.h"

#include <stdlib.h>

#include "base/os.h"
#include "cli.h"

enum { LEAST = 5, FOR_P99 = 100, PATIENCE = 5 };

// On a shared machine a single look may see half of the peak.
static void look_at_peak(struct bench *b)
{
    const double peak = bert_cpu_peak(bert_session_threads(b->embedder.session), cli_dtype(b->o));
    if (peak > b->peak) b->peak = peak;
}

static int compare_times(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool enough(const struct bench *b, size_t calls, double seconds)
{
    const double wanted = b->o->seconds;
    if (calls < LEAST || seconds < wanted) return calls == BENCH_MOST;
    return calls >= FOR_P99 || seconds >= PATIENCE * wanted;
}

bool bench_measure(struct bench *b, bench_fn *fn, void *arg, struct bench_times *out)
{
    size_t n = 0;
    if (!fn(b, arg)) return false;
    for (double begin = os_now(), start = begin, end; !enough(b, n, start - begin); start = end) {
        if (!fn(b, arg)) return false;
        end = os_now();
        b->times[n++] = end - start;
    }
    look_at_peak(b);
    qsort(b->times, n, sizeof *b->times, compare_times);
    *out = (struct bench_times){n, b->times[n / 2], n < FOR_P99 ? 0 : b->times[n * 99 / 100]};
    return true;
}

double bench_flops(const struct bench *b, double tokens, double squares)
{
    const struct bert_config *c = bert_model_config(b->embedder.model);
    const double H = (double)c->hidden_size, F = (double)c->intermediate_size;
    const double each = 2 * tokens * (4 * H * H + 2 * H * F) + 4 * squares * H;
    return (double)c->num_hidden_layers * each;
}

static const char *dtype_name(const struct bench *b)
{
    return b->o->dtype ? b->o->dtype : "f32";
}

void bench_head(struct bench *b, const char *first)
{
    look_at_peak(b);
    if (b->o->json) return;
    buf_print(&b->output.buffer,
              "kernels %s, %d threads, %s, its measured peak %.1f GFLOP/s\n"
              "%s  calls     p50 ms     p99 ms     texts/s    tokens/s   GFLOP/s  of peak\n",
              bert_cpu_name(), bert_session_threads(b->embedder.session), dtype_name(b), b->peak,
              first);
}

static void print_json(struct buf *out, const struct bench *b, const struct bench_times *t,
                       double texts, double tokens, double rate)
{
    buf_print(out, "\"rounds\":%zu,\"p50_ms\":%.4f,\"p99_ms\":", t->calls, t->p50 * 1e3);
    if (t->p99 > 0) buf_print(out, "%.4f", t->p99 * 1e3);
    else buf_print(out, "null");
    buf_print(out,
              ",\"texts_per_second\":%.2f,\"tokens_per_second\":%.1f,\"gflops\":%.2f,"
              "\"peak_gflops\":%.2f,\"share_of_peak\":%.4f,\"dtype\":\"%s\",\"threads\":%d,"
              "\"kernels\":\"%s\","
              "\"peak_memory\":%zu}\n",
              texts / t->p50, tokens / t->p50, rate, b->peak, b->peak > 0 ? rate / b->peak : 0,
              dtype_name(b), bert_session_threads(b->embedder.session), bert_cpu_name(),
              os_peak_memory());
}

void bench_print(struct bench *b, const struct bench_times *t, double texts, double tokens,
                 double flops)
{
    struct buf *out = &b->output.buffer;
    const double rate = flops / t->p50 * 1e-9;
    if (b->o->json) {
        print_json(out, b, t, texts, tokens, rate);
        return;
    }
    buf_print(out, "%7zu %10.3f ", t->calls, t->p50 * 1e3);
    if (t->p99 > 0) buf_print(out, "%10.3f", t->p99 * 1e3);
    else buf_print(out, "%10s", "-");
    buf_print(out, " %11.1f %11.0f %9.1f %7.1f%%\n", texts / t->p50, tokens / t->p50, rate,
              b->peak > 0 ? 100 * rate / b->peak : 0);
}
