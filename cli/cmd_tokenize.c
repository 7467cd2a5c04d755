// cmd_tokenize.c: bert tokenize: pieces, ids, offsets and word numbers, as a stream.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "record/tokens.h"
#include "stream.h"

struct job {
    const struct options *o;
    bert_tokenizer *tokenizer, *other; // other: of --diff
    bert_encoding *encoding, *other_encoding;
    struct bert_tokenize_options tokenize;
    bool text_format;
    struct input in;
    struct output out;
    struct bert_text *words; // of a pre-split item
    size_t cap_words;
    size_t index, cut, lost;
    struct token_totals totals;
};

// "first ||| second" in an argument is a pair, split at the last one, as Google's scripts do.
static struct bert_text split_pair(struct bert_text *item)
{
    static const char mark[] = " ||| ";
    for (size_t i = item->len; i >= 5; i--) {
        if (memcmp(item->data + i - 5, mark, 5) != 0) continue;
        const struct bert_text second = {item->data + i, item->len - i};
        item->len = i - 5;
        return second;
    }
    return (struct bert_text){0};
}

// Splits an item at ASCII white space into job->words.
static bool split_words(struct job *job, struct bert_text item, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < item.len;) {
        if (strchr(" \t\r\n", item.data[i]) && item.data[i]) {
            i++;
            continue;
        }
        const size_t start = i;
        while (i < item.len && !(strchr(" \t\r\n", item.data[i]) && item.data[i])) i++;
        if (!mem_grow((void **)&job->words, &job->cap_words, *n + 1, sizeof *job->words)) {
            return false;
        }
        job->words[(*n)++] = (struct bert_text){item.data + start, i - start};
    }
    return true;
}

static bert_status tokenize(struct job *job, bert_encoding *encoding, struct bert_text item,
                            struct bert_text pair, bert_error *err)
{
    if (!job->o->pre_split) return bert_tokenize(encoding, item, pair, &job->tokenize, err);
    size_t n;
    if (!split_words(job, item, &n)) return fail(err, BERT_MEMORY, "out of memory");
    return bert_tokenize_words(encoding, job->words, n, NULL, 0, &job->tokenize, err);
}

// True when the two profiles give the same ids.
static bool same(const struct bert_pieces *a, const struct bert_pieces *b)
{
    return a->n == b->n && memcmp(a->ids, b->ids, a->n * sizeof *a->ids) == 0;
}

static struct token_record record_of(const struct job *job, const bert_tokenizer *tokenizer,
                                     const bert_encoding *encoding, struct bert_text item,
                                     struct bert_text pair)
{
    return (struct token_record){
        .index = job->index,
        .text = item,
        .pair = pair,
        .words = job->o->pre_split ? job->words : NULL,
        .tokenizer = tokenizer,
        .pieces = bert_encoding_pieces(encoding, 0),
        .unit = (bert_unit)job->o->unit,
    };
}

static bool print_item(struct job *job, struct bert_text item, struct bert_text pair,
                       bert_error *err)
{
    const struct token_record r = record_of(job, job->tokenizer, job->encoding, item, pair);
    struct buf *out = &job->out.buffer;
    if (!job->other) {
        if (job->text_format) tokens_text(out, &r);
        else tokens_jsonl(out, &r);
        return true;
    }
    if (tokenize(job, job->other_encoding, item, pair, err)) return false;
    const struct token_record other = record_of(job, job->other, job->other_encoding, item, pair);
    if (!same(&r.pieces, &other.pieces)) tokens_diff(out, &r, &other);
    return true;
}

static bool run_item(void *arg, struct bert_text item)
{
    struct job *job = arg;
    struct bert_text pair = {0};
    bert_error err;
    if (job->o->n_texts && !job->o->pre_split) pair = split_pair(&item);
    bool good = !tokenize(job, job->encoding, item, pair, &err);
    if (good) {
        const struct bert_pieces p = bert_encoding_pieces(job->encoding, 0);
        if (p.truncated && job->o->on_long && strcmp(job->o->on_long, "error") == 0) {
            say_error("item %zu: %zu tokens too long (--on-long error)", job->index, p.truncated);
            return false;
        }
        job->cut += p.truncated > 0;
        job->lost += p.truncated;
        if (job->o->count) tokens_count(&job->totals, job->tokenizer, &p, item.len + pair.len);
        else good = print_item(job, item, pair, &err);
    }
    if (!good) say_error("item %zu: %s", job->index, err.message);
    job->index++;
    return good;
}

static bool open_tokenizers(struct job *job)
{
    bert_error err;
    job->tokenizer = cli_tokenizer(job->o, BERT_PROFILE_AUTO);
    if (!job->tokenizer) return false;
    if (job->o->diff) {
        job->other = cli_tokenizer(job->o, (bert_profile)job->o->diff);
        if (!job->other) return false;
        job->other_encoding = bert_encoding_new(job->other, &err);
        if (!job->other_encoding) return say_error("%s", err.message), false;
    }
    job->encoding = bert_encoding_new(job->tokenizer, &err);
    if (!job->encoding) return say_error("%s", err.message), false;
    return true;
}

static int stream(struct job *job)
{
    if (!output_open(&job->out, job->o)) return 1;
    input_open(&job->in, job->o);
    const double start = os_now();
    const bool good = stream_items(&job->in, &job->out, run_item, job);
    if (good && job->o->count) tokens_totals(&job->out.buffer, &job->totals, os_now() - start);
    input_close(&job->in);
    const int status = output_close(&job->out, !good);
    if (job->cut) {
        say_warning(job->o, "%zu of %zu items were longer than --max-length: %zu tokens dropped",
                    job->cut, job->index, job->lost);
    }
    return status;
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
    const int status = open_tokenizers(&job) ? stream(&job) : 1;
    bert_encoding_free(job.encoding);
    bert_encoding_free(job.other_encoding);
    bert_tokenizer_free(job.tokenizer);
    bert_tokenizer_free(job.other);
    mem_free(job.words);
    return status;
}
