// crc32c.h: CRC-32C (Castagnoli), the checksum of LevelDB's tables and of TensorFlow's tensors.
#ifndef CKPT_CRC32C_H
#define CKPT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

enum { CRC32C_SLICES = 16 }; // bytes taken at once

// What a byte does to the remainder when k bytes follow it in its slice: table[k][byte]. The owner
// makes it once (some microseconds) and any number of threads may use it.
struct crc32c {
    uint32_t table[CRC32C_SLICES][256];
};
void crc32c_init(struct crc32c *c);

uint32_t crc32c(const struct crc32c *c, const void *data, size_t n);
// Of what `before` is the checksum of (0: nothing) with n bytes behind it.
uint32_t crc32c_extend(const struct crc32c *c, uint32_t before, const void *data, size_t n);

// As files store it: a checksum of bytes that hold checksums of their own is a poor one, so LevelDB
// rotates it and adds a constant.
uint32_t crc32c_mask(uint32_t crc);
uint32_t crc32c_masked(const struct crc32c *c, const void *data, size_t n);

#endif
