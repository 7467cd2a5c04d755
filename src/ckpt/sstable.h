// sstable.h: LevelDB's table files: keys in ascending order, each with a value, of any bytes. They
// are read where they lie, and written into a buffer.
#ifndef CKPT_SSTABLE_H
#define CKPT_SSTABLE_H

#include "base/buf.h"
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

// A table being written. An append that finds no memory marks `file`, as in buf.h.
struct sstable {
    struct buf file;            // the finished blocks, and in the end all of it
    struct buf block, restarts; // the block that is being filled
    struct buf index;           // entries of the blocks so far
    struct buf index_restarts;
    struct buf key;  // the last one
    size_t in_block; // entries
    const struct crc32c *crc;
};
void sstable_init(struct sstable *t, const struct crc32c *crc);
void sstable_release(struct sstable *t);
// key: greater than the one before it, not longer than SSTABLE_KEY_MOST.
void sstable_add(struct sstable *t, const char *key, size_t key_size, const struct buf *value);
void sstable_finish(struct sstable *t); // file is complete

#endif
