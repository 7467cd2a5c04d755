// json_scan.c: the tokens of RFC 8259, strictly: no leading zeros, no control characters in
// strings, no bytes that are not UTF-8.
#include "base/json_scan.h"

#include <stdint.h>

static bool wrong(struct json_scan *s, const char *what)
{
    if (!s->wrong) s->wrong = what;
    return false;
}

char json_scan_peek(struct json_scan *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r')) {
        s->at++;
    }
    return s->at < s->end ? *s->at : 0;
}

bool json_scan_take(struct json_scan *s, char c)
{
    static const struct {
        char c;
        const char *want;
    } marks[] = {{'{', "want '{'"},
                 {'}', "want ',' or '}'"},
                 {'[', "want '['"},
                 {']', "want ',' or ']'"},
                 {':', "want ':'"}};
    if (json_scan_peek(s) == c && s->at < s->end) {
        s->at++;
        return true;
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (marks[i].c == c) return wrong(s, marks[i].want);
    }
    return wrong(s, "unexpected");
}

bool json_scan_next(struct json_scan *s, char close, size_t *n)
{
    const char c = json_scan_peek(s);
    if (s->wrong || c == close) {
        if (!s->wrong) s->at++;
        return false;
    }
    if (*n > 0) {
        if (c != ',') return json_scan_take(s, close); // never it: says what was wanted
        s->at++;
    }
    ++*n;
    return true;
}

bool json_scan_size(struct json_scan *s, size_t *out)
{
    const char first = json_scan_peek(s);
    if (first < '0' || first > '9') return wrong(s, "want a whole number from 0 on");
    size_t n = 0;
    const char *start = s->at;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        if (__builtin_mul_overflow(n, (size_t)10, &n) ||
            __builtin_add_overflow(n, (size_t)(*s->at - '0'), &n)) {
            return wrong(s, "a number beyond 64 bits");
        }
    }
    if (first == '0' && s->at - start > 1) return wrong(s, "a number with a leading zero");
    if (s->at < s->end && (*s->at == '.' || *s->at == 'e' || *s->at == 'E')) {
        return wrong(s, "a number that is not written whole");
    }
    *out = n;
    return true;
}

// ---------------------------------------------------------------------------------------- strings

// The length of the valid UTF-8 sequence that begins at p, 0 if there is none. Unicode 14, table
// 3-7: the second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
static size_t utf8_length(const char *p, const char *end)
{
    const unsigned char *b = (const unsigned char *)p;
    const size_t left = (size_t)(end - p);
    const size_t n = b[0] < 0x80 ? 1 : b[0] < 0xC2 ? 0 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    if (n < 2) return n;
    if (b[0] > 0xF4 || left < n) return 0;
    const unsigned char least = b[0] == 0xE0 ? 0xA0 : b[0] == 0xF0 ? 0x90 : 0x80;
    const unsigned char most = b[0] == 0xED ? 0x9F : b[0] == 0xF4 ? 0x8F : 0xBF;
    if (b[1] < least || b[1] > most) return 0;
    for (size_t i = 2; i < n; i++) {
        if ((b[i] & 0xC0) != 0x80) return 0;
    }
    return n;
}

static void add_utf8(struct buf *text, uint32_t c)
{
    if (c < 0x80) {
        buf_byte(text, (char)c);
        return;
    }
    char bytes[4];
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; --i > 0; c >>= 6) bytes[i] = (char)(0x80 | (c & 0x3F));
    bytes[0] = (char)(0xF00 >> n | c); // as many ones in front as there are bytes
    buf_add(text, bytes, n);
}

static bool hex4(struct json_scan *s, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        const char c = s->at < s->end ? *s->at : 0;
        const char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *out = *out << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return wrong(s, "want four hexadecimal digits");
    }
    return true;
}

// Behind "\u". A character beyond U+FFFF is two escapes, a high and a low surrogate.
static bool unicode_escape(struct json_scan *s, struct buf *text)
{
    uint32_t c, low;
    if (!hex4(s, &c)) return false;
    if (c == 0) return wrong(s, "U+0000 in a string");
    if (c >= 0xDC00 && c <= 0xDFFF) return wrong(s, "half a surrogate pair");
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u') {
            return wrong(s, "half a surrogate pair");
        }
        s->at += 2;
        if (!hex4(s, &low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return wrong(s, "half a surrogate pair");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    add_utf8(text, c);
    return true;
}

// Behind a backslash.
static bool escape(struct json_scan *s, struct buf *text)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char c = s->at < s->end ? *s->at : 0;
    if (c == 'u') {
        s->at++;
        return unicode_escape(s, text);
    }
    for (size_t i = 0; i < sizeof names - 1; i++) {
        if (names[i] != c) continue;
        s->at++;
        buf_byte(text, values[i]);
        return true;
    }
    return wrong(s, "an escape that JSON does not have");
}

// Runs of plain characters are copied at once.
bool json_scan_string(struct json_scan *s, struct buf *text)
{
    if (json_scan_peek(s) != '"') return wrong(s, "want a string");
    s->at++;
    for (;;) {
        const char *run = s->at;
        while (s->at < s->end && *s->at != '"' && *s->at != '\\') {
            if ((unsigned char)*s->at < 0x20) return wrong(s, "a control character in a string");
            const size_t n = utf8_length(s->at, s->end);
            if (n == 0) return wrong(s, "not UTF-8");
            s->at += n;
        }
        buf_add(text, run, (size_t)(s->at - run));
        if (s->at == s->end) return wrong(s, "a string without an end");
        if (*s->at++ == '"') return !text->failed || wrong(s, "out of memory");
        if (!escape(s, text)) return false;
    }
}
