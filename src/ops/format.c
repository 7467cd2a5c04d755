// format.c: the table of element types.
#include "ops/format.h"

#include <string.h>

enum { WORDS_APART = 4096 / 4, LINE_WORDS = 64 / 4 };

static void rows_f32 ROWS_ARGS
{
    for (float *row = dst; rows > 0; rows--, row += ldd, src += ld) {
        memcpy(row, src, k * sizeof *row);
    }
}

// The k_part of float32 and bfloat16 keeps a panel's part in the caches (256 × 32 words are 32 KiB)
// and sums exact (docs/NUMERICS.md); sums of bytes are exact and never cut. A wide row of bfloat16
// is the float32 row itself.
struct format format_of(const struct kernels *k, bert_dtype dtype)
{
    const struct format formats[] = {
        [BERT_F32] = {k->f32_mr, 1, 1, 0, 0, 256, true, NUMBER_F32, rows_f32, k->pack_rows_f32,
                      k->pack_cols_f32, k->gemm_f32, k->softmax_f32, false},
        [BERT_BF16] = {k->bf16_mr, 2, k->bf16_left, 0, 0, k->bf16_part, k->bf16_left == 2,
                       NUMBER_BF16, k->rows_bf16, k->pack_rows_bf16, k->pack_cols_bf16,
                       k->gemm_bf16, k->softmax_bf16, false},
        [BERT_INT8] = {k->int8_mr, 4, k->int8_left, INT8_LEFT_HEAD, INT8_RIGHT_HEAD, SIZE_MAX,
                       false, NUMBER_INT8, k->rows_int8, k->pack_rows_int8, k->pack_cols_int8,
                       k->gemm_int8, k->softmax_int8, true},
    };
    return formats[dtype];
}

size_t format_stride(const struct format *f, size_t k)
{
    const size_t words = f->left_head + format_words(f, k) * f->left_words;
    const size_t lines = (words + LINE_WORDS - 1) / LINE_WORDS;
    return (lines | 1) * LINE_WORDS;
}

struct left format_left(const struct format *f, const float *x, size_t ldx, size_t k)
{
    const bool whole = k % f->per_word == 0;
    if (f->floats && whole && ldx % WORDS_APART) return (struct left){(const uint32_t *)x, ldx};
    return (struct left){NULL, format_stride(f, k)};
}
