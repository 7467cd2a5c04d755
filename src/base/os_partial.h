// os_partial.h: a file that comes piece by piece, perhaps over several runs of the program: what is
// there is kept until the file is whole and takes its name.
#ifndef BASE_OS_PARTIAL_H
#define BASE_OS_PARTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct os_partial {
    int fd;
    const char *path; // borrowed
    uint64_t size;    // bytes there so far
};

// Opens or makes it; what an earlier run left counts.
bert_status os_partial_open(struct os_partial *p, const char *path, bert_error *err);
// Up to n bytes from an offset; *got 0 at the end.
bert_status os_partial_read(const struct os_partial *p, uint64_t offset, void *bytes, size_t n,
                            size_t *got, bert_error *err);
bert_status os_partial_write(struct os_partial *p, const void *bytes, size_t n, bert_error *err);
bert_status os_partial_restart(struct os_partial *p, bert_error *err); // to no bytes
// fsync, rename, fsync of the folder; closed whatever happens.
bert_status os_partial_commit(struct os_partial *p, const char *name, bert_error *err);
// Closes it and leaves it, durably, for another run.
void os_partial_keep(struct os_partial *p);
void os_partial_discard(struct os_partial *p); // closes and removes it

#endif
