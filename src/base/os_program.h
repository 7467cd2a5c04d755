// os_program.h: other programs, run to their end and measured.
#ifndef BASE_OS_PROGRAM_H
#define BASE_OS_PROGRAM_H

#include "base/error.h"

struct os_run {
    double seconds; // from before the process began until it had ended
    size_t memory;  // its largest resident size, bytes; on Linux no less than this process' then
    int status;     // its exit status; 128 when a signal ended it
};

// Runs the program at a path with these arguments (argv[0] included, NULL behind the last) and this
// process' streams. IO: it cannot be started.
bert_status os_program_run(const char *path, char *const argv[], struct os_run *run,
                           bert_error *err);

#endif
