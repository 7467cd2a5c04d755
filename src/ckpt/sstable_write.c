// sstable_write.c: the table as sstable.c describes it, byte for byte as TensorFlow writes it
// (tsl/lib/io/table_builder.cc): blocks of 256 KiB, a restart every 16 entries, in the index every
// one; nothing compressed. An index entry's key is the last of its block, the last one shortened.
#include <string.h>

#include "ckpt/proto.h"
#include "ckpt/sstable.h"

enum { BLOCK = 1 << 18, RESTART = 16, FOOTER = 48, PLAIN = 0 };

static const unsigned char magic[8] = {0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB};

static void put_u32(struct buf *b, size_t value)
{
    const uint32_t x = (uint32_t)value;
    buf_add(b, &x, sizeof x);
}

void sstable_init(struct sstable *t, const struct crc32c *crc)
{
    *t = (struct sstable){.crc = crc};
    struct buf *const bufs[] = {&t->file,  &t->block,          &t->restarts,
                                &t->index, &t->index_restarts, &t->key};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) buf_init(bufs[i]);
}

void sstable_release(struct sstable *t)
{
    buf_release(&t->file);
    buf_release(&t->block);
    buf_release(&t->restarts);
    buf_release(&t->index);
    buf_release(&t->index_restarts);
    buf_release(&t->key);
}

// ------------------------------------------------------------------------------------------ blocks

// Where a block lies; its size is without the type and the checksum.
struct handle {
    size_t offset, size;
};

static void put_handle(struct buf *b, struct handle h)
{
    proto_put_varint(b, h.offset);
    proto_put_varint(b, h.size);
}

// Ends a block of entries, which are empty then, and appends it to the file.
static struct handle put_block(struct sstable *t, struct buf *entries, struct buf *restarts)
{
    if (restarts->len == 0) put_u32(restarts, 0); // a block has at least one
    const size_t n = restarts->len / sizeof(uint32_t);
    buf_add(entries, restarts->data, restarts->len);
    put_u32(entries, n);
    const struct handle h = {t->file.len, entries->len};
    buf_byte(entries, PLAIN);
    if (entries->failed || restarts->failed) t->file.failed = true;
    else put_u32(entries, crc32c_masked(t->crc, entries->data, entries->len));
    buf_add(&t->file, entries->data, entries->len);
    if (entries->failed) t->file.failed = true;
    buf_clear(entries);
    buf_clear(restarts);
    return h;
}

static void put_entry(struct buf *b, size_t shared, const char *key, size_t n,
                      const struct buf *value)
{
    proto_put_varint(b, shared);
    proto_put_varint(b, n - shared);
    proto_put_varint(b, value->len);
    buf_add(b, key + shared, n - shared);
    buf_add(b, value->data, value->len);
    if (value->failed) b->failed = true;
}

// The block that is being filled, and its entry in the index under `key`.
static void end_block(struct sstable *t, const char *key, size_t n)
{
    struct buf handle;
    buf_init(&handle);
    put_handle(&handle, put_block(t, &t->block, &t->restarts));
    put_u32(&t->index_restarts, t->index.len);
    put_entry(&t->index, 0, key, n, &handle);
    buf_release(&handle);
    t->in_block = 0;
}

// ------------------------------------------------------------------------------------------- table

static size_t common(const struct buf *a, const char *b, size_t n)
{
    size_t i = 0;
    while (i < a->len && i < n && a->data[i] == b[i]) i++;
    return i;
}

void sstable_add(struct sstable *t, const char *key, size_t n, const struct buf *value)
{
    const bool restart = t->in_block % RESTART == 0;
    const size_t shared = restart ? 0 : common(&t->key, key, n);
    if (restart) put_u32(&t->restarts, t->block.len);
    put_entry(&t->block, shared, key, n, value);
    t->in_block++;
    buf_clear(&t->key);
    buf_add(&t->key, key, n);
    if (t->key.failed) t->file.failed = true;
    else if (t->block.len + t->restarts.len + 4 >= BLOCK) end_block(t, t->key.data, t->key.len);
}

// The shortest key that is no less than the last one: its first byte plus one, as a rule.
static void shorten(struct buf *key)
{
    for (size_t i = 0; i < key->len; i++) {
        if ((unsigned char)key->data[i] == 0xFF) continue;
        key->data[i]++;
        key->len = i + 1;
        return;
    }
}

void sstable_finish(struct sstable *t)
{
    if (t->in_block) {
        shorten(&t->key);
        end_block(t, t->key.data, t->key.len);
    }
    struct buf footer;
    buf_init(&footer);
    put_handle(&footer, put_block(t, &t->block, &t->restarts)); // meta: empty
    put_handle(&footer, put_block(t, &t->index, &t->index_restarts));
    while (!footer.failed && footer.len < FOOTER - sizeof magic) buf_byte(&footer, 0);
    buf_add(&footer, magic, sizeof magic);
    buf_add(&t->file, footer.data, footer.len);
    if (footer.failed) t->file.failed = true;
    buf_release(&footer);
}
