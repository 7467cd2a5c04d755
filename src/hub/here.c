// here.c: looking for models in the two folders.
#include "hub/here.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/os_folder.h"
#include "base/store.h"
#include "hub/cache.h"
#include "hub/catalogue.h"
#include "hub/wanted.h"

// -------------------------------------------------------------------------------------- one model

// The folder of a revision of a model of the hub's; *path NULL when its commit is not known.
static bert_status find_snapshot(const struct hub_settings *s, const struct hub_id *id, char **path,
                                 bert_error *err)
{
    struct hub_repo repo;
    char commit[HUB_COMMIT];
    bert_status status = hub_repo_init(&repo, s->cache, id->name, err);
    if (!status) status = hub_ref_read(&repo, id->revision, commit, err);
    *path = NULL;
    if (!status && commit[0] && !(*path = hub_snapshot_path(&repo, commit)))
        status = fail_memory(err);
    hub_repo_release(&repo);
    return status;
}

// The folder of one of Google's, which have no revisions; *path NULL when one is asked for.
static bert_status find_archive(const struct hub_settings *s, const char *archive,
                                const char *revision, char **path, bert_error *err)
{
    *path = NULL;
    if (strcmp(revision, "main") != 0) return BERT_OK;
    *path = os_join(s->archives, archive);
    return *path ? BERT_OK : fail_memory(err);
}

bert_status hub_find(const struct hub_settings *s, const struct hub_id *id, char **path,
                     bert_error *err)
{
    const struct hub_model *known = hub_catalogue_find(id->name);
    if (known && known->archive) TRY(find_archive(s, known->archive, id->revision, path, err));
    else TRY(find_snapshot(s, id, path, err));
    if (*path && !hub_weights_form(*path)) {
        mem_free(*path);
        *path = NULL;
    }
    return BERT_OK;
}

// A path that something is at; of a TensorFlow checkpoint the path is only the beginning of names.
static bool is_there(const char *path)
{
    char index[PATH_MAX];
    const int n = snprintf(index, sizeof index, "%s.index", path);
    enum store_kind kind; // an archive that is damaged is there: whoever opens it says how
    return store_look(path, &kind, NULL) || kind ||
           (n > 0 && (size_t)n < sizeof index && (store_look(index, &kind, NULL) || kind));
}

bert_status hub_resolve(const char *model, char **path, bert_error *err)
{
    struct hub_id id;
    *path = NULL;
    if (is_there(model) || hub_id_parse(&id, model, err)) {
        *path = mem_string(model, strlen(model));
        return *path ? BERT_OK : fail_memory(err);
    }
    struct hub_settings s;
    bert_status status = hub_settings_folders(&s, err);
    if (!status) status = hub_find(&s, &id, path, err);
    hub_settings_release(&s);
    if (status || *path) return status;
    return fail(err, BERT_IO,
                "%s: no such model folder, and no model of that name is here: "
                "bert pull %s",
                model, model);
}

// -------------------------------------------------------------------------------------- all models

static bert_status add(struct hub_here_list *list, char *name, char *revision, char *path,
                       bert_error *err)
{
    if (!name || !revision || !path ||
        !mem_grow((void **)&list->model, &list->cap, list->count + 1, sizeof *list->model)) {
        mem_free(name);
        mem_free(revision);
        mem_free(path);
        return fail_memory(err);
    }
    list->model[list->count++] = (struct hub_here){name, revision, path};
    return BERT_OK;
}

// "models--org--name" as a name; *out NULL when it is none.
static bert_status name_of_folder(const char *folder, char **out, bert_error *err)
{
    *out = NULL;
    if (strncmp(folder, "models--", 8) != 0) return BERT_OK;
    char *name = mem_string(folder + 8, strlen(folder + 8));
    if (!name) return fail_memory(err);
    char *mark = strstr(name, "--");
    if (mark) {
        *mark = '/';
        memmove(mark + 1, mark + 2, strlen(mark + 2) + 1);
    }
    if (hub_name_valid(name)) *out = name;
    else mem_free(name);
    return BERT_OK;
}

// What -m calls a commit: NAME where it is "main", NAME@REVISION otherwise.
static char *call(const char *name, const char *revision)
{
    struct buf b;
    buf_init(&b);
    buf_text(&b, name);
    if (strcmp(revision, "main") != 0) buf_print(&b, "@%s", revision);
    char *called = b.failed ? NULL : mem_string(b.data ? b.data : "", b.len);
    buf_release(&b);
    return called;
}

// The name among a model's refs that stands for a commit, "main" first; else the commit.
static bert_status revision_of(const struct hub_repo *repo, const struct os_names *refs,
                               const char *commit, const char **out, bert_error *err)
{
    char found[HUB_COMMIT];
    for (size_t i = 0; i <= refs->count; i++) {
        *out = i ? refs->name[i - 1] : "main";
        if (!hub_revision_valid(*out)) continue;
        TRY(hub_ref_read(repo, *out, found, err));
        if (strcmp(found, commit) == 0) return BERT_OK;
    }
    *out = commit;
    return BERT_OK;
}

static bert_status add_snapshots(struct hub_here_list *list, const struct hub_repo *repo,
                                 const char *name, bert_error *err)
{
    struct os_names commits = {0}, refs = {0};
    char *snapshots = os_join(repo->folder, "snapshots"), *names = os_join(repo->folder, "refs");
    bert_status status = snapshots && names ? BERT_OK : fail_memory(err);
    if (!status) status = os_folder_list(&commits, snapshots, err);
    if (!status) status = os_folder_list(&refs, names, err);
    for (size_t i = 0; !status && i < commits.count; i++) {
        if (!hub_commit_valid(commits.name[i])) continue;
        char *path = os_join(snapshots, commits.name[i]);
        const char *revision = commits.name[i];
        status =
            path ? revision_of(repo, &refs, commits.name[i], &revision, err) : fail_memory(err);
        if (status || !hub_weights_form(path)) {
            mem_free(path);
            continue;
        }
        status = add(list, call(name, revision), mem_string(revision, strlen(revision)), path, err);
    }
    os_names_release(&commits);
    os_names_release(&refs);
    mem_free(snapshots);
    mem_free(names);
    return status;
}

static bert_status add_hub(struct hub_here_list *list, const char *cache, bert_error *err)
{
    struct os_names folders;
    bert_status status = os_folder_list(&folders, cache, err);
    for (size_t i = 0; !status && i < folders.count; i++) {
        char *name;
        status = name_of_folder(folders.name[i], &name, err);
        if (!name) continue;
        struct hub_repo repo;
        status = hub_repo_init(&repo, cache, name, err);
        if (!status) status = add_snapshots(list, &repo, name, err);
        hub_repo_release(&repo);
        mem_free(name);
    }
    os_names_release(&folders);
    return status;
}

static bert_status add_google(struct hub_here_list *list, const char *archives, bert_error *err)
{
    size_t count;
    const struct hub_model *models = hub_catalogue(&count);
    bert_status status = BERT_OK;
    for (size_t i = 0; !status && i < count; i++) {
        if (!models[i].archive) continue;
        char *path = os_join(archives, models[i].archive);
        if (!path) status = fail_memory(err);
        if (path && hub_weights_form(path)) {
            const char *name = models[i].alias ? models[i].alias : models[i].name;
            status = add(list, mem_string(name, strlen(name)), mem_string("", 0), path, err);
        } else {
            mem_free(path);
        }
    }
    return status;
}

bert_status hub_here_read(struct hub_here_list *list, const struct hub_settings *s, bert_error *err)
{
    *list = (struct hub_here_list){0};
    TRY(add_hub(list, s->cache, err));
    return add_google(list, s->archives, err);
}

void hub_here_release(struct hub_here_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mem_free(list->model[i].name);
        mem_free(list->model[i].revision);
        mem_free(list->model[i].path);
    }
    mem_free(list->model);
    *list = (struct hub_here_list){0};
}
