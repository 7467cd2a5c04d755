// os.c: files, threads allowed, clock, memory used. The only file that names system calls for them.
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

#include "base/mem.h"
#include "base/os_folder.h"

static bert_status fail_errno(bert_error *err, const char *path)
{
    return fail(err, BERT_IO, "%s: %s", path, strerror(errno));
}

// ------------------------------------------------------------------------------------ whole files

bert_status os_reader_open(struct os_reader *r, const char *path, bert_error *err)
{
    *r = (struct os_reader){.fd = -1, .path = path};
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not hang us
    if (fd < 0) return fail_errno(err, path);
    struct stat st;
    bert_status status = BERT_OK;
    if (fstat(fd, &st)) status = fail_errno(err, path);
    else if (!S_ISREG(st.st_mode)) status = fail(err, BERT_IO, "%s: not a regular file", path);
    if (status) {
        close(fd);
        return status;
    }
    r->fd = fd;
    r->size = (size_t)st.st_size;
    return BERT_OK;
}

bert_status os_reader_read(const struct os_reader *r, size_t at, void *bytes, size_t n,
                           bert_error *err)
{
    size_t done = 0;
    while (done < n) {
        const ssize_t got = pread(r->fd, (char *)bytes + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(err, r->path);
        if (got == 0) { // it shrank
            return fail(err, BERT_IO, "%s: ended after %zu of %zu bytes", r->path, at + done,
                        r->size);
        }
        done += (size_t)got;
    }
    return BERT_OK;
}

void os_reader_close(struct os_reader *r)
{
    if (r->fd >= 0) close(r->fd);
    *r = (struct os_reader){.fd = -1};
}

static bert_status map(const struct os_reader *r, struct os_file *file, bert_error *err)
{
    void *bytes = mmap(NULL, r->size, PROT_READ, MAP_PRIVATE, r->fd, 0);
    if (bytes == MAP_FAILED) return fail_errno(err, r->path);
    *file = (struct os_file){.data = bytes, .size = r->size, .map = bytes, .map_size = r->size};
    return BERT_OK;
}

static bert_status copy_whole(const struct os_reader *r, struct os_file *file, bert_error *err)
{
    unsigned char *data = mem_aligned(r->size, 1);
    if (!data) return fail(err, BERT_MEMORY, "%s: no memory for its %zu bytes", r->path, r->size);
    const bert_status status = os_reader_read(r, 0, data, r->size, err);
    if (status) mem_free(data);
    else *file = (struct os_file){.data = data, .size = r->size, .owned = data};
    return status;
}

bert_status os_reader_file(const struct os_reader *r, struct os_file *file, bool copy,
                           bert_error *err)
{
    *file = (struct os_file){.data = (const unsigned char *)""};
    if (r->size == 0) return BERT_OK;
    return copy ? copy_whole(r, file, err) : map(r, file, err);
}

bert_status os_file_open(struct os_file *file, const char *path, bool copy, bert_error *err)
{
    struct os_reader r;
    *file = (struct os_file){0};
    TRY(os_reader_open(&r, path, err));
    const bert_status status = os_reader_file(&r, file, copy, err);
    os_reader_close(&r);
    if (status) *file = (struct os_file){0};
    return status;
}

void os_file_close(struct os_file *file)
{
    if (file->map) munmap((void *)file->map, file->map_size);
    mem_free(file->owned);
    *file = (struct os_file){0};
}

void os_file_rest(const struct os_file *file)
{
    if (file->map) (void)madvise((void *)file->map, file->map_size, MADV_DONTNEED);
}

bool os_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool os_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

char *os_join(const char *folder, const char *name)
{
    const size_t a = strlen(folder), b = strlen(name);
    char *path = mem_alloc(a + b + 2, 1);
    if (!path) return NULL;
    memcpy(path, folder, a);
    path[a] = '/';
    memcpy(path + a + 1, name, b + 1);
    return path;
}

// ---------------------------------------------------------------------------------------- writing

// The folder part of a path ("." when it has none), from mem_alloc.
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return mem_string(".", 1);
    return mem_string(path, slash == path ? 1 : (size_t)(slash - path));
}

bool os_can_create(const char *path)
{
    char *folder = folder_of(path);
    const bool can = folder && access(folder, W_OK | X_OK) == 0;
    mem_free(folder);
    return can;
}

char *os_real_path(const char *path)
{
    char *real = realpath(path, NULL);
    char *copy = real ? mem_string(real, strlen(real)) : NULL;
    free(real);
    return copy;
}

// Opens `<path>.<pid>.tmp` with the permissions that the file has, or would get when new.
static bert_status open_temporary(struct os_writer *w, const struct stat *old, bert_error *err)
{
    os_sweep(w->path);
    w->temporary = os_temporary_name(w->path);
    if (!w->temporary) return fail_memory(err);
    w->fd = open(w->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0) {
        fail_errno(err, w->path);
        mem_free(w->temporary);
        w->temporary = NULL;
        return BERT_IO;
    }
    os_temporary_hold(w->fd);
    if (old && fchmod(w->fd, old->st_mode & 07777)) return fail_errno(err, w->temporary);
    return BERT_OK;
}

static bert_status open_target(struct os_writer *w, bert_error *err)
{
    struct stat st;
    const bool exists = stat(w->path, &st) == 0;
    if (exists && S_ISDIR(st.st_mode)) return fail(err, BERT_IO, "%s: is a folder", w->path);
    if (!exists || S_ISREG(st.st_mode)) return open_temporary(w, exists ? &st : NULL, err);
    w->fd = open(w->path, O_WRONLY | O_CLOEXEC);
    return w->fd < 0 ? fail_errno(err, w->path) : BERT_OK;
}

bert_status os_writer_open(struct os_writer *w, const char *path, bert_error *err)
{
    *w = (struct os_writer){.fd = -1};
    char *real = realpath(path, NULL); // follows links; NULL when there is no such file yet
    w->path = mem_string(real ? real : path, strlen(real ? real : path));
    free(real);
    const bert_status status = w->path ? open_target(w, err) : fail_memory(err);
    if (status) os_writer_abandon(w);
    return status;
}

bert_status os_writer_write(struct os_writer *w, const void *bytes, size_t n, bert_error *err)
{
    const char *at = bytes;
    while (n > 0) {
        const ssize_t put = write(w->fd, at, n);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno(err, w->path);
        at += put;
        n -= (size_t)put;
    }
    return BERT_OK;
}

bert_status os_writer_patch(struct os_writer *w, uint64_t offset, const void *bytes, size_t n,
                            bert_error *err)
{
    if (!w->temporary) return fail(err, BERT_INVALID, "%s: not a file that can be sought", w->path);
    const char *at = bytes;
    while (n > 0) {
        const ssize_t put = pwrite(w->fd, at, n, (off_t)offset);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno(err, w->path);
        at += put;
        offset += (uint64_t)put;
        n -= (size_t)put;
    }
    return BERT_OK;
}

bert_status os_writer_commit(struct os_writer *w, bert_error *err)
{
    bert_status status = BERT_OK;
    if (w->temporary && fsync(w->fd)) status = fail_errno(err, w->temporary);
    if (close(w->fd) && !status) status = fail_errno(err, w->path);
    w->fd = -1;
    if (!status && w->temporary) {
        if (rename(w->temporary, w->path)) {
            status = fail_errno(err, w->path);
        } else {
            mem_free(w->temporary);
            w->temporary = NULL;
            os_sync_folder_of(w->path);
        }
    }
    os_writer_abandon(w);
    return status;
}

void os_writer_abandon(struct os_writer *w)
{
    if (w->fd >= 0) close(w->fd);
    if (w->temporary) unlink(w->temporary);
    mem_free(w->temporary);
    mem_free(w->path);
    *w = (struct os_writer){.fd = -1};
}

// ---------------------------------------------------------------------------------------- machine

#ifdef __linux__
// The first line of a small file of the kernel's, "" when there is none.
static void read_line(const char *path, char *line, size_t cap)
{
    line[0] = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    const ssize_t n = read(fd, line, cap - 1);
    close(fd);
    line[n > 0 ? n : 0] = 0;
    line[strcspn(line, "\n")] = 0;
}

// CPUs' worth of time that a quota grants, rounded up; a large number without one.
static long quota_cpus(long quota, long period)
{
    return quota > 0 && period > 0 ? (quota + period - 1) / period : LONG_MAX;
}

static long cgroup2_cpus(const char *folder)
{
    char path[PATH_MAX + 32], line[64];
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", folder);
    read_line(path, line, sizeof line);
    long quota, period;
    return sscanf(line, "%ld %ld", &quota, &period) == 2 ? quota_cpus(quota, period) : LONG_MAX;
}

static long cgroup1_cpus(void)
{
    char quota[64], period[64];
    read_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota, sizeof quota);
    read_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period, sizeof period);
    return quota_cpus(atol(quota), atol(period));
}

// The tightest quota of this process's cgroup and its parents (v2), or of the v1 controller.
static long cgroup_cpus(void)
{
    char line[PATH_MAX];
    read_line("/proc/self/cgroup", line, sizeof line);
    long least = cgroup1_cpus();
    if (strncmp(line, "0::/", 4) != 0) return least;
    char *folder = line + 3;
    for (;;) {
        char *slash = strrchr(folder, '/');
        if (slash && slash[1] == 0) *slash = 0; // the root is the empty folder
        const long cpus = cgroup2_cpus(folder);
        if (cpus < least) least = cpus;
        slash = strrchr(folder, '/');
        if (!slash) return least;
        *slash = 0;
    }
}

int os_threads(void)
{
    cpu_set_t set;
    long n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                         : sysconf(_SC_NPROCESSORS_ONLN);
    const long quota = cgroup_cpus();
    if (quota < n) n = quota;
    return n < 1 ? 1 : (int)n;
}
#else
int os_threads(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (int)n;
}
#endif

double os_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

size_t os_peak_memory(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage)) return 0;
#ifdef __APPLE__
    return (size_t)usage.ru_maxrss;
#else
    return (size_t)usage.ru_maxrss * 1024;
#endif
}
