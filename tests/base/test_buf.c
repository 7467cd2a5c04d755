// test_buf.c: bytes that grow, and what happens when they cannot.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

#include <cmocka.h>

// A request that is too large shall get NULL under AddressSanitizer too.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void appends(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b);
    assert_null(b.data);
    buf_text(&b, "one");
    buf_byte(&b, ' ');
    buf_add(&b, "two\0", 4);
    buf_print(&b, "%d-%s", 3, "x");
    assert_int_equal(b.len, 11);
    assert_memory_equal(b.data,
                        "one two\0"
                        "3-x",
                        11);
    assert_false(b.failed);
    buf_release(&b);
    assert_null(b.data);
    assert_int_equal(b.cap, 0);
}

static void adding_nothing(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b);
    buf_add(&b, NULL, 0);
    buf_text(&b, "");
    buf_print(&b, "%s", "");
    assert_int_equal(b.len, 0);
    assert_false(b.failed);
    buf_release(&b);
}

static void grows(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b);
    for (int i = 0; i < 100000; i++) buf_byte(&b, (char)i);
    assert_int_equal(b.len, 100000);
    for (int i = 0; i < 100000; i++) assert_int_equal(b.data[i], (char)i);
    const size_t cap = b.cap;
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, cap);
    buf_release(&b);
}

static void reserve_keeps_len(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b);
    buf_text(&b, "ab");
    char *at = buf_reserve(&b, 1000);
    assert_ptr_equal(at, b.data + 2);
    assert_int_equal(b.len, 2);
    memset(at, 'c', 1000);
    b.len += 1000;
    assert_int_equal(b.data[1001], 'c');
    buf_release(&b);
}

// The mark stays, what follows is dropped, what was there is kept.
static void out_of_memory(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b);
    buf_text(&b, "kept");
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_true(b.failed);
    buf_text(&b, "dropped");
    buf_print(&b, "%d", 1);
    assert_int_equal(b.len, 4);
    assert_memory_equal(b.data, "kept", 4);
    buf_clear(&b);
    assert_false(b.failed);
    buf_text(&b, "again");
    assert_int_equal(b.len, 5);
    assert_null(buf_reserve(&b, SIZE_MAX / 2 - 8)); // no overflow, only too much
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),       cmocka_unit_test(adding_nothing),
        cmocka_unit_test(grows),         cmocka_unit_test(reserve_keeps_len),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
