// folder_writer.h: a folder written as a whole, so that its name never stands for half of what
// belongs into it.
#ifndef BASE_FOLDER_WRITER_H
#define BASE_FOLDER_WRITER_H

#include "base/error.h"

// Files go into `temporary`, a folder beside `path`, until commit renames it.
struct folder_writer {
    char *path, *temporary;
    int fd; // holds the temporary folder; -1: it cannot be held
};

// Makes the temporary folder. `path` may exist as a folder; a symbolic link is followed. IO,
// MEMORY.
bert_status folder_writer_open(struct folder_writer *w, const char *path, bert_error *err);
// Syncs, renames, syncs the parent. A folder that is there is replaced with all that is in it, in
// one step where the file system can exchange two names; else its name is free for a moment. The
// writer is closed whatever happens. IO, MEMORY.
bert_status folder_writer_commit(struct folder_writer *w, bert_error *err);
void folder_writer_abandon(struct folder_writer *w); // removes the temporary folder

#endif
