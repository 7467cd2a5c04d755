// test_os_program.c: programs that end well, that end badly, and that do not exist.
#include "support/check.h"

#include <string.h>

#include "base/os_program.h"

static struct os_run shell(const char *script)
{
    struct os_run run;
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    bert_error err;
    assert_int_equal(os_program_run("/bin/sh", argv, &run, &err), BERT_OK);
    return run;
}

static void measured(void **state)
{
    (void)state;
    const struct os_run run = shell("sleep 0.05");
    assert_int_equal(run.status, 0);
    assert_true(run.seconds >= 0.05 && run.seconds < 60);
    assert_true(run.memory > 10000);
}

static void statuses(void **state)
{
    (void)state;
    assert_int_equal(shell("exit 3").status, 3);
    assert_int_equal(shell("kill -9 $$").status, 128);
}

static void missing(void **state)
{
    (void)state;
    struct os_run run;
    char *argv[] = {"none", NULL};
    bert_error err;
    assert_int_equal(os_program_run("/nowhere/none", argv, &run, &err), BERT_IO);
    assert_non_null(strstr(err.message, "/nowhere/none: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured), cmocka_unit_test(statuses), cmocka_unit_test(missing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
