// test_half.c: 16-bit floats against their definition, computed by ldexp, over all patterns; and
// rounding against "the nearest of all 16-bit values, the even one of two".
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/half.h"

#include <cmocka.h>

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

// IEEE 754 binary16, word for word.
static double f16_value(uint16_t h)
{
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    const double sign = h >> 15 ? -1 : 1;
    if (exponent == 31) return fraction ? NAN : sign * INFINITY;
    if (exponent == 0) return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

static void f16_to_float(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        const float x = half_from_f16((uint16_t)h);
        const double want = f16_value((uint16_t)h);
        if (isnan(want)) {
            assert_true(isnan(x));
            assert_int_equal(signbit(x) != 0, h >> 15);
        } else {
            assert_int_equal(bits_of(x), bits_of((float)want));
        }
    }
}

static void bf16_to_float(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        assert_int_equal(bits_of(half_from_bf16((uint16_t)h)), h << 16);
    }
}

static void both_ways(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        const float f = half_from_f16((uint16_t)h), b = half_from_bf16((uint16_t)h);
        if (isnan(f))
            assert_int_equal(half_to_f16(f) & 0x7E00, 0x7E00);
        else
            assert_int_equal(half_to_f16(f), h);
        if (isnan(b))
            assert_true(isnan(half_from_bf16(half_to_bf16(b))));
        else
            assert_int_equal(half_to_bf16(b), h);
    }
}

// Between each neighbouring pair of finite values: the middle goes to the even one, and the float32
// next to the middle goes to its own side.
static void f16_ties(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x7C00; h++) {
        const double next = h == 0x7BFF ? 65536 : f16_value((uint16_t)(h + 1));
        const float middle = (float)((f16_value((uint16_t)h) + next) / 2);
        const uint16_t even = (uint16_t)(h + (h & 1));
        assert_int_equal(half_to_f16(middle), even);
        assert_int_equal(half_to_f16(-middle), even | 0x8000);
        assert_int_equal(half_to_f16(nextafterf(middle, 0)), h);
        assert_int_equal(half_to_f16(nextafterf(middle, INFINITY)), h + 1);
    }
}

static void bf16_ties(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x7F80; h++) {
        const uint32_t middle = h << 16 | 0x8000;
        const uint16_t even = (uint16_t)(h + (h & 1));
        assert_int_equal(half_to_bf16(float_of(middle)), even);
        assert_int_equal(half_to_bf16(float_of(middle | 0x80000000)), even | 0x8000);
        assert_int_equal(half_to_bf16(float_of(middle - 1)), h);
        assert_int_equal(half_to_bf16(float_of(middle + 1)), h + 1);
    }
}

static void extremes(void **state)
{
    (void)state;
    assert_int_equal(half_to_f16(INFINITY), 0x7C00);
    assert_int_equal(half_to_f16(-INFINITY), 0xFC00);
    assert_int_equal(half_to_f16(3e38f), 0x7C00);
    assert_int_equal(half_to_f16(-1e-30f), 0x8000);
    assert_int_equal(half_to_f16(float_of(1)), 0);
    assert_true(isnan(half_from_f16(half_to_f16(NAN))));
    assert_true(
        isnan(half_from_f16(half_to_f16(float_of(0x7F800001))))); // payload in low bits only
    assert_int_equal(half_to_bf16(INFINITY), 0x7F80);
    assert_true(isnan(half_from_bf16(half_to_bf16(float_of(0x7F800001)))));
    assert_true(isnan(half_from_bf16(half_to_bf16(float_of(0xFFFFFFFF)))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(f16_to_float), cmocka_unit_test(bf16_to_float),
        cmocka_unit_test(both_ways),    cmocka_unit_test(f16_ties),
        cmocka_unit_test(bf16_ties),    cmocka_unit_test(extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
