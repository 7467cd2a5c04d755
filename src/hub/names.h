// names.h: what a model, a revision and a file of it may be called. Whatever came from a person or
// from a site passes here before it becomes part of a path or of an address.
#ifndef HUB_NAMES_H
#define HUB_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { HUB_NAME_MOST = 200, HUB_REVISION_MOST = 200 };

// "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2": one or two parts of letters, digits
// and _ - . that neither begin nor end with - or . and hold no -- or .. (the hub's own rule).
bool hub_name_valid(const char *name);
// A branch, tag, commit or "refs/pr/1": parts as git allows and a path can hold.
bool hub_revision_valid(const char *revision);
// A whole commit: 40 lower-case hexadecimal digits. A checksum: such, of 40 or 64.
bool hub_commit_valid(const char *commit);
bool hub_checksum_valid(const char *checksum);
// "1_Pooling/config.json": a relative path without empty parts, ".", ".." and control characters.
bool hub_path_valid(const char *path);

// NAME or NAME@REVISION in its two parts; without @ the revision is "main".
struct hub_id {
    char name[HUB_NAME_MOST + 1], revision[HUB_REVISION_MOST + 1];
};
// INVALID says what is wrong with it.
bert_status hub_id_parse(struct hub_id *id, const char *text, bert_error *err);

#endif
