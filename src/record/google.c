// google.c: the JSON lines of extract_features.py, byte for byte.
#include "record/google.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/text.h"

// ----------------------------------------------------------------------------------------- numbers

// Digits of d without the zeros at their end; `point` is moved by as many.
static uint64_t without_zeros(uint64_t d, int *dropped)
{
    for (*dropped = 0; d % 10 == 0; d /= 10) ++*dropped;
    return d;
}

// d millionths, d > 0: positional from 1e-4 on, below that with an exponent.
static int millionths(char *out, uint64_t d)
{
    int zeros;
    const uint64_t whole = d / 1000000, part = d % 1000000;
    if (d < 100) { // 1 or 2 digits
        const int digits = (int)without_zeros(d, &zeros), exponent = d < 10 ? 6 : 5;
        if (digits < 10) return snprintf(out, GOOGLE_NUMBER_MAX, "%de-0%d", digits, exponent);
        return snprintf(out, GOOGLE_NUMBER_MAX, "%d.%de-0%d", digits / 10, digits % 10, exponent);
    }
    if (part == 0) return snprintf(out, GOOGLE_NUMBER_MAX, "%llu.0", (unsigned long long)whole);
    const uint64_t digits = without_zeros(part, &zeros);
    return snprintf(out, GOOGLE_NUMBER_MAX, "%llu.%0*llu", (unsigned long long)whole, 6 - zeros,
                    (unsigned long long)digits);
}

// x >= 1e16: the fewest digits that read back as the same double (Python has one less for 2^89 and
// 2^122, whose lower neighbours are nearer). snprintf and strtod agree on the
// locale's point, which is then put right.
static int huge(char *out, double x)
{
    int n = 0;
    for (int digits = 0; digits <= 16; digits++) {
        n = snprintf(out, GOOGLE_NUMBER_MAX, "%.*e", digits, x);
        if (strtod(out, NULL) == x) break;
    }
    if (out[1] != 'e') out[1] = '.';
    return n;
}

size_t google_number(char *out, float x)
{
    const double size = fabs((double)x);
    char *const at = out + (signbit(x) != 0);
    if (isnan(x)) return memcpy(out, "NaN", 3), 3;
    *out = '-';
    char text[GOOGLE_NUMBER_MAX];
    int n;
    // A float32 times 10^6 is exact in double, and rint takes the even neighbour of a tie, as
    // Python's round does; from 2^23 on a float32 is an integer.
    const uint64_t d = size < 0x1p23 ? (uint64_t)rint(size * 1e6) : 1;
    if (isinf(x)) n = snprintf(text, sizeof text, "Infinity");
    else if (d == 0) n = snprintf(text, sizeof text, "0.0");
    else if (size < 0x1p23) n = millionths(text, d);
    else if (size < 1e16) n = snprintf(text, sizeof text, "%llu.0", (unsigned long long)size);
    else n = huge(text, size);
    memcpy(at, text, (size_t)n);
    return (size_t)(at - out) + (size_t)n;
}

// ------------------------------------------------------------------------------------------ record

static void add_values(struct buf *out, const float *values, size_t n)
{
    char *at = buf_reserve(out, n * (GOOGLE_NUMBER_MAX + 2) + 2), *p = at;
    if (!at) return;
    *p++ = '[';
    for (size_t i = 0; i < n; i++) {
        if (i) {
            *p++ = ',';
            *p++ = ' ';
        }
        p += google_number(p, values[i]);
    }
    *p++ = ']';
    out->len += (size_t)(p - at);
}

void google_jsonl(struct buf *out, const struct embedding *e)
{
    const struct bert_pieces p = bert_batch_pieces(e->batch, e->first);
    const size_t width = e->cols / e->n_layers;
    buf_print(out, "{\"linex_index\": %zu, \"features\": [", e->index);
    for (size_t i = 0; i < p.n; i++) {
        const char *piece = bert_tokenizer_piece(e->tokenizer, p.ids[i]);
        buf_text(out, i ? ", {\"token\": " : "{\"token\": ");
        record_ascii(out, piece ? piece : "", piece ? strlen(piece) : 0);
        buf_text(out, ", \"layers\": [");
        for (size_t k = 0; k < e->n_layers; k++) {
            buf_print(out, "%s{\"index\": %d, \"values\": ", k ? ", " : "", e->layers[k]);
            add_values(out, e->rows + i * e->cols + k * width, width);
            buf_byte(out, '}');
        }
        buf_text(out, "]}");
    }
    buf_text(out, "]}\n");
}
