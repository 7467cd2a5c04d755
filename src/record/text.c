// text.c: strings and numbers.
#include "record/text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

// Bytes of the UTF-8 character at p (up to end), 0 when it is none: overlong forms, surrogates and
// what lies beyond U+10FFFF are none (RFC 3629).
static size_t utf8_length(const unsigned char *p, const unsigned char *end)
{
    const size_t left = (size_t)(end - p);
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4) return 0;
    const size_t n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (left < n) return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
    }
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;
    if (p[0] == 0xED && p[1] > 0x9F) return 0;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
    return n;
}

static const char replacement[] = "\xEF\xBF\xBD";

// The escape of a byte below 0x80 that JSON does not take as it is; NULL: it does.
static const char *json_escape(unsigned char c, char room[8])
{
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
    }
    if (c >= 0x20 && c != 0x7F) return NULL;
    snprintf(room, 8, "\\u%04x", c);
    return room;
}

static const char *plain_escape(unsigned char c, char room[8])
{
    (void)room;
    return c == '\t' ? " " : c < 0x20 || c == 0x7F ? replacement : NULL;
}

// Copies runs that need nothing, and what `escape` gives for the rest.
static void add_escaped(struct buf *out, const char *bytes, size_t len,
                        const char *(*escape)(unsigned char, char[8]))
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + len, *run = p;
    char room[8];
    while (p < end) {
        const size_t n = utf8_length(p, end);
        const char *instead = n == 0 ? replacement : n == 1 ? escape(*p, room) : NULL;
        if (instead) {
            buf_add(out, run, (size_t)(p - run));
            buf_text(out, instead);
        }
        p += n ? n : 1;
        if (instead) run = p;
    }
    buf_add(out, run, (size_t)(p - run));
}

void record_string(struct buf *out, const char *bytes, size_t len)
{
    buf_byte(out, '"');
    add_escaped(out, bytes, len, json_escape);
    buf_byte(out, '"');
}

void record_plain(struct buf *out, const char *bytes, size_t len)
{
    add_escaped(out, bytes, len, plain_escape);
}

// The character of n bytes at p, which are UTF-8.
static uint32_t utf8_value(const unsigned char *p, size_t n)
{
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) c = c << 6 | (p[i] & 0x3F);
    return c;
}

void record_ascii(struct buf *out, const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes, *const end = p + len;
    char room[8];
    buf_byte(out, '"');
    for (size_t n; p < end; p += n ? n : 1) {
        n = utf8_length(p, end);
        const uint32_t c = utf8_value(p, n ? n : 1);
        const char *escape = n == 1 ? json_escape(*p, room) : NULL;
        if (n == 0) continue;
        if (c == '\b' || c == '\f') buf_text(out, c == '\b' ? "\\b" : "\\f");
        else if (escape) buf_text(out, escape);
        else if (c < 0x80) buf_byte(out, (char)c);
        else if (c < 0x10000) buf_print(out, "\\u%04x", c);
        else
            buf_print(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10),
                      0xDC00 + ((c - 0x10000) & 0x3FF));
    }
    buf_byte(out, '"');
}

void record_floats(struct buf *out, const float *values, size_t n)
{
    char *at = buf_reserve(out, n * (NUM_FLOAT_MAX + 1) + 2);
    if (!at) return;
    char *p = at;
    *p++ = '[';
    for (size_t i = 0; i < n; i++) {
        if (i) *p++ = ',';
        p += num_float(p, values[i]);
    }
    *p++ = ']';
    out->len += (size_t)(p - at);
}

char *record_integer(char *p, uint32_t x)
{
    char digits[RECORD_INTEGER_MAX], *first = digits + sizeof digits;
    do *--first = (char)('0' + x % 10);
    while (x /= 10);
    const size_t n = (size_t)(digits + sizeof digits - first);
    memcpy(p, first, n);
    return p + n;
}

void record_float(struct buf *out, float x)
{
    char text[NUM_FLOAT_MAX];
    buf_add(out, text, num_float(text, x));
}

void record_fixed(struct buf *out, float x)
{
    if (!isfinite(x) || fabsf(x) >= 1e9f) {
        record_float(out, x);
        return;
    }
    const long long scaled = llround(fabs((double)x) * 1e4);
    buf_print(out, "%s%lld.%04lld", x < 0 && scaled ? "-" : " ", scaled / 10000, scaled % 10000);
}

void record_glimpse(struct buf *out, const float *values, size_t n)
{
    enum { SHOWN = 6 };
    buf_byte(out, '[');
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        if (i) buf_byte(out, ' ');
        record_fixed(out, values[i]);
    }
    if (n > SHOWN) buf_print(out, " … %zu numbers", n);
    buf_byte(out, ']');
}
