// sstable.h: LevelDB's table files: keys in ascending order, each with a value, of any bytes.
#ifndef CKPT_SSTABLE_H
#define CKPT_SSTABLE_H

#include "base/error.h"
#include "ckpt/crc32c.h"

enum { SSTABLE_KEY_MOST = 1024 }; // bytes of a key that is accepted

// By the last bytes.
bool sstable_probe(const unsigned char *data, size_t size);

// Gets an entry. The key (no NUL behind it) is borrowed for the call, the value from the file.
typedef bert_status sstable_fn(void *arg, const char *key, size_t key_size,
                               const unsigned char *value, size_t value_size);

// Calls fn for every entry in order and stops at its first failure. FORMAT names the place in the
// file, UNSUPPORTED (compressed blocks). Entries before a broken one have been given. It allocates
// nothing.
bert_status sstable_walk(const unsigned char *data, size_t size, const char *path,
                         const struct crc32c *crc, sstable_fn *fn, void *arg, bert_error *err);

#endif
