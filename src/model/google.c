// google.c: Google's files hold no flag for lower-casing: its scripts lower by default and only
// check that the flag fits a list of folder names (tokenization.py,
// validate_case_matches_checkpoint). The rows are that list, shortened to what tells the names
// apart.
#include "model/google.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"

// The first whose text is in the name decides. Chinese and the first multilingual model lower the
// Latin letters among them.
static const struct {
    const char *text;
    bool lowercase;
} names[] = {{"uncased", true}, {"cased", false}, {"chinese", true}, {"multilingual", true}};

enum { NAME = 200 }; // bytes of a folder's name that are looked at

static void copy_name(const char *folder, char name[NAME])
{
    size_t end = strlen(folder);
    while (end > 0 && folder[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && folder[start - 1] != '/' && end - start < NAME - 1) start--;
    memcpy(name, folder + start, end - start);
    name[end - start] = 0;
}

// 1, 0, or -1: it does not say.
static int guess_lowercase(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strstr(name, names[i].text)) return names[i].lowercase;
    }
    return -1;
}

static bert_status note_lowercase(int lowercase, const char *origin, struct notes *notes,
                                  bert_error *err)
{
    return notes_add(notes, err, "lower case", origin, "%s",
                     lowercase < 0 ? "if no capital letters are in the vocabulary"
                     : lowercase   ? "yes"
                                   : "no");
}

static bert_status settle_lowercase(struct bert_tokenizer_options *o, const char *folder,
                                    struct notes *notes, bert_error *err)
{
    if (o->lowercase >= 0) return note_lowercase(o->lowercase, "asked for", notes, err);
    char *file = os_join(folder, "tokenizer_config.json");
    if (!file) return fail_memory(err);
    const bool said = os_is_file(file);
    mem_free(file);
    if (said) return BERT_OK; // its reader takes it
    char name[NAME], origin[NAME + 32];
    copy_name(folder, name);
    o->lowercase = guess_lowercase(name);
    if (o->lowercase < 0) return note_lowercase(-1, "the folder's name does not say", notes, err);
    snprintf(origin, sizeof origin, "the folder's name, %s", name);
    return note_lowercase(o->lowercase, origin, notes, err);
}

bert_status google_tokenizer(struct bert_tokenizer_options *options, const char *folder,
                             struct notes *notes, bert_error *err)
{
    if (options->profile == BERT_PROFILE_AUTO) {
        options->profile = BERT_PROFILE_GOOGLE;
        TRY(notes_add(notes, err, "tokenizer", "a Google checkpoint", "google"));
    }
    return settle_lowercase(options, folder, notes, err);
}

// modeling.py computed erf until commit bee6030 (February 2019) and the tanh form since; the
// configuration says "gelu" either way.
bert_status google_note_gelu(struct notes *notes, bert_error *err)
{
    return notes_add(notes, err, "gelu",
                     "a Google checkpoint; its code since February 2019: --gelu tanh",
                     "erf, as its first release and transformers compute it");
}
