// cmd_search.c: bert search: for each query the lines of a file that are nearest to it. The vectors
// of the lines are kept (line_vectors.h); all of them are compared, so that none is missed.
//
// For the cosine both sides are kept at unit length, which makes it a product.
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "embedder.h"
#include "input.h"
#include "line_vectors.h"
#include "output.h"
#include "record/similarity.h"

struct job {
    const struct options *o;
    struct embedder embedder;
    struct line_vectors lines;
    const struct similarity_format *format;
    bert_metric metric;
    size_t k;
    struct input in;
    struct output out;
    struct buf texts; // of the queued queries, one behind the other
    size_t *ends;     // where each ends in it
    size_t cap_ends, index;
    struct bert_hit *hits; // [queued, k]
    size_t cap_hits;
    struct search_hit *shown; // [k]
};

static bool queue(struct job *job, struct bert_text query)
{
    const size_t n = embedder_queued(&job->embedder);
    if (!embedder_add(&job->embedder, query, "query", input_index(job->o, job->index + n)))
        return false;
    buf_add(&job->texts, query.data, query.len);
    if (job->texts.failed ||
        !mem_grow((void **)&job->ends, &job->cap_ends, n + 1, sizeof *job->ends)) {
        say_error("out of memory");
        return false;
    }
    job->ends[n] = job->texts.len;
    return true;
}

static void put_result(struct job *job, size_t i)
{
    const size_t start = i ? job->ends[i - 1] : 0;
    for (size_t r = 0; r < job->k; r++) {
        const struct bert_hit hit = job->hits[i * job->k + r];
        job->shown[r] =
            (struct search_hit){hit.row + 1, hit.score, line_vectors_text(&job->lines, hit.row)};
    }
    const struct search_result result = {
        .index = input_index(job->o, job->index++),
        .query = {job->texts.data + start, job->ends[i] - start},
        .hits = job->shown,
        .n = job->k,
        .name_query = job->o->n_texts != 1,
    };
    job->format->result(&job->out.buffer, &result);
}

static bool run_queue(struct job *job)
{
    const size_t n = embedder_queued(&job->embedder);
    bert_error err;
    if (n == 0) return true;
    size_t hits;
    if (!size_mul(n, job->k, &hits) ||
        !mem_grow((void **)&job->hits, &job->cap_hits, hits + 1, sizeof *job->hits)) {
        say_error("no memory for the %zu lines of %zu queries", job->k, n);
        return false;
    }
    const float *queries = embedder_run(&job->embedder);
    if (!queries) return false;
    if (bert_nearest(job->embedder.session, queries, n, job->lines.v.rows, job->lines.n,
                     job->embedder.cols, job->metric, job->k, job->hits, &err)) {
        say_error("%s", err.message);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        put_result(job, i);
        if (!output_drain(&job->out)) return false;
    }
    buf_clear(&job->texts);
    return output_flush(&job->out);
}

static bool run_all(struct job *job)
{
    for (;;) {
        struct bert_text query;
        switch (input_next(&job->in, embedder_queued(&job->embedder) == 0, &query, NULL)) {
        case INPUT_ITEM:
            if (!queue(job, query)) return run_queue(job), false;
            if (!embedder_full(&job->embedder)) break;
            // fall through
        case INPUT_WAIT:
            if (!run_queue(job)) return false;
            break;
        case INPUT_END: return run_queue(job);
        case INPUT_FAILED: return run_queue(job), false;
        }
    }
}

static int stream(struct job *job)
{
    if (!output_open(&job->out, job->o)) return 1;
    input_open(&job->in, job->o);
    const bool good = run_all(job);
    input_close(&job->in);
    return output_close(&job->out, !good);
}

static int search(struct job *job)
{
    if (!embedder_open(&job->embedder, job->o)) return 1;
    job->metric = job->embedder.metric;
    if (job->metric == BERT_METRIC_COSINE) {
        job->metric = BERT_METRIC_DOT;
        job->embedder.embed.normalize = 1;
    }
    if (!line_vectors_open(&job->lines, &job->embedder, job->o->in)) return 1;
    job->k = job->o->top < job->lines.n ? job->o->top : job->lines.n;
    job->shown = mem_alloc(job->k, sizeof *job->shown);
    if (!job->shown) return say_error("out of memory"), 1;
    return stream(job);
}

static int check_options(struct job *job)
{
    const char *name = cli_format(job->o);
    job->format = similarity_format(name);
    if (!job->o->in) {
        say_error("search: --in FILE names the file whose lines are searched");
        return 2;
    }
    if (!job->format || !job->format->result) {
        say_error("search: format %s: must be text or jsonl", name);
        return 2;
    }
    return 0;
}

int cmd_search(const struct options *o)
{
    struct job job = {.o = o};
    buf_init(&job.texts);
    int status = check_options(&job);
    if (!status) {
        status = search(&job);
        embedder_warn(&job.embedder);
    }
    line_vectors_close(&job.lines);
    embedder_close(&job.embedder);
    buf_release(&job.texts);
    mem_free(job.ends);
    mem_free(job.hits);
    mem_free(job.shown);
    return status;
}
