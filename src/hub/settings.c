// settings.c: the environment, read once.
#include "hub/settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/os.h"

// A variable's value; NULL when it is unset or empty, or there is none.
static const char *variable(const char *name)
{
    const char *value = name ? getenv(name) : NULL;
    return value && *value ? value : NULL;
}

static bool is_true(const char *name)
{
    static const char *const words[] = {"1", "on", "yes", "true"};
    const char *value = variable(name);
    for (size_t i = 0; value && i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(value, words[i]) == 0) return true;
    }
    return false;
}

// ---------------------------------------------------------------------------------------- folders

static char *copy_text(const char *text)
{
    return mem_string(text, strlen(text));
}

// The folder, with "~" at its front as the home folder; an empty text when that is not known.
static char *expand(const char *path)
{
    if (path[0] != '~' || (path[1] && path[1] != '/')) return copy_text(path);
    const char *home = variable("HOME");
    if (!home) return copy_text("");
    return path[1] ? os_join(home, path + 2) : copy_text(home);
}

// The folder that a variable (NULL: none) names, else `name` inside another one; "" where that is
// not known.
static char *folder_of(const char *variable_name, char *(*above)(void), const char *name)
{
    const char *given = variable(variable_name);
    if (given) return expand(given);
    char *outer = above();
    char *path = outer && *outer ? os_join(outer, name) : outer;
    if (path != outer) mem_free(outer);
    return path;
}

static char *cache_home(void)
{
    const char *given = variable("XDG_CACHE_HOME");
    return expand(given ? given : "~/.cache");
}

static char *hf_home(void)
{
    return folder_of("HF_HOME", cache_home, "huggingface");
}

static char *our_home(void)
{
    return folder_of("BERT_CACHE", cache_home, "bert");
}

static char *hub_cache(void)
{
    const char *old = variable("HUGGINGFACE_HUB_CACHE");
    return old && !variable("HF_HUB_CACHE") ? expand(old)
                                            : folder_of("HF_HUB_CACHE", hf_home, "hub");
}

bert_status hub_settings_folders(struct hub_settings *s, bert_error *err)
{
    *s = (struct hub_settings){.cache = hub_cache()};
    if (!s->cache) return fail_memory(err);
    s->archives = folder_of(NULL, our_home, "google");
    if (!s->archives) return fail_memory(err);
    if (*s->cache && *s->archives) return BERT_OK;
    return fail(err, BERT_IO, "no folder for models: set HOME, or HF_HOME and BERT_CACHE");
}

// -------------------------------------------------------------------------------------- addresses

static bert_status read_address(char **out, const char *name, const char *standard, bert_error *err)
{
    const char *url = variable(name);
    if (!url) url = standard;
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/') len--;
    if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) {
        return fail(err, BERT_INVALID, "%s: '%s' is no address: want https://HOST", name, url);
    }
    *out = mem_string(url, len);
    return *out ? BERT_OK : fail_memory(err);
}

// ------------------------------------------------------------------------------------------ token

// Without white space around it. A token with anything but visible ASCII could forge a header.
static bert_status take_token(struct hub_settings *s, const char *text, size_t len,
                              const char *origin, bert_error *err)
{
    while (len > 0 && strchr(" \t\r\n", text[len - 1])) len--;
    while (len > 0 && strchr(" \t\r\n", text[0])) text++, len--;
    if (len == 0) return BERT_OK;
    for (size_t i = 0; i < len; i++) {
        if (text[i] > ' ' && text[i] < 0x7F) continue;
        return fail(err, BERT_INVALID, "%s: no token: it holds white space or other characters",
                    origin);
    }
    s->token = mem_string(text, len);
    return s->token ? BERT_OK : fail_memory(err);
}

static bert_status read_token(struct hub_settings *s, bert_error *err)
{
    static const char *const names[] = {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"};
    if (is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return BERT_OK;
    for (size_t i = 0; i < 2 && !s->token; i++) {
        const char *value = variable(names[i]);
        if (value) TRY(take_token(s, value, strlen(value), names[i], err));
    }
    char *path = s->token ? NULL : folder_of("HF_TOKEN_PATH", hf_home, "token");
    bert_status status = s->token || path ? BERT_OK : fail_memory(err);
    if (path && os_is_file(path)) {
        struct os_file file;
        status = os_file_open(&file, path, true, err);
        if (!status) {
            status = take_token(s, (const char *)file.data, file.size, path, err);
            os_file_close(&file);
        }
    }
    mem_free(path);
    return status;
}

bert_status hub_settings_sites(struct hub_settings *s, bert_error *err)
{
    s->offline = is_true("HF_HUB_OFFLINE") || is_true("TRANSFORMERS_OFFLINE");
    TRY(read_address(&s->endpoint, "HF_ENDPOINT", "https://huggingface.co", err));
    TRY(read_address(&s->google_endpoint, "BERT_GOOGLE_ENDPOINT",
                     "https://storage.googleapis.com/bert_models", err));
    return read_token(s, err);
}

void hub_settings_release(struct hub_settings *s)
{
    mem_free(s->cache);
    mem_free(s->archives);
    mem_free(s->endpoint);
    mem_free(s->google_endpoint);
    mem_free(s->token);
    *s = (struct hub_settings){0};
}
