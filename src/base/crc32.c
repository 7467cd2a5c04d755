// crc32.c: four bytes at a time (slicing by 4): table[k] is what a byte does k bytes later.
#include "base/crc32.h"

#include <string.h>

void crc32_init(struct crc32 *c)
{
    c->value = 0;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t r = i;
        for (int bit = 0; bit < 8; bit++) r = r >> 1 ^ (r & 1 ? 0xEDB88320 : 0);
        c->table[0][i] = r;
    }
    for (int k = 1; k < 4; k++) {
        for (int i = 0; i < 256; i++) {
            const uint32_t r = c->table[k - 1][i];
            c->table[k][i] = r >> 8 ^ c->table[0][r & 255];
        }
    }
}

void crc32_add(struct crc32 *c, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint32_t r = ~c->value, word;
    for (; n >= 4; p += 4, n -= 4) {
        memcpy(&word, p, 4); // little-endian, as the reflected polynomial is
        r ^= word;
        r = c->table[3][r & 255] ^ c->table[2][r >> 8 & 255] ^ c->table[1][r >> 16 & 255] ^
            c->table[0][r >> 24];
    }
    for (; n > 0; p++, n--) r = r >> 8 ^ c->table[0][(r ^ *p) & 255];
    c->value = ~r;
}
