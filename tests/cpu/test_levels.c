// test_levels.c: bert_cpu_limit, before and after the first use of a kernel.
#include "cpu/cpu.h"
#include "support/check.h"

static void names_ascend_from_ref(void **state)
{
    (void)state;
    assert_string_equal(bert_cpu_levels()[0], "ref");
    assert_string_equal(bert_cpu_levels()[1], "c");
}

static void unknown_levels_are_refused(void **state)
{
    (void)state;
    bert_error err;
    assert_int_equal(bert_cpu_limit("sse9", &err), BERT_INVALID);
    assert_non_null(strstr(err.message, "sse9"));
    assert_int_equal(bert_cpu_limit(NULL, &err), BERT_INVALID);
    assert_int_equal(bert_cpu_limit("", NULL), BERT_INVALID);
}

static void limit_holds_once_a_kernel_is_in_use(void **state)
{
    (void)state;
    bert_error err;
    for (const char *const *level = bert_cpu_levels(); *level; level++) {
        assert_int_equal(bert_cpu_limit(*level, &err), BERT_OK);
        assert_string_equal(bert_cpu_name(), *level);
    }
    struct kernels c;
    cpu_table(1, &c);
    assert_int_equal(bert_cpu_limit("c", &err), BERT_OK);
    assert_ptr_equal(cpu_kernels()->gemm_f32, c.gemm_f32);
    assert_int_equal(bert_cpu_limit("c", &err), BERT_OK);
    assert_int_equal(bert_cpu_limit("ref", &err), BERT_INVALID);
    assert_string_equal(bert_cpu_name(), "c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_ascend_from_ref),
        cmocka_unit_test(unknown_levels_are_refused),
        cmocka_unit_test(limit_holds_once_a_kernel_is_in_use),
    };
    return cmocka_run_group_tests_name("cpu levels", tests, NULL, NULL);
}
