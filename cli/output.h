// output.h: where results go: standard output, or a file that takes its name when it is complete.
// A reader that closes the pipe early is no failure; a full disk is.
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buf.h"
#include "base/os.h"
#include "opt.h"

struct output {
    struct os_writer file;
    bool to_file;
    bool closed;       // the reader went away: nothing more is to be done
    struct buf buffer; // append here; output_flush writes it out
};

// False after saying why.
bool output_open(struct output *out, const struct options *o);

// Writes the buffer out when it is large, or whatever it holds. False: stop, and return
// output_close; the reason was said, unless the reader closed the pipe.
bool output_drain(struct output *out);
bool output_flush(struct output *out);

// Writes what is in the buffer, then these bytes, and empties both.
bool output_put(struct output *out, struct buf *bytes);
// Overwrites bytes that were written; only for a regular file. False after saying why.
bool output_patch(struct output *out, uint64_t offset, const void *bytes, size_t n);

// Ends the output and returns the exit status. With failed the file keeps its old content.
int output_close(struct output *out, bool failed);

#endif
