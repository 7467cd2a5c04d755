// os.h: every call to the operating system that is not memory or threads. Files are read whole or
// mapped; written under a temporary name, synced, then renamed.
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// A file's bytes, mapped read-only or read into memory of ours.
struct os_file {
    const unsigned char *data; // never NULL once opened, so that no reader need ask
    size_t size;
    const void *map; // what to unmap; NULL: nothing
    size_t map_size;
    void *owned; // what to free; NULL: nothing
};

// Opens a regular file whole. copy: read it instead of mapping it (a mapped file that somebody
// truncates kills the process). IO names the path and the system's reason; MEMORY.
bert_status os_file_open(struct os_file *file, const char *path, bool copy, bert_error *err);
void os_file_close(struct os_file *file);
// Pages of a mapped file that were read count for this process no more; touched again they come
// back.
void os_file_rest(const struct os_file *file);

// A regular file of which pieces are read. Nothing of it is mapped: when somebody cuts it short, a
// read fails.
struct os_reader {
    int fd; // -1: none
    size_t size;
    const char *path; // borrowed
};
bert_status os_reader_open(struct os_reader *r, const char *path, bert_error *err);
// Exactly n bytes from an offset; IO also where the file ends before.
bert_status os_reader_read(const struct os_reader *r, size_t at, void *bytes, size_t n,
                           bert_error *err);
// The whole file, as os_file_open has it; the reader stays.
bert_status os_reader_file(const struct os_reader *r, struct os_file *file, bool copy,
                           bert_error *err);
void os_reader_close(struct os_reader *r);

bool os_is_folder(const char *path);
bool os_is_file(const char *path); // exists and is not a folder

// May a file be written there: is the folder of `path` one that this user can write to?
bool os_can_create(const char *path);
// The path without links, "." and "..", from mem_alloc; NULL where there is no such file.
char *os_real_path(const char *path);

// folder + "/" + name, from mem_alloc; NULL without memory.
char *os_join(const char *folder, const char *name);

// A file being written: bytes go to a temporary name beside `path` until commit renames it. Where
// `path` exists and is no regular file (a pipe, /dev/null) it is written directly. A symbolic link
// is followed.
struct os_writer {
    int fd;
    char *path, *temporary; // temporary NULL: written directly
};
bert_status os_writer_open(struct os_writer *w, const char *path, bert_error *err);
bert_status os_writer_write(struct os_writer *w, const void *bytes, size_t n, bert_error *err);
// Overwrites n bytes at an offset already written. INVALID for a pipe.
bert_status os_writer_patch(struct os_writer *w, uint64_t offset, const void *bytes, size_t n,
                            bert_error *err);
// fsync, rename, fsync of the folder; the writer is closed whatever happens.
bert_status os_writer_commit(struct os_writer *w, bert_error *err);
void os_writer_abandon(struct os_writer *w); // removes the temporary file

// Threads that affinity and the cgroup's CPU quota (v1, v2) allow; at least 1.
int os_threads(void);

// Seconds of a clock that only goes forward.
double os_now(void);

// The largest resident memory of this process so far, in bytes; 0 where unknown.
size_t os_peak_memory(void);

#endif
