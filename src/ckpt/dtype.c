// dtype.c: element types: their names, their sizes, and float32 from those that are floats.
#include <string.h>

#include "base/half.h"
#include "ckpt/ckpt.h"

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [CKPT_F32] = {"F32", 4},   [CKPT_F16] = {"F16", 2},       [CKPT_BF16] = {"BF16", 2},
    [CKPT_F64] = {"F64", 8},   [CKPT_I8] = {"I8", 1},         [CKPT_U8] = {"U8", 1},
    [CKPT_I16] = {"I16", 2},   [CKPT_U16] = {"U16", 2},       [CKPT_I32] = {"I32", 4},
    [CKPT_U32] = {"U32", 4},   [CKPT_I64] = {"I64", 8},       [CKPT_U64] = {"U64", 8},
    [CKPT_BOOL] = {"BOOL", 1}, [CKPT_OTHER] = {"another", 0},
};

const char *ckpt_dtype_name(enum ckpt_dtype dtype)
{
    return types[dtype].name;
}

size_t ckpt_dtype_size(enum ckpt_dtype dtype)
{
    return types[dtype].size;
}

bool ckpt_is_float(enum ckpt_dtype dtype)
{
    return dtype == CKPT_F32 || dtype == CKPT_F16 || dtype == CKPT_BF16 || dtype == CKPT_F64;
}

static void widen(const unsigned char *data, size_t n, float *out, float (*from)(uint16_t))
{
    for (size_t i = 0; i < n; i++) {
        uint16_t bits;
        memcpy(&bits, data + 2 * i, sizeof bits);
        out[i] = from(bits);
    }
}

static void narrow(const unsigned char *data, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        double x;
        memcpy(&x, data + 8 * i, sizeof x);
        out[i] = (float)x;
    }
}

void ckpt_to_float(const struct ckpt_tensor *tensor, float *out)
{
    const size_t n = tensor->count;
    if (tensor->dtype == CKPT_F16)
        widen(tensor->data, n, out, half_from_f16);
    else if (tensor->dtype == CKPT_BF16)
        widen(tensor->data, n, out, half_from_bf16);
    else if (tensor->dtype == CKPT_F64)
        narrow(tensor->data, n, out);
    else if (n)
        memcpy(out, tensor->data, tensor->bytes);
}
