// digest.h: the checksums by which sites name their files: SHA-256 (large files of the Hugging Face
// hub), SHA-1 (its small ones, as git counts them), MD5 (Google's storage). They are held against
// damage on the way, not against attackers: for those there is TLS.
#ifndef HUB_DIGEST_H
#define HUB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 };
enum { DIGEST_HEX = 65 }; // room for the longest as text

struct digest {
    enum digest_kind kind;
    uint32_t h[8];
    uint64_t len;
    unsigned char block[64];
};

void digest_init(struct digest *d, enum digest_kind kind);
void digest_add(struct digest *d, const void *bytes, size_t n);
// Lower-case hexadecimal, with a NUL. d is spent.
void digest_hex(struct digest *d, char hex[DIGEST_HEX]);

#endif
