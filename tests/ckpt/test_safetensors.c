// test_safetensors.c: good files give their tensors; every rule of the format, broken once, gives
// one sentence that names the file and the tensor; cut and flipped files never crash (run it under
// the sanitizers). Files are made in memory; ckpt_open is tested over a temporary folder.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/half.h"
#include "ckpt/ckpt.h"
#include "ckpt/safetensors.h"

#include <cmocka.h>

// A file of this header and n bytes of data 0, 1, 2, …
static struct buf make(const char *header, size_t n)
{
    struct buf file;
    buf_init(&file);
    const uint64_t length = strlen(header);
    buf_add(&file, &length, sizeof length);
    buf_text(&file, header);
    for (size_t i = 0; i < n; i++) buf_byte(&file, (char)i);
    assert_false(file.failed);
    return file;
}

// Reads a copy that ends where the heap block ends, so that the sanitizer sees one byte too many.
static bert_status read_bytes(struct ckpt_list *list, const char *bytes, size_t size,
                              unsigned char **copy, bert_error *err)
{
    *list = (struct ckpt_list){0};
    *copy = malloc(size ? size : 1);
    if (size) memcpy(*copy, bytes, size);
    return safetensors_read(list, *copy, size, "dir/m.safetensors", err);
}

// Whether the file is good; frees everything.
static bool good(const char *bytes, size_t size, bert_error *err)
{
    struct ckpt_list list;
    unsigned char *copy;
    const bert_status status = read_bytes(&list, bytes, size, &copy, err);
    ckpt_list_release(&list);
    free(copy);
    return status == BERT_OK;
}

static void want_good(const char *header, size_t data)
{
    struct buf file = make(header, data);
    bert_error err = {0};
    if (!good(file.data, file.len, &err)) fail_msg("%s: %s", header, err.message);
    buf_release(&file);
}

static void want_error(const char *header, size_t data, bert_status status, const char *tensor,
                       const char *what)
{
    struct buf file = make(header, data);
    bert_error err = {0};
    assert_false(good(file.data, file.len, &err));
    assert_false(good(file.data, file.len, NULL));
    if (err.status != status) fail_msg("status %d: %s", err.status, err.message);
    if (strncmp(err.message, "dir/m.safetensors: ", 19) != 0) fail_msg("no path: %s", err.message);
    char named[64];
    snprintf(named, sizeof named, "tensor '%s'", tensor ? tensor : "");
    if (tensor && !strstr(err.message, named)) fail_msg("want %s in: %s", named, err.message);
    if (!strstr(err.message, what)) fail_msg("want '%s' in: %s", what, err.message);
    buf_release(&file);
}

// ------------------------------------------------------------------------------------ good files

#define ENTRY(name, dtype, shape, from, to)                                                        \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" from "," to "]" \
    "}"

// clang-format off
static const char all_types[] =
    "{\"__metadata__\":{\"format\":\"pt\",\"x\":\"\\u00e9\\n\"},"
    ENTRY("a", "F32", "[2,1]", "0", "8") "," ENTRY("b", "F16", "[2]", "8", "12") ","
    ENTRY("c", "BF16", "[1,2]", "12", "16") "," ENTRY("d", "F64", "[]", "16", "24") ","
    ENTRY("e", "I8", "[3]", "24", "27") "," ENTRY("f", "U8", "[0,5]", "27", "27") ","
    ENTRY("g", "I16", "[1]", "27", "29") "," ENTRY("h", "U16", "[1]", "29", "31") ","
    ENTRY("i", "I32", "[1]", "31", "35") "," ENTRY("j", "U32", "[1]", "35", "39") ","
    ENTRY("k", "I64", "[1]", "39", "47") "," ENTRY("l", "U64", "[1]", "47", "55") ","
    ENTRY("m", "BOOL", "[1]", "55", "56") "," ENTRY("n", "F8_E4M3", "[2]", "56", "58") ","
    ENTRY("o", "F4", "[2,3]", "58", "61") "," ENTRY("p", "C64", "[1]", "61", "69") "}   ";
// clang-format on
enum { ALL_DATA = 69 };

static void every_type(void **state)
{
    (void)state;
    static const enum ckpt_dtype dtypes[] = {
        CKPT_F32, CKPT_F16, CKPT_BF16, CKPT_F64, CKPT_I8,   CKPT_U8,    CKPT_I16,   CKPT_U16,
        CKPT_I32, CKPT_U32, CKPT_I64,  CKPT_U64, CKPT_BOOL, CKPT_OTHER, CKPT_OTHER, CKPT_OTHER};
    struct buf file = make(all_types, ALL_DATA);
    struct ckpt_list list;
    unsigned char *copy;
    bert_error err = {0};
    assert_int_equal(read_bytes(&list, file.data, file.len, &copy, &err), BERT_OK);
    assert_int_equal(list.count, 16);
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        const struct ckpt_tensor *t = &list.tensors[i];
        assert_int_equal(t->name[0], 'a' + (int)i);
        assert_int_equal(t->dtype, dtypes[i]);
        assert_ptr_equal(t->data, copy + 8 + sizeof all_types - 1 + at);
        if (t->dtype != CKPT_OTHER)
            assert_int_equal(t->bytes, t->count * ckpt_dtype_size(t->dtype));
        at += t->bytes;
    }
    assert_int_equal(at, ALL_DATA);
    assert_int_equal(list.tensors[0].n_dims, 2);
    assert_int_equal(list.tensors[0].dims[0], 2);
    assert_int_equal(list.tensors[3].n_dims, 0); // a scalar has one element
    assert_int_equal(list.tensors[3].count, 1);
    assert_int_equal(list.tensors[5].count, 0);
    assert_int_equal(list.tensors[14].bytes, 3); // six halves of a byte
    ckpt_list_release(&list);
    free(copy);
    buf_release(&file);
}

static void legal_oddities(void **state)
{
    (void)state;
    want_good("{}", 0);
    want_good("{ } \n\t\r ", 0);
    want_good("{\"__metadata__\":{}}", 0);
    want_good("{" ENTRY("", "U8", "[1]", "0", "1") "}", 1); // an empty name
    want_good("{" ENTRY("b", "U8", "[1]", "1", "2") "," ENTRY("a", "U8", "[1]", "0", "1") "}", 2);
    want_good("{" ENTRY("a", "U8", "[0]", "0", "0") "," ENTRY("b", "U8", "[1]", "0", "1") "," ENTRY(
                  "c", "U8", "[0,9]", "1", "1") "," ENTRY("d", "F32", "[0]", "1", "1") "}",
              1);
    want_good("{" ENTRY("\\u00e9\\ud83d\\ude00\\\"", "U8", "[1]", "0", "1") "}", 1);
    want_good(
        "{\"a\" : { \"shape\" : [ 1 , 2 ] , \"data_offsets\" : [ 0 , 2 ] , \"dtype\" : \"I8\" } }",
        2);
    want_good("{" ENTRY("a", "U8", "[1,1,1,1,1,1,1,2]", "0", "2") "}", 2); // CKPT_DIMS
}

// ----------------------------------------------------------------------------------- broken rules

static void broken_json(void **state)
{
    (void)state;
    static const struct {
        const char *header, *what;
    } cases[] = {
        {"", "'{'"},
        {" {}", "'{'"},
        {"[]", "'{'"},
        {"{", "want a string"},
        {"{}x", "more behind the header's end"},
        {"{}{}", "more behind the header's end"},
        {"{\"a\"}", "want ':'"},
        {"{\"a\":{},}", "missing"},
        {"{,}", "want a string"},
        {"{a:1}", "want a string"},
        {"{\"a\":1}", "want '{'"},
        {"{\"a\":[[[[[[[[[[", "want '{'"},
        {"{\"a", "without an end"},
        {"{\"\xff\":{}}", "UTF-8"},
        {"{\"\xc0\x80\":{}}", "UTF-8"},
        {"{\"\xed\xa0\x80\":{}}", "UTF-8"},
        {"{\"\xf4\x90\x80\x80\":{}}", "UTF-8"},
        {"{\"\xe2\x82", "UTF-8"},
        {"{\"a\nb\":{}}", "control character"},
        {"{\"\\x\":{}}", "escape"},
        {"{\"\\u12g4\":{}}", "hexadecimal"},
        {"{\"\\ud800\":{}}", "surrogate"},
        {"{\"\\ud800\\u0041\":{}}", "surrogate"},
        {"{\"\\udc00\":{}}", "surrogate"},
        {"{\"a\\u0000b\":{}}", "U+0000"},
        {"{\"__metadata__\":[]}", "want '{'"},
        {"{\"__metadata__\":{\"a\":1}}", "want a string"},
        {"{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", "want a string"},
        {"{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", "key 'a' is there twice"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", "__metadata__ is there twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        want_error(cases[i].header, 0, BERT_FORMAT, NULL, cases[i].what);
    }
}

#define ONE(fields) "{\"w.x\":{" fields "}}"
#define DTYPE "\"dtype\":\"F32\""
#define SHAPE "\"shape\":[2]"
#define PLACE "\"data_offsets\":[0,8]"

static void broken_entries(void **state)
{
    (void)state;
    static const struct {
        const char *header, *what;
    } cases[] = {
        {ONE(""), "dtype is missing"},
        {ONE(SHAPE "," PLACE), "dtype is missing"},
        {ONE(DTYPE "," PLACE), "shape is missing"},
        {ONE(DTYPE "," SHAPE), "data_offsets is missing"},
        {ONE(DTYPE "," SHAPE "," PLACE "," SHAPE), "'shape' is unknown or there twice"},
        {ONE(DTYPE "," DTYPE "," SHAPE "," PLACE), "'dtype' is unknown or there twice"},
        {ONE(DTYPE "," SHAPE "," PLACE "," PLACE), "'data_offsets' is unknown or there twice"},
        {ONE(DTYPE "," SHAPE "," PLACE ",\"extra\":1"), "'extra' is unknown"},
        {ONE("\"dtype\":\"F99\"," SHAPE "," PLACE), "dtype 'F99' is unknown"},
        {ONE("\"dtype\":\"\"," SHAPE "," PLACE), "empty dtype"},
        {ONE("\"dtype\":\"another\"," SHAPE "," PLACE), "dtype 'another' is unknown"},
        {ONE("\"dtype\":7," SHAPE "," PLACE), "want a string"},
        {ONE(DTYPE ",\"shape\":2," PLACE), "want '['"},
        {ONE(DTYPE ",\"shape\":[-1]," PLACE), "whole number"},
        {ONE(DTYPE ",\"shape\":[2.0]," PLACE), "not written whole"},
        {ONE(DTYPE ",\"shape\":[2e0]," PLACE), "not written whole"},
        {ONE(DTYPE ",\"shape\":[02]," PLACE), "leading zero"},
        {ONE(DTYPE ",\"shape\":[\"2\"]," PLACE), "whole number"},
        {ONE(DTYPE ",\"shape\":[2,]," PLACE), "whole number"},
        {ONE(DTYPE ",\"shape\":[2 2]," PLACE), "want ',' or ']'"},
        {ONE(DTYPE ",\"shape\":[18446744073709551616]," PLACE), "beyond 64 bits"},
        {ONE(DTYPE ",\"shape\":[18446744073709551615]," PLACE), "exceeds 64 bits"},
        {ONE(DTYPE ",\"shape\":[9223372036854775808,2]," PLACE), "exceeds 64 bits"},
        {ONE(DTYPE ",\"shape\":[9223372036854775808,2,0]," PLACE), "exceeds 64 bits"},
        {ONE(DTYPE ",\"shape\":[4294967296,4294967296]," PLACE), "exceeds 64 bits"},
        {ONE(DTYPE ",\"shape\":[576460752303423488]," PLACE), "exceeds 64 bits"}, // 2^59 x 32
        {ONE("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,8]"), "do not fill whole bytes"},
        {ONE("\"dtype\":\"F6_E2M3\",\"shape\":[2],\"data_offsets\":[0,8]"), "whole bytes"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[0]"), "1 data_offsets, want 2"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[]"), "0 data_offsets, want 2"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[0,8,8]"), "3 data_offsets, want 2"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[8,0]"), "end at 0 before they begin at 8"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[0,7]"), "give it 7 bytes, its shape and dtype 8"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[0,9]"), "give it 9 bytes, its shape and dtype 8"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[1,9]"),
         "begin at 1, but those before them end at 0"},
        {ONE(DTYPE "," SHAPE ",\"data_offsets\":[18446744073709551608,18446744073709551615]"),
         "give it 7 bytes"},
        {ONE(DTYPE ",\"shape\":[3],\"data_offsets\":[0,12]"), "the file is cut short"},
        {ONE(DTYPE ",\"shape\":[288230376151711743],\"data_offsets\":[0,1152921504606846972]"),
         "the file is cut short"}, // nearly 2^60 bytes
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        want_error(cases[i].header, 8, BERT_FORMAT, "w.x", cases[i].what);
    }
    want_error(ONE(DTYPE ",\"shape\":[1,1,1,1,1,1,1,1,1]," PLACE), 8, BERT_UNSUPPORTED, "w.x",
               "more than 8 dimensions");
}

static void broken_layout(void **state)
{
    (void)state;
    want_error("{}", 1, BERT_FORMAT, NULL, "1 bytes behind the last tensor's data");
    want_error("{" ENTRY("a", "U8", "[4]", "0", "4") "}", 5, BERT_FORMAT, NULL, "1 bytes behind");
    want_error("{" ENTRY("a", "U8", "[4]", "0", "4") "," ENTRY("b", "U8", "[4]", "5", "9") "}", 9,
               BERT_FORMAT, "b", "begin at 5, but those before them end at 4"); // a hole
    want_error("{" ENTRY("a", "U8", "[4]", "0", "4") "," ENTRY("b", "U8", "[4]", "3", "7") "}", 7,
               BERT_FORMAT, "b", "begin at 3, but those before them end at 4"); // an overlap
    want_error("{" ENTRY("a", "U8", "[4]", "0", "4") "," ENTRY("b", "U8", "[4]", "0", "4") "}", 4,
               BERT_FORMAT, "b", "begin at 0"); // one place for two
    want_error("{" ENTRY("a", "U8", "[1]", "0", "1") "," ENTRY("a", "U8", "[1]", "1", "2") "}", 2,
               BERT_FORMAT, "a", "there twice");
    want_error(
        "{" ENTRY("a", "U8", "[1]", "0", "1") "," ENTRY("\\u0061", "U8", "[1]", "1", "2") "}", 2,
        BERT_FORMAT, "a", "there twice"); // the same name, escaped
}

static void long_names_are_cut(void **state)
{
    (void)state;
    struct buf header;
    buf_init(&header);
    buf_text(&header, "{\"");
    for (int i = 0; i < 5000; i++) buf_text(&header, i % 7 ? "é" : "\\u001b");
    buf_text(&header, "\":{}}");
    buf_byte(&header, 0);
    struct buf file = make(header.data, 0);
    bert_error err = {0};
    assert_false(good(file.data, file.len, &err));
    assert_non_null(strstr(err.message, "é…': its dtype is missing"));
    assert_true(strlen(err.message) < 200);
    assert_null(strchr(err.message, 0x1B));
    buf_release(&file);
    buf_release(&header);
}

// ------------------------------------------------------------------------------------------ damage

static void claims(void **state)
{
    (void)state;
    static const struct {
        uint64_t length;
        const char *what;
    } cases[] = {
        {100000000, "a header of 100000000 bytes, but the file ends after 2"},
        {100000001, "limit is 100000000"},
        {(uint64_t)1 << 63, "limit is 100000000"},
        {UINT64_MAX, "limit is 100000000"},
        {UINT64_MAX - 7, "limit is 100000000"}, // 8 + n wraps to 0
        {3, "a header of 3 bytes, but the file ends after 2"},
        {1, "want a string"}, // only "{"
        {0, "does not begin with '{'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char file[10] = "........{}";
        memcpy(file, &cases[i].length, 8);
        bert_error err = {0};
        assert_false(good(file, sizeof file, &err));
        assert_int_equal(err.status, BERT_FORMAT);
        if (!strstr(err.message, cases[i].what)) fail_msg("%s", err.message);
    }
}

static void every_cut(void **state)
{
    (void)state;
    struct buf file = make(all_types, ALL_DATA);
    for (size_t n = 0; n < file.len; n++) {
        bert_error err = {0};
        assert_false(good(file.data, n, &err));
        assert_int_equal(err.status, BERT_FORMAT);
        assert_non_null(strstr(err.message, "dir/m.safetensors: "));
    }
    // The same, with a length that fits what is left of the header.
    for (uint64_t n = 1; n < strlen(all_types) - 3; n++) {
        memcpy(file.data, &n, 8);
        bert_error err = {0};
        assert_false(good(file.data, 8 + n, &err));
        assert_int_equal(err.status, BERT_FORMAT);
    }
    buf_release(&file);
}

// Some flips leave a good file (a letter of a name); none reads where it should not.
static void every_flip(void **state)
{
    (void)state;
    struct buf file = make(all_types, ALL_DATA);
    size_t accepted = 0;
    for (size_t i = 0; i < 8 * (8 + strlen(all_types)); i++) {
        file.data[i / 8] ^= (char)(1 << i % 8);
        bert_error err = {0};
        if (good(file.data, file.len, &err))
            accepted++;
        else
            assert_non_null(strstr(err.message, "dir/m.safetensors: "));
        file.data[i / 8] ^= (char)(1 << i % 8);
    }
    assert_true(good(file.data, file.len, NULL));
    assert_true(accepted > 0 && accepted < strlen(all_types));
    buf_release(&file);
}

static void many_tensors(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct buf header;
    buf_init(&header);
    for (int i = 0; i < N; i++) {
        buf_print(&header,
                  "%c\"layer.%d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
                  i ? ',' : '{', (int)(i * 7919ll % N), i, i + 1);
    }
    buf_text(&header, "}");
    buf_byte(&header, 0);
    struct buf file = make(header.data, N);
    struct ckpt_list list;
    unsigned char *copy;
    assert_int_equal(read_bytes(&list, file.data, file.len, &copy, NULL), BERT_OK);
    assert_int_equal(list.count, N);
    assert_string_equal(list.tensors[1].name, "layer.7919");
    for (size_t i = 1; i < N; i++) {
        assert_true(strcmp(list.by_name[i - 1]->name, list.by_name[i]->name) < 0);
    }
    ckpt_list_release(&list);
    free(copy);
    buf_release(&file);
    buf_release(&header);
}

// -------------------------------------------------------------------------------------- on a disk

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void open_and_find(void **state)
{
    const char *path = *state;
    struct buf file = make(all_types, ALL_DATA);
    write_file(path, file.data, file.len);
    for (int copy = 0; copy < 2; copy++) {
        bert_error err = {0};
        struct ckpt *c = ckpt_open(path, copy, &err);
        if (!c) fail_msg("%s", err.message);
        assert_string_equal(ckpt_path(c), path);
        assert_string_equal(ckpt_format(c), "safetensors");
        assert_int_equal(ckpt_count(c), 16);
        for (size_t i = 0; i < 16; i++) {
            assert_ptr_equal(ckpt_find(c, ckpt_at(c, i)->name), ckpt_at(c, i));
        }
        assert_null(ckpt_find(c, ""));
        assert_null(ckpt_find(c, "aa"));
        assert_null(ckpt_find(c, "__metadata__"));
        assert_int_equal(ckpt_find(c, "e")->data[1], 25);
        ckpt_close(c);
    }
    ckpt_close(NULL);
    buf_release(&file);
}

static void to_float(void **state)
{
    (void)state;
    static const float values[] = {0, -1.5f, 65504, 0x1p-24f};
    uint16_t f16[4], bf16[4];
    double f64[4];
    for (int i = 0; i < 4; i++) {
        f16[i] = half_to_f16(values[i]);
        bf16[i] = half_to_bf16(values[i]);
        f64[i] = values[i];
    }
    const struct {
        enum ckpt_dtype dtype;
        const void *data;
        float most; // relative error
    } cases[] = {
        {CKPT_F32, values, 0}, {CKPT_F16, f16, 0}, {CKPT_BF16, bf16, 0x1p-8f}, {CKPT_F64, f64, 0}};
    for (int c = 0; c < 4; c++) {
        unsigned char odd[1 + sizeof f64]; // any alignment
        const size_t bytes = 4 * ckpt_dtype_size(cases[c].dtype);
        memcpy(odd + 1, cases[c].data, bytes);
        const struct ckpt_tensor t = {
            .dtype = cases[c].dtype, .count = 4, .data = odd + 1, .bytes = bytes};
        float out[4];
        assert_true(ckpt_is_float(t.dtype));
        ckpt_to_float(&t, out);
        for (int i = 0; i < 4; i++) {
            assert_true(fabsf(out[i] - values[i]) <= cases[c].most * fabsf(values[i]));
        }
    }
    assert_false(ckpt_is_float(CKPT_I8) || ckpt_is_float(CKPT_OTHER));
}

// Formats that are known and not read, and what is none.
static void other_formats(void **state)
{
    const char *path = *state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *what, *remedy;
    } cases[] = {
        {"PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377\377\0\0x", 31, "zip archive",
         "unpack"},
        {"PK\3\4", 4, "zip archive", "unpack"},
        {"PK\3\4 x/constants.pkl", 20, "TorchScript", "pytorch_model.bin"},
        {"\200\2\212\n", 4, "pickle", "save_file"},
        {"................................................\x57\xfb\x80\x8b\x24\x75\x47\xdb", 56,
         "TensorFlow", ".index"},
        {"\x89HDF\r\n\x1a\n", 8, "HDF5", "from_tf"},
        {"\x82\xaa" "embeddings", 12, "Flax", "from_flax"},
        {"\x08\x01\x12\xb5\x04", 5, "SavedModel", "bert pull"},
        {"GGUF\3\0\0\0", 8, "GGUF", "safetensors"},
        {"\x08\x07\x12\x07pytorch", 11, "ONNX", "safetensors"},
        {"version https://git-lfs.github.com/spec/v1\n", 43, "Git LFS", "git lfs pull"},
        {"{\"model_type\": 1}", 17, "JSON", "index.json"},
        {"hello", 5, "known format", "safetensors"},
        {"", 0, "known format", "safetensors"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(path, cases[i].bytes, cases[i].n);
        bert_error err = {0};
        assert_null(ckpt_open(path, i % 2, &err));
        assert_int_equal(err.status, BERT_UNSUPPORTED);
        if (strncmp(err.message, path, strlen(path)) != 0 || !strstr(err.message, cases[i].what) ||
            !strstr(err.message, cases[i].remedy)) {
            fail_msg("%zu: %s", i, err.message);
        }
    }
    write_file(path, "\x00\xe1\xf5\x05\0\0\0\0{}", 10); // claims 100,000,000: still says what it is
    bert_error err = {0};
    assert_null(ckpt_open(path, true, &err));
    assert_int_equal(err.status, BERT_FORMAT);
    unlink(path);
    assert_null(ckpt_open(path, true, &err));
    assert_int_equal(err.status, BERT_IO);
}

// By its name it is one, so its reader speaks.
static void named_safetensors(void **state)
{
    char path[256];
    snprintf(path, sizeof path, "%s.safetensors", (const char *)*state);
    write_file(path, "hello", 5);
    bert_error err = {0};
    assert_null(ckpt_open(path, false, &err));
    assert_int_equal(err.status, BERT_FORMAT);
    assert_non_null(strstr(err.message, "5 bytes; a safetensors file has at least 8"));
    unlink(path);
}

static char folder[] = "/tmp/bert-ckpt-XXXXXX", file_path[64];

static int make_folder(void **state)
{
    if (!mkdtemp(folder)) return -1;
    snprintf(file_path, sizeof file_path, "%s/model", folder);
    *state = file_path;
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(file_path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),    cmocka_unit_test(legal_oddities),
        cmocka_unit_test(broken_json),   cmocka_unit_test(broken_entries),
        cmocka_unit_test(broken_layout), cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(claims),        cmocka_unit_test(every_cut),
        cmocka_unit_test(every_flip),    cmocka_unit_test(many_tensors),
        cmocka_unit_test(open_and_find), cmocka_unit_test(to_float),
        cmocka_unit_test(other_formats), cmocka_unit_test(named_safetensors),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
