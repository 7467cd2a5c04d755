// bench_texts.c: texts of mixed lengths, end to end: a call tokenizes all texts of the files and
// embeds them, as bert embed does, but for the reading and the writing.
#include "base/mem.h"
#include "bench.h"
#include "cli.h"
#include "input.h"

struct texts {
    struct buf bytes; // of all texts, one behind the other
    size_t *ends;     // [n] where each ends
    size_t n, cap;
    double tokens, squares; // of the last call
};

static bool keep(struct texts *t, struct bert_text text)
{
    buf_add(&t->bytes, text.data, text.len);
    if (t->bytes.failed || !mem_grow((void **)&t->ends, &t->cap, t->n + 1, sizeof *t->ends)) {
        say_error("no memory for %zu texts", t->n + 1);
        return false;
    }
    t->ends[t->n++] = t->bytes.len;
    return true;
}

static bool read_texts(struct texts *t, const struct options *o)
{
    struct input in;
    struct bert_text text;
    enum input_event event;
    input_open(&in, o);
    while ((event = input_next(&in, true, &text, NULL)) == INPUT_ITEM && keep(t, text)) {
    }
    input_close(&in);
    if (event == INPUT_END && t->n == 0) say_error("bench: there are no texts");
    return event == INPUT_END && t->n > 0;
}

// Embeds what is queued, and counts it.
static bool run_queue(struct embedder *e, struct texts *t)
{
    for (size_t i = 0; i < embedder_queued(e); i++) {
        const double n = (double)bert_batch_pieces(e->batch, i).n;
        t->tokens += n;
        t->squares += n * n;
    }
    return embedder_queued(e) == 0 || embedder_run(e);
}

static bool embed_texts(struct bench *b, void *arg)
{
    struct texts *t = arg;
    struct embedder *e = &b->embedder;
    t->tokens = t->squares = 0;
    e->done = e->cut = e->lost = 0; // one pass is what the warning sums up
    for (size_t i = 0, start = 0; i < t->n; start = t->ends[i++]) {
        const struct bert_text text = {t->bytes.data ? t->bytes.data + start : "",
                                       t->ends[i] - start};
        if (!embedder_add(e, text, "text", i)) return false;
        if (embedder_full(e) && !run_queue(e, t)) return false;
    }
    return run_queue(e, t);
}

static bool measure(struct bench *b, struct texts *t)
{
    struct bench_times times;
    if (!read_texts(t, b->o)) return false;
    bench_head(b, "  texts  tokens");
    if (!bench_measure(b, embed_texts, t, &times)) return false;
    buf_print(&b->output.buffer, b->o->json ? "{\"texts\":%zu,\"tokens\":%.0f," : "%7zu %7.0f",
              t->n, t->tokens);
    bench_print(b, &times, (double)t->n, t->tokens, bench_flops(b, t->tokens, t->squares));
    embedder_warn(&b->embedder);
    return output_flush(&b->output);
}

bool bench_texts(struct bench *b)
{
    struct texts t = {.n = 0};
    buf_init(&t.bytes);
    const bool good = measure(b, &t);
    buf_release(&t.bytes);
    mem_free(t.ends);
    return good;
}
