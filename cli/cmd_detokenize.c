// cmd_detokenize.c: bert detokenize: lines of ids to text.
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "commands.h"
#include "input.h"
#include "output.h"

struct job {
    const struct options *o;
    bert_tokenizer *tokenizer;
    struct input in;
    struct output out;
    int32_t *ids;
    size_t n, cap;
    size_t index;
};

// Reads numbers separated by spaces, commas, tabs or brackets, so that a JSON list will do.
static bool parse_ids(struct job *job, struct bert_text line)
{
    job->n = 0;
    for (size_t i = 0; i < line.len;) {
        const char c = line.data[i];
        if (c == ' ' || c == '\t' || c == ',' || c == '[' || c == ']') {
            i++;
            continue;
        }
        long long id = 0;
        const size_t start = i;
        while (i < line.len && line.data[i] >= '0' && line.data[i] <= '9' && id < INT32_MAX) {
            id = id * 10 + (line.data[i++] - '0');
        }
        if (i == start || id > INT32_MAX || !bert_tokenizer_piece(job->tokenizer, (int32_t)id)) {
            say_error("item %zu: \"%.*s\" is no id of the vocabulary",
                      input_index(job->o, job->index),
                      (int)(line.len - start < 20 ? line.len - start : 20), line.data + start);
            return false;
        }
        if (!mem_grow((void **)&job->ids, &job->cap, job->n + 1, sizeof *job->ids)) {
            say_error("out of memory");
            return false;
        }
        job->ids[job->n++] = (int32_t)id;
    }
    return true;
}

static bool run_item(struct job *job, struct bert_text line)
{
    if (!parse_ids(job, line)) return false;
    struct buf *out = &job->out.buffer;
    const size_t len =
        bert_detokenize(job->tokenizer, job->ids, job->n, job->o->no_special, NULL, 0);
    char *room = buf_reserve(out, len + 1);
    if (room) {
        out->len +=
            bert_detokenize(job->tokenizer, job->ids, job->n, job->o->no_special, room, len + 1);
    }
    buf_byte(out, '\n');
    job->index++;
    return true;
}

static bool run_all(struct job *job)
{
    for (;;) {
        struct bert_text line;
        switch (input_next(&job->in, job->out.buffer.len == 0, &line, NULL)) {
        case INPUT_ITEM:
            if (!run_item(job, line) || !output_drain(&job->out)) return false;
            break;
        case INPUT_WAIT:
            if (!output_flush(&job->out)) return false;
            break;
        case INPUT_END: return true;
        case INPUT_FAILED: return false;
        }
    }
}

int cmd_detokenize(const struct options *o)
{
    struct job job = {.o = o, .tokenizer = cli_tokenizer(o, BERT_PROFILE_AUTO)};
    if (!job.tokenizer) return 1;
    int status = 1;
    if (output_open(&job.out, o)) {
        input_open(&job.in, o);
        job.in.plain = true;
        const bool good = run_all(&job);
        input_close(&job.in);
        status = output_close(&job.out, !good);
    }
    bert_tokenizer_free(job.tokenizer);
    mem_free(job.ids);
    return status;
}
