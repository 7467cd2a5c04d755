// save.c: an open model as a folder of files. They are written into a folder beside the one that is
// asked for, which takes that name when all of them are there: a name never stands for half a
// model.
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/folder_writer.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/os_folder.h"
#include "base/store.h"
#include "model/save_config.h"
#include "text/tokenizer.h"

struct saver {
    const bert_model *model;
    struct bert_save_options o;
    struct save_plan plan;
    struct folder_writer out;
    char *network; // where the network's files go: out.temporary or a folder in it
    bert_error *err;
};

static void note(const struct saver *s, const char *what, const char *value, const char *origin)
{
    const struct bert_note n = {what, value, origin};
    if (s->o.note) s->o.note(s->o.arg, &n);
}

// ------------------------------------------------------------------------------ what may be in the
// way

// Names that files and folders of a published model have. A folder with any other is not replaced.
static const char *const model_names[] = {
    "config.json",   "bert_config.json", "*.safetensors",     "*.safetensors.index.json",
    "*.bin",         "*.bin.index.json", "*.ckpt.*",          "checkpoint",
    "vocab.txt",     "tokenizer*.json",  "added_tokens.json", "special_tokens_map.json",
    "modules.json",  "*_config.json",    "data_config.json",  "config_*.json",
    "[0-9]*_[A-Z]*", "README*",          "LICENSE*",          ".gitattributes",
};

static bool is_model_name(const char *name)
{
    for (size_t i = 0; i < sizeof model_names / sizeof *model_names; i++) {
        if (fnmatch(model_names[i], name, 0) == 0) return true;
    }
    return false;
}

static bert_status check_target(const char *folder, bool replace, bert_error *err)
{
    struct os_names names;
    if (!os_is_folder(folder)) return BERT_OK;
    TRY(os_folder_list(&names, folder, err));
    bert_status status = BERT_OK;
    if (names.count && !replace) {
        status = fail(err, BERT_INVALID,
                      "%s: the folder is not empty; another name, or --force, which replaces a "
                      "model",
                      folder);
    }
    for (size_t i = 0; !status && i < names.count; i++) {
        if (is_model_name(names.name[i])) continue;
        status = fail(err, BERT_INVALID,
                      "%s: holds '%s', which is no file of a model: it is not replaced", folder,
                      names.name[i]);
    }
    os_names_release(&names);
    return status;
}

// ------------------------------------------------------------------------------------------- files

static bert_status write_bytes(const struct saver *s, const char *path, const void *bytes, size_t n)
{
    struct os_writer w;
    TRY(os_writer_open(&w, path, s->err));
    const bert_status status = os_writer_write(&w, bytes, n, s->err);
    if (!status) return os_writer_commit(&w, s->err);
    os_writer_abandon(&w);
    return status;
}

// Writes a text into the network's folder.
static bert_status write_text(const struct saver *s, const char *name, const struct buf *text)
{
    if (text->failed) return fail_memory(s->err);
    char *path = os_join(s->network, name);
    const bert_status status =
        path ? write_bytes(s, path, text->data, text->len) : fail_memory(s->err);
    mem_free(path);
    return status;
}

// Copies from/name to to/name, if it is there.
static bert_status copy(const struct saver *s, const char *from, const char *name, const char *to,
                        bool *there)
{
    struct os_file file;
    char *source = os_join(from, name), *target = os_join(to, name);
    bert_status status = source && target ? BERT_OK : fail_memory(s->err);
    *there = false;
    if (!status) status = store_is_file(source, there, s->err);
    if (*there) {
        status = store_open(&file, source, false, s->err);
        if (!status) {
            status = write_bytes(s, target, file.data, file.size);
            os_file_close(&file);
        }
    }
    mem_free(source);
    mem_free(target);
    return status;
}

// ---------------------------------------------------------------------------------- the tokenizer

static bert_status generate(const struct saver *s, const struct tokenizer_file *file)
{
    struct buf text;
    buf_init(&text);
    bert_status status = BERT_OK;
    if (file->write(s->model->tokenizer, s->model->embedding.max_length, &text)) {
        status = write_text(s, file->name, &text);
    } else if (s->o.layout == BERT_LAYOUT_HF && strcmp(file->name, "vocab.txt") == 0) {
        note(s, file->name, "left out: it cannot hold this vocabulary, which is in tokenizer.json",
             s->model->files.folder);
    } else {
        status = fail(s->err, BERT_UNSUPPORTED, "%s: %s cannot hold its vocabulary",
                      s->model->files.folder, file->name);
    }
    buf_release(&text);
    return status;
}

// A file of the tokenizer: as it was where it still says what the tokenizer does, else made.
static bert_status save_tokenizer_file(const struct saver *s, const struct tokenizer_file *file)
{
    const bool vocabulary = strcmp(file->name, "vocab.txt") == 0; // says nothing but pieces
    bool there = false;
    if (vocabulary || s->model->plain_tokenizer) {
        TRY(copy(s, s->model->files.folder, file->name, s->network, &there));
    }
    return there ? BERT_OK : generate(s, file);
}

// Google's readers know vocab.txt; tokenizer_config.json beside it keeps what it cannot say.
static bert_status save_tokenizer(const struct saver *s)
{
    for (size_t i = 0; i < TOKENIZER_FILES; i++) {
        const char *name = tokenizer_files[i].name;
        const bool google =
            strcmp(name, "vocab.txt") == 0 || strcmp(name, "tokenizer_config.json") == 0;
        if (s->o.layout == BERT_LAYOUT_GOOGLE && !google) continue;
        TRY(save_tokenizer_file(s, &tokenizer_files[i]));
    }
    bool there;
    if (s->o.layout == BERT_LAYOUT_GOOGLE) return BERT_OK;
    return copy(s, s->model->files.folder, "added_tokens.json", s->network, &there);
}

// --------------------------------------------------------------------- sentence-transformers'
// files

// A path that stays below its folder.
static bool is_below(const char *path)
{
    if (*path == '/') return false;
    for (const char *p = path; p; p = strchr(p, '/'), p = p ? p + 1 : NULL) {
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == 0)) return false;
    }
    return true;
}

// Copies the files that are in `from` itself and whose names match.
static bert_status copy_matching(const struct saver *s, const char *from, const char *pattern,
                                 const char *to)
{
    struct os_names names;
    TRY(os_folder_list(&names, from, s->err));
    bert_status status = BERT_OK;
    bool there;
    for (size_t i = 0; !status && i < names.count; i++) {
        if (fnmatch(pattern, names.name[i], 0) == 0) {
            status = copy(s, from, names.name[i], to, &there);
        }
    }
    os_names_release(&names);
    return status;
}

// The folder of one module. That of the network is written anew, but for its
// sentence_*_config.json.
static bert_status copy_module(const struct saver *s, const json *module)
{
    const char *type, *path;
    TRY(json_string(module, "type", "", &type, "modules.json", s->err));
    TRY(json_string(module, "path", "", &path, "modules.json", s->err));
    const char *dot = strrchr(type, '.');
    const bool network = strcmp(dot ? dot + 1 : type, "Transformer") == 0;
    if (network) {
        return copy_matching(s, s->model->files.folder, "sentence_*_config.json", s->network);
    }
    if (!*path) return BERT_OK;
    if (!is_below(path)) {
        return fail(s->err, BERT_FORMAT, "%s/modules.json: the path '%s' leaves the folder",
                    s->model->root, path);
    }
    char *from = os_join(s->model->root, path), *to = os_join(s->out.temporary, path);
    bert_status status = from && to ? BERT_OK : fail_memory(s->err);
    if (!status && os_is_folder(from)) { // 2_Normalize holds nothing, so git does not have it
        status = os_folder_make(to, s->err);
        if (!status) status = copy_matching(s, from, "*", to);
    }
    mem_free(from);
    mem_free(to);
    return status;
}

static bert_status save_sentence_files(const struct saver *s)
{
    bool there;
    TRY(copy(s, s->model->root, "modules.json", s->out.temporary, &there));
    if (!there) return BERT_OK;
    TRY(copy(s, s->model->root, "config_sentence_transformers.json", s->out.temporary, &there));
    char *path = os_join(s->model->root, "modules.json");
    if (!path) return fail_memory(s->err);
    bert_error mine = {0};
    json *modules = json_open(path, &mine);
    mem_free(path);
    bert_status status = modules ? BERT_OK : fail(s->err, mine.status, "%s", mine.message);
    for (size_t i = 0; !status && i < json_count(modules); i++) {
        status = copy_module(s, json_at(modules, i));
    }
    json_free(modules);
    return status;
}

// Google's files have no place for them.
static bert_status note_lost(const struct saver *s)
{
    char *modules = os_join(s->model->root, "modules.json");
    if (!modules) return fail_memory(s->err);
    if (os_is_file(modules)) {
        note(s, "sentence embeddings", "how they are pooled is not said in Google's files",
             "modules.json");
    }
    mem_free(modules);
    if (s->model->config.eps != 1e-12f) {
        note(s, "layer_norm_eps", "kept in bert_config.json, but Google's code takes 1e-12",
             s->model->files.config);
    }
    return BERT_OK;
}

// -------------------------------------------------------------------------------------- the folder

static bert_status save_weights(struct saver *s)
{
    const bool google = s->o.layout == BERT_LAYOUT_GOOGLE;
    char *path = os_join(s->network, google ? "bert_model.ckpt" : "model.safetensors");
    const bert_status status = path ? save_plan_write(&s->plan, path, s->err) : fail_memory(s->err);
    mem_free(path);
    if (s->plan.left.len) {
        buf_byte(&s->plan.left, 0);
        if (s->plan.left.failed) return fail_memory(s->err);
        note(s, "tensors left out", s->plan.left.data, "no name in Google's checkpoints");
    }
    return status;
}

static bert_status save_config(const struct saver *s)
{
    const bool google = s->o.layout == BERT_LAYOUT_GOOGLE;
    struct buf text;
    buf_init(&text);
    bert_status status = google ? save_config_google(&text, s->model, s->err)
                                : save_config_hf(&text, s->model, &s->plan, s->err);
    if (!status) status = write_text(s, google ? "bert_config.json" : "config.json", &text);
    buf_release(&text);
    return status;
}

// The network's files go where they were: into the folder itself or, with older
// sentence-transformers, into one in it.
static bert_status make_network(struct saver *s)
{
    const size_t n = strlen(s->model->root);
    const char *folder = s->model->files.folder;
    const bool inside = s->o.layout == BERT_LAYOUT_HF && strncmp(folder, s->model->root, n) == 0 &&
                        folder[n] == '/' && is_below(folder + n + 1);
    s->network = inside ? os_join(s->out.temporary, folder + n + 1)
                        : mem_string(s->out.temporary, strlen(s->out.temporary));
    if (!s->network) return fail_memory(s->err);
    return inside ? os_folder_make(s->network, s->err) : BERT_OK;
}

static bert_status save_files(struct saver *s)
{
    TRY(make_network(s));
    TRY(save_config(s));
    TRY(save_tokenizer(s));
    TRY(s->o.layout == BERT_LAYOUT_GOOGLE ? note_lost(s) : save_sentence_files(s));
    return save_weights(s);
}

static bert_status save_folder(struct saver *s, const char *folder)
{
    TRY(check_target(folder, s->o.replace, s->err));
    TRY(save_plan_make(&s->plan, s->model, &s->o, s->err));
    TRY(folder_writer_open(&s->out, folder, s->err));
    const bert_status status = save_files(s);
    if (!status) return folder_writer_commit(&s->out, s->err);
    folder_writer_abandon(&s->out);
    return status;
}

bert_status bert_model_save(const bert_model *model, const char *folder,
                            const struct bert_save_options *options, bert_error *err)
{
    struct saver s = {.model = model, .o = BERT_SAVE_DEFAULTS, .err = err};
    if (options) {
        memcpy(&s.o, options, options->size < sizeof s.o ? options->size : sizeof s.o);
    }
    const bert_status status = save_folder(&s, folder);
    save_plan_release(&s.plan);
    mem_free(s.network);
    return status;
}
