// json_stream.c: plain strings are searched for their end eight bytes at a time; one with an escape
// goes the slow way of json_scan_bytes.
#include "base/json_stream.h"

#include <stdint.h>
#include <string.h>

static bool wrong(struct json_scan *s, const char *what)
{
    if (!s->wrong) s->wrong = what;
    return false;
}

// ----------------------------------------------------------------------------------------- strings

#define EACH(byte) (0x0101010101010101u * (byte))
#define TOP EACH(0x80)

// Bit 7 of every byte that is a quote, a backslash or a control character is set, and of those
// above the lowest such byte perhaps more: only the lowest one counts.
static uint64_t ends(uint64_t x)
{
    const uint64_t quote = x ^ EACH('"'), slash = x ^ EACH('\\');
    const uint64_t control = (x - EACH(0x20)) & ~x;
    return (((quote - EACH(1)) & ~quote) | ((slash - EACH(1)) & ~slash) | control) & TOP;
}

// Where the run of plain bytes ends; *high tells whether some are not ASCII.
static const char *plain_end(const char *p, const char *end, bool *high)
{
    uint64_t seen = 0, x;
    for (; end - p >= 8; p += 8) {
        memcpy(&x, p, 8);
        const uint64_t stop = ends(x);
        if (stop) {
            const unsigned bits = (unsigned)__builtin_ctzll(stop) & ~7u;
            *high = (seen | (bits ? x << (64 - bits) : 0)) & TOP;
            return p + bits / 8;
        }
        seen |= x;
    }
    *high = seen & TOP;
    for (; p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20; p++) {
        *high |= (unsigned char)*p >= 0x80;
    }
    return p;
}

// Unicode 14, table 3-7.
static bool is_utf8(const char *text, size_t len)
{
    const unsigned char *b = (const unsigned char *)text, *end = b + len;
    while (b < end) {
        const size_t left = (size_t)(end - b);
        const size_t n = *b < 0x80 ? 1 : *b < 0xC2 ? 0 : *b < 0xE0 ? 2 : *b < 0xF0 ? 3 : 4;
        if (n == 0 || n > left || *b > 0xF4) return false;
        const unsigned char least = *b == 0xE0 ? 0xA0 : *b == 0xF0 ? 0x90 : 0x80;
        const unsigned char most = *b == 0xED ? 0x9F : *b == 0xF4 ? 0x8F : 0xBF;
        if (n > 1 && (b[1] < least || b[1] > most)) return false;
        if (n > 2 && (b[2] & 0xC0) != 0x80) return false;
        if (n > 3 && (b[3] & 0xC0) != 0x80) return false;
        b += n;
    }
    return true;
}

bool json_stream_text(struct json_scan *s, struct buf *scratch, const char **text, size_t *len)
{
    if (json_scan_peek(s) != '"') return wrong(s, "want a string");
    bool high;
    const char *from = s->at + 1, *to = plain_end(from, s->end, &high);
    if (to < s->end && *to == '"') {
        if (high && !is_utf8(from, (size_t)(to - from))) return wrong(s, "not UTF-8");
        *text = from;
        *len = (size_t)(to - from);
        s->at = to + 1;
        return true;
    }
    buf_clear(scratch);
    if (!json_scan_bytes(s, scratch)) return false;
    *text = scratch->data;
    *len = scratch->len;
    return true;
}

bool json_stream_key(struct json_scan *s, struct buf *scratch, const char **text, size_t *len)
{
    return json_stream_text(s, scratch, text, len) && json_scan_take(s, ':');
}

// ---------------------------------------------------------------------------------------- skipping

static bool skip_string(struct json_scan *s)
{
    s->at++;
    for (; s->at < s->end; s->at++) {
        if (*s->at == '"') {
            s->at++;
            return true;
        }
        if (*s->at == '\\' && s->end - s->at > 1) s->at++;
    }
    return wrong(s, "a string without an end");
}

// A number or a literal, as one word; what it says is not looked at.
static bool skip_word(struct json_scan *s)
{
    const char *from = s->at;
    while (s->at < s->end &&
           ((*s->at >= '0' && *s->at <= '9') || (*s->at >= 'a' && *s->at <= 'z') || *s->at == 'E' ||
            *s->at == '-' || *s->at == '+' || *s->at == '.')) {
        s->at++;
    }
    return s->at > from || wrong(s, "want a value");
}

static bool skip_value(struct json_scan *s, int depth);

static bool skip_members(struct json_scan *s, char close, int depth)
{
    size_t n = 0;
    s->at++;
    if (depth == JSON_STREAM_DEPTH) return wrong(s, "nested too deeply");
    while (json_scan_next(s, close, &n)) {
        if (close == '}') {
            if (json_scan_peek(s) != '"') return wrong(s, "want a string");
            if (!skip_string(s) || !json_scan_take(s, ':')) return false;
        }
        if (!skip_value(s, depth + 1)) return false;
    }
    return !s->wrong;
}

static bool skip_value(struct json_scan *s, int depth)
{
    const char c = json_scan_peek(s);
    if (c == '{') return skip_members(s, '}', depth);
    if (c == '[') return skip_members(s, ']', depth);
    return c == '"' ? skip_string(s) : skip_word(s);
}

bool json_stream_skip(struct json_scan *s, const char **from, const char **to)
{
    json_scan_peek(s);
    if (from) *from = s->at;
    const bool good = skip_value(s, 0);
    if (to) *to = s->at;
    return good;
}
