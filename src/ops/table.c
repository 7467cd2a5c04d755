// table.c: numbers of every type that is stored to float32.
#include "ops/table.h"

#include <stdint.h>
#include <string.h>

#include "base/half.h"

size_t number_size(enum number number)
{
    static const size_t sizes[] = {
        [NUMBER_F32] = 4, [NUMBER_F16] = 2, [NUMBER_BF16] = 2, [NUMBER_INT8] = 1};
    return sizes[number];
}

static void read_f16(const unsigned char *in, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t bits;
        memcpy(&bits, in + 2 * i, sizeof bits);
        out[i] = half_from_f16(bits);
    }
}

// half_from_bf16, in a form that compilers make vectors of.
static void read_bf16(const unsigned char *in, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t bits;
        memcpy(&bits, in + 2 * i, sizeof bits);
        const uint32_t wide = (uint32_t)bits << 16;
        memcpy(&out[i], &wide, sizeof wide);
    }
}

static void read_int8(const signed char *in, size_t n, float scale, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = scale * (float)in[i];
}

void table_read(const struct table *t, size_t k, size_t row, size_t first, size_t n, float *out)
{
    const unsigned char *in =
        (const unsigned char *)t->data + (row * k + first) * number_size(t->number);
    switch (t->number) {
    case NUMBER_F32: memcpy(out, in, n * sizeof *out); break;
    case NUMBER_F16: read_f16(in, n, out); break;
    case NUMBER_BF16: read_bf16(in, n, out); break;
    case NUMBER_INT8: read_int8((const signed char *)in, n, t->scales[row], out); break;
    }
}
