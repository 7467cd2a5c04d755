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
    const char *flag; // of the old files, true or false
    const char *mode; // of the new ones, and for people
    bert_pooling pooling;
} modes[] = {
    {"pooling_mode_cls_token", "cls", BERT_POOLING_CLS},
    {"pooling_mode_max_tokens", "max", BERT_POOLING_MAX},
    {"pooling_mode_mean_tokens", "mean", BERT_POOLING_MEAN},
    {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", BERT_POOLING_MEAN_SQRT},
    {"pooling_mode_weightedmean_tokens", "weightedmean", BERT_POOLING_WEIGHTED_MEAN},
    {"pooling_mode_lasttoken", "lasttoken", BERT_POOLING_LAST},
};
enum { MODES = sizeof modes / sizeof *modes };

// The poolings of one config.json, as far as they were read.
struct read_modes {
    unsigned poolings;
    size_t n;
    char names[128];
};

static void add_mode(struct sentence_config *out, struct read_modes *r, const char *name)
{
    size_t i = 0;
    while (i < MODES && strcmp(modes[i].mode, name) != 0) i++;
    if (i == MODES || r->n == BERT_POOLINGS_MOST) {
        cannot(out, "pooling mode \"%s\"", name);
        return;
    }
    r->poolings |= (unsigned)modes[i].pooling << (r->n++ * BERT_POOLING_BITS);
    const size_t len = strlen(r->names);
    snprintf(r->names + len, sizeof r->names - len, "%s%s", len ? "," : "", name);
}

// "pooling_mode": "mean" or a list, or the booleans of before version 6.
static void read_modes(struct sentence_config *out, const json *doc, struct read_modes *r)
{
    const json *mode = json_get(doc, "pooling_mode");
    if (json_is_string(mode)) add_mode(out, r, json_text(mode));
    for (size_t i = 0; json_is_array(mode) && i < json_count(mode); i++) {
        const char *name = json_text(json_at(mode, i));
        add_mode(out, r, name ? name : "?");
    }
    for (size_t i = 0; !mode && i < MODES; i++) {
        if (json_true(json_get(doc, modes[i].flag))) add_mode(out, r, modes[i].mode);
    }
}

// Opens the config.json of a module, which must be there, and gives its name for messages.
static bert_status open_module(struct reader *r, const char *module, char name[300], json **doc)
{
    snprintf(name, 300, "%s/config.json", module);
    TRY(open_optional(r->folder, name, doc, r->err));
    if (*doc) return BERT_OK;
    return fail(r->err, BERT_IO, "%s/%s: named by modules.json, but not there", r->folder, name);
}

static bert_status read_pooling(struct reader *r, const char *module)
{
    char name[300];
    json *doc;
    bool include = true;
    struct read_modes found = {0};
    TRY(open_module(r, module, name, &doc));
    read_modes(r->out, doc, &found);
    const bert_status status = json_flag(doc, "include_prompt", true, &include, name, r->err);
    json_free(doc);
    if (status) return status;
    r->out->pooling = found.n ? (bert_pooling)found.poolings : BERT_POOLING_MEAN;
    r->out->exclude_prompt = !include;
    return notes_add(r->notes, r->err, "pooling", name, "%s",
                     r->out->unsupported[0] ? r->out->unsupported
                     : found.n              ? found.names
                                            : "mean (no mode is set)");
}

// ------------------------------------------------------------------- modules behind the pooling

// torch's names of activations, the last component.
static const struct {
    const char *name;
    enum act act;
} activations[] = {
    {"Tanh", ACT_tanh}, {"Identity", ACT_linear}, {"ReLU", ACT_relu},
    {"GELU", ACT_gelu}, {"SiLU", ACT_silu},       {"Sigmoid", ACT_sigmoid},
};

static const char *last_component(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

static bert_status read_activation(struct reader *r, const json *doc, const char *name,
                                   enum act *act)
{
    const char *path;
    TRY(json_string(doc, "activation_function", "torch.nn.modules.activation.Tanh", &path, name,
                    r->err));
    const char *last = last_component(path);
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        if (strcmp(activations[i].name, last) != 0) continue;
        *act = activations[i].act;
        return BERT_OK;
    }
    cannot(r->out, "the activation %s of %s", path, name);
    return BERT_OK;
}

// A dense module may read and write other things than the sentence's vector.
static bert_status check_names(struct reader *r, const json *doc, const char *name)
{
    static const char *const keys[] = {"module_input_name", "module_output_name"};
    for (size_t i = 0; i < 2; i++) {
        const char *value;
        TRY(json_string(doc, keys[i], "sentence_embedding", &value, name, r->err));
        if (strcmp(value, "sentence_embedding") != 0)
            cannot(r->out, "%s %s of %s", keys[i], value, name);
    }
    return BERT_OK;
}

enum { MOST_COLUMNS = 1 << 20 };

static bert_status read_dense(struct reader *r, const json *doc, const char *name,
                              struct sentence_module_config *m)
{
    TRY(json_size(doc, "in_features", 0, 1, MOST_COLUMNS, &m->in, name, r->err));
    TRY(json_size(doc, "out_features", 0, 1, MOST_COLUMNS, &m->out, name, r->err));
    TRY(json_flag(doc, "bias", true, &m->bias, name, r->err));
    TRY(json_flag(doc, "use_residual", false, &m->residual, name, r->err));
    TRY(check_names(r, doc, name));
    return read_activation(r, doc, name, &m->act);
}

static bert_status read_norm(struct reader *r, const json *doc, const char *name,
                             struct sentence_module_config *m)
{
    TRY(json_size(doc, "dimension", 0, 1, MOST_COLUMNS, &m->in, name, r->err));
    m->out = m->in;
    return BERT_OK;
}

static bert_status read_step_config(struct reader *r, const char *module,
                                    struct sentence_module_config *m)
{
    char name[300];
    json *doc;
    TRY(open_module(r, module, name, &doc));
    const bert_status status =
        m->kind == SENTENCE_DENSE ? read_dense(r, doc, name, m) : read_norm(r, doc, name, m);
    json_free(doc);
    if (status) return status;
    if (!m->in || !m->out) return fail(r->err, BERT_FORMAT, "%s/%s: no size", r->folder, name);
    return notes_add(r->notes, r->err, m->kind == SENTENCE_DENSE ? "dense" : "layer norm", name,
                     "%zu to %zu", m->in, m->out);
}

static bert_status read_step(struct reader *r, enum sentence_module kind, const char *module)
{
    struct sentence_config *out = r->out;
    if (out->n_modules == SENTENCE_STEPS) {
        cannot(out, "more than %d modules behind the pooling", SENTENCE_STEPS);
        return BERT_OK;
    }
    struct sentence_module_config *m = &out->modules[out->n_modules++];
    *m = (struct sentence_module_config){.kind = kind};
    out->normalize = kind == SENTENCE_NORMALIZE;
    if (kind == SENTENCE_NORMALIZE) {
        return notes_add(r->notes, r->err, "normalize", "modules.json", "yes");
    }
    m->folder = os_join(r->folder, module);
    return m->folder ? read_step_config(r, module, m) : fail_memory(r->err);
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
    const char *step = last_component(type);
    if (strcmp(step, "Transformer") == 0) return read_transformer(r, path);
    if (strcmp(step, "Pooling") == 0) return read_pooling(r, path);
    if (strcmp(step, "Dense") == 0) return read_step(r, SENTENCE_DENSE, path);
    if (strcmp(step, "LayerNorm") == 0) return read_step(r, SENTENCE_LAYERNORM, path);
    if (strcmp(step, "Normalize") == 0) return read_step(r, SENTENCE_NORMALIZE, path);
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

// ---------------------------------------------------------------------------------------- prompts
// and similarity

static bert_status read_prompt_list(struct reader *r, const json *prompts, const char *standard)
{
    struct sentence_config *out = r->out;
    const size_t n = json_count(prompts);
    out->prompts = mem_zero(n, sizeof *out->prompts);
    if (!out->prompts) return fail_memory(r->err);
    out->n_prompts = out->default_prompt = n;
    for (size_t i = 0; i < n; i++) {
        const char *name, *text = json_text(json_member(prompts, i, &name));
        struct prompt *p = &out->prompts[i];
        p->name = mem_string(name, strlen(name));
        p->text = mem_string(text ? text : "", text ? strlen(text) : 0);
        if (!p->name || !p->text) return fail_memory(r->err);
        if (standard && strcmp(name, standard) == 0) out->default_prompt = i;
    }
    if (!standard) return BERT_OK;
    if (out->default_prompt == n) {
        return fail(r->err, BERT_FORMAT,
                    "%s/config_sentence_transformers.json: default_prompt_name \"%s\" is not among "
                    "its prompts",
                    r->folder, standard);
    }
    return notes_add(r->notes, r->err, "prompt", "config_sentence_transformers.json", "\"%s\"",
                     out->prompts[out->default_prompt].text);
}

static bert_status read_defaults(struct reader *r)
{
    json *doc;
    TRY(open_optional(r->folder, "config_sentence_transformers.json", &doc, r->err));
    const json *prompts = json_get(doc, "prompts");
    const char *standard = json_text(json_get(doc, "default_prompt_name"));
    bert_status status = read_prompt_list(r, json_is_object(prompts) ? prompts : NULL, standard);
    if (!status) status = read_similarity(r, doc);
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
    for (size_t i = 0; i < config->n_modules; i++) mem_free(config->modules[i].folder);
    for (size_t i = 0; config->prompts && i < config->n_prompts; i++) {
        mem_free(config->prompts[i].name);
        mem_free(config->prompts[i].text);
    }
    mem_free(config->prompts);
    mem_free(config->folder);
    *config = (struct sentence_config){0};
}

bert_pooling poolings_at(bert_pooling poolings, size_t i)
{
    const unsigned mask = (1u << BERT_POOLING_BITS) - 1;
    return (bert_pooling)((unsigned)poolings >> (i * BERT_POOLING_BITS) & mask);
}

size_t poolings_count(bert_pooling poolings)
{
    size_t n = 0;
    while (n < BERT_POOLINGS_MOST && poolings_at(poolings, n)) n++;
    return n;
}
