// os_partial.c: the system calls of os_partial.h.
#include "base/os_partial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os_folder.h"

static bert_status fail_errno(bert_error *err, const char *path)
{
    return fail(err, BERT_IO, "%s: %s", path, strerror(errno));
}

bert_status os_partial_open(struct os_partial *p, const char *path, bert_error *err)
{
    struct stat st;
    *p = (struct os_partial){.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666),
                             .path = path};
    if (p->fd < 0) return fail_errno(err, path);
    bert_status status = BERT_OK;
    if (fstat(p->fd, &st)) status = fail_errno(err, path);
    else if (!S_ISREG(st.st_mode)) status = fail(err, BERT_IO, "%s: not a regular file", path);
    else p->size = (uint64_t)st.st_size;
    if (status) {
        close(p->fd);
        p->fd = -1;
    }
    return status;
}

bert_status os_partial_read(const struct os_partial *p, uint64_t offset, void *bytes, size_t n,
                            size_t *got, bert_error *err)
{
    ssize_t r;
    do r = pread(p->fd, bytes, n, (off_t)offset);
    while (r < 0 && errno == EINTR);
    if (r < 0) return fail_errno(err, p->path);
    *got = (size_t)r;
    return BERT_OK;
}

bert_status os_partial_write(struct os_partial *p, const void *bytes, size_t n, bert_error *err)
{
    const char *at = bytes;
    while (n > 0) {
        const ssize_t put = pwrite(p->fd, at, n, (off_t)p->size);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno(err, p->path);
        at += put;
        p->size += (uint64_t)put;
        n -= (size_t)put;
    }
    return BERT_OK;
}

bert_status os_partial_restart(struct os_partial *p, bert_error *err)
{
    if (ftruncate(p->fd, 0)) return fail_errno(err, p->path);
    p->size = 0;
    return BERT_OK;
}

bert_status os_partial_commit(struct os_partial *p, const char *name, bert_error *err)
{
    bert_status status = fsync(p->fd) ? fail_errno(err, p->path) : BERT_OK;
    if (close(p->fd) && !status) status = fail_errno(err, p->path);
    p->fd = -1;
    return status ? status : os_rename(p->path, name, err);
}

void os_partial_keep(struct os_partial *p)
{
    if (p->fd < 0) return;
    fsync(p->fd);
    close(p->fd);
    p->fd = -1;
}

void os_partial_discard(struct os_partial *p)
{
    if (p->fd < 0) return;
    close(p->fd);
    unlink(p->path);
    p->fd = -1;
}
