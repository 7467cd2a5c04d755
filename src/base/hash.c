// hash.c: 64-byte steps over four independent lanes. A lane takes 16 bytes by one 64 × 64 → 128 bit
// multiplication whose halves are folded together, as Wang Yi's wyhash does; four of them hide its
// latency. The constants are the fractional digits of √2, √3, √5 and √7, made odd.
#include "base/hash.h"

#include <string.h>

static const uint64_t keys[4] = {0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B,
                                 0xA54FF53A5F1D36F1};

static uint64_t load(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    const wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t lane[4];
    for (int i = 0; i < 4; i++) lane[i] = seed ^ keys[i];
    const uint64_t length = n;
    for (; n >= 64; n -= 64, p += 64) {
        for (int i = 0; i < 4; i++) {
            lane[i] = fold(lane[i] ^ load(p + 16 * i), keys[i] ^ load(p + 16 * i + 8)) + lane[i];
        }
    }
    unsigned char rest[64] = {0};
    if (n) memcpy(rest, p, n);
    for (int i = 0; i < 4; i++) {
        lane[i] = fold(lane[i] ^ load(rest + 16 * i), keys[i] ^ load(rest + 16 * i + 8)) + lane[i];
    }
    const uint64_t a = fold(lane[0] ^ keys[1], lane[1] ^ length);
    const uint64_t b = fold(lane[2] ^ keys[3], lane[3] ^ keys[0]);
    return fold(a ^ keys[2], b ^ keys[0]) ^ a ^ b;
}

uint64_t hash_text(uint64_t seed, const char *text)
{
    return text ? hash_bytes(seed, text, strlen(text)) : hash_bytes(~seed, "", 0);
}
