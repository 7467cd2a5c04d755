// error.h: how a call fails. A fallible call fills the caller's bert_error (which may be NULL) and
// returns the status: `return fail(err, BERT_FORMAT, "%s: …", path)`. Only doors fail (open, parse,
// validate, reserve); what lies below them is void.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "bert.h"

#if defined(__GNUC__)
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PRINTF_LIKE(fmt, args)
#endif

// Fills *err and returns status. A message longer than its room ends in "…"; control characters in
// it are shown as "?", so that it is one line whatever a file's names are.
bert_status fail(bert_error *err, bert_status status, const char *format, ...) PRINTF_LIKE(3, 4);

// The one message of a failed allocation.
bert_status fail_memory(bert_error *err);

// Returns from the enclosing function, with its status, when the call did not succeed.
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const bert_status try_status = (call);                                                     \
        if (try_status) return try_status;                                                         \
    } while (0)

#endif
