// cmd_bench.c: bert bench: latency and throughput for lengths and batches, and the share of the
// multiply-add peak that this machine showed in the same run.
//
// Floating-point operations counted are those of the matrix products alone, in L layers over T
// tokens of S sequences of length n: L (2 T (4 H² + 2 H F) + 4 S n² H).
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "cli.h"
#include "commands.h"
#include "output.h"

enum { MOST_ROUNDS = 100000, MOST_VALUES = 32 };

struct job {
    const struct options *o;
    bert_model *model;
    bert_session *session;
    bert_batch *batch;
    double *times; // [MOST_ROUNDS]
    float *out;
    double peak; // GFLOP/s
    struct output output;
};

struct result {
    size_t length, batch, rounds;
    double p50, p99; // seconds of a batch
    double gflops;   // at p50
};

// "16,128,512" into numbers; 0 when it is not such a list.
static size_t parse_list(const char *text, size_t values[MOST_VALUES])
{
    size_t n = 0;
    for (const char *p = text; n < MOST_VALUES;) {
        char *end;
        const long v = strtol(p, &end, 10);
        if (end == p || v < 1 || v > 1 << 20) return 0;
        values[n++] = (size_t)v;
        if (!*end) return n;
        if (*end != ',') return 0;
        p = end + 1;
    }
    return 0;
}

static double count_flops(const struct bert_config *c, size_t length, size_t batch)
{
    const double T = (double)(length * batch), n = (double)length;
    const double H = (double)c->hidden_size, F = (double)c->intermediate_size;
    const double each = 2 * T * (4 * H * H + 2 * H * F) + 4 * (double)batch * n * n * H;
    return (double)c->num_hidden_layers * each;
}

// Fills the batch with sequences of `length` ids that are spread over the vocabulary.
static bool fill(struct job *job, size_t length, size_t batch)
{
    const size_t V = bert_model_config(job->model)->vocab_size;
    int32_t *ids = mem_alloc(length, sizeof *ids);
    bert_error err = {0};
    bert_batch_clear(job->batch);
    for (size_t i = 0; ids && i < batch; i++) {
        for (size_t t = 0; t < length; t++) ids[t] = (int32_t)((t * 7919 + i * 104729) % V);
        if (bert_batch_add_ids(job->batch, ids, NULL, length, &err)) break;
    }
    const bool good = ids && !err.status;
    if (!good) say_error("%s", ids ? err.message : "out of memory");
    mem_free(ids);
    return good;
}

static int compare_times(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Runs the batch for the asked time, at least 5 times after a first one that is not counted.
static bool measure(struct job *job, struct result *r)
{
    bert_error err;
    double begin = os_now();
    for (size_t i = 0; i < MOST_ROUNDS; i++) {
        const double start = os_now();
        if (bert_embed(job->session, job->batch, NULL, job->out, &err)) {
            say_error("%s", err.message);
            return false;
        }
        const double end = os_now();
        if (i == 0) begin = end;
        else job->times[r->rounds++] = end - start;
        if (r->rounds >= 5 && end - begin >= job->o->seconds) break;
    }
    qsort(job->times, r->rounds, sizeof *job->times, compare_times);
    r->p50 = job->times[r->rounds / 2];
    r->p99 = job->times[r->rounds * 99 / 100];
    r->gflops = count_flops(bert_model_config(job->model), r->length, r->batch) / r->p50 * 1e-9;
    return true;
}

// The best that the machine has shown so far: on a shared one a single look may see half of it.
static void look_at_peak(struct job *job)
{
    const double peak = bert_cpu_peak(bert_session_threads(job->session));
    if (peak > job->peak) job->peak = peak;
}

static void print_result(struct job *job, const struct result *r)
{
    struct buf *out = &job->output.buffer;
    const double share = job->peak > 0 ? 100 * r->gflops / job->peak : 0;
    const double texts = (double)r->batch / r->p50;
    if (job->o->json) {
        buf_print(out,
                  "{\"length\":%zu,\"batch\":%zu,\"rounds\":%zu,\"p50_ms\":%.4f,\"p99_ms\":%.4f,"
                  "\"texts_per_second\":%.2f,\"tokens_per_second\":%.1f,\"gflops\":%.2f,"
                  "\"peak_gflops\":%.2f,\"share_of_peak\":%.4f,\"threads\":%d,\"kernels\":\"%s\","
                  "\"peak_memory\":%zu}\n",
                  r->length, r->batch, r->rounds, r->p50 * 1e3, r->p99 * 1e3, texts,
                  texts * (double)r->length, r->gflops, job->peak, share / 100,
                  bert_session_threads(job->session), bert_cpu_name(), os_peak_memory());
    } else {
        buf_print(out, "%6zu %6zu %10.3f %10.3f %11.1f %11.0f %9.1f %6.1f%%\n", r->length, r->batch,
                  r->p50 * 1e3, r->p99 * 1e3, texts, texts * (double)r->length, r->gflops, share);
    }
}

static void print_head(struct job *job)
{
    if (job->o->json) return;
    buf_print(&job->output.buffer,
              "kernels %s, %d threads, measured peak %.1f GFLOP/s\n"
              "length  batch     p50 ms     p99 ms     texts/s    tokens/s   GFLOP/s  of peak\n",
              bert_cpu_name(), bert_session_threads(job->session), job->peak);
}

static bool run_all(struct job *job, const size_t *lengths, size_t n_lengths, const size_t *batches,
                    size_t n_batches)
{
    print_head(job);
    for (size_t i = 0; i < n_lengths; i++) {
        for (size_t k = 0; k < n_batches; k++) {
            struct result r = {.length = lengths[i], .batch = batches[k]};
            if (!fill(job, r.length, r.batch) || !measure(job, &r)) return false;
            look_at_peak(job);
            print_result(job, &r);
            if (!output_flush(&job->output)) return false;
        }
    }
    if (!job->o->json) {
        buf_print(&job->output.buffer, "peak memory %.1f MB\n", (double)os_peak_memory() * 1e-6);
    }
    return true;
}

// Lengths that the model does not have are left out.
static size_t drop_long(const bert_model *model, size_t *lengths, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (lengths[i] <= bert_model_config(model)->max_position_embeddings)
            lengths[kept++] = lengths[i];
    }
    return kept;
}

static int open_and_run(struct job *job, size_t *lengths, size_t n_lengths, const size_t *batches,
                        size_t n_batches)
{
    size_t largest = 0;
    for (size_t i = 0; i < n_batches; i++) largest = batches[i] > largest ? batches[i] : largest;
    job->model = cli_model(job->o);
    if (!job->model || !(job->session = cli_session(job->o, job->model))) return 1;
    n_lengths = drop_long(job->model, lengths, n_lengths);
    bert_error err;
    job->batch = bert_batch_new(job->model, &err);
    if (!job->batch) return say_error("%s", err.message), 1;
    job->times = mem_alloc(MOST_ROUNDS, sizeof *job->times);
    job->out = mem_alloc(largest * bert_model_config(job->model)->hidden_size, sizeof *job->out);
    if (!job->times || !job->out) return say_error("out of memory"), 1;
    look_at_peak(job);
    if (!output_open(&job->output, job->o)) return 1;
    const bool good = run_all(job, lengths, n_lengths, batches, n_batches);
    return output_close(&job->output, !good);
}

int cmd_bench(const struct options *o)
{
    size_t lengths[MOST_VALUES], batches[MOST_VALUES];
    const size_t n_lengths = parse_list(o->lengths ? o->lengths : "16,128,512", lengths);
    const size_t n_batches = parse_list(o->batches ? o->batches : "1,8,32", batches);
    if (!n_lengths || !n_batches) {
        say_error("bench: lengths and batches must be like 16,128,512");
        return 2;
    }
    struct job job = {.o = o};
    const int status = open_and_run(&job, lengths, n_lengths, batches, n_batches);
    mem_free(job.times);
    mem_free(job.out);
    bert_batch_free(job.batch);
    bert_session_free(job.session);
    bert_model_free(job.model);
    return status;
}
