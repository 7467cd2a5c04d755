// json_scan.c: the tokens of RFC 8259, strictly: no leading zeros, no control characters in
// strings, no bytes that are not UTF-8.
#include "base/json_scan.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

bool json_scan_word(struct json_scan *s, const char *word)
{
    const size_t n = strlen(word);
    json_scan_peek(s);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0) {
        return wrong(s, "want a value");
    }
    s->at += n;
    return true;
}

// ---------------------------------------------------------------------------------------- numbers

static bool is_digit(const struct json_scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

bool json_scan_size(struct json_scan *s, size_t *out)
{
    json_scan_peek(s);
    if (!is_digit(s)) return wrong(s, "want a whole number from 0 on");
    size_t n = 0;
    const char *start = s->at;
    for (; is_digit(s); s->at++) {
        if (__builtin_mul_overflow(n, (size_t)10, &n) ||
            __builtin_add_overflow(n, (size_t)(*s->at - '0'), &n)) {
            return wrong(s, "a number beyond 64 bits");
        }
    }
    if (*start == '0' && s->at - start > 1) return wrong(s, "a number with a leading zero");
    if (s->at < s->end && (*s->at == '.' || *s->at == 'e' || *s->at == 'E')) {
        return wrong(s, "a number that is not written whole");
    }
    *out = n;
    return true;
}

// A decimal as strtod reads it in every locale: digits without a point, then an exponent. Between
// two doubles lies no boundary of more than 767 digits, so that of those behind the first 780 it
// only matters whether one is not zero.
enum { DIGITS = 780 };
struct decimal {
    char text[1 + DIGITS + 1 + 24]; // sign, digits, a 1 for the rest, exponent
    size_t digits;
    bool rest;
    long exponent;
};

static void take_digits(struct json_scan *s, struct decimal *d, bool fraction)
{
    for (; is_digit(s); s->at++) {
        if (d->digits == 0 && *s->at == '0') { // leading zeros of the value do not count
            d->exponent -= fraction;
        } else if (d->digits < DIGITS) {
            d->text[1 + d->digits++] = *s->at;
            d->exponent -= fraction;
        } else {
            d->rest |= *s->at != '0';
            d->exponent += !fraction;
        }
    }
}

// Behind "e". Exponents that no double has all count as one million.
static bool take_exponent(struct json_scan *s, long *out)
{
    const char sign = s->at < s->end ? *s->at : 0;
    long e = 0;
    if (sign == '+' || sign == '-') s->at++;
    if (!is_digit(s)) return wrong(s, "want the digits of an exponent");
    for (; is_digit(s); s->at++) e = e < 1000000 ? 10 * e + (*s->at - '0') : e;
    *out += sign == '-' ? -e : e;
    return true;
}

static void put_exponent(char *at, long e)
{
    char reversed[24];
    size_t n = 0;
    unsigned long size = e < 0 ? -(unsigned long)e : (unsigned long)e;
    *at++ = 'e';
    if (e < 0) *at++ = '-';
    do reversed[n++] = (char)('0' + size % 10);
    while (size /= 10);
    while (n > 0) *at++ = reversed[--n];
    *at = 0;
}

// Short whole numbers, which most are, need no rounding.
static double short_value(const struct decimal *d)
{
    double x = 0;
    for (size_t i = 0; i < d->digits; i++) x = 10 * x + (d->text[1 + i] - '0');
    return d->text[0] == '-' ? -x : x;
}

static double value_of(struct decimal *d)
{
    if (d->digits == 0 || (d->digits <= 15 && d->exponent == 0)) return short_value(d);
    char *end = d->text + 1 + d->digits;
    if (d->rest) {
        *end++ = '1';
        d->exponent--;
    }
    put_exponent(end, d->exponent);
    return strtod(d->text, NULL);
}

bool json_scan_number(struct json_scan *s, double *out)
{
    struct decimal d;
    d.digits = 0;
    d.rest = false;
    d.exponent = 0;
    d.text[0] = json_scan_peek(s) == '-' ? '-' : '+';
    if (d.text[0] == '-') s->at++;
    const char *start = s->at;
    if (!is_digit(s)) return wrong(s, "want a value");
    take_digits(s, &d, false);
    if (*start == '0' && s->at - start > 1) return wrong(s, "a number with a leading zero");
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!is_digit(s)) return wrong(s, "want a digit behind the point");
        take_digits(s, &d, true);
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (!take_exponent(s, &d.exponent)) return false;
    }
    *out = value_of(&d);
    return isfinite(*out) || wrong(s, "a number beyond the range of a double");
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
        if (c >= '0' && c <= '9') *out = *out << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f') *out = *out << 4 | (uint32_t)(lower - 'a' + 10);
        else return wrong(s, "want four hexadecimal digits");
    }
    return true;
}

// Behind "\u". A character beyond U+FFFF is two escapes, a high and a low surrogate.
static bool unicode_escape(struct json_scan *s, struct buf *text)
{
    uint32_t c, low;
    if (!hex4(s, &c)) return false;
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
bool json_scan_bytes(struct json_scan *s, struct buf *text)
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

bool json_scan_string(struct json_scan *s, struct buf *text)
{
    const size_t before = text->len;
    json_scan_peek(s);
    const char *from = s->at;
    if (!json_scan_bytes(s, text)) return false;
    if (text->len == before || !memchr(text->data + before, 0, text->len - before)) return true;
    s->at = from;
    return wrong(s, "U+0000 in a string");
}
