// unicode.c: composition, by table and arithmetic, and UTF-8.
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
        if (p->first < first || (p->first == first && p->second < second)) low = mid + 1;
        else high = mid;
    }
    if (low < UNICODE_PAIRS && unicode_pairs[low].first == first &&
        unicode_pairs[low].second == second) {
        return unicode_pairs[low].composed;
    }
    return compose_hangul(first, second);
}

// ------------------------------------------------------------------------------------------ UTF-8

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

bool utf8_valid(const char *bytes, size_t len)
{
    const char *end = bytes + len;
    for (size_t n; bytes < end; bytes += n) {
        if (utf8_decode(bytes, end, &n) == UTF8_INVALID) return false;
    }
    return true;
}
