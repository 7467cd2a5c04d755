// cmd_tokenize.c: bert tokenize: pieces, ids, offsets and word numbers, as a stream.
//
// Items are queued until there is enough for every thread (or input would block) and shared out in
// ranges; each range has its own records and totals, which are put together in input order. So the
// output does not depend on the number of threads.
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "cli.h"
#include "commands.h"
#include "input.h"
#include "output.h"
#include "record/tokens.h"
#include "words.h"

// A thread's own: a place to tokenize into, with the cache of words that it keeps.
struct worker {
    bert_encoding *encoding, *other; // other: of --diff
    struct words words;              // of the item, if it is split before it is tokenized
    bool split;
};

// Items [first, end) of the queue, and what became of them.
struct range {
    size_t first, end;
    struct buf records;
    struct token_totals totals;
    size_t cut, lost;
    size_t failed; // the item that failed, if status says so
    bert_error err;
};

enum { CHUNK = 1 << 17 }; // bytes a thread: half a millisecond of work, and they stay in its cache

// An item: a text, and a second one whose data is NULL if there is none.
struct pair {
    struct bert_text text, second;
    bool words; // it came as a list of words
};

struct job {
    const struct options *o;
    bert_tokenizer *tokenizer, *other;
    int32_t unk;
    struct bert_tokenize_options tokenize;
    bool text_format;
    struct pool *pool;
    struct worker *workers; // [threads]
    struct range *ranges;   // [n_ranges]
    size_t n_ranges;
    struct input in;
    struct output out;
    struct pair *items; // queued, in the input's memory
    size_t cap_items, queued;
    size_t index; // of the first queued item
    size_t cut, lost;
    struct token_totals totals;
};

// -------------------------------------------------------------------------------------- one item

static bert_status tokenize(const struct job *job, struct worker *w, bert_encoding *encoding,
                            struct bert_text item, struct bert_text pair, bert_error *err)
{
    const struct words *words = &w->words;
    if (!w->split) return bert_tokenize(encoding, item, pair, &job->tokenize, err);
    return bert_tokenize_words(encoding, words->list, words->n, NULL, 0, &job->tokenize, err);
}

// True when the two profiles give the same ids.
static bool same(const struct bert_pieces *a, const struct bert_pieces *b)
{
    return a->n == b->n && memcmp(a->ids, b->ids, a->n * sizeof *a->ids) == 0;
}

// The pieces, and then what became of each character (asking for that ends what the encoding lent).
static bert_status explain_item(struct worker *w, struct buf *out, const struct token_record *r,
                                bert_error *err)
{
    const struct bert_text texts[] = {r->text, r->pair};
    tokens_text(out, r);
    for (size_t i = 0; i < 2 && texts[i].data; i++) {
        const struct bert_explained *explained;
        size_t n;
        TRY(bert_explain(w->encoding, texts[i], &explained, &n, err));
        tokens_explain(out, texts[i], explained, n);
    }
    return BERT_OK;
}

static void print_windows(const struct job *job, const struct worker *w, struct buf *out,
                          const struct token_record *r)
{
    if (job->text_format) tokens_windows_text(out, r, w->encoding);
    else tokens_windows_jsonl(out, r, w->encoding);
}

static bert_status print_item(const struct job *job, struct worker *w, struct buf *out,
                              struct token_record r, bert_error *err)
{
    if (job->tokenize.windows) return print_windows(job, w, out, &r), BERT_OK;
    if (job->o->explain) return explain_item(w, out, &r, err);
    if (!job->other) {
        if (job->text_format) tokens_text(out, &r);
        else tokens_jsonl(out, &r);
        return BERT_OK;
    }
    TRY(tokenize(job, w, w->other, r.text, r.pair, err));
    struct token_record other = r;
    other.tokenizer = job->other;
    other.pieces = bert_encoding_pieces(w->other, 0);
    if (!same(&r.pieces, &other.pieces)) tokens_diff(out, &r, &other);
    return BERT_OK;
}

static bert_status run_item(const struct job *job, struct worker *w, struct range *range,
                            size_t index, struct pair texts)
{
    const struct bert_text item = texts.text, pair = texts.second;
    const bool words = texts.words;
    const size_t bytes = item.len + pair.len;
    w->split = words || job->o->pre_split;
    if (w->split && !words_split(&w->words, item, words)) return fail_memory(&range->err);
    TRY(tokenize(job, w, w->encoding, item, pair, &range->err));
    const struct bert_pieces p = bert_encoding_pieces(w->encoding, 0);
    if (p.truncated && job->o->on_long && strcmp(job->o->on_long, "error") == 0) {
        return fail(&range->err, BERT_INVALID, "%zu tokens too long (--on-long error)",
                    p.truncated);
    }
    if (!job->tokenize.windows) {
        range->cut += p.truncated > 0;
        range->lost += p.truncated;
    }
    if (job->o->count) {
        tokens_count(&range->totals, job->unk, &p, bytes);
        return BERT_OK;
    }
    const struct token_record r = {
        .index = index,
        .text = item,
        .pair = pair,
        .words = w->split ? w->words.list : NULL,
        .tokenizer = job->tokenizer,
        .pieces = p,
        .unit = (bert_unit)job->o->unit,
    };
    return print_item(job, w, &range->records, r, &range->err);
}

// ------------------------------------------------------------------------------------- the queue

static void run_range(void *arg, size_t i, int worker)
{
    const struct job *job = arg;
    struct range *range = &job->ranges[i];
    for (size_t k = range->first; k < range->end && !range->err.status; k++) {
        range->failed = k;
        run_item(job, &job->workers[worker], range, input_index(job->o, job->index + k),
                 job->items[k]);
    }
}

// Takes a range's results; false when it failed, after saying why.
static bool take_range(struct job *job, struct range *range)
{
    job->cut += range->cut;
    job->lost += range->lost;
    tokens_add(&job->totals, &range->totals);
    buf_add(&job->out.buffer, range->records.data, range->records.len);
    if (range->records.failed) fail(&range->err, BERT_MEMORY, "out of memory");
    if (!range->err.status) return output_drain(&job->out);
    say_error("item %zu: %s", input_index(job->o, job->index + range->failed), range->err.message);
    return false;
}

// Tokenizes and writes what is queued. False: stop.
static bool run_queue(struct job *job)
{
    for (size_t i = 0; i < job->n_ranges; i++) {
        struct range *range = &job->ranges[i];
        range->first = job->queued * i / job->n_ranges;
        range->end = job->queued * (i + 1) / job->n_ranges;
        buf_clear(&range->records);
        range->totals = (struct token_totals){0};
        range->cut = range->lost = 0;
        range->err.status = BERT_OK;
    }
    pool_run(job->pool, job->n_ranges, run_range, job);
    bool good = true;
    for (size_t i = 0; i < job->n_ranges && good; i++) good = take_range(job, &job->ranges[i]);
    job->index += job->queued;
    job->queued = 0;
    return good && output_flush(&job->out);
}

static bool queue(struct job *job, struct pair item)
{
    if (!mem_grow((void **)&job->items, &job->cap_items, job->queued + 1, sizeof *job->items)) {
        say_error("out of memory");
        return false;
    }
    job->items[job->queued++] = item;
    return true;
}

// The input waits after each chunk, whose items then are a queue.
static bool run_all(struct job *job)
{
    for (;;) {
        struct pair item = {0};
        struct bert_text *second = job->o->pre_split ? NULL : &item.second;
        switch (input_next(&job->in, job->queued == 0, &item.text, second)) {
        case INPUT_ITEM:
            item.words = job->in.item.words;
            if (!queue(job, item)) return false;
            break;
        case INPUT_WAIT:
            if (!run_queue(job)) return false;
            break;
        case INPUT_END: return run_queue(job);
        case INPUT_FAILED: return run_queue(job), false;
        }
    }
}

// ---------------------------------------------------------------------------------------- the job

static bool open_workers(struct job *job, bert_error *err)
{
    const size_t threads = (size_t)(job->o->threads ? job->o->threads : bert_cpu_threads());
    job->n_ranges = threads == 1 ? 1 : 4 * threads;
    job->workers = mem_zero(threads, sizeof *job->workers);
    job->ranges = mem_zero(job->n_ranges, sizeof *job->ranges);
    job->pool = pool_new((int)threads, err);
    if (!job->workers || !job->ranges) return fail_memory(err), false;
    for (size_t i = 0; job->pool && i < threads; i++) {
        struct worker *w = &job->workers[i];
        w->encoding = bert_encoding_new(job->tokenizer, err);
        if (job->other) w->other = bert_encoding_new(job->other, err);
        if (!w->encoding || (job->other && !w->other)) return false;
    }
    return job->pool != NULL;
}

static bool open_all(struct job *job)
{
    job->tokenizer = cli_tokenizer(job->o, BERT_PROFILE_AUTO);
    if (!job->tokenizer) return false;
    job->unk = bert_tokenizer_info(job->tokenizer).unk;
    if (job->o->diff) {
        job->other = cli_tokenizer(job->o, (bert_profile)job->o->diff);
        if (!job->other) return false;
    }
    bert_error err;
    if (open_workers(job, &err)) return true;
    say_error("%s", err.message);
    return false;
}

static void close_all(struct job *job)
{
    const size_t threads = job->pool ? (size_t)pool_threads(job->pool) : 0;
    for (size_t i = 0; i < threads; i++) {
        bert_encoding_free(job->workers[i].encoding);
        bert_encoding_free(job->workers[i].other);
        words_release(&job->workers[i].words);
    }
    for (size_t i = 0; job->ranges && i < job->n_ranges; i++) buf_release(&job->ranges[i].records);
    pool_free(job->pool);
    mem_free(job->workers);
    mem_free(job->ranges);
    mem_free(job->items);
    bert_tokenizer_free(job->tokenizer);
    bert_tokenizer_free(job->other);
}

static int stream(struct job *job)
{
    if (!output_open(&job->out, job->o)) return 1;
    input_open(&job->in, job->o);
    job->in.lasting = true;
    job->in.words = !job->o->explain && !job->o->diff;
    job->in.chunk = CHUNK * (size_t)pool_threads(job->pool);
    const double start = os_now();
    const bool good = run_all(job);
    if (good && job->o->count) tokens_totals(&job->out.buffer, &job->totals, os_now() - start);
    input_close(&job->in);
    const int status = output_close(&job->out, !good);
    if (job->cut) {
        say_warning(job->o, "%zu of %zu items were longer than --max-length: %zu tokens dropped",
                    job->cut, job->index, job->lost);
    }
    return status;
}

// False after saying what windows do not go with.
static bool windows_fit(const struct options *o)
{
    if (o->max_length && !o->count && !o->diff && !o->explain) return true;
    say_error("tokenize: --on-long window %s",
              o->max_length ? "goes with none of --count, --diff and --explain"
                            : "needs --max-length N, the most tokens of a window");
    return false;
}

int cmd_tokenize(const struct options *o)
{
    struct job job = {.o = o, .tokenize = cli_tokenize_options(o)};
    job.text_format =
        o->format ? strcmp(o->format, "text") == 0 : !o->output && isatty(STDOUT_FILENO);
    if (o->format && !job.text_format && strcmp(o->format, "jsonl") != 0) {
        say_error("tokenize: format %s: must be text or jsonl", o->format);
        return 2;
    }
    if (job.tokenize.windows && !windows_fit(o)) return 2;
    const int status = open_all(&job) ? stream(&job) : 1;
    close_all(&job);
    return status;
}
