// vocab_txt.c: a vocabulary of one piece a line, the line's number is its id. Lines end where the
// profile's reference ends them, and lose what it strips:
//
//   google   \n; white space on both sides, as Python's str.strip (U+001C-001F among it)
//   hf-slow  \n, \r\n and \r alone, as Python reads text; nothing else
//   hf-fast  \n; white space behind, as Rust's str::trim_end
//
// They cannot be split at other Unicode line ends: bert-base-chinese has the pieces U+2028 and
// "##" U+2028.
#include <string.h>

#include "text/tokenizer.h"

static bool is_python_space(uint32_t c)
{
    return (c >= 0x1C && c <= 0x1F) || (unicode_of(c)->flags & UNICODE_SPACE);
}

static bool is_space(uint32_t c, bert_profile profile)
{
    if (c == UTF8_INVALID) return false;
    if (profile == BERT_PROFILE_GOOGLE) return is_python_space(c);
    return profile == BERT_PROFILE_HF_FAST && (unicode_of(c)->flags & UNICODE_SPACE);
}

static void strip(const char **from, const char **to, bert_profile profile)
{
    size_t n;
    while (*from < *to) {
        const char *p = utf8_before(*from, *to);
        if (!is_space(utf8_decode(p, *to, &n), profile)) break;
        *to = p;
    }
    if (profile != BERT_PROFILE_GOOGLE) return;
    while (*from < *to && is_space(utf8_decode(*from, *to, &n), profile)) *from += n;
}

// Where the line at p ends, and where the next one begins.
static const char *line_end(const char *p, const char *end, bert_profile profile, const char **next)
{
    const char *stop = p;
    if (profile == BERT_PROFILE_HF_SLOW) {
        while (stop < end && *stop != '\n' && *stop != '\r') stop++;
    } else {
        stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
    }
    *next = stop < end ? stop + 1 : end;
    if (stop < end && *stop == '\r' && *next < end && **next == '\n') ++*next;
    return stop;
}

bert_status vocab_txt_read(struct tokenizer_source *source, bert_profile profile, const char *bytes,
                           size_t len, const char *where, bert_error *err)
{
    const char *end = bytes + len, *next;
    size_t line = 0;
    for (const char *p = bytes; p < end; p = next, line++) {
        const char *from = p, *to = line_end(p, end, profile, &next);
        if (line >= PIECES_ID_LIMIT || to - from >= PIECES_LENGTH_LIMIT) {
            return fail(err, BERT_FORMAT, "%s: line %zu: no vocabulary is that large", where,
                        line + 1);
        }
        if (!utf8_valid(from, (size_t)(to - from))) {
            return fail(err, BERT_FORMAT, "%s: line %zu is not UTF-8", where, line + 1);
        }
        strip(&from, &to, profile);
        if (!pieces_add(&source->pieces, (uint32_t)line, from, (size_t)(to - from))) {
            return fail_memory(err);
        }
    }
    return line ? BERT_OK : fail(err, BERT_FORMAT, "%s: the vocabulary is empty", where);
}
