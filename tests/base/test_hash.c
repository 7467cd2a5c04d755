// test_hash.c: equal bytes give equal hashes wherever they lie; any changed bit, any other length
// and any other order give another one.
#include "support/check.h"

#include "base/hash.h"

enum { N = 300 };

static void fill(unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) p[i] = (unsigned char)(i * 37 + i / 5);
}

static void alignment_does_not_count(void **state)
{
    (void)state;
    unsigned char a[N], b[N + 8];
    fill(a, N);
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(b + shift, a, N);
        for (size_t n = 0; n <= N; n++)
            assert_true(hash_bytes(1, a, n) == hash_bytes(1, b + shift, n));
    }
}

static void every_bit_counts(void **state)
{
    (void)state;
    unsigned char a[N];
    for (size_t n = 1; n <= N; n += n < 70 ? 1 : 41) {
        fill(a, N);
        const uint64_t before = hash_bytes(0, a, n);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            a[bit / 8] ^= (unsigned char)(1u << bit % 8);
            assert_true(hash_bytes(0, a, n) != before);
            a[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
    }
}

// Zeros of any length differ, and so do swapped blocks and seeds.
static void length_order_and_seed_count(void **state)
{
    (void)state;
    static const unsigned char zeros[N];
    uint64_t seen[N + 1];
    for (size_t n = 0; n <= N; n++) {
        seen[n] = hash_bytes(0, zeros, n);
        for (size_t i = 0; i < n; i++) assert_true(seen[i] != seen[n]);
    }
    unsigned char a[128], b[128];
    fill(a, 128);
    memcpy(b, a + 64, 64);
    memcpy(b + 64, a, 64);
    assert_true(hash_bytes(0, a, 128) != hash_bytes(0, b, 128));
    assert_true(hash_bytes(0, a, 128) != hash_bytes(1, a, 128));
    assert_true(hash_text(0, NULL) != hash_text(0, ""));
}

// Files hold hashes: these values may never change.
static void values_are_fixed(void **state)
{
    (void)state;
    unsigned char a[N];
    fill(a, N);
    assert_true(hash_bytes(0, "", 0) == 0xa846b0a7440a7c3c);
    assert_true(hash_bytes(7, a, N) == 0xfeb88b9bde082b6a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alignment_does_not_count),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(length_order_and_seed_count),
        cmocka_unit_test(values_are_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
