// run.h: running the programs as a user does, and looking at what they print and how they end.
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include <sys/types.h>

struct run_outcome {
    int status; // the exit status; 128 + the signal's number when one ended it
    char out[3000], err[6000];
};

// Where outputs are kept: a folder, borrowed. First of all.
void run_begin(const char *folder);
// The path of a program that was built with the tests; the text stays until the next call.
const char *run_program(const char *name);
// Starts it with these arguments (a program's name first, NULL last); `outputs` tells apart those
// that run at once.
pid_t run_start(const char *program, const char *outputs, const char *const *args);
struct run_outcome run_finish(pid_t child, const char *outputs);
// What it printed so far: the file "b.err".
void run_text(const char *file, char *text, size_t cap);
// Fails the test unless it ended so, with `message` on stderr; an error is one line.
void run_expect(struct run_outcome o, int status, const char *message);

extern long run_size_limit; // largest file of the next one started; 0: no limit

// bert-pull with these arguments, to its end or beside this test.
#define PULL_START(outputs, ...)                                                                   \
    run_start(run_program("bert-pull"), outputs, (const char *const[]){"pull", __VA_ARGS__, NULL})
#define PULL(...) run_finish(PULL_START("a", __VA_ARGS__), "a")

#endif
