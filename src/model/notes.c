// notes.c: an array of notes that owns its strings.
#include "model/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static void free_note(const struct bert_note *note)
{
    mem_free((char *)note->what);
    mem_free((char *)note->value);
    mem_free((char *)note->origin);
}

void notes_release(struct notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) free_note(&notes->list[i]);
    mem_free(notes->list);
    *notes = (struct notes){0};
}

bert_status notes_add(struct notes *notes, bert_error *err, const char *what, const char *origin,
                      const char *format, ...)
{
    char value[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    const struct bert_note note = {mem_string(what, strlen(what)), mem_string(value, strlen(value)),
                                   mem_string(origin, strlen(origin))};
    if (!note.what || !note.value || !note.origin ||
        !mem_grow((void **)&notes->list, &notes->cap, notes->n + 1, sizeof note)) {
        free_note(&note);
        return fail_memory(err);
    }
    notes->list[notes->n++] = note;
    return BERT_OK;
}
