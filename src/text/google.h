// google.h: what a checkpoint of Google's does not say of its tokenizer, since its scripts take it
// from the command line.
#ifndef TEXT_GOOGLE_H
#define TEXT_GOOGLE_H

#include <stdbool.h>

#include "base/error.h"

// Whether the folder is such a checkpoint's: bert_config.json and vocab.txt, and no file that only
// Hugging Face's libraries write. As store_look.
bert_status google_look(const char *folder, bool *google, bert_error *err);

enum { GOOGLE_NAME = 200 }; // bytes of a folder's name that are looked at, with a NUL behind them

// The last part of a folder's path.
void google_name(const char *folder, char name[GOOGLE_NAME]);

// Whether to lower the case, from such a name: 1, 0, or -1: it does not say.
int google_lowercase(const char *name);

#endif
