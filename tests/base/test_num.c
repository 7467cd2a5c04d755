// test_num.c: num_float against strtof and printf of the C locale: what it writes reads back, no
// shorter text does, and none of its length is nearer. A million patterns of all exponents, or
// every float there is (2^31 and their signs) with `--all`: some minutes on every core.
// `--bench` prints the time of one number.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/rng.h"

#include <cmocka.h>

static float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static const char *text_of(float x)
{
    static char text[NUM_FLOAT_MAX + 1];
    text[num_float(text, x)] = 0;
    return text;
}

static void hand_written(void **state)
{
    (void)state;
    static const struct {
        float x;
        const char *text;
    } cases[] = {
        {0.0f, "0.0"},
        {-0.0f, "-0.0"},
        {1.0f, "1.0"},
        {-1.5f, "-1.5"},
        {0.1f, "0.1"},
        {100.0f, "100.0"},
        {1e-4f, "0.0001"},
        {1.5e-4f, "0.00015"},
        {9.9999e-5f, "9.9999e-05"},
        {1e-7f, "1e-07"},
        {1.5e20f, "1.5e+20"},
        {1e15f, "1000000000000000.0"},
        {9.999999e15f, "9999999000000000.0"},
        {1e16f, "1e+16"},
        {16777216.0f, "16777216.0"},
        {33554432.0f, "33554432.0"},
        {-1234567890123456.0f, "-1234568000000000.0"},
        {9007199254740992.0f, "9007199000000000.0"},
        {0.3333333333f, "0.33333334"},
        {123.456f, "123.456"},
        {3.4028235e38f, "3.4028235e+38"},  // the largest
        {1.1754944e-38f, "1.1754944e-38"}, // the least normal
        {1.4e-45f, "1e-45"},               // the least
        {INFINITY, "Infinity"},
        {-INFINITY, "-Infinity"},
        {NAN, "NaN"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(text_of(cases[i].x), cases[i].text);
    }
}

// Digits between the sign and the exponent that count: no zeros at either end.
static int significant(const char *text)
{
    int n = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && n == 0)) continue;
        n++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

// Zeros, one point with a digit on each side, or an exponent of two digits: as Python writes it.
static const char *check_form(const char *text, float x)
{
    const double size = fabs((double)x);
    const char *e = strchr(text, 'e'), *point = strchr(text, '.');
    const size_t len = strlen(text);
    if (len > NUM_FLOAT_MAX) return "too long";
    if (size != 0 && (size < 1e-4 || size >= 1e16) != (e != NULL)) {
        if (float_of(0x38D1B717) != fabsf(x)) return "exponent or not"; // 1e-4f, a bit below 1e-4
    }
    if (e && (strlen(e) != 4 || (e[1] != '-' && e[1] != '+'))) return "the exponent's form";
    if (!e && (!point || point == text || !point[1])) return "no digit beside the point";
    if (!e && point[2] && text[len - 1] == '0') return "a zero at the end";
    return NULL;
}

static const char *check_read_back(const char *text, float x)
{
    char *end;
    const float back = strtof(text, &end);
    if (*end || memcmp(&back, &x, sizeof x) != 0) return "reads back as another number";
    return NULL;
}

// printf gives the nearest text of n digits. The first n that reads back is the shortest, but for
// powers of two, whose interval is lopsided: there ours may be shorter.
static const char *check_shortest(const char *text, float x)
{
    const int n = significant(text);
    char other[32];
    if (n > 1) {
        snprintf(other, sizeof other, "%.*e", n - 2, (double)x);
        if (strtof(other, NULL) == x) return "a shorter text reads back";
    }
    snprintf(other, sizeof other, "%.*e", n - 1, (double)x);
    if (strtof(other, NULL) != x) return NULL;
    const long double ours = fabsl(strtold(text, NULL) - x),
                      theirs = fabsl(strtold(other, NULL) - x);
    return ours <= theirs ? NULL : "another text of this length is nearer";
}

static const char *check(uint32_t bits, bool thorough)
{
    const float x = float_of(bits);
    char text[NUM_FLOAT_MAX + 1];
    text[num_float(text, x)] = 0;
    const char *wrong = check_read_back(text, x);
    if (!wrong && thorough) wrong = check_form(text, x);
    if (!wrong && thorough && x != 0) wrong = check_shortest(text, x);
    if (wrong) fprintf(stderr, "%08x = %.9g is written %s: %s\n", bits, (double)x, text, wrong);
    return wrong;
}

// Every exponent, with fractions at its ends and at random, both signs.
static void all_exponents(void **state)
{
    (void)state;
    for (uint32_t exponent = 0; exponent < 255; exponent++) {
        for (uint32_t i = 0; i < 4096; i++) {
            uint32_t words[4];
            rng_words(1, exponent, 0, i, words);
            const uint32_t fraction = i < 64    ? i
                                      : i < 128 ? 0x7FFFFF - (i - 64)
                                                : words[0] & 0x7FFFFF;
            const uint32_t sign = words[1] & 0x80000000;
            assert_null(check(sign | exponent << 23 | fraction, true));
        }
    }
}

// Numbers that people write: few digits, and whole ones.
static void few_digits(void **state)
{
    (void)state;
    for (int exponent = -45; exponent <= 38; exponent++) {
        for (int d = 1; d < 1000; d++) {
            char text[16];
            snprintf(text, sizeof text, "%de%d", d, exponent);
            const float x = strtof(text, NULL);
            uint32_t bits;
            memcpy(&bits, &x, sizeof bits);
            if (bits < 0x7F800000) assert_null(check(bits, true));
        }
    }
    for (uint32_t i = 0; i < 100000; i++) {
        char want[16];
        snprintf(want, sizeof want, "%u.0", i);
        assert_string_equal(text_of((float)i), want);
    }
}

// ------------------------------------------------------------------------------- asked for by hand

static void check_exponent(void *arg, size_t exponent, int worker)
{
    (void)worker;
    for (uint32_t fraction = 0; fraction < 1u << 23; fraction++) {
        const uint32_t bits = (uint32_t)exponent << 23 | fraction;
        if (check(bits, fraction % 16 == 0)) __atomic_store_n((bool *)arg, true, __ATOMIC_RELAXED);
    }
}

// Reading back for every float; shortness for one of 16.
static int check_all(void)
{
    bool wrong = false;
    struct pool *pool = pool_new(os_threads(), NULL);
    if (!pool) return 1;
    const double start = os_now();
    pool_run(pool, 255, check_exponent, &wrong);
    pool_free(pool);
    printf("all 2^31 finite floats: %s, %.0f s\n", wrong ? "WRONG" : "right", os_now() - start);
    return wrong;
}

static double bench_one(float (*make)(uint64_t), size_t *bytes)
{
    enum { N = 1 << 16, ROUNDS = 64 };
    static float x[N];
    for (uint64_t i = 0; i < N; i++) x[i] = make(i);
    char text[NUM_FLOAT_MAX];
    const double start = os_now();
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N; i++) *bytes += num_float(text, x[i]);
    }
    return (os_now() - start) / ((double)N * ROUNDS) * 1e9;
}

static float any_bits(uint64_t i)
{
    uint32_t words[4];
    rng_words(2, 0, 0, i, words);
    return float_of(words[0] & 0xFF7FFFFF); // one exponent less: no infinities
}

static float embedding_like(uint64_t i)
{
    return 0.05f * rng_normal(2, 0, 1, i);
}

static int bench(void)
{
    size_t bytes = 0;
    printf("random bits        %.1f ns a number\n", bench_one(any_bits, &bytes));
    printf("normal, sigma 0.05 %.1f ns a number\n", bench_one(embedding_like, &bytes));
    return bytes == 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--all") == 0) return check_all();
    if (argc > 1 && strcmp(argv[1], "--bench") == 0) return bench();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_written),
        cmocka_unit_test(all_exponents),
        cmocka_unit_test(few_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
