// pull.h: what bringing a model needs, from whichever site; and the two sites.
#ifndef PULL_PULL_H
#define PULL_PULL_H

#include "base/os_folder.h"
#include "http.h"
#include "hub/catalogue.h"
#include "hub/names.h"
#include "hub/settings.h"
#include "meter.h"

struct pull {
    struct http *http;
    const struct hub_settings *settings;
    struct meter meter;
    bool quiet, verbose;
};

// Brings what is missing of a model and gives its folder, from mem_alloc.
bert_status pull_from_hub(struct pull *p, const struct hub_id *id, char **path, bert_error *err);
bert_status pull_from_google(struct pull *p, const struct hub_model *model, char **path,
                             bert_error *err);

// With --verbose: a file that came.
void pull_tell(const struct pull *p, const char *name, uint64_t size);

// Takes a lock, waiting while another process holds it (and saying so); CANCELLED when interrupted.
bert_status pull_lock(const struct pull *p, struct os_lock *lock, const char *path,
                      const char *what, bert_error *err);

#endif
