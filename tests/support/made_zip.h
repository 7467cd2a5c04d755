// made_zip.h: zip archives made on the spot, good ones and bent ones.
#ifndef TESTS_MADE_ZIP_H
#define TESTS_MADE_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct made_member {
    const char *name;
    const void *bytes;
    size_t size;
    bool deflated;
    uint64_t said; // its size, as the archive has it; 0: as it is
    bool damaged;  // another CRC
};

// Appends the archive of n members to `out`.
void made_zip(struct buf *out, const struct made_member *members, size_t n);

#endif
