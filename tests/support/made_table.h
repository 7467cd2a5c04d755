// made_table.h: tables of LevelDB made in memory, checksums and all, so that a test can break one
// rule at a time and a fuzzer gets past the checksums. In a header: tests and fuzz targets are
// linked with the library only.
#ifndef TESTS_MADE_TABLE_H
#define TESTS_MADE_TABLE_H

#include <string.h>

#include "base/buf.h"
#include "ckpt/crc32c.h"

static inline void table_varint(struct buf *b, uint64_t x)
{
    for (; x >= 0x80; x >>= 7) buf_byte(b, (char)(x | 0x80));
    buf_byte(b, (char)x);
}

// An entry of a block: `shared` bytes of the key before, then `key`.
static inline void table_entry(struct buf *block, size_t shared, const void *key, size_t key_size,
                               const void *value, size_t value_size)
{
    table_varint(block, shared);
    table_varint(block, key_size);
    table_varint(block, value_size);
    buf_add(block, key, key_size);
    buf_add(block, value, value_size);
}

// Ends a block's content: one restart, at its begin.
static inline void table_restart(struct buf *block)
{
    const uint32_t restart[2] = {0, 1};
    buf_add(block, restart, sizeof restart);
}

struct table_place {
    size_t offset, size;
};

// Appends a block's content with its type and checksum.
static inline struct table_place table_block(struct buf *file, const void *content, size_t size,
                                             char type)
{
    struct crc32c crc;
    crc32c_init(&crc);
    const struct table_place place = {file->len, size};
    buf_add(file, content, size);
    buf_byte(file, type);
    const uint32_t sum = crc32c_masked(&crc, file->data + place.offset, size + 1);
    buf_add(file, &sum, sizeof sum);
    return place;
}

static inline void table_footer(struct buf *file, struct table_place meta, struct table_place index)
{
    static const char magic[] = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
    const size_t start = file->len;
    table_varint(file, meta.offset);
    table_varint(file, meta.size);
    table_varint(file, index.offset);
    table_varint(file, index.size);
    while (file->len < start + 40) buf_byte(file, 0);
    buf_add(file, magic, 8);
}

// The whole file of one data block, whose content is given, with an index that points to it.
static inline void table_file(struct buf *file, const void *content, size_t size, char type)
{
    struct buf index, none;
    buf_init(&index);
    buf_init(&none);
    const struct table_place data = table_block(file, content, size, type);
    struct buf handle;
    buf_init(&handle);
    table_varint(&handle, data.offset);
    table_varint(&handle, data.size);
    table_entry(&index, 0, "~", 1, handle.data, handle.len);
    table_restart(&index);
    table_restart(&none);
    const struct table_place meta = table_block(file, none.data, none.len, 0);
    table_footer(file, meta, table_block(file, index.data, index.len, 0));
    buf_release(&handle);
    buf_release(&index);
    buf_release(&none);
}

#endif
