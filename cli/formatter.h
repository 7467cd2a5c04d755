// formatter.h: records of embedded items as bytes, by several threads, and written in their order.
#ifndef CLI_FORMATTER_H
#define CLI_FORMATTER_H

#include "output.h"
#include "record/embedding.h"

struct formatter {
    int threads;
    struct pool *pool;    // NULL until there is enough to share out
    struct piece *pieces; // [PIECES_EACH * threads] with the pool
    const struct embedding_format *format;
    const struct embedding *records; // that are being written
};

void formatter_init(struct formatter *f, const struct embedding_format *format, int threads);
void formatter_release(struct formatter *f);

// Writes n records. False: stop (said, or the reader went away).
bool formatter_write(struct formatter *f, const struct embedding *records, size_t n,
                     struct output *out);

#endif
