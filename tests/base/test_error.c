// test_error.c: a message is one line, ends at a character's border, and need not be wanted.
#include "support/check.h"

#include "base/error.h"

static void control_characters_are_shown(void **state)
{
    (void)state;
    bert_error err;
    assert_int_equal(fail(&err, BERT_FORMAT, "a: '%s'", "x\ny\r\t\033[1m\x7F é"), BERT_FORMAT);
    assert_int_equal(err.status, BERT_FORMAT);
    assert_string_equal(err.message, "a: 'x?y???[1m? é'");
    assert_int_equal(fail(NULL, BERT_IO, "%s", "nobody asks"), BERT_IO);
}

static void long_messages_end_in_an_ellipsis(void **state)
{
    (void)state;
    bert_error err;
    for (size_t before = 0; before < 4; before++) { // so that the end falls on each byte of é
        char text[2 * sizeof err.message + 4] = "abc";
        for (size_t i = before; i + 2 < sizeof text; i += 2) memcpy(text + i, "é", 3);
        fail(&err, BERT_FORMAT, "%s", text);
        const size_t n = strlen(err.message);
        assert_true(n < sizeof err.message && n + 3 >= sizeof err.message);
        assert_string_equal(err.message + n - 3, "…");
        assert_int_equal((n - 3 - before) % 2, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_shown),
        cmocka_unit_test(long_messages_end_in_an_ellipsis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
