// input_csv.c: RFC 4180: commas between fields; a field in quotes may hold commas and ends of line,
// and a quote as two.
#include <string.h>

#include "base/error.h"
#include "input_format.h"

// A field in quotes, of which *at is behind the first; what it says takes its place.
static bool quoted_field(char **at, char *end, struct bert_text *out, bert_error *err)
{
    char *const start = *at, *to = start, *p = start;
    bool closed = false;
    while (p < end && !closed) {
        if (*p == '"' && (p + 1 == end || p[1] != '"')) {
            closed = true;
        } else {
            p += *p == '"'; // the first of two
            *to++ = *p;
        }
        p++;
    }
    *out = (struct bert_text){start, (size_t)(to - start)};
    if (!closed) return fail(err, BERT_FORMAT, "a quote is not closed"), false;
    if (p < end && *p != ',') {
        fail(err, BERT_FORMAT, "a comma is missing behind a field in quotes");
        return false;
    }
    *at = p < end ? p + 1 : NULL;
    return true;
}

bool csv_field(char **at, char *end, struct bert_text *out, bert_error *err)
{
    char *const start = *at;
    if (start < end && *start == '"') {
        (*at)++;
        return quoted_field(at, end, out, err);
    }
    char *comma = memchr(start, ',', (size_t)(end - start));
    *out = (struct bert_text){start, (size_t)((comma ? comma : end) - start)};
    *at = comma ? comma + 1 : NULL;
    if (!out->len || !memchr(start, '"', out->len)) return true;
    fail(err, BERT_FORMAT,
         "a quote within a field that does not begin with one (write the field "
         "in quotes, and the quote twice)");
    return false;
}
