// check.h: what tests share: cmocka with the headers it wants, temporary folders, and running a
// group of tests once at every CPU level.
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
// cmocka's macro fail() hides our function of that name.
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "bert.h"

// Calls run() once for each level that this CPU has, each in a process of its own since a level is
// chosen once; returns how many failed. BERT_TEST_LEVELS="NAME …" leaves the others out.
int check_every_level(int (*run)(void));

// A new folder under $TMPDIR or /tmp, and its end with everything in it.
void check_folder_make(char path[256]);
void check_folder_remove(const char *path);

// Writes a file; fails the test when that fails.
void check_write(const char *folder, const char *name, const void *bytes, size_t n);

// Opens a model or prints why not and fails the test.
bert_model *check_open(const char *folder);

#endif
