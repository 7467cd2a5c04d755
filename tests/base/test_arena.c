// test_arena.c: the measuring walk and the carving walk agree, and sizes that overflow are noticed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

#include <cmocka.h>

enum { PIECES = 5 };
static const size_t sizes[PIECES][2] = {{1, 1}, {0, 8}, {100, 4}, {64, 1}, {3, 24}};

static void layout(struct arena *a, unsigned char *pieces[PIECES])
{
    for (int i = 0; i < PIECES; i++) pieces[i] = arena_take(a, sizes[i][0], sizes[i][1]);
}

static void measure_then_carve(void **state)
{
    (void)state;
    unsigned char *pieces[PIECES];
    struct arena plan = {0};
    layout(&plan, pieces);
    for (int i = 0; i < PIECES; i++) assert_null(pieces[i]);
    assert_int_equal(plan.used, 64 + 0 + 448 + 64 + 128);
    assert_false(plan.overflow);

    struct arena real = {mem_aligned(plan.used, 1), plan.used, 0, false};
    layout(&real, pieces);
    assert_int_equal(real.used, plan.used);
    for (int i = 0; i < PIECES; i++) {
        assert_int_equal((uintptr_t)pieces[i] % 64, 0);
        memset(pieces[i], i, sizes[i][0] * sizes[i][1]);
    }
    for (int i = 0; i < PIECES; i++) { // no piece was written over by a later one
        for (size_t b = 0; b < sizes[i][0] * sizes[i][1]; b++) assert_int_equal(pieces[i][b], i);
    }
    mem_free(real.base);
}

static void overflow(void **state)
{
    (void)state;
    const size_t cases[][2] = {{SIZE_MAX, 2}, {SIZE_MAX, 1}, {(size_t)1 << 32, (size_t)1 << 32}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena plan = {0};
        assert_null(arena_take(&plan, cases[i][0], cases[i][1]));
        assert_true(plan.overflow);
    }
    struct arena plan = {0}; // each fits, the sum does not
    arena_take(&plan, SIZE_MAX / 2, 1);
    assert_false(plan.overflow);
    arena_take(&plan, SIZE_MAX / 2, 1);
    arena_take(&plan, 1, 1);
    assert_true(plan.overflow);
    arena_take(&plan, 1, 1);
    assert_true(plan.overflow); // it stays
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measure_then_carve),
        cmocka_unit_test(overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
