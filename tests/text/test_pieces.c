// test_pieces.c: a vocabulary's texts and ids, both ways.
#include "support/check.h"

#include "text/pieces.h"

static void add(struct pieces *p, uint32_t id, const char *text)
{
    assert_true(pieces_add(p, id, text, strlen(text)));
}

static void texts_are_found(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    add(&p, 0, "ab");
    add(&p, 1, "##ab");
    add(&p, 2, "abcd");
    add(&p, 3, "ab");
    assert_true(pieces_index(&p, "##", 2));
    assert_int_equal(pieces_find(&p, "ab", 2), 3);
    assert_int_equal(pieces_find(&p, "##ab", 4), 1);
    assert_int_equal(pieces_find(&p, "abc", 3), -1);
    assert_int_equal(pieces_find(&p, "abcde", 5), -1);
    assert_int_equal(pieces_find(&p, "", 0), -1);
    assert_null(pieces_text(&p, 0));
    assert_string_equal(pieces_text(&p, 3), "ab");
    assert_int_equal(p.duplicates, 1);
    pieces_release(&p);
}

static void an_id_given_twice_has_the_last_text(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    add(&p, 7, "x");
    add(&p, 7, "yz");
    add(&p, 2, "");
    assert_true(pieces_index(&p, "##", 2));
    assert_int_equal(pieces_find(&p, "x", 1), -1);
    assert_int_equal(pieces_find(&p, "yz", 2), 7);
    assert_string_equal(pieces_text(&p, 2), "");
    assert_null(pieces_text(&p, 3));
    assert_int_equal(p.n, 8);
    assert_int_equal(p.duplicates, 1);
    pieces_release(&p);
}

static void the_longest_is_found(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    const char *const texts[] = {"a", "abc", "##b", "##bcd", "##", "b\xC3\xA9"};
    for (uint32_t id = 0; id < 6; id++) add(&p, id, texts[id]);
    assert_true(pieces_index(&p, "##", 2));
    int32_t id = -1;
    assert_int_equal(pieces_longest(&p, false, "abcd", 4, &id), 3);
    assert_int_equal(id, 1);
    assert_int_equal(pieces_longest(&p, false, "abcd", 2, &id), 1);
    assert_int_equal(id, 0);
    assert_int_equal(pieces_longest(&p, true, "bcdef", 5, &id), 3);
    assert_int_equal(id, 3);
    assert_int_equal(pieces_longest(&p, true, "cd", 2, &id), 0);
    assert_int_equal(pieces_longest(&p, false, "##b", 3, &id), 3); // a piece as it stands
    assert_int_equal(id, 2);
    pieces_release(&p);
}

// More than fill the table's first size, holes between them, found among as many that are not.
static void many_are_found(void **state)
{
    (void)state;
    struct pieces p;
    pieces_init(&p);
    char text[16];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(text, sizeof text, "%x", i);
        add(&p, 3 * i, text);
    }
    assert_true(pieces_index(&p, "", 0));
    for (uint32_t i = 0; i < 10000; i++) {
        snprintf(text, sizeof text, "%x", i);
        assert_int_equal(pieces_find(&p, text, strlen(text)), i < 5000 ? (int)(3 * i) : -1);
    }
    pieces_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_found),
        cmocka_unit_test(an_id_given_twice_has_the_last_text),
        cmocka_unit_test(the_longest_is_found),
        cmocka_unit_test(many_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
