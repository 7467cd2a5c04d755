// test_names.c: what passes as a name, a revision, a path: nothing that could leave its folder.
#include "support/check.h"

#include "hub/names.h"

static void names(void **state)
{
    (void)state;
    static const char *const good[] = {"bert-base-uncased", "BAAI/bge-small-en-v1.5", "a/b",
                                       "a_/_b", "google/4x512"};
    static const char *const bad[] = {"",      "/",      "a/",   "/a",   "a/b/c", "../a", "a/..",
                                      "a/.b",  "a--b/c", "a..b", "-a/b", "a/b-",  "a b",  "a/b\n",
                                      "a/b?c", "a%2fb",  "~",    "é/b",  "a\\b",  "a:b"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!hub_name_valid(good[i])) fail_msg("'%s' is refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (hub_name_valid(bad[i])) fail_msg("'%s' passes", bad[i]);
    char longest[99] = "";
    memset(longest, 'a', 96);
    assert_true(hub_name_valid(longest));
    longest[96] = 'a';
    assert_false(hub_name_valid(longest));
}

static void revisions_and_paths(void **state)
{
    (void)state;
    assert_true(hub_revision_valid("main"));
    assert_true(hub_revision_valid("refs/pr/1"));
    assert_true(hub_revision_valid("v1.0+2_x-y"));
    static const char *const bad_revisions[] = {"",     "-x",  ".x",  "a..b", "/a",   "a/",
                                                "a//b", "a b", "a?b", "a#b",  "../x", "a\n"};
    for (size_t i = 0; i < sizeof bad_revisions / sizeof *bad_revisions; i++)
        if (hub_revision_valid(bad_revisions[i])) fail_msg("'%s' passes", bad_revisions[i]);
    assert_true(hub_path_valid("1_Pooling/config.json"));
    assert_true(hub_path_valid("..a/b..c"));
    static const char *const bad_paths[] = {"",     "/a",  "a/",  "a//b", "..",   "../a", "a/../b",
                                            "a/..", "./a", "a/.", "a\\b", "a\nb", "a\x7f"};
    for (size_t i = 0; i < sizeof bad_paths / sizeof *bad_paths; i++)
        if (hub_path_valid(bad_paths[i])) fail_msg("'%s' passes", bad_paths[i]);
    assert_true(hub_commit_valid("0123456789abcdef0123456789abcdef01234567"));
    assert_false(hub_commit_valid("0123456789ABCDEF0123456789abcdef01234567"));
    assert_false(hub_commit_valid("0123456789abcdef0123456789abcdef0123456"));
    assert_false(hub_checksum_valid("../../../../../../../../../../etc/passwd"));
}

static void ids(void **state)
{
    (void)state;
    struct hub_id id;
    bert_error err;
    assert_int_equal(hub_id_parse(&id, "a/b@refs/pr/2", &err), BERT_OK);
    assert_string_equal(id.name, "a/b");
    assert_string_equal(id.revision, "refs/pr/2");
    assert_int_equal(hub_id_parse(&id, "a/b", &err), BERT_OK);
    assert_string_equal(id.revision, "main");
    assert_int_equal(hub_id_parse(&id, "a/b@", &err), BERT_INVALID);
    assert_int_equal(hub_id_parse(&id, "a/b@../x", &err), BERT_INVALID);
    assert_int_equal(hub_id_parse(&id, "a/../b", &err), BERT_INVALID);
    assert_non_null(strstr(err.message, "a/../b: no name of a model"));
    char huge[5000] = "";
    memset(huge, 'a', sizeof huge - 1);
    assert_int_equal(hub_id_parse(&id, huge, &err), BERT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names), cmocka_unit_test(revisions_and_paths), cmocka_unit_test(ids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
