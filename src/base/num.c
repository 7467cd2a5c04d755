// num.c: float32 to the shortest decimal, by Schubfach (R. Giulietti, "The Schubfach way to render
// doubles", 2020, version for 32 bits).
//
// x = c 2^q, and every real in (or, for even c, on) the interval half a step around it reads back
// as x. With 10^k just below the interval's width there is at most one multiple of 10^(k+1) in it,
// which is then the shortest, and else at least one multiple of 10^k, of which the nearest to x is
// taken. All of it is one table look-up and three multiplications: the interval's ends and its
// middle, times 4 10^-k, rounded "to odd" so that comparisons with integers stay exact.
#include "base/num.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct decimal {
    uint32_t digits;
    int exponent; // digits x 10^exponent
};

// ceil(10^e 2^-r) with r such that the top bit is set, for e = -31 … 45: all that float32 needs.
// Exact by integer arithmetic (for e < 0: ceil(2^n / 10^-e) for the n that fills 64 bits), and
// checked by the test over every float32 (test_base_num --all).
enum { POW10_LEAST = -31 };
static const uint64_t pow10[] = {
    0x81CEB32C4B43FCF5, 0xA2425FF75E14FC32, 0xCAD2F7F5359A3B3F, 0xFD87B5F28300CA0E,
    0x9E74D1B791E07E49, 0xC612062576589DDB, 0xF79687AED3EEC552, 0x9ABE14CD44753B53,
    0xC16D9A0095928A28, 0xF1C90080BAF72CB2, 0x971DA05074DA7BEF, 0xBCE5086492111AEB,
    0xEC1E4A7DB69561A6, 0x9392EE8E921D5D08, 0xB877AA3236A4B44A, 0xE69594BEC44DE15C,
    0x901D7CF73AB0ACDA, 0xB424DC35095CD810, 0xE12E13424BB40E14, 0x8CBCCC096F5088CC,
    0xAFEBFF0BCB24AAFF, 0xDBE6FECEBDEDD5BF, 0x89705F4136B4A598, 0xABCC77118461CEFD,
    0xD6BF94D5E57A42BD, 0x8637BD05AF6C69B6, 0xA7C5AC471B478424, 0xD1B71758E219652C,
    0x83126E978D4FDF3C, 0xA3D70A3D70A3D70B, 0xCCCCCCCCCCCCCCCD, 0x8000000000000000,
    0xA000000000000000, 0xC800000000000000, 0xFA00000000000000, 0x9C40000000000000,
    0xC350000000000000, 0xF424000000000000, 0x9896800000000000, 0xBEBC200000000000,
    0xEE6B280000000000, 0x9502F90000000000, 0xBA43B74000000000, 0xE8D4A51000000000,
    0x9184E72A00000000, 0xB5E620F480000000, 0xE35FA931A0000000, 0x8E1BC9BF04000000,
    0xB1A2BC2EC5000000, 0xDE0B6B3A76400000, 0x8AC7230489E80000, 0xAD78EBC5AC620000,
    0xD8D726B7177A8000, 0x878678326EAC9000, 0xA968163F0A57B400, 0xD3C21BCECCEDA100,
    0x84595161401484A0, 0xA56FA5B99019A5C8, 0xCECB8F27F4200F3A, 0x813F3978F8940985,
    0xA18F07D736B90BE6, 0xC9F2C9CD04674EDF, 0xFC6F7C4045812297, 0x9DC5ADA82B70B59E,
    0xC5371912364CE306, 0xF684DF56C3E01BC7, 0x9A130B963A6C115D, 0xC097CE7BC90715B4,
    0xF0BDC21ABB48DB21, 0x96769950B50D88F5, 0xBC143FA4E250EB32, 0xEB194F8E1AE525FE,
    0x92EFD1B8D0CF37BF, 0xB7ABC627050305AE, 0xE596B7B0C643C71A, 0x8F7E32CE7BEA5C70,
    0xB35DBF821AE4F38C,
};

// The top 32 of the product's 96 bits. Lost bits set the last one: it stays odd, between the
// integers. An excess of 1 comes from the table's rounding up and is none.
static uint32_t scaled(uint64_t g, uint32_t c)
{
    const uint64_t low = (uint64_t)(uint32_t)g * c;
    const uint64_t high = (g >> 32) * c + (low >> 32);
    return (uint32_t)(high >> 32) | ((uint32_t)high > 1);
}

// c and q as above; `closer`: the float below is half a step away (c is a power of two).
static struct decimal shortest(uint32_t c, int q, bool closer)
{
    // floor(log10(2^q)), of 3/4 of that if closer; then h brings the products to 4 x 10^-k.
    const int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; // 2^22 log10(2), 2^22 log10(4/3)
    const int h = q + ((-k * 1741647) >> 19) + 1;              // 2^19 log2(10)
    const uint64_t g = pow10[-k - POW10_LEAST];
    const uint32_t odd = c & 1; // an even c owns the ends of its interval
    const uint32_t least = scaled(g, (4 * c - 2 + closer) << h) + odd;
    const uint32_t x = scaled(g, 4 * c << h);
    const uint32_t most = scaled(g, (4 * c + 2) << h) - odd;

    const uint32_t s = x / 4, tens = s / 10;
    const bool down10 = least <= 40 * tens, up10 = 40 * tens + 40 <= most;
    if (s >= 10 && down10 != up10) return (struct decimal){tens + up10, k + 1};
    const bool down = least <= 4 * s, up = 4 * s + 4 <= most;
    if (down != up) return (struct decimal){s + up, k};
    const uint32_t middle = 4 * s + 2;
    return (struct decimal){s + (x > middle || (x == middle && (s & 1))), k};
}

// bits: of a finite float > 0.
static struct decimal decimal_of(uint32_t bits)
{
    const uint32_t fraction = bits & 0x7FFFFF;
    const int exponent = (int)(bits >> 23);
    if (exponent == 0) return shortest(fraction, -149, false);
    const uint32_t c = fraction | 0x800000;
    const int q = exponent - 150;
    const bool integer = q <= 0 && q > -24 && (c & ((1u << -q) - 1)) == 0;
    if (integer) return (struct decimal){c >> -q, 0}; // below 2^24 its neighbours are too near
    return shortest(c, q, fraction == 0 && exponent > 1);
}

// ------------------------------------------------------------------------------------------- text
//
// The first eight digits live in one register, the first in its lowest byte, so that they go to
// memory in one store. Stores write a few bytes too many; all of them end within NUM_FLOAT_MAX.

struct text {
    uint64_t eight; // "0" behind the digits that count
    char ninth;
    int n;     // digits that count: the last is no zero
    int whole; // digits of the integer that they were taken from
};

// Eight digits, one a byte: halves into four digits each, those into two, those into one. The
// quotients are exact: 10486 / 2^20 for x < 10^4, 103 / 2^10 for x < 100.
static uint64_t digits_of(uint32_t d)
{
    uint64_t v = d / 10000 | (uint64_t)(d % 10000) << 32;
    const uint64_t hundreds = v * 10486 >> 20 & 0x0000007F0000007F;
    v = hundreds | (v - 100 * hundreds) << 16;
    const uint64_t tens = v * 103 >> 10 & 0x000F000F000F000F;
    return tens | (v - 10 * tens) << 8;
}

static struct text text_of(uint32_t d)
{
    const bool nine = d >= 100000000;
    const uint32_t last = nine ? d % 10 : 0;
    const uint64_t v = digits_of(nine ? d / 10 : d);
    const int lead = __builtin_ctzll(v) & ~7; // bits of zeros in front
    const uint64_t eight = v >> lead;
    return (struct text){
        .eight = eight | 0x3030303030303030,
        .ninth = (char)('0' + last),
        .n = last ? 9 : 8 - __builtin_clzll(eight) / 8,
        .whole = 8 - lead / 8 + nine,
    };
}

// 0.d x 10^point with -4 < point <= 16, written without an exponent.
static char *put_positional(char *out, const struct text *t, int point)
{
    if (point <= 0) {
        memcpy(out, "0.000", 5);
        out += 2 - point;
        memcpy(out, &t->eight, 8);
        out[8] = t->ninth;
        return out + t->n;
    }
    memcpy(out, &t->eight, 8);
    if (point < t->n) {
        const uint64_t behind = t->eight >> (8 * point & 63); // point 8: only the ninth
        memcpy(out + point + 1, &behind, 8);
        out[point] = '.';
        out[9] = t->ninth;
        return out + t->n + 1;
    }
    out[8] = t->ninth;
    memcpy(out + 9, "0000000", 7);
    memcpy(out + point, ".0", 2);
    return out + point + 2;
}

// d.ddde±xx; a float32's exponent has two digits.
static char *put_exponent(char *out, const struct text *t, int exponent)
{
    const int size = exponent < 0 ? -exponent : exponent;
    memcpy(out + 1, &t->eight, 8);
    out[0] = out[1];
    out[1] = '.';
    out[9] = t->ninth;
    out += t->n > 1 ? t->n + 1 : 1;
    out[0] = 'e';
    out[1] = exponent < 0 ? '-' : '+';
    out[2] = (char)('0' + size / 10);
    out[3] = (char)('0' + size % 10);
    return out + 4;
}

static size_t put_word(char *out, const char *word)
{
    const size_t n = strlen(word);
    memcpy(out, word, n);
    return n;
}

size_t num_float(char *out, float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const bool negative = bits >> 31;
    bits &= 0x7FFFFFFF;
    if (bits > 0x7F800000) return put_word(out, "NaN");
    if (bits == 0x7F800000) return put_word(out, negative ? "-Infinity" : "Infinity");
    if (bits == 0) return put_word(out, negative ? "-0.0" : "0.0");

    const struct decimal d = decimal_of(bits);
    const struct text t = text_of(d.digits);
    const int point = t.whole + d.exponent;
    const bool positional = point > -4 && point <= 16; // 1e-4 <= |x| < 1e16
    *out = '-';
    char *at = out + negative;
    at = positional ? put_positional(at, &t, point) : put_exponent(at, &t, point - 1);
    return (size_t)(at - out);
}
