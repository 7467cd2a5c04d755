// here.h: the models that are on this machine, and what a name after -m means.
#ifndef HUB_HERE_H
#define HUB_HERE_H

#include <stddef.h>

#include "base/error.h"
#include "hub/names.h"
#include "hub/settings.h"

// The folder of a model that is here with its weights, from mem_alloc; *path NULL when it is not.
bert_status hub_find(const struct hub_settings *s, const struct hub_id *id, char **path,
                     bert_error *err);

// What a person gave as a model: a path that exists is itself; a name is the folder of the model of
// that name; what can be neither is left to fail as a path. IO: it could be a name, but no such
// model is here, and how to bring it.
bert_status hub_resolve(const char *model, char **path, bert_error *err);

struct hub_here {
    char *name;     // as -m takes it
    char *revision; // "main", or a commit that no name stands for; "" for Google's
    char *path;
};
struct hub_here_list {
    struct hub_here *model; // sorted by name, the hub's before Google's
    size_t count, cap;
};
// To be released also on failure.
bert_status hub_here_read(struct hub_here_list *list, const struct hub_settings *s,
                          bert_error *err);
void hub_here_release(struct hub_here_list *list);

#endif
