// folder_writer.c: see folder_writer.h.
#include "base/folder_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"

static bert_status fail_errno(bert_error *err, const char *path)
{
    return fail(err, BERT_IO, "%s: %s", path, strerror(errno));
}

// The path as it is without links and slashes at its end; NULL without memory.
static char *settle_path(const char *path)
{
    char *real = realpath(path, NULL); // NULL when there is nothing yet
    const char *name = real ? real : path;
    size_t n = strlen(name);
    while (n > 1 && name[n - 1] == '/') n--;
    char *copy = mem_string(name, n);
    free(real);
    return copy;
}

static bert_status make_temporary(struct folder_writer *w, bert_error *err)
{
    os_sweep(w->path);
    char *name = os_temporary_name(w->path);
    if (!name) return fail_memory(err);
    os_remove(name); // of a process of this number that was killed
    if (mkdir(name, 0777)) {
        fail_errno(err, w->path);
        mem_free(name);
        return BERT_IO;
    }
    w->temporary = name;
    w->fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->fd >= 0) os_temporary_hold(w->fd);
    return BERT_OK;
}

bert_status folder_writer_open(struct folder_writer *w, const char *path, bert_error *err)
{
    *w = (struct folder_writer){.path = settle_path(path), .fd = -1};
    bert_status status = w->path ? BERT_OK : fail_memory(err);
    if (!status && os_is_file(w->path)) {
        status = fail(err, BERT_IO, "%s: is a file; want the name of a folder", w->path);
    }
    if (!status) status = make_temporary(w, err);
    if (status) folder_writer_abandon(w);
    return status;
}

// Makes the names in a folder durable. A file system that cannot sync a folder is left at that.
static void sync_folder(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

static void sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash ? mem_string(path, slash == path ? 1 : (size_t)(slash - path)) : NULL;
    if (!slash || parent) sync_folder(slash ? parent : ".");
    mem_free(parent);
}

static bool exchange(const char *a, const char *b)
{
#ifdef RENAME_EXCHANGE
    return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
#else
    (void)a, (void)b;
    return false;
#endif
}

// Puts the temporary folder in the place of one that holds something; what was there has the
// temporary name then, or another one.
static bert_status replace(struct folder_writer *w, bert_error *err)
{
    if (exchange(w->temporary, w->path)) return BERT_OK;
    char *aside = mem_alloc(strlen(w->temporary) + 8, 1);
    if (!aside) return fail_memory(err);
    sprintf(aside, "%s.old", w->temporary);
    bert_status status = BERT_OK;
    if (rename(w->path, aside)) {
        status = fail_errno(err, w->path);
    } else if (rename(w->temporary, w->path)) {
        status = fail_errno(err, w->path);
        rename(aside, w->path); // as it was
    } else {
        os_remove(aside);
    }
    mem_free(aside);
    return status;
}

bert_status folder_writer_commit(struct folder_writer *w, bert_error *err)
{
    sync_folder(w->temporary);
    bert_status status = BERT_OK;
    if (rename(w->temporary, w->path)) { // takes the place of an empty folder, too
        const bool full = errno == ENOTEMPTY || errno == EEXIST;
        status = full ? replace(w, err) : fail_errno(err, w->path);
    }
    if (!status) sync_parent(w->path);
    folder_writer_abandon(w);
    return status;
}

void folder_writer_abandon(struct folder_writer *w)
{
    if (w->temporary) os_remove(w->temporary);
    if (w->temporary && w->fd >= 0) close(w->fd);
    mem_free(w->temporary);
    mem_free(w->path);
    *w = (struct folder_writer){0};
}
