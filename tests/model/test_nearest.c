// test_nearest.c: similarities against their definitions in double, and the nearest rows against a
// full sort: any k, ties, NaN, several queries, any number of threads.
#include "support/check.h"

#include <math.h>

#include "support/made_model.h"

enum { N = 2500, COLS = 37, QUERIES = 3 }; // more than two blocks of rows

static char folder[256];
static bert_model *model;
static float rows[N * COLS], queries[QUERIES * COLS];

static int open_all(void **state)
{
    (void)state;
    static const struct made_model small = {
        .layers = 1, .hidden = 16, .heads = 2, .intermediate = 24, .positions = 32, .seed = 5};
    check_folder_make(folder);
    if (!made_model_write(folder, &small)) return -1;
    model = check_open(folder);
    uint32_t x = 1;
    for (size_t i = 0; i < N * COLS; i++) rows[i] = (float)((x = x * 1664525 + 1013904223) >> 8);
    for (size_t i = 0; i < N * COLS; i++) rows[i] = rows[i] * 0x1p-23f - 1;
    for (size_t i = 0; i < QUERIES * COLS; i++) queries[i] = rows[i * 7 % (N * COLS)] + 0.25f;
    for (size_t i = 0; i < 9; i++) { // equal rows, in several blocks
        memcpy(rows + (i * 270 + 11) * COLS, rows + 5 * COLS, COLS * sizeof *rows);
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    bert_model_free(model);
    check_folder_remove(folder);
    return 0;
}

static bert_session *session_of(int threads)
{
    struct bert_session_options o = BERT_SESSION_DEFAULTS;
    o.threads = threads;
    bert_session *s = bert_session_new(model, &o, NULL);
    assert_non_null(s);
    return s;
}

static double defined(const float *a, const float *b, bert_metric metric)
{
    double ab = 0, aa = 0, bb = 0, square = 0, distance = 0;
    for (size_t i = 0; i < COLS; i++) {
        const double x = a[i], y = b[i];
        ab += x * y, aa += x * x, bb += y * y;
        square += (x - y) * (x - y), distance += fabs(x - y);
    }
    switch (metric) {
    case BERT_METRIC_COSINE: return ab / sqrt(aa * bb);
    case BERT_METRIC_DOT: return ab;
    case BERT_METRIC_EUCLIDEAN: return -sqrt(square);
    case BERT_METRIC_MANHATTAN: return -distance;
    }
    return NAN;
}

static void similarities_are_as_defined(void **state)
{
    (void)state;
    static float out[N];
    bert_session *s = session_of(2);
    for (int m = BERT_METRIC_COSINE; m <= BERT_METRIC_MANHATTAN; m++) {
        assert_int_equal(bert_similarities(s, queries, rows, N, COLS, m, out, NULL), BERT_OK);
        for (size_t i = 0; i < N; i++) {
            const double want = defined(rows + i * COLS, queries, m);
            assert_true(fabs(out[i] - want) <= 2e-6 * (1 + fabs(want)));
            assert_true(out[i] == bert_similarity(rows + i * COLS, queries, COLS, m));
        }
    }
    bert_error err;
    assert_int_equal(bert_similarities(s, queries, rows, N, COLS, 7, out, &err), BERT_INVALID);
    bert_session_free(s);
}

static float wanted[N]; // scores that the full sort goes by

static int by_score(const void *a, const void *b)
{
    const size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (wanted[i] != wanted[j]) return wanted[i] > wanted[j] ? -1 : 1;
    return i < j ? -1 : i > j;
}

// The hits of one query are the head of all rows sorted.
static void expect_hits(bert_session *s, const struct bert_hit *hits, size_t q, size_t n, size_t k,
                        bert_metric metric)
{
    static size_t order[N];
    bert_similarities(s, queries + q * COLS, rows, n, COLS, metric, wanted, NULL);
    for (size_t i = 0; i < n; i++) order[i] = i;
    qsort(order, n, sizeof *order, by_score);
    for (size_t i = 0; i < k && i < n; i++) {
        assert_int_equal(hits[i].row, order[i]);
        assert_true(hits[i].score == wanted[order[i]]);
    }
}

static void nearest_are_the_head_of_a_sort(void **state)
{
    (void)state;
    static const size_t ks[] = {0, 1, 2, 10, 1000, N, N + 7};
    static const size_t ns[] = {0, 1, 9, 1024, 1025, N};
    static struct bert_hit hits[QUERIES * (N + 7)];
    for (int threads = 1; threads <= 3; threads += 2) {
        bert_session *s = session_of(threads);
        for (size_t c = 0; c < 7 * 6 * 4; c++) {
            const size_t k = ks[c % 7], n = ns[c / 7 % 6];
            const bert_metric metric = (bert_metric)(c / 42);
            assert_int_equal(
                bert_nearest(s, queries, QUERIES, rows, n, COLS, metric, k, hits, NULL), BERT_OK);
            for (size_t q = 0; q < QUERIES; q++) expect_hits(s, hits + q * k, q, n, k, metric);
        }
        bert_session_free(s);
    }
}

// A row that is not a number is worse than any other, and is found when all are asked for.
static void nan_is_last(void **state)
{
    (void)state;
    enum { FEW = 5 };
    float few[FEW * COLS];
    struct bert_hit hits[FEW];
    memcpy(few, rows, sizeof few);
    few[0] = NAN;
    few[2 * COLS + 3] = NAN;
    bert_session *s = session_of(1);
    for (size_t k = 1; k <= FEW; k++) {
        bert_nearest(s, queries, 1, few, FEW, COLS, BERT_METRIC_DOT, k, hits, NULL);
        for (size_t i = 0; i < k && i < 3; i++) assert_false(isnan(hits[i].score));
        if (k > 3) assert_int_equal(hits[3].row, 0);
        if (k > 4) assert_int_equal(hits[4].row, 2);
    }
    bert_session_free(s);
}

static void zero_vectors_have_cosine_zero(void **state)
{
    (void)state;
    const float zero[COLS] = {0};
    assert_true(bert_similarity(zero, queries, COLS, BERT_METRIC_COSINE) == 0);
    assert_true(bert_similarity(zero, zero, COLS, BERT_METRIC_COSINE) == 0);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarities_are_as_defined),
        cmocka_unit_test(nearest_are_the_head_of_a_sort),
        cmocka_unit_test(nan_is_last),
        cmocka_unit_test(zero_vectors_have_cosine_zero),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

int main(void)
{
    return check_every_level(run);
}
