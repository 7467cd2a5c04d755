// test_os_sweep.c: what a process that was killed left under its temporary name goes when the same
// file or folder is written again; what somebody may still be writing, and everything else, stays.
#include "support/check.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/folder_writer.h"
#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"

static char root[256], target[300];

static size_t entries(void)
{
    struct os_names names;
    assert_int_equal(os_folder_list(&names, root, NULL), BERT_OK);
    const size_t n = names.count;
    os_names_release(&names);
    return n;
}

static bool is_there(const char *name)
{
    char path[600];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", root, name);
    return lstat(path, &st) == 0;
}

static void begin_file(void)
{
    struct os_writer w;
    bert_error err = {0};
    if (os_writer_open(&w, target, &err)) _exit(1);
    if (os_writer_write(&w, "half", 4, &err)) _exit(1);
}

static void begin_folder(void)
{
    struct folder_writer w;
    bert_error err = {0};
    if (folder_writer_open(&w, target, &err)) _exit(1);
    check_write(w.temporary, "half", "half", 4);
}

// A process that has begun to write and waits for its death.
static pid_t start(void (*begin)(void))
{
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        begin();
        if (write(ready[1], "x", 1) != 1) _exit(1);
        for (;;) pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return child;
}

static void end(pid_t child)
{
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void write_file(void)
{
    struct os_writer w;
    bert_error err = {0};
    assert_int_equal(os_writer_open(&w, target, &err), BERT_OK);
    assert_int_equal(os_writer_write(&w, "whole", 5, &err), BERT_OK);
    assert_int_equal(os_writer_commit(&w, &err), BERT_OK);
}

static void write_folder(void)
{
    struct folder_writer w;
    bert_error err = {0};
    assert_int_equal(folder_writer_open(&w, target, &err), BERT_OK);
    assert_int_equal(folder_writer_commit(&w, &err), BERT_OK);
}

static void killed(void (*begin)(void), void (*again)(void))
{
    const pid_t dead = start(begin), alive = start(begin);
    assert_int_equal(entries(), 2);
    end(dead);
    assert_int_equal(entries(), 2); // kill -9 leaves it
    again();
    assert_int_equal(entries(), 2); // the target, and what the other is writing
    end(alive);
    again();
    assert_int_equal(entries(), 1);
}

static void a_killed_file_goes(void **state)
{
    (void)state;
    killed(begin_file, write_file);
}

static void a_killed_folder_goes(void **state)
{
    (void)state;
    killed(begin_folder, write_folder);
}

// Of a process that is not seen here, on another machine or in a container.
static void what_is_held_stays(void **state)
{
    (void)state;
    char path[600];
    const pid_t gone = start(begin_file);
    end(gone);
    snprintf(path, sizeof path, "%s.%ld.tmp", target, (long)gone);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    os_temporary_hold(fileno(f));
    write_file();
    assert_int_equal(entries(), 2);
    fclose(f);
    write_file();
    assert_int_equal(entries(), 1);
}

// Names that are like it, a link to somewhere, and a process number that never is.
static void what_is_no_ones_stays(void **state)
{
    (void)state;
    static const char *const names[] = {"target.tmp",  "target..tmp",   "target.99999999x.tmp",
                                        "other.1.tmp", "xtarget.1.tmp", "target.99999999.tmp.old",
                                        "target.1",    "target.1.tmp",  "target.9999999999.tmp",
                                        "keep"};
    enum { NAMES = sizeof names / sizeof *names };
    char link[600];
    for (size_t i = 0; i < NAMES; i++) check_write(root, names[i], "x", 1);
    check_write(root, "target.99999999.tmp", "x", 1);
    snprintf(link, sizeof link, "%s.99999998.tmp", target);
    assert_int_equal(symlink("keep", link), 0);
    write_file();
    for (size_t i = 0; i < NAMES; i++) {
        if (!is_there(names[i])) fail_msg("%s is gone", names[i]);
    }
    assert_false(is_there("target.99999999.tmp"));
    assert_true(is_there("target.99999998.tmp")); // it is not what we leave
}

static int setup(void **state)
{
    (void)state;
    check_folder_make(root);
    snprintf(target, sizeof target, "%s/target", root);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    check_folder_remove(root);
    return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(a_killed_file_goes), CASE(a_killed_folder_goes),
                                       CASE(what_is_held_stays), CASE(what_is_no_ones_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
