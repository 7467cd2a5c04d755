// digest.c: FIPS 180-4 (SHA-1, SHA-256) and RFC 1321 (MD5). All three are one scheme: blocks of 64
// bytes are folded into a state of 32-bit words; behind the message come a 1 bit, zeros, and the
// length in bits. MD5 is little-endian, the others big.
#include "hub/digest.h"

#include <stdbool.h>
#include <string.h>

static uint32_t left(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static uint32_t right(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// -------------------------------------------------------------------------------------------- MD5

static void fold_md5(uint32_t h[8], const unsigned char *block)
{
    static const uint32_t sines[64] = {
        // floor(2^32 |sin(i + 1)|)
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
        0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
        0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
        0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
        0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
        0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
        0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
        0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
        0xeb86d391};
    static const int turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t x[16], a = h[0], b = h[1], c = h[2], d = h[3];
    for (int i = 0; i < 16; i++)
        x[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
               (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
    for (int i = 0; i < 64; i++) {
        const int round = i / 16;
        const uint32_t f = round == 0   ? (b & c) | (~b & d)
                           : round == 1 ? (d & b) | (~d & c)
                           : round == 2 ? b ^ c ^ d
                                        : c ^ (b | ~d);
        static const int step[4] = {1, 5, 3, 7}, start[4] = {0, 1, 5, 0};
        const uint32_t sum = a + f + sines[i] + x[(start[round] + step[round] * i) % 16];
        a = d;
        d = c;
        c = b;
        b += left(sum, turns[round][i % 4]);
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
}

// ------------------------------------------------------------------------------------------ SHA-1

static void fold_sha1(uint32_t h[8], const unsigned char *block)
{
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++) w[i] = big32(block + 4 * i);
    for (int i = 16; i < 80; i++) w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        const int round = i / 20;
        const uint32_t f = round == 0   ? (b & c) | (~b & d)
                           : round == 2 ? (b & c) | (b & d) | (c & d)
                                        : b ^ c ^ d;
        const uint32_t sum = left(a, 5) + f + e + constants[round] + w[i];
        e = d;
        d = c;
        c = left(b, 30);
        b = a;
        a = sum;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

// ---------------------------------------------------------------------------------------- SHA-256

static void fold_sha256(uint32_t h[8], const unsigned char *block)
{
    static const uint32_t constants[64] = {
        // of the cube roots of the first 64 primes
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2};
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) w[i] = big32(block + 4 * i);
    for (int i = 16; i < 64; i++) {
        const uint32_t p = w[i - 15], q = w[i - 2];
        w[i] = w[i - 16] + (right(p, 7) ^ right(p, 18) ^ p >> 3) + w[i - 7] +
               (right(q, 17) ^ right(q, 19) ^ q >> 10);
    }
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
        const uint32_t a = s[0], e = s[4];
        const uint32_t t1 = s[7] + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) +
                            ((e & s[5]) ^ (~e & s[6])) + constants[i] + w[i];
        const uint32_t t2 =
            (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
}

// ------------------------------------------------------------------------------------- the scheme

static const struct {
    void (*fold)(uint32_t h[8], const unsigned char *block);
    int words;
    bool little;
    uint32_t start[8];
} kinds[] = {
    [DIGEST_MD5] = {fold_md5, 4, true, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}},
    [DIGEST_SHA1] = {fold_sha1,
                     5,
                     false,
                     {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}},
    [DIGEST_SHA256] = {fold_sha256,
                       8,
                       false,
                       {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                        0x1f83d9ab, 0x5be0cd19}},
};

void digest_init(struct digest *d, enum digest_kind kind)
{
    *d = (struct digest){.kind = kind};
    memcpy(d->h, kinds[kind].start, sizeof d->h);
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    size_t used = d->len % 64;
    d->len += n;
    while (used + n >= 64) {
        const size_t take = 64 - used;
        if (used) memcpy(d->block + used, p, take);
        kinds[d->kind].fold(d->h, used ? d->block : p);
        p += take;
        n -= take;
        used = 0;
    }
    if (n) memcpy(d->block + used, p, n);
}

void digest_hex(struct digest *d, char hex[DIGEST_HEX])
{
    const uint64_t bits = d->len * 8;
    const bool little = kinds[d->kind].little;
    unsigned char end[72] = {0x80};
    const size_t zeros = (55 - d->len % 64 + 64) % 64;
    for (int i = 0; i < 8; i++)
        end[1 + zeros + (size_t)i] = (unsigned char)(bits >> 8 * (little ? i : 7 - i));
    digest_add(d, end, 1 + zeros + 8);
    for (int i = 0; i < kinds[d->kind].words * 4; i++) {
        const unsigned char byte = (unsigned char)(d->h[i / 4] >> 8 * (little ? i % 4 : 3 - i % 4));
        *hex++ = "0123456789abcdef"[byte >> 4];
        *hex++ = "0123456789abcdef"[byte & 15];
    }
    *hex = 0;
}
