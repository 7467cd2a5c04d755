// google.h: what a checkpoint of Google's does not say of itself.
#ifndef MODEL_GOOGLE_H
#define MODEL_GOOGLE_H

#include "model/notes.h"

enum {
    GOOGLE_TYPES = 16
}; // type_vocab_size of a bert_config.json that does not say it (modeling.py)

// Settles the tokenizer options that the caller left open: Google's profile, and whether to lower
// the case, from the folder's name or, when that says nothing, left to the vocabulary. Notes both.
// MEMORY.
bert_status google_tokenizer(struct bert_tokenizer_options *options, const char *folder,
                             struct notes *notes, bert_error *err);

// Notes which form of GELU was taken where Google's code has had two. MEMORY.
bert_status google_note_gelu(struct notes *notes, bert_error *err);

#endif
