// google.c: see google.h.
#include "model/google.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/store.h"
#include "text/google.h"

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
    bool said;
    const bert_status status = store_is_file(file, &said, err);
    mem_free(file);
    if (status || said) return status; // its reader takes it
    char name[GOOGLE_NAME], origin[GOOGLE_NAME + 32];
    google_name(folder, name);
    o->lowercase = google_lowercase(name);
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
