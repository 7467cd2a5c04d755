// tf_write.c: the tensor bundle that tf.c reads, byte for byte as TensorFlow's Saver writes it: one
// data file with the tensors by name and nothing between them, their checksums in the index.
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ckpt/proto.h"
#include "ckpt/sstable.h"
#include "ckpt/tf.h"

struct writer {
    const struct ckpt_source *source;
    const char *prefix;
    struct crc32c crc;
    size_t *order;
    uint32_t *sums; // [count] of each tensor, in that order
    bert_error *err;
};

static int compare(const struct ckpt_item *a, const struct ckpt_item *b)
{
    return strcmp(a->name, b->name);
}

// prefix + suffix, from mem_alloc; NULL without memory.
static char *path_of(const struct writer *w, const char *suffix)
{
    const size_t n = strlen(w->prefix) + strlen(suffix) + 1;
    char *path = mem_alloc(n, 1);
    if (path) snprintf(path, n, "%s%s", w->prefix, suffix);
    return path;
}

// Opens prefix + suffix, runs `write` and commits.
static bert_status write_file(struct writer *w, const char *suffix,
                              bert_status (*write)(struct writer *w, struct os_writer *file))
{
    char *path = path_of(w, suffix);
    struct os_writer file;
    bert_status status = path ? os_writer_open(&file, path, w->err) : fail_memory(w->err);
    mem_free(path);
    if (status) return status;
    status = write(w, &file);
    if (!status) return os_writer_commit(&file, w->err);
    os_writer_abandon(&file);
    return status;
}

// -------------------------------------------------------------------------------------------- data

static bert_status write_data(struct writer *w, struct os_writer *file)
{
    for (size_t i = 0; i < w->source->count; i++) {
        TRY(ckpt_stream(file, w->source, w->order[i], &w->crc, &w->sums[i], w->err));
    }
    return BERT_OK;
}

// ------------------------------------------------------------------------------------------- index

// BundleHeaderProto: num_shards = 1, endianness = 2 (little: 0), version = 3 {producer = 1}.
static void make_header(struct buf *value)
{
    struct buf version;
    buf_init(&version);
    proto_put_number(&version, 1, 1);
    proto_put_number(value, 1, 1);
    proto_put_bytes(value, 3, &version);
    buf_release(&version);
}

// TensorShapeProto: dim = 2 {size = 1}.
static void make_shape(struct buf *shape, const struct ckpt_item *item)
{
    struct buf dim;
    buf_init(&dim);
    for (size_t i = 0; i < item->n_dims; i++) {
        buf_clear(&dim);
        proto_put_number(&dim, 1, item->dims[i]);
        proto_put_bytes(shape, 2, &dim);
    }
    buf_release(&dim);
}

// BundleEntryProto, see tf.c.
static void make_entry(struct buf *value, const struct ckpt_item *item, size_t offset, uint32_t sum)
{
    struct buf shape;
    buf_init(&shape);
    make_shape(&shape, item);
    proto_put_number(value, 1, tf_type_number(item->dtype));
    proto_put_bytes(value, 2, &shape);
    proto_put_number(value, 4, offset);
    proto_put_number(value, 5, ckpt_item_bytes(item));
    proto_put_fixed32(value, 6, crc32c_mask(sum));
    buf_release(&shape);
}

static void make_index(const struct writer *w, struct sstable *table)
{
    struct buf value;
    buf_init(&value);
    make_header(&value);
    sstable_add(table, "", 0, &value);
    size_t offset = 0;
    for (size_t i = 0; i < w->source->count; i++) {
        const struct ckpt_item *item = &w->source->items[w->order[i]];
        buf_clear(&value);
        make_entry(&value, item, offset, w->sums[i]);
        sstable_add(table, item->name, strlen(item->name), &value);
        offset += ckpt_item_bytes(item);
    }
    buf_release(&value);
    sstable_finish(table);
}

static bert_status write_index(struct writer *w, struct os_writer *file)
{
    struct sstable table;
    sstable_init(&table, &w->crc);
    make_index(w, &table);
    const bert_status status = table.file.failed
                                   ? fail_memory(w->err)
                                   : os_writer_write(file, table.file.data, table.file.len, w->err);
    sstable_release(&table);
    return status;
}

// ---------------------------------------------------------------------------------------- the
// bundle

static bert_status check_names(const struct writer *w)
{
    for (size_t i = 0; i < w->source->count; i++) {
        const char *name = w->source->items[i].name;
        if (*name && strlen(name) <= SSTABLE_KEY_MOST) continue;
        return fail(w->err, BERT_INVALID, "%s: a tensor's name has %zu bytes, not 1 to %d",
                    w->prefix, strlen(name), SSTABLE_KEY_MOST);
    }
    return BERT_OK;
}

static bert_status write_bundle(struct writer *w)
{
    TRY(check_names(w));
    TRY(ckpt_order(w->source, compare, w->prefix, &w->order, w->err));
    w->sums = mem_alloc(w->source->count, sizeof *w->sums);
    if (!w->sums) return fail_memory(w->err);
    TRY(write_file(w, ".data-00000-of-00001", write_data));
    return write_file(w, ".index", write_index);
}

bert_status tf_write(const char *path, const struct ckpt_source *source, bert_error *err)
{
    struct writer w = {.source = source, .prefix = path, .err = err};
    crc32c_init(&w.crc);
    const bert_status status = write_bundle(&w);
    mem_free(w.order);
    mem_free(w.sums);
    return status;
}
