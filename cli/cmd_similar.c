// cmd_similar.c: bert similar: how alike the two texts of each item are, as a stream; or with
// --matrix how alike every two items are, for which all vectors are held.
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "embedder.h"
#include "input.h"
#include "output.h"
#include "record/npy.h"
#include "record/similarity.h"

struct job {
    const struct options *o;
    struct embedder embedder;
    const struct similarity_format *format;
    struct input in;
    struct output out;
    struct buf texts; // of the items held, one behind the other
    size_t *ends;     // where each text ends in it
    size_t n, cap;    // texts held
    size_t index;     // pairs: of the first one held
    float *rows;      // matrix: [n, cols] of the texts embedded so far
    size_t n_rows, cap_rows;
};

static struct bert_text text_of(const struct job *job, size_t i)
{
    const size_t start = i ? job->ends[i - 1] : 0;
    return (struct bert_text){job->texts.data + start, job->ends[i] - start};
}

// Queues a text for the model and keeps it for the record.
static bool hold(struct job *job, struct bert_text text, size_t item)
{
    if (!embedder_add(&job->embedder, text, "item", item)) return false;
    buf_add(&job->texts, text.data, text.len);
    if (job->texts.failed ||
        !mem_grow((void **)&job->ends, &job->cap, job->n + 1, sizeof *job->ends)) {
        say_error("out of memory");
        return false;
    }
    job->ends[job->n++] = job->texts.len;
    return true;
}

// ------------------------------------------------------------------------------------------- pairs

static bool run_pairs(struct job *job)
{
    const struct embedder *e = &job->embedder;
    const float *rows = embedder_run(&job->embedder);
    if (!rows) return false;
    for (size_t i = 0; i + 1 < job->n; i += 2) {
        const float *a = rows + i * e->cols, *b = a + e->cols;
        const struct similar_pair pair = {
            .index = input_index(job->o, job->index++),
            .text = text_of(job, i),
            .pair = text_of(job, i + 1),
            .similarity = bert_similarity(a, b, e->cols, job->embedder.metric),
        };
        job->format->pair(&job->out.buffer, &pair);
        if (!output_drain(&job->out)) return false;
    }
    job->n = 0;
    buf_clear(&job->texts);
    return output_flush(&job->out);
}

static bool hold_pair(struct job *job, struct bert_text item, struct bert_text second)
{
    const size_t number = input_index(job->o, job->index + job->n / 2);
    if (!second.data) {
        say_error("item %zu: one text only: similar compares two: \"first ||| second\" in an "
                  "argument, text and text_pair in a tsv, csv or jsonl file (or --matrix)",
                  number);
        return false;
    }
    return hold(job, item, number) && hold(job, second, number);
}

// ------------------------------------------------------------------------------------------ matrix

// Embeds the texts that are queued and keeps their rows.
static bool run_rows(struct job *job)
{
    const size_t cols = job->embedder.cols, n = embedder_queued(&job->embedder);
    if (n == 0) return true;
    const float *rows = embedder_run(&job->embedder);
    if (!rows) return false;
    if (!mem_grow((void **)&job->rows, &job->cap_rows, (job->n_rows + n) * cols, sizeof *rows)) {
        say_error("no memory for %zu vectors of %zu numbers", job->n_rows + n, cols);
        return false;
    }
    memcpy(job->rows + job->n_rows * cols, rows, n * cols * sizeof *rows);
    job->n_rows += n;
    return true;
}

static bool put_matrix(struct job *job)
{
    const size_t cols = job->embedder.cols;
    bert_error err;
    float *line = mem_alloc(job->n, sizeof *line);
    if (!line) return say_error("out of memory"), false;
    bool good = true;
    for (size_t i = 0; good && i < job->n; i++) {
        good = !bert_similarities(job->embedder.session, job->rows + i * cols, job->rows, job->n,
                                  cols, job->embedder.metric, line, &err);
        if (!good) say_error("%s", err.message);
        const struct similar_row row = {i, text_of(job, i), line, job->n};
        if (good) job->format->row(&job->out.buffer, &row);
        good = good && output_drain(&job->out);
    }
    mem_free(line);
    return good && output_flush(&job->out);
}

// ---------------------------------------------------------------------------------------- the job

static bool run_queue(struct job *job)
{
    return job->o->matrix ? run_rows(job) : run_pairs(job);
}

static bool take(struct job *job, struct bert_text item, struct bert_text pair)
{
    return job->o->matrix ? hold(job, item, job->n) : hold_pair(job, item, pair);
}

static bool run_all(struct job *job)
{
    for (;;) {
        struct bert_text item, pair = {0};
        const bool wait = embedder_queued(&job->embedder) == 0;
        switch (input_next(&job->in, wait, &item, job->o->matrix ? NULL : &pair)) {
        case INPUT_ITEM:
            if (!take(job, item, pair)) return run_queue(job), false;
            if (!embedder_full(&job->embedder)) break;
            // fall through
        case INPUT_WAIT:
            if (!run_queue(job)) return false;
            break;
        case INPUT_END: return run_queue(job) && (!job->o->matrix || put_matrix(job));
        case INPUT_FAILED: return false;
        }
    }
}

// The npy header, with as many rows and columns as there are; a stub before they are known.
static bool put_header(struct job *job, bool known)
{
    char header[NPY_HEADER];
    if (!job->format->header) return true;
    const size_t rows = job->o->matrix ? job->n : job->index;
    npy_header(header, "<f4", known ? rows : 0, job->o->matrix ? rows : 1);
    if (known) return output_flush(&job->out) && output_patch(&job->out, 0, header, sizeof header);
    buf_add(&job->out.buffer, header, sizeof header);
    return output_flush(&job->out);
}

static int stream(struct job *job)
{
    if (!output_open(&job->out, job->o)) return 1;
    input_open(&job->in, job->o);
    const bool good = put_header(job, false) && run_all(job) && put_header(job, true);
    input_close(&job->in);
    const int status = output_close(&job->out, !good);
    embedder_warn(&job->embedder);
    return status;
}

static int set_format(struct job *job)
{
    const char *name = cli_format(job->o);
    job->format = similarity_format(name);
    if (!job->format) {
        say_error("similar: format %s: must be text, jsonl, csv, npy or f32", name);
        return 2;
    }
    if (job->format->header && (!job->o->output || strcmp(job->o->output, "-") == 0)) {
        say_error("similar: format npy needs -o FILE: its header holds the number of rows");
        return 2;
    }
    return 0;
}

int cmd_similar(const struct options *o)
{
    struct job job = {.o = o};
    buf_init(&job.texts);
    int status = set_format(&job);
    if (!status) status = embedder_open(&job.embedder, o) ? stream(&job) : 1;
    embedder_close(&job.embedder);
    buf_release(&job.texts);
    mem_free(job.ends);
    mem_free(job.rows);
    return status;
}
