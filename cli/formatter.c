// formatter.c: records in pieces of some 100 KB of text. What a wave of pieces takes is bounded,
// however much a batch gives: a token of a large model with all its layers is as long as a page.
#include "formatter.h"

#include "base/mem.h"
#include "base/pool.h"
#include "cli.h"

// A number costs some 30 ns: a piece is worth waking a thread for.
enum { PIECE_NUMBERS = 8192, PIECES_EACH = 4 };

struct piece {
    size_t first, end; // records
    struct buf text;
};

void formatter_init(struct formatter *f, const struct embedding_format *format, int threads)
{
    *f = (struct formatter){.threads = threads, .format = format};
}

void formatter_release(struct formatter *f)
{
    const size_t n = f->pieces ? PIECES_EACH * (size_t)f->threads : 0;
    for (size_t i = 0; i < n; i++) buf_release(&f->pieces[i].text);
    mem_free(f->pieces);
    pool_free(f->pool);
}

static bool start(struct formatter *f)
{
    bert_error err;
    if (f->pool) return true;
    const size_t n = PIECES_EACH * (size_t)f->threads;
    if (!f->pieces) f->pieces = mem_zero(n, sizeof *f->pieces);
    f->pool = f->pieces ? pool_new(f->threads, &err) : NULL;
    if (!f->pool) say_error("out of memory");
    return f->pool != NULL;
}

// The record behind a piece that begins with `first`.
static size_t piece_end(const struct formatter *f, size_t first, size_t n)
{
    size_t numbers = 0;
    while (first < n && numbers < PIECE_NUMBERS) {
        numbers += f->records[first].n * f->records[first].cols;
        first++;
    }
    return first;
}

static void format_piece(void *arg, size_t i, int worker)
{
    const struct formatter *f = arg;
    struct piece *p = &f->pieces[i];
    (void)worker;
    for (size_t r = p->first; r < p->end; r++) f->format->add(&p->text, &f->records[r]);
}

// One piece after the other, by this thread.
static bool write_alone(struct formatter *f, size_t first, size_t end, struct output *out)
{
    for (; first < end; first++) {
        f->format->add(&out->buffer, &f->records[first]);
        if (!output_drain(out)) return false;
    }
    return true;
}

bool formatter_write(struct formatter *f, const struct embedding *records, size_t n,
                     struct output *out)
{
    const size_t most = PIECES_EACH * (size_t)f->threads;
    f->records = records;
    if (f->threads == 1 || piece_end(f, 0, n) == n) return write_alone(f, 0, n, out);
    if (!start(f)) return false;
    for (size_t first = 0; first < n;) {
        size_t pieces = 0;
        for (; pieces < most && first < n; pieces++) {
            f->pieces[pieces].first = first;
            first = f->pieces[pieces].end = piece_end(f, first, n);
        }
        pool_run(f->pool, pieces, format_piece, f);
        for (size_t i = 0; i < pieces; i++) {
            if (!output_put(out, &f->pieces[i].text)) return false;
        }
    }
    return true;
}
