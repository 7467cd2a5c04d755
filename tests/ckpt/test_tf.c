// test_tf.c: TensorFlow's checkpoints: files that TensorFlow wrote (tests/ckpt/tf, made by
// tools/tf_checkpoint.py) give their tensors; every rule, broken once, gives one sentence that
// names the file and the tensor; no cut and no flipped bit of an index is accepted (run it under
// the sanitizers). Broken tables are made in memory, with right checksums.
#include "support/check.h"

#include "base/mem.h"
#include "base/os.h"
#include "ckpt/sstable.h"
#include "ckpt/tf.h"
#include "support/made_table.h"

#define FILES "tests/ckpt/tf/"

static struct ckpt *open_file(const char *path, bool copy)
{
    bert_error err = {0};
    struct ckpt *c = ckpt_open(path, copy, &err);
    if (!c) fail_msg("%s", err.message);
    return c;
}

static const struct ckpt_tensor *want_tensor(const struct ckpt *c, const char *name,
                                             enum ckpt_dtype dtype, size_t n_dims,
                                             const size_t *dims)
{
    bert_error err = {0};
    const struct ckpt_tensor *t = ckpt_find(c, name);
    if (!t) fail_msg("no tensor %s", name);
    assert_int_equal(t->dtype, dtype);
    assert_int_equal(t->n_dims, n_dims);
    for (size_t i = 0; i < n_dims; i++) assert_int_equal(t->dims[i], dims[i]);
    if (ckpt_check(c, t, &err)) fail_msg("%s", err.message);
    return t;
}
#define DIMS(...)                                                                                  \
    (sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t)), (const size_t[])                           \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

// ------------------------------------------------------------------------------------ good files

static void every_type(void **state)
{
    (void)state;
    static const float floats[] = {0, -1.5f, 65504, 0.25f};
    static const struct {
        const char *name;
        enum ckpt_dtype dtype;
    } types[] = {
        {"float/float32", CKPT_F32}, {"float/float16", CKPT_F16}, {"float/bfloat16", CKPT_BF16},
        {"float/float64", CKPT_F64}, {"int/int8", CKPT_I8},       {"int/uint8", CKPT_U8},
        {"int/int16", CKPT_I16},     {"int/uint16", CKPT_U16},    {"int/int32", CKPT_I32},
        {"int/uint32", CKPT_U32},    {"int/int64", CKPT_I64},     {"int/uint64", CKPT_U64},
    };
    for (int copy = 0; copy < 2; copy++) {
        struct ckpt *c = open_file(FILES "types.index", copy);
        assert_string_equal(ckpt_format(c), "TensorFlow checkpoint");
        assert_int_equal(ckpt_count(c), 18);
        for (size_t i = 0; i < 4; i++) {
            float out[4];
            ckpt_to_float(want_tensor(c, types[i].name, types[i].dtype, DIMS(4)), out);
            assert_memory_equal(out, floats, i == 2 ? 8 : sizeof out); // 65504 is no bfloat16
        }
        for (size_t i = 4; i < 12; i++) {
            const struct ckpt_tensor *t = want_tensor(c, types[i].name, types[i].dtype, DIMS(1, 3));
            assert_int_equal(t->data[0], 1);
            assert_int_equal(t->data[2 * ckpt_dtype_size(t->dtype)], 3);
        }
        want_tensor(c, "other/bool", CKPT_BOOL, DIMS(2));
        assert_int_equal(want_tensor(c, "other/complex64", CKPT_OTHER, DIMS(1))->bytes, 8);
        assert_int_equal(want_tensor(c, "other/string", CKPT_OTHER, DIMS(3))->bytes, 15);
        assert_int_equal(want_tensor(c, "shape/scalar", CKPT_F32, 0, NULL)->count, 1);
        assert_int_equal(want_tensor(c, "shape/empty", CKPT_F32, DIMS(0, 3))->count, 0);
        want_tensor(c, "shape/deep", CKPT_F32, DIMS(2, 1, 3, 4));
        ckpt_close(c);
    }
}

static float first_of(const struct ckpt *c, const char *name, size_t rows, size_t cols)
{
    float x;
    const struct ckpt_tensor *t = cols ? want_tensor(c, name, CKPT_F32, DIMS(rows, cols))
                                       : want_tensor(c, name, CKPT_F32, DIMS(rows));
    memcpy(&x, t->data, sizeof x);
    return x;
}

static bool exists(const char *path)
{
    bool there = false;
    assert_int_equal(ckpt_exists(path, &there, NULL), BERT_OK);
    return there;
}

static void two_shards_by_prefix(void **state)
{
    (void)state;
    assert_true(exists(FILES "two") && exists(FILES "two.index"));
    assert_false(exists(FILES "three") || exists("tests/ckpt"));
    struct ckpt *c = open_file(FILES "two", false);
    assert_string_equal(ckpt_path(c), FILES "two.index");
    assert_true(first_of(c, "first/a", 2, 0) == 1 && first_of(c, "first/b", 1, 0) == 3 &&
                first_of(c, "second/c", 3, 1) == 4);
    ckpt_close(c);
}

static void adams_slots(void **state)
{
    (void)state;
    struct ckpt *c = open_file(FILES "adam", true);
    assert_int_equal(ckpt_count(c), 4);
    assert_true(first_of(c, "w", 1, 2) == 1 && first_of(c, "w/adam_m", 1, 2) == 3 &&
                first_of(c, "w/adam_v", 1, 2) == 5);
    want_tensor(c, "global_step", CKPT_I64, 0, NULL);
    ckpt_close(c);
}

static void slices_are_refused(void **state)
{
    (void)state;
    bert_error err = {0};
    assert_null(ckpt_open(FILES "sliced", false, &err));
    assert_int_equal(err.status, BERT_UNSUPPORTED);
    assert_non_null(strstr(err.message, "tensor 'cut'"));
}

// The remainder, bit by bit.
static uint32_t slow_crc(const unsigned char *p, size_t n)
{
    uint32_t crc = 0xFFFFFFFF;
    for (; n; n--) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

static void checksums(void **state)
{
    (void)state;
    struct crc32c crc;
    crc32c_init(&crc);
    assert_int_equal(crc32c(&crc, "123456789", 9), 0xE3069283u); // RFC 3720's check value
    unsigned char bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * i + 7);
    for (size_t n = 0; n < 80; n++) {
        for (size_t at = 0; at < 17; at++) {
            assert_int_equal(crc32c(&crc, bytes + at, n), slow_crc(bytes + at, n));
        }
    }
}

// ---------------------------------------------------------------------------------- indexes in
// memory

// Reads a copy that ends where the heap block ends, so that the sanitizer sees one byte too many.
static bert_status read_index(const void *bytes, size_t size, size_t *count, bert_error *err)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, bytes, size);
    struct ckpt_list list = {0};
    struct tf_index index;
    const bert_status status = tf_index_read(&list, &index, copy, size, "dir/m.index", err);
    if (count) *count = list.count;
    mem_free(index.places);
    ckpt_list_release(&list);
    free(copy);
    return status;
}

static void want_error(const struct buf *file, bert_status status, const char *what)
{
    bert_error err = {0};
    assert_false(file->failed);
    assert_int_not_equal(read_index(file->data, file->len, NULL, NULL), BERT_OK);
    if (read_index(file->data, file->len, NULL, &err) != status) {
        fail_msg("status %d, not %d: %s", err.status, status, err.message);
    }
    if (strncmp(err.message, "dir/m.index: ", 13) != 0) fail_msg("no path: %s", err.message);
    if (!strstr(err.message, what)) fail_msg("want '%s' in: %s", what, err.message);
}

#define HEADER "\x08\x01\x1a\x02\x08\x01"                           // one shard, version 1
#define GOOD "\x08\x01\x12\x04\x12\x02\x08\x02\x28\x08\x35\1\2\3\4" // F32 [2], 8 bytes at 0

// A block of a header and tensors, each a name and its entry.
struct bytes {
    const char *data;
    size_t size;
};
#define BYTES(text) ((struct bytes){text, sizeof text - 1})

static void add_tensor(struct buf *block, const char *name, struct bytes entry)
{
    table_entry(block, 0, name, strlen(name), entry.data, entry.size);
}

static void want_block_error(const struct buf *block, char type, bert_status status,
                             const char *what)
{
    struct buf file;
    buf_init(&file);
    table_file(&file, block->data, block->len, type);
    want_error(&file, status, what);
    buf_release(&file);
}

// The entry of a tensor "w" behind a good header.
static void want_entry(struct bytes header, struct bytes entry, bert_status status,
                       const char *what)
{
    struct buf block, file;
    buf_init(&block);
    buf_init(&file);
    add_tensor(&block, "", header);
    add_tensor(&block, "w", entry);
    table_restart(&block);
    table_file(&file, block.data, block.len, 0);
    bert_error err = {0};
    if (status) want_error(&file, status, what);
    else if (read_index(file.data, file.len, NULL, &err)) fail_msg("%s: %s", what, err.message);
    buf_release(&block);
    buf_release(&file);
}

static void headers(void **state)
{
    (void)state;
    static const struct {
        struct bytes header;
        bert_status status;
        const char *what;
    } cases[] = {
        {{HEADER, 6}, BERT_OK, "the good one"},
        {{"\x08\x01\x78\x05\x82\x01\x01x", 8}, BERT_OK, "unknown fields are skipped"},
        {{"", 0}, BERT_FORMAT, "0 data files"},
        {{"\x08\xa0\x8d\x06", 4}, BERT_FORMAT, "100000 data files"},
        {{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, BERT_FORMAT, "data files"},
        {{"\x08\x01\x10\x01", 4}, BERT_UNSUPPORTED, "big-endian"},
        {{"\x08\x01\x1a\x02\x10\x02", 6}, BERT_UNSUPPORTED, "version 2"},
        {{"\x08\x01\x1a\x02\x10\x80", 6}, BERT_FORMAT, "header: version: a number is broken"},
        {{"\x08", 1}, BERT_FORMAT, "header: a number is broken"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        want_entry(cases[i].header, BYTES(GOOD), cases[i].status, cases[i].what);
    }
    struct buf block;
    buf_init(&block);
    add_tensor(&block, "w", BYTES(GOOD));
    table_restart(&block);
    want_block_error(&block, 0, BERT_FORMAT, "it has no header");
    buf_clear(&block);
    table_restart(&block);
    want_block_error(&block, 0, BERT_FORMAT, "it has no header");
    buf_release(&block);
}

#define MOST "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" // 2^64 - 1, which is -1
#define HALF "\x80\x80\x80\x80\x80\x80\x80\x80\x40"     // 2^62

static void entries(void **state)
{
    (void)state;
    static const struct {
        struct bytes entry;
        bert_status status;
        const char *what;
    } cases[] = {
#define CASE(text, status, what) {{text, sizeof text - 1}, status, what}
        CASE(GOOD, BERT_OK, "the good one"),
        CASE(GOOD "\x40\x01", BERT_OK, "an unknown field is skipped"),
        CASE("\x08\x01\x12\x00\x28\x04", BERT_OK, "a scalar"),
        CASE("\x08\x01\x12\x02\x12\x00", BERT_OK, "a dimension of 0"),
        CASE("\x08\x07\x12\x04\x12\x02\x08\x02\x28\x09", BERT_OK, "strings are of any size"),
        CASE("\x08\xe7\x07\x28\x09", BERT_OK, "a type of the future is listed"),
        CASE("\x12\x00\x28\x04", BERT_FORMAT, "no dtype"),
        CASE(GOOD "\x08\x01", BERT_FORMAT, "field 1 is of another type or there twice"),
        CASE("\x08\x01\x12\x00\x12\x00", BERT_FORMAT, "field 2 is of another type or there twice"),
        CASE("\x0a\x00", BERT_FORMAT, "field 1 is of another type"),
        CASE("\x08\x01\x12\x05", BERT_FORMAT, "longer than what is left"),
        CASE("\x08\x01\x12" MOST, BERT_FORMAT, "longer than what is left"),
        CASE("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", BERT_FORMAT, "number is broken"),
        CASE("\x08\x81\x00", BERT_FORMAT, "number is broken"), // longer than it must be
        CASE("\x08\x01\x35\x01", BERT_FORMAT, "cut short"),
        CASE("\x08\x01\x0b", BERT_FORMAT, "no field has this type"),
        CASE("\x08\x01\x00", BERT_FORMAT, "no field has this number"),
        CASE("\x08\x01\x80\x80\x80\x80\x80\x01\x01", BERT_FORMAT, "no field has this number"),
        CASE("\x08\x01\x12\x04\x12\x02\x08\x02\x28\x07", BERT_FORMAT, "7 bytes of data"),
        CASE("\x08\x01\x12\x04\x12\x02\x08\x02", BERT_FORMAT, "0 bytes of data"),
        CASE("\x08\x01\x12\x0d\x12\x0b\x08" MOST "\x28\x08", BERT_FORMAT, "negative"),
        CASE("\x08\x01\x12\x18\x12\x0a\x08" HALF "\x12\x0a\x08" HALF, BERT_FORMAT, "64 bits"),
        CASE("\x08\x01\x12\x0c\x12\x0a\x08" HALF, BERT_FORMAT, "bytes of data"), // 4 x wraps to 0
        CASE("\x08\x01\x12\x02\x18\x01", BERT_FORMAT, "unknown rank"),
        CASE("\x08\x01\x12\x12\x12\0\x12\0\x12\0\x12\0\x12\0\x12\0\x12\0\x12\0\x12\0",
             BERT_UNSUPPORTED, "more than 8 dimensions"),
        CASE("\x08\x01\x12\x00\x28\x04\x18\x01", BERT_FORMAT, "of file 1, of 1 files"),
        CASE("\x08\x01\x12\x00\x28\x04\x18" MOST, BERT_FORMAT, "of file -1"),
        CASE("\x08\x01\x12\x00\x28\x04\x20" MOST, BERT_FORMAT, "byte -1"),
        CASE("\x08\x07\x28" MOST, BERT_FORMAT, "data lie at"),
        CASE(GOOD "\x3a\x00", BERT_UNSUPPORTED, "partitioned"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        want_entry(BYTES(HEADER), cases[i].entry, cases[i].status, cases[i].what);
    }
}

// ----------------------------------------------------------------------------------------- tables

static void keys(void **state)
{
    (void)state;
    static const struct {
        const char *second; // after "w", sharing nothing
        const char *what;
    } cases[] = {{"w", "does not follow"},
                 {"v", "does not follow"},
                 {"", "does not follow"},
                 {"x\n", "printable"},
                 {"x\xc3\xa9", "printable"}};
    struct buf block;
    buf_init(&block);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&block);
        add_tensor(&block, "", BYTES(HEADER));
        add_tensor(&block, "w", BYTES(GOOD));
        add_tensor(&block, cases[i].second, BYTES(GOOD));
        table_restart(&block);
        want_block_error(&block, 0, BERT_FORMAT, cases[i].what);
    }
    static const struct {
        size_t shared, key, value;
        const char *what;
    } claims[] = {
        {1, 1, 0, "shares more bytes"},        {0, 2, 0, "longer than what is left"},
        {0, 1, 1, "longer than what is left"}, {0, SIZE_MAX, 1, "longer than what is left"},
        {0, 1, SIZE_MAX, "longer than what"},  {SIZE_MAX, 1, 0, "shares more bytes"},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        buf_clear(&block);
        add_tensor(&block, "", BYTES(HEADER));
        table_varint(&block, claims[i].shared);
        table_varint(&block, claims[i].key);
        table_varint(&block, claims[i].value);
        buf_byte(&block, 'w');
        table_restart(&block);
        want_block_error(&block, 0, BERT_FORMAT, claims[i].what);
    }
    char longest[SSTABLE_KEY_MOST + 2];
    memset(longest, 'w', sizeof longest);
    longest[sizeof longest - 1] = 0;
    buf_clear(&block);
    add_tensor(&block, "", BYTES(HEADER));
    add_tensor(&block, longest, BYTES(GOOD));
    table_restart(&block);
    want_block_error(&block, 0, BERT_FORMAT, "more than 1024 bytes");
    buf_release(&block);
}

static void restarts(void **state)
{
    (void)state;
    static const struct {
        uint32_t list[3];
        size_t n; // of them written; the last is the count
        const char *what;
    } cases[] = {
        {{0, 0}, 2, "no list of restarts"},          {{0, 0xFFFFFFFF}, 2, "no list of restarts"},
        {{0, 0x40000000}, 2, "no list of restarts"}, // 4 x wraps to 0
        {{0, 20}, 2, "no list of restarts"},         {{1, 1}, 2, "not the block's begin"},
        {{0, 5, 2}, 3, "at no entry's begin"},       {{0, 0, 2}, 3, "at no entry's begin"},
    };
    struct buf block;
    buf_init(&block);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buf_clear(&block);
        add_tensor(&block, "", BYTES(HEADER));
        add_tensor(&block, "w", BYTES(GOOD));
        buf_add(&block, cases[i].list, 4 * cases[i].n);
        want_block_error(&block, 0, BERT_FORMAT, cases[i].what);
    }
    buf_clear(&block);
    add_tensor(&block, "", BYTES(HEADER));
    table_restart(&block);
    want_block_error(&block, 1, BERT_UNSUPPORTED, "snappy");
    want_block_error(&block, 2, BERT_FORMAT, "unknown type");
    block.len = 7;
    want_block_error(&block, 0, BERT_FORMAT, "no list of restarts");
    buf_release(&block);
}

// Files of good blocks in wrong places.
static void places(void **state)
{
    (void)state;
    struct buf data, file;
    buf_init(&data);
    buf_init(&file);
    add_tensor(&data, "", BYTES(HEADER));
    table_restart(&data);
    table_file(&file, data.data, data.len, 0);
    assert_int_equal(read_index(file.data, file.len, NULL, NULL), BERT_OK);
    const size_t meta = data.len + 5, footer = file.len - 48, index = meta + 8 + 5;
    static const struct {
        int meta, meta_size, index, index_size; // added to what is right
        const char *what;
    } cases[] = {
        {1, 0, 0, 0, "a block begins at"},
        {0, 1, 0, 0, "checksum"},
        {0, 0, 1000, 0, "beyond the file"},
        {0, 0, -1, 0, "checksum"},
        {0, 0, 0, -1, "checksum"},
        {0, 0, 0, 1, "longer than what is left"},
        {0, 0, 0, 1 << 30, "longer than what is left"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        file.len = footer;
        table_footer(
            &file,
            (struct table_place){meta + (size_t)cases[i].meta, 8 + (size_t)cases[i].meta_size},
            (struct table_place){index + (size_t)cases[i].index,
                                 footer - 5 - index + (size_t)cases[i].index_size});
        want_error(&file, BERT_FORMAT, cases[i].what);
    }
    file.len = footer;
    table_footer(&file, (struct table_place){meta, 8},
                 (struct table_place){index, footer - 5 - index});
    file.data[footer + 39] = 1;
    want_error(&file, BERT_FORMAT, "padding");
    memset(file.data + footer, 0x80, 40);
    want_error(&file, BERT_FORMAT, "footer does not name");
    buf_release(&data);
    buf_release(&file);
}

static void many_tensors(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct buf block, file;
    buf_init(&block);
    buf_init(&file);
    add_tensor(&block, "", BYTES(HEADER));
    for (int i = 0; i < N; i++) {
        char name[32];
        snprintf(name, sizeof name, "layer.%05d", i);
        const size_t shared = i ? 6 : 0; // as far as all of them agree
        table_entry(&block, shared, name + shared, strlen(name) - shared, GOOD, sizeof GOOD - 1);
    }
    table_restart(&block);
    table_file(&file, block.data, block.len, 0);
    size_t count;
    bert_error err = {0};
    if (read_index(file.data, file.len, &count, &err)) fail_msg("%s", err.message);
    assert_int_equal(count, N);
    buf_release(&block);
    buf_release(&file);
}

// ------------------------------------------------------------------------------------------ damage

static const char *const real[] = {FILES "types.index", FILES "two.index",
                                   "tests/model/google/uncased_L-2_H-8_A-2/bert_model.ckpt.index"};

static void every_cut(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof real / sizeof *real; k++) {
        struct os_file file;
        assert_int_equal(os_file_open(&file, real[k], true, NULL), BERT_OK);
        assert_int_equal(read_index(file.data, file.size, NULL, NULL), BERT_OK);
        for (size_t n = 0; n < file.size; n++) {
            bert_error err = {0};
            assert_int_equal(read_index(file.data, n, NULL, &err), BERT_FORMAT);
            assert_non_null(strstr(err.message, "cut short"));
            assert_int_not_equal(read_index(file.data + n + 1, file.size - n - 1, NULL, &err), 0);
        }
        os_file_close(&file);
    }
}

// Every bit of an index is covered by a rule.
static void every_flip(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct os_file file;
        assert_int_equal(os_file_open(&file, real[k], true, NULL), BERT_OK);
        unsigned char *bytes = (unsigned char *)file.data; // ours: a copy
        for (size_t i = 0; i < 8 * file.size; i++) {
            bert_error err = {0};
            bytes[i / 8] ^= (unsigned char)(1 << i % 8);
            if (!read_index(bytes, file.size, NULL, &err)) fail_msg("bit %zu of %s", i, real[k]);
            assert_int_equal(strncmp(err.message, "dir/m.index: ", 13), 0);
            bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        }
        os_file_close(&file);
    }
}

// A copy of types.* in a folder, its data changed by the caller.
static void copy_types(const char *folder, size_t data_size, size_t flip)
{
    struct os_file file;
    assert_int_equal(os_file_open(&file, FILES "types.index", false, NULL), BERT_OK);
    check_write(folder, "t.index", file.data, file.size);
    os_file_close(&file);
    assert_int_equal(os_file_open(&file, FILES "types.data-00000-of-00001", true, NULL), BERT_OK);
    assert_true(data_size <= file.size);
    if (flip < file.size) ((unsigned char *)file.data)[flip] ^= 0x10;
    check_write(folder, "t.data-00000-of-00001", file.data, data_size);
    os_file_close(&file);
}

enum { TYPES_DATA = 279, STRING_AT = 164 }; // bytes of data; 15 of them from there have no checksum

static void damaged_data(void **state)
{
    (void)state;
    char folder[256], path[300];
    check_folder_make(folder);
    snprintf(path, sizeof path, "%s/t", folder);
    for (size_t i = 0; i < TYPES_DATA; i++) {
        copy_types(folder, TYPES_DATA, i);
        struct ckpt *c = open_file(path, i % 2);
        size_t wrong = 0;
        for (size_t k = 0; k < ckpt_count(c); k++) {
            const struct ckpt_tensor *t = ckpt_at(c, k);
            bert_error err = {0};
            if (!ckpt_check(c, t, &err)) continue;
            wrong++;
            assert_int_equal(err.status, BERT_FORMAT);
            assert_non_null(strstr(err.message, t->name));
            assert_non_null(strstr(err.message, "checksum"));
        }
        const bool listed = i < STRING_AT - 8 || i >= STRING_AT + 15; // complex64 and string: not
        assert_int_equal(wrong, listed);
        ckpt_close(c);
    }
    for (size_t n = 0; n < TYPES_DATA; n++) {
        copy_types(folder, n, SIZE_MAX);
        bert_error err = {0};
        assert_null(ckpt_open(path, n % 2, &err));
        assert_int_equal(err.status, BERT_FORMAT);
        assert_non_null(strstr(err.message, "cut short"));
        assert_non_null(strstr(err.message, "tensor '"));
    }
    snprintf(path, sizeof path, "%s/t.data-00000-of-00001", folder);
    remove(path);
    bert_error err = {0};
    snprintf(path, sizeof path, "%s/t", folder);
    assert_null(ckpt_open(path, false, &err));
    assert_int_equal(err.status, BERT_IO);
    assert_non_null(strstr(err.message, "t.data-00000-of-00001"));
    check_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),   cmocka_unit_test(two_shards_by_prefix),
        cmocka_unit_test(adams_slots),  cmocka_unit_test(slices_are_refused),
        cmocka_unit_test(checksums),    cmocka_unit_test(headers),
        cmocka_unit_test(entries),      cmocka_unit_test(keys),
        cmocka_unit_test(restarts),     cmocka_unit_test(places),
        cmocka_unit_test(many_tensors), cmocka_unit_test(every_cut),
        cmocka_unit_test(every_flip),   cmocka_unit_test(damaged_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
