// here.c: looking for models in the two folders.
#include "hub/here.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/os.h"
#include "base/os_folder.h"
#include "hub/cache.h"
#include "hub/catalogue.h"
#include "hub/wanted.h"

// -------------------------------------------------------------------------------------- one model

// The folder of a revision of a model of the hub's; NULL when its commit is not known or memory is.
static char *find_snapshot(const struct hub_settings *s, const struct hub_id *id)
{
    struct hub_repo repo;
    bert_error err;
    char commit[HUB_COMMIT], *path = NULL;
    if (!hub_repo_init(&repo, s->cache, id->name, &err) &&
        hub_ref_read(&repo, id->revision, commit))
        path = hub_snapshot_path(&repo, commit);
    hub_repo_release(&repo);
    return path;
}

bert_status hub_find(const struct hub_settings *s, const struct hub_id *id, char **path,
                     bert_error *err)
{
    const struct hub_model *known = hub_catalogue_find(id->name);
    *path = known && known->archive ? os_join(s->archives, known->archive) : find_snapshot(s, id);
    if (known && known->archive && !*path) return fail_memory(err);
    if (*path && !hub_weights_form(*path)) {
        mem_free(*path);
        *path = NULL;
    }
    return BERT_OK;
}

// A path that something is at; of a TensorFlow checkpoint the path is only the beginning of names.
static bool is_there(const char *path)
{
    struct buf index;
    buf_init(&index);
    buf_print(&index, "%s.index", path);
    buf_byte(&index, 0);
    const bool there =
        os_is_folder(path) || os_is_file(path) || (!index.failed && os_is_file(index.data));
    buf_release(&index);
    return there;
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

// "models--org--name" as a name; NULL when it is none.
static char *name_of_folder(const char *folder)
{
    if (strncmp(folder, "models--", 8) != 0) return NULL;
    char *name = mem_string(folder + 8, strlen(folder + 8));
    char *mark = name ? strstr(name, "--") : NULL;
    if (mark) {
        *mark = '/';
        memmove(mark + 1, mark + 2, strlen(mark + 2) + 1);
    }
    if (name && hub_name_valid(name)) return name;
    mem_free(name);
    return NULL;
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
static const char *revision_of(const struct hub_repo *repo, const struct os_names *refs,
                               const char *commit)
{
    char found[HUB_COMMIT];
    if (hub_ref_read(repo, "main", found) && strcmp(found, commit) == 0) return "main";
    for (size_t i = 0; i < refs->count; i++) {
        if (hub_revision_valid(refs->name[i]) && hub_ref_read(repo, refs->name[i], found) &&
            strcmp(found, commit) == 0)
            return refs->name[i];
    }
    return commit;
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
        char *path = os_join(snapshots, commits.name[i]);
        if (!path || !hub_commit_valid(commits.name[i]) || !hub_weights_form(path)) {
            mem_free(path);
            continue;
        }
        const char *revision = revision_of(repo, &refs, commits.name[i]);
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
        char *name = name_of_folder(folders.name[i]);
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
