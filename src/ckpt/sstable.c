// sstable.c: a table of LevelDB, as TensorFlow writes it (tsl/lib/io/table_builder.cc):
//
//     data block … | meta block | index block | footer of 48 bytes
//     block    entry … | offset of a restart (u32) … | their number (u32) | type (u8) | CRC (u32)
//     entry    shared, added, value's size (varints) | added bytes of the key | value
//     footer   handle of meta, handle of index (offset, size: varints) | zeros | magic number
//
// A key is the first `shared` bytes of the key before it and the added ones; at a restart nothing
// is shared. An entry of the index is a block's handle. Stricter than LevelDB, which looks at what
// it needs: the blocks cover the file without a hole, their checksums and restarts are right, the
// keys ascend over all of them; so no bit of a file that is accepted can have changed.
#include "ckpt/sstable.h"

#include <string.h>

#include "ckpt/proto.h"

enum { FOOTER = 48, TRAILER = 5, TYPE_PLAIN = 0, TYPE_SNAPPY = 1 };

static const unsigned char magic[8] = {0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB};

struct table {
    const unsigned char *data;
    size_t size; // without the footer
    size_t next; // where the next block begins
    const struct crc32c *crc;
    const char *path;
    bert_error *err;
};

// The place of a block: its content, without type and checksum.
struct handle {
    uint64_t offset, size;
};

// Entries of one block or of several, in order.
struct entries {
    char key[SSTABLE_KEY_MOST]; // the last one
    size_t key_size;
    bool any;
    sstable_fn *fn;
    void *arg;
};

static bert_status broken(const struct table *t, const unsigned char *at, const char *what)
{
    return fail(t->err, BERT_FORMAT, "%s: byte %zu: %s", t->path, (size_t)(at - t->data), what);
}

static uint32_t read_u32(const unsigned char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

// ------------------------------------------------------------------------------------------ blocks

static bool take_handle(const unsigned char **at, const unsigned char *end, struct handle *h)
{
    return proto_varint(at, end, &h->offset) && proto_varint(at, end, &h->size);
}

// Checks the block of a handle, which must begin at t->next, and moves that behind it.
static bert_status take_block(struct table *t, struct handle h)
{
    if (h.offset != t->next) {
        return fail(t->err, BERT_FORMAT, "%s: a block begins at %llu, want %zu", t->path,
                    (unsigned long long)h.offset, t->next);
    }
    const unsigned char *block = t->data + t->next;
    const size_t left = t->size - t->next;
    if (left < TRAILER || h.size > left - TRAILER) {
        return broken(t, block, "a block that is longer than what is left of the file");
    }
    if (crc32c_masked(t->crc, block, h.size + 1) != read_u32(block + h.size + 1)) {
        return broken(t, block, "the block's checksum is wrong: the file is damaged");
    }
    t->next += h.size + TRAILER;
    if (block[h.size] == TYPE_PLAIN) return BERT_OK;
    if (block[h.size] != TYPE_SNAPPY) return broken(t, block, "a block of an unknown type");
    return fail(t->err, BERT_UNSUPPORTED,
                "%s: its blocks are compressed with snappy, which is not read; load and save it "
                "with a TensorFlow of today, which does not compress them",
                t->path);
}

// ----------------------------------------------------------------------------------------- entries

// Makes the key of an entry from the last one; they ascend.
static bert_status next_key(const struct table *t, struct entries *e, size_t shared,
                            const unsigned char *added, size_t n)
{
    if (n > SSTABLE_KEY_MOST - shared) return broken(t, added, "a key of more than 1024 bytes");
    const size_t rest = e->key_size - shared, common = rest < n ? rest : n;
    const int order = common ? memcmp(added, e->key + shared, common) : 0;
    if (e->any && (order < 0 || (order == 0 && n <= rest))) {
        return broken(t, added, "a key that does not follow the one before it");
    }
    if (n) memcpy(e->key + shared, added, n);
    e->key_size = shared + n;
    e->any = true;
    return BERT_OK;
}

// Takes the entry at *at of a block that ends at `end`.
static bert_status take_entry(const struct table *t, struct entries *e, const unsigned char **at,
                              const unsigned char *end, bool restart)
{
    const unsigned char *p = *at;
    uint64_t shared, added, value;
    if (!proto_varint(&p, end, &shared) || !proto_varint(&p, end, &added) ||
        !proto_varint(&p, end, &value)) {
        return broken(t, *at, "an entry is cut short");
    }
    if (shared > (restart ? 0 : e->key_size)) {
        return broken(t, *at, "a key shares more bytes than there are");
    }
    const size_t left = (size_t)(end - p);
    if (added > left || value > left - added) {
        return broken(t, *at, "an entry that is longer than what is left of its block");
    }
    TRY(next_key(t, e, shared, p, added));
    *at = p + added + value;
    return e->fn(e->arg, e->key, e->key_size, p + added, value);
}

// Walks a block that take_block has checked.
static bert_status walk_block(const struct table *t, struct handle h, struct entries *e)
{
    const unsigned char *block = t->data + h.offset, *at = block;
    const size_t restarts = h.size >= 8 ? read_u32(block + h.size - 4) : 0;
    if (restarts == 0 || restarts > h.size / 4 - 1) return broken(t, block, "no list of restarts");
    const unsigned char *end = block + h.size - 4 * (restarts + 1), *list = end;
    size_t met = 0;
    if (read_u32(list) != 0) return broken(t, list, "the first restart is not the block's begin");
    while (at < end) {
        const bool restart = met < restarts && read_u32(list + 4 * met) == (size_t)(at - block);
        met += restart;
        TRY(take_entry(t, e, &at, end, restart));
    }
    if (met == restarts || h.size == 8) return BERT_OK; // without entries: one restart, 0
    return broken(t, list, "a restart that is at no entry's begin");
}

// ----------------------------------------------------------------------------------------- the
// file

// A walk over the index, whose entries are the data blocks.
struct walk {
    struct table *table;
    struct entries data;
};

static bert_status walk_data(void *arg, const char *key, size_t key_size,
                             const unsigned char *value, size_t value_size)
{
    (void)key, (void)key_size;
    struct walk *w = arg;
    struct handle h;
    const unsigned char *at = value, *end = value + value_size;
    if (!take_handle(&at, end, &h) || at != end) {
        return broken(w->table, value, "an index entry that is no block's place");
    }
    TRY(take_block(w->table, h));
    return walk_block(w->table, h, &w->data);
}

static bert_status ignore_entry(void *arg, const char *key, size_t key_size,
                                const unsigned char *value, size_t value_size)
{
    (void)arg, (void)key, (void)key_size, (void)value, (void)value_size;
    return BERT_OK;
}

static bert_status read_footer(const struct table *t, struct handle *meta, struct handle *index)
{
    const unsigned char *at = t->data + t->size, *end = at + FOOTER - sizeof magic;
    if (!take_handle(&at, end, meta) || !take_handle(&at, end, index)) {
        return broken(t, at, "the footer does not name its blocks");
    }
    while (at < end && *at == 0) at++;
    return at == end ? BERT_OK : broken(t, at, "the footer's padding is not zero");
}

bool sstable_probe(const unsigned char *data, size_t size)
{
    return size >= FOOTER && memcmp(data + size - sizeof magic, magic, sizeof magic) == 0;
}

bert_status sstable_walk(const unsigned char *data, size_t size, const char *path,
                         const struct crc32c *crc, sstable_fn *fn, void *arg, bert_error *err)
{
    if (!sstable_probe(data, size)) {
        return fail(err, BERT_FORMAT, "%s: it does not end as a table does: it is cut short", path);
    }
    struct table t = {.data = data, .size = size - FOOTER, .crc = crc, .path = path, .err = err};
    struct handle meta, index;
    TRY(read_footer(&t, &meta, &index));
    if (index.offset > t.size) return broken(&t, data + t.size, "the index is beyond the file");
    t.next = index.offset;
    TRY(take_block(&t, index));
    if (t.next != t.size) return broken(&t, data + t.next, "more behind the index");
    t.next = 0;
    struct walk walk = {.table = &t, .data = {.fn = fn, .arg = arg}};
    struct entries blocks = {.fn = walk_data, .arg = &walk}, none = {.fn = ignore_entry};
    TRY(walk_block(&t, index, &blocks));
    TRY(take_block(&t, meta));
    TRY(walk_block(&t, meta, &none));
    return t.next == index.offset ? BERT_OK : broken(&t, data + t.next, "bytes of no block");
}
