// cache.h: the folder in which the Python tools keep models, read and written as they do:
//
//     CACHE/models--ORG--NAME/refs/main                   the commit that "main" was
//                             snapshots/COMMIT/FILE       a link, ../../blobs/CHECKSUM
//                             blobs/CHECKSUM              a file's bytes, under their checksum
//                             blobs/CHECKSUM.incomplete   so far
//     CACHE/.locks/models--ORG--NAME/CHECKSUM.lock        held by whoever brings it
//
// A revision's name is written last, when every file of its snapshot is there.
#ifndef HUB_CACHE_H
#define HUB_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { HUB_COMMIT = 41 }; // room for a commit, with its NUL

struct hub_repo {
    char *folder, *locks;
};
// Names a model's place, which need not be there. To be released also on failure. MEMORY.
bert_status hub_repo_init(struct hub_repo *repo, const char *cache, const char *name,
                          bert_error *err);
void hub_repo_release(struct hub_repo *repo);

// The commit that a revision (or a whole commit) stands for here; "" when that is not known. IO,
// MEMORY.
bert_status hub_ref_read(const struct hub_repo *repo, const char *revision, char commit[HUB_COMMIT],
                         bert_error *err);
bert_status hub_ref_write(const struct hub_repo *repo, const char *revision, const char *commit,
                          bert_error *err);

// Paths, from mem_alloc; NULL without memory.
char *hub_snapshot_path(const struct hub_repo *repo, const char *commit);
char *hub_blob_path(const struct hub_repo *repo, const char *checksum, const char *ending);
char *hub_lock_path(const struct hub_repo *repo, const char *checksum);

// Makes the folders that blobs and locks go to.
bert_status hub_repo_make(const struct hub_repo *repo, bert_error *err);

// Puts a blob into a snapshot under its name: as a link, or where there are none by moving it
// there.
bert_status hub_snapshot_add(const struct hub_repo *repo, const char *commit, const char *file,
                             const char *checksum, bert_error *err);

#endif
