// os_folder.h: folders, links, locks between processes, and this program's own place.
#ifndef BASE_OS_FOLDER_H
#define BASE_OS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// Makes a folder and those above it; one that is there already is fine.
bert_status os_folder_make(const char *path, bert_error *err);

// The names in a folder, sorted by bytes, without "." and "..". A folder that is not there has
// none.
struct os_names {
    char **name;
    size_t count;
};
bert_status os_folder_list(struct os_names *names, const char *path, bert_error *err);
void os_names_release(struct os_names *names);

// Removes a file, or a folder with everything in it; links are removed, not followed. Best effort.
void os_remove(const char *path);

// Gives a file or folder another name, durably.
bert_status os_rename(const char *from, const char *to, bert_error *err);

// Makes what happened to names in the folder of `path` durable, where the file system can.
void os_sync_folder_of(const char *path);

// The name under which this process writes what becomes `path`: PATH.<process>.tmp, from mem_alloc;
// NULL without memory.
char *os_temporary_name(const char *path);
// Holds what was opened under that name until fd is closed, for others' os_sweep.
void os_temporary_hold(int fd);
// Removes files and folders under such names for `path` that nobody holds and whose process is
// gone: it was killed. Best effort.
void os_sweep(const char *path);

// Makes `path` a symbolic link to target, in place of a file or link of that name. UNSUPPORTED
// where the file system has no such links.
bert_status os_link(const char *target, const char *path, bert_error *err);

// A regular file's size, links followed; false when there is none.
bool os_file_size(const char *path, uint64_t *size);

// Bytes that a user may still write into this folder's file system; UINT64_MAX where unknown.
uint64_t os_free_bytes(const char *folder);

// A lock that one process holds at a time, on a file that stays (removing it would let two in). As
// the Python tools lock theirs, with flock.
struct os_lock {
    int fd; // -1: not held
};
// Tries once; *taken is false while another holds it. Where the file system has no locks it is
// taken without one. IO (the file cannot be made).
bert_status os_lock_try(struct os_lock *lock, const char *path, bool *taken, bert_error *err);
void os_lock_release(struct os_lock *lock);

void os_sleep(double seconds); // ends early when a signal comes

// The folder that this program's file is in, from mem_alloc; NULL when unknown.
char *os_program_folder(void);

#endif
