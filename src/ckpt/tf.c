// tf.c: TensorFlow's tensor bundle (tensorflow/core/util/tensor_bundle). X.index is a table whose
// keys are names and whose values are protocol buffers (tensor_bundle.proto); the numbers lie raw
// in X.data-00000-of-00001 or several such shards. The first key is "", the header's.
//
//     BundleHeaderProto  num_shards 1, endianness 2 (0 little, 1 big), version 3
//     BundleEntryProto   dtype 1, shape 2, shard_id 3, offset 4, size 5, crc32c 6 (masked), slices
//     7
//                        (of a partitioned variable; its slices are entries too, their keys "\0…")
//
// Everything in the index is checked on opening: numbers are not negative, a size is its shape
// times its dtype, a tensor lies inside its shard. The checksum of the data is kept with the
// tensor; ckpt_check compares it when a tensor is used, since those of optimizers mostly are not.
#include "ckpt/tf.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/store.h"
#include "ckpt/proto.h"
#include "ckpt/sstable.h"

enum { VERSION = 1, MOST_SHARDS = 99999 }; // kTensorBundleVersion; five digits in a file's name

struct reader {
    struct tf_index *index;
    struct buf names; // of tensors, each with a NUL behind it
    struct ckpt_tensor *tensors;
    size_t count, cap_tensors, cap_places;
    const char *path;
    bert_error *err;
};

// Starts every message about one tensor: "file: tensor 'name': ".
#define FAIL_TENSOR(path, err, status, name, format, ...)                                          \
    fail(err, status, "%s: tensor '%s': " format, path, ckpt_show(name, (char[CKPT_SHOWN]){0}),    \
         __VA_ARGS__)

// -------------------------------------------------------------------------------------- the header

static bert_status read_version(struct reader *r, struct proto p)
{
    uint64_t min_consumer = 0; // VersionDef: producer = 1, min_consumer = 2, bad_consumers = 3
    for (struct proto_field f; proto_next(&p, &f);) {
        if (f.number == 2 && f.type == PROTO_VARINT) min_consumer = f.value;
    }
    if (p.wrong) return fail(r->err, BERT_FORMAT, "%s: header: version: %s", r->path, p.wrong);
    if (min_consumer <= VERSION) return BERT_OK;
    return fail(r->err, BERT_UNSUPPORTED, "%s: a tensor bundle of version %llu; version %d is read",
                r->path, (unsigned long long)min_consumer, VERSION);
}

static bert_status read_header(struct reader *r, struct proto p)
{
    uint64_t shards = 0, endianness = 0;
    for (struct proto_field f; proto_next(&p, &f);) {
        if (f.number == 1 && f.type == PROTO_VARINT) shards = f.value;
        if (f.number == 2 && f.type == PROTO_VARINT) endianness = f.value;
        if (f.number == 3 && f.type == PROTO_BYTES) TRY(read_version(r, f.nested));
    }
    if (p.wrong) return fail(r->err, BERT_FORMAT, "%s: header: %s", r->path, p.wrong);
    if (endianness) {
        return fail(r->err, BERT_UNSUPPORTED,
                    "%s: its numbers are big-endian, which is not read; load and save it with "
                    "TensorFlow on a little-endian machine",
                    r->path);
    }
    if (shards < 1 || shards > MOST_SHARDS) {
        return fail(r->err, BERT_FORMAT, "%s: header: %llu data files, not between 1 and %d",
                    r->path, (unsigned long long)shards, MOST_SHARDS);
    }
    r->index->shards = shards;
    return BERT_OK;
}

// ------------------------------------------------------------------------------------ one tensor

// DataType of types.proto; of the others (strings, complex numbers) the size need not be known.
static const struct {
    uint32_t number;
    enum ckpt_dtype dtype;
} dtypes[] = {
    {1, CKPT_F32},  {2, CKPT_F64},  {3, CKPT_I32},   {4, CKPT_U8},    {5, CKPT_I16},
    {6, CKPT_I8},   {9, CKPT_I64},  {10, CKPT_BOOL}, {14, CKPT_BF16}, {17, CKPT_U16},
    {19, CKPT_F16}, {22, CKPT_U32}, {23, CKPT_U64},
};

enum ckpt_dtype tf_type(uint64_t number)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (dtypes[i].number == number) return dtypes[i].dtype;
    }
    return CKPT_OTHER;
}

uint32_t tf_type_number(enum ckpt_dtype dtype)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (dtypes[i].dtype == dtype) return dtypes[i].number;
    }
    return 0;
}

// What an entry says, as it is written.
struct entry {
    uint64_t dtype, shard, offset, size, crc;
    struct proto shape;
    unsigned seen; // a bit a field
    bool sliced;
};
enum { DTYPE = 1, SHAPE, SHARD, OFFSET, SIZE, CRC, SLICES };

// Fields of other numbers are skipped, as protocol buffers want it; `version` guards their meaning.
static bert_status read_fields(struct reader *r, struct entry *e, struct proto p, const char *name)
{
    static const enum proto_type types[] = {
        [DTYPE] = PROTO_VARINT,  [SHAPE] = PROTO_BYTES, [SHARD] = PROTO_VARINT,
        [OFFSET] = PROTO_VARINT, [SIZE] = PROTO_VARINT, [CRC] = PROTO_FIXED32,
        [SLICES] = PROTO_BYTES};
    uint64_t *const numbers[] = {[DTYPE] = &e->dtype,
                                 [SHARD] = &e->shard,
                                 [OFFSET] = &e->offset,
                                 [SIZE] = &e->size,
                                 [CRC] = &e->crc};
    for (struct proto_field f; proto_next(&p, &f);) {
        if (f.number > SLICES) continue;
        if (f.type != types[f.number] || (f.number != SLICES && e->seen >> f.number & 1)) {
            return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name,
                               "field %u is of another type or there twice", f.number);
        }
        e->seen |= 1u << f.number;
        if (f.number == SHAPE) e->shape = f.nested;
        else if (f.number != SLICES) *numbers[f.number] = f.value;
    }
    if (!p.wrong) return BERT_OK;
    return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name, "%s", p.wrong);
}

// Dim: size = 1, name = 2. A size of 0 is not written; one that is negative is unknown.
static bert_status read_dim(struct reader *r, struct ckpt_tensor *t, struct proto p,
                            const char *name)
{
    uint64_t size = 0;
    for (struct proto_field f; proto_next(&p, &f);) {
        if (f.number == 1 && f.type == PROTO_VARINT) size = f.value;
    }
    if (p.wrong) return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name, "shape: %s", p.wrong);
    if (t->n_dims == CKPT_DIMS) {
        return FAIL_TENSOR(r->path, r->err, BERT_UNSUPPORTED, name, "more than %d dimensions",
                           CKPT_DIMS);
    }
    if (size > INT64_MAX || !size_mul(t->count, size, &t->count)) {
        return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name, "%s",
                           "its shape is negative or exceeds 64 bits");
    }
    t->dims[t->n_dims++] = size;
    return BERT_OK;
}

// TensorShapeProto: dim = 2, unknown_rank = 3.
static bert_status read_shape(struct reader *r, struct ckpt_tensor *t, struct proto p,
                              const char *name)
{
    t->count = 1;
    for (struct proto_field f; proto_next(&p, &f);) {
        if (f.number == 2 && f.type == PROTO_BYTES) TRY(read_dim(r, t, f.nested, name));
        if (f.number != 3 || !f.value) continue;
        return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name, "%s", "a shape of unknown rank");
    }
    if (!p.wrong) return BERT_OK;
    return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name, "shape: %s", p.wrong);
}

// bytes from the shape and the dtype, or as the file says where elements have no size we know.
static bert_status measure(struct reader *r, struct ckpt_tensor *t, const struct entry *e,
                           const char *name)
{
    if (!e->dtype) return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name, "%s", "no dtype");
    t->dtype = tf_type(e->dtype);
    t->bytes = e->size;
    const size_t element = ckpt_dtype_size(t->dtype);
    t->has_crc = element > 0; // that of strings is made otherwise
    size_t bytes;
    if (element && (!size_mul(t->count, element, &bytes) || bytes != e->size)) {
        return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name,
                           "%llu bytes of data, which its shape and dtype do not make",
                           (unsigned long long)e->size);
    }
    return BERT_OK;
}

static bert_status read_entry(struct reader *r, struct proto p, size_t name_offset)
{
    const char *name = r->names.data + name_offset; // which does not grow meanwhile
    struct entry e = {0};
    TRY(read_fields(r, &e, p, name));
    if (e.seen >> SLICES & 1) {
        return FAIL_TENSOR(r->path, r->err, BERT_UNSUPPORTED, name, "%s",
                           "a partitioned variable, whose slices are not read; save it with "
                           "TensorFlow without a partitioner");
    }
    if (e.offset > INT64_MAX || e.size > INT64_MAX || e.shard >= r->index->shards) {
        return FAIL_TENSOR(r->path, r->err, BERT_FORMAT, name,
                           "its data lie at byte %lld of file %lld, of %zu files",
                           (long long)e.offset, (long long)e.shard, r->index->shards);
    }
    if (!mem_grow((void **)&r->tensors, &r->cap_tensors, r->count + 1, sizeof *r->tensors) ||
        !mem_grow((void **)&r->index->places, &r->cap_places, r->count + 1,
                  sizeof *r->index->places)) {
        return fail_memory(r->err);
    }
    struct ckpt_tensor *t = &r->tensors[r->count];
    *t = (struct ckpt_tensor){.crc = (uint32_t)e.crc};
    r->index->places[r->count++] = (struct tf_place){name_offset, e.offset, (uint32_t)e.shard};
    TRY(read_shape(r, t, e.shape, name));
    return measure(r, t, &e, name);
}

// ---------------------------------------------------------------------------------------- the
// index

static bool is_printable(const char *key, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (key[i] < 0x20 || key[i] > 0x7E) return false;
    }
    return true;
}

static bert_status read_item(void *arg, const char *key, size_t key_size,
                             const unsigned char *value, size_t value_size)
{
    struct reader *r = arg;
    const struct proto p = {.at = value, .end = value + value_size};
    if (key_size == 0) return read_header(r, p); // keys ascend: the first, and once
    if (!r->index->shards) return fail(r->err, BERT_FORMAT, "%s: it has no header", r->path);
    if (key[0] == 0) return BERT_OK; // a slice
    if (!is_printable(key, key_size)) {
        return fail(r->err, BERT_FORMAT, "%s: a tensor's name is not of printable ASCII", r->path);
    }
    const size_t name = r->names.len;
    buf_add(&r->names, key, key_size);
    buf_byte(&r->names, 0);
    return r->names.failed ? fail_memory(r->err) : read_entry(r, p, name);
}

bert_status tf_index_read(struct ckpt_list *list, struct tf_index *index, const unsigned char *data,
                          size_t size, const char *path, bert_error *err)
{
    struct crc32c crc;
    crc32c_init(&crc);
    *index = (struct tf_index){0};
    struct reader r = {.index = index, .path = path, .err = err};
    bert_status status = sstable_walk(data, size, path, &crc, read_item, &r, err);
    for (size_t i = 0; i < r.count; i++) r.tensors[i].name = r.names.data + index->places[i].name;
    list->tensors = r.tensors;
    list->count = r.count;
    list->names = r.names.data;
    if (!status && !index->shards) status = fail(err, BERT_FORMAT, "%s: it has no header", path);
    return status ? status : ckpt_list_index(list, path, err);
}

// ----------------------------------------------------------------------------------------- the
// data

bert_status tf_index_place(struct ckpt_list *list, const struct tf_index *index, const char *path,
                           bert_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ckpt_tensor *t = &list->tensors[i];
        const struct tf_place *place = &index->places[i];
        const struct os_file *file = &list->files[place->shard];
        if (place->offset > file->size || t->bytes > file->size - place->offset) {
            return FAIL_TENSOR(path, err, BERT_FORMAT, t->name,
                               "%zu bytes from byte %zu of data file %u, which has %zu: it is cut "
                               "short",
                               t->bytes, place->offset, (unsigned)place->shard, file->size);
        }
        t->data = file->data ? file->data + place->offset : (const unsigned char *)"";
    }
    return BERT_OK;
}

static const char suffix[] = ".index";

// Opens X.data-0000k-of-0000n for every k. The list grows with the files that are really there.
static bert_status open_shards(struct ckpt_list *list, size_t n, const char *path, bert_error *err)
{
    const size_t stem = strlen(path) - (sizeof suffix - 1), room = stem + 64;
    size_t cap = 0;
    char *name = mem_alloc(room, 1);
    bert_status status = name ? BERT_OK : fail_memory(err);
    for (size_t k = 0; !status && k < n; k++) {
        snprintf(name, room, "%.*s.data-%05zu-of-%05zu", (int)stem, path, k, n);
        if (mem_grow((void **)&list->files, &cap, k + 1, sizeof *list->files)) {
            status = store_open(&list->files[k], name, list->copy, err);
            list->n_files += !status;
        } else {
            status = fail_memory(err);
        }
    }
    mem_free(name);
    return status;
}

bool tf_probe(const unsigned char *data, size_t size)
{
    return sstable_probe(data, size);
}

bert_status tf_read(struct ckpt_list *list, const unsigned char *data, size_t size,
                    const char *path, bert_error *err)
{
    const size_t n = strlen(path), m = sizeof suffix - 1;
    if (n <= m || strcmp(path + n - m, suffix) != 0) {
        return fail(err, BERT_UNSUPPORTED,
                    "%s: a TensorFlow index whose name does not end in .index: its data lie in "
                    "files beside it that are called alike (X.index, X.data-00000-of-00001)",
                    path);
    }
    struct tf_index index;
    bert_status status = tf_index_read(list, &index, data, size, path, err);
    if (!status) status = open_shards(list, index.shards, path, err);
    if (!status) status = tf_index_place(list, &index, path, err);
    mem_free(index.places);
    return status;
}
