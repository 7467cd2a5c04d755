// cmd_bench.c: bert bench: latency and throughput for lengths and batches, or for the texts of
// files, and the share of the multiply-add peak that this machine showed in the same run; before
// that the start of the program, and afterwards memory.
#include <stdlib.h>

#include "base/mem.h"
#include "base/os.h"
#include "bench.h"
#include "cli.h"
#include "commands.h"

enum { MOST_VALUES = 32 };

struct list {
    size_t n, values[MOST_VALUES];
};

// "16,128,512" into numbers; none when it is not such a list.
static struct list parse_list(const char *text)
{
    struct list list = {0};
    for (const char *p = text; list.n < MOST_VALUES;) {
        char *end;
        const long v = strtol(p, &end, 10);
        if (end == p || v < 1 || v > 1 << 20) break;
        list.values[list.n++] = (size_t)v;
        if (!*end) return list;
        if (*end != ',') break;
        p = end + 1;
    }
    return (struct list){0};
}

// --------------------------------------------------------------------------------- lengths,
// batches

// Fills the batch with sequences of `length` ids that are spread over the vocabulary.
static bool fill(struct bench *b, size_t length, size_t batch)
{
    const size_t V = bert_model_config(b->embedder.model)->vocab_size;
    int32_t *ids = mem_alloc(length, sizeof *ids);
    bert_error err = {0};
    bert_batch_clear(b->embedder.batch);
    for (size_t i = 0; ids && i < batch; i++) {
        for (size_t t = 0; t < length; t++) ids[t] = (int32_t)((t * 7919 + i * 104729) % V);
        if (bert_batch_add_ids(b->embedder.batch, ids, NULL, length, &err)) break;
    }
    const bool good = ids && !err.status;
    if (!good) say_error("%s", ids ? err.message : "out of memory");
    mem_free(ids);
    return good;
}

static bool embed_batch(struct bench *b, void *rows)
{
    bert_error err;
    if (!bert_embed(b->embedder.session, b->embedder.batch, NULL, rows, &err)) return true;
    say_error("%s", err.message);
    return false;
}

static bool measure_shape(struct bench *b, size_t length, size_t batch, float *rows)
{
    struct bench_times times;
    const double texts = (double)batch, tokens = texts * (double)length;
    if (!fill(b, length, batch) || !bench_measure(b, embed_batch, rows, &times)) return false;
    buf_print(&b->output.buffer, b->o->json ? "{\"length\":%zu,\"batch\":%zu," : "%6zu %6zu",
              length, batch);
    bench_print(b, &times, texts, tokens, bench_flops(b, tokens, tokens * (double)length));
    return output_flush(&b->output);
}

// Lengths that the model does not have are left out.
static bool measure_shapes(struct bench *b, const struct list *lengths, const struct list *batches)
{
    const struct bert_config *config = bert_model_config(b->embedder.model);
    size_t largest = 0;
    for (size_t i = 0; i < batches->n; i++) {
        largest = batches->values[i] > largest ? batches->values[i] : largest;
    }
    float *rows = mem_alloc(largest * config->hidden_size, sizeof *rows);
    bool good = rows != NULL;
    if (!good) say_error("out of memory");
    bench_head(b, "length  batch");
    for (size_t i = 0; good && i < lengths->n; i++) {
        if (lengths->values[i] > config->max_position_embeddings) continue;
        for (size_t k = 0; good && k < batches->n; k++) {
            good = measure_shape(b, lengths->values[i], batches->values[k], rows);
        }
    }
    mem_free(rows);
    return good;
}

// ---------------------------------------------------------------------------------------- together

static bool measure_all(struct bench *b, const struct list *lengths, const struct list *batches)
{
    if (!(b->o->n_inputs ? bench_texts(b) : measure_shapes(b, lengths, batches))) return false;
    if (!b->o->json) {
        buf_print(&b->output.buffer, "peak memory %.1f MB\n", (double)os_peak_memory() * 1e-6);
    }
    return output_flush(&b->output);
}

static int open_and_measure(struct bench *b, const struct list *lengths, const struct list *batches)
{
    b->times = mem_alloc(BENCH_MOST, sizeof *b->times);
    if (!b->times) return say_error("out of memory"), 1;
    if (!output_open(&b->output, b->o)) return 1;
    const bool good = bench_start(b) && output_flush(&b->output) &&
                      embedder_open(&b->embedder, b->o) && measure_all(b, lengths, batches);
    return output_close(&b->output, !good);
}

int cmd_bench(const struct options *o)
{
    const struct list lengths = parse_list(o->lengths ? o->lengths : "16,128,512");
    const struct list batches = parse_list(o->batches ? o->batches : "1,8,32");
    if (!lengths.n || !batches.n) {
        say_error("bench: lengths and batches must be like 16,128,512");
        return 2;
    }
    struct bench b = {.o = o};
    const int status = open_and_measure(&b, &lengths, &batches);
    embedder_close(&b.embedder);
    mem_free(b.times);
    return status;
}
