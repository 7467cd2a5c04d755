// unicode.c: composition by table and arithmetic, and UTF-8, strictly: no overlong forms, no
// surrogates, nothing beyond U+10FFFF (Unicode 14, table 3-7).
#include "text/unicode.h"

// ----------------------------------------------------------------------------------------- Hangul

// Unicode 14, chapter 3.12: 19 leading consonants, 21 vowels, 27 trailing consonants or none.
enum { S_BASE = 0xAC00, L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11A7 };
enum { L_COUNT = 19, V_COUNT = 21, T_COUNT = 28, S_COUNT = L_COUNT * V_COUNT * T_COUNT };

size_t unicode_hangul(uint32_t c, uint32_t out[3])
{
    if (c < S_BASE || c >= S_BASE + S_COUNT) return 0;
    const uint32_t s = c - S_BASE;
    out[0] = L_BASE + s / (V_COUNT * T_COUNT);
    out[1] = V_BASE + s % (V_COUNT * T_COUNT) / T_COUNT;
    out[2] = T_BASE + s % T_COUNT;
    return s % T_COUNT ? 3 : 2;
}

static uint32_t compose_hangul(uint32_t first, uint32_t second)
{
    if (first >= L_BASE && first < L_BASE + L_COUNT && second >= V_BASE &&
        second < V_BASE + V_COUNT) {
        return S_BASE + ((first - L_BASE) * V_COUNT + (second - V_BASE)) * T_COUNT;
    }
    const bool open =
        first >= S_BASE && first < S_BASE + S_COUNT && (first - S_BASE) % T_COUNT == 0;
    if (open && second > T_BASE && second < T_BASE + T_COUNT) return first + (second - T_BASE);
    return 0;
}

uint32_t unicode_compose(uint32_t first, uint32_t second)
{
    size_t low = 0, high = UNICODE_PAIRS;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        const struct unicode_pair *p = &unicode_pairs[mid];
        if (p->first < first || (p->first == first && p->second < second))
            low = mid + 1;
        else
            high = mid;
    }
    if (low < UNICODE_PAIRS && unicode_pairs[low].first == first &&
        unicode_pairs[low].second == second) {
        return unicode_pairs[low].composed;
    }
    return compose_hangul(first, second);
}

// ------------------------------------------------------------------------------------------ UTF-8

static bool follows(const unsigned char *b, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if ((b[i] & 0xC0) != 0x80) return false;
    }
    return true;
}

uint32_t utf8_decode(const char *p, const char *end, size_t *length)
{
    const unsigned char *b = (const unsigned char *)p;
    const size_t left = (size_t)(end - p);
    *length = 1;
    if (b[0] < 0x80) return b[0];
    const size_t n = b[0] < 0xC2 ? 0 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : b[0] < 0xF5 ? 4 : 0;
    if (n == 0 || left < n || !follows(b, n)) return UTF8_INVALID;
    uint32_t c;
    if (n == 2) {
        c = (uint32_t)(b[0] & 0x1F) << 6 | (b[1] & 0x3F);
    } else if (n == 3) {
        c = (uint32_t)(b[0] & 0x0F) << 12 | (uint32_t)(b[1] & 0x3F) << 6 | (b[2] & 0x3F);
        if (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF)) return UTF8_INVALID;
    } else {
        c = (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3F) << 12 |
            (uint32_t)(b[2] & 0x3F) << 6 | (b[3] & 0x3F);
        if (c < 0x10000 || c > UNICODE_LAST) return UTF8_INVALID;
    }
    *length = n;
    return c;
}

const char *utf8_before(const char *begin, const char *p)
{
    for (size_t n = 1; n <= 4 && n <= (size_t)(p - begin); n++) {
        size_t length;
        if (((unsigned char)p[-(ptrdiff_t)n] & 0xC0) == 0x80) continue;
        utf8_decode(p - n, p, &length);
        return length == n ? p - n : p - 1;
    }
    return p - 1;
}

size_t utf8_encode(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; --i > 0; c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(0xF00 >> n | c); // as many ones in front as there are bytes
    return n;
}

bool utf8_valid(const char *bytes, size_t len)
{
    const char *end = bytes + len;
    for (size_t n; bytes < end; bytes += n) {
        if (utf8_decode(bytes, end, &n) == UTF8_INVALID) return false;
    }
    return true;
}
