// listing.h: the hub's answer to what a repository holds at a revision, of which two things count:
//
//     {"sha": COMMIT, "siblings": [{"rfilename": FILE}, …]}
#ifndef HUB_LISTING_H
#define HUB_LISTING_H

#include "base/json.h"
#include "hub/cache.h"

struct hub_listing {
    json *document;
    char commit[HUB_COMMIT];
    const char **files; // [count] those that a BERT needs, config.json first; in the document
    size_t count;
};

// Reads the answer about the model of this name. To be released also on failure. FORMAT,
// UNSUPPORTED (too many files, or no weights among them), MEMORY.
bert_status hub_listing_read(struct hub_listing *listing, const char *model, const char *bytes,
                             size_t len, bert_error *err);
void hub_listing_release(struct hub_listing *listing);

#endif
