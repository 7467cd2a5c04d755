// sentence_config.c: sentence-transformers folders. modules.json lists the steps; the last
// component of a step's type names it, whatever the version's module path. Read from the sources of
// sentence-transformers 2 to 6.
#include "model/sentence_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/store.h"

struct reader {
    struct sentence_config *out;
    const char *folder;
    struct notes *notes;
    bert_error *err;
};

// Remembers the first thing that we cannot do.
static void cannot(struct sentence_config *out, const char *format, ...) PRINTF_LIKE(2, 3);
static void cannot(struct sentence_config *out, const char *format, ...)
{
    if (out->unsupported[0]) return;
    va_list args;
    va_start(args, format);
    vsnprintf(out->unsupported, sizeof out->unsupported, format, args);
    va_end(args);
}

// Opens folder/name when it is there: *doc NULL when not.
static bert_status open_optional(const char *folder, const char *name, json **doc, bert_error *err)
{
    *doc = NULL;
    char *path = os_join(folder, name);
    if (!path) return fail_memory(err);
    bert_error mine = {0};
    bool there;
    if (!store_is_file(path, &there, &mine) && there) *doc = json_open(path, &mine);
    mem_free(path);
    return mine.status ? fail(err, mine.status, "%s", mine.message) : BERT_OK;
}

// ---------------------------------------------------------------------------------------- pooling

static const struct {
    const char *flag;     // of the old files, true or false
    const char *mode;     // of the new ones
    bert_pooling pooling; // MODEL: not supported
} modes[] = {
    {"pooling_mode_cls_token", "cls", BERT_POOLING_CLS},
    {"pooling_mode_max_tokens", "max", BERT_POOLING_MAX},
    {"pooling_mode_mean_tokens", "mean", BERT_POOLING_MEAN},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", BERT_POOLING_MODEL},
    {"pooling_mode_weightedmean_tokens", "weightedmean", BERT_POOLING_MODEL},
    {"pooling_mode_lasttoken", "lasttoken", BERT_POOLING_MODEL},
};
enum { MODES = sizeof modes / sizeof *modes };

static void set_mode(struct sentence_config *out, const char *name, size_t *count)
{
    for (size_t i = 0; i < MODES; i++) {
        if (strcmp(modes[i].mode, name) != 0) continue;
        out->pooling = modes[i].pooling;
        if (!out->pooling) cannot(out, "pooling mode \"%s\"", name);
        if (++*count == 2) cannot(out, "several pooling modes at once");
        return;
    }
    cannot(out, "pooling mode \"%s\"", name);
}

// "pooling_mode": "mean" or a list, or the booleans of before version 6.
static size_t read_modes(struct sentence_config *out, const json *doc)
{
    size_t count = 0;
    const json *mode = json_get(doc, "pooling_mode");
    if (json_is_string(mode)) set_mode(out, json_text(mode), &count);
    for (size_t i = 0; json_is_array(mode) && i < json_count(mode); i++) {
        const char *name = json_text(json_at(mode, i));
        set_mode(out, name ? name : "?", &count);
    }
    for (size_t i = 0; !mode && i < MODES; i++) {
        if (json_true(json_get(doc, modes[i].flag))) set_mode(out, modes[i].mode, &count);
    }
    return count;
}

static bert_status read_pooling(struct reader *r, const char *module)
{
    char name[300];
    snprintf(name, sizeof name, "%s/config.json", module);
    json *doc;
    TRY(open_optional(r->folder, name, &doc, r->err));
    if (!doc)
        return fail(r->err, BERT_IO, "%s/%s: named by modules.json, but not there", r->folder,
                    name);
    r->out->pooling = BERT_POOLING_MEAN;
    const size_t count = read_modes(r->out, doc);
    json_free(doc);
    return notes_add(r->notes, r->err, "pooling", name, "%s",
                     r->out->unsupported[0]                ? r->out->unsupported
                     : count == 0                          ? "mean (no mode is set)"
                     : r->out->pooling == BERT_POOLING_CLS ? "cls"
                     : r->out->pooling == BERT_POOLING_MAX ? "max"
                                                           : "mean");
}

// ------------------------------------------------------------------------------ the transformer
// step

static bert_status read_transformer(struct reader *r, const char *module)
{
    static const char *const files[] = {
        "sentence_bert_config.json",       "sentence_roberta_config.json",
        "sentence_distilbert_config.json", "sentence_camembert_config.json",
        "sentence_albert_config.json",     "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json",
    };
    if (*module) {
        mem_free(r->out->folder);
        r->out->folder = os_join(r->folder, module);
        if (!r->out->folder) return fail_memory(r->err);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        json *doc;
        TRY(open_optional(r->out->folder, files[i], &doc, r->err));
        if (!doc) continue;
        bert_status status = json_size(doc, "max_seq_length", 0, 1, (size_t)1 << 31,
                                       &r->out->max_length, files[i], r->err);
        if (!status) {
            status = json_flag(doc, "do_lower_case", false, &r->out->lowercase, files[i], r->err);
        }
        json_free(doc);
        if (status || !r->out->max_length) return status;
        return notes_add(r->notes, r->err, "max length", files[i], "%zu", r->out->max_length);
    }
    return BERT_OK;
}

// ---------------------------------------------------------------------------------------- modules

static bert_status read_module(struct reader *r, const json *module)
{
    const char *type, *path;
    TRY(json_string(module, "type", "", &type, "modules.json", r->err));
    TRY(json_string(module, "path", "", &path, "modules.json", r->err));
    const char *dot = strrchr(type, '.'), *step = dot ? dot + 1 : type;
    if (strcmp(step, "Transformer") == 0) return read_transformer(r, path);
    if (strcmp(step, "Pooling") == 0) return read_pooling(r, path);
    if (strcmp(step, "Normalize") == 0) {
        r->out->normalize = true;
        return notes_add(r->notes, r->err, "normalize", "modules.json", "yes");
    }
    if (strcmp(step, "Dropout") != 0) cannot(r->out, "the module %s of modules.json", step);
    return BERT_OK;
}

// Which similarity the vectors were trained for; absent or unknown: the cosine.
static bert_status read_similarity(struct reader *r, const json *doc)
{
    static const char *const names[] = {"cosine", "dot", "euclidean", "manhattan"};
    const char *name = json_text(json_get(doc, "similarity_fn_name"));
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) != 0) continue;
        r->out->similarity = (bert_metric)i;
        return notes_add(r->notes, r->err, "similarity", "config_sentence_transformers.json", "%s",
                         name);
    }
    return BERT_OK;
}

// A prompt that is put before every text unless the caller says otherwise.
static bert_status read_defaults(struct reader *r)
{
    json *doc;
    TRY(open_optional(r->folder, "config_sentence_transformers.json", &doc, r->err));
    const char *name = json_text(json_get(doc, "default_prompt_name"));
    if (name)
        cannot(r->out, "the default prompt \"%s\" of config_sentence_transformers.json", name);
    const bert_status status = read_similarity(r, doc);
    json_free(doc);
    return status;
}

static bert_status read_modules(struct reader *r, const json *modules)
{
    r->out->pooling = BERT_POOLING_MEAN;
    for (size_t i = 0; i < json_count(modules); i++) TRY(read_module(r, json_at(modules, i)));
    return read_defaults(r);
}

bert_status sentence_config_read(struct sentence_config *out, const char *folder,
                                 struct notes *notes, bert_error *err)
{
    *out = (struct sentence_config){.pooling = BERT_POOLING_MEAN,
                                    .folder = mem_string(folder, strlen(folder))};
    if (!out->folder) return fail_memory(err);
    struct reader r = {out, folder, notes, err};
    json *modules;
    bert_status status = open_optional(folder, "modules.json", &modules, err);
    if (!status && json_is_array(modules)) {
        status = read_modules(&r, modules);
    } else if (!status && modules) {
        status = fail(err, BERT_FORMAT, "%s/modules.json: not a list of modules", folder);
    } else if (!status) {
        status = notes_add(notes, err, "pooling",
                           "no modules.json: the default of sentence-transformers", "mean");
    }
    json_free(modules);
    if (status) sentence_config_release(out);
    return status;
}

void sentence_config_release(struct sentence_config *config)
{
    mem_free(config->folder);
    *config = (struct sentence_config){0};
}
