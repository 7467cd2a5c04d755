// embed.c: the embedding of a token: three table rows added.
#include "cpu/simd/vec.h"

void KERNEL(embed_fwd)(float *y, size_t ldy, const float *word, const float *type,
                       const float *position, const int32_t *ids, const uint8_t *types,
                       const int32_t *pos, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows; i++, y += ldy) {
        const float *w = word + (size_t)ids[i] * cols, *t = type + types[i] * cols;
        const float *p = position + (size_t)pos[i] * cols;
        for (size_t j = 0; j < cols; j += VEC_LANES) {
            vec v = vec_load_n(w + j, cols - j) + vec_load_n(t + j, cols - j);
            vec_store_n(y + j, v + vec_load_n(p + j, cols - j), cols - j);
        }
    }
}
