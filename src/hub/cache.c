// cache.c: paths, refs and links of the Python tools' cache.
#include "hub/cache.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"
#include "hub/names.h"

// A path out of parts, with slashes between them; NULL without memory.
static char *path_of(const char *const *parts, size_t n)
{
    struct buf b;
    buf_init(&b);
    for (size_t i = 0; i < n; i++) {
        if (i) buf_byte(&b, '/');
        buf_text(&b, parts[i]);
    }
    buf_byte(&b, 0);
    char *path = b.failed ? NULL : mem_string(b.data, b.len - 1);
    buf_release(&b);
    return path;
}
#define PATH_OF(...)                                                                               \
    path_of((const char *const[]){__VA_ARGS__},                                                    \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

bert_status hub_repo_init(struct hub_repo *repo, const char *cache, const char *name,
                          bert_error *err)
{
    *repo = (struct hub_repo){0};
    struct buf b;
    buf_init(&b);
    buf_text(&b, "models--");
    for (const char *p = name; *p; p++) {
        if (*p == '/') buf_text(&b, "--");
        else buf_byte(&b, *p);
    }
    buf_byte(&b, 0);
    if (!b.failed) repo->folder = PATH_OF(cache, b.data);
    if (!b.failed) repo->locks = PATH_OF(cache, ".locks", b.data);
    buf_release(&b);
    return repo->folder && repo->locks ? BERT_OK : fail_memory(err);
}

void hub_repo_release(struct hub_repo *repo)
{
    mem_free(repo->folder);
    mem_free(repo->locks);
    *repo = (struct hub_repo){0};
}

// ------------------------------------------------------------------------------------------- refs

static void take_commit(const char *text, size_t len, char commit[HUB_COMMIT])
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) len--;
    if (len != HUB_COMMIT - 1) len = 0;
    memcpy(commit, text, len);
    commit[len] = 0;
    if (!hub_commit_valid(commit)) commit[0] = 0;
}

bert_status hub_ref_read(const struct hub_repo *repo, const char *revision, char commit[HUB_COMMIT],
                         bert_error *err)
{
    take_commit(revision, strlen(revision), commit);
    if (commit[0]) return BERT_OK;
    struct os_file file;
    char *path = PATH_OF(repo->folder, "refs", revision);
    if (!path) return fail_memory(err);
    bert_status status = BERT_OK;
    if (os_is_file(path) && !(status = os_file_open(&file, path, true, err))) {
        take_commit((const char *)file.data, file.size, commit);
        os_file_close(&file);
    }
    mem_free(path);
    return status;
}

bert_status hub_ref_write(const struct hub_repo *repo, const char *revision, const char *commit,
                          bert_error *err)
{
    char old[HUB_COMMIT];
    TRY(hub_ref_read(repo, revision, old, err));
    if (strcmp(old, commit) == 0) return BERT_OK;
    char *path = PATH_OF(repo->folder, "refs", revision);
    if (!path) return fail_memory(err);
    char *slash = strrchr(path, '/');
    *slash = 0;
    bert_status status = os_folder_make(path, err);
    *slash = '/';
    struct os_writer w;
    if (!status) status = os_writer_open(&w, path, err);
    if (!status) {
        status = os_writer_write(&w, commit, strlen(commit), err);
        if (status) os_writer_abandon(&w);
        else status = os_writer_commit(&w, err);
    }
    mem_free(path);
    return status;
}

// ------------------------------------------------------------------------------------------ paths

char *hub_snapshot_path(const struct hub_repo *repo, const char *commit)
{
    return PATH_OF(repo->folder, "snapshots", commit);
}

// folder/name and an ending.
static char *path_with_ending(const char *folder, const char *name, const char *ending)
{
    struct buf b;
    buf_init(&b);
    buf_print(&b, "%s/%s%s", folder, name, ending);
    char *path = b.failed ? NULL : mem_string(b.data, b.len);
    buf_release(&b);
    return path;
}

char *hub_blob_path(const struct hub_repo *repo, const char *checksum, const char *ending)
{
    char *blobs = os_join(repo->folder, "blobs");
    char *path = blobs ? path_with_ending(blobs, checksum, ending) : NULL;
    mem_free(blobs);
    return path;
}

char *hub_lock_path(const struct hub_repo *repo, const char *checksum)
{
    return path_with_ending(repo->locks, checksum, ".lock");
}

bert_status hub_repo_make(const struct hub_repo *repo, bert_error *err)
{
    char *blobs = os_join(repo->folder, "blobs");
    bert_status status = blobs ? os_folder_make(blobs, err) : fail_memory(err);
    if (!status) status = os_folder_make(repo->locks, err);
    mem_free(blobs);
    return status;
}

// -------------------------------------------------------------------------------------- snapshots

// From a file of a snapshot to its blob: two folders up, and one for each of the file's own.
static char *link_target(const char *file, const char *checksum)
{
    struct buf b;
    buf_init(&b);
    buf_text(&b, "../../");
    for (const char *p = file; (p = strchr(p, '/')); p++) buf_text(&b, "../");
    buf_print(&b, "blobs/%s", checksum);
    char *target = b.failed ? NULL : mem_string(b.data, b.len);
    buf_release(&b);
    return target;
}

bert_status hub_snapshot_add(const struct hub_repo *repo, const char *commit, const char *file,
                             const char *checksum, bert_error *err)
{
    char *path = PATH_OF(repo->folder, "snapshots", commit, file);
    char *target = link_target(file, checksum), *blob = hub_blob_path(repo, checksum, "");
    bert_status status = path && target && blob ? BERT_OK : fail_memory(err);
    if (!status) {
        char *slash = strrchr(path, '/');
        *slash = 0;
        status = os_folder_make(path, err);
        *slash = '/';
    }
    if (!status) status = os_link(target, path, err);
    if (status == BERT_UNSUPPORTED) status = os_rename(blob, path, err);
    mem_free(path);
    mem_free(target);
    mem_free(blob);
    return status;
}
