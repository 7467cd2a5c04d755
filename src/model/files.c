// files.c: the names that files have in the folders that people publish, the preferred first. A new
// kind of folder is a row.
#include "model/files.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/store.h"
#include "ckpt/ckpt.h"

static const struct {
    const char *name;
    bool google;
} configs[] = {{"config.json", false}, {"bert_config.json", true}};
enum { CONFIGS = sizeof configs / sizeof *configs };

static const struct {
    const char *path;   // for ckpt_open
    const char *suffix; // the file's name has more; NULL: known, but not read
} weights[] = {{"model.safetensors", ""},
               {"model.safetensors.index.json", ""},
               {"pytorch_model.bin", ""},
               {"pytorch_model.bin.index.json", ""},
               {"bert_model.ckpt", ".index"},
               {"tf_model.h5", NULL}, // where there is nothing better, ckpt_open says what to do
               {"flax_model.msgpack", NULL},
               {"saved_model.pb", NULL},
               {"model.onnx", NULL},
               {"onnx/model.onnx", NULL}};

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

bert_status model_files_config(struct model_files *files, const char *folder, bert_error *err)
{
    char *copy = mem_string(folder, strlen(folder));
    if (!copy) return fail_memory(err);
    mem_free(files->folder);
    files->folder = copy;
    for (size_t i = 0; !files->config; i++) {
        char *path = os_join(folder, configs[i % CONFIGS].name);
        if (!path) return fail_memory(err);
        bool there;
        files->google = configs[i % CONFIGS].google;
        const bert_status status = store_is_file(path, &there, err);
        if (!status && (i == CONFIGS || there))
            files->config = path; // after the last, the first all the same
        else mem_free(path);
        TRY(status);
    }
    return BERT_OK;
}

static bert_status fail_missing(const char *folder, bert_error *err)
{
    char names[256] = "";
    size_t n = 0;
    for (size_t i = 0; i < sizeof weights / sizeof *weights && n < sizeof names; i++) {
        if (!weights[i].suffix) continue;
        n += (size_t)snprintf(names + n, sizeof names - n, "%s%s%s", i ? ", " : "", weights[i].path,
                              weights[i].suffix);
    }
    return fail(err, BERT_IO,
                "%s: no weights: a model folder needs one of %s (or give the path of the weights)",
                folder, names);
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
    return files->weights ? BERT_OK : fail_missing(files->folder, err);
}

void model_files_release(struct model_files *files)
{
    mem_free(files->folder);
    mem_free(files->config);
    mem_free(files->weights);
    *files = (struct model_files){0};
}
