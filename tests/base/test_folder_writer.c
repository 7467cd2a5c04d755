// test_folder_writer.c: folders written as a whole: there when committed, otherwise as if nothing
// had been.
#include "support/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/folder_writer.h"
#include "base/os_folder.h"

static char root[256], target[300];

static bool has(const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", target, name);
    return access(path, F_OK) == 0;
}

static size_t entries(const char *path)
{
    struct os_names names;
    assert_int_equal(os_folder_list(&names, path, NULL), BERT_OK);
    const size_t n = names.count;
    os_names_release(&names);
    return n;
}

static void begin(struct folder_writer *w, const char *file)
{
    assert_int_equal(folder_writer_open(w, target, NULL), BERT_OK);
    check_write(w->temporary, file, file, strlen(file));
}

static void a_new_folder(void **state)
{
    (void)state;
    struct folder_writer w;
    begin(&w, "a");
    char sub[400];
    snprintf(sub, sizeof sub, "%s/sub/sub", w.temporary);
    assert_int_equal(os_folder_make(sub, NULL), BERT_OK);
    check_write(sub, "b", "b", 1);
    assert_false(has("a"));
    assert_int_equal(folder_writer_commit(&w, NULL), BERT_OK);
    assert_true(has("a") && has("sub/sub/b"));
    assert_int_equal(entries(root), 1);
    assert_int_equal(entries(target), 2);
}

static void an_empty_folder_is_taken(void **state)
{
    (void)state;
    struct folder_writer w;
    assert_int_equal(mkdir(target, 0777), 0);
    begin(&w, "a");
    assert_int_equal(folder_writer_commit(&w, NULL), BERT_OK);
    assert_true(has("a"));
    assert_int_equal(entries(root), 1);
}

static void a_full_folder_is_replaced(void **state)
{
    (void)state;
    struct folder_writer w;
    begin(&w, "old");
    assert_int_equal(folder_writer_commit(&w, NULL), BERT_OK);
    char link[300];
    snprintf(link, sizeof link, "%s/link", root);
    assert_int_equal(symlink(target, link), 0);
    assert_int_equal(folder_writer_open(&w, link, NULL), BERT_OK); // by a link
    check_write(w.temporary, "new", "n", 1);
    assert_true(has("old"));
    assert_int_equal(folder_writer_commit(&w, NULL), BERT_OK);
    assert_true(has("new"));
    assert_false(has("old"));
    assert_int_equal(entries(root), 2);
}

static void abandoned(void **state)
{
    (void)state;
    struct folder_writer w;
    begin(&w, "a");
    folder_writer_abandon(&w);
    assert_int_equal(entries(root), 0);
}

static void refusals(void **state)
{
    (void)state;
    struct folder_writer w;
    bert_error err = {0};
    check_write(root, "target", "x", 1);
    assert_int_equal(folder_writer_open(&w, target, &err), BERT_IO);
    assert_non_null(strstr(err.message, "is a file"));
    assert_int_equal(folder_writer_open(&w, "no/such/folder", &err), BERT_IO);
    assert_non_null(strstr(err.message, "no/such/folder: "));
    assert_int_equal(entries(root), 1);
}

static int make_root(void **state)
{
    (void)state;
    check_folder_make(root);
    snprintf(target, sizeof target, "%s/target", root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    check_folder_remove(root);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(a_new_folder), CASE(an_empty_folder_is_taken),
                                       CASE(a_full_folder_is_replaced), CASE(abandoned),
                                       CASE(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
