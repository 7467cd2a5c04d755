// test_mem.c: sizes that overflow are refused, alignment is kept, growth copies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#include <cmocka.h>

// A request that is too large shall get NULL under AddressSanitizer too.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void products(void **state)
{
    (void)state;
    size_t out = 7;
    assert_true(size_mul(0, SIZE_MAX, &out));
    assert_int_equal(out, 0);
    assert_true(size_mul(1u << 31, 1u << 31, &out));
    assert_int_equal(out, (size_t)1 << 62);
    assert_false(size_mul((size_t)1 << 32, (size_t)1 << 32, &out));
    assert_false(size_mul(SIZE_MAX, 2, &out));
    assert_true(size_add(SIZE_MAX - 1, 1, &out));
    assert_true(out == SIZE_MAX);
    assert_false(size_add(SIZE_MAX, 1, &out));
}

static void nothing_can_be_freed(void **state)
{
    (void)state;
    void *p[] = {mem_alloc(0, 8), mem_zero(0, 8), mem_zero(8, 0), mem_aligned(0, 4),
                 mem_huge(0, 4)};
    for (size_t i = 0; i < 5; i++) {
        assert_non_null(p[i]);
        mem_free(p[i]);
    }
    mem_free(NULL);
}

static void too_much(void **state)
{
    (void)state;
    const size_t half = SIZE_MAX / 2;
    assert_null(mem_alloc(half, 3));
    assert_null(mem_zero(half, 3));
    assert_null(mem_aligned(half, 3));
    assert_null(mem_aligned(SIZE_MAX, 1)); // rounding up to 64 overflows
    assert_null(mem_huge(half, 3));
    assert_null(mem_huge(SIZE_MAX, 1));
    assert_null(mem_huge(SIZE_MAX - 100, 1)); // rounding up to 2 MiB does
    assert_null(mem_string("x", SIZE_MAX));
}

static void huge(void **state)
{
    (void)state;
    const size_t sizes[] = {100, (2 << 20) - 1, (2 << 20) + 1};
    for (size_t i = 0; i < 3; i++) {
        unsigned char *p = mem_huge(sizes[i], 1);
        assert_int_equal((uintptr_t)p % (i == 2 ? 2 << 20 : 64), 0);
        memset(p, 1, sizes[i]);
        mem_free(p);
    }
}

static void contents(void **state)
{
    (void)state;
    unsigned char *zero = mem_zero(1000, 3);
    for (size_t i = 0; i < 3000; i++) assert_int_equal(zero[i], 0);
    mem_free(zero);
    for (size_t n = 1; n < 300; n += 13) {
        unsigned char *p = mem_aligned(n, 1);
        assert_int_equal((uintptr_t)p % 64, 0);
        memset(p, 1, n);
        mem_free(p);
    }
    char *text = mem_string("a\0bc", 3);
    assert_memory_equal(text, "a\0b\0", 4);
    mem_free(text);
    text = mem_string(NULL, 0);
    assert_string_equal(text, "");
    mem_free(text);
}

static void grows(void **state)
{
    (void)state;
    uint32_t *p = NULL;
    size_t cap = 0;
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(mem_grow((void **)&p, &cap, i + 1, sizeof *p));
        assert_true(cap > i);
        p[i] = i;
    }
    for (uint32_t i = 0; i < 5000; i++) assert_int_equal(p[i], i);
    const uint32_t *before = p;
    const size_t cap_before = cap;
    assert_false(mem_grow((void **)&p, &cap, SIZE_MAX, sizeof *p));
    assert_false(mem_grow((void **)&p, &cap, SIZE_MAX / 8, sizeof *p));
    assert_ptr_equal(p, before);
    assert_int_equal(cap, cap_before);
    assert_true(mem_grow((void **)&p, &cap, 1, sizeof *p));
    assert_ptr_equal(p, before);
    mem_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products), cmocka_unit_test(nothing_can_be_freed),
        cmocka_unit_test(too_much), cmocka_unit_test(huge),
        cmocka_unit_test(contents), cmocka_unit_test(grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
