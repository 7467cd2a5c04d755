// error.c: filling the caller's bert_error.
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Cuts a message that filled its room at a character's border and says so.
static void end_cut_message(char *message, size_t cap)
{
    static const char more[] = "…";
    size_t at = cap - sizeof more;
    while (at > 0 && ((unsigned char)message[at] & 0xC0) == 0x80) at--;
    memcpy(message + at, more, sizeof more);
}

// Names and texts out of files come into messages, and may hold anything: a message is one line.
static void keep_to_a_line(char *message)
{
    for (; *message; message++) {
        if ((unsigned char)*message < ' ' || *message == 0x7F) *message = '?';
    }
}

bert_status fail(bert_error *err, bert_status status, const char *format, ...)
{
    if (!err) return status;
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (n < 0) err->message[0] = 0;
    if (n >= (int)sizeof err->message) end_cut_message(err->message, sizeof err->message);
    keep_to_a_line(err->message);
    err->status = status;
    return status;
}

bert_status fail_memory(bert_error *err)
{
    return fail(err, BERT_MEMORY, "out of memory");
}
