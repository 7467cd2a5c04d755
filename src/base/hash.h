// hash.h: 64 bits that tell contents apart: has this file changed, was this block damaged? Fast (as
// memory is read), stable across machines and versions since files hold them, and no protection
// against somebody who builds a collision on purpose.
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

// The hash of n bytes; `seed` may be the hash of what came before.
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n);

// The hash of a text and its length, NULL being another one than "".
uint64_t hash_text(uint64_t seed, const char *text);

#endif
