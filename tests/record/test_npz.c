// test_npz.c: NumPy's arrays: every type, headers that are broken, an archive.
#include "support/check.h"

#include "record/npz.h"

// A file of format 1.0 with this dict and these bytes.
static size_t make(unsigned char *out, const char *dict, const void *data, size_t n)
{
    const size_t len = strlen(dict);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (unsigned char)len;
    out[9] = (unsigned char)(len >> 8);
    memcpy(out + 10, dict, len);
    memcpy(out + 10 + len, data, n);
    return 10 + len + n;
}

static bert_status read(struct npy_array *a, const char *dict, const void *data, size_t n,
                        bert_error *err)
{
    static unsigned char file[1000];
    return npy_read(a, file, make(file, dict, data, n), "x.npy", err);
}

static void types(void **state)
{
    (void)state;
    static const float f4[] = {1.5f, -2};
    static const double f8[] = {0.1, 1e300};
    static const uint16_t f2[] = {0x3C00, 0xC000};
    static const int8_t i1[] = {-128, 127};
    static const int64_t i8[] = {-1, INT64_MAX};
    static const uint32_t u4[] = {0, UINT32_MAX};
    static const struct {
        const char *descr;
        const void *data;
        size_t bytes;
        double reals[2];
    } cases[] = {
        {"<f4", f4, sizeof f4, {1.5, -2}},    {"<f8", f8, sizeof f8, {0.1, 1e300}},
        {"<f2", f2, sizeof f2, {1, -2}},      {"|i1", i1, sizeof i1, {-128, 127}},
        {"<i8", i8, sizeof i8, {-1, 0x1p63}}, {"<u4", u4, sizeof u4, {0, 4294967295.0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dict[100];
        struct npy_array a;
        snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }  \n",
                 cases[i].descr);
        assert_int_equal(read(&a, dict, cases[i].data, cases[i].bytes, NULL), BERT_OK);
        assert_int_equal(a.count, 2);
        for (size_t k = 0; k < 2; k++) assert_true(npy_real(&a, k) == cases[i].reals[k]);
        if (a.kind != 'f') assert_int_equal(npy_whole(&a, 0), (int64_t)cases[i].reals[0]);
    }
}

static void shapes(void **state)
{
    (void)state;
    static const struct {
        const char *shape;
        size_t n_dims, count;
    } cases[] = {
        {"()", 0, 1}, {"(3,)", 1, 3}, {"(2, 3)", 2, 6}, {"(0, 5)", 2, 0}, {"(1,1,2,)", 3, 2}};
    static const unsigned char zeros[8];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dict[100];
        struct npy_array a;
        snprintf(dict, sizeof dict, "{'descr': '|u1', 'fortran_order': False, 'shape': %s}",
                 cases[i].shape);
        assert_int_equal(read(&a, dict, zeros, cases[i].count, NULL), BERT_OK);
        assert_int_equal(a.n_dims, cases[i].n_dims);
        assert_int_equal(a.count, cases[i].count);
    }
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *dict;
        bert_status status;
    } cases[] = {
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", BERT_UNSUPPORTED},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", BERT_UNSUPPORTED},
        {"{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}", BERT_UNSUPPORTED},
        {"{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}", BERT_UNSUPPORTED},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", BERT_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", BERT_UNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
         BERT_FORMAT}, // 4 bytes are there
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", BERT_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", BERT_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,4294967296)}", BERT_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1", BERT_FORMAT},
        {"{'descr': '<f4'", BERT_FORMAT},
        {"", BERT_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct npy_array a;
        bert_error err = {0};
        const bert_status status = read(&a, cases[i].dict, "abcd", 4, &err);
        if (status != cases[i].status) fail_msg("%s: %d: %s", cases[i].dict, status, err.message);
        assert_non_null(strstr(err.message, "x.npy"));
    }
    // cut at every byte
    unsigned char file[200];
    const size_t n =
        make(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "abcdefgh", 8);
    for (size_t k = 0; k < n; k++) {
        struct npy_array a;
        unsigned char *cut = malloc(k + 1); // so that a sanitizer sees a read beyond
        assert_non_null(cut);
        memcpy(cut, file, k);
        assert_int_equal(npy_read(&a, cut, k, "x.npy", NULL), BERT_FORMAT);
        free(cut);
    }
}

// As np.savez and np.savez_compressed wrote them.
static void archives(void **state)
{
    (void)state;
    static const char *const paths[] = {"tests/cli/verify/stored.npz",
                                        "tests/cli/verify/packed.npz"};
    for (size_t i = 0; i < 2; i++) {
        struct npz npz;
        bert_error err = {0};
        if (npz_open(&npz, paths[i], &err)) fail_msg("%s", err.message);
        const struct npy_array *hidden = npz_find(&npz, "hidden"), *text = npz_find(&npz, "text");
        assert_non_null(hidden);
        assert_int_equal(hidden->n_dims, 3);
        assert_int_equal(hidden->dims[1], 26);
        assert_memory_equal(text->data, "The cat plays", 13);
        assert_null(npz_find(&npz, "nothing"));
        npz_close(&npz);
    }
    struct npz npz;
    assert_int_equal(npz_open(&npz, "tests/cli/verify/texts.txt", NULL), BERT_FORMAT);
    npz_close(&npz);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(types), cmocka_unit_test(shapes),
                                       cmocka_unit_test(refusals), cmocka_unit_test(archives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
