// output.c: a buffer before a file descriptor.
#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

bool output_open(struct output *out, const struct options *o)
{
    bert_error err;
    *out = (struct output){.to_file = o->output && strcmp(o->output, "-") != 0};
    buf_init(&out->buffer);
    if (!out->to_file) return true;
    if (!os_writer_open(&out->file, o->output, &err)) return true;
    say_error("%s", err.message);
    return false;
}

static bool write_standard(struct output *out)
{
    const char *at = out->buffer.data;
    for (size_t left = out->buffer.len; left > 0;) {
        const ssize_t n = write(STDOUT_FILENO, at, left);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            out->closed = errno == EPIPE;
            if (!out->closed) say_error("standard output: %s", strerror(errno));
            return false;
        }
        at += n;
        left -= (size_t)n;
    }
    return true;
}

static bool write_file(struct output *out)
{
    bert_error err;
    if (!os_writer_write(&out->file, out->buffer.data, out->buffer.len, &err)) return true;
    say_error("%s", err.message);
    return false;
}

bool output_flush(struct output *out)
{
    if (out->buffer.failed) {
        say_error("out of memory");
        return false;
    }
    if (out->buffer.len == 0) return true;
    const bool good = out->to_file ? write_file(out) : write_standard(out);
    buf_clear(&out->buffer);
    return good;
}

bool output_drain(struct output *out)
{
    enum { LARGE = 1 << 16 };
    return (out->buffer.len < LARGE && !out->buffer.failed) || output_flush(out);
}

bool output_put(struct output *out, struct buf *bytes)
{
    if (!output_flush(out)) return false;
    const struct buf own = out->buffer;
    out->buffer = *bytes;
    const bool good = output_flush(out);
    *bytes = out->buffer;
    out->buffer = own;
    return good;
}

bool output_patch(struct output *out, uint64_t offset, const void *bytes, size_t n)
{
    bert_error err;
    if (!os_writer_patch(&out->file, offset, bytes, n, &err)) return true;
    say_error("%s", err.message);
    return false;
}

int output_close(struct output *out, bool failed)
{
    bert_error err;
    if (!failed && !out->closed) failed = !output_flush(out) && !out->closed;
    buf_release(&out->buffer);
    if (out->to_file && failed) os_writer_abandon(&out->file);
    if (out->to_file && !failed && os_writer_commit(&out->file, &err)) {
        say_error("%s", err.message);
        failed = true;
    }
    return failed && !out->closed ? 1 : 0;
}
