// softmax.h: the checks of softmax in every type; part of test_kernels.c.
//
// What is stored is read back as numbers and held against ref's float32, whose scores are the same;
// bytes that carry on what rounding left, by their sums too.
#ifndef TESTS_CPU_SOFTMAX_H
#define TESTS_CPU_SOFTMAX_H

// Of exponentials that are rounded to halves or bytes afterwards, relative to them.
static const double coarse = 1.02e-4;

// An exponent s - max is off by u(|s| + |s - max|), a common shift cancels; to base 2 its factor is
// off by u too; then E = 2.6 u for the exponential, the same for the others in the sum, the sum's
// own error, and 3 roundings.
static double softmax_relative(const float *scores, double scale, size_t n)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t j = 0; j < n; j++) {
        if (isinf(scores[j])) continue;
        low = fmin(low, scale * scores[j]);
        high = fmax(high, scale * scores[j]);
    }
    return u * (2 * (2.6 + fmax(fabs(low), fabs(high)) + 2 * (high - low)) + CHAIN(n) + 3);
}

typedef void softmax_fn SOFTMAX_ARGS;

// Element j of a row of words: a float, or a half of it.
static double power_of(const float *row, size_t j, bool halves)
{
    uint32_t word;
    if (!halves) return row[j];
    memcpy(&word, row + j / 2, sizeof word);
    return from_half(word >> 16 * (j % 2) & 0xFFFF);
}

static void check_softmax(softmax_fn *got, bool halves, size_t n, float spread, float scale,
                          size_t masked)
{
    enum { ROWS = 3 };
    guard_reset();
    const size_t ld = n + 2, words = halves ? (n + 1) / 2 : n, ldp = words + 1;
    const float *scores = guard_randoms(extent(ROWS, ld, n), spread);
    for (size_t j = 0; j < masked; j++) ((float *)scores)[j * 2] = -INFINITY;
    float *p = guard_floats(extent(ROWS, ldp, words)), *law = guard_floats(ROWS * n);
    float *alone = guard_floats(words), one;
    float *lse = guard_floats(ROWS), *law_lse = guard_floats(ROWS);
    float *sums = guard_floats(ROWS), *law_sums = guard_floats(ROWS);
    got(p, ldp, scores, ld, scale, sums, lse, ROWS, n);
    t.ref.softmax_f32(law, n, scores, ld, scale, law_sums, law_lse, ROWS, n);
    for (size_t i = 0; i < ROWS; i++) {
        const double fine = softmax_relative(scores + i * ld, scale, n);
        const double relative = fine + (halves ? coarse : 0);
        for (size_t j = 0; j < n; j++) {
            const double want = law[i * n + j], rounded = halves ? 0x1p-8 : 0;
            expect_close("softmax", n, j, power_of(p + i * ldp, j, halves), want,
                         (relative + rounded) * want + smallest);
        }
        if (halves && n % 2) assert_true(power_of(p + i * ldp, n, true) == 0);
        expect_close("sum", n, i, sums[i], law_sums[i], relative * law_sums[i]);
        expect_close("lse", n, i, lse[i], law_lse[i],
                     relative + 2 * u * log((double)n) + 3 * u * fabs(law_lse[i]));
    }
    expect_gaps("softmax", p, ldp, ROWS, words);
    got(alone, words, scores + ld, n, scale, &one, NULL, 1, n);
    expect_same("softmax alone", n, alone, p + ldp, words);
    expect_same("softmax alone", n, &one, sums + 1, 1);
}

static void check_softmaxes(softmax_fn *got, bool halves)
{
    FOR_LENGTHS(n)
    {
        check_softmax(got, halves, n, 8, 1, 0);
        check_softmax(got, halves, n, 40, 0.125f, 0);
        check_softmax(got, halves, n, 8, 1, n / 2);
        check_softmax(got, halves, n, 300, 1, 0); // most exponentials vanish
        check_softmax(got, halves, n, 0, 1, 0);   // all equal
    }
    check_softmax(got, halves, 512, 1e6f, 1, 0);
}

static void check_softmax_f32(void)
{
    check_softmaxes(t.k->softmax_f32, false);
    guard_reset();
    const float *scores = guard_randoms(77, 8);
    float *same = copy_of(scores, 77), *p = guard_floats(77), sums[2];
    t.k->softmax_f32(p, 77, scores, 77, 1, sums, NULL, 1, 77);
    t.k->softmax_f32(same, 77, same, 77, 1, sums + 1, NULL, 1, 77);
    expect_same("softmax in place", 77, same, p, 77);
}

static void check_softmax_bf16(void)
{
    check_softmaxes(t.k->softmax_bf16, true);
}

// A row of bytes: 254 times the exponential, but for its own error, rounded with up to a half that
// a rounding before left, so that at most LANES halves are missing in all; a scale of 1 over their
// sum.
static void check_softmax_bytes(size_t n, float spread, float scale)
{
    enum { ROWS = 3, LANES = 32 };
    guard_reset();
    const size_t ld = n + 2, words = INT8_LEFT_HEAD + (n + 3) / 4, ldp = words + 1;
    const float *scores = guard_randoms(extent(ROWS, ld, n), spread);
    float *p = guard_floats(extent(ROWS, ldp, words)), *law = guard_floats(ROWS * n);
    float *alone = guard_floats(words), one, sums[ROWS], lse[ROWS], law_sums[ROWS], law_lse[ROWS];
    t.k->softmax_int8(p, ldp, scores, ld, scale, sums, lse, ROWS, n);
    t.ref.softmax_f32(law, n, scores, ld, scale, law_sums, law_lse, ROWS, n);
    for (size_t i = 0; i < ROWS; i++) {
        const double relative = softmax_relative(scores + i * ld, scale, n);
        const uint8_t *bytes = (const uint8_t *)(p + i * ldp + INT8_LEFT_HEAD);
        struct left_head head;
        float sum = 0;
        memcpy(&head, p + i * ldp, sizeof head);
        for (size_t j = 0; j < n; j++) {
            const double want = 254.0 * law[i * n + j];
            expect_close("softmax_int8", n, j, bytes[j], want,
                         1 + (relative + coarse + 4 * u) * want);
            sum += bytes[j];
        }
        for (size_t j = n; j < (n + 3) / 4 * 4; j++) assert_int_equal(bytes[j], 0);
        assert_int_equal(head.zero, 0);
        assert_true(head.scale == 1 / sum && sums[i] == sum / 254);
        expect_close("softmax_int8 sum", n, i, sum, 254.0 * law_sums[i],
                     0.5 * LANES + (relative + coarse + 4 * u) * 254 * law_sums[i]);
        expect_close("lse", n, i, lse[i], law_lse[i] - log(law_sums[i]) + log(sum / 254.0),
                     relative + 8 * u + 4 * u * fabs(law_lse[i]));
    }
    t.k->softmax_int8(alone, words, scores + ld, ld, scale, &one, NULL, 1, n);
    expect_same("softmax alone", n, alone + INT8_LEFT_HEAD, p + ldp + INT8_LEFT_HEAD, (n + 3) / 4);
    expect_same("softmax alone", n, &one, sums + 1, 1);
}

// The sum of the bytes of n scores, of which all but the first are `other` below it.
static float sum_of_equals(size_t n, float other)
{
    guard_reset();
    const size_t words = INT8_LEFT_HEAD + (n + 3) / 4;
    float *scores = guard_floats(n), *p = guard_floats(words), sum;
    struct left_head head;
    for (size_t j = 0; j < n; j++) scores[j] = j ? -other : 0;
    t.k->softmax_int8(p, words, scores, n, 1, &sum, NULL, 1, n);
    memcpy(&head, p, sizeof head);
    return roundf(1 / head.scale);
}

static void check_softmax_int8(void)
{
    // 511 weights of a quarter of a byte's step count as they do together, but for 32 halves.
    expect_close("small weights", 512, 0, sum_of_equals(512, logf(254 * 4)), 254 + 511 / 4.0, 16);
    // A row too long for its sum of products of 32 bits has smaller bytes.
    const size_t many = INT8_TERMS + 5000;
    const double most = 254.0 * INT8_TERMS;
    expect_close("many weights", many, 0, sum_of_equals(many, 0), most, 16 + coarse * most);
    FOR_LENGTHS(n)
    {
        check_softmax_bytes(n, 8, 1);
        check_softmax_bytes(n, 40, 0.125f);
        check_softmax_bytes(n, 300, 1); // most exponentials vanish
        check_softmax_bytes(n, 0, 1);   // all equal
    }
}

#endif
