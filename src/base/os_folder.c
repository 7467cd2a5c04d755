// os_folder.c: the system calls of os_folder.h.
#include "base/os_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "base/mem.h"

static bert_status fail_errno(bert_error *err, const char *path)
{
    return fail(err, BERT_IO, "%s: %s", path, strerror(errno));
}

// ---------------------------------------------------------------------------------------- folders

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bert_status os_folder_make(const char *path, bert_error *err)
{
    char *copy = mem_string(path, strlen(path));
    if (!copy) return fail_memory(err);
    bert_status status = BERT_OK;
    const size_t len = strlen(copy);
    for (size_t i = 1; !status && i <= len; i++) { // a folder ends at each slash and at the end
        const char c = copy[i];
        if (c && c != '/') continue;
        copy[i] = 0;
        if (mkdir(copy, 0777) && !is_folder(copy)) {
            if (errno == EEXIST) errno = ENOTDIR;
            status = fail_errno(err, copy);
        }
        copy[i] = c;
    }
    mem_free(copy);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bert_status add_name(struct os_names *names, size_t *cap, const char *name, bert_error *err)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return BERT_OK;
    if (!mem_grow((void **)&names->name, cap, names->count + 1, sizeof *names->name))
        return fail_memory(err);
    char *copy = mem_string(name, strlen(name));
    if (!copy) return fail_memory(err);
    names->name[names->count++] = copy;
    return BERT_OK;
}

bert_status os_folder_list(struct os_names *names, const char *path, bert_error *err)
{
    *names = (struct os_names){0};
    DIR *folder = opendir(path);
    if (!folder) return errno == ENOENT || errno == ENOTDIR ? BERT_OK : fail_errno(err, path);
    size_t cap = 0;
    bert_status status = BERT_OK;
    for (const struct dirent *e; !status && (e = readdir(folder));)
        status = add_name(names, &cap, e->d_name, err);
    closedir(folder);
    if (status) os_names_release(names);
    else if (names->count) qsort(names->name, names->count, sizeof *names->name, compare_names);
    return status;
}

void os_names_release(struct os_names *names)
{
    for (size_t i = 0; i < names->count; i++) mem_free(names->name[i]);
    mem_free(names->name);
    *names = (struct os_names){0};
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

void os_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// ------------------------------------------------------------------------------------------ names

void os_sync_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    const size_t n = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= sizeof folder) return;
    memcpy(folder, n ? path : ".", n ? n : 1);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

bert_status os_rename(const char *from, const char *to, bert_error *err)
{
    if (rename(from, to)) return fail_errno(err, to);
    os_sync_folder_of(to);
    return BERT_OK;
}

// ------------------------------------------------------------------------------- temporary names

char *os_temporary_name(const char *path)
{
    static const char form[] = "%s.%ld.tmp";
    const size_t room = strlen(path) + sizeof form + 20;
    char *name = mem_alloc(room, 1);
    if (name) snprintf(name, room, form, path, (long)getpid());
    return name;
}

void os_temporary_hold(int fd)
{
    flock(fd, LOCK_EX | LOCK_NB);
}

// Whether this is NAME.<process>.tmp of a process that is gone.
static bool is_left(const char *entry, const char *name)
{
    const size_t n = strlen(name);
    if (strncmp(entry, name, n) != 0 || entry[n] != '.') return false;
    const char *digits = entry + n + 1;
    const size_t many = strspn(digits, "0123456789");
    if (many == 0 || many > 9 || strcmp(digits + many, ".tmp") != 0) return false;
    return kill((pid_t)atol(digits), 0) != 0 && errno == ESRCH;
}

// A process of another machine or container is not seen here, but what it holds is.
static bool is_held(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const bool held = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd >= 0) close(fd);
    return held;
}

// A file without a name (O_TMPFILE) would leave nothing, but needs a name again before it can take
// the place of another; and there are no such folders.
void os_sweep(const char *path)
{
    char left[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const int n = slash ? (int)(slash - path) + 1 : 0; // bytes of the folder's name, with its slash
    snprintf(left, sizeof left, "%.*s", n, path);
    DIR *folder = opendir(n ? left : ".");
    for (const struct dirent *e; folder && (e = readdir(folder));) {
        if (!is_left(e->d_name, name)) continue;
        const int len = snprintf(left, sizeof left, "%.*s%s", n, path, e->d_name);
        if (len < (int)sizeof left && !is_held(left)) os_remove(left);
    }
    if (folder) closedir(folder);
}

// ------------------------------------------------------------------------------------------- links

bert_status os_link(const char *target, const char *path, bert_error *err)
{
    char *temporary = os_temporary_name(path);
    if (!temporary) return fail_memory(err);
    unlink(temporary);
    bert_status status = BERT_OK;
    if (symlink(target, temporary)) {
        const bool none = errno == EPERM || errno == ENOTSUP || errno == ENOSYS;
        status = fail(err, none ? BERT_UNSUPPORTED : BERT_IO, "%s: %s", path, strerror(errno));
    } else if ((status = os_rename(temporary, path, err))) {
        unlink(temporary);
    }
    mem_free(temporary);
    return status;
}

bool os_file_size(const char *path, uint64_t *size)
{
    struct stat st;
    if (stat(path, &st) || !S_ISREG(st.st_mode)) return false;
    *size = (uint64_t)st.st_size;
    return true;
}

uint64_t os_free_bytes(const char *folder)
{
    struct statvfs fs;
    return statvfs(folder, &fs) ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
}

// ------------------------------------------------------------------------------------------ locks

// The file that was locked is still the one of that name: some tools remove theirs.
static bool still_there(int fd, const char *path)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

bert_status os_lock_try(struct os_lock *lock, const char *path, bool *taken, bert_error *err)
{
    *taken = false;
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0664);
    if (lock->fd < 0) return fail_errno(err, path);
    if (flock(lock->fd, LOCK_EX | LOCK_NB)) {
        if (errno == EWOULDBLOCK || errno == EINTR) {
            os_lock_release(lock);
            return BERT_OK;
        }
        *taken = true; // no locks here: ENOTSUP, ENOLCK, ENOSYS
        return BERT_OK;
    }
    *taken = still_there(lock->fd, path);
    if (!*taken) os_lock_release(lock);
    return BERT_OK;
}

void os_lock_release(struct os_lock *lock)
{
    if (lock->fd >= 0) close(lock->fd);
    lock->fd = -1;
}

// ------------------------------------------------------------------------------------ the process

void os_sleep(double seconds)
{
    const struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

char *os_program_folder(void)
{
    char path[PATH_MAX];
#ifdef __APPLE__
    uint32_t size = sizeof path;
    if (_NSGetExecutablePath(path, &size)) return NULL;
#else
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) return NULL;
    path[n] = 0;
#endif
    const char *slash = strrchr(path, '/');
    return slash ? mem_string(path, slash == path ? 1 : (size_t)(slash - path)) : NULL;
}
