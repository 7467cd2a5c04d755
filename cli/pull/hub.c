// hub.c: a model of the Hugging Face hub, into the cache of the Python tools.
//
// One request lists the repository's files at a revision and says which commit that is. For each
// wanted file a HEAD tells its checksum and size, by which it is named in the cache; what is there
// already is not brought again. When all are there they get their names in the commit's snapshot,
// and last the revision its commit: a model that is found by name is whole.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "hub/cache.h"
#include "hub/listing.h"
#include "pull.h"
#include "transfer.h"

struct remote_file {
    const char *name; // in the listing
    char checksum[65];
    uint64_t size;
    bool linked; // it has its name in the snapshot already
};

// One model being brought.
struct job {
    struct pull *pull;
    const struct hub_id *id;
    struct hub_repo repo;
    struct hub_listing listing;
    struct remote_file *files; // [listing.count]
};

// ------------------------------------------------------------------------------------- refusals

// What the site's answer means for a person, and what to do; `file` is NULL for the listing.
static bert_status fail_answer(const struct job *j, const struct http_reply *r, const char *file,
                               bert_error *err)
{
    const struct hub_settings *s = j->pull->settings;
    char site[256];
    http_site(s->endpoint, site);
    const char *name = j->id->name;
    const bool denied = r->status == 401 || r->status == 403;
    if (strcmp(r->error_code, "GatedRepo") == 0) {
        return fail(err, BERT_IO,
                    "%s: its authors want their terms accepted first: log in at %s/%s, accept, and "
                    "give your token in HF_TOKEN",
                    name, s->endpoint, name);
    }
    if (strcmp(r->error_code, "RevisionNotFound") == 0)
        return fail(err, BERT_IO, "%s: it has no revision '%s'", name, j->id->revision);
    if (file && r->status == 404) return fail(err, BERT_IO, "%s: %s is not there", name, file);
    if (denied && s->token)
        return fail(err, BERT_IO, "%s: %s does not let your token (HF_TOKEN) read it", name, site);
    if (denied || r->status == 404) { // without a token the hub answers 401 to any unknown name
        return fail(err, BERT_IO,
                    "%s: %s has no such model, or it is private: then give your token in HF_TOKEN",
                    name, site);
    }
    if (r->status == 429)
        return fail(err, BERT_IO, "%s: %s wants fewer requests: try again later", name, site);
    return fail(err, BERT_IO, "%s: %s answers %ld%s%s", name, site, r->status,
                r->error_message[0] ? ": " : "", r->error_message);
}

// --------------------------------------------------------------------------------------- listing

// Text as a part of an address; slashes stay where `slashes` says so.
static void add_escaped(struct buf *url, const char *text, bool slashes)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        const bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                           (*p >= '0' && *p <= '9') || strchr("-._~", *p);
        if (plain || (*p == '/' && slashes)) buf_byte(url, (char)*p);
        else buf_print(url, "%%%02X", *p);
    }
}

static bert_status list_files(struct job *j, bert_error *err)
{
    j->files = mem_zero(j->listing.count, sizeof *j->files);
    if (!j->files) return fail_memory(err);
    for (size_t i = 0; i < j->listing.count; i++) j->files[i].name = j->listing.files[i];
    return BERT_OK;
}

static bert_status ask_listing(struct job *j, bert_error *err)
{
    const struct hub_settings *s = j->pull->settings;
    struct buf url, body;
    struct http_reply reply;
    buf_init(&url);
    buf_init(&body);
    buf_print(&url, "%s/api/models/%s/revision/", s->endpoint, j->id->name);
    add_escaped(&url, j->id->revision, false);
    buf_byte(&url, 0);
    bert_status status = url.failed ? fail_memory(err) : BERT_OK;
    if (!status) status = transfer_ask(j->pull->http, url.data, s->token, &body, &reply, err);
    if (!status && reply.status != 200) status = fail_answer(j, &reply, NULL, err);
    if (!status) status = hub_listing_read(&j->listing, j->id->name, body.data, body.len, err);
    if (!status) status = list_files(j, err);
    buf_release(&url);
    buf_release(&body);
    return status;
}

// ------------------------------------------------------------------------------------- one file

static bert_status ask_file(const struct job *j, struct remote_file *f, const char *url,
                            bert_error *err)
{
    struct http_reply reply;
    TRY(transfer_ask(j->pull->http, url, j->pull->settings->token, NULL, &reply, err));
    const bool linked = reply.linked_etag[0] != 0; // a large file, which is kept elsewhere
    const bool away = reply.status > 300 && reply.status < 400 && linked;
    if (reply.status != 200 && !away) return fail_answer(j, &reply, f->name, err);
    reply_bare_etag(linked ? reply.linked_etag : reply.etag, f->checksum, sizeof f->checksum);
    if (!hub_checksum_valid(f->checksum)) {
        return fail(err, BERT_FORMAT, "%s: %s: the site gives no checksum (ETag '%s')", j->id->name,
                    f->name, linked ? reply.linked_etag : reply.etag);
    }
    if (!reply.has_linked_size && !(reply.status == 200 && reply.has_length))
        return fail(err, BERT_FORMAT, "%s: %s: the site gives no size", j->id->name, f->name);
    f->size = reply.has_linked_size ? reply.linked_size : reply.length;
    return BERT_OK;
}

// With the lock held: the blob, unless another process brought it meanwhile.
static bert_status bring_blob(const struct job *j, const struct remote_file *f, const char *url,
                              bert_error *err)
{
    char *blob = hub_blob_path(&j->repo, f->checksum, "");
    char *partial = hub_blob_path(&j->repo, f->checksum, ".incomplete");
    bert_status status = blob && partial ? BERT_OK : fail_memory(err);
    if (!status && !os_is_file(blob)) {
        const bool sha256 = strlen(f->checksum) == 64;
        const struct transfer t = {.name = f->name,
                                   .url = url,
                                   .token = j->pull->settings->token,
                                   .partial = partial,
                                   .path = blob,
                                   .size = f->size,
                                   .etag = "",
                                   .checksum = f->checksum,
                                   .kind = sha256 ? DIGEST_SHA256 : DIGEST_SHA1,
                                   .git = !sha256};
        status = transfer_run(j->pull->http, &t, &j->pull->meter, err);
        if (!status) pull_tell(j->pull, f->name, f->size);
    }
    mem_free(blob);
    mem_free(partial);
    return status;
}

static bool is_linked(const struct job *j, const char *file)
{
    char *folder = hub_snapshot_path(&j->repo, j->listing.commit);
    char *path = folder ? os_join(folder, file) : NULL;
    const bool there = path && os_is_file(path);
    mem_free(folder);
    mem_free(path);
    return there;
}

static bert_status bring_file(const struct job *j, struct remote_file *f, bert_error *err)
{
    f->linked = is_linked(j, f->name);
    if (f->linked) return BERT_OK;
    struct buf url;
    buf_init(&url);
    buf_print(&url, "%s/%s/resolve/%s/", j->pull->settings->endpoint, j->id->name,
              j->listing.commit);
    add_escaped(&url, f->name, true);
    buf_byte(&url, 0);
    bert_status status = url.failed ? fail_memory(err) : ask_file(j, f, url.data, err);
    char *lock_path = status ? NULL : hub_lock_path(&j->repo, f->checksum);
    if (!status && !lock_path) status = fail_memory(err);
    struct os_lock lock = {-1};
    if (!status) status = pull_lock(j->pull, &lock, lock_path, f->name, err);
    if (!status) status = bring_blob(j, f, url.data, err);
    os_lock_release(&lock);
    mem_free(lock_path);
    buf_release(&url);
    return status;
}

// --------------------------------------------------------------------------------------- a model

// The message about a file, which begins with its path in the cache, as one about the model.
static bert_status fail_config(const struct job *j, const char *path, const bert_error *why,
                               bert_error *err)
{
    const size_t n = strlen(path);
    const bool named = strncmp(why->message, path, n) == 0;
    return fail(err, why->status, "%s: config.json%s%s", j->id->name, named ? "" : ": ",
                why->message + (named ? n : 0));
}

// Whether config.json, which came first, is a BERT's: before gigabytes of something else come.
static bert_status check_config(const struct job *j, const struct remote_file *f, bert_error *err)
{
    char *folder = hub_snapshot_path(&j->repo, j->listing.commit);
    char *path = f->linked ? (folder ? os_join(folder, f->name) : NULL)
                           : hub_blob_path(&j->repo, f->checksum, "");
    bert_error why = {0};
    bert_status status = path ? bert_config_check(path, &why) : fail_memory(err);
    if (path && status) status = fail_config(j, path, &why, err);
    mem_free(folder);
    mem_free(path);
    return status;
}

static bert_status bring_all(struct job *j, bert_error *err)
{
    for (size_t i = 0; i < j->listing.count; i++) {
        TRY(bring_file(j, &j->files[i], err));
        if (strcmp(j->files[i].name, "config.json") == 0) TRY(check_config(j, &j->files[i], err));
    }
    for (size_t i = 0; i < j->listing.count; i++) {
        const struct remote_file *f = &j->files[i];
        if (!f->linked)
            TRY(hub_snapshot_add(&j->repo, j->listing.commit, f->name, f->checksum, err));
    }
    return hub_commit_valid(j->id->revision)
               ? BERT_OK
               : hub_ref_write(&j->repo, j->id->revision, j->listing.commit, err);
}

bert_status pull_from_hub(struct pull *p, const struct hub_id *id, char **path, bert_error *err)
{
    struct job j = {.pull = p, .id = id};
    bert_status status = hub_repo_init(&j.repo, p->settings->cache, id->name, err);
    if (!status) status = ask_listing(&j, err);
    if (!status) status = hub_repo_make(&j.repo, err);
    if (!status) status = bring_all(&j, err);
    *path = status ? NULL : hub_snapshot_path(&j.repo, j.listing.commit);
    if (!status && !*path) status = fail_memory(err);
    mem_free(j.files);
    hub_listing_release(&j.listing);
    hub_repo_release(&j.repo);
    return status;
}
