// folder.h: for readers of files by their names: a folder that the fuzzer's bytes are written into,
// and what must hold when they are refused.
#ifndef TESTS_FUZZ_FOLDER_H
#define TESTS_FUZZ_FOLDER_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os_folder.h"

#define require(law) ((law) ? (void)0 : broken(#law, __FILE__, __LINE__))
static inline void broken(const char *law, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, law);
    abort();
}

// A refusal has a reason, in one line.
static inline void check_refusal(const bert_error *err)
{
    require(err->status != BERT_OK && err->message[0]);
    for (const char *p = err->message; *p; p++) require((unsigned char)*p >= ' ' && *p != 0x7F);
}

static char fuzz_folder[200];

static void fuzz_folder_remove(void)
{
    os_remove(fuzz_folder);
}

// A folder of this process: in $TMPDIR, else in memory if that can be.
static inline void fuzz_folder_make(void)
{
    if (*fuzz_folder) return;
    const char *outer = getenv("TMPDIR");
    if (!outer) outer = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(fuzz_folder, sizeof fuzz_folder, "%s/bert-fuzz-XXXXXX", outer);
    require(mkdtemp(fuzz_folder) != NULL);
    atexit(fuzz_folder_remove);
}

// The path of a file, or folder, in it.
static inline const char *fuzz_path(char room[300], const char *name)
{
    fuzz_folder_make();
    snprintf(room, 300, "%s/%s", fuzz_folder, name);
    return room;
}

static inline void fuzz_write(const char *name, const void *bytes, size_t size)
{
    char path[300];
    const int fd = open(fuzz_path(path, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    require(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && !close(fd));
}

static inline void fuzz_make_folder(const char *name)
{
    char path[300];
    require(os_folder_make(fuzz_path(path, name), NULL) == BERT_OK);
}

// Writes n files out of one input: what is of the next file stands behind the byte 0x1E, which is
// in no JSON text. A file of no bytes is not there.
static inline void fuzz_write_parts(const char *const names[], size_t n, const uint8_t *data,
                                    size_t size)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *mark = i + 1 < n && size ? memchr(data, 0x1E, size) : NULL;
        const size_t len = mark ? (size_t)(mark - data) : size;
        char path[300];
        if (len) fuzz_write(names[i], data, len);
        else unlink(fuzz_path(path, names[i]));
        data += len + (mark != NULL);
        size -= len + (mark != NULL);
    }
}

#endif
