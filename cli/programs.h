// programs.h: commands that are programs of their own beside bert, because they need libraries that
// it does not: `bert NAME` runs bert-NAME, as git does. Each is told here, so that help and man
// page know its options, and the program itself reads them from here.
#ifndef CLI_PROGRAMS_H
#define CLI_PROGRAMS_H

#include "opt.h"

struct program {
    struct command command; // run is NULL
    const char *needs;      // what it is built with, for who lacks it
};

extern const struct program programs[]; // the last has no name

const struct program *program_find(const char *name); // NULL: none

// Runs it in place of this process. Returns only when that fails, with the exit status.
int program_run(const struct program *program, char **argv);

#endif
