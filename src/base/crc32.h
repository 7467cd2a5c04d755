// crc32.h: the CRC-32 of zip and gzip (IEEE 802.3, reflected).
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

struct crc32 {
    uint32_t value; // of the bytes so far
    uint32_t table[4][256];
};

void crc32_init(struct crc32 *c);
void crc32_add(struct crc32 *c, const void *bytes, size_t n);

#endif
