// os_program.c: posix_spawn, which costs the same however large this process is.
#include "base/os_program.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/os.h"

extern char **environ;

bert_status os_program_run(const char *path, char *const argv[], struct os_run *run,
                           bert_error *err)
{
    struct rusage usage;
    pid_t child, got;
    int status;
    const double start = os_now();
    const int failed = posix_spawn(&child, path, NULL, NULL, argv, environ);
    if (failed) return fail(err, BERT_IO, "%s: %s", path, strerror(failed));
    do got = wait4(child, &status, 0, &usage);
    while (got < 0 && errno == EINTR);
    if (got < 0) return fail(err, BERT_IO, "%s: %s", path, strerror(errno));
    run->seconds = os_now() - start;
    run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
#ifdef __APPLE__
    run->memory = (size_t)usage.ru_maxrss;
#else
    run->memory = (size_t)usage.ru_maxrss * 1024;
#endif
    return BERT_OK;
}
