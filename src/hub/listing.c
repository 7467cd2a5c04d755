// listing.c: see listing.h. Names that could lead out of a folder are no files of a model.
#include "hub/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "hub/names.h"
#include "hub/wanted.h"

enum { FILES_MOST = 100000 };

static bert_status take_commit(struct hub_listing *l, const char *model, bert_error *err)
{
    const char *commit = json_text(json_get(l->document, "sha"));
    if (!commit || !hub_commit_valid(commit))
        return fail(err, BERT_FORMAT, "%s: the site names no commit", model);
    memcpy(l->commit, commit, HUB_COMMIT);
    return BERT_OK;
}

static bert_status fail_no_weights(const char *model, bert_error *err)
{
    char names[256];
    return fail(err, BERT_UNSUPPORTED,
                "%s: it has no weights that can be read here: its files have none of %s", model,
                hub_weights_names(names));
}

static int config_first(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    const bool first = strcmp(x, "config.json") == 0, second = strcmp(y, "config.json") == 0;
    return first != second ? (first ? -1 : 1) : strcmp(x, y);
}

// A name that is listed twice is one file.
static void sort_files(struct hub_listing *l)
{
    size_t n = 0;
    qsort(l->files, l->count, sizeof *l->files, config_first);
    for (size_t i = 0; i < l->count; i++) {
        if (n == 0 || strcmp(l->files[i], l->files[n - 1]) != 0) l->files[n++] = l->files[i];
    }
    l->count = n;
}

static bert_status choose_files(struct hub_listing *l, const char *model, bert_error *err)
{
    const json *all = json_get(l->document, "siblings");
    const size_t n = json_count(all);
    if (n > FILES_MOST) return fail(err, BERT_UNSUPPORTED, "%s: %zu files are too many", model, n);
    l->files = mem_alloc(n, sizeof *l->files);
    bool *take = mem_zero(n, sizeof *take);
    bert_status status = l->files && take ? BERT_OK : fail_memory(err);
    for (size_t i = 0; !status && i < n; i++) {
        const char *name = json_text(json_get(json_at(all, i), "rfilename"));
        l->files[i] = name && hub_path_valid(name) ? name : "-"; // which is no file of a model
    }
    if (!status && !hub_wanted(l->files, n, take)) status = fail_no_weights(model, err);
    for (size_t i = 0; !status && i < n; i++) {
        if (take[i]) l->files[l->count++] = l->files[i];
    }
    if (!status) sort_files(l);
    mem_free(take);
    return status;
}

bert_status hub_listing_read(struct hub_listing *listing, const char *model, const char *bytes,
                             size_t len, bert_error *err)
{
    bert_error mine = {0};
    *listing = (struct hub_listing){0};
    listing->document = json_parse(bytes, len, "the site's list of files", &mine);
    if (!listing->document) return fail(err, mine.status, "%s", mine.message);
    TRY(take_commit(listing, model, err));
    return choose_files(listing, model, err);
}

void hub_listing_release(struct hub_listing *listing)
{
    mem_free(listing->files);
    json_free(listing->document);
    *listing = (struct hub_listing){0};
}
