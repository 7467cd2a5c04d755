// test_quantized.c: vectors as bytes and bits. What is wanted was computed by hand from the
// definitions in quantized.h, and agrees with quantize_embeddings of sentence-transformers 6.2
// (tools/compare_sentence_transformers.py compares many more).
#include "support/check.h"

#include <math.h>

#include "record/npy.h"
#include "record/npz.h"
#include "record/quantized.h"

static char folder[256];

// An .npy file of [rows, cols] float32 in `folder`.
static const char *write_npy(char path[300], const char *name, const float *values, size_t rows,
                             size_t cols)
{
    char file[NPY_HEADER + 400];
    npy_header(file, "<f4", rows, cols);
    memcpy(file + NPY_HEADER, values, rows * cols * sizeof *values);
    check_write(folder, name, file, NPY_HEADER + rows * cols * sizeof *values);
    snprintf(path, 300, "%.200s/%s", folder, name);
    return path;
}

static void assert_list(enum precision p, const char *ranges, const float *row, size_t cols,
                        const char *want)
{
    struct quantizer q;
    bert_error err = {0};
    if (quantizer_init(&q, p, cols, ranges, &err)) fail_msg("%s", err.message);
    struct buf list, bytes;
    buf_init(&list);
    buf_init(&bytes);
    quantized_list(&list, &q, row);
    buf_byte(&list, 0);
    assert_string_equal(list.data, want);
    quantized_bytes(&bytes, &q, row);
    assert_int_equal(bytes.len, precision_width(p, cols));
    const bool is_signed = precision_descr(p)[1] == 'i';
    const char *at = list.data;
    for (size_t i = 0; i < bytes.len; i++) {
        const int x = is_signed ? (signed char)bytes.data[i] : (unsigned char)bytes.data[i];
        assert_int_equal(x, strtol(at + 1, (char **)&at, 10));
    }
    buf_release(&list);
    buf_release(&bytes);
    quantizer_release(&q);
}

static void bits(void **state)
{
    (void)state;
    static const float row[] = {1, -1, 0, -0.0f, 1e-45f, NAN, 2, 3, -5, 0.5f};
    assert_list(PRECISION_UBINARY, NULL, row, 10, "[139,64]"); // 10001011 01......
    assert_list(PRECISION_BINARY, NULL, row, 10, "[11,-64]");
    assert_list(PRECISION_UBINARY, NULL, row, 8, "[139]");
    assert_list(PRECISION_BINARY, NULL, row + 8, 1, "[-128]");
}

// Columns from 0 to 255, from -1 to 1, and one that is always 7: its step is 1.
static const float ranges[3][3] = {{0, 1, 7}, {255, -1, 7}, {100, 0, 7}};

static void steps(void **state)
{
    (void)state;
    char path[300];
    write_npy(path, "ranges.npy", ranges[0], 3, 3);
    static const struct {
        float row[3];
        const char *bytes, *less;
    } cases[] = {
        {{0, -1, 7}, "[0,0,0]", "[-128,-128,-128]"},
        {{255, 1, 8.5f}, "[255,254,1]", "[127,126,-127]"}, // in float32 2 / (2 / 255) < 255
        {{0.999f, 0, 6}, "[0,127,0]", "[-128,-1,-128]"}, // rounded down; below the range
        {{254.5f, 0.9999f, 1e9f}, "[254,254,255]", "[126,126,127]"},
        {{-3, 99, 262.5f}, "[0,255,255]", "[-128,127,127]"}, // clipped
        {{INFINITY, -INFINITY, NAN}, "[255,0,0]", "[127,-128,-128]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_list(PRECISION_UINT8, path, cases[i].row, 3, cases[i].bytes);
        assert_list(PRECISION_INT8, path, cases[i].row, 3, cases[i].less);
    }
}

static void glimpses(void **state)
{
    (void)state;
    static const float row[64] = {[0] = 1, [63] = 1};
    struct quantizer q;
    struct buf out;
    buf_init(&out);
    assert_int_equal(quantizer_init(&q, PRECISION_UBINARY, 64, NULL, NULL), BERT_OK);
    quantized_glimpse(&out, &q, row);
    buf_byte(&out, 0);
    assert_string_equal(out.data, "[128 0 0 0 0 0 … 8 numbers]");
    quantizer_release(&q);
    buf_release(&out);
}

static void assert_refused(const char *path, bert_status status, const char *says)
{
    struct quantizer q;
    bert_error err = {0};
    assert_int_equal(quantizer_init(&q, PRECISION_INT8, 3, path, &err), status);
    if (!strstr(err.message, says) || !strstr(err.message, path)) fail_msg("%s", err.message);
    quantizer_release(&q);
}

static void refusals(void **state)
{
    (void)state;
    static const float broken[2][3] = {{1, 2, 3}, {1, NAN, 3}};
    char path[300];
    assert_refused(write_npy(path, "one.npy", ranges[0], 1, 3), BERT_FORMAT, "1 vectors of 3");
    assert_refused(write_npy(path, "wide.npy", ranges[0], 2, 4), BERT_FORMAT, "2 vectors of 4");
    assert_refused(write_npy(path, "nan.npy", broken[0], 2, 3), BERT_FORMAT, "row 1, column 1");
    check_write(folder, "text.npy", "1,2,3\n", 6);
    snprintf(path, sizeof path, "%.200s/text.npy", folder);
    assert_refused(path, BERT_FORMAT, "not an .npy file");
    snprintf(path, sizeof path, "%.200s/nothing.npy", folder);
    assert_refused(path, BERT_IO, "No such file");
}

// The header says what the bytes are.
static void headers(void **state)
{
    (void)state;
    static const char kinds[] = {'f', 'i', 'u', 'i', 'u'};
    for (enum precision p = PRECISION_FLOAT32; p <= PRECISION_UBINARY; p++) {
        char file[NPY_HEADER + 8] = {0};
        const size_t width = p == PRECISION_FLOAT32 ? 4 : 1;
        struct npy_array a;
        npy_header(file, precision_descr(p), 1, 2);
        assert_int_equal(npy_read(&a, (unsigned char *)file, NPY_HEADER + 2 * width, "x.npy", NULL),
                         BERT_OK);
        assert_int_equal(a.kind, kinds[p]);
        assert_int_equal(a.width, width);
    }
}

int main(void)
{
    check_folder_make(folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits),     cmocka_unit_test(steps),   cmocka_unit_test(glimpses),
        cmocka_unit_test(refusals), cmocka_unit_test(headers),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    check_folder_remove(folder);
    return failed;
}
