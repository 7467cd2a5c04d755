// test_rng.c: the published known answers of Philox4x32-10, and what is promised of the numbers.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

#include <cmocka.h>

// Random123 1.14, tests/kat_vectors, "philox4x32 10": counter[4], key[2], result[4].
static const uint32_t known[][10] = {
    {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
    {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e,
     0xa20bc7c6, 0x6d5451fd},
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
     0x5001e420, 0x24126ea1},
};

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const uint32_t *c = known[i], *key = c + 4, *want = c + 6;
        uint32_t out[4];
        rng_words((uint64_t)key[1] << 32 | key[0], c[2], c[3], (uint64_t)c[1] << 32 | c[0], out);
        for (int w = 0; w < 4; w++) assert_int_equal(out[w], want[w]);
    }
}

static void every_argument_counts(void **state)
{
    (void)state;
    uint32_t base[4], other[4];
    rng_words(1, 2, 3, 4, base);
    for (int i = 0; i < 6; i++) {
        rng_words(i == 0   ? 0
                  : i == 1 ? 1 | 1ull << 32
                           : 1,
                  i == 2 ? 0 : 2, i == 3 ? 0 : 3,
                  i == 4   ? 5
                  : i == 5 ? 4 | 1ull << 63
                           : 4,
                  other);
        assert_int_not_equal(base[0], other[0]);
    }
}

enum { MANY = 1 << 20 };

static void uniform(void **state)
{
    (void)state;
    double sum = 0, square = 0;
    for (uint64_t i = 0; i < MANY; i++) {
        const float x = rng_uniform(7, 0, 0, i);
        assert_true(x >= 0 && x < 1);
        assert_true(x * 0x1p24f == floorf(x * 0x1p24f));
        sum += x;
        square += (double)x * x;
    }
    // Five standard errors: sqrt(1/12 / n) and sqrt(4/45 / n), n = 2^20.
    assert_true(fabs(sum / MANY - 0.5) < 5 * 2.9e-4);
    assert_true(fabs(square / MANY - 1.0 / 3) < 5 * 3.0e-4);
}

static void normal(void **state)
{
    (void)state;
    double moment[5] = {0};
    for (uint64_t i = 0; i < MANY; i++) {
        const double x = rng_normal(7, 1, 0, i);
        assert_true(fabs(x) < 6.8); // sqrt(-2 ln 2^-33)
        for (int m = 1; m <= 4; m++) moment[m] += pow(x, m) / MANY;
    }
    // Five standard errors; the variances of x^m are 1, 2, 15, 96.
    assert_true(fabs(moment[1]) < 5 * 1.0e-3);
    assert_true(fabs(moment[2] - 1) < 5 * 1.4e-3);
    assert_true(fabs(moment[3]) < 5 * 3.8e-3);
    assert_true(fabs(moment[4] - 3) < 5 * 9.6e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_argument_counts),
        cmocka_unit_test(uniform),
        cmocka_unit_test(normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
