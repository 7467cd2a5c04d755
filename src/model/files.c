// files.c: the names that files have in the folders that people publish, the preferred first. A new
// kind of folder is a row. A folder without them that holds a model in a format that is not read is
// told by how its names end, and ckpt_open says what to do about it.
#include "model/files.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/os_folder.h"
#include "base/store.h"
#include "ckpt/ckpt.h"

static const struct {
    const char *name;
    bool google;
} configs[] = {{"config.json", false}, {"bert_config.json", true}};
enum { CONFIGS = sizeof configs / sizeof *configs };

static const struct {
    const char *path;   // for ckpt_open
    const char *suffix; // the file's name has more
} weights[] = {{"model.safetensors", ""},
               {"model.safetensors.index.json", ""},
               {"pytorch_model.bin", ""},
               {"pytorch_model.bin.index.json", ""},
               {"bert_model.ckpt", ".index"}};

// How files end that are a model in a format that is not read, and the folders they may be in.
static const char *const foreign[] = {".gguf", ".onnx", ".h5", ".msgpack", ".ot", ".pt", ".pb"};
static const char *const foreign_folders[] = {"", "/onnx", "/saved_model/1"};

// The path names the weights: the folder is theirs.
static bert_status begin_weights(struct model_files *files, const char *path, bert_error *err)
{
    bool exists;
    const char *slash = strrchr(path, '/');
    TRY(ckpt_exists(path, &exists, err));
    if (!exists) return fail(err, BERT_IO, "%s: no such model folder", path);
    const size_t n = slash ? (size_t)(slash - path) : 0;
    files->folder = n ? mem_string(path, n) : mem_string(slash ? "/" : ".", 1);
    files->weights = mem_string(path, strlen(path));
    return files->folder && files->weights ? BERT_OK : fail_memory(err);
}

// An archive's folder is the one with a configuration.
static bert_status enter_archive(struct model_files *files, const char *path, bert_error *err)
{
    const char *names[CONFIGS];
    for (size_t i = 0; i < CONFIGS; i++) names[i] = configs[i].name;
    return store_enter(path, names, CONFIGS, &files->folder, err);
}

bert_status model_files_begin(struct model_files *files, const char *path, bert_error *err)
{
    enum store_kind kind;
    *files = (struct model_files){0};
    TRY(enter_archive(files, path, err));
    if (files->folder) return BERT_OK;
    TRY(store_look(path, &kind, err));
    if (kind != STORE_FOLDER) return begin_weights(files, path, err);
    files->folder = mem_string(path, strlen(path));
    return files->folder ? BERT_OK : fail_memory(err);
}

static bool is_foreign(const char *name)
{
    const char *end = strrchr(name, '.');
    for (size_t i = 0; end && i < sizeof foreign / sizeof *foreign; i++) {
        if (strcmp(end, foreign[i]) == 0) return true;
    }
    return false;
}

// The first file of a folder that is a foreign model by its name, unless *path has one already.
static bert_status look_for_foreign(const char *folder, const char *sub, char **path,
                                    bert_error *err)
{
    struct os_names names = {0};
    char *in = mem_alloc(strlen(folder) + strlen(sub) + 1, 1);
    if (!in) return fail_memory(err);
    strcat(strcpy(in, folder), sub);
    bert_status status = os_folder_list(&names, in, err);
    for (size_t i = 0; !status && !*path && i < names.count; i++) {
        if (!is_foreign(names.name[i])) continue;
        *path = os_join(in, names.name[i]);
        if (!*path) status = fail_memory(err);
    }
    os_names_release(&names);
    mem_free(in);
    return status;
}

// Fails with what ckpt_open says of the weights that are there, if it cannot read them: where a
// user names a model in a foreign format, or a folder that holds one, that is the matter.
static bert_status check_foreign(const struct model_files *files, bert_error *err)
{
    bert_error mine = {0};
    char *path = files->weights ? mem_string(files->weights, strlen(files->weights)) : NULL;
    if (files->weights && !path) return fail_memory(err);
    bert_status status = BERT_OK;
    for (size_t i = 0; !status && i < sizeof foreign_folders / sizeof *foreign_folders; i++) {
        status = look_for_foreign(files->folder, foreign_folders[i], &path, err);
    }
    struct ckpt *ckpt = !status && path ? ckpt_open(path, false, &mine) : NULL;
    ckpt_close(ckpt);
    mem_free(path);
    const bool tells = mine.status == BERT_UNSUPPORTED || mine.status == BERT_MEMORY;
    return !status && tells ? fail(err, mine.status, "%s", mine.message) : status;
}

bert_status model_files_config(struct model_files *files, const char *folder, bert_error *err)
{
    char *copy = mem_string(folder, strlen(folder));
    if (!copy) return fail_memory(err);
    mem_free(files->folder);
    files->folder = copy;
    for (size_t i = 0; !files->config && i < CONFIGS; i++) {
        char *path = os_join(files->folder, configs[i].name);
        if (!path) return fail_memory(err);
        bool there = false;
        files->google = configs[i].google;
        const bert_status status = store_is_file(path, &there, err);
        if (there) files->config = path;
        else mem_free(path);
        TRY(status);
    }
    if (files->config) return BERT_OK;
    TRY(check_foreign(files, err));
    return fail(
        err, BERT_IO,
        "%s: no %s, which says the sizes of the network: it is published beside the weights "
        "(Google's is called %s)",
        files->folder, configs[0].name, configs[1].name);
}

static bert_status fail_missing(const struct model_files *files, bert_error *err)
{
    TRY(check_foreign(files, err));
    char names[256] = "";
    size_t n = 0;
    for (size_t i = 0; i < sizeof weights / sizeof *weights && n < sizeof names; i++) {
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s%s", i ? ", " : "", weights[i].path,
                              weights[i].suffix);
    }
    return fail(err, BERT_IO,
                "%s: no weights: a model folder needs one of %s (or give the path of the weights)",
                files->folder, names);
}

bert_status model_files_weights(struct model_files *files, bert_error *err)
{
    for (size_t i = 0; !files->weights && i < sizeof weights / sizeof *weights; i++) {
        char *path = os_join(files->folder, weights[i].path);
        if (!path) return fail_memory(err);
        bool exists;
        const bert_status status = ckpt_exists(path, &exists, err);
        if (exists) files->weights = path;
        else mem_free(path);
        TRY(status);
    }
    return files->weights ? BERT_OK : fail_missing(files, err);
}

void model_files_release(struct model_files *files)
{
    mem_free(files->folder);
    mem_free(files->config);
    mem_free(files->weights);
    *files = (struct model_files){0};
}
