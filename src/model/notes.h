// notes.h: what was assumed or decided while opening a model, collected for people.
#ifndef MODEL_NOTES_H
#define MODEL_NOTES_H

#include "base/error.h"

struct notes {
    struct bert_note *list;
    size_t n, cap;
};

void notes_release(struct notes *notes);

// `what` and `origin` are copied, the value is printed. MEMORY.
bert_status notes_add(struct notes *notes, bert_error *err, const char *what, const char *origin,
                      const char *format, ...) PRINTF_LIKE(5, 6);

#endif
