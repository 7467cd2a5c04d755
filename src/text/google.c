// google.c: Google's scripts lower the case by default and only check that the flag fits a list of
// folder names (tokenization.py, validate_case_matches_checkpoint). The rows are that list,
// shortened to what tells the names apart.
#include "text/google.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/store.h"

// The first whose text is in the name decides. Chinese and the first multilingual model lower the
// Latin letters among them.
static const struct {
    const char *text;
    bool lowercase;
} names[] = {{"uncased", true}, {"cased", false}, {"chinese", true}, {"multilingual", true}};

void google_name(const char *folder, char name[GOOGLE_NAME])
{
    size_t end = strlen(folder);
    while (end > 0 && folder[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/' && end - start < GOOGLE_NAME - 1) start--;
    memcpy(name, folder + start, end - start);
    name[end - start] = 0;
}

int google_lowercase(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strstr(name, names[i].text)) return names[i].lowercase;
    }
    return -1;
}

bert_status google_look(const char *folder, bool *google, bert_error *err)
{
    static const struct {
        const char *name;
        bool there;
    } files[] = {{"bert_config.json", true},
                 {"vocab.txt", true},
                 {"config.json", false},
                 {"tokenizer.json", false},
                 {"tokenizer_config.json", false}};
    *google = true;
    for (size_t i = 0; i < sizeof files / sizeof *files && *google; i++) {
        char *path = os_join(folder, files[i].name);
        if (!path) return fail_memory(err);
        bool there;
        const bert_status status = store_is_file(path, &there, err);
        *google = there == files[i].there;
        mem_free(path);
        TRY(status);
    }
    return BERT_OK;
}
