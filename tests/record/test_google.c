// test_google.c: numbers as Python prints repr(round(float(x), 6)) of a float32, and strings as its
// json.dumps does.
#include "support/check.h"

#include <math.h>

#include "base/buf.h"
#include "record/google.h"
#include "record/text.h"

static void numbers_are_pythons(void **state)
{
    (void)state;
    // The right side is what Python 3.11 prints for numpy.float32 of the left one.
    static const struct {
        float x;
        const char *text;
    } rows[] = {
        {0.0f, "0.0"},
        {-0.0f, "-0.0"},
        {4e-7f, "0.0"},
        {-4e-7f, "-0.0"},
        {1e-6f, "1e-06"},
        {-1.2e-6f, "-1e-06"},
        {1e-5f, "1e-05"},
        {1.2e-5f, "1.2e-05"},
        {-9.9e-5f, "-9.9e-05"},
        {9.96e-5f, "0.0001"},
        {0.00012f, "0.00012"},
        {0.0078125f, "0.007812"}, // a tie: to the even neighbour
        {0.0234375f, "0.023438"},
        {0.1f, "0.1"},
        {0.05f, "0.05"},
        {0.9999999f, "1.0"},
        {1.0f, "1.0"},
        {-1.5f, "-1.5"},
        {12.345678f, "12.345678"},
        {-0.123456789f, "-0.123457"},
        {100.0f, "100.0"},
        {1234567.0f, "1234567.0"},
        {8388607.5f, "8388607.5"},
        {16777216.0f, "16777216.0"},
        {1e10f, "10000000000.0"},
        {1e15f, "999999986991104.0"},
        {1e16f, "1.0000000272564224e+16"},
        {1e20f, "1.0000000200408773e+20"},
        {0x1p70f, "1.1805916207174113e+21"},
        {3.4028235e38f, "3.4028234663852886e+38"},
        {-3.4028235e38f, "-3.4028234663852886e+38"},
        {INFINITY, "Infinity"},
        {-INFINITY, "-Infinity"},
        {NAN, "NaN"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[GOOGLE_NUMBER_MAX + 1];
        text[google_number(text, rows[i].x)] = 0;
        assert_string_equal(text, rows[i].text);
    }
}

static void strings_are_ascii(void **state)
{
    (void)state;
    static const char in[] = "a\"\\\b\f\n\x01\x7F é日\U0001F600\xFFz";
    struct buf out;
    buf_init(&out);
    record_ascii(&out, in, sizeof in - 1);
    buf_byte(&out, 0);
    assert_string_equal(out.data,
                        "\"a\\\"\\\\\\b\\f\\n\\u0001\\u007f \\u00e9\\u65e5\\ud83d\\ude00z\"");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_pythons),
        cmocka_unit_test(strings_are_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
