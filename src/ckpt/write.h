// write.h: named tensors into files. A writer gets the list of what there is and then asks for the
// elements piece by piece, so that no file is ever in memory whole. A format that is written is a
// file with such a writer and the `write` of its row in ckpt.c.
#ifndef CKPT_WRITE_H
#define CKPT_WRITE_H

#include "base/os.h"
#include "ckpt/ckpt.h"
#include "ckpt/crc32c.h"

struct ckpt_item {
    const char *name;      // UTF-8, NUL-terminated; no other item has it
    enum ckpt_dtype dtype; // not OTHER
    size_t n_dims, dims[CKPT_DIMS];
};

struct ckpt_source {
    const struct ckpt_item *items;
    size_t count;
    // Writes elements [first, first + n) of an item to out, in the item's dtype, row-major.
    void (*fill)(void *arg, size_t item, size_t first, size_t n, void *out);
    void *arg;
};

// Writes a file (or the several of its format) under temporary names, synced, then renamed. format
// is a name that ckpt_format gives. IO, MEMORY, INVALID (a format that is not written, two items of
// one name).
bert_status ckpt_write(const char *format, const char *path, const struct ckpt_source *source,
                       bert_error *err);

// ------------------------------------------------------------------------------ for the formats

typedef bert_status ckpt_write_fn(const char *path, const struct ckpt_source *source,
                                  bert_error *err);

size_t ckpt_item_bytes(const struct ckpt_item *item);

// The order in which a format has its items, by `compare` of two pointers to items, from mem_alloc.
// INVALID when two are called alike; MEMORY.
typedef int ckpt_compare_fn(const struct ckpt_item *a, const struct ckpt_item *b);
bert_status ckpt_order(const struct ckpt_source *source, ckpt_compare_fn *compare, const char *path,
                       size_t **order, bert_error *err);

// Streams an item's data into w. Its CRC-32C goes to *crc, unless `table` is NULL.
bert_status ckpt_stream(struct os_writer *w, const struct ckpt_source *source, size_t item,
                        const struct crc32c *table, uint32_t *crc, bert_error *err);

#endif
