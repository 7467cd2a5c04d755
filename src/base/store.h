// store.h: files in folders and in zip archives alike. A path may lead on from an archive to one of
// its members: uncased.zip/vocab.txt, or uncased.zip/top/vocab.txt. So whatever is read by its path
// is read from an archive too, and nothing is unpacked to disk.
#ifndef BASE_STORE_H
#define BASE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/os.h"

enum store_kind { STORE_NONE, STORE_FILE, STORE_FOLDER };

// What is at a path; an archive itself is a file. FORMAT, UNSUPPORTED (the archive is damaged, or
// not to be read), MEMORY.
bert_status store_look(const char *path, enum store_kind *kind, bert_error *err);
bert_status store_is_file(const char *path, bool *is, bert_error *err);

// Opens a file as os_file_open does, with `copy` from an archive too. Else a stored member stays
// where it lies in the archive, which is mapped; a deflated one is unpacked into memory. The CRC of
// either is checked. UNSUPPORTED: a member more than a
// hundred times as large as its bytes in the archive.
bert_status store_open(struct os_file *file, const char *path, bool copy, bert_error *err);

// A file's size without its bytes: of those that store_open gives. As store_open.
bert_status store_size(const char *path, size_t *size, bert_error *err);

// The folder in which an archive holds one of these files: the archive itself, or a folder in it.
// *folder (mem_free) is NULL where `path` is no archive or holds none of them. FORMAT when several
// folders do; else as store_look.
bert_status store_enter(const char *path, const char *const names[], size_t n, char **folder,
                        bert_error *err);

#endif
