// wanted.c: the two tables: files, and forms of weights, the preferred first.
#include "hub/wanted.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"

static const char *const files_of_a_model[] = {
    "config.json",
    "bert_config.json",
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
};

static const struct {
    const char *form;
    const char *file;
    const char *part; // how the names of its parts begin; NULL: it has none
} weights[] = {
    {"safetensors", "model.safetensors", NULL},
    {"safetensors", "model.safetensors.index.json", "model-0"},
    {"torch", "pytorch_model.bin", NULL},
    {"torch", "pytorch_model.bin.index.json", "pytorch_model-0"},
    {"tensorflow", "bert_model.ckpt.index", "bert_model.ckpt.data-0"},
};
enum { FORMS = sizeof weights / sizeof *weights };

// Length of a path's folder with its slash: 0 at the root; -1 in a folder that is no module's.
// sentence-transformers names those by their place: "1_Pooling".
static int folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return 0;
    const size_t digits = strspn(path, "0123456789");
    if (digits == 0 || path[digits] != '_' || strchr(path, '/') != slash) return -1;
    return (int)(slash - path) + 1;
}

static bool same_folder(const char *a, const char *b)
{
    const int n = folder_length(a);
    return n >= 0 && n == folder_length(b) && strncmp(a, b, (size_t)n) == 0;
}

static bool is_plain(const char *name)
{
    for (size_t i = 0; i < sizeof files_of_a_model / sizeof *files_of_a_model; i++) {
        if (strcmp(name, files_of_a_model[i]) == 0) return true;
    }
    return false;
}

// Is this the file, or a part, of the k-th form?
static bool is_weights(const char *name, int k)
{
    const char *part = weights[k].part;
    return strcmp(name, weights[k].file) == 0 || (part && strncmp(name, part, strlen(part)) == 0);
}

// The first form whose file is in the same folder as `like`; FORMS: none.
static int best_form(const char *const *files, size_t n, const char *like)
{
    for (int k = 0; k < FORMS; k++) {
        for (size_t i = 0; i < n; i++) {
            if (same_folder(like, files[i]) &&
                strcmp(files[i] + folder_length(files[i]), weights[k].file) == 0)
                return k;
        }
    }
    return FORMS;
}

static bool is_any_weights(const char *name)
{
    for (int k = 0; k < FORMS; k++) {
        if (is_weights(name, k)) return true;
    }
    return false;
}

bool hub_wanted(const char *const *files, size_t n, bool *take)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const int folder = folder_length(files[i]);
        const char *name = files[i] + (folder > 0 ? folder : 0);
        take[i] = folder >= 0 && is_plain(name);
        if (folder < 0 || !is_any_weights(name)) continue;
        const int form = best_form(files, n, files[i]);
        take[i] = form < FORMS && is_weights(name, form);
        any |= take[i];
    }
    return any;
}

const char *hub_weights_form(const char *folder)
{
    char path[PATH_MAX];
    for (int k = 0; k < FORMS; k++) {
        const int n = snprintf(path, sizeof path, "%s/%s", folder, weights[k].file);
        if (n > 0 && (size_t)n < sizeof path && os_is_file(path)) return weights[k].form;
    }
    return NULL;
}

const char *hub_weights_names(char room[256])
{
    size_t at = 0;
    for (int k = 0; k < FORMS; k++)
        at += (size_t)snprintf(room + at, 256 - at, "%s%s", k ? ", " : "", weights[k].file);
    return room;
}
