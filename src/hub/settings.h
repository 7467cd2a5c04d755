// settings.h: where models are kept and brought from, as the environment says: the variables of the
// Python tools (HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE), and
// for Google's archives, which they do not know, BERT_CACHE and BERT_GOOGLE_ENDPOINT.
#ifndef HUB_SETTINGS_H
#define HUB_SETTINGS_H

#include <stdbool.h>

#include "base/error.h"

struct hub_settings {
    char *cache;           // the Python tools' folder, "~/.cache/huggingface/hub"
    char *archives;        // Google's models, "~/.cache/bert/google"
    char *endpoint;        // "https://huggingface.co", without a slash at its end
    char *google_endpoint; // "https://storage.googleapis.com/bert_models"
    char *token;           // NULL: none
    bool offline;
};

// The two folders. To be released by the caller also on failure. IO (no home folder), MEMORY.
bert_status hub_settings_folders(struct hub_settings *s, bert_error *err);
// What is needed to bring models: the rest. INVALID (an address or token that is none), IO, MEMORY.
bert_status hub_settings_sites(struct hub_settings *s, bert_error *err);
void hub_settings_release(struct hub_settings *s);

#endif
