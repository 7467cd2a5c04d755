// run.c: fork, exec, and files for what is printed.
#include "support/run.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/os_folder.h"
#include "support/check.h"

long run_size_limit;
static const char *work;

void run_begin(const char *folder)
{
    work = folder;
}

const char *run_program(const char *name)
{
    static char path[4096];
    char *folder = os_program_folder();
    if (!folder) abort();
    snprintf(path, sizeof path, "%s/../%s", folder, name);
    mem_free(folder);
    return path;
}

void run_text(const char *file, char *text, size_t cap)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", work, file);
    FILE *f = fopen(path, "rb");
    const size_t n = f ? fread(text, 1, cap - 1, f) : 0;
    text[n] = 0;
    if (f) fclose(f);
}

pid_t run_start(const char *program, const char *outputs, const char *const *args)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child != 0) return child;
    char path[600];
    snprintf(path, sizeof path, "%s/%s.out", work, outputs);
    if (!freopen(path, "wb", stdout)) _exit(99);
    snprintf(path, sizeof path, "%s/%s.err", work, outputs);
    if (!freopen(path, "wb", stderr)) _exit(99);
    const rlim_t limit = (rlim_t)run_size_limit;
    if (limit) setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
    execv(program, (char *const *)args);
    _exit(98);
}

struct run_outcome run_finish(pid_t child, const char *outputs)
{
    int status = 0;
    char name[40];
    struct run_outcome o = {0};
    assert_int_equal(waitpid(child, &status, 0), child);
    o.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    snprintf(name, sizeof name, "%s.out", outputs);
    run_text(name, o.out, sizeof o.out);
    snprintf(name, sizeof name, "%s.err", outputs);
    run_text(name, o.err, sizeof o.err);
    return o;
}

void run_expect(struct run_outcome o, int status, const char *message)
{
    if (o.status != status || !strstr(o.err, message))
        fail_msg("exit %d, want %d and '%s':\n%s%s", o.status, status, message, o.out, o.err);
    if (status == 1 && (strncmp(o.err, "bert: ", 6) != 0 || strchr(o.err, '\n')[1]))
        fail_msg("not one line: %s", o.err);
}
